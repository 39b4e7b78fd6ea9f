"""The candidates of a coach: the searches in a folder, how far each application is, and what is taken in for them."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from prepkit.application import Application
from prepkit.documents import SUFFIXES
from prepkit.errors import InputError, PrepkitError
from prepkit.files import inside, locked, read_text, write_atomic
from prepkit.plan import Corrections, Plan, load_plan, update_plan
from prepkit.posting import Posting, read_posting
from prepkit.questions import Question, load_questions
from prepkit.readiness import check_plan, readiness
from prepkit.search import Search, add_application, is_search, new_search, read_search, search_folders
from prepkit.stories import StoryInventory, read_stories
from prepkit.storyfiles import FIELDS, READERS
from prepkit.text import slug

__all__ = [
    "MAX_UPLOAD_BYTES",
    "ApplicationState",
    "ClientState",
    "inventory",
    "list_searches",
    "make_application",
    "new_client",
    "read_client",
    "read_upload",
    "said_of",
    "take_stories",
]

MAX_UPLOAD_BYTES = 5_000_000
"""Largest file that is taken from a browser, in bytes; a server of Jupyter lets ten million through."""


@dataclass(frozen=True, slots=True)
class ApplicationState:
    """How far one application is.

    Attributes:
        name: Name of its folder.
        role: Title and employer as far as they are known, otherwise `name`.
        done: Steps of the method that are done; 0 where something is wrong.
        steps: Steps that there are; 0 where something is wrong.
        chosen: True when a person has chosen themes; otherwise they are only suggested.
        problem: The first thing that is wrong with its files, one line; empty when nothing is.
    """

    name: str
    role: str
    done: int = 0
    steps: int = 0
    chosen: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ClientState:
    """How far one candidate is.

    Attributes:
        name: The candidate, or the name of the folder where no name is given.
        path: The search.
        stories: How many stories can be read; 0 for an inventory that is still empty, or faulty.
        applications: By the names of their folders.
        problem: The first thing that is wrong with settings, stories or questions, one line; empty when nothing is.
    """

    name: str
    path: Path
    stories: int = 0
    applications: tuple[ApplicationState, ...] = ()
    problem: str = ""


# --- which searches there are, and how far they are -------------------------------------------------------------


def list_searches(folder: Path | str) -> tuple[ClientState, ...]:
    """Return the searches of a folder with their state; a faulty one is listed with what is wrong, the others go on.

    Delivery odds are not computed: fifty candidates with two postings each take about two seconds, and one when asked
    again. A posting in PDF or Word takes up to half a second of one processor besides, the first time.

    Raises:
        InputError: when there is no such folder, or it may not be read.
    """
    folders = search_folders(folder)
    _read_ahead(folders)
    return tuple(_state_within(Path(folder), path) for path in folders)


def _read_ahead(folders: Iterable[Path]) -> None:
    """Read the postings that other processes read, several at a time; what is wrong with one is said later."""

    def read(folder: Path, file: Path) -> None:
        with suppress(PrepkitError):
            inside(folder, file.relative_to(folder))
            _posting(file)

    files = [(folder, file) for folder in folders for file in folder.glob("applications/*/posting.*")]
    with ThreadPoolExecutor() as pool:
        for folder, file in files:
            if file.suffix.lower() in (".pdf", ".docx"):
                pool.submit(read, folder, file)


def _state_within(folder: Path, path: Path) -> ClientState:
    try:
        inside(folder, path.relative_to(folder))
    except PrepkitError as error:  # a link to a search elsewhere
        return ClientState(path.name, path, problem=str(error))
    return read_client(path)


def read_client(path: Path | str) -> ClientState:
    """Return the state of one search, whatever is wrong with its files."""
    path = Path(path)
    try:
        search = read_search(path)
    except PrepkitError as error:
        return ClientState(path.resolve().name, path, problem=said_of(error, path))
    stories: StoryInventory | None = None
    questions: tuple[Question, ...] = ()
    problem = ""
    try:
        stories = inventory(search)
        questions = load_questions(path / search.questions if search.questions else None)
    except PrepkitError as error:
        problem = said_of(error, path)
    states = tuple(_application(search, name, stories, questions) for name in search.names)
    name = search.settings.candidate or path.resolve().name
    return ClientState(name, path, len(stories or ()), states, problem)


def _application(
    search: Search, name: str, stories: StoryInventory | None, questions: tuple[Question, ...]
) -> ApplicationState:
    try:
        files = search.application(name)
        posting, plan_path = _posting(search.path / files.posting), search.path / files.plan
        plan = load_plan(plan_path)
    except PrepkitError as error:
        return ApplicationState(name, name, problem=said_of(error, search.path))
    posting = posting.corrected(plan.posting.model_dump(exclude_none=True))
    if stories is None:  # what needs stories is not done then
        steps = readiness(plan, check_plan(plan, posting))
    else:
        settings = search.settings
        steps = Application(
            settings.candidate, posting, stories, plan, plan_path, questions, settings.words_per_minute,
            settings.pronoun, settings.language,
        ).steps  # fmt: skip
    role = ", ".join(filter(None, (posting.title, posting.company))) or name
    return ApplicationState(name, role, sum(step.done for step in steps), len(steps), bool(plan.themes))


def _posting(path: Path) -> Posting:
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(path, f"The file cannot be read: {error.strerror or error}.") from error
    return _read_once(path.resolve(), stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=500)
def _read_once(path: Path, _time: int, _size: int) -> Posting:
    return read_posting(path)


def said_of(error: PrepkitError, folder: Path) -> str:
    """Return the first thing that an error says in one line, with files named from the folder on."""
    if not isinstance(error, InputError):
        return str(error).split("\n")[0].replace(f"{folder}/", "")
    place = error.path
    for base in (folder, folder.resolve()):
        if place.is_relative_to(base):
            place = place.relative_to(base)
            break
    more = len(error.problems) - 1
    others = f" And {more} more fault{'s' * (more != 1)}." if more else ""
    return f"{'' if place == Path() else f'{place}: '}{error.problems[0]}{others}".replace("\n", " ")


def inventory(search: Search) -> StoryInventory | None:
    """Return the stories of a search, or None when its inventory is as empty as a new one.

    Raises:
        InputError: when the inventory cannot be read.
        PrepkitError: when it is a link that leads out of the search.
    """
    path = search.path / search.stories
    inside(search.path, search.stories)
    return None if _is_blank(path) else read_stories(path)


def _is_blank(path: Path) -> bool:
    """Tell whether a file is a table with names of columns at most; a title without a row counts as somebody's work."""
    if path.suffix.lower() != ".csv":
        return False
    try:
        if not path.stat().st_size:
            return True
        lines = [line for line in read_text(path)[0].split("\n") if line.strip(" \t,;")]
    except (OSError, InputError):
        return False  # reading it will say what is wrong
    return not lines or (len(lines) == 1 and set(re.findall(r"\w+", lines[0].casefold())) <= set(FIELDS))


