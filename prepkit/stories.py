"""The story inventory of one candidate: what somebody really did, as situation, task, action and result.

Read from a table (``.csv``, ``.xlsx``), from ``.yaml``, or begun from the highlights of a JSON Résumé
(jsonresume.org). Every fault of a file is reported at once, with its row. Text stays text: ``NA``, ``007``
and ``$100k to $120k`` mean what they say, and nothing is added to what the candidate wrote.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
import warnings
import zipfile
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from difflib import get_close_matches
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from prepkit.competencies import normal_tag
from prepkit.errors import InputError, Problem, did_you_mean
from prepkit.files import MAX_TEXT_BYTES, read_bytes, read_text, write_atomic
from prepkit.text import slug
from prepkit.yamlfile import line_of, load_yaml

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Story", "StoryInventory", "read_stories", "write_stories_csv"]

MAX_ROWS, MAX_COLUMNS, MAX_FIELD = 2_000, 60, 20_000
"""Most stories and columns of a file, and most characters of a field, that are read."""

MAX_CELLS, MAX_LINES = 500_000, 1_048_576
"""Most cells of a sheet that are looked at, empty ones too, and its last line; the format allows no more lines."""

MAX_UNZIPPED, MAX_RATIO, MAX_PARTS, MAX_TAGS = 60_000_000, 200, 2_000, 500_000
"""Most bytes of a workbook when unpacked, in all and to each packed byte, most parts, and most XML tags in them."""

PARTS = ("situation", "task", "action", "result")
_FIELDS = ("id", "title", *PARTS, "competencies", "when", "where", "numbers")
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
_COLUMNS = {name: known for known in _FIELDS for name in (known, *_ALIASES.get(known, "").split())}
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")  # what a spreadsheet would run (OWASP ASVS 1.2.10), marked or not
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NUMBER_WORD = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"|(hundred|thousand|million|billion|dozen)s?|(two|three|four|five|ten)fold|twice|half"
    r"|(halv|doubl|tripl|trebl|quadrupl)(e|es|ed|ing))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Story:
    """Something the candidate really did; what is not known yet is an empty text.

    Texts are tidied when a story is made: stripped, line ends as ``\\n``, no control characters. Two stories
    are equal when they tell the same; `source` and `seed` say where they came from and do not count.

    Attributes:
        id: Its name in ratings; letters of any script, digits, ``-``, ``_``, ``.``; 1 to 80 characters.
        title: What it is called, one line, never empty in an inventory.
        situation: Where things stood.
        task: What was to be done.
        action: What the candidate did.
        result: What came of it.
        competencies: Tags, each through :func:`prepkit.competencies.normal_tag`, without repeats.
        when: Date or time as the candidate wrote it.
        where: Employer or place.
        numbers: Measured figures, as written.
        source: Place in the file for people, such as ``row 4`` or ``sheet Stories, row 3``.
        seed: True for a highlight taken from a résumé, of which only the title is known.

    >>> story = Story("ward", "Calmer nights", task="Fewer alarms", result="Alarms were halved.")
    >>> story.missing, story.has_measure, story.gaps[0]
    (('situation', 'action'), True, 'The situation is missing.')
    """

    id: str
    title: str
    situation: str = ""
    task: str = ""
    action: str = ""
    result: str = ""
    competencies: tuple[str, ...] = ()
    when: str = ""
    where: str = ""
    numbers: tuple[str, ...] = ()
    source: str = field(default="", compare=False)
    seed: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        """Tidy the texts, and split tags and numbers where one text holds several."""
        for name in PARTS:
            object.__setattr__(self, name, _clean(getattr(self, name)))
        for name in ("id", "title", "when", "where"):
            object.__setattr__(self, name, re.sub(r"\s*\n\s*", " ", _clean(getattr(self, name))))
        tags = [normal_tag(tag) for tag in _split("[;,\n]", self.competencies)]
        object.__setattr__(self, "competencies", tuple(dict.fromkeys(filter(None, tags))))
        object.__setattr__(self, "numbers", tuple(_split("[;\n]", self.numbers)))

    @property
    def missing(self) -> tuple[str, ...]:
        """Names among situation, task, action and result that are blank, in this order."""
        return tuple(name for name in PARTS if not getattr(self, name))

    @property
    def complete(self) -> bool:
        """Whether situation, task, action and result are all told."""
        return not self.missing

    @property
    def has_measure(self) -> bool:
        """Whether `numbers` is given or the result holds a digit or an English number word."""
        return bool(self.numbers or re.search(r"\d", self.result) or _NUMBER_WORD.search(self.result))

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is still to be told, as sentences; a result that is missing is not called unmeasured too."""
        unmeasured = self.result and not self.has_measure
        return (
            *(f"The {name} is missing." for name in self.missing),
            *(["No measurable result."] if unmeasured else []),
        )

    @property
    def text(self) -> str:
        """Title, situation, task, action, result and numbers, one under the other, for matching."""
        return "\n".join(filter(None, (self.title, *(getattr(self, name) for name in PARTS), *self.numbers)))


