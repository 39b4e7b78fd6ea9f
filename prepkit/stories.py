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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prepkit.competencies import normal_tag
from prepkit.errors import InputError, Problem, did_you_mean
from prepkit.files import MAX_TEXT_BYTES, decode, read_bytes, read_text, write_atomic
from prepkit.text import slug, words
from prepkit.yamlfile import line_of, load_yaml

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Story", "StoryInventory", "read_stories", "write_stories_csv"]

MAX_ROWS, MAX_COLUMNS, MAX_FIELD = 2_000, 60, 20_000
"""Most stories and columns of a file, and most characters of a field, that are read."""

MAX_CELLS, MAX_UNZIPPED, MAX_RATIO, MAX_MEMBERS = 500_000, 60_000_000, 200, 2_000
"""Most cells of a sheet, and of a workbook its unpacked bytes, bytes to a packed byte, and parts."""

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
_NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred hundreds thousand thousands million millions billion billions dozen dozens half halved halving twice "
    "doubled doubling tripled tripling trebled quadrupled twofold threefold fourfold fivefold tenfold".split()
)

_Cell = str | Problem  # a cell that cannot be used matters only in a column that is used
_Row = tuple[int, list[_Cell]]  # its line, counted from 1, and its cells
_Place = tuple[int, str]  # a line to sort by, and the place for people


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
        return bool(self.numbers or re.search(r"\d", self.result) or _NUMBER_WORDS.intersection(words(self.result)))

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
        return iter(self.stories)

    def __len__(self) -> int:
        return len(self.stories)

    def __getitem__(self, id: str) -> Story:
        for story in self.stories:
            if story.id == id:
                return story
        raise KeyError(f"There is no story {id!r}.{did_you_mean(str(id), self.ids)}")

    def __repr__(self) -> str:
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
    draft = _Draft(path)
    reader(draft)
    return draft.inventory()


