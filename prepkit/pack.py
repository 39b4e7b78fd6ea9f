"""The pack: everything the client takes home for one application, written into one folder of drafts.

Drafts are there to be edited: what somebody has changed since it was made is kept, and deleting it makes it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from prepkit.application import Application, open_application
from prepkit.brief import brief_html, brief_pdf, make_brief
from prepkit.cards import cards_apkg, cards_csv, make_cards
from prepkit.errors import NewerFormatError
from prepkit.files import inside, locked, make_folder, read_text, write_atomic
from prepkit.inquiry import inquiry_note
from prepkit.letter import thank_you, thank_you_eml
from prepkit.plan import Plan
from prepkit.progress import make_progress, progress_docx, progress_md
from prepkit.review import reviewer_page
from prepkit.schedule import schedule_ics
from prepkit.search import Search
from prepkit.spreadsheet import coverage_csv, prep_xlsx
from prepkit.yamlfile import FORMAT

__all__ = ["Pack", "make_pack"]

RECORD = "made.json"
"""What was made: a fingerprint of each file, and the plan as it was."""

CALENDAR = "interview.ics"
"""The one file that is not always there."""


@dataclass(frozen=True, slots=True)
class Pack:
    """What became of a pack.

    Attributes:
        folder: Where it is, ``packs/<application>`` in the search.
        made: Names of the files that are as they were made now.
        kept: Names of the files that somebody has changed, or put there; they are as they were.
        notes: What is missing, and what is wrong with the wording, as sentences.
    """

    folder: Path
    made: tuple[str, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]


_Mark = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Made(BaseModel):
    """The record.

    Attributes:
        made: File name to SHA-256 of its bytes as they were made.
        earlier: The same of the pack before, while a new one is being written; whoever is stopped meanwhile has some
            of each.
        plan: The plan at that time.
        before: The last plan that differed from it; a note made again holds the plan against this.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    made: Mapping[str, _Mark] = Field(default={})
    earlier: Mapping[str, _Mark] = Field(default={})
    plan: Plan | None = None
    before: Plan | None = None


def make_pack(search: Search, name: str, today: date) -> Pack:
    """Write brief, thank-you note, cards, calendar, workbook and progress note of an application.

    Args:
        search: The candidate's files.
        name: The application.
        today: Nothing is put into the calendar before this day.

    The folder holds ``brief.pdf``, ``brief.html``, ``thank-you.txt``, ``thank-you.eml``, ``cards.apkg``, ``cards.csv``,
    ``interview.ics`` (only when the plan has a day that is not over), ``prep.xlsx``, ``coverage.csv``, ``progress.md``,
    ``progress.docx``, ``reviewer.html`` (for somebody who listens to a mock; only with themes), and ``made.json``, by
    which the next pack knows what somebody has changed. The progress note is held against the plan of the last pack
    that differs.

    Raises:
        InputError: when there is no such application, its files cannot be read, or the folder cannot be written.
        NewerFormatError: when the pack was made by a newer prepkit; nothing is touched.
        PrepkitError: when a file of the pack is a link that leads out of the search.
        BusyError: when somebody else is making this pack.
    """
    name = search.application(name).name
    application = open_application(**search.parameters(name, search.path))
    place = Path("packs") / name
    folder = search.path / place
    inside(search.path, place / RECORD)
    make_folder(folder)
    with locked(folder / RECORD):
        record, notes = _read(folder / RECORD)
        before = record.before if record.plan == application.plan else record.plan
        files, said = _drafts(application, before, today)
        for file in files:  # all of them before the first is written
            inside(search.path, place / file)
        kept = [file for file in files if _is_kept(folder / file, files[file], record)]
        made = {file: data for file, data in files.items() if file not in kept}
        marks = {**record.made, **{file: _fingerprint(data) for file, data in made.items()}}
        marks = {file: mark for file, mark in marks.items() if file in made or (folder / file).exists()}
        done = _Made(made=marks, plan=application.plan, before=before)
        _write(folder / RECORD, done.model_copy(update={"earlier": record.made}))
        for file, data in made.items():
            write_atomic(folder / file, data)
        _write(folder / RECORD, done)
    if CALENDAR not in files and (folder / CALENDAR).exists():
        said.append(f"{CALENDAR} is of an earlier date; delete it if it no longer holds.")
    return Pack(folder, tuple(made), tuple(kept), (*notes, *said))


