"""`annotate gold`: several annotations of an article to one answer."""

from __future__ import annotations

from collections import Counter

import msgspec
from msgspec import Struct

from annotate.gold.resolve import resolve_all
from annotate.schema import load_schema
from annotate.steps.stored import gold_seal, stored_adjudications, stored_labellings
from annotate.store import Store
from annotate.workspace import Workspace


class Resolved(Struct, frozen=True):
    """Articles with gold; items by layer; decisions that were not unanimous, by how they went; articles called unusable."""

    articles: int
    items: dict[str, int]
    decisions: dict[str, int]
    unusable: list[str]


def run(workspace: Workspace) -> Resolved:
    """Resolve every article that somebody has submitted, and put the gold into the store."""
    schema = load_schema(workspace.schema_path)
    with Store(workspace.store_path) as store:
        golds = resolve_all(
            schema, stored_labellings(store, schema).labellings, workspace.settings.gold, stored_adjudications(store, schema)
        )
        store.put_gold((gold.labelling.article, msgspec.json.encode(gold)) for gold in golds)
        store.set_meta("gold_seal", gold_seal(store, workspace))
    items = Counter(item.layer for gold in golds for item in gold.labelling.items)
    decisions = Counter(decision.how for gold in golds for decision in gold.decisions)
    unusable = [gold.labelling.article for gold in golds if gold.labelling.unusable]
    return Resolved(len(golds), {name: items[name] for name in schema.span_layers}, dict(sorted(decisions.items())), unusable)


def show(done: Resolved) -> str:
    items = ", ".join(f"{count} {layer}" for layer, count in done.items.items())
    decisions = ", ".join(f"{count} {how}" for how, count in done.decisions.items()) or "none"
    lines = [f"gold for {done.articles} articles: {items}", f"decisions that were not unanimous: {decisions}"]
    return "\n".join(
        lines + [f"  {article}: cannot be annotated, say its annotators; it stays out of releases" for article in done.unusable]
    )
