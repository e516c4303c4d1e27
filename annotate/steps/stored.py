"""What the store holds, as several steps need it. Nothing here speaks to a server."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from annotate.records import Article, Gold
from annotate.schema import Schema
from annotate.store import Store
from annotate.studio.labellings import Reading, read_first_labellings, read_labellings


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
    return read_first_labellings(schema, articles_by_id(store), store.people(), store.versions(as_of=store.pull_as_of(as_of)))


def stored_gold(store: Store) -> list[Gold]:
    """The gold in the store, in the order of the articles."""
    return [msgspec.json.decode(record, type=Gold) for _, record in store.gold()]
