"""Which questions are likely: what each is about, and how strongly posting and level call for it.

A prediction, and marked as one: in the single interview for which somebody published both lists, half of the questions
asked had not been foreseen. So :mod:`prepkit.delivery` draws a stated share of questions from the whole bank.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice, zip_longest

import numpy as np
import pandas as pd

from prepkit.competencies import competency_scores
from prepkit.headings import Section
from prepkit.posting import Posting
from prepkit.questions import Kind, Question

__all__ = ["OTHER_LEVEL", "PERSONAL", "likely_questions", "posting_competencies", "question_weights", "topics"]

PERSONAL = 1 / 3
"""Share of the predicted questions that ask who somebody is and why they come: openers, motives, fit.

A guess: of six questions one opens and one asks for motives or for the way of working.
"""

OTHER_LEVEL = 0.25
"""Weight of a question that is usually asked at other levels of role; a guess."""

_ASKING = (Section.OPENING, Section.DUTIES, Section.REQUIREMENTS, Section.CULTURE, Section.MISSION)


def posting_competencies(posting: Posting) -> pd.Series:
    """Return what a posting asks for: index ``competency``, floats that add up to 1, most asked for first.

    Each line of duties, requirements, opening, culture and mission speaks for the two competencies it speaks of most.
    Empty for a posting that is not in English or names none.
    """
    demand: dict[str, float] = defaultdict(float)
    if posting.language in ("en", ""):
        for line in posting.section(*_ASKING):
            for name, score in islice(competency_scores([line.text]).items(), 2):
                demand[name] += score
    total = sum(demand.values()) or 1.0
    shares = {name: score / total for name, score in sorted(demand.items(), key=lambda item: (-item[1], item[0]))}
    return pd.Series(shares, name="share", dtype=float).rename_axis("competency")


def topics(questions: Sequence[Question]) -> pd.DataFrame:
    """Return what each question is about: bool frame, rows question ids (``question``), columns ``competency``.

    What a question is tagged with, and for a behavioural one without a tag what its words are routed to; odd questions
    are about none.
    """
    about = [_about(question) for question in questions]
    names = sorted(set().union(*about))
    place = {name: column for column, name in enumerate(names)}
    found = np.zeros((len(names), len(about)), dtype=bool)
    for row, asked in enumerate(about):
        found[[place[name] for name in asked], row] = True
    return pd.DataFrame(
        found.T,
        index=pd.Index([question.id for question in questions], name="question", dtype=object),
        columns=pd.Index(names, name="competency", dtype=object),
    )


def _about(question: Question) -> tuple[str, ...]:
    if question.kind is Kind.ODD:
        return ()
    return question.asks_about if question.kind is Kind.BEHAVIOURAL else question.competencies


def question_weights(questions: Sequence[Question], posting: Posting | None = None) -> pd.Series:
    """Return how likely each question is to be asked, as far as it can be predicted.

    Args:
        questions: The bank.
        posting: Its competencies and level make questions likelier; without one, each competency is as likely.

    Returns:
        A series with index ``question`` and floats that add up to 1: :data:`PERSONAL` of it over openers, motives and
        fit, the rest over the others, each competency getting its share of the posting. Odd questions get none, since
        nothing in a posting predicts them. Questions for other levels of role count :data:`OTHER_LEVEL`. Questions of
        the search's own count as others do.
    """
    index = pd.Index([question.id for question in questions], name="question", dtype=object)
    asked = {str(name): float(share) for name, share in posting_competencies(posting).items()} if posting else {}
    level = posting.level if posting else None
    base = [1.0 if level is None or level in question.levels else OTHER_LEVEL for question in questions]
    about = [_about(question) for question in questions]
    crowd: dict[str, float] = defaultdict(float)
    for names, weight in zip(about, base, strict=True):
        for name in names:
            crowd[name] += weight
    least = min(asked.values()) / 2 if asked else 1.0  # what the posting leaves unsaid may be asked all the same
    called = [
        weight * sum(asked.get(name, least) / crowd[name] for name in names) / max(1, len(names))
        for names, weight in zip(about, base, strict=True)
    ]
    is_personal = [question.kind in (Kind.OPENER, Kind.MOTIVATIONAL, Kind.FIT) for question in questions]
    is_other = [question.kind is Kind.BEHAVIOURAL for question in questions]
    personal = pd.Series(base, index=index) * is_personal
    behavioural = pd.Series(called, index=index) * is_other
    parts = [(personal, PERSONAL), (behavioural, 1 - PERSONAL)]
    weights = sum((part / part.sum() * share for part, share in parts if part.sum() > 0), pd.Series(0.0, index=index))
    if not weights.sum():
        return pd.Series(1 / max(1, len(index)), index=index, name="weight", dtype=float)
    return (weights / weights.sum()).rename("weight")


def likely_questions(questions: Sequence[Question], weights: pd.Series, most: int = 12) -> tuple[Question, ...]:
    """Return the likeliest questions: openers, motives and fit in turn up to their share, then the others.

    Args:
        questions: The bank.
        weights: As from :func:`question_weights`.
        most: Length of the list at most.

    Questions of the search's own go first within their kind, and at most two are about the same competency, so that
    the list stays varied.
    """
    likely = {str(name): float(weight) for name, weight in weights.items()}
    likeliest = sorted(questions, key=lambda question: (not question.own, -likely[question.id]))
    by_kind = {kind: [q for q in likeliest if q.kind is kind and likely[q.id] > 0] for kind in Kind}
    turns = zip_longest(*(by_kind[kind] for kind in (Kind.OPENER, Kind.MOTIVATIONAL, Kind.FIT)))
    chosen = [question for turn in turns for question in turn if question][: round(most * PERSONAL)]
    told: Counter[str] = Counter()
    for question in by_kind[Kind.BEHAVIOURAL]:
        first = question.asks_about[0] if question.asks_about else ""
        told[first] += 1
        if told[first] <= 2 and len(chosen) < most:
            chosen.append(question)
    return tuple(chosen)
