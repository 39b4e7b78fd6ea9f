"""A reviewer without an account: one page to answer in, and the file that comes back.

The page asks from memory first and shows the themes afterwards. It opens no connection: one script, allowed by its
hash, makes the file. What comes back is text from outside and is read as that.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from markupsafe import Markup
from pydantic import ValidationError

from prepkit.debrief import Debrief, debrief_problems
from prepkit.errors import InputError, NewerFormatError, PrepkitError, Problem, did_you_mean
from prepkit.files import decode, read_bytes
from prepkit.page import render, stylesheet
from prepkit.plan import MAX_THEMES
from prepkit.resources import template
from prepkit.yamlfile import FORMAT

__all__ = ["parse_review", "read_review", "reviewer_page"]

MAX_REVIEW_BYTES = 250_000
"""Largest file of a reviewer that is read, in bytes; what the page can take in comes to some 200,000 at most."""

MAX_DEPTH = 6
"""Deepest nesting that is read; the page makes three levels."""

MAX_VALUES = 2_000
"""Most values that are read; the page makes some 150 at most."""


def reviewer_page(candidate: str, role: str, employer: str, themes: Mapping[str, str]) -> str:
    """Return the page for a reviewer, one HTML file that works from a disk and without a network.

    Args:
        candidate: Name; may be empty, as may be role and employer.
        role: Title of the role.
        employer: Name of the employer.
        themes: Theme id to claim in the plan's order, such as ``application.theme_names``.

    Raises:
        PrepkitError: when there is no theme to ask about, or more than a plan holds.
    """
    if not 0 < len(themes) <= MAX_THEMES:
        raise PrepkitError(f"A reviewer is asked about 1 to {MAX_THEMES} themes; there are {len(themes)}.")
    script, style = _script(), f"{stylesheet()}\nbody {{ margin: 0; }}"
    # the template gets the very text that was hashed; both are our own files
    return render(
        "reviewer.html.j2",
        candidate=candidate,
        role=role,
        employer=employer,
        themes=themes,
        script=Markup(script),  # noqa: S704
        style=Markup(style),  # noqa: S704
        script_hash=Markup(_hash(script)),  # noqa: S704
        style_hash=Markup(_hash(style)),  # noqa: S704
    )


@cache
def _script() -> str:
    return (template("page") / "reviewer.js").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def read_review(path: Path | str, themes: Iterable[str]) -> Debrief:
    """Read the file that a reviewer saved.

    Args:
        path: The JSON file.
        themes: Ids of the plan's themes; one that is not among them is a fault, as the page was made for other themes.

    Returns:
        The debrief. Its id is made of the day and the content, so that the same file cannot be kept twice.

    Raises:
        InputError: with every fault of the file.
        NewerFormatError: when the page was made by a newer prepkit.
    """
    return parse_review(read_bytes(Path(path), MAX_REVIEW_BYTES), path, themes)


def parse_review(data: bytes, name: Path | str, themes: Iterable[str]) -> Debrief:
    """Return the debrief in the bytes of a reviewer's file; `name` is for messages. See :func:`read_review`."""
    path = Path(name)
    if len(data) > MAX_REVIEW_BYTES:
        raise InputError(path, f"The file has {len(data):,} bytes; at most {MAX_REVIEW_BYTES:,} are read.")
    answer, problems = _loaded(decode(data, path)[0], path)
    fields = {key: value for key, value in answer.items() if key != "format"}
    problems += _strange(fields.get("themes"), [*themes])
    if "id" in fields:
        problems.append(Problem("“id” is not known here; a reviewer's file gets its id when it is read."))
    # only what the file says counts, not how it is laid out
    said = json.dumps(fields, sort_keys=True, ensure_ascii=True).encode()
    name = f"{str(fields.get('day'))[:10]}-review-{sha256(said).hexdigest()[:8]}"
    try:
        debrief = Debrief.model_validate(fields)
    except ValidationError as error:
        raise InputError(path, [*debrief_problems(error, fields), *problems]) from error
    if problems:
        raise InputError(path, problems)
    return debrief.model_copy(update={"id": name})


def _loaded(text: str, path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """Return the object in a JSON text with what is wrong with its names; raise where nothing can be read at all."""
    problems: list[Problem] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice = dict.fromkeys(name for name in names if names.count(name) > 1)
        problems.extend(Problem(f"“{name[:60]}” is given more than once.") for name in list(twice)[:5])
        return dict(pairs)

    try:
        answer = json.loads(text, object_pairs_hook=once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        fix = "Save the answers again on the reviewer's page."
        raise InputError(path, Problem("This is not a file of a reviewer's page.", where, fix)) from error
    if not isinstance(answer, dict):
        raise InputError(
            path, "The file should hold one answer with names and values, as the reviewer's page saves it."
        )
    _check_size(answer, path)
    found = answer.get("format")
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        problems.append(Problem(f"“format” should be the number {FORMAT}."))
    elif found > FORMAT:
        message = f"The file has format {str(found)[:9]}; this prepkit knows up to {FORMAT}."
        raise NewerFormatError(path, Problem(message, fix="Upgrade prepkit; the file is left as it is."))
    return answer, problems


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _check_size(answer: Any, path: Path) -> None:
    level, count = [answer], 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        nodes = [node for node in level if isinstance(node, dict | list)]
        level = [value for node in nodes for value in (node.values() if isinstance(node, dict) else node)]
    if level:
        raise InputError(path, f"The values are nested more than {MAX_DEPTH} deep; the reviewer's page makes three.")
    if count > MAX_VALUES:
        raise InputError(path, f"There are {count:,} values; at most {MAX_VALUES:,} are read.")


def _strange(marks: Any, known: list[str]) -> list[Problem]:
    """Return a fault for each mark of a theme that the plan does not have."""
    found = [mark.get("theme") for mark in marks if isinstance(mark, dict)] if isinstance(marks, list) else []
    fix = "The page was made for other themes: make a new one, or put the theme back into the plan."
    return [
        Problem(f"“{theme[:60]}” is not among the themes of this plan.{did_you_mean(theme, known)}", "themes", fix)
        for theme in found
        if isinstance(theme, str) and theme and theme not in known
    ]
