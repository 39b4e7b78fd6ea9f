"""The advocate's case: whose words it is made of, how long it takes, what it lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from prepkit.case import AdvocatesCase, Part, advocates_case, spoken_words, third_person
from prepkit.plan import Plan, Theme
from prepkit.stories import Story, StoryInventory


def plan_of(*claims: str, **rated: list[int]) -> Plan:
    """A plan with themes t0, t1, ... of these claims, and the settled ratings of stories for them."""
    themes = tuple(Theme(id=f"t{n}", category="challenge", claim=claim) for n, claim in enumerate(claims))
    return Plan(themes=themes, ratings={name: {f"t{n}": r for n, r in enumerate(row)} for name, row in rated.items()})


def inventory(**results: str) -> StoryInventory:
    """Stories named by keyword, with these results."""
    return StoryInventory(tuple(Story(name, name, result=text) for name, text in results.items()), Path("stories.csv"))


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
        plan_of("Turns chaos into calm", "Keeps people", a=[2, 0], b=[0, 2]),
        inventory(a="Errors fell from 9 to 2.", b="Nobody left in 3 years."),
        "Ada Lovelace",
    )
    assert case.text == "Ada turns chaos into calm. Errors fell from 9 to 2. Ada keeps people. Nobody left in 3 years."


def test_a_pronoun_takes_the_place_of_the_name_after_the_first_theme() -> None:
    """“She” is written only when somebody has said so."""
    plan, stories = plan_of("Turns A", "Keeps B", a=[2, 2]), inventory(a="Fine.")
    assert "She keeps B." in advocates_case(plan, stories, "Ada", "she").text
    assert "Ada keeps B." in advocates_case(plan, stories, "Ada").text
    assert advocates_case(plan, stories).text.startswith("This candidate turns A.")


def test_each_theme_is_proved_by_a_story_of_its_own_where_there_are_enough() -> None:
    """The theme with the least choice chooses first."""
    case = advocates_case(
        plan_of("Turns A", "Keeps B", both=[2, 2], one=[1, 0]),
        inventory(both="Cut 5 hours.", one="Saved 4 days."),
    )
    assert [part.story for part in case.parts] == ["one", "both"]


def test_an_open_rating_proves_nothing() -> None:
    """Only settled ratings count, and the missing proof is named."""
    case = advocates_case(plan_of("Turns A"), inventory(a="Cut 5 hours."))
    assert case.parts[0].proof == ""
    assert "has no proof" in " ".join(case.advice)


def test_the_clause_with_a_figure_is_the_proof() -> None:
    """Of a long result the part that can be counted is repeated, without its tail."""
    result = "People were glad. Shifts fell from 46 to 12 a month, and sick days fell too. It lasted."
    case = advocates_case(plan_of("Turns A", a=[2]), inventory(a=result))
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
    case = advocates_case(plan_of(long, "Keeps B", a=[2, 2]), inventory(a="Cut 5 hours."))
    assert case.seconds > 30
    over = case.words - 75
    assert f"save {over} words" in case.advice[0]
    assert case.advice[1].startswith("Cut ")
    assert "This candidate turns very" in case.advice[1]


def test_a_case_that_is_too_short_says_how_much_room_there_is() -> None:
    """Room is counted up to thirty seconds."""
    case = advocates_case(plan_of("Turns A", a=[2]), inventory(a="Cut 5 hours."))
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
    plan, stories = plan_of("Turns A into B", a=[2]), inventory(a="Cut 5 hours.")
    slow = advocates_case(plan, stories, words_per_minute=75)
    assert slow.seconds == pytest.approx(2 * advocates_case(plan, stories).seconds)


def test_blank_claims_stay_blank() -> None:
    """Nothing is made up for a theme without a claim."""
    case = advocates_case(plan_of("", "Keeps B", a=[0, 2]), inventory(a="Cut 5 hours."))
    assert case.parts[0].claim == ""
    assert "The theme t0 has no claim yet." in case.advice


def test_a_proof_that_the_plan_words_itself_comes_before_the_story() -> None:
    """The candidate's own wording is kept, told in the third person, and the story that stands behind it is named."""
    plan = plan_of("Turns A into B", a=[2])
    plan = plan.with_themes((plan.themes[0].model_copy(update={"proof": "Calls about my list fell by half"}),))
    part = advocates_case(plan, inventory(a="Saved 5 hours."), "Ada").parts[0]
    assert (part.proof, part.story) == ("Calls about their list fell by half.", "a")


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("Turns chaos into calm", "Ada turns chaos into calm."),
        ("Is the first to say sorry", "Ada is the first to say sorry."),
        ("Finds out why people leave", "Ada finds out why people leave."),
        ("Cuts, plans and mends", "Cuts, plans and mends."),
        ("Systems that last", "Systems that last."),
        ("Patients come first", "Patients come first."),
        ("Progress by small steps", "Progress by small steps."),
        ("She keeps people", "She keeps people."),
        ("Calm under load", "Calm under load."),
    ],
)
def test_a_claim_without_a_subject_gets_the_name(claim: str, said: str) -> None:
    """Where the first word is a verb the name comes before it; other claims stay as they are written."""
    assert advocates_case(plan_of(claim), inventory(), "Ada").parts[0].claim == said


def test_seconds_are_given_for_each_part() -> None:
    """Claim and proof of each theme, nothing where there is none, and together the whole time."""
    case = advocates_case(plan_of("Turns A into B", "Keeps B", a=[2, 0]), inventory(a="Cut 5 hours."), "Ada")
    assert case.by_part.loc["t1", "proof"] == 0
    assert case.by_part.to_numpy().sum() == pytest.approx(case.seconds)
    assert case.by_part.index.name == "theme"


def test_the_claim_is_told_in_the_third_person_too() -> None:
    """“My own kitchen” in the interviewer's mouth is hers."""
    assert (
        advocates_case(plan_of("Runs my own kitchen"), inventory(), "Ada", "she").parts[0].claim
        == "Ada runs her own kitchen."
    )


def test_a_proof_does_not_begin_with_a_stranger() -> None:
    """“He” means somebody whom only the sentence before has named."""
    result = "Karim stayed. He passed 3 of his 4 exams. The kitchen lost 2 cooks a year, and not 9."
    part = advocates_case(plan_of("Keeps cooks at work", a=[2]), inventory(a=result), "Ada").parts[0]
    assert part.proof == "The kitchen lost 2 cooks a year, and not 9."
