// SPDX-License-Identifier: GPL-2.0-only
/*
 * The low level of the VM call ABI, from user level. Built twice: vmm_abi is 64-bit,
 * vmm_abi_32 is 32-bit code. Shows that
 *
 *  - names are found, others are not, and every unregistered number gives 0
 *  - all registers and flags but the defined outputs are preserved
 *  - results have the caller's width, and 32-bit code's upper halves don't count
 *  - RIP goes on behind the instruction: prefixes, page ends, single-stepping, breakpoints
 *  - CPUID says of SYSCALL what it says to code of this width on bare metal
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "kselftest.h"
#include "common.h"

#ifdef __x86_64__
#define REG_PC	REG_RIP
#define REG_AX	REG_RAX
#define IS_64BIT	true
#else
#define REG_PC	REG_EIP
#define REG_AX	REG_EAX
#define IS_64BIT	false
#endif

#define FREE_NUMBER	0x12345678	/* nobody registers that many */
#define ROUNDS		2000
#define PAGE		4096

static uint64_t seed = 0x1234567887654321ULL;

static bool same_regs(const struct vmm_regs *a, const struct vmm_regs *b)
{
	return !memcmp(a, b, offsetof(struct vmm_regs, flags)) &&
	       !((a->flags ^ b->flags) & VMM_FLAGS);
}

static void show_difference(const struct vmm_regs *got,
			    const struct vmm_regs *want)
{
	const unsigned long *g = &got->rax, *w = &want->rax;
	size_t i;

	for (i = 0; i < sizeof(*got) / sizeof(*g); i++)
		if (g[i] != w[i])
			ksft_print_msg("register %zu: %#lx instead of %#lx\n",
				       i, g[i], w[i]);
}

static void random_regs(struct vmm_regs *regs)
{
	unsigned long *r = &regs->rax;
	size_t i;

	for (i = 0; i < sizeof(*regs) / sizeof(*r); i++)
		r[i] = rnd(&seed);
}

/* Calls with random registers; only rax, and that to @result, may change. */
static bool preserves(unsigned long number, unsigned long rbx, bool fix_rbx,
		      unsigned long result)
{
	struct vmm_regs in, out;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		random_regs(&in);
		in.rax = number;
		if (fix_rbx)
			in.rbx = rbx;
		out = in;
		if (vmm_call(&out))
			return false;
		in.rax = result;
		if (!same_regs(&out, &in)) {
			show_difference(&out, &in);
			return false;
		}
	}
	return true;
}

static void test_names(void)
{
	static const char * const known[] = {
		VMMCALL_NAME_DBGSH, VMMCALL_NAME_LOG_SET_BUF,
		VMMCALL_NAME_GET_STATUS, VMMCALL_NAME_GET_FUNCTIONS,
	};
	static const char * const unknown[] = {
		"", "d", "dbgs", "dbgsh ", "dbgshx", "DBGSH", "\xff\xfe",
		"get_statu", "undervisor",
	};
	long number, last = 0;
	bool ok = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		number = vmm_lookup(known[i]);
		ksft_print_msg("%s: %ld\n", known[i], number);
		ok &= number >= VMMCALL_FIRST_NUMBER && number <= 0x7fffffff &&
		      number != last;
		last = number;
	}
	ksft_test_result(ok, "known names have numbers of their own above 63\n");

	for (ok = true, i = 0; i < ARRAY_SIZE(unknown); i++)
		ok &= vmm_lookup(unknown[i]) == 0;
	ksft_test_result(ok, "unknown names give 0\n");
}

static void test_numbers(void)
{
	static const unsigned long numbers[] = {
		1, 2, 11, 63, 1000, 0x7fffffff, 0x80000000, 0xffffffff,
		FREE_NUMBER, ~0UL,
	};
	struct vmm_regs regs;
	bool ok = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		random_regs(&regs);
		regs.rax = numbers[i];
		ok &= !vmm_call(&regs) && regs.rax == 0;
	}
	ksft_test_result(ok, "unregistered numbers give 0\n");
}

