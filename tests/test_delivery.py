"""Delivery odds: what the simulation says agrees with what can be worked out by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from prepkit.delivery import Delivery, delivery
from prepkit.interview import SOONER, SPARING, Assumptions, Estimate, Interview, in_sets
from prepkit.plan import Plan, Theme
from prepkit.questions import Kind, Question, load_questions
from prepkit.stories import Story, StoryInventory


def frames(
    seed: int, questions: int, stories: int, themes: int, fit: float = 0.4, carried: float = 0.5
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Random ratings, suitability and weights; never square, so that a transposition cannot hide."""
    random = np.random.default_rng(seed)
    rating = random.choice([0, 1, 2], p=[1 - carried, carried / 2, carried / 2], size=(stories, themes))
    names = pd.Index([f"s{n}" for n in range(stories)], name="story")
    asked = pd.Index([f"q{n}" for n in range(questions)], name="question")
    ratings = pd.DataFrame(rating, index=names, columns=pd.Index([f"t{n}" for n in range(themes)], name="theme"))
    suits = pd.DataFrame(random.random((questions, stories)) < fit, index=asked, columns=names)
    return ratings, suits, pd.Series(random.random(questions) + 0.1, index=asked)


def odds_of(
    ratings: pd.DataFrame, suits: pd.DataFrame, weights: pd.Series, assumed: Assumptions | None = None,
    topics: pd.DataFrame | None = None,
) -> Delivery:  # fmt: skip
    """The odds of these frames, each question about nothing unless said."""
    about = pd.DataFrame(index=suits.index) if topics is None else topics
    return Delivery(ratings, suits, about, weights, assumed or Assumptions())


class Exact:
    """The same interview worked out in full: every order of questions and every outcome, one after the other."""

    def __init__(self, ratings: pd.DataFrame, suits: pd.DataFrame, weights: pd.Series, assumed: Assumptions) -> None:
        chance = {0: 0.0, 1: assumed.partial, 2: assumed.strong}
        self.chance = [[chance[int(value)] for value in row] for row in ratings.to_numpy()]
        self.suits = suits.to_numpy()
        mixed = (1 - assumed.unpredicted) * weights / weights.sum() + assumed.unpredicted / len(weights)
        self.share = [float(value) for value in mixed]
        self.n, self.themes = min(assumed.questions, len(self.share)), ratings.shape[1]
        self.odds: dict[tuple[int, ...], float] = {}
        for asked, likely in self._orders((), 1.0):
            self._play(asked, 0, frozenset(), (0,) * self.themes, likely)

    def value(self, k: int, still_open: frozenset[int]) -> float:
        """What a set of open themes is worth before question k, stories told again."""
        if k == self.n:
            return 0.5 * (1 - len(still_open) / self.themes) + (not still_open)
        here = self.value(k + 1, still_open)
        gain = 0.0
        for question, share in enumerate(self.share):
            ways = [
                self.chance[s][t] * (self.value(k + 1, still_open - {t}) - here + SOONER * (self.n - k))
                for s in range(len(self.chance)) if self.suits[question][s] for t in still_open
            ]  # fmt: skip
            gain += share * max([0.0, *ways])
        return here + gain / sum(self.share)

    def _orders(self, asked: tuple[int, ...], likely: float) -> Iterator[tuple[tuple[int, ...], float]]:
        if len(asked) == self.n:
            yield asked, likely
            return
        rest = [q for q in range(len(self.share)) if q not in asked]
        total = sum(self.share[q] for q in rest)
        for q in rest:
            yield from self._orders((*asked, q), likely * self.share[q] / total)

    def _play(self, asked: tuple[int, ...], k: int, used: frozenset[int], told: tuple[int, ...], likely: float) -> None:
        if k == self.n:
            self.odds[told] = self.odds.get(told, 0.0) + likely
            return
        still_open = frozenset(t for t in range(self.themes) if not told[t])
        here = self.value(k + 1, still_open)
        gains = {t: self.value(k + 1, still_open - {t}) - here + SOONER * (self.n - k) for t in still_open}
        top = max(gains.values(), default=0.0)
        best: tuple[float, int] | None = None
        for s, row in enumerate(self.chance):
            if self.suits[asked[k]][s] and s not in used:
                worth = max([0.0, *(row[t] * gains[t] for t in still_open)]) - SPARING * sum(row) * (top + 1e-9)
                if best is None or worth > best[0] + 1e-12:
                    best = (worth, s)
        if best is None:
            self._play(asked, k + 1, used, told, likely)
            return
        s = best[1]
        worths = {t: self.chance[s][t] * gains[t] for t in sorted(still_open)}
        theme = max(worths, key=lambda t: worths[t], default=None)
        chance = self.chance[s][theme] if theme is not None and worths[theme] > 0 else 0.0
        if chance:
            now = tuple(k + 1 if t == theme else when for t, when in enumerate(told))
            self._play(asked, k + 1, used | {s}, now, likely * chance)
        if chance < 1:
            self._play(asked, k + 1, used | {s}, told, likely * (1 - chance))


