"""Two candidates of one coach: one whose files hold every payload in every place, and one with something to hide."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from conftest import COLUMNS, POSTING, write_search
from payloads import PAYLOADS, aimed

from prepkit.application import Application, open_application
from prepkit.cli import main
from prepkit.files import without_controls
from prepkit.page import clean
from prepkit.plan import MAX_THEMES
from prepkit.search import Search, read_search
from prepkit.text import spreadsheet_safe

SECRET = "Nobody but Bo may read that the offer stands at 93,417 crowns"
"""What stands in a file of the other candidate."""

CANDIDATES = (
    "Eve <img src=x onerror=window.pwned=1> $100k to $120k \x1b[2J\u202e{{ 7*7 }} \"'; import os #",
    "=HYPERLINK(\"http://127.0.0.1:9/\";\"Eve\")", "</title><script>window.pwned=1</script>\x9b31m",
    "Eve\r\nBcc: pwned@example.org $x^$ ![x](http://127.0.0.1:9/eve.png)",
)  # fmt: skip
"""Names of candidates."""

FOLDERS = (
    "<img src=x onerror=window.pwned=1>", '"><script>window.pwned=1<', "javascript:window.pwned=1", "$100k to $120k",
    "{{ 7*7 }} %(x)s ${x} {posting}", "=1+1", "safe\u202egnp.exe", "\x1b[2Jcleared \x9b31m\x07",
    "'; import os; os.system('touch pwned') #", "100% #1? &amp;", "-rf", "\"\"\" \\ `touch pwned`",
)  # fmt: skip
"""Names of applications and of the folders of their candidates, as far as a file system takes them."""

SUFFIXES = (".txt", ".md", ".html", ".json")
"""Kinds of postings, taken in turn."""

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What steers a terminal or a display; line ends and tabs do not."""


def seen(text: str) -> str:
    """What a reader is to see of a text: its words as written, without characters that steer a display."""
    return " ".join(clean(without_controls(text)).split())


def parts(texts: Sequence[str]) -> list[list[str]]:
    """As many texts as a plan has themes, again and again."""
    return [list(texts[first : first + MAX_THEMES]) for first in range(0, len(texts), MAX_THEMES)]


