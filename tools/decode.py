# SPDX-License-Identifier: GPL-2.0-only
"""The A64 encodings that access memory, as the manual has them.

read() gives tools/a64_memory.txt; its head says what the lines are. The
functions after it each give lines that say what is wrong: with the
transcription by itself, beside the table of forms, beside a disassembler.
"""

import functools
import itertools
import os
import random
import re
import types

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                    "a64_memory.txt")
WORD = 32

# Fields that are the number of a register.
REGISTERS = "dgmnstu"

# Bytes of an SVE vector, of a block of DC ZVA and of a copy in tools/emulate.c; and
# how many words of each row of the top-level tables it is asked about.
VECTOR, BLOCK, COPY = 32, 64, 64
RANDOM_WORDS = 100000

# Words of each encoding that a disassembler is asked about, and their seed.
SAMPLES, SEED = 4, 1

# Features that binutils 2.40 does not know, so that it takes their encodings
# for undefined. Where it knows some of a feature it must know all.
LATER = {"ATS1A", "D128+THE", "GCS", "LRCPC3", "LSCP", "LSE128", "LSFE", "LSUI",
         "MOPS_GO", "MTETC", "OCCMO", "OCCMO+MTE", "PoPS", "PoPS+MTE2", "SME2",
         "SVE2p1", "SYSINSTR128", "THE", "XS"}

# What else disassemblers call an encoding: RPRFM is in the space of PRFM, and
# a name of its own came late.
OTHER_NAMES = {"rprfm": ["rprfm", "prfm"]}

# UNALLOCATED words that disassemblers know: mask, value, mnemonic.
NOT_UNALLOCATED = [
    # UNDEFINED for the number of a register, which binutils does not look at
    (0xffffbc00, 0xf83f9000, r"(ld|st)64b\b"),
    (0xffe0ec00, 0xf820a000, r"st64bv0?\b"),
    (0xbf204c00, 0x19200000, r"(ldclrp|ldsetp|swpp|rcws?(clr|swp|set)p)a?l?\b"),
    # UNALLOCATED for the size, of which binutils looks at one bit
    (0xbfa0ec00, 0x19000800, r"stilp\b|ldiapp\b"),
    (0xbfbffc00, 0x19800800, r"stlr\b|ldapr\b"),
]

# Outside of the top-level rows whose every word is known here: how the text of an
# access looks, what only looks so, and what does nothing at an address that a
# guest's EL1 can give it.
ACCESS = r"(?!adr ).*\[(x|sp|z)|(dc|ic|at|tlbi|gcs\w+)\b"
NO_ACCESS = r"dc \w+sw\b|ic iallu|tlbi (\w*all|aside|r?ipas2|rpa|\w+e[23])|" \
    r"(dc|at) \w*(pae|papa|e3\w)\b"


# Words that a disassembler is asked about to find those that are missing here: a
# "*" has each value, all others are as they stand. Bits 9 to 5 are mostly the base
# register, 4 to 0 what is loaded or stored; the opcode is around them.
WALKS = (
    "****1*0***************0000100000",     # Loads and Stores
    "****1*0***************0000111111",
    "1000010***************00001*0000",     # SVE
    "1010010***************00001*0000",
    "1100010***************00001*0000",
    "1110010***************00001*0000",
    "1010000*0*************00001*****",     # SVE and SME2, several vectors
    "1110000***************00001*0000",     # SME
    "1101010100*01**************00001",     # System instructions
    "1101010100*01**************11111",
    "***********00010******0000100000",     # everything
    "***********11111******0000111111",
)


# The same of A32 and T32: the base register is R1, or PC is in a list.
WALKS32 = {
    "A32": ("1110********00010000************", "1111********00010000************",
            "1111********00011111************"),
    "T32": ("11101*******00010000********010*", "11101*******00011111********010*",
            "11111*******00010000********010*", "11111*******00011111********010*"),
}
ACCESS32 = r"[^\[]*[ ,}]\[(r\d|sp|pc)|(v?(ldm|stm|push|pop)|srs|rfe|f(ld|st)m)"
# Undefined in Armv8; of FEAT_FP16, which the table of AArch32 forms does not know.
NO_ACCESS32 = r"(ld|st)cl |v(ld|st)r\.16 "


