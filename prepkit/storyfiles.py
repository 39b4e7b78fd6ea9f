"""Stories as they stand in files: tables, YAML and JSON Résumé, each fault with its place."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import warnings
import zipfile
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from prepkit.errors import InputError, Problem, did_you_mean
from prepkit.files import read_bytes, read_text
from prepkit.sheets import MAX_COLUMNS, Cell, Row, clean, csv_rows, is_bomb, sheet_rows
from prepkit.text import slug
from prepkit.yamlfile import line_of, load_yaml

__all__ = [
    "FIELDS",
    "MAX_ROWS",
    "PARTS",
    "READERS",
    "SURROGATE",
    "Entry",
    "Found",
    "column_of",
    "csv_stories",
    "delimiter_of",
    "good_id",
]

MAX_ROWS, MAX_FIELD = 2_000, 20_000
"""Most stories of a file, and most characters of a field, that are read."""

PARTS = ("situation", "task", "action", "result")
FIELDS = ("id", "title", *PARTS, "competencies", "when", "where", "numbers")
_ALIASES = {
    "id": "storyid",
    "title": "story headline titel",
    "task": "aufgabe",
    "action": "actions handlung aktion",
    "result": "results ergebnis",
    "competencies": "competency competence competences skill skills tag tags kompetenz kompetenzen",
    "when": "date year datum jahr wann",
    "where": "place employer company organisation organization arbeitgeber firma wo",
    "numbers": "number metric metrics figure figures zahlen",
}
_COLUMNS = {name: known for known in FIELDS for name in (known, *_ALIASES.get(known, "").split())}
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
SURROGATE = re.compile(r"[\ud800-\udfff]")


class Entry(NamedTuple):
    """A story as it stands in a file, with its place and the places of its fields for people."""

    where: str
    fields: dict[str, Cell]
    places: Mapping[str, str]
    seed: bool = False

    def text(self, name: str) -> str:
        """Return a field, empty when it is absent or cannot be used."""
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else ""

    def faults(self) -> Iterator[Problem]:
        """Yield what is wrong with the fields, in their order in the file."""
        if "title" not in self.fields:
            yield Problem("The title is missing.", self.where)
        for name, value in self.fields.items():
            if isinstance(value, Problem):
                yield value
            elif name == "title" and not value:
                yield Problem("The title is missing.", self.places[name])
            elif len(value) > MAX_FIELD:
                message = f"The text has {len(value):,} characters; at most {MAX_FIELD:,} are read."
                yield Problem(message, self.places[name])
            elif name == "id" and not good_id(value):
                message = f"The id {value[:80]!r} is not allowed. Use letters, digits, “-”, “_” and “.”, at most 80."
                yield Problem(message, self.places[name])


Found = Entry | Problem | str  # what a reader comes upon, in file order: a story, a fault, a note


def good_id(id: str) -> bool:
    """Tell whether a story or a theme may be called so."""
    # not \w, which refuses the vowel signs of Indic scripts and Thai
    return len(id) <= 80 and all(c in "-_." or unicodedata.category(c)[0] in "LMN" for c in id)


def column_of(name: Cell) -> str:
    """Return the field that a column of that name holds, empty when it holds none.

    >>> column_of("Situation "), column_of("Ergebnis"), column_of("mood")
    ('situation', 'result', '')
    """
    return _COLUMNS.get(re.sub(r"[\W_]+", "", str(name).casefold()), "")


def _header(place: str, names: Sequence[Cell], columns: dict[int, str]) -> Iterator[Found]:
    """Put the field that each used column holds into `columns`, by position, and yield faults."""
    absent = set(FIELDS).difference(map(column_of, names))
    for index, name in enumerate(names):
        known, here = column_of(name), f"{place}, column {name}"
        if isinstance(name, Problem):
            yield name
        elif index == MAX_COLUMNS:
            yield Problem(f"At most {MAX_COLUMNS} columns are read.", place)
        elif known in columns.values():
            yield Problem(f"This is a second column for “{known}”.", here, "Leave only one.")
        elif known:
            columns[index] = known
        elif near := get_close_matches(name.casefold(), absent, n=1, cutoff=0.75):
            yield Problem(f"There is no such column.{did_you_mean(name.casefold(), near)}", here, "Rename it.")
            columns[index] = near[0]  # so that the faults of its cells are found in the same reading
            absent -= set(near)
    if "title" in absent and not any(isinstance(name, Problem) for name in names):
        found = ", ".join(str(name) for name in names[:MAX_COLUMNS] if name) or "none"
        yield Problem(f"No column is called “title”. Found: {found}. Allowed: {', '.join(FIELDS)}.", place)


def _table(header: Row, rows: Iterable[Row], sheet: str = "") -> Iterator[Found]:
    """Yield the stories of a table; in a sheet cells beyond the header are notes of people, in a CSV a fault."""
    cells = header[1][: MAX_COLUMNS + 1]
    names = [name if isinstance(name, Problem) else " ".join(name.split())[:60] for name in cells]
    while names and not names[-1]:
        names.pop()
    columns: dict[int, str] = {}
    yield from _header(f"{sheet}row {header[0]}", names, columns)
    nameless: set[int] = set()
    for line, row in rows if "title" in columns.values() else ():
        here = f"{sheet}row {line}"
        if not any(row):
            continue
        torn = [cell for cell in row[MAX_COLUMNS:] if isinstance(cell, Problem)]
        yield from torn
        longer = len(names) <= MAX_COLUMNS and any(row[len(names) :])  # of a header too wide that is told already
        if not sheet and not torn and (longer or len(row) < len(names)):
            fix = "A text with a separator, quotation mark or line end in it needs quotation marks around it."
            yield Problem(f"The row has {len(row)} fields, the header has {len(names)}.", here, fix)
        elif any(row[:MAX_COLUMNS]):
            places = {known: f"{here}, column {names[index]}" for index, known in columns.items()}
            yield Entry(here, {known: row[index] for index, known in columns.items()}, places)
        read = enumerate(row[:MAX_COLUMNS])
        nameless |= {index for index, cell in read if cell and not any(names[index : index + 1])}
    unused = [str(name) for index, name in enumerate(names) if name and index not in columns]
    unused += [f"number {index + 1}, which has no name" for index in sorted(nameless)]
    yield f"columns not used: {', '.join(unused)}" if unused else ""


def _read_csv(path: Path) -> Iterator[Found]:
    text, note = read_text(path)
    yield note
    yield from csv_stories(text)


def csv_stories(text: str) -> Iterator[Found]:
    """Yield what a CSV holds, in file order."""
    delimiter = delimiter_of(text)
    yield f"fields separated by {_DELIMITERS[delimiter]}" if delimiter != "," else ""
    records = csv_rows(text, delimiter)
    yield from _table(_first(records), records)


def delimiter_of(text: str) -> str:
    """Return the character that separates the fields of a CSV: the one by which most columns of its header are known.

    >>> delimiter_of("id;title, really\\n")
    ';'
    """
    known = {}
    for delimiter in _DELIMITERS:
        header = next(csv_rows(text.lstrip(), delimiter), (1, []))[1]
        known[delimiter] = sum(bool(column_of(name)) for name in header[:MAX_COLUMNS])
    return max(known, key=lambda delimiter: known[delimiter])


def _first(rows: Iterator[Row]) -> Row:
    return next((row for row in rows if any(row[1])), (1, []))


def _read_xlsx(path: Path) -> Iterator[Found]:
    data = read_bytes(path)
    fix = "Open it in a spreadsheet program and save it as .xlsx, without a password."
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(path, Problem("The file is locked with a password, or is an old .xls.", fix=fix))
    try:
        if is_bomb(zipfile.ZipFile(io.BytesIO(data)), len(data)):
            yield Problem("The workbook holds far more than stories.", fix="Copy the stories into a new workbook.")
        else:
            yield from _workbook(data)
    except Exception as error:  # openpyxl and zipfile raise whatever a damaged file leads them into
        raise InputError(path, Problem("This is not an .xlsx file, or it is damaged.", fix=fix)) from error


def _workbook(data: bytes) -> Iterator[Found]:
    from openpyxl import load_workbook  # slow to import; other formats do without

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions, which hold no story
        # Only two views together tell a formula that was never calculated from an empty cell.
        stored, formulas = (
            load_workbook(io.BytesIO(data), read_only=True, data_only=flag, keep_links=False) for flag in (True, False)
        )
        unread: list[str] = []
        chosen = False
        for sheet in stored.worksheets:
            rows = sheet_rows(sheet, formulas[sheet.title])
            header = (1, []) if chosen else _first(rows)
            if "title" in map(column_of, header[1]):
                chosen = True
                yield from _table(header, rows, f"sheet {sheet.title}, ")
            else:
                unread.append(sheet.title)
    if not chosen:
        yield Problem(f"No sheet begins with a row that has a column “title”. Sheets: {', '.join(unread)}.")
    yield f"sheets not read: {', '.join(unread)}" if unread else ""


def _read_yaml(path: Path) -> Iterator[Found]:
    data = load_yaml(path)
    for key in data:
        if key not in ("format", "stories"):
            message = f"There is no entry “{key}” here.{did_you_mean(key, ['format', 'stories'])}"
            yield Problem(message, line_of(data, key), "Allowed: format, stories.")
    stories = data.get("stories", [])
    if not isinstance(stories, list):
        yield Problem("“stories” should be a list.", line_of(data, "stories"), "Begin each story with “- title: ”.")
        return
    for index, entry in enumerate(stories):
        if isinstance(entry, dict):
            yield _yaml_story(entry, line_of(stories, index))
        else:
            yield Problem("A story should be names with values, such as “title: …”.", line_of(stories, index))


def _yaml_story(entry: dict[str, Any], where: str) -> Entry:
    fields: dict[str, Cell] = {}
    places = {key: line_of(entry, key) for key in entry}
    for key, value in entry.items():
        values = value if isinstance(value, list) and key in ("competencies", "numbers") else [value]
        if key not in FIELDS:
            message = f"A story has no “{key}”.{did_you_mean(key, FIELDS)}"
            fields[key] = Problem(message, places[key], f"Allowed: {', '.join(FIELDS)}.")
        elif all(isinstance(item, str) for item in values):
            fields[key] = clean("\n".join(values))
        else:
            fields[key] = Problem(f"“{key}” should be a text{' or a list of texts' * (values is value)}.", places[key])
    return Entry(where, fields, places)


def _read_resume(path: Path) -> Iterator[Found]:
    """Yield each highlight of work, volunteer and projects as the seed of a story."""
    text, note = read_text(path)
    yield note
    twice: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(name for name in dict.fromkeys(names) if names.count(name) > 1)
        return dict(pairs)

    try:
        data = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(path, Problem(f"This is not JSON: {error.msg}.", place)) from error
    except (RecursionError, ValueError) as error:
        raise InputError(path, "The values are nested too deep, or a number has too many digits.") from error
    if not isinstance(data, dict):
        raise InputError(path, "The file should be a JSON Résumé: an object with “work”, “volunteer” or “projects”.")
    for name in dict.fromkeys(twice):
        yield Problem(f"“{name[:60]}” is given more than once, of which only the last would be read.", fix="Keep one.")
    numbers: Counter[str] = Counter()
    for section in (name for name in data if name in ("work", "volunteer", "projects")):
        for place, entry in (yield from _items(data[section], section, dict)):
            yield from _highlights(place, entry, numbers)
    yield "highlights of a résumé are titles only; situation, task, action and result are still to be told"


def _items(value: Any, place: str, kind: type) -> Generator[Problem, None, list[tuple[str, Any]]]:
    """Return places and values of the items of a list that are of the right kind; null is an empty list."""
    if value is not None and not isinstance(value, list):
        yield Problem("This should be a list.", place)
        return []
    items = [(f"{place}/{index}", item) for index, item in enumerate(value or ())]
    for where, item in items:
        if not isinstance(item, kind):
            yield Problem(f"This should be {'a text' if kind is str else 'an object'}.", where)
        elif isinstance(item, str) and SURROGATE.search(item):
            yield Problem("The text has half of a character pair in it.", where)
    return [(where, item) for where, item in items if isinstance(item, kind)]


def _highlights(place: str, entry: dict[str, Any], numbers: Counter[str]) -> Iterator[Found]:
    facts = {}
    for key in ("name", "organization", "company", "startDate", "endDate"):  # "company" is the older form
        value = entry.get(key)
        if not isinstance(value, str | None) or SURROGATE.search(value or ""):
            yield Problem("This should be a text.", f"{place}/{key}")
        facts[key] = clean(value) if isinstance(value, str) else ""
    where = facts["name"] or facts["organization"] or facts["company"]
    begin, end = facts["startDate"], facts["endDate"]
    when = f"{begin} to {end}" if begin and end else f"since {begin}" if begin else end and f"until {end}"
    name = slug(where) or place.partition("/")[0]
    listed = yield from _items(entry.get("highlights"), f"{place}/highlights", str)
    highlights = [(source, title) for source, title in listed if title.strip()]
    for source, title in highlights:
        numbers[name] += 1
        fields: dict[str, Cell] = {"id": f"{name}-{numbers[name]}", "title": clean(title)}
        fields |= {"where": where, "when": when}
        yield Entry(source, fields, dict.fromkeys(fields, source), seed=True)
    yield f"{place} has no highlights" if not highlights else ""


READERS = {".csv": _read_csv, ".xlsx": _read_xlsx, ".yaml": _read_yaml, ".yml": _read_yaml, ".json": _read_resume}
