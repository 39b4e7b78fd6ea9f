"""schema.org JobPosting: where it is found, and what becomes of its fields."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest

from prepkit.documents import read_document
from prepkit.headings import Section
from prepkit.jobposting import MAX_CHARACTERS, find_posting, parse_json, posting_lines
from prepkit.posting import read_posting

RICH = "<p>We bake for three villages.</p><h2>Your tasks</h2><ul><li>Knead the dough</li><li>Fire the oven</li></ul>"
JOB: dict[str, Any] = {
    "@type": "JobPosting",
    "title": "Baker",
    "description": RICH,
    "hiringOrganization": {"@type": "Organization", "name": "Crumb & Sons"},
    "jobLocation": {"@type": "Place", "address": {"addressLocality": "Hexham", "addressCountry": "GB"}},
}


def page(*scripts: str, body: str = "<h1>Please wait</h1>") -> str:
    parts = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    return f"<html><head><title>x</title>{parts}</head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(JOB, id="bare"),
        pytest.param([{"@type": "WebSite"}, JOB], id="array"),
        pytest.param({"@graph": [{"@type": "Organization", "name": "x"}, JOB]}, id="graph"),
        pytest.param({**JOB, "@type": ["Thing", "JobPosting"]}, id="several-types"),
        pytest.param({"mainEntity": JOB}, id="nested"),
        pytest.param({**JOB, "description": html.escape(RICH)}, id="escaped-html"),
    ],
)
def test_posting_in_the_data_of_a_page(tmp_path: Path, data: Any) -> None:
    """A page that shows nothing is read from its data, wherever the posting stands in it."""
    path = tmp_path / "posting.html"
    path.write_text(page(json.dumps(data)), encoding="utf-8")
    document = read_document(path)
    assert document.facts == {"title": "Baker", "company": "Crumb & Sons", "location": "Hexham, GB"}
    assert [line for line in document.lines if line] == [
        "# Baker", "We bake for three villages.", "## Your tasks", "- Knead the dough", "- Fire the oven",
    ]  # fmt: skip
    assert any("machine-readable job posting" in note for note in document.notes)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param('{"@type": "JobPosting", "title": ', id="cut-off"),
        pytest.param("<!-- nothing -->", id="comment"),
        pytest.param("[" * 50_000, id="deep"),
        pytest.param('{"@type": "JobPosting", "description": "\\ud800"}', id="half-pair"),
    ],
)
def test_damaged_data_give_way_to_what_is_seen(tmp_path: Path, script: str) -> None:
    """Where the data cannot be read the visible text is, and a note says so."""
    path = tmp_path / "posting.html"
    path.write_text(page(script, body="<h1>Baker</h1><p>Knead the dough.</p>"), encoding="utf-8")
    document = read_document(path)
    assert "Knead the dough." in document.lines
    assert any("damaged" in note for note in document.notes)


def test_good_data_after_damaged_data(tmp_path: Path) -> None:
    """One broken script does not hide the posting in the next."""
    path = tmp_path / "posting.html"
    path.write_text(page("{", json.dumps(JOB)), encoding="utf-8")
    assert "- Fire the oven" in read_document(path).lines


@pytest.mark.parametrize(
    "data",
    [
        pytest.param({"@type": "Organization", "name": "Crumb & Sons"}, id="other-type"),
        pytest.param({"@type": "JobPosting", "title": "Baker"}, id="title-alone"),
    ],
)
def test_data_that_say_nothing_of_the_job(tmp_path: Path, data: Any) -> None:
    """Data of another type, or with a title alone, do not replace the page."""
    path = tmp_path / "posting.html"
    path.write_text(page(json.dumps(data), body="<h1>Baker</h1><p>Knead the dough.</p>"), encoding="utf-8")
    assert "Knead the dough." in read_document(path).lines


@pytest.mark.parametrize("data", [None, 7, "JobPosting", [], {}, {"@type": "Person"}, {"@type": {"a": 1}}], ids=repr)
def test_no_posting_is_found(data: Any) -> None:
    """Values without a JobPosting give none."""
    assert find_posting(data) is None


def test_first_of_several_postings() -> None:
    """Of several postings the first is taken."""
    assert find_posting([{"a": [{**JOB, "title": "First"}]}, JOB])["title"] == "First"  # type: ignore[index]


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        pytest.param("responsibilities", "Sweep the floor", "- Sweep the floor", id="text"),
        pytest.param("qualifications", ["An early riser", "Strong arms"], "- Strong arms", id="list"),
        pytest.param("jobBenefits", "<ul><li>Free bread</li></ul>", "- Free bread", id="html"),
        pytest.param("skills", {"@type": "DefinedTerm", "name": "Plaiting"}, "- Plaiting", id="object"),
        pytest.param("employmentType", "FULL_TIME", "- Full time", id="constant"),
        pytest.param("qualifications", "Bread &amp; cake", "- Bread & cake", id="entity"),
    ],
)
def test_fields_become_sections(field: str, value: Any, line: str) -> None:
    """Fields beside the description are added under a heading, whatever form they have."""
    lines, _ = posting_lines({**JOB, field: value})
    assert line in lines
    assert any(text.startswith("## ") for text in lines[lines.index("- Fire the oven") : lines.index(line)])


def test_fields_that_repeat_the_description_are_left_out() -> None:
    """What the description says already is not said twice."""
    lines, _ = posting_lines({**JOB, "responsibilities": "Knead the dough"})
    assert sum("Knead the dough" in line for line in lines) == 1
    assert "## Responsibilities" not in lines


@pytest.mark.parametrize(
    ("given", "facts"),
    [
        pytest.param({"hiringOrganization": "Crumb"}, {"company": "Crumb"}, id="name-alone"),
        pytest.param({"jobLocation": "Leeds"}, {"location": "Leeds"}, id="place-as-text"),
        pytest.param({"jobLocation": [{"address": "Leeds"}, {"address": "York"}, {"address": "Leeds"}]},
                     {"location": "Leeds; York"}, id="several-places"),
        pytest.param({"jobLocation": {"address": {"addressLocality": "Ulm", "addressCountry": {"name": "DE"}}}},
                     {"location": "Ulm, DE"}, id="country-as-object"),
        pytest.param({"title": None, "hiringOrganization": None, "jobLocation": None}, {}, id="nothing"),
    ],
)  # fmt: skip
def test_facts_in_many_forms(given: dict[str, Any], facts: dict[str, str]) -> None:
    """Names and places are read from text, object or list; what is empty is no fact."""
    assert posting_lines({"description": "Knead", **given})[1] == facts


def test_facts_of_the_file_reach_the_posting(tmp_path: Path) -> None:
    """A JSON file is read into a posting with its fields as masthead and sections."""
    path = tmp_path / "posting.json"
    path.write_text(json.dumps({**JOB, "jobBenefits": "Free bread on every working day"}), encoding="utf-8")
    posting = read_posting(path)
    assert (posting.title, posting.company, posting.location) == ("Baker", "Crumb & Sons", "Hexham, GB")
    assert [line.text for line in posting.section(Section.BENEFITS)] == ["Free bread on every working day"]
    assert "Knead the dough" in [line.text for line in posting.section(Section.DUTIES)]


def test_posting_without_a_type(tmp_path: Path) -> None:
    """A file with a title and a description is taken for a posting though it names no type."""
    path = tmp_path / "posting.json"
    path.write_text(json.dumps({"title": "Baker", "description": "Knead the dough."}), encoding="utf-8")
    assert "Knead the dough." in read_document(path).lines


def test_line_ends_inside_texts_are_allowed() -> None:
    """JSON with raw line ends inside its texts, which pages often have, is read."""
    assert parse_json('{"a": "b\nc"}') == {"a": "b\nc"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("{", "not JSON", id="cut-off"),
        pytest.param("[" * 100_000, "nested too deep", id="deep"),
        pytest.param('"\\udfff"', "half of a character pair", id="half-pair"),
        pytest.param("1" * 5_000, "too many digits", id="digits"),
    ],
)
def test_json_that_is_refused(text: str, says: str) -> None:
    """What cannot be parsed is refused with a sentence."""
    with pytest.raises(ValueError, match=says):
        parse_json(text)


def test_endless_posting_is_refused() -> None:
    """A posting far longer than any is refused."""
    with pytest.raises(ValueError, match="at most"):
        posting_lines({**JOB, "description": "word " * (MAX_CHARACTERS // 5)})


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"a": value}
    return value


def test_deep_posting_is_refused() -> None:
    """A posting nested without end is refused in words."""
    with pytest.raises(ValueError, match="nested too deep"):
        posting_lines({**JOB, "skills": deep(5_000)})
