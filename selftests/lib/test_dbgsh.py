#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""dbgsh on real pseudo-terminals, above a fake VMM. Prints TAP.

The argument is the program. What needs libedit is left out with --plain.
"""
import argparse
import contextlib
import os
import re
import select
import signal
import stat
import subprocess
import sys
import tempfile
import termios
import time

import pexpect

PROMPT = r"\n> |^> "
ESCAPE = re.compile(r"\x1b")
SECONDS = 20

SYMBOLS = """\
0000000000000000 A per_cpu_start
ffffffff81000000 T _text
ffffffff81000000 T first
ffffffff81000100 t twice
ffffffff81000200 T schedule
ffffffff81000300 T schedule_timeout
ffffffff81000400 t twice
ffffffffc0000000 t module_start\t[module]
ffffffffc0000000 t twice\t[module]
"""
HIDDEN = re.sub("^[0-9a-f]{16}", "0" * 16, SYMBOLS, flags=re.M)


class Failed(Exception):
    """Something else came than should have."""


class Skip(Exception):
    """What a test takes isn't there."""


def check(ok, what):
    if not ok:
        raise Failed(what)


class Dir:
    """A home, and the files that the tests need."""

    def __init__(self, path, program):
        self.path = path
        self.program = program
        self.history = os.path.join(path, ".dbgsh_history")
        self.symbols = self.write("symbols", SYMBOLS)
        self.hidden = self.write("hidden", HIDDEN)

    def write(self, name, text):
        path = os.path.join(self.path, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def env(self, vmm="", **more):
        """TERM is one without escape codes, so that screens can be compared."""
        return {"HOME": self.path, "FAKE_VMM": vmm, "TERM": "dumb", "PAGER": "cat",
                "PATH": os.environ["PATH"], **more}

    def run(self, *args, text="", vmm="", **more):
        return subprocess.run([self.program, *args], input=text, text=True,
                              capture_output=True, timeout=SECONDS, check=False,
                              encoding="latin1", env=self.env(vmm, **more))

    @contextlib.contextmanager
    def client(self, *args, vmm="", rows=24, columns=80, **more):
        """A client on a terminal, at its first prompt."""
        child = pexpect.spawn(self.program, list(args), timeout=SECONDS,
                              encoding="latin1", env=self.env(vmm, **more),
                              dimensions=(rows, columns))
        child.delaybeforesend = None
        try:
            child.expect(PROMPT)
            yield child
        finally:
            child.close(force=True)


def say(child, line, wanted=PROMPT):
    """Type a line; returns what came before what is wanted, without the echo."""
    child.send(line + "\r")
    child.expect(wanted)
    return child.before.replace("\r", "").partition("\n")[2].strip("\n")


def settings(child):
    return termios.tcgetattr(child.child_fd)


def ended_by(child, sig):
    child.expect(pexpect.EOF)
    child.close()
    return child.signalstatus == sig


def test_a_line(d):
    with d.client() as c:
        check(say(c, "hello") == "[hello]", "no answer")
        check(say(c, "again") == "[again]", "no second answer")
        c.send("\x04")
        c.expect(pexpect.EOF)
        c.close()
        check(c.exitstatus == 0, f"status {c.exitstatus}")


def test_exit(d):
    with d.client() as c:
        c.send("exit\r")
        c.expect(pexpect.EOF)
        c.close()
        check(c.exitstatus == 0, f"status {c.exitstatus}")


def test_editing(d):
    with d.client() as c:
        # Left, home, end, delete a word, erase
        check("[world]" in say(c, "orle\x7f\x01w\x05dx\x1b[D\x04\x05"), "not edited")
        check("[b]" in say(c, "aaa\x15b"), "Ctrl-U")
        check("[one]" in say(c, "one two\x17\x7f"), "Ctrl-W")


def test_unknown_terminal(d):
    """An initramfs has no terminfo."""
    for term in ("no-such-terminal", ""):
        with d.client(TERM=term) as c:
            check(c.before == "", f"{term!r}: it says {c.before!r}")
            check("[hello]" in say(c, "helll\x7fo"), "no editing")


def test_no_escapes(d):
    for args, text in ((["-c", "help"], ""), ([], "help\nhello\n")):
        result = d.run(*args, text=text, TERM="xterm")
        check(not ESCAPE.search(result.stdout + result.stderr), "escape codes")
        check("exit" in result.stdout and "> " not in result.stdout,
              repr(result.stdout))


def test_history(d):
    with d.client() as c:
        say(c, "first one")
        say(c, "second one")
        check("[first one]" in say(c, "\x1b[A\x1b[A"), "not in this session")
    with d.client() as c:
        check("[first one]" in say(c, "\x1b[A"), "not in the next session")
        check("[second one]" in say(c, "\x12second"), "Ctrl-R")
    mode = stat.S_IMODE(os.stat(d.history).st_mode)
    check(mode == 0o600, f"mode {mode:o}")


def test_no_history(d):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(d.history)
    with d.client("-H") as c:
        say(c, "secret")
    check(not os.path.exists(d.history), "-H has written it")
    other = d.write("other", "")
    os.symlink(other, d.history)
    with d.client() as c:
        check("[secret]" in say(c, "secret"), "a link as history")
    os.unlink(d.history)
    check(os.path.getsize(other) == 0, "a link was followed")
    with d.client(HOME="/nonexistent") as c:
        check("[secret]" in say(c, "secret"), "no place for history")


def test_completion(d):
    with d.client() as c:
        check("exit - leave" in say(c, "hel\t"), "a command")
        c.send("lo\t")
        c.expect("long")
        c.send("\t")
        c.expect("long +longer")
        c.expect("> long")
        check("[longer]" in say(c, "e\t\x7f"), "one of several")
        check("[help exit]" in say(c, "help e\t\x7f"), "help's argument")
        check("[nothing]" in say(c, "nothi\tng"), "no candidate")


def test_completion_of_symbols(d):
    with d.client(f"--symbols={d.symbols}") as c:
        check("[x 0xffffffff81000200]" in say(c, "x @sche\t"), "the beginning")
        c.send("x @sche\t\t")
        c.expect("@schedule +@schedule_timeout")
        c.expect("> x @schedule")
        check("[x 0xffffffff81000200]" in say(c, ""), "behind the list")
        check("[x 0xffffffff81000300]" in say(c, "x @schedule_\t\x7f"), "all of it")


def test_interrupt(d):
    with d.client() as c:
        c.send("abc\x03")
        c.expect(PROMPT)
        check(say(c, "new") == "[new]", "the line was not dropped")
        c.send("long\r")
        c.expect("0123")
        # Until the pipe between us is full
        time.sleep(0.2)
        c.send("\x03")
        c.expect(PROMPT)
        check(len(c.before) < 100000, "the output was not dropped")
        check(say(c, "new") == "[new]", "the shell is not usable")


def test_interrupt_while_stopped(d):
    """Ctrl-S, then Ctrl-C: the client is at any place of a write then."""
    with d.client() as c:
        for i in range(20):
            c.send("long\r")
            c.expect("0123")
            c.send("\x13")
            time.sleep(0.05)
            c.send("\x03")
            c.expect(PROMPT)
            check(say(c, f"new {i}") == f"[new {i}]", "the shell is not usable")


def test_interrupt_in_a_pipe(d):
    """Ctrl-C while lines are awaited from a pipe, and the output is a terminal's."""
    master, slave = os.openpty()
    with subprocess.Popen([d.program], env=d.env(), stdin=subprocess.PIPE,
                          stdout=slave, stderr=slave) as client:
        os.close(slave)
        client.stdin.write(b"hello\n")
        client.stdin.flush()
        while b"]" not in os.read(master, 100):
            pass
        time.sleep(0.1)
        client.send_signal(signal.SIGINT)
        status = client.wait(SECONDS)
    os.close(master)
    check(status == -signal.SIGINT, f"status {status}")


def test_signals(d):
    for sig in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1):
        with d.client() as c:
            reference = os.open(os.ttyname(c.child_fd), os.O_RDWR | os.O_NOCTTY)
            c.send("abc")
            c.expect("abc")
            check(not settings(c)[3] & termios.ICANON, "the line isn't edited")
            c.kill(sig)
            check(ended_by(c, sig), f"not ended by {sig}")
            check(termios.tcgetattr(reference)[3] & termios.ICANON,
                  "the terminal is not as it was")
            os.close(reference)


