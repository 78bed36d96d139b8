# SPDX-License-Identifier: GPL-2.0-only
"""Everything that is installed, downloaded, unpacked and built.

prepare(opts) -> Plan       all that a run in QEMU needs
native_plan(opts) -> Plan   all that a run on this arm64 machine needs
    opts: ksrc, image, kernel, qemu, offline, jobs; each may be missing or None

The steps, for the tools that need only one of them:
host_tools(names, opts)     have these programs (keys of HOST), installing the
                            missing ones with apt-get
kernel(spec, opts) -> Kernel       a packaged arm64 kernel; spec: None (what the
                            machine's own suite offers), a suite, a release
image(path) -> Kernel       a kernel image given by the user
source(opts, release, suite=None) -> Source    the tree whose selftest library
                            fits a kernel of that release (from that suite)
busybox(opts) -> path       a static arm64 busybox
qemu(opts) -> (path, version)      --qemu, a program or a suite that has one; else
                            the installed one
llvm_mc(opts) -> words      begin a command with these: LLVM's assembler and
                            disassembler, newer than those of the compiler
build(source, opts, cross) -> directory with the programs
libraries(cross) -> (name, path) pairs: the shared libraries that dynamic ones need
channel(opts, cross) -> path       the guest's own helper

Each says one line for what takes time or changes the machine, and nothing when
all is there.  What cannot be had is a Fail; nothing half-done stays behind.

Cache (cache_dir(), shared by checkouts; safe to delete):
    apt/SUITE/                     what the archive offers, asked once a day
    kernels/RELEASE_VERSION/       Image, about.json
    sources/PACKAGE_VERSION/       the unpacked tree
    busybox/VERSION/               busybox
    qemu/SUITE_VERSION/            qemu-system-aarch64
    llvm/PACKAGE_VERSION/          llvm-mc, its libraries and their loader
Checkout (build_dir()): one directory for each kernel tree: objects, programs
and logs.  One run at a time in a checkout (the second is refused); in the
cache one at a time as well, but the second waits.
"""

import collections
import contextlib
import errno
import fcntl
import glob
import gzip
import hashlib
import json
import lzma
import mmap
import os
import re
import shutil
import struct
import zlib

import debian
from common import (SCRATCH, Fail, checkout, jobs, plain_env, run, say,
                    scratch, write)

Kernel = collections.namedtuple("Kernel", "image release suite origin")
Source = collections.namedtuple("Source", "path version package")
Plan = collections.namedtuple(
    "Plan", "image release origin programs libraries ksrc ksrc_version busybox "
    "channel qemu qemu_version cross build_id")

# The QEMU that a mode needs, where that is not any.
MODE_QEMU = {"nested": (9, 0)}

# Libraries from here on refuse kernels before it (memory slots of 6.8); the
# one of 6.1 runs on all, from 5.10 on.
NEW_LIBRARY = (6, 8)
OLD_LIBRARY = (6, 1)
OLD_LIBRARY_SUITE = "bookworm"

CROSS = "aarch64-linux-gnu-"


class Missing(Fail):
    """Cannot be fetched here: the line says what to provide."""


# ------------------------------------------------------------ places, locks

# make cannot handle these in a path.
HOSTILE = re.compile(r"""[\s"'#$%:;&|<>()*?`\\\[\]{}!]""")


def plain_path(path, what):
    if HOSTILE.search(path):
        raise Fail("%s has a space or a special character in its path, which "
                   "make cannot handle: %s: use another place" % (what, path))
    return path


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.expanduser("~/.cache")
    return os.path.join(base, "kvm-nisv")


def build_dir():
    return os.path.join(checkout(), "build")


def make_dir(path, advice):
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as e:
        raise Fail("cannot create %s (%s): %s" % (path, e.strerror, advice))
    return path


_held = {}          # locks of this process: path -> file descriptor


def _flock(path, how):
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, how)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _sweep(top):
    """Remove what a run left that was killed."""
    for name in os.listdir(top):
        if name.startswith(SCRATCH):
            shutil.rmtree(os.path.join(top, name), ignore_errors=True)


def lock_checkout():
    """Refuse a second run in this checkout; held until this process ends."""
    path = os.path.join(make_dir(build_dir(), "make the checkout writable"),
                        "lock")
    if path in _held:
        return
    try:
        _held[path] = _flock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _sweep(build_dir())
    except BlockingIOError:
        raise Fail("another run is going on in this checkout: wait for it, or "
                   "use a clone")
    except OSError as e:
        raise Fail("cannot open %s (%s): make the checkout writable"
                   % (path, e.strerror))


@contextlib.contextmanager
def cache():
    """The cache, to ourselves."""
    advice = "name another place with XDG_CACHE_HOME"
    top = make_dir(plain_path(cache_dir(), "the cache"), advice)
    path = os.path.join(top, "lock")
    if path in _held:
        yield top
        return
    try:
        try:
            fd = _flock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another run that fills the cache %s" % top)
            fd = _flock(path, fcntl.LOCK_EX)
    except OSError as e:
        raise Fail("cannot write to %s (%s): %s" % (top, e.strerror, advice))
    _held[path] = fd
    try:
        _sweep(top)
        debian.use(top)
        yield top
    except OSError as e:
        if e.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            raise
        raise Fail("cannot write to %s (%s): make room, or %s"
                   % (top, e.strerror, advice))
    finally:
        os.close(_held.pop(path))


