#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# storm.sh - insmod and rmmod in a storm of random VM calls
#
# CYCLES (200) times, with 8 threads that call all numbers on all CPUs with anything in
# their registers. A machine that is reset without a word ends the boot, so the boot is
# the test; here stands what else has to be true.

. "$(dirname "$0")/lib.sh"

CYCLES=${CYCLES:-200}

cycle() {
	load undervisor dbgsh=all || { cat "$TMP/insmod"; return 1; }
	sleep "${STORM_SECONDS:-0.1}"
	rmmod undervisor
}

cycles() {
	i=0
	while [ "$i" -lt "$CYCLES" ]; do
		cycle || { echo "in cycle $i"; return 1; }
		i=$((i + 1))
	done
}

start_storm() {
	"$DIR/storm" >"$TMP/storm" 2>&1 &
	STORM=$!
	wait_for 10 file_has "$TMP/storm" running
}

stop_storm() {
	kill "$STORM"
	wait "$STORM"
	status=$?
	cat "$TMP/storm"
	return "$status"
}

begin 5
t "a storm is on" start_storm
t "$CYCLES cycles in it" cycles
t "calls were answered" stop_storm
show_output
t "VM calls fault on every CPU" answers_nowhere
t "the kernel's log is clean" dmesg_clean
finish