@pytest.mark.parametrize("seed", range(6))
def test_simulation_agrees_with_exact_enumeration(seed: int) -> None:
    """On small cases the odds by question and of all themes lie within the sampling error of the exact ones."""
    ratings, suits, weights = frames(seed, questions=5, stories=4, themes=3)
    assumed = Assumptions(questions=3, interviews=40_000, seed=seed)
    found = odds_of(ratings, suits, weights, assumed)
    exact = Exact(ratings, suits, weights, assumed)
    assert sum(exact.odds.values()) == pytest.approx(1)
    everything = sum(likely for told, likely in exact.odds.items() if all(told))
    assert found.all_themes.value == pytest.approx(everything, abs=0.012)
    for k in range(1, 4):
        for position, theme in enumerate(ratings.columns):
            by_then = sum(likely for told, likely in exact.odds.items() if 0 < told[position] <= k)
            assert found.by_question.loc[k, theme] == pytest.approx(by_then, abs=0.012)


def test_same_seed_same_numbers_and_another_seed_others() -> None:
    """The odds can be made again."""
    case = frames(1, 40, 8, 3)
    first, second = odds_of(*case), odds_of(*case)
    pd.testing.assert_frame_equal(first.by_question, second.by_question)
    assert first.all_themes == second.all_themes
    assert not odds_of(*case, Assumptions(seed=2)).by_question.equals(first.by_question)


@pytest.mark.parametrize("seed", range(25))
def test_another_story_or_a_better_rating_never_lowers_the_odds(seed: int) -> None:
    """Beyond the sampling error, more to tell is never worse."""
    ratings, suits, weights = frames(seed, 40, 8, 3, fit=0.25)
    random = np.random.default_rng(seed)
    before = odds_of(ratings, suits, weights).all_themes.value
    better = ratings.copy()
    better.iloc[random.integers(8), random.integers(3)] = 2
    assert odds_of(better, suits, weights).all_themes.value >= before - 0.02
    more = pd.concat([ratings, pd.DataFrame([[0, 2, 1]], index=["new"], columns=ratings.columns)])
    wider = suits.assign(new=random.random(len(suits)) < 0.25)
    assert odds_of(more, wider, weights).all_themes.value >= before - 0.02


def test_the_chance_of_a_theme_never_falls_from_question_to_question() -> None:
    """What is told stays told."""
    odds = odds_of(*frames(3, 60, 10, 4)).by_question
    assert (odds.diff().iloc[1:] >= 0).all(axis=None)
    assert odds.index.name == "question"
    assert list(odds.index) == [1, 2, 3, 4, 5, 6]


def test_certain_cases_come_out_certain() -> None:
    """One theme, one story that suits every question and never fails: told at the first question."""
    ratings = pd.DataFrame([[2]], index=["s"], columns=["t"])
    suits = pd.DataFrame(True, index=["q1", "q2"], columns=["s"])
    found = odds_of(ratings, suits, pd.Series(1.0, index=suits.index), Assumptions(strong=1.0))
    assert found.by_question.loc[1, "t"] == 1
    assert found.all_themes.value == 1
    assert found.at_least_three.value == 0