def in_use(directory):
    """Keep this directory of the cache from being replaced while we live."""
    if directory not in _held:
        fd = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(fd, fcntl.LOCK_SH)
        _held[directory] = fd
    return directory


def drop(directory):
    """Remove a directory of the cache unless another run uses it."""
    if directory in _held:
        return
    fd = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        gone = os.path.join(cache_dir(), SCRATCH + os.path.basename(directory))
        os.rename(directory, gone)
        shutil.rmtree(gone, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(fd)


def cached(kind):
    """What the cache holds of one kind: (name, version, directory)."""
    top = os.path.join(cache_dir(), kind)
    names = sorted(os.listdir(top)) if os.path.isdir(top) else []
    return [name.partition("_")[::2] + (os.path.join(top, name),)
            for name in names if "_" in name]


def file_version(version):
    """A package's version as part of a file name."""
    return re.sub(r"[^\w.+~-]", "_", version)


def keep(kind, name, version, made):
    """Move what was made into the cache, in place of other versions of it."""
    top = make_dir(os.path.join(cache_dir(), kind), "make room")
    place = os.path.join(top, "%s_%s" % (name, version))
    if os.path.isdir(place):        # there, but not usable
        drop(place)
    os.chmod(made, 0o755)
    os.rename(made, place)
    for other, other_version, directory in cached(kind):
        if other == name and other_version != version:
            drop(directory)
    return place


# --------------------------------------------------------------- host tools

def on_arm64():
    return os.uname().machine in ("aarch64", "arm64")


def cross_prefix():
    return "" if on_arm64() else CROSS


def _program(name):
    return lambda: shutil.which(name) is not None


def _library(compiler, name):
    """A compiler prints the name alone when it does not have the file."""
    return lambda: os.path.isabs(run([compiler, "-print-file-name=" + name])[1])


# What is needed: the package that has it, and whether it is there.
HOST = {
    "qemu-system-aarch64": ("qemu-system-arm", _program("qemu-system-aarch64")),
    CROSS + "gcc": ("gcc-aarch64-linux-gnu", _program(CROSS + "gcc")),
    "arm64 libc.a": ("libc6-dev-arm64-cross", _library(CROSS + "gcc", "libc.a")),
    "gcc": ("gcc", _program("gcc")),
    "libc headers": ("libc6-dev", _library("gcc", "crt1.o")),
    "make": ("make", _program("make")),
    "rsync": ("rsync", _program("rsync")),
    "git": ("git", _program("git")),
    "xz": ("xz-utils", _program("xz")),
    # perl-base is there but lacks what checkpatch.pl uses
    "perl": ("perl", lambda: run(["perl", "-MTerm::ANSIColor", "-e1"])[0] == 0),
    "shellcheck": ("shellcheck", _program("shellcheck")),
    "clang": ("clang", _program("clang")),
    "flex": ("flex", _program("flex")),
    "bison": ("bison", _program("bison")),
    "bc": ("bc", _program("bc")),
    "ld.lld": ("lld", _program("ld.lld")),
    "arm-none-eabi-as": ("binutils-arm-none-eabi",
                         _program("arm-none-eabi-as")),
}

BUILD_TOOLS = ("gcc", "libc headers", "make", "rsync", "xz")


def build_tools():
    return BUILD_TOOLS + (() if on_arm64() else (CROSS + "gcc", "arm64 libc.a"))


def host_tools(names, opts):
    lacking = [name for name in names if not HOST[name][1]()]
    if not lacking:
        return
    packages = sorted({HOST[name][0] for name in lacking})
    command = "apt-get install " + " ".join(packages)
    if not shutil.which("apt-get"):
        raise Missing("install %s with this system's package manager"
                      % ", ".join(lacking))
    if getattr(opts, "offline", False):
        raise Missing("run as root, with a network: " + command)
    become = []
    if os.geteuid() != 0:
        become = ["sudo"]
        if not shutil.which("sudo"):
            raise Missing("run as root: " + command)
    say("installing " + " ".join(packages))
    env = plain_env(DEBIAN_FRONTEND="noninteractive")
    become += ["apt-get", "-q"]
    # A source that has nothing to do with it may fail to update: go on.
    _, updated = run(become + ["update"], env=env, terminal=become[0] == "sudo")
    status, text = run(become + ["install", "-y", "--no-install-recommends",
                                 "-o", "DPkg::Lock::Timeout=60"] + packages,
                       env=env, terminal=become[0] == "sudo")
    if status:
        why = updated if "Failed to fetch" in updated else text
        raise Fail("apt-get fails (%s): repair that, then run as root: %s"
                   % (debian.complaint(why), command))
    still = [name for name in lacking if not HOST[name][1]()]
    if still:
        raise Fail("%s still missing after: %s" % (", ".join(still), command))


def older(version, than):
    return tuple(map(int, re.findall(r"\d+", version)[:len(than)])) < than


def qemu(opts):
    """The QEMU to use and its version: where the mode needs a newer one than is
    installed, that of the distribution's backports."""
    given = getattr(opts, "qemu", None)
    if not given or is_suite(given):
        # The one of a suite runs with the libraries of this machine's.
        host_tools(["qemu-system-aarch64"], opts)
    if given and is_suite(given):
        path = packaged_qemu(given, opts)
    else:
        path = shutil.which(given or "qemu-system-aarch64")
    if not path:
        raise Fail("--qemu %s: no such program" % given)
    path = os.path.abspath(path)
    version = qemu_version(path)
    needed = MODE_QEMU.get(getattr(opts, "mode", None))
    if not given and needed and older(version, needed) and debian.codename():
        suite = debian.codename() + "-backports"
        say("--mode %s needs QEMU %d.%d: taking that of %s" %
            (opts.mode, *needed, suite))
        path = packaged_qemu(suite, opts)
        version = qemu_version(path)
    return path, version


def is_suite(given):
    """Whether --qemu means a suite of the archive: no program is called so."""
    return bool(debian.codename() and re.fullmatch(r"[a-z][a-z-]*", given)
                and not shutil.which(given))


def packaged_qemu(suite, opts):
    with cache():
        if getattr(opts, "offline", False):
            return _cached_qemu(suite)
        try:
            return or_else(lambda: _qemu_offer(suite), _have_or_get_qemu)
        except debian.Unreachable as e:
            with contextlib.suppress(Missing):
                found = _cached_qemu(suite)
                say("%s: taking %s from the cache" % (e, found))
                return found
            raise
        except debian.Gone as e:
            raise Fail("--qemu %s: no such program, and %s" % (suite, e))


def _cached_qemu(suite, wanted=None):
    for name, version, directory in reversed(cached("qemu")):
        path = os.path.join(directory, "qemu-system-aarch64")
        if name == suite and version == (wanted or version) and \
                os.path.isfile(path):
            in_use(directory)
            return path
    raise Missing("no QEMU of %s in the cache: run once with a network, or give "
                  "--qemu FILE" % suite)


def _qemu_offer(suite):
    offers = debian.index("%s:%s" % (suite, debian.architecture())).get(
        "qemu-system-arm")
    if not offers:
        raise Fail("%s offers no qemu-system-arm: choose another suite" % suite)
    return offers[:1]


def _have_or_get_qemu(offer):
    suite = offer.suite.partition(":")[0]
    version = file_version(offer.version)
    with contextlib.suppress(Missing):
        return _cached_qemu(suite, version)
    with scratch(cache_dir()) as directory:
        deb = debian.fetch(offer, directory)
        found = debian.extract(deb, directory, "./usr/bin/qemu-system-aarch64")
        try:
            qemu_version(found)
        except Fail as e:
            raise Fail("%s %s of %s: %s" % (offer.package, offer.version, suite,
                                            e))
        made = os.path.join(directory, "made")
        os.mkdir(made)
        os.rename(found, os.path.join(made, "qemu-system-aarch64"))
        keep("qemu", suite, version, made)
    return _cached_qemu(suite, version)


def qemu_version(path):
    """Asked once: it takes a tenth of a second."""
    status = os.stat(path)
    asked = "%s %d %d " % (path, status.st_mtime_ns, status.st_size)
    record = os.path.join(make_dir(build_dir(), "make the checkout writable"),
                          "qemu-version")
    with contextlib.suppress(OSError), open(record, encoding="utf-8") as f:
        known = f.read()
        if known.startswith(asked):
            return known[len(asked):]
    status, text = run([path, "--version"])
    found = re.search(r"QEMU emulator version (\S+)", text)
    lacks = re.search(r"loading shared libraries: ([^:\s]+)"
                      r"|version `([\w.]+)' not found", text)
    if status and lacks:
        raise Fail("%s cannot run here, it needs %s: use an older QEMU, or a "
                   "newer system" % (os.path.basename(path),
                                     lacks[1] or lacks[2]))
    if status or not found:
        raise Fail("%s is no QEMU: it does not answer --version with one" % path)
    write(record, asked + found.group(1))
    return found.group(1)


# --------------------------------------------------------------------- LLVM

# For make check alone, 75 MB once: binutils of Debian 12 and 13 lack what is newer
# than they are, and LLVM is nobody else's transcription. Of a stable suite, which
# keeps it, and with its own libraries, so that it runs on other systems too.
LLVM_SUITE, LLVM = "trixie", "llvm-22"


def llvm_mc(opts):
    if not debian.codename():
        raise Missing("%s is taken from Debian, and this is no Debian system"
                      % LLVM)
    with cache():
        try:
            if getattr(opts, "offline", False):
                raise debian.Unreachable("--offline")
            return or_else(_llvm_offer, _have_or_get_llvm)
        except debian.Unreachable as e:
            for _, _, directory in reversed(cached("llvm")):
                say("%s: taking %s from the cache" % (e, directory))
                return _llvm_words(directory)
            raise


def _llvm_offer():
    offers = debian.index("%s:%s" % (LLVM_SUITE, debian.architecture())).get(LLVM)
    if not offers:
        raise Fail("%s offers no %s" % (LLVM_SUITE, LLVM))
    return offers[:1]


def _llvm_words(directory):
    in_use(directory)
    return [os.path.join(directory, "ld.so"), "--library-path", directory,
            os.path.join(directory, "llvm-mc")]


def _have_or_get_llvm(offer):
    version = file_version(offer.version)
    for name, have, directory in cached("llvm"):
        if (name, have) == (offer.package, version):
            return _llvm_words(directory)
    with scratch(cache_dir()) as directory:
        root = debian.fetch_all(offer, directory)
        made = os.path.join(directory, "made")
        os.mkdir(made)
        _keep_program(root, "usr/lib/%s/bin/llvm-mc" % offer.package, made)
        return _llvm_words(keep("llvm", offer.package, version, made))


def _keep_program(root, name, made):
    """Move a program of an unpacked tree, and what it is linked with, to made;
    the loader is called ld.so there."""
    loaders = glob.glob(os.path.join(root, "usr/lib/*/ld-linux-*.so.*"))
    if len(loaders) != 1:
        raise Fail("no C library, or two, come with %s" % name)
    program = os.path.join(root, name)
    status, text = run([loaders[0], "--inhibit-cache", "--library-path",
                        os.path.dirname(loaders[0]), "--list", program])
    libraries = re.findall(r"^\t([^/\s]+) => (\S+) \(", text, re.M)
    if status or not libraries:
        raise Fail("%s cannot run here (%s)" % (name, last_error(text)))
    shutil.move(program, os.path.join(made, os.path.basename(name)))
    for library, path in libraries:
        shutil.copy(path, os.path.join(made, library))
    shutil.copy(loaders[0], os.path.join(made, "ld.so"))


# ------------------------------------------------------------------ kernels

def series(release):
    """(6, 12) of "6.12.117+deb13-arm64"; None if it is no release."""
    found = re.match(r"(\d+)\.(\d+)", release)
    return (int(found.group(1)), int(found.group(2))) if found else None


IMAGE_MAGIC = (0x38, b"ARMd")
NO_IMAGE = "give --image an uncompressed arm64 kernel, arch/arm64/boot/Image"


def _zboot(data):
    """The kernel in an EFI zboot image."""
    offset, size, kind = struct.unpack_from("<II8x32s", data, 8)
    kind = kind.partition(b"\0")[0]
    payload = data[offset:offset + size]
    if kind == b"gzip":
        unpacker = zlib.decompressobj(31)
    elif kind in (b"xzkern", b"lzma"):
        unpacker = lzma.LZMADecompressor()
    else:
        raise ValueError("compressed with %s" % kind.decode("ascii", "replace"))
    data = unpacker.decompress(payload)
    if not unpacker.eof:
        raise ValueError("truncated")
    return data


def _pe_size(data):
    """How long a kernel with an EFI stub must be: where its sections end."""
    start = int.from_bytes(data[0x3c:0x40], "little")
    if data[:2] != b"MZ" or data[start:start + 4] != b"PE\0\0":
        return 0
    count, = struct.unpack_from("<H", data, start + 6)
    optional, = struct.unpack_from("<H", data, start + 20)
    table = start + 24 + optional
    return max((sum(struct.unpack_from("<II", data, at + 16))
                for at in range(table, table + 40 * count, 40)
                if at + 40 <= len(data)), default=0)


def image(path):
    """Check a kernel image and read its release from it.

    An EFI zboot image, which not every QEMU boots, is unpacked for it.
    """
    try:
        with open(path, "rb") as f:
            head = f.read(64)
            if len(head) < 64:
                raise Fail("%s is too short for a kernel: %s" % (path, NO_IMAGE))
            with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _image(os.path.abspath(path), data)
    except OSError as e:
        raise Fail("cannot read the image %s: %s" % (path, e.strerror))


def _image(path, data):
    boot = path
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as e:
            raise Fail("%s is broken gzip data (%s): %s" % (path, e, NO_IMAGE))
    elif data[:2] == b"MZ" and data[4:8] == b"zimg":
        try:
            data = _zboot(data)
        except (ValueError, zlib.error, lzma.LZMAError, struct.error) as e:
            raise Fail("%s is an EFI zboot image that cannot be unpacked here "
                       "(%s): %s" % (path, e, NO_IMAGE))
        boot = os.path.join(build_dir(), "zboot", "Image")
    elif data[:4] == b"\x7fELF":
        raise Fail("%s is an ELF file (vmlinux?): %s" % (path, NO_IMAGE))
    offset, magic = IMAGE_MAGIC
    if data[offset:offset + 4] != magic:
        raise Fail("%s is no arm64 kernel: %s" % (path, NO_IMAGE))
    if len(data) < _pe_size(data):
        raise Fail("%s is truncated: copy it again" % path)
    found = re.search(rb"Linux version (\d+\.\d+[!-~]*) ", data)
    if not found:
        raise Fail("%s names no Linux version (truncated?): %s"
                   % (path, NO_IMAGE))
    release = found.group(1).decode("ascii")
    if boot != path:
        make_dir(os.path.dirname(boot), "make the checkout writable")
        with scratch(build_dir()) as directory:
            made = os.path.join(directory, "Image")
            with open(made, "wb") as f:
                f.write(data)
            os.rename(made, boot)
    return Kernel(boot, release, None, path)


def is_release(spec):
    return spec[:1].isdigit()


def matches(spec, release, version):
    """Does "6.12", "6.12.117", "6.1.0-50" or a whole release mean this one?

    Part of a release or of the package's version, up to a point where a new
    component starts; and then the plain flavour only.
    """
    if spec == release:
        return True
    if not release.endswith("-arm64"):
        return False
    return any(name.startswith(spec) and not name[len(spec):][:1].isdigit() and
               not spec.endswith((".", "-", "+"))
               for name in (release, version))


def offered(index):
    """The kernels of an index: (release, offer), the newest first."""
    best = {}
    for package, offers in index.items():
        found = re.fullmatch("linux-(image|binary)-(%s)" % debian.RELEASE,
                             package)
        # From 7.x on linux-image only depends on linux-binary.
        if found and (found.group(1) == "binary" or
                      found.group(2) not in best):
            best[found.group(2)] = offers[0]
    return sorted(best.items(), key=lambda item: (
        debian.version_key(item[1].version), item[0].endswith("-arm64")),
        reverse=True)


def newest(index):
    """What linux-image-arm64 stands for in an index: (release, offer)."""
    have = dict(offered(index))
    for meta in index.get("linux-image-arm64", ()):
        found = re.search(r"linux-image-(%s)" % debian.RELEASE, meta.depends)
        if found and found.group(1) in have:
            return found.group(1), have[found.group(1)]
    return None


def choose_offer(spec, offline=False):
    """The (release, offer) that spec means; offline None if that is unknown."""
    if spec is None or not is_release(spec):
        suite = spec or own_suite()
        found = newest(debian.index(suite, offline))
        if not found and not offline:
            raise Fail("%s offers no arm64 kernel: choose another suite" % suite)
        return found
    every = []
    for suite in dict.fromkeys((own_suite(),) + debian.SUITES):
        try:
            here = offered(debian.index(suite, offline))
        except debian.Unreachable:
            raise
        except Fail as e:
            say("%s: looking elsewhere" % e)
            continue
        for item in here:
            if item[0] == spec:
                return item
        every += here
    every.sort(key=lambda item: debian.version_key(item[1].version),
               reverse=True)
    for release, offer in every:
        if matches(spec, release, offer.version):
            return release, offer
    if offline:
        return None
    have = {}
    for release, _ in every:
        have.setdefault(series(release), release)
    raise Fail("no packaged kernel matches '%s'; there are, of each series the "
               "newest: %s" % (spec, ", ".join(have.values())))


def own_suite():
    suite = debian.codename()
    if not suite:
        raise Missing("this is no Debian system: give --image FILE, an arm64 "
                      "kernel image")
    return suite


def cached_kernels():
    """The kernels in the cache, the newest first: (Kernel, version)."""
    found = []
    for release, version, directory in cached("kernels"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            with open(os.path.join(directory, "about.json"),
                      encoding="utf-8") as f:
                about = json.load(f)
            found.append((Kernel(os.path.join(directory, "Image"), release,
                                 about["suite"], about["origin"]), version))
    return sorted(found, key=lambda item: (debian.version_key(item[1]),
                                           item[0].release.endswith("-arm64")),
                  reverse=True)


def kernel(spec, opts):
    if spec is not None and not re.fullmatch(r"[\w.+~-]+", spec):
        raise Fail("--kernel %s is neither a release nor a suite" % spec)
    with cache():
        for known, _ in cached_kernels():
            if known.release == spec:
                return _use_kernel(known)
        if getattr(opts, "offline", False):
            return _cached_kernel(spec)
        try:
            return or_else(lambda: choose_offer(spec), _have_or_get_kernel)
        except debian.Unreachable as e:
            with contextlib.suppress(Missing):
                found = _cached_kernel(spec)
                say("%s: taking %s from the cache" % (e, found.release))
                return found
            raise


def or_else(choose, get):
    """Get what is chosen; when the archive no longer has that, choose again,
    from a fresh index, then from what else there is."""
    while True:
        chosen = choose()
        offer = chosen[-1]
        try:
            return get(*chosen)
        except debian.Gone as e:
            if not debian.refresh(offer.suite):
                say("%s: looking for another one" % e)
                debian.forget(offer)


def _have_or_get_kernel(release, offer):
    for known, version in cached_kernels():
        if (known.release, version) == (release, offer.version):
            return _use_kernel(known)
    return _get_kernel(release, offer)


def _use_kernel(known):
    in_use(os.path.dirname(known.image))
    return known


def _cached_kernel(spec):
    """Without a network: what spec meant when there was one, or the newest
    in the cache that fits."""
    have = cached_kernels()
    last = choose_offer(spec, offline=True) if debian.codename() else None
    for known, version in have:
        if last and (known.release, version) == (last[0], last[1].version):
            return _use_kernel(known)
    for known, version in have:
        if spec is None or spec == known.suite or \
                matches(spec, known.release, version):
            return _use_kernel(known)
    raise Missing("no kernel%s in the cache: run once with a network, or give "
                  "--image FILE, an arm64 kernel image"
                  % (" for '%s'" % spec if spec else ""))


def _get_kernel(release, offer):
    with scratch(cache_dir()) as directory:
        deb = debian.fetch(offer, directory)
        vmlinuz = debian.extract(deb, directory, "./*/vmlinuz*")
        image(vmlinuz)
        made = os.path.join(directory, "made")
        os.mkdir(made)
        os.rename(vmlinuz, os.path.join(made, "Image"))
        origin = "Debian %s %s" % (offer.package, offer.version)
        write(os.path.join(made, "about.json"),
              json.dumps({"origin": origin, "suite": offer.suite}))
        place = in_use(keep("kernels", release, offer.version, made))
    return Kernel(os.path.join(place, "Image"), release, offer.suite, origin)


# ------------------------------------------------------------------ sources

def tree_version(path, option="--ksrc"):
    """The version of a kernel tree, or a Fail if it is none."""
    try:
        with open(os.path.join(path, "Makefile"), encoding="utf-8",
                  errors="replace") as f:
            text = f.read(2000)
    except OSError:
        text = ""
    part = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) *= *"
                           r"(\S*)$", text, re.M))
    parts = [part.get(name, "") for name in ("VERSION", "PATCHLEVEL")]
    selftests = os.path.join(path, "tools/testing/selftests")
    if not all(p.isdigit() for p in parts) or \
            not os.path.isdir(os.path.join(selftests, "kvm")) or \
            not os.path.isfile(os.path.join(selftests, "lib.mk")):
        raise Fail("%s is no kernel source tree (with tools/testing/selftests): "
                   "give %s the top of one" % (path, option))
    version = ".".join(parts + [part.get("SUBLEVEL") or "0"]) + \
        part.get("EXTRAVERSION", "")
    if series(version) < OLD_LIBRARY:
        raise Fail("%s is Linux %s: %s must be 6.1 or later"
                   % (path, version, option))
    return version


