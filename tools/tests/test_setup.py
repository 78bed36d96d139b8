# SPDX-License-Identifier: GPL-2.0-only
"""Tests of common, debian and setup: no network, no root, seconds.

The archive is played by functions that stand in for apt-get, except in
RealApt, where the machine's own apt meets a repository that nobody signed.
"""

import argparse
import contextlib
import gzip
import hashlib
import io
import json
import lzma
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import common
import debian
import setup
from common import Fail

TOOLS = os.path.dirname(os.path.abspath(setup.__file__))


def options(**given):
    return argparse.Namespace(**{"ksrc": None, "image": None, "kernel": None,
                                 "qemu": None, "offline": False, "jobs": 2,
                                 **given})


class Case(unittest.TestCase):
    """A cache, a checkout and a Debian 12 of its own for every test."""

    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.top = stack.enter_context(tempfile.TemporaryDirectory())
        self.cache = os.path.join(self.top, "cache")
        self.checkout = os.path.join(self.top, "checkout")
        os.makedirs(self.checkout)
        patch = stack.enter_context
        patch(mock.patch.dict(os.environ, XDG_CACHE_HOME=self.cache))
        patch(mock.patch.object(setup, "checkout", lambda: self.checkout))
        patch(mock.patch.object(debian, "codename", lambda: "bookworm"))
        patch(mock.patch.object(setup, "_held", {}))
        self.said = patch(contextlib.redirect_stderr(io.StringIO()))
        debian.use(self.path("cache", "kvm-nisv"))

    def tearDown(self):
        for fd in setup._held.values():
            os.close(fd)

    def path(self, *names):
        return os.path.join(self.top, *names)

    def file(self, name, content=""):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb" if isinstance(content, bytes) else "w") as f:
            f.write(content)
        return path

    def refused(self, words, call, *args, kind=Fail, **named):
        with self.assertRaises(kind) as caught:
            call(*args, **named)
        line = str(caught.exception)
        self.assertRegex(line, words)
        self.assertNotIn("\n", line)

    def leftovers(self):
        return [os.path.join(top, name) for top, dirs, files in os.walk(self.top)
                for name in dirs + files if name.startswith(common.SCRATCH)]


# --------------------------------------------------------------- versions

class Versions(unittest.TestCase):
    def test_order(self):
        order = ["0~~", "0~", "0", "1.0~rc1-1", "1.0-1~bpo12+1", "1.0-1",
                 "1.0-1+b1", "1.0-1+deb12u1", "1.0-2", "1.0-10", "1.0a-1",
                 "1.0+b-1", "1.0.1-1", "6.1.99-1", "6.1.176-1", "6.12-1",
                 "6.12.117-1~deb12u1", "6.12.117-1", "7.3.4-1~bpo13+1",
                 "7.3.4-1", "1:0.1-1"]
        for start in (order[::-1], order[::2] + order[1::2]):
            self.assertEqual(sorted(start, key=debian.version_key), order)

    def test_missing_revision_is_zero(self):
        self.assertEqual(debian.version_key("1.0"), debian.version_key("1.0-0"))


# ---------------------------------------------------------------- sources

ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by=/a.gpg,/b.gpg] http://m.example/debian bookworm main contrib
deb-src http://m.example/debian bookworm main
deb http://s.example/debian-security bookworm-security main # why
deb cdrom:[Debian]/ bookworm main
deb http://flat.example/ ./
"""

DEB822 = """\
# A comment
Types: deb deb-src
URIs: http://m.example/debian http://n.example/debian
Suites: trixie trixie-updates
# in the middle
Components: main
Signed-By: /usr/share/keyrings/k.gpg

Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main
Enabled: no

Types: deb-src
URIs: http://source.example/debian
Suites: trixie
Components: main

