#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cycles.sh - insmod and rmmod, over and over, with VM calls in flight on every CPU
#
# CYCLES (200) times. Shows that every load and unload succeeds, that no call in all
# that time has a wrong answer, that VM calls fault on every CPU at the end, and that
# nothing was left behind.

. "$(dirname "$0")/lib.sh"

CYCLES=${CYCLES:-200}
WARM_UP=5

settle() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	for file in /sys/kernel/slab/kmalloc-*/shrink; do
		[ -w "$file" ] && echo 1 >"$file"
	done
	sleep 1
	echo 3 >/proc/sys/vm/drop_caches
}

free_kib() { awk '/^MemFree:/ { print $2 }' /proc/meminfo; }

# Objects in use in the general caches, which is where kmalloc() takes from
kmalloc_objects() {
	awk '/^kmalloc-[0-9]/ { n += $2 } END { print n + 0 }' /proc/slabinfo
}

vmalloc_areas() { grep -c undervisor /proc/vmallocinfo; }

cycle() {
	load undervisor || { cat "$TMP/insmod"; return 1; }
	rmmod undervisor
}

cycles() {
	i=0
	while [ $i -lt "$1" ]; do
		cycle || { echo "in cycle $i"; return 1; }
		i=$((i + 1))
	done
}

# A cycle that leaks does so each time, and the least it can leak of pages is
# one: CYCLES pages, 4 KiB each. Free pages on the CPUs' own lists don't count as
# free, and how many lie there changes all the time: up to some 64 pages a CPU. A
# leaked block of a CPU (32 KiB) or of the image is far above the sum of both.
pages_are_back() {
	tolerance=$((CYCLES * 4 + $(nproc) * 256))
	lost=$((FREE_BEFORE - $(free_kib)))
	echo "$lost KiB fewer are free, $tolerance KiB tolerated"
	[ $lost -le $tolerance ]
}

# One object a cycle would be CYCLES; the rest of the system takes and gives few
# between two moments when all caches were shrunk.
objects_are_back() {
	lost=$(($(kmalloc_objects) - OBJECTS_BEFORE))
	echo "$lost more objects in use, less than $CYCLES tolerated"
	[ $lost -lt "$CYCLES" ]
}

no_vmalloc() { [ "$(vmalloc_areas)" = 0 ]; }

callers_were_right() {
	kill "$CALLERS"
	wait "$CALLERS"
	status=$?
	cat "$TMP/callers"
	return $status
}

some_were_answered() {
	grep -q '^# [1-9][0-9]* calls answered, [1-9][0-9]* without' "$TMP/callers"
}

begin 9
"$DIR/caller" run >"$TMP/callers" 2>&1 &
CALLERS=$!
t "$WARM_UP cycles, so that all caches are warm" cycles $WARM_UP
settle
FREE_BEFORE=$(free_kib)
OBJECTS_BEFORE=$(kmalloc_objects)
START=$(cut -d' ' -f1 /proc/uptime)
t "$CYCLES cycles with calls in flight on $(nproc) CPUs" cycles "$CYCLES"
echo "# from $START to $(cut -d' ' -f1 /proc/uptime) seconds of uptime"
settle
t "the pages are back" pages_are_back
cat "$TMP/out" | sed 's/^/# /'
t "the small objects are back" objects_are_back
cat "$TMP/out" | sed 's/^/# /'
t "no mapping of the module's is left" no_vmalloc
t "no call had a wrong answer" callers_were_right
cat "$TMP/out"
t "calls were answered, and faulted" some_were_answered
t "VM calls fault on every CPU" answers_nowhere
t "the kernel's log is clean" dmesg_clean
finish