class Wrong(Exception):
    """A line that cannot be read, and why."""


class Pattern:
    """Some words: 32 characters, and what their fields may not be."""

    def __init__(self, text, limits=()):
        if not re.fullmatch(r"[01^A-Za-z]{%d}" % WORD, text):
            raise Wrong("%s: not 32 characters" % text)
        self.text = text
        self.fields = {}        # letter -> its bits, the highest first
        self.mask = self.value = self.ones = 0
        for bit, char in zip(reversed(range(WORD)), text):
            if char in "01":
                self.mask |= 1 << bit
                self.value |= int(char) << bit
            elif char == "^":
                self.ones |= 1 << bit
            elif char != "x":
                self.fields.setdefault(char, []).append(bit)
        self.limits = []        # (bits, numbers that they are not)
        self.unequal = []       # (bits, bits): not the same number
        for limit in limits:
            self.limit(limit)

    def limit(self, text):
        found = re.fullmatch(r"([a-z])!=(?:([a-z])|(\d+)(?:\.\.(\d+))?)", text)
        if not found or not {found[1], found[2] or found[1]} <= set(self.fields):
            raise Wrong("%s: %s has no such field" % (text, self.text))
        bits = self.fields[found[1]]
        if found[2]:
            self.unequal.append((bits, self.fields[found[2]]))
        else:
            self.limits.append((bits, range(int(found[3]), int(
                found[4] or found[3]) + 1)))

    def has(self, word):
        return word & self.mask == self.value and \
            not any(bits_of(word, bits) in no for bits, no in self.limits) and \
            not any(bits_of(word, bits) == bits_of(word, others)
                    for bits, others in self.unequal)

    def size(self):
        """How many words. What a limit is about has no fixed bits."""
        words = 1 << WORD - bin(self.mask).count("1")
        if not self.unequal:
            for bits, no in self.limits:
                words -= (words >> len(bits)) * len(no)
            return words
        fields = sorted({tuple(bits) for pair in self.unequal
                         for bits in pair})
        count = choices(tuple(
            (len(bits), frozenset(itertools.chain(*(
                no for those, no in self.limits if tuple(those) == bits))),
             tuple(fields.index(tuple(others)) for those, others in
                   self.unequal if tuple(those) == bits))
            for bits in fields))
        return (words >> sum(map(len, fields))) * count

    def numbers(self, bits):
        """What a field's bits may be, or those of another's field."""
        fixed, want = bits_of(self.mask, bits), bits_of(self.value, bits)
        return {number for number in range(1 << len(bits))
                if number & fixed == want and not any(
                    number in no for those, no in self.limits
                    if those == bits)}

    def within(self, other):
        """Whether all its words are the other's."""
        return self.mask & other.mask == other.mask and \
            self.value & other.mask == other.value and \
            not any(self.numbers(bits) & set(no) for bits, no in other.limits)

    def meets(self, other):
        """Whether a word is of both."""
        if (self.value ^ other.value) & self.mask & other.mask:
            return False
        return all(self.numbers(bits) & other.numbers(bits)
                   for bits, _ in self.limits + other.limits)

    def some(self, rng):
        """One of its words, with a different number in each register field.

        What two registers that are the same give may be UNPREDICTABLE, and a
        disassembler may refuse it.
        """
        fields = [bits for bits in self.fields.values() if len(bits) == 5]
        while True:
            word = rng.getrandbits(WORD) & ~self.mask | self.value | self.ones
            numbers = {bits_of(word, bits) for bits in fields}
            if self.has(word) and len(numbers) == len(fields):
                return word


@functools.lru_cache(maxsize=None)
def choices(fields):
    """How many values fields may have: of each, the width, the numbers that it
    does not have, and the fields whose number it does not have.
    """
    return sum(not any(numbers[i] == numbers[j]
                       for i, (_, _, others) in enumerate(fields)
                       for j in others)
               for numbers in itertools.product(*(
                   set(range(1 << width)) - no for width, no, _ in fields)))


