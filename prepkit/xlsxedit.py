"""One row of a sheet changed or added inside a workbook; every other part of the file stays byte for byte.

A library that loads and saves a workbook whole would drop pictures, charts and what formulas had come to.
"""

from __future__ import annotations

import copy
import io
import posixpath
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from prepkit.errors import Problem
from prepkit.sheets import sheet_rows
from prepkit.storyfiles import column_of

__all__ = ["CalculatedCell", "xlsx_with"]

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


class CalculatedCell(Exception):  # noqa: N818 - says what it is about
    """A cell that should be written is worked out by a formula; carries the problem for people."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem)


def xlsx_with(data: bytes, cells: Mapping[str, str], line: int = 0, after: int = 0, id_column: bool = False) -> bytes:
    """Return a workbook with one row of its stories changed or added.

    Args:
        data: The workbook; it has been read without faults.
        cells: What to write, by field. Every text is kept as a text, so that none is run as a formula.
        line: The row; 0 adds one.
        after: The row of the last story, behind which one is added; 0 for the header.
        id_column: Make a column for the id where there is none. Other columns that are missing are always made.

    Raises:
        CalculatedCell: when one of the cells holds a formula.
    """
    title, header, names = _header(data)
    columns = {name: index for index, name in reversed(list(enumerate(map(column_of, names), 1))) if name}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = _part(archive, title)
        root = _parsed(archive.read(part))
        sheet = root.find("{*}sheetData")
        rows = _numbered(sheet, lambda row: row.get("r"))
        width = max((max(_numbered(row, _column), default=0) for row in rows.values()), default=0)
        absent = [name for name, cell in cells.items() if cell and name not in columns and (name != "id" or id_column)]
        columns |= {name: width + number for number, name in enumerate(absent, 1)}
        where = line or (after or header) + 1
        for name in absent:
            _put(title, rows[header], header, columns[name], name, _style(rows[header], columns["title"]))
        if where not in rows:
            rows[where] = etree.Element(f"{{{etree.QName(root).namespace}}}row", r=str(where))
            _insert(sheet, rows[where], [row for number, row in rows.items() if number < where])
        for name, cell in cells.items():
            if name in columns and not (name == "id" and line and _has_text(rows[where], columns[name])):
                like = _style(rows[after], columns[name]) if after and not line else None
                _put(title, rows[where], where, columns[name], cell, like)
        for stale in root.findall("{*}dimension"):
            root.remove(stale)
        changed = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        return _packed(archive, {part: changed})


def _header(data: bytes) -> tuple[str, int, list[str]]:
    """Return the sheet of the stories, the row of its header, and the names there."""
    from openpyxl import load_workbook  # slow to import; other formats do without

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            line, names = next((row for row in sheet_rows(sheet, sheet) if any(row[1])), (1, []))
            if "title" in map(column_of, names):
                return sheet.title, line, [str(name) for name in names]
    raise ValueError("no sheet of stories")  # the reader has found one


def _parsed(data: bytes) -> Any:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def _part(archive: zipfile.ZipFile, title: str) -> str:
    """Return the name of the part that holds a sheet."""
    book = next(target for kind, _, target in _links(archive, "") if kind.endswith("/officeDocument"))
    sheets = _parsed(archive.read(book)).iter("{*}sheet")
    sheet = next(sheet for sheet in sheets if sheet.get("name") == title)
    link = next(value for name, value in sheet.attrib.items() if name.endswith("}id"))
    return next(target for _, name, target in _links(archive, book) if name == link)


def _links(archive: zipfile.ZipFile, part: str) -> list[tuple[str, str, str]]:
    """Return the kind, id and target of each link of a part; the empty part is the whole file."""
    folder, name = posixpath.split(part)
    links = _parsed(archive.read(posixpath.join(folder, "_rels", f"{name}.rels")))
    return [
        (link.get("Type", ""), link.get("Id", ""), posixpath.join("/", folder, link.get("Target", ""))[1:])
        for link in links.iter("{*}Relationship")
    ]


def _numbered(elements: Iterable[Any], number_of: Any) -> dict[int, Any]:
    """Return elements by their number; one that says none comes right after the one before."""
    result: dict[int, Any] = {}
    number = 0
    for element in elements:
        number = int(number_of(element) or number + 1)
        result[number] = element
    return result


def _column(cell: Any) -> int:
    """Return the number of a cell's column, 0 when it says none.

    >>> _column({"r": "AB7"})
    28
    """
    number = 0
    for letter in re.sub(r"[^A-Z]", "", cell.get("r") or ""):
        number = 26 * number + ord(letter) - 64
    return number


def _letters(column: int) -> str:
    """Return the letters of a column.

    >>> _letters(26), _letters(28)
    ('Z', 'AB')
    """
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _style(row: Any, column: int) -> str | None:
    cell = _numbered(row, _column).get(column)
    return None if cell is None else cell.get("s")


def _has_text(row: Any, column: int) -> bool:
    cell = _numbered(row, _column).get(column)
    return cell is not None and bool("".join(cell.itertext()).strip())


def _insert(parent: Any, element: Any, before: list[Any]) -> None:
    parent.insert(max((parent.index(one) for one in before), default=-1) + 1, element)


def _put(title: str, row: Any, line: int, column: int, text: str, style: str | None) -> None:
    space = f"{{{etree.QName(row).namespace}}}"
    cells = _numbered(row, _column)
    for number, cell in cells.items():  # a cell without a place would move when another comes before it
        cell.set("r", f"{_letters(number)}{line}")
    cell = cells.get(column)
    if cell is None:
        if not text:
            return
        cell = etree.Element(f"{space}c", r=f"{_letters(column)}{line}")
        if style:
            cell.set("s", style)
        _insert(row, cell, [one for number, one in cells.items() if number < column])
        row.attrib.pop("spans", None)
    if cell.find("{*}f") is not None:
        fix = "Change it in a spreadsheet program, or put a text in the place of the formula."
        raise CalculatedCell(Problem("This cell is worked out by a formula.", f"{title}!{cell.get('r')}", fix))
    for name in ("t", "cm", "vm"):
        cell.attrib.pop(name, None)
    for child in list(cell):
        cell.remove(child)
    if text:
        cell.set("t", "inlineStr")
        inside = etree.SubElement(etree.SubElement(cell, f"{space}is"), f"{space}t", {_SPACE: "preserve"})
        inside.text = text


def _packed(archive: zipfile.ZipFile, changed: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in archive.infolist():
            body = changed.get(entry.filename)
            target.writestr(copy.copy(entry), archive.read(entry) if body is None else body)
    return stream.getvalue()
