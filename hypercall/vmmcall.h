/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VM calls: registration, look-up, dispatch. A function is one file in services/:
 * it defines a handler and names it with VMMCALL_DEFINE(). Handlers know nothing
 * of exits, vendors or register files: they take arguments and set results.
 */
#ifndef HYPERCALL_VMMCALL_H
#define HYPERCALL_VMMCALL_H

#include "core/backend.h"
#include "core/format.h"
#include "uapi/vmmcall_abi.h"

#define VMMCALL_MAX_FUNCTIONS	32

/* Privilege levels that may call, as a bit a level */
#define VMMCALL_LEVEL(n)	(1u << (n))
#define VMMCALL_LEVEL_KERNEL	VMMCALL_LEVEL(0)
#define VMMCALL_LEVEL_ANY	0xfu

/**
 * struct vmmcall - one call, as its handler sees it
 * @cpu: the CPU that made it
 * @regs: the caller's registers; use the functions below
 * @mask: 0xffffffff for a caller in 32-bit code, else all ones
 * @cpl: the caller's privilege level
 */
struct vmmcall {
	struct cpu *cpu;
	struct guest_regs *regs;
	u64 mask;
	u8 cpl;
};

typedef void (*vmmcall_func_t)(struct vmmcall *call);

/* Arguments: the caller's registers, upper halves off in 32-bit code */
static inline u64 vmmcall_rbx(const struct vmmcall *call)
{
	return call->regs->rbx & call->mask;
}

static inline u64 vmmcall_rcx(const struct vmmcall *call)
{
	return call->regs->rcx & call->mask;
}

static inline u64 vmmcall_rdx(const struct vmmcall *call)
{
	return call->regs->rdx & call->mask;
}

static inline u64 vmmcall_rsi(const struct vmmcall *call)
{
	return call->regs->rsi & call->mask;
}

static inline u64 vmmcall_rdi(const struct vmmcall *call)
{
	return call->regs->rdi & call->mask;
}

/* The result in rax: negative values read right at the caller's width */
static inline void vmmcall_set_rax(struct vmmcall *call, s64 value)
{
	call->regs->rax = (u64)value & call->mask;
}

static inline void vmmcall_set_rcx(struct vmmcall *call, u64 value)
{
	call->regs->rcx = value & call->mask;
}

static inline void vmmcall_set_rdx(struct vmmcall *call, u64 value)
{
	call->regs->rdx = value & call->mask;
}

static inline void vmmcall_set_rsi(struct vmmcall *call, u64 value)
{
	call->regs->rsi = value & call->mask;
}

static inline void vmmcall_set_rdi(struct vmmcall *call, u64 value)
{
	call->regs->rdi = value & call->mask;
}

/* The caller's paging state, for guest_read() and guest_write() */
static inline void vmmcall_mmu(const struct vmmcall *call,
			       struct guest_mmu *mmu)
{
	backend_get_mmu(call->cpu, mmu);
	mmu->cpl = call->cpl;
}

/* struct vmmcall_def - what VMMCALL_DEFINE() leaves for the image's start */
struct vmmcall_def {
	const char *name;
	vmmcall_func_t func;
	u32 levels;
};

/*
 * VMMCALL_DEFINE() - tie a name to a handler
 * @_name: string literal, at most 255 bytes
 * @_func: the handler
 * @_levels: VMMCALL_LEVEL_*
 */
#define VMMCALL_DEFINE(_id, _name, _func, _levels)			\
	static_assert(sizeof(_name) - 1 <= VMMCALL_NAME_MAX, "name");	\
	static const struct vmmcall_def vmmcall_def_##_id		\
	__used __section(".data.rel.ro.vmmcalls") __aligned(8) = {		\
		.name = (_name), .func = (_func), .levels = (_levels),	\
	}

/**
 * vmmcall_register() - tie a name to a handler that any level may call
 * vmmcall_register_levels() - the same for the levels given
 *
 * Context: image start, one CPU, no guest yet.
 * Return: the number; -EINVAL (null or empty name, null function, no level),
 * -ENAMETOOLONG, -EEXIST, -ENOSPC.
 */
int vmmcall_register(const char *name, vmmcall_func_t func);
int vmmcall_register_levels(const char *name, vmmcall_func_t func, u32 levels);

/**
 * vmmcall_init() - register everything that VMMCALL_DEFINE() named
 * @bad: index of the definition that failed, set on error
 * Return: 0 or the error of vmmcall_register_levels().
 */
int vmmcall_init(u32 *bad);

/**
 * vmmcall_dispatch() - carry a VM call out
 * @cpu: this CPU
 * @regs: the caller's registers, RIP already advanced
 * @cpl: the caller's privilege level
 * @is64: whether the caller runs 64-bit code
 */
void vmmcall_dispatch(struct cpu *cpu, struct guest_regs *regs, u8 cpl,
		      bool is64);

/* Iterate over the table: the @n-th function, or NULL behind the last */
struct vmmcall_info {
	const char *name;
	u32 number;
	u32 levels;
};

bool vmmcall_get_info(u32 n, struct vmmcall_info *info);

#endif /* HYPERCALL_VMMCALL_H */
