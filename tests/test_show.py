"""Pieces of a page: text from outside stays text, and each state of an application is told truly."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN, POSTING, STORY

from prepkit import show
from prepkit.application import Application, open_application
from prepkit.page import Fragment, clean
from prepkit.search import Search

Make = Callable[..., Search]

PIECES = [
    show.overview, show.posting, show.themes, show.coverage, show.gaps, show.questions, show.odds, show.case,
    show.rehearsal, show.stories, show.next_steps,
]  # fmt: skip


def opened(search: Search, name: str = "") -> Application:
    return open_application(**search.parameters(name or search.names[0], search.path))


def words(fragment: Fragment) -> str:
    """What a reader reads, with single spaces."""
    soup = BeautifulSoup(fragment.html, "lxml")
    for style in soup("style"):
        style.decompose()
    return " ".join(soup.get_text(" ").split())


@pytest.fixture
def decided(make_search: Make) -> Application:
    """An application with three chosen themes and one story."""
    return opened(make_search({"tidewrack": {"plan": PLAN}}))


@pytest.fixture
def undecided(make_search: Make) -> Application:
    """An application without a plan."""
    return opened(make_search())


@pytest.fixture
def bare(make_search: Make) -> Application:
    """A posting without one usable line."""
    return opened(make_search({"bare": {"posting": "Apply now\n"}}, candidate=""))


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_names_are_shown_as_they_are_written(payload: str, decided: Application) -> None:
    """Title, employer, place and candidate reach the page as text, letter for letter."""
    posting = replace(decided.posting, title=payload, company=payload, location=payload)
    soup = BeautifulSoup(show.overview(replace(decided, posting=posting, candidate=payload)).html, "lxml")
    expected = " ".join(clean(payload).split())
    assert " ".join(soup.h1.get_text().split()) == expected
    assert " ".join(soup.select_one(".place").get_text().split()) == f"{expected} · {expected}"
    assert " ".join(soup.select_one(".label").get_text().split()) == f"Interview plan for {expected}"
    assert {tag.name for tag in soup.find_all(True)} <= {
        "html", "head", "body", "style", "div", "header", "span", "h1", "h2", "p", "ol", "ul", "li", "strong"
    }  # fmt: skip


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.__name__)
def test_each_piece_is_kept_from_the_typesetter(piece: Any, decided: Application) -> None:
    """JupyterLab leaves alone what would look like mathematics: `$100k to $120k` is money."""
    (outer,) = BeautifulSoup(piece(decided).html, "lxml").body.find_all("div", recursive=False)
    assert {"prepkit", "mathjax_ignore", "tex2jax_ignore"} <= set(outer["class"])


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.__name__)
@pytest.mark.parametrize("state", ["decided", "undecided", "bare"])
def test_each_piece_has_plain_words_too(piece: Any, state: str, request: pytest.FixtureRequest) -> None:
    """A display without HTML shows the same words, without marks."""
    bundle = piece(request.getfixturevalue(state))._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert not re.search(r"<\w|&\w+;", bundle["text/plain"])
    assert bundle["text/plain"] == words(Fragment(bundle["text/html"]))


def test_plain_words_say_what_was_typed(decided: Application) -> None:
    """Signs that HTML writes otherwise are themselves again."""
    posting = replace(decided.posting, title='R&D "lead" <Kiel>')
    assert 'R&D "lead" <Kiel>' in show.overview(replace(decided, posting=posting)).text


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [("a\x00b\x1bc", "abc"), ("a\u202eb\u2066c", "abc"), ("\ufeffa", "a"), ("a\udc00b", "ab"), ("a\n\tb", "a\n\tb"),
     ("👩\u200d🔬", "👩\u200d🔬"), ("x" * 6000, "x" * 4999 + "…"), (7, "7")],
    ids=["control codes", "reversed writing", "byte order mark", "half a pair", "line ends stay",
         "joined emoji stay", "endless", "number"],
)  # fmt: skip
def test_clean(dirty: object, cleaned: str) -> None:
    """What steers a display is dropped, what is writing stays."""
    assert clean(dirty) == cleaned


def test_clean_knows_every_control_code() -> None:
    """Of the characters that Unicode calls control codes and halves of pairs only line end and tab stay."""
    steering = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in ("Cc", "Cs")]
    assert len(steering) == 65 + 2048
    assert "".join(map(clean, steering)) == "\t\n"


# --- what the first screen says -----------------------------------------------------------------------------


def test_suggestions_never_look_like_decisions(undecided: Application) -> None:
    """Without a plan the page says so on top and marks each card; with one it does neither."""
    page = BeautifulSoup(show.overview(undecided).html, "lxml")
    assert "These are suggestions, not decisions." in page.select_one(".provisional").get_text()
    assert all("suggested" in card["class"] for card in page.select(".card"))
    assert page.select(".card")
    assert "What the posting asks for" in page.get_text()


def test_decisions_are_told_as_decisions(decided: Application) -> None:
    """The cards are the claims in the order of the plan."""
    page = BeautifulSoup(show.overview(decided).html, "lxml")
    assert not page.select(".provisional, .suggested")
    assert [claim.get_text() for claim in page.select(".claim")] == [theme["claim"] for theme in PLAN["themes"]]


def test_the_first_screen_says_what_to_do(decided: Application) -> None:
    """Three things at most, the heaviest first, and how many steps are done."""
    page = BeautifulSoup(show.overview(decided).html, "lxml")
    assert [item.strong.get_text() for item in page.select(".next li")] == [f.fix for f in decided.findings[:3]]
    done = sum(step.done for step in decided.steps)
    assert page.select_one(".who .tag").get_text() == f"{done} of {len(decided.steps)} steps done"
    assert [item["class"][0] for item in page.select(".steps li")] == [
        "done" if step.done else "todo" for step in decided.steps
    ]


def test_a_theme_without_a_claim_is_a_visible_blank(make_search: Make) -> None:
    """Nothing is put into the candidate's mouth."""
    themes = [theme | {"claim": ""} for theme in PLAN["themes"]]
    page = show.overview(opened(make_search({"a": {"plan": {"format": 1, "themes": themes}}})))
    assert words(page).count("The claim is still to be written.") == 3


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.__name__)
def test_a_bare_posting_promises_nothing(piece: Any, bare: Application) -> None:
    """With no themes nothing is called done, backed, or free of gaps."""
    said = words(piece(bare))
    for praise in ("no gap", "Ready to rehearse", "Nothing is missing", "No smaller set", "carries no theme here"):
        assert praise not in said