def _drafts(application: Application, before: Plan | None, today: date) -> tuple[dict[str, bytes], list[str]]:
    """Return what is made, by name, and what to know of it, as sentences."""
    letter, cards, progress = thank_you(application), make_cards(application), make_progress(application, before)
    deck = " ".join(filter(None, (application.posting.company, application.role)))
    pdf, fonts = brief_pdf(application)
    calendar = schedule_ics(application, today)
    files = {
        "brief.pdf": pdf,
        "brief.html": brief_html(application).encode(),
        "thank-you.txt": f"Subject: {letter.subject}\n\n{letter.text}".encode(),
        "thank-you.eml": thank_you_eml(letter),
        "cards.apkg": cards_apkg(cards, deck),
        "cards.csv": cards_csv(cards).encode("utf-8-sig"),  # the mark by which spreadsheet programs know UTF-8
        **({CALENDAR: calendar} if calendar else {}),
        "prep.xlsx": prep_xlsx(application),
        "coverage.csv": coverage_csv(application).encode("utf-8-sig"),
        "progress.md": progress_md(progress).encode(),
        "progress.docx": progress_docx(progress),
        **_reviewer(application),
    }
    said = [
        "" if calendar else _without_calendar(application),
        make_brief(application).left_out,
        fonts,
        inquiry_note(application.posting),
        *letter.notes,
        *(f"thank-you: “{found.span}” {found.reason} {found.turn}" for found in letter.findings),
    ]
    return files, [sentence for sentence in said if sentence]


def _reviewer(application: Application) -> dict[str, bytes]:
    """Return the page for somebody who listens to a mock, if there are themes to ask about."""
    themes = {theme.id: theme.claim for theme in application.plan.themes if theme.claim}
    page = reviewer_page(application.candidate, application.role, application.posting.company, themes) if themes else ""
    return {"reviewer.html": page.encode()} if page else {}


def _without_calendar(application: Application) -> str:
    if application.plan.interview:
        return f"The interview was on {application.plan.interview}, so there is no calendar."
    return (
        "The plan has no day of the interview, so there is no calendar; plan.yaml takes “interview: 2026-12-03 14:00”."
    )


def _is_kept(path: Path, fresh: bytes, record: _Made) -> bool:
    """Tell whether a file is somebody's work: there, and neither as it was made nor as it would be made now."""
    if not path.exists() and not path.is_symlink():
        return False
    try:
        found = _fingerprint(path.read_bytes())
    except OSError:  # a folder, or a link that leads nowhere
        return True
    return found not in (record.made.get(path.name), record.earlier.get(path.name), _fingerprint(fresh))


def _fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _read(path: Path) -> tuple[_Made, list[str]]:
    if not path.exists():
        return _Made(), []
    text, _ = read_text(path)
    with suppress(ValueError, RecursionError, ValidationError):
        data = json.loads(text)
        number = data.get("format") if isinstance(data, dict) else None
        if isinstance(number, int) and number > FORMAT:
            message = f"The pack was made by a newer prepkit (format {number}); this one knows {FORMAT}."
            raise NewerFormatError(path, f"{message} Nothing was changed.")
        return _Made.model_validate(data), []
    return _Made(), [
        f"{path.name} could not be read, so every file that is there was kept. Delete those to be made anew."
    ]


def _write(path: Path, record: _Made) -> None:
    data = record.model_dump(mode="json", exclude_defaults=True) | {"format": FORMAT}
    write_atomic(path, json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
