"""The theme form without a browser: what a click saves, what it leaves alone, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN
from test_show import opened

from prepkit import forms
from prepkit.errors import BusyError
from prepkit.forms import QuestionForm, ThemeForm
from prepkit.plan import Plan, load_plan, update_plan
from prepkit.search import Search

Make = Callable[..., Search]


def said(widget: Any) -> str:
    """What a reader of the widget reads."""
    return " ".join(BeautifulSoup(widget.value, "lxml").get_text().split())


def plan_of(form: ThemeForm) -> Plan:
    return load_plan(form._application.plan_path)


@pytest.fixture
def blank(make_search: Make) -> ThemeForm:
    """The form of an application without a plan."""
    return ThemeForm(opened(make_search()))


@pytest.fixture
def filled(make_search: Make) -> ThemeForm:
    """The form of an application with three themes."""
    return ThemeForm(opened(make_search({"tidewrack": {"plan": PLAN}})))


def test_nothing_is_ticked_before_somebody_ticks_it(blank: ThemeForm) -> None:
    """Suggestions are offered, none is taken, and a claim has no place until one is."""
    assert blank.choices
    assert not any(choice.box.value for choice in blank.choices)
    assert {choice.claim.layout.display for choice in blank.choices} == {"none"}
    assert {choice.claim.value for choice in blank.choices} == {""}


def test_ticking_opens_the_place_to_write(blank: ThemeForm) -> None:
    """Claim and twist appear with the tick and go with it."""
    first, second = blank.choices[:2]
    first.box.value = True
    assert (first.claim.layout.display, first.twist.layout.display) == (None, None)
    assert second.claim.layout.display == "none"
    first.box.value = False
    assert first.claim.layout.display == "none"


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [
        (0, "0 themes chosen; a plan has 3 or 4. Nothing about motivation, challenge or fit yet."),
        (1, "1 theme chosen; a plan has 3 or 4. Nothing about challenge or fit yet."),
        (3, "3 themes chosen; a plan has 3 or 4. Each category has one."),
    ],
    ids=["none", "one", "three"],
)
def test_the_count_says_what_is_chosen_and_missing(ticks: int, expected: str, blank: ThemeForm) -> None:
    """The line on top counts the ticks and names the categories without one."""
    one_each = {choice.theme.category.value: choice for choice in reversed(blank.choices)}
    for category in ["motivation", "challenge", "fit"][:ticks]:
        one_each[category].box.value = True
    assert said(blank.count) == expected


def test_a_click_saves_what_was_ticked_and_typed(blank: ThemeForm) -> None:
    """The plan gets the theme with its words, evidence and posting; nothing else is written."""
    choice = blank.choices[0]
    choice.box.value, choice.claim.value, choice.twist.value = True, "  Brings calm  ", "Ran it twice"
    assert not blank._application.plan_path.exists()
    blank.save.click()
    (theme,) = plan_of(blank).themes
    assert (theme.claim, theme.twist) == ("Brings calm", "Ran it twice")
    assert theme.evidence == choice.theme.evidence
    assert plan_of(blank).posting_fingerprint == blank._application.posting.fingerprint
    assert said(blank.status).startswith("Saved ")


def test_unticking_takes_a_theme_out(filled: ThemeForm) -> None:
    """The theme goes, its ratings stay, should it come back."""
    next(choice for choice in filled.choices if choice.theme.id == "calm").box.value = False
    filled.save.click()
    assert [theme.id for theme in plan_of(filled).themes] == ["islands", "pier"]
    assert plan_of(filled).ratings == {"storm": {"calm": 2}}


def test_a_click_without_a_change_leaves_the_file_alone(filled: ThemeForm) -> None:
    """Comments, order and every byte stay."""
    path = filled._application.plan_path
    path.write_text(
        "# mine\nthemes:\n  - {category: fit, id: calm, claim: Brings calm}  # why\nformat: 1\n", encoding="utf-8"
    )
    form = ThemeForm(filled._application)
    before = path.read_bytes()
    for choice in form.choices:  # what the form read is what the file says
        choice.read(load_plan(path))
    form.save.click()
    assert path.read_bytes() == before
    assert said(form.status).startswith("Saved ")


def test_what_another_session_saved_stays_and_is_shown(filled: ThemeForm) -> None:
    """Only what was typed here is written; the other words come back into the form."""

    def other(plan: Plan) -> Plan:
        calm, *rest = plan.themes
        return plan.with_themes((calm.model_copy(update={"twist": "Theirs"}), *rest)).with_rating("storm", "pier", 1)

    update_plan(filled._application.plan_path, other)
    calm, islands, *_ = filled.choices
    calm.claim.value, islands.claim.value = "Mine", "Mine too"
    filled.save.click()
    saved = plan_of(filled)
    assert [(theme.claim, theme.twist) for theme in saved.themes[:2]] == [("Mine", "Theirs"), ("Mine too", "")]
    assert saved.ratings["storm"] == {"calm": 2, "pier": 1}
    assert calm.twist.value == "Theirs"


def test_a_theme_taken_out_elsewhere_is_not_brought_back(filled: ThemeForm) -> None:
    """A box that nobody touched here decides nothing; after saving it shows that the theme is gone."""
    update_plan(filled._application.plan_path, lambda plan: plan.with_themes(plan.themes[1:]))
    filled.choices[1].claim.value = "Mine"
    filled.save.click()
    assert [theme.id for theme in plan_of(filled).themes] == ["islands", "pier"]
    assert filled.choices[0].box.value is False


@pytest.mark.parametrize(
    ("fault", "words"),
    [(BusyError("Another session holds the plan."), "Another session holds the plan."),
     (OSError(28, "No space left on device"), "No space left on device")],
    ids=["somebody else saves", "disk is full"],
)  # fmt: skip
def test_a_save_that_fails_says_so(
    fault: Exception, words: str, filled: ThemeForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing typed is lost, the file is as it was, and the reason is shown."""

    def fails(*_: Any) -> Plan:
        raise fault

    monkeypatch.setattr(forms, "update_plan", fails)
    before = filled._application.plan_path.read_bytes()
    filled.choices[0].claim.value = "Typed"
    filled.save.click()
    assert said(filled.status).startswith("Not saved; what you typed is still here.")
    assert words in said(filled.status)
    assert filled.choices[0].claim.value == "Typed"
    assert filled._application.plan_path.read_bytes() == before