def write_stories_csv(path: Path, stories: Iterable[Story]) -> None:
    """Write the canonical CSV, whole or not at all; reading it back gives equal stories.

    UTF-8 with a byte order mark, by which spreadsheet programs know it. A cell that such a program would run
    as a formula gets a leading ``'``, which reading takes away.

    Raises:
        InputError: when reading would refuse the file (no story, a repeated or bad id, no title, a text too
            long), or when it cannot be written; the old file is intact.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_FIELDS)
    for story in stories:
        values = (getattr(story, name) for name in _FIELDS)
        cells = (value if isinstance(value, str) else "; ".join(value) for value in values)
        writer.writerow("'" + cell if _FORMULA.match(cell) else cell for cell in cells)
    if _SURROGATE.search(stream.getvalue()):
        raise InputError(path, "A story has half of a character pair in it.")
    data = stream.getvalue().encode("utf-8-sig")
    if len(data) > MAX_TEXT_BYTES:
        raise InputError(path, f"The stories take {len(data):,} bytes; at most {MAX_TEXT_BYTES:,} are read.")
    draft = _Draft(path)
    _read_csv(draft, data)
    draft.inventory()
    write_atomic(path, data)


class _Draft:
    """What a reader has found so far; turned into an inventory, or into one error with all faults."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        self.entries: list[tuple[dict[str, str], _Place, bool]] = []
        self.faults: list[tuple[int, Problem]] = []

    def note(self, text: str) -> None:
        if text:
            self.notes.append(text)

    def fault(self, place: _Place, message: str, fix: str = "") -> None:
        self.faults.append((place[0], Problem(message, place[1], fix)))

    def add(self, fields: Mapping[str, str], places: Mapping[str, _Place], seed: bool = False) -> None:
        """Take one story; `places` has the place of each field, and that of the story under ``""``."""
        fields = {name: _clean(value) for name, value in fields.items()}
        here = places[""]
        for name, value in fields.items():
            if len(value) > MAX_FIELD:
                self.fault(places[name], f"The text has {len(value):,} characters; at most {MAX_FIELD:,} are read.")
        if not fields.get("title"):
            self.fault(places.get("title", here), "The title is missing.")
        if (id := fields.get("id", "")) and not _good_id(id):
            allowed = "letters, digits, “-”, “_” and “.”, at most 80"
            self.fault(places["id"], f"The id {id[:80]!r} is not allowed; it may have {allowed}.")
        if len(self.entries) == MAX_ROWS:
            self.fault(here, f"This is one story too many; at most {MAX_ROWS:,} are read.")
        self.entries.append((fields, here, seed))

    def inventory(self) -> StoryInventory:
        where_used: dict[str, list[_Place]] = {}
        for fields, place, _ in self.entries:
            if id := fields.get("id"):
                where_used.setdefault(id, []).append(place)
        for id, (first, *others) in where_used.items():
            if others:
                again = "; ".join(where for _, where in others)
                self.fault(first, f"The id {id!r} stands here and in {again}; each story needs its own.")
        if self.faults:
            raise InputError(self.path, [problem for _, problem in sorted(self.faults, key=lambda fault: fault[0])])
        if not self.entries:
            raise InputError(
                self.path, Problem("There are no stories yet.", fix="Add one; a title is enough to begin.")
            )
        return StoryInventory(tuple(self._stories(set(where_used))), self.path, tuple(self.notes))

    def _stories(self, taken: set[str]) -> Iterator[Story]:
        unnamed = 0
        for fields, (_, where), seed in self.entries:
            id = fields.get("id", "")
            if not id:
                unnamed += 1
                id = _free_id(slug(fields["title"]) or "story", taken)
                taken.add(id)
            texts = {name: value for name, value in fields.items() if name not in ("id", "competencies", "numbers")}
            lists = {name: (fields.get(name, ""),) for name in ("competencies", "numbers")}
            yield Story(id=id, **texts, **lists, source=where, seed=seed)  # type: ignore[arg-type]
        if unnamed:
            have = "1 story has" if unnamed == 1 else f"{unnamed} stories have"
            self.note(f"{have} no id; one was made from the title. Give ids so that ratings stay with a story")