# --- what is taken in ---------------------------------------------------------------------------------------------


def new_client(folder: Path | str, name: str) -> Search:
    """Make a search for a candidate in a folder of its own, which gets the name in plain letters.

    Raises:
        PrepkitError: when the name is empty or has no letters, a folder of that name exists, or `folder` is one
            candidate's search itself.
    """
    folder, name = Path(folder), " ".join(name.split())
    if is_search(folder):
        raise PrepkitError("This folder is the search of one candidate. Open the folder above it to add another.")
    if not name:
        raise PrepkitError("Write the name of the candidate first.")
    if not (place := slug(name)):
        raise PrepkitError(f"“{name[:60]}” has no letters to name a folder after.")
    if (folder / place).exists() or (folder / place).is_symlink():
        message = f"There is a folder “{place}” already. Choose that candidate, or add something to the name."
        raise PrepkitError(message)
    inside(folder, Path(place))
    return new_search(folder / place, name)


def read_upload(search: Search, name: str, data: bytes) -> Posting:
    """Read a posting that came from a browser, by way of a private file in the search that is gone afterwards.

    Args:
        search: For whom it is.
        name: Name of the file as the browser says it; only its ending counts.
        data: Its content.

    Raises:
        InputError: when it cannot be read as a posting; the message calls the file by `name`.
    """
    with _held(search, name, data, SUFFIXES, "posting") as file, _named(file, name):
        return replace(read_posting(file), path=Path(_plain_name(name)))


