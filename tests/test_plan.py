"""The plan: every fault with its line, saves that touch one line, and no change lost between two sessions."""

from __future__ import annotations

import difflib
import stat
from pathlib import Path

import pytest

from prepkit.errors import InputError, NewerFormatError
from prepkit.level import Level
from prepkit.plan import MAX_THEMES, Bridge, Category, CultureNote, Plan, Source, Theme, load_plan, update_plan
from prepkit.posting import read_posting
from prepkit.resources import template

EXAMPLES = sorted(template("example/applications").glob("*/plan.yaml"))

FAULTY = """\
format: 1
colour: red
posting:
  level: midd
themes:
  - id: calm
    category: chalenge
    clam: typo
  - id: calm
    category: fit
  - category: fit
  - id: has space
    category: fit
ratings:
  storm:
    calm: 3
    pier: many
culture_notes:
  - id: ines
    who: employe
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A place for a plan."""
    return tmp_path / "plan.yaml"


def refusal(file: Path, text: str) -> InputError:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_plan(file)
    return caught.value


# --- what is read


def test_a_plan_that_is_not_there_is_empty(file: Path) -> None:
    """Before anybody has decided, there is an empty plan and no file."""
    assert load_plan(file) == Plan()
    assert not file.exists()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_shipped_plans_are_read(path: Path) -> None:
    """Each example has themes of every category, and ratings only for them."""
    plan = load_plan(path)
    assert {theme.category for theme in plan.themes} == set(Category)
    assert {name for row in plan.ratings.values() for name in row} <= {theme.id for theme in plan.themes}


def test_all_faults_are_told_at_once_with_their_lines(file: Path) -> None:
    """One reading names every fault of the file, in the order of its lines."""
    lines = [problem.where for problem in refusal(file, FAULTY).problems]
    assert lines == [f"line {n}" for n in (2, 4, 7, 8, 9, 11, 12, 16, 17, 20)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (2, ("“colour” is not known here", "themes", "ratings")),
        (4, ("junior", "senior", "Did you mean 'mid'?")),
        (7, ("motivation", "fit", "Did you mean 'challenge'?")),
        (8, ("“clam” is not known here", "Did you mean 'claim'?")),
        (9, ("“calm”", "line 6")),
        (11, ("“id” is missing",)),
        (12, ("“has space”", "letters, digits")),
        (16, ("“3”", "0 (none), 1 (partial) or 2 (strong)")),
        (17, ("“many”", "0 (none), 1 (partial) or 2 (strong)")),
        (20, ("former employee", "vendor", "Did you mean 'employee'?")),
    ],
    ids=["name", "level", "category", "field", "repeated", "missing", "id", "high", "word", "who"],
)
def test_a_fault_says_what_is_allowed(file: Path, line: int, said: tuple[str, ...]) -> None:
    """A fault names what was found, what may stand there and the nearest of it."""
    message = next(str(it) for it in refusal(file, FAULTY).problems if it.where == f"line {line}")
    assert [part for part in said if part not in message] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("themes: calm\n", "should be a list"),
        ("ratings: [a]\n", "names with values"),
        ("themes:\n" + "".join(f"  - {{id: t{n}, category: fit}}\n" for n in range(MAX_THEMES + 1)), "at most 12"),
        (f"themes:\n  - {{id: a, category: fit, claim: {'x' * 5_001}}}\n", "5,000 characters"),
        ("themes:\n  - {id: '', category: fit}\n", "it is empty"),
    ],
    ids=["themes", "ratings", "many", "long", "empty"],
)
def test_what_has_another_shape_is_refused(file: Path, text: str, said: str) -> None:
    """Values of the wrong kind, and too much of the right one, are told in plain words."""
    assert said in str(refusal(file, text))


@pytest.mark.parametrize(
    "text",
    [
        "themes:\n",
        "ratings:\nculture_notes:\n",
        "posting:\n",
        "posting:\n  level:\n  title:\n",
        "ratings:\n  storm:\n",
        "ratings:\n  storm: {calm: }\n",
        "posting_fingerprint:\n",
    ],
    ids=["themes", "lists", "posting", "level", "row", "rating", "fingerprint"],
)
def test_what_is_left_blank_is_not_there(file: Path, text: str) -> None:
    """A name without a value is taken for one that nobody has filled in yet."""
    file.write_text(text, encoding="utf-8")
    assert not [row for row in load_plan(file).ratings.values() if row]
    assert load_plan(file).model_copy(update={"ratings": {}}) == Plan()


def test_a_blank_twist_is_empty(file: Path) -> None:
    """Claim, evidence and twist of a theme may wait."""
    file.write_text("themes:\n  - id: a\n    category: fit\n    claim:\n    evidence:\n    twist:\n", encoding="utf-8")
    assert load_plan(file).themes == (Theme(id="a", category=Category.FIT),)


def test_evidence_may_be_written_with_commas(file: Path) -> None:
    """References can stand in one text with commas between."""
    file.write_text("themes:\n  - {id: a, category: fit, evidence: '7a, 8'}\n", encoding="utf-8")
    assert load_plan(file).themes[0].evidence == ("7a", "8")


# --- what is saved


def changed(path: Path, change: object) -> list[str]:
    before = path.read_text(encoding="utf-8").splitlines()
    update_plan(path, change)  # type: ignore[arg-type]
    after = path.read_text(encoding="utf-8").splitlines()
    return [
        it
        for it in difflib.unified_diff(before, after, n=0, lineterm="")
        if it[0] in "+-" and it[:3] not in ("+++", "---")
    ]


