"""The advocate's case: what the interviewer would say in 20 to 30 seconds when asked why, and how long it takes.

Made of the candidate's own words: each theme's claim, then proof from the result of a story. What is missing is a
blank, and nothing is added but the name and the turn from “I” to the third person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from prepkit.coverage import Coverage
from prepkit.plan import Plan, Theme
from prepkit.stories import Story, StoryInventory
from prepkit.text import sentences

__all__ = [
    "LONGEST_SECONDS",
    "SHORTEST_SECONDS",
    "AdvocatesCase",
    "Part",
    "advocates_case",
    "spoken_words",
    "third_person",
]

SHORTEST_SECONDS, LONGEST_SECONDS = 20.0, 30.0
"""What an interviewer has to say why (the method)."""

PRONOUNS = {"she": ("she", "her", "her", "hers", "herself"), "he": ("he", "him", "his", "his", "himself")}
_THEY = ("they", "them", "their", "theirs", "themselves")


@dataclass(frozen=True, slots=True)
class Part:
    """One theme of the case.

    Attributes:
        theme: Id of the theme.
        claim: The claim as a sentence about the candidate; empty when the plan has none.
        proof: A sentence from the result of `story`, in the third person; empty when there is none.
        story: Id of the story; empty when no story with a result carries the theme.
        words: Words of claim and proof as they are spoken.
    """

    theme: str
    claim: str
    proof: str
    story: str

    @property
    def words(self) -> int:
        """Words of claim and proof as they are spoken."""
        return spoken_words(f"{self.claim} {self.proof}")


@dataclass(frozen=True, slots=True)
class AdvocatesCase:
    """The whole case.

    Attributes:
        parts: One for each theme, in the plan's order.
        words_per_minute: Speaking rate.
    """

    parts: tuple[Part, ...]
    words_per_minute: int

    @property
    def text(self) -> str:
        """The case as it would be said."""
        return " ".join(filter(None, (text for part in self.parts for text in (part.claim, part.proof))))

    @property
    def words(self) -> int:
        """Words as they are spoken; “$1.2M” is five."""
        return spoken_words(self.text)

    @property
    def seconds(self) -> float:
        """Speaking time."""
        return self.words / self.words_per_minute * 60

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do about it: words to save and where, or what is missing, as sentences."""
        result = [f"The theme {part.theme} has no claim yet." for part in self.parts if not part.claim]
        result += [
            f"“{_short(part.claim)}” has no proof: no story with a result carries it."
            for part in self.parts
            if part.claim and not part.proof
        ]
        over = self.words - int(LONGEST_SECONDS * self.words_per_minute / 60)
        if over > 0:
            result.append(f"{self.seconds:.0f} seconds are too long; save {over} word{'s' * (over != 1)}.")
            result += self._savings(over)
        elif self.parts and self.seconds < SHORTEST_SECONDS:
            result.append(
                f"{self.seconds:.0f} seconds leave room for {self._room()} more words; add a figure or a proof."
            )
        return tuple(result)

    def _room(self) -> int:
        return int(LONGEST_SECONDS * self.words_per_minute / 60) - self.words

    def _savings(self, over: int) -> list[str]:
        """Name the longest sentences first, until enough words could be saved."""
        fair = int(LONGEST_SECONDS * self.words_per_minute / 60 / max(1, len(self.parts)) / 2)
        pieces = [(spoken_words(text), text) for part in self.parts for text in (part.claim, part.proof) if text]
        result = []
        for count, text in sorted(pieces, key=lambda piece: -piece[0]):
            if over <= 0 or count <= fair:
                break
            spare = min(over, count - fair)
            over -= spare
            result.append(f"Cut {spare} of the {count} words in “{_short(text)}”.")
        return result


def advocates_case(
    plan: Plan,
    stories: StoryInventory,
    coverage: Coverage,
    candidate: str = "",
    pronoun: str = "",
    words_per_minute: int = 150,
) -> AdvocatesCase:
    """Return what the interviewer would say, theme by theme in the plan's order.

    Args:
        plan: Themes with their claims.
        stories: Where the proof is taken from.
        coverage: Which stories carry which themes; only settled ratings count.
        candidate: Full name; the first word of it is used. Empty: “This candidate”.
        pronoun: ``she``, ``he`` or empty, which writes “they” in proofs and the name before claims.
        words_per_minute: Speaking rate; 150 is usual for English conversation.

    Each theme is proved by a story of its own as far as there are enough.
    """
    name = candidate.split()[0] if candidate.split() else "This candidate"
    proofs = _proofs(plan, stories, coverage)
    parts = []
    for number, theme in enumerate(plan.themes):
        subject = name if not number or pronoun not in PRONOUNS else pronoun.capitalize()
        story = proofs.get(theme.id)
        proof = third_person(_proof(story), pronoun) if story else ""
        parts.append(Part(theme.id, _sentence(theme, subject), proof, story.id if story else ""))
    return AdvocatesCase(tuple(parts), words_per_minute)


def _proofs(plan: Plan, stories: StoryInventory, coverage: Coverage) -> Mapping[str, Story]:
    """Choose a story for each theme: strong before partial, measured before not, each story once if it can be."""
    chosen: dict[str, Story] = {}
    wanted = {}
    for theme in plan.themes:
        column = coverage.settled[theme.id] if theme.id in coverage.settled.columns else None
        able = [story for story in stories if column is not None and column[story.id] > 0 and story.result]
        wanted[theme.id] = sorted(able, key=lambda story: (-int(column[story.id]), not story.has_measure))  # type: ignore[index]
    for theme_id in sorted(wanted, key=lambda name: len(wanted[name])):  # the theme with the least choice first
        taken = {story.id for story in chosen.values()}
        free = [story for story in wanted[theme_id] if story.id not in taken] or wanted[theme_id]
        if free:
            chosen[theme_id] = free[0]
    return chosen


