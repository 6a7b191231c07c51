// SPDX-License-Identifier: GPL-2.0-only
/* See common.h. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "kselftest.h"
#include "common.h"

#ifdef __x86_64__
#define PC(uc) ((uc)->uc_mcontext.gregs[REG_RIP])
#else
#define PC(uc) ((uc)->uc_mcontext.gregs[REG_EIP])
#endif

static bool loaded_vmm, was_loaded, loaded_uvtest, loaded_vmmlog;
static int uvtest_fd = -1;
static void *uvtest_map;
static size_t uvtest_map_size;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	unsigned long pc = PC(uc);

	(void)info;
	if (pc == (unsigned long)vmm_raw_vmcall_insn ||
	    pc == (unsigned long)vmm_raw_vmmcall_insn)
		PC(uc) = (unsigned long)vmm_raw_failed;
	else
		signal(sig, SIG_DFL);
}

void vmm_catch_faults(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
				.sa_flags = SA_SIGINFO };

	sigaction(SIGILL, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
}

bool vmm_is_amd(void)
{
	unsigned int eax, ebx, ecx, edx;

	__cpuid(0, eax, ebx, ecx, edx);
	return ebx == signature_AMD_ebx || ebx == 0x6f677948; /* "Hygo" */
}

int vmm_call(struct vmm_regs *regs)
{
	static int amd = -1;

	if (amd < 0)
		amd = vmm_is_amd();
	return amd ? vmm_raw_vmmcall(regs) : vmm_raw_vmcall(regs);
}

long vmm_lookup_at(unsigned long address)
{
	struct vmm_regs regs = { .rax = VMMCALL_GET_FUNCTION, .rbx = address };

	if (vmm_call(&regs))
		return NO_VMM;
	return regs.rax;
}

long vmm_lookup(const char *name)
{
	return vmm_lookup_at((unsigned long)name);
}

static int open_module(const char *name)
{
	static const char * const places[] = {
		".", "/root", "../..", "../modules", "../../logreader",
	};
	const char *dir = getenv("UNDERVISOR_MODULES");
	char path[512];
	unsigned int i;
	int fd;

	if (dir) {
		snprintf(path, sizeof(path), "%s/%s.ko", dir, name);
		return open(path, O_RDONLY | O_CLOEXEC);
	}
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%s/%s.ko", places[i], name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return -1;
}

static void load_module(const char *name, const char *params)
{
	int fd = open_module(name);

	if (fd < 0)
		ksft_exit_skip("no %s.ko to load: set UNDERVISOR_MODULES\n",
			       name);
	if (syscall(SYS_finit_module, fd, params, 0))
		ksft_exit_fail_msg("can't load %s: %s\n", name,
				   strerror(errno));
	close(fd);
}

static int unload_module(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK);
}

/* Children must end with _exit(), or they would take the modules away. */
static void unload_all(void)
{
	if (uvtest_map)
		munmap(uvtest_map, uvtest_map_size);
	close(uvtest_fd);
	if (loaded_uvtest && unload_module("uvtest"))
		printf("# can't unload uvtest: %s\n", strerror(errno));
	if (loaded_vmmlog && unload_module("vmmlog"))
		printf("# can't unload vmmlog: %s\n", strerror(errno));
	if (loaded_vmm && unload_module("undervisor"))
		printf("# can't unload undervisor: %s\n", strerror(errno));
	if (was_loaded) {
		printf("# loading undervisor again, without parameters\n");
		load_module("undervisor", "");
	}
}

static void leave_clean(void)
{
	static bool done;

	if (!done)
		atexit(unload_all);
	done = true;
}

void need_vmm(const char *params)
{
	vmm_catch_faults();
	leave_clean();
	if (vmm_lookup(VMMCALL_NAME_DBGSH) > 0) {
		if (!params)
			return;
		if (unload_module("undervisor"))
			ksft_exit_fail_msg("can't unload undervisor: %s\n",
					   strerror(errno));
		if (!loaded_vmm)
			was_loaded = true;
	}
	loaded_vmm = false;
	load_module("undervisor", params ? params : "");
	loaded_vmm = true;
}

void need_vmmlog(const char *params)
{
	leave_clean();
	if (unload_module("vmmlog") && errno != ENOENT)
		ksft_exit_fail_msg("can't unload vmmlog: %s\n", strerror(errno));
	loaded_vmmlog = false;
	load_module("vmmlog", params);
	loaded_vmmlog = true;
}

int need_uvtest(void)
{
	uvtest_fd = open("/dev/uvtest", O_RDWR | O_CLOEXEC);
	if (uvtest_fd >= 0)
		return uvtest_fd;
	load_module("uvtest", "");
	leave_clean();
	loaded_uvtest = true;
	uvtest_fd = open("/dev/uvtest", O_RDWR | O_CLOEXEC);
	if (uvtest_fd < 0)
		ksft_exit_fail_msg("no /dev/uvtest: %s\n", strerror(errno));
	return uvtest_fd;
}

void *uvtest_pages(int fd, unsigned int order, struct uvtest_pages *pages)
{
	size_t size = sysconf(_SC_PAGESIZE) << order;
	void *map;

	pages->order = order;
	uvtest_request(fd, UVTEST_IOC_PAGES, pages);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		ksft_exit_fail_msg("mmap of uvtest: %s\n", strerror(errno));
	uvtest_map = map;
	uvtest_map_size = size;
	return map;
}

void uvtest_request(int fd, unsigned long request, void *arg)
{
	if (ioctl(fd, request, arg))
		ksft_exit_fail_msg("uvtest request %#lx: %s\n", request,
				   strerror(errno));
}

