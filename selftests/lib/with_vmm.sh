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
echo "1..18"

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

# Root's programs are at level 3 too. The VMM counts what it refused.
refused_is_said() {
	vmmcall call log_write rbx=1 rcx=1 >"$tmp/text" 2>"$tmp/said"
	[ $? = 3 ] && [ ! -s "$tmp/text" ] || return
	grep -q '^vmmcall: log_write: not permitted at this level' "$tmp/said"
}

prints() {
	"$@" >"$tmp/text" && [ -s "$tmp/text" ]
}

# The JSON has what the text has; test_vmmcall.py shows that it is JSON.
json_is_like_text() {
	vmmcall status >"$tmp/text" && vmmcall status --json >"$tmp/json" || return
	[ "$(wc -l <"$tmp/json")" = 1 ] || return
	[ "$(tr -cd '{[' <"$tmp/json" | wc -c)" = "$(tr -cd '}]' <"$tmp/json" | wc -c)" ] ||
		return
	cpus=$(sed -n 's/^cpus //p' "$tmp/text")
	[ "$(grep -o '{"number":[0-9]*,"state":"in"' "$tmp/json" | wc -l)" = "$cpus" ] ||
		return
	grep -q "\"vendor\":\"$(sed -n 's/^vendor //p' "$tmp/text")\"" "$tmp/json" ||
		return
	sed -n 's/^cpu [0-9]* exits \([^ ]*\) .*/\1/p' "$tmp/text" >"$tmp/names"
	while read -r name; do
		grep -q "\"$name\":[1-9]" "$tmp/json" || return
	done <"$tmp/names"
}

# Each report is a few calls, and so the rate of their exit isn't 0.
watch_has_rates() {
	vmmcall status --watch=0.2 >"$tmp/watch" &
	sleep 2
	kill -INT $! && wait $! || return
	[ "$(grep -c '^$' "$tmp/watch")" -ge 2 ] &&
		grep -Eq '^cpu [0-9]+ exits VMM?CALL [0-9]+ rate ([1-9]|0\.[1-9])' \
			"$tmp/watch"
}

# No figure is compared with another: on a busy machine either may be the larger one.
bench_is_plausible() {
	vmmcall bench --samples=100 >"$tmp/bench" || return
	for kind in unregistered lookup dbgsh dbgsh_bulk get_status get_functions cpuid; do
		awk -v kind=$kind '$1 == kind && NF == 5 && $2 > 0 && $4 >= $2 { found = 1 }
			END { exit !found }' "$tmp/bench" || return
	done
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
try "vmmcall call of a function for level 0" 0 refused_is_said
try "vmmcall status" 0 prints vmmcall status
try "vmmcall status --json" 0 json_is_like_text
try "vmmcall status --watch" 0 watch_has_rates
try "vmmcall bench" 0 bench_is_plausible
try "unload again" 0 rmmod undervisor
try "nothing is callable any more" 0 ./test_lookup
try "dbgsh finds no VMM" 1 dbgsh -c help
try "vmmcall finds no VMM" 1 vmmcall status
try "vmmcall bench finds no VMM" 1 vmmcall bench
[ "$fails" = 0 ]
