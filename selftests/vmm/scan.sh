#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# scan.sh - have a debug kernel look what became of its memory
#
# Objects that wait to be really freed are, which is when their red zones are looked
# at: what is found there goes to the console. Then kmemleak says what was lost since
# the last scan.sh, or since the boot; what a module lost is only seen once the module
# is gone. Status 1 if anything was lost, 2 if this kernel has no kmemleak.

FILE=/sys/kernel/debug/kmemleak
# Younger objects may not have found their place yet, and are left out.
MIN_AGE=5

if ! [ -w $FILE ]; then
	echo "this kernel has no kmemleak"
	exit 2
fi
for cache in /sys/kernel/slab/*/shrink; do
	echo 1 >"$cache"
done
sleep $((MIN_AGE + 1))
# The first takes all for used that changed since the one before.
echo scan >$FILE && echo scan >$FILE || exit 2
# What another finds a pointer to had only been on its way from one list to another.
[ -z "$(cat $FILE)" ] || echo scan >$FILE
report=$(cat $FILE)
echo clear >$FILE
[ -n "$report" ] || exit 0
echo "$report"
exit 1
