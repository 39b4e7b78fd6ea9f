"""Debriefs: what is kept, what is refused, what they say, and what becomes of the questions asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN
from hypothesis import given, settings
from hypothesis import strategies as st
from test_show import Make, opened, words
from test_workbooks import papermill, shown_in

from prepkit.application import Application, open_application
from prepkit.asked import add_questions, questions_asked
from prepkit.debrief import Debrief, add_debrief, debriefs_path, load_debriefs
from prepkit.errors import InputError, NewerFormatError
from prepkit.interview import Assumptions
from prepkit.questions import load_questions
from prepkit.recall import NO_DATA, chances, intended_against_heard, learned_chances, recall, tellings
from prepkit.resources import template, workbook
from prepkit.showdebrief import debrief

EXAMPLE = template("example/applications/merrowdale-hospices-head-of-operations/debriefs.yaml")
THEMES = ("calm", "islands", "pier")
RATINGS = pd.DataFrame(
    [[2, 2, 0], [1, 0, 0], [0, 0, 0]],
    index=pd.Index(["storm", "rota", "idle"], name="story"),
    columns=pd.Index(THEMES, name="theme"),
)


def made(heard: dict[str, str] | None = None, **fields: Any) -> Debrief:
    """A mock of one day with some themes marked."""
    marks = [{"theme": theme, "heard": mark} for theme, mark in (heard or {}).items()]
    return Debrief.model_validate({"day": "2026-12-03", "kind": "mock", "themes": marks} | fields)


def told(heard: str, story: str = "storm", times: int = 1, theme: str = "calm") -> Debrief:
    """A mock in which one story was told some times and its theme was heard or not."""
    return made({theme: heard}, asked=[{"question": f"Question {n}?", "story": story} for n in range(times)])


def wrong(text: str, path: Path) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_debriefs(path)
    return str(caught.value)


# --- the file -----------------------------------------------------------------------------------------------


def test_the_example_fits_its_plan_and_its_stories() -> None:
    """Two listeners, every mark on a theme of the plan, every story in the inventory."""
    application, kept = open_application(), load_debriefs(EXAMPLE)
    assert len({it.listener for it in kept}) == len(kept) == 2
    for it in kept:
        assert [mark.theme for mark in it.themes] == [theme.id for theme in application.plan.themes]
        assert {asked.story for asked in it.asked} - {""} <= set(application.stories.ids)


def test_a_missing_file_holds_no_debrief(tmp_path: Path) -> None:
    """Before the first mock there is nothing, and looking makes nothing."""
    assert load_debriefs(tmp_path / "debriefs.yaml") == ()
    assert list(tmp_path.iterdir()) == []


def test_debriefs_stand_beside_the_plan_unless_somebody_says_where(tmp_path: Path) -> None:
    """An empty path means the file beside the plan."""
    assert debriefs_path(tmp_path / "plan.yaml") == tmp_path / "debriefs.yaml"
    assert debriefs_path(tmp_path / "plan.yaml", "there.yaml") == Path("there.yaml")


def test_what_is_kept_is_read_again_with_an_id(tmp_path: Path) -> None:
    """The day and the next free number make the id; everything else comes back as it went in."""
    path = tmp_path / "new" / "debriefs.yaml"
    full = made(
        {"calm": "heard", "islands": "not heard"}, listener="Ines", when="later", said="Calm.\nReally calm.", seconds=0,
        unexpected=["?tall", "- tall"], asked=[{"question": "Why?", "story": "storm"}], outcome="next round",
    )  # fmt: skip
    first, second = add_debrief(path, full), add_debrief(path, made())
    assert (first.id, second.id) == ("2026-12-03-1", "2026-12-03-2")
    assert load_debriefs(path) == (first, second)
    assert first == full.model_copy(update={"id": "2026-12-03-1"})


def test_what_stands_in_the_file_stays_as_it_was_written(tmp_path: Path) -> None:
    """Comments, quotes and order survive; the new debrief comes at the end."""
    path = tmp_path / "debriefs.yaml"
    before = EXAMPLE.read_text(encoding="utf-8")
    path.write_text(before, encoding="utf-8")
    add_debrief(path, made())
    after = path.read_text(encoding="utf-8")
    assert "# a day later: closer to how it is" in after
    assert load_debriefs(path)[:2] == load_debriefs(EXAMPLE)
    assert [line for line in before.splitlines() if line not in after.splitlines() and "[" not in line] == []


def test_an_id_is_kept_once(tmp_path: Path) -> None:
    """The same debrief cannot be added twice, and the file is left alone."""
    path = tmp_path / "debriefs.yaml"
    kept = add_debrief(path, made())
    before = path.read_bytes()
    with pytest.raises(InputError, match="kept here already"):
        add_debrief(path, kept)
    assert path.read_bytes() == before


def test_a_newer_file_is_left_as_it_is(tmp_path: Path) -> None:
    """Neither read nor added to."""
    path = tmp_path / "debriefs.yaml"
    path.write_text("format: 2\nnew: 1\n", encoding="utf-8")
    for attempt in (lambda: load_debriefs(path), lambda: add_debrief(path, made())):
        with pytest.raises(NewerFormatError):
            attempt()
    assert path.read_text(encoding="utf-8") == "format: 2\nnew: 1\n"


def test_the_shipped_example_is_only_read() -> None:
    """A click in the example changes nothing that came with the program."""
    for attempt in (lambda: add_debrief(EXAMPLE, made()), lambda: add_questions(template("questions.csv"), ["Why?"])):
        with pytest.raises(InputError, match="stays as it is"):
            attempt()


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    """One reading names every fault, where it stands and what is allowed."""
    said = wrong(
        "format: 1\ndebriefs:\n"
        "  - id: a\n    day: 2026-02-30\n    kind: exam\n    seconds: 601\n"
        "  - id: a\n    day: soon\n    kind: mock\n    listner: Ines\n    seconds: 1.5\n"
        "    themes:\n      - {theme: calm, heard: loudly, place: 0}\n"
        "  - day: 2026-12-03\n    asked:\n      - {story: storm}\n      - {question: Why?, story: a b}\n",
        tmp_path / "debriefs.yaml",
    )
    for expected in (
        "line 4: debriefs 1 day: “2026-02-30” is in no calendar",
        "line 5: debriefs 1 kind: “exam” should be mock or interview",
        "line 6: debriefs 1 seconds: 601 is out of range; it should be a whole number from 0 to 600",
        "line 7: debriefs 2: the id “a” stands in line 3 too",
        "line 8: debriefs 2 day: it should be a day such as 2026-12-03",
        "line 10: debriefs 2: “listner” is not known here. Did you mean 'listener'?",
        "line 11: debriefs 2 seconds: it should be a whole number from 0 to 600",
        "line 13: debriefs 2 themes 1 heard: “loudly” should be heard, partly or not heard",
        "line 13: debriefs 2 themes 1 place: 0 is out of range",
        "line 14: debriefs 3: “id” is missing",
        "debriefs 3: “kind” is missing",
        "debriefs 3 asked 1: “question” is missing",
        "line 17: debriefs 3 asked 2 story: “a b” should be made of letters",
    ):
        assert expected in said


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ("{theme: a, heard: heard}, {theme: a, heard: partly}", "a is marked more than once"),
        ("{theme: a, heard: heard, place: 1}, {theme: b, heard: heard, place: 1}", "two themes have the same place"),
        ("{theme: a, heard: not heard, place: 1}", "a was not heard, so it can have no place"),
        ("a", "names with values"),
    ],
    ids=["twice", "place taken", "lost with a place", "text"],
)
def test_marks_agree_with_each_other(marks: str, said: str, tmp_path: Path) -> None:
    """A theme is marked once, a place taken once, and what was lost has none."""
    text = f"debriefs:\n  - id: a\n    day: 2026-12-03\n    kind: mock\n    themes: [{marks}]\n"
    assert said in wrong(text, tmp_path / "debriefs.yaml")


def test_what_is_left_blank_is_not_there(tmp_path: Path) -> None:
    """A name without a value, as people leave it in a file, is no fault."""
    path = tmp_path / "debriefs.yaml"
    path.write_text(
        "format: 1\ndebriefs:\n  - id: a\n    day: 2026-12-03\n    kind: mock\n    seconds:\n    when:\n    themes:\n"
        "    outcome:\n",
        encoding="utf-8",
    )
    assert load_debriefs(path) == (made(id="a"),)
    path.write_text("format: 1\ndebriefs:\n", encoding="utf-8")
    assert load_debriefs(path) == ()
    assert add_debrief(path, made()) == load_debriefs(path)[0]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_any_text_comes_back_from_the_file(payload: str, tmp_path: Path) -> None:
    """What a listener said is kept letter for letter, be it YAML, HTML or Arabic."""
    path = tmp_path / "debriefs.yaml"
    kept = add_debrief(path, made(said=payload, listener=payload, unexpected=[payload], asked=[{"question": payload}]))
    assert load_debriefs(path) == (kept,)
    assert kept.said == payload.strip()


# --- what they say ------------------------------------------------------------------------------------------


def test_recall_counts_and_gives_a_range() -> None:
    """Partly counts as half, and two listeners who agree prove little."""
    found = recall(
        [made({"calm": "heard", "islands": "partly"}), made({"calm": "heard", "islands": "not heard"})], THEMES
    )
    assert found.loc["calm", ["heard", "partly", "not_heard", "n"]].tolist() == [2, 0, 0, 2]
    assert found.at["calm", "in_words"] == "100 % (34 to 100 %)"
    assert found.at["islands", "rate"] == 0.25
    assert found.index.name == "theme"


def test_a_theme_nobody_was_asked_about_says_so() -> None:
    """No data is no zero: no NaN, the whole range, and words."""
    for debriefs in ([], [made({"calm": "heard"})]):
        found = recall(debriefs, THEMES)
        assert not found.isna().any(axis=None)
        assert found.loc["pier", ["n", "low", "high", "in_words"]].tolist() == [0, 0.0, 1.0, NO_DATA]
    assert list(recall([], ()).columns) == list(found.columns)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["heard", "partly", "not heard"]), max_size=12))
def test_the_range_holds_the_share(marks: list[str]) -> None:
    """Always 0 <= low <= rate <= high <= 1, and narrower with four times the data."""
    one, four = (recall([made({"calm": mark}) for mark in marks * n], ["calm"]).loc["calm"] for n in (1, 4))
    assert 0 <= one["low"] <= one["rate"] <= one["high"] <= 1
    assert four["high"] - four["low"] <= one["high"] - one["low"]


def test_intended_against_heard_keeps_everything() -> None:
    """Themes of the plan first, then those that have left it, then what was not meant, each once."""
    one = made({"calm": "heard", "gone": "partly"}, id="one", unexpected=["Tall", "Late"])
    two = made({"pier": "not heard"}, id="two", unexpected=["late"])
    found = intended_against_heard([one, two], THEMES)
    assert found.index.tolist() == [
        ("theme", "calm"), ("theme", "islands"), ("theme", "pier"), ("former theme", "gone"), ("unexpected", "Tall"),
        ("unexpected", "Late"),
    ]  # fmt: skip
    assert found["one"].tolist() == ["heard", "", "", "partly", "heard", "heard"]
    assert found["two"].tolist() == ["", "", "not heard", "", "", "heard"]
    assert intended_against_heard([], ()).shape == (0, 0)


def test_an_answer_tells_the_theme_for_which_its_story_is_rated_best() -> None:
    """Of two equal ones the first in the plan; stories that are unknown, idle or none tell nothing."""
    asked = [{"question": f"{story}?", "story": story} for story in ("storm", "rota", "idle", "unknown", "")]
    found = tellings([made({"calm": "partly", "islands": "heard"}, asked=asked)], RATINGS)
    assert found[["story", "theme", "rating", "heard"]].to_numpy().tolist() == [
        ["storm", "calm", 2, 0.5],
        ["rota", "calm", 1, 0.5],
    ]
    assert tellings([made({"islands": "heard"}, asked=asked)], RATINGS).empty  # nobody was asked about calm


def test_chances_begin_with_what_was_assumed() -> None:
    """Without a telling nothing moves, not by a hair."""
    prior = Assumptions(strong=0.87, partial=0.3, seed=9)
    assert learned_chances([], RATINGS, prior) == prior
    assert learned_chances([made({"calm": "heard"})], RATINGS, prior) == prior
    assert learned_chances([], RATINGS) == Assumptions()


@pytest.mark.parametrize(
    ("debriefs", "strong"),
    [
        ([told("heard")], (10 * 0.9 + 1) / 11),
        ([told("partly")], (10 * 0.9 + 0.5) / 11),
        ([told("not heard")], (10 * 0.9) / 11),
        ([told("not heard", times=2), told("heard")], (10 * 0.9 + 1) / 13),
    ],
    ids=["heard", "partly", "lost", "three tellings"],
)
def test_each_telling_moves_the_chance_a_little(debriefs: list[Debrief], strong: float) -> None:
    """The mean of a Beta distribution that begins with ten tellings' worth of what was assumed."""
    found = learned_chances(debriefs, RATINGS)
    assert found.strong == pytest.approx(strong)
    assert found.partial == 0.6
    assert abs(found.strong - 0.9) < 0.09 * len(debriefs) * 2


