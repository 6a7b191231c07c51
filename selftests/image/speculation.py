#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""speculation.py IMAGE.elf - what the walk of the guest's tables loads on a wrong path

A processor that predicts a check wrongly runs on behind it. Therefore, in the machine
code of the walk, on each path:

masks       an entry that was loaded from the guest's tables becomes part of the address
            of another load only after an AND with a mask that SBB made
barrier     no path from the beginning of guest_translate() to its end is without LFENCE

Registers and slots of the stack are followed along all paths: each holds an entry
or what was computed from one (TAINTED), a mask (MASK), or something else (CLEAN).
"""
import re
import struct
import subprocess
import sys

CLEAN, MASK, TAINTED = "clean", "mask", "tainted"
WALKS = ("guest_translate", "translate_and_mark", "guest_walk")
# Tables of four and five levels, and the page itself
LEAST_LOADS = {"guest_translate": 6, "translate_and_mark": 6, "guest_walk": 5}
CALLER_SAVED = ("rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11")

LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*([^#<]*)")
OPERAND = re.compile(r"[^,(]*\([^)]*\)|[^,]+")
NO_RESULT = ("cmp", "test", "bt", "nop", "cs", "data16", "push", "endbr64", "lidt")


def whole(register):
    """The 64-bit register that a name is a part of."""
    name = register.lstrip("%")
    legacy = re.fullmatch(r"[re]?([abcd])[xlh]|[re]?([sd]i|[sb]p)l?", name)
    if legacy:
        return f"r{legacy[1]}x" if legacy[1] else f"r{legacy[2]}"
    return re.sub(r"^(r\d+)[dwb]$", r"\1", name)


class Instruction:
    """One line of objdump's."""

    def __init__(self, address, name, operands):
        self.address = address
        self.name = name
        self.text = f"{address:x}: {name} {operands}"
        self.operands = [o.strip() for o in OPERAND.findall(operands)]
        self.next = None

    def target(self):
        """Where a jump goes; None if it isn't one."""
        if not self.name.startswith("j"):
            return None
        if not re.fullmatch("[0-9a-f]+", self.operands[0]):
            raise ValueError(f"an indirect jump: {self.text}")
        return int(self.operands[0], 16)

    def successors(self):
        target = self.target()
        if self.name in ("ret", "ud2", "hlt"):
            return []
        if target is None:
            return [self.next]
        return [target] if self.name.startswith("jmp") else [target, self.next]


class Image:
    """The code, the symbols, and the instructions that may fault."""

    def __init__(self, path):
        def lines(*command):
            return subprocess.run([*command, path], stdout=subprocess.PIPE, text=True,
                                  check=True).stdout.splitlines()
        self.symbols = {}
        for line in lines("nm"):
            address, _, name = line.split()
            self.symbols[name] = int(address, 16)
        found = [Instruction(int(m[1], 16), m[2], m[3]) for m in
                 map(LINE.match, lines("objdump", "-d", "--no-show-raw-insn")) if m]
        for this, following in zip(found, found[1:]):
            this.next = following.address
        self.code = {i.address: i for i in found}
        self.faulting = set(self.read_extable(lines))

    def read_extable(self, lines):
        start = self.symbols["__extable_start"]
        end = self.symbols["__extable_end"]
        data = b""
        for line in lines("objdump", "-s", f"--start-address={start:#x}",
                          f"--stop-address={end:#x}"):
            if re.match(" [0-9a-f]{8,16} ", line):
                data += bytes.fromhex("".join(line.split("  ")[0].split()[1:]))
        return (fault for fault, _ in struct.iter_unpack("<QQ", data))


def registers_of(operand):
    return [whole(r) for r in re.findall(r"%\w+", operand)]


def value_of(state, operand):
    """What an operand of an instruction that isn't the window's load holds."""
    if operand.startswith("$"):
        return CLEAN
    if "(" not in operand:
        return state.get(whole(operand), CLEAN)
    if "%rsp" in operand:
        # An element of a list is whatever was put into any.
        return TAINTED if "," in operand else state.get(operand, CLEAN)
    return CLEAN


def combine(name, values):
    """What an instruction makes of its operands."""
    if name.startswith("and"):
        if MASK in values:
            return CLEAN if TAINTED in values else MASK
    elif name.startswith("mov") and len(values) == 1:
        return values[0]
    return TAINTED if TAINTED in values else CLEAN


def step(instruction, state, is_load):
    """The state behind an instruction."""
    name, operands = instruction.name, instruction.operands
    state = dict(state)
    if name == "lfence":
        return {k: v for k, v in state.items() if v != TAINTED}
    if name.startswith("call"):
        for register in CALLER_SAVED:
            state.pop(register, None)
        return state
    if not operands or name.startswith(("j", *NO_RESULT)):
        return state
    to = operands[-1] if "(" in operands[-1] else whole(operands[-1])
    same = len(operands) == 2 and operands[0] == operands[1]
    sources = operands[:-1] if name.startswith(("mov", "lea", "set")) else operands
    if is_load:
        value = TAINTED
    elif name.startswith("sbb") and same:
        value = MASK
    elif (name.startswith("xor") and same) or name.startswith(("set", "pop")):
        value = CLEAN
    elif name.startswith("lea"):
        value = combine(name, [state.get(r, CLEAN) for r in registers_of(operands[0])])
    else:
        value = combine(name, [value_of(state, o) for o in sources])
        if name.startswith("cmov") and value == MASK:
            value = CLEAN
    state[to] = value
    return state


def unmasked(image, function):
    """Return: the loads through an address with an entry in it, and how many there are

    States aren't joined where paths meet: with tables of four levels the mask of the
    root is a constant, with five it isn't.
    """
    todo, seen, loads, bad = [(image.symbols[function], frozenset())], set(), set(), {}
    while todo:
        address, known = todo.pop()
        if (address, known) in seen:
            continue
        seen.add((address, known))
        state = dict(known)
        instruction = image.code[address]
        is_load = address in image.faulting
        if is_load:
            loads.add(address)
            used = registers_of(instruction.operands[0])
            if TAINTED in [state.get(r, CLEAN) for r in used]:
                bad[address] = f"{function}: an entry without a mask: {instruction.text}"
        after = step(instruction, state, is_load)
        after = frozenset((k, v) for k, v in after.items() if v != CLEAN)
        todo += [(following, after) for following in instruction.successors()]
    return list(bad.values()), len(loads)


def paths_without_barrier(image, function):
    todo, seen = [image.symbols[function]], set()
    while todo:
        instruction = image.code[todo.pop()]
        if instruction.address in seen or instruction.name == "lfence":
            continue
        seen.add(instruction.address)
        if instruction.name == "ret":
            yield f"{function}: no LFENCE on a path to {instruction.text}"
        todo += instruction.successors()


def main():
    image = Image(sys.argv[1])
    wrong = list(paths_without_barrier(image, "guest_translate"))
    for function in WALKS:
        bad, loads = unmasked(image, function)
        wrong += bad
        print(f"{function}: {loads} loads from the window")
        if loads < LEAST_LOADS[function]:
            wrong.append(f"{function}: fewer loads than a walk has levels")
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
