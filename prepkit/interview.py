"""One interview played many times over: questions are drawn, stories told, themes heard or not.

In each interview the candidate answers every question with a suitable story not told yet, choosing the open theme
whose telling leaves the best odds for the rest; a theme is told with a chance that goes with the rating.
Every number that this rests on is a field of :class:`Assumptions` and is meant to be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["MOST_THEMES", "SOONER", "SPARING", "Assumptions", "Estimate", "Interview", "in_sets", "percent"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

SPARING = 0.05
"""How much a candidate spares a story that other themes need, too; tried from 0 to 1, best near here."""

MOST_AHEAD = 8
"""Themes up to which a candidate looks ahead; a plan of more has to be cut anyway, and the look ahead takes minutes."""

MOST_THEMES = 62
"""Themes of which a set fits into one number; a plan has far fewer."""

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
        rating: Stories x themes, integers 0, 1, 2; at most :data:`MOST_THEMES` themes.
        weights: How likely each question is predicted to be; not all zero.
        assumed: See :class:`Assumptions`.
        trials: How often the interview is played.

    `reaches_all` tells whether there is a story for every theme, so that all of them can be told. `asked` and `luck`
    are trials x questions of the interview: the places of the questions in the bank, and numbers from 0 to 1.
    """

    def __init__(
        self, suits: Bools, rating: npt.NDArray[np.int64], weights: Floats, assumed: Assumptions, trials: int
    ) -> None:
        self.suits = suits
        self.chance: Floats = np.array([0.0, assumed.partial, assumed.strong])[rating]
        mixed = (1 - assumed.unpredicted) * weights / weights.sum() + assumed.unpredicted / len(weights)
        self.share: Floats = np.maximum(mixed, 1e-9)  # what nobody expects can still be asked
        self.reaches_all = bool(self.chance.size and (self.chance > 0).any(axis=0).all())
        n = min(assumed.questions, len(self.share))
        self.asked, self.luck = _draws(self.share.tobytes(), n, assumed.seed, trials)

    def only(self, stories: list[int]) -> tuple[Bools, Floats]:
        """Return suitability and chances with only some stories left."""
        return self.suits[:, stories], self.chance[stories]

    def score(self, suits: Bools, chance: Floats) -> float:
        """Return the share of interviews in which all themes are told, or of themes told where that cannot be."""
        return self.share_of(self.play(suits, chance)[-1])

    def share_of(self, left: Ints) -> float:
        """Return the same share from the themes that are still open at the end of each interview."""
        if self.reaches_all:
            return float((left == 0).mean())
        return float((~in_sets(left, self.chance.shape[1])).mean()) if self.chance.shape[1] else 0.0

    def tellings(self, suits: Bools, chance: Floats) -> Ints:
        """Return for each story how many themes it told in all interviews."""
        told = np.zeros(len(chance), dtype=np.int64)
        self.play(suits, chance, told)
        return told

    def play(self, suits: Bools, chance: Floats, tellings: Ints | None = None) -> Ints:
        """Return the themes still open after each question: questions of the interview x trials, see :func:`in_sets`.

        What a candidate does depends on the open themes and the stories left, so it is worked out once for each set of
        themes and looked up for each trial.

        Args:
            suits: Questions x stories.
            chance: Stories x themes: the chance that telling the story tells the theme.
            tellings: For each story the number of themes it told is added here.
        """
        (trials, n), (stories, themes) = self.asked.shape, chance.shape
        left: Ints = np.full((n, trials), 2**themes - 1)
        if not stories or not themes:
            return left
        gains = _gains(suits, chance, self.share, n) if themes <= MOST_AHEAD else None
        ahead = _choices(chance, gains) if gains is not None else None
        none = np.array(stories, dtype=np.min_scalar_type(stories))  # the rank of no story at all
        barred = np.where(suits.T, none.dtype.type(0), none)
        used = np.zeros((stories + 1, trials), dtype=none.dtype)
        trial, now = np.arange(trials), left[0]
        for k in range(n):
            if ahead is not None:
                place, (ranks, order, likely, bit) = now, (table[k] for table in ahead)
            else:
                sets, place = np.unique(now, return_inverse=True)
                ranks, order, likely, bit = _choices(chance, in_sets(sets, themes).astype(float))
            free = np.maximum(ranks.take(place, axis=1), barred.take(self.asked[:, k], axis=1))
            best = np.maximum(free, used[:-1], out=free).min(axis=0)
            row = place * (stories + 1)
            story = order.take(row + best)
            used[story, trial] = none
            hit = self.luck[:, k] < likely.take(row + story)
            left[k] = now = now - hit * bit.take(row + story)
            if tellings is not None:
                tellings += np.bincount(story[hit], minlength=stories)
        return left


