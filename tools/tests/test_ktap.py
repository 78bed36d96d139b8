# SPDX-License-Identifier: GPL-2.0-only
"""ktap.py on canned output: what is believed, and what is refused and why."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import ktap

GOOD = """\
Random seed: 0x6b8b4567
TAP version 13
1..4
ok 1 ldr.on
# SKIP ldp.on: FEAT_LSE2; ID_AA64MMFR2_EL1.AT is 0
ok 2 ldp.on # SKIP
# XFAIL swp.on: QEMU before 9 says 0
ok 3 swp.on # XFAIL
# str.on: str x0, [x1], #8
#   exit  want ARM_NISV  got MMIO  <-- exit
not ok 4 str.on
# Totals: pass:1 fail:1 xfail:1 xpass:0 skip:1 error:0
"""


def parse(text, end=("exit", 1), stderr=(), **more):
    lines = [("|", line) for line in text.splitlines()]
    return ktap.parse("prog", lines + [("!", line) for line in stderr], end,
                      **more)


def document(*results, totals=None, plan=None):
    """A document of these result lines that is right but for what is given."""
    lines = ["TAP version 13", plan or "1..%d" % len(results), *results]
    return "\n".join([*lines, totals or "# Totals: pass:%d fail:0 xfail:0 "
                      "xpass:0 skip:0 error:0" % len(results)])


class Accepted(unittest.TestCase):
    def test_all_kinds_of_results(self):
        program = parse(GOOD)
        self.assertEqual(program.problems, [])
        self.assertEqual([(c.name, c.status) for c in program.cases],
                         [("ldr.on", "pass"), ("ldp.on", "skip"),
                          ("swp.on", "xfail"), ("str.on", "fail")])
        self.assertEqual(program.cases[1].reason,
                         "FEAT_LSE2; ID_AA64MMFR2_EL1.AT is 0")
        self.assertEqual(program.cases[2].reason, "QEMU before 9 says 0")
        self.assertEqual(program.cases[3].log[0], "# str.on: str x0, [x1], #8")
        self.assertEqual(len(program.cases[3].log), 2)
        self.assertEqual(program.verdict(), ktap.FAIL)

    def test_passed(self):
        program = parse(document("ok 1 a", "ok 2 b"), ("exit", 0))
        self.assertEqual((program.failures(), program.verdict()),
                         (0, ktap.PASS))

    def test_all_skipped(self):
        program = parse(document(
            "ok 1 a # SKIP",
            totals="# Totals: pass:0 fail:0 xfail:0 xpass:0 skip:1 error:0"),
            ("exit", 4))
        self.assertEqual((program.problems, program.verdict()), ([], ktap.SKIP))
        self.assertEqual(program.cases[0].reason, "no reason given")

    def test_known_deviations_alone_pass(self):
        program = parse(document(
            "ok 1 a # XFAIL",
            totals="# Totals: pass:0 fail:0 xfail:1 xpass:0 skip:0 error:0"),
            ("exit", 0))
        self.assertEqual((program.problems, program.verdict()), ([], ktap.PASS))

    def test_passing_now_counts_as_failure(self):
        program = parse(document(
            "# XPASS a: passes now", "not ok 1 a", plan="1..1",
            totals="# Totals: pass:0 fail:0 xfail:0 xpass:1 skip:0 error:0"))
        self.assertEqual((program.problems, program.failures()), ([], 1))

    def test_no_case_matches(self):
        program = parse("TAP version 13\n1..0 # SKIP no case matches",
                        ("exit", 4))
        self.assertTrue(program.unmatched)
        self.assertEqual((program.problems, program.verdict()), ([], ktap.SKIP))

    def test_library_chatter(self):
        program = parse("Testing guest mode\n" + document("ok 1 a"),
                        ("exit", 0), stderr=["ok 7 not a result", "1..9"])
        self.assertEqual(program.problems, [])


class Refused(unittest.TestCase):
    def check(self, text, message, end=("exit", 0), failures=None, **more):
        program = parse(text, end, **more)
        self.assertEqual(program.verdict(), ktap.FAIL)
        texts = [problem.text for problem in program.problems]
        self.assertTrue(any(message in text for text in texts), texts)
        if failures is not None:
            self.assertEqual(program.failures(), failures)
        return program

    def test_nothing(self):
        self.check("", "it printed no plan; it ended with status 0", failures=1)

    def test_no_version(self):
        self.check("1..1\nok 1 a", "a plan before the version line")

    def test_second_version(self):
        self.check(document("ok 1 a", "TAP version 13", plan="1..1"),
                   "a second version line")

    def test_second_plan(self):
        self.check(document("ok 1 a", "1..1", plan="1..1"), "a second plan")

    def test_result_before_plan(self):
        self.check("TAP version 13\nok 1 a\n1..1", "a result before the plan")

    def test_empty_plan(self):
        self.check(document(), "it ran no case")
        self.check("TAP version 13\n1..0 # SKIP whatever",
                   "not a line it may print")

    def test_lost_cases(self):
        program = self.check(
            document("ok 1 a", plan="1..3"),
            "2 of its 3 cases are lost: it ended with status 254, after a",
            ("exit", 254), failures=3,
            stderr=["==== Test Assertion Failure ====", "  x.c:1: false"])
        self.assertEqual([case.name for case in program.cases],
                         ["a", "case_2", "case_3"])
        self.assertIn("# ==== Test Assertion Failure ====",
                      program.problems[-1].log)

    def test_lost_cases_have_names(self):
        program = self.check(document("ok 1 a", plan="1..3"),
                             "killed by signal 9", ("signal", 9),
                             case_names=["a", "b", "c"])
        self.assertEqual([case.name for case in program.cases],
                         ["a", "b", "c"])

    def test_timeout(self):
        self.check(document("ok 1 a", plan="1..2"), "stopped after 120 s",
                   ("timeout", 120))
        self.check(document("ok 1 a"), "stopped after 120 s", ("timeout", 120))

    def test_no_end(self):
        self.check(document("ok 1 a", plan="1..2"), "it did not end", None)
        self.check(document("ok 1 a"), "it did not end", None)

    def test_too_many_results(self):
        self.check(document("ok 1 a", "ok 2 b", plan="1..1"),
                   "2 results, but 1 were planned")

    def test_duplicate_names(self):
        self.check(document("ok 1 a", "ok 2 a"), "two results for a")

    def test_numbers(self):
        self.check(document("ok 1 a", "ok 1 b"), "result number 1 where 2 is due")
        self.check(document("ok 1 a", "ok 3 b"), "result number 3 where 2 is due")

    def test_totals(self):
        self.check(document("ok 1 a", totals="# Totals: pass:2 fail:0 xfail:0 "
                            "xpass:0 skip:0 error:0"),
                   "totals disagree with its results (1 passed")
        self.check("TAP version 13\n1..1\nok 1 a", "it printed no totals")
        self.check(document("ok 1 a") + "\nok 2 b", "a result after the totals")
        self.check(document("ok 1 a", totals="# Totals: pass:many"),
                   "not a line it may print: '# Totals: pass:many'")

    def test_status(self):
        self.check(document("ok 1 a"), "status 1, where its results mean 0",
                   ("exit", 1))
        self.check(document("ok 1 a"), "killed by signal 11", ("signal", 11))
        self.check(GOOD, "status 0, where its results mean 1", ("exit", 0))
        self.check(document("ok 1 a"), "status 4, where its results mean 0",
                   ("exit", 4))

    def test_excused_failure(self):
        self.check(document("not ok 1 a # SKIP"), "a failure that is excused")

    def test_lines_that_claim_results(self):
        for line in ("ok", "ok 1", "OK 1 a", "ok 1 a b", "ok 1 a # TODO",
                     "not ok 1 a # xfail", "  ok 1 a", "Bail out! no",
                     "1..2 # why", "KTAP version one"):
            with self.subTest(line):
                self.check(document(line, plan="1..1"),
                           "not a line it may print")

    def test_garbage(self):
        self.check(document("ok 1 a\0\x1b[2J"), "garbage in its output")
        self.check(document("# \ufffd", "ok 1 a", plan="1..1"),
                   "garbage in its output")

    def test_many_problems_are_cut_short(self):
        program = self.check(document(*["ok 1 a"] * 50), "more problems like")
        self.assertLessEqual(len(program.problems), ktap.MANY + 1)

    def test_said_to_match_nothing(self):
        self.check("TAP version 13\n1..0 # SKIP no case matches",
                   "it says that no case matches, but it ended with status 0")
        self.check("TAP version 13\n1..0 # SKIP no case matches\nok 1 a",
                   "it says that no case matches", ("exit", 4))


class Document(unittest.TestCase):
    def test_combined(self):
        good = parse(GOOD)
        lost = ktap.parse("late", [("|", "TAP version 13"), ("|", "1..1")],
                          ("signal", 9))
        none = ktap.Program("none", unmatched=True)
        machine = ktap.Program("guest", problems=[
            ktap.Problem("the kernel panicked", ["# more"])])
        self.assertEqual("\n".join(
            ktap.document([good, lost, none], machine)), """\
