"""Write a release: beside its place, verified, then renamed into it, so that no half release is ever in place."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from annotate.agreement.results import Result
from annotate.errors import Unmet
from annotate.release.card import Counts, card
from annotate.release.lines import write_lines
from annotate.release.records import DIGITS, Record
from annotate.release.verify import verify
from annotate.schema import Schema
from annotate.schema.build import generated
from annotate.schema.record_schema import SPLITS

SUMS = "SHA256SUMS"


class Content(Struct, frozen=True):
    """All that goes into a release. ``splits``: article → (split, group), of every article that was drawn."""

    name: str
    version: str
    license: str
    schema: Schema
    schema_text: str
    gold: list[Record]
    annotations: list[Record]
    results: list[Result]
    splits: dict[str, tuple[str, str]]


def write_release(content: Content, exports: Path) -> tuple[Path, bool]:
    """(the release's folder, whether it was written now).

    A release of the same version that holds the same is verified and left; raises Unmet when it holds anything else, or when what was
    written does not verify.
    """
    place = exports / f"{content.name}-{content.version}"
    exports.mkdir(parents=True, exist_ok=True)
    part = exports / f".{place.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        _fill(part, content)
        _require_sound(part)
        if place.exists():
            if (part / SUMS).read_bytes() != _bytes(place / SUMS):
                raise Unmet(f"{place} is there and holds something else; releases never change: give another --version")
            _require_sound(place)
            return place, False
        part.rename(place)
        return place, True
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fill(folder: Path, content: Content) -> None:
    for split in SPLITS:
        write_lines(folder / f"{split}.jsonl", (record for record in content.gold if record["split"] == split))
    write_lines(folder / "annotations.jsonl", content.annotations)
    _write_json(folder / "agreement.json", {"results": [rounded(msgspec.to_builtins(each)) for each in content.results]})
    lock = [{"article": article, "split": split, "group": group} for article, (split, group) in sorted(content.splits.items())]
    _write_json(folder / "splits.lock.json", {"articles": lock})
    (folder / "schema").mkdir()
    for name, text in {"schema.yaml": content.schema_text, **generated(content.schema)}.items():
        (folder / "schema" / name).write_text(text, encoding="utf-8", newline="\n")
    (folder / "README.md").write_text(
        card(content.name, content.version, content.license, content.schema, _counts(content), content.results),
        encoding="utf-8",
        newline="\n",
    )
    (folder / SUMS).write_text(sums(folder), encoding="utf-8", newline="\n")


def sums(folder: Path) -> str:
    """``SHA256SUMS`` of every file in a folder, in the order of their names."""
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    return "".join(f"{sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in files)


def rounded(value: Any) -> Any:
    """Plain data with every float at six digits, so that the last bits of another machine's arithmetic change no byte."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list | tuple) else value


def _counts(content: Content) -> Counts:
    items: Counter[str] = Counter()
    for record in content.gold:
        for name in content.schema.span_layers:
            items[name] += len(record[name])
    return Counts(
        splits=dict(Counter(record["split"] for record in content.gold)),
        items={name: items[name] for name in content.schema.span_layers},
        languages=sorted({record["lang"] for record in content.gold}),
        annotations=len(content.annotations),
        annotators=len({record["annotator"] for record in content.annotations}),
    )


def _require_sound(folder: Path) -> None:
    problems = verify(folder)
    if problems:
        raise Unmet("\n".join([f"{folder}: the release does not verify:", *(str(each) for each in problems)]))


def _write_json(path: Path, document: Iterable[Any]) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""
