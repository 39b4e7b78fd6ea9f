"""The report: what of an executed notebook reaches the page, and that nothing in it can act."""

from __future__ import annotations

import base64
import re
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, workbook_in_process
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from prepkit import report
from prepkit.application import open_application
from prepkit.errors import PrepkitError
from prepkit.oddsplots import describe_case, describe_delivery
from prepkit.page import failure_page, index_page
from prepkit.plots import describe_coverage, describe_strength
from prepkit.report import to_html

DANGEROUS = {
    "script", "iframe", "object", "embed", "link", "base", "form", "input", "button", "svg", "math", "video", "audio",
    "frame", "frameset", "template", "textarea",
}  # fmt: skip


def soup_of(page: str) -> BeautifulSoup:
    return BeautifulSoup(page, "lxml")


def report_of(*cells: Any, title: str = "A title") -> str:
    """The report of a notebook made of these cells."""
    return to_html(new_notebook(cells=list(cells)), title)


def shown(data: dict[str, str], **metadata: Any) -> Any:
    """A code cell that displays this."""
    return new_code_cell("secret_code()", outputs=[new_output("display_data", data, metadata=metadata)])


def assert_harmless(page: str) -> BeautifulSoup:
    """Nothing on the page runs, asks, leads away or restyles it."""
    soup = soup_of(page)
    assert {tag.name for tag in soup.find_all(True)} & DANGEROUS == set()
    assert len(soup("style")) == 1
    assert len(soup("meta")) == 4
    assert [tag.get("http-equiv") for tag in soup("meta") if tag.get("http-equiv")] == ["Content-Security-Policy"]
    for tag in soup.find_all(True):
        assert not [
            name for name in tag.attrs if name.startswith("on") or name in ("style", "href", "srcset", "action")
        ]
        assert tag.get("src", "data:image/").startswith("data:image/")
    return soup


@pytest.fixture(scope="module")
def senior(demo: SimpleNamespace) -> SimpleNamespace:
    """The demo's decided application: its executed notebook, its page, and the page as a tree."""
    notebook = workbook_in_process(demo.search, demo.senior)
    page = to_html(notebook, "A plan")
    return SimpleNamespace(notebook=notebook, page=page, soup=soup_of(page))


# --- the page of the shipped workbook ------------------------------------------------------------------------


def test_nothing_on_the_page_can_act(senior: SimpleNamespace) -> None:
    """A report has no script, no form, no frame, no link and no event."""
    assert_harmless(senior.page)


def test_no_code_is_shown(senior: SimpleNamespace) -> None:
    """A reader sees headings and outputs; no line of a code cell is on the page."""
    lines = {
        line.strip()
        for cell in senior.notebook.cells
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
        if line.strip()
    }
    assert len(lines) > 8
    assert [line for line in lines if line in senior.soup.get_text()] == []


def test_the_policy_forbids_what_the_filter_might_miss(senior: SimpleNamespace) -> None:
    """The page itself tells the browser to load nothing, run nothing and send nothing."""
    (policy,) = senior.soup.select('meta[http-equiv="Content-Security-Policy"]')
    rules = dict(rule.split(maxsplit=1) for rule in policy["content"].split(";"))
    assert rules == {
        "default-src": "'none'", "img-src": "data:", "style-src": "'unsafe-inline'", "base-uri": "'none'",
        "form-action": "'none'",
    }  # fmt: skip
    assert policy.find_parent("head") is not None
    assert policy.find_previous(["style", "title", "img"]) is None


def test_no_widget_state_leaves_the_session() -> None:
    """What was typed into a form is neither in the page nor hinted at."""
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "m"}, "text/plain": "Textarea(value='typed')"}
    form = new_code_cell("form", outputs=[new_output("display_data", view)], metadata={"tags": ["form"]})
    state = {"application/vnd.jupyter.widget-state+json": {"state": {"m": {"state": {"value": "typed"}}}}}
    page = to_html(new_notebook(cells=[form], metadata={"widgets": state}), "A title")
    assert "typed" not in page
    assert "widget" not in page


