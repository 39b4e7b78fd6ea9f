"""The ratings as a grid to work on: stories by themes, by mouse or by keyboard alone."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from prepkit.application import Application
from prepkit.controls import tidy
from prepkit.page import clean
from prepkit.plan import Plan
from prepkit.session import Session

__all__ = ["RatingGrid"]

_SCRIPT = """
const WORDS = ["none", "partial", "strong"];
function render({ model, el }) {
  const table = document.createElement("table");
  table.setAttribute("role", "grid");
  el.classList.add("prepkit", "prepkit-ratings");
  const help = document.createElement("p");
  help.className = "muted small";
  help.id = "help-" + Math.random().toString(36).slice(2);
  help.textContent = "Arrow keys move. 0, 1, 2: none, partial, strong. Enter: the next of these. Delete: leave it open."
    + " A question mark and a dashed frame: only suggested.";
  el.append(help, table);
  let at = [0, 0];
  const send = (story, theme, rating) => model.send({ story, theme, rating });
  function cell(row, column) { return table.querySelector(`button[data-at="${row},${column}"]`); }
  function move(row, column) {
    const next = cell(row, column);
    if (!next) return;
    cell(...at).tabIndex = -1;
    at = [row, column];
    next.tabIndex = 0;
    next.focus();
  }
  function draw() {
    const { stories, themes, cells } = model.get("matrix");
    const focused = table.contains(document.activeElement);
    if (at[0] >= stories.length || at[1] >= themes.length) at = [0, 0];
    const head = document.createElement("thead"), body = document.createElement("tbody");
    const caption = document.createElement("caption");
    caption.className = "sr";
    caption.textContent = "How well each story carries each theme";
    const top = head.insertRow();
    for (const text of ["Story", ...themes.map((theme, n) => `${n + 1}. ${theme.name}`)]) {
      const th = document.createElement("th");
      th.scope = "col";
      th.textContent = text;
      top.append(th);
    }
    stories.forEach((story, row) => {
      const line = body.insertRow(), th = document.createElement("th");
      th.scope = "row";
      th.textContent = story.name;
      line.append(th);
      themes.forEach((theme, column) => {
        const { rating, settled } = cells[row][column], button = document.createElement("button");
        button.type = "button";
        button.dataset.at = `${row},${column}`;
        button.className = `rating-${rating}${settled ? "" : " open"}`;
        button.textContent = `${rating}${settled ? "" : "?"} ${WORDS[rating]}`;
        button.setAttribute("aria-label",
          `${story.name}, theme ${column + 1}: ${WORDS[rating]}${settled ? "" : ", only suggested"}`);
        button.setAttribute("aria-describedby", help.id);
        button.tabIndex = row === at[0] && column === at[1] ? 0 : -1;
        button.onclick = () => { at = [row, column]; send(story.id, theme.id, settled ? (rating + 1) % 3 : rating); };
        button.onfocus = () => { if (cell(...at)) cell(...at).tabIndex = -1; at = [row, column]; button.tabIndex = 0; };
        button.onkeydown = (event) => {
          const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
          // what is handled here must not reach the notebook, where keys are commands
          if (event.key !== "Tab") event.stopPropagation();
          if (steps[event.key]) move(row + steps[event.key][0], column + steps[event.key][1]);
          else if ("012".includes(event.key)) send(story.id, theme.id, Number(event.key));
          else if (event.key === "Delete" || event.key === "Backspace") send(story.id, theme.id, null);
          else return;
          event.preventDefault();
        };
        line.insertCell().append(button);
      });
    });
    table.replaceChildren(caption, head, body);
    if (focused && cell(...at)) cell(...at).focus();
  }
  model.on("change:matrix", draw);
  draw();
}
export default { render };
"""

_STYLE = """
.prepkit-ratings { overflow-x: auto; }
.prepkit-ratings td { padding: 2px !important; }
.prepkit-ratings button { width: 100%; min-width: 6.5em; padding: 6px 4px; font: inherit; font-size: 14px;
  cursor: pointer; border: 2px solid transparent; border-radius: 4px; }
.prepkit-ratings .rating-0 { background: var(--rating-0); color: var(--ink); }
.prepkit-ratings .rating-1 { background: var(--rating-1); color: var(--ink); }
.prepkit-ratings .rating-2 { background: var(--rating-2); color: var(--paper); }
.prepkit-ratings .open { background: var(--paper); color: var(--ink); border: 2px dashed var(--rating-1); }
.prepkit-ratings .open.rating-2 { border-color: var(--rating-2); }
.prepkit-ratings button:focus-visible { outline: 3px solid var(--warning); outline-offset: 1px; }
"""


class RatingGrid(anywidget.AnyWidget):
    """Stories by themes; each cell is a button that says its rating in words, so that nothing hangs on colour.

    A click settles a suggested rating as it is, and another one goes on to the next rating.
    """

    _esm, _css = _SCRIPT, _STYLE
    matrix = traitlets.Dict().tag(sync=True)

    def __init__(self, session: Session) -> None:
        super().__init__(matrix=_matrix(session.application))
        self._session = session
        self.on_msg(self._told)
        session.listen(lambda now: setattr(self, "matrix", _matrix(now.application)))

    def _told(self, _: object, message: Any, __: object) -> None:
        """Take what a browser sends, which may be anything."""
        app = self._session.application
        story, theme, rating = (message.get(name) if isinstance(message, dict) else None for name in _MESSAGE)
        if story in app.stories.ids and app.plan.theme(str(theme)) and rating in (None, 0, 1, 2):
            self.rate(str(story), str(theme), rating)

    def rate(self, story: str, theme: str, rating: int | None) -> None:
        """Settle one rating, or leave it open again by None."""

        def rated(plan: Plan) -> Plan:
            return plan.with_rating(story, theme, rating)

        self._session.change(rated)


_MESSAGE = ("story", "theme", "rating")


def _matrix(app: Application) -> dict[str, Any]:
    """Return what the grid shows: names of stories and themes, and for each pair its rating and who gave it."""
    ratings, decided = app.coverage.ratings, app.coverage.decided
    pairs = zip(ratings.to_numpy().tolist(), decided.to_numpy().tolist(), strict=True)
    cells = [
        [{"rating": r, "settled": s} for r, s in zip(row, settled, strict=True)] for row, settled in pairs
    ] if app.chosen else [[] for _ in app.stories]  # fmt: skip
    return {
        "stories": [{"id": story.id, "name": tidy(clean(story.title))} for story in app.stories],
        "themes": [{"id": theme.id, "name": tidy(clean(app.theme_names[theme.id]))} for theme in app.plan.themes],
        "cells": cells,
    }
