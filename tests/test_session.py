"""A session: changes are saved at once, taken back one by one, and never cost another session anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import PLAN

from prepkit.plan import Plan, load_plan, update_plan
from prepkit.search import Search
from prepkit.session import Session

Make = Callable[..., Search]


def begin(search: Search, name: str = "tidewrack") -> Session:
    return Session(*search.parameters(name, search.path).values())


@pytest.fixture
def session(make_search: Make) -> Session:
    """A session on a plan of three themes."""
    return begin(make_search({"tidewrack": {"plan": PLAN}}))


def rate(rating: int | None, theme: str = "pier") -> Callable[[Plan], Plan]:
    return lambda plan: plan.with_rating("storm", theme, rating)


def test_a_change_is_saved_and_told_at_once(session: Session) -> None:
    """The file has it, the application is new, every form hears of it, and the time is shown."""
    heard: list[int] = []
    session.listen(lambda now: heard.append(now.application.plan.ratings["storm"]["pier"]))
    assert session.change(rate(2))
    assert load_plan(session.application.plan_path).ratings["storm"] == {"calm": 2, "pier": 2}
    assert heard == [2]
    assert session.status.startswith("Saved ")
    assert session.news == ()


def test_steps_are_taken_back_one_by_one(session: Session) -> None:
    """The last first, until there is none."""
    start = load_plan(session.application.plan_path)
    session.change(rate(2))
    session.change(rate(1))
    assert session.undo()
    assert session.application.plan.ratings["storm"]["pier"] == 2
    assert session.undo()
    assert load_plan(session.application.plan_path) == start
    assert not session.can_undo
    assert not session.undo()
    assert session.status == "There is nothing to take back."


def test_a_change_that_changes_nothing_writes_nothing(session: Session) -> None:
    """Comments and the time of the file stay, and there is no step to take back."""
    path = session.application.plan_path
    before = path.stat().st_mtime_ns
    assert session.change(rate(2, "calm"))
    assert path.stat().st_mtime_ns == before
    assert not session.can_undo


def test_two_sessions_lose_nothing_and_tell_each_other(make_search: Make) -> None:
    """Each works on the file as it is, and says what the other one did."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    coach, client = begin(search), begin(search)
    coach.change(rate(1))
    client.change(rate(2, "islands"))
    assert load_plan(coach.application.plan_path).ratings["storm"] == {"calm": 2, "pier": 1, "islands": 2}
    assert client.news == ("The story storm is rated partial for pier.",)
    assert coach.refresh()
    assert coach.news == ("The story storm is rated strong for islands.",)
    assert not coach.refresh()


def test_taking_back_leaves_what_the_other_session_did(make_search: Make) -> None:
    """Undo is for one's own steps."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    coach, client = begin(search), begin(search)
    coach.change(rate(1))
    client.change(rate(2, "islands"))
    coach.undo()
    assert load_plan(coach.application.plan_path).ratings["storm"] == {"calm": 2, "islands": 2}


def test_a_plan_that_cannot_be_changed_is_left_and_said(session: Session) -> None:
    """A newer file, a fault in it, a change that is none: the reason is told and the file stays byte for byte."""
    path = session.application.plan_path
    assert not session.change(lambda plan: plan.with_rating("storm", "calm", 7))
    assert session.status.startswith("Not saved")
    for content in ("format: 99\n", "themes: 3\n"):
        path.write_text(content, encoding="utf-8")
        assert not session.change(rate(2))
        assert session.status.startswith("Not saved")
        assert not session.refresh()
        assert path.read_text(encoding="utf-8") == content


def test_another_session_begins_where_the_last_one_ended(make_search: Make) -> None:
    """A kernel that died loses nothing that was saved."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    begin(search).change(rate(1))
    assert begin(search).application.plan.ratings["storm"]["pier"] == 1


def test_a_plan_written_by_hand_meanwhile_is_taken_up(session: Session) -> None:
    """Its comments stay as well."""
    path = session.application.plan_path
    path.write_text("# mine\nformat: 1\nratings:\n  storm: {calm: 1}  # not so sure\n", encoding="utf-8")
    session.change(rate(2))
    assert "# mine" in path.read_text(encoding="utf-8")
    assert "# not so sure" in path.read_text(encoding="utf-8")
    assert load_plan(path).ratings["storm"] == {"calm": 1, "pier": 2}
    assert any("rated partial for calm" in sentence for sentence in session.news)


def test_a_change_takes_a_blink(make_search: Make, many_stories: list[dict[str, Any]]) -> None:
    """Thirty stories, a change of one rating, with matrix, gaps, odds and case: 0.3 s, with room for a busy machine."""
    session = begin(make_search({"tidewrack": {"plan": PLAN}}, many_stories))
    session.change(lambda plan: plan.with_rating("s1", "pier", 1))
    started = time.process_time()
    session.change(lambda plan: plan.with_rating("s1", "pier", 2))
    app = session.application
    assert app.coverage.gaps() is not None
    assert app.odds.all_themes.value >= 0
    assert app.case.seconds > 0
    assert time.process_time() - started < 0.6


@pytest.fixture
def many_stories() -> list[dict[str, Any]]:
    """Thirty stories with tags."""
    tags = ("teamwork", "leading-people", "solving-problems", "customer-focus", "handling-conflict")
    return [
        {"id": f"s{n}", "title": f"Story {n} of the ferry", "action": f"I did {n} things.", "result": f"{n} % fewer",
         "competencies": tags[n % 5]}
        for n in range(30)
    ]  # fmt: skip


def test_saving_reads_the_file_once_more_before_writing(session: Session) -> None:
    """What came onto the disk between two changes is kept."""
    update_plan(session.application.plan_path, lambda plan: plan.with_rating("storm", "islands", 1))
    session.change(rate(2))
    assert load_plan(session.application.plan_path).ratings["storm"]["islands"] == 1


def test_what_this_session_wrote_itself_is_no_news(session: Session) -> None:
    """A story saved here is taken up without a word; one changed elsewhere is told."""
    stories = session.application.stories.path
    told = stories.read_text(encoding="utf-8")
    for mine, hours, news in ((True, 15, ()), (False, 16, ("Stories, posting or questions were changed.",))):
        stories.write_text(told.replace("14 hours", f"{hours} hours"), encoding="utf-8")
        assert session.refresh(mine=mine)
        assert session.news == news
