"""One notebook, executed to its very end or not at all: where it stopped, and what may be handed to it."""

from __future__ import annotations

import datetime
import json
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import outside_pytest

from prepkit.errors import ParameterError, RunError
from prepkit.execution import execute
from prepkit.resources import workbook
from prepkit.search import Limits

ODD = Path(__file__).parent / "notebooks"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "section", "reason"),
    [
        ("leaves-early", "Here it leaves", "before its end"),
        ("kills-its-kernel", "Here it dies", "kernel died"),
        ("raises", "Here it raises", "ValueError: the rota is upside down"),
        ("asks-for-input", "Here it asks", "StdinNotImplementedError"),
    ],
)
def test_a_workbook_that_stops_says_where_and_why(name: str, section: str, reason: str, tmp_path: Path) -> None:
    """Papermill calls such notebooks completed; here each is an error with the section it stopped in."""
    with pytest.raises(RunError) as caught:
        execute(ODD / f"{name}.ipynb", {}, tmp_path)
    assert caught.value.heading == section
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_workbook_without_end_is_stopped(tmp_path: Path) -> None:
    """A cell has a limit; the run ends soon after it and says so."""
    started = time.monotonic()
    with pytest.raises(RunError, match="took more than 2 seconds") as caught:
        execute(ODD / "never-ends.ipynb", {}, tmp_path, Limits(cell_seconds=2))
    assert caught.value.heading == "Here it stays"
    assert time.monotonic() - started < 30


HOSTILE = [
    "'; import os; os.system('touch pwned'); '", '"); open("pwned", "w"); ("', '"""', "'''", "\\", "\\'", "\n", "\r\n",
    "\t", "{name}", "{0.__class__}", "%s%n", "$(touch pwned)", "`touch pwned`", "\u2028\u2029", "\x00\x1b[31m",
    "🦊 工程师", "None", "#", "\\u0022", "𝒳" * 3, "\ufeff", "\u202e",
]  # fmt: skip


@pytest.mark.slow
def test_texts_arrive_as_they_are(tmp_path: Path) -> None:
    """Quotes, newlines and whatever else a text holds come out equal, and nothing in them is run."""
    done = execute(ODD / "echoes-parameters.ipynb", {"name": HOSTILE[0], "items": HOSTILE}, tmp_path)
    assert json.loads(done.cells[-1].outputs[0].text) == [HOSTILE[0], HOSTILE]
    assert list(tmp_path.iterdir()) == []


class Sly(str):
    """A text whose picture is a program."""

    def __repr__(self) -> str:
        return "__import__('os').system('touch pwned')"


@pytest.mark.parametrize(
    "value",
    [Path("x"), ("a", 1), b"'", {"a": 1}, {1}, datetime.date(2026, 1, 1), ["fine", ("a",)], [[b"x"]], Sly("x"),
     object(), "half \ud800 pair", ["\udfff"]],
    ids=["path", "tuple", "bytes", "dict", "set", "date", "tuple in list", "bytes in lists", "subclass of str",
         "object", "half pair", "half pair in list"],
)  # fmt: skip
def test_only_plain_values_are_passed_on(value: Any, tmp_path: Path) -> None:
    """Papermill writes other kinds into the notebook as code."""
    with pytest.raises(ParameterError, match="is not a plain value"):
        execute(ODD / "echoes-parameters.ipynb", {"items": value}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    ["name; import os; os.system('touch pwned')", "name\nimport os", "__builtins__", "class", "", "name ", "NAME"],
)  # fmt: skip
def test_only_known_names_are_passed_on(name: str, tmp_path: Path) -> None:
    """Papermill runs code from the names of parameters."""
    with pytest.raises(ParameterError, match="has no parameter"):
        execute(ODD / "echoes-parameters.ipynb", {name: 1}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_parameter_gets_the_near_name(tmp_path: Path) -> None:
    """A slip of the pen is told with what was meant, and with all there is."""
    with pytest.raises(ParameterError) as caught:
        execute(workbook("application.ipynb"), {"storys": "stories.csv"}, tmp_path)
    assert "Did you mean 'stories'?" in str(caught.value)
    assert "posting, stories, plan, candidate" in str(caught.value)


def test_a_notebook_without_parameters_takes_none(tmp_path: Path) -> None:
    """Nothing is injected where nothing is asked for."""
    with pytest.raises(ParameterError, match="has no parameter 'name'"):
        execute(ODD / "has-no-parameters.ipynb", {"name": "x"}, tmp_path)


# --- limits


@pytest.mark.slow
def test_a_notebook_within_its_limits_comes_back_whole(tmp_path: Path) -> None:
    """Every cell has been run, the word that tells so is gone, and nothing says when or where."""
    before = json.loads((ODD / "echoes-parameters.ipynb").read_text(encoding="utf-8"))
    done = execute(ODD / "echoes-parameters.ipynb", {"name": "Ada"}, tmp_path, Limits(5, 5, 200, 1))
    assert [cell.id for cell in done.cells] == ["cell-0", "cell-1", "cell-2", "injected-parameters", "cell-3"]
    assert [cell.execution_count for cell in done.cells if cell.cell_type == "code"] == [1, 2, 3]
    assert json.loads((ODD / "echoes-parameters.ipynb").read_text(encoding="utf-8")) == before
    assert set(done.metadata) == {"kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"tags"} for cell in done.cells)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deed", "limits", "reason"),
    [
        ("hoards", Limits(memory_megabytes=200), "MemoryError"),
        ("floods", Limits(output_megabytes=1), "The outputs have more than 1 million characters;"),
        ("floods-from-below", Limits(output_megabytes=1), "The outputs have more than 1 million characters;"),
        ("hangs", Limits(cell_seconds=1), "A cell took more than 1 seconds and was stopped."),
    ],
)
def test_a_limit_stops_the_notebook_that_reaches_it(deed: str, limits: Limits, reason: str, tmp_path: Path) -> None:
    """Soon, with the section and the reason, and not the others."""
    started = time.monotonic()
    with outside_pytest(), pytest.raises(RunError) as caught:
        execute(ODD / "does-harm.ipynb", {"posting": f"applications/{deed}/posting.txt"}, tmp_path, limits)
    assert (caught.value.heading, caught.value.reason[: len(reason)]) == ("Here it does harm", reason)
    assert time.monotonic() - started < 30


@pytest.mark.slow
def test_a_long_error_is_cut(tmp_path: Path) -> None:
    """Of what an error inside a workbook says a person reads the beginning."""
    write_notebook(tmp_path / "long.ipynb", "raise ValueError('x' * 9_000)")
    with pytest.raises(RunError) as caught:
        execute(tmp_path / "long.ipynb", {}, tmp_path)
    assert caught.value.reason.startswith("ValueError: xxx")
    assert len(caught.value.reason) == 500


@pytest.mark.slow
def test_nobody_else_can_listen_to_a_run(tmp_path: Path) -> None:
    """Kernel and runner talk through files in a folder for their owner only, which is gone afterwards."""
    write_notebook(
        tmp_path / "asks.ipynb",
        "import json, sys\nprint(json.dumps([json.load(open(sys.argv[2]))['transport'], sys.argv[2]]))",
        "import os\nprint(oct(os.stat(os.path.dirname(sys.argv[2])).st_mode & 0o777))",
    )
    done = execute(tmp_path / "asks.ipynb", {}, tmp_path)
    transport, place = json.loads(done.cells[0].outputs[0].text)
    assert transport == "ipc"
    assert done.cells[1].outputs[0].text == "0o700\n"
    assert not Path(place).parent.exists()


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook of these code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(notebook, path)
