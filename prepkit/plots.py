"""Frames in, Axes out: which stories carry which themes, and how well each theme is backed.

`ratings` is a frame of stories x themes (index `story`, columns `theme`, both of ids) with integers
0 none, 1 partial, 2 strong, never NaN. `decided` has the same labels: True where a person settled the
rating, False where it is only suggested. Settled is drawn as ink; suggested as pencil: hatched, in a
dashed outline, with a question mark. Frames that do not fit together raise ValueError.

Titles come from outside, so they are cleaned, measured, wrapped and never read as mathematics.
Neither pyplot nor the global settings of matplotlib are touched. Lengths are points (1/72 inch).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from html import escape
from io import StringIO
from itertools import accumulate
from typing import Any

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from prepkit import palette

__all__ = ["Picture", "describe_coverage", "describe_strength", "picture", "plot_coverage", "plot_strength"]

Titles = Mapping[Any, str]

WORDS = ("none", "partial", "strong")
SUGGESTED = "suggested, not yet settled by a person"
ENOUGH = 2  # stories that make a theme more than a claim
MAX_LETTERS = 400  # far more than any label or alternative text shows
WIDTH = 9 * 72.0
TEXT, SMALL = palette.FIGURE_PX * 0.72, palette.FIGURE_SMALL_PX * 0.72  # 100 pixels an inch
LEADING = 1.25
GAP = 10.0
SLACK = 1.04  # a raster backend rounds letters to pixels, which widens a line by up to this much
FAMILIES = (
    "DejaVu Sans", "Noto Sans", "Arial Unicode MS", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC",
    "Noto Sans JP", "Noto Sans KR", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
    "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic",
    "Noto Sans Arabic", "Geeza Pro", "Noto Sans Hebrew", "Noto Sans Thai", "Noto Sans Devanagari",
    "Lohit Devanagari", "Kohinoor Devanagari", "Nirmala UI", "Mangal",
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A figure as it goes into a notebook or report.

    Attributes:
        svg: An ``<svg>`` element; letters are outlines, so that it needs no font.
        alt: The same in words, for those who do not see it.
    """

    svg: str
    alt: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], ...]:
        return {"image/svg+xml": self.svg, "text/plain": self.alt}, {"image/svg+xml": {"alt": self.alt}}


def picture(axes: Axes, alt: str) -> Picture:
    """Return the figure of `axes` as SVG with `alt` as its name; same input, same bytes."""
    alt, stream = _clean(alt, 2 * MAX_LETTERS), StringIO()
    unsaid = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with _style():
        axes.figure.figure.savefig(stream, format="svg", metadata=unsaid)
    svg = stream.getvalue()
    named = f'<svg role="img" aria-label="{escape(alt)}" '
    return Picture(svg[svg.index("<svg ") :].replace("<svg ", named, 1), alt)


