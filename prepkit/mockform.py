"""A mock interview in the notebook: one question after the other, what was told to each, and what came of it."""

from __future__ import annotations

import ipywidgets
import numpy as np

from prepkit.application import Application
from prepkit.clock import Clock
from prepkit.controls import page, primary_button, safe
from prepkit.mock import MockAnswer, by_odds, draw_mock, sum_up
from prepkit.page import clean
from prepkit.questions import Kind, Question
from prepkit.session import Session
from prepkit.show import answer

__all__ = ["MockForm"]

_IN_WORDS = {3: "three", 5: "five", 6: "six", 8: "eight", 10: "ten", 12: "twelve"}

SHOW, HIDE = "Show a good answer", "Hide the answer"


class MockForm(ipywidgets.VBox):  # type: ignore[misc]
    """Asks questions as an interviewer may, one at a time, and sums up which themes were told by when.

    Nothing is saved: what a mock interview leaves behind goes into the debrief.

    Args:
        session: Whose application the questions are drawn for.
        count: Questions of an interview.
        seed: Start of the random numbers; left out, each form asks other questions.
    """

    def __init__(self, session: Session, count: int = 10, seed: int | None = None) -> None:
        self._session, self._count = session, count
        self._seed = int(np.random.default_rng().integers(2**31)) if seed is None else seed
        self._spent: list[str] = []  # asked in earlier rounds
        self.asked: tuple[Question, ...] = ()
        self.answers: list[MockAnswer] = []
        wide, style = ipywidgets.Layout(width="auto"), {"description_width": "8em"}
        self.begin = primary_button(f"Ask me {_IN_WORDS.get(count, count)}", icon="play")
        self.begin.on_click(lambda _: self._begin())
        self.question, self.hint, self.summary = (ipywidgets.HTML() for _ in range(3))
        self.clock = Clock(label="Your answer")
        self.story = ipywidgets.Dropdown(options=[], description="Story told", style=style, layout=wide)
        self.theme = ipywidgets.RadioButtons(options=[], description="Theme told", style=style, layout=wide)
        self.show = ipywidgets.Button(description=SHOW, layout=wide)
        self.show.on_click(lambda _: self._turn())
        self.next = primary_button("Next question", icon="arrow-right")
        self.next.on_click(lambda _: self._next())
        self.end = ipywidgets.Button(description="End here", layout=wide)
        self.end.on_click(lambda _: self._end())
        self.again = primary_button("Again with other questions", icon="refresh")
        self.again.on_click(lambda _: self._begin())
        for button in (self.begin, self.show, self.again):
            button.layout = ipywidgets.Layout(width="auto", align_self="flex-start")
        buttons = ipywidgets.HBox([self.next, self.end])
        self.asking = ipywidgets.VBox(
            [self.question, self.clock, self.show, self.hint, self.story, self.theme, buttons]
        )
        self.ended = ipywidgets.VBox([self.summary, self.again])
        session.listen(lambda _: self._refresh())
        self._refresh()
        super().__init__([self.begin, self.asking, self.ended])

    @property
    def _app(self) -> Application:
        return self._session.application

    @property
    def now(self) -> Question | None:
        """The question on the screen; None before the first and after the last."""
        return self.asked[len(self.answers)] if len(self.answers) < len(self.asked) else None

    def _begin(self) -> None:
        self._spent += (question.id for question in self.asked)
        if self.asked:
            self._seed += 1
        self.asked, self.answers = draw_mock(self._app, self._count, self._seed, self._spent), []
        self._ask()

    def _next(self) -> None:
        self.answers.append(self._answer())
        self._ask()

    def _end(self) -> None:
        """Close the interview early; a question that nobody has answered yet does not count."""
        given = self._answer()
        if given != MockAnswer(given.question):
            self.answers.append(given)
        self.asked = self.asked[: len(self.answers)]
        self._ask()

    def _answer(self) -> MockAnswer:
        asked = self.asked[len(self.answers)]
        return MockAnswer(asked.id, self.story.value or "", self.theme.value or "", self.clock.seconds)

    def _ask(self) -> None:
        """Put the next question, with nothing told yet."""
        self.clock.reset()
        self.show.description, self.hint.value = SHOW, ""
        self.story.options, self.theme.options = [], []  # what was told to the last question is not told to this one
        self._refresh()

    def _turn(self) -> None:
        self.show.description = HIDE if self.show.description == SHOW else SHOW
        self._refresh()

    def _refresh(self) -> None:
        """Show where the interview stands, with stories and themes as they are now; what was chosen stays chosen."""
        question = self.now
        self.begin.layout.display = "none" if self.asked or self.answers else None
        self.asking.layout.display = None if question else "none"
        self.ended.layout.display = None if self.asked and not question else "none"
        if question:
            place = f"Question {len(self.answers) + 1} of {len(self.asked)}"
            words = f'<p style="font-size: 26px; line-height: 1.35; margin: 8px 0">{safe(question.text)}</p>'
            self.question.value = page(f'<span class="label">{place}</span>{words}')
            self._offer(question)
            self.hint.value = self._good(question) if self.show.description == HIDE else ""
            self.next.description = "Next question" if len(self.answers) + 1 < len(self.asked) else "Finish"
        elif self.asked:
            self.summary.value = page(_summary(self._app, self.asked, self.answers))

    @property
    def _told(self) -> list[str]:
        return [given.theme for given in self.answers if given.theme]

    def _good(self, question: Question) -> str:
        # the page folds up what to say; here somebody has asked for it
        html = answer(self._app, question.id, self._told).html
        return html.replace('<details class="say">', '<details class="say" open>')

    def _offer(self, question: Question) -> None:
        app = self._app
        best = [found.story for found in app.answers(question, self._told)]
        titles = [*(f"{number}. {clean(app.stories[story].title)}" for number, story in enumerate(best, 1))]
        rest = [story for story in app.stories if story.id not in best]
        stories = [("None", ""), *zip(titles, best, strict=True), *((clean(story.title), story.id) for story in rest)]
        names = [
            (f"{number}. {clean(app.theme_names[theme.id])}", theme.id) for number, theme in enumerate(app.themes, 1)
        ]
        for box, options in ((self.story, stories), (self.theme, [*names, ("None", "")])):
            if tuple(box.options) != tuple(options):
                chosen, there = box.value, {value for _, value in options}
                box.options = options
                box.value = chosen if chosen in there else ""


