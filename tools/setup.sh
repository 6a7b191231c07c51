#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# setup.sh - make a Debian machine ready to build Undervisor and to test it
#
# Installs the packages that are missing and fills the cache with what the
# test machines boot and build against:
#
#   $CACHE/kernels/NAME/{vmlinuz,modules,build}   build only for *-generic
#   $CACHE/kernels/default                        link to the suite's own kernel
#   $CACHE/kernels/debug                          by debug-kernel.sh, if called
#   $CACHE/linux/                                 kselftest, its x86 tests, checkpatch
#   $CACHE/wine/                                  what a Windows program needs to run
#
# Kernels are unpacked, never installed, and the machine's own package lists
# are left alone: the lists used here live in the cache. Running it again costs
# nothing once everything is there.
#
# usage: tools/setup.sh [--refresh]     --refresh looks for newer kernels
#        tools/setup.sh --backports     that suite's kernel too; Debian 12 has it anyway
#        tools/setup.sh --cache         print the cache directory and end
#        tools/setup.sh --copy DIR      the cache once more, as DIR, for another user
#        tools/setup.sh --source DIR    the kernel's source, for DIR, and what building
#                                       it takes
set -euo pipefail
shopt -s inherit_errexit

# For programs of root's, which dpkg calls: su leaves them out.
PATH=$PATH:/usr/sbin:/sbin

CACHE=${UNDERVISOR_CACHE:-${XDG_CACHE_HOME:-${HOME-}/.cache}/undervisor}
TREE=$CACHE/kernels/tree
APT=$CACHE/apt

PACKAGES=(
	bc binutils bochs bochs-term bochsbios busybox-static clang cpio g++
	g++-mingw-w64-i686-win32 g++-mingw-w64-x86-64-win32 gcc gcc-multilib git
	isolinux kmod less libc6-dev libclang-rt-dev libcmocka-dev libedit-dev libelf1 make
	mandoc minicom perl pkgconf python3 python3-pexpect qemu-system-x86 rsync screen
	shellcheck sparse syslinux-common tmux xorriso xz-utils
)

# For who builds a kernel
KERNEL_PACKAGES=(bison flex libelf-dev)

# What the cache takes before all is there, unpacked archives and their sources included
NEEDED_MB=1000

say() { printf 'setup: %s\n' "$*" >&2; }

# die LINE: the last thing said, and it says what to do; also in a subshell, for status 3
# makes its parent end without a word.
die() {
	say "$*"
	exit 3
}

free_mb() {
	df -m --output=avail "$CACHE" | tail -n 1 | tr -d ' '
}

# Whatever command it was that failed has said how.
ended() {
	local status=$?
	case $status in 0 | 3) return ;; esac
	[ "$(free_mb)" -gt 1 ] || die "no space left for $CACHE: $MOVE_IT"
	die "stopped by the error above; 'make setup' tries again"
}
MOVE_IT="free some, or choose another directory by UNDERVISOR_CACHE"

