"""What changed from one release to another, why, and how much of a version number it takes.

Semantic versions, for data: in a document of both releases a label that is changed, gone or new makes what was measured on the older one
another number (major), and so do a text, a split or the records' shape that are others; documents that are added do not (minor); anything
else is a patch.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from annotate.errors import BadInput
from annotate.release.compared import ABOUT_ARTICLE, Answers, documents_of, is_standoff, schema_of

Reason = Literal["schema", "adjudication", "new annotation", "text", "resolution"]
Step = Literal["major", "minor", "patch"]
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
NAMED = 20
WHY: dict[Step, str] = {
    "major": "What was there is changed or gone: what was measured on the older release cannot be compared.",
    "minor": "Only additions: what was there holds.",
    "patch": "No document is new or gone, and no text, split or answer is another.",
}
FIRST = """# {name} {version}

The first release: none of a lower version lay in the same folder when it was made.

Later ones say here what changed: documents added and removed, texts, splits, answers by layer with the reason, agreement.
"""


class LayerChange(Struct, frozen=True):
    """Answers of one layer that changed for one reason: items, or answers to questions, in ``documents`` documents of both releases.

    changed: an item at the same place with another type, attribute or argument; an answer with another value
    """

    layer: str
    reason: Reason
    documents: int
    added: int
    removed: int
    changed: int


class KeyChange(Struct, frozen=True):
    """A key of what is said about the article, and in how many documents of both releases it is another."""

    key: str
    documents: int


class Moved(Struct, frozen=True):
    """A document that is in another split."""

    id: str
    old: str
    new: str


class AgreementMove(Struct, frozen=True):
    """A measure of agreement in both releases; None where it is undefined."""

    layer: str
    measure: str
    old: float | None
    new: float | None


class Comparison(Struct, frozen=True):
    """Two releases. Lists of documents are of ids, in order.

    texts:    documents whose text is another; splits: those that moved, of which there may be none
    articles: what is said of the articles and is another now: dates, sources, rights, weights …
    withheld: documents whose labels one of the releases does not hold, so that nothing can be said of them
    shape:    whether a key or type of the records that was there is another now, or gone
    step:     what of the version number has to rise; at_least: the version that makes
    """

    old: str
    new: str
    old_version: str | None
    new_version: str | None
    added: list[str]
    removed: list[str]
    texts: list[str]
    splits: list[Moved]
    articles: list[KeyChange]
    withheld: int
    answers: list[LayerChange]
    schema: tuple[str, str]
    shape: bool
    agreement: list[AgreementMove]
    step: Step
    at_least: str | None

    @property
    def high_enough(self) -> bool:
        """Whether the newer release's version says as much as changed; True where it has none yet."""
        if self.new_version is None or self.at_least is None:
            return True
        return _numbers(self.new_version) >= _numbers(self.at_least)


def compare(old: Path, new: Path) -> Comparison:
    """A release and a stand-off one are compared by what both hold. Raises BadInput where a folder is no release, or has a line that
    cannot be read.
    """
    schemas = [schema_of(folder) for folder in (old, new)]
    across = is_standoff(old) != is_standoff(new)
    before, after = (documents_of(folder, schema, hide=across) for folder, schema in zip((old, new), schemas, strict=True))
    both = sorted(before.keys() & after.keys())
    known = [name for name in both if not (before[name].withheld or after[name].withheld)]
    answers = _changes(before, after, known)
    added, removed = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    texts = [name for name in both if before[name].text != after[name].text]
    splits = [Moved(name, before[name].split, after[name].split) for name in both if before[name].split != after[name].split]
    shape = not across and _breaks(_shape(old), _shape(new))
    broken = removed or texts or splits or shape or answers
    step: Step = "major" if broken else "minor" if added else "patch"
    versions = [_version(folder) for folder in (old, new)]
    agreement = _agreement(old, new)
    told = _told(before, after, both)
    differs = bool(broken or added or told or agreement)
    return Comparison(
        old=old.name,
        new=new.name,
        old_version=versions[0],
        new_version=versions[1],
        added=added,
        removed=removed,
        texts=texts,
        splits=splits,
        articles=told,
        withheld=len(both) - len(known),
        answers=answers,
        schema=(schemas[0].id, schemas[1].id),
        shape=shape,
        agreement=agreement,
        step=step,
        at_least=raised(versions[0], step) if versions[0] is not None and differs else versions[0],
    )


def as_markdown(found: Comparison) -> str:
    """CHANGES.md."""
    lines = [f"# Changes since {found.old_version or found.old}", "", _verdict(found), ""]
    lines += [f"- Documents added: {_named(found.added)}", f"- Documents removed: {_named(found.removed)}"]
    lines += [f"- Texts changed: {_named(found.texts)}"] if found.texts else []
    moved = [f"{each.id} ({each.old} → {each.new})" for each in found.splits]
    lines += [f"- Documents in another split: {_named(moved)}" if moved else "- Splits: unchanged; no document moved"]
    lines += [
        f"- Schema: {found.schema[0]} → {found.schema[1]}"
        if found.schema[0] != found.schema[1]
        else f"- Schema: {found.schema[0]}, unchanged"
    ]
    lines += ["- Records: a key or value that was there is another now, or gone"] if found.shape else []
    lines += [f"- About the articles: `{each.key}` is another in {_documents(each.documents)}" for each in found.articles]
    held = f"- Withheld: the labels of {_documents(found.withheld)} are not in both releases, so they are not compared"
    lines += [held] if found.withheld else []
    if found.answers:
        lines += [
            "",
            "## Answers",
            "",
            "| layer | reason | documents | added | removed | changed |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [f"| {a.layer} | {a.reason} | {a.documents} | {a.added} | {a.removed} | {a.changed} |" for a in found.answers]
    else:
        lines += ["- Answers: unchanged in the documents of both"]
    if found.agreement:
        lines += ["", "## Agreement", "", "| layer | measure | before | now |", "| --- | --- | --- | --- |"]
        lines += [f"| {a.layer} | {a.measure} | {in_words(a.old)} | {in_words(a.new)} |" for a in found.agreement]
    return "\n".join(lines) + "\n"


def _verdict(found: Comparison) -> str:
    rises = found.at_least is not None and found.at_least != found.old_version
    return f"A {found.step} change. {WHY[found.step]}" + (f" The version is {found.at_least} or higher." if rises else "")


def _documents(count: int) -> str:
    return "1 document" if count == 1 else f"{count} documents"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} ({', '.join(names[:NAMED])}{more})" if names else "none"


