"""How senior a role is taken to be, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from prepkit.headings import Section
from prepkit.level import Level, judge_level
from prepkit.posting import read_posting
from prepkit.sections import Kind, Line

POSTINGS = Path(__file__).parent / "data" / "postings"


def units(*texts: str, section: Section = Section.REQUIREMENTS) -> list[Line]:
    return [Line(number, "", text, Kind.BULLET, section, False) for number, text in enumerate(texts, 1)]


@pytest.mark.parametrize(
    ("title", "level"),
    [
        pytest.param("Senior Platform Engineer", "senior", id="senior"),
        pytest.param("Head of Registry", "senior", id="head"),
        pytest.param("Director of Grants", "senior", id="director"),
        pytest.param("Assistant Vice President, Treasury", "senior", id="avp"),
        pytest.param("Assistant Director", "senior", id="assistant-director"),
        pytest.param("Junior Cook", "junior", id="junior"),
        pytest.param("Graduate Trainee Archivist", "junior", id="trainee"),
        pytest.param("Stockroom Assistant", "junior", id="assistant"),
        pytest.param("Assistant to the Chief of Staff", "mid", id="assistant-to-chief"),
        pytest.param("Werkstudentin Marketing", "junior", id="werkstudentin"),
        pytest.param("Abteilungsleitung Einkauf", "senior", id="leitung"),
        pytest.param("Lead Generation Executive", "mid", id="sales-leads"),
        pytest.param("Head Chef", "mid", id="head-chef"),
        pytest.param("Senior Living Cook", "mid", id="senior-living"),
        pytest.param("Internal Auditor", "mid", id="internal-is-no-intern"),
        pytest.param("Payroll Officer", "mid", id="no-word"),
    ],
)
def test_title_words(title: str, level: str) -> None:
    """Words of the title decide, but for those that only look like a rank."""
    assert judge_level(title, units("Weigh the parcels."))[0] is Level(level)


def test_title_goes_before_years() -> None:
    """A title that names a level is not outvoted by the years asked for, and is given as the reason."""
    level, reasons = judge_level("Junior Cook", units("At least ten years of experience"))
    assert (level, reasons) == (Level.JUNIOR, ("The title says “Junior”.",))


@pytest.mark.parametrize(
    ("text", "level"),
    [
        pytest.param("At least 5 years of experience", "senior", id="five"),
        pytest.param("Seven or more years of building services", "senior", id="word"),
        pytest.param("5+ years' experience in kitchens", "senior", id="plus"),
        pytest.param("4 years of experience", "mid", id="four"),
        pytest.param("2-6 years of experience", "mid", id="lower-end-of-a-range"),
        pytest.param("two years of experience", "mid", id="two"),
        pytest.param("1 year of experience", "junior", id="one"),
        pytest.param("Mindestens fünf Jahre Berufserfahrung", "senior", id="german"),
        pytest.param("Expérience de trois ans", "mid", id="french"),
        pytest.param("25 years of experience together", "mid", id="too-many"),
        pytest.param("Our ferry turned 12 years old", "mid", id="age-of-a-ferry"),
        pytest.param("No previous experience needed", "junior", id="no-experience"),
        pytest.param("Full training given", "junior", id="training"),
    ],
)
def test_years_asked_for(text: str, level: str) -> None:
    """Where the title says nothing, years of experience decide: senior from five, junior up to one."""
    assert judge_level("Officer", units(text))[0] is Level(level)


def test_most_years_count_and_are_cited() -> None:
    """Of several lines the one that asks for most counts, and the reason cites it."""
    level, reasons = judge_level("Officer", units("2 years of experience in banking", "6 years of experience"))
    assert (level, reasons) == (Level.SENIOR, ("Line 2 asks for 6 years of experience.",))


@pytest.mark.parametrize("section", [Section.BENEFITS, Section.OTHER, Section.NICE_TO_HAVE], ids=str)
def test_years_elsewhere_do_not_count(section: Section) -> None:
    """Years in benefits, small print and extras are not asked for."""
    assert judge_level("Officer", units("Sabbatical after 6 years of experience here", section=section))[0] is Level.MID


LEADING = ("Lead a team of planners", "Report to the board", "Answer for 190 people")


@pytest.mark.parametrize(
    ("texts", "section", "level"),
    [
        pytest.param(LEADING[:2], Section.DUTIES, "senior", id="two-lines"),
        pytest.param(LEADING[:1], Section.DUTIES, "mid", id="one-line"),
        pytest.param(LEADING, Section.MISSION, "mid", id="of-the-employer"),
        pytest.param((*LEADING, "3 years of experience"), Section.DUTIES, "senior", id="three-lines-and-years"),
        pytest.param((*LEADING[:2], "3 years of experience"), Section.DUTIES, "mid", id="two-lines-and-years"),
    ],
)
def test_scope_of_leadership(texts: tuple[str, ...], section: Section, level: str) -> None:
    """Leading people or answering to a board makes a role senior, if no title or years speak first."""
    assert judge_level("Officer", units(*texts, section=section))[0] is Level(level)


def test_scope_is_cited() -> None:
    """The reason names the lines that speak of leadership."""
    assert judge_level("Officer", units("Count parcels", *LEADING[:2]))[1] == ("The scope of leadership: lines 2, 3.",)


def test_a_guess_is_called_one() -> None:
    """Where nothing speaks, the level is mid, and the reasons say that this is a guess."""
    level, reasons = judge_level("", units("Count parcels"))
    assert level is Level.MID
    assert "guess" in reasons[-1]


@pytest.mark.parametrize("level", list(Level), ids=str)
def test_a_person_overrules(level: Level) -> None:
    """The level that a person sets counts, and the reasons keep what was found."""
    found = read_posting(POSTINGS / "platform-engineer.md")
    posting = found.corrected({"level": level.value})
    assert posting.level is level
    assert posting.level_reasons[0] == f"Set to {level.value} by you."
    assert posting.level_reasons[1:] == found.level_reasons
