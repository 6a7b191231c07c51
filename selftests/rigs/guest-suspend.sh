#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-suspend.sh - the machine sleeps (S3) and restarts under the VMM
#
# A boot of its own: the emulator's ACPI can't power off after a resume, with or
# without a VMM, so the machine ends by a restart. That is the second test: the
# console then has to say that all CPUs left (selftests/rigs/check looks for it).

n=0
t() {
	what=$1
	shift
	n=$((n + 1))
	if "$@" >&2; then
		echo "ok $n $what"
	else
		echo "not ok $n $what"
	fi
}

in_of() { grep -qx "cpus_in $(nproc)" /sys/kernel/debug/undervisor/status; }
answers() { /selftests/vmm/caller probe; }

suspend() {
	echo +2 >/sys/class/rtc/rtc0/wakealarm && echo mem >/sys/power/state
}

echo "1..7"
t "insmod" insmod /root/undervisor.ko
/selftests/vmm/caller run >&2 &
caller=$!
t "suspend to RAM, with VM calls in flight" suspend
t "all CPUs are in again" in_of
t "all CPUs answer" answers
kill $caller
t "no call had a wrong answer" wait $caller
t "suspend to RAM again" suspend
t "all CPUs answer" answers
echo "rig: restarts with the module loaded" >/dev/kmsg
