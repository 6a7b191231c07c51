#!/bin/bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# run-host.sh - libvmmcall and the tools on this machine, without Undervisor
#
# With each compiler there is, for 32 and 64 bits, and with many flags. Prints
# one TAP result for each build or program. KSFT is the directory of kselftest.h.
# What run-host.sh does is in sections, which run side by side and have a plan each.
# JOBS says how many at a time; a section's name as an argument runs that one alone.
#
# A kernel without IA32 emulation runs no 32-bit program. Those are built there as well,
# and their files checked, but not run. UNDERVISOR_NO_IA32=1 has it so on any kernel.

# What is tested is called by name, as an argument of try.
# shellcheck disable=SC2317


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
skipped_32=0

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

# why_not_32: the reason for which no 32-bit program can be run here, or nothing. One
# that can't be built is not a reason: it's what fails then.
why_not_32() {
	local program=$TMP/tiny

	if [ -n "${UNDERVISOR_NO_IA32-}" ]; then
		echo "UNDERVISOR_NO_IA32 is set"
	elif echo 'int main(void) { return 0; }' |
		gcc -m32 -static -x c -o "$program" - 2>/dev/null &&
		! "$program" 2>/dev/null; then
		echo "this kernel runs no 32-bit programs"
	fi
}

# run WIDTH WHAT COMMAND...: try, for what runs a program of that width
run() {
	local width=${1#-m}

	shift
	if [ "$width" = 32 ] && [ -n "$NO_32" ]; then
		skipped_32=$((skipped_32 + 1))
		skip "$1" "$NO_32"
	else
		try "$@"
	fi
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
			run "$m" "$program: $what" timeout 120 "$dir/$program"
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
		$cc $m $flags $WARNINGS -std=gnu11 -I"$include" \
			-c check_block.c -o "$out-check.o" &&
		$cxx $m $flags $WARNINGS -Wno-misleading-indentation \
			-fno-exceptions -fno-rtti -I"$include" \
			-c test_macro_cxx.cc -o "$out-cxx.o"
	} || return
	case $kind in
	no-pie | pie)
		"$cc" "$m" "-$kind" "$out"{,-check,-cxx}.o "$lib/libvmmcall.a" \
			-pthread -o "$out"
		;;
	shared)
		# -z text: not one relocation in the code
		"$cc" "$m" -shared -Wl,-z,text "$out-cxx.o" -o "$out-cxx.so" &&
		"$cc" "$m" -rdynamic -pie "$out"{,-check}.o "$out-cxx.so" \
			-Wl,-rpath,"$lib" -L"$lib" -lvmmcall -o "$out"
		;;
	esac
}

library_for_macros() {
	local cc=$1 m=$2

	try "library for the macros: $cc $m" make -s -C $USERSPACE lib CC="$cc" \
		CFLAGS="-O2 $m" O="$TMP/lib-$cc$m"
}

test_macros() {
	local cc=$1 m=$2 o kind out=$TMP/test_macro

	library_for_macros "$cc" "$m" || return
	for o in -O0 -O1 -O2 -O3 "-O2 -flto -ffat-lto-objects" \
		"-O2 -ffunction-sections"; do
		[ "$cc" = gcc ] || o=${o%% -flto*}
		for kind in no-pie pie shared; do
			try "build test_macro: $cc $m $o $kind" \
				build_macro "$cc" "$m" "$o" $kind "$out" \
				$USERSPACE || continue
			run "$m" "test_macro: $cc $m $o $kind" timeout 60 "$out"
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
	library_for_macros gcc -m64 &&
	try "build without the alignment" \
		build_macro gcc -m64 -O2 no-pie "$out" "$out.h" || return
	try_not "test_macro notices" "$out"
	try_not "check_page.py notices" ./check_page.py "$out.o" 256
}

# combos posix|windows DIRECTORY. A build for the guest has made them already.
combos() {
	make -s -j"$JOBS" -f combos.mk "$1" OUT="$2" OBJ="$2.o" KSFT="$KSFT"
}

# A part that uses the macro fewer than ten times is a part that wasn't compiled.
test_combos() {
	local dir=$PWD/combos width file

	try "build the combinations" combos posix "$dir" || return
	for width in 64 32; do
		for file in static no-pie static-pie pie; do
			run $width "combinations: $width $file" "$dir/$width-$file"
			try "pages: $width $file" ./check_page.py \
				"$dir/$width-$file" 80
		done
		run $width "combinations: $width shared" "$dir/$width-shared"
		for file in "$dir/lib$width"/*.so; do
			try "pages: $width ${file##*/}" ./check_page.py "$file" 10
		done
		run $width "thousands of uses: $width" "$dir/$width-uses"
		try "pages: thousands of uses: $width" ./check_page.py \
			"$dir/$width-uses" 4096 2000
	done
}

