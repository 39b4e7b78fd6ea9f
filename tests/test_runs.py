"""Running workbooks for applications: what is published, what is said when it fails, what never leaves this machine."""

from __future__ import annotations

import base64
import csv
import datetime
import getpass
import hashlib
import io
import json
import re
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from prepkit import runs
from prepkit.errors import BusyError, InputError, ParameterError, PrepkitError, RunError
from prepkit.files import locked
from prepkit.resources import workbook
from prepkit.runs import execute, prepare, run_search
from prepkit.search import Search, read_search
from prepkit.text import spreadsheet_plain

ODD = Path(__file__).parent / "notebooks"
PUBLISHED = {"report.html", "workbook.ipynb", "coverage.csv"}

Make = Callable[..., Search]


def hashes(folder: Path) -> dict[str, str]:
    """Every file below a folder with what it holds, locks aside."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def without_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run take the shipped workbook as executed without running it; for tests of what is around it."""
    done = nbformat.read(workbook("application.ipynb"), as_version=4)
    monkeypatch.setattr(runs, "execute", lambda *_: done)


# --- one notebook -------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "section", "reason"),
    [
        ("leaves-early", "Here it leaves", "ended before"),
        ("kills-its-kernel", "Here it dies", "kernel died"),
        ("raises", "Here it raises", "ValueError: the rota is upside down"),
        ("asks-for-input", "Here it asks", "StdinNotImplementedError"),
    ],
)
def test_a_workbook_that_stops_says_where_and_why(name: str, section: str, reason: str, tmp_path: Path) -> None:
    """Papermill calls such notebooks completed; here each is an error with the section it stopped in."""
    with pytest.raises(RunError) as caught:
        execute(ODD / f"{name}.ipynb", {}, tmp_path)
    assert caught.value.heading in (section, "After")  # a cell that leaves by itself counts as run
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_workbook_without_end_is_stopped(tmp_path: Path) -> None:
    """A cell has a limit; the run ends soon after it and says so."""
    started = time.monotonic()
    with pytest.raises(RunError, match="took more than 2 seconds") as caught:
        execute(ODD / "never-ends.ipynb", {}, tmp_path, cell_seconds=2)
    assert caught.value.heading == "Here it stays"
    assert time.monotonic() - started < 30


HOSTILE = [
    "'; import os; os.system('touch pwned'); '", '"); open("pwned", "w"); ("', '"""', "'''", "\\", "\\'", "\n", "\r\n",
    "\t", "{name}", "{0.__class__}", "%s%n", "$(touch pwned)", "`touch pwned`", "\u2028\u2029", "\x00\x1b[31m",
    "🦊 工程师", "None", "#", "\\u0022", "𝒳" * 3, "\ufeff", "\u202e",
]  # fmt: skip


@pytest.mark.slow
def test_texts_arrive_as_they_are(tmp_path: Path) -> None:
    """Quotes, newlines and whatever else a text holds come out equal, and nothing in them is run."""
    done = execute(ODD / "echoes-parameters.ipynb", {"name": HOSTILE[0], "items": HOSTILE}, tmp_path)
    assert json.loads(done.cells[-1].outputs[0].text) == [HOSTILE[0], HOSTILE]
    assert list(tmp_path.iterdir()) == []


class Sly(str):
    """A text whose picture is a program."""

    def __repr__(self) -> str:
        return "__import__('os').system('touch pwned')"


