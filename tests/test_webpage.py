"""Web pages as lines: what is seen stays, what is hidden goes, menus and adverts come last."""

from __future__ import annotations

import pytest

from prepkit.webpage import MAX_ELEMENTS, html_lines, page_facts, page_lines, parse_html


def lines(html: str) -> list[str]:
    return [line for line in html_lines(parse_html(html)) if line]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param("<h2>Duties</h2><p>You cook.</p>", ["## Duties", "You cook."], id="heading"),
        pytest.param("<ul><li>Boil</li><li>Fry</li></ul>", ["- Boil", "- Fry"], id="list"),
        pytest.param("<ol><li>Boil</li><li>Fry</li></ol>", ["1. Boil", "2. Fry"], id="numbers"),
        pytest.param("<p>• Boil<br>• Fry</p>", ["• Boil", "• Fry"], id="breaks"),
        pytest.param("<p>You <b>cook</b>.</p>", ["You **cook**."], id="bold"),
        pytest.param('<p><a href="http://x">Boil</a> eggs</p>', ["Boil eggs"], id="link"),
        pytest.param("<p>snake_case and 2 * 3</p>", ["snake_case and 2 * 3"], id="no-escapes"),
        pytest.param("<table><tr><td>Place</td><td>Leeds</td></tr></table>", ["Place: Leeds"], id="facts"),
        pytest.param("<table><tr><td>1.</td><td>Boil</td></tr></table>", ["1. Boil"], id="numbered-table"),
        pytest.param("<p>Eggs &amp; ham</p>", ["Eggs & ham"], id="entity"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_html_as_lines(html: str, expected: list[str]) -> None:
    """Headings, lists, bold words and tables become light Markdown."""
    assert lines(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        pytest.param('<p style="display:none">ghost</p>', id="display"),
        pytest.param('<p style="color:red;visibility: hidden">ghost</p>', id="visibility"),
        pytest.param("<p hidden>ghost</p>", id="hidden"),
        pytest.param("<template><p>ghost</p></template>", id="template"),
        pytest.param("<script>ghost()</script>", id="script"),
        pytest.param("<style>ghost{}</style>", id="style"),
        pytest.param("<!-- ghost -->", id="comment"),
        pytest.param("<noscript>ghost</noscript>", id="noscript"),
        pytest.param('<style>.x{display:none}</style><p class="a x">ghost</p>', id="class"),
        pytest.param('<style>#x{visibility:hidden}</style><p id="x">ghost</p>', id="id"),
    ],
)
def test_hidden_text_is_left_out(html: str) -> None:
    """What a browser does not show is in no line."""
    own, furniture = page_lines(parse_html(f"<body><h1>Cook</h1>{html}<p>Boil eggs.</p></body>"))
    assert "ghost" not in " ".join((*own, *furniture))
    assert "Boil eggs." in own


def test_hidden_on_phones_only_is_read() -> None:
    """A rule for small screens or paper hides nothing here."""
    page = parse_html('<style>@media print{.x{display:none}}</style><h1>Cook</h1><p class="x">Boil eggs.</p>')
    assert "Boil eggs." in page_lines(page)[0]


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<nav>other</nav>", id="nav"),
        pytest.param("<footer>other</footer>", id="footer"),
        pytest.param("<aside>other</aside>", id="aside"),
        pytest.param('<div class="cookie-banner">other</div>', id="cookies"),
        pytest.param('<div id="similar-jobs">other</div>', id="similar"),
        pytest.param('<div role="dialog">other</div>', id="role"),
        pytest.param("<form>other</form>", id="form"),
    ],
)
def test_furniture_is_set_apart(html: str) -> None:
    """Menus, cookie texts and other vacancies are kept, apart from the page's own text."""
    text = "<p>" + "Boil eggs for the guests. " * 5 + "</p>"
    own, furniture = page_lines(parse_html(f"<body>{html}<h1>Cook</h1>{text}</body>"))
    assert "other" in " ".join(furniture)
    assert "other" not in " ".join(own)


@pytest.mark.parametrize("name", ["headless-cms", "shared-services", "unrelated", "canvas"])
def test_names_that_only_look_like_furniture(name: str) -> None:
    """A part whose class holds such a word inside another stays in the text."""
    text = "<p>" + "Boil eggs for the guests. " * 5 + "</p>"
    own, _ = page_lines(parse_html(f'<body><h1>Cook</h1><div class="{name}">Fry ham.</div>{text}</body>'))
    assert "Fry ham." in own


@pytest.mark.parametrize("inside", ["<h1>Cook</h1><p>Boil.</p>", f"<p>{'Boil eggs. ' * 30}</p>"], ids=["h1", "half"])
def test_furniture_that_is_the_page_itself(inside: str) -> None:
    """What holds the main heading or half of the words is the page, whatever it is called."""
    own, furniture = page_lines(parse_html(f'<body><div class="modal">{inside}</div><p>x</p></body>'))
    assert "Boil" in " ".join(own)
    assert furniture == []


def test_facts_of_a_page() -> None:
    """Main heading, page title and site are facts; what is missing is none."""
    html = '<head><title>Cook | Puffin</title><meta property="og:site_name" content="Puffin Foods"></head><h1>Cook</h1>'
    expected = {"title": "Cook", "page_title": "Cook | Puffin", "site": "Puffin Foods"}
    assert page_facts(parse_html(html)) == expected
    assert page_facts(parse_html("<p>Boil</p>")) == {}


def test_encoding_that_the_page_names() -> None:
    """The charset of the page is believed."""
    page = parse_html('<meta charset="windows-1252"><p>Café • £9</p>'.encode("cp1252"))
    assert "Café • £9" in page.get_text()


def test_too_many_elements_are_refused() -> None:
    """A page with far more elements than any posting is refused."""
    with pytest.raises(ValueError, match="more than 30,000 elements"):
        parse_html("<i></i>" * (MAX_ELEMENTS + 1))


def test_deep_nesting_keeps_its_words() -> None:
    """What is nested without end becomes plain text; no word is lost."""
    assert "Boil eggs" in " ".join(lines("<div>" * 200 + "<p>Boil eggs</p>"))
