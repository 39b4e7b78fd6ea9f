"""Turn a document into numbered lines of light Markdown (``# heading``, ``- bullet``, ``**bold**``).

Text and Markdown files keep their own lines. Web pages, Word files and PDFs are turned into lines;
no visible word is lost, and menus, cookie texts and the like come last, named as page furniture.
PDF and Word files are read in a child process under limits, because their libraries can be
brought down, or made to fill the memory, by a hostile file.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from prepkit.errors import InputError
from prepkit.files import MAX_TEXT_BYTES, check_zip, decode, read_bytes
from prepkit.jobposting import find_posting, parse_json, posting_lines
from prepkit.text import tidy
from prepkit.webpage import html_lines, page_facts, page_lines, parse_html

__all__ = ["SUFFIXES", "Document", "read_document"]

SUFFIXES = (".md", ".txt", ".html", ".htm", ".json", ".pdf", ".docx")
"""File name endings that can be read, in lower case."""

MAX_CHARACTERS = 100_000
"""Longest text that is taken for a posting; a long one has 10,000 characters."""

MAX_LINES = 3_000
"""Most lines with words of a text that is taken for a posting; a long one has 200."""

MAX_PAGES = 50
"""Most pages of a PDF."""

MAX_WORD_BYTES = 3_000_000
"""Largest text part of a Word file, in bytes with its marks; that of a long posting has 300,000."""

CHILD_WORK_SECONDS = 4
CHILD_SECONDS = 30
CHILD_MEMORY = 1_000_000_000
"""Limits of the child process that reads PDF and Word files: time at work, time with waits, memory in bytes."""


@dataclass(frozen=True, slots=True)
class Document:
    """The lines of a document.

    Attributes:
        lines: Light Markdown, one source line each; line 1 is ``lines[0]``. Blank lines are kept.
        furniture: How many lines at the end are page furniture (menus, cookie texts, page footers).
        facts: What the file itself says in named fields: any of ``title``, ``company``, ``location``.
        notes: What was assumed or could not be read, as sentences without a full stop.
    """

    lines: tuple[str, ...]
    furniture: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_document(path: Path) -> Document:
    """Read a document of any kind in :data:`SUFFIXES`.

    Raises:
        InputError: when the file is missing, of another kind, damaged, protected by a password,
            without text (a scan), or longer than :data:`MAX_CHARACTERS`.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        kind = f"“{suffix}” files cannot be read" if suffix else "A file without an ending cannot be read"
        raise InputError(path, f"{kind}; the ending should be one of {', '.join(SUFFIXES)}.")
    if suffix in (".pdf", ".docx"):
        document = _read_in_child(path)
    elif suffix in (".html", ".htm"):
        document = _read_page(path)
    elif suffix == ".json":
        document = _read_json(path)
    else:
        text, note = decode(_text_bytes(path), path)
        document = Document(tuple(text.split("\n")), notes=(note,) if note else ())
    return _checked(document, path)


def _checked(document: Document, path: Path) -> Document:
    """Return a document without characters that nobody sees, or refuse one that is no posting by its size."""
    if (size := sum(map(len, document.lines))) > MAX_CHARACTERS:
        raise InputError(path, f"The text has {size:,} characters; a posting has at most {MAX_CHARACTERS:,}.")
    lines = tuple(line.translate(_UNSEEN) for line in document.lines)
    filled = sum(any(character.isalnum() for character in line) for line in lines)
    if not filled:
        raise InputError(path, "The file holds no words.")
    if filled > MAX_LINES:
        raise InputError(path, f"The text has {filled:,} lines; a posting has at most {MAX_LINES:,}.")
    facts = {name: tidy(value.translate(_UNSEEN)) for name, value in document.facts.items()}
    return replace(document, lines=lines, facts={name: value for name, value in facts.items() if value})


# control characters, half pairs, soft hyphens, zero-width marks that part no letters of any script
_UNSEEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xAD, 0x200B, 0x2060)) | (
    dict.fromkeys((0xFEFF, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)))
)


def _text_bytes(path: Path) -> bytes:
    """Return the content of a file that should be text, or say what it is instead."""
    data = read_bytes(path)
    for start, kind, ending in ((b"%PDF-", "PDF", ".pdf"), (b"PK\x03\x04", "Word", ".docx")):
        if data.startswith(start):
            raise InputError(
                path, f"This looks like a {kind} file, whatever its name says. Give it the ending {ending}."
            )
    if len(data) > MAX_TEXT_BYTES:
        raise InputError(path, f"The file has {len(data):,} bytes; at most {MAX_TEXT_BYTES:,} are read.")
    return data


def _read_page(path: Path) -> Document:
    data = _text_bytes(path)
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"))
    if not marked and b"\0" in data:
        raise InputError(path, "This is not a web page, whatever its name says.")
    try:
        page = parse_html(decode(data, path)[0] if marked else data)
    except ValueError as error:
        raise InputError(path, str(error)) from error
    notes = []
    for script in page.find_all("script", type="application/ld+json"):
        try:
            found = find_posting(parse_json(script.string or ""))
            lines, facts = posting_lines(found) if found else ([], {})
        except ValueError:
            notes.append("the page's machine-readable part is damaged; its visible text was read")
            continue
        if sum(map(bool, lines)) > 1:  # not the title alone
            return Document(tuple(lines), facts=facts, notes=("read from the page's machine-readable job posting",))
    facts = page_facts(page)
    lines, furniture = page_lines(page)
    return Document((*lines, "", *furniture), len(furniture), facts, tuple(dict.fromkeys(notes)))


