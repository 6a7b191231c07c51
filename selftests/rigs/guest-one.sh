#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest-one.sh - run the one program below /selftests that rig_run= names

exec "/selftests/$(sed -n 's/.*\brig_run=\([^ ]*\).*/\1/p' /proc/cmdline)"
