"""Frames in, Axes out: which stories carry which themes, and how well each theme is backed.

`ratings` is a frame of stories x themes (index `story`, columns `theme`, both of ids) with integers
0 none, 1 partial, 2 strong, never NaN. `decided` has the same labels: True where a person settled the
rating, False where it is only suggested. Settled is drawn as ink; suggested as pencil: hatched, in a
dashed outline, with a question mark. Frames that do not fit together raise ValueError.

Titles come from outside, so they are cleaned, measured, wrapped and never read as mathematics.
Neither pyplot nor the global settings of matplotlib are touched. Lengths are points (1/72 inch).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from io import StringIO
from typing import Any

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Patch, Rectangle
from matplotlib.textpath import TextToPath
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from prepkit import labels, palette
from prepkit.labels import Titles

__all__ = [
    "Picture", "counted", "describe_coverage", "describe_strength", "legend", "new_axes", "note", "nothing", "picture",
    "plot_coverage", "plot_strength", "quoted", "room", "sentence", "style", "write", "write_names",
]  # fmt: skip

WORDS = ("none", "partial", "strong")
SUGGESTED = "suggested, not yet settled by a person"
ENOUGH = 2  # stories that make a theme more than a claim
TEXT, SMALL = palette.FIGURE_PX * 0.72, palette.FIGURE_SMALL_PX * 0.72  # 100 pixels an inch
WIDTH, LEADING, GAP = 9 * 72.0, 1.25, 10.0


@dataclass(frozen=True)
class Picture:
    """A figure for a notebook or report: an ``<svg>`` element that needs no font, and the same in words."""

    svg: str
    alt: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], ...]:
        return {"image/svg+xml": self.svg, "text/plain": self.alt}, {"image/svg+xml": {"alt": self.alt}}


def picture(axes: Axes, alt: str) -> Picture:
    """Return the figure of `axes` as SVG with `alt` as its name; same input, same bytes."""
    alt, stream = labels.clean(alt, 2 * labels.MAX_LETTERS), StringIO()
    figure, unsaid = axes.figure.figure, dict.fromkeys(("Date", "Creator", "Format", "Type"))
    before, (width, height) = figure.dpi, 72 * figure.get_size_inches()
    with style():
        renderer = RendererSVG(width, height, stream, image_dpi=before, metadata=unsaid)  # type: ignore[no-untyped-call]
        renderer._text2path = _Outlines()
        try:
            figure.dpi = 72  # of every SVG
            figure.draw(renderer)
        finally:
            figure.dpi = before
        renderer.finalize()  # type: ignore[no-untyped-call]
    _, _, svg = stream.getvalue().partition("<svg ")
    return Picture(f'<svg role="img" aria-label="{escape(alt)}" {svg}', alt)


class _Outlines(TextToPath):
    """Texts as outlines, remembered by text and font: laying them out takes longer than all else in a figure.

    Most texts come again, titles of stories in the next application, claims in the next figure.
    """

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        return _measured(s, prop, ismath)

    def _get_font(self, prop: FontProperties) -> FontProperties:
        """Return what stands for a font of any size, which is opened only for texts that are new."""
        stands = prop.copy()
        stands.set_size(self.FONT_SCALE)
        return stands

    def get_glyphs_with_font(
        self, font: Any, s: str, glyph_map: Any = None, return_new_glyphs_only: bool = False, **more: Any
    ) -> tuple[Any, Any, Any]:
        placed, letters = _laid_out(font, s, **more)
        known = glyph_map or {}
        return placed, {name: path for name, path in letters.items() if name not in known}, []


@lru_cache(maxsize=500)
def _measured(text: str, font: FontProperties, is_math: Any) -> tuple[float, float, float]:
    return TextToPath().get_text_width_height_descent(text, font, is_math)


@lru_cache(maxsize=500)
def _laid_out(font: FontProperties, text: str, **more: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return names and places of the letters of a text, and the outline of each."""
    plain: Any = TextToPath()
    placed, letters, _ = plain.get_glyphs_with_font(plain._get_font(font), text, _letters(font), **more)
    return placed, {name: letters[name] for name, *_ in placed}


