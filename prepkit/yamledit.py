"""One story of a YAML inventory changed or added in its text; comments, quotes and every other line stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode, SequenceNode

from prepkit.stories import Story

__all__ = ["yaml_with"]

_PLAIN = re.compile(r"[^\W_](?:[\w .,%’'()/–-]*[\w.%)])?")
_Splice = tuple[int, int, str]  # from, to, and what takes the place
_Value = str | tuple[str, ...]


def yaml_with(text: str, fields: Mapping[str, _Value], place: int | None = None, gentle: bool = True) -> str:
    """Return the text of a YAML inventory with one story changed or added.

    Args:
        text: What the file says, without a byte order mark; it has been read without faults.
        fields: What to write; a tuple for competencies and numbers. An id that is there already stays.
        place: Which of the stories, counted from 0; None adds one behind the last.
        gentle: Keep the lines of those entries of a list that stay, and the comments beside them.
    """
    root: Any = YAML(typ="rt").compose(text)
    _place_blanks(text, root)
    stories: Any = next((value for key, value in root.value if key.value == "stories"), None)
    splices = [_added(text, fields, stories)] if place is None else [
        *_changed(text, fields, stories.value[place], gentle)
    ]  # fmt: skip
    end = (re.findall(r"\r\n|\r|\n", text) or ["\n"])[0]
    # from the end on, and what comes later at the same place first, so that offsets stay true
    for start, stop, said in sorted(splices, key=lambda splice: splice[:2])[::-1]:
        text = text[:start] + re.sub(r"(?<!\r)\n", end, said) + text[stop:]
    return text


def _place_blanks(text: str, node: Any) -> None:
    """Put values that were left blank right behind their colon; the library has them in front of what comes next."""
    if isinstance(node, ScalarNode):
        return
    for item in node.value:
        key, value = item if isinstance(item, tuple) else (None, item)
        colon = re.compile(r"\s*:").match(text, key.end_mark.index) if key else None
        if colon and value.start_mark.index == value.end_mark.index:
            value.start_mark = value.end_mark = SimpleNamespace(index=colon.end())
        _place_blanks(text, value)


def _changed(text: str, fields: Mapping[str, _Value], entry: Any, gentle: bool) -> Iterator[_Splice]:
    nodes = {key.value: value for key, value in entry.value}
    more = ""
    for name, value in fields.items():
        node = nodes.get(name)
        if node is None:
            said = f"{name}: {_written(value, entry.flow_style)}"
            more += f", {said}" if entry.flow_style else f"\n{' ' * entry.start_mark.column}{said}"
        elif isinstance(node, SequenceNode):
            yield _list(text, name, value, node, gentle)
        elif name != "id" or not node.value:
            start, stop = node.start_mark.index, _end(text, node)
            joined = value if isinstance(value, str) else "; ".join(value)
            note = re.match(r"[|>]\S*(\s+#[^\r\n]*)", text[start:stop])  # beside the mark of a text in lines
            said = _written(joined, entry.flow_style) + (note[1] if note else "")
            yield start, stop, f" {said}" if start == stop else said
    if more:
        stop = _end(text, entry.value[-1][1])
        stop = stop if entry.flow_style else _line_stop(text, stop)
        yield stop, stop, more


def _list(text: str, name: str, value: _Value, node: Any, gentle: bool) -> _Splice:
    """Return what takes the place of a list; lines of entries that stay are kept as they are."""
    start, stop = node.start_mark.index, _end(text, node)
    if node.flow_style or not gentle:
        return start, stop, _written(tuple(value), True)
    starts = [text.rfind("\n", 0, item.start_mark.index) + 1 for item in node.value]
    stop = _line_stop(text, stop)
    lines, kept = [], list[str]()
    for item, first, last in zip(node.value, starts, [*starts[1:], stop], strict=True):
        parts = getattr(Story("a", "a", competencies=(item.value,), numbers=(item.value,)), name)  # as the reader does
        if parts and set(parts) <= set(value):
            kept += parts
            lines.append(text[first:last].rstrip("\r\n"))
    lines += [f"{' ' * node.start_mark.column}- {_written(part, False)}" for part in value if part not in kept]
    return starts[0], stop, "\n".join(lines)


def _added(text: str, fields: Mapping[str, _Value], stories: Any) -> _Splice:
    in_flow = stories is not None and bool(stories.flow_style and stories.value)
    pairs = [f"{name}: {_written(value, in_flow)}" for name, value in fields.items()]
    if in_flow:
        stop = _end(text, stories.value[-1])
        return stop, stop, f", {{{', '.join(pairs)}}}"
    column = stories.start_mark.column if stories is not None and stories.value else 2
    said = f"\n{' ' * column}- " + f"\n{' ' * (column + 2)}".join(pairs)
    if stories is None:
        return len(text), len(text), f"{'' if text.endswith(chr(10)) else chr(10)}stories:{said}\n"
    if not stories.value:
        return stories.start_mark.index, _end(text, stories), said
    stop = _line_stop(text, _end(text, stories))
    return stop, stop, said


def _end(text: str, node: Any) -> int:
    """Return the offset behind what a node says; comments and empty lines after it do not belong to it."""
    while not isinstance(node, ScalarNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    start, stop = node.start_mark.index, node.end_mark.index
    in_lines = isinstance(node, ScalarNode) and node.style in ("|", ">")
    return start + len(text[start:stop].rstrip()) if in_lines else int(stop)


def _line_stop(text: str, place: int) -> int:
    found = re.compile(r"[\r\n]").search(text, place)
    return found.start() if found else len(text)


def _written(value: _Value, in_flow: bool) -> str:
    if not isinstance(value, str):
        return f"[{', '.join(_written(part, True) for part in value)}]"
    if _PLAIN.fullmatch(value) and not (in_flow and "," in value):
        return value
    said = json.dumps(value, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in said)
