# SPDX-License-Identifier: GPL-2.0-only
"""What is wrong with a transcription, or with rows beside it, is found."""

import os
import tempfile
import unittest
from unittest import mock

import decode

TEXT = """# a comment
== 0000xxxxxxxxxxxxxxxxxxxxxxxxxxxx  Top

= 000000xxxxxxxxxxxxxxxxxxxxxxxxxx  Sizes
000000LZxxxxxxxxxxxxxxmmmmmttttt m!=3  {L:str,ldr}{Z:b,}  {L:W,R}  {Z:1,4}  1  Armv8.0-A
+ 0000001Zxxxxxxxxxxxxxxmmmmm11111 m!=3  pld{Z:b,}

= 000010xxxxxxxxxxxxxxxxxxxxxxxxxx  Swap
00001000ZZ^^^^^^^^^^^^nnnnnttttt n!=t  swp{Z:-,-,-,d}  RW  8  0  LSE

! pldb  there is one
"""

ROWS = [
    ["strb_x", "00000020", "strb w0, [x1]", "W", "1", "1", "Armv8.0-A"],
    ["str", "01000020", "str w0, [x1]", "W", "4", "1", "Armv8.0-A"],
    ["ldrb", "02000020", "ldrb w0, [x1]", "R", "1", "1", "Armv8.0-A"],
    ["ldr", "03000020", "ldr w0, [x1]", "R", "4", "1", "Armv8.0-A"],
    ["pld_0", "0300003f", "pld [x1]", "R", "4", "1", "Armv8.0-A"],
    ["swpd", "08fffc20", "swpd w0, [x1]", "RW", "8", "0", "FEAT_LSE"],
]


def book(*changes):
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "data")
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return decode.read(path)


def rows(which, **columns):
    """ROWS, with columns of one row replaced; without it if there are none."""
    names = ["name", "insn", "text", "access", "bytes", "isv", "feature"]
    changed = [dict(zip(names, row)) for row in ROWS]
    if not columns:
        changed = [row for row in changed if row["name"] != which]
    for row in changed:
        if row["name"] == which:
            row.update(columns)
    return [[row[column] for column in names] for row in changed]