def _proof(story: Story) -> str:
    """Return the shortest clause of the result that holds a figure, or its first sentence."""
    told = sentences(story.result)
    clauses = [clause.strip() for sentence in told for clause in re.split(r"; |, (?:and|but|while) ", sentence)]
    measured = [clause for clause in clauses if re.search(r"\d", clause) and len(clause.split()) >= 4]
    text = min(measured, key=spoken_words) if measured else told[0]
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _sentence(theme: Theme, subject: str) -> str:
    """Return the claim as a sentence: “Turns a hunt into a rota” becomes “Marla turns a hunt into a rota.”"""
    claim = theme.claim.strip()
    if not claim:
        return ""
    first, _, rest = claim.partition(" ")
    if re.fullmatch(r"[A-Z][a-z]+(?:s|es)", first) and first.lower() not in ("she", "he", "his", "this"):
        claim = f"{subject} {first.lower()} {rest}".strip()
    return claim if claim.endswith((".", "!", "?")) else f"{claim}."


_FIRST_PERSON = {
    "i": 0,
    "me": 1,
    "my": 2,
    "mine": 3,
    "myself": 4,
    "we": 0,
    "us": 1,
    "our": 2,
    "ours": 3,
    "ourselves": 4,
}
_AFTER_I = {
    "they": {"am": "are", "was": "were", "'m": "'re"},
    "one": {"am": "is", "have": "has", "do": "does", "'m": "'s", "'ve": "'s"},
}


def third_person(text: str, pronoun: str = "") -> str:
    """Return a sentence told by “I” or “we” as somebody else would tell it.

    >>> third_person("I cut my waiting list, and we were thanked."), third_person("I was early.", "she")
    ('They cut their waiting list, and they were thanked.', 'She was early.')
    """
    forms, verbs = PRONOUNS.get(pronoun, _THEY), _AFTER_I["one" if pronoun in PRONOUNS else "they"]

    def turn(match: re.Match[str]) -> str:
        word, verb = match["word"], match["verb"] or ""
        is_plural = word.lower() in ("we", "us", "our", "ours", "ourselves")
        new = (_THEY if is_plural else forms)[_FIRST_PERSON[word.lower()]]
        at_start = match.start() == 0 or text[: match.start()].rstrip().endswith((".", "!", "?", "“", '"'))
        new = new.capitalize() if at_start else new
        bare = verb.strip().lower()
        return new + (verb.replace(verb.strip(), verbs[bare]) if bare in verbs and word.lower() == "i" else verb)

    words = r"I(?!\.)|[Mm]e|[Mm]y|[Mm]ine|[Mm]yself|[Ww]e|[Uu]s|[Oo]urs?|[Oo]urselves"
    return re.sub(rf"\b(?P<word>{words})\b(?P<verb>['’]\w+|\s+\w+)?", turn, text)


def _short(text: str) -> str:
    words = text.split()
    return " ".join(words[:8]) + (" …" if len(words) > 8 else "")


# --- words as they are spoken --------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"(?P<money>[$£€])?(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<scale>(?:k|K|m|M|bn|B)\b)?(?P<percent>\s?%)?"
    r"(?P<ordinal>st|nd|rd|th)?|(?P<letters>\b[A-Z]{2,6}s?\b)|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*\.?)|(?P<sign>[&+=@])",
)
_SPOKEN_FULL = {"e.g.": 2, "i.e.": 2, "etc.": 2, "vs.": 1}


def spoken_words(text: str) -> int:
    """Return how many words a text has when it is said aloud.

    Numbers count as their words (“46” two, “1,200” three), money and per cent one more, “k”, “M” and “bn” one more,
    years three, capital abbreviations their letters unless they can be said as a word, hyphenated words each part.

    >>> spoken_words("Saved $1.2M"), spoken_words("18 % to 7 %"), spoken_words("in 2024"), spoken_words("NHS staff")
    (6, 5, 4, 4)
    """
    count = 0
    for short, words in _SPOKEN_FULL.items():
        text, times = re.subn(re.escape(short), " ", text)
        count += words * times
    for match in _TOKEN.finditer(text):
        if match["number"]:
            count += _number(match["number"], bool(match["money"] or match["scale"] or match["percent"]))
            count += bool(match["money"]) + bool(match["scale"]) + bool(match["percent"])
        elif match["letters"]:
            letters = match["letters"].rstrip("s")
            sayable = len(letters) >= 4 and re.search("[AEIOU]", letters)
            count += 1 if sayable else len(letters)
        else:
            count += 1
    return count + len(re.findall(r"(?<=\d)\s?[-–]\s?(?=\d)", text))  # “3-5” is said “three to five”


def _number(written: str, is_amount: bool) -> int:
    whole, _, decimals = written.replace(",", "").partition(".")
    value = int(whole[:15])
    if not is_amount and not decimals and "," not in written and 1900 <= value <= 2099 and value != 2000:
        return 3 if (value % 100 > 9 and value % 10) or value % 100 < 10 else 2
    return _cardinal(value) + (1 + len(decimals) if decimals else 0)


def _cardinal(value: int) -> int:
    """Return the words of a whole number as the British say it: 310 is “three hundred and ten”."""
    if value < 100:
        return 1 if value <= 20 or value % 10 == 0 else 2
    if value < 1000:
        return 2 + (1 + _cardinal(value % 100) if value % 100 else 0)
    for size in (10**12, 10**9, 10**6, 10**3):
        if value >= size:
            rest = value % size
            return _cardinal(value // size) + 1 + ((rest < 100) + _cardinal(rest) if rest else 0)
    return 1
