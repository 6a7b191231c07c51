# SPDX-License-Identifier: GPL-2.0-only
"""A machine in Bochs: the boot medium, the configuration, running it to its end.

Bochs needs a terminal for its screen although nobody looks at it. Debian's build has
the debugger: always in Bochs 2.7, for the asking in 3.0, which is faster without.
That takes its commands from a file: 'c' starts the machine, and what follows 'c' is
only executed once it has stopped, so a machine that hangs is made to tell its state
by an interrupt (SIGINT). Bochs 3.0 without debugger puts that into its log.
"""
import os
import pty
import re
import shutil
import signal
import subprocess
import threading
import time

import rig

# The emulated clock: so many instructions are a second of the guest's time. As
# fast as a good host can go, so that the guest's clock isn't faster than ours.
IPS = 50_000_000

# Said by the log when the machine is switched off, which is a panic to Bochs.
POWER_OFF = "ACPI control: soft power off"
# Said at each reset, the first one being the start.
RESET = "bx_pc_system_c::Reset("

# Said before a reset that is the machine's sleep (S3): it wakes up at once.
SLEEP = "ACPI control: suspend to ram"

# What the debugger is told: the first line at once, the rest after a stop.
STOPPED = ["info cpu", "print-stack 16", "u /8", "q"]

CONFIG = """\
config_interface: textconfig
display_library: term
romimage: file={bios}
vgaromimage: file={share}/VGABIOS-lgpl-latest
cpu: model={model}, count={smp}, ips={ips}, quantum={quantum}, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest={mem}, host={mem}
clock: sync=none
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
vga: extension=none, update_freq=1
sound: driver=dummy
speaker: enabled=0
port_e9_hack: enabled=1
com1: enabled=1, {com1}
com2: enabled=1, mode=file, dev={verdict}
log: {log}
debugger_log: {debugger}
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
"""

ISOLINUX = """\
default linux
prompt 0
label linux
kernel vmlinuz
append initrd=initrd {append}
"""


def find(what, *places):
    for place in places:
        if os.path.exists(place):
            return place
    raise rig.RigError(f"no {what}: run tools/setup.sh")


def make_iso(workdir, image, initramfs, append):
    """Bochs can't load a kernel itself: a CD-ROM with a boot loader does."""
    tree = os.path.join(workdir, "iso")
    iso = os.path.join(workdir, "boot.iso")
    os.makedirs(tree)
    for name, places in {
            "isolinux.bin": ["/usr/lib/ISOLINUX/isolinux.bin"],
            "ldlinux.c32": ["/usr/lib/syslinux/modules/bios/ldlinux.c32"]}.items():
        shutil.copy(find(name, *places), tree)
    shutil.copy(image, os.path.join(tree, "vmlinuz"))
    os.link(initramfs, os.path.join(tree, "initrd"))
    with open(os.path.join(tree, "isolinux.cfg"), "w", encoding="ascii") as f:
        f.write(ISOLINUX.format(append=append))
    rig.command(["xorriso", "-as", "mkisofs", "-quiet", "-o", iso, "-b", "isolinux.bin",
                 "-c", "boot.cat", "-no-emul-boot", "-boot-load-size", "4",
                 "-boot-info-table", tree])
    return iso


# The BIOS turns VT-x on and locks that: MOV $3AH, %ECX; RDMSR; OR $5, %EAX; WRMSR.
# With $1 it locks VT-x off. The first place, 16-bit code, is that of the other CPUs.
LOCK_VMX = re.compile(rb"(\xb9\x3a\0\0\0\x0f\x32\x66?\x83\xc8)\x05(?=\x0f\x30)")


def locking_bios(workdir, bios, others_only):
    """A copy of the BIOS that locks VT-x off, on all CPUs or on all but the first."""
    with open(bios, "rb") as f:
        image, places = LOCK_VMX.subn(b"\\1\x01", f.read(), int(others_only))
    if places != (1 if others_only else 2):
        raise rig.RigError(f"{bios} does not lock VT-x as it used to")
    path = os.path.join(workdir, "bios")
    with open(path, "wb") as f:
        f.write(image)
    return path


# Another Bochs than the machine's own: a program with the same options
BOCHS = os.environ.get("BOCHS", "bochs")


def debugger_is_optional():
    """Bochs 3.0 has a switch for it."""
    usage = subprocess.run([BOCHS, "--help"], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False, text=True)
    return "-debugger" in usage.stdout


