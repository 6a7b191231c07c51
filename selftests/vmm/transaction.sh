#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# transaction.sh - one CPU can't get in: insmod fails, names it and the reason, and the
# CPUs that were in already are back on bare metal. The CPU is the last one, and what
# keeps it out is EFER.SVME or CR4.VMXE, set by hand, as if somebody used SVM or VT-x
# there.

. "$(dirname "$0")/lib.sh"

LAST=$(($(nproc) - 1))
MSR_EFER=0xc0000080

if grep -q 'AuthenticAMD\|HygonGenuine' /proc/cpuinfo; then
	NAME=EFER.SVME
	BIT=0x1000
	WHAT=SVM
	register() { "$DIR/msr" "$LAST" "$MSR_EFER" "$@"; }
else
	NAME=CR4.VMXE
	BIT=0x2000
	WHAT=VT-x
	register() { "$DIR/reg" "$LAST" cr4 "$@"; }
fi

bit_on() { register $(($(register) | BIT)) && bit_is_set; }
bit_off() { register $(($(register) & ~BIT)) && not bit_is_set; }
bit_is_set() { [ $(($(register) & BIT)) != 0 ]; }
is_busy() { grep -q "resource busy" "$TMP/insmod"; }

begin 9
modprobe msr 2>/dev/null
t "$NAME is set on CPU $LAST" bit_on
t "insmod fails" not load undervisor
t "with EBUSY" is_busy
t "dmesg names the CPU and the reason" \
	dmesg_has "undervisor: cpu$LAST: refused: $WHAT is in use"
t "VM calls fault on every CPU" answers_nowhere
t "$NAME is cleared" bit_off
t "insmod succeeds" load undervisor
t "every CPU answers" answers
t "the kernel's log is clean" dmesg_clean
finish
