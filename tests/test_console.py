"""Many reports in a terminal: which searches are meant, the bar, what is said at the end, and how things stand."""

from __future__ import annotations

import fcntl
import json
import os
import re
import select
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from prepkit import console, making
from prepkit.console import MOST_LINES, report_searches, searches_in, show_status
from prepkit.errors import BusyError, PrepkitError
from prepkit.files import locked
from prepkit.search import Search, read_search
from prepkit.tasks import Made, Task

Make = Callable[..., Search]


def spoil(search: Search, name: str) -> None:
    """Give an application a plan that cannot be read."""
    (search.path / "applications" / name / "plan.yaml").write_text("thems: []\n", encoding="utf-8")


# --- which searches -------------------------------------------------------------------------------------------------


def test_a_folder_of_searches_stands_for_those_inside(make_search: Make, tmp_path: Path) -> None:
    """Sorted by name; files and other folders beside them are passed over."""
    for name in ("clients/bea", "clients/Ada"):
        make_search(folder=name)
    (tmp_path / "clients" / "empty").mkdir()
    (tmp_path / "clients" / "notes.txt").write_text("mine")
    found, wrong = searches_in([tmp_path / "clients"])
    assert ([search.path.name for search in found], wrong) == (["Ada", "bea"], 0)


def test_a_search_that_is_named_twice_is_done_once(make_search: Make, tmp_path: Path) -> None:
    """By itself, in its folder, or by a link: it would be busy with itself."""
    search = make_search(folder="clients/ada")
    (tmp_path / "clients" / "link").symlink_to(search.path)
    found, wrong = searches_in([search.path, tmp_path / "clients", search.path / ".." / "ada"])
    assert ([search.path for search in found], wrong) == ([search.path], 0)


