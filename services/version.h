/* SPDX-License-Identifier: GPL-2.0-only */
/* The version that get_status and the shell show; the build may set it. */
#ifndef SERVICES_VERSION_H
#define SERVICES_VERSION_H

#ifndef UV_VERSION
#define UV_VERSION "0.1.0"
#endif

#endif /* SERVICES_VERSION_H */
