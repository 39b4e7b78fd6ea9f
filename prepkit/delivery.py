"""Delivery odds: the chance that each theme gets told in an interview, whatever is asked.

Interviews are played many times over. In each, questions are drawn; the candidate answers each with a suitable
story not told yet, choosing the open theme whose telling leaves the best odds for the rest; a theme is told with a
chance that goes with the rating.
Every number that this rests on is a field of :class:`Assumptions` and is meant to be shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = [
    "Assumptions",
    "Delivery",
    "Estimate",
    "NewStory",
    "best_new_stories",
    "defeating",
    "delivery",
    "rehearsal_odds",
    "story_losses",
]

Floats = npt.NDArray[np.float64]
ROUGH = 2_000
"""Interviews for comparing variants with each other; the same draws are used for all of them."""

SPARING = 0.05
"""How much a candidate spares a story that other themes need, too; tried from 0 to 1, best near here."""

SOONER = 0.001
"""Worth of telling a theme one question earlier; without it a certain theme would wait for the last question."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the odds rest on.

    Attributes:
        questions: Questions in an interview that a story can answer.
        unpredicted: Share of them drawn from the whole bank because predictions miss. One half: in the one
            interview for which somebody published both lists, about half of the questions were not foreseen.
        strong: Chance that a theme is told by a story rated strong for it; a guess until debriefs say better.
        partial: The same for a story rated partial; a guess as well.
        interviews: How often the interview is played.
        seed: Start of the random numbers; the same seed gives the same odds.
        minutes: Time to rehearse one story, three times aloud with notes between; a coach's rule of thumb.
    """

    questions: int = 6
    unpredicted: float = 0.5
    strong: float = 0.9
    partial: float = 0.6
    interviews: int = 10_000
    seed: int = 1
    minutes: float = 15.0

    def __post_init__(self) -> None:
        for name, low, high in (("unpredicted", 0, 1), ("strong", 0, 1), ("partial", 0, 1), ("questions", 1, 50)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; it should lie between {low} and {high}.")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A chance between 0 and 1 with the range in which it lies in 95 of 100 simulations like this one.

    The range covers the luck of the draw only, not whether the assumptions hold.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Whole per cent, as that is all the simulation bears.

        >>> str(Estimate(0.6149, 0.605, 0.624))
        '61 %'
        """
        return f"{self.value:.0%}".replace("%", " %")

    @classmethod
    def of(cls, hits: int, trials: int) -> Estimate:
        """Return the share of hits with its Wilson interval at 95 %."""
        share, z = hits / trials, 1.96
        middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
        half = z / (1 + z * z / trials) * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
        return cls(share, float(max(0.0, middle - half)), float(min(1.0, middle + half)))


@dataclass(frozen=True)
class Delivery:
    """The odds of one plan.

    Attributes:
        by_question: Chance that a theme is told by question k: frame with index ``question`` (1 to n) and
            columns ``theme`` in the plan's order, floats 0 to 1, never falling from one question to the next.
        all_themes: Chance that every theme is told.
        at_least_three: Chance that three themes or more are told.
        told: Themes told on average.
        assumptions: What it rests on.
    """

    by_question: pd.DataFrame
    all_themes: Estimate
    at_least_three: Estimate
    told: float
    assumptions: Assumptions


@dataclass(frozen=True, slots=True)
class NewStory:
    """A story worth finding: one that shows `competency` and carries `theme` strongly, with the odds of all themes."""

    theme: str
    competency: str
    before: float
    after: float


def delivery(
    ratings: pd.DataFrame, suitability: pd.DataFrame, weights: pd.Series, assumptions: Assumptions | None = None
) -> Delivery:
    """Return the delivery odds.

    Args:
        ratings: Stories x themes, integers 0, 1, 2, as in :class:`prepkit.coverage.Coverage`.
        suitability: Questions x stories, bool, rows ``question`` (ids), columns the stories of `ratings`.
        weights: How likely each question is predicted to be asked: index as `suitability`, floats, not all zero.
        assumptions: See :class:`Assumptions`.
    """
    assumed = assumptions or Assumptions()
    interview = _Interview(ratings, suitability, weights, assumed, assumed.interviews)
    told_at = interview.play(interview.suits, interview.chance)
    n, trials = interview.asked.shape[1], len(told_at)
    by_question = pd.DataFrame(
        [(told_at <= k).mean(axis=0) for k in range(1, n + 1)],
        index=pd.RangeIndex(1, n + 1, name="question"),
        columns=ratings.columns,
        dtype=float,
    )
    count = (told_at <= n).sum(axis=1)
    themes = ratings.shape[1]
    return Delivery(
        by_question,
        Estimate.of(int((count == themes).sum()) if themes else 0, trials),
        Estimate.of(int((count >= 3).sum()), trials),
        float(count.mean()),
        assumed,
    )


