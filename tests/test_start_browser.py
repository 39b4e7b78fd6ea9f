"""The first page of a session as a coach meets it in JupyterLab: from a pasted posting to its workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import POSTING, STORY
from test_browser import lab, notebook_page, run_all  # noqa: F401 - a fixture

from prepkit.notebooks import prepare_start
from prepkit.plan import load_plan
from prepkit.search import read_search

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OTHER = POSTING.replace("Harbour Operations Manager", "Harbour <b>Pier</b> Manager for $5 to $6").replace(
    "- Lead the crews", "- <img src=x onerror=window.pwned=1> Lead the crews"
)


@contextmanager
def started(lab: SimpleNamespace, browser: Any) -> Iterator[tuple[Any, Any]]:  # noqa: F811 - a fixture
    """The page with its cells run, and the notebook on it; whatever it asks of another machine fails the test."""
    start = prepare_start(lab.search.path).relative_to(lab.search.path)
    with notebook_page(lab, browser, start.as_posix()) as (page, form):
        form.get_by_role("rowheader", name="Ada Fenwright").wait_for()
        yield page, form


def test_from_a_pasted_posting_to_its_workbook(lab: SimpleNamespace, browser: Any) -> None:  # noqa: F811 - a fixture
    """Paste, see how it was read, correct the level, make the application, open its workbook by one click."""
    with started(lab, browser) as (page, form):
        form.get_by_label("A new application").check()
        form.get_by_label("Posting", exact=True).fill(OTHER)
        form.get_by_role("button", name="See how it is read").click()
        form.get_by_text("Read as a mid-level role.").wait_for()
        assert form.get_by_label("Title").input_value() == "Harbour <b>Pier</b> Manager for $5 to $6"
        row = form.get_by_role("row").filter(has_text="Lead the crews and the booking office")
        assert "Duties" in row.inner_text()
        assert "<img src=x onerror=window.pwned=1>" in row.inner_text()
        bar = "item => getComputedStyle(item).borderLeftColor"
        sections = ("Opening", "Duties", "Culture and values")
        assert len({form.get_by_role("cell", name=name).first.evaluate(bar) for name in sections}) == 3
        form.get_by_label("Level").select_option(label="Senior")
        form.get_by_text("Set to senior by you.").wait_for()
        form.get_by_label("Place").fill("Castermouth")
        form.get_by_role("button", name="Make the application for Ada Fenwright").click()

        link = form.get_by_role("link", name="Open the workbook")
        link.wait_for()
        (name,) = set(read_search(lab.search.path).names) - {"tidewrack"}
        corrected = load_plan(lab.search.path / "applications" / name / "plan.yaml").posting
        assert (corrected.level, corrected.location) == ("senior", "Castermouth")
        assert form.get_by_label(re.compile("^Harbour <b>Pier</b> Manager")).is_checked()
        link.click()
        here = "() => window.jupyterapp.shell.currentWidget.context.path"
        page.wait_for_function(f"() => ({here})() === 'workbooks/{name}.ipynb'", timeout=60_000)
        run_all(page)


def test_files_are_uploaded_in_the_browser(lab: SimpleNamespace, browser: Any) -> None:  # noqa: F811 - a fixture
    """The bytes of a chosen file reach the form; a file that is no posting, and stories beside stories, say why."""
    with started(lab, browser) as (page, form):

        def upload(button: str, name: str, content: str) -> None:
            with page.expect_file_chooser() as chooser:
                form.get_by_role("button", name=button).click()
            chooser.value.set_files({"name": name, "mimeType": "text/plain", "buffer": content.encode()})

        form.get_by_label("A new application").check()
        upload("Or upload a file", "<b>.md", " ")
        form.get_by_text("<b>.md: The file is empty.").wait_for()
        upload("Or upload a file", "ad.md", POSTING)
        form.get_by_text("Read as a mid-level role.").wait_for()
        assert form.get_by_label("Employer").input_value() == "Tidewrack Ferries"
        upload("Or upload a file", "ad.exe", POSTING)
        form.get_by_text("“.exe” files cannot be taken").wait_for()
        assert form.get_by_label("Employer").input_value() == "Tidewrack Ferries"
        upload("Upload stories", "s.csv", "title\nAnother\n")
        form.get_by_text("There are stories in stories.csv already").wait_for()
        assert STORY["id"] in (lab.search.path / "stories.csv").read_text(encoding="utf-8")
