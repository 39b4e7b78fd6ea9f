"""What Chromium makes of the pages: nothing runs, nothing is asked for, everybody can read and print them."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import POSTING, STORY, write_search

from prepkit.notebooks import prepare
from prepkit.page import failure_page, index_page
from prepkit.search import Search

pytestmark = pytest.mark.browser

DESKTOP, PHONE = {"width": 1180, "height": 900}, {"width": 390, "height": 844}
ADVICE = {"next": "Choose.", "why": "None is chosen.", "level": "mid", "chosen": False, "themes": 0, "steps": [False]}


@dataclass
class Seen:
    """What a page did while it was open."""

    page: Any
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: Any, path: Path, viewport: dict[str, int] = DESKTOP, **options: Any) -> Iterator[Seen]:
    """Open a file as a reader does by a double click, and note all it asks for, shows and complains of."""
    context = browser.new_context(viewport=viewport, **options)
    seen = Seen(context.new_page())
    seen.page.on("request", lambda request: seen.requests.append(request.url))
    seen.page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
    seen.page.on("pageerror", lambda error: seen.errors.append(str(error)))
    seen.page.goto(path.as_uri(), wait_until="load")
    yield seen
    context.close()


@pytest.fixture(scope="session")
def pages(demo: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each kind of page that a reader meets, by a name for it."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "failed.html").write_text(
        failure_page("Head of Operations", "Ada Fenwright", "plan.yaml: 2 faults\n  - line 2: this\n  - line 3: that"),
        encoding="utf-8",
    )
    rows = [
        {"name": "a", "href": "./a/report.html", "error": "", "role": "Head", "company": "W" * 120, **ADVICE},
        {"name": "b", "href": "./b/report.html", "error": "x" * 300, "role": "b", "company": ""},
    ]
    (folder / "index.html").write_text(index_page("", rows), encoding="utf-8")
    (folder / "empty.html").write_text(index_page("Ada Fenwright", []), encoding="utf-8")
    return {
        "decided": demo.reports / demo.senior / "report.html",
        "partly": demo.reports / demo.junior / "report.html",
        "undecided": demo.reports / demo.undecided / "report.html",
        "index": demo.reports / "index.html",
        "index with a failure": folder / "index.html",
        "empty index": folder / "empty.html",
        "failure": folder / "failed.html",
    }


PAGES = ["decided", "partly", "undecided", "index", "index with a failure", "empty index", "failure"]


# --- nothing runs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(4))
def test_hostile_text_does_nothing(part: int, browser: Any, hostile: SimpleNamespace) -> None:
    """With every payload in every place: no code runs, no dialog opens, nothing but the file itself is asked for."""
    with opened(browser, hostile.pages[part]) as seen:
        seen.page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = !item.open })")
        for selector in ("h1", ".claim", "table th", "dd"):
            seen.page.hover(selector, force=True)
        seen.page.wait_for_timeout(300)
        assert seen.page.evaluate("() => window.pwned") is None
        assert (
            seen.page.evaluate("() => document.querySelectorAll('a, script, iframe, form, object, base').length") == 0
        )
        assert seen.page.evaluate("() => getComputedStyle(document.body).display") == "block"
        assert seen.page.url == hostile.pages[part].as_uri()
        assert (seen.requests, seen.dialogs, seen.errors) == ([hostile.pages[part].as_uri()], [], [])


def test_a_payload_would_be_seen(browser: Any, tmp_path: Path) -> None:
    """The test above can fail: the same payloads on a careless page run and ask."""
    careless = tmp_path / "careless.html"
    careless.write_text(
        "<!doctype html><img src=x onerror=window.pwned=1><img src='http://127.0.0.1:9/beacon.png'>", encoding="utf-8"
    )
    with opened(browser, careless) as seen:
        seen.page.wait_for_timeout(300)
        assert seen.page.evaluate("() => window.pwned") == 1
        assert "http://127.0.0.1:9/beacon.png" in seen.requests


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing(name: str, browser: Any, pages: dict[str, Path]) -> None:
    """Opening a page is one request: the page."""
    with opened(browser, pages[name]) as seen:
        assert [url for url in seen.requests if not url.startswith("data:image/svg+xml;base64,")] == [
            pages[name].as_uri()
        ]
        assert seen.errors == []


# --- everybody can read it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(name: str, viewport: dict[str, int], browser: Any, pages: dict[str, Path]) -> None:
    """axe-core finds nothing serious; there is one main heading and a language."""
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, pages[name], viewport, bypass_csp=True) as seen:
        seen.page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = true })")
        found = Axe().run(seen.page).response["violations"]
        serious = [
            f"{rule['id']}: {node['html'][:160]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"][:3]
        ]
        assert serious == []
        assert seen.page.locator("h1").count() == 1
        assert seen.page.get_attribute("html", "lang") == "en"


LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenhersteller" * 3


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports at the edge: words without end, thirty stories and twelve themes, one title for a story, no line."""
    from conftest import workbook_in_process

    from prepkit.report import to_html

    kinds = ["motivation", "challenge", "fit"]
    long = {"claim": LONG_WORD, "twist": LONG_WORD}
    themes = [{"id": f"t{n}", "category": kinds[n % 3], "claim": f"Claim {n}", "evidence": ["4"]} for n in range(12)]
    folder = tmp_path_factory.mktemp("crowded")
    searches = {
        "long words": write_search(
            folder / "long",
            {
                "a": {
                    "plan": {
                        "format": 1,
                        "themes": [themes[0] | long],
                        "posting": {"title": LONG_WORD, "company": LONG_WORD},
                    }
                }
            },
            [STORY | {"title": LONG_WORD, "situation": LONG_WORD, "where": LONG_WORD, "competencies": LONG_WORD[:60]}],
        ),
        "many": write_search(
            folder / "many",
            {"a": {"plan": {"format": 1, "themes": themes}}},
            [STORY | {"id": f"s{n}", "title": f"Story {n}"} for n in range(30)],
        ),
        "one title": write_search(folder / "one", {"a": {}}, [{"id": "x", "title": "Only a title"}], candidate=""),
        "no line": write_search(folder / "none", {"a": {"posting": "Apply now\n"}}),
    }
    made = {}
    for name, search in searches.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(to_html(workbook_in_process(search, "a"), name), encoding="utf-8")
    return made


