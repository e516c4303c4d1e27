"""Is a release what it says it is? Needs no workspace, no server and nobody's word."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import structs

from annotate.errors import BadInput, Problem
from annotate.release.about import ABOUT, About
from annotate.release.formats import FORMATS as KNOWN_FORMATS
from annotate.release.sums import SUMS, digests_of, entry_problems, files_in, sum_problems
from annotate.release.verify.about import about_problems, count_problems, layout_problems, read_about, sum_faults
from annotate.release.verify.agreement import AGREEMENT, agreement_problems, results_of
from annotate.release.verify.card import CARD, CROISSANT, Found, card_problems, croissant_problems
from annotate.release.verify.changes import CHANGES, Held, change_problems
from annotate.release.verify.described import ANNOTATION_SCHEMA, RECORD_SCHEMA, SCHEMA, Described, described_by
from annotate.release.verify.locked import LOCK, lock_problems
from annotate.release.verify.records import ANNOTATIONS, Annotations, Documents
from annotate.release.verify.words import named_problems
from annotate.schema import Schema, load_schema
from annotate.schema.build import generated
from annotate.schema.record_schema import SPLITS

JSONL = (*(f"{split}.jsonl" for split in SPLITS), ANNOTATIONS)
REQUIRED = (*JSONL, AGREEMENT, LOCK, CARD, SUMS, SCHEMA, RECORD_SCHEMA, ANNOTATION_SCHEMA)
SINCE_2 = (ABOUT, CROISSANT, "leakage.json", CHANGES)
BESIDE = (CARD, CROISSANT, SUMS, "leakage.json", CHANGES)  # what the rest can be looked at without
FORMATS = "formats/"


def verify(folder: Path, names: Iterable[str] = ()) -> list[Problem]:
    """Everything that is wrong with a release folder, by file and line, but for leaks across splits and what is in formats/; empty when it
    is sound.

    names: people's names and addresses that may stand nowhere in it. Raises BadInput when the folder is not there, or cannot be read.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: no such folder; name the folder of a release")
    try:
        return [Problem(_printable(each.place), _printable(each.message)) for each in _problems(folder, names)]
    except OSError as error:
        raise BadInput(f"{error.filename or folder}: {error.strerror or error}; a release has to be readable to be verified") from None


def _printable(words: str) -> str:
    """Names of files, and words in them, may hold what no terminal takes."""
    return words.encode("utf-8", "backslashreplace").decode().replace("\n", "\\n")


def _problems(folder: Path, names: Iterable[str]) -> list[Problem]:
    about, problems = read_about(folder)
    missing = [Problem(name, "missing") for name in REQUIRED if not (folder / name).is_file()]
    digests = digests_of(folder)
    entries = [*entry_problems(folder), *sum_problems(folder, digests)]
    if problems and (folder / ABOUT).exists():
        return [*problems, *missing, *entries]
    if about is None and (folder / CROISSANT).is_file():
        missing.append(Problem(ABOUT, "missing"))
    elif about is not None:
        missing += [Problem(name, "missing") for name in SINCE_2 if not (folder / name).is_file()]
    problems = missing + entries
    if any(each.place not in BESIDE for each in missing):
        return problems
    try:
        schema = load_schema(folder / SCHEMA)
    except BadInput as error:
        return [*problems, Problem(SCHEMA, str(error).removeprefix(f"{folder / SCHEMA}: "))]
    described, faults = described_by(folder, schema, about)
    strange = [*_strange(folder, schema, about), *about_problems(folder, about)] if about is not None else ()
    problems += [*faults, *named_problems(folder, names)]
    told = _files(problems)
    problems += [each for each in strange if each.place not in told]
    if described is None:
        return problems
    return problems + list(_contents(folder, schema, about, described, digests, _files(problems)))


def _files(problems: Iterable[Problem]) -> set[str]:
    """The files of which something is said."""
    return {each.place.partition(":")[0] for each in problems}


def _strange(folder: Path, schema: Schema, about: About) -> Iterator[Problem]:
    """Files that no release has: a copy of the articles forgotten in a stand-off release would go out with it."""
    manifests = {each.manifest for each in about.drawn}
    known = {*REQUIRED, *SINCE_2, *(f"schema/{name}" for name in generated(schema)), *manifests}
    here = files_in(folder)
    yield from (Problem(name, "missing") for name in sorted(manifests.difference(here)))
    for name in here:
        if name.startswith(FORMATS) and not about.text:
            yield Problem(name, "holds text, though the release is said to have none")
        elif name.startswith(FORMATS) and name.split("/")[1] not in KNOWN_FORMATS:
            yield Problem(name, f"is of no format; there are {', '.join(KNOWN_FORMATS)}")
        elif not name.startswith(FORMATS) and name not in known:
            yield Problem(name, "is no file of a release")


def _contents(
    folder: Path, schema: Schema, about: About | None, described: Described, digests: Mapping[str, str], told: Collection[str]
) -> Iterator[Problem]:
    documents = Documents(folder, schema, described.gold, about)
    annotations = Annotations(documents, described.annotations)
    faults = [*documents.check(), *annotations.check()]
    spoilt = {*told, *_files(faults)}.intersection(JSONL)
    faults += [*lock_problems(folder, documents, about), *agreement_problems(folder, schema)]
    if about is not None:
        faults += sum_faults(digests, about, {*told, *_files(faults)})
    if about is None:
        yield from faults
        return
    if about.schema != schema.id:
        faults.append(Problem(ABOUT, f"says schema {about.schema}, schema.yaml is {schema.id}"))
    counts = documents.tally.counts() if documents.sound and annotations.sound else about.counts
    faults += count_problems(about, counts)
    if ABOUT not in {*told, *_files(faults)}:
        faults += layout_problems(folder, about)
    yield from faults
    about = structs.replace(about, counts=counts)
    measured = AGREEMENT not in {*told, *_files(faults)}
    results = results_of(folder) if measured else None
    found = Found(folder, about, schema, described, results, digests, spoilt)
    if (folder / CARD).is_file() and CARD not in told:
        yield from card_problems(found)
    if (folder / CROISSANT).is_file() and CROISSANT not in told:
        yield from croissant_problems(found)
    if (folder / CHANGES).is_file() and CHANGES not in told:
        places = None if documents.unread else {name: place.split for name, place in documents.places.items()}
        yield from change_problems((folder / CHANGES).read_bytes(), Held(about, schema.id, places, results or []))
