// SPDX-License-Identifier: GPL-2.0-only
/*
 * A KVM virtual machine that does nothing, for the scripts: make one, say "made", and
 * keep it until SIGTERM. If KVM refuses, say why; status 1. With the argument "try" it
 * ends at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int refused(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm;

	if (kvm < 0)
		return refused("/dev/kvm");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		return refused("KVM_CREATE_VM");
	if (ioctl(vm, KVM_CREATE_VCPU, 0) < 0)
		return refused("KVM_CREATE_VCPU");
	printf("made\n");
	fflush(stdout);
	if (argc != 2 || strcmp(argv[1], "try"))
		pause();
	return 0;
}
