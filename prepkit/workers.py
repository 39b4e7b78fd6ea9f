"""Who makes the reports: processes of this machine, one for each application."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import wait
from pathlib import Path
from typing import Protocol

from prepkit.errors import PrepkitError
from prepkit.forks import Child, can_fork
from prepkit.tasks import MAKER, Made, Task
from prepkit.warm import Started, WarmParent
from prepkit.workplace import Workplace, clear

__all__ = ["LocalWorkers", "Workers"]

SPARE_PARENTS = 2
"""How often a warm parent that was killed is replaced for one task before the run gives up."""

WAIT_SECONDS = 0.5
"""How often is looked whether somebody has run out of time."""


class Workers(Protocol):
    """Whoever makes reports, several at a time."""

    @property
    def room(self) -> int:
        """How many more tasks can be started."""

    def start(self, task: Task) -> None:
        """Begin a task."""

    def finished(self) -> Sequence[tuple[Task, Made | str]]:
        """Wait until something is finished, and return it: what was made, or why nobody could make it, a sentence."""

    def close(self) -> None:
        """Stop everything that is still at work."""


@dataclass(frozen=True)
class _Work:
    """What a process is at work on, when it must have ended, and where its passing files are."""

    task: Task
    end: float
    place: Path | None


class LocalWorkers:
    """Processes of this machine, each for one application, forked from one that has imported everything.

    Args:
        count: How many at a time; None means one for each processor that this process may use.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or _processors()
        self._parent: WarmParent | None = None
        self._workplace = Workplace()
        self._working: dict[Child | Started, _Work] = {}

    @property
    def room(self) -> int:
        """How many more tasks can be started."""
        return self.count - len(self._working)

    def start(self, task: Task) -> None:
        """Begin a task in a process of its own."""
        place = None
        if can_fork():
            place = self._place()
            child: Child | Started = self._forked(task, str(place))
        else:
            _say_once("Processes cannot be forked here: reports take longer, and memory is not limited.")
            child = Started(MAKER, task)
        self._working[child] = _Work(task, time.monotonic() + task.search.settings.application_seconds, place)

    def _place(self) -> Path:
        try:
            return self._workplace.folder()
        except OSError as error:
            raise PrepkitError(f"There is no place for temporary files: {error.strerror or error}.") from error

    def _forked(self, task: Task, place: str) -> Child:
        for _ in range(SPARE_PARENTS):
            self._parent = self._parent or WarmParent()
            with suppress(PrepkitError):  # it was killed, and all that it had started with it
                return self._parent.fork(MAKER, task, place)
            self._parent.close()
            self._parent = None
        self._parent = WarmParent()
        return self._parent.fork(MAKER, task, place)

    def finished(self) -> list[tuple[Task, Made | str]]:
        """Wait until something is finished, and return it."""
        while self._working:
            ready = wait([child.line for child in self._working], WAIT_SECONDS)
            done = [self._end(child) for child in list(self._working) if child.line in ready or self._is_late(child)]
            if done:
                return done
        return []

    def _is_late(self, child: Child | Started) -> bool:
        return time.monotonic() > self._working[child].end

    def _end(self, child: Child | Started) -> tuple[Task, Made | str]:
        task = self._working[child].task
        made: Made | str
        try:
            if child.line.poll():
                made = child.line.recv()
            else:
                limit = task.search.settings.application_seconds
                made = f"It took more than {limit} seconds and was stopped."
        except (EOFError, OSError):
            made = ""
        self._give_up(child)
        return task, made

    def _give_up(self, child: Child | Started) -> None:
        child.kill_group()
        child.close()
        if place := self._working.pop(child).place:
            clear(place)

    def close(self) -> None:
        """Stop everything that is still at work."""
        for child in list(self._working):
            self._give_up(child)
        if self._parent:
            self._parent.close()
            self._parent = None
        self._workplace.close()


@cache
def _say_once(said: str) -> None:
    logging.getLogger("prepkit").warning(said)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
