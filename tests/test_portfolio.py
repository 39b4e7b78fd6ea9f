"""All applications at one glance: what counts, what is left out and said so, and that it stays small and quick."""

from __future__ import annotations

import ast
import io
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import openpyxl
import pytest
from conftest import PAYLOADS, PLAN, write_search

from prepkit import showportfolio as show
from prepkit.application import open_application
from prepkit.errors import InputError, PrepkitError
from prepkit.outcomes import by_month, recall_by_category, success, tally
from prepkit.page import Fragment
from prepkit.portfolio import (
    Candidate,
    Missing,
    Portfolio,
    applications,
    category_gaps,
    pending_interviews,
    portfolio_of,
    read_portfolio,
    steps,
)
from prepkit.portfoliopage import portfolio_page
from prepkit.portfoliorun import make_portfolio
from prepkit.portfoliosheet import portfolio_xlsx
from prepkit.resources import workbook
from prepkit.search import Search
from prepkit.standing import (
    FILE,
    DebriefStanding,
    MoveStanding,
    Odds,
    Standing,
    StepStanding,
    StoryStanding,
    ThemeStanding,
    standing,
    to_json,
)
from prepkit.storyuse import WORN, best_ratings, new_story, story_use

Make = Callable[..., Search]
STEPS = ("Choose themes", "Tie them", "Ask people", "Back them", "Settle", "Complete", "Say", "Fit")


def theme(name: str = "calm", category: str = "challenge", stories: int = 2, claim: str = "") -> ThemeStanding:
    """A theme that so many stories carry strongly."""
    told = Odds(value=0.5, low=0.4, high=0.6)
    counts = {"strong": stories, "partial": 0, "settled_strong": stories, "settled_partial": 0}
    return ThemeStanding.model_validate(
        {"id": name, "category": category, "name": claim or f"Claim {name}", "told": told, **counts}
    )


def story(name: str = "storm", settled: bool = True, tellable: bool = True, **ratings: int) -> StoryStanding:
    """A story with its ratings by theme."""
    return StoryStanding.model_validate(
        {"id": name, "title": f"The {name}", "when": "2020", "competencies": ["leading-people"], "tellable": tellable,
         "ratings": ratings, "settled": list(ratings) if settled else []}
    )  # fmt: skip


def debrief(day: str = "2026-05-01", kind: str = "mock", outcome: str = "none", told: str = "", **heard: str) -> Any:
    """A debrief of one listener; marks as ``theme="heard"``."""
    return DebriefStanding.model_validate(
        {"id": "x", "day": day, "kind": kind, "outcome": outcome, "told": told.split(), "heard": heard}
    )


def move(name: str, competency: str, gain: float, told: str = "") -> MoveStanding:
    """Something that raises the odds from one half."""
    return MoveStanding(theme=name, competency=competency, story=told, before=0.5, after=0.5 + gain)


def stand(name: str = "tidewrack", done: int = 4, **given: Any) -> Standing:
    """A record of an application with one theme and one story, or what else is given."""
    record = {
        "name": name, "candidate": "Ada Fenwright", "role": f"Role of {name}", "company": "Tidewrack Ferries",
        "level": "mid", "chosen": True, "interview": "", "themes": (theme(),), "stories": (story(calm=2),),
        "steps": tuple(StepStanding(name=step, done=n < done) for n, step in enumerate(STEPS)),
        "next": "Settle the ratings.", "why": "Two are only suggested.", "measure": "all", "open_ratings": 0,
        "odds": Odds(value=0.61, low=0.6, high=0.62), "moves": (), "debriefs": (),
    }  # fmt: skip
    return Standing.model_validate(record | given)


def of(*standings: Standing, **given: Any) -> Candidate:
    """A candidate with these applications."""
    return Candidate(**{"name": "Ada Fenwright", "folder": "ada", "standings": standings} | given)


def report(search: Search) -> Path:
    """Keep a record for each application of a search, as a run does."""
    for name in search.names:
        place = search.reports / name
        place.mkdir(parents=True)
        application = open_application(**search.parameters(name, search.path))
        (place / FILE).write_text(to_json(standing(application, name)), encoding="utf-8")
        (place / "report.html").write_text("<!doctype html><title>Report</title>", encoding="utf-8")
    return search.path


