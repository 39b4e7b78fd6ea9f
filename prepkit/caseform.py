"""The advocate's case, theme by theme: word claim and proof, put the themes in order, and say it aloud."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from prepkit.application import Application
from prepkit.case import LONGEST_SECONDS, SHORTEST_SECONDS, Part
from prepkit.clock import Clock
from prepkit.controls import page, safe, text_box, tidy
from prepkit.errors import PrepkitError
from prepkit.page import clean, render
from prepkit.plan import Plan, Theme
from prepkit.session import Session
from prepkit.themeform import moved

__all__ = ["CaseForm", "CaseRow"]

NO_THEME = "The case is made of the claims of your themes, and none is chosen yet."


class CaseRow(ipywidgets.VBox):  # type: ignore[misc]
    """Claim and proof of one theme, what the interviewer makes of them, and what their wording does.

    `theme` is what was last read from the plan. While somebody types, the boxes say more; it is saved, by `save`, when
    the box is left.
    """

    def __init__(self, theme: Theme, save: Callable[[str, dict[str, str]], None]) -> None:
        self.theme, self._save, self._reading = theme, save, False
        self.head, self.said, self.wording = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        self.boxes = {
            "claim": text_box(theme.claim, "Claim", "What should the interviewer say about you?"),
            "proof": text_box(theme.proof, "Proof", "What shows it, as the interviewer would say it"),
        }
        for box in self.boxes.values():
            box.continuous_update = False
            box.observe(lambda _: self._left(), names="value")
        layout = ipywidgets.Layout(margin="0 0 16px 0")
        super().__init__([self.head, *self.boxes.values(), self.said, self.wording], layout=layout)

    @property
    def edits(self) -> dict[str, str]:
        """What was typed here and is not in the plan as it was read, by field."""
        typed = {name: tidy(box.value) for name, box in self.boxes.items()}
        return {name: text for name, text in typed.items() if text != getattr(self.theme, name)}

    def read(self, application: Application, theme: Theme, part: Part) -> None:
        """Show what the plan says now, but for what was typed here and could not be saved.

        Of a box nothing but its text is ever set, and only when it differs: a browser that is told anything about a
        box throws away what somebody is typing there.
        """
        old, self.theme = self.theme, theme
        self._reading = True  # otherwise the second box would be saved as it was before the first one was read
        for name, box in self.boxes.items():
            if tidy(box.value) in (getattr(old, name), getattr(theme, name)):
                box.value = getattr(theme, name)
        self._reading = False
        tag = f'<span class="tag">{application.number[theme.id]}. {theme.category.value}</span>'
        count = f"{part.words} word{'s' * (part.words != 1)}"
        self.head.value = page(f'{tag} <span class="muted small">{count}</span>')
        self.said.value = page(f"<p>{_said(application, theme, part)}</p>")
        spoken = f"{part.claim} {part.proof}".strip()
        self.wording.value = render("wording.html.j2", found=[application.wording(spoken)])

    def _left(self) -> None:
        if (edits := self.edits) and not self._reading:
            self._save(self.theme.id, edits)


class CaseForm(ipywidgets.VBox):  # type: ignore[misc]
    """Each theme as the interviewer would tell it, the order to tell them in, the seconds it takes, and a clock."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.rows: dict[str, CaseRow] = {}
        self.none = ipywidgets.HTML(page(f'<p><span class="blank">{NO_THEME}</span></p>'))
        self._list = ipywidgets.VBox()
        self.total, self.status = ipywidgets.HTML(), ipywidgets.HTML()
        style, wide = {"description_width": "8em"}, ipywidgets.Layout(width="auto")
        self.order = ipywidgets.Select(options=[], description="Order", style=style, layout=wide)
        self.up = ipywidgets.Button(description="Tell it earlier", icon="arrow-up", layout=wide)
        self.down = ipywidgets.Button(description="Tell it later", icon="arrow-down", layout=wide)
        self.up.on_click(lambda _: self._move(-1))
        self.down.on_click(lambda _: self._move(1))
        self.order.observe(lambda _: self._bound(), names="index")
        self.clock = Clock(label="Say it aloud", shortest=SHORTEST_SECONDS, longest=LONGEST_SECONDS)
        moves = ipywidgets.HBox([self.up, self.down], layout=ipywidgets.Layout(margin="0 0 12px 8.5em"))
        self.case = ipywidgets.VBox([self.total, self.status, self._list, self.order, moves, self.clock])
        session.listen(lambda _: self._refresh())
        self._refresh()
        super().__init__([self.none, self.case])

    @property
    def _app(self) -> Application:
        return self._session.application

    def _refresh(self) -> None:
        app = self._app
        themes = app.plan.themes
        self.none.layout.display = "none" if themes else None
        self.case.layout.display = None if themes else "none"
        self.rows = {
            theme.id: self.rows.get(theme.id) or CaseRow(theme, self._save) for theme in themes
        }  # a row that stays keeps what is typed in it
        for theme, part in zip(themes, app.case.parts, strict=True):
            self.rows[theme.id].read(app, theme, part)
        if self._list.children != (rows := tuple(self.rows.values())):
            self._list.children = rows
        self._list_order()
        self.total.value = page(f"<p>{_total(app)}</p>")

    def _list_order(self) -> None:
        names = self._app.theme_names
        themes = enumerate(self._app.plan.themes, 1)
        options = tuple((f"{number}. {clean(names[theme.id])}", theme.id) for number, theme in themes)
        if self.order.options != options:
            chosen = self.order.value
            self.order.options = options
            self.order.rows = max(2, len(options))
            ids = [theme for _, theme in options]
            self.order.value = chosen if chosen in ids else ids[0] if ids else None
        self._bound()

    def _bound(self) -> None:
        place = self.order.index
        self.up.disabled = not place
        self.down.disabled = place is None or place + 1 >= len(self.order.options)

    def _move(self, step: int) -> None:
        name = self.order.value
        self._change(lambda plan: plan.with_themes(moved(plan.themes, name, step)))

    def _save(self, name: str, edits: dict[str, str]) -> None:
        def worded(plan: Plan) -> Plan:
            if plan.theme(name) is None:
                raise PrepkitError("This theme is no longer in the plan.")
            themes = (theme.model_copy(update=edits) if theme.id == name else theme for theme in plan.themes)
            return plan.model_copy(update={"themes": tuple(themes)})

        self._change(worded)

    def _change(self, how: Callable[[Plan], Plan]) -> None:
        saved = self._session.change(how)
        self.status.value = "" if saved else page(f"<strong>{safe(self._session.status)}</strong>")


