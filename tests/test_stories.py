"""The story inventory: what is read, what is refused and where, and what survives writing."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prepkit.errors import InputError, NewerFormatError
from prepkit.stories import Story, StoryInventory, read_stories, write_stories_csv

DATA = Path(__file__).parent / "data" / "stories"
HEADER = "id,title,situation,task,action,result,competencies,when,where,numbers"


def read(folder: Path, content: str | bytes, suffix: str = ".csv") -> StoryInventory:
    path = folder / f"stories{suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_stories(path)


def faults(folder: Path, content: str | bytes, suffix: str = ".csv") -> list[str]:
    with pytest.raises(InputError) as caught:
        read(folder, content, suffix)
    return [str(problem) for problem in caught.value.problems]


def book(**sheets: list[list[object]]) -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return workbook


def saved(workbook: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def with_sheet(xml: str, laughs: bool = False) -> bytes:
    """Return a workbook whose only sheet has this XML between its sheetData tags, and maybe a bomb of entities."""
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    if laughs:
        names = "abcdefghij"
        more = (f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise(names))
        head = f'<!DOCTYPE x [<!ENTITY a "ha">{"".join(more)}]>{head}'
        xml = xml.replace("title", "&j;")
    source, stream = zipfile.ZipFile(io.BytesIO(saved(book(Stories=[["title"]])))), io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = f"{head}{xml}</sheetData></worksheet>" if name.endswith("sheet1.xml") else source.read(name)
            target.writestr(name, body)
    return stream.getvalue()


NOISE = os.urandom(20_000).hex()  # keeps what is packed with it from looking like a bomb by its ratio
TITLE_ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>title</t></is></c></row>'


# --- a story


def test_story_names_what_is_missing() -> None:
    """A story says which of its parts are blank, as names and as sentences."""
    story = Story("a", "A", situation="x", action=" \n ")
    assert story.missing == ("task", "action", "result")
    assert story.gaps == ("The task is missing.", "The action is missing.", "The result is missing.")
    assert not story.complete


def test_complete_story_without_figure_has_one_gap() -> None:
    """A result without a figure is told apart from a missing one."""
    story = Story("a", "A", "s", "t", "a", "Everybody was happier.")
    assert (story.complete, story.has_measure, story.gaps) == (True, False, ("No measurable result.",))


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ("Costs fell by 12 %", True),
        ("Revenue DOUBLED", True),
        ("Twenty-five wards took it over", True),
        ("hundreds of letters", True),
        ("٣ wards", True),
        ("One of them agreed on behalf of often tense tenants", False),
        ("", False),
    ],
    ids=["digit", "doubled", "hyphen", "plural", "arabic-digit", "no-figure", "blank"],
)
def test_measure_is_seen_in_result(result: str, expected: bool) -> None:
    """Digits and number words count as a measure, the word “one” and parts of words do not."""
    assert Story("a", "A", result=result).has_measure is expected


def test_numbers_are_a_measure() -> None:
    """Figures of their own column count though the result has none."""
    assert Story("a", "A", result="Better", numbers=("40 to 3",)).has_measure


def test_story_tidies_its_texts() -> None:
    """Tags take their shipped ids without repeats, figures split at semicolons, control characters go."""
    tags = ("Leading People", "leading-people", "Bee keeping; ")
    story = Story("a", "A\n  B", action=" x\r\ny\x07\r", competencies=tags, numbers=("1,000; 2", " "))
    assert story.competencies == ("leading-people", "bee-keeping")
    assert (story.title, story.action, story.numbers) == ("A B", "x\ny", ("1,000", "2"))


def test_text_for_matching_has_all_parts() -> None:
    """The text for matching has the title, the four parts and the numbers."""
    story = Story("id", "T", "S", "K", "A", "R", ("tag",), "2020", "Acme", ("5",))
    assert story.text == "T\nS\nK\nA\nR\n5"


# --- an inventory


def test_inventory_is_a_lookup(tmp_path: Path) -> None:
    """An inventory counts, iterates, and finds stories by id."""
    inventory = read(tmp_path, "id,title\nbees,Bees\nrota,Rota\n")
    assert (len(inventory), inventory.ids, [s.title for s in inventory]) == (2, ("bees", "rota"), ["Bees", "Rota"])
    assert inventory["rota"].title == "Rota"
    with pytest.raises(KeyError, match="Did you mean 'bees'"):
        inventory["bee"]


def test_repr_shows_no_contents(tmp_path: Path) -> None:
    """The repr of an inventory has counts and nothing that the candidate wrote."""
    inventory = read(tmp_path, "title,situation,task,action,result\nSecret,a,b,c,5\nHidden,,,,\n")
    assert repr(inventory) == "<StoryInventory: 2 stories, 1 complete, 1 with a measure>"


def test_frame_has_documented_shape(tmp_path: Path) -> None:
    """The frame has one row for each story, texts and one column of bool, never NaN."""
    frame = read(tmp_path, "title,result,tags,when\nBees,5 hives,Bee keeping;Leading people,\nNA,,,2020\n").frame()
    assert (frame.index.name, list(frame.index)) == ("story", ["bees", "na"])
    assert list(frame.columns) == ["title", "missing", "measurable", "competencies", "when", "where"]
    assert frame["measurable"].dtype == bool
    assert frame.loc["bees"].tolist() == [
        "Bees", "situation, task, action", True, "bee-keeping, leading-people", "", "",
    ]  # fmt: skip
    assert all(isinstance(value, str) for column in frame.drop(columns="measurable") for value in frame[column])


def test_import_is_light() -> None:
    """Importing the module loads neither pandas nor openpyxl."""
    code = "import prepkit.stories, sys; print({'pandas', 'openpyxl'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


# --- CSV

ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "utf-16-le", "utf-16-be"]
NEWLINES = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("newline", NEWLINES)
@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_same_stories_from_any_spreadsheet(tmp_path: Path, encoding: str, newline: str, delimiter: str) -> None:
    """Five encodings, three line ends and three delimiters give equal stories, and a note when not the usual."""
    plain = DATA / "stories.csv"
    stream = io.StringIO()
    with plain.open(encoding="utf-8", newline="") as source:
        csv.writer(stream, delimiter=DELIMITERS[delimiter], lineterminator="\n").writerows(csv.reader(source))
    text = stream.getvalue().replace("\n", NEWLINES[newline])
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    inventory = read(tmp_path, (mark + text).encode(encoding))
    assert inventory.stories == read_stories(plain).stories
    assert [story.source for story in inventory] == ["row 2", "row 4"]
    assert any("separated by" in note for note in inventory.notes) == (delimiter != "comma")
    assert any("read as" in note for note in inventory.notes) == (not encoding.startswith("utf-8"))


def test_text_stays_text() -> None:
    """Nothing that looks like a number, a blank, a price or a formula is changed."""
    story = read_stories(DATA / "stories.csv")["007"]
    assert (story.title, story.situation, story.task) == ("NA", "None", "null")
    assert (story.action, story.result) == ('- led a "team"', "+49 221 and $100k to $120k, nan")
    assert (story.when, story.where, story.numbers) == ("1.10", '=HYPERLINK("x")', ("€ 5", "12 %"))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("'=1", "=1"), ("'-x", "-x"), ("''@x", "'@x"), ("'til dawn", "'til dawn"), ("'", "'"), ("=1", "=1")],
)
def test_marked_formula_loses_its_mark(tmp_path: Path, cell: str, expected: str) -> None:
    """A leading apostrophe goes only where it keeps a spreadsheet from running the cell."""
    assert read(tmp_path, f"title\n{cell}\n").stories[0].title == expected


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Story ID", "id"), ("HEADLINE", "title"), ("Titel", "title"), ("Aufgabe", "task"), ("Handlung", "action"),
        ("Aktion", "action"), ("Ergebnis", "result"), ("Skills", "competencies"), ("Kompetenzen", "competencies"),
        ("Year", "when"), ("Wann", "when"), ("Company", "where"), ("Wo", "where"), ("metrics", "numbers"),
        ("Zahlen", "numbers"),
    ],
)  # fmt: skip
def test_header_has_other_names(tmp_path: Path, header: str, field: str) -> None:
    """Common English and German column names mean the same field, whatever their case and spaces."""
    content = f"{header}\nx1\n" if field == "title" else f"title, {header} \nT,x1\n"
    value = getattr(read(tmp_path, content).stories[0], field)
    assert value == (("x1",) if field in ("competencies", "numbers") else "x1")


def test_blank_rows_and_trailing_separators_are_fine(tmp_path: Path) -> None:
    """Blank rows, blank lines before the header and empty extra fields are no faults."""
    inventory = read(tmp_path, "\n,,\ntitle,result,,\nBees,5,,,,\n\n,,,\nRota,6\n")
    assert [(story.id, story.source) for story in inventory] == [("bees", "row 4"), ("rota", "row 7")]
    assert read(tmp_path, " \ntitle;result\nBees;5\n").stories[0].result == "5"


def test_unused_columns_are_noted(tmp_path: Path) -> None:
    """A column that is nobody's is left out and named, one without a name by its number."""
    assert read(tmp_path, "id,title,Mood,\na,A,good,\n").notes == ("columns not used: Mood",)
    assert read(tmp_path, "id,title,,when\na,A,x,\n").notes == ("columns not used: number 3, which has no name",)