def executed(folder: Path | str) -> nbformat.NotebookNode:
    """The shipped workbook, run without a kernel."""
    notebook = nbformat.read(workbook("portfolio.ipynb"), as_version=4)
    space: dict[str, Any] = {}
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        cell.execution_count = number
        if "parameters" in cell.metadata.get("tags", []):
            space |= {"folder": str(folder), "today": ""}
            continue
        body = ast.parse(cell.source).body
        last = body.pop()
        assert isinstance(last, ast.Expr)
        exec(compile(ast.Module(body, []), "<cell>", "exec"), space)
        shown = eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)
        cell.outputs.append(nbformat.v4.new_output("display_data", shown._repr_mimebundle_()))
    return notebook


def page_of(folder: Path | str, name: str = "portfolio.html") -> Path:
    """The page of a folder, in its ``reports``."""
    place = Path(folder) / "reports" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(portfolio_page(executed(folder), "Portfolio"), encoding="utf-8")
    return place


def crowd(top: Path, people: int = 100, each: int = 10, stories: int = 24) -> Path:
    """A coach's folder with so many candidates and applications, as large as real ones are."""
    kinds = ("challenge", "motivation", "fit", "challenge")
    themes = [
        theme(f"theme-{n}-of-the-plan", kind, 1 + n, f"Claim {n} in so many words") for n, kind in enumerate(kinds)
    ]
    told = ("storm-0", "storm-1", "storm-2")
    for person in range(people):
        folder = top / f"client-{person:04d}"
        (folder / "applications").mkdir(parents=True)
        (folder / "prepkit.yaml").write_text(f"format: 1\ncandidate: Person {person} Longname\n", encoding="utf-8")
        (folder / "stories.csv").write_text("id,title\n", encoding="utf-8")
        titles = [f"Kept {person + n} passengers safe through storm {n} at the harbour" for n in range(stories)]
        own = [
            story(f"storm-{n}", **{themes[n % 4].id: 1 + n % 2} if n % 5 else {}).model_copy(update={"title": title})
            for n, title in enumerate(titles)
        ]
        for number in range(each):
            name = f"tidewrack-ferries-harbour-operations-manager-{number}"
            heard = {it.id: ("heard", "partly", "not heard")[(person + number) % 3] for it in themes}
            record = stand(
                name, done=(person + number) % 9, candidate=f"Person {person} Longname",
                role=f"Harbour Operations Manager {number}", themes=themes, stories=own, chosen=number % 7 > 0,
                interview=f"2026-{1 + number % 12:02d}-{1 + person % 28:02d}" if number % 2 else "",
                next="Find one story that shows resolving conflict and carries theme 2, “Claim 2 in so many words”.",
                why="All themes are told in 49 % now, 58 % then.", open_ratings=number % 3,
                moves=[move(it.id, f"competency-{n}", 0.1) for n, it in enumerate(themes)],
                debriefs=[debrief(f"2026-{1 + n:02d}-03", told=" ".join(told), **heard) for n in range(2)],
            )  # fmt: skip
            (folder / "applications" / name).mkdir()
            place = folder / "reports" / name
            place.mkdir(parents=True)
            (place / FILE).write_text(to_json(record), encoding="utf-8")
            (place / "report.html").write_text("<!doctype html><title>Report</title>", encoding="utf-8")
    return top


# --- applications ---------------------------------------------------------------------------------------------


def test_the_least_ready_application_comes_first() -> None:
    """Then the earliest interview, before those without a day; what is not known comes last."""
    found = applications(
        Portfolio((
            of(stand("a", 5), stand("b", 2), stand("c", 2, interview="2026-12-03"), missing=(Missing("d", "Why."),)),
            of(stand("e", 2, interview="2026-11-03"), name="Bo", folder="bo"),
        ))
    )  # fmt: skip
    assert list(found["name"]) == ["e", "c", "b", "a", "d"]
    assert list(found.index) == [1, 2, 3, 4, 5]
    assert list(found["problem"]) == ["", "", "", "", "Why."]
    assert found["odds"].isna().tolist() == [False] * 4 + [True]


def test_suggested_themes_have_no_odds_and_no_gaps() -> None:
    """What nobody has chosen is not counted as missing."""
    found = applications(portfolio_of([stand(chosen=False, odds=None, themes=(theme(stories=0),))]))
    assert found["odds"].isna().all()
    assert list(found["gaps"]) == [()]


def test_gaps_are_named_by_category() -> None:
    """A theme with one story is a gap, one with two is none."""
    record = stand(themes=(theme("a", "fit", 1), theme("b", "challenge", 2), theme("c", "motivation", 0)))
    assert list(applications(portfolio_of([record]))["gaps"]) == [("fit", "motivation")]
    counts = category_gaps(portfolio_of([record, stand("other", themes=(theme("a", "fit", 3),))]))
    assert counts.loc["Ada Fenwright"].to_dict() == {
        "motivation": 1, "motivation_of": 1, "challenge": 0, "challenge_of": 1, "fit": 1, "fit_of": 2,
    }  # fmt: skip


