"""Coverage: every story by every theme, what people settled and what is only suggested, and the fewest stories."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from prepkit.coverage import Coverage, build_coverage, suggest_ratings, support
from prepkit.resources import template
from prepkit.stories import Story, StoryInventory, read_stories

EXAMPLE = read_stories(template("example/stories.csv"))
WORDS = ["calm crews storm ferry", "rota nurses shifts", "linen porter", "lead the team under pressure", ""]


def inventory(count: int) -> StoryInventory:
    stories = (
        Story(f"s{n}", WORDS[n % 4], action=WORDS[(n + 1) % 4], competencies=("leading-people",) * (n % 2))
        for n in range(count)
    )
    return StoryInventory(tuple(stories), Path("stories.csv"))


def made(values: list[list[int]] | np.ndarray, decided: bool = True) -> Coverage:
    array = np.array(values, dtype="int8")
    index = pd.Index([f"s{n}" for n in range(array.shape[0])], name="story", dtype=object)
    columns = pd.Index([f"t{n}" for n in range(array.shape[1])], name="theme", dtype=object)
    ratings = pd.DataFrame(array, index=index, columns=columns)
    return Coverage(ratings, pd.DataFrame(decided, index=index, columns=columns))


MATRICES = hnp.arrays("int8", st.tuples(st.integers(1, 8), st.integers(0, 4)), elements=st.sampled_from([0, 0, 1, 2]))
RATINGS = st.dictionaries(
    st.sampled_from([f"s{n}" for n in range(7)] + ["gone"]),
    st.dictionaries(st.sampled_from(["t0", "t1", "t2", "t3", "away"]), st.integers(0, 2), max_size=5),
    max_size=8,
)

# --- the matrix


@settings(max_examples=60)
@given(
    st.integers(1, 7),
    st.permutations(["t0", "t1", "t2", "t3"]),
    st.integers(0, 4),
    RATINGS,
    st.sampled_from(["en", "de"]),
)
@example(5, ["t0", "t1", "t2", "t3"], 2, {"s1": {"t1": 0}, "gone": {"t0": 2}, "s0": {"away": 1}}, "en")
def test_the_matrix_has_every_story_and_theme_in_order(
    count: int, order: list[str], themes: int, ratings: dict[str, dict[str, int]], language: str
) -> None:
    """Whatever has been rated: all rows, all columns, small integers, and settled cells as they were given."""
    texts = {theme: WORDS[n] for n, theme in enumerate(order[:themes])}
    coverage = build_coverage(texts, inventory(count), ratings, language)
    names = [f"s{n}" for n in range(count)]
    for frame, kind in ((coverage.ratings, "int8"), (coverage.decided, "bool"), (coverage.settled, "int8")):
        assert list(frame.index) == names
        assert list(frame.columns) == order[:themes]
        assert (frame.index.name, frame.columns.name) == ("story", "theme")
        assert {str(dtype) for dtype in frame.dtypes} <= {kind}
        assert not frame.isna().any(axis=None)
    suggested = suggest_ratings(texts, inventory(count), language)
    for story in names:
        for theme in order[:themes]:
            given_one = ratings.get(story, {}).get(theme)
            assert bool(coverage.decided.loc[story, theme]) is (given_one is not None)
            assert coverage.ratings.loc[story, theme] == (
                suggested.loc[story, theme] if given_one is None else given_one
            )
            assert coverage.settled.loc[story, theme] == (given_one or 0)


def test_a_theme_without_a_story_is_a_column_of_zeros() -> None:
    """A theme that shares no word with any story stays in the matrix."""
    coverage = build_coverage({"calm": "storm ferry", "none": "xylophone"}, inventory(3), {})
    assert coverage.ratings["none"].tolist() == [0, 0, 0]
    assert coverage.ratings["calm"].any()
    assert "none" in coverage.gaps()
    assert coverage.backing("none") == []


def test_a_suggestion_is_never_a_decision() -> None:
    """What tags and words suggest is not settled, and counts for nothing where only settled ratings count."""
    coverage = build_coverage({"lead": "Leads people and teams under pressure"}, EXAMPLE, {})
    assert (coverage.ratings > 0).any(axis=None)
    assert not coverage.decided.any(axis=None)
    assert not coverage.settled.any(axis=None)
    counts = support(coverage).loc["lead"]
    assert (counts["strong"], counts["partial"], counts["open"]) == (0, 0, len(EXAMPLE))
    assert counts["maybe_strong"] + counts["maybe_partial"] == counts["stories"] > 0


def test_strong_needs_a_tag() -> None:
    """Words alone suggest partial at most; the same story with the right tag may be strong."""
    text = "Leads a team of people and leads the crews through a storm"
    told = {"title": text, "action": text}
    tagged = Story("tagged", **told, competencies=("leading-people",))
    both = StoryInventory((Story("plain", **told), tagged), Path("s.csv"))
    assert suggest_ratings({"lead": text}, both)["lead"].tolist() == [1, 2]


def test_other_languages_use_words_only() -> None:
    """Tags are matched by English words, so in another language they neither raise nor lower a suggestion."""
    text = "Leads a team of people"
    stories = StoryInventory(
        (Story("tagged", "Zwei Häuser", competencies=("leading-people",)), Story("words", text)), Path("s.csv")
    )
    assert suggest_ratings({"lead": text}, stories, "de")["lead"].tolist() == [0, 1]


def test_support_counts_each_kind() -> None:
    """Settled and suggested ratings are counted apart, one row for each theme."""
    coverage = made([[2, 1], [1, 0], [2, 2]])
    coverage.decided.iloc[2] = False
    table = support(coverage)
    assert table.index.name == "theme"
    assert table.loc["t0"].to_dict() == {
        "strong": 1, "partial": 1, "maybe_strong": 1, "maybe_partial": 0, "stories": 3, "open": 1,
    }  # fmt: skip
    assert table.loc["t1"].tolist() == [0, 1, 1, 0, 2, 1]


# --- what is short


@given(MATRICES)
@example(np.array([[2, 0, 1], [0, 0, 1]], dtype="int8"))
@example(np.array([[2, 1], [0, 1], [0, 0]], dtype="int8"))
def test_gaps_and_leaning_follow_their_definitions(values: np.ndarray) -> None:
    """Gaps, single, idle and overused stories are what counting cell by cell gives."""
    coverage = made(values)
    stories, themes = values.shape
    carriers = {f"t{t}": [f"s{s}" for s in range(stories) if values[s, t] > 0] for t in range(themes)}
    assert coverage.gaps() == [theme for theme, found in carriers.items() if len(found) < 2]
    assert coverage.single() == {theme: found[0] for theme, found in carriers.items() if len(found) == 1}
    assert coverage.idle() == [f"s{s}" for s in range(stories) if not any(values[s])]
    leaning = {
        f"s{s}": tuple(t for t, found in carriers.items() if f"s{s}" in found and len(set(found) - {f"s{s}"}) < 2)
        for s in range(stories)
    }
    assert coverage.overused() == {story: found for story, found in leaning.items() if len(found) >= 2}
    for theme, found in carriers.items():
        backing = coverage.backing(theme)
        assert backing == sorted(found, key=lambda story: (-coverage.ratings.loc[story, theme], int(story[1:])))