def test_missing_ids_are_made_and_noted(tmp_path: Path) -> None:
    """Ids are made from titles, never one that is given, and a note says why to give them."""
    inventory = read(tmp_path, "id,title\n,Bees\n,Bees!\nbees-2,Other\n,???\n ,Bees\n")
    assert inventory.ids == ("bees", "bees-3", "bees-2", "story", "bees-4")
    assert inventory.notes[0].startswith("4 stories have no id;")


@pytest.mark.parametrize("id", ["Bees_1.2-x", "工程师", "कहानी", "Ü" * 80])
def test_given_ids_are_kept(tmp_path: Path, id: str) -> None:
    """An id in letters of any script stays as it is."""
    assert read(tmp_path, f"id,title\n {id} ,A\n").ids == (id,)


CSV_FAULTS = {
    "extra-field": ("title,result\nA,b\nA,b,c\n", ["row 3: The row has 3 fields, the header has 2."]),
    "missing-field": ("title,result\nA\n", ["row 2: The row has 1 fields, the header has 2."]),
    "after-quoted-newline": ('title,result\n"A\nB",c\nA\n', ["row 4: The row has 1 fields, the header has 2."]),
    "no-title": ("title,result\nA,b\n ,c\n", ["row 3, column title: The title is missing."]),
    "bad-id": ("id,title\na b,A\n", ["row 2, column id: The id 'a b' is not allowed."]),
    "long-id": (f"id,title\n{'x' * 81},A\n", ["row 2, column id: The id 'xxx"]),
    "repeated-id": (
        "id,title\na,A\nb,B\na,C\na,D\nb,E\n",
        ["row 2: The id 'a' stands here and in row 4; row 5.", "row 3: The id 'b' stands here and in row 6."],
    ),
    "open-quote": ('title,result\nA,b\nB,"c\nd\n', ["row 3: A quotation mark is opened here and never closed."]),
    "stray-quote": ('title,result\nA,b\n"B"x,c\n', ["row 3: Text stands after a closing quotation mark."]),
    "open-quote-in-header": ('"title,result\nA,b\n', ["row 1: A quotation mark is opened here and never closed."]),
    "misspelt": (
        "title,sitaution\nA,b\n",
        ["row 1, column sitaution: There is no such column. Did you mean 'situation'?"],
    ),
    "misspelt-title": (
        "tittle,result\nA\n",
        ["row 1, column tittle: There is no such column. Did you mean 'title'?", "row 2: The row has 1 fields"],
    ),
    "column-twice": ("Title,Story\nA,b\n", ["row 1, column Story: This is a second column for “title”."]),
    "no-title-column": (
        "name,mood\nA,b\n",
        ["row 1: No column is called “title”. Found: name, mood. Allowed: id, title, situation,"],
    ),
    "blank-header": (",,,\n", ["row 1: No column is called “title”. Found: none."]),
    "only-header": ("title\n\n", ["There are no stories yet. Add one"]),
    "long-field": (f"title,result\nA,{'x' * 200_000}\n", ["row 2, column result: The text has 200,000 characters"]),
    "many-columns": (f"title{',c' * 60}\nA{',c' * 60}\n", ["row 1: At most 60 columns are read."]),
    "late-column": (f"title{',c' * 66},task\nA{',c' * 63}\n", ["row 1: At most 60 columns are read."]),
    "many-rows": ("title\n" + "A\n" * 2_001, ["row 2002: Reading stops here; at most 2,000 stories are read."]),
    "nul": ("title\nA\0\n", ["The file is not text"]),
    "empty": ("", ["The file is empty."]),
}  # fmt: skip