KTAP version 1
1..4
    KTAP version 1
    # Subtest: prog
    1..4
    # Random seed: 0x6b8b4567
    ok 1 ldr.on
    # SKIP ldp.on: FEAT_LSE2; ID_AA64MMFR2_EL1.AT is 0
    ok 2 ldp.on # SKIP
    # XFAIL swp.on: QEMU before 9 says 0
    ok 3 swp.on # XFAIL
    # str.on: str x0, [x1], #8
    #   exit  want ARM_NISV  got MMIO  <-- exit
    not ok 4 str.on
not ok 1 prog
    KTAP version 1
    # Subtest: late
    1..2
    # case_1: no result
    not ok 1 case_1
    # 1 of its 1 cases are lost: it was killed by signal 9, at the start
    not ok 2 whole_program
not ok 2 late
ok 3 none # SKIP
# the kernel panicked
# more
not ok 4 guest""")

    def test_a_name_cannot_end_the_document(self):
        program = parse("\x1b[0mok 1 x\nTAP version 13\n1..1\nok 1 a")
        for line in ktap.document([program], ktap.Program("guest")):
            self.assertRegex(line, r"^ *(#|ok|not ok|1\.\.|KTAP version)")



class Merge(unittest.TestCase):
    @staticmethod
    def part(*names, **more):
        return ktap.Program("p", [ktap.Case(name, ktap.PASS) for name in names],
                            **more)

    def test_order(self):
        whole = ktap.merge([self.part("a", "d", "g", seconds=1),
                            self.part("b", "e", seconds=3),
                            self.part("c", "f")], "p")
        self.assertEqual("".join(case.name for case in whole.cases), "abcdefg")
        self.assertEqual((whole.seconds, whole.verdict()), (3, ktap.PASS))

    def test_merge_of_parts(self):
        for number in (0, 1, 31, 64, 65, 191, 333):
            names = [str(n) for n in range(number)]
            for parts in (1, 2, 3):
                whole = ktap.merge([self.part(*ktap.of_part(names, part, parts))
                                    for part in range(parts)], "p")
                self.assertEqual([case.name for case in whole.cases], names)

    def test_a_part_that_never_ran(self):
        whole = ktap.merge([self.part("a"), None], "p")
        self.assertEqual((whole.verdict(), whole.failures()), (ktap.FAIL, 1))

    def test_unmatched_only_when_all_parts_are(self):
        empty = self.part(unmatched=True)
        self.assertTrue(ktap.merge([empty, empty], "p").unmatched)
        self.assertFalse(ktap.merge([empty, self.part("a")], "p").unmatched)
        self.assertFalse(ktap.merge([empty, None], "p").unmatched)


if __name__ == "__main__":
    unittest.main()
