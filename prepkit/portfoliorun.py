"""Make the portfolio of a folder: the page and the spreadsheet, from the records that reports have left."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from prepkit.files import inside, write_atomic
from prepkit.portfolio import read_portfolio
from prepkit.resources import workbook

__all__ = ["PAGE", "SHEET", "make_portfolio"]

PAGE, SHEET = "portfolio.html", "portfolio.xlsx"
"""Names of the files in the folder of reports."""


def make_portfolio(folder: Path | str, today: date | None = None) -> Path:
    """Make the portfolio of a search, or of the searches right inside a folder.

    Args:
        folder: A search or a folder of searches; the page goes into its ``reports``, which is made where it is not.
        today: The day that tells past interviews from coming ones; None lists them together.

    Returns:
        ``reports/portfolio.html`` in the folder, with ``portfolio.xlsx`` beside it; each whole or not at all.

    Raises:
        InputError: when there is no such folder, or nothing can be written there.
        PrepkitError: when ``reports`` is a link out of the folder.
        RunError: when the workbook stopped before its end.
    """
    from prepkit.execution import execute
    from prepkit.portfoliopage import portfolio_page
    from prepkit.portfoliosheet import portfolio_xlsx

    folder = Path(folder)
    portfolio = read_portfolio(folder)
    names = [candidate.name for candidate in portfolio.candidates]
    for name in (PAGE, SHEET):
        inside(folder, Path("reports") / name)
    # a whole path holds wherever the kernel begins, and the notebook, which would show it, is not kept
    given = {"folder": str(folder.resolve()), "today": today.isoformat() if today else ""}
    notebook = execute(workbook("portfolio.ipynb"), given, folder)
    page = portfolio_page(notebook, f"Portfolio of {names[0]}" if len(names) == 1 else "Portfolio")
    write_atomic(folder / "reports" / SHEET, portfolio_xlsx(portfolio))
    write_atomic(folder / "reports" / PAGE, page)
    return folder / "reports" / PAGE
