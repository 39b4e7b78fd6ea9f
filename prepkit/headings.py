"""What headings announce and what the words of a line speak of.

The wordings are in ``templates/wordings.yaml``, for ten languages as far as they go, best for English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

from prepkit.resources import template
from prepkit.text import tidy
from prepkit.yamlfile import load_shipped

__all__ = ["Section", "cue_section", "heading_section", "is_boilerplate", "phrases", "speaks_of"]


class Section(StrEnum):
    """What a part of a posting is about; the values are the words used in files."""

    OPENING = "opening"
    DUTIES = "duties"
    REQUIREMENTS = "requirements"
    NICE_TO_HAVE = "nice_to_have"
    MISSION = "mission"
    CULTURE = "culture"
    BENEFITS = "benefits"
    OTHER = "other"

    @property
    def label(self) -> str:
        """What people call it."""
        return {"nice_to_have": "Nice to have", "mission": "About and mission", "culture": "Culture and values"}.get(
            self.value, "Legal and other" if self is Section.OTHER else self.value.capitalize()
        )


@cache
def _wordings() -> Mapping[str, Any]:
    return load_shipped(template("wordings.yaml"))


@cache
def phrases(name: str) -> re.Pattern[str]:
    """Return the pattern that finds any phrase of a named list of the wordings, as whole words, in any case."""
    return re.compile(rf"\b(?:{'|'.join(_wordings()['phrases'][name])})\b", re.IGNORECASE)


@cache
def _lexicon() -> dict[Section, re.Pattern[str]]:
    return {Section(name): _alternatives(patterns) for name, patterns in _wordings()["headings"].items()}


@cache
def _cues() -> tuple[tuple[Section, re.Pattern[str]], ...]:
    return tuple((Section(name), _alternatives(patterns)) for name, patterns in _wordings()["cues"].items())


def _alternatives(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def heading_section(text: str) -> Section | None:
    """Return the section that a heading's words announce, or None when they say nothing known.

    >>> heading_section("What you'll bring to the table:"), heading_section("Blue sky")
    (<Section.REQUIREMENTS: 'requirements'>, None)
    """
    plain = tidy(re.sub(r"[^\w\s'&/+-]", " ", text.casefold().replace("’", "'"))).strip(" -/&")
    for section, pattern in _lexicon().items():
        if pattern.search(plain):
            return section
    return None


def cue_section(text: str) -> Section | None:
    """Return the section that the words of a line hint at, or None.

    >>> cue_section("Salary: £30,000 a year"), cue_section("The kettle is on.")
    (<Section.BENEFITS: 'benefits'>, None)
    """
    plain = _start(text)
    for section, pattern in _cues():
        if pattern.search(plain):
            return section
    return None


def speaks_of(text: str, section: Section) -> bool:
    """Tell whether a line has words that show it speaks of a section's matter, wherever it stands.

    >>> speaks_of("We exist so that nobody eats alone.", Section.MISSION)
    True
    """
    return bool(dict(_cues())[section].search(_start(text)))


def is_boilerplate(text: str) -> bool:
    """Tell whether a line is about equal opportunity, wherever it stands."""
    return bool(_equal_opportunity().search(_start(text)))


def _start(text: str) -> str:
    """Return as much of a line as is looked at; some patterns would take minutes on an endless one."""
    return text[:1_000].casefold().replace("’", "'")


@cache
def _equal_opportunity() -> re.Pattern[str]:
    return _alternatives(_wordings()["cues"]["other"][:1])