def test_a_bare_posting_says_what_to_write(bare: Application) -> None:
    """Where title and employer were not found, the page says where to put them."""
    assert "Role without a title" in words(show.overview(bare))
    assert "No title and no employer was found." in words(show.posting(bare))
    assert "Write your own themes in the plan." in words(show.overview(bare))
    assert "None" not in words(show.overview(bare))


# --- posting, themes, stories -------------------------------------------------------------------------------


def test_every_line_of_the_posting_is_shown_once(decided: Application) -> None:
    """Nothing of the posting is lost on the page."""
    page = BeautifulSoup(show.posting(decided).html, "lxml")
    refs = [item.select_one(".ref").get_text() for item in page.select(".lines li")]
    assert sorted(refs) == sorted(line.ref for line in decided.posting.lines)
    assert len(refs) > 8


def test_cited_lines_are_marked_with_their_theme(decided: Application) -> None:
    """The coach sees which lines of the posting the plan answers."""
    page = BeautifulSoup(show.posting(decided).html, "lxml")
    marked = {item.select_one(".ref").get_text(): item.select_one(".tag").get_text() for item in page.select(".cited")}
    cited = [decided.posting.line(theme["evidence"][0]) for theme in PLAN["themes"]]
    assert marked == {line.ref: f"theme {number}" for number, line in enumerate(cited, 1) if line}
    assert len(marked) == 3


def test_unknown_evidence_is_told(make_search: Make) -> None:
    """A line that does not exist is a blank, not a quotation."""
    themes = [PLAN["themes"][0] | {"evidence": ["99"]}]
    page = show.themes(opened(make_search({"a": {"plan": {"format": 1, "themes": themes}}})))
    assert "Nothing is known as “99”." in words(page)


def test_many_stories_are_not_listed_one_by_one(make_search: Make) -> None:
    """With thirty stories a theme names the best and points to the matrix."""
    many = [STORY | {"id": f"s{n}"} for n in range(30)]
    ratings = {f"s{n}": {"calm": 1} for n in range(30)}
    application = opened(make_search({"a": {"plan": PLAN | {"ratings": ratings}}}, many))
    page = BeautifulSoup(show.themes(application).html, "lxml").select_one("article")
    assert page is not None
    assert f"and {30 - show.MOST_LISTED} more, in the matrix below" in page.get_text()
    assert page.get_text().count(STORY["title"]) == show.MOST_LISTED


