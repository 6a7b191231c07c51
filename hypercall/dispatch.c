// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries a VM call out: number, privilege level, handler. The function number is
 * eax for every caller: the upper half of a 64-bit caller's rax is ignored, as the
 * numbers are positive 32-bit ints by contract.
 */
#include "core/log.h"
#include "core/nospec.h"
#include "hypercall/table.h"

/* Bytes that a name may take in the caller's memory, with its NUL */
#define NAME_BUFFER	(VMMCALL_NAME_MAX + 1)

/* Number 0: eax is the number of the function whose name lies at rbx, or 0 */
static noinline void get_function(struct vmmcall *call)
{
	u64 addr = vmmcall_rbx(call);
	u64 to_end = call->mask - addr;
	u32 size = to_end < NAME_BUFFER ? (u32)to_end + 1 : NAME_BUFFER;
	char name[NAME_BUFFER];
	struct guest_mmu mmu;
	int len;

	/*
	 * A name that runs over the end of the caller's address space wraps: 32-bit
	 * code could not read on above 4 GiB, so its name isn't sought there.
	 */
	vmmcall_mmu(call, &mmu);
	len = guest_read_string(&mmu, name, gva(addr), size);
	vmmcall_set_rax(call, len > 0 ? vmmcall_lookup(name, (u32)len) : 0);
}

/* A level that may not call: nothing happens that the caller could see */
static noinline void refuse(struct vmmcall *call, const char *name)
{
	call->cpu->refused++;
	vmm_log_guest(LOG_WARNING, "VM call %s refused at level %u", name,
		      call->cpl);
}

static __always_inline void fill_call(struct vmmcall *call, struct cpu *cpu,
				      struct guest_regs *regs, u8 cpl, bool is64)
{
	call->cpu = cpu;
	call->regs = regs;
	call->mask = is64 ? ~0ULL : 0xffffffffULL;
	call->cpl = cpl & 3;
	cpu->last_call = (u32)regs->rax;
}

static __always_inline void call_function(struct vmmcall *call, u32 index)
{
	const struct vmmcall_entry *entry;

	index = (u32)nospec_index(index, READ_ONCE(vmmcall_table.count));
	entry = &vmmcall_table.entry[index];
	/* Not by VMMCALL_LEVEL(): the bit is tested where it is */
	if (entry->levels >> call->cpl & 1)
		entry->func(call);
	else
		refuse(call, entry->name);
}

/**
 * vmmcall_dispatch() - carry a VM call out
 * @cpu: this CPU
 * @regs: the caller's registers, RIP already advanced
 * @cpl: the caller's privilege level
 * @is64: whether the caller runs 64-bit code
 *
 * Context: root mode, for an exit of this CPU.
 */
void vmmcall_dispatch(struct cpu *cpu, struct guest_regs *regs, u8 cpl,
		      bool is64)
{
	u32 number = (u32)regs->rax;
	/* Beyond any count for numbers that are too small */
	u32 index = number - VMMCALL_FIRST_NUMBER;
	struct vmmcall call;

	/* Read anew where it is needed again: a comparison with memory is one instruction */
	if (likely(index < READ_ONCE(vmmcall_table.count))) {
		fill_call(&call, cpu, regs, cpl, is64);
		call_function(&call, index);
	} else if (number >= VMMCALL_FIRST_NUMBER) {
		regs->rax = 0;
	} else {
		fill_call(&call, cpu, regs, cpl, is64);
		if (number == VMMCALL_GET_FUNCTION)
			get_function(&call);
		else
			vmmcall_outer(&call, is64);
	}
}