def test_a_damaged_plan_is_not_written_over(filled: ThemeForm) -> None:
    """Somebody broke the file meanwhile: the form says where and keeps its hands off."""
    filled._application.plan_path.write_text("format: 1\nthems: []\n", encoding="utf-8")
    filled.choices[0].claim.value = "Typed"
    filled.save.click()
    assert "line 2" in said(filled.status)
    assert filled._application.plan_path.read_text(encoding="utf-8") == "format: 1\nthems: []\n"


def test_a_claim_without_end_is_refused_in_words(filled: ThemeForm) -> None:
    """A plan takes 5,000 characters; more is told, not cut."""
    filled.choices[0].claim.value = "x" * 5001
    filled.save.click()
    assert said(filled.status).startswith("Not saved")
    assert "5,000 characters" in said(filled.status)
    assert plan_of(filled).themes[0].claim == PLAN["themes"][0]["claim"]


def test_half_a_character_does_not_stop_saving(filled: ThemeForm) -> None:
    """What cannot be written into a file is dropped; the rest is kept."""
    filled.choices[0].claim.value = "calm \ud800 hand"
    filled.save.click()
    assert plan_of(filled).themes[0].claim == "calm  hand"


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_typed_words_come_back_as_typed(text: str, filled: ThemeForm) -> None:
    """A claim reaches the file and the form again letter for letter."""
    filled.choices[0].claim.value = text
    filled.save.click()
    assert plan_of(filled).themes[0].claim == text
    assert filled.choices[0].claim.value == text


def test_lines_of_the_posting_are_text_in_the_form(make_search: Make) -> None:
    """A posting cannot put marks or mathematics into the form."""
    from conftest import POSTING

    line = "Lead <img src=x onerror=window.pwned=1> crews for $100k to $120k"
    form = ThemeForm(opened(make_search({"a": {"posting": POSTING.replace("Lead the crews", line)}})))
    words = [choice.words for choice in form.choices if "$100k" in choice.words.value]
    assert words
    assert "<img src=x onerror=window.pwned=1>" in said(words[0])
    assert all("mathjax_ignore" in choice.words.value for choice in form.choices)
    assert not any(BeautifulSoup(choice.words.value, "lxml")("img") for choice in form.choices)


# --- questions


@pytest.fixture
def asking(make_search: Make) -> QuestionForm:
    """The question form of an application with three themes and one story."""
    return QuestionForm(opened(make_search({"tidewrack": {"plan": PLAN}})))


