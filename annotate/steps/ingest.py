"""`annotate ingest`: articles into the store."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, structs

from annotate.corpus.doubts import doubts
from annotate.corpus.duplicates import body_of, find_duplicates, group_names
from annotate.corpus.read import read_articles, require_found
from annotate.corpus.zones.recurring import recurring_lines, with_recurring
from annotate.corpus.zones.rules import Rules, load_rules
from annotate.errors import Problem
from annotate.records import Article
from annotate.store import Store
from annotate.workspace import Workspace

BATCH = 500
ROWS_ALONE = ("title", "url", "rights", "story", "duplicates")  # what nothing but a row says of an article
SHOWN = 5  # members of the largest group of duplicates


class Ingested(Struct, frozen=True):
    """Article ids that are new and that were replaced; how many were there already; what could not go in; what went in but wants a look.

    duplicates: groups of articles in the store that are copies of each other, the largest first
    """

    new: list[str]
    replaced: list[str]
    unchanged: int
    problems: list[Problem]
    warnings: list[Problem] = []
    duplicates: list[list[str]] = []


def run(workspace: Workspace, paths: list[str], *, replace: bool = False) -> Ingested:
    """Add the articles in the paths. A text unlike the stored one of its id is refused; with ``replace`` it takes its place.

    What is sound goes in, in batches, each of them whole; what is not is listed.
    """
    require_found(paths)
    rules = load_rules(workspace.rules)
    done = Ingested([], [], 0, [])
    unchanged = 0
    with Store(workspace.store_path) as store:
        known, forgotten = store.article_digests(), store.forgotten_articles()
        recurring = recurring_lines(store.articles(), rules) if replace else {}
        first_seen: dict[str, str] = {}
        waiting: list[Article] = []
        for place, found in read_articles(paths, rules):
            if isinstance(found, Problem):
                done.problems.append(found)
                continue
            if found.id in forgotten:
                done.problems.append(Problem(place, f"{found.id!r} was forgotten at {forgotten[found.id]}, so it stays out"))
                continue
            digest = found.sha256
            if replace and (stored := store.article(found.id)) is not None:
                found = _with_what_was_decided(found, stored, recurring, rules)
            if found.id in first_seen and known[found.id] != digest:
                done.problems.append(
                    Problem(place, f"id {found.id!r} with another text stands at {first_seen[found.id]} too; give one of them another id")
                )
                continue
            if known.get(found.id) == digest and not (replace and store.article(found.id) != found):
                unchanged += 1
                first_seen.setdefault(found.id, place)
                done.warnings.extend(_said_otherwise(place, found, store.article(found.id)))
                continue
            if found.id in known and not replace:
                done.problems.append(
                    Problem(
                        place, f"id {found.id!r} is stored with another text; give it another id, or put it in its place with --replace"
                    )
                )
                continue
            (done.replaced if found.id in known else done.new).append(found.id)
            known[found.id] = digest
            first_seen[found.id] = place
            waiting.append(found)
            done.warnings.extend(doubts(place, found))
            if len(waiting) == BATCH:
                store.put_articles(waiting)
                waiting = []
        store.put_articles(waiting)
        _mark_recurring(store, rules)
        groups = _mark_duplicates(store)
    return Ingested(done.new, done.replaced, unchanged, done.problems, done.warnings, groups)


def _said_otherwise(place: str, row: Article, stored: Article | None) -> Iterator[Problem]:
    """What a row says of an article that is stored with other words; a row that is silent on something says nothing against it."""
    if stored is None:
        return
    one, other = ({**structs.asdict(each.source), **structs.asdict(each)} for each in (row, stored))
    keys = [key for key in ROWS_ALONE if one[key] is not None and one[key] != other[key]]
    keys += ["date"] if row.date.year is not None and row.date_span is None and row.date != stored.date else []
    if keys:
        yield Problem(place, f"{row.id!r} is stored with another {', '.join(keys)}, and stays so; --replace takes what this row says")


def _with_what_was_decided(article: Article, stored: Article, recurring: dict[str, frozenset[str]], rules: Rules) -> Article:
    """Story, group and weight come from other steps too; a row that is silent on them takes nothing away. Nor does it unmark lines."""
    same_text = article.sha256 == stored.sha256
    article = with_recurring(article, recurring.get(article.source.publisher or "", frozenset()), rules)
    return structs.replace(
        article,
        story=article.story or stored.story,
        duplicates=article.duplicates or (stored.duplicates if same_text else None),
        weight=stored.weight,
    )


def _mark_recurring(store: Store, rules: Rules) -> None:
    """Mark the lines that turned out to be their outlet's page, as long as nobody may have seen the article."""
    recurring, settled = recurring_lines(store.articles(), rules), store.settled_articles()
    changed: list[Article] = []
    for article in store.articles():
        lines = recurring.get(article.source.publisher or "")
        if lines and article.id not in settled and (again := with_recurring(article, lines, rules)) != article:
            changed.append(again)
    store.put_articles(changed)


def _mark_duplicates(store: Store) -> list[list[str]]:
    """Name the group of every article that is a copy of another by its body; a group that somebody named keeps its name."""
    articles = {article.id: article for article in store.articles()}
    clusters = find_duplicates((article.id, body_of(article)) for article in articles.values()).clusters
    given = {each.id: each.duplicates for each in articles.values() if each.duplicates}
    names = group_names(clusters, given, articles.__contains__)
    store.put_articles(structs.replace(articles[each], duplicates=name) for each, name in names.items() if given.get(each) != name)
    return sorted(clusters, key=lambda cluster: (-len(cluster), cluster))


def show(done: Ingested) -> str:
    lines = [f"{len(done.new)} articles in, {len(done.replaced)} replaced, {done.unchanged} there already, {len(done.problems)} refused"]
    lines += [f"  {problem}" for problem in done.problems]
    if done.duplicates:
        copies, largest = sum(len(group) for group in done.duplicates), done.duplicates[0]
        shown = ", ".join(largest[:SHOWN]) + (", …" if len(largest) > SHOWN else "")
        lines.append(f"{copies} articles are copies of one another, in {len(done.duplicates)} groups; the largest: {shown}")
    if done.warnings:
        lines += ["To look at, though in as it is:", *(f"  {warning}" for warning in done.warnings)]
    return "\n".join(lines)
