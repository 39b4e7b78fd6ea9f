"""The posting: a job description as published, its numbered lines in sections, and the level of the role."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from prepkit.documents import read_document
from prepkit.headings import Section
from prepkit.level import Level, judge_level
from prepkit.masthead import read_masthead
from prepkit.sections import Kind, Line, split_lines
from prepkit.text import LANGUAGES, guess_language

__all__ = ["Level", "Posting", "read_posting"]


@dataclass(frozen=True)
class Posting:
    """A job description.

    Attributes:
        path: The file it was read from.
        title: Title of the role; empty when the posting does not say.
        company: Name of the employer; empty when the posting does not say.
        location: Where the work is; empty when the posting does not say.
        lines: Every unit of the text in source order, each in exactly one section.
        language: Two-letter code that the text looks like; empty when it cannot be told.
        level: Junior, mid or senior.
        level_reasons: Why that level, as sentences; a line of the posting is cited as “line 12”.
        notes: What was assumed on reading, and what does not work for this posting.
    """

    path: Path
    title: str
    company: str
    location: str
    lines: tuple[Line, ...] = field(repr=False)
    language: str
    level: Level
    level_reasons: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def section(self, *wanted: Section) -> tuple[Line, ...]:
        """Return the bullets and sentences of the given sections in source order, headings left out."""
        return tuple(line for line in self.lines if line.section in wanted and line.kind is not Kind.HEADING)

    def line(self, ref: str) -> Line | None:
        """Return the unit cited as `ref`, such as ``12`` or ``12b``; None when there is none.

        ``12`` alone finds the first unit of a line that holds several.
        """
        return self._by_ref.get(ref) or self._by_ref.get(f"{ref}a")

    @cached_property
    def _by_ref(self) -> Mapping[str, Line]:
        return {line.ref: line for line in reversed(self.lines)}

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change when any word or number of a line changes."""
        text = "\n".join(f"{line.ref} {line.text}" for line in self.lines)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def corrected(self, corrections: Mapping[str, str]) -> Posting:
        """Return the posting as a person says it should be read.

        Args:
            corrections: Any of ``title``, ``company``, ``location`` and ``level``; empty values count as not given.
        """
        given = {name: value for name, value in corrections.items() if value}
        level = given.pop("level", None)
        posting = replace(self, **given)  # type: ignore[arg-type]
        if level is None:
            return posting
        return replace(posting, level=Level(level), level_reasons=(f"Set to {level} by you.", *self.level_reasons))


def read_posting(path: Path | str) -> Posting:
    """Read a job description from .md, .txt, .html, .json, .pdf or .docx.

    Raises:
        InputError: when the file cannot be read as a posting; see :func:`prepkit.documents.read_document`.
    """
    path = Path(path)
    document = read_document(path)
    lines = split_lines(document.lines, document.furniture)
    body = [line for line in lines if line.section is not Section.OTHER] or list(lines)
    language = guess_language(" ".join(line.text for line in body))
    title, company, location = read_masthead(lines, document.facts)
    level, reasons = judge_level(title, lines)
    return Posting(
        path=path,
        title=title,
        company=company,
        location=location,
        lines=lines,
        language=language,
        level=level,
        level_reasons=reasons,
        notes=(*document.notes, *_language_notes(language), *_section_notes(lines)),
    )


def _language_notes(language: str) -> Iterable[str]:
    if language == "en":
        return
    if language:
        yield (
            f"this posting looks {LANGUAGES[language]}; usual headings are recognised and stories are matched by "
            "words, but competencies, wording and the level are judged by English words, so check them yourself"
        )
    else:
        yield "the language of this posting could not be told; sections and level are rough guesses"


def _section_notes(lines: tuple[Line, ...]) -> Iterable[str]:
    units = [line for line in lines if line.kind is not Kind.HEADING and line.section is not Section.OTHER]
    guessed = sum(line.guess for line in units)
    if guessed * 2 > len(units):
        yield f"few headings were found: {guessed} of {len(units)} lines were placed by their wording, which is a guess"
