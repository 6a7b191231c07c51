#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# left_alone.sh - a CPU leaves by somebody else's doing: what level 0 loaded, level 0 can
# take out. The driver notices when the CPU has to leave, and nothing else happens: it goes
# offline, comes back as a guest, the module can be unloaded, and the machine goes down
# (the rig's part, with LEFT_ALONE=stay: the module stays loaded then, with one CPU out).

. "$(dirname "$0")/lib.sh"

LAST=$(($(nproc) - 1))

switch_cpu() { echo "$1" >"/sys/devices/system/cpu/cpu$LAST/online"; }
# leave CPU ANSWER
leave() {
	answer=$("$DIR/reg" "$1" leave)
	echo "status $?, the VM call answered $answer"
	[ "$answer" = "$2" ]
}
leaves() { leave "$1" 1; }
# ENODEV
has_left() { leave "$1" -19; }
# Some CPUs do, some don't
answers_partly() {
	"$DIR/caller" probe
	[ $? = 2 ]
}

begin 13
t "insmod" load undervisor
if [ "$LAST" = 0 ]; then
	for _ in 1 2 3 4 5 6 7 8; do
		t_skip "there is no other CPU that could be asked"
	done
else
	t "CPU $LAST leaves by the driver's code" leaves "$LAST"
	t "VM calls fault there, and only there" answers_partly
	t "the driver's code survives another call there: ENODEV" has_left "$LAST"
	t "the CPU goes offline" switch_cpu 0
	t "dmesg says that it had left" dmesg_has "cpu$LAST: it had left already"
	t "it is a guest again when it is back" eval "switch_cpu 1 && answers"
	t "it leaves once more" leaves "$LAST"
	t "and another call there survives" has_left "$LAST"
fi
t "the kernel's log is clean" dmesg_clean
if [ "$LEFT_ALONE" = stay ]; then
	t_skip "rmmod"
	t_skip "VM calls fault on every CPU"
	t_skip "nothing stays behind"
	trap - EXIT
	finish
fi
t "rmmod" rmmod undervisor
t "VM calls fault on every CPU" answers_nowhere
t "the memory is given back" not dmesg_has "the VMM's memory stays"
finish