@pytest.mark.parametrize(
    "value",
    [Path("x"), ("a", 1), b"'", {"a": 1}, {1}, datetime.date(2026, 1, 1), ["fine", ("a",)], [[b"x"]], Sly("x"),
     object(), "half \ud800 pair", ["\udfff"]],
    ids=["path", "tuple", "bytes", "dict", "set", "date", "tuple in list", "bytes in lists", "subclass of str",
         "object", "half pair", "half pair in list"],
)  # fmt: skip
def test_only_plain_values_are_passed_on(value: Any, tmp_path: Path) -> None:
    """Papermill writes other kinds into the notebook as code."""
    with pytest.raises(ParameterError, match="is not a plain value"):
        execute(ODD / "echoes-parameters.ipynb", {"items": value}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["name; import os; os.system('touch pwned')", "name\nimport os", "__builtins__", "class", "", "name ", "NAME"],
)  # fmt: skip
def test_only_known_names_are_passed_on(name: str, tmp_path: Path) -> None:
    """Papermill runs code from the names of parameters."""
    with pytest.raises(ParameterError, match="has no parameter"):
        execute(ODD / "echoes-parameters.ipynb", {name: 1}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_parameter_gets_the_near_name(tmp_path: Path) -> None:
    """A slip of the pen is told with what was meant, and with all there is."""
    with pytest.raises(ParameterError) as caught:
        execute(workbook("application.ipynb"), {"storys": "stories.csv"}, tmp_path)
    assert "Did you mean 'stories'?" in str(caught.value)
    assert "posting, stories, plan, candidate" in str(caught.value)


def test_a_notebook_without_parameters_takes_none(tmp_path: Path) -> None:
    """Nothing is injected where nothing is asked for."""
    with pytest.raises(ParameterError, match="has no parameter 'name'"):
        execute(ODD / "has-no-parameters.ipynb", {"name": "x"}, tmp_path)


# --- what is published --------------------------------------------------------------------------------------


def test_every_application_gets_its_files(demo: SimpleNamespace) -> None:
    """Report, workbook and matrix for each, an index above them, and nothing left over."""
    for name in demo.search.names:
        assert {path.name for path in (demo.reports / name).iterdir()} == PUBLISHED
    above = {path.name for path in demo.reports.iterdir() if not path.name.endswith(".lock")}
    assert above == {*demo.search.names, "index.html"}


def test_published_files_are_for_their_owner(demo: SimpleNamespace) -> None:
    """They hold stories: nobody else on the machine reads them."""
    for path in demo.reports.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_published_workbook_keeps_no_record_of_the_run(demo: SimpleNamespace) -> None:
    """No record of papermill, no time, no widget view, no random id; each output is there."""
    shipped = [cell.id for cell in nbformat.read(workbook("application.ipynb"), as_version=4).cells]
    for name in demo.search.names:
        notebook = nbformat.read(demo.reports / name / "workbook.ipynb", as_version=4)
        assert set(notebook.metadata) <= {"kernelspec", "language_info"}
        for cell in notebook.cells:
            assert set(cell.metadata) <= {"tags"}
        assert [cell.id for cell in notebook.cells if cell.id != "injected-parameters"] == shipped
        heard = name == demo.senior  # the one with debriefs
        assert sum(len(cell.get("outputs", ())) for cell in notebook.cells) == 16 + heard
        assert not re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d", nbformat.writes(notebook))


def texts_of(folder: Path) -> dict[str, str]:
    """Everything published, pictures unpacked."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".lock":
            text = path.read_text(encoding="utf-8")
            pictures = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", text)
            found[str(path)] = "\n".join([text, *(base64.b64decode(data).decode() for data in pictures)])
    return found


def test_nothing_published_tells_of_this_machine(demo: SimpleNamespace) -> None:
    """No path, home, user or host name, and nothing of the folder that the search lies in."""
    texts = texts_of(demo.reports)
    assert len(texts) == 10
    telling = [str(demo.search.path.parent), str(Path.home()), socket.gethostname(), "ipykernel_", "/tmp/"]
    for name, text in texts.items():
        assert [trace for trace in telling if trace in text] == [], name
        assert not re.search(rf"(?<!:)\b{re.escape(getpass.getuser())}\b", text), name  # :root is a word of CSS


@pytest.mark.slow
def test_the_same_files_give_the_same_bytes(demo: SimpleNamespace, tmp_path: Path) -> None:
    """Another day in another folder: report, workbook, matrix and index are equal to the byte."""
    shutil.copytree(demo.search.path, tmp_path / "copy", ignore=shutil.ignore_patterns("reports"))
    again = read_search(tmp_path / "copy")
    assert [run.error for run in run_search(again)] == ["", "", ""]
    assert hashes(again.reports) == hashes(demo.reports)


def test_the_matrix_holds_what_the_application_says(make_search: Make) -> None:
    """One row for each story, one column for each theme, a question mark where nobody has settled it."""
    from conftest import PLAN, STORY

    other = STORY | {"id": "idle", "title": "Sorted stamps", "competencies": "", "result": "Stamps were sorted."}
    search = make_search({"tidewrack": {"plan": PLAN}}, [STORY, other])
    rows = list(csv.reader(io.StringIO(runs.coverage_csv(runs._open(search, "tidewrack")))))
    assert rows[0] == ["story", "title", "calm", "islands", "pier"]
    assert [row[:2] for row in rows[1:]] == [["storm", STORY["title"]], ["idle", "Sorted stamps"]]
    assert rows[1][2] == "2"
    assert all(cell.endswith("?") for cell in (*rows[1][3:], *rows[2][2:]))


@pytest.mark.parametrize("start", ["=cmd|' /C calc'!A0", "+49 30 1234", "-1+1", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_no_cell_of_the_matrix_is_a_formula(start: str, make_search: Make) -> None:
    """A spreadsheet program shows the text and runs nothing, and the text can be had back."""
    from conftest import PLAN, STORY

    themes = [PLAN["themes"][0] | {"id": "-theme"}]
    search = make_search({"tidewrack": {"plan": {"format": 1, "themes": themes}}}, [STORY | {"title": start}])
    rows = list(csv.reader(io.StringIO(runs.coverage_csv(runs._open(search, "tidewrack")))))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert spreadsheet_plain(rows[1][1]) == start
    assert spreadsheet_plain(rows[0][2]) == "-theme"


# --- what goes wrong ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_dead_kernel_does_not_stop_the_others(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """One application of three dies; it gets a page that says so, and the others their reports."""
    monkeypatch.setattr(runs, "workbook", lambda _: ODD / "dies-for-the-second.ipynb")
    search = make_search({"first": {}, "second": {}, "third": {}})
    done = {run.name: run for run in run_search(search)}
    assert {name: bool(run.error) for name, run in done.items()} == {"first": False, "second": True, "third": False}
    assert done["second"].error == "in section “Here it may die”: The kernel died, perhaps for lack of memory."
    assert "The kernel died" in done["second"].report.read_text(encoding="utf-8")
    assert {path.name for path in done["second"].report.parent.iterdir()} == {"report.html"}
    assert {path.name for path in done["third"].report.parent.iterdir()} == PUBLISHED
    assert "2 without" not in (search.reports / "index.html").read_text(encoding="utf-8")
    assert "1 without a report" in (search.reports / "index.html").read_text(encoding="utf-8")


def test_a_faulty_plan_fails_its_application_only(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page names the file from the search on, with each fault and its line; an older report is taken away."""
    without_kernel(monkeypatch)
    search = make_search({"good": {}, "wrong": {}})
    assert [run.error for run in run_search(search)] == ["", ""]
    (search.path / "applications" / "wrong" / "plan.yaml").write_text("format: 1\nthems: []\nratings: [1]\n")
    good, wrong = run_search(search)
    assert good.error == ""
    assert wrong.application is None
    assert wrong.error.startswith("applications/wrong/plan.yaml: 2 faults\n")
    page = wrong.report.read_text(encoding="utf-8")
    assert "Did you mean" in page
    assert "line 2" in page
    assert str(search.path) not in page
    assert {path.name for path in wrong.report.parent.iterdir()} == {"report.html"}


def test_a_faulty_inventory_fails_all_with_one_message(make_search: Make) -> None:
    """Stories are shared, so each application says the same clear thing about them."""
    search = make_search({"first": {}, "second": {}}, [{"id": "a", "title": "One"}, {"id": "a", "title": "Two"}])
    errors = {run.error for run in run_search(search)}
    assert len(errors) == 1
    assert errors.pop().startswith("stories.csv: ")


def test_a_fault_of_the_program_does_not_stop_the_others(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of a thousand is not lost to one surprise; the page says whose fault it is."""
    without_kernel(monkeypatch)
    search, real = make_search({"first": {}, "second": {}}), runs.open_application

    def surprised(posting: str, **rest: Any) -> Any:
        if "first" in posting:
            raise ZeroDivisionError(f"in {search.path}/secret")
        return real(posting, **rest)

    monkeypatch.setattr(runs, "open_application", surprised)
    first, second = run_search(search)
    assert second.error == ""
    assert "fault of prepkit itself" in first.error
    assert "ZeroDivisionError" in first.error
    assert str(search.path) not in first.report.read_text(encoding="utf-8")


def test_a_missing_posting_is_told(make_search: Make) -> None:
    """An empty application folder says what to put there."""
    search = make_search({"empty": {}})
    (search.path / "applications" / "empty" / "posting.txt").unlink()
    (run,) = run_search(search)
    assert "There is no posting. Put one of posting" in run.error


def test_stopping_leaves_what_was_there(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle: the old report is whole, and no half folder lies about."""
    without_kernel(monkeypatch)
    search = make_search()
    list(run_search(search))
    before = hashes(search.reports)

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "execute", stop)
    with pytest.raises(KeyboardInterrupt):
        list(run_search(search))
    assert hashes(search.reports) == before
    assert [path.name for path in search.reports.iterdir() if path.name.endswith((".tmp", ".old"))] == []


def test_a_second_run_is_refused(make_search: Make) -> None:
    """Two runs would publish over each other; the second says so at once and changes nothing."""
    search = make_search()
    with locked(search.reports / "run"):
        started = time.monotonic()
        with pytest.raises(BusyError, match="another run is at work"):
            list(run_search(search))
        assert time.monotonic() - started < 5
    assert not (search.reports / "tidewrack").exists()


def test_only_takes_known_names(make_search: Make) -> None:
    """A misspelt application stops the run before anything is written."""
    search = make_search()
    with pytest.raises(InputError, match="Did you mean 'tidewrack'"):
        list(run_search(search, ["tidewrak"]))
    assert not search.reports.exists()


def test_only_runs_one_and_keeps_the_others_in_the_index(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index lists what has a report, whenever it was made."""
    without_kernel(monkeypatch)
    search = make_search({"first": {}, "second": {}, "third": {}})
    assert [run.name for run in run_search(search, ["first"])] == ["first"]
    assert [run.name for run in run_search(search, ["second"])] == ["second"]
    index = (search.reports / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="\./(\w+)/report.html"', index) == ["first", "second"]


def test_a_search_without_applications_gets_an_index(make_search: Make) -> None:
    """The page says how to begin."""
    search = make_search({})
    assert list(run_search(search)) == []
    assert "prepkit add" in (search.reports / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["javascript:alert(1)", "100% remote", "what#now?", 'a"b', "<b>"])
def test_a_folder_name_is_no_address(name: str, make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an application folder is called, the index leads to its report."""
    without_kernel(monkeypatch)
    search = make_search({name: {}})
    (run,) = run_search(search)
    (href,) = re.findall(r'href="([^"]*)"', (search.reports / "index.html").read_text(encoding="utf-8"))
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(href)
    assert (parts.scheme, parts.query, parts.fragment) == ("", "", "")
    assert (search.reports / unquote(parts.path)).samefile(run.report)


# --- the workbook for a session -----------------------------------------------------------------------------


def test_prepare_fills_in_the_parameters(make_search: Make) -> None:
    """The workbook opens its application from where it lies, by relative paths."""
    search = make_search()
    target = prepare(search, "tidewrack")
    assert target == search.path / "workbooks" / "tidewrack.ipynb"
    notebook = nbformat.read(target, as_version=4)
    nbformat.validate(notebook)
    source = next(cell.source for cell in notebook.cells if cell.id == "injected-parameters")
    assert 'posting = "../applications/tidewrack/posting.txt"' in source
    assert 'candidate = "Ada Fenwright"' in source
    text = target.read_text(encoding="utf-8")
    assert "papermill" not in text
    assert str(search.path) not in text


def test_prepare_refreshes_what_nobody_changed(make_search: Make) -> None:
    """A workbook of an older prepkit or with an older name is written anew; outputs do not count as a change."""
    search = make_search()
    target = prepare(search, "tidewrack")
    notebook = nbformat.read(target, as_version=4)
    code = next(cell for cell in notebook.cells if cell.id == "overview")
    code.outputs, code.execution_count = [nbformat.v4.new_output("stream", text="ran")], 3
    nbformat.write(notebook, target)
    (search.path / "prepkit.yaml").write_text("format: 1\ncandidate: Bea Fenwright\n", encoding="utf-8")
    assert prepare(read_search(search.path), "tidewrack") == target
    assert 'candidate = "Bea Fenwright"' in target.read_text(encoding="utf-8").replace('\\"', '"')


@pytest.mark.parametrize("damage", ["a cell changed", "a cell added", "not a notebook", "empty"])
def test_prepare_leaves_a_changed_workbook_alone(damage: str, make_search: Make) -> None:
    """Somebody's own work is never written over, however broken it looks."""
    search = make_search()
    target = prepare(search, "tidewrack")
    if damage == "not a notebook":
        target.write_text("{", encoding="utf-8")
    elif damage == "empty":
        target.write_text("", encoding="utf-8")
    else:
        notebook = nbformat.read(target, as_version=4)
        if damage == "a cell added":
            notebook.cells.append(nbformat.v4.new_markdown_cell("My notes"))
        else:
            notebook.cells[-1].source = "show.gaps(application)"
        nbformat.write(notebook, target)
    before = target.read_bytes()
    (search.path / "prepkit.yaml").write_text("format: 1\ncandidate: Bea Fenwright\n", encoding="utf-8")
    assert prepare(read_search(search.path), "tidewrack") == target
    assert target.read_bytes() == before


def test_prepare_stays_in_the_search(make_search: Make, tmp_path: Path) -> None:
    """A link in place of the folder of workbooks leads nowhere."""
    search = make_search()
    (tmp_path / "elsewhere").mkdir()
    (search.path / "workbooks").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PrepkitError, match="lies outside"):
        prepare(search, "tidewrack")
    assert list((tmp_path / "elsewhere").iterdir()) == []
