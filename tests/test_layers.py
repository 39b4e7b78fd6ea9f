"""Imports go down only: each module is held against the table of floors."""

from __future__ import annotations

import ast
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import write_search

PACKAGE = Path(__file__).parents[1] / "prepkit"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.stem != "__init__")
NAMES = [path.stem for path in MODULES]

FLOORS = {
    0: ("errors", "resources", "palette", "files", "archive", "forks", "workplace", "warm", "terminal"),
    1: (
        "page",
        "csvedit", "yamledit", "xlsxedit",
        "text", "yamlfile", "competencies", "webpage", "jobposting", "pdflines", "documents", "headings", "sections",
        "blocks", "masthead", "level", "sheets", "storyfiles", "posting", "stories", "plan",
    ),
    2: (
        "storysave",
        "inquiry",
        "debrief", "recall", "asked",
        "themes", "coverage", "interview", "prediction", "delivery", "questions", "bridge", "wording", "case",
        "readiness", "application", "search", "changes",
        "clients",
        "standing", "manifest",
    ),
    3: (
        "letter", "cards", "schedule", "spreadsheet", "progress", "mock", "session", "labels", "plots", "oddsplots",
        "portfolio", "storyuse", "outcomes", "portfoliosheet",
    ),
    4: (
        "storyform", "noteform",
        "brief", "showdebrief", "showportfolio", "review", "debriefform", "show", "controls",
        "caseform", "clock", "mockform", "questionform", "themeform", "ratinggrid", "live", "desk",
    ),
    5: (
        "pack", "report", "startform", "portfoliopage", "portfoliorun",
        "kernels", "engine", "execution", "notebooks", "tasks", "making", "workers", "runs",
        "parcel", "cluster", "labserver", "forget",
    ),
    6: ("console", "cli", "__main__"),
}  # fmt: skip

NEIGHBOURS = {
    "csvedit": "sheets storyfiles text",
    "yamledit": "stories",
    "xlsxedit": "sheets storyfiles",
    "storyform": "controls",
    "noteform": "controls",
    "files": "errors",
    "forks": "errors",
    "warm": "errors forks",
    "resources": "errors",
    "blocks": "headings text",
    "competencies": "text yamlfile",
    "documents": "jobposting pdflines text webpage",
    "headings": "text yamlfile",
    "jobposting": "text webpage",
    "level": "headings sections",
    "masthead": "headings sections text",
    "plan": "level yamlfile",
    "posting": "documents headings level masthead sections text",
    "sections": "blocks headings text",
    "sheets": "text",
    "stories": "competencies sheets storyfiles text",
    "storyfiles": "sheets text yamlfile",
    "webpage": "text",
    "application": (
        "bridge case coverage debrief delivery interview prediction questions readiness recall themes wording"
    ),
    "bridge": "case interview questions",
    "delivery": "interview prediction questions",
    "asked": "bridge debrief questions",
    "recall": "debrief interview",
    "prediction": "questions",
    "readiness": "case coverage wording",
    "oddsplots": "labels plots",
    "plots": "labels",
    "portfoliosheet": "outcomes portfolio storyuse",
    "portfoliopage": "report",
    "portfoliorun": "execution portfoliopage",
    "debriefform": "controls review",
    "caseform": "clock controls themeform",
    "mockform": "clock controls show",
    "questionform": "controls",
    "themeform": "controls",
    "ratinggrid": "controls",
    "live": "controls",
    "desk": "live show showdebrief",
    "engine": "kernels",
    "notebooks": "execution",
    "making": "execution report tasks",
    "workers": "tasks",
    "parcel": "tasks",
    "cluster": "parcel tasks",
    "runs": "tasks workers",
    "clients": "application questions readiness search",
    "standing": "application coverage debrief interview",
    "manifest": "search",
    "startform": "notebooks",
    "cli": "console",
    "__main__": "cli",
}
"""Modules of the same floor that a module may import."""

ONLY = {
    "matplotlib": {"labels", "oddsplots", "plots"},
    "anywidget": {"clock", "ratinggrid"},
    "ipywidgets": {
        "noteform",
        "storyform",
        "debriefform",
        "caseform",
        "mockform",
        "questionform",
        "controls",
        "themeform",
        "live",
        "startform",
    },
    "nbconvert": {"report"},
    "papermill": {"engine", "execution", "kernels", "notebooks"},
    "nbclient": {"kernels"},
    "ipykernel": {"kernels"},
    "jupyter_client": {"kernels"},
    "nbformat": {"engine", "execution", "kernels", "making", "notebooks", "portfoliopage", "report"},
    "distributed": {"cluster"},
    "jupyterlab": {"labserver"},
    "click": {"cli", "terminal"},
    "tqdm": {"console"},
    "filelock": {"files"},
    "typst": {"brief"},
    "genanki": {"cards"},
    "icalendar": {"schedule"},
    "docx": {"progress"},
}
"""A library that only these modules import."""


