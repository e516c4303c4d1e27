"""What a release says of itself, in release.json: its format, what it holds, and what its card is written from."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from msgspec import Struct

from annotate import __version__
from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS

# 1 had no release.json. A release of an older format is verified by the rules of its own; raise it when record.schema.json changes.
FORMAT = 2
ABOUT = "release.json"
VOUCHED_FOR = ("agreement.json", "leakage.json", "schema/schema.yaml", "splits.lock.json")
TOOL = f"annotate {__version__}"
WITHHELD = "withheld"  # provenance.resolution of a document whose labels are not in the release


class Counted(Struct, frozen=True):
    """How many there are of something: gold items of a layer, documents resolved in a way, articles left out for a reason."""

    name: str
    count: int


class SplitCounts(Struct, frozen=True):
    """What a split holds: documents, gold items by layer, documents by ``provenance.resolution``, and how many were adjudicated.

    labels: gold items by ``layer.TYPE``, and answers by ``layer.question=value``
    """

    split: str
    documents: int
    items: list[Counted]
    resolutions: list[Counted]
    adjudicated: int
    labels: list[Counted]


class Counts(Struct, frozen=True):
    """What a release holds. ``years``: documents by the year they came out in, those without one under ``unknown``."""

    splits: list[SplitCounts]
    annotations: int
    annotators: int
    languages: list[Counted]
    years: list[Counted]
    publishers: int

    @property
    def documents(self) -> int:
        return sum(each.documents for each in self.splits)

    def items(self, layer: str) -> int:
        return sum(each.count for split in self.splits for each in split.items if each.name == layer)


class Gate(Struct, frozen=True):
    """What every document of a split has: gold of so many annotators, and no dispute that is not adjudicated."""

    split: str
    annotators: int
    adjudicated: bool


class Drawn(Struct, frozen=True):
    """One draw of `annotate sample`; its manifest is in samples/. ``pool``: articles there were, ``drawn``: articles drawn of them."""

    manifest: str
    pool: int
    drawn: int
    strata: list[str]
    keywords: int


class SplitTerms(Struct, frozen=True):
    """How splits were drawn, as splits.lock.json says it. ``late``: released articles that were labelled before they were drawn."""

    strategy: str
    seed: int
    holdout: list[str]
    late: int


class Told(Struct, frozen=True):
    """What only the researcher knows; empty where nothing was said. ``words`` is Markdown."""

    annotators: str = ""
    training: str = ""
    gaps: str = ""
    words: str = ""


class About(Struct, frozen=True):
    """release.json.

    text:      whether the articles' texts are in it (else it is a stand-off release: ids, hashes, offsets)
    withheld:  splits whose labels are not in it
    left_out:  articles of the workspace that are not in it, by reason
    gates:     what the documents of a split had to have before they went out
    resolved:  how several annotations became one answer (the strategy)
    with_text: of a stand-off release, the SHA-256 that each of its JSONL files has with the text in it
    sums:      the SHA-256 of each file that nothing else in the release proves (``is_vouched_for``)
    """

    format: int
    name: str
    version: str
    schema: str
    tool: str
    license: str
    text: bool
    withheld: list[str]
    counts: Counts
    left_out: list[Counted]
    gates: list[Gate]
    resolved: str
    drawn: list[Drawn]
    splits: SplitTerms
    told: Told
    with_text: list[FileSum] = []
    sums: list[FileSum] = []

    @property
    def of_this_toolkit(self) -> bool:
        """Whether this version of the toolkit made it, so that what is made from other files has to be as it would make it now."""
        return self.tool == TOOL

    @property
    def folder_name(self) -> str:
        return folder_name(self.name, self.version, text=self.text)


def folder_name(name: str, version: str, *, text: bool) -> str:
    """What a release's folder is called."""
    return f"{name}-{version}" if text else f"{name}-{version}-no-text"


def is_vouched_for(name: str) -> bool:
    """Whether release.json holds the sum of a file: one that cannot be made again from the others."""
    return name in VOUCHED_FOR or name.startswith("samples/")


class FileSum(Struct, frozen=True):
    """A file of the release and the SHA-256 of its bytes."""

    file: str
    sha256: str


class DocumentFacts(NamedTuple):
    """What of a document is counted. ``items``: layer → gold items; labels: ``layer.TYPE`` and ``layer.question=value``, one each."""

    split: str
    lang: str
    year: int | None
    publisher: str | None
    resolution: str
    adjudicated: bool
    items: dict[str, int]
    labels: list[str]


class Tally:
    """Counts what goes into a release, document by document."""

    def __init__(self, schema: Schema) -> None:
        self._layers = tuple(schema.span_layers)
        self._documents: Counter[str] = Counter()
        self._items: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._labels: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._resolutions: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._adjudicated: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._years: Counter[str] = Counter()
        self._publishers: set[str] = set()
        self._annotations = 0
        self._annotators: set[str] = set()

    def add_document(self, document: DocumentFacts) -> None:
        split = document.split
        self._documents[split] += 1
        self._items[split].update(document.items)
        self._labels[split].update(document.labels)
        self._resolutions[split][document.resolution] += 1
        self._adjudicated[split] += document.adjudicated
        self._languages[document.lang] += 1
        self._years["unknown" if document.year is None else str(document.year)] += 1
        if document.publisher is not None:
            self._publishers.add(document.publisher)

    def add_annotation(self, annotator: str) -> None:
        self._annotations += 1
        self._annotators.add(annotator)

    def counts(self) -> Counts:
        return Counts(
            splits=[self._split(split) for split in SPLITS],
            annotations=self._annotations,
            annotators=len(self._annotators),
            languages=_counted(self._languages),
            years=_counted(self._years),
            publishers=len(self._publishers),
        )

    def _split(self, split: str) -> SplitCounts:
        return SplitCounts(
            split=split,
            documents=self._documents[split],
            items=[Counted(layer, self._items[split][layer]) for layer in self._layers],
            resolutions=_counted(self._resolutions[split]),
            adjudicated=self._adjudicated[split],
            labels=_counted(self._labels[split]),
        )


def of_record(record: dict[str, Any], schema: Schema) -> DocumentFacts:
    """What of a gold record is counted."""
    provenance = record["provenance"]
    labels = [f"{layer}.{item['type']}" for layer in schema.span_layers for item in record[layer]]
    answers = ((layer.name, each) for layer in schema.choice_layers for each in record[layer.name])
    labels += [f"{layer}.{each['name']}={each['value']}" for layer, each in answers if each["value"] is not None]
    return DocumentFacts(
        split=record["split"],
        lang=record["lang"],
        year=record["date"]["year"],
        publisher=record["source"]["publisher"],
        resolution=provenance["resolution"],
        adjudicated=provenance["adjudicator"] is not None,
        items={layer: len(record[layer]) for layer in schema.span_layers},
        labels=labels,
    )


def _counted(counter: Counter[str]) -> list[Counted]:
    return [Counted(name, count) for name, count in sorted(counter.items())]
