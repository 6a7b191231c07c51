#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# combos.sh - the library as many compilers and flags make it, without and with
# Undervisor
#
# Runs the programs in combos/ (see combos.mk). Without Undervisor, there has to be no
# VMM at all beneath. Loads and unloads MODULE, /root/undervisor.ko unless said
# otherwise. The programs' TAP is passed on.

. "$(dirname "$0")/result.sh"
cd "$(dirname "$0")" || exit 1
KINDS="static no-pie static-pie pie shared"

if [ ! -e "$MODULE" ]; then
	echo "1..0 # SKIP there is no $MODULE"
	exit 4
fi

# run_all ARGUMENT: every program, and the one with thousands of uses
run_all() {
	for width in 64 32; do
		for kind in $KINDS; do
			"./combos/$width-$kind" "$1" || failed=1
		done
		./combos/$width-uses "$1" || failed=1
	done
}

[ ! -e /sys/module/undervisor ] || rmmod undervisor
echo "1..2"
run_all --bare
result "combos.sh: load" insmod "$MODULE"
run_all --vmm
result "combos.sh: unload" rmmod undervisor
[ "$failed" = 0 ]
