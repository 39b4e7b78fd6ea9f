"""Run the workbook for applications and publish their reports: only what changed, and nothing by halves.

Whoever makes a report hands over its files; only this runner writes them, in one step for each application, together
with a manifest that says what they were made from. So a run can be stopped anywhere, and the next one goes on.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from prepkit.errors import BusyError, InputError, PrepkitError, did_you_mean
from prepkit.files import (
    inside,
    locked,
    make_folder,
    publish_files,
    read_bytes,
    read_text,
    recover_folders,
    write_atomic,
)
from prepkit.manifest import FILE, Inputs, Manifest, State, Status, digest, status
from prepkit.page import index_page
from prepkit.resources import workbook
from prepkit.search import Search
from prepkit.tasks import PACKED, Made, Task, failure
from prepkit.workers import LocalWorkers, Workers
from prepkit.yamlfile import FORMAT

if TYPE_CHECKING:
    from prepkit.standing import Standing

__all__ = ["Run", "holder", "run_search", "run_searches", "states"]

MOST_TRIES = 3
"""How often an application is begun whose process died; a workbook that fails is not begun again."""

RECORD = "run.json"
"""Name of the file in the folder of reports that says when they were made; the one place with times."""

HOLDER, INDEX = ".run.holder", "index.html"

DAMAGED = "Its record is damaged."

EDITED = "edited while the report was made"
"""Stands for the digest of such a file: whatever it holds next time, the report is made again."""


@dataclass(frozen=True)
class Run:
    """What became of one application.

    Attributes:
        search: The candidate's files.
        name: The application.
        state: What its report was like before: fresh ones were not made again.
        error: Why there is no report, as sentences; empty when there is one.
        seconds: Time from beginning it to its being published; 0 where it was fresh.
    """

    search: Search
    name: str
    state: State
    error: str = ""
    seconds: float = 0.0

    @property
    def report(self) -> Path:
        """Its page, which exists whether all went well or not."""
        return self.search.reports / self.name / "report.html"

    @cached_property
    def standing(self) -> Standing | None:
        """Where the application stands; None where there is no report."""
        from prepkit import standing

        try:
            return standing.read_standing(self.report.with_name(standing.FILE))
        except PrepkitError:
            return None


def run_search(
    search: Search,
    only: Sequence[str] = (),
    force: bool = False,
    notebook: Path | None = None,
    workers: Workers | None = None,
) -> Iterator[Run]:
    """Report on the applications of one search; see :func:`run_searches`."""
    return run_searches([search], only, force, notebook, workers)


def run_searches(
    searches: Iterable[Search],
    only: Sequence[str] = (),
    force: bool = False,
    notebook: Path | None = None,
    workers: Workers | None = None,
) -> Iterator[Run]:
    """Report on the applications of searches, several at a time, and write the index of each search at its end.

    Args:
        searches: The files of one candidate each.
        only: Names of applications; empty means all. Searches that have none of them are passed over.
        force: Make fresh reports again, too.
        notebook: The workbook to run; None means the shipped one.
        workers: Who makes the reports; None means a process for each processor of this machine.

    Yields:
        A :class:`Run` for each application as it is done: fresh ones at once, failed ones too.

    Raises:
        InputError: when `only` names an application that no search has, or a folder of reports cannot be made; the
            others are done before. At once, when a report cannot be written.
        BusyError: when another run is at work on some of the searches; the others are done before.
        PrepkitError: when there are several such faults, of different kinds; one on each line.
    """
    notebook = (notebook or workbook("application.ipynb")).resolve()
    workers = workers or LocalWorkers()
    waiting, faults, seen = iter(searches), list[PrepkitError](), list[Search]()
    queue, begun = deque[_Job](), dict[Task, _Job]()
    with ExitStack() as at_work:
        at_work.callback(workers.close)
        while True:
            while not queue and workers.room and (search := next(waiting, None)):
                seen.append(search)
                if only and not any(map(search.named, only)):
                    continue
                try:
                    batch = at_work.enter_context(_Batch(search, only, force, notebook))
                except PrepkitError as error:
                    faults.append(error)
                    continue
                yield from batch.fresh
                queue.extend(batch.jobs)
            while queue and workers.room:
                job = queue.popleft()
                begun[job.task] = job
                job.batch.begin(job)
                workers.start(job.task)
            if not begun:
                break
            for task, made in workers.finished():
                job = begun.pop(task)
                if made == "" and job.tries < MOST_TRIES:
                    queue.append(job)
                else:
                    yield job.batch.publish(job, made)
    faults.extend(_unknown(only, seen))
    if len(faults) == 1:
        raise faults[0]
    if faults:
        kind = BusyError if all(isinstance(fault, BusyError) for fault in faults) else PrepkitError
        raise kind("\n".join(map(str, faults)))


def _unknown(only: Sequence[str], searches: Sequence[Search]) -> Iterator[PrepkitError]:
    """Yield what is to be said of names that no search has."""
    known = {name for search in searches for name in search.names}
    for name in dict.fromkeys(only):
        if any(search.named(name) for search in searches):
            continue
        if len(searches) == 1:
            try:
                searches[0].application(name)
            except PrepkitError as error:
                yield error
        else:
            yield PrepkitError(f"None of the searches has an application {name!r}.{did_you_mean(name, sorted(known))}")


@dataclass
class _Job:
    """One application that is to be made."""

    batch: _Batch
    task: Task
    state: State
    manifest: Manifest
    versions: Mapping[str, object] = field(default_factory=dict)
    tries: int = 0
    started: float = 0.0


class _Batch:
    """A run over one search: it holds the lock from when it is entered until the last report is published."""

    def __init__(self, search: Search, only: Sequence[str], force: bool, notebook: Path) -> None:
        self._search, self._only, self._force, self._notebook = search, only, force, notebook
        self._held = ExitStack()
        self._seconds: dict[str, float] = {}
        self._started = datetime.now(UTC)
        self.fresh: list[Run] = []
        self.jobs: list[_Job] = []

    def __enter__(self) -> _Batch:
        search = self._search
        chosen = set(map(search.named, self._only))
        names = [name for name in search.names if name in chosen or not self._only]
        make_folder(search.reports)
        for name in (HOLDER, RECORD, INDEX):  # a link would be followed, and what it leads to written over
            inside(search.reports, Path(name))
        with ExitStack() as held:
            held.enter_context(_held(search))
            recover_folders(search.reports)
            for name, state, manifest in _states(search, names, self._notebook):
                if state.status is Status.FRESH and not self._force:
                    self.fresh.append(Run(search, name, state))
                else:
                    self.jobs.append(_Job(self, Task(search, name, self._notebook), state, manifest))
            self._left = len(self.jobs)
            self._held = held.pop_all()
        self._close_if_done()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def begin(self, job: _Job) -> None:
        """Take note of what an application is made from, which may have been edited since the run began."""
        job.tries += 1
        job.started = time.monotonic()
        job.versions = self._versions(job)
        job.manifest = Inputs(self._search, self._notebook, PACKED).manifest(job.task.name)

    def _versions(self, job: _Job) -> dict[str, object]:
        return {path: _version(self._search.path / path) for path in job.manifest.inputs}

    def publish(self, job: _Job, made: Made | str) -> Run:
        """Put what was made in its place, or a page that says why there is nothing."""
        if isinstance(made, str):
            made = failure(job.task, made or f"The process that made it died, {MOST_TRIES} times.")
        task = job.task
        outputs = {name: digest(data) for name, data in made.files.items()}
        edited = {path: EDITED for path, now in self._versions(job).items() if now != job.versions.get(path)}
        manifest = replace(job.manifest, inputs={**job.manifest.inputs, **edited}, outputs=outputs, error=made.error)
        try:
            publish_files({**made.files, FILE: manifest.to_json().encode()}, self._search.reports / task.name)
        except InputError as error:
            count = len(self.fresh) + len(self.jobs)
            so_far = f"{count - self._left} of {count} reports are done; run the same command again to go on."
            raise InputError(error.path, f"{error.problems[0]} {so_far}") from error
        run = Run(self._search, task.name, job.state, made.error, time.monotonic() - job.started)
        self._seconds[task.name] = round(run.seconds, 2)
        self._left -= 1
        self._close_if_done()
        return run

    def _close_if_done(self) -> None:
        if not self._left:
            _write_index(self._search, self._started, self._seconds)
            self._held.close()


def _version(path: Path) -> object:
    """Return what changes with every edit of a file, even if its content is put back; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@contextmanager