def bits_of(word, bits):
    """The number that some bits of a word make."""
    number = 0
    for bit in bits:
        number = number << 1 | word >> bit & 1
    return number


def choose(template, values):
    """A template with each {F:a,b} replaced; None if one is unallocated."""
    chosen = []

    def choice(found):
        number = width = 0
        for letter in found[1]:
            if letter not in values:
                raise Wrong("%s: no field %s" % (template, letter))
            number = number << values[letter][1] | values[letter][0]
            width += values[letter][1]
        choices = found[2].split(",")
        if len(choices) != 1 << width:
            raise Wrong("%s: %d for %d bits" % (template, len(choices), width))
        chosen.append(choices[number])
        return choices[number]

    text = re.sub(r"\{([A-Z]+):([^}]*)\}", choice, template)
    return None if "-" in chosen else text


def encodings(pattern, limits, columns):
    """(Pattern, chosen columns) for each value of the fields in capitals."""
    whole = Pattern(pattern, limits)
    letters = [letter for letter in whole.fields if letter.isupper()]
    widths = [len(whole.fields[letter]) for letter in letters]
    for numbers in itertools.product(*(range(1 << w) for w in widths)):
        values = dict(zip(letters, zip(numbers, widths)))
        chosen = [choose(column, values) for column in columns]
        if None in chosen:
            continue
        text = list(pattern)
        for letter, number in zip(letters, numbers):
            for i, bit in enumerate(reversed(whole.fields[letter])):
                text[WORD - 1 - bit] = str(number >> i & 1)
        yield Pattern("".join(text), limits), chosen


def read(path=DATA):
    """The transcription: .tops, .classes, .encodings, .aliases, .reasons."""
    book = types.SimpleNamespace(tops=[], classes=[], encodings=[],
                                 aliases=[], reasons={})
    with open(path, encoding="ascii") as f:
        for number, line in enumerate(f, 1):
            try:
                read_line(book, line.rstrip("\n"))
            except (Wrong, ValueError, IndexError) as e:
                raise Wrong("line %d: %s" % (number, e or line)) from e
    return book


def read_line(book, line):
    if not line or line.startswith("#"):
        return
    mark, rest = "", line
    if line[0] in "=+!":
        mark, rest = line.split(" ", 1)
    columns = re.split(r" {2,}", rest)
    if mark == "!":
        names, reason = columns
        book.reasons.update((name, reason) for name in names.split(", "))
    elif mark in ("==", "=~", "="):
        (pattern, *limits), title = columns[0].split(" "), columns[1]
        one = types.SimpleNamespace(pattern=Pattern(pattern, limits),
                                    title=title)
        if mark == "=":
            one.top = book.tops[-1]
            book.classes.append(one)
        else:
            one.complete = mark == "=="
            book.tops.append(one)
    elif mark == "+":
        (pattern, *limits), name = columns[0].split(" "), columns[1]
        for one, chosen in encodings(pattern, limits, [name]):
            of = [other for other in book.encodings
                  if one.within(other.pattern)]
            if len(of) != 1:
                raise Wrong("%s: an alias of %d" % (one.text, len(of)))
            book.aliases.append(types.SimpleNamespace(
                pattern=one, name=chosen[0], feature=of[0].feature,
                group=of[0].group))
    else:
        (pattern, *limits), columns = columns[0].split(" "), columns[1:]
        for one, chosen in encodings(pattern, limits, columns):
            name, access, size, isv, feature = chosen
            book.encodings.append(types.SimpleNamespace(
                pattern=one, name=name, access=access, bytes=size, isv=isv,
                feature=feature, group=book.classes[-1]))


class Index:
    """Finds the encoding that a word is of."""

    def __init__(self, those):
        self.by_mask = {}
        for one in those:
            self.by_mask.setdefault(one.pattern.mask, {}).setdefault(
                one.pattern.value, []).append(one)

    def of(self, word):
        for mask, by_value in self.by_mask.items():
            for one in by_value.get(word & mask, ()):
                if one.pattern.has(word):
                    return one
        return None


def twice(those, what):
    return ["%s %s and %s have words in common" % (what, a.pattern.text,
                                                   b.pattern.text)
            for a, b in itertools.combinations(those, 2)
            if a.pattern.meets(b.pattern)]


