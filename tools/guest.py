# SPDX-License-Identifier: GPL-2.0-only
"""Run programs on a kernel, in QEMU or on this machine, and collect facts.

Guest(...)          one QEMU with an initramfs of its own
Native(...)         the same without QEMU, on this kernel
supervise(runs)     start them, follow them to the end, whatever happens
shell(...)          QEMU with a shell on this terminal

A run is believed only as far as the result channel tells: see guest/channel.c
for its lines.  The end mark carries a nonce that only this run knows and the
number of lines before it.  Everything else that can go wrong ends up in
run.problems (about the machine) or in the program during which it happened.

Semihosting lets programs in the guest open files of this user: run only
kernels and programs that you would run on this machine.
"""

import contextlib
import os
import re
import selectors
import shlex
import signal
import stat
import subprocess
import time

import common
import ktap
from common import Fail

HERE = os.path.dirname(os.path.abspath(__file__))

# Why each is there:
#   panic=-1              a panic reboots at once, which -no-reboot turns into
#                         the end of QEMU
#   oops=panic            after an oops no result of this kernel is believed,
#                         and a task that died in KVM may hang all others
NEEDED = "panic=-1 oops=panic"
# What need not be done here, and has nothing to do with KVM: the self-tests of the
# ciphers take a quarter of an emulated boot; the list of kprobe events, the kernel's
# own types, which BPF reads for whoever comes first, and the others of this list
# a fifth. Security modules that ask their rules for each ioctl, and what hardens
# the kernel against its users at each system call, take a tenth of the run. A kernel
# at one place, and memory mapped by blocks, are fewer tables to read: each exit
# empties the emulated TLB.
NOT_CALLED = (
    "init_kprobe_trace", "init_blk_tracer", "crypto_kdf108_init",
    "load_system_certificate_list", "slab_sysfs_init", "cubictcp_register",
    "bpf_rstat_kfunc_init", "bpf_key_sig_kfuncs_init", "bpf_tcp_ca_kfunc_init",
    "kfunc_init", "bpf_prog_test_run_init")
FASTER = ("cryptomgr.notests ipv6.disable=1 initcall_blacklist=" +
          ",".join(NOT_CALLED) + " lsm= hardened_usercopy=off "
          "randomize_kstack_offset=off init_on_alloc=0 nokaslr rodata=on")
APPEND = NEEDED + " " + FASTER

MODES = {
    "vhe": "",
    "nvhe": "kvm-arm.mode=nvhe",
    "hvhe": "kvm-arm.mode=nvhe arm64_sw.hvhe=1",
    "protected": "kvm-arm.mode=protected",
    "nested": "kvm-arm.mode=nested",
}

MODE_NEEDS = {
    "vhe": "a CPU with FEAT_VHE",
    "nvhe": "no other kvm-arm.mode in --append",
    "hvhe": "a kernel that knows it (6.12 does, 6.1 does not)",
    "protected": "a kernel that knows it (6.1 does)",
    "nested": "a CPU with FEAT_NV2 (QEMU 9.0 or newer) and a kernel newer than "
              "6.12",
}

# A kernel line of these kinds means that something broke. Matched against the
# text without its time stamp.
SPLAT = re.compile(
    r"------------\[ cut here|WARNING: |BUG: |Oops|Kernel panic|kernel BUG at"
    r"|Internal error|Unable to handle kernel|.*\bKASAN: |.*\bKFENCE: "
    r"|.*\bUBSAN: |.*rcu.*(self-)?detected.* stall|.*soft lockup|.*hard LOCKUP"
    r"|INFO: task .* blocked for more than|.*suspicious RCU usage"
    r"|.*refcount_t: |SError Interrupt|Bad mode in|Call trace:|list_(add|del) cor")
CUT_HERE = "------------[ cut here"
STAMP = re.compile(r"^(<\d+>)?\[ *\d+\.\d+\](\[ *[TC]\d+\])? ?")
MODE = re.compile(r"kvm \[\d+\]: (?:(Protected|Hyp) )?(?:([nh]?)VHE(\+NV2)? )?"
                  r"mode initialized successfully")
NAME = re.compile(r"[A-Za-z0-9_.-]+$")

