"""Wording: what a coach would have turned round is found, and what serves the employer is left alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prepkit.wording import WordingFinding, check_wording
from prepkit.yamlfile import load_yaml

DATA = load_yaml(Path(__file__).parent / "data" / "wording.yaml")
EMPLOYER = "Harbourline"

MISSES: dict[str, str] = {
    "I could run your marathon of a month-end blindfolded.": "a boast in a figure of speech",
    "My door is always open, and honesty is how I roll.": "stock ideas in words of its own",
    "The office is lovely and the people seem nice.": "a liking told of the place, which a thank-you note may say, too",
    "I have excellent references and a clean driving licence.": "a fact, but one that every driver has",
}
"""Faulty sentences that are known to be passed over, with what it would take to find them."""


HEARD: dict[str, list[str]] = {
    "self_serving": [
        "Your apprenticeship scheme would give me the qualifications I have always wanted.",
        "The salary band matches what I had in mind.",
        "Considers the post a great way to sharpen her leadership skills.",
        "I am applying because I need a steady income.",
        "I could imagine staying with you until I retire.",
        "A year with you would prepare me for medical school.",
        "Sees in the firm the place to round off her training.",
        "My heart is set on working with horses.",
        "I could finally stop commuting.",
        "Joining the firm means she can qualify sooner.",
        "Wants out of agency work",
        "Longs to teach again",
        "Working for you has long been a hope of my mother's.",
    ],
    "generic": [
        "Your firm's excellent reputation speaks for itself.",
        "The role and my profile are a perfect fit.",
        "I can adapt to any situation.",
        "Leads with empathy and integrity",
    ],
    "superlative": [
        "One of the finest electricians in the county.",
        "I know more about roofing than anybody else.",
        "There is no better carer than me.",
        "I have never met a problem I could not solve.",
    ],
    "fine": [
        "I help older people who want to learn to use their phones, every Thursday in the library.",
        "I am happy to travel between your three sites; I drove 30,000 miles a year for Bosch.",
        "He sees the queue as a way into the trouble: he asks the tenth person in it.",
        "I have no flawless record to show, but every fault in it has a fix.",
        "It would help me to have the drawings before Monday.",
        "I could finally prove that the scales were wrong, and the mill paid back 14,000 pounds.",
        "The hospital would put me on the hardest shifts because I stayed calm.",
        "I am tired of seeing wheelchairs left in the rain, so I built a shelter for 12.",
        "My commute takes me past your depot, so I can open the gate when the foreman is ill.",
        "The visit made me want to measure the draught in your ward, and it is two degrees colder by the door.",
        "I would rather work your Sunday shift than leave the ward with one nurse.",
        "What matters to me is whether the child eats, and 27 of 30 now do.",
        "The outstanding invoices came to 80,000 pounds, and I collected all but 600.",
        "Each valve is unique, so I keep a card for every one.",
        "The most common fault in your vans is the alternator.",
        "We sold more ice cream than any other kiosk on the pier in 2022.",
        "Nobody else would take the night boat, so I did.",
        "Wants better locks on the medicine cupboard",
        "Hopes for frost, because it kills the moth your orchard has",
        "I would like to work one Saturday in the shop before we talk terms.",
        "Keeps people joined",
        "Thank you for showing me the cold store, and for the coffee.",
    ],
}
"""A ninth hearing, of claims, letters and thank-you notes, in the same way; the fine ones resemble a fault."""


def sentences() -> Iterator[tuple[str, str]]:
    batches = [DATA[name] for name in ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")]
    for batch in (*batches, HEARD):
        for expected, said in batch.items():
            yield from ((expected, sentence) for sentence in said)


def codes(text: str, employer: str = EMPLOYER) -> list[str]:
    return [finding.code for finding in check_wording(text, employer)]


def seconds(text: str) -> float:
    """Time of one look on the processor, so that a busy machine does not count."""
    start = time.process_time()
    check_wording(text, EMPLOYER)
    return time.process_time() - start


@pytest.mark.parametrize(("expected", "sentence"), list(sentences()))
def test_a_coach_would_say_the_same(expected: str, sentence: str) -> None:
    """Each sentence has the one fault under which it is listed, or none."""
    assert codes(sentence) == ([] if expected == "fine" else [expected])


def test_half_of_the_sentences_are_traps() -> None:
    """False alarms weigh as much as misses, so sentences that must pass are as many as the others."""
    fine = [sentence for expected, sentence in sentences() if expected == "fine"]
    assert len(fine) >= 120
    assert len(fine) >= 0.45 * len(list(sentences()))


@pytest.mark.parametrize(
    "sentence", [pytest.param(s, marks=pytest.mark.xfail(reason=r, strict=True)) for s, r in MISSES.items()]
)
def test_known_misses(sentence: str) -> None:
    """What is passed over is listed, and leaves the list when it is found."""
    assert codes(sentence)


def test_each_sentence_of_a_letter_is_judged_alone() -> None:
    """Findings come in order, with the place of their sentence, over paragraphs, bullets and line breaks."""
    letter = (
        "Dear Dr. Lund,\n\nYour ward asks for calm. It would be an ideal next\nstep for me!\n"
        "- I cut waits from 40 to 12 minutes\n- I am a hard-working team player\n\nI always deliver. Yours, Amina"
    )
    found = check_wording(letter, EMPLOYER)
    assert [(finding.code, finding.span) for finding in found] == [
        ("self_serving", "It would be an ideal next\nstep for me!"),
        ("generic", "- I am a hard-working team player"),
        ("superlative", "I always deliver."),
    ]
    assert [letter[finding.start : finding.end] for finding in found] == [finding.span for finding in found]


def test_a_sentence_can_serve_the_speaker_and_boast() -> None:
    """Two faults with two remedies are two findings."""
    text = "I am a world-class negotiator, and this is an ideal next step for me."
    assert codes(text) == ["self_serving", "superlative"]


@pytest.mark.parametrize(
    ("bare", "turned"),
    [
        (
            "I want to learn Polish.",
            "I want to learn Polish so that your drivers can report a fault in their own words.",
        ),
        (
            "This is an ideal next step for me.",
            "This is an ideal next step for me, and your Leeds clinic gets a nurse who has run three winter wards.",
        ),
        (
            "I'm an exceptional listener.",
            "I'm an exceptional listener: eleven widows told me what no doctor had heard.",
        ),
        ("I am passionate about bees.", "I am passionate about bees, because they cost my father his farm."),
        (
            "I want to grow as a manager.",
            "Your night desk has lost three managers, and I want to grow into the fourth.",
        ),
    ],
)
def test_a_concrete_turn_mends_a_sentence(bare: str, turned: str) -> None:
    """What the employer gains, or a fact, makes the difference, and not the words of the wish."""
    assert len(codes(bare)) == 1
    assert codes(turned) == []


@pytest.mark.parametrize(
    "text",
    [
        "I want to grow so that I can help your company succeed.",
        "I want to learn from your brilliant engineers in Manchester.",
        "I would love to join Harbourline because it is the market leader.",
        "I hope to develop my skills, because you offer the best training in the north of England.",
    ],
)
def test_praise_of_the_employer_is_no_turn(text: str) -> None:
    """Naming the employer as giver or idol leaves the speaker as the one who gains."""
    assert codes(text) == ["self_serving"]


@pytest.mark.parametrize("mark", ["“{}”", '"{}"', "‘{}’", "'{}'"])
def test_quotations_are_left_alone(mark: str) -> None:
    """What the posting says is not the candidate's claim, in any kind of quotation marks."""
    quoted = mark.format("a hard-working team player who wants to grow, and doesn't stop")
    assert codes(f"You ask for {quoted}; I have trained nine.") == []


