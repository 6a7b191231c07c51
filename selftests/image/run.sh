#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh - what a VMM image is, and what the build refuses; prints TAP
#
# The image is a program of its own: nothing undefined, no segment both writable and
# executable, no vector or x87 register, no GOT or PLT; and what the guest's tables say
# is not believed before it was checked, also by a CPU that runs ahead. The second half breaks a copy
# of the source, a file at a time, and the build has to notice.
set -euo pipefail

TOP=$(cd "$(dirname "$0")/../.." && pwd)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
COUNT=0
FAILED=0

t() {
	local what=$1
	shift
	COUNT=$((COUNT + 1))
	if "$@" >"$WORK/out" 2>&1; then
		echo "ok $COUNT $what"
	else
		FAILED=$((FAILED + 1))
		echo "not ok $COUNT $what"
		sed 's/^/# /' "$WORK/out"
	fi
}

vendor_number() { [ "$1" = svm ] && echo 1 || echo 2; }

# build SRC BACKEND [MAKE ARGUMENT...]
build() {
	local src=$1 backend=$2
	shift 2
	make -s -f "$src/vmm.mk" SRC="$src" OUT="$WORK/out-$backend" BACKEND="$backend" \
		VMM_VENDOR="$(vendor_number "$backend")" "$@"
}

elf() { echo "$WORK/out-$1/vmm-$1.elf"; }

nothing_undefined() {
	nm -u "$(elf "$1")"
	[ -z "$(nm -u "$(elf "$1")")" ]
}

# Read-only, executable, writable: three segments, and none is two of them
write_xor_execute() {
	local flags
	flags=$(readelf -lW "$(elf "$1")" | awk '/^  LOAD/ { print $7 $8 }' |
		sed 's/0x.*//' | tr '\n' ' ')
	echo "$flags"
	[ "$flags" = "R RE RW " ]
}

fixed_address() {
	local start
	start=$(nm "$(elf "$1")" | awk '$3 == "__image_start" { print $1 }')
	echo "$start"
	[ "$start" = ffffff8000000000 ]
}

not_position_independent() {
	! readelf -SW "$(elf "$1")" | grep -E '\.(got|plt|rela|dynamic)'
}

# core/nospec.h: what makes a bad number an element of the table's, also on a path that
# the CPU only supposes; nothing that a call answers could tell
number_is_masked() {
	objdump -d --no-show-raw-insn --disassemble=vmmcall_dispatch "$(elf "$1")" |
		grep -E '\bsbb +(%[a-z0-9]+),\1$'
}

# Ahead of a reset: INIT may come then, and SVM needs GIF set first
turns_off() {
	local code
	code=$(objdump -d --no-show-raw-insn --disassemble=backend_off "$(elf "$1")" |
		grep -oE '\b(vmxoff|stgi|wrmsr)\b' | tr '\n' ' ')
	echo "$code"
	[ "$code" = "$2 " ]
}

# The walk of the guest's tables, where a check was predicted wrongly; gcc's and clang's
walk_is_certain() {
	"$TOP/selftests/image/speculation.py" "$(elf "$1")" &&
		"$TOP/selftests/image/speculation.py" "$WORK/clang-$1/vmm-$1.elf"
}

# uncertain SED FILE: the image of a source edited so is noticed
uncertain() {
	rm -rf "$WORK/src" "$WORK/out-svm"
	mkdir "$WORK/src"
	cp -r "$TOP"/{vmm.mk,core,svm,hypercall,services,uapi} "$WORK/src/"
	sed -i "$1" "$WORK/src/$2"
	if cmp "$TOP/$2" "$WORK/src/$2"; then
		echo "the source was not edited"
		return 1
	fi
	build "$WORK/src" svm || return
	! "$TOP/selftests/image/speculation.py" "$(elf svm)"
}

# broken FILE MESSAGE, text of the file on standard input: the build fails and says why
broken() {
	rm -rf "$WORK/src" "$WORK/out-svm"
	mkdir "$WORK/src"
	cp -r "$TOP"/{vmm.mk,core,svm,hypercall,services,uapi} "$WORK/src/"
	printf '%s\n' "$3" >"$WORK/src/$1"
	if build "$WORK/src" svm >"$WORK/log" 2>&1; then
		echo "it was built"
		return 1
	fi
	cat "$WORK/log"
	grep -q "$2" "$WORK/log"
}

echo "TAP version 13"
echo "1..26"
for backend in svm vmx; do
	t "$backend: it is built" build "$TOP" $backend
	t "$backend: nothing is undefined" nothing_undefined $backend
	t "$backend: no segment is writable and executable" write_xor_execute $backend
	t "$backend: it lies where Linux maps nothing" fixed_address $backend
	t "$backend: nothing is left to relocate" not_position_independent $backend
	t "$backend: a call's number is masked" number_is_masked $backend
	t "$backend: clang builds it as well" build "$TOP" $backend CC=clang \
		OUT="$WORK/clang-$backend"
	t "$backend: a wrong path of the walk loads nothing" walk_is_certain $backend
done
t "svm: a reset begins by leaving SVM" turns_off svm "stgi wrmsr"
t "vmx: a reset begins by leaving VMX" turns_off vmx vmxoff
t "a walk without its barrier is noticed" uncertain '/^\tnospec_barrier();/d' core/walk.c
t "a table's address without its mask is noticed" \
	uncertain 's/leaf->entry & leaf->mask &/leaf->entry \&/' core/walk.c
t "a page's address without its mask is noticed" \
	uncertain 's/ & leaf->mask;/;/' core/walk.c
t "a mask that is a branch is noticed" \
	uncertain 's/^\t\*mask = value;/\t*mask = a == b ? ~0ULL : 0;/' core/nospec.h
t "a call of Linux's is a link error" broken services/stray.c "undefined.*printk" \
	'int printk(const char *, ...); void stray(void); void stray(void) { printk("x"); }'
t "a vector register is noticed" broken core/stray.S "vector" \
	'.text; stray: movaps %xmm0, %xmm1; ret; .section .note.GNU-stack'
t "floating point does not compile" broken services/stray.c "error" \
	'double stray(double x); double stray(double x) { return x * 2; }'
t "a section that the linker script does not know is an error" \
	broken services/stray.c "orphan" \
	'int stray __attribute__((section("elsewhere"))) = 1;'
[ $FAILED = 0 ]