@pytest.mark.parametrize(("stories", "themes"), [(0, 3), (4, 0), (0, 0)], ids=["no story", "no theme", "nothing"])
def test_empty_plans_have_no_odds_and_no_error(stories: int, themes: int) -> None:
    """Nothing to tell is a chance of zero."""
    ratings, suits, weights = frames(1, 10, stories, themes)
    found = odds_of(ratings, suits, weights)
    assert found.all_themes.value == 0
    assert found.told == 0 or themes == 0
    assert found.losses.sum() == 0


def test_a_story_can_be_told_once() -> None:
    """Two themes on one story are never both told by it."""
    ratings = pd.DataFrame([[2, 2]], index=["s"], columns=["a", "b"])
    suits = pd.DataFrame(True, index=[f"q{n}" for n in range(6)], columns=["s"])
    found = odds_of(ratings, suits, pd.Series(1.0, index=suits.index), Assumptions(strong=1.0))
    assert found.all_themes.value == 0
    assert found.told == 1


def test_the_story_whose_loss_costs_most_is_the_only_one_for_its_theme() -> None:
    """A theme on one story hangs on that story."""
    ratings = pd.DataFrame([[2, 0], [2, 0], [0, 2]], index=["a", "b", "only"], columns=["x", "y"])
    suits = pd.DataFrame(True, index=[f"q{n}" for n in range(8)], columns=ratings.index)
    losses = odds_of(ratings, suits, pd.Series(1.0, index=suits.index)).losses
    assert losses.index[0] == "only"
    assert losses["only"] > 0.8
    assert losses["a"] < 0.1


def test_questions_that_defeat_the_plan_are_named_by_competency() -> None:
    """A competency that no useful story answers comes first, with examples; a covered one is left out."""
    ratings = pd.DataFrame([[2], [0]], index=["useful", "idle"], columns=["t"])
    asked = pd.Index(["q1", "q2", "q3"], name="question")
    suits = pd.DataFrame([[True, False], [False, True], [False, False]], index=asked, columns=ratings.index)
    topics = pd.DataFrame({"lead": [True, False, False], "fail": [False, True, True]}, index=asked)
    weights = pd.Series([1.0, 1.0, 2.0], index=asked)
    found = odds_of(ratings, suits, weights, Assumptions(unpredicted=0), topics).defeating
    assert list(found.index) == ["fail"]
    assert found.loc["fail", "share"] == pytest.approx(0.75)
    assert found.loc["fail", "examples"] == ["q3", "q2"]


def test_the_best_new_story_closes_the_hole() -> None:
    """Where one theme has no story, the story worth finding carries that theme."""
    ratings, suits, weights = frames(5, 40, 8, 3, fit=0.5)
    ratings["t1"] = 0
    topics = pd.DataFrame({"a": [n % 2 == 0 for n in range(40)], "b": [n % 7 == 0 for n in range(40)]}, suits.index)
    best = odds_of(ratings, suits, weights, topics=topics).moves[0]
    assert (best.theme, best.competency, best.story) == ("t1", "a", "")
    assert best.after > best.before


def test_the_rehearsal_set_keeps_most_of_the_odds_with_fewer_stories() -> None:
    """Within the stated distance, and each story in it carries a theme."""
    ratings, suits, weights = frames(6, 60, 12, 3, fit=0.6)
    full = odds_of(ratings, suits, weights).all_themes.value
    found = odds_of(ratings, suits, weights, Assumptions(minutes=10, distance=0.05)).rehearsal
    assert len(found.stories) < 12
    assert found.odds >= found.full - 0.05
    assert found.full == pytest.approx(full, abs=0.03)
    assert found.minutes == 10 * len(found.stories)
    assert (ratings.loc[list(found.stories)] > 0).any(axis=1).all()


