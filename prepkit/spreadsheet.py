"""One workbook for spreadsheet programs: the stories, the matrix of ratings, the questions; and ratings read back.

Every cell is text or a rating and never a formula: texts are stored as texts and marked to stay so when edited, which
needs no apostrophe, so that ``read_stories`` reads the first sheet back as it was.
"""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from prepkit.application import Application
from prepkit.archive import without_times
from prepkit.errors import InputError, Problem
from prepkit.files import check_zip, read_bytes, read_text
from prepkit.sheets import MAX_COLUMNS, Row, clean, csv_rows, is_bomb, sheet_rows
from prepkit.storyfiles import FIELDS, MAX_ROWS, good_id
from prepkit.text import spreadsheet_safe

__all__ = ["MATRIX", "coverage_csv", "prep_xlsx", "read_ratings"]

MATRIX = "matrix"
"""Name of the sheet with the ratings."""

WIDTHS = {
    "id": 18, "story": 22, "title": 34, "situation": 44, "task": 34, "action": 54, "result": 44, "competencies": 26,
    "when": 12, "where": 24, "numbers": 26, "question": 64, "kind": 14, "levels": 16, "theme": 34,
}  # fmt: skip
"""Widths of columns in letters; a rating's column has :data:`THEME_WIDTH`."""

THEME_WIDTH = 20

LONGEST_CELL = 32_767
"""Most letters that a cell of the format holds."""

_QUESTION_COLUMNS = ("id", "question", "competencies", "kind", "levels", "story", "theme")


