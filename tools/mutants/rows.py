# SPDX-License-Identifier: GPL-2.0-only
"""The mutants: small faults of KVM, one row each.

    at(path, function)              where the rows that follow are
    row(name, anchor, code, breaks) one mutant

anchor  a few words of the function's text, that it has exactly once (white
        space does not matter); of the whole file where function is ""
code    what takes the anchor's place: @ stands for the anchor's own text, $ for
        "this mutant is selected". "if ($) return -EINVAL; @" inserts,
        "if (!$) @" leaves out, "($ ? 0 : @)" changes a value
breaks  the rule that the kernel then breaks, as a sentence
mode    how KVM must run to come there, "vhe" unless said
equivalent      why nobody could notice, in words that can be checked
unreachable     why nothing gets there on the machine that the tests run on
history         the commit that once mended this, where it was a real bug

A row's number is its place in the table; its name is what people use.
"""

import collections

Row = collections.namedtuple(
    "Row", "area path function name anchor code breaks mode equivalent "
    "unreachable history")

MODES = ("vhe", "nvhe", "protected", "nested")

# What a mutant breaks; the report has a line for each.
AREAS = {
    "capability": "who may enable it, when, for whom",
    "off": "no capability: KVM_RUN fails with ENOSYS",
    "exit": "the fields of the exit",
    "state": "what an exit must leave as it is: registers, PC, struct kvm_run",
    "order": "loads and stores, sizes, addresses, first and later, one vCPU and another",
    "mmio": "an access with a syndrome: KVM_EXIT_MMIO and its completion",
    "neighbours": "what is near: slots, stage 1, cache maintenance, devices",
    "injection": "the exception that user space has KVM inject",
    "restart": "KVM_ARM_VCPU_INIT, and what user space sets anew",
    "suspend": "what user space saves and restores",
    "nested": "a guest hypervisor and its guest",
    "protected": "protected VMs and others beside them",
}

ROWS = []
_where = {"area": "", "path": "", "function": ""}


def area(name):
    _where["area"] = name


def at(path, function):
    _where["path"], _where["function"] = path, function


def row(name, anchor, code, breaks, mode="vhe", equivalent="", unreachable="",
        history=""):
    ROWS.append(Row(_where["area"], _where["path"], _where["function"], name,
                    anchor, code, breaks, mode, equivalent, unreachable,
                    history))


# The rows, in the order of their numbers.
from mutants import (rows_exit, rows_around, rows_policies,  # noqa: E402, F401
                     rows_neighbours, rows_review, rows_second)
