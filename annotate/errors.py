"""What can go wrong, and the exit code of each.

AnnotateError            1  ran, and the answer is no
├── Unmet                1  a gate unmet, a release invalid
├── UsageProblem         2  the command's words are off
├── BadInput             3  input that names file, line and remedy
└── StudioProblem        4  Label Studio unreachable or refusing

No traceback of these reaches a user without ``--debug``.
"""

from __future__ import annotations

from dataclasses import dataclass


class AnnotateError(Exception):
    """An error whose message is for the user, complete with its remedy."""

    exit_code = 1


class Unmet(AnnotateError):
    """The command ran and the answer is no."""


class UsageProblem(AnnotateError):
    """The command was called with words that do not fit together."""

    exit_code = 2


class BadInput(AnnotateError):
    """Input that cannot be used; the message names the place and the remedy."""

    exit_code = 3


class StudioProblem(AnnotateError):
    """Label Studio cannot be reached, or refuses."""

    exit_code = 4


@dataclass(frozen=True)
class Problem:
    """One fault in one place, kept so that many can be reported together."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def raise_bad_input(problems: list[Problem]) -> None:
    """Raise one BadInput that lists every problem; do nothing when there is none."""
    if problems:
        raise BadInput("\n".join(str(problem) for problem in problems))