# A thousand uses, as each combination compiles them
test_uses() {
	local cc=$1 m=$2 o code

	awk -v n=1024 -f uses.awk >"$TMP/uses.c" || return
	for o in -O0 -O1 -O2 -O3; do
		for code in -fno-pie -fPIC; do
			# shellcheck disable=SC2086 # the compiler may have a flag
			try "build a thousand uses: $cc $m $o $code" \
				$cc $m $o $code -w -I. -I$USERSPACE \
				-c "$TMP/uses.c" -o "$TMP/uses.o" &&
				try "pages: a thousand uses: $cc $m $o $code" \
					./check_page.py "$TMP/uses.o" 1024 600
		done
	done
}

# wine WIDTH PROGRAM [ARGUMENT...]
wine() {
	WINEPREFIX=$TMP/wine$1 ./wine.sh "$@"
}

test_windows() {
	local dir=$PWD/windows width file

	WINE=$(../../tools/setup.sh --cache)/wine
	export WINE
	try "build for Windows" combos windows "$dir" || return
	try "Wine is there" test -e "$WINE/.complete" || return
	for width in 64 32; do
		for file in "$dir"/"$width"-O?{.exe,-dll/combo.exe}; do
			run $width "Wine: ${file#"$dir/"}" wine $width "$file"
			try "pages: ${file#"$dir/"}" ./check_page.py "$file" 10
		done
		for file in "$dir.o"/"$width"-O?/exe/{combo.c,cxx}.o; do
			try "pages: ${file#"$dir.o/"}" ./check_page.py "$file" 3
		done
		run $width "Wine: $width-test.exe" wine $width "$dir/$width-test.exe"
		run $width "Wine: $width-uses.exe" wine $width "$dir/$width-uses.exe"
		try "pages: $width-uses.exe" ./check_page.py \
			"$dir/$width-uses.exe" 4096 2000
		# Where none of its programs ran, there is no server to end.
		[ ! -d "$TMP/wine$width" ] ||
			WINEPREFIX=$TMP/wine$width "$WINE/usr/lib/wine/wineserver$width" -k
	done
}

# Clients wait for each other, those of other tests too: here they don't meet. Root stays
# root, and can be another user as well; a user has to become root to be let in.
apart() {
	local how

	for how in -n -rn; do
		if unshare "$how" true 2>/dev/null; then
			unshare "$how" "$@"
			return
		fi
	done
	"$@"
}

# The tools, with libedit where there is one
test_tools() {
	local m=$1 dir=$TMP/tools$1 tool libs="" plain=--plain

	try "build the tools: $m" make -s -C $USERSPACE O="$dir" \
		CFLAGS="-g $m -fsanitize=undefined -fno-sanitize-recover" &&
	try "build the fake VMM: $m" \
		gcc "$m" $USERSPACE/../selftests/lib/fake_vmm.c -c -o "$dir/fake.o" &&
	try "build test_name: $m" gcc "$m" -O2 -Wall -I$USERSPACE -I"$KSFT" test_name.c \
		"$dir/fake.o" $USERSPACE/call_vmm.c -o "$dir/test_name" &&
	run "$m" "names lie in one page: $m" "$dir/test_name" &&
	try "build test_term" gcc -O2 -Wall -I"$KSFT" test_term.c \
		-o "$dir/test_term" || return
	if [ -e "$dir/dbgsh_edit.o" ]; then
		libs=-ledit
		plain=
	fi
	for tool in dbgsh vmmcall; do
		# shellcheck disable=SC2086 # lists of flags
		try "build $tool.fake: $m" gcc "$m" -fsanitize=undefined \
			"$dir/$tool"*.o "$dir/fake.o" "$dir/libvmmcall.a" \
			$libs -o "$dir/$tool.fake" || return
	done
	run "$m" "tools in a pipe: $m" apart ./test_tools.sh "$dir"
	try "build the fake library: $m" gcc "$m" -shared -fPIC -o "$dir/fake.so" \
		fake_vmm.c $USERSPACE/call_vmm.c &&
	run "$m" "vmmcall and Python: $m" ./test_vmmcall.py "$dir/vmmcall.fake" \
		"$([ "$m" = -m32 ] || echo "$dir/fake.so")"
	run "$m" "dbgsh on a terminal, a byte a call: $m" \
		apart env FAKE_VMM=nobulk,noecho "$dir/test_term" "$dir/dbgsh.fake"
	# shellcheck disable=SC2086 # nothing, or an option
	run "$m" "dbgsh on a terminal: $m" apart ./test_dbgsh.py "$dir/dbgsh.fake" $plain
	# shellcheck disable=SC2086 # nothing, or an option
	run "$m" "dbgsh with another's rights: $m" \
		apart ./test_dbgsh_secure.py "$dir/dbgsh.fake" $plain
}

