"""Title, employer and place of a posting, from what it says of itself."""

from __future__ import annotations

import pytest

from prepkit.masthead import read_masthead
from prepkit.sections import split_lines

BODY = "\n\nthe kitchen is old.\n\nDuties\n- Boil eggs for the guests every morning\n- Sweep the kitchen floor"


def masthead(text: str, **facts: str) -> tuple[str, str, str]:
    return read_masthead(split_lines((text + BODY).split("\n")), facts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Cook\nGannet Hotel, Saltby", ("Cook", "Gannet Hotel", "Saltby"), id="comma"),
        pytest.param("Cook\nGannet Hotel · Saltby · £30,000", ("Cook", "Gannet Hotel", "Saltby"), id="dots"),
        pytest.param("Cook\nGannet Hotel | Saltby", ("Cook", "Gannet Hotel", "Saltby"), id="bars"),
        pytest.param("Cook\nGannet & Sons, Ltd", ("Cook", "Gannet & Sons, Ltd", ""), id="legal-form"),
        pytest.param("Cook at The Gannet, Saltby", ("Cook", "The Gannet", "Saltby"), id="at"),
        pytest.param("Cook - Gannet Hotel", ("Cook", "Gannet Hotel", ""), id="dash"),
        pytest.param("Job title: Cook\nEmployer: The Gannet\nLocation: Saltby",
                     ("Cook", "The Gannet", "Saltby"), id="labelled"),
        pytest.param("# Pflegefachkraft (m/w/d)\n\nArbeitgeber: Haus Ulme\nArbeitsort: Celle",
                     ("Pflegefachkraft", "Haus Ulme", "Celle"), id="german"),
    ],
)  # fmt: skip
def test_usual_mastheads(text: str, expected: tuple[str, str, str]) -> None:
    """The usual forms give title, employer and place."""
    assert masthead(text) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        pytest.param({"title": "Chef"}, ("Chef", "Gannet Hotel", ""), id="title"),
        pytest.param({"company": "Puffin"}, ("Cook", "Puffin", "Saltby"), id="company"),
        pytest.param({"location": "Hull"}, ("Cook", "Gannet Hotel", "Hull"), id="location"),
    ],
)
def test_named_fields_come_first(facts: dict[str, str], expected: tuple[str, str, str]) -> None:
    """What the file says in a named field goes before what its lines look like."""
    found = masthead("Cook\nGannet Hotel, Saltby", **facts)
    given = dict(zip(("title", "company", "location"), found, strict=True))
    assert {name: given[name] for name in facts} == facts
    if "title" not in facts:
        assert found == expected


@pytest.mark.parametrize(
    ("text", "company"),
    [
        pytest.param("Cook\n\nthe pier is long.\n\nAbout Puffin Foods\n\nThe sea is near.", "Puffin Foods", id="about"),
        pytest.param("Cook\n\nPuffin Foods is a small charity by the sea.", "Puffin Foods", id="is-a"),
        pytest.param("Cook\n\nThis is a job by the sea.", "", id="this-is"),
        pytest.param("Cook\n\nThe role is a new one by the sea.", "", id="the-role-is"),
        pytest.param("Cook\n\nthe pier is long.\n\nAbout you\n\nThe sea is near.", "", id="about-you"),
    ],
)
def test_employer_from_sentences(text: str, company: str) -> None:
    """A heading or a sentence names the employer; what only looks like a name does not."""
    assert masthead(text)[1] == company


@pytest.mark.parametrize(
    ("facts", "company"),
    [
        pytest.param({"page_title": "Cook | Puffin Foods"}, "Puffin Foods", id="page-title"),
        pytest.param({"site": "Puffin Foods"}, "Puffin Foods", id="site"),
        pytest.param({"page_title": "Cook | Seaside Jobs"}, "", id="job-board"),
        pytest.param({"site": "LinkedIn"}, "", id="job-board-site"),
    ],
)
def test_employer_from_the_page(facts: dict[str, str], company: str) -> None:
    """The name of the page is the employer's, unless it is that of a job board."""
    assert masthead("Cook\n\nthe sea is near.", **facts)[1] == company


def test_wanted_in_a_sentence() -> None:
    """A posting of one sentence gives all three."""
    lines = split_lines(["Night porter wanted at Gannet Hotel, Saltby Quay.", "You keep the keys."])
    assert read_masthead(lines, {}) == ("Night porter", "Gannet Hotel", "Saltby Quay")


def test_hiring_in_a_sentence() -> None:
    """A title inside a sentence is found and begins with a capital."""
    lines = split_lines(["We are looking for a bicycle mechanic to mend bikes in our yard."])
    assert read_masthead(lines, {})[0] == "Bicycle mechanic"


def test_place_in_a_sentence() -> None:
    """Where nothing else says it, a sentence tells where the work is."""
    assert masthead("Cook\n\nthe kitchen is based in Berwick upon Tweed.")[2] == "Berwick upon Tweed"


def test_what_is_not_said_stays_empty() -> None:
    """Nothing is invented for a posting that does not say."""
    assert read_masthead(split_lines(["boil eggs.", "sweep floors."]), {}) == ("", "", "")
