#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bench-init.sh - run what selftests/bench has installed below /bench
#
# BENCH, from the kernel's command line, tells the programs where they are:
#   icount   1 CPU, RDTSC counts instructions exactly
#   smp      4 CPUs, times are only a hint
# A program says what it measured, one 'NAME VALUE UNIT' a line, and fails if it
# could not. Those called kvm-* find KVM loaded and undervisor absent; the
# others load and unload what they need.

export BENCH="${BENCH:-smp}"

kvm="kvm-amd"
grep -q AuthenticAMD /proc/cpuinfo || kvm="kvm-intel"

n=0
for program in /bench/*; do
	case $program in *.so | *.ko) continue ;; esac
	if [ ! -f "$program" ] || [ ! -x "$program" ]; then
		continue
	fi
	name=${program##*/}
	# Instructions can only be counted where RDTSC counts them.
	case $BENCH:$name in smp:calls | smp:kvm-*) continue ;; esac
	n=$((n + 1))
	case $name in kvm-*) modprobe "$kvm" ;; esac
	echo "rig: bench $name" >/dev/kmsg
	(cd /bench && timeout -k 5 300 "./$name" </dev/null 2>/dev/console) >/tmp/out
	status=$?
	sed 's/^/# /' /tmp/out
	case $status in
	0) echo "ok $n $name" ;;
	4) echo "ok $n $name # SKIP" ;;
	*) echo "not ok $n $name (status $status)" ;;
	esac
	case $name in kvm-*) rmmod "$kvm" kvm ;; esac
done
echo "1..$n"
