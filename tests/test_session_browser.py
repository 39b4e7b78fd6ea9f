"""A coach's session in JupyterLab: nothing but forms, everything saved, nothing lost, nothing runs that should not."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from test_browser import lab, notebook_page, run_all  # noqa: F401 - a fixture

from prepkit.plan import load_plan
from prepkit.runs import run_search
from prepkit.search import read_search

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TITLE = "Raised the ferry fund from $100k to $120k"
FOCUSED = "() => document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent"
CLAIM = "Brings $100k and 2 crews to <b>one</b> plan"


@contextmanager
def workbook(lab: SimpleNamespace, browser: Any, path: str = "workbooks/tidewrack.ipynb") -> Iterator[tuple[Any, Any]]:  # noqa: F811
    """The workbook of the lab's one application."""
    with notebook_page(lab, browser, path) as opened:
        yield opened


def saved(notebook: Any) -> None:
    notebook.get_by_text(re.compile(r"Saved \d\d:\d\d\.")).first.wait_for()


def wait_for(condition: Any, page: Any) -> None:
    """Wait until something on the disk is so."""
    for _ in range(100):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come about")


def test_from_the_first_theme_to_the_report(lab: SimpleNamespace, browser: Any) -> None:  # noqa: F811 - a fixture
    """Take a theme, word it, rate, ask, restart the kernel in the middle, and the report says it all."""
    with workbook(lab, browser) as (page, notebook):
        notebook.get_by_role("button", name="Take this").first.click()
        notebook.get_by_text(re.compile("1 theme chosen")).wait_for()
        notebook.get_by_label("Claim").first.fill(CLAIM)
        wait_for(lambda: [theme.claim for theme in load_plan(lab.plan).themes] == [CLAIM], page)
        saved(notebook)
        (theme,) = load_plan(lab.plan).themes
        assert theme.evidence

        page.evaluate("() => { window.jupyterapp.commands.execute('kernelmenu:restart') }")  # it waits for an answer
        page.get_by_role("button", name="Confirm Kernel Restart").click()
        page.wait_for_timeout(1_000)
        run_all(page)
        assert notebook.get_by_label("Claim").first.input_value() == CLAIM
        assert notebook.locator(".claim").first.text_content() == CLAIM

        cell = notebook.get_by_role("button", name=re.compile(rf"^{re.escape(TITLE)}, theme 1"))
        cell.scroll_into_view_if_needed()
        cell.press("2")
        wait_for(lambda: load_plan(lab.plan).ratings == {"storm": {theme.id: 2}}, page)
        notebook.get_by_role("button", name=f"{TITLE}, theme 1: strong").wait_for()

        notebook.get_by_label("Question").first.fill("How do you keep calm under $100k of pressure?")
        notebook.get_by_label("Question").first.press("Enter")
        notebook.get_by_label(f"1. {TITLE} (theme").first.wait_for()
        notebook.get_by_label("Theme first").first.fill("I steady <crews> for $5.")
        notebook.get_by_role("button", name="Save bridge").click()
        wait_for(lambda: [b.theme_first for b in load_plan(lab.plan).bridges] == ["I steady <crews> for $5."], page)

        back = notebook.get_by_role("button", name="Take back the last step")
        back.first.click()
        wait_for(lambda: load_plan(lab.plan).bridges == (), page)
        serious = [
            f"{found['id']}: {found['nodes'][0]['html'][:120]}"
            for found in Axe().run(page, context=".jp-Notebook .prepkit").response["violations"]
            if found["impact"] in ("serious", "critical")
        ]
        assert serious == []
    (run,) = run_search(read_search(lab.search.path))
    assert run.error == ""
    assert "Brings $100k and 2 crews to &lt;b&gt;one&lt;/b&gt; plan" in run.report.read_text(encoding="utf-8")


def test_with_the_keyboard_alone(lab: SimpleNamespace, browser: Any) -> None:  # noqa: F811 - a fixture
    """Tab goes through a card in the order in which it is read; keys rate, and do not reach the notebook."""
    with workbook(lab, browser) as (page, notebook):
        notebook.get_by_role("button", name="Take this").first.focus()
        page.keyboard.press("Enter")
        notebook.get_by_text(re.compile("1 theme chosen")).wait_for()
        cells = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
        notebook.get_by_label("Claim").first.focus()
        page.keyboard.type("Draws one plan for 2 quays")
        seen = []
        for _ in range(3):
            page.keyboard.press("Tab")
            seen.append(
                page.evaluate(
                    "() => document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent"
                )
            )
        assert [text.strip() for text in seen] == ["Your twist", "Evidence", "Move up"] or seen[2].strip() == "Drop"
        wait_for(lambda: [t.claim for t in load_plan(lab.plan).themes] == ["Draws one plan for 2 quays"], page)
        (theme,) = load_plan(lab.plan).themes
        grid = notebook.get_by_role("button", name=re.compile(rf"^{re.escape(TITLE)}, theme 1"))
        grid.focus()
        for key, rating in (("1", 1), ("2", 2), ("0", 0)):
            page.keyboard.press(key)
            wait_for(lambda wanted=rating: load_plan(lab.plan).ratings == {"storm": {theme.id: wanted}}, page)
        page.keyboard.press("Delete")
        wait_for(lambda: load_plan(lab.plan).ratings == {}, page)
        assert page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length") == cells


def test_two_sessions_on_one_plan(lab: SimpleNamespace, browser: Any) -> None:  # noqa: F811 - a fixture
    """Two kernels, one plan: what the one saves the other shows, and says that it was changed elsewhere."""
    other = lab.search.path / "workbooks" / "other.ipynb"
    shutil.copy(lab.search.path / "workbooks" / "tidewrack.ipynb", other)
    with workbook(lab, browser) as (_, mine), workbook(lab, browser, "workbooks/other.ipynb") as (page, theirs):
        mine.get_by_role("button", name="Take this").first.click()
        mine.get_by_text(re.compile("1 theme chosen")).wait_for()
        theirs.get_by_text(re.compile("1 theme chosen")).wait_for(timeout=20_000)
        theirs.get_by_text(re.compile("Changed elsewhere: The theme .* was added")).first.wait_for()
        theirs.get_by_role("button", name="Take this").first.click()
        wait_for(lambda: len(load_plan(lab.plan).themes) == 2, page)
        mine.get_by_text(re.compile("2 themes chosen")).wait_for(timeout=20_000)
