# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# lib.sh - TAP and modules for the scripts; for any POSIX shell, busybox's too
#
# Modules are sought as common.h says. Each script begins with "begin N" (its number of
# tests), which takes the modules away, and they are away again at its end.

DEBUGFS=/sys/kernel/debug
UV=$DEBUGFS/undervisor
DIR=$(cd "$(dirname "$0")" && pwd)
TMP=$(mktemp -d)
COUNT=0
FAILED=0
SKIPPED=0

skip_all() {
	echo "1..0 # SKIP $*"
	exit 4
}

bail() {
	echo "Bail out! $*"
	exit 1
}

# module NAME: its path, or nothing
module() {
	for place in "${UNDERVISOR_MODULES-}" . /root "$DIR/../.." "$DIR/../modules" \
		"$DIR/../../logreader"; do
		if [ -n "$place" ] && [ -e "$place/$1.ko" ]; then
			echo "$place/$1.ko"
			return
		fi
	done
}

loaded() { grep -q "^$1 " /proc/modules; }

# load NAME [PARAMETER...]: insmod's message goes to $TMP/insmod
load() {
	name=$1
	shift
	insmod "$(module "$name")" "$@" >"$TMP/insmod" 2>&1
}

unload() {
	if loaded "$1"; then
		rmmod "$1"
	fi
}

clean_up() {
	unload jiffylog
	unload vmmlog
	unload undervisor
	rm -rf "$TMP"
}

begin() {
	echo "TAP version 13"
	[ "$(id -u)" = 0 ] || skip_all "must be root"
	[ -n "$(module undervisor)" ] ||
		skip_all "no undervisor.ko to load: set UNDERVISOR_MODULES"
	[ -d $DEBUGFS/bdi ] || mount -t debugfs debugfs $DEBUGFS 2>/dev/null
	unload jiffylog
	unload vmmlog
	unload undervisor
	trap clean_up EXIT
	echo "1..$1"
	PLAN=$1
	dmesg_mark
}

# t DESCRIPTION COMMAND...: a test passes if the command succeeds
t() {
	what=$1
	shift
	COUNT=$((COUNT + 1))
	if "$@" >"$TMP/out" 2>&1; then
		echo "ok $COUNT $what"
	else
		FAILED=$((FAILED + 1))
		echo "not ok $COUNT $what"
		sed 's/^/# /' "$TMP/out"
	fi
}

# What the last test's command said, for tests that pass as well
show_output() { sed 's/^#* */# /' "$TMP/out"; }

t_skip() {
	COUNT=$((COUNT + 1))
	SKIPPED=$((SKIPPED + 1))
	echo "ok $COUNT # SKIP $*"
}

finish() {
	echo "# $((COUNT - FAILED - SKIPPED)) passed, $FAILED failed, $SKIPPED skipped"
	[ "$COUNT" = "$PLAN" ] || bail "planned $PLAN tests, ran $COUNT"
	[ "$FAILED" = 0 ] || exit 1
	exit 0
}

not() { ! "$@"; }

# The kernel's log from the last mark on
dmesg_mark() { MARK="uvtest mark $$ $COUNT"; echo "$MARK" >/dev/kmsg; }
dmesg_since() { dmesg | sed "1,/$MARK/d"; }
dmesg_has() { dmesg_since | grep -q "$@"; }

dmesg_clean() {
	! dmesg_since | grep -v 'traps: ' | grep -E \
		'BUG:|WARNING:|Oops|Call Trace:|unchecked MSR|general protection|lockup|Bad page'
}

# echoed LEVEL TEXT: a line of the VMM's, by vmmlog's echo, with the kernel's number of
# the level
echoed() { dmesg -r | grep -q "^<$1>.* vmmlog: \[.*$2"; }

answers() { "$DIR/caller" probe; }

# On no CPU at all: not on some either
answers_nowhere() {
	"$DIR/caller" probe
	[ $? = 1 ]
}

# mark TEXT: a line in the VMM's log
mark() { MARK="$*" "$DIR/caller" mark; }

# marks FROM TO TEXT: a line for each number, "mark NUMBER TEXT"
marks() { FROM=$1 TO=$2 MARK=$3 "$DIR/caller" marks; }

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
	tries=$(($1 * 10))
	shift
	while [ $tries -gt 0 ]; do
		"$@" && return 0
		sleep 0.1
		tries=$((tries - 1))
	done
	return 1
}

file_has() { grep -q "$2" "$1" 2>/dev/null; }
