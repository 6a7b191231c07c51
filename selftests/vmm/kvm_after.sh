#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kvm_after.sh - KVM comes while the VMM is there
#
# It must fail softly: either modprobe does, or the creation of a guest; no splat, the
# machine goes on, VM calls are answered, rmmod works; and then KVM works.

. "$(dirname "$0")/lib.sh"

if grep -q 'AuthenticAMD\|HygonGenuine' /proc/cpuinfo; then
	KVM=kvm_amd
else
	KVM=kvm_intel
fi

# Whether it loads or not is KVM's to decide; no guest is what matters.
kvm_refuses() {
	if modprobe "$KVM"; then
		echo "$KVM was loaded"
		not "$DIR/kvmhold" try
	else
		echo "$KVM refused to load"
	fi
}

kvm_works() {
	modprobe "$KVM" && "$DIR/kvmhold" try
}

kvm_gone() {
	unload "$KVM"
	unload kvm
}

begin 13
modprobe -n "$KVM" 2>/dev/null || modinfo "$KVM" >/dev/null 2>&1 || NO_KVM=1
if [ -n "${NO_KVM-}" ] || ! kvm_works >"$TMP/kvm" 2>&1; then
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
		t_skip "no working $KVM here: $(head -n 1 "$TMP/kvm" 2>/dev/null)"
	done
	finish
fi
t "$KVM works on bare metal" "$DIR/kvmhold" try
t "$KVM goes" wait_for 5 kvm_gone
dmesg_mark
t "insmod" load undervisor
t "$KVM fails softly" kvm_refuses
t "VM calls are answered on every CPU" answers
t "the kernel's log is clean" dmesg_clean
t "rmmod, whatever KVM did" rmmod undervisor
t "VM calls fault on every CPU" answers_nowhere
t "$KVM goes" wait_for 5 kvm_gone
t "$KVM works again" kvm_works
t "$KVM goes once more" wait_for 5 kvm_gone
t "insmod again" load undervisor
t "the kernel's log is clean" dmesg_clean
finish
