#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# refusals.sh - insmod says no, with the right errno and the reason in dmesg, and leaves
# the machine as it was: with a wrong parameter, a second time, and while KVM runs a
# virtual machine (or has virtualization enabled from its load on).

. "$(dirname "$0")/lib.sh"

# refused_with MESSAGE [PARAMETER]: insmod fails with that errno's text
refused_with() {
	message=$1
	shift
	if load undervisor "$@"; then
		echo "it was loaded"
		return 1
	fi
	cat "$TMP/insmod"
	grep -q "$message" "$TMP/insmod"
}

# With a virtual machine made, so that SVM or VMX is on
hold_kvm() {
	"$DIR/kvmhold" >"$TMP/hold" 2>&1 &
	HOLDER=$!
	wait_for 5 file_has "$TMP/hold" .
	grep made "$TMP/hold"
}

release_kvm() {
	kill "$HOLDER"
	wait "$HOLDER"
	return 0
}

kvm_gone() {
	# The virtual machine's last parts go by RCU.
	wait_for 5 eval "rmmod $KVM && rmmod kvm"
}

# What the VMM itself says of its ring, in get_status
ring_size() {
	[ "$("$DIR/caller" status | sed -n 's/^log .* ring \([0-9]*\).*/\1/p')" = "$1" ]
}

begin 30
t "bare metal: VM calls fault" answers_nowhere
t "dbgsh=foo is refused: EINVAL" refused_with "Invalid argument" dbgsh=foo
t "dmesg says that it is the parameter" dmesg_has 'undervisor.*dbgsh'
for size in 0 4095 1048577 4294967295; do
	t "log_size=$size is refused: EINVAL" \
		refused_with "Invalid argument" log_size=$size
done
t "dmesg says that it is the parameter" dmesg_has 'undervisor.*log_size'
t "VM calls fault as before" answers_nowhere

t "insmod with a log of 1 MiB" load undervisor log_size=1048576
t "the VMM has it" ring_size 1048576
t "rmmod" rmmod undervisor
t "insmod, log_size is rounded up" load undervisor log_size=5000
t "the VMM has it" ring_size 8192
t "rmmod" rmmod undervisor

t "insmod" load undervisor
t "a second insmod is refused: EEXIST" refused_with "File exists"
t "VM calls are answered" answers
t "rmmod" rmmod undervisor
t "VM calls fault again" answers_nowhere

if grep -q 'AuthenticAMD\|HygonGenuine' /proc/cpuinfo; then
	KVM=kvm_amd
else
	KVM=kvm_intel
fi
if modprobe "$KVM" 2>"$TMP/modprobe" && hold_kvm >/dev/null; then
	dmesg_mark
	t "insmod is refused while KVM runs a guest: EBUSY" \
		refused_with "resource busy"
	t "dmesg names $KVM" dmesg_has "undervisor.*$KVM"
	t "not loaded" not loaded undervisor
	t "VM calls fault as before" answers_nowhere
	release_kvm
	t "KVM makes another guest afterwards" "$DIR/kvmhold" try
	t "$KVM goes" kvm_gone
else
	for _ in 1 2 3 4 5 6; do
		t_skip "no guest of $KVM here: $(cat "$TMP/modprobe" "$TMP/hold" 2>/dev/null)"
	done
fi
t "insmod when nobody uses virtualization" load undervisor
t "VM calls are answered on every CPU" answers
t "rmmod" rmmod undervisor
t "the kernel's log is clean" dmesg_clean
finish