def test_the_table_says_what_the_matrix_says(decided: Application) -> None:
    """Each cell of the table is the rating, with a question mark where it is only suggested."""
    page = BeautifulSoup(show.coverage(decided).html, "lxml")
    for row, story in zip(page.select("tbody tr"), decided.stories, strict=True):
        said = [cell.get_text() for cell in row.select("td")]
        ratings, settled = decided.coverage.ratings.loc[story.id], decided.coverage.decided.loc[story.id]
        names = ["none", "1 partial", "2 strong"]
        assert said == [names[r] + ("" if s else "?") for r, s in zip(ratings, settled, strict=True)]


def test_a_single_story_is_not_called_a_choice(decided: Application) -> None:
    """“1 story instead of 1” would be no news."""
    said = words(show.rehearsal(decided))
    assert "Every story is needed, about 15 minutes of rehearsal." in said
    assert "instead of" not in said


def test_idle_stories_are_one_line(make_search: Make) -> None:
    """Thirty stories that carry nothing do not make thirty lines."""
    idle = [{"id": f"x{n}", "title": f"Sorted stamps {n}", "action": "I did."} for n in range(30)]
    settled = {f"x{n}": {"calm": 0, "islands": 0, "pier": 0} for n in range(30)}
    plan = PLAN | {"ratings": PLAN["ratings"] | settled}
    page = BeautifulSoup(show.gaps(opened(make_search({"a": {"plan": plan}}, [STORY, *idle]))).html, "lxml")
    (line,) = [item for item in page.select("li") if item.select_one(".hint")]
    assert "Sorted stamps 0; Sorted stamps 1" in line.get_text()
    assert "carry no theme here" in line.get_text()


def test_a_story_that_is_only_a_title_is_not_kept_for_another_application(make_search: Make) -> None:
    """It has to be written first."""
    application = opened(make_search({"a": {"plan": PLAN}}, [STORY, {"id": "bare", "title": "Sorted stamps"}]))
    said = words(show.gaps(application))
    assert "only a title Sorted stamps: write what you did" in said
    assert "Keep it for another application" not in said


def test_an_incomplete_story_says_what_is_missing(make_search: Make) -> None:
    """One title without a story is four visible blanks, not a story."""
    application = opened(make_search({"a": {"plan": PLAN}}, [{"id": "storm", "title": "Only a title"}]))
    assert "0 of 1 stories are complete" in words(show.stories(application))
    assert "The situation is missing." in words(show.stories(application))
    assert words(show.rehearsal(application)).count("Still to be written.") == 4


@pytest.mark.parametrize(
    ("posting", "title"),
    [("Leiterin Finanzbuchhaltung (m/w/d)\nNordlicht Kliniken gGmbH\n\n## Ihre Aufgaben\n- Jahresabschlüsse prüfen\n",
      "Leiterin"),
     ("运营经理\n海潮轮渡有限公司\n\n工作职责\n- 带领船员和订票处完成新的冬季时刻表\n", "运营经理")],
    ids=["German", "Chinese"],
)  # fmt: skip
def test_other_languages_are_shown_with_a_word_of_caution(posting: str, title: str, make_search: Make) -> None:
    """The words stay as they are, and the page says what cannot be judged in them."""
    application = opened(make_search({"a": {"posting": posting}}))
    assert title in words(show.overview(application))
    assert re.search(r"looks German|could not be told", words(show.posting(application)))


def test_pictures_carry_their_words(decided: Application) -> None:
    """Both pictures bring an alternative text that names each theme."""
    for picture in (show.coverage_picture(decided), show.strength_picture(decided)):
        assert all(theme["claim"] in picture.alt for theme in PLAN["themes"])
        assert "<text" not in picture.svg


def test_the_posting_used_here_is_read_as_meant(undecided: Application) -> None:
    """The tests above rest on these."""
    assert undecided.posting.title == POSTING.splitlines()[0]
    assert undecided.posting.company == "Tidewrack Ferries"
    assert len(undecided.themes) == 4


# --- questions, odds and case


def test_each_likely_question_shows_story_theme_and_bridge(decided: Application) -> None:
    """Whoever reads the table knows what to tell, why, and what to say in three parts."""
    page = BeautifulSoup(show.questions(decided).html, "lxml")
    rows = page.select("article")
    assert [row.h3.get_text(strip=True) for row in rows] == [question.text for question, _ in decided.likely]
    answered = [row for row, (_, found) in zip(rows, decided.likely, strict=True) if found[0].fits]
    assert answered
    assert len(answered) < len(rows)
    for row in rows:
        assert STORY["title"] in row.get_text()
        assert ("No story of yours shows what this asks for." in row.get_text()) is (row not in answered)
    for row in answered:
        assert "theme 1" in row.get_text()
        assert [term.get_text() for term in row.select("dt")] == ["Theme first", "In one breath", "Back to the role"]
        assert "none of" in row.get_text()


