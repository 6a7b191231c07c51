/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All differences between the kernels that the driver builds against, 6.1 to 7.3.
 */
#ifndef DRIVER_COMPAT_H
#define DRIVER_COMPAT_H

#include <linux/version.h>

#ifdef __ASSEMBLY__

/* 6.4 split UNWIND_HINT_EMPTY in two: the stack is none that could be unwound */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define UV_UNWIND_HINT_NONE	UNWIND_HINT_UNDEFINED
#else
#define UV_UNWIND_HINT_NONE	UNWIND_HINT_EMPTY
#endif

#else

#include <linux/syscore_ops.h>

/*
 * cpuid_eax() and its like were in asm/processor.h, which 7.2's no longer brings along.
 * (sparse knows no __has_include.)
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#include <asm/cpuid/api.h>
#endif

/*
 * Syscore callbacks got a device-like registration with an argument in 6.19, and in some
 * stable kernels before (see Kbuild, which looks for it); else, an ops structure of
 * functions without one is registered itself.
 */
#ifdef UV_SYSCORE_HAS_DATA
#define UV_SYSCORE_ARG		void *data
#define UV_DEFINE_SYSCORE(name, _suspend, _resume, _shutdown)		\
static const struct syscore_ops name##_ops = {				\
	.suspend = (_suspend), .resume = (_resume),			\
	.shutdown = (_shutdown),					\
};									\
static struct syscore name = { .ops = &name##_ops }
#define uv_syscore_register	register_syscore
#define uv_syscore_unregister	unregister_syscore
#else
#define UV_SYSCORE_ARG		void
#define UV_DEFINE_SYSCORE(name, _suspend, _resume, _shutdown)		\
static struct syscore_ops name = {					\
	.suspend = (_suspend), .resume = (_resume),			\
	.shutdown = (_shutdown),					\
}
#define uv_syscore_register	register_syscore_ops
#define uv_syscore_unregister	unregister_syscore_ops
#endif

/* rdmsrq_safe() replaced rdmsrl_safe() in 6.16, and so for writes */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define uv_rdmsr_safe		rdmsrq_safe
#define uv_wrmsr_safe		wrmsrq_safe
#else
#define uv_rdmsr_safe		rdmsrl_safe
#define uv_wrmsr_safe		wrmsrl_safe
#endif

/* Linux flushes TLBs by broadcast since 6.15, where it is configured */
#ifdef X86_FEATURE_INVLPGB
#define UV_HAS_INVLPGB	cpu_feature_enabled(X86_FEATURE_INVLPGB)
#else
#define UV_HAS_INVLPGB	false
#endif

/* Linux knows of TDX as a guest since 5.19, as a host since 6.8 */
#ifdef X86_FEATURE_TDX_HOST_PLATFORM
#define UV_HAS_TDX	(boot_cpu_has(X86_FEATURE_TDX_GUEST) || \
			 boot_cpu_has(X86_FEATURE_TDX_HOST_PLATFORM))
#else
#define UV_HAS_TDX	boot_cpu_has(X86_FEATURE_TDX_GUEST)
#endif

#endif /* __ASSEMBLY__ */

#endif /* DRIVER_COMPAT_H */
