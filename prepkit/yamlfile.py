"""YAML files of a search: every value read as text, written back with comments and order kept.

Values stay what the person wrote: ``no``, ``007`` and ``1.10`` are text, and a record that wants a
number asks for one. Aliases are refused, because they can make a small file endless.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from prepkit.errors import InputError, NewerFormatError, Problem
from prepkit.files import decode, read_bytes, write_atomic

__all__ = ["FORMAT", "line_of", "load_shipped", "load_yaml", "merge_into", "save_yaml"]

FORMAT = 1
"""The format number that this prepkit writes into its files and the highest it reads."""

MAX_DEPTH = 12
"""Deepest nesting that is read; prepkit's own files need five."""

MAX_NODES = 60_000
"""Most names and values that are read; the longest story inventory has 45,000."""

MAX_YAML_BYTES, MAX_LINES = 2_000_000, 80_000
"""Largest YAML file that is read, in bytes and lines; reading takes two seconds for each million bytes."""


class _TextOnly(VersionedResolver):
    """Gives plain scalars no type, so that all of them are text."""

    @property
    def versioned_resolver(self) -> dict[str, Any]:
        return {}


class _Guarded(Composer):
    """Refuses what could run away or hide something, before anything is made of it."""

    nesting = count = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        self.count += 1
        if isinstance(event, AliasEvent) or event.anchor or event.ctag:
            fault = "tags (“!name”) and aliases (“&name”, “*name”) are not allowed here"
        elif isinstance(parent, MappingNode) and index is None and not hasattr(event, "value"):
            fault = "a name must be plain text"
        elif self.nesting == MAX_DEPTH and not hasattr(event, "value"):
            fault = f"the values are nested more than {MAX_DEPTH} deep"
        elif self.count > MAX_NODES:
            fault = f"there are more than {MAX_NODES:,} values"
        elif any("\ud800" <= character <= "\udfff" for character in getattr(event, "value", "")):
            fault = "the value has half of a character pair in it"
        else:
            self.nesting += 1
            node = super().compose_node(parent, index)
            self.nesting -= 1
            return node
        raise ComposerError(None, None, fault, event.start_mark)


def _yaml() -> YAML:
    reader = YAML(typ="rt")
    reader.Resolver = _TextOnly
    reader.Composer = _Guarded
    reader.preserve_quotes = True
    reader.width = 100_000  # a narrower one would wrap lines that nobody touched
    reader.indent(mapping=2, sequence=4, offset=2)
    return reader


