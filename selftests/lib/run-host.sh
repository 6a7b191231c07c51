#!/bin/bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# run-host.sh - libvmmcall and the tools on this machine, without Undervisor
#
# With each compiler there is, for 32 and 64 bits, and with many flags. Prints
# one TAP result for each build or program. KSFT is the directory of kselftest.h.

cd "$(dirname "$0")" || exit 1
if [ -z "$KSFT" ]; then
	KSFT=$(../../tools/setup.sh --cache)/linux/tools/testing/selftests
fi
if [ ! -e "$KSFT/kselftest.h" ]; then
	echo "Bail out! no kselftest.h in $KSFT"
	exit 1
fi
USERSPACE=../../userspace
WARNINGS="-Wall -Wextra -Werror -Wshadow -Wno-unused-parameter"
TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"' EXIT
number=0
failed=0

# try WHAT COMMAND...: one result; the output is shown if it fails
try() {
	local what=$1 status
	shift
	number=$((number + 1))
	"$@" >"$TMP/log" 2>&1 </dev/null
	status=$?
	if [ "$status" = 0 ]; then
		echo "ok $number $what"
	else
		failed=$((failed + 1))
		echo "not ok $number $what"
		sed 's/^/# /' "$TMP/log"
		echo "# status $status"
	fi
	return "$status"
}

# try_not WHAT COMMAND...: a command that has to fail
fails() {
	! "$@"
}
try_not() {
	local what=$1
	shift
	try "$what" fails "$@"
}

skip() {
	number=$((number + 1))
	echo "ok $number $1 # SKIP $2"
}

cxx_of() {
	case $1 in
	gcc) echo g++ ;;
	*) echo "$1++" ;;
	esac
}

# The header, by itself, in a strict dialect.
test_header() {
	local cc=$1 m=$2 dialect=$3

	cat >"$TMP/header.c" <<-'EOF'
		#include "call_vmm.h"
		int f(call_vmm_function_t *function);
		int f(call_vmm_function_t *function)
		{
			CALL_VMM_GET_FUNCTION("header", function);
			return call_vmm_function_callable(function);
		}
	EOF
	# shellcheck disable=SC2086 # lists of flags
	try "header: $cc $m $dialect" \
		$cc $m $dialect $WARNINGS -pedantic -I$USERSPACE \
		-c "$TMP/header.c" -o "$TMP/header.o"
}

test_headers() {
	local cc=$1 m=$2 cxx dialect

	cxx=$(cxx_of "$cc")
	for dialect in "-std=c99" "-std=gnu11" "-std=gnu11 -masm=intel" \
		"-std=gnu11 -fPIC -masm=intel"; do
		test_header "$cc" "$m" "$dialect"
	done
	for dialect in "-std=c++98" "-std=c++17 -Wold-style-cast"; do
		test_header "$cxx" "$m" "-x c++ $dialect -Wno-long-long"
	done
}

# All of userspace/, and the programs that test the library.
test_library() {
	local cc=$1 m=$2 flags=$3 link=$4 dir=$TMP/build program
	local what="$cc $m $flags ${link:-dynamic}"

	rm -rf "$dir"
	try "build: $what" make -s -C $USERSPACE O="$dir" CC="$cc" \
		CFLAGS="$m $flags $WARNINGS" LDFLAGS="$link" || return
	for program in test_lookup test_threads; do
		# shellcheck disable=SC2086 # lists of flags
		try "build $program: $what" \
			$cc $m $flags $WARNINGS -std=gnu11 -I$USERSPACE \
			-I"$KSFT" $program.c -pthread $link \
			-Wl,-rpath,"$dir" -L"$dir" -lvmmcall \
			-o "$dir/$program" &&
			try "$program: $what" timeout 120 "$dir/$program"
	done
}