def nohup(d):
    child = pexpect.spawn("/bin/sh", ["-c", f"trap '' HUP; exec {d.program}"],
                          timeout=SECONDS, encoding="latin1", env=d.env())
    child.expect(PROMPT)
    return child


def hang_up(child):
    child.ptyproc.fileobj.close()
    child.ptyproc.closed = child.closed = True
    for _ in range(100):
        if not child.isalive():
            return
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGKILL)
    raise Failed("it lives on without its terminal")


def test_signals_ignored(d):
    child = nohup(d)
    child.kill(signal.SIGHUP)
    check(say(child, "alive") == "[alive]", "SIGHUP was not ignored")
    child.close(force=True)


def test_hang_up(d):
    with d.client() as c:
        hang_up(c)


def test_hang_up_ignored(d):
    hang_up(nohup(d))


@contextlib.contextmanager
def job_control(d):
    child = pexpect.spawn("/bin/bash", ["--norc", "--noprofile", "-i"],
                          timeout=SECONDS, encoding="latin1",
                          env=d.env(PS1="SH# ", HISTFILE="/dev/null"))
    child.delaybeforesend = None
    try:
        child.expect("SH# ")
        child.send(d.program + "\r")
        child.expect(PROMPT)
        yield child
    finally:
        child.close(force=True)


