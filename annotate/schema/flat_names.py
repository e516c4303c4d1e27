"""Names of types for formats that know no layers: a type's own name where no other layer has it, else ``layer-TYPE``."""

from __future__ import annotations

from collections import Counter

from annotate.schema.model import Schema

LayerType = tuple[str, str]  # layer, type


def flat_names(schema: Schema) -> dict[LayerType, str]:
    """(layer, type) → its name, each name once. A schema's own names hold no hyphen."""
    pairs = [(name, each.name) for name, layer in schema.span_layers.items() for each in layer.types]
    count = Counter(kind for _, kind in pairs)
    return {(layer, kind): kind if count[kind] == 1 else f"{layer}-{kind}" for layer, kind in pairs}