def test_an_edited_bridge_is_told_from_a_draft(make_search: Make) -> None:
    """What somebody wrote is shown as theirs, with its wording checked; a draft is called one."""
    bridge = {"id": "opener-yourself", "theme": "calm", "story": "storm", "theme_first": "It is an ideal step for me."}
    application = opened(make_search({"a": {"plan": PLAN | {"bridges": [bridge]}}}))
    first, *rest = BeautifulSoup(show.questions(application).html, "lxml").select("article")
    assert "as you wrote it" in first.get_text()
    assert "serves you" in first.get_text()
    assert not [row for row in rest if "as you wrote it" in row.get_text()]
    assert [row for row in rest if "a draft from your own words" in row.get_text()]


def test_one_question_is_answered_in_the_same_way(decided: Application) -> None:
    """Typed in any words; an odd one needs no story; another language is said to be unread."""
    assert STORY["title"] in words(show.answer(decided, "How do you keep calm?"))
    assert "it needs no story" in words(show.answer(decided, "What salary do you expect?"))
    assert "This looks like German" in words(show.answer(decided, "Was ist die größte Schwäche, die du hast?"))


def test_the_odds_are_told_with_range_assumptions_and_what_is_only_suggested(make_search: Make) -> None:
    """No bare figure: the range, the figure on settled ratings, and each assumption as a sentence."""
    application = opened(make_search({"a": {"plan": PLAN | {"themes": PLAN["themes"][:1], "ratings": {}}}}))
    said, odds = words(show.odds(application)), application.odds
    assert f"The theme is told in {odds.all_themes} of interviews with 6 questions" in said
    assert odds.all_themes.value > 0
    assert "Counting only the ratings that somebody has settled: 0 %." in said
    for sentence in odds.assumptions.in_words:
        assert " ".join(sentence.split()) in said


def test_a_theme_that_can_never_be_told_is_named(make_search: Make) -> None:
    """A theme without a story keeps all of them from being told, so it is the first thing to read."""
    settled = PLAN | {"ratings": {"storm": {"calm": 2, "islands": 0, "pier": 0}}}
    said = words(show.odds(opened(make_search({"a": {"plan": settled}}))))
    assert "All 3 themes are told in 0 % of interviews" in said
    assert said.count("so it is never told") == 2
    assert "The share of themes told is" in said


def test_the_case_is_told_with_its_seconds(decided: Application) -> None:
    """Claim and proof of each theme, a blank where the proof is missing, and the speaking time."""
    said = words(show.case(decided))
    assert "Ada brings calm to a broken timetable." in said
    assert "Everybody was on their way within 14 hours." in said
    assert said.count("The proof is missing") == 2
    assert f"{decided.case.seconds:.0f} seconds at 150 words a minute" in said


def test_before_a_choice_the_odds_are_called_provisional_and_there_is_no_case(undecided: Application) -> None:
    """Suggestions carry no claim, so nothing is put into the interviewer's mouth."""
    assert "none is chosen yet" in words(show.case(undecided))
    assert "The themes themselves are only suggested." in words(show.odds(undecided))
    assert "The claim of this theme is still to be written." in words(show.questions(undecided))


def test_wording_is_found_beside_the_text_it_concerns(make_search: Make) -> None:
    """A claim that serves the candidate carries the reason and a way to turn it, under that claim."""
    themes = [{**PLAN["themes"][0], "claim": "Is looking for a chance to grow"}, *PLAN["themes"][1:]]
    application = opened(make_search({"a": {"plan": PLAN | {"themes": themes}}}))
    first, *others = BeautifulSoup(show.themes(application).html, "lxml").select("article")
    assert "serves you" in first.get_text()
    assert not [other for other in others if "serves you" in other.get_text()]


@pytest.mark.parametrize("draw", [show.odds_picture, show.case_picture], ids=["odds", "case"])
@pytest.mark.parametrize("state", ["decided", "undecided", "bare"])
def test_the_pictures_are_drawn_in_every_state(draw: Any, state: str, request: pytest.FixtureRequest) -> None:
    """With a plan, with suggestions, and with nothing at all there is a picture with words for it."""
    data, _ = draw(request.getfixturevalue(state))._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg")
    assert len(data["text/plain"]) > 20