# A mirror or a proxy that stumbles once is normal in a CI run.
retry() {
	local n
	for n in 1 2 3 4; do
		"$@" && return 0
		say "'$*' failed (try $n)"
		[ $n = 4 ] || sleep $((n * 3))
	done
	return 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# may_install PACKAGE...: dies where nobody may
may_install() {
	[ "$(id -u)" != 0 ] || return 0
	command -v sudo >/dev/null || die "as root, run: apt install $*"
	sudo -v || die "sudo does not let you install packages; as root, run: apt install $*"
}

# libelf1 became libelf1t64 in Debian 13: a provider counts as well.
is_installed() {
	grep -Eq "^installed (.*, )?${1//+/[+]}( \([^)]*\))?," <<<"$INSTALLED"
}

install_packages() {
	local p missing=()
	# shellcheck disable=SC2016 # the fields are dpkg's, not the shell's
	INSTALLED=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides},\n')
	for p in "${PACKAGES[@]}"; do
		is_installed "$p" || missing+=("$p")
	done
	[ ${#missing[@]} = 0 ] && return 0
	may_install "${missing[@]}"
	say "installing ${missing[*]}"
	retry as_root apt-get -qq -o Acquire::Retries=3 update || die "$NO_NETWORK"
	retry as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		-o Acquire::Retries=3 install --no-install-recommends "${missing[@]}" \
		>/dev/null || die "apt can't install the packages, see above: $NO_NETWORK"
}
NO_NETWORK="the network, apt's sources and its proxy have to work: try 'apt-get update'"

# apt WHICH COMMAND...: apt-get or apt-cache over the lists in $APT/WHICH, with
# an empty status file so that what is installed here has no say.
apt() {
	local dir=$APT/$1 cmd=$2 opts
	shift 2
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	: >"$dir/status"
	opts=(-o Dir::State::lists="$dir/lists" -o Dir::State::status="$dir/status"
		-o Dir::Cache="$dir" -o Dir::Cache::archives="$dir/archives"
		-o APT::Sandbox::User=root -o Acquire::Retries=3
		-o Acquire::Languages=none)
	if [ -e "$dir/arch" ]; then
		opts+=(-o APT::Architecture="$(cat "$dir/arch")"
			-o APT::Architectures="$(cat "$dir/arch")")
	fi
	if [ -e "$dir/sources.list" ]; then
		opts+=(-o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=-)
	fi
	"$cmd" -qq "${opts[@]}" "$@"
}

# shellcheck source=/dev/null
codename() { (. /etc/os-release && echo "$VERSION_CODENAME"); }

# The mirror comes from whatever sources the machine has, in either format.
mirror_uri() {
	# shellcheck disable=SC2016 # the fields are apt's, not the shell's
	apt own apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' |
		awk -v r="$(codename)" '$2 == r && $3 == "main" { print $1; exit }'
}

# To apt-get, lists that it can't fetch are no error.
own_lists() {
	apt own apt-get update && [ -n "$(mirror_uri)" ]
}

update_own() {
	[ -e "$APT/own/updated" ] && return 0
	retry own_lists || die "no package lists of $(codename)/main: $NO_NETWORK"
	touch "$APT/own/updated"
}

backports_lists() {
	apt backports apt-get update &&
		apt backports apt-cache show linux-image-cloud-amd64 >/dev/null
}

update_backports() {
	local uri dir=$APT/backports
	[ -e "$dir/updated" ] && return 0
	update_own
	uri=$(mirror_uri)
	[ -n "$uri" ] || die "no mirror of $(codename)/main in apt's sources: add one"
	mkdir -p "$dir"
	echo "deb $uri $(codename)-backports main" >"$dir/sources.list"
	retry backports_lists || die "no package lists of $(codename)-backports: $NO_NETWORK"
	touch "$dir/updated"
}

depends_on() {
	apt "$1" apt-cache depends --important "$2" |
		sed -n 's/^ *|\?Depends: *//p'
}

# unpack WHICH PACKAGE: into the common tree; the paths all carry a version.
unpack() {
	local deb stamp=$TREE/.$2
	[ -e "$stamp" ] && return 0
	say "fetching $2"
	mkdir -p "$TREE" "$APT/debs"
	rm -f "$APT/debs/$2"_*.deb
	(cd "$APT/debs" && retry apt "$1" apt-get download "$2") || die "can't fetch $2: $NO_NETWORK"
	deb=$(echo "$APT/debs/$2"_*.deb)
	dpkg -x "$deb" "$TREE" || die "can't unpack $2: $MOVE_IT"
	rm -f "$deb"
	touch "$stamp"
}

# fetch_files WHICH PACKAGE DIR PATTERN...: some of a package's files
fetch_files() {
	local which=$1 package=$2 dir=$3 deb
	shift 3
	say "fetching $package ($which)"
	mkdir -p "$APT/debs" "$dir"
	rm -f "$APT/debs/$package"_*.deb
	(cd "$APT/debs" && retry apt "$which" apt-get download "$package") || return 1
	deb=$(echo "$APT/debs/$package"_*.deb)
	dpkg-deb --fsys-tarfile "$deb" | tar -C "$dir" -x --wildcards "$@" || return 1
	rm -f "$deb"
}

# Wine's packages are 700 MB, and its 32-bit one would need a second architecture
# on this machine. A console program needs a few files of each.
fetch_wine() {
	local dll dir=$CACHE/wine files=('./usr/lib/*/wine/*-unix/ntdll.so')
	[ -e "$dir/.complete" ] && return 0
	update_own
	mkdir -p "$APT/i386"
	echo i386 >"$APT/i386/arch"
	echo "deb $(mirror_uri) $(codename) main" >"$APT/i386/sources.list"
	retry apt i386 apt-get update || return 1
	for dll in ntdll kernel32 kernelbase msvcrt; do
		files+=("./usr/lib/*/wine/*-windows/$dll.dll")
	done
	rm -rf "$dir"
	fetch_files own wine64 "$dir" './usr/lib/wine/*' &&
		fetch_files i386 wine32 "$dir" './usr/lib/wine/*' &&
		fetch_files i386 libwine "$dir" "${files[@]}" &&
		fetch_files own libwine "$dir" "${files[@]}" './usr/share/wine/nls/*' &&
		fetch_files own libunwind8 "$dir" '*/lib/*/libunwind.so.8*' &&
		fetch_files own liblzma5 "$dir" '*/lib/*/liblzma.so.5*' &&
		fetch_files own libgcc-s1 "$dir" '*/lib/*/libgcc_s.so.1' &&
		fetch_files i386 libgcc-s1 "$dir" '*/lib/*/libgcc_s.so.1' || return 1
	# Debian 13's looks for them there.
	mkdir -p "$dir/usr/share/wine/wine"
	ln -sfn ../nls "$dir/usr/share/wine/wine/nls"
	touch "$dir/.complete"
}

# Debian's header packages name each other by absolute path, for they expect to
# be installed.
relocate_headers() {
	local file
	grep -rlIE '(^|[ =])/usr/(src|lib)/linux-' "$1" --include=Makefile \
		--include=.kernelvariables 2>/dev/null |
		while read -r file; do
			sed -i -E "s,(^|[ =])/usr/(src|lib)/linux-,\1$TREE/usr/\2/linux-," "$file"
		done || true
}

# first_of PATH...: the first one that exists
first_of() {
	local path
	for path; do
		[ ! -e "$path" ] || break
	done
	echo "$path"
}

# fetch_image WHICH RELEASE DIR: what DIR/vmlinuz and DIR/modules then point to. From
# 7.x on they are in packages of their own.
fetch_image() {
	local dep modules
	unpack "$1" "linux-image-$2"
	for dep in $(depends_on "$1" "linux-image-$2" | grep -E '^linux-(binary|modules)-'); do
		unpack "$1" "$dep"
	done
	modules=$(first_of "$TREE/lib/modules/$2" "$TREE/usr/lib/modules/$2")
	ln -sfn "$modules" "$3/modules"
	ln -sfn "$(first_of "$TREE/boot/vmlinuz-$2" "$modules/vmlinuz")" "$3/vmlinuz"
}

# fetch_kernel WHICH FLAVOUR: unpacks image (cloud only) and headers, and prints
# the name under which they are reached, e.g. 6.1 or 6.1-generic.
fetch_kernel() {
	local which=$1 flavour=$2 meta headers dep release name dir
	meta=linux-headers${flavour:+-$flavour}-amd64
	headers=$(depends_on "$which" "$meta" | grep -m1 '^linux-headers-') ||
		die "$meta depends on no linux-headers package"
	release=${headers#linux-headers-}
	name=$(echo "$release" | grep -oE '^[0-9]+\.[0-9]+')
	[ "$flavour" = cloud ] || name=$name-generic
	dir=$CACHE/kernels/$name
	mkdir -p "$dir"

	unpack "$which" "$headers"
	for dep in $(depends_on "$which" "$headers" | grep -E '^linux-(headers|kbuild)-'); do
		unpack "$which" "$dep"
		relocate_headers "$TREE/usr/src/$dep"
	done
	relocate_headers "$TREE/usr/src/$headers"
	# Type information for the kernel's own, newer pahole; modules do without.
	rm -f "$TREE/usr/src/$headers/vmlinux"
	ln -sfn "$TREE/usr/src/$headers" "$dir/build"
	[ "$flavour" != cloud ] || fetch_image "$which" "$release" "$dir"
	echo "$release" >"$dir/release"
	echo "$name"
}

fetch_kernels() {
	local name
	[ -e "$CACHE/kernels/.complete" ] && return 0
	update_own
	name=$(fetch_kernel own cloud)
	ln -sfn "$name" "$CACHE/kernels/default"
	fetch_kernel own '' >/dev/null
	# The kernel of the release after it. What later suites have there still moves, and
	# may be one that nobody has tried.
	[ "$(codename)" != bookworm ] || fetch_backports
	touch "$CACHE/kernels/.complete"
}

fetch_backports() {
	update_backports
	fetch_kernel backports cloud >/dev/null
	fetch_kernel backports '' >/dev/null
}

# unpack_source DIR [PATTERN...]: the suite's own kernel source, or some files of it. The
# package's name is left in DIR/.complete.
unpack_source() {
	local package dir=$1
	shift
	update_own
	package=$(depends_on own linux-source | grep -m1 '^linux-source-') ||
		die "linux-source depends on nothing"
	unpack own "$package"
	mkdir -p "$dir"
	tar -C "$dir" --strip-components=1 --wildcards \
		-xf "$TREE/usr/src/$package.tar.xz" "${@/#/$package/}"
	rm -rf "$TREE/usr/src/$package.tar.xz" "$TREE/.$package"
	echo "$package" >"$dir/.complete"
}

# kselftest's framework, its x86 tests and checkpatch. Builds may be reading what there
# was: it is replaced in one go.
fetch_linux_source() {
	local dir=$CACHE/linux new=$CACHE/linux.new
	[ -e "$dir/arch/x86/include/asm/desc_defs.h" ] && return 0
	rm -rf "$new" "$dir.old"
	say "unpacking kselftest and checkpatch"
	unpack_source "$new" scripts/checkpatch.pl scripts/spelling.txt \
		scripts/const_structs.checkpatch scripts/subarch.include \
		tools/testing/selftests/lib.mk 'tools/testing/selftests/kselftest*.h' \
		'tools/testing/selftests/kselftest/*' 'tools/testing/selftests/x86/*' \
		arch/x86/include/asm/desc_defs.h
	[ ! -e "$dir" ] || mv "$dir" "$dir.old"
	mv "$new" "$dir"
	rm -rf "$dir.old"
}

# copy_cache DIR: hard links where they can be, but for the state of apt, which writes to
# it. Links and Debian's headers name their files by absolute path: what has such a path
# becomes a file of its own.
copy_cache() {
	local part file to
	to=$(realpath -m "$1")
	mkdir -p "$to"
	for part in apt linux wine kernels; do
		[ -e "$CACHE/$part" ] || continue
		if [ $part = apt ] || ! cp -alT "$CACHE/$part" "$to/$part" 2>/dev/null; then
			cp -aT "$CACHE/$part" "$to/$part"
		fi
	done
	# Half a GB of links to what only make check-debug needs
	rm -rf "$to/kernels/debug"
	find "$to/kernels" -type l -lname "$CACHE/*" -print0 |
		while IFS= read -r -d '' file; do
			ln -sfn "$to/$(readlink "$file" | tail -c +$((${#CACHE} + 2)))" "$file"
		done
	grep -rlIF "$CACHE/" "$to/kernels/tree" --include=Makefile \
		--include=.kernelvariables | xargs -r -d '\n' sed -i "s,$CACHE/,$to/,g"
}

main() {
	case ${1-} in
	--backports) ;;
	--cache) echo "$CACHE"; return ;;
	--copy) [ -n "${2-}" ] || die "--copy DIR" ;;
	--refresh) rm -f "$CACHE/kernels/.complete" "$CACHE/kernels/debug/release" \
		"$APT"/*/updated ;;
	--source) [ -n "${2-}" ] || die "--source DIR"; PACKAGES+=("${KERNEL_PACKAGES[@]}") ;;
	'') ;;
	*) die "usage: setup.sh [--refresh | --backports | --cache | --copy DIR | --source DIR]" ;;
	esac
	command -v apt-get >/dev/null || die "this needs Debian (apt-get)"
	# For the test that plays an ordinary user
	[ "$(id -u)" != 0 ] || PACKAGES+=(sudo)
	if ! mkdir -p "$CACHE" || ! [ -w "$CACHE" ]; then
		die "can't write to $CACHE: choose another directory by UNDERVISOR_CACHE"
	fi
	trap ended EXIT
	# Two runs at once would unpack over each other.
	exec 9>"$CACHE/.lock"
	flock 9
	if [ "${1-}" = --copy ]; then
		copy_cache "$2"
		return
	fi
	install_packages
	[ -e "$CACHE/kernels/.complete" ] || [ "$(free_mb)" -ge $NEEDED_MB ] ||
		die "$CACHE needs $NEEDED_MB MB, and $(free_mb) are free: $MOVE_IT"
	if [ "${1-}" = --source ]; then
		unpack_source "$2"
		return
	fi
	fetch_kernels
	[ "${1-}" != --backports ] || fetch_backports
	fetch_linux_source
	# Only some tests need it, and they say so.
	fetch_wine || say "no Wine: the Windows programs can't be run"
}

main "$@"
