"""YAML files of a search: every value read as text, written back with comments and order kept.

Values stay what the person wrote: ``no``, ``007`` and ``1.10`` are text, and a record that wants a
number asks for one. Aliases are refused, because they can make a small file endless.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.resolver import VersionedResolver

from prepkit.errors import InputError, NewerFormatError, Problem
from prepkit.files import read_text, write_atomic

__all__ = ["FORMAT", "line_of", "load_yaml", "merge_into", "save_yaml"]

FORMAT = 1
"""The format number that this prepkit writes into its files and the highest it reads."""

MAX_DEPTH = 12
"""Deepest nesting that is read; prepkit's own files need five."""


class _TextOnly(VersionedResolver):
    """Gives plain scalars no type, so that all of them are text."""

    @property
    def versioned_resolver(self) -> dict[str, Any]:
        return {}


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.Resolver = _TextOnly
    yaml.preserve_quotes = True
    yaml.width = 100_000  # a narrower one would wrap lines that nobody touched
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def load_yaml(path: Path) -> CommentedMap:
    """Return the mapping in a YAML file, with the places of its keys for :func:`line_of`.

    Raises:
        InputError: for text that is not YAML, repeated keys, aliases, tags, nesting beyond
            :data:`MAX_DEPTH`, anything but a mapping on top, or a ``format`` that is no number.
        NewerFormatError: when ``format`` is above :data:`FORMAT`.
    """
    text, _ = read_text(path)
    try:
        data = _yaml().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        if "duplicate key" in str(error):
            raise InputError(path, Problem(str(error.problem).split(" with value")[0] + ".", where)) from error
        raise InputError(path, Problem(f"This is not YAML: {error.problem or error.context}.", where)) from error
    except (YAMLError, ValueError) as error:
        raise InputError(path, f"This is not YAML: {str(error).splitlines()[0]}.") from error
    except RecursionError as error:
        raise InputError(path, f"The values are nested more than {MAX_DEPTH} deep.") from error
    if not isinstance(data, CommentedMap):
        raise InputError(path, "The file should hold names with values, such as “format: 1”.")
    _refuse_tricks(data, path)
    _check_format(data, path)
    return data


def line_of(node: Any, key: str | int | None = None) -> str:
    """Return ``line N`` for a mapping or list, or for one entry of it; empty when not known."""
    place = getattr(node, "lc", None)
    if place is None:
        return ""
    known = getattr(place, "data", None) or {}
    line = known[key][0] if key in known else place.line
    return f"line {line + 1}" if line is not None else ""


def merge_into(node: Any, value: Any, identity: str = "id") -> Any:
    """Return `node` changed as little as it takes to say `value`; comments and order stay.

    Args:
        node: What was loaded; mappings and lists in it are changed in place.
        value: Plain mappings, lists and text. Lists of mappings are matched by `identity`.
    """
    if isinstance(node, CommentedMap) and isinstance(value, Mapping):
        for key in [key for key in node if key not in value]:
            del node[key]
        for key, item in value.items():
            node[key] = merge_into(node[key], item, identity) if key in node else _fresh(item)
        return node
    if isinstance(node, CommentedSeq) and isinstance(value, Sequence) and not isinstance(value, str):
        if list(node) == list(value):
            return node
        old = {item[identity]: item for item in node if isinstance(item, Mapping) and identity in item}
        node[:] = [
            merge_into(old[item[identity]], item, identity)
            if isinstance(item, Mapping) and item.get(identity) in old
            else _fresh(item)
            for item in value
        ]
        return node
    return node if node == value else _fresh(value)


def save_yaml(path: Path, data: Mapping[str, Any]) -> None:
    """Write a mapping as a whole file or not at all; see :func:`prepkit.files.write_atomic`."""
    stream = io.StringIO()
    _yaml().dump(data if isinstance(data, CommentedMap) else _fresh(data), stream)
    write_atomic(path, stream.getvalue())


def _fresh(value: Any) -> Any:
    if isinstance(value, Mapping):
        return CommentedMap((key, _fresh(item)) for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = CommentedSeq(_fresh(item) for item in value)
        if all(isinstance(item, str) for item in items):
            items.fa.set_flow_style()
        return items
    return str(value)


def _refuse_tricks(data: CommentedMap, path: Path) -> None:
    seen: set[int] = set()
    waiting: list[tuple[Any, int]] = [(data, 1)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, str):
            if any("\ud800" <= character <= "\udfff" for character in node):
                raise InputError(path, f"The value {node[:40]!r} has half of a character pair in it.")
            continue
        if not isinstance(node, CommentedMap | CommentedSeq) or node.tag.value or id(node) in seen:
            message = "Tags (“!name”) and aliases (“&name”, “*name”) are not allowed here."
            raise InputError(path, Problem(message, line_of(node)))
        if depth > MAX_DEPTH:
            raise InputError(path, Problem(f"The values are nested more than {MAX_DEPTH} deep.", line_of(node)))
        seen.add(id(node))
        if isinstance(node, CommentedMap):
            for key in node:
                if not isinstance(key, str):
                    raise InputError(path, Problem("A name must be plain text.", line_of(node)))
            waiting += [(item, depth + 1) for item in node.values()]
        else:
            waiting += [(item, depth + 1) for item in node]


def _check_format(data: CommentedMap, path: Path) -> None:
    found = data.get("format", str(FORMAT))
    if not (isinstance(found, str) and found.isascii() and found.isdigit()):
        problem = Problem(f"“format” should be the number {FORMAT}, not {found!r}.", line_of(data, "format"))
        raise InputError(path, problem)
    if int(found) > FORMAT:
        raise NewerFormatError(
            path,
            Problem(
                f"The file has format {found}; this prepkit knows up to {FORMAT}.",
                line_of(data, "format"),
                "Upgrade prepkit; the file is left as it is.",
            ),
        )
