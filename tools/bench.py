# SPDX-License-Identifier: GPL-2.0-only
"""make bench: what the suite costs beside the boot that it needs.

Alternates, ROUNDS times: a bare boot of the default kernel to an init that
powers off; the same with the kernel arguments that make the run's own boot
faster; a complete ./run_tests.sh with everything in place; and one without the
programs for what user space may do with the exit (POLICIES). The boots use
the very command of the run, but for the initramfs and those arguments. Prints
the medians, the ratio of run and bare boot (and of run and faster boot), how many
bare boots those programs add, and how many cases a second the programs get
through inside the guest.
"""

import glob
import os
import re
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import types

import common
import guest
import run
import setup
from common import Fail, say

ROUNDS = 5
POLICIES = ("nisv_emulate", "nisv_inject", "nisv_other", "nisv_restart",
            "nisv_suspend", "nisv_vcpus")
RUN = [os.path.join(common.checkout(), "run_tests.sh")]
LATEST = os.path.join(setup.build_dir(), "logs", "latest")
POWER_OFF = "#!/bin/busybox sh\nexec /bin/busybox poweroff -f\n"


def timed(cmd):
    """(seconds, status) of a command."""
    start = time.monotonic()
    status, _ = common.run(cmd, env=dict(os.environ))
    return time.monotonic() - start, status


def others():
    """The programs that are not for policies."""
    names = [os.path.basename(path)[:-2] for path in glob.glob(
        os.path.join(common.checkout(), "aarch64/nisv_*.c"))]
    lost = set(POLICIES) - set(names)
    if lost:
        raise Fail("there is no %s any more" % ", ".join(sorted(lost)))
    return sorted(set(names) - set(POLICIES))


def suite(programs=()):
    """Wall seconds of a run that must pass."""
    seconds, status = timed([*RUN, *programs])
    if status:
        raise Fail("./run_tests.sh ended with status %d: run it to see why" %
                   status)
    return seconds


def boot_commands(directory):
    """The QEMU command of the last run, for an init that powers off: without
    and with what makes the boot faster."""
    with open(os.path.join(LATEST, "guest1", "qemu.sh")) as f:
        cmd = shlex.split(f.read())
    busybox = setup.busybox(types.SimpleNamespace(offline=True))
    with open(busybox, "rb") as f:
        files = {"init": (POWER_OFF.encode(), 0o755),
                 "bin/busybox": (f.read(), 0o755)}
    initrd = os.path.join(directory, "initramfs.cpio")
    guest.initramfs(initrd, files)
    cmd[cmd.index("-initrd") + 1] = initrd
    cmd[cmd.index("-serial") + 1] = "file:" + os.path.join(directory, "console")
    bare = list(cmd)
    at = bare.index("-append") + 1
    bare[at] = bare[at].replace(guest.FASTER, "")
    return bare, cmd


def boot(cmd):
    seconds, status = timed(cmd)
    if status:
        raise Fail("QEMU ended with status %d: %s" % (status, shlex.join(cmd)))
    return seconds


def cases_and_seconds():
    """Of the last run: results, and the seconds that the programs took."""
    cases = seconds = 0
    for name in os.listdir(LATEST):
        path = os.path.join(LATEST, name, "results.raw")
        if os.path.isfile(path):
            with open(path, errors="replace") as f:
                text = f.read()
            cases += len(re.findall(r"^[\w.-]+\|(?:not )?ok \d", text,
                                    re.MULTILINE))
            seconds += sum(int(ms) / 1000 for ms in re.findall(
                r"^@exit .* (\d+)$", text, re.MULTILINE))
    return cases, seconds


def line(what, times):
    return "%s: %.2f s (%.2f to %.2f)" % (
        what, statistics.median(times), min(times), max(times))


def ratio(one, other):
    return statistics.median(one) / statistics.median(other)


def bench():
    bare_boots, fast_boots, suites, rests, rates = [], [], [], [], []
    with common.scratch(tempfile.gettempdir()) as directory:
        say("setting up")
        suite()
        bare, fast = boot_commands(directory)
        for number in range(1, ROUNDS + 1):
            say("round %d of %d" % (number, ROUNDS))
            bare_boots.append(boot(bare))
            suites.append(suite())
            cases, seconds = cases_and_seconds()
            rates.append(cases / seconds)
            fast_boots.append(boot(fast))
            rests.append(suite(others()))
    print(line("bare boot, and power off", bare_boots))
    print(line("the same with the run's kernel arguments", fast_boots))
    print(line("run_tests.sh, warm", suites))
    print(line("the same without the policies", rests))
    print("cases: %d, %.0f a second inside the guest" %
          (cases, statistics.median(rates)))
    print("ratio: %.2f (%.2f to the faster boot)" %
          (ratio(suites, bare_boots), ratio(suites, fast_boots)))
    print("the policies add: %.2f bare boots" % statistics.median(
        [(whole - rest) / bare_boot for whole, rest, bare_boot in
         zip(suites, rests, bare_boots)]))


def main(words):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, run.stop)
    try:
        if words:
            raise run.Usage("no arguments")
        bench()
    except Fail as e:
        print("bench: %s" % e, file=sys.stderr)
        return 2 if isinstance(e, run.Usage) else 1
    except run.Stopped as e:
        return 128 + e.number
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
