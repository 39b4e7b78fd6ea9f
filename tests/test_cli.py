"""The command line: exit codes, what is printed, and that no traceback reaches a person."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import PLAN, POSTING, Here

from prepkit import labserver, making, workers
from prepkit.cli import main
from prepkit.files import locked
from prepkit.plan import load_plan
from prepkit.resources import workbook
from prepkit.search import Search, read_search
from prepkit.stories import read_stories
from prepkit.text import slug

Make = Callable[..., Search]


def run(*words: object) -> Result:
    """Run a command; a fault of the program fails the test by itself, and no traceback may be printed."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return result


# --- new and add ------------------------------------------------------------------------------------------------


def test_new_makes_a_search_and_says_what_comes_next(tmp_path: Path) -> None:
    """The folder can be read as a search at once, and the next three commands are printed."""
    result = run("new", tmp_path / "ada", "--name", "Ada Fenwright")
    assert result.exit_code == 0
    assert read_search(tmp_path / "ada").settings.candidate == "Ada Fenwright"
    for words in ("stories.csv", "prepkit add", "prepkit report"):
        assert words in result.stdout


def test_new_leaves_a_full_folder_alone(tmp_path: Path) -> None:
    """Somebody's files are never mixed with a new search."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    result = run("new", tmp_path)
    assert result.exit_code == 2
    assert "The folder exists and is not empty." in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_add_says_how_the_posting_was_read(make_search: Make, tmp_path: Path) -> None:
    """Title, employer and level are printed, and the application is there."""
    search = make_search({})
    (tmp_path / "ad.txt").write_text(POSTING, encoding="utf-8")
    result = run("add", search.path, tmp_path / "ad.txt")
    assert result.exit_code == 0
    assert "Harbour Operations Manager" in result.stdout
    (name,) = read_search(search.path).names
    assert name == slug(name)
    assert (search.path / "applications" / name / "posting.txt").read_text(encoding="utf-8") == POSTING


@pytest.mark.parametrize(
    ("posting", "options", "words"),
    [
        ("missing.txt", [], "missing.txt"),
        ("ad.xyz", [], "ad.xyz"),
        ("ad.txt", ["--name", "../out"], "cannot be a folder name"),
        ("ad.txt", ["--name", "taken"], "There is an application of that name."),
    ],
    ids=["no such file", "unknown kind", "name leads out", "name is taken"],
)
def test_add_refuses_in_words(posting: str, options: list[str], words: str, make_search: Make, tmp_path: Path) -> None:
    """Exit code 2, a sentence that names the fault, and no new application."""
    search = make_search({"taken": {}})
    for name in ("ad.txt", "ad.xyz"):
        (tmp_path / name).write_text(POSTING, encoding="utf-8")
    result = run("add", search.path, tmp_path / posting, *options)
    assert result.exit_code == 2
    assert result.stderr.startswith("prepkit: ")
    assert words in result.stderr
    assert read_search(search.path).names == ("taken",)


# --- check --------------------------------------------------------------------------------------------------------


def test_check_lists_what_there_is_to_do(make_search: Make) -> None:
    """Open steps are no fault: exit code 0, with each finding; nothing is written."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    result = run("check", search.path)
    assert result.exit_code == 0
    assert "Ada Fenwright" in result.stdout
    assert "tidewrack: " in result.stdout
    assert "steps done" in result.stdout
    assert not search.reports.exists()


def test_check_of_an_empty_search_says_how_to_begin(make_search: Make) -> None:
    """A search without applications is no fault."""
    result = run("check", make_search({}).path)
    assert result.exit_code == 0
    assert "prepkit add" in result.stdout


def test_check_goes_on_after_a_fault(make_search: Make, tmp_path: Path) -> None:
    """A faulty plan and a folder that is no search are told; the others are checked; exit code 2."""
    search = make_search({"good": {}, "wrong": {}})
    (search.path / "applications" / "wrong" / "plan.yaml").write_text("thems: []\n", encoding="utf-8")
    result = run("check", tmp_path / "nowhere", search.path)
    assert result.exit_code == 2
    assert "There is no such folder." in result.stderr
    assert "Did you mean" in result.stderr
    assert "wrong: cannot be read" in result.stdout
    assert "good: " in result.stdout


