// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same of KVM, for comparison: what a hypercall that it doesn't know, and CPUID,
 * cost a guest. Needs /dev/kvm; undervisor must not be loaded. The guest has one CPU,
 * a few pages, and runs in real mode: the way out and in again is the same.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kvm-guest.h"
#include "measure.h"

#define KSFT_SKIP	4

extern const char guest_empty[], guest_empty_end[];
extern const char guest_vmcall[], guest_vmcall_end[];
extern const char guest_vmmcall[], guest_vmmcall_end[];
extern const char guest_cpuid[], guest_cpuid_end[];

struct machine {
	int vm;
	int vcpu;
	struct kvm_run *run;
	char *memory;
};

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int check(int result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

static void *map(size_t size, int flags, int fd)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void make_machine(struct machine *m, int kvm)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = GUEST_MEMORY,
	};
	int size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "mmap size");

	m->vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	m->memory = map(GUEST_MEMORY, MAP_SHARED | MAP_ANONYMOUS, -1);
	region.userspace_addr = (unsigned long)m->memory;
	check(ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &region), "memory");
	m->vcpu = check(ioctl(m->vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	m->run = map(size, MAP_SHARED, m->vcpu);
}

static void start_at(struct machine *m, unsigned long rip)
{
	struct kvm_regs regs = { .rip = rip, .rflags = 2 };
	struct kvm_sregs sregs;

	check(ioctl(m->vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	check(ioctl(m->vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	check(ioctl(m->vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

static void run_guest(struct machine *m, const char *code, const char *end,
		      uint64_t *samples)
{
	const uint32_t *from = (const uint32_t *)(m->memory + GUEST_SAMPLES);
	int i;

	memcpy(m->memory + GUEST_CODE, code, end - code);
	start_at(m, GUEST_CODE);
	check(ioctl(m->vcpu, KVM_RUN, 0), "KVM_RUN");
	if (m->run->exit_reason != KVM_EXIT_HLT) {
		fprintf(stderr, "KVM exit %u\n", m->run->exit_reason);
		exit(1);
	}
	for (i = 0; i < SAMPLES; i++)
		samples[i] = from[i];
}

static int is_amd(void)
{
	unsigned int eax, ebx, ecx, edx;

	__cpuid(0, eax, ebx, ecx, edx);
	return ebx != signature_INTEL_ebx;
}

int main(void)
{
	static uint64_t samples[SAMPLES];
	struct machine m;
	uint64_t empty;
	int kvm = open("/dev/kvm", O_RDWR);

	if (kvm < 0) {
		printf("kvm_hypercall not measured: /dev/kvm: %s\n",
		       strerror(errno));
		return KSFT_SKIP;
	}
	make_machine(&m, kvm);
	/* The instruction in the empty one is a NOP: one more than nothing. */
	run_guest(&m, guest_empty, guest_empty_end, samples);
	empty = minimum(samples, SAMPLES) - (uint64_t)(ticks_per_insn() + 0.5);
	if (is_amd())
		run_guest(&m, guest_vmmcall, guest_vmmcall_end, samples);
	else
		run_guest(&m, guest_vmcall, guest_vmcall_end, samples);
	report("kvm_hypercall_unknown", samples, SAMPLES, empty, NO_TARGET);
	run_guest(&m, guest_cpuid, guest_cpuid_end, samples);
	report("kvm_cpuid", samples, SAMPLES, empty, NO_TARGET);
	return 0;
}
