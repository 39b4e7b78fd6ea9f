"""A mock interview: its questions are those the odds play with, and its summary says what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from conftest import PLAN
from test_show import opened

from prepkit.application import Application
from prepkit.mock import MockAnswer, by_odds, draw_mock, sum_up
from prepkit.questions import Kind
from prepkit.search import Search

Make = Callable[..., Search]


@pytest.fixture
def app(make_search: Make) -> Application:
    """An application with three themes and one story."""
    return opened(make_search({"tidewrack": {"plan": PLAN}}))


def test_ten_different_questions_are_drawn(app: Application) -> None:
    """Nobody is asked the same twice."""
    drawn = draw_mock(app)
    assert len({question.id for question in drawn}) == len(drawn) == 10


def test_the_same_seed_draws_the_same_questions(app: Application) -> None:
    """Another seed draws others."""
    assert draw_mock(app, seed=7) == draw_mock(app, seed=7)
    assert draw_mock(app, seed=7) != draw_mock(app, seed=8)


def test_an_opener_comes_first_when_there_is_one(app: Application) -> None:
    """The others stay in the order in which they were drawn."""
    rounds = [draw_mock(app, seed=seed) for seed in range(40)]
    with_opener = [drawn for drawn in rounds if any(question.kind is Kind.OPENER for question in drawn)]
    assert len(with_opener) > 10
    assert {drawn[0].kind for drawn in with_opener} == {Kind.OPENER}


def test_questions_come_as_often_as_the_odds_expect(app: Application) -> None:
    """First questions of many interviews, held against the share of each kind; odd ones are asked as well."""
    rounds = 1_500
    first = Counter(draw_mock(app, 1, seed)[0].kind for seed in range(rounds))
    weights = app.odds.weights
    for kind in Kind:
        of_kind = [question.id for question in app.questions if question.kind is kind]
        expected = 0.5 * float(weights[of_kind].sum()) + 0.5 * len(of_kind) / len(app.questions)
        assert first[kind] / rounds == pytest.approx(expected, abs=0.04)
    assert first[Kind.ODD] > 0


def test_questions_asked_before_come_last(app: Application) -> None:
    """Another round asks other questions for as long as there are any."""
    before = [question.id for question in draw_mock(app)]
    assert not {question.id for question in draw_mock(app, spent=before)} & set(before)
    few = replace(app, questions=app.questions[:12])
    again = [question.id for question in draw_mock(few, 5, spent=[question.id for question in few.questions[:10]])]
    assert {question.id for question in few.questions[10:]} < set(again)


@pytest.mark.parametrize(("bank", "expected"), [(0, 0), (3, 3), (30, 10)])
def test_a_small_bank_gives_what_it_has(bank: int, expected: int, app: Application) -> None:
    """No bank at all is no interview, and no fault."""
    assert len(draw_mock(replace(app, questions=app.questions[:bank]))) == expected


def test_an_interview_has_at_least_one_question(app: Application) -> None:
    """None is refused in words."""
    with pytest.raises(ValueError, match="at least 1"):
        draw_mock(app, 0)


def test_nothing_answered_is_summed_up_as_nothing() -> None:
    """No division by none."""
    found = sum_up([])
    assert (found.told, found.again, found.without, found.seconds) == ({}, (), (), 0.0)


def test_answers_that_nobody_timed_do_not_count() -> None:
    """The mean is over those with a time; the first telling of a theme counts."""
    found = sum_up([MockAnswer("a", "s", "t"), MockAnswer("b", "s", "t", 30), MockAnswer("c", "r", "u", 50)])
    assert (found.told, found.again, found.without, found.seconds) == ({"t": 1, "u": 3}, ("s",), (), 40.0)


def test_the_odds_are_told_by_the_question(app: Application) -> None:
    """By the question asked for, by the last where the odds play no further, and not at all for an unknown theme."""
    chances = app.odds.by_question["calm"]
    assert by_odds(app, "calm", 2) == f"{100 * chances[2]:.0f} % by question 2"
    assert by_odds(app, "calm") == by_odds(app, "calm", 9)
    assert by_odds(app, "calm").endswith("by question 6")
    assert by_odds(app, "gone", 1) == ""
