#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""test_vmmcall.py VMMCALL [LIBRARY] - what vmmcall prints for programs, above a fake VMM

VMMCALL is a vmmcall that was linked with fake_vmm.c. LIBRARY is a libvmmcall.so of the
same kind, for Python's own width: the Python binding is tested with it. Prints TAP.
"""
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
import unittest

VMMCALL = os.path.abspath(sys.argv[1])
LIBRARY = os.path.abspath(sys.argv[2]) if sys.argv[2:] and sys.argv[2] else None
USERSPACE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../userspace")
COMPLETIONS = os.path.join(USERSPACE, "completion")
ULL_MAX = 2 ** 64 - 1


def run(*args, vmm="", **more):
    return subprocess.run([VMMCALL, *args], env=dict(os.environ, FAKE_VMM=vmm),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=20, check=False, **more)


def loads(text):
    """A member that stands twice in an object is an error here."""
    def unique(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError(f"not unique: {pairs}")
        return dict(pairs)
    return json.loads(text, object_pairs_hook=unique)


class Status(unittest.TestCase):
    """vmmcall status"""

    def test_json(self):
        for vmm in ("", "nopart"):
            self.check_json(run("status", "--json", vmm=vmm))

    def check_json(self, done):
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count("\n"), 1)
        status = loads(done.stdout)
        self.assertEqual(status["version"], "0.1.0")
        self.assertEqual(status["vendor"], "svm")
        self.assertEqual(status["log"], {"written": 10, "lost": 0, "suppressed": 0,
                                         "attached": 1, "ring": 32768})
        self.assertEqual(status["dbgsh"], {"state": "on", "ignored": 3})
        self.assertEqual(status["quote"], 'a"b\\c')
        self.assertIn(status["cpus"], (40, 100))
        self.assertEqual(len(status["cpu"]), status["cpus"])
        for number, cpu in enumerate(status["cpu"]):
            self.assertEqual(cpu["number"], number)
            self.assertEqual(cpu["state"], "in")
            self.assertGreater(cpu["exits"]["VMMCALL"], ULL_MAX - 1000)
            self.assertIsInstance(cpu["exits"]["0x7b"], int)
            self.assertEqual((cpu["ticks"], cpu["refused"]), (12, 0))

    def test_json_in_any_order(self):
        self.assertEqual(loads(run("status", "--json", vmm="brief").stdout),
                         {"later": 1, "cpu": [{"number": 0, "state": "in"}]})

    def test_json_of_odd_bytes(self):
        done = run("status", "--json", vmm="odd", errors="surrogateescape")
        self.assertEqual(loads(done.stdout)["odd"], "a\x01\x7f\xe9")
        self.assertTrue(done.stdout.isascii() and done.stdout[:-1].isprintable())

    def test_report_without_end(self):
        done = run("status", vmm="badpart")
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("get_status_part", done.stderr)

    def test_text_is_the_report(self):
        done = run("status")
        self.assertEqual([line.split()[1] for line in done.stdout.splitlines()
                          if line.endswith(" in")], [str(cpu) for cpu in range(40)])
        self.assertTrue(done.stdout.endswith("\nlater 1 more 2\n"))
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"\Aversion 0.1.0\nvendor svm\n")
        self.assertIn("\ncpu 7 exits 0x7b ", done.stdout)

    def watch(self, *args, stdout=subprocess.PIPE):
        """Ends it by Ctrl-C once it has printed thrice."""
        # pylint: disable=consider-using-with
        child = subprocess.Popen([VMMCALL, "status", "--watch=0.1", *args],
                                 stdout=stdout, text=True)
        time.sleep(0.35)
        child.send_signal(signal.SIGINT)
        return child

    def test_watch(self):
        child = self.watch()
        text = child.communicate(timeout=20)[0]
        self.assertEqual(child.returncode, 0)
        blocks = text.split("\n\n")
        self.assertEqual(blocks.pop(), "")
        self.assertGreaterEqual(len(blocks), 2)
        self.assertNotIn("\033", text)
        self.assertNotIn(" rate ", blocks[0])
        # Each report's text adds 7.
        found = re.search(r"^cpu 0 exits 0x7b (\d+) rate ([\d.]+)$", blocks[1], re.M)
        was = re.search(r"^cpu 0 exits 0x7b (\d+)$", blocks[0], re.M)
        self.assertGreater(float(found[2]), 7)
        self.assertLess(float(found[2]), (int(found[1]) - int(was[1])) / 0.099)
        self.assertRegex(blocks[1], r"(?m)^cpus \d+$")

    def test_watch_json(self):
        child = self.watch("--json")
        lines = child.communicate(timeout=20)[0].splitlines()
        self.assertEqual(child.returncode, 0)
        self.assertGreaterEqual(len(lines), 2)
        for line in lines:
            self.assertEqual(loads(line)["vendor"], "svm")

    def test_watch_on_a_terminal(self):
        master, slave = pty.openpty()
        child = self.watch(stdout=slave)
        os.close(slave)
        text = b""
        try:
            while True:
                text += os.read(master, 65536)
        except OSError:     # the other side is closed
            pass
        os.close(master)
        self.assertEqual(child.wait(20), 0)
        self.assertGreaterEqual(text.count(b"\033[H\033[2J"), 2)

    def test_bad_arguments(self):
        for args in (["--watch=0"], ["--watch=nan"], ["--watch=1x"], ["--frob"],
                     ["more"]):
            self.assertEqual(run("status", *args).returncode, 2, args)

    def test_no_vmm(self):
        for args in ([], ["--json"], ["--watch"]):
            done = run("status", *args, vmm="none")
            self.assertEqual((done.returncode, done.stdout), (1, ""), args)


class Call(unittest.TestCase):
    """vmmcall call, of what a program may not call and of what only looks so"""

    def test_denied(self):
        for args in ([], ["rbx=5", "rdi=-1"]):
            done = run("call", "add", *args, vmm="denied")
            self.assertEqual((done.returncode, done.stdout), (3, ""), args)
            self.assertIn("add: not permitted at this level", done.stderr)
            self.assertIn("can be called at 0\n", done.stderr)

    def test_a_function_that_answers_its_number(self):
        done = run("call", "add", "rbx=5", vmm="same")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"\Arax 0x0*67 103\nrbx 0x0*5 5\n")

    def test_no_list(self):
        """Nobody says who may call it: the registers are shown as they are."""
        done = run("call", "add", vmm="denied,nolist")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"\Arax 0x0*67 103\n")


class Bench(unittest.TestCase):
    """vmmcall bench"""

    WHAT = ["unregistered", "lookup", "dbgsh", "dbgsh_bulk", "get_status",
            "get_functions", "cpuid"]

    def test_json(self):
        bench = loads(run("bench", "--json", "--samples=101").stdout)
        self.assertEqual(bench["samples"], 101)
        self.assertIn(bench["cpu"], os.sched_getaffinity(0))
        self.assertGreater(bench["tsc_khz"], 1000)
        self.assertEqual([r["name"] for r in bench["results"]], self.WHAT)
        for result in bench["results"]:
            self.assertLessEqual(result["min_ticks"], result["median_ticks"])
            for kind in ("min", "median"):
                ns = result[kind + "_ticks"] / bench["tsc_khz"] * 1e6
                self.assertAlmostEqual(ns, result[kind + "_ns"],
                                       delta=0.1 + ns / 1000)
        by_name = {r["name"]: r for r in bench["results"]}
        # The fake VMM makes a long text for this one.
        self.assertGreater(by_name["get_status"]["min_ticks"],
                           by_name["unregistered"]["min_ticks"])

    def test_text(self):
        lines = run("bench", "--cpu=0").stdout.splitlines()
        self.assertRegex(lines[0], r"^# cpu 0, samples 1000, TSC kHz \d+$")
        rows = [line.split() for line in lines if not line.startswith("#")]
        self.assertEqual([row[0] for row in rows], self.WHAT)
        self.assertTrue(all(len(row) == 5 for row in rows))

    def test_failures(self):
        self.assertEqual(run("bench", vmm="none").returncode, 1)
        self.assertEqual(run("bench", vmm="foreign").returncode, 1)
        self.assertEqual(run("bench", vmm="gone").returncode, 3)
        self.assertEqual(run("bench", "--cpu=1023").returncode, 3)
        for args in (["--cpu=x"], ["--samples=0"], ["--samples"], ["more"]):
            self.assertEqual(run("bench", *args).returncode, 2, args)


class Completion(unittest.TestCase):
    """userspace/completion/, in a shell of its own"""

    def complete(self, *words, vmm="", tool="vmmcall"):
        script = """
            vmmcall() { "$VMMCALL" "$@"; }
            . "$1/$2" || exit
            shift
            COMP_WORDS=("$@")
            COMP_CWORD=$(($# - 1))
            $(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/') "$1"
            printf '%s\\n' "${COMPREPLY[@]}"
        """
        done = subprocess.run(
            ["bash", "--norc", "-c", script, "bash", COMPLETIONS, tool, *words],
            env=dict(os.environ, VMMCALL=VMMCALL, FAKE_VMM=vmm), text=True,
            stdout=subprocess.PIPE, timeout=20, check=True)
        return sorted(set(done.stdout.split()))

    def test_commands(self):
        self.assertEqual(self.complete("l"), ["list", "lookup"])
        self.assertEqual(self.complete(""), ["bench", "call", "list", "lookup",
                                             "status", "version"])
        self.assertEqual(self.complete("--v"), ["--version"])

    def test_functions(self):
        self.assertEqual(self.complete("call", ""), ["dbgsh"])
        self.assertEqual(self.complete("lookup", "db"), ["dbgsh"])
        self.assertEqual(self.complete("lookup", "x"), [])
        self.assertEqual(self.complete("call", "", vmm="none"), [])

    def test_arguments(self):
        self.assertEqual(self.complete("call", "dbgsh", "rd"), ["rdi=", "rdx="])
        self.assertEqual(self.complete("status", "-"), ["--json", "--watch",
                                                       "--watch="])
        self.assertEqual(self.complete("bench", "--j"), ["--json"])

    def test_dbgsh(self):
        def complete(*words):
            return self.complete(*words, tool="dbgsh")
        # All the long options that the program has, and no other
        with open(os.path.join(USERSPACE, "dbgsh.c"), encoding="ascii") as source:
            options = re.findall(r'^\t{ "([a-z-]+)", \w+_argument', source.read(), re.M)
        self.assertGreater(len(options), 5)
        self.assertEqual([word.rstrip("=") for word in complete("--")],
                         sorted("--" + option for option in options))
        self.assertEqual(complete("--qu"), ["--quiet"])
        self.assertIn("/etc/passwd", complete("--symbols", "=", "/etc/pass"))


class Binding(unittest.TestCase):
    """userspace/call_vmm.py"""

    def python(self, code, vmm="", library=LIBRARY):
        done = subprocess.run(
            [sys.executable, "-c", "import json, call_vmm as c\n" + code], text=True,
            env=dict(os.environ, PYTHONPATH=USERSPACE, PYTHONDONTWRITEBYTECODE="1",
                     FAKE_VMM=vmm, LIBVMMCALL=library),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def raises(self, error, code, **more):
        self.python(f"try:\n    {code}\nexcept {error}:\n    pass\n"
                    "else:\n    raise SystemExit(1)", **more)

    def test_status(self):
        self.assertEqual(json.loads(self.python("print(json.dumps(c.status()))")),
                         json.loads(run("status", "--json").stdout))

    def test_functions(self):
        self.python("f = c.functions()\n"
                    "assert len(f) > 100 and set(f[:-1]) == {(100, '0123', 'dbgsh')}")

    def test_function(self):
        self.python("f = c.Function('dbgsh')\n"
                    "assert f.callable and f.found_vmm and f.number == 100\n"
                    "assert f.instruction == 'VMMCALL'\n"
                    "g = c.Function('dbgsh\\0more')\n"
                    "assert not g.callable and g.number == 0")

    def test_call(self):
        self.python("r = c.Function('add').call(rbx=1, rcx=0x10, rdx=-2, rsi=8, "
                    "rdi=1000)\n"
                    "assert r == (1023, 1, 16, -2, 8, -1) and r.rdx == -2\n"
                    "top = 1 << (c._WIDTH - 1)\n"
                    "assert c.Function('add').call(rbx=top).rax == -top")

    def test_bad_arguments(self):
        self.raises("TypeError", "c.Function('add').call(rax=1)")
        self.raises("OverflowError", "c.Function('add').call(rbx=1 << c._WIDTH)")
        self.raises("OverflowError", "c.Function('add').call(rbx=-1 << c._WIDTH)")

    def test_no_vmm(self):
        for vmm in ("none", "foreign"):
            self.python("f = c.Function('dbgsh')\n"
                        "assert not f.callable and f.number <= 0", vmm=vmm)
            self.raises("c.NotCallable", "c.status()", vmm=vmm)

    def test_vmm_that_goes_away(self):
        self.raises("c.VmmGone", "f = c.Function('dbgsh')\n"
                    "    for i in range(50): f.call(rbx=-1)", vmm="gone")

    def test_no_library(self):
        self.raises("OSError", "c.status()", library="no-such-library.so")


class TapResult(unittest.TestResult):
    """Prints a line a test, while they run."""

    def line(self, ok, test, text=""):
        print(f"{ok} {self.testsRun} {test.id()}", flush=True)
        for part in text.splitlines():
            print("# " + part)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.line("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("not ok", test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.line("not ok", test, self.errors[-1][1])



def main():
    classes = [Status, Call, Bench, Completion] + ([Binding] if LIBRARY else [])
    suite = unittest.TestSuite(map(unittest.defaultTestLoader.loadTestsFromTestCase,
                                   classes))
    print(f"TAP version 13\n1..{suite.countTestCases()}")
    result = TapResult()
    suite.run(result)
    return not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main())
