"""Changes of a plan: each is told, and a step taken back leaves the others alone."""

from __future__ import annotations

import pytest

from prepkit.changes import plan_changes, reverted
from prepkit.plan import Bridge, CultureNote, Plan, Theme

CALM = Theme(id="calm", category="challenge", claim="Brings calm")
PIER = Theme(id="pier", category="fit", claim="Begins on the pier")
BASE = Plan(themes=(CALM, PIER), ratings={"storm": {"calm": 2}})


def other(theme: Theme, **changes: object) -> Theme:
    return theme.model_copy(update=changes)


STEPS = [
    (BASE.with_themes((other(CALM, claim="Keeps calm"), PIER)), "The theme “Keeps calm” has another claim."),
    (BASE.with_themes((other(CALM, claim="x", twist="y"), PIER)), "The theme “x” has another claim and twist."),
    (BASE.with_themes((PIER, CALM)), "The themes are in another order."),
    (BASE.with_themes((CALM,)), "The theme “Begins on the pier” was removed."),
    (
        BASE.with_themes((CALM, PIER, Theme(id="new", category="fit", claim="New"))),
        "The theme “New” was added.",
    ),
    (BASE.with_rating("storm", "calm", 1), "The story storm is rated partial for calm (was strong)."),
    (BASE.with_rating("storm", "pier", 0), "The story storm is rated none for pier."),
    (BASE.with_rating("storm", "calm", None), "The story storm is left open again for calm (was strong)."),
    (BASE.with_bridge(Bridge(id="why", theme="calm", story="storm")), "The bridge “why” was added."),
    (BASE.model_copy(update={"interview": "2026-12-03"}), "The interview was set to 2026-12-03."),
    (
        BASE.model_copy(update={"culture_notes": (CultureNote(id="ines", who="employee"),)}),
        "The culture note “ines” was added.",
    ),
    (
        Plan.model_validate({**dict(BASE), "posting": {"level": "senior"}}),
        "The level of the posting was set to “senior”.",
    ),
]


@pytest.mark.parametrize(("after", "said"), STEPS, ids=[said[:40] for _, said in STEPS])
def test_each_change_is_a_sentence(after: Plan, said: str) -> None:
    """What was added, removed, reworded, ordered or rated is named; nothing else is."""
    assert plan_changes(BASE, after) == (said,)
    assert plan_changes(after, after) == ()


@pytest.mark.parametrize(("after", "said"), STEPS, ids=[said[:40] for _, said in STEPS])
def test_each_step_can_be_taken_back(after: Plan, said: str) -> None:
    """The plan is what it was before the step, and forward again is a step like any other."""
    assert reverted(after, BASE, after) == BASE, said
    assert reverted(BASE, after, BASE) == after


@pytest.mark.parametrize(("after", "said"), STEPS, ids=[said[:40] for _, said in STEPS])
def test_what_others_did_meanwhile_stays(after: Plan, said: str) -> None:
    """A note and a rating of somebody else survive when a step is taken back."""
    note = CultureNote(id="theirs", who="vendor", told="Theirs")
    now = after.with_rating("rota", "pier", 2)
    now = now.model_copy(update={"culture_notes": (*now.culture_notes, note)})
    back = reverted(now, BASE, after)
    assert note in back.culture_notes, said
    assert back.ratings["rota"] == {"pier": 2}
    assert back.themes == BASE.themes
    assert back.ratings["storm"] == {"calm": 2}


def test_a_theme_that_somebody_added_meanwhile_is_not_lost() -> None:
    """Taking a new order back keeps themes that came after it."""
    new = Theme(id="new", category="motivation", claim="New")
    after = BASE.with_themes((PIER, CALM))
    assert reverted(after.with_themes((PIER, CALM, new)), BASE, after).themes == (CALM, PIER, new)


def test_many_ratings_are_counted() -> None:
    """Thirty changed ratings are no page of sentences."""
    after = BASE
    for number in range(30):
        after = after.with_rating(f"s{number}", "calm", 1)
    said = plan_changes(BASE, after)
    assert len(said) == 6
    assert said[-1] == "25 more ratings changed."
