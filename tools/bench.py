# SPDX-License-Identifier: GPL-2.0-only
"""make bench: what the suite costs beside the boot that it needs.

Alternates, ROUNDS times: a boot of the default kernel to an init that powers
off, and a complete ./run_tests.sh with everything in place. The boot uses the
very command of the run, but for the initramfs. Prints the medians, their
ratio, and how many cases a second the programs get through inside the guest.
"""

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
RUN = [os.path.join(common.checkout(), "run_tests.sh")]
LATEST = os.path.join(setup.build_dir(), "logs", "latest")
POWER_OFF = "#!/bin/busybox sh\nexec /bin/busybox poweroff -f\n"


def timed(cmd):
    """(seconds, status) of a command."""
    start = time.monotonic()
    status, _ = common.run(cmd, env=dict(os.environ))
    return time.monotonic() - start, status


def suite():
    """Wall seconds of a run that must pass."""
    seconds, status = timed(RUN)
    if status:
        raise Fail("./run_tests.sh ended with status %d: run it to see why" %
                   status)
    return seconds


def boot_command(directory):
    """The QEMU command of the last run, for an init that powers off."""
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
    return cmd


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


def bench():
    boots, suites, rates = [], [], []
    with common.scratch(tempfile.gettempdir()) as directory:
        say("setting up")
        suite()
        cmd = boot_command(directory)
        for number in range(1, ROUNDS + 1):
            say("round %d of %d" % (number, ROUNDS))
            boots.append(boot(cmd))
            suites.append(suite())
            cases, seconds = cases_and_seconds()
            rates.append(cases / seconds)
    print(line("boot and power off", boots))
    print(line("run_tests.sh, warm", suites))
    print("cases: %d, %.0f a second inside the guest" %
          (cases, statistics.median(rates)))
    print("ratio: %.2f" % (statistics.median(suites) / statistics.median(boots)))


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, run.stop)
    try:
        bench()
    except Fail as e:
        print("bench: %s" % e, file=sys.stderr)
        return 1
    except run.Stopped as e:
        return 128 + e.number
    return 0


if __name__ == "__main__":
    sys.exit(main())