def choose_source(release, choices):
    """Of {series: anything}, the one whose library fits a kernel: the newest
    that is not newer than it, and the old one for a kernel that the new ones
    refuse.  None if there is none."""
    limit = series(release)
    if limit < NEW_LIBRARY:
        limit = OLD_LIBRARY
    fitting = [s for s in choices if s <= limit]
    return max(fitting) if fitting else None


def _sources_offered(suite):
    found = {}
    for package, offers in debian.index(suite).items():
        if package.startswith("linux-source-"):
            at = series(package[len("linux-source-"):])
            if at >= OLD_LIBRARY:
                found[at] = offers[0]
    return found


def _source_offer(release, suite):
    """Of the kernel's own series from where it comes; else what fits best in
    the machine's own suite; else the old one that fits every kernel."""
    own = own_suite()
    if suite:
        choices = _sources_offered(suite)
        if choose_source(release, choices) == series(release):
            return (choices[series(release)],)
    for place in (own, OLD_LIBRARY_SUITE):
        choices = _sources_offered(place)
        best = choose_source(release, choices)
        if best:
            return (choices[best],)
    raise Missing("no packaged kernel source fits %s: %s" % (release, GIVE_KSRC))


def cached_sources():
    """The trees in the cache, the oldest first, with their package versions."""
    found = []
    for package, version, directory in cached("sources"):
        with contextlib.suppress(Fail):
            found.append((Source(directory, tree_version(directory), package),
                          version))
    return sorted(found, key=lambda row: debian.version_key(row[1]))


