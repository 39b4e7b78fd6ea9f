"""The first page of a session without a browser: what is shown, what a click makes, and what it leaves alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN, POSTING, STORY, write_search

from prepkit import startform
from prepkit.clients import MAX_UPLOAD_BYTES
from prepkit.errors import InputError, PrepkitError
from prepkit.headings import Section
from prepkit.notebooks import prepare_start
from prepkit.page import render
from prepkit.plan import load_plan
from prepkit.posting import read_posting
from prepkit.resources import template, workbook
from prepkit.search import Search, new_search, read_search
from prepkit.startform import StartForm

Make = Callable[..., Search]


def said(widget: Any) -> str:
    """What a reader of the widget reads."""
    return " ".join(BeautifulSoup(widget.value, "lxml").get_text().split())


def upload(part: Any, name: str, content: bytes) -> None:
    """What the browser sends when somebody chooses a file."""
    file = {
        "name": name, "type": "", "size": len(content), "content": memoryview(content),
        "last_modified": datetime(2026, 1, 2, tzinfo=UTC),
    }  # fmt: skip
    part.upload.button.value = (file,)


def link_of(form: StartForm) -> str:
    """Where “Open the workbook” leads, from the folder of the notebook."""
    (output,) = form.link.outputs
    (anchor,) = BeautifulSoup(output["data"]["text/html"], "lxml").find_all("a")
    assert anchor.get_text() == "Open the workbook"
    return str(anchor["href"])


def names_of(search: Path) -> tuple[str, ...]:
    return read_search(search).names


def hidden(widget: Any) -> bool:
    return widget.layout.display == "none"


@pytest.fixture
def one(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> StartForm:
    """The page of one candidate's search, where its notebook stands, at a new application."""
    search = make_search()
    prepare_start(search.path)
    monkeypatch.chdir(search.path / "workbooks")
    form = StartForm("..")
    form.application.value = ""
    return form


@pytest.fixture
def several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StartForm:
    """The page of a coach with two candidates, one of them new."""
    write_search(tmp_path / "ada", {"tidewrack": {"plan": PLAN}, "wharf": {}})
    new_search(tmp_path / "bea", "Bea Holm")
    monkeypatch.chdir(tmp_path)
    return StartForm(".")


# --- candidates and applications ----------------------------------------------------------------------------------


def test_the_table_says_how_far_everybody_is(several: StartForm) -> None:
    """Each candidate with the number of stories, each application with its themes and steps."""
    words = said(several.table)
    assert "2 candidates, 2 applications" in words
    assert "Ada Fenwright 1 Harbour Operations Manager, Tidewrack Ferries chosen" in words
    assert "only suggested 0 of 8" in words
    assert "Bea Holm none yet No application yet" in words


def test_nobody_is_chosen_at_first(several: StartForm) -> None:
    """A coach says for whom the hour is; until then there is nothing to write into."""
    assert several.candidate.value == ""
    assert hidden(several.work)
    assert not hidden(several.newcomer)


def test_in_a_search_the_candidate_is_chosen(one: StartForm) -> None:
    """There is nobody to choose and nobody to add."""
    assert hidden(one.candidate)
    assert hidden(one.newcomer)
    assert not hidden(one.work)
    assert [name for _, name in one.application.options] == ["tidewrack", ""]


def test_a_new_candidate_is_made_and_chosen(several: StartForm) -> None:
    """The folder gets the name in plain letters, the list shows it, the box is empty for the next."""
    several.name.value = "Cléo O'Hara"
    several.add.click()
    assert read_search("cleo-o-hara").settings.candidate == "Cléo O'Hara"
    assert several.candidate.value == "cleo-o-hara"
    assert "Cléo O'Hara" in said(several.table)
    assert (several.name.value, hidden(several.work)) == ("", False)
    assert "There are no stories yet." in said(several.stories.count)


@pytest.mark.parametrize(("name", "words"), [("Ada", "There is a folder “ada” already."), ("", "Write the name")])
def test_a_candidate_that_cannot_be_made_is_told(name: str, words: str, several: StartForm) -> None:
    """What was typed stays to be changed."""
    several.name.value = name
    several.add.click()
    assert words in said(several.status)
    assert several.name.value == name
    assert len(several.clients) == 2


