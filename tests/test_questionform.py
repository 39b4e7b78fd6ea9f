"""The question form without a browser: what is answered, what a click saves, what stays when others change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN, STORY
from test_session import begin

from prepkit.plan import Plan, load_plan, update_plan
from prepkit.questionform import QuestionForm
from prepkit.search import Search
from prepkit.session import Session

Make = Callable[..., Search]

ASKED = "How do you keep calm under pressure?"


def said(widget: Any) -> str:
    """What a reader of the widget reads."""
    return " ".join(BeautifulSoup(widget.value, "lxml").get_text().split())


@pytest.fixture
def session(make_search: Make) -> Session:
    """A session on a plan of three themes and two stories."""
    fog = STORY | {"id": "fog", "title": "Brought the crews through the fog", "situation": "Fog lay on the pier."}
    return begin(make_search({"tidewrack": {"plan": PLAN}}, [STORY, fog]))


@pytest.fixture
def asking(session: Session) -> QuestionForm:
    """The question form of that session."""
    return QuestionForm(session)


def test_nothing_is_answered_before_something_is_asked(asking: QuestionForm) -> None:
    """The form is one empty line to type into."""
    assert asking.answer.layout.display == "none"
    assert asking.choice.options == ()


def test_a_typed_question_is_answered_at_once(asking: QuestionForm) -> None:
    """Stories, theme, reason and a draft in three parts appear; none of these is the last choice."""
    asking.question.value = ASKED
    assert asking.answer.layout.display is None
    assert asking.choice.options[0] == "1. Kept 310 passengers safe through a storm (theme 1, strong)"
    assert asking.choice.options[-1] == "None of these"
    assert asking.choice.index == 0
    assert "tagged staying calm under pressure" in said(asking.reason).lower()
    assert "A draft from your own words" in said(asking.reason)
    assert "brings calm to a broken timetable" in asking.parts["theme_first"].value


def test_none_of_these_hides_the_draft(asking: QuestionForm) -> None:
    """No story fits is an answer, too, with something to do."""
    asking.question.value = ASKED
    asking.choice.index = len(asking.choice.options) - 1
    assert {box.layout.display for box in asking.parts.values()} == {"none"}
    assert asking.save.layout.display == "none"
    assert "finding a story" in said(asking.reason)


def test_a_theme_told_before_is_marked(asking: QuestionForm) -> None:
    """Ticking what was told already asks again: another theme goes first, and the one that was told is marked."""
    asking.question.value = ASKED
    asking.told["calm"].value = True
    assert asking.choice.options[1] == "2. Kept 310 passengers safe through a storm (theme 1, strong, told already)"


def test_a_saved_bridge_is_in_the_plan_and_is_marked_as_saved(asking: QuestionForm, session: Session) -> None:
    """What was typed is kept under the question, other changes of the plan stay, and it comes back later."""
    path = session.application.plan_path
    asking.question.value = ASKED
    update_plan(path, lambda plan: plan.with_rating("storm", "pier", 1))
    asking.parts["theme_first"].value = "  I steady people.  "
    assert "Your words, not saved yet." in said(asking.reason)
    asking.save.click()
    assert said(asking.status).startswith("Saved")
    assert "As you saved it." in said(asking.reason)
    assert asking.choice.options[0].endswith("strong, saved)")
    kept = load_plan(path)
    assert [(bridge.question, bridge.theme_first) for bridge in kept.bridges] == [(ASKED, "I steady people.")]
    assert kept.ratings["storm"]["pier"] == 1
    asking.question.value = ""
    asking.question.value = "how do you keep CALM under pressure"
    assert asking.parts["theme_first"].value == "I steady people."
    asking.parts["theme_first"].value = "I steady people in storms."
    assert "Changed since you saved it." in said(asking.reason)


def test_a_bridge_that_cannot_be_saved_stays_on_the_screen(asking: QuestionForm, session: Session) -> None:
    """Too long, or a damaged plan: the reason is told, the text stays, the file is as it was."""
    path = session.application.plan_path
    asking.question.value = ASKED
    asking.parts["in_one_breath"].value = "x" * 6_000
    asking.save.click()
    assert said(asking.status).startswith("Not saved")
    assert "5,000 characters" in said(asking.status)
    assert len(asking.parts["in_one_breath"].value) == 6_000
    asking.parts["in_one_breath"].value = "Short."
    path.write_text("thems: []\n", encoding="utf-8")
    asking.save.click()
    assert "line 1" in said(asking.status)
    assert asking.parts["in_one_breath"].value == "Short."
    assert path.read_text(encoding="utf-8") == "thems: []\n"


def test_odd_questions_and_other_languages_get_a_word(asking: QuestionForm) -> None:
    """No story for a question about salary; an unread language is called so."""
    asking.question.value = "What salary do you expect?"
    assert "it needs no story" in said(asking.note)
    assert asking.answer.layout.display == "none"
    asking.question.value = "Was ist die größte Schwäche, die du bei dir siehst?"
    assert "looks like German" in said(asking.note)


def test_before_themes_are_chosen_no_bridge_is_saved(make_search: Make) -> None:
    """A bridge needs a theme of the plan; the draft can be read all the same."""
    form = QuestionForm(begin(make_search()))
    form.question.value = ASKED
    assert form.choice.options
    assert form.save.layout.display == "none"


def test_wording_is_looked_at_as_one_types(asking: QuestionForm) -> None:
    """A sentence that serves the speaker is named with the reason, and goes with its words."""
    asking.question.value = ASKED
    asking.parts["back_to_role"].value = "This is an ideal next step for me"
    assert "serves you" in said(asking.wording)
    asking.parts["back_to_role"].value = "Your crews hunt for a plan each morning; that is where I would begin."
    assert "serves you" not in said(asking.wording)


def test_typed_words_come_back_with_their_question_and_story(asking: QuestionForm) -> None:
    """Looking at another story or question loses nothing that is not saved yet."""
    asking.question.value = ASKED
    asking.parts["theme_first"].value = "Mine"
    asking.choice.index = 1
    assert asking.parts["theme_first"].value != "Mine"
    asking.question.value = "Tell me about a time you led a team."
    assert "Mine" not in [box.value for box in asking.parts.values()]
    asking.question.value = ASKED
    assert asking.parts["theme_first"].value == "Mine"
    assert "Your words, not saved yet." in said(asking.reason)


def test_two_forms_on_one_session_tell_each_other(session: Session) -> None:
    """What one saves the other shows; what is being typed there stays."""
    one, two = QuestionForm(session), QuestionForm(session)
    one.question.value = two.question.value = ASKED
    two.parts["back_to_role"].value = "Typed in two"
    one.parts["theme_first"].value = "Saved in one"
    one.save.click()
    assert two.parts["theme_first"].value == "Saved in one"
    assert two.parts["back_to_role"].value == "Typed in two"
    assert "Changed since you saved it." in said(two.reason)
    two.save.click()
    (bridge,) = session.application.plan.bridges
    assert (bridge.theme_first, bridge.back_to_role) == ("Saved in one", "Typed in two")


def test_another_session_loses_nothing(make_search: Make) -> None:
    """Parts that nobody typed here are as the other session has saved them meanwhile."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    coach, client = QuestionForm(begin(search)), QuestionForm(begin(search))
    coach.question.value = client.question.value = ASKED
    coach.parts["theme_first"].value, client.parts["back_to_role"].value = "The coach's", "The client's"
    coach.save.click()
    client.save.click()
    (bridge,) = load_plan(client._session.application.plan_path).bridges
    assert (bridge.theme_first, bridge.back_to_role) == ("The coach's", "The client's")


