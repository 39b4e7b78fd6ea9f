"""What debriefs say: which themes were heard, which were lost, and how likely a story tells its theme.

A handful of debriefs is little. So each share carries its range, a theme that nobody was asked about says “no data”,
and chances move only slowly away from what was assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import sqrt

import pandas as pd

from prepkit.debrief import Debrief, Heard
from prepkit.interview import Assumptions, percent

__all__ = ["NO_DATA", "PRIOR_TELLINGS", "chances", "intended_against_heard", "learned_chances", "recall", "tellings"]

NO_DATA = "no data"

PRIOR_TELLINGS = 10.0
"""Tellings that the assumed chance is worth. One listener then moves it by nine points at most, which is not enough to
turn a plan round, and after ten tellings debriefs weigh as much as the guess. A choice, not a finding."""

WORTH = {Heard.HEARD: 1.0, Heard.PARTLY: 0.5, Heard.NOT_HEARD: 0.0}
"""What a mark counts as; that partly is one half is a convention."""


def recall(debriefs: Iterable[Debrief], themes: Iterable[str]) -> pd.DataFrame:
    """Return how often each theme was heard.

    Args:
        debriefs: Any number, also none.
        themes: Ids in the plan's order, such as ``application.theme_names``.

    Returns:
        A frame with index ``theme`` and the columns ``heard``, ``partly``, ``not_heard`` and ``n`` (debriefs with a
        mark, int), ``rate`` (heard plus half of partly, of n), ``low`` and ``high`` (its range, floats 0 to 1) and
        ``in_words`` (“75 % (30 to 95 %)”, or :data:`NO_DATA`). Never NaN: with n = 0 the range is 0 to 1 and the rate
        stands in its middle.

    The range is Wilson's at 95 %: unlike the textbook one it stays between 0 and 1 and does not shrink to nothing when
    all of two listeners agree (two of two gives 34 to 100 %). A mark of one half varies less than a toss between 0 and
    1, so with such marks it is on the wide side. It takes listeners for strangers to each other: the same one asked
    twice says less than it shows.
    """
    kept = list(debriefs)
    rows = []
    names = list(themes)
    for theme in names:
        found = [mark.heard for debrief in kept if (mark := debrief.mark(theme))]
        counts = [found.count(heard) for heard in Heard]
        rows.append([*counts, len(found), *_wilson(sum(WORTH[heard] for heard in found), len(found))])
    columns = ["heard", "partly", "not_heard", "n", "rate", "low", "high"]
    frame = pd.DataFrame(rows, pd.Index(names, name="theme", dtype=object), columns)
    frame = frame.astype(dict.fromkeys(columns[:4], int) | dict.fromkeys(columns[4:], float))
    frame["in_words"] = [_in_words(row) for row in frame.itertuples()]
    return frame.astype({"in_words": object})


def _wilson(hits: float, trials: int) -> tuple[float, float, float]:
    if not trials:
        return 0.5, 0.0, 1.0
    share, z = hits / trials, 1.96
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    return share, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))


def _in_words(row: object) -> str:
    n, rate, low, high = (getattr(row, name) for name in ("n", "rate", "low", "high"))
    return f"{percent(rate)} ({100 * low:.0f} to {100 * high:.0f} %)" if n else NO_DATA


def intended_against_heard(debriefs: Sequence[Debrief], themes: Iterable[str]) -> pd.DataFrame:
    """Return what was meant against what was heard, debrief by debrief.

    Returns:
        A frame with the index ``kind`` and ``what``: ``theme`` and its id in the order of `themes`, then ``former
        theme`` for ids that only debriefs know, then ``unexpected`` and the words of what was heard but not meant, each
        once. Columns ``debrief`` are ids in the order given. Values are ``heard``, ``partly`` and ``not heard``; empty
        text where nothing was said of it.
    """
    names = list(themes)
    former = dict.fromkeys(mark.theme for debrief in debriefs for mark in debrief.themes if mark.theme not in names)
    things: dict[str, str] = {}
    for thing in (thing for debrief in debriefs for thing in debrief.unexpected):
        things.setdefault(thing.casefold(), thing)
    rows: dict[tuple[str, str], list[str]] = {}
    for kind, ids in (("theme", names), ("former theme", [*former])):
        for name in ids:
            rows[kind, name] = [mark.heard.value if (mark := debrief.mark(name)) else "" for debrief in debriefs]
    said = [{thing.casefold() for thing in debrief.unexpected} for debrief in debriefs]
    for key, thing in things.items():
        rows["unexpected", thing] = [Heard.HEARD.value if key in heard else "" for heard in said]
    index = pd.MultiIndex.from_tuples(list(rows), names=["kind", "what"]) if rows else _NOTHING
    columns = pd.Index([debrief.id for debrief in debriefs], name="debrief", dtype=object)
    return pd.DataFrame(list(rows.values()), index, columns, dtype=object)


_NOTHING = pd.MultiIndex.from_arrays([[], []], names=["kind", "what"])


def tellings(debriefs: Iterable[Debrief], ratings: pd.DataFrame) -> pd.DataFrame:
    """Return the answers that tell how well stories carry themes.

    Args:
        debriefs: Any number, also none.
        ratings: Stories x themes, 0, 1 or 2, such as ``coverage.settled``: what somebody has rated.

    Returns:
        A frame with one row for each answered question (index ``telling``, from 1) and the columns ``debrief``,
        ``question``, ``story``, ``theme``, ``rating`` (1 or 2) and ``heard`` (1.0 heard, 0.5 partly, 0.0 not heard).

    A story tells the theme for which it is rated best, the first in the plan of several. Not in the frame are answers
    without a story, with one that is unknown or carries no theme, and those for whose theme the debrief has no mark.
    """
    rows = []
    for debrief in debriefs:
        for asked in debrief.asked:
            rated = ratings.loc[asked.story].to_dict() if asked.story in ratings.index else {}
            theme = max(rated, key=rated.__getitem__, default="")
            if rated.get(theme) and (mark := debrief.mark(str(theme))):
                rows.append([debrief.id, asked.question, asked.story, theme, int(rated[theme]), WORTH[mark.heard]])
    columns = ["debrief", "question", "story", "theme", "rating", "heard"]
    frame = pd.DataFrame(rows, pd.RangeIndex(1, len(rows) + 1, name="telling"), columns, dtype=object)
    return frame.astype({"rating": int, "heard": float})


def chances(debriefs: Iterable[Debrief], ratings: pd.DataFrame, prior: Assumptions | None = None) -> pd.DataFrame:
    """Return the numbers behind :func:`learned_chances`.

    Returns:
        A frame with index ``rating`` (``strong``, ``partial``) and the float columns ``prior`` (the assumed chance),
        ``tellings`` (how many there were), ``heard`` (their sum, a partly counting one half), ``alone`` (prior and
        tellings together, 0 to 1) and ``now`` (the chance to use; another than ``alone`` only where the two ratings
        had to be made one).

    The chance is the mean of a Beta distribution that starts from the prior with the weight of :data:`PRIOR_TELLINGS`.
    Should partial come out above strong, both get their common mean, each weighted by its tellings and its prior: so
    few data cannot turn round what the ratings mean (isotonic regression of two values).
    """
    prior = prior or Assumptions()
    found = tellings(debriefs, ratings)
    rows: dict[str, dict[str, float]] = {}
    for name, rating in (("strong", 2), ("partial", 1)):
        heard, assumed = found["heard"][found["rating"] == rating], float(getattr(prior, name))
        n, total = float(len(heard)), float(heard.sum())
        alone = (PRIOR_TELLINGS * assumed + total) / (PRIOR_TELLINGS + n) if n else assumed
        rows[name] = {"prior": assumed, "tellings": n, "heard": total, "alone": alone, "now": alone}
    frame = pd.DataFrame.from_dict(rows, orient="index", dtype=float).rename_axis("rating")
    if rows["strong"]["alone"] < rows["partial"]["alone"] and len(found):
        weights = frame["tellings"] + PRIOR_TELLINGS
        frame["now"] = float((frame["alone"] * weights).sum() / weights.sum())
    return frame


def learned_chances(
    debriefs: Iterable[Debrief], ratings: pd.DataFrame, prior: Assumptions | None = None
) -> Assumptions:
    """Return the assumptions with the chances that debriefs make likely in the place of the guesses.

    Args:
        debriefs: Any number; none, or none with a telling, leaves the prior as it is.
        ratings: Stories x themes, 0, 1 or 2; see :func:`tellings`.
        prior: What was assumed before; :class:`prepkit.interview.Assumptions` as it comes when left out.

    The chance then says "told and remembered" rather than "told". Two answers that tell one theme in one interview
    count twice although the listener can have it from either: with many answers a theme the chances come out high.
    """
    prior, kept = prior or Assumptions(), list(debriefs)
    if not kept:
        return replace(prior, tellings=0)
    found = chances(kept, ratings, prior)
    now, heard = found["now"], int(found["tellings"].sum())
    return replace(prior, strong=float(now["strong"]), partial=float(now["partial"]), tellings=heard)