def test_steps_are_counted_over_all_applications() -> None:
    """In the order of the method; nothing without a record."""
    found = steps(portfolio_of([stand("a", 8), stand("b", 3)]))
    assert list(found.index) == list(STEPS)
    assert list(found["done"]) == [2, 2, 2, 1, 1, 1, 1, 1]
    assert set(found["of"]) == {2}
    assert steps(Portfolio()).empty
    assert portfolio_of([stand("a", 8), stand("b", 3)]).ready == 1


def test_an_interview_is_pending_until_it_is_debriefed() -> None:
    """A mock does not count, nor an interview before that day; one on the day or after it does."""
    day = "2026-06-10"
    found = pending_interviews(
        portfolio_of([
            stand("later", interview="2026-07-01"),
            stand("mocked", interview=day, debriefs=(debrief(day),)),
            stand("before", interview=day, debriefs=(debrief("2026-06-09", "interview"),)),
            stand("done", interview=day, debriefs=(debrief(day, "interview"),)),
            stand("undated"),
        ])
    )  # fmt: skip
    assert list(found["name"]) == ["before", "mocked", "later"]
    assert pending_interviews(Portfolio()).empty


def test_candidates_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """By their folders; each keeps its own applications."""
    for folder in ("a", "b"):
        report(write_search(tmp_path / folder, candidate="Ada Fenwright"))
    found = read_portfolio(tmp_path)
    assert [candidate.name for candidate in found.candidates] == ["Ada Fenwright", "Ada Fenwright (b)"]
    assert found.size == len(found.standings) == 2


# --- reading a folder -----------------------------------------------------------------------------------------


def test_a_search_is_a_portfolio_of_one_candidate(make_search: Make) -> None:
    """Addresses lead from a folder beside the reports, or beside the searches."""
    found = read_portfolio(report(make_search({"tidewrack": {}, "100% sure": {}})))
    (candidate,) = found.candidates
    assert (candidate.name, candidate.folder, found.is_example) == ("Ada Fenwright", "", False)
    assert candidate.address("100% sure") == "../reports/100%25%20sure/report.html"
    above = read_portfolio(candidate.address and make_search({}, folder="other").path.parent)
    assert [it.folder for it in above.candidates] == ["other", "search"]
    assert above.candidates[1].address("tidewrack") == "../search/reports/tidewrack/report.html"


