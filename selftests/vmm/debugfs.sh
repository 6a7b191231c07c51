#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# debugfs.sh - what the driver shows of itself, and that a workload causes no exits
#
# Forks, file copies, timers, CPUID: on AMD nothing but VM calls may exit; on Intel
# CPUID and XSETBV have to as well.

. "$(dirname "$0")/lib.sh"

# The exits that a workload may cause, as an extended regular expression
if grep -q 'AuthenticAMD\|HygonGenuine' /proc/cpuinfo; then
	ALLOWED='VMMCALL'
else
	ALLOWED='VMCALL|CPUID|XSETBV'
fi

status_line() { grep -q "^$1\$" "$UV/status"; }

every_cpu_in() {
	cpus=$(grep -c '^processor' /proc/cpuinfo)
	[ "$(grep -c '^cpu [0-9]* in' "$UV/status")" = "$cpus" ]
}

every_cpu_counts() {
	cpus=$(grep -c '^processor' /proc/cpuinfo)
	"$DIR/caller" probe >/dev/null
	[ "$(grep -cE '^cpu [0-9]+ exits VMM?CALL [0-9]+$' "$UV/exits")" = "$cpus" ]
}

lists() { grep -q " $1\$" "$UV/functions"; }

root_only() {
	for file in status exits functions; do
		[ "$(stat -c %a "$UV/$file")" = 400 ] || return 1
	done
}

# cpu N exits NAME COUNT, without those allowed
other_exits() { grep -vE "^cpu [0-9]+ exits ($ALLOWED) " "$UV/exits"; }

fork_and_exec() {
	i=0
	while [ "$i" -lt 100 ]; do
		/bin/true
		i=$((i + 1))
	done
}

copy_files() {
	dd if=/dev/urandom of="$TMP/a" bs=64k count=64 2>/dev/null
	cp "$TMP/a" "$TMP/b"
	cmp "$TMP/a" "$TMP/b"
	sync
	rm "$TMP/a" "$TMP/b"
}

timers() {
	for _ in 1 2 3 4; do
		sleep 0.5 &
	done
	wait
}

no_exits_from() {
	other_exits >"$TMP/before"
	"$@"
	other_exits >"$TMP/after"
	diff "$TMP/before" "$TMP/after"
}

begin 18
t "insmod" load undervisor
t "VM calls are answered on every CPU" answers
t "status: version" status_line 'version .*'
t "status: vendor" status_line 'vendor \(svm\|vmx\)'
t "status: memory taken" status_line 'memory_bytes [1-9][0-9]*'
t "status: blocks of memory" status_line 'block 0x[0-9a-f]* 0x[0-9a-f]*'
t "status: every CPU is in" every_cpu_in
t "exits: every CPU counts its VM calls" every_cpu_counts
for name in dbgsh log_set_buf get_status; do
	t "functions: $name" lists "$name"
done
t "files are root's" root_only
t "fork and exec cause no exit" no_exits_from fork_and_exec
t "copying files causes no exit" no_exits_from copy_files
t "timers cause no exit" no_exits_from timers
t "CPUID causes no exit but its own" no_exits_from "$DIR/caller" cpuid
t "rmmod takes the files away" eval "rmmod undervisor && [ ! -e $UV ]"
t "the kernel's log is clean" dmesg_clean
finish
