"""To the place where people label, and back: `studio`, `push`, `migrate`, `pull`, `history`, `restore`, `forget`, `doctor`, `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from annotate.cli.app import DryRunOption, JsonOption, WorkspaceOption, app, group, print_result, workspace_at

studio_app = group("studio", "A local Label Studio, and how annotators join it.")


@studio_app.command("up")
def studio_up(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Start a Label Studio of the workspace's own, on loopback.

    Example: annotate studio up
    """
    from annotate.steps import studio as step

    print_result(step.run_up(workspace_at(workspace)), step.show_up, json)


@studio_app.command("down")
def studio_down(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Stop it.

    Example: annotate studio down
    """
    from annotate.steps import studio as step

    print_result(step.run_down(workspace_at(workspace)), step.show_down, json)


@studio_app.command("status")
def studio_status(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Is it running? Exit code 1 when it is not.

    Example: annotate studio status --json
    """
    from annotate.steps import studio as step

    state = step.run_status(workspace_at(workspace))
    print_result(state, step.show_status, json)
    if not state.healthy:
        raise typer.Exit(1)


@studio_app.command("invite")
def studio_invite(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Print the link through which annotators sign up.

    Example: annotate studio invite
    """
    from annotate.steps import studio as step

    print_result(step.run_invite(workspace_at(workspace)), step.show_invite, json)


@studio_app.command("adopt")
def studio_adopt(
    project: Annotated[int, typer.Argument(help="The project's number, as in its address.")],
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Take over a project that was made by hand: its tasks become the articles whose text they have. Exit code 1 when some have none.

    Example: annotate studio adopt 12 --dry-run
    """
    from annotate.steps import studio as step

    adopted = step.run_adopt(workspace_at(workspace), project, dry_run=dry_run)
    print_result(adopted, step.show_adopt, json)
    if adopted.problems:
        raise typer.Exit(1)


@app.command()
def push(
    force: Annotated[bool, typer.Option("--force", help="Put changed texts into their tasks, where nobody has annotated yet.")] = False,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Bring project, guidelines and tasks to Label Studio, each article once.

    Example: annotate push --dry-run
    """
    from annotate.steps import push as step

    done = step.run(workspace_at(workspace), force=force, dry_run=dry_run)
    print_result(done, step.show, json)
    if done.problems or done.changed:
        raise typer.Exit(1)


@app.command()
def migrate(
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, only say what would change.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Give work that uses labels which the schema no longer has their new names, by the migrations beside the schema.

    Example: annotate migrate --yes
    """
    from annotate.steps import migrate as step

    done = step.run(workspace_at(workspace), yes=yes)
    print_result(done, step.show, json)
    if done.left:
        raise typer.Exit(1)


@app.command()
def pull(
    from_file: Annotated[Path | None, typer.Option("--from-file", help="Read a JSON export made in Label Studio instead.")] = None,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="Look for what was deleted even when the counts agree, projects of older addresses too.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Read everything again, not only what changed since the last pull.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Bring what changed on the server into the store, as it came.

    Example: annotate pull
    """
    from annotate.steps import pull as step

    print_result(step.run(workspace_at(workspace), from_file, deleted=deleted, full=full), step.show, json)


@app.command()
def history(
    article: Annotated[str, typer.Argument(help="The article's id.")], workspace: WorkspaceOption = None, json: JsonOption = False
) -> None:
    """List every version of every annotation of an article, whatever became of it.

    Example: annotate history velmora-1
    """
    from annotate.steps import history as step

    print_result(step.run(workspace_at(workspace), article), step.show, json)


@app.command()
def restore(
    articles: Annotated[list[str] | None, typer.Argument(help="Only work on these articles, by id.", show_default=False)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Send it; without this, only say what would be sent.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Put deleted work that the store still holds back on the server.

    Example: annotate restore velmora-1 --yes
    """
    from annotate.steps import restore as step

    done = step.run(workspace_at(workspace), tuple(articles or ()), yes=yes)
    print_result(done, step.show, json)
    if done.problems:
        raise typer.Exit(1)


@app.command()
def forget(
    article: Annotated[list[str] | None, typer.Option(help="An article's id: its text, and all work on it.", show_default=False)] = None,
    annotator: Annotated[list[str] | None, typer.Option(help="A person's e-mail address: all their work.", show_default=False)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this, only say what would go.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Take an article or a person's work out of the store, and of releases to come, for good.

    Example: annotate forget --article velmora-1 --yes
    """
    from annotate.steps import forget as step

    done = step.run(workspace_at(workspace), article or [], annotator or [], yes=yes)
    print_result(done, step.show, json)
    if not done.dry_run and not done.clean:
        raise typer.Exit(1)


@app.command()
def doctor(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Look at workspace and server, and say what is wrong and what to do. Exit code 1 when something is at fault.

    Example: annotate doctor
    """
    from annotate.steps import doctor as step

    done = step.run(workspace_at(workspace))
    print_result(done, step.show, json)
    if not done.sound:
        raise typer.Exit(1)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="The demo's workspace.")] = Path(".demo"),
    exports: Annotated[Path, typer.Option(help="Where the demo's release goes.")] = Path("exports"),
    keep: Annotated[bool, typer.Option("--keep", help="Leave Label Studio running, and print its address and log-ins.")] = False,
    json: JsonOption = False,
) -> None:
    """Run the whole line on the bundled corpus, with simulated annotators.

    Example: annotate demo --keep
    """
    from annotate.steps import demo as step

    print_result(step.run(folder, exports, keep=keep), step.show, json)
