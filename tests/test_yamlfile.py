"""YAML of a search: text stays text, saves touch only what was changed, and tricks are refused with their line."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prepkit import yamlfile
from prepkit.errors import InputError, NewerFormatError
from prepkit.resources import template
from prepkit.yamlfile import FORMAT, line_of, load_shipped, load_yaml, merge_into, save_yaml


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A place for a YAML file."""
    return tmp_path / "a.yaml"


def load(file: Path, text: str) -> Any:
    file.write_text(text, encoding="utf-8", newline="")
    return load_yaml(file)


def refusal(file: Path, text: str | bytes) -> InputError:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        load_yaml(file)
    return caught.value


# --- what is read


SCALARS = [
    "NO", "no", "on", "Yes", "true", "null", "~", "007", "0x1F", "0o17", "1.10", "1e3", ".inf", "12:30", "12:30:45",
    "2026-11-02", "2026-11-02T10:00:00Z", "1_000", "+49 30 1234", "<<", "=", "50 %",
]  # fmt: skip


@pytest.mark.parametrize("scalar", SCALARS)
def test_every_plain_value_is_text(file: Path, scalar: str) -> None:
    """A value means what it says: countries, numbers with zeros, times and dates stay as they were written."""
    assert load(file, f"a: {scalar}\nlist: [{scalar}]\n") == {"a": scalar, "list": [scalar]}


@pytest.mark.parametrize("scalar", SCALARS)
def test_plain_value_is_the_same_after_a_save(file: Path, scalar: str) -> None:
    """Saving does not turn text into anything else either, as a value or as a name."""
    save_yaml(file, {"a": scalar, scalar: "b"})
    assert load_yaml(file) == {"a": scalar, scalar: "b"}


def test_value_left_blank_is_empty_text(file: Path) -> None:
    """A name without a value holds an empty text, not a null."""
    assert load(file, "a:\nb: ''\nc: [x, ]\n") == {"a": "", "b": "", "c": ["x"]}


@pytest.mark.parametrize("start", ["", "\ufeff", "---\n", "%YAML 1.1\n---\n", "# comment\n\n"])
def test_usual_beginnings_are_read(file: Path, start: str) -> None:
    """A byte order mark, a document start, a directive or a comment may come first."""
    assert load(file, f"{start}a: no\n") == {"a": "no"}


# --- what is refused


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1", 'Found duplicate key "a".'),
        ("t:\n  - id: 1\n    id: 2\n", "line 3, column 5", 'Found duplicate key "id".'),
        ("t: {a: 1, a: 2}\n", "line 1, column 11", 'Found duplicate key "a".'),
        ("a: &x [b]\nc: *x\n", "line 1, column 4", "Tags"),
        ("a: 1\nb: &x text\nc: *x\n", "line 2, column 4", "Tags"),
        ("a: &x {q: r}\nb:\n  <<: *x\n", "line 1, column 4", "Tags"),
        ("a: 1\nb: !python/object:os.system x\n", "line 2, column 4", "Tags"),
        ("a: 1\nb: !!int 5\n", "line 2, column 4", "Tags"),
        ("a: !!binary aGk=\n", "line 1, column 4", "Tags"),
        ("a: !!set {x}\n", "line 1, column 4", "Tags"),
        ("%TAG ! tag:x,2000:\n---\na: !y b\n", "line 3, column 4", "Tags"),
        (f"a: 1\nb: {'[' * 12}x{']' * 12}\n", "line 2, column 15", "nested more than 12 deep"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1", "A second document begins here; keep one."),
        ("a: 1\n? [x, y]\n: 2\n", "line 2, column 3", "A name must be plain text."),
        ("a:\n\tb: c\n", "line 2, column 1", "This is not YAML"),
        ("a: [1, 2\nb: 3\n", "line 2, column 2", "This is not YAML"),
        ('a: "open\n', "line 2, column 1", "This is not YAML"),
        ('a: 1\nb: "\\ud800"\n', "line 2, column 4", "half of a character pair"),
        ("- a\n- b\n", "", "should hold names with values"),
        ("just text\n", "", "should hold names with values"),
        ("# only a comment\n", "", "should hold names with values"),
        ("format: one\n", "line 1", "“format” should be the number 1, not “one”."),
        ("a: 1\nformat: 1.0\n", "line 2", "“format” should be the number 1, not “1.0”."),
        ("a: 1\nformat: [1]\n", "line 2", "“format” should be the number 1, not this."),
        ("format: ²\n", "line 1", "“format” should be the number 1"),
    ],
    ids=[
        "duplicate", "duplicate-in-list", "duplicate-in-flow", "anchor", "anchor-of-text", "merge", "python-tag",
        "int-tag", "binary", "set", "own-tag", "deep", "two-documents", "list-as-name", "tab", "unclosed-list",
        "unclosed-quote", "surrogate", "list", "text", "comment", "format-word", "format-float",
        "format-list", "format-power",
    ],
)  # fmt: skip
def test_fault_is_refused_with_its_line(file: Path, text: str, where: str, said: str) -> None:
    """What is no YAML, or more than prepkit needs, is refused with its place and a sentence."""
    (problem,) = refusal(file, text).problems
    assert problem.where == where
    assert said in problem.message
    assert problem.message.endswith(".")


