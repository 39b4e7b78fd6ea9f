"""What to ask them: questions for the interviewer, and for people who know the employer.

Drafted from lines of the posting by the templates in ``templates/inquiry.yaml``: the challenge, the first year, how the
team works; never salary. What somebody told in confidence (culture notes) is never quoted. The method learns of culture
by asking current and former employees and vendors for stories of recent projects and meetings.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from textwrap import shorten
from typing import Any

from prepkit.headings import Section
from prepkit.plan import Plan, Source
from prepkit.posting import Posting
from prepkit.resources import template
from prepkit.sections import Line
from prepkit.yamlfile import load_shipped

__all__ = ["BLANK_EMPLOYER", "inquiry_note", "insider_questions", "questions_to_ask", "whom_to_ask"]

BLANK_EMPLOYER = "[the employer]"
"""Stands where the posting gives no name."""

LONGEST_LINE = 120
"""Characters of a line that a question quotes; nobody says more of a quotation aloud."""

EASY_LINE = 24
"""Words up to which a line is easily quoted; longer ones are taken when there is no other."""


def questions_to_ask(posting: Posting, plan: Plan, most: int = 5) -> tuple[str, ...]:
    """Return questions that the candidate can ask the interviewer, each on one line, to be edited.

    Args:
        posting: Its lines are quoted; those of pay, benefits and how to apply never are.
        plan: Lines that its themes cite go first, because the answers lead back to the themes.
        most: Questions at most.

    Each question quotes a line of its own, as far as the posting gives any: about the challenge, the first year, how
    the team works, the mission, the work. General questions fill up the number. For a posting that is not English the
    lines stand alone, in quotation marks, and :func:`inquiry_note` says so.
    """
    used: set[str] = set()
    found = [(wanted["ask"], _line_for(wanted, posting, plan, used)) for wanted in _data()["questions"]]
    drafted = [_asked(ask, line, posting) for ask, line in found if line]
    spare = [_filled(text, posting) for text in _data()["general"]] if _is_english(posting) else []
    return tuple([*drafted, *spare][: max(0, most)])


def insider_questions(posting: Posting, plan: Plan) -> tuple[str, ...]:
    """Return three questions for people who know the employer, which ask for stories and not for opinions.

    Args:
        posting: Its lines are quoted, as in :func:`questions_to_ask`.
        plan: Lines that its themes cite go first.
    """
    used: set[str] = set()
    result = []
    for wanted in _data()["insiders"]:
        line = _line_for(wanted, posting, plan, used) if _is_english(posting) else None
        text = wanted["ask"] if line else wanted["otherwise"]
        result.append(_asked(text, line, posting) if line else _filled(text, posting))
    return tuple(result)


def whom_to_ask(plan: Plan) -> tuple[str, ...]:
    """Return who has not been asked yet among employees, former employees and vendors, as sentences.

    Empty when each has told something; a single sentence when nobody has.

    >>> len(whom_to_ask(Plan())), len(whom_to_ask(Plan(culture_notes=[{"id": "ines", "who": "former employee"}])))
    (1, 2)
    """
    asked = {note.who for note in plan.culture_notes}
    if not plan.culture_notes:
        return (_data()["nobody"],)
    return tuple(text for who, text in _data()["ask_first"].items() if Source(who) not in asked)


def inquiry_note(posting: Posting) -> str:
    """Return what to tell people of a posting for which no question can be drafted; empty for an English one."""
    return "" if _is_english(posting) else str(_data()["language_note"]).strip()


@cache
def _data() -> Mapping[str, Any]:
    return load_shipped(template("inquiry.yaml"))


@cache
def _pattern(phrases: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\s+(?=\|)", "", phrases.strip()), re.IGNORECASE)


def _is_english(posting: Posting) -> bool:
    if posting.language:
        return posting.language == "en"
    letters = [letter for line in posting.lines for letter in line.text if letter.isalpha()]
    return 2 * sum(letter.isascii() for letter in letters) >= len(letters)


def _line_for(wanted: Mapping[str, str], posting: Posting, plan: Plan, used: set[str]) -> Line | None:
    """Return the best line for a template that no other has taken, and mark it as taken."""
    sections = [Section(name) for name in wanted["sections"].split()]
    cited = {line.ref for theme in plan.themes for ref in theme.evidence if (line := posting.line(ref))}
    finds = _pattern(wanted["finds"] if _is_english(posting) else ".")
    fit = [
        line
        for line in posting.section(*sections)
        if line.ref not in used and finds.search(line.text) and _is_askable(line, posting)
    ]
    best = min(fit, key=lambda line: _rank(line, sections, cited), default=None)
    if best:
        used.add(best.ref)
    return best


def _is_askable(line: Line, posting: Posting) -> bool:
    """Tell whether a line says something by itself: no masthead, no line that leans on the one before, no pay."""
    text = line.text.strip()
    is_masthead = line.section is Section.OPENING and (not text.endswith((".", "!", "?", "。")) or " · " in text)
    is_name = text.strip(".") in (posting.title, posting.company, posting.location)
    is_short = len(text.split()) < 4 and text.isascii()
    return not (is_masthead or is_name or is_short or _pattern(_data()["never"]).search(text))


def _rank(line: Line, sections: list[Section], cited: Collection[str]) -> tuple[bool, bool, int, int]:
    is_long = len(line.text.split()) > EASY_LINE
    return is_long, line.ref not in cited, sections.index(line.section), line.number


def _asked(text: str, line: Line, posting: Posting) -> str:
    said = shorten(line.text, LONGEST_LINE, placeholder=" …")
    if not _is_english(posting):
        return f"“{said}”"
    said = said if said.endswith((".", "!", "?", "…")) else f"{said}."
    return _filled(text, posting, f"“{said}”")


def _filled(text: str, posting: Posting, line: str = "") -> str:
    """Fill a template; done in one go, so that braces in a name or a line are only letters."""
    values = {"{line}": line, "{employer}": " ".join(posting.company.split())[:80] or BLANK_EMPLOYER}
    return re.sub(r"\{(?:line|employer)\}", lambda found: values[found[0]], text)
