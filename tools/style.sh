#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# style.sh - checkpatch, shellcheck and a few rules of our own, file by file
#
# usage: tools/style.sh [FILE...]    all files of the checkout by default
#
# The last line is 'N passed, N failed, N skipped'.
set -euo pipefail

TOP=$(cd "$(dirname "$0")/.." && pwd)
CACHE=$("$TOP/tools/setup.sh" --cache)
SCRATCH=$(mktemp -d)
mkdir "$SCRATCH/include"
trap 'rm -rf "$SCRATCH"' EXIT
passed=0
failed=0

# What checkpatch can't know about a module outside of the kernel's tree
IGNORE=(
	NEW_TYPEDEFS           # the call ABI names its types with typedef
	FILE_PATH_CHANGES      # there is no MAINTAINERS here
	SPDX_LICENSE_TAG       # our own rule below; headers may be MIT OR GPL
	LINUX_VERSION_CODE     # one source for kernels 6.1 to 7.3
	CONST_STRUCT           # kernel structures that share a name with ours
	AVOID_EXTERNS          # symbols of assembly and of the linker script
	EMBEDDED_FUNCTION_NAME # "vmsave" in vmsave() is the instruction
	STATIC_CONST_CHAR_ARRAY # a backend's name is another file's to read
)

# ... and about code that has none of the kernel's headers
IGNORE_NOT_LINUX=(
	ARCH_DEFINES ARRAY_SIZE BIT_MACRO CAMELCASE PREFER_DEFINED_ATTRIBUTE_MACRO
	PREFER_KERNEL_TYPES STRCPY USE_SPINLOCK_T VOLATILE
)

# ... and about single files: PATH:TYPES
IGNORE_IN_FILE=(
	"core/types.h:COMPLEX_MACRO" # attributes can't stand in parentheses
	"core/regs.h:SPACING"        # assembly: % begins a register's name
	"core/outer_call.h:SPACING,SUSPECT_CODE_INDENT" # the same, and .if is no block
	"vmx/hw.h:COMPLEX_MACRO,MACRO_ARG_REUSE,MACRO_ARG_UNUSED" # a list, expanded item by item
	"vmx/enter.c:MACRO_ARG_UNUSED" # an item of it
	"svm/fields.c:MACRO_ARG_REUSE,MACRO_ARG_PRECEDENCE" # a member, for offsetof()
	# KERNEL_VERSION(), ops, the name of a header
	"driver/compat.h:CONSTANT_COMPARISON,LINE_SPACING,SPACING"
	"selftests/lib/combos.c:TRAILING_SEMICOLON" # a list, expanded item by item
	"selftests/unit/test_vmx_check.c:COMPLEX_MACRO" # two items of a table
	"selftests/unit/test_dbgsh.c:STRING_FRAGMENTS" # where an escape ends
)

verdict() {
	local name=$1 output=$2
	if [ -z "$output" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL %s\n%s\n' "$name" "$output"
	fi
}

ignored_for() {
	local types=("${IGNORE[@]}") entry
	case $1 in
	driver/* | logreader/* | selftests/modules/*) ;;
	*) types+=("${IGNORE_NOT_LINUX[@]}") ;;
	esac
	for entry in "${IGNORE_IN_FILE[@]}"; do
		[ "${entry%%:*}" != "$1" ] || types+=("${entry#*:}")
	done
	(IFS=,; echo "${types[*]}")
}

# From elsewhere and with a root of its own, for it leaves a cache file where it
# stands and looks below the root for names that Linux uses.
checkpatch() {
	cd "$SCRATCH"
	perl "$CACHE/linux/scripts/checkpatch.pl" --no-tree --root="$SCRATCH" --strict \
		--terse --no-summary --show-types --color=never \
		--ignore "$(ignored_for "$1")" -f "$TOP/$1" 2>&1 | sed "s,^$TOP/,," || true
}

is_source() {
	case $1 in
	LICENSE* | *.md | *.txt | *.[1-9] | *.in | *.map | .gitignore) return 1 ;;
	*.c | *.h | *.S | *.lds | *.py | *.sh | *Makefile | *Kbuild) return 0 ;;
	esac
	head -c 2 "$1" | grep -q '^#!'
}

# Paths of the machine on which someone works, and mirrors, belong nowhere.
foreign_words() {
	local own=()
	# A path as short as /src is a piece of many innocent ones.
	[[ $TOP != /*/* ]] || own+=(-e "$(sed 's/[][\.*^$/]/\\&/g' <<<"$TOP")/")
	grep -nHIE "${own[@]}" -e '(^|[^[:alnum:]_.])/(home|Users)/[[:alnum:]]' \
		-e '\b(deb|ftp|security|snapshot)(\.[a-z]+)?\.debian\.org' "$1" || true
}

spdx() {
	head -n 3 "$1" | grep -q 'SPDX-License-Identifier: ' || echo "$1: no SPDX line"
}

is_shell() {
	head -n 1 "$1" | grep -Eq '^#!.*/(ba|da)?sh\b'
}

files() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files -co --exclude-standard
	else
		find . -path ./build -prune -o -type f -printf '%P\n'
	fi
}

check_file() {
	verdict "words $1" "$(foreign_words "$1")"
	is_source "$1" || return 0
	verdict "spdx $1" "$(spdx "$1")"
	case $1 in
	*.c | *.h | *.S) verdict "checkpatch $1" "$(checkpatch "$1")" ;;
	esac
	if is_shell "$1"; then
		verdict "shellcheck $1" "$(shellcheck "$1" 2>&1)"
	fi
}

cd "$TOP"
[ $# -gt 0 ] || mapfile -t list < <(files)
for file in "${@:-${list[@]}}"; do
	[ ! -f "$file" ] || [ -L "$file" ] || check_file "$file"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
