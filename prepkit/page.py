"""Text from outside onto a page: templates that escape every value, and characters that steer a display dropped.

This is the one way for text from outside to reach a page. Values are never read as HTML, Markdown or mathematics.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from prepkit import palette
from prepkit.resources import template
from prepkit.terminal import STEERING

__all__ = ["Fragment", "clean", "environment", "failure_page", "index_page", "render", "stylesheet"]

LONGEST = 5_000
"""Characters of one value that are shown; a page is no place for more."""


@dataclass(frozen=True)
class Fragment:
    """A piece of a page; `html` is safe to show, `text` is the same in plain words for other displays."""

    html: str
    text: str = ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def clean(value: object) -> str:
    """Return the text of a value without characters that steer a display, at most :data:`LONGEST` long.

    >>> clean("safe\\u202etxt.exe"), clean("a\\ud800b")
    ('safetxt.exe', 'ab')
    """
    text = STEERING.sub("", str(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


@cache
def environment() -> Environment:
    """Return what fills all templates of pages; every value is escaped."""
    filler = Environment(
        autoescape=True,
        loader=FileSystemLoader(template("page")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else clean(value),
    )
    filler.globals["css"] = Markup(stylesheet())  # noqa: S704 - our own file
    return filler


@cache
def stylesheet() -> str:
    """Return the stylesheet of every page, with the colours of :mod:`prepkit.palette` in front."""
    return palette.css_variables() + (template("page") / "style.css").read_text(encoding="utf-8")


def render(name: str, **values: Any) -> str:
    """Return the page template ``templates/page/<name>`` filled with escaped values."""
    return environment().get_template(name).render(**values)


def failure_page(title: str, candidate: str, message: str) -> str:
    """Return the short page of an application that could not be reported, saying what is wrong."""
    return render("failed.html.j2", title=title, candidate=candidate, message=message)


def index_page(candidate: str, rows: list[dict[str, Any]]) -> str:
    """Return the page that lists all applications of a search.

    Args:
        candidate: Name of the candidate.
        rows: One mapping for each application with ``name``, ``href``, ``role``, ``company``, ``level``, ``chosen``,
            ``themes`` (number), ``steps`` (list of bool), ``next`` and ``why`` (texts) and ``error`` (text, empty when
            all is well; then the fields from ``level`` on may be missing).
    """
    return render("index.html.j2", candidate=candidate, rows=rows)
