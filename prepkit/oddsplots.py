"""Odds and speaking time as figures: how soon the themes get told, and how long the case takes to say.

Chances are floats 0 to 1 and times are seconds; frames that hold anything else raise ValueError. Lines and bars are
told apart by weight, dashes and direct labels, so that they read in greyscale. As in :mod:`prepkit.plots`, titles
come from outside and are cleaned, measured and wrapped, and lengths on paper are points (1/72 inch).
"""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import Affine2D, BboxTransformTo, ScaledTranslation, Transform

from prepkit import labels, palette
from prepkit.interview import percent
from prepkit.labels import Titles
from prepkit.plots import (
    GAP,
    LEADING,
    SMALL,
    TEXT,
    WIDTH,
    counted,
    legend,
    new_axes,
    note,
    nothing,
    quoted,
    room,
    sentence,
    style,
    write,
    write_names,
)  # fmt: skip

__all__ = ["describe_case", "describe_delivery", "plot_case", "plot_delivery"]

Floats = npt.NDArray[np.float64]
LINE = TEXT * LEADING
DROP = 0.36  # from the middle of a line of text down to its baseline, in ems
RASTER = 1.12  # what the narrowest letters gain in a raster image; at the edge they would be cut
BOLD = 1.2  # letters of the bold weight are wider than the plain ones, which are measured, by up to this much
DASHES = ("-", (0, (6, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))  # of themes 1 to 4, and again from theme 5 on
TONES = {"claim": palette.RATING[1], "proof": palette.RATING[2]}
STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600)  # seconds from one label of the axis to the next
HOLE = 12.0  # width of the sign for a missing part; it takes no time, so it has no width in seconds
QUIET: dict[str, Any] = {"fontsize": SMALL, "color": palette.MUTED}
MISSING: dict[str, Any] = {"facecolor": palette.PROBLEM_WASH, "edgecolor": palette.PROBLEM, "linestyle": (0, (3, 2))}


def plot_delivery(
    by_question: pd.DataFrame, together: pd.DataFrame, ax: Axes | None = None, *, themes: Titles | None = None
) -> Axes:
    """Draw the chance that each theme, and that all of them, have been told by question 1, 2 and so on.

    Args:
        by_question: Index ``question`` (1 to n), a column per theme in the plan's order, floats 0 to 1.
        together: The same index; ``value``, ``low``, ``high`` are the chance of all themes and its 95 % range.
        ax: Where to draw; labels take the room around it, most of it on the right. By default a new figure,
            9 inches wide and as high as the labels need.
        themes: Claim per theme id; an id without one is shown itself.

    Returns:
        The Axes, one unit per question across and chances 0 to 1 upwards: a line per theme, labelled ``theme <id>``,
        one labelled ``all themes``, and its range as error bars.

    Raises:
        ValueError: when questions are not 1 to n in both frames, columns are wrong, or a value is not allowed.
    """
    by_question, together = _chances(by_question, together)
    with style():
        if by_question.empty:
            return sentence(ax, nothing(by_question, "questions"))
        n, count = by_question.shape
        names = [f"{number}. {labels.title(key, themes)}" for number, key in enumerate(by_question, 1)]
        most = 3 if count <= 4 else 2
        if ax is None:
            column = max(min(max(map(labels.width, names)), 23), 19) * TEXT
            left, right = labels.width("100 %") * SMALL + GAP, _column() + column * RASTER
            lines = sum(1 + labels.label(name, column / TEXT, most).count("\n") for name in names)
            down = max(210.0, (lines + 2) * LINE + count * 5)
            ax = new_axes(WIDTH, left, WIDTH - left - right, 28, down, 36)
        _, _, across, down = room(ax)
        # Half a question's width on the left at most, so that the first marker does not lie on the scale.
        start = 0.5 if n == 1 else 1 - min(0.25, 18 / across * n)
        ax.set(xlim=(start, n), ylim=(0, 1))
        ax.set_frame_on(False)
        scale = np.arange(5) / 4
        ax.hlines(scale, start, n, color=palette.LINE, linewidth=0.8, zorder=0, clip_on=False)
        write(ax.yaxis, scale, [percent(chance) for chance in scale], 6, ha="right", va="center", **QUIET)
        wide = across / (n - start)
        step = next(step for step in (1, 2, 5, 10, 20, inf) if step * wide >= 16)
        shown = [question for question in range(1, n + 1) if (n - question) % step == 0]
        write(ax.xaxis, shown, [str(question) for question in shown], 6, ha="center", va="top", fontsize=SMALL)
        note(ax, "chance of having been told", (start, 1), (0, 10), **QUIET)
        note(ax, "after question", (start, 0), (0, -28), **QUIET)
        _draw_chances(ax, by_question, together, shown)
        _write_ends(ax, by_question.iloc[-1], together.iloc[-1], names, most)
    return ax


