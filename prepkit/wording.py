"""Wording that weakens a claim: it serves the speaker, says what anybody could say, or praises without proof.

The method (step 1, Motivation) asks who benefits: a role is told as serving what the employer is for, and not the
other way round. So a wish of the speaker's is found only when nothing on the employer's side comes of it, and a word
such as "grow", "chance" or "learn" alone is never a fault. The wordings are data, in ``templates/phrasing.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from textwrap import shorten
from typing import Any

from prepkit.resources import template
from prepkit.text import LANGUAGES, guess_language, sentences, stems, tidy, words
from prepkit.yamlfile import load_shipped

__all__ = ["WordingFinding", "check_wording"]

ENOUGH_TO_GUESS = 8
"""Words from which the language of a text is guessed; a claim has about ten."""

CONCRETE = 2
"""Words that are not stock, from which a clause says something of its own."""

SHORTEST_NAME = 5
"""Letters from which the first word of an employer's name stands for the whole."""

LONGEST_QUOTE = 80
"""Characters of the words found that a reason repeats."""

MANY = 4
"""Stock words that make a sentence generic when it holds nothing else."""

_EMPLOYER = "Employername"
"""Stands for the employer's name in the patterns, so that they are compiled once for all employers."""


class _Lexicon(dict[str, re.Pattern[str]]):
    """Patterns by name, each compiled when it is first asked for, which takes up to a tenth of a second."""

    def __init__(self, lists: Mapping[str, str]) -> None:
        super().__init__()
        self._lists = lists

    def __missing__(self, name: str) -> re.Pattern[str]:
        return self.setdefault(name, re.compile(self._lists[name], re.IGNORECASE))


_Fault = tuple[str, str, str]  # code, kind of advice, words found

_PERSONS = {
    "first": {"i": "i", "my": "my", "me": "(?:me|myself)"},
    "third": {"i": "(?:she|he|who)", "my": "(?:her|his)", "me": "(?:her|him|herself|himself)"},
}
_YOUR = (
    rf"(?:your?|yours|{_EMPLOYER}(?:'s)?|their (?:[\w-]+ )?(?:patients|customers|clients|crews|families|staff|teams?))"
)

_FIRST_PERSON = re.compile(r"\b(?:i|me|my|mine|myself)\b(?!\.\w)", re.IGNORECASE)
_BREAK = re.compile(r"\n[ \t]*(?=[\n•*-])")
_QUOTE = re.compile(r"[“„][^“”]{0,500}”|\"[^\"]{0,500}\"|‘[^‘]{1,500}?’(?!\w)|(?<!\w)'(?:[^']|'(?=\w)){1,300}'(?!\w)")
_CLIPPED = re.compile(r"\b\w+n't\b|'(?:m|ve|re|ll|d|s)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;:–—…]|\b(?:because|since|and|but|who|which|that|so)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=[\w,;:] )(?!I\b)[A-Z][\w-]+")


@dataclass(frozen=True, slots=True)
class WordingFinding:
    """One sentence that a coach would have turned round.

    Attributes:
        code: ``self_serving``, ``generic``, ``superlative``, or ``not_checked`` for another language.
        start: Offset of the sentence's first character in the text.
        end: Offset behind its last character.
        span: The sentence, as it stands in the text.
        reason: Why it hurts, one sentence.
        turn: A way to turn it toward the employer, one sentence; what only the candidate can know is left as "…".
    """

    code: str
    start: int
    end: int
    span: str
    reason: str
    turn: str


@lru_cache(maxsize=1_024)
def check_wording(text: str, employer: str = "", language: str = "en") -> tuple[WordingFinding, ...]:
    """Return the sentences of a text that serve the speaker, are generic, or praise without proof, in order.

    Made for claims, bridges, the advocate's case and letters, in the first person or the third. Questions and
    quotations are left alone. A sentence that is generic as well as something else is told only the other thing.

    Args:
        text: A sentence or many.
        employer: Its name, which the sentences may use and the advice then names.
        language: Two-letter code, or empty to have it guessed; only English is checked.

    >>> for found in check_wording("I cut waits by half. It is an ideal next step for me.", "Acme"):
    ...     print(found.code, found.start, found.span, found.turn, sep="\\n")
    self_serving
    21
    It is an ideal next step for me.
    Say what your coming does for Acme: “You need …; at … I …, so you would have … by ….”
    >>> check_wording("I want to learn Polish so that your night drivers can report a fault in their own words.")
    ()
    """
    employer = tidy(employer)[:80]
    code = _language(text, language)
    if code != "en":
        found = [("not_checked", "not_checked", LANGUAGES.get(code, "another language"))] if text.strip() else []
        return tuple(_finding(*item, 0, text, employer) for item in found)
    return tuple(
        _finding(*item, start, sentence, employer)
        for start, sentence in _sentences(text)
        for item in _faults(_plain(sentence, employer))
    )


def _language(text: str, language: str) -> str:
    if language:
        return language.replace("_", "-").split("-")[0].lower()
    letters = [character for character in text if character.isalpha()]
    if 2 * sum(letter.isascii() for letter in letters) < len(letters):
        return guess_language(text)  # perhaps not known, but surely not English
    return (guess_language(text) if len(words(text)) >= ENOUGH_TO_GUESS else "") or "en"


def _finding(code: str, kind: str, said: str, start: int, span: str, employer: str) -> WordingFinding:
    advice = _phrasing()["self_serving"].get(kind) or _phrasing()[kind]
    said = shorten(said.replace(_EMPLOYER, employer), LONGEST_QUOTE, placeholder=" …")
    fill = {"words": said, "language": said, "employer": employer or "the employer"}
    reason, turn = (str(advice[name]).format(**fill) for name in ("reason", "turn"))
    return WordingFinding(code, start, start + len(span), span, reason, turn)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """Yield each sentence with its offset; blank lines and bullets end one, too."""
    cuts = [0, *(match.end() for match in _BREAK.finditer(text)), len(text)]
    for place, end in pairwise(cuts):
        for sentence in sentences(text[place:end]):
            place = text.index(sentence, place)
            yield place, sentence
            place += len(sentence)