def cpu_seconds(pid):
    """What a process has used: unlike the time, no matter of how busy we are."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Machine:
    """One run; afterwards `ended`, `why` and `ticks` tell how it went."""

    def __init__(self, logs, name):
        self.console, self.verdict, self.log, self.debugger = (
            os.path.join(logs, f"{name}.{what}")
            for what in ("console", "verdict", "bochs", "debugger"))
        for path in (self.console, self.verdict, self.log, self.debugger):
            open(path, "w", encoding="ascii").close()
        self.name = name
        self.com1 = f"mode=file, dev={self.console}"
        self.resets = False     # whether it is to end by a reset
        self.judged = True      # whether there is a verdict to wait for
        self.ended = False      # by itself, and as it should
        self.why = None         # if it did not
        self.seconds = 0.0      # of CPU time
        self.screen = b""       # the end of what it showed, port 0xe9 included

    def configure(self, workdir, args, iso):
        config = os.path.join(workdir, "bochsrc")
        share = find("Bochs", "/usr/share/bochs")
        bios = os.path.join(share, "BIOS-bochs-latest")
        if args.lock_vmx:
            bios = locking_bios(workdir, bios, args.lock_vmx == "others")
        with open(config, "w", encoding="ascii") as f:
            f.write(CONFIG.format(
                share=share, bios=bios, model=args.model, smp=args.smp, mem=args.megs,
                ips=args.ips, quantum=args.quantum, iso=iso, com1=self.com1,
                verdict=self.verdict, log=self.log, debugger=self.debugger))
            if self.resets:
                f.write("cpu: reset_on_triple_fault=1\n")
            f.writelines(line + "\n" for line in args.bochs_arg)
        commands = os.path.join(workdir, "commands")
        with open(commands, "w", encoding="ascii") as f:
            f.write("\n".join([*args.debug, "c", *STOPPED, ""]))
        argv = [BOCHS, "-q", "-f", config, "-rc", commands]
        return argv + ["-debugger"] if args.debug and debugger_is_optional() else argv

    def script_done(self):
        """Whether the guest has said all that it has to say."""
        return not self.judged or (
            rig.END_MARK + "\n" in rig.read_text(self.verdict).replace("\r", ""))

    def was_reset(self):
        """Note how a machine that was reset ends; a reset is also how it starts."""
        text = rig.read_text(self.log)
        if text.count(RESET) - text.count(SLEEP) < 2:
            return False
        if self.resets and self.script_done():
            self.ended = True
        else:
            self.why = "the machine was reset"
        return True

    def over(self, process, limit, start):
        """Whether there is nothing more to wait for."""
        if process.poll() is not None:
            return True
        self.seconds = cpu_seconds(process.pid)
        if self.seconds > limit:
            self.why = f"timed out after {limit:.0f} seconds of CPU time"
        elif time.monotonic() - start > 5 * limit:
            self.why = f"timed out after {5 * limit:.0f} seconds"
        elif self.was_reset():
            pass
        elif self.script_done() and not self.resets:
            # Bochs 3.0 does not end when the machine is switched off.
            if "reboot: Power down" in rig.read_text(self.console):
                time.sleep(1)
                self.ended = True
        return self.ended or self.why

    def judge_end(self):
        text = rig.read_text(self.log)
        if self.ended or self.why or self.was_reset():
            return
        if POWER_OFF in text:
            self.ended = not self.resets
            self.why = "was switched off, not reset" if self.resets else None
            return
        # A bad configuration is only told to the terminal.
        text += self.screen_text()
        panics = re.findall(r">>PANIC<< (.*)|with the following message:\n(.*)", text)
        self.why = "Bochs: " + ("".join(panics[0]) if panics else "died without a word")

    def run(self, argv, limit, tails):
        screen, terminal = pty.openpty()
        reader = threading.Thread(target=self.drain, args=(screen,), daemon=True)
        reader.start()
        start = time.monotonic()
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            argv, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal,
            env=dict(os.environ, TERM="xterm"), start_new_session=True)
        os.close(terminal)
        try:
            while not self.over(process, limit, start):
                time.sleep(0.2)
                for tail in tails:
                    tail.poll()
            if process.poll() is None and self.why:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    pass
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        reader.join(5)
        for tail in tails:
            tail.poll()
        self.judge_end()

    def drain(self, screen):
        """Take what Bochs writes to its terminal, of which the end may tell why."""
        try:
            while text := os.read(screen, 4096):
                self.screen = (self.screen + text)[-65536:]
        except OSError:
            pass
        os.close(screen)

    def screen_text(self):
        """What came out on the terminal: the VMM's own words, by port 0xe9, among it."""
        return self.screen.decode(errors="replace").replace("\r", "")

    def last_words(self):
        """Of Bochs and its debugger, what tells why a machine stopped."""
        yield from [line for line in self.screen_text().splitlines() if "fault" in line]
        lines = rig.read_text(self.log).splitlines()
        words = re.compile(r"\b(VM[A-Z]{2,}|SVM|VMX|EPT)\b|>>PANIC<<|exception|triple")
        yield from [line for line in lines if words.search(line) and "SMM" not in line][-15:]
        for line in rig.read_text(self.debugger).splitlines():
            if re.match(r"\S*rip:|CR[034]=|CPU\d|\(\d\)", line):
                yield line

