"""Choose themes, word them, order them: the form for the first step of the method."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets

from prepkit.controls import Later, page, primary_button, safe, text_box, tidy
from prepkit.page import render
from prepkit.plan import MAX_THEMES, Category, Plan, Theme
from prepkit.readiness import FEWEST, MOST
from prepkit.session import Session
from prepkit.text import slug

__all__ = ["QUIET", "ThemeCard", "ThemeForm", "moved"]

QUIET = 0.8
"""Seconds without a key after which what was typed is saved."""


class ThemeCard(ipywidgets.VBox):  # type: ignore[misc]
    """One theme of the plan: claim, twist and evidence to write, what their wording does, and its place.

    `theme` is what was last read from the plan; the boxes may say more.
    """

    def __init__(self, session: Session, theme: Theme) -> None:
        self._session, self.theme = session, theme
        self.head, self.lines, self.wording = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        self.boxes = {
            "claim": text_box(theme.claim, "Claim", "What should the interviewer say about you?"),
            "twist": text_box(theme.twist, "Your twist", "What only you can tell of it"),
            "evidence": text_box(
                ", ".join(theme.evidence), "Evidence", "Lines such as 12 or 7a; culture notes", rows=1
            ),
        }
        self.up, self.down, self.drop = (_small(label) for label in ("Move up", "Move down", "Drop"))
        self.up.on_click(lambda _: self._move(-1))
        self.down.on_click(lambda _: self._move(1))
        self.drop.on_click(lambda _: self._drop())
        self._save = Later(self.save, QUIET)
        for box in self.boxes.values():
            box.observe(lambda _: self._typed(), names="value")
        buttons = ipywidgets.HBox([self.up, self.down, self.drop])
        super().__init__(
            [self.head, self.boxes["claim"], self.boxes["twist"], self.wording, self.boxes["evidence"], self.lines,
             buttons],
            layout=ipywidgets.Layout(margin="0 0 20px 0"),
        )  # fmt: skip

    @property
    def edits(self) -> dict[str, str]:
        """What was typed here since the plan was read, by field."""
        typed = {name: tidy(box.value) for name, box in self.boxes.items()}
        return {name: text for name, text in typed.items() if text != _said(self.theme, name)}

    def read(self, theme: Theme, number: int) -> None:
        """Show what the plan says now, but for what somebody is typing here."""
        for name, box in self.boxes.items():
            old, new = _said(self.theme, name), _said(theme, name)
            if old != new and tidy(box.value) == old:
                box.value = new
        self.theme = theme
        app = self._session.application
        tag = f'<span class="tag">{number}. {theme.category.value}</span>'
        self.head.value = page(f"{tag} {safe(theme.claim) or '<span class=blank>not worded yet</span>'}")
        self.lines.value = render("evidence.html.j2", app=app, theme=theme)
        count = len(app.plan.themes)
        self.up.disabled, self.down.disabled = number == 1, number == count
        self._check()

    def save(self) -> None:
        """Save what was typed."""
        edits = self.edits
        if edits:
            self._change(lambda theme: Theme.model_validate(theme.model_dump() | edits))

    def _typed(self) -> None:
        self._check()
        if self.edits:
            self._save.ask()

    def _check(self) -> None:
        app = self._session.application
        texts = [tidy(self.boxes[name].value) for name in ("claim", "twist")]
        self.wording.value = render("wording.html.j2", found=[app.wording(text) for text in texts])

    def _change(self, how: Callable[[Theme], Theme]) -> None:
        fingerprint = self._session.application.posting.fingerprint

        def changed(plan: Plan) -> Plan:
            themes = tuple(how(theme) if theme.id == self.theme.id else theme for theme in plan.themes)
            return plan.with_themes(themes).model_copy(update={"posting_fingerprint": fingerprint})

        self._session.change(changed)

    def _move(self, step: int) -> None:
        self.save()
        self._session.change(lambda plan: plan.with_themes(moved(plan.themes, self.theme.id, step)))

    def _drop(self) -> None:
        gone = self.theme.id
        self._session.change(lambda plan: plan.with_themes(tuple(t for t in plan.themes if t.id != gone)))


class ThemeForm(ipywidgets.VBox):  # type: ignore[misc]
    """All themes of the plan as cards, then what the posting suggests, by category, and a place for one's own."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.count = ipywidgets.HTML()
        self.cards: dict[str, ThemeCard] = {}
        self._chosen = ipywidgets.VBox()
        self._offers = ipywidgets.VBox()
        self.takes: dict[str, ipywidgets.Button] = {}
        self.category = ipywidgets.Dropdown(
            options=[(category.value, category) for category in Category], description="Category",
            style={"description_width": "8em"},
        )  # fmt: skip
        self.own = text_box("", "Your own", "A theme in your own words")
        self.add = primary_button("Add theme", icon="plus")
        self.add.on_click(lambda _: self._add_own())
        self.refusal = ipywidgets.HTML()
        session.listen(lambda _: self._refresh())
        self._refresh()
        super().__init__(
            [self.count, self._chosen, self._offers,
             ipywidgets.HTML(page('<h3 class="group">In your own words</h3>')),
             self.category, self.own, ipywidgets.HBox([self.add, self.refusal])]
        )  # fmt: skip

    def _refresh(self) -> None:
        themes = self._session.application.plan.themes
        known = {theme.id for theme in themes}
        for gone in self.cards.keys() - known:
            del self.cards[gone]
        for number, theme in enumerate(themes, 1):
            if theme.id not in self.cards:
                self.cards[theme.id] = ThemeCard(self._session, theme)
            self.cards[theme.id].read(theme, number)
        cards = tuple(self.cards[theme.id] for theme in themes)
        if self._chosen.children != cards:  # setting them again would take the cursor out of a box
            self._chosen.children = cards
        self.count.value = page(_counted(themes))
        self._offer()

    def _offer(self) -> None:
        app = self._session.application
        cited = {ref for theme in app.plan.themes for ref in theme.evidence}
        open_ = [suggestion for suggestion in app.suggestions if suggestion.evidence[0] not in cited]
        names = [suggestion.id for suggestion in open_]
        if list(self.takes) == names and self._offers.children:
            return
        self.takes, groups = {}, []
        for category in Category:
            rows = []
            for suggestion in (one for one in open_ if one.category is category):
                take = _small("Take this")
                take.on_click(lambda _, taken=suggestion: self._take(taken.id, taken.category, taken.evidence))
                self.takes[suggestion.id] = take
                words = f"{safe(suggestion.words)} <span class='ref'>{safe(suggestion.reason)}</span>"
                text = ipywidgets.HTML(page(f'<span class="tag hint">suggested</span> {words}'))
                rows.append(ipywidgets.VBox([text, take], layout=ipywidgets.Layout(margin="0 0 8px 0")))
            none = ipywidgets.HTML(page("<em>The posting gives no further line for this.</em>"))
            heading = ipywidgets.HTML(page(f'<h3 class="group">{category.value.capitalize()}: what they ask for</h3>'))
            groups.append(ipywidgets.VBox([heading, *(rows or [none])]))
        self._offers.children = groups

    def _take(self, name: str, category: Category, evidence: Sequence[str], claim: str = "") -> bool:
        fingerprint = self._session.application.posting.fingerprint

        def taken(plan: Plan) -> Plan:
            theme = Theme(id=_free(name, plan), category=category, evidence=tuple(evidence), claim=claim)
            return plan.with_themes((*plan.themes, theme)).model_copy(update={"posting_fingerprint": fingerprint})

        if len(self._session.application.plan.themes) >= MAX_THEMES:
            self.refusal.value = page(safe(f"A plan holds at most {MAX_THEMES} themes; drop one first."))
            return False
        self.refusal.value = ""
        return self._session.change(taken)

    def _add_own(self) -> None:
        claim = tidy(self.own.value)
        if not claim:
            self.refusal.value = page("Write it first, in a few words.")
        elif self._take(slug(claim, 40) or "own-theme", self.category.value, (), claim):
            self.own.value = ""


