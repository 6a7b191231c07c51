#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# debug-kernel.sh - build the kernel of make check-debug, unless the cache has it
#
# From the suite's own linux-source, with the options of debug-kernel.config:
#
#   $CACHE/kernels/debug/{vmlinuz,modules,build,release}
#
# where build is the part of the tree that modules are built against. It is not
# one of the kernels that make check builds for. It is built anew when its options have
# changed; tools/setup.sh --refresh has it take a newer source the next time.
set -euo pipefail

TOOLS=$(cd "$(dirname "$0")" && pwd)
CACHE=$("$TOOLS/setup.sh" --cache)
KERNEL=$CACHE/kernels/debug
NEW=$CACHE/debug-kernel
CONFIG=$TOOLS/debug-kernel.config

# depmod is root's, where an ordinary user's PATH does not lead.
PATH=$PATH:/usr/sbin:/sbin

say() { printf 'debug-kernel: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

free_mb() { df -m --output=avail "$CACHE" | sed '1d; s/$/ MB are free for it/'; }

# Its options, as part of its name: modules of another one don't fit
stamp() { sha256sum <"$CONFIG" | head -c 8; }

kmake() {
	nice -n 5 make -s --no-print-directory -C "$NEW/src" -j"$(nproc)" "$@"
}

configure() {
	local line
	kmake KCONFIG_ALLCONFIG="$CONFIG" allnoconfig >/dev/null
	"$NEW/src/scripts/config" --file "$NEW/src/.config" \
		--set-str LOCALVERSION "-debug-$(stamp)"
	kmake olddefconfig >/dev/null
	grep '^CONFIG_' "$CONFIG" | while read -r line; do
		grep -qxF "$line" "$NEW/src/.config" || die "the kernel has no $line"
	done
}

# What kbuild reads for a module that is not the kernel's, as in Debian's headers
keep_headers() {
	mkdir -p "$NEW/kernel/build"
	(cd "$NEW/src" && find arch/x86 -maxdepth 1 -name 'Makefile*' &&
		printf '%s\n' Makefile .config Module.symvers include arch/x86/include \
			scripts tools/objtool/objtool) |
		tar -C "$NEW/src" -c -T - | tar -C "$NEW/kernel/build" -x
}

build() {
	local release
	rm -rf "$NEW"
	mkdir -p "$NEW"
	"$TOOLS/setup.sh" --source "$NEW/src"
	configure
	say "building the debug kernel: a few minutes"
	kmake bzImage modules >"$NEW/log" 2>&1 ||
		{ tail -n 30 "$NEW/log" >&2; die "the kernel can't be built: $(free_mb)"; }
	release=$(kmake kernelrelease)
	kmake INSTALL_MOD_PATH="$NEW/inst" INSTALL_MOD_STRIP=1 modules_install >/dev/null
	keep_headers
	cp "$NEW/src/arch/x86/boot/bzImage" "$NEW/kernel/vmlinuz"
	mv "$NEW/inst/lib/modules/$release" "$NEW/kernel/modules"
	echo "$release" >"$NEW/kernel/release"
	rm -rf "$KERNEL"
	mv "$NEW/kernel" "$KERNEL"
	rm -rf "$NEW"
}

mkdir -p "$CACHE"
exec 9>"$CACHE/.debug-kernel.lock"
flock 9
grep -q -- "-debug-$(stamp)$" "$KERNEL/release" 2>/dev/null || build 9>&-
