"""The progress note for the coach."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PAYLOADS, PLAN, hostile_search
from docx import Document

from prepkit.application import Application, open_application
from prepkit.plan import Plan
from prepkit.progress import Progress, make_progress, progress_docx, progress_md
from prepkit.search import Search


def opened(search: Search, name: str = "tidewrack") -> Application:
    """The application of that name."""
    return open_application(**search.parameters(name, search.path))


def words_of(document: bytes) -> str:
    """All paragraphs of a Word document."""
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(document)).paragraphs)


@pytest.fixture
def application(make_search: Callable[..., Search]) -> Application:
    """Ada and the ferries, with themes chosen."""
    return opened(make_search({"tidewrack": {"plan": PLAN}}))


def test_the_first_note_says_so(application: Application) -> None:
    """There is nothing to hold it against."""
    assert make_progress(application).changed == ("This is the first note, so there is nothing to hold it against.",)


def test_nothing_changed_is_said(application: Application) -> None:
    """The same plan twice."""
    (said,) = make_progress(application, application.plan).changed
    assert said.startswith("Nothing has changed")


def test_it_says_what_changed_and_what_it_did() -> None:
    """Each change as a sentence, and the odds then and now."""
    application = open_application()
    before = application.plan.with_themes(application.plan.themes[:3])
    changed = make_progress(application, before).changed
    assert "Starts on the floor and owns her mistakes" in changed[0]
    assert changed[-1].startswith("All themes were told in")


def test_it_says_where_it_stands_and_what_comes_next(application: Application) -> None:
    """Odds, seconds, steps, and at most five things to do."""
    progress = make_progress(application)
    assert re.search(r"All themes are told in .* of interviews", progress.stands[0])
    assert "seconds; an interviewer has 20 to 30" in progress.stands[1]
    assert [name for _, name, _ in progress.steps] == [step.name for step in application.steps]
    assert 1 <= len(progress.todo) <= 5
    assert progress.todo == application.next[: len(progress.todo)]


def test_it_says_whom_to_ask(application: Application) -> None:
    """With the questions for insiders, until all three kinds have told something."""
    assert len(make_progress(application).ask) == 4
    assert make_progress(open_application()).ask == ()


def test_an_empty_plan_has_no_odds(make_search: Callable[..., Search]) -> None:
    """And the candidate and the day are blanks."""
    progress = make_progress(opened(make_search(candidate="")))
    assert progress.stands == ("No theme is chosen yet, so there are no odds and no case.",)
    assert progress.about == ("Candidate: [not named yet].", "Interview: [day not known yet].")


def test_both_forms_say_the_same(application: Application) -> None:
    """Every sentence of the note is in the Word document, too."""
    progress = make_progress(application, Plan())
    words, text = words_of(progress_docx(progress)), progress_md(progress)
    for sentence in (*progress.changed, *progress.stands, *progress.about, *(do for do, _ in progress.todo)):
        assert sentence in words
    assert "# Progress note: Harbour Operations Manager, Tidewrack Ferries\n" in text
    assert text.count("## ") == 4
    assert "- [x] " in text or "- [ ] " in text


def test_it_is_the_same_file_twice(application: Application) -> None:
    """No clock in either form."""
    progress = make_progress(application)
    assert progress_docx(progress) == progress_docx(progress)
    assert progress_md(progress) == progress_md(make_progress(application))


@pytest.mark.parametrize("text", [*PAYLOADS, "# big", "1. one", "- item", "a | b", "line\n# break", "x" * 4_000])
def test_any_text_is_only_text(text: str) -> None:
    """Markdown shows it as it is: no tag, no link, no heading, no list, no table."""
    progress = Progress(text, (text,), (text,), (text,), ((True, text, text),), ((text, text),), (text,))
    shown = progress_md(progress)
    assert "<" not in shown
    assert not re.search(r"(?<!\\)\]\(", shown)
    assert shown.count("\n# ") == 0
    assert shown.count("\n## ") == 4
    assert not re.search(r"^- (?:#|-|1\.) ", shown, re.MULTILINE)
    assert words_of(progress_docx(progress))


def test_hostile_applications_make_notes(tmp_path: Path) -> None:
    """Every payload in every place."""
    search = hostile_search(tmp_path / "hostile")
    for name in search.names[:2]:
        progress = make_progress(opened(search, name), Plan())
        assert "<" not in progress_md(progress)
        assert words_of(progress_docx(progress)).startswith("Progress note")
