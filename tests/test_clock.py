"""The clock: what the kernel knows of it, and what Chromium makes of its page without a notebook around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import PAYLOADS
from traitlets import TraitError

from prepkit.clock import Clock

MODEL = """async ({esm, css, state}) => {
  document.head.append(Object.assign(document.createElement("style"), {textContent: css}));
  const listeners = {};
  window.state = state;
  window.sent = [];
  let changed = {};
  const model = {
    get: (name) => window.state[name],
    set: (name, value) => {
      const given = typeof name === "string" ? {[name]: value} : name;
      const fresh = Object.keys(given).filter((key) => window.state[key] !== given[key]);
      Object.assign(window.state, given);
      for (const key of fresh) changed[key] = given[key];
      for (const key of fresh) (listeners[`change:${key}`] || []).forEach((call) => call());
    },
    save_changes: () => { window.sent.push(changed); changed = {}; },
    on: (name, call) => (listeners[name] ||= []).push(call),
    off: (name, call) => { listeners[name] = (listeners[name] || []).filter((one) => one !== call); },
  };
  window.model = model;
  const url = URL.createObjectURL(new Blob([esm], {type: "text/javascript"}));
  const widget = (await import(url)).default();
  const el = document.createElement("div");
  document.body.append(el);
  window.closers = [widget.initialize({model}), widget.render({model, el})];
}"""


def test_a_clock_stands_still_at_nothing() -> None:
    """Without a browser it is a record that can be set."""
    clock = Clock(label="Your answer", shortest=20, longest=30)
    assert (clock.label, clock.seconds, clock.running, clock.shortest, clock.longest) == (
        "Your answer", 0.0, False, 20.0, 30.0,
    )  # fmt: skip
    clock.seconds = 27.4
    assert clock.seconds == 27.4
    clock.reset()
    assert (clock.seconds, clock.running) == (0.0, False)


def test_starting_goes_back_to_nothing() -> None:
    """The last answer does not count for the next one; stopping keeps the time."""
    clock = Clock()
    clock.seconds = 27.4
    clock.running = True
    assert clock.seconds == 0.0
    clock.seconds = 12.0
    clock.running = False
    assert clock.seconds == 12.0


def test_no_time_is_less_than_none() -> None:
    """What cannot be is refused."""
    with pytest.raises(TraitError):
        Clock(seconds=-1)


def test_the_browser_tells_the_time() -> None:
    """A tick while it runs, the whole time with the stop, and back to nothing with the next start."""
    clock = Clock()
    clock.set_state({"seconds": 0, "running": True})
    clock.set_state({"seconds": 1.0})
    assert (clock.seconds, clock.running) == (1.0, True)
    clock.set_state({"seconds": 1.7, "running": False})
    assert (clock.seconds, clock.running) == (1.7, False)
    clock.set_state({"seconds": 0, "running": True})
    assert (clock.seconds, clock.running) == (0.0, True)


def test_a_tick_that_comes_too_late_is_dropped() -> None:
    """Somebody went on to the next question while it was on its way."""
    clock = Clock()
    clock.set_state({"seconds": 0, "running": True})
    clock.reset()
    clock.set_state({"seconds": 41.0})
    assert clock.seconds == 0.0


def test_the_page_asks_for_nothing() -> None:
    """No address, nothing evaluated, and text only as text."""
    for text in (Clock._esm, Clock._css):
        assert not [word for word in ("http", "//cdn", "import ", "url(", "fetch", "innerHTML", "eval") if word in text]
    assert "textContent" in Clock._esm
    assert "--accent: #0b5c6b" in Clock._css


# --- in Chromium


class Shown:
    """A clock on a page of its own."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.button = page.get_by_role("button")
        self.group = page.get_by_role("group")
        self.timer = page.get_by_role("timer")
        self.result = page.get_by_role("status")

    def set(self, **state: Any) -> None:
        """Set traits as the kernel would."""
        self.page.evaluate("(given) => window.model.set(given)", state)

    def get(self, expression: str) -> Any:
        return self.page.evaluate(expression)


@pytest.fixture
def open_clock(browser: Any) -> Iterator[Any]:
    """A function that shows a clock, with a time that passes only when the test says so."""
    context = browser.new_context(viewport={"width": 700, "height": 200})
    page = context.new_page()
    page.clock.install()

    def show(**state: Any) -> Shown:
        page.set_content("<!doctype html><title>Clock</title>")
        given = {"label": "Say it aloud", "seconds": 0, "running": False, "shortest": 0, "longest": 0} | state
        page.evaluate(MODEL, {"esm": Clock._esm, "css": Clock._css, "state": given})
        return Shown(page)

    yield show
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("seconds", "shortest", "longest", "expected"),
    [
        (27.4, 20, 30, "27 s, fits"),
        (20, 20, 30, "20 s, fits"),
        (30.9, 20, 30, "30 s, fits"),
        (34, 20, 30, "34 s, 4 s too long"),
        (19.9, 20, 30, "19 s, 1 s too short"),
        (95, 20, 30, "1 min 35 s, 1 min 5 s too long"),
        (5, 0, 30, "5 s, fits"),
        (5, 20, 0, "5 s, 15 s too short"),
        (87.9, 0, 0, "1 min 27 s"),
        (0, 20, 30, ""),
    ],
)  # fmt: skip
def test_the_result_is_told_in_words(
    seconds: float, shortest: float, longest: float, expected: str, open_clock: Any
) -> None:
    """Whole seconds as they were on the screen, and how far off they are."""
    clock = open_clock(seconds=seconds, shortest=shortest, longest=longest)
    assert clock.result.text_content() == expected


