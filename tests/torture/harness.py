"""What the torture tests share: runs that bear a mark, trees to compare, and what must hold after every fault."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MARK = "TORTURE_RUN"
"""Environment variable by which all processes of a run are found, whoever their parent is by now."""

PATIENCE = 120.0
"""Seconds after which a run that does not end is taken to hang; an undisturbed one takes some ten."""

ORPHAN_SECONDS = 2.0
"""How long whatever a run has started may outlive it, where the machine is not overloaded."""

RUNNER, PARENT, WORKER, KERNEL = range(4)
"""How many steps of descent a process is away from the command that was started."""


@dataclass(frozen=True)
class Process:
    """A process of a run; `depth` is one of the four above, or -1 for one whose parent has ended."""

    pid: int
    depth: int
    state: str


class MarkedRun:
    """A command in a session of its own, whose processes bear a mark."""

    def __init__(self, command: Sequence[str | Path], folder: Path, **environment: str) -> None:
        self.mark = f"{os.getpid()}-{time.monotonic_ns()}"
        self._said = folder / f"{self.mark}.out", folder / f"{self.mark}.err"
        with self._said[0].open("wb") as out, self._said[1].open("wb") as err:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                start_new_session=True, env={**os.environ, **environment, MARK: self.mark},
            )  # fmt: skip

    @property
    def stdout(self) -> str:
        return self._said[0].read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        return self._said[1].read_text(encoding="utf-8")

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def processes(self, depth: int | None = None) -> list[Process]:
        """Return the living processes of the run, or those of one depth."""
        states: dict[int, tuple[str, int]] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, ValueError, IndexError):
                if f"{MARK}={self.mark}\0".encode() in (folder / "environ").read_bytes():
                    state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                    if state not in "ZX":
                        states[int(folder.name)] = state, int(parent)
        found = [Process(pid, self._depth(pid, states), state) for pid, (state, _) in sorted(states.items())]
        return [process for process in found if depth is None or process.depth == depth]

    def _depth(self, pid: int, states: Mapping[int, tuple[str, int]]) -> int:
        depth = 0
        while pid != self.process.pid:
            if pid not in states:
                return -1
            pid, depth = states[pid][1], depth + 1
        return depth

    def listens(self) -> bool:
        """Tell whether the command has begun: before, a signal meets Python itself on its way up."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith("SigCgt"):
                    return bool(int(line.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
        return False

    def wait_until(self, holds: Callable[[], object], every: float = 0.002) -> bool:
        """Wait for something to hold; False when the run ends before, or hangs."""
        end = time.monotonic() + PATIENCE
        while not holds():
            if self.ended or time.monotonic() > end:
                return False
            time.sleep(every)
        return True

    def wait(self) -> int | None:
        """Wait for the end of the command and return its code; None when it hangs, and is killed."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill_all()
            return None

    def orphans(self) -> list[Process]:
        """Return what still lives some time after the end of the command."""
        crowd = os.getloadavg()[0] / (os.cpu_count() or 1)
        end = time.monotonic() + ORPHAN_SECONDS * max(1.0, crowd)
        while (alive := self.processes()) and time.monotonic() < end:
            time.sleep(0.03)
        return alive

    def kill_all(self) -> None:
        """Kill every process of the run, the command first."""
        for process in sorted(self.processes(), key=lambda one: one.depth != RUNNER):
            send(process.pid, signal.SIGKILL)
        self.process.wait()
        for process in self.orphans():  # begun while the others were killed
            send(process.pid, signal.SIGKILL)


def send(pid: int, number: int) -> None:
    """Send a signal to a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def prepkit(*words: str | Path) -> list[str | Path]:
    """Return the command line of prepkit under this Python."""
    return [sys.executable, "-m", "prepkit", *words]


def content(file: Path) -> bytes:
    """Return what is compared of a file: all of it."""
    return file.read_bytes()


def tree(folder: Path, of: Callable[[Path], bytes] = content) -> dict[str, str]:
    """Return every file below a folder with a digest of what it holds; locks and the record of times aside."""
    found = {}
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name != "run.json" and file.suffix != ".lock":
            found[file.relative_to(folder).as_posix()] = hashlib.sha256(of(file)).hexdigest()
    return found


def differences(found: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Say in what two trees differ."""
    return [
        f"{name} is {'missing' if name not in found else 'not expected' if name not in wanted else 'different'}"
        for name in sorted({**found, **wanted})
        if found.get(name) != wanted.get(name)
    ]


Stamp = dict[str, tuple[int, int]]


def stamp(folder: Path) -> Stamp:
    """Return number and time of every file in a folder, which another one of the same content does not share."""
    return {file.name: (file.stat().st_ino, file.stat().st_mtime_ns) for file in sorted(folder.iterdir())}


def flaw(folder: Path) -> str:
    """Say what is wrong with a published folder as its manifest has it; nothing when it is whole."""
    try:
        outputs = json.loads((folder / "manifest.json").read_bytes())["outputs"]
    except (OSError, ValueError, KeyError):
        return "has no manifest that can be read"
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    found.pop("manifest.json")
    wrong = differences(found, outputs)
    return "; ".join(wrong) if wrong else "" if outputs else "is empty"


@dataclass
class Watch:
    """Keeps an eye on the reports of one search, and says what was broken.

    Attributes:
        search: Folder of the search.
        wanted: The tree of reports that an undisturbed run makes.
        flaw: Says what is wrong with the folder of one application.
        content: What is compared of a file.
        known: Applications that were published at some time, and so must be there ever after.
        fresh: Stamps of those that were what they should be, and so must never be made again.
    """

    search: Path
    wanted: Mapping[str, str]
    flaw: Callable[[Path], str] = flaw
    content: Callable[[Path], bytes] = content
    known: set[str] = field(default_factory=set)
    fresh: dict[str, Stamp] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reports = self.search / "reports"
        self.names = sorted(path.name for path in (self.search / "applications").iterdir())
        self.outside = self._outside()

    def _outside(self) -> dict[str, str]:
        return {name: held for name, held in tree(self.search).items() if not name.startswith("reports/")}

    def forget(self) -> None:
        """Take note that somebody has removed the reports on purpose."""
        self.known.clear()
        self.fresh.clear()

    def expect(self, wanted: Mapping[str, str]) -> None:
        """Take note that the inputs are others now: nothing is fresh, and all that was published stays."""
        self.wanted, self.outside = wanted, self._outside()
        self.fresh.clear()

    def published(self) -> list[str]:
        """Return the applications that have a folder now."""
        return [name for name in self.names if (self.reports / name).exists()]

    def marks(self) -> dict[str, Stamp]:
        """Return the stamps of all published folders."""
        found = {}
        for name in self.names:
            with suppress(OSError):
                found[name] = stamp(self.reports / name)
        return found

    def broken(self) -> list[str]:
        """Say what does not hold now that no run is at work."""
        found = [f"outside the reports: {what}" for what in differences(self._outside(), self.outside)]
        found += [f"{name} does not belong among the reports" for name in self._strangers()]
        for name in self.names:
            found += [f"{name} {what}" for what in self._broken_in(name)]
        return found

    def _strangers(self) -> Iterator[str]:
        usual = {"index.html", "run.json", ".run.lock", ".run.holder", ".work"}
        for entry in sorted(self.reports.iterdir()) if self.reports.is_dir() else ():
            name = entry.name
            waiting = name.startswith(".") and name.removesuffix(".old")[1:] in self.names
            unfinished = name.endswith(".tmp") and name.startswith((".index.html.", ".run.json.", "..run.holder."))
            if not (name in usual or name in self.names or waiting or unfinished):
                yield name

    def _broken_in(self, name: str) -> Iterator[str]:
        folder = self.reports / name
        if not folder.exists():  # what was there before waits beside it, whole
            folder = folder.with_name(f".{name}.old")
            if not folder.exists():
                if name in self.known:
                    yield "was published and is lost"
                return
        if wrong := self.flaw(folder):
            yield f"is published by halves: {wrong}"
            return
        self.known.add(name)
        now = stamp(folder)
        if self.fresh.get(name, now) != now:
            yield "was fresh and has been made again"
        if tree(folder, self.content) == self._wanted_in(name):
            self.fresh[name] = now

    def _wanted_in(self, name: str) -> dict[str, str]:
        start = f"{name}/"
        return {path.removeprefix(start): held for path, held in self.wanted.items() if path.startswith(start)}

    def unlike(self) -> list[str]:
        """Say in what the reports differ from those of an undisturbed run, now that a run says it is done."""
        return differences(tree(self.reports, self.content), self.wanted)


def broken_by(run: MarkedRun, watch: Watch) -> list[str]:
    """Say what does not hold after a run has ended, in whatever way; what it has left alive is killed."""
    before = watch.marks()
    alive = run.orphans()
    found = [f"process {one.pid} is still alive ({one.state})" for one in alive]
    if watch.marks() != before:
        found.append("something was published after the runner had ended")
    run.kill_all()
    return found + watch.broken()
