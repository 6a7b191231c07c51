#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# faulty.sh - the debug kernel tells every mistake that it is there to tell (faulty.ko)
#
# Not among the suite's programs: the kernel is not sound afterwards. It must go on after
# a splat (panic_on_warn=0 kasan_multi_shot). The order of locks comes first, as lockdep
# trusts itself no more once somebody else has said something.

. "$(dirname "$0")/lib.sh"

make_fault() {
	dmesg_mark
	load faulty "fault=$1"
	cat "$TMP/insmod"
	dmesg_has "faulty: $1"
}

# tells FAULT TEXT: an extended regular expression for dmesg
tells() { make_fault "$1" && dmesg_has -E "$2"; }

tells_by_scan() { make_fault "$1" && "$DIR/scan.sh" && dmesg_has -E "$2"; }

finds_leak() {
	make_fault leak || return 1
	"$DIR/scan.sh"
	[ $? = 1 ] && grep -q 'unreferenced object .*(size 64)' "$TMP/out"
}

begin 10
t "there is nothing to tell yet" "$DIR/scan.sh"
t "locks in two orders" tells lock-order 'WARNING: possible circular locking dependency'
t "a use after free" tells use-after-free 'BUG: KASAN: .*use-after-free'
t "a load beyond an object" tells out-of-bounds 'BUG: KASAN: slab-out-of-bounds'
t "a store there, as the VMM could make it" tells_by_scan unseen-overrun \
	'BUG kmalloc-[^ ]* .*Redzone overwritten'
t "one to a page that is free" tells unseen-after-free 'pagealloc: .*corruption'
t "undefined behaviour" tells shift 'UBSAN: shift-out-of-bounds'
t "sleeping with a spinlock held" tells sleep 'BUG: sleeping function called from invalid'
t "an armed timer in freed memory" tells armed-timer 'ODEBUG: free active'
t "lost objects" finds_leak
show_output
finish