# build_macro CC M FLAGS KIND OUTPUT INCLUDE: test_macro, in one of three kinds
build_macro() {
	local cc=$1 m=$2 flags=$3 kind=$4 out=$5 include=$6 cxx
	local lib=$TMP/lib-$cc$m

	cxx=$(cxx_of "$cc")
	case $kind in
	no-pie) flags="$flags -fno-pie" ;;
	pie) flags="$flags -fPIE" ;;
	shared) flags="$flags -fPIC" ;;
	esac
	# shellcheck disable=SC2086 # lists of flags
	{
		$cc $m $flags $WARNINGS -Wno-misleading-indentation -std=gnu11 \
			-I"$include" -I"$KSFT" -c test_macro.c -o "$out.o" &&
		$cxx $m $flags $WARNINGS -Wno-misleading-indentation \
			-fno-exceptions -fno-rtti -I"$include" \
			-c test_macro_cxx.cc -o "$out-cxx.o"
	} || return
	case $kind in
	no-pie | pie)
		"$cc" "$m" "-$kind" "$out.o" "$out-cxx.o" "$lib/libvmmcall.a" \
			-pthread -o "$out"
		;;
	shared)
		# -z text: not one relocation in the code
		"$cc" "$m" -shared -Wl,-z,text "$out-cxx.o" -o "$out-cxx.so" &&
		"$cc" "$m" -rdynamic -pie "$out.o" "$out-cxx.so" \
			-Wl,-rpath,"$lib" -L"$lib" -lvmmcall -o "$out"
		;;
	esac
}

test_macros() {
	local cc=$1 m=$2 o kind out=$TMP/test_macro

	try "library for the macros: $cc $m" make -s -C $USERSPACE lib CC="$cc" \
		CFLAGS="-O2 $m" O="$TMP/lib-$cc$m" || return
	for o in -O0 -O1 -O2 -O3 "-O2 -flto -ffat-lto-objects" \
		"-O2 -ffunction-sections"; do
		[ "$cc" = gcc ] || o=${o%% -flto*}
		for kind in no-pie pie shared; do
			try "build test_macro: $cc $m $o $kind" \
				build_macro "$cc" "$m" "$o" $kind "$out" \
				$USERSPACE || continue
			try "test_macro: $cc $m $o $kind" timeout 60 "$out"
			try "pages: $cc $m $o $kind" ./check_page.py "$out.o" 256
			try "pages, C++: $cc $m $o $kind" \
				./check_page.py "$out-cxx.o" 6
		done
	done
}

# Without the alignment, both tests of it have to notice.
test_tests() {
	local out=$TMP/unaligned

	mkdir -p "$out.h"
	sed 's/\.p2align 12,,%c1/nop #/' $USERSPACE/call_vmm.h >"$out.h/call_vmm.h"
	try "build without the alignment" \
		build_macro gcc -m64 -O2 no-pie "$out" "$out.h" || return
	try_not "test_macro notices" "$out"
	try_not "check_page.py notices" ./check_page.py "$out.o" 256
}

test_tools() {
	local m=$1 dir=$TMP/tools$1 tool

	try "build the tools: $m" make -s -C $USERSPACE O="$dir" \
		CFLAGS="-g $m -fsanitize=undefined -fno-sanitize-recover" &&
	try "build the fake VMM: $m" \
		gcc "$m" $USERSPACE/../selftests/lib/fake_vmm.c -c -o "$dir/fake.o" &&
	try "build test_term" gcc -O2 -Wall -I"$KSFT" test_term.c \
		-o "$dir/test_term" || return
	for tool in dbgsh vmmcall; do
		try "build $tool.fake: $m" gcc "$m" -fsanitize=undefined \
			"$dir/$tool"*.o "$dir/fake.o" "$dir/libvmmcall.a" \
			-o "$dir/$tool.fake" || return
	done
	try "tools in a pipe: $m" ./test_tools.sh "$dir"
	try "dbgsh on a terminal: $m" "$dir/test_term" "$dir/dbgsh.fake"
}

echo "TAP version 13"
for cc in gcc clang; do
	if ! command -v $cc >/dev/null; then
		skip "$cc" "not installed"
		continue
	fi
	for m in -m64 -m32; do
		test_headers $cc $m
		test_library $cc $m -O2 ""
		test_library $cc $m -O0 -static
		test_macros $cc $m
	done
done
test_tests
test_tools -m64
test_tools -m32
try "man pages" make -s -C $USERSPACE lint
echo "1..$number"
[ "$failed" = 0 ]