def plot_case(
    parts: pd.DataFrame, ax: Axes | None = None, *,
    shortest: float = 20.0, longest: float = 30.0, themes: Titles | None = None,
) -> Axes:  # fmt: skip
    """Draw how long the case takes to say: a row per theme, each beginning where the one before ended.

    Args:
        parts: Index ``theme`` in the plan's order; ``claim`` and ``proof`` are seconds, 0 for a part that is missing.
        ax: Where to draw; names take the room to its left and times that to its right. By default a new figure,
            9 inches wide and as high as the rows need.
        shortest, longest: The time that the case should take, seconds.
        themes: Claim per theme id; an id without one is shown itself.

    Returns:
        The Axes, one unit per second across and one per theme down, with the sum in a last row.

    Raises:
        ValueError: when columns are wrong, a theme repeats, or a time is negative, endless or not a number.
    """
    parts = _times(parts, shortest, longest)
    with style():
        if parts.empty:
            return sentence(ax, nothing(parts.T))
        count, total = len(parts), float(parts.to_numpy().sum())
        names = [f"{number}. {labels.title(key, themes)}" for number, key in enumerate(parts.index, 1)]
        names.append("all together")
        times = {part: [_time(seconds, part) for seconds in parts[part]] for part in TONES}
        claims, proofs = (max(map(labels.width, [part, *texts])) * TEXT for part, texts in times.items())
        verdict = _verdict(total, shortest, longest)
        most = 3 if count <= 4 else 2
        if ax is None:
            left = min(max(map(labels.width, names)), 22) * TEXT
            lines = 1 + max(labels.label(name, left / TEXT, most).count("\n") for name in names)
            right = GAP + max(claims + GAP + proofs, labels.width(verdict) * BOLD * TEXT)
            ax = new_axes(WIDTH, left + GAP, WIDTH - left - GAP - right, 24, (count + 1) * (12 + lines * LINE), 52)
        _, _, across, down = room(ax)
        starts = np.cumsum(parts.sum(axis=1)) - parts.sum(axis=1)
        before = HOLE + 2 if (parts["claim"][starts == 0] == 0).any() else 0.0
        end = max(total, longest)
        unit = max(across - before - HOLE - 4, across / 3) / end
        ax.set(xlim=(-before / unit, end + (HOLE + 4) / unit), ylim=(count + 0.5, -0.5))
        write_names(ax, names, np.arange(count + 1), most)
        step = next((step for step in STEPS if end / step <= 7), round(end / 7, -2))
        ticks = np.arange(0, end * 1.0001, step)
        write(ax.xaxis, ticks, [f"{tick:,.0f} s" for tick in ticks], 5, ha="center", va="top", fontsize=SMALL)

        ax.add_artist(
            Rectangle((shortest, -0.5), longest - shortest, count + 1, facecolor=palette.ACCENT_WASH, zorder=0)
        )
        ax.vlines([shortest, longest], -0.5, count + 0.5, color=palette.PENCIL[1], linewidth=0.8, zorder=0.5)
        ax.vlines(0, -0.5, count + 0.5, color=palette.INK, linewidth=0.8, zorder=3, clip_on=False)
        window = f"{shortest:g} to {longest:g} seconds"
        half = labels.width(window) * SMALL / 2
        middle = np.clip(before + unit * (shortest + longest) / 2, half, max(half, across - half)) - across
        paper, row = _paper(ax), down / (count + 1)
        ax.text(middle, down + 6, window, ha="center", transform=paper, **QUIET)
        for part, place in (("claim", GAP), ("proof", GAP + claims + GAP)):
            ax.text(place, down + 6, part, transform=paper, **QUIET)
            for number, text in enumerate(times[part]):
                colour = palette.PROBLEM if text.startswith("no ") else palette.INK
                at = (place, down - (number + 0.5) * row)
                ax.text(*at, text, va="center_baseline", color=colour, transform=paper)
        colour = palette.PROBLEM if "too long" in verdict else palette.INK
        ax.text(GAP, row / 2, verdict, va="center_baseline", weight="bold", color=colour, transform=paper)
        _draw_times(ax, parts, starts.to_numpy(), unit, min(0.6, 16 / row))
        for first, last, thick, colour in (
            (0, min(total, longest), 4, palette.INK),
            (longest, total, 8, palette.PROBLEM),
        ):
            if last > first:
                size = (last - first, thick / row)
                ax.add_artist(Rectangle((first, count - size[1] / 2), *size, facecolor=colour, linewidth=0, zorder=2))
        ax.vlines(total, count - 0.5, count + 0.3, color=palette.INK, linewidth=1.2, zorder=3)
        handles = [Patch(facecolor=tone, linewidth=0, label=part) for part, tone in TONES.items()]
        if not parts.to_numpy().all():
            handles.append(Patch(**MISSING, label="missing"))
        legend(ax, handles, 30)
    return ax


