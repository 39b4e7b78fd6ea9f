"""Small files that unfold into huge ones, or take for ever to read: each is refused, or read, soon and in few bytes.

Every command runs in a process that may have one gigabyte of addresses and is measured with all that it starts.
"""

from __future__ import annotations

import copy
import json
import os
import random
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from confined import Confined, confined
from specimens import (
    GOOD,
    POSTING_HEAD,
    docx,
    make_room,
    pdf,
    pdf_page,
    place_of,
    row,
    stream,
    words_for,
    xlsx,
    zipped,
)
from test_broken_files import INSIDE

MOST_SECONDS = 5
MOST_MEGABYTES = 950
"""Besides the limit of addresses: what is really taken."""

LONGEST_SAID = 20_000

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory and time are those of Linux")

Bomb = tuple[Callable[[], bytes], str]


def chance(count: int) -> bytes:
    """Return bytes that cannot be packed, the same ones each time."""
    return random.Random(7).randbytes(count)


NOISE = chance(20_000).hex()
"""Keeps what is packed with it from being told by its ratio alone."""


def lying(data: bytes, size: int, says: int) -> bytes:
    """Return a zip archive that says another size of the one part that has this size."""
    assert data.count(struct.pack("<I", size)) == 2  # before the part, and in the list at the end
    return data.replace(struct.pack("<I", size), struct.pack("<I", says))


