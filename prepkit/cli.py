"""The command line: a thin skin over the public functions.

Exit codes: 0 all well, 1 some applications failed, 2 bad input, 3 somebody else is at work here,
130 stopped by Ctrl-C, 143 stopped by somebody else.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce, wraps
from pathlib import Path
from textwrap import fill
from typing import Any

import click

from prepkit.errors import BusyError, PrepkitError
from prepkit.terminal import say

__all__ = [
    "add", "ask", "check", "demo", "forget", "lab", "main", "new", "pack", "portfolio", "rate", "report", "status",
    "stories",
]  # fmt: skip

_Folder = click.Path(path_type=Path, file_okay=False)
_Folders = click.Path(path_type=Path)
_File = click.Path(path_type=Path, exists=True, dir_okay=False)


class _Terminated(KeyboardInterrupt):
    """Somebody asked the process to end."""


def _terminate(*_: object) -> None:
    raise _Terminated


def _for_people(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors into sentences and exit codes."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, _terminate)
        try:
            command(*args, **kwargs)
        except BusyError as error:
            say(f"prepkit: {error}", err=True)
            sys.exit(3)
        except PrepkitError as error:
            say(f"prepkit: {error}", err=True)
            sys.exit(2)
        except KeyboardInterrupt as stop:
            say(f"prepkit: stopped{stop}; run the same command again to go on.", err=True)
            sys.exit(143 if isinstance(stop, _Terminated) else 130)

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "PREPKIT"})
@click.version_option(package_name="prepkit")
def main() -> None:
    """Prepare interviews: choose three or four themes, back them with stories, see the gaps.

    A search is the folder of one candidate: settings, stories and applications. Begin with “prepkit demo”, or with
    “prepkit new”, “prepkit add” and “prepkit report”.

    Tab completion: see “Completion” in the README.
    """


@main.command()
@click.argument("folder", type=_Folder, default="prepkit-demo")
@_for_people
def demo(folder: Path) -> None:
    """Copy the shipped example to FOLDER and report on it."""
    from prepkit.console import report_searches
    from prepkit.resources import template
    from prepkit.search import copy_search, read_search

    if not (folder / "prepkit.yaml").exists():
        copy_search(template("example"), folder)
        say(f"The example is in {folder}: one candidate, twelve stories, three applications.")
    sys.exit(report_searches([read_search(folder)]))


@main.command()
@click.argument("folder", type=_Folder)
@click.option("--name", default="", help="Name of the candidate.")
@_for_people
def new(folder: Path, name: str) -> None:
    """Make a new search in FOLDER."""
    from prepkit.search import new_search

    search = new_search(folder, name)
    say(f"Made {folder}. Next:")
    say(f"  1. Write your stories into {folder / search.stories} (any spreadsheet program opens it).")
    say(f"  2. prepkit add {folder} POSTING, with a saved posting ({', '.join(_suffixes())}).")
    say(f"  3. prepkit report {folder}")


@main.command()
@click.argument("folder", type=_Folder)
@click.argument("posting", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name of the application's folder; made from employer and title otherwise.")
@_for_people
def add(folder: Path, posting: Path, name: str) -> None:
    """Make an application in the search FOLDER from the file POSTING."""
    from prepkit.posting import read_posting
    from prepkit.search import add_application, read_search

    files = add_application(read_search(folder), posting, name)
    read = read_posting(folder / files.posting)
    say(f"Made {folder / files.posting.parent}.")
    say(f"  Title     {read.title or '(not found)'}")
    say(f"  Employer  {read.company or '(not found)'}")
    say(f"  Level     {read.level.value}: {read.level_reasons[0]}")
    for note in read.notes:
        say(f"  Note      {note}")
    say(f"If something is wrong, write it into {folder / files.plan} (make the file), under “posting:”:")
    say("  format: 1\n  posting:\n    level: senior")
    say(f"Then: prepkit report {folder}")


@main.command()
@click.argument("folders", type=_Folders, nargs=-1, required=True)
@_for_people
def check(folders: Sequence[Path]) -> None:
    """Check the files and plans of the searches FOLDERS without making reports."""
    from prepkit.application import open_application
    from prepkit.console import searches_in

    searches, faults = searches_in(folders)
    wrong = faults > 0
    for search in searches:
        say(f"{search.path}: {search.settings.candidate or 'candidate not named'}")
        if not search.names:
            say("  No application yet. Add one with “prepkit add”.")
        seen: set[str] = set()
        for name in search.names:
            try:
                application = open_application(**search.parameters(name, search.path))
            except PrepkitError as error:
                wrong = True
                if str(error) not in seen:  # one faulty story inventory is one fault, not one for each application
                    say(f"prepkit: {error}", err=True)
                seen.add(str(error))
                say(f"  {name}: cannot be read")
                continue
            done = sum(step.done for step in application.steps)
            say(f"  {name}: {done} of {len(application.steps)} steps done")
            if application.chosen:
                odds, case = application.odds, application.case
                settled = application.settled_odds
                sure = "" if settled == odds.all_themes else f", {settled} counting only settled ratings"
                say(f"    odds     All themes are told in {odds.all_themes} of interviews{sure}.")
                say(f"    case     {case.seconds:.0f} seconds; an interviewer has 20 to 30.")
                for fix, gain in map(application.said, application.moves[:2]):
                    say(f"    gain     {fix} {gain}")
            for finding in application.findings:
                say(f"    {finding.severity.value:8} {finding.message} {finding.fix}")
    sys.exit(2 if wrong else 0)


@main.command()
@click.argument("folder", type=_Folder)
@click.argument("name")
@click.argument("question")
@click.option("--told", multiple=True, metavar="THEME", help="A theme told already; may be given again.")
@_for_people
def ask(folder: Path, name: str, question: str, told: Sequence[str]) -> None:
    """Print the best answers to QUESTION for the application NAME of the search FOLDER."""
    from prepkit.application import open_application
    from prepkit.questions import Kind, language_note
    from prepkit.search import read_search

    if not question.strip():
        raise PrepkitError("Type a question, or a few words of one.")
    application = open_application(**read_search(folder).parameters(name, folder))
    unknown = [theme for theme in told if not application.number[theme]]
    if unknown:
        known = ", ".join(theme.id for theme in application.themes) or "none"
        raise PrepkitError(f"There is no theme {unknown[0]!r}. There are: {known}.")
    asked = application.asked(question)
    if note := language_note(question):
        say(note)
    if asked.kind is Kind.ODD:
        say("Answer shortly and truthfully; it needs no story and tells no theme.")
        return
    if not application.chosen:
        say("The themes are only suggested yet.")
    in_bank = asked.id in [one.id for one in application.questions]
    say(f"Question: {asked.text} ({f'in the bank as {asked.id}' if in_bank else 'not in the bank'})")
    found = application.answers(asked, told)
    if not any(answer.fits for answer in found):
        near = " The nearest are:" if found else ""
        say(f"No story of yours fits. Have a short honest answer ready, or find a story.{near}")
    for place, answer in enumerate(found, 1):
        say(_answer(application, place, answer))
    if found:
        say("\nOr none of these: no score can tell that a story truly fits.")


def _answer(application: Any, place: int, answer: Any) -> str:
    rating = f"({('none', 'partial', 'strong')[answer.rating]}{'' if answer.settled else ', only suggested'})"
    theme = application.theme_names.get(answer.theme)
    told = ", told already" if answer.told else ""
    lines = [f"\n{place}. {application.stories[answer.story].title}", f"   Why     {answer.reason}",
             f"   Theme   {f'{theme} {rating}{told}' if theme else 'carries none of your themes'}"]  # fmt: skip
    if answer.bridge and answer.fits:
        parts = (
            answer.bridge.theme_first or "[the claim is still to be written]",
            answer.bridge.in_one_breath or "[the story is still to be written]",
            answer.bridge.back_to_role or "[the theme cites no line of the posting]",
        )
        for name, part in zip(("Say", "", ""), parts, strict=True):
            lines.append(fill(part, 100, initial_indent=f"   {name:8}", subsequent_indent=" " * 11))
    return "\n".join(lines)


@main.command()
@click.argument("folder", type=_Folder)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_for_people
def pack(folder: Path, names: Sequence[str]) -> None:
    """Make what the client takes home for the applications NAME of the search FOLDER; for all without a NAME.

    Brief, thank-you note, rehearsal cards, calendar, spreadsheet, progress note, and a page for whoever listens to a
    mock interview. All of it are drafts to edit: a file that was changed is kept as it is.
    """
    from prepkit.pack import make_pack
    from prepkit.search import read_search

    search = read_search(folder)
    for name in names or search.names:
        made = make_pack(search, name, date.today())
        say(f"{made.folder}: {', '.join(made.made) or 'nothing new'}")
        if made.kept:
            say(f"  kept as changed: {', '.join(made.kept)}")
        for note in made.notes:
            say(f"  note: {note}")
    if not search.names:
        say(f"{folder} has no application yet.")


@main.command()
@click.argument("folder", type=_Folder)
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@_for_people
def rate(folder: Path, name: str, file: Path) -> None:
    """Take ratings settled in FILE, an edited prep.xlsx or coverage.csv, into the plan of application NAME."""
    from prepkit.plan import load_plan, update_plan
    from prepkit.search import read_search
    from prepkit.spreadsheet import read_ratings

    search, ratings = read_search(folder), read_ratings(file)
    path = search.path / search.application(name).plan
    before = load_plan(path)
    settled = [(story, theme, rating) for story, row in ratings.items() for theme, rating in row.items()]
    after = update_plan(path, lambda plan: reduce(lambda so_far, cell: so_far.with_rating(*cell), settled, plan))
    changed = sum(before.ratings.get(story, {}).get(theme) != rating for story, theme, rating in settled)
    say(f"{changed} of {len(settled)} ratings changed; {sum(map(len, after.ratings.values()))} are settled now.")


@main.command()
@click.argument("folder", type=_Folder)
@_for_people
def stories(folder: Path) -> None:
    """Make stories.csv from the JSON Résumé of the search FOLDER, which is put aside, to go on writing there."""
    from prepkit.search import read_search
    from prepkit.stories import read_stories, write_stories_csv

    search = read_search(folder)
    old, new = search.path / search.stories, search.path / "stories.csv"
    if old.suffix.lower() != ".json":
        raise PrepkitError(f"{old} can be written already; nothing is to be done.")
    inventory = read_stories(old)
    write_stories_csv(new, inventory)
    aside = old.with_name(f"{old.name}.read")
    old.replace(aside)
    say(f"{len(inventory)} stories are in {new} now; the old file is {aside}.")


@main.command()
@click.argument("folders", type=_Folders, nargs=-1, required=True)
@click.option("--only", multiple=True, metavar="NAME", help="Only this application; may be given again.")
@click.option("--force", is_flag=True, help="Make fresh reports again, too.")
@click.option(
    "--workers", type=click.IntRange(1, 256), help="Reports made at a time; one for each processor otherwise."
)
@click.option("--scheduler", metavar="ADDRESS", help="Have the workers of this Dask scheduler make them.")
@click.option("--workbook", type=_File, help="A workbook of your own instead of the shipped one.")
@_for_people
def report(
    folders: Sequence[Path],
    only: Sequence[str],
    force: bool,
    workers: int | None,
    scheduler: str | None,
    workbook: Path | None,
) -> None:
    """Make the reports of FOLDERS, which are searches or folders of searches; only those that are not fresh.

    It can be stopped at any time, and goes on when it is started again.
    """
    from prepkit.console import report_searches, searches_in
    from prepkit.workers import LocalWorkers

    if workers and scheduler:
        raise PrepkitError("--workers is for this machine; a scheduler has its own. Give one of the two.")
    searches, wrong = searches_in(folders)
    if scheduler:
        from prepkit.cluster import ClusterWorkers

        code = report_searches(searches, only, force, workbook, ClusterWorkers(scheduler))
    else:
        code = report_searches(searches, only, force, workbook, LocalWorkers(workers))
    sys.exit(2 if wrong else code)


@main.command()
@click.argument("folders", type=_Folders, nargs=-1, required=True)
@click.option("--workbook", type=_File, help="A workbook of your own instead of the shipped one.")
@_for_people
def status(folders: Sequence[Path], workbook: Path | None) -> None:
    """Say which reports of FOLDERS are fresh, stale, failed or missing, and why; nothing is made."""
    from prepkit.console import searches_in, show_status

    searches, wrong = searches_in(folders)
    show_status(searches, workbook)
    sys.exit(2 if wrong else 0)


@main.command()
@click.argument("folder", type=_Folder)
@_for_people
def portfolio(folder: Path) -> None:
    """Make one page and one spreadsheet of all applications in FOLDER, a search or a folder of searches.

    It is made from the reports that there are; run “prepkit report” first.
    """
    from prepkit.console import report_portfolio

    sys.exit(report_portfolio(folder, date.today()))


@main.command()
@click.argument("folder", type=_Folder)
@click.option("--yes", is_flag=True, help="Do not ask first.")
@_for_people
def forget(folder: Path, yes: bool) -> None:
    """Remove all that this machine holds of the candidate whose search is in FOLDER. It cannot be undone."""
    from prepkit import forget as forgetting

    traces = forgetting.find_traces(folder)
    say(f"To be removed: {folder} with {traces.files:,} files")
    for path in (*traces.shared, *(f"{path}, lines that name the folder" for path in traces.histories)):
        say(f"  and {path}")
    if not yes and not click.confirm("Remove it? It cannot be undone."):
        say("Nothing was removed.")
        sys.exit(1)
    left = forgetting.forget(traces)
    for sentence in left:
        say(f"prepkit: {sentence}", err=True)
    say("Removed. Out of reach of prepkit, if there are any:")
    for place in forgetting.UNREACHED:
        say(f"  - {place}")
    sys.exit(1 if left else 0)


@main.command()
@click.argument("folder", type=_Folder)
@_for_people
def lab(folder: Path) -> None:
    """Open JupyterLab at FOLDER, a search or a folder of searches, with a start page and all workbooks."""
    from prepkit import labserver
    from prepkit.notebooks import prepare_all

    first, *others = prepare_all(folder)
    for made in (first, *others):
        fault = isinstance(made, PrepkitError)
        say(f"prepkit: {made}" if fault else f"  {made}", err=fault)
    labserver.main(labserver.options(folder, Path(str(first)).relative_to(folder).as_posix()))


def _suffixes() -> tuple[str, ...]:
    from prepkit.documents import SUFFIXES

    return SUFFIXES
