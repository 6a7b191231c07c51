#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# suspend.sh - the machine sleeps (S3) under the VMM, with VM calls in flight
#
# Not among the suite's programs: the machine really sleeps, until its clock wakes it. It
# leaves the module loaded, so that a restart or power-off with all CPUs as guests
# can follow.

. "$(dirname "$0")/lib.sh"

all_in() { grep -qx "cpus_in $(nproc)" "$UV/status"; }
suspend() {
	# In Bochs the machine wakes before the alarm, which is still set then.
	echo 0 >/sys/class/rtc/rtc0/wakealarm
	echo +2 >/sys/class/rtc/rtc0/wakealarm && echo mem >/sys/power/state
}

begin 8
t "insmod" load undervisor
"$DIR/caller" run >"$TMP/run" 2>&1 &
CALLER=$!
t "suspend to RAM, with VM calls in flight" suspend
t "all CPUs are in again" all_in
t "all CPUs answer" answers
kill $CALLER
t "no call had a wrong answer" wait $CALLER
t "suspend to RAM again" suspend
t "all CPUs answer" answers
t "the kernel's log is clean" dmesg_clean
trap - EXIT
finish
