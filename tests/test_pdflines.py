"""Lines of PDF pages: reading order, joined lines, headings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from prepkit.documents import read_document

POSTINGS = Path(__file__).parent / "data" / "postings"
NAMES = ["hotel-events.pdf", "grants-director.pdf", "marina-two-columns.pdf"]


@pytest.mark.parametrize("name", NAMES)
def test_pdf_pages_have_headings_and_whole_words(name: str) -> None:
    """Headings are found, and no word is left cut by a hyphen at the end of a line."""
    lines = read_document(POSTINGS / name).lines
    assert sum(line.startswith("## ") for line in lines) >= 3
    assert not [line for line in lines if re.search(r"[a-z]-$|\u00ad|\ufffe", line)]