@pytest.mark.parametrize("source", EXAMPLES, ids=lambda path: path.parent.name)
def test_one_rating_changes_one_line(file: Path, source: Path) -> None:
    """A save after one rating touches its line only, and comments stay where they were."""
    text = source.read_text(encoding="utf-8").replace("ratings:\n", "# mine\nratings:   # settled on Sunday\n")
    file.write_text(f"# top\n{text}# end\n", encoding="utf-8")
    theme = load_plan(file).themes[1].id
    found = changed(file, lambda plan: plan.with_rating("rota-rebuild", theme, 0))
    assert len(found) == 2
    assert "rota-rebuild" in found[0]
    assert f"{theme}: 0" in found[1]
    assert all(note in file.read_text(encoding="utf-8") for note in ("# top", "# mine", "# settled on Sunday", "# end"))


def test_a_change_that_changes_nothing_leaves_the_file(file: Path) -> None:
    """Saving the plan as it is gives the same bytes."""
    file.write_bytes(EXAMPLES[0].read_bytes())
    update_plan(file, lambda plan: plan)
    assert file.read_bytes() == EXAMPLES[0].read_bytes()


def test_a_new_plan_is_for_its_owner_only(file: Path) -> None:
    """The first save makes the file, readable by nobody else, and it reads back equal."""
    themes = (Theme(id="a", category=Category.FIT, claim="One: two # three", evidence=("007", "no")),)
    saved = update_plan(file, lambda plan: plan.with_themes(themes).with_rating("storm", "a", 2))
    assert load_plan(file) == saved
    assert saved.themes == themes
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_rating_can_be_opened_again(file: Path) -> None:
    """None takes a rating back, and a story without ratings is gone from the file."""
    update_plan(file, lambda plan: plan.with_rating("storm", "a", 0))
    assert load_plan(file).ratings == {"storm": {"a": 0}}
    update_plan(file, lambda plan: plan.with_rating("storm", "a", None))
    assert "storm" not in file.read_text(encoding="utf-8")


def test_ratings_wait_for_a_theme_to_come_back() -> None:
    """Other themes leave the ratings of those that went."""
    plan = Plan().with_themes((Theme(id="a", category=Category.FIT),)).with_rating("storm", "a", 2)
    assert plan.with_themes(()).ratings == {"storm": {"a": 2}}
    assert plan.theme("a") is not None
    assert plan.with_themes(()).theme("a") is None


def test_a_change_that_could_not_be_read_again_is_not_saved(file: Path) -> None:
    """A change that makes a faulty plan is refused and the file stays as it was."""
    file.write_bytes(EXAMPLES[0].read_bytes())
    with pytest.raises(InputError, match="strong"):
        update_plan(file, lambda plan: plan.model_copy(update={"ratings": {"a": {"b": 7}}}))
    assert file.read_bytes() == EXAMPLES[0].read_bytes()


def test_a_newer_file_is_left_alone(file: Path) -> None:
    """A plan of a later format is neither read nor written, and stays byte for byte."""
    data = b"format: 99\r\nthemes: {new: shape}\r\n"
    file.write_bytes(data)
    with pytest.raises(NewerFormatError, match="99"):
        load_plan(file)
    with pytest.raises(NewerFormatError, match="99"):
        update_plan(file, lambda plan: plan.with_rating("a", "b", 1))
    assert file.read_bytes() == data


# --- corrections


def test_corrections_overrule_the_posting(file: Path) -> None:
    """What a person says of title, employer, place and level holds against what was read."""
    file.write_text("posting: {title: Captain, company: '', location: Pier, level: junior}\n", encoding="utf-8")
    posting = read_posting(EXAMPLES[1].with_name("posting.txt"))
    corrected = posting.corrected(load_plan(file).posting.model_dump(exclude_none=True))
    assert (corrected.title, corrected.company, corrected.location) == ("Captain", posting.company, "Pier")
    assert posting.level is Level.SENIOR
    assert corrected.level is Level.JUNIOR
    assert "by you" in corrected.level_reasons[0]


def test_control_characters_are_dropped() -> None:
    """Texts of a plan hold nothing that a terminal would obey."""
    note = CultureNote(id="n", who=Source.VENDOR, told=" a\x1b[31mb ")
    assert note.told == "a[31mb"


@pytest.mark.parametrize(("written", "read"), [("2026-12-03", "2026-12-03"), ("2026-12-03T14:00", "2026-12-03 14:00")])
def test_the_day_of_the_interview_is_kept(written: str, read: str, tmp_path: Path) -> None:
    """A day, or a day and an hour."""
    (tmp_path / "plan.yaml").write_text(f"format: 1\ninterview: {written}\n", encoding="utf-8")
    assert load_plan(tmp_path / "plan.yaml").interview == read


@pytest.mark.parametrize(("written", "said"), [("next week", "should be a day such as"), ("2026-02-30", "no calendar")])
def test_a_day_that_is_none_is_refused(written: str, said: str, tmp_path: Path) -> None:
    """With the line, what was found and what is allowed."""
    (tmp_path / "plan.yaml").write_text(f"format: 1\ninterview: {written}\n", encoding="utf-8")
    with pytest.raises(InputError, match=said) as caught:
        load_plan(tmp_path / "plan.yaml")
    assert "line 2" in str(caught.value)


def test_a_bridge_takes_the_place_of_the_one_for_the_same_question(tmp_path: Path) -> None:
    """Bridges are kept by their question, in the order in which they came, through the file."""
    path = tmp_path / "plan.yaml"
    first, second = (Bridge(id=name, theme="t", story="s", theme_first=name) for name in ("a", "b"))
    update_plan(path, lambda plan: plan.with_bridge(first).with_bridge(second))
    changed = first.model_copy(update={"theme_first": "new"})
    assert update_plan(path, lambda plan: plan.with_bridge(changed)).bridges == (changed, second)
    assert load_plan(path).bridges == (changed, second)