@lru_cache(maxsize=8)
def _letters(font: FontProperties) -> dict[str, Any]:
    """Return the outlines known so far, which grow."""
    return {}


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
        stories, themes: Title or claim per id; an id without one is shown itself.

    Returns:
        The Axes, one unit per cell each way, a patch and a text per rating, row by row.

    Raises:
        ValueError: when labels differ or repeat, or a value is not allowed.
    """
    ratings, decided = _checked(ratings, decided)
    with style():
        if ratings.empty:
            return sentence(ax, nothing(ratings))
        rows, columns = ratings.shape
        titles = [labels.title(key, stories) for key in ratings.index]
        claims = [labels.title(key, themes) for key in ratings.columns]
        widest = max(map(labels.width, titles)) * TEXT
        if ax is None:
            # Titles get one long line where the cells stay wide enough, otherwise two short ones.
            long, short = ((WIDTH - GAP - min(widest, ems * TEXT)) / columns for ems in (34, 21))
            cell = min(132, max(52, long, min(118, short)))
            width = max(WIDTH, min(widest, 21 * TEXT) + GAP + columns * cell)
            left = min(widest, 34 * TEXT, width - GAP - columns * cell)
            lines = 1 + max(labels.label(claim, (cell - 8) / SMALL, 6).count("\n") for claim in claims)
            down = rows * (24.0 if widest <= left else 31.0)
            ax = new_axes(width, left + GAP, columns * cell, lines * SMALL * LEADING + 8, down, 36)
        left, above, across, down = room(ax)
        wide, high = across / columns, down / rows
        ax.set(xlim=(0, columns), ylim=(rows, 0))
        ax.xaxis.tick_top()
        headings = [labels.label(claim, (wide - 8) / SMALL, int(above / SMALL / LEADING)) for claim in claims]
        starts = np.arange(columns) + 1 / wide
        write(ax.xaxis, starts, headings, 6, va="bottom", fontsize=SMALL, linespacing=LEADING)
        write_names(ax, titles, np.arange(rows) + 0.5, 2)
        clear = {"facecolor": palette.PAPER, "linewidth": 0, "boxstyle": "round,pad=0.2"}
        for (row, column), rating in np.ndenumerate(ratings.to_numpy()):
            settled = bool(decided.iat[row, column])
            look = _look(rating, settled)
            ax.add_artist(Rectangle((column + 1 / wide, row + 1 / high), 1 - 2 / wide, 1 - 2 / high, **look))
            word = f" {WORDS[rating]}" if rating and wide >= 80 else ""
            text = f"{rating or '•'}{'' if settled else '?'}{word}"
            colour = palette.text_on(look["facecolor"]) if rating else palette.MUTED
            middle, bbox = (column + 0.5, row + 0.5), None if settled else clear
            ax.text(*middle, text, ha="center", va="center_baseline", color=colour, bbox=bbox)
        legend(ax, _states(WORDS[::-1], bool(decided.to_numpy().all())))
    return ax


def plot_strength(
    ratings: pd.DataFrame, decided: pd.DataFrame, ax: Axes | None = None, *, themes: Titles | None = None
) -> Axes:
    """Draw how many stories back each theme; arguments and errors are those of :func:`plot_coverage`.

    Returns:
        The Axes, one unit per story across and one per theme down, first theme on top. A bar is strong
        settled, strong suggested, partial settled, partial suggested, without the empty parts.
    """
    ratings, decided = _checked(ratings, decided)
    with style():
        if ratings.columns.empty:
            return sentence(ax, nothing(ratings))
        claims, counts = [labels.title(key, themes) for key in ratings.columns], _counts(ratings, decided)
        tallies = [_tally(count) for count in counts]
        most = max(ENOUGH, *(sum(count.values()) for count in counts))
        if ax is None:
            left = min(max(map(labels.width, claims)), 24) * TEXT
            lines = 1 + max(labels.label(claim, left / TEXT, 3).count("\n") for claim in claims)
            down = len(claims) * (14 + lines * TEXT * LEADING)
            ax = new_axes(WIDTH, left + GAP, WIDTH - left - GAP, 20, down, 32)
        _, _, across, down = room(ax)
        high = down / len(claims)
        unit = min(56, max(across - max(map(labels.width, tallies)) * TEXT - GAP, across / 3) / most)
        thick = min(0.6, 16 / high)
        ax.set(xlim=(0, across / unit), ylim=(len(claims) - 0.5, -0.5), xticks=[])
        write_names(ax, claims, np.arange(len(claims)), 3)
        for place, (count, tally) in enumerate(zip(counts, tallies, strict=True)):
            start = 0
            for (rating, settled), length in count.items():
                if length:
                    look = _look(rating, settled)
                    ax.add_artist(Rectangle((start, place - thick / 2), length, thick, **look))
                start += length
            colour = palette.INK if start else palette.PROBLEM
            note(ax, tally, (most, place), (GAP, 0), color=colour, va="center_baseline")
        for colour, width in ((palette.PAPER, 3), (palette.INK, 1)):
            ax.axvline(ENOUGH, color=colour, linewidth=width)
        note(ax, "two stories needed", (ENOUGH, -0.5), (-1, 5), fontsize=SMALL, color=palette.MUTED)
        legend(ax, _states(WORDS[:0:-1], bool((decided | (ratings == 0)).to_numpy().all())))
    return ax


def describe_coverage(
    ratings: pd.DataFrame, decided: pd.DataFrame, *,
    stories: Titles | None = None, themes: Titles | None = None,
) -> str:  # fmt: skip
    """Say in at most about 700 characters what :func:`plot_coverage` shows, from the same arguments.

    >>> describe_coverage(pd.DataFrame({"calm": [2, 1]}), pd.DataFrame({"calm": [True, False]}))[:78]
    'Matrix of 2 stories and 1 theme. “calm”: 1 strong, 1 partial (1 suggested). Ea'
    """
    ratings, decided = _checked(ratings, decided)
    if ratings.empty:
        return nothing(ratings)
    unused = quoted(ratings.index[(ratings == 0).all(axis=1)], stories, 2, 30)
    carrying = f"No theme is carried by {unused}." if unused else "Each story carries a theme."
    size = f"{counted(len(ratings), 'story', 'stories')} and {counted(ratings.shape[1], 'theme', 'themes')}"
    return f"Matrix of {size}. {_told(ratings, decided, themes)} {carrying} {_pending(decided, ratings >= 0)}"


def describe_strength(ratings: pd.DataFrame, decided: pd.DataFrame, *, themes: Titles | None = None) -> str:
    """Say in at most about 700 characters what :func:`plot_strength` shows, from the same arguments."""
    ratings, decided = _checked(ratings, decided)
    if ratings.columns.empty:
        return nothing(ratings)
    return f"Stories behind each theme. {_told(ratings, decided, themes)} {_pending(decided, ratings > 0)}"


def _checked(ratings: pd.DataFrame, decided: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    for name, ours, theirs in zip(("story", "theme"), ratings.axes, decided.axes, strict=True):
        for keys in (ours, theirs):
            if not keys.is_unique:
                raise ValueError(f"A {name} appears twice: {list(keys[keys.duplicated()])!r:.200}.")
        if not ours.equals(theirs) and len(odd := ours.symmetric_difference(theirs, sort=False)):
            raise ValueError(f"Ratings and decisions differ in {name} labels: {list(odd)!r:.200}.")
    for name, frame, allowed in (("rating", ratings, [0, 1, 2]), ("decision", decided, [True, False])):
        values = frame.to_numpy()
        if not (np.isin(values, allowed) if values.dtype.kind in "bi" else frame.isin(allowed).to_numpy()).all():
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
    room = 130 // min(most, len(counts))
    told = [f"{quoted([key], themes, 1, room)}: {_tally(counts[key])}" for key in ratings.columns[:most]]
    rest = f"; and {len(counts) - most} more" if len(counts) > most else ""
    weak = quoted([k for k, count in counts.items() if sum(count.values()) < ENOUGH], themes, most, room)
    verdict = f"Fewer than two stories: {weak}" if weak else "Each theme has two or more"
    return f"{'; '.join(told)}{rest}. {verdict}."


def _pending(decided: pd.DataFrame, among: pd.DataFrame) -> str:
    total, open_ = int(among.to_numpy().sum()), int((among & ~decided).to_numpy().sum())
    if not open_:
        return "Each rating was settled by a person." if total else "Nothing is rated above none."
    return f"{open_:,} of {counted(total, 'rating', 'ratings')} {'is' if open_ == 1 else 'are'} {SUGGESTED}."


def _look(rating: int, settled: bool) -> dict[str, Any]:
    if settled:
        return {"facecolor": palette.RATING[rating], "linewidth": 0}
    pencil = {"edgecolor": palette.PENCIL[rating], "hatch": "///", "linestyle": (0, (3, 2)), "linewidth": 1}
    return {"facecolor": palette.PAPER, **pencil}


def _states(words: Iterable[str], settled: bool) -> list[Patch]:
    handles = [Patch(**_look(WORDS.index(word), True), label=word) for word in words]
    if not settled:
        handles.append(Patch(**_look(1, False) | {"edgecolor": palette.MUTED}, label=SUGGESTED))
    return handles


# --- what every figure is made with --------------------------------------------------------------------------


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "story", "stories"), counted(1200, "story", "stories")
    ('1 story', '1,200 stories')
    """
    return f"{number:,} {one if number == 1 else many}"


