#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# transaction.sh - one CPU can't get in: insmod fails, names it and the reason, and the
# CPUs that were in already are back on bare metal. The CPU is the last one, and what
# keeps it out is EFER.SVME, set by hand, as if somebody used SVM there.

. "$(dirname "$0")/lib.sh"

LAST=$(($(nproc) - 1))
MSR_EFER=0xc0000080
SVME=0x1000

efer() { "$DIR/msr" "$LAST" "$MSR_EFER"; }
svme_on() { "$DIR/msr" "$LAST" "$MSR_EFER" $(($(efer) | SVME)); }
svme_off() { "$DIR/msr" "$LAST" "$MSR_EFER" $(($(efer) & ~SVME)); }
is_busy() { grep -q "resource busy" "$TMP/insmod"; }

begin 9
if ! grep -q 'AuthenticAMD\|HygonGenuine' /proc/cpuinfo; then
	for _ in 1 2 3 4 5 6 7 8 9; do
		t_skip "EFER.SVME is AMD's"
	done
	finish
fi
modprobe msr 2>/dev/null
t "EFER.SVME is set on CPU $LAST" svme_on
t "insmod fails" not load undervisor
t "with EBUSY" is_busy
t "dmesg names the CPU and the reason" \
	dmesg_has "undervisor: cpu$LAST: refused: SVM is in use"
t "VM calls fault on every CPU" answers_nowhere
t "EFER.SVME is cleared" svme_off
t "insmod succeeds" load undervisor
t "every CPU answers" answers
t "the kernel's log is clean" dmesg_clean
finish
