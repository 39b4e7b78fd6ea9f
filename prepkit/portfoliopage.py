"""The executed portfolio workbook as one HTML file that is sorted and filtered in place, without a network.

The page is complete without its script; the script is ours, and the only one that the page allows, by its hash.
"""

from __future__ import annotations

from functools import cache

from nbformat import NotebookNode

from prepkit.report import to_html
from prepkit.resources import template
from prepkit.showportfolio import portfolio_style

__all__ = ["portfolio_page"]


def portfolio_page(notebook: NotebookNode, title: str) -> str:
    """Return the page of an executed portfolio workbook.

    Args:
        notebook: Executed; it is not changed.
        title: Title of the page.

    Raises:
        PrepkitError: when an output is too large to be made safe.
    """
    return to_html(notebook, title, style=portfolio_style(), script=_script())


@cache
def _script() -> str:
    return (template("page") / "portfolio.js").read_text(encoding="utf-8")
