"""The mock interview without a browser: one question after the other, and a summary at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN, STORY, hostile_search
from test_session import begin

from prepkit.mock import draw_mock
from prepkit.mockform import MockForm
from prepkit.questions import Kind
from prepkit.search import Search
from prepkit.session import Session

Make = Callable[..., Search]

ELEMENTS = ["script", "img", "svg", "iframe", "a", "meta", "style", "form"]


def said(widget: Any) -> str:
    """What a reader of the widget reads."""
    return " ".join(BeautifulSoup(widget.value, "lxml").get_text(" ").split())


@pytest.fixture
def session(make_search: Make) -> Session:
    """A session on a plan of three themes and five stories."""
    stories = [STORY, *(STORY | {"id": f"s{n}", "title": f"Story {n}"} for n in range(4))]
    return begin(make_search({"tidewrack": {"plan": PLAN}}, stories))


@pytest.fixture
def form(session: Session) -> MockForm:
    """An interview that has begun."""
    form = MockForm(session, seed=1)
    form.begin.click()
    return form


def shown(form: MockForm) -> str:
    """Which of the three parts is on the screen."""
    parts = {"begin": form.begin, "asking": form.asking, "ended": form.ended}
    return " ".join(name for name, part in parts.items() if part.layout.display != "none")


def test_nothing_is_asked_before_somebody_begins(session: Session) -> None:
    """One button, and no question yet."""
    form = MockForm(session)
    assert shown(form) == "begin"
    assert form.begin.description == "Ask me ten"
    assert form.now is None
    form.begin.click()
    assert shown(form) == "asking"


def test_questions_come_one_at_a_time(form: MockForm, session: Session) -> None:
    """In the order in which they were drawn, each with its number, and nothing told yet."""
    drawn = draw_mock(session.application, seed=1)
    for number, question in enumerate(drawn, 1):
        assert said(form.question) == f"Question {number} of 10 {question.text}"
        assert (form.story.value, form.theme.value, form.clock.seconds) == ("", "", 0.0)
        form.story.value, form.theme.value, form.clock.seconds = "storm", "calm", 12.0
        assert form.next.description == ("Finish" if number == 10 else "Next question")
        form.next.click()
    assert shown(form) == "ended"
    assert [(answer.question, answer.story, answer.seconds) for answer in form.answers] == [
        (question.id, "storm", 12.0) for question in drawn
    ]


def test_the_three_best_stories_come_first_then_all_others(form: MockForm, session: Session) -> None:
    """None is a choice, each story is there once, and the plan's themes can be ticked."""
    while form.now and form.now.kind is Kind.ODD:
        form.next.click()
    labels, ids = zip(*form.story.options, strict=True)
    assert labels[0] == "None"
    assert [label[:3] for label in labels[1:4]] == ["1. ", "2. ", "3. "]
    assert [label[:3] for label in labels[4:]] == ["Sto"] * len(labels[4:])
    assert sorted(ids[1:]) == sorted(session.application.stories.ids)
    assert [label for label, _ in form.theme.options] == [
        "1. Brings calm to a broken timetable", "2. Keeps the islands joined", "3. Begins the day on the pier", "None",
    ]  # fmt: skip


def test_a_good_answer_waits_until_somebody_asks_for_it(form: MockForm) -> None:
    """It can be hidden again, and the next question hides it, too."""
    while form.now and form.now.kind is Kind.ODD:
        form.next.click()
    assert form.hint.value == ""
    form.show.click()
    assert "Theme first" in said(form.hint)
    assert BeautifulSoup(form.hint.value, "lxml").details.has_attr("open")
    assert form.show.description == "Hide the answer"
    form.show.click()
    assert form.hint.value == ""
    form.show.click()
    form.next.click()
    assert (form.hint.value, form.show.description) == ("", "Show a good answer")


def test_the_end_says_what_came_of_it(form: MockForm) -> None:
    """Themes with the question that told them and their odds, stories told twice, the time, what went without."""
    given = [("storm", "calm", 40.0), ("storm", "islands", 0.0), ("s1", "", 80.0)]
    asked = form.asked
    for story, theme, seconds in given:
        form.story.value, form.theme.value, form.clock.seconds = story, theme, seconds
        form.next.click()
    form.end.click()
    assert shown(form) == "ended"
    rows = [[cell.get_text() for cell in row(["th", "td"])]
            for row in BeautifulSoup(form.summary.value, "lxml").tbody("tr")]  # fmt: skip
    assert [row[:2] for row in rows] == [
        ["1. Brings calm to a broken timetable", "question 1"], ["2. Keeps the islands joined", "question 2"],
        ["3. Begins the day on the pier", "not told"],
    ]  # fmt: skip
    assert [row[2].rpartition("by ")[2] for row in rows] == ["question 1", "question 2", "question 6"]
    words = said(form.summary)
    assert "3 questions answered." in words
    assert "60 seconds on average" in words
    assert f"Told more than once: “{STORY['title']}”." in words
    (without,) = BeautifulSoup(form.summary.value, "lxml").ol("li")
    assert (without["value"], without.get_text()[: len(asked[2].text)]) == ("3", asked[2].text)