def load_yaml(path: Path) -> CommentedMap:
    """Return the mapping in a YAML file, with the places of its keys for :func:`line_of`.

    Raises:
        InputError: for text that is not YAML, repeated keys, aliases, tags, nesting beyond
            :data:`MAX_DEPTH`, anything but a mapping on top, or a ``format`` that is no number.
        NewerFormatError: when ``format`` is above :data:`FORMAT`.
    """
    text, _ = decode(read_bytes(path, MAX_YAML_BYTES), path)
    if (lines := text.count("\n")) > MAX_LINES:
        raise InputError(path, f"The file has {lines:,} lines; at most {MAX_LINES:,} are read.")
    try:
        data = _yaml().load(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise InputError(path, _yaml_problem(error, text)) from error
    if not isinstance(data, CommentedMap):
        raise InputError(path, "The file should hold names with values, such as “format: 1”.")
    _check_names(data, path)
    _check_format(data, path)
    return data


def load_shipped(path: Path) -> Mapping[str, Any]:
    """Return the mapping in one of prepkit's own YAML files, every value as text, some twenty times as fast.

    For data that come with the package only: nothing is guarded, and no line is known.
    """
    return yaml.load(path.read_bytes(), Loader=_Shipped)  # type: ignore[no-any-return]  # noqa: S506 - makes only text


def _yaml_problem(error: Exception, text: str) -> Problem:
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        code = error.character if isinstance(error.character, int) else ord(error.character)
        return Problem(f"The character U+{code:04X} cannot stand in a YAML file.", f"line {line}")
    if not isinstance(error, MarkedYAMLError):
        return Problem(f"This is not YAML: {str(error).splitlines()[0] if str(error) else 'it cannot be read'}.")
    said = (error.problem or error.context or "it cannot be read").split(" with value")[0]
    where = f"line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}" if error.problem_mark else ""
    if said == "but found another document":
        return Problem("A second document begins here; keep one.", where)
    if isinstance(error, ComposerError) or said.startswith("found duplicate key"):
        return Problem(f"{said[0].upper()}{said[1:]}.", where)
    return Problem(f"This is not YAML: {said}.", where)


def line_of(node: Any, key: str | int | None = None) -> str:
    """Return ``line N`` for a mapping or list, or for one entry of it; empty when not known."""
    line = _line(node, key)
    return f"line {line + 1}" if line is not None else ""


def _line(node: Any, key: str | int | None = None) -> int | None:
    place = getattr(node, "lc", None)
    known = getattr(place, "data", None) or {}
    line: int | None = known[key][0] if key in known else getattr(place, "line", None)
    return line


_Shipped = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_NOT_GIVEN = object()


def merge_into(node: Any, value: Any, before: Any = _NOT_GIVEN) -> Any:
    """Return `node` changed as little as it takes to say `value`; comments, quotes and order stay.

    Args:
        node: What was loaded; mappings and lists in it are changed in place.
        value: Plain mappings, lists and text. Entries of lists are matched by their ``id``, or text.
        before: What `node` was taken to say, of the same shape as `value`. Where the two are equal, `node` stays
            as it was written, be it in other words. Left out, `value` is compared with `node` itself.
    """
    if before is not _NOT_GIVEN and before == value:
        return node
    if isinstance(node, CommentedMap) and isinstance(value, Mapping):
        said = before if isinstance(before, Mapping) else node
        for key in [key for key in said if key not in value]:
            node.pop(key, None)
        for key, item in value.items():
            old = said.get(key, _NOT_GIVEN) if said is not node else _NOT_GIVEN
            node[key] = merge_into(node[key], item, old) if key in node else _fresh(item)
        return node
    if isinstance(node, CommentedSeq) and node and isinstance(value, Sequence) and not isinstance(value, str):
        nodes, said = _by_name(node), _by_name(before)
        beside = {_name(item): node.ca.items.get(place) for place, item in enumerate(node)}
        names = [_name(item) for item in value]
        node[:] = [
            merge_into(nodes.pop(name), item, said.get(name, _NOT_GIVEN)) if name in nodes else _fresh(item)
            for item, name in zip(value, names, strict=True)
        ]
        node.ca.items.clear()  # comments are kept by place
        node.ca.items.update({place: beside[name] for place, name in enumerate(names) if beside.get(name)})
        return node
    return node if isinstance(node, str) and node == str(value) else _fresh(value)


def _name(item: Any) -> str:
    """Return what an entry of a list is known by, within its list."""
    return str(item.get("id", "")) if isinstance(item, Mapping) else str(item)


def _by_name(items: Any) -> dict[str, Any]:
    return {_name(item): item for item in items} if isinstance(items, Sequence) else {}


def save_yaml(path: Path, data: Mapping[str, Any]) -> None:
    """Write a mapping as a whole file or not at all; see :func:`prepkit.files.write_atomic`.

    Comment lines of the file that is there already stay above the entry that they stood above; its line ends stay.
    """
    stream = io.StringIO()
    _yaml().dump(data if isinstance(data, CommentedMap) else _fresh(data), stream)
    text = stream.getvalue()
    if re.search("[\ud800-\udfff]", json.dumps(data, ensure_ascii=False, default=str)):
        raise InputError(path, "A value has half of a character pair in it; it cannot be saved.")
    if path.is_file():
        try:
            raw = read_bytes(path, MAX_YAML_BYTES)
            old = decode(raw, path)[0]
        except InputError:  # what stood there was no text
            raw, old = b"", ""
        text = _with_comments(text, old)
        if b"\r\n" in raw:
            text = text.replace("\n", "\r\n")
    write_atomic(path, text)


def _fresh(value: Any) -> Any:
    if isinstance(value, Mapping):
        return CommentedMap((str(key), _fresh(item)) for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = CommentedSeq(_fresh(item) for item in value)
        if all(isinstance(item, str) for item in items):
            items.fa.set_flow_style()
        return items
    text = "" if value is None else str(value)
    # the library leaves “?x” in a list unquoted and cannot read it back
    return text if not text or (text[0].isalnum() and text.isprintable()) else DoubleQuotedScalarString(text)


def _with_comments(text: str, old: str) -> str:
    """Return `text` with the comment lines of `old` above the entries that they stood above.

    The library ties a comment to the entry before it, so that a theme takes its neighbour's comment away with it.
    """
    if "#" not in old:
        return text
    try:
        wanted, there = _above(old), _above(text)
        lines = text.split("\n")
        for place, (first, last, _) in sorted(there.items(), key=lambda item: -item[1][0]):
            lines[first:last] = wanted[place][2] if place in wanted else []
        changed = "\n".join(lines)
        same = changed == text or _yaml().load(changed) == _yaml().load(text)
    except (YAMLError, ValueError, RecursionError):  # what stood there was no YAML
        return text
    return changed if same else text


def _above(text: str) -> dict[tuple[str, ...], tuple[int, int, list[str]]]:
    """Return for each entry the comment lines right above it, as first line, line after the last, and lines."""
    lines, result, taken = text.split("\n"), {}, 0
    for place, line, column in (*_entries(_yaml().load(text), ()), (("the end",), len(lines) - 1, 0)):
        if line < taken:  # “- id: a” is both an entry of a list and one of a mapping
            continue
        first = line
        while first > taken and _stands_above(lines[first - 1], column):
            first -= 1
        result[place] = (first, line, lines[first:line])
        taken = line + 1
    return result


def _stands_above(line: str, column: int) -> bool:
    return not line.strip() or (line.lstrip().startswith("#") and len(line) - len(line.lstrip()) <= column)


def _entries(node: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Yield place, line and column of the entries of mappings and lists in block style, from the top down."""
    if not isinstance(node, CommentedMap | CommentedSeq) or node.fa.flow_style():
        return
    items: Iterable[tuple[Any, Any]] = node.items() if isinstance(node, CommentedMap) else enumerate(node)
    for key, item in items:
        line, column = node.lc.data[key][:2]
        if isinstance(node, CommentedSeq):
            key, column = f"- {_name(item)}", column - 2  # of the dash
        yield (*place, key), line, column
        yield from _entries(item, (*place, key))


def _check_names(data: CommentedMap, path: Path) -> None:
    waiting: list[Any] = [data]
    while waiting:
        node = waiting.pop()
        if isinstance(node, CommentedMap):
            for key in node:
                if not isinstance(key, str):
                    raise InputError(path, Problem("A name must be plain text.", line_of(node)))
            waiting += node.values()
        elif isinstance(node, CommentedSeq):
            waiting += node


def _check_format(data: CommentedMap, path: Path) -> None:
    found, where = data.get("format") or str(FORMAT), line_of(data, "format")
    if not (isinstance(found, str) and found.isascii() and found.isdigit()):
        said = f"“{found[:40]}”" if isinstance(found, str) else "this"
        raise InputError(path, Problem(f"“format” should be the number {FORMAT}, not {said}.", where))
    if len(found) > 9 or int(found) > FORMAT:
        message = f"The file has format {found[:9]}; this prepkit knows up to {FORMAT}."
        raise NewerFormatError(path, Problem(message, where, "Upgrade prepkit; the file is left as it is."))
