"""Which stories carry which themes: ratings and gaps.

The matrix is a frame of stories (rows, index ``story``) by themes (columns ``theme``, in the plan's order) with
integers 0 none, 1 partial, 2 strong, never NaN; a theme without a story is a column of zeros. A second frame of
the same shape says which ratings a person has settled, so that a suggestion never looks like a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from prepkit.competencies import competency_scores
from prepkit.stories import Story, StoryInventory
from prepkit.text import Likeness

__all__ = ["ENOUGH", "Coverage", "build_coverage", "suggest_ratings", "support"]

ENOUGH = 2
"""Stories that a theme needs: one can fail to fit the question, or be told already (the method)."""

CLOSE = 0.10
"""Likeness of theme and story text from which words alone suggest a partial rating.

Words alone are weak evidence: on stories tagged by hand they put the right competency first in one case of four.
So tags lead, and a suggestion of strong always needs a shared tag.
"""


@dataclass(frozen=True)
class Coverage:
    """Ratings of stories against themes, and who gave them.

    Attributes:
        ratings: int8 frame, rows story ids (index ``story``), columns theme ids (``theme``), values 0, 1 or 2.
        decided: bool frame of the same labels; True where a person settled the rating.
    """

    ratings: pd.DataFrame
    decided: pd.DataFrame

    @cached_property
    def settled(self) -> pd.DataFrame:
        """The ratings with every suggestion taken as 0: what can be counted on."""
        return self.ratings.where(self.decided, 0).astype("int8")

    def backing(self, theme: str) -> list[str]:
        """Return ids of the stories that carry a theme, strong ones first, in inventory order otherwise."""
        column = self.ratings[theme].to_numpy()
        order = np.argsort(-column, kind="stable")
        return [str(story) for story in self.ratings.index[order[column[order] > 0]]]

    def gaps(self) -> list[str]:
        """Return ids of themes that fewer than two stories carry, suggestions included."""
        return [str(theme) for theme in self.ratings.columns if len(self.backing(str(theme))) < ENOUGH]

    def single(self) -> dict[str, str]:
        """Return the themes that rest on one story, with that story."""
        backing = {str(theme): self.backing(str(theme)) for theme in self.ratings.columns}
        return {theme: stories[0] for theme, stories in backing.items() if len(stories) == 1}

    def idle(self) -> list[str]:
        """Return ids of stories that carry no theme."""
        return [str(story) for story in self.ratings.index[(self.ratings == 0).all(axis=1)]]

    def overused(self) -> dict[str, tuple[str, ...]]:
        """Return stories on which two or more themes lean, with those themes.

        A theme leans on a story when it would have fewer than two without it. A story can be told once in an
        interview, so what two themes lean on leaves one of them short.
        """
        leaning: dict[str, list[str]] = {}
        for theme in self.ratings.columns:
            stories = self.backing(str(theme))
            for story in stories if len(stories) <= ENOUGH else []:
                leaning.setdefault(story, []).append(str(theme))
        return {story: tuple(themes) for story, themes in leaning.items() if len(themes) > 1}


def build_coverage(
    theme_texts: Mapping[str, str],
    stories: StoryInventory,
    ratings: Mapping[str, Mapping[str, int]],
    language: str = "en",
) -> Coverage:
    """Return the matrix of all stories by all themes.

    Args:
        theme_texts: Theme id to all words that say what the theme is about, in the order of the plan.
        stories: The inventory; its order is the order of rows.
        ratings: Story id to theme id to 0, 1 or 2, as settled by people. Ids that are not in the inventory or
            among the themes are left out here and reported by :func:`prepkit.readiness.check_plan`.
        language: Two-letter code of the texts.

    Cells that nobody has settled hold the suggestion of :func:`suggest_ratings`.
    """
    suggested = suggest_ratings(theme_texts, stories, language)
    values, decided = suggested.to_numpy("int8", copy=True), np.zeros(suggested.shape, dtype=bool)
    row_of, column_of = ({name: place for place, name in enumerate(axis)} for axis in suggested.axes)
    for story, row in ratings.items():
        for theme, rating in row.items():
            if story in row_of and theme in column_of:
                values[row_of[story], column_of[theme]] = rating
                decided[row_of[story], column_of[theme]] = True
    index, columns = suggested.index, suggested.columns
    return Coverage(pd.DataFrame(values, index, columns), pd.DataFrame(decided, index, columns))


def suggest_ratings(theme_texts: Mapping[str, str], stories: StoryInventory, language: str = "en") -> pd.DataFrame:
    """Return suggested ratings, a frame as in :class:`Coverage`.

    Strong needs a tag of the story among the first two competencies of the theme, and partial a tag among the
    first four or a likeness of words above :data:`CLOSE`; for other languages than English only words count.
    """
    index = pd.Index([story.id for story in stories], name="story", dtype=object)
    columns = pd.Index(list(theme_texts), name="theme", dtype=object)
    matrix = pd.DataFrame(0, index=index, columns=columns, dtype="int8")
    if not len(stories):
        return matrix
    likeness = Likeness((story.text for story in stories), language)
    for theme, text in theme_texts.items():
        wanted = list(competency_scores([text]))[:4] if language == "en" else []
        close = likeness.scores(text)
        matrix[theme] = np.array(
            [_suggest(story, wanted, score) for story, score in zip(stories, close, strict=True)], dtype="int8"
        )
    return matrix


def _suggest(story: Story, wanted: Sequence[str], likeness: float) -> int:
    tags = set(story.competencies)
    if tags & set(wanted[:2]) and likeness >= CLOSE / 2:
        return 2
    return int(bool(tags & set(wanted)) or likeness >= CLOSE)


def support(coverage: Coverage) -> pd.DataFrame:
    """Return how well each theme is backed.

    Returns:
        A frame with index ``theme`` and integer columns ``strong`` and ``partial`` (settled by people),
        ``maybe_strong`` and ``maybe_partial`` (suggested), ``stories`` (all that carry it) and ``open``
        (ratings nobody has settled).
    """
    ratings, decided = coverage.ratings.to_numpy("int8"), coverage.decided.to_numpy(bool)
    return pd.DataFrame(
        {
            "strong": ((ratings == 2) & decided).sum(axis=0),
            "partial": ((ratings == 1) & decided).sum(axis=0),
            "maybe_strong": ((ratings == 2) & ~decided).sum(axis=0),
            "maybe_partial": ((ratings == 1) & ~decided).sum(axis=0),
            "stories": (ratings > 0).sum(axis=0),
            "open": (~decided).sum(axis=0),
        },
        index=coverage.ratings.columns,
    ).astype(int)
