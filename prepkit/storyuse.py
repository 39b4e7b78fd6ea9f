"""How a candidate's stories are used across applications: idle, overused, worn; and the one new story to look for.

Ratings are those of the reports, suggested ones counted in, as in :mod:`prepkit.coverage`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from prepkit.coverage import ENOUGH
from prepkit.plan import Category
from prepkit.standing import Standing, StoryStanding

__all__ = ["FEWEST_CARRIED", "OVERUSED", "WORN", "NewStory", "best_ratings", "new_story", "story_use"]

OVERUSED = 2.0
"""A story is overused when it carries this many times as many themes as the others that carry any do on average. A
story can be told once in an interview: what hangs on it twice as often is lost twice as often. A rule of thumb."""

FEWEST_CARRIED = 4
"""Themes that an overused story carries at least; twice as many as hardly any is chance."""

WORN = 4
"""Mocks and interviews after which a story counts as worn: it may sound recited, and interviewers of a later round may
know it. A rule of thumb, no finding."""


def story_use(standings: Sequence[Standing]) -> pd.DataFrame:
    """Return how each story of one candidate is used.

    Args:
        standings: All applications of one candidate, in any order.

    Returns:
        A frame with index ``story`` (id), in the order of the inventory, and the columns ``title``, ``themes``
        (themes that it carries, over all applications), ``applications`` (in which it carries one), ``leaning``
        (themes that would have fewer than two stories without it), ``told`` (mocks and interviews in which it was
        told; two listeners of one day count once), all int, and the bool columns ``unwritten`` (only a title),
        ``idle`` (carries no theme anywhere), ``overused`` and ``worn``; see :data:`OVERUSED` and :data:`WORN`.
    """
    rows: dict[str, list[int]] = {}
    titles: dict[str, StoryStanding] = {}
    told = _occasions(standings)
    for standing in standings:
        weak = {theme.id for theme in standing.themes if theme.stories <= ENOUGH}
        for story in standing.stories:
            titles.setdefault(story.id, story)
            row = rows.setdefault(story.id, [0, 0, 0])
            row[0] += len(story.ratings)
            row[1] += bool(story.ratings)
            row[2] += len(weak & set(story.ratings))
    carried = {story: row[0] for story, row in rows.items()}
    records = [
        [
            titles[story].title, *row, len(told.get(story, ())), not titles[story].tellable,
            titles[story].tellable and not row[0], _is_overused(story, carried), len(told.get(story, ())) >= WORN,
        ]
        for story, row in rows.items()
    ]  # fmt: skip
    index = pd.Index(list(rows), name="story", dtype=object)
    kinds = {"title": object} | dict.fromkeys(_NUMBERS, int) | dict.fromkeys(_MARKS, bool)
    return pd.DataFrame(records, index, list(kinds)).astype(kinds)


_NUMBERS = ("themes", "applications", "leaning", "told")
_MARKS = ("unwritten", "idle", "overused", "worn")


def _occasions(standings: Iterable[Standing]) -> dict[str, set[tuple[int, str, str]]]:
    """Return for each story the mocks and interviews in which it was told."""
    found: dict[str, set[tuple[int, str, str]]] = {}
    for place, standing in enumerate(standings):
        for debrief in standing.debriefs:
            for story in debrief.told:
                found.setdefault(story, set()).add((place, debrief.day, debrief.kind.value))
    return found


def _is_overused(story: str, carried: dict[str, int]) -> bool:
    others = [number for other, number in carried.items() if number and other != story]
    average = sum(others) / len(others) if others else 0.0
    return carried[story] >= max(FEWEST_CARRIED, OVERUSED * average)


def best_ratings(standings: Sequence[Standing]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return how well each story carries the theme that it carries best, application by application.

    Args:
        standings: All applications of one candidate.

    Returns:
        Two frames of stories (index ``story``, ids) by applications (columns ``application``, names in the order
        given): int8 ratings 0, 1 or 2, and bool, True where a person has settled such a rating. A story that an
        application did not know has 0.
    """
    ids = list(dict.fromkeys(story.id for standing in standings for story in standing.stories))
    place = {story: row for row, story in enumerate(ids)}
    ratings = np.zeros((len(ids), len(standings)), dtype="int8")
    settled = np.zeros(ratings.shape, dtype=bool)
    for column, standing in enumerate(standings):
        for story in standing.stories:
            best = max(story.ratings.values(), default=0)
            ratings[place[story.id], column] = best
            settled[place[story.id], column] = any(story.ratings[theme] == best for theme in story.settled)
    index = pd.Index(ids, name="story", dtype=object)
    columns = pd.Index([standing.name for standing in standings], name="application", dtype=object)
    return pd.DataFrame(ratings, index, columns), pd.DataFrame(settled, index, columns)


