"""The lines of one PDF page as light Markdown, from where and how large its characters stand.

A PDF knows characters and places, not paragraphs. A line break is taken as meant when the first word
of the next line would still have fitted; a line that is larger or bolder than the rest is a heading;
an indented one is a bullet (browsers draw bullet points as pictures, so there is no character).
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from statistics import median
from typing import Any

__all__ = ["page_lines"]

_BULLET = re.compile(r"^(?:[•◦▪●‣·–—*\-]|\d{1,2}[.)])\s+")


@dataclass(slots=True)
class _Line:
    text: str
    left: float
    right: float
    height: float
    bold: bool
    top: float

    def first_word_width(self) -> float:
        word = self.text.split()[0]
        return (self.right - self.left) * len(word) / max(len(self.text), 1)


def page_lines(page: Any) -> list[str]:
    """Return the lines of a pypdfium2 page in reading order, wrapped lines joined; empty for a scan."""
    lines = _physical_lines(page)
    if not lines:
        return []
    body = median(line.height for line in lines for _ in range(len(line.text)))
    bold_is_rare = sum(len(x.text) for x in lines if x.bold) * 3 < sum(len(x.text) for x in lines)
    result: list[str] = []
    previous: _Line | None = None
    for line in lines:
        heading = len(line.text) < 90 and (line.height > 1.12 * body or (line.bold and bold_is_rare))
        if (
            heading
            and previous
            and result[-1].startswith("## ")
            and _same_look(previous, line)
            and _follows(previous, line)
        ):
            result[-1] += f" {line.text}"
        elif heading:
            result += ["", f"## {line.text}"]
        elif previous and not result[-1].startswith("## ") and _continues(previous, line, lines, body):
            result[-1] = _join(result[-1], line.text)
        else:
            if previous and (result[-1].startswith("## ") or not _follows(previous, line)):
                result.append("")
            result.append(f"- {line.text}" if _is_indented(line, lines, body) else line.text)
        previous = line
    return result


def _physical_lines(page: Any) -> list[_Line]:
    import pypdfium2.raw as raw

    text_page = page.get_textpage()
    text = text_page.get_text_range(errors="replace")
    count = text_page.count_chars()
    lines: list[_Line] = []
    start = 0
    for piece in re.split(r"(?<=\n)", text):
        # pdfium marks a hyphen that only a line break put there, and joins such lines itself
        content = re.sub(r"[\ufffe\x02](?=\w)", "", piece.strip()).replace("\ufffe", "-").replace("\x02", "-")
        marks = [i for i in range(start, min(start + len(piece), count)) if not piece[i - start].isspace()]
        start += len(piece)
        if not content or not marks:
            continue
        boxes = [text_page.get_charbox(i, loose=True) for i in (marks[0], marks[len(marks) // 2], marks[-1])]
        bold = sum(_is_bold(text_page, i, raw) for i in (marks[0], marks[len(marks) // 2], marks[-1])) == 3
        height = median(box[3] - box[1] for box in boxes)
        lines.append(_Line(content, boxes[0][0], boxes[-1][2], height, bold, boxes[0][3]))
    return lines


def _is_bold(text_page: Any, index: int, raw: Any) -> bool:
    flags, buffer = ctypes.c_int(), ctypes.create_string_buffer(200)
    raw.FPDFText_GetFontInfo(text_page.raw, index, buffer, 200, flags)
    return b"bold" in buffer.value.lower() or raw.FPDFText_GetFontWeight(text_page.raw, index) >= 600


def _same_look(one: _Line, other: _Line) -> bool:
    return abs(one.height - other.height) < 0.05 * one.height and one.bold == other.bold


def _follows(one: _Line, other: _Line) -> bool:
    """Tell whether a line stands directly under another, without a gap and in the same column."""
    return 0 < one.top - other.top < 1.75 * one.height and other.left < one.right


def _continues(one: _Line, other: _Line, lines: list[_Line], body: float) -> bool:
    if _BULLET.match(other.text) or not _same_look(one, other):
        return False
    if one.text.endswith("-") and other.text[:1].islower():
        return True
    if not _follows(one, other):
        # the same sentence in the next column or on after a gap
        return other.text[:1].islower() and one.text[-1:] not in ".!?:;"
    if other.left > one.left + body:
        return False
    beside = [x for x in lines if x.height < 1.12 * body and x.left < min(one.right, one.left + 5 * body)]
    edge = max(x.right for x in beside if x.right > one.left)
    # a small letter seldom begins a new item, a capital often does
    slack = 2.0 if other.text[0].islower() else -0.1
    return one.right + other.first_word_width() > edge - slack * body


def _is_indented(line: _Line, lines: list[_Line], body: float) -> bool:
    near = [x.left for x in lines if x.left <= line.left + 1 and line.left - x.left < 5 * body]
    return not _BULLET.match(line.text) and line.left - min(near) > 0.9 * body


def _join(one: str, other: str) -> str:
    if one.endswith("-") and other[:1].islower():
        return one[:-1] + other
    return f"{one} {other}"
