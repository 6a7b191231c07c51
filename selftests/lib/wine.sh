#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# wine.sh 64|32 PROGRAM [ARGUMENT...] - run a Windows program of the console
#
# With the few files of Wine that tools/setup.sh has unpacked to WINE, and a C: drive
# with four DLLs in WINEPREFIX, which is made if need be. No display, no registry.

root=${WINE:?the directory of unpacked Wine packages}
prefix=${WINEPREFIX:?a directory for Wine}
width=$1
shift

case $width in
64) arch=x86_64 loader=wine64 win=win64 ;;
32) arch=i386 loader=wine win=win32 ;;
*) echo "wine.sh: 64 or 32, not $width" >&2; exit 2 ;;
esac

if [ ! -d "$prefix" ]; then
	mkdir -p "$prefix/drive_c/windows/system32" "$prefix/dosdevices"
	ln -s ../drive_c "$prefix/dosdevices/c:"
	ln -s / "$prefix/dosdevices/z:"
	for dll in ntdll kernel32 kernelbase msvcrt; do
		ln -s "$root/usr/lib/$arch-linux-gnu/wine/$arch-windows/$dll.dll" \
			"$prefix/drive_c/windows/system32/"
	done
	for hive in system user userdef; do
		printf 'WINE REGISTRY Version 2\n\n#arch=%s\n' "$win" >"$prefix/$hive.reg"
	done
	# Else Wine would fill the prefix with all there is.
	echo disable >"$prefix/.update-timestamp"
fi

export WINEPREFIX="$prefix" WINEDEBUG="${WINEDEBUG--all}" WINEARCH="$win"
export WINESERVER="$root/usr/lib/wine/wineserver$width"
export LD_LIBRARY_PATH="$root/usr/lib/$arch-linux-gnu:$root/lib/$arch-linux-gnu"
unset DISPLAY
exec "$root/usr/lib/wine/$loader" "$@"
