"""The form of the advocate's case without a browser: words are saved when a box is left, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN
from test_session import begin

from prepkit.caseform import CaseForm
from prepkit.plan import Plan, load_plan, update_plan
from prepkit.search import Search
from prepkit.session import Session

Make = Callable[..., Search]


def said(widget: Any) -> str:
    """What a reader of the widget reads."""
    return " ".join(BeautifulSoup(widget.value, "lxml").get_text(" ").split())


def plan_of(session: Session) -> Plan:
    return load_plan(session.application.plan_path)


def names(plan: Plan) -> list[str]:
    return [theme.id for theme in plan.themes]


@pytest.fixture
def session(make_search: Make) -> Session:
    """A session on a plan of three themes, of which one is proved by a story."""
    return begin(make_search({"tidewrack": {"plan": PLAN}}))


@pytest.fixture
def form(session: Session) -> CaseForm:
    """The form of that session."""
    return CaseForm(session)


def test_without_a_theme_there_is_a_sentence(make_search: Make) -> None:
    """It goes when somebody chooses a theme."""
    session = begin(make_search())
    form = CaseForm(session)
    assert (form.none.layout.display, form.case.layout.display) == (None, "none")
    assert "none is chosen yet" in said(form.none)
    session.change(lambda plan: Plan.model_validate(PLAN))
    assert (form.none.layout.display, form.case.layout.display) == ("none", None)
    assert list(form.rows) == ["calm", "islands", "pier"]


def test_each_theme_has_its_claim_and_its_proof(form: CaseForm) -> None:
    """What the plan words is in the boxes; the proof of a story is shown beside them and not taken for one's own."""
    calm, islands, _ = form.rows.values()
    assert calm.boxes["claim"].value == "Brings calm to a broken timetable"
    assert calm.boxes["proof"].value == ""
    assert "Ada brings calm to a broken timetable. Everybody was on their way within 14 hours." in said(calm.said)
    assert "a draft from the story “Kept 310 passengers safe through a storm”" in said(calm.said)
    assert "The proof is missing" in said(islands.said)


def test_a_box_that_is_left_is_saved(form: CaseForm, session: Session) -> None:
    """Only what was typed is written; the case follows at once."""
    row = form.rows["calm"]
    assert {box.continuous_update for box in row.boxes.values()} == {False}
    row.boxes["proof"].value = "  310 passengers were home by noon "
    assert plan_of(session).themes[0].proof == "310 passengers were home by noon"
    assert row.boxes["proof"].value == "310 passengers were home by noon"
    assert plan_of(session).themes[1:] == Plan.model_validate(PLAN).themes[1:]
    assert "310 passengers were home by noon." in said(row.said)
    assert "a draft" not in said(row.said)
    assert session.status.startswith("Saved")
    assert form.status.value == ""


def test_the_total_is_held_against_the_seconds_there_are(form: CaseForm) -> None:
    """Words and seconds, whether it fits, and what to do, as one goes on."""
    assert said(form.total).startswith("27 words, 11 seconds at 150 words a minute; there are 20 to 30. does not fit")
    assert "leave room for" in said(form.total)
    form.rows["islands"].boxes["proof"].value = " ".join(["word"] * 28)
    assert "22 seconds" in said(form.total)
    assert "there are 20 to 30. fits" in said(form.total)
    form.rows["islands"].boxes["proof"].value = " ".join(["word"] * 70)
    assert "too long; save" in said(form.total)
    assert "has no proof" in said(form.total)


def test_wording_is_told_beside_the_text(form: CaseForm) -> None:
    """A claim that serves the speaker is named, and the note goes with it."""
    row = form.rows["islands"]
    row.boxes["claim"].value = "This is an ideal next step for me."
    assert "serves you" in said(row.wording)
    row.boxes["claim"].value = "Keeps the islands joined"
    assert "serves you" not in said(row.wording)


def test_themes_change_places(form: CaseForm, session: Session) -> None:
    """The theme that was chosen moves as often as the button is pressed, and stays chosen."""
    assert form.up.disabled
    form.order.value = "pier"
    assert form.down.disabled
    form.up.click()
    form.up.click()
    assert names(plan_of(session)) == ["pier", "calm", "islands"]
    assert form.order.value == "pier"
    assert (form.up.disabled, form.down.disabled) == (True, False)
    assert [row.theme.id for row in form._list.children] == ["pier", "calm", "islands"]
    form.down.click()
    assert names(plan_of(session)) == ["calm", "pier", "islands"]
    assert [label[:2] for label, _ in form.order.options] == ["1.", "2.", "3."]


