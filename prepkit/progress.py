"""The progress note for the coach: what has changed since last time, where it stands, what to do next.

As Markdown and as a Word document. Text from outside is only ever text: in Markdown every mark is escaped.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from prepkit.application import Application
from prepkit.archive import without_times
from prepkit.changes import plan_changes
from prepkit.files import without_controls
from prepkit.inquiry import insider_questions, whom_to_ask
from prepkit.plan import Plan

__all__ = ["MOST_STEPS", "Progress", "make_progress", "progress_docx", "progress_md"]

MOST_STEPS = 5
"""Things to do next that are named; more are a list and no advice."""

_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~$-])")


@dataclass(frozen=True, slots=True)
class Progress:
    """What the note says, as plain sentences.

    Attributes:
        title: Role and employer.
        about: Candidate and day of the interview, one sentence each.
        changed: What has changed since the earlier state, one sentence each.
        stands: Odds and seconds, one sentence each.
        steps: The steps of the method: done, name, what is open.
        todo: What to do next and why, pairs of sentences.
        ask: Whom to ask about the employer, and what; empty when all three kinds of people were asked.
    """

    title: str
    about: tuple[str, ...]
    changed: tuple[str, ...]
    stands: tuple[str, ...]
    steps: tuple[tuple[bool, str, str], ...]
    todo: tuple[tuple[str, str], ...]
    ask: tuple[str, ...]


def make_progress(application: Application, before: Plan | None = None) -> Progress:
    """Return what the note says.

    Args:
        application: Where it stands now.
        before: The plan at the time of the last note; None for the first note.
    """
    plan, posting = application.plan, application.posting
    ask = whom_to_ask(plan)
    return Progress(
        title=", ".join(filter(None, (application.role, posting.company))),
        about=(
            f"Candidate: {application.candidate or '[not named yet]'}.",
            f"Interview: {plan.interview or '[day not known yet]'}.",
        ),
        changed=tuple(_changed(application, before)),
        stands=tuple(_stands(application)),
        steps=tuple((step.done, step.name, step.detail) for step in application.steps),
        todo=application.next[:MOST_STEPS] or (("Rehearse.", "Nothing is missing from the plan."),),
        ask=(*ask, *insider_questions(posting, plan)) if ask else (),
    )


def _changed(application: Application, before: Plan | None) -> Iterator[str]:
    if before is None:
        yield "This is the first note, so there is nothing to hold it against."
        return
    changes = plan_changes(before, application.plan)
    yield from changes or ("Nothing has changed in the plan since the last note.",)
    if changes and before.themes and application.chosen:
        then, now = replace(application, plan=before).odds.all_themes, application.odds.all_themes
        if str(then) != str(now):
            yield f"All themes were told in {then} of interviews with the plan of last time, and are in {now} now."


def _stands(application: Application) -> Iterator[str]:
    if not application.chosen:
        yield "No theme is chosen yet, so there are no odds and no case."
        return
    all_told, settled = application.odds.all_themes, application.settled_odds
    sure = "" if str(settled) == str(all_told) else f", in {settled} when only settled ratings count"
    yield f"All themes are told in {all_told} of interviews{sure}."
    yield f"The case takes {application.case.seconds:.0f} seconds; an interviewer has 20 to 30."
    done = sum(step.done for step in application.steps)
    yield f"{done} of {len(application.steps)} steps are done."


def progress_md(progress: Progress) -> str:
    """Return the note as Markdown, ending in a line end."""
    lines = [f"# Progress note: {_md(progress.title)}", "", *(f"{_md(text)}  " for text in progress.about)]
    lines += ["", "## What has changed since last time", "", *(f"- {_md(text)}" for text in progress.changed)]
    lines += ["", "## Where it stands", "", *(f"- {_md(text)}" for text in progress.stands), ""]
    lines += [f"- [{'x' if done else ' '}] {_md(_step(name, detail))}" for done, name, detail in progress.steps]
    lines += ["", "## What to do next", ""]
    lines += [f"{number}. **{_md(do)}** {_md(why)}" for number, (do, why) in enumerate(progress.todo, 1)]
    if progress.ask:
        lines += ["", "## Whom to ask about them", "", *(f"- {_md(text)}" for text in progress.ask)]
    return "\n".join(lines) + "\n"


def _step(name: str, detail: str) -> str:
    return f"{name}: {detail}" if detail else name


def _md(text: str) -> str:
    """Return text that Markdown shows as it is; HTML and addresses in pointed brackets stay letters."""
    plain = _one_line(text)
    if _IS_RISKY.search(plain):
        plain = re.sub(r"^(\d+)\.", r"\1\.", _MARKS.sub(r"\\\1", plain))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_IS_RISKY = re.compile(r"[\\`*_\[\]#|~$]|^(?:[-+]|\d+[.)])\s")


def _one_line(text: str) -> str:
    return " ".join(without_controls(text).split())


def progress_docx(progress: Progress) -> bytes:
    """Return the note as a Word document on A4; same note, same bytes."""
    from docx import Document  # a third of a second to load
    from docx.shared import Mm

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    document.core_properties.title = _one_line(f"Progress note: {progress.title}")[:255]
    document.core_properties.author = document.core_properties.comments = ""
    document.add_heading(_one_line(f"Progress note: {progress.title}"), 1)
    for text in progress.about:
        document.add_paragraph(_one_line(text))
    _listed(document, "What has changed since last time", progress.changed)
    _listed(document, "Where it stands", progress.stands)
    for done, name, detail in progress.steps:
        document.add_paragraph(f"{'☑' if done else '☐'} {_one_line(_step(name, detail))}")
    document.add_heading("What to do next", 2)
    for do, why in progress.todo:
        paragraph = document.add_paragraph(style="List Number")
        paragraph.add_run(_one_line(do)).bold = True
        paragraph.add_run(f" {_one_line(why)}")
    if progress.ask:
        _listed(document, "Whom to ask about them", progress.ask)
    stream = io.BytesIO()
    document.save(stream)
    return without_times(stream.getvalue())


def _listed(document: Any, heading: str, texts: tuple[str, ...]) -> None:
    document.add_heading(heading, 2)
    for text in texts:
        document.add_paragraph(_one_line(text), style="List Bullet")
