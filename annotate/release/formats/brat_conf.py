"""annotation.conf: the schema as brat's servers and bratiaa read it (brat.nlplab.org/configuration.html)."""

from __future__ import annotations

from annotate.schema import FrameLayer, Role, Schema

Names = dict[tuple[str, str], str]


def annotation_conf(schema: Schema, names: Names) -> str:
    """Its four sections: entities, relations, events, attributes."""
    sections = {
        "entities": [names[layer.name, each.name] for layer in schema.mention_layers for each in layer.types],
        "relations": [
            f"{link.name} Arg1:{types}, Arg2:{types}, <REL-TYPE>:symmetric-transitive"
            for link in schema.link_layers
            for types in ["|".join(names[link.between, each.name] for each in schema.span_layers[link.between].types)]
        ],
        "events": [line for layer in schema.frame_layers for line in _events(layer, schema, names)],
        "attributes": [line for layer in schema.frame_layers for line in _attributes(layer, names)],
    }
    return "\n".join(line for name, lines in sections.items() for line in (f"[{name}]", *lines, ""))


def _events(layer: FrameLayer, schema: Schema, names: Names) -> list[str]:
    roles = ", ".join(f"{role.name}*:{'|'.join(_fillers(role, schema, names))}" for role in layer.roles)
    return [f"{names[layer.name, each.name]} {roles}".rstrip() for each in layer.types]


def _fillers(role: Role, schema: Schema, names: Names) -> list[str]:
    return [names[layer, each.name] for layer, spans in schema.span_layers.items() for each in spans.types if role.takes(layer, each.name)]


def _attributes(layer: FrameLayer, names: Names) -> list[str]:
    lines = []
    for attribute in layer.attributes:
        asked = [names[layer.name, each.name] for each in layer.types if attribute.values_for(each.name)]
        lines.append(f"{attribute.name} Arg:{'|'.join(asked)}, Value:{'|'.join(value.name for value in attribute.values)}")
    return lines
