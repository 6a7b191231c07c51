#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# jiffylog.sh - a log reader that was written for another VMM (jiffylog.ko)
#
# It knows the published interface only and takes a byte at a time. Shows that what it puts
# into the kernel's log is the VMM's log, byte for byte as the debug shell shows it, from
# the VMM's first line on and once round its buffer; that it may detach with any size,
# come back, and be there when the VMM goes.

. "$(dirname "$0")/lib.sh"

DBGSH=$(command -v dbgsh || echo "$DIR/../../userspace/dbgsh")

refused_without_vmm() {
	load jiffylog && return 1
	grep -q "No such device" "$TMP/insmod"
}

jiffylog_text() { dmesg_since | sed -n 's/^\[[^]]*\] jiffylog| //p'; }

# Each line of the log begins with its time; what else is there is the shell's own.
shell_text() { "$DBGSH" -c log | tr -d '\r' | grep '^\['; }

same_text() {
	jiffylog_text >"$TMP/jiffylog"
	shell_text >"$TMP/shell"
	[ -s "$TMP/shell" ] && cmp "$TMP/jiffylog" "$TMP/shell"
}

# Lines with these numbers, in pieces that its buffer has room for
marks_taken() {
	i=$1
	while [ "$i" -le "$2" ]; do
		marks "$i" $((i + 54)) "$FILLER"
		i=$((i + 55))
		wait_for 5 dmesg_has "jiffylog| .*mark $((i - 1)) " || return 1
	done
}

attached() { "$DIR/caller" status | grep -q '^log .* attached 1'; }

# All that jiffylog.ko showed since, which the log of the shell ends with
same_end() {
	jiffylog_text >"$TMP/jiffylog"
	shell_text | tail -c "$(wc -c <"$TMP/jiffylog")" >"$TMP/shell"
	cmp "$TMP/jiffylog" "$TMP/shell" && grep -q "$1" "$TMP/jiffylog"
}

no_more_lines() {
	mark "nobody reads this"
	sleep 0.5
	not dmesg_has 'jiffylog| .*nobody reads this'
}

[ -n "$(module jiffylog)" ] || skip_all "no jiffylog.ko to load: set UNDERVISOR_MODULES"
[ -x "$DBGSH" ] || skip_all "no dbgsh"
# Marks of some 300 bytes
FILLER=$(printf '%0280d' 0)
begin 16
t "without a VMM it finds none: ENODEV" refused_without_vmm
t "insmod undervisor" load undervisor dbgsh=all log_size=131072
t "lines before it comes" marks 1 5 "$FILLER"
dmesg_mark
t "insmod jiffylog" load jiffylog
t "it has the log" attached
t "lines after it came" marks 6 20 "$FILLER"
t "its text is the VMM's log, byte for byte" wait_for 5 same_text
# 64 KiB and more: the kernel's log doesn't hold all of it at once.
dmesg_mark
t "lines once round its buffer" marks_taken 21 240
t "its text is the end of the VMM's log" wait_for 5 same_end "mark 240 "
t "rmmod jiffylog: it detaches with address 0 and any size" rmmod jiffylog
t "nobody has the log" not attached
t "and nothing comes any more" no_more_lines
dmesg_mark
t "insmod jiffylog again: it goes on where it stopped" \
	eval "load jiffylog && wait_for 5 same_end 'nobody reads this'"
t "rmmod undervisor under it" rmmod undervisor
t "rmmod jiffylog without a VMM" rmmod jiffylog
t "the kernel's log is clean" dmesg_clean
finish
