#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# nmi.sh - NMIs, one by one, against a CPU that does nothing but exit to the VMM
# (nmiflood.ko): each reaches the guest once, whether it lands in the guest, in the VMM,
# just before VM entry or while another event is injected; and while CPUs enter and
# leave.

. "$(dirname "$0")/lib.sh"

ROUNDS=${NMIS:-1000}

# flood ROUNDS [1 for faults, too]: nmiflood never stays loaded, what it saw is in dmesg
flood() {
	dmesg_mark
	insmod "$(module nmiflood)" "rounds=$1" "faults=${2-0}" 2>/dev/null
	dmesg_since | grep nmiflood:
	case ${2-0} in 0) injected=none ;; *) injected=some ;; esac
	dmesg_has "nmiflood: sent $1 received $1 lost 0 twice 0 faults $injected"
}

flood_while_loading() {
	flood "$ROUNDS" &
	flooder=$!
	i=0
	while kill -0 "$flooder" 2>/dev/null; do
		load undervisor && rmmod undervisor || return 1
		i=$((i + 1))
	done
	echo "$i cycles"
	[ "$i" -gt 0 ] && wait "$flooder"
}

begin 8
if [ "$(nproc)" = 1 ]; then
	for _ in 1 2 3 4 5 6 7 8; do
		t_skip "one CPU sends, another one receives"
	done
	finish
fi
t "bare metal: each NMI arrives once" flood "$ROUNDS"
t "insmod" load undervisor
t "under the VMM: each arrives once" flood "$ROUNDS"
t "with a fault injected by every other exit, too" flood "$ROUNDS" 1
t "all CPUs answer" answers
t "rmmod" rmmod undervisor
t "while CPUs enter and leave: each arrives once" flood_while_loading
t "the kernel's log is clean" dmesg_clean
finish
