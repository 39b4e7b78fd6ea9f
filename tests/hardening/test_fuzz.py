"""Anything at all, and good files with a few things changed, given to every reader: it is read, or refused in words."""

from __future__ import annotations

import os
from random import Random

import pytest
from fuzz import READERS, SEEDS, mutated, read
from hypothesis import given, settings
from hypothesis import strategies as st

REPEATABLE = os.environ.get("CI") == "true"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))


@pytest.mark.parametrize("name", READERS)
def test_the_file_to_begin_with_is_good(name: str, tmp_path: pytest.TempPathFactory) -> None:
    """What is changed by the other tests is read without a word to begin with."""
    path = tmp_path / name
    path.write_bytes(SEEDS[name])
    assert READERS[name](path) is not None


@pytest.mark.parametrize("name", READERS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=EXAMPLES, deadline=None, derandomize=REPEATABLE)
def test_good_files_with_a_few_changes_are_read_or_refused(name: str, seed: int) -> None:
    """No change of values, cells, parts or bytes brings anything out of a reader but its own refusal."""
    read(name, mutated(name, SEEDS[name], Random(seed)))


@pytest.mark.parametrize("name", READERS)
@given(data=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=EXAMPLES // 2, deadline=None, derandomize=REPEATABLE)
def test_any_bytes_are_read_or_refused_by_every_reader(name: str, data: bytes) -> None:
    """Whatever a file holds, only sentences come of it."""
    read(name, data)
