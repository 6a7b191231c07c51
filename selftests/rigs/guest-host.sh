#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-host.sh - run a machine in this one, with KVM, whose verdict is this one's
#
# /rig has what 'beneath' put there: the inner machine's kernel, initramfs, command line,
# CPU and number of CPUs. Its VMM's last words go to the console.

end() {
	echo "Bail out! $*"
	exit 1
}

modprobe kvm_amd nested=1 || end "no KVM in the outer machine"
qemu-system-x86_64 -nodefaults -no-user-config -display none -vga none -M q35 -no-reboot \
	-accel kvm -cpu "$(cat /rig/cpu)" -smp "$(cat /rig/smp)" -m 512M \
	-kernel /rig/kernel -initrd /rig/inner -append "$(cat /rig/cmdline)" \
	-serial file:/dev/ttyS0 -chardev stdio,id=verdict,logfile=/tmp/verdict \
	-serial chardev:verdict -debugcon file:/tmp/debug </dev/null ||
	end "the inner machine ended with status $?"
cat /tmp/debug >&2
# This machine's own end looks the same from outside.
grep -q '^# rig: end' /tmp/verdict || end "the inner machine did not come to its end"
