"""The shipped list of competencies: what behavioural questions ask about, and which a text speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from prepkit.resources import template
from prepkit.text import Likeness, slug, stems, words
from prepkit.yamlfile import load_shipped

__all__ = ["Competency", "competencies", "competency_scores", "deciding_words", "meanings", "normal_tag", "weighted"]


@dataclass(frozen=True, slots=True)
class Competency:
    """One thing that interviewers ask about.

    Attributes:
        id: Stable name in kebab-case, as used in the ``competencies`` column of a story.
        name: What people call it, 1 to 4 words.
        definition: What interviewers mean by it.
        words: Words of questions, postings and stories that speak of it.
    """

    id: str
    name: str
    definition: str
    words: tuple[str, ...]


@cache
def competencies() -> tuple[Competency, ...]:
    """Return the shipped list in its own order."""
    return tuple(
        Competency(entry["id"], entry["name"], entry["definition"], tuple(entry["words"]))
        for entry in _data()["competencies"]
    )


@cache
def _data() -> Mapping[str, Any]:
    return load_shipped(template("competencies.yaml"))


def normal_tag(tag: str) -> str:
    """Return the shipped id that a tag means, or the tag itself, tidied, when it is somebody's own.

    >>> normal_tag(" Leading People "), normal_tag("Bee keeping")
    ('leading-people', 'bee-keeping')
    """
    name = slug(tag)
    return _ids_by_name().get(name, name)


@cache
def _ids_by_name() -> dict[str, str]:
    return {slug(key): entry.id for entry in competencies() for key in (entry.id, entry.name)}


def competency_scores(texts: Iterable[str]) -> dict[str, float]:
    """Return how strongly texts speak of each competency, 0 to 1, strongest first, zeros left out.

    English only: the words of the shipped list are English.
    """
    scores = _likeness().scores(" ".join(texts))
    found = {entry.id: float(score) for entry, score in zip(competencies(), scores, strict=True) if score > 0}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def deciding_words(text: str) -> dict[str, tuple[str, ...]]:
    """Return the words of a text that speak of each competency, as they stand there, the most telling first.

    >>> deciding_words("You had to get to the root cause")["solving-problems"]
    ('root cause',)
    """
    found: dict[str, list[str]] = {}
    spoken_of = _spoken_of()
    for meaning, as_said in sorted(meanings(text), key=lambda pair: len(spoken_of.get(pair[0], ()))):
        for name in spoken_of.get(meaning, ()):
            said = found.setdefault(name, [])
            if not any(as_said in longer for longer in said):
                said.append(as_said)
    return {entry.id: tuple(found[entry.id]) for entry in competencies() if entry.id in found}


def meanings(text: str) -> list[tuple[str, str]]:
    """Return what an English text means for matching, each meaning with the words that say it, in order.

    Words that mean the same have one meaning, which begins with ``=``; that of other words is their stem. Words of
    nearly every question have none. A phrase of the synonyms has its own meaning, and each of its words has one, too.
    Phrases that leave room for other words come last in their clause.

    >>> meanings("Describe a time your boss turned down your idea")
    [('=boss', 'boss'), ('=rejected', 'turned down'), ('turn', 'turned'), ('=idea', 'idea')]
    >>> meanings("you let a customer down")[-1]
    ('=let down', 'let customer down')
    """
    (exact, alike), longest = _synonyms(), _longest()
    result: list[tuple[str, str]] = []
    for clause in _CLAUSE_END.split(text):
        said = _said(clause)
        stemmed = tuple(map(_stem, said))
        position = 0
        while position < len(said):
            phrase, length = None, 1
            for longer in range(min(longest.get(stemmed[position], 1), len(said) - position), 1, -1):
                here = tuple(said[position : position + longer])
                phrase = exact.get(here) or alike.get(stemmed[position : position + longer])
                if phrase:
                    length = longer
                    result.append((phrase, " ".join(here)))
                    break
            for word in said[position : position + length]:
                meaning = _meaning(word)
                if meaning and meaning != phrase:
                    result.append((meaning, word))
            position += length
        result.extend(_apart(said, stemmed))
    return result


@lru_cache(maxsize=65_536)
def _meaning(word: str) -> str:
    """Return what a single word means for matching; empty for one that carries no meaning."""
    exact, alike = _synonyms()
    if word in _frame() or not stems(word):
        return ""
    return exact.get((word,)) or alike.get((_stem(word),)) or _stem(word)


def _apart(said: Sequence[str], stemmed: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the meanings of phrases that leave room, such as ``let .. down``, where one to three words stand there."""
    spaced = _spaced()
    for start, first in enumerate(stemmed):
        for head, tail, meaning in spaced.get(first, ()):
            begin = start + len(head)
            if stemmed[start:begin] != head:
                continue
            for end in range(begin + 1 + len(tail), min(begin + _ROOM + len(tail), len(said)) + 1):
                if stemmed[end - len(tail) : end] == tail:
                    yield meaning, " ".join(said[start:end])
                    break