@dataclass(frozen=True, slots=True, repr=False)
class StoryInventory:
    """All stories of one candidate, in file order; iterates over stories, looks up by id.

    Attributes:
        stories: At least one; ids differ.
        path: The file they were read from.
        notes: What was assumed while reading, as phrases for people; empty for a plain file.
    """

    stories: tuple[Story, ...]
    path: Path
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Story]:
        """Yield the stories in file order."""
        return iter(self.stories)

    def __len__(self) -> int:
        """Return the number of stories, at least 1."""
        return len(self.stories)

    def __getitem__(self, id: str) -> Story:
        """Return the story with that id, or raise a KeyError that names the nearest id."""
        for story in self.stories:
            if story.id == id:
                return story
        raise KeyError(f"There is no story {id!r}.{did_you_mean(str(id), self.ids)}")

    def __repr__(self) -> str:
        """Return counts, never contents: it ends up in logs."""
        complete, measured = sum(s.complete for s in self), sum(s.has_measure for s in self)
        return f"<StoryInventory: {len(self)} stories, {complete} complete, {measured} with a measure>"

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the stories, in file order."""
        return tuple(story.id for story in self.stories)

    def frame(self) -> DataFrame:
        """Return one row for each story, in file order, index ``story`` (the id).

        Columns: ``title`` str; ``missing`` str, names of blank parts joined by ``, ``; ``measurable`` bool;
        ``competencies`` str, tags joined by ``, ``; ``when`` str; ``where`` str. Nothing is NaN.
        """
        from pandas import DataFrame, Index  # slow to import; reading stories does without

        columns = {
            "title": [story.title for story in self],
            "missing": [", ".join(story.missing) for story in self],
            "measurable": [story.has_measure for story in self],
            "competencies": [", ".join(story.competencies) for story in self],
            "when": [story.when for story in self],
            "where": [story.where for story in self],
        }
        return DataFrame(columns, index=Index(self.ids, name="story"))


def read_stories(path: Path | str) -> StoryInventory:
    """Read the stories of one candidate from ``.csv``, ``.xlsx``, ``.yaml``, ``.yml`` or JSON Résumé ``.json``.

    Raises:
        InputError: with every fault of the file, in file order; also when it holds no story.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        fix = "Save it as .xlsx." if path.suffix.lower() == ".xls" else ""
        raise InputError(path, Problem(f"Stories are read from {', '.join(_READERS)} files.", fix=fix))
    return _inventory(path, _collect(reader(path)))


def write_stories_csv(path: Path | str, stories: Iterable[Story]) -> None:
    """Write the canonical CSV, whole or not at all; reading it back gives equal stories.

    UTF-8 with a byte order mark, by which spreadsheet programs know it. A cell that such a program would run
    as a formula gets a leading ``'``, which reading takes away.

    Raises:
        InputError: when reading would refuse the file, or it cannot be written; the old file is intact.
    """
    path, stream = Path(path), io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_FIELDS)
    for story in stories:
        values = (getattr(story, name) for name in _FIELDS)
        cells = (value if isinstance(value, str) else "; ".join(value) for value in values)
        writer.writerow("'" + cell if _FORMULA.match(cell) else cell for cell in cells)
    text = stream.getvalue()
    if _SURROGATE.search(text):
        raise InputError(path, "A story has half of a character pair in it.")
    data = text.encode("utf-8-sig")
    if len(data) > MAX_TEXT_BYTES:
        raise InputError(path, f"The stories take {len(data):,} bytes; at most {MAX_TEXT_BYTES:,} are read.")
    _inventory(path, _collect(_csv(text)))  # nothing is written that could not be read again
    write_atomic(path, data)


