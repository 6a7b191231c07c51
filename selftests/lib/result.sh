# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh
#
# result.sh - what combos.sh and wine_vmm.sh share; for sourcing, in this directory
#
# They load and unload MODULE, /root/undervisor.ko unless said otherwise, and pass on
# the TAP of programs. failed is 1 when something did.

export MODULE="${MODULE:-/root/undervisor.ko}"
failed=0
number=0

# result WHAT COMMAND...: one result of our own
result() {
	what=$1
	shift
	number=$((number + 1))
	if "$@" >&2; then
		echo "ok $number $what"
	else
		echo "not ok $number $what"
		failed=1
	fi
}
