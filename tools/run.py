# SPDX-License-Identifier: GPL-2.0-only
"""run_tests.sh: one command, a verdict.

Prepares everything (setup), runs the test programs on a real kernel (guest),
believes what fits together (ktap), and says what came out.  Results are on
stdout, progress and errors on stderr.

Exit status: 0 all passed (known deviations and some skips included), 1 a
failure of a case or of the run itself, 2 wrong usage, 4 everything skipped,
128+N ended by signal N.
"""

import argparse
import collections
import contextlib
import fnmatch
import os
import platform
import re
import shlex
import shutil
import signal
import sys
import time

import common
import explain
import guest
import kernel
import ktap
import setup
from common import Fail, say

USAGE = "usage: ./run_tests.sh [option ...] [pattern ...]"
CPU = "max,lpa2=off,pauth-impdef=on"
OLDEST_QEMU = (7, 2)
DEFAULT_TIMEOUT = 45    # kselftest's own, when settings has none
RERUN_CASES = 6         # at most so many are named one by one
MOST_GUESTS = 4         # side by side; each boots a kernel of its own
CASES_PER_GUEST = 500   # what takes about as long as that
PROGRESS_SECONDS = 10   # between two lines of progress off a terminal


class Usage(Fail):
    """Wrong usage, or patterns that select nothing."""


class Stopped(BaseException):
    """A signal that ends us; not an Exception, so that nothing swallows it."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


# --- options

class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Usage("%s; -h shows the options" % message)


def parser():
    p = Parser(prog="./run_tests.sh", add_help=False, usage=USAGE[7:],
               allow_abbrev=False, epilog="""
A pattern is a name or a glob, and selects programs (nisv_exit), cases
(ldr_post.hole.on) or both (nisv_exit:ldr_*). Without one, everything runs.
Exit status: 0 passed, 1 failed, 2 wrong usage, 4 everything skipped.""")
    add = p.add_argument
    add("patterns", nargs="*", help=argparse.SUPPRESS)
    add("--ksrc", metavar="DIR", help="kernel tree whose selftest library is "
        "used [%(ksrc)s]")
    add("--image", metavar="FILE", help="arm64 Image to test [%(image)s]")
    add("--tree", metavar="DIR", help="kernel tree to build a small kernel of, "
        "with the tree's own selftest library, and to test [%(tree)s]")
    add("--kernel", metavar="RELEASE|SUITE", help="packaged kernel to test "
        "[%(kernel)s]")
    add("--qemu", metavar="FILE|SUITE", help="qemu-system-aarch64, or the suite "
        "to take it from [%(qemu)s]")
    add("--cpu", metavar="CPU", help="as QEMU takes it [%(cpu)s]")
    add("--smp", metavar="N", help="CPUs of the guest [%(smp)s]")
    add("--append", metavar="ARGS", help="more kernel arguments [%(append)s]")
    add("--mode", choices=guest.MODES, metavar="MODE", help="how KVM runs: "
        "vhe, nvhe, hvhe, protected or nested [%(mode)s]")
    add("--repeat", metavar="N", type=int, help="N times as many rounds of what "
        "a case does over and over [%(repeat)s]")
    add("-l", dest="list", action="store_true", help="list the cases")
    add("--explain", action="store_true", help="the patterns are A64 instruction "
        "words: why they have no syndrome, and what to use instead")
    add("-t", dest="tap", action="store_true", help="print the KTAP document, "
        "and nothing else")
    add("-v", dest="verbose", action="store_true", help="print the QEMU command")
    add("--shell", action="store_true", help="a shell in the guest, with the "
        "tests at hand")
    add("-j", dest="jobs", metavar="N", type=int, help="compilers, and guests, "
        "side by side [%(jobs)s]")
    add("--offline", action="store_true", help="download nothing [%(offline)s]")
    add("-h", "--help", dest="help", action="store_true", help="this text, with "
        "the current values")
    return p


def print_help(p, opts):
    current = {
        "ksrc": "the distribution's linux-source",
        "image": "the packaged kernel", "tree": "none", "qemu": "the installed one",
        "kernel": "the newest of this distribution", "cpu": CPU, "smp": 1,
        "append": "none", "mode": "as the kernel chooses",
        "jobs": common.jobs(opts), "repeat": 1,
    }
    current.update((k, v) for k, v in vars(opts).items() if v is not None)
    current["offline"] = "yes" if opts.offline else "no"
    for action in p._actions:   # argparse has no public way to fill them in
        if action.help and "%(" in action.help:
            action.help = action.help % current
            action.help = action.help.replace("%", "%%")
    p.print_help()


def option_words(opts):
    """The options that were given and matter for a rerun, as words."""
    words = []
    for name in ("ksrc", "image", "tree", "kernel", "qemu", "cpu", "smp", "append",
                 "mode", "repeat"):
        value = getattr(opts, name)
        if value is not None:
            words += ["--" + name, str(value)]
    return words + ["--offline"] * opts.offline


def runs_natively(opts):
    told = (opts.image, opts.tree, opts.kernel, opts.qemu, opts.cpu, opts.smp,
            opts.append, opts.mode, opts.shell or None)
    return (platform.machine() == "aarch64" and os.path.exists("/dev/kvm")
            and all(value is None for value in told))


def print_explanations(opts):
    if not opts.patterns:
        raise Usage("--explain takes instruction words")
    try:
        for word in opts.patterns:
            explain.number(word)
    except Fail as e:
        raise Usage(str(e)) from e
    with setup.cache():
        setup.host_tools(setup.BUILD_TOOLS, opts)
        tree = setup.source(opts, "%d.%d" % setup.OLD_LIBRARY).path
    print(explain.explain(opts.patterns, tree), end="")
    return 0


def build_tree(opts):
    """The Image of --tree, and the tree whose selftest library goes with it."""
    setup.lock_checkout()
    version = setup.tree_version(setup.plain_path(
        os.path.abspath(opts.tree), "--tree"), "--tree")
    say("building Linux %s of --tree" % version)
    return kernel.build(opts.tree, setup.tree_home(opts.tree), opts), \
        opts.ksrc or opts.tree


# --- what there is to run

def program_names(plan):
    names = []
    for name in sorted(os.listdir(plan.programs)):
        path = os.path.join(plan.programs, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            with open(path, "rb") as f:
                if f.read(4) == b"\x7fELF":
                    names.append(name)
    if not names:
        raise Fail("no test program in %s" % plan.programs)
    return names


def timeout(plan):
    """Seconds for one program, from kselftest's settings file."""
    path = os.path.join(plan.programs, "settings")
    if not os.path.exists(path):
        path = os.path.join(common.checkout(), "settings")
    with contextlib.suppress(FileNotFoundError), open(path) as f:
        match = re.search(r"^timeout=(\d+)$", f.read(), re.MULTILINE)
        if match:
            return int(match[1])
    return DEFAULT_TIMEOUT


