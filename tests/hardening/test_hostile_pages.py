"""Hostile text on every page that people open: Chromium shows it as it was written, and does nothing else."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hostile_text import SECRET, Clients, clients, line, seen
from payloads import BEACON, PAYLOADS, aimed
from playwright.sync_api import Error
from pypdf import PdfReader

from prepkit.page import clean, failure_page, index_page
from prepkit.review import reviewer_page
from prepkit.text import tidy

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("hostile")]

POKE = """() => { document.querySelectorAll('details').forEach(item => { item.open = !item.open });
  document.querySelectorAll('body, body *').forEach(item => {
    for (const kind of ['mouseover', 'mouseenter', 'pointerover'])
      item.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
    if (item.focus) item.focus() }) }"""

STRANGERS = """() => [...document.querySelectorAll('*')].filter(item =>
    ['IFRAME', 'FRAME', 'OBJECT', 'EMBED', 'APPLET', 'FORM', 'BASE', 'LINK', 'SVG', 'MATH', 'VIDEO', 'AUDIO', 'SOURCE',
     'PLAINTEXT', 'MARQUEE', 'TEMPLATE', 'DIALOG', 'MJX-CONTAINER'].includes(item.tagName.toUpperCase())
    || (item.tagName === 'META' && /refresh/i.test(item.httpEquiv))
    || [...item.attributes].some(one => /^on|^(srcset|srcdoc|action|formaction|background|ping)$/i.test(one.name)
        || (/^(href|style|xlink:href)$/i.test(one.name) && /url\\(|javascript:|data:|\\w+:\\/\\//i.test(one.value))
        || (one.name === 'src' && !/^data:image\\/(svg\\+xml|png);base64,/.test(one.value))))
  .map(item => item.outerHTML.slice(0, 120))"""
"""Elements that no page of ours has."""


@dataclass
class Shown:
    """A page, and all that it did while it was open."""

    page: Any
    requests: list[str] = field(default_factory=list)
    noise: list[str] = field(default_factory=list)


@contextmanager
def shown(browser: Any, path: Path, **options: Any) -> Iterator[Shown]:
    """Open a file as a reader does by a double click, without the page's own policy, which would hide a mistake."""
    context = browser.new_context(bypass_csp=True, **options)
    found = Shown(context.new_page())
    context.on("page", lambda page: found.noise.append(f"another page: {page.url}"))
    for kind in ("dialog", "pageerror", "console", "download"):
        found.page.on(kind, lambda event, kind=kind: found.noise.append(f"{kind}: {event}"))
    found.page.on("request", lambda request: found.requests.append(request.url))
    found.page.goto(path.as_uri(), wait_until="load")
    yield found
    context.close()


def texts(found: Shown, selector: str) -> list[str]:
    """The words of all elements, with every run of white space as one space."""
    all_texts = "items => items.map(item => item.textContent)"
    return [" ".join(text.split()) for text in found.page.locator(selector).evaluate_all(all_texts)]


def asked_for(found: Shown) -> list[str]:
    """What was asked for, but for pictures that are in the page itself."""
    return [url for url in found.requests if not re.match(r"data:image/(svg\+xml|png);base64,", url)]


@pytest.fixture
def coach(tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """The coach's folder after all commands."""
    return clients(tmp_path_factory.getbasetemp())


def paper(found: Shown) -> str:
    """The words of the page when it is printed."""
    reader = PdfReader(io.BytesIO(found.page.pdf(prefer_css_page_size=True)))
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


# --- the payloads are worth something ---------------------------------------------------------------------------


def test_on_a_careless_page_the_payloads_do_what_they_say(browser: Any, tmp_path: Path) -> None:
    """They run, ask for a file of another machine, or bring a file of somebody else onto paper."""
    secret, careless = tmp_path / "secret.txt", tmp_path / "careless.html"
    secret.write_text(SECRET, encoding="utf-8")
    careless.write_text("<!doctype html>", encoding="utf-8")
    idle = []
    with shown(browser, careless) as first:
        for payload in (payload for payload in PAYLOADS if payload.does):
            body = aimed(payload.text, secret.as_uri())
            careless.write_text(f'<!doctype html><meta charset="utf-8"><body>{body}', encoding="utf-8")
            found = Shown(first.page.context.new_page())
            found.page.on("request", lambda request, found=found: found.requests.append(request.url))
            with suppress(Error):  # one that leads away ends what is done to the page
                found.page.goto(careless.as_uri(), wait_until="load")
                found.page.evaluate(POKE)
            if payload.does == "reads":
                done = SECRET in paper(found)
            else:
                with suppress(Error):
                    found.page.evaluate("() => document.querySelectorAll('a, button').forEach(item => item.click())")
                done = until(found, payload.does)
            found.page.close()
            if not done:
                idle.append(payload.name)
    assert idle == []


def until(found: Shown, wanted: str) -> bool:
    """Tell whether a text comes to do what it is to, in a while."""
    for _ in range(20):
        if wanted == "asks" and any(url.startswith(BEACON) for url in found.requests):
            return True
        with suppress(Error):
            if wanted == "runs" and found.page.evaluate("() => window.pwned === 1"):
                return True
        found.page.wait_for_timeout(30)
    return False


# --- pages of a search ---------------------------------------------------------------------------------------


def is_quiet(found: Shown, path: Path, scripts: int = 0) -> None:
    """Nothing ran, nothing was asked for but the page, nothing stands in it that could, and no file of another's."""
    page = found.page
    page.evaluate(POKE)
    page.wait_for_timeout(100)
    assert page.evaluate("() => window.pwned") is None
    assert page.evaluate(STRANGERS) == []
    assert page.evaluate("() => document.scripts.length") == scripts
    assert page.url == path.as_uri()
    assert asked_for(found) == [path.as_uri()]
    assert found.noise == []
    assert page.evaluate("() => getComputedStyle(document.body).display") == "block"
    assert SECRET not in page.evaluate("() => document.documentElement.textContent")
    hrefs = page.evaluate("() => [...document.querySelectorAll('a')].map(item => item.getAttribute('href'))")
    assert [href for href in hrefs if not re.fullmatch(r"(\./|\.\./)[\w.~%/-]*", href)] == []


def test_reports_show_what_was_written(coach: Clients, browser: Any) -> None:
    """Title, themes, stories, notes, bridges and debriefs, each word for word."""
    for case in coach.cases:
        path = case.report / "report.html"
        expected = [seen(text) for text in case.texts]
        with shown(browser, path) as found:
            is_quiet(found, path)
            assert texts(found, "h1") == [seen(" ".join(case.texts))]
            assert texts(found, ".label")[0] == f"Interview plan for {seen(case.search.settings.candidate)}"
            assert texts(found, ".cards .claim") == expected
            assert texts(found, "article.theme h3") == expected
            assert texts(found, "table:has(caption:text-is('The story inventory')) tbody th") == [
                seen(text) for text in case.texts
            ]
            notes = texts(found, "article.story:not(.debrief) dd")
            assert [text for text in expected if text not in notes] == []
            assert texts(found, "article.debrief h3") == [seen(line(text, 300)) for text in case.texts]
            bridges = texts(found, ".say dd")
            assert [text for text in expected if not any(text in said for said in bridges)] == []


def test_a_posting_is_read_as_text(coach: Clients, browser: Any) -> None:
    """The lines of a plain posting are the lines of the file."""
    for case in (
        case for case in coach.cases if (case.search.path / "applications" / case.name / "posting.txt").exists()
    ):
        path = case.report / "report.html"
        with shown(browser, path) as found:
            lines = "".join("".join(texts(found, ".lines li > span:nth-child(2)")).replace("(a guess)", "").split())
            lines = re.sub(r"theme\d+|[`*_]", "", lines)  # marks of Markdown go, and tags are put behind
            wanted = {text: re.sub(r"[`*_\s]", "", tidy(seen(line(text, 2_000)))).rstrip("#\\") for text in case.texts}
            assert [text for text, words in wanted.items() if words not in lines] == []


def test_paper_shows_it_too(coach: Clients, browser: Any) -> None:
    """Printed, a report holds the money as written and nothing of somebody else's file; so does the brief."""
    for case in (
        case for case in coach.cases if "$100k to $120k" in case.texts or coach.secret.as_uri() in case.texts[0]
    ):
        path = case.report / "report.html"
        with shown(browser, path) as found:
            words = paper(found)
        assert SECRET not in words
        assert ("$100k to $120k" in words) or "$100k to $120k" not in case.texts
        brief = " ".join(page.extract_text() for page in PdfReader(case.pack / "brief.pdf").pages)
        assert SECRET not in brief
        assert ("$100k to $120k" in " ".join(brief.split())) or "$100k to $120k" not in case.texts[:4]


def test_pages_of_a_pack_show_what_was_written(coach: Clients, browser: Any) -> None:
    """The brief, and the page for whoever listens; of every other candidate, as each takes a second and a half."""
    for case in coach.cases[::2]:
        brief, reviewer = case.pack / "brief.html", case.pack / "reviewer.html"
        with shown(browser, brief) as found:
            is_quiet(found, brief)
            for text, claim in zip(case.texts, texts(found, ".brief > ol:first-of-type strong"), strict=False):
                assert claim.removesuffix(" …").removesuffix(".") in seen(text)
        with shown(browser, reviewer) as found:
            is_quiet(found, reviewer, scripts=1)
            claims = [re.sub(r"^\d+\. ", "", claim) for claim in texts(found, "legend")]
            assert claims[: len(case.texts)] == [seen(text) for text in case.texts]


def test_pages_over_all_applications(coach: Clients, browser: Any) -> None:
    """The index and the portfolio: names of folders and candidates are words, links lead to reports only."""
    portfolio = coach.folder / "reports" / "portfolio.html"
    for search in (case.search for case in coach.cases):
        index = search.reports / "index.html"
        with shown(browser, index) as found:
            is_quiet(found, index)
            assert texts(found, ".label")[0] == seen(search.settings.candidate)
            links = found.page.locator("tbody th a").evaluate_all("items => items.map(item => item.href)")
            assert sorted(links) == sorted((search.reports / name / "report.html").as_uri() for name in search.names)
    with shown(browser, portfolio) as found:
        is_quiet(found, portfolio, scripts=1)
        named = {seen(case.search.settings.candidate) for case in coach.cases}
        shown_names = texts(found, "td[data-label=Candidate]")  # with the folder behind it where two are called alike
        assert [name for name in shown_names if not name.startswith((*named, "Bo"))] == []
        assert [name for name in named if not any(said.startswith(name) for said in shown_names)] == []
        links = found.page.locator("tbody th a").evaluate_all("items => items.map(item => item.href)")
        assert sorted(links) == sorted(path.as_uri() for path in coach.folder.glob("*/reports/*/report.html"))


def test_a_page_that_says_what_is_wrong(coach: Clients, browser: Any, tmp_path: Path) -> None:
    """Each payload as role, candidate and fault."""
    for number, text in enumerate([text for case in coach.cases for text in case.texts][::21]):
        path = tmp_path / f"{number}.html"
        path.write_text(failure_page(text, text, f"{text}\n  - {text}"), encoding="utf-8")
        with shown(browser, path) as found:
            is_quiet(found, path)
            assert [letters(word) for word in texts(found, "h1")] == [letters(text)]


# --- every payload in the few places where one search has room for one only ----------------------------------------


def letters(text: str) -> str:
    """A text as a page shows it, without any white space."""
    return "".join(clean(text).split())


def skeleton(page: str) -> list[tuple[str, list[str]]]:
    """Elements with the names of their attributes, in order."""
    return [(node.name, sorted(node.attrs)) for node in BeautifulSoup(page, "lxml").find_all(True)]


@pytest.mark.parametrize("place", ["role", "name", "fault", "reviewed", "listed"])
def test_a_page_has_the_same_elements_whatever_the_words(place: str) -> None:
    """One word and any payload make the same page but for the words."""

    def made(word: str) -> str:
        row = {"name": word, "href": "./a/report.html", "error": "", "role": word, "company": word, "level": "mid"}
        more = {"chosen": True, "themes": 3, "steps": [True, False], "next": word, "why": word}
        return {
            "role": lambda: failure_page(word, "", "x"),
            "name": lambda: failure_page("x", word, "x"),
            "fault": lambda: failure_page("x", "x", f"{word}".replace("\n", " ")),
            "reviewed": lambda: reviewer_page(word, word, word, {"calm": word}),
            "listed": lambda: index_page(word, [row | more, row | {"error": word}]),
        }[place]()

    plain = skeleton(made("word"))
    for payload in PAYLOADS:
        page = made(payload.text)
        assert skeleton(page) == plain, payload.name
        assert letters(payload.text) in letters(BeautifulSoup(page, "lxml").get_text()), payload.name


def test_every_page_forbids_what_it_does_not_need(coach: Clients) -> None:
    """The policy is the first thing after the encoding, before any word from outside."""
    pages = list(coach.folder.rglob("*.html"))
    pages = [path for path in pages if path.name != "posting.html"]
    assert len(pages) >= 3 * len(coach.cases) + len(coach.cases) + 1
    for path in pages:
        head = path.read_text(encoding="utf-8")[:700]
        policy = re.search(
            r'<head>\s*<meta charset="utf-8">\s*<meta http-equiv="Content-Security-Policy" content="([^"]+)"', head
        )
        assert policy, path
        assert policy[1].startswith("default-src 'none'; ")
        assert "base-uri 'none'; form-action 'none'" in policy[1]
        assert "http" not in policy[1]
        assert "script-src" not in policy[1] or re.search(r"script-src 'sha256-[\w+/=]+'", policy[1])
