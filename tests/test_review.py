"""A reviewer's page and the file that comes back: nothing runs, nothing is guessed, every fault is told."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS

from prepkit.debrief import add_debrief, load_debriefs
from prepkit.errors import InputError, NewerFormatError, PrepkitError
from prepkit.review import MAX_REVIEW_BYTES, parse_review, read_review, reviewer_page

THEMES = {"calm": "Brings calm to a broken timetable", "islands": "Keeps the islands joined"}
ANSWER = {
    "format": 1,
    "day": "2026-12-03",
    "kind": "mock",
    "listener": "Ines",
    "when": "same day",
    "said": "Calm.\nThe one with the storm.",
    "seconds": 24,
    "themes": [
        {"theme": "calm", "heard": "heard", "place": 1},
        {"theme": "islands", "heard": "not heard", "place": None},
    ],
    "unexpected": ["Tall"],
    "asked": [{"question": "Why us?"}],
}


def parsed(answer: Any) -> Any:
    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return parse_review(data, "review.json", THEMES)


def refused(answer: Any) -> str:
    with pytest.raises(InputError) as caught:
        parsed(answer)
    return str(caught.value)


# --- the page -----------------------------------------------------------------------------------------------


def page(**given: Any) -> BeautifulSoup:
    values = {"candidate": "Ada Fenwright", "role": "Head", "employer": "Tidewrack", "themes": THEMES} | given
    return BeautifulSoup(reviewer_page(**values), "lxml")


def test_memory_comes_before_the_themes() -> None:
    """The question stands first, and the themes are hidden until it is answered."""
    soup = page()
    assert "So, what did you think of Ada Fenwright? Why?" in soup.find("label", attrs={"for": "said"}).get_text()
    assert soup.find(id="themes").has_attr("hidden")
    claims = [fieldset.legend.get_text() for fieldset in soup.select("fieldset[data-theme]")]
    assert claims == [f"{number}. {claim}" for number, claim in enumerate(THEMES.values(), 1)]
    assert soup.get_text().index("Why?") < soup.get_text().index(claims[0])


def test_only_the_pages_own_script_and_style_run() -> None:
    """The policy allows nothing but what has the hash of the one script and the one style."""
    soup = page()
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    for name, tag in (("script", soup.find("script")), ("style", soup.find("style"))):
        digest = b64encode(sha256(tag.string.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert len(soup.find_all("script")) == len(soup.find_all("style")) == 1
    assert not soup.find_all(["link", "img", "iframe", "form"])
    assert not [tag for tag in soup.find_all(True) if {"src", "href", "style"} & {*tag.attrs}]


def test_every_field_has_a_label() -> None:
    """Boxes are named by labels, groups of choices by legends."""
    soup = page()
    named = {label["for"] for label in soup.find_all("label") if label.has_attr("for")}
    boxes = soup.find_all(["textarea", "select"]) + soup.find_all("input", type=lambda kind: kind != "radio")
    assert {box["id"] for box in boxes} == named
    assert all(
        radio.find_parent("fieldset").legend and radio.find_parent("label") for radio in soup.select("[type=radio]")
    )


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_claims_stay_text(payload: str) -> None:
    """Whatever stands in a plan is shown as it is written and is part of no tag."""
    plain, soup = page(), page(candidate=payload, role=payload, employer=payload, themes={"calm": payload})
    assert {tag.name for tag in soup.find_all(True)} <= {tag.name for tag in plain.find_all(True)}
    assert soup.find("script").string == plain.find("script").string
    visible = re.sub("[\u202e\u2066\u2069]", "", payload)
    assert soup.select_one("fieldset[data-theme] legend").get_text() == f"1. {visible}"
    assert not [name for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]


def test_the_same_themes_make_the_same_page() -> None:
    """No time and no random name is in it."""
    assert reviewer_page("", "", "", THEMES) == reviewer_page("", "", "", THEMES)
    assert "What did you think of the candidate?" in reviewer_page("", "", "", THEMES)


@pytest.mark.parametrize("count", [0, 13])
def test_a_page_needs_themes(count: int) -> None:
    """Without themes there is nothing to ask about."""
    with pytest.raises(PrepkitError, match=f"1 to 12 themes; there are {count}"):
        reviewer_page("", "", "", {f"t{number}": "Claim" for number in range(count)})


# --- the file -----------------------------------------------------------------------------------------------


def test_an_answer_becomes_a_debrief(tmp_path: Path) -> None:
    """All that the reviewer said comes through, and can be kept once."""
    path = tmp_path / "review.json"
    path.write_text(json.dumps(ANSWER), encoding="utf-8")
    found = read_review(path, THEMES)
    assert re.fullmatch(r"2026-12-03-review-[0-9a-f]{8}", found.id)
    assert (found.said, found.seconds, found.listener) == (ANSWER["said"], 24, "Ines")
    assert [(mark.theme, mark.heard.value, mark.place) for mark in found.themes] == [
        ("calm", "heard", 1),
        ("islands", "not heard", None),
    ]
    assert add_debrief(tmp_path / "debriefs.yaml", found) == found == load_debriefs(tmp_path / "debriefs.yaml")[0]
    with pytest.raises(InputError, match="kept here already"):
        add_debrief(tmp_path / "debriefs.yaml", read_review(path, THEMES))


def test_the_layout_of_the_file_makes_no_other_debrief() -> None:
    """A mail program that wraps lines does not make a second answer of the first."""
    assert parsed(json.dumps(ANSWER, indent=4).encode()) == parsed(dict(reversed(ANSWER.items())))
    assert parsed(ANSWER | {"said": "Other."}).id != parsed(ANSWER).id


def test_all_faults_of_an_answer_are_told_at_once() -> None:
    """Nothing is dropped in silence: each strange name, value and theme gets a sentence."""
    said = refused(
        {
            "day": "soon", "kind": "exam", "seconds": True, "id": "mine", "colour": "blue", "outcome": "won",
            "themes": [{"theme": "calmm", "heard": "heard"}, {"theme": "islands", "heard": 1, "why": "x"}],
            "unexpected": "Tall", "asked": [{"question": 7}, "Why?"],
        }
    )  # fmt: skip
    for expected in (
        "“format” should be the number 1",
        "day: it should be a day such as 2026-12-03",
        "kind: “exam” should be mock or interview",
        "seconds: it should be a whole number from 0 to 600",
        "“id” is not known here",
        "“colour” is not known here",
        "outcome: “won” should be none, next round, offer or no",
        "“calmm” is not among the themes of this plan. Did you mean 'calm'?",
        "themes 2 heard: this should be heard, partly or not heard",
        "themes 2: “why” is not known here",
        "unexpected: “Tall” should be a list",
        "asked 1 question: this should be text",
        "asked 2: “Why?” should be names with values",
    ):
        assert expected in said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a file of a reviewer's page"),
        (b"[]", "one answer with names and values"),
        (b'"x"', "one answer with names and values"),
        (b"{", "line 1, column 2"),
        (b'{"format": NaN}', "not a file of a reviewer's page"),
        (b'{"seconds": ' + b"9" * 5000 + b"}", "not a file of a reviewer's page"),
        (b"[" * 100_000, "not a file of a reviewer's page"),
        (b'{"said": ' + b"[" * 20 + b"]" * 20 + b"}", "nested more than 6 deep"),
        (b'{"said": [' + b"1," * 5000 + b"1]}", "at most 2,000 are read"),
        (b"x" * (MAX_REVIEW_BYTES + 1), "at most 250,000 are read"),
        (b'{"format": 1, "day": "2026-12-03", "day": "2026-12-04", "kind": "mock"}', "“day” is given more than once"),
        (b'{"format": true, "day": "2026-12-03", "kind": "mock"}', "should be the number 1"),
        (b'{"format": 1, "day": "2026-12-03", "kind": "mock", "said": "\\ud800"}', "half of a character pair"),
        (b"\x00\xff\x00", "not text"),
    ],
    ids=["empty", "list", "text", "cut off", "NaN", "endless number", "abyss", "deep", "many", "large", "twice", "true",
         "half a pair", "bytes"],
)  # fmt: skip
def test_what_is_no_answer_is_refused(data: bytes, said: str) -> None:
    """A file that the page did not make ends in a sentence, not in a crash."""
    assert said in refused(data)


def test_an_answer_of_a_newer_page_is_refused() -> None:
    """What a later format means is not guessed at."""
    with pytest.raises(NewerFormatError, match="format 2"):
        parsed(ANSWER | {"format": 2, "new": 1})


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_hostile_words_stay_words(payload: str) -> None:
    """What a reviewer wrote is kept as text, letter for letter."""
    found = parsed(ANSWER | {"said": payload, "listener": payload, "unexpected": [payload]})
    assert (found.said, found.listener, found.unexpected) == (payload, payload, (payload,))
