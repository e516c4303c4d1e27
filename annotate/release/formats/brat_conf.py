"""annotation.conf: the schema as brat's servers and bratiaa read it (brat.nlplab.org/configuration.html)."""

from __future__ import annotations

from annotate.schema import FrameLayer, Role, Schema

Names = dict[tuple[str, str], str]

SYMMETRIC = "<REL-TYPE>:symmetric-transitive"


def annotation_conf(schema: Schema, names: Names) -> str:
    """Its four sections: entities, relations, events, attributes. A layer's types are written once a section, as a macro: ``<events>``."""
    frames = [layer for layer in schema.frame_layers if layer.types]
    sections = {
        "entities": [names[layer.name, each.name] for layer in schema.mention_layers for each in layer.types],
        "relations": [f"{link.name} Arg1:<{link.between}>, Arg2:<{link.between}>, {SYMMETRIC}" for link in schema.link_layers],
        "events": [line for layer in frames for line in _events(layer, names)],
        "attributes": [line for layer in frames for line in _attributes(layer, names)],
    }
    macros = [f"<{name}>={'|'.join(names[name, each.name] for each in layer.types)}" for name, layer in schema.span_layers.items()]
    return "".join(
        f"[{name}]\n" + "".join(f"{line}\n" for line in [*(macros if name != "entities" else []), *lines]) + "\n"
        for name, lines in sections.items()
    )


def _events(layer: FrameLayer, names: Names) -> list[str]:
    roles = ", ".join(f"{role.name}*:{'|'.join(_fillers(role, names))}" for role in layer.roles)
    return [f"{names[layer.name, each.name]} {roles}".rstrip() for each in layer.types]


def _fillers(role: Role, names: Names) -> list[str]:
    return [names[layer, kind] if kind else f"<{layer}>" for layer, _, kind in (filler.partition(".") for filler in role.fills)]


def _attributes(layer: FrameLayer, names: Names) -> list[str]:
    lines = []
    for attribute in layer.attributes:
        asked = [names[layer.name, each.name] for each in layer.types if attribute.values_for(each.name)]
        types = f"<{layer.name}>" if len(asked) == len(layer.types) else "|".join(asked)
        lines.append(f"{attribute.name} Arg:{types}, Value:{'|'.join(value.name for value in attribute.values)}")
    return lines