SILENCE = 180       # seconds without a sign of life: hung
MARGIN = 60         # seconds more than a program's own time-out: hung
CONSOLE_LINES = 15  # of the console's end, shown with a failure
SPLAT_LINES = 60    # of the kernel log, shown with a failure


# --- initramfs

def _newc(name, mode, data=b"", device=(0, 0)):
    """One entry of a cpio archive in the format that the kernel unpacks."""
    name = name.encode() + b"\0"
    header = "070701" + "".join("%08X" % n for n in (
        0, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name), 0))
    out = header.encode() + name
    out += b"\0" * (-len(out) % 4)
    return out + data + b"\0" * (-len(data) % 4)


def initramfs(path, files, directories=()):
    """Write an archive of files: {path in the guest: (data, mode)}.

    What is the same file twice is a link.
    """
    with open(path, "wb") as f:
        for name in ("dev", "proc", "sys", "tmp", "bin", "lib", "nisv",
                     *directories):
            f.write(_newc(name, stat.S_IFDIR | 0o755))
        f.write(_newc("dev/console", stat.S_IFCHR | 0o600, device=(5, 1)))
        places = {}
        for name, (data, mode) in files.items():
            place = places.setdefault((data, mode), name)
            if place == name:
                f.write(_newc(name, stat.S_IFREG | mode, data))
            else:
                f.write(_newc(name, stat.S_IFLNK | 0o777, b"/" + place.encode()))
        f.write(_newc("TRAILER!!!", 0))


def _content(path):
    with open(path, "rb") as f:
        return f.read()


def guest_files(plan, programs, job):
    """The files of a guest that runs these programs as job says."""
    files = {
        "init": (_content(os.path.join(HERE, "guest", "init")), 0o755),
        "bin/busybox": (_content(plan.busybox), 0o755),
        "nisv/channel": (_content(plan.channel), 0o755),
        "nisv/job": (job.encode(), 0o644),
    }
    for name, path in plan.libraries or ():
        files["lib/" + name] = (_content(path), 0o755)
    for name in programs:
        files["nisv/" + name] = (
            _content(os.path.join(plan.programs, name)), 0o755)
    return files


# --- QEMU

MACHINE = "virt,virtualization=on,gic-version=3"
# QEMU refuses memory with tags where the CPU has none.
TAGS = ",mte=on"
SEMIHOSTING = ["-semihosting-config", "enable=on,userspace=on,target=native"]


def command(plan, initrd, cpu, smp, append, console, extra=()):
    machine = MACHINE + (TAGS if cpu.split(",")[0] == "max" else "")
    return [plan.qemu, "-M", machine, "-cpu", cpu, "-smp", str(smp),
            "-m", "1G", "-nodefaults", "-display", "none", "-no-reboot",
            "-kernel", plan.image, "-initrd", initrd, "-append", append,
            "-serial", console, *extra]


def kernel_arguments(mode, append):
    words = [APPEND, MODES[mode] if mode else "", append or ""]
    return " ".join(word for word in words if word)


# --- kernel log

def splat(lines):
    """The first splat in lines of a kernel log: (its line, the log) or None."""
    texts = [STAMP.sub("", line) for line in lines]
    found = [i for i, text in enumerate(texts) if SPLAT.match(text)]
    if not found:
        return None
    telling = [texts[i] for i in found if not texts[i].startswith(CUT_HERE)]
    block = texts[found[0]:found[0] + SPLAT_LINES]
    return (telling or [texts[found[0]]])[0], [ktap.comment(t) for t in block]


def kvm_mode(lines):
    """(a mode of MODES or "", the kernel's line) from the boot log."""
    for line in lines:
        match = MODE.search(line)
        if match:
            kind, letter, nested = match.groups()
            if kind == "Protected":
                return "protected", line
            if kind == "Hyp":
                return ("hvhe" if letter == "h" else "nvhe"), line
            return ("nested" if nested else "vhe"), line
    return "", ""


def _why_no_kvm(error, lines):
    text = "\n".join(lines)
    if "HYP mode not available" in text:
        return ("no /dev/kvm: the kernel was started without EL2: the CPU or "
                "the machine has none (HYP mode not available)")
    if "KVM disabled from command line" in text:
        return "no /dev/kvm: KVM is disabled on the kernel command line"
    for line in lines:
        if re.search(r"kvm \[\d+\]: .*(rror|annot|ailed|not )", line):
            return "no /dev/kvm: the kernel says: " + STAMP.sub("", line)
    if "No such file" in error:
        return ("no /dev/kvm: this kernel has no KVM (CONFIG_KVM), or does not "
                "start it here")
    return "cannot open /dev/kvm: " + error


