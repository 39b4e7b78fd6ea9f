"""The debrief form without a browser: memory first, one click keeps it, and nothing typed is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN
from test_show import opened

from prepkit import debriefform
from prepkit.debrief import Debrief, load_debriefs
from prepkit.debriefform import DebriefForm
from prepkit.errors import BusyError
from prepkit.questions import load_questions
from prepkit.search import Search

Make = Callable[..., Search]

REVIEW = {
    "format": 1, "day": "2026-12-03", "kind": "interview", "listener": "Ines", "when": "later", "said": "Calm.",
    "seconds": 24, "themes": [{"theme": "calm", "heard": "heard", "place": 1}], "unexpected": ["Tall", "Late"],
    "asked": [{"question": f"Question {number}?"} for number in range(6)],
}  # fmt: skip


def said(widget: Any) -> str:
    """What a reader of the widget reads."""
    return " ".join(BeautifulSoup(widget.value, "lxml").get_text().split())


@pytest.fixture
def form(make_search: Make, tmp_path: Path) -> DebriefForm:
    """The form of an application with three themes and one story, and a bank of its own."""
    application = opened(make_search({"tidewrack": {"plan": PLAN}}))
    return DebriefForm(application, questions=tmp_path / "questions.csv")


def kept(form: DebriefForm) -> tuple[Debrief, ...]:
    return load_debriefs(form._application.plan_path.with_name("debriefs.yaml"))


def fill(form: DebriefForm) -> None:
    form.day.value, form.listener.value = date(2026, 12, 3), " Ines "
    form.said.value = "Calm. <b>Calm</b>."
    form.reveal.click()
    form.marks[0].heard.value, form.marks[0].place.value = "heard", 1
    form.marks[1].heard.value = "not heard"
    form.unexpected.value = "Tall\n\n Late "
    form.asked[0].text.value, form.asked[0].story.value = "How did you keep calm?", "storm"
    form.asked[1].text.value = "What do you earn?"


def upload(form: DebriefForm, answer: Any, name: str = "answer.json") -> None:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    file = {"name": name, "type": "", "size": len(content), "content": memoryview(content)}
    form.upload.value = ({**file, "last_modified": datetime(2026, 12, 3, tzinfo=UTC)},)


def test_the_themes_wait_until_the_listener_has_spoken(form: DebriefForm) -> None:
    """One click shows them, and what was typed before is kept as it is."""
    assert form.second.layout.display == "none"
    form.said.value = "Calm."
    form.reveal.click()
    assert form.second.layout.display is None
    assert form.said.disabled
    assert form.reveal.layout.display == "none"


def test_every_box_has_a_label_of_its_own(form: DebriefForm) -> None:
    """Whoever listens to the page hears which theme or question a control is for."""
    labels = [mark.heard.description for mark in form.marks] + [mark.place.description for mark in form.marks]
    labels += [row.text.description for row in form.asked]
    assert len({*labels}) == len(labels)
    assert all(labels)
    assert "Brings calm to a broken timetable" in said(form.marks[0].box.children[0])


def test_one_click_keeps_all_of_it(form: DebriefForm) -> None:
    """What was typed and chosen is in the file, under the day and a number."""
    fill(form)
    form.seconds.value = "24"
    form.outcome.value = "next round"
    form.save.click()
    (found,) = kept(form)
    assert found == Debrief.model_validate(
        {
            "id": "2026-12-03-1", "day": "2026-12-03", "kind": "mock", "listener": "Ines", "when": "same day",
            "said": "Calm. <b>Calm</b>.", "seconds": 24, "unexpected": ["Tall", "Late"], "outcome": "next round",
            "themes": [
                {"theme": "calm", "heard": "heard", "place": 1},
                {"theme": "islands", "heard": "not heard"},
            ],
            "asked": [{"question": "How did you keep calm?", "story": "storm"}, {"question": "What do you earn?"}],
        }
    )  # fmt: skip
    assert said(form.status).startswith("Saved ")


def test_a_second_click_keeps_nothing_twice(form: DebriefForm) -> None:
    """After saving the button waits for the next debrief, which begins empty."""
    fill(form)
    form.save.click()
    assert form.save.disabled
    form.anew.click()
    assert not form.save.disabled
    assert (form.said.value, form.said.disabled, form.marks[0].heard.value) == ("", False, None)
    assert form.second.layout.display == "none"
    form.said.value = "Other."
    form.save.click()
    assert len(kept(form)) == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda form: setattr(form.seconds, "value", "half a minute"), "seconds: it should be a whole number from 0"),
        (lambda form: setattr(form.day, "value", None), "“day” is missing"),
        (lambda form: setattr(form.marks[1].place, "value", 2), "islands was not heard, so it can have no place"),
        (lambda form: setattr(form.marks[2].place, "value", 2), "themes 3: “heard” is missing"),
        (lambda form: setattr(form.asked[2].story, "value", "storm"), "asked 3: “question” is missing"),
        (lambda form: setattr(form.said, "value", "x" * 5001), "more than 5,000 characters"),
    ],
    ids=["seconds", "day", "place", "no mark", "no question", "length"],
)
def test_what_cannot_be_kept_is_told_and_stays(
    change: Callable[[DebriefForm], None], expected: str, form: DebriefForm
) -> None:
    """A sentence says what is wrong, and every box holds what was typed."""
    fill(form)
    change(form)
    before = form._typed
    form.save.click()
    assert said(form.status).startswith("Not saved; what you typed is still here.")
    assert expected in said(form.status)
    assert form._typed == before
    assert kept(form) == ()


def test_a_busy_file_loses_nothing(form: DebriefForm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another session's lock ends in a sentence, and the next click works."""

    def busy(*_: Any) -> None:
        raise BusyError("debriefs.yaml: another session is writing here.")

    fill(form)
    with monkeypatch.context() as patched:
        patched.setattr(debriefform, "add_debrief", busy)
        form.save.click()
    assert "another session is writing here" in said(form.status)
    form.save.click()
    assert len(kept(form)) == 1