@pytest.mark.parametrize("name", [*PAGES, "long words", "many", "one title", "no line"])
def test_a_phone_shows_the_whole_width(
    name: str, browser: Any, pages: dict[str, Path], crowded: dict[str, Path]
) -> None:
    """No sideways scrolling at 390 pixels, neither of the page nor inside its tables."""
    with opened(browser, (pages | crowded)[name], PHONE) as seen:
        wide = """() => [document.documentElement, ...document.querySelectorAll('.scroll, main *')]
            .filter(item => item.checkVisibility() && !item.closest('.sr, thead')
                    && item.scrollWidth > item.clientWidth + 1
                    && !['inline', 'none'].includes(getComputedStyle(item).display))
            .map(item => item.tagName + '.' + item.className + ' ' + item.textContent.trim().slice(0, 40))"""
        assert seen.page.evaluate(wide) == []
        assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", ["long words", "one title", "no line"])
def test_a_desktop_shows_the_whole_width(name: str, browser: Any, crowded: dict[str, Path]) -> None:
    """Words without end are broken rather than cut off."""
    with opened(browser, crowded[name]) as seen:
        assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= DESKTOP["width"]
        cut = "() => [...document.querySelectorAll('.scroll')].filter(i => i.scrollWidth > i.clientWidth + 1).length"
        assert seen.page.evaluate(cut) == 0


def test_a_phone_reads_the_matrix_as_a_list(browser: Any, pages: dict[str, Path]) -> None:
    """The picture is too small there; its table opens by itself and leaves out what carries nothing."""
    with opened(browser, pages["decided"], PHONE) as seen:
        assert not seen.page.locator("figure img").first.is_visible()
        rows = seen.page.locator(".twin tbody tr")
        assert rows.count() == 12
        assert seen.page.locator(".twin td:visible").count() == seen.page.locator(".twin td:not(.none)").count() > 12
        assert seen.page.locator(".twin tr.idle th:visible").count() == 1


def test_a_desktop_sees_the_matrix_as_a_picture(browser: Any, pages: dict[str, Path]) -> None:
    """The table waits behind a summary that the keyboard reaches."""
    with opened(browser, pages["decided"]) as seen:
        assert seen.page.locator("figure img").first.is_visible()
        assert seen.page.evaluate("() => [...document.images].every(item => item.complete && item.naturalWidth > 400)")
        assert not seen.page.locator(".twin td").first.is_visible()
        seen.page.locator(".twin summary").focus()
        seen.page.keyboard.press("Enter")
        assert seen.page.locator(".twin td").first.is_visible()


# --- paper --------------------------------------------------------------------------------------------------


