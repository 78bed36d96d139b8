# SPDX-License-Identifier: GPL-2.0-only
"""Mutants are put where they belong, and leave the rest as it is."""

import collections
import types
import unittest
from unittest import mock

import campaign
import guest
import ktap
import mutate
from common import Fail
from mutants import rows

C = """static int one(int a);

static int two(int a,
	       int b)
{
	int c = a;

	if (a)
		c = b;
	return c;
}

int one(int a)
{
	return a + 1;
}
"""


def row(**more):
    fields = dict(area="off", path="f.c", function="two", name="x",
                  anchor="return c;", code="if ($) return 0; @", breaks="it",
                  mode="vhe", equivalent="", unreachable="", history="")
    fields.update(more)
    return rows.Row(**fields)


def mutated(*of):
    edits = []
    for number, each in enumerate(of, 1):
        place, problem = mutate.locate(C, each)
        assert not problem, problem
        code = mutate.enclosed(C[:place[0]], C[slice(*place)],
                               each.code.replace("$", "m(%d)" % number))
        edits.append(mutate.Edit("f.c", *place, *code.split("@")))
    return mutate.apply(C, edits)


class Places(unittest.TestCase):
    def test_body_is_the_definition(self):
        start, end = mutate.body(C, "one")
        self.assertEqual(C[start:end], "int one(int a)\n{\n\treturn a + 1;\n}")
        self.assertIsNone(mutate.body(C, "three"))

    def test_an_anchor_is_found_once(self):
        self.assertEqual(mutate.locate(C, row(anchor="int a,  int b"))[1], "")
        self.assertIn("no 'c = 1'", mutate.locate(C, row(anchor="c = 1"))[1])
        self.assertIn("not exactly one", mutate.locate(C, row(anchor="a"))[1])
        self.assertIn("no function three",
                      mutate.locate(C, row(function="three"))[1])


class Edits(unittest.TestCase):
    def test_a_statement_stays_one(self):
        self.assertIn("if (a)\n\t\t{ if (m(1)) return 0; c = b; }",
                      mutated(row(anchor="c = b;")))

    def test_a_declaration_is_not_enclosed(self):
        self.assertIn("\tint c = a; if (m(1)) c = 1;\n",
                      mutated(row(anchor="int c = a;",
                                  code="@ if ($) c = 1;")))

    def test_an_expression_is_enclosed(self):
        self.assertIn("return ((m(1) ? 0 : a + 1));", mutated(row(
            function="one", anchor="a + 1", code="($ ? 0 : @)")))

    def test_rows_on_one_anchor_nest(self):
        text = mutated(row(code="if (!$) { @ }"), row(code="if ($) c = 0; @"))
        self.assertIn("{ if (m(2)) c = 0; { if (!m(1)) { return c; } } }", text)

    def test_an_anchor_within_another(self):
        text = mutated(row(function="one", anchor="return a + 1;"),
                       row(function="one", anchor="a + 1", code="($ ? 0 : @)"))
        self.assertIn("{ if (m(1)) return 0; return ((m(2) ? 0 : a + 1)); }",
                      text)

    def test_anchors_do_not_overlap(self):
        with self.assertRaisesRegex(Fail, "overlap"):
            mutated(row(anchor="if (a)", code="if ($) return 0; @"),
                    row(anchor="(a) c = b;", code="@ if ($) return 0;"))


class Rows(unittest.TestCase):
    def test_what_is_wrong_is_said(self):
        for more, why in (({"name": "A"}, "characters"),
                          ({"code": "return 0;"}, "one @"),
                          ({"anchor": "x" * 81}, "longer"),
                          ({"mode": "el3"}, "no mode"),
                          ({"area": "x"}, "no area")):
            with self.assertRaisesRegex(Fail, why):
                mutate.check_row(row(**more))
        mutate.check_row(row())


