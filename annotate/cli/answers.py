"""From many annotations to one answer: `agree`, `discuss`, `adjudicate`, `gold`, `trace`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from annotate.cli.app import AsOfOption, DryRunOption, JsonOption, WorkspaceOption, app, group, print_result, workspace_at
from annotate.errors import UsageProblem

adjudicate_app = group("adjudicate", "What annotators differ on, decided by an adjudicator in Label Studio.")


@app.command()
def agree(
    ratings: Annotated[Path | None, typer.Option(help="Measure a file of ratings instead: CSV or JSONL; unit, annotator, value.")] = None,
    spans: Annotated[
        Path | None, typer.Option(help="Measure a file of spans instead: JSONL; document, annotator, start, end, label.")
    ] = None,
    texts: Annotated[Path | None, typer.Option(help="With --spans: the documents' texts, JSONL; document, text.")] = None,
    level: Annotated[
        Literal["nominal", "ordinal", "interval", "ratio"], typer.Option(help="With --ratings: the level of measurement.")
    ] = "nominal",
    categories: Annotated[str | None, typer.Option(help="With --ratings: the scale in its order, a,b,c, with values nobody used.")] = None,
    layer: Annotated[str | None, typer.Option(help="Only this layer (events) or question (events.mode), with every number.")] = None,
    by: Annotated[
        Literal["annotator", "type", "week", "document"] | None, typer.Option(help="Break down by annotator, type, week or document.")
    ] = None,
    disagreements: Annotated[int, typer.Option(min=0, help="List so many disagreements, the gravest first.")] = 0,
    gate: Annotated[
        list[str] | None, typer.Option(help="What must be reached: stances.krippendorff_alpha.low>=0.667. Exit code 1 when it is not.")
    ] = None,
    latest: Annotated[bool, typer.Option("--latest", help="Measure what stands now, not what was first submitted.")] = False,
    interval: Annotated[
        Literal["percentile", "bca", "jackknife", "analytic", "none"], typer.Option(help="How intervals are made.")
    ] = "percentile",
    replicates: Annotated[
        int | None, typer.Option(min=0, help="Bootstrap replicates (1,000; for bca 2,000); 0 for no intervals.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn.")] = 0,
    half_width: Annotated[float, typer.Option(min=0.001, max=1, help='The interval\'s half-width that "how much more" aims at.')] = 0.05,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one row a number.")] = False,
    as_of: AsOfOption = None,
) -> None:
    """Measure agreement between the annotators, layer by layer, or in a file of anybody's.

    Example: annotate agree --gate 'stances.krippendorff_alpha.low>=0.667'
    """
    from annotate.agreement.intervals import Intervals
    from annotate.steps import agree as step

    count = replicates if replicates is not None else 2000 if interval == "bca" else 1000
    how = Intervals(interval, count, seed)
    asked = step.Asked(layer, by, disagreements, tuple(gate or ()), half_width)
    if ratings and spans:
        raise UsageProblem("--ratings and --spans are two files to measure; give one at a time")
    if ratings:
        done = step.run_ratings(ratings, level, categories.split(",") if categories else None, how=how, asked=asked)
    elif spans:
        done = step.run_spans(spans, texts, how=how, asked=asked)
    else:
        done = step.run(workspace_at(workspace), how=how, asked=asked, latest=latest, as_of=as_of)
    print_result(done, step.show_csv if csv else step.show, json)
    if not all(each.met for each in done.gates):
        raise typer.Exit(1)


@app.command()
def discuss(
    path: Annotated[Path, typer.Argument(help="The page: .md or .html.")] = Path("discuss.md"),
    examples: Annotated[int, typer.Option(min=0, help="Examples of each class of disagreement.")] = 3,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Write a page for the annotators' next meeting: what they disagree on, and why, by section of the guidelines.

    Example: annotate discuss meeting.html
    """
    from annotate.steps import discuss as step

    print_result(step.run(workspace_at(workspace), path, examples), step.show, json)


@adjudicate_app.command("push")
def adjudicate_push(dry_run: DryRunOption = False, workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Send the disputed articles to a project of their own, blinded, the worst first.

    Example: annotate adjudicate push --dry-run
    """
    from annotate.steps import adjudicate as step

    done = step.run_push(workspace_at(workspace), dry_run=dry_run)
    print_result(done, step.show_push, json)
    if done.problems:
        raise typer.Exit(1)


@adjudicate_app.command("pull")
def adjudicate_pull(
    own: Annotated[bool, typer.Option("--own", help="Let decisions on articles that one labelled oneself count.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Bring decisions back into the store, as they came; name those that do not count.

    Example: annotate adjudicate pull
    """
    from annotate.steps import adjudicate as step

    print_result(step.run_pull(workspace_at(workspace), own=own), step.show_pull, json)


@adjudicate_app.command("status")
def adjudicate_status(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Which disputed articles are decided, waiting, open again or not sent; needs no server.

    Example: annotate adjudicate status --json
    """
    from annotate.steps import adjudicate as step

    print_result(step.run_status(workspace_at(workspace)), step.show_status, json)


@adjudicate_app.command("agree")
def adjudicate_agree(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Measure agreement between adjudicators, where several decided the same article.

    Example: annotate adjudicate agree
    """
    from annotate.steps import adjudicate as step

    print_result(step.run_agree(workspace_at(workspace)), step.show_agree, json)


@app.command()
def gold(
    gate: Annotated[
        bool, typer.Option("--gate", help="List what splits lack of their gates. Exit code 1 when they lack anything.")
    ] = False,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Resolve several annotations of an article to one answer.

    Example: annotate gold --gate
    """
    from annotate.steps import gold as step

    done = step.run(workspace_at(workspace), as_of=as_of)
    print_result(done, step.show_gate if gate else step.show, json)
    if gate and done.short:
        raise typer.Exit(1)


@app.command()
def trace(
    article: Annotated[str, typer.Argument(help="An article's id.")],
    answer: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A gold item's id, or a question; all of them when not given.")
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Print how a gold answer came about: who said what, who decided, and the annotations in Label Studio it goes back to.

    Example: annotate trace velmora-1 events-3
    """
    from annotate.steps import trace as step

    print_result(step.run(workspace_at(workspace), article, answer), step.show, json)
