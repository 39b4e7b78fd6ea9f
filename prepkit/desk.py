"""The workbook's sections: pieces of a page for a report, and the same with forms for a session in JupyterLab.

One notebook has two lives. Run by papermill each section is what :mod:`prepkit.show` makes of the files. In a session
it is a form with the pieces that follow from it, which are drawn again when something has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from prepkit import show
from prepkit.application import Application, open_application
from prepkit.page import Fragment
from prepkit.plots import Picture
from prepkit.session import Session
from prepkit.showdebrief import debrief

__all__ = ["Desk", "Section"]

Piece = Callable[[Application], Fragment | Picture]


class Section:
    """One section of the workbook, shown when it is the last thing in a cell.

    Args:
        desk: Where it belongs.
        pieces: What is shown of an application, one below the other.
        form: Module and class of the form of a session; empty where there is nothing to do. It is loaded when it is
            shown, since a report needs no widgets.
        alone: True where the form says all that the pieces say, and takes their place in a session.
    """

    def __init__(self, desk: Desk, pieces: Sequence[Piece], form: str = "", alone: bool = False) -> None:
        self._desk, self._pieces, self._form, self._alone = desk, pieces, form, alone

    @property
    def outputs(self) -> list[Fragment | Picture]:
        """The pieces as they are now."""
        return [piece(self._desk.application) for piece in self._pieces]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if self._desk.session is None:
            for output in self.outputs:
                display(output)  # type: ignore[no-untyped-call]
            return
        from prepkit.live import LiveSection

        module, _, name = self._form.partition(".")
        form = getattr(import_module(f"prepkit.{module}"), name)(self._desk.session) if name else None
        display(LiveSection(self._desk.session, () if self._alone else self._pieces, form))  # type: ignore[no-untyped-call]


class Desk:
    """All sections of the workbook of one application, in the order of the method.

    Args:
        given: What :func:`prepkit.application.open_application` takes.
        live: True shows forms, for a session in JupyterLab.
    """

    def __init__(self, *given: Any, live: bool = False) -> None:
        self.session = Session(*given) if live else None
        self._application = self.session.application if self.session else open_application(*given)

    @property
    def application(self) -> Application:
        """As it is now."""
        return self.session.application if self.session else self._application

    @property
    def sections(self) -> list[Section]:
        """All of them, in the order of the workbook."""
        return [
            self.overview, self.posting, self.notes, self.themes, self.stories, self.coverage, self.questions,
            self.odds, self.case, self.rehearsal, self.next_steps,
        ]  # fmt: skip

    @property
    def overview(self) -> Section:
        """Who, which role, the themes, how ready, and what to do next."""
        return Section(self, [show.overview])

    @property
    def posting(self) -> Section:
        """How the posting was read."""
        return Section(self, [show.posting])

    @property
    def notes(self) -> Section:
        """What people who know the employer have told."""
        return Section(self, [show.notes], "noteform.NoteForm", alone=True)

    @property
    def themes(self) -> Section:
        """The themes, or what the posting suggests."""
        return Section(self, [show.themes], "themeform.ThemeForm", alone=True)

    @property
    def coverage(self) -> Section:
        """Which stories carry which themes, and where the gaps are."""
        pieces: list[Piece] = [show.coverage_picture, show.coverage, show.strength_picture, show.gaps]
        return Section(self, pieces, "ratinggrid.RatingGrid")

    @property
    def stories(self) -> Section:
        """The story inventory."""
        return Section(self, [show.stories], "storyform.StoryForm")

    @property
    def questions(self) -> Section:
        """From any question to a theme."""
        return Section(self, [show.questions], "questionform.QuestionForm")

    @property
    def odds(self) -> Section:
        """How likely the themes get told, and what listeners have heard of them so far."""
        heard: list[Piece] = [debrief] if self.application.debriefs else []
        return Section(self, [show.odds_picture, show.odds, *heard], "mockform.MockForm")

    @property
    def case(self) -> Section:
        """What the interviewer says for the candidate."""
        return Section(self, [show.case, show.case_picture], "caseform.CaseForm")

    @property
    def rehearsal(self) -> Section:
        """A few stories with nearly the odds of all."""
        return Section(self, [show.rehearsal])

    @property
    def next_steps(self) -> Section:
        """All findings, each with what to do."""
        return Section(self, [show.next_steps])
