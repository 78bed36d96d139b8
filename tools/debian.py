# SPDX-License-Identifier: GPL-2.0-only
"""Packages of the Debian archive, without touching the system's own apt.

All of it is done by apt, as any user, with a state directory of its own for
each suite (<cache>/apt/<suite>): its own lists, package cache and sources, for
one architecture only: that is arm64, or what follows a suite's name, as in
"bookworm-backports:amd64".  Mirrors and their keyrings are those of the machine's sources, and
the machine's apt.conf (proxies, time-outs, certificates, ...) stays in force.
So apt verifies signatures and dates exactly as it does for the system, and
what it refuses is refused here.  A source counts as Debian's when its Release
file says so (Origin), once that is known.

codename()                 the machine's own suite, e.g. "bookworm"; empty where
                           there is no Debian with apt
SUITES                     where a kernel that is asked for by its release is
                           looked for, the newest first
architecture()             this machine's, as dpkg calls it
index(suite, offline)      what the suite offers of PACKAGES: a dict of name to
                           a list of Offer, the newest first.  The machine's
                           own suite is taken with -updates and -security as
                           they are configured, another one from the same
                           mirrors.  Kept for a day; then asked for again, and
                           an old one does when there is no network.  offline:
                           the last one, whatever its age, or an empty one.
refresh(suite)             ask now; False if that was done already
forget(offer)              leave out what the archive lists but does not have
fetch(offer, directory)    download that package there, return the file; refuses
                           when there is no room for what is in it
extract(deb, directory, member)   unpack one file of it there
fetch_all(offer, directory)   unpack that package there, and all that it depends
                           on, the C library too; return where
version_key(version)       sorts like dpkg
Unreachable, Gone          a Fail for no network, and for what the archive does
                           not hold (any more)
"""

import collections
import json
import os
import re
import shutil
import subprocess
import time

from common import Fail, run, say, scratch, write

# The newest first: a release is mostly asked for to get something new.  An
# archive that holds one of them no more is no error.
SUITES = ("trixie-backports", "trixie", "bookworm-backports", "bookworm",
          "bullseye")

# Names that a sources line may use instead of the code name.
ALIASES = ("oldoldstable", "oldstable", "stable", "testing", "unstable", "sid")

ORIGINS = ("Debian", "Debian Backports")

RELEASE = r"\d[\w.+~]*(?:-\d[\w.]*)?-arm64(?:-\d+k)?"
PACKAGES = re.compile(r"linux-image-arm64|linux-(?:image|binary)-" + RELEASE +
                      r"|linux-source-\d+\.\d+|linux-libc-dev"
                      r"|busybox-static|qemu-system-arm"
                      r"|llvm-\d+")

KEEP = 24 * 60 * 60
LISTS_ROOM = 50000000
TREE_ROOM = 600000000

Source = collections.namedtuple(
    "Source", "uri suite components signed_by check_valid_until")
Offer = collections.namedtuple("Offer", "suite package version size depends")


class Unreachable(Fail):
    """The mirror cannot be reached."""


class Gone(Fail):
    """The archive does not hold that."""


_cache = None       # where all of this lives, set by use()
_indexes = {}       # suite -> index, for the life of this process
_asked = set()      # suites that the archive was asked for, likewise


def use(cache):
    global _cache
    if cache != _cache:
        _cache = cache
        _indexes.clear()
        _asked.clear()


# ---------------------------------------------------------------- versions

def _part_key(part):
    """Key of an upstream version or a revision, in dpkg's order.

    Alternately text and numbers; in text, '~' sorts before the end, and
    letters before all other characters.
    """
    def order(c):
        if c == "~":
            return -1
        return ord(c) if c.isalpha() else ord(c) + 256

    return tuple((tuple(map(order, text)) + (0,), int(number or 0))
                 for text, number in re.findall(r"(\D*)(\d*)", part))


def version_key(version):
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-")
    if not upstream:
        upstream, revision = rest, "0"
    return int(epoch), _part_key(upstream), _part_key(revision)


