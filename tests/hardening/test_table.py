"""The table of cases names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = (HERE / "README.md").read_text(encoding="utf-8")


def test_every_case_has_a_row() -> None:
    """From 1 to 71, each with a harm, a case and a test."""
    rows = re.findall(r"^\| (\d+) \| ([ABCD]) \| (.+?) \| (.+) \|$", TABLE, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, 72))


def test_every_test_that_is_named_exists() -> None:
    """Files, and functions in them; a name without a file is in the file before it."""
    file, named = Path(), 0
    for path, function in re.findall(r"`([\w./]*\.py)?(?:::(\w+))?`", TABLE):
        file = HERE / path if path else file
        assert file.is_file(), path
        assert not function or f"def {function}(" in file.read_text(encoding="utf-8"), function
        named += bool(function)
    assert named > 60
