# SPDX-License-Identifier: GPL-2.0-only
"""Put the mutants of tools/mutants/rows.py into a kernel tree.

One kernel holds them all: each edit takes effect only where mutant(N) is true
(tools/mutants/kvm_mutant.h), and a parameter selects one N or several at run time.

mutants(tree) -> (Mutant list, problem list)    what the table means for a tree;
                    a row whose anchor the tree does not have is a problem
write(tree, place, mutants)     a copy of the tree with these mutants in it;
                    files that are already as they must be are left alone, so
                    that make builds only what changed

An edit is "before@after": what is put around the anchor, which a row names by a
few words of the tree's own text. Anchors may enclose one another.
"""

import collections
import os
import re
import shutil

import common
from common import Fail
from mutants import rows

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mutants")
HEADER = "arch/arm64/include/asm/kvm_mutant.h"
SWITCH = "arch/arm64/kvm/arm.c"         # the parameters are appended to it
HYP = "arch/arm64/kvm/hyp/nvhe/setup.c"  # and the variable of the other world
LONGEST_ANCHOR = 80

Mutant = collections.namedtuple("Mutant", "number row edits")
Edit = collections.namedtuple("Edit", "path start end before after")


def body(text, function):
    """Where a function's definition is: (start, end), None if it is not there."""
    if not function:
        return 0, len(text)
    for match in re.finditer(r"^(?![\s#/*])[^;{}()]*\b%s\(" % re.escape(function),
                             text, re.M):
        opening = re.compile(r"^\{|;\s*$", re.M).search(text, match.end())
        if opening and opening.group() == "{":
            closing = text.find("\n}", opening.start())
            if closing > 0:
                return match.start(), closing + 2
    return None


def find(text, anchor, start, end):
    """All places of an anchor, whatever the white space in it."""
    words = [re.escape(word) for word in anchor.split()]
    return [match.span() for match in
            re.compile(r"\s+".join(words)).finditer(text, start, end)]


def locate(text, row):
    """The row's place in a file's text: (start, end), or the problem."""
    at = body(text, row.function)
    if not at:
        return None, "no function %s()" % row.function
    places = find(text, row.anchor, *at)
    if len(places) != 1:
        return None, "%s '%s'" % ("not exactly one" if places else "no",
                                  row.anchor)
    return places[0], ""


DECLARATION = re.compile(r"(?!return\b|goto\b|else\b)(\w+\s+)+\**\w+\s*[=;\[]")


def enclosed(before, anchor, code):
    """The code such that it stays together wherever its anchor is: as the one
    statement of an if, as a part of another row's code."""
    if anchor.endswith(";"):
        if DECLARATION.match(anchor) or re.search(r"[{;].", anchor, re.S) or \
                code.startswith("{") or not re.search(
                    r"([;{}:)]|\belse|\*/)$", before.rstrip()):
            return code
        return "{ " + code + " }"
    if ";" in code or anchor.endswith((":", "{", "}")) or \
            anchor.count("(") != anchor.count(")"):
        return code
    return "(" + code + ")"


def check_row(row):
    """Raise Fail when a row cannot be right for any tree."""
    wrong = ""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", row.name):
        wrong = "the name has other characters than a-z, 0-9 and _"
    elif row.code.count("@") != 1 or "$" not in row.code:
        wrong = "the code needs one @ (the anchor) and a $ (the switch)"
    elif len(" ".join(row.anchor.split())) > LONGEST_ANCHOR:
        wrong = "the anchor is longer than %d characters" % LONGEST_ANCHOR
    elif row.mode not in rows.MODES:
        wrong = "no mode %s" % row.mode
    elif row.area not in rows.AREAS:
        wrong = "no area %s" % row.area
    if wrong:
        raise Fail("mutant %s: %s" % (row.name, wrong))


def mutants(tree):
    """The mutants that the table gives for this tree."""
    texts, found, problems, names = {}, [], [], set()
    for number, row in enumerate(rows.ROWS, 1):
        check_row(row)
        if row.name in names:
            raise Fail("two mutants are called %s" % row.name)
        names.add(row.name)
        if row.path not in texts:
            try:
                with open(os.path.join(tree, row.path), encoding="utf-8") as f:
                    texts[row.path] = f.read()
            except FileNotFoundError:
                texts[row.path] = None
        text = texts[row.path]
        if text is None:
            problems.append((row, "no file %s" % row.path))
            continue
        place, problem = locate(text, row)
        if problem:
            problems.append((row, "%s: %s" % (row.path, problem)))
            continue
        code = row.code.replace("$", "mutant(%d)" % number)
        code = enclosed(text[:place[0]], text[slice(*place)], code)
        before, after = code.split("@")
        found.append(Mutant(number, row, Edit(row.path, *place, before, after)))
    return found, problems


def apply(text, edits):
    """The text with all edits of one file, nested where anchors are."""
    inserts = []
    for order, edit in enumerate(edits):
        for other in edits[:order]:
            if other.start < edit.start < other.end < edit.end or \
                    edit.start < other.start < edit.end < other.end:
                raise Fail("two anchors overlap: '%s' and '%s'" % (
                    text[edit.start:edit.end], text[other.start:other.end]))
        length = edit.end - edit.start
        # at one place: first what closes, the inner one first; then what
        # opens, the outer one first
        inserts.append((edit.start, 1, -length, -order, edit.before))
        inserts.append((edit.end, 0, length, order, edit.after))
    out, last = [], 0
    for at, _, _, _, code in sorted(inserts):
        out += [text[last:at], code]
        last = at
    return "".join(out) + text[last:]


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


def changed_files(tree, found):
    """{path: text} of all files that differ from the tree's."""
    edits = collections.defaultdict(list)
    for mutant in found:
        edits[mutant.edits.path].append(mutant.edits)
    for path in (SWITCH, HYP):
        edits[path] += []
    texts = {HEADER: read(HERE, "kvm_mutant.h")}
    for path, those in edits.items():
        text = apply(read(tree, path), those)
        if path.endswith(".h"):     # after its guard
            text = re.sub(r"^(#define __?\w+_H_*\n)",
                          r"\1#include <asm/kvm_mutant.h>\n", text, 1, re.M)
        else:
            text = "#include <asm/kvm_mutant.h>\n" + text
        texts[path] = text
    texts[SWITCH] += read(HERE, "switch.c")
    texts[HYP] += "u8 kvm_mutants_on[KVM_MAX_MUTANTS];\n"
    return texts


def write(tree, place, found):
    if not os.path.isdir(place):
        with common.scratch(os.path.dirname(place)) as directory:
            made = os.path.join(directory, "tree")
            # hard links: an edit puts a new file in the place of one
            status, text = common.run(["cp", "-al", tree, made])
            if status:
                shutil.rmtree(made, ignore_errors=True)
                status, text = common.run(["cp", "-a", tree, made])
            if status:
                raise Fail("cannot copy %s: %s" % (tree, text.strip()))
            os.rename(made, place)
    texts = changed_files(tree, found)
    record = os.path.join(place, ".mutated")
    before = set(read(record).split()) if os.path.exists(record) else set()
    for path in before - set(texts):
        if os.path.exists(os.path.join(tree, path)):
            common.write(os.path.join(place, path), read(tree, path))
        else:
            os.unlink(os.path.join(place, path))
    common.write(record, "".join(path + "\n" for path in sorted(texts)))
    for path, text in texts.items():
        there = os.path.join(place, path)
        if not os.path.exists(there) or read(there) != text:
            common.write(there, text)
