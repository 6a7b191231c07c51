#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# stay.sh - load the module and leave it there, for what the rig does to the machine then
#
# Not among the suite's programs: the machine is not as it was.

. "$(dirname "$0")/lib.sh"

begin 3
t "insmod" load undervisor
t "every CPU answers" answers
t "the kernel's log is clean" dmesg_clean
trap - EXIT
finish
