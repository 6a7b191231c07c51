#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""dbgsh with another's rights, as sudo gives them: no way to a shell. Prints TAP.

The argument is the program, as test_dbgsh.py has it.
"""
import contextlib
import os
import sys
import time

import pexpect

import test_dbgsh
from test_dbgsh import PROMPT, SECONDS, Skip, check, say

SUDO = {"SUDO_UID": "1000"}
# Found by its real name: a busybox called less is no pager here.
LESS = next((path for path in ("/usr/bin/less", "/bin/less")
             if os.path.basename(os.path.realpath(path)) == "less"
             and os.path.exists(path)), None)
LESS_PROMPT = r"\n.{0,20}:"


class Mark:
    """A file that is there once a command of the person's was run."""

    def __init__(self, d):
        self.path = os.path.join(d.path, "mark")

    def command(self):
        return f"touch {self.path}"

    def check(self, what):
        # Whatever was started has had the time to do it.
        time.sleep(0.3)
        check(not os.path.exists(self.path), what)


def own_less(d, mark):
    """A directory for PATH with programs of the person's."""
    path = os.path.join(d.path, "bin")
    os.mkdir(path)
    for name in ("less", "more", "vi", "sh"):
        with open(os.path.join(path, name), "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\n{mark.command()}\n")
        os.chmod(file.name, 0o755)
    return f"{path}:{os.environ['PATH']}"


@contextlib.contextmanager
def client(d, env, **more):
    """On a terminal that less can use."""
    env = dict(d.env(TERM="vt100"), **env)
    del env["PAGER"]
    env.update(more.pop("late", {}))
    child = pexpect.spawn(d.program, timeout=SECONDS, encoding="latin1", env=env, **more)
    child.delaybeforesend = None
    try:
        child.expect("> ")
        yield child
    finally:
        child.close(force=True)


def page(c):
    """Show more than the screen holds. Return: whether less has it"""
    c.send("long\r")
    if not LESS:
        c.expect(PROMPT)
        return False
    c.expect(LESS_PROMPT)
    return True


def leave(c):
    """The keys that less took for its own may have led into its help: out of both."""
    for _ in range(5):
        c.send("q")
        # less puts a vt100's keypad back; its help, too, has "> ".
        if c.expect([r"\x1b\[\?1l\x1b>> ", pexpect.TIMEOUT], timeout=2) == 0:
            break
    c.send("\x15")
    c.send("new\r")
    c.expect(r"\[new\]")


def try_to_escape(d, mark, env, **more):
    with client(d, env, **more) as c:
        if not page(c):
            return
        for keys in (f"!{mark.command()}\r", f"|$ {mark.command()}\r", "v", "\x1b!",
                     f"s{mark.path}\r", f"#{mark.command()}\r"):
            c.send(keys)
            # Room for a message, which wants a key.
            time.sleep(0.2)
            c.send("\r")
        mark.check("less ran a command")
        leave(c)


def test_less_is_no_shell(d):
    mark = Mark(d)
    try_to_escape(d, mark, SUDO)
    for name in ("DOAS_USER", "PKEXEC_UID"):
        try_to_escape(d, mark, {name: "1000"})


def test_less_could_be_one(d):
    """That the keys above are those: with rights of its own less runs the command."""
    mark = Mark(d)
    with client(d, {}) as c:
        if LESS and page(c):
            c.send(f"!{mark.command()}\r")
            c.expect("done")
            check(os.path.exists(mark.path), "not run")


def test_environment(d):
    """No variable names a command for less to run."""
    mark = Mark(d)
    keys = d.write("keys", f"#command\nx shell {mark.command()}\\n\n")
    env = {"LESSOPEN": f"|-{mark.command()}; cat", "LESSCLOSE": mark.command(),
           "VISUAL": mark.command(), "EDITOR": mark.command(), "LESSKEYIN": keys,
           "LESSSECURE": "0", "LESSEDIT": mark.command(), "LESS": f"-o{mark.path}",
           "PATH": own_less(d, mark), "SHELL": os.path.join(d.path, "bin/sh")}
    try_to_escape(d, mark, dict(SUDO, **env))
    with client(d, dict(SUDO, **env)) as c:
        if page(c):
            c.send("x")
            leave(c)
    mark.check("a variable was believed")


def test_pager_variable(d):
    mark = Mark(d)
    pager = {"PAGER": f"{mark.command()}; sed s/^/paged:/"}
    with client(d, SUDO, late=pager) as c:
        if page(c):
            leave(c)
    mark.check("PAGER was run")
    with d.client(**SUDO) as c:
        check(say(c, "long").count("cdef0123") == 4000, "PAGER=cat is not heeded")


def can_be_nobody():
    """Whether we are root, and not of a namespace that has no other user."""
    with open("/proc/self/uid_map", encoding="ascii") as f:
        maps = [[int(number) for number in line.split()] for line in f]
    return not os.getuid() and any(0 <= 65534 - first < count for first, _, count in maps)


def test_effective_id(d):
    mark = Mark(d)
    if not can_be_nobody():
        raise Skip("it takes root to be somebody else")
    os.chmod(d.path, 0o755)
    for ids in (lambda: os.setresuid(65534, 0, 0), lambda: os.setresgid(65534, 0, 0)):
        try_to_escape(d, mark, {}, preexec_fn=ids)


def try_to_edit(d, mark, env):
    """libedit's own ways: Alt-X, and a key for its vi-histedit."""
    with client(d, dict(SUDO, PATH=own_less(d, mark), **env)) as c:
        for alt_x in ("\x1bx", "\x1bX"):
            c.send(f"{alt_x}bind ^T vi-histedit\r")
            c.expect(r"\n> |: ")
            c.send("abc\x14")
            time.sleep(0.3)
            c.send("\x15")
        mark.check("vi was started")


def test_no_editor(d):
    try_to_edit(d, Mark(d), {})


def test_no_settings(d):
    for name in (".editrc", "editrc"):
        d.write(name, "bind ^T vi-histedit\n")
    try_to_edit(d, Mark(d), {"EDITRC": os.path.join(d.path, "editrc")})


def test_history(d):
    """In a home where others can put files there is none."""
    os.chmod(d.path, 0o777)
    with client(d, SUDO) as c:
        c.send("secret\r")
        c.expect(r"\[secret\]")
    check(not os.path.exists(d.history), "in another's home")
    os.chmod(d.path, 0o700)
    with client(d, SUDO) as c:
        c.send("secret\r")
        c.expect(r"\[secret\]")
    check(os.path.exists(d.history), "not in the user's own")
    # A second name of a file that somebody else may have made
    os.rename(d.history, d.history + ".else")
    os.link(d.history + ".else", d.history)
    size = os.path.getsize(d.history)
    with client(d, SUDO) as c:
        c.send("more\r")
        c.expect(r"\[more\]")
    check(os.path.getsize(d.history) == size, "a file with two names was written")


NEEDS_EDITING = (test_no_editor, test_no_settings, test_history)


if __name__ == "__main__":
    sys.exit(test_dbgsh.main({name: test for name, test in globals().items()
                              if name != "test_dbgsh"}, NEEDS_EDITING, __doc__))