static void test_preserved(void)
{
	long dbgsh = vmm_lookup(VMMCALL_NAME_DBGSH);
	unsigned long name = (unsigned long)VMMCALL_NAME_DBGSH;
	unsigned long none = (unsigned long)"no such function";
	struct vmm_regs poll = { .rax = dbgsh, .rbx = DBGSH_NO_INPUT };

	ksft_test_result(preserves(FREE_NUMBER, 0, false, 0),
			 "unregistered number: all else preserved\n");
	ksft_test_result(preserves(0, name, true, dbgsh),
			 "look-up: all else preserved\n");
	ksft_test_result(preserves(0, none, true, 0),
			 "look-up that fails: all else preserved\n");
	vmm_call(&poll);
	ksft_test_result(preserves(dbgsh, (unsigned long)DBGSH_NO_INPUT, true,
				   poll.rax),
			 "dbgsh poll: all else preserved\n");
}

static void test_widths(void)
{
	long dbgsh = vmm_lookup(VMMCALL_NAME_DBGSH);
	struct vmm_regs regs = { .rax = dbgsh, .rbx = DBGSH_NO_INPUT };

	vmm_call(&regs);
	ksft_test_result((long)regs.rax == DBGSH_IDLE ||
			 regs.rax <= DBGSH_ENDED,
			 "dbgsh's result has the caller's width (%#lx)\n",
			 regs.rax);
}

/* Two pages for generated code; the second can be taken away. */
static uint8_t *code;

static const uint8_t *insn(void)
{
	static const uint8_t vmcall[] = { 0x0f, 0x01, 0xc1 };
	static const uint8_t vmmcall[] = { 0x0f, 0x01, 0xd9 };

	return vmm_is_amd() ? vmmcall : vmcall;
}

static sigjmp_buf escape;
static volatile unsigned long fault_pc, fault_ax;

static void on_code_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)info;
	fault_pc = uc->uc_mcontext.gregs[REG_PC];
	fault_ax = uc->uc_mcontext.gregs[REG_AX];
	siglongjmp(escape, sig);
}