_Cell = str | Problem  # a text, or why it cannot be used; it matters only in a column that is used
_Row = tuple[int, list[_Cell]]  # its line, counted from 1, and its cells


class _Entry(NamedTuple):
    """A story as it stands in a file, with its place and the places of its fields for people."""

    where: str
    fields: dict[str, _Cell]
    places: Mapping[str, str]
    seed: bool = False

    def text(self, name: str) -> str:
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else ""

    def faults(self) -> Iterator[Problem]:
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
            elif name == "id" and not _good_id(value):
                message = f"The id {value[:80]!r} is not allowed. Use letters, digits, “-”, “_” and “.”, at most 80."
                yield Problem(message, self.places[name])


_Found = _Entry | Problem | str  # what a reader comes upon, in file order: a story, a fault, a note


def _collect(reader: Iterable[_Found]) -> list[_Found]:
    found: list[_Found] = []
    stories = 0
    for item in reader:
        found.append(item)
        stories += isinstance(item, _Entry)
        if stories > MAX_ROWS or len(found) > 3 * MAX_ROWS:  # faults are held too, but not without end
            where = item if isinstance(item, str) else item.where
            return [*found, Problem(f"Reading stops here; at most {MAX_ROWS:,} stories are read.", where)]
    return found


def _inventory(path: Path, found: list[_Found]) -> StoryInventory:
    entries = [item for item in found if isinstance(item, _Entry)]
    places: dict[str, list[str]] = {}
    for entry in entries:
        places.setdefault(entry.text("id"), []).append(entry.where)
    unnamed = len(places.pop("", ()))
    faults: list[Problem] = []
    for item in found:
        if isinstance(item, Problem):
            faults.append(item)
        elif isinstance(item, _Entry):
            faults += item.faults()
            first, *others = places.pop(item.text("id"), [""])
            if others:
                message = f"The id {item.fields['id']!r} stands here and in {'; '.join(others)}."
                faults.append(Problem(message, first, "Give each story its own."))
    if faults:
        raise InputError(path, faults)
    if not entries:
        fix = "Add one; a title is enough to begin."
        if path.suffix.lower() == ".json":
            fix = "Give an entry of “work”, “volunteer” or “projects” a list of “highlights”."
        raise InputError(path, Problem("There are no stories yet.", fix=fix))
    notes = [item for item in found if isinstance(item, str) and item]
    if unnamed:
        have = "1 story has" if unnamed == 1 else f"{unnamed} stories have"
        notes.append(f"{have} no id; one was made from the title. Give ids so that ratings stay with a story")
    return StoryInventory(tuple(_stories(entries)), path, tuple(notes))


def _stories(entries: list[_Entry]) -> Iterator[Story]:
    taken = {entry.text("id") for entry in entries}
    for entry in entries:
        if not (id := entry.text("id")):
            name = id = slug(entry.text("title")) or "story"
            for number in count(2):
                if id not in taken:
                    break
                id = f"{name}-{number}"
            taken.add(id)
        texts = {name: entry.text(name) for name in ("title", *PARTS, "when", "where")}
        tags, numbers = (entry.text("competencies"),), (entry.text("numbers"),)
        yield Story(id, **texts, competencies=tags, numbers=numbers, source=entry.where, seed=entry.seed)


def _good_id(id: str) -> bool:
    # not \w, which refuses the vowel signs of Indic scripts and Thai
    return len(id) <= 80 and all(c in "-_." or unicodedata.category(c)[0] in "LMN" for c in id)


