# SPDX-License-Identifier: GPL-2.0-only
"""make coverage: which lines and branches of KVM does the suite run?

Builds the kernel of REGIONS' tree with GCOV, runs all test programs in it, and
prints what they reached of REGIONS: for each the lines and branches, and each
line that nothing reached with the reason that REASONS has for it.

On stdout the report, as Markdown; on the default kernel also docs/coverage.md.
Exit status: 0, or 1 when a line was not reached and nothing explains it, or
when an explained one was reached.
"""

import base64
import collections
import json
import os
import re
import shutil
import signal
import sys
import types

import common
import guest
import kernel
import mutate
import run
import setup
from common import Fail, say

SPEC = "7"              # the series that the tables below are about
PLACE = os.path.join(setup.build_dir(), "coverage")
DOCUMENT = os.path.join(common.checkout(), "docs/coverage.md")
KVM = "arch/arm64/kvm"
# The guest of ours, which knows nothing of the host, is not instrumented.
OBJECTS = ("arm", "guest", "inject_fault", "mmio", "mmu", "handle_exit", "reset")
SECONDS = 600

Region = collections.namedtuple("Region", "file function first last what")

# What the suite is about. first and last: a few words of its first and last
# line, "" for the function's own.
REGIONS = (
    Region("mmu.c", "kvm_handle_guest_abort", "", "ret = io_mem_abort",
           "a stage 2 fault, up to where no slot backs it"),
    Region("mmio.c", "io_mem_abort", "", "return -ENOSYS",
           "no syndrome: the exit, or ENOSYS"),
    Region("mmio.c", "io_mem_abort", "is_write = ", "",
           "a syndrome: KVM_EXIT_MMIO"),
    Region("mmio.c", "kvm_handle_mmio_return", "", "",
           "the access is completed"),
    Region("arm.c", "kvm_vm_ioctl_enable_cap", "",
           "set_bit(KVM_ARCH_FLAG_RETURN_NISV", "enabling the capability"),
    Region("guest.c", "__kvm_arm_vcpu_get_events", "", "",
           "what is pending"),
    Region("guest.c", "__kvm_arm_vcpu_set_events", "", "",
           "user space injects"),
    Region("inject_fault.c", "kvm_inject_sea", "", "", "injection"),
    Region("inject_fault.c", "inject_abt64", "", "", "injection, AArch64"),
    Region("inject_fault.c", "inject_abt32", "", "", "injection, AArch32"),
    Region("inject_fault.c", "kvm_inject_serror_esr", "", "",
           "injection of an SError"),
)

Reason = collections.namedtuple("Reason", "function first last why")

NESTED = "only with a guest hypervisor (kvm-arm.mode=nested)"
PROTECTED = "only asked where the host is protected (kvm-arm.mode=protected)"
ONE_TEST = "the compiler tests all kinds of faults at once, on the line before"

# Why lines from first to last, a few words of each, are not reached; last is ""
# for the one line and None for all that follow.
REASONS = (
    Reason("kvm_handle_guest_abort", "return kvm_handle_guest_sea", "",
           "a real external abort of the host: QEMU has none"),
    Reason("kvm_handle_guest_abort", "!esr_fsc_is_permission_fault(esr)",
           "!esr_fsc_is_access_flag_fault(esr)", ONE_TEST),
    Reason("kvm_handle_guest_abort", "kvm_err(", "return -EFAULT;",
           "no other fault comes from stage 2 that KVM sets up"),
    Reason("kvm_handle_guest_abort", "nested_stage2_enabled) {",
           "nested = &nested_trans;", NESTED),
    Reason("kvm_handle_guest_abort", "kvm_incr_pc(vcpu);", "goto out_unlock;",
           "cache maintenance by VA does nothing in QEMU TCG, so it never faults"),
    Reason("io_mem_abort", "if (vcpu_is_protected(vcpu))",
           "return kvm_inject_sea_dabt", PROTECTED),
    Reason("kvm_vm_ioctl_enable_cap", "if (is_protected_kvm_enabled()", "",
           PROTECTED),
    Reason("__kvm_arm_vcpu_set_events", "cpus_have_final_cap(ARM64_HAS_RAS_EXTN)",
           "", "patched in when the CPU is known: QEMU's has RAS"),
    Reason("kvm_inject_sea", "return kvm_inject_nested_sea", "", NESTED),
    Reason("inject_abt64", "return;", "", "the walk that failed fails again"),
    Reason("inject_abt64", "pend_serror_exception(vcpu);", "",
           "FEAT_DoubleFault2 (SCTLR2_EL1.EASE), which QEMU does not have"),
    Reason("kvm_inject_serror_esr", "return kvm_inject_nested_serror", "",
           NESTED),
    Reason("kvm_inject_serror_esr", "if (vcpu_is_el2(vcpu) &&", "return 1;",
           NESTED),
)

