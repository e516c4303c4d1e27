"""JSON Schema as types that the codec checks while it decodes, many times as fast as a validator."""

from __future__ import annotations

from keyword import iskeyword
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, defstruct

Json = dict[str, Any]
LIMITS = {"minimum": "ge", "maximum": "le", "pattern": "pattern"}
SCALARS: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}


def record_type(described: Json, name: str = "Record") -> type[Struct]:
    """A struct type of an object in which every key is required and no other is allowed; its fields stand in the schema's order."""
    fields = {key: field_of(key) for key in described["properties"]}
    return defstruct(
        name,
        [(fields[key], _type(part, f"{name}_{key}")) for key, part in described["properties"].items()],
        rename={field: key for key, field in fields.items()},
        forbid_unknown_fields=True,
        frozen=True,
        gc=False,
    )


def field_of(key: str) -> str:
    """The attribute that holds a key: the key, but for Python's own words."""
    return f"{key}_" if iskeyword(key) else key


def _type(part: Json, name: str) -> Any:
    if "const" in part:
        return Literal[part["const"]]
    if "enum" in part:
        return Literal[tuple(part["enum"])]
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    kind = next((each for each in kinds if each != "null"), None)
    if kind is None:
        return None
    found = _of_kind(kind, part, name)
    return found | None if "null" in kinds else found


def _of_kind(kind: str, part: Json, name: str) -> Any:
    if kind == "object":
        return record_type(part, name)
    if kind == "array":
        return list[_type(part["items"], name)]  # type: ignore[misc]
    bounds = {limit: part[word] for word, limit in LIMITS.items() if word in part}
    return Annotated[SCALARS[kind], Meta(**bounds)] if bounds else SCALARS[kind]
