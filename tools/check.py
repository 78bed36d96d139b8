# SPDX-License-Identifier: GPL-2.0-only
"""make check: everything that can be checked, with the set-up that it needs.

Each check is a function below, named in what it prints; what it must hold is
its docstring. One that finds something raises Found with the lines to show.
The last line on stdout is "N passed, N failed". Exit status: 0 or 1.

Trees: the suite is built with the library of each of SPECS, and runs on those
kernels.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import types

import campaign
import common
import decode
import explain
import guest
import kernels
import mutate
import run
import setup
from common import Fail, say
from mutants import rows

TOP = common.checkout()
CHECK_DIR = os.path.join(setup.build_dir(), "check")

# None is the default kernel of this machine's distribution.
SPECS = (None, "6.1", "6.12", "7")

# What checkpatch says of every use of a table that names its columns, of
# ENOSYS, which is the subject here, and of rows that are no whole expression.
CHECKPATCH_IGNORE = "MACRO_ARG_UNUSED,ENOSYS,COMPLEX_MACRO"

# A row is one line.
FORMS = "include/nisv_forms.h"

# Of each of these names some mutants.
FEW_MUTANTS = ("off_einval*", "off_efault", "iss_wnr*", "ipa_page")

# Newest architecture that an assembler may know, the newest first.
ARCHITECTURES = ("armv9.3-a+memtag+ls64+sve2+sme+f64mm+mops", "armv8.8-a",
                 "armv8.5-a", "armv8.1-a")

OPTS = types.SimpleNamespace(ksrc=None, image=None, kernel=None, qemu=None,
                             offline=False, jobs=None)


class Found(Exception):
    """A check found something: its lines say what."""


def call(command, env=None, cwd=TOP, check=True):
    """Run a command; what it printed, of both streams."""
    status, text = common.run(command, env=env, cwd=cwd)
    if check and status:
        raise Found("%s: status %d\n%s" % (" ".join(command), status, text))
    return text


def env_with(**more):
    return common.plain_env(PYTHONDONTWRITEBYTECODE="1", **more)


class Trees:
    """The kernels and library trees, each fetched once."""

    def __init__(self):
        self.kernels, self.sources = [], []
        for spec in SPECS:
            kernel = setup.kernel(spec, OPTS)
            if kernel.release in [k.release for k in self.kernels]:
                continue
            self.kernels.append(kernel)
            self.sources.append(
                setup.source(OPTS, kernel.release, kernel.suite))

    @property
    def default(self):
        return self.sources[0]

    @property
    def newest(self):
        return self.sources[-1]


def tracked(*endings):
    """The files of the project that end so."""
    names = call(["git", "ls-files"]).split()
    return [name for name in names if name.endswith(endings)]


# ------------------------------------------------------------ the tables

def forms_tool(trees):
    path = os.path.join(CHECK_DIR, "forms")
    call(explain.forms_command(trees.default.path, path))
    return path


def derived(trees):
    """The generated documents: path -> what the tables say now."""
    tool = forms_tool(trees)
    return {"docs/forms.md": call([tool, "doc"]),
            "docs/deviations.md": call([tool, "deviations"]),
            "docs/mutants.md": campaign.with_untried(
                mutate.read(TOP, "docs/mutants.md"))}


def check_docs(trees):
    """the generated documents say what the tables say"""
    for path, text in derived(trees).items():
        with open(os.path.join(TOP, path), encoding="utf-8") as f:
            if f.read() != text:
                raise Found("%s is not what the tables say: make docs" % path)


def assemble(text, assembler):
    """(words, lines that the assembler does not know)"""
    source = os.path.join(CHECK_DIR, "forms.s")
    objects, words = source[:-1] + "o", source[:-1] + "bin"
    common.write(source, "".join(line + "\n" for line in text))
    said = call([*assembler, "-o", objects, source], check=False)
    unknown = {int(n) - 1 for n in re.findall(
        r"forms\.s:(\d+):(?:\d+:)? [Ee]rror", said)}
    if said and not unknown:
        raise Found(said)
    if unknown:
        return [], unknown
    call([setup.cross_prefix() + "objcopy", "-O", "binary", "-j", ".text",
          objects, words])
    with open(words, "rb") as f:
        data = f.read()
    return [int.from_bytes(data[i:i + 4], "little")
            for i in range(0, len(data), 4)], set()


def binutils():
    """binutils' assembler, for the newest architecture that it knows."""
    for arch in ARCHITECTURES:
        command = [setup.cross_prefix() + "as", "-W", "-march=" + arch]
        if not assemble(["nop"], command)[1]:
            return command
    raise Found("the assembler knows none of " + ", ".join(ARCHITECTURES))