types: deb
uris: http://key.example/debian
suites: trixie
components: main
check-valid-until: no
signed-by:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
"""


class Sources(unittest.TestCase):
    def source(self, uri, suite, components=("main",), key="", valid=""):
        return debian.Source(uri, suite, components, key, valid)

    def test_one_line_style(self):
        self.assertEqual(debian.parse_list(ONE_LINE)[:2], [
            self.source("http://m.example/debian", "bookworm",
                        ("main", "contrib"), "/a.gpg /b.gpg"),
            self.source("http://s.example/debian-security", "bookworm-security"),
        ])

    def test_deb822_style(self):
        found = debian.parse_deb822(DEB822)
        key = "/usr/share/keyrings/k.gpg"
        self.assertEqual(found[:4], [
            self.source(uri, suite, key=key)
            for uri in ("http://m.example/debian", "http://n.example/debian")
            for suite in ("trixie", "trixie-updates")])
        self.assertEqual(len(found), 5)
        self.assertEqual(found[4].uri, "http://key.example/debian")
        self.assertEqual(found[4].check_valid_until, "no")

    def test_round_trip(self):
        """What we write is what we read, with a key that is written out."""
        found = debian.parse_deb822(DEB822)
        again = debian.parse_deb822(debian.deb822(found))
        self.assertEqual(again, found)
        self.assertIn("\n mQINBF\n", debian.deb822(found))

    def test_only_debian_of_this_suite(self):
        m, s, third = ("http://m.example/debian", "http://s.example/security",
                       "http://third.example/debian")
        sources = [self.source(third, "bookworm"),
                   self.source(third, "bookworm", ("stable",)),
                   self.source("cdrom:[Debian]/", "bookworm"),
                   self.source(m, "bookworm"), self.source(m, "bookworm-updates"),
                   self.source(m, "bookworm-backports"), self.source(m, "sid"),
                   self.source(s, "bookworm-security")]
        known = {(third, "bookworm"): ("Third", "bookworm", ""),
                 (m, "sid"): ("Debian", "sid", "")}
        own = debian.own_sources(sources, known, "bookworm")
        self.assertEqual([(x.uri, x.suite) for x in own], [
            (m, "bookworm"), (m, "bookworm-updates"), (s, "bookworm-security")])

    def test_suite_by_its_alias(self):
        sources = [self.source("http://m.example/debian/", "stable")]
        at = ("http://m.example/debian", "stable")
        for known, count in (({}, 1), ({at: ("Debian", "bookworm", "")}, 1),
                             ({at: ("Debian", "trixie", "")}, 0)):
            self.assertEqual(
                len(debian.own_sources(sources, known, "bookworm")), count)

    def test_other_suites_come_from_the_same_mirrors(self):
        m, s = "http://m.example/debian", "http://s.example/security"
        own = [self.source(m, "bookworm", key="/k.gpg"),
               self.source(m, "bookworm-updates"),
               self.source(s, "bookworm-security")]

        def suites(suite, have=own):
            return [(x.uri, x.suite) for x in
                    debian.sources_for(suite, have, "bookworm")]

        self.assertEqual(debian.sources_for("bookworm", own, "bookworm"), own)
        self.assertEqual(suites("trixie"), [
            (m, "trixie"), (m, "trixie-updates"), (s, "trixie-security")])
        self.assertEqual(suites("trixie", own[:1]), [
            (m, "trixie"), (m, "trixie-updates")])
        self.assertEqual(suites("trixie-backports"), [(m, "trixie-backports")])
        self.assertEqual(suites("trixie-security"), [(s, "trixie-security")])
        self.assertEqual(suites("trixie-security", own[:1]), [])
        self.assertEqual(debian.sources_for("trixie", own, "bookworm")[0]
                         .signed_by, "/k.gpg")

    def test_codename(self):
        def of(text):
            with tempfile.NamedTemporaryFile("w") as f, \
                    mock.patch.object(shutil, "which", lambda name: name):
                f.write(text)
                f.flush()
                return debian.codename(f.name)

        self.assertEqual(of('ID=debian\nVERSION_CODENAME=trixie\n'), "trixie")
        self.assertEqual(of('VERSION_CODENAME="forky"\nID="debian"\n'), "forky")
        self.assertEqual(of("ID=fedora\n"), "")
        self.assertEqual(of("ID=ubuntu\nVERSION_CODENAME=noble\n"), "")
        self.assertEqual(debian.codename("/nonexistent"), "")


# --------------------------------------------------------- what apt prints

MESSAGES = (
    (debian.Unreachable, "cannot be reached",
     "Err:1 http://m bookworm InRelease\n  Temporary failure resolving 'm'\n"
     "E: Failed to fetch http://m/dists  Temporary failure resolving 'm'\n"),
    (debian.Unreachable, "cannot be reached",
     "E: Failed to fetch http://m/x.deb  Could not connect to m:80\n"),
    (Fail, "out of date",
     "E: Release file for http://m/debian/dists/sid/InRelease is expired "
     "(invalid since 3d 4h). Updates for this repository will not be applied.\n"),
    (Fail, "verify",
     "W: GPG error: http://m trixie InRelease: The following signatures couldn't "
     "be verified because the public key is not available: NO_PUBKEY 0E98\n"
     "E: The repository 'http://m trixie InRelease' is not signed.\n"),
    (debian.Gone, "does not hold",
     "E: Failed to fetch http://m/pool/l.deb  404  Not Found [IP: 1.2.3.4 80]\n"),
    (debian.Gone, "does not hold", "E: Unable to locate package linux-image-9\n"),
    (Fail, "no space left",
     "E: You don't have enough free space in /c/archives/.\n"),
    (Fail, "no space left",
     "E: Failed to fetch http://m/l.deb  Error writing to file - write "
     "(28: No space left on device) [IP: 1.2.3.4 80]\n"),
    (Fail, "no space left",
     "tar: ./boot/vmlinuz-6.1: Wrote only 8192 of 10240 bytes\n"
     "tar: Exiting with failure status due to previous errors\n"),
    (Fail, "Hash Sum mismatch",
     "E: Failed to fetch http://m/l.deb  Hash Sum mismatch\n   Hashes: ...\n"),
)


class Messages(Case):
    def test_each_becomes_one_line(self):
        for kind, words, text in MESSAGES:
            with self.subTest(text):
                self.refused(words, debian.refuse, "it", text, kind=kind)
                with self.assertRaises(Fail) as caught:
                    debian.refuse("it", text)
                self.assertIs(type(caught.exception), kind)


    def test_room_is_looked_for_first(self):
        os.makedirs(debian._cache)
        debian.need_room(1, "it")
        self.refused("no space left.*XDG_CACHE_HOME", debian.need_room, 1 << 60,
                     "it")
        big = debian.Offer("bookworm", "linux-source-6.1", "6.1-1", 1 << 57, "")
        self.refused("no space left", debian.fetch, big, self.top)


# ------------------------------------------------------------------ index

PACKAGES = """\
Package: linux-image-6.1.0-50-arm64
Source: linux-signed-arm64 (6.1.176+1)
Version: 6.1.176-1
Depends: kmod
Size: 59515068

Package: linux-image-6.1.0-50-cloud-arm64
Version: 6.1.176-1
Size: 1

Package: linux-image-6.1.0-50-rt-arm64
Version: 6.1.176-1

Package: linux-image-6.1.0-50-arm64-dbg
Version: 6.1.176-1

Package: linux-image-6.1.0-50-arm64-unsigned
Version: 6.1.176-1

Package: linux-image-arm64
Version: 6.1.176-1
Depends: linux-image-6.1.0-50-arm64 (= 6.1.176-1)
Size: 1500

Package: linux-binary-7.3.4+deb13-arm64-16k
Version: 7.3.4-1~bpo13+1
Size: 12

Package: linux-source-6.1
Version: 6.1.176-1
Size: 139131140

Package: linux-source
Version: 6.1.176-1

