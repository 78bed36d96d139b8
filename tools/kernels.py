# SPDX-License-Identifier: GPL-2.0-only
"""make check-kernels: full runs on each kind of host that KVM has.

LIST says on which; a line for each run goes to stdout, and all of them, with
what deviated and what was skipped, to docs/kernels.md.  With words, only those
runs whose options have one of them, and no document.  Exit status: 0 when all
passed, known deviations included, else 1.
"""

import collections
import os
import re
import shlex
import signal
import sys
import time
import types

import common
import run
import setup
from common import Fail, say

DOCUMENT = os.path.join(common.checkout(), "docs", "kernels.md")
OPTS = types.SimpleNamespace(offline=False)

# Whose CPU has FEAT_NV2, and some more.
NEWER_QEMU = "--qemu bookworm-backports"
# IPAs of 52 bits; each program's start takes longer then.
LARGE = "--cpu max,pauth-impdef=on"

# The options of each run, besides a kernel: what is left out is the default.
# 16K stands for the flavour with such pages.
LIST = (
    ("5.10", ""),
    ("6.1", ""),
    ("6.12", ""),
    ("7", ""),
    ("7-16K", ""),
    ("6.1", "--mode nvhe"),
    ("6.1", "--mode protected"),
    ("7", "--mode nvhe"),
    ("7", "--mode hvhe"),
    ("7", "--mode protected"),
    ("7", "--mode nested " + NEWER_QEMU),
    ("6.1", "--smp 2"),
    ("7", "--smp 2"),
    ("6.1", NEWER_QEMU),
    ("7", NEWER_QEMU),
    ("7", "--smp 2 " + NEWER_QEMU),
    ("5.10", "--cpu cortex-a76"),
    ("6.1", "--cpu cortex-a76"),
    ("7", "--cpu cortex-a76"),
    ("6.1", "--cpu cortex-a57"),
    ("6.12", "--cpu cortex-a57"),
    ("7", LARGE),
)

HEAD = """\
<!-- SPDX-License-Identifier: GPL-2.0-only -->
<!-- Written by make check-kernels. -->
# On which hosts it was run

Each line is a full `./run_tests.sh` with these options, on the kernel that they
meant then. The CPU is `%s` and the guest has one CPU
where no option says otherwise. Seconds are those of the whole run on a machine
with %d CPUs%s.

""" % (run.CPU, len(os.sched_getaffinity(0)), ", without virtualisation")

Result = collections.namedtuple(
    "Result", "options machine counts verdict seconds deviations skips")


def options(kernel, more):
    """The options of a run, as text."""
    return ("--kernel %s %s" % (kernel, more)).strip()


def release(kernel):
    """The name of a kernel, which is the whole one where pages are of 16K."""
    if kernel.endswith("-16K"):
        return setup.kernel(kernel[:-4], OPTS).release + "-16k"
    return kernel


def section(text, title):
    """{reason: how many} of a section of the summary."""
    found = collections.Counter()
    match = re.search(r"^%s:\n((?: +\d+ of .*\n)+)" % title, text, re.M)
    for count, reason in re.findall(r"^ +(\d+) of \w+: (.*)$",
                                    match[1] if match else "", re.M):
        found[reason] += int(count)
    return found


def result(words, status, text, seconds):
    """What one run printed, on both streams."""
    machine = re.search(r"^(?:not )?ok \d+ guest - (.*)$", text, re.M)
    counts = re.search(r"^\d+ passed, .*\Z", text.strip(), re.M)
    if not machine or not counts:
        lines = text.strip().splitlines()
        return Result(words, "", lines[-1] if lines else "no output", "FAILED",
                      seconds, {}, {})
    return Result(words, machine[1], counts[0],
                  "FAILED" if status else "passed", seconds,
                  section(text, "Known deviations"), section(text, "Skipped"))


def one(kernel, more):
    """The result of one run; of one that cannot be made it says why."""
    begun = time.monotonic()
    words = options(kernel, more)
    say("running with " + words)
    try:
        words = options(release(kernel), more)
        status, text = common.run([os.path.join(common.checkout(),
                                                "run_tests.sh"),
                                   *shlex.split(words)])
    except Fail as e:
        status, text = 1, str(e)
    return result(words, status, text, time.monotonic() - begun)


def table(head, rows):
    return "\n".join("| %s |" % " | ".join(map(str, row)) for row in (
        head, ("---",) * len(head), *rows)) + "\n"


def reasons(results, which):
    """A row for each reason: it, and in how many cases of which run."""
    found = collections.OrderedDict()
    for number, each in enumerate(results, 1):
        for reason, count in sorted(getattr(each, which).items()):
            found.setdefault(reason.replace("|", "\\|"), []).append(
                "%d: %d" % (number, count))
    return [(reason, ", ".join(runs)) for reason, runs in sorted(found.items())]


def document(results):
    return HEAD + table(
        ("run", "options", "host", "cases", "verdict", "s"),
        [(number, "`%s`" % r.options, r.machine, r.counts, r.verdict,
          "%.0f" % r.seconds) for number, r in enumerate(results, 1)]) + \
        "\n## Known deviations\n\n" + table(
            ("deviation", "cases, by run"), reasons(results, "deviations")) + \
        "\n## Skipped\n\n" + table(
            ("cases that need what there is not", "cases, by run"),
            reasons(results, "skips"))


def check(text):
    """What is wrong with the form of a document, None if nothing is."""
    rows = re.findall(r"^\| (\d+) \| `(.*?)` \| .* \| (\w+) \| \d+ \|$", text,
                      re.M)
    ran = [re.sub(r"^--kernel [\d.]\S*-16k", "--kernel 7-16K", row[1])
           for row in rows]
    wanted = [options(*each) for each in LIST]
    if not text.startswith(HEAD.split("%")[0][:100]):
        return "it is not what make check-kernels writes"
    for each in wanted:
        if each not in ran:
            return "no run with " + each
    for number, words, verdict in rows:
        if verdict != "passed":
            return "run %s, %s: %s" % (number, words, verdict)
    return None


def main(words):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, run.stop)
    results = []
    try:
        chosen = [each for each in LIST
                  if not words or any(word in options(*each) for word in words)]
        if not chosen:
            raise run.Usage("no run of the list has %s" % " or ".join(words))
        for each in chosen:
            r = one(*each)
            results.append(r)
            print("%s - %s: %s%s, %.0f s" % (
                "ok" if r.verdict == "passed" else "not ok", r.options,
                r.machine and r.machine + ": ", r.counts, r.seconds), flush=True)
        if not words:
            common.write(DOCUMENT, document(results))
    except Fail as e:
        print("make check-kernels: %s" % e, file=sys.stderr)
        return 2 if isinstance(e, run.Usage) else 1
    except run.Stopped as e:
        return 128 + e.number
    failed = sum(r.verdict != "passed" for r in results)
    print("%d passed, %d failed" % (len(results) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
