"""What the store holds, as several steps need it. Nothing here speaks to a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

import msgspec
from msgspec import structs

from annotate import __version__
from annotate.errors import BadInput
from annotate.gold.resolve import basis_of, resolutions
from annotate.records import Adjudication, Article, Gold, Labelling
from annotate.schema import Schema
from annotate.schema.renames import as_before
from annotate.store import Store
from annotate.studio.adjudication.decisions import Decisions, read_adjudications
from annotate.studio.adjudication.sheet import Sheet, in_names_of_today
from annotate.studio.labellings import NowAndFirst, Reading, read_article, read_first_by_article, read_labellings, read_versions
from annotate.studio.results import page_of
from annotate.workspace import Workspace

Row = TypeVar("Row")

OWN_ALLOWED = "adjudication_own"  # the store's note of it


def articles_by_id(store: Store) -> dict[str, Article]:
    return {article.id: article for article in store.articles()}


def stories_of(articles: Mapping[str, Article]) -> dict[str, str]:
    """Article → story, of those that have one."""
    return {name: article.story for name, article in articles.items() if article.story}


def stored_labellings(store: Store, schema: Schema, as_of: str | None = None) -> Reading:
    """What the store's annotations say (``as_of``: said at that time, or after that pull), by the schema and the reader of today."""
    return read_labellings(schema, articles_by_id(store), store.people(), store.annotations(as_of=store.pull_as_of(as_of)))


def first_labellings(store: Store, schema: Schema, as_of: str | None = None) -> Reading:
    """What each annotator first submitted, before feedback, discussion or adjudication: what agreement is measured on."""
    readings = list(first_by_article(store, schema, as_of))
    return Reading([one for each in readings for one in each.labellings], [], [one for each in readings for one in each.problems])


def first_by_article(store: Store, schema: Schema, as_of: str | None = None) -> Iterator[Reading]:
    """The same, an article at a time: the rest stays in the store."""
    return read_first_by_article(schema, store.article, store.people(), store.versions(as_of=store.pull_as_of(as_of)))


def labellings_by_article(
    store: Store, schema: Schema, articles: Iterable[Article], as_of: str | None = None
) -> Iterator[tuple[Article, list[Labelling]]]:
    """Each of some articles, in the order of their ids, with what its present annotations say; an article at a time."""
    people, page = store.people(), page_of(schema)
    kept = store.annotations(as_of=store.pull_as_of(as_of))
    for article, own in _side_by_side(articles, kept, attrgetter("article")):
        yield article, read_article(page, article, people, own).labellings


def all_by_article(
    store: Store, schema: Schema, articles: Iterable[Article], as_of: str | None = None
) -> Iterator[tuple[Article, NowAndFirst]]:
    """The same, with what was first submitted besides; the annotations are read once."""
    people, page = store.people(), page_of(schema)
    versions = store.versions(as_of=store.pull_as_of(as_of))
    for article, own in _side_by_side(articles, versions, attrgetter("kept.article")):
        yield article, read_versions(page, article, people, own)


def _side_by_side(
    articles: Iterable[Article], rows: Iterable[Row], article_of: Callable[[Row], str | None]
) -> Iterator[tuple[Article, Iterable[Row]]]:
    """Each article with its rows; both come in the order of the articles' ids. Rows of no such article are passed over."""
    together = groupby(rows, key=lambda row: article_of(row) or "")
    name, own = next(together, (None, iter(())))
    for article in articles:
        while name is not None and name < article.id:
            name, own = next(together, (None, iter(())))
        yield article, own if name == article.id else iter(())


def stored_gold(store: Store) -> list[Gold]:
    """The gold in the store, in the order of the articles."""
    return list(_golds(store))


def _golds(store: Store) -> Iterator[Gold]:
    return (msgspec.json.decode(record, type=Gold) for _, record in store.gold())


