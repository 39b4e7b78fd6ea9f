"""Forms for a session in JupyterLab: wiring between widgets and the plan, no rules of their own."""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import datetime

import ipywidgets

from prepkit.application import Application
from prepkit.errors import PrepkitError
from prepkit.plan import Category, Plan, Theme, update_plan
from prepkit.readiness import FEWEST, MOST
from prepkit.show import clean
from prepkit.themes import Suggestion

__all__ = ["ThemeForm"]


class _Choice:
    """One theme to take or leave: a box to tick, the words that speak for it, and the claim to write."""

    def __init__(self, theme: Theme, words: str, taken: bool) -> None:
        self.theme, self.taken = theme, taken
        self.box = ipywidgets.Checkbox(value=taken, description="Make this a theme", indent=False)
        self.claim = ipywidgets.Textarea(
            value=theme.claim, placeholder="What should the interviewer say about you?", rows=2,
            description="Claim", layout=ipywidgets.Layout(width="auto"),
        )  # fmt: skip
        self.twist = ipywidgets.Textarea(
            value=theme.twist, placeholder="What only you can tell of it", rows=2,
            description="Your twist", layout=ipywidgets.Layout(width="auto"),
        )  # fmt: skip
        self.words = ipywidgets.HTML(_safe(words))

    @property
    def changed(self) -> Theme | None:
        """The theme as it stands in the form; None when the box is not ticked."""
        if not self.box.value:
            return None
        return self.theme.model_copy(update={"claim": self.claim.value.strip(), "twist": self.twist.value.strip()})

    def show(self) -> None:
        self.claim.layout.display = self.twist.layout.display = None if self.box.value else "none"


class ThemeForm(ipywidgets.VBox):  # type: ignore[misc]
    """Choose themes from the plan and the suggestions, write their claims, and save.

    Only what was changed here is saved; what another session saved meanwhile stays.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self.choices = [*self._of_plan(), *self._of_suggestions()]
        self.count = ipywidgets.HTML()
        self.status = ipywidgets.HTML()
        self.save = ipywidgets.Button(description="Save themes", button_style="primary", icon="check")
        self.save.on_click(lambda _: self._save())
        groups = []
        for category in Category:
            rows = [choice for choice in self.choices if choice.theme.category is category]
            boxes = [ipywidgets.VBox([row.words, row.box, row.claim, row.twist]) for row in rows]
            none = ipywidgets.HTML(
                "<em>The posting gave no line for this category. Write the theme into the plan.</em>"
            )
            groups.append(
                ipywidgets.VBox([ipywidgets.HTML(f"<h3>{category.value.capitalize()}</h3>"), *(boxes or [none])])
            )
        for choice in self.choices:
            choice.box.observe(lambda _: self._refresh(), names="value")
        self._refresh()
        super().__init__([self.count, *groups, ipywidgets.HBox([self.save, self.status])])

    def _of_plan(self) -> Iterable[_Choice]:
        for theme in self._application.plan.themes:
            yield _Choice(theme, f"In your plan, with evidence {', '.join(theme.evidence) or 'still missing'}", True)

    def _of_suggestions(self) -> Iterable[_Choice]:
        cited = {ref for theme in self._application.plan.themes for ref in theme.evidence}
        taken = {theme.id for theme in self._application.plan.themes}
        for suggestion in self._application.suggestions:
            if suggestion.evidence[0] not in cited:
                theme = Theme(
                    id=_free_id(suggestion, taken), category=suggestion.category, evidence=suggestion.evidence
                )
                taken.add(theme.id)
                yield _Choice(theme, f"Suggested: {suggestion.words} ({suggestion.reason})", False)

    def _refresh(self) -> None:
        chosen = [choice.theme for choice in self.choices if choice.box.value]
        missing = [category.value for category in Category if category not in {theme.category for theme in chosen}]
        also = f" Nothing about {', '.join(missing)} yet." if missing else " Each category has one."
        self.count.value = f"<strong>{len(chosen)} of {FEWEST} to {MOST} themes.</strong>{also}"
        for choice in self.choices:
            choice.show()

    def _save(self) -> None:
        try:
            plan = update_plan(self._application.plan_path, self._apply)
        except PrepkitError as error:
            self.status.value = f"<strong>Not saved.</strong> {_safe(str(error))}"
            return
        for choice in self.choices:
            choice.taken = choice.box.value
            choice.theme = plan.theme(choice.theme.id) or choice.theme
        now = datetime.now().strftime("%H:%M")
        self.status.value = f"Saved {now}. Run the cells below again to see what it changes."

    def _apply(self, plan: Plan) -> Plan:
        themes = {theme.id: theme for theme in plan.themes}
        for choice in self.choices:
            theme = choice.changed
            if theme is None and choice.taken:
                themes.pop(choice.theme.id, None)
            elif theme is not None and (theme != choice.theme or not choice.taken):
                themes[theme.id] = theme
        fingerprint = self._application.posting.fingerprint
        return plan.with_themes(tuple(themes.values())).model_copy(update={"posting_fingerprint": fingerprint})


def _free_id(suggestion: Suggestion, taken: set[str]) -> str:
    name, number = suggestion.id, 2
    while name in taken:
        name, number = f"{suggestion.id}-{number}", number + 1
    return name


def _safe(text: str) -> str:
    return html.escape(clean(text))
