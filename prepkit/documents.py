"""Turn a document into numbered lines of light Markdown (``# heading``, ``- bullet``, ``**bold**``).

Text and Markdown files keep their own lines. Web pages, Word files and PDFs are turned into lines;
no visible word is lost, and menus, cookie texts and the like come last, named as page furniture.
PDF and Word files are read in a child process under limits, because their libraries can be
brought down, or made to fill the memory, by a hostile file.
"""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prepkit.errors import InputError
from prepkit.files import MAX_TEXT_BYTES, check_zip, decode, read_bytes
from prepkit.text import tidy

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

__all__ = ["SUFFIXES", "Document", "read_document"]

SUFFIXES = (".md", ".txt", ".html", ".htm", ".json", ".pdf", ".docx")
"""File name endings that can be read, in lower case."""

MAX_CHARACTERS = 200_000
"""Longest text that is taken for a posting; a long one has 10,000 characters."""

CHILD_SECONDS = 30
CHILD_MEMORY = 1_500_000_000
"""Limits of the child process that reads PDF and Word files: wall time and address space in bytes."""


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
        text, note = decode(read_bytes(path, MAX_TEXT_BYTES), path)
        document = Document(tuple(text.split("\n")), notes=(note,) if note else ())
    size = sum(len(line) for line in document.lines)
    if size > MAX_CHARACTERS:
        raise InputError(path, f"The text has {size:,} characters; a posting has at most {MAX_CHARACTERS:,}.")
    if not any(any(c.isalnum() for c in line) for line in document.lines):
        raise InputError(path, "The file holds no words.")
    return document


# --- web pages -------------------------------------------------------------------------------------------

