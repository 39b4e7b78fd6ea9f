"""The masthead of a posting: title of the role, employer and place, as far as the posting says them.

Named fields of the file come first, then labelled lines (“Location: Leeds”), then the lines under the title, then
sentences such as “Acme is a charity”. What is not found stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from prepkit.headings import Section, heading_section, phrases
from prepkit.sections import Kind, Line
from prepkit.text import tidy

__all__ = ["read_masthead"]

_NAME = r"[A-ZÀ-Þ][\w&'’.-]*"
_GENDER = re.compile(r"\s*[(\[]?\b[mwfdhx](?:\s?/\s?[mwfdhxni*]+){1,3}\b[)\]]?", re.IGNORECASE)
_BAR = re.compile(r"\s+[|·•–—]\s+|\s+-\s+")
_AT = re.compile(rf"\s+(?:at|@|bei|chez)\s+(?={_NAME})")
_WANTED = re.compile(
    r"^(?P<title>[A-Z][\w/&' -]{3,50}?)(?: \([^)]*\))? (?:wanted|needed|required|sought|gesucht)\b"
    rf"(?:,? (?:at|by|for|in) (?:the )?(?P<company>{_NAME}(?: {_NAME}){{0,4}}))?"
    rf"(?:, (?P<place>{_NAME}(?: {_NAME}){{0,3}}))?"
)
_HIRING = re.compile(
    r"(?:looking|search\w*|hiring|recruiting|seeking|need)(?: for| to hire)? (?:an?|our|the)(?: new| next)? "
    r"(?P<title>(?!person|someone|somebody|people)[\w/&' -]{4,50}?)"
    r"(?= (?:for|to|who|in|at|because|with|on|from)\b|[,.;:(])"
)
_ABOUT = re.compile(
    rf"^(?:About|Über|Life at|Working at|Why join|À propos de|Meet|Why) (?P<name>(?!Us\b|You\b){_NAME}[^:?!]{{0,50}}?)"
    r"(?: exists| was \w+)?\W*$"
)
_IS_A = re.compile(
    rf"^(?:At )?(?P<name>(?:The )?{_NAME}(?: (?:{_NAME}|of|and|for|the|de|du|von|und))*?),? "
    r"(?:(?:is|are) (?:an?|the|one)|exists|was (?:founded|set up|established|started)|ist (?:ein|das|der|die)"
    r"|est (?:une?|le|la)|es una?|we\b)"
)
_BASED = re.compile(
    rf"\b(?:based|located|office|site|store|ward|team) (?:in|at) (?P<place>{_NAME}(?:[ -](?:{_NAME}|upon|on|of|le))*)"
)
_PLACE = re.compile(rf"^(?P<place>{_NAME}(?: {_NAME}){{0,3}})(?=$|, | \(|\s+[|·•–])")
_LEGAL_FORM = re.compile(r"(?:Inc|Ltd|LLC|LLP|GmbH|S\.?A|Co|and)\b|&", re.IGNORECASE)


def read_masthead(lines: Sequence[Line], facts: Mapping[str, str]) -> tuple[str, str, str]:
    """Return title, company and location of a posting, each empty when it is not said.

    Args:
        lines: Units of the posting, at least one.
        facts: What the file says in named fields: ``title``, ``company``, ``location``, ``page_title``, ``site``.
    """
    title = facts.get("title") or _title(lines, facts)
    company = facts.get("company") or _company(lines, title, facts)
    return _without_tail(title, company), company, facts.get("location") or _location(lines, title)


def _labelled(lines: Sequence[Line], name: str) -> str:
    """Return the value of the first line such as “Employer: Acme” whose label is one of a list of phrases."""
    for line in lines[:40]:
        label, colon, value = line.text.partition(":")
        if colon and 2 <= len(value.strip()) <= 120 and phrases(name).fullmatch(label.strip()):
            return value.strip(" .")
    return ""


def _title(lines: Sequence[Line], facts: Mapping[str, str]) -> str:
    if labelled := _labelled(lines[:12], "title_label"):
        return labelled
    top = [line.text for line in lines[:12] if line.section is not Section.OTHER or ":" in line.text]
    short = [text for text in top[:3] if len(text) <= 100 and not text.endswith((".", "!", "?", ":"))]
    if short and short[0] == top[0]:
        # some postings begin with the name of the employer
        employer_first = phrases("organisation").search(short[0]) and phrases("role").search(" ".join(short[1:2]))
        return short[1] if employer_first else short[0]
    for text in top[:4]:
        if match := _WANTED.match(text):
            return match["title"]
    for line in lines[:12]:
        if match := _HIRING.search(line.text):
            return match["title"][0].upper() + match["title"][1:]
    return _BAR.split(facts.get("page_title", ""))[0]


def _without_tail(title: str, company: str) -> str:
    """Return a title without “(m/f/d)”, “- Acme” or “at Acme” hanging on it.

    >>> _without_tail("Leitung Pflege (m/w/d)", ""), _without_tail("Cook at The Gannet", "The Gannet")
    ('Leitung Pflege', 'Cook')
    """
    title = tidy(_GENDER.sub("", title)).strip(" -–|:")
    head, tail = _tail(title)
    return head if company and tail.startswith(company) else title


def _tail(title: str) -> tuple[str, str]:
    """Split “Cook at The Gannet, Saltby” or “Cook - Gannet Hotel” behind the role; the tail is empty for others."""
    parts = _AT.split(title)
    if len(parts) == 2:
        return parts[0].strip(), parts[1].strip()
    parts = _BAR.split(title)
    if len(parts) == 2 and phrases("organisation").search(parts[1]):
        return parts[0].strip(), parts[1].strip()
    return title, ""


def _company(lines: Sequence[Line], title: str, facts: Mapping[str, str]) -> str:
    if labelled := _labelled(lines, "company_label"):
        return labelled
    if (wanted := _WANTED.match(lines[0].text)) and wanted["company"]:
        return wanted["company"]
    if tail := _tail(title)[1]:
        return _employer_in(tail)
    above = lines[0].text if len(lines) > 1 and lines[1].text == title else ""
    if above and phrases("organisation").search(above):
        return above
    if below := _under_title(lines, title):
        return _employer_in(below[0])
    for line in lines:
        if line.kind is Kind.HEADING and (match := _ABOUT.match(line.text)):
            return match["name"].strip()
    for line in lines:
        match = _IS_A.match(line.text) if line.kind is Kind.SENTENCE and line.section is not Section.OTHER else None
        if match and len(match["name"]) < 60 and not phrases("no_name").match(match["name"]):
            return match["name"].strip()
    site = _BAR.split(facts.get("page_title", ""))[1:]
    named = site[0] if len(site) == 1 else facts.get("site", "")
    return "" if phrases("job_board").search(named) else named


def _under_title(lines: Sequence[Line], title: str) -> list[str]:
    """Return the one or two short lines under the title, which name employer and place in most postings."""
    for position, line in enumerate(lines[:8]):
        if line.text == title:
            below = [other.text for other in lines[position + 1 : position + 3] if _may_be_name(other)]
            first = below[0] if below else ""
            is_name = (
                first[:1].isupper()
                and len(first) <= 120
                and len(_BAR.split(first)[0].split()) <= 10
                and not first.endswith((".", "!", "?", ":"))
                and ": " not in first
            )
            return below if is_name else []
    return []


def _may_be_name(line: Line) -> bool:
    is_section = line.kind is Kind.HEADING and heading_section(line.text) is not None
    return line.kind is not Kind.BULLET and not is_section


def _employer_in(text: str) -> str:
    """Return the employer in “Acme Ltd, Leeds” or “Acme · Leeds · £30,000”.

    >>> _employer_in("Acme, Ltd"), _employer_in("Acme and Sons, Leeds · £30,000")
    ('Acme, Ltd', 'Acme and Sons')
    """
    first = _BAR.split(text)[0]
    head, comma, tail = first.rpartition(", ")
    return (head if comma and not _LEGAL_FORM.match(tail) else first).split(" (")[0].strip(" .")


def _location(lines: Sequence[Line], title: str) -> str:
    if labelled := _labelled(lines, "place_label"):
        return labelled
    if (wanted := _WANTED.match(lines[0].text)) and wanted["place"]:
        return wanted["place"].strip(" .")
    below = _under_title(lines, title)
    tail = _tail(title)[1]
    if first := tail or (below[0] if below else ""):
        pieces = [piece.strip() for piece in _BAR.split(first)]
        if len(pieces) > 1 and not re.search(r"[£$€\d]", pieces[1]):
            return pieces[1]
        _, comma, last = pieces[0].rpartition(", ")
        if comma and not _LEGAL_FORM.match(last):
            return last
    if not tail and len(below) > 1 and (match := _PLACE.match(below[1])):
        return match["place"]
    for line in lines[:40]:
        if line.section is not Section.OTHER and (match := _BASED.search(line.text)):
            return match["place"].strip(" .")
    return ""