def contradictions(book):
    """What is wrong with the transcription by itself."""
    wrong = twice(book.tops, "top-level rows") + twice(book.classes, "classes")
    members = {}
    for one in book.encodings:
        members.setdefault(one.group.title, []).append(one)
        if not one.pattern.within(one.group.pattern):
            wrong.append("%s %s is not in %s" % (
                one.name, one.pattern.text, one.group.title))
    for group in book.classes:
        if not group.pattern.within(group.top.pattern):
            wrong.append("%s is not in %s" % (group.title, group.top.title))
        if group.title not in members:
            wrong.append("%s has no encoding" % group.title)
        else:
            wrong += twice(members[group.title], group.title + ":")
    names = {one.name for one in book.encodings + book.aliases}
    wrong += ["! %s: no such mnemonic" % name for name in book.reasons
              if name not in names]
    return wrong


def unallocated(top, book):
    """How many words of a top-level row are of no encoding."""
    return top.pattern.size() - sum(one.pattern.size()
                                    for one in book.encodings
                                    if one.group.top is top)


def unnamed(one, word, text):
    """Register fields that have a number which the text does not name."""
    named = {int(number) for number in
             re.findall(r"\b(?:[bdhpqsvwxz]|pn)(\d+)", text)}
    if re.search(r"\b(sp|[wx]zr)\b", text):
        named.add(31)
    wrong = []
    for letter, bits in one.pattern.fields.items():
        number = bits_of(word, bits)
        if len(bits) == 4 and letter + "0" in one.pattern.text:
            number *= 2         # the lowest bit is not in the field
        if letter in REGISTERS and len(bits) > 2 and number not in named:
            wrong.append("%s is %d" % (letter, number))
    return wrong


def differences(book, rows):
    """What is wrong with the rows of the table of forms: name, encoding, text,
    access, bytes, ISV, feature and more, as tools/forms.c prints them.
    """
    index, wrong, seen = Index(book.encodings), [], set()
    aliases = Index(book.aliases)
    for name, insn, text, access, size, isv, feature, *_ in rows:
        word = int(insn, 16)
        one, alias = index.of(word), aliases.of(word)
        if not one:
            wrong.append("%s: %s is no encoding that accesses memory" % (
                name, insn))
            continue
        seen |= {id(one), id(alias)}
        if {one.name, alias and alias.name} & set(book.reasons):
            wrong.append("%s: a row, and a reason why there is none" % name)
        mnemonics = [x.name for x in (one, alias) if x and re.match(
            re.escape(x.name) + r"\b(?!\.)", text)]
        if not mnemonics:
            wrong.append("%s: %s is %s, not %s" % (name, insn, one.name, text))
        elif not any((name + "_").startswith(mnemonic.replace(" ", "_") + "_")
                     for mnemonic in mnemonics):
            wrong.append("%s: not called after %s" % (name, mnemonics[0]))
        for field in unnamed(alias or one, word, text):
            wrong.append("%s: %s, but in %s %s" % (name, text, insn, field))
        if word & one.pattern.ones != one.pattern.ones:
            wrong.append("%s: %s lacks bits that should be one" % (name, insn))
        for what, is_now, should in (
                ("access", access, one.access), ("bytes", size, one.bytes),
                ("ISV", isv, one.isv),
                ("feature", feature.replace("FEAT_", ""), one.feature)):
            if is_now != should:
                wrong.append("%s: %s %s, should be %s" % (name, what, is_now,
                                                          should))
    for one in book.encodings + book.aliases:
        if id(one) not in seen and one.name not in book.reasons:
            wrong.append("%s %s (%s): no row" % (one.pattern.text, one.name,
                                                 one.group.title))
    return wrong


def neighbours(book):
    """Words of no encoding that differ from one's in a bit fixed there."""
    index, rng, found = Index(book.encodings), random.Random(SEED), set()
    complete = [top.pattern for top in book.tops if top.complete]
    for one in book.encodings:
        for bit in range(WORD):
            word = one.pattern.some(rng) ^ 1 << bit
            if one.pattern.mask >> bit & 1 and not index.of(word) and \
                    any(top.has(word) for top in complete):
                found.add(word)
    return sorted(found)