def plot_coverage(
    ratings: pd.DataFrame, decided: pd.DataFrame, ax: Axes | None = None, *,
    stories: Titles | None = None, themes: Titles | None = None,
) -> Axes:  # fmt: skip
    """Draw the matrix of stories (rows, the first on top) and themes (columns).

    Args:
        ratings: Stories x themes, as said above; without a story or theme a sentence says so.
        decided: The same labels, in any order.
        ax: Where to draw; labels take the room to its left and above. By default a new figure,
            9 inches wide (more above nine themes) and as high as the rows need.
        stories: Title per story id; an id without one is shown itself.
        themes: Claim per theme id, likewise.

    Returns:
        The Axes, one unit per cell each way, a patch and a text per rating, row by row.

    Raises:
        ValueError: when labels differ or repeat, or a value is not allowed.
    """
    ratings, decided = _checked(ratings, decided)
    with _style():
        if ratings.empty:
            return _sentence(ax, _nothing(ratings))
        rows, columns = ratings.shape
        titles, claims = _titles(ratings.index, stories), _titles(ratings.columns, themes)
        widest = max(map(_width, titles)) * TEXT
        if ax is None:
            # Titles get one long line where the cells stay wide enough, otherwise two short ones.
            long, short = ((WIDTH - GAP - min(widest, ems * TEXT)) / columns for ems in (34, 19))
            cell = min(132, max(52, long, min(110, short)))
            width = max(WIDTH, 19 * TEXT + GAP + columns * cell)
            left = min(widest, 34 * TEXT, width - GAP - columns * cell)
            lines = 1 + max(_label(claim, (cell - 8) / SMALL, 5).count("\n") for claim in claims)
            high = 24.0 if widest <= left else 31.0
            ax = _axes(width, left + GAP, columns * cell, lines * SMALL * LEADING + 8, rows * high, 36)
        left, above, across, down = _room(ax)
        wide, high = across / columns, down / rows

        ax.set(xlim=(0, columns), ylim=(rows, 0))
        ax.xaxis.tick_top()
        headings = [_label(claim, (wide - 8) / SMALL, int(above / SMALL / LEADING)) for claim in claims]
        starts = np.arange(columns) + 1 / wide
        ax.set_xticks(starts, headings, ha="left", va="bottom", fontsize=SMALL, linespacing=LEADING)
        ax.tick_params(length=0, pad=6)
        _write_names(ax, titles, np.arange(rows) + 0.5, 2)
        for (row, column), rating in np.ndenumerate(ratings.to_numpy()):
            settled = bool(decided.iat[row, column])
            look = _look(rating, settled)
            ax.add_patch(Rectangle((column + 1 / wide, row + 1 / high), 1 - 2 / wide, 1 - 2 / high, **look))
            word = f" {WORDS[rating]}" if rating and wide >= 80 else ""
            text = f"{rating or '•'}{'' if settled else '?'}{word}"
            ground = look["facecolor"]
            colour = palette.text_on(ground) if rating else palette.MUTED
            clear = None if settled else {"facecolor": ground, "linewidth": 0, "boxstyle": "round,pad=0.2"}
            middle = column + 0.5, row + 0.5
            ax.text(*middle, text, ha="center", va="center_baseline", color=colour, bbox=clear)
        _legend(ax, WORDS[::-1], bool(decided.to_numpy().all()))
    return ax


def plot_strength(
    ratings: pd.DataFrame, decided: pd.DataFrame, ax: Axes | None = None, *, themes: Titles | None = None
) -> Axes:
    """Draw how many stories back each theme, the first theme on top; arguments as in :func:`plot_coverage`.

    Returns:
        The Axes, one unit per story across and one per theme down, with a line at two stories. A bar
        is strong settled, strong suggested, partial settled, partial suggested, without the empty parts.

    Raises:
        ValueError: when labels differ or repeat, or a value is not allowed.
    """
    ratings, decided = _checked(ratings, decided)
    with _style():
        if ratings.columns.empty:
            return _sentence(ax, _nothing(ratings))
        claims, counts = _titles(ratings.columns, themes), _counts(ratings, decided)
        tallies = [_tally(count) for count in counts]
        most = max(ENOUGH, *(sum(count.values()) for count in counts))
        if ax is None:
            left = min(max(map(_width, claims)), 24) * TEXT
            lines = 1 + max(_label(claim, left / TEXT, 3).count("\n") for claim in claims)
            high = 14 + lines * TEXT * LEADING
            ax = _axes(WIDTH, left + GAP, WIDTH - left - GAP, 20, len(claims) * high, 32)
        _, _, across, down = _room(ax)
        high = down / len(claims)
        unit = min(56, max(across - max(map(_width, tallies)) * TEXT - GAP, across / 3) / most)
        thick = min(0.6, 16 / high)

        ax.set(xlim=(0, across / unit), ylim=(len(claims) - 0.5, -0.5), xticks=[])
        _write_names(ax, claims, np.arange(len(claims)), 3)
        for place, (count, tally) in enumerate(zip(counts, tallies, strict=True)):
            start = 0
            for (rating, settled), length in count.items():
                if length:
                    look = _look(rating, settled)
                    ax.add_patch(Rectangle((start, place - thick / 2), length, thick, **look))
                start += length
            colour = palette.INK if start else palette.PROBLEM
            _note(ax, tally, (most, place), (GAP, 0), color=colour, va="center_baseline")
        for colour, width in ((palette.PAPER, 3), (palette.INK, 1)):
            ax.axvline(ENOUGH, color=colour, linewidth=width)
        needed = "two stories needed"
        _note(ax, needed, (ENOUGH, -0.5), (0, 5), color=palette.MUTED, ha="center", fontsize=SMALL)
        _legend(ax, WORDS[:0:-1], bool((decided | (ratings == 0)).to_numpy().all()))
    return ax


