#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""test_vmmcall.py VMMCALL - what vmmcall prints for programs, above a fake VMM

VMMCALL is a vmmcall that was linked with fake_vmm.c. Prints TAP.
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

VMMCALL = os.path.abspath(sys.argv.pop(1))
COMPLETION = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "../../userspace/completion/vmmcall")
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
        done = run("status", "--json")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count("\n"), 1)
        status = loads(done.stdout)
        self.assertEqual(status["version"], "0.1.0")
        self.assertEqual(status["vendor"], "svm")
        self.assertEqual(status["log"], {"written": 10, "lost": 0, "suppressed": 0,
                                         "attached": 1, "ring": 32768})
        self.assertEqual(status["dbgsh"], {"state": "on", "ignored": 3})
        self.assertEqual(status["quote"], 'a"b\\c')
        self.assertEqual(len(status["cpu"]), status["cpus"])
        for number, cpu in enumerate(status["cpu"]):
            self.assertEqual(cpu["number"], number)
            self.assertEqual(cpu["state"], "in")
            self.assertGreater(cpu["exits"]["VMMCALL"], ULL_MAX - 1000)
            self.assertIsInstance(cpu["exits"]["0x7b"], int)
            self.assertEqual((cpu["ticks"], cpu["refused"]), (12, 0))

    def test_text_is_the_report(self):
        done = run("status")
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
        # Two calls a block, the text having grown; each adds 7.
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
    """userspace/completion/vmmcall, in a shell of its own"""

    def complete(self, *words, vmm=""):
        script = """
            vmmcall() { "$VMMCALL" "$@"; }
            . "$1" || exit
            shift
            COMP_WORDS=("$@")
            COMP_CWORD=$(($# - 1))
            $(complete -p vmmcall | sed 's/.*-F \\([^ ]*\\).*/\\1/') vmmcall
            printf '%s\\n' "${COMPREPLY[@]}"
        """
        done = subprocess.run(
            ["bash", "--norc", "-c", script, "bash", COMPLETION, "vmmcall", *words],
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
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    print(f"TAP version 13\n1..{suite.countTestCases()}")
    result = TapResult()
    suite.run(result)
    return not result.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main())