Package: busybox-static
Version: 1:1.35.0-4+b1
Size: 822236"""


UPDATES = """\
Package: busybox-static
Version: 1:1.35.0-5
Size: 1"""


def offer(package, version, suite="bookworm", depends=""):
    return debian.Offer(suite, package, version, 1000, depends)


BOOKWORM = [
    offer("linux-image-arm64", "6.1.176-1", depends="linux-image-6.1.0-50-arm64"),
    offer("linux-image-arm64", "6.1.192-2",
          depends="linux-image-6.1.0-56-arm64 (= 6.1.192-2)"),
    offer("linux-image-6.1.0-50-arm64", "6.1.176-1"),
    offer("linux-image-6.1.0-56-arm64", "6.1.192-2"),
    offer("linux-source-6.1", "6.1.176-1"),
    offer("linux-source-6.1", "6.1.192-2"),
    offer("busybox-static", "1:1.35.0-4"),
]
BACKPORTS = [
    offer("linux-image-arm64", "7.3.4-1~bpo13+1", "trixie-backports",
          "linux-image-7.3.4+deb13-arm64 (= 7.3.4-1~bpo13+1)"),
] + [
    offer("linux-%s-%s+deb13-arm64%s" % (kind, release, flavour),
          release + "-1~bpo13+1", "trixie-backports")
    for release in ("7.3.4", "7.2.12", "7.2.6")
    for kind in ("image", "binary") for flavour in ("", "-16k")
] + [offer("linux-source-7.3", "7.3.4-1~bpo13+1", "trixie-backports")]

ARCHIVE = {"bookworm": BOOKWORM, "trixie-backports": BACKPORTS}


class Archive(Case):
    """With an archive of two suites behind it."""

    def setUp(self):
        super().setUp()
        self.asked = []         # suites, packages
        self.offers = dict(ARCHIVE)
        self.trouble = {}       # suite or package -> exception
        for name in ("_update", "fetch", "extract"):
            patch = mock.patch.object(debian, name, getattr(self, name))
            patch.start()
            self.addCleanup(patch.stop)

    def _update(self, suite):
        self.asked.append(suite)
        if suite in self.trouble:
            raise self.trouble[suite]
        if suite not in self.offers:
            raise debian.Gone("no suite " + suite)
        return self.offers[suite]

    def fetch(self, wanted, directory):
        self.asked.append(wanted.package)
        if (wanted.package, wanted.version) in self.trouble:
            raise self.trouble[wanted.package, wanted.version]
        self.fetched = wanted
        return os.path.join(directory, "x.deb")

    def extract(self, deb, directory, member):
        path = os.path.join(directory, "member")
        with open(path, "wb") as f:
            f.write(fake_image(b"6.1.0"))
        return path

    def new_process(self):
        """Forget what a process remembers."""
        debian._indexes.clear()
        debian._asked.clear()
        del self.asked[:]

    def later(self, seconds):
        """Let the indexes age."""
        self.new_process()
        for suite in os.listdir(self.path("cache/kvm-nisv/apt")):
            path = self.path("cache/kvm-nisv/apt", suite, "index.json")
            with open(path) as f:
                kept = json.load(f)
            kept["time"] -= seconds
            with open(path, "w") as f:
                json.dump(kept, f)


class Index(Archive):
    def test_packages(self):
        found = debian.parse_packages("bookworm", PACKAGES)
        self.assertEqual([o.package for o in found], [
            "linux-image-6.1.0-50-arm64", "linux-image-arm64",
            "linux-binary-7.3.4+deb13-arm64-16k", "linux-source-6.1",
            "busybox-static"])
        self.assertEqual(found[0], debian.Offer(
            "bookworm", "linux-image-6.1.0-50-arm64", "6.1.176-1", 59515068,
            "kmod"))
        self.assertEqual(found[-1].version, "1:1.35.0-4+b1")

    def test_kept_for_a_day(self):
        index = debian.index("bookworm")
        self.assertEqual([o.version for o in index["linux-source-6.1"]],
                         ["6.1.192-2", "6.1.176-1"])
        for age, asked in ((60, []), (23 * 3600, []), (3600, ["bookworm"])):
            self.later(age)
            self.assertEqual(debian.index("bookworm"), index)
            self.assertEqual(self.asked, asked)

    def test_an_old_one_without_network(self):
        index = debian.index("bookworm")
        self.later(48 * 3600)
        self.trouble["bookworm"] = debian.Unreachable("no network")
        self.assertEqual(debian.index("bookworm"), index)
        self.assertRegex(self.said.getvalue(), "no network; going on with")

    def test_nothing_without_network(self):
        self.trouble["bookworm"] = debian.Unreachable("no network")
        self.refused("no network", debian.index, "bookworm",
                     kind=debian.Unreachable)
        self.assertFalse(os.path.exists(self.path("cache/kvm-nisv/apt/bookworm")))

    def test_offline(self):
        self.assertEqual(debian.index("bookworm", offline=True), {})
        self.new_process()
        index = debian.index("bookworm")
        self.later(1e6)
        self.assertEqual(debian.index("bookworm", offline=True), index)
        self.assertEqual(self.asked, [])

    def test_made_for_other_packages(self):
        debian.index("bookworm")
        with mock.patch.object(debian, "PACKAGES", re.compile("other")):
            self.new_process()
            debian.index("bookworm")
        self.assertEqual(self.asked, ["bookworm"])

    def test_of_another_architecture(self):
        self.offers["bookworm:amd64"] = [offer("qemu-system-arm", "1:7.2",
                                               "bookworm:amd64")]
        self.assertEqual(list(debian.index("bookworm:amd64")),
                         ["qemu-system-arm"])
        self.assertNotIn("qemu-system-arm", debian.index("bookworm"))
        self.assertEqual(self.asked, ["bookworm:amd64", "bookworm"])

    def test_a_broken_file_is_no_index(self):
        debian.index("bookworm")
        self.new_process()
        self.file("cache/kvm-nisv/apt/bookworm/index.json", '{"time"')
        self.assertIn("busybox-static", debian.index("bookworm"))
        self.assertEqual(self.asked, ["bookworm"])


# ---------------------------------------------------------------- kernels

class Matching(unittest.TestCase):
    def test_matches(self):
        release, version = "7.3.4+deb13-arm64", "7.3.4-1~bpo13+1"
        for spec in ("7", "7.3", "7.3.4", "7.3.4+deb13", release):
            self.assertTrue(setup.matches(spec, release, version), spec)
        for spec in ("7.", "7.3.", "7.2", "7.3.40", "7.3.4+deb1", "3.4", "6"):
            self.assertFalse(setup.matches(spec, release, version), spec)
        self.assertTrue(setup.matches("6.1.176", "6.1.0-50-arm64", "6.1.176-1"))
        self.assertTrue(setup.matches("6.1.0-50", "6.1.0-50-arm64", "6.1.176-1"))
        self.assertFalse(setup.matches("6.1", "6.12.117+deb13-arm64",
                                       "6.12.117-1"))
        self.assertFalse(setup.matches("6.1.0-5", "6.1.0-50-arm64", "6.1.176-1"))

    def test_the_16k_flavour_only_by_its_whole_name(self):
        release = "7.3.4+deb13-arm64-16k"
        self.assertTrue(setup.matches(release, release, "7.3.4-1"))
        self.assertFalse(setup.matches("7.3.4", release, "7.3.4-1"))


class Kernels(Archive):
    def kernel(self, spec=None, **given):
        return setup.kernel(spec, options(**given))

    def test_default_is_the_newest_of_the_own_suite(self):
        found = self.kernel()
        self.assertEqual(found.release, "6.1.0-56-arm64")
        self.assertEqual(found.origin,
                         "Debian linux-image-6.1.0-56-arm64 6.1.192-2")
        self.assertEqual(found.suite, "bookworm")
        self.assertTrue(os.path.isfile(found.image))
        self.assertEqual(self.leftovers(), [])

    def test_again_without_asking(self):
        for spec in (None, "trixie-backports", "7.2", "7.3.4+deb13-arm64-16k"):
            first = self.kernel(spec)
            self.new_process()
            self.assertEqual(self.kernel(spec), first)
            self.assertEqual(self.asked, [], spec)

    def test_a_whole_release_in_the_cache_needs_no_index(self):
        self.kernel("7.2.6+deb13-arm64")
        self.later(48 * 3600)
        self.kernel("7.2.6+deb13-arm64")
        self.assertEqual(self.asked, [])

    def test_a_suite(self):
        found = self.kernel("trixie-backports")
        self.assertEqual(found.release, "7.3.4+deb13-arm64")
        self.assertEqual(self.fetched.package, "linux-binary-7.3.4+deb13-arm64")

    def test_releases(self):
        for spec, release in (("7.2", "7.2.12+deb13-arm64"),
                              ("7.2.6", "7.2.6+deb13-arm64"),
                              ("6.1", "6.1.0-56-arm64"),
                              ("6.1.176", "6.1.0-50-arm64"),
                              ("7.3.4+deb13-arm64-16k", "7.3.4+deb13-arm64-16k")):
            self.assertEqual(self.kernel(spec).release, release)

    def test_whole_release_stops_where_it_is(self):
        self.kernel("7.3.4+deb13-arm64")
        self.assertNotIn("bullseye", self.asked)

    def test_unknown(self):
        self.refused("no packaged kernel matches '6.5'; there are.*"
                     "7.3.4.deb13-arm64, 7.2.12.deb13-arm64, 6.1.0-56-arm64$",
                     self.kernel, "6.5")
        self.refused("no suite warty", self.kernel, "warty")
        self.refused("neither", self.kernel, "a b")
        self.refused("neither", self.kernel, "../x")

    def test_a_refused_suite_does_not_end_the_search(self):
        self.trouble["trixie"] = Fail("apt refuses trixie")
        self.assertEqual(self.kernel("6.1").release, "6.1.0-56-arm64")
        self.assertIn("apt refuses trixie", self.said.getvalue())
        self.refused("apt refuses", self.kernel, "trixie")

    def test_the_archive_moved_on(self):
        self.kernel("6.1.0-50-arm64")
        self.new_process()
        self.offers["bookworm"] = BOOKWORM + [
            offer("linux-image-6.1.0-57-arm64", "6.1.200-1"),
            offer("linux-image-arm64", "6.1.200-1",
                  depends="linux-image-6.1.0-57-arm64")]
        self.trouble["linux-image-6.1.0-56-arm64", "6.1.192-2"] = \
            debian.Gone("gone")
        self.assertEqual(self.kernel().release, "6.1.0-57-arm64")

    def test_listed_but_not_there(self):
        self.trouble["linux-image-6.1.0-56-arm64", "6.1.192-2"] = \
            debian.Gone("gone")
        self.assertEqual(self.kernel().release, "6.1.0-50-arm64")
        self.new_process()
        self.assertEqual(self.kernel().release, "6.1.0-50-arm64")
        self.assertEqual(self.asked, [])

    def test_nothing_of_it_there(self):
        for name, version in (("56", "6.1.192-2"), ("50", "6.1.176-1")):
            self.trouble["linux-image-6.1.0-%s-arm64" % name, version] = \
                debian.Gone("gone")
        self.refused("bookworm offers no arm64 kernel", self.kernel)

    def test_failure_leaves_nothing(self):
        for error in (Fail("no space"), KeyboardInterrupt()):
            self.trouble["linux-image-6.1.0-56-arm64", "6.1.192-2"] = error
            with self.assertRaises(type(error)):
                self.kernel()
            self.assertEqual(self.leftovers(), [])
            self.assertEqual(setup.cached("kernels"), [])
            self.assertEqual(setup._held, {})

    def test_offline(self):
        self.refused("no kernel in the cache.*--image", self.kernel, offline=True)
        self.kernel("trixie-backports")
        self.assertEqual(self.kernel(offline=True).release, "7.3.4+deb13-arm64")
        self.kernel()
        self.new_process()
        self.assertEqual(self.kernel(offline=True).release, "6.1.0-56-arm64")
        self.assertEqual(self.kernel("7.3", offline=True).release,
                         "7.3.4+deb13-arm64")
        self.refused("no kernel for 'trixie' in the cache", self.kernel,
                     "trixie", offline=True)
        self.assertEqual(self.asked, [])

    def test_a_newer_one_without_network(self):
        self.kernel()
        self.later(48 * 3600)
        self.trouble["bookworm"] = debian.Unreachable("no network")
        self.assertEqual(self.kernel().release, "6.1.0-56-arm64")

    def test_not_debian(self):
        with mock.patch.object(debian, "codename", lambda: ""):
            self.refused("--image FILE", self.kernel, kind=setup.Missing)


# ----------------------------------------------------------------- images

def fake_image(release, pad=0):
    head = bytearray(64)
    head[0x38:0x3c] = b"ARMd"
    return bytes(head) + b"Linux version %s (builder) #1" % release + \
        bytes(pad) + os.urandom(100)


def pe_image(release):
    """With the PE header of an EFI stub that says how long the file is."""
    data = bytearray(fake_image(release, 1000))
    data[0:2] = b"MZ"
    struct.pack_into("<I", data, 0x3c, 0x200)
    data[0x200:0x204] = b"PE\0\0"
    struct.pack_into("<H", data, 0x206, 1)
    struct.pack_into("<H", data, 0x214, 0)
    struct.pack_into("<II", data, 0x218 + 16, len(data) - 0x300, 0x300)
    return bytes(data)


def zboot(payload, kind):
    head = bytearray(64)
    head[0:2], head[4:8] = b"MZ", b"zimg"
    struct.pack_into("<II8x8s", head, 8, 64, len(payload), kind)
    return bytes(head) + payload


class Qemu(Archive):
    """--qemu SUITE."""

    def setUp(self):
        super().setUp()
        self.says = "echo QEMU emulator version 10.0.2 '(x)'"
        self.offers["bookworm-backports:amd64"] = [
            offer("qemu-system-arm", "1:10.0.2+ds-2", "bookworm-backports:amd64"),
            offer("qemu-system-arm", "1:9.2.0", "bookworm-backports:amd64")]
        self.offers["bookworm:amd64"] = []
        for where, name, value in (
                (debian, "architecture", lambda: "amd64"),
                (setup, "host_tools", lambda names, opts: None)):
            patch = mock.patch.object(where, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def extract(self, deb, directory, member):
        self.assertEqual(member, "./usr/bin/qemu-system-aarch64")
        path = os.path.join(directory, "member")
        with open(path, "w") as f:
            f.write("#!/bin/sh\n%s\n" % self.says)
        os.chmod(path, 0o755)
        return path

    def get(self, suite="bookworm-backports", **given):
        path, version = setup.qemu(options(qemu=suite, **given))
        return os.path.relpath(path, self.path("cache/kvm-nisv/qemu")), version

    def test_the_newest_of_the_suite(self):
        place = ("bookworm-backports_1_10.0.2+ds-2/qemu-system-aarch64", "10.0.2")
        self.assertEqual(self.get(), place)
        self.assertEqual(self.asked, ["bookworm-backports:amd64",
                                      "qemu-system-arm"])
        self.new_process()
        self.assertEqual(self.get(), place)
        self.assertEqual(self.asked, [])
        self.assertEqual(self.get(offline=True), place)

    def test_without_network(self):
        self.refused("no QEMU of bookworm-backports in the cache", self.get,
                     offline=True, kind=setup.Missing)
        place = self.get()
        self.later(48 * 3600)
        self.trouble["bookworm-backports:amd64"] = debian.Unreachable("no network")
        self.assertEqual(self.get(), place)

    def test_none_there(self):
        self.refused("bookworm offers no qemu-system-arm", self.get, "bookworm")
        self.refused("--qemu warty: no such program, and no suite", self.get,
                     "warty")

    def test_cannot_run_here(self):
        for said, lacks in (
                ("error while loading shared libraries: libx.so.5: cannot open",
                 "libx.so.5"),
                ("/lib/libc.so.6: version `GLIBC_2.38' not found", "GLIBC_2.38")):
            self.says = 'echo "qemu: %s" >&2; exit 127' % said.replace("`", "\\`")
            self.refused("qemu-system-arm 1:10.0.2.* cannot run here, it needs %s:"
                         % lacks, self.get)
            self.assertEqual(setup.cached("qemu"), [])
        self.assertEqual(self.leftovers(), [])


LOADER = """\
#!/bin/sh
[ "$4" = --list ] || exit 1
printf '\\tlibLLVM.so.22 => %s/libLLVM.so.22 (0x1)\\n' "$3"
printf '\\t/lib64/ld-linux-x86-64.so.2 => %s/x (0x2)\\n' "$3"
"""


class Llvm(Archive):
    def setUp(self):
        super().setUp()
        self.loader = LOADER
        self.offers["trixie:amd64"] = [
            offer("llvm-22", "1:22.1.8-1", "trixie:amd64")]
        for name in ("architecture", "fetch_all"):
            patch = mock.patch.object(debian, name, getattr(self, name))
            patch.start()
            self.addCleanup(patch.stop)

    def architecture(self):
        return "amd64"

    def fetch_all(self, wanted, directory):
        self.asked.append(wanted.package)
        root = os.path.relpath(directory, self.top) + "/root/usr/lib/"
        os.chmod(self.file(root + "triplet/ld-linux-x86-64.so.2", self.loader),
                 0o755)
        self.file(root + "triplet/libLLVM.so.22")
        self.file(root + "llvm-22/bin/llvm-mc")
        return self.path(root[:-len("/usr/lib/")])

    def test_once(self):
        place = self.path("cache/kvm-nisv/llvm/llvm-22_1_22.1.8-1")
        words = [place + "/ld.so", "--library-path", place, place + "/llvm-mc"]
        self.assertEqual(setup.llvm_mc(options()), words)
        self.assertEqual(self.asked, ["trixie:amd64", "llvm-22"])
        self.assertEqual(sorted(os.listdir(place)),
                         ["ld.so", "libLLVM.so.22", "llvm-mc"])
        self.assertEqual(self.leftovers(), [])
        self.new_process()
        self.assertEqual(setup.llvm_mc(options()), words)
        self.assertEqual(setup.llvm_mc(options(offline=True)), words)
        self.assertEqual(self.asked, [])
        self.offers["trixie:amd64"] = [
            offer("llvm-22", "1:22.1.9-1", "trixie:amd64")]
        self.later(48 * 3600)
        self.assertIn("22.1.9", setup.llvm_mc(options())[0])

    def test_without_network(self):
        self.refused("--offline", setup.llvm_mc, options(offline=True),
                     kind=debian.Unreachable)
        words = setup.llvm_mc(options())
        self.later(48 * 3600)
        self.trouble["trixie:amd64"] = debian.Unreachable("no network")
        self.assertEqual(setup.llvm_mc(options()), words)

    def test_cannot_be_had(self):
        self.loader = "#!/bin/sh\necho 'libz.so.1: cannot open'; exit 127\n"
        self.refused("llvm-mc cannot run here .libz", setup.llvm_mc, options())
        self.assertEqual(setup.cached("llvm"), [])
        self.offers["trixie:amd64"] = []
        self.later(48 * 3600)
        self.refused("trixie offers no llvm-22", setup.llvm_mc, options())
        with mock.patch.object(debian, "codename", lambda: ""):
            self.refused("no Debian system", setup.llvm_mc, options(),
                         kind=setup.Missing)


class Images(Case):
    def read(self, data, name="Image"):
        return setup.image(self.file(name, data))

    def test_plain(self):
        found = self.read(fake_image(b"6.13.0-rc1+"), "a b/Image")
        self.assertEqual(found.release, "6.13.0-rc1+")
        self.assertEqual(found.image, self.path("a b/Image"))
        self.assertEqual(self.read(pe_image(b"7.3.4")).release, "7.3.4")

    def test_gzip(self):
        found = self.read(gzip.compress(fake_image(b"6.13.0")))
        self.assertEqual((found.release, found.image),
                         ("6.13.0", self.path("Image")))

    def test_zboot_is_unpacked(self):
        inner = fake_image(b"6.14.2")
        for kind, packed in ((b"gzip", gzip.compress(inner)),
                             (b"xzkern", lzma.compress(inner)),
                             (b"lzma", lzma.compress(
                                 inner, format=lzma.FORMAT_ALONE))):
            found = self.read(zboot(packed, kind))
            self.assertEqual(found.release, "6.14.2")
            with open(found.image, "rb") as f:
                self.assertEqual(f.read(), inner)
            self.assertEqual(found.origin, self.path("Image"))

    def test_refused(self):
        inner = fake_image(b"6.14.2")
        for words, data in (
                ("too short", b""), ("too short", b"MZ"),
                ("no arm64 kernel.*arch/arm64/boot/Image", bytes(100)),
                ("is an ELF file", b"\x7fELF" + bytes(100)),
                ("broken gzip", gzip.compress(os.urandom(300))[:100]),
                ("no arm64 kernel", gzip.compress(bytes(99) + os.urandom(99))),
                ("names no Linux version", fake_image(b"x")),
                ("is truncated", pe_image(b"7.3.4")[:-1]),
                ("zboot.*zstd", zboot(b"(\xb5/\xfd" + bytes(50), b"zstd22")),
                ("zboot", zboot(gzip.compress(inner)[:-40], b"gzip")),
                ("zboot", zboot(b"nonsense", b"gzip"))):
            with self.subTest(words):
                self.refused(words, self.read, data)
        self.refused("No such file", setup.image, self.path("none"))
        self.refused("directory", setup.image, self.top)
        self.assertEqual(self.leftovers(), [])


# ---------------------------------------------------------------- sources

def tree(case, name, version=(6, 1, 176), extra=""):
    case.file(name + "/Makefile", "# SPDX\nVERSION = %d\nPATCHLEVEL = %d\n"
              "SUBLEVEL = %d\nEXTRAVERSION =%s\nNAME = X\n" % (version + (extra,)))
    case.file(name + "/tools/testing/selftests/lib.mk")
    case.file(name + "/tools/testing/selftests/kvm/Makefile")
    return case.path(name)


class Trees(Case):
    def test_version(self):
        self.assertEqual(setup.tree_version(tree(self, "a")), "6.1.176")
        self.assertEqual(setup.tree_version(tree(self, "b", (7, 4, 0), " -rc2")),
                         "7.4.0-rc2")

    def test_refused(self):
        self.refused("6.0.19.*6.1 or later", setup.tree_version,
                     tree(self, "old", (6, 0, 19)))
        self.refused("5.10.200.*6.1 or later", setup.tree_version,
                     tree(self, "older", (5, 10, 200)))
        self.refused("no kernel source tree", setup.tree_version, self.top)
        half = tree(self, "half")
        shutil.rmtree(half + "/tools/testing/selftests/kvm")
        self.refused("no kernel source tree", setup.tree_version, half)

    def test_given(self):
        opts = options(ksrc=tree(self, "new", (7, 3, 4)))
        self.assertEqual(setup.source(opts, "7.1.0"),
                         setup.Source(opts.ksrc, "7.3.4", None))
        self.refused("refuses kernels before 6.8.*5.10.0", setup.source, opts,
                     "5.10.0-32-arm64")
        opts = options(ksrc=tree(self, "with space"))
        self.refused("space", setup.source, opts, "6.1.0")

    def test_choice(self):
        have = {(6, 1): 0, (6, 12): 0, (7, 2): 0, (7, 3): 0}
        for release, best in (("5.10.0-32-arm64", (6, 1)), ("6.1.0", (6, 1)),
                              ("6.7.9", (6, 1)), ("6.8.0", (6, 1)),
                              ("6.12.3", (6, 12)), ("7.1.0", (6, 12)),
                              ("7.3.4", (7, 3)), ("8.0-rc1", (7, 3))):
            self.assertEqual(setup.choose_source(release, have), best, release)
        self.assertIsNone(setup.choose_source("6.1.0", {(6, 12): 0}))


class Packaged(Archive):
    """Source packages; the trees are put where unpacking would."""

    def setUp(self):
        super().setUp()
        patch = mock.patch.object(setup, "_get_source", self.get)
        patch.start()
        self.addCleanup(patch.stop)

    def get(self, wanted):
        self.asked.append(wanted.package)
        version = tuple(map(int, wanted.version.partition("-")[0].split(".")))
        name = "cache/kvm-nisv/%sx" % common.SCRATCH
        made = tree(self, name, version)
        place = setup.keep("sources", wanted.package, wanted.version, made)
        return setup._use_source(setup.Source(
            place, setup.tree_version(place), wanted.package))

    def source(self, release, suite=None, **given):
        found = setup.source(options(**given), release, suite)
        return found.package, found.version

    def test_of_the_kernels_own_series(self):
        self.assertEqual(self.source("7.3.4+deb13-arm64", "trixie-backports"),
                         ("linux-source-7.3", "7.3.4"))
        self.assertEqual(self.source("6.1.0-56-arm64", "bookworm"),
                         ("linux-source-6.1", "6.1.192"))

    def test_the_old_one_elsewhere(self):
        for release, suite in (("5.10.0-32-arm64", None), ("6.6.1", None),
                               ("7.2.12+deb13-arm64", "trixie-backports")):
            self.assertEqual(self.source(release, suite),
                             ("linux-source-6.1", "6.1.192"))

    def test_of_the_own_suite_if_it_fits(self):
        self.offers["trixie"] = [offer("linux-source-6.12", "6.12.117-1", "trixie")]
        with mock.patch.object(debian, "codename", lambda: "trixie"):
            for release, package in (("6.13.1", "linux-source-6.12"),
                                     ("6.11.1", "linux-source-6.1")):
                self.assertEqual(self.source(release)[0], package)

    def test_again_without_asking(self):
        self.source("6.1.0-56-arm64", "bookworm")
        self.new_process()
        self.source("6.1.0-56-arm64", "bookworm")
        self.source("6.1.0-56-arm64", "bookworm", offline=True)
        self.assertEqual(self.asked, [])

    def test_a_newer_one_replaces_the_old(self):
        self.offers["bookworm"] = [o for o in BOOKWORM if "192" not in o.version]
        self.assertEqual(self.source("6.1.1")[1], "6.1.176")
        self.offers["bookworm"] = BOOKWORM
        for fd in setup._held.values():     # the first run has ended
            os.close(fd)
        setup._held.clear()
        self.later(48 * 3600)
        self.assertEqual(self.source("6.1.1")[1], "6.1.192")
        self.assertEqual([v for _, v, _ in setup.cached("sources")], ["6.1.192-2"])

    def test_but_not_under_a_run_that_uses_it(self):
        self.offers["bookworm"] = [o for o in BOOKWORM if "192" not in o.version]
        self.source("6.1.1")
        other = dict(setup._held)           # as if of another process
        setup._held.clear()
        self.addCleanup(lambda: [os.close(fd) for fd in other.values()])
        self.offers["bookworm"] = BOOKWORM
        self.later(48 * 3600)
        self.assertEqual(self.source("6.1.1")[1], "6.1.192")
        self.assertEqual(len(setup.cached("sources")), 2)

    def test_a_damaged_tree_is_fetched_again(self):
        self.source("6.1.1")
        os.unlink(os.path.join(setup.cached("sources")[0][2], "Makefile"))
        self.new_process()
        for fd in setup._held.values():
            os.close(fd)
        setup._held.clear()
        self.assertEqual(self.source("6.1.1")[1], "6.1.192")
        self.assertEqual(self.asked, ["linux-source-6.1"])

    def deb(self, directory):
        """A linux-libc-dev with its links, as newer ones have."""
        top = self.path("libc-dev")
        for name, text in (("DEBIAN/control", "Package: x\nVersion: 1\n"
                            "Architecture: all\nMaintainer: x\n"
                            "Description: x\n"),
                           ("usr/include/linux/kvm.h", "linux"),
                           ("usr/lib/linux/uapi/arm64/asm/kvm.h", "asm")):
            self.file("libc-dev/" + name, text)
        link = os.path.join(top, "usr/include/aarch64-linux-gnu/asm")
        os.makedirs(link)
        os.symlink("../../../lib/linux/uapi/arm64/asm/kvm.h", link + "/kvm.h")
        path = os.path.join(directory, "x.deb")
        subprocess.run(["dpkg-deb", "-b", top, path], check=True,
                       stdout=subprocess.DEVNULL)
        return path

    def test_headers(self):
        """Of the same version, or none."""
        self.offers["bookworm"] = BOOKWORM + [
            offer("linux-libc-dev", "6.1.176-1"),
            offer("linux-libc-dev", "6.1.192-2")]
        source = offer("linux-source-6.1", "6.1.192-2")
        made, scratch = tree(self, "linux"), self.path("scratch")
        os.mkdir(scratch)
        self.assertEqual(setup.with_headers(made), [])
        with mock.patch.object(debian, "fetch",
                               lambda wanted, place: self.deb(place)):
            setup.add_headers(source._replace(version="6.1.190-1"), made, scratch)
            self.assertEqual(os.listdir(scratch), [])
            setup.add_headers(source, made, scratch)
        found = made + "/.headers"
        self.assertEqual(setup.with_headers(made),
                         ["KHDR_INCLUDES=-isystem " + found])
        for name, text in (("linux", "linux"), ("asm", "asm")):
            with open("%s/%s/kvm.h" % (found, name)) as f:
                self.assertEqual(f.read(), text)
            self.assertFalse(os.path.islink("%s/%s/kvm.h" % (found, name)))

    def test_headers_that_cannot_be_had(self):
        wanted = offer("linux-libc-dev", "6.1.192-2")
        self.offers["bookworm"] = BOOKWORM + [wanted]
        self.trouble["linux-libc-dev", "6.1.192-2"] = debian.Gone("gone")
        made = tree(self, "linux")
        source = wanted._replace(package="linux-source-6.1")

        def get(packed=None):
            scratch = tempfile.mkdtemp(dir=self.top)
            with contextlib.redirect_stderr(io.StringIO()) as said, \
                    mock.patch.object(debian, "fetch", packed or debian.fetch):
                setup.add_headers(source, made, scratch)
            self.assertRegex(said.getvalue(), "^kvm-nisv: without .*headers")
            self.assertEqual(setup.with_headers(made), [])

        get()

        def damaged(_wanted, place):
            path = os.path.join(place, "x.deb")
            with open(path, "w") as f:
                f.write("nothing")
            return path

        get(damaged)

    def test_offline(self):
        self.refused("no kernel source for 6.1.0.*--ksrc", self.source, "6.1.0",
                     offline=True, kind=setup.Missing)
        self.source("6.1.0-56-arm64", "bookworm")
        self.assertEqual(self.source("7.3.4", offline=True)[1], "6.1.192")


# ------------------------------------------------------------- host tools

APT_GET = """#!/bin/sh
echo "$@" >> "$TEST_TOP/apt.log"
case "$*" in
*install*) [ -e "$TEST_TOP/broken" ] && { echo "E: no way"; exit 100; }
	printf '#!/bin/sh\\n' > "$TEST_TOP/bin/shellcheck"
	chmod +x "$TEST_TOP/bin/shellcheck";;