def describe_coverage(
    ratings: pd.DataFrame, decided: pd.DataFrame, *,
    stories: Titles | None = None, themes: Titles | None = None,
) -> str:  # fmt: skip
    """Say in at most about 700 characters what :func:`plot_coverage` shows, from the same arguments.

    >>> ratings = pd.DataFrame({"t1": [2, 1], "t2": [0, 0]}, index=["s1", "s2"])
    >>> describe_coverage(ratings, ratings > 0, themes={"t1": "Calm"})[:86]
    'Matrix of 2 stories and 2 themes. “Calm”: 1 strong, 1 partial; “t2”: no story. Fewer t'
    """
    ratings, decided = _checked(ratings, decided)
    if ratings.empty:
        return _nothing(ratings)
    idle = ratings.index[(ratings == 0).all(axis=1)]
    unused = _names(idle, stories, 2, 40)
    carrying = f"No theme is carried by {unused}." if unused else "Each story carries a theme."
    size = f"{_count(len(ratings), 'story', 'stories')} and {_count(ratings.shape[1], 'theme', 'themes')}"
    return f"Matrix of {size}. {_told(ratings, decided, themes)} {carrying} {_pending(decided, ratings >= 0)}"


def describe_strength(ratings: pd.DataFrame, decided: pd.DataFrame, *, themes: Titles | None = None) -> str:
    """Say in at most about 700 characters what :func:`plot_strength` shows, from the same arguments."""
    ratings, decided = _checked(ratings, decided)
    if ratings.columns.empty:
        return _nothing(ratings)
    size = _count(ratings.shape[1], "theme", "themes")
    return f"Stories behind {size}. {_told(ratings, decided, themes)} {_pending(decided, ratings > 0)}"


