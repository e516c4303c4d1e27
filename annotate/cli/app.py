"""What the commands share: the Typer application, options that mean the same everywhere, and the one way to print."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
import typer.core

from annotate import __version__

if TYPE_CHECKING:
    from annotate.workspace import Workspace

PIPELINE = (
    "init",
    "schema",
    "pool",
    "sample",
    "ingest",
    "import",
    "stories",
    "split",
    "studio",
    "push",
    "migrate",
    "pull",
    "history",
    "restore",
    "forget",
    "agree",
    "discuss",
    "adjudicate",
    "gold",
    "trace",
    "export",
    "verify",
    "rehydrate",
    "convert",
    "compare",
    "score",
    "baseline",
    "doctor",
    "demo",
)

LONGEST = 1000  # characters of a command's first sentence


class Listed(typer.core.TyperGroup):
    """Lists each command with all of its first sentence, however narrow the terminal."""

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(limit=LONGEST)) for name, command in found if command is not None])


class Pipeline(Listed):
    """Lists the commands in the order in which they are run."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return sorted(super().list_commands(ctx), key=PIPELINE.index)


app = typer.Typer(
    name="annotate",
    cls=Pipeline,
    help="From news articles to gold-standard event and stance data, with Label Studio as the place where people label.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Result = TypeVar("Result")

WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", "-w", help="The workspace's folder (else ANNOTATE_WORKSPACE, else here or above).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output instead of text.")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="As it was at a time (2026-03-01, 2026-03-01T12:30; UTC), or after a pull, by its number.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and do nothing.")]


@app.callback(invoke_without_command=True)
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit
    _set_up_progress(quiet)


def group(name: str, about: str) -> typer.Typer:
    """A command that has commands of its own."""
    made = typer.Typer(cls=Listed, help=about, no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(made, name=name)
    return made


def workspace_at(folder: Path | None) -> Workspace:
    import os

    from annotate.workspace import find_workspace

    return find_workspace(folder, os.environ)


def print_result(result: Result, show: Callable[[Result], str], as_json: bool) -> None:
    if as_json:
        import msgspec

        print(msgspec.json.encode(result).decode())
    else:
        print(show(result))


def _set_up_progress(quiet: bool) -> None:
    """What rooms and steps log goes to standard error: words as lines, counts as a bar where it is a terminal."""
    from annotate.progress import ProgressHandler

    log = logging.getLogger("annotate")
    log.setLevel(logging.WARNING if quiet else logging.INFO)
    log.handlers = [ProgressHandler()]
