"""The one page to read before the call."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from conftest import PAYLOADS, PLAN, POSTING, STORY, hostile_search

from prepkit.application import Application, open_application
from prepkit.brief import MOST_THEMES, brief_html, brief_pdf, make_brief
from prepkit.search import Search


def opened(search: Search, name: str = "tidewrack") -> Application:
    """The application of that name."""
    return open_application(**search.parameters(name, search.path))


def text_of(pdf: bytes) -> str:
    """All words of a PDF, one space apart."""
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def pages_of(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in millimetres."""
    boxes = [page.mediabox for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    return [(round(float(box.width) * 25.4 / 72), round(float(box.height) * 25.4 / 72)) for box in boxes]


@pytest.fixture
def application(make_search: Callable[..., Search]) -> Application:
    """Ada and the ferries, with themes chosen."""
    return opened(make_search({"tidewrack": {"plan": {**PLAN, "interview": "2026-12-03 14:00"}}}))


def test_it_says_who_what_and_why(application: Application) -> None:
    """Role, name, day, claims, blanks for proofs, stories and questions."""
    brief = make_brief(application)
    assert (brief.role, brief.who, brief.when) == ("Harbour Operations Manager", "Ada Fenwright", "2026-12-03 14:00")
    assert brief.themes[0].claim == "Ada brings calm to a broken timetable."
    assert brief.themes[0].proof == "Everybody was on their way within 14 hours."
    assert brief.themes[0].stories[0] == STORY["title"]
    assert brief.themes[1].proof == "[the proof is still to be found]"
    assert len(brief.questions) == 5
    assert len(brief.ask) == 3
    assert "they have 20 to 30" in brief.seconds
    assert brief.notice == brief.left_out == ""


def test_the_pdf_holds_what_the_page_holds(application: Application) -> None:
    """One A4 page, tagged, with its title and all texts."""
    pdf, note = brief_pdf(application)
    assert note == ""
    assert pages_of(pdf) == [(210, 297)]
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert reader.metadata is not None
    assert reader.metadata.title == "Harbour Operations Manager"
    assert reader.root_object["/MarkInfo"]["/Marked"]
    brief, words = make_brief(application), text_of(pdf)
    for text in (brief.role, brief.themes[0].claim, brief.questions[0].question, brief.ask[1]):
        assert text.replace("’", "'") in words.replace("’", "'")


def test_it_is_read_in_ninety_seconds() -> None:
    """The shipped example has some 400 words, labels and numbers counted in; people read 240 to 270 a minute."""
    words = re.findall(r"\w[\w'’,.]*", text_of(brief_pdf(open_application())[0]))
    assert len(words) < 410


def test_each_question_gets_another_story() -> None:
    """As in one interview, where a story is told once."""
    stories = [asked.story for asked in make_brief(open_application()).questions]
    assert len(set(stories)) == len(stories)


def test_an_edited_bridge_leads(application: Application) -> None:
    """What somebody has worked on is what is read before the call."""
    bridge = {
        "id": "own",
        "question": "And boats?",
        "theme": "calm",
        "story": "storm",
        "theme_first": "Boats are people.",
    }
    plan = application.plan.model_validate({**PLAN, "bridges": [bridge]})
    first = make_brief(replace(application, plan=plan)).questions[0]
    assert (first.question, first.theme, first.say) == ("And boats?", 1, "Boats are people.")


def test_nothing_chosen_is_said_on_top(make_search: Callable[..., Search]) -> None:
    """Suggestions never look like decisions, in either form."""
    application = opened(make_search())
    assert make_brief(application).notice.startswith("Nothing is chosen yet")
    assert "Nothing is chosen yet" in text_of(brief_pdf(application)[0])
    assert "Nothing is chosen yet" in brief_html(application)
    assert "What they should say of you" not in brief_html(application)


def test_an_empty_posting_still_makes_a_page(make_search: Callable[..., Search]) -> None:
    """No theme, no suggestion, stories that are only titles."""
    application = opened(make_search({"tidewrack": {"posting": "Porter wanted\n"}}, [{"title": "A day"}], candidate=""))
    pdf, _ = brief_pdf(application)
    assert len(pages_of(pdf)) == 1
    assert "Porter wanted" in text_of(pdf)


def long_plan(count: int, words: int) -> dict[str, Any]:
    """A plan whose texts are all as long as that."""
    categories = ("motivation", "challenge", "fit")
    themes = [
        {
            "id": f"t{n}",
            "category": categories[n % 3],
            "claim": f"Claim {n} " + "river " * words,
            "proof": "stone " * words,
        }
        for n in range(count)
    ]
    return {"format": 1, "themes": themes, "ratings": {"storm": {f"t{n}": 2 for n in range(count)}}}


@pytest.mark.parametrize("words", [5, 20, 60, 800])
@pytest.mark.parametrize("count", [1, 4, 12])
def test_it_is_one_page_whatever_the_plan(make_search: Callable[..., Search], count: int, words: int) -> None:
    """What is cut ends in an ellipsis and is said, and so are themes left out."""
    stories = [STORY | {"title": "Bridge " * min(words, 50)}]
    application = opened(make_search({"tidewrack": {"plan": long_plan(count, words)}}, stories))
    pdf, _ = brief_pdf(application)
    assert len(pages_of(pdf)) == 1
    words_of_page = text_of(pdf)
    assert ("…” are cut" in words_of_page) == (words >= 20)
    assert (f"{count - MOST_THEMES} more themes" in words_of_page or "8 more themes" in words_of_page) == (count > 4)
    assert "Ask them" in words_of_page


def test_shorter_is_shorter(make_search: Callable[..., Search]) -> None:
    """A smaller share never makes a text longer, and wide letters count double."""
    application = opened(make_search({"tidewrack": {"plan": long_plan(4, 60)}}))
    whole, tight = make_brief(application), make_brief(application, 0.35)
    assert len(tight.themes[0].claim) < len(whole.themes[0].claim) <= 130
    chinese = replace(application, candidate="工" * 100)
    assert len(make_brief(chinese).who) <= 31


def test_it_is_the_same_file_twice(application: Application) -> None:
    """No clock and no random ids."""
    assert brief_pdf(application) == brief_pdf(application)
    assert brief_html(application) == brief_html(application)


@pytest.mark.parametrize("text", ["مرحبا", "שלום", "Ελληνικά", "Кириллица"])
def test_letters_that_come_along_are_shown(application: Application, text: str) -> None:
    """Arabic, Hebrew, Greek and Cyrillic need no font of the machine."""
    pdf, note = brief_pdf(replace(application, candidate=text))
    assert note == ""
    assert len(pages_of(pdf)) == 1


@pytest.mark.parametrize("text", ["工程师", "🦊", "ไทย", "한국어"])
def test_letters_that_may_be_missing_do_no_harm(application: Application, text: str) -> None:
    """Without a font there is a page with boxes, and a note that names a letter."""
    pdf, note = brief_pdf(replace(application, candidate=text))
    assert len(pages_of(pdf)) == 1
    assert note == "" or ("no font" in note and "brief.html" in note)


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    """Typst compiles, nothing is read as its language, and no tag gets into the page."""
    search = hostile_search(tmp_path / "hostile")
    for name in search.names:
        application = opened(search, name)
        pdf, _ = brief_pdf(application)
        assert len(pages_of(pdf)) == 1
        html = brief_html(application)
        assert not re.search(r"<(?:script|img|svg|iframe|object|embed|video|form|base|link|math|details)\b", html)
        assert "Content-Security-Policy" in html


@pytest.mark.parametrize(
    "text", [*PAYLOADS, '#read("/etc/passwd")', "#panic()", "$ sum $ *bold* _x_ @ref <label>", "\\u{41}"]
)
def test_each_text_stands_as_it_is_typed(application: Application, text: str) -> None:
    """Marks of typst are letters; what no display can show is dropped."""
    theme = application.plan.themes[0].model_copy(update={"claim": f"Zebra {text}", "proof": text})
    plan = application.plan.model_copy(update={"themes": (theme, *application.plan.themes[1:])})
    pdf, _ = brief_pdf(replace(application, plan=plan))
    words = text_of(pdf)
    assert "Zebra" in words
    assert "root:" not in words
    if text == '#read("/etc/passwd")':
        assert text in words


def test_the_page_asks_for_nothing(application: Application) -> None:
    """No address in the page but those that somebody wrote, and it prints on A4."""
    html = brief_html(application)
    assert not re.search(r"(?:src|href)=", html)
    assert "size: A4" in html
    assert json.dumps(POSTING) not in html
