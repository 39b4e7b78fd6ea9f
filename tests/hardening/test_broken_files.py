"""Broken files of every kind, through the command line: each is refused in one message that helps, or read right.

One table over all readers. A message names the file, the row, line or cell where there is one, and what is allowed or
what to do; the exit code is 2; nothing is printed that only a programmer could read.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import PLAN, POSTING, Here, make_here, write_search
from specimens import (
    COVERAGE,
    CSV,
    DEBRIEFS,
    GOOD,
    JOB,
    JPEG,
    OLE,
    PAGE,
    PLAN_TEXT,
    PNG,
    QUESTIONS,
    RESUME,
    REVIEW,
    STORIES,
    docx,
    locked_pdf,
    make_room,
    pdf,
    pdf_page,
    place_of,
    ratings_xlsx,
    row,
    words_for,
    xlsx,
    zipped,
)

from prepkit import workers
from prepkit.cli import main
from prepkit.errors import InputError
from prepkit.notebooks import prepare
from prepkit.portfolio import read_portfolio
from prepkit.posting import read_posting
from prepkit.review import read_review
from prepkit.search import read_search
from prepkit.stories import read_stories

Content = bytes | Callable[[Path], object]
Case = tuple[str, str, Content, tuple[str, ...]]  # kind of file, its fault, how to make it, what is said of it

MOST_SECONDS = 5
MOST_LINES = 110
"""Longest message: a heading, a hundred faults, and how many more there are."""


def run(*words: object) -> Result:
    """Run a command; a fault of the program fails the test by itself, and no traceback may be printed."""
    start = time.process_time()
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert time.process_time() - start < MOST_SECONDS
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return result


def put(path: Path, content: Content) -> Path:
    """Put a file, or something that is none, in a place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if callable(content):
        content(path)
    else:
        path.write_bytes(content)
    return path


def said_of(name: str, content: Content, folder: Path) -> str:
    """Return the one message by which a file is refused."""
    search = make_room(folder, name)
    file = put(search.path / place_of(name), content)
    if name == "review.json":  # read by a form, there is no command for it
        with pytest.raises(InputError) as caught:
            read_review(file, ["calm"])
        return str(caught.value)
    result = run(*words_for(name, search.path))
    assert result.exit_code == 2, result.output
    assert result.stderr.count("prepkit: ") == 1
    return result.stderr.strip()


# --- what can be wrong with any file ------------------------------------------------------------------------------


def folder(path: Path) -> None:
    path.mkdir()


