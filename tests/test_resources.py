"""Finding the workbooks and templates, in a wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from prepkit import resources
from prepkit.errors import InputError, PrepkitError
from prepkit.plan import update_plan
from prepkit.resources import template, workbook


@pytest.mark.parametrize("name", ["competencies.yaml", "starter", "example/stories.csv"])
def test_templates_are_found_here(name: str) -> None:
    """What the package needs at run time is there, files and folders alike."""
    assert template(name).exists()


def test_workbook_is_found_here() -> None:
    """The one shipped workbook is found by its name."""
    assert workbook("application.ipynb").name == "application.ipynb"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a package that lies in an otherwise empty place."""
    package = tmp_path / "site" / "prepkit"
    package.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", package)
    return package


def make(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    return path


def test_wheel_holds_files_inside_the_package(installed: Path) -> None:
    """In a wheel the files lie in the package."""
    assert make(installed / "_resources" / "templates" / "a.txt") == template("a.txt")


def test_checkout_holds_files_beside_the_package(installed: Path) -> None:
    """In a checkout the files lie beside the package."""
    assert make(installed.parent / "workbooks" / "a.ipynb") == workbook("a.ipynb")


def test_wheel_comes_before_what_lies_beside_it(installed: Path) -> None:
    """Some other package's folder named templates beside an installed prepkit is not taken for its own."""
    make(installed.parent / "templates" / "a.txt")
    assert make(installed / "_resources" / "templates" / "a.txt") == template("a.txt")


def test_missing_file_is_told_with_both_places(installed: Path) -> None:
    """A broken installation says what is missing, where it was looked for and what to do."""
    with pytest.raises(PrepkitError, match=r"templates/gone\.txt is missing") as caught:
        template("gone.txt")
    said = str(caught.value)
    assert str(installed / "_resources" / "templates" / "gone.txt") in said
    assert str(installed.parent / "templates" / "gone.txt") in said
    assert said.endswith("Install prepkit again.")


def test_the_shipped_example_is_never_written_to() -> None:
    """Saving from the workbook without parameters is refused with what to do instead."""
    plan = template("example") / "applications" / "merrowdale-hospices-head-of-operations" / "plan.yaml"
    before = plan.read_bytes()
    with pytest.raises(InputError, match="prepkit demo"):
        update_plan(plan, lambda current: current)
    assert plan.read_bytes() == before