def describe_delivery(by_question: pd.DataFrame, together: pd.DataFrame, *, themes: Titles | None = None) -> str:
    """Say in at most about 700 characters what :func:`plot_delivery` shows, from the same arguments.

    >>> frame = pd.DataFrame({"calm": [0.5, 0.75]}, index=[1, 2])
    >>> describe_delivery(frame, pd.DataFrame({"value": [0.5, 0.75], "low": 0.4, "high": 0.8}, index=[1, 2]))[60:144]
    'only theme: 50 % after question 1, 75 % after question 2 (95 % range 40 to 80 %). Af'
    """
    by_question, together = _chances(by_question, together)
    if by_question.empty:
        return nothing(by_question, "questions")
    n, count = by_question.shape
    last, most = by_question.iloc[-1], 5
    room = 250 // min(most, count)
    told = [f"{quoted([key], themes, 1, room)} {percent(last[key])}" for key in by_question.columns[:most]]
    rest = f" and {count - most} more" if count > most else ""
    low = f" Least likely is {quoted([last.idxmin()], themes, 1, room)}: {percent(last.min())}." if count > 1 else ""
    course = [f"{percent(together['value'].loc[at])} after question {at}" for at in sorted({1, (n + 1) // 2, n})]
    everything = _everything(count)
    return (
        f"Lines over {counted(n, 'question', 'questions')}: the chance of having been told. "
        f"{everything[0].upper()}{everything[1:]}: {', '.join(course)} (95 % range {_range(together.iloc[-1])}). "
        f"After question {n}: {', '.join(told)}{rest}.{low}"
    )


def describe_case(
    parts: pd.DataFrame, *, shortest: float = 20.0, longest: float = 30.0, themes: Titles | None = None
) -> str:
    """Say in at most about 700 characters what :func:`plot_case` shows, from the same arguments.

    >>> describe_case(pd.DataFrame({"claim": [5.0], "proof": [0.0]}, index=["calm"]))[:46]
    'Time to say the case: 5 s, room for 15 s more.'
    """
    parts = _times(parts, shortest, longest)
    if parts.empty:
        return nothing(parts.T)
    most = 5
    room = 250 // min(most, len(parts))
    told = []
    for key, row in parts.iloc[:most].iterrows():
        times = [_time(row[part], part) for part in TONES]
        said = [text if text.startswith("no ") else f"{part} {text}" for part, text in zip(TONES, times, strict=True)]
        told.append(f"{quoted([key], themes, 1, room)}: {', '.join(said)}")
    rest = f"; and {len(parts) - most} more" if len(parts) > most else ""
    missing = int((parts == 0).to_numpy().sum())
    holes = (
        f"{missing} of {parts.size} parts {'is' if missing == 1 else 'are'} missing"
        if missing
        else "No part is missing"
    )
    verdict = _verdict(float(parts.to_numpy().sum()), shortest, longest)
    target = f"It should take {shortest:g} to {longest:g} seconds."
    return f"Time to say the case: {verdict}. {target} {'; '.join(told)}{rest}. {holes}."


def _chances(by_question: pd.DataFrame, together: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    columns = ["value", "low", "high"]
    if not by_question.columns.is_unique:
        repeated = by_question.columns[by_question.columns.duplicated()]
        raise ValueError(f"A theme appears twice: {list(repeated)!r:.200}.")
    _hold_columns(together, columns)
    if not by_question.empty:
        for frame in (by_question, together):
            if list(frame.index) != list(range(1, len(by_question) + 1)):
                raise ValueError(f"Questions are numbered 1 to {len(by_question)}, not {list(frame.index)!r:.200}.")
    by_question, together = _numbers(by_question, "chance", 1), _numbers(together[columns], "chance", 1)
    tolerance = 1e-9  # a range may miss its value by a rounding
    outside = (together["low"] > together["value"] + tolerance) | (together["value"] > together["high"] + tolerance)
    if outside.any():
        raise ValueError(f"After question {outside.idxmax()} the chance lies outside of its own range.")
    return by_question, together


def _times(parts: pd.DataFrame, shortest: float, longest: float) -> pd.DataFrame:
    if not parts.index.is_unique:
        raise ValueError(f"A theme appears twice: {list(parts.index[parts.index.duplicated()])!r:.200}.")
    if not (0 <= shortest < longest and isfinite(longest)):
        raise ValueError(f"The case should take {shortest} to {longest} seconds; the second has to be the longer one.")
    _hold_columns(parts, list(TONES))
    return _numbers(parts[list(TONES)], "time in seconds", inf)


def _hold_columns(frame: pd.DataFrame, columns: list[str]) -> None:
    if sorted(map(str, frame.columns)) != sorted(columns):
        raise ValueError(f"The columns are {list(frame.columns)!r:.200}; they should be {', '.join(columns)}.")


def _numbers(frame: pd.DataFrame, what: str, most: float) -> pd.DataFrame:
    try:
        frame = frame.astype(float)
    except (TypeError, ValueError):
        raise ValueError(f"A {what} is a number; another value or an empty one was found.") from None
    values = frame.to_numpy()
    if not (np.isfinite(values) & (values >= 0) & (values <= most)).all():
        allowed = "0 or more" if most == inf else f"0 to {most:g}"
        raise ValueError(f"A {what} is {allowed}; another value or an empty one was found.")
    return frame


def _range(estimate: pd.Series) -> str:
    """Return a range in whole per cent, with decimals where its ends would look the same."""
    ends = [100 * estimate["low"], 100 * estimate["high"]]
    decimals = next((d for d in (0, 1, 2) if f"{ends[0]:.{d}f}" != f"{ends[1]:.{d}f}"), 0)
    return f"{ends[0]:.{decimals}f} to {ends[1]:.{decimals}f} %"


def _everything(count: int) -> str:
    return {1: "the only theme", 2: "both themes"}.get(count, f"all {count} themes")


def _time(seconds: float, part: str) -> str:
    return f"{seconds:,.0f} s" if seconds >= 0.5 else "under 1 s" if seconds else f"no {part} yet"


def _verdict(total: float, shortest: float, longest: float) -> str:
    """Say how long the case is and by how much that is too long or short, with a decimal where it is under a second.

    >>> _verdict(38, 20, 30), _verdict(14, 20, 30), _verdict(27, 20, 30), _verdict(30.3, 20, 30)
    ('38 s, 8 s too long', '14 s, room for 6 s more', '27 s, fits', '30.3 s, 0.3 s too long')
    """
    over, under = total - longest, shortest - total
    off = max(over, under)
    if off < 0.05:
        return f"{total:,.0f} s, fits"
    decimals = 0 if off >= 1 else 1
    end = f"{over:,.{decimals}f} s too long" if over > under else f"room for {under:,.{decimals}f} s more"
    return f"{total:,.{decimals}f} s, {end}"


def _paper(ax: Axes) -> Transform:
    """Return the transform of points right of and above the lower right corner of the Axes."""
    return Affine2D().scale(1 / 72) + ax.figure.dpi_scale_trans + ScaledTranslation(1, 0, BboxTransformTo(ax.bbox))


def _column() -> float:
    """Return how far right of the Axes the claims begin: after a leader and the per cent in bold."""
    return 2.4 * GAP + labels.width("100 %") * BOLD * TEXT


def _draw_chances(ax: Axes, by_question: pd.DataFrame, together: pd.DataFrame, shown: list[int]) -> None:
    dot = {"marker": "o", "markersize": 4} if len(by_question) == 1 else {}  # one point makes no line
    for place, (key, chances) in enumerate(by_question.items()):
        look: dict[str, Any] = {"linestyle": DASHES[place % len(DASHES)], "linewidth": 1.2, **dot}
        ax.plot(chances.index, chances, color=palette.ACCENT, clip_on=False, zorder=2, label=f"theme {key}", **look)
    marks: dict[str, Any] = {"marker": "o", "markersize": 4.5, "markevery": [question - 1 for question in shown]}
    look = {"color": palette.INK, "linewidth": 2.4, "clip_on": False, "zorder": 4, **marks}
    ax.plot(together.index, together["value"], label="all themes", **look)
    # The caps stick out of the marker on both sides, so that a range thinner than the marker is seen, too.
    some = together.loc[shown]
    reach = [(some["value"] - some["low"]).clip(lower=0), (some["high"] - some["value"]).clip(lower=0)]
    bars: dict[str, Any] = {"fmt": "none", "elinewidth": 0.9, "capthick": 0.8, "capsize": 5.5}
    ax.errorbar(shown, some["value"], yerr=reach, ecolor=palette.INK, clip_on=False, zorder=5, **bars)


def _write_ends(ax: Axes, chances: pd.Series, together: pd.Series, names: list[str], most: int) -> None:
    """Write at the right end of each line what it stands for, highest first and apart from each other."""
    left, above, across, down = room(ax)
    start = _column()
    ems = (ax.figure.figure.get_figwidth() * 72 - left - across - start) / TEXT / RASTER
    lines = max(1, min(most, int((down / LINE - 2) / len(names))))
    texts = [labels.label(name, ems, lines) for name in names]
    texts.append(labels.label(_everything(len(names)), ems / BOLD, 1))
    shares = np.array([*chances, together["value"]])
    ends = shares * down
    sizes = np.array([(1 + text.count("\n")) * LINE for text in texts])
    second = SMALL * LEADING  # a line in small type below the last label
    sizes[-1] += second
    lifts = np.array([0.0] * len(names) + [second / 2])
    below = ax.bbox.y0 * 72 / ax.figure.figure.dpi
    reach = min(below, 26.0), min(above, 20.0)  # labels may stand beside the words above and below the scale
    gap = min(5.0, max(0.0, (down + sum(reach) - sizes.sum()) / len(sizes)))
    order = np.lexsort((-np.arange(len(ends)), ends))  # of two that are as likely, the first in the plan is on top
    places = np.empty(len(ends))
    places[order] = labels.spread((ends - lifts)[order], sizes[order] + gap, -reach[0], down + reach[1])
    places += lifts
    paper = _paper(ax)
    for number, (place, end, share, text) in enumerate(zip(places, ends, shares, texts, strict=True)):
        bold: dict[str, Any] = {"weight": "bold" if number == len(names) else "normal", "transform": paper}
        if abs(place - end) > 2:
            leader: dict[str, Any] = {"color": palette.MUTED, "linewidth": 0.7, "clip_on": False, "zorder": 1}
            ax.plot(
                [8, 1.9 * GAP], [end, place], transform=paper, scalex=False, scaley=False, label="_leader", **leader
            )
        ax.text(start - GAP / 2, place - DROP * TEXT, percent(share), ha="right", **bold)
        if "\n" in text:
            ax.text(start, place, text, va="center", linespacing=1.2, **bold)
        else:
            ax.text(start, place - DROP * TEXT, text, **bold)
    told = labels.label(f"bars: 95 % range, {_range(together)}", ems * TEXT / SMALL, 1)
    ax.text(start, places[-1] - (LINE + second) / 2 - DROP * SMALL, told, transform=paper, **QUIET)


def _draw_times(ax: Axes, parts: pd.DataFrame, starts: Floats, unit: float, thick: float) -> None:
    ends, rows = starts + parts.to_numpy().sum(axis=1), np.arange(len(parts))
    ax.vlines(ends, rows + thick / 2, rows + 1 - thick / 2, color=palette.MUTED, linewidth=0.6, zorder=1)
    for row, (start, times) in enumerate(zip(starts, parts.to_numpy(), strict=True)):
        top = row - thick / 2
        for begin, seconds, (part, tone) in zip((start, start + times[0]), times, TONES.items(), strict=True):
            if seconds:
                ax.add_artist(Rectangle((begin, top), seconds, thick, facecolor=tone, linewidth=0, zorder=2))
            else:
                # Before the proof or after the claim, as wide as a sign and not as any time.
                corner = (begin - HOLE / unit, top) if part == "claim" else (begin, top)
                ax.add_artist(Rectangle(corner, HOLE / unit, thick, linewidth=1, zorder=2, **MISSING))
