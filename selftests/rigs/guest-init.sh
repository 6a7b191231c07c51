#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-init.sh - the first process of a test machine
#
# Runs /rig/script with its standard output on the second serial port (the
# verdict) and its standard error on the console, marks the end, powers off. On the
# command line rig_end=restart restarts instead, and rig_end=triple-fault (with
# reboot=t) has the kernel do so at once, by a fault that it has no IDT for.
# rig_end=kexec goes on in another kernel, /rig/kernel, which says when it is the end,
# and rig_end=crash in the same as a crash kernel. That one's command line is this one's
# without rig_*, and with the words that stand behind "then:" here. Its root is this one,
# so it finds the files that were left in /tmp.
# rig_resume=/dev/vda resumes what hibernated there.
# Without a script it gives a shell on the console.

/bin/busybox --install -s
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmp /dev/shm
mount -t debugfs debugfs /sys/kernel/debug
ln -sf /proc/self/fd /dev/fd
hostname undervisor
ip link set lo up 2>/dev/null

cd /root || exit

# A machine that has hibernated goes on where it was: this kernel comes to an end here.
if grep -qw rig_resume=/dev/vda /proc/cmdline; then
	modprobe virtio_pci
	modprobe virtio_blk
	cat /sys/class/block/vda/dev >/sys/power/resume
fi

END=$(sed -n 's/.*\brig_end=\([^ ]*\).*/\1/p' /proc/cmdline)

# next_kernel [-p]: only returns if it is for a crash, or fails
next_kernel() {
	(cd / && find . -xdev ! -path ./rig/kernel ! -path ./tmp/initramfs | cpio -o -H newc) >/tmp/initramfs
	tr ' ' '\n' </proc/cmdline | sed '/^rig_/d; /^crashkernel=/d; s/^then://' |
		tr '\n' ' ' >/tmp/cmdline
	next-kernel "$@" /rig/kernel /tmp/initramfs "$(cat /tmp/cmdline)"
}

if [ -e /rig/script ]; then
	# The boot itself was quiet for speed; from here on all is of interest.
	dmesg -n 8
	# No newline translation, and no echo of what the line might receive.
	stty -F /dev/ttyS1 115200 raw -echo
	/rig/script >/dev/ttyS1
	echo "# rig: script status $?" >/dev/ttyS1
	case $END in
	kexec) next_kernel ;;
	# The crash kernel can start other CPUs, but not again the first one.
	crash) next_kernel -p && taskset 1 sh -c 'echo c >/proc/sysrq-trigger' ;;
	*) echo "# rig: end" >/dev/ttyS1 ;;
	esac
else
	# A person looks with dmesg; messages between the lines only confuse.
	dmesg -n 4
	cat /rig/motd
	# shellcheck disable=SC2016 # the prompt shows the status of what came before
	PS1='undervisor [$?] # ' setsid cttyhack /bin/sh
fi
sync
# An emulated machine that has slept can't be powered off.
case $END in
restart) reboot -f ;;
triple-fault)
	echo b >/proc/sysrq-trigger
	sleep 1000
	;;
esac
poweroff -f
