# SPDX-License-Identifier: GPL-2.0-only
"""make mutants: how many faults of the kernel does the suite notice?

    tools/python3.sh tools/campaign.py [--kernel SPEC] [--qemu FILE] [-j N]
                                       [--quick] [PATTERN...]

Builds one kernel that holds all mutants of tools/mutants/rows.py, boots it for
each mode of KVM (and anew when a mutant brings it down; for cases that need its
CPU also on the emulator that mode nested has), finds out which mutants'
places each test program reaches, and runs those against each mutant, the quick
ones first, up to the first failure; beside them what the kernel itself has for
this path. Then finds for each case a mutant that it kills.

What noticed a mutant the last time, as docs/mutants.md has it, is tried first;
so are the mutants that most cases noticed then. That saves time and decides
nothing: who no longer notices gives way to the others. Mutants that nobody can
notice, or did the last time, are tried all at once, and in parts where that shows;
so are those that the kernel's tests did not notice then, on these. A program that
does not come to a mutant's place in such company is run on it in a smaller one, or
alone.

Which places a program comes to is asked of all its cases in the usual mode, and in
the others of those that do not pass there, and some that do; of all where a mutant
survives. What noticed a mutant and was not seen to pass without it is run without.

On stdout the summary; build/mutants/results.json has all of it. A whole
campaign on the default kernel also writes docs/mutants.md. PATTERNs select
mutants by name.

Exit status: 0 the campaign is complete (whatever survived), 1 it is not, or the
table is wrong about a mutant.
"""

import argparse
import collections
import dataclasses
import fnmatch
import json
import os
import re
import shutil
import signal
import sys
import time

import common
import guest
import kernel
import mutate
import run
import setup
from common import Fail, say
from mutants import rows

SPEC = "7"              # the newest that the table was written for
PLACE = os.path.join(setup.build_dir(), "mutants")
DOCUMENT = os.path.join(common.checkout(), "docs/mutants.md")
UPSTREAM = ("external_aborts", "mmio_sign_ext")
DRIVER = "driver"
ON = " on the emulator of "     # between two modes

PATIENCE = 10           # a program may take so many times its usual time
SHORTEST = 5            # seconds, at the least
UNKNOWN = 360           # its usual time before the first run, at most
QUIET = 3               # and be silent for so many times its longest silence,
BREATH = 2              # seconds, at the least: some cases wait 1 and go on or fail
                        # (CPU_SECONDS of nisv_stage1, 4 * TIME_TO_ASK of nisv_backing)
DEATH = 5               # seconds in which a killed program is gone (driver.c)
SILENCE = 10            # more seconds without a sign of life: the guest hangs
BOOT = 60               # it is up after so many, at the most
BATCH = 80              # mutants that one guest takes on at a time
FEW = 4                 # mutants that are not worth a try together
MANY = 64               # or are so many that somebody will notice one
PARTS = 8               # in which those are tried where somebody does
TRIED = 5               # mutants that a case is tried on after those of the last time
UNTOLD = 100            # or so many, if of its program none are known from then
TURN = 4000             # cases that all guests take on at a time, and are then free
                        # for others: one may be slower
SAMPLE = 8              # of the cases that pass in the usual mode one of so many is
                        # run in another one without a mutant, at first
CASE = 0.05             # seconds that one takes which fails, at most

REACHED, UNREACHED = "reached, not noticed", "never reached"
KILLED, EQUIVALENT, UNREACHABLE = "killed", "equivalent", "unreachable"
NOT_RUN = "not run"


@dataclasses.dataclass
class Job:
    """One program on one mutant; what came of it."""
    mutant: object          # mutate.Mutant, None for the kernel as it is, or
                            # a tuple: on all of them at once
    program: str
    mode: str = "first"     # as the driver takes it: first, else, left or all
    patterns: tuple = ()
    how: str = ""           # as the driver says; crash; "": not run
    status: int = 0
    hits: int = 0
    seconds: float = 0.0
    silence: float = 0.0        # the longest, in seconds
    failed: list = dataclasses.field(default_factory=list)
    passed: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)
    kernel: list = dataclasses.field(default_factory=list)
    reached: set = dataclasses.field(default_factory=set)
    crash: str = ""

    def killer(self):
        """What noticed the mutant, "" if nothing did."""
        splat = guest.splat(self.kernel)
        if self.failed:
            return "%s:%s" % (self.program, self.failed[0])
        if self.how == "crash":
            return "%s: %s" % (self.program, self.crash)
        if splat:
            return "%s: the kernel reports %s" % (
                self.program, splat[0].partition("+0x")[0])
        if self.how == "timeout":
            return self.program + ": it hangs"
        if self.how == "signal":
            return "%s: killed by signal %d" % (self.program, self.status)
        # 4: skipped, which kselftest does not take for a failure
        if self.how == "exit" and self.status not in (0, 4):
            return "%s: status %d" % (self.program, self.status)
        return ""


