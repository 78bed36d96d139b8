# SPDX-License-Identifier: GPL-2.0-only
"""The verdict on broken guests.

Channel: canned channels, started as a native run, so without QEMU.
Guests: a kernel in QEMU with shell scripts as programs that break it.
Interrupts: nothing is left running.

The kernel and QEMU are what run_tests.sh uses by default (setup.py).
"""

import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOOLS)

import common
import guest
import run
import setup

# Three cases, of which "-s 1/2" and "-s 2/2" select every other one.
SHARED = """\
case "$2" in
1/2) set -- a.on c.on ;;
2/2) set -- b.on ;;
*) set -- a.on b.on c.on ;;
esac
echo "TAP version 13"
echo "1..$#"
n=0
for name; do
	n=$((n + 1))
	echo "ok $n $name"
done
echo "# Totals: pass:$n fail:0 xfail:0 xpass:0 skip:0 error:0"
"""

GOOD = """\
echo TAP version 13
echo 1..2
echo ok 1 a.on
echo ok 2 b.on
echo '# Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:0'
"""
BEGIN = "echo TAP version 13; echo 1..3; echo ok 1 a.on\n"


def script(path, text, shell):
    with open(path, "w") as f:
        f.write("#!%s\n%s" % (shell, text))
    os.chmod(path, 0o755)


