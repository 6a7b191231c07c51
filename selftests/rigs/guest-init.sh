#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-init.sh - the first process of a test machine
#
# Runs /rig/script with its standard output on the second serial port (the
# verdict) and its standard error on the console, marks the end, powers off. On the
# command line rig_end=restart restarts instead, and rig_end=triple-fault (with
# reboot=t) has the kernel do so at once, by a fault that it has no IDT for.
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

if [ -e /rig/script ]; then
	# The boot itself was quiet for speed; from here on all is of interest.
	dmesg -n 8
	# No newline translation, and no echo of what the line might receive.
	stty -F /dev/ttyS1 115200 raw -echo
	/rig/script >/dev/ttyS1
	echo "# rig: script status $?" >/dev/ttyS1
	echo "# rig: end" >/dev/ttyS1
else
	# A person looks with dmesg; messages between the lines only confuse.
	dmesg -n 4
	cat /rig/motd
	# shellcheck disable=SC2016 # the prompt shows the status of what came before
	PS1='undervisor [$?] # ' setsid cttyhack /bin/sh
fi
sync
# An emulated machine that has slept can't be powered off.
if grep -qw rig_end=restart /proc/cmdline; then
	reboot -f
fi
if grep -qw rig_end=triple-fault /proc/cmdline; then
	echo b >/proc/sysrq-trigger
	sleep 1000
fi
poweroff -f
