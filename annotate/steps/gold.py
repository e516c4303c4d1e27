"""`annotate gold`: several annotations of an article to one answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from annotate.errors import Unmet
from annotate.gold.gates import Short, State, short_of_gates, state_of
from annotate.gold.resolve import resolutions
from annotate.records import Gold
from annotate.schema import load_schema
from annotate.steps.stored import gold_seal, labellings_by_article, stored_adjudications
from annotate.store import Store
from annotate.workspace import GoldSettings, Workspace

REMEDY = "have them labelled and adjudicated (`annotate adjudicate push`), or set another gate under [gold.gates] in annotate.toml"
SHOWN = 20  # articles short of a gate that an error names


class Resolved(Struct, frozen=True):
    """Articles with gold; items by layer; decisions that were not unanimous, by how they went; articles called unusable.

    disputed: articles with anything that wants an adjudicator; reopened: those adjudicated on other annotations than there are now
    short:    articles short of their split's gate
    """

    articles: int
    items: dict[str, int]
    decisions: dict[str, int]
    unusable: list[str]
    disputed: int
    reopened: list[str]
    short: list[Short]


class _Counts(Struct):
    items: Counter[str]
    decisions: Counter[str]
    unusable: list[str]
    reopened: list[str]
    states: dict[str, State]


def run(workspace: Workspace, *, as_of: str | None = None) -> Resolved:
    """Resolve every article that somebody has submitted, and put the gold into the store. ``as_of``: from the annotations of that time."""
    schema, settings = load_schema(workspace.schema_path), workspace.settings.gold
    counts = _Counts(Counter(), Counter(), [], [], {})
    with Store(workspace.store_path) as store:
        said = labellings_by_article(store, schema, store.articles(), as_of)
        labellings = (each for _, labellings in said for each in labellings)
        golds = resolutions(schema, labellings, settings, stored_adjudications(store, schema, as_of))
        store.put_gold(
            (gold.labelling.article, gold.labelling.unusable is None, msgspec.json.encode(gold)) for gold in _counted(golds, counts)
        )
        store.set_meta("gold_seal", gold_seal(store, workspace, as_of))
        splits, late = store.splits(), store.drawn_late()
    return Resolved(
        articles=len(counts.states),
        items={name: counts.items[name] for name in schema.span_layers},
        decisions=dict(sorted(counts.decisions.items())),
        unusable=counts.unusable,
        disputed=sum(bool(each.disputes) for each in counts.states.values()),
        reopened=counts.reopened,
        short=_short(counts.states, splits, settings, late),
    )


def _counted(golds: Iterable[Gold], counts: _Counts) -> Iterator[Gold]:
    for gold in golds:
        article = gold.labelling.article
        counts.items.update(item.layer for item in gold.labelling.items)
        counts.decisions.update(each.how for each in gold.decisions if each.how != "unanimous")
        counts.unusable += [article] if gold.labelling.unusable else []
        counts.reopened += [article] if gold.outdated and not gold.adjudicators else []
        counts.states[article] = state_of(gold)
        yield gold


def _short(
    states: Mapping[str, State], splits: Mapping[str, tuple[str, str]], settings: GoldSettings, late: Collection[str]
) -> list[Short]:
    return short_of_gates(states, {article: split for article, (split, _) in splits.items()}, settings, late)


def require_gates(golds: Iterable[Gold], splits: Mapping[str, tuple[str, str]], settings: GoldSettings, late: Collection[str] = ()) -> None:
    """Raise Unmet, naming every article that is short of its split's gate (article → (split, group)) and what it lacks."""
    if short := _short({gold.labelling.article: state_of(gold) for gold in golds}, splits, settings, late):
        more = [f"… and {len(short) - SHOWN} more; `annotate gold --gate` lists them"] if len(short) > SHOWN else []
        raise Unmet("\n".join([f"{len(short)} things are missing:", *map(str, short[:SHOWN]), *more, REMEDY]))


def show(done: Resolved) -> str:
    items = ", ".join(f"{count} {layer}" for layer, count in done.items.items())
    decisions = ", ".join(f"{count} {how}" for how, count in done.decisions.items()) or "none"
    lines = [f"gold for {done.articles} articles: {items}", f"decisions that were not unanimous: {decisions}"]
    if done.disputed:
        lines.append(f"{done.disputed} articles have disputes that nobody has adjudicated")
    lines += [f"  {article}: open again: its annotations are not those that were adjudicated" for article in done.reopened]
    lines += [f"  {article}: cannot be annotated, say its annotators; it stays out of releases" for article in done.unusable]
    if done.short:
        lines.append(f"{len({each.article for each in done.short})} articles are short of their split's gate; --gate lists them")
    return "\n".join(lines)


def show_gate(done: Resolved) -> str:
    """What the gates miss, below what was resolved."""
    if not done.short:
        return "\n".join([show(done), "every gate is met"])
    return "\n".join([show(done), *(f"  {each}" for each in done.short), REMEDY])
