# SPDX-License-Identifier: GPL-2.0-only
"""./run_tests.sh --explain WORD...: why an instruction has no syndrome.

A word that is no row of the table of forms is explained by the row of the same
encoding, which tools/a64_memory.txt knows; its text is objdump's, where there is
one. What is of no encoding there is unknown: nothing is guessed. Words are A64; a
32-bit guest's say something else.
"""

import os
import re

import common
import decode
import setup
from common import Fail


def forms_command(tree, path):
    """Builds tools/forms.c, with headers of a kernel tree."""
    top = common.checkout()
    return ["gcc", "-Wall", "-Wextra", "-Werror", "-I",
            os.path.join(top, "include"), "-isystem",
            os.path.join(tree, "tools/include"),
            *(os.path.join(top, name) for name in (
                "tools/forms.c", "lib/form.c", "lib/form32.c",
                "lib/expect.c", "lib/diagnose.c")), "-o", path]


def call(command):
    status, text = common.run(command)
    if status:
        raise Fail("%s: %s" % (command[0], text.strip()))
    return text


def number(word):
    if not re.fullmatch(r"(0x)?[0-9A-Fa-f]{1,8}", word):
        raise Fail("'%s' is not an A64 instruction word: up to 8 hexadecimal "
                   "digits" % word)
    return int(word, 16)


def disassembled(insn, directory):
    """objdump's text, None where there is no objdump or it knows no better."""
    path = os.path.join(directory, "word")
    with open(path, "wb") as f:
        f.write(insn.to_bytes(4, "little"))
    status, said = common.run([setup.cross_prefix() + "objdump", "-D", "-z",
                               "-b", "binary", "-m", "aarch64", path])
    found = re.search(r"^ *0:\t[0-9a-f]{8} \t(.*)", said, re.M)
    if status or not found or found[1].startswith(".") or \
            "undefined" in found[1]:
        return None
    return re.sub(r"\s*//.*", "", found[1]).replace("\t", " ")


class Explainer:
    def __init__(self, tree, directory):
        self.directory = directory
        self.tool = os.path.join(directory, "forms")
        call(forms_command(tree, self.tool))
        self.book = decode.read()
        self.index = decode.Index(self.book.encodings)
        self.exact, self.alike, self.emulated = {}, {}, set()
        for line in call([self.tool, "rows"]).splitlines():
            name, word, text, *_, emulated = line.split("\t")
            # that nothing is active the word does not say
            if name.endswith("_inactive"):
                continue
            insn = int(word, 16)
            self.exact[insn] = (name, text)
            self.alike.setdefault(id(self.index.of(insn)), name)
            if emulated == "1":
                self.emulated.add(id(self.index.of(insn)))

    def explain(self, insn):
        """The diagnosis, lines with a newline each."""
        one = self.index.of(insn)
        name, text = self.exact.get(insn, (None, None))
        if not text:
            name = self.alike.get(id(one)) if one else None
            text = disassembled(insn, self.directory)
        said = call([self.tool, "explain", "%08x" % insn, text or "unknown"] +
                    ([name] if name else []))
        if not one:
            said += "access          none: no A64 load or store " \
                "(DDI0487 C4.1)\n"
        elif id(one) in self.emulated and decode.unpredictable(one, insn):
            said += "note            CONSTRAINED UNPREDICTABLE: a register is " \
                "there twice, or bits are not what they should be\n"
        elif one.name in self.book.reasons:
            said += "access          none: %s\n" % self.book.reasons[one.name]
        return said


def explain(words, tree):
    """The diagnoses of some words, an empty line between two."""
    numbers = [number(word) for word in words]
    os.makedirs(setup.build_dir(), exist_ok=True)
    with common.scratch(setup.build_dir()) as directory:
        explainer = Explainer(tree, directory)
        return "\n".join(map(explainer.explain, numbers))
