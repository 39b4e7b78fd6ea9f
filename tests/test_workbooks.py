"""The shipped workbooks are thin, clean in git, and run under bare papermill."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

import nbformat
import pytest

from prepkit.resources import template, workbook

ROOT = Path(__file__).parents[1]
WORKBOOKS = sorted((ROOT / "workbooks").glob("*.ipynb"))
EXAMPLE = template("example")


@pytest.fixture(params=WORKBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    """Each shipped workbook in turn."""
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def lines_of(cell: nbformat.NotebookNode) -> list[str]:
    return [line for line in cell.source.splitlines() if line.strip()]


def test_it_is_thin(notebook: nbformat.NotebookNode) -> None:
    """At most 12 code cells, three lines in the middle, ten at most: what is long belongs into the package."""
    sizes = [len(lines_of(cell)) for cell in code_cells(notebook)]
    assert 0 < len(sizes) <= 12
    assert median(sizes) <= 3
    assert min(sizes) > 0
    assert max(sizes) <= 10


def test_it_holds_no_program(notebook: nbformat.NotebookNode) -> None:
    """No definition, loop, attempt or question: a person reads it as a list of things shown."""
    banned = (
        ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.For | ast.While | ast.Try | ast.With
        | ast.comprehension | ast.If
    )  # fmt: skip
    for cell in code_cells(notebook):
        nodes = list(ast.walk(ast.parse(cell.source)))
        assert not [node for node in nodes if isinstance(node, banned)], cell.source
        called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        assert not called & {"input", "exec", "eval", "open", "HTML", "Markdown"}


def test_parameters_stand_first(notebook: nbformat.NotebookNode) -> None:
    """Exactly one cell is tagged, before all other code, with plain lines that say what they are for."""
    tagged = [cell for cell in code_cells(notebook) if "parameters" in cell.metadata.get("tags", [])]
    assert tagged == code_cells(notebook)[:1]
    for line in lines_of(tagged[0]):
        assert re.fullmatch(r'[a-z_]+: (str|int|float|bool) = ("[^"]*"|\d+(\.\d+)?|True|False)  # \S.*', line), line


def test_every_cell_stands_under_a_heading(notebook: nbformat.NotebookNode) -> None:
    """One title, and above each code cell a section that says what the reader learns."""
    markdown = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert sum(line.startswith("# ") for source in markdown for line in source.splitlines()) == 1
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := re.match(r"## (\S.*)", cell.source)):
            heading = found[1]
        if cell.cell_type == "code":
            assert heading, cell.source


def test_it_is_clean_in_git(notebook: nbformat.NotebookNode) -> None:
    """No output, no count, no widget state; ids that a person chose, so that a diff shows what changed."""
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert set(notebook.metadata.language_info) == {"name"}  # a version would change with the machine
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert [
        name for name in ids if re.fullmatch(r"[0-9a-f]{8}(-.*)?", name) or not re.fullmatch(r"[a-z-]+", name)
    ] == []


def test_application_ids_are_stable() -> None:
    """Links and saved sessions point at these names."""
    notebook = nbformat.read(workbook("application.ipynb"), as_version=4)
    assert [cell.id for cell in code_cells(notebook)] == [
        "parameters", "overview", "posting", "notes", "themes", "stories", "coverage", "questions", "odds", "case",
        "rehearsal", "next-steps",
    ]  # fmt: skip


def papermill(*words: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run bare papermill as a person would, from a folder of their own."""
    command = [sys.executable, "-m", "papermill", *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180)


def shown_in(path: Path) -> str:
    cells = code_cells(nbformat.read(path, as_version=4))
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    return "\n".join(output.get("data", {}).get("text/html", "") for output in outputs)


@pytest.mark.slow
def test_papermill_lists_the_parameters(tmp_path: Path) -> None:
    """`papermill --help-notebook` names each parameter with its type, default and help."""
    done = papermill("--help-notebook", workbook("application.ipynb"), folder=tmp_path)
    listed = re.findall(r"(\w+): (\w+) \(default [^)]*\)\s+(\S[^\n]+)", done.stdout)
    assert [(name, kind) for name, kind, _ in listed] == [
        ("posting", "str"), ("stories", "str"), ("plan", "str"), ("candidate", "str"), ("questions", "str"),
        ("words_per_minute", "int"), ("pronoun", "str"), ("language", "str"), ("live", "bool"),
    ]  # fmt: skip


@pytest.mark.slow
def test_papermill_runs_it_from_any_folder(tmp_path: Path) -> None:
    """A pipeline needs nothing but papermill, the workbook and three paths."""
    place = EXAMPLE / "applications" / "corriebank-transit-junior-service-designer"
    done = papermill(
        workbook("application.ipynb"), "out.ipynb", "-p", "posting", place / "posting.md",
        "-p", "stories", EXAMPLE / "stories.csv", "-p", "plan", tmp_path / "plan.yaml", "-p", "candidate", "Ida Marsh",
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = shown_in(tmp_path / "out.ipynb")
    assert "Junior Service Designer" in shown
    assert "Ida Marsh" in shown
    assert "These are suggestions, not decisions." in shown  # there is no plan in that folder
    assert not (tmp_path / "plan.yaml").exists()  # looking changes nothing


@pytest.mark.slow
def test_without_parameters_it_opens_the_example(tmp_path: Path) -> None:
    """Whoever opens the workbook alone sees a finished plan."""
    done = papermill(workbook("application.ipynb"), "out.ipynb", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    shown = shown_in(tmp_path / "out.ipynb")
    assert "Head of Operations" in shown
    assert "Marla Quenby" in shown


@pytest.mark.slow
def test_papermill_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    """A missing posting ends the run with the name of the file."""
    done = papermill(workbook("application.ipynb"), "out.ipynb", "-p", "posting", "gone.md", folder=tmp_path)
    assert done.returncode == 1
    assert "gone.md: There is no such file." in done.stderr
