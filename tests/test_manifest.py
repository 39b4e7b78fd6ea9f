"""What a report was made from: each change is noticed and named, and nothing else makes it be made again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import PLAN, make_here, write_search

from prepkit import manifest
from prepkit.manifest import FILE, Inputs, Manifest, State, Status, digest, status
from prepkit.resources import workbook
from prepkit.runs import run_search, states
from prepkit.search import Search, read_search
from prepkit.tasks import PACKED

Make = Callable[..., Search]

OWN = "applications/tidewrack"
QUESTIONS = "question\nWhy us?\n"


def state_of(search: Search, notebook: Path | None = None) -> State:
    """How the one report of a search stands to its files as they are now."""
    ((_, state),) = states(read_search(search.path), notebook)
    return state


def publish(search: Search, notebook: Path | None = None) -> None:
    """Make the one report of a search from its files as they are now."""
    (run,) = run_search(read_search(search.path), notebook=notebook)
    assert run.error == ""


def write(search: Search, name: str, text: str) -> None:
    """Write a file of a search, in a folder that is made where it is not."""
    path = search.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def settle(search: Search, **settings: Any) -> None:
    """Change the settings of a search."""
    write(search, "prepkit.yaml", json.dumps({"format": 1, "candidate": "Ada Fenwright"} | settings))


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search whose one report is fresh; it has a plan, questions of its own and a pack."""
    search = write_search(tmp_path_factory.mktemp("published") / "search", {"tidewrack": {"plan": PLAN}})
    write(search, "questions.csv", QUESTIONS)
    write(search, "packs/tidewrack/brief.pdf", "A brief")
    with pytest.MonkeyPatch.context() as patch:
        make_here(patch)
        publish(search)
    assert state_of(search) == State(Status.FRESH)
    return search.path


@pytest.fixture
def published(made_once: Path, tmp_path: Path, here: None) -> Search:
    """A copy of that search, in which a run makes reports without a kernel."""
    shutil.copytree(made_once, tmp_path / "search")
    return read_search(tmp_path / "search")


# --- what went in ---------------------------------------------------------------------------------------------------

CHANGES: dict[str, tuple[Callable[[Search], object], str]] = {
    "posting": (
        lambda search: write(search, f"{OWN}/posting.txt", "Another posting\n"), f"{OWN}/posting.txt is changed."
    ),
    "posting of another kind": (
        lambda search: (search.path / OWN / "posting.txt").rename(search.path / OWN / "posting.md"),
        f"{OWN}/posting.md is new.",
    ),
    "no posting": (lambda search: (search.path / OWN / "posting.txt").unlink(), f"{OWN}/plan.yaml is gone."),
    "plan": (
        lambda search: write(search, f"{OWN}/plan.yaml", json.dumps(PLAN | {"ratings": {}})),
        f"{OWN}/plan.yaml is changed.",
    ),
    "plan gone": (lambda search: (search.path / OWN / "plan.yaml").unlink(), f"{OWN}/plan.yaml is gone."),
    "debriefs": (
        lambda search: write(search, f"{OWN}/debriefs.yaml", "format: 1\ndebriefs: []\n"),
        f"{OWN}/debriefs.yaml is new.",
    ),
    "stories": (
        lambda search: write(search, "stories.csv", "id,title\na,Kept the log\n"), "stories.csv is changed."
    ),
    "stories of another kind": (
        lambda search: (search.path / "stories.csv").rename(search.path / "stories.yaml"), "stories.yaml is new."
    ),
    "questions": (
        lambda search: write(search, "questions.csv", f"{QUESTIONS}Why now?\n"), "questions.csv is changed."
    ),
    "questions gone": (lambda search: (search.path / "questions.csv").unlink(), "questions.csv is gone."),
    "candidate": (lambda search: settle(search, candidate="Bea Holm"), "The settings are changed."),
    "speaking rate": (lambda search: settle(search, words_per_minute=120), "The settings are changed."),
    "pack with one more": (lambda search: write(search, "packs/tidewrack/brief.html", "x"), "The pack is changed."),
    "pack gone": (lambda search: shutil.rmtree(search.path / "packs"), "The pack is changed."),
}  # fmt: skip


FAULTY = ("no posting", "stories of another kind")
"""Changes after which there can be no report."""


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_what_went_in_makes_a_report_stale(name: str, published: Search) -> None:
    """It is named; and when the report has been made again, it is fresh, or says what is wrong with the change."""
    change, reason = CHANGES[name]
    change(published)
    assert state_of(published) == State(Status.STALE, reason)
    (run,) = run_search(read_search(published.path))
    assert bool(run.error) == (name in FAULTY)
    assert state_of(published) == (State(Status.FAILED, run.error) if run.error else State(Status.FRESH))


