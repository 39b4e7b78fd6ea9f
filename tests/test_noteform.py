"""The form of culture notes without a browser: what is shown, what a click saves, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN
from test_session import begin

from prepkit.inquiry import whom_to_ask
from prepkit.noteform import NoteCard, NoteForm, free_note_id, with_citation, with_note, without_note
from prepkit.plan import CultureNote, Plan, Source, load_plan
from prepkit.search import Search
from prepkit.session import Session

Make = Callable[..., Search]

ELEMENTS = ["script", "img", "svg", "iframe", "a", "meta", "style", "form", "video", "object", "embed", "base"]
NOTES = [
    {"id": "ines", "who": "former employee", "when": "2026-10", "told": "A form came by memo.", "shows": "By memo."},
    {"id": "rafe", "who": "employee", "told": "He read out a letter."},
]


def said(widget: Any) -> str:
    """What a reader of the widget reads."""
    return " ".join(BeautifulSoup(widget.value, "lxml").get_text(" ").split())


def on_disk(form: NoteForm) -> Plan:
    return load_plan(form._session.application.plan_path)


def notes(form: NoteForm) -> dict[str, CultureNote]:
    return {note.id: note for note in on_disk(form).culture_notes}


def cited(form: NoteForm, theme: str = "pier") -> tuple[str, ...]:
    found = on_disk(form).theme(theme)
    assert found is not None
    return found.evidence


@pytest.fixture
def session(make_search: Make) -> Session:
    """A session on a plan of three themes, one of fit, and two notes."""
    return begin(make_search({"tidewrack": {"plan": PLAN | {"culture_notes": NOTES}}}))


@pytest.fixture
def form(session: Session) -> NoteForm:
    """The form on these notes."""
    return NoteForm(session)


def shown(card: NoteCard) -> bool:
    """Whether the boxes of a card can be seen."""
    return {box.layout.display for box in card.boxes.all} == {None}


def test_each_note_is_a_card(form: NoteForm) -> None:
    """Who, when, what was told and what it shows, and which themes cite it; what is missing is said."""
    assert list(form.cards) == ["ines", "rafe"]
    assert said(form.cards["ines"].text) == (
        "former employee · 2026-10 ines A form came by memo. Shows: By memo. No theme cites it yet."
    )
    assert "what it shows is still missing" in said(form.cards["rafe"].text)
    assert not any(shown(card) for card in form.cards.values())


def test_every_control_has_a_label(form: NoteForm) -> None:
    """In the cards and below them, in the order in which people tell it."""
    assert [box.description for box in (*form.boxes.all, form.name, form.add)] == [
        "Who", "When", "Told", "Shows", "Short name", "Add note",
    ]  # fmt: skip
    card = form.cards["ines"]
    assert [box.description for box in (*card.boxes.all, card.save, card.cancel, card.edit, card.remove)] == [
        "Who", "When", "Told", "Shows", "Save note", "Discard changes", "Edit", "Remove",
    ]  # fmt: skip


def test_a_plan_without_notes_says_so(make_search: Make) -> None:
    """And whom to ask, with questions to ask them."""
    form = NoteForm(begin(make_search()))
    assert "Nobody who knows them has told anything yet." in said(form._list.children[0])
    assert not on_disk(form).culture_notes
    assert form.next.value.count("<li>") == 3
    assert "Tidewrack Ferries" in said(form.next)


def test_whom_to_ask_next_follows_the_notes(form: NoteForm) -> None:
    """Each kind of source goes from the list when it has told something."""
    assert [sentence in said(form.next) for sentence in whom_to_ask(on_disk(form))] == [True]
    form.boxes.who.value = Source.VENDOR
    form.boxes.told.value = "The laundry lead drew a better order for his round."
    form.add.click()
    assert "have each told something" in said(form.next)


def test_a_note_is_added_at_once(form: NoteForm) -> None:
    """It gets an id, a card and a place behind the others; the boxes are free for the next."""
    form.boxes.who.value, form.boxes.when.value = Source.VENDOR, " 2026-11 "
    form.boxes.told.value, form.boxes.shows.value = "Told", "Shows"
    form.add.click()
    assert notes(form)["vendor-1"] == CultureNote(
        id="vendor-1", who=Source.VENDOR, when="2026-11", told="Told", shows="Shows"
    )
    assert list(form.cards) == ["ines", "rafe", "vendor-1"]
    assert form._list.children[-1] is form.cards["vendor-1"]
    assert {form.boxes.when.value, form.boxes.told.value, form.boxes.shows.value, form.name.value} == {""}
    assert said(form.status).startswith("Saved ")


def test_a_short_name_becomes_the_id(form: NoteForm) -> None:
    """One that is taken gets a number."""
    for _ in range(2):
        form.boxes.told.value, form.name.value = "Told", " Inés "
        form.add.click()
    assert list(notes(form)) == ["ines", "rafe", "ines-2", "ines-3"]


def test_an_id_is_never_a_line_of_the_posting_nor_used_before() -> None:
    """A theme that cites 12 means the line, and one that cites a note that is gone does not mean the next."""
    plan = Plan.model_validate(
        {"themes": [{"id": "t", "category": "fit", "evidence": ["vendor-1", "12"]}], "culture_notes": NOTES}
    )
    assert free_note_id(plan, Source.VENDOR, "", lambda ref: False) == "vendor-2"
    assert free_note_id(plan, Source.VENDOR, "7a", lambda ref: ref == "7a") == "7a-2"
    assert free_note_id(plan, Source.FORMER_EMPLOYEE, "?", lambda ref: False) == "former-employee-1"


def test_an_empty_note_is_not_added(form: NoteForm) -> None:
    """With a word on what is needed."""
    before = on_disk(form)
    form.boxes.when.value = "2026"
    form.add.click()
    assert said(form.status) == "Write down first what was told."
    assert on_disk(form) == before
    assert form.boxes.when.value == "2026"


def test_a_note_is_changed_in_its_card(form: NoteForm) -> None:
    """The id stays, the boxes close, and the text shows what was saved."""
    card = form.cards["ines"]
    card.edit.click()
    assert shown(card)
    assert card.boxes.told.value == "A form came by memo."
    card.boxes.told.value, card.boxes.who.value = "Two forms came by memo.", Source.VENDOR
    card.save.click()
    assert (notes(form)["ines"].told, notes(form)["ines"].who) == ("Two forms came by memo.", Source.VENDOR)
    assert not shown(card)
    assert "Two forms came by memo." in said(card.text)
    assert form.cards["ines"] is card


def test_changes_can_be_discarded(form: NoteForm) -> None:
    """Nothing is saved, and the next edit begins with what the plan says."""
    card = form.cards["ines"]
    card.edit.click()
    card.boxes.told.value = "Typed"
    card.cancel.click()
    card.edit.click()
    assert card.boxes.told.value == notes(form)["ines"].told == "A form came by memo."


def test_a_removed_note_is_cited_by_nobody_and_can_come_back(form: NoteForm, session: Session) -> None:
    """One step takes both back."""
    form.cards["ines"].cites["pier"].value = True
    form.cards["ines"].remove.click()
    assert list(notes(form)) == list(form.cards) == ["rafe"]
    assert cited(form) == ("16",)
    session.undo()
    assert list(notes(form)) == list(form.cards) == ["ines", "rafe"]
    assert cited(form) == ("16", "ines")
    assert form.cards["ines"].cites["pier"].value is True


def test_a_tick_cites_the_note_as_evidence(form: NoteForm) -> None:
    """Behind what the theme cites already; another click takes it out."""
    box = form.cards["ines"].cites["pier"]
    assert list(form.cards["ines"].cites) == ["pier"]
    assert box.description == "Evidence for theme 3: Begins the day on the pier"
    box.value = True
    assert cited(form) == ("16", "ines")
    assert "Cited by theme 3." in said(form.cards["ines"].text)
    box.value = False
    assert cited(form) == ("16",)
    assert "No theme cites it yet." in said(form.cards["ines"].text)


def test_a_tick_that_could_not_be_saved_is_taken_back(form: NoteForm, session: Session) -> None:
    """The box says what the plan says, and the reason is told."""
    session.application.plan_path.write_text("themes: 3\n", encoding="utf-8")
    box = form.cards["ines"].cites["pier"]
    box.value = True
    assert box.value is False
    assert said(form.status).startswith("Not saved")


def test_without_a_theme_of_fit_there_is_nothing_to_tick(make_search: Make) -> None:
    """That is said, and a box comes with the theme."""
    plan = PLAN | {"culture_notes": NOTES, "themes": PLAN["themes"][:2]}  # type: ignore[index]
    session = begin(make_search({"tidewrack": {"plan": plan}}))
    form = NoteForm(session)
    card = form.cards["ines"]
    assert "No theme of fit is chosen yet" in said(card._cites.children[0])
    session.change(lambda now: now.with_themes(Plan.model_validate(PLAN).themes))
    assert list(card.cites) == ["pier"]


def test_what_other_forms_do_leaves_what_is_typed(form: NoteForm, session: Session) -> None:
    """In an open card and in the new note alike; cards keep their places and are not made again."""
    other, card = NoteForm(session), form.cards["ines"]
    card.edit.click()
    card.boxes.told.value, form.boxes.told.value = "Mine", "New"
    children = form._list.children
    other.cards["rafe"].edit.click()
    other.cards["rafe"].boxes.shows.value = "Openness"
    other.cards["rafe"].save.click()
    session.change(lambda plan: plan.with_rating("storm", "pier", 2))
    assert (card.boxes.told.value, form.boxes.told.value) == ("Mine", "New")
    assert shown(card)
    assert form._list.children == children
    assert "Openness" in said(form.cards["rafe"].text)
    card.save.click()
    assert (notes(form)["ines"].told, notes(form)["rafe"].shows) == ("Mine", "Openness")


def test_two_who_change_one_note_lose_nothing_unseen(form: NoteForm, session: Session) -> None:
    """Other fields are merged; the same field is told before it is written over."""
    other, card = NoteForm(session).cards["ines"], form.cards["ines"]
    card.edit.click()
    other.edit.click()
    card.boxes.told.value = "Mine"
    other.boxes.told.value, other.boxes.shows.value = "Theirs <b>", "Theirs too"
    other.save.click()
    assert "It now says told: “Theirs <b>”" in said(card.hint)
    assert (card.boxes.told.value, card.boxes.shows.value) == ("Mine", "Theirs too")
    card.save.click()
    assert (notes(form)["ines"].told, notes(form)["ines"].shows) == ("Mine", "Theirs too")


def test_a_note_removed_elsewhere_stays_while_somebody_writes_on_it(form: NoteForm, session: Session) -> None:
    """Saving puts it back under its id; discarding lets it go."""
    for name, click in (("ines", "save"), ("rafe", "cancel")):
        card = form.cards[name]
        card.edit.click()
        card.boxes.shows.value = "Mine"
        session.change(lambda plan, gone=name: without_note(plan, gone))
        assert form.cards[name] is card
        assert "removed this note" in said(card.hint)
        getattr(card, click).click()
    assert list(notes(form)) == list(form.cards) == ["ines"]
    assert (notes(form)["ines"].told, notes(form)["ines"].shows) == ("A form came by memo.", "Mine")


def test_a_save_that_fails_loses_nothing(form: NoteForm, session: Session) -> None:
    """A damaged plan, a text without end: the reason is told, the words stay."""
    card = form.cards["ines"]
    card.edit.click()
    card.boxes.told.value = "x" * 5001
    card.save.click()
    assert "Not saved" in said(card.hint)
    assert card.boxes.told.value == "x" * 5001
    content = session.application.plan_path.read_bytes()
    session.application.plan_path.write_text("themes: 3\n", encoding="utf-8")
    form.boxes.told.value, card.boxes.told.value = "New", "Short"
    form.add.click()
    card.save.click()
    assert (form.boxes.told.value, card.boxes.told.value) == ("New", "Short")
    assert said(form.status).startswith("Not saved")
    session.application.plan_path.write_bytes(content)
    card.save.click()
    form.add.click()
    assert notes(form)["ines"].told == "Short"
    assert notes(form)["employee-1"].told == "New"


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_any_text_is_text(payload: str, form: NoteForm, session: Session) -> None:
    """It is saved letter for letter, and nothing of it becomes an element of the page."""
    other = NoteForm(session)
    for box in (form.boxes.when, form.boxes.told, form.boxes.shows, form.name):
        box.value = payload
    form.add.click()
    added = list(notes(form).values())[-1]
    assert (added.when, added.told, added.shows) == (payload, payload, payload)
    card, theirs = form.cards["ines"], other.cards["ines"]
    card.edit.click()
    theirs.edit.click()
    card.boxes.told.value, theirs.boxes.told.value = "Mine", payload
    theirs.save.click()
    widgets = [form.next, form.status, *(w for one in (*form.cards.values(), card) for w in (one.text, one.hint))]
    for widget in widgets:
        assert not BeautifulSoup(widget.value, "lxml").find_all(ELEMENTS)
        assert "mathjax_ignore" in widget.value or not widget.value


def test_changes_of_a_plan_leave_the_rest_alone() -> None:
    """A note in the place of one with its id, a citation once only, a theme that is not there."""
    plan = Plan.model_validate(PLAN | {"culture_notes": NOTES})
    changed = with_note(plan, CultureNote(id="ines", who=Source.OTHER))
    assert [note.id for note in changed.culture_notes] == ["ines", "rafe"]
    once = with_citation(plan, "pier", "ines", True)
    assert with_citation(once, "pier", "ines", True) == once
    assert with_citation(plan, "gone", "ines", True) == plan
    assert without_note(once, "ines") == plan.model_copy(update={"culture_notes": plan.culture_notes[1:]})