# ------------------------------------------------- the machine's own sources

def architecture():
    status, text = run(["dpkg", "--print-architecture"])
    if status:
        raise Fail("dpkg fails: %s" % complaint(text))
    return text.strip()


def codename(os_release="/etc/os-release"):
    try:
        with open(os_release, encoding="utf-8") as f:
            field = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', f.read(), re.M))
    except OSError:
        field = {}
    if field.get("ID") != "debian" or not shutil.which("apt-get"):
        return ""
    return field.get("VERSION_CODENAME", "")


def parse_list(text):
    """The binary sources of a one-line-style file (sources.list)."""
    found = []
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        match = re.fullmatch(r"deb\s+(?:\[([^]]*)\]\s*)?(\S+)\s+(\S+)\s+(.+)",
                             line)
        if not match:
            continue
        options = {}
        for word in (match.group(1) or "").split():
            name, _, value = word.partition("=")
            options[name.lower()] = value
        found.append(Source(match.group(2), match.group(3),
                            tuple(match.group(4).split()),
                            options.get("signed-by", "").replace(",", " "),
                            options.get("check-valid-until", "")))
    return found


def parse_deb822(text):
    """The binary sources of a deb822-style file (*.sources)."""
    found = []
    for stanza in re.split(r"\n\s*\n", "\n".join(
            line for line in text.splitlines() if not line.startswith("#"))):
        fields = {}
        name = None
        for line in stanza.splitlines():
            if line[:1] in " \t" and name:
                # Kept as it is: a key may be written out in Signed-By.
                fields[name] += "\n" + line
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if ("deb" not in fields.get("types", "").split() or
                fields.get("enabled", "yes").lower() in
                ("no", "false", "without", "off", "disable")):
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                found.append(Source(uri, suite,
                                    tuple(fields.get("components", "").split()),
                                    fields.get("signed-by", ""),
                                    fields.get("check-valid-until", "")))
    return found


def machine_sources():
    """Every binary source that the machine's apt reads, in its order."""
    status, text = run(["apt-config", "shell", "LIST", "Dir::Etc::sourcelist/f",
                        "PARTS", "Dir::Etc::sourceparts/d"])
    if status:
        raise Fail("apt-config fails: %s" % complaint(text))
    where = dict(re.findall(r"^(\w+)='(.*)'$", text, re.M))
    files = [where.get("LIST", "")]
    parts = where.get("PARTS", "")
    if os.path.isdir(parts):
        files += [os.path.join(parts, name) for name in sorted(os.listdir(parts))
                  if re.fullmatch(r"[\w.-]+\.(list|sources)", name)]
    found = []
    for name in files:
        try:
            with open(name, encoding="utf-8", errors="replace") as f:
                parse = parse_deb822 if name.endswith(".sources") else parse_list
                found += parse(f.read())
        except OSError:
            continue
    return found


def targets(conf=None):
    """What apt knows of each source, if it has its lists:
    (uri, suite) -> (origin, code name, file)."""
    cmd = ["apt-get"] + (["-c", conf] if conf else [])
    status, text = run(cmd + [
        "indextargets", "--format",
        "$(REPO_URI)|$(RELEASE)|$(ORIGIN)|$(CODENAME)|$(FILENAME)",
        "Created-By: Packages"])
    known = {}
    for line in text.splitlines() if status == 0 else ():
        if line.count("|") == 4:
            uri, suite, origin, code, name = line.split("|")
            known[uri.rstrip("/"), suite] = (origin, code, name)
    return known


def own_sources(sources, known, code):
    """Those of the machine's sources that are Debian's, of its own suite."""
    found = []
    for source in sources:
        base = re.sub("-(updates|security)$", "", source.suite)
        origin, named, _ = known.get((source.uri.rstrip("/"), source.suite),
                                     ("", "", ""))
        named = re.sub("-(updates|security)$", "", named)
        if "main" not in source.components or source.uri.startswith("cdrom:"):
            continue
        if origin and origin not in ORIGINS:
            continue
        if base == code or (base in ALIASES and named in ("", code)):
            found.append(source)
    return found