def test_ending_early_counts_an_answer_that_was_given(form: MockForm) -> None:
    """What was told to the question on the screen counts; a question nobody has answered does not."""
    form.theme.value = "calm"
    form.end.click()
    assert [answer.theme for answer in form.answers] == ["calm"]
    assert "1 question answered." in said(form.summary)


def test_ending_before_the_first_answer_goes_back_to_the_start(form: MockForm) -> None:
    """There is nothing to sum up."""
    form.end.click()
    assert shown(form) == "begin"
    form.begin.click()
    assert shown(form) == "asking"


def test_again_asks_other_questions(form: MockForm) -> None:
    """None of the first ten comes again."""
    first = {question.id for question in form.asked}
    for _ in range(10):
        form.next.click()
    form.again.click()
    assert shown(form) == "asking"
    assert form.answers == []
    assert not first & {question.id for question in form.asked}


def test_a_form_asks_other_questions_than_the_last_one(session: Session) -> None:
    """Opening the workbook again is a new interview."""
    one, two = MockForm(session), MockForm(session)
    one.begin.click()
    two.begin.click()
    assert one.asked != two.asked


def test_the_interview_goes_on_when_another_form_changes_something(form: MockForm, session: Session) -> None:
    """Question, story, theme, time and answers stay; new names are shown."""
    form.theme.value = "calm"
    form.next.click()
    question = form.now
    form.story.value, form.theme.value, form.clock.seconds = "s2", "islands", 9.0

    def other(plan: Any) -> Any:
        calm, islands, pier = plan.themes
        return plan.with_themes((pier, islands.model_copy(update={"claim": "Joins the islands"}), calm))

    assert session.change(other)
    assert form.now is question
    assert (form.story.value, form.theme.value, form.clock.seconds) == ("s2", "islands", 9.0)
    assert ("2. Joins the islands", "islands") in form.theme.options
    assert [answer.theme for answer in form.answers] == ["calm"]


def test_a_theme_dropped_meanwhile_is_no_longer_chosen(form: MockForm, session: Session) -> None:
    """And what was told of it before does not disturb the summary."""
    form.theme.value = "pier"
    form.next.click()
    form.theme.value = "pier"
    session.change(lambda plan: plan.with_themes(plan.themes[:2]))
    assert form.theme.value == ""
    form.end.click()
    assert "pier" not in said(form.summary)


def test_nothing_is_saved(form: MockForm, session: Session) -> None:
    """The plan is as it was, to the byte."""
    before = session.application.plan_path.read_bytes()
    for _ in range(10):
        form.show.click()
        form.theme.value = "calm"
        form.next.click()
    assert session.application.plan_path.read_bytes() == before
    assert not session.can_undo


def test_an_application_without_themes_can_be_asked_all_the_same(make_search: Make) -> None:
    """The suggestions take their place."""
    form = MockForm(begin(make_search()), seed=1)
    form.begin.click()
    form.show.click()
    form.next.click()
    form.end.click()
    assert shown(form) == "ended"
    assert "not told" in said(form.summary)


def test_every_control_has_a_label(form: MockForm) -> None:
    """A screen reader has something to say for each."""
    controls = [form.begin, form.story, form.theme, form.show, form.next, form.end, form.again]
    assert [control for control in controls if not control.description] == []
    assert form.clock.label == "Your answer"


def test_no_text_becomes_an_element(tmp_path: Any) -> None:
    """Hostile stories, themes and questions are shown as text, at each step."""
    search = hostile_search(tmp_path / "hostile")
    form = MockForm(begin(search, "part12"), count=len(PAYLOADS) * 8, seed=3)
    form._app.odds  # noqa: B018 - worked out once, for all steps
    form.begin.click()
    own = 0
    while form.now and own < len(PAYLOADS):
        own += form.now.own
        if form.now.own:
            form.show.click()
            form.theme.value = form.theme.options[0][1]
            for widget in (form.question, form.hint):
                assert not BeautifulSoup(widget.value, "lxml").find_all(ELEMENTS)
        form.next.click()
    form.end.click()
    assert own >= 30
    assert not BeautifulSoup(form.summary.value, "lxml").find_all(ELEMENTS)
