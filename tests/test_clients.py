"""The candidates of a coach: what the list says of them, and what is taken in for them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PAYLOADS, PLAN, POSTING, STORY, write_search

from prepkit import clients
from prepkit.application import open_application
from prepkit.clients import (
    MAX_UPLOAD_BYTES,
    inventory,
    list_searches,
    make_application,
    new_client,
    read_client,
    read_upload,
    take_stories,
)  # fmt: skip
from prepkit.documents import SUFFIXES
from prepkit.errors import InputError, PrepkitError
from prepkit.plan import Corrections, load_plan
from prepkit.posting import Level, read_posting
from prepkit.resources import template
from prepkit.search import Search, new_search, read_search, search_folders
from prepkit.stories import read_stories

Make = Callable[..., Search]
ROOT = Path(__file__).parents[1]


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file with its content, locks left out."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


# --- the list ---------------------------------------------------------------------------------------------------


def test_a_search_is_listed_by_itself(make_search: Make) -> None:
    """The folder of one candidate is a list of one."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    (state,) = list_searches(search.path)
    assert (state.name, state.path, state.stories, state.problem) == ("Ada Fenwright", search.path, 1, "")
    (application,) = state.applications
    assert (application.name, application.role) == ("tidewrack", "Harbour Operations Manager, Tidewrack Ferries")
    assert (application.chosen, application.problem) == (True, "")


@pytest.mark.parametrize("plan", [PLAN, None], ids=["chosen", "suggested"])
def test_steps_are_those_of_the_application(plan: Any, make_search: Make) -> None:
    """The list counts what the workbook counts, though it computes less."""
    search = make_search({"tidewrack": {"plan": plan}})
    (state,) = read_client(search.path).applications
    opened = open_application(**search.parameters("tidewrack", search.path))
    assert (state.done, state.steps) == (sum(step.done for step in opened.steps), len(opened.steps))
    assert state.chosen is opened.chosen is bool(plan)


def test_the_shipped_example_is_listed() -> None:
    """Three applications, as far as the demo shows them."""
    (state,) = list_searches(template("example"))
    assert (state.name, state.stories) == ("Marla Quenby", 12)
    assert [one.chosen for one in state.applications] == [True, True, False]


def test_a_folder_of_searches_is_listed_by_name(tmp_path: Path) -> None:
    """Subfolders that are searches come by name; other folders, files and hidden things are passed over."""
    for name in ("cleo", "Ada", "bea"):
        new_search(tmp_path / name, name.capitalize())
    new_search(tmp_path / ".trash" / "dora")
    new_search(tmp_path / ".hidden")
    (tmp_path / "notes").mkdir()
    (tmp_path / "list.txt").write_text("x", encoding="utf-8")
    assert [state.name for state in list_searches(tmp_path)] == ["Ada", "Bea", "Cleo"]
    assert [path.name for path in search_folders(tmp_path)] == ["Ada", "bea", "cleo"]


