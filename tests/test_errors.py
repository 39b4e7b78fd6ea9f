"""Errors: sentences for people, with every fault of a file and nothing lost on the way between processes."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from prepkit import errors
from prepkit.errors import (
    BusyError,
    InputError,
    NewerFormatError,
    ParameterError,
    PrepkitError,
    Problem,
    RunError,
    did_you_mean,
)

FAULTS = (Problem("The id is missing.", "row 2"), Problem("The title is too long.", "row 4", "Cut it."))

EVERY_KIND = [
    PrepkitError("No."),
    InputError("a.csv", FAULTS),
    NewerFormatError(Path("plan.yaml"), "The file has format 2."),
    ParameterError("postin", ["posting", "plan"], ""),
    ParameterError("plan", ["posting", "plan"], "set is not a plain value."),
    BusyError("Somebody else is writing."),
    RunError("What is missing", "A cell failed."),
]


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Problem("It is empty."), "It is empty."),
        (Problem("It is empty.", "row 4, column year"), "row 4, column year: It is empty."),
        (Problem("It is empty.", "line 1", "Fill it."), "line 1: It is empty. Fill it."),
    ],
    ids=["whole-file", "place", "place-and-fix"],
)
def test_problem_says_place_fault_and_remedy(problem: Problem, said: str) -> None:
    """A fault reads as place, sentence and what to do, each only where it is known."""
    assert said == str(problem)


def test_one_fault_is_one_line() -> None:
    """A file with one fault is told in one line that begins with the file."""
    assert str(InputError("a.csv", FAULTS[0])) == "a.csv: row 2: The id is missing."


def test_many_faults_are_counted_and_listed_in_order() -> None:
    """A file with several faults gives their number, then each on a line of its own."""
    first, *rest = str(InputError("a.csv", FAULTS)).splitlines()
    assert first == "a.csv: 2 faults"
    assert rest == ["  - row 2: The id is missing.", "  - row 4: The title is too long. Cut it."]


@pytest.mark.parametrize("given", ["It is empty.", Problem("It is empty."), [Problem("It is empty.")]])
def test_faults_may_be_given_as_text_record_or_list(given: str | Problem | list[Problem]) -> None:
    """A text, a record and a list of records make the same error."""
    assert (Problem("It is empty."),) == InputError("a.csv", given).problems


def test_faults_may_come_from_a_generator() -> None:
    """Faults that can be gone through only once are kept."""
    error = InputError("a.csv", (problem for problem in FAULTS))
    assert (error.problems, error.problems) == (FAULTS, FAULTS)


@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_every_error_survives_the_way_between_processes(error: PrepkitError) -> None:
    """A pickled error comes back as the same class, with the same fields and the same words."""
    back = pickle.loads(pickle.dumps(error))
    assert (type(error), str(error), vars(error)) == (type(back), str(back), vars(back))


@pytest.mark.parametrize("error", EVERY_KIND, ids=lambda error: type(error).__name__)
def test_every_error_can_be_caught_as_one(error: PrepkitError) -> None:
    """Whoever catches PrepkitError catches everything that is meant to be read by a person."""
    assert isinstance(error, PrepkitError)


def test_newer_format_is_an_input_fault() -> None:
    """Who refuses a faulty file refuses one from the future too."""
    assert issubclass(NewerFormatError, InputError)


def test_unknown_parameter_names_the_nearest_and_all_known() -> None:
    """A misspelt parameter is answered with the name that was meant and with the whole list."""
    said = str(ParameterError("postin", ["posting", "plan"]))
    assert "no parameter 'postin'" in said
    assert "Did you mean 'posting'?" in said
    assert said.endswith("It has: posting, plan.")


def test_wrong_value_of_a_known_parameter_tells_the_detail_only() -> None:
    """A value of a wrong kind is told as that, and not as an unknown name."""
    assert str(ParameterError("plan", ["plan"], "it is a set.")) == "Parameter 'plan': it is a set."


@pytest.mark.parametrize(
    ("heading", "said"),
    [("What is missing", "in section “What is missing”: It stopped."), ("", "It stopped.")],
    ids=["section-known", "section-unknown"],
)
def test_stopped_run_names_its_section_where_known(heading: str, said: str) -> None:
    """A run that stopped says where, when it is known."""
    assert said == str(RunError(heading, "It stopped."))


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("themse", ["themes", "ratings"], " Did you mean 'themes'?"),
        ("colour", ["themes", "ratings"], ""),
        ("themes", [], ""),
    ],
    ids=["near", "far", "none-known"],
)
def test_near_name_is_offered_and_far_one_is_not(name: str, known: list[str], hint: str) -> None:
    """Only a name that could be a slip of the pen is offered."""
    assert hint == did_you_mean(name, known)


def test_the_tree_in_the_docstring_is_the_tree_of_the_code() -> None:
    """Every error class of the module is drawn in its docstring, and listed for others."""
    classes = {name for name, item in vars(errors).items() if isinstance(item, type) and issubclass(item, Exception)}
    assert classes <= set(errors.__all__)
    assert not [name for name in classes if name not in str(errors.__doc__)]
