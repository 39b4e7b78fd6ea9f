"""Forms for a session in JupyterLab: wiring between widgets and the plan, no rules of their own."""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import datetime

import ipywidgets
from pydantic import ValidationError

from prepkit import palette
from prepkit.application import Application
from prepkit.errors import PrepkitError
from prepkit.plan import MAX_THEMES, Category, Plan, Theme, update_plan
from prepkit.readiness import FEWEST, MOST
from prepkit.show import clean
from prepkit.themes import Suggestion

__all__ = ["ThemeForm"]

LONGEST_TEXT = 5_000
"""Characters of a claim or twist that a plan takes."""


class _Choice:
    """One theme to take or leave: a box to tick, the words that speak for it, and the claim to write.

    `theme` and `taken` are what was last read from the plan; the widgets may say more.
    """

    def __init__(self, theme: Theme, words: str, taken: bool) -> None:
        self.theme, self.taken = theme, taken
        self.box = ipywidgets.Checkbox(value=taken, description="Make this a theme", indent=False)
        self.claim = _text_box(theme.claim, "Claim", "What should the interviewer say about you?")
        self.twist = _text_box(theme.twist, "Your twist", "What only you can tell of it")
        self.words = ipywidgets.HTML(words)

    @property
    def edits(self) -> dict[str, str]:
        """What was typed here since the plan was read."""
        typed = {"claim": _tidy(self.claim.value), "twist": _tidy(self.twist.value)}
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
        look = {"button_color": palette.ACCENT, "text_color": palette.PAPER}
        self.save = ipywidgets.Button(description="Save themes", icon="check", style=look)
        self.save.on_click(lambda _: self._save())
        groups = []
        for category in Category:
            rows = [choice for choice in self.choices if choice.theme.category is category]
            apart = ipywidgets.Layout(margin="0 0 12px 0")
            boxes = [ipywidgets.VBox([row.words, row.box, row.claim, row.twist], layout=apart) for row in rows]
            none = ipywidgets.HTML(_page("<em>The posting gave no line for this. Write the theme into the plan.</em>"))
            heading = ipywidgets.HTML(_page(f'<h3 class="group">{category.value.capitalize()}</h3>'))
            groups.append(ipywidgets.VBox([heading, *(boxes or [none])]))
        for choice in self.choices:
            choice.box.observe(lambda _: self._refresh(), names="value")
        self._refresh()
        super().__init__([self.count, *groups, ipywidgets.HBox([self.save, self.status])])

    def _of_plan(self) -> Iterable[_Choice]:
        for theme in self._application.plan.themes:
            evidence = ", ".join(theme.evidence)
            said = f"evidence {evidence}" if evidence else "evidence still missing"
            yield _Choice(theme, _page(f'<span class="tag">in your plan</span> {_safe(said)}'), True)

    def _of_suggestions(self) -> Iterable[_Choice]:
        cited = {ref for theme in self._application.plan.themes for ref in theme.evidence}
        taken = {theme.id for theme in self._application.plan.themes}
        for suggestion in self._application.suggestions:
            if suggestion.evidence[0] not in cited:
                theme = Theme(
                    id=_free_id(suggestion, taken), category=suggestion.category, evidence=suggestion.evidence
                )
                taken.add(theme.id)
                words = f'“{_safe(suggestion.words)}” <span class="ref">{_safe(suggestion.reason)}</span>'
                yield _Choice(theme, _page(f'<span class="tag hint">suggested</span> {words}'), False)

    def _refresh(self) -> None:
        chosen = [choice.theme for choice in self.choices if choice.box.value]
        missing = [category.value for category in Category if category not in {theme.category for theme in chosen}]
        listed = " or ".join(filter(None, [", ".join(missing[:-1]), *missing[-1:]]))
        also = f" Nothing about {listed} yet." if missing else " Each category has one."
        chose = f"{len(chosen)} theme{'' if len(chosen) == 1 else 's'} chosen; a plan has {FEWEST} or {MOST}."
        self.count.value = _page(f"<strong>{chose}</strong>{also}")
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
            self.status.value = _page(f"Saved {now}. Run the cells below again to see what it changes.")
            return
        self.status.value = _page(f"<strong>Not saved; what you typed is still here.</strong> {_safe(said)}")

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


def _text_box(text: str, label: str, hint: str) -> ipywidgets.Textarea:
    layout = ipywidgets.Layout(width="auto")
    return ipywidgets.Textarea(value=text, description=label, placeholder=hint, rows=2, layout=layout)


def _free_id(suggestion: Suggestion, taken: set[str]) -> str:
    name, number = suggestion.id, 2
    while name in taken:
        name, number = f"{suggestion.id}-{number}", number + 1
    return name


def _tidy(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8").strip()  # half of a character pair cannot be saved


def _safe(text: str) -> str:
    return html.escape(clean(text))


def _page(inside: str) -> str:
    return f'<div class="prepkit mathjax_ignore tex2jax_ignore">{inside}</div>'
