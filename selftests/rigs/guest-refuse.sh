#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-refuse.sh - a machine that insmod has to refuse
#
# What insmod and dmesg must say stands on the kernel's command line, with dots
# for spaces: refuse_errno=No.such.device refuse_why=no.nested.paging

option() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" /proc/cmdline; }

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

not() { ! "$@"; }
says() { insmod /root/undervisor.ko 2>&1 | grep "$1"; }
dmesg_says() { dmesg | grep "undervisor: .*refused: .*$1"; }
is_loaded() { grep -q ^undervisor /proc/modules; }
faults() {
	/selftests/vmm/caller probe
	[ $? = 1 ]
}

echo "1..4"
t "insmod fails: $(option refuse_errno)" says "$(option refuse_errno)"
t "dmesg has the reason: $(option refuse_why)" dmesg_says "$(option refuse_why)"
t "nothing is loaded" not is_loaded
t "VM calls fault" faults