class Verdicts(unittest.TestCase):
    """What a campaign makes of what came out."""

    def result(self, *jobs, **more):
        mutant = mutate.Mutant(1, row(**more), None)
        for job in jobs:
            job.mutant = mutant
        return campaign.Result(mutant, list(jobs), ("ours",))

    def test_not_run(self):
        result = self.result()
        result.ran = False
        self.assertEqual(result.verdict, campaign.NOT_RUN)

    def job(self, **more):
        return campaign.Job(None, **dict({"program": "ours", "how": "exit"},
                                         **more))

    def test_verdicts(self):
        for job, verdict, ours in (
                (self.job(hits=3), campaign.REACHED, []),
                (self.job(), campaign.UNREACHED, []),
                (self.job(status=4, hits=1), campaign.REACHED, []),
                (self.job(status=1), campaign.KILLED, ["ours: status 1"]),
                (self.job(how="stopped", failed=["a.on"]), campaign.KILLED,
                 ["ours:a.on"]),
                (self.job(how="timeout"), campaign.KILLED, ["ours: it hangs"]),
                (self.job(how="crash", crash="the kernel panics"),
                 campaign.KILLED, ["ours: the kernel panics"]),
                (self.job(kernel=["WARNING: here+0x1/0x2"]), campaign.KILLED,
                 ["ours: the kernel reports WARNING: here"])):
            result = self.result(job)
            self.assertEqual((result.verdict, result.ours), (verdict, ours))

    def test_marks_and_upstream(self):
        upstream = self.job(program=campaign.UPSTREAM[0], status=254, hits=1)
        result = self.result(self.job(hits=1), upstream, equivalent="so")
        self.assertEqual(result.verdict, campaign.EQUIVALENT)
        self.assertEqual(result.upstream,
                         [campaign.UPSTREAM[0] + ": status 254"])


DOCUMENT = """# Title

## Killed

| mutant | where | the rule that it breaks | noticed by | upstream |
|---|---|---|---|---|
| one | a.c, f | a \\| b | slow:a.on | |
| two | a.c, f | it | slow: it hangs | mmio_sign_ext |
| three | a.c, f | it | gone:a.on | |
| four | a.c, f | it | slow:gone | |

## What the cases kill

| program | mutant | cases that notice it |
|---|---|---|
| slow | two | 40 |
"""


class Ends(unittest.TestCase):
    """What becomes of the jobs of a guest, by how it ended."""

    def batch(self, append=""):
        b = campaign.Batch.__new__(campaign.Batch)
        b.append, b.down, b.problems, b.booted = append, "", [], True
        b.campaign = types.SimpleNamespace(
            noticing=collections.defaultdict(dict))
        b.place = "vhe"
        b.kill = lambda: None
        one = mutate.Mutant(1, None, ())
        b.jobs = [campaign.Job(one, "a", "first"), campaign.Job(one, "b", "else"),
                  campaign.Job(one, "c", "else")]
        b.read_jobs("driver", [
            ("|", text) for text in (
                "job 0", "fail x", "end stopped 9 3 250 40", "job 1")],
            None, 0, ())
        return b

    def end(self, b, *problems, fail=None):
        b.problems = [ktap.Problem(text, []) for text in problems]
        with mock.patch.object(guest.Guest, "finish", side_effect=fail):
            b.finish()
        return [(job.how, job.crash) for job in b.jobs]

    def test_read(self):
        b = self.batch()
        self.assertEqual(b.campaign.noticing, {"a": {"x": (b.jobs[0].mutant,
                                                           "vhe")}})
        job = b.jobs[0]
        self.assertEqual((job.how, job.status, job.hits, job.seconds, job.silence),
                         ("stopped", 9, 3, 0.25, 0.04))
        with self.assertRaisesRegex(Fail, "the driver .* no debugfs"):
            b.read_jobs("driver", [("|", "error no debugfs")], None, 0, ())

    def test_brought_down(self):
        for problem, crash in (
                ("the kernel panicked: it while driver ran", "the kernel panics"),
                ("the guest hangs: no sign of life", "the guest hangs"),
                ("the guest ended without its end mark", "the guest goes wrong")):
            b = self.batch()
            self.assertEqual(self.end(b, problem), [
                ("stopped", ""), ("crash", crash), ("", "")])
            self.assertIn(crash, b.jobs[1].killer())
            self.assertEqual(b.rest(), b.jobs[2:])

    def test_not_by_the_mutant(self):
        """QEMU that goes, or the driver alone, is no result, and said if nothing
        else ran."""
        for problems, down in ((["QEMU was killed by signal 9 while driver ran"],
                                "QEMU was"), ([], "the driver")):
            b = self.batch()
            self.assertEqual(self.end(b, *problems), [
                ("stopped", ""), ("", ""), ("", "")])
            self.assertEqual(b.rest(), b.jobs[1:])
            self.assertTrue(b.down.startswith(down))

    def test_not_up(self):
        """That is a result where the mutant was on at boot."""
        def fail(text):
            return Fail(text + "; console: it")

        for append, text, crash in (
                ("", "the kernel panicked: it", None),
                ("kvm.mutant=1", "QEMU ended with status 1", None),
                ("kvm.mutant=1", "the kernel panicked: it", "the kernel panics"),
                ("kvm.mutant=1", "it ended", "the guest does not come up")):
            b = self.batch(append)
            b.booted = False
            for job in b.jobs:
                job.how = ""
            if crash:
                self.assertEqual(self.end(b, fail=fail(text)),
                                 [("crash", crash), ("", ""), ("", "")])
            else:
                with self.assertRaises(Fail):
                    self.end(b, fail=fail(text))