def test_an_empty_folder_is_a_beginning(tmp_path: Path) -> None:
    """A sentence says what to do, and the first candidate can be made."""
    form = StartForm(tmp_path)
    assert "no candidate in this folder yet" in said(form.table)
    form.name.value = "Ada"
    form.add.click()
    assert form.candidate.value == str(tmp_path / "ada")


def test_a_faulty_candidate_can_be_chosen_and_says_why(several: StartForm) -> None:
    """The others can be worked on."""
    Path("bea/prepkit.yaml").write_text("nonsense: 1\n", encoding="utf-8")
    several.again.click()
    assert "something is wrong" in said(several.table)
    several.candidate.value = "bea"
    assert "“nonsense” is not known here." in said(several.status)
    assert hidden(several.work)
    several.candidate.value = "ada"
    assert not hidden(several.work)
    assert said(several.status) == ""


def test_a_faulty_application_says_why_instead_of_a_link(several: StartForm) -> None:
    """A sound one is offered first."""
    Path("ada/applications/tidewrack/posting.txt").write_text("", encoding="utf-8")
    several.again.click()
    several.candidate.value = "ada"
    assert several.application.value == "wharf"
    several.application.value = "tidewrack"
    assert "applications/tidewrack/posting.txt: The file is empty." in said(several.opening)
    assert several.link.outputs == ()


def test_looking_again_keeps_what_is_chosen_and_typed(several: StartForm) -> None:
    """Files changed elsewhere are seen; the hour goes on where it was."""
    several.candidate.value = "ada"
    several.application.value = ""
    several.posting.text.value = "Half a posting"
    write_search(Path("cleo"), candidate="Cleo")
    several.again.click()
    assert "Cleo" in said(several.table)
    assert (several.candidate.value, several.application.value) == ("ada", "")
    assert several.posting.text.value == "Half a posting"


# --- a new application ----------------------------------------------------------------------------------------------


def test_a_pasted_posting_is_shown_as_it_was_read(one: StartForm) -> None:
    """Title, employer and level in boxes, each line with its section, and nothing is written yet."""
    part = one.posting
    assert hidden(part.found)
    part.text.value = POSTING
    part.look.click()
    assert not hidden(part.found)
    assert part.boxes["title"].value == "Harbour Operations Manager"
    assert part.boxes["company"].value == "Tidewrack Ferries"
    assert part.level.value == "mid"
    page = BeautifulSoup(part.reading.value, "lxml")
    rows = [row.get_text(" ", strip=True) for row in page.select("tbody tr")]
    assert "Duties 11 Lead the crews and the booking office through a new winter timetable" in rows
    assert "Culture and values 14 Our culture" in rows
    assert "The title names no level" in page.get_text()
    assert names_of(Path("..")) == ("tidewrack",)


def test_every_line_has_its_section_in_colour_and_words(one: StartForm) -> None:
    """Eight sections, eight colours, each beside its label; no line of the posting is left out."""
    posting = one.posting
    posting.text.value = POSTING + "\nBenefits\n- 30 days of leave\n\nNice to have\n- A boat licence\n"
    posting.look.click()
    page = BeautifulSoup(posting.reading.value, "lxml")
    first = [row.find("td") for row in page.select("tbody tr")]
    pairs = {(cell.get_text(" ", strip=True).split(" (")[0], cell["style"].split(";")[0]) for cell in first}
    assert len(pairs) == len({label for label, _ in pairs}) == len({colour for _, colour in pairs}) >= 6
    assert {label for label, _ in pairs} <= {section.label for section in Section}
    assert len(first) == len(one.posting._posting.lines)


def test_every_section_has_a_colour_of_its_own(tmp_path: Path) -> None:
    """A section that is added one day fails here before it is shown without one."""
    from dataclasses import replace

    (tmp_path / "ad.txt").write_text(POSTING, encoding="utf-8")
    posting = read_posting(tmp_path / "ad.txt")
    lines = tuple(replace(posting.lines[0], section=section) for section in Section)
    page = BeautifulSoup(render("reading.html.j2", posting=replace(posting, lines=lines)), "lxml")
    styles = [row.find("td")["style"].split(";")[0] for row in page.select("tbody tr")]
    assert len(set(styles)) == len(Section)
    assert not [style for style in styles if "var(--)" in style]


