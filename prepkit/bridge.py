"""Bridges: from any question to a theme, through a story, and back to what the role needs.

An answer has three parts: the theme first, then a story in one breath, then the line of the posting that it answers.
What is drafted here is put together from the candidate's own words and the posting's, to be edited; what is missing is
named and left blank. What somebody has edited is kept in the plan and is never drafted again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from textwrap import shorten
from zlib import crc32

import numpy as np
import pandas as pd

from prepkit.case import leading_verb, short_result, spoken_words
from prepkit.competencies import meanings
from prepkit.interview import Assumptions
from prepkit.plan import Bridge, Category, Plan, Theme
from prepkit.posting import Posting
from prepkit.questions import MAX_CHARACTERS, Kind, Pick, Question, Scorer, pick, route, suited
from prepkit.stories import Story, StoryInventory
from prepkit.text import Likeness, guess_language, sentences, slug

__all__ = ["BREATH", "NO_THEME", "TOLD_ALREADY", "Answer", "answers", "as_question", "draft_bridge", "theme_sentence"]

BREATH = 60
"""Spoken words of a story told in one breath, some 25 seconds; a draft that is longer leaves out the setting."""

ALIKE = 0.6
"""Likeness of two questions from which they are taken to ask the same; from trials with 25 typed ones."""

LONGEST_PART = 4_000
"""Characters of a part of a draft; a plan takes five thousand."""

LONGEST_LINE = 160
"""Characters of a line of the posting that are quoted."""

TOLD_ALREADY, NO_THEME = 0.5, 0.25
"""Worth of a story whose themes are all told, and of one that carries none, where an open theme at full chance is 1."""

_USUAL = Assumptions()
_PARTS = ("theme_first", "in_one_breath", "back_to_role")
_MOTIVES = "motivation-for-the-role"
_CATEGORY = {Kind.MOTIVATIONAL: Category.MOTIVATION, Kind.FIT: Category.FIT}


@dataclass(frozen=True, slots=True)
class Answer:
    """A way to answer a question.

    Attributes:
        story: Id of the story.
        theme: Id of the theme that it tells; empty when it carries none.
        rating: How well the story carries the theme: 0 none, 1 partial, 2 strong.
        settled: True when a person has settled that rating.
        told: True when the theme has been told already.
        reason: Why this story, as a phrase.
        bridge: What to say: as kept in the plan, or a draft; None when the story carries no theme.
        edited: True when somebody has worked on the bridge, false for a draft.
        fits: True when the story shows what the question asks for, or shares words with one that nobody has tagged.
            False is certain, true is not: no score can tell that a story truly fits.
    """

    story: str
    theme: str
    rating: int
    settled: bool
    told: bool
    reason: str
    bridge: Bridge | None
    edited: bool
    fits: bool = True


def as_question(typed: str, bank: Iterable[Question]) -> Question:
    """Return the question of the bank with these words or this id, or a new one.

    A new one is taken to ask what that question of the bank asks which it resembles most, from a likeness of
    :data:`ALIKE` on; otherwise it is routed by its words, and is motivational when it is about motives before all else.
    """
    typed, bank = " ".join(typed.split())[:MAX_CHARACTERS], tuple(bank)
    if known := _by_words(bank).get(slug(typed, MAX_CHARACTERS)):
        return known
    new = Question(slug(typed) or "question", typed)
    alike = np.mean([likeness.scores(typed) for likeness in _likeness(bank)], axis=0)
    if bank and alike.max() >= ALIKE:
        nearest = bank[int(alike.argmax())]
        return replace(new, competencies=nearest.competencies, kind=nearest.kind)
    about = [routed.competency for routed in route(typed)[:1]]
    return replace(new, kind=Kind.MOTIVATIONAL) if about == [_MOTIVES] else new


@lru_cache(maxsize=4)
def _by_words(bank: tuple[Question, ...]) -> Mapping[str, Question]:
    """Return the questions by their ids and words; of several the first."""
    names = [(name, question) for question in bank for name in (question.id, slug(question.text, MAX_CHARACTERS))]
    return dict(reversed(names))


@lru_cache(maxsize=4)
def _likeness(bank: tuple[Question, ...]) -> tuple[Likeness, Likeness]:
    """Return the likeness by words and by meanings; each alone takes some questions for one that they are not."""
    texts = [question.text for question in bank]
    return Likeness(texts), Likeness(texts, analyse=lambda text: [meaning for meaning, _ in meanings(text)])


def answers(
    question: Question,
    plan: Plan,
    stories: StoryInventory,
    ratings: pd.DataFrame,
    decided: pd.DataFrame,
    posting: Posting,
    told: Collection[str] = (),
    most: int = 3,
    scorer: Scorer | None = None,
) -> tuple[Answer, ...]:
    """Return the best answers to a question, best first.

    Args:
        question: From the bank or :func:`as_question`.
        plan: Themes in their order, and bridges that somebody has edited.
        stories: The inventory.
        ratings: Stories x themes, 0, 1 or 2, as in :class:`prepkit.coverage.Coverage`.
        decided: The same shape: True where a person has settled the rating.
        posting: What the answer leads back to.
        told: Ids of themes that were told before this question; others go first.
        most: Answers at most.
        scorer: Compares in place of words; see :data:`prepkit.questions.Scorer`.

    Stories are ranked by how well they fit the question (:func:`prepkit.questions.pick`) times what they tell: the
    chance that the rating gives a theme still open, :data:`TOLD_ALREADY` of it when the theme is told, and
    :data:`NO_THEME` for a story that carries none. A question after motives or fit is also fitted by a story that
    carries a theme of that category. A story of an edited bridge goes first, then those that show what is asked for and
    carry a theme; a story that is only a title goes last. No score says that a story truly fits, so "none of these" is
    always a choice.
    """
    if question.kind is Kind.ODD:
        return ()
    kept = {bridge.id: bridge for bridge in plan.bridges}.get(question.id)
    themes = [theme for theme in plan.themes if theme.id in ratings.columns]
    shows = dict(zip(stories.ids, suited([question], stories)[0], strict=True))
    rated = {theme.id: dict(zip(ratings.index, ratings[theme.id].tolist(), strict=True)) for theme in themes}
    found = []
    for picked in pick(question, stories, scorer):
        row = {name: int(column[picked.story]) for name, column in rated.items()}
        is_kept = bool(kept and kept.story == picked.story)
        theme = _told_theme(themes, row, told, question.kind)
        if is_kept and kept:
            theme = plan.theme(kept.theme) or theme
        fit, reason, fits = _fit(picked, question, theme, shows[picked.story])
        worth = fit * _worth(theme, row, told) if question.kind is not Kind.OPENER else float(theme is not None)
        order = (is_kept, stories[picked.story].tellable, fits and theme is not None, fits, worth)
        place = -themes.index(theme) if theme in themes else -len(themes)
        found.append(((*order, place, row.get(theme.id, 0) if theme else 0), picked.story, theme, row, reason))
    result = []
    for (is_kept, _, _, fits, *_), story, theme, row, reason in sorted(found, key=itemgetter(0), reverse=True)[:most]:
        bridge = draft_bridge(question, theme, stories[story], posting) if theme else None
        if is_kept and kept:
            bridge = _filled(kept, bridge)
        name = theme.id if theme else ""
        settled = bool(decided[name][story]) if name in row else False
        answer = Answer(story, name, row.get(name, 0), settled, name in told, reason, bridge, is_kept, is_kept or fits)
        result.append(answer)
    return tuple(result)


def _fit(picked: Pick, question: Question, theme: Theme | None, shows: bool) -> tuple[float, str, bool]:
    """Return how well a story fits a question, 0 to 1.5, why, and whether it fits at all."""
    if theme and theme.category is _CATEGORY.get(question.kind):
        return picked.score + 0.5, f"carries your theme of {theme.category.value}, which the question asks for", True
    if question.kind is Kind.OPENER:
        return 1.0, "an opening question leaves the choice to you, so the first theme goes first", True
    return picked.score, picked.reason, shows or (not question.competencies and picked.score > 0)


def _filled(kept: Bridge, draft: Bridge | None) -> Bridge:
    """Return a bridge whose blank parts are those of the draft."""
    blank = [part for part in _PARTS if not getattr(kept, part)]
    return kept.model_copy(update={part: getattr(draft, part) for part in blank}) if draft else kept


def _told_theme(themes: Sequence[Theme], row: Mapping[str, int], told: Collection[str], kind: Kind) -> Theme | None:
    """Return the theme that a story tells best in answer to a question, one not told yet if there is one."""
    carried = [theme for theme in themes if row[theme.id]]
    if kind is Kind.OPENER:  # the plan's order is the candidate's own
        return next((theme for theme in carried if theme.id not in told), carried[0] if carried else None)
    wanted = _CATEGORY.get(kind)
    return max(carried, key=lambda theme: (theme.id not in told, theme.category is wanted, row[theme.id]), default=None)


def _worth(theme: Theme | None, row: Mapping[str, int], told: Collection[str]) -> float:
    if theme is None:
        return NO_THEME
    chance = (0.0, _USUAL.partial, _USUAL.strong)[row[theme.id]]
    return chance * (TOLD_ALREADY if theme.id in told else 1.0)


def draft_bridge(question: Question, theme: Theme, story: Story, posting: Posting) -> Bridge:
    """Return an answer put together from the theme's claim, the story, and of the lines of the posting that the theme
    cites the one most like question and story.

    The story's setting and deed are their first sentences, its outcome the shortest clause of the result with a figure;
    a question after motives is answered with the twist of a theme of motivation instead. A part of the story that is
    not written yet stands as a blank in square brackets, a claim or a line that is missing leaves its part empty.
    Culture notes are never quoted: they were told in confidence.
    """
    language = guess_language(f"{theme.claim} {story.text}") or posting.language or "en"
    cited = [line.text for ref in theme.evidence if (line := posting.line(ref))]
    alike = _cited(tuple(cited), language).scores(f"{question.text} {story.text}").tolist()
    best = max(zip(alike, cited, strict=True), key=itemgetter(0), default=(0.0, ""))[1]
    said = f"“{shorten(best, LONGEST_LINE, placeholder=' …').rstrip('.')}”" if best else ""
    turn = crc32(question.id.encode())  # the same question gets the same words, and not all questions do
    back = _BACK[turn % len(_BACK)].format(said) if said and language == "en" else said
    twist = theme.twist if question.kind is Kind.MOTIVATIONAL and theme.category is Category.MOTIVATION else ""
    return Bridge(
        id=question.id,
        question=question.text,
        theme=theme.id,
        story=story.id,
        theme_first=_fitted(theme_sentence(theme.claim, language, turn)),
        in_one_breath=_fitted(twist or _breath(story)),
        back_to_role=back,
    )


@lru_cache(maxsize=64)
def _cited(lines: tuple[str, ...], language: str) -> Likeness:
    return Likeness(lines, language)


def theme_sentence(claim: str, language: str = "en", turn: int = 0) -> str:
    """Return a claim as the candidate can say it; only English claims that begin with their verb change.

    Args:
        claim: As the plan words it.
        language: Two-letter code.
        turn: Chooses among a few ways to begin, so that answers in a row do not sound the same.

    >>> theme_sentence("Makes one team out of rival houses and keeps the people")
    'You would get somebody who makes one team out of rival houses and keeps the people.'
    >>> theme_sentence("Calm under load"), theme_sentence("")
    ('Calm under load.', '')
    """
    claim = claim.strip()
    if language == "en" and leading_verb(claim):
        claim = f"{_FIRST[turn % len(_FIRST)]} {claim[0].lower()}{claim[1:]}"
    return claim if not claim or claim.endswith((".", "!", "?")) else f"{claim}."


_FIRST = ("You would get somebody who", "I am somebody who", "People who have worked with me know somebody who")
_BACK = (
    "You write {}; that is where I would use it.",
    "I tell you this because you ask for it: {}.",
    "And that is close to what you write: {}.",
)


def _fitted(text: str, most: int = LONGEST_PART) -> str:
    """Return a text that a plan can keep: cut at `most` characters with an ellipsis, which only odd files need."""
    text = text.encode("utf-8", "ignore").decode("utf-8")
    return text if len(text) <= most else f"{text[: most - 2]} …"


@lru_cache(maxsize=4_096)
def _breath(story: Story) -> str:
    setting = next(iter(sentences(story.situation or story.task)), "")
    deed = next(iter(sentences(story.action)), "[What you did is still to be written.]")
    outcome = short_result(story) or "[What came of it is still to be written.]"
    if not (story.situation or story.task or story.action or story.result):
        return ""
    parts = [setting, deed, outcome]
    return " ".join(filter(None, parts if spoken_words(" ".join(parts)) <= BREATH else parts[1:]))