def test_check_tells_a_shared_fault_once(make_search: Make) -> None:
    """One faulty inventory is one message, however many applications read it."""
    search = make_search({"a": {}, "b": {}}, [{"id": "x", "title": "One"}, {"id": "x", "title": "Two"}])
    result = run("check", search.path)
    assert result.exit_code == 2
    assert result.stderr.count("stories.csv") == 1
    assert result.stdout.count("cannot be read") == 2


# --- report -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("here")
def test_report_says_what_became_of_each(make_search: Make) -> None:
    """One line for each application and the place of the index; exit code 0."""
    search = make_search({"decided": {"plan": PLAN}, "open": {}})
    result = run("report", search.path)
    assert result.exit_code == 0
    assert "made     decided: 3 themes, " in result.stdout
    assert "made     open: themes only suggested, " in result.stdout
    assert f"See {search.reports / 'index.html'}" in result.stdout
    assert (search.reports / "index.html").exists()


@pytest.mark.usefixtures("here")
def test_report_goes_on_after_a_failure(make_search: Make) -> None:
    """One application of two fails: exit code 1, its fault on stderr, the other one done."""
    search = make_search({"good": {}, "wrong": {}})
    (search.path / "applications" / "wrong" / "plan.yaml").write_text("thems: []\n", encoding="utf-8")
    result = run("report", search.path)
    assert result.exit_code == 1
    assert "made     good" in result.stdout
    assert "failed   wrong" in result.stdout
    assert f"prepkit: {search.path}, wrong: applications/wrong/plan.yaml" in result.stderr


def test_report_suggests_the_near_name(make_search: Make) -> None:
    """A misspelt --only is exit code 2 with the name that was meant, before anything is written."""
    search = make_search()
    result = run("report", search.path, "--only", "tidewrak")
    assert result.exit_code == 2
    assert "Did you mean 'tidewrack'" in result.stderr
    assert not search.reports.exists()


@pytest.mark.usefixtures("here")
def test_only_takes_several_names(make_search: Make) -> None:
    """The option may be given again; the others are not run."""
    search = make_search({"a": {}, "b": {}, "c": {}})
    result = run("report", search.path, "--only", "a", "--only", "c")
    assert result.exit_code == 0
    assert sorted(path.parent.name for path in search.reports.glob("*/report.html")) == ["a", "c"]


@pytest.mark.usefixtures("here")
def test_report_makes_what_has_changed_only(make_search: Make) -> None:
    """The second time nothing is to be done, unless somebody insists."""
    search = make_search({"a": {}, "b": {}})
    assert run("report", search.path).stdout.count("  made     ") == 2
    assert run("report", search.path).stdout.count("  fresh    ") == 2
    assert run("report", search.path, "--force").stdout.count("  made     ") == 2


@pytest.mark.usefixtures("here")
def test_report_takes_folders_of_searches(make_search: Make, tmp_path: Path) -> None:
    """One with faulty settings is told in one message with exit code 2; the others get their reports."""
    searches = [make_search(folder=f"clients/{name}") for name in ("ada", "bea", "cay")]
    (searches[1].path / "prepkit.yaml").write_text("format: 1\nnonsense: 1\n", encoding="utf-8")
    result = run("report", tmp_path / "clients")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"prepkit: {searches[1].path / 'prepkit.yaml'}: line 2: “nonsense” is not known")
    assert result.stderr.count("\n") == 1
    made = [(search.reports / "tidewrack" / "report.html").exists() for search in searches]
    assert made == [True, False, True]