def test_partial_never_comes_out_above_strong() -> None:
    """Where debriefs say otherwise both get their common mean, and the numbers behind it show that."""
    debriefs = [told("not heard", times=10), told("heard", "rota", 10)]
    numbers, found = chances(debriefs, RATINGS), learned_chances(debriefs, RATINGS)
    assert numbers["alone"].tolist() == pytest.approx([0.45, 0.8])
    assert numbers["now"].tolist() == pytest.approx([0.625, 0.625])
    assert numbers[["tellings", "heard"]].to_numpy().tolist() == [[10, 0], [10, 10]]
    assert (found.strong, found.partial) == pytest.approx((0.625, 0.625))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["heard", "partly", "not heard"]), st.sampled_from(["storm", "rota"]))))
def test_chances_stay_chances(answers: list[tuple[str, str]]) -> None:
    """Whatever listeners say, 0 <= partial <= strong <= 1."""
    found = learned_chances([told(heard, story) for heard, story in answers], RATINGS)
    assert 0 <= found.partial <= found.strong <= 1


# --- the questions ------------------------------------------------------------------------------------------


def test_questions_asked_come_once_in_their_order() -> None:
    """The same question in other capitals is the same question."""
    one = made(asked=[{"question": "Why us?"}, {"question": "Why  US"}, {"question": "???"}])
    assert questions_asked([one, made(asked=[{"question": "why us?"}, {"question": "And now?"}])]) == (
        "Why us?", "???", "And now?",
    )  # fmt: skip