class LastTime(unittest.TestCase):
    """What the last document says is tried first, and decides nothing."""

    def campaign(self):
        c = campaign.Campaign(None, (), None, {}, ("quick", "slow", "never"),
                              DOCUMENT)
        usual = {"quick": 1, "slow": 2, "never": 3, "external_aborts": 1,
                 "mmio_sign_ext": 2}
        for name in usual:
            c.usual["vhe", name] = usual[name]
            c.reached["vhe", name] = set() if name == "never" else {1}
        return c, lambda name: types.SimpleNamespace(
            number=1, row=row(name=name))

    def test_tables(self):
        c, _ = self.campaign()
        self.assertEqual(c.noticed["one"], ("slow", "a.on"))
        self.assertEqual(c.telling, [("slow", "two")])
        self.assertEqual(campaign.table(DOCUMENT, "Equivalent"), [])

    def test_later_rows(self):
        """What no campaign has tried is in the document, once, and says so."""
        text = campaign.with_untried(DOCUMENT)
        self.assertTrue(text.startswith(DOCUMENT))
        self.assertEqual(campaign.with_untried(text), text)
        names = [name for name, *_ in campaign.table(text, "Not tried yet")]
        self.assertEqual(names, [each.name for each in rows.ROWS])

    def test_turns(self):
        c, mutant = self.campaign()
        usual = [("quick", ()), ("slow", ())]
        for name, turn in (("one", [("slow", ("a.on",)), *usual]),
                           ("two", usual[::-1]), ("three", usual),
                           ("four", usual[::-1]), ("five", usual)):
            ours, upstream = c.in_turn(mutant(name), {"quick": [],
                                                      "slow": ["a.on"]})
            self.assertEqual(ours, turn, name)
            self.assertEqual([n for n, _ in upstream], list(
                campaign.UPSTREAM[::-1 if name == "two" else 1]))

    def test_together(self):
        """What upstream's tests did not notice is tried on them all at once, in
        parts where that shows, and without those that hide others; alone when few
        are left."""
        c, _ = self.campaign()
        c.opts = types.SimpleNamespace(jobs=2)
        c.found = [types.SimpleNamespace(number=n, row=row(name="m%d" % n))
                   for n in range(1, 9)]
        c.noticed_upstream = {m.row.name: "" for m in c.found}
        for name in campaign.UPSTREAM:
            c.reached["vhe", name] = set(range(1, 9))
        tried, passes = [], 0

        def run(batches):
            nonlocal passes
            passes += 1
            for mode, _, jobs in batches:
                for job in jobs:
                    those = [m.number for m in job.mutant]
                    tried.append((mode, job.program, those))
                    job.how = "exit"
                    job.reached = set(those)
                    if job.program == "mmio_sign_ext":
                        job.reached -= {6, 7} if 5 in those else {6}
                        job.failed = ["it"] if 3 in those else []

        c.run = run
        with mock.patch.object(campaign, "PARTS", 2):
            pairs = c.settled(c.found)
        self.assertEqual(pairs, {
            ("m%d" % n, name) for name, those in (
                ("external_aborts", range(1, 9)), ("mmio_sign_ext", (5, 7, 8)))
            for n in those})
        self.assertEqual(sorted(tried), sorted(
            [("vhe", name, list(those))
             for those in (range(1, 9), range(1, 5), range(5, 9))
             for name in campaign.UPSTREAM] + [("vhe", "mmio_sign_ext", [6, 7])]))
        self.assertEqual(passes, 3)

    def test_together_in_parts(self):
        """A program of ours is shared by the guests; each goes on with the next where
        somebody noticed in it what it ran before."""
        c, _ = self.campaign()
        c.opts = types.SimpleNamespace(jobs=2)
        c.programs = ("quick", "slow")
        those = [types.SimpleNamespace(number=1, row=row(name="m%d" % n))
                 for n in range(2)]
        batches = []
        c.run = batches.extend
        c.together([("vhe", those, c.programs + campaign.UPSTREAM, 1),
                    ("vhe", those[:1], ("slow",), 8)])
        self.assertEqual([[(job.program, job.patterns, job.mode, len(job.mutant))
                           for job in jobs] for _, _, jobs in batches], [
            [("quick", ("-s", "1/2"), "first", 2),
             ("external_aborts", (), "else", 2), ("slow", ("-s", "2/2"), "else", 2),
             ("slow", ("-s", "1/16"), "first", 1)],
            [("quick", ("-s", "2/2"), "first", 2), ("slow", ("-s", "1/2"), "else", 2),
             ("mmio_sign_ext", (), "else", 2), ("slow", ("-s", "2/16"), "first", 1)]])

    def test_hidden(self):
        """One that others hide from most programs is tried without them, on some
        cases: it is settled where they come to its place, and run alone where not."""
        c, _ = self.campaign()
        c.opts = types.SimpleNamespace(jobs=1)
        c.found = [types.SimpleNamespace(number=n, row=row(
            name="m%d" % n, equivalent="so")) for n in range(1, 5)]
        for name in c.programs:
            c.reached["vhe", name] = {1, 2, 3, 4}
        tried = []

        def run(batches):
            for _, _, jobs in batches:
                for job in jobs:
                    tried.append((job.program, len(job.mutant), job.patterns))
                    job.how = "exit"
                    if len(job.mutant) > 1:     # hidden once, and twice
                        job.reached = {"quick": {1, 2, 3, 4}, "slow": {1, 2, 3},
                                       "never": {1, 2}}.get(job.program, {1})
                    else:
                        job.hits = hits

        c.run = run
        for hits in (3, 0):
            del tried[:]
            pairs = c.settled(c.found)
            self.assertEqual({(m.row.name, name) for m in c.found
                              for name in c.programs} - pairs,
                             {("m3", "never")} if hits else {
                                 ("m3", "never"), ("m4", "never"), ("m4", "slow")})
            self.assertEqual(tried[5:], [
                (name, 1, ("-s", "1/%d" % campaign.SAMPLE))
                for name in ("slow", "never")])
        for programs, least in ((("quick",), 1), (campaign.UPSTREAM, 2)):
            for number in (1, 2):
                for name in programs:
                    c.reached["vhe", name] = set(range(1, number + 1))
                self.assertEqual(bool(c.hidden("vhe", c.found, programs, set())),
                                 number >= least)
        # what nobody noticed may be by any case since then
        for mark, share in (("so", campaign.SAMPLE), ("", 1)):
            c.found[0].row = row(name="m1", equivalent=mark)
            self.assertEqual(c.hidden("vhe", c.found, ("quick",), {
                ("m2", "quick")})[3], share)

    def test_sample(self):
        """In another mode first what is skipped in the usual one, what noticed a
        mutant of that mode the last time, and some others; then what noticed one and
        was not seen to pass, and all, if one is not noticed that can be."""
        c, _ = self.campaign()
        c.opts = types.SimpleNamespace(jobs=1)
        usual = ["c%d" % n for n in range(2 * campaign.SAMPLE)]
        c.programs = ("quick", "slow")
        c.noticed = {"one": ("quick", "c3"), "two": ("quick", "c5"),
                     "four": ("slow", "")}
        marked = types.SimpleNamespace(number=9, row=row(
            name="marked", mode="nvhe", equivalent="so"))
        c.found = [types.SimpleNamespace(number=n, row=row(name=name, mode=mode))
                   for n, (name, mode) in enumerate((
                       ("one", "nvhe"), ("two", "nested"), ("three", "nvhe"),
                       ("four", "nested")), 1)] + [marked]
        tried, unnoticed = [], [marked, c.found[2]]

        def run(batches):
            for mode, _, jobs in batches:
                for job in jobs:
                    tried.append((mode, job.program, job.patterns))
                    job.how, job.reached = "exit", {1, 2, 3, 4, 9}
                    if job.mutant:
                        job.failed = ["c3"] if job.program == "quick" and \
                            job.mutant not in unnoticed else []
                    else:
                        job.passed = [case for case in usual if case in
                                      job.patterns or "-s" in job.patterns]
                        job.skipped = ["only_here"]

        c.run = run
        cases = c.baseline(["vhe", "nvhe", "nested"])
        self.assertEqual(sorted(cases["quick"]), sorted(usual))
        self.assertEqual(c.sampled, {("nvhe", "quick"), ("nvhe", "slow"),
                                     ("nested", "quick")})
        here = ("only_here", "c0", "c%d" % campaign.SAMPLE)
        whole = ("-s", "1/1")
        self.assertEqual(
            [each for each in tried if each[1] not in campaign.UPSTREAM], [
                ("vhe", "quick", whole), ("vhe", "slow", whole),
                ("nvhe", "quick", (*here, "c3")), ("nvhe", "slow", here),
                ("nested", "quick", (*here, "c5")), ("nested", "slow", whole)])
        self.assertGreaterEqual(c.usual["nvhe", "quick"], c.usual["vhe", "quick"])

        # in nested mode c3 was not seen to pass yet; then there is no doubt left
        for modes in (["nvhe"], []):
            del tried[:]
            jobs = c.attack(cases)
            self.assertEqual(("nested", "quick", ("c3",)) in tried, bool(modes))
            self.assertTrue(jobs["one"][0].killer())
            self.assertFalse(any(job.killer() for job in jobs["three"]))
            self.assertEqual([each for each in tried if each[2] == whole], [
                (mode, name, whole) for mode in modes for name in c.programs])

    def test_sure(self):
        """A kill stands on a case that passes without the mutant, or a program of
        which all do; what survives, on nothing but that all were run."""
        c, mutant = self.campaign()
        one = mutant("one")
        c.sampled, c.partly = {("vhe", "quick")}, {"vhe"}
        c.passed["vhe", "quick"] = {"a"}

        def sure(program, *failed, how="stopped"):
            return c.sure(one, [campaign.Job(one, program, how=how,
                                             failed=list(failed))])

        self.assertTrue(sure("quick", "a"))
        self.assertFalse(sure("quick", "b"))
        self.assertFalse(sure("quick", how="timeout"))
        self.assertTrue(sure("slow", "b"))
        self.assertTrue(sure("slow", how="timeout"))
        self.assertFalse(sure("slow", how="exit"))
        self.assertFalse(sure("external_aborts", "a"))
        c.useless["vhe"].add("slow")
        self.assertFalse(sure("slow", "b"))
        c.sampled = set()
        self.assertFalse(sure("slow", "b"))
        c.partly = set()
        self.assertTrue(sure("slow", how="exit"))

    def test_no_credit_for_what_fails_anyway(self):
        c, mutant = self.campaign()
        one = mutant("one")
        c.run = lambda batches: None
        c.noticing["quick"] = {"a": (one, "vhe"), "b": (one, "nvhe")}
        c.passed["vhe", "quick"] = {"a"}
        c.passed["nvhe", "quick"] = {"c"}
        c.attack({})
        self.assertEqual(c.noticing, {"quick": {"a": (one, "vhe")}})

    def test_turns_of_credit(self):
        """The guests take on a part at a time, of which each has some of a program's
        cases."""
        c, mutant = self.campaign()
        c.opts = types.SimpleNamespace(jobs=2)
        one = mutant("one")
        with mock.patch.object(campaign, "TURN", 2):
            batches = c.credit_batches("vhe", dict.fromkeys(("a", "b", "c"), [one]), {
                "a": ["1", "2", "3"], "b": ["4"], "c": ["5"]})
        self.assertEqual([[(job.program, job.patterns) for job in jobs]
                          for _, _, jobs in batches], [
            [("a", ("1", "3"))], [("a", ("2",))], [("b", ("4",)), ("c", ("5",))]])

    def test_rest(self):
        """What is left when a guest ends early: not what is noticed already, by
        ours and by upstream's tests apart; and each case still has its mutants."""
        c, mutant = self.campaign()
        one, two = mutant("one"), mutant("two")

        def job(which, program, mode="else", how="", failed=()):
            return campaign.Job(which, program, mode, how=how, failed=list(failed))

        for mode, left in (("else", ["slow of two", "mmio_sign_ext of one"]),
                           ("left", ["slow of one", "slow of two",
                                     "mmio_sign_ext of one"])):
            jobs = [job(one, "quick", mode, "stopped", ["it"]),
                    job(two, "quick", mode, "exit"), job(one, "slow", mode),
                    job(two, "slow", mode), job(one, "mmio_sign_ext", mode)]
            self.assertEqual(["%s of %s" % (each.program, each.mutant.row.name)
                              for each in c.without_more_of_it(jobs, jobs[2:])],
                             left)
        jobs[0].how = "crash"
        self.assertEqual(c.without_more_of_it(jobs, jobs[2:]), jobs[3:])

    def test_silence(self):
        """Of some times a program's own, which some cases may exceed, but not
        much."""
        c, _ = self.campaign()
        c.quiet = {("vhe", "quick"): 0.1, ("vhe", "slow"): 2}
        for program, seconds in (("quick", campaign.BREATH),
                                 ("slow", 2 * campaign.QUIET),
                                 ("never", campaign.UNKNOWN * campaign.QUIET)):
            self.assertEqual(c.may_be_silent("vhe", campaign.Job((), program)),
                             seconds)
        # not in a first run, nor without a mutant in any
        self.assertEqual(c.may_be_silent("vhe", campaign.Job(None, "quick")),
                         campaign.UNKNOWN * campaign.QUIET)

    def test_credit(self):
        """Each case of a program is tried on what tells most of it first, until
        some mutant is known that it notices; on another emulator, and in another
        mode, what runs there only."""
        c, mutant = self.campaign()
        c.programs = ("quick", "slow")
        c.opts = types.SimpleNamespace(jobs=2)
        c.lacking = dict.fromkeys(("nvhe", "protected"), "not here")
        c.reached["nested", "quick"] = set()
        c.reached["nested", "slow"] = {1}
        cases = {"quick": ["d", "e"], "slow": ["a", "b", "c", "f", "g"]}
        c.passed = {(mode, name): set(cases[name]) for name in cases
                    for mode in ("vhe", "nested")}
        c.passed["vhe", "slow"] -= {"f", "g"}
        notices = {("slow", "one"): {"a", "f", "g"}, ("slow", "two"): {"b", "c"},
                   ("quick", "one"): {"d"}}
        tried, there = [], "vhe on the emulator of nested"

        def killed(name, upstream=""):
            job = campaign.Job(mutant(name), "slow")
            job.failed = sorted(notices["slow", name])[:1]
            c.noticing["slow"][job.failed[0]] = job.mutant, "vhe"
            return types.SimpleNamespace(mutant=job.mutant, jobs=[job],
                                         upstream=upstream)

        def run(batches):
            for mode, _, jobs in batches:
                for job in jobs:
                    job.how = "exit"
                    if not job.mutant:
                        job.reached = {1}
                        job.passed = [case for case in job.patterns
                                      if case != "g"]   # not in that mode
                        continue
                    name = job.mutant.row.name
                    here = c.left(job.program, job.patterns)
                    tried.append((mode, job.program, name, tuple(here)))
                    job.failed = [case for case in here if case in notices.get(
                        (job.program, name), ())]
                    for case in job.failed:
                        c.noticing[job.program][case] = job.mutant, mode

        c.run = run
        results = [killed("one"), killed("two", "it")]
        crashed = types.SimpleNamespace(
            mutant=mutant("three"), jobs=[campaign.Job(mutant("three"), "slow")],
            upstream="")
        telling = c.credit(cases, results + [crashed])
        self.assertEqual(
            {(name, case): (noticed.row.name, mode)
             for name, those in c.noticing.items()
             for case, (noticed, mode) in those.items()},
            {("slow", "a"): ("one", "vhe"), ("slow", "b"): ("two", "vhe"),
             ("slow", "c"): ("two", "vhe"), ("slow", "f"): ("one", there),
             ("slow", "g"): ("one", "nested"), ("quick", "d"): ("one", "vhe")})
        self.assertEqual(telling, {("slow", "two"): 1, ("quick", "one"): 1,
                                   ("slow", "one"): 2})
        self.assertEqual(tried, [
            ("vhe", "quick", "two", ("d",)), ("vhe", "quick", "one", ("d",)),
            ("vhe", "slow", "two", ("c",)), ("vhe", "slow", "one", ()),
            ("vhe", "quick", "two", ("e",)), ("vhe", "quick", "one", ("e",)),
            (there, "slow", "two", ("f",)), (there, "slow", "one", ("f",)),
            ("nested", "slow", "two", ("g",)), ("nested", "slow", "one", ("g",))])


if __name__ == "__main__":
    unittest.main()