# editing WITH DIRECTORY: dbgsh has been built with libedit, or without
editing() {
	[ -x "$2/dbgsh" ] && [ -e "$2/dbgsh_$1.o" ]
}

# libedit_where WHAT edit|noedit PATTERN: how dbgsh is built where the compiler finds what
# it finds here, but no libraries of which the list matches PATTERN
libedit_where() {
	local dir=$TMP/edit

	rm -rf "$dir"
	printf '#!/bin/sh\ncase " $* " in\n%s) exit 1 ;;\nesac\nexec gcc "$@"\n' "$3" \
		>"$TMP/cc"
	chmod +x "$TMP/cc"
	try "dbgsh links: $1" make -s -C $USERSPACE tools CC="$TMP/cc" O="$dir" &&
		try "dbgsh's editor: $1" editing "$2" "$dir"
}

# A build that should have libedit and has not would be tested as one without.
test_libedit() {
	try "dbgsh is built with libedit" test -e "$TMP/tools-m64/dbgsh_edit.o" || return
	libedit_where "libedit without libbsd" edit '*" -lbsd "*'
	libedit_where "libedit needs libbsd" edit '*" -ledit "'
	libedit_where "no libedit" noedit '*" -ledit "*'
}

# exports FILE: just what the map lists
exports() {
	diff <(nm -D --defined-only "$1" | sed -n 's/.* T \([^@]*\)@@LIBVMMCALL_1.0$/\1/p') \
		<(sed -n 's/^\t\(call_vmm_[a-z_]*\);/\1/p' "$USERSPACE/libvmmcall.map")
}

# needs FILE NAME: the shared library by its versioned name
needs() {
	readelf -d "$1" | grep -q "NEEDED.*\[$2\]"
}

pkg_config() {
	PKG_CONFIG_LIBDIR=$TMP/installed/usr/lib/pkgconfig \
		PKG_CONFIG_SYSROOT_DIR=$TMP/installed pkg-config "$@" libvmmcall
}

# What a program of somebody else's is built with
test_installed() {
	local dir=$TMP/installed program=$TMP/program file

	try "install" make -s -C $USERSPACE install DESTDIR="$dir" PREFIX=/usr \
		PYTHONDIR=/usr/lib/python3/dist-packages O="$TMP/build" || return
	for file in bin/vmmcall bin/dbgsh include/call_vmm.h lib/libvmmcall.a \
		lib/libvmmcall.so lib/libvmmcall.so.1 lib/python3/dist-packages/call_vmm.py \
		share/man/man1/vmmcall.1 share/man/man3/call_vmm.3 \
		share/bash-completion/completions/vmmcall \
		share/bash-completion/completions/dbgsh; do
		try "installed: $file" test -s "$dir/usr/$file"
	done
	try "exports" exports "$dir/usr/lib/libvmmcall.so"
	cat >"$program.c" <<-'EOF'
		#include <call_vmm.h>

		int main(void)
		{
			call_vmm_function_t f;

			CALL_VMM_GET_FUNCTION("no such function", &f);
			return call_vmm_function_callable(&f);
		}
	EOF
	for file in gcc "g++ -x c++ -std=c++98"; do
		# shellcheck disable=SC2046,SC2086 # lists of flags
		{
			try "pkg-config: $file" $file "$program.c" -x none -o "$program" \
				$(pkg_config --cflags --libs)
			try "runs: $file" env LD_LIBRARY_PATH="$dir/usr/lib" "$program"
			try "needs libvmmcall.so.1: $file" needs "$program" libvmmcall.so.1
			try "pkg-config --static: $file" $file "$program.c" -x none -static \
				-o "$program" $(pkg_config --static --cflags --libs)
			try "runs, static: $file" "$program"
		}
	done
	try "Python and the library itself" env PYTHONDONTWRITEBYTECODE=1 \
		LIBVMMCALL="$dir/usr/lib/libvmmcall.so.1" \
		PYTHONPATH="$dir/usr/lib/python3/dist-packages" python3 -c \
		'import call_vmm; assert not call_vmm.Function("nothing").callable'
}

# With a kernel's build directory that does nothing but say where modules would go
modules_below() {
	mkdir -p "$TMP/kdir" || return
	# shellcheck disable=SC2016 # for make
	echo 'modules_install: ; @echo "$(INSTALL_MOD_PATH)" >$(RESULT)' >"$TMP/kdir/Makefile"
	make -s -C ../.. modules_install KDIR="$TMP/kdir" RESULT="$TMP/below" "$@" &&
		[ "$(cat "$TMP/below")" = "$TMP/there" ]
}

