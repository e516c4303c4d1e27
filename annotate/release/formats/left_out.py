"""What a format has no place for, said of each record that has it."""

from __future__ import annotations

from typing import Any

from annotate.release.formats.loss import LossReport
from annotate.schema import FrameLayer, Schema

Record = dict[str, Any]

TOLD = ("id", "type", "start", "end", "text", "entity", "attributes", "arguments", "name", "value")


def attributes_left_out(record: Record, layer: FrameLayer, report: LossReport) -> None:
    for frame in record[layer.name]:
        given = [f"{name}={value}" for name, value in frame["attributes"].items() if value is not None]
        if given:
            report.add("attributes", record["id"], frame["id"], ", ".join(given), len(given))


def arguments_left_out(record: Record, layer: FrameLayer, report: LossReport) -> None:
    for frame in record[layer.name]:
        given = [f"{each['role']}={each['ref']}" for each in frame["arguments"]]
        if given:
            report.add("arguments", record["id"], frame["id"], ", ".join(given), len(given))


def links_left_out(record: Record, name: str, layer: str, report: LossReport) -> None:
    """Of a link layer that joins the frames of ``layer``; each link is told once."""
    for frame in record[layer]:
        after = [other for other in frame[name] if frame["id"] < other]
        if after:
            report.add("links", record["id"], frame["id"], f"{name} {', '.join(after)}", len(after))


def entities_left_out(record: Record, layer: str, report: LossReport) -> None:
    """Names other than the mention's own words, which are what ``entity`` is where nobody named one."""
    for mention in record[layer]:
        if mention["entity"] not in (None, mention["text"]):
            report.add("entity", record["id"], mention["id"], mention["entity"])


def answers_left_out(record: Record, schema: Schema, report: LossReport) -> None:
    for layer in schema.choice_layers:
        given = [f"{each['name']}={each['value']}" for each in record[layer.name] if each["value"] is not None]
        if given:
            report.add("answers", record["id"], None, ", ".join(given), len(given))


def keys_left_out(described: Record, schema: Schema, *carried: str) -> list[str]:
    """The record's keys that are not among those carried, and of items and answers those beside what this module tells one by one."""
    told = {*TOLD, *(layer.name for layer in schema.link_layers)}
    layers = {layer.name for layer in schema.layers}
    keys = [key for key in described["properties"] if key not in layers and key not in carried]
    items = {name: part["items"]["properties"] for name, part in described["properties"].items() if name in layers}
    return keys + [f"{name}.{key}" for name, properties in items.items() for key in properties if key not in told]
