#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# hotplug.sh - CPUs go offline and come online under the VMM, with VM calls in flight:
# a CPU leaves before it goes and is a guest again when it is back.

. "$(dirname "$0")/lib.sh"

ROUNDS=${ROUNDS:-10}
LAST=$(($(nproc) - 1))

cpus_in() {
	sed -n 's/^cpus_in //p' "$UV/status"
}

all_but_one_in() { [ "$(cpus_in)" = "$LAST" ]; }
all_in() { [ "$(cpus_in)" = $((LAST + 1)) ]; }
switch_cpu() { echo "$1" >"/sys/devices/system/cpu/cpu$LAST/online"; }

rounds() {
	i=0
	while [ "$i" -lt "$ROUNDS" ]; do
		switch_cpu 0 && switch_cpu 1 || return 1
		i=$((i + 1))
	done
}

begin 14
if [ $LAST = 0 ] || ! [ -w "/sys/devices/system/cpu/cpu$LAST/online" ]; then
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
		t_skip "there is no CPU that can go offline"
	done
	finish
fi
t "insmod" load undervisor
t "the last CPU goes offline" switch_cpu 0
t "it is out, the others are in" all_but_one_in
t "the others answer" answers
t "it comes online" switch_cpu 1
t "it is in again" all_in
t "all CPUs answer" answers
"$DIR/caller" run >"$TMP/run" 2>&1 &
CALLER=$!
wait_for 10 file_has "$TMP/run" running
t "off and on $ROUNDS times, with calls in flight" rounds
kill $CALLER
t "no call had a wrong answer" wait $CALLER
sed 's/^#* */# /' "$TMP/run"
t "all CPUs are in" all_in
switch_cpu 0
t "rmmod while a CPU is offline" rmmod undervisor
switch_cpu 1
t "VM calls fault on every CPU" answers_nowhere
t "a CPU that was offline at insmod comes in later" eval \
	"switch_cpu 0 && load undervisor && switch_cpu 1 && all_in && answers"
t "the kernel's log is clean" dmesg_clean
finish
