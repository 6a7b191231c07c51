#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cycles.sh - insmod and rmmod, over and over, with VM calls in flight on every CPU
#
# CYCLES (300) times. Shows that every load and unload succeeds, that no call in all
# that time has a wrong answer, that VM calls fault on every CPU at the end, and that
# nothing was left behind: by kmemleak's account where the kernel has it, else as far as
# the counts of objects in use tell.

. "$(dirname "$0")/lib.sh"

CYCLES=${CYCLES:-300}
ENOUGH=200
WARM_UP=5

# What is cached or on its way to be freed goes, so that the rest can be counted.
settle() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	for file in /sys/kernel/slab/*/shrink; do
		[ -w "$file" ] && echo 1 >"$file"
	done 2>/dev/null
	sleep 1
}

# Free pages, those on the CPUs' own lists (which MemFree leaves out) among them
free_kib() {
	awk '/^ +pages free/ { n += $3 } /^ +count:/ { n += $2 }
		END { print n * 4 }' /proc/zoneinfo
}

# Of the general caches, which is where kmalloc() takes from: name, objects in use,
# objects a slab
kmalloc_objects() {
	awk '/^kmalloc-/ { print $1, $2, $5 }' /proc/slabinfo | sort
}

vmalloc_areas() { grep -c undervisor /proc/vmallocinfo; }

cycle() {
	load undervisor || { cat "$TMP/insmod"; return 1; }
	rmmod undervisor
}

cycles() {
	i=0
	while [ "$i" -lt "$1" ]; do
		cycle || { echo "in cycle $i"; return 1; }
		i=$((i + 1))
	done
}

# What the driver takes for a CPU is 32 KiB, and one page is the least it could
# forget: in 200 cycles that is 800 KiB. Between two moments of rest the rest of the
# system was seen to differ by 250 KiB at most.
pages_are_back() {
	lost=$((FREE_BEFORE - $(free_kib)))
	echo "$lost KiB fewer are free, 512 KiB tolerated"
	[ "$lost" -le 512 ]
}

# One object a cycle would be CYCLES more in one of the caches. A slab that a CPU
# is allocating from counts as used up, so in the caches of the smallest objects (256
# and 128 a slab) less can be seen.
# The rest of the system was seen to keep 231 objects more at 1 CPU and 577 of the
# smallest at 4, however few the cycles: hence the factor, and no verdict on a short run.
objects_are_back() {
	kmalloc_objects >"$TMP/objects"
	awk -v cycles="$CYCLES" -v cpus="$(nproc)" '
		NR == FNR { before[$1] = $2; next }
		{
			slack = 2 * cpus * $3 > cycles ? 2 * cpus * $3 : cycles
			if ($2 - before[$1] >= slack) {
				print $1, before[$1], "->", $2
				bad = 1
			}
			caches++
		}
		END { print caches, "caches compared"; exit bad || !caches }
	' "$TMP/objects.before" "$TMP/objects"
}

no_vmalloc() { [ "$(vmalloc_areas)" = 0 ]; }

start_callers() {
	"$DIR/caller" run >"$TMP/callers" 2>&1 &
	CALLERS=$!
	wait_for 10 file_has "$TMP/callers" running
}

stop_callers() {
	kill "$CALLERS"
	wait "$CALLERS"
	CALLERS_STATUS=$?
}

callers_were_right() {
	cat "$TMP/callers"
	return "$CALLERS_STATUS"
}

some_were_answered() {
	grep -q '^# [1-9][0-9]* calls answered, [1-9][0-9]* without' "$TMP/callers"
}

begin 9
start_callers
t "$WARM_UP cycles, so that all caches are warm" cycles $WARM_UP
stop_callers
settle
kmalloc_objects >"$TMP/objects.before"
FREE_BEFORE=$(free_kib)
START=$(cut -d' ' -f1 /proc/uptime)
start_callers
t "$CYCLES cycles with calls in flight on $(nproc) CPUs" cycles "$CYCLES"
echo "# from $START to $(cut -d' ' -f1 /proc/uptime) seconds of uptime"
stop_callers
settle
t "the pages are back" pages_are_back
show_output
if [ -e $DEBUGFS/kmemleak ]; then
	t "kmemleak finds no object that was lost" "$DIR/scan.sh"
elif [ "$CYCLES" -ge $ENOUGH ]; then
	t "the small objects are back" objects_are_back
	show_output
else
	t_skip "$CYCLES cycles don't tell a leak of small objects from the rest of the system"
fi
t "no mapping of the module's is left" no_vmalloc
t "no call had a wrong answer" callers_were_right
show_output
t "calls were answered, and faulted" some_were_answered
t "VM calls fault on every CPU" answers_nowhere
t "the kernel's log is clean" dmesg_clean
finish
