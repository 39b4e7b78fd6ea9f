"""The grid of ratings without a browser: what it shows, what it saves, and what it does not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import PAYLOADS, PLAN, STORY

from prepkit.plan import load_plan
from prepkit.ratinggrid import RatingGrid
from prepkit.search import Search
from prepkit.session import Session

Make = Callable[..., Search]


@pytest.fixture
def grid(make_search: Make) -> RatingGrid:
    """Two stories by three themes, one rating settled."""
    search = make_search({"a": {"plan": PLAN}}, [STORY, STORY | {"id": "rota", "title": "Drew a rota"}])
    return RatingGrid(Session(*search.parameters("a", search.path).values()))


def test_each_cell_says_its_rating_and_whether_it_is_settled(grid: RatingGrid) -> None:
    """Stories in the order of the inventory, themes in that of the plan."""
    shown = grid.matrix
    assert [story["id"] for story in shown["stories"]] == ["storm", "rota"]
    assert [theme["name"] for theme in shown["themes"]] == [theme["claim"] for theme in PLAN["themes"]]
    assert shown["cells"][0][0] == {"rating": 2, "settled": True}
    assert shown["cells"][1][0]["settled"] is False


@pytest.mark.parametrize("rating", [0, 1, 2])
def test_a_rating_is_saved_and_shown(rating: int, grid: RatingGrid) -> None:
    """At once, in the plan and in the grid."""
    grid.rate("rota", "pier", rating)
    assert load_plan(grid._session.application.plan_path).ratings["rota"] == {"pier": rating}
    assert grid.matrix["cells"][1][2] == {"rating": rating, "settled": True}
    grid.rate("rota", "pier", None)
    assert grid.matrix["cells"][1][2]["settled"] is False


def test_what_a_browser_sends_is_taken_as_a_rating(grid: RatingGrid) -> None:
    """The message of a key or a click."""
    grid._told(None, {"story": "rota", "theme": "calm", "rating": 1}, None)
    assert grid._session.application.plan.ratings["rota"] == {"calm": 1}


@pytest.mark.parametrize(
    "message",
    [None, 7, "x", [], {}, {"story": "gone", "theme": "calm", "rating": 1},
     {"story": "rota", "theme": "x", "rating": 1},
     {"story": "rota", "theme": "calm", "rating": 3}, {"story": "rota", "theme": "calm", "rating": "2"},
     {"story": ["rota"], "theme": "calm", "rating": 1}, {"story": "rota", "theme": {"a": 1}, "rating": 1}],
    ids=repr,
)  # fmt: skip
def test_any_other_message_changes_nothing(message: Any, grid: RatingGrid) -> None:
    """A browser may send anything."""
    before = grid._session.application.plan
    grid._told(None, message, None)
    assert grid._session.application.plan == before


def test_without_themes_there_is_nothing_to_rate(make_search: Make) -> None:
    """Suggestions are no themes yet."""
    search = make_search()
    grid = RatingGrid(Session(*search.parameters("tidewrack", search.path).values()))
    assert grid.matrix["themes"] == []
    assert grid.matrix["cells"] == [[]]


def test_names_go_to_the_browser_as_text(make_search: Make) -> None:
    """The script sets them as text; steering characters are gone already."""
    themes = [{"id": f"t{n}", "category": "fit", "claim": text} for n, text in enumerate(PAYLOADS[:12])]
    search = make_search({"a": {"plan": {"format": 1, "themes": themes}}}, [STORY | {"title": "safe\u202egnp.exe"}])
    grid = RatingGrid(Session(*search.parameters("a", search.path).values()))
    assert grid.matrix["stories"][0]["name"] == "safegnp.exe"
    assert [theme["name"] for theme in grid.matrix["themes"]] == PAYLOADS[:12]
    assert "innerHTML" not in str(grid._esm)


def test_thirty_stories_by_four_themes_stay_small(make_search: Make) -> None:
    """What goes to the browser after each change is a few thousand characters."""
    stories = [STORY | {"id": f"s{n}"} for n in range(30)]
    search = make_search({"a": {"plan": PLAN}}, stories)
    assert len(repr(RatingGrid(Session(*search.parameters("a", search.path).values())).matrix)) < 12_000
