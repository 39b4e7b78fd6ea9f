"""The small record of where an application stands: what it says, what it leaves out, and that it is read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PLAN, STORY, hostile_search

from prepkit.application import Application, open_application
from prepkit.errors import InputError, NewerFormatError
from prepkit.search import Search, read_search
from prepkit.standing import FILE, LONGEST, Standing, read_standing, standing, to_json

Make = Callable[..., Search]
SECOND = STORY | {"id": "pier", "title": "Met the first boat for a year", "competencies": "customer-focus"}
TITLE = {"id": "seed", "title": "Only a title"}
DEBRIEFS = """\
format: 1
debriefs:
- id: one
  day: 2026-12-01
  kind: mock
  themes:
  - {theme: calm, heard: heard}
  - {theme: gone, heard: not heard}
  asked:
  - {question: A crisis?, story: storm}
  - {question: Another?, story: storm}
  - {question: And now?}
- {id: two, day: 2026-12-04, kind: interview, outcome: next round}
"""


def opened(search: Search, name: str = "tidewrack") -> Application:
    """The application as the runner opens it."""
    return open_application(**search.parameters(name, search.path))


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Application:
    """An application with chosen themes, three stories, a day and two debriefs."""
    from conftest import write_search

    plan = PLAN | {"interview": "2026-12-03 14:00", "ratings": {"storm": {"calm": 2, "islands": 1}}}
    search = write_search(tmp_path_factory.mktemp("one"), {"tidewrack": {"plan": plan}}, [STORY, SECOND, TITLE])
    (search.path / "applications/tidewrack/debriefs.yaml").write_text(DEBRIEFS, encoding="utf-8")
    return opened(read_search(search.path))


@pytest.fixture(scope="module")
def record(decided: Application) -> Standing:
    """Its record."""
    return standing(decided, "tidewrack")


def test_it_says_whose_and_what_it_is(record: Standing) -> None:
    """Folder, candidate, role, employer, level, and the day of the interview without its hour."""
    assert (record.name, record.candidate, record.company) == ("tidewrack", "Ada Fenwright", "Tidewrack Ferries")
    assert record.role == "Harbour Operations Manager"
    assert record.level in ("junior", "mid", "senior")
    assert record.interview == "2026-12-03"
    assert record.chosen


def test_each_theme_has_the_counts_and_the_chance_of_the_report(record: Standing, decided: Application) -> None:
    """Suggested ratings are counted in, settled ones apart; gaps are those of the coverage matrix."""
    assert [(theme.id, theme.category) for theme in record.themes] == [
        ("calm", "challenge"), ("islands", "motivation"), ("pier", "fit"),
    ]  # fmt: skip
    for theme in record.themes:
        counts = decided.support[theme.id]
        assert theme.stories == counts["stories"]
        assert (theme.settled_strong, theme.settled_partial) == (counts["strong"], counts["partial"])
        assert theme.told is not None
        assert theme.told.value == round(decided.odds.by_question[theme.id].iloc[-1], 4)
        assert theme.told.low <= theme.told.value <= theme.told.high
    assert [theme.id for theme in record.gaps] == decided.coverage.gaps()
    assert record.themes[0].settled_strong == 1
    assert record.themes[0].name == "Brings calm to a broken timetable"


def test_it_holds_the_odds_the_steps_and_what_to_do_next(record: Standing, decided: Application) -> None:
    """The same figures and sentences as on the first screen of the report."""
    assert record.odds is not None
    assert (record.odds.value, record.odds.high) == (
        round(decided.odds.all_themes.value, 4), round(decided.odds.all_themes.high, 4),
    )  # fmt: skip
    assert [(step.name, step.done) for step in record.steps] == [(step.name, step.done) for step in decided.steps]
    assert record.done == sum(step.done for step in decided.steps)
    assert (record.next, record.why) == decided.next[0]
    assert record.open_ratings == int((~decided.coverage.decided).to_numpy().sum())
    assert [(move.theme, move.competency, move.story) for move in record.moves] == [
        (move.theme, move.competency, move.story) for move in decided.moves
    ]
    assert [move.gain for move in record.moves] == pytest.approx([move.gain for move in decided.moves], abs=1e-3)


def test_it_holds_what_each_story_carries(record: Standing, decided: Application) -> None:
    """The whole inventory; a theme that a story does not carry is left out, and a settled rating is marked."""
    storm, pier, seed = record.stories
    assert (storm.title, storm.when, storm.tellable) == (STORY["title"], "2012", True)
    assert storm.competencies == ("staying-calm-under-pressure", "leading-people")
    assert (storm.ratings["calm"], storm.ratings["islands"]) == (2, 1)
    assert set(storm.settled) == {"calm", "islands"}
    assert not seed.tellable
    for story in (storm, pier, seed):
        row = decided.coverage.ratings.loc[story.id]
        assert dict(story.ratings) == {theme: rating for theme, rating in row.items() if rating}


def test_it_holds_what_came_of_each_debrief(record: Standing) -> None:
    """Kind, day, outcome, what was heard of each theme asked about, and each story told once."""
    mock, interview = record.debriefs
    assert (mock.kind, mock.day, mock.outcome, mock.told) == ("mock", "2026-12-01", "none", ("storm",))
    assert dict(mock.heard) == {"calm": "heard", "gone": "not heard"}
    assert (interview.kind, interview.outcome, interview.told) == ("interview", "next round", ())


def test_nothing_is_simulated_before_themes_are_chosen(make_search: Make) -> None:
    """Odds of suggestions mean nothing, and take the longest; the rest is there, marked as not chosen."""
    application = opened(make_search())
    found = standing(application, "tidewrack")
    assert "odds" not in vars(application)
    assert (found.chosen, found.odds, found.moves) == (False, None, ())
    assert found.themes
    assert {theme.told for theme in found.themes} == {None}
    assert found.themes[0].name.startswith("“")


def test_what_is_ready_is_to_be_rehearsed(make_search: Make) -> None:
    """Where nothing is missing the next step says so."""
    application = opened(make_search({"tidewrack": {"plan": PLAN}}))
    vars(application)["next"] = ()
    found = standing(application, "tidewrack")
    assert (found.next, found.why) == ("Rehearse.", "Nothing is missing from the plan.")


def test_chosen_themes_without_a_story_have_no_odds_but_zero(make_search: Make) -> None:
    """The share of themes is what moves then raise."""
    found = standing(opened(make_search({"tidewrack": {"plan": PLAN}}, [])), "tidewrack")
    assert found.odds is not None
    assert (found.odds.value, found.measure, found.stories) == (0, "share", ())
    assert len(found.gaps) == 3


def test_the_same_application_gives_the_same_small_text(decided: Application, record: Standing) -> None:
    """JSON with sorted names that ends in a newline; the example takes less than 8,000 bytes."""
    text = to_json(record)
    assert text == to_json(standing(decided, "tidewrack"))
    assert text.endswith("}\n")
    assert list(json.loads(text)) == sorted(json.loads(text))
    assert json.loads(text)["format"] == 1
    example = open_application()
    assert len(to_json(standing(example, "merrowdale")).encode()) < 8_000


def test_it_is_read_back_as_it_was(record: Standing, tmp_path: Path) -> None:
    """All of it, and it cannot be changed."""
    (tmp_path / FILE).write_text(to_json(record), encoding="utf-8")
    found = read_standing(tmp_path / FILE)
    assert found == record
    with pytest.raises(ValueError, match="frozen"):
        found.name = "other"  # type: ignore[misc]


def test_any_text_is_kept_as_text(tmp_path: Path) -> None:
    """Every payload in every place comes back as it was written, cut at most."""
    search = hostile_search(tmp_path / "hostile")
    for name in search.names:
        application = opened(search, name)
        found = standing(application, name)
        (tmp_path / FILE).write_text(to_json(found), encoding="utf-8")
        assert read_standing(tmp_path / FILE) == found
        assert [story.title for story in found.stories] == [
            " ".join(story.title.split()) for story in application.stories
        ]


def test_long_texts_are_cut(make_search: Make) -> None:
    """A record stays small, whatever a posting or a claim says; with words and without."""
    themes = [PLAN["themes"][0] | {"claim": "calm " * 400}, PLAN["themes"][1] | {"claim": "x" * 2_000}]
    plan = {"format": 1, "themes": themes, "posting": {"title": "T" * 3_000}}
    found = standing(opened(make_search({"tidewrack": {"plan": plan}})), "tidewrack")
    assert [len(theme.name) <= LONGEST for theme in found.themes] == [True, True]
    assert found.themes[0].name.endswith("…")
    assert found.role == "T" * LONGEST


def change(**values: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda data: data | values


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: [data], "not the record of an application"),
        (lambda data: {}, "not the record of an application"),
        (change(format="1"), "not the record of an application"),
        (change(format=0), "not the record of an application"),
        (change(level="chief"), "damaged"),
        (change(surprise=1), "damaged"),
        (change(name=""), "damaged"),
        (change(interview="soon"), "damaged"),
        (change(odds={"value": 2, "low": 0, "high": 1}), "damaged"),
        (change(role="x" * 301), "damaged"),
        (change(steps=[{"name": "a"}]), "damaged"),
    ],
)
def test_a_damaged_record_is_refused(
    damage: Callable[[dict[str, Any]], Any], said: str, record: Standing, tmp_path: Path
) -> None:
    """The message names the file and what to do, and nothing is taken for zero."""
    data = damage(json.loads(to_json(record)))
    (tmp_path / FILE).write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match=said) as caught:
        read_standing(tmp_path / FILE)
    assert "prepkit report" in str(caught.value)
    assert not isinstance(caught.value, NewerFormatError)


@pytest.mark.parametrize(
    "text", ["{", '{"format": 1, "odds": NaN}', "[" * 100_000, "\ud83d".encode("utf-16-le", "surrogatepass"), "null"]
)
def test_what_is_no_json_is_refused(text: str | bytes, tmp_path: Path) -> None:
    """Half a file, numbers that are none, nesting without end and bytes that are no text."""
    (tmp_path / FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match="record"):
        read_standing(tmp_path / FILE)


def test_a_record_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """As for any file."""
    with pytest.raises(InputError, match="no such file"):
        read_standing(tmp_path / FILE)


def test_a_newer_record_is_left_to_a_newer_prepkit(record: Standing, tmp_path: Path) -> None:
    """Whatever else it holds."""
    (tmp_path / FILE).write_text(json.dumps({"format": 2, "news": []}), encoding="utf-8")
    with pytest.raises(NewerFormatError, match="format 2"):
        read_standing(tmp_path / FILE)