def _use_source(found):
    in_use(found.path)
    return found


GIVE_KSRC = "give --ksrc DIR, a kernel source tree of 6.1 or later"


def source(opts, release, suite=None):
    given = getattr(opts, "ksrc", None)
    if given:
        return given_source(given, release)
    with cache():
        if getattr(opts, "offline", False) or not debian.codename():
            return _cached_source(release)
        try:
            return or_else(lambda: _source_offer(release, suite),
                           _have_or_get_source)
        except debian.Unreachable as e:
            with contextlib.suppress(Missing):
                found = _cached_source(release)
                say("%s: taking %s from the cache" % (e, found.package))
                return found
            raise


def _have_or_get_source(offer):
    for found, version in reversed(cached_sources()):
        # A newer one may come from another suite: no need to swap them.
        if found.package == offer.package and \
                debian.version_key(version) >= debian.version_key(offer.version):
            return _use_source(found)
    return _get_source(offer)


def _cached_source(release):
    have = {series(found.version): found for found, _ in cached_sources()}
    best = choose_source(release, have)
    if not best:
        raise Missing("no kernel source for %s in the cache: %s"
                      % (release, GIVE_KSRC))
    return _use_source(have[best])


def given_source(path, release):
    path = plain_path(os.path.abspath(path), "--ksrc")
    version = tree_version(path)
    if series(version) >= NEW_LIBRARY and series(release) < NEW_LIBRARY:
        raise Fail("the selftest library of Linux %s in --ksrc refuses kernels "
                   "before %d.%d, and this one is %s: give a --ksrc of 6.1, or "
                   "a newer kernel" % ((version,) + NEW_LIBRARY + (release,)))
    return Source(path, version, None)


