"""What no module and no shipped notebook does with text from outside, whoever writes the next one."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "prepkit").rglob("*.py"))
WORKBOOKS = sorted((ROOT / "workbooks").rglob("*.ipynb"))

RUNS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput",
    "subprocess.getstatusoutput", "pickle.load", "pickle.loads", "marshal.loads", "marshal.load", "shelve.open",
    "pd.read_pickle", "pandas.read_pickle", "joblib.load", "yaml.unsafe_load", "yaml.full_load", "yaml.load_all",
}  # fmt: skip
"""Calls that run what they are given."""

SHOWS = {
    "Markdown", "Latex", "Javascript", "IFrame", "display_html", "display_markdown", "display_javascript", "HTMLMath",
    "publish_display_data",
}  # fmt: skip
"""Calls that show text as something else than text."""

TRUSTED = {
    ("page.py", "stylesheet()"), ("portfoliopage.py", ""), ("showportfolio.py", "portfolio_style()"),
    ("review.py", "script"), ("review.py", "style"), ("review.py", "_hash(script)"), ("review.py", "_hash(style)"),
}  # fmt: skip
"""What is put onto a page unescaped: our own files."""

OWN_REPORT = ("report.py", "making.py", "portfoliopage.py")
"""Modules that speak of the one function of ours that is called as the one of frames."""

ESCAPED = ("page", "render", "self._good")
"""Functions that make what a widget may show as HTML; every text from outside in it is escaped."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module, and the code of every shipped workbook as one."""
    for path in MODULES:
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))
    for path in WORKBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        yield path.name, ast.parse(code)


SOURCES = dict(sources())
NAMES = pytest.mark.parametrize("name", SOURCES)


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call in a source, with the function as it is written."""
    for node in ast.walk(SOURCES[name]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_there_is_something_to_look_at() -> None:
    """All modules and the four workbooks."""
    assert len(MODULES) > 80
    assert {path.name for path in WORKBOOKS} >= {"application.ipynb", "debrief.ipynb", "portfolio.ipynb", "start.ipynb"}


@NAMES
def test_nothing_runs_what_it_reads(name: str) -> None:
    """No call that takes text or a file for a program, no shell, no YAML that makes objects, no question in a batch."""
    found = [function for function, _ in calls(name) if function in RUNS or function == "input"]
    assert found == []
    for function, node in calls(name):
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
        assert given.get("shell", "False") == "False", function
        if function == "yaml.load":
            assert (name, given.get("Loader")) == ("yamlfile.py", "_Shipped")


@NAMES
def test_nothing_is_shown_but_by_the_helpers(name: str) -> None:
    """No Markdown, no HTML of IPython, no styled table, nothing that goes round the templates."""
    used = {function.rpartition(".")[2] for function, _ in calls(name)}
    assert used & SHOWS == set()
    imported = [
        f"{node.module}.{alias.name}"
        for node in ast.walk(SOURCES[name])
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert [full for full in imported if full in ("IPython.display.HTML", "IPython.core.display.HTML")] == []
    styled = [node for node in ast.walk(SOURCES[name]) if isinstance(node, ast.Attribute) and node.attr == "style"]
    if "pandas" in ast.unparse(SOURCES[name]):  # a frame's own way to a table escapes neither heads nor captions
        assert {ast.unparse(node) for node in styled} <= {"matplotlib.style"}
    assert used & {"Styler", "to_html"} <= ({"to_html"} if name in OWN_REPORT else set())
    for function, node in calls(name):
        if function == "Markup":
            assert (name, ast.unparse(node.args[0])) in TRUSTED
        assert function not in ("Environment", "jinja2.Environment") or _escapes(node) or name == "letter.py"


@NAMES
def test_nothing_is_printed_but_by_one_function(name: str) -> None:
    """Words for a terminal go through the one function that takes out what steers it."""
    said = [function for function, _ in calls(name) if function in ("print", "click.echo", "click.secho", "echo")]
    assert said == [] or name == "terminal.py"


def _escapes(node: ast.Call) -> bool:
    given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
    return given.get("autoescape") == "True"


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.j2")), ids=lambda path: path.name)
def test_no_template_lets_a_text_through(path: Path) -> None:
    """Templates of pages escape by themselves, and none switches that off."""
    text = path.read_text(encoding="utf-8")
    assert "| safe" not in text
    assert "|safe" not in text
    assert "autoescape" not in text


@pytest.mark.parametrize("name", [name for name in SOURCES if "ipywidgets" in ast.unparse(SOURCES[name])])
def test_a_widget_shows_html_of_the_helpers_only(name: str) -> None:
    """What an HTML widget is given comes out of a template, or of a function that says it is for escaped text."""
    boxes = set()
    for node in ast.walk(SOURCES[name]):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ipywidgets.HTML":
            assert all(_is_made(argument) for argument in node.args), ast.unparse(node)
        if isinstance(node, ast.Assign) and "ipywidgets.HTML(" in ast.unparse(node.value):
            boxes |= {
                part.attr for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Attribute)
            }
    for node in ast.walk(SOURCES[name]):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Attribute) and target.attr == "value" and ast.unparse(target.value)[5:] in boxes:
                assert _is_made(node.value), ast.unparse(node)


def _is_made(value: ast.expr) -> bool:
    """Tell whether an expression is a plain text of our own, or comes out of a helper."""
    if isinstance(value, ast.IfExp):
        return _is_made(value.body) and _is_made(value.orelse)
    if isinstance(value, ast.Constant):
        return isinstance(value.value, str)
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in ESCAPED
    if isinstance(value, ast.JoinedStr):  # the stylesheet
        return ast.unparse(value) == "f'<style>{stylesheet()}</style>'"
    return ast.unparse(value) in ("missing",) or ast.unparse(value).endswith(".html")
