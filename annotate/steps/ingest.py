"""`annotate ingest`: articles into the store."""

from __future__ import annotations

from msgspec import Struct

from annotate.corpus.read import read_articles, require_found
from annotate.errors import Problem
from annotate.records import Article
from annotate.store import Store
from annotate.workspace import Workspace

BATCH = 500


class Ingested(Struct, frozen=True):
    """Article ids that are new and that were replaced; how many were there already; what could not go in."""

    new: list[str]
    replaced: list[str]
    unchanged: int
    problems: list[Problem]


def run(workspace: Workspace, paths: list[str], *, replace: bool = False) -> Ingested:
    """Add the articles in the paths. A text unlike the stored one of its id is refused; with ``replace`` it takes its place.

    What is sound goes in, in batches, each of them whole; what is not is listed.
    """
    require_found(paths)
    done = Ingested([], [], 0, [])
    unchanged = 0
    with Store(workspace.store_path) as store:
        known = store.article_digests()
        first_seen: dict[str, str] = {}
        waiting: list[Article] = []
        for place, found in read_articles(paths):
            if isinstance(found, Problem):
                done.problems.append(found)
                continue
            digest = found.sha256
            if found.id in first_seen and known[found.id] != digest:
                done.problems.append(
                    Problem(place, f"id {found.id!r} with another text stands at {first_seen[found.id]} too; give one of them another id")
                )
                continue
            if known.get(found.id) == digest and not (replace and store.article(found.id) != found):
                unchanged += 1
                first_seen.setdefault(found.id, place)
                continue
            if found.id in known and not replace:
                done.problems.append(
                    Problem(
                        place, f"id {found.id!r} is stored with another text; give it another id, or put it in its place with --replace"
                    )
                )
                continue
            (done.replaced if found.id in known else done.new).append(found.id)
            known[found.id] = digest
            first_seen[found.id] = place
            waiting.append(found)
            if len(waiting) == BATCH:
                store.put_articles(waiting)
                waiting = []
        store.put_articles(waiting)
    return Ingested(done.new, done.replaced, unchanged, done.problems)


def show(done: Ingested) -> str:
    lines = [f"{len(done.new)} articles in, {len(done.replaced)} replaced, {done.unchanged} there already, {len(done.problems)} refused"]
    return "\n".join(lines + [f"  {problem}" for problem in done.problems])