def test_stop(d):
    with job_control(d) as c:
        before = None
        for _ in range(2):
            c.send("hel")
            # What was typed and not read yet is lost with Ctrl-Z, as everywhere.
            c.expect("hel")
            c.send("\x1a")
            c.expect("Stopped.*SH# ")
            c.send("stty -a | grep -o ' icanon.*'\r")
            c.expect("SH# ")
            check(" icanon" in c.before, "stopped with the settings of the editor")
            check(before in (None, c.before), "not the same settings")
            before = c.before
            c.send("fg\r")
            # The line is there again.
            c.expect("> hel")
            check("[hello]" in say(c, "lo"), "the line is lost")
        c.send("exit\r")
        c.expect("SH# ")


def test_sigstop(d):
    with d.client() as c:
        c.send("hel")
        c.expect("hel")
        c.kill(signal.SIGSTOP)
        attributes = settings(c)
        attributes[3] |= termios.ICANON | termios.ECHO
        termios.tcsetattr(c.child_fd, termios.TCSANOW, attributes)
        c.kill(signal.SIGCONT)
        c.expect("hel")
        check("[hello]" in say(c, "lo"), "the line is lost")


def test_window_size(d):
    line = "a" * 60
    with d.client(TERM="vt100") as c:
        check(f"[{line}]" in say(c, line), "in a wide window")
        c.setwinsize(24, 40)
        time.sleep(0.2)
        c.send(line)
        # It wraps at the new width.
        c.expect("a{38}[^a]+a{22}")
        check(f"[{line}]" in say(c, ""), "in a narrow window")


def test_pager(d):
    pager = "sed s/^/paged:/"
    with d.client(PAGER=pager) as c:
        check("paged:" not in say(c, "help"), "short output is paged")
        check(say(c, "long").count("paged:0123") == 4000, "long output is not paged")
        c.setwinsize(4, 80)
        check("paged:help" in say(c, "help"), "in a small window")
        check("paged:" not in say(c, "addresses"), "what fits just so is paged")
    with d.client("-P", PAGER=pager) as c:
        check("paged:" not in say(c, "long"), "paged with -P")
    with d.client(PAGER="") as c:
        check("paged:" not in say(c, "long"), "paged with an empty PAGER")
    check("paged:" not in d.run("-c", "long", PAGER=pager).stdout, "paged in a pipe")