def _held(search: Search) -> Iterator[None]:
    """Hold the lock of a search, and say meanwhile who does."""
    said = search.reports / HOLDER
    try:
        with locked(search.reports / "run", seconds=0):
            since = datetime.now(UTC).astimezone().strftime("%Y-%m-%d %H:%M")
            try:  # somebody may press Ctrl-C while it is written, too
                write_atomic(said, f"process {os.getpid()} on {socket.gethostname()}, since {since}")
                yield
            finally:
                with suppress(OSError):  # the folder may be gone, or read-only by now
                    said.unlink()
    except BusyError as error:
        raise BusyError(
            f"{search.path}: another run is at work on this search ({holder(search)}). "
            "Wait for its end, then run the same command again."
        ) from error


def holder(search: Search) -> str:
    """Return who was last at work on a search, if it did not end by itself; otherwise an empty text."""
    try:
        return read_text(search.reports / HOLDER)[0][:200]
    except PrepkitError:
        return ""


def states(search: Search, notebook: Path | None = None) -> Iterator[tuple[str, State]]:
    """Tell of each application of a search whether its report is what would be made now; nothing is made."""
    for name, state, _ in _states(search, search.names, notebook or workbook("application.ipynb")):
        yield name, state


def _states(search: Search, names: Sequence[str], notebook: Path) -> Iterator[tuple[str, State, Manifest]]:
    inputs = Inputs(search, notebook, PACKED)
    for name in names:
        manifest = inputs.manifest(name)
        yield name, status(search.reports / name, manifest), manifest


