"""Interview questions: the bank, what each asks about, and the stories that could answer it.

Routing is by words, where those that mean the same count as one; it reads English only (:func:`language_note`). On 77
questions written after the words, in turns of phrase meant to be unlike them, a competency that a coach would name came
first in 34 and among three in 54 (25 and 45 with an earlier list); more words have come since. On 91 plainer ones held
back it was 86 and 91 (66 and 84), but whoever chose the words had written those, too. Picking from stories without tags
was right at first for 15 of 32 questions and among three for 18 (8 and 15), with tags for 17 and 20 of 20 (14 and 18).
Same author for all. So show three, and let people decide. That words within a phrase count half helped a little; no
gain came of character n-grams, other weights, graded competencies of stories, or learning from the bank.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from prepkit.competencies import competencies, competency_scores, deciding_words, meanings, normal_tag, weighted
from prepkit.errors import InputError, Problem, did_you_mean
from prepkit.files import read_text
from prepkit.level import Level
from prepkit.resources import template
from prepkit.sheets import MAX_COLUMNS, csv_rows
from prepkit.stories import Story, StoryInventory
from prepkit.text import LANGUAGES, Likeness, guess_language, slug, stems, tidy, words

__all__ = [
    "MAX_QUESTIONS",
    "Kind",
    "Pick",
    "Question",
    "Routed",
    "Scorer",
    "language_note",
    "load_questions",
    "pick",
    "route",
    "suitability",
    "suited",
]

MAX_QUESTIONS, MAX_CHARACTERS, MAX_COMPETENCIES = 2_000, 1_000, 3
"""Most questions of a file, characters of a question and competencies of a question that are read."""

MAX_ALL_CHARACTERS = 500_000
"""Most characters of all questions of a file; those of the shipped bank have 20,000."""

Scorer = Callable[[str, Sequence[str]], Sequence[float]]
"""Takes a question and texts, returns how alike each text is to the question, 0 to 1; say, from embeddings."""

_COLUMNS = ("id", "question", "competencies", "kind", "levels", "bank")


class Kind(StrEnum):
    """What a question is after."""

    BEHAVIOURAL = "behavioural"
    MOTIVATIONAL = "motivational"
    FIT = "fit"
    OPENER = "opener"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Question:
    """A question that an interviewer may ask.

    Attributes:
        id: Stable name in kebab-case.
        text: The question.
        competencies: What it asks about, most fitting first, at most three; shipped ids or a search's own tags.
        kind: What it is after; odd ones are best answered shortly and without a story.
        levels: Levels of role at which it is asked, junior first.
        own: True for a question of the search, false for a shipped one.
    """

    id: str
    text: str
    competencies: tuple[str, ...] = ()
    kind: Kind = Kind.BEHAVIOURAL
    levels: tuple[Level, ...] = tuple(Level)
    own: bool = False

    @property
    def asks_about(self) -> tuple[str, ...]:
        """Its competencies, or the two that its words are routed to where none is given."""
        return self.competencies or tuple(routed.competency for routed in route(self.text)[:2])


class Routed(NamedTuple):
    """A competency that a question may be about: its id, a score from 0 to 1, and the words that decided."""

    competency: str
    score: float
    words: tuple[str, ...]


class Pick(NamedTuple):
    """A story that may answer a question: its id, a score from 0 to 1, and the reason as a phrase."""

    story: str
    score: float
    reason: str


def load_questions(own: Path | None = None) -> tuple[Question, ...]:
    """Return the shipped questions in their order, then those that a search's ``questions.csv`` adds.

    Args:
        own: A table with the columns ``id, question, competencies, kind, levels``, of which only ``question`` is
            needed; further columns are not read. A row with the id or the words of a shipped question takes its
            place, and its blank cells keep what that one says. Other rows are added, as behavioural questions for
            any level unless they say otherwise. A column ``bank`` with ``none`` in the first row leaves the shipped
            questions out.

    Raises:
        InputError: with every fault of the file and its row.
    """
    return _merged(_read(own), _shipped()) if own else _shipped()


@cache
def _shipped() -> tuple[Question, ...]:
    return tuple(replace(question, own=False) for question in _merged(_read(template("questions.csv")), ()))


def _read(path: Path) -> list[dict[str, str]]:
    """Return the cells of each row by column, all columns there, or raise all faults."""
    text, _ = read_text(path)
    names: list[str] = []
    rows: list[dict[str, str]] = []
    faults: list[Problem] = []
    places: dict[str, str] = {}
    for line, cells in csv_rows(text, max(",;\t", key=text.strip().partition("\n")[0].count)):
        where, torn = f"row {line}", [cell for cell in cells if isinstance(cell, Problem)]
        values = [str(cell) for cell in cells]
        if torn:
            faults += torn
        elif not any(values):
            continue
        elif not names:
            names = [value.casefold() for value in values]
            if len(names) > MAX_COLUMNS:
                raise InputError(path, Problem(f"At most {MAX_COLUMNS} columns are read.", where))
            if "question" not in names or len({*names}) < len(names):
                message = f"One column should be “question”, and none there twice. Found: {', '.join(names)[:200]}."
                raise InputError(path, Problem(message, where, f"Allowed: {', '.join(_COLUMNS)}."))
            faults += _misspelt(names, where)
        elif len(values) != len(names):
            fix = "A text with a separator in it needs quotation marks around it."
            faults.append(Problem(f"The row has {len(values)} fields, the header has {len(names)}.", where, fix))
        else:
            rows.append(dict.fromkeys(_COLUMNS, "") | dict(zip(names, values, strict=True)))
            faults += (Problem(message, f"{where}, column {column}") for column, message in _faults(rows[-1]))
            if (name := rows[-1]["id"]) and places.setdefault(name, where) != where:
                faults.append(Problem(f"The id “{name[:60]}” stands in {places[name]}, too.", f"{where}, column id"))
        if max(len(rows), len(faults)) > MAX_QUESTIONS:
            faults.append(Problem(f"Reading stops here; at most {MAX_QUESTIONS:,} questions are read.", where))
            break
    if (size := sum(len(row["question"]) for row in rows)) > MAX_ALL_CHARACTERS and not faults:
        faults = [Problem(f"The questions have {size:,} characters; at most {MAX_ALL_CHARACTERS:,} are read.")]
    if faults:
        raise InputError(path, faults)
    return rows


def _misspelt(names: Sequence[str], where: str) -> Iterator[Problem]:
    absent = [column for column in _COLUMNS if column not in names]
    for name in names:
        if name not in _COLUMNS and (near := get_close_matches(name, absent, n=1, cutoff=0.75)):
            message = f"There is no such column.{did_you_mean(name, near)}"
            yield Problem(message, f"{where}, column {name[:60]}", "Rename it.")


def _faults(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the column and the sentence for each fault of a row."""
    if not 0 < len(row["question"]) <= MAX_CHARACTERS:
        yield "question", f"A question has 1 to {MAX_CHARACTERS:,} characters; this has {len(row['question']):,}."
    if slug(row["id"], longest=80) != row["id"]:
        yield "id", f"The id “{row['id'][:60]}” should be lower-case letters, digits and hyphens, at most 80."
    tags, kinds = _parts(row["competencies"]), _parts(row["kind"])
    if len(tags) > MAX_COMPETENCIES or len(kinds) > 1:
        yield "competencies", f"A question has at most {MAX_COMPETENCIES} competencies and one kind."
    for tag in map(normal_tag, tags):
        near = get_close_matches(tag, [entry.id for entry in competencies()], n=1, cutoff=0.85)
        if near and near != [tag]:  # further off it is a tag of one's own
            yield "competencies", f"“{tag}” is not on the shipped list.{did_you_mean(tag, near)}"
    for column, allowed in (("kind", list(Kind)), ("levels", [*Level, "any"]), ("bank", ["none"])):
        for value in sorted(set(_parts(row[column].casefold())).difference(allowed)):
            yield column, f"“{value[:60]}” is not known here. Allowed: {', '.join(allowed)}."


