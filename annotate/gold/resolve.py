"""Resolve the annotations of articles, each decision apart: exists, span, type, each attribute, each argument, each answer.

An item is voted on by those who submitted the article, its span and type by those who marked it, its attributes and arguments by those of
them who chose the winning type, under the strategy that is declared for its layer (``annotate.gold.vote``). An item without a winning span
or type is left out, an attribute or answer without a winner is null. Every decision is kept, with who said what.

An adjudication counts while it was made from the present labellings; it then decides whatever is not unanimous, under any strategy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

from annotate.errors import UsageProblem
from annotate.gold.article import resolve_article
from annotate.gold.basis import basis_of
from annotate.gold.models import Asked, Posteriors, asked_first, estimate, model_of
from annotate.gold.trail import Heard
from annotate.gold.vote import MODELS, STRATEGIES
from annotate.records import Adjudication, Gold, Labelling
from annotate.schema import Schema
from annotate.workspace import GoldSettings

__all__ = ["STRATEGIES", "basis_of", "resolutions", "resolve", "resolve_all"]


def resolve(schema: Schema, labellings: Iterable[Labelling], settings: GoldSettings, adjudications: Iterable[Adjudication] = ()) -> Gold:
    """Gold of one article from its submitted labellings, one an annotator; a model then learns from this article alone."""
    (gold,) = resolutions(schema, labellings, settings, adjudications)
    return gold


def resolve_all(
    schema: Schema, labellings: Iterable[Labelling], settings: GoldSettings, adjudications: Iterable[Adjudication] = ()
) -> list[Gold]:
    """Gold of every article that somebody has submitted, in the order of the articles.

    Raises UsageProblem on a strategy, model or layer that does not exist.
    """
    ordered = sorted(labellings, key=lambda each: each.article)
    return list(resolutions(schema, ordered, settings, adjudications))


def resolutions(
    schema: Schema, labellings: Iterable[Labelling], settings: GoldSettings, adjudications: Iterable[Adjudication] = ()
) -> Iterator[Gold]:
    """The same, one at a time, from labellings that come article by article: only a model needs them all at once."""
    _check(schema, settings)
    heard: Iterable[Heard] = _heard(labellings, adjudications)
    posteriors: Posteriors = {}
    if _models(settings):
        heard = list(heard)
        posteriors = _ask_models(schema, settings, heard)
    return (_resolved(schema, settings, each, posteriors) for each in heard)


def _check(schema: Schema, settings: GoldSettings) -> None:
    names = [each.name for each in schema.layers]
    if unknown := sorted(settings.layers.keys() - set(names)):
        raise UsageProblem(f"[gold.layers] names {', '.join(unknown)}; the schema's layers are {', '.join(names)}")
    for strategy in (settings.strategy, *settings.layers.values()):
        if strategy not in STRATEGIES:
            raise UsageProblem(f"unknown gold strategy {strategy!r}; one of {', '.join(STRATEGIES)}")
    if settings.posterior not in ("", *MODELS):
        raise UsageProblem(f"unknown model {settings.posterior!r} as [gold] posterior; one of {', '.join(MODELS)}")


def _models(settings: GoldSettings) -> bool:
    return any(model_of(settings, layer) for layer in ("", *settings.layers))


def _heard(labellings: Iterable[Labelling], adjudications: Iterable[Adjudication]) -> Iterator[Heard]:
    """Article by article, each with the latest adjudication of each adjudicator."""
    judged: dict[str, dict[str, Adjudication]] = defaultdict(dict)
    for each in sorted(adjudications, key=lambda each: (each.round, each.at)):
        judged[each.article][each.adjudicator] = each
    for article, found in groupby(labellings, key=lambda each: each.article):
        yield _heard_of(found, judged.get(article, {}))


def _heard_of(labellings: Iterable[Labelling], judged: dict[str, Adjudication]) -> Heard:
    ordered = sorted(labellings, key=lambda each: each.annotator)
    basis = basis_of(ordered) if judged else ""
    current = [each for _, each in sorted(judged.items()) if each.basis == basis]
    return Heard(ordered, current, tuple(sorted(name for name, each in judged.items() if each.basis != basis)))


def _ask_models(schema: Schema, settings: GoldSettings, heard: list[Heard]) -> Posteriors:
    """In two rounds: what the second is asked depends on what the first decided."""
    posteriors: Posteriors = {}
    for first in (True, False):
        asked: Asked = {}
        for each in heard:
            _resolved(schema, settings, each, posteriors, asked)
        posteriors |= estimate(settings, asked, [kind for kind in asked if asked_first(kind) == first])
    return posteriors


def _resolved(schema: Schema, settings: GoldSettings, heard: Heard, posteriors: Posteriors, asked: Asked | None = None) -> Gold:
    """Without adjudications first, to see what is contested; models learn from annotators alone."""
    alone = heard._replace(adjudications=[])
    gold, contested = resolve_article(schema, settings, alone, posteriors, {} if asked is None else asked)
    if not heard.adjudications:
        return gold
    return resolve_article(schema, settings, heard, posteriors, {}, contested)[0]
