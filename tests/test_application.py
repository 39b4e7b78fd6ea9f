"""One application: posting, stories and plan looked at together."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PLAN, POSTING

from prepkit.application import EXAMPLE, Application, open_application
from prepkit.errors import InputError
from prepkit.level import Level
from prepkit.plan import Category, update_plan
from prepkit.resources import template
from prepkit.search import Search

Make = Callable[..., Search]


def opened(search: Search, name: str = "tidewrack") -> Application:
    files = search.application(name)
    return open_application(
        search.path / files.posting, search.path / search.stories, search.path / files.plan, search.settings.candidate
    )


def test_the_shipped_example_opens() -> None:
    """Without any file the example is shown, ready for the interview but for a few ratings."""
    example = open_application()
    assert (example.candidate, example.role) == ("Marla Quenby", "Head of Operations")
    assert example.posting.level is Level.SENIOR
    assert example.chosen
    assert list(example.coverage.ratings.columns) == [theme.id for theme in example.plan.themes]
    assert list(example.coverage.ratings.index) == list(example.stories.ids)
    assert {story.id for story in example.rehearsal} <= set(example.stories.ids)
    assert all(example.support[theme.id]["stories"] >= 2 for theme in example.themes)
    assert not [finding for finding in example.findings if finding.severity == "gap"]


@pytest.mark.parametrize("folder", sorted(template("example/applications").iterdir()), ids=lambda path: path.name)
def test_every_shipped_application_opens(folder: Path) -> None:
    """Each example has themes of all categories, a full matrix and eight steps."""
    posting = next(folder.glob("posting.*"))
    application = open_application(posting, template("example/stories.csv"))
    assert {theme.category for theme in application.themes} == set(Category)
    assert application.coverage.ratings.shape == (len(application.stories), len(application.themes))
    assert application.chosen is (folder / "plan.yaml").exists()
    assert len(application.steps) == 8
    assert application.rehearsal


def test_an_empty_plan_shows_provisional_themes(make_search: Make) -> None:
    """Before anybody has chosen, suggestions stand in for themes and say what the posting says."""
    application = opened(make_search())
    assert not application.chosen
    assert not application.plan_path.exists()
    assert {theme.category for theme in application.themes} == set(Category)
    assert {theme.claim for theme in application.themes} == {""}
    for name in application.theme_names.values():
        assert name.startswith("“")
        assert name.endswith("”")
        assert name.strip("“”") in POSTING
    assert not application.coverage.decided.any(axis=None)
    assert [step.done for step in application.steps] == [False] * 8


def test_a_chosen_theme_goes_by_its_claim(make_search: Make) -> None:
    """Where there is a claim, the claim is the name, and the plan's order is kept."""
    application = opened(make_search({"tidewrack": {"plan": PLAN}}))
    assert list(application.theme_names.items()) == [
        ("calm", "Brings calm to a broken timetable"),
        ("islands", "Keeps the islands joined"),
        ("pier", "Begins the day on the pier"),
    ]
    assert application.coverage.settled.loc["storm", "calm"] == 2


@pytest.mark.parametrize(
    ("evidence", "name"),
    [
        (["8"], "“We exist so that nobody on the islands is cut off from school, work or hospital.”"),
        (["n1"], "“They laugh”"),
        (["n2"], "“Told at noon”"),
        (["99", "n1"], "“They laugh”"),
        ([], "“t”"),
    ],
    ids=["line", "shows", "told", "unknown", "nothing"],
)
def test_a_theme_without_a_claim_quotes_its_evidence(make_search: Make, evidence: list[str], name: str) -> None:
    """The first evidence that there is gives the name, in quotation marks; without any the id does."""
    notes = [{"id": "n1", "who": "vendor", "shows": "They laugh"}, {"id": "n2", "who": "other", "told": "Told at noon"}]
    plan: dict[str, Any] = {"themes": [{"id": "t", "category": "fit", "evidence": evidence}], "culture_notes": notes}
    assert opened(make_search({"tidewrack": {"plan": plan}})).theme_names == {"t": name}


def test_corrections_of_the_plan_hold(make_search: Make) -> None:
    """Title and level are what the plan says; what it leaves blank is read from the posting."""
    plan = {"posting": {"title": "Pier Master", "level": "junior", "company": ""}}
    application = opened(make_search({"tidewrack": {"plan": plan}}))
    assert (application.role, application.posting.company) == ("Pier Master", "Tidewrack Ferries")
    assert application.posting.level is Level.JUNIOR


def test_the_plan_is_looked_for_beside_the_posting(tmp_path: Path) -> None:
    """A posting alone brings the plan of its own folder, and no candidate's name with own stories."""
    for name in ("posting.txt", "plan.yaml"):
        shutil.copy(template(f"{EXAMPLE}/{name}"), tmp_path / name)
    application = open_application(tmp_path / "posting.txt", template("example/stories.csv"))
    assert application.plan_path == tmp_path / "plan.yaml"
    assert application.chosen
    assert application.candidate == ""


def test_a_role_without_a_title_goes_by_its_file(tmp_path: Path) -> None:
    """When the posting gives no title, the file's name stands for it."""
    file = tmp_path / "porter.txt"
    file.write_text("- Help us on the ward at night, and be kind to people.\n- Carry linen.\n", encoding="utf-8")
    application = open_application(file)
    assert (application.posting.title, application.role) == ("", "porter")


@pytest.mark.parametrize("which", ["posting", "stories"])
def test_a_missing_file_is_named(tmp_path: Path, which: str) -> None:
    """The refusal names the file that cannot be read."""
    with pytest.raises(InputError, match=r"none\.csv"):
        open_application(**{which: tmp_path / "none.csv"})


def test_what_is_opened_again_unchanged_is_not_worked_out_again(make_search: Make) -> None:
    """The same content gives the same object, a changed file another one."""
    search = make_search()
    first = opened(search)
    assert opened(search) is first
    update_plan(first.plan_path, lambda plan: plan.with_rating("storm", "calm", 2))
    again = opened(search)
    assert again is not first
    assert again.plan.ratings["storm"]["calm"] == 2


def test_a_search_without_a_story_yet_can_be_opened(make_search: Make) -> None:
    """Everything is there and empty, and the first thing to do is to write stories."""
    application = opened(make_search(stories=[]))
    assert len(application.stories) == 0
    assert application.odds.all_themes.value == 0
    assert application.rehearsal == ()
    assert "stories_missing" in [finding.code for finding in application.findings]
    assert all(found == () for _, found in application.likely)
    assert 0 < application.odds.unanswered <= 6
