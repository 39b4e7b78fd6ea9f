"""What Chromium makes of the portfolio: sorted and filtered in place, without a network, whatever is in it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from conftest import PAYLOADS
from test_browser import DESKTOP, PHONE, Seen, opened, printed
from test_portfolio import crowd, debrief, executed, move, page_of, stand, story, theme

from prepkit.portfolio import Candidate, Missing, Portfolio
from prepkit.portfoliopage import portfolio_page
from prepkit.standing import Standing, StepStanding

pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenhersteller" * 3
TABLE = "table.board >> nth=0"


def written(portfolio: Portfolio, place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page of records that lie in no folder."""
    monkeypatch.setattr("prepkit.portfolio.read_portfolio", lambda _: portfolio)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(portfolio_page(executed(""), "Portfolio"), encoding="utf-8")
    return place


def record(name: str, role: str, done: int, day: str = "", odds: float = 0.5, **given: Any) -> Standing:
    """A record with what can be sorted."""
    chance = {"value": odds, "low": 0.0, "high": 1.0}
    marks = (debrief("2026-05-01", "interview", "offer", "storm", calm="heard"), debrief("2026-06-01", calm="partly"))
    moves = (move("calm", "vision", 0.1),)
    return stand(name, done, role=role, interview=day, odds=chance, debriefs=marks, moves=moves, **given)


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three candidates with seven applications, one without a report and one with themes only suggested."""
    ada = (
        record("a", "Überseekapitän", 3, "2026-09-01", 0.25), record("b", "Harbour master", 8, "", 0.5),
        record("c", "Baker", 0, "2026-10-01", chosen=False),
    )  # fmt: skip
    bo = (record("d", "Clerk", 5, "2026-08-01", 0.75), record("e", "Driver", 6, odds=0.4, themes=(theme(stories=1),)))
    cy = (record("f", "Ferryman", 7, odds=0.005),)
    portfolio = Portfolio((
        Candidate("Ada Fenwright", "ada", ada, (Missing("gone", "There is no report yet."),)),
        Candidate("Bo Iversen", "bo", bo), Candidate("Cy Okafor", "cy", cy),
    ))  # fmt: skip
    with pytest.MonkeyPatch.context() as monkeypatch:
        return written(portfolio, tmp_path_factory.mktemp("some") / "reports" / "portfolio.html", monkeypatch)


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a thousand applications of a hundred candidates."""
    return page_of(crowd(tmp_path_factory.mktemp("thousand")))


