"""A candidate is removed wholly: files, what was made beside them, and what IPython has kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import PLAN, write_search

from prepkit import forget as forgetting
from prepkit.cli import main
from prepkit.errors import BusyError, InputError
from prepkit.files import locked
from prepkit.forget import TABLES, find_traces, forget

CANARY = "Ada Canary of Tidewrack"


def run(*words: Any, answer: str | None = None) -> Any:
    return CliRunner().invoke(main, [str(word) for word in words], input=answer)


def holding(folder: Path, text: str = CANARY) -> list[str]:
    """Files below a folder in which a text stands."""
    found = [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
    return [path.relative_to(folder).as_posix() for path in found]


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    """A folder of two candidates, with what a session and a portfolio leave beside them."""
    folder = tmp_path / "clients"
    for name, candidate in (("ada", CANARY), ("bea", "Bea Other")):
        search = write_search(folder / name, {"tidewrack": {"plan": PLAN}})
        (search.path / "prepkit.yaml").write_text(f"format: 1\ncandidate: {candidate}\n", encoding="utf-8")
        for place in ("reports/tidewrack/report.html", "workbooks/.ipynb_checkpoints/x-checkpoint.ipynb"):
            (search.path / place).parent.mkdir(parents=True, exist_ok=True)
            (search.path / place).write_text(candidate, encoding="utf-8")
    for place in (
        "reports/portfolio.html", "reports/portfolio.xlsx", "start.ipynb", ".ipynb_checkpoints/start-checkpoint.ipynb",
        ".jupyter/workspaces/default.json",
    ):  # fmt: skip
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(f"prepkit {CANARY}, Bea Other", encoding="utf-8")
    return folder


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history with the tables of IPython, empty so far."""
    path = tmp_path / "ipython" / "profile_default" / "history.sqlite"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE history (session integer, line integer, source text, source_raw text)")
        base.execute("CREATE TABLE output_history (session integer, line integer, output text)")
        base.commit()
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return path


def test_the_tables_of_a_history_are_those_of_ipython(tmp_path: Path) -> None:
    """As the library itself makes them where histories are kept."""
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    path = tmp_path / "history.sqlite"
    shell = InteractiveShell(config=Config({"HistoryManager": {"hist_file": str(path), "enabled": True}}))
    assert isinstance(shell.history_manager, HistoryManager)
    with closing(sqlite3.connect(path)) as base:
        for table, column in TABLES:
            base.execute(f"SELECT {column} FROM {table}")


def add_lines(path: Path, *sources: str) -> None:
    with closing(sqlite3.connect(path)) as base:
        for number, source in enumerate(sources):
            base.execute("INSERT INTO history VALUES (?, ?, ?, ?)", (9, number, source, source))
        base.commit()


def test_nothing_of_the_candidate_is_left_and_the_others_stay(clients: Path, tmp_path: Path) -> None:
    """The search, its checkpoints, and what was made of several candidates."""
    others = {path: path.read_bytes() for path in (clients / "bea").rglob("*") if path.is_file()}
    assert len(holding(tmp_path)) == 8
    result = run("forget", clients / "ada", "--yes")
    assert result.exit_code == 0, result.output
    assert holding(tmp_path) == []
    assert not (clients / "ada").exists()
    assert others == {path: path.read_bytes() for path in (clients / "bea").rglob("*") if path.is_file()}
    assert "backups" in result.output


def test_it_asks_first(clients: Path) -> None:
    """Whoever does not say yes keeps everything, and the exit code tells a script so."""
    before = holding(clients)
    result = run("forget", clients / "ada", answer="n\n")
    assert result.exit_code == 1
    assert "with 6 files" in result.output
    assert "Nothing was removed." in result.output
    assert holding(clients) == before
    assert run("forget", clients / "ada", answer="y\n").exit_code == 0
    assert holding(clients) == []


def test_lines_of_a_history_that_name_the_folder_go(clients: Path, history: Path) -> None:
    """From the file itself, too, and no other line."""
    add_lines(history, f"open('{clients / 'ada'}/stories.csv')  # {CANARY}", "print('of somebody else')")
    assert run("forget", clients / "ada", "--yes").exit_code == 0
    assert CANARY.encode() not in history.read_bytes()
    assert b"of somebody else" in history.read_bytes()


def test_a_file_that_is_no_history_is_left_alone(clients: Path, history: Path) -> None:
    """Damaged, or of another program."""
    history.write_bytes(b"no database")
    assert find_traces(clients / "ada").histories == ()


def test_a_history_in_use_is_told(clients: Path, history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All else is removed, and exit code 1 says that something is left."""
    monkeypatch.setattr(forgetting, "BUSY_SECONDS", 0.1)
    add_lines(history, f"x = '{clients / 'ada'}'")
    with closing(sqlite3.connect(history)) as base:
        base.execute("BEGIN EXCLUSIVE")
        result = run("forget", clients / "ada", "--yes")
    assert result.exit_code == 1
    assert "still in this history" in result.stderr
    assert not (clients / "ada").exists()


@pytest.mark.parametrize("what", ["clients", "empty", "link", "nested", "none"])
def test_only_the_search_of_one_candidate_is_removed(what: str, clients: Path, tmp_path: Path) -> None:
    """Not a folder of several, one of something else, a link, or one with another search inside."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(clients / "ada")
    folder = {"clients": clients, "nested": clients / "ada"}.get(what, tmp_path / what)
    if what == "nested":
        write_search(clients / "ada" / "deep" / "inner")
    before = holding(tmp_path)
    result = run("forget", folder, "--yes")
    assert result.exit_code == 2
    assert str(folder) in result.stderr
    assert holding(tmp_path) == before


def test_what_links_lead_to_stays(clients: Path, tmp_path: Path) -> None:
    """A link in the folder goes, the file of somebody else that it names does not."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.txt").write_text("mine", encoding="utf-8")
    (clients / "ada" / "packs").symlink_to(tmp_path / "elsewhere")
    assert run("forget", clients / "ada", "--yes").exit_code == 0
    assert (tmp_path / "elsewhere" / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_run_at_work_is_waited_for_by_nobody(clients: Path) -> None:
    """Exit code 3, and nothing is removed."""
    before = holding(clients)
    with locked(clients / "ada" / "reports" / "run"):
        assert run("forget", clients / "ada", "--yes").exit_code == 3
        with pytest.raises(BusyError):
            forget(find_traces(clients / "ada"))
    assert holding(clients) == before


def test_what_was_stopped_halfway_can_be_done_again(clients: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that makes it a search goes last."""
    remove = forgetting.remove

    def full(path: Path) -> None:
        if path.name == "stories.csv":
            raise InputError(path, "It cannot be removed: no permission.")
        remove(path)

    monkeypatch.setattr(forgetting, "remove", full)
    assert run("forget", clients / "ada", "--yes").exit_code == 2
    assert (clients / "ada" / "prepkit.yaml").exists()
    monkeypatch.undo()
    assert run("forget", clients / "ada", "--yes").exit_code == 0
    assert not (clients / "ada").exists()


def test_a_workbook_of_somebody_else_stays(clients: Path) -> None:
    """A file called start.ipynb that is not of prepkit."""
    (clients / "start.ipynb").write_text("{}", encoding="utf-8")
    run("forget", clients / "ada", "--yes")
    assert (clients / "start.ipynb").read_text(encoding="utf-8") == "{}"
