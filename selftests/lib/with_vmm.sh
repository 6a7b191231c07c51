#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# with_vmm.sh - load Undervisor, test the library above it, unload it
#
# MODULE is the module, /undervisor.ko unless said otherwise. One that is loaded
# already is used, and left alone.

MODULE=${MODULE:-/undervisor.ko}
cd "$(dirname "$0")" || exit 1
loaded=

echo "TAP version 13"
if [ ! -e /sys/module/undervisor ]; then
	if [ ! -e "$MODULE" ]; then
		echo "1..0 # SKIP there is no $MODULE"
		exit 4
	fi
	if ! insmod "$MODULE"; then
		echo "1..1"
		echo "not ok 1 insmod $MODULE"
		exit 1
	fi
	loaded=1
fi

echo "1..3"
number=0
fails=0

verdict() {
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number $2"
	else
		echo "not ok $number $2"
		fails=$((fails + 1))
	fi
}

# The output of a program is a comment here: it has a plan of its own.
in_comments() {
	{ "$@" 2>&1; echo "status $?"; } | sed 's/^/# /' | {
		last=
		while IFS= read -r line; do
			echo "$line"
			last=$line
		done
		[ "$last" = "# status 0" ]
	}
}

in_comments ./test_vmm --vmm
verdict $? "look-ups and calls with the VMM"
if [ -n "$loaded" ]; then
	rmmod undervisor
	verdict $? "rmmod"
	in_comments ./test_lookup
	verdict $? "nothing is callable afterwards"
else
	in_comments ./test_vmm --vmm
	verdict $? "once more"
	verdict 0 "the module was loaded before, and stays"
fi
[ "$fails" = 0 ]
