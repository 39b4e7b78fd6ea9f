"""The theme form without a browser: what each click and each word saves, what it leaves alone, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN

from prepkit.controls import Later
from prepkit.plan import MAX_THEMES, Category, Plan, Theme, load_plan, update_plan
from prepkit.search import Search
from prepkit.session import Session
from prepkit.themeform import ThemeCard, ThemeForm, moved

Make = Callable[..., Search]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save without waiting for the typing to end, whatever else runs in this process."""
    monkeypatch.setattr(Later, "ask", Later.now)


def said(widget: Any) -> str:
    """What a reader of the widget reads."""
    return " ".join(BeautifulSoup(widget.value, "lxml").get_text(" ").split())


def begin(search: Search) -> ThemeForm:
    return ThemeForm(Session(*search.parameters(search.names[0], search.path).values()))


def plan_of(form: ThemeForm) -> Plan:
    return load_plan(form._session.application.plan_path)


@pytest.fixture
def blank(make_search: Make) -> ThemeForm:
    """The form of an application without a plan."""
    return begin(make_search())


@pytest.fixture
def filled(make_search: Make) -> ThemeForm:
    """The form of an application with three themes: calm, islands, pier."""
    return begin(make_search({"tidewrack": {"plan": PLAN}}))


def test_nothing_is_chosen_before_somebody_chooses(blank: ThemeForm) -> None:
    """Suggestions are offered by category, none is taken, and the marks say what is missing."""
    assert blank.cards == {}
    assert blank.takes
    assert "0 themes chosen; a plan has 3 or 4." in said(blank.count)
    for category in Category:
        assert f"{category.value}: none yet" in said(blank.count)


def test_a_suggestion_is_taken_with_its_evidence_and_without_a_claim(blank: ThemeForm) -> None:
    """It is in the plan at once, its card opens, and it is not offered again."""
    name, take = next(iter(blank.takes.items()))
    take.click()
    (theme,) = plan_of(blank).themes
    assert theme.evidence
    assert theme.claim == ""
    assert list(blank.cards) == [theme.id]
    assert name not in blank.takes
    assert plan_of(blank).posting_fingerprint == blank._session.application.posting.fingerprint
    assert "not worded yet" in said(blank.cards[theme.id].head)


def test_words_are_saved_as_they_are_typed(filled: ThemeForm) -> None:
    """Claim, twist and evidence, each on its own; the rest of the plan stays."""
    card = filled.cards["calm"]
    card.boxes["claim"].value = "  Keeps the crews calm  "
    card.boxes["twist"].value = "I was born on the boat."
    card.boxes["evidence"].value = "4, 8"
    theme = plan_of(filled).theme("calm")
    assert theme == Theme(
        id="calm", category="challenge", claim="Keeps the crews calm", twist="I was born on the boat.",
        evidence=("4", "8"),
    )  # fmt: skip
    assert plan_of(filled).ratings == PLAN["ratings"]
    assert card.boxes["claim"].value == "  Keeps the crews calm  "  # the cursor stays where somebody types


def test_wording_is_told_while_typing(filled: ThemeForm) -> None:
    """A claim that serves the speaker says so, and a better one takes the finding away."""
    card = filled.cards["calm"]
    card.boxes["claim"].value = "Is looking for a chance to grow"
    assert "serves you" in said(card.wording)
    card.boxes["claim"].value = "Halved missed connections at the pier"
    assert said(card.wording) == ""


def test_evidence_is_shown_in_words(filled: ThemeForm) -> None:
    """The line of the posting stands under its number; one that is not there is named."""
    card = filled.cards["islands"]
    assert "nobody on the islands is cut off" in said(card.lines)
    card.boxes["evidence"].value = "999"
    assert "Nothing is known as “999”." in said(card.lines)


@pytest.mark.parametrize("wrong", ["not a reference!", "x" * 100])
def test_evidence_that_is_none_is_not_saved(wrong: str, filled: ThemeForm) -> None:
    """The reason is told, what was typed stays, and the plan is as it was."""
    before = plan_of(filled)
    filled.cards["calm"].boxes["evidence"].value = wrong
    assert filled._session.status.startswith("Not saved")
    assert plan_of(filled) == before
    assert filled.cards["calm"].boxes["evidence"].value == wrong


