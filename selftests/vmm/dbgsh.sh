#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# dbgsh.sh - the client dbgsh on the VMM's own shell
#
# In pipes, on a pseudo-terminal without terminfo, two at once, killed at random
# points (KILLS, 200 unless said otherwise), and when the VMM goes away. The client is
# the one in PATH.

. "$(dirname "$0")/lib.sh"

KILLS=${KILLS:-200}
TURNS=25
[ "$KILLS" -ge 50 ] || TURNS=5

# dbgsh mustn't leave a file in somebody's home.
HOME=$TMP
export HOME

help_is_whole() { dbgsh -c help >"$TMP/now" && cmp "$TMP/now" "$TMP/help"; }

first_help() {
	dbgsh -c help >"$TMP/help" && grep -q '^exit ' "$TMP/help" &&
		grep -q '^sym ' "$TMP/help"
}

in_pipes() {
	[ "$(dbgsh -c 'help exit' | wc -l)" = 1 ] &&
		[ "$(printf 'help exit\nhelp help\n' | dbgsh | grep -c ' - ')" = 2 ] &&
		[ -n "$(dbgsh -c log | head -n 1)" ]
}

byte_wise() {
	grep -v '^sym ' "$TMP/help" >"$TMP/wanted"
	dbgsh -b -c help >"$TMP/bytes" && cmp "$TMP/bytes" "$TMP/wanted" &&
		printf 'help\n' | dbgsh -b | cmp - "$TMP/wanted"
}

# status N COMMAND...
status() {
	wanted=$1
	shift
	"$@"
	got=$?
	echo "status $got"
	[ "$got" = "$wanted" ]
}

failures() {
	status 5 dbgsh -c no_such_command && status 5 dbgsh -c x -c 'help exit' &&
		status 0 dbgsh -c 'help exit' && status 5 dbgsh -c 'x @no_such_symbol'
}

# The unknown command is repeated in the answer.
symbols() {
	set -- "$(sed -n 's/^\([0-9a-f]*\) . schedule$/\1/p' /proc/kallsyms)"
	dbgsh -c @schedule+0x10 | tee /dev/stderr |
		grep -q "^$(printf '%#x' "$((0x$1 + 16))"): " &&
		[ "$(dbgsh -c "sym $1")" = schedule+0 ]
}

no_escapes() {
	TERM=linux dbgsh -c help -c status >"$TMP/out2" && ! grep -q "$(printf '\033')" "$TMP/out2"
}

# attach COMMAND WANTED: to the terminal that is served
attach() {
	exec 3<>"$pty"
	timeout 10 grep -q "$2" <&3 &
	reader=$!
	sleep 0.5
	printf '%s\r' "$1" >&3
	wait "$reader"
	result=$?
	exec 3<&-
	return "$result"
}

on_terminal() {
	# An old name would end the wait before the new one is there.
	rm -f "$TMP/pty"
	dbgsh --pty >"$TMP/pty" &
	server=$!
	wait_for 20 [ -s "$TMP/pty" ] || return
	pty=$(cat "$TMP/pty")
	# What is erased must not be in the line; then once more.
	attach "$(printf 'help exi\177it')" '^exit - ' &&
		attach 'help help' '^help .* - '
	result=$?
	kill "$server"
	wait "$server"
	return "$result"
}

# many CPU FILE: clients one after the other on that CPU, fewer where KILLS is low
many() {
	i=0
	while [ "$i" -lt "$TURNS" ]; do
		taskset "$1" dbgsh -c help | cmp - "$TMP/help" || echo "$i" >>"$2"
		i=$((i + 1))
	done
}

two_at_once() {
	second=2
	[ "$(grep -c '^processor' /proc/cpuinfo)" -gt 1 ] || second=1
	rm -f "$TMP/differ"
	many 1 "$TMP/differ" 2>&1 &
	many "$second" "$TMP/differ" 2>&1 &
	wait
	[ ! -e "$TMP/differ" ]
}

second_waits() {
	rm -f "$TMP/first"
	{
		echo 'help exit'
		sleep 2
	} | dbgsh >"$TMP/first" &
	wait_for 5 [ -s "$TMP/first" ]
	status 6 dbgsh -n -c help && help_is_whole
	result=$?
	wait
	return "$result"
}

# Begins something that takes a while, in one of four ways; 2 waits in a line
begin_long() {
	case $1 in
	0) exec dbgsh -c log -c status -c log ;;
	1) exec dbgsh -b -c status -c log ;;
	2) exec dbgsh -b <"$TMP/fifo" ;;
	3) exec dbgsh <"$TMP/lines" ;;
	esac
}

killed() {
	mkfifo "$TMP/fifo"
	exec 4<>"$TMP/fifo"
	yes status | head -n 200 >"$TMP/lines"
	od -An -v -tu2 -N $((2 * KILLS)) /dev/urandom | tr -s ' ' '\n' | grep . >"$TMP/times"
	i=0
	while read -r time; do
		[ $((i % 4)) != 2 ] || printf 'status\nhel' >&4
		begin_long $((i % 4)) >/dev/null 2>&1 &
		usleep $((time % 40000))
		kill -9 $! 2>/dev/null
		wait $! 2>/dev/null
		i=$((i + 1))
	done <"$TMP/times"
	exec 4<&-
	[ "$i" = "$KILLS" ] && help_is_whole
}

# Not a signal, but a message and a status
unloaded() {
	rm -f "$TMP/first"
	{
		echo 'help exit'
		wait_for 10 not loaded undervisor
		echo 'help exit'
	} | dbgsh >"$TMP/first" 2>"$TMP/err" &
	client=$!
	wait_for 5 [ -s "$TMP/first" ]
	rmmod undervisor || return
	wait "$client"
	status=$?
	cat "$TMP/err"
	[ "$status" = 4 ] && [ "$(wc -l <"$TMP/first")" = 1 ] &&
		grep -q 'gone away' "$TMP/err"
}

root_alone() {
	help_is_whole && status 3 start-stop-daemon -S -c 65534:65534 \
		-x "$(command -v dbgsh)" -- -c help 2>"$TMP/err" || return
	cat "$TMP/err"
	grep -q 'not for this user: .*Permission denied' "$TMP/err"
}

begin 18
load undervisor dbgsh=all
t "dbgsh -c" first_help
t "in pipes" in_pipes
t "a byte a call: the same" byte_wise
t "failed commands have a status" failures
t "symbols" symbols
t "no escape codes" no_escapes
t "on a pseudo-terminal, twice" on_terminal
t "two at once, on two CPUs" two_at_once
t "a second one waits, or fails if asked to" second_waits
t "$KILLS clients killed at random points" killed
t "rmmod under a client" unloaded
t "then there is no VMM" status 1 dbgsh -c help
load undervisor dbgsh=root
t "dbgsh=root: root is let in, nobody is not" root_alone
t "dbgsh=root: a second one waits, or fails" second_waits
t "dbgsh=root: on a pseudo-terminal" on_terminal
unload undervisor
load undervisor
t "off: it says so" status 3 dbgsh -c help
t "rmmod" rmmod undervisor
t "the kernel's log is clean" dmesg_clean
finish
