"""From source lines to blocks: headings, bullets, table cells and paragraphs, wrapped lines joined again.

What is a heading is told by its marks, by its place on the page, or by its words; no block is placed in
a section here, but for cells of a table whose column has a heading that says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from prepkit.headings import Section, heading_section, phrases
from prepkit.text import tidy

__all__ = ["LABELLED", "Block", "Kind", "has_words", "is_button", "read_blocks", "without_mark"]


class Kind(StrEnum):
    """How a unit is set in the posting."""

    HEADING = "heading"
    BULLET = "bullet"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a bullet, a table cell or a paragraph.

    Attributes:
        number: Source line where it begins, counted from 1.
        text: Its words without marks of layout.
        kind: None for a paragraph, which may hold several sentences.
        starts: Where in `text` each source line begins, with its number.
        section: Given by the column of a table; None when it is still to be found.
        is_title: True for a Markdown heading of the first rank.
        after_blank: True when nothing stands directly above it.
        indent: White space before it.
        is_row: True for the row of a table, which never runs on.
    """

    number: int
    text: str
    kind: Kind | None
    starts: tuple[tuple[int, int], ...]
    section: Section | None = None
    is_title: bool = False
    after_blank: bool = False
    indent: int = 0
    is_row: bool = False

    def line_at(self, offset: int) -> int:
        """Return the number of the source line that holds the character at `offset` of the text."""
        return max((start, number) for start, number in self.starts if start <= offset)[1]


LABELLED = re.compile(r"^([^:.!?]{3,50}):\s+(?=\S)")
"""Finds the label of “Location: Leeds”."""

_EMOJI = "[\U0001f300-\U0001faff\u2600-\u27bf]\ufe0f?"
_SIGN = "[-*+•◦▪■□●○‣⁃·∙–—►▶➤➢✓✔✅☑→»›・◆★]"
_BULLET = re.compile(rf"^\s*(?:{_SIGN}|[a-z][)])\s+(?=\S)")
_TIGHT = re.compile(r"^\s*[•◦▪■●‣·►➤✓✔→・◆★](?=\S)")
_PICTURED = re.compile(rf"^\s*{_EMOJI}\s+(?=\S)")
_NUMBERED = re.compile(r"^\s*\(?(\d{1,2})[.)]\s+(?=\S)")
_HASH = re.compile(r"^\s*#{1,6}\s+|\s+#+\s*$")
_RULE = re.compile(r"^\s*(?:[-=_*~]\s*){3,}$")
_BOLD = re.compile(r"^\s*(?:\*\*|__)(?P<text>[^*]+?)(?:\*\*|__)\s*(?P<colon>:?)\s*$")
_SIGNS = (
    (re.compile(r"!?\[([^\[\]]*)\]\((\S*?)\)"), r"\1 (\2)"),
    (re.compile(r"\*\*|^\s*\*|\\(?=[^\w\s]|$)"), ""),
    (re.compile(r"(?<!\w)(__?|\*|`)(?=\S)([^_*`]+?)(?<=\S)\1(?!\w)"), r"\2"),
)
_ITEM_START = re.compile(
    r"(?:an?|some|any|good|strong|excellent|proven|solid|basic|working|experience [iow]|knowledge of"
    r"|understanding of|ability|confidence|competence in|fluen|qualified|degree|familiar|sound|at least|minimum|\d)\b",
    re.IGNORECASE,
)  # an item of a list that lost its bullets, such as “A certificate of competence”
_ITEM_END = re.compile(
    r"\b(?:plus|bonus|advantage|asset|desirable|preferred|beneficial|required|welcome|useful)$", re.I
)
_BUTTON = re.compile(
    r"^(?:apply(?: now| online| here| today| for (?:this )?(?:job|role))?|save(?: this)?(?: job)?|share|print|read more"
    r"|report(?: this)? job|back to .{0,40}|sign in|log in|jetzt bewerben|postuler)$",
    re.IGNORECASE,
)


def has_words(text: str) -> bool:
    """Tell whether a line holds any letter or digit."""
    return any(character.isalnum() for character in text)


