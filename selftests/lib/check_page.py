#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""check_page.py OBJECT BLOCKS - do instruction and name share a page?

Disassembles an object file, finds every look-up block in it, and checks that
the block lies in one page of a section that is aligned to pages. There have to
be at least BLOCKS of them. Exit status: 0 if all is well, 1 if not.
"""
import re
import subprocess
import sys

PAGE = 4096
STUBS = bytes.fromhex("0f01c1c30f01d9c3")  # vmcall; ret; vmmcall; ret
INSN = re.compile(r"\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)")
HEADER = re.compile(r"\s*\d+ (\S+)\s.*\s2\*\*(\d+)\b")


def objdump(option, path):
    return subprocess.run(["objdump", "-w", "-z", option, path], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()


def alignments(path):
    """Section name to alignment. Sections of one name: the smallest."""
    found = {}
    for line in objdump("-h", path):
        match = HEADER.match(line)
        if match:
            align = 1 << int(match[2])
            found[match[1]] = min(align, found.get(match[1], align))
    return found


def sections(path):
    """Name and bytes of each section with code."""
    name, code = None, bytearray()
    for line in objdump("-d", path):
        if line.startswith("Disassembly of section "):
            if name:
                yield name, bytes(code)
            name, code = line.split()[-1].rstrip(":"), bytearray()
        match = INSN.match(line)
        if match:
            address = int(match[1], 16)
            code.extend(bytes(address - len(code)))
            code += bytes.fromhex(match[2])
    if name:
        yield name, bytes(code)


def blocks(code):
    """Start and end (behind the NUL) of each block."""
    start = code.find(STUBS)
    while start >= 0:
        end = code.index(b"\0", start + len(STUBS)) + 1
        yield start, end
        start = code.find(STUBS, end)


def main():
    path, wanted = sys.argv[1], int(sys.argv[2])
    aligned = alignments(path)
    found = faulty = 0
    for name, code in sections(path):
        for start, end in blocks(code):
            found += 1
            if start // PAGE != (end - 1) // PAGE or aligned[name] < PAGE:
                faulty += 1
                print(f"{path}: {name}+{start:#x}: crosses a page")
    print(f"{path}: {found} blocks, {faulty} faulty")
    return found < wanted or faulty > 0


if __name__ == "__main__":
    sys.exit(main())