def _summary(app: Application, asked: tuple[Question, ...], answers: list[MockAnswer]) -> str:
    """Return the summary as HTML, text from outside escaped."""
    found = sum_up(answers)
    rows = []
    for number, theme in enumerate(app.themes, 1):
        at = found.told.get(theme.id)
        when = f"question {at}" if at else '<span class="tag warning">not told</span>'
        name = f"{number}. {safe(app.theme_names[theme.id])}"
        rows.append(
            f'<tr><th scope="row">{name}</th><td>{when}</td><td>{safe(by_odds(app, theme.id, at or 0))}</td></tr>'
        )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Theme", "First told at", "The odds say"))
    table = f"<table><caption>Themes</caption><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    titles = {story.id: story.title for story in app.stories}
    again = "; ".join(f"“{safe(titles.get(story, story))}”" for story in found.again)
    listed = [
        f'<li value="{number}">{safe(asked[number - 1].text)}'
        + (" <em>It needs none.</em>" if asked[number - 1].kind is Kind.ODD else "")
        + "</li>"
        for number in found.without
    ]
    lines = [
        f"<strong>{len(answers)} question{'s' * (len(answers) != 1)} answered.</strong>",
        f"An answer took {found.seconds:.0f} seconds on average." if found.seconds else "No answer was timed.",
        f"Told more than once: {again}." if again else "No story was told twice.",
        "Without a theme:" if listed else "Each answer told a theme." if answers else "",
    ]
    said = "".join(f"<p>{line}</p>" for line in lines if line)
    return f"{table if rows else ''}{said}" + (f"<ol>{''.join(listed)}</ol>" if listed else "")
