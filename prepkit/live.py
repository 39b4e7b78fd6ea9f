"""A section of a session: a form, what follows from it, and what was saved; drawn again when something has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from weakref import WeakSet

import ipywidgets

from prepkit.application import Application
from prepkit.controls import Later, page, safe
from prepkit.page import Fragment, stylesheet
from prepkit.plots import Picture
from prepkit.session import Session

__all__ = ["LOOK", "QUIET", "LiveSection", "StatusBar", "watch"]

QUIET = 0.1
"""Seconds without a change after which tables and pictures are drawn again."""

LOOK = 3.0
"""Seconds after which the files are looked at again, for what another session has changed."""


class StatusBar(ipywidgets.HBox):  # type: ignore[misc]
    """Where the plan stands in a line, what was saved or changed elsewhere, and a button to take a step back."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.back = ipywidgets.Button(
            description="Take back the last step", icon="undo", layout=ipywidgets.Layout(width="auto")
        )
        self.back.on_click(lambda _: session.undo())
        self.words, self.stands = ipywidgets.HTML(), ipywidgets.HTML()
        session.listen(lambda _: self._show())
        self._show()
        super().__init__([self.back, self.stands, self.words])

    def _show(self) -> None:
        self.stands.value = page(_stands(self._session.application))
        self.back.disabled = not self._session.can_undo
        news = (
            f" <strong>Changed elsewhere:</strong> {safe(' '.join(self._session.news))}" if self._session.news else ""
        )
        self.words.value = page(f'<span role="status">{safe(self._session.status)}{news}</span>')


def _stands(app: Application) -> str:
    """Return gaps, odds and case in a line, which follows each change at once; tables and pictures take longer."""
    if not app.chosen:
        return "No theme is chosen yet."
    count = len(app.coverage.gaps())
    gaps = f"{count} theme{'' if count == 1 else 's'} with a gap" if count else "No gap"
    return f"{gaps} · all themes told in {app.odds.all_themes} · case {app.case.seconds:.0f} s"


class LiveSection(ipywidgets.VBox):  # type: ignore[misc]
    """A form above the pieces of a page that follow from it; see :class:`prepkit.desk.Section`."""

    def __init__(
        self,
        session: Session,
        pieces: Sequence[Callable[[Application], Fragment | Picture]],
        form: ipywidgets.Widget | None,
    ) -> None:
        self._session, self._pieces = session, pieces
        self.shown = [ipywidgets.HTML() for _ in pieces]
        self._draw()
        self._later = Later(self._draw, QUIET)
        session.listen(lambda _: self._later.ask())
        watch(session)
        look = ipywidgets.HTML(f"<style>{stylesheet()}</style>")  # each cell may be run alone
        super().__init__([look, *([form, StatusBar(session)] if form is not None else []), *self.shown])

    def _draw(self) -> None:
        for widget, piece in zip(self.shown, self._pieces, strict=True):
            made = piece(self._session.application)
            widget.value = made.html if isinstance(made, Fragment) else page(f"<figure>{made.svg}</figure>")


_WATCHED: WeakSet[Session] = WeakSet()


def watch(session: Session) -> None:
    """Look at the files of a session every few seconds for as long as the kernel runs; once for each session."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return  # a script has nobody to tell
    if session in _WATCHED:
        return
    _WATCHED.add(session)

    def look() -> None:
        if session.looks_changed:
            session.refresh()
        loop.call_later(LOOK, look)

    loop.call_later(LOOK, look)
