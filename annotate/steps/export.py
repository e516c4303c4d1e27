"""`annotate export`: a release folder."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache, partial
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct, structs

from annotate.agreement.intervals import Intervals
from annotate.agreement.labellings import GatheredParts, measure_gathered_parts
from annotate.agreement.results import Result
from annotate.corpus.sampling.manifest import Manifest
from annotate.errors import BadInput, Unmet, UsageProblem
from annotate.gold.gates import ALWAYS
from annotate.records import Gold, SplitLock
from annotate.release.about import TOOL, About, Counted, Drawn, Gate, SplitTerms, Told, folder_name
from annotate.release.compare import FIRST, as_markdown, compare
from annotate.release.documents import Document, Wanted
from annotate.release.formats import write_formats
from annotate.release.leakage import Leakage
from annotate.release.lines import pretty
from annotate.release.records import annotation_record, gold_record, pseudonym
from annotate.release.verify.changes import CHANGES
from annotate.release.write import Content, Found, write_release
from annotate.schema import Schema, load_schema
from annotate.schema.build import generated
from annotate.schema.record_schema import SPLITS
from annotate.steps.gold import require_gates
from annotate.steps.leakage import CERTIFICATE, passing, sentences_of
from annotate.steps.stored import all_by_article, require_fresh_gold, stored_adjudications
from annotate.store import Store
from annotate.workspace import Workspace

log = logging.getLogger(__name__)

VERSION = r"[0-9]+\.[0-9]+\.[0-9]+"
CARD = "card.md"  # of the workspace: the researcher's own words, which every release's card ends with
SAMPLES = "samples"
WHOLE = Wanted()
Pseudonyms = Callable[[str], str]  # of an annotator


class Exported(Struct, frozen=True):
    """Where the release lies, how many documents it holds, whether it was written now (else it was there, and is the same).

    labels: where the labels lie that the release withholds
    """

    folder: str
    documents: int
    annotations: int
    new: bool
    labels: str | None = None


class Ready(NamedTuple):
    """The articles that are released; those of the workspace that are not, by reason; which stories there are; as of when."""

    articles: dict[str, str]  # id → split
    left_out: list[Counted]
    stories: dict[str, str]
    as_of: str | None


class Passed(NamedTuple):
    """What is noted of the documents while they are written: for agreement, for the certificate, and everybody who submitted anything."""

    first: GatheredParts
    leakage: Leakage
    annotators: set[str]


def run(workspace: Workspace, version: str, wanted: Wanted = WHOLE, formats: Sequence[str] = (), *, as_of: str | None = None) -> Exported:
    """Write a release of the gold in the store, or verify the one of this version that is there.

    formats: to write it in, besides
    as_of:   with the annotations of that time, or after that pull; the gold must be of the same

    Raises Unmet when articles are short of their split's gate. Raises BadInput when articles lack a split or rights, or when there is no
    gold, or one of other annotations than those in the store.
    """
    if not re.fullmatch(VERSION, version):
        raise UsageProblem(f"version {version!r} is not of the form 1.0.0")
    if unknown := [each for each in wanted.withhold if each not in SPLITS]:
        raise UsageProblem(f"--withhold {','.join(unknown)}: name some of {', '.join(SPLITS)}")
    if formats and not wanted.text:
        raise UsageProblem("--format needs the texts, which --no-text leaves out; give one of them")
    schema = load_schema(workspace.schema_path)
    with Store(workspace.store_path) as store, closing(Leakage()) as leakage:
        require_fresh_gold(store, workspace, schema, as_of)
        ready = _ready(store, workspace, as_of, text=wanted.text)
        _require_gates(store, workspace)
        passed = Passed(GatheredParts(schema, workspace.settings.agreement.phases), leakage, set())
        content = _content(store, workspace, schema, version, ready, passed)
        written = write_release(
            content, workspace.exports, wanted, lambda folder, about: _finish(folder, about, workspace.exports, formats)
        )
    if lacking := [name for name in formats if not (written.folder / "formats" / name).is_dir()]:
        raise Unmet(
            f"{written.folder} is there, the same but without {', '.join(lacking)}; a release never changes: "
            f"`annotate convert {written.folder} --format {','.join(lacking)} --out FOLDER` writes them elsewhere"
        )
    counts = written.about.counts
    return Exported(str(written.folder), counts.documents, counts.annotations, written.new, str(written.labels) if written.labels else None)


def _require_gates(store: Store, workspace: Workspace) -> None:
    """Raise Unmet when articles are short of their split's gate; the gold of splits without one is not read."""
    gates = ALWAYS | workspace.settings.gold.gates
    gated = {article: place for article, place in store.splits().items() if place[0] in gates}
    bodies = filter(None, map(store.gold_of, gated))
    golds = (msgspec.json.decode(body, type=Gold) for body in bodies)
    require_gates(golds, gated, workspace.settings.gold, store.drawn_late())


