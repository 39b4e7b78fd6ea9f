"""One interview played many times over: questions are drawn, stories told, themes heard or not.

In each interview the candidate answers every question with a suitable story not told yet, choosing the open theme
whose telling leaves the best odds for the rest; a theme is told with a chance that goes with the rating.
Every number that this rests on is a field of :class:`Assumptions` and is meant to be shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["SOONER", "SPARING", "Assumptions", "Estimate", "Interview", "percent"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SPARING = 0.05
"""How much a candidate spares a story that other themes need, too; tried from 0 to 1, best near here."""

MOST_AHEAD = 8
"""Themes up to which a candidate looks ahead; a plan of more has to be cut anyway, and the look ahead takes minutes."""

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
        tellings: On how many tellings in debriefs the two chances rest; none while they are guesses.
        interviews: How often the interview is played.
        seed: Start of the random numbers; the same seed gives the same odds.
        minutes: Time to rehearse one story, three times aloud with notes between; a coach's rule of thumb.
        distance: How far the odds of the rehearsal set may lie below those of all stories.
    """

    questions: int = 6
    unpredicted: float = 0.5
    strong: float = 0.9
    partial: float = 0.6
    tellings: int = 0
    interviews: int = 10_000
    seed: int = 1
    minutes: float = 15.0
    distance: float = 0.05

    def __post_init__(self) -> None:
        chances = ("unpredicted", "strong", "partial", "distance")
        for name, low, high in (*((chance, 0, 1) for chance in chances), ("questions", 1, 50)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; it should lie between {low} and {high}.")

    @property
    def in_words(self) -> tuple[str, ...]:
        """What the odds rest on, as sentences for a report."""
        first = type(self)()  # the guesses from which debriefs start
        return (
            f"An interview has {self.questions} different questions; odd ones, such as after salary, tell no theme.",
            f"{percent(self.unpredicted)} of them are drawn from the whole question bank, because predictions miss: in "
            "the one interview for which somebody published both lists, about half of the questions were not foreseen. "
            "The others are drawn by what the posting asks for and by the level of the role; one third of these ask "
            "who you are and why you come, which is a guess.",
            "A question is answered with a story that shows what it asks for, judged by the story's tags, or by its "
            "words where it has none; a story that is only a title is not told. Each story is told once. Of several "
            "the one is told that leaves the best odds for the themes still open.",
            f"Telling a story tells its theme in {percent(self.strong)} of cases when it is rated strong, in "
            f"{percent(self.partial)} when it is rated partial. "
            + (
                f"These chances rest on {self.tellings} answers of debriefs and on a first guess "
                f"({percent(first.strong)} and {percent(first.partial)}) that weighs as much as ten answers each. "
                "A theme counts as told when the listener remembered it."
                if self.tellings
                else "Both are guesses until there are debriefs. Told is not yet heard: what is remembered is "
                "for the debrief to find out."
            ),
            f"{self.interviews:,} interviews are played, always from the same start ({self.seed}). The range says how "
            "much luck of the draw is in the figure, not whether all this holds.",
            f"Rehearsing a story takes {self.minutes:g} minutes; the rehearsal set may cost up to "
            f"{100 * self.distance:g} points, and never more than a tenth of the odds.",
        )


def percent(chance: float) -> str:
    """Return a chance in whole per cent; what is nearly never or nearly always is not rounded to never or always.

    >>> percent(0.6149), percent(0.003), percent(0.998), percent(1.0)
    ('61 %', 'less than 1 %', 'more than 99 %', '100 %')
    """
    if 0 < chance < 0.005:
        return "less than 1 %"
    return "more than 99 %" if 0.995 <= chance < 1 else f"{100 * chance:.0f} %"


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
        return percent(self.value)

    @classmethod
    def of(cls, hits: int, trials: int) -> Estimate:
        """Return the share of hits with its Wilson interval at 95 %."""
        share, z = hits / trials, 1.96
        middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
        half = z / (1 + z * z / trials) * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
        return cls(share, float(max(0.0, middle - half)), float(min(1.0, middle + half)))


class Interview:
    """The draws of many interviews, on which any set of stories can be played.

    Args:
        suits: Questions x stories, bool.
        rating: Stories x themes, integers 0, 1, 2.
        weights: How likely each question is predicted to be; not all zero.
        assumed: See :class:`Assumptions`.
        trials: How often the interview is played.

    `reaches_all` tells whether there is a story for every theme, so that all of them can be told.
    """

    def __init__(
        self, suits: Bools, rating: npt.NDArray[np.int64], weights: Floats, assumed: Assumptions, trials: int
    ) -> None:
        self.suits = suits
        self.chance: Floats = np.array([0.0, assumed.partial, assumed.strong])[rating]
        mixed = (1 - assumed.unpredicted) * weights / weights.sum() + assumed.unpredicted / len(weights)
        self.share: Floats = np.maximum(mixed, 1e-9)  # what nobody expects can still be asked
        self.reaches_all = bool(self.chance.size and (self.chance > 0).any(axis=0).all())
        random = np.random.default_rng(assumed.seed)
        n = min(assumed.questions, len(self.share))
        # an exponential race draws without replacement in proportion to the shares
        race = random.standard_exponential((trials, len(self.share)), dtype=np.float32) / self.share.astype(np.float32)
        first = np.argpartition(race, n - 1, axis=1)[:, :n]
        order = np.argsort(np.take_along_axis(race, first, axis=1), axis=1)
        self.asked = np.take_along_axis(first, order, axis=1)
        self.luck = random.random((trials, n))

    def only(self, stories: list[int]) -> tuple[Bools, Floats]:
        """Return suitability and chances with only some stories left."""
        return self.suits[:, stories], self.chance[stories]

    def score(self, suits: Bools, chance: Floats) -> float:
        """Return the share of interviews in which all themes are told, or of themes told where that cannot be."""
        return self.share_of(self.play(suits, chance) <= self.asked.shape[1])

    def share_of(self, told: Bools) -> float:
        """Return the same share of interviews x themes that are told or not."""
        return float(told.all(axis=1).mean() if self.reaches_all else told.mean() if told.size else 0.0)

    def tellings(self, suits: Bools, chance: Floats) -> npt.NDArray[np.int64]:
        """Return for each story how many themes it told in all interviews."""
        told = np.zeros(len(chance), dtype=np.int64)
        self.play(suits, chance, told)
        return told

    def play(
        self, suits: Bools, chance: Floats, tellings: npt.NDArray[np.int64] | None = None
    ) -> npt.NDArray[np.int64]:
        """Return the question at which each theme is told, trials x themes; n + 1 where it never is.

        Args:
            suits: Questions x stories.
            chance: Stories x themes: the chance that telling the story tells the theme.
            tellings: For each story the number of themes it told is added here.
        """
        trials, n = self.asked.shape
        stories, themes = chance.shape
        told_at = np.full((trials, themes), n + 1)
        if not stories or not themes:
            return told_at
        gains = _gains(suits, chance, self.share, n) if themes <= MOST_AHEAD else None
        bits = 1 << np.arange(themes)
        versatile = SPARING * chance.sum(axis=1)
        unused = np.ones((trials, stories), dtype=bool)
        rows = np.arange(trials)
        for k in range(n):
            is_open = told_at > n
            gain = is_open.astype(float) if gains is None else gains[k][is_open @ bits]
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
            if tellings is not None:
                np.add.at(tellings, story[hit], 1)
        return told_at


def _gains(suits: Bools, chance: Floats, share: Floats, n: int) -> Floats:
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
