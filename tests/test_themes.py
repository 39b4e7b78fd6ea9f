"""Suggested themes: where their evidence is looked for, and what is never evidence."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from prepkit.headings import Section
from prepkit.level import Level
from prepkit.plan import Category, CultureNote, Source, Theme
from prepkit.posting import Posting, read_posting
from prepkit.sections import Kind
from prepkit.themes import MOST, Suggestion, provisional_themes, suggest_themes, theme_text

POSTINGS = Path(__file__).parent / "data" / "postings"
EXPECTED: dict[str, dict[str, Any]] = YAML(typ="safe").load(POSTINGS / "expected.yaml")
READABLE = [name for name, expected in EXPECTED.items() if not expected.get("error")]

TEXT = """\
# Harbour Operations Officer
Tidewrack Ferries

The winter timetable has broken down twice and the islands no longer trust the boats.
The crews must be brought to one plan before the autumn storms arrive.

## Our mission
We exist so that nobody on the islands is cut off from school or hospital.

## Duties
- Reduce missed connections at the mainland pier by half
- Reduce by half the missed connections at the mainland pier
- Rebuild the booking office after the flood without closing the counter

## Requirements
- A degree in nautical science or transport
- Steady judgement when a boat is late and everybody is shouting

## Our culture
- We say what went wrong on the day it went wrong

## Benefits
- Free crossings on every boat for the whole family

