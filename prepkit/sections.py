"""Split the lines of a posting into units and put each into exactly one section.

A unit is a heading, a bullet, or a sentence of a paragraph. What headings say decides; where there is
no heading, or one that says nothing, the words of the unit are looked at, and that is marked as a guess.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from prepkit.headings import Section, cue_section, heading_section, is_boilerplate
from prepkit.text import sentences, tidy

__all__ = ["Kind", "Line", "split_lines"]


class Kind(StrEnum):
    """How a unit is set in the posting."""

    HEADING = "heading"
    BULLET = "bullet"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class Line:
    """One unit of a posting that a theme can cite.

    Attributes:
        number: Line of the source text where it begins, counted from 1.
        part: ``a``, ``b``, ... when several units begin in that line, else empty.
        text: The words, without marks of layout.
        kind: Heading, bullet or sentence.
        section: Where it belongs.
        guess: True when no heading said so.
    """

    number: int
    part: str
    text: str
    kind: Kind
    section: Section
    guess: bool

    @property
    def ref(self) -> str:
        """How plans cite the unit: ``12``, or ``12b`` for the second sentence of line 12."""
        return f"{self.number}{self.part}"


def split_lines(lines: Sequence[str], furniture: int = 0) -> tuple[Line, ...]:
    """Split source lines into units and place each in a section.

    Args:
        lines: Light Markdown as :class:`prepkit.documents.Document` holds it.
        furniture: How many lines at the end are page furniture; they go to ``other``.

    Returns:
        Units in source order; no word of `lines` is lost and none is in two units.
    """
    body = len(lines) - furniture
    blocks = _mark_headings(_join_wrapped(_blocks(lines[:body])))
    placed = _place(blocks)
    menus = [
        _Unit(number, "", _plain(_BULLET.sub("", text)), Kind.BULLET, Section.OTHER, True)
        for number, text in enumerate(lines[body:], body + 1)
        if _has_words(text)
    ]
    return tuple(_with_parts([*placed, *menus]))


# --- from lines to blocks ----------------------------------------------------------------------------------

_BULLET = re.compile(
    r"^\s*(?:[-*+•◦▪■□●○‣⁃·∙–—►▶➤➢✓✔✅☑→»›]|[\U0001F300-\U0001FAFF\u2600-\u27BF]\ufe0f?|\(?\d{1,2}[.)]|[a-z][)])\s+(?=\S)"
)
_BULLET_TIGHT = re.compile(r"^\s*[•◦▪■●‣·►➤✓✔→](?=\S)")
_HASH = re.compile(r"^\s*#{1,6}\s+|\s+#+\s*$")
_RULE = re.compile(r"^\s*(?:[-=_*~]\s*){3,}$")
_BOLD = re.compile(r"^\s*(?:\*\*|__)(?P<text>[^*]+?)(?:\*\*|__)\s*(?P<colon>:?)\s*$")


@dataclass(slots=True)
class _Unit:
    """A block or unit on its way; `kind` None means a paragraph."""

    number: int
    part: str
    text: str
    kind: Kind | None
    section: Section = Section.OTHER
    guess: bool = False
    is_title: bool = False
    after_blank: bool = False
    indent: int = 0


def _plain(text: str) -> str:
    """Return the words of a source line without its marks of layout."""
    text = _HASH.sub("", text)
    return tidy(re.sub(r"\*\*|__(?=\w)|(?<=\w)__|`|^\*|\\", "", text))


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _blocks(lines: Sequence[str]) -> Iterator[_Unit]:
    blank = True
    for number, raw in enumerate(lines, 1):
        following = lines[number] if number < len(lines) else ""
        if not _has_words(raw):
            blank = True
            continue
        indent = len(raw) - len(raw.lstrip())
        bold = _BOLD.match(raw)
        underlined = bool(_RULE.match(following)) and following.strip()[0] in "=-" and len(raw.split()) <= 12
        if (raw.lstrip().startswith("#") and _HASH.match(raw)) or underlined or (bold and len(raw.split()) <= 14):
            is_title = raw.startswith("# ")
            yield _Unit(number, "", _plain(raw), Kind.HEADING, is_title=is_title, after_blank=blank, indent=indent)
        elif match := _BULLET.match(raw) or _BULLET_TIGHT.match(raw):
            text = _plain(raw[match.end() :])
            yield _Unit(number, "", text, Kind.BULLET, after_blank=blank, indent=indent)
        else:
            yield _Unit(number, "", _plain(raw), None, after_blank=blank, indent=indent)
        blank = False


def _join_wrapped(blocks: Iterator[_Unit]) -> list[_Unit]:
    """Join a line to the one above when it only goes on with it."""
    result: list[_Unit] = []
    last = ""  # the last source line of the block that may go on
    units = list(blocks)
    width = sorted(len(unit.text) for unit in units)[-max(1, len(units) // 10)] if units else 0
    for unit in units:
        above = result[-1] if result else None
        if (
            above
            and unit.kind is None
            and not unit.after_blank
            and above.kind is not Kind.HEADING
            and _goes_on(last, unit, above, width)
        ):
            above.text = f"{above.text} {unit.text}"
        else:
            result.append(unit)
        last = unit.text
    return result


def _goes_on(last: str, unit: _Unit, above: _Unit, width: int) -> bool:
    if unit.text[0].isupper() and len(unit.text.split()) <= 8 and heading_section(unit.text):
        return False
    if unit.text[0].islower():
        return True
    wrapped = 40 <= width <= 110 and len(last) + len(unit.text.split()[0]) + 1 > 0.9 * width
    if above.kind is Kind.BULLET and unit.indent > above.indent:
        return not last.endswith((".", "!", "?", ":"))
    return wrapped and len(last) > 0.6 * width


# --- headings -----------------------------------------------------------------------------------------------


def _mark_headings(units: list[_Unit]) -> list[_Unit]:
    """Find headings that layout or wording show, and split “Requirements: a degree” in two."""
    result: list[_Unit] = []
    for position, unit in enumerate(units):
        following = units[position + 1] if position + 1 < len(units) else None
        if unit.kind is None and _is_heading(unit, following):
            unit.kind = Kind.HEADING
        elif unit.kind is not Kind.BULLET and (match := _LABELLED.match(unit.text)):
            unit.kind = None  # “Pay: £29,000” is no heading, even in bold
            label, rest = match.group(1), unit.text[match.end() :]
            section = heading_section(label)
            if len(label.split()) > 5:
                pass
            elif section not in (None, Section.OPENING, Section.OTHER, Section.BENEFITS) or (
                section is Section.BENEFITS and len(rest.split()) > 8
            ):
                result.append(replace(unit, text=f"{label}:", kind=Kind.HEADING))
                unit = replace(unit, text=rest)
        result.append(unit)
    return result


_LABELLED = re.compile(r"^([^:.!?]{3,50}):\s+(?=\S)")
_ITEM_START = re.compile(
    r"(?:an?|some|any|good|strong|excellent|proven|solid|basic|working|experience [iow]|knowledge of"
    r"|understanding of|ability|confidence|competence in|fluen|qualified|degree|familiar|sound|at least|minimum|\d)\b",
    re.IGNORECASE,
)  # an item of a list that lost its bullets, such as “A certificate of competence”
_BUTTON = re.compile(
    r"^(?:apply(?: now| online| here| today| for (?:this )?(?:job|role))?|save(?: this)?(?: job)?|share|print|read more"
    r"|report(?: this)? job|back to .{0,40}|sign in|log in|jetzt bewerben|postuler)$",
    re.IGNORECASE,
)


def _is_heading(unit: _Unit, following: _Unit | None) -> bool:
    text, count = unit.text, len(unit.text.split())
    if _BUTTON.match(text.strip(" !›»>")) or _LABELLED.match(text):
        return False
    if count > 10 or len(text) > 90 or following is None:
        return False
    letters = [c for c in text if c.isalpha()]
    if len(letters) >= 4 and all(c.isupper() for c in letters):
        return True
    leads_list = following.kind is Kind.BULLET and unit.after_blank
    if text.endswith(":"):
        return leads_list or heading_section(text) is not None or following.after_blank
    if text.endswith((".", ",", ";", "!")):
        return False
    if leads_list and count <= 8:
        return True
    known = heading_section(text)
    if text.endswith("?"):
        return known is not None and count <= 8 and unit.after_blank
    if known is None or count > 7 or not text[0].isupper() or following.kind is Kind.HEADING:
        return False
    return not _ITEM_START.match(text)


# --- sections -------------------------------------------------------------------------------------------------

_STARTERS = (
    "Able|Ability|About|Apply|As|Assist|At|Attention|Be|Build|Can|Candidates|Certified|Collaborate|Comfortable|Competitive"
    "|Confident|Contact|Create|Degree|Deliver|Demonstrated|Develop|Drive|Driving|Ensure|Excellent|Experience|Experienced"
    "|Familiar|Familiarity|Flexible|Fluent|Free|Full|Good|Have|Help|Ideally|Keen|Keep|Knowledge|Lead|Maintain|Manage"
    "|Minimum|Must|No|Organise|Organize|Our|Own|Paid|Passion|Plan|Please|Prepare|Previous|Proficient|Proven|Provide"
    "|Qualifications|Report|Reporting|Requirements|Responsibilities|Responsible|Right|Run|Salary|Self|Send|Some|Strong"
    "|Support|Take|The|There|They|This|Track|Train|Understanding|Use|We|Who|Willing|Willingness|With|Work|Working|You|Your"
)
_GLUED = re.compile(
    rf"(?<=[a-zà-ÿ]{{2}}[.!?;:)])(?=[A-ZÀ-Þ][a-zà-ÿ'’]+[\s,])"  # teams.You will
    rf"|(?<=[a-zà-ÿ0-9)%])(?=(?:{_STARTERS})[\s,])"  # countsFamiliar with
    rf"|(?<=[A-Z]{{2}})(?=(?:{_STARTERS})[\s,])"  # SQLFamiliar with
    r"|(?<=[a-zà-ÿ]{3})(?=An? [a-z]|[£€$]\d)"  # dayA free lunch
)
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ][a-zà-ÿ]{2,})")
_NAME_STARTS = {"deep", "easy", "mac", "mail", "open", "post", "send", "type", "you"}  # easyJet, openStack


def _pieces(unit: _Unit) -> list[tuple[str, bool]]:
    """Return the pieces of a block with whether glue was guessed between them."""
    if unit.kind is Kind.HEADING:
        return [(unit.text, False)]
    pieces = _unglue(unit.text)
    glued = len(pieces) > 1
    if unit.kind is Kind.BULLET:
        return [(piece, glued) for piece in pieces]
    return [(sentence, glued) for piece in pieces for sentence in sentences(piece)]


def _unglue(text: str) -> list[str]:
    """Split where copying from the web has eaten a line break; names such as JavaScript stay whole.

    >>> _unglue("Weekly stock countsFamiliar with JavaScript and GitHubAble to lift 15 kg")
    ['Weekly stock counts', 'Familiar with JavaScript and GitHub', 'Able to lift 15 kg']
    """
    pieces = [piece.strip() for piece in _GLUED.split(text)]
    # a text that is glued in one place is likely to be glued where an unusual word begins an item, too
    shortest = 3 if len(pieces) > 1 else 4
    result: list[str] = []
    for piece in pieces:
        start = 0
        for match in _CAMEL.finditer(piece):
            word_start = piece.rfind(" ", 0, match.start()) + 1
            left = piece[word_start : match.start()]
            if len(left) >= shortest and left.islower() and left not in _NAME_STARTS:
                result.append(piece[start : match.start()])
                start = match.start()
        result.append(piece[start:])
    return [piece.strip() for piece in result if piece.strip()]


def _place(blocks: list[_Unit]) -> list[_Unit]:
    """Put blocks into sections, splitting them into units on the way."""
    has_structure = any(
        block.kind is Kind.BULLET or (block.kind is Kind.HEADING and heading_section(block.text)) for block in blocks
    )
    result: list[_Unit] = []
    current: Section | None = Section.OPENING
    about_role = False  # under a heading such as “The role” paragraphs open and bullets are duties
    in_opening = True  # nothing but opening paragraphs so far
    previous = Section.OPENING
    seen: set[Section] = set()  # what earlier headings announced
    titles = [position for position, block in enumerate(blocks) if block.is_title]
    title = titles[0] if len(titles) == 1 and titles[0] < 20 else 0
    for position, block in enumerate(blocks):
        if position < title:
            result.append(replace(block, kind=block.kind or Kind.SENTENCE, section=Section.OTHER, guess=True))
            continue
        if block.kind is Kind.HEADING:
            announced = heading_section(block.text)
            if position == title or (announced is None and not any(u.kind is not Kind.HEADING for u in result)):
                announced = Section.OPENING
            seen.add(previous)
            about_role, current = announced is Section.OPENING and position != title, announced
            in_opening = in_opening and announced is Section.OPENING
            result.append(replace(block, section=current or previous, guess=current is None))
            continue
        for text, glued in _pieces(block):
            cue = cue_section(text)
            if _BUTTON.match(text.strip(" !›»>")):
                section, guess = Section.OTHER, True
                current = current if in_opening else Section.OTHER  # a button at the end closes the posting
            elif position == title:
                section, guess = Section.OPENING, False  # the first line is the title, whatever it says of hours
            elif current is None:
                section, guess = cue or _by_default(previous, block.kind, seen), True
            elif current is not Section.OPENING:
                section, guess = current, glued
            elif block.kind is Kind.BULLET:
                section, guess = Section.DUTIES if about_role else cue or _by_default(previous, block.kind, seen), True
            elif (in_opening and has_structure) or about_role:
                section, guess = Section.OPENING, glued
            else:  # prose without headings: what it speaks of decides, after the first words on duties or terms
                section, guess = cue or previous, True
            label = _LABELLED.match(text)
            if section is Section.OPENING and position != title and label and len(text.split()) < 14:
                section, guess = cue or Section.OTHER, True  # “Location: Leeds”
            elif position != title and _overrules(cue, section, text):
                section, guess = cue or section, True
            if block.kind is Kind.BULLET or section not in (Section.OPENING, Section.OTHER, Section.BENEFITS):
                in_opening = False
            if section is not Section.OTHER or cue is None:
                previous = section
            kind = block.kind or Kind.SENTENCE
            result.append(replace(block, text=text, kind=kind, section=section, guess=guess))
    return _settle_headings(result)


def _overrules(cue: Section | None, section: Section, text: str) -> bool:
    """Tell whether boilerplate or pay stands in a section about something else; it never becomes evidence."""
    if cue not in (Section.OTHER, Section.BENEFITS) or section in (Section.OTHER, cue):
        return False
    if section is Section.BENEFITS:
        return True
    if section in (Section.OPENING, Section.MISSION, Section.CULTURE):
        return cue is Section.OTHER or len(text.split()) <= 12 or bool(_MONEY.search(text))
    return is_boilerplate(text)


_MONEY = re.compile(r"[£€$]\s?\d[\d,.]*\s?(?:k\b|-|–|to\b|a year|per|an hour|pro)|\bsalary\b|\bgehalt\b", re.IGNORECASE)


def _by_default(previous: Section, kind: Kind | None, seen: set[Section]) -> Section:
    """Return where a unit without any hint most likely belongs: postings keep to a usual order."""
    if previous in (Section.DUTIES, Section.REQUIREMENTS) and previous not in seen:
        return previous
    if kind is Kind.BULLET:
        return next((s for s in (Section.DUTIES, Section.REQUIREMENTS) if s not in seen), previous)
    if previous in (Section.REQUIREMENTS, Section.NICE_TO_HAVE, Section.BENEFITS, Section.OTHER):
        return Section.CULTURE if Section.MISSION in seen else Section.MISSION
    return previous if previous is not Section.OPENING else Section.DUTIES


def _settle_headings(units: list[_Unit]) -> list[_Unit]:
    """Give a heading without a known meaning the section of most units under it."""
    for position, unit in enumerate(units):
        if unit.kind is Kind.HEADING and unit.guess:
            under = []
            for other in units[position + 1 :]:
                if other.kind is Kind.HEADING:
                    break
                under.append(other.section)
            if under:
                unit.section = max(under, key=under.count)
    return units


def _with_parts(units: list[_Unit]) -> Iterator[Line]:
    """Number the units; letters tell apart those that begin in the same source line."""
    total, seen = Counter(unit.number for unit in units), Counter[int]()
    for unit in units:
        part = _letters(seen[unit.number]) if total[unit.number] > 1 else ""
        seen[unit.number] += 1
        yield Line(unit.number, part, unit.text, unit.kind or Kind.SENTENCE, unit.section, unit.guess)


def _letters(index: int) -> str:
    first, second = divmod(index, 26)
    return (chr(ord("a") + first - 1) if first else "") + chr(ord("a") + second)
