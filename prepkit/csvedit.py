"""One row of a CSV changed or added in its text; every other row stays as it is written."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from prepkit.files import without_controls
from prepkit.sheets import clean
from prepkit.storyfiles import column_of, delimiter_of
from prepkit.text import spreadsheet_plain, spreadsheet_safe

__all__ = ["csv_with"]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class _Record(NamedTuple):
    line: int
    raw: str
    fields: list[str]

    @property
    def filled(self) -> bool:
        return any(clean(spreadsheet_plain(field)) for field in self.fields)

    @property
    def body(self) -> str:
        return self.raw.rstrip("\r\n")


def csv_with(text: str, cells: Mapping[str, str], line: int = 0, id_column: bool = False) -> str:
    """Return the text of a CSV with one row changed or added.

    Args:
        text: What the file says, without a byte order mark; it has been read without faults.
        cells: What to write, by field; those that look like formulas are guarded here.
        line: Line on which the row begins, counted from 1; 0 adds a row behind the last.
        id_column: Make a column for the id where there is none. Other columns that are missing are always made.
    """
    limit = csv.field_size_limit(len(text) + 1)
    try:
        return _edited(text, cells, line, id_column)
    finally:
        csv.field_size_limit(limit)


def _edited(text: str, cells: Mapping[str, str], line: int, id_column: bool) -> str:
    ends = re.findall(r"\r\n|\r|\n", text)
    end = ends[0] if ends else "\n"
    delimiter = delimiter_of(without_controls(text))
    records = list(_records(_LINE.findall(text), delimiter))
    header = next(record for record in records if record.filled)
    names = [column_of(spreadsheet_plain(name)) for name in header.fields]
    absent = [name for name, cell in cells.items() if cell and name not in names and (name != "id" or id_column)]
    width = max(len(record.fields) for record in records) if absent else len(names)
    columns = {name: index for index, name in enumerate(names) if name}
    columns |= {name: width + number for number, name in enumerate(absent)}
    inner = "\n" if "\n" in ends else end  # Excel has \n alone within cells

    def filled(tokens: list[str]) -> str:
        for name, cell in cells.items():
            # an id that stands there is the same one, perhaps in other quotes
            if name in columns and not (name == "id" and line and tokens[columns[name]].strip('" \t')):
                said = spreadsheet_safe(cell).replace("\n", inner)
                tokens[columns[name]] = _token(said, delimiter, tokens[columns[name]].startswith('"'))
        return delimiter.join(tokens)

    written, behind = [], 0
    for record in records:
        body, tokens = record.body, _tokens(record, delimiter)
        if absent and record.fields:
            tokens += [""] * (width + len(absent) - len(tokens))
            tokens[width:] = absent if record is header else tokens[width:]
            body = delimiter.join(tokens)
        if record.line == line:
            body = filled(tokens)
        written.append(body + record.raw[len(record.body) :])
        if record.filled:
            behind = len(written)
    if not line:
        blank = '""' if all(token.startswith('"') for token in _tokens(header, delimiter)) else ""
        written[behind - 1] = written[behind - 1].rstrip("\r\n") + end
        written.insert(behind, filled([blank] * (width + len(absent))) + end)
    return "".join(written)


def _records(lines: Sequence[str], delimiter: str) -> Iterator[_Record]:
    reader = csv.reader(map(without_controls, lines), delimiter=delimiter, strict=True)
    start = 0
    for fields in reader:
        yield _Record(start + 1, "".join(lines[start : reader.line_num]), fields)
        start = reader.line_num


def _tokens(record: _Record, delimiter: str) -> list[str]:
    """Return the fields of a record as they are written, quotation marks included."""
    mark = re.escape(delimiter)
    tokens = re.findall(rf'("(?:[^"]|"")*"|[^{mark}]*)(?:{mark}|\Z)', record.body)[: len(record.fields)]
    plain = map(without_controls, tokens)
    said = [token[1:-1].replace('""', '"') if token.startswith('"') else token for token in plain]
    return tokens if said == record.fields else [_token(field, delimiter, False) for field in record.fields]


def _token(text: str, delimiter: str, quoted: bool) -> str:
    quoted = quoted or any(mark in text for mark in (delimiter, '"', "\n", "\r"))
    return '"{}"'.format(text.replace('"', '""')) if quoted else text
