"""A JSON Schema as the features that a data set card declares, so that a loader guesses nothing."""

from __future__ import annotations

from typing import Any

DTYPES = {"string": "string", "integer": "int64", "number": "float64", "boolean": "bool"}

Json = dict[str, Any]


def features(described: Json) -> list[Json]:
    """The feature list of an object, as Hugging Face's front matter writes it."""
    return [{"name": name} | _feature(part) for name, part in described["properties"].items()]


def kind_of(part: Json) -> str:
    """The type of a part that may be null as well."""
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    return str(next(each for each in kinds if each != "null"))


def _feature(part: Json) -> Json:
    kind = kind_of(part)
    if kind == "object":
        return {"struct": features(part)}
    if kind == "array":
        inner = part["items"]
        return {"list": features(inner) if inner["type"] == "object" else DTYPES[inner["type"]]}
    return {"dtype": DTYPES[kind]}
