"""Bridges: which theme and story answer a question, and what is drafted of whose words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from prepkit.application import Application, open_application
from prepkit.bridge import BREATH, Answer, answers, as_question, draft_bridge
from prepkit.case import spoken_words
from prepkit.plan import Bridge, Plan, Theme
from prepkit.posting import Posting, read_posting
from prepkit.questions import Kind, Question, load_questions
from prepkit.stories import Story, StoryInventory

BANK = load_questions()
THEMES = (
    Theme(id="why", category="motivation", claim="Lets nobody wait in the cold", evidence=("3",)),
    Theme(id="can", category="challenge", claim="Turns a quarrel into a rota", evidence=("4", "ines")),
    Theme(id="how", category="fit", claim="Starts on the floor", evidence=("ines",)),
)
STORIES = StoryInventory(
    (
        Story("quarrel", "Settled a quarrel", situation="Two desks did not speak. It was bad.", task="Make one desk.",
              action="I asked both what they feared. Then I drew a rota.", result="Complaints fell from 31 to 9.",
              competencies=("handling-conflict",)),
        Story("failure", "Sent the wrong date", action="I rang them all.", result="Nobody missed it.",
              competencies=("learning-from-failure",)),
        Story("bare", "Only a title"),
    ),
    Path("stories.csv"),
)  # fmt: skip
RATINGS = {"quarrel": [0, 2, 1], "failure": [1, 2, 0], "bare": [0, 0, 0]}


@pytest.fixture(scope="module")
def posting(tmp_path_factory: pytest.TempPathFactory) -> Posting:
    """A posting with a line to come back to for each of two themes."""
    file = tmp_path_factory.mktemp("bridge") / "posting.txt"
    file.write_text("Harbour manager\n\nWe want nobody to wait in the cold.\nMake one team of two quays.\n", "utf-8")
    return read_posting(file)


def found(posting: Posting, question: str | Question, told: tuple[str, ...] = (), **plan: object) -> tuple[Answer, ...]:
    """The answers to a question with the plan and the ratings above."""
    frame = pd.DataFrame.from_dict(RATINGS, orient="index", columns=["why", "can", "how"])
    decided = frame > 0
    asked = as_question(question, BANK) if isinstance(question, str) else question
    return answers(asked, Plan(themes=THEMES, **plan), STORIES, frame, decided, posting, told)  # type: ignore[arg-type]


def test_the_story_that_fits_goes_first_with_the_theme_it_tells_best(posting: Posting) -> None:
    """A question about conflict leads to the quarrel, and that to the theme it carries strongly."""
    best = found(posting, "Tell me about a conflict at work")[0]
    assert (best.story, best.theme, best.rating, best.settled, best.told) == ("quarrel", "can", 2, True, False)
    assert "handling conflict" in best.reason


def test_of_the_themes_not_told_yet_one_goes_first(posting: Posting) -> None:
    """The same story tells its other theme when the first was told already."""
    best = found(posting, "Tell me about a conflict at work", told=("can",))[0]
    assert (best.story, best.theme, best.rating) == ("quarrel", "how", 1)
    again = found(posting, "Tell me about a conflict at work", told=("can", "how", "why"))[0]
    assert again.told


def test_a_question_after_motives_is_answered_by_the_theme_of_motivation(posting: Posting) -> None:
    """Whatever the story is tagged with, and although another theme is carried more strongly."""
    best = found(posting, "Why do you want to work here?")[0]
    assert (best.story, best.theme) == ("failure", "why")
    assert "your theme of motivation" in best.reason


def test_an_opener_leads_to_the_first_theme(posting: Posting) -> None:
    """There is no wrong story, so the order of the plan decides among equally strong ones."""
    assert "first theme" in found(posting, "Tell me about yourself.")[0].reason


def test_three_answers_are_shown_and_none_for_an_odd_question(posting: Posting) -> None:
    """The three best, though a story that carries nothing comes last and has no bridge."""
    shown = found(posting, "Tell me about a conflict at work")
    assert len(shown) == 3
    assert (shown[-1].story, shown[-1].theme, shown[-1].bridge) == ("bare", "", None)
    assert found(posting, "What salary do you expect?") == ()


def test_the_draft_is_made_of_the_candidates_own_words_and_the_posting(posting: Posting) -> None:
    """Theme first, the story in one breath, then the cited line; a culture note is never quoted."""
    bridge = found(posting, "Tell me about a conflict at work")[0].bridge
    assert bridge is not None
    assert bridge.theme_first.endswith(" somebody who turns a quarrel into a rota.")
    assert bridge.in_one_breath == (
        "Two desks did not speak. I asked both what they feared. Complaints fell from 31 to 9."
    )
    assert "“Make one team of two quays”" in bridge.back_to_role


def test_what_is_missing_is_a_blank(posting: Posting) -> None:
    """No claim, no line, no deed: each stays visibly open, nothing is made up."""
    question, empty = as_question("Tell me about a conflict", BANK), Theme(id="x", category="fit", evidence=("ines",))
    bridge = draft_bridge(question, empty, Story("s", "s", situation="It rained."), posting)
    assert bridge.theme_first == ""
    assert bridge.back_to_role == ""
    assert "[What you did is still to be written.]" in bridge.in_one_breath
    assert "[What came of it is still to be written.]" in bridge.in_one_breath
    assert draft_bridge(question, empty, Story("s", "s"), posting).in_one_breath == ""


def test_a_long_story_leaves_its_setting_out(posting: Posting) -> None:
    """One breath is one breath; whole sentences are left out, none is cut."""
    long = Story("s", "s", situation="word " * 50 + "end.", action="I " + "did " * 20 + "it.", result="It took 5 days.")
    bridge = draft_bridge(as_question("x", BANK), THEMES[0], long, posting)
    assert bridge.in_one_breath == f"{long.action} It took 5 days."
    assert spoken_words(bridge.in_one_breath) <= BREATH


def test_a_sentence_without_an_end_is_cut(posting: Posting) -> None:
    """A story may have 20,000 characters in one sentence; a draft of it can still be kept in the plan."""
    endless = Story("s", "s", action="word " * 3_900, result="x" * 19_000)
    bridge = draft_bridge(as_question("x", BANK), THEMES[0], endless, posting)
    assert bridge.in_one_breath.endswith(" …")
    assert Plan().with_bridge(bridge).bridges == (bridge,)


def test_words_of_another_language_get_no_english_around_them(posting: Posting) -> None:
    """A German claim stays as it is, and the line of the posting is quoted bare."""
    theme = Theme(id="x", category="challenge", claim="Bringt Ruhe in die Nacht und in das Haus", evidence=("4",))
    story = Story(
        "s", "s", situation="Es war in der Nacht und wir hatten nicht genug Leute.", action="Ich habe sie geholt."
    )
    bridge = draft_bridge(as_question("x", BANK), theme, story, posting)
    assert bridge.theme_first == "Bringt Ruhe in die Nacht und in das Haus."
    assert bridge.back_to_role == "“Make one team of two quays”"


def test_an_edited_bridge_is_kept_and_goes_first(posting: Posting) -> None:
    """Its story and theme are taken although others would fit better, and its words are not drafted again."""
    question = as_question("Tell me about a conflict at work", BANK)
    mine = Bridge(id=question.id, theme="why", story="failure", theme_first="Mine.")
    best = found(posting, question, bridges=(mine,))[0]
    assert (best.story, best.theme, best.edited) == ("failure", "why", True)
    assert best.bridge is not None
    assert best.bridge.theme_first == "Mine."
    assert (
        best.bridge.in_one_breath == "I rang them all. Nobody missed it."
    )  # a part left blank is drafted all the same


def test_a_bridge_to_what_is_gone_does_no_harm(posting: Posting) -> None:
    """A story or theme that was removed is passed over; the check of the plan names it."""
    question = as_question("Tell me about a conflict at work", BANK)
    lost = Bridge(id=question.id, theme="can", story="gone", theme_first="Mine.")
    assert found(posting, question, bridges=(lost,))[0].story == "quarrel"
    other = Bridge(id=question.id, theme="gone", story="quarrel", theme_first="Mine.")
    assert found(posting, question, bridges=(other,))[0].theme == "can"


@pytest.mark.parametrize(
    ("typed", "name", "kind"),
    [
        ("tell me about YOURSELF", "opener-yourself", Kind.OPENER),
        ("opener-yourself", "opener-yourself", Kind.OPENER),
        ("  What salary   do you expect? ", "odd-salary", Kind.ODD),
        ("You had to get to the root cause", "you-had-to-get-to-the-root-cause", Kind.BEHAVIOURAL),
        ("What draws you to us and our mission?", "what-draws-you-to-us-and-our-mission", Kind.MOTIVATIONAL),
        ("???", "question", Kind.BEHAVIOURAL),
    ],
)  # fmt: skip
def test_a_typed_question_is_known_by_its_words_or_is_a_new_one(typed: str, name: str, kind: Kind) -> None:
    """Capitals, spaces and marks do not matter; the id of the bank will do."""
    question = as_question(typed, BANK)
    assert (question.id, question.kind) == (name, kind)


def test_a_question_of_any_length_is_answered(posting: Posting) -> None:
    """A page of text is cut to what a question may have, and still gets a name that a plan can keep."""
    question = as_question("conflict " * 5_000, BANK)
    assert len(question.text) <= 1_000
    bridge = found(posting, question)[0].bridge
    assert bridge is not None
    assert Plan().with_bridge(bridge).bridges == (bridge,)


@pytest.fixture(scope="module")
def example() -> Application:
    """The shipped example."""
    return open_application()


def test_every_likely_question_of_the_example_has_an_answer_with_a_theme(example: Application) -> None:
    """The example shows what a finished plan gives: bridges everywhere, one of them edited and first."""
    (first, found), *rest = example.likely
    assert (first.id, found[0].edited) == ("failure-mistake", True)
    for question, shown in rest:
        assert shown[0].theme, question.text
        assert shown[0].bridge is not None
        assert all((shown[0].bridge.theme_first, shown[0].bridge.in_one_breath, shown[0].bridge.back_to_role))


def test_a_typed_question_with_a_bridge_is_shown_among_the_likely_ones(example: Application) -> None:
    """What somebody worked on is not lost from the table because the bank does not know it."""
    typed = "Would you dance with the night nurse?"
    bridge = Bridge(id="dance", question=typed, theme="last-good-days", story="wrong-dates")
    plan = example.plan.with_bridge(bridge)
    shown = {question.text: found for question, found in replace(example, plan=plan).likely}
    assert shown[typed][0].edited
    assert replace(example, plan=plan).answers("would you DANCE with the night nurse")[0].edited


def test_answers_in_a_row_do_not_begin_alike(posting: Posting) -> None:
    """The same question gets the same words each time, and twenty questions do not all get the same ones."""
    drafts = [draft_bridge(question, THEMES[1], STORIES["quarrel"], posting) for question in BANK[:20]]
    assert drafts == [draft_bridge(question, THEMES[1], STORIES["quarrel"], posting) for question in BANK[:20]]
    assert len({draft.theme_first for draft in drafts}) > 1
    assert len({draft.back_to_role for draft in drafts}) > 1


def test_a_question_after_motives_is_answered_with_the_twist(posting: Posting) -> None:
    """Where the theme of motivation has one, it is the story to tell."""
    theme = THEMES[0].model_copy(update={"twist": "My father waited there."})
    asked = as_question("Why do you want to work here?", BANK)
    assert draft_bridge(asked, theme, STORIES["failure"], posting).in_one_breath == "My father waited there."
    other = as_question("Tell me about a conflict at work", BANK)
    assert draft_bridge(other, theme, STORIES["failure"], posting).in_one_breath != "My father waited there."


@pytest.mark.parametrize("typed", ["asdf", "Describe how you won new business.", ""])
def test_no_story_that_fits_is_said_to_be_none(typed: str, posting: Posting) -> None:
    """Nothing in common is certain, whatever carries a theme."""
    assert not any(answer.fits for answer in found(posting, Question("x", typed)))
    assert found(posting, "Tell me about a conflict at work")[0].fits


def test_a_story_that_is_only_a_title_is_not_offered_first(posting: Posting) -> None:
    """However well its title fits the question."""
    assert found(posting, Question("x", "Tell me about only a title"))[0].story != "bare"


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("salary?", Kind.ODD),
        ("What are your salary expectations?", Kind.ODD),
        ("What animal would you be?", Kind.ODD),
        ("Are you planning to have children?", Kind.ODD),
        ("tell me a bit about yourself", Kind.OPENER),
        ("strengths?", Kind.FIT),
        ("Where do you see yourself in ten years?", Kind.MOTIVATIONAL),
        ("Tell me about a conflict at work", Kind.BEHAVIOURAL),
        ("Have you ever lost your temper?", Kind.BEHAVIOURAL),
    ],
)
def test_a_typed_question_is_taken_for_what_it_resembles(typed: str, kind: Kind) -> None:
    """In other words, or in one word, it is still after the salary."""
    assert as_question(typed, BANK).kind is kind
