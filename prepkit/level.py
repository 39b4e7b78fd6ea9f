"""How senior a role is, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from prepkit.headings import Section, phrases
from prepkit.sections import Line

__all__ = ["Level", "judge_level"]


class Level(StrEnum):
    """How senior a role is; decides where the evidence for its challenges is looked for."""

    JUNIOR = "junior"
    MID = "mid"
    SENIOR = "senior"


_YEARS = re.compile(
    r"(?P<low>\d{1,2})\s*(?:\+|or more|plus)?\s*(?:(?:-|–|to|bis|à|a|or)\s*\d{1,2}\s*)?\+?\s*(?:or more |full )?"
    r"(?:years?|yrs?|jahren?|ans|años)\b",
    re.IGNORECASE,
)
_NUMBER_WORDS = {
    word: str(number)
    for number, names in enumerate(
        (
            "", "one ein eine einem un une", "two zwei deux dos", "three drei trois tres", "four vier quatre cuatro",
            "five fünf cinq cinco", "six sechs seis", "seven sieben sept siete", "eight acht huit ocho",
            "nine neun neuf nueve", "ten zehn dix diez", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
        )
    )
    for word in names.split()
}  # fmt: skip


def judge_level(title: str, lines: Sequence[Line]) -> tuple[Level, tuple[str, ...]]:
    """Return the level and the reasons: title words first, then the years asked for, then the scope of leadership.

    Senior from five years, junior up to one. Measured on public postings, this told senior from not senior in nine
    cases of ten; weakest are junior roles whose title says nothing.
    """
    plain = phrases("not_senior").sub(" ", title)
    junior, senior = phrases("junior_title").search(plain), phrases("senior_title").search(plain)
    if match := phrases("still_senior").search(title) or (None if junior else senior):
        return Level.SENIOR, (f"The title says “{match[0]}”.",)
    if junior:
        return Level.JUNIOR, (f"The title says “{junior[0]}”.",)
    asked = [line for line in lines if line.section not in (Section.OTHER, Section.BENEFITS, Section.NICE_TO_HAVE)]
    leading = [
        line for line in asked if line.section is not Section.MISSION and phrases("leadership").search(line.text)
    ]
    scope = f"The scope of leadership: lines {', '.join(line.ref for line in leading[:4])}."
    if years := _years(asked):
        count, line = years
        said = f"Line {line.ref} asks for {count} year{'s' * (count != 1)} of experience."
        if count >= 5:
            return Level.SENIOR, (said,)
        if count <= 1:
            return Level.JUNIOR, (said,)
        return (Level.SENIOR, (said, scope)) if len(leading) >= 3 else (Level.MID, (said,))
    for line in asked:
        if match := phrases("no_experience").search(line.text):
            return Level.JUNIOR, (f"Line {line.ref} says “{match[0]}”.",)
    if len(leading) >= 2:
        return Level.SENIOR, (scope,)
    why = "The title names no level, no years of experience are asked for, and little is said of leading people."
    return Level.MID, (why, "This is a guess; set it yourself if it is wrong.")


def _years(lines: Sequence[Line]) -> tuple[int, Line] | None:
    """Return the most years of experience that are asked for, with the line that asks."""
    found = []
    for line in lines:
        text = re.sub(r"\w+", lambda match: _NUMBER_WORDS.get(match[0].casefold(), match[0]), line.text)
        years = [int(match["low"]) for match in _YEARS.finditer(text) if int(match["low"]) <= 20]
        if years and phrases("experience").search(text):
            found.append((max(years), line))
    return max(found, key=lambda item: item[0]) if found else None
