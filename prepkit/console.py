"""What a run of many reports looks like in a terminal: a bar while it works, a line for each failure, a table."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from prepkit.errors import PrepkitError
from prepkit.manifest import Status
from prepkit.runs import Run, holder, run_searches, states
from prepkit.search import Search, read_search, search_folders
from prepkit.terminal import STEERING, say
from prepkit.workers import Workers

__all__ = ["report_portfolio", "report_searches", "searches_in", "show_status"]

MOST_LINES = 40
"""Applications that are told of one by one; of more only the failed ones are."""

SHAPE = "{desc}{n_fmt} of {total_fmt} {bar} {remaining} left"


def searches_in(folders: Sequence[Path]) -> tuple[list[Search], int]:
    """Read searches and folders of searches, each search once; what is wrong with one is said, and the others go on.

    Returns:
        The searches, and how many folders could not be read.
    """
    found, wrong, seen = [], 0, set()
    for folder in folders:
        if folder.is_file():  # as “clients/*” names it, too
            say(f"prepkit: {folder} is no folder, and is passed over.", err=True)
            continue
        try:
            inside = search_folders(folder) or (folder,)  # of which it is then said what is missing
        except PrepkitError as error:
            say(f"prepkit: {error}", err=True)
            wrong += 1
            continue
        for path in inside:
            if (place := os.path.realpath(path)) in seen:
                continue
            seen.add(place)
            try:
                found.append(read_search(path))
            except PrepkitError as error:
                say(f"prepkit: {error}", err=True)
                wrong += 1
    if not found and not wrong:
        raise PrepkitError("There is no folder among them. A search is a folder; make one with “prepkit new”.")
    return found, wrong


def report_searches(
    searches: Sequence[Search],
    only: Sequence[str] = (),
    force: bool = False,
    notebook: Path | None = None,
    workers: Workers | None = None,
) -> int:
    """Make reports with a bar on the terminal, and say what came of it.

    Returns:
        The exit code: 0 when there is a report for each application, 1 when some failed.

    Raises:
        InputError, BusyError, PrepkitError: as from :func:`prepkit.runs.run_searches`.
    """
    total = sum(len(set(map(search.named, only)) - {""}) if only else len(search.names) for search in searches)
    done: list[Run] = []
    try:
        with _bar(total, len(searches) > 1) as step:
            for run in run_searches(searches, only, force, notebook, workers):
                done.append(run)
                step(run)
    except KeyboardInterrupt as stop:
        stop.args = (f" with {len(done)} of {total} reports done",)
        raise
    except PrepkitError:
        if done:
            _say(searches, done)
        raise
    _say(searches, done)
    return 1 if any(run.error for run in done) else 0


@contextmanager
def _bar(total: int, many: bool) -> Iterator[Any]:
    """Show a bar, and a line for each application as it is done; of very many only for those that failed."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # no thread of its own
    failed = 0
    with tqdm(total=total, bar_format=SHAPE, leave=False, disable=None, smoothing=0.1) as bar:

        def step(run: Run) -> None:
            nonlocal failed
            failed += bool(run.error)
            bar.set_description_str(f"{f'{failed} failed, ' if failed else ''}reports ", refresh=False)
            bar.update()
            if run.error or total <= MOST_LINES:
                tqdm.write(STEERING.sub("", _line(run, many)), file=sys.stdout)
                sys.stdout.flush()
            if run.error:
                said = run.error.replace("\n", "\n  ")
                said = STEERING.sub("", f"prepkit: {run.search.path}, {run.name}: {said}")
                tqdm.write(said, file=sys.stderr)

        yield step


def _line(run: Run, many: bool) -> str:
    name = f"{run.search.path.name}, {run.name}" if many else run.name
    if run.error:
        return f"  failed   {name}"
    if run.seconds:
        return f"  made     {name}: {_standing(run)}{run.seconds:.1f} s"
    return f"  fresh    {name}: nothing has changed since it was made"


def _say(searches: Sequence[Search], done: Sequence[Run]) -> None:
    counts = Counter("failed" if run.error else "fresh" if run.state.status is Status.FRESH else "made" for run in done)
    if len(done) > 1:
        say(f"{counts['made']} made, {counts['fresh']} fresh, {counts['failed']} failed")
    reported = {run.search.path for run in done}
    for search in searches if len(searches) <= MOST_LINES else ():
        if not search.names:
            say(f"{search.path} has no application yet.")
        elif search.path in reported:
            say(f"See {search.reports / 'index.html'}")


def _standing(run: Run) -> str:
    if not (stands := run.standing):
        return ""
    themes = f"{len(stands.themes)} themes" if stands.chosen else "themes only suggested"
    return f"{themes}, {stands.done} of {len(stands.steps)} steps, "


def report_portfolio(folder: Path, today: date) -> int:
    """Make the portfolio of a folder, and say where it is and what it does not show.

    Args:
        folder: A search or a folder of searches.
        today: The day that tells past interviews from coming ones.

    Returns:
        The exit code: 0, or 2 when a search cannot be read.

    Raises:
        PrepkitError: as from :func:`prepkit.portfoliorun.make_portfolio`.
    """
    from prepkit.portfoliorun import make_portfolio  # with pandas, which no other command here needs

    page = make_portfolio(folder, today)
    searches, wrong = searches_in([folder]) if search_folders(folder) else ([], 0)
    old = sum(state.status is not Status.FRESH for search in searches for _, state in states(search))
    if old:
        those = "1 report is" if old == 1 else f"{old:,} reports are"
        say(f"{those} not fresh; run “prepkit report” first to have everything as it is now.")
    say(f"See {page}")
    return 2 if wrong else 0


def show_status(searches: Sequence[Search], notebook: Path | None = None) -> None:
    """Say of each application whether its report is fresh, stale, failed or missing, and why."""
    counts: Counter[str] = Counter()
    for search in searches:
        say(f"{search.path}: {search.settings.candidate or 'candidate not named'}")
        if at_work := holder(search):
            say(f"  A run is at work here, or was killed: {at_work}.")
        if not search.names:
            say("  No application yet. Add one with “prepkit add”.")
        for name, state in states(search, notebook):
            counts[state.status.value] += 1
            reason = state.reason.replace("\n", " ")
            say(f"  {state.status.value:8} {name}{f': {reason}' if reason else ''}")
    said = ", ".join(f"{counts[status.value]} {status.value}" for status in Status if counts[status.value])
    if said:
        all_fresh = set(counts) == {Status.FRESH.value}
        say(f"{said}." if all_fresh else f"{said}. “prepkit report” makes again what is not fresh.")