# --- one run

class Run:
    """What Guest and Native share: the channel and what it says.

    done        called with (name, lines, end, seconds, kernel log) for each
                program that ended
    problems    ktap.Problem list about the machine
    """
    console = None

    def __init__(self, directory, programs, seconds, mode, done):
        self.directory, self.programs = directory, programs
        self.mode, self.done = mode, done
        self.nonce = os.urandom(8).hex()
        self.silence = max(SILENCE, seconds + MARGIN)
        self.limit = SILENCE + len(programs) * (seconds + MARGIN)
        self.problems = []
        self.process = self.raw = None
        self.partial = b""
        self.count = 0              # lines before the current one
        self.release = self.kvm = None
        self.nolog = ""
        self.boot = []
        self.booted = self.ended = False
        self.current = None         # the program that runs, begun then
        self.begun = 0
        self.lines, self.kernel = [], []
        self.results = 0            # of the current program, for progress
        self.last_result = ""

    # Starting and ending

    def start(self):
        """Start it; a signal that arrives meanwhile is not lost."""
        self.prepare()
        self.raw = open(self.path("results.raw"), "wb")
        blocked = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
        try:
            with open(self.path("stderr.log"), "wb") as err:
                self.process = subprocess.Popen(
                    self.command, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=err, start_new_session=True,
                    preexec_fn=_unblock)
        except OSError as e:
            raise Fail("%s: %s" % (self.command[0], e.strerror)) from e
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.started = self.alive = time.monotonic()

    def path(self, name):
        return os.path.join(self.directory, name)

    def kill(self):
        """End it and all that it started; harmless at any time."""
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
            self.process.stdout.close()
        if self.raw:
            self.raw.close()

    # The channel

    def read(self):
        """Take what has come; False at the end of the channel."""
        try:
            data = os.read(self.process.stdout.fileno(), 1 << 18)
        except BlockingIOError:
            return True
        self.alive = time.monotonic()
        self.raw.write(data)
        *lines, self.partial = (self.partial + data).split(b"\n")
        for line in lines:
            self.feed(line.decode("utf-8", "replace"))
            self.count += 1
        return bool(data)

    def problem(self, text, log=()):
        if len(self.problems) < ktap.MANY:
            self.problems.append(ktap.Problem(text, list(log)))

    def feed(self, line):
        if self.ended:
            self.problem("more output after the end mark: %s" % ascii(line[:80]))
        elif line.startswith("@"):
            word, _, rest = line[1:].partition(" ")
            handler = getattr(self, "on_" + word, None)
            if not handler or (self.count == 0) != (word == "hello"):
                self.garbage(line)
            else:
                handler(rest, line)
        elif self.current and line.startswith((self.current + "|",
                                               self.current + "!")):
            mark, text = line[len(self.current)], line[len(self.current) + 1:]
            self.lines.append((mark, text))
            match = mark == "|" and ktap.RESULT.match(text)
            if match:
                self.results += 1
                self.last_result = match[3]
        else:
            self.garbage(line)

    def garbage(self, line):
        self.problem("garbage on the result channel: %s" % ascii(line[:80]))

    def on_hello(self, rest, line):
        nonce, _, self.release = rest.partition(" ")
        if nonce != self.nonce:
            self.garbage(line)

    def on_kvm(self, rest, _line):
        self.kvm = rest

    def on_nolog(self, rest, _line):
        self.nolog = rest

    def on_boot(self, rest, line):
        self.boot.append(rest)

    def on_start(self, name, line):
        if self.current or name not in self.programs:
            self.garbage(line)
            return
        if not self.booted:
            self.booted = True
            self.check_machine()
        self.current, self.begun = name, time.monotonic()
        self.lines, self.kernel = [], []
        self.results, self.last_result = 0, ""

    def on_kernel(self, rest, line):
        self.kernel.append(rest)

    def on_exit(self, rest, line):
        match = re.match(r"(\S+) (exit|signal|timeout) (\d+) (\d+)$", rest)
        if not match or match[1] != self.current:
            self.garbage(line)
            return
        self.program_ended((match[2], int(match[3])), int(match[4]) / 1000)

    def on_end(self, rest, line):
        if self.current:
            self.problem("the end mark came while %s ran" % self.current)
            self.program_ended(None, time.monotonic() - self.begun)
        nonce, _, count = rest.partition(" ")
        if nonce != self.nonce:
            self.problem("an end mark that is not this run's")
        elif count != str(self.count):
            self.problem("%s lines were sent, and %d arrived" %
                         (count, self.count))
        self.ended = True
        self.splat_outside_programs()

    def program_ended(self, end, seconds):
        name, self.current = self.current, None
        kernel, self.kernel = self.kernel, []
        self.done(name, self.lines, end, seconds, kernel)

    # Judging

    def check_machine(self):
        """Raise Fail when no program can give a result here."""
        if self.kvm != "ok":
            raise Fail(_why_no_kvm(self.kvm or "", self.boot))
        mode, line = kvm_mode(self.boot)
        if self.mode and self.mode != mode:
            raise Fail("--mode %s needs %s; here: %s" % (
                self.mode, MODE_NEEDS[self.mode],
                STAMP.sub("", line) or "the kernel names no mode"))

    def splat_outside_programs(self):
        found = splat(self.kernel)
        if found:
            self.problem("the kernel reports: " + found[0], found[1])
        self.kernel = []

    def finish(self, hung=""):
        """Judge the end; the process is dead or is killed now."""
        if self.ended and not hung:
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()     # all is known; it just did not leave
                self.process.wait()
            else:
                self.check_status()
            self.check_console()
        else:
            if not hung:
                try:
                    self.process.wait(10)
                except subprocess.TimeoutExpired:
                    hung = "its result channel was closed"
            reason = self.reason(hung)
            if not self.booted:
                raise Fail(reason + self.see())
            at = ""
            if self.current:
                at = " while %s ran%s" % (
                    self.current, self.last_result and
                    ", after its case %s" % self.last_result)
            self.problem(reason + at, self.console_end())
            if self.current:
                self.program_ended(None, time.monotonic() - self.begun)
        self.kill()

    def reason(self, hung):
        status = self.process.poll()
        if hung:
            return hung
        return "it ended without its end mark, with status %s" % status

    def check_status(self):
        if self.process.returncode:
            self.problem("it ended with status %d" % self.process.returncode)

    def check_console(self):
        pass

    def console_end(self):
        return []

    def see(self):
        return ""


