"""The colours and type sizes of the product, in one place for figures, stylesheet and forms.

White paper, near-black ink, one deep teal. Every pair of text and background in `PAIRS` reaches
WCAG AA, and the rating scale falls steadily in luminance, so that it reads in greyscale.

Colours are strings ``#rrggbb``; sizes are CSS pixels on a page 900 pixels wide.
"""

from __future__ import annotations

import re

__all__ = [
    "ACCENT", "ACCENT_WASH", "BODY_PX", "FIGURE_PX", "FIGURE_SMALL_PX", "GOOD", "GOOD_WASH", "HEADING_PX",
    "INK", "LINE", "MUTED", "PAIRS", "PAPER", "PENCIL", "PROBLEM", "PROBLEM_WASH", "RATING", "SMALL_PX",
    "TITLE_PX", "WARNING", "WARNING_WASH", "WASH", "contrast", "css_variables", "text_on",
]  # fmt: skip

PAPER = "#ffffff"
WASH = "#f3f6f7"
LINE = "#d3dbde"
INK = "#182027"
MUTED = "#56626b"

ACCENT = "#0b5c6b"
ACCENT_WASH = "#e7f1f3"

PROBLEM = "#9a1f1f"
PROBLEM_WASH = "#fcefee"
WARNING = "#7a4a00"
WARNING_WASH = "#fdf4e1"
GOOD = "#1c6236"
GOOD_WASH = "#ebf6ef"

RATING = (WASH, "#a6ccd3", ACCENT)
"""Background of a rating, none to strong: each step darker than the one before."""

PENCIL = (LINE, "#7fb0ba", ACCENT)
"""Outline and hatching of a rating that is only suggested, none to strong; no text on it."""

TITLE_PX = 30.0
HEADING_PX = 20.0
BODY_PX = 16.0
SMALL_PX = 14.0
FIGURE_PX = 12.5
FIGURE_SMALL_PX = 11.25

PAIRS = (
    *((text, ground) for text in (INK, MUTED, ACCENT) for ground in (PAPER, WASH, ACCENT_WASH)),
    *((text, PAPER) for text in (PROBLEM, WARNING, GOOD)),
    (PROBLEM, PROBLEM_WASH),
    (WARNING, WARNING_WASH),
    (GOOD, GOOD_WASH),
    *((INK, ground) for ground in (PROBLEM_WASH, WARNING_WASH, GOOD_WASH, *RATING[:2])),
    (PAPER, ACCENT),
)
"""Text and background that may meet; a new meeting is added here, where a test sees it."""


def contrast(a: str, b: str) -> float:
    """Return the WCAG 2 contrast ratio of two colours, 1.0 (same) to 21.0, in either order.

    Raises:
        ValueError: when a colour is not written ``#rrggbb``.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def text_on(background: str) -> str:
    """Return `INK` or `PAPER`, whichever stands out more on a background ``#rrggbb``.

    >>> text_on("#ffffff") == INK, text_on(ACCENT) == PAPER
    (True, True)
    """
    return max((INK, PAPER), key=lambda text: contrast(text, background))


def css_variables() -> str:
    """Return the palette as a CSS block, ``:root { --paper: #ffffff; ... }``.

    >>> "--accent-wash: #e7f1f3;" in css_variables(), "--rating-2: #0b5c6b;" in css_variables()
    (True, True)
    """
    values: dict[str, str] = {}
    for name, value in globals().items():
        if isinstance(value, str) and value.startswith("#"):
            values[name] = value
        elif name.endswith("_PX"):
            values[f"SIZE_{name.removesuffix('_PX')}"] = f"{value:g}px"
    values |= {f"RATING_{step}": colour for step, colour in enumerate(RATING)}
    lines = (f"  --{name.lower().replace('_', '-')}: {value};\n" for name, value in values.items())
    return f":root {{\n{''.join(lines)}}}\n"


def _luminance(colour: str) -> float:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError(f"{colour!r} is not a colour written #rrggbb.")
    levels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