COLLECT = """#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
top=/sys/kernel/debug/gcov
/bin/busybox mount -t debugfs debugfs /sys/kernel/debug
echo 1 > $top/reset
for program in %s; do
	/nisv/$program > /tmp/out 2>&1
	echo "status $program $?"
done
/bin/busybox find $top -path '*/%s/*.gcda' | while read -r path; do
	echo "file ${path#"$top"}"
	/bin/busybox base64 "$path"
done
"""


def collect(opts, chosen, source, image):
    """The .gcda files that a run of all programs leaves: {name: bytes}."""
    cross = setup.cross_prefix()
    programs = setup.build(source, opts, cross)
    emulator, version = setup.qemu(opts)
    directory = os.path.join(PLACE, "guest")
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    plan = setup.Plan(image, chosen.release, image, programs,
                      [] if cross else setup.libraries(cross), source.path,
                      source.version,
                      setup.busybox(opts), setup.channel(opts, cross), emulator,
                      version, cross, None)
    names = run.program_names(plan)
    found, lines = {}, []

    class Coverage(guest.Guest):
        def more_files(self):
            files = {}
            for name in names:
                with open(os.path.join(programs, name), "rb") as f:
                    files["nisv/" + name] = (f.read(), 0o755)
            return files, ()

    def done(_name, said, _end, _seconds, _kernel):
        lines.extend(text for mark, text in said if mark == "|")

    common.write(os.path.join(directory, "collect"),
                 COLLECT % (" ".join(names), KVM))
    say("running the tests")
    one = Coverage(plan._replace(programs=directory), directory, ["collect"],
                   [], SECONDS, None, done, run.CPU, "1", None)
    guest.supervise([one])
    if one.problems:
        raise Fail(one.problems[0].text)
    name = None
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "status":
            program, _, status = rest.partition(" ")
            # 4: all cases of it are skipped
            if status not in ("0", "4"):
                raise Fail("%s ends with status %s in the instrumented kernel"
                           % (program, status))
        elif word == "file":
            name = os.path.basename(rest)
            found[name] = ""
        else:
            found[name] += line
    return {name: base64.b64decode(text) for name, text in found.items()}


def counts(data, place):
    """{file: {line: (count, [branch counts])}} from gcov."""
    work = os.path.join(PLACE, "gcov")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    lines = {}
    for name, content in data.items():
        stem = name[:-len(".gcda")]
        if stem not in OBJECTS:
            continue
        with open(os.path.join(work, name), "wb") as f:
            f.write(content)
        shutil.copy(os.path.join(place, KVM, stem + ".gcno"), work)
        status, text = common.run(
            [setup.cross_prefix() + "gcov", "-b", "-j", "-t", name], cwd=work,
            stderr=None)
        if status:
            raise Fail("gcov fails: " + setup.last_error(text))
        for one in json.loads(text)["files"]:
            here = lines.setdefault(os.path.basename(one["file"]), {})
            for line in one["lines"]:
                number = line["line_number"]
                count, branches = here.get(number, (0, []))
                # a line inlined in several places: each is reached or not
                here[number] = (count + line["count"], branches + [
                    branch["count"] for branch in line["branches"]])
    if set(OBJECTS) - {name[:-5] for name in data}:
        raise Fail("the kernel gave no counts of " + " ".join(
            sorted(set(OBJECTS) - {name[:-5] for name in data})))
    return lines