def _unblock():
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


class Guest(Run):
    """A kernel in QEMU. cpu, smp and append as QEMU takes them."""

    def __init__(self, plan, directory, programs, arguments, seconds, mode,
                 done, cpu, smp, append):
        super().__init__(directory, programs, seconds, mode, done)
        self.plan, self.arguments, self.seconds = plan, arguments, seconds
        self.console = self.path("console.log")
        self.command = command(
            plan, self.path("initramfs.cpio"), cpu, smp,
            kernel_arguments(mode, append), "file:" + self.console, SEMIHOSTING)

    def prepare(self):
        arguments = " ".join(map(shlex.quote, self.arguments))
        job = "nonce=%s\nseconds=%d\nprograms='%s'\narguments() { \"$@\"%s; }\n" % (
            self.nonce, self.seconds,
            " ".join("/nisv/" + name for name in self.programs),
            arguments and " -- " + arguments)
        files, directories = self.more_files()
        files.update(guest_files(self.plan, self.programs, job))
        initramfs(self.path("initramfs.cpio"), files, directories)
        with open(self.path("qemu.sh"), "w") as f:
            f.write(shlex.join(self.command) + "\n")

    def more_files(self):
        """What else the guest has: {path: (data, mode)}, and directories."""
        return {}, ()

    def console_lines(self):
        try:
            with open(self.console, errors="replace") as f:
                return [line.rstrip("\r\n") for line in f]
        except FileNotFoundError:
            return []

    def signs_of_life(self):
        """The size of the console: it grows when the kernel says something."""
        try:
            return os.stat(self.console).st_size
        except FileNotFoundError:
            return 0

    def console_end(self):
        return [ktap.comment(line)
                for line in self.console_lines()[-CONSOLE_LINES:]]

    def see(self):
        return "; console: " + self.console

    def check_machine(self):
        super().check_machine()
        if self.nolog:
            raise Fail("the guest cannot read its kernel log: " + self.nolog)
        found = splat(self.boot)
        if found:
            self.problem("the kernel reports before any test: " + found[0],
                         found[1])

    def check_console(self):
        """A splat that the channel did not see any more."""
        if not self.kernel_trouble:
            found = splat(self.console_lines())
            if found:
                self.problem("the kernel reports on its console: " + found[0],
                             found[1])

    kernel_trouble = False

    def on_kernel(self, rest, line):
        super().on_kernel(rest, line)
        self.kernel_trouble |= bool(SPLAT.match(rest))

    def on_boot(self, rest, line):
        super().on_boot(rest, line)
        self.kernel_trouble |= bool(SPLAT.match(rest))

    def reason(self, hung):
        lines = self.console_lines()
        panic = [STAMP.sub("", line) for line in lines
                 if "Kernel panic - not syncing" in line]
        if panic:
            return "the kernel panicked: " + panic[0].split("not syncing: ")[-1]
        if hung:
            return "the guest hangs: " + hung
        status = self.process.poll()
        if status:
            with open(self.path("stderr.log"), errors="replace") as f:
                words = [line.strip() for line in f if line.strip()]
            if status < 0:
                what = "was killed by signal %d" % -status
            else:
                what = "ended with status %d" % status
            return "QEMU %s%s" % (what, words and ": " + words[0] or "")
        if any("no result channel" in line for line in lines) and not self.count:
            return ("the guest has no result channel: it needs QEMU's "
                    "semihosting from user space (QEMU 7.2 or newer)")
        return "the guest ended without its end mark: the results are incomplete"


