#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# leave_refused.sh - a CPU whose state VT-x can't put back on bare metal stays a guest:
# it does not go offline, the machine runs on, and it leaves when its state is good
# again. What is wrong with it is TR's selector, by hand: a host's has RPL 0.

. "$(dirname "$0")/lib.sh"

LAST=$(($(nproc) - 1))

switch_cpu() { echo "$1" >"/sys/devices/system/cpu/cpu$LAST/online"; }
vmm_says() { grep "$1" "$DEBUGFS/vmmlog/log"; }

grep -q GenuineIntel /proc/cpuinfo || skip_all "the way out by a VM exit is Intel's"
begin 12
t "insmod" load undervisor
t "insmod vmmlog with echo" load vmmlog echo=1
if [ "$LAST" = 0 ]; then
	for _ in 1 2 3 4 5 6 7 8; do
		t_skip "there is no CPU that can go offline"
	done
else
	t "TR of CPU $LAST has RPL 3" "$DIR/reg" "$LAST" tr 3
	t "it does not go offline" not switch_cpu 0
	t "dmesg names it" dmesg_has "cpu$LAST: the VMM does not let go"
	t "the VMM's log has the rule" vmm_says "can't leave: HOST_TR_SELECTOR"
	t "it is echoed as an error" wait_for 5 echoed 3 "can't leave: HOST_TR_SELECTOR"
	t "every CPU answers" answers
	t "TR has RPL 0 again" "$DIR/reg" "$LAST" tr 0
	t "the CPU goes offline and comes back" eval "switch_cpu 0 && switch_cpu 1"
fi
t "every CPU answers" answers
t "the kernel's log is clean" dmesg_clean
finish