def _clean(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _split(separators: str, texts: Iterable[str]) -> list[str]:
    parts = (" ".join(part.split()) for text in texts for part in re.split(separators, _clean(text)))
    return [part for part in parts if part]


def _known(name: _Cell) -> str:
    return _COLUMNS.get(re.sub(r"[\W_]+", "", str(name).casefold()), "")


def _header(place: str, names: Sequence[_Cell], columns: dict[int, str]) -> Iterator[_Found]:
    """Put the field that each used column holds into `columns`, by position, and yield faults."""
    absent = set(_FIELDS).difference(map(_known, names))
    for index, name in enumerate(names):
        known, here = _known(name), f"{place}, column {name}"
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
        yield Problem(f"No column is called “title”. Found: {found}. Allowed: {', '.join(_FIELDS)}.", place)


def _table(header: _Row, rows: Iterable[_Row], sheet: str = "") -> Iterator[_Found]:
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
        yield from (cell for cell in row[MAX_COLUMNS:] if isinstance(cell, Problem))
        if not sheet and len(row) <= MAX_COLUMNS and (len(row) < len(names) or any(row[len(names) :])):
            fix = "A text with a separator, quotation mark or line end in it needs quotation marks around it."
            yield Problem(f"The row has {len(row)} fields, the header has {len(names)}.", here, fix)
        elif any(row[:MAX_COLUMNS]):
            places = {known: f"{here}, column {names[index]}" for index, known in columns.items()}
            yield _Entry(here, {known: row[index] for index, known in columns.items()}, places)
        nameless |= {index for index, cell in enumerate(row) if cell and not any(names[index : index + 1])}
    unused = [str(name) for index, name in enumerate(names) if name and index not in columns]
    unused += [f"number {index + 1}, which has no name" for index in sorted(nameless)]
    yield f"columns not used: {', '.join(unused)}" if unused else ""


def _read_csv(path: Path) -> Iterator[_Found]:
    text, note = read_text(path)
    yield note
    yield from _csv(text)


def _csv(text: str) -> Iterator[_Found]:
    limit = csv.field_size_limit(len(text) + 1)  # the limit of this module names the column, that of csv does not
    try:
        known = {}
        for delimiter in _DELIMITERS:
            header = next(csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter), [])
            known[delimiter] = sum(bool(_known(name)) for name in header)
        delimiter = max(known, key=lambda delimiter: known[delimiter])
        yield f"fields separated by {_DELIMITERS[delimiter]}" if delimiter != "," else ""
        records = _csv_rows(text, delimiter)
        yield from _table(_first(records), records)
    finally:
        csv.field_size_limit(limit)


def _first(rows: Iterator[_Row]) -> _Row:
    return next((row for row in rows if any(row[1])), (1, []))


def _last(line: int, cells: list[_Cell], fault: Problem) -> _Row:
    """Return a row that ends the reading: the fault stands behind all columns that may be used."""
    return line, [*cells, *[""] * (MAX_COLUMNS - len(cells)), fault]


def _csv_rows(text: str, delimiter: str) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # from here on nobody can tell where a row begins
            message, fix = "Text stands after a closing quotation mark.", 'Inside a quoted text, write "" for ".'
            if "end of data" in str(error):
                message, fix = "A quotation mark is opened here and never closed.", ""
            yield _last(line, [], Problem(message, f"row {line}", fix))
            return
        yield line, [_clean(field[1:] if field[:1] == "'" and _FORMULA.match(field) else field) for field in fields]


def _read_xlsx(path: Path) -> Iterator[_Found]:
    data = read_bytes(path)
    fix = "Open it in a spreadsheet program and save it as .xlsx, without a password."
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(path, Problem("The file is locked with a password, or is an old .xls.", fix=fix))
    try:
        if _is_bomb(zipfile.ZipFile(io.BytesIO(data)), len(data)):
            yield Problem("The workbook holds far more than stories.", fix="Copy the stories into a new workbook.")
        else:
            yield from _workbook(data)
    except Exception as error:  # openpyxl and zipfile raise whatever a damaged file leads them into
        raise InputError(path, Problem("This is not an .xlsx file, or it is damaged.", fix=fix)) from error


def _is_bomb(archive: zipfile.ZipFile, packed: int) -> bool:
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)  # no more than this is unpacked, true or not
    if len(parts) > MAX_PARTS or size > min(MAX_UNZIPPED, MAX_RATIO * packed):
        return True
    return sum(archive.read(part).count(b"<") for part in parts) > MAX_TAGS  # a tag takes 600 bytes once parsed