def test_apostrophes_and_case_make_no_difference() -> None:
    """A typed apostrophe, a curly one and capitals are the same words."""
    for text in ("It's what I'm looking for", "It’s what I’m looking for", "IT'S WHAT I'M LOOKING FOR"):
        assert codes(text) == ["self_serving"]


def test_the_advice_names_the_employer_and_invents_nothing() -> None:
    """The turn is one sentence with blanks for what only the candidate knows; braces in a name stay as they are."""
    for text in ("A chance to grow", "I am passionate about your mission.", "I always deliver.", "It is my dream job."):
        (finding,) = check_wording(text, "Ber{g} & Sønner")
        assert "Ber{g} & Sønner" in finding.turn
        assert "…" in finding.turn
        assert finding.turn.count(". ") == 0
        assert "the employer" in check_wording(text)[0].turn


def test_the_reason_quotes_the_words_as_written() -> None:
    """Nobody has to search a long sentence for what was meant."""
    (finding,) = check_wording("After Rome, HARBOURLINE would be the perfect place for me.", EMPLOYER)
    assert "perfect place for me" in finding.reason


@pytest.mark.parametrize(
    ("text", "employer", "expected"),
    [
        ("I admire Merrowdale and its values.", "Merrowdale Hospices", ["generic"]),
        ("I admire HARBOURLINE and its values.", "Harbourline", ["generic"]),
        ("I share O’Neill’s values.", "O'Neill", ["generic"]),
        ("I want to learn Polish because Merrowdale's night nurses speak it.", "Merrowdale Hospices", []),
        ("I hit each target by ringing back within the hour.", "Target", []),
    ],
)
def test_the_employer_goes_by_its_name(text: str, employer: str, expected: list[str]) -> None:
    """Its name, also in capitals or shortened, is no fact about the candidate, and may be the one who gains."""
    assert codes(text, employer) == expected


