"""The advocate's case: whose words it is made of, how long it takes, what it lacks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from prepkit.case import AdvocatesCase, Part, advocates_case, spoken_words, third_person
from prepkit.coverage import Coverage
from prepkit.plan import Plan, Theme
from prepkit.stories import Story, StoryInventory


def plan_of(*claims: str) -> Plan:
    """A plan with themes t0, t1, ... of these claims."""
    return Plan(themes=tuple(Theme(id=f"t{n}", category="challenge", claim=claim) for n, claim in enumerate(claims)))


def inventory(**results: str) -> StoryInventory:
    """Stories named by keyword, with these results."""
    return StoryInventory(tuple(Story(name, name, result=text) for name, text in results.items()), Path("stories.csv"))


def rated(settled: dict[str, list[int]], decided: bool = True) -> Coverage:
    """A matrix from story id to ratings of t0, t1, ..."""
    width = len(next(iter(settled.values())))
    frame = pd.DataFrame.from_dict(settled, orient="index", columns=[f"t{n}" for n in range(width)]).astype("int8")
    return Coverage(frame, pd.DataFrame(decided, index=frame.index, columns=frame.columns))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0), ("one two three", 3), ("46", 2), ("40", 1), ("310", 4), ("300", 2), ("1,200", 4), ("4.2", 3),
        ("$1.2M", 5), ("£4.2 million", 5), ("$60,000", 3), ("18 %", 2), ("7%", 2), ("5k", 2), ("2024", 3), ("1995", 3),
        ("2000", 2), ("3-5 days", 4), ("24/7", 3), ("HR", 2), ("NHS", 3), ("NASA", 1), ("HTML", 4), ("e.g. tea", 3),
        ("salt & pepper", 3), ("hard-working", 2), ("don't", 1), ("1st", 1), ("212 people", 5),
    ],
)  # fmt: skip
def test_words_are_counted_as_they_are_spoken(text: str, words: int) -> None:
    """Numbers, money, years and abbreviations count as what is said aloud."""
    assert spoken_words(text) == words


def test_the_case_goes_theme_by_theme_in_the_order_of_the_plan() -> None:
    """Claim, then proof from the story's result, then the next theme."""
    case = advocates_case(
        plan_of("Turns chaos into calm", "Keeps people"),
        inventory(a="Errors fell from 9 to 2.", b="Nobody left in 3 years."),
        rated({"a": [2, 0], "b": [0, 2]}),
        "Ada Lovelace",
    )
    assert case.text == "Ada turns chaos into calm. Errors fell from 9 to 2. Ada keeps people. Nobody left in 3 years."


def test_a_pronoun_takes_the_place_of_the_name_after_the_first_theme() -> None:
    """“She” is written only when somebody has said so."""
    plan, stories, matrix = plan_of("Turns A", "Keeps B"), inventory(a="Fine."), rated({"a": [2, 2]})
    assert "She keeps B." in advocates_case(plan, stories, matrix, "Ada", "she").text
    assert "Ada keeps B." in advocates_case(plan, stories, matrix, "Ada").text
    assert advocates_case(plan, stories, matrix).text.startswith("This candidate turns A.")


def test_each_theme_is_proved_by_a_story_of_its_own_where_there_are_enough() -> None:
    """The theme with the least choice chooses first."""
    case = advocates_case(
        plan_of("Turns A", "Keeps B"),
        inventory(both="Cut 5 hours.", one="Saved 4 days."),
        rated({"both": [2, 2], "one": [1, 0]}),
    )
    assert [part.story for part in case.parts] == ["one", "both"]


def test_a_suggested_rating_proves_nothing() -> None:
    """Only settled ratings count, and the missing proof is named."""
    case = advocates_case(plan_of("Turns A"), inventory(a="Cut 5 hours."), rated({"a": [2]}, decided=False))
    assert case.parts[0].proof == ""
    assert "has no proof" in " ".join(case.advice)


def test_the_clause_with_a_figure_is_the_proof() -> None:
    """Of a long result the part that can be counted is repeated, without its tail."""
    result = "People were glad. Shifts fell from 46 to 12 a month, and sick days fell too. It lasted."
    case = advocates_case(plan_of("Turns A"), inventory(a=result), rated({"a": [2]}))
    assert case.parts[0].proof == "Shifts fell from 46 to 12 a month."


@pytest.mark.parametrize(
    ("told", "pronoun", "expected"),
    [
        ("I cut my list.", "", "They cut their list."),
        ("I was thanked and I am glad.", "", "They were thanked and they are glad."),
        ("I was thanked and I am glad.", "she", "She was thanked and she is glad."),
        ("They thanked me for mine.", "he", "They thanked him for his."),
        ("We halved our costs.", "she", "They halved their costs."),
        ("Costs fell. I've kept it up.", "", "Costs fell. They've kept it up."),
        ("In Myanmar the US team paid I.B.M.", "", None),
    ],
)
def test_first_person_becomes_third_and_nothing_else_changes(told: str, pronoun: str, expected: str | None) -> None:
    """The candidate's words stay, told by somebody else; names that look like pronouns are left alone."""
    found = third_person(told, pronoun)
    assert found == (expected or told)


def test_a_case_that_is_too_long_says_which_words_to_save_and_where() -> None:
    """Seconds, the number of words, and the longest sentences first."""
    long = "Turns " + "very " * 60 + "long talk into short talk"
    case = advocates_case(plan_of(long, "Keeps B"), inventory(a="Cut 5 hours."), rated({"a": [2, 2]}))
    assert case.seconds > 30
    over = case.words - 75
    assert f"save {over} words" in case.advice[0]
    assert case.advice[1].startswith("Cut ")
    assert "This candidate turns very" in case.advice[1]


def test_a_case_that_is_too_short_says_how_much_room_there_is() -> None:
    """Room is counted up to thirty seconds."""
    case = advocates_case(plan_of("Turns A"), inventory(a="Cut 5 hours."), rated({"a": [2]}))
    assert f"room for {75 - case.words} more words" in case.advice[-1]


def test_a_case_that_fits_has_no_advice() -> None:
    """Between twenty and thirty seconds with proof for each theme there is nothing to say."""
    claim, proof = "Ten plain words make up the claim of this theme.", "Ten more are the proof of it, told in full."
    parts = tuple(Part(f"t{n}", claim, proof, "s") for n in range(3))
    case = AdvocatesCase(parts, 150)
    assert 20 <= case.seconds <= 30
    assert case.advice == ()


def test_a_slower_speaker_needs_more_seconds() -> None:
    """The rate of the search's settings counts."""
    plan, stories, matrix = plan_of("Turns A into B"), inventory(a="Cut 5 hours."), rated({"a": [2]})
    slow = advocates_case(plan, stories, matrix, words_per_minute=75)
    assert slow.seconds == pytest.approx(2 * advocates_case(plan, stories, matrix).seconds)


def test_blank_claims_stay_blank() -> None:
    """Nothing is made up for a theme without a claim."""
    case = advocates_case(plan_of("", "Keeps B"), inventory(a="Cut 5 hours."), rated({"a": [0, 2]}))
    assert case.parts[0].claim == ""
    assert "The theme t0 has no claim yet." in case.advice