def _checked(ratings: pd.DataFrame, decided: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    for name, ours, theirs in zip(("story", "theme"), ratings.axes, decided.axes, strict=True):
        for labels in (ours, theirs):
            if not labels.is_unique:
                raise ValueError(f"A {name} appears twice: {list(labels[labels.duplicated()])!r:.200}.")
        if len(odd := ours.symmetric_difference(theirs, sort=False)):
            raise ValueError(f"Ratings and decisions differ in {name} labels: {list(odd)!r:.200}.")
    for name, frame, allowed in (("rating", ratings, [0, 1, 2]), ("decision", decided, [True, False])):
        if not frame.isin(allowed).to_numpy().all():
            raise ValueError(f"A {name} is one of {allowed}; another value or an empty one was found.")
    return ratings.astype(int), decided.reindex(index=ratings.index, columns=ratings.columns).astype(bool)


def _counts(ratings: pd.DataFrame, decided: pd.DataFrame) -> list[dict[tuple[int, bool], int]]:
    """Return per theme how many stories have each (rating above 0, settled), strong and settled first."""
    kinds = [(rating, settled) for rating in (2, 1) for settled in (True, False)]
    pairs = zip(ratings.to_numpy().T, decided.to_numpy().T, strict=True)
    return [{kind: int(((r == kind[0]) & (d == kind[1])).sum()) for kind in kinds} for r, d in pairs]


def _tally(count: dict[tuple[int, bool], int]) -> str:
    parts = [(count[rating, True] + count[rating, False], WORDS[rating]) for rating in (2, 1)]
    open_ = count[2, False] + count[1, False]
    told = ", ".join(f"{number:,} {word}" for number, word in parts if number) or "no story"
    return told + (f" ({'all' if open_ == sum(count.values()) else f'{open_:,}'} suggested)" if open_ else "")


def _told(ratings: pd.DataFrame, decided: pd.DataFrame, themes: Titles | None, most: int = 5) -> str:
    counts = dict(zip(ratings.columns, _counts(ratings, decided), strict=True))
    room = 150 // min(most, len(counts))
    told = [f"{_names([key], themes, 1, room)}: {_tally(counts[key])}" for key in ratings.columns[:most]]
    rest = f"; and {len(counts) - most} more" if len(counts) > most else ""
    weak = _names([k for k, count in counts.items() if sum(count.values()) < ENOUGH], themes, most, room)
    return (
        f"{'; '.join(told)}{rest}. {f'Fewer than two stories: {weak}' if weak else 'Each has two or more'}."
    )


def _pending(decided: pd.DataFrame, among: pd.DataFrame) -> str:
    total, open_ = int(among.to_numpy().sum()), int((among & ~decided).to_numpy().sum())
    if not open_:
        return "Each rating was settled by a person." if total else "Nothing is rated above none."
    return f"{open_:,} of {_count(total, 'rating', 'ratings')} {'is' if open_ == 1 else 'are'} {SUGGESTED}."


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _names(keys: Iterable[Hashable], titles: Titles | None, most: int, room: int) -> str:
    texts = [_clean((titles or {}).get(key, key)) or _clean(key) for key in keys]
    shown = [f"“{text if len(text) <= room else text[: room - 1].rstrip() + '…'}”" for text in texts[:most]]
    return ", ".join(shown) + (f" and {len(texts) - most:,} more" if len(texts) > most else "")


def _nothing(ratings: pd.DataFrame) -> str:
    missing = "themes" if ratings.columns.empty else "stories"
    return f"There are no {missing} yet, so there is nothing to show here."


def _style() -> AbstractContextManager[None]:
    """Return a context in which no setting of the reader's machine changes a drawing."""
    text = {"font.family": _families(), "font.size": TEXT, "text.parse_math": False}
    ink = dict.fromkeys(("text.color", "xtick.labelcolor", "ytick.labelcolor"), palette.INK)
    svg = {"hatch.linewidth": 0.6, "svg.fonttype": "path", "svg.hashsalt": "prepkit"}
    return matplotlib.style.context(["default", text | ink | svg])


def _axes(width: float, left: float, across: float, above: float, down: float, below: float) -> Axes:
    height = above + down + below
    figure = Figure(figsize=(width / 72, height / 72), dpi=100)
    return figure.add_axes((left / width, below / height, across / width, down / height))


def _room(ax: Axes) -> tuple[float, float, float, float]:
    """Return the room left of and above the Axes, then their width and height."""
    figure, inner = ax.figure.figure, ax.bbox
    sizes = (inner.x0, figure.bbox.y1 - inner.y1, inner.width, inner.height)
    left, above, across, down = (size * 72 / figure.dpi for size in sizes)
    return left, above, across, down


def _sentence(ax: Axes | None, text: str) -> Axes:
    ax = ax or _axes(WIDTH, 0, WIDTH, 6, 24, 6)
    ax.set_axis_off()
    ax.text(0, 0.5, text, transform=ax.transAxes, va="center", color=palette.MUTED)
    return ax


def _look(rating: int, settled: bool) -> dict[str, Any]:
    if settled:
        return {"facecolor": palette.RATING[rating], "linewidth": 0}
    pencil = {"edgecolor": palette.PENCIL[rating], "hatch": "///", "linestyle": (0, (3, 2)), "linewidth": 1}
    return {"facecolor": palette.PAPER, **pencil}


def _write_names(ax: Axes, names: list[str], places: Any, most: int) -> None:
    """Write the names of rows, flush left, each in as many lines as its row holds, at most `most`."""
    left, _, _, down = _room(ax)
    lines = min(most, int(down / len(names) / TEXT / LEADING))
    labels = [_label(name, (left - GAP) / TEXT, lines) for name in names]
    ax.set_yticks(places, labels, ha="left", va="center", fontsize=TEXT, linespacing=1.2)
    ax.tick_params("y", length=0, pad=min(left, max(map(_width, names)) * TEXT + GAP))
    ax.set_frame_on(False)


def _note(ax: Axes, text: str, place: tuple[float, float], away: tuple[float, float], **style: Any) -> None:
    ax.annotate(text, place, away, textcoords="offset points", annotation_clip=False, **style)


def _legend(ax: Axes, words: Iterable[str], settled: bool) -> None:
    """Put the states below, flush with the left edge of the figure."""
    handles = [Patch(**_look(WORDS.index(word), True), label=word) for word in words]
    if not settled:
        handles.append(Patch(**_look(1, False) | {"edgecolor": palette.MUTED}, label=SUGGESTED))
    corner = blended_transform_factory(ax.figure.figure.transFigure, ax.transAxes)
    below = ScaledTranslation(0, -GAP / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles, ncols=len(handles), frameon=False, fontsize=SMALL, loc="upper left",
        bbox_to_anchor=(0, 0), bbox_transform=corner + below, borderpad=0, borderaxespad=0,
        handlelength=1.6, handleheight=1.1, handletextpad=0.6, columnspacing=1.8,
    )  # fmt: skip


def _clean(text: object, most: int = MAX_LETTERS) -> str:
    """Return one line of at most `most` characters, without control, format and surrogate characters.

    >>> _clean("  Led\\nthe \\u202emove\\ud800 ")
    'Led the move'
    """
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", str(text)[: 10 * most]):
        kind = unicodedata.category(char)[0]
        # A mark needs a letter below it, and a pile of marks would climb into other rows.
        if kind == "M" and all(unicodedata.category(before)[0] == "M" for before in kept[-3:]):
            continue
        if char.isspace() or kind != "C":
            kept.append(char)
    return " ".join("".join(kept).split())[:most]


def _titles(keys: Iterable[Hashable], titles: Titles | None) -> list[str]:
    """Return a title per key, or the key itself where no font has half of the title's letters."""
    return [next(filter(None, map(_drawn, ((titles or {}).get(key, key), key))), "untitled") for key in keys]


def _drawn(text: object) -> str:
    drawn = "".join("□" if _advance(char) is None else char for char in _clean(text))
    return drawn if 2 * drawn.count("□") < len(drawn) else ""


def _label(text: str, width: float, lines: int) -> str:
    """Return `text` in at most `lines` lines (at least one) of `width` ems, the last cut with … if need be.

    >>> print(_label("Moved the payroll of eleven countries", 10, 2))
    Moved the payroll
    of eleven…
    """
    done: list[str] = []
    while (ends := list(accumulate(_advance(char) or 0 for char in text))) and ends[-1] > width:
        last = len(done) >= lines - 1
        stop = max(1, bisect_right(ends, width - _width("…" if last else "-")))
        breaks = [place for place in range(1, stop + 1) if _may_break(text, place)]
        torn = not breaks or (last and breaks[-1] < stop / 2)  # rather than leave half of the last line empty
        line = text[: stop if torn else breaks[-1]]
        if last:
            return "\n".join([*done, line.rstrip(" ,;:.-–—") + "…"])
        hyphen = "-" if torn and text[len(line) - 1 : len(line) + 1].isalpha() else ""
        done.append(line.rstrip() + hyphen)
        text = text[len(line) :].lstrip()
    return "\n".join([*done, text])


def _may_break(text: str, place: int) -> bool:
    wide = any(unicodedata.east_asian_width(char) in "WF" for char in text[place - 1 : place + 1])
    return wide or text[place] == " " or text[place - 1] in "-/–—"


def _width(text: str) -> float:
    return sum(_advance(char) or 0 for char in text)


@cache
def _families() -> list[str]:
    """Return those of `FAMILIES` that this machine has, so that none is looked for in vain."""
    installed = {font.name for font in fontManager.ttflist}
    return [name for name in FAMILIES if name in installed]


@cache
def _advance(char: str) -> float | None:
    """Return the width of a character in ems, None when no installed font has it."""
    for family in _families():
        font = get_font(fontManager.findfont(family))
        if font.get_char_index(ord(char)):
            font.set_size(1000, 72)
            return SLACK * font.load_char(ord(char)).linearHoriAdvance / 65_536_000
    return None
