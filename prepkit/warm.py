"""A warm parent: a process that has imported everything once, and from which others are forked in milliseconds.

Starting Python, importing pandas, matplotlib and the rest, and reading the shipped data takes seconds; a fork of a
process that has done so takes some hundredths of one. The parent is a process of its own with one thread, because a
fork of a process with several threads may hang. It also watches over its children: when whoever started it ends,
however that happens, it kills them with all that they have started, and ends as well.
"""

from __future__ import annotations

import ctypes
import gc
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import import_module
from multiprocessing import Pipe, get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import recv_handle, send_handle
from typing import Any

from prepkit.errors import PrepkitError

__all__ = ["Child", "Started", "WarmParent", "can_fork", "fork", "is_warm", "serve", "shared_parent"]

MODULES = (
    "papermill.execute", "papermill.parameterize", "nbclient.client", "ipykernel.kernelapp", "ipykernel.ipkernel",
    "ipykernel.debugger", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "prepkit.desk",
    "prepkit.showdebrief", "prepkit.kernels", "prepkit.making", "prepkit.report",
)  # fmt: skip
"""What a run of a workbook imports; one that is missing is imported by the run itself."""

END_SECONDS = 2.0
"""How long is waited for a warm parent to end with its children."""

PR_SET_PDEATHSIG = 1

Work = Callable[..., None]
"""What a child does: it gets its end of the line to whoever asked for it, then arguments."""


def _named(name: str) -> Work:
    """Return the function of a name such as ``prepkit.making:answer``."""
    module, _, function = name.partition(":")
    work: Work = getattr(import_module(module), function)
    return work


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
        if self.returncode is None and (self._descriptor is None or _is_ready(self._descriptor)):
            self.returncode = 0
            with suppress(OSError):  # only who forked it can collect it
                self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the process; the time is in seconds.

        Raises:
            subprocess.TimeoutExpired: when it takes longer.
        """
        if self.poll() is None and self._descriptor is not None and not _is_ready(self._descriptor, timeout):
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
        _kill_group(self.pid)
        self.kill()  # it may have been forked a moment ago, and lead none yet

    def close(self) -> None:
        """Give the line and the descriptor back."""
        self.line.close()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self.returncode = 0


class Started:
    """A process that was started anew because none can be forked here; used as a :class:`Child` that was just forked.

    Args:
        work: What it does, as module and function with a colon between.
        args: What it gets after its end of the line; anything that can be pickled.
    """

    def __init__(self, work: str, *args: Any) -> None:
        self.line, theirs = Pipe()
        with theirs:
            self._process = get_context("spawn").Process(target=_work, args=(work, theirs, args))
            self._process.start()

    def kill_group(self) -> None:
        """End the process at once; its kernel notices that and ends, too."""
        self._process.kill()

    def close(self) -> None:
        """Give back what it holds."""
        self.line.close()
        self._process.join()
        self._process.close()


def _work(work: str, line: Connection, args: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this process
    _be_silent()
    threading.Thread(target=_end_with_starter, daemon=True).start()
    _named(work)(line, *args)


def _end_with_starter() -> None:
    if starter := parent_process():
        starter.join()
        os._exit(1)


def _is_ready(descriptor: int, seconds: float | None = 0, event: int = select.POLLIN) -> bool:
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
        _become(parent, work, theirs, args)
    theirs.close()
    return Child(pid, ours)


def _threads() -> int:
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - a count of names is all that is needed


_CHILD_OF = [0]


def is_warm() -> bool:
    """Tell whether this process was forked from a warm parent and may still be forked itself."""
    return _CHILD_OF[0] == os.getppid() and _threads() == 1


def _become(parent: int, work: Work, line: Connection, args: tuple[Any, ...]) -> None:
    """Be a child from here on; never returns."""
    status = 1
    try:
        _die_with(parent)
        _CHILD_OF[0] = parent
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGIO, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        _be_silent()
        if "numpy" in sys.modules:  # Python's own generator is seeded anew by itself
            sys.modules["numpy"].random.seed()
        work(line, *args)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    finally:
        os._exit(status)


def _be_silent() -> None:
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


class WarmParent:
    """A process that is forked again and again, started when it is made; to be closed, or used in a ``with``."""

    def __init__(self) -> None:
        self._line, theirs = Pipe()
        self._lock = threading.Lock()
        with theirs:
            # as ipykernel does: nothing is imported from the folder that somebody happens to be in, and -P would
            # keep notebooks from doing so, too
            here = "import sys; sys.flags.safe_path or sys.path.pop(0)"
            code = f"{here}; from prepkit.warm import serve; serve({theirs.fileno()})"
            self._process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, "-c", code], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, start_new_session=True, env=_calm(os.environ),
            )  # fmt: skip

    def fork(self, work: str, *args: Any) -> Child:
        """Return a child that does some work; it leads a process group of its own.

        Args:
            work: What it does, as module and function with a colon between.
            args: What it gets after its end of the line; anything that can be pickled.

        Raises:
            PrepkitError: when the warm parent is gone.
        """
        ours, theirs = Pipe()
        try:
            with theirs, self._lock:
                self._line.send((work, args))
                send_handle(self._line, theirs.fileno(), self._process.pid)
                return Child(self._line.recv(), ours)
        except (EOFError, OSError) as error:
            ours.close()
            raise PrepkitError("The process that starts the runs has ended.") from error

    def close(self) -> None:
        """End the process and all its children."""
        self._line.close()
        self._process.terminate()  # it may be busy with importing
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> WarmParent:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_SHARED: list[tuple[int, WarmParent]] = []
_SHARING = threading.Lock()


def shared_parent() -> WarmParent:
    """Return the warm parent of this process, which is started when it is first asked for and ends with it."""
    with _SHARING:
        if not _SHARED or _SHARED[0][0] != os.getpid() or _SHARED[0][1]._process.poll() is not None:
            _SHARED[:] = [(os.getpid(), WarmParent())]
        return _SHARED[0][1]


def _calm(environment: Any) -> dict[str, str]:
    """Return an environment in which libraries for numbers start no threads of their own, and debuggers are silent."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**threads, "PYDEVD_DISABLE_FILE_VALIDATION": "1", **environment}