def test_the_choice_stays_when_another_form_changes_something(asking: QuestionForm, session: Session) -> None:
    """Neither the story that was chosen nor “none of these” is forgotten."""
    asking.question.value = ASKED
    asking.choice.index = 1
    story = asking._found[1].story
    session.change(lambda plan: plan.with_rating("fog", "pier", 1))
    assert asking._found[asking.choice.index].story == story
    asking.choice.index = len(asking.choice.options) - 1
    session.change(lambda plan: plan.with_rating("fog", "pier", 2))
    assert asking.choice.label == "None of these"


def test_themes_told_follow_the_plan(asking: QuestionForm, session: Session) -> None:
    """A theme that is dropped goes from the list, ticks of the others stay."""
    asking.told["pier"].value = True
    session.change(lambda plan: plan.with_themes(plan.themes[1:]))
    assert [box.description for box in asking.told.values()] == [
        "1. Keeps the islands joined", "2. Begins the day on the pier",
    ]  # fmt: skip
    assert [box.value for box in asking.told.values()] == [False, True]
    assert asking._told_boxes.children == tuple(asking.told.values())


def test_money_in_a_claim_is_no_mathematics(asking: QuestionForm, session: Session) -> None:
    """A name that JupyterLab would take for a formula is marked against it, and is still only text."""
    claim = "Raises $100k to $120k <img src=x onerror=window.pwned=1>"

    def other(plan: Plan) -> Plan:
        first, *rest = plan.themes
        return plan.with_themes((first.model_copy(update={"claim": claim}), *rest))

    session.change(other)
    box, plain, _ = asking.told.values()
    soup = BeautifulSoup(box.description, "lxml")
    assert "mathjax_ignore" in soup.span["class"]
    assert soup.get_text() == f"1. {claim}"
    assert not soup("img")
    assert (box.description_allow_html, plain.description_allow_html) == (True, False)


def test_every_control_has_a_label(asking: QuestionForm) -> None:
    """A screen reader has something to say for each box."""
    controls = [asking.question, asking.choice, asking.save, *asking.told.values(), *asking.parts.values()]
    assert [control for control in controls if not control.description] == []


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_any_text_can_be_asked_and_said(payload: str, asking: QuestionForm) -> None:
    """Whatever is typed is text: nothing of it becomes an element of the page."""
    asking.question.value = payload
    asking.parts["theme_first"].value = payload
    asking.save.click()
    for widget in (asking.note, asking.reason, asking.wording, asking.status):
        assert not BeautifulSoup(widget.value, "lxml").find_all(["script", "img", "svg", "iframe", "a", "meta"])


def test_a_question_that_no_story_fits_begins_with_none(asking: QuestionForm) -> None:
    """Nothing in common is told, and none of these is chosen until somebody chooses."""
    asking.question.value = "asdf"
    assert "No story of yours shows what this asks for" in said(asking.note)
    assert asking.choice.index == len(asking.choice.options) - 1