esac
"""


class HostTools(Case):
    def setUp(self):
        super().setUp()
        self.file("bin/apt-get", APT_GET)
        os.chmod(self.path("bin/apt-get"), 0o755)
        for name in ("sh", "chmod"):
            os.symlink(shutil.which(name), self.path("bin", name))
        patch = mock.patch.dict(os.environ, PATH=self.path("bin"),
                                TEST_TOP=self.top)
        patch.start()
        self.addCleanup(patch.stop)

    def need(self, uid=0, **given):
        with mock.patch.object(os, "geteuid", lambda: uid):
            setup.host_tools(["shellcheck"], options(**given))

    def log(self):
        try:
            with open(self.path("apt.log")) as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def test_installed_once(self):
        self.need()
        self.need()
        self.assertEqual(self.log(), "-q update\n-q install -y "
                         "--no-install-recommends -o DPkg::Lock::Timeout=60 "
                         "shellcheck\n")
        self.assertEqual(self.said.getvalue(), "kvm-nisv: installing shellcheck\n")

    def test_not_as_a_user(self):
        self.refused("as root: apt-get install shellcheck", self.need, uid=1000,
                     kind=setup.Missing)
        self.assertEqual(self.log(), "")

    def test_but_through_sudo(self):
        self.file("bin/sudo", '#!/bin/sh\nexec "$@"\n')
        os.chmod(self.path("bin/sudo"), 0o755)
        self.need(uid=1000)
        self.assertIn("install -y", self.log())

    def test_offline(self):
        self.refused("apt-get install shellcheck", self.need, offline=True,
                     kind=setup.Missing)
        self.assertEqual(self.log(), "")

    def test_without_apt(self):
        os.unlink(self.path("bin/apt-get"))
        self.refused("install shellcheck with this system", self.need,
                     kind=setup.Missing)

    def test_failure(self):
        self.file("broken")
        self.refused("apt-get fails .no way", self.need)

    def test_qemu(self):
        self.file("q e", "#!/bin/sh\necho QEMU emulator version 9.1.2 '(x)'\n")
        os.chmod(self.path("q e"), 0o755)
        self.assertEqual(setup.qemu(options(qemu=self.path("q e"))),
                         (self.path("q e"), "9.1.2"))
        self.refused("no such program", setup.qemu, options(qemu="/none"))
        self.refused("is no QEMU", setup.qemu,
                     options(qemu=self.path("bin/chmod")))


# ------------------------------------------------------------------ build

MAKEFILE = """
install_together:
	@test -z "$$CFLAGS" || { echo "error: CFLAGS=$$CFLAGS"; false; }
	@echo "$(ARCH) $(CROSS_COMPILE) $(USERLDFLAGS) $(KSRC)" > $(O)/seen
	@mkdir $(INSTALL_PATH) && cp p.c $(INSTALL_PATH)/p
