"""Write and mend stories, with what is missing and what weakens them told while somebody types."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import ipywidgets

from prepkit.competencies import competencies
from prepkit.controls import Later, page, primary_button, safe, text_box, tidy
from prepkit.errors import InputError, PrepkitError
from prepkit.page import clean, render
from prepkit.session import Session
from prepkit.stories import PARTS, Story
from prepkit.storysave import CHANGED, save_story
from prepkit.wording import WordingFinding

__all__ = ["NEW", "StoryForm"]

NEW = ""
"""The value of “New story” in the choice; no story has an empty id."""

LONG, QUIET = 1_000, 0.3
"""Characters of action and result from which their wording is checked only after so many seconds without a key."""

_HINTS = {
    "situation": "Where things stood",
    "task": "What was to be done, and why by you",
    "action": "What you did: “I”, not “we”",
    "result": "What came of it, with a figure",
}
_LINES = {
    "title": ("Title", "The story in a few words"),
    "when": ("When", "2019, or 2019 to 2021"),
    "where": ("Where", "Employer or place"),
    "numbers": ("Numbers", "Figures, separated by ;"),
}
_CHECKED = ("action", "result")


class StoryForm(ipywidgets.VBox):  # type: ignore[misc]
    """Choose a story or begin a new one, write it, and save it into the file that the stories come from.

    What was typed stays until it is saved or discarded, whatever other forms or people change meanwhile. A field that
    nobody touched here shows what others made of it; one that both changed is told before either is written over.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stories = session.application.stories
        self._id = NEW
        self._before: Story | None = None  # as it was read; None for one that is not in the file
        self._wanted: str | None = None  # what somebody chose while this one was not saved
        self._busy = False
        self._later = Later(self._check_wording, QUIET)
        self._findings: dict[str, tuple[object, str, tuple[WordingFinding, ...]]] = {}
        self.choice = ipywidgets.Dropdown(description="Story", **_look())
        self.note = ipywidgets.HTML()
        self.discard = ipywidgets.Button(
            description="Discard what is not saved", icon="trash", layout=ipywidgets.Layout(width="auto")
        )
        self.boxes = {
            "title": _line("title"),
            **{name: text_box("", name.capitalize(), _HINTS[name], rows=3) for name in PARTS},
        }
        self.tags = ipywidgets.SelectMultiple(
            options=[(one.name, one.id) for one in competencies()], description="Competencies", rows=6, **_look()
        )
        self.own_tags = ipywidgets.Text(description="More tags", placeholder="Your own, separated by ;", **_look())
        self.boxes |= {name: _line(name) for name in ("when", "where", "numbers")}
        self.missing, self.wording, self.status = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        self.save = primary_button("Save story")
        self.choice.observe(lambda _: self._choose(), names="value")
        self.discard.on_click(lambda _: self._open(self._id if self._wanted is None else self._wanted))
        self.save.on_click(lambda _: self._save())
        for box in (*self.boxes.values(), self.tags, self.own_tags):
            box.observe(lambda _: self._typed(), names="value")
        session.listen(lambda _: self._refresh())
        self._open(next(iter(self._stories)).id)
        super().__init__([
            self.choice, ipywidgets.HBox([self.note, self.discard]),
            *(self.boxes[name] for name in ("title", *PARTS)), self.missing, self.wording,
            self.tags, ipywidgets.HTML(page('<span class="muted small">Hold Ctrl to choose several.</span>')),
            self.own_tags, *(self.boxes[name] for name in ("when", "where", "numbers")),
            ipywidgets.HBox([self.save, self.status]),
        ])  # fmt: skip

    @property
    def typed(self) -> Story:
        """The story as the boxes say it."""
        texts = {name: tidy(box.value) for name, box in self.boxes.items()}
        chosen = Story("", "", competencies=(*self.tags.value, tidy(self.own_tags.value))).competencies
        known = [tag for tag in self._was.competencies if tag in chosen]  # in the order that they had
        tags = (*known, *(tag for tag in chosen if tag not in known))
        return Story(self._id, **{**texts, "numbers": (texts["numbers"],)}, competencies=tags)  # type: ignore[arg-type]

    @property
    def edited(self) -> bool:
        """True when the boxes say something that was not saved."""
        return self.typed != self._was

    @property
    def _was(self) -> Story:
        return self._before or Story(self._id, "")

    def _find(self, name: str) -> Story | None:
        return next((story for story in self._stories if story.id == name), None)

    def _open(self, name: str) -> None:
        self._before = self._find(name)
        self._id = self._before.id if self._before else NEW
        self._fill(_FIELDS, self._was)
        self._say("")
        self.status.value = ""
        self._list()
        self._check()

    def _fill(self, names: Iterable[str], story: Story) -> None:
        """Put fields of a story into their boxes."""
        self._busy = True
        for name in names:
            value = getattr(story, name)
            if name == "competencies":
                shipped = {known for _, known in self.tags.options}
                self.tags.value = [tag for tag in value if tag in shipped]
                self.own_tags.value = "; ".join(tag for tag in value if tag not in shipped)
            else:
                self.boxes[name].value = value if isinstance(value, str) else "; ".join(value)
        self._busy = False

    def _list(self) -> None:
        """Offer the stories that there are, the one that is open chosen."""
        options = [("New story", NEW), *((clean(story.title), story.id) for story in self._stories)]
        if self._id not in dict(map(reversed, options)):  # type: ignore[arg-type]
            options.append((f"{clean(self.typed.title)} (not in the file)", self._id))
        self._busy = True
        if self.choice.options != tuple(options):
            self.choice.options = options
        self.choice.value = self._id
        self._busy = False

    def _choose(self) -> None:
        wanted = self.choice.value
        if self._busy or wanted == self._id:
            return
        if not self.edited:
            self._open(wanted)
            return
        self._list()
        there = self._find(wanted)
        name = f"“{safe(there.title)}”" if there else "a new story"
        self._say(f"<strong>This story is not saved yet.</strong> Save it, or discard it to go on to {name}.", wanted)

    def _say(self, note: str, wanted: str | None = None) -> None:
        """Show a note with the button that discards, or neither."""
        self._wanted = wanted
        self.note.value = page(note) if note else ""
        self.note.layout.display = self.discard.layout.display = None if note else "none"

    def _typed(self) -> None:
        if not self._busy:
            typed = self.typed
            self.status.value = page("Not saved yet.") if typed != self._was else ""
            self._check_gaps(typed)
            check = self._later.ask if len(typed.action) + len(typed.result) > LONG else self._later.now
            check()

    def _check(self) -> None:
        self._check_gaps(self.typed)
        self._later.now()

    def _check_gaps(self, typed: Story) -> None:
        gaps = [*([] if typed.title else ["The title is missing; it is enough to begin."]), *typed.gaps]
        said = "".join(f"<li>{safe(gap)}</li>" for gap in gaps)
        self.missing.value = page(f"<ul>{said}</ul>" if said else '<span class="tag good">nothing is missing</span>')

    def _check_wording(self) -> None:
        app = self._session.application
        for name in _CHECKED:
            text, known = tidy(self.boxes[name].value), self._findings.get(name)
            if known is None or known[0] is not app or known[1] != text:
                self._findings[name] = (app, text, app.wording(text))
        found = [self._findings[name][2] for name in _CHECKED]
        unread = any(one.code == "not_checked" for findings in found for one in findings)
        said = "The wording was not checked; that is done for English only."
        self.wording.value = page(said) if unread else render("wording.html.j2", found=found)

    def _refresh(self) -> None:
        stories = self._session.application.stories
        if stories != self._stories:
            self._stories = stories
            self._take_up()
            self._list()
        self._check()

    def _take_up(self) -> None:
        """Show what others made of the story, but for what somebody is typing here."""
        now, was, typed = self._find(self._id), self._was, self.typed
        if self._id == NEW or now == was:
            return
        if now is None:
            self._before = None
            self._say("<strong>Somebody else has taken this story out of the file.</strong> Saving puts it back.")
            return
        theirs = [name for name in _FIELDS if getattr(now, name) != getattr(was, name)]
        both = [name for name in theirs if getattr(typed, name) not in (getattr(was, name), getattr(now, name))]
        self._fill([name for name in theirs if name not in both], now)
        if not both:
            self._before = now
            return
        # what was read stays as it was, so that the next save is refused
        says = "; ".join(f"{name}: “{safe(_shown(now, name))}”" for name in both)
        ask = "Discard yours to take it, or save, and save once more to put yours in its place."
        self._say(f"<strong>Somebody else has changed this story meanwhile.</strong> It now says {says}. {ask}")

    def _save(self) -> None:
        try:
            saved = save_story(self._stories.path, self.typed, new=self._before is None, before=self._before)
        except (PrepkitError, OSError) as error:
            self._session.refresh()
            if isinstance(error, InputError) and any(fault.message == CHANGED for fault in error.problems):
                self._before = self._find(self._id)  # it has been told now, so the next save is meant
            self.status.value = page(f"<strong>Not saved; what you typed is still here.</strong> {safe(str(error))}")
            return
        self._id, self._before = saved.id, saved
        self._say("")
        said = f"Saved {datetime.now():%H:%M}."
        self._session.refresh(mine=True)
        self._list()
        if self._find(saved.id) != saved:  # the stories are saved, but something else cannot be read
            said += f" {safe(self._session.status)}"
        self.status.value = page(said)


_FIELDS = ("title", *PARTS, "competencies", "when", "where", "numbers")


def _shown(story: Story, name: str) -> str:
    value = getattr(story, name)
    return value if isinstance(value, str) else "; ".join(value)


def _look() -> dict[str, object]:
    return {"layout": ipywidgets.Layout(width="auto"), "style": {"description_width": "8em"}}


def _line(name: str) -> ipywidgets.Text:
    label, hint = _LINES[name]
    return ipywidgets.Text(description=label, placeholder=hint, **_look())
