"""Which questions are likely: by what the posting asks for, by its level, and never for sure."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import POSTING

from prepkit.level import Level
from prepkit.posting import Posting, read_posting
from prepkit.prediction import (
    OTHER_LEVEL,
    PERSONAL,
    likely_questions,
    posting_competencies,
    question_weights,
    topics,
)
from prepkit.questions import Kind, Question, load_questions

BANK = load_questions()


def posting_of(folder: Path, text: str) -> Posting:
    """A posting of these words."""
    file = folder / "posting.txt"
    file.write_text(text, encoding="utf-8")
    return read_posting(file)


def test_a_posting_asks_for_what_its_lines_speak_of(tmp_path: Path) -> None:
    """Shares add up to one, the competency that most lines speak of comes first, benefits do not count."""
    text = (
        "Team lead\n\nDuties\n- Coach and mentor junior staff, and give them feedback\n"
        "- Train apprentices and develop their skills\n- Plan the rota\n\nBenefits\n- Discounts for customers\n"
    )
    found = posting_competencies(posting_of(tmp_path, text))
    assert found.index[0] == "developing-others"
    assert found.sum() == pytest.approx(1)
    assert "customer-focus" not in found.index
    assert found.index.name == "competency"


def test_a_posting_in_another_language_predicts_nothing(tmp_path: Path) -> None:
    """Its words are not known, so every competency stays as likely as before."""
    german = posting_of(tmp_path, "Leitung Pflege\n\nAufgaben\n- Sie führen das Team und sind für die Planung da\n" * 3)
    assert posting_competencies(german).empty
    assert question_weights(BANK, german).equals(question_weights(BANK, german.corrected({"title": "x"})))


def test_weights_add_up_and_odd_questions_get_none(tmp_path: Path) -> None:
    """A third for openers, motives and fit, the rest for the others; nothing in a posting predicts an odd question."""
    weights = question_weights(BANK, posting_of(tmp_path, POSTING))
    kinds = {question.id: question.kind for question in BANK}
    by_kind = weights.groupby(kinds).sum()
    assert weights.sum() == pytest.approx(1)
    assert by_kind[Kind.ODD] == 0
    assert by_kind[Kind.BEHAVIOURAL] == pytest.approx(1 - PERSONAL)
    assert (weights >= 0).all()
    assert list(weights.index) == [question.id for question in BANK]


def test_questions_for_another_level_weigh_less(tmp_path: Path) -> None:
    """The same question for juniors only counts a quarter where the role is senior."""
    asked = (
        Question("any", "Tell me about a conflict.", ("handling-conflict",)),
        Question("junior", "Tell me about a row.", ("handling-conflict",), levels=(Level.JUNIOR,)),
    )
    weights = question_weights(asked, posting_of(tmp_path, POSTING).corrected({"level": "senior"}))
    assert weights["junior"] / weights["any"] == pytest.approx(OTHER_LEVEL)


def test_what_the_posting_asks_for_is_asked_more_often(tmp_path: Path) -> None:
    """Of two competencies the one in the posting is likelier, and the other one stays possible."""
    asked = (Question("a", "x", ("developing-others",)), Question("b", "y", ("commercial-awareness",)))
    posting = posting_of(tmp_path, "Lead\n\nDuties\n- Coach and mentor junior staff\n- Train apprentices\n")
    weights = question_weights(asked, posting)
    assert weights["a"] > weights["b"] > 0


@pytest.mark.parametrize("asked", [(), (Question("odd", "Which animal?", kind=Kind.ODD),)], ids=["none", "odd alone"])
def test_a_bank_without_predictable_questions_is_drawn_evenly(asked: tuple[Question, ...]) -> None:
    """There is always something to draw from, or nothing at all."""
    assert question_weights(asked).sum() == pytest.approx(1 if asked else 0)


def test_topics_are_tags_or_where_words_lead() -> None:
    """A behavioural question without a tag is routed; odd ones and openers are about nothing."""
    asked = (
        Question("tagged", "Anything", ("my-own-tag",)),
        Question("routed", "You had to get to the root cause"),
        Question("opener", "Tell me about yourself and your team", kind=Kind.OPENER),
        Question("odd", "Which animal would you be in a team?", kind=Kind.ODD),
    )
    found = topics(asked)
    assert found.loc["tagged", "my-own-tag"]
    assert found.loc["routed", "solving-problems"]
    assert not found.loc[["opener", "odd"]].any(axis=None)


def test_the_list_of_likely_questions_is_varied(tmp_path: Path) -> None:
    """Openers, motives and fit have their share, own questions go first, and no competency fills the list."""
    own = Question("mine", "Why ferries?", kind=Kind.MOTIVATIONAL, own=True)
    bank = (*BANK, own)
    found = likely_questions(bank, question_weights(bank, posting_of(tmp_path, POSTING)), most=12)
    kinds = [question.kind for question in found]
    assert len(found) == 12
    assert found[0].text == "Tell me about yourself."
    assert own in found
    assert kinds.count(Kind.BEHAVIOURAL) == 8
    first = [question.asks_about[0] for question in found if question.kind is Kind.BEHAVIOURAL]
    assert max(map(first.count, first)) <= 2
