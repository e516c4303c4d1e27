"""`annotate adjudicate`: what annotators differ on to an adjudicator in Label Studio, and the decisions back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain

import msgspec
from msgspec import Struct

from annotate.agreement.intervals import Intervals
from annotate.agreement.labellings import measure_labellings
from annotate.agreement.results import Result
from annotate.agreement.text import tables
from annotate.errors import Problem, StudioProblem
from annotate.gold.disputes import disputes_of
from annotate.gold.resolve import basis_of, resolve_all
from annotate.records import Adjudication, Labelling
from annotate.schema import Schema, load_schema
from annotate.steps.stored import OWN_ALLOWED, articles_by_id, stored_decisions, stored_labellings, stored_sheets, stories_of
from annotate.steps.studio import client_of
from annotate.store import Store
from annotate.studio.addresses import moved_line, moved_on_server
from annotate.studio.adjudication.decisions import Decisions
from annotate.studio.adjudication.project import (
    close_tasks,
    find_adjudication,
    make_adjudication,
    send_sheets,
    tasks_by_round,
    update_adjudication,
)
from annotate.studio.adjudication.sheet import Sheet, sheet_of
from annotate.studio.adjudication.tasks import candidate_letters
from annotate.studio.connect import source_name
from annotate.studio.people import emails
from annotate.studio.pull import pull_project
from annotate.studio.results import page_of
from annotate.studio.tasks import list_tasks
from annotate.workspace import Settings, Workspace
from annotate.workspace_lock import one_at_a_time


class Offered(Struct, frozen=True):
    """An article for adjudicators: what is contested on it, and how much (entropy in bits × the layers' weights)."""

    article: str
    round: int
    contested: int
    priority: float


class Pushed(Struct, frozen=True):
    """Disputed articles sent now (on a dry run: to be sent), the worst first, and those there already.

    closed: tasks of earlier rounds, or of articles not disputed any more, that nobody had decided; they are out of the queue
    """

    project: str
    address: str | None
    sent: list[Offered]
    there: int
    closed: list[str]
    problems: list[Problem]
    dry_run: bool


class Status(Struct, frozen=True):
    """Where adjudication stands, in articles; every disputed one is in one of the lists.

    decided:  as many adjudicators as were asked have decided, and settled it
    torn:     so many have, but they differ; the next one to be asked settles it
    partly:   some have
    waiting:  sent, and nobody has
    reopened: decided once, but its annotations changed since; the next push makes another round
    unsent:   not sent yet
    """

    disputed: int
    decided: list[str]
    torn: list[str]
    partly: list[str]
    waiting: list[str]
    reopened: list[str]
    unsent: list[str]
    adjudicators: dict[str, int]
    problems: list[Problem]


class Pull(Struct, frozen=True):
    """Decisions by what happened to them since the last pull, and where adjudication stands now.

    moved: addresses under which the same server was known before; their decisions go on under the present one
    """

    new: int
    changed: int
    deleted: int
    unchanged: int
    moved: list[str]
    status: Status


class Agreed(Struct, frozen=True):
    """Agreement between adjudicators, on articles that several decided in the same round."""

    articles: int
    adjudicators: int
    results: list[Result]


def run_push(workspace: Workspace, *, dry_run: bool = False) -> Pushed:
    """Send every disputed article once a round: another round only where its annotations have changed since the last."""
    settings, schema = workspace.settings, load_schema(workspace.schema_path)
    title = settings.studio.project or workspace.name
    with one_at_a_time(workspace.folder, "adjudicate push"), Store(workspace.store_path) as store, client_of(workspace) as client:
        mark = store.meta("workspace")
        before = stored_sheets(store, schema)
        wanted = list(wanted_sheets(store, schema, settings, before, stored_decisions(store, schema).adjudications))
        letters = candidate_letters([*before, *wanted])
        project = find_adjudication(client, mark)
        if not dry_run:
            _keep(store, before, wanted)
            if project is not None:
                update_adjudication(client, project, schema, letters, settings.adjudication.overlap)
            elif wanted:
                project = make_adjudication(client, mark, title, schema, letters, settings.adjudication.overlap)
        tasks, problems = tasks_by_round(client, project)
        current = {(each.article, each.round) for each in wanted}
        send = sorted((each for each in wanted if (each.article, each.round) not in tasks), key=lambda each: (-each.priority, each.article))
        stale = [task for key, task in tasks.items() if key not in current and not task.annotations and not task.closed]
        if not dry_run and project is not None:
            problems += send_sheets(client, project, page_of(schema), articles_by_id(store), send, letters, settings.studio.batch)
            close_tasks(client, stale, closed=True)
            again = (task for key, task in tasks.items() if key in current and task.closed and not task.annotations)
            close_tasks(client, again, closed=False)
        address = f"{client.url}/projects/{project.number}/data" if project else None
    return Pushed(
        project=project.title if project else f"{title} – adjudication",
        address=address,
        sent=[Offered(each.article, each.round, each.contested, each.priority) for each in send],
        there=len(wanted) - len(send),
        closed=[f"{task.article} round {task.round}" for task in stale],
        problems=problems,
        dry_run=dry_run,
    )


def wanted_sheets(
    store: Store, schema: Schema, settings: Settings, before: Iterable[Sheet], decided: Iterable[Adjudication] = ()
) -> Iterator[Sheet]:
    """The sheet of every disputed article: the one that was made of the same labellings, else one of the next round.

    Where a later round is decided, an earlier one is over, even if its labellings are those of today again.
    """
    over: defaultdict[str, int] = defaultdict(int)
    for each in decided:
        over[each.article] = max(over[each.article], each.round)
    known: defaultdict[str, list[Sheet]] = defaultdict(list)
    for sheet in before:
        known[sheet.article].append(sheet)
    salt, weights = store.meta("salt"), settings.adjudication.weights
    for article, own in sorted(_disputed(store, schema, settings).items()):
        basis, rounds = basis_of(own), known[article]
        made = next((each for each in reversed(rounds) if each.basis == basis and each.round >= over[article]), None)
        number = rounds[-1].round + 1 if rounds else 1
        yield made or sheet_of(schema, own, number=number, basis=basis, salt=salt, weights=weights)


def _disputed(store: Store, schema: Schema, settings: Settings) -> dict[str, list[Labelling]]:
    """Article → its labellings, of every article on which annotators differ, whether or not an adjudicator has decided."""
    labellings = stored_labellings(store, schema).labellings
    by_article: defaultdict[str, list[Labelling]] = defaultdict(list)
    for each in labellings:
        by_article[each.article].append(each)
    golds = resolve_all(schema, labellings, settings.gold)
    disputed = [gold.labelling.article for gold in golds if disputes_of(gold)]
    return {article: by_article[article] for article in disputed}


def _keep(store: Store, before: list[Sheet], wanted: list[Sheet]) -> None:
    """Before anything is sent: a task whose sheet was lost could not be read again."""
    known = {(each.article, each.round) for each in before}
    new = [each for each in wanted if (each.article, each.round) not in known]
    store.put_sheets((each.article, each.round, each.basis, msgspec.json.encode(each)) for each in new)


def run_pull(workspace: Workspace, *, own: bool = False) -> Pull:
    """Keep what the adjudication project says now. ``own``: decisions on articles that one labelled oneself count."""
    settings, schema = workspace.settings, load_schema(workspace.schema_path)
    source = source_name(settings.studio.url)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with one_at_a_time(workspace.folder, "adjudicate pull"), Store(workspace.store_path) as store, client_of(workspace) as client:
        project = find_adjudication(client, store.meta("workspace"))
        if project is None:
            raise StudioProblem(f"{client.url} has no adjudication project of this workspace; run `annotate adjudicate push` first")
        moved = moved_on_server(client, store, source, project, "adjudication")
        store.put_people(source, emails(client))
        store.set_meta(OWN_ALLOWED, "yes" if own or settings.adjudication.own else "no")
        store.put_rounds(
            source, project.number, {each.number: each.round for each in list_tasks(client, project) if each.round is not None}
        )
        pull = store.begin_pull(source, project.number, schema.id, at, purpose="adjudication")
        pull_project(client, store, project, pull, full=False, deleted=False)
        changes = store.changes(pull)
        status = status_of(store, schema, settings)
    return Pull(changes.new, changes.changed, changes.deleted, changes.unchanged, moved, status)


def run_status(workspace: Workspace) -> Status:
    """Where adjudication stood at the last pulls; needs no server."""
    with Store(workspace.store_path) as store:
        return status_of(store, load_schema(workspace.schema_path), workspace.settings)


def status_of(store: Store, schema: Schema, settings: Settings) -> Status:
    decisions, sheets = stored_decisions(store, schema), stored_sheets(store, schema)
    disputed = _disputed(store, schema, settings)
    bases = {article: basis_of(own) for article, own in disputed.items()}
    golds = resolve_all(schema, chain(*disputed.values()), settings.gold, decisions.adjudications)
    unsettled = {gold.labelling.article for gold in golds if disputes_of(gold)}
    sent = {(each.article, each.basis) for each in sheets}
    lists: dict[str, list[str]] = {name: [] for name in ("decided", "torn", "partly", "waiting", "reopened", "unsent")}
    for article, basis in bases.items():
        state = _state(article, basis, decisions, (article, basis) in sent, settings.adjudication.overlap)
        lists["torn" if state == "decided" and article in unsettled else state].append(article)
    people: defaultdict[str, int] = defaultdict(int)
    for each in decisions.adjudications:
        people[each.adjudicator] += each.basis == bases.get(each.article)
    return Status(len(bases), **lists, adjudicators=dict(sorted(people.items())), problems=decisions.problems)


def _state(article: str, basis: str, decisions: Decisions, sent: bool, overlap: int) -> str:
    own = {each.adjudicator: each for each in decisions.adjudications if each.article == article}  # each one's last round
    current = sum(each.basis == basis for each in own.values())
    if current:
        return "decided" if current >= overlap else "partly"
    if own:
        return "reopened"
    return "waiting" if sent else "unsent"


def run_agree(workspace: Workspace, *, how: Intervals = Intervals()) -> Agreed:
    """Agreement between adjudicators by the measures of `annotate agree`. What the annotators agreed on is the same in all decisions
    and counts as agreement."""
    schema = load_schema(workspace.schema_path)
    with Store(workspace.store_path) as store:
        articles = articles_by_id(store)
        decided = stored_decisions(store, schema).adjudications
    labellings = [each.labelling for own in _last_rounds(decided).values() if len(own) > 1 for each in own]
    texts = {name: article.text for name, article in articles.items()}
    by_story = msgspec.structs.replace(how, stories=stories_of(articles))
    results = measure_labellings(schema, labellings, texts=texts, how=by_story, gamma=False) if labellings else []
    return Agreed(len({each.article for each in labellings}), len({each.annotator for each in labellings}), results)


def _last_rounds(decided: Iterable[Adjudication]) -> dict[str, list[Adjudication]]:
    """Article → the decisions of its last round that was decided."""
    found: dict[str, list[Adjudication]] = {}
    for each in decided:
        own = found.setdefault(each.article, [])
        if own and own[0].round != each.round:
            own.clear()
        own.append(each)
    return found


def show_push(done: Pushed) -> str:
    verb = "to send" if done.dry_run else "sent"
    at = f" ({done.address})" if done.address else ""
    lines = [f"{done.project}: {len(done.sent)} disputed articles {verb}, {done.there} there already{at}"]
    lines += [f"  {each.article}: {each.contested} contested, priority {each.priority:.2f}{_round(each)}" for each in done.sent]
    closed = "would be taken" if done.dry_run else "taken"
    lines += [f"  {each}: out of date and undecided; {closed} out of the queue" for each in done.closed]
    return "\n".join(lines + [f"  {problem}" for problem in done.problems])


def _round(each: Offered) -> str:
    return f"; round {each.round}, for its annotations changed since round {each.round - 1}" if each.round > 1 else ""


def show_pull(done: Pull) -> str:
    changes = f"{done.new} new decisions, {done.changed} changed, {done.deleted} deleted, {done.unchanged} as before"
    return "\n".join([changes, *map(moved_line, done.moved), show_status(done.status)])


def show_status(done: Status) -> str:
    lines = [f"{done.disputed} disputed articles: {len(done.decided)} decided"]
    for name, said in (
        ("torn", "decided, but the adjudicators differ; raise overlap under [adjudication], or let them talk and update their decisions"),
        ("partly", "decided by some of the adjudicators asked"),
        ("waiting", "waiting for an adjudicator"),
        ("reopened", "open again, for annotations changed since the decision; `annotate adjudicate push` makes another round"),
        ("unsent", "not sent yet; `annotate adjudicate push` sends them"),
    ):
        if found := getattr(done, name):
            lines.append(f"  {len(found)} {said}: {', '.join(found[:10])}{' …' if len(found) > 10 else ''}")
    lines += [f"  {name}: {count} decisions" for name, count in done.adjudicators.items()]
    if done.problems:
        lines.append(f"decisions that do not count ({len(done.problems)}); their articles stay open:")
    return "\n".join(lines + [f"  {problem}" for problem in done.problems])


def show_agree(done: Agreed) -> str:
    if not done.results:
        return "no article was decided by several adjudicators; set overlap under [adjudication] in annotate.toml"
    return "\n".join([f"{done.articles} articles, {done.adjudicators} adjudicators", *tables(done.results, [])])
