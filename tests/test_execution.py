"""One notebook, executed to its very end or not at all: where it stopped, and what may be handed to it."""

from __future__ import annotations

import datetime
import json
import time
from pathlib import Path
from typing import Any

import pytest

from prepkit.errors import ParameterError, RunError
from prepkit.execution import execute
from prepkit.resources import workbook
from prepkit.search import Limits

ODD = Path(__file__).parent / "notebooks"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "section", "reason"),
    [
        ("leaves-early", "Here it leaves", "ended before"),
        ("kills-its-kernel", "Here it dies", "kernel died"),
        ("raises", "Here it raises", "ValueError: the rota is upside down"),
        ("asks-for-input", "Here it asks", "StdinNotImplementedError"),
    ],
)
def test_a_workbook_that_stops_says_where_and_why(name: str, section: str, reason: str, tmp_path: Path) -> None:
    """Papermill calls such notebooks completed; here each is an error with the section it stopped in."""
    with pytest.raises(RunError) as caught:
        execute(ODD / f"{name}.ipynb", {}, tmp_path)
    assert caught.value.heading in (section, "After")  # a cell that leaves by itself counts as run
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