_BLOCKS = ("p", "ul", "ol", "div", "h1", "h2", "h3", "h4", "h5", "h6", "table", "br", "section", "article")
_FURNITURE_TAGS = "nav, footer, aside, form, dialog, button, select"
_FURNITURE_ROLES = {"navigation", "contentinfo", "complementary", "dialog", "alertdialog", "search", "menu"}
_FURNITURE_NAME = re.compile(
    r"(?:^|[-_\s])(?:cookies?|consent|gdpr|newsletter|subscribe|breadcrumbs?|related|similar|recommend\w*|shar(?:e|ing)"
    r"|social|sidebar|nav|navbar|menu|topbar|footer|modal|popup|advert\w*|ads?|skip(?:-link)?|jobalert|job-alert|login"
    r"|more-jobs|other-jobs)(?:$|[-_\s])",
    re.IGNORECASE,
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def _soup(data: bytes | str) -> BeautifulSoup:
    from bs4 import BeautifulSoup  # noqa: PLC0415 - only web pages need it

    # lxml and not html.parser: the latter does not end on some hostile pages
    return BeautifulSoup(data, "lxml")


def _read_page(path: Path) -> Document:
    data = read_bytes(path)
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        soup = _soup(decode(data, path)[0])
    else:
        soup = _soup(data)
    notes = []
    for script in soup.find_all("script", type="application/ld+json"):
        try:
            found = _find_posting(json.loads(script.string or "", strict=False))
        except (ValueError, RecursionError):
            notes.append("the page's machine-readable part is damaged; its visible text was read")
            continue
        if found:
            return _from_job_posting(found, ("read from the page's machine-readable job posting",))
    facts = _page_facts(soup)
    names = _hidden_names(soup)
    for tag in soup.find_all(["script", "style", "noscript", "template", "svg", "iframe", "object", "head"]):
        tag.decompose()
    hidden = soup.find_all(lambda tag: tag.has_attr("hidden") or _HIDDEN_STYLE.search(str(tag.get("style", ""))))
    for tag in [*hidden, *(tag for name in names for tag in soup.select(name))]:
        if not tag.decomposed:
            tag.decompose()
    furniture = [line for tag in _take_furniture(soup) for line in _lines(tag)]
    lines = _lines(soup)
    return Document((*lines, "", *furniture), len(furniture), facts, tuple(dict.fromkeys(notes)))


def _hidden_names(soup: BeautifulSoup) -> list[str]:
    """Return the classes and ids that the page's own style sheets always hide."""
    sheets = "".join(style.get_text() for style in soup.find_all("style"))[:200_000]
    always = re.sub(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", sheets)  # rules for phones or paper only
    return re.findall(r"(?:^|\})\s*([.#][A-Za-z_][\w-]*)\s*\{[^}]*?(?:display\s*:\s*none|visibility\s*:\s*hidden)", always)


def _page_facts(soup: BeautifulSoup) -> dict[str, str]:
    heading = soup.find("h1")
    site = soup.find("meta", property="og:site_name")
    facts = {
        "title": tidy(heading.get_text(" ")) if heading else "",
        "page_title": tidy(soup.title.get_text(" ")) if soup.title else "",
        "site": tidy(str(site.get("content", ""))) if site else "",
    }
    return {name: value for name, value in facts.items() if value}


def _take_furniture(soup: BeautifulSoup) -> list[Tag]:
    """Take menus, cookie texts, share buttons and similar jobs out of a page and return them."""
    whole = len(soup.get_text())
    taken = []
    candidates = [*soup.select(_FURNITURE_TAGS), *soup.find_all(_looks_like_furniture)]
    for tag in candidates:
        if tag.parent is None or any(parent in taken for parent in tag.parents):
            continue
        # A name alone proves nothing: what holds the main heading or half of the words is the page itself.
        if tag.find("h1") or len(tag.get_text()) * 2 > whole:
            continue
        taken.append(tag.extract())
    return taken


def _looks_like_furniture(tag: Tag) -> bool:
    if tag.name in ("html", "body", "main", "article"):
        return False
    name = " ".join([*(tag.get("class") or []), str(tag.get("id") or "")])
    return tag.get("role") in _FURNITURE_ROLES or bool(_FURNITURE_NAME.search(name))


def _lines(soup: Tag) -> list[str]:
    """Return the visible text of a piece of HTML as light Markdown lines without blank doubles."""
    from markdownify import MarkdownConverter  # noqa: PLC0415 - only pages and Word files need it

    for table in soup.find_all("table"):
        _open_layout_table(table)
    converter = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        strip=["a", "img", "code", "pre", "blockquote"],
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
        newline_style="BACKSLASH",
    )
    result: list[str] = []
    for raw in converter.convert_soup(soup).split("\n"):
        line = _table_row(raw.strip().removesuffix("\\").strip())
        if line or (result and result[-1]):
            result.append(line)
    return result


def _open_layout_table(table: Tag) -> None:
    """Turn a table that only places things on the page into plain blocks; tables of short cells stay."""
    rows = [row.find_all(["td", "th"]) for row in table.find_all("tr")]
    cells = [cell for row in rows for cell in row]
    if not any(len(cell.find_all(_BLOCKS)) > 1 or len(cell.get_text()) > 120 for cell in cells):
        for cell in cells:
            for block in cell.find_all(_BLOCKS):
                block.unwrap()
        return
    columns = {len(row) for row in rows}
    long_left = columns == {2} and any(len(row[0].get_text()) > 60 for row in rows[1:])
    side_by_side = long_left and all(len(cell.get_text()) < 50 for cell in rows[0])
    for cell in [cell for column in zip(*rows, strict=True) for cell in column] if side_by_side else []:
        table.append(cell.extract())  # “Essential | Desirable” above lists is read column by column
    for row in [] if side_by_side else rows:
        if len(row) == 2 and 0 < len(row[0].get_text(strip=True)) <= 30 and 0 < len(row[1].get_text(strip=True)) <= 120:
            row[0].string = f"{tidy(row[0].get_text(' '))}: {tidy(row[1].get_text(' '))}"  # “Location: Perth”
            row[1].clear()
    for tag in [*table.find_all(["tr", "td", "th", "tbody", "thead"]), table]:
        tag.name = "div"


def _table_row(line: str) -> str:
    if not line.startswith("|"):
        return line
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    if all(not cell.strip("-: ") for cell in cells):
        return ""
    is_label = len(cells) == 2 and all(cells) and len(cells[0]) <= 30 and not cells[0].endswith(":")
    return (": " if is_label else " | ").join(cell for cell in cells if cell)


# --- schema.org JobPosting -------------------------------------------------------------------------------

_POSTING_FIELDS = {
    "responsibilities": "Responsibilities",
    "qualifications": "Requirements",
    "experienceRequirements": "Requirements",
    "educationRequirements": "Requirements",
    "skills": "Requirements",
    "physicalRequirement": "Requirements",
    "specialCommitments": "Requirements",
    "jobBenefits": "Benefits",
    "incentiveCompensation": "Benefits",
    "baseSalary": "Benefits",
    "workHours": "Benefits",
    "employmentType": "Benefits",
}


def _read_json(path: Path) -> Document:
    text, note = decode(read_bytes(path, MAX_TEXT_BYTES), path)
    try:
        data = json.loads(text)
        found = _find_posting(data)
    except RecursionError as error:
        raise InputError(path, "The values are nested too deep.") from error
    except ValueError as error:
        raise InputError(path, f"This is not JSON: {error}.") from error
    if found is None and isinstance(data, dict) and (data.get("description") or data.get("title")):
        found = data
    if found is None:
        raise InputError(path, "There is no schema.org JobPosting with a description in this file.")
    if re.search("[\ud800-\udfff]", json.dumps(found, ensure_ascii=False)):
        raise InputError(path, "A text has half of a character pair in it (such as \\ud800).")
    return _from_job_posting(found, (note,) if note else ())


def _find_posting(data: Any) -> dict[str, Any] | None:
    """Find the JobPosting in parsed JSON-LD: a bare object, an entry of a list, or inside ``@graph``."""
    if isinstance(data, list):
        return next(filter(None, map(_find_posting, data)), None)
    if not isinstance(data, dict):
        return None
    kinds = data.get("@type")
    if "JobPosting" in (kinds if isinstance(kinds, list) else [kinds]):
        return data
    return next(filter(None, (_find_posting(value) for value in data.values() if isinstance(value, dict | list))), None)


def _from_job_posting(data: Mapping[str, Any], notes: tuple[str, ...]) -> Document:
    company, location = _name(data.get("hiringOrganization") or data.get("company")), _place(data.get("jobLocation"))
    facts = {"title": _text(data.get("title")), "company": company, "location": location}
    lines = _rich_lines(data.get("description"))
    known = tidy("\n".join(lines))
    about = data.get("hiringOrganization")
    extra: dict[str, list[str]] = {}
    if isinstance(about, dict) and about.get("description"):
        extra["About us"] = _rich_lines(about["description"])
    for name, heading in _POSTING_FIELDS.items():
        extra.setdefault(heading, []).extend(_rich_lines(data.get(name), bullets=True))
    for heading, block in extra.items():
        fresh = [line for line in block if line and tidy(line.lstrip("- ")) not in known]
        if fresh:
            lines += ["", f"## {heading}", *fresh]
    if facts["title"]:
        lines = [f"# {facts['title']}", "", *lines]
    return Document(tuple(lines), facts={k: v for k, v in facts.items() if v}, notes=notes)


def _rich_lines(value: Any, bullets: bool = False) -> list[str]:
    """Return the lines of a JobPosting field: text, HTML, HTML escaped once more, a list, or a nested value."""
    if isinstance(value, list):
        return [line for item in value for line in _rich_lines(item, bullets=True)]
    if isinstance(value, dict):
        return _rich_lines(_text(value), bullets)
    text = _text(value)
    if re.search(r"&lt;/?[a-z]", text, re.IGNORECASE):
        text = html.unescape(text)
    if re.search(r"</?[a-z][^<>]*>", text, re.IGNORECASE):
        return _lines(_soup(text))
    lines = [line.strip() for line in html.unescape(text).replace("\r\n", "\n").split("\n")]
    return [f"- {line.lstrip('•*- ')}" for line in lines if line] if bullets else lines


def _text(value: Any) -> str:
    """Return the words in a JSON value, nested ones joined in order; schema.org markers are left out."""
    if isinstance(value, dict):
        return " ".join(filter(None, (_text(item) for key, item in value.items() if not key.startswith("@"))))
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    text = "" if value is None or isinstance(value, bool) else str(value).strip()
    return text.replace("_", " ").capitalize() if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", text) else text


def _name(value: Any) -> str:
    return tidy(_text(value.get("name") if isinstance(value, dict) else value))


def _place(value: Any) -> str:
    places = value if isinstance(value, list) else [value]
    return "; ".join(dict.fromkeys(filter(None, map(_one_place, places))))


def _one_place(value: Any) -> str:
    address = value.get("address", value.get("name")) if isinstance(value, dict) else value
    if isinstance(address, dict):
        parts = (_name(address.get(key)) for key in ("addressLocality", "addressRegion", "addressCountry"))
        return ", ".join(filter(None, parts))
    return tidy(_text(address))


# --- Word and PDF, in a child process -----------------------------------------------------------------


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
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    data = sys.stdin.buffer.read()
    try:
        answer = asdict(_pdf(data) if suffix == ".pdf" else _docx(data))
    except _Unreadable as error:
        answer = {"error": str(error)}
    sys.stdout.buffer.write(json.dumps(answer).encode())


class _Unreadable(Exception):
    """Why a PDF or Word file gives no text, as a sentence."""


def _docx(data: bytes) -> Document:
    import mammoth  # noqa: PLC0415 - only Word files need it

    try:
        soup = _soup(mammoth.convert_to_html(io.BytesIO(data)).value)
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise _Unreadable("This is not a Word file, or it is damaged.") from error
    lines, furniture = _lines(soup), []
    # mammoth leaves page headers and footers out
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in sorted(archive.namelist()):
            if re.fullmatch(r"word/(header|footer)\d*\.xml", name):
                paragraphs = _soup(archive.read(name)).find_all("w:p")
                furniture += [text for text in (tidy(paragraph.get_text()) for paragraph in paragraphs) if text]
    return Document((*lines, "", *furniture), len(furniture))


def _pdf(data: bytes) -> Document:
    import pypdfium2 as pdfium  # noqa: PLC0415 - only PDF files need it

    from prepkit.pdflines import page_lines  # noqa: PLC0415

    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise _Unreadable("The PDF is protected by a password. Save a copy without one.") from error
        raise _Unreadable("The PDF is damaged. Save the posting as text and use that.") from error
    if len(pdf) > 50:
        raise _Unreadable(f"The PDF has {len(pdf)} pages; a posting has at most 50.")
    pages = [page_lines(page) for page in pdf]
    empty = [str(number) for number, lines in enumerate(pages, 1) if not lines]
    if len(empty) == len(pages):
        raise _Unreadable(
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
