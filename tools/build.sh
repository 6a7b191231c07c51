#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# build.sh - build for the test machines, apart from the checkout
#
# usage: tools/build.sh [-k 'MAKE ARGS'] [-n SUFFIX] KERNEL... | user
#
#   KERNEL  a name in the cache (6.1, 6.12-generic, default...): the modules.
#           Result: build/KERNEL/root/root/*.ko
#   user    the static tools and the test programs that run in a guest.
#           Result: build/user/root/{usr/bin,selftests,bench}
#   -k      more arguments for kbuild, such as 'W=1 C=2'
#   -n      append to the directory's name, so that such a build stands apart
#
# Each gets its own copy of the source (tracked, and untracked but not ignored),
# because kbuild writes beside what it reads and two kernels must not meet. A
# stamp over all contents skips what was built before. UNDERVISOR_BUILD moves
# the build directory.
set -euo pipefail

TOP=$(cd "$(dirname "$0")/.." && pwd)
CACHE=$("$TOP/tools/setup.sh" --cache)
BUILD=${UNDERVISOR_BUILD:-$TOP/build}
KSFT=$CACHE/linux/tools/testing/selftests
JOBS=$(nproc)
KBUILD_ARGS=()
SUFFIX=

die() { echo "build: $*" >&2; exit 1; }

# Whatever failed on a full disk has said so amid much else.
ended() {
	local status=$? dir
	[ $status != 0 ] || return 0
	for dir in "$BUILD" "${TMPDIR:-/tmp}"; do
		[ "$(df -m --output=avail "$dir" | tail -n 1)" -gt 1 ] ||
			echo "build: no space left in $dir: free some, or choose another" \
				"directory by UNDERVISOR_BUILD or TMPDIR" >&2
	done
}

source_files() {
	cd "$TOP"
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -z -co --exclude-standard
	else
		find . -path ./build -prune -o -type f -printf '%P\0'
	fi | while IFS= read -r -d '' file; do
		if [ -e "$file" ]; then printf '%s\0' "$file"; fi
	done | sort -z
}

# copy_source DIR: makes DIR/src follow the checkout; what kbuild made stays.
copy_source() {
	mkdir -p "$1/src"
	source_files >"$1/files.new"
	if [ -e "$1/files" ]; then
		comm -z -13 "$1/files.new" "$1/files" | (cd "$1/src" && xargs -0r rm -f)
	fi
	rsync -a --checksum --from0 --files-from="$1/files.new" "$TOP/" "$1/src/"
	mv "$1/files.new" "$1/files"
}

contents() {
	(cd "$1/src" && xargs -0 sha256sum <"$1/files")
	printf '%s\n' "$1" "${KBUILD_ARGS[*]}"
	[ ! -e "$2" ] || cat "$2"
}

# up_to_date DIR FILE: whether DIR was built from this very source; FILE says
# what else counts.
up_to_date() {
	contents "$1" "$2" | sha256sum >"$1/stamp.new"
	cmp -s "$1/stamp.new" "$1/stamp"
}

# Warnings are seen better without the rest.
quiet_make() {
	make -s --no-print-directory -j"$JOBS" "$@"
}

build_kernel() {
	local dir kdir root
	kdir=$(readlink -e "$CACHE/kernels/$1/build") || die "no kernel $1: run tools/setup.sh"
	dir=$BUILD/$(basename "$(readlink -f "$CACHE/kernels/$1")")$SUFFIX
	root=$dir/root/root
	mkdir -p "$dir"
	exec 8>"$dir/.lock"
	flock 8
	copy_source "$dir"
	up_to_date "$dir" "$CACHE/kernels/$1/release" && return 0
	rm -rf "$dir/root"
	mkdir -p "$root"
	quiet_make -C "$kdir" M="$dir/src" "${KBUILD_ARGS[@]}" modules
	quiet_make -C "$kdir" M="$dir/src/selftests/modules" "${KBUILD_ARGS[@]}" modules
	cp "$dir/src/undervisor.ko" "$dir/src/logreader/vmmlog.ko" \
		"$dir/src/selftests/modules/"*.ko "$root/"
	mv "$dir/stamp.new" "$dir/stamp"
}

build_user() {
	local tool dir=$BUILD/user root=$BUILD/user/root
	mkdir -p "$dir"
	exec 8>"$dir/.lock"
	flock 8
	copy_source "$dir"
	up_to_date "$dir" "$CACHE/linux/.complete" && return 0
	rm -rf "$root"
	mkdir -p "$root"
	quiet_make -C "$dir/src/userspace" LDFLAGS=-static
	quiet_make -C "$dir/src/userspace" LDFLAGS=-static install \
		DESTDIR="$dir/inst" PREFIX=/usr
	install -D -t "$root/usr/bin" "$dir/inst/usr/bin/"*
	install -D -t "$root/usr/lib" "$dir/inst/usr/lib/libvmmcall.so.1"
	for tool in raw-vmmcall next-kernel; do
		gcc -static -O2 -Wall -o "$root/usr/bin/$tool" \
			"$dir/src/selftests/rigs/$tool.c"
	done
	quiet_make -C "$dir/src/selftests" KSFT="$KSFT" SOLIB=1 RPATH=/usr/lib \
		INSTALL_PATH="$root" install
	quiet_make -C "$dir/src/selftests/lib" -f combos.mk windows KSFT="$KSFT" \
		OUT=windows OBJ=windows.o
	"$dir/src/selftests/lib/python.sh" "$dir/python"
	# The guest has no C library of its own. (Programs that test a shared object can't
	# be static.)
	"$TOP/tools/libraries.py" "$dir/python"
	mkdir -p "$root/selftests/x86"
	# Linux's own, built with warnings that are not ours to mend
	quiet_make -C "$KSFT/x86" CC="gcc -w -Wa,-W" OUTPUT="$root/selftests/x86"
	strip "$root/selftests/x86/"*
	"$TOP/tools/libraries.py" "$root"
	mv "$dir/stamp.new" "$dir/stamp"
}

while getopts k:n: opt; do
	case $opt in
	k) read -ra KBUILD_ARGS <<<"$OPTARG" ;;
	n) SUFFIX=$OPTARG ;;
	*) die "see the top of this script" ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || die "build what? See the top of this script"
mkdir -p "$BUILD" || die "can't write to $BUILD: choose another directory by UNDERVISOR_BUILD"
trap ended EXIT
for what; do
	if [ "$what" = user ]; then
		build_user
	else
		build_kernel "$what"
	fi
done
