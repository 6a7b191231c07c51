#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# lock.sh - loaded with lock=1, no CPU leaves alone: rmmod, CPU offline, suspend and
# hibernation are refused, each with a reason, and the VMM itself refuses the driver's own
# way out to whoever takes it. The machine runs on.
#
# Not among the suite's programs: the module stays, so that the machine goes down with it.

. "$(dirname "$0")/lib.sh"

LAST=$(($(nproc) - 1))

switch_cpu() { echo "$1" >"/sys/devices/system/cpu/cpu$LAST/online"; }
# fails_with TEXT COMMAND...
fails_with() {
	text=$1
	shift
	"$@" >"$TMP/said" 2>&1
	status=$?
	cat "$TMP/said"
	[ "$status" != 0 ] && grep -q "$text" "$TMP/said"
}
sleep_as() { echo "$1" >/sys/power/state; }
# EAGAIN
stays() {
	answer=$("$DIR/reg" "$1" leave)
	echo "the VM call answered $answer"
	[ "$answer" = -11 ]
}
vmm_says() { grep "$1" "$DEBUGFS/vmmlog/log"; }

begin 17
t "insmod lock=1" load undervisor lock=1
t "dmesg says what that means" dmesg_has "undervisor: lock=1: no CPU leaves"
t "the parameter can be read" grep -qx Y /sys/module/undervisor/parameters/lock
t "insmod vmmlog" load vmmlog
t "rmmod is refused: in use" fails_with "temporarily unavailable\|in use" rmmod undervisor
for state in mem freeze disk; do
	if grep -qw "$state" /sys/power/state; then
		dmesg_mark
		t "suspend ($state) is refused: EPERM" \
			fails_with "not permitted" sleep_as "$state"
		t "dmesg says why" dmesg_has "undervisor: no suspend, no hibernation: loaded with"
	else
		t_skip "there is no $state"
		t_skip "there is no $state"
	fi
done
if [ "$LAST" = 0 ]; then
	for _ in 1 2 3 4; do
		t_skip "there is no other CPU"
	done
else
	t "CPU $LAST does not go offline: EPERM" fails_with "not permitted" switch_cpu 0
	t "dmesg names it" dmesg_has "cpu$LAST: stays: loaded with lock=1"
	t "the VMM does not let it go: EAGAIN" stays "$LAST"
	t "the VMM's log has it" wait_for 5 vmm_says "can't leave: locked"
fi
t "every CPU answers" answers
t "the kernel's log is clean" dmesg_clean
trap - EXIT
finish
