"""Split the lines of a posting into units and put each into exactly one section.

A unit is a heading, a bullet, or a sentence of a paragraph. What headings say decides; where there is
no heading, or one that says nothing, the words of the unit are looked at, and that is marked as a guess.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from prepkit.blocks import LABELLED, Block, Kind, has_words, is_button, read_blocks, without_mark
from prepkit.headings import Section, cue_section, heading_section, is_boilerplate
from prepkit.text import sentences

__all__ = ["Kind", "Line", "split_lines"]


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
    menus = [
        Line(number, "", without_mark(text), Kind.BULLET, Section.OTHER, True)
        for number, text in enumerate(lines[body:], body + 1)
        if has_words(text)
    ]
    return tuple(_with_parts([*_place(read_blocks(lines[:body])), *menus]))


# --- from blocks to units: sentences, and what copying has glued together ------------------------------------

_STARTERS = (
    "Able|Ability|About|Apply|As|Assist|At|Attention|Be|Build|Can|Candidates|Certified|Collaborate|Comfortable|Competitive"
    "|Confident|Contact|Create|Degree|Deliver|Demonstrated|Develop|Drive|Driving|Ensure|Excellent|Experience|Experienced"
    "|Familiar|Familiarity|Flexible|Fluent|Free|Full|Good|Have|Help|Ideally|Keen|Keep|Knowledge|Lead|Maintain|Manage"
    "|Minimum|Must|No|Organise|Organize|Our|Own|Paid|Passion|Plan|Please|Prepare|Previous|Proficient|Proven|Provide"
    "|Qualifications|Report|Reporting|Requirements|Responsibilities|Responsible|Right|Run|Salary|Self|Send|Some|Strong"
    "|Support|Take|Talks|The|There|They|This|Track|Train|Understanding|Use|We|Who|Willing|Willingness|With|Work|Working|You|Your"
)
_GLUED = re.compile(
    rf"(?<=[a-zà-ÿ]{{2}}[.!?;:)])(?=[A-ZÀ-Þ][a-zà-ÿ'’]+[\s,])"  # teams.You will
    rf"|(?<=[a-zà-ÿ0-9)%])(?=(?:{_STARTERS})[\s,])"  # countsFamiliar with
    rf"|(?<=[A-Z]{{2}})(?=(?:{_STARTERS})[\s,])"  # SQLFamiliar with
    r"|(?<=[a-zà-ÿ]{3})(?=An? [a-z]|[£€$]\d)"  # dayA free lunch
)
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ][a-zà-ÿ]{2,})")
_NAME_STARTS = {"deep", "easy", "mac", "mail", "open", "post", "send", "type", "you"}  # easyJet, openStack
_SHORT_NAME = re.compile(r"(?:^|\W)[A-Z][a-z]{1,3}$")  # WeWork, SendHelp


def _pieces(block: Block) -> Iterator[tuple[int, str, bool]]:
    """Yield the units of a block: source line, words, and whether the place of the cut was guessed."""
    if block.kind is Kind.HEADING:
        yield block.number, block.text, False
        return
    pieces = _unglue(block.text)
    parts = pieces if block.kind is Kind.BULLET else [part for piece in pieces for part in sentences(piece)]
    end = 0
    for part in parts:
        begin = block.text.index(part, end)
        end = begin + len(part)
        yield block.line_at(begin), part, len(pieces) > 1


def _unglue(text: str) -> list[str]:
    """Split where copying from the web has eaten a line break; names such as JavaScript stay whole.

    >>> _unglue("Weekly stock countsFamiliar with JavaScript and GitHubAble to lift 15 kg")
    ['Weekly stock counts', 'Familiar with JavaScript and GitHub', 'Able to lift 15 kg']
    """
    pieces = [piece.strip() for piece in _GLUED.split(text)]
    if len(pieces) == 2 and _SHORT_NAME.search(pieces[0]):
        pieces = [text.strip()]
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


# --- from units to sections ---------------------------------------------------------------------------------


def _place(blocks: Sequence[Block]) -> list[Line]:
    """Put blocks into sections, splitting them into units on the way."""
    titles = [position for position, block in enumerate(blocks) if block.is_title]
    title = titles[0] if len(titles) == 1 and titles[0] < 20 else 0
    placer = _Placer(blocks)
    for position, block in enumerate(blocks):
        is_title = position == title and block.kind is not Kind.BULLET
        if position < title:
            placer.add(block.number, block.text, block.kind, Section.OTHER, guess=True)
        elif block.section:
            placer.add(block.number, block.text, block.kind, block.section, guess=False)
        elif block.kind is Kind.HEADING:
            placer.heading(block, is_title)
        else:
            for number, text, glued in _pieces(block):
                placer.unit(number, text, block.kind, glued, is_title)
                is_title = False
    return _settle_headings(placer.lines)


class _Placer:
    """Puts unit after unit into a section, going by what came before.

    Attributes:
        lines: Units placed so far.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.lines: list[Line] = []
        self._has_structure = any(
            block.kind is Kind.BULLET or (block.kind is Kind.HEADING and heading_section(block.text))
            for block in blocks
        )
        self._current: Section | None = Section.OPENING  # None under a heading that says nothing
        self._about_role = False  # under a heading such as “The role” paragraphs open and bullets are duties
        self._in_opening = True  # nothing but opening paragraphs so far
        self._previous = Section.OPENING
        self._seen: set[Section] = set()  # what earlier headings announced

    def add(self, number: int, text: str, kind: Kind | None, section: Section, guess: bool) -> None:
        """Add a unit to a section that is known."""
        self.lines.append(Line(number, "", text, kind or Kind.SENTENCE, section, guess))

    def heading(self, block: Block, is_title: bool) -> None:
        """Add a heading and take up what it announces."""
        if block.is_row:  # the head of a table says nothing of what follows the table
            self.add(block.number, block.text, block.kind, self._current or self._previous, self._current is None)
            return
        announced = heading_section(block.text)
        if is_title or (announced is None and all(line.kind is Kind.HEADING for line in self.lines)):
            announced = Section.OPENING
        self._seen.add(self._previous)
        self._about_role, self._current = announced is Section.OPENING and not is_title, announced
        self._in_opening = self._in_opening and announced is Section.OPENING
        self.add(block.number, block.text, block.kind, announced or self._previous, announced is None)

    def unit(self, number: int, text: str, kind: Kind | None, glued: bool, is_title: bool) -> None:
        """Add a bullet or a sentence."""
        cue = cue_section(text)
        fact = LABELLED.match(text) is not None and len(text.split()) < 14  # “Location: Leeds”
        if is_button(text):
            section, guess = Section.OTHER, True
            if not self._in_opening:
                self._current = Section.OTHER  # a button at the end closes the posting
        elif is_title:
            section, guess = Section.OPENING, False  # the first line is the title, whatever it says of hours
        else:
            section, guess = self._section(text, kind, cue, glued)
            if section is Section.OPENING and fact:
                section, guess = cue or Section.OTHER, True
            elif _overrules(cue, section, text):
                section, guess = cue or section, True
        # prose may say what the employer is before it comes to the role
        aside = section is Section.MISSION and self._in_opening and self._current is Section.OPENING
        if kind is Kind.BULLET or (section not in (Section.OPENING, Section.OTHER, Section.BENEFITS) and not aside):
            self._in_opening = False
        if not fact and not aside and (section is not Section.OTHER or cue is None):
            self._previous = section
        self.add(number, text, kind, section, guess)

    def _section(self, text: str, kind: Kind | None, cue: Section | None, glued: bool) -> tuple[Section, bool]:
        """Return the section that headings, the kind of the unit or its words give, and whether that is a guess."""
        if self._current is None:
            return cue or _by_default(self._previous, kind, self._seen), True
        if self._current is not Section.OPENING:
            return self._current, glued
        if kind is Kind.BULLET:
            return Section.DUTIES if self._about_role else cue or _by_default(self._previous, kind, self._seen), True
        if (self._in_opening and self._has_structure) or self._about_role:
            return Section.OPENING, glued
        # prose without headings: what it speaks of decides, after the first words on duties or terms
        return cue or self._previous, True


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


def _settle_headings(units: list[Line]) -> list[Line]:
    """Give a heading without a known meaning the section of most units under it."""
    for position, unit in enumerate(units):
        if unit.kind is Kind.HEADING and unit.guess:
            below = units[position + 1 :]
            length = next((n for n, other in enumerate(below) if other.kind is Kind.HEADING), len(below))
            if under := Counter(other.section for other in below[:length]):
                units[position] = replace(unit, section=under.most_common(1)[0][0])
    return units


def _with_parts(units: Sequence[Line]) -> Iterator[Line]:
    """Number the units; letters tell apart those that begin in the same source line."""
    total, seen = Counter(unit.number for unit in units), Counter[int]()
    for unit in units:
        part = _letters(seen[unit.number]) if total[unit.number] > 1 else ""
        seen[unit.number] += 1
        yield replace(unit, part=part)


def _letters(index: int) -> str:
    """Count in letters, as the columns of a spreadsheet do.

    >>> _letters(0), _letters(25), _letters(26), _letters(702)
    ('a', 'z', 'aa', 'aaa')
    """
    first, second = divmod(index, 26)
    return (_letters(first - 1) if first else "") + chr(ord("a") + second)