def in_words(value: float | None) -> str:
    """A measure of agreement to the digits that are shown; what rounds to nothing has no sign."""
    return "undefined" if value is None else f"{round(value, 3) + 0.0:.3f}"


def _changes(before: Mapping[str, Answers], after: Mapping[str, Answers], both: list[str]) -> list[LayerChange]:
    counts: dict[tuple[str, Reason], Counter[str]] = {}
    for name in both:
        old, new = before[name], after[name]
        reason = _reason(old, new)
        for layer in dict.fromkeys([*old.layers, *new.layers]):
            mine, theirs = old.layers.get(layer, Counter()), new.layers.get(layer, Counter())
            if mine != theirs:
                gone, come = (
                    Counter(place for place, _ in (mine - theirs).elements()),
                    Counter(place for place, _ in (theirs - mine).elements()),
                )
                changed = (gone & come).total()
                found = {"documents": 1, "changed": changed, "removed": gone.total() - changed, "added": come.total() - changed}
                counts.setdefault((layer, reason), Counter()).update(found)
    return [
        LayerChange(layer, reason, each["documents"], each["added"], each["removed"], each["changed"])
        for (layer, reason), each in sorted(counts.items())
    ]


def _told(before: Mapping[str, Answers], after: Mapping[str, Answers], both: list[str]) -> list[KeyChange]:
    """Documents of both in which each key of ``ABOUT_ARTICLE`` is another; sentences and zones of another text are not counted."""
    same = [(before[name].article, after[name].article) for name in both if before[name].text == after[name].text]
    counts = [sum(old[at] != new[at] for old, new in same) for at in range(len(ABOUT_ARTICLE))]
    return [KeyChange(key, count) for key, count in zip(ABOUT_ARTICLE, counts, strict=True) if count]


def _reason(old: Answers, new: Answers) -> Reason:
    """Why a document's answers may differ; where several may be, the one that reaches furthest."""
    if old.schema != new.schema:
        return "schema"
    if old.text != new.text:
        return "text"
    if new.adjudicated and not old.adjudicated:
        return "adjudication"
    return "new annotation" if old.annotators != new.annotators else "adjudication" if new.adjudicated else "resolution"


def _shape(folder: Path) -> Any:
    path = folder / "schema" / "record.schema.json"
    return json.loads(path.read_bytes()) if path.is_file() else None


def _breaks(old: Any, new: Any) -> bool:
    """Whether what the older JSON Schema describes is described otherwise, or no more, by the newer; what is new breaks nothing."""
    if isinstance(old, dict) and isinstance(new, dict):
        return any(key not in new or _breaks(value, new[key]) for key, value in old.items() if key not in ("title", "const", "required"))
    if isinstance(old, list) and isinstance(new, list):
        return any(each not in new for each in old)
    return bool(old != new)


def _agreement(old: Path, new: Path) -> list[AgreementMove]:
    """The numbers of whole layers that moved, to the digits that are shown, or that one of the two has alone."""
    before, after = _results(old), _results(new)
    return [
        AgreementMove(*key, before.get(key), after.get(key))
        for key in dict.fromkeys([*before, *after])
        if in_words(before.get(key)) != in_words(after.get(key))
    ]


def _results(folder: Path) -> dict[tuple[str, str], float | None]:
    """(layer, measure) → value, of the part of the labelling that was begun last."""
    path = folder / "agreement.json"
    try:
        results = msgspec.json.decode(path.read_bytes())["results"] if path.is_file() else []
        return {(each["layer"], each["measure"]): each["value"] for each in results}
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{path}: no agreement file; `annotate verify` says what is wrong with the release") from None


def _version(folder: Path) -> str | None:
    """Of release.json, else of the folder's name."""
    try:
        return str(msgspec.json.decode((folder / "release.json").read_bytes())["version"])
    except (OSError, ValueError, KeyError, TypeError):
        found = VERSION.search(folder.name)
        return found[0] if found else None


def raised(version: str, step: Step) -> str:
    """The lowest version that a change of this step makes of one."""
    major, minor, patch = _numbers(version)
    if step == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if step == "minor" else f"{major}.{minor}.{patch + 1}"


def numbers_of(version: str) -> tuple[int, int, int] | None:
    """The three numbers of a version; None where it is none."""
    found = VERSION.match(version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _numbers(version: str) -> tuple[int, int, int]:
    if (found := numbers_of(version)) is None:
        raise BadInput(f"version {version!r} is not of the form 1.0.0")
    return found