@pytest.mark.parametrize("tag", report.HIDDEN_TAGS)
def test_cells_for_the_session_are_left_out(tag: str) -> None:
    """Forms, parameters and words for the session stay out; the cell after them comes through."""
    page = report_of(
        new_markdown_cell("for the session", metadata={"tags": [tag]}), new_markdown_cell("for the reader")
    )
    assert "for the session" not in page
    assert "for the reader" in page


def test_pictures_say_in_words_what_they_show(demo: SimpleNamespace, senior: SimpleNamespace) -> None:
    """The alternative text of each picture is the description made from the same data."""
    app = open_application(**demo.search.parameters(demo.senior, demo.search.path))
    titles, themes = {story.id: story.title for story in app.stories}, dict(app.theme_names)
    assert [picture["alt"] for picture in senior.soup("img")] == [
        describe_coverage(app.coverage.ratings, app.coverage.decided, stories=titles, themes=themes),
        describe_strength(app.coverage.ratings, app.coverage.decided, themes=themes),
        describe_delivery(app.odds.by_question, app.odds.together, themes=themes),
        describe_case(app.case.by_part, themes=themes),
    ]


def test_headings_stand_in_order(senior: SimpleNamespace) -> None:
    """One title, then a heading for each section of the workbook, no level left out."""
    levels = [int(tag.name[1]) for tag in senior.soup.find_all(re.compile(r"^h\d$"))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    said = [tag.get_text() for tag in senior.soup("h2")]
    assert {"What the posting says", "The themes", "What to rehearse", "What the interviewer says for you"} <= set(said)
    assert "Where this application stands" not in said


def test_the_same_notebook_gives_the_same_page(senior: SimpleNamespace) -> None:
    """A report is made of the notebook alone, and the notebook is not changed by it."""
    before = nbformat.writes(senior.notebook)
    assert to_html(senior.notebook, "A plan") == senior.page
    assert nbformat.writes(senior.notebook) == before


def test_every_published_page_of_the_demo_is_harmless(demo: SimpleNamespace) -> None:
    """What the command published is held to the same rules."""
    for name in demo.search.names:
        assert_harmless((demo.reports / name / "report.html").read_text(encoding="utf-8"))


# --- notebooks that mean harm ---------------------------------------------------------------------------------


HOSTILE_HTML = [*PAYLOADS, '<p style="position:fixed">cover</p>', '<a href="https://example.org" ping="x">out</a>']


@pytest.mark.parametrize("text", HOSTILE_HTML, ids=range(len(HOSTILE_HTML)))
@pytest.mark.parametrize("kind", ["html", "markdown", "latex", "plain", "stdout", "title"])
def test_hostile_content_comes_out_harmless(kind: str, text: str) -> None:
    """Whatever a notebook holds, in whichever place, what follows it is shown and nothing acts."""
    cells = {
        "html": lambda: shown({"text/html": text}),
        "markdown": lambda: new_markdown_cell(text),
        "latex": lambda: shown({"text/latex": text, "text/plain": text}),
        "plain": lambda: shown({"text/plain": text}),
        "stdout": lambda: new_code_cell("x", outputs=[new_output("stream", name="stdout", text=text)]),
        "title": lambda: new_markdown_cell("words"),
    }
    page = report_of(cells[kind](), new_markdown_cell("after"), title=text if kind == "title" else "A title")
    soup = assert_harmless(page)
    assert "after" in [tag.get_text() for tag in soup("p")]
    assert "secret_code" not in page
    if kind in ("plain", "stdout"):
        assert soup.pre.get_text().strip() == report.clean(text).strip()
    if kind == "title":
        assert soup.title.get_text() == report.clean(text)


@pytest.mark.parametrize(
    "kind",
    ["application/javascript", "text/markdown", "text/vnd.mermaid", "application/pdf", "application/json", "text/latex",
     "application/vnd.jupyter.widget-view+json"],
)  # fmt: skip
def test_other_kinds_of_output_do_not_come_through(kind: str) -> None:
    """Only pictures, tables and text are for a report."""
    page = report_of(shown({kind: "window.pwned=1"}), new_markdown_cell("after"))
    assert "pwned" not in page
    assert "after" in page


@pytest.mark.parametrize("kind", ["stderr", "error"])
def test_warnings_and_tracebacks_stay_out(kind: str) -> None:
    """A warning names paths of this machine; neither it nor a traceback is for the reader."""
    said = {
        "stderr": lambda: new_output("stream", name="stderr", text="/home/someone warns"),
        "error": lambda: new_output("error", ename="E", evalue="/home/someone", traceback=["/home/someone"]),
    }[kind]()
    assert "someone" not in report_of(new_code_cell("x", outputs=[said]))


def test_a_hostile_picture_is_only_ever_a_picture() -> None:
    """A drawing with a script is embedded as an image, where browsers run none, byte for byte."""
    svg = '<svg onload="pwned=1"><script>pwned=1</script></svg>'
    page = report_of(shown({"image/svg+xml": svg, "text/plain": '"><script>pwned=1</script>'}))
    picture = assert_harmless(page).img
    assert base64.b64decode(picture["src"].removeprefix("data:image/svg+xml;base64,")).decode() == svg
    assert picture["alt"] == '"><script>pwned=1</script>'


def test_a_hostile_bitmap_cannot_leave_its_attribute() -> None:
    """Quotes inside what should be base64 stay inside the attribute."""
    page = report_of(shown({"image/png": 'AAAA"><script>pwned=1</script>'}, **{"image/png": {"alt": '"><b>'}}))
    assert assert_harmless(page).img["alt"] == '"><b>'


def test_html_in_a_markdown_cell_is_shown_as_text() -> None:
    """Somebody's angle brackets are words, not marks."""
    soup = soup_of(report_of(new_markdown_cell("a <b>bold</b> claim & more")))
    assert soup.section.get_text().strip() == "a <b>bold</b> claim & more"


def test_an_endless_output_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The filter would take minutes for it, so the report says no at once."""
    monkeypatch.setattr(report, "MAX_HTML", 100)
    with pytest.raises(PrepkitError, match="101 characters is too large"):
        report_of(shown({"text/html": "x" * 101}))


# --- the other pages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_the_failure_page_shows_words_as_written(text: str) -> None:
    """Role, candidate and message are text on the page, whatever they hold."""
    soup = soup_of(failure_page(text, text, f"first\n  - {text}"))
    expected = " ".join(report.clean(text).split())
    assert " ".join(soup.h1.get_text().split()) == expected
    assert " ".join(soup.select_one(".notice li").get_text().split()) == expected.removeprefix("- ")
    assert [link["href"] for link in soup("a")] == ["../index.html"]
    assert {tag.name for tag in soup.body.find_all(True)} & (DANGEROUS | {"img"}) == set()


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_the_index_shows_words_as_written(text: str) -> None:
    """Each text of a row is text on the page, and the only links are those of the rows."""
    row = {
        "name": text, "href": "./x/report.html", "role": text, "company": text, "level": text, "chosen": True,
        "themes": 3, "steps": [True, False], "next": text, "why": text, "error": "",
    }  # fmt: skip
    failed = {"name": "f", "href": "./f/report.html", "role": "f", "company": "", "error": text}
    soup = soup_of(index_page(text, [row, failed]))
    expected = " ".join(report.clean(text).split())
    assert " ".join(soup("a")[0].get_text().split()) == expected
    assert [link["href"] for link in soup("a")] == ["./x/report.html", "./f/report.html"]
    assert "2 applications, 1 without a report" in soup.get_text()
    assert "1 of 2" in soup.get_text()
    assert {tag.name for tag in soup.body.find_all(True)} & (DANGEROUS | {"img"}) == set()
