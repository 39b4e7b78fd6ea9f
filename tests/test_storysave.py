"""Saving one story: it is in the file, everything else is as it was, and a failed save costs nothing."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import COLUMNS, PAYLOADS
from openpyxl.styles import Font

from prepkit import files, storysave
from prepkit.errors import BusyError, InputError
from prepkit.resources import template
from prepkit.stories import Story, read_stories, write_stories_csv
from prepkit.storyfiles import column_of, delimiter_of
from prepkit.storysave import CHANGED, save_story

BEES = Story(
    "bees", "Kept bees", "A roof", "Two hives", "Read a book", "9 jars", ("bee-keeping",), "2019", "Home", ("9",)
)
ROTA = Story("rota", "Rebuilt the rota", action="Asked each nurse", result="46 to 12", competencies=("teamwork",))
KINDS = (".csv", ".yaml", ".yml", ".xlsx")

YAML = """\
# mine
format: 1
stories:
  # the best one
  - id: bees
    title: 'Kept bees'   # at home
    action: |
      Read a book.
      Built two hives.

    result:
    competencies:
      - Leading people   # I think
      - bee keeping
    when: 012
  # to be told better
  - title: Rota # an aside
    competencies: teamwork; Bee keeping
# the end
"""


def make(folder: Path, suffix: str) -> Path:
    """A file of two stories with a column of somebody's own, where the kind has columns."""
    path = folder / f"stories{suffix}"
    if suffix in (".yaml", ".yml"):
        path.write_text(
            "stories:\n"
            "  - {id: bees, title: Kept bees, situation: A roof, task: Two hives, action: Read a book,\n"
            "     result: 9 jars, competencies: [bee-keeping], when: 2019, where: Home, numbers: [9]}\n"
            "  - id: rota\n    title: Rebuilt the rota\n    action: Asked each nurse\n    result: 46 to 12\n"
            "    competencies: teamwork\n",
            encoding="utf-8",
        )
        return path
    rows = [["Id", "Title", "Situation", "Task", "Action", "Result", "Mood", "Tags", "When", "Where", "Numbers"]]
    rows += [[cells[0], cells[1], *cells[2:6], "glad", *cells[6:]] for cells in map(cells_of, (BEES, ROTA))]
    if suffix == ".csv":
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(rows)
        path.write_text(stream.getvalue(), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    return path


def cells_of(story: Story) -> list[str]:
    values = (getattr(story, name) for name in COLUMNS)
    return [value if isinstance(value, str) else "; ".join(value) for value in values]


def put(folder: Path, content: str | bytes, suffix: str = ".csv") -> Path:
    path = folder / f"stories{suffix}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def told(path: Path) -> tuple[Story, ...]:
    return read_stories(path).stories


@pytest.fixture(params=KINDS)
def stories(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The two stories in each kind of file."""
    return make(tmp_path, request.param)


# --- every kind


def test_the_files_of_these_tests_hold_the_two_stories(stories: Path) -> None:
    """What the other tests begin with."""
    assert told(stories) == (BEES, ROTA)


def test_a_change_is_in_the_file_and_the_others_stay(stories: Path) -> None:
    """One field or all of them, a text in lines, and one that is emptied."""
    story = replace(BEES, title="Kept more bees", action="Read.\nBuilt: “two”", when="", numbers=("9", "12 %"))
    assert save_story(stories, story, before=BEES) == story
    assert told(stories) == (story, ROTA)


def test_fields_that_were_empty_are_filled(stories: Path) -> None:
    """A story of which only a part was told is told wholly."""
    story = replace(BEES, id="rota")
    save_story(stories, story)
    assert told(stories) == (BEES, story)


def test_a_new_story_goes_behind_the_last_with_an_id_of_its_title(stories: Path) -> None:
    """Twice the same title gives two ids, and nothing is written over."""
    first = save_story(stories, Story("", "Kept bees", result="9"), new=True)
    second = save_story(stories, Story("", "Kept bees"), new=True)
    assert (first.id, second.id) == ("kept-bees", "kept-bees-2")
    assert told(stories) == (BEES, ROTA, first, second)


def test_an_id_that_is_given_is_kept_or_refused(stories: Path) -> None:
    """A free one is taken, one that is taken is not."""
    assert save_story(stories, Story("mine", "My own"), new=True).id == "mine"
    with pytest.raises(InputError, match="a story with the id “rota” already"):
        save_story(stories, Story("rota", "Another"), new=True)
    assert [story.id for story in told(stories)] == ["bees", "rota", "mine"]


def test_what_is_the_same_is_not_written(stories: Path) -> None:
    """Time and bytes of the file stay."""
    before = (stories.stat().st_mtime_ns, stories.read_bytes())
    assert save_story(stories, BEES, before=BEES) == BEES
    assert (stories.stat().st_mtime_ns, stories.read_bytes()) == before


def test_a_story_changed_meanwhile_is_not_written_over(stories: Path) -> None:
    """Whoever comes second is told; what the first one did to another story does not matter."""
    save_story(stories, replace(BEES, result="10 jars"))
    with pytest.raises(InputError) as caught:
        save_story(stories, replace(BEES, result="11 jars"), before=BEES)
    assert CHANGED in str(caught.value)
    assert told(stories)[0].result == "10 jars"
    save_story(stories, replace(ROTA, result="46 to 10"), before=ROTA)
    assert [story.result for story in told(stories)] == ["10 jars", "46 to 10"]


def test_two_who_write_the_same_do_not_quarrel(stories: Path) -> None:
    """The disk says what was to be said."""
    save_story(stories, replace(BEES, result="10 jars"))
    assert save_story(stories, replace(BEES, result="10 jars"), before=BEES).result == "10 jars"


def test_a_story_that_is_gone_is_not_brought_back_unasked(stories: Path) -> None:
    """The sentence says how to."""
    with pytest.raises(InputError, match=r"“gone” is no longer in the file\. Save it as a new story"):
        save_story(stories, Story("gone", "Gone"), before=Story("gone", "Gone"))


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (replace(BEES, title=" "), "The title is missing. Give the story one"),
        (replace(BEES, task="half \ud83d pair"), "half of a character pair"),
        (replace(BEES, result="x" * 20_001), "20,001 characters; at most 20,000 are read"),
    ],
    ids=["no title", "half a pair", "too long"],
)
def test_a_story_that_could_not_be_read_is_refused_in_words(story: Story, words: str, stories: Path) -> None:
    """The file stays byte for byte, nothing is left beside it but the lock, and its name is the one people know."""
    before = stories.read_bytes()
    with pytest.raises(InputError) as caught:
        save_story(stories, story)
    assert words in str(caught.value)
    assert caught.value.path == stories
    assert stories.read_bytes() == before
    assert {file.name for file in stories.parent.iterdir()} <= {stories.name, f".{stories.name}.lock"}


def test_an_id_that_is_not_allowed_is_refused(stories: Path) -> None:
    """Nothing is made up in its place."""
    with pytest.raises(InputError, match="is not allowed"):
        save_story(stories, Story("a b", "A"), new=True)
    assert told(stories) == (BEES, ROTA)


@pytest.mark.parametrize("failing", [1, 2], ids=["the trial", "the file itself"])
def test_a_full_disk_leaves_the_old_file_whole(failing: int, stories: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever write it hits, the reason is told and the file is as it was."""
    calls = 0

    def full(path: Path, data: Any) -> None:
        nonlocal calls
        calls += 1
        if calls >= failing:
            reason = "The file cannot be written: No space left on device. The old one is unchanged."
            raise InputError(path, reason)
        files.write_atomic(path, data)

    monkeypatch.setattr(storysave, "write_atomic", full)
    before = stories.read_bytes()
    with pytest.raises(InputError, match="No space left on device") as caught:
        save_story(stories, replace(BEES, result="10 jars"))
    assert caught.value.path == stories
    assert stories.read_bytes() == before


def test_a_disk_without_room_for_the_trial_says_so(stories: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain error of the system becomes a sentence."""

    def full(**_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storysave, "TemporaryDirectory", full)
    with pytest.raises(InputError, match=r"No space left on device\. The old one is unchanged"):
        save_story(stories, replace(BEES, result="10 jars"))


def test_a_file_that_would_be_read_otherwise_is_not_put_in_place(
    stories: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check before replacing can fail, and then nothing is replaced."""
    for name in ("_csv", "_yaml", "_xlsx"):
        monkeypatch.setattr(storysave, name, lambda _edit, raw, _gentle: iter([raw]))
    before = stories.read_bytes()
    with pytest.raises(InputError, match="could not be read back"):
        save_story(stories, replace(BEES, result="10 jars"))
    assert stories.read_bytes() == before


def test_a_file_with_faults_is_left_alone(stories: Path) -> None:
    """Its faults are told as in reading."""
    stories.write_bytes(b"\x00\x01")
    with pytest.raises(InputError):
        save_story(stories, BEES)
    assert stories.read_bytes() == b"\x00\x01"


def test_somebody_else_who_holds_the_file_is_waited_for(stories: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And when it takes too long, that is said."""
    monkeypatch.setattr(files.locked.__wrapped__, "__defaults__", (0.05,))
    with files.locked(stories), pytest.raises(BusyError, match="another session is writing here"):
        save_story(stories, BEES)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_any_text_in_any_field_comes_back_as_typed(payload: str, stories: Path) -> None:
    """Changed and new, in every field, letter for letter; the neighbour does not notice."""
    texts = dict.fromkeys(("title", "situation", "task", "action", "result", "when", "where"), payload)
    changed = Story("bees", **texts, competencies=(payload,), numbers=(payload,))
    save_story(stories, changed)
    added = save_story(stories, replace(changed, id=""), new=True)
    assert told(stories) == (changed, ROTA, added)


@pytest.mark.parametrize("suffix", KINDS)
def test_two_processes_lose_nothing(suffix: str, tmp_path: Path) -> None:
    """Each adds six stories of the same name and changes its own; all are there, with ids of their own."""
    path = make(tmp_path, suffix)
    code = (
        "import sys; from dataclasses import replace; from prepkit.stories import *; from prepkit.storysave import *\n"
        "for n in range(6):\n"
        "    one = save_story(sys.argv[1], Story('', 'Same', when=sys.argv[2]), new=True)\n"
        "    save_story(sys.argv[1], replace(one, result=f'{n}'), before=one)\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(path), who]) for who in ("coach", "client")]
    assert [one.wait(120) for one in both] == [0, 0]
    found = told(path)
    assert found[:2] == (BEES, ROTA)
    assert len({story.id for story in found}) == 14
    for who in ("coach", "client"):
        assert [story.result for story in found if story.when == who] == [str(n) for n in range(6)]


# --- what is not written


def test_the_shipped_example_stays_as_it_is() -> None:
    """As with plans."""
    path = template("example") / "stories.csv"
    before = path.read_bytes()
    with pytest.raises(InputError, match="The shipped example stays as it is"):
        save_story(path, Story("a", "A"), new=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["stories.txt", "stories.xls", "stories"])
def test_other_kinds_are_refused_as_in_reading(name: str, tmp_path: Path) -> None:
    """With the kinds there are."""
    (tmp_path / name).write_text("title\nA\n", encoding="utf-8")
    with pytest.raises(InputError, match="Stories are read from"):
        save_story(tmp_path / name, BEES)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A wrong name would be a second inventory."""
    with pytest.raises(InputError, match="no such file"):
        save_story(tmp_path / "stories.csv", BEES, new=True)
    assert not (tmp_path / "stories.csv").exists()


@pytest.mark.parametrize(
    ("content", "suffix"),
    [((template("starter") / "stories.csv").read_text(encoding="utf-8"), ".csv"), ("title", ".csv"),
     ("format: 1\n", ".yaml"), ("format: 1", ".yaml"), ("stories: []  # none yet\n", ".yaml")],
    ids=["starter", "one column", "no list", "no line end", "empty list"],
)  # fmt: skip
def test_the_first_story_of_a_search_can_be_saved(content: str, suffix: str, tmp_path: Path) -> None:
    """A file without stories is a place to begin."""
    path = put(tmp_path, content, suffix)
    story = save_story(path, replace(BEES, id="mine"), new=True)
    assert told(path) == (story,)


# --- CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_a_csv_keeps_its_form(delimiter: str, end: str, encoding: str, tmp_path: Path) -> None:
    """Encoding, mark, line ends, delimiter, quotes, own columns and other rows are byte for byte as they were."""
    head = 'id,Mood,title,"result"'
    other = '"rota",glad,Für ""x"",'.replace('Für ""x""', '"Für ""x"""')
    before = f'{head}{end}bees,  so so,Bees,"9 jars"{end}{other}{end}'.replace(",", delimiter)
    after = f'{head}{end}bees,  so so,Bees,"10 jars"{end}{other}{end}'.replace(",", delimiter)
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path = put(tmp_path, f"{mark}{before}".encode(encoding))
    save_story(path, replace(told(path)[0], result="10 jars"))
    assert path.read_bytes() == f"{mark}{after}".encode(encoding)
    save_story(path, Story("", "New", result="first\nsecond"), new=True)
    added = f'new,,New,"first{end}second"{end}'.replace(",", delimiter)
    assert path.read_bytes() == f"{mark}{after}{added}".encode(encoding)


def test_a_csv_of_quoted_fields_gets_quoted_rows(tmp_path: Path) -> None:
    """As the header has it."""
    path = put(tmp_path, '"id","title"\n"a","A"\n')
    save_story(path, Story("b", "B"), new=True)
    assert path.read_text(encoding="utf-8") == '"id","title"\n"a","A"\n"b","B"\n'


def test_line_ends_within_cells_stay_as_excel_writes_them(tmp_path: Path) -> None:
    """Rows end in CRLF, lines within a cell in LF."""
    path = put(tmp_path, 'id,title,task\r\na,A,"one\ntwo"\r\nb,B,\r\n')
    save_story(path, Story("b", "B", task="three\nfour"))
    assert path.read_bytes() == b'id,title,task\r\na,A,"one\ntwo"\r\nb,B,"three\nfour"\r\n'


def test_a_column_that_is_missing_is_put_behind_the_others(tmp_path: Path) -> None:
    """Every row grows by it, whatever its length was; empty lines stay empty."""
    path = put(tmp_path, "\nid,title,,\na,A,\n\nb,B,,,,\n,,\n".replace("a,A,\n", "a,A,,\n"))
    save_story(path, Story("a", "A", task="Do", result="=1"))
    assert path.read_text(encoding="utf-8") == ("\nid,title,,,,,task,result\na,A,,,,,Do,'=1\n\nb,B,,,,,,\n,,,,,,,\n")
    assert told(path) == (Story("a", "A", task="Do", result="=1"), Story("b", "B"))


def test_a_new_row_goes_in_front_of_empty_ones(tmp_path: Path) -> None:
    """Spreadsheets leave such rows behind."""
    path = put(tmp_path, "id,title\na,A\n,\n,\n")
    save_story(path, Story("b", "B"), new=True)
    assert path.read_text(encoding="utf-8") == "id,title\na,A\nb,B\n,\n,\n"


def test_a_file_without_a_last_line_end_gets_one(tmp_path: Path) -> None:
    """The new row stands on a line of its own."""
    path = put(tmp_path, "id,title\r\na,A")
    save_story(path, Story("b", "B"), new=True)
    assert path.read_bytes() == b"id,title\r\na,A\r\nb,B\r\n"


def test_a_story_without_an_id_keeps_the_one_it_goes_by(tmp_path: Path) -> None:
    """Ratings are kept under it, so a new title must not change it; a column is made only then."""
    path = put(tmp_path, "title,task\nBees,\nBees,\nRota,\n")
    first, second, _ = told(path)
    save_story(path, replace(second, task="Do"))
    assert path.read_text(encoding="utf-8") == "title,task\nBees,\nBees,Do\nRota,\n"
    save_story(path, replace(second, title="Wasps", task="Do"))
    assert path.read_text(encoding="utf-8") == "title,task,id\nBees,,\nWasps,Do,bees-2\nRota,,\n"
    assert [story.id for story in told(path)] == [first.id, "bees-2", "rota"]


def test_formulas_are_guarded_and_ids_and_tags_of_others_left(tmp_path: Path) -> None:
    """A cell that nobody changed stays in the words it was written in."""
    path = put(tmp_path, 'id,title,competencies,task\n"a",A,"Leading People, Team work",\n')
    save_story(path, replace(told(path)[0], task="=1+1"))
    assert path.read_text(encoding="utf-8").endswith('"a",A,"Leading People, Team work",\'=1+1\n')


def test_a_windows_file_becomes_utf8_when_a_story_needs_it(tmp_path: Path) -> None:
    """Nothing typed is lost for an old encoding, and spreadsheet programs know the new one by its mark."""
    path = put(tmp_path, "id,title\na,Für\n".encode("cp1252"))
    save_story(path, Story("b", "工程师 🦊"), new=True)
    assert path.read_bytes() == "\ufeffid,title\na,Für\nb,工程师 🦊\n".encode()


def test_control_characters_of_other_rows_are_not_touched(tmp_path: Path) -> None:
    """They are not read, and not taken away behind somebody's back."""
    path = put(tmp_path, "id,title\na,A\x07\x0cx\nb,B\n")
    save_story(path, Story("b", "Bees"))
    assert path.read_bytes() == b"id,title\na,A\x07\x0cx\nb,Bees\n"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that it leads to is changed."""
    (tmp_path / "elsewhere").mkdir()
    real = put(tmp_path / "elsewhere", "id,title\na,A\n")
    link = tmp_path / "stories.csv"
    link.symlink_to(real)
    save_story(link, Story("a", "B"))
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == "id,title\na,B\n"


def test_columns_and_delimiters_are_told() -> None:
    """By the words that reading takes, whatever stands around them."""
    assert (column_of(" Story-ID "), column_of("Tags"), column_of("mood")) == ("id", "competencies", "")
    assert [delimiter_of(f"\nid{mark}title\n") for mark in ",;\t"] == [",", ";", "\t"]


# --- YAML


def test_only_the_lines_of_a_change_are_other_lines(tmp_path: Path) -> None:
    """Comments, quotes, empty lines, order and every other line stay."""
    path = put(tmp_path, YAML, ".yaml")
    bees, rota = told(path)
    tags = ("leading-people", "teamwork")
    save_story(path, replace(bees, action="Read: a lot", result="9 jars", competencies=tags, where="Home"))
    save_story(path, replace(rota, title="Rota, rebuilt"))
    expected = (
        YAML.replace("|\n      Read a book.\n      Built two hives.\n", '"Read: a lot"\n')
        .replace("result:\n", "result: 9 jars\n")
        .replace("- bee keeping\n", "- teamwork\n")
        .replace("012\n", "012\n    where: Home\n")
        .replace("- title: Rota #", "- title: Rota, rebuilt #")
        .replace("teamwork; Bee keeping\n", "teamwork; Bee keeping\n    id: rota\n")
    )
    assert path.read_text(encoding="utf-8") == expected


def test_comments_around_texts_in_lines_stay(tmp_path: Path) -> None:
    """Be the text changed, or something put behind it."""
    text = (
        "stories:\n  - id: a\n    title: A\n    action: | # told twice\n      One\n\n    # about the next\n"
        "    result: >-\n      Two\n      three\n\n  # the other\n  - id: b\n    title: |\n      B\n\n# the end\n"
    )
    path = put(tmp_path, text, ".yaml")
    first, second = told(path)
    save_story(path, replace(first, action="Four", when="2019"))
    save_story(path, replace(second, task="Five"))
    expected = (
        text.replace("| # told twice\n      One\n", "Four # told twice\n")
        .replace("      three\n", "      three\n    when: 2019\n")
        .replace("      B\n", "      B\n    task: Five\n")
    )
    assert path.read_text(encoding="utf-8") == expected
    save_story(path, replace(first, action="Four", when="2019", result="Six"))
    save_story(path, replace(second, task="Five", title="C"))
    expected = expected.replace(">-\n      Two\n      three\n", "Six\n").replace("|\n      B\n", "C\n")
    assert path.read_text(encoding="utf-8") == expected


def test_a_new_story_goes_between_the_last_one_and_its_comments(tmp_path: Path) -> None:
    """In the form of the others."""
    path = put(tmp_path, YAML, ".yaml")
    save_story(path, Story("", "Wasps: #1", competencies=("a", "b"), numbers=("1,000", "2")), new=True)
    new = '  - id: wasps-1\n    title: "Wasps: #1"\n    competencies: [a, b]\n    numbers: ["1,000", 2]\n'
    new = new.replace("wasps-1", told(path)[-1].id)
    assert path.read_text(encoding="utf-8") == YAML.replace("# the end", f"{new}# the end")


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_yaml_file_keeps_its_form(encoding: str, end: str, tmp_path: Path) -> None:
    """Mark, encoding and line ends."""
    path = put(tmp_path, YAML.replace("\n", end).encode(encoding), ".yaml")
    bees, rota = told(path)
    save_story(path, replace(bees, task="One\ntwo", competencies=("a",), numbers=("1",)))
    save_story(path, Story("c", "C"), new=True)
    raw = path.read_bytes()
    assert raw[:3] == YAML.encode(encoding)[:3]
    text = raw.decode(encoding)
    assert text.count("\n") == text.count(end)
    assert told(path) == (replace(bees, task="One\ntwo", competencies=("a",), numbers=("1",)), rota, Story("c", "C"))


@pytest.mark.parametrize(
    "text",
    ["stories: [{id: a, title: A, task: x}]\n", "stories: [{id: a, title: A, numbers: [x, # why\n y]},]\n",
     "---\nstories:\n- id: a\n  title: A\n...\n", '{"stories": [{"title": "A", "id": "a"}], "format": "1"}\n',
     "stories:\n  -\n    id: a\n    title: >- # folded\n      A\n  # last\n",
     "stories:\n- title: |+\n    A\n\n\n  id: a",
     "stories:\n  - id: a\n    title: A\n    numbers:\n    - x # one\n    - y\n"],
    ids=["flow", "flow with a comma at the end", "document marks", "JSON", "dash alone", "kept line ends", "list"],
)  # fmt: skip
def test_other_ways_to_write_yaml_are_understood(text: str, tmp_path: Path) -> None:
    """Whatever the form, the change is in it and the neighbours are."""
    path = put(tmp_path, text, ".yaml")
    story = replace(told(path)[0], title="B: c", task="t", competencies=("p", "q"), numbers=("y", "z"))
    save_story(path, story)
    added = save_story(path, replace(story, id="", title="{New} # x"), new=True)
    assert told(path) == (story, added)
    assert path.read_text(encoding="utf-8").count("#") >= text.count("# l") + 1


def test_emptied_lists_and_other_orders_are_written(tmp_path: Path) -> None:
    """Also where the lines cannot stay as they are."""
    path = put(tmp_path, YAML, ".yaml")
    bees, rota = told(path)
    for tags in (("bee-keeping", "leading-people"), (), ("x",)):
        save_story(path, replace(bees, competencies=tags))
        assert told(path) == (replace(bees, competencies=tags), rota)
    assert "# the best one" in path.read_text(encoding="utf-8")


# --- workbooks


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A workbook as people have them: another sheet first, a title line left out, formats, formulas, a picture part."""
    made = openpyxl.Workbook()
    made.active.title = "Notes"
    made.active["A1"] = "Anything"
    sheet = made.create_sheet("My, row 7")
    for row in ([], ["When", "title", "mood", "total"], ["2019", "Bees", 3, "=1+1"], [2020, "Rota", 4.5, None]):
        sheet.append(row)
    sheet["B3"].font = Font(bold=True)
    sheet.column_dimensions["B"].width = 40
    path = tmp_path / "stories.xlsx"
    made.save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/media/image1.png", b"picture")
    return path


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_only_the_sheet_of_the_stories_is_another(book: Path) -> None:
    """Every other part of the file is byte for byte as it was; numbers stay numbers and formulas formulas."""
    before = parts(book)
    bees, rota = told(book)
    save_story(book, replace(bees, when="2018", result="=2+2"))
    added = save_story(book, Story("", "Wasps", when="2021"), new=True)
    after = parts(book)
    assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet2.xml"]
    assert list(before) == list(after)
    assert told(book) == (replace(bees, when="2018", result="=2+2"), rota, added)
    sheet = openpyxl.load_workbook(book)["My, row 7"]
    assert [cell.value for cell in sheet[2]] == ["When", "title", "mood", "total", "result"]
    assert [cell.value for cell in sheet[3]] == ["2018", "Bees", 3, "=1+1", "=2+2"]
    assert (sheet["E3"].data_type, sheet["D3"].data_type) == ("s", "f")
    assert [cell.value for cell in sheet[4]] == [2020, "Rota", 4.5, None, None]
    assert sheet["B3"].font.bold
    assert sheet.column_dimensions["B"].width == 40


def test_a_story_of_a_sheet_without_ids_keeps_its_own(book: Path) -> None:
    """A column for the id comes when the title changes."""
    bees, rota = told(book)
    save_story(book, replace(bees, title="Wasps"))
    assert told(book) == (replace(bees, title="Wasps"), rota)
    assert [cell.value for cell in openpyxl.load_workbook(book)["My, row 7"][2]][-1] == "id"


def test_a_formula_is_not_written_over(tmp_path: Path) -> None:
    """What it comes to is a story's text; the person is told which cell."""
    made = openpyxl.Workbook()
    for row in (["id", "title", "task"], ["a", "A", "Do"], ["b", "B", "x"]):
        made.active.append(row)
    path = tmp_path / "stories.xlsx"
    made.save(path)
    content = parts(path)
    sheet = content["xl/worksheets/sheet1.xml"]
    found = sheet.index(b'<c r="C2"')
    cell = sheet[found : sheet.index(b"</c>", found) + 4]
    content["xl/worksheets/sheet1.xml"] = sheet.replace(cell, b'<c r="C2" t="str"><f>"D"&amp;"o"</f><v>Do</v></c>')
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in content.items():
            archive.writestr(name, body)
    first, second = told(path)
    with pytest.raises(InputError, match="Sheet!C2: This cell is worked out by a formula"):
        save_story(path, replace(first, task="Other"))
    save_story(path, replace(first, title="Still possible"))
    save_story(path, replace(second, task="y"))
    assert told(path) == (replace(first, title="Still possible"), replace(second, task="y"))
    assert b"<f>" in parts(path)["xl/worksheets/sheet1.xml"]


def test_a_sheet_that_says_no_places_is_understood(tmp_path: Path) -> None:
    """Some programs leave the places of rows and cells out."""
    path = make(tmp_path, ".xlsx")
    content = parts(path)
    for place in (b"ABCDEFGHIJK"[n : n + 1] for n in range(11)):
        for line in (b"1", b"2", b"3"):
            sheet = content["xl/worksheets/sheet1.xml"]
            content["xl/worksheets/sheet1.xml"] = sheet.replace(b' r="' + place + line + b'"', b"")
    for line in (b"1", b"2", b"3"):
        sheet = content["xl/worksheets/sheet1.xml"].replace(b'<row r="' + line + b'"', b"<row")
        content["xl/worksheets/sheet1.xml"] = sheet
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in content.items():
            archive.writestr(name, body)
    there = told(path)
    story = replace(there[0], result="10 jars")
    save_story(path, story)
    added = save_story(path, Story("", "Wasps"), new=True)
    assert told(path) == (story, *there[1:], added)


def test_thirty_stories_are_saved_in_a_blink(tmp_path: Path, process_seconds: Callable[[], float]) -> None:
    """Half a second of work, with room for a busy machine."""
    path = tmp_path / "stories.csv"
    write_stories_csv(path, [replace(BEES, id=f"s{n}") for n in range(30)])
    save_story(path, replace(BEES, id="s1", result="1"))
    process_seconds()
    save_story(path, replace(BEES, id="s7", result="1"))
    assert process_seconds() < 0.5


@pytest.fixture
def process_seconds() -> Callable[[], float]:
    """Seconds of work since the last call."""
    import time

    last = time.process_time()

    def since() -> float:
        nonlocal last
        passed, last = time.process_time() - last, time.process_time()
        return passed

    return since


def test_a_resume_is_not_written_and_the_way_on_is_told(tmp_path: Path) -> None:
    """The command that makes a table of it is named."""
    path = put(tmp_path, '{"work": [{"name": "Hive", "highlights": ["Built 2 hives"]}]}', ".json")
    with pytest.raises(InputError, match="prepkit stories FOLDER"):
        save_story(path, read_stories(path).stories[0])