def _get_source(offer):
    with scratch(cache_dir()) as directory:
        deb = debian.fetch(offer, directory)
        packed = debian.extract(deb, directory, "./usr/src/*.tar.xz")
        os.unlink(deb)
        say("unpacking %s (about 20 s)" % offer.package)
        # packed in many blocks, which a newer xz unpacks side by side
        status, text = run(["tar", "-xJf", packed, "--no-same-owner",
                            "-C", directory], env=plain_env(XZ_OPT="-T0"))
        if status:
            debian.refuse("%s unpacked" % offer.package, text)
        made = os.path.join(directory, offer.package)
        version = tree_version(made)
        add_headers(offer, made, directory)
        place = keep("sources", offer.package, offer.version, made)
    return _use_source(Source(place, version, offer.package))


HEADERS = ".headers"    # in a packaged tree, what its "make headers" installs


def add_headers(offer, tree, directory):
    """Give a packaged tree its installed headers, which are packaged, too, where
    the same suite has them: to install them runs some thousand programs."""
    same = [other for other in debian.index(offer.suite).get("linux-libc-dev", ())
            if other.version == offer.version]
    if not same:
        return
    directory = os.path.join(directory, "libc-dev")
    os.mkdir(directory)
    try:
        deb = debian.fetch(same[0], directory)
    except Fail as e:       # make can install them, too
        say("without packaged headers: %s" % e)
        return
    include = os.path.join(directory, "usr/include")
    # newer packages have those of all architectures, and links to them
    status, text = run(["sh", "-c", 'dpkg-deb -x "$1" "$2" && '
                        'cp -RL "$3/aarch64-linux-gnu/asm" "$3/asm" && '
                        'mv "$3" "$4"', "sh", deb, directory, include,
                        os.path.join(tree, HEADERS)])
    if status:
        say("without the headers of %s: %s" % (os.path.basename(deb),
                                               last_error(text)))


