"""`annotate sample`: what to label next out of a large pool, into the store with its weights; the rest stays where it is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from annotate.corpus.inputs import Input, inputs_of, is_parquet, is_remote
from annotate.corpus.pooled import as_pooled
from annotate.corpus.read import read_articles
from annotate.corpus.sampling.design import Design, require_sound
from annotate.corpus.sampling.draw import Drawn, draw, fetch
from annotate.corpus.sampling.manifest import Manifest, explain
from annotate.corpus.sampling.pool import RunEach, in_turn
from annotate.errors import BadInput, Problem
from annotate.records import Article
from annotate.store import Store
from annotate.workspace import Workspace

FOLDER = "samples"  # of the workspace: a manifest for each draw
SHOWN = 20  # strata and problems
APART = 300_000_000  # bytes of a pool that are read sooner in processes of their own, though these take seconds to start

Fetched = tuple[str, dict[str, Any] | Problem]


class Sampled(Struct, frozen=True):
    """Ids of the articles that went into the store; how many of earlier draws have new weights; the manifest and where it was written,
    None after a dry run; what could not be read or go in."""

    new: list[str]
    reweighted: int
    manifest: Manifest
    written: str | None
    problems: list[Problem]


def run(
    workspace: Workspace, paths: list[str], design: Design, *, dry_run: bool = False, engine: str = "native", address: str | None = None
) -> Sampled:
    """Draw ``design.size`` more articles from the pool in the paths, and put them into the store.

    Articles in the store are not drawn again; those of the pool count as drawn. A drawn article that ingest refuses keeps its place in the
    sample, so that the weights of the others stay true, and is listed.
    """
    folder = workspace.folder / FOLDER
    require_sound(design)
    files = inputs_of(paths)
    run_each = _engine(files, engine, address)
    with Store(workspace.store_path) as store:
        there = {article.original_id or article.id: article for article in store.articles()}
        lost = _refused_before(folder)
        sample = draw(files, design, frozenset(there) | lost, run_each)
        articles, refused = _articles(fetch(sample, run_each), sample.new, {article.id for article in there.values()})
        weights = {each.id: each.weight for each in sample.before if each.id in there}
        again = [with_weight(there[name], weight) for name, weight in weights.items() if there[name].weight != weight]
        manifest = msgspec.structs.replace(sample.manifest, refused=sorted(lost | set(refused)))
        written = None
        if not dry_run:
            # The manifest first: killed in between, the articles come with the next draw.
            written = str(_write(folder, manifest))
            store.put_articles([*articles, *again])
    return Sampled([each.id for each in articles], len(again), manifest, written, [*sample.problems, *refused.values()])


def _engine(files: list[Input], engine: str, address: str | None) -> RunEach:
    """What reads the files: Daft, or this process alone for JSONL of this machine, which the base install reads."""
    if engine == "native" and address is None and not any(is_parquet(file) or is_remote(file.url) for file in files):
        return in_turn
    from annotate.corpus.at_scale.engine import run_each, use_engine

    use_engine(engine, address)
    return partial(run_each, apart=sum(file.bytes for file in files) >= APART)


def _refused_before(folder: Path) -> frozenset[str]:
    """Ids that earlier draws could not put into the store."""
    ids: set[str] = set()
    for path in sorted(folder.glob("*.json")):
        try:
            ids |= set(msgspec.json.decode(path.read_bytes(), type=Manifest).refused)
        except (OSError, msgspec.DecodeError) as error:
            raise BadInput(f"{path}: cannot be read as the manifest of a sample ({error}); put it aside") from None
    return frozenset(ids)


def with_weight(article: Article, weight: float) -> Article:
    return msgspec.structs.replace(article, weight=weight)


def keywords_of(given: str) -> tuple[str, ...]:
    """Keywords of a file, one a line, where there is one of that name; else those that stand there, separated by commas."""
    path = Path(given)
    try:
        words = path.read_text("utf-8-sig").splitlines() if path.is_file() else given.replace("،", ",").split(",")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({error}); save it as UTF-8, a keyword a line") from None
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _articles(rows: list[Fetched], sample: list[Drawn], taken: set[str]) -> tuple[list[Article], dict[str, Problem]]:
    """The drawn articles as ingest reads them, and by id what it refuses."""
    articles: list[Article] = []
    refused: dict[str, Problem] = {}
    for drawn, (place, found) in zip(sample, _read(rows), strict=True):
        if isinstance(found, Problem):
            refused[drawn.id] = Problem(place, found.message)
        elif found.id in taken:
            refused[drawn.id] = Problem(place, f"id {found.id!r} is taken in the store by another article; give it another id")
        else:
            taken.add(found.id)
            articles.append(with_weight(found, drawn.weight))
    return articles, refused


def _read(rows: list[Fetched]) -> Iterator[tuple[str, Article | Problem]]:
    """Rows by way of a JSONL file: the one door through which articles come in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.jsonl"
        with path.open("wb") as file:
            file.writelines(msgspec.json.encode(row) + b"\n" for _, row in rows if not isinstance(row, Problem))
        read = read_articles([str(path)])
        for place, row in rows:
            found = row if isinstance(row, Problem) else next(read)[1]
            yield place, as_pooled(place, found, row) if isinstance(row, dict) and isinstance(found, Article) else found


def _write(folder: Path, manifest: Manifest) -> Path:
    """Under the next free number; no manifest is ever written over."""
    folder.mkdir(exist_ok=True)
    number = 1 + max((int(path.stem) for path in folder.glob("*.json") if path.stem.isdecimal()), default=0)
    path = folder / f"{number:04}.json"
    with path.open("xb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    return path


def show(done: Sampled) -> str:
    head = f"{len(done.new)} articles in, {done.reweighted} of earlier draws with new weights, {len(done.problems)} problems"
    where = f"manifest: {done.written}" if done.written else "dry run: nothing was written"
    return "\n".join([head, where, explain(done.manifest), *_table(done.manifest), *_some([f"  {each}" for each in done.problems])])


def _table(manifest: Manifest) -> list[str]:
    rows = [
        f"  {', '.join(value or f'no {name}' for name, value in each.stratum.items()) or 'all'}: {each.drawn:,} of {each.can_be_drawn:,}"
        for each in manifest.strata
    ]
    return _some(rows)


def _some(lines: list[str]) -> list[str]:
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"  … {len(lines) - SHOWN:,} more"]