def weighted(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Return meanings twice, but once where their word only stands within a phrase that has a meaning of its own.

    >>> weighted(meanings("the root cause"))
    ['=root cause', '=root cause', 'root', 'caus']
    """
    phrases = [f" {said} " for _, said in pairs if " " in said]
    result: list[str] = []
    for meaning, said in pairs:
        within = any(f" {said} " in phrase for phrase in phrases if len(phrase) > len(said) + 2)
        result.extend([meaning] * (1 if within else 2))
    return result


def _terms(text: str) -> list[str]:
    return weighted(meanings(text))


# they stand within phrases
_ARTICLES = frozenset({"a", "an", "the", "your", "my", "our", "their", "his", "her", "its"})
_CLAUSE_END = re.compile(r"[.,;:!?…](?=\s|$)")
_LONGEST = 8  # words of a phrase, articles left out
_GAP, _ROOM = "..", 3  # stands in a phrase for so many words at most


def _said(text: str) -> list[str]:
    return [part for word in words(text) for part in _spelt(word).split() if part not in _ARTICLES]


@lru_cache(maxsize=65_536)
def _spelt(word: str) -> str:
    """Return a word in one spelling, and a denial as two words.

    >>> _spelt("organized"), _spelt("didn't")
    ('organised', 'did not')
    """
    return re.sub(r"n't$", " not", re.sub(r"iz(e[ds]?|er|ing|ations?)$", r"is\1", word))


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    word = _irregular().get(word, word)
    return next(iter(stems(word)), word)


@cache
def _irregular() -> dict[str, str]:
    """Return the plain form of each irregular one, such as ``take`` for ``took``."""
    return {form: forms[0] for forms in _data()["irregular"] for form in forms[1:]}


@cache
def _frame() -> frozenset[str]:
    return frozenset(_spelt(word) for word in _data()["frame"])


@cache
def _synonyms() -> tuple[dict[tuple[str, ...], str], dict[tuple[str, ...], str]]:
    """Return the meaning of words and phrases as they stand, and by their stems."""
    exact: dict[tuple[str, ...], str] = {}
    alike: dict[tuple[str, ...], str] = {}
    for group in _data()["synonyms"]:
        for item in group:
            if _GAP in item:
                continue
            said = tuple(_said(item))
            exact.setdefault(said, f"={group[0]}")
            alike.setdefault(tuple(map(_stem, said)), f"={group[0]}")
    return exact, alike


@cache
def _longest() -> dict[str, int]:
    """Return the most words of a phrase by its first stem."""
    longest: dict[str, int] = {}
    for stemmed in _synonyms()[1]:
        longest[stemmed[0]] = max(longest.get(stemmed[0], 1), min(len(stemmed), _LONGEST))
    return longest


@cache
def _spaced() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...], str]]]:
    """Return phrases that leave room by their first stem: the stems before and after the room, and the meaning."""
    result: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], str]]] = {}
    for group in _data()["synonyms"]:
        for item in group:
            if _GAP in item:
                head, tail = (tuple(map(_stem, _said(part))) for part in item.split(_GAP))
                result.setdefault(head[0], []).append((head, tail, f"={group[0]}"))
    return result


@cache
def _spoken_of() -> dict[str, list[str]]:
    """Return the ids of the competencies that each meaning speaks of."""
    found: dict[str, list[str]] = {}
    for entry in competencies():
        for meaning in set(_terms(_document(entry))):
            found.setdefault(meaning, []).append(entry.id)
    return found


def _document(entry: Competency) -> str:
    """Return a competency as a text to compare with; name and words count double, and no phrase runs into the next."""
    return ". ".join((entry.definition, *(entry.name, *entry.words) * 2))


@cache
def _likeness() -> Likeness:
    return Likeness(map(_document, competencies()), analyse=_terms)