def as_yaml(value: Any) -> str:
    """A value as JSON, which is YAML too, with every character that YAML takes only by its number given so."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufdd0\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def as_csv(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as CSV; the one character that makes a file no text is left out."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([spreadsheet_safe(row.get(name, "")).replace("\0", "") for name in columns] for row in rows)
    return stream.getvalue()


def hostile_stories(texts: Sequence[str]) -> list[dict[str, str]]:
    """A story for each text, with the text in all its fields."""
    told = ("title", "situation", "task", "action", "result", "when", "where", "numbers", "competencies")
    return [{"id": f"s{number}"} | dict.fromkeys(told, text) for number, text in enumerate(texts)]


def hostile_plan(texts: Sequence[str]) -> dict[str, Any]:
    """A plan with each text in all its fields."""
    kinds = ("motivation", "challenge", "fit")
    return {
        "format": 1, "interview": "2030-01-02 14:00",
        "posting": {"title": " ".join(texts), "company": " ".join([*texts[1:], texts[0]]), "location": texts[-1]},
        "themes": [
            {"id": f"t{n}", "category": kinds[n % 3], "claim": text, "twist": text, "proof": text,
             "evidence": [f"n{n}", str(11 + n)]}
            for n, text in enumerate(texts)
        ],
        "culture_notes": [
            {"id": f"n{n}", "who": "employee", "when": text, "told": text, "shows": text}
            for n, text in enumerate(texts)
        ],
        "bridges": [
            {"id": f"b{n}", "question": text, "theme": f"t{n}", "story": f"s{n}", "theme_first": text,
             "in_one_breath": text, "back_to_role": text}
            for n, text in enumerate(texts)
        ],
        "ratings": {f"s{n}": {f"t{n}": 2} for n in range(len(texts))},
    }  # fmt: skip


def hostile_debriefs(texts: Sequence[str]) -> dict[str, Any]:
    """A debrief for each text, with the text in all its fields."""
    return {
        "format": 1,
        "debriefs": [
            {"id": f"d{n}", "day": "2029-01-02", "kind": "mock", "listener": line(text, 300), "said": text,
             "unexpected": [line(text, 300)], "asked": [{"question": line(text, 1_000), "story": f"s{n}"}],
             "themes": [{"theme": f"t{n}", "heard": "heard"}]}
            for n, text in enumerate(texts)
        ],
    }  # fmt: skip


def line(text: str, longest: int) -> str:
    """A text on one line that a field takes."""
    return " ".join(without_controls(text).split())[:longest]


def hostile_posting(texts: Sequence[str], suffix: str) -> str:
    """A posting with a duty for each text, as it would stand in a file of that kind."""
    bullets = [f"Lead the crews with care {line(text, 2_000)}" for text in texts]
    if suffix == ".json":
        told = {"@type": "JobPosting", "title": texts[0], "hiringOrganization": {"name": texts[1]},
                "description": POSTING, "jobLocation": {"address": texts[-1]}, "responsibilities": bullets}  # fmt: skip
        return json.dumps(told)
    if suffix == ".html":  # once as a page would say it, and once as an attacker would
        items = "".join(f"<li>{html.escape(bullet)}</li><li>{bullet}</li>" for bullet in bullets)
        return f"<html><body><h1>Manager</h1><h2>Responsibilities</h2><ul>{items}</ul></body></html>".replace("\0", "")
    listed = "".join(f"- {bullet}\n" for bullet in bullets).replace("\0", "")
    return POSTING.replace("Responsibilities\n", f"Responsibilities\n{listed}")


def write_hostile(
    folder: Path, texts: Sequence[str], name: str, candidate: str = CANDIDATES[0], suffix: str = SUFFIXES[0]
) -> Search:
    """Make a search with every text in every place; the first of them are the themes of its one application."""
    folder.mkdir(parents=True)
    (folder / "stories.csv").write_text(as_csv(COLUMNS, hostile_stories(texts)), encoding="utf-8", newline="")
    # without the shipped bank, so that these are the questions that are shown
    questions = [{"question": line(text, 1_000), "bank": "none"} for text in texts]
    (folder / "questions.csv").write_text(as_csv(["question", "bank"], questions), encoding="utf-8", newline="")
    (folder / "prepkit.yaml").write_text(as_yaml({"format": 1, "candidate": candidate}), encoding="utf-8")
    place, themes = folder / "applications" / name, texts[:MAX_THEMES]
    place.mkdir(parents=True)
    (place / f"posting{suffix}").write_text(hostile_posting(themes, suffix), encoding="utf-8")
    (place / "plan.yaml").write_text(as_yaml(hostile_plan(themes)), encoding="utf-8")
    (place / "debriefs.yaml").write_text(as_yaml(hostile_debriefs(themes)), encoding="utf-8")
    return read_search(folder)


@dataclass
class Told:
    """What a command said, as a terminal got it, and how it ended."""

    said: str
    code: int


@dataclass(frozen=True)
class Case:
    """A candidate with hostile text in every place, with one application.

    Attributes:
        search: The folder.
        name: The application's.
        texts: What stands in every field.
    """

    search: Search
    name: str
    texts: list[str]

    @property
    def report(self) -> Path:
        """The folder with the report."""
        return self.search.reports / self.name

    @property
    def pack(self) -> Path:
        """The folder with what the client takes home."""
        return self.search.path / "packs" / self.name

    @property
    def application(self) -> Application:
        """The application as it is read."""
        return open_application(**self.search.parameters(self.name, self.search.path))


@dataclass
class Clients:
    """The folder of a coach after all commands have been run over it.

    Attributes:
        folder: With hostile searches, and the search ``bob`` of somebody who has something to hide.
        secret: The file of the other that payloads are after.
        cases: All hostile applications.
        told: What each command said.
    """

    folder: Path
    secret: Path
    cases: list[Case]
    told: dict[str, Told] = field(default_factory=dict)


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Work in a folder of its own, where a file that somebody leaves behind is seen."""
    before = Path.cwd()
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def run(*words: object) -> Told:
    """Run a command as at a terminal that takes every code."""
    result = CliRunner().invoke(main, [str(word) for word in words], color=True)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Told(result.output, result.exit_code)