def test_what_is_wrong_with_one_search_is_said(
    make_search: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one message each, and the others are found."""
    for name in ("ada", "bea", "cay"):
        make_search(folder=f"clients/{name}")
    (tmp_path / "clients" / "bea" / "prepkit.yaml").write_text("nonsense: 1\n", encoding="utf-8")
    found, wrong = searches_in([tmp_path / "clients", tmp_path / "nowhere"])
    assert ([search.path.name for search in found], wrong) == (["ada", "cay"], 2)
    bea, nowhere = capsys.readouterr().err.splitlines()
    assert bea.startswith(f"prepkit: {tmp_path / 'clients' / 'bea' / 'prepkit.yaml'}: line 1: “nonsense” is not known")
    assert nowhere.startswith(f"prepkit: {tmp_path / 'nowhere'}: There is no such folder.")


def test_files_alone_are_no_search(tmp_path: Path) -> None:
    """A sentence says what a search is."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(PrepkitError, match="There is no folder among them"):
        searches_in([tmp_path / "notes.txt"])


# --- a run ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_each_application_gets_a_line(make_search: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """Made with how it stands, fresh, or failed with the reason on the other stream; then where to look."""
    search = make_search({"a": {}, "b": {}, "c": {}})
    report_searches([search], ["a"])
    capsys.readouterr()
    spoil(search, "c")
    assert report_searches([read_search(search.path)]) == 1
    said = capsys.readouterr()
    fresh, made, failed, count, see = said.out.splitlines()
    assert fresh == "  fresh    a: nothing has changed since it was made"
    assert re.fullmatch(r"  made     b: themes only suggested, \d of 8 steps, \d+\.\d s", made)
    assert failed == "  failed   c"
    assert count == "1 made, 1 fresh, 1 failed"
    assert see == f"See {search.reports / 'index.html'}"
    assert said.err.startswith(f"prepkit: {search.path}, c: applications/c/plan.yaml: line 1: ")
    assert said.err.count("\n") == 1


@pytest.mark.usefixtures("here")
def test_several_faults_in_one_file_are_set_in(make_search: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """So that one sees which belong together."""
    search = make_search()
    (search.path / "applications" / "tidewrack" / "plan.yaml").write_text("thems: []\nratings: [1]\n")
    report_searches([search])
    first, *others = capsys.readouterr().err.splitlines()
    assert first == f"prepkit: {search.path}, tidewrack: applications/tidewrack/plan.yaml: 2 faults"
    assert [line[:6] for line in others] == ["    - ", "    - "]


def quick(task: Task) -> Made:
    """Make what is published for an application without reading it."""
    failed = task.name.endswith("7")
    return Made({"report.html": b"a page"}, "It stopped." if failed else "")


@pytest.mark.usefixtures("here")
def test_of_many_applications_only_the_failed_ones_are_told(
    make_search: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With their search, as there may be several of one name; of the others their number."""
    monkeypatch.setattr(making, "make", quick)
    names = [f"role-{number:02}" for number in range(MOST_LINES)]
    searches = [make_search({role: {} for role in names}, folder=f"clients/{name}") for name in ("ada", "bea")]
    assert report_searches(searches[:1]) == 1
    assert len(capsys.readouterr().out.splitlines()) == MOST_LINES + 2
    assert report_searches(searches) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[:8] == [
        f"  failed   {search.path.name}, role-{number}7" for search in searches for number in range(4)
    ]  # fmt: skip
    assert out[8] == "36 made, 36 fresh, 8 failed"
    assert out[9:] == [f"See {search.reports / 'index.html'}" for search in searches]


@pytest.mark.usefixtures("here")
def test_a_busy_search_is_told_when_the_others_are_done(make_search: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """What was made is said all the same."""
    searches = [make_search(folder=f"clients/{name}") for name in ("ada", "bea", "cay")]
    with locked(searches[1].reports / "run"), pytest.raises(BusyError, match="another run is at work") as caught:
        report_searches(searches)
    assert str(searches[1].path) in str(caught.value)
    assert capsys.readouterr().out.count(", tidewrack: ") == 2


def test_a_search_without_applications_says_so(make_search: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to see yet."""
    search = make_search({})
    assert report_searches([search]) == 0
    assert capsys.readouterr().out == f"{search.path} has no application yet.\n"


@pytest.mark.usefixtures("here")
def test_a_terminal_shows_a_bar(
    make_search: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many of how many, how many failed, how much time is left; it is gone at the end, and no thread with it."""

    def slow(task: Task) -> Made:
        time.sleep(0.15)
        return quick(task)

    monkeypatch.setattr(making, "make", slow)
    search = make_search({f"role-{number}": {} for number in (1, 7, 8, 9)})
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        assert terminal.isatty()
        monkeypatch.setattr(sys, "stderr", terminal)
        report_searches([search])
        terminal.flush()
        read = b""
        while select.select([ours], [], [], 0.1)[0]:
            read += os.read(ours, 4_096)
    os.close(ours)
    said = read.decode()
    lines = said.split("\r")
    assert any(re.match(r"(reports )?0 of 4 ", line) for line in lines)
    assert any(re.match(r"1 failed, reports 3 of 4 .* 00:00 left", line) for line in lines), lines
    assert f"prepkit: {search.path}, role-7: It stopped." in said
    assert all(len(line.rstrip()) <= 80 for line in lines if " of 4 " in line)
    assert lines[-1].strip() == ""
    assert "made     role-9" in capsys.readouterr().out


@pytest.mark.usefixtures("here")
def test_a_pipe_shows_no_bar(make_search: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """A log has no use for it."""
    report_searches([make_search()])
    assert capsys.readouterr().err == ""


# --- how things stand -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_status_says_how_each_report_stands(make_search: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """Fresh, stale, failed, missing, each with the reason in one line, and the numbers of them; nothing is made."""
    search = make_search({name: {} for name in ("fresh", "stale", "wrong")})
    (search.path / "applications" / "wrong" / "plan.yaml").write_text("thems: []\nratings: [1]\n")
    report_searches([search])
    (search.path / "applications" / "stale" / "posting.txt").write_text("Another\n")
    (search.path / "applications" / "unmade").mkdir()
    (search.path / "applications" / "unmade" / "posting.txt").write_text("One more\n")
    before = {path: path.stat().st_mtime_ns for path in search.path.rglob("*")}
    capsys.readouterr()
    show_status([read_search(search.path)])
    said = capsys.readouterr().out.splitlines()
    assert said[:4] == [
        f"{search.path}: Ada Fenwright", "  fresh    fresh",
        "  stale    stale: applications/stale/posting.txt is changed.", "  missing  unmade: It has not been made yet.",
    ]  # fmt: skip
    assert said[4].startswith("  failed   wrong: applications/wrong/plan.yaml: 2 faults   - line 1: ")
    assert said[5:] == ["1 fresh, 1 stale, 1 failed, 1 missing. “prepkit report” makes again what is not fresh."]
    assert {path: path.stat().st_mtime_ns for path in search.path.rglob("*")} == before


def test_status_of_an_empty_search_says_how_to_begin(make_search: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """And nobody is called at work who is not."""
    search = make_search({}, candidate="")
    show_status([search])
    assert capsys.readouterr().out == (
        f"{search.path}: candidate not named\n  No application yet. Add one with “prepkit add”.\n"
    )


def test_status_names_who_is_at_work_or_was_killed(make_search: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """As that run has left it; control characters in it reach no terminal."""
    search = make_search()
    search.reports.mkdir()
    (search.reports / ".run.holder").write_text("process 7 on \x1b[31mquay, since 2026-01-01 10:00")
    show_status([search])
    said = "  A run is at work here, or was killed: process 7 on [31mquay, since 2026-01-01 10:00."
    assert said in capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("here")
def test_status_of_a_workbook_of_ones_own(
    make_search: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is what counts then."""
    search, own = make_search(), tmp_path / "own.ipynb"
    own.write_text(json.dumps({"cells": []}))
    report_searches([search], notebook=own)
    capsys.readouterr()
    for notebook, said in ((own, "fresh    tidewrack"), (None, "stale    tidewrack: The workbook is changed.")):
        show_status([search], notebook)
        assert said in capsys.readouterr().out


def test_the_bar_needs_no_library_before_it_is_drawn() -> None:
    """Whoever asks for the status does not wait for it."""
    assert "tqdm" not in vars(console)
