"""A mock interview: questions drawn as the delivery odds draw them, what was told to each, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from prepkit.application import Application
from prepkit.interview import percent
from prepkit.questions import Kind, Question

__all__ = ["MockAnswer", "MockSummary", "by_odds", "draw_mock", "sum_up"]


@dataclass(frozen=True, slots=True)
class MockAnswer:
    """What was told to one question.

    Attributes:
        question: Id of the question.
        story: Id of the story told; empty for none.
        theme: Id of the theme told; empty for none.
        seconds: How long it took; 0 when nobody took the time.
    """

    question: str
    story: str = ""
    theme: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class MockSummary:
    """What came of a mock interview.

    Attributes:
        told: Theme id to the number of the question, from 1 on, at which it was first told; in order of telling.
        again: Ids of stories told more than once, in order of telling.
        without: Numbers of the questions, from 1 on, to which no theme was told.
        seconds: Mean length of the answers that somebody timed; 0 when none was.
    """

    told: dict[str, int]
    again: tuple[str, ...]
    without: tuple[int, ...]
    seconds: float


def draw_mock(
    application: Application, count: int = 10, seed: int = 1, spent: Collection[str] = ()
) -> tuple[Question, ...]:
    """Return the questions of a mock interview, all different, drawn as the delivery odds draw theirs.

    That is, by what the posting makes likely, mixed with the whole bank, odd questions included
    (:attr:`prepkit.interview.Assumptions.unpredicted`). Where an opener was drawn, it comes first.

    Args:
        application: Its bank, posting and assumptions are used.
        count: How many; of a smaller bank all.
        seed: Start of the random numbers; the same seed draws the same questions.
        spent: Ids of questions asked before; they come only when no others are left.

    Raises:
        ValueError: when `count` is less than one.
    """
    if count < 1:
        raise ValueError(f"count is {count}; it should be at least 1.")
    bank = application.questions
    if not bank:
        return ()
    predicted, assumed = application.odds.weights.to_numpy(dtype=float), application.odds.assumptions
    share = (1 - assumed.unpredicted) * predicted / predicted.sum() + assumed.unpredicted / len(bank)
    race = np.random.default_rng(seed).standard_exponential(len(bank)) / np.maximum(share, 1e-9)
    drawn = [bank[place] for place in np.lexsort((race, [question.id in spent for question in bank]))[:count]]
    first = next((question for question in drawn if question.kind is Kind.OPENER), drawn[0])
    return (first, *(question for question in drawn if question is not first))


def sum_up(answers: Sequence[MockAnswer]) -> MockSummary:
    """Return what came of a mock interview.

    >>> sum_up([MockAnswer("a", "storm", "calm", 60), MockAnswer("b", "storm"), MockAnswer("c", "", "calm", 90)])
    MockSummary(told={'calm': 1}, again=('storm',), without=(2,), seconds=75.0)
    """
    told: dict[str, int] = {}
    for number, answer in enumerate(answers, 1):
        if answer.theme:
            told.setdefault(answer.theme, number)
    times = Counter(answer.story for answer in answers if answer.story)
    again = tuple(story for story, count in times.items() if count > 1)
    without = tuple(number for number, answer in enumerate(answers, 1) if not answer.theme)
    timed = [answer.seconds for answer in answers if answer.seconds > 0]
    return MockSummary(told, again, without, sum(timed) / len(timed) if timed else 0.0)


def by_odds(application: Application, theme: str, number: int = 0) -> str:
    """Return the odds that a theme is told by the question of that number, as a phrase; empty for an unknown theme.

    Args:
        application: Whose odds.
        theme: Id of the theme.
        number: From 1 on; 0, or a number beyond those that the odds play, stands for the last that they play.
    """
    chances = application.odds.by_question
    if theme not in chances.columns:
        return ""
    last = len(chances)
    number = number if 1 <= number <= last else last
    return f"{percent(float(chances[theme].to_numpy()[number - 1]))} by question {number}"