def test_an_estimate_carries_its_interval_and_no_more_digits_than_it_bears() -> None:
    """Wilson interval at 95 %, whole per cent in print."""
    estimate = Estimate.of(50, 100)
    assert (round(estimate.low, 3), round(estimate.high, 3)) == (0.404, 0.596)
    assert str(estimate) == "50 %"
    assert Estimate.of(0, 100).low == 0


@pytest.mark.parametrize(
    "wrong", [{"strong": 1.2}, {"partial": -0.1}, {"unpredicted": 2}, {"questions": 0}], ids=lambda value: str(value)
)
def test_impossible_assumptions_are_refused(wrong: dict[str, float]) -> None:
    """A chance lies between 0 and 1, an interview has a question."""
    with pytest.raises(ValueError, match="should lie between"):
        Assumptions(**wrong)


@pytest.mark.parametrize(("stories", "themes"), [(300, 9), (40, 11), (5, 12)], ids=["many stories", "many", "few"])
def test_all_interviews_at_once_are_as_each_alone(stories: int, themes: int) -> None:
    """Where nobody looks ahead, as with more than eight themes, the choice of a story is plain to follow."""
    ratings, suits, weights = frames(5, 30, stories, themes, fit=0.1)
    interview = Interview(suits.to_numpy(), ratings.to_numpy(), weights.to_numpy(), Assumptions(questions=7), 200)
    tellings = np.zeros(stories, dtype=int)
    left, told = interview.play(interview.suits, interview.chance, tellings), np.zeros(stories, dtype=int)
    for trial in range(200):
        used, is_open = set[int](), np.ones(themes, dtype=bool)
        for k in range(7):
            free = [s for s in np.flatnonzero(suits.to_numpy()[interview.asked[trial, k]]).tolist() if s not in used]
            if free:
                worth = (interview.chance * is_open).max(axis=1)
                spared = SPARING * interview.chance.sum(axis=1) * (float(is_open.any()) + 1e-9)
                story = max(free, key=lambda s: worth[s] - spared[s])
                theme = int((interview.chance[story] * is_open).argmax())
                used.add(story)
                if is_open[theme] and interview.luck[trial, k] < interview.chance[story, theme]:
                    is_open[theme], told[story] = False, told[story] + 1
            assert (in_sets(left[k, trial], themes) == is_open).all()
    assert (tellings == told).all()


def test_frames_that_do_not_fit_together_are_refused() -> None:
    """Labels are compared, not positions."""
    ratings, suits, weights = frames(1, 10, 4, 2)
    with pytest.raises(ValueError, match="columns of suitability"):
        odds_of(ratings, suits[suits.columns[::-1]], weights)
    with pytest.raises(ValueError, match="index of weights"):
        odds_of(ratings, suits, weights[::-1])
    with pytest.raises(ValueError, match="weight above zero"):
        odds_of(ratings, suits, weights * 0)
    with pytest.raises(ValueError, match="63 themes"):
        odds_of(*frames(1, 10, 4, 63))
    assert odds_of(*frames(1, 10, 4, 62)).by_question.shape == (6, 62)


def test_ten_thousand_interviews_take_a_blink() -> None:
    """25 stories, 4 themes, 220 questions: under 0.2 s on an idle machine, with room here for a busy one."""
    case = frames(9, 220, 25, 4, fit=0.15)
    assert odds_of(*case).told > 0
    started = time.perf_counter()
    assert odds_of(*case).told > 0
    assert time.perf_counter() - started < 1.0


def story(name: str, *tags: str) -> Story:
    """A story that shows these competencies."""
    return Story(name, name, action="I did it.", competencies=tags)


