#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# test_tools.sh DIRECTORY - dbgsh and vmmcall in a pipe, above a fake VMM
#
# The directory has dbgsh.fake and vmmcall.fake, which run-host.sh builds.

dir=${1:?directory of the tools}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
number=0
fails=0

# expect WHAT STATUS OUTPUT VMM COMMAND...; input comes from $tmp/in
expect() {
	what=$1 status=$2 vmm=$4
	printf '%b' "$3" >"$tmp/expected"
	shift 4
	FAKE_VMM=$vmm timeout 20 "$@" <"$tmp/in" >"$tmp/out" 2>"$tmp/err"
	got=$?
	number=$((number + 1))
	if [ "$got" = "$status" ] && cmp -s "$tmp/expected" "$tmp/out"; then
		echo "ok $number $what"
	else
		fails=$((fails + 1))
		echo "not ok $number $what"
		echo "# status $got instead of $status; got:"
		od -c "$tmp/out" | head -5 | sed 's/^/# /'
		sed 's/^/# stderr: /' "$tmp/err"
	fi
}

input() {
	printf '%b' "$1" >"$tmp/in"
}

dbgsh() {
	what=$1 status=$2 output=$3 vmm=$4
	shift 4
	expect "dbgsh: $what" "$status" "$output" "$vmm" "$dir/dbgsh.fake" "$@"
}

vmmcall() {
	what=$1 status=$2 output=$3 vmm=$4
	shift 4
	expect "vmmcall: $what" "$status" "$output" "$vmm" "$dir/vmmcall.fake" "$@"
}

echo "TAP version 13"
plan=$((4 * 25 + 33))
echo "1..$plan"

long=$(printf "%0250d" 0)

# What the two calls have in common; CALL is what FAKE_VMM gets besides
by_either_call() {
	call=$1

	input 'never read\n'
	dbgsh "one command" 0 '[hi]\n' "$call" -c hi
	dbgsh "no command" 0 '' "$call" -c ''
	dbgsh "exit as the command" 0 '' "$call" -c exit
	dbgsh "two commands" 0 '[a]\n[b]\n' "$call" -c 'a
b'
	dbgsh "-c twice" 0 '[a]\n[b]\n' "$call" -c a -c b
	dbgsh "exit is the last" 0 '[a]\n' "$call" -c a -c exit -c b
	dbgsh "a half-typed line is abandoned" 0 '[hi]\n' "half,$call" -c hi
	dbgsh "output left behind is abandoned" 0 '[hi]\n' "output,$call" -c hi
	dbgsh "an end left behind is not ours" 0 '[hi]\n' "ended,$call" -c hi
	dbgsh "NUL in the output" 0 'a\0000b\n' "$call" -c nul
	dbgsh "bytes above 0x7f in the output" 0 '\0377\0200\n' "$call" -c high
	dbgsh "what only looks like a prompt" 0 '> a > b\n>\nc> ' "$call" -c prompts
	dbgsh "a prompt with a NUL behind it" 0 '> \0000x\n' "$call" -c prompt-nul
	dbgsh "disabled" 3 '' "disabled,$call" -c help
	dbgsh "no VMM" 1 '' "none,$call" -c help
	dbgsh "another VMM" 1 '' "foreign,$call" -c help
	dbgsh "the VMM goes away" 4 '' "gone=5,$call" -c 'this is a long line'

	input 'a\nb\n'
	dbgsh "lines from a pipe" 0 '[a]\n[b]\n' "$call"
	dbgsh "without prompts" 0 '[a]\n[b]\n' "$call" -q
	dbgsh "disabled, in a pipe" 3 '' "disabled,$call"
	dbgsh "no VMM, in a pipe" 1 '' "none,$call"
	input 'a\nexit\nb\n'
	dbgsh "exit ends it" 0 '[a]\n' "$call"
	input 'a\nb'
	dbgsh "the last line has no newline" 0 '[a]\n[b]\n' "$call" -q
	input '\0377\n'
	dbgsh "0xff in the input is not -1" 0 '[\0377]\n' "$call" -q
	input ''
	dbgsh "no input" 0 '' "$call"
}

by_either_call ''
by_either_call small
by_either_call nobulk
by_either_call nobulk,noecho