def test_what_cannot_be_known_is_named_with_the_reason(make_search: Make) -> None:
    """No report, a failed one, one without a record, and a damaged record."""
    search = make_search({name: {} for name in ("damaged", "failed", "fine", "never", "old")})
    report(search)
    for name in ("failed", "old"):
        (search.reports / name / FILE).unlink()
    for file in (search.reports / "never").iterdir():
        file.unlink()
    manifest = {
        "format": 1, "prepkit": "0.1.0", "program": "", "workbook": "", "settings": {}, "inputs": {}, "linked": [],
        "outputs": {}, "error": "posting.txt: 2 faults\n  - line 1: the first\n  - line 2: the second",
    }  # fmt: skip
    (search.reports / "failed" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (search.reports / "damaged" / FILE).write_text("{", encoding="utf-8")
    (candidate,) = read_portfolio(search.path).candidates
    assert [it.name for it in candidate.standings] == ["fine"]
    reasons = {it.name: it.reason for it in candidate.missing}
    assert reasons["never"] == "There is no report yet. “prepkit report” makes one."
    assert reasons["failed"].startswith("posting.txt: 2 faults")
    assert "the first" in reasons["failed"]
    assert "before there were portfolios" in reasons["old"]
    assert "reports/damaged/standing.json: The record of this application is damaged." in reasons["damaged"]
    assert str(search.path) not in "".join(reasons.values())
    assert [it.has_page for it in candidate.missing] == [False, True, False, True]


def test_a_candidate_that_cannot_be_read_is_named(make_search: Make, tmp_path: Path) -> None:
    """With what is wrong, and the others go on."""
    report(make_search(folder="coach/ada"))
    (tmp_path / "coach/bo").mkdir()
    (tmp_path / "coach/bo/prepkit.yaml").write_text("format: 1\n", encoding="utf-8")
    found = read_portfolio(tmp_path / "coach")
    assert [(it.name, len(it.standings)) for it in found.candidates] == [("Ada Fenwright", 1), ("bo", 0)]
    assert "no story inventory" in found.candidates[1].problem
    assert str(tmp_path) not in found.candidates[1].problem


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_links_out_of_the_folder_are_not_followed(make_search: Make, tmp_path: Path) -> None:
    """Neither a search elsewhere nor a record elsewhere is read."""
    elsewhere = report(make_search(folder="elsewhere"))
    search = make_search(folder="coach/ada")
    (search.reports / "tidewrack").mkdir(parents=True)
    (search.reports / "tidewrack" / FILE).symlink_to(elsewhere / "reports/tidewrack" / FILE)
    (tmp_path / "coach/linked").symlink_to(elsewhere)
    ada, linked = read_portfolio(tmp_path / "coach").candidates
    assert (ada.standings, linked.standings) == ((), ())
    assert "lies outside" in ada.missing[0].reason
    assert linked.problem.startswith("This is a link")


def test_a_record_goes_by_the_name_of_its_folder(make_search: Make) -> None:
    """Somebody has renamed an application together with its report."""
    search = make_search()
    report(search)
    for folder in ("applications", "reports"):
        (search.path / folder / "tidewrack").rename(search.path / folder / "renamed")
    (found,) = read_portfolio(search.path).standings
    assert found.name == "renamed"


def test_an_empty_folder_is_an_empty_portfolio(tmp_path: Path) -> None:
    """A folder that is not there is an error."""
    assert read_portfolio(tmp_path) == Portfolio()
    with pytest.raises(InputError, match="no such folder"):
        read_portfolio(tmp_path / "nowhere")


# --- stories --------------------------------------------------------------------------------------------------


def test_a_story_is_idle_only_when_it_carries_nothing_anywhere() -> None:
    """One that is only a title is to be written first, and is not idle."""
    first = stand("a", stories=(story("s", calm=1), story("idle"), story("seed", tellable=False)))
    second = stand("b", stories=(story("s"), story("idle"), story("seed", tellable=False)))
    use = story_use([first, second])
    assert list(use.index) == ["s", "idle", "seed"]
    assert list(use["idle"]) == [False, True, False]
    assert list(use["unwritten"]) == [False, False, True]
    assert use.loc["s", ["themes", "applications"]].tolist() == [1, 1]
    assert story_use([]).empty


def test_a_story_that_carries_twice_the_others_is_overused() -> None:
    """Four themes at least; suggested ratings count, as they do for gaps."""
    themes = (theme("a"), theme("b"), theme("c", stories=3))
    stories = (story("much", a=2, b=1, c=1), story("some", a=1), story("more", settled=False, b=2))
    use = story_use([stand("x", themes=themes, stories=stories)])
    assert list(use["overused"]) == [False, False, False]  # three themes only
    use = story_use([stand(name, themes=themes, stories=stories) for name in "xy"])
    assert list(use["themes"]) == [6, 2, 2]
    assert list(use["overused"]) == [True, False, False]
    assert use.loc["much", "leaning"] == 4  # c has three stories and leans on none


def test_a_story_is_worn_when_it_was_told_often() -> None:
    """Two listeners of one interview count once; another day or application counts again."""
    twice = tuple(debrief(told="storm") for _ in range(2))
    days = tuple(debrief(f"2026-05-{day:02d}", told="storm gone") for day in range(2, WORN))
    use = story_use([stand("a", debriefs=twice + days)])
    assert (use.loc["storm", "told"], use.loc["storm", "worn"]) == (WORN - 1, False)
    use = story_use([stand("a", debriefs=twice + days), stand("b", debriefs=twice)])
    assert (use.loc["storm", "told"], use.loc["storm", "worn"]) == (WORN, True)


def test_the_best_rating_of_a_story_is_shown_for_each_application() -> None:
    """Settled where a person has settled one as good as that."""
    one = stand("a", stories=(StoryStanding.model_validate(
        story("s", calm=2, pier=1).model_dump() | {"settled": ["pier"]}), story("t")))  # fmt: skip
    ratings, settled = best_ratings([one, stand("b", stories=(story("t", calm=1),))])
    assert ratings.to_dict("list") == {"a": [2, 0], "b": [0, 1]}
    assert settled.to_dict("list") == {"a": [False, False], "b": [False, True]}
    assert (ratings.index.name, ratings.columns.name) == ("story", "application")


def test_the_one_new_story_mends_most_gaps_and_then_raises_the_odds_most() -> None:
    """Over all applications with chosen themes; a story that is there already is no new one."""
    thin, full = theme("thin", "fit", 1), theme("full", "challenge", 3)
    first = stand("a", themes=(thin, full), moves=(
        move("full", "leading-people", 0.3), move("thin", "listening", 0.05), move("full", "", 0.4, "storm"),
    ))  # fmt: skip
    second = stand("b", themes=(thin, full), moves=(move("thin", "listening", 0.03), move("thin", "vision", 0.04)))
    third = stand("c", chosen=False, odds=None, themes=(thin,))
    found = new_story([first, second, third])
    assert found is not None
    assert (found.competency, found.category, found.helped, found.of, found.closed) == ("listening", "fit", 2, 2, 2)
    assert found.total == pytest.approx(0.08)
    assert found.do == "Find one story that shows listening and carries a theme of fit."
    assert found.why == (
        "The odds rise in all 2 applications, by 4 points on average. 2 themes with one story would have two."
    )


def test_without_gaps_the_odds_decide() -> None:
    """And where nothing raises them there is no such story."""
    full = theme("full", "challenge", 3)
    moves = (move("full", "vision", 0.02), move("full", "leading-people", 0.06), move("gone", "listening", 0.5))
    found = new_story([stand("a", themes=(full,), moves=moves)])
    assert found is not None
    assert (found.competency, found.closed, found.eased) == ("leading-people", 0, 0)
    assert found.why == "The odds rise in the one application, by 6 points."
    assert new_story([stand("a", themes=(full,))]) is None
    assert new_story([]) is None


def test_where_not_all_themes_can_be_told_it_says_what_rises() -> None:
    """A share of themes is no chance of all."""
    none = theme("none", "motivation", 0)
    found = new_story([stand("a", themes=(none,), moves=(move("none", "vision", 0.2),), measure="share")])
    assert found is not None
    assert "1 theme without a story would have one." in found.why
    assert found.why.endswith("Not all themes can be told there yet, so the share of themes told was taken.")


# --- what was heard -------------------------------------------------------------------------------------------


def test_what_was_heard_is_counted_by_category() -> None:
    """With a range; a theme that is no longer in the plan counts among all, and no mark says nothing."""
    one = stand("a", debriefs=(debrief(calm="heard", gone="not heard"), debrief(calm="partly")))
    found = recall_by_category([one])
    assert list(found.index) == ["motivation", "challenge", "fit", "all"]
    assert found.loc["challenge", ["heard", "partly", "not_heard", "n"]].tolist() == [1, 1, 0, 2]
    assert found.loc["all", "n"] == 3
    assert found.loc["all", "rate"] == 0.5
    assert found.loc["challenge", "low"] < 0.75 < found.loc["challenge", "high"]
    assert (found.loc["fit", "n"], found.loc["fit", "in_words"]) == (0, "no data")


def test_suggested_themes_were_not_meant() -> None:
    """They have no category to be heard in."""
    found = recall_by_category([stand(chosen=False, odds=None, debriefs=(debrief(calm="heard"),))])
    assert found["n"].tolist() == [0, 0, 0, 1]


def test_outcomes_are_counted_month_by_month() -> None:
    """Two listeners of one interview are one, with the best outcome that one of them knows."""
    two = (debrief("2026-05-02", "interview"), debrief("2026-05-02", "interview", "next round", calm="heard"))
    one = stand("a", debriefs=(debrief("2026-03-01"), *two))
    other = stand("b", debriefs=(debrief("2026-05-02", "interview", "no"),))
    found = by_month([one, other])
    assert list(found.index) == ["2026-03", "2026-05"]
    assert found.loc["2026-05", ["mocks", "interviews", "offer", "next_round", "no", "unknown"]].tolist() == [
        0, 2, 0, 1, 1, 0,
    ]  # fmt: skip
    assert found["in_words"].tolist() == ["no data", "100 % (21 to 100 %)"]
    assert tally([one, other]) == {"mocks": 1, "interviews": 2, "offer": 0, "next_round": 1, "no": 1, "unknown": 0}
    assert success(tally([one, other])) == "1 of 2 (9 to 91 %)"
    assert success(tally([])) == "no data"
    assert by_month([]).empty


# --- pieces of the page ---------------------------------------------------------------------------------------


def pieces(portfolio: Portfolio) -> dict[str, Fragment]:
    return {
        made.__name__: made(portfolio)
        for made in (show.overview, show.board, show.new_stories, show.stories, show.heard)
    }


def test_the_first_screen_says_what_is_missing() -> None:
    """Counted and named; the rest of many is folded up and named, too."""
    gone = tuple(Missing(f"gone-{n}", f"Reason {n}.") for n in range(7))
    portfolio = Portfolio((
        of(stand("a", 8), stand("b", chosen=False, odds=None), missing=gone),
        Candidate("Bo", "bo", problem="It has two inventories."),
        Candidate("Cy", "cy"),
    ))  # fmt: skip
    said = show.overview(portfolio).text
    assert "3 candidates, 9 applications" in said
    assert "1 with themes only suggested · 7 without a report · 1 candidate that cannot be read" in said
    assert "1 of 2 ready to rehearse" in said
    assert "Bo: cannot be read. It has two inventories." in said
    assert "gone-4. Reason 4." in said
    assert "And 2 more applications without a report" in said
    assert "gone-6" in said
    assert "Without an application so far: Cy." in said


def test_pending_interviews_are_cut_with_a_number() -> None:
    """Five are named."""
    records = [stand(f"n{day}", interview=f"2026-06-{day:02d}") for day in range(1, 9)]
    said = show.overview(portfolio_of(records)).text
    assert "2026-06-05: Role of n5" in said
    assert "2026-06-06" not in said
    assert "And 3 more with a day" in said


def test_past_interviews_are_told_from_coming_ones() -> None:
    """By the day that is given: what is to be prepared comes first, then what is still to be debriefed."""
    days = ("2026-05-01", "2026-06-01", "2026-06-02")
    said = show.overview(portfolio_of([stand(f"n{day}", interview=day) for day in days]), "2026-06-01").text
    coming, past = said.index("Coming interviews"), said.index("Interviews without a debrief")
    assert coming < said.index("2026-06-01:") < said.index("2026-06-02:") < past < said.index("2026-05-01:")
    assert "Write down what was heard" in said
    alone = show.overview(portfolio_of([stand("n", interview="2026-05-01")]), "2026-06-01").text
    assert "No interview to come has a day yet" in alone


@pytest.mark.parametrize(
    "portfolio",
    [
        Portfolio(),
        Portfolio((Candidate("Ada"),)),
        Portfolio((Candidate("Ada", problem="Broken."),)),
        Portfolio((Candidate("Ada", missing=(Missing("a", "Not yet."),)),)),
        portfolio_of([stand(stories=(), themes=())]),
        portfolio_of([stand(chosen=False, odds=None)]),
        portfolio_of([stand(candidate="", company="", role="")]),
    ],
    ids=["nobody", "no application", "cannot be read", "no report", "no story", "suggested", "no names"],
)
def test_whatever_is_not_there_is_said_in_a_sentence(portfolio: Portfolio) -> None:
    """No piece fails, and none is empty."""
    for name, piece in pieces(portfolio).items():
        assert len(piece.text) > 20, name
        assert "None" not in piece.text.replace("None would", ""), name
        assert "nan" not in piece.text.split(), name


def test_the_shipped_example_has_no_reports_and_says_what_to_do() -> None:
    """It is what a newcomer sees first."""
    portfolio = read_portfolio()
    assert portfolio.is_example
    said = show.overview(portfolio).text
    assert "This is the shipped example" in said
    assert "There are no reports yet" in said
    assert "prepkit report" in said
    assert show.board(portfolio).text.count("There is no report yet") == 3


def test_the_table_of_applications_is_whole() -> None:
    """A thousand rows, each with the address of its report; of many thousands it says how many are left out."""
    portfolio = Portfolio((of(*(stand(f"n{n}") for n in range(1_000))),))
    html = show.board(portfolio).html
    assert html.count("<tr>") == 1_001
    assert html.count('href="../ada/reports/n') == 1_000
    assert len(show.board(portfolio).text) < 3_000
    more = Portfolio((of(*(stand(f"n{n}") for n in range(show.MOST_ROWS + 5))),))
    assert "2,005 applications, least ready first" in show.board(more).html
    assert "And 5 more applications" in show.board(more).html


def test_long_lists_of_stories_are_cut_with_a_number() -> None:
    """Rows, columns and candidates; what is overused or worn stays in view."""
    stories = (*(story(f"s{n:02d}", calm=1) for n in range(30)), *(story(f"i{n}") for n in range(9)), story("worn"))
    told = tuple(debrief(f"2026-05-{day:02d}", told="worn") for day in range(1, 6))
    records = [stand(f"n{n:02d}", stories=stories, debriefs=told) for n in range(15)]
    html = show.stories(Portfolio((of(*records),))).html
    assert html.count("<tr>") == 1 + show.MOST_STORIES
    assert "The worn" in html
    assert "And 20 more stories, 11 of which carry a theme." in html
    assert "And 5 more applications" in html
    many = [of(stand(), name=f"Person {n}", folder=f"p{n}") for n in range(show.MOST_CANDIDATES + 4)]
    assert "And 4 more candidates" in show.stories(Portfolio(tuple(many))).html


def test_nothing_from_outside_is_markup() -> None:
    """Every payload in every place is text, and the allow-list finds nothing to take away but our own style."""
    for text in PAYLOADS:
        record = stand(
            candidate=text, role=text, company=text, next=text, why=text, interview="2026-05-05",
            steps=(StepStanding(name=text, done=False),), themes=(theme(claim=text, stories=1),),
            stories=(StoryStanding.model_validate(story(calm=1).model_dump() | {"title": text}),),
            moves=(move("calm", text, 0.1),), debriefs=(debrief(calm="heard"),),
        )  # fmt: skip
        portfolio = Portfolio((
            of(record, name=text, folder=text, missing=(Missing(text, text, True),)),
            Candidate(f"{text} 2", text, problem=text), Candidate(f"{text} 3"),
        ))  # fmt: skip
        for name, piece in pieces(portfolio).items():
            inner = piece.html.split("</style>")[-1] if name == "overview" else piece.html
            assert "<script" not in inner
            assert "<img" not in inner
            assert "<a href=" not in inner.replace('<a href="../', "")
            assert "\u202e" not in inner


# --- the page, the spreadsheet, and both ----------------------------------------------------------------------


def test_the_page_allows_our_script_and_nothing_else(make_search: Make) -> None:
    """By its hash; links lead to reports only."""
    from base64 import b64encode
    from hashlib import sha256

    folder = report(make_search())
    page = page_of(folder).read_text(encoding="utf-8")
    script = page.split("<script>")[1].split("</script>")[0]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in page
    assert page.count("<script") == 1
    assert 'href="../reports/tidewrack/report.html"' in page
    assert page.count("href=") == 1


@pytest.mark.parametrize(
    ("address", "stays"),
    [
        ("../reports/a/report.html", True),
        ("../ada/reports/100%25/report.html", True),
        ("../../reports/a/report.html", False),
        ("../reports/../report.html", False),
        ("../reports/%2E%2E/report.html", False),
        ("../reports/a%2Fb/report.html", False),
        ("javascript:alert(1)//../reports/a/report.html", False),
        ("//evil.example/reports/a/report.html", False),
        ("https://evil.example/reports/a/report.html", False),
        ("../reports/a/report.html?x=1", False),
        ("../reports/a/report.html\n", False),
        ("../x/y/reports/a/report.html", False),
        ("/etc/reports/a/report.html", False),
    ],
)
def test_only_addresses_of_reports_come_through(address: str, stays: bool) -> None:
    """Whatever an output of the notebook holds; and the link is never one of an ordinary report."""
    from prepkit.report import to_html

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", execution_count=1)])
    html = f'<p><a href="{address}" onclick="x()" target="_blank">here</a></p>'
    notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]
    page = portfolio_page(notebook, "Portfolio").split("<main>")[1].split("<script>")[0]
    assert (f'href="{address}"' in page, "here" in page) == (stays, True)
    assert "onclick" not in page
    assert "target" not in page
    plain = to_html(notebook, "Report")
    assert "<a" not in plain
    assert "<script" not in plain
    assert "script-src" not in plain


