"""Questions that were really asked, and how they get into the bank of a search."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from prepkit.bridge import as_question
from prepkit.debrief import Debrief
from prepkit.errors import InputError
from prepkit.files import locked, read_bytes, write_atomic
from prepkit.questions import MAX_CHARACTERS, MAX_QUESTIONS, Kind, Question, load_questions
from prepkit.resources import is_shipped
from prepkit.text import slug, spreadsheet_safe

__all__ = ["add_questions", "questions_asked"]


def questions_asked(debriefs: Iterable[Debrief]) -> tuple[str, ...]:
    """Return the questions that were really asked, each once, in the order in which they first came."""
    first: dict[str, str] = {}
    for text in (asked.question for debrief in debriefs for asked in debrief.asked):
        first.setdefault(slug(text, MAX_CHARACTERS) or text, text)
    return tuple(first.values())


_COLUMNS = ("id", "question", "competencies", "kind", "levels")


def add_questions(path: Path | str, asked: Sequence[str], bank: Sequence[Question] = ()) -> tuple[str, ...]:
    """Add questions at the end of a search's ``questions.csv``; what stands there stays, byte for byte.

    Args:
        path: The file; it is made, with its header, when it does not exist.
        asked: Questions in words, such as those of :func:`questions_asked`.
        bank: Questions that need not be added; those of the file and the shipped bank need not either.

    Returns:
        The questions that were added; those with the words or the id of a known one are not.

    Raises:
        InputError: when the file has a fault, is full, cannot take a letter in its encoding, or cannot be written.
        BusyError: when another session holds the file for too long.
    """
    path = Path(path)
    if is_shipped(path):
        raise InputError(path, "The shipped example stays as it is. “prepkit demo” makes a copy to work on.")
    with locked(path):
        there = path.exists()
        own = load_questions(path if there else None)  # a file with a fault is not added to
        known = (*bank, *own)
        new: list[Question] = []
        for text in asked:
            question = as_question(text, (*known, *new))
            if question.text and question not in (*known, *new):
                new.append(question)
        if sum(question.own for question in own) + len(new) > MAX_QUESTIONS:
            raise InputError(path, f"The file takes {MAX_QUESTIONS:,} questions; {len(new)} more are too many.")
        if new:
            write_atomic(path, _with_rows(read_bytes(path) if there else b"", new, path))
    return tuple(question.text for question in new)


def _with_rows(raw: bytes, new: Iterable[Question], path: Path) -> bytes:
    """Return the bytes of a table with rows added in its own encoding, columns, separator and line ends."""
    encoding = next((code for mark, code in _MARKS.items() if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"
        text = raw.decode(encoding)
    end = next((end for end in ("\r\n", "\n", "\r") if end in text), "\n")
    header = text.lstrip("\ufeff\r\n\t ,;").splitlines()[0] if text else ",".join(_COLUMNS)
    delimiter = max(",;\t", key=header.count)
    columns = [name.strip().casefold() for name in next(csv.reader([header], delimiter=delimiter))]
    stream = io.StringIO(newline="")
    stream.write((end if text and not text.endswith(end) else "") if text else f"{header}{end}")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end)
    for question in new:
        # behavioural is what a blank means; a blank leaves the rest to people
        kind = "" if question.kind is Kind.BEHAVIOURAL else question.kind.value
        cells = {"question": spreadsheet_safe(question.text), "kind": kind}
        writer.writerow([cells.get(name, "") for name in columns])
    try:
        return raw + stream.getvalue().encode(encoding)
    except UnicodeEncodeError as error:
        message = f"The file is in {encoding}, which cannot hold “{error.object[error.start]}”. Save it as UTF-8 first."
        raise InputError(path, message) from error


_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
