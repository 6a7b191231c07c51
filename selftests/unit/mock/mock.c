// SPDX-License-Identifier: GPL-2.0-only
/* A machine made of arrays, see mock.h. */
#include "mock/mock.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/vmm_memory.h"
#include "hypercall/vmmcall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mapping {
	u64 va;
	u32 page;
	unsigned int flags;
};

u8 mock_ram[MOCK_RAM_SIZE] __aligned(4096);
struct cpu mock_cpu[UV_MAX_CPUS];
struct guest_state mock_state;
struct guest_mmu mock_mmu;
u64 mock_clock;
u64 mock_clock_step;
bool mock_outer_answers;
unsigned int mock_outer_calls;
struct guest_regs mock_outer_regs;
u64 mock_vmm_start, mock_vmm_end;
void (*mock_after_walk)(void);
u64 mock_cr3[MOCK_CPUS];
void (*mock_before_cr3)(void);
u64 mock_rip;
u8 mock_cpl;
struct uv_boot_info boot_info;
const char backend_name[] = "mock";
const char backend_block_name[] = "vmcx";
const char backend_block_source[] = "from elsewhere";

static struct mapping mappings[MOCK_PAGES];
static u32 nr_mappings;
static __thread u32 current_cpu;
static char log_ring[MOCK_LOG_SIZE];

static void start_cpu(u32 number)
{
	memset(&mock_cpu[number], 0, sizeof(mock_cpu[number]));
	mock_cpu[number].number = number;
	mock_cpu[number].state = CPU_IN;
}

void mock_reset(void)
{
	u32 i;

	for (i = 0; i < MOCK_CPUS; i++)
		start_cpu(i);

	memset(mock_ram, 0, sizeof(mock_ram));
	memset(&mock_state, 0, sizeof(mock_state));
	memset(&mock_mmu, 0, sizeof(mock_mmu));
	memset(&boot_info, 0, sizeof(boot_info));
	boot_info.nr_cpus = MOCK_CPUS;
	boot_info.cpu_present[0] = ((1 << MOCK_CPUS) - 1) & ~(1 << MOCK_ABSENT_CPU);
	boot_info.tsc_khz = 1000;
	boot_info.dbgsh_mode = UV_DBGSH_ALL;
	mock_clock = 1000;
	mock_clock_step = 0;
	mock_outer_answers = true;
	mock_outer_calls = 0;
	mock_vmm_start = 0;
	mock_vmm_end = 0;
	mock_after_walk = NULL;
	memset(mock_cr3, 0, sizeof(mock_cr3));
	mock_before_cr3 = NULL;
	mock_rip = 0;
	mock_cpl = 0;
	nr_mappings = 0;
	if (log_init(log_ring, sizeof(log_ring)))
		abort();
	current_cpu = 0;
}

void mock_all_cpus(void)
{
	u32 i;

	boot_info.nr_cpus = UV_MAX_CPUS;
	memset(boot_info.cpu_present, 0xff, sizeof(boot_info.cpu_present));
	for (i = 0; i < UV_MAX_CPUS; i++)
		start_cpu(i);
}

void mock_set_cpu(u32 number)
{
	current_cpu = number;
}

void mock_map(u64 va, u32 page, unsigned int flags)
{
	if (nr_mappings == MOCK_PAGES)
		abort();
	mappings[nr_mappings++] = (struct mapping){ va, page, flags };
}

void mock_unmap_all(void)
{
	nr_mappings = 0;
}

void mock_call(struct guest_regs *regs, u8 cpl, bool is64)
{
	mock_cpl = cpl;
	vmmcall_dispatch(&mock_cpu[0], regs, cpl, is64);
	mock_cpl = 0;
}

u32 mock_number(const char *name)
{
	struct vmmcall_info info;
	u32 n;

	for (n = 0; vmmcall_get_info(n, &info); n++)
		if (!strcmp(info.name, name))
			return info.number;
	fprintf(stderr, "no function %s\n", name);
	abort();
}

u64 log_clock(void)
{
	mock_clock += mock_clock_step;
	return mock_clock;
}

struct cpu *this_cpu(void)
{
	return &mock_cpu[current_cpu];
}

bool cpu_present(u32 number)
{
	return number < boot_info.nr_cpus &&
	       boot_info.cpu_present[number / 64] >> (number % 64) & 1;
}

struct cpu *cpu_by_number(u32 number)
{
	if (!cpu_present(number))
		abort();
	return &mock_cpu[number];
}

void backend_get_mmu(struct cpu *cpu, struct guest_mmu *mmu)
{
	(void)cpu;
	*mmu = mock_mmu;
	mmu->cpl = 9;		/* the dispatcher has to set it */
}

