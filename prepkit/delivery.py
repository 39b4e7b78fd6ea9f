"""Delivery odds: the chance that each theme gets told in an interview, whatever is asked.

Which questions are likely comes from :mod:`prepkit.prediction`, how an interview runs from :mod:`prepkit.interview`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from prepkit.interview import MOST_THEMES, Assumptions, Estimate, Interview, in_sets
from prepkit.plan import Category, Plan
from prepkit.posting import Posting
from prepkit.prediction import question_weights, topics
from prepkit.questions import Kind, Question, suitability
from prepkit.stories import StoryInventory

__all__ = ["Delivery", "Move", "RehearsalSet", "delivery"]

ROUGH = 2_000
"""Interviews for comparing variants with each other; the same draws are used for all of them."""

TRIED = 12
"""Competencies for which a new story is tried, and stories of a theme for which a better rating is."""

MOST_LOST, MOST_KEPT = 30, 15
"""Stories whose loss is weighed, and stories of a rehearsal set from which on each is weighed: more take minutes."""


@dataclass(frozen=True, slots=True)
class Move:
    """Something to do that raises the odds.

    Attributes:
        theme: Id of the theme that it helps.
        competency: What a new story should show; empty when `story` is to be made stronger.
        story: Story to make strong for the theme, where it carries it in part; empty when a new one is to be found.
        before: Chance that all themes are told now, 0 to 1; the mean share of them where that chance is nil.
        after: The same when it is done.
    """

    theme: str
    competency: str
    story: str
    before: float
    after: float

    @property
    def gain(self) -> float:
        """How much the chance rises."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class RehearsalSet:
    """A few stories that do nearly as well as all.

    Attributes:
        stories: Their ids in inventory order.
        odds: Chance that all themes are told with these alone, 0 to 1; where there is none, the mean share of themes.
        full: The same with all stories.
        minutes: Time to rehearse them.
    """

    stories: tuple[str, ...]
    odds: float
    full: float
    minutes: float


def delivery(
    plan: Plan,
    stories: StoryInventory,
    questions: Sequence[Question],
    posting: Posting | None = None,
    ratings: pd.DataFrame | None = None,
    assumptions: Assumptions | None = None,
) -> Delivery:
    """Return the delivery odds of a plan.

    Args:
        plan: Themes and ratings.
        stories: The inventory.
        questions: The bank.
        posting: Its competencies and level make questions likelier; without it each competency is as likely.
        ratings: Stories x themes, 0, 1 or 2, in place of those that the plan settles; say, with suggestions counted in.
        assumptions: See :class:`Assumptions`.

    A question after motives is also suited by any story that carries a theme of motivation, and one after fit by any
    that carries a theme of fit: there the theme itself is the answer. A story that is only a title cannot be told.
    """
    if ratings is None:
        settled = pd.DataFrame(0, index=list(stories.ids), columns=[theme.id for theme in plan.themes], dtype=int)
        for story in settled.index:
            for theme in settled.columns:
                settled.loc[story, theme] = plan.ratings.get(story, {}).get(theme, 0)
        ratings = settled
    found = suitability(questions, stories)
    suits = found.to_numpy(dtype=bool, copy=True)
    for kind, category in ((Kind.MOTIVATIONAL, Category.MOTIVATION), (Kind.FIT, Category.FIT)):
        themes = [theme.id for theme in plan.themes if theme.category is category and theme.id in ratings.columns]
        suits[[question.kind is kind for question in questions]] |= (ratings[themes] > 0).any(axis=1).to_numpy()
    suits[:, [not story.tellable for story in stories]] = False
    suitable = pd.DataFrame(suits, found.index, found.columns)
    weights = question_weights(questions, posting)
    return Delivery(ratings, suitable, topics(questions), weights, assumptions or Assumptions())


