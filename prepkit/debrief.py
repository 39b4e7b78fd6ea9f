"""Debriefs: what a listener remembered after a mock or a real interview, as kept in ``debriefs.yaml``.

The file stands beside the plan of an application and is only ever added to. People may write it by hand; comments and
order survive. The question that it answers is the one of the method: "So, what did you think of them? Why?"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from os.path import lexists
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from ruamel.yaml.comments import CommentedMap

from prepkit.errors import InputError, Problem, did_you_mean
from prepkit.files import locked, without_controls
from prepkit.plan import MAX_THEMES
from prepkit.resources import is_shipped
from prepkit.yamlfile import FORMAT, line_of, load_yaml, merge_into, save_yaml

__all__ = [
    "LONGEST_ANSWER", "MOST_SECONDS", "Asked", "Debrief", "Heard", "Mark", "Occasion", "Outcome", "When", "add_debrief",
    "debrief_problems", "debriefs_path", "load_debriefs",
]  # fmt: skip

FILE = "debriefs.yaml"

MOST_SECONDS = 600
"""Longest answer to “What did you think of them?” in seconds; the method expects 20 to 30."""

LONGEST_ANSWER, LONGEST_LINE, LONGEST_QUESTION = 5_000, 300, 1_000
"""Characters of what a listener said, of a name or a thing that was heard, and of a question (as in the bank)."""

MOST_DEBRIEFS, MOST_ASKED, MOST_UNEXPECTED = 300, 40, 20
"""Debriefs of an application, questions of an interview and unexpected things that are kept; real ones have fewer."""


class Occasion(StrEnum):
    """After what the listener was asked."""

    MOCK = "mock"
    INTERVIEW = "interview"


class When(StrEnum):
    """When the listener was asked; a day later much is forgotten, as it is when the hiring is decided."""

    SAME_DAY = "same day"
    LATER = "later"


class Heard(StrEnum):
    """Whether the listener named a theme from memory."""

    HEARD = "heard"
    PARTLY = "partly"
    NOT_HEARD = "not heard"


class Outcome(StrEnum):
    """What came of the interview; none for a mock, or when it is not known yet."""

    NONE = "none"
    NEXT_ROUND = "next round"
    OFFER = "offer"
    NO = "no"


def _one_line(value: Any) -> Any:
    return " ".join(without_controls(value).split()) if isinstance(value, str) else value


def _printable(value: Any) -> Any:
    return without_controls(value) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        raise ValueError("it should be a day such as 2026-12-03")
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except ValueError:
        raise ValueError(f"“{value.strip()}” is in no calendar") from None


def _whole(low: int, high: int) -> Callable[[Any], Any]:
    """Return a check for a whole number, in digits, from `low` to `high`; None is none."""

    def check(value: Any) -> Any:
        if value is not None and (isinstance(value, bool) or not re.fullmatch("[0-9]{1,6}", str(value).strip())):
            raise ValueError(f"it should be a whole number from {low} to {high}")
        if value is not None and not low <= int(value) <= high:
            raise ValueError(f"{int(value)} is out of range; it should be a whole number from {low} to {high}")
        return None if value is None else int(value)

    return check


_Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[\w.-]+$")]
_NoId = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=r"^[\w.-]*$")]
_Line = Annotated[str, BeforeValidator(_one_line), StringConstraints(max_length=LONGEST_LINE)]
_Thing = Annotated[str, BeforeValidator(_one_line), StringConstraints(min_length=1, max_length=LONGEST_LINE)]
_Question = Annotated[str, BeforeValidator(_one_line), StringConstraints(min_length=1, max_length=LONGEST_QUESTION)]
_Said = Annotated[str, BeforeValidator(_printable), StringConstraints(strip_whitespace=True, max_length=LONGEST_ANSWER)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data: Any) -> Any:
        """Take what somebody left blank for something that is not there."""
        return {k: v for k, v in data.items() if v not in ("", None)} if isinstance(data, Mapping) else data


class Mark(_Record):
    """Whether one intended theme was heard.

    Attributes:
        theme: Id of the theme.
        heard: Heard, partly or not heard.
        place: Its place in what the listener said, from 1; None when not known or not heard.
    """

    theme: _Id
    heard: Heard
    place: Annotated[int | None, BeforeValidator(_whole(1, MAX_THEMES))] = None


class Asked(_Record):
    """One question that was asked, in its words, and the id of the story told (empty: none)."""

    question: _Question
    story: _NoId = ""


class Debrief(_Record):
    """What one listener remembered of one interview.

    Attributes:
        id: Unique in its file; empty until it is kept, then the day and a number (``2026-12-03-1``).
        day: Day of the interview, ``YYYY-MM-DD``.
        kind: Mock or interview.
        listener: Who listened; may be empty.
        when: Whether they were asked on the same day or later; None when not known.
        said: What they said from memory, before they saw the themes; may be empty.
        seconds: How long they took to say it, 0 to :data:`MOST_SECONDS`; None when nobody looked at a clock.
        themes: One mark for each theme that was asked about; a theme that is not in here says nothing.
        unexpected: What was heard that was not meant.
        asked: The questions that were asked, in their order.
        outcome: What came of it.
    """

    id: _NoId = ""
    day: Annotated[str, BeforeValidator(_day)]
    kind: Occasion
    listener: _Line = ""
    when: When | None = None
    said: _Said = ""
    seconds: Annotated[int | None, BeforeValidator(_whole(0, MOST_SECONDS))] = None
    themes: tuple[Mark, ...] = Field(default=(), max_length=MAX_THEMES)
    unexpected: tuple[_Thing, ...] = Field(default=(), max_length=MOST_UNEXPECTED)
    asked: tuple[Asked, ...] = Field(default=(), max_length=MOST_ASKED)
    outcome: Outcome = Outcome.NONE

    @field_validator("themes")
    @classmethod
    def _each_once(cls, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
        themes, places = [mark.theme for mark in marks], [mark.place for mark in marks if mark.place]
        twice = dict.fromkeys(theme for theme in themes if themes.count(theme) > 1)
        if twice:
            raise ValueError(f"{', '.join(twice)} is marked more than once")
        if len({*places}) < len(places):
            raise ValueError("two themes have the same place; each place is taken once")
        if unheard := [mark.theme for mark in marks if mark.place and mark.heard is Heard.NOT_HEARD]:
            raise ValueError(f"{', '.join(unheard)} was not heard, so it can have no place")
        return marks

    def mark(self, theme: str) -> Mark | None:
        """Return the mark of a theme, or None when it was not asked about."""
        return next((mark for mark in self.themes if mark.theme == theme), None)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    debriefs: tuple[Debrief, ...] = Field(default=(), max_length=MOST_DEBRIEFS)


def debriefs_path(plan: Path, given: Path | str = "") -> Path:
    """Return where the debriefs of an application are kept: `given`, or ``debriefs.yaml`` beside its plan."""
    return Path(given) if given else plan.with_name(FILE)


def load_debriefs(path: Path | str) -> tuple[Debrief, ...]:
    """Read ``debriefs.yaml`` in its order; a file that is not there yet holds none.

    Raises:
        InputError: with every fault of the file and its line.
        NewerFormatError: when the file was written by a newer prepkit.
    """
    path = Path(path)
    return _parse(load_yaml(path), path) if lexists(path) else ()


def add_debrief(path: Path | str, debrief: Debrief) -> Debrief:
    """Add a debrief at the end of the file as it is on the disk now; what stands there is not touched.

    Args:
        path: The file; it is made when it does not exist.
        debrief: With an id of its own, or with an empty one, which gets its day and the next free number.

    Returns:
        The debrief as kept, with its id.

    Raises:
        InputError: when there is a debrief of that id, the file is full, or it cannot be read or written.
        BusyError: when another session holds the file for too long.
    """
    path = Path(path)
    if is_shipped(path):
        raise InputError(path, "The shipped example stays as it is. “prepkit demo” makes a copy to work on.")
    with locked(path):
        data = load_yaml(path) if lexists(path) else CommentedMap()
        before = _parse(data, path)
        taken = {kept.id for kept in before}
        if debrief.id in taken:
            raise InputError(path, f"The debrief “{debrief.id}” is kept here already; nothing was added.")
        if len(before) == MOST_DEBRIEFS:
            raise InputError(path, f"The file is full: it holds {MOST_DEBRIEFS} debriefs. Move old ones elsewhere.")
        free = (f"{debrief.day}-{number}" for number in range(1, MOST_DEBRIEFS + 2))
        name = debrief.id or next(name for name in free if name not in taken)
        try:
            # a copy that somebody put together unchecked is checked here, so that all can be read again
            kept = Debrief.model_validate(debrief.model_dump() | {"id": name})
        except ValidationError as error:
            raise InputError(path, debrief_problems(error, {})) from error
        save_yaml(path, merge_into(data, _plain((*before, kept)), _plain(before) if data else {}))
    return kept


def _plain(debriefs: Iterable[Debrief]) -> dict[str, Any]:
    rows = [debrief.model_dump(mode="json", exclude_defaults=True) for debrief in debriefs]
    return {"format": FORMAT, "debriefs": rows}


def _parse(data: CommentedMap, path: Path) -> tuple[Debrief, ...]:
    problems = list(_faulty_ids(data.get("debriefs")))
    try:
        read = _File.model_validate({name: value for name, value in data.items() if value != ""})
    except ValidationError as error:
        problems += debrief_problems(error, data)
    if problems:
        raise InputError(path, sorted(problems, key=lambda it: int(it.where.removeprefix("line ") or 0)))
    return read.debriefs


def _faulty_ids(entries: Any) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for number, entry in enumerate(entries if isinstance(entries, list) else (), 1):
        name = entry.get("id", "") if isinstance(entry, Mapping) else None
        if name == "":
            yield Problem(f"debriefs {number}: “id” is missing; give it a short name.", line_of(entry))
        elif isinstance(name, str) and seen.setdefault(name, line_of(entry)) != line_of(entry):
            message = f"debriefs {number}: the id “{name[:60]}” stands in {seen[name]} too; each needs its own."
            yield Problem(message, line_of(entry))


def debrief_problems(error: ValidationError, data: Any) -> list[Problem]:
    """Say what is wrong with a debrief, or a file of them, as a person would.

    Args:
        error: From validating `data`.
        data: What was read; mappings and lists of :func:`prepkit.yamlfile.load_yaml` give the lines.
    """
    record = _File if error.title == _File.__name__ else Debrief
    return [_problem(fault, data, record) for fault in error.errors()]


def _problem(fault: Any, data: Any, record: Any) -> Problem:
    place, node, names = line_of(data), data, []
    kinds: dict[str, type[BaseModel]] = {"debriefs": Debrief, "themes": Mark, "asked": Asked}
    for key in fault["loc"]:
        record = kinds.get(str(key), record)
        there = key in node if isinstance(node, Mapping) else isinstance(node, list) and key in range(len(node))
        if there:
            place, node = line_of(node, key) or place, node[key]
        names.append(str(key + 1) if isinstance(key, int) else str(key)[:60])
    last, known = names[-1] if names else "", list(record.model_fields)
    above = f"{' '.join(names[:-1])}: " if names[:-1] else ""
    if fault["type"] == "missing":
        return Problem(f"{above}“{last}” is missing.", place)
    if fault["type"] == "extra_forbidden":
        return Problem(
            f"{above}“{last}” is not known here.{did_you_mean(last, known)} Known: {', '.join(known)}.", place
        )
    return Problem(f"{' '.join(names) or 'the debrief'}: {_said(fault)}", place)


def _said(fault: Any) -> str:
    kind, context, given = fault["type"], fault.get("ctx", {}), fault["input"]
    found = f"“{given[:60]}”" if isinstance(given, str) else "this"
    if kind in ("too_long", "too_short") and isinstance(given, str):  # as it is told behind a check of our own
        kind = f"string_{kind}"
    if kind == "enum":
        return f"{found} should be {str(context['expected']).replace(chr(39), '')}."
    if kind == "string_pattern_mismatch":
        return f"{found} should be made of letters, digits, hyphens, dots and underscores."
    if kind == "string_too_short":
        return "it is empty; write it or take it out."
    if kind == "string_too_long":
        return f"{found} … has more than {context['max_length']:,} characters. Cut it."
    if kind == "too_long":
        return f"there are {context['actual_length']}; at most {context['max_length']} are kept."
    if kind == "string_unicode":
        return "it has half of a character pair in it, which cannot be kept."
    if kind.endswith("_type"):
        return f"{found} should be {({'tuple_type': 'a list', 'string_type': 'text'}).get(kind, 'names with values')}."
    said = str(fault["msg"]).removeprefix("Value error, ")
    return f"{said[0].lower()}{said[1:]}."
