"""What differs between two states of a plan: told in sentences, and taken back without touching anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

from prepkit.plan import Plan

__all__ = ["plan_changes", "reverted"]

_LISTS = {"themes": "theme", "culture_notes": "culture note", "bridges": "bridge"}
_FIELDS = {
    "claim": "claim", "category": "category", "evidence": "evidence", "twist": "twist", "proof": "proof",
    "who": "source", "when": "date", "told": "story", "shows": "meaning", "question": "question", "theme": "theme",
    "story": "story", "theme_first": "first part", "in_one_breath": "second part", "back_to_role": "third part",
}  # fmt: skip
_RATINGS = ("none", "partial", "strong")


def plan_changes(before: Plan, after: Plan) -> tuple[str, ...]:
    """Return what changed from one state of a plan to another, as sentences in the order of the method.

    >>> plan_changes(Plan(), Plan(interview="2026-12-03"))
    ('The interview was set to 2026-12-03.',)
    """
    return tuple(_changes(before, after))


def _changes(before: Plan, after: Plan) -> Iterator[str]:
    for name, old, new in _pairs(before.posting.model_dump(mode="json"), after.posting.model_dump(mode="json")):
        yield f"The {name} of the posting was {f'set to “{new}”' if new else f'no longer corrected to “{old}”'}."
    for field, kind in _LISTS.items():
        yield from _records(kind, getattr(before, field), getattr(after, field))
    yield from _ratings(before, after)
    if before.interview != after.interview:
        yield f"The interview was set to {after.interview}." if after.interview else "The interview has no date now."


def _records(kind: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    old, new = ({record.id: record for record in records} for records in (before, after))
    for name in new:
        if name not in old:
            yield f"The {kind} {_named(new[name])} was added."
        elif fields := [field for field, *_ in _pairs(old[name].model_dump(), new[name].model_dump())]:
            yield f"The {kind} {_named(new[name])} has another {_and([_FIELDS[field] for field in fields])}."
    for name in old:
        if name not in new:
            yield f"The {kind} {_named(old[name])} was removed."
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield f"The {kind}s are in another order."


def _ratings(before: Plan, after: Plan) -> Iterator[str]:
    changed = list(_pairs(_cells(before), _cells(after)))
    for (story, theme), old, new in changed[:5]:
        said = f"rated {_RATINGS[new]}" if new is not None else "left open again"
        was = f" (was {_RATINGS[old]})" if old is not None else ""
        yield f"The story {story} is {said} for {theme}{was}."
    if len(changed) > 5:
        yield f"{len(changed) - 5} more ratings changed."


def _cells(plan: Plan) -> dict[tuple[str, str], int]:
    return {(story, theme): rating for story, row in plan.ratings.items() for theme, rating in row.items()}


def _pairs(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def _named(record: Any) -> str:
    words = getattr(record, "claim", "") or getattr(record, "question", "") or record.id
    return f"“{shorten(words, 50, placeholder=' …')}”"


def _and(words: Sequence[str]) -> str:
    words = list(dict.fromkeys(words))
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def reverted(now: Plan, before: Plan, after: Plan) -> Plan:
    """Return a plan in which the step from `before` to `after` is taken back and everything else stays.

    Args:
        now: The plan as it is; others may have changed it since.
        before: The plan before the step.
        after: The plan right after it.

    What the step changed is set back, also where somebody has changed the very same thing since.
    """
    changed: dict[str, Any] = {}
    for field in _LISTS:
        old, new = ({record.id: record for record in getattr(plan, field)} for plan in (before, after))
        touched = {name for name in (*old, *new) if old.get(name) != new.get(name)}
        records = {record.id: record for record in getattr(now, field) if record.id not in touched or record.id in old}
        records |= {name: old[name] for name in old if name in touched}
        order = list(old) if list(old) != list(new) else list(records)
        ranked = sorted(records, key=lambda name: order.index(name) if name in order else len(order))
        changed[field] = tuple(records[name] for name in ranked)
    ratings = {story: dict(row) for story, row in now.ratings.items()}
    for (story, theme), was, _ in _pairs(_cells(before), _cells(after)):
        row = ratings.setdefault(story, {})
        row.pop(theme, None)
        if was is not None:
            row[theme] = was
    changed["ratings"] = {story: row for story, row in ratings.items() if row}
    corrections = now.posting.model_dump()
    for name, was, _ in _pairs(before.posting.model_dump(), after.posting.model_dump()):
        corrections[name] = was
    changed["posting"] = corrections
    for name in ("interview", "posting_fingerprint"):
        if getattr(before, name) != getattr(after, name):
            changed[name] = getattr(before, name)
    return Plan.model_validate({**dict(now), **changed})