def sources_for(suite, own, code):
    """The sources of a suite: as configured, or from the same mirrors."""
    if suite == code:
        return own
    security = [s for s in own if s.suite.endswith("-security")][:1]
    archive = [s for s in own if not s.suite.endswith("-security")][:1]
    if suite.endswith("-security"):
        return [s._replace(suite=suite) for s in security]
    found = [s._replace(suite=suite) for s in archive]
    if "-" not in suite:
        found += [s._replace(suite=suite + "-updates") for s in archive]
        found += [s._replace(suite=suite + "-security") for s in security]
    return found


# ------------------------------------------------------- the private state

CONF = """\
Dir::State "%(home)s";
Dir::State::lists "lists/";
Dir::State::status "%(home)s/status";
Dir::Cache "%(home)s";
Dir::Cache::archives "archives/";
Dir::Etc::sourcelist "%(home)s/suite.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "%(arch)s";
#clear APT::Architectures;
APT::Architectures { "%(arch)s"; };
#clear APT::Default-Release;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Acquire::GzipIndexes "true";
"""

# _apt cannot get into a home directory, so root downloads as itself here, as
# any other user does; it is the signature that makes a file trustworthy.
CONF += 'APT::Sandbox::User "root";\n'


def _split(suite):
    """The suite's name in the archive, and the architecture."""
    name, _, arch = suite.partition(":")
    return name, arch or "arm64"


def _home(suite):
    return os.path.join(_cache, "apt", suite.replace(":", "_"))


def _conf(suite):
    return os.path.join(_home(suite), "apt.conf")


def deb822(sources):
    stanzas = []
    for s in sources:
        lines = ["Types: deb", "URIs: " + s.uri, "Suites: " + s.suite,
                 "Components: main", "Targets: Packages"]
        if s.signed_by:
            lines.append("Signed-By: " + s.signed_by)
        if s.check_valid_until:
            lines.append("Check-Valid-Until: " + s.check_valid_until)
        stanzas.append("\n".join(lines) + "\n")
    return "\n".join(stanzas)


def _make_state(suite, sources):
    home = _home(suite)
    for name in ("lists/partial", "archives/partial"):
        os.makedirs(os.path.join(home, name), exist_ok=True)
    write(os.path.join(home, "status"), "")
    write(os.path.join(home, "suite.sources"), deb822(sources))
    write(_conf(suite), CONF % {"home": home, "arch": _split(suite)[1]})


def complaint(text):
    """What apt complained about, in one line."""
    lines = re.findall(r"^E: *(.+)$", text, re.M) or \
        re.findall(r"^W: *(.+)$", text, re.M) or \
        [line for line in text.splitlines() if line.strip()] or ["no message"]
    return lines[0].strip()


NETWORK = ("Could not resolve", "Temporary failure resolving", "Could not connect",
           "Unable to connect", "Connection failed", "Connection timed out",
           "Connection refused", "Cannot initiate the connection",
           "Network is unreachable", "Could not handshake",
           "Connection reset", "Error reading from server")
SPACE = ("No space left on device", "enough free space", "Disk quota exceeded",
         "Wrote only")
EXPIRED = ("is expired", "is not valid yet")
UNSIGNED = ("is not signed", "NO_PUBKEY", "couldn't be verified",
            "signatures were invalid", "At least one invalid signature")
GONE = ("404 ", "Unable to locate package", "was not found",
        "Can't find a source to download", "does not have a Release file")


