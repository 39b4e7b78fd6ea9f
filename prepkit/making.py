"""Make what is published for one application: its report, executed workbook, matrix and standing.

This is done in a process of its own, away from whoever runs many of them: files come back as bytes, so that nothing
half done is ever on the disk.
"""

from __future__ import annotations

import tempfile
from contextlib import chdir
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import quote

from prepkit.application import Application, open_application
from prepkit.desk import Desk
from prepkit.errors import PrepkitError
from prepkit.execution import execute
from prepkit.resources import workbook
from prepkit.search import Parameters
from prepkit.spreadsheet import coverage_csv
from prepkit.standing import FILE, standing, to_json
from prepkit.tasks import PACKED, Made, Task, failure
from prepkit.workplace import LONGEST

__all__ = ["answer", "make", "warm_up"]

LONGEST_ERROR = 500
"""Characters of what an unforeseen error says that are passed on."""


def make(task: Task) -> Made:
    """Report on one application; whatever goes wrong becomes a page that says so.

    The figures are worked out here, and the workbook's kernel, forked from this process, finds them worked out.
    """
    search, name, application = task.search, task.name, None
    try:
        parameters = search.parameters(name)
        with chdir(search.path):  # the kernel works there, too, and so names the same files in the same way
            application = open_application(**parameters)
            stands = to_json(standing(application, name))
            return Made(_files(task, application, parameters) | {FILE: stands.encode()})
    except Exception as problem:  # the other applications go on, whatever is wrong with this one
        return failure(task, _said(problem), application.role if application else "")


def answer(line: Connection, task: Task, place: str = "") -> None:
    """Send what :func:`make` makes of a task over a line, from a process that was started for it.

    Args:
        line: To whoever has asked.
        task: What is to be made.
        place: A folder for passing files; too long a name leaves no room for those of sockets, and is not used.
    """
    if 0 < len(place) <= LONGEST:
        tempfile.tempdir = place
    line.send(make(task))


@cache
def warm_up() -> None:
    """Make the report of the shipped example, so that processes forked from this one find all shipped data loaded."""
    from IPython.core.formatters import DisplayFormatter
    from nbformat import read, writes
    from nbformat.v4 import new_output

    from prepkit.report import to_html

    desk, formatter = Desk(), DisplayFormatter()
    standing(desk.application, "example")
    notebook = read(workbook("application.ipynb"), 4)
    for section in desk.sections:
        for piece in section.outputs:
            data, metadata = formatter.format(piece)
            notebook.cells[-1].outputs.append(new_output("display_data", data, metadata=metadata))
    writes(notebook)
    to_html(notebook, "example")


def _said(problem: Exception) -> str:
    if isinstance(problem, PrepkitError):
        return str(problem)
    return f"A fault of prepkit itself, please report it: {type(problem).__name__}: {str(problem)[:LONGEST_ERROR]}"


def _files(task: Task, application: Application, parameters: Parameters) -> dict[str, bytes]:
    from nbformat import writes

    from prepkit.report import to_html

    notebook = execute(task.notebook, dict(parameters), Path(), task.search.settings.limits)
    whose = f" for {application.candidate}" if application.candidate else ""
    title = f"{application.posting.title or task.name}: interview plan{whose}"
    made = {
        "report.html": to_html(notebook, title, links=_links(task.name)),
        "workbook.ipynb": writes(notebook),
        "coverage.csv": coverage_csv(application),
    }
    return {name: text.encode() for name, text in made.items()}


def _links(name: str) -> list[tuple[str, str]]:
    """Return the files of the pack that was made for an application, with their addresses from its report."""
    folder = Path("packs") / name
    return [(said, f"../../packs/{quote(name)}/{file}") for file, said in PACKED.items() if (folder / file).is_file()]
