#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# wine_vmm.sh - the library's Windows programs, without and with Undervisor
#
# Runs what "make -f combos.mk windows" put into windows/, with the Wine in WINE (/wine
# unless said otherwise). Otherwise as combos.sh. It is not among those that run in
# every guest: only one brings Wine.

export WINE="${WINE:-/wine}"
. "$(dirname "$0")/result.sh"
cd "$(dirname "$0")" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# run_all ARGUMENT: every program; carriage returns are Windows' line ends
run_all() {
	for width in 64 32; do
		export WINEPREFIX="$tmp/wine$width"
		for program in windows/"$width"-*.exe windows/"$width"-*/*.exe; do
			./wine.sh $width "$program" "$1" >"$tmp/out" || failed=1
			tr -d '\r' <"$tmp/out"
		done
	done
}

[ ! -e /sys/module/undervisor ] || rmmod undervisor
echo "1..3"
result "wine_vmm.sh: ten programs for each width" \
	[ "$(echo windows/*.exe windows/*/*.exe | wc -w)" = 20 ]
run_all --bare
result "wine_vmm.sh: load" insmod "$MODULE"
run_all --vmm
result "wine_vmm.sh: unload" rmmod undervisor
[ "$failed" = 0 ]
