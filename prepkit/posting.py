"""The posting: a job description as published, its numbered lines in sections, and the level of the role."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from prepkit.documents import read_document
from prepkit.headings import Section, phrases
from prepkit.level import Level, judge_level
from prepkit.sections import Kind, Line, split_lines
from prepkit.text import LANGUAGES, guess_language, tidy

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
        by_ref = {line.ref: line for line in reversed(self.lines)}
        return by_ref.get(ref) or by_ref.get(f"{ref}a")

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
    title = document.facts.get("title") or _title(lines, document.facts)
    company = document.facts.get("company") or _company(lines, title, document.facts)
    location = document.facts.get("location") or _location(lines, title)
    level, reasons = judge_level(title, lines)
    return Posting(
        path=path,
        title=_clean_title(title, company),
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
            f"this posting looks {LANGUAGES[language]}; usual headings are recognised and stories are matched by words, "
            "but competencies, wording and the level are judged by English words, so check them yourself"
        )
    else:
        yield "the language of this posting could not be told; sections and level are rough guesses"


def _section_notes(lines: tuple[Line, ...]) -> Iterable[str]:
    units = [line for line in lines if line.kind is not Kind.HEADING and line.section is not Section.OTHER]
    guessed = sum(line.guess for line in units)
    if guessed * 2 > len(units):
        yield f"few headings were found: {guessed} of {len(units)} lines were placed by their wording, which is a guess"


# --- title, company, location ------------------------------------------------------------------------------

_LABEL = r"^(?:{})\s*[:–-]\s*(?P<value>.{{2,120}})$"
_TITLE_LABEL = re.compile(_LABEL.format(r"(?:job |role |position |post )?title|role|position|vacancy|job|stelle"), re.I)
_COMPANY_LABEL = re.compile(
    _LABEL.format(r"company(?: name)?|employer|organi[sz]ation|hiring organi[sz]ation|arbeitgeber|unternehmen|firma"
                  r"|entreprise|employeur|empresa|werkgever|azienda|school|charity|client"), re.I
)  # fmt: skip
_PLACE_LABEL = re.compile(
    _LABEL.format(r"(?:job |work )?locations?|based(?: in)?|place of work|workplace|where|place|standort|arbeitsort|einsatzort"
                  r"|ort|lieu(?: de travail)?|localisation|ubicación|lugar(?: de trabajo)?|standplaats|sede|office|base"), re.I
)  # fmt: skip
_GENDER = re.compile(r"\s*[(\[]?\b[mwfdhx](?:\s?/\s?[mwfdhxni*]+){1,3}\b[)\]]?", re.I)
_JOIN = re.compile(r"\s+(?:at|@|bei|chez|en)\s+(?=[A-ZÀ-Þ])|\s+[|·•–—]\s+|\s+-\s+")
_BASED = re.compile(
    r"\b(?:based|located|office|site|store|ward|team) (?:in|at) (?P<value>[A-ZÀ-Þ][\w'’.-]+(?:[ -](?:[A-ZÀ-Þ][\w'’.-]+|upon|on|of|le))*)"
)
_IS_A = re.compile(
    r"^(?:At )?(?P<value>(?:The )?[A-ZÀ-Þ0-9][\w&'’.-]*(?: (?:[A-ZÀ-Þ0-9&][\w&'’.-]*|of|and|for|the|de|du|von|und))*?),? "
    r"(?:is (?:a|an|the|one)|are (?:a|an|the)|exists|was (?:founded|set up|established|started)|ist (?:ein|das|der|die)|est (?:une?|le|la)|es una?|we\b)"
)
_NO_NAME = re.compile(
    r"^(?:this|that|there|our|we|you|your|it|they|he|she|what|who|here|one|these|those|my|in|on|at|as|if|when|the (?:role|job|position|post|team"
    r"|successful|ideal|company|charity|trust|school|hospital|salary|person|work|house|ward|department|office|candidate|place|new|first)|today|everyone|"
    r"everybody|nobody|somebody|es|das|der|die|dies|ce|c'est|il|elle|nous|esta?|about|why|how)\b", re.I
)  # fmt: skip


_WANTED = re.compile(
    r"^(?P<value>[A-Z][\w/&' -]{3,50}?)(?: \([^)]*\))? (?:wanted|needed|required|sought|gesucht)\b"
    r"(?:,? (?:at|by|for|in) (?:the )?(?P<company>[A-ZÀ-Þ][\w&'’ -]{2,40}))?(?:, (?P<place>[A-ZÀ-Þ][\w'’ -]{2,30}))?"
)
_HIRING = re.compile(
    r"(?:looking|search\w*|hiring|recruiting|seeking|need)(?: for| to hire)? (?:an?|our|the)(?: new| next| experienced)? "
    r"(?P<value>[\w/&' -]{4,50}?)(?= (?:for|to|who|in|at|because|with|on|from)\b|[,.;:(])"
)


def _title(lines: tuple[Line, ...], facts: Mapping[str, str]) -> str:
    top = [line for line in lines[:12] if line.section is not Section.OTHER or ":" in line.text]
    for line in top:
        if match := _TITLE_LABEL.match(line.text):
            return match["value"]
    short = [line.text for line in top[:3] if len(line.text) <= 100 and not line.text.endswith((".", "!", "?", ":"))]
    if short and top[0].text == short[0]:
        # some postings begin with the name of the employer
        return short[1] if len(short) > 1 and phrases("organisation").search(short[0]) and phrases("role").search(short[1]) else short[0]
    for line in top[:4]:
        if match := _WANTED.match(line.text):
            return match["value"]
    for line in lines[:12]:
        if (match := _HIRING.search(line.text)) and not re.search(
            r"\b(?:person|someone|somebody|people)\b", match["value"]
        ):
            return match["value"][0].upper() + match["value"][1:]
    return _JOIN.split(facts.get("page_title", ""))[0]


def _clean_title(title: str, company: str) -> str:
    """Return a title without “(m/f/d)”, “- Leeds” or “at Acme” hanging on it.

    >>> _clean_title("Leitung Pflege (m/w/d)", ""), _clean_title("Cook at The Gannet", "The Gannet")
    ('Leitung Pflege', 'Cook')
    """
    title = tidy(_GENDER.sub("", title)).strip(" -–|:")
    parts = _JOIN.split(title)
    return parts[0].strip() if len(parts) > 1 and company and parts[1].startswith(company) else title


def _company(lines: tuple[Line, ...], title: str, facts: Mapping[str, str]) -> str:
    for line in lines[:40]:
        if match := _COMPANY_LABEL.match(line.text):
            return match["value"].strip(" .")
    if (wanted := _WANTED.match(lines[0].text)) and wanted["company"]:
        return wanted["company"]
    if tail := _after_title(title):
        return _name_part(tail)
    above = lines[0].text if len(lines) > 1 and lines[1].text == title else ""
    if above and phrases("organisation").search(above):
        return above
    if found := _under_title(lines, title):
        return _name_part(found)
    for line in lines:
        about = re.match(
            r"^(?:About|Über|Life at|Working at|Why join|À propos de|Meet|Why) (?P<value>(?!Us\b|You\b|The [a-z])[A-ZÀ-Þ][^:?!]{1,50}?)(?: exists| was \w+)?\W*$",
            line.text,
        )
        if (
            line.kind is Kind.HEADING
            and about
            and not re.match(r"(?:us|you|the (?:role|job|team|position))\b", about["value"], re.I)
        ):
            return about["value"].strip()
    for line in lines:
        match = _IS_A.match(line.text) if line.kind is Kind.SENTENCE and line.section is not Section.OTHER else None
        if match and not _NO_NAME.match(match["value"]) and len(match["value"]) < 60:
            return match["value"].strip()
    parts = _JOIN.split(facts.get("page_title", ""))
    if len(parts) == 2 and parts[0] == _JOIN.split(title)[0].split(",")[0] and not _JOB_BOARD.search(parts[1]):
        return parts[1]
    return "" if _JOB_BOARD.search(facts.get("site", "")) else facts.get("site", "")


def _after_title(title: str) -> str:
    """Return what stands behind the role in “Cook at The Gannet, Saltby” or “Cook - The Gannet, Saltby”."""
    parts = _JOIN.split(title)
    return (
        parts[1]
        if len(parts) == 2 and (re.search(r"\s(?:at|@|bei|chez)\s", title) or phrases("organisation").search(parts[1]))
        else ""
    )


_JOB_BOARD = re.compile(r"jobs?|careers?|vacanc|recruit|indeed|linkedin|glassdoor|monster|stepstone|xing", re.I)


def _under_title(lines: tuple[Line, ...], title: str) -> str:
    """Return the short line under the title, which names the employer in most postings."""
    for position, line in enumerate(lines[:8]):
        if line.text == title and position + 1 < len(lines):
            below = lines[position + 1]
            short = len(re.split(r"\s+[|·•]\s+", below.text)[0].split()) <= 10 and len(below.text) <= 120
            if (
                short
                and below.text[:1].isupper()
                and not below.text.endswith((".", "!", "?", ":"))
                and ": " not in below.text
            ):
                if below.kind is not Kind.BULLET and not re.match(r"[£$€\d]", below.text):
                    return below.text
            return ""
    return ""


def _name_part(text: str) -> str:
    """Return the employer in “Acme Ltd, Leeds” or “Acme · Leeds · £30,000”."""
    first = re.split(r"\s+[|·•–—]\s+|\s+-\s+", text)[0]
    head, comma, tail = first.rpartition(", ")
    is_form = re.match(r"(?:Inc|Ltd|LLC|GmbH|Llp|S\.?A|Co|and\b|&)", tail, re.I)
    return (head if comma and not is_form else first).split(" (")[0].strip(" .")


def _location(lines: tuple[Line, ...], title: str) -> str:
    for line in lines[:40]:
        if match := _PLACE_LABEL.match(line.text):
            return match["value"].strip(" .")
    if (wanted := _WANTED.match(lines[0].text)) and wanted["place"]:
        return wanted["place"]
    if found := _after_title(title) or _under_title(lines, title):
        pieces = [piece.strip() for piece in re.split(r"\s+[|·•–—]\s+|\s+-\s+", found)]
        if len(pieces) > 1 and not re.search(r"[£$€\d]", pieces[1]):
            return pieces[1]
        if len(pieces) == 1 and (tail := found.rpartition(", "))[1] and not re.match(r"(?:Inc|Ltd|LLC|GmbH)", tail[2]):
            return tail[2]
    if below := _second_under_title(lines, title):
        return below
    for line in lines[:40]:
        if line.section is not Section.OTHER and (match := _BASED.search(line.text)):
            return match["value"].strip(" .")
    return ""


def _second_under_title(lines: tuple[Line, ...], title: str) -> str:
    """Return the place in “Leeds, hybrid” or “Leeds (two days a week)” two lines under the title."""
    for position, line in enumerate(lines[:8]):
        if line.text == title and position + 2 < len(lines) and _under_title(lines, title):
            match = re.match(
                r"^(?P<value>[A-ZÀ-Þ][\w'’-]+(?: [A-ZÀ-Þ][\w'’-]+){0,3})(?=$|, | \(|\s+[|·•–])",
                lines[position + 2].text,
            )
            return match["value"] if match else ""
    return ""