def _plain(sentence: str, employer: str) -> str:
    """Return a sentence as the patterns expect it: no quotations, plain apostrophes, the employer by one name."""
    plain = _QUOTE.sub("…", tidy(sentence)).replace("’", "'").replace("‘", "'")
    if not employer:
        return plain
    # People shorten a name to its first word; in small letters it may be a word like any other (Target, Next).
    name, first = employer.replace("’", "'"), employer.split()[0]
    known = {name, name.upper(), first if len(first) >= SHORTEST_NAME else name}
    return re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(known, reverse=True)))})(?!\w)", _EMPLOYER, plain)


def _faults(sentence: str) -> Iterator[_Fault]:
    """Yield the faults of a plain sentence."""
    if sentence.endswith("?"):
        return
    lexicon = _lexicon("first" if _FIRST_PERSON.search(sentence) else "third")
    told = lexicon["fine"].sub(" … ", sentence)
    faults = [*_self_serving(told, lexicon), *_superlative(told, lexicon)]
    if not faults and not lexicon["courtesy"].search(sentence):
        faults = [*_empty(told, sentence, lexicon)]
    yield from faults


def _self_serving(told: str, lexicon: _Lexicon) -> Iterator[_Fault]:
    for kind in _phrasing()["self_serving"]:
        for match in lexicon[kind].finditer(told):
            if not _is_turned(told[: match.start()], told[match.end() :], lexicon):
                yield "self_serving", kind, match[0].strip(" ,")
                return


def _is_turned(before: str, after: str, lexicon: _Lexicon) -> bool:
    """Tell whether a wish answers a concrete need of the employer, or something concrete comes of it for them."""
    if (need := lexicon["needs"].search(before)) and _concrete(before[need.start() :]) >= CONCRETE:
        return not lexicon["flattery"].search(before)
    serves = lexicon["serves"].search(after)
    rest = after[serves.start() :] if serves else ""
    return _concrete(rest) >= CONCRETE and not lexicon["flattery"].search(rest) and not lexicon["gain"].search(rest)


def _superlative(told: str, lexicon: _Lexicon) -> Iterator[_Fault]:
    for match in lexicon["superlative"].finditer(told):
        before, after = told[: match.start()], told[match.end() :]
        # A fact stands in another clause or is a figure; the praised thing itself proves nothing.
        clauses = [*_CLAUSE.split(before)[:-1], *_CLAUSE.split(after)[1:]]
        fact = lexicon["proof"].search(f"{before} … {after}") or lexicon["figures"].search(f"{before} … {after}")
        if not fact and sum(map(_concrete, clauses)) <= CONCRETE:
            yield "superlative", "superlative", match[0].strip(" ,")
            return


def _empty(told: str, sentence: str, lexicon: _Lexicon) -> Iterator[_Fault]:
    """Yield a fault when a sentence holds little but stock words: a bare wish, or what anybody could say."""
    hollow = len(lexicon["generic"].findall(told)) + 2 * len(lexicon["affinity"].findall(told))
    if not hollow and (wish := lexicon["wish"].search(told)) and not _concrete(sentence):
        yield "self_serving", "wish", wish[0].strip(" ,")
        return
    allowed = min(hollow or len(_stock().intersection(stems(told))) // MANY, CONCRETE)
    rest = sentence if allowed else ""
    for name in ("people", "affinity", "generic"):
        rest = lexicon[name].sub(" ", rest)
    if allowed and not lexicon["figures"].search(rest) and _concrete(rest) < allowed:
        yield "generic", "generic", ""


def _concrete(part: str) -> int:
    """Count the different words of a part that are not stock; a name or figure counts double."""
    own = {stem for stem in stems(_CLIPPED.sub(" ", part).replace(_EMPLOYER, " ")) if stem not in _stock()}
    named = {name for name in _NAME.findall(part) if own.intersection(stems(name))}
    return len(own) + len(named) + len(_lexicon("first")["figures"].findall(part))


@cache
def _phrasing() -> Mapping[str, Any]:
    return load_shipped(template("phrasing.yaml"))


@cache
def _stock() -> frozenset[str]:
    return frozenset(stems(_phrasing()["generic"]["words"]))


@cache
def _lexicon(person: str) -> _Lexicon:
    """Return the patterns for a speaker in the first or third person, by name."""
    data = _phrasing()
    parts = {**_PERSONS[person], "your": _YOUR}

    def grown(phrase: str) -> str:
        return re.sub(r"<(\w+)>", lambda name: parts[name[1]], phrase)

    for name, phrases in data["parts"].items():  # each may use those above it
        parts[name] = grown(f"(?:{'|'.join(phrases)})")
    lists = {
        **{kind: advice["phrases"] for kind, advice in data["self_serving"].items()},
        **{name: data[name]["phrases"] for name in ("wish", "generic", "superlative")},
        **{name: data["generic"][name] for name in ("affinity", "courtesy", "people")},
        **{name: data[name] for name in ("fine", "figures")},
        **data["turned"],
        "proof": data["superlative"]["proof"],
        "gain": ["<gain>"],
    }
    # A phrase is whole words, or begins with the mark between two clauses.
    whole = r"(?:\b(?=[\w'])|(?=[,;:–—]))(?:{})(?!\w)"
    return _Lexicon({name: whole.replace("{}", grown("|".join(phrases))) for name, phrases in lists.items()})