def test_a_candidate_without_a_name_is_called_by_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left blank, not even where the folder is where one stands."""
    new_search(tmp_path / "ada")
    assert [state.name for state in list_searches(tmp_path)] == ["ada"]
    monkeypatch.chdir(tmp_path / "ada")
    assert list_searches(".")[0].name == "ada"


def test_new_searches_are_no_faulty_ones(tmp_path: Path) -> None:
    """An empty inventory is 0 stories; its applications have a state all the same."""
    search = new_search(tmp_path / "ada", "Ada")
    make_application(search, "ad.txt", POSTING.encode(), Corrections())
    (state,) = list_searches(tmp_path)
    assert (state.stories, state.problem) == (0, "")
    assert (state.applications[0].problem, state.applications[0].done, state.applications[0].steps > 5) == ("", 0, True)


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "settings": (lambda at: (at / "prepkit.yaml").write_text("candidat: Ada\n"), "“candidat” is not known here."),
    "no stories": (lambda at: (at / "stories.csv").unlink(), "There is no story inventory."),
    "two inventories": (lambda at: (at / "stories.yaml").write_text("x: 1"), "There are several story inventories"),
    "a column": (lambda at: (at / "stories.csv").write_text("id,sitaution\na,b\n"), "stories.csv: row 1"),
    "questions": (lambda at: (at / "questions.csv").write_text("id,nothing\na,b\n"), "questions.csv: "),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_search_does_not_stop_the_others(fault: str, tmp_path: Path) -> None:
    """What is wrong is said in one line that names no folder of this machine; the next candidate is listed."""
    write_search(tmp_path / "ada")
    write_search(tmp_path / "bea", candidate="Bea")
    damage, words = FAULTS[fault]
    damage(tmp_path / "ada")
    faulty, sound = list_searches(tmp_path)
    assert words in faulty.problem
    assert "\n" not in faulty.problem
    assert str(tmp_path) not in faulty.problem
    assert (sound.name, sound.problem, sound.stories) == ("Bea", "", 1)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda at: (at / "posting.txt").write_text(""), "applications/tidewrack/posting.txt: The file is empty."),
        (lambda at: (at / "posting.txt").unlink(), "applications/tidewrack: There is no posting."),
        (lambda at: (at / "posting.md").write_text("x"), "There are 2 postings"),
        (lambda at: (at / "plan.yaml").write_text("thems: []\nnots: []\n"), "line 1: “thems” is not known here."),
    ],
    ids=["empty posting", "no posting", "two postings", "plan"],
)
def test_a_faulty_application_does_not_stop_the_others(damage: Any, words: str, make_search: Make) -> None:
    """Its state is the first thing that is wrong; how many more there are is said."""
    search = make_search({"tidewrack": {}, "wharf": {"plan": PLAN}})
    damage(search.path / "applications" / "tidewrack")
    faulty, sound = read_client(search.path).applications
    assert words in faulty.problem
    assert ("And 1 more fault." in faulty.problem) == ("thems" in words)
    assert (faulty.done, faulty.steps, faulty.role) == (0, 0, "tidewrack")
    assert (sound.problem, sound.chosen) == ("", True)


def test_a_link_to_a_search_elsewhere_is_not_followed(tmp_path: Path) -> None:
    """It is listed with the reason, and nothing of it is read."""
    write_search(tmp_path / "elsewhere", candidate="Somebody else")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "link").symlink_to(tmp_path / "elsewhere")
    (state,) = list_searches(tmp_path / "mine")
    assert "lies outside" in state.problem
    assert (state.name, state.applications) == ("link", ())


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The message says what makes a search; an empty folder is an empty list."""
    with pytest.raises(InputError, match="prepkit new"):
        list_searches(tmp_path / "gone")
    assert list_searches(tmp_path) == ()


def test_a_posting_is_read_again_only_when_it_changed(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is asked for often reads each posting once; a changed one at the next look."""
    reads: list[Path] = []
    monkeypatch.setattr(clients, "read_posting", lambda path: reads.append(path) or read_posting(path))
    search = make_search({"tidewrack": {"posting": POSTING.replace("Harbour", "Fresh harbour")}})
    for _ in range(3):
        list_searches(search.path)
    assert len(reads) == 1
    posting = search.path / "applications" / "tidewrack" / "posting.txt"
    posting.write_text(POSTING.replace("Harbour", "Ferry"), encoding="utf-8")
    os.utime(posting, ns=(1, 1))
    assert list_searches(search.path)[0].applications[0].role.startswith("Ferry Operations Manager")


def test_fifty_candidates_are_listed_while_one_looks(tmp_path: Path) -> None:
    """Fifty with two applications each; about 3 seconds, and 1 when asked again. Odds are left out."""
    for number in range(50):
        plan = {"plan": PLAN, "posting": POSTING.replace("Tidewrack", f"Tidewrack {number}")}
        write_search(tmp_path / f"c{number:02}", {"one": plan, "two": {}}, [STORY | {"id": f"s{n}"} for n in range(12)])
    started = time.perf_counter()
    assert len(list_searches(tmp_path)) == 50
    first = time.perf_counter()
    list_searches(tmp_path)
    again = time.perf_counter()
    print(f"first {first - started:.1f} s, again {again - first:.1f} s")
    assert first - started < 30  # wide: the machine is shared


def test_no_odds_are_computed(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of interviews are for the workbook of one application."""

    def refuse(*_: Any) -> None:
        raise AssertionError("computed")

    monkeypatch.setattr("prepkit.application.delivery", refuse)
    assert list_searches(make_search({"tidewrack": {"plan": PLAN}}).path)[0].applications[0].steps


# --- a new candidate ----------------------------------------------------------------------------------------------


def test_a_new_candidate_gets_a_folder(tmp_path: Path) -> None:
    """The folder has the name in plain letters, the settings have it as it is written."""
    search = new_client(tmp_path, "  Zoë   O'Brien ")
    assert (search.path, search.settings.candidate) == (tmp_path / "zoe-o-brien", "Zoë O'Brien")
    assert [state.name for state in list_searches(tmp_path)] == ["Zoë O'Brien"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "Write the name"), (" ", "Write the name"), ("???", "no letters"), ("Ada", "already"),
     ("../..", "no letters"), ("x" * 201, "more than 200")],
    ids=["empty", "blank", "no letters", "taken", "a path", "endless"],
)  # fmt: skip
def test_a_name_that_makes_no_folder_is_told(name: str, words: str, tmp_path: Path) -> None:
    """Nothing is made, and the reason is a sentence."""
    new_search(tmp_path / "ada", "Ada")
    before = files_of(tmp_path)
    with pytest.raises(PrepkitError, match=words):
        new_client(tmp_path, name)
    assert files_of(tmp_path) == before


