#!/bin/bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
# python.sh - a Python for a guest that has none
#
# usage: python.sh DIRECTORY
#
# Puts Debian's interpreter there, call_vmm.py, python_vmm.py, and of Python's library
# those files that the two turn out to import: a few of some fifty MB.
set -euo pipefail

PYTHON=/usr/bin/python3
HERE=$(cd "$(dirname "$0")" && pwd)
out=$1

# Without what this machine has added for itself; -B leaves the source alone.
imported() {
	PYTHONPATH=$HERE/../../userspace:$HERE "$PYTHON" -sB -c '
import encodings.ascii, encodings.latin_1, python_vmm, sys
for module in list(sys.modules.values()):
    if getattr(module, "__file__", None):
        print(module.__file__)
' | grep "^/usr/lib/"
}

rm -rf "$out"
install -D "$(readlink -f "$PYTHON")" "$out$PYTHON"
imported | sort -u | while read -r file; do
	install -D "$file" "$out$file"
done
install -D -t "$out/selftests/lib" "$HERE/../../userspace/call_vmm.py" "$HERE/python_vmm.py"