## How to apply
- Send the harbour office a letter before the end of the month
"""
NOTES = (
    CultureNote(id="n1", who=Source.EMPLOYEE, told="The manager eats with the crew.", shows="Nobody stands on rank."),
    CultureNote(id="n2", who=Source.VENDOR, told="They pay their bills within a week."),
    CultureNote(id="n3", who=Source.OTHER),
)


@functools.cache
def read(name: str) -> Posting:
    return read_posting(POSTINGS / name)


@pytest.fixture
def posting(tmp_path: Path) -> Posting:
    path = tmp_path / "posting.md"
    path.write_text(TEXT, encoding="utf-8")
    return read_posting(path)


def of(suggestions: tuple[Suggestion, ...], category: Category) -> list[Suggestion]:
    return [suggestion for suggestion in suggestions if suggestion.category is category]


def sections(posting: Posting, suggestions: list[Suggestion]) -> set[Section]:
    return {posting.line(ref).section for found in suggestions for ref in found.evidence}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("level", "places"),
    [
        pytest.param("junior", {Section.DUTIES, Section.REQUIREMENTS}, id="junior"),
        pytest.param("mid", {Section.OPENING, Section.DUTIES, Section.REQUIREMENTS}, id="mid"),
        pytest.param("senior", {Section.OPENING}, id="senior"),
    ],
)
def test_challenges_come_from_the_place_of_the_level(posting: Posting, level: str, places: set[Section]) -> None:
    """Juniors meet their challenges in the lists, seniors in the opening, those between in both."""
    found = of(suggest_themes(posting.corrected({"level": level})), Category.CHALLENGE)
    assert sections(posting, found) == places


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("level", list(Level), ids=str)
def test_challenges_of_the_corpus(name: str, level: Level) -> None:
    """At every level each posting gives a challenge, from the opening or the lists as the level has it."""
    posting = read(name).corrected({"level": level.value})
    found = sections(posting, of(suggest_themes(posting), Category.CHALLENGE))
    listed = {Section.DUTIES, Section.REQUIREMENTS}
    assert found <= {Section.OPENING, *listed}
    if level is not Level.MID:
        assert not (Section.OPENING in found and found & listed)


@pytest.mark.parametrize("name", READABLE)
def test_suggestions_of_the_corpus(name: str) -> None:
    """In no posting do benefits, small print or headings become evidence, nor one line that of two suggestions."""
    posting = read(name)
    suggestions = suggest_themes(posting)
    assert suggestions
    cited = [posting.line(ref) for suggestion in suggestions for ref in suggestion.evidence]
    assert None not in cited
    assert not [x for x in cited if x.section in (Section.BENEFITS, Section.OTHER) or x.kind is Kind.HEADING]  # type: ignore[union-attr]
    assert len({x.ref for x in cited}) == len(cited)  # type: ignore[union-attr]
    assert suggestions == suggest_themes(posting)
    for category in Category:
        ranks = [suggestion.rank for suggestion in of(suggestions, category)]
        assert ranks == list(range(1, len(ranks) + 1))
        assert len(ranks) <= MOST[category]
    order = [list(Category).index(suggestion.category) for suggestion in suggestions]
    assert order == sorted(order)
    for suggestion in suggestions:
        assert suggestion.words == posting.line(suggestion.evidence[0]).text  # type: ignore[union-attr]
        assert Theme(id=suggestion.id, category=suggestion.category).id == suggestion.id


@pytest.mark.parametrize("name", READABLE)
def test_provisional_themes_of_the_corpus(name: str) -> None:
    """At most one motivation, two challenges and one fit are taken up; nothing is claimed; ids differ."""
    themes = provisional_themes(suggest_themes(read(name), NOTES))
    counts = {category: sum(theme.category is category for theme in themes) for category in Category}
    assert counts[Category.MOTIVATION] <= 1
    assert 1 <= counts[Category.CHALLENGE] <= 2
    assert counts[Category.FIT] == 1
    assert all((theme.claim, theme.twist) == ("", "") and theme.evidence for theme in themes)
    assert len({theme.id for theme in themes}) == len(themes)


def test_lines_that_say_the_same_are_one_suggestion(posting: Posting) -> None:
    """Two wordings of one thing give one suggestion with both lines as evidence, and the reason counts them."""
    found = of(suggest_themes(posting.corrected({"level": "junior"})), Category.CHALLENGE)
    (same,) = [suggestion for suggestion in found if "missed connections" in suggestion.words]
    texts = [posting.line(ref).text for ref in same.evidence]  # type: ignore[union-attr]
    assert len(texts) == 2
    assert all("missed connections" in text for text in texts)
    assert same.reason.endswith("; 2 lines say it.")


@pytest.mark.parametrize("level", list(Level), ids=str)
def test_what_is_never_evidence(posting: Posting, level: Level) -> None:
    """Credentials, benefits, legal lines, title and employer are no evidence at any level."""
    found = suggest_themes(posting.corrected({"level": level.value}))
    text = " ".join(posting.line(ref).text for s in found for ref in s.evidence)  # type: ignore[union-attr]
    assert not [word for word in ("degree", "crossings", "letter", "Officer", "Tidewrack") if word in text]


def test_motivation_comes_from_the_mission(posting: Posting) -> None:
    """What the employer is for is the first motivation."""
    first = of(suggest_themes(posting), Category.MOTIVATION)[0]
    assert first.words.startswith("We exist so that nobody")
    assert sections(posting, [first]) == {Section.MISSION}


def test_culture_notes_lead_the_fit(posting: Posting) -> None:
    """What people told is ahead of what the posting says of itself; an empty note is no evidence."""
    found = of(suggest_themes(posting, NOTES), Category.FIT)
    assert [s.evidence for s in found[:2]] == [("n1",), ("n2",)]
    assert [s.words for s in found[:2]] == ["Nobody stands on rank.", "They pay their bills within a week."]
    assert "an employee" in found[0].reason
    assert found[2].words.startswith("We say what went wrong")
    assert not any("n3" in s.evidence for s in found)


def test_without_notes_fit_comes_from_culture(posting: Posting) -> None:
    """Without notes the lines on culture are the fit."""
    assert sections(posting, of(suggest_themes(posting), Category.FIT)[:1]) == {Section.CULTURE}


@pytest.mark.parametrize(
    "words", ["", "!!!", "工程师", "مرحبا بكم", "a" * 300, "../../etc", "Ünï cödé lïnes"], ids=ascii
)
def test_ids_are_valid_whatever_the_words(words: str) -> None:
    """The short name of a suggestion can be used in a plan."""
    suggestion = Suggestion(Category.FIT, words, ("1",), "", 3)
    assert Theme(id=suggestion.id, category=Category.FIT).id == suggestion.id


def test_equal_words_get_different_ids() -> None:
    """Suggestions that begin alike become themes that can be told apart."""
    twice = [Suggestion(Category.CHALLENGE, "Mend the nets by night", (str(n),), "", n) for n in (1, 2)]
    assert len({theme.id for theme in provisional_themes(twice)}) == 2


def test_theme_text_holds_all_words(posting: Posting) -> None:
    """Claim, twist, cited lines and cited notes are put together; what cannot be found adds nothing."""
    line = next(x for x in posting.lines if x.text.startswith("We exist"))
    theme = Theme(id="t", category=Category.FIT, claim="Calm", twist="At sea", evidence=(line.ref, "n2", "gone"))
    assert theme_text(theme, posting, NOTES) == f"Calm At sea {line.text}  They pay their bills within a week."
