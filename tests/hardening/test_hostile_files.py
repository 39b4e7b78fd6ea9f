"""Hostile text in the files that leave: as tables, mail, calendar, cards and documents it is text and nothing else."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import PLAN, write_search
from hostile_text import CONTROLS, SECRET, Case, Clients, clients, hostile_faults, run, seen
from icalendar import Calendar
from lxml import etree
from openpyxl import load_workbook
from payloads import PAYLOADS

from prepkit.cards import make_cards
from prepkit.files import without_controls
from prepkit.letter import thank_you
from prepkit.questions import load_questions
from prepkit.search import Search
from prepkit.spreadsheet import read_ratings
from prepkit.stories import read_stories, write_stories_csv
from prepkit.text import spreadsheet_plain

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hostile")]  # the coach's folder is made once

DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
"""Characters at the start of a cell by which a spreadsheet program takes it for a formula, or may."""


@pytest.fixture
def coach(tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """The coach's folder after all commands."""
    return clients(tmp_path_factory.getbasetemp())


def test_there_are_many_payloads() -> None:
    """Sixty at least, each with a name and a text of its own."""
    assert len(PAYLOADS) >= 60
    assert len({payload.name for payload in PAYLOADS}) == len({payload.text for payload in PAYLOADS}) == len(PAYLOADS)


def test_every_command_does_its_work(coach: Clients) -> None:
    """Hostile text is no fault: there are reports, packs and a portfolio."""
    assert {name: told.code for name, told in coach.told.items()} == dict.fromkeys(coach.told, 0)
    for case in coach.cases:
        assert (case.report / "workbook.ipynb").exists()
        assert (case.pack / "brief.pdf").read_bytes().startswith(b"%PDF")
    assert (coach.folder / "reports" / "portfolio.html").exists()