def make_application(search: Search, name: str, data: bytes, corrections: Corrections) -> str:
    """Make an application from a posting that came from a browser, and note how it should be read; all or nothing.

    Args:
        search: For whom it is.
        name: Name of the file as the browser says it.
        data: Its content, which is kept as it is.
        corrections: What a person says against what was read; goes into ``plan.yaml``.

    Returns:
        The name of the application, made from employer and title.

    Raises:
        InputError: when the posting cannot be read, or the files cannot be written.
        PrepkitError: when there is an application of that name.
    """
    posting = read_upload(search, name, data).corrected(corrections.model_dump(exclude_none=True))
    place = slug(f"{posting.company} {posting.title}") or slug(Path(_plain_name(name)).stem) or "application"
    place = f"{place}-1" if place == "start" else place  # the workbook of that name is the page this is made from
    target = search.path / "applications" / place
    if target.exists():
        message = f"There is an application “{place}” already. Choose it, or say another title or employer here."
        raise PrepkitError(message)
    with _held(search, name, data, SUFFIXES, "posting") as file, _named(file, name):
        files = add_application(search, file, place)
    if corrections != Corrections():
        try:
            update_plan(search.path / files.plan, lambda plan: _corrected(plan, corrections))
        except (PrepkitError, OSError):
            shutil.rmtree(target, ignore_errors=True)  # it was made a moment ago and holds nothing else
            raise
    return files.name


def _corrected(plan: Plan, corrections: Corrections) -> Plan:
    return plan.model_copy(update={"posting": corrections})


def take_stories(search: Search, name: str, data: bytes) -> StoryInventory:
    """Put a file of stories in the place of an inventory that is still empty; stories are never written over.

    Args:
        search: Whose stories they are.
        name: Name of the file as the browser says it; only its ending counts.
        data: Its content, which is kept as it is.

    Returns:
        The stories as they are now.

    Raises:
        InputError: when the file cannot be read as stories, or the search has stories already, readable or not.
        PrepkitError: when the inventory is a link that leads out of the search.
    """
    with _held(search, name, data, tuple(READERS), "stories") as file, _named(file, name):
        read_stories(file)
        suffix = file.suffix
    old = search.path / search.stories
    inside(search.path, search.stories)
    with locked(old):
        if not _is_blank(old):
            message = (
                f"There are stories in {search.stories} already, and they stay as they are. Write the new ones into "
                f"{search.stories} below the others."
            )
            raise InputError(Path(_plain_name(name)), message)
        if old.suffix.lower() == suffix:
            new = old
            write_atomic(old, data)
        else:
            new = search.path / f"stories{suffix}"
            write_atomic(new, data)
            old.unlink()
    return read_stories(new)


def _plain_name(name: str) -> str:
    """Return the last part of a file name that may come from any system, or be no name at all."""
    return re.split(r"[/\\]", name.replace("\0", ""))[-1].strip() or "the file"


@contextmanager
def _held(search: Search, name: str, data: bytes, allowed: tuple[str, ...], stem: str) -> Iterator[Path]:
    """Hold what came from a browser in a private file of the search, after looking at its ending and size."""
    plain = Path(_plain_name(name))
    suffix = plain.suffix.lower()
    if suffix not in allowed:
        kind = f"“{suffix}” files" if suffix else "Files without an ending"
        raise InputError(plain, f"{kind} cannot be taken; the ending should be one of {', '.join(allowed)}.")
    if len(data) > MAX_UPLOAD_BYTES:
        raise InputError(plain, f"The file has {len(data):,} bytes; at most {MAX_UPLOAD_BYTES:,} are taken.")
    try:
        private = tempfile.TemporaryDirectory(prefix=f".{stem}-", suffix=".tmp", dir=search.path)
    except OSError as error:
        raise InputError(search.path, f"Nothing can be written here: {error.strerror or error}.") from error
    with private as folder:
        file = Path(folder) / f"{stem}{suffix}"
        write_atomic(file, data)
        yield file


@contextmanager
def _named(file: Path, name: str) -> Iterator[None]:
    """Let errors call a held file by the name that people know."""
    try:
        yield
    except InputError as error:
        if error.path != file:
            raise
        raise InputError(Path(_plain_name(name)), error.problems) from error