def moved(themes: Sequence[Theme], name: str, step: int) -> tuple[Theme, ...]:
    """Return themes with one of them a place further up (-1) or down (1), as far as there is a place."""
    order = list(themes)
    place = next((number for number, theme in enumerate(order) if theme.id == name), None)
    if place is not None and 0 <= place + step < len(order):
        order.insert(place + step, order.pop(place))
    return tuple(order)


def _counted(themes: Sequence[Theme]) -> str:
    marks = []
    for category in Category:
        number = sum(theme.category is category for theme in themes)
        marks.append(
            f'<span class="tag {"good" if number else "warning"}">{category.value}: {number or "none yet"}</span>'
        )
    chosen = f"{len(themes)} theme{'' if len(themes) == 1 else 's'} chosen; a plan has {FEWEST} or {MOST}."
    return f"<p><strong>{chosen}</strong> {' '.join(marks)}</p>"


def _said(theme: Theme, name: str) -> str:
    value = getattr(theme, name)
    return value if isinstance(value, str) else ", ".join(value)


def _free(name: str, plan: Plan) -> str:
    taken, number, free = {theme.id for theme in plan.themes}, 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _small(label: str) -> ipywidgets.Button:
    return ipywidgets.Button(description=label, layout=ipywidgets.Layout(width="auto", align_self="flex-start"))