/* Runs generated code. Return: 0 and its result, or the signal it got. */
static int run_code(const void *start, unsigned long *result)
{
	struct sigaction sa = { .sa_sigaction = on_code_fault,
				.sa_flags = SA_SIGINFO };
	unsigned long (*func)(void) = (unsigned long (*)(void))start;
	int sig;

	sigaction(SIGILL, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	sig = sigsetjmp(escape, 1);
	if (!sig)
		*result = func();
	vmm_catch_faults();
	return sig;
}

static uint8_t *put(uint8_t *p, const void *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

/* mov $FREE_NUMBER, %eax */
static uint8_t *put_number(uint8_t *p)
{
	const uint32_t number = FREE_NUMBER;

	return put(put(p, "\xb8", 1), &number, 4);
}

/*
 * BitVisor's clients go on with a jump through rsi right behind the instruction:
 *	mov FREE_NUMBER, eax; push rsi; mov 1f, rsi; VMMCALL; jmp *rsi; ud2; 1: pop rsi; ret
 */
static void test_rsi_jump(void)
{
	unsigned long result = ~0UL, target;
	uint8_t *p = put_number(code), *slot;
	int sig;

	p = put(p, "\x56", 1);
#ifdef __x86_64__
	p = put(p, "\x48\xbe", 2);
#else
	p = put(p, "\xbe", 1);
#endif
	slot = p;
	p = put(p + sizeof(long), insn(), 3);
	p = put(p, "\xff\xe6\x0f\x0b", 4);
	target = (unsigned long)p;
	memcpy(slot, &target, sizeof(target));
	put(p, "\x5e\xc3", 2);
	sig = run_code(code, &result);
	ksft_test_result(!sig && !result, "jump through rsi behind the call\n");
}

/* @prefixes before the instruction, the instruction at @where */
static int run_prefixed(uint8_t *where, const char *prefixes, size_t n,
			unsigned long *result)
{
	uint8_t *p = put_number(where);

	p = put(p, prefixes, n);
	p = put(p, insn(), 3);
	put(p, "\xc3", 1);
	return run_code(where, result);
}

static void test_prefixes(void)
{
	static const char * const harmless[] = {
		"", "\x2e", "\x3e", "\x26", "\x36", "\x64", "\x65", "\x67",
		"\x67\x2e", "\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e",
		"\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x2e\x67",
#ifdef __x86_64__
		"\x48", "\x40", "\x4f", "\x67\x48", "\x64\x67\x4f",
#endif
	};
	/* These are other instructions, or none, on some CPUs. */
	static const char * const other[] = { "\x66", "\xf2", "\xf3" };
	unsigned long result;
	bool ok = true;
	unsigned int i;
	int sig;

	for (i = 0; i < ARRAY_SIZE(harmless); i++) {
		result = ~0UL;
		sig = run_prefixed(code, harmless[i], strlen(harmless[i]),
				   &result);
		if (sig || result) {
			ksft_print_msg("prefixes %u: signal %d, result %#lx\n",
				       i, sig, result);
			ok = false;
		}
	}
	ksft_test_result(ok, "RIP goes on behind segment, address-size and REX prefixes\n");

	for (ok = true, i = 0; i < ARRAY_SIZE(other); i++) {
		result = ~0UL;
		sig = run_prefixed(code, other[i], 1, &result);
		ksft_print_msg("prefix %#x: signal %d, result %#lx\n",
			       other[i][0] & 0xff, sig, result);
		ok &= sig == SIGILL || sig == SIGSEGV || (!sig && !result);
	}
	ksft_test_result(ok, "prefixes 66, f2, f3: a fault or a call, nothing else\n");
}

static void test_page_ends(void)
{
	unsigned long result;
	uint8_t *end = code + PAGE;
	bool ok = true;
	int back, sig;

	/* Each byte of the instruction may be the first of the next page. */
	for (back = 0; back < 10; back++) {
		result = ~0UL;
		sig = run_prefixed(end - 10 + back, "\x2e\x2e", 2, &result);
		ok &= !sig && !result;
	}
	ksft_test_result(ok, "instruction across pages\n");

	/* Nothing behind it: the call is made, then the next fetch faults. */
	put(put_number(end - 8), insn(), 3);
	mprotect(end, PAGE, PROT_NONE);
	sig = run_code(end - 8, &result);
	ksft_test_result(sig == SIGSEGV && fault_pc == (unsigned long)end &&
			 fault_ax == 0,
			 "instruction at the end of the mapped code (signal %d at %#lx, rax %#lx)\n",
			 sig, fault_pc, fault_ax);
	mprotect(end, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
}

#define MAX_STEPS	64

static volatile unsigned long steps[MAX_STEPS];
static volatile int nr_steps;

static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	if (nr_steps < MAX_STEPS)
		steps[nr_steps++] = uc->uc_mcontext.gregs[REG_PC];
}

/* pushf; orl $0x100, (rsp); popf; nop; VMMCALL; nop; pushf; andl ..; popf; ret */
static void test_single_step(void)
{
	struct sigaction sa = { .sa_sigaction = on_trap,
				.sa_flags = SA_SIGINFO };
	unsigned long result = ~0UL, behind;
	uint8_t *p = put_number(code);
	int i, sig, seen = 0;

	p = put(p, "\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\x90", 10);
	p = put(p, insn(), 3);
	behind = (unsigned long)p;
	p = put(p, "\x90\x9c\x81\x24\x24\xff\xfe\xff\xff\x9d\xc3", 11);
	sigaction(SIGTRAP, &sa, NULL);
	sig = run_code(code, &result);
	signal(SIGTRAP, SIG_DFL);
	for (i = 0; i < nr_steps; i++)
		seen += steps[i] == behind;
	ksft_test_result(!sig && !result && seen == 1,
			 "single-stepping stops once behind the call (%d of %d stops)\n",
			 seen, nr_steps);
}

/* A counter of how often an instruction is reached, by a debug register */
static int open_breakpoint(const void *where)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT, .size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_X, .bp_addr = (unsigned long)where,
		.bp_len = 8,	/* the kernel's long */
		.exclude_kernel = 1, .exclude_hv = 1,
	};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static long breakpoint_count(int fd)
{
	uint64_t count = 0;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		return -1;
	close(fd);
	return count;
}

/* RFLAGS.RF lets the call pass its breakpoint, and has to be gone behind it */
static void test_breakpoints(void)
{
	uint8_t *call = put_number(code), *behind = put(call, insn(), 3);
	int at_call = open_breakpoint(call), at_behind = open_breakpoint(behind);
	unsigned long result = 0;
	int i, bad = 0;
	long n, m;

	put(behind, "\x90\xc3", 2);
	if (at_call < 0 || at_behind < 0) {
		ksft_test_result_skip("breakpoints: %s\n", strerror(errno));
		return;
	}
	for (i = 0; i < 10; i++)
		bad += run_code(code, &result) || result;
	n = breakpoint_count(at_call);
	m = breakpoint_count(at_behind);
	ksft_test_result(!bad && n == 10 && m == 10,
			 "breakpoints at the call and behind it are hit each time (%ld, %ld)\n",
			 n, m);
}

/* Whatever is not the call's business stays: x87 and vector registers */
static void test_vector_registers(void)
{
	unsigned char before[16], after[16];
	struct vmm_regs regs = { 0 };
	unsigned int i;

	for (i = 0; i < sizeof(before); i++)
		before[i] = rnd(&seed);
	asm volatile("movdqu %0, %%xmm7" : : "m" (before) : "xmm7");
	regs.rbx = (unsigned long)VMMCALL_NAME_DBGSH;
	vmm_call(&regs);
	asm volatile("movdqu %%xmm7, %0" : "=m" (after));
	ksft_test_result(!memcmp(before, after, sizeof(before)),
			 "vector registers preserved\n");
}

#define CPUID_EXT_EDX_SYSCALL	(1u << 11)

/* Intel's CPUs have the instruction in 64-bit code, and show it to no other */
static void test_cpuid_syscall(void)
{
	unsigned int a, b, c, d;

	__cpuid(0x80000001, a, b, c, d);
	ksft_test_result(!(d & CPUID_EXT_EDX_SYSCALL) ==
			 !(IS_64BIT || vmm_is_amd()),
			 "CPUID shows SYSCALL where it is (edx %#x)\n", d);
}

#ifdef __x86_64__
static int compat_call(struct vmm_regs *regs)
{
	return vmm_is_amd() ? vmm_compat_vmmcall(regs) :
			      vmm_compat_vmcall(regs);
}

/* In 32-bit code, upper halves that a 64-bit program left in its registers */
static void test_compat(void)
{
	static const char name[] = VMMCALL_NAME_DBGSH;
	long dbgsh = vmm_lookup(name);
	struct vmm_regs regs;
	bool ok = true;
	int i;

	for (i = 0; ok && i < 100; i++) {
		random_regs(&regs);
		regs.rax = rnd(&seed) << 32 | VMMCALL_GET_FUNCTION;
		regs.rbx = rnd(&seed) << 32 | (uint32_t)(uintptr_t)name;
		ok = !compat_call(&regs) &&
		     (uint32_t)regs.rax == dbgsh;
	}
	ksft_test_result(ok, "32-bit code: upper halves don't count (%#lx)\n",
			 regs.rax);
}

#define EXTRA_TESTS	2

static void extra_tests(void)
{
	struct vmm_regs regs = { .rax = 0xfedcba9800000000UL,
				 .rbx = (unsigned long)VMMCALL_NAME_DBGSH };

	test_compat();
	vmm_call(&regs);
	ksft_test_result((long)regs.rax == vmm_lookup(VMMCALL_NAME_DBGSH),
			 "upper half of a 64-bit number doesn't count (%#lx)\n",
			 regs.rax);
}
#else
#define EXTRA_TESTS	0

static void extra_tests(void)
{
}
#endif

int main(void)
{
	ksft_print_header();
	need_vmm(NULL);
	ksft_set_plan(17 + EXTRA_TESTS);
	code = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	test_names();
	test_numbers();
	test_preserved();
	test_widths();
	test_rsi_jump();
	test_prefixes();
	test_page_ends();
	test_single_step();
	test_breakpoints();
	test_vector_registers();
	test_cpuid_syscall();
	extra_tests();
	ksft_finished();
}
