"""Is a release what it says it is? Needs no workspace, no server and nobody's word."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import structs

from annotate.errors import BadInput, Problem
from annotate.release.about import ABOUT, About, Counts
from annotate.release.formats import FORMATS as KNOWN_FORMATS
from annotate.release.sums import SUMS, digests_of, entry_problems, files_in, sum_problems
from annotate.release.verify.about import about_problems, count_problems, layout_problems, read_about, sum_faults
from annotate.release.verify.agreement import AGREEMENT, agreement_problems, results_of
from annotate.release.verify.card import CARD, CROISSANT, Found, agreed_on, card_problems, croissant_problems
from annotate.release.verify.changes import CHANGES, Held, change_problems
from annotate.release.verify.described import ANNOTATION_SCHEMA, RECORD_SCHEMA, SCHEMA, Described, described_by
from annotate.release.verify.locked import LOCK, lock_problems
from annotate.release.verify.made_again import is_made_otherwise
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
    if folder.name.endswith("-labels") and not (folder / SCHEMA).exists():
        raise BadInput(f"{folder}: holds labels that the release beside it withholds, for `annotate score --gold`; name that release")
    try:
        with _uncollected():
            return [Problem(_printable(each.place), _printable(each.message)) for each in _problems(folder, names)]
    except OSError as error:
        raise BadInput(f"{error.filename or folder}: {error.strerror or error}; a release has to be readable to be verified") from None


@contextmanager
def _uncollected() -> Iterator[None]:
    """Records stream by and hold no cycles; to look for some among all that is kept of them would take more time the more there is."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


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
    spoilt = {*told, *_files(faults), *annotations.doubted}.intersection(JSONL)
    faults += [*lock_problems(folder, documents, about, digests[LOCK]), *agreement_problems(folder, schema)]
    if about is None:
        yield from faults
        return
    faults += sum_faults(digests, about, {*told, *_files(faults)})
    if about.schema != schema.id:
        faults.append(Problem(ABOUT, f"says schema {about.schema}, schema.yaml is {schema.id}"))
    trusted = ABOUT not in {*told, *_files(faults)}
    counts = documents.tally.counts() if documents.sound and annotations.sound else about.counts
    faults += count_problems(about, counts)
    results = results_of(folder) if AGREEMENT not in {*told, *_files(faults)} else None
    places = None if documents.unread else {name: place.split for name, place in documents.places.items()}
    faults += _prose(Found(folder, about, schema, described, results, digests, spoilt, trusted), counts, places, told)
    yield from faults
    if ABOUT not in {*told, *_files(faults)}:
        yield from layout_problems(folder, about)


def _prose(found: Found, counts: Counts, places: Mapping[str, str] | None, told: Collection[str]) -> Iterator[Problem]:
    """What is said in words, for people and programs. ``counts``: those of the files, which release.json should have."""
    about = found.about
    for key, value in agreed_on(found.folder).items():
        if getattr(about, key) != value:
            yield Problem(ABOUT, f"says {key} {getattr(about, key)}, {CARD} and {CROISSANT} {value}")
            about = structs.replace(about, **{key: value})
    # Where release.json does not count what the files hold, card and Croissant may be right with the one or with the other.
    ways = [found._replace(about=structs.replace(about, counts=each)) for each in {id(c): c for c in (counts, about.counts)}.values()]
    yield from min((_described_again(each, told) for each in ways), key=len)
    path = found.folder / CHANGES
    if path.is_file() and CHANGES not in told:
        yield from change_problems(path.read_bytes(), Held(about, found.schema.id, places, found.results or []))


def _described_again(found: Found, told: Collection[str]) -> list[Problem]:
    """Card and Croissant. Where both are other than they come out of release.json, it is most likely that which was changed."""
    card = list(card_problems(found)) if (found.folder / CARD).is_file() and CARD not in told else []
    metadata = list(croissant_problems(found)) if (found.folder / CROISSANT).is_file() and CROISSANT not in told else []
    if len(card) == len(metadata) == 1 and is_made_otherwise(card[0]) and is_made_otherwise(metadata[0]):
        return [Problem(ABOUT, f"does not say what {CARD} and {CROISSANT} say; {card[0]}")]
    return card + metadata
