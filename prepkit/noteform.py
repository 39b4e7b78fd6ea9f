"""Culture notes: what people who know the employer told, and the fit themes that rest on it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count

import ipywidgets

from prepkit.controls import name_box, page, primary_button, safe, text_box, tidy
from prepkit.inquiry import inquiry_note, insider_questions, whom_to_ask
from prepkit.page import clean
from prepkit.plan import Category, CultureNote, Plan, Source, Theme
from prepkit.session import Session
from prepkit.text import slug

__all__ = ["NoteCard", "NoteForm", "free_note_id", "with_citation", "with_note", "without_note"]

_TEXTS = ("when", "told", "shows")


class _Boxes:
    """The boxes for one note, in the order in which people tell it."""

    def __init__(self, note: CultureNote | None = None) -> None:
        self.who = ipywidgets.Dropdown(
            options=[(source.value.capitalize(), source) for source in Source], description="Who", **_look()
        )
        self.when = ipywidgets.Text(description="When", placeholder="2026-10", **_look())
        self.told = text_box("", "Told", "A recent project or meeting, as it was told", rows=4)
        self.shows = text_box("", "Shows", "What it shows of how they work")
        self.all = (self.who, self.when, self.told, self.shows)
        self.fill(note)

    def fill(self, note: CultureNote | None) -> None:
        """Show a note, or nothing."""
        self.who.value = note.who if note else Source.EMPLOYEE
        for name in _TEXTS:
            getattr(self, name).value = getattr(note, name) if note else ""

    @property
    def values(self) -> dict[str, str]:
        """What the boxes say, by field of a note."""
        return {"who": self.who.value, **{name: tidy(getattr(self, name).value) for name in _TEXTS}}


class NoteCard(ipywidgets.VBox):  # type: ignore[misc]
    """One culture note to read, to change, to cite and to remove.

    `note` is what was last read from the plan; while `editing`, the boxes may say more. `closed` is called when a card
    that was being changed is no longer.
    """

    def __init__(self, session: Session, note: CultureNote, closed: Callable[[], object]) -> None:
        self._session, self.note, self._closed = session, note, closed
        self.editing = self.gone = self._busy = False
        self.text, self.hint = ipywidgets.HTML(), ipywidgets.HTML()
        self.boxes = _Boxes(note)
        self.save, self.cancel = primary_button("Save note"), _button("Discard changes", "times")
        self.edit, self.remove = _button("Edit", "pencil"), _button("Remove", "trash")
        self.cites: dict[str, ipywidgets.Checkbox] = {}
        self._cites = ipywidgets.VBox()
        self.edit.on_click(lambda _: self._turn(True))
        self.cancel.on_click(lambda _: self._discard())
        self.save.on_click(lambda _: self._save())
        self.remove.on_click(lambda _: self._session.change(lambda plan: without_note(plan, self.note.id)))
        super().__init__(
            [self.text, self.hint, *self.boxes.all, ipywidgets.HBox([self.save, self.cancel]), self._cites,
             ipywidgets.HBox([self.edit, self.remove])],
            layout=ipywidgets.Layout(margin="0 0 20px 0"),
        )  # fmt: skip
        self.read(note)

    @property
    def edits(self) -> dict[str, str]:
        """What was typed here since the plan was read, by field."""
        if not self.editing:
            return {}
        return {name: value for name, value in self.boxes.values.items() if value != getattr(self.note, name)}

    def read(self, note: CultureNote | None) -> None:
        """Show what the plan says now, but for what somebody is typing here; None when the note is gone."""
        self.gone = note is None
        if note is not None:
            edits = self.edits
            for name in ("who", *_TEXTS):
                if name not in edits:
                    getattr(self.boxes, name).value = getattr(note, name)
            both = [name for name in edits if getattr(note, name) not in (getattr(self.note, name), edits[name])]
            if both:
                says = "; ".join(f"{name}: “{safe(getattr(note, name))}”" for name in both)
                self.hint.value = page(
                    f"<strong>Somebody else has changed this note meanwhile.</strong> It now says {says}."
                    " Saving puts yours in its place."
                )
            self.note = note
        elif self.editing:
            self.hint.value = page("<strong>Somebody else has removed this note.</strong> Saving puts it back.")
        self._show()

    def _show(self) -> None:
        plan, note = self._session.application.plan, self.note
        numbers = {theme.id: number for number, theme in enumerate(plan.themes, 1)}
        citing = [numbers[theme.id] for theme in plan.themes if note.id in theme.evidence]
        cited = f"Cited by theme {' and '.join(map(str, citing))}." if citing else "No theme cites it yet."
        when = f" · {safe(note.when)}" if note.when else ""
        self.text.value = page(
            f'<p><span class="tag">{safe(note.who.value)}</span>{when}'
            f' <span class="ref">{safe(note.id)}</span></p>'
            f"<p>{safe(note.told) or '<em>What was told is still missing.</em>'}</p>"
            f"<p><strong>Shows:</strong> {safe(note.shows) or '<em>what it shows is still missing</em>'}</p>"
            f'<p class="muted small">{cited}</p>'
        )
        self._show_cites(plan, numbers)
        self._turn(self.editing)

    def _show_cites(self, plan: Plan, numbers: dict[str, int]) -> None:
        fitting = [theme for theme in plan.themes if theme.category is Category.FIT]
        if list(self.cites) != [theme.id for theme in fitting] or not self._cites.children:
            self.cites = {theme.id: self._cite_box(theme.id) for theme in fitting}
            none = ipywidgets.HTML(page('<span class="muted small">No theme of fit is chosen yet to cite it.</span>'))
            self._cites.children = tuple(self.cites.values()) or (none,)
        names = self._session.application.theme_names
        self._busy = True
        for theme in fitting:
            box = self.cites[theme.id]
            name_box(box, f"Evidence for theme {numbers[theme.id]}: {clean(names[theme.id])}")
            box.value = self.note.id in theme.evidence
            box.disabled = self.gone
        self._busy = False

    def _cite_box(self, theme: str) -> ipywidgets.Checkbox:
        box = ipywidgets.Checkbox(indent=False, layout=ipywidgets.Layout(width="auto"))
        box.observe(lambda change: self._cite(theme, change["new"]), names="value")
        return box

    def _cite(self, theme: str, cited: bool) -> None:
        if not self._busy and not self._session.change(lambda plan: with_citation(plan, theme, self.note.id, cited)):
            self._show()  # the box says what the plan says

    def _turn(self, on: bool) -> None:
        """Show the boxes to change the note, or its text alone."""
        self.editing = on
        shown = {True: None, False: "none"}
        for widget in (*self.boxes.all, self.hint, self.save, self.cancel):
            widget.layout.display = shown[on]
        for widget in (self.edit, self.remove):
            widget.layout.display = shown[not on]

    def _discard(self) -> None:
        self.boxes.fill(self.note)
        self.hint.value = ""
        self._turn(False)
        self._closed()

    def _save(self) -> None:
        edits = self.edits
        whole = self.note.model_dump() | self.boxes.values

        def changed(plan: Plan) -> Plan:
            there = next((note for note in plan.culture_notes if note.id == self.note.id), None)
            return with_note(plan, CultureNote.model_validate(there.model_dump() | edits if there else whole))

        if self._session.change(changed):
            self._discard()
        else:
            self.hint.value = page(f"<strong>{safe(self._session.status)}</strong>")


class NoteForm(ipywidgets.VBox):  # type: ignore[misc]
    """The culture notes of the plan as cards, a place for a new one, and whom to ask next with what."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.cards: dict[str, NoteCard] = {}
        self._list = ipywidgets.VBox()
        self._none = ipywidgets.HTML(page("<em>Nobody who knows them has told anything yet.</em>"))
        self.boxes = _Boxes()
        self.name = ipywidgets.Text(
            description="Short name", placeholder="May be left empty; themes cite the note by it", **_look()
        )
        self.add, self.status, self.next = primary_button("Add note", "plus"), ipywidgets.HTML(), ipywidgets.HTML()
        self.add.on_click(lambda _: self._add())
        session.listen(lambda _: self._refresh())
        self._refresh()
        heading = ipywidgets.HTML(page('<h3 class="group">A new note</h3>'))
        super().__init__([
            self._list, heading, *self.boxes.all, self.name, ipywidgets.HBox([self.add, self.status]), self.next,
        ])  # fmt: skip

    def _refresh(self) -> None:
        app = self._session.application
        notes = {note.id: note for note in app.plan.culture_notes}
        for name in [name for name in self.cards if name not in notes]:
            self.cards[name].read(None)
            if not self.cards[name].edits:
                del self.cards[name]
        for name, note in notes.items():
            if name in self.cards:
                self.cards[name].read(note)
            else:
                self.cards[name] = NoteCard(self._session, note, self._refresh)
        order = [*notes, *(name for name in self.cards if name not in notes)]
        self.cards = {name: self.cards[name] for name in order}
        children = tuple(self.cards.values()) or (self._none,)
        if self._list.children != children:  # setting them again would take the cursor out of a box
            self._list.children = children
        self.status.value = page(safe(self._session.status))
        self._show_next()

    def _show_next(self) -> None:
        app = self._session.application
        whom = whom_to_ask(app.plan) or ("An employee, a former employee and a vendor have each told something.",)
        said = "".join(f"<p>{safe(sentence)}</p>" for sentence in whom)
        asked = "".join(f"<li>{safe(question)}</li>" for question in insider_questions(app.posting, app.plan))
        note = f'<p class="muted small">{safe(inquiry_note(app.posting))}</p>' if inquiry_note(app.posting) else ""
        self.next.value = page(
            f'<h3 class="group">Whom to ask next</h3>{said}<p>Questions that ask for stories:</p><ol>{asked}</ol>{note}'
        )

    def _add(self) -> None:
        values, name, posting = self.boxes.values, tidy(self.name.value), self._session.application.posting
        if not values["told"] and not values["shows"]:
            self.status.value = page("Write down first what was told.")
            return

        def added(plan: Plan) -> Plan:
            free = free_note_id(plan, Source(values["who"]), name, lambda ref: posting.line(ref) is not None)
            return with_note(plan, CultureNote.model_validate({"id": free, **values}))

        if self._session.change(added):
            self.boxes.fill(None)
            self.name.value = ""


