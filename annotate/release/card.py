"""The release's README: a data set card whose front matter declares every feature, and whose body answers what a user should ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from annotate.agreement.results import Result
from annotate.agreement.text import HEADLINE
from annotate.release.about import About, Counts
from annotate.release.compare import in_words
from annotate.release.datasheet import sheet
from annotate.release.features import features
from annotate.release.record_keys import DECISIONS, record_keys
from annotate.schema import Schema
from annotate.schema.record_schema import annotation_schema, record_schema

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def card(about: About, schema: Schema, results: list[Result], sizes: Mapping[str, int]) -> str:
    """README.md of a release. ``sizes``: bytes of each JSONL file, by its name without ending."""
    front = yaml.safe_dump(front_matter(about, schema, sizes), allow_unicode=True, sort_keys=False, width=1000)
    parts = [_summary(about, schema), _files(about), _keys(schema), _labels(about.counts), _agreement(results), _datasheet(about, schema)]
    parts.append(about.told.words.strip())
    return f"---\n{front}---\n\n" + "\n".join(f"{part.strip()}\n" for part in parts if part.strip())


def front_matter(about: About, schema: Schema, sizes: Mapping[str, int]) -> dict[str, Any]:
    """What the Hugging Face hub and ``datasets`` read."""
    # A loader cannot read an empty file; a split without documents is left out here, its file stays.
    splits = {each.split: each.documents for each in about.counts.splits if each.documents}
    annotations = {"annotations": about.counts.annotations} if about.counts.annotations else {}
    configs = [
        ("gold", splits, record_schema(schema, text=about.text)),
        ("annotations", annotations, annotation_schema(schema, text=about.text)),
    ]
    return {
        "pretty_name": about.name,
        "language": [each.name for each in about.counts.languages],
        "license": about.license or "other",
        "task_categories": ["token-classification", "text-classification"],
        "size_categories": [next((size for limit, size in SIZES if about.counts.documents < limit), "n>1M")],
        "configs": [
            {"config_name": config, "data_files": [{"split": name, "path": f"{name}.jsonl"} for name in files]}
            | ({"default": True} if config == "gold" else {})
            for config, files, _ in configs
            if files
        ],
        "dataset_info": [
            {
                "config_name": config,
                "features": features(described),
                # ``datasets`` reads no split that lacks one of the three.
                "splits": [{"name": name, "num_bytes": sizes[name], "num_examples": count} for name, count in files.items()],
                "download_size": sum(sizes[name] for name in files),
                "dataset_size": sum(sizes[name] for name in files),
            }
            for config, files, described in configs
            if files
        ],
    }


def counts_table(counts: Counts) -> list[str]:
    """The rows of the card's table of counts, a split a row."""
    return [
        f"| {each.split} | " + " | ".join(str(count) for count in (each.documents, *(part.count for part in each.items))) + " |"
        for each in counts.splits
    ]


def heading(about: About) -> str:
    return f"# {about.name} {about.version}"


def agreement_table(results: list[Result]) -> list[str]:
    """The rows of the card's table of agreement, a measure a row."""
    shown = [each for each in results if each.measure in HEADLINE]
    return [f"| {each.layer} | {each.measure} | {_shown(each)} | {_interval(each)} | {each.pairable} |" for each in shown]


def _summary(about: About, schema: Schema) -> str:
    title = schema.title.get("en", schema.title[schema.language])
    splits = ", ".join(f"{each.split} {each.documents}" for each in about.counts.splits)
    rows = "\n".join(counts_table(about.counts))
    layers = list(schema.span_layers)
    return f"""{heading(about)}

{about.counts.documents} documents ({splits}) labelled with the schema `{schema.id}` ({title}).
{about.counts.annotations} annotations by {about.counts.annotators} annotators, each under a pseudonym.

| split | documents | {" | ".join(layers)} |
| --- | --- | {" | ".join("---" for _ in layers)} |
{rows}
"""


