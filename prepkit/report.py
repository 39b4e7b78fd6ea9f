"""Executed notebook in, self-contained report out.

One HTML file: headings and outputs, no code, no script (but one of our own, for the portfolio), no request to anywhere,
no widget state. Only pictures, tables and text come through, and HTML only by an allow-list, whatever the notebook
holds.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from functools import cache, partial
from hashlib import sha256

import nh3
from nbconvert.exporters import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets.config import Config

from prepkit.errors import PrepkitError
from prepkit.page import clean, stylesheet
from prepkit.resources import template

__all__ = ["to_html"]

HIDDEN_TAGS = ("form", "parameters", "injected-parameters", "remove-cell")
"""Cells with one of these tags are for the session, not for the report."""

MAX_HTML = 3_000_000
"""Characters of HTML in one output; the filter takes minutes for more."""

_TAGS = {
    "article", "b", "br", "caption", "code", "dd", "details", "div", "dl", "dt", "em", "footer", "h1", "h2", "h3", "h4",
    "header", "i", "li", "ol", "p", "pre", "q", "section", "small", "span", "strong", "sub", "summary", "sup", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "role", "tabindex", "lang"},
    "th": {"scope", "colspan"},
    "td": {"colspan"},
    "details": {"open"},
}


_NAME = r"(?!\.{1,2}/)(?:[A-Za-z0-9_.~-]|%(?!00|2E|2F|5C)[0-9A-F]{2})+/"
_ADDRESS = re.compile(rf"\.\./(?:{_NAME})?reports/{_NAME}report\.html")
"""Address of a report from a folder beside the candidates', or beside the reports of the only one; nothing else."""


def to_html(
    notebook: NotebookNode,
    title: str,
    language: str = "en",
    links: Sequence[tuple[str, str]] = (),
    style: str = "",
    script: str = "",
) -> str:
    """Return the report of an executed notebook.

    Args:
        notebook: Executed; it is not changed.
        title: Title of the page.
        language: Two-letter code of the page's own words.
        links: Names and relative addresses of files that belong to it, shown at the end.
        style: What our own file adds to the stylesheet.
        script: The text of our own file that works on the tables; the page allows this very text by its hash and no
            other. On a page with one, links to the reports of applications come through, too.

    Raises:
        PrepkitError: when an output is too large to be made safe.
    """
    resources = {"title": title, "language": language, "stylesheet": stylesheet() + style, "links": links}
    resources |= {"script": script, "script_hash": base64.b64encode(sha256(script.encode()).digest()).decode()}
    body, _ = _exporter(linked=bool(script)).from_notebook_node(notebook, resources=resources)
    return body.strip() + "\n"


class _ReportExporter(TemplateExporter):
    """Fills ``templates/prep_report``; only pictures, tables and text come through."""

    file_extension = ".html"
    template_extension = ".html.j2"
    output_mimetype = "text/html"

    @property
    def default_config(self) -> Config:
        priority = ["image/svg+xml", "image/png", "text/html", "text/plain"]
        mine = Config({"NbConvertBase": {"display_data_priority": priority}})
        mine.merge(super().default_config)
        return mine


@cache
def _exporter(linked: bool = False) -> TemplateExporter:
    """Return one exporter for the whole run: making it takes longer than using it."""
    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = set(HIDDEN_TAGS)
    exporter = _ReportExporter(
        config=config,
        template_name="prep_report",
        extra_template_basedirs=[str(template("prep_report").parent)],
        preprocessors=["nbconvert.preprocessors.TagRemovePreprocessor"],
    )
    for function in (_alternative_text, _as_base64, _as_text, _markdown_to_html):
        exporter.register_filter(function.__name__.removeprefix("_"), function)
    exporter.register_filter("as_safe_html", partial(_as_safe_html, linked=linked))
    return exporter


def _markdown_to_html(source: str) -> str:
    """Return a Markdown cell as HTML, with HTML in it shown as text and no anchors."""
    return str(MarkdownWithMath(renderer=IPythonRenderer(escape=True, exclude_anchor_links=True)).render(source))


def _as_safe_html(source: str, linked: bool = False) -> str:
    """Return HTML with everything taken away that is not on the allow-list; `linked` lets addresses of reports be."""
    if len(source) > MAX_HTML:
        raise PrepkitError(f"An output of {len(source):,} characters is too large for a report.")
    return nh3.clean(
        source,
        tags=_TAGS | ({"a"} if linked else set()),
        attributes=_ATTRIBUTES | ({"a": {"href"}} if linked else {}),
        attribute_filter=_only_reports if linked else None,
        generic_attribute_prefixes={"aria-", "data-"},
        clean_content_tags={"script", "style"},
        url_schemes=set(),
        link_rel=None,
    )


def _only_reports(tag: str, name: str, value: str) -> str | None:
    """Return the value of an attribute, None for an address that is not that of a report."""
    return value if name != "href" or _ADDRESS.fullmatch(value) else None


def _as_text(value: str) -> str:
    """Return text escaped for a page or an attribute."""
    return html.escape(clean(value))


def _as_base64(source: str) -> str:
    """Return a text in base64, for a data address."""
    return base64.b64encode(source.encode()).decode()


def _alternative_text(output: NotebookNode) -> str:
    """Return the alternative text of a picture, from its own metadata or its plain words."""
    for kind in ("image/svg+xml", "image/png"):
        if alt := output.get("metadata", {}).get(kind, {}).get("alt"):
            return _as_text(alt)
    return _as_text(output.data.get("text/plain", ""))