def _clean(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _split(separators: str, texts: Iterable[str]) -> list[str]:
    parts = (" ".join(part.split()) for text in texts for part in re.split(separators, _clean(text)))
    return [part for part in parts if part]


def _good_id(id: str) -> bool:
    # \w would refuse the vowel signs of Indic scripts and Thai, which are marks
    return len(id) <= 80 and all(c in "-_." or unicodedata.category(c)[0] in "LMN" for c in id)


def _free_id(name: str, taken: set[str]) -> str:
    number, id = 1, name
    while id in taken:
        number += 1
        id = f"{name}-{number}"
    return id


def _known(name: _Cell) -> str:
    return "" if isinstance(name, Problem) else _COLUMNS.get(re.sub(r"[\W_]+", "", name.casefold()), "")


def _header(draft: _Draft, line: int, sheet: str, names: Sequence[_Cell]) -> dict[int, str]:
    """Return which field each used column holds, by its position; what is wrong goes to the draft."""
    columns: dict[int, str] = {}
    absent = set(_FIELDS).difference(map(_known, names))
    for index, name in enumerate(names):
        place = (line, f"{sheet}row {line}, column {name}")
        if isinstance(name, Problem):
            draft.faults.append((line, name))
        elif index == MAX_COLUMNS:
            draft.fault((line, f"{sheet}row {line}"), f"At most {MAX_COLUMNS} columns are read.")
        elif (known := _known(name)) in columns.values():
            draft.fault(place, f"This is a second column for “{known}”.", "Leave only one.")
        elif known:
            columns[index] = known
        elif near := get_close_matches(name.casefold(), absent, n=1, cutoff=0.75):
            draft.fault(place, f"There is no such column.{did_you_mean(name.casefold(), near)}", "Rename it.")
            absent -= set(near)
    if "title" in absent:
        found = ", ".join(str(name) for name in names[:MAX_COLUMNS] if name)
        message = f"No column is called “title”. Found: {found}. Allowed: {', '.join(_FIELDS)}."
        draft.fault((line, f"{sheet}row {line}"), message)
    return columns


def _read_grid(draft: _Draft, header: _Row, rows: Iterable[_Row], sheet: str = "", exact: bool = False) -> None:
    """Take the rows of a table; with `exact`, each must have as many fields as the header."""
    names = [name if isinstance(name, Problem) else " ".join(name.split())[:60] for name in header[1]]
    while names and not names[-1]:
        names.pop()
    columns = _header(draft, header[0], sheet, names)
    nameless: set[int] = set()
    for line, row in rows if "title" in columns.values() else ():
        here = f"{sheet}row {line}"
        if not any(row):
            continue
        if exact and (len(row) < len(names) or any(row[len(names) :])):
            fix = "A text with a separator, quotation mark or line end in it needs quotation marks around it."
            draft.fault((line, here), f"The row has {len(row)} fields, the header has {len(names)}.", fix)
            continue
        used = {index: cell for index, cell in enumerate(row) if index in columns or index == MAX_COLUMNS}
        bad = [(line, cell) for cell in used.values() if isinstance(cell, Problem)]
        draft.faults += bad
        nameless |= {index for index, cell in enumerate(row) if cell and not (names[index : index + 1] or [""])[0]}
        if not bad:
            places = {known: (line, f"{here}, column {names[index]}") for index, known in columns.items()}
            draft.add({columns[index]: str(cell) for index, cell in used.items()}, {"": (line, here)} | places)
    unused = [str(name) for index, name in enumerate(names) if name and index not in columns]
    unused += [f"number {index + 1}, which has no name" for index in sorted(nameless)]
    draft.note(f"columns not used: {', '.join(unused)}" if unused else "")


def _read_csv(draft: _Draft, data: bytes | None = None) -> None:
    text, note = decode(read_bytes(draft.path, MAX_TEXT_BYTES) if data is None else data, draft.path)
    draft.note(note)
    limit = csv.field_size_limit(len(text) + 1)  # the limit of this module names the column, that of csv does not
    try:
        delimiter = max(_DELIMITERS, key=lambda delimiter: _known_names(text, delimiter))
        rows = _csv_rows(draft, text, delimiter)
        header = next((row for row in rows if any(row[1])), (1, []))
        _read_grid(draft, header, rows, exact=True)
    finally:
        csv.field_size_limit(limit)
    draft.note(f"fields separated by {_DELIMITERS[delimiter]}" if delimiter != "," else "")


def _known_names(text: str, delimiter: str) -> int:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next((row for row in rows if any(map(str.strip, row))), [])
    return sum(bool(_known(name)) for name in header)


def _csv_rows(draft: _Draft, text: str, delimiter: str) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # where the next row begins cannot be known any more
            if "end of data" in str(error):
                message, fix = "A quotation mark is opened here and never closed.", ""
            else:
                message, fix = "Text stands after a closing quotation mark.", 'Inside a quoted text, write "" for ".'
            draft.fault((line, f"row {line}"), message, fix)
            return
        yield line, [_clean(field[1:] if field[:1] == "'" and _FORMULA.match(field) else field) for field in fields]


def _read_xlsx(draft: _Draft) -> None:
    data = read_bytes(draft.path)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        fix = "Open it in a spreadsheet program and save it as .xlsx without a password."
        raise InputError(draft.path, Problem("The file is locked with a password, or is an old .xls.", fix=fix))
    try:
        _check_zip(draft.path, data)
        _read_workbook(draft, data)
    except InputError:
        raise
    except Exception as error:  # openpyxl and zipfile raise whatever a damaged file leads them into
        fix = "Open it in a spreadsheet program and save it as .xlsx."
        raise InputError(draft.path, Problem("This is not an .xlsx file, or it is damaged.", fix=fix)) from error


def _check_zip(path: Path, data: bytes) -> None:
    parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    size = sum(part.file_size for part in parts)  # zipfile unpacks no more than a part declares
    if len(parts) > MAX_MEMBERS or size > min(MAX_UNZIPPED, MAX_RATIO * len(data)):
        message = f"The workbook unpacks to {len(parts):,} parts and {size:,} bytes; that is too much for stories."
        raise InputError(path, Problem(message, fix="Copy the stories into a new workbook."))


def _read_workbook(draft: _Draft, data: bytes) -> None:
    from openpyxl import load_workbook  # slow to import; other formats do without

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions, which hold no story
        # Only both views tell a formula that was never calculated from an empty cell.
        views = [
            load_workbook(io.BytesIO(data), read_only=True, data_only=stored, keep_links=False)
            for stored in (True, False)
        ]
        unread, heads = [], []
        for sheet, formulas in zip(*(view.worksheets for view in views), strict=True):
            rows = _sheet_rows(sheet, formulas)
            header = next((row for row in rows if any(row[1])), (1, [])) if len(heads) == len(unread) else (1, [])
            if "title" in map(_known, header[1]):
                _read_grid(draft, header, rows, f"sheet {sheet.title}, ")
            else:
                unread.append(sheet.title)
            heads.append(header)
    if len(unread) == len(heads):
        draft.fault((0, ""), f"No sheet begins with a row that names a column “title”. Sheets: {', '.join(unread)}.")
    draft.note(f"sheets not read: {', '.join(unread)}" if unread else "")


def _sheet_rows(sheet: Any, formulas: Any) -> Iterator[_Row]:
    seen = 0
    for view in (sheet, formulas):
        view.reset_dimensions()  # what a file says of its own size may be wrong
    for line, (row, plain) in enumerate(zip(sheet.iter_rows(), formulas.iter_rows(), strict=True), start=1):
        seen += len(row)
        cells = [_cell_text(sheet.title, *pair) for pair in zip(row[:MAX_COLUMNS], plain, strict=False)]
        cells += [""] * (MAX_COLUMNS - len(cells)) if row else []
        if beyond := next((cell for cell in row[MAX_COLUMNS:] if cell.value is not None), None):
            place = f"{sheet.title}!{beyond.coordinate}"
            yield line, [*cells, Problem(f"At most {MAX_COLUMNS} columns are read.", place)]
            return
        if seen > MAX_CELLS:
            message = f"The sheet spreads over more than {MAX_CELLS:,} cells."
            fix = "Delete the empty rows and columns around the stories."
            yield line, [*cells, Problem(message, f"sheet {sheet.title}, row {line}", fix)]
            return
        yield line, cells


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
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):  # 15 digits are what a spreadsheet keeps and shows
        return f"{value * 100:.15g}%" if "%" in cell.number_format else f"{value:.15g}"
    return "" if value is None else _clean(str(value).replace("_x000D_", ""))


