"""`annotate stories`: pairs that may tell the same events, for a person to decide; what was decided, into the store."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from annotate.corpus.stories import Suggestion, suggest_stories
from annotate.corpus.story_decisions import Decision, read_decisions, stories, unknown_articles
from annotate.errors import raise_bad_input
from annotate.records import Article
from annotate.store import Store
from annotate.workspace import Workspace


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
        changed = _changed(articles, decided) if decisions else []
        store.put_articles(changed)
    articles |= {article.id: article for article in changed}
    settled = {each[:2] for each in decided}
    waiting = [each for each in suggest_stories(articles.values()) if not _settled(each, settled, articles)]
    titles = {name: articles[name].title or _opening(articles[name]) for each in waiting for name in (each.first, each.second)}
    return Suggested(waiting, titles, len({each.story for each in articles.values() if each.story}), [article.id for article in changed])


def show(done: Suggested) -> str:
    lines = [f"{done.stories} stories; {len(done.changed)} articles changed; {len(done.suggestions)} pairs to decide on"]
    for each in done.suggestions:
        lines.append(f"{each.score:.2f}  {each.first}, {each.second}")
        lines += [f"      {name}: {done.titles[name]}" for name in (each.first, each.second)]
        lines += [f"      {kind}" for kind in each.evidence]
    if done.suggestions:
        lines.append("put what you decide into a file, one pair a line: `id, id, same` or `id, id, apart`")
    return "\n".join(lines)


def _changed(articles: dict[str, Article], decided: list[Decision]) -> list[Article]:
    """The articles whose story is now another one."""
    given = _given(articles)
    same = [
        Decision(one, other, "same", f"story {name!r}")
        for name, members in sorted(given.items())
        for one, other in pairwise(sorted(members))
    ]
    now = {member: name for name, members in given.items() for member in members} | stories([*decided, *same])
    renamed = {now[member]: name for name, members in sorted(given.items(), reverse=True) for member in members}
    new = {name: renamed.get(story, story) for name, story in now.items()}
    return [replace(article, story=new.get(name)) for name, article in articles.items() if article.story != new.get(name)]


def _given(articles: dict[str, Article]) -> dict[str, list[str]]:
    """The stories that came with the articles, with their members. Those that decisions made are named by an article."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, article in articles.items():
        if article.story and article.story not in articles:
            found[article.story].append(name)
    return found


def _settled(pair: Suggestion, settled: set[tuple[str, str]], articles: dict[str, Article]) -> bool:
    """Whether somebody has decided on a pair, or others have joined it."""
    story = articles[pair.first].story
    return (pair.first, pair.second) in settled or (story is not None and story == articles[pair.second].story)


def _opening(article: Article) -> str:
    return next((article.text[zone.start : zone.end] for zone in article.zones if zone.label in ("title", "body")), article.text)[:100]
