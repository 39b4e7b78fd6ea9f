"""Who makes the reports: processes of this machine, one for each application."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from multiprocessing.connection import wait
from typing import Protocol

from prepkit.errors import PrepkitError
from prepkit.forks import Child, can_fork
from prepkit.tasks import Made, Task
from prepkit.warm import Started, WarmParent

__all__ = ["LocalWorkers", "Workers"]

MAKER = "prepkit.making:answer"
"""What a process does; it is named rather than imported, because a runner needs none of its libraries."""

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


class LocalWorkers:
    """Processes of this machine, each for one application, forked from one that has imported everything.

    Args:
        count: How many at a time; None means one for each processor that this process may use.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or _processors()
        self._parent: WarmParent | None = None
        self._working: dict[Child | Started, tuple[Task, float]] = {}

    @property
    def room(self) -> int:
        """How many more tasks can be started."""
        return self.count - len(self._working)

    def start(self, task: Task) -> None:
        """Begin a task in a process of its own."""
        if can_fork():
            child: Child | Started = self._forked(task)
        else:
            _say_once("Processes cannot be forked here: reports take longer, and memory is not limited.")
            child = Started(MAKER, task)
        self._working[child] = task, time.monotonic() + task.search.settings.application_seconds

    def _forked(self, task: Task) -> Child:
        for _ in range(SPARE_PARENTS):
            self._parent = self._parent or WarmParent()
            with suppress(PrepkitError):  # it was killed, and all that it had started with it
                return self._parent.fork(MAKER, task)
            self._parent.close()
            self._parent = None
        self._parent = WarmParent()
        return self._parent.fork(MAKER, task)

    def finished(self) -> list[tuple[Task, Made | str]]:
        """Wait until something is finished, and return it."""
        while self._working:
            ready = wait([child.line for child in self._working], WAIT_SECONDS)
            done = [self._end(child) for child in list(self._working) if child.line in ready or self._is_late(child)]
            if done:
                return done
        return []

    def _is_late(self, child: Child | Started) -> bool:
        return time.monotonic() > self._working[child][1]

    def _end(self, child: Child | Started) -> tuple[Task, Made | str]:
        task, _ = self._working[child]
        made: Made | str
        try:
            if child.line.poll():
                made = child.line.recv()
            else:
                limit = task.search.settings.application_seconds
                made = f"It took more than {limit} seconds and was stopped."
        except (EOFError, OSError):
            made = ""
        del self._working[child]
        child.kill_group()
        child.close()
        return task, made

    def close(self) -> None:
        """Stop everything that is still at work."""
        for child in self._working:
            child.kill_group()
            child.close()
        self._working.clear()
        if self._parent:
            self._parent.close()
            self._parent = None


@cache
def _say_once(said: str) -> None:
    logging.getLogger("prepkit").warning(said)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
