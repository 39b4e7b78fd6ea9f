"""Run the workbook for applications and publish their reports.

Each application is worked on in a staging folder and published in one step; one that fails gets a short page saying
why, and the others go on.
"""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from prepkit.application import Application, open_application
from prepkit.errors import BusyError, ParameterError, PrepkitError, RunError
from prepkit.files import inside, locked, make_folder, publish_folder, write_atomic
from prepkit.resources import workbook
from prepkit.search import Search
from prepkit.text import spreadsheet_safe

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Run", "coverage_csv", "execute", "prepare", "prepare_debrief", "prepare_start", "run_search"]

CELL_SECONDS = 120
"""How long one cell of the workbook may take; the slowest takes about one second."""

LONGEST_ERROR = 500
"""Characters of what an error inside a workbook said that are passed on."""


@dataclass(frozen=True)
class Run:
    """What became of one application.

    Attributes:
        name: The application.
        report: Its page, which exists whether all went well or not.
        error: Why there is no report, as sentences; empty when all went well.
        seconds: Wall time.
        application: What was reported; None when its files could not be read.
    """

    name: str
    report: Path
    error: str
    seconds: float
    application: Application | None


def run_search(search: Search, only: Sequence[str] = ()) -> Iterator[Run]:
    """Report on the applications of a search, one after the other, and write the index at the end.

    Args:
        search: The candidate's files.
        only: Names of applications; empty means all.

    Yields:
        A :class:`Run` for each application as it is done, failed ones too.

    Raises:
        InputError: when `only` names an application that does not exist.
        BusyError: when another run is at work on this search.
    """
    names = [search.application(name).name for name in only] if only else list(search.names)
    make_folder(search.reports)
    try:
        with locked(search.reports / "run", seconds=0):
            done = {}
            for name in names:
                done[name] = _run(search, name)
                yield done[name]
            _write_index(search, done)
    except BusyError as error:
        raise BusyError(f"{search.path}: another run is at work on this search.") from error


