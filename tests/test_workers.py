"""Processes that make reports: so many at a time, and one that is late or dies harms no other."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from conftest import gone

from prepkit import workers
from prepkit.forks import can_fork
from prepkit.search import Search, read_search
from prepkit.tasks import Task
from prepkit.workers import LocalWorkers

ODD = Path(__file__).parent / "notebooks"
Make = Callable[..., Search]

needs_fork = pytest.mark.skipif(not can_fork(), reason="no process can be forked here")


def tasks_of(search: Search, notebook: str = "waits", **limits: int) -> list[Task]:
    """A task for each application of a search, with a workbook that somebody has to stop."""
    settings = {"format": 1, "candidate": "Ada Fenwright"} | limits
    (search.path / "prepkit.yaml").write_text(json.dumps(settings), encoding="utf-8")
    search = read_search(search.path)
    return [Task(search, name, ODD / f"{notebook}.ipynb") for name in search.names]


def below(pid: int) -> list[int]:
    """All that a process has started, and that they have."""
    return [process.pid for process in psutil.Process(pid).children(recursive=True)]


def wait_until(condition: Callable[[], Any], seconds: float = 60) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It never was so."
        time.sleep(0.05)


def test_there_is_room_for_each_processor() -> None:
    """That this process may use, unless somebody says another number."""
    assert LocalWorkers().room == len(os.sched_getaffinity(0))
    assert LocalWorkers(3).room == 3


def test_where_nothing_was_begun_nothing_is_finished() -> None:
    """And closing is no fault, be it twice."""
    idle = LocalWorkers(1)
    assert idle.finished() == []
    idle.close()
    idle.close()


@needs_fork
@pytest.mark.slow
def test_one_that_is_late_is_stopped(make_search: Make) -> None:
    """Within the time that the settings give an application; its room is free again, the other works on."""
    search = make_search({"first": {}})
    (late,) = tasks_of(search, application_seconds=3)
    (other,) = tasks_of(make_search({"other": {}}, folder="other"))
    here = LocalWorkers(2)
    try:
        for task in (late, other):
            here.start(task)
        began = time.monotonic()
        assert here.room == 0
        assert here.finished() == [(late, "It took more than 3 seconds and was stopped.")]
        assert time.monotonic() - began < 6
        assert here.room == 1
        at_work = below(here._parent._process.pid)
        assert at_work  # the other
    finally:
        here.close()
    assert gone(*at_work, seconds=2)


@needs_fork
@pytest.mark.slow
def test_one_that_died_is_told_and_the_next_is_begun(
    make_search: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed itself, or with it the process that all are forked from: nothing was made, and that is said.

    No passing file of it is left.
    """
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    search = make_search({"first": {}, "second": {}})
    first, second = tasks_of(search)
    here = LocalWorkers(2)
    try:
        here.start(first)
        (child,) = here._working
        child.kill_group()
        assert here.finished() == [(first, "")]
        for task in (first, second):
            here.start(task)
        here._parent._process.kill()
        told = []
        while len(told) < 2:
            told.extend(here.finished())
        assert sorted(told, key=lambda pair: pair[0].name) == [(first, ""), (second, "")]
        here.start(first)  # by another parent
        assert here.room == 1
        (home,) = tmp_path.glob("prepkit-*")
        assert len(list(home.iterdir())) == 1
    finally:
        here.close()
    assert list(tmp_path.glob("prepkit-*")) == []


@pytest.mark.slow
def test_without_forking_a_late_one_is_stopped_with_its_kernel(
    make_search: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is started anew, which is said once in the log; when it is ended, its kernel notices that."""
    monkeypatch.setenv("PREPKIT_NO_FORK", "1")
    workers._say_once.cache_clear()
    search = make_search({"first": {}})
    (task,) = tasks_of(search)
    here = LocalWorkers(2)
    with caplog.at_level(logging.WARNING):
        here.start(task)
    assert caplog.text.count("cannot be forked") == 1
    wait_until((search.path / "waiting").exists)
    (child,) = here._working
    at_work = [child._process.pid, *below(child._process.pid)]
    assert len(at_work) >= 2  # itself and its kernel
    here._working[child] = replace(here._working[child], end=0)  # the time is up
    assert here.finished() == [(task, "It took more than 600 seconds and was stopped.")]
    here.close()
    assert gone(*at_work)
