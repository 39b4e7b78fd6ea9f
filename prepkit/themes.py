"""Suggest themes from a posting, each with the lines that are its evidence.

A suggestion quotes the posting; it never says anything about the candidate. Where evidence is looked for
follows the method: motivation in lines on the mission, fit in lines on the culture and in culture notes,
challenges in duties and requirements for junior roles, in the opening paragraphs for senior ones, in both
for those between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prepkit.headings import Section, phrases, speaks_of
from prepkit.level import Level
from prepkit.plan import Category, CultureNote, Theme
from prepkit.posting import Posting
from prepkit.sections import Kind, Line
from prepkit.text import Likeness, slug, stems

__all__ = ["Suggestion", "provisional_themes", "suggest_themes", "theme_text"]

MOST = {Category.MOTIVATION: 4, Category.CHALLENGE: 8, Category.FIT: 4}
"""Most suggestions for a category; more would be no help in choosing three or four themes."""

SAME = 0.45
"""Likeness from which two lines say the same; set by hand on postings of several fields."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A theme that a posting asks for.

    Attributes:
        category: What it is about.
        words: The strongest line of evidence, as it stands in the posting or note; no claim yet.
        evidence: References of all lines and culture notes that say it, strongest first.
        reason: Where it was found and why it is ranked here, one sentence.
        rank: Place within its category, from 1.
    """

    category: Category
    words: str
    evidence: tuple[str, ...]
    reason: str
    rank: int

    @property
    def id(self) -> str:
        """A short name for the theme made of it, from its first words that carry meaning."""
        return slug(" ".join(self.words.split()[:7]), longest=32) or f"{self.category}-{self.rank}"


@dataclass(frozen=True, slots=True)
class _Candidate:
    ref: str
    text: str
    score: float
    where: str


def suggest_themes(posting: Posting, culture_notes: Iterable[CultureNote] = ()) -> tuple[Suggestion, ...]:
    """Return suggestions by category in the order motivation, challenge, fit, ranked within each.

    Lines that say the same are one suggestion with several lines of evidence. Benefits, legal lines,
    formal credentials and stock phrases are never evidence.
    """
    units = [line for line in posting.section(*Section) if _can_be_evidence(line, posting)]
    centrality = _centrality(units, posting.language)
    about = {line.ref for line in units if _is_about_employer(line, posting.company)}
    found = {
        Category.MOTIVATION: _motivation(units, about),
        Category.CHALLENGE: _challenges([unit for unit in units if unit.ref not in about], posting.level, centrality),
        Category.FIT: _fit(units, culture_notes),
    }
    result: list[Suggestion] = []
    taken: set[str] = set()
    for category, candidates in found.items():
        fresh = [candidate for candidate in candidates if candidate.ref not in taken]
        groups = _group(sorted(fresh, key=lambda c: -c.score), posting.language)[: MOST[category]]
        for rank, group in enumerate(groups, 1):
            refs = tuple(candidate.ref for candidate in group)
            taken.update(refs)
            also = f"; {len(group)} lines say it" if len(group) > 1 else ""
            result.append(Suggestion(category, group[0].text, refs, f"From {group[0].where}{also}.", rank))
    return tuple(result)


def provisional_themes(suggestions: Sequence[Suggestion]) -> tuple[Theme, ...]:
    """Return the best suggestions as themes to look at before anybody has chosen.

    One motivation, two challenges, one fit. Their claims are empty: what the interviewer should say is for the
    candidate to decide.
    """
    wanted = {Category.MOTIVATION: 1, Category.CHALLENGE: 2, Category.FIT: 1}
    picked = [s for s in suggestions if s.rank <= wanted[s.category]]
    ids: dict[str, int] = {}
    themes = []
    for suggestion in picked:
        ids[suggestion.id] = ids.get(suggestion.id, 0) + 1
        name = suggestion.id if ids[suggestion.id] == 1 else f"{suggestion.id}-{ids[suggestion.id]}"
        themes.append(Theme(id=name, category=suggestion.category, evidence=suggestion.evidence))
    return tuple(themes)


def theme_text(theme: Theme, posting: Posting, culture_notes: Iterable[CultureNote] = ()) -> str:
    """Return all words that say what a theme is about: its claim, twist and the evidence it cites."""
    notes = {note.id: f"{note.shows} {note.told}" for note in culture_notes}
    cited = (line.text if (line := posting.line(ref)) else notes.get(ref, "") for ref in theme.evidence)
    return " ".join(filter(None, (theme.claim, theme.twist, *cited)))


# --- what can be evidence -----------------------------------------------------------------------------------


def _can_be_evidence(line: Line, posting: Posting) -> bool:
    if line.section in (Section.OTHER, Section.BENEFITS) or line.text in (
        posting.title,
        posting.company,
        posting.location,
    ):
        return False
    words = line.text.split()
    # under the title stand name, place and hours, not sentences
    top = (
        line.section is Section.OPENING
        and line.kind is not Kind.BULLET
        and not line.text.endswith((".", "!", "?", "…", ":"))
    )
    return len(words) >= 4 and not (top and len(words) < 14)


def _centrality(units: Sequence[Line], language: str) -> dict[str, float]:
    """Return how much each unit shares with the rest of the posting, 0 to 1."""
    if len(units) < 2:
        return {unit.ref: 0.0 for unit in units}
    pairs = Likeness((unit.text for unit in units), language).pairs()
    shared = (pairs.sum(axis=1) - 1) / (len(units) - 1)
    top = float(shared.max()) or 1.0
    return {unit.ref: float(value) / top for unit, value in zip(units, shared, strict=True)}


def _fullness(text: str) -> float:
    """Return 0 to 1: a line of 8 to 30 words says enough to be repeated, and not too much."""
    count = len(text.split())
    return 1.0 if 8 <= count <= 30 else 0.6 if count < 8 else 0.8


def _is_about_employer(line: Line, company: str) -> bool:
    """Tell whether a sentence says what the employer is or does, such as “Acme sends letters for clinics.”"""
    if line.section is Section.MISSION:
        return True
    names = [word for word in company.split() if word.lower() not in ("the", "a", "an")][:1]
    named = bool(names) and re.match(rf"(?:The |At )?{re.escape(names[0])}\b", line.text) is not None
    return line.section is Section.OPENING and (named or speaks_of(line.text, Section.MISSION))


def _motivation(units: Sequence[Line], about: set[str]) -> list[_Candidate]:
    result = []
    for line in units:
        in_section = line.section is Section.MISSION
        if line.ref in about:
            score = (
                (0.6 if in_section else 0.4)
                + 0.15 * min(2, len(phrases("purpose").findall(line.text)))
                + 0.1 * _fullness(line.text)
            )
            where = "the lines about the employer" if in_section else "the opening, where it speaks of the employer"
            result.append(_Candidate(line.ref, line.text, score, f"{where} (line {line.ref})"))
    return result


def _challenges(units: Sequence[Line], level: Level, centrality: dict[str, float]) -> list[_Candidate]:
    opening = [line for line in units if line.section is Section.OPENING]
    listed = [line for line in units if line.section in (Section.DUTIES, Section.REQUIREMENTS)]
    if level is Level.SENIOR:
        chosen = [(line, "the opening paragraphs, where senior roles tell their challenges") for line in opening] or [
            (line, "the duties, as there are no opening paragraphs") for line in listed
        ]
    elif level is Level.JUNIOR:
        chosen = [(line, f"the {line.section.label.lower()}") for line in listed] or [
            (line, "the opening, as there is no list of duties") for line in opening
        ]
    else:
        chosen = [
            (line, "the opening" if line.section is Section.OPENING else f"the {line.section.label.lower()}")
            for line in (*opening, *listed)
        ]
    result = []
    for position, (line, where) in enumerate(chosen):
        if phrases("credential").search(line.text):
            continue
        score = (
            0.25 * (1.0 if line.section is not Section.REQUIREMENTS else 0.7)
            + 0.25 * min(1.0, len(phrases("challenge").findall(line.text)) / 3)
            + 0.2 * centrality[line.ref]
            + 0.15 * _fullness(line.text)
            + 0.1 * (1 - position / len(chosen))
            + 0.05 * bool(re.search(r"\d", line.text))
            - 0.3 * bool(phrases("stock").search(line.text))
            - 0.2 * bool(phrases("hiring").search(line.text))
        )
        result.append(_Candidate(line.ref, line.text, score, f"{where} (line {line.ref})"))
    return result


def _fit(units: Sequence[Line], culture_notes: Iterable[CultureNote]) -> list[_Candidate]:
    result = [
        _Candidate(note.id, note.shows or note.told, 1.0, f"a culture note by {_article(note.who)}")
        for note in culture_notes
        if note.shows or note.told
    ]
    for line in units:
        in_section = line.section is Section.CULTURE
        if in_section or (line.section in (Section.OPENING, Section.MISSION) and speaks_of(line.text, Section.CULTURE)):
            score = (
                (0.6 if in_section else 0.35) + 0.1 * speaks_of(line.text, Section.CULTURE) + 0.2 * _fullness(line.text)
            )
            where = "the lines about culture and values" if in_section else "a line that speaks of how they work"
            result.append(_Candidate(line.ref, line.text, score, f"{where} (line {line.ref})"))
    return result


def _article(who: str) -> str:
    return {"employee": "an employee", "other": "somebody who knows the employer"}.get(who, f"a {who}")


def _group(candidates: Sequence[_Candidate], language: str) -> list[list[_Candidate]]:
    """Put candidates that say the same together, strongest first; order of groups is that of their strongest."""
    if not candidates:
        return []
    pairs = Likeness((candidate.text for candidate in candidates), language).pairs()
    words = [set(stems(candidate.text, language)) for candidate in candidates]
    groups: list[list[int]] = []
    for index in range(len(candidates)):
        for group in groups:
            first = group[0]
            smaller = min(len(words[index]), len(words[first])) or 1
            if pairs[index, first] >= SAME or len(words[index] & words[first]) / smaller >= 0.75:
                group.append(index)
                break
        else:
            groups.append([index])
    return [[candidates[index] for index in group] for group in groups]