@pytest.mark.parametrize(("missing", "text"), [("plan.yaml", json.dumps(PLAN)), ("debriefs.yaml", "format: 1\n")])
def test_a_file_that_was_not_there_is_new(missing: str, text: str, published: Search) -> None:
    """That a file was missing is remembered as well."""
    (published.path / OWN / missing).unlink(missing_ok=True)
    publish(published)
    write(published, f"{OWN}/{missing}", text)
    assert state_of(published).reason == f"{OWN}/{missing} is new."


@pytest.mark.parametrize(
    "change",
    [
        lambda search: settle(search, cell_seconds=7, application_seconds=99, memory_megabytes=500, output_megabytes=3),
        lambda search: write(search, "prepkit.yaml", "# a remark\nformat: 1\ncandidate: Ada Fenwright\n"),
        lambda search: write(search, f"{OWN}/notes.txt", "Ask about the pier."),
        lambda search: write(search, "packs/tidewrack/brief.pdf", "The same brief on another day"),
        lambda search: write(search, "packs/tidewrack/letter.docx", "not linked"),
        lambda search: write(search, "workbooks/tidewrack.ipynb", "{}"),
        lambda search: (search.path / OWN / "posting.txt").touch(),
        lambda search: write(search, "reports/tidewrack/notes.txt", "of somebody's"),
    ],
    ids=["limits", "a remark", "a file beside", "the same pack", "a file beside the pack", "a session", "a touch",
         "a file beside the report"],
)  # fmt: skip
def test_what_no_report_shows_does_not_count(change: Callable[[Search], object], published: Search) -> None:
    """Limits are no part of a report, nor is what lies beside its files, nor when they were saved."""
    change(published)
    assert state_of(published) == State(Status.FRESH)


def test_another_application_is_nobody_elses_change(make_search: Make, here: None) -> None:
    """Only the stories, the questions and the settings are shared."""
    search = make_search({"first": {}, "second": {}})
    list(run_search(search))
    write(search, "applications/second/posting.txt", "Another posting\n")
    found = {name: state.status for name, state in states(search)}
    assert found == {"first": Status.FRESH, "second": Status.STALE}


def test_another_workbook_makes_a_report_stale(published: Search, tmp_path: Path) -> None:
    """Its content counts, not its place."""
    own = tmp_path / "own.ipynb"
    shutil.copy(workbook("application.ipynb"), own)
    assert state_of(published, own) == State(Status.FRESH)
    own.write_bytes(own.read_bytes() + b"\n")
    assert state_of(published, own) == State(Status.STALE, "The workbook is changed.")
    publish(published, own)
    assert state_of(published, own) == State(Status.FRESH)
    assert state_of(published) == State(Status.STALE, "The workbook is changed.")


@pytest.mark.parametrize("part", ["version", "program"])
def test_another_prepkit_makes_a_report_stale(part: str, published: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version, or the same with a changed program."""
    was = Manifest.read(published.reports / "tidewrack")
    assert was
    changed = replace(was, prepkit="0.0.1") if part == "version" else replace(was, program=digest(b"another"))
    (published.reports / "tidewrack" / FILE).write_text(changed.to_json(), encoding="utf-8")
    said = f"It was made by prepkit {changed.prepkit}, in another state than this one."
    assert state_of(published) == State(Status.STALE, said)


def test_the_program_is_all_that_has_a_say_in_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module, a template or a workbook; the example and what Python has compiled have none."""
    for name in ("prepkit/show.py", "templates/page/style.css", "templates/example/stories.csv", "workbooks/x.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one", encoding="utf-8")
    monkeypatch.setattr(manifest, "__file__", str(tmp_path / "prepkit" / "manifest.py"))
    monkeypatch.setattr(manifest, "template", lambda name: tmp_path / "templates" / name)
    monkeypatch.setattr(manifest, "workbook", lambda name: tmp_path / "workbooks" / name)

    def program() -> str:
        manifest._program.cache_clear()
        return manifest._program()

    try:
        seen = [program()]
        for name in ("prepkit/show.py", "templates/page/style.css", "workbooks/x.ipynb", "prepkit/new.py"):
            (tmp_path / name).write_text("two", encoding="utf-8")
            seen.append(program())
        assert len(set(seen)) == 5
        (tmp_path / "templates/example/stories.csv").write_text("two", encoding="utf-8")
        (tmp_path / "prepkit" / "__pycache__").mkdir()
        (tmp_path / "prepkit" / "__pycache__" / "show.pyc").write_text("two", encoding="utf-8")
        assert program() == seen[-1]
        (tmp_path / "prepkit/show.py").rename(tmp_path / "prepkit/shown.py")
        assert program() != seen[-1]
    finally:
        manifest._program.cache_clear()


# --- what came out --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["report.html", "workbook.ipynb", "coverage.csv", "standing.json"])
@pytest.mark.parametrize("damage", ["one bit", "cut", "empty", "gone", "a folder"])
def test_a_damaged_report_is_made_again(name: str, damage: str, published: Search) -> None:
    """Each file is what it was to the bit, or the report is made again."""
    path = published.reports / "tidewrack" / name
    data = path.read_bytes()
    if damage == "one bit":
        path.write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])
    elif damage == "cut":
        path.write_bytes(data[:-1])
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
    if damage == "a folder":
        path.mkdir()
    said = "missing" if damage in ("gone", "a folder") else "changed or damaged"
    assert state_of(published) == State(Status.STALE, f"{name} is {said}.")
    publish(published)
    assert path.read_bytes() == data


