"""What all forms are made of: boxes, buttons and pieces of text, in one look, with text from outside always escaped."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable

import ipywidgets

from prepkit import palette
from prepkit.page import clean

__all__ = ["LONGEST_TEXT", "Later", "name_box", "page", "primary_button", "safe", "text_box", "tidy"]

LONGEST_TEXT = 5_000
"""Characters of a claim, twist or answer that a plan takes."""


def text_box(text: str, label: str, hint: str, rows: int = 2) -> ipywidgets.Textarea:
    """Return a box for some lines of text, with its label on the left and a hint while it is empty."""
    layout, style = ipywidgets.Layout(width="auto"), {"description_width": "8em"}
    return ipywidgets.Textarea(value=text, description=label, placeholder=hint, rows=rows, layout=layout, style=style)


def primary_button(label: str, icon: str = "check") -> ipywidgets.Button:
    """Return the one button of a form that does what the form is for."""
    look = {"button_color": palette.ACCENT, "text_color": palette.PAPER}
    return ipywidgets.Button(description=label, icon=icon, style=look, layout=ipywidgets.Layout(width="auto"))


def name_box(box: ipywidgets.Checkbox, label: str) -> None:
    """Put a text from outside beside a box to tick, as it is written.

    JupyterLab would set “$100k to $120k” as mathematics; the mark against it is seen in the tooltip, so only here.
    """
    marked = "$" in label or "\\" in label
    with box.hold_sync():  # no text is ever taken for the other kind, not for a moment
        box.description_allow_html = marked
        box.description = f'<span class="mathjax_ignore tex2jax_ignore">{safe(label)}</span>' if marked else label


def tidy(text: str) -> str:
    """Return what was typed without space around it and without halves of character pairs, which cannot be saved."""
    return text.encode("utf-8", "ignore").decode("utf-8").strip()


def safe(text: str) -> str:
    """Return text escaped for :func:`page`, without characters that steer a display."""
    return html.escape(clean(text))


def page(inside: str) -> str:
    """Return HTML in the look of prepkit for an ``ipywidgets.HTML``; escape what stands `inside` with :func:`safe`."""
    return f'<div class="prepkit mathjax_ignore tex2jax_ignore">{inside}</div>'


class Later:
    """Calls an action once it has been quiet for a while; at once where nothing runs in the background, as in a script.

    Args:
        action: What to do.
        seconds: How long nobody must have asked for it again.
    """

    def __init__(self, action: Callable[[], object], seconds: float) -> None:
        self._action, self._seconds = action, seconds
        self._waiting: asyncio.TimerHandle | None = None

    def ask(self) -> None:
        """Have it done, later than whatever was asked before."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.now()
            return
        if self._waiting:
            self._waiting.cancel()
        self._waiting = loop.call_later(self._seconds, self.now)

    def now(self) -> None:
        """Do it without waiting any longer."""
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None
        self._action()