def form_rows(trees):
    """Each form: name, encoding, text, access, bytes, ISV, feature, emulated."""
    return [line.split("\t")
            for line in call([forms_tool(trees), "rows"]).splitlines()]


def assemble_rows(rows, assembler):
    """The rows whose text it does not know; all others it must know as in the
    table."""
    _, unknown = assemble([row[2] for row in rows], assembler)
    known = [row for i, row in enumerate(rows) if i not in unknown]
    words, _ = assemble([row[2] for row in known], assembler)
    wrong = ["%s: %s is %08x, the table has %s" % (name, text, word, encoding)
             for (name, encoding, text, *_), word in zip(known, words)
             if word != int(encoding, 16)]
    if wrong or len(words) != len(known):
        raise Found("\n".join(wrong) or "not one word for each form")
    return [row for i, row in enumerate(rows) if i in unknown]


def check_encodings(trees):
    """each form's text assembles to its encoding"""
    rows = form_rows(trees)
    unknown = assemble_rows(rows, binutils())
    if len(unknown) > len(rows) / 2:
        raise Found("the assembler does not know %d of %d" % (len(unknown),
                                                              len(rows)))
    return "%d compared, %d unknown to the assembler" % (
        len(rows) - len(unknown), len(unknown))


def assemble32(rows, assembler):
    """
    Each row's (name, text, encoding, what the assembler makes of it). SWP is not
    in the newest architecture, and the manual's order of halfwords is not that
    of memory.
    """
    source = os.path.join(CHECK_DIR, "forms32.s")
    objects, words = source[:-1] + "o", source[:-1] + "bin"
    newest = (".arch armv8.2-a; .arch_extension virt; "
              ".fpu crypto-neon-fp-armv8; .arch_extension fp16")
    lines = [newest + "; .syntax unified"]
    for _, _, text, isa in rows:
        if text.startswith("swp"):
            text = ".arch armv7-a; %s; %s" % (text, newest)
        lines.append("%s; %s; .balign 4, 0" % (
            ".arm" if isa == "A32" else ".thumb", text))
    common.write(source, "\n".join(lines) + "\n")
    call([*assembler, "-o", objects, source])
    call(["arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", objects,
          words])
    with open(words, "rb") as f:
        data = f.read()
    if len(data) != 4 * len(rows):
        raise Found("not one instruction for each AArch32 form")
    for i, (name, encoding, text, isa) in enumerate(rows):
        word = int.from_bytes(data[4 * i:4 * i + 4], "little")
        if isa == "T32":
            word = (word & 0xffff) << 16 | word >> 16
        yield name, text, encoding, "%04x" % word if isa == "T16" \
            else "%08x" % word


def form_rows32(trees):
    """Each AArch32 form: name, encoding, text and instruction set."""
    return [line.split("\t")
            for line in call([forms_tool(trees), "rows32"]).splitlines()]


def assemble_rows32(rows, assembler):
    """Each row's text must be its encoding."""
    wrong = ["%s: %s is %s, the table has %s" % (name, text, word, encoding)
             for name, text, encoding, word in assemble32(rows, assembler)
             if word != encoding]
    if wrong or not rows:
        raise Found("\n".join(wrong) or "no row")