@pytest.mark.usefixtures("here")
def test_report_takes_a_workbook_of_ones_own(
    make_search: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is run instead of the shipped one, and its change makes the report stale."""
    used = []
    done = making.execute(None)
    monkeypatch.setattr(making, "execute", lambda notebook, *_: used.append(notebook) or done)
    own = tmp_path / "own.ipynb"
    own.write_text("{}", encoding="utf-8")
    search = make_search()
    for words in ([], ["--workbook", own]):
        assert "made     tidewrack" in run("report", search.path, *words).stdout
    assert used == [workbook("application.ipynb").resolve(), own.resolve()]
    assert "  fresh    tidewrack\n" in run("status", search.path, "--workbook", own).stdout
    own.write_text("{} ", encoding="utf-8")
    assert "stale    tidewrack: The workbook is changed." in run("status", search.path, "--workbook", own).stdout
    assert "made     tidewrack" in run("report", search.path, "--workbook", own).stdout
    assert run("report", search.path, "--workbook", tmp_path / "gone.ipynb").exit_code == 2


def test_report_takes_the_number_of_workers(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each processor where nobody says a number; none is no number."""
    asked: list[int | None] = []

    class Counted(Here):
        def __init__(self, count: int | None = None) -> None:
            super().__init__(count)
            asked.append(count)

    monkeypatch.setattr(workers, "LocalWorkers", Counted)
    search = make_search({})
    for words in ([], ["--workers", "3"]):
        assert run("report", search.path, *words).exit_code == 0
    assert asked == [None, 3]
    assert run("report", search.path, "--workers", "0").exit_code == 2


@pytest.mark.usefixtures("here")
def test_report_does_the_others_where_one_search_is_busy(make_search: Make, tmp_path: Path) -> None:
    """Exit code 3 at the end, with who is at work."""
    searches = [make_search(folder=f"clients/{name}") for name in ("ada", "bea", "cay")]
    with locked(searches[1].reports / "run"):
        (searches[1].reports / ".run.holder").write_text("process 7 on quay, since 2026-01-01 10:00")
        result = run("report", tmp_path / "clients")
    assert result.exit_code == 3
    said = "another run is at work on this search (process 7 on quay, since 2026-01-01 10:00). "
    assert result.stderr == f"prepkit: {searches[1].path}: {said}Wait for its end, then run the same command again.\n"
    assert result.stdout.count("  made     ") == 2


@pytest.mark.usefixtures("here")
def test_status_says_how_reports_stand(make_search: Make, tmp_path: Path) -> None:
    """Of all searches in a folder, with exit code 0 whatever it finds, and 2 where a search cannot be read."""
    make_search(folder="clients/ada")
    result = run("status", tmp_path / "clients")
    assert result.exit_code == 0
    assert "  missing  tidewrack: It has not been made yet." in result.stdout
    run("report", tmp_path / "clients")
    assert "  fresh    tidewrack\n1 fresh." in run("status", tmp_path / "clients").stdout
    (make_search(folder="clients/bea").path / "stories.csv").unlink()
    wrong = run("status", tmp_path / "clients")
    assert wrong.exit_code == 2
    assert "There is no story inventory." in wrong.stderr
    assert "1 fresh." in wrong.stdout


def test_check_takes_folders_of_searches(make_search: Make, tmp_path: Path) -> None:
    """Each search with its name above."""
    for name in ("ada", "bea"):
        make_search(folder=f"clients/{name}", candidate=name.title())
    result = run("check", tmp_path / "clients")
    assert result.exit_code == 0
    assert [line.split(": ")[-1] for line in result.stdout.splitlines() if "clients" in line] == ["Ada", "Bea"]


def test_report_gives_way_to_another_run(make_search: Make) -> None:
    """Somebody else is at work here: exit code 3 and a sentence."""
    search = make_search()
    with locked(search.reports / "run"):
        result = run("report", search.path)
    assert result.exit_code == 3
    assert "another run is at work" in result.stderr


@pytest.mark.usefixtures("here")
def test_a_stopped_run_says_how_to_go_on(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is exit code 130, with a sentence."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "execute", stop)
    result = run("report", make_search().path)
    assert result.exit_code == 130
    assert "run the same command again" in result.stderr


@pytest.mark.parametrize("command", ["report", "check", "status", "add", "lab"])
def test_a_folder_that_is_no_search_is_told(command: str, tmp_path: Path) -> None:
    """Every command says what the folder lacks and what makes one."""
    (tmp_path / "ad.txt").write_text(POSTING, encoding="utf-8")
    result = run(command, tmp_path, *([tmp_path / "ad.txt"] if command == "add" else []))
    assert result.exit_code == 2
    assert "prepkit new" in result.stderr


@pytest.mark.parametrize(
    "words", [["report"], ["add", "x"], ["nonsense"], ["check", "--nonsense", "x"]],
    ids=["no folder", "no posting", "no such command", "no such option"],
)  # fmt: skip
def test_a_wrong_call_is_exit_code_2(words: list[str]) -> None:
    """A call that cannot be meant shows the usage."""
    result = run(*words)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr


# --- demo, help, completion -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_demo_reports_on_the_example(demo: SimpleNamespace) -> None:
    """One command, three reports and an index."""
    assert demo.result.exit_code == 0
    assert demo.result.output.count("  made     ") == 3
    assert "themes only suggested" in demo.result.output
    assert (demo.reports / "index.html").exists()


def test_demo_leaves_a_full_folder_alone(tmp_path: Path) -> None:
    """A folder with other files is refused with exit code 2 and stays as it was."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    result = run("demo", tmp_path)
    assert result.exit_code == 2
    assert "not empty" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("words", [[], *([name] for name in main.commands)], ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_help(words: list[str], option: str) -> None:
    """Help is exit code 0 and says what the command is for."""
    result = run(*words, option)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) > 4


def test_it_runs_as_a_module() -> None:
    """`python -m prepkit --help` is the same program."""
    done = subprocess.run([sys.executable, "-m", "prepkit", "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "Prepare interviews" in done.stdout
    assert done.stderr == ""


def test_completion_is_printed() -> None:
    """A shell that asks gets its completion script."""
    ask = [sys.executable, "-c", "from prepkit.cli import main; main(prog_name='prepkit')"]
    environment = {**os.environ, "_PREPKIT_COMPLETE": "bash_source"}
    done = subprocess.run(ask, capture_output=True, text=True, timeout=60, env=environment)
    assert "_prepkit_completion()" in done.stdout
    assert "Traceback" not in done.stderr


def test_lab_stays_on_this_machine(make_search: Make, lab_calls: list[list[str]]) -> None:
    """Lab opens the search with a workbook for each application, and no protection is switched off."""
    search = make_search()
    assert run("lab", search.path).exit_code == 0
    (words,) = lab_calls
    assert f"--ServerApp.root_dir={search.path.resolve()}" in words
    assert (search.path / "workbooks" / "tidewrack.ipynb").exists()
    assert not [word for word in words if any(off in word for off in ("token", "password", "--ip", "xsrf", "origin"))]


@pytest.fixture
def lab_calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been started, without starting it."""
    calls: list[list[str]] = []
    monkeypatch.setattr(labserver, "main", calls.append)
    return calls


def test_lab_opens_a_search_at_its_first_page(make_search: Make, lab_calls: list[list[str]]) -> None:
    """The first page lies beside the workbooks, also where there is no application yet."""
    search = make_search({})
    result = run("lab", search.path)
    assert result.exit_code == 0
    assert "--LabApp.default_url=/lab/tree/workbooks/start.ipynb" in lab_calls[0]
    assert (search.path / "workbooks" / "start.ipynb").exists()
    assert str(search.path / "workbooks" / "start.ipynb") in result.stdout


def test_lab_opens_a_folder_of_searches(make_search: Make, tmp_path: Path, lab_calls: list[list[str]]) -> None:
    """The folder is the root, its first page lies on top, and every candidate's workbooks are prepared."""
    ada, bea = make_search(folder="clients/ada"), make_search({"wharf": {}}, folder="clients/bea")
    assert run("lab", tmp_path / "clients").exit_code == 0
    (words,) = lab_calls
    assert f"--ServerApp.root_dir={(tmp_path / 'clients').resolve()}" in words
    assert "--LabApp.default_url=/lab/tree/start.ipynb" in words
    assert (tmp_path / "clients" / "start.ipynb").exists()
    assert (ada.path / "workbooks" / "tidewrack.ipynb").exists()
    assert (bea.path / "workbooks" / "wharf.ipynb").exists()


def test_lab_keeps_every_protection(make_search: Make, tmp_path: Path, lab_calls: list[list[str]]) -> None:
    """Loopback, token, origin and XSRF checks stay; no site is asked for news, updates or extensions."""
    make_search(folder="clients/ada")
    run("lab", tmp_path / "clients")
    names = {word.split("=")[0] for word in lab_calls[0] if word.startswith("--")} - {"--allow-root"}
    assert names == {
        "--ServerApp.root_dir", "--ServerApp.terminals_enabled", "--LabApp.news_url", "--LabApp.app_settings_dir",
        "--LabApp.check_for_updates_class", "--LabApp.extension_manager", "--LabApp.default_url",
        "--LabApp.workspaces_dir",
    }  # fmt: skip


def test_lab_goes_on_where_one_search_or_application_is_faulty(
    make_search: Make, tmp_path: Path, lab_calls: list[list[str]]
) -> None:
    """What is wrong is printed, the others are prepared, and the first page says it again."""
    ada = make_search({"tidewrack": {}, "wharf": {}}, folder="clients/ada")
    (ada.path / "applications" / "tidewrack" / "posting.txt").unlink()
    bea = make_search(folder="clients/bea")
    (bea.path / "prepkit.yaml").write_text("nonsense: 1\n", encoding="utf-8")
    result = run("lab", tmp_path / "clients")
    assert result.exit_code == 0
    assert "There is no posting." in result.stderr
    assert "“nonsense” is not known here." in result.stderr
    assert (ada.path / "workbooks" / "wharf.ipynb").exists()
    assert len(lab_calls) == 1


def test_lab_does_not_follow_a_link_out_of_the_folder(
    make_search: Make, tmp_path: Path, lab_calls: list[list[str]]
) -> None:
    """Nothing is written into a search that lies elsewhere."""
    make_search(folder="clients/ada")
    elsewhere = make_search(folder="elsewhere")
    (tmp_path / "clients" / "link").symlink_to(elsewhere.path)
    assert "lies outside" in run("lab", tmp_path / "clients").stderr
    assert not (elsewhere.path / "workbooks").exists()
    assert len(lab_calls) == 1


# --- what comes back


def test_edited_ratings_come_back_into_the_plan(make_search: Make) -> None:
    """From the coverage table of a pack; open cells and other parts of the plan are left alone."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    assert run("pack", search.path, "tidewrack").exit_code == 0
    table = search.path / "packs" / "tidewrack" / "coverage.csv"
    rows = table.read_text(encoding="utf-8-sig").splitlines()
    table.write_text("\n".join([rows[0], rows[1].replace("0?", "2", 1)]), encoding="utf-8")
    result = run("rate", search.path, "tidewrack", table)
    assert result.exit_code == 0
    assert "1 of 2 ratings changed; 2 are settled now." in result.stdout
    plan = load_plan(search.path / "applications" / "tidewrack" / "plan.yaml")
    assert plan.ratings == {"storm": {"calm": 2, "islands": 2}}
    table.write_text(rows[0] + "\nstorm,x,7,0,0\n", encoding="utf-8")
    wrong = run("rate", search.path, "tidewrack", table)
    assert wrong.exit_code == 2
    assert "row 2" in wrong.stderr


def test_a_json_resume_becomes_a_table_to_go_on_in(make_search: Make) -> None:
    """The stories are the same, the old file is put aside, and a table is left alone."""
    search = make_search()
    (search.path / "stories.csv").unlink()
    resume = {"work": [{"name": "Quay", "highlights": ["Cut waits by half"]}]}
    (search.path / "stories.json").write_text(json.dumps(resume), encoding="utf-8")
    result = run("stories", search.path)
    assert result.exit_code == 0
    assert [story.title for story in read_stories(search.path / "stories.csv")] == ["Cut waits by half"]
    assert read_search(search.path).stories == Path("stories.csv")
    assert run("stories", search.path).exit_code == 2


# --- ask


def test_ask_prints_the_best_answers(make_search: Make) -> None:
    """Story, reason, theme with its rating, what to say, and that none may fit."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    result = run("ask", search.path, "tidewrack", "How do you keep calm under pressure?")
    assert result.exit_code == 0
    for words in (
        "1. Kept 310 passengers safe through a storm", "tagged staying calm under pressure",
        "Brings calm to a broken timetable (strong)", "somebody who brings calm", "none of these",
    ):  # fmt: skip
        assert words in result.stdout


def test_ask_knows_what_was_told(make_search: Make) -> None:
    """A theme told before gives way or is marked; one that is not there is named with those that are."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    told = run("ask", search.path, "tidewrack", "How do you keep calm?", "--told", "calm")
    assert "told already" in told.stdout
    wrong = run("ask", search.path, "tidewrack", "How do you keep calm?", "--told", "clam")
    assert wrong.exit_code == 2
    assert "There is no theme 'clam'. There are: calm, islands, pier." in wrong.stderr


@pytest.mark.parametrize(
    ("question", "words"),
    [("What salary do you expect?", "it needs no story"), ("Was ist die größte Schwäche, die du hast?", "German")],
    ids=["odd", "German"],
)
def test_ask_says_what_it_cannot_answer(question: str, words: str, make_search: Make) -> None:
    """An odd question and one in another language get a sentence, not a made-up match."""
    result = run("ask", make_search().path, "tidewrack", question)
    assert result.exit_code == 0
    assert words in result.stdout


def test_ask_names_the_question_of_the_bank(make_search: Make) -> None:
    """Its id is what a bridge is kept under; nothing asked is nothing answered, and nonsense fits no story."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    assert (
        "in the bank as failure-failed"
        in run("ask", search.path, "tidewrack", "describe a time when you failed").stdout
    )
    empty = run("ask", search.path, "tidewrack", "  ")
    assert empty.exit_code == 2
    assert "Type a question" in empty.stderr
    assert "No story of yours fits." in run("ask", search.path, "tidewrack", "asdf").stdout


def test_loose_files_beside_searches_are_passed_over(make_search: Make, tmp_path: Path) -> None:
    """“clients/*” names them, too; alone they are no search."""
    search = make_search()
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    result = run("check", search.path, tmp_path / "notes.txt")
    assert result.exit_code == 0
    assert "notes.txt is no folder" in result.stderr
    assert run("check", tmp_path / "notes.txt").exit_code == 2


def test_ask_for_an_application_that_is_not_there(make_search: Make) -> None:
    """Exit code 2, and the names that are."""
    result = run("ask", make_search().path, "tidewreck", "Why us?")
    assert result.exit_code == 2
    assert "tidewrack" in result.stderr


def test_check_tells_odds_seconds_and_gains(make_search: Make) -> None:
    """All that the report would say at a glance, and faults of own questions with their row."""
    search = make_search({"tidewrack": {"plan": PLAN | {"themes": PLAN["themes"][:1], "ratings": {}}}})
    result = run("check", search.path)
    assert result.exit_code == 0
    assert "odds     All themes are told in" in result.stdout
    assert "counting only settled ratings" in result.stdout
    assert "seconds; an interviewer has 20 to 30" in result.stdout
    (search.path / "questions.csv").write_text("question,kind\nWhy us?,nonsense\n", encoding="utf-8")
    wrong = run("check", search.path)
    assert wrong.exit_code == 2
    assert "questions.csv" in wrong.stderr
    assert "row 2, column kind" in wrong.stderr
