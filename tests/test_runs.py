"""Reports of many applications: what is published, what goes wrong, who else is at work, and how a run is stopped."""

from __future__ import annotations

import base64
import getpass
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import nbformat
import psutil
import pytest
from conftest import PLAN, Here, gone, write_search

from prepkit import making
from prepkit.errors import BusyError, InputError, PrepkitError
from prepkit.execution import execute
from prepkit.files import locked
from prepkit.manifest import Manifest, Status
from prepkit.resources import workbook
from prepkit.runs import holder, run_search, run_searches, states
from prepkit.search import Search, read_search
from prepkit.tasks import Made, Task

ODD = Path(__file__).parent / "notebooks"
PUBLISHED = {"report.html", "workbook.ipynb", "coverage.csv", "standing.json", "manifest.json"}
FAILED = {"report.html", "manifest.json"}

Make = Callable[..., Search]


def hashes(folder: Path) -> dict[str, str]:
    """Every file below a folder with what it holds; locks and the record of the run, which has times in it, aside."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    kept = [path for path in files if path.suffix != ".lock" and path.name != "run.json"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def names_in(folder: Path) -> set[str]:
    """Names of what is right inside a folder, locks aside."""
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def make_again(search: Search, *names: str) -> dict[str, str]:
    """Run over a search, as its files are now, and return the status that each report had and the error it has."""
    return {run.name: run.error or run.state.status.value for run in run_search(read_search(search.path), names)}


# --- what is published ----------------------------------------------------------------------------------------------


def test_every_application_gets_its_files(demo: SimpleNamespace) -> None:
    """Report, workbook, matrix and records for each, an index above them, and nothing left over."""
    for name in demo.search.names:
        assert names_in(demo.reports / name) == PUBLISHED
    assert names_in(demo.reports) == {*demo.search.names, "index.html", "run.json"}


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
    assert len(texts) == 3 * len(PUBLISHED) + 2
    telling = [str(demo.search.path.parent), str(Path.home()), socket.gethostname(), "ipykernel_", "/tmp/"]
    for name, text in texts.items():
        assert [trace for trace in telling if trace in text] == [], name
        assert not re.search(rf"(?<!:)\b{re.escape(getpass.getuser())}\b", text), name  # :root is a word of CSS


@pytest.mark.slow
def test_the_same_files_give_the_same_bytes(
    demo: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another day in another folder: all that is published is equal to the byte, but for the record of the run."""
    zone = "Etc/GMT-14" if datetime.now(UTC).hour >= 10 else "Etc/GMT+12"  # where it is tomorrow, or yesterday
    monkeypatch.setenv("TZ", zone)
    shutil.copytree(demo.search.path, tmp_path / "copy", ignore=shutil.ignore_patterns("reports"))
    again = read_search(tmp_path / "copy")
    assert [run.error for run in run_search(again)] == ["", "", ""]
    assert hashes(again.reports) == hashes(demo.reports)


def test_the_record_of_a_run_says_when_and_how_long(demo: SimpleNamespace) -> None:
    """It is the one file with times in it."""
    record = json.loads((demo.reports / "run.json").read_bytes())
    assert record["format"] == 1
    assert datetime.fromisoformat(record["started"]) <= datetime.fromisoformat(record["ended"])
    assert set(record["seconds"]) == set(demo.search.names)
    assert all(0 < seconds < 600 for seconds in record["seconds"].values())


def test_a_run_tells_where_an_application_stands(demo: SimpleNamespace) -> None:
    """From the record beside its report, without reading the application again."""
    (run,) = run_search(demo.search, [demo.senior])
    assert run.state.status is Status.FRESH
    assert run.seconds == 0
    assert run.standing
    assert (run.standing.role, len(run.standing.themes)) == ("Head of Operations", 4)


# --- only what changed ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_nothing_is_touched_where_nothing_has_changed(make_search: Make) -> None:
    """A run over fresh reports writes no file, not even the index."""
    search = make_search({"first": {}, "second": {"plan": PLAN}})
    assert make_again(search) == {"first": "missing", "second": "missing"}
    files = [path for path in search.reports.rglob("*") if path.is_file() and path.suffix != ".lock"]
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}
    assert make_again(search) == {"first": "fresh", "second": "fresh"}
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files} == before


