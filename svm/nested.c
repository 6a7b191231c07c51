// SPDX-License-Identifier: GPL-2.0-only
/*
 * The NPT: every guest-physical address is the same host-physical one, but for the
 * VMM's own memory, which shows as a page of zeros that can't be written.
 *
 * Memory types need no care here: the MTRRs are the machine's own and work on the
 * host-physical address; the NPT's entries say write-back, so the guest's PAT and
 * the MTRRs decide as on bare metal (APM vol. 2 section 15.25.8).
 */
#include "svm/svm.h"
#include "core/fault.h"
#include "core/vmm_memory.h"
#include "core/radix.h"
#include "core/x86.h"

/* Nested walks count as user accesses (section 15.25.5): U in all entries. Accessed
 * and dirty are set from the start, to save the hardware the locked writes.
 */
#define NPT_P		BIT_ULL(0)
#define NPT_W		BIT_ULL(1)
#define NPT_U		BIT_ULL(2)
#define NPT_A		BIT_ULL(5)
#define NPT_D		BIT_ULL(6)
#define NPT_NX		BIT_ULL(63)
#define NPT_TABLE	(NPT_P | NPT_W | NPT_U | NPT_A)
#define NPT_RAM		(NPT_P | NPT_W | NPT_U | NPT_A | NPT_D)
#define NPT_HIDDEN	(NPT_P | NPT_U | NPT_A | NPT_NX)

/*
 * With 4 levels a guest-physical address has 48 bits (section 15.25.3), and Linux,
 * which has the same depth, no RAM above them. With 5 levels as much is mapped. An
 * access above it is logged and faults in the guest.
 */
#define NPT_MAX_BITS	48

static struct radix npt;

const char backend_nested_name[] = "npt";

static int map_all(void)
{
	u32 bits = boot_info.maxphyaddr;

	if (bits > NPT_MAX_BITS)
		bits = NPT_MAX_BITS;
	return radix_map(&npt, 0, hpa(0), 1ULL << bits, NPT_RAM);
}

int nested_init(struct cpu *cpu)
{
	int err = -ENOMEM;

	npt = (struct radix) {
		.root = pool_alloc_page(),
		.levels = boot_info.flags & UV_BOOT_LA57 ? 5 : 4,
		.max_leaf = RADIX_1G,
		.table_flags = NPT_TABLE,
	};
	if (npt.root)
		err = map_all();
	if (!err)
		err = vmm_memory_hide(&npt, NPT_HIDDEN);
	if (err) {
		cpu->frame.reason = UV_REASON_NO_POOL;
		return err;
	}
	svm_machine.n_cr3 = hpa_raw(pool_to_phys(npt.root));
	return 0;
}

const struct radix *backend_nested(void)
{
	return &npt;
}

/* Memory types are the guest's and the MTRRs': nothing to say of them */
void backend_print_nested(struct sink *sink, u64 entry, bool leaf)
{
	sink_printf(sink, "%s%s%s%s%s%s", entry & NPT_P ? " read" : "",
		    entry & NPT_W ? " write" : "",
		    entry & NPT_NX ? "" : " execute",
		    entry & NPT_U ? " user" : "",
		    entry & NPT_A ? " accessed" : "",
		    leaf && entry & NPT_D ? " dirty" : "");
}

/*
 * No processor saves the state of root mode in a VMCB. QEMU does when another CPU's FXRSTOR
 * has set its first CPU's flags back to what they were in the guest: nested paging is on
 * behind the #VMEXIT then, and root mode's next fetch faults (Documentation/testing.md).
 * There is no guest to go on with, and its last words should not blame it.
 */
static void check_guest_state(const struct vmcb *vmcb)
{
	if (vmcb->cr3 == read_cr3())
		vmm_panic("the emulator lost the guest's state: the VMCB has the VMM's",
			  vmcb->exitinfo2, vmcb->rip);
}

void nested_fault(struct vmcb *vmcb)
{
	const char *what = vmcb->exitinfo1 & NPF_FETCH ? "execution" :
			   vmcb->exitinfo1 & NPF_WRITE ? "write" : "read";
	u32 vector;

	check_guest_state(vmcb);
	vector = vmm_memory_fault(what, gpa(vmcb->exitinfo2), vmcb->rip,
				  (u32)vmcb->exitintinfo);
	inject_exception(vmcb, vector, true, 0);
}