@pytest.fixture(scope="module")
def long_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Words without end in every place, twelve applications and thirty stories."""
    stories = tuple(story(f"s{n}", calm=1).model_copy(update={"title": LONG}) for n in range(30))
    steps = tuple(StepStanding(name=LONG, done=False) for _ in range(8))
    records = [
        record(f"n{n}", LONG, 0, company=LONG, next=LONG, why=LONG, stories=stories, steps=steps) for n in range(12)
    ]
    people = [Candidate(f"{LONG} {n}", f"c{n}", tuple(records), (Missing(LONG, LONG),)) for n in range(2)]
    with pytest.MonkeyPatch.context() as monkeypatch:
        place = tmp_path_factory.mktemp("long") / "reports" / "portfolio.html"
        return written(Portfolio((*people, Candidate(LONG, "x", problem=LONG))), place, monkeypatch)


def roles(seen: Seen) -> list[str]:
    """The roles in the table of applications as they stand now, without those that the filter hides."""
    return [text.split("\n")[0] for text in seen.page.locator(f"{TABLE} >> tbody tr:visible th").all_inner_texts()]


def head(seen: Seen, name: str) -> Any:
    return seen.page.locator(f"{TABLE} >> thead th").filter(has_text=name)


LEAST_READY = ["Baker", "Überseekapitän", "Clerk", "Driver", "Ferryman", "Harbour master", "gone"]


# --- sorting --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "up"),
    [
        ("Role", ["Baker", "Clerk", "Driver", "Ferryman", "gone", "Harbour master", "Überseekapitän"]),
        ("Interview", ["Clerk", "Überseekapitän", "Baker"]),
        ("Steps done", LEAST_READY[:-1]),
        ("Odds", ["Ferryman", "Überseekapitän", "Driver", "Harbour master", "Clerk"]),
        ("Gaps", ["Clerk", "Ferryman", "Harbour master", "Überseekapitän", "Driver"]),
        ("Candidate", ["Baker", "Harbour master", "Überseekapitän", "gone", "Clerk", "Driver", "Ferryman"]),
    ],
)
def test_a_click_sorts_and_another_turns_it_round(column: str, up: list[str], browser: Any, some: Path) -> None:
    """Days and numbers as such, names as people sort them; what is not known comes last both ways."""
    with opened(browser, some) as seen:
        assert roles(seen) == LEAST_READY
        head(seen, column).get_by_role("button").click()
        assert head(seen, column).get_attribute("aria-sort") == "ascending"
        if column in ("Candidate", "Gaps"):  # several are alike
            assert sorted(roles(seen)[: len(up)]) == sorted(up)
        else:
            assert roles(seen)[: len(up)] == up
        head(seen, column).get_by_role("button").click()
        assert head(seen, column).get_attribute("aria-sort") == "descending"
        if column not in ("Candidate", "Gaps"):
            assert roles(seen)[: len(up)] == up[::-1]
        assert len(roles(seen)) == 7
        assert seen.page.locator("[aria-sort]").count() == 1
        assert seen.errors == []


def test_the_keyboard_sorts(browser: Any, some: Path) -> None:
    """Tab leads from the filter into the table and from head to head; Enter and Space sort, and the focus stays."""
    with opened(browser, some) as seen:
        seen.page.get_by_label("Filter the applications").focus()
        seen.page.keyboard.press("Tab")  # the table, which can be scrolled by the arrows
        for name in ("Candidate", "Role"):
            seen.page.keyboard.press("Tab")
            assert seen.page.evaluate("() => document.activeElement.textContent") == name
        seen.page.keyboard.press("Enter")
        assert roles(seen)[0] == "Baker"
        seen.page.keyboard.press("Space")
        assert roles(seen)[0] == "Überseekapitän"
        assert seen.page.evaluate("() => document.activeElement.textContent") == "Role"
        shown = "() => getComputedStyle(document.activeElement).outlineStyle"
        assert seen.page.evaluate(shown) == "solid"


def test_what_to_do_next_is_no_order(browser: Any, some: Path) -> None:
    """A column of sentences has no button."""
    with opened(browser, some) as seen:
        assert head(seen, "Next").get_by_role("button").count() == 0
        assert head(seen, "Role").get_by_role("button").count() == 1


# --- filtering ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("clerk", ["Clerk"]),
        ("uberseekapitan", ["Überseekapitän"]),
        ("  BO   iversen ", ["Clerk", "Driver"]),
        ("no report", ["gone"]),
        ("iversen 2026-08", ["Clerk"]),
        ("<script>", []),
        ("", LEAST_READY),
    ],
)
def test_words_narrow_the_table(typed: str, left: list[str], browser: Any, some: Path) -> None:
    """All of them, in any order, letter case and accents aside; the count says how many are shown."""
    with opened(browser, some) as seen:
        seen.page.get_by_label("Filter the applications").fill(typed)
        assert roles(seen) == left
        assert seen.page.get_by_role("status").first.inner_text() == f"{len(left)} of 7 applications shown"
        head(seen, "Role").get_by_role("button").click()
        assert sorted(roles(seen)) == sorted(left)


def test_a_short_table_has_no_filter(browser: Any, some: Path) -> None:
    """Three candidates are seen at once; the seven applications above have one."""
    with opened(browser, some) as seen:
        assert seen.page.locator(".filter").count() == 1


# --- without the script, on paper, on a phone ------------------------------------------------------------------


def test_the_page_is_whole_without_its_script(browser: Any, some: Path) -> None:
    """Every row is there, and nothing that would need it."""
    with opened(browser, some, java_script_enabled=False) as seen:
        assert roles(seen) == LEAST_READY
        assert seen.page.locator("button, input, output").count() == 0
        assert seen.page.locator("h2").count() >= 5


def test_a_role_leads_to_its_report(browser: Any, some: Path) -> None:
    """By an address beside the folder of the page; one without a report is no link."""
    with opened(browser, some) as seen:
        found = seen.page.locator(f"{TABLE} >> a").evaluate_all("items => items.map(item => item.getAttribute('href'))")
        assert "../ada/reports/b/report.html" in found
        assert len(found) == 6


def test_paper_has_every_row_and_the_heads_on_each_sheet(browser: Any, thousand: Path) -> None:
    """Nothing is cut off where the screen scrolls; the box for words is left out."""
    with opened(browser, thousand) as seen:
        sheets = printed(seen)
    paper = " ".join(sheets)
    assert paper.count("only suggested") > 140
    assert "Filter the applications" not in paper
    end = next(number for number, sheet in enumerate(sheets) if "The one new story" in sheet)
    rows = [sheet for sheet in sheets[1:end] if "of 8" in sheet]
    assert len(rows) > 30
    assert [number for number, sheet in enumerate(rows) if "Steps done" not in sheet] == []


def test_paper_says_when_rows_are_left_out(browser: Any, some: Path) -> None:
    """Who prints a narrowed table sees that it is one."""
    with opened(browser, some) as seen:
        assert "7 of 7 applications shown" not in " ".join(printed(seen))
        seen.page.get_by_label("Filter the applications").fill("iversen")
        assert "2 of 7 applications shown" in " ".join(printed(seen))


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["some", "long_words"])
def test_the_whole_width_is_seen(
    name: str, viewport: dict[str, int], browser: Any, request: pytest.FixtureRequest
) -> None:
    """No sideways scrolling, neither of the page nor of its tables, also with words that never end."""
    with opened(browser, request.getfixturevalue(name), viewport) as seen:
        seen.page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = true })")
        assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= viewport["width"]
        wide = """() => [...document.querySelectorAll('.scroll')].filter(i => i.scrollWidth > i.clientWidth + 1)
            .map(i => i.getAttribute('aria-label'))"""
        assert seen.page.evaluate(wide) == []


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ["some", "long_words"])
def test_the_page_is_accessible(
    name: str, viewport: dict[str, int], browser: Any, request: pytest.FixtureRequest
) -> None:
    """axe-core finds nothing serious; there is one main heading."""
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, request.getfixturevalue(name), viewport, bypass_csp=True) as seen:
        seen.page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = true })")
        head(seen, "Role").get_by_role("button").evaluate("button => button.click()")
        found = Axe().run(seen.page).response["violations"]
        assert [
            f"{rule['id']}: {node['html'][:160]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"][:3]
        ] == []
        assert seen.page.locator("h1").count() == 1


# --- nothing runs, and it is quick ----------------------------------------------------------------------------


def test_hostile_text_does_nothing(browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every payload in every place, sorted and filtered: no code runs, and nothing is asked for but the file."""
    records = [
        record(
            text, text, 0, candidate=text, company=text, next=text, why=text, stories=(story(calm=2).model_copy(
                update={"title": text}), story("idle").model_copy(update={"title": text})),
            themes=(theme(claim=text, stories=1),), steps=(StepStanding(name=text, done=False),),
        )
        for text in PAYLOADS
    ]  # fmt: skip
    people = [Candidate(f"{it.name} ", it.name, (it,), (Missing(it.name, it.name, True),)) for it in records]
    broken = [Candidate(f"{text}!", text, problem=text) for text in PAYLOADS]
    page = written(Portfolio((*people, *broken)), tmp_path / "reports" / "portfolio.html", monkeypatch)
    with opened(browser, page) as seen:
        seen.page.evaluate("() => document.querySelectorAll('details').forEach(item => { item.open = !item.open })")
        for name in ("Candidate", "Role", "Steps done"):
            head(seen, name).get_by_role("button").click()
        seen.page.get_by_label("Filter the applications").fill(PAYLOADS[0])
        assert len(roles(seen)) >= 1
        seen.page.wait_for_timeout(300)
        assert seen.page.evaluate("() => window.pwned") is None
        count = "() => document.querySelectorAll('script, iframe, form, object, base, img, svg, video, embed').length"
        assert seen.page.evaluate(count) == 1
        found = seen.page.locator("a").evaluate_all("items => items.map(item => item.getAttribute('href'))")
        assert {address is None or (address.startswith("../") and "/reports/" in address) for address in found} == {
            True
        }
        assert seen.page.url == page.as_uri()
        assert (seen.requests, seen.dialogs, seen.errors) == ([page.as_uri()], [], [])