"""


class Build(Case):
    def setUp(self):
        super().setUp()
        self.file("checkout/Makefile", MAKEFILE)
        self.file("checkout/p.c", "1")
        self.src = setup.Source(tree(self, "linux"), "6.1.176", None)

    def build(self, **given):
        return setup.build(self.src, options(), "no-such-", **given)

    @unittest.skipUnless(shutil.which("make"), "no make")
    def test_install(self):
        with mock.patch.dict(os.environ, MAKEFLAGS="-n", CFLAGS="-bad"):
            place = self.build()
        self.assertEqual(os.listdir(place), ["p"])
        with open(os.path.join(os.path.dirname(place), "seen")) as f:
            self.assertEqual(f.read(), "arm64 no-such- -static -s %s\n"
                             % self.src.path)
        first = setup.build_id(place)
        self.assertEqual(setup.build_id(self.build()), first)
        self.file("checkout/p.c", "2")
        self.assertNotEqual(setup.build_id(self.build()), first)
        self.assertEqual(self.leftovers(), [])
        self.assertEqual(self.said.getvalue().count("building"), 1)

    @unittest.skipUnless(shutil.which("make"), "no make")
    def test_a_new_version_of_the_tree_starts_anew(self):
        place = self.build()
        stale = os.path.join(os.path.dirname(place), "stale.o")
        for version, there in (("6.1.176", True), ("6.1.192", False)):
            self.file(stale)
            self.src = self.src._replace(version=version)
            self.build()
            self.assertEqual(os.path.exists(stale), there)

    @unittest.skipUnless(shutil.which("make"), "no make")
    def test_failure(self):
        place = self.build()
        self.file("checkout/Makefile", "install_together:\n\t@echo 'p.c:1: error: what'; "
                  "echo more; false\n")
        self.refused(r"p.c:1: error: what.*build.log$", self.build)
        self.assertTrue(os.path.isdir(place))
        self.assertEqual(self.leftovers(), [])

    def test_last_error(self):
        for text, line in (
                ("a.c:1:2: error: x\nmake: *** [a.o] Error 1\n", "a.c:1:2: error: x"),
                ("ld: undefined reference to `f'\nmake: *** [a] Error 1",
                 "ld: undefined reference to `f'"),
                ("make: *** No rule to make target 'x'.  Stop.\n",
                 "make: *** No rule to make target 'x'.  Stop."),
                ("one\ntwo\n", "two"), ("", "no output")):
            self.assertEqual(setup.last_error(text), line)

    def test_paths_that_make_cannot_handle(self):
        for name in ("a b", "a'b", "a:b", "a#b", "a$b", "a\tb"):
            self.refused("cannot handle", setup.plain_path, "/x/" + name, "it")
        for name in ("a_b", "a+b~1", "ä", "a,b=c@d"):
            setup.plain_path("/x/" + name, "it")


# ------------------------------------------------------------------ locks

def in_other_process(case, code):
    env = dict(os.environ, PYTHONPATH=TOOLS, PYTHONDONTWRITEBYTECODE="1")
    return subprocess.Popen(
        [sys.executable, "-c", "import setup, time, common\n"
         "setup.checkout = lambda: %r\n%s" % (case.checkout, code)],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Locks(Case):
    def test_one_run_in_a_checkout(self):
        setup.lock_checkout()
        setup.lock_checkout()
        other = in_other_process(self, "try: setup.lock_checkout()\n"
                                 "except setup.Fail as e: print(e)")
        self.assertRegex(other.communicate()[0], "^another run.*\n$")

    def test_the_cache_is_waited_for(self):
        with setup.cache():
            other = in_other_process(self, "with setup.cache(): print('in')")
            self.assertRegex(other.stdout.readline(), "waiting for another run")
            self.assertIsNone(other.poll())
        self.assertEqual(other.communicate()[0], "in\n")

    def test_what_a_killed_run_left_is_swept(self):
        self.file("cache/kvm-nisv/%sx/y" % common.SCRATCH)
        self.file("checkout/build/%sx/y" % common.SCRATCH)
        setup.lock_checkout()
        with setup.cache():
            self.assertEqual(self.leftovers(), [])

    def test_places_that_cannot_be(self):
        self.file("cache")
        self.refused("cannot create.*XDG_CACHE_HOME", setup.cache().__enter__)
        with mock.patch.dict(os.environ, XDG_CACHE_HOME=self.path("a b")):
            self.refused("space", setup.cache().__enter__)


# ----------------------------------------------------------------- common

class Common(Case):
    def test_interrupted_child_takes_its_children_along(self):
        mark = self.path("grandchild")
        other = in_other_process(self, "common.run(['sh', '-c', "
                                 "'sleep 60 & echo $! > %s; wait'])" % mark)
        while not os.path.exists(mark) or not os.path.getsize(mark):
            time.sleep(0.01)
        other.send_signal(signal.SIGINT)
        other.communicate(timeout=10)
        with open(mark) as f:
            stat = "/proc/%s/stat" % f.read().strip()
        with contextlib.suppress(FileNotFoundError):
            for _ in range(200):        # it may not be reaped yet
                with open(stat) as f:
                    state = f.read()
                if ") Z " in state:
                    break
                time.sleep(0.01)
            self.assertIn(") Z ", state)

    def test_write_is_whole_or_nothing(self):
        path = self.file("x", "old")
        with self.assertRaises(TypeError):
            common.write(path, b"new")
        with open(path) as f:
            self.assertEqual(f.read(), "old")
        common.write(path, "new")
        with open(path) as f:
            self.assertEqual(f.read(), "new")
        self.assertEqual(self.leftovers(), [])

    def test_run(self):
        self.assertEqual(common.run(["sh", "-c", "echo a; echo b >&2; exit 3"]),
                         (3, "a\nb\n"))
        status, text = common.run(["/no/such/program"])
        self.assertEqual((status, "/no/such/program" in text), (127, True))


@unittest.skipUnless(debian.codename(), "no Debian with apt")
class RealApt(Case):
    """The machine's apt, its sources replaced by a repository of ours."""

    def setUp(self):
        super().setUp()
        for suite, packages in (("bookworm", PACKAGES), ("trixie", PACKAGES),
                                ("bookworm-updates", UPDATES)):
            self.file("repo/dists/%s/main/binary-arm64/Packages" % suite, packages)
            self.file("repo/dists/%s/Release" % suite,
                      "Origin: Debian\nCodename: %s\nArchitectures: arm64\n"
                      "Components: main\n" % suite)
        # No apt.conf.d here: apt warns on stderr about that, and is to be
        # understood all the same.
        self.file("apt/sources.list", "deb file:%s bookworm main\n"
                  "deb file:%s bookworm-updates main\n" % ((self.path("repo"),) * 2))
        conf = self.file("apt.conf", 'Dir::Etc "%s";\n' % self.path("apt"))
        patch = mock.patch.dict(os.environ, APT_CONFIG=conf)
        patch.start()
        self.addCleanup(patch.stop)
        os.makedirs(debian._cache)

    def trusted(self, suite):
        """The index, trusted here by hand to see the rest of the way."""
        real = debian.deb822

        def deb822(sources):
            text = real(sources)
            for name in os.listdir(self.path("repo/dists")):
                text = text.replace("Suites: %s\n" % name,
                                    "Suites: %s\nTrusted: yes\n" % name)
            return text

        with mock.patch.object(debian, "deb822", deb822):
            return debian.index(suite)

    def test_unsigned_is_refused(self):
        self.refused("cannot verify", debian.index, "bookworm")
        self.assertEqual(os.listdir(self.path("cache/kvm-nisv/apt")), [])

    def test_a_suite_that_is_not_there(self):
        self.refused("has no suite warty", debian.index, "warty")

    def test_no_debian_source(self):
        self.file("apt/sources.list", "deb http://x.example/y nodistro main\n")
        self.refused("name no Debian archive", debian.index, "bookworm")

    def test_all_of_a_suite(self):
        index = self.trusted("bookworm")
        self.assertEqual(setup.newest(index)[0], "6.1.0-50-arm64")
        self.assertEqual([o.version for o in index["busybox-static"]],
                         ["1:1.35.0-5", "1:1.35.0-4+b1"])

    def test_another_architecture(self):
        text = PACKAGES.replace("busybox-static", "qemu-system-arm")
        self.file("repo/dists/bookworm/main/binary-armel/Packages", text)
        release = "repo/dists/bookworm/Release"
        with open(self.path(release)) as f:
            text = f.read()
        self.file(release, text.replace("arm64", "arm64 armel"))
        self.assertIn("qemu-system-arm", self.trusted("bookworm:armel"))
        self.assertNotIn("qemu-system-arm", self.trusted("bookworm"))

    def deb(self, name, depends):
        """Builds a package with a file, and gives its part of Packages."""
        control = ("Package: %s\nVersion: 1\nArchitecture: arm64\n"
                   "Maintainer: nobody <nobody@localhost>\nDescription: none\n" %
                   name)
        if depends:
            control += "Depends: %s\n" % depends
        self.file("packages/%s/DEBIAN/control" % name, control)
        self.file("packages/%s/usr/%s" % (name, name))
        path = "pool/%s.deb" % name
        os.makedirs(self.path("repo/pool"), exist_ok=True)
        status, said = common.run(["dpkg-deb", "--build", "--root-owner-group",
                                   self.path("packages", name),
                                   self.path("repo", path)])
        self.assertEqual(status, 0, said)
        with open(self.path("repo", path), "rb") as f:
            data = f.read()
        return "%sFilename: %s\nSize: %d\nSHA256: %s\n\n" % (
            control, path, len(data), hashlib.sha256(data).hexdigest())

    def test_a_package_with_all_it_needs(self):
        top, needed = self.deb("llvm-22", "libc6"), self.deb("libc6", "")
        self.file("repo/dists/trixie/main/binary-arm64/Packages", top + needed)
        wanted, = self.trusted("trixie")["llvm-22"]
        os.mkdir(self.path("there"))
        root = debian.fetch_all(wanted, self.path("there"))
        self.assertEqual(sorted(os.listdir(os.path.join(root, "usr"))),
                         ["libc6", "llvm-22"])
        self.assertEqual(os.listdir(self.path("there")), ["root"])
        os.unlink(self.path("repo/pool/libc6.deb"))
        os.mkdir(self.path("again"))
        self.refused("what it depends on", debian.fetch_all, wanted,
                     self.path("again"))

    def test_a_suite_without_updates(self):
        self.assertEqual(setup.newest(self.trusted("trixie"))[0],
                         "6.1.0-50-arm64")

    def test_a_third_party_of_the_same_suite(self):
        name = "repo/dists/bookworm-updates/Release"
        with open(self.path(name)) as f:
            text = f.read()
        self.file(name, text.replace("Origin: Debian", "Origin: Third"))
        self.assertEqual([o.version for o in
                          self.trusted("bookworm")["busybox-static"]],
                         ["1:1.35.0-4+b1"])


if __name__ == "__main__":
    unittest.main()
