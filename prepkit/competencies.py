"""The shipped list of competencies: what behavioural questions ask about, and which a text speaks of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from prepkit.resources import template
from prepkit.text import Likeness, slug
from prepkit.yamlfile import load_yaml

__all__ = ["Competency", "competencies", "competency_scores", "normal_tag"]


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
    data = load_yaml(template("competencies.yaml"))
    return tuple(
        Competency(entry["id"], entry["name"], entry["definition"], tuple(entry["words"]))
        for entry in data["competencies"]
    )


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


@cache
def _likeness() -> Likeness:
    return Likeness(f"{entry.name}. {entry.definition} {' '.join(entry.words)}" for entry in competencies())
