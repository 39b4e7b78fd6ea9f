"""Cells of spreadsheets that nobody vouches for, as text, under limits; knows nothing of stories."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from prepkit.errors import Problem
from prepkit.text import spreadsheet_plain

__all__ = ["MAX_COLUMNS", "Cell", "Row", "clean", "csv_rows", "is_bomb", "last_row", "sheet_rows"]

MAX_COLUMNS = 60
"""Most columns of a table that are read."""

MAX_CELLS, MAX_LINES = 500_000, 1_048_576
"""Most cells of a sheet that are looked at, empty ones too, and its last line; the format allows no more lines."""

MAX_UNZIPPED, MAX_RATIO, MAX_PARTS, MAX_TAGS = 60_000_000, 200, 2_000, 300_000
"""Most bytes of a workbook when unpacked, in all and to each packed byte, most parts, and most XML tags in them."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")  # no XML takes the last two

Cell = str | Problem  # a text, or why it cannot be used; it matters only in a column that is used
Row = tuple[int, list[Cell]]  # its line, counted from 1, and its cells


def clean(text: str) -> str:
    """Return text without control characters, line ends as ``\\n``, stripped."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def last_row(line: int, cells: list[Cell], fault: Problem) -> Row:
    """Return a row that ends the reading: the fault stands behind all columns that may be used."""
    return line, [*cells, *[""] * (MAX_COLUMNS - len(cells)), fault]


def csv_rows(text: str, delimiter: str) -> Iterator[Row]:
    """Yield the rows of a CSV that are not blank; where a quotation mark is torn, a last row with that fault.

    Cells behind MAX_COLUMNS are told apart only as blank or not.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        while True:
            line = reader.line_num + 1
            usual = csv.field_size_limit(len(text) + 1)  # the limit of prepkit names the column, that of csv does not
            try:
                fields = next(reader)
            finally:
                csv.field_size_limit(usual)
            if any(fields):
                cells: list[Cell] = [clean(spreadsheet_plain(field)) for field in fields[:MAX_COLUMNS]]
                yield line, cells + [field.strip() for field in fields[MAX_COLUMNS:]]
    except StopIteration:
        return
    except csv.Error as error:  # from here on nobody can tell where a row begins
        message, fix = "Text stands after a closing quotation mark.", 'Inside a quoted text, write "" for ".'
        if "end of data" in str(error):
            message, fix = "A quotation mark is opened here and never closed.", ""
        yield last_row(line, [], Problem(message, f"row {line}", fix))


def is_bomb(archive: zipfile.ZipFile, packed: int) -> bool:
    """Tell whether a workbook of `packed` bytes would unfold into far more than a table of texts."""
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)  # no more than this is unpacked, true or not
    if len(parts) > MAX_PARTS or size > min(MAX_UNZIPPED, MAX_RATIO * packed):
        return True
    return sum(archive.read(part).count(b"<") for part in parts) > MAX_TAGS  # a tag takes 600 bytes once parsed


def sheet_rows(sheet: Any, formulas: Any) -> Iterator[Row]:
    """Yield the rows, filled up to MAX_COLUMNS cells; a sheet too large ends in a row with a fault behind them."""
    seen = 0
    for view in (sheet, formulas):
        view.reset_dimensions()  # what a file says of its own size may be wrong
    for line, (row, plain) in enumerate(zip(sheet.iter_rows(), formulas.iter_rows(), strict=True), start=1):
        seen += len(row)
        cells = [_cell_text(sheet.title, *pair) for pair in zip(row[:MAX_COLUMNS], plain, strict=False)]
        beyond = next((cell.coordinate for cell in row[MAX_COLUMNS:] if cell.value is not None), "")
        if beyond or seen > MAX_CELLS or line > MAX_LINES:
            message = f"At most {MAX_COLUMNS} columns and {MAX_CELLS:,} cells are read."
            where = f"{sheet.title}!{beyond or line}"
            yield last_row(line, cells, Problem(message, where, "Delete what does not belong to the stories."))
            return
        yield line, cells + [""] * (MAX_COLUMNS - len(cells)) if row else []


def _cell_text(sheet: str, cell: Any, formula: Any) -> Cell:
    value = cell.value
    if formula.data_type == "f" and value is None and cell.data_type != "str":  # "str": calculated, an empty text
        message = "This is a formula without a stored value."
        return Problem(message, f"{sheet}!{cell.coordinate}", "Open and save the file in a spreadsheet program.")
    if cell.data_type == "e":
        return Problem(f"The cell shows the error {value}.", f"{sheet}!{cell.coordinate}")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, int | float):  # 15 digits are what a spreadsheet keeps and shows
        return f"{value * 100:.15g}%" if "%" in cell.number_format else f"{value:.15g}"
    return "" if value is None else clean(str(value).replace("_x000D_", ""))  # a time in its ISO form too
