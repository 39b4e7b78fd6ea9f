"""Find the workbooks and templates that come with prepkit, in a wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

from prepkit.errors import PrepkitError

__all__ = ["is_shipped", "template", "workbook"]

_PACKAGE = Path(__file__).resolve().parent


def template(name: str) -> Path:
    """Return the path of ``templates/<name>``, a file or a folder.

    Raises:
        PrepkitError: when it is in neither place; the message names both.
    """
    return _find("templates", name)


def workbook(name: str) -> Path:
    """Return the path of ``workbooks/<name>``; raises like :func:`template`."""
    return _find("workbooks", name)


def is_shipped(path: Path) -> bool:
    """Tell whether a file belongs to prepkit itself, such as the example; those are only read.

    >>> is_shipped(template("example") / "stories.csv")
    True
    """
    return path.resolve().is_relative_to(template("example").resolve().parent)


def _find(folder: str, name: str) -> Path:
    # An editable install copies the wheel's files to a stray place, so the checkout is looked at second.
    places = (_PACKAGE / "_resources" / folder / name, _PACKAGE.parent / folder / name)
    for place in places:
        if place.exists():
            return place
    raise PrepkitError(
        f"{folder}/{name} is missing from this installation; looked for {places[0]} and {places[1]}. "
        "Install prepkit again."
    )
