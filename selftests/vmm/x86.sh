#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# x86.sh - Linux's own x86 selftests give the same results before insmod, under the VMM
# and after rmmod: the comparison is what is tested, as an emulator fails some of them
# on bare metal already.
#
# Not among the suite's programs, since they take a while. They are sought in ../x86, or
# where X86_TESTS says.

. "$(dirname "$0")/lib.sh"

X86_TESTS=${X86_TESTS:-$DIR/../x86}
LIMIT=60

# The first takes too long in either emulator. What Bochs 2.7's bare metal itself does not
# survive: it reports a single step behind SYSCALL although SFMASK clears TF, of which the
# kernel warns; sysret_rip_64 does not end; and 32-bit programs lose the upper half of
# their stack pointer, now and then, when a system call returns, as sysret_ss_attrs_64 does.
LEFT_OUT=syscall_numbering_64
WIDTHS="32 64"
if ! grep -q hypervisor /proc/cpuinfo; then
	LEFT_OUT="$LEFT_OUT single_step_syscall_64 syscall_arg_fault_64 syscall_nt_64"
	LEFT_OUT="$LEFT_OUT sysret_rip_64 sysret_ss_attrs_64"
	WIDTHS=64
fi

programs() {
	for width in $WIDTHS; do
		for program in "$X86_TESTS"/*_"$width"; do
			case " $LEFT_OUT " in
			*" ${program##*/} "*) ;;
			*) [ -x "$program" ] && echo "${program##*/}" ;;
			esac
		done
	done
}

# A program's results, one a line, without what differs from run to run: addresses, the
# number that unwind_vdso has for its process, the threads' order, and whether fsgsbase
# was interrupted in a place where an IRET clears its selector.
results() {
	(
		cd "$X86_TESTS" || exit
		timeout -k 5 $LIMIT "./$1" </dev/null 2>&1
		echo "[STATUS] $?"
	) | sed -n 's/\(0x\)\+[0-9a-f]*/X/g; s/NR = [0-9]*/NR = N/
		s,changed from X/X to X/X because IRET is defective,remained X/X,
		s/^\(\[[A-Z]*\].*\)/\1/p' | grep -v '^\[RUN\]' | sort
}

run_all() {
	mkdir "$TMP/$1"
	for program in $PROGRAMS; do
		results "$program" >"$TMP/$1/$program"
	done
}

# same PHASE PROGRAM: as before insmod
same() { diff "$TMP/before/$2" "$TMP/$1/$2"; }

compare() {
	for program in $PROGRAMS; do
		t "$1: $program: $(grep -c '^\[OK\]' "$TMP/$1/$program") passed" \
			same "$1" "$program"
	done
}

PROGRAMS=$(programs)
[ -n "$PROGRAMS" ] || skip_all "no x86 selftests in $X86_TESTS"
# shellcheck disable=SC2086 # to count the words
set -- $PROGRAMS
begin $((2 * $# + 6))
run_all before
t "insmod" load undervisor
run_all loaded
t "every CPU answers" answers
t "rmmod" rmmod undervisor
run_all after
t "VM calls fault on every CPU" answers_nowhere
compare loaded
compare after
t "bare metal passes most: $(cat "$TMP"/before/* | grep -c '^\[OK\]')" \
	eval "[ $(cat "$TMP"/before/* | grep -c '^\[OK\]') -gt 200 ]"
t "the kernel's log is clean" dmesg_clean
finish