def test_a_plan_is_played_on_its_settled_ratings() -> None:
    """What the plan says counts, ids that are gone do not, and other ratings can take their place."""
    themes = tuple(Theme(id=name, category="challenge") for name in ("a", "b"))
    plan = Plan(themes=themes, ratings={"one": {"a": 2, "gone": 2}, "lost": {"b": 2}})
    stories = StoryInventory((story("one", "teamwork"), story("two", "teamwork")), Path("stories.csv"))
    found = delivery(plan, stories, load_questions())
    assert found.ratings.to_dict() == {"a": {"one": 2, "two": 0}, "b": {"one": 0, "two": 0}}
    assert found.all_themes.value == 0
    assert found.by_question["a"].iloc[-1] > 0
    better = found.ratings.assign(b=[0, 2])
    assert delivery(plan, stories, load_questions(), ratings=better).all_themes.value > 0


def test_a_question_after_motives_is_answered_by_what_carries_a_theme_of_motivation() -> None:
    """There the theme itself is the answer, whatever the story is tagged with."""
    themes = (Theme(id="why", category="motivation"), Theme(id="can", category="challenge"))
    plan = Plan(themes=themes, ratings={"one": {"why": 1}, "two": {"can": 2}})
    stories = StoryInventory((story("one", "teamwork"), story("two", "teamwork")), Path("stories.csv"))
    asked = [
        Question("why-us", "Why us?", ("motivation-for-the-role",), Kind.MOTIVATIONAL),
        Question("conflict", "A conflict?", ("handling-conflict",)),
    ]
    found = delivery(plan, stories, asked).suitability
    assert found.loc["why-us"].to_dict() == {"one": True, "two": False}
    assert not found.loc["conflict"].any()


def test_making_a_story_stronger_is_weighed_against_finding_one() -> None:
    """A partial rating that would be strong is a move, too; moves come in order of gain, none below one per cent."""
    ratings = pd.DataFrame([[1, 0], [0, 2]], index=["a", "b"], columns=["x", "y"])
    suits = pd.DataFrame(True, index=[f"q{n}" for n in range(8)], columns=ratings.index)
    topics = pd.DataFrame({"lead": True}, index=suits.index)
    moves = odds_of(ratings, suits, pd.Series(1.0, suits.index), Assumptions(partial=0.3), topics).moves
    assert ("x", "", "a") in {(move.theme, move.competency, move.story) for move in moves}
    assert [move.gain for move in moves] == sorted((move.gain for move in moves), reverse=True)
    assert all(move.gain >= 0.01 for move in moves)


def test_the_rehearsal_set_is_seldom_larger_than_the_smallest_there_is() -> None:
    """Held against every set of stories, in ten small plans it needs one story more at most, and mostly none."""
    more = []
    for seed in range(10):
        case = odds_of(*frames(seed, 30, 7, 3, fit=0.5))
        found = case.rehearsal
        rough = case._rough
        sizes = [
            len(kept)
            for size in range(1, 8)
            for kept in combinations(range(7), size)
            if found.full - rough.score(*rough.only(list(kept))) <= 0.05
        ]
        more.append(len(found.stories) - min(sizes))
    assert max(more) <= 1
    assert more.count(0) >= 7


def test_a_story_that_is_only_a_title_tells_nothing() -> None:
    """A tag on an empty story does not raise the odds."""
    plan = Plan(themes=(Theme(id="a", category="challenge"),), ratings={"one": {"a": 2}})
    bare = StoryInventory((Story("one", "One", competencies=("teamwork",)),), Path("stories.csv"))
    assert delivery(plan, bare, load_questions()).all_themes.value == 0


def test_questions_without_an_answer_are_counted() -> None:
    """Of six questions of which half find a story that carries a theme, three are left on average."""
    ratings = pd.DataFrame([[2]], index=["s"], columns=["t"])
    suits = pd.DataFrame({"s": [n % 2 == 0 for n in range(20)]}, index=[f"q{n}" for n in range(20)])
    assert odds_of(ratings, suits, pd.Series(1.0, suits.index)).unanswered == pytest.approx(3, abs=0.01)


def test_low_odds_are_not_halved_by_a_rehearsal_set() -> None:
    """Five points are much where ten are all there is: at most a tenth is given up."""
    for seed in range(8):
        found = odds_of(*frames(seed, 40, 9, 4, fit=0.12)).rehearsal
        assert found.odds >= 0.9 * found.full - 0.005
