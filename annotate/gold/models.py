"""Dawid–Skene and MACE asked about all articles at once: one model for each kind of decision of a layer.

Kinds are: whether an item exists, its type, each attribute, whether an argument exists, whether a link exists, each question, whether an
article cannot be annotated. Boundaries and names of entities have no classes that items share, so no model is asked about them.
"""

from __future__ import annotations

from collections.abc import Iterable

from annotate.gold.estimate import Judgement, dawid_skene, mace, tabulate
from annotate.gold.vote import MODELS
from annotate.records import Share
from annotate.workspace import GoldSettings

Kind = tuple[str, str]  # layer, what is decided
Asked = dict[Kind, list[Judgement]]
Posteriors = dict[Kind, dict[str, tuple[Share, ...]]]  # kind → unit → probabilities, in the order of the classes

# What is decided first: the other decisions are asked of items that exist, about the winning type, and refer to other items.
FIRST = ("exists", "type", "answer", "unusable")


def model_of(settings: GoldSettings, layer: str) -> str | None:
    """The model that is asked about a layer's decisions, if any."""
    strategy = settings.strategy_of(layer)
    return strategy if strategy in MODELS else settings.posterior or None


def kind_of(decision: str) -> str:
    """The kind of a decision: "attribute mode" and "answer genre" are kinds, "argument actor mentions-3" is of the kind "argument"."""
    word = decision.partition(" ")[0]
    return decision if word in ("attribute", "answer") else word


def asked_first(kind: Kind) -> bool:
    return kind[1].partition(" ")[0] in FIRST


def estimate(settings: GoldSettings, asked: Asked, kinds: Iterable[Kind]) -> Posteriors:
    """What the models say of what was asked, for these kinds."""
    return {kind: _posteriors(model_of(settings, kind[0]), asked[kind]) for kind in kinds if asked.get(kind)}


def _posteriors(model: str | None, rows: list[Judgement]) -> dict[str, tuple[Share, ...]]:
    table = tabulate(rows)
    posterior = (dawid_skene(table) if model == "dawid-skene" else mace(table)).posterior
    return {
        unit: tuple(Share(value, p) for value, p in zip(table.classes, row, strict=True))
        for unit, row in zip(table.items, posterior.tolist(), strict=True)
    }