@pytest.mark.parametrize("case", CSV_FAULTS)
def test_csv_fault_has_its_place(tmp_path: Path, case: str) -> None:
    """Each fault of a CSV is one sentence with its row, counted in lines of the file, and its column."""
    content, expected = CSV_FAULTS[case]
    found = faults(tmp_path, content)
    assert len(found) == len(expected)
    for message, start in zip(found, expected, strict=True):
        assert message.startswith(start)


def test_limits_are_reached_without_fault(tmp_path: Path) -> None:
    """Exactly 2,000 stories, 60 columns and 20,000 characters are read."""
    assert len(read(tmp_path, "title\n" + "A\n" * 2_000)) == 2_000
    assert len(read(tmp_path, f"title{',c' * 59}\nA{',c' * 59}\n")) == 1
    assert len(read(tmp_path, f"title,result\nA,{'x' * 20_000}\n").stories[0].result) == 20_000


def test_all_faults_come_at_once_in_file_order(tmp_path: Path) -> None:
    """One error has every fault of the file, in the order of its rows."""
    found = faults(tmp_path, 'id,title,resutl\na,A,b\na b,,c\nx\na,A,b\nb,"B\n')
    places = [message.split(":")[0] for message in found]
    assert places == ["row 1, column resutl", "row 2", "row 3, column id", "row 3, column title", "row 4", "row 6"]