@dataclass(frozen=True, eq=False)
class Delivery:
    """The odds of one plan, each figure worked out when it is first asked for.

    Attributes:
        ratings: Stories x themes, integers 0, 1, 2, as in :class:`prepkit.coverage.Coverage`; at most 62 themes.
        suitability: Questions x stories, bool: which story could answer which question.
        topics: Questions x competencies, bool, rows as `suitability`.
        weights: How likely each question is predicted to be asked: index as `suitability`, floats, not all zero.
        assumptions: What it rests on.

    Raises:
        ValueError: when the labels of the frames do not fit together, no question has a weight above zero, or there are
            too many themes.
    """

    ratings: pd.DataFrame
    suitability: pd.DataFrame
    topics: pd.DataFrame
    weights: pd.Series
    assumptions: Assumptions = field(default_factory=Assumptions)

    def __post_init__(self) -> None:
        if not self.suitability.columns.equals(self.ratings.index):
            raise ValueError("The columns of suitability should be the stories of ratings, in the same order.")
        for name, index in (("weights", self.weights.index), ("topics", self.topics.index)):
            if not index.equals(self.suitability.index):
                raise ValueError(f"The index of {name} should be the questions of suitability, in the same order.")
        if self.weights.sum() <= 0:
            raise ValueError("At least one question needs a weight above zero.")
        if (themes := self.ratings.shape[1]) > MOST_THEMES:
            raise ValueError(f"There are {themes} themes; an interview is played with at most {MOST_THEMES}.")

    @cached_property
    def _left(self) -> npt.NDArray[np.int64]:
        interview = self._interviews(self.assumptions.interviews)
        return interview.play(interview.suits, interview.chance)

    @cached_property
    def _told(self) -> npt.NDArray[np.bool_]:
        """Which themes have been told after each question: questions x interviews x themes."""
        return ~in_sets(self._left, self.ratings.shape[1])

    def _interviews(self, trials: int) -> Interview:
        rating, weights = self.ratings.to_numpy(dtype=int), self.weights.to_numpy(dtype=float)
        return Interview(self.suitability.to_numpy(dtype=bool), rating, weights, self.assumptions, trials)

    @cached_property
    def _rough(self) -> Interview:
        return self._interviews(ROUGH)

    @cached_property
    def _now(self) -> float:
        return self._rough.score(self._rough.suits, self._rough.chance)

    @cached_property
    def _full(self) -> float:
        return self._rough.share_of(self._left[-1])

    def _shown(self, score: float) -> float:
        """Return a rough score as it stands to the full number of interviews, so that figures side by side agree."""
        return min(1.0, max(0.0, self._full + score - self._now))

    @property
    def _questions(self) -> pd.RangeIndex:
        return pd.RangeIndex(1, min(self.assumptions.questions, len(self.weights)) + 1, name="question")

    @cached_property
    def by_question(self) -> pd.DataFrame:
        """Chance that a theme is told by question k.

        A frame with index ``question`` (1 to n) and columns ``theme`` in the plan's order, floats 0 to 1, never
        falling from one question to the next.
        """
        rows = [told.mean(axis=0) for told in self._told]
        return pd.DataFrame(rows, index=self._questions, columns=self.ratings.columns, dtype=float)

    @cached_property
    def together(self) -> pd.DataFrame:
        """Chance that all themes are told by question k, with its range.

        A frame with index ``question`` and columns ``value``, ``low`` and ``high``, floats 0 to 1.
        """
        rows = [self._share(left == 0) for left in self._left]
        names = ["value", "low", "high"]
        return pd.DataFrame(
            [[getattr(row, name) for name in names] for row in rows], self._questions, names, dtype=float
        )

    @cached_property
    def all_themes(self) -> Estimate:
        """Chance that every theme is told in the interview."""
        return self._share(self._left[-1] == 0)

    @cached_property
    def at_least_three(self) -> Estimate:
        """Chance that three themes or more are told."""
        return self._share(self._told[-1].sum(axis=1) >= 3)

    @property
    def told(self) -> float:
        """Themes told on average."""
        return float(self._told[-1].sum(axis=1).mean())

    def _share(self, hits: Any) -> Estimate:
        return Estimate.of(int(hits.sum()) if self.ratings.shape[1] else 0, len(hits))

    @cached_property
    def reachable(self) -> pd.Series:
        """Whether a theme can be told at all: index ``theme``, bool."""
        useful = self.ratings[self.suitability.any(axis=0).to_numpy()]
        return (useful > 0).any(axis=0)

    @property
    def measure(self) -> str:
        """What losses, moves and the rehearsal set are measured by, to be followed by a chance."""
        return "all themes are told in" if self._rough.reaches_all else "the share of themes told is"

    @property
    def unanswered(self) -> float:
        """Questions of one interview, on average, for which no story with a theme is there: 0 to all of them."""
        return float(self._rough.share[self._lost].sum() / self._rough.share.sum() * len(self._questions))

    @property
    def _lost(self) -> npt.NDArray[np.bool_]:
        """Which questions find no story that carries a theme."""
        carries = (self.ratings > 0).any(axis=1).to_numpy(dtype=bool)
        return np.asarray(~(self._rough.suits & carries).any(axis=1), dtype=bool)

    @cached_property
    def losses(self) -> pd.Series:
        """By how much the chance of all themes falls when a story is lost.

        Index ``story``, floats 0 to 1, largest first; of many stories the :data:`MOST_LOST` that are told most often.
        Where the plan has no chance of telling all themes, the mean share of themes told takes its place.
        """
        rough, losses = self._rough, {}
        told = rough.tellings(rough.suits, rough.chance)
        for place in np.argsort(-told, kind="stable")[:MOST_LOST]:
            suits = rough.suits.copy()
            suits[:, place] = False
            losses[str(self.ratings.index[int(place)])] = max(0.0, self._now - rough.score(suits, rough.chance))
        series = pd.Series(losses, name="loss", dtype=float).rename_axis("story")
        return series.sort_values(ascending=False, kind="stable")

    @cached_property
    def defeating(self) -> pd.DataFrame:
        """The competencies whose questions the plan cannot turn into a theme, weightiest first; odd questions aside.

        A frame with index ``competency`` and columns ``share`` (part of all expected questions that are about it and
        find no story for any theme, 0 to 1) and ``examples`` (up to three question ids, likeliest first).
        """
        chance, lost = self._rough.share, self._lost
        rows = {}
        for competency in self.topics.columns:
            hit = self.topics[competency].to_numpy() & lost
            if hit.any():
                order = np.argsort(-np.where(hit, chance, -1.0), kind="stable")[: min(3, int(hit.sum()))]
                rows[competency] = {
                    "share": float(chance[hit].sum()),
                    "examples": [str(self.suitability.index[place]) for place in order],
                }
        frame = pd.DataFrame.from_dict(rows, orient="index", columns=["share", "examples"]).rename_axis("competency")
        return frame.sort_values("share", ascending=False, kind="stable")

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """What would raise the odds, most first; nothing that raises them by less than one per cent.

        Tries a new strong story for each theme and each of the :data:`TRIED` likeliest competencies, and making
        stories strong that carry a theme in part, of many the :data:`TRIED` that suit most questions; all on the same
        draws. Of the new stories the one for the theme that gains most by it is told for each competency.
        """
        rough, themes, now = self._rough, enumerate(map(str, self.ratings.columns)), self._shown(self._now)
        likely = self.topics.mul(self.weights, axis=0).sum().sort_values(ascending=False, kind="stable").index[:TRIED]
        best: dict[str, Move] = {}
        sharper = []
        for position, theme in themes:
            extra = np.zeros((1, self.ratings.shape[1]))
            extra[0, position] = self.assumptions.strong
            chance = np.vstack([rough.chance, extra])
            for competency in map(str, likely):
                suits = np.column_stack([rough.suits, self.topics[competency].to_numpy()])
                move = Move(theme, competency, "", now, self._shown(rough.score(suits, chance)))
                best[competency] = max(best.get(competency, move), move, key=attrgetter("gain"))
            for place in self._widest(self.ratings[theme] == 1):
                chance = rough.chance.copy()
                chance[place, position] = self.assumptions.strong
                after = self._shown(rough.score(rough.suits, chance))
                sharper.append(Move(theme, "", str(self.ratings.index[place]), now, after))
        found = [move for move in (*best.values(), *sharper) if move.gain >= 0.01]
        return tuple(sorted(found, key=lambda move: -move.gain))

    @cached_property
    def rehearsal(self) -> RehearsalSet:
        """A small set of stories whose odds stay within ``assumptions.distance``, and a tenth, of those of all.

        Takes away, one after the other, the story that is missed least, or as long as there are more than
        :data:`MOST_KEPT` the one that is told least. Every set on the way is played on the same draws.
        """
        rough = self._rough
        least = self._now - min(self.assumptions.distance, self._now / 10)  # of low odds five points may be half
        kept = np.flatnonzero((self.ratings > 0).any(axis=1).to_numpy()).tolist()
        score = self._now
        while len(kept) > 1:
            gone = self._told_least(kept) if len(kept) > MOST_KEPT else None
            tries = [gone] if gone is not None else kept
            best, gone = max((rough.score(*rough.only([k for k in kept if k != out])), -out) for out in tries)
            if best < least:
                break
            kept.remove(-gone)
            score = best
        names = tuple(str(self.ratings.index[place]) for place in kept)
        minutes = len(names) * self.assumptions.minutes
        return RehearsalSet(names, self._shown(score), self._shown(self._now), minutes)

    def _told_least(self, kept: list[int]) -> int:
        return kept[int(self._rough.tellings(*self._rough.only(kept)).argmin())]

    def _widest(self, stories: pd.Series) -> list[int]:
        """Return the places of the stories chosen by a bool series that suit most questions, at most :data:`TRIED`."""
        places = np.flatnonzero(stories.to_numpy())
        width = self._rough.share @ self._rough.suits[:, places]
        return [int(place) for place in places[np.argsort(-width, kind="stable")][:TRIED]]
