"""schema.org JobPosting: find it in JSON, and turn it into light Markdown lines."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from prepkit.text import tidy
from prepkit.webpage import html_lines, parse_html

__all__ = ["find_posting", "parse_json", "posting_lines"]

MAX_CHARACTERS = 300_000
"""Longest JobPosting that is read, with its HTML; a long one has 30,000 characters."""

_FIELDS = {
    "responsibilities": "Responsibilities",
    "qualifications": "Requirements",
    "experienceRequirements": "Requirements",
    "educationRequirements": "Requirements",
    "skills": "Requirements",
    "physicalRequirement": "Requirements",
    "specialCommitments": "Requirements",
    "jobBenefits": "Benefits",
    "incentiveCompensation": "Benefits",
    "baseSalary": "Benefits",
    "workHours": "Benefits",
    "employmentType": "Benefits",
}


_HALF_PAIR = re.compile("[\ud800-\udfff]")


def parse_json(text: str) -> Any:
    """Parse JSON, raw line ends within text allowed.

    Raises:
        ValueError: when it is no JSON; nested too deep; with a number too long, or half of a character pair
            in it, which could not be saved. The message is a sentence.
    """
    try:
        data = json.loads(text, strict=False)
        if _HALF_PAIR.search(json.dumps(data, ensure_ascii=False)):
            raise ValueError("A text has half of a character pair in it (such as \\ud800).")
    except RecursionError as error:
        raise ValueError("The values are nested too deep.") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from error
    except ValueError as error:
        if "digits" in str(error):
            raise ValueError("A number has too many digits.") from error
        raise
    return data


def find_posting(data: Any) -> dict[str, Any] | None:
    """Find the JobPosting in parsed JSON-LD: a bare object, an entry of a list, or inside ``@graph``."""
    waiting = [data]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            kinds = node.get("@type")
            if "JobPosting" in (kinds if isinstance(kinds, list) else [kinds]):
                return node
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting += [value for value in reversed(list(inner)) if isinstance(value, dict | list)]
    return None


def posting_lines(data: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Return the light Markdown lines of a JobPosting and any of the facts ``title``, ``company``, ``location``.

    Fields beside the description become sections of their own, unless the description says the same.

    Raises:
        ValueError: when it is longer than :data:`MAX_CHARACTERS` or nested too deep; the message is a sentence.
    """
    try:
        if (size := len(json.dumps(data, ensure_ascii=False))) > MAX_CHARACTERS:
            raise ValueError(f"The job posting has {size:,} characters; at most {MAX_CHARACTERS:,} are read.")
        return _lines_and_facts(data)
    except RecursionError as error:
        raise ValueError("The values are nested too deep.") from error


def _lines_and_facts(data: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    company, location = _name(data.get("hiringOrganization") or data.get("company")), _place(data.get("jobLocation"))
    facts = {"title": _text(data.get("title")), "company": company, "location": location}
    lines = _rich_lines(data.get("description"))
    known = tidy("\n".join(lines))
    about = data.get("hiringOrganization")
    extra: dict[str, list[str]] = {}
    if isinstance(about, dict) and about.get("description"):
        extra["About us"] = _rich_lines(about["description"])
    for name, heading in _FIELDS.items():
        extra.setdefault(heading, []).extend(_rich_lines(data.get(name), bullets=True))
    for heading, block in extra.items():
        fresh = [line for line in block if line and tidy(line.lstrip("- ")) not in known]
        if fresh:
            lines += ["", f"## {heading}", *fresh]
    if facts["title"]:
        lines = [f"# {facts['title']}", "", *lines]
    return lines, {name: value for name, value in facts.items() if value}


def _rich_lines(value: Any, bullets: bool = False) -> list[str]:
    """Return the lines of a JobPosting field: text, HTML, HTML escaped once more, a list, or a nested value."""
    if isinstance(value, list):
        return [line for item in value for line in _rich_lines(item, bullets=True)]
    if isinstance(value, dict):
        return _rich_lines(_text(value), bullets)
    text = _text(value)
    if re.search(r"&lt;/?[a-z]", text, re.IGNORECASE):
        text = html.unescape(text)
    if re.search(r"</?[a-z][^<>]*>", text, re.IGNORECASE):
        return html_lines(parse_html(text))
    lines = [line.strip() for line in html.unescape(text).replace("\r\n", "\n").split("\n")]
    return [f"- {line.lstrip('•*- ')}" for line in lines if line] if bullets else lines


def _text(value: Any) -> str:
    """Return the words in a JSON value, nested ones joined in order; schema.org markers are left out."""
    if isinstance(value, dict):
        return " ".join(filter(None, (_text(item) for key, item in value.items() if not key.startswith("@"))))
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    text = "" if value is None or isinstance(value, bool) else str(value).strip()
    return text.replace("_", " ").capitalize() if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", text) else text


def _name(value: Any) -> str:
    return tidy(_text(value.get("name") if isinstance(value, dict) else value))


def _place(value: Any) -> str:
    places = value if isinstance(value, list) else [value]
    return "; ".join(dict.fromkeys(filter(None, map(_one_place, places))))


def _one_place(value: Any) -> str:
    address = value.get("address", value.get("name")) if isinstance(value, dict) else value
    if isinstance(address, dict):
        parts = (_name(address.get(key)) for key in ("addressLocality", "addressRegion", "addressCountry"))
        return ", ".join(filter(None, parts))
    return tidy(_text(address))
