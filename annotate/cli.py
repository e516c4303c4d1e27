"""The `annotate` command: registers the steps, prints, sets the exit code. Nothing else prints or exits.

Steps are imported inside their commands, so that `--help` and completion cost no more than Typer itself.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer
import typer.core

from annotate import __version__
from annotate.errors import AnnotateError, UsageProblem

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


class Pipeline(typer.core.TyperGroup):
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
studio_app = typer.Typer(help="A local Label Studio, and how annotators join it.", no_args_is_help=True, rich_markup_mode=None)
adjudicate_app = typer.Typer(
    help="What annotators differ on, decided by an adjudicator in Label Studio.", no_args_is_help=True, rich_markup_mode=None
)
import_app = typer.Typer(help="Bring in what was annotated elsewhere.", no_args_is_help=True, rich_markup_mode=None)
schema_app = typer.Typer(help="Check a schema, and write what is generated from it.", no_args_is_help=True, rich_markup_mode=None)

Result = TypeVar("Result")

# What the base install does not have.
EXTRAS = {
    "studio": {"httpx", "label_studio_sdk", "psutil", "tenacity"},
    "corpus": {"daft", "pyarrow", "trafilatura", "htmldate"},
    "cluster": {"ray"},
    "formats": {"spacy"},
    "baseline": {"sklearn"},
}

WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", "-w", help="The workspace's folder (else ANNOTATE_WORKSPACE, else here or above).")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on standard output instead of text.")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help="As it was at a time (2026-03-01, 2026-03-01T12:30; UTC), or after a pull, by its number.")
]
EngineOption = Annotated[Literal["native", "ray"], typer.Option(help="Daft's own engine, or a Ray cluster.")]
AddressOption = Annotated[str | None, typer.Option(help="With --engine ray: the cluster's address, else RAY_ADDRESS, else this machine.")]
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

    _print(step.run(folder, schema), step.show, json)


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

    done = step.run(_workspace(workspace), paths, replace=replace)
    _print(done, step.show, json)
    if done.problems:
        raise typer.Exit(3)


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
    _print(done, step.show, json)
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
    from annotate.corpus.design import Design
    from annotate.steps import sample as step

    words = step.keywords_of(keywords) if keywords else ()
    strata = tuple(name.strip() for name in by.split(",") if name.strip())
    design = Design(size, strata, seed, allocation, per_story, words, diverse)
    done = step.run(_workspace(workspace), paths, design, dry_run=dry_run, engine=engine, address=address)
    _print(done, step.show, json)
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

    Example: annotate import brat old-corpus/nadira --annotator nadira@velmora.example
    """
    from annotate.steps import import_brat as step

    done = step.run(_workspace(workspace), folder, annotator)
    _print(done, step.show, json)
    if done.problems:
        raise typer.Exit(3)


app.add_typer(import_app, name="import")


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
        return _print(step.run_send(_workspace(workspace), dry_run=dry_run), step.show_sent, json)
    if fetch:
        if decisions is None:
            raise UsageProblem("--fetch needs the file to add to: annotate stories decisions.csv --fetch")
        return _print(step.run_fetch(_workspace(workspace), decisions), step.show_fetched, json)
    return _print(step.run(_workspace(workspace), decisions), step.show, json)


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

    _print(step.run(_workspace(workspace), strategy=strategy, holdout=holdout, lock_file=lock, dry_run=dry_run), step.show, json)


