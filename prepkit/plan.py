"""The plan for one application: themes, ratings, bridges and culture notes, as kept in ``plan.yaml``.

People write the file by hand or through forms. Comments and order survive a save, and a save made by
one session never takes back what another has saved meanwhile: every change is made to the file as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from os.path import lexists
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, field_validator
from ruamel.yaml.comments import CommentedMap

from prepkit.errors import InputError, Problem, did_you_mean
from prepkit.files import locked, without_controls
from prepkit.level import Level
from prepkit.resources import is_shipped
from prepkit.yamlfile import FORMAT, line_of, load_yaml, merge_into, save_yaml

__all__ = ["Bridge", "Category", "Corrections", "CultureNote", "Plan", "Source", "Theme", "load_plan", "update_plan"]

MAX_THEMES = 12
"""Most themes that a plan holds; the method wants 3 or 4, and the rest is room to choose from."""


class Category(StrEnum):
    """What a theme is about."""

    MOTIVATION = "motivation"
    CHALLENGE = "challenge"
    FIT = "fit"


class Source(StrEnum):
    """Who told a culture note."""

    EMPLOYEE = "employee"
    FORMER_EMPLOYEE = "former employee"
    VENDOR = "vendor"
    OTHER = "other"


def _listed(value: Any) -> Any:
    """Accept ``7a, 8`` for a list of references."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _printable(value: Any) -> Any:
    return without_controls(value) if isinstance(value, str) else value


def _filled(rows: Any) -> Any:
    """Take a rating or a row that somebody left blank for one that is not there."""
    if not isinstance(rows, Mapping):
        return rows
    filled = {story: row for story, row in rows.items() if row != ""}
    return {
        story: {theme: rating for theme, rating in row.items() if rating != ""} if isinstance(row, Mapping) else row
        for story, row in filled.items()
    }