@pytest.mark.parametrize(
    ("text", "language", "checked"),
    [
        ("Das wäre für mich der ideale nächste Schritt.", "de", False),
        ("Ich möchte bei Ihnen lernen und mich weiter entwickeln, weil das für mich wichtig ist", "", False),
        ("東京の病院で働く看護師を募集しています", "", False),
        ("A chance to grow", "", True),
        ("I want to grow as a leader, and this would be the ideal next step for me.", "", True),
        ("A chance to grow", "en-GB", True),
    ],
)
def test_only_english_is_checked(text: str, language: str, checked: bool) -> None:
    """Another language is said to be unchecked, over the whole text, and never silently passed."""
    (finding,) = check_wording(text, language=language)
    assert (finding.code != "not_checked") == checked
    assert (finding.start, finding.end, finding.span) == (0, len(text), text)


@pytest.mark.parametrize("text", ["", " \n\t", "…", "?"])
def test_nothing_is_found_in_nothing(text: str) -> None:
    """An empty field is somebody else's finding."""
    assert check_wording(text) == ()
    assert check_wording(text, language="") == ()


WORDS = [
    *sorted({word for _, sentence in sentences() for word in sentence.split()}),
    "“",
    "”",
    "'",
    "\n",
    "-",
    "ß",
    "İ",
]


@given(
    st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)),
    st.sampled_from(["", "en", "de"]),
)
@settings(max_examples=300, deadline=None)
def test_any_text_gives_true_places(text: str, language: str) -> None:
    """Spans are what stands at their offsets, in order, the same each time; no text is too odd."""
    found = check_wording(text, EMPLOYER, language)
    assert found == check_wording(text, EMPLOYER, language)
    assert list(found) == sorted(found, key=lambda finding: finding.start)
    for finding in found:
        assert isinstance(finding, WordingFinding)
        assert 0 <= finding.start < finding.end <= len(text)
        assert finding.span == text[finding.start : finding.end]
        assert finding.reason
        assert finding.turn


HOSTILE = (
    "looking for a ", "I want to ", "I ", "a ", "a", "!", "'a ", "“", '"', "e.g. A ", "would be ", "which ", "so that ",
    "I'm looking for a new new ", "sees the role as ", "would help me to ", "I want to gain more more ", "-", ", ", "İ",
    "gives people ", "you want ", "never ", "I, ", "and ", "the most x x x ", "\n", "\n- ", "8", "because I ", "your ",
    "(", "who ", "my my ", "for me to ", "a" * 60 + " ", "this job in your ", "ever since a ", "I could like to ",
    ", so ", "more x x x than ", "my wife a a so ", "one of the most ", "a year with your ", "wants to be a ",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_near_matches_take_linear_time(piece: str) -> None:
    """Ten thousand characters take under 0.2 s, and four times as many not much more than four times as long."""
    check_wording("I am warm. She is warm.")
    short = seconds((piece * 10_000)[:10_000])
    assert short < 0.2
    assert seconds((piece * 40_000)[:40_000]) < 8 * short + 0.1
