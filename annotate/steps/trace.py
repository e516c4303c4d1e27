"""`annotate trace`: how a gold answer came about, back to the annotations in Label Studio that it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from annotate.agreement.clusters import align_all, likeness
from annotate.errors import BadInput, UsageProblem
from annotate.records import Article, Cluster, Decision, Gold, Labelling, Marked
from annotate.schema import Schema, load_schema
from annotate.steps.stored import labellings_by_article
from annotate.store import Store, Version
from annotate.studio.submissions import People, annotator_of, decode_submission
from annotate.workspace import Workspace

WORDS = 60  # code points of a span that are shown


class Origin(Struct, frozen=True):
    """One version of one annotation, as a pull found it. The last of an annotation's is how it stands now.

    purpose: labelling, or adjudication; version: its number among the annotation's, from 1; submitted: as the server wrote it
    """

    annotator: str
    purpose: str
    server: str
    project: int
    task: int
    annotation: int
    version: int
    of: int
    submitted: str | None
    updated: str | None
    pulled: str
    schema: str
    deleted: bool


class Traced(Struct, frozen=True):
    """One gold answer (or something that was left out: ``id`` None), who marked it, why these are one thing, and what was decided."""

    id: str | None
    layer: str
    start: int | None
    end: int | None
    text: str | None
    marked: list[Marked]
    why: list[str]
    decisions: list[Decision]


class Trace(Struct, frozen=True):
    """Of one article. ``outdated``: adjudicators whose decision was of other annotations than there are now."""

    article: str
    resolution: str
    schema: str
    guidelines: list[str]
    annotators: list[str]
    adjudicators: list[str]
    outdated: list[str]
    answers: list[Traced]
    origins: list[Origin]


def run(workspace: Workspace, article_id: str, answer: str | None = None) -> Trace:
    """The trail of the gold in the store: of one item or question, or of everything.

    Raises UsageProblem where there is no such article or answer, BadInput where the article has no gold.
    """
    schema = load_schema(workspace.schema_path)
    with Store(workspace.store_path) as store:
        article = store.article(article_id)
        if article is None:
            raise UsageProblem(f"no article {article_id!r} in this workspace")
        record = store.gold_of(article_id)
        if record is None:
            raise BadInput(f"{article_id} has no gold; run `annotate gold` when somebody has submitted it")
        gold = msgspec.json.decode(record, type=Gold)
        ((_, own),) = labellings_by_article(store, schema, [article])
        origins = list(_origins(store.history(article_id), store.people()))
    answers = [each for each in _answers(schema, article, gold, own) if answer in (None, each.id)]
    if not answers:
        known = [each.id for each in gold.labelling.items] + [each.question for each in gold.labelling.answers]
        raise UsageProblem(f"{article_id} has no gold answer {answer!r}; it has {', '.join(known) or 'none'}")
    concerned = {name for each in answers for name in _names(each)}
    return Trace(
        article=article_id,
        resolution=gold.resolution,
        schema=gold.schema,
        guidelines=list(gold.guidelines),
        annotators=list(gold.annotators),
        adjudicators=list(gold.adjudicators),
        outdated=list(gold.outdated),
        answers=answers,
        origins=[each for each in origins if each.annotator in concerned],
    )


def _names(answer: Traced) -> Iterator[str]:
    yield from (each.annotator for each in answer.marked)
    for decision in answer.decisions:
        yield from decision.adjudicators
        for ballot in decision.ballots:
            yield from ballot.annotators


def _answers(schema: Schema, article: Article, gold: Gold, labellings: list[Labelling]) -> Iterator[Traced]:
    """Items and what was left out, in the order of the text; then what was decided about the article as a whole."""
    items: dict[tuple[str, str | None, int | None, int | None], list[Decision]] = defaultdict(list)
    whole: dict[str, list[Decision]] = defaultdict(list)
    for each in gold.decisions:
        if each.start is None:
            whole[each.decision.split(" ", 1)[-1]].append(each)
        else:
            items[each.layer, each.item, each.start, each.end].append(each)
    reasons = _reasons(schema, labellings)
    for cluster in sorted(gold.clusters, key=lambda each: (each.start, each.end, each.layer)):
        text = article.text[cluster.start : cluster.end]
        why = next((reasons[each.annotator, each.item] for each in cluster.members if (each.annotator, each.item) in reasons), [])
        yield _traced(cluster, text, why, items[cluster.layer, cluster.item, cluster.start, cluster.end])
    for name, decisions in whole.items():
        yield Traced(name, decisions[0].layer, None, None, None, [], [], decisions)


def _traced(cluster: Cluster, text: str, why: list[str], decisions: list[Decision]) -> Traced:
    return Traced(cluster.item, cluster.layer, cluster.start, cluster.end, text, list(cluster.members), why, decisions)


def _reasons(schema: Schema, labellings: list[Labelling]) -> dict[tuple[str, str], list[str]]:
    """(annotator, item) → why its cluster's members are together."""
    clusters, fillers = align_all(schema, labellings)
    told: dict[tuple[str, str], list[str]] = {}
    for own in clusters.values():
        for cluster in own:
            lines = []
            for each in likeness(cluster, fillers):
                kind = "the same type" if each.same_type else "another type"
                arguments = "" if each.arguments is None else f", {each.arguments:.2f} of the arguments"
                lines.append(f"{each.annotator}'s shares {each.overlap:.2f} of its characters with {each.other}'s, {kind}{arguments}")
            told |= {(name, item.id): lines for name, item in cluster.items()}
    return told