def in_sets(sets: Ints, themes: int) -> Bools:
    """Return which themes are in sets, of which each is a number: bit t stands for the theme in column t.

    >>> in_sets(np.array([0, 5]), 3).tolist()
    [[False, False, False], [True, False, True]]
    """
    found: Bools = (sets[..., None] >> np.arange(themes) & 1).astype(bool)
    return found


@lru_cache(maxsize=4)
def _draws(share: bytes, n: int, seed: int, trials: int) -> tuple[Ints, Floats]:
    """Return the questions asked, and the luck with each, trials x n; the same whatever stories there are."""
    shares, random = np.frombuffer(share), np.random.default_rng(seed)
    # an exponential race draws without replacement in proportion to the shares
    race = random.standard_exponential((trials, len(shares)), dtype=np.float32) / shares.astype(np.float32)
    asked = np.empty((trials, n), dtype=np.int64, order="F")  # all of one question are looked up together
    for k in range(n):
        asked[:, k] = race.argmin(axis=1)
        race[np.arange(trials), asked[:, k]] = np.inf
    luck = np.asfortranarray(random.random((trials, n)))
    for drawn in (asked, luck):
        drawn.flags.writeable = False
    return asked, luck


def _choices(chance: Floats, gain: Floats) -> tuple[npt.NDArray[Any], Ints, Floats, Ints]:
    """Return which stories are preferred while a set of themes is open, and what each then tells.

    Args:
        chance: Stories x themes.
        gain: What it is worth to tell a theme, sets x themes; of several questions these come first, here and below.

    Returns:
        The rank of each story, stories x sets, 0 for the one preferred most. Then, sets x stories, with one more in the
        end that stands for no story: the story of each rank, the chance that a story tells its best theme, and the bit
        of that theme.
    """
    stories, themes = chance.shape
    shape = (*gain.shape[:-1], stories + 1)
    best, likely, bit = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int64)
    for theme, chances in enumerate(np.vstack([chance, np.zeros(themes)]).T):
        worth = chances * gain[..., [theme]]
        better = worth > best
        np.copyto(likely, chances, where=better)
        np.copyto(bit, 1 << theme, where=better)
        np.maximum(best, worth, out=best)
    # of two stories of the same worth the one with less other use is spent
    spared = SPARING * chance.sum(axis=1) * (gain.max(axis=-1, keepdims=True) + 1e-9)
    order = np.full(shape, stories)
    order[..., :-1] = np.argsort(spared - best[..., :-1], axis=-1, kind="stable")
    ranks = np.argsort(order, axis=-1)[..., :-1].swapaxes(-1, -2)
    return ranks.astype(np.min_scalar_type(stories), order="C"), order, likely, bit


def _gains(suits: Bools, chance: Floats, share: Floats, n: int) -> Floats:
    """Return what it is worth to tell a theme at question k, n x sets of open themes x themes.

    Worked out backwards from the last question, as if stories could be told again: the value of a set of open themes
    is the best that the questions still to come allow, one for all themes told and half for the mean share of them.
    """
    is_open, without, value = _sets(chance.shape[1])
    able = np.ascontiguousarray(suits.T)
    best = np.stack([np.where(able, column[:, None], 0.0).max(axis=0) for column in chance.T])[:, :, None]
    gains, total = np.empty((n, *is_open.shape)), share.sum()
    for k in reversed(range(n)):
        gain = gains[k] = value[without] - value[:, None] + SOONER * (n - k) * is_open
        ways = (best * gain.T[:, None, :]).max(axis=0, initial=0.0)  # questions x sets
        value = value + share @ ways / total
    return gains


@cache
def _sets(themes: int) -> tuple[Bools, Ints, Floats]:
    """Return for all sets which themes are in them, the set without each theme, and the value at the end."""
    sets = np.arange(2**themes)
    is_open = in_sets(sets, themes)
    value = 0.5 * (1 - is_open.mean(axis=1)) + ~is_open.any(axis=1)
    return is_open, sets[:, None] & ~(1 << np.arange(themes)), value