def with_headers(path):
    """What make is told of a kernel tree that has them."""
    headers = os.path.join(path, HEADERS)
    return ["KHDR_INCLUDES=-isystem " + headers] if os.path.isdir(headers) else []


# ------------------------------------------------------------------ busybox

def busybox(opts):
    with cache():
        here = cached("busybox")
        path = os.path.join(here[-1][2], "busybox") if here else None
        if path and os.path.isfile(path):
            in_use(here[-1][2])
            return path
        if getattr(opts, "offline", False) or not debian.codename():
            raise Missing("no arm64 busybox: put a static one at %s" %
                          os.path.join(cache_dir(), "busybox/busybox_mine/busybox"))
        return or_else(_busybox_offer, _get_busybox)


def _busybox_offer():
    offers = debian.index(own_suite()).get("busybox-static")
    if not offers:
        raise Fail("%s offers no busybox-static for arm64" % own_suite())
    return offers[:1]


def _get_busybox(offer):
    with scratch(cache_dir()) as directory:
        deb = debian.fetch(offer, directory)
        found = debian.extract(deb, directory, "./*bin/busybox")
        made = os.path.join(directory, "made")
        os.mkdir(made)
        os.rename(found, os.path.join(made, "busybox"))
        return os.path.join(keep("busybox", "busybox",
                                 file_version(offer.version), made), "busybox")