def is_called(one, text):
    return any(re.match(re.escape(name) + r"(?![\w.])", text)
               for name in OTHER_NAMES.get(one.name, [one.name]))


def every(free, value):
    """All words that are like value but for some bits."""
    word = 0
    while True:
        yield word | value
        word = word - free & free
        if not word:
            return


def bits_of_walk(walk):
    """(bits that have each value, the others' value)"""
    return (int(walk.replace("1", "0").replace("*", "1"), 2),
            int(walk.replace("*", "0"), 2))


def walked(free, value, those):
    """Which of some encodings each word of a walk is of."""
    found = {}
    for one in those:
        mask = one.pattern.mask
        if not (one.pattern.value ^ value) & mask & ~free:
            found.update((word, one) for word in every(
                free & ~mask, value | one.pattern.value & free)
                if one.pattern.has(word))
    return found


def strangers(book, disassemble):
    """(how many words, what a disassembler says otherwise of them), on WALKS: of
    each mnemonic the first word.
    """
    complete = [top.pattern for top in book.tops if top.complete]
    wrong, count = {}, 0
    for walk in WALKS:
        free, value = bits_of_walk(walk)
        ours = walked(free, value, book.encodings)
        aliases = walked(free, value, book.aliases)
        words = list(every(free, value))
        count += len(words)
        for word, text in zip(words, disassemble(words, True)):
            one = ours.get(word)
            if one and text:
                if not is_called(one, text) and not (
                        word in aliases and is_called(aliases[word], text)):
                    wrong.setdefault((one.name, text.split()[0]),
                                     "%08x is %s, not %s" % (word, one.name,
                                                             text))
            elif one:
                # a disassembler may insist on what only should be one
                if word & one.pattern.ones == one.pattern.ones:
                    wrong.setdefault((one.name, None), "%08x is %s, not "
                                     "undefined" % (word, one.name))
            elif text and (any(top.has(word) for top in complete) or
                           re.match(ACCESS, text) and
                           not re.match(NO_ACCESS, text)):
                wrong.setdefault((None, re.match(r"\S+( \w+)?", text)[0]),
                                 "%08x is no encoding, not %s" % (word, text))
    return count, list(wrong.values())


def strangers32(isa, mnemonics, disassemble):
    """(how many words, those of a mnemonic without a row), on WALKS32."""
    wrong, count = {}, 0
    for walk in WALKS32[isa]:
        words = list(every(*bits_of_walk(walk)))
        count += len(words)
        for word, text in zip(words, disassemble(words)):
            if text and re.match(ACCESS32, text) and \
                    not re.match(NO_ACCESS32, text) and \
                    text.split()[0] not in mnemonics:
                wrong.setdefault(text.split()[0], "%s %08x: no row has %s" % (
                    isa, word, text))
    return count, list(wrong.values())