def _merged(rows: Sequence[Mapping[str, str]], shipped: Iterable[Question]) -> tuple[Question, ...]:
    alone = any(row["bank"] for row in rows[:1])
    result = {} if alone else {question.id: question for question in shipped}
    by_words = {slug(question.text, MAX_CHARACTERS): question.id for question in result.values()}
    given = {row["id"] for row in rows}
    for row in rows:
        text = tidy(row["question"])
        name = made = row["id"] or by_words.get(slug(text, MAX_CHARACTERS)) or slug(text, 80) or "question"
        number = 1
        while not row["id"] and (name in given or (name in result and result[name].own)):
            number += 1
            name = f"{made[:75]}-{number}"  # a plan takes 80 letters
        old = result.get(name) or Question(name, text)
        tags = tuple(dict.fromkeys(filter(None, map(normal_tag, _parts(row["competencies"])))))
        said = _parts(row["levels"].casefold())
        levels = tuple(level for level in Level if level in said or "any" in said)
        kind = Kind(row["kind"].casefold() or old.kind)
        result[name] = Question(name, text, tags or old.competencies, kind, levels or old.levels, own=True)
    return tuple(result.values())


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;,\n]", cell) if part.strip()]


def route(question: str, scorer: Scorer | None = None) -> tuple[Routed, ...]:
    """Return the competencies that an English question or fragment may be about, best first; none if no word is known.

    A scorer compares in place of words; then no words are known to have decided.

    >>> best = route("You had to get to the root cause")[0]
    >>> best.competency, best.words
    ('solving-problems', ('root cause',))
    """
    if scorer:
        texts = [f"{entry.name}. {entry.definition} {', '.join(entry.words)}" for entry in competencies()]
        found = zip((entry.id for entry in competencies()), _scored(scorer, question, texts), strict=True)
        ranked = sorted(((name, score) for name, score in found if score > 0), key=lambda item: -item[1])
        return tuple(Routed(name, score, ()) for name, score in ranked)
    decided = deciding_words(question)
    return tuple(Routed(name, score, decided[name]) for name, score in competency_scores([question]).items())


