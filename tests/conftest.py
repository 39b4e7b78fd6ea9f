"""What several tests share: the demo, made once; searches made to order; and Chromium."""

from __future__ import annotations

import ast
import asyncio
import csv
import io
import json
import os
import shutil
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import nbformat
import psutil
import pytest
from click.testing import CliRunner, Result

from prepkit.search import Search, read_search
from prepkit.tasks import Made, Task

ROOT = Path(__file__).parents[1]
COLUMNS = ("id", "title", "situation", "task", "action", "result", "competencies", "when", "where", "numbers")

POSTING = """\
Harbour Operations Manager
Tidewrack Ferries

Tidewrack Ferries runs four boats between the islands, and the winter timetable has broken down twice.
We need somebody who brings the crews and the booking office to one plan before the autumn.

Our mission
We exist so that nobody on the islands is cut off from school, work or hospital.

Responsibilities
- Lead the crews and the booking office through a new winter timetable
- Reduce missed connections at the mainland pier by half

Our culture
- We say what went wrong on the day it went wrong
- Managers begin their day on the pier rather than at a screen
"""

STORY = {
    "id": "storm",
    "title": "Kept 310 passengers safe through a storm",
    "situation": "A storm closed the harbour with two ferries still due.",
    "task": "I was in charge of everybody in the terminal until the road opened.",
    "action": "I gave each of the crew one job and told passengers the truth on the hour.",
    "result": "Everybody was on their way within 14 hours.",
    "competencies": "staying-calm-under-pressure; leading-people",
    "when": "2012",
    "where": "Castermouth ferry terminal",
    "numbers": "310 passengers",
}

PLAN = {
    "format": 1,
    "themes": [
        {"id": "calm", "category": "challenge", "claim": "Brings calm to a broken timetable", "evidence": ["4"]},
        {"id": "islands", "category": "motivation", "claim": "Keeps the islands joined", "evidence": ["8"]},
        {"id": "pier", "category": "fit", "claim": "Begins the day on the pier", "evidence": ["16"]},
    ],
    "ratings": {"storm": {"calm": 2}},
}  # fmt: skip

Applications = Mapping[str, Mapping[str, Any]]


def in_a_loop(run: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run something in an event loop of a thread of its own: a browser of another test may hold the one of this."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result()


def write_search(
    folder: Path,
    applications: Applications | None = None,
    stories: Sequence[Mapping[str, str]] = (STORY,),
    candidate: str = "Ada Fenwright",
) -> Search:
    """Make a search with applications that have a ``posting`` (text), perhaps a ``suffix`` and a ``plan``."""
    folder.mkdir(parents=True, exist_ok=True)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(stories)
    (folder / "stories.csv").write_text(stream.getvalue(), encoding="utf-8")
    settings = {"format": 1, "candidate": candidate}
    (folder / "prepkit.yaml").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
    for name, given in ({"tidewrack": {}} if applications is None else applications).items():
        place = folder / "applications" / name
        place.mkdir(parents=True)
        (place / f"posting{given.get('suffix', '.txt')}").write_text(given.get("posting", POSTING), encoding="utf-8")
        if plan := given.get("plan"):  # JSON is YAML too
            (place / "plan.yaml").write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
    return read_search(folder)


def workbook_in_process(search: Search, name: str) -> nbformat.NotebookNode:
    """Run the shipped workbook without a kernel, which takes a tenth of the time, and return it executed."""
    from prepkit.resources import workbook

    shown: list[Any] = []
    space: dict[str, Any] = {"display": lambda *pieces: shown.extend(pieces)}
    given = {**search.parameters(name, search.path), "live": False}
    notebook = nbformat.read(workbook("application.ipynb"), as_version=4)
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        cell.execution_count = number
        tags = cell.metadata.get("tags", [])
        if "form" in tags:
            continue
        if "parameters" in tags:
            space |= given
            continue
        body = ast.parse(cell.source).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        shown.clear()
        exec(compile(ast.Module(body, []), "<cell>", "exec"), space)
        if isinstance(last, ast.Expr) and (value := eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)):
            shown.append(value)
        for piece in [piece for section in shown for piece in getattr(section, "outputs", [section])]:
            bundle = piece._repr_mimebundle_()
            data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
            cell.outputs.append(nbformat.v4.new_output("display_data", data, metadata=metadata))
    return notebook