def printed(seen: Seen) -> list[str]:
    """The text of each page of paper."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(seen.page.pdf(prefer_css_page_size=True, tagged=True)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


@pytest.mark.parametrize("name", ["decided", "partly", "undecided"])
def test_paper_shows_every_section(name: str, browser: Any, pages: dict[str, Path]) -> None:
    """Printing gives each heading, and the lines of the posting that are folded up on the screen."""
    with opened(browser, pages[name]) as seen:
        headings = seen.page.locator("h1, h2").all_inner_texts()
        line = " ".join(seen.page.locator(".lines li.cited span:nth-child(2)").first.text_content().split()[:4])
        paper = printed(seen)
    assert len(headings) >= 8
    assert [heading for heading in headings if heading not in " ".join(paper)] == []
    assert line in " ".join(paper)


def test_suggestions_are_marked_on_every_sheet(browser: Any, pages: dict[str, Path]) -> None:
    """A sheet that is handed on alone still says that nobody has decided; decisions are not marked."""
    with opened(browser, pages["undecided"]) as seen:
        sheets = printed(seen)
    assert len(sheets) > 3
    assert [number for number, sheet in enumerate(sheets, 1) if "Suggestions, not decisions" not in sheet] == []
    with opened(browser, pages["decided"]) as seen:
        assert not any("Suggestions, not decisions" in sheet for sheet in printed(seen))


KNOWN = pytest.mark.xfail(reason="a theme longer than the rest of a sheet leaves its claim at the foot of it")


@pytest.mark.parametrize("name", [pytest.param("decided", marks=KNOWN), "partly", "undecided"])
def test_no_heading_stands_alone_at_the_foot_of_a_sheet(name: str, browser: Any, pages: dict[str, Path]) -> None:
    """A heading is not torn, and what it or the head of a table announces begins on the same sheet."""
    with opened(browser, pages[name]) as seen:
        headings = {" ".join(text.split()) for text in seen.page.locator("h2, h3").all_inner_texts()}
        columns = {" ".join(text.split()) for text in seen.page.locator("thead:visible").all_inner_texts()}
        sheets = printed(seen)
    assert [heading for heading in headings if not any(heading in sheet for sheet in sheets)] == []
    ends = [sheet.removesuffix("Suggestions, not decisions").strip() for sheet in sheets]
    assert [end[-60:] for end in ends if any(end.endswith(heading) for heading in headings | columns)] == []


# --- a session in JupyterLab --------------------------------------------------------------------------------


IDLE = """() => { const widget = window.jupyterapp.shell.currentWidget, context = widget && widget.sessionContext;
  return context && context.isReady && context.session && context.session.kernel
    && context.session.kernel.status === 'idle' }"""
SETTLED = """() => { const widget = window.jupyterapp.shell.currentWidget;
  const cells = widget.content.widgets.filter(cell => cell.model.type === 'code');
  return cells.every(cell => cell.model.executionCount !== null && cell.model.executionState !== 'running')
    && widget.sessionContext.session.kernel.status === 'idle' }"""
FAILED = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter(cell => cell.model.type === 'code').flatMap(cell => cell.model.outputs.toJSON()
  .filter(output => output.output_type === 'error').map(output => output.ename + ': ' + output.evalue))"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """JupyterLab over a search with one application."""
    story = STORY | {"title": "Raised the ferry fund from $100k to $120k", "numbers": "$$x$$"}
    posting = POSTING.replace("Reduce missed", "Spend $100k to $120k a year and reduce missed")
    search = write_search(tmp_path / "search", {"tidewrack": {"posting": posting}}, [story])
    with running_lab(search, prepare(search, "tidewrack"), tmp_path) as started:
        yield started


@contextmanager
def running_lab(search: Search, notebook: Path, folder: Path) -> Iterator[SimpleNamespace]:
    """JupyterLab on loopback over a search, with settings of its own in a folder."""
    first = notebook.relative_to(search.path).as_posix()
    places = {name: folder / name for name in ("config", "data", "runtime", "settings", "workspaces")}
    (places["config"] / "labconfig").mkdir(parents=True)
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (places["config"] / "labconfig" / "page_config.json").write_text(json.dumps(quiet), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=t", f"--ServerApp.root_dir={search.path}",
        "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(places["config"]), "JUPYTER_DATA_DIR": str(places["data"]),
        "JUPYTER_RUNTIME_DIR": str(places["runtime"]), "JUPYTERLAB_SETTINGS_DIR": str(places["settings"]),
        "JUPYTERLAB_WORKSPACES_DIR": str(places["workspaces"]),
    }  # fmt: skip
    log = (folder / "lab.log").open("wb")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{base}/api/status?token=t", timeout=1)
                break
            except OSError:
                assert server.poll() is None, (folder / "lab.log").read_text(encoding="utf-8")
                time.sleep(0.25)
        yield SimpleNamespace(
            base=base, address=f"{base}/lab/tree/{first}?token=t&reset", search=search,
            plan=search.path / "applications" / "tidewrack" / "plan.yaml",
        )  # fmt: skip
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def run_all(page: Any) -> None:
    """Run every cell of the notebook on the page; one that fails, fails the test."""
    page.wait_for_function(IDLE, timeout=90_000)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(SETTLED, timeout=120_000)
    assert page.evaluate(FAILED) == []


@contextmanager
def notebook_page(lab: SimpleNamespace, browser: Any, path: str, runs: bool = True) -> Iterator[tuple[Any, Any]]:
    """A notebook of the lab, with its cells run, as page and panel; a request to another machine fails the test."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    outside: list[str] = []

    def only_here(route: Any) -> None:
        if route.request.url.startswith((lab.base, "data:", "blob:")):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context.route("**/*", only_here)
    page = context.new_page()
    page.goto(f"{lab.base}/lab/tree/{path}?token=t&reset", wait_until="domcontentloaded")
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=90_000)
    panel = page.locator(".jp-NotebookPanel:visible")
    panel.wait_for()
    if runs:
        run_all(page)
    yield page, panel
    assert page.evaluate("() => window.pwned") is None
    assert page.locator("mjx-container, .MathJax").count() == 0
    assert len(context.pages) == 1
    assert outside == []
    context.close()