class Case(unittest.TestCase):
    """Runs run_tests.sh's main() with scripts as the programs."""
    native = False
    shell = "/bin/busybox sh"
    plan = None

    def setUp(self):
        self.top = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.top)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        for module, name, value in (
                (setup, "build_dir", lambda: self.top),
                (run, "program_names", lambda plan: sorted(self.names)),
                (run, "timeout", lambda plan: self.timeout),
                (run, "MOST_GUESTS", 1),
                (run, "runs_natively", lambda opts: self.native)):
            patch = mock.patch.object(module, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        self.timeout = 20

    def patch(self, module, name, value):
        patch = mock.patch.object(module, name, value)
        patch.start()
        self.addCleanup(patch.stop)

    def run_main(self, programs, *words):
        """Run it; sets self.out and self.err, returns the exit status."""
        self.names = list(programs)
        directory = os.path.join(self.top, "programs")
        os.makedirs(directory, exist_ok=True)
        for name, text in programs.items():
            script(os.path.join(directory, name), text, self.shell)
        plan = self.plan._replace(programs=directory, build_id="test")
        self.patch(setup, "prepare", lambda opts: plan)
        self.patch(setup, "native_plan", lambda opts: plan)
        self.patch(setup, "channel", lambda opts, cross: plan.channel)
        with contextlib.redirect_stdout(io.StringIO()) as out, \
                contextlib.redirect_stderr(io.StringIO()) as err:
            status = run.main(list(words))
        self.out, self.err = out.getvalue(), err.getvalue()
        return status

    def check(self, status, programs, *texts, words=()):
        """Each text is in what was printed; says all that was if not."""
        got = self.run_main(programs, *words)
        printed = self.out + self.err
        for text in texts:
            self.assertIn(text, printed)
        self.assertEqual(got, status, printed)
        self.assertEqual(self.children(), "")

    def one_line(self, status, programs, text, words=()):
        """Nothing but one line on stderr (after progress)."""
        self.check(status, programs, text, words=words)
        self.assertEqual(self.out, "")
        lines = [line for line in self.err.splitlines()
                 if not line.startswith("kvm-nisv: ")]
        self.assertEqual(len(lines), 1, lines)

    @staticmethod
    def children():
        """Processes that this one started and that are still there."""
        with open("/proc/self/task/%d/children" % os.getpid()) as f:
            return f.read()


HELLO = """\
nonce=$1; lines=0
say() { echo "$*"; lines=$((lines + 1)); }
say @hello $nonce 6.1.0
say @kvm ok
say '@boot kvm [1]: VHE mode initialized successfully'
say @start prog
say 'prog|TAP version 13'
say 'prog|1..2'
say 'prog|ok 1 a.on'
"""
REST = """\
say 'prog|ok 2 b.on'
say 'prog|# Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:0'
"""
EXIT = "say @exit prog exit 0 12\n"
END = "say @end $nonce $lines\n"


class Channel(Case):
    """What the supervisor makes of a channel that lies, breaks or stops."""
    native = True
    shell = "/bin/sh"
    plan = setup.Plan(*[None] * len(setup.Plan._fields))

    def broken(self, status, text, *texts, words=()):
        path = os.path.join(self.top, "channel")
        script(path, text, "/bin/sh")
        self.plan = self.plan._replace(channel=path)
        self.check(status, {"prog": ""}, *texts, words=words)

    def test_good(self):
        self.broken(0, HELLO + REST + EXIT + END, "ok 1 prog - 2 passed, 0 failed",
                    "ok 2 machine - Linux 6.1.0, vhe", "\n2 passed, 0 failed\n")
        with open(os.path.join(self.top, "logs/latest/results.ktap")) as f:
            self.assertEqual(f.read().count("\n"), 9)
        self.assertTrue(self.out.endswith("\n2 passed, 0 failed\n"))

    def test_good_as_ktap_only(self):
        self.broken(0, HELLO + REST + EXIT + END, words=["-t"])
        self.assertTrue(self.out.startswith("KTAP version 1\n1..2\n"))
        self.assertTrue(self.out.endswith("ok 1 prog\nok 2 machine\n"))
        self.assertEqual(self.err, "")

    def test_no_end_mark(self):
        self.broken(1, HELLO + REST + EXIT, "it ended without its end mark",
                    "2 passed, 1 failed")

    def test_another_runs_end_mark(self):
        self.broken(1, HELLO + REST + EXIT + "say @end 0123456789abcdef $lines",
                    "an end mark that is not this run's")

    def test_lines_are_missing(self):
        self.broken(1, HELLO + REST + EXIT + "say @end $nonce 99",
                    "99 lines were sent, and 10 arrived")

    def test_more_after_the_end(self):
        self.broken(1, HELLO + REST + EXIT + END + "echo more",
                    "more output after the end mark: 'more'")

    def test_end_mark_while_a_program_runs(self):
        self.broken(1, HELLO + END, "the end mark came while prog ran",
                    "prog: 1 of its 2 cases are lost: it did not end")

    def test_end_mark_printed_by_a_program(self):
        self.broken(1, HELLO + "say \"prog|@end $nonce $lines\"\n",
                    "it ended without its end mark",
                    "1 of its 2 cases are lost: it did not end, after a.on")

    def test_garbage(self):
        self.broken(1, HELLO + "say ok 3 x\n" + REST + EXIT + END,
                    "garbage on the result channel: 'ok 3 x'")
        self.broken(1, HELLO + "say 'other|ok 3 x'\n" + REST + EXIT + END,
                    "garbage on the result channel")
        self.broken(1, HELLO + REST + "say @exit prog well 0 1\n" + END,
                    "garbage on the result channel")

    def test_hello_of_another_run(self):
        self.broken(1, "echo @hello 0123456789abcdef 6.1.0",
                    "ended without its end mark")

    def test_bad_status_after_the_end(self):
        self.broken(1, HELLO + REST + EXIT + END + "exit 3",
                    "it ended with status 3")

    def test_splat(self):
        self.broken(1, HELLO + REST + "say '@kernel WARNING: CPU: 0 PID: 9 at x.c'"
                    "\n" + EXIT + END, "not ok 1 prog - 2 passed, 1 failed",
                    "prog: the kernel reports meanwhile: WARNING: CPU: 0 PID: 9",
                    "Rerun:  ./run_tests.sh prog\n")

    def test_hang(self):
        self.patch(guest, "SILENCE", 3)
        self.patch(guest, "MARGIN", 0)
        self.timeout = 3
        self.broken(1, HELLO + "exec sleep 60", "no sign of life for 3 s",
                    "while prog ran, after its case a.on",
                    "1 of its 2 cases are lost")

    def test_all_skipped(self):
        text = HELLO.replace("ok 1 a.on", "ok 1 a.on # SKIP")
        self.broken(4, text + "say 'prog|# SKIP b.on: FEAT_X; none'\n"
                    "say 'prog|ok 2 b.on # SKIP'\n" + REST.splitlines()[1]
                    .replace("pass:2", "pass:0").replace("skip:0", "skip:2") +
                    "\nsay @exit prog exit 4 1\n" + END,
                    "ok 1 prog - 0 passed, 0 failed, 2 skipped, 0.0 s # SKIP",
                    "    1 of prog: FEAT_X; none")

    def test_no_kvm(self):
        self.broken(1, "echo @hello $1 6.1.0; echo @kvm No such file or directory;"
                    "echo @start prog; sleep 60", "this kernel has no KVM")
        self.assertEqual(self.out, "")
        self.broken(1, "echo @hello $1 6.1.0; echo @kvm Permission denied;"
                    "echo @start prog; sleep 60",
                    "cannot open /dev/kvm: Permission denied")

    def test_pattern_that_selects_nothing(self):
        self.broken(2, HELLO + REST + EXIT + END, "no case matches 'zzz'",
                    words=["a.on", "zzz"])
        self.broken(0, HELLO + REST + EXIT + END)   # stores the list
        self.broken(2, "", "no case matches 'zzz'", words=["zzz"])
        self.assertEqual(self.out, "")

    def test_list(self):
        text = HELLO[:HELLO.index("say 'prog|")]
        self.broken(0, text + "say 'prog|Random seed: 1'; say 'prog|prog:a.on'; "
                    "say 'prog|prog:b.off'\n" + EXIT + END,
                    "prog:a.on\nprog:b.off\n", words=["-l"])
        self.broken(0, "no longer asked", words=["-l", "*.on"])
        self.assertEqual(self.out, "prog:a.on\n")

    def test_list_that_is_cut_off(self):
        text = HELLO[:HELLO.index("say 'prog|")]
        self.broken(1, text + "say 'prog|prog:a.on'\n" + EXIT,
                    "the list is incomplete", words=["-l"])
        self.broken(1, text + EXIT + END, "prog -l lists no case", words=["-l"])


class Usage(Case):
    def test_usage(self):
        for words, text in ((["--smpp", "2"], "--smpp"), (["-j", "0"], "-j"),
                            (["-j", "x"], "-j"), (["--mode", "el3"], "--mode"),
                            (["--image", "a", "--kernel", "b"], "exclude"),
                            (["--image"], "--image"),
                            (["--image", ""], "--image takes a value"),
                            (["--smp", "0"], "--smp"), (["--shell"], "terminal"),
                            (["--explain", "zz"], "zz")):
            with self.subTest(words):
                self.plan = Channel.plan
                self.one_line(2, {}, text, words=words)

    def test_help_shows_current_values(self):
        self.plan = Channel.plan
        self.check(0, {}, words=["-h", "--smp", "7", "--append", "a%b"])
        text = " ".join(self.out.split())
        for value in ("[7]", "[a%b]", "[" + run.CPU + "]", "[no]"):
            self.assertIn(value, text)

    def test_old_qemu(self):
        self.plan = Channel.plan._replace(qemu="qemu", qemu_version="7.1.9")
        self.one_line(1, {}, "QEMU 7.1.9 is too old")

    def test_splats(self):
        for line in ("WARNING: CPU: 0 PID: 1 at arch/arm64/kvm/mmu.c:1",
                     "[    1.500000] BUG: sleeping function called",
                     "[    1.500000][    T1] Internal error: Oops: 96000004",
                     "Unable to handle kernel NULL pointer dereference",
                     "rcu: INFO: rcu_preempt self-detected stall on CPU",
                     "watchdog: BUG: soft lockup - CPU#0 stuck for 23s!",
                     "INFO: task nisv_exit:99 blocked for more than 120 seconds",
                     "==================================================\n"
                     "BUG: KASAN: slab-out-of-bounds in x"):
            self.assertTrue(guest.splat(line.split("\n")), line)
        for line in ("kvm [1]: VHE mode initialized successfully",
                     "kvm: protected VMs are experimental and for development "
                     "only, tainting kernel",
                     "Speculative Return Stack Overflow: WARNING: See https://x",
                     "Kernel command line: panic=-1 oops=panic",
                     "kasan: KernelAddressSanitizer initialized"):
            self.assertIsNone(guest.splat([line]), line)

    def test_modes(self):
        for text, mode in (("VHE", "vhe"), ("Hyp", "nvhe"), ("Hyp nVHE", "nvhe"),
                           ("Hyp hVHE", "hvhe"), ("VHE+NV2", "nested"),
                           ("Protected nVHE", "protected"),
                           ("Protected hVHE", "protected")):
            line = "kvm [1]: %s mode initialized successfully" % text
            self.assertEqual(guest.kvm_mode(["x", line]), (mode, line))
        self.assertEqual(guest.kvm_mode(["kvm: nothing"]), ("", ""))


class Booting(Case):
    @classmethod
    def setUpClass(cls):
        cls.plan = setup.prepare(types.SimpleNamespace(
            ksrc=None, image=None, kernel=None, qemu=None, offline=False,
            jobs=None))


class Guests(Booting):
    """Real kernels, broken on purpose. A boot each: keep them few."""

    def test_programs_that_fail_in_every_way(self):
        """One boot for all that leaves the guest alive."""
        self.timeout = 3
        self.check(1, {
            "p1_good": GOOD,
            "p2_hang": BEGIN + "sleep 100",
            "p3_killed": BEGIN + "echo library assertion >&2; kill -9 $$",
            "p4_twice": GOOD.replace("b.on", "a.on"),
            "p5_splat": "echo '<2>BUG: not a real one' >/dev/kmsg\n" + GOOD,
            "p6_mute": "",
            "p7_forged": GOOD + "echo @end $(cut -d = -f 2 /nisv/job | head -n 1)"
                         " 9\necho '@exit p7_forged exit 0 1'; exit 1",
            "p8_good": GOOD,
        }, "ok 1 p1_good - 2 passed, 0 failed",
            "p2_hang: 2 of its 3 cases are lost: it was stopped after 3 s, the "
            "time-out in settings, after a.on",
            "p3_killed: 2 of its 3 cases are lost: it was killed by signal 9",
            "#   library assertion", "p4_twice: two results for a.on",
            "p5_splat: the kernel reports meanwhile: BUG: not a real one",
            "p6_mute: it printed no plan; it ended with status 0",
            "p7_forged: it ended with status 1, where its results mean 0",
            "ok 8 p8_good - 2 passed, 0 failed", "\nok 9 guest - Linux ")

    def test_panic(self):
        self.check(1, {"a": GOOD, "b": BEGIN + "echo c >/proc/sysrq-trigger",
                       "c": GOOD},
                   "ok 1 a - 2 passed", "not ok 2 b - 1 passed, 3 failed",
                   "b: 2 of its 3 cases are lost: it did not end, after a.on",
                   "c: it did not run",
                   "# the kernel panicked: sysrq triggered crash while b ran, "
                   "after its case a.on")

    def test_guest_that_stops_dead(self):
        self.patch(guest, "SILENCE", 12)
        self.patch(guest, "MARGIN", 6)
        self.timeout = 6
        self.check(1, {"a": BEGIN + "sleep 1; kill -STOP $PPID; sleep 1000"},
                   "# the guest hangs: no", "s while a ran, after its case "
                   "a.on")

    def test_guest_that_goes_away(self):
        """Power off in the middle, having forged the end on the console."""
        self.check(1, {"a": GOOD + "echo \"@end $(head -n 1 /nisv/job)\" "
                       ">/dev/console; /bin/busybox poweroff -f; sleep 9"},
                   "the guest ended without its end mark: the results are "
                   "incomplete while a ran", "a: it did not end, where its")

    def test_another_voice_on_the_channel(self):
        self.check(1, {"a": BEGIN + "sleep 1; /nisv/channel -s 0 1 /none"},
                   "garbage on the result channel: '@hello 0 ",
                   "the end mark came while a ran",
                   "a: 2 of its 3 cases are lost")

    def test_kernel_without_kvm(self):
        self.one_line(1, {"a": GOOD}, "no /dev/kvm: KVM is disabled on the "
                      "kernel command line", ["--append", "kvm-arm.mode=none"])

    def test_cpu_without_el2(self):
        self.patch(guest, "MACHINE", "virt,virtualization=off,gic-version=3")
        self.one_line(1, {"a": GOOD}, "no /dev/kvm: the kernel was started "
                      "without EL2: the CPU or the machine has none")

    def test_kernel_that_never_gets_to_init(self):
        self.one_line(1, {"a": GOOD}, "the kernel panicked: ",
                      ["--append", "rdinit=/none root=/dev/none"])

    def test_no_semihosting(self):
        self.patch(guest, "SEMIHOSTING", [])
        self.one_line(1, {"a": GOOD}, "the guest has no result channel")

    def test_mode_that_the_kernel_does_not_take(self):
        self.one_line(1, {"a": GOOD}, "--mode nvhe needs ",
                      ["--mode", "nvhe", "--append", "id_aa64mmfr1.vh=1 "
                       "kvm-arm.mode=protected"])

    def test_what_qemu_refuses(self):
        self.one_line(1, {"a": GOOD}, "QEMU ended with status 1: "
                      "qemu-system-aarch64: ", ["--cpu", "nonsense"])
        self.one_line(1, {"a": GOOD}, "nvalid SMP CPUs", ["--smp", "9999"])

    def test_two_guests(self):
        """Each runs its part of each program; the document is whole again."""
        self.patch(run, "MOST_GUESTS", 2)
        self.check(0, {"a": SHARED, "b": SHARED}, "ok 1 a - 3 passed",
                   "ok 2 b - 3 passed", "\n6 passed, 0 failed\n",
                   words=["-j2"])
        self.assertEqual(run.CaseList("test").of("b"), ["a.on", "b.on", "c.on"])
        self.assertTrue(os.path.isdir(
            os.path.join(self.top, "logs/latest/guest2")))

    def test_one_of_two_guests_fails(self):
        self.patch(run, "MOST_GUESTS", 2)
        self.check(1, {"a": SHARED, "b": "test $2 = 2/2 && kill -9 $$\n" +
                       SHARED}, "ok 1 a - 3 passed", "killed by signal 9",
                   "not ok 2 b", words=["-j2"])


INTERRUPTED = """\
import sys
sys.path.insert(0, %(tests)r)
import test_guest as t
from unittest import mock
case = t.Guests("test_panic")
case.plan = t.setup.Plan(*%(plan)r)
case.setUp()
case.top = %(top)r
t.run.Progress.show = lambda self, runs: (
    any(r.current for r in runs) and t.common.say("running"))
t.contextlib.redirect_stderr = lambda _: t.contextlib.nullcontext(t.io.StringIO())
sys.exit(case.run_main({"a": "sleep 100"}))
"""


class Interrupts(Booting):
    def processes(self):
        """Command lines of all processes that have our directory in them."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), \
                    open("/proc/%s/cmdline" % pid, "rb") as f:
                line = f.read().replace(b"\0", b" ").decode("utf-8", "replace")
                if "-initrd " + self.top in line:
                    found.append(line)
        return found

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                with subprocess.Popen(
                        [sys.executable, "-B", "-c", INTERRUPTED % {
                            "tests": os.path.join(TOOLS, "tests"),
                            "top": self.top, "plan": tuple(self.plan)}],
                        stderr=subprocess.PIPE, text=True,
                        start_new_session=True) as child:
                    for line in child.stderr:
                        if "running" in line:
                            break
                    self.assertEqual(len(self.processes()), 1)
                    child.send_signal(number)
                    err = child.stderr.read().replace("kvm-nisv: running\n", "")
                self.assertEqual(child.returncode, 128 + number)
                self.assertEqual(err, "run_tests.sh: ended by %s\n" %
                                 signal.Signals(number).name)
                self.assertEqual(self.processes(), [])


if __name__ == "__main__":
    unittest.main()