def floor_of(name: str) -> int | None:
    return next((floor for floor, names in FLOORS.items() if name in names), None)


def imports_of(path: Path) -> set[str]:
    """Full names of all that a module imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}, line {node.lineno}: imports are absolute"
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def own_imports(path: Path) -> set[str]:
    """Names of the modules of prepkit that a module imports."""
    parts = [name.split(".") for name in imports_of(path) if name.startswith("prepkit.")]
    return {part[1] for part in parts if part[1] in NAMES}


def writes_of(path: Path) -> Iterator[str]:
    """Calls that open a file for writing, however they are spelt."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        values = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "mode")]
        modes = [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]
        opens = name in ("open", "fdopen") and any(set(mode) & set("wax+") and len(mode) <= 3 for mode in modes)
        copies = (
            isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "shutil" and "copy" in name
        )
        if opens or copies or name in ("write_text", "write_bytes", "touch", "mkdir", "makedirs"):
            yield f"line {node.lineno}: {name}"


def test_every_module_stands_on_a_floor() -> None:
    """A new module is entered in the table before anything else."""
    assert sorted(name for names in FLOORS.values() for name in names) == sorted(NAMES)


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_imports_go_down(path: Path) -> None:
    """A module imports lower floors, and on its own floor only along the listed pairs."""
    floor = floor_of(path.stem)
    assert floor is not None
    wrong = {
        name
        for name in own_imports(path)
        if (other := floor_of(name)) is None
        or other > floor
        or (other == floor and name not in NEIGHBOURS.get(path.stem, "").split())
    }
    assert wrong == set()


def test_listed_neighbours_are_used() -> None:
    """The list holds no pair that nobody needs, and no two modules import each other."""
    pairs = {(name, other) for name, others in NEIGHBOURS.items() for other in others.split()}
    assert pairs <= {(path.stem, name) for path in MODULES for name in own_imports(path)}
    assert not {(a, b) for a, b in pairs if (b, a) in pairs}


@pytest.mark.parametrize("library", ONLY)
def test_a_library_has_one_door(library: str) -> None:
    """Whoever replaces a library finds it in one place."""
    users = {path.stem for path in MODULES if any(name.split(".")[0] == library for name in imports_of(path))}
    assert users == ONLY[library]


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem != "files"], ids=lambda path: path.stem)
def test_only_files_writes(path: Path) -> None:
    """Every write goes through the module that makes it whole or not at all."""
    assert list(writes_of(path)) == []


def test_the_search_for_writes_finds_them() -> None:
    """The test above can fail: in `files` there are such calls."""
    assert any("fdopen" in found for found in writes_of(PACKAGE / "files.py"))


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.stem)
def test_a_module_is_read_in_one_sitting(path: Path) -> None:
    """No module has more than 400 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


HEAVY = (
    "papermill",
    "nbconvert",
    "nbclient",
    "nbformat",
    "ipywidgets",
    "matplotlib",
    "pandas",
    "numpy",
    "bs4",
    "openpyxl",
)


@pytest.mark.parametrize(
    "code",
    [
        "import prepkit",
        "import prepkit.cli",
        "import prepkit.warm, prepkit.engine",
        "from prepkit.cli import main; main(['--help'], standalone_mode=False)",
    ],
    ids=["import prepkit", "import prepkit.cli", "import prepkit.warm", "prepkit --help"],
)  # fmt: skip
def test_starting_loads_nothing_heavy(code: str) -> None:
    """A name is loaded when it is used, so that help and completion answer at once."""
    ask = f"{code}\nimport sys\nprint('LOADED', *(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "LOADED"


RUNNING = ("papermill", "nbclient", "nbconvert", "nbformat", "ipykernel", "IPython", "ipywidgets", "jupyter_client")


@pytest.mark.parametrize("command", ["check", "status"])
def test_what_runs_no_notebook_loads_nothing_that_does(command: str, tmp_path: Path) -> None:
    """Whoever checks files, or asks how reports stand, does not wait for the libraries of notebooks."""
    search = write_search(tmp_path / "search")
    words = [sys.executable, "-X", "importtime", "-m", "prepkit", command, str(search.path)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
    loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "prepkit.search" in loaded
    assert loaded & set(RUNNING) == set()


def test_help_comes_at_once() -> None:
    """In less time of the processor than somebody notices; it is printed, so that a change can be seen."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "prepkit", "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"prepkit --help: {seconds:.2f} s")
    assert seconds < 0.4
