"""The reviewer's page in Chromium: answered from a disk, saved, read back; nobody else's script runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import PAYLOADS
from test_browser import PHONE, opened, printed

from prepkit.debrief import Debrief
from prepkit.review import read_review, reviewer_page

pytestmark = pytest.mark.browser

SAID = "She <b>steadied</b> everybody.\n“Calm”, I'd say. 🦊"


def written(folder: Path, themes: dict[str, str], name: str = "Ada Fenwright") -> Path:
    path = folder / "reviewer.html"
    path.write_text(reviewer_page(name, "Harbour Operations Manager", "Tidewrack Ferries", themes), encoding="utf-8")
    return path


def serious(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in found if rule["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("part", range(4))
def test_a_reviewer_answers_and_nothing_else_happens(part: int, browser: Any, tmp_path: Path) -> None:
    """Memory, themes, marks, file: with hostile claims, without a request, and as a debrief at the end."""
    some = PAYLOADS[part * 10 : part * 10 + 10]
    themes = {f"theme-{number}": text for number, text in enumerate(some)}
    path = written(tmp_path, themes, PAYLOADS[part])
    with opened(browser, path, accept_downloads=True) as seen:
        page, show = seen.page, seen.page.get_by_role("button", name="Now show the themes")
        show.click()
        assert "Write down first what you remember" in page.locator("#said-fault").inner_text()
        assert not page.locator("#themes").is_visible()
        page.locator("#said").fill(SAID)
        show.click()
        assert page.evaluate("() => document.activeElement.id") == "themes-heading"
        assert page.locator("#said").get_attribute("readonly") is not None
        page.get_by_role("button", name="Save my answers").click()
        assert page.locator("#faults").inner_text().count("choose heard, partly or not heard") == len(some)
        groups = page.locator("fieldset[data-theme]")
        for number in range(len(some)):
            groups.nth(number).get_by_label(("Heard", "Partly", "Not heard")[number % 3], exact=True).check()
        groups.nth(0).get_by_label("You named it").select_option("2")
        groups.nth(1).get_by_label("You named it").select_option("2")
        page.get_by_label("How many seconds").fill("24")
        page.get_by_label("What else came across?").fill(f"Tall\n\n{some[0]}")
        page.get_by_label("Which questions were asked?").fill("Why us?")
        page.get_by_label("Your name").fill("Ines")
        page.get_by_label("Day of the conversation").fill("2026-12-03")
        page.get_by_label("later").check()
        page.get_by_role("button", name="Save my answers").click()
        assert "Theme 2: Theme 1 has the same place." in page.locator("#faults").inner_text()
        groups.nth(1).get_by_label("You named it").select_option("1")
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Save my answers").click()
        waiting.value.save_as(tmp_path / "answer.json")
        assert waiting.value.suggested_filename == "debrief-2026-12-03.json"
        assert "Saved as debrief-2026-12-03.json" in page.locator("#done").inner_text()
        assert page.evaluate("() => window.pwned") is None
        assert [url for url in seen.requests if not url.startswith("blob:")] == [path.as_uri()]
        assert (seen.dialogs, seen.errors) == ([], [])
    found = read_review(tmp_path / "answer.json", themes)
    assert found == Debrief.model_validate(
        {
            "id": found.id, "day": "2026-12-03", "kind": "mock", "listener": "Ines", "when": "later", "said": SAID,
            "seconds": 24, "unexpected": ["Tall", some[0].strip()], "asked": [{"question": "Why us?"}],
            "themes": [
                {"theme": theme, "heard": ("heard", "partly", "not heard")[n % 3], "place": {0: 2, 1: 1}.get(n)}
                for n, theme in enumerate(themes)
            ],
        }
    )  # fmt: skip


THEMES = {"calm": "Brings calm to a broken timetable", "long": "Donaudampfschifffahrtsgesellschaftskapitän" * 4}


def test_the_page_is_accessible(browser: Any, tmp_path: Path) -> None:
    """axe-core finds nothing serious, before and after the themes are shown; the keyboard is enough."""
    with opened(browser, written(tmp_path, THEMES), bypass_csp=True) as seen:
        assert serious(seen.page) == []
        seen.page.keyboard.press("Tab")
        seen.page.keyboard.type("Calm")
        seen.page.keyboard.press("Tab")
        seen.page.keyboard.press("Enter")
        seen.page.keyboard.press("Tab")
        seen.page.keyboard.press("Space")
        assert seen.page.get_by_label("Heard", exact=True).first.is_checked()
        assert serious(seen.page) == []
        assert seen.page.locator("h1").count() == 1


def test_the_page_fits_a_phone(browser: Any, tmp_path: Path) -> None:
    """No sideways scrolling at 390 pixels, even with a word without end."""
    with opened(browser, written(tmp_path, THEMES), PHONE) as seen:
        seen.page.locator("#said").fill("Calm")
        seen.page.get_by_role("button", name="Now show the themes").click()
        assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def test_paper_takes_the_place_of_the_screen(browser: Any, tmp_path: Path) -> None:
    """Printed blank, the themes come on a sheet of their own behind the question."""
    with opened(browser, written(tmp_path, THEMES)) as seen:
        sheets = printed(seen)
    assert "So, what did you think of Ada Fenwright? Why?" in sheets[0]
    assert THEMES["calm"] not in sheets[0]
    assert THEMES["calm"] in sheets[1]
