"""Rehearsal cards for Anki and for spreadsheets."""

from __future__ import annotations

import csv
import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from conftest import PAYLOADS, PLAN, hostile_search

from prepkit.application import Application, open_application
from prepkit.cards import Card, cards_apkg, cards_csv, make_cards
from prepkit.search import Search


def opened(search: Search, name: str = "tidewrack") -> Application:
    """The application of that name."""
    return open_application(**search.parameters(name, search.path))


def notes_of(package: bytes) -> list[list[str]]:
    """The fields of all notes in an Anki package."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.namelist() == ["collection.anki2", "media"]
        connection = sqlite3.connect(":memory:")
        connection.deserialize(archive.read("collection.anki2"))
    rows = connection.execute("select flds from notes order by id").fetchall()
    assert connection.execute("select count(*) from cards").fetchone()[0] == len(rows)
    connection.close()
    return [row[0].split("\x1f") for row in rows]


@pytest.fixture
def application(make_search: Callable[..., Search]) -> Application:
    """Ada and the ferries, with themes chosen."""
    return opened(make_search({"tidewrack": {"plan": PLAN}}))


def test_a_card_asks_and_answers(application: Application) -> None:
    """Question in front; theme, story and the three parts behind."""
    card = next(card for card in make_cards(application) if card.theme.startswith("Theme 1"))
    assert card.theme == "Theme 1: Brings calm to a broken timetable"
    assert card.story == "Kept 310 passengers safe through a storm"
    assert "14 hours" in card.in_one_breath
    assert len({card.id for card in make_cards(application)}) == len(make_cards(application))


def test_what_is_missing_is_blank(make_search: Callable[..., Search]) -> None:
    """No theme, a story of which only the title is known: blanks, and no card fails."""
    cards = make_cards(opened(make_search(stories=[{"title": "A day"}])))
    assert cards
    assert all(all(astuple(card)) for card in cards)
    assert any("[" in card.in_one_breath for card in cards)


def test_the_table_has_a_row_for_each_card(application: Application) -> None:
    """Readable headings, one row each."""
    rows = list(csv.reader(io.StringIO(cards_csv(make_cards(application)))))
    assert rows[0] == ["question", "theme", "story", "theme first", "in one breath", "back to role"]
    assert len(rows) == len(make_cards(application)) + 1


def test_the_package_holds_the_same(application: Application) -> None:
    """One note for each card, in order."""
    cards = make_cards(application)
    notes = notes_of(cards_apkg(cards, "Ferries"))
    assert len(notes) == len(cards)
    assert notes[0][0] == cards[0].question.replace("'", "&#x27;")


def test_it_is_the_same_file_twice_and_leaves_nothing_behind(
    application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fixed ids and times; no copy of the stories stays in the folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    cards = make_cards(application)
    assert cards_apkg(cards, "Ferries") == cards_apkg(cards, "Ferries")
    assert cards_apkg(cards, "Ferries") != cards_apkg(cards, "Trains")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "text", [*PAYLOADS, "[sound:x.mp3]", "[latex]\\input{/etc/passwd}[/latex]", "{{c1::x}}", "a\nb", "@SUM(1)"]
)
def test_any_text_is_only_text(text: str) -> None:
    """No HTML, sound or LaTeX in a field, no formula in a cell, no deck within a deck."""
    card = Card("q", text, text, text, text, text, text)
    (fields,) = notes_of(cards_apkg((card,), f"{text}::deck"))
    for field in fields:
        assert "<" not in field.replace("<br>", "")
        assert "[" not in field
        assert "{{" not in field
    for cell in list(csv.reader(io.StringIO(cards_csv((card,)))))[1]:
        assert cell[:1] not in tuple("=+-@\t\r")


def test_hostile_applications_make_cards(tmp_path: Path) -> None:
    """Every payload in every place."""
    search = hostile_search(tmp_path / "hostile")
    for name in search.names:
        application = opened(search, name)
        cards = make_cards(application)
        assert len(notes_of(cards_apkg(cards, application.role))) == len(cards)


def test_no_card_is_a_package_too(application: Application) -> None:
    """A search that leaves the bank out and has odd questions only."""
    only_odd = replace(application, questions=tuple(q for q in application.questions if q.kind == "odd")[:2])
    assert make_cards(only_odd) == () or all(card.question for card in make_cards(only_odd))
    assert notes_of(cards_apkg((), "")) == []
