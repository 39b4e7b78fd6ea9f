"""A session on one application: each change is saved at once, can be taken back, and is told to every form.

Several sessions may be open on one plan. A change is made to the plan as it is on the disk, so none is lost, and what
another session has changed meanwhile is told in sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from prepkit.application import Application, open_application
from prepkit.changes import plan_changes, reverted
from prepkit.errors import PrepkitError
from prepkit.plan import Plan, load_plan, update_plan

__all__ = ["Session"]

MOST_STEPS = 50
"""Steps that can be taken back."""

Listener = Callable[["Session"], None]


class Session:
    """One application being worked on.

    Attributes:
        application: As it is now; replaced after each change.
        status: What happened last, as a sentence: “Saved 14:02.”, or why something was not saved.
        news: What another session changed, as sentences; empty when nothing was.

    Args:
        given: What :func:`prepkit.application.open_application` takes.
    """

    def __init__(self, *given: Any) -> None:
        self._given = given
        self.application: Application = open_application(*given)
        self.status = ""
        self.news: tuple[str, ...] = ()
        self._steps: list[tuple[Plan, Plan]] = []
        self._listeners: list[Listener] = []
        self._read_at = self._times()

    def listen(self, listener: Listener) -> None:
        """Call `listener` with this session after each change, in the order of coming."""
        self._listeners.append(listener)

    @property
    def can_undo(self) -> bool:
        """True when a step of this session can be taken back."""
        return bool(self._steps)

    def change(self, how: Callable[[Plan], Plan]) -> bool:
        """Apply a change to the plan as it is on the disk, save it, and tell every form.

        Args:
            how: Takes the plan and returns it changed.

        Returns:
            True when it is saved. Otherwise :attr:`status` says why not, and the plan is as it was.
        """
        return self._save(how, remember=True)

    def undo(self) -> bool:
        """Take the last step of this session back; what others changed since stays."""
        if not self._steps:
            self.status = "There is nothing to take back."
            self._tell()
            return False
        before, after = self._steps.pop()
        return self._save(lambda now: reverted(now, before, after), remember=False)

    @property
    def looks_changed(self) -> bool:
        """True when a file of the application has another time than when it was read; quick enough to ask often."""
        return self._times() != self._read_at

    def _times(self) -> list[int]:
        app = self.application
        files = (app.plan_path, app.stories.path, app.posting.path)
        return [file.stat().st_mtime_ns if file.exists() else 0 for file in files]

    def refresh(self, mine: bool = False) -> bool:
        """Look at the files again; True, and every form is told, when they have changed.

        Args:
            mine: True when this session has changed them itself, so that it is no news.
        """
        try:
            fresh = open_application(*self._given)
        except PrepkitError as error:
            self._read_at = self._times()  # the same fault is told once
            self.status = str(error)
            self._tell()
            return False
        self._read_at = self._times()
        if fresh == self.application:
            return False
        news = plan_changes(self.application.plan, fresh.plan)
        self.news = news if news or mine else ("Stories, posting or questions were changed.",)
        self.application = fresh
        self._tell()
        return True

    def _save(self, how: Callable[[Plan], Plan], remember: bool) -> bool:
        seen, before = self.application.plan, Plan()

        def noted(plan: Plan) -> Plan:
            nonlocal before
            before = plan
            return how(plan)

        try:
            # a plan that stays the same is not written again: comments and times of the file are left alone
            path = self.application.plan_path
            now = load_plan(path)
            after = update_plan(path, noted) if how(now) != now else now
        except (PrepkitError, OSError) as error:
            self.status = f"Not saved; what you typed is still here. {error}"
        except ValidationError as error:
            said = "; ".join(dict.fromkeys(str(fault["msg"]) for fault in error.errors()))
            self.status = f"Not saved; what you typed is still here. {said}."
        else:
            if after != now and remember:
                self._steps = [*self._steps, (before, after)][-MOST_STEPS:]
            self.news = plan_changes(seen, before if after != now else now)
            self.status = f"Saved {datetime.now():%H:%M}."
            self.application = open_application(*self._given)
            self._read_at = self._times()
            self._tell()
            return True
        self._tell()
        return False

    def _tell(self) -> None:
        for listener in self._listeners:
            listener(self)