def test_reading_leaves_csv_limit_alone(tmp_path: Path) -> None:
    """The field limit of the csv module, which all of a program share, is as before."""
    before = csv.field_size_limit()
    faults(tmp_path, f"title\n{'x' * 200_000}\n")
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("name", "hint"), [("a.xls", "Save it as .xlsx."), ("a.ods", ".csv, .xlsx, .yaml, .yml, .json"), ("a", ".csv")]
)
def test_other_file_types_are_refused(tmp_path: Path, name: str, hint: str) -> None:
    """An unknown type is refused with the types that are read."""
    with pytest.raises(InputError) as caught:
        read_stories(str(tmp_path / name))
    assert hint in str(caught.value)


# --- XLSX


def test_xlsx_equals_csv(tmp_path: Path) -> None:
    """The same table as a workbook gives equal stories, with the sheet and row of each."""
    with (DATA / "stories.csv").open(encoding="utf-8", newline="") as source:
        rows = [[cell.removeprefix("'") for cell in row] for row in csv.reader(source)]
    workbook = book(**{"My stories": rows})
    for row in workbook.active.iter_rows():
        for cell in row:
            cell.data_type = "s"  # a text that begins with “=” would become a formula
    inventory = read(tmp_path, saved(workbook), ".xlsx")
    assert inventory.stories == read_stories(DATA / "stories.csv").stories
    assert [story.source for story in inventory] == ["sheet My stories, row 2", "sheet My stories, row 3"]
    assert inventory.notes == ()


def test_xlsx_values_become_text(tmp_path: Path) -> None:
    """Dates become ISO text, whole floats lose their point, booleans and percentages look as in the sheet."""
    values = [date(2024, 3, 1), datetime(2024, 3, 1, 9, 30), 7.0, 0.1 + 0.2, True, 0.35, "a_x000D_\nb\x09c"]
    workbook = book(S=[["title", "when"], *([f"T{n}", value] for n, value in enumerate(values))])
    workbook["S"]["B7"].number_format = "0%"
    found = [story.when for story in read(tmp_path, saved(workbook), ".xlsx")]
    assert found == ["2024-03-01", "2024-03-01 09:30", "7", "0.3", "TRUE", "35%", "a b\tc"]