@pytest.mark.parametrize("text", ["why " * 40, "w" * 79 + " x", "style-" * 13 + "xx"])
def test_ids_made_of_long_or_equal_questions_fit_a_plan(text: str, make_search: Callable[..., Search]) -> None:
    """However many there are: each has an id of its own, of 80 letters at most, under which a bridge can be kept."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    (search.path / "questions.csv").write_text("question\n" + f"{text}?\n{text}!\n" * 6, encoding="utf-8")
    questions = [question for question in load_questions(search.path / "questions.csv") if question.own]
    assert len({question.id for question in questions}) == 12
    assert max(len(question.id) for question in questions) <= 80


def test_nothing_was_run(coach: Clients) -> None:
    """No text was run as Python, as YAML, as a template, or by a shell: no file was left behind."""
    assert [path for path in coach.folder.rglob("*") if path.name == "pwned"] == []
    assert list((coach.folder / "here").iterdir()) == []


def test_nothing_of_the_other_candidate_is_in_any_file(coach: Clients) -> None:
    """Neither as it stands nor inside what is packed."""
    files = [path for path in coach.folder.rglob("*") if path.is_file() and path != coach.secret]
    assert [str(path) for path in files if SECRET.encode() in unpacked(path)] == []


def unpacked(path: Path) -> bytes:
    """The bytes of a file, those of its parts where it is an archive."""
    data = path.read_bytes()
    if not data.startswith(b"PK\x03\x04"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"\0".join(archive.read(name) for name in archive.namelist())


# --- what a terminal shows ------------------------------------------------------------------------------------


def test_no_command_steers_the_terminal(coach: Clients) -> None:
    """No escape code, no control character, nothing that turns the direction of writing."""
    steering = {name: CONTROLS.findall(told.said) for name, told in coach.told.items()}
    assert {name: found for name, found in steering.items() if found} == {}


@pytest.mark.parametrize(("fault", "spoil"), hostile_faults().items(), ids=list(hostile_faults()))
def test_no_fault_steers_the_terminal(fault: str, spoil: Callable[[Path], None], tmp_path: Path) -> None:
    """What is wrong with a file is quoted, and neither that nor the name of a folder brings a code along."""
    search = write_search(tmp_path / "\x1b[2J\u202esearch", {"tidewrack": {"plan": PLAN}})
    spoil(search.path)
    told = run("check", search.path)
    assert told.code == 2, fault
    assert "[2Jsearch" in told.said
    assert CONTROLS.findall(told.said) == []


def test_words_are_said_as_they_were_written(coach: Clients) -> None:
    """What is taken out is only what nobody should see."""
    assert "$100k to $120k" in coach.told["status"].said
    assert "Eve <img src=x onerror=window.pwned=1> $100k to $120k [2J{{ 7*7 }}" in coach.told["status"].said
    assert "[2Jcleared 31m" in coach.told["status"].said


# --- spreadsheets ---------------------------------------------------------------------------------------------


def workbooks(coach: Clients) -> Iterator[Path]:
    yield from (case.pack / "prep.xlsx" for case in coach.cases)
    yield coach.folder / "reports" / "portfolio.xlsx"


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(coach: Clients) -> None:
    """Texts and numbers only, marked to stay text when edited; nothing leads out of the file."""
    count = 0
    for path in workbooks(coach):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                data = archive.read(name)
                assert b"TargetMode" not in data, (path, name)
                assert not re.search(rb"<(\w+:)?(f|hyperlink|externalReference|oleObject|ddeLink)[ />]", data), (
                    path,
                    name,
                )
        for sheet in load_workbook(path):
            for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
                assert cell.data_type in "sn", (path, cell)
                assert cell.hyperlink is None
                is_head = cell.row == 1 and path.name == "portfolio.xlsx"
                assert cell.quotePrefix or is_head or not isinstance(cell.value, str), (path, cell)
                count += 1
    assert count > 1_000


def test_stories_come_back_from_a_workbook_as_they_were(coach: Clients, tmp_path: Path) -> None:
    """Every field of every story, and the ratings."""
    for case in coach.cases:
        application = case.application
        (tmp_path / "stories.xlsx").write_bytes((case.pack / "prep.xlsx").read_bytes())
        assert read_stories(tmp_path / "stories.xlsx").stories == application.stories.stories
        assert read_ratings(tmp_path / "stories.xlsx") == application.plan.ratings


def test_no_cell_of_a_table_begins_like_a_formula(coach: Clients) -> None:
    """In the matrix and in the cards, whichever separator a program takes."""
    tables = [path for case in coach.cases for path in (*case.report.glob("*.csv"), *case.pack.glob("*.csv"))]
    assert len(tables) == 3 * len(coach.cases)
    for path in tables:
        cells = [cell for row in rows_of(path) for cell in row]
        assert [cell for cell in cells if cell.startswith(DANGEROUS)] == [], path
        assert [cell for cell in cells if re.match(r"\s", cell)] == [], path


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_tables_say_what_was_written(coach: Clients, tmp_path: Path) -> None:
    """The mark against formulas is taken back on reading: stories, ratings and cards are equal."""
    for case in coach.cases:
        application = case.application
        (tmp_path / "coverage.csv").write_bytes((case.pack / "coverage.csv").read_bytes())
        assert read_ratings(tmp_path / "coverage.csv") == application.plan.ratings
        titles = [spreadsheet_plain(row[1]) for row in rows_of(tmp_path / "coverage.csv")[1:]]
        assert titles == [story.title for story in application.stories]
        cards = [[spreadsheet_plain(cell) for cell in row] for row in rows_of(case.pack / "cards.csv")[1:]]
        made = make_cards(application)
        assert cards == [[without_controls(getattr(card, part)).strip() for part in CARD] for card in made]
    write_stories_csv(tmp_path / "stories.csv", application.stories)
    assert [cell for row in rows_of(tmp_path / "stories.csv") for cell in row if cell.startswith(DANGEROUS)] == []
    assert read_stories(tmp_path / "stories.csv").stories == application.stories.stories


CARD = ("question", "theme", "story", "theme_first", "in_one_breath", "back_to_role")


# --- mail, calendar, cards, documents ----------------------------------------------------------------------------


def test_a_mail_has_no_header_but_its_own(coach: Clients) -> None:
    """Nobody is added to those who get it, and the text is that of the note."""
    for case in coach.cases:
        data = (case.pack / "thank-you.eml").read_bytes()
        message = message_from_bytes(data, policy=default)
        own = {"Subject", "X-Unsent", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
        assert set(message.keys()) == own
        assert message.get_content_type() == "text/plain"
        letter = thank_you(case.application)
        assert message["Subject"].split() == without_controls(letter.subject).split()
        assert message.get_content().splitlines() == letter.text.splitlines()
        assert re.search(rb"^(bcc|cc|to|from|sender)\s*:", data, re.IGNORECASE | re.MULTILINE) is None


def test_a_calendar_holds_rehearsals_and_nobody_else(coach: Clients) -> None:
    """No attendee, no alarm, no address; titles are those of the stories."""
    allowed = {"UID", "DTSTAMP", "DTSTART", "DURATION", "SUMMARY", "DESCRIPTION"}
    for case in coach.cases:
        calendar = Calendar.from_ical((case.pack / "interview.ics").read_bytes())
        titles = {" ".join(without_controls(story.title).split()) for story in case.application.stories}
        assert {part.name for part in calendar.walk()} == {"VCALENDAR", "VEVENT"}
        for event in calendar.walk("VEVENT"):
            assert set(event.keys()) <= allowed
            said = str(event["SUMMARY"])
            assert not said.startswith("Rehearse: ") or said.removeprefix("Rehearse: ") in titles


def test_a_card_is_text(coach: Clients) -> None:
    """No tag, sound, picture, formula or blank to fill in a field; unescaped it is what was written."""
    for case in coach.cases:
        with zipfile.ZipFile(case.pack / "cards.apkg") as package:
            assert set(package.namelist()) == {"collection.anki2", "media"}
            assert package.read("media") == b"{}"
            notes = notes_of(package.read("collection.anki2"))
        cards = make_cards(case.application)
        assert len(notes) == len(cards)
        for fields, card in zip(notes, cards, strict=True):
            assert not any(mark in field for field in fields for mark in ("[sound", "[latex", "[$", "{{"))
            assert {tag for field in fields for tag in re.findall("<[^>]*>?", field)} <= {"<br>"}
            said = [unescape(field.replace("<br>", "\n")) for field in fields]
            assert said == [without_controls(getattr(card, part)).strip() for part in CARD]


def notes_of(collection: bytes) -> list[list[str]]:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(collection)
    return [row[0].split("\x1f") for row in connection.execute("select flds from notes order by id")]


def test_a_word_document_holds_words(coach: Clients) -> None:
    """No field, link, picture or object, nothing that leads out of it; and the words of the note are in it."""
    for case in coach.cases:
        with zipfile.ZipFile(case.pack / "progress.docx") as archive:
            for part in archive.namelist():
                data = archive.read(part)
                assert b"TargetMode" not in data
                assert not re.search(rb"<w:(instrText|fldSimple|hyperlink|object|pict|altChunk)[ />]", data), part
            tree = etree.fromstring(archive.read("word/document.xml"), etree.XMLParser(resolve_entities=False))
        space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
        said = ["".join(node.text or "" for node in p.iter(f"{space}t")) for p in tree.iter(f"{space}p")]
        assert said[0].startswith("Progress note: ")
        assert f"Candidate: {' '.join(without_controls(case.search.settings.candidate).split())}." in said


def test_a_note_in_markdown_shows_every_mark(coach: Clients) -> None:
    """No tag, no link and no picture is made of it, and no heading but its own."""
    for case in coach.cases:
        note = (case.pack / "progress.md").read_text(encoding="utf-8")
        assert "<" not in note
        assert not re.search(r"(?<!\\)\]\(", note)
        assert len(re.findall(r"^#", note, re.MULTILINE)) in (5, 6)
        assert "```" not in note


# --- workbooks ------------------------------------------------------------------------------------------------


def executed(coach: Clients) -> Iterator[tuple[Case, Any]]:
    for case in coach.cases:
        yield case, nbformat.read(case.report / "workbook.ipynb", as_version=4)


def test_parameters_are_the_texts_and_no_code(coach: Clients) -> None:
    """The injected cell is a row of assignments of plain values, equal to what was given."""
    for case, notebook in executed(coach):
        (cell,) = [cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", ())]
        body = ast.parse(cell.source).body
        assert all(isinstance(node, ast.Assign) for node in body)
        given = {node.targets[0].id: ast.literal_eval(node.value) for node in body}
        assert given == dict(case.search.parameters(case.name))


def test_outputs_are_of_kinds_that_run_nothing(coach: Clients) -> None:
    """Pictures, escaped pieces of a page and plain words; no Markdown, LaTeX, diagram or script, no widget, no path."""
    allowed = {"text/html", "text/plain", "image/svg+xml", "image/png"}
    for case, notebook in executed(coach):
        outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
        assert len(outputs) > 10
        assert {kind for output in outputs for kind in output.data} <= allowed
        assert not {"widgets", "papermill"} & set(notebook.metadata)
        raw = (case.report / "workbook.ipynb").read_text(encoding="utf-8")
        assert str(case.search.path) not in raw


def test_a_figure_draws_and_does_nothing_else(coach: Clients) -> None:
    """No script, link, foreign object or handler in a picture, and nothing in it comes from elsewhere."""
    count = 0
    for _, notebook in executed(coach):
        for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
            if (picture := output.data.get("image/svg+xml")) is None:
                continue
            count += 1
            tree = etree.fromstring(picture.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
            for node in tree.iter(etree.Element):
                assert etree.QName(node).localname in DRAWN, node.tag
                for attribute, value in node.attrib.items():
                    local = etree.QName(attribute).localname
                    assert not local.startswith("on")
                    assert local != "href" or value.startswith(("#", "data:image/png"))
    assert count >= 4 * len(coach.cases)


DRAWN = {
    "svg", "g", "defs", "path", "use", "rect", "clipPath", "style", "text", "tspan", "metadata", "title", "desc",
    "image", "RDF", "Work", "type", "date", "format", "creator", "Agent", "pattern", "circle", "line",
    "polygon", "ellipse",
}  # fmt: skip


def test_records_are_plain(coach: Clients) -> None:
    """Every JSON file beside a report can be read, and says the words that went in."""
    for case in coach.cases:
        stands = json.loads((case.report / "standing.json").read_text(encoding="utf-8"))
        assert stands["name"] == case.name
        for theme, text in zip(stands["themes"], case.texts, strict=True):
            assert seen(theme["name"])[:60] == seen(text)[:60]