@dataclass(frozen=True, slots=True)
class NewStory:
    """A story to look for, and what it does for all applications of a candidate.

    Attributes:
        competency: What it should show.
        category: What the themes that it should carry are about.
        helped: Applications whose odds it raises by a point or more.
        of: Applications with chosen themes.
        closed: Themes that would have two stories with it and have one now.
        eased: Themes that would have one story with it and have none now.
        total: By how much the odds rise, all applications added up; 1.0 is a hundred points.
        shares: Of the applications helped, those in which the share of themes told rises, as not all can be told yet.
    """

    competency: str
    category: Category
    helped: int
    of: int
    closed: int
    eased: int
    total: float
    shares: int = 0

    @property
    def mean(self) -> float:
        """By how much the odds rise on average where they do, 0 to 1."""
        return self.total / self.helped

    @property
    def do(self) -> str:
        """What to do, one sentence."""
        return f"Find one story that shows {self.competency.replace('-', ' ')} and carries a {_KINDS[self.category]}."

    @property
    def why(self) -> str:
        """What comes of it, in sentences with numbers."""
        points = round(100 * self.mean)
        amount = f"by {points} point{'s' * (points != 1)}" + (" on average" if self.helped > 1 else "")
        where = "in the one application" if self.of == 1 else f"in {self.helped} of {self.of} applications"
        where = f"in all {self.of} applications" if self.helped == self.of > 1 else where
        raised = f"The odds rise {where}, {amount}."
        parts = []
        if self.closed:
            parts.append(f"{self.closed} theme{'s' * (self.closed != 1)} with one story would have two")
        if self.eased:
            parts.append(f"{self.eased} theme{'s' * (self.eased != 1)} without a story would have one")
        gaps = f" {' and '.join(parts)}." if parts else ""
        share = ""
        if self.shares:
            there = "there" if self.shares == self.helped else f"in {self.shares} of them"
            share = f" Not all themes can be told {there} yet, so the share of themes told was taken."
        return raised + gaps + share


_KINDS = {
    Category.MOTIVATION: "theme of motivation", Category.CHALLENGE: "theme of skills and challenges",
    Category.FIT: "theme of fit",
}  # fmt: skip


def new_story(standings: Sequence[Standing]) -> NewStory | None:
    """Return the one new story that would do most for all applications of one candidate, or None when none would.

    Args:
        standings: All applications of the candidate; those without chosen themes ask for nothing yet.

    Of all pairs of a competency and a category, those that the reports name among what raises the odds, the one comes
    first that helps most themes with fewer than two stories, and of several the one with the largest sum of odds. A
    report names for each competency the theme that gains most, so the sum is what is gained at least.
    """
    chosen = [standing for standing in standings if standing.chosen]
    sums: dict[tuple[str, Category], list[float]] = {}
    for standing in chosen:
        themes = {theme.id: theme for theme in standing.themes}
        for move in standing.moves:
            if move.story or not move.competency or move.theme not in themes:
                continue
            theme = themes[move.theme]
            gains = (1, theme.stories == ENOUGH - 1, theme.stories == 0, move.gain, standing.measure == "share")
            kept = sums.setdefault((move.competency, theme.category), [0.0] * len(gains))
            for place, gain in enumerate(gains):
                kept[place] += gain
    if not sums:
        return None
    (competency, category), best = min(sums.items(), key=lambda it: (-it[1][1] - it[1][2], -it[1][3], it[0]))
    helped, closed, eased, shares = (int(best[place]) for place in (0, 1, 2, 4))
    return NewStory(competency, category, helped, len(chosen), closed, eased, best[3], shares)