def _write_index(search: Search, started: datetime, seconds: Mapping[str, float]) -> None:
    """Write the index and the record of the run, unless nothing was made and the index is as it was left."""
    index, record = search.reports / INDEX, search.reports / RECORD
    listed = _listed(search)
    try:
        last = json.loads(read_bytes(record))
        same = last["format"] == FORMAT and last["listed"] == listed and last["index"] == digest(read_bytes(index))
    except (PrepkitError, ValueError, KeyError, TypeError, RecursionError):
        same = False
    if same and not seconds:
        return
    rows = {name: _row(search, name) for name in listed}
    page = index_page(search.settings.candidate, list(rows.values()))
    write_atomic(index, page)
    ended = datetime.now(UTC)
    said = {
        "format": FORMAT, "prepkit": version("prepkit"), "started": started.isoformat(timespec="seconds"),
        "ended": ended.isoformat(timespec="seconds"), "seconds": seconds, "index": digest(page.encode()),
        # one that could not be read is read again next time
        "listed": {name: listed[name] for name, row in rows.items() if row["error"] != DAMAGED},
    }  # fmt: skip
    write_atomic(record, json.dumps(said, ensure_ascii=False, indent=1) + "\n")


def _listed(search: Search) -> dict[str, str]:
    """Return the applications that have been made, with a digest that changes whenever one is made otherwise."""
    found = {}
    for name in search.names:
        with suppress(PrepkitError):
            found[name] = digest(read_bytes(search.reports / name / FILE))
    return found


def _row(search: Search, name: str) -> dict[str, Any]:
    # a folder may be called javascript:x or 100%, and is no address then
    row: dict[str, Any] = {
        "name": name,
        "href": f"./{quote(name)}/report.html",
        "error": "",
        "company": "",
        "role": name,
    }
    manifest = Manifest.read(search.reports / name)
    if manifest is None or manifest.error:
        return row | {"error": manifest.error if manifest else DAMAGED}
    stands = Run(search, name, State(Status.FRESH)).standing
    if stands is None:
        return row | {"error": DAMAGED}
    return row | {
        "role": stands.role, "company": stands.company, "level": stands.level.value, "chosen": stands.chosen,
        "themes": len(stands.themes), "steps": [step.done for step in stands.steps],
        "next": stands.next, "why": stands.why,
    }  # fmt: skip