def doubts(book, disassemble):
    """(what a disassembler says otherwise, features that it does not know).

    disassemble(words, aliases) gives the text of each word, None where it is
    undefined; with the names of aliases or without.
    """
    wrong, rng = [], random.Random(SEED)
    known, unknown = set(), {}
    for aliases in False, True:
        those = [one for one in book.encodings
                 if one.group.top.complete != aliases]
        those += book.aliases if aliases else []
        words = [one.pattern.some(rng) for one in those
                 for _ in range(SAMPLES)]
        for i, text in enumerate(disassemble(words, aliases)):
            one = those[i // SAMPLES]
            if text is None or re.match(r"sysl?\b", text):
                unknown.setdefault(one.feature, {})[one.pattern.text] = one
                continue
            known.add(one.feature)
            if not is_called(one, text):
                wrong.append("%08x is %s, not %s" % (words[i], one.name, text))
    for feature, those in unknown.items():
        if feature not in LATER or feature in known:
            wrong += ["%s %s (%s) is undefined" % (one.pattern.text, one.name,
                                                   feature) for one in those.values()]
    words = neighbours(book)
    for word, text in zip(words, disassemble(words, False)):
        if text and not any(word & mask == value and re.match(mnemonic, text)
                            for mask, value, mnemonic in NOT_UNALLOCATED):
            wrong.append("%08x is UNALLOCATED, not %s" % (word, text))
    return wrong, sorted(unknown)


def overlaps(one, rng):
    """Words of an encoding, two of whose registers have the same number."""
    registers = [bits for letter, bits in one.pattern.fields.items()
                 if letter in REGISTERS and len(bits) == 5]
    for some, other in itertools.permutations(registers, 2):
        word = one.pattern.some(rng)
        for bit, same in zip(other, some):
            word = word & ~(1 << bit) | (word >> same & 1) << bit
        yield word


def bytes_accessed(one):
    """How many bytes tools/emulate.c must say an encoding accesses."""
    if one.bytes in ("DCZ", "-"):
        return BLOCK if one.bytes == "DCZ" else COPY
    found = re.fullmatch(r"(\d+) each", one.bytes)
    if found:
        # elements of 4 or 8 bytes; one class has both
        title = one.group.title
        element = 8 if "64-bit" in title or not (
            "32-bit" in title or one.pattern.value >> 22 & 1) else 4
        return int(found[1]) * VECTOR // element
    found = re.fullmatch(r"(\d*)(VL|PL)(?:/(\d+))?", one.bytes)
    if found:
        return int(found[1] or 1) * (VECTOR if found[2] == "VL" else
                                     VECTOR // 8) // int(found[3] or 1)
    return int(one.bytes)


def unpredictable(one, word):
    """Whether a word is CONSTRAINED UNPREDICTABLE: of C6.2 and C7.2, "Operation"
    and "CONSTRAINED UNPREDICTABLE behavior" of the encodings that lib/emulate*.c
    know.
    """
    title, load = one.group.title, one.access == "R"
    t, u, n, s = (bits_of(word, one.pattern.fields[field])
                  if field in one.pattern.fields else None for field in "tuns")
    if word & one.pattern.ones != one.pattern.ones:
        return True
    if u is not None and load and t == u:
        return True
    # a SIMD&FP register is no base
    if re.search("post-indexed|pre-indexed", title) and not word >> 26 & 1 and \
            n != 31 and n in (t, u):
        return True
    return re.match("Load/store exclusive", title) is not None and not load and \
        (s in (t, u) or (s == n and n != 31))


def emulated(book, rows, emulate):
    """(how many encodings the emulator of lib/ knows, what is wrong with it).

    emulate(words) gives what tools/emulate.c prints for each. The encoding of a
    row that says so it must take for what it is; anything else, and what is
    CONSTRAINED UNPREDICTABLE, it must refuse. It is asked about samples with
    another bit too, which make two registers one.
    """
    index, rng, wrong = Index(book.encodings), random.Random(SEED), []
    known = {id(index.of(int(row[1], 16))) for row in rows if row[-1] == "1"}
    taken = [one for one in book.encodings if id(one) in known]
    sampled = [one.pattern.some(rng) for one in book.encodings
               for _ in range(SAMPLES)]
    words = sampled + neighbours(book)
    words += [word ^ 1 << bit for word in sampled for bit in range(WORD)]
    for one in taken:
        words += overlaps(one, rng)
    for top in book.tops:
        if top.complete:
            words += [rng.getrandbits(WORD) & ~top.pattern.mask |
                      top.pattern.value for _ in range(RANDOM_WORDS)]
    refused = 0
    for word, said in zip(words, emulate(words)):
        one = index.of(word)
        if one and id(one) in known and unpredictable(one, word):
            refused += 1
            if said != "-":
                wrong.append("%08x (%s) is taken for %s, but CONSTRAINED "
                             "UNPREDICTABLE" % (word, one.name, said))
        elif not one or id(one) not in known:
            if said != "-":
                wrong.append("%08x (%s) is taken for %s" % (
                    word, one.name if one else "UNALLOCATED", said))
        elif said == "-":
            wrong.append("%08x (%s) is refused" % (word, one.name))
        elif said != "%s %d" % (one.access, bytes_accessed(one)):
            wrong.append("%08x (%s %s %s) is taken for %s" % (
                word, one.name, one.access, one.bytes, said))
    return len(taken), refused, wrong
