#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kdump.sh - the machine panics under the VMM: the crash kernel comes up as a guest, can
# read all memory of the one that crashed but the VMM's, and what the VMM logged before.
# Where it has a second CPU, that had an INIT, which on SVM puts it on bare metal.
#
# Not among the suite's programs: it is run in both kernels (rig_end=crash). In the
# first it leaves the module loaded, a program with a page of known contents, and notes.

. "$(dirname "$0")/lib.sh"

STATUS=/tmp/kdump.status
PAGE=/tmp/kdump.page
ADDRESS=/tmp/kdump.address
MARK_TEXT="a mark before the crash"

hold_page() {
	dd if=/dev/urandom of="$PAGE" bs=4096 count=1 2>/dev/null
	setsid "$DIR/vmcore" hold "$PAGE" </dev/null >"$ADDRESS" 2>&1 &
	wait_for 5 file_has "$ADDRESS" ^0x
}

first_kernel() {
	begin 5
	t "insmod" load undervisor dbgsh=all
	t "every CPU answers" answers
	t "a mark in the VMM's log" mark "$MARK_TEXT"
	t "a page is held" hold_page
	cp "$UV/status" "$STATUS"
	t "the kernel's log is clean" dmesg_clean
	rm -rf "$TMP"
	trap - EXIT
	finish
}

guests_answer() {
	guests=$CPUS
	if [ "$ON_BARE_METAL" = 1 ]; then
		guests=1
	fi
	"$DIR/caller" probe >"$TMP/probe"
	cat "$TMP/probe"
	grep -q "on $guests of $CPUS CPUs" "$TMP/probe"
}

# On a guest
attached() {
	taskset 1 "$DIR/caller" status | sed -n 's/^log .* attached \([0-9]*\).*/\1/p'
}

asked_for() { grep -qw "nr_cpus=$CPUS" /proc/cmdline; }

on_cpu() { taskset -p "$1" $$ >/dev/null; }

vmm_is_zeros() {
	blocks=0
	sed -n 's/^block //p' "$STATUS" >"$TMP/blocks"
	while read -r start size; do
		"$DIR/vmcore" read "$start" "$size" >"$TMP/block" || return 1
		[ "$(tr -d '\0' <"$TMP/block" | wc -c)" = 0 ] || return 1
		[ "$(wc -c <"$TMP/block")" = $((size)) ] || return 1
		blocks=$((blocks + 1))
	done <"$TMP/blocks"
	echo "$blocks blocks"
	[ "$blocks" -ge 2 ]
}

page_is_there() { "$DIR/vmcore" read "$(cat "$ADDRESS")" 4096 | cmp - "$PAGE"; }

refused() {
	load undervisor && return 1
	cat "$TMP/insmod"
	grep -Eq "resource busy|Operation not supported" "$TMP/insmod"
}

[ -e /proc/vmcore ] || first_kernel
CPUS=$(nproc)
ON_BARE_METAL=0
if [ "$CPUS" -gt 1 ] && ! grep -q GenuineIntel /proc/cpuinfo; then
	ON_BARE_METAL=1
fi
begin $((9 + 4 * ON_BARE_METAL))
t "there are $CPUS CPUs, as nr_cpus= wants it" asked_for
t "the one that crashed is a guest" guests_answer
show_output
if [ "$ON_BARE_METAL" = 1 ]; then
	on_cpu 2
	t "the other one sees the VMM's memory" not vmm_is_zeros
fi
on_cpu 1
t "the VMM's memory is zeros in /proc/vmcore" vmm_is_zeros
show_output
t "other memory is there" page_is_there
t "the debug shell works" eval "dbgsh -c 'regs' | grep -q '^rip'"
t "insmod vmmlog" load vmmlog
t "the VMM's log is there, from before the crash" \
	wait_for 5 file_has "$DEBUGFS/vmmlog/log" "guest: $MARK_TEXT"
if [ "$ON_BARE_METAL" = 1 ]; then
	on_cpu 2
	t "rmmod vmmlog on the one on bare metal" rmmod vmmlog
	t "insmod there: it is the VMM's reader" load vmmlog
	t "the VMM has let go of one buffer, and has another" \
		eval "not dmesg_has 'without a word' && [ \"\$(attached)\" = 1 ]"
	on_cpu 1
fi
t "a second VMM is refused" refused
t "the kernel's log is clean" dmesg_clean
finish
