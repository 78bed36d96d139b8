# SPDX-License-Identifier: GPL-2.0-only
"""tools/mutants/driver.c, built for this machine: which jobs run, with which cases.

There is a test program for each behaviour; the kernel's part are files.
"""

import os
import subprocess
import tempfile
import unittest

import mutate

# Each argument is a case; one whose name is in the file "fails" does.
CASES = """#!/bin/sh
n=0
for name; do
	n=$((n + 1))
	if grep -qx "$name" "$(dirname "$0")/fails"; then
		echo "not ok $n $name"
	else
		echo "ok $n $name"
	fi
done
[ $# -gt 0 ]
"""


class Driver(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.place = directory.name
        self.driver = os.path.join(self.place, "driver")
        subprocess.run(
            ["gcc", "-Wall", "-Wextra", "-Werror", "-o", self.driver,
             '-DPARAMETERS="%s/"' % self.place,
             '-DDEBUGFS="%s/debug"' % self.place,
             '-DMUTANTS="%s/reached"' % self.place,
             '-DKMSG="%s/kmsg"' % self.place,
             os.path.join(mutate.HERE, "driver.c")], check=True)
        for name in ("mutant", "mutant_hits", "kmsg"):
            self.write(name, "")
        self.write("reached", "\0" * 7 + "\1\0\1")
        for name in ("cases", "others"):
            self.write(name, CASES)
            os.chmod(os.path.join(self.place, name), 0o755)

    def write(self, name, text):
        with open(os.path.join(self.place, name), "w") as f:
            f.write(text)

    def jobs(self, fails, *jobs, silence=5000):
        """What the driver says of each job: cases, reached mutants, how it ended.
        self.times: of each, its longest silence and the rest, in seconds."""
        self.write("fails", "".join(name + "\n" for name in fails))
        self.write("jobs", "".join(
            "%s %d %d %s %s/%s\n" % (mutant, seconds, silence, how, self.place, cmd)
            for mutant, seconds, how, cmd in jobs))
        done = subprocess.run([self.driver, os.path.join(self.place, "jobs")],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        said, self.times = [], []
        for line in done.stdout.splitlines():
            word, _, rest = line.partition(" ")
            if word == "job":
                self.assertEqual(int(rest), len(said))
                said.append([])
            elif word in ("fail", "pass", "skip", "kernel"):
                said[-1].append(rest if word != "skip" else "skip " + rest)
            elif word == "reached":
                said[-1].append(int(rest))
            else:
                self.assertEqual(word, "end")
                how, _, _, ms, silence = rest.split()
                said[-1].append(how)
                self.times.append((int(silence) / 1000,
                                   (int(ms) - int(silence)) / 1000))
        return said

    def test_left(self):
        """What has failed is not run again; nothing left, nothing run."""
        self.assertEqual(self.jobs(
            ("a", "c"), (7, 9, "left", "cases a b c"), (8, 9, "left", "cases"),
            (9, 9, "left", "cases a c"), (9, 9, "left", "cases a d")),
            [["a", "c", "exit"], ["exit"], ["skipped"], ["exit"]])

    def test_left_of_another_program(self):
        """A case's name is one program's."""
        self.assertEqual(self.jobs(
            ("a",), (7, 9, "left", "cases a b"), (7, 9, "left", "others a"),
            (7, 9, "left", "cases")),
            [["a", "exit"], ["a", "exit"], ["skipped"]])

    def test_first(self):
        """A job ends with its first failure, and "else" with that before it."""
        self.assertEqual(self.jobs(
            ("b",), (7, 9, "first", "cases a b c"), (7, 9, "else", "cases a"),
            (8, 9, "first", "cases a"), (8, 9, "else", "cases a b")),
            [["b", "stopped"], ["skipped"], ["exit"], ["b", "stopped"]])

    def test_kernel_log(self):
        """What the kernel reports is noticed, like a failure."""
        self.write("warns", '#!/bin/sh\necho "4,1,1;------------[ cut here ]---" '
                   '>>"$(dirname "$0")/kmsg"\n')
        self.write("talks", '#!/bin/sh\necho "6,1,1;all is well" '
                   '>>"$(dirname "$0")/kmsg"\n')
        for name in ("warns", "talks"):
            os.chmod(os.path.join(self.place, name), 0o755)
        self.assertEqual(self.jobs((), (7, 9, "first", "talks"),
                                   (7, 9, "else", "warns"), (7, 9, "else", "cases a")),
                         [["all is well", "exit"],
                          ["------------[ cut here ]---", "exit"], ["skipped"]])

    def test_time_is_over(self):
        self.write("hangs", "#!/bin/sh\nexec sleep 60\n")
        os.chmod(os.path.join(self.place, "hangs"), 0o755)
        for seconds, silence in ((1, 5000), (30, 300)):
            self.assertEqual(
                self.jobs((), (7, seconds, "first", "hangs"),
                          (7, 9, "else", "cases a"), silence=silence),
                [["timeout"], ["skipped"]])

    def test_silence(self):
        """What speaks now and then may take its time; how long it was silent is
        told."""
        self.write("speaks", "#!/bin/sh\nfor n in 1 2 3 4; do\n"
                   "\tsleep 0.5\n\techo $n\ndone\nexec sleep 0.9\n")
        os.chmod(os.path.join(self.place, "speaks"), 0o755)
        self.assertEqual(self.jobs((), (7, 30, "first", "speaks"), silence=1600),
                         [["exit"]])
        silence, rest = self.times[0]
        self.assertGreaterEqual(silence, 0.8)
        self.assertGreaterEqual(rest, 1.9)

    def test_all_of_it_ends(self):
        """A job is over when all its processes are, not only the first one."""
        self.write("forks", '#!/bin/sh\nfor n in $(seq 200); do\n\tsleep 60 &\n'
                   '\techo $!\ndone >"$(dirname "$0")/pids"\n'
                   'echo "not ok 1 a"\nwait\n')
        self.write("asks", '#!/bin/sh\nwhile read -r pid; do\n'
                   '\tkill -0 "$pid" 2>/dev/null && echo "not ok 1 alive"\n'
                   'done <"$(dirname "$0")/pids"\ntrue\n')
        for name in ("forks", "asks"):
            os.chmod(os.path.join(self.place, name), 0o755)
        self.assertEqual(self.jobs((), (7, 9, "first", "forks"),
                                   (8, 9, "first", "asks")),
                         [["a", "stopped"], ["exit"]])

    def test_all(self):
        """All results, and which mutants were reached."""
        self.write("skips", '#!/bin/sh\necho "ok 1 a"\necho "ok 2 b # SKIP"\n'
                   'echo "not ok 3 c"\n')
        os.chmod(os.path.join(self.place, "skips"), 0o755)
        self.assertEqual(self.jobs((), (0, 9, "all", "skips")),
                         [["a", "skip b", "c", 7, 9, "exit"]])

    def test_mutant(self):
        """It is set while a program runs, and not behind it. Of several, those
        that were reached are told."""
        self.write("asks", '#!/bin/sh\nread -r n <"$(dirname "$0")/mutant"\n'
                   'echo "not ok 1 is_$n"\n')
        os.chmod(os.path.join(self.place, "asks"), 0o755)
        self.assertEqual(self.jobs((), ("7,9", 9, "first", "asks")),
                         [["is_7,9", 7, 9, "stopped"]])
        with open(os.path.join(self.place, "mutant")) as f:
            self.assertEqual(f.read()[0], "0")