def check_encodings32(trees):
    """each AArch32 form's text assembles to its encoding, the guest's code too"""
    rows = form_rows32(trees)
    assemble_rows32(rows, ["arm-none-eabi-as"])
    return "%d compared" % len(rows)


# What of AArch32 LLVM does not know by itself.
ARMV8A = "-mattr=+virtualization,+fp-armv8,+neon,+fullfp16"

# How LLVM is asked about an instruction set, and a breakpoint there.
LLVM = {
    "A64": (["-triple=aarch64", "-mattr=+all"], "0x00 0x00 0x20 0xd4", "brk"),
    "A32": (["-triple=armv8a", ARMV8A], "0x70 0x00 0x20 0xe1", "bkpt"),
    "T32": (["-triple=thumbv8a", ARMV8A], "0x00 0xbe", "bkpt"),
    "SWP": (["-triple=armv7a"], "0x70 0x00 0x20 0xe1", "bkpt"),
}


def llvm_assembler(isa):
    return [*setup.llvm_mc(OPTS), *LLVM[isa][0], "-filetype=obj"]


def llvm_disassemble(isa, codes, *options):
    """The text of each instruction, of which codes has the bytes; None where it
    is undefined. There nothing is printed: a breakpoint goes between any two.
    """
    how, code, name = LLVM[isa]
    path = os.path.join(CHECK_DIR, "codes")
    with open(path, "w", encoding="ascii") as f:
        for one in codes:
            # in brackets what is undefined is so as a whole
            f.write("[0x%s]\n[%s]\n" % (one.hex(" ").replace(" ", " 0x"), code))
    _, said = common.run([*setup.llvm_mc(OPTS), "-disassemble", *how, *options,
                          path], stderr=subprocess.DEVNULL)
    texts = said.replace("\t.text\n", "", 1).split("\t%s\t#0\n" % name)
    if len(texts) != len(codes) + 1 or texts[-1].strip():
        raise Found("llvm-mc gives %d texts for %d codes" % (len(texts) - 1,
                                                             len(codes)))
    return [" ".join(text.split()) or None for text in texts[:-1]]


def llvm_words(words, aliases):
    """The same of A64 words, with the names of aliases or without."""
    return llvm_disassemble("A64", [word.to_bytes(4, "little") for word in words],
                            *([] if aliases else ["-M", "no-aliases"]))


def spelled(text):
    """An instruction's text, without what one assembler spells otherwise than
    another: spaces, "#", ".w", IA, CS and CC, {r0-r2}, and . + 8."""
    mnemonic, _, operands = text.lower().partition(" ")
    mnemonic = re.sub(r"^(ld|st)mia", r"\1m", mnemonic.replace(".w", ""))
    mnemonic = re.sub("cc$", "lo", re.sub("cs$", "hs", mnemonic))
    operands = re.sub(r"([a-z])(\d+)(\.\w+)?-\1(\d+)(\.\w+)?", lambda m: ",".join(
        m[1] + str(n) + (m[3] or "") for n in range(int(m[2]), int(m[4]) + 1)),
        re.sub(r"[\s#]", "", operands))
    return mnemonic + " " + re.sub(r"\.([+-]0x[0-9a-f]+)",
                                   lambda m: str(int(m[1], 16)), operands)


def compare_texts(rows, texts):
    """What the table and a disassembler say otherwise."""
    return ["%s: %s is %s, the table has %s" % (name, encoding, said, text)
            for (name, encoding, text, *_), said in zip(rows, texts)
            if not said or spelled(said) != spelled(text)]


def code32(encoding, isa):
    """The bytes of an AArch32 instruction."""
    if isa == "A32":
        return int(encoding, 16).to_bytes(4, "little")
    return b"".join(int(encoding[i:i + 4], 16).to_bytes(2, "little")
                    for i in range(0, len(encoding), 4))