def _origins(versions: Iterable[Version], people: People) -> Iterator[Origin]:
    """By annotation, then by version; the server gives a number again that a deleted annotation had."""
    works: dict[int, list[Version]] = defaultdict(list)
    for version in versions:
        works[version.work].append(version)
    for own in sorted(works.values(), key=lambda own: (own[-1].url, own[-1].project, own[-1].annotation, own[-1].work)):
        for number, each in enumerate(own, 1):
            submission = decode_submission(each.body) if each.body is not None else None
            known = None if submission is None or isinstance(submission, str) else submission
            yield Origin(
                annotator=annotator_of(each.author, each.annotation, people),
                purpose=each.purpose,
                server=each.url,
                project=each.project,
                task=each.task,
                annotation=each.annotation,
                version=number,
                of=len(own),
                submitted=known.created_at if known else None,
                updated=known.updated_at if known else None,
                pulled=each.at,
                schema=each.schema,
                deleted=each.body is None,
            )


def show(done: Trace) -> str:
    under = f"schema {done.schema}" + (f", annotated under {', '.join(done.guidelines)}" if done.guidelines else "")
    lines = [f"{done.article}: {done.resolution}; {under}; annotators {', '.join(done.annotators)}"]
    lines += [f"adjudicated by {', '.join(done.adjudicators)}"] if done.adjudicators else []
    lines += [f"{name}'s decision was of other annotations than there are now; the article is open again" for name in done.outdated]
    for each in done.answers:
        lines += ["", *_answer_lines(each)]
    return "\n".join([*lines, "", "annotations in Label Studio:", *(f"  {_origin_line(each)}" for each in done.origins)])


def _answer_lines(answer: Traced) -> Iterator[str]:
    if answer.start is None:
        yield f"{answer.layer}: {answer.id}"
    else:
        words = " ".join((answer.text or "").split())
        shown = words if len(words) <= WORDS else words[: WORDS - 1] + "…"
        yield f"{answer.id or f'{answer.layer}, left out'} [{answer.start}, {answer.end}) «\u2068{shown}\u2069»"
    yield from (f"  marked by {each.annotator} as {each.item}" for each in answer.marked)
    yield from (f"  together: {each}" for each in answer.why)
    yield from (f"  {line}" for decision in answer.decisions for line in _decision_lines(decision))


def _decision_lines(each: Decision) -> Iterator[str]:
    sure = "" if each.confidence is None else f", {each.confidence:.2f}"
    yield f"{each.decision}: {each.outcome or 'no answer'} ({each.how}, {each.votes} of {each.of}{sure}; strategy {each.strategy})"
    yield from (f"  {ballot.value or 'nothing'}: {', '.join(ballot.annotators)}" for ballot in each.ballots)
    if each.posterior:
        yield "  model: " + ", ".join(f"{share.value or 'nothing'} {share.p:.3f}" for share in each.posterior)
    if each.adjudicators:
        said = "; ".join([*each.reasons, *each.comments])
        yield f"  adjudicated by {', '.join(each.adjudicators)} at {each.at}" + (f": {said}" if said else "")


def _origin_line(each: Origin) -> str:
    state = "deleted" if each.deleted else f"submitted {each.submitted}, as of {each.updated}"
    place = f"{each.server} project {each.project}, task {each.task}, annotation {each.annotation}"
    return f"{each.annotator} ({each.purpose}): {place}, version {each.version} of {each.of}: {state}; pulled {each.pulled}, {each.schema}"
