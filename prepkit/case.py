"""The advocate's case: what the interviewer would say in 20 to 30 seconds when asked why, and how long it takes.

Made of the candidate's own words: each theme's claim, then its proof, as the plan words it or from the result of a
story. What is missing is a blank, and nothing is added but the name and the turn from “I” to the third person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from prepkit.plan import Plan
from prepkit.stories import Story, StoryInventory
from prepkit.text import sentences

__all__ = [
    "LONGEST_SECONDS",
    "PRONOUNS",
    "SHORTEST_SECONDS",
    "AdvocatesCase",
    "Part",
    "advocates_case",
    "leading_verb",
    "short_result",
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
        proof: The proof as the plan words it, or a sentence from the result of `story` in the third person; empty
            when there is neither.
        story: Id of the story; empty when no story with a result carries the theme.
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
    def by_part(self) -> pd.DataFrame:
        """Seconds by part: index ``theme``, float columns ``claim`` and ``proof``, 0 where there is none."""
        rows = [[spoken_words(part.claim), spoken_words(part.proof)] for part in self.parts]
        themes = pd.Index([part.theme for part in self.parts], name="theme", dtype=object)
        return pd.DataFrame(rows, themes, ["claim", "proof"], dtype=float) * 60 / self.words_per_minute

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do about it: what is missing, then words to save and where or room left, as sentences."""
        return (*self.missing, *self.fitting)

    @property
    def missing(self) -> tuple[str, ...]:
        """Claims and proofs that are not there, as sentences."""
        result = [f"The theme {part.theme} has no claim yet." for part in self.parts if not part.claim]
        result += [
            f"“{_short(part.claim)}” has no proof: no story with a result carries it."
            for part in self.parts
            if part.claim and not part.proof
        ]
        return tuple(result)

    @property
    def fitting(self) -> tuple[str, ...]:
        """Words to save and where, or how much room is left, as sentences; empty when the case fits."""
        result: list[str] = []
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
    plan: Plan, stories: StoryInventory, candidate: str = "", pronoun: str = "", words_per_minute: int = 150
) -> AdvocatesCase:
    """Return what the interviewer would say, theme by theme in the plan's order.

    Args:
        plan: Themes with their claims and proofs; ratings that people have settled say which story proves which theme.
        stories: Where a proof is taken from that the plan does not word itself.
        candidate: Full name; the first word of it is used. Empty: “This candidate”.
        pronoun: ``she``, ``he`` or empty, which writes “they” in proofs and the name before claims.
        words_per_minute: Speaking rate; 150 is usual for English conversation.

    Each theme is proved by a story of its own as far as there are enough.
    """
    name = candidate.split()[0] if candidate.split() else "This candidate"
    proofs = _proofs(plan, stories)
    parts = []
    for number, theme in enumerate(plan.themes):
        subject = name if not number or pronoun not in PRONOUNS else pronoun.capitalize()
        story = proofs.get(theme.id)
        proof = third_person(theme.proof or (short_result(story) if story else ""), pronoun)
        claim = third_person(_sentence(theme.claim, subject), pronoun)
        parts.append(Part(theme.id, claim, _ended(proof), story.id if story else ""))
    return AdvocatesCase(tuple(parts), words_per_minute)


def _proofs(plan: Plan, stories: StoryInventory) -> Mapping[str, Story]:
    """Choose a story for each theme: strong before partial, measured before not, each story once if it can be."""
    chosen: dict[str, Story] = {}
    wanted: dict[str, list[Story]] = {}
    for theme in plan.themes:
        rating = {story: row.get(theme.id, 0) for story, row in plan.ratings.items()}
        able = [story for story in stories if rating.get(story.id, 0) and story.result]
        order = [(-rating[story.id], not story.has_measure) for story in able]
        wanted[theme.id] = [able[place] for place in sorted(range(len(able)), key=order.__getitem__)]
    for theme_id in sorted(wanted, key=lambda name: len(wanted[name])):  # the theme with the least choice first
        taken = {story.id for story in chosen.values()}
        free = [story for story in wanted[theme_id] if story.id not in taken] or wanted[theme_id]
        if free:
            chosen[theme_id] = free[0]
    return chosen


def short_result(story: Story) -> str:
    """Return the shortest clause of the result that holds a figure, or its first sentence; empty without a result."""
    if not story.result:
        return ""
    told = sentences(story.result)
    clauses = [clause.strip() for sentence in told for clause in _clauses(sentence)]
    measured = [clause for clause in clauses if re.search(r"\d", clause) and len(clause.split()) >= 4]
    # “he” or “it” at the beginning means somebody whom only the sentence before has named
    clear = [clause for clause in measured if not re.match(r"(?:He|She|It|They|This|That|These|Those)\b", clause)]
    text = min(clear or measured, key=spoken_words) if measured else told[0]
    return _ended(text[0].upper() + text[1:])


def _ended(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _sentence(claim: str, subject: str) -> str:
    """Return a claim as a sentence: “Turns a hunt into a rota” becomes “Marla turns a hunt into a rota.”"""
    claim = claim.strip()
    if verb := leading_verb(claim):
        claim = f"{subject} {verb.lower()}{claim[len(verb) :]}"
    return _ended(claim)


def _clauses(sentence: str) -> list[str]:
    """Split a sentence where each part can stand alone, which a part without a verb cannot."""
    parts = re.split(r"; |, (?:and|but|while) ", sentence)
    return parts if all(_FINITE.search(part) for part in parts) else [sentence]


_FINITE = re.compile(
    r"\b(?:\w{2,}ed|is|are|was|were|has|have|had|fell|rose|went|grew|came|got|left|ran|kept|won|met|paid|cost|cut|saw"
    r"|made|took|gave|held|sold|built|brought|stood|began|became|can|could|now)\b"
)


def leading_verb(claim: str) -> str:
    """Return the verb with which a claim without a subject begins, as written; empty when it begins otherwise.

    >>> leading_verb("Turns a hunt into a rota"), leading_verb("Systems thinking"), leading_verb("She turns")
    ('Turns', '', '')
    """
    first, _, rest = claim.partition(" ")
    name, after = first.lower(), rest.partition(" ")[0].lower().strip(",.;:")
    is_verb = re.fullmatch(r"[A-Z][a-z]*s", first) and (name == "is" or not name.endswith(("ss", "us", "is")))
    return first if is_verb and rest and name not in _PLURALS and after not in _AFTER_NOUN else ""


_PLURALS = frozenset(
    """always perhaps besides towards sometimes his this its hers ours yours theirs systems numbers patients customers
    clients users guests pupils students results teams ideas others things skills sales operations logistics economics
    years months days weeks mistakes values news facts figures""".split()  # noqa: SIM905 - a list of 40 strings is a page
)
_AFTER_NOUN = frozenset(
    """that who whom which are were come first thinking matter become have need do want""".split()  # noqa: SIM905
)


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