def _workbook(data: bytes) -> Iterator[_Found]:
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
            rows = _sheet_rows(sheet, formulas[sheet.title])
            header = (1, []) if chosen else _first(rows)
            if "title" in map(_known, header[1]):
                chosen = True
                yield from _table(header, rows, f"sheet {sheet.title}, ")
            else:
                unread.append(sheet.title)
    if not chosen:
        yield Problem(f"No sheet begins with a row that has a column “title”. Sheets: {', '.join(unread)}.")
    yield f"sheets not read: {', '.join(unread)}" if unread else ""


def _sheet_rows(sheet: Any, formulas: Any) -> Iterator[_Row]:
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
            yield _last(line, cells, Problem(message, where, "Delete what does not belong to the stories."))
            return
        yield line, cells + [""] * (MAX_COLUMNS - len(cells)) if row else []


def _cell_text(sheet: str, cell: Any, formula: Any) -> _Cell:
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
    return "" if value is None else _clean(str(value).replace("_x000D_", ""))  # a time in its ISO form too


def _read_yaml(path: Path) -> Iterator[_Found]:
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


def _yaml_story(entry: dict[str, Any], where: str) -> _Entry:
    fields: dict[str, _Cell] = {}
    places = {key: line_of(entry, key) for key in entry}
    for key, value in entry.items():
        values = value if isinstance(value, list) and key in ("competencies", "numbers") else [value]
        if key not in _FIELDS:
            message = f"A story has no “{key}”.{did_you_mean(key, _FIELDS)}"
            fields[key] = Problem(message, places[key], f"Allowed: {', '.join(_FIELDS)}.")
        elif all(isinstance(item, str) for item in values):
            fields[key] = _clean("\n".join(values))
        else:
            fields[key] = Problem(f"“{key}” should be a text{' or a list of texts' * (values is value)}.", places[key])
    return _Entry(where, fields, places)


def _read_resume(path: Path) -> Iterator[_Found]:
    """Yield each highlight of work, volunteer and projects as the seed of a story."""
    text, note = read_text(path)
    yield note
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(path, Problem(f"This is not JSON: {error.msg}.", place)) from error
    except (RecursionError, ValueError) as error:
        raise InputError(path, "The values are nested too deep, or a number has too many digits.") from error
    if not isinstance(data, dict):
        raise InputError(path, "The file should be a JSON Résumé: an object with “work”, “volunteer” or “projects”.")
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
        elif isinstance(item, str) and _SURROGATE.search(item):
            yield Problem("The text has half of a character pair in it.", where)
    return [(where, item) for where, item in items if isinstance(item, kind)]


def _highlights(place: str, entry: dict[str, Any], numbers: Counter[str]) -> Iterator[_Found]:
    facts = {}
    for key in ("name", "organization", "company", "startDate", "endDate"):  # "company" is the older form
        value = entry.get(key)
        if not isinstance(value, str | None) or _SURROGATE.search(value or ""):
            yield Problem("This should be a text.", f"{place}/{key}")
        facts[key] = _clean(value) if isinstance(value, str) else ""
    where = facts["name"] or facts["organization"] or facts["company"]
    begin, end = facts["startDate"], facts["endDate"]
    when = f"{begin} to {end}" if begin and end else f"since {begin}" if begin else end and f"until {end}"
    name = slug(where) or place.partition("/")[0]
    listed = yield from _items(entry.get("highlights"), f"{place}/highlights", str)
    highlights = [(source, title) for source, title in listed if title.strip()]
    for source, title in highlights:
        numbers[name] += 1
        fields: dict[str, _Cell] = {"id": f"{name}-{numbers[name]}", "title": _clean(title)}
        fields |= {"where": where, "when": when}
        yield _Entry(source, fields, dict.fromkeys(fields, source), seed=True)
    yield f"{place} has no highlights" if not highlights else ""


_READERS = {".csv": _read_csv, ".xlsx": _read_xlsx, ".yaml": _read_yaml, ".yml": _read_yaml, ".json": _read_resume}
