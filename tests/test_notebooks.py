"""Workbooks in a search, with their parameters filled in: what is written, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from prepkit.errors import PrepkitError
from prepkit.notebooks import prepare, prepare_debrief, prepare_start
from prepkit.search import Search, new_search, read_search

Make = Callable[..., Search]


def test_prepare_fills_in_the_parameters(make_search: Make) -> None:
    """The workbook opens its application from where it lies, by relative paths."""
    search = make_search()
    target = prepare(search, "tidewrack")
    assert target == search.path / "workbooks" / "tidewrack.ipynb"
    notebook = nbformat.read(target, as_version=4)
    nbformat.validate(notebook)
    source = next(cell.source for cell in notebook.cells if cell.id == "injected-parameters")
    assert 'posting = "../applications/tidewrack/posting.txt"' in source
    assert 'candidate = "Ada Fenwright"' in source
    text = target.read_text(encoding="utf-8")
    assert "papermill" not in text
    assert str(search.path) not in text


def test_prepare_refreshes_what_nobody_changed(make_search: Make) -> None:
    """A workbook of an older prepkit or with an older name is written anew; outputs do not count as a change."""
    search = make_search()
    target = prepare(search, "tidewrack")
    notebook = nbformat.read(target, as_version=4)
    code = next(cell for cell in notebook.cells if cell.id == "overview")
    code.outputs, code.execution_count = [nbformat.v4.new_output("stream", text="ran")], 3
    nbformat.write(notebook, target)
    (search.path / "prepkit.yaml").write_text("format: 1\ncandidate: Bea Fenwright\n", encoding="utf-8")
    assert prepare(read_search(search.path), "tidewrack") == target
    assert 'candidate = "Bea Fenwright"' in target.read_text(encoding="utf-8").replace('\\"', '"')


@pytest.mark.parametrize("damage", ["a cell changed", "a cell added", "not a notebook", "empty"])
def test_prepare_leaves_a_changed_workbook_alone(damage: str, make_search: Make) -> None:
    """Somebody's own work is never written over, however broken it looks."""
    search = make_search()
    target = prepare(search, "tidewrack")
    if damage == "not a notebook":
        target.write_text("{", encoding="utf-8")
    elif damage == "empty":
        target.write_text("", encoding="utf-8")
    else:
        notebook = nbformat.read(target, as_version=4)
        if damage == "a cell added":
            notebook.cells.append(nbformat.v4.new_markdown_cell("My notes"))
        else:
            notebook.cells[-1].source = "show.gaps(application)"
        nbformat.write(notebook, target)
    before = target.read_bytes()
    (search.path / "prepkit.yaml").write_text("format: 1\ncandidate: Bea Fenwright\n", encoding="utf-8")
    assert prepare(read_search(search.path), "tidewrack") == target
    assert target.read_bytes() == before


def test_prepare_stays_in_the_search(make_search: Make, tmp_path: Path) -> None:
    """A link in place of the folder of workbooks leads nowhere."""
    search = make_search()
    (tmp_path / "elsewhere").mkdir()
    (search.path / "workbooks").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PrepkitError, match="lies outside"):
        prepare(search, "tidewrack")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_the_workbook_after_an_interview_lies_one_folder_deeper(make_search: Make) -> None:
    """It opens the same application from there, and is left alone once somebody has written into it."""
    search = make_search()
    target = prepare_debrief(search, "tidewrack")
    assert target == search.path / "workbooks" / "debriefs" / "tidewrack.ipynb"
    notebook = nbformat.read(target, as_version=4)
    (source,) = (cell.source for cell in notebook.cells if cell.id == "injected-parameters")
    assert 'posting = "../../applications/tidewrack/posting.txt"' in source
    notebook.cells.append(nbformat.v4.new_markdown_cell("My notes"))
    nbformat.write(notebook, target)
    assert prepare_debrief(search, "tidewrack") == target
    assert "My notes" in target.read_text(encoding="utf-8")


def test_prepare_start_fills_in_the_folder(tmp_path: Path) -> None:
    """In a search beside the other workbooks, in a folder of searches at its top; paths of this machine stay out."""
    search = new_search(tmp_path / "ada", "Ada")
    assert prepare_start(search.path) == search.path / "workbooks" / "start.ipynb"
    assert prepare_start(tmp_path) == tmp_path / "start.ipynb"
    for path, folder in ((search.path / "workbooks" / "start.ipynb", ".."), (tmp_path / "start.ipynb", ".")):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        (source,) = (cell.source for cell in notebook.cells if cell.id == "injected-parameters")
        assert f'folder = "{folder}"' in source
        assert str(tmp_path) not in path.read_text(encoding="utf-8")


def test_prepare_start_leaves_a_changed_page_alone(tmp_path: Path) -> None:
    """Somebody's own notes are not written over."""
    path = prepare_start(tmp_path)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("My notes"))
    nbformat.write(notebook, path)
    before = path.read_bytes()
    assert prepare_start(tmp_path) == path
    assert path.read_bytes() == before


def test_an_application_called_start_keeps_its_workbook(make_search: Make) -> None:
    """The first page gives way to it."""
    search = make_search({"Start": {}})
    assert prepare_start(search.path) == search.path / "start.ipynb"


def test_prepare_start_stays_in_the_folder(make_search: Make, tmp_path: Path) -> None:
    """A link in place of the folder of workbooks leads nowhere."""
    search = make_search()
    (tmp_path / "elsewhere").mkdir()
    (search.path / "workbooks").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PrepkitError, match="lies outside"):
        prepare_start(search.path)