class Decode(unittest.TestCase):

    def found(self, lines, *parts):
        self.assertEqual(len(lines), len(parts), lines)
        for line, part in zip(lines, parts):
            self.assertIn(part, line)

    def test_good(self):
        one = book()
        self.assertEqual(decode.contradictions(one), [])
        self.assertEqual(decode.differences(one, ROWS), [])
        self.assertEqual(len(one.encodings), 5)
        self.assertEqual(decode.unallocated(one.tops[0], one),
                         (1 << 28) - 4 * (31 << 19) - (32 * 31 << 12))

    def test_unreadable(self):
        for old, new in (("000000LZ", "000000LZ0"), ("000000LZ", "000000LL"),
                         ("{Z:1,4}", "{Z:1,4,8}"), ("m!=3", "q!=3"),
                         ("n!=t", "n!=q"), ("  LSE", ""), ("0000001Z", "0001001Z"),
                         ("  Swap", "")):
            with self.subTest(new=new), self.assertRaises(decode.Wrong):
                book((old, new))

    def test_contradictions(self):
        for old, new, *parts in (
                ("000010xx", "0000xxxx", "classes"),
                ("== 0000", "== 0010", "Sizes is not in Top",
                 "Swap is not in Top"),
                ("00001000ZZ", "00010000ZZ", "swpd"),
                ("! pldb", "! pldx", "pldx: no such mnemonic"),
                ("+ ", "00000011xxxxxxxxxxxxxx00011ttttt  x  W  1  1  y\n+ "),
                ("+ ", "00000011xxxxxxxxxxxxxx000mmttttt  x  W  1  1  y\n+ ",
                 "Sizes: 00000011"),
                ("+ ", "00000011xxxxxxxxxxxxxx00mm1ttttt m!=0  x  W  1  1  y\n+ ",
                 "Sizes: 00000011")):
            with self.subTest(new=new):
                self.found(decode.contradictions(book((old, new))), *parts)

    def test_differences(self):
        for row, part in (
                (rows("ldrb"), "ldrb (Sizes): no row"),
                (rows("pld_0"), "pld (Sizes): no row"),
                (rows("ldr", name="load"), "load: not called after ldr"),
                (rows("ldr", text="ldrh w0, [x1]"), "is ldr, not ldrh"),
                (rows("ldr", text="ldr w2, [x1]"),
                 "ldr w2, [x1], but in 03000020 t is 0"),
                (rows("swpd", insn="08ffffe0", text="swpd w0, [x1]"),
                 "in 08ffffe0 n is 31"),
                (rows("ldr", access="RW"), "ldr: access RW, should be R"),
                (rows("ldr", bytes="8"), "ldr: bytes 8, should be 4"),
                (rows("swpd", isv="1"), "swpd: ISV 1, should be 0"),
                (rows("swpd", feature="FEAT_LSE2"), "should be LSE"),
                (rows("swpd", insn="08fbfc20"), "should be one"),
                (ROWS + [["x", "03000060", "ldr x3", "R", "4", "1", "Armv8.0-A"]],
                 "x: 03000060 is no encoding"),
                (ROWS + [["pldb", "0200003f", "pldb [x1]", "R", "1", "1",
                          "Armv8.0-A"]], "a reason why there is none")):
            with self.subTest(part=part):
                self.found(decode.differences(book(), row), part)

    def test_doubts(self):
        one = book()
        index, others = map(decode.Index, (one.encodings, one.aliases))

        def told(unlike=None, instead=None, feature=None):
            def disassemble(words, aliases):
                texts = []
                for word in words:
                    of = aliases and others.of(word) or index.of(word)
                    texts.append(of and (instead if of.name == unlike else
                                         None if of.feature == feature else
                                         of.name + "\t"))
                return texts
            return decode.doubts(one, disassemble)

        self.assertEqual(told(), ([], []))
        self.found(sorted(set(told("ldrb", "ldr")[0]))[:1], "is ldrb, not ldr")
        self.found(told("ldrb", None)[0], "ldrb (Armv8.0-A) is undefined")
        self.found(told(feature="LSE")[0], "swpd (LSE) is undefined")
        decode.LATER.add("LSE")
        self.addCleanup(decode.LATER.discard, "LSE")
        self.assertEqual(told(feature="LSE"), ([], ["LSE"]))
        wrong, _ = decode.doubts(one, lambda words, _aliases: [
            (index.of(word) or one.encodings[0]).name for word in words])
        wrong = [line for line in wrong if "UNALLOCATED, not strb" in line]
        self.assertTrue(wrong)
        self.assertEqual(len(wrong), len(decode.neighbours(one)))

    def test_strangers(self):
        one = book()
        index, others = map(decode.Index, (one.encodings, one.aliases))

        def told(walk, said):
            """said: word -> text, instead of what is here"""
            def disassemble(words, _aliases):
                return [said[word] if word in said else
                        (of := others.of(word) or index.of(word)) and of.name
                        for word in words]
            with mock.patch.object(decode, "WALKS", [walk]):
                return decode.strangers(one, disassemble)

        walk = "0000*0**000000000000000000111111"
        self.assertEqual(told(walk, {}), (8, []))
        for word, text, part in (
                (0x0200003f, None, "0200003f is ldrb, not undefined"),
                (0x0200003f, "ldr w0, [x1]", "is ldrb, not ldr w0, [x1]"),
                (0x0300003f, "pldb [x1]", "is ldr, not pldb [x1]"),
                (0x0800003f, "cas x0", "is no encoding, not cas x0")):
            self.found(told(walk, {word: text})[1], part)
        # an alias may be called what it is an alias of
        self.assertEqual(told(walk, {0x0300003f: "ldr w0, [x1]"})[1], [])
        self.assertEqual(told("0000100011*11111111111000010000*", {})[1], [])
        # only should be one
        walk = "000010001111111111*1110000100000"
        self.assertEqual(told(walk, {0x08ffdc20: None})[1], [])
        self.found(told(walk, {0x08fffc20: None})[1], "is swpd, not undefined")
        # elsewhere: what looks like an access at an address
        walk = "0001000000000000000000000000000*"
        for text, parts in (("str x0, [x1]", ["not str x0"]),
                            ("add x0, x1, x2", []), ("mov v0.b[1], w0", []),
                            ("dc zva, x0", ["not dc zva"]), ("dc csw, x0", []),
                            ("ld1b {z0.d}, p0/z, [z1.d]", ["not ld1b"]),
                            ("adr z0.d, [z1.d, z2.d]", []),
                            ("tlbi vaale1, x0", ["not tlbi"]),
                            ("tlbi vale2, x0", []), ("tlbi vmalle1", []),
                            ("at s1e3r, x0", []), ("at s1e2r, x0", ["not at"])):
            with self.subTest(text=text):
                self.found(told(walk, {0x10000001: text})[1], *parts)

    def test_strangers32(self):
        texts = ["str r0,[r1]", "ldm r1,{r0,r1}", "ldr r0,[r1]", "add r0,r1",
                 None, "vld1.8 {d0},[r1]", "vmul.i16 d0,d1,d2[0]",
                 "stcl p14,c0,[r1]"]
        with mock.patch.dict(decode.WALKS32,
                             A32=["0" * 29 + "***", "1" * 32]):
            count, wrong = decode.strangers32(
                "A32", {"ldr"}, lambda words: texts[:len(words)])
        self.assertEqual(count, 9)
        self.found(wrong, "A32 00000000: no row has str r0",
                   "A32 00000001: no row has ldm", "00000005: no row has vld1.8")


if __name__ == "__main__":
    unittest.main()