def gone(*pids: int, seconds: float = 5) -> bool:
    """Tell whether none of these processes is there any more, be it after a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def is_alive(pid: int) -> bool:
    """Tell whether a process is there and has not ended."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def outside_pytest() -> Iterator[None]:
    """Hide from a kernel that it is tested: otherwise it takes no output of what cells start."""
    with mock.patch.dict(os.environ):
        os.environ.pop("PYTEST_CURRENT_TEST", None)
        yield


class Here:
    """Workers that make each report in this process, where a test can see and change what is done.

    Args:
        count: How many tasks are taken at a time.
    """

    def __init__(self, count: int | None = None) -> None:
        self.count = count or 1
        self.tasks: list[Task] = []

    @property
    def room(self) -> int:
        """How many more tasks are taken."""
        return self.count - len(self.tasks)

    def start(self, task: Task) -> None:
        """Take a task; it is made when somebody waits for it."""
        self.tasks.append(task)

    def finished(self) -> list[tuple[Task, Made | str]]:
        """Make what was taken first."""
        from prepkit.making import make

        task = self.tasks.pop(0)
        return [(task, make(task))]

    def close(self) -> None:
        """Forget what was taken."""
        self.tasks.clear()


def make_here(patch: pytest.MonkeyPatch) -> None:
    """Have reports made in this process, with the shipped workbook counting as executed without being run."""
    from prepkit import making, runs, workers
    from prepkit.resources import workbook

    done = nbformat.read(workbook("application.ipynb"), as_version=4)
    patch.setattr(making, "execute", lambda *_: done)
    for module in (runs, workers):
        patch.setattr(module, "LocalWorkers", Here)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are made quickly and in this process; see :func:`make_here`."""
    make_here(monkeypatch)


@pytest.fixture
def make_search(tmp_path: Path) -> Callable[..., Search]:
    """A function that makes a search to order; see :func:`write_search`."""

    def make(*args: Any, folder: str = "search", **kwargs: Any) -> Search:
        return write_search(tmp_path / folder, *args, **kwargs)

    return make


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The demo, run once: `search`, `reports` (folder), `result` (of the command) and the names of its applications."""
    from prepkit.cli import main

    folder = tmp_path_factory.mktemp("demo") / "example"
    result: Result = CliRunner().invoke(main, ["demo", str(folder)])
    assert result.exit_code == 0, result.output
    search = read_search(folder)
    senior, junior, open_ = (
        next(name for name in search.names if name.startswith(start))
        for start in ("merrowdale", "corriebank", "pellow")
    )
    return SimpleNamespace(
        search=search, reports=search.reports, result=result, senior=senior, junior=junior, undecided=open_
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest tests begin first, so that no worker has to wait for the last of them."""
    items.sort(key=lambda item: "torture" not in item.nodeid)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Chromium; without one the test is skipped, or fails where it must not be skipped."""
    return program("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def strace() -> str:
    """Path of strace; without it the test is skipped, or fails where it must not be skipped."""
    return program("strace")


def program(*names: str) -> str:
    """Return the path of the first of some programs that is there; skips the test otherwise, and fails it in CI."""
    for name in names:
        if path := shutil.which(name):
            return path
    message = f"{names[0]} is missing; install it with: apt-get install {names[0]}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """A running Chromium, driven by playwright."""
    from playwright.sync_api import sync_playwright

    quiet = ["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        quiet.append("--no-sandbox")
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium, headless=True, args=quiet)
        yield chrome
        chrome.close()


PAYLOADS = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1>",
    "<svg><script>window.pwned=1</script></svg>",
    '<iframe src="file:///etc/passwd"></iframe>',
    '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
    "javascript:window.pwned=1",
    '<a href="javascript:window.pwned=1">here</a>',
    '<a href="data:text/html,<script>opener.pwned=1</script>">here</a>',
    '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:9/refresh">',
    '<style>@import "http://127.0.0.1:9/style.css"; body{display:none}</style>',
    '<link rel="stylesheet" href="http://127.0.0.1:9/link.css">',
    '<base href="http://127.0.0.1:9/">',
    '<form action="http://127.0.0.1:9/form"><button formaction="javascript:pwned=1">x</button></form>',
    '<object data="http://127.0.0.1:9/object"></object>',
    '<embed src="http://127.0.0.1:9/embed">',
    '<video src="http://127.0.0.1:9/v" onerror="pwned=1"></video>',
    "<details open ontoggle=window.pwned=1>x</details>",
    "<body onload=window.pwned=1>",
    "<math><mi//xlink:href='data:x,<script>pwned=1</script>'>",
    "</style><script>window.pwned=1</script>",
    "</title></head><script>window.pwned=1</script>",
    '"><script>window.pwned=1</script>',
    "' onmouseover='window.pwned=1",
    "--><script>window.pwned=1</script><!--",
    "]]><script>window.pwned=1</script>",
    "```mermaid graph TD; A[<img src=x onerror=pwned=1>] ```",
    "[here](javascript:window.pwned=1)",
    "![beacon](http://127.0.0.1:9/beacon.png)",
    "<https://127.0.0.1:9/auto>",
    "$$x^2$$ and $x^$ and \\(y\\)",
    "$100k to $120k",
    "{{ 7*7 }} {% raw %} ${7*7} <%= 7*7 %>",
    "&lt;b&gt; &amp;amp; &#60;script&#62;",
    "# Heading | cell | **bold** _under_ `code`",
    "safe\u202egnp.exe \u2066hidden\u2069",
    "=HYPERLINK(\"http://127.0.0.1:9/\",\"x\")",
    "مرحبا שלום 工程师 🦊 ﷽",
]  # fmt: skip
"""Texts that somebody could write into a posting, story, plan or name; `pwned` tells that one of them ran."""


def hostile_search(folder: Path) -> Search:
    """Every payload in every place where a text can stand; three applications, as a plan holds twelve themes."""
    count = len(PAYLOADS)
    stories = [
        {"id": f"s{n}", "title": text, "situation": text, "task": text, "action": text, "result": text, "when": text,
         "where": text, "numbers": text.replace(";", ","), "competencies": text}
        for n, text in enumerate(PAYLOADS)
    ]  # fmt: skip
    bullets = "\n".join(f"- Lead the crews with care {text}" for text in PAYLOADS)
    applications = {}
    for part in range(0, count, 12):
        some = PAYLOADS[part : part + 12]
        themes = [
            {"id": f"t{n}", "category": ("motivation", "challenge", "fit")[n % 3], "claim": text, "twist": text,
             "proof": text, "evidence": [f"n{part + n}", str(11 + part + n)]}
            for n, text in enumerate(some)
        ]  # fmt: skip
        notes = [
            {"id": f"n{n}", "who": "employee", "when": text, "told": text, "shows": text}
            for n, text in enumerate(PAYLOADS)
        ]
        applications[f"part{part}"] = {
            "posting": POSTING.replace("Responsibilities\n", f"Responsibilities\n{bullets}\n"),
            "plan": {
                "format": 1, "themes": themes, "culture_notes": notes,
                "posting": {"title": some[0], "company": some[1], "location": some[-1]},
                "bridges": [
                    {"id": f"b{n}", "question": text, "theme": f"t{n}", "story": f"s{part + n}", "theme_first": text,
                     "in_one_breath": text, "back_to_role": text}
                    for n, text in enumerate(some)
                ],
                "ratings": {f"s{n}": {f"t{n % 12}": 2} for n in range(count)},
            },
        }  # fmt: skip
    search = write_search(folder, applications, stories, candidate=PAYLOADS[0])
    with (folder / "questions.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["question"], *([text] for text in PAYLOADS)])
    return read_search(search.path)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The hostile search with one report for each application, as `pages` (paths)."""
    from prepkit.report import to_html

    search = hostile_search(tmp_path_factory.mktemp("hostile"))
    pages = []
    for name in search.names:
        page = search.path / f"{name}.html"
        page.write_text(to_html(workbook_in_process(search, name), PAYLOADS[0]), encoding="utf-8")
        pages.append(page)
    return SimpleNamespace(search=search, pages=pages)
