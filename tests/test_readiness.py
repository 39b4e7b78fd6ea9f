"""Readiness: every finding speaks when it should and keeps silent just short of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import POSTING

from prepkit.application import open_application
from prepkit.case import AdvocatesCase, Part
from prepkit.coverage import Coverage
from prepkit.plan import Plan
from prepkit.posting import Posting, read_posting
from prepkit.readiness import LONGEST_CLAIM, Finding, Severity, check_plan, readiness
from prepkit.resources import template
from prepkit.stories import Story, StoryInventory

EXAMPLES = sorted(template("example/applications").glob("*/posting.*"))
PARTS = {"situation": "s", "task": "t", "action": "a", "result": "9"}


def stories(*, tag: str = "teamwork", **changes: str) -> StoryInventory:
    """Two stories, the first with changes, the second with a tag of its own."""
    storm = Story("storm", "Storm", competencies=("teamwork",), **{**PARTS, **changes})
    return StoryInventory((storm, Story("rota", "Rota", competencies=(tag,) if tag else (), **PARTS)), Path("s.csv"))


STORIES = stories()
BENEFITS = f"{POSTING}\nBenefits\n- A pension and 33 days of leave a year\n"


def plan(changes: Mapping[str, Mapping[str, Any]] | None = None, without: str = "", **others: Any) -> Plan:
    """Return a plan that leaves nothing to find, with changes by theme id and perhaps without a theme."""
    themes: dict[str, dict[str, Any]] = {
        "calm": {"category": "challenge", "claim": "Brings order to a broken timetable", "evidence": ["4"]},
        "islands": {"category": "motivation", "claim": "Keeps people joined", "evidence": ["8"], "twist": "Born there"},
        "pier": {"category": "fit", "claim": "Begins each morning outside", "evidence": ["16", "ines"]},
    }  # fmt: skip
    for name, change in (changes or {}).items():
        themes[name] = {**themes.get(name, {}), **change}
    notes = [{"id": "ines", "who": "employee", "told": "The boss rang the bell."}]
    return Plan.model_validate(
        {"themes": [{"id": name, **theme} for name, theme in themes.items() if name != without], "culture_notes": notes}
        | others
    )


def covered(
    settled: Mapping[str, list[int]] | None = None, suggested: Mapping[str, list[int | None]] | None = None
) -> Coverage:
    """Return a coverage of three themes by two stories, all strong and settled but for the changes."""
    columns = pd.Index(["calm", "islands", "pier"], name="theme")
    index = pd.Index(["storm", "rota"], name="story")
    ratings = pd.DataFrame(2, index=index, columns=columns, dtype="int8")
    decided = pd.DataFrame(True, index=index, columns=columns)
    for theme, values in (settled or {}).items():
        ratings[theme] = pd.Series(values, index=index, dtype="int8")
    for theme, cells in (suggested or {}).items():
        for story, value in zip(index, cells, strict=True):
            if value is not None:
                ratings.loc[story, theme] = value
                decided.loc[story, theme] = False
    return Coverage(ratings, decided)


@pytest.fixture(scope="module")
def posting(tmp_path_factory: pytest.TempPathFactory) -> Posting:
    """A posting with a line on benefits."""
    file = tmp_path_factory.mktemp("readiness") / "posting.txt"
    file.write_text(BENEFITS, encoding="utf-8")
    return read_posting(file)


def codes(found: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in found]


def case(words: int = 20, unproved: int = 0) -> AdvocatesCase:
    """A case of three themes with so many words each, at sixty words in twenty seconds, some without a proof."""
    parts = [Part(name, "word " * (words - 5), "" if name == "b" and unproved else "five words are the proof", "storm")
             for name in "abc"]  # fmt: skip
    return AdvocatesCase(tuple(parts), 150)


def bridge(**others: str) -> dict[str, str]:
    """A bridge of the plan, with changes."""
    return {"id": "why-us", "theme": "calm", "story": "storm", "theme_first": "Each winter I draw the tides."} | others


BENEFIT_LINE = str(BENEFITS.splitlines().index("- A pension and 33 days of leave a year") + 1)
ONE_GAP, UNMEASURED = stories(task=""), stories(result="well")
FULL = "word " * LONGEST_CLAIM
EXTRA = {name: {"category": "fit", "claim": f"{name}claim", "evidence": ["ines"]} for name in ("xa", "xb")}

# code, severity, where, what makes it fire, what just does not
CASES: list[tuple[str, str, str, dict[str, Any], dict[str, Any]]] = [
    ("theme_count", "gap", "plan", {"plan": plan(EXTRA)}, {"plan": plan({"xa": EXTRA["xa"]})}),
    ("category_missing", "gap", "plan", {"plan": plan(without="pier")}, {"plan": plan()}),
    ("claim_blank", "gap", "calm", {"plan": plan({"calm": {"claim": " "}})}, {"plan": plan({"calm": {"claim": "x"}})}),
    ("claim_long", "warning", "calm", {"plan": plan({"calm": {"claim": FULL + "one"}})},
     {"plan": plan({"calm": {"claim": FULL}})}),
    ("twist_missing", "warning", "islands", {"plan": plan({"islands": {"twist": ""}})},
     {"plan": plan({"calm": {"twist": ""}})}),
    ("evidence_missing", "gap", "calm", {"plan": plan({"calm": {"evidence": []}})},
     {"plan": plan({"calm": {"evidence": ["ines"]}})}),
    ("evidence_unknown", "gap", "calm", {"plan": plan({"calm": {"evidence": ["999"]}})},
     {"plan": plan({"calm": {"evidence": ["4", "ines"]}})}),
    ("evidence_boilerplate", "warning", "calm", {"plan": plan({"calm": {"evidence": [BENEFIT_LINE]}})},
     {"plan": plan({"calm": {"evidence": ["11"]}})}),
    ("fit_not_researched", "warning", "pier", {"plan": plan({"pier": {"evidence": ["16"]}})},
     {"plan": plan({"pier": {"evidence": ["ines"]}})}),
    ("story_none", "gap", "calm", {"coverage": covered({"calm": [0, 0]})}, {"coverage": covered({"calm": [1, 0]})}),
    ("story_single", "gap", "calm", {"coverage": covered({"calm": [0, 2]})}, {"coverage": covered({"calm": [1, 1]})}),
    ("story_unsettled", "warning", "calm", {"coverage": covered(suggested={"calm": [1, None]})},
     {"coverage": covered(suggested={"calm": [0, None]})}),
    ("no_strong_story", "warning", "calm", {"coverage": covered({"calm": [1, 1]})},
     {"coverage": covered({"calm": [1, 2]})}),
    ("rating_open", "hint", "plan", {"coverage": covered(suggested={"calm": [None, 2]})}, {"coverage": covered()}),
    ("claim_repeated", "warning", "pier", {"plan": plan({"pier": {"claim": "Brought order to broken timetables"}})},
     {"plan": plan({"pier": {"claim": "Brings bread and rope to the timetable"}})}),
    ("posting_changed", "warning", "plan", {"plan": plan(posting_fingerprint="0" * 12)}, {"plan": plan()}),
    ("rating_unknown_story", "warning", "strom", {"plan": plan(ratings={"strom": {"calm": 1}})},
     {"plan": plan(ratings={"storm": {"calm": 1}})}),
    ("rating_unknown_theme", "warning", "clam", {"plan": plan(ratings={"storm": {"clam": 1}, "rota": {"clam": 1}})},
     {"plan": plan(ratings={"storm": {"calm": 1}})}),
    ("story_incomplete", "warning", "storm", {"stories": ONE_GAP}, {"stories": UNMEASURED}),
    ("proof_missing", "warning", "b", {"case": case(unproved=1)}, {"case": case()}),
    ("case_long", "warning", "plan", {"case": case(words=26)}, {"case": case(words=25)}),
    ("case_short", "hint", "plan", {"case": case(words=16)}, {"case": case(words=17)}),
    ("bridge_lost", "warning", "why-us", {"plan": plan(bridges=[bridge(story="strom")])},
     {"plan": plan(bridges=[bridge(story="storm")])}),
    ("wording_self_serving", "warning", "calm",
     {"plan": plan({"calm": {"twist": "This would be an ideal next step for me."}})},
     {"plan": plan({"calm": {"twist": "I doubled a helpline's volunteers, and your new region needs that."}})}),
    ("bridge_unknown", "warning", "why-su", {"plan": plan(bridges=[bridge(id="why-su")])},
     {"plan": plan(bridges=[bridge(id="why-su", question="Why us?")])}),
    ("tag_unknown", "warning", "rota", {"stories": stories(tag="leeding-people")},
     {"stories": stories(tag="bee-keeping")}),
    ("story_untagged", "hint", "rota", {"stories": stories(tag="")}, {"stories": stories(tag="teamwork")}),
    ("stories_missing", "gap", "plan", {"stories": StoryInventory((), Path("s.csv"))}, {"stories": STORIES}),
    ("wording_not_checked", "hint", "plan", {"language": "de"}, {"language": "en"}),
]  # fmt: skip


def checked(posting: Posting, **parts: Any) -> tuple[Finding, ...]:
    return check_plan(
        parts.get("plan", plan()), posting, parts.get("stories", STORIES), parts.get("coverage", covered()),
        parts.get("case", case()), parts.get("language", "en"), ("why-us",),
    )  # fmt: skip


@pytest.mark.parametrize(("code", "severity", "where", "fires", "silent"), CASES, ids=[case[0] for case in CASES])
def test_a_finding_speaks_and_keeps_silent(
    posting: Posting, code: str, severity: str, where: str, fires: dict[str, Any], silent: dict[str, Any]
) -> None:
    """Each rule finds its fault once, in its place, with something to do, and nothing just short of it."""
    found = [finding for finding in checked(posting, **fires) if finding.code == code]
    assert [(finding.severity, finding.where) for finding in found] == [(Severity(severity), where)]
    assert all(re.search(r"[.!?]”?$", text) for finding in found for text in (finding.message, finding.fix))
    assert code not in codes(checked(posting, **silent))


def test_every_rule_has_a_case() -> None:
    """The cases above are all rules that the module knows."""
    source = (Path(__file__).parents[1] / "prepkit" / "readiness.py").read_text(encoding="utf-8")
    known = set(re.findall(r'Finding\(\s*"(\w+)"', source)) | {"wording_self_serving"}  # one of three like it
    assert known == {case[0] for case in CASES}


def test_nothing_is_found_in_a_sound_plan(posting: Posting) -> None:
    """A plan that keeps to the method leaves nothing to say, and every step is done."""
    current = plan(posting_fingerprint=posting.fingerprint)
    assert checked(posting, plan=current) == ()
    steps = readiness(current, (), covered(), case())
    assert len(steps) == 8
    assert all(step.done and not step.detail for step in steps)


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_three_or_four_themes(count: int) -> None:
    """Three themes are enough and four are not too many."""
    themes = {f"t{n}": {"category": "fit", "claim": f"c{n}"} for n in range(count)}
    found = codes(check_plan(Plan.model_validate({"themes": [{"id": n, **t} for n, t in themes.items()]})))
    assert ("theme_count" in found) is (count not in (3, 4))


def test_gaps_come_first(posting: Posting) -> None:
    """Findings are sorted by weight, and keep the order of the method within one."""
    faulty = plan({"calm": {"claim": FULL + "one"}, "pier": {"evidence": []}}, ratings={"strom": {"clam": 1}})
    found = checked(posting, plan=faulty, coverage=covered({"islands": [0, 0]}, {"calm": [2, None]}))
    order = [list(Severity).index(finding.severity) for finding in found]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2}
    assert codes(found)[:2] == ["story_none", "evidence_missing"]


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        (Plan(), ["theme_count"]),
        (plan(), []),
        (plan({"calm": {"evidence": ["999"], "claim": ""}}), ["claim_blank"]),
        (plan(ratings={"none": {"none": 2}}, posting_fingerprint="0"), []),
    ],
    ids=["empty", "sound", "blank", "unknown"],
)
def test_a_plan_is_checked_alone(current: Plan, expected: list[str]) -> None:
    """Without posting, stories and coverage only what the plan itself shows is found."""
    assert codes(check_plan(current)) == expected


# --- steps


@pytest.mark.parametrize(
    ("number", "parts"),
    [
        (0, {"plan": plan({"calm": {"claim": ""}}), "also": {7}}),
        (1, {"plan": plan({"calm": {"evidence": []}})}),
        (2, {"plan": plan({"pier": {"evidence": ["16"]}})}),
        (3, {"coverage": covered({"calm": [2, 0]})}),
        (4, {"coverage": covered(suggested={"calm": [0, None], "pier": [None, 2]}), "also": {3}}),
        (5, {"stories": ONE_GAP}),
        (6, {"plan": plan({"calm": {"claim": "Is looking for a chance to grow"}})}),
        (7, {"case": case(words=40)}),
    ],
    ids=["themes", "evidence", "people", "stories", "ratings", "complete", "wording", "case"],
)
def test_each_step_opens_and_closes(posting: Posting, number: int, parts: dict[str, Any]) -> None:
    """A step is open with its detail while its fault is there; the others do not mind."""
    current, coverage = parts.get("plan", plan()), parts.get("coverage", covered())
    steps = readiness(current, checked(posting, **parts), coverage, parts.get("case", case()))
    opened = {place for place, step in enumerate(steps) if not step.done}
    assert number in opened
    assert opened - {number} <= parts.get("also", set())
    assert steps[number].detail
    assert "{" not in steps[number].detail


def test_what_is_not_known_is_not_done() -> None:
    """Without coverage the steps on stories wait; without themes every step waits, and no detail is made up."""
    steps = readiness(plan(), check_plan(plan()))
    assert [step.done for step in steps] == [True, True, True, False, False, False, True, False]
    assert {step.detail for step in steps if not step.done} == {""}
    assert not any(step.done or step.detail for step in readiness(Plan(), check_plan(Plan())))


def test_research_without_a_fit_theme_is_not_done() -> None:
    """A plan without a theme on fit has not asked anybody."""
    current = plan(without="pier")
    assert not readiness(current, check_plan(current))[2].done


# --- the examples


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_shipped_examples_keep_to_the_method(path: Path) -> None:
    """A chosen plan of the examples cites lines that exist and stories that are there; without one a start is asked."""
    application = open_application(path, template("example/stories.csv"))
    found = codes(application.findings)
    if application.chosen:
        assert not {"theme_count", "category_missing", "evidence_unknown", "claim_long"} & set(found)
        assert not {"rating_unknown_story", "rating_unknown_theme", "posting_changed"} & set(found)
        assert application.steps[0].done
    else:
        assert found[0] == "theme_count"
