"""A search: made for its owner only, read with every fault at once, and closed to what lies outside."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import POSTING

from prepkit.application import open_application
from prepkit.errors import InputError, NewerFormatError, PrepkitError
from prepkit.resources import template
from prepkit.search import LONGEST_NAME, Search, add_application, copy_search, new_search, read_search

Make = Callable[..., Search]
STORIES = "id,title\nstorm,Storm\n"


@pytest.fixture
def posting(tmp_path: Path) -> Path:
    """A job description outside the search."""
    file = tmp_path / "job.TXT"
    file.write_text(POSTING, encoding="utf-8")
    return file


def with_settings(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prepkit.yaml").write_text(text, encoding="utf-8")
    (folder / "stories.csv").write_text(STORIES, encoding="utf-8")
    return folder


# --- making one


def test_a_new_search_is_read_back(tmp_path: Path, posting: Path) -> None:
    """What is made can be read, an application is added, and its posting is a copy byte for byte."""
    made = new_search(tmp_path / "deep" / "search", " Zoë\x07  Quill ")
    assert (made.settings.candidate, made.names, made.stories) == ("Zoë Quill", (), Path("stories.csv"))
    assert made == read_search(made.path)
    files = add_application(made, posting)
    assert files.name == "tidewrack-ferries-harbour-operations-manager"
    assert files.posting == Path("applications") / files.name / "posting.txt"
    assert (made.path / files.posting).read_bytes() == posting.read_bytes()
    assert read_search(made.path).application(files.name) == files
    assert not (made.path / files.plan).exists()
    assert made.reports == made.path / "reports"


def test_settings_keep_their_comments(tmp_path: Path) -> None:
    """The candidate's name is written into the shipped settings, comments and all."""
    new_search(tmp_path / "search", "Ada: the # first")
    text = (tmp_path / "search" / "prepkit.yaml").read_text(encoding="utf-8")
    assert "# speaking rate" in text
    assert read_search(tmp_path / "search").settings.candidate == "Ada: the # first"


def test_a_search_is_for_its_owner_only(tmp_path: Path, posting: Path) -> None:
    """Folders have mode 0700 and files 0600, those of an added application too."""
    search = new_search(tmp_path / "search", "Ada")
    add_application(search, posting)
    found = [search.path, *search.path.rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_file()} == {0o600}
    assert (search.path / ".gitignore").is_file()
    assert not (search.path / "gitignore").exists()


@pytest.mark.parametrize("kind", ["file in it", "hidden file in it", "file"])
def test_a_place_that_is_taken_is_refused(tmp_path: Path, kind: str) -> None:
    """A folder that is not empty, or a file, is left as it is."""
    place = tmp_path / "search"
    if kind == "file":
        place.write_text("mine", encoding="utf-8")
    else:
        place.mkdir()
        (place / (".mine" if "hidden" in kind else "mine")).write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    for make in (new_search, lambda path: copy_search(template("example"), path)):
        with pytest.raises(InputError, match="not empty"):
            make(place)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    """A folder that is there and empty becomes the search."""
    (tmp_path / "search").mkdir()
    assert new_search(tmp_path / "search").settings.candidate == ""


def test_a_name_has_an_end(tmp_path: Path) -> None:
    """The longest name is kept; one letter more is refused before anything is made."""
    assert len(new_search(tmp_path / "a", "x" * LONGEST_NAME).settings.candidate) == LONGEST_NAME
    with pytest.raises(PrepkitError, match="200 letters"):
        new_search(tmp_path / "b", "x" * (LONGEST_NAME + 1))
    assert not (tmp_path / "b").exists()


# --- reading one


def test_all_faults_of_the_settings_are_told_at_once(tmp_path: Path) -> None:
    """Each fault comes with its line, what is allowed and the nearest known name."""
    text = f"format: 1\ncandidat: Ada\nlanguage: english\nwords_per_minute: 20\ncandidate: {'x' * 201}\n"
    with pytest.raises(InputError) as caught:
        read_search(with_settings(tmp_path, text))
    said = {problem.where: problem.message for problem in caught.value.problems}
    assert set(said) == {"line 2", "line 3", "line 4", "line 5"}
    assert "Did you mean 'candidate'?" in said["line 2"]
    assert "two-letter code" in said["line 3"]
    assert "from 60 to 300" in said["line 4"]
    assert "at most 200" in said["line 5"]