@pytest.mark.usefixtures("here")
def test_only_what_changed_is_made_again(make_search: Make) -> None:
    """One plan is new: one of three reports."""
    search = make_search({"first": {}, "second": {}, "third": {}})
    make_again(search)
    (search.path / "applications" / "second" / "plan.yaml").write_text(json.dumps(PLAN), encoding="utf-8")
    assert make_again(search) == {"first": "fresh", "second": "stale", "third": "fresh"}
    assert set(make_again(search).values()) == {"fresh"}


@pytest.mark.usefixtures("here")
def test_fresh_reports_are_made_again_by_force(make_search: Make) -> None:
    """The result is the same to the byte."""
    search = make_search({"first": {}, "second": {}})
    make_again(search)
    before = hashes(search.reports)
    done = list(run_search(search, force=True))
    assert [run.seconds > 0 for run in done] == [True, True]
    assert hashes(search.reports) == before


@pytest.mark.usefixtures("here")
def test_a_failed_report_is_tried_again(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed once may go well another time, be it that nothing has changed."""
    search = make_search()
    real = making.execute
    monkeypatch.setattr(making, "execute", lambda *_: 1 / 0)
    assert "fault of prepkit itself" in make_again(search)["tidewrack"]
    assert [state.status for _, state in states(search)] == [Status.FAILED]
    monkeypatch.setattr(making, "execute", real)
    assert make_again(search) == {"tidewrack": "failed"}
    assert make_again(search) == {"tidewrack": "fresh"}


@pytest.mark.usefixtures("here")
def test_a_file_edited_while_its_report_is_made_makes_it_stale(
    make_search: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record says what was there when the run began, so no edit is lost."""
    search = make_search()
    real, posting = making.execute, search.path / "applications" / "tidewrack" / "posting.txt"

    def edited_meanwhile(*args: Any) -> Any:
        posting.write_text(posting.read_text(encoding="utf-8") + "- Keep the log\n", encoding="utf-8")
        return real(*args)

    monkeypatch.setattr(making, "execute", edited_meanwhile)
    assert make_again(search) == {"tidewrack": "missing"}
    ((_, state),) = states(search)
    assert (state.status, state.reason) == (Status.STALE, "applications/tidewrack/posting.txt is changed.")
    monkeypatch.setattr(making, "execute", real)
    assert make_again(search) == {"tidewrack": "stale"}
    assert make_again(search) == {"tidewrack": "fresh"}


@pytest.mark.usefixtures("here")
def test_a_damaged_index_is_written_again(make_search: Make) -> None:
    """Also where every report is fresh; and an application that is gone leaves the index."""
    search = make_search({"first": {}, "second": {}})
    make_again(search)
    index = search.reports / "index.html"
    before = index.read_bytes()
    for damage in (lambda: index.unlink(), lambda: index.write_bytes(before[:-9]), (index.parent / "run.json").unlink):
        damage()
        assert set(make_again(search).values()) == {"fresh"}
        assert index.read_bytes() == before
    shutil.rmtree(search.path / "applications" / "first")
    assert make_again(search) == {"second": "fresh"}
    assert re.findall(r'href="\./(\w+)/report.html"', index.read_text(encoding="utf-8")) == ["second"]


# --- which applications ---------------------------------------------------------------------------------------------


def test_only_takes_known_names(make_search: Make) -> None:
    """A misspelt application stops the run before anything is written."""
    search = make_search()
    with pytest.raises(InputError, match="Did you mean 'tidewrack'"):
        list(run_search(search, ["tidewrak"]))
    assert not search.reports.exists()


@pytest.mark.usefixtures("here")
def test_searches_without_an_application_of_that_name_are_passed_over(make_search: Make) -> None:
    """One that none has is told when the others are done, with the nearest name."""
    searches = [make_search({"quay": {}, name: {}}, folder=f"clients/{name}") for name in ("ada", "bea", "cay")]
    assert [run.search.path.name for run in run_searches(searches, ["bea"])] == ["bea"]
    assert not searches[0].reports.exists()
    done = []
    with pytest.raises(PrepkitError, match=r"None of the searches has an application 'quai'\. Did you mean 'quay'\?"):
        done.extend(run.name for run in run_searches(searches, ["quai", "cay"]))
    assert (searches[2].reports / "cay" / "report.html").exists()


@pytest.mark.usefixtures("here")
def test_only_takes_a_name_in_another_spelling(make_search: Make) -> None:
    """Capitals and forms of Unicode do not hide an application, and nothing is passed over without a word."""
    assert list(make_again(make_search({"Ma\u0308rz": {}, "other": {}}), "m\u00e4rz")) == ["Ma\u0308rz"]


@pytest.mark.usefixtures("here")
def test_only_runs_one_and_keeps_the_others_in_the_index(make_search: Make) -> None:
    """The index lists what has a report, whenever it was made."""
    search = make_search({"first": {}, "second": {}, "third": {}})
    assert list(make_again(search, "first")) == ["first"]
    assert list(make_again(search, "second")) == ["second"]
    index = (search.reports / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="\./(\w+)/report.html"', index) == ["first", "second"]


def test_a_search_without_applications_gets_an_index(make_search: Make) -> None:
    """The page says how to begin."""
    search = make_search({})
    assert list(run_search(search)) == []
    assert "prepkit add" in (search.reports / "index.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ["javascript:alert(1)", "100% remote", "what#now?", 'a"b', "<b>"])
def test_a_folder_name_is_no_address(name: str, make_search: Make) -> None:
    """Whatever an application folder is called, the index leads to its report."""
    search = make_search({name: {}})
    (run,) = run_search(search)
    (href,) = re.findall(r'href="([^"]*)"', (search.reports / "index.html").read_text(encoding="utf-8"))
    parts = urlsplit(href)
    assert (parts.scheme, parts.query, parts.fragment) == ("", "", "")
    assert (search.reports / unquote(parts.path)).samefile(run.report)


@pytest.mark.usefixtures("here")
def test_many_searches_are_done_in_one_run(make_search: Make) -> None:
    """Each gets its own index as soon as its last report is there, and its lock is free then."""
    searches = [make_search({"a": {}, "b": {}}, folder=f"clients/{name}") for name in ("ada", "bea", "cay")]
    seen = []
    for run in run_searches(searches):
        seen.append((run.search.path.name, run.name))
        if run.name == "b":
            assert (run.search.reports / "index.html").exists()
            assert holder(run.search) == ""
            with locked(run.search.reports / "run", seconds=0):
                pass
    assert seen == [(candidate, name) for candidate in ("ada", "bea", "cay") for name in "ab"]


# --- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_a_faulty_plan_fails_its_application_only(make_search: Make) -> None:
    """The page names the file from the search on, with each fault and its line; an older report is taken away."""
    search = make_search({"good": {}, "wrong": {}})
    assert [run.error for run in run_search(search)] == ["", ""]
    (search.path / "applications" / "wrong" / "plan.yaml").write_text("format: 1\nthems: []\nratings: [1]\n")
    good, wrong = run_search(search)
    assert good.error == ""
    assert wrong.standing is None
    assert wrong.error.startswith("applications/wrong/plan.yaml: 2 faults\n")
    page = wrong.report.read_text(encoding="utf-8")
    assert "Did you mean" in page
    assert "line 2" in page
    assert str(search.path) not in page
    assert names_in(wrong.report.parent) == FAILED
    assert "1 without a report" in (search.reports / "index.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("here")
def test_a_faulty_inventory_fails_all_with_one_message(make_search: Make) -> None:
    """Stories are shared, so each application says the same clear thing about them."""
    search = make_search({"first": {}, "second": {}}, [{"id": "a", "title": "One"}, {"id": "a", "title": "Two"}])
    errors = set(make_again(search).values())
    assert len(errors) == 1
    assert errors.pop().startswith("stories.csv: ")


@pytest.mark.usefixtures("here")
def test_a_missing_posting_is_told(make_search: Make) -> None:
    """An empty application folder says what to put there."""
    search = make_search({"empty": {}})
    (search.path / "applications" / "empty" / "posting.txt").unlink()
    assert "There is no posting. Put one of posting" in make_again(search)["empty"]


class Dying(Here):
    """Workers whose processes die under certain applications, the first so many times."""

    def __init__(self, deaths: int) -> None:
        super().__init__(2)
        self.deaths = deaths
        self.begun: list[str] = []

    def finished(self) -> list[tuple[Task, Made | str]]:
        """Die, or make what was taken first."""
        self.begun.append(self.tasks[0].name)
        if self.tasks[0].name == "dies" and self.begun.count("dies") <= self.deaths:
            return [(self.tasks.pop(0), "")]
        return super().finished()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("deaths", "tries", "error"), [(2, 3, ""), (9, 3, "The process that made it died, 3 times.")])
def test_an_application_whose_process_died_is_begun_again(
    deaths: int, tries: int, error: str, make_search: Make
) -> None:
    """Not for ever; and no other application is made twice."""
    search, workers = make_search({"dies": {}, "other": {}, "third": {}}), Dying(deaths)
    done = {run.name: run.error for run in run_search(search, workers=workers)}
    assert done == {"dies": error, "other": "", "third": ""}
    assert {name: workers.begun.count(name) for name in done} == {"dies": tries, "other": 1, "third": 1}


def test_what_nobody_could_make_says_why(make_search: Make) -> None:
    """A sentence of whoever was to make it stands on the page, and is not tried again in the same run."""

    class Late(Here):
        def finished(self) -> list[tuple[Task, Made | str]]:
            return [(self.tasks.pop(0), "It took more than 9 seconds and was stopped.")]

    search = make_search()
    (run,) = run_search(search, workers=Late())
    assert run.error == "It took more than 9 seconds and was stopped."
    assert run.error in run.report.read_text(encoding="utf-8")


@pytest.mark.usefixtures("here")
def test_stopping_leaves_what_was_there(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle: what is done is published, the old report of the other is whole, and nothing is left."""
    search = make_search({"first": {}, "second": {}})
    make_again(search)
    before = hashes(search.reports)
    real = making.make

    def stopped(task: Task) -> Made:
        if task.name == "second":
            raise KeyboardInterrupt
        return real(task)

    monkeypatch.setattr(making, "make", stopped)
    with pytest.raises(KeyboardInterrupt):
        list(run_search(search, force=True))
    assert hashes(search.reports) == before
    assert names_in(search.reports) == {"first", "second", "index.html", "run.json"}


@pytest.mark.usefixtures("here")
def test_a_run_goes_on_where_another_was_killed(make_search: Make) -> None:
    """Half a folder and an old one that was set aside are put right; what is fresh stays."""
    search = make_search({"first": {}, "second": {}})
    make_again(search)
    before = hashes(search.reports)
    (search.reports / ".work" / "second.12345678").mkdir(parents=True)
    (search.reports / ".work" / "second.12345678" / "report.html").write_text("half")
    (search.reports / "second").rename(search.reports / ".second.old")
    (search.reports / ".run.holder").write_text("process 1 on nowhere, since ever")
    assert make_again(search) == {"first": "fresh", "second": "fresh"}
    assert hashes(search.reports) == before
    assert names_in(search.reports) == {"first", "second", "index.html", "run.json"}


# --- who else is at work --------------------------------------------------------------------------------------------


def test_a_second_run_is_refused(make_search: Make) -> None:
    """Two runs would publish over each other; the second says so at once and changes nothing."""
    search = make_search()
    with locked(search.reports / "run"):
        started = time.monotonic()
        with pytest.raises(BusyError, match="another run is at work"):
            list(run_search(search))
        assert time.monotonic() - started < 5
    assert not (search.reports / "tidewrack").exists()


@pytest.mark.usefixtures("here")
def test_searches_that_are_free_are_done_before_a_busy_one_is_told(make_search: Make) -> None:
    """Nobody waits for somebody else's run."""
    searches = [make_search(folder=f"clients/{name}") for name in ("ada", "bea", "cay")]
    done = []
    with locked(searches[1].reports / "run"), pytest.raises(BusyError) as caught:
        done.extend(run.search.path.name for run in run_searches(searches))
    del done
    assert str(searches[1].path) in str(caught.value)
    assert [(search.reports / "index.html").exists() for search in searches] == [True, False, True]


@pytest.mark.usefixtures("here")
def test_one_search_that_cannot_be_begun_stops_no_other(make_search: Make) -> None:
    """A file where reports should go, another run: told when the others are done."""
    searches = [make_search(folder=f"clients/{name}") for name in ("ada", "bea", "cay")]
    searches[0].reports.write_text("mine")
    with locked(searches[1].reports / "run"), pytest.raises(PrepkitError) as several:
        list(run_searches(searches))
    assert not isinstance(several.value, BusyError)
    for said in (f"{searches[0].reports}: The folder cannot be made", f"{searches[1].path}: another run is at work"):
        assert said in str(several.value)
    assert set(make_again(searches[2]).values()) == {"fresh"}


@pytest.fixture
def start(make_search: Make, tmp_path: Path) -> Iterator[Callable[..., SimpleNamespace]]:
    """A function that starts `prepkit report` on two applications and waits until so many of them are at work."""
    started: list[subprocess.Popen[str]] = []

    def begin(at_work: int = 2) -> SimpleNamespace:
        search = make_search({"first": {}, "second": {}})
        words = ["report", str(search.path), "--workbook", str(ODD / "waits.ipynb"), "--workers", "2"]
        run = subprocess.Popen(
            [sys.executable, "-m", "prepkit", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler), start_new_session=True,
        )  # fmt: skip
        started.append(run)
        end = time.monotonic() + 60
        marks, said = search.path / "waiting", search.reports / ".run.holder"
        while run.poll() is None and time.monotonic() < end:
            if said.exists() and (not at_work or (marks.exists() and len(marks.read_text().splitlines()) >= at_work)):
                break
            time.sleep(0.02)
        return SimpleNamespace(
            run=run, search=search, all=[one.pid for one in psutil.Process(run.pid).children(recursive=True)]
        )

    yield begin
    for run in started:
        run.kill()
        run.communicate()


@pytest.mark.slow
@pytest.mark.usefixtures("here")
def test_a_run_says_who_is_at_work_and_another_goes_on_when_it_was_killed(start: Any) -> None:
    """Process, machine and time are told; nothing of a killed run lives on, and its mark harms nobody."""
    at_work = start()
    who = f"process {at_work.run.pid} on {socket.gethostname()}, since "
    with pytest.raises(BusyError) as caught:
        list(run_search(at_work.search))
    assert who in str(caught.value)
    assert len(at_work.all) >= 5  # a warm parent, two that make reports, two kernels
    at_work.run.kill()
    assert gone(*at_work.all, seconds=2)
    assert holder(at_work.search).startswith(who)
    assert make_again(at_work.search) == {"first": "missing", "second": "missing"}
    assert holder(at_work.search) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("numbers", "at_work", "codes"),
    [
        ([signal.SIGINT], 2, {130}), ([signal.SIGTERM], 2, {143}), ([signal.SIGINT], 0, {130}),
        ([signal.SIGINT, signal.SIGINT], 2, {130, -signal.SIGINT}),  # which a shell calls 130 as well
    ],
    ids=["Ctrl-C", "SIGTERM", "Ctrl-C at once", "Ctrl-C twice"],
)  # fmt: skip
def test_a_run_ends_when_it_is_asked_to(numbers: list[int], at_work: int, codes: set[int], start: Any) -> None:
    """In one line, soon, with nothing left at work or on the disk."""
    begun = start(at_work)
    asked = time.monotonic()
    for number in numbers:
        os.killpg(begun.run.pid, number)  # a terminal asks all that run in it
        time.sleep(0.02)
    out, err = begun.run.communicate(timeout=30)
    assert time.monotonic() - asked < 5
    assert begun.run.returncode in codes, err
    assert re.fullmatch(r"prepkit: stopped( with 0 of 2 reports done)?; run the same command again to go on\.\n", err)
    assert out == ""
    assert gone(*begun.all)
    assert names_in(begun.search.reports) == set()


# --- harm -----------------------------------------------------------------------------------------------------------

HARM = {
    "dies": "The kernel died, perhaps for lack of memory.",
    "floods": "The outputs have more than 5 million characters; the workbook was stopped.",
    "hangs": "A cell took more than 3 seconds and was stopped.",
    "hoards": "MemoryError",
    "is-killed": "The kernel died, perhaps for lack of memory.",
    "leaves": "The workbook ended in this section, before its end.",
    "says-much": "The outputs have more than 5 million characters; the workbook was stopped.",
    "shows-much": "The outputs have more than 5 million characters; the workbook was stopped.",
}
"""What an application does in its kernel, and what is said of it."""

HARMLESS = ("a-first", "starts-others", "z-last")


@pytest.fixture(scope="module")
def harm(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """One run over applications that do every harm, with what it said and took; one candidate's have little time."""
    clients = tmp_path_factory.mktemp("harm") / "clients"
    given = {"ada": ({"hangs"}, {"cell_seconds": 3}), "bea": ({*HARM, *HARMLESS} - {"hangs"}, {})}
    searches = {}
    for candidate, (names, limits) in given.items():
        search = write_search(clients / candidate, {name: {} for name in names})
        settings = {"format": 1, "candidate": "Ada Fenwright", "memory_megabytes": 300, "output_megabytes": 5}
        (search.path / "prepkit.yaml").write_text(json.dumps(settings | limits), encoding="utf-8")
        searches |= dict.fromkeys(names, search)
    words = ["report", str(clients), "--workbook", str(ODD / "does-harm.ipynb"), "--workers", "2"]
    said, temporary = clients.parent / "said.txt", Path(tempfile.mkdtemp(prefix="t-"))
    with said.open("w") as stream:
        run = subprocess.Popen(
            [sys.executable, "-m", "prepkit", *words], stdout=subprocess.DEVNULL, stderr=stream,
            env=os.environ | {"TMPDIR": str(temporary)},
        )  # fmt: skip
    _, status, used = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    return SimpleNamespace(
        searches=searches, clients=clients, code=run.returncode, temporary=temporary, said=said.read_text(),
        megabytes=used.ru_maxrss / 1024, others=[int(word) for word in (clients / "bea/others").read_text().split()],
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", HARM)
def test_harm_is_done_to_the_application_that_does_it_only(name: str, harm: SimpleNamespace) -> None:
    """It fails with a sentence that names the section and the reason, and its page is small."""
    error = f"in section “Here it does harm”: {HARM[name]}"
    search = harm.searches[name]
    assert f"prepkit: {search.path}, {name}: {error}\n" in harm.said
    manifest = Manifest.read(search.reports / name)
    assert manifest
    assert manifest.error == error
    assert names_in(search.reports / name) == FAILED
    assert (search.reports / name / "report.html").stat().st_size < 60_000


@pytest.mark.slow
@pytest.mark.parametrize("name", HARMLESS)
def test_others_are_none_the_worse_for_it(name: str, harm: SimpleNamespace) -> None:
    """Each has its report; the exit code says that some failed, and nothing else is said."""
    assert names_in(harm.searches[name].reports / name) == PUBLISHED
    assert harm.code == 1
    assert harm.said.count("\n") == len(HARM)


@pytest.mark.slow
def test_nothing_of_it_is_left(harm: SimpleNamespace) -> None:
    """No process that a cell started, directly, by a shell that has ended, or by forking itself; and no great memory.

    The memory is that of the greatest process of the run. No passing file is left, either.
    """
    assert list(harm.temporary.iterdir()) == []
    assert len(harm.others) == 3
    assert gone(*harm.others, seconds=1)
    assert harm.megabytes < 1_000  # a reader that gets little of the processor lags behind a flood
    assert sum(path.stat().st_size for path in harm.clients.rglob("*") if path.is_file()) < 1_000_000


# --- where nothing can be forked ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_kernel_of_a_report_finds_what_an_ordinary_one_finds(
    make_search: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it was forked from a process that has drawn figures and read files, nothing of that is to be seen."""
    search, notebook = make_search(), ODD / "tells-of-itself.ipynb"
    (run,) = run_search(search, notebook=notebook)
    assert run.error == ""
    monkeypatch.setenv("PREPKIT_NO_FORK", "1")
    monkeypatch.chdir(search.path)
    ordinary = execute(notebook, dict(search.parameters("tidewrack")), Path())
    found = json.loads(ordinary.cells[-1].outputs[0].text)
    assert (found["figures"], found["widgets"], found["folder"]) == ([], 0, "search")
    report = nbformat.read(run.report.with_name("workbook.ipynb"), as_version=4)
    assert json.loads(report.cells[-1].outputs[0].text) == found


@pytest.mark.slow
def test_without_forking_the_reports_are_the_same(demo: SimpleNamespace, tmp_path: Path) -> None:
    """Equal to the byte, and it is said once that it takes longer."""
    shutil.copytree(demo.search.path, tmp_path / "copy", ignore=shutil.ignore_patterns("reports"))
    done = subprocess.run(
        [sys.executable, "-m", "prepkit", "report", str(tmp_path / "copy"), "--only", demo.senior],
        capture_output=True, text=True, env={**os.environ, "PREPKIT_NO_FORK": "1"}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("cannot be forked") == 1
    assert done.stderr.count("\n") == 1
    again, before = (Manifest.read(folder / demo.senior) for folder in (tmp_path / "copy" / "reports", demo.reports))
    assert again
    assert before
    assert (again.inputs, again.outputs) == (before.inputs, before.outputs)