def quoted(keys: Iterable[Hashable], titles: Titles | None, most: int, room: int) -> str:
    """Return the titles of `keys` for alternative text: the first `most`, each of at most `room` characters.

    >>> quoted(["a", "b", "c"], {"a": "Calm when it counts"}, 2, 9)
    '“Calm whe…”, “b” and 1 more'
    """
    texts = [labels.clean((titles or {}).get(key, key)) or labels.clean(key) for key in keys]
    shown = [f"“{text if len(text) <= room else text[: room - 1].rstrip() + '…'}”" for text in texts[:most]]
    return ", ".join(shown) + (f" and {len(texts) - most:,} more" if len(texts) > most else "")


def nothing(frame: pd.DataFrame, rows: str = "stories") -> str:
    """Return the sentence that stands where a frame without themes (columns) or `rows` would be drawn."""
    return f"There are no {'themes' if frame.columns.empty else rows} yet, so nothing to show here."


def style() -> AbstractContextManager[None]:
    """Return a context in which no setting of the reader's machine changes a drawing."""
    text = {"font.family": labels.families(), "font.size": TEXT, "text.color": palette.INK}
    svg = {"hatch.linewidth": 0.6, "svg.fonttype": "path", "svg.hashsalt": "prepkit"}
    return matplotlib.style.context(["default", {"text.parse_math": False} | text | svg])