unsigned int uvtest_call(int fd, struct uvtest_regs *regs, uint64_t number,
			 uint64_t rbx, uint64_t rcx)
{
	regs->gpr[UVTEST_RAX] = number;
	regs->gpr[UVTEST_RBX] = rbx;
	regs->gpr[UVTEST_RCX] = rcx;
	regs->insn = vmm_is_amd() ? UVTEST_VMMCALL : UVTEST_VMCALL;
	uvtest_request(fd, UVTEST_IOC_RUN, regs);
	return regs->vector;
}

uint64_t uvtest_log(int fd, struct uvtest_log *log, const char *text, size_t len)
{
	log->number = vmm_lookup(VMMCALL_NAME_LOG_WRITE);
	log->len = len;
	memcpy(log->text, text, len);
	uvtest_request(fd, UVTEST_IOC_LOG, log);
	return log->result;
}

char *vmm_status(void)
{
	struct vmm_regs regs = { 0 };
	long number = vmm_lookup(VMMCALL_NAME_GET_STATUS_PART);
	const size_t room = 1 << 20;
	char *text = malloc(room);
	size_t len = 0;

	/* The VMM brings no page in. */
	memset(text, 0, room);
	do {
		regs.rax = number;
		regs.rbx = (unsigned long)text + len;
		regs.rcx = room - 1 - len;
		if (number <= 0 || vmm_call(&regs) || regs.rax) {
			free(text);
			return NULL;
		}
		len += regs.rcx;
	} while (regs.rdx);
	return text;
}

uint64_t vmm_log_counter(const char *word)
{
	char *text = vmm_status(), *line, *at = NULL;
	uint64_t value = 0;

	line = text ? strstr(text, "\nlog ") : NULL;
	if (line) {
		line[1 + strcspn(line + 1, "\n")] = 0;
		at = strstr(line, word);
	}
	if (!at)
		ksft_exit_fail_msg("no %s in the status of the log\n", word);
	else
		value = strtoull(at + strlen(word), NULL, 10);
	free(text);
	return value;
}

unsigned int uvtest_run(int fd, uint32_t insn, uint64_t *rax)
{
	struct uvtest_regs regs;

	memset(&regs, 0, sizeof(regs));
	regs.insn = insn;
	regs.gpr[UVTEST_RAX] = *rax;
	uvtest_request(fd, UVTEST_IOC_RUN, &regs);
	*rax = regs.gpr[UVTEST_RAX];
	return regs.vector;
}

int list_cpus(int cpus[MAX_CPUS])
{
	cpu_set_t *set = CPU_ALLOC(MAX_CPUS);
	size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
	int cpu, n = 0;

	CPU_ZERO_S(size, set);
	if (sched_getaffinity(0, size, set))
		ksft_exit_fail_msg("sched_getaffinity: %s\n", strerror(errno));
	for (cpu = 0; cpu < MAX_CPUS; cpu++)
		if (CPU_ISSET_S(cpu, size, set))
			cpus[n++] = cpu;
	CPU_FREE(set);
	return n;
}

void pin_to(int cpu)
{
	cpu_set_t *set = CPU_ALLOC(MAX_CPUS);
	size_t size = CPU_ALLOC_SIZE(MAX_CPUS);

	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	if (sched_setaffinity(0, size, set))
		ksft_exit_fail_msg("can't run on CPU %d: %s\n", cpu,
				   strerror(errno));
	CPU_FREE(set);
}

unsigned long env_number(const char *name, unsigned long standard)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 0) : standard;
}

/* Sizes of debugfs files mean nothing: read to the end. */
char *read_file(const char *path)
{
	size_t len = 0, room = 4096;
	char *text = malloc(room + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, text + len, room - len)) > 0) {
		len += n;
		if (len == room) {
			room *= 2;
			text = realloc(text, room + 1);
		}
	}
	if (fd < 0) {
		free(text);
		return NULL;
	}
	close(fd);
	text[len] = 0;
	return text;
}

int list_blocks(struct block *blocks, int max)
{
	char *text = read_file("/sys/kernel/debug/undervisor/status");
	char *line, *save = NULL;
	unsigned long long start, size;
	int n = 0;

	if (!text)
		return 0;
	for (line = strtok_r(text, "\n", &save); line && n < max;
	     line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "block %llx %llx", &start, &size) == 2) {
			blocks[n].start = start;
			blocks[n].size = size;
			n++;
		}
	}
	free(text);
	return n;
}

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		ksft_exit_fail_msg("/dev/kmsg: %s\n", strerror(errno));
	return fd;
}

static bool is_splat(const char *line)
{
	static const char * const signs[] = {
		"BUG:", "WARNING:", "Oops", "Call Trace:", "kernel BUG at",
		"unchecked MSR", "general protection", "double fault",
		"lockup", "rcu: INFO", "Bad page", "panic",
	};
	unsigned int i;

	/* "traps: NAME[PID] ..." is about a program that had its signal. */
	if (strstr(line, "traps: "))
		return false;
	for (i = 0; i < ARRAY_SIZE(signs); i++)
		if (strstr(line, signs[i]))
			return true;
	return false;
}

int kmsg_splats(int fd)
{
	char record[8192];
	int count = 0;
	ssize_t n;

	/* One record a read; -EPIPE says that some were overwritten. */
	while ((n = read(fd, record, sizeof(record) - 1)) > 0 ||
	       (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		record[n] = 0;
		if (is_splat(record)) {
			ksft_print_msg("kernel: %.*s\n",
				       (int)strcspn(record, "\n"), record);
			count++;
		}
	}
	close(fd);
	return count;
}

uint64_t rnd(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}
