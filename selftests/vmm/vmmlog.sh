#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# vmmlog.sh - the log reader: /sys/kernel/debug/vmmlog/log
#
# Shows that it needs a VMM; that cat, tail -f, poll and two readers at once work; that
# it can't be unloaded under a reader; that the VMM may go and come back; that a slow
# reader is told of its loss; and that one can unload it in any order.

. "$(dirname "$0")/lib.sh"

LOG=$DEBUGFS/vmmlog/log
LOST=$DEBUGFS/vmmlog/lost

refused_without_vmm() {
	load vmmlog && return 1
	cat "$TMP/insmod"
	grep -q "No such device" "$TMP/insmod"
}

bad_parameter() {
	load vmmlog size=1 && return 1
	grep -q "Invalid argument" "$TMP/insmod"
}

# The VMM limits the rate of lines that a guest can cause.
poke() {
	"$DIR/caller" poke
	sleep 0.2
}

has_text() { wait_for 3 eval "[ -n \"\$(cat $LOG)\" ]"; }

cat_ends() { timeout 5 cat "$LOG" >"$TMP/cat"; }

same_for_two() {
	cat "$LOG" >"$TMP/one"
	cat "$LOG" >"$TMP/two"
	size=$(wc -c <"$TMP/one")
	# More may have come between the two.
	head -c "$size" "$TMP/two" | cmp - "$TMP/one"
}

own_positions() {
	exec 4<"$LOG" 5<"$LOG"
	read -r first <&4
	read -r second <&5
	exec 4<&- 5<&-
	[ -n "$first" ] && [ "$first" = "$second" ]
}

follows() {
	tail -f "$LOG" >"$TMP/tail" &
	follower=$!
	sleep 1.5
	size=$(wc -c <"$TMP/tail")
	poke
	wait_for 5 eval "[ \$(wc -c <$TMP/tail) -gt $size ]"
	status=$?
	kill "$follower"
	wait "$follower"
	# Nothing twice: what the VMM writes has its time in front.
	sort "$TMP/tail" | uniq -d | grep . && return 1
	return "$status"
}

poll_wakes() {
	"$DIR/pollfile" "$LOG" 5 >"$TMP/poll" &
	poller=$!
	wait_for 3 file_has "$TMP/poll" waiting
	poke
	wait "$poller"
}

unload_refused_while_open() {
	exec 4<"$LOG"
	rmmod vmmlog
	status=$?
	exec 4<&-
	[ "$status" != 0 ] && loaded vmmlog
}

text_grows() {
	before=$(wc -c <"$LOG")
	poke
	poke
	wait_for 3 eval "[ \$(wc -c <$LOG) -gt $before ]"
}

# Fills the kept text, of 4096 bytes, behind a reader that stands still.
slow_reader_is_told() {
	exec 4<"$LOG"
	timeout 5 head -c 16 <&4 >/dev/null
	i=0
	while [ "$(stat -c %s "$LOG")" -lt 6000 ] && [ "$i" -lt 300 ]; do
		poke
		i=$((i + 1))
	done
	cat <&4 >"$TMP/slow"
	exec 4<&-
	head -n 3 "$TMP/slow"
	grep -q 'bytes lost' "$TMP/slow" && [ "$(cat "$LOST")" -gt 0 ]
}

[ -n "$(module vmmlog)" ] || skip_all "no vmmlog.ko to load: set UNDERVISOR_MODULES"
begin 24
t "insmod without a VMM is refused: ENODEV" refused_without_vmm
t "a bad parameter is refused: EINVAL" bad_parameter
t "insmod undervisor" load undervisor
poke
t "insmod vmmlog" load vmmlog
t "what was logged before it is there" has_text
t "cat comes to an end" cat_ends
t "the file's size is the text's" eval "[ \$(stat -c %s $LOG) -ge \$(wc -c <$TMP/cat) ]"
t "two readers read the same" same_for_two
t "each reader has a position of its own" own_positions
t "tail -f follows, nothing twice" follows
t "poll wakes up" poll_wakes
t "rmmod while the log is open is refused" unload_refused_while_open
t "rmmod vmmlog" rmmod vmmlog
t "its files are gone" eval "[ ! -e $LOG ]"

t "insmod vmmlog again" load vmmlog interval_ms=20
t "rmmod undervisor under it" rmmod undervisor
t "the text is still there" has_text
t "insmod undervisor again" load undervisor
t "the new VMM's text comes in" text_grows
t "rmmod both, the reader last" eval "rmmod undervisor && rmmod vmmlog"

load undervisor
poke
t "insmod vmmlog with little room" load vmmlog keep=4096 interval_ms=20
t "a slow reader is told what it lost" slow_reader_is_told
t "rmmod both, the VMM last" eval "rmmod vmmlog && rmmod undervisor"
t "the kernel's log is clean" dmesg_clean
finish