def test_an_uploaded_posting_is_read_at_once(one: StartForm) -> None:
    """Choosing a file is enough, and the same file can be chosen again."""
    for _ in range(2):
        upload(one.posting, "ad.md", POSTING.encode())
        assert one.posting.boxes["company"].value == "Tidewrack Ferries"
        assert one.posting.upload.button.value == ()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("ad.exe", b"MZ", "“.exe” files cannot be taken; the ending should be one of .md, .txt"),
        ("ad.txt", b" ", "ad.txt: The file is empty."),
        ("ad.pdf", b"no", "ad.pdf: "),
        ("ad.txt", b"x" * (MAX_UPLOAD_BYTES + 1), "at most 5,000,000 are taken"),
    ],
    ids=["kind", "empty", "damaged", "large"],
)
def test_a_refused_posting_says_why_and_nothing_typed_is_lost(
    name: str, content: bytes, words: str, one: StartForm
) -> None:
    """What was read before stays, with its corrections."""
    part = one.posting
    part.text.value = POSTING
    part.look.click()
    part.boxes["location"].value = "Castermouth"
    upload(part, name, content)
    assert words in said(part.status)
    assert "what you typed is still here" in said(part.status)
    assert (part.text.value, part.boxes["location"].value) == (POSTING, "Castermouth")
    assert not hidden(part.found)


@pytest.mark.parametrize("text", ["", "  \n "], ids=["empty", "blank"])
def test_nothing_pasted_is_told(text: str, one: StartForm) -> None:
    """A click too early is no fault."""
    one.posting.text.value = text
    one.posting.look.click()
    assert said(one.posting.status) == "Paste a posting first, or upload a file."


def test_corrections_go_into_the_plan(one: StartForm) -> None:
    """Only what differs is written; the new application is chosen, its link is there, and the boxes are free."""
    part = one.posting
    part.text.value = POSTING
    part.look.click()
    part.boxes["company"].value = " Tidewrack Line "
    part.level.value = "senior"
    assert "Set to senior by you." in said(part.reading)
    part.make.click()
    name = "tidewrack-line-harbour-operations-manager"
    assert names_of(Path("..")) == ("tidewrack", name)
    plan = load_plan(Path(f"../applications/{name}/plan.yaml"))
    assert plan.posting.model_dump(exclude_defaults=True) == {"company": "Tidewrack Line", "level": "senior"}
    assert one.application.value == name
    assert link_of(one) == f"{name}.ipynb"
    assert "Harbour Operations Manager, Tidewrack Line" in said(one.table)
    assert part.text.value == ""
    assert hidden(part)


def test_a_second_click_makes_no_second_application(one: StartForm) -> None:
    """There is nothing left to make."""
    part = one.posting
    part.text.value = POSTING
    part.look.click()
    part.make.click()
    part.make.click()
    assert len(names_of(Path(".."))) == 2


def test_an_application_that_cannot_be_made_is_told(one: StartForm) -> None:
    """The name is taken: the reason is said, and text and corrections stay."""
    part = one.posting
    for _ in range(2):
        one.application.value = ""
        part.text.value = POSTING
        part.look.click()
        part.boxes["location"].value = "Castermouth"
        part.make.click()
    assert "There is an application “tidewrack-ferries-harbour-operations-manager” already." in said(part.status)
    assert (part.text.value, part.boxes["location"].value) == (POSTING, "Castermouth")
    part.boxes["title"].value = "Harbour Master"
    part.make.click()
    assert "tidewrack-ferries-harbour-master" in names_of(Path(".."))


