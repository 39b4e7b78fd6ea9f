"""Words, sentences and likeness of texts; knows nothing of jobs or stories.

Words are compared by their stems, without accents and without the small words of the language.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import snowballstemmer

__all__ = [
    "LANGUAGES",
    "Likeness",
    "guess_language",
    "sentences",
    "slug",
    "spreadsheet_plain",
    "spreadsheet_safe",
    "stems",
    "tidy",
    "words",
]

LANGUAGES = {
    "da": "Danish",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "sv": "Swedish",
}
"""Languages that :func:`guess_language` knows, by two-letter code."""

_SMALL_WORDS = {
    "da": "og i at det er en til på som af for med den de vi du har ikke et din dig vores kan skal eller",
    "de": "und der die das in den von zu mit für sie wir ist ein eine im auf als sind du oder bei dem des "
    "unser unsere ihre deine sowie werden nicht auch dich einen einer uns zur zum hast wird",
    "en": "the and to of a in for with you we is are our your will on as be or an this that at have by from "
    "it who their they all can not but if us has what how about into more other which it's you'll we're "
    "i my me he she his her was were been do does did so than then there these those would could should "
    "up out when where while its",
    "es": "y de la el en los las un una para con por que del se su al nuestro como o es son tu más sus lo te",
    "fr": "et de la le les des en un une pour du vous nous est dans sur avec au que votre nos notre qui ou "
    "à aux par vos l d son sa ses se être plus",
    "it": "e di il la in un una per con che i del della dei le al alla si è da nel gli sono o tuo nostra",
    "nl": "en de het een van in te voor met je wij op is aan als zijn bij of om dat onze jij jouw ons die",
    "pl": "i w z na do się że o dla jest oraz od nie po jako lub przez naszej naszym nas są ich będziesz",
    "pt": "e de a o em os as um uma para com por que do da dos das no na se ao nossa como ou você é são mais",
    "sv": "och i att det är en till på som av för med den vi du har inte ett din dig vår kan ska eller hos",
}
_SMALL = {code: frozenset(text.split()) for code, text in _SMALL_WORDS.items()}
_SMALL_OF = {word: [code for code in _SMALL if word in _SMALL[code]] for small in _SMALL.values() for word in small}
_STEMMERS = {
    code: snowballstemmer.stemmer(name.lower())
    for code, name in LANGUAGES.items()
    if name.lower() in snowballstemmer.algorithms()
}

LONGEST_ABBREVIATION = 10
"""Characters that are looked at before a full stop, the space in front of the abbreviation and the stop included."""

MOST_CELLS = 10_000_000
"""Most stems times documents that are compared; of more, the rarest stems are left out. A search has 100,000."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,:]\d+)*", re.UNICODE)
# possessive, and only from the first mark on: a row of 100,000 dots must not take minutes
_SENTENCE_END = re.compile(
    r"(?<![.!?…。！？])([.!?…。！？]++[\"'”’)\]]*+)(\s++|(?<=[。！？]))(?=[\"'“‘(\[]?[^\W_a-zà-ÿ])"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|approx|incl|excl|min|max|no|nr|yrs?|hrs?|mo|mr|mrs|ms|dr|prof|st|jr|sr|inc|ltd|co"
    r"|corp|dept|vs|cf|ca|bzw|z\.b|d\.h|u\.a|usw|ggf|inkl|gem|p\.a|[a-z]|[a-z]\.[a-z])\.$",
    re.IGNORECASE,
)


