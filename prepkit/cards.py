"""Rehearsal cards: a likely question in front; the theme, the story and the bridge behind.

As a package for Anki, and as CSV for everything else.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from html import escape
from itertools import count

import genanki

from prepkit.application import Application
from prepkit.archive import zipped
from prepkit.bridge import Answer
from prepkit.files import without_controls
from prepkit.text import slug, spreadsheet_safe

__all__ = ["Card", "cards_apkg", "cards_csv", "make_cards"]

MODEL_ID = 1_710_604_231
"""Of the kind of note in Anki: always the same, so that cards made anew take the place of old ones."""

TIMESTAMP = 315_532_800.0
"""The first day of 1980, which stands as the time of every card: there is no clock in what is made."""

BLANKS = {
    "theme": "[no theme]",
    "story": "[no story could answer it yet]",
    "theme_first": "[the claim of this theme is still to be written]",
    "in_one_breath": "[this story is still to be written]",
    "back_to_role": "[this theme cites no line of the posting yet]",
}
"""What stands for a part that is missing."""

_FRONT = '<div class="tex2jax_ignore">{{Question}}</div>'
_BACK = (
    '{{FrontSide}}<hr id="answer"><div class="tex2jax_ignore"><p class="theme">{{Theme}}</p><p><i>{{Story}}</i></p>'
    "<p>{{Theme first}}</p><p>{{In one breath}}</p><p>{{Back to the role}}</p></div>"
)
_CSS = (
    ".card { font: 20px/1.4 sans-serif; text-align: left; max-width: 36em; margin: 1em auto; } "
    ".theme { font-weight: bold; }"
)


@dataclass(frozen=True, slots=True)
class Card:
    """One card; `id` is the id of the question, and a part that is missing is a blank in square brackets."""

    id: str
    question: str
    theme: str
    story: str
    theme_first: str
    in_one_breath: str
    back_to_role: str


def make_cards(application: Application) -> tuple[Card, ...]:
    """Return a card for each of the likeliest questions that a story can answer, those with an edited bridge first."""
    cards = []
    for question, found in application.likely:
        best = next((answer for answer in found if answer.fits), None)
        if question.kind != "odd" and (best or not found):  # what no story fits is nothing to rehearse
            cards.append(Card(question.id, question.text, **_behind(best, application)))
    return tuple(cards)


def _behind(answer: Answer | None, application: Application) -> dict[str, str]:
    if answer is None:
        return BLANKS | dict.fromkeys(("theme_first", "in_one_breath", "back_to_role"), "")
    found = {"story": application.stories[answer.story].title}
    if answer.theme:
        name = application.theme_names.get(answer.theme, answer.theme)
        found["theme"] = f"Theme {application.number[answer.theme]}: {name}"
    if answer.bridge:
        found |= {part: getattr(answer.bridge, part) for part in ("theme_first", "in_one_breath", "back_to_role")}
    return BLANKS | {name: text for name, text in found.items() if text}


def cards_csv(cards: tuple[Card, ...]) -> str:
    """Return the cards as CSV, one row each: question, theme, story and the three parts of the bridge."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = [field.name for field in fields(Card)][1:]
    writer.writerow([name.replace("_", " ") for name in names])
    for card in cards:
        writer.writerow([spreadsheet_safe(_plain(text)) for text in astuple(card)[1:]])
    return stream.getvalue()


def cards_apkg(cards: tuple[Card, ...], name: str) -> bytes:
    """Return the cards as a package that Anki imports; importing a later one updates the cards.

    Args:
        cards: As from :func:`make_cards`.
        name: Of the deck; the same name is the same deck.

    Every text is escaped, so that none is read as HTML, as a picture, as sound or as mathematics.
    """
    title = " ".join(re.sub(r"[^\w .,()/+-]", " ", name).split()) or "Interview"  # “::” would make a deck within a deck
    deck = genanki.Deck(_number(f"deck {slug(title)}"), f"prepkit, {title}")
    model = genanki.Model(
        MODEL_ID,
        "prepkit rehearsal card",
        fields=[
            {"name": field}
            for field in ("Question", "Theme", "Story", "Theme first", "In one breath", "Back to the role")
        ],
        templates=[{"name": "Card", "qfmt": _FRONT, "afmt": _BACK}],
        css=_CSS,
    )
    for card in cards:
        texts = [_field(text) for text in astuple(card)[1:]]
        deck.add_note(genanki.Note(model, texts, guid=genanki.guid_for("prepkit", slug(title), card.id)))
    # in memory: genanki's own way leaves a file with the stories behind in the folder for temporary files
    with closing(sqlite3.connect(":memory:")) as connection:
        genanki.Package(deck).write_to_db(connection.cursor(), TIMESTAMP, count(int(TIMESTAMP * 1000)))
        connection.commit()
        collection = connection.serialize()
    return zipped({"collection.anki2": collection, "media": json.dumps({}).encode()})


def _plain(text: str) -> str:
    return without_controls(text).strip()


def _field(text: str) -> str:
    # “[sound:…]” and “[latex]” are looked for in the source of a field
    return escape(_plain(text)).replace("[", "&#91;").replace("{{", "{&#123;").replace("\n", "<br>")


def _number(text: str) -> int:
    """Return a number that goes with a text, in the range that Anki takes for ids."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % (1 << 30) + (1 << 30)