def language_note(question: str) -> str:
    """Return what to tell people of a question that is not in English; empty when it is or cannot be told.

    >>> language_note("Was ist die größte Schwäche, die du bei dir siehst?")
    'This looks like German; questions are routed by English words, so choose the story yourself.'
    >>> language_note("Was war Ihr größter Misserfolg?")
    'This is not English; questions are routed by English words, so choose the story yourself.'
    """
    code = guess_language(question)
    letters = [letter for letter in question if letter.isalpha()]
    foreign = any(not letter.isascii() for letter in letters) or "¿" in question or "¡" in question
    english = set(words(question)) & _PLAIN_ENGLISH
    what = f"looks like {LANGUAGES[code]}" if code not in ("", "en") else ""
    if not what and code != "en" and foreign and not english and letters:
        what = "is not English"
    return f"This {what}; questions are routed by English words, so choose the story yourself." if what else ""


_PLAIN_ENGLISH = frozenset(
    """a about an and did do for have how me of tell the to what when why with you your""".split()  # noqa: SIM905
)


def pick(question: Question | str, stories: StoryInventory, scorer: Scorer | None = None) -> tuple[Pick, ...]:
    """Return all stories, those that answer the question best first, each with its reason; ties in inventory order.

    The score is the likeness of the words, title and tags of the story counting double, plus half weight for a
    competency that the question asks about; a story without tags is taken to show the two it speaks of most. Scores
    cannot tell that no story fits: they are low for good ones and high for some bad ones. So show the three best, and
    always offer "none of these".

    Args:
        question: Any question; one from the bank brings its competencies along.
        scorer: Compares in place of words, both with competencies and with stories.
    """
    text = question if isinstance(question, str) else question.text
    if isinstance(question, Question) and question.competencies:
        asked = {name: 1 - place / 4 for place, name in enumerate(question.competencies)}
    else:
        asked = {routed.competency: routed.score for routed in route(text, scorer)[:3]}
    language = guess_language(text) or "en"
    likeness, terms = _prepared(stories.stories, language)
    alike = _scored(scorer, text, [s.text for s in stories]) if scorer else likeness.scores(text).tolist()
    said = {} if scorer else dict(_terms(text, language))
    best = max(asked.values(), default=1.0)
    picks = []
    for story, score, known in zip(stories, alike, terms, strict=True):
        about = max(_shown_by(story) & asked.keys(), key=lambda name: (asked[name], name), default="")
        score = (score + 0.5 * (asked[about] / best if about else 0)) / 1.5
        shared = [word for term, word in said.items() if term in known]
        picks.append(Pick(story.id, score, _reason(about, about in story.competencies, shared)))
    return tuple(sorted(picks, key=lambda item: -item.score))


