#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""userspace/call_vmm.py without and with Undervisor: python_vmm.py, as root

MODULE names the undervisor.ko, else it is /root/undervisor.ko. python.sh brings this, the
binding and a Python to a guest that has none.
"""
import os
import sys

import call_vmm

MODULE = os.environ.get("MODULE", "/root/undervisor.ko")
NAMES = {"dbgsh", "dbgsh_bulk", "get_functions", "get_status", "log_set_buf"}
CALLS = 100


def raises(error, function, *args, **more):
    try:
        function(*args, **more)
    except error:
        return True
    return False


def bare():
    dbgsh = call_vmm.Function("dbgsh")
    return (not dbgsh.callable and not dbgsh.found_vmm and
            dbgsh.instruction is None and
            raises(call_vmm.NotCallable, dbgsh.call) and
            raises(call_vmm.NotCallable, call_vmm.status))


def load():
    return os.system(f"insmod {MODULE} dbgsh=all") == 0


def functions():
    found = {name: (number, levels) for number, levels, name in call_vmm.functions()}
    return (NAMES <= set(found) and min(found.values())[0] >= 64 and
            found["dbgsh"][1] == "0123" and found["log_set_buf"][1] == "0" and
            all(call_vmm.Function(name).number == found[name][0] for name in NAMES))


def exits(cpu):
    return sum(call_vmm.status()["cpu"][cpu]["exits"].values())


def status():
    report = call_vmm.status()
    cpus = report["cpu"]
    return (report["vendor"] in ("svm", "vmx") and report["cpus"] == len(cpus) and
            len(cpus) == os.cpu_count() and
            all(cpu["state"] == "in" for cpu in cpus))


def counts():
    """The exits of one CPU grow by the calls made there, at least."""
    os.sched_setaffinity(0, {0})
    poll = call_vmm.Function("dbgsh")
    before = exits(0)
    for _ in range(CALLS):
        poll.call(rbx=-1)
    return CALLS <= exits(0) - before < 2 * CALLS


def denied():
    """Nothing happens to a caller at level 3."""
    function = call_vmm.Function("log_set_buf")
    given = (5, 2**64 - 1, 0, 7, -3)
    out = function.call(**dict(zip(call_vmm.Registers._fields[1:], given)))
    return out == (function.number, 5, -1, 0, 7, -3)


def unknown():
    nothing = call_vmm.Function("no such function")
    return nothing.found_vmm and not nothing.callable and nothing.number == 0


def gone():
    poll = call_vmm.Function("dbgsh")
    return (poll.callable and os.system("rmmod undervisor") == 0 and
            raises(call_vmm.VmmGone, poll.call, rbx=-1) and bare())


def main():
    tests = [bare, load, functions, status, counts, denied, unknown, gone]
    print(f"TAP version 13\n1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        passed = test()
        failed += not passed
        print(f"{'ok' if passed else 'not ok'} {number} call_vmm.py: {test.__name__}",
              flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
