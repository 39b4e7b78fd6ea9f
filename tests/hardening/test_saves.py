"""Nothing that was saved is lost, and what a newer prepkit has written comes back byte for byte."""

from __future__ import annotations

import json
import multiprocessing
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import PLAN, POSTING, write_search

from prepkit import labserver
from prepkit.cli import main
from prepkit.pack import make_pack
from prepkit.plan import load_plan, update_plan
from prepkit.search import Search, read_search

FULL = "PREPKIT_TORTURE_KILLS" in os.environ
SAVES = 300 if FULL else 60


def save_often(path: Path, session: int) -> None:
    """Settle one rating after the other, each with a save of its own."""
    for number in range(SAVES):
        update_plan(path, lambda plan, number=number: plan.with_rating(f"s{session}-{number}", "calm", number % 3))


@pytest.mark.slow
def test_two_sessions_lose_no_save(tmp_path: Path) -> None:
    """Each reads what the other has written since, under one lock; 300 saves each in `make torture`."""
    search = write_search(tmp_path / "search", {"harbour": {"plan": PLAN}})
    path = search.path / search.application("harbour").plan
    context = multiprocessing.get_context("fork")
    sessions = [context.Process(target=save_often, args=(path, session)) for session in range(2)]
    for session in sessions:
        session.start()
    for session in sessions:
        session.join(300)
    ratings = load_plan(path).ratings
    kept = {(name, ratings[name]["calm"]) for name in ratings if name != "storm"}
    assert kept == {(f"s{session}-{number}", number % 3) for session in range(2) for number in range(SAVES)}
    assert ratings["storm"] == PLAN["ratings"]["storm"]
    assert [path.name for path in path.parent.iterdir() if path.suffix == ".tmp"] == []


NEWER = {
    "prepkit.yaml": "format: 99\ncandidate: {given: Ada}  # of a later day\n",
    "applications/harbour/plan.yaml": "format: 99\r\nthemes: {new: shape}\r\n",
    "applications/harbour/debriefs.yaml": "format: 99\ndebriefs: {new: shape}\n",
    "packs/harbour/made.json": '{"format": 99, "made": {"new": "shape"}}',
}
"""A file of each kind that has a format, as a later prepkit might write it."""


@pytest.fixture
def search(tmp_path: Path) -> Search:
    """A search with an application, its pack and its reports."""
    search = write_search(tmp_path / "search", {"harbour": {"plan": PLAN}})
    make_pack(search, "harbour", date(2026, 1, 2))
    (search.path / "applications" / "harbour" / "debriefs.yaml").write_text(
        "format: 1\ndebriefs: []\n", encoding="utf-8"
    )
    (search.path / "more.txt").write_text(POSTING, encoding="utf-8")
    return read_search(search.path)


@pytest.mark.parametrize("name", NEWER)
@pytest.mark.usefixtures("here")
def test_a_file_of_a_newer_prepkit_comes_back_byte_for_byte(
    name: str, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever command is run; the message says that it is newer, and nothing ends with a traceback."""
    file = search.path / name
    assert file.exists()
    file.write_bytes(NEWER[name].encode())
    monkeypatch.setattr(labserver, "main", lambda words: None)
    table = search.path / "coverage.csv"
    table.write_text("story,calm\nstorm,2\n", encoding="utf-8")
    folder, said = str(search.path), ""
    for words in (
        ["check", folder], ["report", folder], ["status", folder], ["portfolio", folder], ["pack", folder],
        ["rate", folder, "harbour", str(table)], ["ask", folder, "harbour", "Why us?"], ["lab", folder],
        ["add", folder, str(search.path / "more.txt")], ["stories", folder],
    ):  # fmt: skip
        result = CliRunner().invoke(main, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
        assert file.read_bytes() == NEWER[name].encode(), words
        said += result.output
    assert "newer" in said


@pytest.mark.slow
def test_the_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    """Reports, workbooks, matrices, packs and portfolio in two places; the record with the times aside."""
    trees: list[dict[str, bytes]] = []
    for place in ("one", "another place"):
        folder = tmp_path / place / "example"
        for words in (["demo", str(folder)], ["pack", str(folder)], ["portfolio", str(folder)]):
            result = CliRunner().invoke(main, words)
            assert result.exit_code == 0, result.output
        made = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
        trees.append(
            {path.relative_to(folder).as_posix(): path.read_bytes() for path in made if path.name != "run.json"}
        )
    one, other = trees
    assert {Path(name).suffix for name in one} >= {".html", ".ipynb", ".csv", ".xlsx", ".pdf", ".docx", ".json"}
    assert [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)] == []


def test_the_record_of_a_run_is_the_one_place_with_times(tmp_path: Path) -> None:
    """Whoever compares two runs leaves it out."""
    search = write_search(tmp_path / "search", {"harbour": {"plan": PLAN}})
    assert CliRunner().invoke(main, ["report", str(search.path)]).exit_code == 0
    record: dict[str, Any] = json.loads((search.reports / "run.json").read_text(encoding="utf-8"))
    assert {"started", "ended", "seconds"} <= set(record)
    files = [path for path in search.reports.rglob("*") if path.is_file() and path.name != "run.json"]
    assert [path for path in files if record["started"][:13].encode() in path.read_bytes()] == []