input ''
dbgsh "a failed command" 5 'failed\n[a]\n' '' -c fail -c a
dbgsh "a line of 250 bytes" 0 "[$long]\n" small -c "$long"
dbgsh "output after idling" 0 'idle over\n' nobulk -c idle
started=$(date +%s%N)
FAKE_VMM=nobulk "$dir/dbgsh.fake" -c idle >/dev/null
number=$((number + 1))
if [ $(($(date +%s%N) - started)) -gt 300000000 ]; then
	echo "ok $number dbgsh: fifty polls of an idle shell take their time"
else
	fails=$((fails + 1))
	echo "not ok $number dbgsh: it does not sleep while the shell is idle"
fi
for bad in badresult badin badout; do
	dbgsh "an answer that no VMM may give: $bad" 4 '' $bad -c hi
done
input 'a\0000b\n'
dbgsh "NUL in the input" 0 '[a?b]\n' ''
dbgsh "NUL in the input, a byte a call" 0 '[a@b]\n' nobulk
input 'a\nfail\n'
dbgsh "a failed command from a pipe" 5 '[a]\nfailed\n' ''
input ''
dbgsh "an argument too many" 2 '' '' help
dbgsh "an unknown option" 2 '' '' -x
dbgsh "a command for a pseudo-terminal" 2 '' '' --pty -c help

vmmcall "lookup" 0 '100\n' '' lookup dbgsh
vmmcall "lookup of an unknown name" 1 '' '' lookup nothing
vmmcall "lookup of a part of a name" 1 '' '' lookup dbgs
vmmcall "lookup without a VMM" 1 '' none lookup dbgsh
vmmcall "lookup with another VMM" 1 '' foreign lookup dbgsh
vmmcall "version" 0 'vmmcall 1.0.0\ninstruction that a VMM answers: VMMCALL\n' \
	'' version
vmmcall "version without a VMM" 0 \
	'vmmcall 1.0.0\ninstruction that a VMM answers: none\n' none version
vmmcall "version where both instructions work: VMCALL goes first" 0 \
	'vmmcall 1.0.0\ninstruction that a VMM answers: VMCALL\n' both version
vmmcall "no command" 2 '' ''
vmmcall "an unknown command" 2 '' '' frobnicate
vmmcall "a register that doesn't exist" 2 '' '' call add rax=1
vmmcall "not a number" 2 '' '' call add rbx=1x
vmmcall "no number" 2 '' '' call add rbx=
vmmcall "a number too large" 2 '' '' call add rbx=0x10000000000000000
vmmcall "a negative number too large" 2 '' '' call add rbx=-18446744073709551615

# The width of the registers is that of the program.
check() {
	number=$((number + 1))
	if eval "$2"; then
		echo "ok $number vmmcall: $1"
	else
		echo "not ok $number vmmcall: $1"
		fails=$((fails + 1))
	fi
}

"$dir/vmmcall.fake" call add rbx=1 rcx=0x10 rdx=-2 rsi=010 rdi=1000 >"$tmp/out"
# shellcheck disable=SC2016 # for eval
check "call" '[ "$(sed "s/0x0*/0x/" "$tmp/out" | cut -d" " -f1,3 | tr "\n" " ")" = \
	"rax 1023 rbx 1 rcx 16 rdx -2 rsi 8 rdi -1 " ]'
"$dir/vmmcall.fake" list >"$tmp/out"
# shellcheck disable=SC2016 # for eval
check "list, in a buffer that has to grow" '[ "$(wc -c <"$tmp/out")" -ge 9000 ] &&
	[ "$(head -n 1 "$tmp/out")" = "100 0123 dbgsh" ]'
"$dir/vmmcall.fake" status >"$tmp/out"
# shellcheck disable=SC2016 # for eval
check "status" '[ "$(head -n 1 "$tmp/out")" = "version 0.1.0" ] &&
	[ "$(tail -n 1 "$tmp/out")" = "later 1 more 2" ]'
for command in "status" "status --json"; do
	# shellcheck disable=SC2086 # words
	"$dir/vmmcall.fake" $command >/dev/full 2>"$tmp/err"
	# shellcheck disable=SC2034 # for eval
	got=$?
	# shellcheck disable=SC2016 # for eval
	check "$command: output that can't be written" \
		'[ "$got" = 3 ] && grep -q "cannot write" "$tmp/err"'
done
[ "$fails" = 0 ] && [ "$number" = "$plan" ]
