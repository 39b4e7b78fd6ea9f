"""One save, one publishing or one run of reports, in which one step of reading or writing fails.

``python faulty.py OPERATION FOLDER`` does it once, for somebody who makes a system call fail from outside.
``python faulty.py`` alone reads orders as lines of JSON, and for each forks a process in which the fault comes from
inside: the functions of :mod:`os` by which :mod:`prepkit.files` writes are counted, and one of them fails.
"""

from __future__ import annotations

import errno
import io
import json
import os
import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

OLD = {"report.html": b"old " * 300, "coverage.csv": b"old", "workbook.ipynb": b"old " * 500}
NEW = {"report.html": b"new " * 400, "coverage.csv": b"", "standing.json": b"new " * 10}
"""What is published where there was something else."""

OLD_PLAN, NEW_PLAN = b"format: 1\n" * 3, b"format: 1\nthemes: []\n" * 500

STEPS = ("open", "fdopen", "fsync", "replace", "mkdir", "unlink", "rmdir")
"""Functions of :mod:`os` that are counted; of what the third returns, every single write is."""


class FixedWorkers:
    """Makes reports out of nothing: their files lie beside the search."""

    room = 1

    def __init__(self, *_: object) -> None:
        self._waiting: list[Any] = []

    def start(self, task: Any) -> None:
        self._waiting.append(task)
        self.room = 0

    def finished(self) -> Sequence[tuple[Any, Any]]:
        from prepkit.tasks import Made

        task, self.room = self._waiting.pop(), 1
        folder = task.search.path.with_name("made") / task.name
        return [(task, Made({file.name: file.read_bytes() for file in sorted(folder.iterdir())}))]

    def close(self) -> None:
        pass


def save(folder: Path) -> None:
    from prepkit.files import write_atomic

    write_atomic(folder / "plan.yaml", NEW_PLAN)


def publish(folder: Path) -> None:
    from prepkit.files import publish_files

    publish_files(NEW, folder / "anchor")


def report(folder: Path) -> None:
    """Run the real command; who makes the reports, and how far each application is, is of no account."""
    import prepkit
    from prepkit import workers
    from prepkit.cli import main

    standing = ModuleType("prepkit.standing")  # the real one takes a second to load
    vars(standing).update(FILE="standing.json", read_standing=read_standing)
    prepkit.standing = sys.modules[standing.__name__] = standing  # type: ignore[attr-defined]
    workers.LocalWorkers = FixedWorkers  # type: ignore[assignment, misc]
    main(["report", str(folder)])


def read_standing(path: Path) -> SimpleNamespace:
    """Return where an application stands, as far as the index shows it."""
    from prepkit.errors import InputError

    try:
        role = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise InputError(path, "The file cannot be read.") from error
    level = SimpleNamespace(value="senior")
    return SimpleNamespace(
        role=role, company="", level=level, chosen=False, themes=(), steps=(), done=0, next="", why=""
    )  # fmt: skip


OPERATIONS = {"save": save, "publish": publish, "report": report}


def do(operation: str, folder: Path) -> int:
    """Do one of the operations and return the exit code; an error of prepkit is told in one line."""
    from prepkit.errors import PrepkitError

    try:
        OPERATIONS[operation](folder)
    except PrepkitError as error:
        print(f"prepkit: {error}", file=sys.stderr)
        return 2
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


class Fault:
    """Lets one step fail, or all from it on; each step is a call of one of the functions that are counted."""

    def __init__(self, kind: str, step: int, lasting: bool, hit: Callable[[], object]) -> None:
        self._kind, self._step, self._lasting, self._hit = kind, step, lasting, hit
        self._count = 0

    def check(self) -> None:
        self._count += 1
        if self._count == self._step or (self._lasting and self._count > self._step):
            self._hit()
            if self._kind == "KILL":
                os.kill(os.getpid(), signal.SIGKILL)
            number = getattr(errno, self._kind)
            raise OSError(number, os.strerror(number))

    def install(self) -> None:
        for name in STEPS:
            setattr(os, name, self._writer(os.fdopen) if name == "fdopen" else self._checked(getattr(os, name)))

    def _checked(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.check()
            return real(*args, **kwargs)

        return call

    def _writer(self, real: Callable[..., Any]) -> Callable[..., Any]:
        fault = self

        class Failing(io.FileIO):
            def write(self, data: Any) -> int:
                try:
                    fault.check()
                except OSError:
                    super().write(bytes(data)[: len(data) // 2])
                    raise
                return super().write(data)

        def fdopen(descriptor: int, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if mode != "wb":
                return real(descriptor, mode, *args, **kwargs)
            return io.BufferedWriter(Failing(descriptor, mode))

        return fdopen


def obey(order: dict[str, Any], hit: int) -> int:
    """Do an operation with a fault in a process of its own and return its code; each fault is told over `hit`."""
    folder = Path(order["folder"])
    out = os.open(folder.with_name("said"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    if pid := os.fork():
        os.close(out)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        for standard in (1, 2):
            os.dup2(out, standard)
        if order["kind"]:
            Fault(order["kind"], order["step"], order["lasting"], partial(os.write, hit, b"hit")).install()
        code = do(order["operation"], folder)
    except BaseException as error:  # to be found in what was said
        print(f"Traceback: {error!r}", file=sys.stderr)
    finally:
        sys.stdout.flush()
        os._exit(code)


def serve() -> None:
    """Carry out orders: operation, folder, kind of fault (or none), step, and whether it lasts; answer each."""
    from prepkit import cli, console  # noqa: F401 - loaded once for all orders
    from prepkit.runs import states
    from prepkit.search import read_search

    for line in sys.stdin:
        order = json.loads(line)
        if order["operation"] == "report":  # what stays the same is worked out once for all orders
            list(states(read_search(order["folder"])))
        told, hit = os.pipe()
        code = obey(order, hit)
        os.close(hit)
        with os.fdopen(told, "rb") as pipe:
            answer = {"code": code, "hit": bool(pipe.read())}
        said = Path(order["folder"]).with_name("said").read_text(encoding="utf-8")
        print(json.dumps(answer | {"said": said}), flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        serve()
    else:
        if token := os.environ.get("FAULTY_TOKEN"):  # names of temporary files that can be told beforehand
            secrets.token_hex = lambda *_: token
        sys.exit(do(sys.argv[1], Path(sys.argv[2])))
