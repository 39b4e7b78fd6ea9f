"""What a module offers is what it says it offers."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import ModuleType

import pytest

import prepkit

PACKAGE = Path(prepkit.__file__).parent
NAMES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem not in ("__init__", "__main__"))


@pytest.fixture(params=NAMES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    """Each module of the package in turn."""
    return importlib.import_module(f"prepkit.{request.param}")


def defined(module: ModuleType) -> list[ast.FunctionDef | ast.ClassDef]:
    """Functions and classes on the top level of a module."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def in_order(names: list[str]) -> list[str]:
    """Constants, then classes, then functions, each by the alphabet."""
    return sorted(names, key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name))


def test_exports_are_sorted(module: ModuleType) -> None:
    """`__all__` names constants, classes and functions, each by the alphabet, so that a new name has one place."""
    assert list(module.__all__) == in_order(list(module.__all__))


def test_exports_exist(module: ModuleType) -> None:
    """Every exported name is there."""
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_exports_are_all_there_is(module: ModuleType) -> None:
    """Every function and class without an underscore is exported, and nothing with one."""
    public = {node.name for node in defined(module) if not node.name.startswith("_")}
    assert public - set(module.__all__) == set()
    assert [name for name in module.__all__ if name.startswith("_")] == []


def test_nothing_private_is_borrowed(module: ModuleType) -> None:
    """No module imports a name with an underscore from another."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    borrowed = [
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("prepkit")
        for name in node.names
        if name.name.startswith("_")
    ]
    assert borrowed == []


def test_everything_public_says_what_it_does(module: ModuleType) -> None:
    """The module, its public functions and classes, and their public methods have a docstring."""
    silent = [] if module.__doc__ else [module.__name__]
    for node in defined(module):
        inner = (
            [item for item in node.body if isinstance(item, ast.FunctionDef)] if isinstance(node, ast.ClassDef) else []
        )
        for item in (node, *inner):
            if not (node.name.startswith("_") or item.name.startswith("_") or ast.get_docstring(item)):
                silent.append(item.name)
    assert silent == []


def test_names_of_the_package_resolve() -> None:
    """Each name that `prepkit` offers can be had from it, and they are sorted."""
    assert [name for name in prepkit.__all__ if getattr(prepkit, name, None) is None] == []
    assert prepkit.__all__ == in_order(prepkit.__all__)
    assert dir(prepkit) == prepkit.__all__


def test_an_unknown_name_is_refused() -> None:
    """A misspelt name raises AttributeError, as for any module."""
    with pytest.raises(AttributeError, match="open_aplication"):
        _ = prepkit.open_aplication


def test_the_package_is_typed() -> None:
    """Type checkers find the annotations."""
    assert (PACKAGE / "py.typed").exists()