def is_button(text: str) -> bool:
    """Tell whether a line is what stands on a button, such as “Apply now”."""
    return bool(_BUTTON.match(text.strip(" !›»>")))


def without_mark(text: str) -> str:
    """Return the words of a source line without its bullet and other marks of layout.

    >>> without_mark("- Lead with *real* **care**")
    'Lead with real care'
    """
    return _plain(_BULLET.sub("", text))


def read_blocks(lines: Sequence[str]) -> list[Block]:
    """Return the blocks of a posting's source lines; together they hold every word in order."""
    return _mark_headings(_join_wrapped(list(_blocks(lines))))


def _plain(text: str) -> str:
    text = _HASH.sub("", text)
    for pattern, replacement in _SIGNS:
        text = pattern.sub(replacement, text)
    return tidy(text)


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    numbers = {int(match[1]) for match in map(_NUMBERED.match, lines) if match}
    blank = True
    columns: list[Section | None] = []
    for number, raw in enumerate(lines, 1):
        above, below = lines[number - 2] if number > 1 else "", lines[number] if number < len(lines) else ""
        is_row = raw.lstrip().startswith("|") and raw.count("|") > 1
        columns = columns if is_row else []
        if not has_words(raw):
            blank = True
            continue
        if is_row:
            head = not has_words(below) and "-" in below and below.lstrip().startswith("|")
            if head:
                columns = [heading_section(cell) for cell in _cells(raw)]
            yield from _row(number, raw, columns, head)
            blank = True
            continue
        block = Block(number, "", None, ((0, number),), after_blank=blank, indent=len(raw) - len(raw.lstrip()))
        bold = _BOLD.match(raw)
        underlined = bool(_RULE.match(below)) and below.strip()[0] in "=-" and len(raw.split()) <= 12
        mark = _BULLET.match(raw) or _TIGHT.match(raw)
        if not mark and (match := _NUMBERED.match(raw)) and _is_counted(int(match[1]), numbers):
            mark = match
        if not mark and (_PICTURED.match(above) or _PICTURED.match(below)):
            mark = _PICTURED.match(raw)  # a single one is no list
        if (raw.lstrip().startswith("#") and _HASH.match(raw)) or underlined or (bold and len(raw.split()) <= 14):
            yield replace(block, text=_plain(raw), kind=Kind.HEADING, is_title=raw.startswith("# "))
        elif mark:
            yield replace(block, text=_plain(raw[mark.end() :]), kind=Kind.BULLET)
        else:
            yield replace(block, text=_plain(raw))
        blank = False


def _is_counted(number: int, numbers: set[int]) -> bool:
    """Tell whether a number begins an item of a list, and not a line such as “12. Mai”."""
    return number == 1 or number - 1 in numbers or number + 1 in numbers


def _cells(raw: str) -> list[str]:
    return [_plain(cell) for cell in raw.strip().strip("|").split("|")]


def _row(number: int, raw: str, columns: Sequence[Section | None], head: bool) -> Iterator[Block]:
    """Yield the row of a table: cell by cell when the columns are sections, else as one line."""
    cells = _cells(raw)
    row = Block(number, "", None, ((0, number),), after_blank=True, is_row=True)
    if len(columns) > 1 and all(columns) and len(cells) == len(columns):
        for cell, section in zip(cells, columns, strict=True):
            if has_words(cell):
                yield replace(row, text=cell, kind=Kind.HEADING if head else Kind.BULLET, section=section)
        return
    cells = [cell for cell in cells if cell]
    is_fact = len(cells) == 2 and len(cells[0]) <= 30 and not cells[0].endswith(":")
    names_a_fact = any(phrases(name).fullmatch(cells[0]) for name in ("title_label", "company_label", "place_label"))
    text = (": " if is_fact and (names_a_fact or not head) else " | ").join(cells)
    yield replace(row, text=text, kind=Kind.HEADING if head and not names_a_fact else None)