def span(text, region):
    """The first and the last line number of a region."""
    at = mutate.body(text, region.function)
    if not at:
        raise Fail("no function %s in %s" % (region.function, region.file))
    lines = text[:at[1]].count("\n") + 1
    first = text[:at[0]].count("\n") + 1
    numbered = list(enumerate(text.splitlines()[first - 1:lines], first))
    found = []
    for words, default in ((region.first, first), (region.last, lines)):
        places = [number for number, line in numbered if words in line]
        if not places:
            raise Fail("no '%s' in %s" % (words, region.function))
        found.append(places[0] if words else default)
    return found


def reasons(region, lines):
    """{line number: its row of REASONS} of a region's numbered lines."""
    found = {}
    for reason in REASONS:
        if reason.function != region.function:
            continue
        first = [n for n, line in lines if reason.first in line]
        last = first
        if reason.last is None:
            last = [lines[-1][0]]
        elif reason.last:
            last = [n for n, line in lines if first and n >= first[0]
                    and reason.last in line]
        if first and last:
            for number in range(first[0], last[0] + 1):
                found[number] = reason
    return found


def report(chosen, source, lines):
    """(Markdown lines, what is wrong)."""
    table, details, wrong = [], [], []
    for region in REGIONS:
        path = os.path.join(source.path, KVM, region.file)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        source_lines = text.splitlines()
        first, last = span(text, region)
        here = {number: value for number, value in lines[region.file].items()
                if first <= number <= last}
        if not here:
            raise Fail("no line of %s has a count" % region.function)
        missed = [number for number in sorted(here) if not here[number][0]]
        branches = [count for _, those in here.values() for count in those]
        table.append("| %s | %s | %d of %d | %d of %d | %s |" % (
            region.file, region.function, len(here) - len(missed), len(here),
            sum(count > 0 for count in branches), len(branches), region.what))
        known = reasons(region, [(number, source_lines[number - 1])
                                 for number in range(first, last + 1)])
        for number in missed:
            line = source_lines[number - 1].strip()
            if number not in known:
                wrong.append("%s:%d in %s is not reached, and nothing says why: "
                             "%s" % (region.file, number, region.function, line))
            details.append("| %s | `%s` | %s |" % (
                region.function, line.replace("|", "\\|"),
                known[number].why if number in known else "**not explained**"))
        for reason in set(known.values()):
            if not any(known.get(number) == reason for number in missed):
                wrong.append("%s: '%s' is reached, and a reason says that it is "
                             "not" % (region.function, reason.first))
    return [
        "<!-- SPDX-License-Identifier: GPL-2.0-only -->",
        "<!-- Written by make coverage. -->", "",
        "# What the suite runs of KVM", "",
        "Linux %s (arch/arm64/kvm), measured with GCOV by `make coverage`. "
        "Branches are those" % chosen.release,
        "of the compiled code.", "",
        "| file | function | lines | branches | |", "|---|---|---|---|---|",
        *table, "", "## Lines that nothing reached", "",
        "| function | line | why |", "|---|---|---|", *details], wrong


def coverage(opts):
    setup.lock_checkout()
    setup.host_tools(setup.build_tools() + kernel.TOOLS +
                     ("qemu-system-aarch64",), opts)
    chosen = setup.kernel(SPEC, opts)
    source = setup.source(opts, chosen.release, chosen.suite)
    place = os.path.join(PLACE, "kernel")
    os.makedirs(PLACE, exist_ok=True)
    image = kernel.build(source.path, place, opts, ["CONFIG_GCOV_KERNEL=y"], [
        "GCOV_PROFILE_%s.o=y" % name for name in OBJECTS])
    lines = counts(collect(opts, chosen, source, image), place)
    text, wrong = report(chosen, source, lines)
    common.write(DOCUMENT, "\n".join(text) + "\n")
    print("\n".join(text))
    if wrong:
        raise Fail("\n".join(wrong))
    return 0


def main(words):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, run.stop)
    opts = types.SimpleNamespace(ksrc=None, image=None, kernel=None, qemu=None,
                                 offline=False, jobs=None)
    try:
        if words:
            raise run.Usage("no arguments")
        return coverage(opts)
    except Fail as e:
        print("coverage: %s" % e, file=sys.stderr)
        return 2 if isinstance(e, run.Usage) else 1
    except run.Stopped as e:
        return 128 + e.number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
