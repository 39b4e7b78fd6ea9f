"""Execute a notebook by papermill: to its very end or not at all, within limits, and without traces of this machine."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prepkit.errors import InputError, ParameterError, RunError
from prepkit.search import Limits

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["execute", "without_traces"]

LONGEST_ERROR = 500
"""Characters of what an error inside a workbook said that are passed on."""


def execute(notebook: Path, parameters: Mapping[str, Any], folder: Path, limits: Limits | None = None) -> NotebookNode:
    """Run a notebook by papermill to its end and return it without traces of this machine.

    Args:
        notebook: A notebook with a cell tagged ``parameters``; it is not changed.
        parameters: Plain values for names in that cell.
        folder: Working directory of the kernel; relative paths in `parameters` start here.
        limits: What it may take; None means the usual ones.

    Raises:
        InputError: when the notebook cannot be opened as one.
        ParameterError: for a name that the notebook does not have or a value that is no plain text, number or list.
        RunError: when a cell failed, the kernel died, a limit was reached, or the notebook ended early.
    """
    import papermill
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook
    from traitlets.config import Config

    limits = limits or Limits()
    try:
        known = list(papermill.inspect_notebook(str(notebook)))
        given = load_notebook_node(str(notebook))
    except Exception as error:  # there is no end of errors for what is no notebook
        said = f"This is not a notebook that can be run, or it is damaged ({type(error).__name__}). Use another copy."
        raise InputError(notebook.name, said) from error
    _check_parameters(parameters, known)
    if parameters:
        given = parameterize_notebook(given, dict(parameters))
    sentinel = _add_sentinel(given)
    # a private folder for the connection: sockets of other runs cannot collide, other users cannot listen
    with tempfile.TemporaryDirectory(prefix="prepkit-") as private:
        connection = {"transport": "ipc", "connection_file": str(Path(private) / "k.json")}
        try:
            done = papermill.execute_notebook(
                given, None, cwd=str(folder), engine_name="prepkit", progress_bar=False, kernel_name="python3",
                store_widget_state=False, execution_timeout=limits.cell_seconds,
                memory_megabytes=limits.memory_megabytes, output_megabytes=limits.output_megabytes,
                config=Config(KernelManager=connection),
            )  # fmt: skip
        except papermill.PapermillExecutionError as error:
            heading = [heading for _, heading in _with_headings(given)][error.cell_index]
            said = f"{error.ename}: {error.evalue}".removesuffix(": ")
            raise RunError(heading, said[:LONGEST_ERROR]) from error
    return without_traces(_without_sentinel(done, sentinel))


def _add_sentinel(notebook: NotebookNode) -> str:
    """Add a last cell that shows a word nobody knows: papermill calls a notebook complete that was cut short."""
    from nbformat.v4 import new_code_cell

    word = secrets.token_hex(16)
    notebook.cells.append(new_code_cell(f'"{word}"'))
    return word


def _without_sentinel(notebook: NotebookNode, word: str) -> NotebookNode:
    last = notebook.cells.pop()
    said = [output.get("data", {}).get("text/plain", "") for output in last.outputs]
    if said != [f"'{word}'"]:
        left = [heading for cell, heading in _with_headings(notebook) if cell.get("execution_count")]
        raise RunError(left[-1] if left else "", "The workbook ended in this section, before its end.")
    return notebook


def _with_headings(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, str]]:
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            heading = cell.source.split("\n")[0].removeprefix("## ")
        yield cell, heading


def _check_parameters(parameters: Mapping[str, Any], known: Iterable[str]) -> None:
    for name, value in parameters.items():
        if name not in known:
            raise ParameterError(str(name), known)
        if not _is_plain(value):
            raise ParameterError(name, known, f"{type(value).__name__} is not a plain value.")


def _is_plain(value: Any) -> bool:
    # papermill writes other kinds into the notebook as code
    if type(value) is list:
        return all(_is_plain(item) for item in value)
    if type(value) is str:  # half of a character pair cannot be saved
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return value is None or type(value) in (int, float, bool)


def without_traces(notebook: NotebookNode) -> NotebookNode:
    """Take times, random ids, widget views and papermill's record of paths out of an executed notebook."""
    for name in ("papermill", "widgets"):
        notebook.metadata.pop(name, None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags:
            cell["id"] = "injected-parameters"
        if "form" in tags:
            cell.outputs = []
    return notebook
