# SPDX-License-Identifier: GPL-2.0-only
"""Build a small arm64 kernel: allnoconfig and tools/kernel/kvm_nisv.config.

build(tree, place, opts, settings=(), variables=()) -> path of the Image
    tree      a kernel source tree; nothing is written to it
    place     the build directory; kept, so that the next build is quick
    settings  more lines of configuration ("CONFIG_X=y")
    variables make's, as words ("KCFLAGS=...")

A setting that the tree does not know is left out; one that it knows and does
not grant is a Fail, because the tests would skip for it without a word.
"""

import os
import re

import common
import setup
from common import Fail, say

FRAGMENT = os.path.join(common.checkout(), "tools/kernel/kvm_nisv.config")
TOOLS = ("gcc", "libc headers", "make", "flex", "bison", "bc")


def wanted(settings):
    with open(FRAGMENT, encoding="utf-8") as f:
        lines = f.read().splitlines()
    return [line for line in [*lines, *settings] if line.startswith("CONFIG_")]


def make(tree, place, opts, cross, words, log):
    status, text = common.run(
        ["make", "-C", tree, "O=" + place, "ARCH=arm64",
         "CROSS_COMPILE=" + cross, "-j%d" % common.jobs(opts), *words],
        log=log, env=dict(setup.build_env(), KBUILD_BUILD_TIMESTAMP="0",
                          KBUILD_BUILD_USER="kvm-nisv",
                          KBUILD_BUILD_HOST="kvm-nisv"))
    if status:
        raise Fail("the kernel does not build (%s): see %s" %
                   (setup.last_error(text), log))


def known_symbols(tree, names):
    """Those of the configuration symbols that the tree's Kconfig files have."""
    _, text = common.run(
        ["grep", "-rhoE", "--include=Kconfig*", r"^(menu)?config (%s)$" %
         "|".join(names), *(os.path.join(tree, top) for top in (
             "arch/arm64", "block", "drivers", "fs", "init", "kernel", "lib",
             "mm", "net", "security", "virt"))])
    return {line.split()[1] for line in text.splitlines()}


def configure(tree, place, opts, cross, settings):
    """Make .config anew when what it comes from has changed."""
    lines = wanted(settings)
    text = "".join(line + "\n" for line in lines)
    record = os.path.join(place, "kvm_nisv.config")
    config = os.path.join(place, ".config")
    if os.path.exists(record) and os.path.exists(config):
        with open(record, encoding="utf-8") as f:
            if f.read() == text:
                return
    part = record + ".new"
    common.write(part, text)
    make(tree, place, opts, cross,
         ["KCONFIG_ALLCONFIG=" + part, "allnoconfig"],
         os.path.join(place, "config.log"))
    with open(config, encoding="utf-8") as f:
        have = set(f.read().splitlines())
    lacking = [line for line in lines if line not in have]
    known = known_symbols(tree, [line[7:].partition("=")[0] for line in lacking])
    lacking = [line for line in lacking
               if line[7:].partition("=")[0] in known]
    if lacking:
        raise Fail("the tree %s does not grant %s" % (tree, ", ".join(lacking)))
    os.rename(part, record)


def build(tree, place, opts, settings=(), variables=()):
    setup.host_tools(TOOLS + (() if setup.on_arm64() else
                              (setup.CROSS + "gcc",)), opts)
    cross = setup.cross_prefix()
    tree = setup.plain_path(os.path.abspath(tree), "the kernel tree")
    if os.path.exists(os.path.join(tree, ".config")) or \
            os.path.exists(os.path.join(tree, "include/config")):
        raise Fail("%s is configured in place, so nothing can be built out of "
                   "it: run 'make mrproper' there, or give a clean worktree" %
                   tree)
    os.makedirs(place, exist_ok=True)
    image = os.path.join(place, "arch/arm64/boot/Image")
    if not os.path.exists(image):
        say("building the kernel of %s (a few minutes)" % tree)
    configure(tree, place, opts, cross, settings)
    make(tree, place, opts, cross, [*variables, "Image"],
         os.path.join(place, "build.log"))
    return image


def has_warnings(place):
    with open(os.path.join(place, "build.log"), encoding="utf-8",
              errors="replace") as f:
        return re.findall(r"^.*: warning: .*$", f.read(), re.M)