def check_llvm(trees):
    """LLVM, too, has each form's text for its encoding, and the other way round"""
    rows, rows32 = form_rows(trees), form_rows32(trees)
    unknown = assemble_rows(rows, llvm_assembler("A64"))
    wrong = ["%s: LLVM does not know %s" % (name, text)
             for name, _, text, *_ in unknown]
    wrong += compare_texts(rows, llvm_words(
        [int(encoding, 16) for _, encoding, *_ in rows], True))
    assemble_rows32(rows32, llvm_assembler("A32"))
    # of the guest's own code branches are relative to something else
    forms32 = [row for row in rows32 if row[0] != "guest"]
    for isa in "A32", "T32", "SWP":
        those = [row for row in forms32 if isa == (
            "SWP" if row[2].startswith("swp") else row[3].replace("T16", "T32"))]
        wrong += compare_texts(those, llvm_disassemble(
            isa, [code32(encoding, set_) for _, encoding, _, set_ in those]))
    if wrong:
        raise Found("\n".join(wrong))
    return "%d A64, %d AArch32" % (len(rows), len(rows32))


def disassemble(words, aliases):
    """The text of each word, None where it is undefined."""
    path = os.path.join(CHECK_DIR, "words.bin")
    with open(path, "wb") as f:
        f.write(b"".join(word.to_bytes(4, "little") for word in words))
    said = call([setup.cross_prefix() + "objdump", "-D", "-z", "-b", "binary",
                 "-m", "aarch64", "-M", "aliases" if aliases else "no-aliases",
                 path])
    lines = re.findall(r"^ *[0-9a-f]+:\t[0-9a-f]{8} \t(.*)", said, re.M)
    if len(lines) != len(words):
        raise Found("objdump gives %d lines for %d words" % (len(lines),
                                                             len(words)))
    return [None if line.startswith(".") or "undefined" in line
            else line.replace("\t", " ") for line in lines]


def check_decode(trees):
    """every A64 encoding that accesses memory has a form, as the manual has it"""
    book = decode.read()
    wrong, unknown = decode.doubts(book, disassemble)
    wrong = decode.contradictions(book) + wrong + \
        decode.differences(book, form_rows(trees))
    if wrong:
        raise Found("\n".join(wrong))
    return "%d encodings, %d UNALLOCATED words; not compared with objdump: %s" % (
        len(book.encodings), sum(decode.unallocated(top, book)
                                 for top in book.tops if top.complete),
        ", ".join(unknown))


def check_strangers32(trees):
    """what LLVM takes for an access to memory of AArch32 has a row of its mnemonic"""
    rows, wrong, count = form_rows32(trees), [], 0
    for isa in "A32", "T32":
        mnemonics = {spelled(row[2]).split()[0] for row in rows
                     if row[3].replace("T16", "T32") == isa}
        words, more = decode.strangers32(isa, mnemonics, lambda words, isa=isa: [
            text and spelled(text) for text in llvm_disassemble(
                isa, [code32("%08x" % word, isa) for word in words])])
        count += words
        wrong += more
    if wrong:
        raise Found("\n".join(wrong))
    return "%d words" % count


def check_strangers(_trees):
    """what LLVM takes for an access to memory is an encoding that the manual has"""
    book = decode.read()
    count, wrong = decode.strangers(book, llvm_words)
    doubts, unknown = decode.doubts(book, llvm_words)
    wrong += doubts + ["LLVM does not know " + name for name in unknown]
    if wrong:
        raise Found("\n".join(wrong))
    return "%d words" % count


def check_emulate(trees):
    """lib/emulate*.c know the encodings that they must, and take no other word"""
    tool = os.path.join(CHECK_DIR, "emulate")
    call(["gcc", "-Wall", "-Wextra", "-Werror", "-I", "include", "-isystem",
          os.path.join(trees.default.path, "tools/include"), "tools/emulate.c",
          "lib/emulate.c", "lib/emulate_sve.c", "lib/emulate_mops.c", "-o",
          tool])

    def emulate(words):
        text = subprocess.run([tool], check=True, encoding="ascii",
                              input="".join("%x\n" % word for word in words),
                              stdout=subprocess.PIPE).stdout
        return text.splitlines()

    taken, refused, wrong = decode.emulated(decode.read(), form_rows(trees),
                                            emulate)
    if wrong:
        raise Found("\n".join(wrong))
    return "%d encodings; %d words that are CONSTRAINED UNPREDICTABLE" % (
        taken, refused)