def _finish(folder: Path, about: About, exports: Path, formats: Sequence[str]) -> None:
    """What is made from the other files: other formats, and what changed since the release before."""
    if formats:
        write_formats(folder, formats)
    before = _before(exports, about)
    found = compare(before, folder) if before is not None else None
    told = as_markdown(found) if found else FIRST.format(name=about.name, version=about.version)
    (folder / CHANGES).write_text(told, encoding="utf-8", newline="\n")
    if found is not None and not found.high_enough:
        log.warning("a %s change since %s: the version should be %s or higher (CHANGES.md)", found.step, found.old_version, found.at_least)


def _before(exports: Path, about: About) -> Path | None:
    """The release of the next lower version; of two, with texts and without, the one of the same kind."""
    own, other = (
        re.compile(re.escape(folder_name(about.name, "VERSION", text=text)).replace("VERSION", VERSION))
        for text in (about.text, not about.text)
    )
    there = [path for path in exports.iterdir() if own.fullmatch(path.name) or other.fullmatch(path.name)]
    lower = [path for path in there if _numbers(path.name) < _numbers(about.version)]
    return max(lower, key=lambda path: (_numbers(path.name), own.fullmatch(path.name) is not None), default=None)


def _numbers(name: str) -> tuple[int, ...]:
    """The numbers of the version that a name holds."""
    return tuple(map(int, re.findall(VERSION, name)[-1].split(".")))


def _content(store: Store, workspace: Workspace, schema: Schema, version: str, ready: Ready, passed: Passed) -> Content:
    settings = workspace.settings.export
    name = _pseudonyms(store.meta("salt"))
    schema_files = {"schema.yaml": workspace.schema_path.read_text("utf-8"), **generated(schema)}
    manifests = {path.name: path.read_bytes() for path in sorted((workspace.folder / SAMPLES).glob("*.json"))}
    return Content(
        name=workspace.name,
        version=version,
        license=settings.license,
        tool=TOOL,
        schema=schema,
        documents=_documents(store, schema, ready, settings.rights, name, passed),
        found=lambda: _found(store, schema, ready, passed),
        extra={
            **{f"schema/{name}": text.encode() for name, text in schema_files.items()},
            **{f"{SAMPLES}/{name}": body for name, body in manifests.items()},
            "splits.lock.json": _lock(store),
        },
        left_out=ready.left_out,
        gates=[Gate(split, gate.annotators, gate.adjudicated) for split, gate in (ALWAYS | workspace.settings.gold.gates).items()],
        resolved=workspace.settings.gold.strategy,
        drawn=[_drawn(name, body) for name, body in manifests.items()],
        splits=_split_terms(store, ready),
        told=Told(settings.annotators, settings.training, settings.gaps, _words(workspace)),
    )


def _documents(store: Store, schema: Schema, ready: Ready, rights: str, name: Pseudonyms, passed: Passed) -> Iterator[Document]:
    """Every released document in the order of the ids, its article, gold and annotations read once, as it is reached."""
    released = ready.articles
    golds = (msgspec.json.decode(body, type=Gold) for article, body in store.gold() if article in released)
    articles = passing(store.articles(), released, passed.leakage)
    for article, (now, first) in all_by_article(store, schema, articles, ready.as_of):
        passed.annotators.update(each.annotator for each in first.labellings)
        if article.id not in released:
            continue
        passed.first.add(structs.replace(each, annotator=name(each.annotator)) for each in first.labellings)
        record = gold_record(schema, article, sentences_of(article.text), next(golds), released[article.id], rights, name)
        lines = (annotation_record(schema, article, each, name(each.annotator)) for each in now.labellings)
        yield Document(record, sorted(lines, key=itemgetter("annotator")))


def _found(store: Store, schema: Schema, ready: Ready, passed: Passed) -> Found:
    return Found(
        results=_agreement(store, passed.first, ready),
        files={CERTIFICATE: pretty(passed.leakage.certificate())},
        names=[each for who in _people(store, schema, passed.annotators) for each in _names(who)],
    )