def test_two_buttons_are_the_clock(form: DebriefForm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start and stop fill in the seconds; they can be typed as well."""
    now = iter([100.0, 127.4])
    monkeypatch.setattr(debriefform.time, "monotonic", lambda: next(now))
    form.start.click()
    assert (form.start.disabled, form.stop.disabled) == (True, False)
    form.stop.click()
    assert form.seconds.value == "27"
    assert (form.start.disabled, form.stop.disabled) == (False, True)


def test_a_reviewers_file_fills_the_form(form: DebriefForm) -> None:
    """The candidate adds the stories and saves; the same file is not kept twice."""
    upload(form, REVIEW)
    assert said(form.status).startswith("Read.")
    assert (form.said.value, form.said.disabled, form.seconds.value) == ("Calm.", True, "24")
    assert [row.text.value for row in form.asked] == [f"Question {number}?" for number in range(6)]
    form.asked[0].story.value = "storm"
    form.save.click()
    (found,) = kept(form)
    assert (found.listener, found.kind, found.when, found.asked[0].story) == ("Ines", "interview", "later", "storm")
    upload(form, REVIEW)
    form.save.click()
    assert "kept here already" in said(form.status)
    assert len(kept(form)) == 1


def test_a_file_takes_the_place_of_nothing_that_was_typed(form: DebriefForm) -> None:
    """As long as something stands in the form, a file is not read into it."""
    fill(form)
    before = form._typed
    upload(form, REVIEW)
    assert "Save it or clear the form" in said(form.status)
    assert form._typed == before


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"{", "not a file of a reviewer's page"),
        (REVIEW | {"seconds": -1, "kind": "exam"}, "2 faults"),
        (REVIEW | {"themes": [{"theme": "gone", "heard": "heard"}]}, "“gone” is not among the themes of this plan"),
    ],
    ids=["no JSON", "faults", "other themes"],
)
def test_a_faulty_file_is_told(answer: Any, expected: str, form: DebriefForm) -> None:
    """The faults are told in sentences, and the form stays empty."""
    upload(form, answer, "<img src=x onerror=window.pwned=1>.json")
    assert said(form.status).startswith("Not read.")
    assert expected in said(form.status)
    assert "<img" not in form.status.value
    assert form._untouched


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_words_stay_words(payload: str, make_search: Make) -> None:
    """Claims and titles reach the form as text; what is typed reaches the file as it is."""
    themes = [PLAN["themes"][0] | {"claim": payload}]
    form = DebriefForm(opened(make_search({"tidewrack": {"plan": {"format": 1, "themes": themes}}})))
    soup = BeautifulSoup(form.marks[0].box.children[0].value, "lxml")
    assert {tag.name for tag in soup.find_all(True)} == {"html", "body", "div", "strong"}
    form.said.value = form.asked[0].text.value = payload
    form.save.click()
    (found,) = kept(form)
    assert found.said == payload.strip()


def test_questions_go_into_the_bank_of_the_search(form: DebriefForm, tmp_path: Path) -> None:
    """A button adds what was asked; a second click finds that all is known."""
    fill(form)
    form.bank.click()
    assert said(form.status) == "Added 2 questions to questions.csv."
    own = [question.text for question in load_questions(tmp_path / "questions.csv") if question.own]
    assert own == ["How did you keep calm?", "What do you earn?"]
    form.bank.click()
    assert said(form.status) == "The bank knows all of them."


def test_without_themes_it_says_so(make_search: Make) -> None:
    """Questions and outcome can be kept all the same, and questions make a bank of their own beside the stories."""
    form = DebriefForm(opened(make_search()))
    form.reveal.click()
    assert "No theme is chosen yet" in said(form.second.children[1])
    form.asked[0].text.value = "Why us?"
    form.bank.click()
    path = form._application.stories.path.with_name("questions.csv")
    assert "Why us?" in [question.text for question in load_questions(path)]
    form.asked[0].text.value = "Why us?"
    form.save.click()
    assert kept(form)[0].asked[0].question == "Why us?"
