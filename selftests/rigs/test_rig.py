#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Whether the rig can be fooled: everything it must not take for success.

Prints TAP. Needs no machine: what is tested is the judgment.
"""
import contextlib
import io
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import bochs_machine  # noqa: E402  pylint: disable=wrong-import-position
import rig  # noqa: E402  pylint: disable=wrong-import-position

END = "# rig: script status 0\n# rig: end\n"
GOOD = "1..1\nok 1\n"
PROGRAM = "# begin s/p\n1..2\nok 1\nok 2\n# end s/p 0\n"
# What a kernel says before another one goes on
FIRST = PROGRAM + "# rig: script status 0\n"

# Name, verdict, console, ended by itself, status, expected counts.
CASES = [
    ("a good script", GOOD + END, "", True, 0, (1, 0, 0)),
    ("a good program", PROGRAM + END, "", True, 0, (2, 0, 0)),
    ("two programs", PROGRAM + PROGRAM + END, "", True, 0, (4, 0, 0)),
    ("a skip", "1..2\nok 1\nok 2 # SKIP x\n" + END, "", True, 0, (1, 0, 1)),
    ("a skipped program", PROGRAM + "# begin s/q\n1..0 # SKIP x\n# end s/q 4\n" + END,
     "", True, 1, (2, 1, 1)),
    ("another vendor's", PROGRAM + "# begin s/q\n1..0 # SKIP SVM is AMD's\n"
     "# end s/q 4\n" + END, "", True, 0, (2, 0, 1)),
    ("harmless console", GOOD + END, "traps: x[7] general protection fault ip:0",
     True, 0, (1, 0, 0)),
    ("nothing", "", "", True, 1, None),
    ("only skips", "1..0 # SKIP\n" + END, "", True, 1, None),
    ("no plan", "ok 1\n" + END, "", True, 1, None),
    ("empty plan", "1..0\n" + END, "", True, 1, None),
    ("too few", "1..3\nok 1\n" + END, "", True, 1, None),
    ("too many", "1..1\nok 1\nok 2\n" + END, "", True, 1, None),
    ("not ok", "1..1\nnot ok 1\n" + END, "", True, 1, (0, 1, 0)),
    ("bail out", GOOD + "Bail out! x\n" + END, "", True, 1, None),
    ("no end mark", GOOD + "# rig: script status 0\n", "", True, 1, None),
    ("script failed", GOOD + END.replace("0", "3"), "", True, 1, None),
    ("time-out", GOOD + END, "", False, 1, None),
    ("program without end", "# begin s/p\n" + GOOD + END, "", True, 1, None),
    ("program killed", PROGRAM.replace("p 0", "p 143") + END, "", True, 1, None),
    ("program's status", PROGRAM.replace("p 0", "p 1") + END, "", True, 1, None),
    ("program without TAP", "# begin s/p\nhi\n# end s/p 0\n" + END, "", True, 1, None),
    ("two kernels", FIRST + PROGRAM + END, "", True, 0, (4, 0, 0)),
    ("a second kernel that didn't come", FIRST, "", True, 1, None),
    ("a first kernel that died", "# begin s/p\n1..2\nok 1\n" + PROGRAM + END, "", True, 1,
     None),
    ("a first kernel that failed", FIRST.replace("status 0", "status 3") + PROGRAM + END, "",
     True, 1, None),
    ("failed script behind programs", PROGRAM + END.replace("0", "1"), "", True, 1, None),
]

# How a machine ended: name, whether by a reset it should, Bochs' log, verdict, good?
START = bochs_machine.RESET + "\n"
ENDS = [
    ("switched off", False, START + bochs_machine.POWER_OFF, GOOD + END, True),
    ("reset instead", False, START * 2, GOOD + END, False),
    ("slept, then switched off", False,
     START + bochs_machine.SLEEP + "\n" + START + bochs_machine.POWER_OFF, GOOD + END, True),
    ("slept, then reset", False, START + bochs_machine.SLEEP + "\n" + START * 2, GOOD + END,
     False),
    ("died", False, START, GOOD + END, False),
    ("reset as it should be", True, START * 2, GOOD + END, True),
    ("reset too early", True, START * 2, GOOD, False),
    ("switched off instead", True, START + bochs_machine.POWER_OFF, GOOD + END, False),
    ("died instead", True, START, GOOD + END, False),
]

SPLATS = [
    "BUG: unable to handle page fault", "WARNING: CPU: 0 PID: 1 at x",
    "Oops: 0002 [#1] SMP", "Call Trace:", "Kernel panic - not syncing: x",
    "unchecked MSR access error", "rcu: INFO: rcu_preempt self-detected stall",
    "general protection fault, probably for", "watchdog: BUG: soft lockup",
    "INFO: task x:1 blocked for more than 60 seconds", "UBSAN: shift",
    "traps: PANIC: double fault, error_code: 0x0", "kmemleak: 3 new suspected",
    "BUG: KASAN: use-after-free in x+0x1/0x2 [undervisor]",
    "BUG kmalloc-64 (Tainted: G    B      O      ): Right Redzone overwritten",
    "pagealloc: memory corruption", "ODEBUG: free active (active state 0)",
    "WARNING: possible circular locking dependency detected",
    "BUG: sleeping function called from invalid context at x",
    "Uhhuh. NMI received for unknown reason 2d on CPU 0.",
]


def judged(verdict, console, ended, allowed=()):
    report = rig.Report("test")
    with contextlib.redirect_stdout(io.StringIO()):
        report.judge(ended, verdict, console, allowed)
        status = report.status()
    return status, (report.passed, report.failed, report.skipped)


def ends_well(resets, log, verdict):
    with tempfile.TemporaryDirectory() as logs:
        machine = bochs_machine.Machine(logs, "test")
        machine.resets = resets
        for path, text in ((machine.log, log), (machine.verdict, verdict)):
            with open(path, "w", encoding="ascii") as f:
                f.write(text)
        machine.judge_end()
        return machine.ended and not machine.why


def finds_depmod():
    """With the PATH of an ordinary user, on which modinfo and depmod aren't."""
    code = "import rig; rig.command(['depmod', '-V']); rig.command(['modinfo', '-V'])"
    return subprocess.call([sys.executable, "-B", "-c", code], cwd=rig.HERE,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env=dict(os.environ, PATH="/usr/local/bin:/usr/bin:/bin")) == 0


def results():
    for name, verdict, console, ended, status, counts in CASES:
        got = judged(verdict, console, ended)
        yield name, got[0] == status and counts in (None, got[1])
    for name, resets, log, verdict, good in ENDS:
        yield f"end: {name}", ends_well(resets, log, verdict) == good
    for line in SPLATS:
        yield f"splat: {line}", judged(GOOD + END, "[ 1.0] " + line, True)[0] == 1
    got = judged(GOOD + END, SPLATS[0], True, ["unable to handle"])
    yield "allowed splat", got[0] == 0
    yield "modinfo and depmod are found", finds_depmod()


def main():
    failed = 0
    print(f"1..{len(CASES) + len(ENDS) + len(SPLATS) + 2}")
    for number, (name, good) in enumerate(results(), 1):
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name.replace('#', '')}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