def test_the_script_cannot_end_itself() -> None:
    """It holds no end tag, and reads the page as text only."""
    from prepkit.resources import template

    script = (template("page") / "portfolio.js").read_text(encoding="utf-8")
    assert "</" not in script
    assert not {"innerHTML", "outerHTML", "insertAdjacentHTML", "eval", "Function", "fetch"} & set(
        script.replace("(", " ").replace(".", " ").split()
    )


def sheets(portfolio: Portfolio) -> dict[str, list[dict[str, Any]]]:
    book = openpyxl.load_workbook(io.BytesIO(portfolio_xlsx(portfolio)))
    found = {}
    for sheet in book:
        head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        found[sheet.title] = [dict(zip(head, row, strict=True)) for row in rows]
    return found


def test_the_spreadsheet_holds_everything() -> None:
    """Also what the page cuts, and what is missing with its reason; what is not known is an empty cell."""
    stories = tuple(story(f"s{n:02d}", calm=1) for n in range(60))
    known = stand("a", stories=stories, moves=(move("calm", "vision", 0.1),), debriefs=(debrief(calm="heard"),))
    found = sheets(Portfolio((of(known, missing=(Missing("b", "Why."),)), Candidate("Bo", "bo", problem="Broken."))))
    assert list(found) == ["applications", "candidates", "stories", "heard", "months", "columns"]
    first, second = found["applications"]
    assert (first["candidate"], first["odds"], first["done"]) == ("Ada Fenwright", 0.61, 4)
    assert (second["problem"], second["odds"], second["done"]) == ("Why.", None, None)
    ada, bo = found["candidates"]
    assert (ada["reports"], ada["applications"], ada["gain total"]) == (1, 2, 0.1)
    assert (bo["problem"], bo["story"]) == ("Broken.", None)
    assert len(found["stories"]) == 60
    assert [row["candidate"] for row in found["heard"]] == ["Ada Fenwright"] * 4 + ["all candidates"] * 4
    assert found["heard"][0]["rate"] is None
    assert found["months"][0]["mocks"] == 1
    explained = {row["column"] for row in found.pop("columns")}
    assert {name for rows in found.values() for row in rows for name in row} == explained
    assert list(sheets(Portfolio())) == [*found, "columns"]


