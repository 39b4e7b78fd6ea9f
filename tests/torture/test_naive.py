"""The torture can tell a runner that was written on a first afternoon from one that keeps its word."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from conftest import write_search
from harness import MarkedRun, Watch, broken_by, send, tree
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from prepkit.resources import workbook

NAIVE = Path(__file__).with_name("naive.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found as Linux does it"),
]


def plain(file: Path) -> bytes:
    """Return what is compared of an executed notebook: sources and what they put out, without times and paths."""
    try:
        cells = json.loads(file.read_bytes())["cells"]
    except ValueError:
        return file.read_bytes()
    outputs = [output.get("text") for cell in cells for output in cell.get("outputs", ())]
    return json.dumps([[cell["source"] for cell in cells], outputs]).encode()


def unfinished(folder: Path) -> str:
    """Say what is wrong with what the naive runner has published; less is asked of it than of a good one."""
    try:
        notebook = json.loads((folder / "workbook.ipynb").read_bytes())
    except (OSError, ValueError):
        return "is no notebook"
    left = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and not cell["execution_count"]]
    return f"{len(left)} cells were never executed" if left else ""


class Naive:
    """The naive runner at work on a search of two applications; each takes some seconds without work."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.search = write_search(place / "search", {"anchor": {}, "beacon": {}}).path
        shipped: NotebookNode = nbformat.read(workbook("application.ipynb"), as_version=4)
        given = next(cell for cell in shipped.cells if "parameters" in cell.metadata.get("tags", []))
        words = ("print(1)", "import time\ntime.sleep(1.5)", "print(2)")
        notebook = new_notebook(cells=[given, *map(new_code_cell, words)], metadata=shipped.metadata)
        nbformat.write(notebook, place / "slow.ipynb")
        self.run = self.start()

    def start(self) -> MarkedRun:
        self.run = MarkedRun([sys.executable, NAIVE, self.search, self.place / "slow.ipynb"], self.place)
        return self.run

    def is_at_work(self) -> bool:
        """Tell whether both notebooks have begun, and said something, and are not done."""
        files = list((self.search / "reports").glob("*/workbook.ipynb"))
        return len(files) == 2 and all(b"stream" in file.read_bytes() and unfinished(file.parent) for file in files)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the naive runner makes in peace."""
    naive = Naive(tmp_path_factory.mktemp("peace"))
    assert naive.run.wait() == 0, naive.run.stderr
    made = tree(naive.search / "reports", plain)
    watch = Watch(naive.search, made, unfinished, plain)
    assert broken_by(naive.run, watch) == []
    assert watch.unlike() == []
    assert sorted(watch.fresh) == ["anchor", "beacon"]
    return made


def kill_runner(run: MarkedRun) -> None:
    send(run.process.pid, signal.SIGKILL)


def kill_all(run: MarkedRun) -> None:
    for process in run.processes():
        send(process.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        (kill_runner, ("is still alive", "was published after")),
        (kill_all, ("is published by halves", "not as in peace")),
    ],
)
def test_a_naive_runner_is_found_out(
    fault: Callable[[MarkedRun], None], broken: tuple[str, ...], wanted: dict[str, str], tmp_path: Path
) -> None:
    """It leaves processes at work, publishes halves, and takes them for finished ever after."""
    naive = Naive(tmp_path)
    watch = Watch(naive.search, wanted, unfinished, plain)
    assert naive.run.wait_until(naive.is_at_work)
    fault(naive.run)
    naive.run.wait()
    found = broken_by(naive.run, watch)
    assert naive.start().wait() == 0
    found += [f"not as in peace: {what}" for what in watch.unlike()]
    assert [sign for sign in broken if not any(sign in what for what in found)] == [], (found, naive.run.stderr)
