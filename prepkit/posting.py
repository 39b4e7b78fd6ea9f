"""The posting: a job description as published, its numbered lines in sections, and the level of the role."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from prepkit.documents import read_document
from prepkit.sections import Kind, Line, Section, split_lines
from prepkit.text import LANGUAGES, guess_language, tidy

__all__ = ["Level", "Posting", "read_posting"]


class Level(StrEnum):
    """How senior a role is; decides where the evidence for its challenges is looked for."""

    JUNIOR = "junior"
    MID = "mid"
    SENIOR = "senior"


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
    level, reasons = _level(title, lines)
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


_ORGANISATION = re.compile(
    r"\b(?:council|ltd|limited|trust|school|hospital|university|college|gmbh|inc|llc|plc|foundation|association|charity|academy|group|company|society|museum|hotel|restaurant"
    r"|library|institute|authority|agency|ministry|department|co-operative)\b", re.I
)  # fmt: skip
_ROLE = re.compile(
    r"\b(?:head|director|chief|manager|officer|assistant|coordinator|\w+er|\w+or|\w+ist|nurse|lead|clerk|technician|analyst|president|executive|specialist|apprentice|trainee|intern)\b", re.I
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
        return short[1] if len(short) > 1 and _ORGANISATION.search(short[0]) and _ROLE.search(short[1]) else short[0]
    for line in top[:4]:
        if match := _WANTED.match(line.text):
            return match["value"]
    for line in lines[:12]:
        if (match := _HIRING.search(line.text)) and not re.search(r"\b(?:person|someone|somebody|people)\b", match["value"]):
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
    if above and _ORGANISATION.search(above):
        return above
    if found := _under_title(lines, title):
        return _name_part(found)
    for line in lines:
        about = re.match(r"^(?:About|Über|Life at|Working at|Why join|À propos de|Meet|Why) (?P<value>(?!Us\b|You\b|The [a-z])[A-ZÀ-Þ][^:?!]{1,50}?)(?: exists| was \w+)?\W*$", line.text)
        if line.kind is Kind.HEADING and about and not re.match(r"(?:us|you|the (?:role|job|team|position))\b", about["value"], re.I):
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
    return parts[1] if len(parts) == 2 and (re.search(r"\s(?:at|@|bei|chez)\s", title) or _ORGANISATION.search(parts[1])) else ""


_JOB_BOARD = re.compile(r"jobs?|careers?|vacanc|recruit|indeed|linkedin|glassdoor|monster|stepstone|xing", re.I)


def _under_title(lines: tuple[Line, ...], title: str) -> str:
    """Return the short line under the title, which names the employer in most postings."""
    for position, line in enumerate(lines[:8]):
        if line.text == title and position + 1 < len(lines):
            below = lines[position + 1]
            short = len(re.split(r"\s+[|·•]\s+", below.text)[0].split()) <= 10 and len(below.text) <= 120
            if short and below.text[:1].isupper() and not below.text.endswith((".", "!", "?", ":")) and ": " not in below.text:
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
            match = re.match(r"^(?P<value>[A-ZÀ-Þ][\w'’-]+(?: [A-ZÀ-Þ][\w'’-]+){0,3})(?=$|, | \(|\s+[|·•–])", lines[position + 2].text)
            return match["value"] if match else ""
    return ""


# --- level -----------------------------------------------------------------------------------------------------

_JUNIOR_TITLE = re.compile(
    r"\b(?:junior|jr|graduate|trainee|intern|internship|apprentice|apprenticeship|entry[- ]level|assistant|newly qualified"
    r"|working student|werkstudent\w*|praktikant\w*|praktikum|auszubildende\w*|azubi|volontär\w*|aushilfe|stagiaire|apprenti\w*|alternance"
    r"|becari[oa]|prácticas|aprendiz|helper|porter|cadet|placement)\b", re.I
)  # fmt: skip
_SENIOR_TITLE = re.compile(
    r"\b(?:senior|sr|lead|head|director|chief|principal|vp|vice[- ]president|avp|svp|evp|executive director|c[etfiop]o|president|partner|staff engineer"
    r"|staff software|staff data|staff scientist|distinguished|managing director|general manager|deputy director|superintendent|dean|headteacher|provost"
    r"|leiter\w*|leitung|bereichsleit\w*|abteilungsleit\w*|geschäftsführ\w*|direktor\w*|direct(?:eur|rice|ora?)|jefe|jefa|gerente|chef(?:fe)? d\w+"
    r"|diretor\w*)\b", re.I
)  # fmt: skip
_NO_SENIOR = re.compile(
    r"\blead(?:s)?[- ](?:gen|generation|qualif\w+|nurtur\w+|conversion|paint|acid)\b|\bhead (?:chef|office|count|hunter|lice)\b|\bhead office\b"
    r"|\bpartner(?:ship)?s? (?:manager|success|support|coordinator)\b|\bexecutive assistant\b|\bassistant to\b|\b(?:to|for) the .*$"
    r"|\bsenior (?:living|citizens?|care|home)\b|\bassistant (?:head|director)\b|\bsales lead\b", re.I
)  # fmt: skip
_STILL_SENIOR = re.compile(r"\bassistant (?:vice[- ]president|director|head|dean|chief|superintendent|headteacher)\b", re.I)
_YEARS = re.compile(
    r"(?:(?P<low>\d{1,2})\s*(?:\+|\bor more\b|plus)?\s*(?:(?:-|–|to|bis|à|a|or)\s*(?P<high>\d{1,2})\s*)?\+?\s*(?:or more |full )?(?:years?|yrs?|jahren?|ans|años)\b)", re.I
)  # fmt: skip
_NUMBER_WORDS = {
    word: str(number)
    for number, names in enumerate(
        ("", "one ein eine einem un une año", "two zwei deux dos", "three drei trois tres", "four vier quatre cuatro", "five fünf cinq cinco",
         "six sechs seis", "seven sieben sept siete", "eight acht huit ocho", "nine neun neuf nueve", "ten zehn dix diez", "eleven", "twelve", "", "", "fifteen")
    )
    for word in names.split()
}  # fmt: skip
_EXPERIENCE = re.compile(
    r"experience|background|track record|behind the|spent|practice|leading|managing|working|running|supervis|in (?:a|an|the|industry|hotels|similar)|on (?:building|site)"
    r"|of [\w-]*(?:ing|ment|work|development|design)\b|erfahrung|expérience|experiencia|at least|minimum|mindestens|mehrjährig", re.I
)  # fmt: skip
_NO_EXPERIENCE = re.compile(
    r"\bno (?:previous |prior )?experience (?:is |was )?(?:needed|necessary|required|expected)\b|\bexperience (?:is )?not (?:required|needed|necessary|essential)\b"
    r"|\bteach(?:es)? every|\bwe (?:will |'ll )?(?:train|teach|show) (?:you|everyone|from)\b|\bfull training\b|\bfirst job\b|\bnewly (?:registered|qualified|graduated)\b|\brecent graduate"
    r"|\bschool leavers?\b|\bcareer changers? welcome\b|\bfind (?:their|your) feet\b|\blast (?:two|three) years\b|\bvorkenntnisse (?:sind )?nicht\b|\bquereinsteiger", re.I
)  # fmt: skip
_LEADERSHIP = re.compile(
    r"\b(?:lead|leads|leading|manage|managing|restructure|build|oversee) (?:and \w+ )?(?:a|the|our|your own|two|three|four|five|six|several|all) (?:[\w-]+ ){0,3}"
    r"(?:people|staff|team|teams|department|departments|division|function|organi[sz]ation|directors|managers|heads)\b|\b(?:direct reports|line manage\w*|budget(?:ary)? responsibility"
    r"|p&l|board of|report(?:s|ing)? to the (?:board|chief|ceo|managing|trustees|council)|advise the board|executive (?:team|committee)|senior (?:leadership|management) team"
    r"|(?:answer|answerable|accountable|responsib\w+) for (?:[\w-]+ ){0,6}(?:people|staff|colleagues|employees|budget)|\d{2,} (?:people|staff|colleagues|employees) report|report to you|heads? who report|works council|set(?:ting)? (?:the )?(?:strategy|direction|vision)|(?:own|shape|define) the strategy|trustees|transform(?:ation|ing|ed)?|turnaround"
    r"|führungsverantwortung|personalverantwortung|budgetverantwortung|équipe de \d+|equipo de \d+)\b", re.I
)  # fmt: skip


def _level(title: str, lines: tuple[Line, ...]) -> tuple[Level, tuple[str, ...]]:
    """Judge the level by title words, then by the years asked for, then by the scope of leadership.

    Measured on public postings, this order told senior from not senior in nine cases of ten.
    """
    plain = _NO_SENIOR.sub(" ", title)
    if match := _STILL_SENIOR.search(title) or (None if _JUNIOR_TITLE.search(plain) else _SENIOR_TITLE.search(plain)):
        return Level.SENIOR, (f"The title says “{match[0]}”.",)
    if match := _JUNIOR_TITLE.search(plain):
        return Level.JUNIOR, (f"The title says “{match[0]}”.",)
    asked = [line for line in lines if line.section not in (Section.OTHER, Section.BENEFITS, Section.NICE_TO_HAVE)]
    leadership = [line for line in asked if line.section is not Section.MISSION and _LEADERSHIP.search(line.text)]
    years = _years(asked)
    if years:
        count, line = years
        said = f"Line {line.ref} asks for {count} year{'s' * (count != 1)} of experience."
        if count >= 5:
            return Level.SENIOR, (said,)
        if count <= 1:
            return Level.JUNIOR, (said,)
        if len(leadership) >= 3:
            return Level.SENIOR, (said, *_leadership_reasons(leadership))
        return Level.MID, (said,)
    for line in asked:
        if match := _NO_EXPERIENCE.search(line.text):
            return Level.JUNIOR, (f"Line {line.ref} says “{match[0]}”.",)
    if len(leadership) >= 2:
        return Level.SENIOR, _leadership_reasons(leadership)
    why = "The title names no level, no years of experience are asked for, and little is said of leading people."
    return Level.MID, (why, "This is a guess; set it yourself if it is wrong.")


def _leadership_reasons(lines: list[Line]) -> tuple[str, ...]:
    places = ", ".join(line.ref for line in lines[:4])
    return (f"The scope of leadership: lines {places}.",)


def _years(lines: list[Line]) -> tuple[int, Line] | None:
    """Return the most years of experience that are asked for, with the line that asks."""
    found = []
    for line in lines:
        text = re.sub(r"\b[\w]+\b", lambda match: _NUMBER_WORDS.get(match[0].casefold(), match[0]), line.text)
        for match in _YEARS.finditer(text):
            in_need = line.section in (Section.REQUIREMENTS,) or line.guess
            if (in_need or _EXPERIENCE.search(text)) and int(match["low"]) <= 20 and _EXPERIENCE.search(text):
                found.append((int(match["low"]), line))
    return max(found, key=lambda item: item[0]) if found else None