def refuse(what, text):
    """Turn apt's output into the exception that fits."""
    def line(words):
        return next((m for m in re.findall(r"^.+$", text, re.M)
                     if any(w in m for w in words)), None)

    if line(SPACE):
        raise Fail("no space left in %s for %s: make room there or name "
                   "another place with XDG_CACHE_HOME" % (_cache, what))
    if line(NETWORK):
        raise Unreachable("cannot get %s: the mirror of this machine's apt "
                          "sources cannot be reached (%s): check the network, "
                          "or apt's proxy" % (what, complaint(text)))
    if line(EXPIRED):
        raise Fail("apt refuses %s: its Release file at this machine's mirror "
                   "is out of date; choose another suite, or a mirror that is "
                   "kept up to date in this machine's apt sources" % what)
    if line(UNSIGNED):
        raise Fail("apt cannot verify %s (%s): install debian-archive-keyring, "
                   "and see Signed-By in this machine's apt sources"
                   % (what, complaint(line(UNSIGNED))))
    if line(GONE):
        raise Gone("the mirror of this machine's apt sources does not hold %s"
                   % what)
    raise Fail("cannot get %s (%s): try again, or name another mirror in this "
               "machine's apt sources" % (what, complaint(text)))


def need_room(size, what):
    """Refuse early: apt may hang on a full file system."""
    stat = os.statvfs(_cache)
    free = stat.f_bavail * stat.f_frsize
    if free < size:
        raise Fail("no space left in %s for %s (%d MB free, %d MB needed): make "
                   "room there or name another place with XDG_CACHE_HOME"
                   % (_cache, what, free // 1000000, size // 1000000))


def _update(suite):
    """Ask the archive; return its Offers."""
    code = codename()
    known = targets()
    own = own_sources(machine_sources(), known, code)
    name, _ = _split(suite)
    sources = sources_for(name, own, code)
    if not sources:
        raise Fail("this machine's apt sources name no Debian archive for %s: "
                   "add one, or give --image and --ksrc" % name)
    what = "the package lists of " + suite
    need_room(LISTS_ROOM, what)
    say("downloading " + what)
    while True:
        _make_state(suite, sources)
        status, text = run(["apt-get", "-c", _conf(suite), "-q", "update",
                            "--error-on=any"])
        if status == 0:
            break
        # A suite need not have -updates or -security.
        lacks = re.findall(r"The repository '\S+ (\S+) Release' does not have",
                           text)
        rest = [s for s in sources if s.suite not in lacks]
        if name in lacks:
            raise Gone("the mirror of this machine's apt sources has no suite "
                       "%s: name another one, or a release" % name)
        if not lacks or not rest:
            refuse(what, text)
        sources = rest
    offers = []
    known = targets(_conf(suite))
    for source in sources:
        origin, _, path = known.get((source.uri.rstrip("/"), source.suite),
                                    ("", "", ""))
        if origin in ORIGINS and path:
            offers += parse_packages(suite, _fields(path, what))
    return offers


def _fields(path, what):
    """A Packages file as far as it is read here: a fifth of it."""
    with scratch(_cache) as directory:
        status, text = run(
            # an empty file has no lines to find
            ["sh", "-c", '/usr/lib/apt/apt-helper cat-file "$1" >"$2" && '
             '{ grep -E "^((Package|Version|Size|Depends): |$)" "$2" || '
             '[ $? -eq 1 ]; }',
             "sh", path, os.path.join(directory, "Packages")],
            stderr=subprocess.DEVNULL)
    if status:
        refuse(what, text)
    return text


def parse_packages(suite, text):
    """The Offers of PACKAGES in a Packages file."""
    offers = []
    for stanza in text.split("\n\n"):
        name = stanza.partition("\n")[0].partition("Package: ")[2]
        if PACKAGES.fullmatch(name):
            field = dict(re.findall(r"^(Version|Size|Depends): (.+)$", stanza, re.M))
            offers.append(Offer(suite, name, field["Version"],
                                int(field.get("Size", 0)),
                                field.get("Depends", "")))
    return offers


def index(suite, offline=False):
    if suite in _indexes:
        return _indexes[suite]
    try:
        with open(_index_file(suite), encoding="utf-8") as f:
            kept = json.load(f)
        offers = [Offer(*row) for row in kept["offers"]]
        age = time.time() - kept["time"]
        if kept.get("packages") != PACKAGES.pattern:
            age = KEEP      # made when there were other packages to look for
    except (OSError, ValueError, KeyError, TypeError):
        kept, offers, age = None, [], KEEP
    if not offline and not 0 <= age < KEEP:
        try:
            refresh(suite)
            return _indexes[suite]
        except Unreachable as e:
            if not kept:
                raise
            say("%s; going on with those of %s" %
                (e, time.strftime("%Y-%m-%d", time.localtime(kept["time"]))))
    if offline and not kept:
        return {}
    return _remember(suite, offers)


def refresh(suite):
    """Ask the archive, once in the life of a process; False: already done."""
    if suite in _asked:
        return False
    try:
        try:
            offers = _update(suite)
        except Gone:
            if _split(suite)[0] not in SUITES:
                raise
            offers = []
        _write_index(suite, offers)
    finally:
        if not os.path.exists(_index_file(suite)):
            shutil.rmtree(_home(suite), ignore_errors=True)
    _asked.add(suite)
    _remember(suite, offers)
    return True


def forget(offer):
    """The archive lists it but does not have it: until tomorrow, neither do we."""
    offers = [o for found in index(offer.suite).values() for o in found
              if o != offer]
    _write_index(offer.suite, offers)
    _remember(offer.suite, offers)


def _index_file(suite):
    return os.path.join(_home(suite), "index.json")


def _write_index(suite, offers):
    os.makedirs(_home(suite), exist_ok=True)
    write(_index_file(suite),
          json.dumps({"time": time.time(), "packages": PACKAGES.pattern,
                      "offers": offers}))


def _remember(suite, offers):
    found = {}
    for offer in sorted(offers, key=lambda o: version_key(o.version),
                        reverse=True):
        found.setdefault(offer.package, []).append(offer)
    _indexes[suite] = found
    return found


def fetch(offer, directory):
    what = "%s %s" % (offer.package, offer.version)
    # What is in it, and twice itself; kernel sources pack best.
    factor = 13 if offer.package.startswith("linux-source-") else 3
    need_room(offer.size * factor, what)
    say("downloading %s (%.0f MB)" % (what, offer.size / 1e6))
    status, text = run(["apt-get", "-c", _conf(offer.suite), "-q", "download",
                        "%s=%s" % (offer.package, offer.version)],
                       cwd=directory)
    debs = [n for n in os.listdir(directory) if n.endswith(".deb")]
    if status or len(debs) != 1:
        refuse(what, text)
    return os.path.join(directory, debs[0])


def extract(deb, directory, member):
    """Unpack the one member that matches a tar pattern; return its path."""
    status, text = run(
        ["sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | '
         'tar -x --no-same-owner --wildcards -C "$2" "$3"',
         "sh", deb, directory, member])
    found = [os.path.join(top, name) for top, _, names in os.walk(directory)
             for name in names if os.path.join(top, name) != deb]
    if status or len(found) != 1:
        refuse("what is in " + os.path.basename(deb), text)
    return found[0]


def fetch_all(offer, directory):
    what = "%s %s and what it depends on" % (offer.package, offer.version)
    need_room(TREE_ROOM, what)
    say("downloading " + what)
    apt = ["apt-get", "-c", _conf(offer.suite), "-q"]
    # No package is installed as far as this state knows: it names all of them.
    status, text = run(apt + ["--simulate", "--no-install-recommends", "install",
                              "%s=%s" % (offer.package, offer.version)])
    wanted = re.findall(r"^Inst (\S+) \((\S+) ", text, re.M)
    if status or not wanted:
        refuse(what, text)
    archives = os.path.join(directory, "archives")
    root = os.path.join(directory, "root")
    os.mkdir(archives)
    status, text = run(apt + ["download"] + ["%s=%s" % one for one in wanted],
                       cwd=archives)
    debs = [n for n in os.listdir(archives) if n.endswith(".deb")]
    if status or len(debs) != len(wanted):
        refuse(what, text)
    for deb in debs:
        status, text = run(["dpkg-deb", "-x", os.path.join(archives, deb), root])
        if status:
            refuse("what is in " + deb, text)
    shutil.rmtree(archives)
    return root
