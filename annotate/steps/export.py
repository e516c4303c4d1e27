"""`annotate export`: a release folder."""

from __future__ import annotations

import re

from msgspec import Struct, structs

from annotate.agreement.intervals import Intervals
from annotate.agreement.labellings import measure_parts, parts_of
from annotate.agreement.results import Result
from annotate.corpus.sentences import sentences
from annotate.errors import BadInput, UsageProblem
from annotate.gold.resolve import resolve_all
from annotate.records import Article, Gold, Labelling
from annotate.release.records import annotation_record, gold_record, pseudonym
from annotate.release.write import Content, write_release
from annotate.schema import Schema, load_schema
from annotate.steps.gold import require_gates
from annotate.steps.stored import articles_by_id, first_labellings, stored_adjudications, stored_gold, stored_labellings, stories_of
from annotate.store import Store
from annotate.workspace import Workspace


class Exported(Struct, frozen=True):
    """Where the release lies, how many documents it holds, whether it was written now (else it was there, and is the same)."""

    folder: str
    documents: int
    annotations: int
    new: bool


def run(workspace: Workspace, version: str) -> Exported:
    """Write a release of the gold in the store, or verify the one of this version that is there.

    Raises Unmet when articles are short of their split's gate. Raises BadInput when articles lack a split or rights, or when there is no
    gold, or one of other annotations than those in the store.
    """
    if not re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version):
        raise UsageProblem(f"version {version!r} is not of the form 1.0.0")
    settings = workspace.settings.export
    schema = load_schema(workspace.schema_path)
    with Store(workspace.store_path) as store:
        articles, splits, salt = articles_by_id(store), store.splits(), store.meta("salt")
        resolved = stored_gold(store)
        labellings = stored_labellings(store, schema).labellings
        independent = first_labellings(store, schema).labellings
        adjudications = stored_adjudications(store, schema)
    _require_fresh(resolved, resolve_all(schema, labellings, workspace.settings.gold, adjudications))
    golds = [gold for gold in resolved if gold.labelling.unusable is None]
    _require_ready(golds, articles, splits, settings.rights)
    require_gates(resolved, splits, workspace.settings.gold)
    released = {gold.labelling.article for gold in golds}
    said = [each for each in labellings if each.article in released]
    content = Content(
        name=workspace.name,
        version=version,
        license=settings.license,
        schema=schema,
        schema_text=workspace.schema_path.read_text("utf-8"),
        gold=[
            gold_record(
                schema,
                article := articles[gold.labelling.article],
                sentences(article.text),
                gold,
                splits[article.id][0],
                settings.rights,
                lambda annotator: pseudonym(salt, annotator),
            )
            for gold in golds
        ],
        annotations=sorted(
            (annotation_record(schema, articles[each.article], each, pseudonym(salt, each.annotator)) for each in said),
            key=lambda record: (record["article"], record["annotator"]),
        ),
        results=_agreement(workspace, schema, articles, [each for each in independent if each.article in released], salt),
        splits=splits,
    )
    folder, new = write_release(content, workspace.exports)
    return Exported(str(folder), len(content.gold), len(content.annotations), new)


def _agreement(workspace: Workspace, schema: Schema, articles: dict[str, Article], independent: list[Labelling], salt: str) -> list[Result]:
    """Of what each annotator first submitted of the articles that are released, under pseudonyms."""
    named = [structs.replace(each, annotator=pseudonym(salt, each.annotator)) for each in independent]
    texts = {name: article.text for name, article in articles.items()}
    how = Intervals(stories=stories_of(articles))
    return measure_parts(schema, parts_of(named, workspace.settings.agreement.phases), texts=texts, how=how)


def _require_fresh(golds: list[Gold], now: list[Gold]) -> None:
    """Raise BadInput when the stored gold is not what the annotations, the schema and the strategy of today give."""
    stored = {gold.labelling.article: gold for gold in golds}
    today = {gold.labelling.article: gold for gold in now}
    if golds and (stale := sorted(name for name in stored.keys() | today.keys() if stored.get(name) != today.get(name))):
        raise BadInput(f"the gold of {len(stale)} articles is older than their annotations ({', '.join(stale[:5])} …); run `annotate gold`")


def _require_ready(golds: list[Gold], articles: dict[str, Article], splits: dict[str, tuple[str, str]], rights: str) -> None:
    if not golds:
        raise BadInput("no gold in this workspace; run `annotate pull` and `annotate gold` first")
    names = [gold.labelling.article for gold in golds]
    if without := [name for name in names if name not in splits]:
        raise BadInput(f"{len(without)} articles have no split ({', '.join(without[:5])} …); run `annotate split`")
    if without := [name for name in names if not (articles[name].source.rights or rights)]:
        raise BadInput(
            f"{len(without)} articles say nothing of their rights ({', '.join(without[:5])} …), so their text may not go out; "
            "give a `rights` column, or set `rights` under [export] in annotate.toml to vouch for them"
        )


def show(done: Exported) -> str:
    state = "written and verified" if done.new else "there already, the same: verified, not rewritten"
    return f"{done.folder}: {done.documents} documents, {done.annotations} annotations; {state}"
