"""Hostile text in a session: JupyterLab shows forms and outputs with it, and nothing of it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import workbook_in_process, write_search
from hostile_text import SECRET, seen, write_hostile
from payloads import PAYLOADS, aimed
from test_browser import notebook_page, running_lab

from prepkit.files import without_controls
from prepkit.notebooks import prepare

pytestmark = [pytest.mark.browser, pytest.mark.slow]

THEMES = (
    "script", "image that fails", "frame with its own page", "link with code for an address", "drawing that loads",
    "frame with a file", "diagram in a fence", "Markdown link with code", "money", "two dollars",
    "formula with brackets", "turned round",
)  # fmt: skip
"""Payloads that stand alone, as themes; the others stand in rows, as stories."""

TOGETHER = 8
"""Payloads in a row."""


def hostile_texts(secret: Path) -> list[str]:
    """A text for each theme, then all other payloads in rows."""
    by_name = {payload.name: aimed(payload.text, secret.as_uri()) for payload in PAYLOADS}
    alone = [by_name.pop(name) for name in THEMES]
    others = list(by_name.values())
    return [*alone, *(" ".join(others[first : first + TOGETHER]) for first in range(0, len(others), TOGETHER))]


def test_a_session_shows_words_and_runs_nothing(browser: Any, tmp_path: Path) -> None:
    """All cells of the workbook with their forms; then a question and a mock; then an executed workbook is opened."""
    secret = write_search(tmp_path / "bob").path / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    texts = hostile_texts(secret)
    search = write_hostile(tmp_path / "eve", texts, "tidewrack")
    executed = search.path / "workbooks" / "executed.ipynb"
    notebook = prepare(search, "tidewrack")
    executed.write_text(nbformat.writes(workbook_in_process(search, "tidewrack")), encoding="utf-8")
    with running_lab(search, notebook, tmp_path) as lab:
        with notebook_page(lab, browser, "workbooks/tidewrack.ipynb") as (page, panel):
            noise = listening(page)
            wanted = [seen(text) for text in texts[: len(THEMES)]]
            assert words(panel, ".claim")[: len(wanted)] == wanted
            boxes = panel.get_by_label("Claim").evaluate_all("boxes => boxes.map(box => box.value)")
            # what turns the direction of writing stays in a box, where it can be mended
            kept = [" ".join(without_controls(text).split()) for text in texts]
            assert [" ".join(box.split()) for box in boxes[: len(wanted)]] == kept[: len(wanted)]
            inventory = "table:has(caption:text-is('The story inventory')) tbody th"
            assert words(panel, inventory) == [seen(text) for text in texts]
            panel.get_by_label("Question").first.fill(texts[1])
            panel.get_by_label("Question").first.press("Enter")
            panel.get_by_label("Theme first").first.wait_for()
            panel.get_by_role("button", name="Ask me").first.click()
            panel.get_by_text("Theme told").first.wait_for()
            named = words(panel, ".widget-radio-box label")
            assert [text for text in wanted if not any(text in name for name in named)] == []
            stays_quiet(page, noise)
        with notebook_page(lab, browser, "workbooks/executed.ipynb", runs=False) as (page, panel):
            noise = listening(page)
            panel.locator(".claim").first.wait_for()
            assert words(panel, ".claim")[: len(wanted)] == wanted
            stays_quiet(page, noise)


def words(panel: Any, selector: str) -> list[str]:
    found = panel.locator(selector).evaluate_all("items => items.map(item => item.textContent)")
    return [" ".join(text.split()) for text in found]


def listening(page: Any) -> list[str]:
    """What the page reports from now on."""
    noise: list[str] = []
    page.on("dialog", lambda dialog: (noise.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: noise.append(str(error)))
    return noise


def stays_quiet(page: Any, noise: list[str]) -> None:
    """No code ran, no file of another's is there, and nothing from a text became an element."""
    page.evaluate(
        """() => document.querySelectorAll('.jp-Notebook .prepkit *').forEach(item =>
             item.dispatchEvent(new MouseEvent('mouseover', { bubbles: true })))"""
    )
    page.wait_for_timeout(200)
    assert noise == []
    assert page.evaluate("() => window.pwned") is None
    strangers = (
        "iframe, object, embed, form, base, video, audio, marquee, math, link, script, noscript, a[href], .mermaid"
    )
    found = page.locator(f".jp-OutputArea-output .prepkit :is({strangers})")
    assert found.evaluate_all("items => items.map(item => item.outerHTML.slice(0, 100))") == []
    assert SECRET not in page.evaluate("() => document.body.textContent")
