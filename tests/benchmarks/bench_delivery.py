"""How fast odds and routing are: 10,000 interviews at once against one by one, and a question against fuzzy matching.

Run by ``make bench``. Times are medians of interleaved rounds on this machine; only the ratios travel.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from difflib import SequenceMatcher

import numpy as np

from prepkit.competencies import competencies
from prepkit.interview import Assumptions, Interview
from prepkit.questions import load_questions, route

ROUNDS, QUESTIONS, STORIES, THEMES, ALONE = 7, 220, 25, 4, 200


def seconds(action: Callable[[], object]) -> float:
    """Return the wall time of an action."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def one_by_one(interview: Interview, trials: int) -> int:
    """Play interviews in plain loops: the first open theme that a free, suitable story can tell."""
    told_all = 0
    for asked, luck in zip(interview.asked[:trials].tolist(), interview.luck[:trials].tolist(), strict=True):
        told, used = set[int](), set[int]()
        for question, chance in zip(asked, luck, strict=True):
            ways = [
                (float(interview.chance[story, theme]), story, theme)
                for story in np.flatnonzero(interview.suits[question]).tolist()
                if story not in used
                for theme in range(THEMES)
                if theme not in told
            ]
            if ways:
                likely, story, theme = max(ways)
                used.add(story)
                if chance < likely:
                    told.add(theme)
        told_all += len(told) == THEMES
    return told_all


def main() -> None:
    """Measure and print."""
    random = np.random.default_rng(1)
    suits = random.random((QUESTIONS, STORIES)) < 0.15
    rating = random.choice([0, 1, 2], p=[0.5, 0.25, 0.25], size=(STORIES, THEMES))
    weights, assumed = random.random(QUESTIONS), Assumptions()

    def at_once() -> None:
        interview = Interview(suits, rating, weights, assumed, assumed.interviews)
        interview.play(interview.suits, interview.chance)

    sample = Interview(suits, rating, weights, assumed, ALONE)
    asked = [question.text for question in load_questions()]
    names = [f"{entry.name} {entry.definition}" for entry in competencies()]

    def fuzzy() -> None:
        for text in asked[:20]:
            max(names, key=lambda name: SequenceMatcher(None, text, name).ratio())

    def words() -> None:
        for text in asked:
            route(text)

    at_once(), words()
    rounds = [(seconds(at_once), seconds(lambda: one_by_one(sample, ALONE)), seconds(words), seconds(fuzzy))
              for _ in range(ROUNDS)]  # fmt: skip
    batch, alone, routed, matched = (statistics.median(column) for column in zip(*rounds, strict=True))
    alone *= assumed.interviews / ALONE
    routed, matched = routed / len(asked), matched / 20
    print(f"{assumed.interviews:,} interviews, {STORIES} stories, {THEMES} themes, {QUESTIONS} questions:")
    print(f"  at once {batch:.3f} s, one by one {alone:.2f} s (from {ALONE}): {alone / batch:.0f} times as fast")
    print(f"A question routed in {1000 * routed:.2f} ms, fuzzy matching {1000 * matched:.2f} ms: "
          f"{matched / routed:.0f} times as fast")  # fmt: skip


if __name__ == "__main__":
    main()