def test_pager_is_left(d):
    with d.client(PAGER="head -n 2 | sed s/^/paged:/") as c:
        check(say(c, "long").count("paged:") == 2, "not paged")
        check(say(c, "new") == "[new]", "the shell is not usable")
    with d.client(PAGER="exec sleep 60") as c:
        c.send("long\r")
        # It reads nothing, so that the client can't write.
        time.sleep(0.5)
        c.send("\x03")
        c.expect(PROMPT)
        check(say(c, "new") == "[new]", "not after Ctrl-C either")


def test_less(d):
    """What people have."""
    env = {k: v for k, v in d.env(TERM="vt100").items() if k != "PAGER"}
    child = pexpect.spawn(d.program, timeout=SECONDS, encoding="latin1", env=env)
    child.expect("> ")
    child.send("long\r")
    child.expect(r"\n.{0,20}:")
    child.send("q")
    child.expect("> ")
    child.send("new\r")
    child.expect(r"\[new\]")
    child.close(force=True)


def test_symbols(d):
    def run(*commands, file=d.symbols):
        args = [part for command in commands for part in ("-c", command)]
        result = d.run(f"--symbols={file}", *args)
        return result.returncode, result.stdout, result.stderr

    for word, address in (("@first", "81000000"), ("@first+0x10", "81000010"),
                          ("@schedule+16", "81000210"),
                          ("@module:twice", "c0000000"),
                          ("@vmlinux:schedule", "81000200")):
        check(run(f"x  {word} y") == (0, f"[x  0xffffffff{address} y]\n", ""), word)
    check(run("a@first @") == (0, "[a@first @]\n", ""), "what is no symbol")
    for word, why in (("@nothing", "no such symbol"), ("@twice", "ambiguous"),
                      ("@first+", "offset"), ("@first+0x1z", "offset"),
                      ("@module:first", "no such symbol")):
        status, out, err = run(f"x {word}", "y")
        check((status, out) == (5, "[y]\n") and why in err, f"{word}: {err}")
    status, out, err = run("x @first", file=d.hidden)
    check(status == 5 and not out and "kptr_restrict" in err, "hidden addresses")
    status, out, err = run("x @first", file="/nonexistent")
    check(status == 5 and not out and "No such file" in err, "no list")


def test_sym(d):
    def run(command, vmm="", file=d.symbols):
        return d.run(f"--symbols={file}", "-c", command, vmm=vmm)

    check(run("sym ffffffff81000204 0xffffffffc0000001").stdout ==
          "schedule+0x4\nmodule_start+0x1 [module]\n", "sym")
    check(run("sym ffffffff81000104").stdout == "twice+0x4\n", "between two")
    for command in ("sym fffffffff0000000", "sym 1000", "sym nonsense"):
        check(run(command).returncode == 5, command)
    check("sym address" in run("help").stdout, "not in the help")
    check(run("sym 1", vmm="sym").stdout == "[sym 1]\n", "the shell's own is hidden")
    check("sym address" not in run("help", vmm="sym").stdout, "both in the help")


def test_annotate(d):
    result = d.run("-s", f"--symbols={d.symbols}", "-c", "addresses")
    check(result.stdout ==
          "0xffffffff81000010 ffffffff81000100, 1234  <_text+0x10>  <twice+0>\n"
          "ffffffffc0000004  <module_start+0x4 [module]>\n", repr(result.stdout))
    result = d.run("-s", f"--symbols={d.hidden}", "-c", "hello")
    check(result.stdout == "[hello]\n", "without symbols")