def _read_yaml(draft: _Draft) -> None:
    data = load_yaml(draft.path)
    for key in data:
        if key not in ("format", "stories"):
            message = f"There is no entry “{key}” here.{did_you_mean(key, ['format', 'stories'])}"
            draft.fault(_yaml_place(data, key), message, "Allowed: format, stories.")
    stories = data.get("stories", [])
    if not isinstance(stories, list):
        draft.fault(_yaml_place(data, "stories"), "“stories” should be a list.", "Begin each story with “- title: ”.")
        return
    for index, entry in enumerate(stories):
        if isinstance(entry, dict):
            places = {key: _yaml_place(entry, key) for key in entry} | {"": _yaml_place(stories, index)}
            draft.add(_yaml_fields(draft, entry, places), places)
        else:
            draft.fault(_yaml_place(stories, index), "A story should be names with values, such as “title: …”.")


def _yaml_place(node: Any, key: str | int) -> _Place:
    where = line_of(node, key)
    return int(where.removeprefix("line ") or 0), where


def _yaml_fields(draft: _Draft, entry: Mapping[str, Any], places: Mapping[str, _Place]) -> dict[str, str]:
    fields = {}
    for key, value in entry.items():
        listed = key in ("competencies", "numbers") and isinstance(value, list)
        if key not in _FIELDS:
            message = f"A story has no “{key}”.{did_you_mean(key, _FIELDS)}"
            draft.fault(places[key], message, f"Allowed: {', '.join(_FIELDS)}.")
        elif isinstance(value, str):
            fields[key] = value
        elif listed and all(isinstance(item, str) for item in value):
            fields[key] = "\n".join(value)
        else:
            draft.fault(places[key], f"“{key}” should be {'a list of texts' if listed else 'a text'}.")
    return fields