def matches(pattern, case):
    """Whether a pattern selects "program:case"; the programs' own rule."""
    return any(fnmatch.fnmatchcase(text, pattern)
               for text in (case, *case.split(":", 1)))


class CaseList:
    """All cases of one build of the programs, remembered in build/lists."""

    def __init__(self, build_id):
        self.path = os.path.join(setup.build_dir(), "lists", build_id)
        self.cases, self.by_program = None, None
        with contextlib.suppress(FileNotFoundError), open(self.path) as f:
            self.cases = f.read().split()

    def store(self, cases):
        self.cases, self.by_program = list(cases), None
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        common.write(self.path, "".join(case + "\n" for case in self.cases))

    def of(self, program):
        """Names of a program's cases, as far as known."""
        if self.by_program is None:
            self.by_program = collections.defaultdict(list)
            for case in self.cases or ():
                owner, _, name = case.partition(":")
                self.by_program[owner].append(name)
        return self.by_program[program]

    def select(self, patterns):
        """The cases that the patterns select; each must select one."""
        check_patterns(patterns, self.cases)
        if not patterns:
            return self.cases
        return [case for case in self.cases
                if any(matches(pattern, case) for pattern in patterns)]


def check_patterns(patterns, cases):
    for pattern in patterns:
        if not any(matches(pattern, case) for case in cases):
            raise Usage("no case matches '%s'; -l lists them" % pattern)


# --- running