@pytest.mark.parametrize("name", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_name_is_a_path(name: str, tmp_path: Path) -> None:
    """Whatever a candidate is called, the folder lies right inside the coach's."""
    try:
        search = new_client(tmp_path / "mine", name)
    except PrepkitError:
        assert not (tmp_path / "mine").exists()
        return
    assert search.path.resolve().parent == (tmp_path / "mine").resolve()
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_search_takes_no_candidate(make_search: Make) -> None:
    """One candidate's folder is no coach's folder."""
    with pytest.raises(PrepkitError, match="one candidate"):
        new_client(make_search().path, "Bea")


# --- a posting ----------------------------------------------------------------------------------------------------


def test_a_posting_is_read_and_nothing_is_left(make_search: Make) -> None:
    """Reading what came from a browser writes nothing that stays."""
    search = make_search()
    before = files_of(search.path)
    posting = read_upload(search, "ad.md", POSTING.encode())
    assert (posting.title, posting.company, posting.path) == (
        "Harbour Operations Manager", "Tidewrack Ferries", Path("ad.md")
    )  # fmt: skip
    assert files_of(search.path) == before


def test_while_it_is_read_the_file_is_private(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lies inside the search, in a folder for its owner only, under a name that nobody chose."""
    search, seen = make_search(), []

    def note(path: Path) -> Any:
        seen.append((path, path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777))
        return read_posting(path)

    monkeypatch.setattr(clients, "read_posting", note)
    read_upload(search, "../../etc/passwd.md", POSTING.encode())
    ((path, mode, folder_mode),) = seen
    assert path.parent.parent.resolve() == search.path.resolve()
    assert path.name == "posting.md"
    assert (mode, folder_mode) == (0o600, 0o700)


@pytest.mark.parametrize("name", ["grants-director.pdf", "fleet-planner.docx", "app-brand-director.html"])
def test_real_files_are_read(name: str, make_search: Make) -> None:
    """PDF, Word and web pages come through as they do from the disk."""
    source = ROOT / "tests" / "data" / "postings" / name
    posting = read_upload(make_search(), name.upper(), source.read_bytes())
    assert posting.lines == read_posting(source).lines


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("ad.exe", b"MZ", "“.exe” files cannot be taken; the ending should be one of .md"),
        ("ad", b"x", "Files without an ending"),
        ("", b"x", "Files without an ending"),
        ("ad.txt", b"", "The file is empty."),
        ("ad.pdf", b"no pdf", "ad.pdf: "),
        ("ad.txt", b"x" * (MAX_UPLOAD_BYTES + 1), "at most 5,000,000 are taken"),
        ("a\\b/c d.docx", b"PK", "c d.docx: "),
    ],
    ids=["kind", "no ending", "no name", "empty", "damaged", "large", "a path"],
)
def test_a_refused_file_says_why_by_its_own_name(name: str, data: bytes, words: str, make_search: Make) -> None:
    """The message calls the file as the person does, never by where it was held."""
    search = make_search()
    before = files_of(search.path)
    with pytest.raises(InputError) as caught:
        read_upload(search, name, data)
    assert words in str(caught.value)
    assert str(search.path) not in str(caught.value)
    assert files_of(search.path) == before


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_file_name_is_a_path(text: str, make_search: Make, tmp_path: Path) -> None:
    """A name from outside reaches neither a path nor the file system."""
    search = make_search()
    for name in (f"{text}.md", f"../../{text}.txt", f"{text}\0.md", f"/{text}/../../x.md"):
        read_upload(search, name, POSTING.encode())
        assert {path.name for path in tmp_path.iterdir()} == {"search"}
        assert not [path for path in search.path.iterdir() if path.name.endswith(".tmp")]


def test_an_application_is_made_with_corrections(make_search: Make) -> None:
    """The posting is kept byte for byte, the folder is called by what is right, the plan has only what was wrong."""
    search = make_search({})
    corrections = Corrections(company="Tidewrack Line", level=Level.SENIOR)
    name = make_application(search, "ad.MD", POSTING.encode(), corrections)
    assert name == "tidewrack-line-harbour-operations-manager"
    folder = search.path / "applications" / name
    assert (folder / "posting.md").read_bytes() == POSTING.encode()
    assert load_plan(folder / "plan.yaml").posting == corrections
    assert (folder / "plan.yaml").read_text(encoding="utf-8").startswith("format: 1\nposting:\n")
    opened = open_application(**read_search(search.path).parameters(name, search.path))
    assert (opened.posting.company, opened.posting.level) == ("Tidewrack Line", "senior")


def test_without_corrections_there_is_no_plan(make_search: Make) -> None:
    """Nothing is decided yet, so nothing is written."""
    search = make_search({})
    name = make_application(search, "ad.txt", POSTING.encode(), Corrections())
    assert {path.name for path in (search.path / "applications" / name).iterdir()} == {"posting.txt"}


def test_an_application_is_not_made_twice(make_search: Make) -> None:
    """A second one of that name is told how it may be called, and the first stays as it is."""
    search = make_search({})
    make_application(search, "ad.txt", POSTING.encode(), Corrections())
    before = files_of(search.path)
    with pytest.raises(PrepkitError, match="another title or employer"):
        make_application(search, "ad.md", POSTING.encode(), Corrections(level=Level.SENIOR))
    assert files_of(search.path) == before
    assert make_application(search, "ad.md", POSTING.encode(), Corrections(title="Harbour Master"))


def test_no_application_takes_the_name_of_the_first_page(make_search: Make) -> None:
    """Its workbook would lie where the first page lies."""
    assert make_application(make_search({}), "start.txt", b"- Lead", Corrections(title="Start")) == "start-1"


def test_corrections_that_cannot_be_saved_make_no_application(
    make_search: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All or nothing: the disk is full at the second file."""
    search = make_search({})

    def full(*_: Any) -> None:
        raise InputError("plan.yaml", "The disk is full.")

    monkeypatch.setattr(clients, "update_plan", full)
    with pytest.raises(InputError, match="full"):
        make_application(search, "ad.txt", POSTING.encode(), Corrections(title="Harbour Master"))
    assert read_search(search.path).names == ()


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_title_is_a_path(text: str, make_search: Make) -> None:
    """Whatever a posting calls itself, its application lies right under the others."""
    search = make_search({})
    name = make_application(search, f"{text}.txt", POSTING.encode(), Corrections(title=text, company=f"../{text}"))
    assert (search.path / "applications" / name).resolve().parent == (search.path / "applications").resolve()
    assert load_plan(search.path / "applications" / name / "plan.yaml").posting.title == text


def test_the_folder_of_applications_may_not_lead_elsewhere(make_search: Make, tmp_path: Path) -> None:
    """A link in its place is refused, and nothing is written behind it."""
    search = make_search({})
    (tmp_path / "elsewhere").mkdir()
    (search.path / "applications").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PrepkitError, match="lies outside"):
        make_application(search, "ad.txt", POSTING.encode(), Corrections())
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_endings_are_those_that_can_be_read() -> None:
    """What is offered is what reading takes."""
    assert {".pdf", ".docx", ".html"} <= set(SUFFIXES)


# --- stories --------------------------------------------------------------------------------------------------------

CSV = b"id,title,result\nferry,Ran the ferry,Moved 40 people\n"


@pytest.mark.parametrize(
    "blank",
    [None, b"", b"\xef\xbb\xbfid;title;situation\r\n;;\r\n", b"title\n\n"],
    ids=["starter", "nothing", "saved by a spreadsheet", "one column"],
)
def test_a_file_takes_the_place_of_an_empty_inventory(blank: bytes | None, tmp_path: Path) -> None:
    """The content is kept byte for byte."""
    search = new_search(tmp_path / "ada")
    if blank is not None:
        (search.path / "stories.csv").write_bytes(blank)
    assert inventory(search) is None
    assert take_stories(search, "mine.CSV", CSV).ids == ("ferry",)
    assert (search.path / "stories.csv").read_bytes() == CSV


def test_another_kind_of_file_takes_the_place_of_the_empty_one(tmp_path: Path) -> None:
    """One inventory is left, with the ending of the new one."""
    search = new_search(tmp_path / "ada")
    take_stories(search, "mine.yaml", b"stories:\n  - id: ferry\n    title: Ran the ferry\n")
    fresh = read_search(search.path)
    assert fresh.stories == Path("stories.yaml")
    assert read_stories(fresh.path / fresh.stories).ids == ("ferry",)
    assert [path.name for path in fresh.path.glob("stories*")] == ["stories.yaml"]


@pytest.mark.parametrize(
    "content",
    [b"title\nMine\n", b"Only a line of mine\n", b"id,sitaution\n", b"title,x\n\x00\n"],
    ids=["a story", "no header", "a misspelt column", "damaged"],
)
def test_stories_are_never_written_over(content: bytes, tmp_path: Path) -> None:
    """Whatever is not plainly empty is somebody's, readable or not, and the message says what to do."""
    search = new_search(tmp_path / "ada")
    (search.path / "stories.csv").write_bytes(content)
    before = files_of(search.path)
    with pytest.raises(InputError, match="they stay as they are") as caught:
        take_stories(search, "mine.csv", CSV)
    assert "Write the new ones into stories.csv" in str(caught.value)
    assert files_of(search.path) == before


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [("mine.doc", b"x", "“.doc” files cannot be taken"), ("mine.csv", b"id,nothing\na,b\n", "mine.csv: "),
     ("mine.csv", b"title\n", "There are no stories yet."), ("mine.xlsx", b"PK", "mine.xlsx: "),
     ("mine.csv", b"x" * (MAX_UPLOAD_BYTES + 1), "at most 5,000,000")],
    ids=["kind", "no title", "empty", "damaged", "large"],
)  # fmt: skip
def test_a_file_that_holds_no_stories_changes_nothing(name: str, data: bytes, words: str, tmp_path: Path) -> None:
    """The empty inventory stays, and the reason names the file as the person does."""
    search = new_search(tmp_path / "ada")
    before = files_of(search.path)
    with pytest.raises(InputError) as caught:
        take_stories(search, name, data)
    assert words in str(caught.value)
    assert files_of(search.path) == before


def test_stories_do_not_go_through_a_link(tmp_path: Path) -> None:
    """An inventory that is a link out of the search is left alone."""
    search = new_search(tmp_path / "ada")
    (tmp_path / "theirs.csv").write_text("title\n", encoding="utf-8")
    (search.path / "stories.csv").unlink()
    (search.path / "stories.csv").symlink_to(tmp_path / "theirs.csv")
    with pytest.raises(PrepkitError, match="lies outside"):
        take_stories(search, "mine.csv", CSV)
    with pytest.raises(PrepkitError, match="lies outside"):
        inventory(search)
    assert (tmp_path / "theirs.csv").read_text(encoding="utf-8") == "title\n"


def test_settings_are_read_as_they_are(tmp_path: Path) -> None:
    """A name with marks is a name."""
    write_search(tmp_path / "ada", candidate=PAYLOADS[0])
    assert json.loads((tmp_path / "ada" / "prepkit.yaml").read_text(encoding="utf-8"))["candidate"] == PAYLOADS[0]
    assert list_searches(tmp_path)[0].name == PAYLOADS[0]