# -------------------------------------------------------------------- build

# A build has to come out the same from a shell and from inside another make.
BUILD_ENV = ("PATH", "HOME", "TMPDIR", "USER", "LOGNAME", "CCACHE_DIR")


def build_env():
    env = {name: os.environ[name] for name in BUILD_ENV if name in os.environ}
    return dict(env, LC_ALL="C")


def last_error(text):
    """The line of a build's output that tells the most."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for pattern in (r"\berror: |undefined reference", r"\*\*\*"):
        found = [line for line in lines if re.search(pattern, line)]
        if found:
            return found[-1]
    return lines[-1] if lines else "no output"


def tree_home(path):
    """Where a tree that the user gives is built."""
    return os.path.join(build_dir(), "tree-" + hashlib.sha256(
        os.path.abspath(path).encode()).hexdigest()[:8])


def build_home(src, cross):
    """The build directory of a kernel tree, emptied when it was made from
    another version of it or by another compiler."""
    name = src.package or \
        "ksrc-" + hashlib.sha256(src.path.encode()).hexdigest()[:8]
    home = os.path.join(build_dir(), name)
    _, compiler = run([cross + "gcc", "--version"])
    stamp = "\n".join((src.path, src.version, compiler.partition("\n")[0], ""))
    record = os.path.join(home, "made-from")
    try:
        with open(record, encoding="utf-8") as f:
            same = f.read() == stamp
    except OSError:
        same = False
    if not same:
        shutil.rmtree(home, ignore_errors=True)
        make_dir(home, "make the checkout writable")
        write(record, stamp)
    return home


# What the programs are made from, in the checkout.
INPUTS = ("Makefile", "config", "settings", "include", "lib", "aarch64",
          "tools/guest/all.c")


def inputs():
    """Those files as they are now, for a comparison."""
    found = []
    for name in INPUTS:
        top = os.path.join(checkout(), name)
        paths = [top]
        if os.path.isdir(top):
            paths = [os.path.join(top, leaf) for leaf in sorted(os.listdir(top))]
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                status = os.stat(path)
                found.append("%s %d %d\n" % (path, status.st_mtime_ns,
                                             status.st_size))
    return "".join(found)


def build(src, opts, cross):
    """Build and install the programs.

    make is asked whenever it might have something to do: not when the sources
    are those of the last build and the tree is a packaged one, which nobody
    edits.  For a guest they are one, static and stripped: each of them starts in
    a third of the time, and there is less to unpack at boot.
    """
    top = plain_path(checkout(), "the checkout")
    home = build_home(src, cross)
    place = os.path.join(home, "programs")
    log = os.path.join(home, "build.log")
    record = os.path.join(home, "inputs")
    flags = ["USERLDFLAGS=" + ("-static -s" if cross else ""),
             *with_headers(src.path)]
    now = inputs() + " ".join(flags) + "\n"
    with contextlib.suppress(OSError), open(record, encoding="utf-8") as f:
        if src.package and f.read() == now and os.path.isdir(place):
            return place
    if not os.path.isdir(place):
        say("building the tests with Linux %s" % src.version)
    with scratch(build_dir()) as directory:
        made = os.path.join(directory, "programs")
        status, text = run(
            ["make", "-C", top, "KSRC=" + src.path, "O=" + home, "ARCH=arm64",
             "CROSS_COMPILE=" + cross, "INSTALL_PATH=" + made,
             "-j%d" % jobs(opts), *flags,
             "install_together" if cross else "install"],
            log=log, env=build_env())
        if status:
            raise Fail("the build fails (%s): see %s" % (last_error(text), log))
        shutil.rmtree(place, ignore_errors=True)
        os.rename(made, place)
    write(record, now)
    return place


def libraries(cross):
    """Paths of the dynamic linker and the C library of the cross compiler."""
    found = []
    for name in ("ld-linux-aarch64.so.1", "libc.so.6"):
        _, text = run([cross + "gcc", "-print-file-name=" + name])
        path = os.path.realpath(text.strip())
        if not os.path.isfile(path):
            raise Fail("%sgcc has no %s: install libc6-dev-arm64-cross" %
                       (cross, name))
        found.append((name, path))
    return found


def channel(opts, cross):
    """Build the guest's helper."""
    path = os.path.join(checkout(), "tools/guest/channel.c")
    made = os.path.join(make_dir(os.path.join(build_dir(), "guest"),
                                 "make the checkout writable"), "channel")
    if os.path.isfile(made) and \
            os.stat(made).st_mtime_ns >= os.stat(path).st_mtime_ns:
        return made
    with scratch(build_dir()) as directory:
        new = os.path.join(directory, "channel")
        status, text = run([cross + "gcc", "-static", "-O2", "-Wall", "-Wextra",
                            "-o", new, path], env=build_env())
        if status:
            raise Fail("cannot build %s: %s" % (path, last_error(text)))
        os.rename(new, made)
    return made


