"""Executed notebook in, report out: a page that a stranger's text cannot turn into a program."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from prepkit.application import open_application
from prepkit.errors import PrepkitError
from prepkit.plots import describe_coverage, describe_strength
from prepkit.report import failure_page, index_page, to_html
from prepkit.show import clean, stylesheet

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
ADDRESSES = {
    "href", "src", "srcset", "action", "formaction", "data", "poster", "background", "cite", "xlink:href", "ping",
    "longdesc", "usemap", "manifest", "codebase", "classid", "archive", "profile", "icon", "srcdoc", "lowsrc", "dynsrc",
}  # fmt: skip
TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "section", "header", "footer", "div", "span", "p", "h1", "h2",
    "h3", "ol", "ul", "li", "dl", "dt", "dd", "strong", "em", "br", "i", "code", "table", "caption", "thead", "tbody", "tr",
    "th", "td", "details", "summary", "article", "figure", "img", "pre",
}  # fmt: skip


def row(**fields: Any) -> dict[str, Any]:
    """A row of the index, all well."""
    well = {
        "name": "a", "href": "./a/report.html", "error": "", "role": "Head", "company": "Acme", "level": "senior",
        "chosen": True, "themes": 3, "steps": [True, False], "next": "Rehearse.", "why": "Nothing is missing.",
    }  # fmt: skip
    return well | fields


def check_page(page: str) -> BeautifulSoup:
    """Hold a page against what every page promises, and return it parsed."""
    soup = BeautifulSoup(page, "lxml")
    assert page.startswith("<!doctype html>\n")
    assert soup.html is not None
    assert soup.html["lang"] == "en"
    first, second = soup.head.find_all("meta")[:2]
    assert first["charset"] == "utf-8"
    assert (second["http-equiv"], second["content"]) == ("Content-Security-Policy", POLICY)
    assert len(soup.find_all("title")) == len(soup.find_all("h1")) == 1
    assert soup.title.get_text().strip()
    for tag in soup.find_all(True):
        assert tag.name in TAGS | {"a"}, tag.name
        for name, value in tag.attrs.items():
            assert not name.lower().startswith("on"), name
            if name.lower() in ADDRESSES:
                assert tag.name in ("a", "img"), tag
                assert re.match(r"data:image/(svg\+xml|png);base64,|\.\.?/", value), value
    assert [tag.get("http-equiv") for tag in soup.find_all("meta", attrs={"http-equiv": True})] == [
        "Content-Security-Policy"
    ]
    return soup


def told(soup: BeautifulSoup) -> str:
    """All text of a page in single spaces, without stylesheet."""
    for style in soup("style"):
        style.decompose()
    return " ".join(soup.get_text(" ").split())


# --- hostile text -------------------------------------------------------------------------------------------


def test_hostile_text_is_text(hostile: SimpleNamespace) -> None:
    """Whatever is written into posting, story, plan or name is on the page as it was typed, and only as text."""
    for path in hostile.pages:
        assert not check_page(path.read_text(encoding="utf-8")).find_all("a")
    pages = [BeautifulSoup(path.read_text(encoding="utf-8"), "lxml") for path in hostile.pages]
    shown = [
        [" ".join(tag.get_text().split()) for tag in page.select(".claim, .blank, td, th, dd, dd li, h3")]
        for page in pages
    ]
    everything = {text for page in shown for text in page}
    for payload in PAYLOADS:
        typed = " ".join(clean(payload).split())
        assert typed in everything, payload
        assert sum(any(typed == text for text in page) for page in shown) == len(pages), payload  # as a story
    for number, payload in enumerate(PAYLOADS):
        page = pages[number // 12]
        claims = [" ".join(tag.get_text().split()) for tag in page.select(".claim")]
        assert " ".join(clean(payload).split()) in claims


def test_posting_lines_are_told_as_they_were_read(hostile: SimpleNamespace) -> None:
    """Each line of the posting is on the page, markup of its author as text."""
    from test_show import opened

    page = BeautifulSoup(hostile.pages[0].read_text(encoding="utf-8"), "lxml")
    items = {item.select_one(".ref").get_text(): item.get_text() for item in page.select(".lines li")}
    lines = opened(hostile.search).posting.lines
    assert len(lines) > len(PAYLOADS)
    for line in lines:
        assert " ".join(line.text.split()) in " ".join(items[line.ref].split())
    read = " ".join(line.text for line in lines)
    assert "<script>window.pwned=1</script>" in read  # the reader passes it on, so the page has to hold it
    assert "$100k to $120k" in read


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_text_in_the_other_pages(payload: str) -> None:
    """Index and failure page escape names, roles, errors and advice alike."""
    expected = " ".join(clean(payload).split())
    index = index_page(
        payload, [row(role=payload, company=payload, next=payload, why=payload), row(error=payload, role=payload)]
    )
    assert told(check_page(index)).count(expected) >= 6
    failed = failure_page(payload, payload, f"plan.yaml: 2 faults\n  - {payload}\n  - line 3: {payload}")
    assert told(check_page(failed)).count(expected) >= 4


def hostile_notebook() -> nbformat.NotebookNode:
    """Every payload as Markdown and as output of each kind that a notebook can hold."""
    cells: list[nbformat.NotebookNode] = [new_markdown_cell("# Only heading")]
    for payload in PAYLOADS:
        cells.append(new_markdown_cell(f"## Part {payload}\n\n{payload}\n\n```mermaid\n{payload}\n```"))
        data = {
            "text/html": f"<p>{payload}</p>", "text/markdown": payload, "text/latex": payload, "text/plain": payload,
            "application/javascript": "window.pwned=1", "text/vnd.mermaid": payload,
            "application/vnd.jupyter.widget-view+json": {"model_id": "x", "version_major": 2, "version_minor": 0},
        }  # fmt: skip
        outputs = [
            new_output("display_data", data, metadata={"image/png": {"alt": payload}}),
            new_output("display_data", {"image/svg+xml": f"<svg>{payload}</svg>", "text/plain": payload}),
            new_output("display_data", {"image/png": 'x" onerror="pwned=1', "text/plain": payload}),
            new_output("execute_result", {"text/plain": payload}),
            new_output("stream", name="stdout", text=payload),
            new_output("stream", name="stderr", text=payload),
            new_output("error", ename="E", evalue=payload, traceback=[payload]),
        ]
        for output in outputs:
            if output.output_type in ("display_data", "execute_result"):
                output.data.pop("text/html", None) if "image/png" in output.data else None
        cells.append(new_code_cell(payload, outputs=outputs, metadata={"tags": [payload]}))
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"secret": PAYLOADS[0]}}}
    return new_notebook(cells=cells, metadata={"title": PAYLOADS[0], "widgets": widgets})


def test_a_hostile_notebook_gives_a_harmless_page() -> None:
    """Only pictures, tables and text come through, whatever kinds of output there are."""
    page = to_html(hostile_notebook(), PAYLOADS[0])
    assert len(check_page(page).find_all("figure")) == 2 * len(PAYLOADS)
    for trace in ("<script", "widget-state", "widget-view", "mathjax", "require.js", "cdn"):
        assert trace not in re.sub(r"&lt;\S*", "", page.lower())


def test_code_and_forms_stay_in_the_notebook() -> None:
    """A report holds outputs: no source, no parameters, nothing of a form, no warning, no error."""
    cells = [
        new_code_cell("secret_code = 1", outputs=[new_output("stream", name="stderr", text="secret warning")]),
        *(
            new_code_cell("x", metadata={"tags": [tag]}, outputs=[new_output("stream", text=f"secret {tag}")])
            for tag in ("form", "parameters", "injected-parameters", "remove-cell")
        ),
        new_markdown_cell("secret words", metadata={"tags": ["remove-cell"]}),
        new_code_cell("y", outputs=[new_output("stream", text="to be seen")]),
    ]
    page = to_html(new_notebook(cells=cells), "Title")
    assert "to be seen" in page
    assert "secret" not in page


def test_an_output_without_end_is_refused() -> None:
    """The filter takes minutes for a huge output, so it is not asked."""
    output = new_output("display_data", {"text/html": "<p>x</p>" * 500_000})
    with pytest.raises(PrepkitError, match="4,000,000 characters is too large"):
        to_html(new_notebook(cells=[new_code_cell("x", outputs=[output])]), "Title")


def test_the_notebook_is_not_changed() -> None:
    """What is published beside the report is what was executed."""
    notebook = hostile_notebook()
    before = nbformat.writes(notebook)
    to_html(notebook, "Title")
    assert nbformat.writes(notebook) == before


# --- the reports of the demo --------------------------------------------------------------------------------


@pytest.fixture(params=["senior", "junior", "undecided"])
def report(request: pytest.FixtureRequest, demo: SimpleNamespace) -> SimpleNamespace:
    """Each report of the demo: `html`, `soup` and the `application` behind it."""
    name = getattr(demo, request.param)
    files, folder = demo.search.application(name), demo.search.path
    application = open_application(
        folder / files.posting, folder / "stories.csv", folder / files.plan, demo.search.settings.candidate
    )
    html = (demo.reports / name / "report.html").read_text(encoding="utf-8")
    return SimpleNamespace(html=html, soup=check_page(html), application=application)


def test_the_report_holds_no_program(report: SimpleNamespace) -> None:
    """No code, no script, no link, no address but of the pictures inside."""
    assert "<script" not in report.html
    assert "import " not in report.soup.main.get_text().replace("import a", "")
    assert "show." not in report.html.replace(stylesheet(), "")
    assert not report.soup.find_all(["a", "script", "link", "iframe", "form", "input", "button"])
    assert "http://" not in report.html
    assert "https://" not in report.html
    assert "widget" not in report.html


def test_each_picture_has_its_words(report: SimpleNamespace) -> None:
    """The alternative text says what the data say, and the picture says it too."""
    app = report.application
    matrix, names = app.coverage, dict(app.theme_names)
    titles = {story.id: story.title for story in app.stories}
    expected = [
        describe_coverage(matrix.ratings, matrix.decided, stories=titles, themes=names),
        describe_strength(matrix.ratings, matrix.decided, themes=names),
    ]
    pictures = report.soup.find_all("img")
    assert [picture["alt"] for picture in pictures] == expected
    for picture in pictures:
        svg = base64.b64decode(picture["src"].partition(",")[2]).decode()
        assert svg.startswith("<svg ")
        assert "<script" not in svg
        assert "http://" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)


def test_the_report_names_role_and_candidate(report: SimpleNamespace) -> None:
    """The title of the page tells reports apart in a row of tabs."""
    assert report.soup.title.get_text() == f"{report.application.posting.title}: interview plan for Marla Quenby"
    assert report.soup.h1.get_text() == report.application.posting.title


def test_headings_go_down_one_at_a_time(report: SimpleNamespace) -> None:
    """Who listens to the page can jump from heading to heading."""
    levels = [int(tag.name[1]) for tag in report.soup.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert [tag.get_text() for tag in report.soup.select("section > h2")] == [
        "What the posting says", "The themes", "Which stories carry which themes", "How well each theme is backed",
        "What to rehearse", "The story inventory", "All there is to do",
    ]  # fmt: skip


def test_tables_have_captions_and_headings(report: SimpleNamespace) -> None:
    """Each table says what it is, each column what it holds."""
    assert len(report.soup.find_all("table")) == 3
    for table in report.soup.find_all("table"):
        assert table.caption.get_text().strip()
        assert all(cell.get("scope") == "col" and cell.get_text().strip() for cell in table.thead.find_all("th"))


# --- index and failure page ---------------------------------------------------------------------------------


def test_the_index_leads_to_each_report(demo: SimpleNamespace) -> None:
    """One row for each application, with a link that works from where the page lies."""
    soup = check_page((demo.reports / "index.html").read_text(encoding="utf-8"))
    links = {a.get_text(): demo.reports / a["href"] for a in soup.find_all("a")}
    assert list(links) == ["Junior Service Designer", "Head of Operations", "Customer Operations Manager"]
    assert all(path.exists() for path in links.values())
    assert "only suggested" in soup.get_text()
    assert "without a report" not in soup.get_text()


@pytest.mark.parametrize(("count", "said"), [(0, "0 applications"), (1, "1 application"), (2, "2 applications")])
def test_the_index_counts(count: int, said: str) -> None:
    """Numbers and nouns agree; no application at all is told with what to do."""
    soup = check_page(index_page("", [row()] * count))
    assert soup.select_one(".place").get_text() == said
    assert ("prepkit add" in soup.get_text()) is (count == 0)
    assert "Candidate not named" in soup.get_text()


def test_the_index_shows_what_failed() -> None:
    """A failed application stays in the list, with the first line of what is wrong."""
    bare = {"name": "a", "href": "./a/report.html", "error": "plan.yaml: 2 faults\n  - x", "role": "a", "company": ""}
    soup = check_page(index_page("Ada", [row(), bare]))
    assert "2 applications, 1 without a report" in soup.get_text()
    assert "plan.yaml: 2 faults" in soup.get_text()
    assert "- x" not in soup.get_text()


def test_the_failure_page_lists_every_fault() -> None:
    """Each fault is an item of its own, and the way back is there."""
    soup = check_page(failure_page("Head", "", "plan.yaml: 2 faults\n  - line 2: this\n  - line 3: that - and more"))
    assert [item.get_text() for item in soup.select(".problem li")] == ["line 2: this", "line 3: that - and more"]
    assert soup.a["href"] == "../index.html"
    assert "<ul>" not in failure_page("Head", "", "One fault.")


def test_templates_speak_of_no_address() -> None:
    """Stylesheet and templates ask nothing of the network."""
    for folder in ("page", "prep_report"):
        for path in (Path(__file__).parents[1] / "templates" / folder).iterdir():
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"https?:|url\(|@import|\|\s*safe\b|<script", text), path.name