def test_what_was_never_made_is_missing(make_search: Make) -> None:
    """And so is what has been taken away."""
    assert state_of(make_search()) == State(Status.MISSING, "It has not been made yet.")


TORN = {
    "empty": b"",
    "torn": b'{"format": 1, "prepkit": "0.1',
    "not JSON": b"\xff\xfe\x00",
    "a list": b"[]",
    "too deep": b"[" * 100_000,
    "nothing in it": b"{}",
    "only a format": b'{"format": 1}',
}


@pytest.mark.parametrize("name", [*TORN, "gone"])
def test_a_record_that_cannot_be_read_counts_as_none(name: str, published: Search) -> None:
    """The report is made again, whatever stands there."""
    path = published.reports / "tidewrack" / FILE
    path.unlink()
    if name in TORN:
        path.write_bytes(TORN[name])
    reason = f"Its record, manifest.json, is {'missing' if name == 'gone' else 'damaged, or of another prepkit'}."
    assert state_of(published) == State(Status.MISSING, reason)
    publish(published)
    assert state_of(published) == State(Status.FRESH)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2}, {"format": "1"}, {"more": 1}, {"settings": ["a"]}, {"settings": 1}, {"settings": "ab"},
        {"inputs": ["a"]}, {"inputs": {"a": 1}}, {"outputs": "ab"}, {"outputs": {"a\0b": "c"}}, {"linked": 1},
        {"linked": None}, {"error": ["a"]}, {"error": 1}, {"prepkit": None}, {"program": 1}, {"workbook": {}},
    ],
    ids=str,
)  # fmt: skip
def test_a_record_of_another_kind_is_never_fresh(change: dict[str, Any], published: Search) -> None:
    """Of a newer prepkit, or changed by somebody; nothing of it makes a command fail."""
    path = published.reports / "tidewrack" / FILE
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change), encoding="utf-8")
    state = state_of(published)
    assert state.status in (Status.MISSING, Status.STALE)
    assert state.reason
    publish(published)
    assert state_of(published) == State(Status.FRESH)


def test_a_record_is_read_as_it_was_written(published: Search) -> None:
    """With sorted names: the same record is the same text."""
    was = Manifest.read(published.reports / "tidewrack")
    assert was
    text = was.to_json()
    assert text == (published.reports / "tidewrack" / FILE).read_text(encoding="utf-8")
    mixed = replace(was, inputs=dict(reversed(was.inputs.items())), outputs=dict(reversed(was.outputs.items())))
    assert mixed.to_json() == text
    assert was.linked == ("brief.pdf",)
    assert was.inputs[f"{OWN}/posting.txt"] == digest((published.path / OWN / "posting.txt").read_bytes())
    assert was.inputs[f"{OWN}/debriefs.yaml"] == "-"


def test_a_report_that_failed_says_why(published: Search) -> None:
    """Whatever has changed since: it is to be tried again anyhow."""
    write(published, f"{OWN}/plan.yaml", "thems: []\n")
    (run,) = run_search(published)
    assert run.error
    assert state_of(published) == State(Status.FAILED, run.error)


def test_files_that_all_share_are_read_once(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand applications do not read one inventory a thousand times."""
    search = make_search({name: {} for name in "abc"})
    read: list[str] = []
    real = manifest._digest_of
    monkeypatch.setattr(manifest, "_digest_of", lambda path: read.append(path.name) or real(path))
    inputs = Inputs(search, workbook("application.ipynb"), PACKED)
    made = [inputs.manifest(name) for name in search.names]
    assert read.count("stories.csv") == 1
    assert read.count("posting.txt") == 3
    assert status(search.reports / "a", made[0]).status is Status.MISSING
