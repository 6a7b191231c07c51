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
 * The instruction is done: an interrupt shadow ends with it, and a single step is
 * reported behind it, as the CPU does (APM vol. 2 sections 13.1.1.3, 15.21.5).
 */
void advance_rip(struct vmcb *vmcb, u64 next)
{
	vmcb->rip = next;
	vmcb->interrupt_shadow = 0;
	if (unlikely(vmcb->rflags & RFLAGS_TF)) {
		vmcb->dr6 |= DR6_BS;
		inject_exception(vmcb, VECTOR_DB, false, 0);
	}
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

/*
 * Length of the instruction at the guest's RIP, on a CPU that does not tell. What
 * precedes the opcode can only be prefixes: the CPU took it for this
 * instruction. The longest there is has 15 bytes.
 */
static u32 decode_length(struct cpu *cpu, struct vmcb *vmcb, u64 linear,
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
	return len + opcode_len;
}

/**
 * next_rip() - RIP behind the instruction that exited
 * @opcode: its first two opcode bytes, as a little-endian number
 * @opcode_len: length without prefixes, bytes
 *
 * From the VMCB where the CPU saves it (section 15.7.1). Otherwise the bytes are
 * looked at. A walk for each exit would double the cost of a VM call, so the place of
 * the last one's bytes is kept, and they are read again: a guest that maps another
 * instruction at the same address and leaves the old page as it was goes on at the
 * wrong byte of its own code, and harms nobody else.
 */
u64 next_rip(struct cpu *cpu, struct vmcb *vmcb, u16 opcode, u32 opcode_len)
{
	struct svm_cpu *svm = svm_cpu(cpu);
	bool is64 = vmcb->cs.attrib & SEG_ATTRIB_L;
	u64 linear = vmcb->rip;
	u64 next;

	if (svm_machine.nrips)
		return vmcb->nrip;
	if (!is64)
		linear = (u32)(linear + vmcb->cs.base);
	if (likely(svm->memo_rip == linear && svm->memo_cr3 == vmcb->cr3 &&
		   svm->memo_bytes[0] == (u8)opcode &&
		   svm->memo_bytes[1] == opcode >> 8))
		next = vmcb->rip + opcode_len;
	else
		next = vmcb->rip + decode_length(cpu, vmcb, linear, opcode_len);
	return is64 ? next : (u32)next;
}
