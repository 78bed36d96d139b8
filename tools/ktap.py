# SPDX-License-Identifier: GPL-2.0-only
"""What a test program prints, believed only when all of it fits together.

parse(name, lines, end, ...)  one program's output -> Program
merge(parts, name)            one program of parts that ran in several guests
document(programs, machine)   the combined KTAP document, as a list of lines

A program prints a version line, a plan, the results numbered from 1 with
names that occur once, and the totals; it ends with 0 (no failure), 1 (some) or
4 (all skipped).  Whatever does not fit is a Problem of the program, which fails
it.  A planned case without a result is "lost", which is a failure too.  Lines
that are none of these are kept as the log of the result they precede: the
selftest library prints such lines, on stdout as well.
"""

import dataclasses
import re

PASS, FAIL, XFAIL, SKIP, LOST = "pass", "fail", "xfail", "skip", "lost"

VERSION = re.compile(r"K?TAP version \d+$")
PLAN = re.compile(r"1\.\.(\d+)( # SKIP no case matches)?$")
RESULT = re.compile(r"(ok|not ok) (\d+) ([A-Za-z0-9_.-]+)( # (SKIP|XFAIL))?$")
TOTALS = re.compile(r"# Totals: pass:(\d+) fail:(\d+) xfail:(\d+) xpass:(\d+)"
                    r" skip:(\d+) error:(\d+)$")
# What looks like a part of the protocol, and is none of the above.
CLAIM = re.compile(r"\s*((not\s+)?ok\b|1\.\.\d|K?TAP version|Bail out!"
                   r"|# Totals:)", re.IGNORECASE)
CONTROL = re.compile(r"[^\t\x20-\x7e\xa0-\U0010ffff]|\ufffd")

NO_MATCH = "no case matches"
MANY = 5        # problems of one program that are told one by one


@dataclasses.dataclass
class Case:
    name: str
    status: str
    reason: str = ""
    log: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Problem:
    """Something that fails a whole program, or the machine it ran on."""
    text: str
    log: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Program:
    name: str
    cases: list = dataclasses.field(default_factory=list)
    problems: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0
    unmatched: bool = False     # the patterns select none of its cases

    def count(self, *statuses):
        return sum(case.status in statuses for case in self.cases)

    def failures(self):
        return self.count(FAIL, LOST) + len(self.problems)

    def verdict(self):
        if self.failures():
            return FAIL
        if self.count(PASS, XFAIL):
            return PASS
        return SKIP


def comment(text):
    """Any line as a diagnostic line, with nothing in it that moves a cursor."""
    text = CONTROL.sub("?", text)
    return text if text.startswith("#") else ("# " + text).rstrip()


def ending(end):
    """(how, number) of a program's end, in words."""
    how, number = end or ("nothing", 0)
    return {"exit": "it ended with status %d",
            "signal": "it was killed by signal %d",
            "timeout": "it was stopped after %d s, the time-out in settings",
            "nothing": "it did not end"}[how].replace("%d", str(number))


class _Parser:
    def __init__(self, name, case_names):
        self.program = Program(name)
        self.case_names = case_names
        self.version = self.totals = False
        self.planned = None
        self.seen = set()
        self.log = []           # since the last result
        self.skipped_problems = 0

    def problem(self, text, log=()):
        if len(self.program.problems) < MANY:
            self.program.problems.append(Problem(text, list(log)))
        else:
            self.skipped_problems += 1

    def stdout(self, text):
        if CONTROL.search(text):
            self.problem("garbage in its output: %s" % ascii(text[:60]))
        if VERSION.match(text):
            if self.version:
                self.problem("a second version line")
            self.version = True
        elif PLAN.match(text):
            self.plan(PLAN.match(text))
        elif RESULT.match(text):
            self.result(RESULT.match(text))
        elif TOTALS.match(text):
            self.check_totals(TOTALS.match(text))
        elif CLAIM.match(text):
            self.problem("not a line it may print: %s" % ascii(text[:120]))
        else:
            self.log.append(comment(text))

    def plan(self, match):
        if not self.version:
            self.problem("a plan before the version line")
        if self.planned is not None:
            self.problem("a second plan: %s" % match[0])
            return
        self.planned = int(match[1])
        self.program.unmatched = bool(match[2]) and self.planned == 0

    def result(self, match):
        outcome, number, name, directive = match.group(1, 2, 3, 5)
        cases = self.program.cases
        if self.planned is None:
            self.problem("a result before the plan: %s" % match[0])
        if self.totals:
            self.problem("a result after the totals: %s" % match[0])
        if int(number) != len(cases) + 1:
            self.problem("result number %s where %d is due: %s" %
                         (number, len(cases) + 1, match[0]))
        if name in self.seen:
            self.problem("two results for %s" % name)
        status = PASS
        if outcome == "not ok":
            status = FAIL
            if directive:
                self.problem("a failure that is excused: %s" % match[0])
        elif directive:
            status = {"SKIP": SKIP, "XFAIL": XFAIL}[directive]
        case = Case(name, status, log=self.log)
        self.log = []
        if directive:
            case.reason = self.reason(case, directive)
        cases.append(case)
        self.seen.add(name)

    @staticmethod
    def reason(case, directive):
        start = "# %s %s: " % (directive, case.name)
        for line in reversed(case.log):
            if line.startswith(start):
                return line[len(start):].strip()
        return "no reason given"

    def check_totals(self, match):
        if self.totals:
            self.problem("a second line of totals")
        self.totals = True
        passed, fail, xfail, xpass, skip, error = map(int, match.groups())
        count = self.program.count
        if (passed, fail + xpass + error, xfail, skip) != (
                count(PASS), count(FAIL), count(XFAIL), count(SKIP)):
            self.problem(
                "its totals disagree with its results (%d passed, %d failed, "
                "%d xfail, %d skipped): %s" %
                (count(PASS), count(FAIL), count(XFAIL), count(SKIP), match[0]))

    def lost_name(self, number):
        if len(self.case_names) == self.planned:
            return self.case_names[number - 1]
        return "case_%d" % number

    def finish(self, end):
        program, log = self.program, self.log
        have, count = len(program.cases), program.count
        if program.unmatched:
            if have or end != ("exit", 4):
                self.problem("it says that no case matches, but %s" %
                             ending(end), log)
            return
        if self.planned is None:
            self.problem("it printed no plan; %s" % ending(end), log)
        elif have < self.planned:
            last = "after " + program.cases[-1].name if have else "at the start"
            self.problem("%d of its %d cases are lost: %s, %s" %
                         (self.planned - have, self.planned, ending(end), last),
                         log)
            for number in range(have + 1, self.planned + 1):
                program.cases.append(Case(self.lost_name(number), LOST))
        elif have > self.planned:
            self.problem("%d results, but %d were planned" %
                         (have, self.planned))
        else:
            expect = 0
            if count(FAIL):
                expect = 1
            elif count(SKIP) == have:
                expect = 4
            if not have:
                self.problem("it ran no case; %s" % ending(end), log)
            elif end != ("exit", expect):
                self.problem("%s, where its results mean %d" %
                             (ending(end), expect), log)
            elif not self.totals:
                self.problem("it printed no totals", log)
        if self.skipped_problems:
            program.problems.append(Problem("%d more problems like these" %
                                            self.skipped_problems))


