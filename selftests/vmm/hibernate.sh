#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# hibernate.sh - the machine hibernates under the VMM, with VM calls in flight, and its
# image is resumed by a kernel that has no VMM
#
# Not among the suite's programs: it overwrites the disk /dev/vda, and the machine really
# restarts (the rig's --hibernates). It leaves the module loaded.

. "$(dirname "$0")/lib.sh"

all_in() { grep -qx "cpus_in $(nproc)" "$UV/status"; }
hibernate() { echo reboot >/sys/power/disk && echo disk >/sys/power/state; }

begin 8
t "a disk to swap to" eval "mkswap /dev/vda && swapon /dev/vda"
t "insmod" load undervisor
"$DIR/caller" run >"$TMP/run" 2>&1 &
CALLER=$!
wait_for 10 file_has "$TMP/run" running
t "hibernate and resume, with VM calls in flight" hibernate
t "all CPUs are in again" all_in
t "all CPUs answer" answers
kill $CALLER
t "no call had a wrong answer" wait $CALLER
t "the machine was away" dmesg_has 'PM: hibernation: hibernation exit'
t "the kernel's log is clean" dmesg_clean
trap - EXIT
finish