def test_xlsx_uses_the_sheet_with_titles(tmp_path: Path) -> None:
    """The first sheet whose first row with text has a title is read; the others are noted."""
    rows = [[], [], ["Title", None, "Mood"], ["A", "aside", None, "beyond"]]
    workbook = book(Notes=[["x"] * 80], Stories=rows, More=[["title"], ["B"]])
    inventory = read(tmp_path, saved(workbook), ".xlsx")
    assert [(story.title, story.source) for story in inventory] == [("A", "sheet Stories, row 4")]
    assert inventory.notes[0] == "columns not used: Mood, number 2, which has no name, number 4, which has no name"
    assert inventory.notes[1] == "sheets not read: Notes, More"


def test_xlsx_without_titles_is_refused(tmp_path: Path) -> None:
    """A workbook without a title column is refused with the names of its sheets."""
    found = faults(tmp_path, saved(book(One=[["x"]], Two=[])), ".xlsx")
    assert found == ["No sheet begins with a row that has a column “title”. Sheets: One, Two."]


def formula(stored: str, kind: str = "") -> bytes:
    cells = f'<c r="A2" t="inlineStr"><is><t>T</t></is></c><c r="B2"{kind}><f>1+1</f>{stored}</c>'
    header = TITLE_ROW.replace("</row>", '<c r="B1" t="inlineStr"><is><t>result</t></is></c></row>')
    return with_sheet(f'{header}<row r="2">{cells}</row>')


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (formula("<v>2.0</v>"), "2"),
        (formula("<v>0.30000000000000004</v>"), "0.3"),
        (formula("<v></v>", ' t="str"'), ""),
        (formula("<v>so</v>", ' t="str"'), "so"),
    ],
    ids=["whole", "digits", "empty-text", "text"],
)
def test_xlsx_formula_gives_its_stored_value(tmp_path: Path, content: bytes, expected: str) -> None:
    """A formula that was calculated counts as its value, be it an empty text."""
    assert read(tmp_path, content, ".xlsx").stories[0].result == expected


def test_xlsx_formula_without_value_is_a_fault(tmp_path: Path) -> None:
    """A formula that was never calculated is refused by its cell, unless nobody uses its column."""
    found = faults(tmp_path, saved(book(S=[["title", "result"], ["A", "=1+1"], ["=2", "x"]])), ".xlsx")
    assert [message.split(".")[0] for message in found] == [
        "S!B2: This is a formula without a stored value",
        "S!A3: This is a formula without a stored value",
    ]
    assert len(read(tmp_path, saved(book(S=[["title", "score"], ["A", "=1+1"]])), ".xlsx")) == 1


def test_xlsx_error_value_is_a_fault(tmp_path: Path) -> None:
    """An error shown in a cell is not taken for a text."""
    found = faults(tmp_path, formula("<v>#REF!</v>", ' t="e"'), ".xlsx")
    assert found == ["S!B2: The cell shows the error #REF!.".replace("S!", "Stories!")]


XLSX_FAULTS = {
    "no-title": (saved(book(S=[["title", "when"], ["A", 1], [None, 2]])), "sheet S, row 3, column title: The title is"),
    "repeated-id": (saved(book(S=[["id", "title"], [7, "A"], ["7", "B"]])), "sheet S, row 2: The id '7' stands"),
    "not-a-zip": (b"title,result\nA,b\n", "This is not an .xlsx file, or it is damaged."),
    "encrypted": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "The file is locked with a password"),
    "torn": (saved(book(S=[["title"], ["A"]]))[:-200], "This is not an .xlsx file, or it is damaged."),
    "long-field": (saved(book(S=[["title"], ["x" * 20_001]])), "sheet S, row 2, column title: The text has 20,001"),
    "wide": (saved(book(S=[["title"], ["A", *[None] * 59, "x"]])), "S!BI2: At most 60 columns"),
    "many-rows": (saved(book(S=[["title"], *[["A"]] * 2_001])), "sheet S, row 2002: Reading stops here"),
    "many-tags": (with_sheet(f"{TITLE_ROW}{'<row/>' * 500_000}<!--{NOISE}-->"), "The workbook holds far more"),
}  # fmt: skip


