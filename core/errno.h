/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Error numbers of the VMM. The values are Linux's, because they travel to
 * the driver and from there to insmod unchanged.
 */
#ifndef CORE_ERRNO_H
#define CORE_ERRNO_H

#ifdef __KERNEL__
#include <linux/errno.h>
#elif defined(UV_HOST)
#include <errno.h>
#else
#define EPERM		1
#define ENOENT		2
#define EIO		5
#define E2BIG		7
#define EAGAIN		11
#define ENOMEM		12
#define EFAULT		14
#define EBUSY		16
#define EEXIST		17
#define ENODEV		19
#define EINVAL		22
#define ENOSPC		28
#define ERANGE		34
#define ENAMETOOLONG	36
#define EOPNOTSUPP	95
#endif

#endif /* CORE_ERRNO_H */
