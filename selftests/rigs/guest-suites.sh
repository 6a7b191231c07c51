#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-suites.sh - run every test program below /selftests, in the list's order, or
# those that rig_run= names (vmm/vmm_abi,vmm/nmi.sh)
#
# Standard output is the verdict. A program that hangs is ended after the
# time-out in its suite's settings file, as in kselftest, or 120 seconds.
#
# With rig_scan on the command line the kernel is a debug kernel: programs have four times
# as long, and behind each stands a section of its own, whether it left memory behind
# (vmm/scan.sh).

list=/selftests/kselftest-list.txt

if [ ! -s "$list" ]; then
	echo "Bail out! no $list"
	exit 1
fi

# word NAME: what NAME= is on the command line
word() { sed -n "s/.*\\b$1=\\([^ ]*\\).*/\\1/p" /proc/cmdline; }

# Not those that rig_skip= names; who says so has to say why.
SKIP=$(word rig_skip)
skipped() {
	case ,$SKIP, in
	*",$1,"*) return 0 ;;
	esac
	return 1
}

programs() {
	chosen=$(word rig_run)
	if [ -n "$chosen" ]; then
		echo "$chosen" | tr ',/' '\n:'
	else
		cat "$list"
	fi
}

SCAN=$(grep -ow rig_scan /proc/cmdline)
wants_scan() { [ -n "$SCAN" ]; }

# scan NAME
scan() {
	echo "# begin $1"
	echo "1..1"
	if /selftests/vmm/scan.sh >/tmp/scan; then
		echo "ok 1 nothing was lost"
	else
		echo "not ok 1 nothing was lost"
		sed 's/^/# /' /tmp/scan
	fi
	echo "# end $1 0"
}

wants_scan && scan scan/boot

programs | while IFS=: read -r suite program; do
	skipped "$suite/$program" && continue
	if ! cd "/selftests/$suite"; then
		echo "Bail out! no suite $suite"
		continue
	fi
	limit=120
	[ -e settings ] && limit=$(sed -n 's/^timeout=//p' settings)
	wants_scan && limit=$((limit * 4))
	echo "# begin $suite/$program"
	# The console tells where a crash belongs.
	echo "rig: $suite/$program" >/dev/kmsg
	timeout -k 5 "$limit" "./$program" </dev/null
	status=$?
	# On a line of its own, whatever the program left unfinished.
	echo
	echo "# end $suite/$program $status"
	wants_scan && scan "scan/$program"
done
exit 0
