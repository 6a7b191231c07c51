#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kexec.sh - all CPUs leave before kexec starts another kernel: that one has all of
# them, on bare metal, and they can become guests there
#
# Not among the suite's programs: it is run in both kernels (rig_end=kexec). In the first
# it leaves the module loaded, with the parameters PARAMS, and a note.

. "$(dirname "$0")/lib.sh"

NOTE=/tmp/kexec.cpus

note_cpus() { nproc >"$NOTE"; }
all_cpus() { nproc && [ "$(nproc)" = "$(cat "$NOTE")" ]; }

if ! [ -e "$NOTE" ]; then
	begin 4
	t "insmod" load undervisor ${PARAMS:+"$PARAMS"}
	t "every CPU answers" answers
	t "how many CPUs there are is noted" note_cpus
	t "the kernel's log is clean" dmesg_clean
	trap - EXIT
	finish
fi
begin 6
t "the second kernel has as many CPUs" all_cpus
t "VM calls fault on every CPU" answers_nowhere
t "insmod" load undervisor
t "every CPU answers" answers
t "rmmod" rmmod undervisor
t "the kernel's log is clean" dmesg_clean
finish