@pytest.mark.parametrize("case", XLSX_FAULTS)
def test_xlsx_fault_has_its_place(tmp_path: Path, case: str) -> None:
    """A workbook that cannot be used is refused in one sentence with its sheet and row."""
    content, expected = XLSX_FAULTS[case]
    (found,) = faults(tmp_path, content, ".xlsx")
    assert found.startswith(expected)


def archive(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return stream.getvalue()


def sparse() -> bytes:
    workbook = book(S=[["title"], ["A"]])
    workbook["S"].cell(1_048_576, 16_384).value = "x"
    return saved(workbook)


BOMBS = {
    "sparse": (sparse, "S!XFD1048576: At most 60 columns"),
    "beyond-the-last-row": (
        lambda: with_sheet(TITLE_ROW + '<row r="2000000000"><c><v>1</v></c></row>'),
        "Stories!1048577: At most 60 columns",
    ),
    "wide-empty-rows": (
        lambda: with_sheet(TITLE_ROW + "".join(f'<row r="{n}"><c r="ZZZ{n}"/></row>' for n in range(2, 90_000))),
        "Stories!29: At most 60 columns and 500,000 cells",
    ),
    "row-of-cells": (
        lambda: with_sheet(f'{TITLE_ROW}<row r="2">{"<c/>" * 290_000}</row><!--{NOISE}-->'),
        "There are no stories yet.",
    ),
    "billion-laughs": (lambda: with_sheet(TITLE_ROW, laughs=True), "This is not an .xlsx file, or it is damaged."),
    "unzipped-size": (
        lambda: archive(noise=os.urandom(500_000), zeros=bytes(59_600_000)),
        "The workbook holds far more than stories.",
    ),
    "ratio": (lambda: archive(zeros=bytes(5_000_000)), "The workbook holds far more"),
    "parts": (
        lambda: archive(**{f"p{number}": b"" for number in range(2_001)}),
        "The workbook holds far more than stories.",
    ),
}


@pytest.mark.parametrize("case", BOMBS)
def test_xlsx_bomb_is_refused_in_time(tmp_path: Path, case: str) -> None:
    """A small file that unfolds into a huge one is refused in 10 seconds with 1 GB of address space."""
    make, expected = BOMBS[case]
    path = tmp_path / "stories.xlsx"
    path.write_bytes(make())
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9))\n"
        "from prepkit.stories import *; from prepkit.errors import InputError\n"
        "try: read_stories(sys.argv[1])\n"
        "except InputError as error: print(error)"
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # else numpy alone takes the address space
    run = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60, env=environment, check=True
    )
    assert expected in run.stdout
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert now.ru_utime - used.ru_utime + now.ru_stime - used.ru_stime < 10  # whatever else the machine does


# --- YAML


def test_yaml_is_read_as_text_with_lines() -> None:
    """YAML keeps “no” and “012” as text, takes lists or separated text, and knows the line of each story."""
    night, bees = read_stories(DATA / "stories.yaml")
    assert (night.situation, night.when, night.result, night.source) == ("no", "012", "", "line 3")
    assert night.action == "Asked each nurse.\nDrew a new plan."
    assert night.competencies == bees.competencies == ("leading-people", "bee-keeping")
    assert (night.numbers, bees.id, bees.source) == (("40 to 3", "1,000"), "bees", "line 13")


