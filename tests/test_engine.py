"""Papermill with warm kernels: the same outputs as with ordinary ones, nothing of one run in the next, no false record.

What does differ, and is meant to: libraries are imported already (``sys.modules``, filters of warnings that libraries
set), memory and outputs have limits, and the kernel is watched over from outside rather than by a thread of its own
(``JPY_PARENT_PID``).
"""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from conftest import outside_pytest
from jupyter_client.kernelspec import NoSuchKernel

from prepkit import kernels
from prepkit.errors import RunError
from prepkit.forks import can_fork
from prepkit.resources import template, workbook

ODD = Path(__file__).parent / "notebooks"
pytestmark = pytest.mark.slow

EXAMPLE = template("example")
JUNIOR = EXAMPLE / "applications" / "corriebank-transit-junior-service-designer"
NOTEBOOKS = {
    "application": (workbook("application.ipynb"), {
        "posting": str(JUNIOR / "posting.md"), "stories": str(EXAMPLE / "stories.csv"), "candidate": "Ida Marsh",
    }),
    "shows-everything": (ODD / "shows-everything.ipynb", {"name": "Ada", "items": [1, "two"]}),
}  # fmt: skip


def executed(notebook: Path, folder: Path, engine: str | None = "prepkit", **options: Any) -> nbformat.NotebookNode:
    """Run a notebook by papermill, as anybody would, and return what is on the disk then."""
    folder.mkdir(exist_ok=True)
    out = folder / "out.ipynb"
    with outside_pytest():
        papermill.execute_notebook(
            str(notebook), str(out), engine_name=engine, cwd=str(folder), progress_bar=False, **options
        )
    return nbformat.read(out, as_version=4)


def said(cell: nbformat.NotebookNode) -> list[Any]:
    """The outputs of a cell with streams joined, and without what no two runs share: times, random ids, processes."""
    found: list[dict[str, Any]] = []
    for output in json.loads(json.dumps(cell.outputs)):
        if found and output["output_type"] == "stream" and found[-1].get("name") == output["name"]:
            found[-1]["text"] += output["text"]
        else:
            found.append(output)
        if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
            output["data"]["application/vnd.jupyter.widget-view+json"]["model_id"] = "ID"
    text = json.dumps(found)
    text = re.sub(r"ipykernel_\d+", "ipykernel_N", text)
    text = re.sub(r"/tmp\w*/tmp\w+\.json", "CONNECTION", text)
    return json.loads(re.sub(r"[\d.]+ (ns|\\u03bcs|\\u00b5s|ms|s)\b", "TIME", text))


def record(notebook: nbformat.NotebookNode) -> Mapping[str, Any]:
    """The metadata without papermill's, with widgets by their names and values."""
    metadata = {name: value for name, value in notebook.metadata.items() if name not in ("papermill", "widgets")}
    for kind, state in notebook.metadata.get("widgets", {}).items():
        models = state["state"].values()
        metadata[kind] = sorted((model["model_name"], model["state"].get("value", "")) for model in models)
    return metadata


# --- as with ordinary kernels


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_outputs_are_those_of_an_ordinary_kernel(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Output by output: streams, displays, frames, figures, widgets, magics, errors, and what a cell sees around it."""
    notebook, parameters = NOTEBOOKS[name]
    monkeypatch.setenv("SOMETHING", "of mine")
    done = {}
    for engine in (None, "prepkit"):
        folder = tmp_path / "here"
        with suppress(papermill.PapermillExecutionError):  # of a cell that may fail, told when all have been run
            executed(notebook, folder, engine, parameters=parameters)
        done[engine] = nbformat.read(folder / "out.ipynb", as_version=4)
        folder.rename(tmp_path / str(engine))
    ordinary, warm = done[None], done["prepkit"]
    assert record(warm) == record(ordinary)
    cells = [(mine, theirs) for mine, theirs in zip(warm.cells, ordinary.cells, strict=True) if "outputs" in mine]
    assert sum(bool(mine.outputs) for mine, _ in cells) >= 10
    if name == "shows-everything":
        streams = {output.get("text", "").strip() for mine, _ in cells for output in mine.outputs}
        assert {"past Python", "from another program", "from a shell", "from bash 2"} <= streams
    for mine, theirs in cells:
        assert said(mine) == said(theirs), mine.source
        assert mine.execution_count == theirs.execution_count
        assert set(mine.metadata) == set(theirs.metadata)


def test_papermill_finds_the_engine_by_its_name(tmp_path: Path) -> None:
    """From the command line, with its usual options, and with nothing said that it would not say otherwise."""
    words = [
        "--engine", "prepkit", str(ODD / "echoes-parameters.ipynb"), "out.ipynb", "-p", "name", "Ada", "-y",
        "items: [1]", "--log-output", "--stdout-file", "said.txt", "--start-timeout", "30", "--execution-timeout", "30",
        "--no-progress-bar", "--autosave-cell-every", "0",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "papermill", *words], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert cells[-1].outputs[0].text == '["Ada", [1]]\n'
    assert (tmp_path / "said.txt").read_text() == '["Ada", [1]]\n'
    assert '["Ada", [1]]' in done.stderr  # it was asked to log outputs
    assert not re.search("Traceback|Warning|WARNING", done.stderr)


def test_no_two_runs_share_anything(tmp_path: Path) -> None:
    """Names, modules, settings of libraries, environment, folder, threads: as a kernel finds them that is the first."""
    runs = [executed(ODD / "leaves-marks.ipynb", tmp_path / str(number)) for number in range(2)]
    first, second = (
        [json.loads(output.text) for cell in run.cells for output in cell.get("outputs", ())] for run in runs
    )
    found = second[0]
    assert found.pop("folder") == "1"
    assert first[0].pop("folder") == "0"
    assert first[0] == found
    assert (found["names"], found["warnings"], found["threads"]) == ([], [], [])
    assert not any(found[name] for name in ("builtins", "a module", "a module replaced", "environment", "path"))
    assert (found["figures"], found["frames"], found["logging"]) == (10, 60, logging.WARNING)
    for one, other in zip(first[1], second[1], strict=True):
        assert one != other  # numbers drawn by chance


# --- what papermill calls completed


def statuses(path: Path) -> list[str]:
    """What papermill's record of a notebook says of each code cell."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell.metadata.papermill.status for cell in cells if cell.cell_type == "code"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("kills-its-kernel", "The kernel died"), ("never-ends", "took more than 1 seconds")],
)
def test_a_notebook_cut_short_is_not_called_completed(name: str, reason: str, tmp_path: Path) -> None:
    """The cell that was running has failed, those after it never ran, and the error names the section."""
    with pytest.raises(RunError, match=f"in section “Here it .*”: .*{reason}"):
        executed(ODD / f"{name}.ipynb", tmp_path, execution_timeout=1)
    assert statuses(tmp_path / "out.ipynb") == ["completed", "completed", "failed", "pending"]
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).metadata.papermill.exception is True


