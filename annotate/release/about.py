"""What a release says of itself, in release.json: its format, what it holds, and what its card is written from."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from msgspec import Struct

from annotate.schema import Schema
from annotate.schema.record_schema import SPLITS

# 1 had no release.json. A release of an older format is verified by the rules of its own; raise it when record.schema.json changes.
FORMAT = 2
ABOUT = "release.json"
WITHHELD = "withheld"  # provenance.resolution of a document whose labels are not in the release


class Counted(Struct, frozen=True):
    """How many there are of something: gold items of a layer, documents resolved in a way, articles left out for a reason."""

    name: str
    count: int


class SplitCounts(Struct, frozen=True):
    """What a split holds: documents, gold items by layer, and documents by ``provenance.resolution``."""

    split: str
    documents: int
    items: list[Counted]
    resolutions: list[Counted]


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
    told: Told
    with_text: list[FileSum] = []

    @property
    def folder_name(self) -> str:
        return folder_name(self.name, self.version, text=self.text)


def folder_name(name: str, version: str, *, text: bool) -> str:
    """What a release's folder is called."""
    return f"{name}-{version}" if text else f"{name}-{version}-no-text"


class FileSum(Struct, frozen=True):
    """A file of the release and the SHA-256 of its bytes."""

    file: str
    sha256: str


class Tally:
    """Counts what goes into a release, document by document."""

    def __init__(self, schema: Schema) -> None:
        self._layers = tuple(schema.span_layers)
        self._documents: Counter[str] = Counter()
        self._items: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._resolutions: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._languages: Counter[str] = Counter()
        self._years: Counter[str] = Counter()
        self._publishers: set[str] = set()
        self._annotations = 0
        self._annotators: set[str] = set()

    def add_document(self, split: str, lang: str, year: int | None, publisher: str | None, resolution: str, items: dict[str, int]) -> None:
        """``items``: layer → gold items of the document."""
        self._documents[split] += 1
        self._items[split].update(items)
        self._resolutions[split][resolution] += 1
        self._languages[lang] += 1
        self._years["unknown" if year is None else str(year)] += 1
        if publisher is not None:
            self._publishers.add(publisher)

    def add_annotation(self, annotator: str) -> None:
        self._annotations += 1
        self._annotators.add(annotator)

    def counts(self) -> Counts:
        return Counts(
            splits=[
                SplitCounts(
                    split=split,
                    documents=self._documents[split],
                    items=[Counted(layer, self._items[split][layer]) for layer in self._layers],
                    resolutions=_counted(self._resolutions[split]),
                )
                for split in SPLITS
            ],
            annotations=self._annotations,
            annotators=len(self._annotators),
            languages=_counted(self._languages),
            years=_counted(self._years),
            publishers=len(self._publishers),
        )


def of_record(record: dict[str, Any], schema: Schema) -> tuple[str, str, int | None, str | None, str, dict[str, int]]:
    """A gold record as what ``Tally.add_document`` takes."""
    items = {layer: len(record[layer]) for layer in schema.span_layers}
    source, resolution = record["source"]["publisher"], record["provenance"]["resolution"]
    return record["split"], record["lang"], record["date"]["year"], source, resolution, items


def _counted(counter: Counter[str]) -> list[Counted]:
    return [Counted(name, count) for name, count in sorted(counter.items())]
