"""What is read from whole postings of many fields, kinds of file and languages, against a careful reader's notes."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from prepkit.errors import InputError
from prepkit.headings import Section
from prepkit.posting import Posting, read_posting
from prepkit.sections import Kind

POSTINGS = Path(__file__).parent / "data" / "postings"
EXPECTED: dict[str, dict[str, Any]] = YAML(typ="safe").load(POSTINGS / "expected.yaml")
READABLE = [name for name, expected in EXPECTED.items() if not expected.get("error")]
FACTS = ("title", "company", "location")
MISSED = {
    ("befriending-coordinator.txt", "location"): "Ludlow stands only in the middle of a sentence of prose",
    ("barista-short.txt", "title"): "three lines of prose without a title line",
    ("barista-short.txt", "company"): "three lines of prose without a title line",
    ("barista-short.txt", "location"): "three lines of prose without a title line",
    ("charity-pa-prose.txt", "company"): "prose from start to end",
    ("charity-pa-prose.txt", "location"): "prose from start to end",
    ("bilingual-blurb.txt", "company"): "named only in a blurb in another language",
    ("bilingual-blurb.txt", "location"): "named only in a blurb in another language",
}


@functools.cache
def read(name: str) -> Posting:
    return read_posting(POSTINGS / name)


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\xad", "").replace("’", "'").casefold()).strip()


def sections_of(posting: Posting, phrase: str) -> set[Section]:
    return {line.section for line in posting.lines if plain(phrase) in plain(line.text)}


def cases(key: str) -> list[Any]:
    return [pytest.param(name, id=name) for name in READABLE if EXPECTED[name].get(key)]


def test_every_posting_is_described() -> None:
    """No posting stands in the folder without a word on what should be read from it, nor the other way round."""
    there = {path.name for path in POSTINGS.iterdir()} - {
        ".gitattributes",
        "README.md",
        "expected.yaml",
        "make_binaries.py",
    }
    assert there == set(EXPECTED)


@pytest.mark.parametrize("name", cases("sections"))
def test_phrases_stand_in_their_sections(name: str) -> None:
    """Every phrase of the notes is found, whole, in a unit of the section to which it belongs."""
    wrong = [
        (section, phrase, found)
        for section, phrases in EXPECTED[name]["sections"].items()
        for phrase in phrases
        if Section(section) not in (found := sections_of(read(name), phrase))
    ]
    assert not wrong


@pytest.mark.parametrize("name", cases("either"))
def test_phrases_of_two_readings_stand_in_one_of_them(name: str) -> None:
    """A phrase that can be read in two ways is in one of the two sections."""
    for phrase, allowed in EXPECTED[name]["either"].items():
        found = sections_of(read(name), phrase)
        assert found
        assert found <= {Section(section) for section in allowed}


@pytest.mark.parametrize("name", cases("hidden"))
def test_hidden_text_is_not_read(name: str) -> None:
    """What a person looking at the posting cannot see is in no unit."""
    assert [phrase for phrase in EXPECTED[name]["hidden"] if sections_of(read(name), phrase)] == []


@pytest.mark.parametrize("name", cases("noise"))
def test_page_furniture_is_in_no_section_about_the_job(name: str) -> None:
    """Menus, cookie texts and other vacancies are left out or kept under other."""
    for phrase in EXPECTED[name]["noise"]:
        assert sections_of(read(name), phrase) <= {Section.OTHER}, phrase


@pytest.mark.parametrize("name", cases("once"))
def test_text_with_a_fallback_copy_is_read_once(name: str) -> None:
    """What a file holds in two versions for two kinds of reader is in one unit."""
    for phrase in EXPECTED[name]["once"]:
        assert sum(plain(line.text).count(plain(phrase)) for line in read(name).lines) == 1


@pytest.mark.parametrize("name", cases("whole_words"))
def test_names_in_mixed_case_stay_whole(name: str) -> None:
    """Words with a capital inside are not taken for two lines glued together."""
    text = "\n".join(line.text for line in read(name).lines)
    assert [word for word in EXPECTED[name]["whole_words"] if word not in text] == []


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        pytest.param(name, fact, id=f"{name}-{fact}")
        for name in READABLE
        for fact in FACTS
        if EXPECTED[name].get(fact) and (name, fact) not in MISSED
    ],
)
def test_masthead_of_the_corpus(name: str, fact: str) -> None:
    """Title, employer and place hold the wording of the notes."""
    assert plain(EXPECTED[name][fact]) in plain(getattr(read(name), fact))


@pytest.mark.parametrize(("name", "fact"), [pytest.param(*known, id=f"{known[0]}-{known[1]}") for known in MISSED])
def test_known_misses_are_still_missed(name: str, fact: str) -> None:
    """A fact listed as missed is really missed; one that is found by now leaves the list."""
    assert plain(EXPECTED[name][fact]) not in plain(getattr(read(name), fact))


@pytest.mark.parametrize("name", cases("language"))
def test_language_of_the_corpus(name: str) -> None:
    """The language is told from the words."""
    assert read(name).language == EXPECTED[name]["language"]


@pytest.mark.parametrize("name", [n for n in READABLE if EXPECTED[n].get("level_certain", True)])
def test_level_of_the_corpus(name: str) -> None:
    """The level is the one on which careful readers agree, and a reason is given."""
    posting = read(name)
    assert (posting.level.value, bool(posting.level_reasons)) == (EXPECTED[name]["level"], True)


@pytest.mark.parametrize("name", cases("guess"))
def test_sections_without_headings_are_said_to_be_guesses(name: str) -> None:
    """Where no heading says what a part is about, most units are marked as guesses, and a note says so."""
    posting = read(name)
    assert any(line.guess for line in posting.lines)
    assert any("few headings were found" in note for note in posting.notes)


@pytest.mark.parametrize("name", [n for n, expected in EXPECTED.items() if expected.get("error")])
def test_postings_that_cannot_be_read(name: str) -> None:
    """A posting without text is refused with words that say why."""
    with pytest.raises(InputError) as caught:
        read_posting(POSTINGS / name)
    assert [word for word in EXPECTED[name]["error_says"] if word not in str(caught.value).casefold()] == []


@pytest.mark.parametrize("name", READABLE)
def test_units_are_numbered_once_and_in_order(name: str) -> None:
    """References are unique, their lines never go back, and each finds its unit."""
    lines = read(name).lines
    refs = [line.ref for line in lines]
    assert len(set(refs)) == len(refs)
    assert [line.number for line in lines] == sorted(line.number for line in lines)
    assert all(read(name).line(line.ref) is line for line in lines)


@pytest.mark.parametrize(
    "name", [n for n in READABLE if EXPECTED[n].get("all_words_kept") and n.endswith((".txt", ".md"))]
)
def test_no_word_of_a_text_file_is_lost(name: str) -> None:
    """The words of the units are those of the file, in order."""
    data = (POSTINGS / name).read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    units = "".join(re.sub(r"[\W_]", "", line.text) for line in read(name).lines)
    numbering = re.compile(r"^\s*\(?(?:\d{1,2}|[a-z])[.)]\s+", re.MULTILINE)
    assert re.sub(r"[\W_]", "", numbering.sub("", text)) == numbering.sub("", units)


@pytest.mark.parametrize("name", ["de-finanzbuchhaltung.txt", "de-werkstudent.html"])
def test_notes_of_a_german_posting_say_what_does_not_work(name: str) -> None:
    """For a language other than English a note names the language and what to check oneself."""
    (note,) = [note for note in read(name).notes if "German" in note]
    assert all(word in note for word in ("competencies", "wording", "level", "check them yourself"))


def test_an_english_posting_has_no_note_on_language() -> None:
    """Nothing is said of the language where everything works."""
    assert not any("posting looks" in note or "language" in note for note in read("staff-nurse-ward.md").notes)


def test_unknown_language_is_said(tmp_path: Path) -> None:
    """A posting whose language cannot be told has a note that all is a rough guess."""
    path = tmp_path / "posting.txt"
    path.write_text("Xqz 123 brrk\n", encoding="utf-8")
    posting = read_posting(path)
    assert posting.language == ""
    assert any("could not be told" in note for note in posting.notes)


def test_section_leaves_headings_out() -> None:
    """The units of a section are its bullets and sentences in source order."""
    posting = read("staff-nurse-ward.md")
    duties = posting.section(Section.DUTIES)
    assert duties
    assert all(line.section is Section.DUTIES and line.kind is not Kind.HEADING for line in duties)
    both = posting.section(Section.BENEFITS, Section.DUTIES)
    assert [line.number for line in both] == sorted(line.number for line in both)


def test_line_without_letter_finds_the_first_unit(tmp_path: Path) -> None:
    """A bare number finds the first of several units of a line; an unknown one finds nothing."""
    path = tmp_path / "posting.txt"
    path.write_text("Cook\n\nYou cook the soup every day. You clean the stove every night.\n", encoding="utf-8")
    posting = read_posting(path)
    assert (found := posting.line("3")) is not None
    assert found.ref == "3a"
    assert posting.line("3b").text == "You clean the stove every night."  # type: ignore[union-attr]
    assert posting.line("99") is None
    assert posting.line("3c") is None


@pytest.mark.parametrize(
    ("after", "same"),
    [
        pytest.param("Cook\nYou cook the soup.\n", True, id="same"),
        pytest.param("Cook\nYou cook the stew.\n", False, id="word"),
        pytest.param("Cook\n\nYou cook the soup.\n", False, id="number"),
    ],
)
def test_fingerprint_follows_words_and_numbers(tmp_path: Path, after: str, same: bool) -> None:
    """The fingerprint changes with any word or line number and with nothing else."""
    before, now = tmp_path / "before.txt", tmp_path / "now.md"
    before.write_text("Cook\nYou cook the soup.\n", encoding="utf-8")
    now.write_text(after, encoding="utf-8")
    prints = [read_posting(path).fingerprint for path in (before, now)]
    assert re.fullmatch("[0-9a-f]{12}", prints[0])
    assert (prints[0] == prints[1]) is same


def test_corrections_replace_what_was_read() -> None:
    """What a person says counts; empty values change nothing; the rule's reasons stay behind the person's word."""
    posting = read("staff-nurse-ward.md")
    other = posting.corrected({"title": "Ward Nurse", "company": "", "level": "senior"})
    assert (other.title, other.company, other.level.value) == ("Ward Nurse", posting.company, "senior")
    assert other.level_reasons == ("Set to senior by you.", *posting.level_reasons)
    assert posting.corrected({}) == posting