@cache
def clients(base: Path) -> Clients:
    """The coach's folder, made once inside `base`, with reports, packs and the portfolio."""
    folder = base / "clients"
    secret = write_search(folder / "bob", candidate="Bo").path / "secret.txt"
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    all_texts = [aimed(payload.text, secret.as_uri()) for payload in PAYLOADS]
    cases = []
    for name, texts, candidate, suffix in zip(FOLDERS, parts(all_texts), cycle(CANDIDATES), cycle(SUFFIXES)):
        cases.append(Case(write_hostile(folder / name, texts, name, candidate, suffix), name, texts))
    assert sum(len(case.texts) for case in cases) == len(PAYLOADS)
    made = Clients(folder, secret, cases)
    with working_in(folder / "here"):
        for words in (("report", folder, "--workers", 1), ("status", folder), ("check", folder), ("portfolio", folder)):
            made.told[str(words[0])] = run(*words)
        for number, case in enumerate(cases):
            where = (case.search.path, case.name)
            made.told[f"pack {number}"] = run("pack", case.search.path)
            made.told[f"rate {number}"] = run("rate", "--", *where, case.report / "coverage.csv")
            if number % 4 == 0:
                made.told[f"ask {number}"] = run("ask", "--", *where, "b1")
                made.told[f"ask in words {number}"] = run("ask", "--", *where, case.texts[2])
    return made


def hostile_faults() -> dict[str, Callable[[Path], None]]:
    """Faults that quote what they found, each as a change of a good search; the text has all that steers a terminal."""
    bad = "bad \x1b[2J\x9b31m\u202etxt.exe\u2066 \x1b]0;pwned\x07\ufeff"

    def settings(**given: str) -> Callable[[Path], None]:
        return lambda search: _write(search / "prepkit.yaml", as_yaml({"format": 1, **given}))

    def plan(given: Mapping[str, Any]) -> Callable[[Path], None]:
        return lambda search: _write(
            search / "applications" / "tidewrack" / "plan.yaml", as_yaml({"format": 1, **given})
        )

    def debriefs(**given: Any) -> Callable[[Path], None]:
        entry = {"id": "d", "day": "2029-01-02", "kind": "mock"} | given
        text = as_yaml({"format": 1, "debriefs": [entry]})
        return lambda search: _write(search / "applications" / "tidewrack" / "debriefs.yaml", text)

    def table(name: str, columns: Sequence[str], row: Mapping[str, str]) -> Callable[[Path], None]:
        return lambda search: _write(search / name, as_csv(columns, [row]))

    theme = {"id": "calm", "category": "challenge"}
    return {
        "settings with another name": settings(**{bad: "x"}),
        "settings with a pronoun": settings(pronoun=bad),
        "settings with a language": settings(language=bad),
        "plan with another name": plan({bad: "x"}),
        "plan with another name in a theme": plan({"themes": [theme | {bad: "x"}]}),
        "plan with a kind": plan({"themes": [theme | {"category": bad}]}),
        "plan with an id": plan({"themes": [theme | {"id": bad}]}),
        "plan with a day": plan({"interview": bad}),
        "plan with a rating": plan({"ratings": {"storm": {"calm": bad}}}),
        "plan with a format": lambda search: _write(
            search / "applications" / "tidewrack" / "plan.yaml", as_yaml({"format": bad})
        ),
        "plan that is no YAML": lambda search: _write(
            search / "applications" / "tidewrack" / "plan.yaml", f"themes: [{bad.replace(chr(0x9B), '')}: - !x"
        ),
        "debrief with another name": debriefs(**{bad: "x"}),
        "debrief with an outcome": debriefs(outcome=bad),
        "debrief with a day": debriefs(day=bad),
        "stories with a column": table("stories.csv", ["id", bad], {"id": "x"}),
        "stories with an id": table("stories.csv", ["id", "title"], {"id": bad, "title": "x"}),
        "questions with a kind": table("questions.csv", ["question", "kind"], {"question": "Why?", "kind": bad}),
        "questions with a column": table("questions.csv", ["id", bad], {"id": "x"}),
        "application without a posting": lambda search: (search / "applications" / "bad \x1b[2J\x9b31m\u202e").mkdir(),
    }


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