def check_names(_trees):
    """case names are unique and of the agreed characters"""
    names = call(["./run_tests.sh", "-l"]).splitlines()
    cases = [name for name in names if not name.startswith("kvm-nisv: ")]
    wrong = [name for name in cases
             if not re.fullmatch(r"[a-z0-9_]+:[a-z0-9_.]+", name)]
    wrong += [name for name in set(cases) if cases.count(name) > 1]
    if wrong or not cases:
        raise Found("\n".join(wrong) or "no case is listed")
    return "%d cases" % len(cases)


# ------------------------------------------------------------- the sources

def check_shell(_trees):
    """shellcheck has nothing to say"""
    shells = []
    for name in call(["git", "ls-files"]).split():
        with open(os.path.join(TOP, name), "rb") as f:
            if re.match(rb"#!.*\b(sh|busybox sh)\n", f.read(64)):
                shells.append(name)
    call(["shellcheck", *shells])
    return "%d scripts" % len(shells)


def check_style(trees):
    """checkpatch --strict has nothing to say"""
    said = []
    files = tracked(".c", ".h")
    for name in files:
        said.append(call(
            ["perl", os.path.join(trees.newest.path, "scripts/checkpatch.pl"),
             "--no-tree", "--strict", "--terse", "--show-types",
             "--no-summary", "--ignore",
             CHECKPATCH_IGNORE + (",LONG_LINE" if name == FORMS else ""), "-f",
             os.path.join(TOP, name)], cwd=CHECK_DIR, check=False))
    if any(said):
        raise Found("".join(said))
    return "%d files" % len(files)


def check_units(trees):
    """the tools' own tests, on canned results and on broken guests"""
    env = env_with(KSRC=trees.default.path,
                   PYTHONPATH=os.path.join(TOP, "tools"))
    said = call([sys.executable, "-B", "-m", "unittest", "discover", "-s",
                 "tools/tests"], env=env)
    # kselftest.h differs from tree to tree
    for source in trees.sources[1:]:
        call([sys.executable, "-B", "tools/tests/test_harness.py"],
             env=dict(env, KSRC=source.path))
    return said.splitlines()[-3].strip()


# -------------------------------------------------------------- the builds

def listing(tree):
    """All there is in a tree and when it was written."""
    found = {}
    for directory, _, files in os.walk(tree):
        for name in files:
            path = os.path.join(directory, name)
            status = os.lstat(path)
            found[path] = (status.st_mtime_ns, status.st_size)
    return found


def build_with(source, *more):
    """Build everything anew with warnings as errors; the tree stays as it is."""
    before = listing(source.path)
    with common.scratch(CHECK_DIR) as directory:
        call(["make", "KSRC=" + source.path, "O=" + directory, "ARCH=arm64",
              "USERCFLAGS=-Werror", "USERLDFLAGS=-static",
              "-j%d" % common.jobs(OPTS), *more], env=setup.build_env())
    changed = set(before.items()) ^ set(listing(source.path).items())
    if changed:
        raise Found("the build wrote to the kernel tree: %s"
                    % sorted(path for path, _ in changed)[0])


def check_gcc(trees):
    """the suite builds with each library, gcc -Wall -Wextra -Werror"""
    for source in trees.sources:
        build_with(source, "CROSS_COMPILE=" + setup.cross_prefix())
    return ", ".join(source.version for source in trees.sources)


def check_clang(trees):
    """the suite builds with clang (LLVM=1) -Wall -Wextra -Werror"""
    for source in {trees.default, trees.newest}:
        build_with(source, "LLVM=1")


# ------------------------------------------------------------- the mutants

