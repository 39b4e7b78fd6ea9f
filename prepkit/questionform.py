"""From any question to a theme: type it, choose a story, and work on what to say."""

from __future__ import annotations

import ipywidgets

from prepkit.application import Application
from prepkit.bridge import Answer
from prepkit.controls import name_box, page, primary_button, safe, text_box, tidy
from prepkit.page import clean, render
from prepkit.plan import Bridge, Plan
from prepkit.questions import Kind, language_note
from prepkit.session import Session

__all__ = ["QuestionForm"]

NONE = "None of these"

_Key = tuple[str, str, str]  # ids of question, story and theme


class QuestionForm(ipywidgets.VBox):  # type: ignore[misc]
    """Type any question, choose a story, and work on what to say; a saved bridge is kept in the plan.

    What was typed and is not saved yet comes back with its question, story and theme, and stays when another form
    changes something.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: tuple[Answer, ...] = ()
        self._typed: dict[_Key, dict[str, str]] = {}  # only the parts that are not as in the plan or the draft
        self._filling = False
        self.question = ipywidgets.Text(
            description="Question",
            placeholder="Type any question, or a few words of it, and press Enter",
            continuous_update=False,
            style={"description_width": "8em"},
            layout=ipywidgets.Layout(width="auto"),
        )
        self.question.add_class("prepkit-question")
        self.told: dict[str, ipywidgets.Checkbox] = {}
        self._labels: dict[str, str] = {}
        self._told_boxes = ipywidgets.VBox()
        self.note = ipywidgets.HTML()
        self.choice = ipywidgets.RadioButtons(
            options=[], description="Story", style={"description_width": "8em"}, layout=ipywidgets.Layout(width="auto")
        )
        self.reason = ipywidgets.HTML()
        self.parts = {
            "theme_first": text_box("", "Theme first", "The claim as you say it"),
            "in_one_breath": text_box("", "In one breath", "What happened, what you did, what came of it"),
            "back_to_role": text_box("", "Back to the role", "What this means for them"),
        }
        self.wording, self.status = ipywidgets.HTML(), ipywidgets.HTML()
        self.save = primary_button("Save bridge")
        self.save.on_click(lambda _: self._save())
        buttons = ipywidgets.HBox([self.save, self.status])
        self.answer = ipywidgets.VBox([self.choice, self.reason, *self.parts.values(), self.wording, buttons])
        self.question.observe(lambda _: self._search(), names="value")
        self.choice.observe(lambda _: self._show(), names="index")
        for box in self.parts.values():
            box.observe(lambda _: self._note(), names="value")
        session.listen(lambda _: self._refresh())
        self._refresh()
        folded = ipywidgets.Accordion([self._told_boxes], titles=["Themes told already"])
        super().__init__([self.question, folded, self.note, self.answer])

    @property
    def _app(self) -> Application:
        return self._session.application

    @property
    def _chosen(self) -> Answer | None:
        index = self.choice.index
        return self._found[index] if index is not None and index < len(self._found) else None

    def _refresh(self) -> None:
        """Take up what has changed: themes and their names, answers, and what was saved of them."""
        names = self._app.theme_names
        ticked = {theme for theme, box in self.told.items() if box.value}
        labels = {theme.id: f"{number}. {clean(names[theme.id])}" for number, theme in enumerate(self._app.themes, 1)}
        if labels != self._labels:
            self._labels = labels
            self.told = {theme: _tick(label, theme in ticked) for theme, label in labels.items()}
            for box in self.told.values():
                box.observe(lambda _: self._search(), names="value")
            self._told_boxes.children = tuple(self.told.values())
        self._search(keep=self._chosen.story if self._chosen else NONE if self._found else "")

    def _search(self, keep: str = "") -> None:
        """Look for answers; `keep` is the story to stay with, :data:`NONE` for none, or empty for the best."""
        typed = tidy(self.question.value)
        asked = self._app.asked(typed)
        told = [theme for theme, box in self.told.items() if box.value]
        self._found = self._app.answers(asked, told) if typed else ()
        said = language_note(typed)
        if typed and not self._found:
            odd = "Answer this shortly and truthfully; it needs no story."
            said = odd if asked.kind is Kind.ODD else "There is no story yet that could answer it."
        fits = any(found.fits for found in self._found)
        if self._found and not fits:
            said = said or "No story of yours shows what this asks for; these are the nearest."
        self.note.value = page(safe(said)) if said else ""
        titles = [f"{number}. {self._title(found)}" for number, found in enumerate(self._found, 1)]
        options = (*titles, NONE) if titles else ()
        stories = [found.story for found in self._found]
        self._filling = True
        if self.choice.options != options:
            self.choice.options = options
        place = stories.index(keep) if keep in stories else len(stories) if keep == NONE or not fits else 0
        self.choice.index = place if titles else None
        self._filling = False
        self.answer.layout.display = None if titles else "none"
        self._show()

    def _title(self, found: Answer) -> str:
        number = self._app.number[found.theme]
        parts = [f"theme {number}, {('none', 'partial', 'strong')[found.rating]}" if number else "no theme"]
        parts += ["told already"] * found.told + ["suggested"] * bool(found.theme and not found.settled)
        parts += ["saved"] * found.edited
        return f"{clean(self._app.stories[found.story].title)} ({', '.join(parts)})"

    def _show(self) -> None:
        if self._filling:
            return
        found, self.status.value = self._chosen, ""
        bridge = found.bridge if found else None
        kept = self._typed.get(_key(bridge), {}) if bridge else {}
        self._filling = True
        for name, box in self.parts.items():
            box.value = kept.get(name, getattr(bridge, name) if bridge else "")
            box.layout.display = None if bridge else "none"
        self._filling = False
        self.save.layout.display = None if bridge and self._app.chosen else "none"
        self._note()

    def _note(self) -> None:
        """Keep what is typed, and say why this story, whether it is saved, and what the wording does."""
        if self._filling:
            return
        found = self._chosen
        bridge = found.bridge if found else None
        if found is None:
            said = "Then it is worth finding a story for it, or have a short honest answer ready."
        elif bridge is None:
            said = f"{found.reason}. It carries no theme."
        else:
            texts = {name: tidy(box.value) for name, box in self.parts.items()}
            typed = {name: text for name, text in texts.items() if text != getattr(bridge, name)}
            self._typed[_key(bridge)] = typed
            draft = "Your words, not saved yet." if typed else "A draft from your own words; make it yours."
            saved = "Changed since you saved it." if typed else "As you saved it."
            said = f"{found.reason}. {saved if found.edited else draft}"
        self.reason.value = page(safe(said[:1].upper() + said[1:]))
        # a blank line ends a sentence that has no full stop
        spoken = "\n\n".join(tidy(box.value) for box in self.parts.values() if box.value)
        self.wording.value = render("wording.html.j2", found=[self._app.wording(spoken)] if bridge else [])

    def _save(self) -> None:
        found = self._chosen
        if found is None or found.bridge is None:
            return
        bridge, typed = found.bridge, self._typed.get(_key(found.bridge), {})

        def saved(plan: Plan) -> Plan:
            # parts that nobody typed here are as another session may have saved them meanwhile
            known = next((kept for kept in plan.bridges if _key(kept) == _key(bridge)), bridge)
            parts = {name: getattr(known, name) or getattr(bridge, name) for name in self.parts}
            return plan.with_bridge(bridge.model_copy(update=parts | typed))

        self._session.change(saved)
        self.status.value = page(f'<span role="status">{safe(self._session.status)}</span>')


def _key(bridge: Bridge) -> _Key:
    return bridge.id, bridge.story, bridge.theme


def _tick(label: str, ticked: bool) -> ipywidgets.Checkbox:
    box = ipywidgets.Checkbox(ticked, indent=False)
    name_box(box, label)
    return box
