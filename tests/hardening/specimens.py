"""Files to read, made in a few lines: a good one of every kind, and the parts to make broken ones of."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from conftest import PLAN, POSTING, write_search

from prepkit.search import Search

APPLICATION = Path("applications") / "tidewrack"

CSV = (
    "id,title,situation,task,action,result,competencies\n"
    "storm,Kept 310 passengers safe,A storm closed the harbour.,I was in charge.,"
    "I gave each of the crew one job.,All were on their way in 14 hours.,leading-people\n"
)
STORIES = """\
format: 1
stories:
  - id: storm
    title: Kept 310 passengers safe
    situation: A storm closed the harbour.
    action: I gave each of the crew one job.
    result: All were on their way in 14 hours.
    competencies: [leading-people, staying-calm-under-pressure]
"""
RESUME = {
    "basics": {"name": "Ada Fenwright"},
    "work": [{"name": "Ferries", "startDate": "2011", "highlights": ["Kept 310 passengers safe through a storm"]}],
}
SETTINGS = "format: 1\ncandidate: Ada Fenwright\nlanguage: en\nwords_per_minute: 150\n"
PLAN_TEXT = """\
format: 1
themes:
  - id: calm
    category: challenge
    claim: Brings calm to a broken timetable
    evidence: [4, ines]
  - id: islands
    category: motivation
    claim: Keeps the islands joined
ratings:
  storm: {calm: 2, islands: 1}
culture_notes:
  - id: ines
    who: former employee
    told: A form came by memo.
bridges:
  - id: failure-mistake
    theme: calm
    story: storm
    theme_first: People can plan by what I publish.
"""
DEBRIEFS = """\
format: 1
debriefs:
  - id: 2026-12-03-1
    day: 2026-12-03
    kind: mock
    said: Calm in a storm.
    seconds: 24
    themes:
      - {theme: calm, heard: heard, place: 1}
    asked:
      - {question: Tell me about a failure, story: storm}
"""
QUESTIONS = "id,question,competencies,kind,levels\nnight,How do you plan a night?,leading-people,behavioural,any\n"
COVERAGE = "story,title,calm,islands\nstorm,Kept 310 passengers safe,2,1?\n"
REVIEW = {
    "format": 1, "day": "2026-12-03", "kind": "mock", "said": "Calm in a storm.", "seconds": 24,
    "themes": [{"theme": "calm", "heard": "heard", "place": 1}],
}  # fmt: skip
JOB = {
    "@context": "https://schema.org", "@type": "JobPosting", "title": "Harbour Manager",
    "hiringOrganization": {"name": "Tidewrack Ferries"}, "description": "<p>Lead the crews through the winter.</p>",
}  # fmt: skip
PAGE = "<html><body><h1>Harbour Manager</h1><p>Lead the crews through the winter timetable.</p></body></html>"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\0IEND\xaeB`\x82"
POSTING_HEAD = "<html><body><h1>Harbour Manager</h1><p>Lead the crews.</p>"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(480)

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive with these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _relation(kind: str, target: str) -> str:
    return f'<Relationship Id="r1" Type="{_R}/{kind}" Target="{target}"/>'


def docx(body: str = "", head: str = "", more: Mapping[str, str | bytes] | None = None) -> bytes:
    """Return a Word file with this inside its body, or one paragraph; `head` comes before the first tag."""
    text = body or "<w:p><w:r><w:t>Harbour Manager wanted for the winter timetable</w:t></w:r></w:p>"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES.format(f'<Override PartName="/word/document.xml" ContentType="{main}"/>'),
        "_rels/.rels": _RELATIONS.format(_relation("officeDocument", "word/document.xml")),
        "word/document.xml": f"{head}<w:document {_W}><w:body>{text}</w:body></w:document>",
    }
    return zipped({**parts, **(more or {})})


_TEXTS = "xl/sharedStrings.xml"


def row(number: int, *texts: str) -> str:
    """Return a row of a sheet with texts in its first cells."""
    cells = (f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{t}</t></is></c>' for at, t in enumerate(texts))
    return f'<row r="{number}">{"".join(cells)}</row>'


def xlsx(
    rows: str = row(1, "id", "title", "result") + row(2, "storm", "Kept 310 passengers safe", "All were safe."),
    head: str = "",
    name: str = "Stories",
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """Return a workbook with one sheet that has these rows, or one story; `head` comes before the first tag."""
    book = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES.format(
            f'<Override PartName="/xl/workbook.xml" ContentType="{book}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{book}.worksheet+xml"/>'
            + (
                f'<Override PartName="/{_TEXTS}" ContentType="{book}.sharedStrings+xml"/>'
                if _TEXTS in (more or {})
                else ""
            )
        ),
        "_rels/.rels": _RELATIONS.format(_relation("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook {_S} xmlns:r="{_R}"><sheets><sheet name="{name}" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(_relation("worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": f"{head}<worksheet {_S}><sheetData>{rows}</sheetData></worksheet>",
    }
    return zipped({**parts, **(more or {})})


def ratings_xlsx(*rows: tuple[str, ...]) -> bytes:
    """Return a workbook with these rows in a sheet called matrix, or with one rating."""
    given = rows or (("story", "title", "calm"), ("storm", "Kept 310 passengers safe", "2"))
    return xlsx("".join(row(number, *texts) for number, texts in enumerate(given, 1)), name="matrix")


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, numbered from 1 on; the first is its catalogue."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return data + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        size, trailer, data.rfind(b"xref\n0"),
    )  # fmt: skip


def stream(body: bytes, fields: bytes = b"") -> bytes:
    """Return a stream of a PDF with fields besides its length."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(body), fields, body)