def test_another_script_is_refused(browser: Any, some: Path, tmp_path: Path) -> None:
    """Should one ever get into the page, the policy of the page stops it; ours goes on."""
    page = tmp_path / "other.html"
    text = some.read_text(encoding="utf-8").replace("</main>", "<script>window.pwned=1</script></main>")
    page.write_text(text, encoding="utf-8")
    with opened(browser, page) as seen:
        assert seen.page.evaluate("() => window.pwned") is None
        assert head(seen, "Role").get_by_role("button").count() == 1


def test_a_thousand_applications_are_sorted_and_filtered_at_once(browser: Any, thousand: Path) -> None:
    """Each takes less than a second, and asks for nothing."""
    with opened(browser, thousand) as seen:
        assert seen.page.locator(f"{TABLE} >> tbody tr").count() == 1_000
        assert seen.page.get_by_role("status").first.inner_text() == "1,000 of 1,000 applications shown"
        took = {}
        for name, act in (
            ("sorting", lambda: head(seen, "Role").get_by_role("button").click()),
            ("filtering", lambda: seen.page.get_by_label("Filter the applications").fill("person 77 longname")),
        ):
            begun = time.perf_counter()
            act()
            seen.page.evaluate("() => document.body.offsetHeight")
            took[name] = time.perf_counter() - begun
        print(f"1,000 applications: sorting {took['sorting']:.2f} s, filtering {took['filtering']:.2f} s")
        assert max(took.values()) < 3  # a third of it on an idle machine
        assert roles(seen) == [f"Harbour Operations Manager {number}" for number in range(10)]
        assert seen.requests == [thousand.as_uri()]
        assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= DESKTOP["width"]