def check_mutants(trees):
    """each mutant has its place in the newest tree, and in docs/mutants.md"""
    found, problems = mutate.mutants(trees.newest.path)
    with open(os.path.join(TOP, "docs/mutants.md"), encoding="utf-8") as f:
        text = f.read()
    # rows are for the tree that the document is of; a later one may move on
    if problems and ("Linux %s " % trees.newest.version in text
                     or len(problems) > len(found) / 10):
        raise Found("".join("%s: %s\n" % (row.name, why)
                            for row, why in problems))
    # a name is the first word of a row of a table, or in a list of names
    absent = [row.name for row in rows.ROWS
              if not re.search(r"(^\| |[:,] )%s\b" % row.name, text, re.M)]
    if absent:
        raise Found("not in docs/mutants.md: %s: make mutants" %
                    " ".join(absent))
    return "%d mutants, %d without their place in Linux %s" % (
        len(found), len(problems), trees.newest.version)


def check_campaign(_trees):
    """a campaign with a few mutants: noticed, and by upstream's tests less"""
    said = call([sys.executable, "-B", "tools/campaign.py", *FEW_MUTANTS])
    found = re.search(r"^this suite notices +(\d+) of (\d+)", said, re.M)
    upstream = re.search(r"^upstream's tests +(\d+) of", said, re.M)
    if not found or not upstream or found[1] != found[2] or \
            int(upstream[1]) >= int(found[1]):
        raise Found(said)
    return "%s mutants" % found[1]


# ------------------------------------------------------- in a kernel tree

class KselftestGuest(guest.Guest):
    """A guest with an installed kselftest tree in /kselftest."""

    installed = None

    def more_files(self):
        files, directories = {}, ["kselftest"]
        for top, names, leaves in os.walk(self.installed):
            here = os.path.join("kselftest", os.path.relpath(top, self.installed))
            here = os.path.normpath(here)
            directories += [os.path.join(here, name) for name in names]
            for leaf in leaves:
                path = os.path.join(top, leaf)
                with open(path, "rb") as f:
                    files[os.path.join(here, leaf)] = (
                        f.read(), os.stat(path).st_mode & 0o777)
        return files, directories