def test_themes_are_put_in_order_and_dropped(filled: ThemeForm) -> None:
    """Up, down and drop; the ends of the list have no further place; ratings of a dropped theme stay."""
    filled.cards["islands"].up.click()
    assert [theme.id for theme in plan_of(filled).themes] == ["islands", "calm", "pier"]
    assert filled.cards["islands"].up.disabled
    assert filled.cards["pier"].down.disabled
    assert [card.theme.id for card in filled._chosen.children] == ["islands", "calm", "pier"]
    filled.cards["calm"].drop.click()
    assert [theme.id for theme in plan_of(filled).themes] == ["islands", "pier"]
    assert plan_of(filled).ratings == PLAN["ratings"]
    filled._session.undo()
    assert [card.theme.id for card in filled._chosen.children] == ["islands", "calm", "pier"]


def test_a_theme_of_ones_own(blank: ThemeForm) -> None:
    """In one's own words, under a free id; nothing written is nothing added."""
    blank.add.click()
    assert "Write it first" in said(blank.refusal)
    blank.own.value, blank.category.value = "Begins the day on the pier", Category.FIT
    blank.add.click()
    blank.own.value = "Begins the day on the pier"
    blank.add.click()
    assert [(theme.id, theme.category) for theme in plan_of(blank).themes] == [
        ("begins-the-day-on-the-pier", Category.FIT), ("begins-the-day-on-the-pier-2", Category.FIT),
    ]  # fmt: skip
    assert blank.own.value == ""


def test_a_full_plan_takes_no_more(make_search: Make) -> None:
    """The reason is told, and the words stay."""
    themes = [{"id": f"t{n}", "category": "fit", "claim": f"Claim {n}"} for n in range(MAX_THEMES)]
    form = begin(make_search({"a": {"plan": {"format": 1, "themes": themes}}}))
    form.own.value = "One more"
    form.add.click()
    assert f"at most {MAX_THEMES} themes" in said(form.refusal)
    assert form.own.value == "One more"


def test_what_another_session_writes_is_shown_unless_somebody_types_here(filled: ThemeForm) -> None:
    """An untouched box follows, one with unsaved words keeps them."""
    calm, pier = filled.cards["calm"], filled.cards["pier"]
    calm._save.ask = lambda: None  # type: ignore[method-assign]  # as while somebody is still typing
    calm.boxes["claim"].value = "Mine, not saved yet"

    def elsewhere(plan: Plan) -> Plan:
        return plan.with_themes(tuple(t.model_copy(update={"claim": f"{t.id} elsewhere"}) for t in plan.themes))

    update_plan(filled._session.application.plan_path, elsewhere)
    filled._session.refresh()
    assert calm.boxes["claim"].value == "Mine, not saved yet"
    assert pier.boxes["claim"].value == "pier elsewhere"
    calm.save()
    assert plan_of(filled).theme("calm").claim == "Mine, not saved yet"  # type: ignore[union-attr]
    assert plan_of(filled).theme("pier").claim == "pier elsewhere"  # type: ignore[union-attr]


def test_cards_are_kept_when_nothing_of_them_changes(filled: ThemeForm) -> None:
    """A card that is made anew would take the cursor out of its box."""
    before: list[ThemeCard] = list(filled._chosen.children)
    filled._session.change(lambda plan: plan.with_rating("storm", "pier", 1))
    assert all(new is old for new, old in zip(filled._chosen.children, before, strict=True))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_any_text_stays_text(payload: str, make_search: Make) -> None:
    """In claims, twists and evidence nothing becomes an element of the page."""
    theme = {"id": "t", "category": "fit", "claim": payload, "twist": payload, "evidence": ["4"]}
    form = begin(
        make_search({"a": {"plan": {"format": 1, "themes": [theme]}, "posting": f"Lead\n\nDuties\n- {payload}\n"}})
    )
    for widget in (form.count, form.cards["t"].head, form.cards["t"].lines, form.cards["t"].wording):
        assert not BeautifulSoup(widget.value, "lxml").find_all(
            ["script", "img", "svg", "iframe", "a", "meta", "style"]
        )
    assert payload.split()[0][:8] in form.cards["t"].boxes["claim"].value


@pytest.mark.parametrize(("step", "order"), [(-1, "bac"), (1, "acb"), (-2, "abc"), (5, "abc")])
def test_a_theme_moves_as_far_as_there_is_a_place(step: int, order: str) -> None:
    """Beyond the ends nothing moves."""
    themes = [Theme(id=name, category="fit") for name in "abc"]
    assert "".join(theme.id for theme in moved(themes, "b", step)) == order
    assert moved(themes, "gone", step) == tuple(themes)
