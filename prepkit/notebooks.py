"""Workbooks written into a search with their parameters filled in, to be opened in JupyterLab."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prepkit.errors import PrepkitError
from prepkit.execution import without_traces
from prepkit.files import inside, write_atomic
from prepkit.resources import workbook
from prepkit.search import Search, read_search, search_folders

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["prepare", "prepare_all", "prepare_debrief", "prepare_start"]


def prepare(search: Search, name: str) -> Path:
    """Write the workbook of an application with its parameters filled in, to be opened in JupyterLab.

    A workbook that somebody has changed is left as it is.

    Returns:
        ``workbooks/<name>.ipynb`` in the search.
    """
    place = Path("workbooks") / f"{name}.ipynb"
    return _prepared("application.ipynb", {**search.parameters(name, Path("..")), "live": True}, search.path, place)


def prepare_debrief(search: Search, name: str) -> Path:
    """Write the debrief workbook of an application as :func:`prepare` does.

    Returns:
        ``workbooks/debriefs/<name>.ipynb`` in the search.
    """
    place = Path("workbooks") / "debriefs" / f"{name}.ipynb"
    return _prepared("debrief.ipynb", dict(search.parameters(name, Path("../.."))), search.path, place)


def prepare_start(folder: Path | str) -> Path:
    """Write the workbook that a session begins with, to be opened in JupyterLab.

    A workbook that somebody has changed is left as it is.

    Args:
        folder: A search, or a folder of searches.

    Returns:
        ``workbooks/start.ipynb`` in a search, ``start.ipynb`` at the top of a folder of searches, and of a search that
        has an application called start.

    Raises:
        PrepkitError: when the workbook would lie outside the folder, or cannot be written.
    """
    folder = Path(folder)
    is_search = (folder / "prepkit.yaml").exists()
    taken = any(path.name.casefold() == "start" for path in folder.glob("applications/*"))
    place = Path("workbooks") / "start.ipynb" if is_search and not taken else Path("start.ipynb")
    return _prepared("start.ipynb", {"folder": ".." if place.parent.name else "."}, folder, place)


def prepare_all(folder: Path | str) -> Iterator[Path | PrepkitError]:
    """Write the first workbook of a session, then those of all applications in a search or a folder of searches.

    Yields:
        The first workbook; then that of each application, or what is wrong with it or its search; the others go on.

    Raises:
        InputError: when there is no search.
    """
    folder = Path(folder)
    searches = search_folders(folder)
    if searches in ((), (folder,)):
        read_search(folder)  # which says what is missing from it
    yield prepare_start(folder)
    for path in searches:
        try:
            inside(folder, path.relative_to(folder))
            search = read_search(path)
        except PrepkitError as error:
            yield error
            continue
        for name in search.names:
            try:
                yield prepare(search, name)
                prepare_debrief(search, name)
            except PrepkitError as error:
                yield error


def _prepared(source: str, parameters: Mapping[str, Any], folder: Path, place: Path) -> Path:
    """Write a shipped workbook with its parameters to `place` in a folder, unless somebody has changed it there."""
    import nbformat
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    target = folder / place
    inside(folder, place)
    notebook = without_traces(parameterize_notebook(load_notebook_node(str(workbook(source))), dict(parameters)))
    fresh = [cell.source for cell in notebook.cells]
    if target.exists():
        try:
            old = nbformat.read(target, as_version=4)
        except Exception:  # nbformat has no end of errors for what is no notebook
            return target  # damaged, but somebody's
        if [cell.source for cell in old.cells] == fresh or old.metadata.get("prepkit") != _mark(old):
            return target
    notebook.metadata["prepkit"] = _mark(notebook)
    write_atomic(target, nbformat.writes(notebook))
    return target


def _mark(notebook: NotebookNode) -> str:
    """Return what tells whether anybody has changed a cell since the workbook was written."""
    return hashlib.sha256("\0".join(cell.source for cell in notebook.cells).encode()).hexdigest()[:16]