def test_deepest_nesting_that_is_allowed_is_read(file: Path) -> None:
    """Twelve levels are read, the mapping on top being the first."""
    assert load(file, f"a: {'[' * 11}x{']' * 11}\n")


BOMBS = {
    "aliases": "a: &a [x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)),
    "brackets": "a: " + "[" * 100_000,
    "braces": "a: " + "{a: " * 20_000,
    "indents": "".join(f"{' ' * n}a:\n" for n in range(1_500)),
    "dashes": "a: \n" + "- " * 50_000,
    "many-values": "a: [" + "{}," * 200_000 + "]",
    "too-large": "a: " + "x" * 3_000_001,
    "digits": "format: " + "9" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_bomb_is_refused_soon(file: Path, bomb: str) -> None:
    """Small files that would run for minutes or fill the memory are refused within seconds."""
    started = time.monotonic()
    error = refusal(file, BOMBS[bomb])
    assert time.monotonic() - started < 20  # a second or three on an idle machine
    assert len(str(error)) < 1_000


@pytest.mark.parametrize("number", ["2", "17", "9" * 5_000])
def test_newer_format_is_refused_as_such(file: Path, number: str) -> None:
    """A file from the future is told from a faulty one, with what to do."""
    error = refusal(file, f"a: 1\nformat: {number}\n")
    assert isinstance(error, NewerFormatError)
    assert error.problems[0].where == "line 2"
    assert "Upgrade prepkit; the file is left as it is." in str(error)


@pytest.mark.parametrize("text", ["a: 1\n", f"format: {FORMAT}\n", 'format: "1"\n', "format: 01\n"])
def test_known_format_is_read(file: Path, text: str) -> None:
    """A file without a format, or with the one of today, is read."""
    assert load(file, text)


# --- places


def test_places_are_lines_of_the_file(file: Path) -> None:
    """Every entry of a mapping or list knows its line, and a plain value knows none."""
    data = load(file, "# top\na: 1\nlist:\n  - id: x\n    b: 2\n  - {id: y}\nflow: [p,\n  q]\n")
    assert (line_of(data), line_of(data, "list")) == ("line 2", "line 3")
    assert (line_of(data["list"], 0), line_of(data["list"][0], "b"), line_of(data["list"], 1)) == (
        "line 4", "line 5", "line 6",
    )  # fmt: skip
    assert line_of(data["flow"], 1) == "line 8"
    assert line_of(data, "gone") == "line 2"
    assert line_of("text") == line_of({"a": 1}, "a") == ""


# --- saving


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
AWKWARD = st.sampled_from(
    ["", " ", " lead", "trail ", "two\nlines", "\nfirst blank", "last blank\n", "\n\n", "a\n\n\nb\n", "# no comment",
     "a # b", "key: value", "a:", ": b", "- item", "? q", "| pipe", "> fold", "[x", "{y", "&a", "*a", "!t", "%d", "@x",
     "`x`", "'", '"', "''", '"q" and \'q\'', "---", "...", "\ttab", "a\tb", "NO", "~", "007", "ünïcödé",
     "工程师", "👩‍🚒", "e\u0301", "\u2028", "\u2029", "\ufeff", "\ufffe", "a, b", "x" * 300, " \n x",
     "a\n b\n  c", "\n ", "a\\nb"]
)  # fmt: skip
VALUES = st.recursive(
    TEXTS | AWKWARD,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS | AWKWARD, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(st.dictionaries((TEXTS | AWKWARD).filter(lambda name: name != "format"), VALUES, min_size=1, max_size=5))
@example({"a": {"b": {"c": "\n# no comment\nx"}}, "# k": ["", " ", "\n"]})
def test_any_nested_text_survives_save_and_load(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> None:
    """Whatever text is saved, in mappings and lists of any shape, is what is read back."""
    file = tmp_path_factory.mktemp("yaml") / "a.yaml"
    save_yaml(file, data)
    assert load_yaml(file) == data
    save_yaml(file, load_yaml(file))
    assert load_yaml(file) == data


def test_plain_values_are_saved_as_text(file: Path) -> None:
    """Numbers and dates become their text, dates in ISO form, and nothing becomes an empty text."""
    save_yaml(file, {"n": 3, "d": date(2026, 11, 2), "t": datetime(2026, 11, 2, 9, 5), "none": None, "list": (1, 2)})
    assert load_yaml(file) == {
        "n": "3", "d": "2026-11-02", "t": "2026-11-02 09:05:00", "none": "", "list": ["1", "2"],
    }  # fmt: skip


def test_half_a_character_is_never_saved(file: Path) -> None:
    """Text that could not be read again is refused before anything is written."""
    save_yaml(file, {"a": "old"})
    with pytest.raises(InputError):
        save_yaml(file, {"a": "\ud800"})
    assert load_yaml(file) == {"a": "old"}


WRITTEN = """\
# a plan, written by hand

zebra: last in the alphabet   # and first here
format: 1


themes:
  # the one that counts
  - id: calm   # see Rafe's note
    claim: "Quoted, as I like it"
    twist:
    evidence: '12, 7a'
  # only if there is time
  - id: floor
    claim: >-
      Folded over
      two lines
    note: |
      Kept
        as it stands

  # agreed with Bo
  - {id: flow,   claim: 'spaced  out'}
ratings:
  # told on Monday
  s1: {calm: '2', floor: 1}   # settled
  s2:
    calm: 0 # never
# the end
"""


def saved(file: Path, change: Callable[[Any], None], text: str = WRITTEN) -> list[str]:
    """Return the lines that a change takes away (-) and adds (+)."""
    data = load(file, text)
    change(data)
    save_yaml(file, data)
    diff = difflib.unified_diff(text.split("\n"), file.read_bytes().decode().split("\n"), lineterm="", n=0)
    return [line for line in list(diff)[2:] if not line.startswith("@@")]


@pytest.mark.parametrize(
    ("change", "diff"),
    [
        (lambda data: data["ratings"]["s2"].update(calm="2"), ["-    calm: 0 # never", "+    calm: 2 # never"]),
        (
            lambda data: data["ratings"]["s1"].update(floor="2"),
            ["-  s1: {calm: '2', floor: 1}   # settled", "+  s1: {calm: '2', floor: 2}   # settled"],
        ),
        (lambda data: data["themes"][1].update(more="new"), ["+    more: new"]),
    ],
    ids=["block", "flow", "new"],
)  # fmt: skip
def test_one_change_is_one_line(file: Path, change: Callable[[Any], None], diff: list[str]) -> None:
    """Comments, order, quotes, folds and blank lines are kept, and a change shows as the line that was changed."""
    usual = WRITTEN.replace("{id: flow,   claim: 'spaced  out'}", "{id: flow, claim: 'spaced  out'}")
    assert saved(file, change, usual) == diff


def test_saving_without_a_change_changes_nothing(file: Path) -> None:
    """A file in the usual form is byte for byte the same after a save."""
    usual = WRITTEN.replace(",   claim", ", claim")
    assert saved(file, lambda data: None, usual) == []


def test_line_ends_of_windows_stay(file: Path) -> None:
    """A file with the line ends of Windows keeps them, the new line included."""
    text = WRITTEN.replace(",   claim", ", claim").replace("\n", "\r\n")
    assert saved(file, lambda data: data["ratings"]["s2"].update(calm="1"), text) == [
        "-    calm: 0 # never\r", "+    calm: 1 # never\r",
    ]  # fmt: skip


def entry(data: Any, name: str) -> Any:
    return next(item for item in data["themes"] if item["id"] == name)


def reorder(names: str) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        wanted = [dict(entry(data, name)) for name in names.split()]
        merge_into(data["themes"], wanted)

    return change


@pytest.mark.parametrize(
    ("names", "comments"),
    [
        ("floor flow", ["# only if there is time", "# agreed with Bo"]),
        ("calm flow", ["# the one that counts", "# agreed with Bo"]),
        ("flow", ["# agreed with Bo"]),
    ],
    ids=["first-gone", "middle-gone", "one-left"],
)
def test_comment_goes_with_the_entry_below_it(file: Path, names: str, comments: list[str]) -> None:
    """When entries go or move, the comments of the others stay above the entries that they were written for."""
    saved(file, reorder(names))
    lines = [line.strip() for line in file.read_text(encoding="utf-8").split("\n")]
    whole = lines.index("ratings:")
    found = [(lines[n], lines[n + 1]) for n in range(lines.index("themes:"), whole) if lines[n].startswith("#")]
    assert [comment for comment, _ in found] == comments
    assert [name in below for name, (_, below) in zip(names.split(), found, strict=True)] == [True] * len(comments)
    assert lines[whole + 1] == "# told on Monday"
    assert lines[-2:] == ["# the end", ""]


def test_comment_of_the_next_part_survives_its_neighbour(file: Path) -> None:
    """A rating that is taken back does not take the comment below it away."""
    gone = saved(file, lambda data: data["ratings"].pop("s2"))
    assert "-# the end" not in gone
    assert saved(file, lambda data: data["ratings"].pop("s1"))[-2:] == [
        "-  # told on Monday", "-  s1: {calm: '2', floor: 1}   # settled",
    ]  # fmt: skip


def test_what_looks_like_a_comment_inside_a_text_stays_text(file: Path) -> None:
    """Lines with a hash inside a block or quoted text are neither moved nor lost."""
    text = 'a: |\n  # heading\n  words\n\nb: "x\n\n  # y"\n# real\nc: 1\nd: |+\n  z\n\n'
    data = load(file, text)
    before = dict(data)
    del data["c"]
    save_yaml(file, data)
    assert load_yaml(file) == {name: value for name, value in before.items() if name != "c"}


@pytest.mark.parametrize("there", [b"\xff\xfe\xfd # no text", b"a: [ # no yaml", b"- a # no mapping\n"])
def test_save_over_a_damaged_file_works(file: Path, there: bytes) -> None:
    """Comments are looked for only where there was YAML, and a damaged file can be replaced."""
    file.write_bytes(there)
    save_yaml(file, {"a": "1"})
    assert load_yaml(file) == {"a": "1"}


# --- merging


def test_merge_says_the_new_value(file: Path) -> None:
    """After a merge the file says exactly what was asked for: changed, new and gone at every depth."""
    data = load(file, WRITTEN)
    value = {
        "format": "1",
        "themes": [{"id": "floor", "claim": "New"}, {"id": "fresh", "evidence": ["1", "2"]}],
        "ratings": {"s2": {"calm": "2", "floor": "0"}, "s9": {"floor": "1"}},
    }
    assert merge_into(data, value) is data
    assert data == value


def test_merge_keeps_what_was_said_in_other_words(file: Path) -> None:
    """Where what was understood has not changed, what was written stays, blanks and own forms included."""
    data = load(file, WRITTEN)
    before = {"themes": [{"id": "calm", "evidence": ["12", "7a"]}, {"id": "floor"}, {"id": "flow"}]}
    after = {"themes": [{"id": "calm", "evidence": ["12", "7a"], "claim": "Other"}, {"id": "floor"}, {"id": "flow"}]}
    diff = saved(file, lambda data: merge_into(data, after, before), WRITTEN.replace(",   claim", ", claim"))
    assert diff == ['-    claim: "Quoted, as I like it"', '+    claim: "Other"']
    assert data["themes"][0]["evidence"] == "12, 7a"


def test_merge_takes_away_what_was_understood_and_is_gone(file: Path) -> None:
    """An entry that was understood and is no longer wanted goes; one that nobody understood stays."""
    data = load(file, "known: 1\nodd: 2\n")
    assert merge_into(data, {}, {"known": "1"}) == {"odd": "2"}


@pytest.mark.parametrize(
    ("text", "wanted", "said"),
    [
        ("a:\n  - x   # why x\n  - y   # why y\n", ["y"], "a:\n  - y   # why y\n"),
        ("a:\n  - x   # why x\n  - y   # why y\n", ["y", "z", "x"], "a:\n  - y   # why y\n  - z\n  - x   # why x\n"),
        ("a: [x, 'y']   # both\n", ["y", "w"], "a: ['y', w]   # both\n"),
        ("a:\n", [], "a: []\n"),
        ("a: text\n", ["x"], "a: [x]\n"),
        ("a: [x]\n", "text", "a: text\n"),
        ("a: {x: y}\n", ["x"], "a: [x]\n"),
    ],
    ids=["gone", "moved", "flow", "blank", "text-to-list", "list-to-text", "mapping-to-list"],
)
def test_list_keeps_its_form_and_comments(file: Path, text: str, wanted: Any, said: str) -> None:
    """A list stays block or flow, its entries keep their quotes and comments, and a changed kind is written anew."""
    data = load(file, text)
    save_yaml(file, merge_into(data, {"a": wanted}))
    assert file.read_text(encoding="utf-8") == said


@settings(deadline=None, max_examples=150)
@given(*[st.dictionaries(TEXTS.filter(lambda name: name != "format"), VALUES, min_size=1, max_size=4)] * 2)
def test_merge_of_anything_into_anything_is_saved_and_read(
    tmp_path_factory: pytest.TempPathFactory, old: dict[str, Any], new: dict[str, Any]
) -> None:
    """Whatever stood in a file, after a merge and a save it says the new value."""
    file = tmp_path_factory.mktemp("yaml") / "a.yaml"
    save_yaml(file, old)
    save_yaml(file, merge_into(load_yaml(file), new))
    assert load_yaml(file) == new


def test_limits_are_generous_for_real_files(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of exactly as many values as are allowed is read, one more is refused."""
    monkeypatch.setattr(yamlfile, "MAX_NODES", 7)
    assert load(file, "a: 1\nb: [x, y]\n")
    assert "more than 7 values" in str(refusal(file, "a: 1\nb: [x, y, z]\n"))


@pytest.mark.parametrize("name", ["competencies.yaml", "phrasing.yaml", "wordings.yaml"])
def test_shipped_data_read_quickly_say_the_same(name: str) -> None:
    """Both readers agree to the letter, and every value is text."""
    assert load_shipped(template(name)) == load_yaml(template(name))
