"""Forms for a session in JupyterLab: wiring between widgets and the plan, no rules of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import ipywidgets
from pydantic import ValidationError

from prepkit.application import Application
from prepkit.bridge import Answer
from prepkit.controls import LONGEST_TEXT, page, primary_button, safe, text_box, tidy
from prepkit.errors import PrepkitError
from prepkit.plan import MAX_THEMES, Bridge, Category, Plan, Theme, update_plan
from prepkit.questions import Kind, Question, language_note
from prepkit.readiness import FEWEST, MOST
from prepkit.show import clean
from prepkit.themes import Suggestion

__all__ = ["QuestionForm", "ThemeForm"]


class _Choice:
    """One theme to take or leave: a box to tick, the words that speak for it, and the claim to write.

    `theme` and `taken` are what was last read from the plan; the widgets may say more.
    """

    def __init__(self, theme: Theme, words: str, taken: bool) -> None:
        self.theme, self.taken = theme, taken
        self.box = ipywidgets.Checkbox(value=taken, description="Make this a theme", indent=False)
        self.claim = text_box(theme.claim, "Claim", "What should the interviewer say about you?")
        self.twist = text_box(theme.twist, "Your twist", "What only you can tell of it")
        self.words = ipywidgets.HTML(words)

    @property
    def edits(self) -> dict[str, str]:
        """What was typed here since the plan was read."""
        typed = {"claim": tidy(self.claim.value), "twist": tidy(self.twist.value)}
        return {name: text for name, text in typed.items() if text != getattr(self.theme, name)}

    def read(self, plan: Plan) -> None:
        """Show what the plan says now."""
        theme = plan.theme(self.theme.id)
        self.taken = self.box.value = theme is not None
        if theme is not None:
            self.theme = theme
            self.claim.value, self.twist.value = theme.claim, theme.twist

    def show(self) -> None:
        """Hide what there is nothing to write into yet."""
        self.claim.layout.display = self.twist.layout.display = None if self.box.value else "none"


class ThemeForm(ipywidgets.VBox):  # type: ignore[misc]
    """Choose themes from the plan and the suggestions, write their claims, and save.

    Only what was changed here is saved; what another session saved meanwhile stays, and is shown after saving.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self.choices = [*self._of_plan(), *self._of_suggestions()]
        self.count = ipywidgets.HTML()
        self.status = ipywidgets.HTML()
        self.save = primary_button("Save themes")
        self.save.on_click(lambda _: self._save())
        groups = []
        for category in Category:
            rows = [choice for choice in self.choices if choice.theme.category is category]
            apart = ipywidgets.Layout(margin="0 0 12px 0")
            boxes = [ipywidgets.VBox([row.words, row.box, row.claim, row.twist], layout=apart) for row in rows]
            none = ipywidgets.HTML(page("<em>The posting gave no line for this. Write the theme into the plan.</em>"))
            heading = ipywidgets.HTML(page(f'<h3 class="group">{category.value.capitalize()}</h3>'))
            groups.append(ipywidgets.VBox([heading, *(boxes or [none])]))
        for choice in self.choices:
            choice.box.observe(lambda _: self._refresh(), names="value")
        self._refresh()
        super().__init__([self.count, *groups, ipywidgets.HBox([self.save, self.status])])

    def _of_plan(self) -> Iterable[_Choice]:
        for theme in self._application.plan.themes:
            evidence = ", ".join(theme.evidence)
            said = f"evidence {evidence}" if evidence else "evidence still missing"
            yield _Choice(theme, page(f'<span class="tag">in your plan</span> {safe(said)}'), True)

    def _of_suggestions(self) -> Iterable[_Choice]:
        cited = {ref for theme in self._application.plan.themes for ref in theme.evidence}
        taken = {theme.id for theme in self._application.plan.themes}
        for suggestion in self._application.suggestions:
            if suggestion.evidence[0] not in cited:
                theme = Theme(
                    id=_free_id(suggestion, taken), category=suggestion.category, evidence=suggestion.evidence
                )
                taken.add(theme.id)
                words = f'“{safe(suggestion.words)}” <span class="ref">{safe(suggestion.reason)}</span>'
                yield _Choice(theme, page(f'<span class="tag hint">suggested</span> {words}'), False)

    def _refresh(self) -> None:
        chosen = [choice.theme for choice in self.choices if choice.box.value]
        missing = [category.value for category in Category if category not in {theme.category for theme in chosen}]
        listed = " or ".join(filter(None, [", ".join(missing[:-1]), *missing[-1:]]))
        also = f" Nothing about {listed} yet." if missing else " Each category has one."
        chose = f"{len(chosen)} theme{'' if len(chosen) == 1 else 's'} chosen; a plan has {FEWEST} or {MOST}."
        self.count.value = page(f"<strong>{chose}</strong>{also}")
        for choice in self.choices:
            choice.show()

    def _save(self) -> None:
        try:
            plan = update_plan(self._application.plan_path, self._apply)
        except (PrepkitError, OSError) as error:
            said = str(error)
        except ValidationError:
            said = f"A plan takes at most {MAX_THEMES} themes, with claims and twists of {LONGEST_TEXT:,} characters."
        else:
            for choice in self.choices:
                choice.read(plan)
            now = f"{datetime.now():%H:%M}"
            self.status.value = page(f"Saved {now}. Run the cells below again to see what it changes.")
            return
        self.status.value = page(f"<strong>Not saved; what you typed is still here.</strong> {safe(said)}")

    def _apply(self, plan: Plan) -> Plan:
        before = {theme.id: theme for theme in plan.themes}
        themes = dict(before)
        for choice in self.choices:
            theme, edits = themes.get(choice.theme.id, choice.theme), choice.edits
            if not choice.box.value and choice.taken:
                themes.pop(theme.id, None)
            elif choice.box.value and (edits or not choice.taken):
                themes[theme.id] = Theme.model_validate(theme.model_dump() | edits)
        if themes == before:
            return plan
        fingerprint = self._application.posting.fingerprint
        return plan.with_themes(tuple(themes.values())).model_copy(update={"posting_fingerprint": fingerprint})


