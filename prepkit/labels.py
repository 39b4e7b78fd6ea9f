"""Texts from outside as labels of a figure: cleaned, measured with the fonts at hand, wrapped and cut to a width.

A width is in ems, that is, in multiples of the font size, so that it holds at any size. Titles and claims may be
long, in any script, and hold what no reader should see; none of that is an error here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.font_manager import fontManager, get_font

__all__ = [
    "FAMILIES", "MAX_LETTERS", "SLACK", "advance", "clean", "families", "label", "may_break", "spread",
    "title", "width",
]  # fmt: skip

Titles = Mapping[Any, str]
"""Title of a story or claim of a theme by its id."""

Floats = npt.NDArray[np.float64]

MAX_LETTERS = 400
"""Characters of one text that are looked at; more than any label shows."""

SLACK = 1.04
"""A raster backend rounds letters to pixels, which widens a line by up to this much."""

FAMILIES = (
    "DejaVu Sans", "Noto Sans", "Arial Unicode MS", "Noto Sans CJK SC", "Noto Sans CJK JP", "PingFang SC",
    "WenQuanYi Micro Hei", "Droid Sans Fallback", "Hiragino Sans", "Apple SD Gothic Neo", "Microsoft YaHei",
    "Yu Gothic", "Malgun Gothic", "Noto Sans Arabic", "Geeza Pro", "Noto Sans Hebrew", "Noto Sans Thai",
    "Noto Sans Devanagari", "Lohit Devanagari", "Kohinoor Devanagari", "Nirmala UI", "Mangal",
)  # fmt: skip
"""Fonts by preference; the first is shipped with matplotlib, the others add scripts where a machine has them."""


def clean(text: object, most: int = MAX_LETTERS) -> str:
    """Return one line of at most `most` characters, without control, format and surrogate characters.

    >>> clean("  Led\\nthe \\u202emove\\ud800 ")
    'Led the move'
    """
    if isinstance(text, str) and text.isascii() and text.isprintable():
        return " ".join(text[: 10 * most].split())[:most]
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", str(text)[: 10 * most]):
        kind = unicodedata.category(char)[0]
        # A mark needs a letter below it, and a pile of marks would climb into other rows.
        if kind == "M" and all(unicodedata.category(before)[0] == "M" for before in kept[-3:]):
            continue
        if char.isspace() or kind != "C":
            kept.append(char)
    return " ".join("".join(kept).split())[:most]


def title(key: Hashable, titles: Titles | None) -> str:
    """Return the cleaned title of `key`, or the key where the fonts of this machine lack half of the title or more.

    A few missing letters are boxes. Where the key cannot be shown either, it is “untitled”; never an empty text.

    >>> title("t1", {"t1": " Calm \\x07 when it counts"}), title("t2", {"t2": ""}), title("", None)
    ('Calm when it counts', 't2', 'untitled')
    """
    for text in ((titles or {}).get(key, key), key):
        drawn = "".join("□" if advance(char) is None else char for char in clean(text))
        if 2 * drawn.count("□") < len(drawn):
            return drawn
    return "untitled"


def label(text: str, room: float, lines: int) -> str:
    """Return `text` in at most `lines` lines (at least one) of `room` ems, the last cut with … if need be.

    >>> print(label("Moved the payroll of eleven countries to one system", 11, 2))
    Moved the payroll
    of eleven…
    """
    done: list[str] = []
    while width(text) > room + 0.01:  # room that was made for this very text may be a rounding short
        last = len(done) >= lines - 1
        ends = np.cumsum([advance(char) or 0 for char in text])
        stop = max(1, int(np.searchsorted(ends, room - width("…" if last else "-"), "right")))
        place = next((place for place in range(stop, 0, -1) if may_break(text, place)), 0)
        torn = not place or (last and place < stop / 2)  # rather than leave half of the last line empty
        line = text[: stop if torn else place]
        if last:
            return "\n".join([*done, line.rstrip(" ,;:.-–—") + "…"])
        hyphen = "-" if torn and text[len(line) - 1 : len(line) + 1].isalpha() else ""
        done.append(line.rstrip() + hyphen)
        text = text[len(line) :].lstrip()
    return "\n".join([*done, text])


def may_break(text: str, place: int) -> bool:
    """Say whether a line may end before ``text[place]``: at a space, after a dash or slash, beside wide letters.

    `place` is at least 1 and less than the length of `text`.

    >>> [may_break("on-call rota", place) for place in (2, 3, 7, 9)]
    [False, True, True, False]
    """
    wide = any(unicodedata.east_asian_width(char) in "WF" for char in text[place - 1 : place + 1])
    return wide or text[place] == " " or text[place - 1] in "-/–—"


def width(text: str) -> float:
    """Return the width of a line in ems, with :data:`SLACK`; letters that no font has count nothing.

    >>> width("") == 0, width("calmer") > width("calm") > 2
    (True, True)
    """
    return sum(advance(char) or 0 for char in text)


def spread(wanted: Sequence[float] | Floats, sizes: Sequence[float] | Floats, low: float, high: float) -> Floats:
    """Return the middles of labels of these sizes, as near to the wanted ones as they can be side by side.

    Args:
        wanted: Where each middle should be, in the order from low to high in which the labels shall stand.
        sizes: Length that each takes up, gaps included; what is more than fits sticks out above `high`.
        low, high: Where the first may begin and the last should end.

    >>> spread([5, 5, 50], [10, 10, 10], 0, 100).tolist()
    [5.0, 15.0, 50.0]
    """
    lengths = np.asarray(sizes, dtype=float)
    offsets = np.cumsum(lengths) - lengths / 2
    blocks: list[tuple[float, int]] = []  # neighbours that touch: where the stack of all would begin, and how many
    for begin in np.asarray(wanted, dtype=float) - offsets:
        block = (float(begin), 1)
        while blocks and blocks[-1][0] > block[0]:
            place, number = blocks.pop()
            block = ((place * number + block[0] * block[1]) / (number + block[1]), number + block[1])
        blocks.append(block)
    begins = np.repeat([place for place, _ in blocks], [number for _, number in blocks])
    middles: Floats = np.clip(begins, low, max(low, high - lengths.sum())) + offsets
    return middles


@cache
def families() -> list[str]:
    """Return those of :data:`FAMILIES` that this machine has, so that none is looked for in vain."""
    installed = {font.name for font in fontManager.ttflist}
    return [name for name in FAMILIES if name in installed]


@cache
def advance(char: str) -> float | None:
    """Return the width of a character in ems, None when no installed font has it."""
    for family in families():
        font = get_font(fontManager.findfont(family))
        if font.get_char_index(ord(char)):
            font.set_size(1000, 72)
            return SLACK * font.load_char(ord(char)).linearHoriAdvance / 65_536_000
    return None
