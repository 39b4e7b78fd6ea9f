"""The story inventory of one candidate: what somebody really did, as situation, task, action and result.

Read from a table (``.csv``, ``.xlsx``), from ``.yaml``, or begun from the highlights of a JSON Résumé
(jsonresume.org). Every fault of a file is reported at once, with its row. Text stays text: ``NA``, ``007``
and ``$100k to $120k`` mean what they say, and nothing is added to what the candidate wrote.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from prepkit.competencies import normal_tag
from prepkit.errors import InputError, Problem, did_you_mean
from prepkit.files import MAX_TEXT_BYTES, write_atomic
from prepkit.sheets import clean
from prepkit.storyfiles import FIELDS, MAX_ROWS, PARTS, READERS, SURROGATE, Entry, Found, csv_stories
from prepkit.text import slug, spreadsheet_safe

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["PARTS", "Story", "StoryInventory", "read_stories", "write_stories_csv"]

MAX_CHARACTERS = 1_500_000
"""Most characters of all stories of a file; a hundred stories told at length have 200,000."""

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
            object.__setattr__(self, name, clean(getattr(self, name)))
        for name in ("id", "title", "when", "where"):
            object.__setattr__(self, name, re.sub(r"\s*\n\s*", " ", clean(getattr(self, name))))
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
    def tellable(self) -> bool:
        """Whether there is anything to tell: an action or a result."""
        return bool(self.action or self.result)

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


def read_stories(path: Path | str, may_be_empty: bool = False) -> StoryInventory:
    """Read the stories of one candidate from ``.csv``, ``.xlsx``, ``.yaml``, ``.yml`` or JSON Résumé ``.json``.

    Args:
        path: The file.
        may_be_empty: True takes a file that holds no story yet, such as the one that a new search begins with.

    Raises:
        InputError: with every fault of the file, in file order; also when it holds no story and should.
    """
    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        fix = "Save it as .xlsx." if path.suffix.lower() == ".xls" else ""
        raise InputError(path, Problem(f"Stories are read from {', '.join(READERS)} files.", fix=fix))
    return _inventory(path, _collect(reader(path)), may_be_empty)


def write_stories_csv(path: Path | str, stories: Iterable[Story]) -> None:
    """Write the canonical CSV, whole or not at all; reading it back gives equal stories.

    UTF-8 with a byte order mark, by which spreadsheet programs know it. A cell that such a program would run
    as a formula gets a leading ``'``, which reading takes away.

    Raises:
        InputError: when reading would refuse the file, or it cannot be written; the old file is intact.
    """
    path, stream = Path(path), io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(FIELDS)
    for story in stories:
        values = (getattr(story, name) for name in FIELDS)
        cells = (value if isinstance(value, str) else "; ".join(value) for value in values)
        writer.writerow(spreadsheet_safe(cell) for cell in cells)
    text = stream.getvalue()
    if SURROGATE.search(text):
        raise InputError(path, "A story has half of a character pair in it.")
    data = text.encode("utf-8-sig")
    if len(data) > MAX_TEXT_BYTES:
        raise InputError(path, f"The stories take {len(data):,} bytes; at most {MAX_TEXT_BYTES:,} are read.")
    _inventory(path, _collect(csv_stories(text)))  # nothing is written that could not be read again
    write_atomic(path, data)


def _collect(reader: Iterable[Found]) -> list[Found]:
    found: list[Found] = []
    stories = 0
    for item in reader:
        found.append(item)
        stories += isinstance(item, Entry)
        if stories > MAX_ROWS or len(found) > 3 * MAX_ROWS:  # faults are held too, but not without end
            where = item if isinstance(item, str) else item.where
            return [*found, Problem(f"Reading stops here; at most {MAX_ROWS:,} stories are read.", where)]
    return found


def _inventory(path: Path, found: list[Found], may_be_empty: bool = False) -> StoryInventory:
    entries = [item for item in found if isinstance(item, Entry)]
    places: dict[str, list[str]] = {}
    for entry in entries:
        places.setdefault(entry.text("id"), []).append(entry.where)
    unnamed = len(places.pop("", ()))
    faults: list[Problem] = []
    for item in found:
        if isinstance(item, Problem):
            faults.append(item)
        elif isinstance(item, Entry):
            faults += item.faults()
            first, *others = places.pop(item.text("id"), [""])
            if others:
                message = f"The id {item.fields['id']!r} stands here and in {'; '.join(others)}."
                faults.append(Problem(message, first, "Give each story its own."))
    size = sum(len(text) for entry in entries for text in entry.fields.values() if isinstance(text, str))
    if size > MAX_CHARACTERS and not faults:
        faults = [Problem(f"The stories have {size:,} characters; at most {MAX_CHARACTERS:,} are read.")]
    if faults:
        raise InputError(path, faults)
    if not entries and not may_be_empty:
        fix = "Add one; a title is enough to begin."
        if path.suffix.lower() == ".json":
            fix = "Give an entry of “work”, “volunteer” or “projects” a list of “highlights”."
        raise InputError(path, Problem("There are no stories yet.", fix=fix))
    notes = [item for item in found if isinstance(item, str) and item]
    if unnamed:
        have = "1 story has" if unnamed == 1 else f"{unnamed} stories have"
        notes.append(f"{have} no id; one was made from the title. Give ids so that ratings stay with a story")
    return StoryInventory(tuple(_stories(entries)), path, tuple(notes))


def _stories(entries: list[Entry]) -> Iterator[Story]:
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


def _split(separators: str, texts: Iterable[str]) -> list[str]:
    parts = (" ".join(part.split()) for text in texts for part in re.split(separators, clean(text)))
    return [part for part in parts if part]
