# SPDX-License-Identifier: GPL-2.0-only
"""The list of kernels: what a run printed becomes a line, and a document."""

import os
import sys
import unittest
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import kernels
from common import Fail

GOOD = """\
kvm-nisv: building the tests with Linux 6.1.192
TAP version 13
1..3
ok 1 nisv_cap - 31 passed, 0 failed, 6 skipped, 0.6 s
ok 2 nisv_exit - 46 passed, 0 failed, 2 known deviations, 3.6 s
ok 3 guest - Linux 6.1.0-56-arm64, vhe, QEMU 7.2.22, -cpu max
Known deviations:
    2 of nisv_exit: known deviation mmio_sign_ext: KVM zero-extends
    1 of nisv_stage1: known deviation mmio_sign_ext: KVM zero-extends
Skipped:
    6 of nisv_cap: requires a|b; found 0
Kernel: Debian linux-image-6.1.0-56-arm64 6.1.192-2
Logs:   build/logs/latest
77 passed, 0 failed, 6 skipped, 3 known deviations
"""


def result(text=GOOD, status=0, options="--kernel 6.1"):
    return kernels.result(options, status, text, 20.4)


class Kernels(unittest.TestCase):
    def test_passed(self):
        r = result()
        self.assertEqual(r.machine,
                         "Linux 6.1.0-56-arm64, vhe, QEMU 7.2.22, -cpu max")
        self.assertEqual(r.counts,
                         "77 passed, 0 failed, 6 skipped, 3 known deviations")
        self.assertEqual(r.verdict, "passed")
        self.assertEqual(r.deviations,
                         {"known deviation mmio_sign_ext: KVM zero-extends": 3})
        self.assertEqual(r.skips, {"requires a|b; found 0": 6})

    def test_failed(self):
        self.assertEqual(result(status=1).verdict, "FAILED")
        for text in ("", "run_tests.sh: no such thing\n", GOOD[:300]):
            r = result(text)
            self.assertEqual(r.verdict, "FAILED")
            self.assertTrue(r.counts)
        self.assertEqual(r.machine, "")

    def test_unavailable(self):
        def gone(_spec, _opts):
            raise Fail("sid has no kernel 7: choose another")

        with mock.patch.object(kernels.setup, "kernel", gone), \
                mock.patch.object(kernels, "say"):
            r = kernels.one("7-16K", "--smp 2")
        self.assertEqual((r.options, r.counts, r.verdict),
                         ("--kernel 7-16K --smp 2",
                          "sid has no kernel 7: choose another", "FAILED"))
        with mock.patch.object(kernels.common, "run", lambda command: (
                2, "run_tests.sh: no kernel 5.10 in the cache\n")), \
                mock.patch.object(kernels, "say"):
            r = kernels.one("5.10", "")
        self.assertEqual((r.counts, r.verdict), (
            "run_tests.sh: no kernel 5.10 in the cache", "FAILED"))

    def test_document(self):
        every = [result(options=("--kernel %s %s" % (
            kernel.replace("7-16K", "7.3.4+deb13-arm64-16k"), more)).strip())
            for kernel, more in kernels.LIST]
        text = kernels.document(every)
        self.assertIn("| known deviation mmio_sign_ext: KVM zero-extends | "
                      "1: 3, 2: 3, ", text)
        self.assertIn("| requires a\\|b; found 0 | 1: 6, ", text)
        self.assertIsNone(kernels.check(text))
        every[3] = result(status=1, options=every[3].options)
        self.assertRegex(kernels.check(kernels.document(every)), "run 4.*FAILED")
        del every[3]
        self.assertRegex(kernels.check(kernels.document(every)), "no run with")
        self.assertRegex(kernels.check("x" + text), "is not what")


if __name__ == "__main__":
    unittest.main()
