"""What came of mocks and interviews across applications: what was heard, by category and over time, and the outcomes.

A handful of debriefs is little, so each share carries its range, and where nothing is known it says “no data”.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from prepkit.debrief import Debrief, Heard, Mark, Occasion, Outcome
from prepkit.interview import Estimate
from prepkit.plan import Category
from prepkit.recall import NO_DATA, recall
from prepkit.standing import DebriefStanding, Standing

__all__ = ["by_month", "recall_by_category", "success", "tally"]

ALL = "all"
"""Name under which marks of all themes are counted together."""


def recall_by_category(standings: Sequence[Standing]) -> pd.DataFrame:
    """Return how often themes of each category were heard.

    Args:
        standings: Applications of one candidate or of many.

    Returns:
        A frame as from :func:`prepkit.recall.recall`, one row for each category and a last one ``all``; ``n`` are
        marks, of which a debrief has one for each theme that the listener was asked about. Themes that are no longer
        in a plan have no category and count in the last row only.

    The range takes marks for independent. Those of one listener are not quite, so it is rather too narrow.
    """
    marks: list[tuple[str, Heard]] = []
    for standing in standings:
        category = {theme.id: theme.category.value for theme in standing.themes if standing.chosen}
        for debrief in standing.debriefs:
            for theme, heard in debrief.heard.items():
                marks += [(name, heard) for name in (category.get(theme, ""), ALL) if name]
    return recall(_as_debriefs(marks), [*(category.value for category in Category), ALL]).rename_axis("category")


def _as_debriefs(marks: Iterable[tuple[str, Heard]]) -> Iterator[Debrief]:
    """Yield each mark as the debrief of a listener of its own, under the name of its group."""
    made: dict[tuple[str, Heard], Debrief] = {}
    for mark in marks:
        if mark not in made:  # alike ones can be one record: they are only counted
            made[mark] = Debrief(day="2000-01-01", kind=Occasion.MOCK, themes=(Mark(theme=mark[0], heard=mark[1]),))
        yield made[mark]


def by_month(standings: Sequence[Standing]) -> pd.DataFrame:
    """Return what came of mocks and interviews, month by month.

    Returns:
        A frame with index ``month`` (``YYYY-MM``, earliest first, only months with a debrief) and the integer columns
        ``mocks``, ``interviews``, ``offer``, ``next_round``, ``no`` and ``unknown`` (interviews by what came of them),
        ``n`` (marks), and the columns ``rate``, ``low``, ``high`` and ``in_words`` of :func:`prepkit.recall.recall` for
        all themes of the month. Several listeners of one application, day and kind are one mock or interview, with the
        best outcome that one of them knows of.
    """
    occasions = _occasions(standings)
    months = sorted({day[:7] for _, day, _ in occasions})
    marks = [(it.day[:7], heard) for standing in standings for it in standing.debriefs for heard in it.heard.values()]
    heard = recall(_as_debriefs(marks), months)[["n", "rate", "low", "high", "in_words"]]
    rows = [
        _counts((kind, outcome) for (_, day, kind), outcome in occasions.items() if day[:7] == month)
        for month in months
    ]
    index = pd.Index(months, name="month", dtype=object)
    counts = pd.DataFrame(rows, index, ["mocks", "interviews", *_NAMES]).astype(int)
    return counts.join(heard.rename_axis("month"))


def tally(standings: Sequence[Standing]) -> dict[str, int]:
    """Return the counts of :func:`by_month`, ``mocks`` to ``unknown``, for all time."""
    return _counts((kind, outcome) for (_, _, kind), outcome in _occasions(standings).items())


def _counts(occasions: Iterable[tuple[Occasion, Outcome]]) -> dict[str, int]:
    kept = list(occasions)
    outcomes = [outcome for kind, outcome in kept if kind is Occasion.INTERVIEW]
    counts = {name: outcomes.count(outcome) for name, outcome in zip(_NAMES, _ORDER, strict=True)}
    return {"mocks": len(kept) - len(outcomes), "interviews": len(outcomes), **counts}


_NAMES = ("offer", "next_round", "no", "unknown")
_ORDER = (Outcome.OFFER, Outcome.NEXT_ROUND, Outcome.NO, Outcome.NONE)
"""Outcomes, best first; not known is last, as anything known says more."""


def _occasions(standings: Iterable[Standing]) -> dict[tuple[int, str, Occasion], Outcome]:
    found: dict[tuple[int, str, Occasion], Outcome] = {}

    def rank(debrief: DebriefStanding) -> int:
        return _ORDER.index(debrief.outcome)

    for place, standing in enumerate(standings):
        for debrief in sorted(standing.debriefs, key=rank):
            found.setdefault((place, debrief.day, debrief.kind), debrief.outcome)
    return found


def success(counts: Mapping[str, int]) -> str:
    """Say in which share of interviews with a known outcome a next round or an offer followed, with its range.

    Args:
        counts: As from :func:`tally`.

    >>> success({"offer": 1, "next_round": 1, "no": 0})
    '2 of 2 (34 to 100 %)'
    """
    won = counts["offer"] + counts["next_round"]
    known = won + counts["no"]
    if not known:
        return NO_DATA
    share = Estimate.of(won, known)
    return f"{won:,} of {known:,} ({100 * share.low:.0f} to {100 * share.high:.0f} %)"