def _join_wrapped(blocks: list[Block]) -> list[Block]:
    """Join a line to the one above when it only goes on with it."""
    result: list[Block] = []
    last = ""  # the last source line of the block that may go on
    width = sorted(len(block.text) for block in blocks)[-max(1, len(blocks) // 10)] if blocks else 0
    for block in blocks:
        above = result[-1] if result else None
        may_go_on = above and block.kind is None and not block.after_blank and above.kind is not Kind.HEADING
        if above and may_go_on and not above.is_row and _goes_on(last, block, above, width):
            starts = (*above.starts, (len(above.text) + 1, block.number))
            result[-1] = replace(above, text=f"{above.text} {block.text}", starts=starts)
        else:
            result.append(block)
        last = block.text
    return result


def _goes_on(last: str, block: Block, above: Block, width: int) -> bool:
    if block.text[0].isupper() and len(block.text.split()) <= 8 and heading_section(block.text):
        return False
    reach = len(last) + len(block.text.split()[0]) + 1
    if block.text[0].islower():
        # lines that all begin small, with room left for another word, are a list without bullets
        return not (above.kind is None and above.text[0].islower() and (width < 40 or reach <= 0.75 * width))
    if above.kind is Kind.BULLET and block.indent > above.indent:
        return not last.endswith((".", "!", "?", ":"))
    return 40 <= width <= 110 and reach > 0.9 * width and len(last) > 0.6 * width


def _mark_headings(blocks: list[Block]) -> list[Block]:
    """Find headings that layout or wording show, and split “Requirements: a degree” in two."""
    letters = [c for block in blocks for c in block.text if c.isupper() or c.islower()]
    shouts = sum(map(str.isupper, letters)) * 2 > len(letters)  # then capitals make no heading
    seen_known = False
    result: list[Block] = []
    for position, block in enumerate(blocks):
        following = blocks[position + 1] if position + 1 < len(blocks) else None
        if block.section:
            pass
        elif block.kind is None and following and _is_heading(block, following, shouts, seen_known):
            block = replace(block, kind=Kind.HEADING)
        elif block.kind is not Kind.BULLET and not (block.kind and block.is_row) and (m := LABELLED.match(block.text)):
            block = replace(block, kind=None)  # “Pay: £29,000” is no heading, even in bold
            label, rest = m.group(1), block.text[m.end() :]
            section = heading_section(label) if len(label.split()) <= 5 else None
            long_pay = section is Section.BENEFITS and len(rest.split()) > 8
            if section not in (None, Section.OPENING, Section.OTHER, Section.BENEFITS) or long_pay:
                result.append(replace(block, text=f"{label}:", kind=Kind.HEADING))
                starts = tuple((max(0, start - m.end()), number) for start, number in block.starts)
                block = replace(block, text=rest, number=block.line_at(m.end()), starts=starts)
        seen_known = seen_known or (block.kind is Kind.HEADING and heading_section(block.text) is not None)
        result.append(block)
    return result


def _is_heading(block: Block, following: Block, shouts: bool, seen_known: bool) -> bool:
    text, count = block.text, len(block.text.split())
    if is_button(text) or block.is_row or LABELLED.match(text) or count > 10 or len(text) > 90:
        return False
    letters = [c for c in text if c.isalpha()]
    if len(letters) >= 4 and not shouts and all(c.isupper() for c in letters):
        return True
    has_list = following.kind is Kind.BULLET
    leads_list = has_list and block.after_blank
    if text.endswith(":"):
        short = has_list and count <= 3 and text[0].isupper()
        return leads_list or short or heading_section(text) is not None or following.after_blank
    if text.endswith((".", ",", ";", "!", "。")):
        return False
    if leads_list and count <= 8:
        return True
    known = heading_section(text)
    if text.endswith("?"):
        return known is not None and count <= 8 and block.after_blank
    if count > 7 or not text[0].isupper() or following.kind is Kind.HEADING:
        return False
    if known is None:  # set apart above a paragraph, as other headings are
        is_paragraph = following.kind is None and len(following.text) > max(50, 2 * len(text))
        return seen_known and block.after_blank and not following.after_blank and is_paragraph
    return not _ITEM_START.match(text) and (block.after_blank or count < 3 or not _ITEM_END.search(text))
