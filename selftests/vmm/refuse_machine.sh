#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# refuse_machine.sh - insmod refuses a machine that can't carry the VMM
#
# Not among the suite's programs: it is for such machines. What insmod and dmesg must say
# stands on the kernel's command line, with dots for spaces:
#	refuse_errno=No.such.device refuse_why=refused:.the.CPU.has.no.nested.paging

. "$(dirname "$0")/lib.sh"

option() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" /proc/cmdline; }
# On CPU 0: what the CPU is like on which insmod runs is what is looked at first.
insmod_says() {
	not taskset 1 insmod "$(module undervisor)" >"$TMP/insmod" 2>&1 &&
		grep "$1" "$TMP/insmod"
}

begin 5
t "insmod fails: $(option refuse_errno)" insmod_says "$(option refuse_errno)"
t "dmesg has the reason: $(option refuse_why)" \
	dmesg_has "undervisor: $(option refuse_why)"
t "nothing is loaded" not loaded undervisor
t "VM calls fault" answers_nowhere
t "the kernel's log is clean" dmesg_clean
finish
