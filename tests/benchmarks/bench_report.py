"""Seconds for each application: `prepkit report` against a shell loop of `papermill` and `jupyter nbconvert`.

Run it with ``make bench``, or ``python tests/benchmarks/bench_report.py [APPLICATIONS] [ROUNDS]``. Both ways work on
copies of the same applications with the same workbook, in turn, in one run, so that the ratio means something on a busy
machine; the seconds alone do not. It is no test: nothing passes or fails.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from prepkit.application import open_application
from prepkit.report import to_html
from prepkit.resources import template, workbook
from prepkit.search import Search, copy_search, read_search

BIN = Path(sys.executable).parent


def make_search(folder: Path, count: int) -> Search:
    """Make a search of `count` applications by copying those of the example."""
    copy_search(template("example"), folder)
    originals = sorted((folder / "applications").iterdir())
    for number in range(len(originals), count):
        original = originals[number % len(originals)]
        shutil.copytree(original, original.with_name(f"{original.name}-{number}"))
    return read_search(folder)


def shell_loop(search: Search, names: list[str], out: Path) -> float:
    """Run what somebody would write without prepkit, and return the seconds it took."""
    started = time.perf_counter()
    for name in names:
        files = search.application(name)
        values = {"posting": files.posting, "stories": search.stories, "plan": files.plan, "candidate": "Marla Quenby"}
        options = [word for key, value in values.items() for word in ("-p", key, str(value))]
        notebook = out / f"{name}.ipynb"
        run(search.path, BIN / "papermill", workbook("application.ipynb"), notebook, *options)
        run(search.path, BIN / "jupyter", "nbconvert", "--to", "html", "--no-input", notebook)
    return time.perf_counter() - started


def prepkit_report(search: Search, names: list[str]) -> float:
    """Run the command on the same applications, and return the seconds it took."""
    started = time.perf_counter()
    run(search.path, BIN / "prepkit", "report", ".", *(word for name in names for word in ("--only", name)))
    return time.perf_counter() - started


def run(folder: Path, *command: Any) -> None:
    """Run a command to its end."""
    subprocess.run([str(word) for word in command], cwd=folder, check=True, capture_output=True)


def where_time_goes(search: Search) -> dict[str, float]:
    """Return the seconds of each part of one report, medians of three, in a process that has imported all it needs."""
    import papermill

    parts: dict[str, list[float]] = {}
    files = search.application(search.names[0])
    values = {"posting": str(files.posting), "stories": str(search.stories), "plan": str(files.plan)}
    for _ in range(4):
        clock = time.perf_counter()
        open_application(search.path / files.posting, search.path / search.stories, search.path / files.plan)
        parts.setdefault("read and compute, in the runner", []).append(time.perf_counter() - clock)
        clock = time.perf_counter()
        done = papermill.execute_notebook(
            str(workbook("application.ipynb")),
            None,
            values,
            cwd=str(search.path),
            progress_bar=False,
            kernel_name="python3",
        )
        whole = time.perf_counter() - clock
        cells = [seconds(cell.metadata.execution) for cell in done.cells if cell.metadata.get("execution")]
        parts.setdefault("start and end the kernel, papermill itself", []).append(whole - sum(cells))
        parts.setdefault("first cells: imports, reading, overview", []).append(sum(cells[:3]))
        parts.setdefault("the other cells: tables and two figures", []).append(sum(cells[3:]))
        clock = time.perf_counter()
        to_html(done, "Report")
        parts.setdefault("nbconvert", []).append(time.perf_counter() - clock)
    return {name: median(values[1:]) for name, values in parts.items()}


def seconds(execution: dict[str, str]) -> float:
    """Return how long a cell took, from the times that the kernel reported."""
    begin, end = execution.get("iopub.execute_input"), execution.get("shell.execute_reply")
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds() if begin and end else 0.0


def main(count: int = 20, rounds: int = 2) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        search = make_search(Path(folder) / "search", count)
        out = Path(folder) / "out"
        out.mkdir()
        size = max(1, count // rounds)
        pairs = []
        for start in range(0, count, size):
            names = list(search.names[start : start + size])
            loop, ours = shell_loop(search, names, out) / len(names), prepkit_report(search, names) / len(names)
            pairs.append((loop, ours))
            print(f"{len(names)} applications: shell loop {loop:.2f} s each, prepkit {ours:.2f} s each", flush=True)
        loop, ours = (median(side) for side in zip(*pairs, strict=True))
        print(f"\nMedian of an application: shell loop {loop:.2f} s, prepkit report {ours:.2f} s")
        print(f"prepkit report is {loop / ours:.1f} times faster")
        print("\nWhere the time of one report goes:")
        for name, value in where_time_goes(search).items():
            print(f"  {value:6.2f} s  {name}")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
