#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Copy the shared libraries that the programs below a directory need.

usage: libraries.py DIR

Each library goes to the path below DIR that it has on this machine. What a program needs
is read from its ELF file. ldd is no help: it runs the program's own loader, and a kernel
without IA32 emulation runs no 32-bit loader.
"""
import functools
import os
import re
import subprocess
import sys

ELF_MAGIC = b"\x7fELF"
WIDTHS = {1: "-m32", 2: "-m64"}     # by EI_CLASS, byte 4 of an ELF file


def elf_width(path):
    """The compiler's option for an ELF file's width, or None for any other file."""
    with open(path, "rb") as f:
        ident = f.read(5)
    return WIDTHS.get(ident[4]) if ident[:4] == ELF_MAGIC and len(ident) == 5 else None


def needs(path):
    """The interpreter (or None) and the names of the libraries that a file asks for."""
    text = subprocess.run(["readelf", "-W", "-l", "-d", path], check=True, text=True,
                          capture_output=True, env=dict(os.environ, LC_ALL="C")).stdout
    interpreter = re.search(r"program interpreter: (\S+)\]", text)
    return (interpreter and interpreter[1],
            re.findall(r"\(NEEDED\).*\[(\S+)\]", text))


@functools.lru_cache(None)
def find_library(width, name):
    """Where this machine has a library, or None. The compiler knows the directories."""
    path = subprocess.run(["gcc", width, f"-print-file-name={name}"], check=True,
                          text=True, capture_output=True).stdout.strip()
    # "lib/../lib32" is one directory. Symbolic links stay: the loader looks there.
    return os.path.normpath(path) if os.path.isabs(path) else None


def files_below(top):
    for where, _, names in os.walk(top):
        for name in names:
            path = os.path.join(where, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


class Missing(Exception):
    """A library that this machine has not got."""


def copy_libraries(top):
    queue = list(files_below(top))
    own = {os.path.basename(path) for path in queue}
    while queue:
        path = queue.pop()
        width = elf_width(path)
        if not width or path.endswith(".o"):
            continue
        interpreter, names = needs(path)
        found = [interpreter] if interpreter else []
        for name in names:
            # A program finds its own library beside it.
            library = None if name in own else find_library(width, name)
            if library:
                found.append(library)
            elif name not in own:
                raise Missing(f"{path} needs {name}, which no directory of gcc {width} has")
        for library in found:
            target = top + library
            if not os.path.exists(target):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                subprocess.run(["install", library, target], check=True)
                queue.append(target)


def main():
    if len(sys.argv) != 2:
        print("usage: libraries.py DIR", file=sys.stderr)
        return 2
    try:
        copy_libraries(os.path.abspath(sys.argv[1]))
    except (Missing, OSError, subprocess.CalledProcessError) as error:
        print(f"libraries.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