@pytest.mark.parametrize(
    "fault", [OSError(28, "No space left on device"), PrepkitError("Somebody else writes here.")], ids=["disk", "busy"]
)
def test_a_fault_of_the_disk_is_a_sentence(fault: Exception, one: StartForm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing typed is lost whatever happens."""

    def fails(*_: Any) -> str:
        raise fault

    monkeypatch.setattr(startform, "make_application", fails)
    one.posting.text.value = POSTING
    one.posting.look.click()
    one.posting.make.click()
    assert said(one.posting.status).startswith("No application was made; what you typed is still here.")
    assert one.posting.text.value == POSTING


def test_a_title_without_end_is_refused_in_words(one: StartForm) -> None:
    """More than a plan takes is told, not cut."""
    one.posting.text.value = POSTING
    one.posting.look.click()
    one.posting.boxes["title"].value = "x" * 5001
    one.posting.make.click()
    assert "at most 5,000 characters" in said(one.posting.status)
    assert len(names_of(Path(".."))) == 1


def test_a_changed_text_is_looked_at_again(one: StartForm) -> None:
    """What was not looked at is not made; a correction stands as long as the reading that it corrects."""
    part = one.posting
    part.text.value = POSTING
    part.look.click()
    part.boxes["company"].value, part.boxes["title"].value = "Tidewrack Line", "Harbour Master"
    part.text.value = POSTING.replace("Harbour Operations Manager", "Head of Ferries")
    assert part.make.disabled
    assert "The text has changed." in said(part.status)
    part.make.click()
    assert len(names_of(Path(".."))) == 1
    part.look.click()
    assert (part.boxes["company"].value, part.boxes["title"].value) == ("Tidewrack Line", "Head of Ferries")
    assert part.level.value == "senior"
    assert (part.make.disabled, said(part.status)) == (False, "")


def test_the_button_says_for_whom(several: StartForm) -> None:
    """A posting that was pasted for one candidate is not made for another by mistake."""
    several.candidate.value = "ada"
    several.posting.text.value = POSTING
    several.candidate.value = "bea"
    assert several.posting.make.description == "Make the application for Bea Holm"
    assert several.posting.text.value == POSTING
    several.posting.look.click()
    several.posting.make.click()
    assert len(names_of(Path("bea"))) == 1
    assert len(names_of(Path("ada"))) == 2


# --- stories --------------------------------------------------------------------------------------------------------


def test_stories_are_counted_with_what_is_missing(make_search: Make) -> None:
    """How many, how many complete, and for each other one what is still to be told."""
    search = make_search(stories=[STORY, {"id": "x", "title": "Only a <b>title</b>"}])
    words = said(StartForm(search.path).stories.count)
    assert "2 stories in stories.csv, 1 complete, 1 with a measurable result." in words
    assert "Only a <b>title</b> The situation is missing." in words


def test_uploaded_stories_take_the_place_of_none(several: StartForm) -> None:
    """The count goes up here and in the table."""
    several.candidate.value = "bea"
    upload(several.stories, "mine.csv", b"title,result\nRan the ferry,Moved 40 people\n")
    assert said(several.stories.status) == "1 story taken in."
    assert "1 story in stories.csv" in said(several.stories.count)
    assert "Bea Holm 1 No application yet" in said(several.table)


def test_stories_stay_where_there_are_some(several: StartForm) -> None:
    """The reason says what to do, and the file is as it was."""
    several.candidate.value = "ada"
    before = Path("ada/stories.csv").read_bytes()
    upload(several.stories, "mine.csv", b"title\nRan the ferry\n")
    assert "they stay as they are" in said(several.stories.status)
    assert Path("ada/stories.csv").read_bytes() == before


# --- the way to the workbook ----------------------------------------------------------------------------------------


def test_the_link_leads_to_the_workbook_from_a_folder_of_searches(several: StartForm) -> None:
    """From the top through the candidate's folder; the workbook is there."""
    several.candidate.value = "ada"
    assert link_of(several) == "ada/workbooks/tidewrack.ipynb"
    assert Path("ada/workbooks/tidewrack.ipynb").exists()
    several.application.value = "wharf"
    assert link_of(several) == "ada/workbooks/wharf.ipynb"
    several.application.value = ""
    assert several.link.outputs == ()


@pytest.mark.parametrize("name", ["javascript:x", "a b#c?d%20", "ä'&\"<b>", "x.."])
def test_no_name_of_an_application_makes_another_link(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    """A folder may be called anything; the address is a path, and its letters are letters."""
    write_search(tmp_path / "a:b", {name: {}})
    monkeypatch.chdir(tmp_path)
    form = StartForm(".")
    form.candidate.value = "a:b"
    href = link_of(form)
    assert unquote(href) == f"a:b/workbooks/{name}.ipynb"
    assert not set(href) & set(":?#<>\"'")


def test_a_workbook_that_cannot_be_written_is_told(one: StartForm, monkeypatch: pytest.MonkeyPatch) -> None:
    """No link leads nowhere."""

    def fails(*_: Any) -> Path:
        raise InputError("x.ipynb", "The disk is full.")

    monkeypatch.setattr(startform, "prepare", fails)
    one.application.value = "tidewrack"
    assert "The disk is full." in said(one.opening)
    assert one.link.outputs == ()


# --- text from outside ------------------------------------------------------------------------------------------------


def elements(form: StartForm) -> set[str]:
    """Names of all elements that the page puts into a browser as HTML."""
    pieces: list[str] = []

    def walk(widget: Any) -> None:
        if type(widget).__name__ == "HTML":
            pieces.append(widget.value)
        for output in getattr(widget, "outputs", ()):
            pieces.append(output["data"]["text/html"])
        for child in getattr(widget, "children", ()):
            walk(child)

    walk(form)
    found = BeautifulSoup("".join(pieces), "html.parser").find_all(True)
    assert not [item for item in found if any(name.startswith("on") for name in item.attrs)]
    assert not [item for item in found if item.name == "a" and ":" in item["href"]]
    return {item.name for item in found}


OURS = {"a", "br", "caption", "details", "div", "h2", "i", "li", "p", "span", "strong", "style", "summary", "table",
        "tbody", "td", "th", "thead", "tr", "ul"}  # fmt: skip


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_words_from_outside_never_become_elements(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In names, postings, stories, file names and faults: they are shown as they are."""
    story = {"id": "x", "title": text, "situation": text}
    write_search(tmp_path / "ada", {"tidewrack": {"plan": {"format": 1, "posting": {"title": text}}}}, [story], text)
    (tmp_path / "ada" / "applications" / "wharf").mkdir()
    (tmp_path / "ada" / "applications" / "wharf" / "posting.txt").write_text(POSTING, encoding="utf-8")
    (tmp_path / "ada" / "applications" / "wharf" / "plan.yaml").write_text(
        f"format: 1\n{'x' + text.split()[0][:1]}: 1\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    form = StartForm(".")
    form.candidate.value = "ada"
    assert elements(form) <= OURS
    form.application.value = ""
    form.posting.text.value = f"{text}\nTidewrack Ferries\n\nResponsibilities\n- {text} for the crews\n"
    form.posting.look.click()
    assert elements(form) <= OURS
    upload(form.posting, f"{text}.exe", b"x")
    upload(form.stories, f"{text}.exe", b"x")
    assert elements(form) <= OURS
    form.posting.boxes["title"].value = form.posting.boxes["company"].value = text
    form.posting.make.click()
    assert elements(form) <= OURS
    form.name.value = text
    form.add.click()
    assert elements(form) <= OURS
    assert {path.parent for path in tmp_path.rglob("prepkit.yaml")} == {tmp_path / c.path for c in form.clients}


# --- the notebook -----------------------------------------------------------------------------------------------------


def test_the_example_is_only_looked_at() -> None:
    """Nothing can be made there, and a sentence says how to open one's own."""
    form = StartForm("")
    assert "This is the shipped example, to look at." in said(form.table)
    assert "Marla Quenby" in said(form.table)
    assert hidden(form.newcomer)
    assert hidden(form.work)
    assert not (template("example") / "workbooks").exists()


def test_where_no_widget_is_shown_the_list_is(several: StartForm) -> None:
    """A page made of the notebook has the table, and plain text has the names."""
    bundle = several._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"] == several.table.value
    assert bundle["text/plain"] == "Candidates: Ada Fenwright, Bea Holm"


@pytest.mark.slow
def test_papermill_runs_it_without_parameters(tmp_path: Path) -> None:
    """Whoever opens it alone sees the example's list and what to do."""
    command = [sys.executable, "-m", "papermill", str(workbook("start.ipynb")), "out.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    shown = [output.data for cell in cells if cell.cell_type == "code" for output in cell.outputs if "data" in output]
    assert "This is the shipped example" in shown[0]["text/html"]
    assert shown[0]["text/plain"] == "Candidates: Marla Quenby"
