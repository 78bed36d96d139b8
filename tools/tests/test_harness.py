# SPDX-License-Identifier: GPL-2.0-only
"""lib/harness.c, built for this machine: what it prints, letter by letter.

harness.golden is what the cases of harness_cases.c must print. KSRC names the
kernel tree whose kselftest.h is used.
"""

import os
import subprocess
import tempfile
import unittest

import ktap

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
KSRC = os.environ.get("KSRC")


@unittest.skipUnless(KSRC, "KSRC names no kernel tree")
class Harness(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.program = os.path.join(directory.name, "harness")
        subprocess.run(
            ["gcc", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE=",
             "-DCASE_SECONDS=1", "-I", os.path.join(TOP, "include"),
             "-isystem", os.path.join(KSRC, "tools/include"),
             "-isystem", os.path.join(KSRC, "tools/testing/selftests"),
             os.path.join(HERE, "harness_cases.c"),
             *(os.path.join(TOP, "lib", name)
               for name in ("harness.c", "expect.c", "form.c",
                            "log.c")),
             "-o", cls.program], check=True)

    def call(self, *args):
        done = subprocess.run([self.program, *args], capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.stderr, "")
        # newer kernel trees add a line of their own before the totals
        lines = [line for line in done.stdout.splitlines()
                 if "skipped test(s) detected" not in line]
        return done.returncode, lines

    def test_everything(self):
        with open(os.path.join(HERE, "harness.golden")) as f:
            golden = f.read().splitlines()
        status, lines = self.call()
        self.assertEqual(lines, golden)
        self.assertEqual(status, 1)

    def test_passes(self):
        self.assertEqual(self.call("harness:pass*"), (0, [
            "TAP version 13", "1..2", "ok 1 passes", "ok 2 passes_last",
            "# Totals: pass:2 fail:0 xfail:0 xpass:0 skip:0 error:0"]))

    def test_known_deviation_is_no_failure(self):
        self.assertEqual(self.call("deviates")[0], 0)

    def test_all_skipped(self):
        self.assertEqual(self.call("skips")[0], 4)

    def test_no_match(self):
        self.assertEqual(self.call("nonesuch"), (4, [
            "TAP version 13", "1..0 # SKIP no case matches"]))

    def test_list(self):
        status, lines = self.call("-l", "*hangs", "passes")
        self.assertEqual((status, lines),
                         (0, ["harness:passes", "harness:hangs"]))

    def test_parts(self):
        whole = self.call("-l", "*s")[1]
        parts = [self.call("-s", "%d/3" % part, "-l", "*s")[1]
                 for part in (1, 2, 3)]
        self.assertEqual([ktap.of_part(whole, part, 3) for part in range(3)], parts)

    def test_wrong_usage(self):
        for option, said in (("-s", "PART and PARTS are numbers"),
                             ("-r", "TIMES is a number")):
            for wrong in ("0/2", "3/2", "1/", "/1", "x", "1/2x", "-1/2", "",
                          "1/4294967297", "0", "-1", "5x", " 5", "4294967297",
                          "99999999999999999999"):
                done = subprocess.run([self.program, option, wrong],
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 2, wrong)
                self.assertRegex(done.stderr, "^usage: .*%s" % said)
        done = subprocess.run([self.program, "-x"], capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("usage", done.stderr)

    def test_a_program_is_a_pattern(self):
        self.assertEqual(len(self.call("-l", "harness")[1]), 19)


if __name__ == "__main__":
    unittest.main()
