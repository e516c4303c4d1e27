"""`annotate stories`: pairs that may tell the same events, for a person to decide; what was decided, into the store."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from annotate.corpus.stories.decisions import SAME, Decision, add_decisions, read_decisions, stories, unknown_articles
from annotate.corpus.stories.suggest import Suggestion, suggest_stories
from annotate.errors import Problem, StudioProblem, raise_bad_input
from annotate.records import Article
from annotate.schema import load_schema
from annotate.steps.stored import articles_by_id
from annotate.steps.story_parts import JOINS, Joins, joins_of
from annotate.steps.studio import client_of
from annotate.store import Store
from annotate.studio.story_pairs import Offer, find_pairs, make_pairs, said_of_pairs, send_pairs
from annotate.workspace import Workspace
from annotate.workspace_lock import one_at_a_time


class Suggested(Struct, frozen=True):
    """Pairs that nobody has decided on, best first; titles of their articles; stories after the decisions, and articles that changed."""

    suggestions: list[Suggestion]
    titles: dict[str, str]
    stories: int
    changed: list[str]


def run(workspace: Workspace, decisions: Path | None = None) -> Suggested:
    """Suggest pairs; with a file of decisions, write the stories that follow from it into the store first.

    The file has to hold every decision: what an earlier one joined and this one does not is parted again. Stories that came with the
    articles stay, and keep their names. Without a file the store stays as it is.
    """
    decided = read_decisions(decisions) if decisions else []
    with Store(workspace.store_path) as store:
        articles = {article.id: article for article in store.articles()}
        raise_bad_input(unknown_articles(decided, articles))
        given = _given(articles, joins_of(store))
        changed = _changed(articles, given, decided) if decisions else []
        store.put_articles(changed)
        if decisions:
            joins = _joins(articles, given, changed, decided, joins_of(store))
            store.set_meta(JOINS, msgspec.json.encode(joins).decode())
    articles |= {article.id: article for article in changed}
    settled = {each[:2] for each in decided}
    waiting = [each for each in suggest_stories(articles.values()) if not _settled(each, settled, articles)]
    titles = {name: articles[name].title or _opening(articles[name]) for each in waiting for name in (each.first, each.second)}
    return Suggested(waiting, titles, len({each.story for each in articles.values() if each.story}), [article.id for article in changed])


class Sent(Struct, frozen=True):
    """Pairs sent to Label Studio now (on a dry run: to be sent at most)."""

    project: str
    sent: int
    suggested: int
    dry_run: bool


class Fetched(Struct, frozen=True):
    """Pairs of which the file now says what people said in Label Studio; those that it calls otherwise, or people called both."""

    file: str
    added: int
    problems: list[Problem]


def run_send(workspace: Workspace, *, dry_run: bool = False) -> Sent:
    """Send the suggested pairs to a project of their own, each once, the best first."""
    found = run(workspace)
    settings, title = workspace.settings.studio, workspace.settings.studio.project or workspace.name
    if dry_run:
        return Sent(f"{title} – stories", len(found.suggestions), len(found.suggestions), True)
    language = load_schema(workspace.schema_path).language
    with one_at_a_time(workspace.folder, "stories"), Store(workspace.store_path) as store, client_of(workspace) as client:
        mark, articles = store.meta("workspace"), articles_by_id(store)
        project = find_pairs(client, mark) or make_pairs(client, mark, title, language)
        offers = [Offer(articles[each.first], articles[each.second], "; ".join(each.evidence)) for each in found.suggestions]
        sent = send_pairs(client, project, offers, settings.batch)
    return Sent(project.title, sent, len(offers), False)


def run_fetch(workspace: Workspace, decisions: Path) -> Fetched:
    """Add what people said of pairs in Label Studio to the file; what stands in it already stays."""
    before = {each[:2]: each.verdict for each in read_decisions(decisions)} if decisions.exists() else {}
    with Store(workspace.store_path) as store, client_of(workspace) as client:
        project = find_pairs(client, store.meta("workspace"))
        if project is None:
            raise StudioProblem(f"{client.url} has no project of this workspace's pairs; run `annotate stories --send` first")
        said, problems = said_of_pairs(client, project)
    new = [each[:3] for each in said if each[:2] not in before]
    add_decisions(decisions, new)
    problems += [
        Problem(
            f"project {project.number}, task {each.task}: {each.first}, {each.second}", f"{each.verdict}, but {decisions} says otherwise"
        )
        for each in said
        if before.get(each[:2], each.verdict) != each.verdict
    ]
    return Fetched(str(decisions), len(new), problems)


def show_sent(done: Sent) -> str:
    verb = "to send" if done.dry_run else "sent"
    return (
        f"{done.project}: {done.sent} pairs {verb}, of {done.suggested} suggested; `annotate stories --fetch FILE` brings back what is said"
    )


def show_fetched(done: Fetched) -> str:
    lines = [f"{done.file}: {done.added} decisions added; `annotate stories {done.file}` puts them into the store"]
    return "\n".join(lines + [f"  {problem}" for problem in done.problems])


def show(done: Suggested) -> str:
    lines = [f"{done.stories} stories; {len(done.changed)} articles changed; {len(done.suggestions)} pairs to decide on"]
    for each in done.suggestions:
        lines.append(f"{each.score:.2f}  {each.first}, {each.second}")
        lines += [f"      {name}: {done.titles[name]}" for name in (each.first, each.second)]
        lines += [f"      {kind}" for kind in each.evidence]
    if done.suggestions:
        lines.append("put what you decide into a file, one pair a line: `id, id, same` or `id, id, apart`")
    return "\n".join(lines)


Members = dict[str, list[str]]  # of each story that came with articles


def _changed(articles: dict[str, Article], given: Members, decided: list[Decision]) -> list[Article]:
    """The articles whose story is now another one."""
    same = [
        Decision(one, other, "same", f"story {name!r}")
        for name, members in sorted(given.items())
        for one, other in pairwise(sorted(members))
    ]
    now = {member: name for name, members in given.items() for member in members} | stories([*decided, *same])
    renamed = {now[member]: name for name, members in sorted(given.items(), reverse=True) for member in members}
    new = {name: renamed.get(story, story) for name, story in now.items()}
    return [replace(article, story=new.get(name)) for name, article in articles.items() if article.story != new.get(name)]


def _joins(articles: dict[str, Article], given: Members, changed: list[Article], decided: list[Decision], last: Joins) -> Joins:
    """What made the stories."""
    now = {name: article.story for name, article in articles.items()} | {each.id: each.story for each in changed}
    into = {name: story for name, story in last.into.items() if now.get(name) == story}
    into |= {each.id: each.story for each in changed if each.story in given}
    return Joins([(each.first, each.second) for each in decided if each.verdict == SAME], list(given.values()), into)


def _given(articles: dict[str, Article], last: Joins) -> Members:
    """The stories that came with the articles, without those whom the last decisions brought in. These make stories of their own too, named
    by an article, as others may be that came."""
    decided = {name for pair in last.pairs for name in pair}.difference(*last.given)
    found: Members = defaultdict(list)
    for name, article in articles.items():
        story = article.story
        if story and last.into.get(name) != story and not (story in articles and name in decided):
            found[story].append(name)
    return found


def _settled(pair: Suggestion, settled: set[tuple[str, str]], articles: dict[str, Article]) -> bool:
    """Whether somebody has decided on a pair, or others have joined it."""
    story = articles[pair.first].story
    return (pair.first, pair.second) in settled or (story is not None and story == articles[pair.second].story)


def _opening(article: Article) -> str:
    return next((article.text[zone.start : zone.end] for zone in article.zones if zone.label in ("title", "body")), article.text)[:100]
