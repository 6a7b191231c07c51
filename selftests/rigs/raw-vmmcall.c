// SPDX-License-Identifier: GPL-2.0-only
/*
 * Executes this CPU's VM call instruction and nothing else, so that one sees
 * what it does without a library that knows better: SIGILL where no VMM runs.
 */
#include <cpuid.h>
#include <stdio.h>

/* Registered by nobody: any VMM of this ABI answers 0. */
#define UNREGISTERED	0x7fffffff

/* "Hygo": AMD's virtualization; older compilers' cpuid.h does not name it. */
#define SIGNATURE_HYGON_EBX	0x6f677948

static int is_amd(void)
{
	unsigned int eax, ebx, ecx, edx;

	__cpuid(0, eax, ebx, ecx, edx);
	return ebx == signature_AMD_ebx || ebx == SIGNATURE_HYGON_EBX;
}

int main(void)
{
	const char *name = is_amd() ? "VMMCALL" : "VMCALL";
	unsigned int result = UNREGISTERED;

	printf("%s: ", name);
	fflush(stdout);
	if (is_amd())
		asm volatile("vmmcall" : "+a" (result) : : "memory");
	else
		asm volatile("vmcall" : "+a" (result) : : "memory");
	printf("answered %u\n", result);
	return 0;
}