class Runner:
    """One plan, one set of options; makes the runs of it."""

    def __init__(self, opts, plan, native):
        self.opts, self.plan, self.native = opts, plan, native
        self.seconds = timeout(plan)

    def make(self, directory, programs, arguments, done):
        os.makedirs(directory)
        opts = self.opts
        if self.native:
            run = guest.Native(self.plan, directory, programs, arguments,
                               self.seconds, None, done)
        else:
            run = guest.Guest(self.plan, directory, programs, arguments,
                              self.seconds, opts.mode, done, opts.cpu or CPU,
                              opts.smp or "1", opts.append)
        if opts.verbose:
            print_command(run.command)
        return run

    def guests(self, selected):
        """How many guests share the cases; selected: how many, if known."""
        if self.native:
            return 1
        wanted = MOST_GUESTS
        if selected is not None:
            wanted = min(wanted, 1 + selected // CASES_PER_GUEST)
        return min(wanted, common.jobs(self.opts))


def print_command(cmd):
    print(shlex.join(cmd), file=sys.stderr, flush=True)


def logs_directory():
    """An empty build/logs/latest; what was there is build/logs/previous."""
    logs = os.path.join(setup.build_dir(), "logs")
    latest, previous = (os.path.join(logs, n) for n in ("latest", "previous"))
    if os.path.isdir(latest):
        shutil.rmtree(previous, ignore_errors=True)
        os.rename(latest, previous)
    os.makedirs(latest)
    return latest


def list_cases(runner, cases, programs):
    """Ask the programs themselves, once for each build."""
    names = {}

    def done(name, lines, end, _seconds, _kernel):
        if end != ("exit", 0):
            raise Fail("%s -l: %s" % (name, ktap.ending(end)))
        names[name] = [text for mark, text in lines if mark == "|"
                       and re.match(r"%s:[A-Za-z0-9_.-]+$" % name, text)]
        if not names[name]:
            raise Fail("%s -l lists no case" % name)

    say("asking the programs for their cases")
    directory = os.path.join(setup.build_dir(), "logs", "list")
    shutil.rmtree(directory, ignore_errors=True)
    run = runner.make(directory, programs, ["-l"], done)
    guest.supervise([run])
    if run.problems or set(names) != set(programs):
        raise Fail("the list is incomplete: " + "; ".join(
            [problem.text for problem in run.problems] or ["no answer"]))
    cases.store(case for name in programs for case in names[name])


# --- what is printed

class Progress:
    """How far it is, on stderr: one line rewritten on a terminal."""

    def __init__(self):
        self.tty = sys.stderr.isatty()
        self.started = self.last = time.monotonic()
        self.shown = False

    def show(self, runs):
        now = time.monotonic()
        if now - self.last < (0.2 if self.tty else PROGRESS_SECONDS):
            return
        self.last = now
        parts = []
        for run in runs:
            if run.current:
                parts.append("%s %d" % (run.current, run.results))
            elif not run.ended:
                parts.append("between programs" if run.booted else "booting")
        text = "%s, %d s" % (", ".join(parts) or "ending", now - self.started)
        if self.tty:
            sys.stderr.write("\r\033[K" + text)
            sys.stderr.flush()
            self.shown = True
        else:
            say(text)

    def clear(self):
        if self.shown:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self.shown = False


def plural(count, word):
    return "%d %s%s" % (count, word, "" if count == 1 else "s")


def counts_text(passed, failed, skipped, known):
    text = "%d passed, %d failed" % (passed, failed)
    if skipped:
        text += ", %d skipped" % skipped
    if known:
        text += ", " + plural(known, "known deviation")
    return text


def counts(programs):
    return counts_text(sum(p.count(ktap.PASS) for p in programs),
                       sum(p.failures() for p in programs),
                       sum(p.count(ktap.SKIP) for p in programs),
                       sum(p.count(ktap.XFAIL) for p in programs))


def indented(log):
    """Diagnostic lines, as part of the one before them."""
    return ["#  " + line[1:] for line in log]


def failure_lines(program):
    lines = []
    for case in program.cases:
        if case.status == ktap.FAIL:
            lines += case.log or ["# %s:%s failed, and did not say why" %
                                  (program.name, case.name)]
    lost = [case.name for case in program.cases if case.status == ktap.LOST]
    for problem in program.problems:
        lines += ["# %s: %s" % (program.name, problem.text)]
        lines += indented(problem.log)
    if lost:
        lines.append("# lost: " + lost[0] + (
            " to %s" % lost[-1] if lost[1:] else ""))
    return lines


def result_lines(number, program):
    """One line for a program, its failures before it."""
    verdict = program.verdict()
    text = "no case matches" if program.unmatched else counts([program])
    return failure_lines(program) + ["%s %d %s - %s, %.1f s%s" % (
        "not ok" if verdict == ktap.FAIL else "ok", number, program.name, text,
        program.seconds, " # SKIP" if verdict == ktap.SKIP else "")]


def reason_lines(programs, status, title):
    reasons = collections.Counter(
        (program.name, case.reason) for program in programs
        for case in program.cases if case.status == status)
    if not reasons:
        return []
    return [title] + ["%5d of %s: %s" % (count, name, reason)
                      for (name, reason), count in sorted(reasons.items())]


def rerun_words(programs, patterns):
    words = []
    for program in programs:
        failed = [case.name for case in program.cases
                  if case.status in (ktap.FAIL, ktap.LOST)]
        if program.problems or len(failed) > RERUN_CASES:
            words.append(program.name)
        else:
            words += [program.name + ":" + name for name in failed]
    if len(words) > RERUN_CASES:
        words = [program.name for program in programs if program.failures()]
    return words or patterns


def machine_text(runner, release, mode):
    plan = runner.plan
    parts = ["Linux " + release, mode or "mode unknown"]
    if not runner.native:
        parts += ["QEMU " + plan.qemu_version, "-cpu " + (runner.opts.cpu or CPU)]
    return ", ".join(parts)


def relative(path):
    return os.path.relpath(path) if path.startswith(os.getcwd() + os.sep) else path


class Report:
    """Prints each program's result as soon as those before it are printed."""

    def __init__(self, names, quiet, progress):
        self.names, self.quiet, self.progress = names, quiet, progress
        self.programs = {}
        self.printed = 0

    def add(self, program):
        self.programs[program.name] = program
        while (self.printed < len(self.names)
               and self.names[self.printed] in self.programs):
            program = self.programs[self.names[self.printed]]
            self.print(result_lines(self.printed + 1, program))
            self.printed += 1

    def print(self, lines):
        if not self.quiet:
            self.progress.clear()
            if self.printed == 0:
                print("TAP version 13\n1..%d" % (len(self.names) + 1))
            print("\n".join(lines), flush=True)

    def ordered(self):
        return [self.programs[name] for name in self.names]


class Parts:
    """The results of each program, of which every guest runs a part."""

    def __init__(self, number, known, add):
        self.number, self.known, self.add = number, known, add
        self.parts = {}

    def done(self, part):
        """What to call when a program ended in the guest of that part."""
        def ended(name, lines, end, seconds, kernel):
            program = ktap.parse(name, lines, end, seconds,
                                 ktap.of_part(self.known(name), part,
                                              self.number))
            found = guest.splat(kernel)
            if found:
                program.problems.append(ktap.Problem(
                    "the kernel reports meanwhile: " + found[0], found[1]))
            parts = self.parts.setdefault(name, {})
            parts[part] = program
            if len(parts) == self.number:
                self.merge(name)
        return ended

    def merge(self, name):
        parts = self.parts.pop(name)
        self.add(ktap.merge([parts.get(part) for part in range(self.number)],
                            name))

    def rest(self):
        """What some guest never came to."""
        for name in list(self.parts):
            self.merge(name)


def run_cases(runner, cases, programs, selected):
    """The run itself. Returns the exit status."""
    opts = runner.opts
    directory = logs_directory()
    progress = Progress()
    report = Report(programs, opts.tap, progress)
    number = runner.guests(selected)
    parts = Parts(number, lambda name: () if opts.patterns else cases.of(name),
                  report.add)
    runs = [runner.make(os.path.join(directory, "guest%d" % (part + 1)),
                        programs,
                        (["-s", "%d/%d" % (part + 1, number)]
                         if number > 1 else []) +
                        (["-r", str(opts.repeat)] if opts.repeat else []) +
                        opts.patterns,
                        parts.done(part))
            for part in range(number)]
    try:
        guest.supervise(runs, lambda: progress.show(runs))
    finally:
        progress.clear()

    parts.rest()
    machine = ktap.Program("machine" if runner.native else "guest")
    for run in runs:
        machine.problems += run.problems
    for name in programs:
        if name not in report.programs:
            report.add(ktap.Program(name, problems=[ktap.Problem("it did not run")]))
    results = report.ordered()
    with open(os.path.join(directory, "results.ktap"), "w") as f:
        f.write("\n".join(ktap.document(results, machine)) + "\n")

    selected = [program for program in results if not program.unmatched]
    trouble = any(program.problems for program in [*results, machine])
    if not trouble:
        if opts.patterns:
            check_patterns(opts.patterns, [
                program.name + ":" + case.name
                for program in selected for case in program.cases])
        else:
            cases.store(program.name + ":" + case.name
                        for program in results for case in program.cases)

    mode = guest.kvm_mode(runs[0].boot)[0]
    machine_line = machine_text(runner, runs[0].release, mode)
    if opts.tap:
        print("\n".join(ktap.document(results, machine)))
    else:
        report.print(summary(runner, results, machine, machine_line, runs,
                             directory))
    everything = [*results, machine]
    if any(program.failures() for program in everything):
        return 1
    return 0 if any(p.verdict() == ktap.PASS for p in results) else 4


def summary(runner, results, machine, machine_line, runs, directory):
    opts = runner.opts
    lines = []
    for problem in machine.problems:
        lines += ["# " + problem.text] + indented(problem.log)
    lines.append("%s %d %s - %s" % ("not ok" if machine.problems else "ok",
                                    len(results) + 1, machine.name, machine_line))
    lines += reason_lines(results, ktap.XFAIL, "Known deviations:")
    lines += reason_lines(results, ktap.SKIP, "Skipped:")
    if runner.native and runs[0].nolog:
        lines.append("The kernel log could not be read (%s), so splats in it "
                     "were not seen." % runs[0].nolog)
    if not runner.native:
        lines.append("Kernel: " + runner.plan.origin)
    lines.append("Logs:   " + relative(directory))
    if any(program.failures() for program in [*results, machine]):
        lines.append("Rerun:  " + shlex.join(
            ["./run_tests.sh", *opts.words,
             *rerun_words(results, opts.patterns)]))
    lines.append(counts([*results, machine]))
    return lines


def shell(runner, programs):
    opts = runner.opts
    with common.scratch(setup.build_dir()) as directory:
        return guest.shell(runner.plan, directory, programs, opts.mode,
                           opts.cpu or CPU, opts.smp or "1", opts.append,
                           print_command if opts.verbose else lambda cmd: None)


# --- main

def check_qemu(plan):
    if setup.older(plan.qemu_version, OLDEST_QEMU):
        raise Fail("QEMU %s is too old: results leave the guest by semihosting "
                   "from user space, which needs 7.2; give a newer one with "
                   "--qemu" % plan.qemu_version)


def stop(number, _frame):
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


def run(words):
    p = parser()
    opts = p.parse_intermixed_args(words)
    if opts.help:
        print_help(p, opts)
        return 0
    for name in ("ksrc", "image", "tree", "kernel", "qemu", "cpu", "smp"):
        # as of a variable that is not set: not the default behind one's back
        if getattr(opts, name) == "":
            raise Usage("--%s takes a value" % name)
    if opts.smp and not re.match(r"[1-9]", opts.smp):
        raise Usage("--smp takes a number from 1")
    if opts.shell and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Usage("--shell needs a terminal")
    if opts.jobs is not None and opts.jobs < 1:
        raise Usage("-j takes a number from 1")
    if opts.repeat is not None and opts.repeat < 1:
        raise Usage("--repeat takes a number from 1")
    if sum(map(bool, (opts.image, opts.tree, opts.kernel))) > 1:
        raise Usage("--image, --tree and --kernel exclude each other")
    opts.words = option_words(opts)
    if opts.explain:
        return print_explanations(opts)
    if opts.tree:
        opts.image, opts.ksrc = build_tree(opts)
    native = runs_natively(opts)
    plan = setup.native_plan(opts) if native else setup.prepare(opts)
    if not native:
        check_qemu(plan)
    runner = Runner(opts, plan, native)
    programs = program_names(plan)
    if opts.shell:
        return shell(runner, programs)
    cases = CaseList(plan.build_id)
    if opts.list and cases.cases is None:
        list_cases(runner, cases, programs)
    number = None
    if cases.cases is not None:
        selected = cases.select(opts.patterns)
        number = len(selected)
        if opts.list:
            print("\n".join(selected))
            return 0
        chosen = {case.partition(":")[0] for case in selected}
        programs = [name for name in programs if name in chosen]
    return run_cases(runner, cases, programs, number)


def main(words):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        return run(words)
    except Fail as e:
        print("run_tests.sh: %s" % e, file=sys.stderr)
        return 2 if isinstance(e, Usage) else 1
    except Stopped as e:
        print("run_tests.sh: ended by %s" % signal.Signals(e.number).name,
              file=sys.stderr)
        return 128 + e.number
    except BrokenPipeError:
        # Nobody reads the results any more: let Python flush to nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as e:
        print("run_tests.sh: %s" % e, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