@studio_app.command("up")
def studio_up(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Start a Label Studio of the workspace's own, on loopback.

    Example: annotate studio up
    """
    from annotate.steps import studio as step

    _print(step.run_up(_workspace(workspace)), step.show_up, json)


@studio_app.command("down")
def studio_down(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Stop it.

    Example: annotate studio down
    """
    from annotate.steps import studio as step

    _print(step.run_down(_workspace(workspace)), step.show_down, json)


@studio_app.command("status")
def studio_status(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Is it running? Exit code 1 when it is not.

    Example: annotate studio status --json
    """
    from annotate.steps import studio as step

    state = step.run_status(_workspace(workspace))
    _print(state, step.show_status, json)
    if not state.healthy:
        raise typer.Exit(1)


@studio_app.command("invite")
def studio_invite(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Print the link through which annotators sign up.

    Example: annotate studio invite
    """
    from annotate.steps import studio as step

    _print(step.run_invite(_workspace(workspace)), step.show_invite, json)


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

    adopted = step.run_adopt(_workspace(workspace), project, dry_run=dry_run)
    _print(adopted, step.show_adopt, json)
    if adopted.problems:
        raise typer.Exit(1)


app.add_typer(studio_app, name="studio")


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

    done = step.run(_workspace(workspace), force=force, dry_run=dry_run)
    _print(done, step.show, json)
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

    done = step.run(_workspace(workspace), yes=yes)
    _print(done, step.show, json)
    if done.left:
        raise typer.Exit(1)


@app.command()
def pull(
    from_file: Annotated[Path | None, typer.Option("--from-file", help="Read a JSON export made in Label Studio instead.")] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Look for what was deleted even when the counts agree.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read everything again, not only what changed since the last pull.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> None:
    """Bring what changed on the server into the store, as it came.

    Example: annotate pull
    """
    from annotate.steps import pull as step

    _print(step.run(_workspace(workspace), from_file, deleted=deleted, full=full), step.show, json)


@app.command()
def history(
    article: Annotated[str, typer.Argument(help="The article's id.")], workspace: WorkspaceOption = None, json: JsonOption = False
) -> None:
    """List every version of every annotation of an article, whatever became of it.

    Example: annotate history velmora-1
    """
    from annotate.steps import history as step

    _print(step.run(_workspace(workspace), article), step.show, json)


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

    done = step.run(_workspace(workspace), tuple(articles or ()), yes=yes)
    _print(done, step.show, json)
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

    done = step.run(_workspace(workspace), article or [], annotator or [], yes=yes)
    _print(done, step.show, json)
    if not done.dry_run and not done.clean:
        raise typer.Exit(1)


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

    Example: annotate agree --layer stances --gate 'stances.krippendorff_alpha.low>=0.667'
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
        done = step.run(_workspace(workspace), how=how, asked=asked, latest=latest, as_of=as_of)
    _print(done, step.show_csv if csv else step.show, json)
    if not all(each.met for each in done.gates):
        raise typer.Exit(1)


@adjudicate_app.command("push")
def adjudicate_push(dry_run: DryRunOption = False, workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Send the disputed articles to a project of their own, blinded, the worst first.

    Example: annotate adjudicate push --dry-run
    """
    from annotate.steps import adjudicate as step

    done = step.run_push(_workspace(workspace), dry_run=dry_run)
    _print(done, step.show_push, json)
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

    _print(step.run_pull(_workspace(workspace), own=own), step.show_pull, json)


@adjudicate_app.command("status")
def adjudicate_status(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Which disputed articles are decided, waiting, open again or not sent; needs no server.

    Example: annotate adjudicate status --json
    """
    from annotate.steps import adjudicate as step

    _print(step.run_status(_workspace(workspace)), step.show_status, json)


@adjudicate_app.command("agree")
def adjudicate_agree(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Measure agreement between adjudicators, where several decided the same article.

    Example: annotate adjudicate agree
    """
    from annotate.steps import adjudicate as step

    _print(step.run_agree(_workspace(workspace)), step.show_agree, json)


app.add_typer(adjudicate_app, name="adjudicate")


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

    done = step.run(_workspace(workspace), as_of=as_of)
    _print(done, step.show_gate if gate else step.show, json)
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

    _print(step.run(_workspace(workspace), article, answer), step.show, json)


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

    _print(step.run(_workspace(workspace), path, examples), step.show, json)


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
    done = step.run(_workspace(workspace), version, wanted, formats_of(formats) if formats else (), as_of=as_of)
    _print(done, step.show, json)


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

    _print(step.run(folder, articles, out), step.show, json)


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
    _print(done, step.show, json)
    if done.problems:
        raise typer.Exit(1)


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

    _print(step.run(folder, formats_of(formats), out), step.show, json)


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
    _print(done, step.show, json)
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

    Example: annotate score exports/demo-1.0.0 predictions.jsonl --against other.jsonl
    """
    from annotate.agreement.intervals import Intervals
    from annotate.steps import score as step

    how = Intervals("percentile", replicates, seed)
    _print(step.run(folder, predictions, split=split, labels=gold, against=against, how=how), step.show, json)


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

    _print(step.run(folder, out=out, labels=gold, how=Intervals(seed=seed)), step.show, json)


@schema_app.command("check")
def schema_check(path: Annotated[Path, typer.Argument(help="A schema.yaml.")], json: JsonOption = False) -> None:
    """Check a schema and the files generated from it. Exit code 1 when they are out of step.

    Example: annotate schema check schema/schema.yaml
    """
    from annotate.steps import schema as step

    checked = step.run(path, write=False)
    _print(checked, step.show, json)
    if checked.stale:
        raise typer.Exit(1)


@schema_app.command("build")
def schema_build(path: Annotated[Path, typer.Argument(help="A schema.yaml.")], json: JsonOption = False) -> None:
    """Write the labelling page, the record's JSON Schema and the guidelines beside a schema.

    Example: annotate schema build schema/schema.yaml
    """
    from annotate.steps import schema as step

    _print(step.run(path, write=True), step.show, json)


app.add_typer(schema_app, name="schema")


@app.command()
def doctor(workspace: WorkspaceOption = None, json: JsonOption = False) -> None:
    """Look at workspace and server, and say what is wrong and what to do. Exit code 1 when something is at fault.

    Example: annotate doctor
    """
    from annotate.steps import doctor as step

    done = step.run(_workspace(workspace))
    _print(done, step.show, json)
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

    _print(step.run(folder, exports, keep=keep), step.show, json)


def main() -> None:
    """The entry point: errors become their message and exit code."""
    try:
        app()
    except AnnotateError as error:
        if "--debug" in sys.argv:
            raise
        print(f"annotate: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        extra = next((name for name, modules in EXTRAS.items() if error.name in modules), None)
        if extra is None or "--debug" in sys.argv:
            raise
        print(f"annotate: this needs {error.name}, of the extra {extra}; install it: pip install 'annotate[{extra}]'", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def _workspace(folder: Path | None) -> Workspace:
    import os

    from annotate.workspace import find_workspace

    return find_workspace(folder, os.environ)


def _print(result: Result, show: Callable[[Result], str], as_json: bool) -> None:
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