def pdf_page(content: bytes = b"BT /F1 12 Tf 50 700 Td (Harbour Manager wanted) Tj ET", fields: bytes = b"") -> bytes:
    """Return a PDF of one page that is drawn by these commands, packed as `fields` say."""
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        stream(content, fields),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )


def locked_pdf(algorithm: str) -> bytes:
    """Return a PDF that only a password opens."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_page())))
    writer.encrypt("secret", algorithm=algorithm)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


GOOD: Mapping[str, bytes] = {
    "prepkit.yaml": SETTINGS.encode(),
    "plan.yaml": PLAN_TEXT.encode(),
    "debriefs.yaml": DEBRIEFS.encode(),
    "stories.csv": CSV.encode(),
    "stories.yaml": STORIES.encode(),
    "stories.yml": STORIES.encode(),
    "stories.json": json.dumps(RESUME).encode(),
    "stories.xlsx": xlsx(),
    "questions.csv": QUESTIONS.encode(),
    "posting.txt": POSTING.encode(),
    "posting.md": b"# Harbour Manager\n\n" + POSTING.encode(),
    "posting.html": PAGE.encode(),
    "posting.htm": PAGE.encode(),
    "posting.json": json.dumps(JOB).encode(),
    "posting.docx": docx(),
    "posting.pdf": pdf_page(),
    "coverage.csv": COVERAGE.encode(),
    "prep.xlsx": ratings_xlsx(),
    "review.json": json.dumps(REVIEW).encode(),
}
"""A file of each kind that prepkit reads from people, such as it should be."""


def place_of(name: str) -> Path:
    """Return where a search keeps a file of that name; postings and ratings are given by hand, from beside it."""
    if name in ("plan.yaml", "debriefs.yaml"):
        return APPLICATION / name
    return Path(name) if name.startswith(("prepkit", "stories", "questions")) else Path("..") / name


def words_for(name: str, search: Path) -> list[str]:
    """Return the command that reads a file of that name."""
    file = str(search / place_of(name))
    if name.startswith("posting"):
        return ["add", str(search), file, "--name", "new"]
    if name in ("coverage.csv", "prep.xlsx"):
        return ["rate", str(search), "tidewrack", file]
    return ["check", str(search)]


def make_room(folder: Path, name: str) -> Search:
    """Make a good search where a file of that name can be put: no other inventory of stories is in its way."""
    search = write_search(folder / "search", {"tidewrack": {"plan": PLAN}})
    if name.startswith("stories"):
        (search.path / "stories.csv").unlink()
    (search.path / place_of(name)).unlink(missing_ok=True)
    return search