def stored_sheets(store: Store, schema: Schema, as_of: str | None = None) -> list[Sheet]:
    """What was sent to adjudicators, by article and round, in the names of today.

    Where somebody has decided, and annotations are as they were but for names that the schema's migrations gave them, the sheet's basis
    is theirs. What nobody has decided is of other labellings, and goes out anew: its task shows the old names.
    """
    sheets = [in_names_of_today(schema, msgspec.json.decode(record, type=Sheet)) for record in store.sheets()]
    if not schema.migrations:
        return sheets
    rounds = store.rounds()
    decided = {(each.article, rounds.get((each.url, each.project, each.task))) for each in store.annotations("adjudication")}
    articles = filter(None, map(store.article, sorted({each.article for each in sheets})))
    bases: dict[tuple[str, str], str] = {}  # article, basis in the names of some day → basis in those of today
    for article, own in labellings_by_article(store, schema, articles, as_of):
        bases |= {(article.id, basis_of(each)): basis_of(own) for each in as_before(schema.migrations, own)}
    return [
        structs.replace(each, basis=bases.get((each.article, each.basis), each.basis)) if (each.article, each.round) in decided else each
        for each in sheets
    ]


def stored_decisions(store: Store, schema: Schema, as_of: str | None = None) -> Decisions:
    """What adjudicators decided, and what of it does not count. Whether they may decide on their own work was said at the last pull."""
    sheets = {(each.article, each.round): each for each in stored_sheets(store, schema, as_of)}
    kept = list(store.annotations("adjudication", as_of=store.pull_as_of(as_of)))
    names = {*(article for article, _ in sheets), *(each.article for each in kept if each.article is not None)}
    articles = {name: found for name in sorted(names) if (found := store.article(name)) is not None}
    own = store.meta(OWN_ALLOWED) == "yes"
    return read_adjudications(schema, articles, store.people(), sheets, store.rounds(), kept, own=own, history=store.history)


def stored_adjudications(store: Store, schema: Schema, as_of: str | None = None) -> list[Adjudication]:
    """What adjudicators decided, as far as it makes sense, by article, round and adjudicator."""
    return stored_decisions(store, schema, as_of).adjudications


def gold_seal(store: Store, workspace: Workspace, as_of: str | None = None) -> str:
    """A digest of the gold in the store and of all it was made from: schema, settings, texts, annotations, this toolkit."""
    settings = msgspec.json.encode(workspace.settings.gold)
    heard = f"{store.pull_as_of(as_of)} {store.last_version()} {store.meta(OWN_ALLOWED)}"
    seal = sha256(b"\0".join([__version__.encode(), workspace.schema_path.read_bytes(), settings, heard.encode()]))
    for article, digest in store.article_digests().items():
        seal.update(f"{article}\0{digest}\n".encode())
    seal.update(store.gold_digest().encode())
    return seal.hexdigest()


def require_fresh_gold(store: Store, workspace: Workspace, schema: Schema, as_of: str | None = None) -> None:
    """Raise BadInput when the stored gold is not what the annotations, the schema and the strategy of today give.

    Where all is as it was when `annotate gold` ran, its seal says so; else gold is made again to see which articles' would be another.
    """
    seal = gold_seal(store, workspace, as_of)
    if store.meta("gold_seal") == seal or not store.usable_gold():
        return
    said = labellings_by_article(store, schema, store.articles(), as_of)
    labellings = (each for _, own in said for each in own)
    today = resolutions(schema, labellings, workspace.settings.gold, stored_adjudications(store, schema, as_of))
    if stale := list(_unlike(_golds(store), today)):
        raise BadInput(f"the gold of {len(stale)} articles is older than their annotations ({', '.join(stale[:5])} …); run `annotate gold`")
    store.set_meta("gold_seal", seal)


def _unlike(stored: Iterable[Gold], today: Iterable[Gold]) -> Iterator[str]:
    """The articles of which two streams of gold, both in the order of the articles, do not hold the same."""
    together = merge(stored, today, key=lambda gold: gold.labelling.article)
    for article, found in groupby(together, key=lambda gold: gold.labelling.article):
        both = list(found)
        if len(both) != 2 or both[0] != both[1]:
            yield article