def story_losses(
    ratings: pd.DataFrame, suitability: pd.DataFrame, weights: pd.Series, assumptions: Assumptions | None = None
) -> pd.Series:
    """Return by how much the chance of all themes falls when a story is lost: index ``story``, largest first.

    Where the plan has no chance of telling all themes, the mean share of themes told takes its place.
    """
    interview = _Interview(ratings, suitability, weights, assumptions or Assumptions(), ROUGH)
    full = interview.score(interview.suits, interview.chance)
    losses = {}
    for position, story in enumerate(ratings.index):
        suits = interview.suits.copy()
        suits[:, position] = False
        losses[story] = max(0.0, full - interview.score(suits, interview.chance))
    return pd.Series(losses, name="loss", dtype=float).rename_axis("story").sort_values(ascending=False, kind="stable")


def defeating(
    ratings: pd.DataFrame, suitability: pd.DataFrame, topics: pd.DataFrame, weights: pd.Series
) -> pd.DataFrame:
    """Return the competencies whose questions the plan cannot turn into a theme, weightiest first.

    Args:
        topics: Questions x competencies, bool, rows as `suitability`.

    Returns:
        A frame with index ``competency`` and columns ``share`` (part of all expected questions that are about it and
        find no story for any theme, 0 to 1) and ``examples`` (up to three question ids, likeliest first).
    """
    carries = (ratings > 0).any(axis=1).to_numpy()
    lost = ~(suitability.to_numpy() & carries).any(axis=1)
    chance = (weights / weights.sum()).to_numpy()
    rows = {}
    for competency in topics.columns:
        hit = topics[competency].to_numpy() & lost
        if hit.any():
            order = np.argsort(-np.where(hit, chance, -1.0), kind="stable")[: min(3, int(hit.sum()))]
            rows[competency] = {
                "share": float(chance[hit].sum()),
                "examples": [str(suitability.index[place]) for place in order],
            }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["share", "examples"]).rename_axis("competency")
    return frame.sort_values("share", ascending=False, kind="stable")


def best_new_stories(
    ratings: pd.DataFrame, suitability: pd.DataFrame, topics: pd.DataFrame, weights: pd.Series,
    assumptions: Assumptions | None = None, most: int = 3,
) -> tuple[NewStory, ...]:  # fmt: skip
    """Return the new stories that would raise the odds most, best first; none that would not raise them.

    Tries a strong story for each theme and each of the twelve likeliest competencies, all on the same draws.
    """
    interview = _Interview(ratings, suitability, weights, assumptions or Assumptions(), ROUGH)
    before = interview.score(interview.suits, interview.chance)
    likely = (topics.mul(weights, axis=0)).sum().sort_values(ascending=False, kind="stable").index[:12]
    found = []
    for position, theme in enumerate(ratings.columns):
        extra = np.zeros((1, ratings.shape[1]))
        extra[0, position] = interview.assumed.strong
        chance = np.vstack([interview.chance, extra])
        for competency in likely:
            suits = np.column_stack([interview.suits, topics[competency].to_numpy()])
            found.append(NewStory(str(theme), str(competency), before, interview.score(suits, chance)))
    best = sorted(found, key=lambda new: -new.after)[:most]
    return tuple(new for new in best if new.after - before > 2 / ROUGH)


def rehearsal_odds(
    ratings: pd.DataFrame, suitability: pd.DataFrame, weights: pd.Series,
    assumptions: Assumptions | None = None, distance: float = 0.05,
) -> tuple[tuple[str, ...], float, float]:  # fmt: skip
    """Return a small set of stories whose odds stay within `distance` of those of all stories.

    Takes away, one after the other, the story that is missed least. Every set on the way is played on the same draws.

    Returns:
        Story ids in inventory order, the chance of all themes with them, and minutes of rehearsal.
    """
    interview = _Interview(ratings, suitability, weights, assumptions or Assumptions(), ROUGH)
    full = interview.score(interview.suits, interview.chance)
    kept, score = np.flatnonzero((ratings > 0).any(axis=1).to_numpy()).tolist(), full
    while len(kept) > 1:
        tries = [(interview.score(*interview.only([k for k in kept if k != gone])), -gone) for gone in kept]
        best, gone = max(tries)
        if full - best > distance:
            break
        kept.remove(-gone)
        score = best
    names = tuple(ratings.index[kept].astype(str))
    return names, score, len(names) * interview.assumed.minutes


