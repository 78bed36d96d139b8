# SPDX-License-Identifier: GPL-2.0-only
"""What every host-side tool shares.

Fail(line)        the one line the user gets when something is wrong: what it
                  is and what to do about it.  The command prints it and exits
                  non-zero.
say(text)         one line of progress on stderr; stdout belongs to results.
run(cmd, ...)     a child process that never outlives this one: on any
                  exception here (SIGINT, SIGTERM turned into an exception)
                  its whole process group is ended first.
scratch(parent)   a temporary directory that is gone at the end, whatever
                  happens; next to where the result will be renamed to.
write(path, text) a file, all of it or none.
checkout()        the directory of this checkout.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile

if sys.version_info < (3, 9):
    sys.exit("kvm-nisv: Python %d.%d is too old: 3.9 or newer is needed" %
             sys.version_info[:2])

SCRATCH = ".tmp-"


class Fail(Exception):
    """str(e) is the one line for the user."""


def say(text):
    print("kvm-nisv: " + text, file=sys.stderr, flush=True)


def checkout():
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def jobs(opts):
    """How many compilers at once: -j, or as many as there are CPUs for us."""
    return getattr(opts, "jobs", None) or len(os.sched_getaffinity(0))


def plain_env(**more):
    """The environment with messages in English, so that they can be read."""
    env = {k: v for k, v in os.environ.items() if k != "LANGUAGE"}
    env.update(LC_ALL="C", **more)
    return env


@contextlib.contextmanager
def undisturbed():
    """Signals come later: when somebody presses Ctrl-C once more, cleaning up
    goes on.  Gives the mask as it was."""
    old = signal.pthread_sigmask(signal.SIG_BLOCK,
                                 {signal.SIGINT, signal.SIGTERM})
    try:
        yield old
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


def end(child, own_group):
    """End a child and, when it leads a group of its own, all it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if own_group:
                os.killpg(child.pid, number)
            else:
                child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(5)
            return


def run(cmd, log=None, env=None, cwd=None, stderr=subprocess.STDOUT,
        terminal=False):
    """Run cmd, return (status, what it printed); output goes to log if given.

    terminal=True leaves the child in our session, for one that may have to
    ask for a password.
    """
    sink = open(log, "wb") if log else tempfile.TemporaryFile()
    with sink:
        # No signal may come between the start and knowing whom to end.
        with undisturbed() as old:
            try:
                child = subprocess.Popen(
                    cmd, stdin=subprocess.DEVNULL, stdout=sink,
                    stderr=stderr, env=env or plain_env(), cwd=cwd,
                    start_new_session=not terminal,
                    preexec_fn=lambda: signal.pthread_sigmask(
                        signal.SIG_SETMASK, old))
            except OSError as e:
                return 127, "%s: %s" % (cmd[0], e.strerror)
            try:
                signal.pthread_sigmask(signal.SIG_SETMASK, old)
                status = child.wait()
            except BaseException:
                with undisturbed():
                    end(child, not terminal)
                raise
        if log:
            with open(log, "rb") as f:
                text = f.read()
        else:
            sink.seek(0)
            text = sink.read()
    return status, text.decode("utf-8", "replace")


@contextlib.contextmanager
def scratch(parent):
    path = tempfile.mkdtemp(prefix=SCRATCH, dir=parent)
    try:
        yield path
    finally:
        with undisturbed():
            shutil.rmtree(path, ignore_errors=True)


def write(path, text):
    """Write a file so that a reader sees the old one or the whole new one."""
    fd, name = tempfile.mkstemp(prefix=SCRATCH, dir=os.path.dirname(path))
    try:
        with os.fdopen(fd, "w") as f:
            f.write(text)
        os.chmod(name, 0o644)
        os.rename(name, path)
    except BaseException:
        os.unlink(name)
        raise
