"""Remove all that this machine holds of a candidate, as far as prepkit can reach, and say what it cannot.

Nothing is kept back: inputs, reports, packs, workbooks with their checkpoints, and what was made beside the folder from
several candidates, which can be made again without this one.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from prepkit.errors import InputError, PrepkitError
from prepkit.files import locked, remove
from prepkit.search import is_search, search_folders

__all__ = ["UNREACHED", "Traces", "find_traces", "forget"]

UNREACHED = (
    "copies that you made: sent mails, printed pages, packs given to others, exported files",
    "backups, synchronised folders and the trash of this machine",
    "what workers of a cluster have written in their logs",
    "names of files in the history of your shell, and in a JupyterLab that was not started by “prepkit lab”",
)
"""Where prepkit cannot look, as parts of a sentence."""

SHARED = (
    "reports/portfolio.html", "reports/portfolio.xlsx", "start.ipynb", ".ipynb_checkpoints/start-checkpoint.ipynb",
    ".jupyter",
)  # fmt: skip
"""What is made in a folder of searches from all of them."""

BUSY_SECONDS = 2.0
"""How long is waited for another program to let go of a history."""

TABLES = (("history", "source"), ("history", "source_raw"), ("output_history", "output"))
"""Where IPython keeps what was run and shown, if it was not told otherwise."""


@dataclass(frozen=True)
class Traces:
    """What there is of one candidate.

    Attributes:
        folder: The search, all of which goes.
        files: How many files there are in it.
        shared: Files and folders beside it that were made from several candidates; they go, and can be made again.
        histories: Databases of IPython in which a cell names the folder; those lines go.
    """

    folder: Path
    files: int
    shared: tuple[Path, ...]
    histories: tuple[Path, ...]


def find_traces(folder: Path | str) -> Traces:
    """Return what there is of the candidate whose search is in `folder`; nothing is changed.

    Raises:
        InputError: when the folder is no search, is a link, or holds searches of others.
    """
    folder = Path(folder)
    if folder.is_symlink():
        raise InputError(folder, "This is a link; name the folder that it leads to. Nothing was removed.")
    searches = search_folders(folder)
    if not is_search(folder):
        names = ", ".join(str(path) for path in searches[:3])
        which = f"It holds several: {names}. Name one." if searches else "It has no file prepkit.yaml."
        raise InputError(folder, f"This is not the search of a candidate. {which} Nothing was removed.")
    if inner := [path.parent for path in folder.rglob("prepkit.yaml") if path.parent != folder]:
        raise InputError(folder, f"There is another search inside, {inner[0]}. Forget that first. Nothing was removed.")
    files = sum(not path.is_dir() or path.is_symlink() for path in folder.rglob("*"))
    beside = [folder.resolve().parent / name for name in SHARED]
    histories = [path for path in _histories() if _names_it(path, folder.resolve())]
    return Traces(folder, files, tuple(path for path in beside if _is_ours(path)), tuple(histories))


def _is_ours(path: Path) -> bool:
    try:
        if path.suffix == ".ipynb":  # somebody else may have a workbook of this name
            return b"prepkit" in path.read_bytes()
        return path.exists()
    except OSError:
        return False


def forget(traces: Traces) -> list[str]:
    """Remove what was found.

    Returns:
        A sentence for each thing that could not be removed; empty when all is gone.

    Raises:
        BusyError: when a run is at work on the search; nothing is removed then.
        InputError: when the folder cannot be removed; what is left of it can be forgotten by another call.
    """
    folder, left = traces.folder, list[str]()
    with locked(folder / "reports" / "run", seconds=0):
        pass
    for path in traces.shared:
        try:
            remove(path)
        except PrepkitError as error:
            left.append(str(error))
    for path in traces.histories:
        try:
            _clear(path, folder.resolve())
        except sqlite3.Error as error:
            left.append(f"{path}: lines that name the folder are still in this history: {error}.")
    # what makes it a search goes last, so that a call that was stopped can be made again
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name == "prepkit.yaml"):
        remove(entry)
    remove(folder)
    return left


def _histories() -> Iterator[Path]:
    home = Path(os.environ.get("IPYTHONDIR") or Path.home() / ".ipython")
    yield from sorted(home.glob("profile_*/history.sqlite"))


def _names_it(path: Path, folder: Path) -> bool:
    """Tell whether a line of a history names a folder, or may do so because another program has locked the file."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as base:
            asked = (f"SELECT count(*) FROM {table} WHERE instr({column}, ?)" for table, column in TABLES)  # noqa: S608
            return any(base.execute(ask, (str(folder),)).fetchone()[0] for ask in asked)
    except sqlite3.Error as error:
        return "locked" in str(error)  # otherwise it is no history of IPython


def _clear(path: Path, folder: Path) -> None:
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as base:
        base.execute("PRAGMA secure_delete = ON")
        for table, column in TABLES:
            base.execute(f"DELETE FROM {table} WHERE instr({column}, ?)", (str(folder),))  # noqa: S608 - our own words
        base.commit()
        base.execute("VACUUM")
