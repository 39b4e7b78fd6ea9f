"""Words for a terminal: text from outside is shown, and what steers a terminal or turns its writing round is not."""

from __future__ import annotations

import re

import click

__all__ = ["STEERING", "say"]

# control codes but for line end and tab, halves of pairs, what turns the direction of writing, and no characters at all
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""Characters that steer a display rather than stand on it; line ends and tabs are none of them."""


def say(text: str, err: bool = False) -> None:
    """Print a text and a line end, to standard error if `err`."""
    click.echo(STEERING.sub("", text), err=err)
