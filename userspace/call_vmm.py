# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Calls from a program to the VMM beneath its operating system.

    import call_vmm

    call_vmm.functions()                    # what there is to call
    call_vmm.status()["cpu"][0]["exits"]    # the report, as a dictionary

    dbgsh = call_vmm.Function("dbgsh")
    if dbgsh.callable:
        print(dbgsh.call(rbx=-1).rax)

This is one file, above libvmmcall's shared object: the one that the environment
variable LIBVMMCALL names, or libvmmcall.so.1 where the dynamic linker finds it. It can be
imported without the library and used without a VMM. Every call is guarded: a VMM that
goes away raises VmmGone. See call_vmm(3) for the library and vmmcall(1) for the
dictionary.
"""
import collections
import ctypes
import os

__all__ = ["Error", "NotCallable", "VmmGone", "Function", "Registers",
           "functions", "status", "status_text"]

# The text may grow between two calls, and its page may have been taken from us.
_TEXT_TRIES = 8
_TEXT_SLACK = 1024
_TEXT_SIZE = 4095

_WIDTH = 8 * ctypes.sizeof(ctypes.c_void_p)

Registers = collections.namedtuple("Registers", "rax rbx rcx rdx rsi rdi")


class Error(Exception):
    """What this module raises."""


class NotCallable(Error):
    """There is no VMM, or it has no function of this name."""


class VmmGone(Error):
    """The VMM was unloaded after the function was looked up."""


class _Function(ctypes.Structure):
    _fields_ = [("number", ctypes.c_int32), ("insn", ctypes.c_int32)]


class _Arg(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ssize_t) for name in Registers._fields[1:]]


class _Ret(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ssize_t) for name in Registers._fields]


_LIBRARY = None


def _library():
    """Loaded when it is needed for the first time; OSError if there is none."""
    global _LIBRARY     # pylint: disable=global-statement
    if _LIBRARY is None:
        lib = ctypes.CDLL(os.environ.get("LIBVMMCALL", "libvmmcall.so.1"))
        function, arg, ret = map(ctypes.POINTER, (_Function, _Arg, _Ret))
        lib.call_vmm_get_function_by_name.argtypes = [ctypes.c_char_p, function]
        lib.call_vmm_get_function_by_name.restype = None
        lib.call_vmm_try_call_function.argtypes = [function, arg, ret]
        for name in ("callable", "number", "found_vmm", "instruction"):
            getattr(lib, "call_vmm_function_" + name).argtypes = [function]
        _LIBRARY = lib
    return _LIBRARY


class Function:
    """A function of the VMM, by its name. Looking one up never fails: see callable."""

    def __init__(self, name):
        self.name = name
        self._function = _Function()
        raw = os.fsencode(name)
        # It would be cut off there, and be another name.
        if b"\0" not in raw:
            _library().call_vmm_get_function_by_name(raw, self._function)

    @property
    def callable(self):
        """Whether there is a VMM that knows the name."""
        return bool(_library().call_vmm_function_callable(self._function))

    @property
    def number(self):
        """What the VMM answered; 0 if none did. Numbers are not an ABI."""
        return _library().call_vmm_function_number(self._function)

    @property
    def found_vmm(self):
        """Whether any VMM answered; it may be another one than Undervisor."""
        return bool(_library().call_vmm_function_found_vmm(self._function))

    @property
    def instruction(self):
        """The instruction that a VMM answered: "VMCALL", "VMMCALL" or None."""
        names = (None, "VMCALL", "VMMCALL")
        return names[_library().call_vmm_function_instruction(self._function)]

    def call(self, **registers):
        """Make the call: rbx, rcx, rdx, rsi, rdi go in, as numbers that are signed or
        unsigned; those not given are 0. Returns the Registers that come out, signed.
        """
        arg, ret = _Arg(), _Ret()
        for name, value in registers.items():
            if name not in Registers._fields[1:]:
                raise TypeError(f"no register {name!r} goes into a call")
            if not -(1 << (_WIDTH - 1)) <= value < 1 << _WIDTH:
                raise OverflowError(f"{name}: not a number of {_WIDTH} bits")
            setattr(arg, name, value)
        if not self.callable:
            raise NotCallable(f"{self.name}: no VMM has such a function")
        if not _library().call_vmm_try_call_function(self._function, arg, ret):
            raise VmmGone(f"{self.name}: the VMM has gone away")
        return Registers(*(getattr(ret, name) for name in Registers._fields))

    def text(self):
        """Call a function that fills a buffer: rbx its address, rcx its size."""
        size = _TEXT_SIZE
        for _ in range(_TEXT_TRIES):
            # Zeroed, and so its pages are there: the VMM brings none in.
            buffer = ctypes.create_string_buffer(size)
            ctypes.memset(buffer, 0, size)
            regs = self.call(rbx=ctypes.addressof(buffer), rcx=size)
            if regs.rax == 0 and 0 <= regs.rcx <= size:
                return buffer.raw[:regs.rcx].decode("ascii", "replace")
            if regs.rcx > size:
                size = regs.rcx + _TEXT_SLACK
        raise Error(f"{self.name}: the VMM did not fill the buffer")


def functions():
    """All functions: a list of (number, levels that may call, name)."""
    lines = (line.split() for line in Function("get_functions").text().splitlines())
    return [(int(words[0]), words[1], words[2]) for words in lines if len(words) >= 3]


def _part(function, position):
    """The bytes of a part of the report, and where to go on: 0 at the end."""
    buffer = ctypes.create_string_buffer(_TEXT_SIZE)
    for _ in range(_TEXT_TRIES):
        ctypes.memset(buffer, 0, _TEXT_SIZE)
        regs = function.call(rbx=ctypes.addressof(buffer), rcx=_TEXT_SIZE, rdx=position)
        if regs.rax == 0 and 0 < regs.rcx <= _TEXT_SIZE:
            return buffer.raw[:regs.rcx], regs.rdx
    raise Error(f"{function.name}: the VMM did not fill the buffer")


def status_text():
    """The VMM's report, all CPUs of it, as get_status_part gives it."""
    function = Function("get_status_part")
    if not function.callable:
        return Function("get_status").text()    # an older VMM
    text, position = _part(function, 0)
    while position:
        more, position = _part(function, position)
        text += more
    return text.decode("ascii", "replace")


def _value(word):
    return int(word) if word.isdecimal() and str(int(word)) == word else word


def _add_line(of, words):
    """"cpu" and its number are gone from the words."""
    if len(words) == 1:
        of.setdefault("state", _value(words[0]))
    elif len(words) == 2:
        of.setdefault(words[0], _value(words[1]))
    elif words:
        group = of.setdefault(words[0], {})
        if len(words) % 2 == 0:
            group["state"] = _value(words.pop(1))
        group.update(zip(words[1::2], map(_value, words[2::2])))


def status():
    """The VMM's report as a dictionary, that of "vmmcall status --json"."""
    machine, cpus = {}, {}
    for line in status_text().splitlines():
        words = line.split()
        if len(words) >= 3 and words[0] == "cpu":
            number = int(words[1])
            _add_line(cpus.setdefault(number, {"number": number}), words[2:])
        else:
            _add_line(machine, words)
    machine["cpu"] = list(cpus.values())
    return machine
