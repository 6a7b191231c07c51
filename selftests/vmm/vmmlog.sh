#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# vmmlog.sh - the log reader: /sys/kernel/debug/vmmlog/log
#
# Shows that it needs a VMM; that cat, tail -f, poll and two readers at once work; that
# it can't be unloaded under a reader; that the VMM may go and come back, also under one that
# waits in read() or poll(); that a slow reader is told of its loss; that lines are echoed
# to the kernel's log with their levels; and that one can unload it in any order.

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

start_follower() {
	cat "$DEBUGFS/vmmlog/follow" >"$TMP/follow" &
	FOLLOWER=$!
	wait_for 5 eval "[ \$(wc -c <$TMP/follow) -ge \$(wc -c <$LOG) ]"
}

stop_follower() {
	kill "$FOLLOWER"
	wait "$FOLLOWER"
	unset FOLLOWER
}

# With no VMM there: what wakes it is the next one
start_poller() {
	"$DIR/pollfile" "$LOG" 30 >"$TMP/poll" &
	POLLER=$!
	wait_for 5 file_has "$TMP/poll" waiting
}

# Twice the line that a VMM begins with, and all that the other file has
follower_has_both() {
	wait_for 5 eval "[ \$(wc -c <$TMP/follow) = \$(wc -c <$LOG) ]" || return 1
	cmp "$TMP/follow" "$LOG" || return 1
	[ "$(grep -c ' ranges of RAM$' "$TMP/follow")" = 2 ]
}

attached() { "$DIR/caller" status | grep -q "^log .* attached $1 "; }

all_collected() {
	written=$("$DIR/caller" status | sed -n 's/^log written \([0-9]*\) .*/\1/p')
	[ "$(cat "$DEBUGFS/vmmlog/collected")" = "$written" ] &&
		[ "$(cat "$DEBUGFS/vmmlog/lost_by_vmm")" = 0 ]
}

set_echo() { echo "$1" >/sys/module/vmmlog/parameters/echo; }

not_echoed() {
	mark "$1"
	wait_for 5 file_has "$LOG" "$1" && not dmesg_has "vmmlog: .*$1"
}

# Each line of the log once, as it is there
echo_is_complete() {
	dmesg_since | sed -n 's/^\[[^]]*\] vmmlog: \(\[.*\)/\1/p' >"$TMP/echo"
	cmp "$TMP/echo" "$LOG"
}

# Fills the kept text, of 4096 bytes, behind a reader that stands still.
slow_reader_is_told() {
	exec 4<"$LOG"
	head -c 16 <&4 >/dev/null
	marks 1 60 "$(printf '%0100d' 0)"
	wait_for 5 eval "[ \$(stat -c %s $LOG) -ge 6000 ]"
	cat <&4 >"$TMP/slow"
	exec 4<&-
	head -n 3 "$TMP/slow"
	grep -q 'bytes lost' "$TMP/slow" && [ "$(cat "$LOST")" -gt 0 ]
}

[ -n "$(module vmmlog)" ] || skip_all "no vmmlog.ko to load: set UNDERVISOR_MODULES"
begin 41
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
t "the VMM has its buffer" attached 1
t "rmmod vmmlog" rmmod vmmlog
t "the VMM has it no more" attached 0
t "its files are gone" eval "[ ! -e $LOG ]"

rmmod undervisor
load undervisor
t "insmod vmmlog again" load vmmlog interval_ms=20
t "it has collected all that the VMM wrote" wait_for 5 all_collected
t "a reader waits" start_follower
t "rmmod undervisor under it" rmmod undervisor
t "the text is still there" has_text
t "another waits in poll, without a VMM" start_poller
t "insmod undervisor again" load undervisor
t "the new VMM's text comes in" text_grows
t "poll was woken" wait "$POLLER"
t "the reader that waited has both VMMs' logs from their beginnings" follower_has_both
stop_follower
t "rmmod both, the reader last" eval "rmmod undervisor && rmmod vmmlog"

load undervisor
dmesg_mark
t "insmod vmmlog with echo" load vmmlog echo=1 interval_ms=20
poke
mark "an echo"
t "a warning is echoed as a warning" wait_for 5 echoed 4 "refused at level"
t "an information is echoed as one" wait_for 5 echoed 6 "guest: an echo"
t "every line is echoed once" wait_for 5 echo_is_complete
t "the echo can be turned off" set_echo 0
t "nothing is echoed then" not_echoed "not in dmesg"
t "and on again" eval "set_echo 1 && mark 'on again' && wait_for 5 echoed 6 'on again'"
t "rmmod both" eval "rmmod vmmlog && rmmod undervisor"

load undervisor
t "insmod vmmlog, which looks once a minute" load vmmlog interval_ms=60000
# It has looked once.
sleep 0.5
mark "last words"
t "what the VMM wrote last is there when it has gone" \
	eval "rmmod undervisor && file_has $LOG 'last words' && file_has $LOG leaves"
rmmod vmmlog

load undervisor
poke
t "insmod vmmlog with little room" load vmmlog keep=4096 interval_ms=20
t "a slow reader is told what it lost" slow_reader_is_told
t "rmmod both, the VMM last" eval "rmmod vmmlog && rmmod undervisor"
t "the kernel's log is clean" dmesg_clean
finish
