#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# with_vmm.sh - the library and the tools with Undervisor, and after it
#
# Loads and unloads the module MODULE, /root/undervisor.ko unless said otherwise. The
# tools are those in PATH.

MODULE=${MODULE:-/root/undervisor.ko}
cd "$(dirname "$0")" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
number=0
fails=0

echo "TAP version 13"
if [ ! -e "$MODULE" ]; then
	echo "1..0 # SKIP there is no $MODULE"
	exit 4
fi
echo "1..13"

# try WHAT STATUS COMMAND...: the output becomes comments, also where it is TAP
try() {
	what=$1 wanted=$2
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	status=$?
	number=$((number + 1))
	if [ "$status" = "$wanted" ]; then
		echo "ok $number $what"
		return
	fi
	fails=$((fails + 1))
	echo "not ok $number $what"
	sed 's/^/# /' "$tmp/out" "$tmp/err"
	echo "# status $status instead of $wanted"
}

# What a pipe gives has to be what -c gives.
same_in_pipe() {
	dbgsh -c help >"$tmp/once" && printf 'help\n' | dbgsh -q >"$tmp/pipe" &&
		grep -q exit "$tmp/once" && cmp "$tmp/once" "$tmp/pipe"
}

# A client that is killed within a line does not spoil the next one.
survives_kill() {
	{ printf 'garb'; sleep 1; } | dbgsh >/dev/null &
	usleep 300000
	kill -9 $!
	same_in_pipe
}

list_is_true() {
	vmmcall list >"$tmp/list" || return
	[ -s "$tmp/list" ] || return
	while read -r listed _ name; do
		[ "$(vmmcall lookup "$name")" = "$listed" ] || return
	done <"$tmp/list"
	grep -q ' dbgsh$' "$tmp/list"
}

prints() {
	"$@" >"$tmp/text" && [ -s "$tmp/text" ]
}

# Whoever ran before may have left it.
[ ! -e /sys/module/undervisor ] || rmmod undervisor

try "load, with the shell disabled" 0 insmod "$MODULE"
try "look-ups and calls" 0 ./test_vmm --vmm
try "dbgsh says that it is disabled" 3 dbgsh -c help
try "unload" 0 rmmod undervisor
try "load, with the shell enabled" 0 insmod "$MODULE" dbgsh=all
try "dbgsh, in a pipe and with -c" 0 same_in_pipe
try "dbgsh after one that was killed" 0 survives_kill
try "vmmcall list and lookup" 0 list_is_true
try "vmmcall status" 0 prints vmmcall status
try "unload again" 0 rmmod undervisor
try "nothing is callable any more" 0 ./test_lookup
try "dbgsh finds no VMM" 1 dbgsh -c help
try "vmmcall finds no VMM" 1 vmmcall status
[ "$fails" = 0 ]
