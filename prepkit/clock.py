"""A clock to speak by: started and stopped by hand, ticking in the browser, with or without a window to fit into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from prepkit import palette
from prepkit.resources import template

__all__ = ["Clock"]


def _page(name: str) -> str:
    return (template("page") / name).read_text(encoding="utf-8")


class Clock(anywidget.AnyWidget):
    """A label, a button to start and stop, and the time.

    Attributes:
        label: What is timed.
        seconds: Time of the answer; told once a second while running, and when stopped. Back to 0 on each start.
        running: True while somebody speaks.
        shortest: Seconds from which an answer fits; 0 for none.
        longest: Seconds up to which an answer fits; 0 for none.
    """

    _esm = _page("clock.js")
    _css = palette.css_variables() + _page("clock.css")

    label = traitlets.Unicode("Clock").tag(sync=True)
    seconds = traitlets.Float(0.0, min=0).tag(sync=True)
    running = traitlets.Bool(False).tag(sync=True)
    shortest = traitlets.Float(0.0, min=0).tag(sync=True)
    longest = traitlets.Float(0.0, min=0).tag(sync=True)

    def reset(self) -> None:
        """Stop, and go back to nothing."""
        with self.hold_sync():
            self.running, self.seconds = False, 0.0

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take what the browser says, but for a tick that was on its way when the clock was stopped here."""
        late = not self.running and "running" not in sync_data
        super().set_state({name: value for name, value in sync_data.items() if not (late and name == "seconds")})

    @traitlets.observe("running")
    def _start(self, change: Mapping[str, Any]) -> None:
        if change["new"]:
            self.seconds = 0.0