YAML_FAULTS = {
    "unknown-key": ("stories:\n  - title: A\n    resutl: b\n", "line 3: A story has no “resutl”. Did you mean 'result"),
    "unknown-top": ("stoires: []\nstories:\n  - title: A\n", "line 1: There is no entry “stoires” here. Did you mean"),
    "list-as-text": ("stories:\n  - title: A\n    result: [b]\n", "line 3: “result” should be a text."),
    "map-in-list": ("stories:\n  - title: A\n    numbers: [{a: b}]\n", "line 3: “numbers” should be a text or a list"),
    "map-as-tags": ("stories:\n  - title: A\n    competencies: {a: b}\n", "line 3: “competencies” should be a text"),
    "not-a-list": ("format: 1\nstories: Bees\n", "line 2: “stories” should be a list."),
    "not-a-mapping": ("stories:\n  - title: A\n  - Bees\n", "line 3: A story should be names with values"),
    "no-title": ("stories:\n  - id: a\n", "line 2: The title is missing."),
    "blank-title": ("stories:\n  - id: a\n    title:\n", "line 3: The title is missing."),
    "bad-id": ("stories:\n  - title: A\n    id: a b\n", "line 3: The id 'a b' is not allowed."),
    "repeated-id": ("stories:\n  - {id: a, title: A}\n  - {id: a, title: B}\n", "line 2: The id 'a' stands here and"),
    "long": (f"stories:\n  - title: A\n    task: {'x' * 20_001}\n", "line 3: The text has 20,001 characters"),
    "no-stories": ("stories: []\n", "There are no stories yet."),
    "repeated-key": ("stories:\n  - title: A\n    title: B\n", "line 3, column 5:"),
}  # fmt: skip


@pytest.mark.parametrize("case", YAML_FAULTS)
def test_yaml_fault_has_its_line(tmp_path: Path, case: str) -> None:
    """Each fault of a YAML file names its line."""
    content, expected = YAML_FAULTS[case]
    (found,) = faults(tmp_path, content, ".yaml")
    assert found.startswith(expected)


def test_yaml_faults_come_at_once(tmp_path: Path) -> None:
    """All faults of a YAML file come in file order."""
    found = faults(tmp_path, "x: y\nstories:\n  - id: a b\n    foo: c\n  - Bees\n  - title: [B]\n", ".yml")
    assert [message.split(":")[0] for message in found] == ["line 1", "line 3", "line 3", "line 4", "line 5", "line 6"]


def test_newer_yaml_is_refused(tmp_path: Path) -> None:
    """A file of a newer format is refused as such."""
    with pytest.raises(NewerFormatError):
        read(tmp_path, "format: 2\nstories:\n  - title: A\n", ".yaml")


# --- JSON Résumé


def test_resume_gives_seeds_and_nothing_else() -> None:
    """Each highlight becomes a title with its place and dates; the rest stays blank, in file order."""
    inventory = read_stories(DATA / "resume.json")
    assert inventory.ids == ("hive-1", "kolner-klinik-1", "kolner-klinik-2", "red-cross-1")
    assert [story.when for story in inventory] == ["until 2019", "2020-01 to 2022-06", "since 2024-01", ""]
    story = inventory["kolner-klinik-1"]
    assert story == Story("kolner-klinik-1", "Cut no-shows by 12 %", when="2020-01 to 2022-06", where="Kölner Klinik")
    assert (story.source, story.seed) == ("work/0/highlights/0", True)
    assert all(len(story.missing) == 4 and story.seed for story in inventory)
    assert inventory.notes[0] == "work/1 has no highlights"


def resume(**sections: object) -> str:
    return json.dumps({"work": [{"name": "Acme", "highlights": ["Led"]}], **sections})


JSON_FAULTS = {
    "number": (resume(projects=[{"highlights": ["a", 5]}]), "projects/0/highlights/1: This should be a text."),
    "text": (resume(projects=[{"highlights": "a"}]), "projects/0/highlights: This should be a list."),
    "entry": (resume(volunteer=["a"]), "volunteer/0: This should be an object."),
    "section": (resume(volunteer={}), "volunteer: This should be a list."),
    "name": (resume(projects=[{"name": 5, "highlights": ["a"]}]), "projects/0/name: This should be a text."),
    "surrogate": (resume(projects=[{"highlights": ["\ud800"]}]), "projects/0/highlights/0: The text has half of a"),
    "surrogate-name": (resume(projects=[{"name": "\ud800", "highlights": ["a"]}]), "projects/0/name: This should be"),
    "long": (resume(projects=[{"highlights": ["x" * 20_001]}]), "projects/0/highlights/0: The text has 20,001"),
    "no-highlights": ('{"work": [{"name": "Acme"}], "volunteer": null}', "There are no stories yet. Give an entry of"),
    "no-sections": ('{"basics": {}}', "There are no stories yet. Give an entry of “work”"),
    "list": ("[]", "The file should be a JSON Résumé"),
    "not-json": ('{"work":\n [}', "line 2, column 3: This is not JSON: Expecting value."),
    "deep": ("[" * 100_000, "The values are nested too deep"),
    "digits": ('{"work": ' + "1" * 5_000 + "}", "The values are nested too deep, or a number has too many digits."),
}


