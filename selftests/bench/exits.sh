#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# exits.sh - how many exits a workload causes: the sum over CPUs of those that
# are not VM calls, between two looks into the driver's debugfs file; and how many of
# them the architecture doesn't force: on Intel, CPUID and XSETBV have to exit
#
# Loads undervisor.ko if it isn't (from UNDERVISOR_MODULES, here, /root or ../..).
# Fails if there were any of those.

EXITS=/sys/kernel/debug/undervisor/exits
TMP=$(mktemp -d)
LOADED=
STATUS=0
if grep -q 'AuthenticAMD\|HygonGenuine' /proc/cpuinfo; then
	FORCED='^$'
else
	FORCED='^(CPUID|XSETBV)$'
fi

die() {
	echo "exits.sh: $*" >&2
	exit 1
}

clean_up() {
	[ -z "$LOADED" ] || rmmod undervisor
	rm -rf "$TMP"
}

find_module() {
	for dir in "${UNDERVISOR_MODULES:-.}" /root ../..; do
		if [ -e "$dir/undervisor.ko" ]; then
			echo "$dir/undervisor.ko"
			return
		fi
	done
}

# All, and those not forced
count() {
	awk -v forced="$FORCED" '
		$3 == "exits" && $4 !~ /^VMM?CALL$/ { all += $5 }
		$3 == "exits" && $4 !~ /^VMM?CALL$/ && $4 !~ forced { odd += $5 }
		END { print all + 0, odd + 0 }' "$EXITS"
}

# measure NAME TIMES COMMAND...
measure() {
	name=$1
	times=$2
	shift 2
	read -r all odd <<-END
		$(count)
	END
	i=0
	while [ "$i" -lt "$times" ]; do
		"$@" || die "$name failed"
		i=$((i + 1))
	done
	read -r all_now odd_now <<-END
		$(count)
	END
	echo "exits_$name $((all_now - all)) exits"
	echo "exits_${name}_not_forced $((odd_now - odd)) exits (target 0)"
	[ "$odd_now" = "$odd" ] || STATUS=1
}

copy() {
	dd if=/dev/zero of="$TMP/a" bs=64k count=16 2>/dev/null
	cp "$TMP/a" "$TMP/b"
	sync
}

trap clean_up EXIT
if [ ! -e "$EXITS" ]; then
	insmod "$(find_module)" || die "can't load undervisor.ko"
	LOADED=1
fi
measure fork_exec 200 /bin/true
measure file_copy 20 copy
measure timers 10 sleep 0.1
measure pipe 50 eval 'echo | cat >/dev/null'
exit $STATUS
