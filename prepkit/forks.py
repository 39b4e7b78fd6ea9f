"""Forked processes: how one is made, told apart, waited for and ended with all that it has started."""

from __future__ import annotations

import ctypes
import gc
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from prepkit.errors import PrepkitError

__all__ = ["Child", "Work", "be_child", "be_silent", "can_fork", "fork", "is_ready", "is_warm", "kill_group"]

PR_SET_PDEATHSIG = 1

Work = Callable[..., None]
"""What a child does: it gets its end of the line to whoever asked for it, then arguments."""


def can_fork() -> bool:
    """Tell whether processes can be forked here: on Linux, unless the environment sets ``PREPKIT_NO_FORK``.

    On macOS system libraries may hang in a forked process, and Windows knows no fork.
    """
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and not os.environ.get("PREPKIT_NO_FORK")


class Child:
    """A forked process, with as much of the manner of ``subprocess.Popen`` as the keeper of a kernel needs.

    Attributes:
        pid: Number of the process.
        line: Two-way line to it.
        returncode: None while it runs; then what it ended with, a signal as a negative number, as far as this process
            can know it, and 0 otherwise.
        stdin, stdout, stderr: Always None; the child has none of its own.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, line: Connection) -> None:
        self.pid, self.line = pid, line
        self.returncode: int | None = None
        self._descriptor: int | None = None
        with suppress(ProcessLookupError):  # it has ended already, and been collected
            self._descriptor = os.pidfd_open(pid)

    def fileno(self) -> int:
        """Return a descriptor that is readable once the process has ended."""
        return self._descriptor if self._descriptor is not None else self.line.fileno()

    def poll(self) -> int | None:
        """Return the code that the process ended with, None while it runs."""
        if self.returncode is None and (self._descriptor is None or is_ready(self._descriptor)):
            self.returncode = 0
            with suppress(OSError):  # only who forked it can collect it
                self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the process; the time is in seconds.

        Raises:
            subprocess.TimeoutExpired: when it takes longer.
        """
        if self.poll() is None and self._descriptor is not None and not is_ready(self._descriptor, timeout):
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Send a signal to the process, if it is still there."""
        if self.poll() is None and self._descriptor is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.Signals(number))

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill_group(self) -> None:
        """End at once the process and all that it has started; only for one that leads a group of its own."""
        kill_group(self.pid)
        self.kill()  # it may have been forked a moment ago, and lead none yet

    def close(self) -> None:
        """Give the line and the descriptor back."""
        self.line.close()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self.returncode = 0


def is_ready(descriptor: int, seconds: float | None = 0, event: int = select.POLLIN) -> bool:
    """Tell whether something is to be had from a descriptor within a time; None waits for ever."""
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(None if seconds is None else seconds * 1000))


def fork(work: Work, *args: Any) -> Child:
    """Fork this process, which must have one thread only; the child joins the group of this process.

    Args:
        work: What the child does before it ends.
        args: What `work` gets after its end of the line.

    Raises:
        PrepkitError: when this process has several threads.
    """
    if _threads() > 1:
        raise PrepkitError("A process with several threads cannot be forked safely.")
    ours, theirs = Pipe()
    parent, pid = os.getpid(), os.fork()
    if pid == 0:
        ours.close()
        be_child(parent, work, theirs, args)
    theirs.close()
    return Child(pid, ours)


def _threads() -> int:
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - a count of names is all that is needed


_CHILD_OF = [0]


def is_warm() -> bool:
    """Tell whether this process was forked from a warm parent and may still be forked itself."""
    return _CHILD_OF[0] == os.getppid() and _threads() == 1


def be_child(parent: int, work: Work, line: Connection, args: tuple[Any, ...]) -> None:
    """Be a child from here on; never returns."""
    status = 1
    try:
        _die_with(parent)
        _CHILD_OF[0] = parent
        gc.enable()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGIO, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        be_silent()
        if "numpy" in sys.modules:  # Python's own generator is seeded anew by itself
            sys.modules["numpy"].random.seed()
        work(line, *args)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    finally:
        os._exit(status)


def be_silent() -> None:
    """Let nothing reach the terminal of whoever asked for the work: what there is to say goes over the line."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    if nothing > 2:  # where somebody has closed one of them, it has taken its place
        os.close(nothing)


def _die_with(parent: int) -> None:
    """Have the kernel of the system kill this process when its parent ends, even if the parent is killed."""
    _system().prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended in between
        os._exit(1)


@cache
def _system() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def kill_group(leader: int) -> None:
    """End at once all processes of the group that a process leads."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