def _said(app: Application, theme: Theme, part: Part) -> str:
    """Return what the interviewer says of a theme as HTML, and where a proof comes from that the plan does not word."""
    claim = safe(part.claim) or '<span class="blank">The claim is still to be written.</span>'
    lines = [f"The interviewer says: <strong>{claim}</strong> {safe(part.proof)}"]
    if not part.proof:
        lines.append('<span class="blank">The proof is missing: no settled story with a result carries it.</span>')
    elif not theme.proof:
        title = safe(app.stories[part.story].title)
        lines.append(f'<span class="muted small">The proof is a draft from the story “{title}”; write your own.</span>')
    return "<br>".join(lines)


def _total(app: Application) -> str:
    """Return words and seconds against those there are, and what to do about them, as HTML."""
    case = app.case
    fits = SHORTEST_SECONDS <= case.seconds <= LONGEST_SECONDS
    mark = f'<span class="tag {"good" if fits else "warning"}">{"fits" if fits else "does not fit yet"}</span>'
    words = f"{case.words} word{'s' * (case.words != 1)}"
    rate = f"at {app.words_per_minute} words a minute; there are {SHORTEST_SECONDS:.0f} to {LONGEST_SECONDS:.0f}."
    return f"{words}, <strong>{case.seconds:.0f} seconds</strong> {rate} {mark} {safe(' '.join(case.advice))}"