def _day(value: Any) -> Any:
    """Take a day, with or without the hour, in one form; refuse one that is in no calendar."""
    text = " ".join(str(value).replace("T", " ").split())
    if text and not re.fullmatch(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?", text):
        raise ValueError(f"“{text[:40]}” should be a day such as 2026-12-03, or a day and an hour: 2026-12-03 14:00")
    try:
        datetime.fromisoformat(text or "2000-01-01")
    except ValueError:
        raise ValueError(f"“{text}” is in no calendar") from None
    return text


_Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[\w.-]+$")]
_Text = Annotated[str, BeforeValidator(_printable), StringConstraints(strip_whitespace=True, max_length=5_000)]
_References = Annotated[tuple[_Id, ...], BeforeValidator(_listed)]
_Rating = Annotated[int, Field(ge=0, le=2)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Theme(_Record):
    """One talking point that the interviewer should repeat afterwards.

    Attributes:
        id: Short name, such as ``calm-under-load``; ratings are kept under it.
        category: What it is about.
        claim: The talking point as the interviewer would say it.
        evidence: Lines of the posting that it answers (``12``, ``7a``) and ids of culture notes.
        twist: What only this candidate could tell of it, in their own words; may be empty.
        proof: The proof as the interviewer would say it; empty takes it from the result of a story.
    """

    id: _Id
    category: Category
    claim: _Text = ""
    evidence: _References = ()
    twist: _Text = ""
    proof: _Text = ""


class Bridge(_Record):
    """How one question is answered: the theme first, a story in one breath, then back to the role.

    Attributes:
        id: Id of a question of the bank, or a short name for one that somebody typed.
        question: The question in words; may be empty where the bank knows it.
        theme: Id of the theme that is told.
        story: Id of the story that tells it.
        theme_first: The sentence that names the theme.
        in_one_breath: The story.
        back_to_role: The sentence that ties it to what the role needs.
    """

    id: _Id
    question: _Text = ""
    theme: _Id
    story: _Id
    theme_first: _Text = ""
    in_one_breath: _Text = ""
    back_to_role: _Text = ""


class CultureNote(_Record):
    """What somebody who knows the employer told.

    Attributes:
        id: Short name by which themes cite the note.
        who: Employee, former employee, vendor or other.
        when: When it was told, in any form.
        told: The story as it was told.
        shows: What it shows of how the employer works.
    """

    id: _Id
    who: Source
    when: _Text = ""
    told: _Text = ""
    shows: _Text = ""


class Corrections(_Record):
    """What a person says of the posting against what was read from it; empty fields change nothing."""

    title: _Text = ""
    company: _Text = ""
    location: _Text = ""
    level: Annotated[Level | None, BeforeValidator(lambda value: value or None)] = None


class Plan(_Record):
    """Themes in the order to tell them, ratings, culture notes and corrections for one application.

    Attributes:
        themes: At most :data:`MAX_THEMES`, ids all different.
        ratings: Story id to theme id to 0 none, 1 partial, 2 strong; only what a person has settled.
        culture_notes: Ids all different.
        bridges: Answers that somebody has worked on, ids all different.
        interview: When the interview is, ``2026-12-03`` or ``2026-12-03 14:00`` in local time; empty when not known.
        posting: Corrections to how the posting was read.
        posting_fingerprint: Of the posting whose lines the evidence cites; empty when not known.
    """

    format: int = FORMAT
    posting: Corrections = Corrections()
    themes: tuple[Theme, ...] = Field(default=(), max_length=MAX_THEMES)
    ratings: Annotated[Mapping[_Id, Mapping[_Id, _Rating]], BeforeValidator(_filled)] = {}
    culture_notes: tuple[CultureNote, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    interview: Annotated[str, BeforeValidator(_day)] = ""
    posting_fingerprint: str = ""

    @field_validator("themes", "culture_notes", "bridges")
    @classmethod
    def _different_ids(cls, records: tuple[Any, ...]) -> tuple[Any, ...]:
        ids = [record.id for record in records]
        repeated = dict.fromkeys(name for name in ids if ids.count(name) > 1)
        if repeated:
            raise ValueError(f"used more than once: {', '.join(repeated)}; each needs an id of its own")
        return records

    def theme(self, theme_id: str) -> Theme | None:
        """Return the theme of that id, or None."""
        return next((theme for theme in self.themes if theme.id == theme_id), None)

    def with_themes(self, themes: tuple[Theme, ...]) -> Plan:
        """Return the plan with other themes; ratings of themes that are gone stay, should they come back."""
        return Plan.model_validate({**dict(self), "themes": themes})

    def with_bridge(self, bridge: Bridge) -> Plan:
        """Return the plan with a bridge added, or put in the place of the one for the same question."""
        known = {kept.id: kept for kept in self.bridges} | {bridge.id: bridge}
        return Plan.model_validate({**dict(self), "bridges": tuple(known.values())})

    def with_rating(self, story: str, theme: str, rating: int | None) -> Plan:
        """Return the plan with one rating settled, or opened again by None."""
        ratings = {name: dict(row) for name, row in self.ratings.items()}
        row = ratings.setdefault(story, {})
        if rating is None:
            row.pop(theme, None)
        else:
            row[theme] = rating
        if not row:
            del ratings[story]
        return Plan.model_validate({**dict(self), "ratings": ratings})


def load_plan(path: Path | str) -> Plan:
    """Read ``plan.yaml``; a file that is not there yet is an empty plan.

    Raises:
        InputError: with every fault of the file and its line.
        NewerFormatError: when the file was written by a newer prepkit.
    """
    path = Path(path)
    return _parse(load_yaml(path), path) if lexists(path) else Plan()  # a link to nowhere is not read as nothing


def update_plan(path: Path | str, change: Callable[[Plan], Plan]) -> Plan:
    """Apply a change to the plan as it is on the disk now, and save it.

    Args:
        path: The plan; it is made when it does not exist.
        change: Takes the current plan and returns the changed one.

    Returns:
        The plan as saved.

    Raises:
        InputError: when the file cannot be read or written, or the changed plan could not be read again; the file
            is left as it was.
        BusyError: when another session holds the file for too long.
    """
    path = Path(path)
    if is_shipped(path):
        raise InputError(path, "The shipped example stays as it is. “prepkit demo” makes a copy to work on.")
    with locked(path):
        data = load_yaml(path) if lexists(path) else CommentedMap()
        before = _parse(data, path) if data else Plan()
        try:
            # what a change puts together unchecked is checked here: nothing is written that could not be read again
            plan = Plan.model_validate(change(before).model_dump())
        except ValidationError as error:
            raise InputError(path, [_problem(fault, {}) for fault in error.errors()]) from error
        save_yaml(path, merge_into(data, _plain(plan), _plain(before) if data else {}))
    return plan


def _plain(plan: Plan) -> dict[str, Any]:
    data = plan.model_dump(mode="json", exclude_defaults=True)
    return {"format": FORMAT, **{name: value for name, value in data.items() if value not in ("", {}, [], None)}}


def _parse(data: CommentedMap, path: Path) -> Plan:
    try:
        return Plan.model_validate({name: value for name, value in data.items() if value != ""})
    except ValidationError as error:
        repeated = {name: list(_repeated(name, data)) for name in _LISTS}
        problems = [_problem(fault, data) for fault in error.errors() if not repeated.get(str(fault["loc"][-1]))]
        problems += [problem for name in _LISTS for problem in repeated[name]]
        raise InputError(path, sorted(problems, key=lambda it: int(it.where.removeprefix("line ") or 0))) from error


_LISTS = ("themes", "culture_notes", "bridges")


def _repeated(name: str, data: CommentedMap) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    entries = data.get(name)
    for entry in entries if isinstance(entries, list) else ():
        key = entry.get("id") if isinstance(entry, Mapping) else None
        if isinstance(key, str) and key in seen:
            yield Problem(f"{name}: the id “{key[:60]}” stands in {seen[key]} too; each needs its own.", line_of(entry))
        elif isinstance(key, str) and key:
            seen[key] = line_of(entry)


def _problem(fault: Any, data: Any) -> Problem:
    """Say a pydantic fault as a person would, with the line of the file."""
    place, node = line_of(data), data
    names: list[str] = []
    for key in fault["loc"]:
        if key in node if isinstance(node, Mapping) else isinstance(node, list) and key in range(len(node)):
            place = line_of(node, key) or place
            node = node[key]
        elif key == "[key]":
            node = names[-1]
            continue
        names.append(str(key + 1) if isinstance(key, int) else str(key))
    kind, last = fault["type"], str(fault["loc"][-1])
    if kind in ("missing", "extra_forbidden"):
        name = " ".join(names[:-1])
        known = _fields_at(fault["loc"][:-1])
        said = f"“{last[:60]}” is not known here.{did_you_mean(last, known)} Known: {', '.join(known)}."
        return Problem(f"{name}: “{last}” is missing." if kind == "missing" else said, place)
    found = f"“{str(node)[:60]}”" if isinstance(node, str) else "this"
    return Problem(f"{' '.join(names)}: {_said(fault, found, str(node))}", place)


def _said(fault: Any, found: str, text: str) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "enum":
        allowed = str(context["expected"]).replace("'", "")
        near = did_you_mean(text, allowed.replace(" or ", ", ").split(", ")) if text else ""
        return f"{found} should be {allowed}.{near}"
    if kind.startswith("int_") or kind in ("less_than_equal", "greater_than_equal"):
        wanted = "a whole number" if fault["loc"][0] == "format" else "0 (none), 1 (partial) or 2 (strong)"
        return f"{found} should be {wanted}."
    if kind == "string_pattern_mismatch":
        return f"{found} should be made of letters, digits, hyphens, dots and underscores."
    if kind == "string_too_short":
        return "it is empty; give it a short name."
    if kind == "string_too_long" or (kind == "too_long" and isinstance(fault["input"], str)):
        return f"{found[:60]} … has more than {context['max_length']:,} characters. Cut it."
    if kind == "too_long":
        return f"there are {context['actual_length']}; at most {context['max_length']} are kept."
    if kind.endswith("_type"):
        wanted = {"tuple_type": "a list", "string_type": "text"}.get(kind, "names with values")
        return f"{found} should be {wanted}."
    said = str(fault["msg"]).removeprefix("Value error, ")
    return f"{said[0].lower()}{said[1:]}."


def _fields_at(place: tuple[int | str, ...]) -> list[str]:
    records: dict[str, type[_Record]] = {
        "themes": Theme, "culture_notes": CultureNote, "bridges": Bridge, "posting": Corrections,
    }  # fmt: skip
    record = records.get(str(place[0]) if place else "", Plan)
    return [name for name in record.model_fields if name != "posting_fingerprint"]