def _read_resume(draft: _Draft) -> None:
    """Take each highlight of work, volunteer and projects as the seed of a story."""
    text, note = read_text(draft.path)
    draft.note(note)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(draft.path, Problem(f"This is not JSON: {error.msg}.", place)) from error
    except (RecursionError, ValueError) as error:
        raise InputError(draft.path, "The values are nested too deep, or a number has too many digits.") from error
    if not isinstance(data, dict):
        raise InputError(draft.path, "The file should be a JSON Résumé: an object with “work” or “projects”.")
    numbers: Counter[str] = Counter()
    for section in (name for name in data if name in ("work", "volunteer", "projects")):
        for place, entry in _items(draft, data[section], section, dict):
            _read_highlights(draft, place, entry, numbers)
    if not draft.entries and not draft.faults:
        raise InputError(
            draft.path, "No entry of “work”, “volunteer” or “projects” has highlights to begin a story with."
        )
    draft.note("the highlights of a résumé are titles only; situation, task, action and result are still to be told")


def _items(draft: _Draft, value: Any, place: str, kind: type) -> Iterator[tuple[str, Any]]:
    """Yield place and value of the items of a list that are of the right kind; null is an empty list."""
    if value is not None and not isinstance(value, list):
        draft.fault((0, place), "This should be a list.")
        return
    for index, item in enumerate(value or ()):
        if not isinstance(item, kind):
            draft.fault((0, f"{place}/{index}"), f"This should be {'a text' if kind is str else 'an object'}.")
        elif kind is str and _SURROGATE.search(item):
            draft.fault((0, f"{place}/{index}"), "The text has half of a character pair in it.")
        else:
            yield f"{place}/{index}", item


def _read_highlights(draft: _Draft, place: str, entry: dict[str, Any], numbers: Counter[str]) -> None:
    facts = {}
    for key in ("name", "organization", "company", "startDate", "endDate"):  # "company" is the older form
        found = [] if entry.get(key) is None else [entry[key]]
        facts[key] = next((_clean(value) for _, value in _items(draft, found, f"{place}/{key}", str)), "")
    where = facts["name"] or facts["organization"] or facts["company"]
    begin, end = facts["startDate"], facts["endDate"]
    when = f"{begin} to {end}" if begin and end else f"since {begin}" if begin else end and f"until {end}"
    name = slug(where) or place.partition("/")[0]
    before = len(draft.entries)
    for source, title in _items(draft, entry.get("highlights"), f"{place}/highlights", str):
        if title.strip():
            numbers[name] += 1
            fields = {"id": f"{name}-{numbers[name]}", "title": title, "where": where, "when": when}
            draft.add(fields, dict.fromkeys(("", *fields), (0, source)), seed=True)
    draft.note(f"{place} has no highlights" if len(draft.entries) == before else "")


_READERS = {".csv": _read_csv, ".xlsx": _read_xlsx, ".yaml": _read_yaml, ".yml": _read_yaml, ".json": _read_resume}
