"""A stand-off release turned back into the release with text that it was made from, proved by the sums it carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import merge
from itertools import groupby
from pathlib import Path

import msgspec

from annotate.agreement.results import Result
from annotate.errors import BadInput, Unmet, UsageProblem
from annotate.release.about import ABOUT, About
from annotate.release.documents import ANNOTATIONS, Document, Wanted
from annotate.release.lines import read_json, read_lines
from annotate.release.records import Record
from annotate.release.standoff import annotation_with_text, with_text
from annotate.release.sums import files_in, sha256_of
from annotate.release.verify.about import read_about
from annotate.release.verify.agreement import AGREEMENT
from annotate.release.verify.described import ANNOTATION_SCHEMA, RECORD_SCHEMA
from annotate.release.write import Content, Found, Written, require_sound, write_release
from annotate.schema import Schema, load_schema
from annotate.schema.record_schema import SPLITS

# What is written anew; the other files stay as they are.
MADE = frozenset([AGREEMENT, RECORD_SCHEMA, ANNOTATION_SCHEMA, ABOUT, "README.md", "croissant.json"])

# (SHA-256 of a text, its title as the stand-off release has it) → (text, title)
Find = Callable[[str, str | None], tuple[str, str | None]]


def require_standoff(folder: Path) -> About:
    """What a stand-off release says of itself. Raises UsageProblem when it has its texts, Unmet when it is not sound."""
    about, _ = read_about(folder)
    if about is not None and about.text:
        raise UsageProblem(f"{folder}: holds its texts already; name a release that was made with --no-text")
    require_sound(folder)
    if about is None:
        raise UsageProblem(f"{folder}: a release of an older format, which holds its texts")
    return about


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each document's text → its id."""
    return {record["text_sha256"]: record["id"] for split in SPLITS for record in _records(folder / f"{split}.jsonl")}


def rehydrate(folder: Path, about: About, find: Find, exports: Path) -> Written:
    """Write the release with text below ``exports``. Raises Unmet when a file comes out other than it was."""
    schema = load_schema(folder / "schema" / "schema.yaml")
    content = Content(
        name=about.name,
        version=about.version,
        license=about.license,
        tool=about.tool,
        schema=schema,
        documents=_documents(folder, schema, find),
        found=lambda: _found(folder),
        extra={},
        left_out=about.left_out,
        gates=about.gates,
        resolved=about.resolved,
        drawn=about.drawn,
        splits=about.splits,
        told=about.told,
        withheld=tuple(about.withheld),
    )

    def proved(part: Path, _: About) -> None:
        other = [each.file for each in about.with_text if sha256_of(part / each.file) != each.sha256]
        if other:
            raise Unmet(
                f"{', '.join(other)}: not as it was with text, though every text is; was it exported by another version of annotate?"
            )

    return write_release(content, exports, Wanted(), proved)


def _found(folder: Path) -> Found:
    """What is as it was: agreement, and every file that is not written anew."""
    files = {name: (folder / name).read_bytes() for name in files_in(folder) if name not in MADE and not name.endswith(".jsonl")}
    return Found(msgspec.convert(read_json((folder / AGREEMENT).read_bytes())["results"], list[Result]), files, [])


def _documents(folder: Path, schema: Schema, find: Find) -> Iterator[Document]:
    """Every document with its text, in the order of the ids; gold and annotations are read side by side."""
    golds = merge(*(_records(folder / f"{split}.jsonl") for split in SPLITS), key=lambda record: str(record["id"]))
    said = groupby(_records(folder / f"{ANNOTATIONS}.jsonl"), key=lambda record: str(record["article"]))
    ahead = next(said, None)
    for gold in golds:
        text, title = find(gold["text_sha256"], gold["title"])
        own: list[Record] = []
        if ahead is not None and ahead[0] == gold["id"]:
            own = [annotation_with_text(schema, each, text) for each in ahead[1]]
            ahead = next(said, None)
        yield Document(with_text(schema, gold, text, title), own)


def _records(path: Path) -> Iterator[Record]:
    for place, record in read_lines(path):
        if not isinstance(record, dict):
            raise BadInput(f"{place}: {record.message}")
        yield record