def suitability(questions: Iterable[Question], stories: StoryInventory) -> pd.DataFrame:
    """Return which stories could answer which questions, by competencies alone.

    A behavioural question takes stories that show one of its competencies (the best two routed where it names none),
    and so does a motivational or fit one that names any; one that names none leaves the choice free and takes every
    story, as openers do. Odd questions take none. A row that is all false says that the question must be answered
    without a story of this inventory. A story shows its tags; where none of them is on the shipped list, also the two
    competencies that its text speaks of most. Rows are question ids (index ``question``), columns story ids
    (``story``), values bool.
    """
    asked = list(questions)
    return pd.DataFrame(
        suited(asked, stories),
        index=pd.Index([question.id for question in asked], name="question"),
        columns=pd.Index(stories.ids, name="story"),
        dtype=bool,
    )


def suited(questions: Iterable[Question], stories: StoryInventory) -> list[list[bool]]:
    """Return the rows of :func:`suitability`, in the order of questions and stories."""
    shown = [_shown_by(story) for story in stories]
    return [_suited(question, shown) for question in questions]


def _suited(question: Question, shown: Sequence[frozenset[str]]) -> list[bool]:
    asks_any = question.kind in (Kind.MOTIVATIONAL, Kind.FIT) and not question.competencies
    if question.kind in (Kind.OPENER, Kind.ODD) or asks_any:
        return [question.kind is not Kind.ODD] * len(shown)
    about = question.asks_about
    return [not tags.isdisjoint(about) for tags in shown]


@lru_cache(maxsize=4_096)
def _shown_by(story: Story) -> frozenset[str]:
    """Return the tags of a story, and the two best guesses from its words where no tag is on the shipped list."""
    known = {entry.id for entry in competencies()}
    text = f"{story.title}. {story.text}"
    guessed = () if known.intersection(story.competencies) else list(competency_scores([text]))[:2]
    return frozenset((*story.competencies, *guessed))


@lru_cache(maxsize=16)
def _prepared(stories: tuple[Story, ...], language: str) -> tuple[Likeness, list[set[str]]]:
    """Return the likeness to stories, and the terms of each; title and tags count double."""
    texts = []
    for story in stories:
        tags = [tag.replace("-", " ") for tag in story.competencies]
        texts.append(". ".join((story.text, story.title, *tags, *tags)))  # the text has the title once
    likeness = Likeness(texts, analyse=lambda text: weighted(_terms(text, language)))
    return likeness, [{term for term, _ in _terms(text, language)} for text in texts]


def _terms(text: str, language: str) -> list[tuple[str, str]]:
    """Return terms for matching with the words that say them: meanings in English, stems in other languages."""
    if language == "en":
        return meanings(text)
    return [(stem, word) for word in words(text) for stem in stems(word, language)]


def _scored(scorer: Scorer, question: str, texts: Sequence[str]) -> list[float]:
    return [min(1.0, max(0.0, float(score))) for score in scorer(question, texts)]


def _reason(about: str, tagged: bool, shared: Sequence[str]) -> str:
    name = about.replace("-", " ")
    which = [f"{'tagged' if tagged else 'its text speaks of'} {name}, which the question asks about"] if about else []
    words_of_both = [f"close in meaning to: {', '.join(shared[:5])}"] if shared else []
    return "; ".join(which + words_of_both) or "nothing in common with the question"
