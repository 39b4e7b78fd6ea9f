"""The form for a debrief in JupyterLab: memory first, then the themes; wiring between widgets and the record."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import ipywidgets
from pydantic import ValidationError

from prepkit.application import Application
from prepkit.asked import add_questions
from prepkit.controls import page, primary_button, safe, text_box, tidy
from prepkit.debrief import Debrief, Heard, Occasion, Outcome, When, add_debrief, debrief_problems, debriefs_path
from prepkit.errors import PrepkitError
from prepkit.page import clean
from prepkit.review import parse_review

__all__ = ["DebriefForm"]

FIRST_ROWS = 4
"""Rows for questions that are there from the start."""

_WIDE = {"description_width": "8em"}


class _Theme:
    """One theme to mark: whether it was heard, and in which place it was named."""

    def __init__(self, theme: str, number: int, claim: str, places: int) -> None:
        self.theme = theme
        words = ipywidgets.HTML(page(f"<strong>{number}. {safe(claim)}</strong>"))
        options = [(heard.value.capitalize(), heard.value) for heard in Heard]
        self.heard = ipywidgets.ToggleButtons(options=options, value=None, description=f"Theme {number}", style=_WIDE)
        named = [("not known", 0), *((str(place), place) for place in range(1, places + 1))]
        self.place = ipywidgets.Dropdown(options=named, description=f"Theme {number}, place", style=_WIDE)
        self.box = ipywidgets.VBox([words, self.heard, self.place], layout=ipywidgets.Layout(margin="0 0 12px 0"))


class _Question:
    """One question that was asked, with the story that was told."""

    def __init__(self, number: int, stories: list[tuple[str, str]]) -> None:
        wide = ipywidgets.Layout(width="auto")
        self.text = ipywidgets.Text(description=f"Question {number}", layout=wide, style=_WIDE)
        self.story = ipywidgets.Dropdown(options=stories, description="Story told", layout=wide, style=_WIDE)
        self.box = ipywidgets.VBox([self.text, self.story], layout=ipywidgets.Layout(margin="0 0 8px 0"))


class DebriefForm(ipywidgets.VBox):  # type: ignore[misc]
    """Keep what one listener remembered: first their own words, then, the themes shown, what they had heard.

    What was typed before the themes were shown is kept as it is. Nothing typed is lost when saving fails.

    Args:
        application: Its themes are marked and its stories offered.
        debriefs: The file; empty means ``debriefs.yaml`` beside the plan.
        questions: The search's own questions, to which a button adds those asked; empty means ``questions.csv`` beside
            the story inventory, which may not exist yet.
    """

    def __init__(self, application: Application, debriefs: Path | str = "", questions: Path | str = "") -> None:
        self._application = application
        self._questions = Path(questions) if questions else application.stories.path.with_name("questions.csv")
        self._path = debriefs_path(application.plan_path, debriefs)
        self._stories = [("none", ""), *((clean(story.title), story.id) for story in application.stories)]
        self._claims = {theme.id: application.theme_names[theme.id] for theme in application.plan.themes}
        wide = ipywidgets.Layout(width="auto")
        self.kind = ipywidgets.ToggleButtons(
            options=[("Mock", "mock"), ("Interview", "interview")], description="After a", style=_WIDE
        )
        self.day = ipywidgets.DatePicker(description="Day", style=_WIDE)
        self.listener = ipywidgets.Text(description="Listener", placeholder="May stay empty", layout=wide, style=_WIDE)
        self.when = ipywidgets.ToggleButtons(
            options=[("Same day", "same day"), ("Later", "later")], description="Asked", style=_WIDE
        )
        self.said = text_box("", "They say", "In their words, from memory", rows=5)
        self.start = ipywidgets.Button(description="Start the clock", icon="play")
        self.stop = ipywidgets.Button(description="Stop the clock", icon="stop", disabled=True)
        self.seconds = ipywidgets.Text(description="Seconds", placeholder="May stay empty", style=_WIDE)
        self.reveal = primary_button("Show the themes", icon="eye")
        self.marks = [
            _Theme(theme, number, claim, len(self._claims))
            for number, (theme, claim) in enumerate(self._claims.items(), 1)
        ]
        self.unexpected = text_box("", "Not meant", "What else was heard, one thing on a line", rows=3)
        self.asked: list[_Question] = []
        self._rows = ipywidgets.VBox([])
        narrow = ipywidgets.Layout(width="auto", align_self="flex-start")
        self.more = ipywidgets.Button(description="One more question", icon="plus", layout=narrow)
        outcomes = [("none, or not known yet", "none"), *((it.value, it.value) for it in list(Outcome)[1:])]
        self.outcome = ipywidgets.Dropdown(options=outcomes, description="Outcome", layout=wide, style=_WIDE)
        self.save = primary_button("Save debrief")
        self.anew = ipywidgets.Button(description="Clear for the next one", icon="eraser", layout=wide)
        self.bank = ipywidgets.Button(description="Add the questions to the bank", icon="plus", layout=wide)
        self.upload = ipywidgets.FileUpload(accept=".json", multiple=False, description="Read a reviewer's file")
        self.upload.layout = ipywidgets.Layout(width="auto", align_self="flex-start")
        self.reveal.layout.align_self = "flex-start"
        self.status = ipywidgets.HTML()
        self._wire()
        super().__init__(self._laid_out())
        self._clear()

    def _laid_out(self) -> list[Any]:
        asking = (
            '<h3 class="group">Ask first</h3><p>“So, what did you think of them? Why?” The themes come afterwards.</p>'
        )
        missing = page(
            safe("No theme is chosen yet, so none can be marked. Choose themes in the application workbook.")
        )
        marks = [mark.box for mark in self.marks] or [ipywidgets.HTML(missing)]
        self.second = ipywidgets.VBox(
            [
                ipywidgets.HTML(page('<h3 class="group">What of it was meant</h3>')),
                *marks,
                self.unexpected,
                ipywidgets.HTML(page('<h3 class="group">What was asked</h3>')),
                self._rows,
                self.more,
                self.outcome,
            ]
        )
        return [
            self.upload,
            self.kind,
            self.day,
            self.listener,
            self.when,
            ipywidgets.HTML(page(asking)),
            ipywidgets.HBox([self.start, self.stop]),
            self.said,
            self.seconds,
            self.reveal,
            self.second,
            ipywidgets.HBox([self.save, self.anew, self.bank], layout=ipywidgets.Layout(flex_flow="row wrap")),
            self.status,
        ]

    def _wire(self) -> None:
        clicks: list[tuple[Any, Callable[[], None]]] = [
            (self.start, self._start_clock), (self.stop, self._stop_clock), (self.reveal, self._reveal),
            (self.more, self._add_row), (self.save, self._save), (self.anew, self._clear), (self.bank, self._to_bank),
        ]  # fmt: skip
        for button, action in clicks:
            button.on_click(lambda _, action=action: action())
        self.upload.observe(lambda _: self._read_review(), names="value")

    def _clear(self) -> None:
        """Begin with an empty form."""
        self._id, self._since = "", 0.0
        self.kind.value, self.when.value, self.outcome.value = "mock", "same day", "none"
        self.day.value = date.today()
        for box in (self.listener, self.said, self.seconds, self.unexpected):
            box.value = ""
        for mark in self.marks:
            mark.heard.value, mark.place.value = None, 0
        self.asked = []
        for _ in range(FIRST_ROWS):
            self._add_row()
        self.said.disabled = False
        self.second.layout.display = "none"
        self.reveal.layout.display = None
        self.start.disabled, self.stop.disabled, self.save.disabled = False, True, False
        self.status.value = ""

    def _start_clock(self) -> None:
        self._since = time.monotonic()
        self.start.disabled, self.stop.disabled = True, False

    def _stop_clock(self) -> None:
        self.seconds.value = str(round(time.monotonic() - self._since))
        self.start.disabled, self.stop.disabled = False, True

    def _reveal(self) -> None:
        """Show the themes; from here on the words from memory stay as they are."""
        self.said.disabled = True
        self.second.layout.display = None
        self.reveal.layout.display = "none"

    def _add_row(self) -> None:
        self.asked.append(_Question(len(self.asked) + 1, self._stories))
        self._rows.children = [row.box for row in self.asked]

    @property
    def _typed(self) -> dict[str, Any]:
        """What stands in the form, in the names of a :class:`Debrief`."""
        marks = [
            {"theme": mark.theme, "heard": mark.heard.value, "place": mark.place.value or None}
            for mark in self.marks
            if mark.heard.value or mark.place.value
        ]
        asked = [{"question": tidy(row.text.value), "story": row.story.value} for row in self.asked]
        return {
            "id": self._id,
            "day": self.day.value.isoformat() if self.day.value else "",
            "kind": self.kind.value,
            "listener": tidy(self.listener.value),
            "when": self.when.value,
            "said": tidy(self.said.value),
            "seconds": tidy(self.seconds.value),
            "themes": marks,
            "unexpected": [tidy(line) for line in self.unexpected.value.splitlines() if tidy(line)],
            "asked": [row for row in asked if row["question"] or row["story"]],
            "outcome": self.outcome.value,
        }

    @property
    def _untouched(self) -> bool:
        typed = self._typed
        return not any(typed[name] for name in ("listener", "said", "seconds", "themes", "unexpected", "asked"))

    def _save(self) -> None:
        typed = self._typed
        try:
            kept = add_debrief(self._path, Debrief.model_validate(typed))
        except ValidationError as error:
            self._refuse("; ".join(str(problem) for problem in debrief_problems(error, typed)))
        except (PrepkitError, OSError) as error:
            self._refuse(str(error))
        else:
            self._id = kept.id
            self.save.disabled = True  # a second click would keep it twice
            self._tell(
                f"Saved {datetime.now():%H:%M} in {self._path.name}. Run the cells below again to see what it changes."
            )

    def _refuse(self, said: str) -> None:
        self.status.value = page(f"<strong>Not saved; what you typed is still here.</strong> {safe(said)}")

    def _tell(self, said: str) -> None:
        self.status.value = page(safe(said))

    def _to_bank(self) -> None:
        """Add the questions of the form to the search's own."""
        asked = [text for row in self.asked if (text := tidy(row.text.value))]
        try:
            added = add_questions(self._questions, asked, self._application.questions)
        except (PrepkitError, OSError) as error:
            self._refuse(str(error))
        else:
            count = f"{len(added)} question{'' if len(added) == 1 else 's'}"
            self._tell(f"Added {count} to {self._questions.name}." if added else "The bank knows all of them.")

    def _read_review(self) -> None:
        """Fill the form from a reviewer's file, to add what only the candidate knows, and save it."""
        if not self.upload.value:
            return
        file = self.upload.value[0]
        self.upload.value = ()
        if not (self._untouched or self.save.disabled):
            self._refuse("There is something in the form. Save it or clear the form, then read the file.")
            return
        try:
            debrief = parse_review(bytes(file["content"]), Path(file["name"]).name, self._claims)
        except PrepkitError as error:
            self.status.value = page(f"<strong>Not read.</strong> {safe(str(error))}")
            return
        self._fill(debrief)
        self._tell("Read. Add the story told to each question, then save.")

    def _fill(self, debrief: Debrief) -> None:
        self._clear()
        self._id = debrief.id
        self.day.value = date.fromisoformat(debrief.day)
        self.kind.value = Occasion(debrief.kind).value
        self.when.value = When(debrief.when).value if debrief.when else None
        self.listener.value, self.said.value = debrief.listener, debrief.said
        self.seconds.value = "" if debrief.seconds is None else str(debrief.seconds)
        for widget in self.marks:
            if mark := debrief.mark(widget.theme):
                widget.heard.value, widget.place.value = mark.heard.value, mark.place or 0
        self.unexpected.value = "\n".join(debrief.unexpected)
        while len(self.asked) < len(debrief.asked):
            self._add_row()
        known = {story for _, story in self._stories}
        for row, asked in zip(self.asked, debrief.asked, strict=False):
            row.text.value = asked.question
            row.story.value = asked.story if asked.story in known else ""
        self.outcome.value = debrief.outcome.value
        self._reveal()
