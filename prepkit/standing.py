"""Where one application stands, as a small record that a run keeps beside each report.

A portfolio of a thousand applications is made from these records: nothing is read, rated or simulated again. Each
figure is one that the report of the application shows, too, and says as much as it did when the report was made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json

from prepkit.application import Application
from prepkit.coverage import ENOUGH
from prepkit.debrief import Debrief, Heard, Occasion, Outcome
from prepkit.errors import InputError, NewerFormatError, Problem
from prepkit.files import read_bytes, without_controls
from prepkit.interview import Estimate
from prepkit.level import Level
from prepkit.plan import Category, Theme
from prepkit.yamlfile import FORMAT

__all__ = [
    "FILE", "DebriefStanding", "MoveStanding", "Odds", "Standing", "StepStanding", "StoryStanding", "ThemeStanding",
    "read_standing", "standing", "to_json",
]  # fmt: skip

FILE = "standing.json"
"""Name of the record in the folder of a report."""

LONGEST = 300
"""Characters of a title, claim or sentence that are kept; a glance at many applications shows fewer."""

MOST_BYTES = 2_000_000
"""Largest record that is read; an application with twelve stories has about 5,000 bytes."""

_Text = Annotated[str, StringConstraints(max_length=LONGEST)]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\w.-]+$")]
_NoId = Annotated[str, StringConstraints(max_length=80, pattern=r"^[\w.-]*$")]
_Day = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
_Chance = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Count = Annotated[int, Field(ge=0)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Odds(_Record):
    """A chance, 0 to 1, with the range of :class:`prepkit.interview.Estimate`, to four decimals."""

    value: _Chance
    low: _Chance
    high: _Chance


class ThemeStanding(_Record):
    """One theme and what backs it.

    Attributes:
        id: As in the plan.
        category: What it is about.
        name: Its claim, or the words of the posting in quotation marks.
        strong: Stories that carry it strongly, suggested ratings included.
        partial: Stories that carry it in part, suggested ratings included.
        settled_strong: Those of `strong` whose rating a person has settled.
        settled_partial: The same of `partial`.
        told: The chance that it is told in an interview; None where nobody has chosen themes.
    """

    id: _Id
    category: Category
    name: _Text
    strong: _Count
    partial: _Count
    settled_strong: _Count
    settled_partial: _Count
    told: Odds | None

    @property
    def stories(self) -> int:
        """How many stories carry it."""
        return self.strong + self.partial

    @property
    def is_gap(self) -> bool:
        """True when fewer than two stories carry it, as in :meth:`prepkit.coverage.Coverage.gaps`."""
        return self.stories < ENOUGH


class StepStanding(_Record):
    """One step of the method and whether it is done."""

    name: _Text
    done: bool


class StoryStanding(_Record):
    """One story of the inventory and what it carries here.

    Attributes:
        id: As in the inventory.
        title: What it is called.
        when: Date or time as the candidate wrote it.
        competencies: Its tags.
        tellable: False for one that is only a title.
        ratings: Theme id to 1 partial or 2 strong, suggestions included; a theme that it does not carry is left out.
        settled: Ids among `ratings` that a person has settled.
    """

    id: _Id
    title: _Text
    when: _Text
    competencies: tuple[_Text, ...]
    tellable: bool
    ratings: Mapping[_Id, Literal[1, 2]]
    settled: tuple[_Id, ...]


class MoveStanding(_Record):
    """Something to do that raises the odds; see :class:`prepkit.delivery.Move`."""

    theme: _Id
    competency: _Text
    story: _NoId
    before: _Chance
    after: _Chance

    @property
    def gain(self) -> float:
        """How much the chance rises."""
        return self.after - self.before


class DebriefStanding(_Record):
    """What came of one mock or interview.

    Attributes:
        id: As in the debriefs of the application.
        day: ``YYYY-MM-DD``.
        kind: Mock or interview.
        outcome: What came of it.
        heard: Theme id to heard, partly or not heard; also of themes that are no longer in the plan.
        told: Ids of the stories told, each once, in the order of the questions.
    """

    id: _NoId
    day: _Day
    kind: Occasion
    outcome: Outcome
    heard: Mapping[_Id, Heard]
    told: tuple[_Id, ...]


class Standing(_Record):
    """Where one application stands.

    Attributes:
        name: Name of its folder.
        candidate: Name of the candidate; empty when not given.
        role: Title of the role, or the name of the posting's file.
        company: Employer as far as it is known.
        level: How senior the role is.
        chosen: True when a person has chosen themes; otherwise they are only suggested.
        interview: Day of the interview, ``YYYY-MM-DD``; empty when not known.
        themes: In the order of the plan.
        steps: The steps of the method, in their order.
        next: What to do next, one sentence.
        why: The reason for it, one sentence.
        odds: The chance that all themes are told; None where nobody has chosen themes.
        measure: What the moves raise: the chance of ``all`` themes, or where that is nil the mean ``share`` told.
        open_ratings: Ratings that are only suggested.
        stories: The whole inventory, in its order.
        moves: What would raise the odds, most first; none where nobody has chosen themes.
        debriefs: Oldest first.
    """

    format: int = FORMAT
    name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    candidate: _Text
    role: _Text
    company: _Text
    level: Level
    chosen: bool
    interview: _Day
    themes: tuple[ThemeStanding, ...]
    steps: tuple[StepStanding, ...]
    next: _Text
    why: _Text
    odds: Odds | None
    measure: Literal["all", "share"]
    open_ratings: _Count
    stories: tuple[StoryStanding, ...]
    moves: tuple[MoveStanding, ...]
    debriefs: tuple[DebriefStanding, ...]

    @property
    def done(self) -> int:
        """How many steps are done."""
        return sum(step.done for step in self.steps)

    @property
    def gaps(self) -> tuple[ThemeStanding, ...]:
        """The themes that fewer than two stories carry."""
        return tuple(theme for theme in self.themes if theme.is_gap)


def standing(application: Application, name: str) -> Standing:
    """Return where an application stands.

    Args:
        application: What its report shows.
        name: Name of its folder.

    Odds are asked for only where a person has chosen themes; without, nothing is simulated.
    """
    do, why = application.next[0] if application.next else ("Rehearse.", "Nothing is missing from the plan.")
    chosen = application.chosen
    return Standing(
        name=name,
        candidate=_short(application.candidate),
        role=_short(application.role),
        company=_short(application.posting.company),
        level=application.posting.level,
        chosen=chosen,
        interview=application.plan.interview[:10],
        themes=tuple(_theme(application, theme) for theme in application.themes),
        steps=tuple(StepStanding(name=_short(step.name), done=step.done) for step in application.steps),
        next=_short(do),
        why=_short(why),
        odds=_odds(application.odds.all_themes) if chosen else None,
        measure="all" if not chosen or application.odds.measure.startswith("all") else "share",
        open_ratings=int((~application.coverage.decided).to_numpy().sum()),
        stories=tuple(_stories(application)),
        moves=tuple(_moves(application)) if chosen else (),
        debriefs=tuple(map(_debrief, application.debriefs)),
    )


def _short(text: str) -> str:
    plain = without_controls(text).encode("utf-8", "ignore").decode("utf-8")
    return shorten(plain, LONGEST, placeholder=" …") if " " in plain[:LONGEST] else plain[:LONGEST]


def _odds(estimate: Estimate) -> Odds:
    return Odds(value=round(estimate.value, 4), low=round(estimate.low, 4), high=round(estimate.high, 4))


def _theme(application: Application, theme: Theme) -> ThemeStanding:
    counts = application.support[theme.id]
    told = None
    if application.chosen:
        trials = application.odds.assumptions.interviews
        hits = round(float(application.odds.by_question[theme.id].iloc[-1]) * trials)
        told = _odds(Estimate.of(hits, trials))
    return ThemeStanding(
        id=theme.id, category=theme.category, name=_short(application.theme_names[theme.id]),
        strong=counts["strong"] + counts["maybe_strong"], partial=counts["partial"] + counts["maybe_partial"],
        settled_strong=counts["strong"], settled_partial=counts["partial"], told=told,
    )  # fmt: skip


def _stories(application: Application) -> list[StoryStanding]:
    ratings, decided = application.coverage.ratings, application.coverage.decided
    themes = [str(theme) for theme in ratings.columns]
    made = []
    for story, row, settled in zip(application.stories, ratings.to_numpy(), decided.to_numpy(), strict=True):
        carried = {theme: int(rating) for theme, rating in zip(themes, row, strict=True) if rating}
        sure = [theme for theme, is_settled in zip(themes, settled, strict=True) if is_settled and theme in carried]
        made.append(
            StoryStanding.model_validate({
                "id": story.id, "title": _short(story.title), "when": _short(story.when),
                "competencies": [_short(tag) for tag in story.competencies], "tellable": story.tellable,
                "ratings": carried, "settled": sure,
            })
        )  # fmt: skip
    return made


def _moves(application: Application) -> list[MoveStanding]:
    return [
        MoveStanding(
            theme=move.theme, competency=_short(move.competency), story=move.story,
            before=round(move.before, 4), after=round(move.after, 4),
        )
        for move in application.moves
    ]  # fmt: skip


def _debrief(debrief: Debrief) -> DebriefStanding:
    told = dict.fromkeys(asked.story for asked in debrief.asked if asked.story)
    return DebriefStanding(
        id=debrief.id, day=debrief.day, kind=debrief.kind, outcome=debrief.outcome,
        heard={mark.theme: mark.heard for mark in debrief.themes}, told=tuple(told),
    )  # fmt: skip


def to_json(standing: Standing) -> str:
    """Return the record as JSON with sorted names, one value on a line; same record, same text."""
    return json.dumps(standing.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, indent=0) + "\n"


def read_standing(path: Path | str) -> Standing:
    """Read a record as :func:`to_json` writes it.

    Raises:
        InputError: when it cannot be read, or is damaged.
        NewerFormatError: when it was written by a newer prepkit.
    """
    path = Path(path)
    fix = "Run “prepkit report” again; it makes a new one."
    try:
        data: Any = from_json(read_bytes(path, MOST_BYTES), allow_inf_nan=False)
    except ValueError as error:
        raise InputError(path, Problem("The record of this application is damaged.", fix=fix)) from error
    found = data.get("format") if isinstance(data, dict) else None
    if type(found) is int and found > FORMAT:
        message = f"The file has format {str(found)[:9]}; this prepkit knows up to {FORMAT}."
        raise NewerFormatError(path, Problem(message, fix="Upgrade prepkit; the file is left as it is."))
    if found != FORMAT:
        raise InputError(path, Problem("This is not the record of an application.", fix=fix))
    try:
        return Standing.model_validate(data)
    except ValidationError as error:
        fault = error.errors()[0]
        where = " ".join(str(part + 1) if isinstance(part, int) else str(part)[:60] for part in fault["loc"])
        raise InputError(path, Problem("The record of this application is damaged.", where, fix)) from error