class Batch(guest.Guest):
    """One guest that runs a list of jobs, and what became of each."""

    def __init__(self, campaign, directory, mode, jobs, append=""):
        self.campaign, self.jobs, self.files = campaign, jobs, campaign.files
        self.place, self.append, plan = mode, append, campaign.plan
        mode, _, other = mode.partition(ON)
        if (other or mode) in setup.MODE_QEMU:
            emulator, version = campaign.qemu_of(other or mode)
            plan = plan._replace(qemu=emulator, qemu_version=version)
        self.counted = 0        # jobs that campaign.done has already
        self.down = ""
        limits = [campaign.limit(self.place, job) for job in jobs]
        self.limits = [
            limit + int(CASE * len(job.patterns)) if job.mode == "left" else limit
            for limit, job in zip(limits, jobs)]
        # the driver is the judge: whoever stops it comes later
        seconds = sum(self.limits) + DEATH * len(jobs) + SILENCE
        super().__init__(plan, directory, [DRIVER], ["/nisv/jobs"],
                         seconds, mode, self.read_jobs, run.CPU, "1", append)
        self.silence = max(limits) + SILENCE
        self.limit = BOOT + seconds + SILENCE

    def more_files(self):
        text, before = "", None
        for job, seconds in zip(self.jobs, self.limits):
            patterns = job.patterns
            if job.mode == "left":      # the driver still has them
                patterns = () if before is patterns else \
                    self.campaign.left(job.program, patterns)
                before = job.patterns
            silence = min(seconds, self.campaign.may_be_silent(self.place, job))
            text += "%s %d %d %s /nisv/%s\n" % (
                numbers(job.mutant), seconds, 1000 * silence, job.mode,
                " ".join([job.program, *patterns]))
        return dict(self.files, **{"nisv/jobs": (text.encode(), 0o644)}), ()

    def feed(self, line):
        super().feed(line)
        if line.startswith(DRIVER + "|end "):
            self.counted += 1
            self.campaign.done += 1

    def read_jobs(self, _name, lines, _end, _seconds, _kernel):
        """What the driver said, up to where it or the guest ended."""
        job = None
        for mark, text in lines:
            word, _, rest = text.partition(" ")
            if mark != "|" or word == "error":
                raise Fail("the driver in the guest fails: " + text)
            if word == "job":
                job = self.jobs[int(rest)]
            elif word == "fail":
                job.failed.append(rest)
                if isinstance(job.mutant, mutate.Mutant):
                    self.campaign.noticing[job.program].setdefault(
                        rest, (job.mutant, self.place))
            elif word == "pass":
                job.passed.append(rest)
            elif word == "skip":
                job.skipped.append(rest)
            elif word == "reached":
                job.reached.add(int(rest))
            elif word == "kernel":
                job.kernel.append(rest)
            elif word == "end":
                job.how, status, hits, ms, silence = rest.split()
                job.status, job.hits = int(status), int(hits)
                job.seconds, job.silence = int(ms) / 1000, int(silence) / 1000
                job = None
        if job:
            job.how = "crash"

    def finish(self, hung=""):
        """A guest that a mutant brings down while a job runs is a result; so is one
        that does not come up, where the mutant is on then. Where QEMU goes, or the
        driver alone, the job is not run yet."""
        try:
            super().finish(hung)
        except Fail as e:       # before the first program
            self.down = str(e)
            if not self.append or not self.why_down():
                raise
            self.jobs[0].how = "crash"
            self.kill()
        if self.problems:
            self.down = self.problems[0].text
        for job in self.jobs:
            if job.how == "crash":
                job.crash = self.why_down()
                job.how = "crash" if job.crash else ""
        self.down = self.down or "the driver in the guest ended early"

    def why_down(self):
        if not self.down or self.down.startswith("QEMU "):
            return ""
        return "the kernel panics" if "the kernel panicked" in self.down else \
            "the guest hangs" if "the guest hangs" in self.down else \
            "the guest does not come up" if not self.booted else \
            "the guest goes wrong"

    def rest(self):
        return [job for job in self.jobs if not job.how]


def numbers(mutant):
    """A job's mutants as the driver and the kernel take them."""
    if isinstance(mutant, mutate.Mutant):
        return str(mutant.number)
    return ",".join(str(each.number) for each in mutant or ()) or "0"


