"""One application as bytes, sent to another machine, and its report made there.

No folder needs to be shared: all that an application reads travels in a :class:`Parcel`. Whoever gets it unpacks it in
a private folder, makes the report in a process of its own, sends the files back and removes the folder, whatever
happens.
"""

from __future__ import annotations

import io
import logging
import platform
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from prepkit.archive import zipped
from prepkit.errors import PrepkitError
from prepkit.files import MAX_BYTES, inside, read_bytes
from prepkit.forks import can_fork
from prepkit.manifest import Inputs
from prepkit.resources import template, workbook
from prepkit.search import Search, Settings, read_search
from prepkit.tasks import MAKER, PACKED, Made, Task
from prepkit.warm import WarmParent, shared_parent
from prepkit.workplace import Workplace, clear

__all__ = ["Parcel", "difference", "make_there", "packed", "who"]

LOOK_SECONDS = 1.0
"""How often is looked whether what is being made is still wanted."""

WORKBOOK = ".workbook"
"""Folder of the workbook in a parcel; inside the search, so that messages name it from there on."""


@dataclass(frozen=True)
class Parcel:
    """All that the report of one application is made from, with names from the search on.

    Attributes:
        settings: What ``prepkit.yaml`` says.
        name: The application.
        stories: Name of the story inventory.
        questions: Name of the search's own questions; empty when there are none.
        notebook: Name of the workbook.
        files: All files in a zip archive; those of the pack are empty, because a report only links them.
    """

    settings: Settings
    name: str
    stories: str
    questions: str
    notebook: str
    files: bytes = field(repr=False)  # who writes down what went wrong with a parcel writes down no stories


def packed(task: Task) -> Parcel:
    """Return what a task reads, as bytes.

    Raises:
        InputError: when one of the files cannot be read.
        PrepkitError: when one is a link that leads out of the search.
    """
    search, files = task.search, task.search.application(task.name)
    read = [search.stories, search.questions, files.posting, files.plan, files.plan.with_name("debriefs.yaml")]
    parts = {path.as_posix(): data for path in read if path and (data := _content(search.path, path)) is not None}
    pack = Path("packs") / files.name
    parts |= {(pack / name).as_posix(): b"" for name in PACKED if (search.path / pack / name).is_file()}
    notebook = f"{WORKBOOK}/{task.notebook.name}"
    parts[notebook] = read_bytes(task.notebook)
    questions = search.questions.as_posix() if search.questions else ""
    return Parcel(search.settings, files.name, search.stories.as_posix(), questions, notebook, zipped(parts))


def _content(search: Path, path: Path) -> bytes | None:
    """Return what a file holds, None when there is none; an empty one is for those to judge who read it."""
    file = inside(search, path)
    with suppress(OSError):
        if not file.exists():
            return None
        if file.is_file() and file.stat().st_size <= MAX_BYTES:
            return file.read_bytes()
    return read_bytes(search / path)  # which says what is wrong with it


@cache
def who() -> Mapping[str, str]:
    """Return what two machines must have in common to make the same reports, and what hinders this one to make any."""
    example = read_search(template("example"))
    record = Inputs(example, workbook("application.ipynb"), ()).manifest(example.names[0])
    return {
        "prepkit": record.prepkit, "program": record.program, "python": ".".join(platform.python_version_tuple()[:2]),
        "forks": "" if can_fork() else f"no processes can be forked there ({platform.system()}); workers need Linux",
    }  # fmt: skip


def difference(theirs: Any, mine: Mapping[str, str]) -> str:
    """Return what hinders another machine to make the same reports as this one, as the rest of a sentence.

    Args:
        theirs: What :func:`who` says there, or what went wrong when it was asked.
        mine: What it says here.

    >>> mine = {"prepkit": "1.2", "program": "0a1b2c3d4e", "python": "3.11", "forks": ""}
    >>> difference(mine | {"python": "3.12"}, mine)
    'has prepkit 1.2 (state 0a1b2c3d) with Python 3.12, and here it is prepkit 1.2 (state 0a1b2c3d) with Python 3.11.'
    >>> difference(mine, mine)
    ''
    """
    if not isinstance(theirs, Mapping):
        return f"has no prepkit like the one here, {_named(mine)}: {str(theirs)[:200]}"
    if any(theirs.get(part) != mine[part] for part in ("prepkit", "program", "python")):
        return f"has {_named(theirs)}, and here it is {_named(mine)}."
    return f"cannot make reports: {theirs['forks']}." if theirs.get("forks") else ""


def _named(one: Mapping[str, str]) -> str:
    return f"prepkit {one.get('prepkit')} (state {str(one.get('program'))[:8]}) with Python {one.get('python')}"


def make_there(parcel: Parcel, mine: Mapping[str, str], wanted: Callable[[], bool]) -> Made | str | None:
    """Make a report where a parcel has arrived, in a process forked from a warm one that this process keeps.

    Args:
        parcel: What it is made from.
        mine: What :func:`who` says where the parcel was packed.
        wanted: Tells whether somebody still waits for it; asked once a second.

    Returns:
        What was made, or why nobody could make it, a sentence, or an empty text when the process died; None when there
        is another prepkit here than where the parcel was packed.
    """
    if difference(who(), mine):
        return None
    try:
        parent, place = shared_parent(), _workplace().folder()
    except OSError as error:
        return _said(f"A worker has no place to work: {error.strerror or error}.")
    try:
        return _made(parent, _unpacked(parcel, place / "search"), place, wanted)
    except OSError as error:
        return _said(f"A worker cannot unpack the files: {error.strerror or error}.")
    except PrepkitError:  # somebody has killed the warm process; the next task gets another
        return ""
    finally:
        clear(place)


def _said(sentence: str) -> str:
    """Say here what concerns this machine, because no report tells which one it was."""
    logging.getLogger("prepkit").warning(sentence)
    return sentence


def _unpacked(parcel: Parcel, folder: Path) -> Task:
    with zipfile.ZipFile(io.BytesIO(parcel.files)) as archive:
        archive.extractall(folder)  # which lets no name lead out
    questions = Path(parcel.questions) if parcel.questions else None
    search = Search(folder, parcel.settings, Path(parcel.stories), (parcel.name,), questions)
    return Task(search, parcel.name, folder / parcel.notebook)


def _made(parent: WarmParent, task: Task, place: Path, wanted: Callable[[], bool]) -> Made | str:
    child, limit = parent.fork(MAKER, task, str(place)), task.search.settings.application_seconds
    end = time.monotonic() + limit
    try:
        while not child.line.poll(LOOK_SECONDS):
            if time.monotonic() > end:
                return f"It took more than {limit} seconds and was stopped."
            if not wanted():
                return ""
        made: Made = child.line.recv()
        return made
    except (EOFError, OSError):
        return ""
    finally:
        child.kill_group()
        child.close()


@cache
def _workplace() -> Workplace:
    """Return the one folder for the work of this process."""
    return Workplace()
