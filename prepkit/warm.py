"""A warm parent: a process that has imported everything once, and from which others are forked in milliseconds.

Starting Python, importing pandas, matplotlib and the rest, and reading the shipped data takes seconds; a fork of a
process that has done so takes some hundredths of one. The parent is a process of its own with one thread, because a
fork of a process with several threads may hang. It also watches over its children: when whoever started it ends,
however that happens, it kills them with all that they have started, and ends as well.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from multiprocessing import Pipe, get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import recv_handle, send_handle
from types import ModuleType
from typing import Any

from prepkit.errors import PrepkitError
from prepkit.forks import Child, Work, be_child, be_silent, is_ready, kill_group

__all__ = ["Started", "WarmParent", "serve", "shared_parent"]

MODULES = (
    "papermill.execute", "papermill.parameterize", "nbclient.client", "ipykernel.kernelapp", "ipykernel.ipkernel",
    "ipykernel.debugger", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "prepkit.desk",
    "prepkit.showdebrief", "prepkit.kernels", "prepkit.making", "prepkit.report",
)  # fmt: skip
"""What a run of a workbook imports; one that is missing is imported by the run itself."""

GRAMMAR = "rfc3987_syntax"
"""Name of a module that reads a long grammar when it is imported."""

END_SECONDS = 2.0
"""How long is waited for a warm parent to end with its children."""


def _named(name: str) -> Work:
    """Return the function of a name such as ``prepkit.making:answer``."""
    module, _, function = name.partition(":")
    work: Work = getattr(import_module(module), function)
    return work


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
    be_silent()
    threading.Thread(target=_end_with_starter, daemon=True).start()
    _named(work)(line, *args)


def _end_with_starter() -> None:
    if starter := parent_process():
        starter.join()
        os._exit(1)


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
                    be_child(parent, function, theirs, args)
                theirs.close()
                children.add(pid)
                line.send(pid)
    except (EOFError, OSError):  # nobody is there any more
        pass
    finally:
        for pid in children:
            kill_group(pid)
        os._exit(0)


def _end_when_cut(line: Connection) -> None:
    """Have a signal end this process when the other end of a line is closed, even while it is busy importing."""
    import fcntl

    # asked anew each time, because another signal may come meanwhile
    signal.signal(signal.SIGIO, lambda *_: sys.exit() if is_ready(line.fileno(), 0, select.POLLHUP) else None)
    fcntl.fcntl(line.fileno(), fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(line.fileno(), fcntl.F_SETFL, fcntl.fcntl(line.fileno(), fcntl.F_GETFL) | os.O_ASYNC)


@cache
def _prepared(name: str) -> Work:
    """Return the function of a name, after a ``warm_up`` of its module, so that all children find that done."""
    work = _named(name)
    with suppress(Exception):  # what is wrong is for the work itself to tell
        getattr(sys.modules[work.__module__], "warm_up", object)()
    _settle()
    return work


def _collect(children: set[int]) -> None:
    """Take note of children that have ended, and end what they have left running."""
    for pid in list(children):
        if os.waitpid(pid, os.WNOHANG)[0]:
            children.discard(pid)
            kill_group(pid)


def _warm_up() -> None:
    gc.disable()  # hardly anything that is imported is ever garbage
    with _addresses_unread():
        for name in MODULES:
            with suppress(Exception):  # it is told by the run that needs it
                import_module(name)
    _settle()


def _settle() -> None:
    """Let the collectors of children not copy what they share with this process."""
    gc.collect()
    gc.freeze()


@contextmanager
def _addresses_unread() -> Iterator[None]:
    """Put off what reads the grammar of internet addresses, which jsonschema imports: a third of the time of all."""
    stands = ModuleType(GRAMMAR)
    stands.is_valid_syntax = lambda *given: import_module(GRAMMAR).is_valid_syntax(*given)  # type: ignore[attr-defined]
    known = sys.modules.setdefault(GRAMMAR, stands)
    yield
    if known is stands:
        del sys.modules[GRAMMAR]
