"""What the documents say is what the program does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from prepkit.cli import main
from prepkit.plan import load_plan

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_readme() -> None:
    """No command is left for people to find by themselves."""
    missing = [name for name in main.commands if f"prepkit {name}" not in README and f"make {name}" not in README]
    assert missing == []


def commands_in(text: str) -> list[str]:
    """Lines in code blocks and inline code that begin with the program's name."""
    return re.findall(r"(?:^\s*|`)(prepkit (?!-)[^`\n]+)", text, re.MULTILINE)


@pytest.mark.parametrize("line", commands_in(README))
def test_commands_in_the_readme_exist_with_their_options(line: str) -> None:
    """Each example names a command that is there and options that it takes."""
    words = shlex.split(line)
    assert words[1] in main.commands
    known = {option for parameter in main.commands[words[1]].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known | {"--help"}


def test_the_plan_in_the_readme_is_a_plan(tmp_path: Path) -> None:
    """The example can be pasted into plan.yaml as it stands."""
    block = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert block
    lines = [line[3:] if line.startswith("   ") else line for line in block[1].splitlines()]
    (tmp_path / "plan.yaml").write_text("\n".join(lines), encoding="utf-8")
    plan = load_plan(tmp_path / "plan.yaml")
    assert plan.themes[0].evidence == ("7c", "14", "ines")
    assert plan.ratings["rota-rebuild"]["rota-people-trust"] == 2


def test_every_module_is_in_the_table_of_contributing() -> None:
    """Who looks for something finds its room."""
    modules = {path.stem for path in (ROOT / "prepkit").glob("*.py")} - {"__init__", "__main__"}
    assert modules == set(re.findall(r"`(\w+)`", CONTRIBUTING.split("| floor |")[1].split("Beside the package")[0]))


def test_make_targets_in_the_documents_exist() -> None:
    """`make demo` and the others are in the Makefile."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"make (\w+)`", README + CONTRIBUTING)) | {"demo", "test"} <= targets


def test_commands_run_without_arguments_say_what_is_missing() -> None:
    """A bare command explains itself instead of failing with a traceback."""
    for name in ("new", "add", "check", "report", "status", "lab"):
        result = CliRunner().invoke(main, [name])
        assert result.exit_code == 2
        assert "Missing argument" in result.output