class QuestionForm(ipywidgets.VBox):  # type: ignore[misc]
    """Type any question, choose a story, and work on what to say; a saved bridge is kept in the plan."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._plan = application.plan
        self._found: tuple[Answer, ...] = ()
        self.question = ipywidgets.Text(
            placeholder="Type any question, or a few words of it, and press Enter",
            continuous_update=False,
            layout=ipywidgets.Layout(width="auto"),
        )
        self.question.add_class("prepkit-question")
        self.told = [
            ipywidgets.Checkbox(description=f"{number}. {application.theme_names[theme.id]}", indent=False)
            for number, theme in enumerate(application.themes, 1)
        ]
        self.note = ipywidgets.HTML()
        self.choice = ipywidgets.RadioButtons(options=[], layout=ipywidgets.Layout(width="auto"))
        self.reason = ipywidgets.HTML()
        self.parts = {
            "theme_first": text_box("", "Theme first", "The claim as you say it"),
            "in_one_breath": text_box("", "In one breath", "What happened, what you did, what came of it"),
            "back_to_role": text_box("", "Back to the role", "What this means for them"),
        }
        self.status = ipywidgets.HTML()
        self.save = primary_button("Save bridge")
        self.save.on_click(lambda _: self._save())
        self.answer = ipywidgets.VBox(
            [self.choice, self.reason, *self.parts.values(), ipywidgets.HBox([self.save, self.status])]
        )
        self.question.observe(lambda _: self._search(), names="value")
        for box in self.told:
            box.observe(lambda _: self._search(), names="value")
        self.choice.observe(lambda _: self._show(), names="index")
        before = ipywidgets.VBox(self.told)
        folded = ipywidgets.Accordion([before], titles=["Themes told already"])
        self._search()
        super().__init__([self.question, folded, self.note, self.answer])

    @property
    def _now(self) -> Application:
        """The application with the bridges saved meanwhile."""
        return replace(self._application, plan=self._plan)

    @property
    def _asked(self) -> Question:
        return self._now.asked(tidy(self.question.value))

    def _search(self) -> None:
        typed, themes = tidy(self.question.value), self._application.themes
        told = [theme.id for theme, box in zip(themes, self.told, strict=True) if box.value]
        self._found = self._now.answers(self._asked, told) if typed else ()
        said = language_note(typed)
        if typed and not self._found:
            said = "Answer this shortly and truthfully; it needs no story." if self._asked.kind is Kind.ODD else (
                "There is no story yet that could answer it."
            )  # fmt: skip
        self.note.value = page(safe(said)) if said else ""
        titles = [f"{number}. {self._title(found)}" for number, found in enumerate(self._found, 1)]
        self.choice.options = [*titles, "None of these"] if titles else []
        self.choice.index = 0 if titles else None
        self.answer.layout.display = None if titles else "none"
        self._show()

    def _title(self, found: Answer) -> str:
        number = self._application.number[found.theme]
        theme = f"theme {number}, {('none', 'partial', 'strong')[found.rating]}" if number else "no theme"
        theme += ", told already" if found.told else ""
        return (
            f"{clean(self._application.stories[found.story].title)} ({theme}{'' if found.settled else ', suggested'})"
        )

    @property
    def _chosen(self) -> Answer | None:
        index = self.choice.index
        return self._found[index] if index is not None and index < len(self._found) else None

    def _show(self) -> None:
        found, self.status.value = self._chosen, ""
        bridge = found.bridge if found else None
        for name, box in self.parts.items():
            box.value = getattr(bridge, name) if bridge else ""
            box.layout.display = None if bridge else "none"
        self.save.layout.display = None if bridge and self._application.chosen else "none"
        drafted = "As you saved it." if found and found.edited else "A draft from your own words; make it yours."
        said = f"{found.reason}. {drafted if bridge else 'It carries no theme.'}" if found else (
            "Then it is worth finding a story for it, or have a short honest answer ready."
        )  # fmt: skip
        self.reason.value = page(safe(said[:1].upper() + said[1:]))

    def _save(self) -> None:
        found = self._chosen
        if found is None or found.bridge is None:
            return
        typed = {name: tidy(box.value) for name, box in self.parts.items()}
        try:
            bridge = Bridge.model_validate(found.bridge.model_dump() | typed)
            self._plan = update_plan(self._application.plan_path, lambda plan: plan.with_bridge(bridge))
        except (PrepkitError, OSError) as error:
            said = f"<strong>Not saved; what you typed is still here.</strong> {safe(str(error))}"
        except ValidationError:
            said = f"<strong>Not saved.</strong> Each part takes at most {LONGEST_TEXT:,} characters."
        else:
            said = f"Saved {datetime.now():%H:%M}. Run the cells below again to see it in the table."
        self.status.value = page(said)


def _free_id(suggestion: Suggestion, taken: set[str]) -> str:
    name, number = suggestion.id, 2
    while name in taken:
        name, number = f"{suggestion.id}-{number}", number + 1
    return name