def test_no_cell_is_a_formula() -> None:
    """Whatever a text begins with; no link either."""
    from zipfile import ZipFile

    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://127.0.0.1:9","x")', "\x07=cmd|'/C calc'!A0"]
    records = [stand(f"n{n}", role=text, company=text, next=text) for n, text in enumerate(texts)]
    portfolio = Portfolio((of(*records, name="=1+1"),))
    data = portfolio_xlsx(portfolio)
    for sheet in openpyxl.load_workbook(io.BytesIO(data)):
        assert not [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f" or cell.hyperlink]
    with ZipFile(io.BytesIO(data)) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())
    marked = openpyxl.load_workbook(io.BytesIO(data))["applications"]["B2"]
    assert marked.quotePrefix


def test_same_records_same_bytes() -> None:
    """Page pieces and spreadsheet."""
    records = [stand(f"n{n}", debriefs=(debrief(calm="heard"),)) for n in range(5)]
    assert portfolio_xlsx(portfolio_of(records)) == portfolio_xlsx(portfolio_of(records))
    assert pieces(portfolio_of(records)) == pieces(portfolio_of(records))


@pytest.mark.slow
def test_a_folder_gets_its_own_page_and_spreadsheet(make_search: Make, tmp_path: Path) -> None:
    """Two folders one after the other, each with its own; nothing of this machine is in the page."""
    report(make_search({"tidewrack": {"plan": PLAN}}, folder="coach/ada"))
    report(make_search(folder="coach/bo", candidate="Bo Iversen"))
    page = make_portfolio(tmp_path / "coach")
    assert page == tmp_path / "coach/reports/portfolio.html"
    text = page.read_text(encoding="utf-8")
    assert "2 candidates, 2 applications" in text
    assert 'href="../ada/reports/tidewrack/report.html"' in text
    assert str(tmp_path) not in text
    assert openpyxl.load_workbook(page.with_suffix(".xlsx"))["applications"].max_row == 3
    alone = make_portfolio(tmp_path / "coach/bo").read_text(encoding="utf-8")
    assert "<title>Portfolio of Bo Iversen</title>" in alone
    assert "Bo Iversen: 1 application" in alone
    assert make_portfolio(tmp_path / "coach").read_text(encoding="utf-8") == text


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_portfolio_is_not_written_through_a_link(make_search: Make, tmp_path: Path) -> None:
    """Reports that lie elsewhere are left alone."""
    search = make_search()
    (tmp_path / "elsewhere").mkdir()
    (search.path / "reports").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PrepkitError, match="outside"):
        make_portfolio(search.path)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.slow
def test_a_thousand_applications_fit_and_are_quick(tmp_path: Path) -> None:
    """A page below 3 MB in three seconds of one processor, apart from starting a kernel."""
    top = crowd(tmp_path / "crowd")
    executed(top)  # what is loaded once is part of the start
    begun = time.process_time()
    page = page_of(top)
    sheet = portfolio_xlsx(read_portfolio(top))
    seconds = time.process_time() - begun
    size = page.stat().st_size
    print(f"1,000 applications: {size:,} bytes of HTML, {len(sheet):,} of spreadsheet, {seconds:.1f} s")
    assert size < 3_000_000
    assert seconds < 6  # three on an idle machine; processors that share a core count double