def _run(search: Search, name: str) -> Run:
    started, application, error = time.monotonic(), None, ""
    staging = search.reports / f".{name}.tmp"
    shutil.rmtree(staging, ignore_errors=True)
    make_folder(staging)
    try:
        try:
            application = _open(search, name)
            _write_report(search, name, application, staging)
        except Exception as problem:  # the other applications go on, whatever is wrong with this one
            error = _without_folder(_said(problem), search.path)
            from prepkit.report import failure_page

            shutil.rmtree(staging)
            page = failure_page(_role(application, name), search.settings.candidate, error)
            write_atomic(staging / "report.html", page)
        publish_folder(staging, search.reports / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    report = search.reports / name / "report.html"
    return Run(name, report, error, time.monotonic() - started, application)


def _said(problem: Exception) -> str:
    if isinstance(problem, PrepkitError):
        return str(problem)
    return f"A fault of prepkit itself, please report it: {type(problem).__name__}: {str(problem)[:LONGEST_ERROR]}"


def _role(application: Application | None, name: str) -> str:
    return (application.posting.title if application else "") or name


def _open(search: Search, name: str) -> Application:
    return open_application(**search.parameters(name, search.path))


def _write_report(search: Search, name: str, application: Application, staging: Path) -> None:
    from nbformat import writes

    from prepkit.report import to_html

    notebook = execute(workbook("application.ipynb"), dict(search.parameters(name)), search.path)
    whose = f" for {application.candidate}" if application.candidate else ""
    title = f"{_role(application, name)}: interview plan{whose}"
    write_atomic(staging / "report.html", to_html(notebook, title, links=_links(search, name)))
    write_atomic(staging / "workbook.ipynb", writes(notebook))
    write_atomic(staging / "coverage.csv", coverage_csv(application))


def _links(search: Search, name: str) -> list[tuple[str, str]]:
    """Return the files of the pack that was made for an application, with their addresses from its report."""
    named = {
        "brief.pdf": "Brief for the last minutes before the interview (PDF)", "brief.html": "The same as a page",
        "thank-you.txt": "Thank-you note", "thank-you.eml": "The same as an e-mail to send",
        "cards.apkg": "Rehearsal cards for Anki", "cards.csv": "The same as a table",
        "interview.ics": "Calendar with the rehearsals", "prep.xlsx": "Stories, matrix and questions as a spreadsheet",
        "progress.docx": "Progress note", "reviewer.html": "Page for whoever listens to a mock interview",
    }  # fmt: skip
    folder = search.path / "packs" / name
    return [(said, f"../../packs/{quote(name)}/{file}") for file, said in named.items() if (folder / file).is_file()]


def execute(
    notebook: Path, parameters: Mapping[str, Any], folder: Path, cell_seconds: float = CELL_SECONDS
) -> NotebookNode:
    """Run a notebook by papermill to its end and return it without traces of this machine.

    Args:
        notebook: A notebook with a cell tagged ``parameters``; it is not changed.
        parameters: Plain values for names in that cell.
        folder: Working directory of the kernel; relative paths in `parameters` start here.
        cell_seconds: How long one cell may take.

    Raises:
        ParameterError: for a name that the notebook does not have or a value that is no plain text, number or list.
        RunError: when a cell failed, the kernel died, a limit was reached, or the notebook ended early.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    _check_parameters(parameters, list(papermill.inspect_notebook(str(notebook))))
    # a private folder for the connection: sockets of other runs cannot collide, other users cannot listen
    with tempfile.TemporaryDirectory(prefix="prepkit-") as private:
        connection = {"transport": "ipc", "connection_file": str(Path(private) / "kernel.json")}
        saved = Path(private) / "saved.ipynb"
        try:
            done = papermill.execute_notebook(
                str(notebook), str(saved), dict(parameters), cwd=str(folder), progress_bar=False,
                kernel_name="python3", store_widget_state=False, execution_timeout=cell_seconds,
                config=Config(KernelManager=connection),
            )  # fmt: skip
        except papermill.PapermillExecutionError as error:
            raise RunError(_last_section(saved), f"{error.ename}: {error.evalue}"[:LONGEST_ERROR]) from error
        except CellTimeoutError as error:
            message = f"A cell took more than {cell_seconds:g} seconds and was stopped."
            raise RunError(_last_section(saved), message) from error
        except DeadKernelError as error:
            raise RunError(_last_section(saved), "The kernel died, perhaps for lack of memory.") from error
    for cell, heading in _with_headings(done):
        # papermill calls a notebook complete that ended itself with sys.exit()
        if cell.cell_type == "code" and cell.source.strip() and not cell.execution_count:
            raise RunError(heading, "The workbook ended before this section.")
    return _without_traces(done)


def _with_headings(notebook: NotebookNode) -> Iterator[tuple[NotebookNode, str]]:
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            heading = cell.source.split("\n")[0].removeprefix("## ")
        yield cell, heading


def _last_section(saved: Path) -> str:
    """Return the heading above the cell that was started last; papermill calls every cell of it completed."""
    import nbformat

    pairs = _with_headings(nbformat.read(saved, as_version=4)) if saved.exists() else ()
    started = [heading for cell, heading in pairs if cell.metadata.get("papermill", {}).get("start_time")]
    return started[-1] if started else ""


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


def _without_traces(notebook: NotebookNode) -> NotebookNode:
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


def _without_folder(message: str, folder: Path) -> str:
    """Name files from the search on, so that no page says where on this machine it lies."""
    for prefix in (f"{folder}/", f"{folder.resolve()}/"):
        message = message.replace(prefix, "")
    return message.replace(str(Path.home()), "~")


def coverage_csv(application: Application) -> str:
    """Return the coverage matrix as CSV: story, title, then a column for each theme; ``?`` marks a suggestion."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    ratings, decided = application.coverage.ratings, application.coverage.decided
    writer.writerow(["story", "title", *(spreadsheet_safe(str(theme)) for theme in ratings.columns)])
    for story, row, settled in zip(application.stories, ratings.to_numpy(), decided.to_numpy(), strict=True):
        cells = [f"{rating}{'' if is_settled else '?'}" for rating, is_settled in zip(row, settled, strict=True)]
        writer.writerow([spreadsheet_safe(story.id), spreadsheet_safe(story.title), *cells])
    return stream.getvalue()


def _write_index(search: Search, done: Mapping[str, Run]) -> None:
    from prepkit.report import index_page

    rows = []
    for name in search.names:
        report = search.reports / name / "report.html"
        if name in done or report.exists():
            run = done.get(name) or _look_again(search, name, report)
            rows.append(_row(run))
    write_atomic(search.reports / "index.html", index_page(search.settings.candidate, rows))


def _look_again(search: Search, name: str, report: Path) -> Run:
    try:
        return Run(name, report, "", 0.0, _open(search, name))
    except PrepkitError as problem:
        return Run(name, report, _without_folder(str(problem), search.path), 0.0, None)


def _row(run: Run) -> dict[str, Any]:
    # a folder may be called javascript:x or 100%, and is no address then
    href = f"./{quote(run.name)}/report.html"
    row = {"name": run.name, "href": href, "error": run.error, "role": _role(run.application, run.name)}
    if run.application is None:
        return row | {"company": ""}
    app = run.application
    return row | {
        "company": app.posting.company,
        "level": app.posting.level.value,
        "chosen": app.chosen,
        "themes": len(app.plan.themes),
        "steps": [step.done for step in app.steps],
        "next": app.next[0][0] if app.next else "Rehearse.",
        "why": app.next[0][1] if app.next else "Nothing is missing from the plan.",
    }


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


def _prepared(source: str, parameters: Mapping[str, Any], folder: Path, place: Path) -> Path:
    """Write a shipped workbook with its parameters to `place` in a folder, unless somebody has changed it there."""
    import nbformat
    from nbformat.reader import NotJSONError
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    target = folder / place
    inside(folder, place)
    notebook = _without_traces(parameterize_notebook(load_notebook_node(str(workbook(source))), dict(parameters)))
    fresh = [cell.source for cell in notebook.cells]
    if target.exists():
        try:
            old = nbformat.read(target, as_version=4)
        except (OSError, ValueError, NotJSONError, nbformat.ValidationError):
            return target  # damaged, but somebody's
        if [cell.source for cell in old.cells] == fresh or old.metadata.get("prepkit") != _mark(old):
            return target
    notebook.metadata["prepkit"] = _mark(notebook)
    write_atomic(target, nbformat.writes(notebook))
    return target


def _mark(notebook: NotebookNode) -> str:
    """Return what tells whether anybody has changed a cell since the workbook was written."""
    return hashlib.sha256("\0".join(cell.source for cell in notebook.cells).encode()).hexdigest()[:16]
