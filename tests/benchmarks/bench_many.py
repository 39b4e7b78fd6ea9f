"""Seconds for each application and peak memory, for five ways of doing the same work, side by side in one run.

    make bench
    python tests/benchmarks/bench_many.py [APPLICATIONS] [ROUNDS]
    python tests/benchmarks/bench_many.py unchanged [APPLICATIONS]
    python tests/benchmarks/bench_many.py growth [SIZE ...]

The ways, on copies of the same applications with the same workbook:

a. what somebody would write without prepkit: a shell loop of ``papermill`` and ``jupyter nbconvert``;
b. ``papermill.execute_notebook`` in a process pool of two, with one exporter in each process;
c. ``prepkit report`` with one and with two workers;
d. the floor: the same figures, pictures and pages by plain function calls in warm processes, one and two of them, with
   no kernel, no notebook and nothing written.

They take turns in each round, so that the ratios mean something on a busy machine; the seconds alone do not. Where
there are many applications the slow ways get one of five or ten of them, because they do nothing else for the tenth
than for the first. It is no test: nothing passes or fails.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from bench_report import make_search, run

from prepkit.resources import workbook
from prepkit.search import Search, read_search

BIN = Path(sys.executable).parent
SECTIONS = [
    "overview", "posting", "notes", "themes", "stories", "coverage", "questions", "odds", "case", "rehearsal",
    "next_steps",
]  # fmt: skip


def shell_loop(search: Search, names: Sequence[str]) -> None:
    """Run the two commands for one application after the other."""
    for name in names:
        options = [word for pair in values(search, name).items() for word in ("-p", *map(str, pair))]
        notebook = search.path / "out" / f"{name}.ipynb"
        run(search.path, BIN / "papermill", workbook("application.ipynb"), notebook, *options)
        run(search.path, BIN / "jupyter", "nbconvert", "--to", "html", "--no-input", notebook)


def values(search: Search, name: str) -> dict[str, Any]:
    """Return the parameters that are not empty, as a command line can give them."""
    return {key: value for key, value in search.parameters(name).items() if value != ""}


def papermill_pool(search: Search, names: Sequence[str]) -> None:
    """Run papermill's function in two processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_by_papermill, [search.path] * len(names), names))


def _by_papermill(folder: Path, name: str) -> None:
    import papermill

    from prepkit.report import to_html

    search = read_search(folder)
    done = papermill.execute_notebook(
        str(workbook("application.ipynb")), str(folder / "out" / f"{name}.ipynb"), values(search, name),
        cwd=str(folder), progress_bar=False, kernel_name="python3",
    )  # fmt: skip
    (folder / "out" / f"{name}.html").write_text(to_html(done, name), encoding="utf-8")


def prepkit(workers: int) -> Callable[[Search, Sequence[str]], None]:
    """Return a function that runs the command with so many workers."""

    def report(search: Search, names: Sequence[str]) -> None:
        only = [word for name in names for word in ("--only", name)]
        run(search.path, BIN / "prepkit", "report", ".", "--force", "--workers", workers, *only)

    return report


def floor(processes: int) -> Callable[[Search, Sequence[str]], float]:
    """Return a function that does the work by plain calls in warm processes, and tells the seconds of that alone."""

    def plain(search: Search, names: Sequence[str]) -> float:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_warm) as pool:
            list(pool.map(_nothing, range(processes * 4)))  # every process is warm before the clock starts
            started = time.perf_counter()
            list(pool.map(_by_calls, [search.path] * len(names), names))
            return time.perf_counter() - started

    return plain


def _warm() -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    _pieces({})


def _nothing(_: int) -> None:
    time.sleep(0.05)


def _by_calls(folder: Path, name: str) -> None:
    with chdir(folder):
        _pieces(dict(read_search(Path()).parameters(name)))


def _pieces(given: dict[str, Any]) -> None:
    import nbformat

    from prepkit.application import open_application
    from prepkit.desk import Desk
    from prepkit.plots import Picture
    from prepkit.report import to_html
    from prepkit.spreadsheet import coverage_csv
    from prepkit.standing import standing, to_json

    application = open_application(**given)
    to_json(standing(application, "x"))
    coverage_csv(application)
    desk, cells = Desk(*given.values()), []
    for section in SECTIONS:
        for output in getattr(desk, section).outputs:
            data, metadata = output._repr_mimebundle_(), {}
            if isinstance(data, tuple):
                data, metadata = data
            shown = nbformat.v4.new_output("display_data", data, metadata=metadata)
            cells.append(nbformat.v4.new_code_cell(outputs=[shown]))
            assert isinstance(output, Picture) or data
    to_html(nbformat.v4.new_notebook(cells=cells), "Floor")


