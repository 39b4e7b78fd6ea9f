"""What headings announce and what lines speak of."""

from __future__ import annotations

import time

import pytest

from prepkit.headings import Section, cue_section, heading_section, is_boilerplate, speaks_of


@pytest.mark.parametrize(
    ("text", "section"),
    [
        pytest.param("Responsibilities", Section.DUTIES, id="duties"),
        pytest.param("REQUIREMENTS:", Section.REQUIREMENTS, id="capitals"),
        pytest.param("You’ll bring", Section.REQUIREMENTS, id="curly-apostrophe"),
        pytest.param("Nice to have", Section.NICE_TO_HAVE, id="nice"),
        pytest.param("Our values", Section.CULTURE, id="culture"),
        pytest.param("What we offer", Section.BENEFITS, id="benefits"),
        pytest.param("How to apply", Section.OTHER, id="other"),
        pytest.param("Wir bieten", Section.BENEFITS, id="german"),
        pytest.param("Blue sky", None, id="unknown"),
        pytest.param("", None, id="empty"),
    ],
)
def test_headings(text: str, section: Section | None) -> None:
    """Usual wordings announce their section, others nothing."""
    assert heading_section(text) is section


def test_cues_and_boilerplate() -> None:
    """Lines show by their words what they speak of."""
    assert cue_section("Salary: £30,000 a year") is Section.BENEFITS
    assert cue_section("The kettle is on.") is None
    assert speaks_of("We exist so that nobody eats alone.", Section.MISSION)
    assert not speaks_of("The kettle is on.", Section.MISSION)
    assert is_boilerplate("We are an equal opportunities employer.")
    assert not is_boilerplate("Boil the eggs.")


def test_endless_lines_take_no_time() -> None:
    """A line without end is looked at only as far as a line goes."""
    start = time.process_time()
    cue_section("we are a " * 50_000)
    assert time.process_time() - start < 2


def test_sections_have_labels_that_differ() -> None:
    """Every section has a name for people, each its own."""
    assert len({section.label for section in Section}) == len(Section)
