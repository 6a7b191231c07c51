#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What is said when something is missing that is not ours: one line, and what to do.

Prints TAP. A missing program, a full disk, no network, no right to install: each is had
by a PATH of our own, a small file system, or a proxy that nobody listens at. The last
line must say what to do, and there must be no traceback.
"""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import rig  # noqa: E402  pylint: disable=wrong-import-position

TOOLS = os.path.join(rig.TOP, "tools")
SETUP = os.path.join(TOOLS, "setup.sh")
BUILD = os.path.join(TOOLS, "build.sh")
QEMU, BOCHS, DEMO, CHECK = (os.path.join(rig.HERE, name)
                            for name in ("qemu", "bochs", "demo", "check"))
# The machine's own settings of apt, which are read later, may name a proxy that works.
NO_PROXY = ('Dir::Etc::Parts "/dev/null";\nDir::Etc::Main "/dev/null";\n'
            'Acquire::http::Proxy "http://127.0.0.1:9";\n'
            'Acquire::https::Proxy "http://127.0.0.1:9";\n')
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


class Place:
    """A directory with what the cases need, and the environments made of it."""

    def __init__(self, top):
        self.top = top
        self.setup = {"UNDERVISOR_CACHE": self.path("cache")}
        # All may read it, but it is nobody's to write.
        os.chmod(top, 0o755)

    def path(self, name):
        return os.path.join(self.top, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(self.path(name), 0o755)
        return self.path(name)

    def without(self, *names):
        """A PATH on which these programs are not."""
        found = tempfile.mkdtemp(prefix="without-", dir=self.top)
        os.chmod(found, 0o755)
        for where in ("/usr/bin", "/bin"):
            for name in os.listdir(where):
                if name not in names and not os.path.lexists(os.path.join(found, name)):
                    os.symlink(os.path.join(where, name), os.path.join(found, name))
        return {"PATH": found}

    def with_fakes(self, **scripts):
        """A PATH that begins with these programs, names and shell scripts."""
        fakes = tempfile.mkdtemp(prefix="fakes-", dir=self.top)
        os.chmod(fakes, 0o755)
        for name, script in scripts.items():
            self.write(os.path.join(fakes, name.replace("_", "-")), f"#!/bin/sh\n{script}\n")
        return {"PATH": fakes + os.pathsep + os.environ["PATH"]}


def on_full_disk(directory):
    """Arguments that run a command with a file system of 1 MB there; None: we can't."""
    for new in (["unshare", "-m"], ["unshare", "-rm"]):
        argv = [*new, "sh", "-c", 'mount -t tmpfs -o size=1m none "$0" && exec "$@"',
                directory]
        if not subprocess.run([*argv, "true"], check=False, capture_output=True).returncode:
            return argv
    return None


def rig_cases(place):
    shell = ["--shell", "--no-build"]
    yield ("no QEMU", [QEMU, *shell], place.without("qemu-system-x86_64"),
           r"rig: no qemu-system-x86_64 in PATH: run tools/setup.sh")
    yield ("no Bochs", [BOCHS, *shell], place.without("bochs"),
           r"rig: no bochs in PATH: run tools/setup.sh")
    yield ("no cpio", [QEMU, *shell], place.without("cpio"),
           r"rig: no cpio in PATH: run tools/setup.sh")
    yield ("no busybox", [QEMU, *shell], place.without("busybox"),
           r"rig: no busybox: run tools/setup.sh")
    yield ("a program that fails", [QEMU, *shell],
           place.with_fakes(cpio="echo out of order >&2; exit 5"),
           r"rig: cpio ended with status 5: out of order")
    yield ("no such kernel", [QEMU, *shell, "--kernel", "none"], {},
           r"rig: no kernel 'none' to boot: run tools/setup.sh")
    yield ("a demo without QEMU", [DEMO, "--no-build"], place.without("qemu-system-x86_64"),
           r"demo: FAILED: rig: no qemu-system-x86_64 in PATH: run tools/setup.sh")
    yield ("nowhere to build", [CHECK], {"UNDERVISOR_BUILD": "/proc/none"},
           r"check: .*/proc/none")


