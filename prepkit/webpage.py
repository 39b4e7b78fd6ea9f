"""A web page as light Markdown lines: its words without what is hidden, its menus and adverts set apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prepkit.text import tidy

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

__all__ = ["html_lines", "page_facts", "page_lines", "parse_html"]

_BLOCKS = ("p", "ul", "ol", "div", "h1", "h2", "h3", "h4", "h5", "h6", "table", "br", "section", "article")
_FURNITURE_TAGS = "nav, footer, aside, form, dialog, button, select"
_FURNITURE_ROLES = {"navigation", "contentinfo", "complementary", "dialog", "alertdialog", "search", "menu"}
_FURNITURE_NAME = re.compile(
    r"(?:^|[-_\s])(?:cookies?|consent|gdpr|newsletter|subscribe|breadcrumbs?|related|similar|recommend\w*|shar(?:e|ing)"
    r"|social|sidebar|nav|navbar|menu|topbar|footer|modal|popup|advert\w*|ads?|skip(?:-link)?|jobalert|job-alert|login"
    r"|more-jobs|other-jobs)(?:$|[-_\s])",
    re.IGNORECASE,
)
MAX_ELEMENTS = 30_000
"""Most elements of a web page that is read; a heavy job page has 5,000."""

MAX_MARKS = 4 * MAX_ELEMENTS
"""Most “<” of a page, with those of closing tags, comments and scripts."""

LONGEST_LIST = 500
"""Most items of a list that are numbered; of each, those before it are counted."""

_MAX_DEPTH = 100  # a heavy job page has 40; every level takes several of Python's 1,000 calls
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def parse_html(data: bytes | str) -> BeautifulSoup:
    """Parse HTML in the encoding that the page itself names; what is nested too deep becomes plain text.

    Raises:
        ValueError: when there are more than :data:`MAX_ELEMENTS` elements.
    """
    from bs4 import BeautifulSoup

    too_many = f"The page has more than {MAX_ELEMENTS:,} elements. Save the posting as text and use that."
    # looked at before anything is made of them: an element takes a thousand times its length
    if (data.count(b"<") if isinstance(data, bytes) else data.count("<")) > MAX_MARKS:
        raise ValueError(too_many)
    # lxml and not html.parser: the latter does not end on some hostile pages
    page = BeautifulSoup(data, "lxml")
    elements = page.find_all(True, limit=MAX_ELEMENTS + 1)
    if len(elements) > MAX_ELEMENTS:
        raise ValueError(too_many)
    depth = {id(page): 0}
    for tag in elements:  # in the order of the page, so that a parent comes before its children
        depth[id(tag)] = depth.get(id(tag.parent), _MAX_DEPTH) + 1
        if depth[id(tag)] == _MAX_DEPTH:
            tag.string = tag.get_text("\n")
    return page


def _hidden_names(page: BeautifulSoup) -> set[str]:
    """Return the classes and ids that the page's own style sheets always hide."""
    sheets = "".join(style.get_text() for style in page.find_all("style"))[:200_000]
    always = re.sub(r"@[^@{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", sheets)  # rules for phones or paper only
    pattern = r"(?:^|\})\s*([.#][A-Za-z_][\w-]*)\s*\{[^}]*?(?:display\s*:\s*none|visibility\s*:\s*hidden)"
    return set(re.findall(pattern, always))


def page_facts(page: BeautifulSoup) -> dict[str, str]:
    """Return what the page names itself: any of ``title`` (main heading), ``page_title`` and ``site``."""
    heading = page.find("h1")
    site = page.find("meta", property="og:site_name")
    facts = {
        "title": tidy(heading.get_text(" ")) if heading else "",
        "page_title": tidy(page.title.get_text(" ")) if page.title else "",
        "site": tidy(str(site.get("content", ""))) if site else "",
    }
    return {name: value for name, value in facts.items() if value}


def page_lines(page: BeautifulSoup) -> tuple[list[str], list[str]]:
    """Return the lines of a page's own text and the lines of its furniture; the page is used up."""
    hidden_names = _hidden_names(page)
    for tag in page.find_all(["script", "style", "noscript", "template", "svg", "iframe", "object", "head"]):
        tag.decompose()
    for tag in page.find_all(lambda tag: _is_hidden(tag, hidden_names)):
        if not tag.decomposed:
            tag.decompose()
    furniture = [line for tag in _take_furniture(page) for line in html_lines(tag)]
    return html_lines(page), furniture