def serve(descriptor: int) -> None:
    """Be the warm parent: fork for whoever is at the other end of a line until that end is closed; never returns."""
    line = Connection(descriptor)
    awake, wake = os.pipe()
    for end in (awake, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # without a handler nothing is written to the pipe
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    _end_when_cut(line)
    children: set[int] = set()
    try:
        _warm_up()
        while True:
            ready = wait([line, awake])
            if awake in ready:
                os.read(awake, 4096)
                _collect(children)
            if line in ready:
                work, args = line.recv()
                function = _prepared(work)
                theirs, parent = Connection(recv_handle(line)), os.getpid()
                if (pid := os.fork()) == 0:
                    for descriptor in (line.fileno(), awake, wake):
                        os.close(descriptor)
                    os.setsid()
                    _become(parent, function, theirs, args)
                theirs.close()
                children.add(pid)
                line.send(pid)
    except (EOFError, OSError):  # nobody is there any more
        pass
    finally:
        for pid in children:
            _kill_group(pid)
        os._exit(0)


def _end_when_cut(line: Connection) -> None:
    """Have a signal end this process when the other end of a line is closed, even while it is busy importing."""
    import fcntl

    # asked anew each time, because another signal may come meanwhile
    signal.signal(signal.SIGIO, lambda *_: sys.exit() if _is_ready(line.fileno(), 0, select.POLLHUP) else None)
    fcntl.fcntl(line.fileno(), fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(line.fileno(), fcntl.F_SETFL, fcntl.fcntl(line.fileno(), fcntl.F_GETFL) | os.O_ASYNC)


@cache
def _prepared(name: str) -> Work:
    """Return the function of a name, after a ``warm_up`` of its module, so that all children find that done."""
    work = _named(name)
    with suppress(Exception):  # what is wrong is for the work itself to tell
        getattr(sys.modules[work.__module__], "warm_up", object)()
    gc.freeze()
    return work


def _collect(children: set[int]) -> None:
    """Take note of children that have ended, and end what they have left running."""
    for pid in list(children):
        if os.waitpid(pid, os.WNOHANG)[0]:
            children.discard(pid)
            _kill_group(pid)


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _warm_up() -> None:
    _system()
    for name in MODULES:
        with suppress(Exception):  # it is told by the run that needs it
            import_module(name)
    gc.collect()
    gc.freeze()  # so that a child's collector does not copy what it shares with its parent