RUN_KSELFTEST = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
cd /kselftest && exec ./run_kselftest.sh -c kvm_nisv
"""


def run_kselftest(kernel, installed):
    """What run_kselftest.sh -c kvm_nisv prints in a guest."""
    lines = []
    directory = os.path.join(CHECK_DIR, "kselftest")
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(os.path.join(directory, "guest"))
    program = os.path.join(directory, "kselftest")
    common.write(program, RUN_KSELFTEST)
    emulator, version = setup.qemu(OPTS)
    plan = setup.Plan(kernel.image, kernel.release, kernel.origin, directory,
                      None, None, None, setup.busybox(OPTS),
                      setup.channel(OPTS, setup.cross_prefix()), emulator,
                      version, None, None)

    def done(_name, said, _end, _seconds, _log):
        lines.extend(text for mark, text in said if mark == "|")

    one = KselftestGuest(plan, os.path.join(directory, "guest"), ["kselftest"],
                         [], 300, None, done, run.CPU, "1", None)
    one.installed = installed
    guest.supervise([one])
    if one.problems:
        raise Found("\n".join(problem.text for problem in one.problems))
    return lines


def passed(program, text):
    """Whether run_kselftest.sh says so, or skips what skipped each case."""
    found = re.search(r"^# selftests: kvm_nisv: %s$(.*?)^ok \d+ selftests: "
                      r"kvm_nisv: %s( # SKIP)?$" % (program, program), text,
                      re.M | re.S)
    return found and (not found[2] or not re.search(
        r"^# (not )?ok \d+ [a-z0-9_.]+$", found[1], re.M))


def in_tree(kernel, source, linked, out):
    """Copied or linked into a tree: builds, installs, emits tests, runs."""
    with common.scratch(CHECK_DIR) as directory:
        tree = os.path.join(directory, "linux")
        installed = os.path.join(directory, "installed")
        call(["cp", "-rs", source.path, tree])
        place = os.path.join(tree, "tools/testing/selftests/kvm_nisv")
        if linked:
            os.symlink(TOP, place)
        else:
            call(["sh", "-c", 'mkdir "$1" && git ls-files -z | '
                  'xargs -0 cp --parents -t "$1"', "sh", place])
        make = ["make", "ARCH=arm64", "CROSS_COMPILE=" + setup.cross_prefix(),
                "USERLDFLAGS=-static", "-j%d" % common.jobs(OPTS)]
        if out:
            make.append("O=" + os.path.join(directory, "out"))
        env = setup.build_env()
        call([*make, "headers"], env=env, cwd=tree)
        selftests = [*make, "-C", os.path.join(tree, "tools/testing/selftests"),
                     "TARGETS=kvm_nisv", "FORCE_TARGETS=1"]
        call(selftests, env=env, cwd=tree)
        call([*selftests, "install", "KSFT_INSTALL_PATH=" + installed],
             env=env, cwd=tree)
        with open(os.path.join(installed, "kselftest-list.txt")) as f:
            emitted = f.read().split()
        programs = [name for name in os.listdir(os.path.join(installed,
                                                             "kvm_nisv"))
                    if name.startswith("nisv_")]
        if sorted(emitted) != sorted("kvm_nisv:" + p for p in programs):
            raise Found("kselftest-list.txt has %s" % emitted)
        lines = run_kselftest(kernel, installed)
    text = "\n".join(lines)
    for name in programs:
        if not passed(name, text):
            raise Found("run_kselftest.sh does not say that %s passed\n%s"
                        % (name, text[-3000:]))
    cases = re.findall(r"^# ok \d+ [a-z0-9_.]+", text, re.M)
    plans = re.findall(r"^# 1\.\.(\d+)$", text, re.M)
    if len(cases) != sum(map(int, plans)) or len(plans) != len(programs):
        raise Found("%d cases of %s passed\n%s" % (len(cases), plans, text))
    return "%d cases" % len(cases)


def check_tree_copy(trees):
    """copied into the default tree, built in place, run_kselftest.sh passes"""
    return in_tree(trees.kernels[0], trees.default, linked=False, out=False)


def check_tree_link(trees):
    """linked into the newest tree, built with O=, run_kselftest.sh passes"""
    return in_tree(trees.kernels[-1], trees.newest, linked=True, out=True)


# ----------------------------------------------------------------- the runs

def run_on(kernel):
    """The KTAP document of a full run, which must pass."""
    done = subprocess.run(
        ["./run_tests.sh", "-t", "--kernel", kernel.release], cwd=TOP,
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    path = os.path.join(CHECK_DIR, "%s.ktap" % kernel.release)
    common.write(path, done.stdout)
    if done.returncode:
        failed = re.findall(r"^ +not ok .*", done.stdout, re.M)
        raise Found("status %d\n%s" % (done.returncode, "\n".join(failed)))
    return path, done.stdout


def readers_agree(trees, path, text):
    """Other readers of KTAP see the same."""
    cases = len(re.findall(r"^ +ok \d+", text, re.M))
    said = call([sys.executable, "-B", os.path.join(
        trees.newest.path, "tools/testing/kunit/kunit.py"), "parse", path])
    found = re.search(r"Testing complete\. (.*)", said)
    numbers = dict((word, int(n)) for word, n in re.findall(
        r"(passed|skipped|failed|crashed|errors): (\d+)",
        found.group(1) if found else ""))
    if numbers.get("passed", 0) + numbers.get("skipped", 0) < cases or \
            set(numbers) - {"passed", "skipped"}:
        raise Found("kunit.py parse, of %d cases: %s" % (cases, said[-500:]))
    call(["prove", "-e", "cat", path])
    return "%d cases" % cases


def check_default(trees):
    """all passes on the default kernel; kunit.py and prove agree"""
    return readers_agree(trees, *run_on(trees.kernels[0]))


def check_others(trees):
    """all passes on the other kernels; kunit.py and prove agree"""
    return ", ".join("%s: %s" % (kernel.release,
                                 readers_agree(trees, *run_on(kernel)))
                     for kernel in trees.kernels[1:])


def plain(line):
    """A line of output without what differs from run to run."""
    line = re.sub(r"\b\d+\.\d+[\w.+~:-]*", "N", line)
    return re.sub(r"\d+", "N", line).strip()


def check_readme(_trees):
    """what the README shows is what is printed, "..." apart"""
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        text = f.read()
    shown = re.findall(r"^```\n\$ \./run_tests\.sh\n(.*?)^```", text,
                       re.M | re.S)
    failure = re.findall(r"^# fails:.*\n(?:#   .*\n)+", text, re.M)
    if len(shown) != 1 or len(failure) != 1:
        raise Found("README.md lacks a run or a failure, or has two")
    printed = {plain(line) for line in call(["./run_tests.sh"]).splitlines()}
    wrong = [line for line in shown[0].splitlines()
             if plain(line) not in printed and line.strip() != "..."]
    with open(os.path.join(TOP, "tools/tests/harness.golden")) as f:
        if failure[0] not in f.read():
            wrong += failure[0].splitlines()
    if wrong:
        raise Found("not printed now:\n" + "\n".join(wrong))


# -------------------------------------------------------------------- main

def check_kernels(_trees):
    """docs/kernels.md has a run of each host that it is to have, and all passed"""
    try:
        with open(kernels.DOCUMENT, encoding="utf-8") as f:
            wrong = kernels.check(f.read())
    except FileNotFoundError:
        wrong = "there is none: make check-kernels writes it"
    if wrong:
        raise Found(wrong)
    return "%d hosts" % len(kernels.LIST)


CHECKS = [
    check_docs, check_encodings, check_encodings32, check_llvm, check_decode,
    check_strangers, check_strangers32, check_emulate, check_shell, check_style,
    check_units, check_gcc, check_clang, check_names, check_default, check_others,
    check_readme, check_kernels, check_mutants, check_campaign, check_tree_copy,
    check_tree_link,
]


def stop(number, _frame):
    raise run.Stopped(number)


def run_checks():
    setup.host_tools(setup.build_tools() + (
        "qemu-system-aarch64", "perl", "shellcheck", "clang", "ld.lld", "git",
        "arm-none-eabi-as"),
        OPTS)
    trees = Trees()
    shutil.rmtree(CHECK_DIR, ignore_errors=True)
    os.makedirs(CHECK_DIR)
    failed = 0
    for check in CHECKS:
        what = check.__doc__
        begun = time.monotonic()
        say("checking: " + what)
        try:
            detail = check(trees)
            print("ok - %s%s, %.0f s" % (what, detail and ": " + detail or "",
                                         time.monotonic() - begun), flush=True)
        except (Found, Fail) as e:
            failed += 1
            print("not ok - " + what)
            print("".join("# %s\n" % line for line in str(e).splitlines()),
                  end="", flush=True)
    print("%d passed, %d failed" % (len(CHECKS) - failed, failed))
    return 1 if failed else 0


def make_docs():
    os.makedirs(CHECK_DIR, exist_ok=True)
    setup.host_tools(setup.build_tools(), OPTS)
    kernel = setup.kernel(None, OPTS)
    trees = types.SimpleNamespace(
        default=setup.source(OPTS, kernel.release, kernel.suite))
    for path, text in derived(trees).items():
        os.makedirs(os.path.dirname(os.path.join(TOP, path)), exist_ok=True)
        common.write(os.path.join(TOP, path), text)
    return 0


def main(words):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        if words not in ([], ["docs"]):
            raise run.Usage("no arguments, or docs")
        return make_docs() if words else run_checks()
    except Fail as e:
        print("make check: %s" % e, file=sys.stderr)
        return 2 if isinstance(e, run.Usage) else 1
    except run.Stopped as e:
        print("make check: ended by %s" % signal.Signals(e.number).name,
              file=sys.stderr)
        return 128 + e.number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
