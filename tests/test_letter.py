"""The thank-you note, as text and as e-mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from conftest import PAYLOADS, PLAN, hostile_search

from prepkit.application import Application, open_application
from prepkit.letter import LONGEST_LINE, Letter, thank_you, thank_you_eml
from prepkit.search import Search


def opened(search: Search, name: str = "tidewrack") -> Application:
    """The application of that name."""
    return open_application(**search.parameters(name, search.path))


@pytest.fixture
def application(make_search: Callable[..., Search]) -> Application:
    """Ada and the ferries, with themes chosen."""
    return opened(make_search({"tidewrack": {"plan": PLAN}}))


def test_it_repeats_the_themes_as_answers_to_the_posting(application: Application) -> None:
    """Each theme in the candidate's words, behind the line that asks for it."""
    text = thank_you(application).text
    assert "Tidewrack Ferries" in text
    assert "brings calm to a broken timetable" in text
    assert "You write “Tidewrack Ferries runs four boats between the islands" in text
    assert "Everybody was on their way within 14 hours." in text
    assert text.rstrip().endswith("Ada Fenwright")


def test_what_only_somebody_there_can_write_is_blank(application: Application) -> None:
    """The name, what was talked about, what was promised, and a theme without a story."""
    text = thank_you(application).text
    assert "Dear [name of the interviewer]," in text
    assert "[one sentence about something that was said" in text
    assert "[what only you can tell of it]" in text


def test_a_twist_goes_before_a_result() -> None:
    """What only this candidate can tell is told; a proof in the third person is not."""
    text = thank_you(open_application()).text
    assert "Before I ask a nurse for anything" in text
    assert "She owned up" not in text
    assert len(text.split()) < 320


def test_culture_notes_stay_in_confidence() -> None:
    """Nothing that an insider told stands in a letter to the employer."""
    application = open_application()
    text = thank_you(application).text
    for note in application.plan.culture_notes:
        assert note.told[:30] not in text
        assert note.shows[:30] not in text


def test_no_theme_leaves_a_blank(make_search: Callable[..., Search]) -> None:
    """A note without themes says so in itself and beside it."""
    letter = thank_you(opened(make_search(candidate="")))
    assert "[your themes are still to be chosen" in letter.text
    assert "[your name]" in letter.text
    assert letter.notes


def test_a_title_that_is_missing_is_a_blank(application: Application) -> None:
    """Neither subject nor text makes one up."""
    letter = thank_you(replace(application, posting=replace(application.posting, title="", company="")))
    assert letter.subject == "Thank you: our conversation"
    assert "[title of the role].\n" in letter.text


def test_wording_is_found_but_not_our_own(application: Application) -> None:
    """A claim that serves the speaker is found; what the template says is clean."""
    assert thank_you(application).findings == ()
    theme = application.plan.themes[1].model_copy(update={"twist": "It is an ideal next step for me."})
    plan = application.plan.with_themes((theme,))
    letter = thank_you(replace(application, plan=plan))
    (found,) = letter.findings
    assert (found.code, letter.text[found.start : found.end]) == ("self_serving", found.span)


def test_another_language_is_said(application: Application) -> None:
    """The draft around the words is English, and the note says so."""
    letter = thank_you(replace(application, language="de"))
    assert any("English" in note for note in letter.notes)


def test_the_mail_is_a_draft_without_people(application: Application) -> None:
    """No sender, no addressee, no date: the mail program puts them in."""
    letter = thank_you(application)
    message = message_from_bytes(thank_you_eml(letter), policy=default)
    assert sorted(message.keys()) == sorted(
        ["Subject", "X-Unsent", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    )
    assert message["Subject"] == letter.subject
    assert message["X-Unsent"] == "1"
    assert message.get_content().replace("\r\n", "\n") == letter.text


def test_it_is_the_same_file_twice(application: Application) -> None:
    """No clock and no random boundary."""
    assert thank_you_eml(thank_you(application)) == thank_you_eml(thank_you(application))


@pytest.mark.parametrize(
    "text", [*PAYLOADS, "a\r\nBcc: x@example.org", "a\nFrom: x", "b\u2028To: y", "x" * 4_000, "é" * 900]
)
def test_nothing_can_be_added_to_the_headers(application: Application, text: str) -> None:
    """A line end in a title makes no second header; the note keeps the words."""
    posting = replace(application.posting, title=text, company=text)
    letter = thank_you(replace(application, posting=posting, candidate=text))
    message = message_from_bytes(thank_you_eml(letter), policy=default)
    assert len(message.keys()) == 5
    assert message["Bcc"] is message["From"] is message["To"] is None
    assert "\n" not in letter.subject
    thank_you_eml(Letter(text, letter.text, (), ()))


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    """The template is not filled in twice, and four themes are enough."""
    search = hostile_search(tmp_path / "hostile")
    for name in search.names:
        application = opened(search, name)
        letter = thank_you(application)
        assert "49" not in letter.text
        assert letter.text.count("- You write") <= 4
        assert any("first 4 of" in note for note in letter.notes) == (len(application.plan.themes) > 4)
        assert message_from_bytes(thank_you_eml(letter), policy=default)["X-Unsent"] == "1"


def test_long_lines_are_cut(application: Application) -> None:
    """Nobody reads a quotation of half a page."""
    lines = tuple(replace(line, text="pier " * 500) for line in application.posting.lines)
    text = thank_you(replace(application, posting=replace(application.posting, lines=lines))).text
    assert all(len(line) < LONGEST_LINE + 30 for line in text.splitlines() if "You write" in line)