def free_note_id(plan: Plan, who: Source, name: str, is_line: Callable[[str], bool]) -> str:
    """Return an id for a new note: its short name, or who told it and a number.

    Args:
        plan: Ids of its notes, and what its themes cite, are not taken again.
        who: Who told it.
        name: The short name in any form; may be empty.
        is_line: Tells whether a reference means a line of the posting.
    """
    taken = {note.id for note in plan.culture_notes} | {ref for theme in plan.themes for ref in theme.evidence}
    wanted, start = slug(name), slug(name) or slug(who.value)
    names = chain([wanted] if wanted else [], (f"{start}-{number}" for number in count(2 if wanted else 1)))
    return next(free for free in names if free not in taken and not is_line(free))


def with_note(plan: Plan, note: CultureNote) -> Plan:
    """Return the plan with a note added, or put in the place of the one with its id."""
    known = {kept.id: kept for kept in plan.culture_notes} | {note.id: note}
    return Plan.model_validate({**dict(plan), "culture_notes": tuple(known.values())})


def without_note(plan: Plan, name: str) -> Plan:
    """Return the plan without a note; no theme cites it any more."""
    for theme in plan.themes:
        plan = with_citation(plan, theme.id, name, False)
    notes = tuple(note for note in plan.culture_notes if note.id != name)
    return Plan.model_validate({**dict(plan), "culture_notes": notes})


def with_citation(plan: Plan, theme: str, note: str, cited: bool) -> Plan:
    """Return the plan with a theme that cites a note as evidence, behind what it cites already, or no longer does."""

    def changed(one: Theme) -> Theme:
        if one.id != theme or (note in one.evidence) == cited:
            return one
        rest = tuple(ref for ref in one.evidence if ref != note)
        return one.model_copy(update={"evidence": (*rest, note) if cited else rest})

    return plan.with_themes(tuple(changed(one) for one in plan.themes))


def _look() -> dict[str, object]:
    return {"layout": ipywidgets.Layout(width="auto"), "style": {"description_width": "8em"}}


def _button(label: str, icon: str) -> ipywidgets.Button:
    return ipywidgets.Button(description=label, icon=icon, layout=ipywidgets.Layout(width="auto"))