def overlapping() -> bytes:
    """Return a zip archive with a thousand names for the same megabyte."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(1_000_000))
        for number in range(1_000):
            entry = copy.copy(archive.filelist[0])
            entry.filename = f"part{number}"
            archive.filelist.append(entry)
    return made.getvalue()


def zip_of_zips() -> bytes:
    """Return a zip archive of zip archives, three deep, that are 10 GB in the end."""
    inner = zipped({"zeros": bytes(10_000_000)})
    for _ in range(3):
        inner = zipped({f"{number}.zip": inner for number in range(10)})
    return inner


def doctype(*entities: str) -> str:
    return f"<!DOCTYPE x [{''.join(entities)}]>"


def laughs() -> str:
    """Return a head of XML in which `&j;` is a billion laughs."""
    more = (f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghij"))
    return doctype('<!ENTITY a "ha">', *more)


OUTSIDE = doctype('<!ENTITY j SYSTEM "file:///etc/passwd">')
QUADRATIC = doctype(f'<!ENTITY j "{"ha" * 50_000}">')
PARAMETER = doctype('<!ENTITY % j SYSTEM "file:///etc/passwd"> %j;')

TITLES = row(1, "title", "result")
LAST_CELL = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def paragraphs(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def packed_page(content: bytes, times: int = 1) -> bytes:
    """Return a PDF whose only page is drawn by commands that are packed several times over."""
    for _ in range(times):
        content = zlib.compress(content, 9)
    return pdf_page(content, b"/Filter [%s]" % (b"/FlateDecode " * times))


CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def deep_pages(depth: int) -> bytes:
    """Return a PDF whose page lies under that many lists of pages."""
    lists = (b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (number + 1) for number in range(2, depth + 2))
    return pdf(CATALOG, *lists, b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 9 9] >>" % (depth + 1))


def laughing_forms() -> bytes:
    """Return a PDF whose page draws a form that draws a form twice, and so on, forty times."""
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources"
        b" << /XObject << /F 5 0 R >> >> >>"
    )
    forms = (
        stream(
            b"/F Do /F Do",
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F %d 0 R >> >>" % n,
        )
        for n in range(6, 46)
    )
    end = stream(b"BT (ha) Tj ET", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    return pdf(CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, stream(b"/F Do"), *forms, end)


def pages(kids: bytes, count: bytes, *more: bytes) -> bytes:
    return pdf(CATALOG, b"<< /Type /Pages /Kids [%s] /Count %s >>" % (kids, count), *more)


PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"


def words(count: int, rows: int) -> Iterator[str]:
    """Yield rows of words of which no two are alike."""
    for at in range(rows):
        yield " ".join(f"{number:x}" for number in range(at * count, (at + 1) * count))


def html(text: str) -> bytes:
    return f"{POSTING_HEAD}{text}".encode()


UNITS = (
    "x", ".", "a-", "A ", "(", "10 years ", "e.g. ", "5 plus ", "\t", "Acme is a ", "based in A",
    "experience of 3 years ",
)  # fmt: skip
LINES = ("- Lead the crews", "Requirements", "| a | b |", "3 years of experience", "A:", "**A**")
"""What a posting of full length repeats until it ends; each once took, or might take, a reader very long."""


def line_of(unit: str) -> bytes:
    return f"Cook\n\n{unit * (99_000 // len(unit))}".encode()


def lines_of(unit: str) -> bytes:
    return ("Cook\n\n" + f"{unit}\n" * min(2_990, 99_000 // (len(unit) + 1))).encode()


ARCHIVES: Mapping[str, Mapping[str, Bomb]] = {
    "stories.xlsx": {
        "50 MB of zeros": (lambda: zipped({"zeros": bytes(50_000_000)}), "far more than stories"),
        "texts of 1 GB": (
            lambda: lying(xlsx(more={"xl/sharedStrings.xml": bytes(7_654_321)}), 7_654_321, 1_000_000_000),
            "far more than stories",
        ),
        "texts that deny their size": (
            lambda: lying(xlsx(more={"xl/sharedStrings.xml": b"<sst>" + bytes(50_000_000)}), 50_000_005, 90), "damaged"
        ),
        "20,000 parts": (lambda: zipped({f"p{number}": b"" for number in range(20_000)}), "far more than stories"),
        "overlapping parts": (overlapping, "far more than stories"),
        "a zip of zips": (zip_of_zips, "not an .xlsx file"),
        "the first and the last cell": (
            lambda: xlsx(TITLES + LAST_CELL), "Stories!XFD1048576"
        ),
        "row two billion": (
            lambda: xlsx(f'{TITLES}<row r="2000000000"><c><v>1</v></c></row>'), "At most 60 columns and 500,000 cells"
        ),
        "a column that is none": (
            lambda: xlsx(f'{TITLES}<row r="2"><c r="ZZZZZZZ2"><v>1</v></c></row>'), "damaged"
        ),
        "millions of rows": (lambda: xlsx(f"{TITLES}{'<row/>' * 2_000_000}"), "far more than stories"),
        "140,000 rows": (lambda: xlsx(f"{TITLES}{'<row/>' * 140_000}<!--{NOISE}-->"), ""),
        "one cell of 40 MB": (lambda: xlsx(TITLES + row(2, "x" * 40_000_000)), "far more than stories"),
        "deep XML": (lambda: xlsx(f"{'<a>' * 200_000}{NOISE}"), "damaged"),
        "a billion laughs": (lambda: xlsx(row(1, "title", "&j;"), laughs()), "damaged"),
        "many long entities": (lambda: xlsx(row(1, "title", "&j;" * 20_000), QUADRATIC), "damaged"),
        "an entity from the disk": (lambda: xlsx(TITLES + row(2, "&j;"), OUTSIDE), "damaged"),
    },
    "prep.xlsx": {
        "50 MB of zeros": (lambda: zipped({"zeros": bytes(50_000_000)}), "far more than ratings"),
        "the first and the last cell": (
            lambda: xlsx(row(1, "story", "calm") + LAST_CELL, name="matrix"),
            "matrix!XFD1048576",
        ),
    },
    "posting.docx": {
        "100 MB of zeros": (lambda: docx(more={"zeros": bytes(100_000_000)}), "at most 60,000,000 are read"),
        "a text that denies its size": (
            lambda: lying(docx(more={"word/document.xml": b"<w" + bytes(50_000_000)}), 50_000_002, 90), "damaged"
        ),
        "20,000 parts": (lambda: docx(more={f"p{number}": b"" for number in range(20_000)}), "Harbour Manager"),
        "overlapping parts": (overlapping, "at most 60,000,000 are read"),
                "thousands of paragraphs": (lambda: docx(paragraphs("Lead") * 60_000), ""),
        "one word of 2 MB": (lambda: docx(paragraphs("x" * 2_000_000)), "at most 100,000"),
        "tables in tables": (lambda: docx("<w:tbl><w:tr><w:tc>" * 3_000 + "</w:tc></w:tr></w:tbl>" * 3_000), ""),
        "a billion laughs": (lambda: docx(paragraphs("&j;"), laughs()), "entities of its own"),
        "many long entities": (lambda: docx(paragraphs("&j;" * 20_000), QUADRATIC), "entities of its own"),
        "an entity from the disk": (lambda: docx(paragraphs("Cook &j;"), OUTSIDE), "entities of its own"),
        "a grammar from the disk": (lambda: docx(paragraphs("Cook"), PARAMETER), "entities of its own"),
        "a header of laughs": (
            lambda: docx(more={"word/header1.xml": f"{laughs()}<w:hdr><w:p>&j;</w:p></w:hdr>"}), "entities of its own"
        ),
    },
}  # fmt: skip

PDFS: Mapping[str, Bomb] = {
    "a page of 100 MB": (lambda: packed_page(b" " * 100_000_000), ""),
    "a page packed three times": (lambda: packed_page(zlib.compress(b" " * 100_000_000, 9), 3), ""),
    "a page of a million letters": (
        lambda: packed_page(b"BT /F1 9 Tf 9 9 Td " + b"(Harbour) Tj " * 150_000 + b"ET"), ""
    ),
    "pages 20,000 deep": (lambda: deep_pages(20_000), ""),
    "pages in a circle": (lambda: pages(b"2 0 R", b"1"), ""),
    "a billion pages that are not there": (lambda: pages(b"3 0 R", b"1000000000", PAGE), ""),
    "500 pages": (lambda: pages(b"3 0 R " * 500, b"500", PAGE), "The PDF has 500 pages"),
    "forms that draw forms": (laughing_forms, ""),
    "a stream of a billion objects": (
        lambda: pages(b"4 0 R", b"1", stream(b"4 0 " * 9_000, b"/Type /ObjStm /N 1000000000 /First 36000")), ""
    ),
    "a table of a billion places": (
        lambda: b"%PDF-1.7\nxref\n0 1000000000\ntrailer\n<< /Size 1000000000 /Root 1 0 R >>\nstartxref\n9\n", "damaged"
    ),
    "deep brackets": (lambda: pdf(b"[" * 500_000), "damaged"),
    "a page as wide as the sky": (lambda: pages(b"3 0 R", b"1", PAGE.replace(b"9 9]", b"1e38 1e38]")), "no text"),
}  # fmt: skip

WEB: Mapping[str, Bomb] = {
    "open tags": (lambda: html("<a " * 1_600_000), ""),
    "open comments": (lambda: html("<!--" * 1_200_000), ""),
    "marked sections": (lambda: html("<![" * 1_600_000), ""),
    "open quotes": (lambda: html('<a b="' * 800_000), ""),
    "deep elements": (lambda: html("<div>" * 900_000), "more than 30,000 elements"),
    "deep elements, closed": (lambda: html("<b>" * 29_000 + "x" + "</b>" * 29_000), ""),
    "paragraphs": (lambda: html("<p>" * 1_600_000), "more than 30,000 elements"),
    "a list of 29,000": (lambda: html("<ol>" + "<li>a" * 29_000), ""),
    "a list of 29,000 without numbers": (lambda: html("<ul>" + "<li>a" * 29_000), ""),
    "as many marks as are read": (lambda: html("<p>" * 119_000), "more than 30,000 elements"),
    "lists in lists": (lambda: html("<ul><li>a" * 14_000), ""),
    "tables in tables": (lambda: html("<table><tr><td>a" * 9_000), ""),
    "a table of 8,000 cells": (lambda: html("<table><tr>" + "<td>a" * 8_000), ""),
    "400,000 attributes": (lambda: html("<a " + " ".join(f"a{n:x}" for n in range(400_000)) + ">"), ""),
    "an attribute of 4 MB": (lambda: html(f'<p class="{"menu " * 900_000}">Lead</p>'), ""),
    "a million references": (lambda: html("&amp;" * 900_000), "characters"),
    "a style sheet of rules": (lambda: html("<style>" + "@media{.a{" * 400_000 + "</style>"), ""),
    "blanks": (lambda: html("<pre>" + " " * 4_000_000 + "x</pre>"), ""),
    "a deep posting in it": (
        lambda: html(f'<script type="application/ld+json">{"[" * 2_000_000}</script><p>Lead'),
        "machine-readable part is damaged"
    ),
}  # fmt: skip

DEEP = b"[" * 1_900_000
YAML: Mapping[str, Bomb] = {
    "aliases of aliases": (
        lambda: b"a: &a0 [x, x]\n" + b"".join(b"b%d: &a%d [*a%d]\n" % (n, n, n - 1) for n in range(1, 60)),
        "aliases",
    ),
    "deep brackets": (lambda: b"a: " + DEEP, "nested more than 12 deep"),
    "deep lines": (lambda: b"".join(b" " * n + b"a:\n" for n in range(1_900)), "nested more than 12 deep"),
    "deep dashes": (lambda: b"- " * 1_000_000, "nested more than 12 deep"),
    "70,000 names": (lambda: b"".join(b"a%d:\n" % n for n in range(70_000)), "more than 60,000 values"),
    "one text of 2 MB": (lambda: b"candidate: " + b"x" * 1_900_000, ""),
    "an open quote of 40,000 lines": (lambda: b'candidate: "' + (b"x" * 20 + b"\n") * 40_000, ""),
    "millions of comments": (lambda: b"#\n" * 900_000 + b"format: 1\n", "at most 80,000 are read"),
    "question marks": (lambda: b"? " * 900_000, ""),
    "colons": (lambda: b": " * 900_000, ""),
    "braces": (lambda: b"{" * 1_900_000, ""),
    "a number of 2 MB": (lambda: b"format: " + b"9" * 1_900_000, "Upgrade prepkit"),
}  # fmt: skip

TABLES: Mapping[str, Mapping[str, Bomb]] = {
    "stories.csv": {
        "millions of blank rows": (lambda: b"title\n" + b"\n" * 4_900_000, ""),
        "millions of rows": (lambda: b"title\n" + b"a\n" * 2_400_000, "Reading stops here"),
        "millions of faults": (lambda: b"title\n" + b"a,\n" * 1_600_000, ""),
        "a row of millions of fields": (lambda: b"title\na" + b",b" * 2_400_000, "row 2: The row has 2400001 fields"),
        "millions of columns": (lambda: b"title" + b",b" * 2_400_000, "At most 60 columns"),
        "a field of 5 MB": (lambda: b"title,task\na," + b"x" * 4_900_000, "4,900,000 characters"),
        "an open quote of 5 MB": (lambda: b'title\n"' + b"x\n" * 2_400_000, "never closed"),
        "5 MB of quotes": (lambda: b"title\n" + b'"' * 4_900_000, ""),
        "a million different words": (
            lambda: ("title,task\n" + "\n".join(f"{n},{text}" for n, text in enumerate(words(350, 2_000)))).encode(),
            "at most 1,500,000 are read"
        ),
    },
    "questions.csv": {
        "millions of rows": (lambda: b"question\n" + b"a\n" * 2_400_000, "Reading stops here"),
        "millions of faults": (lambda: b"question\n" + b"a,\n" * 1_600_000, "and 1,902 more."),
        "millions of columns": (lambda: b"question" + b",b" * 2_400_000, "At most 60 columns"),
        "a field of 5 MB": (lambda: b"question\n" + b"x" * 4_900_000, "4,900,000"),
        "2,000 questions of full length": (
            lambda: ("question\n" + "\n".join(text[:1_000] for text in words(200, 2_000))).encode(), "at most 500,000"
        ),
    },
    "coverage.csv": {
        "millions of rows": (
            lambda: b"story,calm\n" + b"".join(b"s%d,1\n" % n for n in range(500_000)), "Reading stops here"
        ),
        "millions of faults": (lambda: b"story,calm\n" + b"a,9\n" * 1_200_000, "more."),
        "millions of columns": (
            lambda: b"story" + b"".join(b",%d" % n for n in range(600_000)), "At most 60 columns"
        ),
    },
    "stories.json": {
        "deep": (lambda: b'{"work": ' + DEEP, "nested too deep"),
        "deep objects": (lambda: b'{"work": ' * 500_000, "nested too deep"),
        "millions of numbers": (lambda: b'{"work": [' + b"1," * 2_000_000 + b"1]}", "work/0: "),
        "millions of highlights": (
            lambda: b'{"work": [{"highlights": [' + b'"a",' * 1_200_000 + b'"a"]}]}', "Reading stops here"
        ),
        "a number of 4 MB": (lambda: b'{"work": ' + b"9" * 4_000_000 + b"}", "too many digits"),
        "a hundred thousand names": (
            lambda: b"{" + b",".join(b'"a": 1' for _ in range(600_000)) + b"}", "more than once"
        ),
    },
    "posting.json": {
        "deep": (lambda: DEEP, "nested too deep"),
        "deep objects": (lambda: b'{"a": ' * 500_000, "nested too deep"),
        "millions of numbers": (lambda: b"[" + b"1," * 2_000_000 + b"1]", "no schema.org JobPosting"),
        "half a million objects": (lambda: b"[" + b'{"a": 1},' * 500_000 + b"1]", "no schema.org JobPosting"),
        "4 MB of a description": (
            lambda: json.dumps({"@type": "JobPosting", "description": "<p>a" * 1_000_000}).encode(), "at most 300,000"
        ),
        "a description 70,000 deep": (
            lambda: json.dumps({"@type": "JobPosting", "description": "<p>" * 70_000}).encode(), ""
        ),
        "many lists of tags": (
            lambda: json.dumps({"@type": "JobPosting", "title": "Cook", "skills": ["<p>a"] * 5_000}).encode(), ""
        ),
    },
    "posting.txt": {
        "5 MB": (lambda: b"word " * 980_000, "at most 100,000"),
        **{f"a line of {unit!r}": (partial(line_of, unit), "") for unit in UNITS},
        **{f"lines of {unit!r}": (partial(lines_of, unit), "") for unit in LINES},
    },
}  # fmt: skip

ALL: dict[str, tuple[str, Bomb]] = {
    f"{name}: {what}": (name, bomb)
    for kind in (ARCHIVES, TABLES)
    for name, bombs in kind.items()
    for what, bomb in bombs.items()
}
ALL |= {f"posting.pdf: {what}": ("posting.pdf", bomb) for what, bomb in PDFS.items()}
ALL |= {f"posting.html: {what}": ("posting.html", bomb) for what, bomb in WEB.items()}
ALL |= {f"prepkit.yaml: {what}": ("prepkit.yaml", bomb) for what, bomb in YAML.items()}


SOME = list(ALL) if "PREPKIT_TORTURE_KILLS" in os.environ else list(ALL)[::6]
"""Every sixth in the ordinary suite, all in `make torture`."""


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Confined]:
    """A process with little memory to run commands in."""
    with confined(tmp_path_factory.mktemp("confined")) as process:
        yield process


@pytest.mark.parametrize("bomb", SOME)
def test_a_bomb_goes_off_in_nobodys_hands(bomb: str, little: Confined, tmp_path: Path) -> None:
    """Five seconds of work and a gigabyte are enough to say no, or to read what can be read, in few words."""
    name, (make, says) = ALL[bomb]
    search = make_room(tmp_path, name)
    file = search.path / place_of(name)
    file.write_bytes(make())
    took = little.run(*words_for(name, search.path))
    file.unlink()
    assert took.code in (0, 2), took.said[-2_000:]
    assert took.seconds < MOST_SECONDS
    assert took.megabytes < MOST_MEGABYTES
    assert says in took.said
    assert "Traceback" not in took.said
    assert "root:" not in took.said  # of the list of users
    assert len(took.said) < LONGEST_SAID
    if took.code:
        assert took.said.count("prepkit: ") == 1


HEAVY = {
    f"{name}: {what}": (name, content)
    for name, what, content, _ in INSIDE
    if name != "review.json" and isinstance(content, bytes) and len(content) > 90_000
}
"""The largest of the broken files, which no one made to do harm."""


@pytest.mark.parametrize("what", HEAVY)
def test_the_heaviest_broken_files_take_little(what: str, little: Confined, tmp_path: Path) -> None:
    """A file that is only broken is refused in half the memory that a bomb may take."""
    name, content = HEAVY[what]
    search = make_room(tmp_path, name)
    (search.path / place_of(name)).write_bytes(content)
    took = little.run(*words_for(name, search.path))
    assert took.code == 2
    assert took.seconds < MOST_SECONDS
    assert took.megabytes < MOST_MEGABYTES / 2


@pytest.mark.parametrize("name", sorted({*GOOD} - {"stories.yml", "posting.htm", "posting.md", "review.json"}))
def test_good_files_are_read_in_the_same_little_memory(name: str, little: Confined, tmp_path: Path) -> None:
    """What refuses bombs is not a lack of room for good files."""
    search = make_room(tmp_path, name)
    (search.path / place_of(name)).write_bytes(GOOD[name])
    took = little.run(*words_for(name, search.path))
    assert took.code == 0, took.said
    assert took.megabytes < MOST_MEGABYTES
