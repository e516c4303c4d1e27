"""The release's README: a data set card whose front matter declares every feature, so that a loader guesses nothing."""

from __future__ import annotations

from typing import Any

import yaml
from msgspec import Struct

from annotate.agreement.results import Result
from annotate.agreement.text import HEADLINE
from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS, annotation_schema, record_schema

DTYPES = {"string": "string", "integer": "int64", "number": "float64", "boolean": "bool"}


class Counts(Struct, frozen=True):
    """What a release holds. ``splits``: split → documents; ``items``: layer → gold items."""

    splits: dict[str, int]
    items: dict[str, int]
    languages: list[str]
    annotations: int
    annotators: int


def card(name: str, version: str, license_name: str, schema: Schema, counts: Counts, results: list[Result]) -> str:
    """README.md of a release."""
    front = yaml.safe_dump(_front_matter(name, license_name, schema, counts), allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{front}---\n\n{_body(name, version, schema, counts, results)}"


def _front_matter(name: str, license_name: str, schema: Schema, counts: Counts) -> dict[str, Any]:
    # A loader cannot read an empty file; a split without documents is left out here, its file stays.
    gold = [{"split": split, "path": f"{split}.jsonl"} for split in SPLITS if counts.splits.get(split)]
    annotations = [{"split": "annotations", "path": "annotations.jsonl"}] if counts.annotations else []
    configs = [("gold", gold, record_schema(schema)), ("annotations", annotations, annotation_schema(schema))]
    return {
        "pretty_name": name,
        "language": counts.languages,
        "license": license_name or "other",
        "configs": [
            {"config_name": config, "data_files": files} | ({"default": True} if config == "gold" else {})
            for config, files, _ in configs
            if files
        ],
        "dataset_info": [{"config_name": config, "features": _features(record)} for config, files, record in configs if files],
    }


def _features(record: dict[str, Any]) -> list[dict[str, Any]]:
    """A JSON Schema object as the feature list of a data set card."""
    return [{"name": name} | _feature(part) for name, part in record["properties"].items()]


def _feature(part: dict[str, Any]) -> dict[str, Any]:
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    kind = next(each for each in kinds if each != "null")
    if kind == "object":
        return {"struct": _features(part)}
    if kind == "array":
        inner = part["items"]
        return {"list": _features(inner) if inner["type"] == "object" else DTYPES[inner["type"]]}
    return {"dtype": DTYPES[kind]}


def _body(name: str, version: str, schema: Schema, counts: Counts, results: list[Result]) -> str:
    documents = sum(counts.splits.values())
    splits = ", ".join(f"{split} {counts.splits.get(split, 0)}" for split in SPLITS)
    items = ", ".join(f"{count} {layer}" for layer, count in counts.items.items())
    shown = [each for each in results if each.measure in HEADLINE]
    rows = "\n".join(f"| {each.layer} | {each.measure} | {_shown(each)} | {_interval(each)} | {each.pairable} |" for each in shown)
    return f"""# {name} {version}

{documents} documents ({splits}) labelled with the schema `{schema.id}` ({schema.title.get("en", schema.title[schema.language])}): {items}.
{counts.annotations} annotations by {counts.annotators} annotators, each under a pseudonym.

## Files

| file | holds |
| --- | --- |
| `train.jsonl`, `dev.jsonl`, `test.jsonl` | gold, one document a line; `schema/record.schema.json` describes it |
| `annotations.jsonl` | what each annotator said; `schema/annotation.schema.json` describes it |
| `agreement.json` | agreement between the annotators, each number with its signature |
| `splits.lock.json` | every article's split and group; duplicates and stories never cross splits |
| `schema/` | the schema, the records' JSON Schemas, the guidelines |
| `SHA256SUMS` | `sha256sum -c SHA256SUMS` checks the files, `annotate verify .` everything |

Offsets count Unicode code points, half-open: `text[start:end]` is the span. `provenance.decisions` lists every gold decision that was not
unanimous, with its votes; what is not listed was unanimous.

```python
from datasets import load_dataset
gold = load_dataset("path/to/this/folder", "gold")
annotations = load_dataset("path/to/this/folder", "annotations")
```

## Agreement

On what each annotator first submitted. `agreement.json` has every coefficient, by type too, with what makes it comparable.

| layer | measure | value | 95% interval | pairable |
| --- | --- | --- | --- | --- |
{rows}
"""


def _shown(result: Result) -> str:
    return f"{result.value:.3f}" if result.value is not None else f"undefined: {result.reason}"


def _interval(result: Result) -> str:
    return f"{result.interval.low:.3f}–{result.interval.high:.3f}" if result.interval else ""
