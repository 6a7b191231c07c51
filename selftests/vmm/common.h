/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test programs have in common: finding and loading the modules, VM
 * calls with the instruction that this CPU knows, CPUs, the kernel's log.
 *
 * Modules are sought in the directory that UNDERVISOR_MODULES names, the current one,
 * /root, and where kbuild leaves them in a checkout (../.. and so on).
 */
#ifndef COMMON_H
#define COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm_call.h"
#include "../modules/uvtest.h"

#define MAX_CPUS	512

/* The result of vmm_call() and those built on it when no VMM answers */
#define NO_VMM		(-1)

/* Make raw calls survive the lack of a VMM; other faults still kill. */
void vmm_catch_faults(void);

/* Which of the two instructions this CPU has, by its vendor */
bool vmm_is_amd(void);

/* One VM call. Return: 0 or NO_VMM. */
int vmm_call(struct vmm_regs *regs);

/* The number of a function, 0 if unknown, NO_VMM. */
long vmm_lookup_at(unsigned long address);
long vmm_lookup(const char *name);

/**
 * need_vmm() - have a VMM beneath us until the program ends
 * @params: parameters of the module; NULL: any will do
 *
 * Loads the module (or again, if it is loaded and @params are given), and takes
 * it away at exit. Ends the program: with a skip if there is neither a VMM nor a
 * module to load, with a failure if the module doesn't load.
 */
void need_vmm(const char *params);

/* Have vmmlog.ko loaded (again) with these parameters; ends as need_vmm() does. */
void need_vmmlog(const char *params);

/* A descriptor of /dev/uvtest, the module loaded if need be; ends as above. */
int need_uvtest(void);

/* A request to it; the program fails if it is refused. Results are in *arg. */
void uvtest_request(int fd, unsigned long request, void *arg);

/* Pages of its own for this program: mapped here, and at other addresses as told */
void *uvtest_pages(int fd, unsigned int order, struct uvtest_pages *pages);

/* One VM call at level 0. Return: 0 or the exception's vector. */
unsigned int uvtest_call(int fd, struct uvtest_regs *regs, uint64_t number,
			 uint64_t rbx, uint64_t rcx);

/* One line into the VMM's log at level 0, by "log_write". Return: rax. */
uint64_t uvtest_log(int fd, struct uvtest_log *log, const char *text, size_t len);

/* The whole report, by get_status_part, to be freed; NULL without a VMM */
char *vmm_status(void);

/* A number of its line "log": the one behind that word */
uint64_t vmm_log_counter(const char *word);

/* One instruction at level 0, rax in and out. Return: 0 or the exception's vector. */
unsigned int uvtest_run(int fd, uint32_t insn, uint64_t *rax);

/* Online CPUs. Return: how many. */
int list_cpus(int cpus[MAX_CPUS]);
void pin_to(int cpu);

/* A number from the environment, or the default */
unsigned long env_number(const char *name, unsigned long standard);

/* A whole file, NUL-terminated, to be freed; NULL if it can't be read. */
char *read_file(const char *path);

/* struct block - a piece of the VMM's memory, host-physical */
struct block {
	uint64_t start;
	uint64_t size;
};

/* From the driver's debugfs file. Return: how many, 0 if it tells none. */
int list_blocks(struct block *blocks, int max);

/* Watch the kernel's log from now on; then count (and show) what is wrong in it */
int kmsg_open(void);
int kmsg_splats(int fd);

/* Deterministic pseudo-random numbers (xorshift64*) */
uint64_t rnd(uint64_t *state);

#endif /* COMMON_H */
