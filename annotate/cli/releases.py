"""What ML teams get: `export`, `verify`, `rehydrate`, `convert`, `compare`, `score`, `baseline`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from annotate.cli.app import AsOfOption, JsonOption, WorkspaceOption, app, print_result, workspace_at


@app.command()
def export(
    version: Annotated[str, typer.Option("--version", help="The release's version.")] = "1.0.0",
    no_text: Annotated[bool, typer.Option("--no-text", help="Leave out what may not be passed on: ids, hashes and offsets alone.")] = False,
    withhold: Annotated[str | None, typer.Option(help="Splits whose labels go into a folder of their own, beside: test.")] = None,
    formats: Annotated[str | None, typer.Option("--format", help="Other formats to write it in, such as parquet,brat.")] = None,
    as_of: AsOfOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Write a release folder, verified.

    Example: annotate export --version 1.0.0 --withhold test --format parquet
    """
    from annotate.release.documents import Wanted
    from annotate.release.formats import formats_of
    from annotate.steps import export as step

    wanted = Wanted(not no_text, tuple(withhold.split(",")) if withhold else ())
    done = step.run(workspace_at(workspace), version, wanted, formats_of(formats) if formats else (), as_of=as_of)
    print_result(done, step.show, json)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="The folder of a release.")],
    names: Annotated[Path | None, typer.Option(help="A file of people's names that may stand nowhere in it, one a line.")] = None,
    json: JsonOption = False,
) -> None:
    """Check a release: needs no workspace and no server. Exit code 1 when it is not sound.

    Example: annotate verify exports/demo-1.0.0
    """
    from annotate.steps import verify as step

    done = step.run(folder, names)
    print_result(done, step.show, json)
    if done.problems:
        raise typer.Exit(1)


@app.command()
def rehydrate(
    folder: Annotated[Path, typer.Argument(help="A release that was made with --no-text.")],
    articles: Annotated[list[str], typer.Option("--articles", help="A file or folder of the articles; may be given again.")],
    out: Annotated[Path | None, typer.Option(help="Where the release with text goes (else beside the other).")] = None,
    json: JsonOption = False,
) -> None:
    """Put the texts back into a release without them, and prove that it is the one it was made from.

    Example: annotate rehydrate exports/demo-1.0.0-no-text --articles articles/
    """
    from annotate.steps import rehydrate as step

    print_result(step.run(folder, articles, out), step.show, json)


@app.command()
def convert(
    folder: Annotated[Path, typer.Argument(help="The folder of a release.")],
    formats: Annotated[str, typer.Option("--format", help="Any of parquet, bio, brat, textee, dygie, spacy, separated by commas.")],
    out: Annotated[Path | None, typer.Option(help="Where they go (a folder beside the release).", show_default=False)] = None,
    json: JsonOption = False,
) -> None:
    """Write a release's gold in other formats, each with a report of what it could not carry. Needs no workspace.

    Example: annotate convert exports/demo-1.0.0 --format parquet,brat
    """
    from annotate.release.formats import formats_of
    from annotate.steps import convert as step

    print_result(step.run(folder, formats_of(formats), out), step.show, json)


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(help="The folder of the older release.")],
    new: Annotated[Path, typer.Argument(help="The folder of the newer one.")],
    json: JsonOption = False,
) -> None:
    """What changed between two releases, and the version number it asks for. Exit code 1 when the newer one's is too low.

    Example: annotate compare exports/demo-1.0.0 exports/demo-1.1.0
    """
    from annotate.steps import compare as step

    done = step.run(old, new)
    print_result(done, step.show, json)
    if not done.high_enough:
        raise typer.Exit(1)


@app.command()
def score(
    folder: Annotated[Path, typer.Argument(help="The folder of a release.")],
    predictions: Annotated[Path, typer.Argument(help="A system's predictions, JSONL: id, and layers as in the release.")],
    against: Annotated[Path | None, typer.Option(help="Another system's predictions, compared by a paired bootstrap.")] = None,
    split: Annotated[Literal["train", "dev", "test"], typer.Option(help="What was predicted.")] = "test",
    gold: Annotated[Path | None, typer.Option(help="The labels that the release withholds: a file, or the folder they are in.")] = None,
    replicates: Annotated[int, typer.Option(min=0, help="Bootstrap replicates; 0 for no intervals.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn.")] = 0,
    json: JsonOption = False,
) -> None:
    """Score a system on a release, by the code and the signatures that agreement is measured by.

    Example: annotate score demo-1.0.0 system.jsonl --against other.jsonl
    """
    from annotate.agreement.intervals import Intervals
    from annotate.steps import score as step

    how = Intervals("percentile", replicates, seed)
    print_result(step.run(folder, predictions, split=split, labels=gold, against=against, how=how), step.show, json)


@app.command()
def baseline(
    folder: Annotated[Path, typer.Argument(help="The folder of a release.")],
    out: Annotated[Path | None, typer.Option(help="Write the predictions here, as `annotate score` reads them.")] = None,
    gold: Annotated[Path | None, typer.Option(help="The test labels that the release withholds.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn.")] = 0,
    json: JsonOption = False,
) -> None:
    """Train plain models on train, score them on test, beside the annotators' own agreement.

    Example: annotate baseline exports/demo-1.0.0 --out baseline.jsonl
    """
    from annotate.agreement.intervals import Intervals
    from annotate.steps import baseline as step

    print_result(step.run(folder, out=out, labels=gold, how=Intervals(seed=seed)), step.show, json)