def test_new_questions_make_a_file_with_a_header(tmp_path: Path) -> None:
    """Only what the bank does not know is added, and the bank then knows it."""
    path = tmp_path / "questions.csv"
    known = load_questions()[0].text
    assert add_questions(path, [known, "Why does our crane squeak?", "why does our crane squeak"]) == (
        "Why does our crane squeak?",
    )
    assert path.read_text(encoding="utf-8").splitlines()[0] == "id,question,competencies,kind,levels"
    assert [question.text for question in load_questions(path) if question.own] == ["Why does our crane squeak?"]
    before = path.read_bytes()
    assert add_questions(path, ["Why does our crane squeak?"]) == ()
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "raw",
    [
        b"question\nWhy rust?\n",
        b"question\nWhy rust?",
        b"\xef\xbb\xbfnote;question;levels\r\nmine;Why rust?;junior\r\n",
        b'\n"id"\t"question"\nrust\tWhy rust?\n',
        "question,note\nWhy rust?,caf\u00e9\n".encode("cp1252"),
        "question,note\nWhy rust?,caf\u00e9\n".encode("utf-16"),
        b'question,note\n"Why rust?","over\ntwo lines"\n',
    ],
    ids=["plain", "no last line end", "Excel", "tabs", "Windows-1252", "UTF-16", "line end in a cell"],
)
def test_what_stands_in_the_bank_stays_byte_for_byte(raw: bytes, tmp_path: Path) -> None:
    """Columns, separators, line ends and letters of somebody else's table are not touched."""
    path = tmp_path / "questions.csv"
    path.write_bytes(raw)
    new = 'What, "exactly"; do you do at sea?'
    assert add_questions(path, [new]) == (new,)
    assert path.read_bytes().startswith(raw)
    assert [question.text for question in load_questions(path) if question.own] == ["Why rust?", new]