class _Texts(Mapping[str, str]):
    """The texts of the articles, each read from the store when it is wanted."""

    def __init__(self, store: Store, names: Mapping[str, str]) -> None:
        self._store, self._names = store, names

    def __getitem__(self, name: str) -> str:
        article = self._store.article(name)
        if article is None:
            raise KeyError(name)
        return article.text

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _people(store: Store, schema: Schema, annotators: set[str]) -> set[str]:
    """Everybody who is known to have to do with the labelling."""
    adjudicators = {each.adjudicator for each in stored_adjudications(store, schema)}
    return annotators | adjudicators | set(store.people().values())


def _pseudonyms(salt: str) -> Pseudonyms:
    """Each annotator's, made once."""
    return cache(partial(pseudonym, salt))


def _agreement(store: Store, first: GatheredParts, ready: Ready) -> list[Result]:
    return measure_gathered_parts(first.parts(), texts=_Texts(store, ready.articles), how=Intervals(stories=ready.stories))


def _ready(store: Store, workspace: Workspace, as_of: str | None, *, text: bool) -> Ready:
    """What is to be released. Raises BadInput when an article of it lacks a split, or rights where its text goes out."""
    splits = store.splits()
    usable = store.usable_gold()
    if not usable:
        raise BadInput("no gold in this workspace; run `annotate pull` and `annotate gold` first")
    lock = store.split_lock()
    apart = {each.article for each in (*lock.withdrawn, *lock.quarantined)} if lock else set()
    names = [name for name, fine in usable.items() if fine and name not in apart]
    if without := [name for name in names if name not in splits]:
        raise BadInput(f"{len(without)} articles have no split ({', '.join(without[:5])} …); run `annotate split`")
    silent: list[str] = []
    stories: dict[str, str] = {}
    total = 0
    for article in store.articles():
        total += 1
        if usable.get(article.id) and article.id not in apart:
            silent += [] if article.source.rights else [article.id]
            stories |= {article.id: article.story} if article.story else {}
    if silent and text and not workspace.settings.export.rights:
        raise BadInput(
            f"{len(silent)} articles say nothing of their rights ({', '.join(silent[:5])} …), so their text may not go out; "
            "give a `rights` column, set `rights` under [export] in annotate.toml to vouch for them, or export with --no-text"
        )
    unusable = sum(not fine for fine in usable.values())
    left_out = [
        Counted("not annotated", total - len(usable)),
        Counted("cannot be annotated, say its annotators", unusable),
        Counted("would join two splits, or proved to be in two", len(usable) - unusable - len(names)),
    ]
    return Ready({name: splits[name][0] for name in names}, [each for each in left_out if each.count], stories, as_of)


def _split_terms(store: Store, ready: Ready) -> SplitTerms:
    lock = store.split_lock() or SplitLock()
    return SplitTerms(lock.strategy, lock.seed, list(lock.holdout), len(store.drawn_late() & ready.articles.keys()))


def _lock(store: Store) -> bytes:
    return pretty(store.split_lock())


def _drawn(name: str, body: bytes) -> Drawn:
    try:
        manifest = msgspec.json.decode(body, type=Manifest)
    except msgspec.DecodeError as error:
        raise BadInput(f"{SAMPLES}/{name}: cannot be read as the manifest of a sample ({error}); put it aside") from None
    pool, drawn = (sum(getattr(each, key) for each in manifest.strata) for key in ("articles", "drawn"))
    return Drawn(f"{SAMPLES}/{name}", pool, drawn, list(manifest.design.by), len(manifest.design.keywords))


def _words(workspace: Workspace) -> str:
    path = workspace.folder / CARD
    try:
        return path.read_text("utf-8-sig").replace("\r\n", "\n") if path.is_file() else ""
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def _names(annotator: str) -> Iterator[str]:
    """What would tell who somebody is: the address, and a name of several parts before its @ (``first.last``, First Last); or a name
    of several words.
    """
    local, at, _ = annotator.partition("@")
    parts = re.split(r"[._-]+", local) if at else annotator.split()
    if at:
        yield annotator
    if len(parts) > 1:
        yield from (local, " ".join(parts))


def show(done: Exported) -> str:
    state = "written and verified" if done.new else "there already, the same: verified, not rewritten"
    labels = f"\n{done.labels}: the labels that it withholds" if done.labels else ""
    return f"{done.folder}: {done.documents} documents, {done.annotations} annotations; {state}{labels}"
