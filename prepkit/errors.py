"""Everything that can go wrong, as records that a person can act on.

::

    PrepkitError                 anything that prepkit says no to
    ├── InputError               a file cannot be used; carries every fault found in it
    │   └── NewerFormatError     the file was written by a newer prepkit; it is left as it is
    ├── ParameterError           a workbook was given a parameter that it does not know
    ├── BusyError                another session or run holds the lock
    └── RunError                 a workbook stopped before its end

Messages are sentences for people: what was read, where, what was found, what is allowed,
what to do. The command line prints them without a traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

__all__ = [
    "BusyError",
    "InputError",
    "NewerFormatError",
    "ParameterError",
    "PrepkitError",
    "Problem",
    "RunError",
    "did_you_mean",
]


MOST_SHOWN = 100
"""Faults of one file that are told one by one; whoever has more begins with these."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a file.

    Attributes:
        message: What was found and what is allowed, as one sentence.
        where: Place inside the file for people, such as ``row 4, column year`` or ``line 12``;
            empty when the fault concerns the whole file.
        fix: What to do about it; empty when the message says it already.
    """

    message: str
    where: str = ""
    fix: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message}" + (f" {self.fix}" if self.fix else "")


class PrepkitError(Exception):
    """Base of all errors that are meant to be read by a person."""


class InputError(PrepkitError):
    """A file cannot be used as it is.

    Attributes:
        path: The file, as it was named by the caller.
        problems: All faults found in it, in file order; never empty.
    """

    def __init__(self, path: Path | str, problems: Iterable[Problem] | Problem | str) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        if isinstance(problems, Problem):
            problems = (problems,)
        self.path = Path(path)
        self.problems = tuple(problems)
        super().__init__(self.path, self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            problem = self.problems[0]
            return f"{self.path}: {problem}"
        told = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        if more := len(self.problems) - len(told):
            told.append(f"and {more:,} more.")
        return "\n  - ".join((f"{self.path}: {len(self.problems)} faults", *told))

    def __reduce__(self) -> tuple[type, tuple[Path, tuple[Problem, ...]]]:
        return type(self), (self.path, self.problems)


class NewerFormatError(InputError):
    """The file says a format number above the one this prepkit writes."""


class ParameterError(PrepkitError):
    """A workbook was given a parameter that it does not have, or a value of a wrong kind.

    Attributes:
        name: The parameter as it was given.
        known: Names that the workbook has.
    """

    def __init__(self, name: str, known: Iterable[str], detail: str = "") -> None:
        self.name = name
        self.known = tuple(known)
        self.detail = detail
        super().__init__(name, self.known, detail)

    def __str__(self) -> str:
        if self.detail:
            return f"Parameter {self.name!r}: {self.detail}"
        hint = did_you_mean(self.name, self.known)
        return f"The workbook has no parameter {self.name!r}.{hint} It has: {', '.join(self.known)}."


class BusyError(PrepkitError):
    """Somebody else is writing the same file or folder."""


class RunError(PrepkitError):
    """A workbook stopped before its end.

    Attributes:
        heading: The section of the workbook in which it stopped; empty when not known.
        reason: One sentence in plain words.
    """

    def __init__(self, heading: str, reason: str) -> None:
        self.heading = heading
        self.reason = reason
        super().__init__(heading, reason)

    def __str__(self) -> str:
        return f"in section “{self.heading}”: {self.reason}" if self.heading else self.reason


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the known name nearest to `name`, or an empty string.

    >>> did_you_mean("sitaution", ["situation", "task"])
    " Did you mean 'situation'?"
    >>> did_you_mean("colour", ["situation", "task"])
    ''
    """
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