class Native(Run):
    """This machine's own kernel: guest/channel.c started right here."""

    def __init__(self, plan, directory, programs, arguments, seconds, mode,
                 done):
        super().__init__(directory, programs, seconds, mode, done)
        paths = [os.path.join(plan.programs, name) for name in programs]
        self.command = [plan.channel, self.nonce, str(seconds), *paths]
        if arguments:
            self.command += ["--", *arguments]

    def prepare(self):
        pass

    def kill(self):
        """The programs have process groups of their own: channel ends them."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
        super().kill()

    def signs_of_life(self):
        return 0


# --- following them

def supervise(runs, tick=lambda: None, after=lambda run: None):
    """Start all runs and follow them to their ends; tick() now and then.

    after(run), when one has ended, gives another one to start, or None.
    Whatever happens, an exception included, no process is left.
    """
    selector = selectors.DefaultSelector()
    live, started = {}, []

    def start(run):
        started.append(run)
        run.start()
        selector.register(run.process.stdout, selectors.EVENT_READ, run)
        live[run] = run.signs_of_life()

    def finish(run, hung=""):
        selector.unregister(run.process.stdout)
        del live[run]
        run.finish(hung)
        following = after(run)
        if following:
            start(following)

    try:
        for run in runs:
            start(run)
        while live:
            for key, _ in selector.select(0.2):
                if not key.data.read():
                    finish(key.data)
            now = time.monotonic()
            for run in list(live):
                seen = run.signs_of_life()
                if seen != live[run]:
                    live[run], run.alive = seen, now
                if now - run.alive > run.silence:
                    finish(run, "no sign of life for %d s" % run.silence)
                elif now - run.started > run.limit:
                    finish(run, "not at its end after %d s" % run.limit)
            tick()
    finally:
        for run in started:
            run.kill()
        selector.close()


def shell(plan, directory, programs, mode, cpu, smp, append, verbose):
    """A shell in the guest on this terminal; returns when it ends."""
    initrd = os.path.join(directory, "initramfs.cpio")
    job = "shell=1\nprograms='%s'\n" % " ".join(programs)
    initramfs(initrd, guest_files(plan, programs, job))
    # The screen belongs to the shell, also when KVM complains; dmesg has it.
    cmd = command(plan, initrd, cpu, smp,
                  "loglevel=3 " + kernel_arguments(mode, append), "mon:stdio")
    verbose(cmd)
    process = subprocess.Popen(cmd)
    try:
        return process.wait()
    except BaseException:
        common.end(process, own_group=False)    # it restores the terminal
        raise
