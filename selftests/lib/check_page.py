#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""check_page.py FILE BLOCKS [OFFSETS] - do instruction and name share a page?

Disassembles an object file, a program, a shared object or a DLL (ELF or PE/COFF),
finds every look-up block in it, and checks that the block lies in one page; in an
object file, of a section that is aligned to pages. There have to be at least BLOCKS of
them, and they have to begin at no fewer than OFFSETS different offsets in a page. Exit
status: 0 if all is well, 1 if not.
"""
import re
import subprocess
import sys

PAGE = 4096
STUBS = bytes.fromhex("0f01c1c30f01d9c3")  # vmcall; ret; vmmcall; ret
INSN = re.compile(r"\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)")
HEADER = re.compile(r"\s*\d+ (\S+)\s.*\s2\*\*(\d+)\b")
LINKED = re.compile(r"\b(EXEC_P|DYNAMIC)\b|file format pei-")


def objdump(option, path):
    return subprocess.run(["objdump", "-w", "-z", option, path], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()


def is_linked(path):
    """Whether addresses are final, but for multiples of the page size."""
    return any(LINKED.search(line) for line in objdump("-f", path))


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
    """Name, address and bytes of each section with code."""
    name, start, code = None, 0, bytearray()
    for line in objdump("-d", path):
        if line.startswith("Disassembly of section "):
            if name:
                yield name, start, bytes(code)
            name, start, code = line.split()[-1].rstrip(":"), None, bytearray()
        match = INSN.match(line)
        if match:
            address = int(match[1], 16)
            if start is None:
                start = address
            code.extend(bytes(address - start - len(code)))
            code += bytes.fromhex(match[2])
    if name:
        yield name, start, bytes(code)


def blocks(code):
    """Start and end (behind the NUL) of each block.

    The library's own stubs look like one without a name: no text follows.
    """
    start = code.find(STUBS)
    while start >= 0:
        end = code.find(b"\0", start + len(STUBS)) + 1
        name = code[start + len(STUBS):end - 1]
        if end and all(32 <= c < 127 for c in name):
            yield start, end
        start = code.find(STUBS, start + len(STUBS))


def main():
    path, wanted = sys.argv[1], int(sys.argv[2])
    aligned = {} if is_linked(path) else alignments(path)
    found = faulty = 0
    offsets = set()
    for name, base, code in sections(path):
        for start, end in blocks(code):
            found += 1
            offsets.add((base + start) % PAGE)
            if ((base + start) // PAGE != (base + end - 1) // PAGE or
                    aligned.get(name, PAGE) < PAGE):
                faulty += 1
                print(f"{path}: {name}: {base + start:#x}: crosses a page")
    print(f"{path}: {found} blocks at {len(offsets)} offsets, {faulty} faulty")
    return (found < wanted or faulty > 0 or
            len(offsets) < int((sys.argv + ["0"])[3]))


if __name__ == "__main__":
    sys.exit(main())