def test_nothing_is_answered_before_something_is_asked(asking: QuestionForm) -> None:
    """The form is one empty line to type into."""
    assert asking.answer.layout.display == "none"
    assert asking.choice.options == ()


def test_a_typed_question_is_answered_at_once(asking: QuestionForm) -> None:
    """Story, theme, reason and a draft in three parts appear; none of these is the last choice."""
    asking.question.value = "How do you keep calm under pressure?"
    assert asking.answer.layout.display is None
    assert asking.choice.options == (
        "1. Kept 310 passengers safe through a storm (theme 1, strong)", "None of these",
    )  # fmt: skip
    assert "tagged staying calm under pressure" in said(asking.reason).lower()
    assert "A draft from your own words" in said(asking.reason)
    assert asking.parts["theme_first"].value == "I am somebody who brings calm to a broken timetable."


def test_none_of_these_hides_the_draft(asking: QuestionForm) -> None:
    """No story fits is an answer, too, with something to do."""
    asking.question.value = "How do you keep calm under pressure?"
    asking.choice.index = 1
    assert {box.layout.display for box in asking.parts.values()} == {"none"}
    assert asking.save.layout.display == "none"
    assert "finding a story" in said(asking.reason)


def test_a_theme_told_before_is_marked(asking: QuestionForm) -> None:
    """Ticking what was told already asks again; where no other theme can be told, that is said."""
    asking.question.value = "How do you keep calm under pressure?"
    asking.told[0].value = True
    assert asking.choice.options[0].endswith("(theme 1, strong, told already)")


def test_a_saved_bridge_is_in_the_plan_and_comes_back(asking: QuestionForm) -> None:
    """What was typed is kept under the question, other changes of the plan stay, and it is shown as saved."""
    path = asking._application.plan_path
    asking.question.value = "How do you keep calm under pressure?"
    update_plan(path, lambda plan: plan.with_rating("storm", "pier", 1))
    asking.parts["theme_first"].value = "  I steady people.  "
    asking.save.click()
    assert said(asking.status).startswith("Saved")
    kept = load_plan(path)
    assert [(bridge.question, bridge.theme_first) for bridge in kept.bridges] == [
        ("How do you keep calm under pressure?", "I steady people."),
    ]  # fmt: skip
    assert kept.ratings["storm"]["pier"] == 1
    asking.question.value = ""
    asking.question.value = "how do you keep CALM under pressure"
    assert asking.parts["theme_first"].value == "I steady people."
    assert "As you saved it." in said(asking.reason)


def test_a_bridge_that_cannot_be_saved_stays_on_the_screen(
    asking: QuestionForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too long, or somebody else at work: the reason is told and the text stays."""
    asking.question.value = "How do you keep calm under pressure?"
    asking.parts["in_one_breath"].value = "x" * 6_000
    asking.save.click()
    assert "at most 5,000 characters" in said(asking.status)
    asking.parts["in_one_breath"].value = "Short."

    def busy(*_: Any) -> None:
        raise BusyError("Somebody else is at work.")

    monkeypatch.setattr(forms, "update_plan", busy)
    asking.save.click()
    assert "Not saved" in said(asking.status)
    assert asking.parts["in_one_breath"].value == "Short."


def test_odd_questions_and_other_languages_get_a_word(asking: QuestionForm) -> None:
    """No story for a question about salary; an unread language is called so."""
    asking.question.value = "What salary do you expect?"
    assert "it needs no story" in said(asking.note)
    assert asking.answer.layout.display == "none"
    asking.question.value = "Was ist die größte Schwäche, die du bei dir siehst?"
    assert "looks like German" in said(asking.note)


def test_before_themes_are_chosen_no_bridge_is_saved(make_search: Make) -> None:
    """A bridge needs a theme of the plan; the draft can be read all the same."""
    form = QuestionForm(opened(make_search()))
    form.question.value = "How do you keep calm under pressure?"
    assert form.choice.options
    assert form.save.layout.display == "none"


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_any_text_can_be_asked(payload: str, asking: QuestionForm) -> None:
    """Whatever is typed is text: nothing of it becomes an element of the page."""
    asking.question.value = payload
    for widget in (asking.note, asking.reason, asking.status):
        assert not BeautifulSoup(widget.value, "lxml").find_all(["script", "img", "svg", "iframe", "a", "meta"])
