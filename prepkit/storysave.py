"""Save one story into the file that it came from, and leave everything else in that file as it is written.

Other rows, columns of one's own, comments, order, quotes, encoding and line ends stay. Nothing replaces the old file
before it has been read back to the same stories and the change.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ruamel.yaml.error import YAMLError

from prepkit.csvedit import csv_with
from prepkit.errors import InputError, Problem
from prepkit.files import locked, read_bytes, without_controls, write_atomic
from prepkit.resources import is_shipped
from prepkit.stories import Story, read_stories
from prepkit.storyfiles import FIELDS, READERS, SURROGATE
from prepkit.text import slug
from prepkit.xlsxedit import CalculatedCell, xlsx_with
from prepkit.yamledit import yaml_with

__all__ = ["CHANGED", "save_story"]

CHANGED = "Somebody else has changed this story meanwhile; look at it again."
"""What is told when the story on the disk is not the one that was read."""

_BOM = "\ufeff"


def save_story(path: Path | str, story: Story, new: bool = False, before: Story | None = None) -> Story:
    """Write one story into the story inventory as it is on the disk now.

    Args:
        path: A ``.csv``, ``.yaml``, ``.yml`` or ``.xlsx`` file of stories.
        story: The story as it should be. One that is new and has an empty id gets one from its title.
        new: Put it behind the last story; otherwise it takes the place of the one with its id.
        before: The story as it was read; the save is refused when the disk says something else by now. None does
            without this guard.

    Returns:
        The story as it is in the file, with its id.

    In a CSV, a cell that a spreadsheet program would run as a formula is guarded; in a workbook it is kept as text.
    Columns that the file lacks are put behind the others. A Windows-1252 file becomes UTF-8 when the story needs it.

    Raises:
        InputError: when the file cannot be read or written, its kind is not written, the story has faults or was
            changed meanwhile; the old file is left as it was.
        BusyError: when another session holds the file for too long.
    """
    path = Path(path)
    _refuse(path, story)
    with locked(path):
        there = _stories_of(path)
        if new and not story.id:
            story = replace(story, id=_free_id(story.title, {known.id for known in there}))
        place = next((number for number, known in enumerate(there) if known.id == story.id), len(there))
        old = there[place] if place < len(there) else None
        if new and old:
            message = f"There is a story with the id “{story.id}” already."
            raise InputError(path, Problem(message, old.source, "Give the new one another."))
        if not new and not old:
            message = f"The story “{story.id}” is no longer in the file."
            raise InputError(path, Problem(message, fix="Save it as a new story, or leave it out."))
        if before is not None and old not in (before, story):
            raise InputError(path, Problem(CHANGED, old.source if old else ""))
        if old != story:
            wanted = (*there[:place], story, *there[place + 1 :])
            edit = _Edit(path, story, old, place, there[-1].source if there else "")
            write_atomic(path, _first_good(edit, wanted))
    return story


def _cell(value: str | Iterable[str]) -> str:
    return value if isinstance(value, str) else "; ".join(value)


def _refuse(path: Path, story: Story) -> None:
    if is_shipped(path):
        raise InputError(path, "The shipped example stays as it is. “prepkit demo” makes a copy to work on.")
    if path.suffix.lower() == ".json":
        fix = "“prepkit stories FOLDER” makes stories.csv from it, to go on in."
        raise InputError(path, Problem("A JSON Résumé is read, but not written.", fix=fix))
    if not story.title:
        raise InputError(path, Problem("The title is missing.", fix="Give the story one; it is enough to begin."))
    if SURROGATE.search("\n".join(_cell(getattr(story, name)) for name in FIELDS)):
        raise InputError(path, "The story has half of a character pair in it. Take it out.")


def _stories_of(path: Path) -> tuple[Story, ...]:
    try:
        return read_stories(path).stories
    except InputError:
        reader = READERS.get(path.suffix.lower())
        if reader is None or any(not isinstance(found, str) for found in reader(path)):
            raise
        return ()  # a header alone is a good place to begin


def _free_id(title: str, taken: set[str]) -> str:
    name = slug(title) or "story"  # as the reader makes one where there is none
    return next(id for id in chain([name], (f"{name}-{number}" for number in count(2))) if id not in taken)


class _Edit(NamedTuple):
    """A story to write in the `place` of `old`, or behind the one that stands at `last`."""

    path: Path
    story: Story
    old: Story | None
    place: int
    last: str

    @property
    def fields(self) -> dict[str, str | tuple[str, ...]]:
        """What changes, and the id, which a story that had none keeps from now on."""
        said = {name: getattr(self.story, name) for name in FIELDS}
        was = {name: getattr(self.old, name) if self.old else type(value)() for name, value in said.items()}
        return {name: value for name, value in said.items() if name == "id" or value != was[name]}

    @property
    def cells(self) -> dict[str, str]:
        return {name: _cell(value) for name, value in self.fields.items()}


def _first_good(edit: _Edit, wanted: Sequence[Story]) -> bytes:
    """Return the first content that is read back to the stories wanted; what changes least is tried first."""
    write = {".csv": _csv, ".xlsx": _xlsx}.get(edit.path.suffix.lower(), _yaml)
    raw = read_bytes(edit.path)
    fault: InputError | None = None
    for gentle in (True, False):
        for data in write(edit, raw, gentle):
            fault = _fault(edit.path, data, wanted)
            if fault is None:
                return data
    raise fault or InputError(edit.path, _UNREADABLE)


_UNREADABLE = Problem(
    "The story could not be read back as it is written, so the file is left as it was.",
    fix="Take unusual characters out of it, or write it into the file by hand.",
)


def _fault(path: Path, data: bytes, wanted: Sequence[Story]) -> InputError | None:
    try:
        # beside the file: it holds stories, and a full disk is noticed before anything is replaced
        with TemporaryDirectory(prefix=f".{path.stem[:40]}.", dir=path.resolve().parent) as folder:
            trial = Path(folder) / f"stories{path.suffix.lower()}"
            write_atomic(trial, data)
            found = read_stories(trial).stories
    except InputError as error:
        return InputError(path, error.problems)
    except OSError as error:
        return InputError(path, f"The file cannot be written: {error.strerror or error}. The old one is unchanged.")
    return None if found == tuple(wanted) else InputError(path, _UNREADABLE)


def _decoded(raw: bytes) -> tuple[str, str, str]:
    """Return byte order mark, text and encoding, by the rules of :func:`prepkit.files.decode`."""
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if raw.startswith(mark):
            return _BOM, raw.decode(name)[1:], name
    with suppress(UnicodeDecodeError):
        text = raw.decode("utf-8")
        return (_BOM, text[1:], "utf-8") if text.startswith(_BOM) else ("", text, "utf-8")
    return "", raw.decode("cp1252"), "cp1252"


def _encoded(mark: str, text: str, encoding: str) -> Iterator[bytes]:
    with suppress(UnicodeEncodeError):
        yield (mark + text).encode(encoding)
    if encoding == "cp1252":
        yield (_BOM + text).encode()


def _csv(edit: _Edit, raw: bytes, gentle: bool) -> Iterator[bytes]:
    mark, text, encoding = _decoded(raw)
    line = int(edit.old.source.removeprefix("row ")) if edit.old else 0
    yield from _encoded(mark, csv_with(text, edit.cells, line, id_column=not gentle), encoding)


def _xlsx(edit: _Edit, raw: bytes, gentle: bool) -> Iterator[bytes]:
    line, after = (int(place.rpartition("row ")[2] or 0) for place in (edit.old.source if edit.old else "", edit.last))
    try:
        yield xlsx_with(raw, edit.cells, line, after, id_column=not gentle)
    except CalculatedCell as error:
        raise InputError(edit.path, error.problem) from error


def _yaml(edit: _Edit, raw: bytes, gentle: bool) -> Iterator[bytes]:
    mark, text, encoding = _decoded(raw)
    if without_controls(text) != text.replace("\r\n", "\n").replace("\r", "\n"):
        text = without_controls(text)  # what is dropped in reading cannot be kept
    try:
        changed = yaml_with(text, edit.fields, edit.place if edit.old else None, gentle)
    except YAMLError as error:
        raise InputError(edit.path, _UNREADABLE) from error
    yield from _encoded(mark, changed, encoding)