def test_a_step_taken_back_comes_back_into_both_boxes(form: CaseForm, session: Session) -> None:
    """Claim and proof changed elsewhere are read together, and nothing old is saved again."""

    def other(plan: Plan) -> Plan:
        first, *rest = plan.themes
        return plan.with_themes((first.model_copy(update={"claim": "New claim", "proof": "New proof"}), *rest))

    session.change(other)
    boxes = form.rows["calm"].boxes
    assert (boxes["claim"].value, boxes["proof"].value) == ("New claim", "New proof")
    session.undo()
    assert (boxes["claim"].value, boxes["proof"].value) == ("Brings calm to a broken timetable", "")
    assert plan_of(session) == Plan.model_validate(PLAN)


def test_two_forms_on_one_session_show_the_same(session: Session) -> None:
    """What one saves is in the other at once."""
    one, two = CaseForm(session), CaseForm(session)
    one.rows["pier"].boxes["claim"].value = "Is on the pier by six"
    assert two.rows["pier"].boxes["claim"].value == "Is on the pier by six"
    assert two.total.value == one.total.value


def test_what_another_session_saved_stays(form: CaseForm, session: Session) -> None:
    """A claim typed here and a proof written elsewhere are both kept, and the rows stay where they are."""

    def other(plan: Plan) -> Plan:
        first, *rest = plan.themes
        return plan.with_themes((first.model_copy(update={"proof": "Theirs"}), *rest))

    update_plan(session.application.plan_path, other)
    row = form.rows["calm"]
    row.boxes["claim"].value = "Mine"
    assert (plan_of(session).themes[0].claim, plan_of(session).themes[0].proof) == ("Mine", "Theirs")
    assert form.rows["calm"] is row
    assert row.boxes["proof"].value == "Theirs"


def test_nothing_but_the_text_of_a_box_is_set(form: CaseForm, session: Session) -> None:
    """A browser that hears anything of a box throws away what somebody is typing there, so it hears nothing."""
    heard: list[str] = []
    for row in form.rows.values():
        for box in row.boxes.values():
            box.observe(lambda change: heard.append(change["name"]))
    session.change(lambda plan: plan.with_rating("storm", "pier", 2))
    form.rows["pier"].boxes["claim"].value = "Is on the pier by six"
    assert heard == ["value"]


def test_words_that_cannot_be_saved_stay_in_the_box(form: CaseForm, session: Session) -> None:
    """Too long: told why, the plan is as it was, and the words are saved once they fit."""
    box = form.rows["calm"].boxes["claim"]
    box.value = "x" * 5_001
    assert said(form.status).startswith("Not saved")
    assert len(box.value) == 5_001
    session.change(lambda plan: plan.with_rating("storm", "pier", 1))
    assert len(box.value) == 5_001
    assert plan_of(session).themes[0].claim == PLAN["themes"][0]["claim"]
    box.value = "Short"
    assert plan_of(session).themes[0].claim == "Short"


def test_a_theme_dropped_elsewhere_is_not_brought_back(form: CaseForm, session: Session) -> None:
    """What was typed stays until the form is told; the theme stays away."""
    update_plan(session.application.plan_path, lambda plan: plan.with_themes(plan.themes[1:]))
    form.rows["calm"].boxes["claim"].value = "Typed"
    assert "no longer in the plan" in said(form.status)
    assert names(plan_of(session)) == ["islands", "pier"]
    session.refresh()
    assert list(form.rows) == ["islands", "pier"]


def test_the_clock_has_the_window_of_the_method(form: CaseForm) -> None:
    """Twenty to thirty seconds; the form lives without a browser, too."""
    assert (form.clock.shortest, form.clock.longest, form.clock.label) == (20.0, 30.0, "Say it aloud")


def test_every_control_has_a_label(form: CaseForm) -> None:
    """A screen reader has something to say for each."""
    boxes = [box for row in form.rows.values() for box in row.boxes.values()]
    assert [control for control in (*boxes, form.order, form.up, form.down) if not control.description] == []


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_typed_words_are_text(payload: str, form: CaseForm, session: Session) -> None:
    """They reach the file letter for letter, and never become elements."""
    row = form.rows["calm"]
    for box in row.boxes.values():
        box.value = payload
    theme = plan_of(session).themes[0]
    assert (theme.claim, theme.proof) == (payload, payload)
    for widget in (row.head, row.said, row.wording, form.total, form.status):
        assert not BeautifulSoup(widget.value, "lxml").find_all(["script", "img", "svg", "iframe", "a", "meta"])