@pytest.mark.parametrize("case", JSON_FAULTS)
def test_json_fault_has_its_place(tmp_path: Path, case: str) -> None:
    """Each fault of a résumé names its path in the file."""
    content, expected = JSON_FAULTS[case]
    (found,) = faults(tmp_path, content, ".json")
    assert found.startswith(expected)


# --- writing, and anything at all

TEXTS = st.text(max_size=30) | st.sampled_from(["=1+1", "'=x", "''-", "\t@", "'\r+", 'a "b", c;\nd', "NA", "007"])
IDS = st.from_regex(r"[-_.A-Za-z0-9ü工]{1,80}", fullmatch=True)
STORIES = st.builds(
    Story, IDS, TEXTS.filter(lambda text: Story("a", text).title), TEXTS, TEXTS, TEXTS, TEXTS,
    st.lists(TEXTS, max_size=3).map(tuple), TEXTS, TEXTS, st.lists(TEXTS, max_size=3).map(tuple),
)  # fmt: skip


def test_written_file_is_canonical(tmp_path: Path) -> None:
    """The bytes are those of the documented format: byte order mark, all columns, marked formulas, lists by “; ”."""
    story = Story("a", "=A", "x\ny", competencies=("b", "c"), numbers=("1,5", "2"))
    write_stories_csv(tmp_path / "stories.csv", [story])
    expected = f'\ufeff{HEADER}\na,\'=A,"x\ny",,,,b; c,,,"1,5; 2"\n'
    assert (tmp_path / "stories.csv").read_bytes() == expected.encode()


@given(st.lists(STORIES, min_size=1, max_size=5, unique_by=lambda story: story.id))
@settings(max_examples=300, deadline=None)
def test_written_stories_are_read_back_equal(stories: list[Story]) -> None:
    """Any stories survive being written and read, and no cell of the file runs in a spreadsheet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stories.csv"
        write_stories_csv(path, stories)
        inventory = read_stories(path)
        text = path.read_bytes().decode("utf-8-sig")
    assert inventory.stories == tuple(stories)
    assert inventory.notes == ()
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert text.startswith(HEADER + "\n")


@pytest.mark.parametrize(
    "stories",
    [
        [],
        [Story("a", "A"), Story("a", "B")],
        [Story("a b", "A")],
        [Story("a", " ")],
        [Story("a", "x" * 20_001)],
        [Story("a", "\ud800")],
        [Story(f"a{number}", "A", *["ü" * 20_000] * 4) for number in range(40)],
    ],
    ids=["none", "repeated-id", "bad-id", "no-title", "long", "surrogate", "large"],
)
def test_what_could_not_be_read_is_not_written(tmp_path: Path, stories: list[Story]) -> None:
    """Stories that reading would refuse are refused in writing, and the old file stays."""
    path = tmp_path / "stories.csv"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(InputError):
        write_stories_csv(path, stories)
    assert path.read_text(encoding="utf-8") == "old"


SUFFIXES = [".csv", ".xlsx", ".yaml", ".yml", ".json"]
SEEDS = [*(path.read_bytes() for path in sorted(DATA.iterdir())), saved(book(S=[["title"], ["A"]]))]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A file that was good until some of its bytes were replaced, lost or doubled."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 40))] = draw(st.binary(max_size=8))
    return bytes(data)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(st.binary(max_size=200) | damaged())
@example(b"title\n\xff\xfe\x81")
@example(b'{"work": [{"highlights": [[]]}]}')
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(suffix: str, content: bytes) -> None:
    """Whatever a file holds, it is read, or refused with sentences."""
    with tempfile.TemporaryDirectory() as folder:
        problems, ids = [], ()
        try:
            ids = read(Path(folder), content, suffix).ids
        except InputError as error:
            problems = [problem.message for problem in error.problems]
    assert bool(problems) != bool(ids)
    assert all(message.endswith((".", "?")) for message in problems)
    assert len(set(ids)) == len(ids)