def _read_json(path: Path) -> Document:
    text, note = decode(_text_bytes(path), path)
    try:
        data = parse_json(text)
        found = find_posting(data)
        if found is None and isinstance(data, dict) and (data.get("description") or data.get("title")):
            found = data
        if found is None:
            raise ValueError("There is no schema.org JobPosting with a description in this file.")
        lines, facts = posting_lines(found)
    except ValueError as error:
        raise InputError(path, str(error)) from error
    return Document(tuple(lines), facts=facts, notes=(note,) if note else ())


def _read_in_child(path: Path) -> Document:
    data = read_bytes(path)
    if path.suffix.lower() == ".docx":
        check_zip(data, path)
    elif b"%PDF-" not in data[:1024]:
        raise InputError(path, "This is not a PDF file, whatever its name says.")
    command = [sys.executable, "-P", "-m", "prepkit.documents", path.suffix.lower()]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=CHILD_SECONDS, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired as error:
        raise InputError(path, f"Reading it took more than {CHILD_SECONDS} seconds and was stopped.") from error
    if done.returncode != 0:
        reason = "it is damaged, or made to bring readers down"
        raise InputError(path, f"The file cannot be read: {reason}. Save the posting as text and use that.")
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise InputError(path, answer["error"])
    return Document(tuple(answer["lines"]), answer["furniture"], answer["facts"], tuple(answer["notes"]))


def _child(suffix: str) -> None:
    """Read one file from standard input and print its document, or the reason why not, as JSON."""
    try:
        import resource
    except ImportError:
        pass
    else:
        for kind, limit in ((resource.RLIMIT_AS, CHILD_MEMORY), (resource.RLIMIT_CPU, CHILD_WORK_SECONDS)):
            set_already = resource.getrlimit(kind)[1]
            lowest = limit if set_already == resource.RLIM_INFINITY else min(limit, set_already)
            resource.setrlimit(kind, (lowest, lowest))
    data = sys.stdin.buffer.read()
    try:
        answer = asdict(_pdf(data) if suffix == ".pdf" else _docx(data))
    except _UnreadableError as error:
        answer = {"error": str(error)}
    sys.stdout.buffer.write(json.dumps(answer).encode())


class _UnreadableError(Exception):
    """Why a PDF or Word file gives no text, as a sentence."""


def _docx(data: bytes) -> Document:
    import mammoth

    furniture: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if max((part.file_size for part in archive.infolist() if part.filename.endswith(".xml")), default=0) > (
                MAX_WORD_BYTES
            ):
                raise _UnreadableError("The Word file holds far more than a posting. Save the posting as text.")
            texts = (archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels")))
            if any(b"<!DOCTYPE" in text for text in texts):
                raise _UnreadableError("The file has XML entities of its own, as none from Word has. Use another copy.")
            lines = html_lines(parse_html(mammoth.convert_to_html(io.BytesIO(data)).value))
            for name in sorted(archive.namelist()):  # mammoth leaves page headers and footers out
                if re.fullmatch(r"word/(header|footer)\d*\.xml", name):
                    paragraphs = parse_html(archive.read(name)).find_all("w:p")
                    furniture += [text for text in (tidy(paragraph.get_text()) for paragraph in paragraphs) if text]
    except _UnreadableError:
        raise
    except Exception as error:  # mammoth has no error of its own: whatever comes out of its many parts
        raise _UnreadableError("This is not a Word file, or it is damaged.") from error
    return Document((*lines, "", *furniture), len(furniture))


def _pdf(data: bytes) -> Document:
    import pypdfium2 as pdfium

    from prepkit import pdflines

    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise _UnreadableError("The PDF is protected by a password. Save a copy without one.") from error
        raise _UnreadableError("The PDF is damaged. Save the posting as text and use that.") from error
    if len(pdf) > MAX_PAGES:
        raise _UnreadableError(f"The PDF has {len(pdf)} pages; a posting has at most {MAX_PAGES}.")
    try:
        pages = [pdflines.page_lines(page) for page in pdf]
    except pdfium.PdfiumError as error:
        raise _UnreadableError("A page of the PDF is damaged. Save the posting as text and use that.") from error
    empty = [str(number) for number, lines in enumerate(pages, 1) if not lines]
    if len(empty) == len(pages):
        raise _UnreadableError(
            "The PDF has no text in it: it is a picture, perhaps a scan. Copy the posting's text into a .txt file."
        )
    notes = (f"page {', '.join(empty)} has no text; it may be a scan",) if empty else ()
    lines: list[str] = []
    for page in pages:
        if lines and page and page[0][:1].islower() and lines[-1][-1:] not in ".!?:;":
            lines[-1] += f" {page.pop(0)}"  # a sentence that runs on over the page break
        lines += page
    return Document(tuple(unicodedata.normalize("NFKC", line) for line in lines), notes=notes)


if __name__ == "__main__":
    _child(sys.argv[1])
