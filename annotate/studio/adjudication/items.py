"""What single items of an adjudicator's result list say: labels, arrows, choices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from annotate.schema import FrameLayer, Schema
from annotate.studio.results import Item

Arrow = tuple[str, str, str]  # from, label, to


def labels_of(items: Iterable[Item]) -> dict[str, list[tuple[str, str]]]:
    """Region → (layer, type) of its labels."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for item in items:
        if item.get("type") == "labels":
            found[str(item.get("id"))] += [(str(item.get("from_name")), label) for label in strings(item, "labels")]
    return found


def is_legal(schema: Schema, arrow: Arrow, labels: Mapping[str, list[tuple[str, str]]]) -> bool:
    """Whether the schema knows an argument or link that the arrow can be."""
    source, label, target = arrow
    for layer, _ in labels.get(source, ()):
        frames = schema.span_layers.get(layer)
        role = frames.role(label) if isinstance(frames, FrameLayer) else None
        if role is not None and any(role.takes(*filler) for filler in labels.get(target, ())):
            return True
    return any(each.name == label for each in schema.link_layers)


def drawn_arrows(results: Iterable[Item]) -> Iterator[Arrow]:
    """Every arrow by its label, in the direction that it points; without a label it is left to be told as a misfit."""
    for item in results:
        if item.get("type") == "relation":
            ends = [str(item.get("from_id")), str(item.get("to_id"))]
            if item.get("direction") == "left":
                ends.reverse()
            for label in item.get("labels") or [""]:
                yield ends[0], str(label), ends[1]


def chosen(item: Item) -> list[str]:
    return strings(item, "choices")


def strings(item: Item, key: str) -> list[str]:
    value = item.get("value")
    found = value.get(key) if isinstance(value, dict) else None
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