def tidy(text: str) -> str:
    """Return text in one composed Unicode form, ligatures opened, white space as single spaces.

    >>> tidy(" e\\ufb03cient\\u00a0 team ")
    'efficient team'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())


def words(text: str) -> list[str]:
    """Return the words and numbers of a text in order, in lower case.

    >>> words("Cut no-shows by 12.5 %; didn't stop")
    ['cut', 'no', 'shows', 'by', '12.5', "didn't", 'stop']
    """
    return _WORD.findall(text.casefold().replace("’", "'"))


def stems(text: str, language: str = "en") -> list[str]:
    """Return the stems of the words that carry meaning, in order.

    Args:
        text: Any text.
        language: Two-letter code; an unknown one leaves words unstemmed.

    >>> stems("We are leading the teams that lead")
    ['lead', 'team', 'lead']
    """
    small = _SMALL.get(language, frozenset())
    return [_stem(word, language) for word in words(text) if word not in small and (len(word) > 1 or word.isdigit())]


@lru_cache(maxsize=65_536)
def _stem(word: str, language: str) -> str:
    word = word.removesuffix("'s")
    stemmer = _STEMMERS.get(language)
    stem = stemmer.stemWord(word) if stemmer else word
    return "".join(c for c in unicodedata.normalize("NFKD", stem) if not unicodedata.combining(c))


def sentences(text: str) -> list[str]:
    """Split a paragraph into sentences; no character but the space between them is lost.

    >>> sentences("Lead 8 nurses, e.g. on nights. You report to Dr. Lund! Ready?")
    ['Lead 8 nurses, e.g. on nights.', 'You report to Dr. Lund!', 'Ready?']
    """
    result, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        end = match.end(1)
        if match.group(1).startswith(".") and _ABBREVIATION.search(
            text, max(start - 1, end - LONGEST_ABBREVIATION, 0), end
        ):
            continue
        result.append(text[start:end].strip())
        start = match.end()
    result.append(text[start:].strip())
    return [sentence for sentence in result if sentence]


def guess_language(text: str) -> str:
    """Return the two-letter code of the language a text looks like, or ``""`` when it cannot be told.

    Counts the small words of each language in :data:`LANGUAGES`; ties and texts with fewer than
    three small words are not told.

    >>> guess_language("Wir suchen für unser Team in Kassel eine Leitung mit Erfahrung")
    'de'
    >>> guess_language("東京の病院で働く看護師を募集しています")
    ''
    """
    found = dict.fromkeys(_SMALL, 0)
    for word in words(text):
        for code in _SMALL_OF.get(word, ()):
            found[code] += 1
    (best, code), (second, _) = sorted(((count, code) for code, count in found.items()), reverse=True)[:2]
    return code if best >= 3 and best > second else ""


def slug(text: str, longest: int = 60) -> str:
    """Return a lower-case name of letters, digits and hyphens, safe as a file name and an id.

    Letters of any script stay, so that a name in Greek or Chinese keeps its meaning.

    >>> slug("Acme & Söhne: Head of Data (m/w/d)")
    'acme-sohne-head-of-data-m-w-d'
    >>> slug("C++"), slug("工程师"), slug("???")
    ('c-plus-plus', '工程师', '')
    """
    text = unicodedata.normalize("NFKD", text.replace("++", " plus plus ").replace("#", " sharp "))
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", text)).casefold()
    # vowel signs of Indian scripts are marks, and belong to their word
    kept = "".join(c if unicodedata.category(c)[0] in "LM" or c.isdecimal() or c == "〇" else " " for c in plain)
    result = ""
    for part in (part for part in kept.split() if any(c.isalnum() for c in part)):
        if len(result) + len(part) >= longest and result:  # with the hyphen between them
            break
        result = f"{result}-{part}" if result else part[:longest]
    return f"{result}-" if result in _RESERVED else result


_ACCENTS = re.compile("(?<![\u0400-\u052f])[\u0300-\u036f]")  # on Cyrillic letters they make another letter
_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}  # Windows


# what a spreadsheet would run (OWASP ASVS 1.2.10), guarded already or not
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def spreadsheet_safe(cell: str) -> str:
    """Return a CSV cell that no spreadsheet program takes for a formula; :func:`spreadsheet_plain` takes it back.

    >>> spreadsheet_safe("=1+1"), spreadsheet_safe("- led a team"), spreadsheet_safe("plain")
    ("'=1+1", "'- led a team", 'plain')
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def spreadsheet_plain(cell: str) -> str:
    """Return what a cell said before :func:`spreadsheet_safe`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


class Likeness:
    """Compares texts with a fixed set of documents by weighted shared stems (TF-IDF, cosine).

    Args:
        documents: The texts to compare with; rare stems weigh more than common ones.
        language: Two-letter code for stemming.
        analyse: Turns a text into terms; stems by default.
    """

    def __init__(
        self, documents: Iterable[str], language: str = "en", analyse: Callable[[str], Sequence[str]] | None = None
    ) -> None:
        self._analyse = analyse or (lambda text: stems(text, language))
        counted = [Counter(self._analyse(document)) for document in documents]
        spread = Counter(term for counts in counted for term in counts)
        if len(spread) * len(counted) > MOST_CELLS:
            common = sorted(spread, key=lambda term: (-spread[term], term))
            spread = Counter({term: spread[term] for term in common[: MOST_CELLS // len(counted)]})
        self._columns = {term: column for column, term in enumerate(sorted(spread))}
        rare = {times: 1.0 + float(np.log((1 + len(counted)) / (1 + times))) for times in set(spread.values())}
        self._weights = [rare[spread[term]] for term in self._columns]
        self._matrix = np.array([self._vector(counts) for counts in counted]).reshape(len(counted), len(spread))

    def scores(self, text: str) -> npt.NDArray[np.float64]:
        """Return the likeness of `text` to each document, each 0 (no shared stem) to 1 (the same)."""
        scores = self._matrix @ self._vector(Counter(self._analyse(text)))
        return np.asarray(np.clip(scores, 0.0, 1.0))  # sums of products can come out a hair above 1

    def pairs(self) -> npt.NDArray[np.float64]:
        """Return the likeness of each document to each other, square; ones on the diagonal, zeros where it is empty."""
        return np.asarray(np.clip(self._matrix @ self._matrix.T, 0.0, 1.0))

    def _vector(self, counts: Counter[str]) -> npt.NDArray[np.float64]:
        vector = np.zeros(len(self._columns))
        for term, count in counts.items():
            if (column := self._columns.get(term)) is not None:
                vector[column] = _often(count) * self._weights[column]
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector


@cache
def _often(count: int) -> float:
    """Return what a word weighs for standing `count` times in a text."""
    return 1 + float(np.log(count))