def _is_hidden(tag: Tag, names: set[str]) -> bool:
    if tag.has_attr("hidden") or _HIDDEN_STYLE.search(str(tag.get("style", ""))):
        return True
    return f"#{tag.get('id')}" in names or any(f".{name}" in names for name in tag.get("class") or [])


def _take_furniture(page: BeautifulSoup) -> list[Tag]:
    """Take menus, cookie texts, share buttons and similar jobs out of a page and return them."""
    whole = len(page.get_text())
    taken: list[Tag] = []
    gone: set[int] = set()
    candidates = [*page.select(_FURNITURE_TAGS), *page.find_all(_looks_like_furniture)]
    for tag in candidates:
        if tag.parent is None or any(id(parent) in gone for parent in tag.parents):
            continue
        # A name alone proves nothing: what holds the main heading or half of the words is the page itself.
        if tag.find("h1") or len(tag.get_text()) * 2 > whole:
            continue
        gone.add(id(tag))
        taken.append(tag.extract())
    return taken


def _looks_like_furniture(tag: Tag) -> bool:
    if tag.name in ("html", "body", "main", "article"):
        return False
    name = " ".join([*(tag.get("class") or []), str(tag.get("id") or "")])
    return tag.get("role") in _FURNITURE_ROLES or bool(_FURNITURE_NAME.search(name))


def html_lines(part: Tag) -> list[str]:
    """Return the visible text of a piece of HTML as light Markdown lines without blank doubles."""
    from markdownify import MarkdownConverter

    for table in part.find_all("table"):
        _open_layout_table(table)
    for numbered in part.find_all("ol"):
        if len(numbered.find_all("li", recursive=False)) > LONGEST_LIST:
            numbered.name = "ul"
    converter = MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        strip=["a", "img", "code", "pre", "blockquote"],
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
        newline_style="BACKSLASH",
    )
    result: list[str] = []
    for raw in converter.convert_soup(part).split("\n"):
        line = _table_row(raw.strip().removesuffix("\\").strip())
        if line or (result and result[-1]):
            result.append(line)
    return result


def _open_layout_table(table: Tag) -> None:
    """Turn a table that only places things on the page into plain blocks; tables of short cells stay."""
    rows = [row.find_all(["td", "th"]) for row in table.find_all("tr")]
    cells = [cell for row in rows for cell in row]
    if not any(len(cell.find_all(_BLOCKS)) > 1 or len(cell.get_text()) > 120 for cell in cells):
        for cell in cells:
            for block in cell.find_all(_BLOCKS):
                block.unwrap()
        return
    columns = {len(row) for row in rows}
    long_left = columns == {2} and any(len(row[0].get_text()) > 60 for row in rows[1:])
    side_by_side = long_left and all(len(cell.get_text()) < 50 for cell in rows[0])
    for cell in [cell for column in zip(*rows, strict=True) for cell in column] if side_by_side else []:
        table.append(cell.extract())  # “Essential | Desirable” above lists is read column by column
    for row in [] if side_by_side else rows:
        if len(row) == 2 and 0 < len(row[0].get_text(strip=True)) <= 30 and 0 < len(row[1].get_text(strip=True)) <= 120:
            row[0].string = f"{tidy(row[0].get_text(' '))}: {tidy(row[1].get_text(' '))}"  # “Location: Perth”
            row[1].clear()
    for tag in [*table.find_all(["tr", "td", "th", "tbody", "thead"]), table]:
        tag.name = "div"


def _table_row(line: str) -> str:
    if not line.startswith("|"):
        return line
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    if all(not cell.strip("-: ") for cell in cells):
        return ""
    if re.fullmatch(r"\d{1,2}[.)]", cells[0]):
        return " ".join(cells)  # a numbered list set as a table
    is_label = len(cells) == 2 and all(cells) and len(cells[0]) <= 30 and not cells[0].endswith(":")
    return (": " if is_label else " | ").join(cell for cell in cells if cell)