def dangling_link(path: Path) -> None:
    path.symlink_to("nowhere")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def socket_file(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may have 107 letters
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def device(path: Path) -> None:
    """A device that is read for ever, of our own: a fault that wrote through a link would harm that of the machine."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except OSError:
        pytest.skip("only root may make a device")


def link_out(path: Path) -> None:
    """A link to a file beside the search, which is somebody else's."""
    search = next(folder for folder in path.parents if folder.name == "search")
    (search.parent / "theirs.txt").write_text("theirs", encoding="utf-8")
    path.symlink_to(search.parent / "theirs.txt")


def endless(path: Path) -> None:
    """A file of 3 GB that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(3_000_000_000)


NO_FILES: Mapping[str, tuple[Content, str]] = {
    "a folder": (folder, r"This is a folder; a file is needed\."),
    "a link to nowhere": (dangling_link, r"There is no such file\.|it has no prepkit\.yaml"),
    "a link to itself": (link_to_itself, r"stay inside its folder\.|There is no such file\.|it has no prepkit\.yaml"),
    "a pipe": (pipe, r"This is not a regular file\."),
    "a socket": (socket_file, r"This is not a regular file\."),
    "a device": (device, r"This is not a regular file\."),
    "3 GB": (endless, r"The file has 3,000,000,000 bytes; at most [\d,]+ are read\."),
    "empty": (b"", r"The file is empty\."),
    "only blanks": (b" \n\t\r\n  ", r"The file is empty\."),
}
"""Things that stand in the place of any file, and what is said of them."""


@pytest.mark.skipif(os.name == "nt", reason="Windows has other kinds of things that are no files")
@pytest.mark.parametrize("what", NO_FILES)
@pytest.mark.parametrize("name", GOOD)
def test_what_is_no_file_is_refused_by_every_reader(name: str, what: str, tmp_path: Path) -> None:
    """Folders, links, pipes, sockets and devices neither hang a command nor count as a file that is not there."""
    content, says = NO_FILES[what]
    said = said_of(name, content, tmp_path)
    assert re.search(says, said)
    assert name in said or place_of(name).name in said


TEXTS = [name for name in GOOD if not name.endswith((".xlsx", ".docx", ".pdf"))]
PAGES = ("posting.html", "posting.htm")

NO_TEXTS: Mapping[str, Callable[[bytes], bytes]] = {
    "UTF-16 without a mark": lambda good: good.decode().encode("utf-16-le"),
    "torn UTF-16": lambda good: good.decode().encode("utf-16")[:-1],
    "UTF-32": lambda good: good.decode().encode("utf-32"),
    "half a pair in UTF-16": lambda good: b"\xff\xfe\x00\xd8" + good.decode().encode("utf-16-le"),
    "a zero byte": lambda good: good[:30] + b"\0" + good[30:],
    "bytes of no encoding": lambda good: good[:30] + b"\xc3\x81\x8d\xff" + good[30:],
    "a picture": lambda _: PNG,
    "a photograph": lambda _: JPEG,
    "an old Office file": lambda _: OLE,
    "a Word file": lambda _: docx(),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (name, what)
        for name in TEXTS
        for what in NO_TEXTS
        if name not in PAGES or what != "bytes of no encoding"  # a page names its own, and browsers show what they can
    ],
)
def test_bytes_that_are_no_text_are_refused_by_every_reader(name: str, what: str, tmp_path: Path) -> None:
    """Nothing is guessed together from bytes that are in no known encoding: the message says which ones are."""
    said = said_of(name, NO_TEXTS[what](GOOD[name]), tmp_path)
    assert re.search(r"Save it as UTF-8\.|This is not a web page|Give it the ending \.docx\.", said)
    assert name in said


ENCODINGS: Mapping[str, Callable[[str], bytes]] = {
    "UTF-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16 with a mark": lambda text: text.encode("utf-16"),
    "UTF-16 in the other order": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "Windows-1252": lambda text: text.encode("cp1252"),
    "line ends of old Macs": lambda text: text.replace("\n", "\r").encode(),
    "line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", ["prepkit.yaml", "stories.csv", "stories.yaml", "stories.json", "posting.txt"])
def test_texts_in_usual_encodings_are_read_right(name: str, encoding: str, tmp_path: Path) -> None:
    """“Zoë’s “café” – 5 €” is the same words in every encoding that an editor or a spreadsheet program writes."""
    words = "Zoë’s “café” – 5 €"
    search = make_room(tmp_path, name)
    said = words.replace("“", r"\“").replace("\\", "") if name != "stories.json" else words
    good = GOOD[name].decode().replace("Ada Fenwright", said).replace("Kept 310 passengers safe", said)
    put(search.path / place_of(name), ENCODINGS[encoding](good.replace("Harbour Operations Manager", said)))
    result = run(*words_for(name, search.path))
    assert result.exit_code == 0, result.output
    if name.startswith("stories"):
        (story,) = read_stories(search.path / name)
        assert story.title.startswith(words)
    else:
        assert words in result.stdout


# --- what can be wrong inside -------------------------------------------------------------------------------------


def csv(*rows: str) -> bytes:
    return "".join(f"{text}\n" for text in rows).encode()


def changed(text: str, old: str, new: str) -> bytes:
    """Return a good file with one thing in it changed."""
    assert old in text
    return text.replace(old, new, 1).encode()


def settings(line: str) -> bytes:
    return f"format: 1\n{line}\n".encode()


def debrief(old: str, new: str) -> bytes:
    return changed(DEBRIEFS, old, new)


def plan(old: str, new: str) -> bytes:
    return changed(PLAN_TEXT, old, new)


def review(**fields: Any) -> bytes:
    return json.dumps(REVIEW | fields).encode()


YAML_FAULTS: Mapping[str, tuple[bytes, tuple[str, ...]]] = {
    "tabs for indents": (b"format: 1\nlevel:\n\tname: x\n", ("line 3", "This is not YAML")),
    "an open quote": (b'format: 1\nid: "open\n', ("This is not YAML",)),
    "an open bracket": (b"format: 1\nthemes: [a, b\n", ("This is not YAML",)),
    "no colon": (b"format: 1\ncandidate Ada\n", ("line", "This is not YAML")),
    "a list on top": (b"- format: 1\n", ("should hold names with values",)),
    "a text on top": (b"just words\n", ("should hold names with values",)),
    "a key twice": (b"format: 1\nformat: 1\n", ("line 2", "duplicate key")),
    "an alias": (b"format: 1\na: &a [x]\nb: *a\n", ("line 2", "aliases")),
    "a tag that runs code": (b"format: 1\na: !!python/object/apply:os.system [id]\n", ("line 2", "aliases")),
    "a merge key": (b"a: &a {x: y}\nb:\n  <<: *a\n", ("line 1", "aliases")),
    "two documents": (b"format: 1\n---\nformat: 1\n", ("line 2", "second document")),
    "a newer format": (b"format: 2\nnew: thing\n", ("line 1", "format 2", "Upgrade prepkit")),
    "a format of 5,000 digits": (b"format: " + b"9" * 5_000 + b"\n", ("line 1", "Upgrade prepkit")),
    "a format that is no number": (b"format: one\n", ("line 1", "should be the number 1")),
    "a format below zero": (b"format: -1\n", ("line 1", "should be the number 1")),
    "a list for a format": (b"format: [1]\n", ("line 1", "should be the number 1")),
    "half a pair": (b'format: 1\ncandidate: "\\ud800"\n', ("line 2", "half of a character pair")),
    "a bell": (b'format: 1\ncandidate: "\x07', ("This is not YAML",)),
    "deep": (b"a: " + b"[" * 100_000, ("nested more than 12 deep",)),
    "a name that is a list": (b"format: 1\n? [a, b]\n: c\n", ("A name must be plain text",)),
    "a name that is a list in a list": (b"format: 1\n? [[a]]\n: c\n", ("line 2", "A name must be plain text")),
    "an unknown key": (b"format: 1\nfromat: 1\n", ("line 2", "fromat", "format")),
}
"""Faults of any YAML file, with what is said of each."""

YAMLS = ["prepkit.yaml", "plan.yaml", "debriefs.yaml", "stories.yaml", "stories.yml"]


@pytest.mark.parametrize("what", YAML_FAULTS)
@pytest.mark.parametrize("name", YAMLS)
def test_faults_of_yaml_are_told_by_every_reader(name: str, what: str, tmp_path: Path) -> None:
    """Whatever the file is for, broken YAML is told with its line and what is allowed."""
    content, says = YAML_FAULTS[what]
    said = said_of(name, content, tmp_path)
    assert not [words for words in (name, *says) if words not in said], said


INSIDE: list[Case] = [
    # settings
    ("prepkit.yaml", "a misspelt key", settings("canditate: Ada"), ("line 2", "Did you mean 'candidate'?", "Known: ")),
    ("prepkit.yaml", "a rate in words", settings("words_per_minute: fast"), ("line 2", "from 60 to 300")),
    ("prepkit.yaml", "a rate below the range", settings("words_per_minute: 59"), ("line 2", "from 60 to 300")),
    ("prepkit.yaml", "a rate of 5,000 digits", settings(f"words_per_minute: {'9' * 5_000}"), ("from 60 to 300",)),
    ("prepkit.yaml", "a rate that is not a number", settings("words_per_minute: .nan"), ("line 2", "from 60 to 300")),
    ("prepkit.yaml", "an infinite rate", settings("words_per_minute: .inf"), ("line 2", "from 60 to 300")),
    ("prepkit.yaml", "a fraction", settings("cell_seconds: 1.5"), ("line 2", "from 1 to 86400")),
    ("prepkit.yaml", "a list for a name", settings("candidate: [Ada]"), ("line 2", "a name of at most 200")),
    ("prepkit.yaml", "a mapping for a name", settings("candidate: {first: Ada}"), ("line 2", "a name of at most 200")),
    ("prepkit.yaml", "a long name", settings("candidate: " + "a" * 201), ("line 2", "a name of at most 200")),
    ("prepkit.yaml", "a language in words", settings("language: English"), ("line 2", "two-letter code")),
    ("prepkit.yaml", "NO for a language", settings("language: NO"), ("line 2", "'NO'", "two-letter code")),
    ("prepkit.yaml", "on for a pronoun", settings("pronoun: on"), ("line 2", "'on'", "she, he or they")),
    ("prepkit.yaml", "a day for a limit", settings("memory_megabytes: 2026-12-03"), ("line 2", "from 100 to 1000000")),
    (
        "prepkit.yaml", "three faults", settings("language: xyz\npronoun: it\nword_per_minute: 150"),
        ("3 faults", "line 2", "line 3", "line 4", "Did you mean 'words_per_minute'?"),
    ),
    # plans
    ("plan.yaml", "a misspelt key", plan("themes:", "thems:"), ("line 2", "Did you mean 'themes'?")),
    ("plan.yaml", "a misspelt field", plan("claim:", "claims:"), ("line 5", "Did you mean 'claim'?")),
    ("plan.yaml", "a misspelt category", plan("challenge", "chalenge"), ("line 4", "Did you mean 'challenge'?")),
    ("plan.yaml", "themes as a mapping", b"themes: {a: b}\n", ("line 1", "should be a list")),
    ("plan.yaml", "a theme that is a text", b"themes: [calm]\n", ("line 1", "should be names with values")),
    ("plan.yaml", "a theme without id", plan("  - id: calm\n   ", "  -"), ("line 3", "“id” is missing")),
    ("plan.yaml", "an id twice", plan("id: islands", "id: calm"), ("line 7", "line 3", "each needs its own")),
    ("plan.yaml", "an id with a space", plan("id: calm", "id: very calm"), ("line 3", "letters, digits")),
    ("plan.yaml", "a rating of 3", plan("calm: 2", "calm: 3"), ("line 11", "0 (none), 1 (partial) or 2 (strong)")),
    ("plan.yaml", "yes for a rating", plan("calm: 2", "calm: yes"), ("line 11", "“yes”", "0 (none)")),
    ("plan.yaml", "012 for a rating", plan("calm: 2", "calm: 012"), ("line 11", "0 (none)")),
    ("plan.yaml", "a half rating", plan("calm: 2", "calm: 1.5"), ("line 11", "“1.5”", "0 (none)")),
    ("plan.yaml", "a rating of 5,000 digits", plan("calm: 2", "calm: " + "1" * 5_000), ("line 11", "0 (none)")),
    ("plan.yaml", "ratings as a list", plan("storm: {calm: 2, islands: 1}", "- calm"), ("names with values",)),
    ("plan.yaml", "ratings of a story as a text", plan("{calm: 2, islands: 1}", "strong"), ("line 11", "storm")),
    ("plan.yaml", "a list under a wrong name", b"ratings:\n  'a b': [calm]\n", ("line 2", "letters, digits")),
    ("plan.yaml", "an unknown source", plan("former employee", "a friend"), ("line 14", "employee, former employee")),
    ("plan.yaml", "a day in no calendar", b"interview: 2026-02-30\n", ("line 1", "is in no calendar")),
    ("plan.yaml", "a day in another order", b"interview: 03.12.2026\n", ("line 1", "such as 2026-12-03")),
    ("plan.yaml", "a list for a day", b"interview: [2026, 12]\n", ("line 1", "such as 2026-12-03")),
    ("plan.yaml", "a misspelt level", b"posting: {level: seniour}\n", ("line 1", "Did you mean 'senior'?")),
    ("plan.yaml", "a bridge without story", plan("    story: storm\n", ""), ("line 17", "“story” is missing")),
    ("plan.yaml", "a text of 6,000 letters", plan("A form", "x" * 6_000), ("line 15", "5,000 characters")),
    (
        "plan.yaml", "thirteen themes",
        b"themes:\n" + b"".join(b"  - {id: t%d, category: fit}\n" % n for n in range(13)), ("line 1", "at most 12"),
    ),
    # debriefs
    ("debriefs.yaml", "a misspelt key", debrief("debriefs:", "debrief:"), ("line 2", "Did you mean 'debriefs'?")),
    ("debriefs.yaml", "a misspelt field", debrief("seconds:", "second:"), ("line 7", "Did you mean 'seconds'?")),
    ("debriefs.yaml", "a mapping for a list", b"debriefs: {id: a}\n", ("line 1", "should be a list")),
    ("debriefs.yaml", "no id", debrief("  - id: 2026-12-03-1\n   ", "  -"), ("line 3", "“id” is missing")),
    ("debriefs.yaml", "no day", debrief("    day: 2026-12-03\n", ""), ("line 3", "“day” is missing")),
    ("debriefs.yaml", "a day in no calendar", debrief("day: 2026-12-03", "day: 2026-13-03"), ("line 4", "no calendar")),
    ("debriefs.yaml", "an unknown kind", debrief("kind: mock", "kind: mok"), ("line 5", "mock or interview")),
    ("debriefs.yaml", "a time in words", debrief("seconds: 24", "seconds: 0:24"), ("line 7", "from 0 to 600")),
    ("debriefs.yaml", "a huge time", debrief("seconds: 24", "seconds: 100000000"), ("line 7", "from 0 to 600")),
    ("debriefs.yaml", "an unknown mark", debrief("heard: heard", "heard: maybe"), ("line 9", "not heard")),
    ("debriefs.yaml", "an empty question", debrief("Tell me about a failure", '""'), ("line 11", "“question” is miss")),
    (
        "debriefs.yaml", "an id twice", (DEBRIEFS + DEBRIEFS.partition("debriefs:\n")[2]).encode(),
        ("line 12", "line 3", "each needs its own"),
    ),
    # stories as tables
    ("stories.csv", "no title column", csv("name,mood", "A,b"), ("row 1", "No column is called “title”", "Allowed: ")),
    ("stories.csv", "a misspelt column", csv("title,sitaution", "A,b"), ("row 1", "Did you mean 'situation'?")),
    ("stories.csv", "a column twice", csv("title,task,Task", "A,b,c"), ("row 1, column Task", "second column")),
    ("stories.csv", "an extra field", csv("title,task", "A,b", "B,c,d"), ("row 3", "3 fields, the header has 2")),
    ("stories.csv", "a hundred extra fields", csv("title,task", "A" + ",b" * 100), ("row 2", "101 fields")),
    ("stories.csv", "a missing field", csv("title,task,when", "A,b"), ("row 2", "2 fields, the header has 3")),
    ("stories.csv", "a comma too many", csv("title,result", "A,from 2,000 to 5"), ("row 2", "needs quotation marks")),
    ("stories.csv", "semicolons below commas", csv("title,task", "A;b"), ("row 2", "1 fields, the header has 2")),
    ("stories.csv", "tabs below semicolons", csv("title;task", "A\tb"), ("row 2", "1 fields, the header has 2")),
    ("stories.csv", "an open quote", csv("title,task", "A,b", '"B,c', "D,e"), ("row 3", "never closed")),
    ("stories.csv", "a quote within", csv("title,task", '"A" B,c'), ("row 2", 'write "" for "')),
    ("stories.csv", "a row without title", csv("id,title", "a,A", "b,"), ("row 3, column title", "missing")),
    ("stories.csv", "an id twice", csv("id,title", "a,A", "b,B", "a,C"), ("row 2", "row 4", "Give each story its own")),
    ("stories.csv", "an id with a space", csv("id,title", "a b,A"), ("row 2, column id", "Use letters, digits")),
    ("stories.csv", "a field of 1 MB", csv("title,task", "A," + "x" * 1_000_000), ("row 2, column task", "1,000,000")),
    ("stories.csv", "five thousand faults", csv("title,task", *["A,b,c"] * 5_000), ("faults", "row 2", "more")),
    ("stories.csv", "a short row below 70 columns", csv("id,title" + ",b" * 69, "a"), ("row 2: The row has 1",)),
    ("stories.csv", "a page from the web", PAGE.encode(), ("row 1", "No column is called “title”")),
    # stories in YAML and JSON
    ("stories.yaml", "a misspelt field", changed(STORIES, "result:", "resutl:"), ("line 7", "Did you mean 'result'?")),
    ("stories.yaml", "stories as a mapping", b"stories: {a: b}\n", ("line 1", "Begin each story with “- title: ”")),
    ("stories.yaml", "a list for a text", changed(STORIES, "action: I", "action: [I]\n    task: I"), ("line 6",)),
    ("stories.yaml", "no title", changed(STORIES, "    title: Kept 310 passengers safe\n", ""), ("line 3", "title is")),
    ("stories.yaml", "JSON in YAML, torn", b'{"stories": [{"title": "A"}', ("This is not YAML",)),
    ("stories.json", "torn", json.dumps(RESUME).encode()[:-9], ("line 1, column", "This is not JSON")),
    ("stories.json", "a comma too many", b'{"work": [],}', ("line 1, column 13", "This is not JSON")),
    ("stories.json", "single quotes", b"{'work': []}", ("line 1, column 2", "This is not JSON")),
    ("stories.json", "a list on top", b"[]", ("“work”, “volunteer” or “projects”",)),
    ("stories.json", "null on top", b"null", ("“work”, “volunteer” or “projects”",)),
    ("stories.json", "work as a mapping", b'{"work": {"name": "A"}}', ("work: This should be a list",)),
    ("stories.json", "a number for a highlight", b'{"work": [{"highlights": [5]}]}', ("work/0/highlights/0", "a text")),
    ("stories.json", "half a pair", b'{"work": [{"highlights": ["\\ud800"]}]}', ("work/0/highlights/0", "half of")),
    ("stories.json", "no number", b'{"work": [{"highlights": [NaN]}]}', ("work/0/highlights/0", "a text")),
    ("stories.json", "a section twice", b'{"work": [], "work": [{"highlights": ["A"]}]}', ("“work”", "more than once")),
    ("stories.json", "5,000 digits", b'{"work": ' + b"1" * 5_000 + b"}", ("too many digits",)),
    ("stories.json", "deep", b'{"work": ' + b"[" * 100_000, ("nested too deep",)),
    # workbooks
    ("stories.xlsx", "an old .xls", OLE, ("password", "save it as .xlsx")),
    ("stories.xlsx", "a picture", PNG, ("This is not an .xlsx file", "save it as .xlsx")),
    ("stories.xlsx", "a CSV by another name", CSV.encode(), ("This is not an .xlsx file",)),
    ("stories.xlsx", "a page by another name", PAGE.encode(), ("This is not an .xlsx file",)),
    ("stories.xlsx", "a Word file", docx(), ("This is not an .xlsx file",)),
    ("stories.xlsx", "another zip", zipped({"a.txt": "Ada"}), ("This is not an .xlsx file",)),
    ("stories.xlsx", "an empty zip", zipped({}), ("This is not an .xlsx file",)),
    ("stories.xlsx", "torn", xlsx()[:-200], ("or it is damaged",)),
    ("stories.xlsx", "one byte wrong", xlsx().replace(b"sheet1", b"sheet\xff", 1), ("or it is damaged",)),
    ("stories.xlsx", "no sheet", xlsx(more={"xl/workbook.xml": "<workbook/>"}), ("No sheet begins with a row",)),
    ("stories.xlsx", "torn XML", xlsx("<row><c"), ("or it is damaged",)),
    ("stories.xlsx", "no title column", xlsx(row(1, "name") + row(2, "A")), ("column “title”", "Sheets: Stories")),
    ("stories.xlsx", "a misspelt column", xlsx(row(1, "title", "resutl") + row(2, "A", "b")), ("row 1", "'result'?")),
    ("stories.xlsx", "a row without title", xlsx(row(1, "title", "when") + row(3, "", "2012")), ("row 3", "missing")),
    (
        "stories.xlsx", "a formula that nobody calculated",
        xlsx(row(1, "title") + '<row r="2"><c r="A2"><f>1+1</f></c></row>'), ("Stories!A2", "formula without a stored"),
    ),
    (
        "stories.xlsx", "an error in a cell",
        xlsx(row(1, "title") + '<row r="2"><c r="A2" t="e"><v>#REF!</v></c></row>'), ("Stories!A2", "#REF!"),
    ),
    (
        "stories.xlsx", "a text that is not there",
        xlsx(row(1, "title") + '<row r="2"><c r="A2" t="s"><v>7</v></c></row>'), ("or it is damaged",),
    ),
    ("stories.xlsx", "40,000 letters in a cell", xlsx(row(1, "title") + row(2, "x" * 40_000)), ("row 2", "40,000")),
    # questions
    ("questions.csv", "no question column", csv("id,text", "a,Why?"), ("row 1", "One column should be “question”")),
    ("questions.csv", "a misspelt column", csv("question,competences", "Why?,x"), ("row 1", "'competencies'?")),
    ("questions.csv", "a column twice", csv("question,question", "a,b"), ("row 1", "none there twice")),
    ("questions.csv", "an extra field", csv("question,kind", "Why?,fit,x"), ("row 2", "3 fields, the header has 2")),
    ("questions.csv", "an unknown kind", csv("question,kind", "Why?,fitt"), ("row 2, column kind", "Allowed: ", "fit")),
    ("questions.csv", "an unknown level", csv("question,levels", "Why?,boss"), ("row 2, column levels", "Allowed: ")),
    ("questions.csv", "a misspelt tag", csv("question,competencies", "W?,leading-peple"), ("row 2", "leading-people")),
    ("questions.csv", "an id in capitals", csv("id,question", "Why Me,Why?"), ("row 2, column id", "lower-case")),
    ("questions.csv", "an id twice", csv("id,question", "a,Why?", "a,How?"), ("row 3", "row 2")),
    ("questions.csv", "an open quote", csv("question", '"Why?'), ("row 2", "quotation mark")),
    ("questions.csv", "an empty question", csv("id,question", "a,"), ("row 2, column question", "1 to 1,000")),
    ("questions.csv", "a field of 1 MB", csv("question", "x" * 1_000_000), ("row 2", "1 to 1,000 characters")),
    ("questions.csv", "five thousand faults", csv("question", *["a,b"] * 5_000), ("faults", "row 2", "more")),
    # postings
    ("posting.txt", "a PDF by another name", pdf_page(), ("looks like a PDF", "Give it the ending .pdf")),
    ("posting.md", "a Word file by another name", docx(), ("looks like a Word file", "Give it the ending .docx")),
    ("posting.txt", "only marks", b"---\n\n***\n", ("The file holds no words",)),
    ("posting.txt", "a whole book", b"word " * 30_000, ("characters", "at most 100,000")),
    ("posting.txt", "thousands of lines", b"word\n" * 4_000, ("4,000 lines", "at most 3,000")),
    ("posting.html", "only a script", b"<script>alert(1)</script>", ("The file holds no words",)),
    ("posting.html", "a picture", PNG, ("not a web page",)),
    ("posting.json", "torn", json.dumps(JOB).encode()[:-9], ("This is not JSON", "line 1, column")),
    ("posting.json", "no posting in it", b'{"@type": "Person", "name": "Ada"}', ("no schema.org JobPosting",)),
    ("posting.json", "a list of numbers", b"[1, 2]", ("no schema.org JobPosting",)),
    ("posting.json", "half a pair", b'{"title": "Cook \\ud800"}', ("half of a character pair",)),
    ("posting.json", "deep", b"[" * 100_000, ("nested too deep",)),
    ("posting.json", "5,000 digits", b'{"title": ' + b"9" * 5_000 + b"}", ("too many digits",)),
    ("posting.docx", "a password", OLE, ("protected by a password", "Save a plain copy")),
    ("posting.docx", "a text by another name", POSTING.encode(), ("not a .docx file",)),
    ("posting.docx", "a picture", PNG, ("not a .docx file",)),
    ("posting.docx", "a workbook", xlsx(), ("not a Word file",)),
    ("posting.docx", "another zip", zipped({"a.txt": "Cook"}), ("not a Word file",)),
    ("posting.docx", "torn", docx()[:-100], ("damaged",)),
    ("posting.docx", "torn XML", docx("<w:p><w:r>"), ("not a Word file, or it is damaged",)),
    ("posting.docx", "no words", docx("<w:p/>"), ("The file holds no words",)),
    ("posting.docx", "another root", docx(more={"word/document.xml": "<html/>"}), ("not a Word file",)),
    ("posting.pdf", "a scan", pdf_page(b""), ("no text in it", "perhaps a scan", ".txt file")),
    ("posting.pdf", "a password", locked_pdf("RC4-128"), ("protected by a password",)),
    ("posting.pdf", "a weak password", locked_pdf("RC4-40"), ("protected by a password",)),
    ("posting.pdf", "a text by another name", POSTING.encode(), ("not a PDF file",)),
    ("posting.pdf", "a picture", PNG, ("not a PDF file",)),
    ("posting.pdf", "only its first line", b"%PDF-1.7\n", ("damaged",)),
    ("posting.pdf", "no pages", pdf(b"<< /Type /Catalog >>"), ("damaged",)),
    ("posting.pdf", "an empty list of pages", pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>",
    ), ("The PDF is damaged",)),
    # ratings
    ("coverage.csv", "another first column", csv("id,calm", "storm,2"), ("row 1", "first column should be “story”")),
    ("coverage.csv", "a rating of 3", csv("story,calm", "storm,3"), ("row 2, column calm", "0 (none)", "“?”")),
    ("coverage.csv", "a rating in words", csv("story,calm", "storm,strong"), ("row 2, column calm", "0 (none)")),
    ("coverage.csv", "1.0 for a rating", csv("story,calm", "storm,1.0"), ("row 2, column calm", "“1.0”", "0 (none)")),
    ("coverage.csv", "a story twice", csv("story,calm", "storm,1", "storm,2"), ("row 3", "Keep one")),
    ("coverage.csv", "a theme twice", csv("story,calm,calm", "storm,1,2"), ("row 1, column calm", "second column")),
    ("coverage.csv", "no theme", csv("story,title", "storm,A"), ("row 1", "no column for a theme")),
    ("coverage.csv", "an extra field", csv("story,calm", "storm,1,2"), ("row 2", "3 fields, the header has 2")),
    ("coverage.csv", "a theme with a space", csv("story,very calm", "storm,1"), ("row 1, column very calm", "letters")),
    ("coverage.csv", "a story with a space", csv("story,calm", "a storm,1"), ("row 2", "letters")),
    ("coverage.csv", "an open quote", csv("story,calm", '"storm,1'), ("row 2", "quotation mark")),
    ("coverage.csv", "a field of 1 MB", csv("story,title,calm", f"storm,{'x' * 1_000_000},3"), ("row 2", "0 (none)")),
    ("coverage.csv", "five thousand faults", csv("story,calm", *[f"s{n},9" for n in range(5_000)]), ("row 2", "more")),
    ("prep.xlsx", "an old .xls", OLE, ("protected by a password or in an old Office format",)),
    ("prep.xlsx", "a picture", PNG, ("This is not a .xlsx file",)),
    ("prep.xlsx", "torn", ratings_xlsx()[:-200], ("or it is damaged",)),
    ("prep.xlsx", "another workbook", xlsx(), ("no sheet called “matrix”",)),
    ("prep.xlsx", "a rating of 3", ratings_xlsx(("story", "calm"), ("storm", "3")), ("row 2, column calm", "0 (none)")),
    ("prep.xlsx", "a theme with a space", ratings_xlsx(("story", "very calm"), ("storm", "1")), ("row 1", "letters")),
    # answers of a reviewer
    ("review.json", "torn", review()[:-5], ("line 1, column", "Save the answers again")),
    ("review.json", "a page", PAGE.encode(), ("Save the answers again",)),
    ("review.json", "a list on top", b"[]", ("one answer with names and values",)),
    ("review.json", "a key twice", b'{"format": 1, "day": "2026-12-03", "kind": "mock", "kind": "mock"}', ("kind",)),
    ("review.json", "a newer format", review(format=2), ("format 2", "Upgrade prepkit")),
    ("review.json", "a format of 4,000 digits", review(format=10**4_000), ("Upgrade prepkit",)),
    ("review.json", "true for a format", review(format=True), ("“format” should be the number 1",)),
    ("review.json", "no number", b'{"format": NaN}', ("Save the answers again",)),
    ("review.json", "an unknown key", review(sayed="x"), ("Did you mean 'said'?", "Known: ")),
    ("review.json", "another theme", review(themes=[{"theme": "clam", "heard": "heard"}]), ("Did you mean 'calm'?",)),
    ("review.json", "a mapping for a list", review(themes={"theme": "calm"}), ("themes", "should be a list")),
    ("review.json", "half a pair", review(said="\ud800"), ("said", "half of a character pair")),
    ("review.json", "deep", review(themes=[[[[[[[[1]]]]]]]]), ("nested more than 6 deep",)),
    ("review.json", "a huge time", review(seconds=10**300), ("seconds", "from 0 to 600")),
    ("review.json", "too long", review(said="x" * 300_000), ("at most 250,000",)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "says"), [(name, *rest) for name, _, *rest in INSIDE], ids=[" ".join(it[:2]) for it in INSIDE]
)
def test_faults_inside_are_told_with_their_place(
    name: str, content: Content, says: tuple[str, ...], tmp_path: Path
) -> None:
    """One message: the file, the place in it, what was found, what is allowed or what to do."""
    said = said_of(name, content, tmp_path)
    assert not [words for words in (name, *says) if words not in said], said
    assert said.count("\n") < MOST_LINES
    assert all(len(line) < 1_500 for line in said.split("\n"))
    assert said.endswith((".", "?", "”"))


# --- what looks broken and can be read ----------------------------------------------------------------------------


def check_story(folder: Path, name: str, content: bytes) -> Any:
    """Return the one story of an inventory that `check` takes without a word."""
    search = make_room(folder, name)
    put(search.path / name, content)
    result = run("check", search.path)
    assert result.exit_code == 0, result.output
    (story,) = read_stories(search.path / name)
    return story


@pytest.mark.parametrize("text", ["NA", "None", "null", "nan", "007", "1e5", "TRUE", "NO", "on", "12:30", "1.10", "~"])
@pytest.mark.parametrize("name", ["stories.csv", "stories.yaml", "stories.xlsx"])
def test_words_that_look_like_values_stay_words(name: str, text: str, tmp_path: Path) -> None:
    """No table, YAML or workbook makes a number, a yes or a nothing of what somebody wrote."""
    content = {
        "stories.csv": csv("title,task", f"A,{text}"),
        "stories.yaml": f"stories:\n  - title: A\n    task: {text}\n".encode(),
        "stories.xlsx": xlsx(row(1, "title", "task") + row(2, "A", text)),
    }[name]
    assert check_story(tmp_path, name, content).task == text


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["commas", "semicolons", "tabs"])
@pytest.mark.parametrize(
    ("name", "good"), [("stories.csv", CSV), ("questions.csv", QUESTIONS), ("coverage.csv", COVERAGE)]
)
def test_every_table_may_have_other_separators(name: str, good: str, delimiter: str, tmp_path: Path) -> None:
    """Spreadsheet programs of half of Europe write semicolons; all tables that prepkit reads may have them."""
    search = make_room(tmp_path, name)
    put(search.path / place_of(name), good.replace(",", delimiter).encode())
    result = run(*words_for(name, search.path))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("name", "content"),
    [("stories.csv", b"title,task\n"), ("stories.json", b'{"work": [{}]}'), ("stories.yaml", b"stories: []\n")],
)
def test_an_inventory_without_stories_is_a_beginning(name: str, content: bytes, tmp_path: Path) -> None:
    """A search may begin before its first story is written: that is a gap to fill, and no fault of the file."""
    search = make_room(tmp_path, name)
    put(search.path / name, content)
    result = run("check", search.path)
    assert result.exit_code == 0
    assert "There are no stories yet." in result.stdout


JUNK: Mapping[str, bytes] = {
    "._stories.csv": b"\0\5\x16\7\0\2Mac OS X", "~$stories.xlsx": b"\3Ada" + bytes(160), ".DS_Store": b"\0\0\0\1Bud1",
    "stories.csv~": b"old", "._prepkit.yaml": b"\0\5\x16\7", "Thumbs.db": OLE, "desktop.ini": b"[.ShellClassInfo]\r\n",
    "applications/.DS_Store": b"\0", "applications/._tidewrack": b"\0\5",
    "applications/tidewrack/._posting.txt": b"\0\5",
    "applications/tidewrack/~$posting.docx": b"\3Ada",
    "applications/tidewrack/posting.txt~": b"old",
    "applications/tidewrack/._plan.yaml": b"\0\5\x16\7", "applications/tidewrack/.plan.yaml.lock": b"",
}  # fmt: skip


def test_leftovers_of_other_programs_change_nothing(tmp_path: Path) -> None:
    """Files that macOS, Windows, Word and editors put beside good ones are passed over: the output is the same."""
    search = write_search(tmp_path / "search", {"tidewrack": {"plan": PLAN}})
    clean = run("check", search.path)
    assert clean.exit_code == 0
    for name, content in JUNK.items():
        put(search.path / name, content)
    assert run("check", search.path).output == clean.output
    assert read_search(search.path).names == ("tidewrack",)


@pytest.mark.parametrize("name", ["posting.docx", "posting.pdf", "posting.htm", "posting.json", "posting.md"])
def test_good_postings_of_every_kind_are_taken(name: str, tmp_path: Path) -> None:
    """The specimens that are broken here are good ones to begin with."""
    search = make_room(tmp_path, name)
    result = run(*words_for(name, put(search.path / place_of(name), GOOD[name]).parent / "search"))
    assert result.exit_code == 0, result.output
    assert "Harbour" in result.stdout


def test_word_tables_and_marked_insertions_are_read(tmp_path: Path) -> None:
    """What stands in a table, or was put in with changes marked, is part of a posting."""
    inserted = "<w:p><w:ins><w:r><w:t>Inserted duty</w:t></w:r></w:ins></w:p>"
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    table = f"<w:tbl><w:tr>{cell.format('Pier')}{cell.format('Castermouth')}</w:tr></w:tbl>"
    search = make_room(tmp_path, "posting.docx")
    put(tmp_path / "posting.docx", docx(f"<w:p><w:r><w:t>Harbour Manager</w:t></w:r></w:p>{table}{inserted}"))
    assert run("add", search.path, tmp_path / "posting.docx", "--name", "new").exit_code == 0
    text = " ".join(line.text for line in read_posting(tmp_path / "posting.docx").lines)
    assert all(words in text for words in ("Harbour Manager", "Pier", "Castermouth", "Inserted duty"))


NAMES = [
    "C++ dev", "C# dev", "C dev", "工程师", "Zoë", "Zoe\u0308", "CON", "nul", "x" * 300, "a/../b", "...", "A:B",
    "Müller & Söhne", "a\tb", "-rf", "~", "$HOME", "%PATH%", "🦊", "a\u202eb",
]  # fmt: skip


def test_titles_of_all_kinds_become_folders_of_their_own(tmp_path: Path) -> None:
    """Titles that look alike, or are no names of files, get a folder each or are refused; none takes another's."""
    search, made = make_room(tmp_path, "posting.txt"), 0
    for title in NAMES:
        put(tmp_path / "posting.json", json.dumps(JOB | {"title": title, "hiringOrganization": {}}).encode())
        result = run("add", search.path, tmp_path / "posting.json")
        assert result.exit_code in (0, 2)
        if result.exit_code:
            assert "There is an application of that name. Give another one with --name." in result.stderr
        made += not result.exit_code
    names = [path.name for path in (search.path / "applications").iterdir()]
    assert len(names) == made + 1  # and the one that was there
    assert {"c-plus-plus-dev", "c-sharp-dev", "c-dev", "工程师"} <= set(names)
    assert all(
        len(name) <= 80 and name.casefold() not in ("con", "nul") and not name.startswith(("-", ".")) for name in names
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["posting.json", "search"]


@pytest.mark.parametrize("words", [("check",), ("status",)], ids=" ".join)
def test_files_are_read_alike_where_the_system_knows_only_ascii(words: tuple[str, ...], tmp_path: Path) -> None:
    """On a server without a language set, files are UTF-8 as anywhere, and what cannot be shown stops nothing."""
    search = write_search(tmp_path / "search", {"tidewrack": {"plan": PLAN}}, candidate="Zoë “5 €” 工程师")
    environment = {**os.environ, "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning:prepkit", "-m", "prepkit"]
    done = subprocess.run([*command, *words, search.path], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"tidewrack" in done.stdout
    assert b"Traceback" not in done.stderr


# --- one bad application among good ones ---------------------------------------------------------------------------

BAD_APPLICATIONS: Mapping[str, tuple[str, Content, str]] = {
    "a plan that is no YAML": ("plan.yaml", b"themes: [", "plan.yaml: line"),
    "a plan of the future": ("plan.yaml", b"format: 2\n", "Upgrade prepkit"),
    "a debrief without day": ("debriefs.yaml", b"debriefs:\n  - {id: a, kind: mock}\n", "debriefs.yaml: line 2"),
    "a posting without words": ("posting.txt", b"***", "posting.txt: The file holds no words"),
    "a posting that is a folder": ("posting.txt", folder, "posting.txt: This is a folder"),
    "a posting that is a pipe": ("posting.txt", pipe, "posting.txt: This is not a regular file"),
    "a plan that is a pipe": ("plan.yaml", pipe, "plan.yaml: This is not a regular file"),
    "a plan that links to nothing": ("plan.yaml", dangling_link, "plan.yaml: There is no such file"),
    "debriefs that link out of the search": ("debriefs.yaml", link_out, "Files of a search stay inside its folder"),
    "two postings": ("posting.md", b"Cook", "There are 2 postings"),
    "no posting": ("", lambda path: (path / "posting.txt").unlink(), "There is no posting"),
    "a plan with another ending": ("plan.yml", b"format: 1", "Rename the file"),
}


@pytest.mark.parametrize("what", BAD_APPLICATIONS)
@pytest.mark.usefixtures("here")
def test_one_bad_application_is_named_and_harms_no_other(what: str, tmp_path: Path) -> None:
    """A report on two applications of which one is bad: exit code 1, one message, and the other report is there."""
    name, content, says = BAD_APPLICATIONS[what]
    search = write_search(tmp_path / "search", {"bad": {}, "good": {}})
    file = search.path / "applications" / "bad" / name
    if name == "posting.txt":
        file.unlink()
    put(file, content)
    result = run("report", search.path)
    assert result.exit_code == 1
    assert result.stderr.count("prepkit: ") == 1
    assert says in result.stderr
    assert (search.reports / "good" / "coverage.csv").exists()
    assert not (search.reports / "bad" / "coverage.csv").exists()


WORKBOOKS: Mapping[str, bytes] = {
    "empty": b"", "no JSON": b"# a script", "torn": b'{"cells": [', "a list": b"[]", "a number": b"5",
    "no cells": b"{}", "deep": b"[" * 100_000,
    "bytes of no text": b"\xff\xfe\x00", "cells of a wrong type": b'{"cells": 5, "nbformat": 4}',
    "of the future": b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}',
    "half a pair": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "raw", "id": "a",'
    b' "metadata": {}, "source": "\\ud800"}]}',
}  # fmt: skip


@pytest.mark.parametrize("what", WORKBOOKS)
def test_a_workbook_of_ones_own_that_is_none_is_named(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook that cannot be opened fails its reports with a sentence about it; prepkit does not blame itself."""
    monkeypatch.setattr(workers, "LocalWorkers", Here)
    search = write_search(tmp_path / "search")
    mine = put(tmp_path / "mine.ipynb", WORKBOOKS[what])
    result = run("report", search.path, "--workbook", mine)
    assert result.exit_code == 1
    assert "mine.ipynb: " in result.stderr or "The workbook has no parameter" in result.stderr
    assert "fault of prepkit itself" not in result.stderr


# --- records that prepkit keeps itself -----------------------------------------------------------------------------

TORN_RECORDS: Mapping[str, Content] = {
    "empty": b"", "no JSON": b"{", "a list": b"[]", "null": b"null", "a number": b"1", "no format": b"{}",
    "a newer format": b'{"format": 2}', "only a format": b'{"format": 1}', "a list for a format": b'{"format": [1]}',
    "5,000 digits": b'{"format": ' + b"9" * 5_000 + b"}", "4,000 digits": b'{"format": ' + b"9" * 4_000 + b"}",
    "deep": b"[" * 100_000, "NaN": b'{"format": NaN}', "zero bytes": bytes(200),
    "no UTF-8": b'{"format": 1, "a": "\xff"}', "UTF-16": '{"format": 1}'.encode("utf-16"),
    "half a pair": b'{"format": 1, "\\ud800": "\\ud800"}',
    "wrong types": b'{"format": 1, "inputs": [], "outputs": 5, "linked": 1, "listed": [], "name": {}, "made": []}',
    "a folder": folder, "a pipe": pipe, "a link to itself": link_to_itself, "a device": device,
    "3 GB": endless,
}  # fmt: skip

RECORDS = (
    "reports/tidewrack/manifest.json",
    "reports/tidewrack/standing.json",
    "reports/run.json",
    "reports/.run.holder",
)


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A search with a report; to be copied before anything in it is broken."""
    search = write_search(tmp_path_factory.mktemp("reported") / "search", {"tidewrack": {"plan": PLAN}})
    with pytest.MonkeyPatch.context() as patch:
        make_here(patch)
        assert run("report", search.path).exit_code == 0
    return search.path


@pytest.mark.parametrize("what", TORN_RECORDS)
@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.usefixtures("here")
def test_broken_records_of_prepkit_itself_stop_nothing(record: str, what: str, reported: Path, tmp_path: Path) -> None:
    """A damaged record counts as none: the report is made again, and no command hangs or ends in a fault."""
    search, content = tmp_path / "search", TORN_RECORDS[what]
    shutil.copytree(reported, search)
    (search / record).unlink(missing_ok=True)
    put(search / record, content)
    assert run("status", search).exit_code == 0
    (candidate,) = read_portfolio(search).candidates
    assert len(candidate.standings) + len(candidate.missing) == 1
    result = run("report", search)
    assert result.exit_code in ((0, 2) if callable(content) else (0,))  # a folder cannot be written over
    if not result.exit_code:
        assert "1 fresh" in run("status", search).stdout


@pytest.mark.parametrize("record", ["reports/run.json", "reports/.run.holder", "reports/index.html"])
@pytest.mark.usefixtures("here")
def test_no_record_is_written_through_a_link(record: str, reported: Path, tmp_path: Path) -> None:
    """A link in the folder of reports is no way to write over a file elsewhere: the run says no."""
    search = tmp_path / "search"
    shutil.copytree(reported, search)
    (search / record).unlink(missing_ok=True)
    link_out(search / record)
    result = run("report", search, "--force")
    assert result.exit_code == 2
    assert "Files of a search stay inside its folder." in result.stderr
    assert (tmp_path / "theirs.txt").read_text(encoding="utf-8") == "theirs"


@pytest.mark.parametrize("what", ["no JSON", "wrong types", "deep", "5,000 digits"])
def test_a_broken_record_of_a_pack_keeps_what_is_there(what: str, tmp_path: Path) -> None:
    """Nobody knows any more which files were edited, so that none is written over, and that is said."""
    search = write_search(tmp_path / "search", {"tidewrack": {"plan": PLAN}})
    put(search.path / "packs" / "tidewrack" / "made.json", TORN_RECORDS[what])
    mine = put(search.path / "packs" / "tidewrack" / "thank-you.txt", b"mine")
    result = run("pack", search.path, "tidewrack")
    assert result.exit_code == 0, result.output
    assert "made.json could not be read" in result.stdout
    assert mine.read_bytes() == b"mine"


def test_a_pack_of_the_future_is_left_as_it_is(tmp_path: Path) -> None:
    """A newer prepkit knows better what it made: nothing is touched."""
    search = write_search(tmp_path / "search", {"tidewrack": {"plan": PLAN}})
    record = put(search.path / "packs" / "tidewrack" / "made.json", b'{"format": 2}')
    result = run("pack", search.path, "tidewrack")
    assert result.exit_code == 2
    assert "made by a newer prepkit" in result.stderr
    assert [file.name for file in record.parent.iterdir() if file.suffix != ".lock"] == ["made.json"]
    assert record.read_bytes() == b'{"format": 2}'


@pytest.mark.parametrize("what", [what for what in WORKBOOKS if what != "half a pair"])
def test_a_damaged_workbook_of_a_session_is_left_as_it_is(what: str, tmp_path: Path) -> None:
    """A notebook that somebody has damaged is theirs still: it is neither mended nor a reason to stop."""
    search = write_search(tmp_path / "search")
    mine = put(search.path / "workbooks" / "tidewrack.ipynb", WORKBOOKS[what])
    assert prepare(search, "tidewrack") == mine
    assert mine.read_bytes() == WORKBOOKS[what]