def coverage_csv(application: Application) -> str:
    """Return the coverage matrix as CSV: story, title, then a column for each theme; ``?`` marks a suggestion."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    ratings, decided = application.coverage.ratings, application.coverage.decided
    writer.writerow(["story", "title", *(spreadsheet_safe(str(theme)) for theme in ratings.columns)])
    for story, row, settled in zip(application.stories, ratings.to_numpy(), decided.to_numpy(), strict=True):
        cells = [f"{rating}{'' if is_settled else '?'}" for rating, is_settled in zip(row, settled, strict=True)]
        writer.writerow([spreadsheet_safe(story.id), spreadsheet_safe(story.title), *cells])
    return stream.getvalue()


def prep_xlsx(application: Application) -> bytes:
    """Return a workbook with the sheets ``stories``, ``matrix`` and ``questions``.

    ``stories`` has the columns of ``stories.csv``. ``matrix`` has a row for each story and a column for each theme, as
    ``coverage.csv`` has, with the claims in its second row; ``?`` marks a rating that is only suggested. ``questions``
    has the likeliest first, with the story to tell and the theme it carries. Same application, same bytes.
    """
    from openpyxl import Workbook  # a quarter of a second to load

    book = Workbook()
    for sheet in list(book.worksheets):
        book.remove(sheet)
    _fill(book.create_sheet("stories"), FIELDS, _story_rows(application))
    themes = [str(theme) for theme in application.coverage.ratings.columns]
    _fill(book.create_sheet(MATRIX), ("story", "title", *themes), _matrix_rows(application))
    _fill(book.create_sheet("questions"), _QUESTION_COLUMNS, _question_rows(application))
    stream = io.BytesIO()
    book.save(stream)
    return without_times(stream.getvalue())


def _story_rows(application: Application) -> Iterator[list[str]]:
    for story in application.stories:
        values = (getattr(story, name) for name in FIELDS)
        yield [value if isinstance(value, str) else "; ".join(value) for value in values]


def _matrix_rows(application: Application) -> Iterator[list[str | int]]:
    yield ["", "", *(application.theme_names[theme.id] for theme in application.themes)]
    ratings, decided = application.coverage.ratings, application.coverage.decided
    for story, row, settled in zip(application.stories, ratings.to_numpy(), decided.to_numpy(), strict=True):
        cells = [int(rating) if is_settled else f"{rating}?" for rating, is_settled in zip(row, settled, strict=True)]
        yield [story.id, story.title, *cells]


def _question_rows(application: Application) -> Iterator[list[str]]:
    likely = {question.id: question for question, _ in application.likely}
    for question in (likely | {question.id: question for question in application.questions}).values():
        found = [answer for answer in application.answers(question) if answer.fits]
        story = application.stories[found[0].story].title if found else ""
        theme = application.theme_names.get(found[0].theme, "") if found else ""
        tags, levels = "; ".join(question.competencies), "; ".join(question.levels)
        yield [question.id, question.text, tags, question.kind.value, levels, story, theme]


def _fill(sheet: Any, names: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    top, middle = Alignment(vertical="top", wrap_text=True), Alignment(horizontal="center", vertical="top")
    bold, pencil = Font(bold=True), Font(italic=True, color="FF56626B")
    for line, row in enumerate((names, *rows), 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(line, column)
            is_rating = sheet.title == MATRIX and column > 2 and line > 2
            if isinstance(value, int):
                cell.value = value
            elif text := clean(value)[:LONGEST_CELL]:
                cell.value, cell.data_type = text, "s"  # never a formula, whatever it begins with
                cell.quotePrefix = True
            cell.alignment = middle if is_rating else top
            if line == 1:
                cell.font = bold
            elif is_rating and str(value).endswith("?"):
                cell.font = pencil
    for column, name in enumerate(names, 1):
        is_theme = sheet.title == MATRIX and column > 2
        sheet.column_dimensions[get_column_letter(column)].width = THEME_WIDTH if is_theme else WIDTHS.get(name, 30)
    sheet.freeze_panes = "C2" if sheet.title == MATRIX else "A2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    sheet.print_title_rows = "1:1"


def read_ratings(path: Path | str) -> dict[str, dict[str, int]]:
    """Return the ratings of a matrix that people have edited: story id to theme id to 0, 1 or 2.

    Args:
        path: A workbook as from :func:`prep_xlsx` (its sheet ``matrix``), or a ``coverage.csv``.

    Cells with a ``?`` or nothing in them are open and left out; a story without a settled rating is left out, too.
    Rows without a story id, such as the one with the claims, and a second column ``title`` are for people.

    Raises:
        InputError: with every fault, its row and its column.
    """
    path = Path(path)
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise InputError(path, "Ratings are read from .xlsx and .csv files.")
    is_sheet = path.suffix.lower() == ".xlsx"
    rows = (row for row in (_sheet(path) if is_sheet else _csv(path)) if any(row[1]))
    faults: list[Problem] = []
    header = next(rows, (1, []))
    themes = _themes(header, faults)
    result: dict[str, dict[str, int]] = {}
    for line, cells in rows if themes else ():
        where = f"row {line}"
        story = cells[0] if cells else ""
        if max(len(result), len(faults)) > MAX_ROWS:
            faults.append(Problem(f"Reading stops here; at most {MAX_ROWS:,} stories are read.", where))
            break
        torn = [cell for cell in cells if isinstance(cell, Problem)]
        faults += torn
        if not story or isinstance(story, Problem):
            continue
        if not is_sheet and len(cells) != len(header[1]):
            fix = "A text with a separator in it needs quotation marks around it."
            faults.append(Problem(f"The row has {len(cells)} fields, the header has {len(header[1])}.", where, fix))
            continue
        if not good_id(story):
            faults.append(Problem(f"“{story[:60]}” is no id of a story. {_ALLOWED}", where))
            continue
        if story in result:
            faults.append(Problem(f"The story “{story[:60]}” has a row above, too.", where, "Keep one."))
        row = result.setdefault(story, {})
        for column, theme in themes.items():
            cell = cells[column] if column < len(cells) else ""
            if isinstance(cell, str) and cell and not cell.endswith("?"):
                if cell in ("0", "1", "2"):
                    row[theme] = int(cell)
                else:
                    message = f"“{cell[:60]}” should be 0 (none), 1 (partial) or 2 (strong)."
                    fix = "A “?” behind it leaves the rating open."
                    faults.append(Problem(message, f"{where}, column {theme}", fix))
    if faults:
        raise InputError(path, faults)
    return {story: row for story, row in result.items() if row}


def _themes(header: Row, faults: list[Problem]) -> Mapping[int, str]:
    """Return the theme of each column by position; the first is the story's, a second called “title” is for people."""
    line, cells = header
    names = [cell if isinstance(cell, str) else "" for cell in cells]
    if not names or names[0].casefold() != "story":
        found = ", ".join(name[:40] for name in names if name)[:200] or "nothing"
        faults.append(Problem(f"The first column should be “story”. Found: {found}.", f"row {line}"))
        return {}
    first = 2 if names[1:2] and names[1].casefold() == "title" else 1
    themes = {column: name for column, name in enumerate(names) if column >= first and name}
    faults += (cell for cell in cells if isinstance(cell, Problem))
    if len(names) > MAX_COLUMNS:
        faults.append(Problem(f"At most {MAX_COLUMNS} columns are read.", f"row {line}"))
        return {}
    for column, name in themes.items():
        if not good_id(name):
            faults.append(Problem(f"This is no id of a theme. {_ALLOWED}", f"row {line}, column {name[:60]}"))
        if name in list(themes.values())[: list(themes).index(column)]:
            faults.append(Problem(f"This is a second column for “{name[:60]}”.", f"row {line}, column {name[:60]}"))
    if not themes:
        faults.append(Problem("There is no column for a theme.", f"row {line}"))
    return themes


_ALLOWED = "Ids are made of letters, digits, “-”, “_” and “.”, at most 80."


def _csv(path: Path) -> Iterator[Row]:
    text, _ = read_text(path)
    yield from csv_rows(text, max(",;\t", key=text.strip().partition("\n")[0].count))


def _sheet(path: Path) -> list[Row]:
    data = read_bytes(path)
    check_zip(data, path)
    fix = "Open it in a spreadsheet program and save it as .xlsx, without a password."
    try:
        if is_bomb(zipfile.ZipFile(io.BytesIO(data)), len(data)):
            raise InputError(path, Problem("The workbook holds far more than ratings.", fix="Delete the rest."))
        rows = _matrix(data)
    except InputError:
        raise
    except Exception as error:  # openpyxl and zipfile raise whatever a damaged file leads them into
        raise InputError(path, Problem("This is not an .xlsx file, or it is damaged.", fix=fix)) from error
    if rows is None:
        raise InputError(path, f"There is no sheet called “{MATRIX}” here.")
    return rows


def _matrix(data: bytes) -> list[Row] | None:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions, which hold no rating
        stored, formulas = (
            load_workbook(io.BytesIO(data), read_only=True, data_only=flag, keep_links=False) for flag in (True, False)
        )
        name = next((name for name in stored.sheetnames if name.strip().casefold() == MATRIX), None)
        return list(sheet_rows(stored[name], formulas[name])) if name else None