def build_id(programs):
    """The same for the same programs, another for any other."""
    total = hashlib.sha256()
    for name in sorted(os.listdir(programs)):
        path = os.path.join(programs, name)
        if os.path.isfile(path):
            with open(path, "rb") as f:
                one = hashlib.sha256(f.read()).hexdigest()
            total.update(("%s %s\n" % (one, name)).encode())
    return total.hexdigest()[:16]


# --------------------------------------------------------------- the plans

def prepare(opts):
    def get(name):
        return getattr(opts, name, None)

    if get("image") and get("kernel"):
        raise Fail("--image and --kernel exclude each other: give one")
    plain_path(checkout(), "the checkout")
    lock_checkout()
    given = image(get("image")) if get("image") else None
    ours = not get("qemu") or is_suite(get("qemu"))
    if not ours:
        qemu(opts)
    if get("ksrc"):
        tree_version(plain_path(os.path.abspath(get("ksrc")), "--ksrc"))

    lacking = []

    def need(step, *args):
        try:
            return step(*args)
        except Missing as e:
            lacking.append(str(e))
            return None

    with cache():
        need(host_tools, build_tools() +
             (("qemu-system-aarch64",) if ours else ()), opts)
        chosen = given or need(kernel, get("kernel"), opts)
        release = chosen.release if chosen else "%d.%d" % OLD_LIBRARY
        src = need(source, opts, release, chosen and chosen.suite)
        shell = need(busybox, opts)
    if lacking:
        raise Fail("; ".join(lacking))
    emulator, version = qemu(opts)
    cross = cross_prefix()
    programs = build(src, opts, cross)
    return Plan(chosen.image, chosen.release, chosen.origin, programs,
                [] if cross else libraries(cross), src.path, src.version, shell,
                channel(opts, cross), emulator, version, cross, build_id(programs))


def native_plan(opts):
    plain_path(checkout(), "the checkout")
    lock_checkout()
    release = os.uname().release
    with cache():
        host_tools(BUILD_TOOLS, opts)
        src = source(opts, release)
    programs = build(src, opts, "")
    return Plan(None, release, "the running kernel", programs, [], src.path,
                src.version, None, channel(opts, ""), None, None, "",
                build_id(programs))