def add_kernel(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """Let Jupyter know a kernel that is started by these words, and return its name."""
    spec = folder / "data" / "kernels" / "other"
    spec.mkdir(parents=True)
    about = {"argv": [*words, "-f", "{connection_file}"], "display_name": "Other", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(about), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "data"))
    return "other"


def test_a_kernel_that_cannot_start_leaves_nothing_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown kernel is papermill's own error, one that ends at once is told; no cell counts as run."""
    with pytest.raises(NoSuchKernel):
        executed(ODD / "echoes-parameters.ipynb", tmp_path, kernel_name="nonsense")
    assert "completed" not in statuses(tmp_path / "out.ipynb")
    name = add_kernel(tmp_path, monkeypatch, sys.executable, "-m", "ipykernel_launcher", "--transport=nonsense")
    with pytest.raises(RunError, match="The kernel did not start"):
        executed(ODD / "echoes-parameters.ipynb", tmp_path, kernel_name=name)
    assert "completed" not in statuses(tmp_path / "out.ipynb")


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Papermill at work on a notebook that waits to be stopped."""
    command = [sys.executable, "-m", "papermill", "--engine", "prepkit", str(ODD / "waits.ipynb"), "out.ipynb"]
    run = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    end = time.monotonic() + 60
    while not (tmp_path / "waiting").exists() and time.monotonic() < end:
        time.sleep(0.05)
    yield run
    run.kill()
    run.wait()


def test_ctrl_c_is_not_called_completed_either(waiting: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """Papermill alone marks all cells of a notebook completed that somebody stopped."""
    waiting.send_signal(signal.SIGINT)
    assert waiting.wait(20) != 0
    assert statuses(tmp_path / "out.ipynb") == ["completed", "completed", "failed", "pending"]


# --- where there is no warm kernel


def test_ordinary_kernels_do_where_nothing_can_be_forked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so once, however many notebooks are run, and the outputs are the same."""
    warm = executed(ODD / "echoes-parameters.ipynb", tmp_path, parameters={"name": "Ada"})
    assert "forked" not in caplog.text
    monkeypatch.setenv("PREPKIT_NO_FORK", "1")
    kernels._say_once.cache_clear()
    for _ in range(2):
        ordinary = executed(ODD / "echoes-parameters.ipynb", tmp_path, parameters={"name": "Ada"})
        assert [said(cell) for cell in ordinary.cells if "outputs" in cell] == [
            said(cell) for cell in warm.cells if "outputs" in cell
        ]
    assert caplog.text.count("Processes cannot be forked here") == 1


@pytest.mark.skipif(not can_fork(), reason="no process can be forked here")
def test_another_python_is_an_ordinary_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A warm kernel is this Python; a kernel that is started in another way is started in that way."""
    words = ["/usr/bin/env", "OTHER=1", sys.executable, "-m", "ipykernel_launcher"]
    name = add_kernel(tmp_path, monkeypatch, *words)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('import os\nprint(os.environ["OTHER"])')])
    nbformat.write(notebook, tmp_path / "asks.ipynb")
    done = executed(tmp_path / "asks.ipynb", tmp_path / "folder", kernel_name=name)
    assert done.cells[0].outputs[0].text == "1\n"
    assert "is not this Python" in caplog.text


def test_naming_the_engine_loads_nothing() -> None:
    """Papermill imports it whenever it is itself imported, whoever asks for it."""
    ask = "import prepkit.engine, sys; print({'papermill', 'nbclient', 'ipykernel', 'prepkit.warm'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "set()"
