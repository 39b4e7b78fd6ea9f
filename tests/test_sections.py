"""Units of a posting: none of its words is lost, and each is in one section."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prepkit.headings import Section
from prepkit.sections import Kind, Line, split_lines

WORDS = st.sampled_from(
    [
        "we",
        "you",
        "the",
        "lead",
        "crews",
        "Lead",
        "Requirements",
        "Benefits",
        "About",
        "Duties",
        "plan",
        "winter",
        "JavaScript",
        "iPhone",
        "salary",
        "12",
        "3",
        "team.",
        "office,",
        "Apply",
        "now",
        "Kindness",
        "mission",
        "You'll",
        "have:",
        "of",
        "and",
        "is",
        "(part)",
        "£30,000",
        "what's",
        "well-known",
        "teams!",
        "Really?",
        "für",
        "Über",
        "naïve",
        "工程师",
        "مرحبا",
        "e.g.",
        "Ltd.",
        "e-mail",
        "C++",
        "24/7",
        "50%",
    ]
)
PROSE = st.lists(WORDS, max_size=14).map(" ".join)
SOURCE = st.lists(st.tuples(st.sampled_from(["", "- ", "• ", "  ", "* "]), PROSE).map("".join), max_size=25)


def split(text: str, furniture: int = 0) -> tuple[Line, ...]:
    return split_lines(text.split("\n"), furniture)


def units(text: str) -> list[str]:
    return [line.text for line in split(text)]


def words(texts: list[str]) -> Counter[str]:
    return Counter(word for text in texts for word in re.findall(r"\w+", text))


@settings(max_examples=100, deadline=None)
@given(SOURCE, st.integers(0, 5))
def test_no_word_is_lost(lines: list[str], furniture: int) -> None:
    """All words of the source, and no others, are in the units; each reference and each section is one."""
    found = split_lines(lines, min(furniture, len(lines)))
    assert words([line.text for line in found]) == words(lines)
    refs = [line.ref for line in found]
    assert len(set(refs)) == len(refs)
    assert all(isinstance(line.section, Section) and 1 <= line.number <= len(lines) for line in found)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("abAB .,:;!?-'£12éÉß", max_size=60), max_size=15))
def test_no_letter_is_lost(lines: list[str]) -> None:
    """The letters of the units, put together, are those of the source in order."""
    found = "".join(line.text for line in split_lines(lines))
    source = "".join(re.sub(r"^\s*(?:[a-z][)]|\(?\d{1,2}[.)])\s+(?=\S)", "", line) for line in lines)
    assert re.sub(r"\W", "", found) == re.sub(r"\W", "", source)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=15), st.integers(0, 3))
def test_any_text_is_split(lines: list[str], furniture: int) -> None:
    """Whatever stands in the lines, units come out whose references are unique."""
    refs = [line.ref for line in split_lines(lines, min(furniture, len(lines)))]
    assert len(set(refs)) == len(refs)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("Weekly stock countsFamiliar with tillsAble to lift 15 kg",
                     ["Weekly stock counts", "Familiar with tills", "Able to lift 15 kg"], id="starters"),
        pytest.param("You run both teams.You will hire.", ["You run both teams.", "You will hire."], id="full-stop"),
        pytest.param("Confident in SQLFamiliar with tills", ["Confident in SQL", "Familiar with tills"], id="capitals"),
        pytest.param("Two rest days a weekA free lunch", ["Two rest days a week", "A free lunch"], id="article"),
        pytest.param("Paid every week£300 a year for boots", ["Paid every week", "£300 a year for boots"], id="pay"),
    ],
)  # fmt: skip
def test_glued_bullets_are_split_and_marked(text: str, parts: list[str]) -> None:
    """Lines glued together by copying are split again, and the place of the cut is marked as a guess."""
    found = [line for line in split(f"Cook\n\nRequirements\n- {text}\n- Patience with guests") if line.number == 4]
    assert [line.text for line in found] == parts
    assert [line.ref for line in found] == [f"4{letter}" for letter in "abc"[: len(parts)]]
    assert all(line.guess for line in found)


@pytest.mark.parametrize(
    "name",
    [
        "JavaScript",
        "TypeScript",
        "GitHub",
        "GitLab",
        "iPhone",
        "iPadOS",
        "Node.js",
        "easyJet",
        "macOS",
        "eBay",
        "openStack",
        "PostgreSQL",
        "YouTube",
        "LinkedIn",
        "PowerPoint",
        "McDonald",
        "deepMind",
        "WeWork",
    ],
)
def test_names_are_not_split(name: str) -> None:
    """Names with a capital inside stay whole in bullets and sentences, and nothing is called a guess."""
    text = f"Cook\n\nRequirements\n- Experience of {name} and of tills\n- Patience\n\nDuties\nYou use {name} every day."
    found = [line for line in split(text) if name in line.text]
    assert [line.text for line in found] == [f"Experience of {name} and of tills", f"You use {name} every day."]
    assert not any(line.guess for line in found)


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        pytest.param("## What you will do", Section.DUTIES, id="markdown"),
        pytest.param("**Requirements**", Section.REQUIREMENTS, id="bold"),
        pytest.param("NICE TO HAVE", Section.NICE_TO_HAVE, id="capitals"),
        pytest.param("Our values:", Section.CULTURE, id="colon"),
        pytest.param("Benefits\n--------", Section.BENEFITS, id="underlined"),
        pytest.param("How to apply", Section.OTHER, id="bare"),
        pytest.param("About us", Section.MISSION, id="about"),
        pytest.param("Ihre Aufgaben", Section.DUTIES, id="german"),
        pytest.param("Votre profil", Section.REQUIREMENTS, id="french"),
    ],
)
def test_headings_decide(heading: str, section: Section) -> None:
    """What stands under a heading is in the section that it announces, and that is no guess."""
    found = split(f"Cook\n\nThe pier is long.\n\n{heading}\n\n- Grey herons on the pier\n- Blue herons on the wall")
    herons = [line for line in found if "herons" in line.text]
    assert [(line.section, line.kind, line.guess) for line in herons] == [(section, Kind.BULLET, False)] * 2


def test_opening_stands_before_the_first_heading() -> None:
    """Paragraphs above all headings open the posting, sentence by sentence."""
    found = split("# Cook\n\nThe pier is long. The kitchen is old.\n\n## Duties\n- Boil eggs for the guests")
    opening = [(line.ref, line.kind) for line in found if line.section is Section.OPENING]
    assert opening == [("1", Kind.HEADING), ("3a", Kind.SENTENCE), ("3b", Kind.SENTENCE)]


@pytest.mark.parametrize(
    ("line", "section"),
    [
        pytest.param("We are an equal opportunities employer.", Section.OTHER, id="equal-opportunity"),
        pytest.param("Apply now", Section.OTHER, id="button"),
    ],
)
def test_boilerplate_leaves_its_section(line: str, section: Section) -> None:
    """Legal lines and buttons are other, whatever heading stands above them."""
    (found,) = [unit for unit in split(f"Cook\n\nDuties\n- Boil eggs\n- {line}") if unit.text == line]
    assert (found.section, found.guess) == (section, True)


def test_furniture_is_other() -> None:
    """The last lines named as furniture are other, whatever they say, and a guess."""
    found = split("# Cook\n\n## Duties\n- Boil eggs\n- Lead the crews", furniture=1)
    assert [(line.section, line.guess) for line in found if line.number == 5] == [(Section.OTHER, True)]
    assert [line.section for line in found if line.number == 4] == [Section.DUTIES]


def test_wrapped_sentences_are_joined() -> None:
    """A sentence over several lines is one unit and has the number of its first line."""
    text = "Cook\n\nDuties\n- Boil the eggs for all of the guests and put\n  them on the long table\n- Sweep"
    assert [(x.ref, x.text) for x in split(text)][2:] == [
        ("4", "Boil the eggs for all of the guests and put them on the long table"), ("6", "Sweep"),
    ]  # fmt: skip


@pytest.mark.parametrize("lines", [[], [""], ["---", "  ", "***"]], ids=["none", "blank", "rules"])
def test_nothing_gives_nothing(lines: list[str]) -> None:
    """Lines without words give no units."""
    assert split_lines(lines) == ()


def test_many_units_in_a_line_have_letters_beyond_z() -> None:
    """More units than letters in one line are still told apart."""
    refs = [line.ref for line in split("You boil eggs every day. " * 30)]
    assert refs[25:28] == ["1z", "1aa", "1ab"]