def test_visits(d):
    cpus = len(os.sched_getaffinity(0))
    for command, count in (("visits", 0), ("visits all", cpus),
                           ("visits cpu=0", cpus), ("visits cpus allx", 0)):
        out = d.run("-c", command).stdout
        check(out == f"visits {count}\n", f"{command}: {out}")
    with d.client() as c:
        say(c, "visits all")
        check(os.sched_getaffinity(c.pid) == os.sched_getaffinity(0), "affinity")


def test_turns(d):
    with d.client() as first:
        result = d.run("-n", "-c", "help")
        check(result.returncode == 6 and not result.stdout, "-n")
        check(f"process {first.pid}" in result.stderr, "who has it")
        with subprocess.Popen([d.program, "-c", "hello"], env=d.env(), text=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as second:
            check("waiting" in second.stderr.readline(), "no message")
            time.sleep(0.5)
            check(second.poll() is None, "it doesn't wait")
            check(say(first, "mine") == "[mine]", "the first is disturbed")
            first.kill(signal.SIGKILL)
            check(second.communicate(timeout=SECONDS)[0] == "[hello]\n", "no turn")


def test_many_turns(d):
    """All at once: each gets its turn."""
    clients = []
    for i in range(20):
        clients.append(subprocess.Popen(  # pylint: disable=consider-using-with
            [d.program, "-c", f"number {i}"], env=d.env(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
    for i, client in enumerate(clients):
        out = client.communicate(timeout=2 * SECONDS)[0]
        check(out == f"[number {i}]\n", f"{i}: {out}")


def test_gone(d):
    with d.client(vmm="gone=8") as c:
        for _ in range(10):
            c.send("hello\r")
        c.expect("the VMM has gone away")
        c.expect(pexpect.EOF)
        c.close()
        check(c.exitstatus == 4, f"status {c.exitstatus}")


def test_fall_back(d):
    """BitVisor's: the shell echoes and edits."""
    with d.client(vmm="nobulk") as c:
        check(not settings(c)[3] & (termios.ICANON | termios.ECHO), "settings")
        check(say(c, "helll\x7fo") == "[hello]", "editing")
        c.send("abc\x03")
        c.expect(PROMPT)
        check(say(c, "new") == "[new]", "Ctrl-C")
        c.send("exit\r")
        c.expect(pexpect.EOF)
        c.close()
        check(c.exitstatus == 0, f"status {c.exitstatus}")
    with d.client(vmm="nobulk,noecho") as c:
        check(settings(c)[3] & termios.ICANON, "settings without echo")
        check(say(c, "helll\x7fo") == "[hello]", "editing without echo")
    with d.client("-b") as c:
        check(not settings(c)[3] & termios.ICANON, "-b")


class Pty:
    """dbgsh --pty, and somebody who attaches to it."""

    def __init__(self, d, vmm="", args=()):
        # pylint: disable-next=consider-using-with
        self.server = subprocess.Popen([d.program, "--pty", *args], env=d.env(vmm),
                                       stdout=subprocess.PIPE, text=True)
        self.name = self.server.stdout.readline().strip()
        self.rest = self.server.stdout.read()
        self.fd = None

    def attach(self):
        self.fd = os.open(self.name, os.O_RDWR | os.O_NOCTTY)
        return self.read("> ")

    def detach(self):
        os.close(self.fd)
        # As a person does: it looks ten times a second.
        time.sleep(0.3)

    def read(self, end):
        """What comes, up to and with this."""
        text = ""
        while not text.endswith(end):
            check(select.select([self.fd], [], [], SECONDS)[0], f"only {text!r}")
            text += os.read(self.fd, 4096).decode("latin1")
        return text

    def type(self, text, end="\n> "):
        os.write(self.fd, text.encode())
        return self.read(end)

    def close(self):
        self.server.terminate()
        return self.server.wait(SECONDS)


@contextlib.contextmanager
def pty(d, **more):
    p = Pty(d, **more)
    try:
        yield p
    finally:
        # It ends when its session has, which has the shell until then.
        with contextlib.suppress(subprocess.TimeoutExpired):
            p.close()
        p.server.kill()
        p.server.wait()
        p.server.stdout.close()


def test_pty(d):
    with pty(d) as p:
        check(re.fullmatch(r"/dev/pts/\d+", p.name) and not p.rest, "its name")
        mode = stat.S_IMODE(os.stat(p.name).st_mode)
        check(mode == 0o600, f"mode {mode:o}")
        for i in range(3):
            check(p.attach() == "> ", "no prompt")
            check("\r\n[hello]\r\n> " in p.type("helll\x7fo\r"), f"attached {i}")
            check("[next]" in p.type("abc\x03next\r", "[next]\r\n> "), "Ctrl-C")
            # Half a line, which must not be the next one's
            os.write(p.fd, b"garb")
            p.detach()
        check(p.close() == -signal.SIGTERM, "SIGTERM")
        check(not os.path.exists(p.name), "it is still there")


@contextlib.contextmanager
def attached(d, *argv):
    """A program by which a person attaches to a pseudo-terminal, on a terminal of its own."""
    child = pexpect.spawn(argv[0], list(argv[1:]), timeout=SECONDS, encoding="latin1",
                          env=d.env(TERM="vt100", SCREENDIR=d.path), dimensions=(24, 80))
    try:
        yield child
    finally:
        child.close(force=True)


def come_and_go(d, leave, *argv):
    """Attach, work, leave, and that again: the server lives on.

    The second time can only succeed for one who isn't root if the first one's TIOCEXCL is
    gone with it."""
    with pty(d) as p:
        for word in ("first", "second"):
            with attached(d, *argv, p.name) as c:
                c.expect("> ")
                c.send(f"{word}x\x7f\r")
                c.expect(rf"\[{word}\]")
                for key, answer in leave:
                    c.send(key)
                    c.expect(answer)
            # It looks for who has left ten times a second.
            time.sleep(0.3)
        check(p.server.poll() is None, "it ended with its user")


def test_pty_screen(d):
    come_and_go(d, (("\x01k", "[Kk]ill"), ("y", pexpect.EOF)), "screen", "-c", "/dev/null")


def test_pty_minicom(d):
    come_and_go(d, (("\x01x", "Leave"), ("\r", pexpect.EOF)), "minicom", "-o", "-D")


def test_pty_escapes(d):
    with pty(d) as p:
        p.attach()
        text = p.type("abc\x01x\x05\x7f\x1b[Ay\x15help\r")
        check("exit - leave" in text and not ESCAPE.search(text), repr(text))


def test_pty_unread(d):
    """A terminal that reads nothing, and one that goes away in the midst of it."""
    with pty(d) as p:
        p.attach()
        os.write(p.fd, b"long\r")
        time.sleep(0.5)
        p.detach()
        check(p.attach() == "> ", "the next one got something old")
        check("[hello]" in p.type("hello\r"), "the next one")


def test_pty_exit(d):
    with pty(d) as p:
        p.attach()
        check(p.type("exit\r", "\n> "), "no fresh session")
        check("[hello]" in p.type("hello\r"), "the fresh session")


def test_pty_gone(d):
    # Two look-ups in each process, a reset, a line, and no more
    with pty(d, vmm="gone=6") as p:
        p.attach()
        p.type("hello\r")
        p.type("hello\r", "gone away\r\n")
        time.sleep(0.3)
        p.type("\r", "> ")
        check(p.server.poll() is None, "it ended with the VMM")
        p.detach()
        check(p.attach() == "> ", "it was not to be had again")


def test_pty_keeps_no_turn(d):
    """Who serves a terminal that nobody uses has not got the shell."""
    with pty(d) as p:
        check(d.run("-n", "-c", "hello").returncode == 0, "before")
        p.attach()
        check(d.run("-n", "-c", "hello").returncode == 6, "attached")
        p.detach()
        check(d.run("-n", "-c", "hello").returncode == 0, "detached")


def test_pty_nohup(d):
    with pty(d, args=["-H"]) as p:
        p.server.send_signal(signal.SIGHUP)
        check(p.server.wait(SECONDS) == -signal.SIGHUP, "SIGHUP")
    result = d.run("--pty", vmm="none")
    check(result.returncode == 1 and not result.stdout, "without a VMM")


def test_pty_fall_back(d):
    with pty(d, vmm="nobulk") as p:
        for _ in range(2):
            check(p.attach() == "> ", "no prompt")
            check("[hello]" in p.type("helll\x7fo\r"), "no answer")
            p.detach()


def test_tmux(d):
    """As a person has it: dbgsh in a window, and its terminal in another."""
    server = ["tmux", "-f", "/dev/null"]
    # Its socket's directory by default is root's here, where a namespace has a user as root.
    env = d.env(TMUX_TMPDIR=d.path)

    def tmux(*args):
        return subprocess.run([*server, *args], env=env, text=True, check=True,
                              capture_output=True, timeout=SECONDS).stdout

    def wait(pattern):
        for _ in range(100):
            if re.search(pattern, tmux("capture-pane", "-p")):
                return
            time.sleep(0.1)
        raise Failed(f"no {pattern!r} in {tmux('capture-pane', '-p')!r}")

    try:
        tmux("new-session", "-d", "-x", "80", "-y", "24", d.program)
        wait("^>")
        tmux("send-keys", "helllo", "Left", "BSpace", "Enter")
        wait(r"\[hello\]\n>")
        tmux("send-keys", "long", "Enter")
        wait("0123456789abcdef\n>")
        tmux("resize-window", "-x", "40", "-y", "12")
        tmux("send-keys", "C-c", "Up", "Up", "Enter")
        wait(r"\[hello\]\n>")
    finally:
        subprocess.run([*server, "kill-server"], env=env, check=False, capture_output=True)


NEEDS_EDITING = (test_editing, test_history, test_no_history, test_completion,
                 test_completion_of_symbols, test_sigstop, test_stop,
                 test_unknown_terminal, test_window_size, test_pty_escapes,
                 test_signals, test_tmux)


def run_one(number, test, args):
    # A home for each: what one leaves isn't there for the next.
    with tempfile.TemporaryDirectory() as path:
        try:
            test(Dir(path, args.program))
            ok, why = True, ""
        except Skip as reason:
            print(f"ok {number} {test.__name__[5:].replace('_', ' ')} # SKIP {reason}")
            return True
        except pexpect.ExceptionPexpect as error:
            ok, why = False, f"{type(error).__name__}: " + "\n".join(
                line for line in str(error).splitlines() if "100 chars" in line)
        except (Failed, OSError, subprocess.SubprocessError) as error:
            ok, why = False, f"{type(error).__name__}: {error}"
    print(f"{'ok' if ok else 'not ok'} {number} {test.__name__[5:].replace('_', ' ')}")
    for line in why.splitlines():
        print(f"# {line[:300]}")
    sys.stdout.flush()
    return ok


def main(tests, needs_editing, description):
    """@tests: by name; those that @needs_editing names are left out with --plain."""
    p = argparse.ArgumentParser(description=description)
    p.add_argument("program")
    p.add_argument("--plain", action="store_true")
    p.add_argument("--only")
    args = p.parse_args()
    args.program = os.path.abspath(args.program)
    # Those that a job in the background, or one of nohup, is started with
    for sig in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(sig, signal.SIG_DFL)
    tests = [test for name, test in tests.items() if name.startswith("test_")
             and callable(test) and not (args.plain and test in needs_editing)
             and args.only in (None, name)]
    print(f"TAP version 13\n1..{len(tests)}")
    results = [run_one(i + 1, test, args) for i, test in enumerate(tests)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(globals(), NEEDS_EDITING, __doc__))
