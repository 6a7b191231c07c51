// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec, for a guest that has no more than busybox:
 *
 *	next-kernel KERNEL INITRAMFS LINE	go on in this kernel, with this command line
 *	next-kernel -p KERNEL INITRAMFS LINE	have it ready for a panic
 *
 * Status 1, and a message, if that can't be done.
 */
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	int crash = argc > 1 && !strcmp(argv[1], "-p");
	int kernel, initramfs;

	argv += crash;
	if (argc - crash != 4) {
		fprintf(stderr, "usage: next-kernel [-p] KERNEL INITRAMFS LINE\n");
		return 64;
	}
	kernel = open(argv[1], O_RDONLY);
	if (kernel < 0)
		return fail(argv[1]);
	initramfs = open(argv[2], O_RDONLY);
	if (initramfs < 0)
		return fail(argv[2]);
	if (syscall(SYS_kexec_file_load, kernel, initramfs, strlen(argv[3]) + 1,
		    argv[3], crash ? KEXEC_FILE_ON_CRASH : 0))
		return fail("kexec_file_load");
	if (crash)
		return 0;
	reboot(RB_KEXEC);
	return fail("reboot");
}