void backend_get_state(struct cpu *cpu, struct guest_state *state)
{
	*state = mock_state;
	state->segment[SEGMENT_TR].selector = (u16)(8 * cpu->number);
}

const struct backend_field *backend_field(u32 index)
{
	static const struct backend_field fields[] = {
		{ "FIRST", 0x10 }, { "LACKING", 0x22 }, { "THIRD", 0x24 },
	};

	return index < ARRAY_SIZE(fields) ? &fields[index] : NULL;
}

u32 backend_field_size(const struct backend_field *field)
{
	return field->where == 0x10 ? 2 : 8;
}

/* CPU 3 knows nothing, and no CPU has the second field */
int backend_read_field(struct cpu *cpu, u32 index, u64 *value)
{
	if (cpu->number == 3)
		return -EAGAIN;
	if (index == 1)
		return -ENOENT;
	*value = 0x1230 + index + 0x100 * cpu->number;
	return 0;
}

u64 backend_guest_rip(struct cpu *cpu)
{
	(void)cpu;
	return mock_rip;
}

u8 backend_guest_cpl(struct cpu *cpu)
{
	(void)cpu;
	return mock_cpl;
}

u64 backend_guest_cr3(struct cpu *cpu)
{
	if (mock_before_cr3)
		mock_before_cr3();
	return mock_cr3[cpu->number];
}

bool backend_outer_call(struct guest_regs *regs)
{
	mock_outer_calls++;
	mock_outer_regs = *regs;
	if (mock_outer_answers)
		regs->rax = 0x123456789abcdefULL;
	return mock_outer_answers;
}

bool vmm_memory_touches(u64 start, u64 size)
{
	return (__uint128_t)start + size > mock_vmm_start && start < mock_vmm_end && size;
}

const char *backend_exit_name(u32 index)
{
	switch (index) {
	case 0:
		return "CPUID";
	case 3:
		return "VMMCALL";
	case CPU_NR_EXIT_COUNTS - 1:
		return "LAST";
	default:
		return NULL;
	}
}

static u8 *translate(const struct guest_mmu *mmu, u64 va, bool write)
{
	const struct mapping *m;

	if (mmu->cpl > 3)
		abort();
	for (m = mappings; m < mappings + nr_mappings; m++) {
		if (m->va != (va & UV_PAGE_MASK))
			continue;
		if (mmu->cpl == 3 && !(m->flags & MOCK_USER))
			return NULL;
		if (write && !(m->flags & MOCK_WRITABLE))
			return NULL;
		return mock_ram + m->page * UV_PAGE_SIZE + va % UV_PAGE_SIZE;
	}
	return NULL;
}

int guest_translate(const struct guest_mmu *mmu, gva_t addr,
		    enum guest_access access, void **host)
{
	*host = translate(mmu, gva_raw(addr), access == GUEST_WRITE);
	if (!*host)
		return -EFAULT;
	if (access == GUEST_WRITE && mock_after_walk)
		mock_after_walk();
	return 0;
}

int guest_read_string(const struct guest_mmu *mmu, char *dst, gva_t src,
		      u32 size)
{
	u32 i;

	for (i = 0; i < size; i++) {
		const u8 *p = translate(mmu, gva_raw(src) + i, false);

		if (!p || gva_raw(src) + i < gva_raw(src))
			return -EFAULT;
		dst[i] = (char)*p;
		if (!*p)
			return (int)i;
	}
	return -ENAMETOOLONG;
}

int guest_read(const struct guest_mmu *mmu, void *dst, gva_t src, u64 len)
{
	u8 *to = dst;
	u64 i;

	if (len && gva_raw(src) + len - 1 < gva_raw(src))
		return -EFAULT;
	for (i = 0; i < len; i++) {
		const u8 *p = translate(mmu, gva_raw(src) + i, false);

		if (!p)
			return -EFAULT;
		to[i] = *p;
	}
	return 0;
}

int guest_write(const struct guest_mmu *mmu, gva_t dst, const void *src,
		u64 len)
{
	const u8 *from = src;
	u64 i;

	if (len && gva_raw(dst) + len - 1 < gva_raw(dst))
		return -EFAULT;
	for (i = 0; i < len; i++) {
		u8 *p = translate(mmu, gva_raw(dst) + i, true);

		if (!p)
			return -EFAULT;
		*p = from[i];
	}
	return 0;
}

void *guest_ram(gpa_t addr, u64 len)
{
	u64 start = gpa_raw(addr);

	if (start < MOCK_RAM_START || start >= MOCK_RAM_END ||
	    len > MOCK_RAM_END - start)
		return NULL;
	return mock_ram + (start - MOCK_RAM_START);
}
