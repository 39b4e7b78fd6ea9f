"""Live sections and the desk: two lives of one notebook, and what follows a change."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PLAN, in_a_loop

from prepkit import show
from prepkit.controls import Later
from prepkit.desk import Desk, Section
from prepkit.live import LiveSection, StatusBar
from prepkit.plan import Plan, update_plan
from prepkit.resources import workbook
from prepkit.search import Search
from prepkit.session import Session

Make = Callable[..., Search]

OTHERS = ("application", "sections")
SECTIONS = [name for name, value in vars(Desk).items() if isinstance(value, property) and name not in OTHERS]


def given(search: Search) -> list[Any]:
    return list(search.parameters(search.names[0], search.path).values())


@pytest.fixture
def search(make_search: Make) -> Search:
    """A search with one application of three themes."""
    return make_search({"tidewrack": {"plan": PLAN}})


def rate(rating: int) -> Callable[[Plan], Plan]:
    return lambda plan: plan.with_rating("storm", "pier", rating)


def said(widget: Any) -> str:
    return " ".join(BeautifulSoup(widget.value, "lxml").get_text(" ").split())


@pytest.mark.parametrize("name", SECTIONS)
def test_every_section_has_two_lives(name: str, search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a report its pieces, in a session one widget with the same pieces."""
    shown: list[Any] = []
    monkeypatch.setattr("IPython.display.display", lambda *things: shown.extend(things))
    section: Section = getattr(Desk(*given(search)), name)
    section._ipython_display_()
    assert [type(piece) for piece in shown] == [type(piece) for piece in section.outputs]
    pieces = len(shown)
    shown.clear()
    getattr(Desk(*given(search), live=True), name)._ipython_display_()
    (widget,) = shown
    assert isinstance(widget, LiveSection)
    assert len(widget.shown) == (0 if name in ("themes", "notes") else pieces)
    assert all(html.value for html in widget.shown)


def test_all_sections_are_listed(search: Search) -> None:
    """In the order of the workbook, which has one cell for each."""
    desk = Desk(*search.parameters("tidewrack", search.path).values())
    shown = re.findall(r'^ *"desk\.(\w+)"$', workbook("application.ipynb").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(shown) == sorted(SECTIONS)
    assert [getattr(desk, name).outputs for name in shown] == [section.outputs for section in desk.sections]


def test_a_report_loads_no_widgets(search: Search) -> None:
    """A batch of a thousand does not pay for forms that nobody sees."""
    import subprocess
    import sys

    code = (
        "import sys; from prepkit.desk import Desk; from prepkit.search import read_search\n"
        f"search = read_search({str(search.path)!r})\n"
        "desk = Desk(*search.parameters('tidewrack', search.path).values())\n"
        f"[getattr(desk, name).outputs for name in {SECTIONS!r}]\n"
        "assert not {'ipywidgets', 'anywidget'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_follows_from_a_change_is_drawn_again(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    """The overview of a session says what the plan says now."""
    monkeypatch.setattr(Later, "ask", Later.now)
    session = Session(*given(search))
    section = LiveSection(session, [show.gaps], None)
    before = section.shown[0].value
    session.change(rate(2))
    assert section.shown[0].value != before


def test_the_bar_says_what_was_saved_and_takes_it_back(search: Search) -> None:
    """The time, a button for the last step, and what somebody else has changed."""
    session = Session(*given(search))
    bar = StatusBar(session)
    assert bar.back.disabled
    session.change(rate(2))
    assert said(bar.words).startswith("Saved ")
    bar.back.click()
    assert "pier" not in session.application.plan.ratings["storm"]
    assert bar.back.disabled
    update_plan(session.application.plan_path, rate(1))
    session.refresh()
    assert "Changed elsewhere: The story storm is rated partial for pier." in said(bar.words)


def test_a_session_looks_for_changes_of_others_by_itself(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every few seconds, as long as an event loop runs; a file in trouble does not end it."""
    monkeypatch.setattr("prepkit.live.LOOK", 0.02)

    async def run() -> Session:
        session = Session(*given(search))
        LiveSection(session, [show.gaps], None)
        path = session.application.plan_path
        good = path.read_text(encoding="utf-8")
        path.write_text("themes: 3\n", encoding="utf-8")
        await asyncio.sleep(0.2)
        assert "plan.yaml" in session.status
        path.write_text(good, encoding="utf-8")
        update_plan(path, rate(1))
        await asyncio.sleep(0.3)
        return session

    assert in_a_loop(run).application.plan.ratings["storm"]["pier"] == 1


def test_later_waits_until_it_is_quiet() -> None:
    """Ten keys, one action; without an event loop it is done at once."""
    done: list[int] = []

    async def run() -> None:
        later = Later(lambda: done.append(1), 0.02)
        for _ in range(10):
            later.ask()
        assert done == []
        await asyncio.sleep(0.1)

    in_a_loop(run)
    assert done == [1]
    with ThreadPoolExecutor(1) as pool:  # where no loop runs
        pool.submit(Later(lambda: done.append(2), 60).ask).result()
    assert done == [1, 2]


def test_where_the_plan_stands_follows_at_once(search: Search) -> None:
    """Gaps, odds and the seconds of the case are told beside each form, without waiting for tables and pictures."""
    session = Session(*given(search))
    bar = StatusBar(session)
    assert said(bar.stands).startswith("3 themes with a gap · all themes told in 0 % · case ")
    session.change(lambda plan: plan.with_themes(plan.themes[:1]))
    assert said(bar.stands) == (
        f"1 theme with a gap · all themes told in {session.application.odds.all_themes} · "
        f"case {session.application.case.seconds:.0f} s"
    )
    session.change(lambda plan: plan.with_themes(()))
    assert said(bar.stands) == "No theme is chosen yet."
