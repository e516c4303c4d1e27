"""`annotate schema`: check a schema, and write what is generated from it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from annotate.schema import load_schema
from annotate.schema.build import build, out_of_step


class Checked(Struct, frozen=True):
    schema: str
    stale: list[str]
    written: bool


def run(path: Path, *, write: bool) -> Checked:
    """Check the schema.yaml at ``path`` and the generated files beside it; with ``write``, renew those that are stale."""
    schema = load_schema(path)
    if write:
        return Checked(schema.id, build(schema, path.parent), True)
    return Checked(schema.id, out_of_step(schema, path.parent), False)


def show(checked: Checked) -> str:
    if not checked.stale:
        return f"{checked.schema}: sound, and all that is generated from it is in step"
    if checked.written:
        return f"{checked.schema}: wrote {', '.join(checked.stale)}"
    return f"{checked.schema}: out of step: {', '.join(checked.stale)}; run `annotate schema build`"