def _files(about: About) -> str:
    loading = """Offsets count Unicode code points, half-open: `text[start:end]` is the span. `provenance.decisions` lists every gold
decision that was not unanimous, with its votes; what is not listed was unanimous.

```python
from datasets import load_dataset
gold = load_dataset("path/to/this/folder", "gold")
annotations = load_dataset("path/to/this/folder", "annotations")
```
"""
    standoff = """The texts may not be passed on, so they are not here: `text` and the spans' `text` are null, and a title or an entity's
name is its first place in the text (`text:START-END`) or, where the article does not hold it, `sha256:…` or `name:…`. Who has the articles
gets the whole release back with `annotate rehydrate . --articles FOLDER`, every text checked against its `text_sha256`.
"""
    withheld = f"The documents of {', '.join(about.withheld)} come without labels; `provenance.resolution` says `withheld`.\n"
    table = """## Files

| file | holds |
| --- | --- |
| `train.jsonl`, `dev.jsonl`, `test.jsonl` | gold, one document a line; `schema/record.schema.json` describes it |
| `annotations.jsonl` | what each annotator said; `schema/annotation.schema.json` describes it |
| `agreement.json` | agreement between the annotators, each number with its signature |
| `CHANGES.md` | what changed since the release before |
| `leakage.json` | what the splits share: copies, stories, sentences, quotations; `annotate verify` finds it anew |
| `samples/` | what the articles were drawn from, where they were drawn |
| `splits.lock.json` | every article's split and group; duplicates and stories never cross splits |
| `schema/` | the schema, the records' JSON Schemas, the guidelines |
| `formats/` | the gold in other formats, where they were asked for; each says in `LOSS.md` what it could not carry |
| `release.json`, `croissant.json` | what this card says, for programs; the second as Croissant |
| `SHA256SUMS` | `sha256sum -c SHA256SUMS` checks the files, `annotate verify .` everything |
"""
    return "\n".join([table, loading, *([] if about.text else [standoff]), *([withheld] if about.withheld else [])])


def _keys(schema: Schema) -> str:
    rows = "\n".join(f"| {', '.join(f'`{each}`' for each in keys.split(', '))} | {holds} |" for keys, holds in record_keys(schema))
    return f"""## Records

| key | holds |
| --- | --- |
{rows}

{DECISIONS}

A line of `annotations.jsonl` has the same layers as one annotator marked them (`unsure`: with a doubt), and `unusable`, why the article
cannot be annotated, or null.
"""


def labels_table(counts: Counts) -> list[str]:
    """The rows of the card's table of labels: a type of item, or an answer, a row, with its count in each split."""
    by_split = [{label.name: label.count for label in each.labels} for each in counts.splits]
    names = sorted({name for labels in by_split for name in labels})
    return [f"| {name} | " + " | ".join(str(labels.get(name, 0)) for labels in by_split) + " |" for name in names]


def _labels(counts: Counts) -> str:
    rows = "\n".join(labels_table(counts))
    return f"""## Labels

| label | {" | ".join(each.split for each in counts.splits)} |
| --- | {" | ".join("---" for _ in counts.splits)} |
{rows}
"""


def _agreement(results: list[Result]) -> str:
    rows = "\n".join(agreement_table(results))
    return f"""## Agreement

On what each annotator first submitted; `annotations.jsonl` holds what they said last. `pairable` counts the units that two or
more judged. `agreement.json` has every coefficient, by type too, with what makes it comparable.

| layer | measure | value | 95% interval | pairable |
| --- | --- | --- | --- | --- |
{rows}
"""


def _datasheet(about: About, schema: Schema) -> str:
    said = sheet(about, schema)
    questions = (
        ("Where do the articles come from?", said.collection),
        ("Which languages are they in?", said.languages),
        ("From when are they?", said.time_frame),
        ("What was done to the texts?", said.preprocessing),
        ("Who labelled them?", said.annotators),
        ("How were the annotators trained?", said.training),
        ("How were they labelled, and how did several answers become one?", said.protocol),
        ("With what?", said.platform),
        ("How were the splits drawn?", said.splits),
        ("What is not in the release?", said.left_out),
        ("What gaps are known?", said.gaps),
        ("Under what rights?", said.rights),
        ("What does it say of people?", said.personal),
        ("How is it maintained?", said.maintenance),
    )
    return "## Datasheet\n\n" + "\n".join(f"**{question}** {answer}\n" for question, answer in questions)


def _shown(result: Result) -> str:
    return in_words(result.value) if result.value is not None else f"undefined: {result.reason}"


def _interval(result: Result) -> str:
    return f"{in_words(result.interval.low)}–{in_words(result.interval.high)}" if result.interval else ""
