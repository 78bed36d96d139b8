# SPDX-License-Identifier: GPL-2.0-only
"""Words are explained by the table, by a row alike, or not at all."""

import os
import tempfile
import unittest
from unittest import mock

import common
import explain

KSRC = os.environ.get("KSRC")


@unittest.skipUnless(KSRC, "KSRC names no kernel tree")
class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.explainer = explain.Explainer(KSRC, directory.name)

    def explain(self, insn, text="text of objdump"):
        with mock.patch.object(explain, "disassembled", return_value=text):
            said = self.explainer.explain(insn)
        return {line[:16].strip(): line[16:] for line in said.splitlines()}

    def test_row(self):
        said = self.explain(0xf8408420)
        self.assertEqual(said["instruction"], "f8408420  ldr x0, [x1], #8")
        self.assertEqual(said["class"], "writeback")
        self.assertTrue(said["syndrome"].startswith("none: "))
        self.assertEqual(said["access"], "load, 8 bytes")
        self.assertIn("instead", said)

    def test_every_row_by_its_encoding(self):
        wrong = []
        for insn, (name, _) in self.explainer.exact.items():
            alike = self.explainer.alike[id(self.explainer.index.of(insn))]
            if alike != name:
                both = [explain.call([self.explainer.tool, "explain",
                                      "%08x" % insn, "text", row])
                        for row in (name, alike)]
                if both[0] != both[1]:
                    wrong.append("%s is not %s" % (name, alike))
        self.assertEqual(wrong, [])

    def test_a_row_alike(self):
        said = self.explain(0xf9400c62)
        self.assertEqual(said["instruction"], "f9400c62  text of objdump")
        self.assertEqual(said["class"], "single register")
        self.assertTrue(said["syndrome"].startswith("yes: "))
        self.assertIn("KVM_EXIT_MMIO", said["instead"])

    def test_bytes(self):
        for insn, bytes_ in ((0x19c40461, "store, as many bytes as a register says"),
                             (0xa4002020, "load, 16 bytes"),
                             (0xe4204020, "store, half of the bytes of an SVE vector"),
                             (0xa4e0e020, "load, 4 times the bytes of an SVE vector"),
                             (0x85800020, "load, an eighth of the bytes of an SVE "
                              "vector"),
                             (0xd50b7420, "store, a block of as many bytes as "
                              "DCZID_EL0 says"),
                             (0xf9800020, "none")):
            with self.subTest(insn=insn):
                self.assertEqual(self.explain(insn)["access"], bytes_)

    def test_unpredictable(self):
        self.assertTrue(self.explain(0xf8408421)["note"].startswith(
            "CONSTRAINED UNPREDICTABLE"))
        self.assertNotIn("note", self.explain(0xf8408420))

    def test_no_access(self):
        said = self.explain(0xd503201f)
        self.assertEqual(said["class"], "unknown")
        self.assertTrue(said["access"].startswith("none: "))
        self.assertNotIn("instead", said)

    def test_no_text(self):
        said = self.explain(0xffffffff, None)
        self.assertEqual(said["instruction"], "ffffffff  unknown")

    def test_numbers(self):
        self.assertEqual(explain.number("0xF8408420"), 0xf8408420)
        for word in ("", "ldr", "123456789", "-1"):
            with self.assertRaises(common.Fail):
                explain.number(word)


if __name__ == "__main__":
    unittest.main()
