// SPDX-License-Identifier: GPL-2.0-only
/* Events for the guest, and moving it over an instruction that was carried out. */
#include "svm/svm.h"
#include "core/x86.h"

void inject_exception(struct vmcb *vmcb, u32 vector, bool has_error, u32 error)
{
	vmcb->eventinj = vector | EVENT_TYPE_EXCEPTION | EVENT_VALID;
	if (has_error)
		vmcb->eventinj |= EVENT_ERROR_VALID | (u64)error << 32;
}

/*
 * A breakpoint that was passed by RF is one for the next instruction again, and a single
 * step is reported behind this one; with BTF set only branches are steps (sections
 * 3.1.6, 13.1.1.3, 13.1.3.3).
 */
void end_instruction(struct vmcb *vmcb)
{
	vmcb->rflags &= ~RFLAGS_RF;
	if (!(vmcb->rflags & RFLAGS_TF) || rdmsr(MSR_DEBUGCTL) & DEBUGCTL_BTF)
		return;
	vmcb->dr6 |= DR6_BS;
	inject_exception(vmcb, VECTOR_DB, false, 0);
}

static bool is_prefix(u8 byte, bool is64)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
	case 0x66: case 0x67: case 0xf0: case 0xf2: case 0xf3:
		return true;
	default:
		return is64 && (byte & 0xf0) == 0x40;
	}
}

/**
 * decode_next_rip() - RIP behind an instruction, from its bytes
 * @cpu: this CPU
 * @vmcb: its VMCB
 * @linear: linear address of the instruction
 * @opcode_len: its length without prefixes, bytes
 *
 * For CPUs that do not tell. What precedes the opcode can only be prefixes: the CPU
 * took it for this instruction. The longest there is has 15 bytes.
 */
u64 decode_next_rip(struct cpu *cpu, struct vmcb *vmcb, u64 linear,
		    u32 opcode_len)
{
	struct svm_cpu *svm = svm_cpu(cpu);
	bool is64 = vmcb->cs.attrib & SEG_ATTRIB_L;
	struct guest_mmu mmu;
	u32 len;

	backend_get_mmu(cpu, &mmu);
	for (len = 0; len + opcode_len < 15; len++) {
		void *byte;

		/* A byte the VMM can't read ends it: the CPU could, so the guest
		 * changed its tables meanwhile, and only itself is harmed.
		 */
		if (guest_translate(&mmu, gva(linear + len), GUEST_FETCH, &byte))
			break;
		/* Both bytes that the key is checked by must lie in this page */
		if (len == 0 && (linear & ~UV_PAGE_MASK) < UV_PAGE_SIZE - 1) {
			svm->memo_cr3 = vmcb->cr3;
			svm->memo_rip = linear;
			svm->memo_bytes = byte;
		}
		if (!is_prefix(*(const u8 *)byte, is64))
			break;
	}
	return vmcb->rip + len + opcode_len;
}
