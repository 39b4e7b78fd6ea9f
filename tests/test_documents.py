"""What kinds of file are read, and what is refused with words rather than with a traceback."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from prepkit.documents import MAX_CHARACTERS, MAX_LINES, SUFFIXES, read_document
from prepkit.errors import InputError
from prepkit.posting import Posting, read_posting

POSTINGS = Path(__file__).parent / "data" / "postings"


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 300_000_000)
    return stream.getvalue()


def zipped(name: str, content: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def locked_pdf() -> bytes:
    writer = PdfWriter(clone_from=POSTINGS / "hotel-events.pdf")
    writer.encrypt("secret", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("posting.txt", lambda: b"", "is empty", id="empty-txt"),
        pytest.param("posting.md", lambda: b" \n---\n\n", "no words", id="no-words"),
        pytest.param("posting.html", lambda: b"", "is empty", id="empty-html"),
        pytest.param("posting.json", lambda: b"", "is empty", id="empty-json"),
        pytest.param("posting.pdf", lambda: b"", "is empty", id="empty-pdf"),
        pytest.param("posting.docx", lambda: b"", "is empty", id="empty-docx"),
        pytest.param("posting.odt", lambda: b"Cook", "“.odt” files cannot be read", id="suffix"),
        pytest.param("posting", lambda: b"Cook", "without an ending", id="no-suffix"),
        pytest.param("posting.docx", lambda: b"Cook wanted", "", id="docx-no-zip"),
        pytest.param("posting.docx", lambda: zipped("a.txt", "Cook"), "not a Word file", id="docx-other-zip"),
        pytest.param("posting.docx", bomb, "", id="docx-bomb"),
        pytest.param("posting.docx", lambda: zipped("word/document.xml", " " * 3_100_000), "far more", id="docx-large"),
        pytest.param("posting.html", lambda: b"%PDF-1.7\n", "looks like a PDF", id="pdf-as-html"),
        pytest.param("posting.txt", lambda: zipped("a.txt", "Cook"), "looks like a Word", id="zip-as-txt"),
        pytest.param("posting.pdf", lambda: b"%PDF-1.7\nbroken", "damaged", id="pdf-damaged"),
        pytest.param("posting.pdf", locked_pdf, "password", id="pdf-password"),
        pytest.param("posting.html", lambda: b"<p>Cook\0</p>", "not a web page", id="html-binary"),
        pytest.param("posting.json", lambda: b'{"title": "Cook",', "not JSON", id="bad-json"),
        pytest.param("posting.json", lambda: b"[" * 100_000, "nested too deep", id="deep-json"),
        pytest.param("posting.json", lambda: b'{"title": "Cook \\ud800"}', "half of a character pair", id="surrogate"),
        pytest.param("posting.json", lambda: b'{"n": ' + b"9" * 5000 + b"}", "too many digits", id="long-number"),
        pytest.param("posting.json", lambda: b"[1, 2]", "no schema.org JobPosting", id="json-no-posting"),
        pytest.param("posting.txt", lambda: b"word " * (MAX_CHARACTERS // 4), "characters", id="too-long"),
        pytest.param("posting.txt", lambda: b"word\n" * (MAX_LINES + 1), "lines", id="too-many-lines"),
    ],
)  # fmt: skip
def test_files_that_are_refused(tmp_path: Path, name: str, content: object, says: str) -> None:
    """A file that is no posting is refused with a sentence that says what it is."""
    path = tmp_path / name
    path.write_bytes(content())  # type: ignore[operator]
    with pytest.raises(InputError) as caught:
        read_document(path)
    assert says in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_missing_files_and_folders(tmp_path: Path, suffix: str) -> None:
    """A file that is not there, and a folder by its name, are refused."""
    with pytest.raises(InputError):
        read_document(tmp_path / f"missing{suffix}")
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    with pytest.raises(InputError):
        read_document(folder)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("<a " * 350_000, id="open-tags"),
        pytest.param("<!--" * 250_000, id="open-comments"),
        pytest.param("<div>" * 100_000 + "Cook wanted", id="nested"),
        pytest.param("<![" * 300_000, id="marked-sections"),
        pytest.param("<h1>Cook</h1>" + "<p>a" * 29_000, id="many-paragraphs"),
        pytest.param("<table><tr><td>" * 20_000 + "Cook", id="nested-tables"),
        pytest.param("<style>" + "@media{" * 25_000 + "</style><p>Cook wanted now</p>", id="style-sheet"),
        pytest.param("<p>Cook</p>" + "<b>" * 29_000 + "x", id="nested-bold"),
    ],
)
def test_hostile_pages_end(tmp_path: Path, page: str) -> None:
    """A page made to hang a reader is read, or refused, within seconds."""
    path = tmp_path / "posting.html"
    path.write_text(page, encoding="utf-8")
    start = time.process_time()
    with contextlib.suppress(InputError):
        assert isinstance(read_posting(path), Posting)
    assert time.process_time() - start < 5


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([".md", ".txt", ".html", ".json"]),
    st.binary(max_size=300) | st.text('<>/!-[]{}":,ahdivp #*\n|\\&;0', max_size=200).map(str.encode),
)
def test_any_bytes_are_read_or_refused(suffix: str, data: bytes) -> None:
    """Whatever a text file holds, it becomes a posting or an InputError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"posting{suffix}"
        path.write_bytes(data)
        try:
            posting = read_posting(path)
        except InputError:
            return
    assert posting.lines


@pytest.mark.parametrize("name", ["posting.TXT", "posting.Md", "posting.HTM"])
def test_endings_are_read_in_any_case(tmp_path: Path, name: str) -> None:
    """Capitals in the ending do not matter."""
    (tmp_path / name).write_text("Cook wanted", encoding="utf-8")
    assert "Cook wanted" in read_document(tmp_path / name).lines


def test_unseen_characters_are_dropped(tmp_path: Path) -> None:
    """Soft hyphens, zero-width spaces and control characters are in no line."""
    path = tmp_path / "posting.txt"
    path.write_text("Head of Oper\u00adations\u200b\x07\ufeff", encoding="utf-8")
    assert read_document(path).lines == ("Head of Operations",)


@pytest.mark.parametrize("mark", ["\u200d", "\u200c"], ids=["joiner", "non-joiner"])
def test_marks_that_shape_letters_are_kept(tmp_path: Path, mark: str) -> None:
    """Zero-width joiners belong to the words of some scripts."""
    path = tmp_path / "posting.txt"
    path.write_text(f"می{mark}خواهیم", encoding="utf-8")
    assert mark in read_document(path).lines[0]


def test_text_keeps_its_own_lines(tmp_path: Path) -> None:
    """Lines of a text file are numbered as in an editor, blank ones too, whatever ends them."""
    path = tmp_path / "posting.txt"
    path.write_bytes(b"Cook\r\n\r\n- Boil eggs\r\n")
    assert read_document(path).lines[:3] == ("Cook", "", "- Boil eggs")


def test_word_headers_come_last_as_furniture() -> None:
    """What is read from the header and footer of a Word file is counted as furniture at the end."""
    for path in POSTINGS.glob("*.docx"):
        document = read_document(path)
        assert 0 <= document.furniture < len(document.lines)


def test_reading_is_repeatable() -> None:
    """The same file gives the same document."""
    path = POSTINGS / "grants-director.pdf"
    assert read_document(path) == read_document(path)
