# SPDX-License-Identifier: GPL-2.0-only
"""What the test machines have in common, whatever emulates them.

An initramfs is put together, a machine boots it with the console on its first
serial port and the verdict (TAP) on its second, and both are judged afterwards.
A crash, a hang or a missing piece can't look like success: the verdict must be
complete to its last line, and the console must be free of splats.
"""
import errno
import lzma
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# modinfo and depmod are root's, where an ordinary user's PATH does not lead.
os.environ["PATH"] = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))

# Written by guest-init.sh when everything has run.
END_MARK = "# rig: end"

# Loaded by name in the guest (modprobe NAME); dependencies are added.
DEFAULT_KMODS = ["kvm-amd", "kvm-intel", "msr", "cpuid"]

# A failure must end the boot at once instead of being lost in what follows.
FAIL_FAST = ("panic_on_warn=1 oops=panic panic=-1 softlockup_panic=1 "
             "hung_task_panic=1 sysctl.kernel.panic_on_rcu_stall=1 "
             "sysctl.kernel.hung_task_timeout_secs=60")

SPLATS = re.compile("|".join([
    r"\bBUG:", r"\bBUG \S+ \(", r"\bWARNING:", r"\bOops\b", r"Call Trace:", r"Kernel panic",
    r"kernel BUG at", r"unchecked MSR", r"\brcu:.*\b(stall|starved)",
    r"general protection", r"double fault", r"(soft|hard) ?lockup",
    r"\bLOCKUP\b", r"INFO: task .* blocked", r"Bad page", r"corruption",
    r"refcount_t:", r"\b(KASAN|UBSAN|KFENCE|KCSAN):", r"kmemleak: [1-9]",
    r"\bODEBUG:", r"received for unknown reason", r"Machine [Cc]heck", r"mce: \[Hardware",
    r"unexpected (interrupt|trap|exit)", r"detected stalls",
]))

# A user program's own fault is its signal, not the kernel's; and the emulated
# CPUs have flaws that the kernel regrets at boot.
HARMLESS = re.compile(r"traps: \S+\[\d+\] |Speculative Return Stack Overflow: |"
                      r"hw-vuln/|Spectre V2 : |RETBleed: ")


class RigError(Exception):
    """The rig itself can't do what it was asked for."""


def build_dir():
    return os.environ.get("UNDERVISOR_BUILD", os.path.join(TOP, "build"))


NO_SPACE = [os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT)]


def explain(error):
    """One line about what failed outside of the rig, and what to do."""
    text = str(error)
    if any(why in text for why in NO_SPACE):
        return (f"no space left in {tempfile.gettempdir()} or {build_dir()}: free some, or "
                "choose another directory by TMPDIR or UNDERVISOR_BUILD")
    command = getattr(error, "filename", None)
    if isinstance(error, FileNotFoundError) and os.sep not in str(command or os.sep):
        return f"no {command} in PATH: run tools/setup.sh"
    return text.splitlines()[0] if text else type(error).__name__