def new_axes(width: float, left: float, across: float, above: float, down: float, below: float) -> Axes:
    """Return Axes `across` by `down` points in a new figure of this width, with this room round them."""
    height = above + down + below
    figure = Figure(figsize=(width / 72, height / 72), dpi=100)
    return figure.add_axes((left / width, below / height, across / width, down / height))


def room(ax: Axes) -> tuple[float, ...]:
    """Return the room left of and above the Axes, then their width and height, in points."""
    figure, inner = ax.figure.figure, ax.bbox
    sizes = (inner.x0, figure.bbox.y1 - inner.y1, inner.width, inner.height)
    return tuple(size * 72 / figure.dpi for size in sizes)


def sentence(ax: Axes | None, text: str) -> Axes:
    """Write one grey sentence in place of a drawing."""
    ax = ax or new_axes(WIDTH, 0, WIDTH, 6, 24, 6)
    ax.set_axis_off()
    ax.text(0, 0.5, text, transform=ax.transAxes, va="center", color=palette.MUTED)
    return ax


def write(axis: Axis, places: Any, texts: list[str], pad: float, **style: Any) -> None:
    """Write labels at the places of an axis, `pad` points away, without ticks and never as mathematics."""
    # Ticks of an Axes that was given are older than the style in force here.
    look = {"ha": "left", "color": palette.INK} | style
    axis.set_tick_params(length=0, left=False, right=False, pad=pad, labelfontfamily=labels.families())
    axis.set_ticks(places, texts, parse_math=False, **look)


def write_names(ax: Axes, names: list[str], places: Any, most: int) -> None:
    """Write the names of rows, flush left, each in as many lines as its row holds, at most `most`."""
    left, _, _, down = room(ax)
    lines = min(most, int(down / len(names) / TEXT / LEADING))
    texts = [labels.label(name, (left - GAP) / TEXT, lines) for name in names]
    pad = min(left, max(map(labels.width, names)) * TEXT + GAP)
    write(ax.yaxis, places, texts, pad, va="center", fontsize=TEXT, linespacing=1.2)
    ax.set_frame_on(False)


def note(ax: Axes, text: str, place: tuple[float, float], away: tuple[float, float], **style: Any) -> None:
    """Write a text `away` points from a place in the units of the Axes, also outside of them."""
    ax.annotate(text, place, away, textcoords="offset points", annotation_clip=False, **style)


def legend(ax: Axes, handles: list[Patch], below: float = GAP) -> None:
    """Put the states `below` points below the Axes, flush with the left edge of the figure."""
    corner = blended_transform_factory(ax.figure.figure.transFigure, ax.transAxes)
    down = ScaledTranslation(0, -below / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles, ncols=len(handles), frameon=False, fontsize=SMALL, loc="upper left",
        bbox_to_anchor=(0, 0), bbox_transform=corner + down, borderpad=0, borderaxespad=0,
        handlelength=1.6, handleheight=1.1, handletextpad=0.6, columnspacing=1.8,
    )  # fmt: skip