class Peak:
    """Watches the memory of this process's children, in million bytes; shared pages count once."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._stop.wait(1):  # looking holds up what is looked at
            used = 0
            for process in psutil.Process().children(recursive=True):
                try:
                    used += process.memory_full_info().pss
                except psutil.Error:
                    continue
            self.megabytes = max(self.megabytes, used / 1e6)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def compare(count: int = 20, rounds: int = 2) -> None:
    """Let the ways take turns over `count` applications."""
    ways: dict[str, tuple[Callable[[Search, Sequence[str]], Any], int]] = {
        "a  shell loop": (shell_loop, 10), "b  papermill, 2 processes": (papermill_pool, 5),
        "c1 prepkit, 1 worker": (prepkit(1), 1), "c2 prepkit, 2 workers": (prepkit(2), 1),
        "d1 floor, 1 process": (floor(1), 1), "d2 floor, 2 processes": (floor(2), 1),
    }  # fmt: skip
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    memory = dict.fromkeys(ways, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        search = make_search(Path(folder) / "search", count)
        (search.path / "out").mkdir()
        for number in range(rounds):
            for way, (function, share) in ways.items():
                names = search.names[:: share if count > share else 1]
                started = time.perf_counter()
                with Peak() as peak:
                    own = function(search, names)
                each = (own or time.perf_counter() - started) / len(names)
                seconds[way].append(each)
                memory[way] = max(memory[way], peak.megabytes)
                print(f"round {number + 1}  {way:28} {len(names):4} applications  {each:7.2f} s each", flush=True)
    each = {way: median(values) for way, values in seconds.items()}
    print(f"\n{count} applications, {rounds} rounds, medians; {os.cpu_count()} processors")
    loop = each["a  shell loop"]
    for way, value in each.items():
        print(f"  {way:28} {value:6.2f} s each   {loop / value:5.1f} times a   peak {memory[way]:5.0f} MB")
    for workers in "12":
        ours = next(value for way, value in each.items() if way.startswith(f"c{workers}"))
        least = next(value for way, value in each.items() if way.startswith(f"d{workers}"))
        print(f"  prepkit with {workers}: {ours / least:.2f} times the floor")


def unchanged(count: int = 1_000) -> None:
    """Print how long it takes to find that nothing is to be done; reports are made once and copied."""
    with tempfile.TemporaryDirectory() as folder:
        search = make_search(Path(folder) / "search", 3)
        prepkit(2)(search, search.names)
        fill(search, count)
        for _ in range(5):
            started = time.perf_counter()
            run(search.path, BIN / "prepkit", "report", ".")
            print(f"{count} unchanged applications: {time.perf_counter() - started:.2f} s", flush=True)


def fill(search: Search, count: int) -> None:
    """Copy applications with their reports, as if each had been made."""
    for number in range(len(search.names), count):
        name = search.names[number % 3]
        copy = f"{name}-{number}"
        for above in ("applications", "reports"):
            shutil.copytree(search.path / above / name, search.path / above / copy)
        manifest = search.path / "reports" / copy / "manifest.json"
        data = json.loads(manifest.read_bytes())
        data["inputs"] = {path.replace(f"/{name}/", f"/{copy}/"): value for path, value in data["inputs"].items()}
        manifest.write_text(json.dumps(data), encoding="utf-8")


def growth(*sizes: int) -> None:
    """Print seconds for each application and peak memory of the command for growing numbers of applications."""
    for size in sizes or (10, 100, 1_000):
        with tempfile.TemporaryDirectory() as folder:
            search = make_search(Path(folder) / "search", size)
            started = time.perf_counter()
            with Peak() as peak:
                run(search.path, BIN / "prepkit", "report", ".")
            whole = time.perf_counter() - started
            print(
                f"{size:5} applications: {whole:7.1f} s, {whole / size:5.2f} s each, peak {peak.megabytes:5.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    words = sys.argv[1:]
    if words and words[0] in ("unchanged", "growth"):
        {"unchanged": unchanged, "growth": growth}[words[0]](*map(int, words[1:]))
    else:
        compare(*map(int, words))