def setup_cases(place):
    # apt-get says that all is well when it could fetch nothing.
    apt = place.write("apt.conf", NO_PROXY)
    yield ("no network", [SETUP],
           {**place.setup, **place.with_fakes(sleep=":"), "APT_CONFIG": apt},
           r"setup: no package lists of \w+/main: the network, .* have to work")
    yield ("no right to write", [SETUP], {"UNDERVISOR_CACHE": "/proc/none"},
           r"setup: can't write to /proc/none: .* UNDERVISOR_CACHE")
    missing = {"dpkg_query": ":", "sleep": ":", "sudo": 'while [ "$1" = -v ]; do exit; done; '
               'exec "$@"'}
    yield ("a package that can't be had", [SETUP],
           {**place.setup, **place.with_fakes(apt_get="exit 100", **missing)},
           r"setup: the network, apt's sources and its proxy have to work")
    yield ("a package that can't be installed", [SETUP],
           {**place.setup, **place.with_fakes(
               apt_get='case "$*" in *" update") ;; *) exit 100 ;; esac', **missing)},
           r"setup: apt can't install the packages, .* have to work")
    os.makedirs(place.path("open"))
    os.chmod(place.path("open"), 0o777)
    user = [] if os.getuid() else NOBODY
    cache = {"UNDERVISOR_CACHE": place.path("open/cache")}
    # The checkout may be where only root looks.
    copy = place.write("setup.sh", rig.read_text(SETUP))
    yield ("no sudo", [*user, copy],
           {**cache, "PATH": place.with_fakes(dpkg_query=":")["PATH"].split(":")[0] + ":" +
            place.without("sudo")["PATH"]},
           r"setup: as root, run: apt install bc ")
    yield ("sudo that refuses", [*user, copy],
           {**cache, **place.with_fakes(dpkg_query=":", sudo="exit 1")},
           r"setup: sudo does not let you install packages; as root, run: apt install bc ")


def disk_cases(place):
    os.makedirs(place.path("full"))
    full = on_full_disk(place.path("full"))
    for what, argv, variable, wanted in (
            ("the rig", [QEMU, "--shell", "--no-build"], "TMPDIR",
             r"rig: no space left in .*/full or .*: free some"),
            ("Bochs' rig", [BOCHS, "--shell", "--no-build"], "TMPDIR",
             r"rig: no space left in .*/full or .*: free some"),
            ("the build", [BUILD, "user"], "UNDERVISOR_BUILD",
             r"build: no space left in .*/full: free some"),
            ("the cache", [SETUP], "UNDERVISOR_CACHE",
             r"setup: .*/full needs \d+ MB, and \d are free: free some")):
        yield (f"full disk, {what}", full and full + argv, {variable: place.path("full")},
               wanted)


def good(name, argv, env, wanted):
    done = subprocess.run(argv, check=False, env={**os.environ, **env}, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, errors="replace", timeout=1800)
    lines = done.stdout.splitlines() or [""]
    if done.returncode and re.match(wanted, lines[-1]) and "Traceback" not in done.stdout:
        return True
    print(f"# {name}: status {done.returncode}, wanted {wanted}")
    for line in lines[-20:]:
        print(f"# {line}")
    return False


def main():
    failed = number = 0
    with tempfile.TemporaryDirectory(prefix="errors-") as top:
        place = Place(top)
        for cases in (rig_cases, setup_cases, disk_cases):
            for name, argv, env, wanted in cases(place):
                number += 1
                if not argv:
                    print(f"ok {number} - {name} # SKIP no file system can be mounted here")
                    continue
                passed = good(name, argv, env, wanted)
                failed += not passed
                print(f"{'ok' if passed else 'not ok'} {number} - {name}", flush=True)
        # A failure must not look like success to the next run.
        number += 1
        stamped = os.path.exists(place.path("cache/apt/own/updated"))
        failed += stamped
        print(f"{'not ok' if stamped else 'ok'} {number} - no network: the next run tries again")
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