def table(text, title):
    """The rows of a section's table in the document, without its head."""
    section = text.partition("\n## %s\n" % title)[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [re.split(r"(?<!\\) ?\| ?", line)[1:-1] for line in lines[1:]]


class Campaign:
    def __init__(self, opts, found, plan, files, programs, last=""):
        self.opts, self.found, self.plan = opts, found, plan
        self.files, self.programs = files, programs
        # the last document: who noticed a mutant, which ones many cases do
        killed = table(last, "Killed")
        self.noticed = {row[0]: row[3].partition(": ")[0].partition(":")[::2]
                        for row in killed}
        self.noticed_upstream = {row[0]: row[4] for row in killed}
        self.survived = {row[0] for title in ("Reached, not noticed",
                                              "Never reached")
                         for row in table(last, title)}
        self.telling = [tuple(row[:2])
                        for row in table(last, "What the cases kill")]
        self.usual = {}         # (mode, program): seconds that it takes
        self.quiet = {}         # (mode, program): seconds of its longest silence
        self.qemus = {}         # by mode: (file, version)
        self.lacking = {}       # modes that cannot be had here, and why
        self.reached = {}       # (mode, program): numbers of mutants
        self.passed = {}        # (mode, program): cases, without a mutant
        self.sampled = set()    # (mode, program) of which not all cases were run
        self.partly = set()     # modes where they were not, of some program
        self.first = ""         # the mode where all were
        self.useless = collections.defaultdict(set)     # mode: programs
        # program: {case: the first mutant that it noticed, and in which mode}
        self.noticing = collections.defaultdict(dict)
        self.number = 0         # of guests so far
        self.done = self.total = 0
        self.said = time.monotonic()

    def limit(self, mode, job):
        """Without a mutant it may take its time, which is not known of all cases."""
        usual = UNKNOWN if job.mutant is None else \
            self.usual.get((mode, job.program), UNKNOWN)
        return int(max(SHORTEST, PATIENCE * usual))

    def may_be_silent(self, mode, job):
        quiet = UNKNOWN if job.mutant is None else \
            self.quiet.get((mode, job.program), UNKNOWN)
        return max(BREATH, QUIET * quiet)

    def left(self, program, cases):
        """Those that have noticed nothing yet."""
        return [case for case in cases if case not in self.noticing[program]]

    def quick_first(self, mode, names):
        return sorted(names, key=lambda name: self.usual[mode, name])

    def qemu_of(self, mode):
        if mode not in self.qemus:
            self.qemus[mode] = setup.qemu(argparse.Namespace(
                qemu=self.opts.qemu, mode=mode, offline=self.opts.offline))
        return self.qemus[mode]

    def emulators(self):
        """Their versions, as text."""
        others = ["%s for mode %s and what only its CPU has" % (
                  self.qemu_of(mode)[1], mode) for mode in setup.MODE_QEMU
                  if mode not in self.lacking]
        return " and ".join([self.plan.qemu_version] + others)

    def directory(self):
        self.number += 1
        path = os.path.join(PLACE, "guests", str(self.number))
        os.makedirs(path)
        return path

    def progress(self):
        if time.monotonic() - self.said > run.PROGRESS_SECONDS:
            self.said = time.monotonic()
            say("%d of %d runs" % (self.done, self.total))

    def run(self, batches):
        """Run lists of (mode, append, jobs), two guests or more at a time."""
        queue = collections.deque(batches)
        self.done, self.total = 0, sum(len(jobs) for _, _, jobs in queue)

        def following(ended=None):
            if ended:
                rest = ended.rest()
                if rest and len(rest) == len(ended.jobs):
                    raise Fail("%s; see %s" % (ended.down, ended.directory))
                rest = self.without_more_of_it(ended.jobs, rest)
                self.done += len(ended.jobs) - len(rest) - ended.counted
                if rest:
                    queue.appendleft((ended.place, ended.append, rest))
                elif not ended.problems:
                    shutil.rmtree(ended.directory)
            if not queue:
                return None
            mode, append, jobs = queue.popleft()
            return Batch(self, self.directory(), mode, jobs, append)

        starts = [following() for _ in range(min(len(queue),
                                                 common.jobs(self.opts)))]
        guest.supervise(starts, self.progress, following)

    def shared_out(self, mode, jobs):
        """The batches of jobs whose order does not matter."""
        parts = common.jobs(self.opts)
        return [(mode, "", jobs[at::parts]) for at in range(parts)
                if jobs[at::parts]]

    def without_more_of_it(self, jobs, rest):
        """What was noticed, or brought the guest down, need not be so with the
        next program."""
        known = [job for job in jobs if job.how == "crash" or
                 (job.mode in ("first", "else") and job.killer())]
        return [job for job in rest if not any(
            job.mutant == other.mutant and
            (job.program in UPSTREAM) == (other.program in UPSTREAM)
            for other in known)]

    # The steps

    def baseline(self, modes):
        """Without a mutant all must pass; which cases run in some mode."""
        jobs = {}
        for mode in modes:
            those = self.all_cases()
            if jobs:
                those = self.sample(mode, jobs[self.first], those)
            try:
                self.run(self.shared_out(mode, those))
                jobs[mode] = those
                self.first = self.first or mode
            except Fail as e:
                if mode == rows.MODES[0] or "--mode" not in str(e):
                    raise
                self.lacking[mode] = str(e).partition(";")[0]
                say(self.lacking[mode])
        for mode, those in jobs.items():
            self.learn(mode, those)
        if not jobs:
            raise Fail(self.lacking[modes[0]])
        cases = {name: {} for name in self.programs}
        for job in (job for those in jobs.values() for job in those):
            if job.program in cases:
                cases[job.program].update(dict.fromkeys(job.passed))
        return {name: list(passed) for name, passed in cases.items()}

    def all_cases(self):
        """The jobs that run all of them without a mutant."""
        parts = common.jobs(self.opts)
        return [Job(None, name, "all", ("-s", "%d/%d" % (part, parts)))
                for name in self.programs for part in range(1, parts + 1)] + [
            Job(None, name, "all") for name in UPSTREAM]

    def these_cases(self, cases):
        """The jobs that run cases, by program, without a mutant."""
        parts = common.jobs(self.opts)
        jobs = [Job(None, name, "all", tuple(names[part::parts]))
                for name, names in cases.items() for part in range(parts)]
        return [job for job in jobs if job.patterns]

    def sample(self, mode, usual, every):
        """Of the jobs for every case in a mode those that are needed at first, as the
        jobs for all of them went in the usual one: what is skipped there, what
        noticed a mutant of this mode the last time, and some of the others. All of
        programs that noticed one without a case that failed, or did not pass."""
        cases = collections.defaultdict(dict)
        for job in usual:
            if job.program in self.programs:
                cases[job.program].update(dict.fromkeys(
                    job.skipped + job.passed[::SAMPLE]))
        whole = {*UPSTREAM, *(job.program for job in usual
                              if job.killer() or job.how != "exit")}
        for name, case in (self.noticed.get(m.row.name, ("", ""))
                           for m in self.found if m.row.mode == mode):
            if case and name in cases:
                cases[name][case] = None
            else:
                whole.add(name)
        self.partly.add(mode)
        self.sampled |= {(mode, name) for name in cases if name not in whole}
        return self.these_cases({
            name: list(names) for name, names in cases.items()
            if (mode, name) in self.sampled}) + [
            job for job in every if job.program in whole]

    def learn(self, mode, jobs):
        """What programs do there without a mutant."""
        usual = collections.Counter()
        for job in jobs:
            found = job.killer()
            if (found or job.how != "exit") and mode == rows.MODES[0]:
                raise Fail("without a mutant: %s" %
                           (found or job.program + " did not end"))
            if found or job.how != "exit":
                # what fails anyway notices nothing
                self.useless[mode].add(job.program)
                say("mode %s, without a mutant: %s: left out there" %
                    (mode, found or job.program + " did not end"))
            key = mode, job.program
            self.reached.setdefault(key, set()).update(job.reached)
            self.passed.setdefault(key, set()).update(job.passed)
            usual[key] += job.seconds
            self.quiet[key] = max(self.quiet.get(key, 0), job.silence)
        for key, seconds in usual.items():
            if key in self.sampled:     # all of it is about as it is elsewhere
                elsewhere = self.first, key[1]
                seconds += self.usual[elsewhere]
                self.quiet[key] = max(self.quiet[key], self.quiet[elsewhere])
            self.usual[key] = max(self.usual.get(key, 0), seconds)

    def matters(self, mutant, program, mode=None):
        """Whether a program can notice a mutant in its mode, or another one: it
        must come to its place."""
        mode = mode or mutant.row.mode
        if mode in self.lacking or program in self.useless[mode]:
            return False
        return not counts(mutant.row) or \
            mutant.number in self.reached.get((mode, program), ())

    def in_turn(self, mutant, cases):
        """What is run on a mutant up to the first failure, ours and upstream's:
        a list each of (program, patterns)."""
        turns = [[(name, ()) for name in self.quick_first(mutant.row.mode, (
            name for name in group if self.matters(mutant, name)))]
            for group in (self.programs, UPSTREAM)]
        name, case = self.noticed.get(mutant.row.name, ("", ""))
        if (name, ()) in turns[0]:
            if case in cases[name]:
                turns[0].insert(0, (name, (case,)))
            else:           # it hung, say
                turns[0].sort(key=lambda turn: turn[0] != name)
        upstream = self.noticed_upstream.get(mutant.row.name)
        turns[1].sort(key=lambda turn: turn[0] != upstream)
        return turns

    def settled(self, found):
        """Pairs of a mutant's name and a program that likely does not notice it, and
        does not: of those that nobody noticed, and those that only we did."""
        together = [m for m in found if not alone_in_its_boot(m.row)]
        everyone = self.programs + UPSTREAM
        groups, pairs = [], set()
        for mode in rows.MODES:
            for those, programs in (
                    ([m for m in together if m.row.equivalent or
                      m.row.unreachable], everyone),
                    ([m for m in together if m.row.name in self.survived],
                     everyone),
                    ([m for m in together
                      if self.noticed_upstream.get(m.row.name) == ""], UPSTREAM)):
                those = [m for m in those if m.row.mode == mode]
                groups += [(mode, those[at:at + MANY], programs, 1)
                           for at in range(0, len(those), MANY)
                           if len(those) - at >= FEW]
        while groups:
            tried = self.together(groups)
            groups = []
            for mode, mutants, programs, share, jobs in tried:
                noticed = any(job.killer() for those in jobs.values() for job in those)
                for name, those in jobs.items():
                    if all(job.how == "exit" and not job.killer() for job in those):
                        reached = set().union(*(job.reached for job in those))
                        if len(mutants) == 1 and any(job.hits for job in those):
                            reached.add(mutants[0].number)
                        pairs |= {(m.row.name, name) for m in mutants
                                  if m.number in reached or not counts(m.row)}
                if not noticed:
                    groups.append(self.hidden(mode, mutants, programs, pairs))
                    continue
                size = -(-len(mutants) // PARTS)
                groups += [(mode, mutants[at:at + size], programs, share)
                           for at in range(0, len(mutants), size) if size >= FEW]
            groups = [group for group in groups if group]
        return pairs

    def hidden(self, mode, mutants, programs, pairs):
        """The group of those whose place most programs do not come to only because of
        the others', None if that leaves no less of them. Some of the cases are enough
        for those that nobody can notice."""
        those, names = [], {}
        for m in mutants:
            here = [name for name in programs if self.matters(m, name)]
            left = [name for name in here if (m.row.name, name) not in pairs]
            if left and 2 * len(left) >= len(here):
                those.append(m)
                names.update(dict.fromkeys(left))
        # one alone is as quick as a group of one, but for a part of the cases
        least = 2 if set(names) <= set(UPSTREAM) else 1
        if least <= len(those) < len(mutants):
            is_marked = all(m.row.equivalent or m.row.unreachable for m in those)
            return mode, those, tuple(names), SAMPLE if is_marked else 1
        return None

    def together(self, groups):
        """Run groups of (mode, mutants, programs, share), the mutants of each all at
        once on one of so many cases. Returns the groups with their jobs, by program:
        a part of it for each guest, or one of upstream's for one of them."""
        guests = common.jobs(self.opts)
        batches = [collections.defaultdict(list) for _ in range(guests)]
        tried = []
        for mode, mutants, programs, share in groups:
            jobs, free = {}, 0
            for name in self.quick_first(mode, (
                    name for name in programs if any(
                        self.matters(m, name) for m in mutants))):
                jobs[name] = [Job(tuple(mutants), name, "else")]
                if name not in UPSTREAM:
                    jobs[name] = [Job(tuple(mutants), name, "else", (
                        "-s", "%d/%d" % (part + 1, guests * share)))
                        for part in range(guests)]
                for job in jobs[name]:
                    batches[free][mode].append(job)
                    free = (free + 1) % guests
            tried.append((mode, mutants, programs, share, jobs))
        for here in (jobs for those in batches for jobs in those.values()):
            for before, job in zip([None] + here, here):
                # what a guest tries first of a group is not for "else"
                if not before or before.mutant != job.mutant:
                    job.mode = "first"
        self.run([(mode, "", those[mode]) for mode in reversed(rows.MODES)
                  for those in batches if those[mode]])
        return tried

    def attack(self, cases):
        """Every program on every mutant; the jobs of each, by its name. Where only
        some cases were run without a mutant, and that leaves a doubt, all are."""
        jobs = self.attack_on(self.found, cases)
        asked = self.doubtful(jobs)
        self.ask(asked, jobs)
        # how long a program may be silent is known now
        hung = [m for m in asked if any(
            job.how == "timeout" and not job.failed for job in jobs[m.row.name]
            if job.program in self.programs)]
        jobs.update(self.attack_on(hung, cases))
        doubtful = self.doubtful(jobs)
        for mode in dict.fromkeys(m.row.mode for m in doubtful):
            say("mode %s, without a mutant: all cases, for %s" % (mode, run.plural(
                sum(m.row.mode == mode for m in doubtful), "mutant")))
            self.all_of(mode, self.programs)
        jobs.update(self.attack_on(doubtful, cases))
        for name, those in self.noticing.items():
            # no credit for what fails anyway, as was found out later
            self.noticing[name] = {
                case: (mutant, mode) for case, (mutant, mode) in those.items()
                if case in self.passed.get((mode, name), ())}
        return jobs

    def doubtful(self, jobs):
        return [m for m in self.found if not self.sure(m, jobs[m.row.name])]

    def ask(self, doubtful, jobs):
        """Run without a mutant what noticed those: the case that failed, or all."""
        for mode in dict.fromkeys(m.row.mode for m in doubtful):
            cases = collections.defaultdict(set)
            for job in (job for m in doubtful if m.row.mode == mode
                        for job in jobs[m.row.name] if job.killer()):
                if job.program in self.programs:
                    cases[job.program].update(job.failed or [""])
            whole = [name for name, names in cases.items() if "" in names]
            self.all_of(mode, whole)
            self.learn_left(mode, {name: sorted(names) for name, names in
                                   cases.items() if name not in whole})

    def all_of(self, mode, programs):
        """Run all their cases without a mutant."""
        every = [job for job in self.all_cases() if job.program in programs]
        self.run(self.shared_out(mode, every))
        self.sampled -= {(mode, name) for name in programs}
        if set(programs) == set(self.programs):
            self.partly.discard(mode)
        self.learn(mode, every)

    def sure(self, mutant, jobs):
        """Whether what came of it needs no more cases to be run without it: what
        noticed it does not without, or all that could have was tried. Nobody can
        notice those that are marked: there some programs are enough."""
        mode = mutant.row.mode
        if mode in self.lacking or mode not in self.partly:
            return True
        if (mutant.row.equivalent or mutant.row.unreachable) and not any(
                job.killer() for job in jobs):
            return True
        return any(job.killer() and job.program not in self.useless[mode] and (
            (mode, job.program) not in self.sampled or
            not self.passed[mode, job.program].isdisjoint(job.failed))
                   for job in jobs if job.program in self.programs)

    def attack_on(self, found, cases):
        """Every program on these mutants; the jobs of each, by its name."""
        settled = self.settled(found)
        jobs = {mutant.row.name: [
            Job(mutant, name, "else" if n else "first", patterns)
            for turn in self.in_turn(mutant, cases)
            for n, (name, patterns) in enumerate(
                each for each in turn
                if (mutant.row.name, each[0]) not in settled)]
            for mutant in found}
        batches = []
        for mode in reversed(rows.MODES):       # the slowest first
            here = [m for m in found if m.row.mode == mode
                    and mode not in self.lacking]
            alone = [m for m in here if alone_in_its_boot(m.row)
                     and jobs[m.row.name]]
            for mutant in alone:
                batches.append((mode, "kvm.mutant=%d" % mutant.number,
                                jobs[mutant.row.name]))
            here = [m for m in here if m not in alone]
            for at in range(0, len(here), BATCH):
                batches.append((mode, "", [
                    job for mutant in here[at:at + BATCH]
                    for job in jobs[mutant.row.name]]))
        batches = [batch for batch in batches if batch[2]]
        self.run(batches)
        return jobs

    def credit(self, cases, results):
        """Each case against one mutant after the other until it notices one; how
        many cases of a program each mutant told: {(program, mutant): number}."""
        # what brings the kernel down says nothing of the cases behind it
        killed = [r for r in results if not alone_in_its_boot(r.mutant.row)
                  and any(job.failed for job in r.jobs
                          if job.program in self.programs)]
        telling = collections.Counter()
        usual = rows.MODES[0]
        for mode, of in self.credit_steps(cases):
            parts = {name: [
                case for case in self.left(name, names)
                if case in self.passed.get((mode, name), ()) and
                (mode == of or case not in self.passed[usual, name])]
                for name, names in cases.items()}
            batches = self.credit_batches(mode, {
                name: self.credit_turn(mode, of, name, killed)
                for name in cases}, parts)
            say("mode %s: looking for what %s kill" % (mode, run.plural(
                sum(map(len, parts.values())), "case")))
            self.run(batches)
            for job in (job for batch in batches for job in batch[2]):
                for case in job.failed:
                    if self.noticing[job.program][case][0] is job.mutant:
                        telling[job.program, job.mutant.row.name] += 1
        return telling

    def credit_steps(self, cases):
        """(mode, that of the mutants), one after the other. Mutants of the usual
        mode are there in any other, for cases that run there only: because of the
        mode, or of its emulator's CPU, with which the usual mode is quicker."""
        usual = rows.MODES[0]
        others = [mode for mode in rows.MODES[1:]
                  if any(mode == known for known, _ in self.passed)]
        yield usual, usual
        for mode in others:
            if mode in setup.MODE_QEMU:
                there = usual + ON + mode
                self.learn_left(there, {
                    name: [case for case in self.left(name, names)
                           if case in self.passed[mode, name] and
                           case not in self.passed[usual, name]]
                    for name, names in cases.items()})
                yield there, usual
        for mode in others:
            self.learn_left(mode, {
                name: [case for case in self.left(name, names)
                       if case not in self.passed[mode, name]]
                for name, names in cases.items() if (mode, name) in self.sampled})
        for of in (None, usual):
            for mode in others:
                yield mode, of or mode

    def learn_left(self, mode, cases):
        jobs = self.these_cases(cases)
        self.run(self.shared_out(mode, jobs))
        self.learn(mode, jobs)

    def credit_batches(self, mode, mutants, cases):
        """Batches for all guests in turn: of each program a part of the cases, on one
        mutant after the other."""
        guests = common.jobs(self.opts)
        batches, here, number = [], [[] for _ in range(guests)], 0
        for name, names in cases.items():
            for part, jobs in enumerate(here):
                those = tuple(names[part::guests])
                jobs.extend(Job(mutant, name, "left", those)
                            for mutant in mutants[name] if those)
            number += len(names)
            if number > TURN:
                batches, here, number = batches + here, [[] for _ in here], 0
        return [(mode, "", jobs) for jobs in batches + here if jobs]

    def credit_turn(self, mode, of, program, killed):
        """The mutants of mode @of to try on cases of a program: first what told
        most the last time, then what a case of it has noticed, one of each area
        after the other; what a single test notices as well, many cases do."""
        ranks = []
        for result in killed:
            if result.mutant.row.mode != of or \
                    not self.matters(result.mutant, program, mode):
                continue
            key = (program, result.mutant.row.name)
            rank = (self.telling.index(key) if key in self.telling
                    else len(self.telling),
                    not any(job.failed for job in result.jobs
                            if job.program == program), not result.upstream)
            before = sum(other == rank and mutant.row.area == result.mutant.row.area
                         for other, _, mutant in ranks)
            ranks.append((rank, before, result.mutant))
        told = sum(rank[0] < len(self.telling) for rank, _, _ in ranks)
        return [mutant for _, _, mutant in sorted(ranks, key=lambda each: each[:2])
                ][:told + TRIED if told else UNTOLD]


@dataclasses.dataclass
class Result:
    """What came of one mutant."""
    mutant: object
    jobs: list
    programs: tuple
    ran: bool = True        # in its mode
    reached: bool = False   # its place, without it, by a program of ours

    def of(self, names):
        return [job.killer() for job in self.jobs
                if job.program in names and job.killer()]

    @property
    def ours(self):
        return self.of(self.programs)

    @property
    def upstream(self):
        return self.of(UPSTREAM)

    @property
    def hits(self):
        return sum(job.hits for job in self.jobs if job.program in self.programs)

    @property
    def verdict(self):
        row = self.mutant.row
        if self.ours:
            return KILLED
        if not self.ran:
            return NOT_RUN
        if row.equivalent:
            return EQUIVALENT
        if row.unreachable:
            return UNREACHABLE
        return REACHED if self.hits or self.reached or not counts(row) \
            else UNREACHED


def counts(row):
    """Whether hits can be counted: not at EL2 apart from the kernel."""
    return row.mode in ("vhe", "nested") or "/hyp/" not in row.path


def alone_in_its_boot(row):
    """Protected from the kernel, the code at EL2 takes it from the boot only."""
    return row.mode == "protected" and "/hyp/" in row.path


# ------------------------------------------------------------------ set-up

def prepare(opts):
    """(found, problems, plan, files, programs) of a campaign."""
    setup.host_tools(setup.build_tools() + kernel.TOOLS +
                     ("qemu-system-aarch64", "perl"), opts)
    chosen = setup.kernel(opts.kernel, opts)
    source = setup.source(opts, chosen.release, chosen.suite)
    found, problems = mutate.mutants(source.path)
    os.makedirs(PLACE, exist_ok=True)
    tree = os.path.join(PLACE, "tree")
    record = os.path.join(PLACE, "made-from")
    if not os.path.exists(record) or mutate.read(record) != source.path:
        shutil.rmtree(PLACE)
        os.makedirs(PLACE)
        say("copying %s" % (source.package or source.path))
    mutate.write(source.path, tree, found)
    common.write(record, source.path)
    cross = setup.cross_prefix()
    place = os.path.join(PLACE, "kernel")
    # an edit is on the line of its anchor, whatever that looks like
    image = kernel.build(tree, place, opts,
                         variables=["KCFLAGS=-Wno-misleading-indentation"])
    warnings = kernel.has_warnings(place)
    if warnings:
        raise Fail("a mutant makes the compiler warn: " + warnings[0])
    programs = setup.build(source, opts, cross)
    shutil.rmtree(os.path.join(PLACE, "guests"), ignore_errors=True)
    emulator, version = setup.qemu(opts)
    checked = setup.image(image)
    plan = setup.Plan(checked.image, checked.release, checked.origin,
                      make_driver(cross), setup.libraries(cross), tree,
                      source.version, setup.busybox(opts),
                      setup.channel(opts, cross), emulator, version, cross, None)
    names = run.program_names(plan._replace(programs=programs))
    files = {}
    for name in names:
        files["nisv/" + name] = content(os.path.join(programs, name))
    upstream = make_upstream(opts, source.path, tree, programs, cross)
    for name in UPSTREAM:
        files["nisv/" + name] = content(os.path.join(upstream, name))
    return found, problems, plan, files, tuple(names)


def content(path):
    with open(path, "rb") as f:
        return f.read(), 0o755


def make_driver(cross):
    """The directory that has it."""
    directory = os.path.join(PLACE, "driver")
    os.makedirs(directory, exist_ok=True)
    status, text = common.run(
        [cross + "gcc", "-static", "-O2", "-Wall", "-Wextra", "-o",
         os.path.join(directory, DRIVER),
         os.path.join(mutate.HERE, "driver.c")], env=setup.build_env())
    if status:
        raise Fail("cannot build the driver: " + setup.last_error(text))
    return directory


def make_upstream(opts, source, tree, programs, cross):
    """The kernel's own tests of this path, from the copy of the tree, with the
    headers that our programs have."""
    directory = os.path.join(PLACE, "upstream")
    log = os.path.join(PLACE, "upstream.log")
    headers = setup.with_headers(source) or ["KHDR_INCLUDES=-isystem " + os.path.join(
        os.path.dirname(programs), "kselftest/kvm_nisv/usr/include")]
    os.makedirs(directory, exist_ok=True)
    status, text = common.run(
        ["make", "-C", os.path.join(tree, "tools/testing/selftests/kvm"),
         "ARCH=arm64", "CROSS_COMPILE=" + cross, "OUTPUT=" + directory,
         *headers, "TEST_GEN_PROGS_EXTENDED_arm64=",
         "TEST_GEN_PROGS_arm64=" + " ".join("arm64/" + n for n in UPSTREAM),
         "-j%d" % common.jobs(opts), "all"], log=log, env=setup.build_env())
    if status:
        raise Fail("upstream's tests do not build (%s): see %s" %
                   (setup.last_error(text), log))
    return os.path.join(directory, "arm64")


# ------------------------------------------------------------------ report

def share(part, whole):
    return "%d of %d (%d%%)" % (part, whole, 100 * part // whole) \
        if whole else "none"


def counted(results):
    """Those that count for the score: a case can notice them."""
    return [r for r in results
            if r.verdict not in (EQUIVALENT, UNREACHABLE, NOT_RUN)]


def summary(results, problems, never):
    those = counted(results)
    lines = ["%d mutants, of which %d equivalent and %d unreachable here" % (
        len(results), sum(r.verdict == EQUIVALENT for r in results),
        sum(r.verdict == UNREACHABLE for r in results))]
    lines.append("this suite notices    %s" % share(
        sum(r.verdict == KILLED for r in those), len(those)))
    lines.append("upstream's tests      %s" % share(
        sum(bool(r.upstream) for r in those), len(those)))
    for verdict in (REACHED, UNREACHED):
        names = [r.mutant.row.name for r in results if r.verdict == verdict]
        lines.append("%s: %d%s" % (verdict, len(names),
                                   names and ": " + " ".join(names) or ""))
    for mode in rows.MODES:
        number = sum(r.verdict == NOT_RUN and r.mutant.row.mode == mode
                     for r in results)
        if number:
            lines.append("not run: %d, which need --mode %s: %s" % (
                number, mode, guest.MODE_NEEDS[mode]))
    for row, text in problems:
        lines.append("not in this tree: %s (%s)" % (row.name, text))
    if never is not None:
        lines.append("cases that kill no mutant: %d%s" % (
            len(never), never and ": " + " ".join(never) or ""))
    return lines


def as_json(results, problems, noticing, never, plan):
    return {
        "kernel": plan.release, "qemu": plan.qemu_version,
        "mutants": [{
            "name": r.mutant.row.name, "area": r.mutant.row.area,
            "file": r.mutant.row.path, "function": r.mutant.row.function,
            "breaks": r.mutant.row.breaks, "mode": r.mutant.row.mode,
            "history": r.mutant.row.history,
            "verdict": r.verdict, "killers": r.ours, "upstream": r.upstream,
            "hits": r.hits, "reached": r.reached,
            "seconds": round(sum(job.seconds for job in r.jobs), 2),
        } for r in results],
        "not_in_tree": {row.name: text for row, text in problems},
        "cases": {"%s:%s" % (name, case): {"mutant": mutant.row.name,
                                           "mode": mode}
                  for name, those in noticing.items()
                  for case, (mutant, mode) in those.items()},
        "cases_that_kill_nothing": never,
    }


def cell(text):
    return text.replace("|", "\\|")


def document(results, telling, never, release, emulators):
    those = counted(results)
    lines = [
        "<!-- SPDX-License-Identifier: GPL-2.0-only -->",
        "<!-- Written by make mutants. -->", "",
        "# How many faults the suite notices", "",
        "Each mutant is one small fault of KVM, put into Linux %s by "
        "`tools/mutants/rows.py`" % release,
        "and selected at run time; `make mutants` tries them all, on QEMU %s."
        % emulators, "",
        "| area | mutants | this suite | upstream | reached, not noticed | "
        "never reached | equivalent | unreachable | not run |",
        "|---|---|---|---|---|---|---|---|---|"]
    for name in [*rows.AREAS, None]:
        here = [r for r in results if name in (r.mutant.row.area, None)]
        number = [sum(r.verdict == verdict for r in here) for verdict in
                  (KILLED, REACHED, UNREACHED, EQUIVALENT, UNREACHABLE,
                   NOT_RUN)]
        lines.append("| %s | %d | %d | %d | %d | %d | %d | %d | %d |" % (
            "%s: %s" % (name, rows.AREAS[name]) if name else "**all**",
            len(here), number[0],
            sum(bool(r.upstream) for r in here), *number[1:]))
    lines += ["", "This suite notices %s of those that can be noticed here, "
              "upstream's" % share(sum(r.verdict == KILLED for r in those),
                                   len(those)),
              "`%s` %s." % ("` and `".join(UPSTREAM), share(
                  sum(bool(r.upstream) for r in those), len(those))), "",
              "What upstream's tests did not notice the last time was tried on "
              "them in groups", "of up to %d, of which they reached each; all else, "
              "alone." % MANY, "",
              "Marked as equivalent or unreachable, a mutant was tried on each "
              "program that reaches", "its place: in other modes than vhe, with what "
              "does not pass in that and each %dth of" % SAMPLE, "what does; behind "
              "the place of another one of these, on each %dth of the cases." % SAMPLE]
    for title, verdict in (("Reached, not noticed", REACHED),
                           ("Never reached", UNREACHED)):
        here = [r for r in results if r.verdict == verdict]
        if not here:
            continue
        lines += ["", "## " + title, "", "| mutant | area | mode | the rule "
                  "that it breaks |", "|---|---|---|---|"]
        lines += ["| %s | %s | %s | %s |" % (
            r.mutant.row.name, r.mutant.row.area, r.mutant.row.mode,
            cell(r.mutant.row.breaks)) for r in here]
    for mode in rows.MODES:
        names = [r.mutant.row.name for r in results
                 if r.verdict == NOT_RUN and r.mutant.row.mode == mode]
        if names:
            lines += ["", "## Not run: mode %s" % mode, "", "It needs %s: %s." %
                      (guest.MODE_NEEDS[mode], ", ".join(names))]
    for title, verdict in (("Equivalent", EQUIVALENT),
                           ("Unreachable on this machine", UNREACHABLE)):
        here = [r for r in results if r.verdict == verdict]
        if here:
            lines += ["", "## " + title, "", "| mutant | why |", "|---|---|"]
            lines += ["| %s | %s |" % (r.mutant.row.name, cell(getattr(
                r.mutant.row, verdict))) for r in here]
    lines += ["", "## Killed", "", "| mutant | where | the rule that it breaks "
              "| noticed by | upstream |", "|---|---|---|---|---|"]
    for r in results:
        row = r.mutant.row
        if r.verdict == KILLED:
            lines.append("| %s | %s%s | %s%s | %s | %s |" % (
                row.name, os.path.basename(row.path),
                row.function and ", " + row.function, cell(row.breaks),
                row.history and " (%s)" % cell(row.history), cell(r.ours[0]),
                cell(r.upstream[0].partition(":")[0]) if r.upstream else ""))
    if telling:
        lines += ["", "## What the cases kill", "", "Tried on all cases of which "
                  "none was known yet to notice any mutant.", "",
                  "| program | mutant | cases that notice it |", "|---|---|---|"]
        lines += ["| %s | %s | %d |" % (*pair, number) for pair, number in sorted(
            telling.items(), key=lambda item: -item[1])]
    lines += ["", "## Cases that kill no mutant", ""]
    if never is None:
        lines.append("They were not looked for to the end this time.")
    else:
        lines += ["- `%s`" % name for name in never] or ["None."]
    return "\n".join(lines) + "\n"


UNTRIED = "\n## Not tried yet\n"


def with_untried(text):
    """The document with a section for the rows that came after its campaign."""
    text = text.partition(UNTRIED)[0]
    known = {name for title in ("Reached, not noticed", "Never reached",
                                EQUIVALENT.capitalize(),
                                UNREACHABLE.capitalize() + " on this machine",
                                KILLED.capitalize())
             for name, *_ in table(text, title)}
    known |= {name for names in re.findall(r"^It needs .*: (.*)\.$", text, re.M)
              for name in names.split(", ")}
    untried = [row for row in rows.ROWS if row.name not in known]
    if not untried:
        return text
    return "\n".join([text + UNTRIED, "They came after the campaign above, "
                      "which counts none of them: `make mutants`.", "",
                      "| mutant | area | mode | the rule that it breaks |",
                      "|---|---|---|---|"] + [
        "| %s | %s | %s | %s |" % (row.name, row.area, row.mode,
                                   cell(row.breaks)) for row in untried]) + "\n"


# -------------------------------------------------------------------- main

def parse(words):
    parser = run.Parser(prog="tools/campaign.py", allow_abbrev=False)
    parser.add_argument("--kernel", default=SPEC, metavar="SPEC", help="packaged "
                        "kernel whose source is mutated [%(default)s]")
    parser.add_argument("--qemu", metavar="FILE", help="qemu-system-aarch64 "
                        "[the installed one]")
    parser.add_argument("-j", dest="jobs", type=int, metavar="N",
                        help="compilers, and guests, side by side")
    parser.add_argument("--quick", action="store_true", help="do not look for "
                        "a mutant that each case kills")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN",
                        help="mutants by name; without one, all")
    opts = parser.parse_args(words)
    opts.ksrc = opts.image = None
    opts.offline = False
    return opts


def campaign(opts):
    for pattern in opts.patterns:
        if not fnmatch.filter([row.name for row in rows.ROWS], pattern):
            raise run.Usage("no mutant matches '%s'" % pattern)
    setup.lock_checkout()
    found, problems, plan, files, programs = prepare(opts)
    whole = not opts.patterns
    if not whole:
        found = [m for m in found if any(
            fnmatch.fnmatchcase(m.row.name, p) for p in opts.patterns)]
    if not found:
        raise Fail("Linux %s has the place of none of these mutants" % plan.release)
    those = Campaign(opts, found, plan, files, programs, mutate.read(DOCUMENT))
    modes = [mode for mode in rows.MODES
             if any(m.row.mode == mode for m in found)]
    say("without a mutant")
    cases = those.baseline(modes)
    say("%d mutants" % len(found))
    jobs = those.attack(cases)
    results = [Result(m, jobs[m.row.name], programs,
                      m.row.mode not in those.lacking,
                      any(those.matters(m, name) for name in programs))
               for m in found]
    telling, never, stopped = {}, None, None
    if whole and not opts.quick:
        try:
            telling = those.credit(cases, results)
            never = ["%s:%s" % (name, case) for name, names in cases.items()
                     for case in those.left(name, names)]
        except (run.Stopped, Fail) as e:    # the mutants are done with
            stopped = e
    common.write(os.path.join(PLACE, "results.json"), json.dumps(
        as_json(results, problems, those.noticing, never, plan), indent=1) + "\n")
    if whole and opts.kernel == SPEC:
        common.write(DOCUMENT, document(
            results, telling, never, plan.release, those.emulators()))
    print("\n".join(summary(results, problems, never)), flush=True)
    if stopped:
        raise stopped
    wrong = [r.mutant.row.name for r in results if r.ours and
             (r.mutant.row.equivalent or r.mutant.row.unreachable)]
    if wrong:
        raise Fail("marked as equivalent or unreachable, but noticed: " +
                   " ".join(wrong))
    return 0


def main(words):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, run.stop)
    try:
        return campaign(parse(words))
    except Fail as e:
        print("campaign: %s" % e, file=sys.stderr)
        return 2 if isinstance(e, run.Usage) else 1
    except run.Stopped as e:
        print("campaign: ended by %s" % signal.Signals(e.number).name,
              file=sys.stderr)
        return 128 + e.number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