@pytest.mark.parametrize("start", ["=cmd|' /C calc'!A0", "+49 30 1234", "-1+1", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_no_question_is_a_formula(start: str, tmp_path: Path) -> None:
    """A question that a spreadsheet would run is guarded, and read back as it was asked."""
    path = tmp_path / "questions.csv"
    assert add_questions(path, [start]) == (start,)
    assert path.read_text(encoding="utf-8").splitlines()[1].lstrip(",").lstrip('"').startswith("'")
    assert [question.text for question in load_questions(path) if question.own] == [start]


def test_a_bank_with_a_fault_is_not_added_to(tmp_path: Path) -> None:
    """What cannot be read is not written to, nor what cannot be said in the encoding of the file."""
    path = tmp_path / "questions.csv"
    for raw, said in ((b"questoin\nWhy?\n", "question"), ("question\ncaf\u00e9\n".encode("cp1252"), "UTF-8")):
        path.write_bytes(raw)
        with pytest.raises(InputError, match=said):
            add_questions(path, ["Why 工程师?"])
        assert path.read_bytes() == raw


# --- the page -----------------------------------------------------------------------------------------------


@pytest.fixture
def decided(make_search: Make) -> Application:
    """An application with three chosen themes and one story."""
    return opened(make_search({"tidewrack": {"plan": PLAN}}))


def test_the_page_says_how_to_come_by_a_debrief(decided: Application) -> None:
    """Without one it is a friendly start and no table."""
    shown = debrief(decided)
    assert "There is no debrief yet." in words(shown)
    assert "So, what did you think of them? Why?" in shown.text
    assert "<table" not in shown.html


def test_the_page_shows_what_was_heard_in_words() -> None:
    """Marks as sign and word, seconds against the window, chances against what was assumed."""
    shown = words(debrief(open_application()))
    for expected in (
        "● heard, 1st", "◐ partly, 3rd", "○ not heard", "25 % (3 to 80 %)",
        "27 seconds, within the 20 to 30 there are.", "41 seconds, 11 more than the 30 there are.",
        "The storm at the ferry", "no story told",
        "8 tellings, 4.5 heard", "Assumed", "90 %", "75 %",
    ):  # fmt: skip
        assert expected in shown


def test_the_page_hides_nothing_it_cannot_place(decided: Application) -> None:
    """Themes that have left the plan, unknown stories and themes without data are named."""
    path = decided.plan_path.with_name("debriefs.yaml")
    add_debrief(path, made({"calm": "heard", "gone": "heard"}, asked=[{"question": "Why?", "story": "lost-story"}]))
    shown = words(debrief(decided))
    for expected in ("gone no longer in the plan", "lost-story", "no data", "– not asked about", "Listener not named"):
        assert expected in shown


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_words_of_listeners_stay_words(payload: str, decided: Application, tmp_path: Path) -> None:
    """Whatever a listener said is shown as text, and nothing of it becomes part of the page."""
    path = tmp_path / "debriefs.yaml"
    marks = {"calm": "heard"}
    add_debrief(path, made(marks, said=payload, listener=payload, unexpected=[payload], asked=[{"question": payload}]))
    soup = BeautifulSoup(debrief(decided, path).html, "lxml")
    allowed = {"html", "body", "div", "p", "strong", "h3", "table", "caption", "thead", "tbody", "tr", "th", "td",
               "span", "i", "ul", "li", "article", "dl", "dt", "dd", "details", "summary"}  # fmt: skip
    assert {tag.name for tag in soup.find_all(True)} <= allowed
    assert {name for tag in soup.find_all(True) for name in tag.attrs} <= {
        "class", "scope", "tabindex", "role", "aria-label", "aria-hidden", "data-label",
    }  # fmt: skip
    for hidden in "\u202e\u2066\u2069":
        assert hidden not in soup.get_text()


def test_a_real_interview_shows_its_outcome(decided: Application, tmp_path: Path) -> None:
    """Outcome and a theme heard partly above strong are told in words."""
    path = tmp_path / "debriefs.yaml"
    add_debrief(path, made(kind="interview", outcome="next round"))
    shown = words(debrief(decided, path))
    assert "interview of 2026-12-03" in shown
    assert "Next round" in shown
    assert "Not timed." in shown


@pytest.mark.slow
def test_the_workbook_runs_before_and_after_a_debrief(tmp_path: Path) -> None:
    """Without a debrief it says how to come by one; with one, opened alone, it shows the example."""
    for words_of, expected in (
        (["-p", "debriefs", tmp_path / "none.yaml"], "There is no debrief yet."),
        ([], "The storm at the ferry"),
    ):
        done = papermill(workbook("debrief.ipynb"), "out.ipynb", *words_of, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert expected in shown_in(tmp_path / "out.ipynb")
    assert [path.name for path in tmp_path.iterdir()] == ["out.ipynb"]


def test_the_report_keeps_every_mark_and_bar() -> None:
    """What the filter of the report lets through is all of the piece."""
    from nbformat import v4

    from prepkit.report import to_html

    shown = debrief(open_application())
    output = v4.new_output("display_data", shown._repr_mimebundle_())
    cells = [v4.new_markdown_cell("## Heard"), v4.new_code_cell("debrief", execution_count=1, outputs=[output])]
    report, piece = (
        BeautifulSoup(text, "lxml") for text in (to_html(v4.new_notebook(cells=cells), "Debrief"), shown.html)
    )
    for selector in (".bar i.on", ".bar i.maybe", "td[data-label]", "article.story", "th[scope]"):
        assert len(report.select(selector)) == len(piece.select(selector)) > 0