@pytest.mark.browser
def test_it_is_started_and_stopped_with_the_keyboard(open_clock: Any) -> None:
    """It ticks here, tells the kernel each second and at the end, and says the result once."""
    clock = open_clock(shortest=20, longest=30)
    page = clock.page
    assert clock.group.get_attribute("aria-labelledby")
    assert page.get_by_role("group", name="Say it aloud").count() == 1
    assert page.get_by_text("20 to 30 s").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert clock.button.text_content() == "Stop"
    assert clock.get("window.sent") == [{"running": True}]
    page.clock.run_for(5_250)
    assert clock.timer.text_content() == "5 s, 15 s to go"
    assert clock.timer.get_attribute("aria-live") == "off"
    assert clock.result.text_content() == ""
    assert [sent["seconds"] for sent in clock.get("window.sent")[1:]] == [1, 2, 3, 4, 5]
    page.clock.run_for(16_000)
    assert clock.timer.text_content() == "21 s, fits"
    page.keyboard.press("Space")
    assert clock.button.text_content() == "Start"
    assert clock.result.text_content() == "21 s, fits"
    last = clock.get("window.sent.at(-1)")
    assert last["running"] is False
    assert last["seconds"] == pytest.approx(21.25, abs=0.6)  # the browser's own clock runs on while keys travel
    page.clock.run_for(3_000)
    assert clock.get("window.sent.at(-1)") == last
    page.keyboard.press("Space")
    assert clock.timer.text_content() == "0 s, 20 s to go"
    assert clock.result.text_content() == ""


@pytest.mark.browser
def test_the_kernel_can_stop_and_reset_it(open_clock: Any) -> None:
    """Going on to the next question ends the time of the last one."""
    clock = open_clock()
    clock.button.click()
    clock.page.clock.run_for(2_500)
    clock.set(running=False, seconds=0)
    assert (clock.button.text_content(), clock.timer.text_content()) == ("Start", "0 s")
    sent = len(clock.get("window.sent"))
    clock.page.clock.run_for(3_000)
    assert len(clock.get("window.sent")) == sent


@pytest.mark.browser
def test_a_page_loaded_again_goes_on(open_clock: Any) -> None:
    """Somebody is still speaking; the time so far counts."""
    clock = open_clock(running=True, seconds=8)
    clock.page.clock.run_for(2_000)
    assert clock.timer.text_content() == "10 s"


@pytest.mark.browser
def test_the_mark_stands_where_the_words_say(open_clock: Any) -> None:
    """The needle is within the window exactly when the answer fits; without a window there is no mark."""
    clock = open_clock(seconds=25, shortest=20, longest=30)
    boxes = """() => ['window', 'needle', 'track'].map((name) => {
        const box = document.querySelector(`.prepkit-clock-${name}`).getBoundingClientRect();
        return [box.left, box.right]; })"""
    window, needle, track = clock.get(boxes)
    assert track[0] < window[0] < needle[0] < needle[1] < window[1] < track[1]
    clock.set(seconds=40)
    window, needle, track = clock.get(boxes)
    assert window[1] < needle[0] < track[1]
    clock.set(shortest=0, longest=0)
    assert not clock.page.locator(".prepkit-clock-track").is_visible()


@pytest.mark.browser
def test_a_label_is_text(open_clock: Any) -> None:
    """Whatever a label says, nothing of it runs or becomes an element."""
    clock = open_clock()
    for payload in PAYLOADS:
        clock.set(label=payload)
        assert clock.page.locator(".prepkit-clock-label").text_content() == payload
    assert clock.get("document.querySelectorAll('img, svg, iframe, script, a, meta, form').length") == 0
    assert clock.get("'pwned' in window") is False


@pytest.mark.browser
def test_a_clock_that_is_gone_is_silent(open_clock: Any) -> None:
    """Closing it stops all that ticks."""
    clock = open_clock()
    clock.button.click()
    clock.get("window.closers.forEach((close) => close())")
    sent = json.dumps(clock.get("window.sent"))
    clock.page.clock.run_for(3_000)
    assert json.dumps(clock.get("window.sent")) == sent