def parse(name, lines, end, seconds=0.0, case_names=()):
    """Judge one program.

    lines       what it printed: pairs of "|" (stdout) or "!" (stderr) and text
    end         ("exit"|"signal"|"timeout", number), or None if it did not end
    case_names  all its cases in order, to name the lost ones; may be empty
    """
    parser = _Parser(name, case_names)
    for mark, text in lines:
        if mark == "|":
            parser.stdout(text)
        else:
            parser.log.append(comment(text))
    parser.finish(end)
    parser.program.seconds = seconds
    return parser.program


SAME_PART = 32          # groups; as in lib/harness.c


def of_part(cases, part, parts):
    """What a program takes of its cases as part PART (from 0) of PARTS: one of
    each group, the same one for some time."""
    places = (group * parts + (part + group // SAME_PART) % parts
              for group in range(-(-len(cases) // parts)))
    return [cases[place] for place in places if place < len(cases)]


def merge(parts, name):
    """One program of its parts, the other way round; a part that is None is one
    that never ran."""
    whole = Program(name)
    longest = max((len(part.cases) for part in parts if part), default=0)
    for group in range(longest):
        turned = [parts[(place - group // SAME_PART) % len(parts)]
                  for place in range(len(parts))]
        whole.cases += [part.cases[group] for part in turned
                        if part and group < len(part.cases)]
    for part in parts:
        if part is None:
            whole.problems.append(Problem("a part of it did not run"))
        else:
            whole.problems += part.problems
            whole.seconds = max(whole.seconds, part.seconds)
    whole.unmatched = all(part and part.unmatched for part in parts)
    return whole


def _subtest(program):
    """The lines of one program: its cases, then its problems as one more."""
    plan = len(program.cases) + bool(program.problems)
    lines = ["KTAP version 1", "# Subtest: " + program.name, "1..%d" % plan]
    for number, case in enumerate(program.cases, 1):
        lines += case.log
        if case.status == LOST:
            lines.append("# %s: no result" % case.name)
        lines.append("%s %d %s%s" % (
            "not ok" if case.status in (FAIL, LOST) else "ok", number, case.name,
            {SKIP: " # SKIP", XFAIL: " # XFAIL"}.get(case.status, "")))
    for problem in program.problems:
        lines += ["# " + problem.text] + problem.log
    if program.problems:
        lines.append("not ok %d whole_program" % plan)
    return ["    " + line for line in lines]


def document(programs, machine):
    """The combined document; machine (a Program without cases) comes last."""
    lines = ["KTAP version 1", "1..%d" % (len(programs) + 1)]
    for number, program in enumerate(programs, 1):
        verdict = program.verdict()
        if program.cases or program.problems:
            lines += _subtest(program)
        lines.append("%s %d %s%s" % (
            "not ok" if verdict == FAIL else "ok", number, program.name,
            " # SKIP" if verdict == SKIP else ""))
    for problem in machine.problems:
        lines += ["# " + problem.text] + problem.log
    lines.append("%s %d %s" % ("not ok" if machine.problems else "ok",
                               len(programs) + 1, machine.name))
    return lines