@pytest.mark.parametrize(("rate", "fine"), [(59, False), (60, True), (300, True), (301, False)])
def test_the_speaking_rate_has_bounds(tmp_path: Path, rate: int, fine: bool) -> None:
    """Rates from 60 to 300 words a minute are kept."""
    folder = with_settings(tmp_path, f"words_per_minute: {rate}\n")
    if fine:
        assert read_search(folder).settings.words_per_minute == rate
    else:
        with pytest.raises(InputError, match="line 1"):
            read_search(folder)


def test_blank_settings_have_their_usual_values(tmp_path: Path) -> None:
    """A name without a value is as good as none."""
    settings = read_search(with_settings(tmp_path, "candidate:\nlanguage:\nwords_per_minute:\n")).settings
    assert (settings.candidate, settings.language, settings.words_per_minute) == ("", "en", 150)


def test_newer_settings_are_refused(tmp_path: Path) -> None:
    """Settings of a later format are not guessed at."""
    with pytest.raises(NewerFormatError, match="99"):
        read_search(with_settings(tmp_path, "format: 99\nnew: 1\n"))


@pytest.mark.parametrize(
    ("remove", "add", "said"),
    [
        ("prepkit.yaml", "", "no search"),
        ("stories.csv", "", "no story inventory"),
        ("", "stories.yaml", "several story inventories: stories.csv, stories.yaml"),
        ("", "Stories.XLSX", "several story inventories"),
    ],
    ids=["settings", "none", "two", "capitals"],
)
def test_a_search_needs_settings_and_one_inventory(tmp_path: Path, remove: str, add: str, said: str) -> None:
    """Without settings it is no search; stories stand in exactly one file."""
    folder = with_settings(tmp_path, "format: 1\n")
    if remove:
        (folder / remove).unlink()
    if add:
        (folder / add).write_text(STORIES, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_search(folder)


def test_no_folder_is_no_search(tmp_path: Path) -> None:
    """A folder that is not there, or a file, is refused with what to do."""
    for path in (tmp_path / "none", with_settings(tmp_path / "a", "format: 1\n") / "stories.csv"):
        with pytest.raises(InputError, match="prepkit new"):
            read_search(path)


def test_junk_is_ignored(make_search: Make) -> None:
    """Leftovers of other programs are neither applications, nor postings, nor stories."""
    search = make_search()
    for name in ("~$stories.xlsx", "stories.csv~", ".stories.csv", "applications/.DS_Store", "applications/notes.txt"):
        (search.path / name).write_text("junk", encoding="utf-8")
    for name in (".git", ".ipynb_checkpoints", "old~"):
        (search.path / "applications" / name).mkdir()
    for name in ("~$posting.docx", ".posting.txt", "posting.txt~", "posting.bak", "posting-notes.txt"):
        (search.path / "applications" / "tidewrack" / name).write_text("junk", encoding="utf-8")
    again = read_search(search.path)
    assert again.names == ("tidewrack",)
    assert again.application("tidewrack").posting.name == "posting.txt"


# --- applications


@pytest.mark.parametrize(
    ("remove", "add", "said"),
    [
        (True, "", "There is no posting"),
        (False, "posting.md", "There are 2 postings"),
        (True, "posting.odt", "no posting"),
    ],
    ids=["none", "two", "other kind"],
)
def test_an_application_has_one_posting(make_search: Make, remove: bool, add: str, said: str) -> None:
    """No posting, or more than one, is refused by name of the folder."""
    search = make_search()
    folder = search.path / "applications" / "tidewrack"
    if remove:
        (folder / "posting.txt").unlink()
    if add:
        (folder / add).write_text(POSTING, encoding="utf-8")
    with pytest.raises(InputError, match=said) as caught:
        search.application("tidewrack")
    assert caught.value.path == folder


@pytest.mark.parametrize("name", ["posting", "plan", "folder", "stories", "settings"])
def test_links_out_of_the_search_are_refused(make_search: Make, tmp_path: Path, name: str) -> None:
    """No file of a search may be a link to something outside."""
    search = make_search()
    folder = search.path / "applications" / "tidewrack"
    outside = tmp_path / "outside"
    link = {
        "posting": folder / "posting.txt", "plan": folder / "plan.yaml", "folder": folder,
        "stories": search.path / "stories.csv", "settings": search.path / "prepkit.yaml",
    }[name]  # fmt: skip
    if link.exists():
        link.rename(outside)
    else:
        outside.write_text("format: 1\n", encoding="utf-8")
    link.symlink_to(outside)
    with pytest.raises(PrepkitError, match="outside"):
        read_search(search.path).application("tidewrack")


def test_a_link_for_the_applications_is_not_written_through(make_search: Make, tmp_path: Path, posting: Path) -> None:
    """An application is never added outside the search."""
    search = make_search({})
    (tmp_path / "outside").mkdir()
    (search.path / "applications").symlink_to(tmp_path / "outside", target_is_directory=True)
    with pytest.raises(PrepkitError, match="outside"):
        add_application(search, posting)
    assert not list((tmp_path / "outside").iterdir())


def test_an_unknown_application_names_the_nearest(make_search: Make) -> None:
    """The refusal says which applications there are."""
    search = make_search({"tidewrack": {}, "acme": {}})
    with pytest.raises(InputError, match=r"Did you mean 'tidewrack'\? There are: acme, tidewrack"):
        search.application("tidewrak")
    with pytest.raises(InputError, match="none yet"):
        make_search({}, folder="other").application("tidewrack")


@pytest.mark.parametrize("name", ["..", "../tidewrack", "/etc", "", "a/b"], ids=["up", "side", "root", "empty", "deep"])
def test_a_path_is_no_application(make_search: Make, name: str) -> None:
    """Only names of applications are taken."""
    with pytest.raises(InputError, match="no application"):
        make_search().application(name)


@pytest.mark.parametrize(
    ("stored", "asked"), [("cafe\u0301", "caf\u00e9"), ("tidewrack", "TideWrack"), ("straße", "STRASSE")],
    ids=["composed", "capitals", "sharp s"],
)  # fmt: skip
def test_names_are_found_in_another_spelling(make_search: Make, stored: str, asked: str) -> None:
    """Capitals and forms of Unicode do not hide an application."""
    assert make_search({stored: {}}).application(asked).name == stored


@pytest.mark.parametrize(
    "name", ["工程师", "нужный-край", "مهندس", "हिन्दी"], ids=["chinese", "russian", "arabic", "hindi"]
)
def test_names_of_any_script_are_kept(make_search: Make, posting: Path, name: str) -> None:
    """A name need not be written in Latin letters."""
    search = make_search({})
    assert add_application(search, posting, name).name == name
    assert read_search(search.path).names == (name,)


@pytest.mark.parametrize("there", ["acme", "ACME", "Acme"])
def test_a_name_is_given_once(make_search: Make, posting: Path, there: str) -> None:
    """An application that some file system would take for the same is never written over."""
    search = make_search({there: {}})
    before = sorted(search.path.rglob("*"))
    with pytest.raises(InputError, match="of that name"):
        add_application(search, posting, "acme")
    assert sorted(search.path.rglob("*")) == before


@pytest.mark.parametrize("name", ["../up", "Two Words", "con", "a/b", "???", "."])
def test_a_name_that_is_no_folder_name_is_refused(make_search: Make, posting: Path, name: str) -> None:
    """What cannot be a folder's name everywhere is refused, and nothing is made."""
    search = make_search({})
    with pytest.raises(PrepkitError, match="cannot be a folder name"):
        add_application(search, posting, name)
    assert read_search(search.path).names == ()


def test_a_posting_that_cannot_be_read_makes_no_application(make_search: Make, tmp_path: Path) -> None:
    """Nothing is made of a posting that is empty or of an unknown kind."""
    search = make_search({})
    for name, text in (("a.txt", ""), ("a.odt", POSTING)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(InputError):
            add_application(search, tmp_path / name)
    assert read_search(search.path).names == ()


def test_an_application_is_opened_with_all_that_the_settings_say(make_search: Make) -> None:
    """Own questions, speaking rate, pronoun and language reach the application, from wherever it is opened."""
    search = make_search()
    (search.path / "prepkit.yaml").write_text(
        "format: 1\ncandidate: Ada\nwords_per_minute: 120\npronoun: she\nlanguage: de\n", encoding="utf-8"
    )
    (search.path / "questions.csv").write_text("question\nWould you sail at night?\n", encoding="utf-8")
    search = read_search(search.path)
    assert search.parameters("tidewrack", Path(".."))["questions"] == "../questions.csv"
    application = open_application(**search.parameters("tidewrack", search.path))
    assert (application.words_per_minute, application.pronoun, application.language) == (120, "she", "de")
    assert "Would you sail at night?" in [question.text for question in application.questions]
    assert make_search(folder="other").parameters("tidewrack")["questions"] == ""


def test_a_pronoun_that_is_none_is_a_fault_of_the_settings(make_search: Make) -> None:
    """The file, the line and what is allowed."""
    search = make_search()
    (search.path / "prepkit.yaml").write_text("format: 1\npronoun: xe\n", encoding="utf-8")
    with pytest.raises(InputError, match="she, he or they"):
        read_search(search.path)