def run_main(name, main):
    """A program's main function; nothing outside of it that fails is worth a traceback."""
    try:
        return main()
    except (RigError, OSError) as error:
        print(f"{name}: {explain(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def command(argv, **more):
    """Run a command to its end; returns what it printed."""
    more = {"stdout": subprocess.PIPE, **more}
    try:
        done = subprocess.run(argv, check=True, text=True, errors="surrogateescape",
                              stderr=subprocess.PIPE, env=dict(os.environ, LC_ALL="C"),
                              **more)
    except subprocess.CalledProcessError as error:
        words = error.stderr.splitlines() or ["no message"]
        why = [line for line in words if any(w in line for w in NO_SPACE)] or words[-1:]
        raise RigError(f"{argv[0]} ended with status {error.returncode}: {why[0]}") from error
    return done.stdout


def cache_dir():
    """Where tools/setup.sh keeps the kernels."""
    return command([os.path.join(TOP, "tools", "setup.sh"), "--cache"]).strip()


class Kernel:
    """A stock kernel in the cache: image, modules, release."""

    def __init__(self, name):
        self.dir = os.path.realpath(os.path.join(cache_dir(), "kernels", name))
        self.name = os.path.basename(self.dir)
        self.image = os.path.join(self.dir, "vmlinuz")
        self.modules = os.path.join(self.dir, "modules")
        if not os.path.exists(self.image):
            raise RigError(f"no kernel {name!r} to boot: run tools/setup.sh")
        with open(os.path.join(self.dir, "release"), encoding="ascii") as f:
            self.release = f.read().strip()

    def module_files(self, names):
        """Paths, below the module directory, of modules and what they need.

        The package is never installed, so there is no modules.dep yet:
        dependencies are read from the modules themselves.
        """
        found = {}
        for base, _, files in os.walk(self.modules + "/"):
            for f in files:
                if ".ko" in f:
                    name = f.split(".ko")[0].replace("-", "_")
                    found[name] = os.path.join(base, f)
        todo = [n.replace("-", "_") for n in names]
        done = {}
        while todo:
            name = todo.pop()
            if name in done or name not in found:
                continue
            done[name] = found[name]
            deps = command(["modinfo", "-F", "depends", found[name]]).strip()
            todo += [d.replace("-", "_") for d in deps.split(",") if d]
        return [os.path.relpath(p, self.modules) for p in done.values()]


class Initramfs:
    """A directory that becomes the guest's root, and the image made of it."""

    def __init__(self, workdir):
        self.root = os.path.join(workdir, "root")
        self.image = os.path.join(workdir, "initramfs.cpio")
        shutil.rmtree(self.root, ignore_errors=True)
        for d in ("bin sbin usr/bin usr/sbin dev proc sys run tmp root rig "
                  "lib/modules selftests etc").split():
            os.makedirs(os.path.join(self.root, d))
        os.symlink("lib", os.path.join(self.root, "lib64"))

    def add(self, source, guest_path, mode=None):
        """Copy a file or a directory tree; symlinks in a tree stay links."""
        target = os.path.join(self.root, guest_path.lstrip("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.isdir(source):
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
            return
        if os.path.isdir(target):
            target = os.path.join(target, os.path.basename(source))
        shutil.copy(source, target)
        if mode is not None:
            os.chmod(target, mode)

    def write(self, guest_path, text):
        with open(self.root + guest_path, "w", encoding="utf-8") as f:
            f.write(text)

    def add_base(self):
        busybox = shutil.which("busybox")
        if not busybox:
            raise RigError("no busybox: run tools/setup.sh")
        self.add(busybox, "/bin/busybox", 0o755)
        os.symlink("busybox", os.path.join(self.root, "bin/sh"))
        self.add(os.path.join(HERE, "guest-init.sh"), "/init", 0o755)
        self.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
                                  "nobody:x:65534:65534:nobody:/tmp:/bin/sh\n")
        self.write("/etc/group", "root:x:0:\nnogroup:x:65534:\n")

    def add_kernel_modules(self, kernel, names):
        base = os.path.join("/lib/modules", kernel.release)
        for rel in kernel.module_files(names):
            source = os.path.join(kernel.modules, rel)
            if rel.endswith(".xz"):
                target = self.root + os.path.join(base, rel[:-3])
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with lzma.open(source) as i, open(target, "wb") as o:
                    shutil.copyfileobj(i, o)
            else:
                self.add(source, os.path.join(base, rel))
        os.makedirs(self.root + base, exist_ok=True)
        command(["depmod", "-b", self.root, kernel.release])

    def pack(self):
        names = []
        for base, dirs, files in os.walk(self.root):
            names += [os.path.relpath(os.path.join(base, n), self.root)
                      for n in dirs + files]
        with open(self.image, "wb") as out:
            command(["cpio", "-o", "-0", "-H", "newc", "-R", "0:0", "--quiet"],
                    input="\0".join(sorted(names)), stdout=out, cwd=self.root)
        return self.image


def make_initramfs(args, kernel, workdir, prepare=None):
    """What a test machine boots; `prepare` may change its root beforehand."""
    image = Initramfs(workdir)
    image.add_base()
    image.add_kernel_modules(kernel, DEFAULT_KMODS + args.kmod)
    for what in [] if args.no_build else ["user", kernel.name]:
        built = os.path.join(build_dir(), what, "root")
        if os.path.isdir(built):
            image.add(built, "/")
    for item in args.add:
        host, _, guest = item.rpartition(":")
        image.add(host, guest)
    if args.init:
        image.add(args.init, "/rig/script", 0o755)
    else:
        image.add(os.path.join(HERE, "motd"), "/rig/motd")
    if prepare:
        prepare(image.root)
    return image.pack()


# The one good reason for a program to do nothing
OTHER_VENDOR = re.compile(r"is (AMD|Intel)'s$")


class Section:
    """The TAP of one program."""

    def __init__(self, name):
        self.name = name
        self.plan = None
        self.passed = self.failed = self.skipped = 0
        self.status = None      # exit status; None: it never ended
        self.bail = False
        self.all_skipped = False
        self.lines = []

    def results(self):
        return self.passed + self.failed + self.skipped

    def is_empty(self):
        return self.plan is None and not self.results() and not self.bail

    def feed(self, line):
        self.lines.append(line)
        plan = re.match(r"1\.\.(\d+)\s*(#\s*SKIP.*)?", line, re.I)
        if plan:
            # Several programs may follow each other; their plans add up.
            self.plan = (self.plan or 0) + int(plan[1])
            if int(plan[1]) == 0 and plan[2]:
                self.skipped += 1
                self.plan += 1
                self.all_skipped = not OTHER_VENDOR.search(plan[2])
        elif re.match(r"ok\b", line):
            if re.search(r"#\s*SKIP\b", line, re.I):
                self.skipped += 1
            else:
                self.passed += 1
        elif re.match(r"not ok\b", line):
            self.failed += 1
        elif line.startswith("Bail out!"):
            self.bail = True

    def problems(self):
        """What makes this more than failed tests: each is a failure itself."""
        if self.bail:
            yield "bailed out"
        # A test here and there may not apply; a program that does nothing at
        # all is more likely to miss something.
        if self.all_skipped:
            yield "skipped as a whole"
        if self.plan is None:
            yield "no plan"
        elif self.plan != self.results():
            yield f"{self.plan} tests planned, {self.results()} ran"
        elif self.plan == 0:
            yield "empty plan"
        if self.status is None:
            yield "did not end"
        elif self.status in (124, 137, 143):
            yield f"timed out or was killed (status {self.status})"
        elif self.status not in (0, 4) and not self.failed:
            yield f"exit status {self.status} although no test failed"


class Verdict:
    """All that came through the second serial port.

    A program's TAP stands between '# begin NAME' and '# end NAME STATUS';
    TAP outside of these belongs to the init script.
    """

    def __init__(self, text):
        self.sections = []
        self.complete = False
        script = Section("init script")
        current = script
        for line in text.splitlines():
            line = line.rstrip("\r")
            mark = re.match(r"# (begin|end) (\S+) ?(\d*)$", line)
            if mark and mark[1] == "begin":
                current = Section(mark[2])
                self.sections.append(current)
            elif mark and mark[2] == current.name:
                current.status = int(mark[3]) if mark[3] else None
                current = script
            elif line.startswith("# rig: script status "):
                # Of the first kernel that has a bad one, where there are several
                script.status = script.status or int(line.split()[-1])
            elif line == END_MARK:
                self.complete = True
            else:
                current.feed(line)
        if not self.sections or not script.is_empty() or script.status:
            if self.sections and script.is_empty():
                script.plan = 0 if not script.status else None
            self.sections.insert(0, script)


def splats(console, allowed):
    """Lines of the console that no sound boot prints."""
    for line in console.splitlines():
        if SPLATS.search(line) and not HARMLESS.search(line):
            if not any(re.search(a, line) for a in allowed):
                yield line.strip()


class Report:
    """Sums up a boot, and prints what a person needs to see of it."""

    def __init__(self, name):
        self.name = name
        self.passed = self.failed = self.skipped = 0

    def fail(self, what):
        self.failed += 1
        print(f"{self.name}: FAIL: {what}")

    def add_section(self, section):
        self.passed += section.passed
        self.failed += section.failed
        self.skipped += section.skipped
        for line in section.lines:
            if line.startswith("not ok"):
                print(f"{self.name}: {section.name}: {line}")
        for problem in section.problems():
            self.fail(f"{section.name}: {problem}")

    def judge(self, ended, verdict_text, console_text, allowed):
        verdict = Verdict(verdict_text)
        for section in verdict.sections:
            self.add_section(section)
        if not ended:
            self.fail("timed out")
        if not verdict.complete:
            self.fail("the verdict is not complete")
        found = list(splats(console_text, allowed))
        if found:
            self.fail("splat on the console:")
            for line in found[:5]:
                print(f"    {line}")

    def expect(self, wanted, console_text):
        """A test of its own: a line that the console must have."""
        if re.search(wanted, console_text):
            self.passed += 1
        else:
            self.fail(f"nowhere on the console: {wanted}")

    def summary(self):
        return (f"{self.passed} passed, {self.failed} failed, "
                f"{self.skipped} skipped")

    def status(self):
        if not self.passed and not self.failed:
            self.fail("nothing was tested")
        return 1 if self.failed else 0


def read_text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


class Tail:
    """Copies what a growing file gains to the terminal."""

    def __init__(self, path, prefix):
        self.path, self.prefix, self.seen = path, prefix, 0

    def poll(self):
        lines = read_text(self.path).split("\n")[:-1]
        for line in lines[self.seen:]:
            print(self.prefix + line.rstrip("\r"), flush=True)
        self.seen = len(lines)


def run_to_end(argv, seconds, tails, log):
    """Run the emulator; False when it had to be ended from outside."""
    # Whoever ends the rig ends the emulator, which would run on otherwise.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    deadline = time.monotonic() + seconds
    with open(log, "wb") as out:
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out,
                              stderr=subprocess.STDOUT) as machine:
            try:
                while machine.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.1)
                    for tail in tails:
                        tail.poll()
            finally:
                ended = machine.poll() is not None
                if not ended:
                    machine.kill()
    for tail in tails:
        tail.poll()
    return ended
