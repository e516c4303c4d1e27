"""Write what is generated from a schema beside its schema.yaml, and tell what is out of step."""

from __future__ import annotations

import json
from pathlib import Path

from annotate.schema.guidelines import guidelines
from annotate.schema.labelling_page import labelling_page
from annotate.schema.model import Schema
from annotate.schema.record_schema import annotation_schema, record_schema


def generated(schema: Schema) -> dict[str, str]:
    """File name → content of everything generated from a schema."""
    files = {
        "label-studio.xml": labelling_page(schema),
        "record.schema.json": _json(record_schema(schema)),
        "annotation.schema.json": _json(annotation_schema(schema)),
    }
    return files | {f"guidelines.{language}.md": guidelines(schema, language) for language in schema.languages}


def out_of_step(schema: Schema, folder: Path) -> list[str]:
    """The names of the generated files that are missing in the folder or differ from the schema."""
    return [name for name, text in generated(schema).items() if not _same(folder / name, text)]


def build(schema: Schema, folder: Path) -> list[str]:
    """Write the generated files that are out of step; return their names."""
    stale = out_of_step(schema, folder)
    for name in stale:
        (folder / name).write_text(generated(schema)[name], encoding="utf-8", newline="\n")
    return stale


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode("utf-8")


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
