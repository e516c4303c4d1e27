"""Articles in: `init`, `schema`, `pool`, `sample`, `ingest`, `import`, `stories`, `split`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from annotate.cli.app import DryRunOption, JsonOption, WorkspaceOption, app, group, print_result, workspace_at
from annotate.errors import UsageProblem

EngineOption = Annotated[Literal["native", "ray"], typer.Option(help="Daft's own engine, or a Ray cluster.")]
AddressOption = Annotated[str | None, typer.Option(help="With --engine ray: the cluster's address, else RAY_ADDRESS, else this machine.")]

schema_app = group("schema", "Check a schema, and write what is generated from it.")
import_app = group("import", "Bring in what was annotated elsewhere.")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The new workspace's folder.")] = Path(),
    schema: Annotated[str, typer.Option(help="A bundled schema's name, or the path of a schema.yaml.")] = "event-stance",
    json: JsonOption = False,
) -> None:
    """Make a workspace: annotate.toml, a copy of a schema, a store.

    Example: annotate init my-project --schema event-stance
    """
    from annotate.steps import init as step

    print_result(step.run(folder, schema), step.show, json)


@schema_app.command("check")
def schema_check(path: Annotated[Path, typer.Argument(help="A schema.yaml.")], json: JsonOption = False) -> None:
    """Check a schema and the files generated from it. Exit code 1 when they are out of step.

    Example: annotate schema check schema/schema.yaml
    """
    from annotate.steps import schema as step

    checked = step.run(path, write=False)
    print_result(checked, step.show, json)
    if checked.stale:
        raise typer.Exit(1)


@schema_app.command("build")
def schema_build(path: Annotated[Path, typer.Argument(help="A schema.yaml.")], json: JsonOption = False) -> None:
    """Write the labelling page, the record's JSON Schema and the guidelines beside a schema.

    Example: annotate schema build schema/schema.yaml
    """
    from annotate.steps import schema as step

    print_result(step.run(path, write=True), step.show, json)


@app.command()
def pool(
    paths: Annotated[list[str], typer.Argument(help="Parquet or JSONL files, folders or patterns of them, URLs of an object store.")],
    out: Annotated[str, typer.Option(help="The pool's folder: a path, or a URL (s3://, gs://) that every machine can write to.")],
    rules: Annotated[list[Path] | None, typer.Option(help="A file of your own rules for zones; may be given again.")] = None,
    engine: EngineOption = "native",
    address: AddressOption = None,
    json: JsonOption = False,
) -> None:
    """Clean any number of articles as ingest does, find duplicates, and write a pool to sample from; run again, it goes on.

    Example: annotate pool 'news/*.jsonl' --out pool
    """
    from annotate.steps import pool as step

    done = step.run(paths, out, rules=rules or (), engine=engine, address=address)
    print_result(done, step.show, json)
    if done.pool.problems:
        raise typer.Exit(3)


@app.command()
def sample(
    paths: Annotated[list[str], typer.Argument(help="The pool: Parquet or JSONL files, folders or patterns of them, or URLs.")],
    size: Annotated[int, typer.Option(min=1, help="How many articles to draw.")],
    by: Annotated[str, typer.Option(help="Strata: any of publisher, month, year, lang, length, separated by commas.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Names the draw.")] = 0,
    allocation: Annotated[
        Literal["proportional", "equal"], typer.Option(help="Articles a stratum: by its size, or as many of each.")
    ] = "proportional",
    per_story: Annotated[int, typer.Option(min=0, help="At most so many of one story; 0 for any number.")] = 1,
    keywords: Annotated[str | None, typer.Option(help="Only articles with one of these: a,b, or a file, one a line.")] = None,
    diverse: Annotated[bool, typer.Option("--diverse", help="Prefer articles that differ; reads all texts.")] = False,
    engine: EngineOption = "native",
    address: AddressOption = None,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Draw what to label next out of a large pool, reproducibly, each article with its weight.

    Example: annotate sample pool/ --size 500 --by publisher,month --seed 7
    """
    from annotate.corpus.sampling.design import Design
    from annotate.steps import sample as step

    words = step.keywords_of(keywords) if keywords else ()
    strata = tuple(name.strip() for name in by.split(",") if name.strip())
    design = Design(size, strata, seed, allocation, per_story, words, diverse)
    done = step.run(workspace_at(workspace), paths, design, dry_run=dry_run, engine=engine, address=address)
    print_result(done, step.show, json)
    if done.problems:
        raise typer.Exit(3)


@app.command()
def ingest(
    paths: Annotated[list[str], typer.Argument(help=".txt, .html, .jsonl, .csv files, folders of them, or - for JSONL on standard input.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put texts that differ from the stored ones of the same id in their place.")
    ] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Read articles into the store; a bad one is refused, the rest go in.

    Example: annotate ingest articles/ more.jsonl
    """
    from annotate.steps import ingest as step

    done = step.run(workspace_at(workspace), paths, replace=replace)
    print_result(done, step.show, json)
    if done.problems:
        raise typer.Exit(3)


@import_app.command("brat")
def import_brat(
    folder: Annotated[Path, typer.Argument(help="A folder of .txt and .ann files, one annotator's.")],
    annotator: Annotated[str, typer.Option(help="Whose annotations they are.")],
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Read articles and annotations made in brat into the store, to be measured, adjudicated and released here.

    Example: annotate import brat nadira/ --annotator nadira@velmora.example
    """
    from annotate.steps import import_brat as step

    done = step.run(workspace_at(workspace), folder, annotator)
    print_result(done, step.show, json)
    if done.problems:
        raise typer.Exit(3)


@app.command()
def stories(
    decisions: Annotated[Path | None, typer.Argument(help="Your decisions, one pair a line: id, id, same or apart.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Show the pairs in Label Studio, in a project of their own.")] = False,
    fetch: Annotated[bool, typer.Option("--fetch", help="Add to the file what people said of pairs in Label Studio.")] = False,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Suggest pairs of articles that tell the same events; what you decided goes into the store.

    Example: annotate stories decisions.csv
    """
    from annotate.steps import stories as step

    if send:
        return print_result(step.run_send(workspace_at(workspace), dry_run=dry_run), step.show_sent, json)
    if fetch:
        if decisions is None:
            raise UsageProblem("--fetch needs the file to add to: annotate stories decisions.csv --fetch")
        return print_result(step.run_fetch(workspace_at(workspace), decisions), step.show_fetched, json)
    return print_result(step.run(workspace_at(workspace), decisions), step.show, json)


@app.command()
def split(
    strategy: Annotated[
        Literal["stratified", "temporal", "hash"] | None,
        typer.Option(help="How the first draw goes: every split like the whole (stratified), by date, or by a digest.", show_default=False),
    ] = None,
    holdout: Annotated[
        list[str] | None, typer.Option(help="What only test has: publisher=NAME, or type=TYPE of what came labelled. Repeat it for more.")
    ] = None,
    lock: Annotated[Path | None, typer.Option(help="An earlier release's splits.lock.json, whose splits hold here too.")] = None,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Draw train, dev and test by group, before labelling; what is drawn never moves.

    Example: annotate split --strategy temporal --dry-run
    """
    from annotate.steps import split as step

    print_result(step.run(workspace_at(workspace), strategy=strategy, holdout=holdout, lock_file=lock, dry_run=dry_run), step.show, json)