# The version is in three places, of which DKMS reads one.
one_version() {
	local version

	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' ../../dkms.conf)
	[ -n "$version" ] &&
		grep -q "^#define UNDERVISOR_VERSION.\"$version\"" ../../driver/driver.h &&
		grep -q "^#define UV_VERSION \"$version\"" ../../services/version.h
}

# What a distribution does with the modules
test_packaging() {
	try "modules go below DESTDIR" modules_below DESTDIR="$TMP/there"
	try "modules go below INSTALL_MOD_PATH" modules_below DESTDIR="$TMP/here" \
		INSTALL_MOD_PATH="$TMP/there"
	try "DKMS knows the version" one_version
	try "DKMS follows the kernel's updates" grep -q '^AUTOINSTALL="yes"' ../../dkms.conf
}

# All that a compiler makes of the library, in one width
test_compiler() {
	local cc=$1 m=$2

	if ! command -v "$cc" >/dev/null; then
		skip "$cc" "not installed"
		return
	fi
	test_headers "$cc" "$m"
	test_library "$cc" "$m" -O2 ""
	test_library "$cc" "$m" -O0 -static
	test_macros "$cc" "$m"
	test_uses "$cc" "$m"
}

test_all_tools() {
	test_tests
	test_tools -m64
	test_tools -m32
	test_libedit
	test_installed
	test_packaging
	test_without_ia32
	try "man pages" make -s -C $USERSPACE lint
	try "man pages of the modules" mandoc -Tlint -Wwarning ../../Documentation/man/*.8
}

# A program of each width
test_widths() {
	local width

	echo 'int main(void) { return 0; }' >"$TMP/program.c"
	for width in 64 32; do
		try "build for $width bits" gcc -m$width "$TMP/program.c" -o "$TMP/program" &&
			run $width "run $width bits" "$TMP/program"
	done
}

# foreign_gcc FILE: a compiler of which the 32-bit programs are for another machine, as it
# were: byte 18 of an ELF file says which
foreign_gcc() {
	mkdir -p "${1%/*}" || return
	cat >"$1" <<-EOF
		#!/bin/bash
		$(command -v gcc) "\$@" || exit
		case " \$* " in *" -m32 "*) ;; *) exit 0 ;; esac
		while [ "\$1" != -o ]; do shift; done
		printf '\377\376' | dd of="\$2" bs=1 seek=18 conv=notrunc status=none
	EOF
	chmod +x "$1"
}

# skips_32 REASON [VARIABLE...]: the 64-bit program is run, the other is not
skips_32() {
	local got why=$1

	shift
	got=$(env "$@" ./run-host.sh widths) && diff - <(echo "$got") <<-EOF
		TAP version 13
		# section widths
		ok 1 build for 64 bits
		ok 2 run 64 bits
		ok 3 build for 32 bits
		ok 4 run 32 bits # SKIP $why
		1..4
		# 1 not run: $why
	EOF
}

test_without_ia32() {
	try "no IA32 emulation, by order" skips_32 "UNDERVISOR_NO_IA32 is set" \
		UNDERVISOR_NO_IA32=1
	try "a compiler for another machine" foreign_gcc "$TMP/foreign/gcc" &&
		try "no IA32 emulation" skips_32 "this kernel runs no 32-bit programs" \
			PATH="$TMP/foreign:$PATH" UNDERVISOR_NO_IA32=
}

# section NAME: its results and its plan
section() {
	mkdir "$TMP/$1"
	TMP=$TMP/$1
	NO_32=$(why_not_32)
	case $1 in
	gcc-* | clang-*) test_compiler "${1%-*}" "-m${1#*-}" ;;
	combos) test_combos ;;
	windows) test_windows ;;
	tools) test_all_tools ;;
	widths) test_widths ;;
	*) echo "Bail out! no section $1" ;;
	esac
	echo "1..$number"
	[ "$skipped_32" = 0 ] || echo "# $skipped_32 not run: $NO_32"
	[ "$failed" = 0 ]
}

# run_section NAME: by itself, and its results in one piece
run_section() {
	local status all=$TMP

	# The directory is removed when all have ended.
	trap - EXIT
	section "$1" >"$TMP/$1.tap"
	status=$?
	flock "$all" sed "1i # section $1" "$all/$1.tap"
	exit "$status"
}

SECTIONS=(clang-64 clang-32 gcc-64 gcc-32 combos windows tools widths)
[ $# = 0 ] || SECTIONS=("$@")
JOBS=${JOBS:-$(nproc)}
echo "TAP version 13"
status=0
for name in "${SECTIONS[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do
		wait -n || status=1
	done
	run_section "$name" &
done
while [ "$(jobs -p | wc -l)" -gt 0 ]; do
	wait -n || status=1
	jobs >/dev/null
done
exit "$status"