class _Interview:
    """The draws of many interviews, on which any set of stories can be played."""

    def __init__(
        self, ratings: pd.DataFrame, suitability: pd.DataFrame, weights: pd.Series, assumed: Assumptions, trials: int
    ) -> None:
        if not suitability.columns.equals(ratings.index):
            raise ValueError("The columns of suitability should be the stories of ratings, in the same order.")
        if not weights.index.equals(suitability.index):
            raise ValueError("The index of weights should be the questions of suitability, in the same order.")
        self.assumed = assumed
        self.suits = suitability.to_numpy(dtype=bool)
        self.chance: Floats = np.array([0.0, assumed.partial, assumed.strong])[ratings.to_numpy(dtype=int)]
        self.share = _shares(weights.to_numpy(dtype=float), assumed.unpredicted)
        random = np.random.default_rng(assumed.seed)
        n = min(assumed.questions, len(self.share))
        # an exponential race draws without replacement in proportion to the shares
        race = random.standard_exponential((trials, len(self.share)), dtype=np.float32) / self.share.astype(np.float32)
        first = np.argpartition(race, n - 1, axis=1)[:, :n]
        order = np.argsort(np.take_along_axis(race, first, axis=1), axis=1)
        self.asked = np.take_along_axis(first, order, axis=1)
        self.luck = random.random((trials, n))

    def only(self, stories: list[int]) -> tuple[npt.NDArray[np.bool_], Floats]:
        """Return suitability and chances with only some stories left."""
        return self.suits[:, stories], self.chance[stories]

    def score(self, suits: npt.NDArray[np.bool_], chance: Floats) -> float:
        """Return the share of interviews in which all themes are told, or of themes told where that cannot be."""
        told = self.play(suits, chance) <= self.asked.shape[1]
        possible = (self.chance > 0).any(axis=0).all()
        return float(told.all(axis=1).mean() if possible and told.size else told.mean() if told.size else 0.0)

    def play(self, suits: npt.NDArray[np.bool_], chance: Floats) -> npt.NDArray[np.int64]:
        """Return the question at which each theme is told, trials x themes; n + 1 where it never is."""
        trials, n = self.asked.shape
        stories, themes = chance.shape
        told_at = np.full((trials, themes), n + 1)
        if not stories or not themes:
            return told_at
        gains, bits = _gains(suits, chance, self.share, n), 1 << np.arange(themes)
        versatile = SPARING * chance.sum(axis=1)
        unused = np.ones((trials, stories), dtype=bool)
        rows = np.arange(trials)
        for k in range(n):
            gain = gains[k][(told_at > n) @ bits]
            value = np.zeros((trials, stories))
            for theme in range(themes):
                np.maximum(value, chance[:, theme] * gain[:, [theme]], out=value)
            # of two stories of the same worth the one with less other use is spent
            value -= versatile * (gain.max(axis=1, keepdims=True) + 1e-9)
            free = suits[self.asked[:, k]] & unused
            value[~free] = -np.inf
            story = value.argmax(axis=1)
            answered = free[rows, story]
            unused[rows[answered], story[answered]] = False
            worth = chance[story] * gain
            theme = worth.argmax(axis=1)
            hit = answered & (worth[rows, theme] > 0) & (self.luck[:, k] < chance[story, theme])
            told_at[rows[hit], theme[hit]] = k + 1
        return told_at


def _shares(weights: Floats, unpredicted: float) -> Floats:
    """Mix the predicted weights with the whole bank, and keep every question possible."""
    if len(weights) == 0 or weights.sum() <= 0:
        raise ValueError("At least one question needs a weight above zero.")
    mixed = (1 - unpredicted) * weights / weights.sum() + unpredicted / len(weights)
    shares: Floats = np.maximum(mixed, 1e-9)
    return shares


def _gains(suits: npt.NDArray[np.bool_], chance: Floats, share: Floats, n: int) -> Floats:
    """Return what it is worth to tell a theme at question k, n x sets of open themes x themes.

    Worked out backwards from the last question, as if stories could be told again: the value of a set of open themes
    is the best that the questions still to come allow, one for all themes told and half for the mean share of them.
    """
    themes = chance.shape[1]
    best = np.stack([np.where(suits, column, 0.0).max(axis=1) for column in chance.T], axis=1)
    sets = np.arange(2**themes)
    is_open = (sets[:, None] >> np.arange(themes)) & 1 == 1
    without = sets[:, None] & ~(1 << np.arange(themes))
    value = 0.5 * (1 - is_open.mean(axis=1)) + ~is_open.any(axis=1)
    gains = np.zeros((n, len(sets), themes))
    for k in reversed(range(n)):
        gains[k] = np.where(is_open, value[without] - value[:, None] + SOONER * (n - k), 0.0)
        ways = np.zeros((len(share), len(sets)))
        for theme in range(themes):
            np.maximum(ways, best[:, [theme]] * gains[k][:, theme], out=ways)
        value = value + share @ ways / share.sum()
    return gains
