"""Articles to draw splits of, and what a lock says of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from hypothesis import strategies as st

from annotate.records import Article, Date, Locked, Source, SplitLock
from annotate.release.splits.groups import Drawable
from annotate.store import Store
from annotate.workspace import Workspace

SHARES = {"train": 0.7, "dev": 0.1, "test": 0.2}
FIRST = SplitLock()


def article(name: str, story: str | None = None, duplicates: str | None = None, publisher: str | None = None, day: int = 0) -> Drawable:
    date = Date(2024, 1 + (day - 1) // 28, 1 + (day - 1) % 28, "day", "byline") if day else Date()
    return Drawable(name, duplicates, story, publisher, "en", date, 1000)


def locked(**splits: str) -> SplitLock:
    """A lock in which each article is a group of its own."""
    return SplitLock(articles=tuple(Locked(name, where, name) for name, where in splits.items()))  # type: ignore[arg-type]


def splits_of(lock: SplitLock) -> dict[str, str]:
    return {each.article: each.split for each in lock.articles}


def why(lock: SplitLock) -> dict[str, str]:
    return {each.article: each.reason for each in lock.quarantined}


def sizes(lock: SplitLock) -> Counter[str]:
    return Counter(each.split for each in lock.articles)


@st.composite
def corpora(draw: st.DrawFn, largest: int = 40) -> list[Drawable]:
    """Articles of which some share a story or are duplicates."""
    keys = st.one_of(st.none(), st.integers(0, 8).map(str))
    found = draw(st.lists(st.tuples(keys, keys, st.sampled_from("ABC"), st.integers(0, 300)), min_size=1, max_size=largest))
    return [article(f"a{number:03}", story, copies, outlet, day) for number, (story, copies, outlet, day) in enumerate(found)]


def require_no_key_crosses(articles: Sequence[Drawable], lock: SplitLock) -> None:
    homes: dict[tuple[str, str], set[str]] = defaultdict(set)
    where = splits_of(lock)
    for each in articles:
        for key in each.keys if each.id in where else ():
            homes[key].add(where[each.id])
    assert all(len(found) == 1 for found in homes.values())


def stored(name: str, story: str | None = None, duplicates: str | None = None, publisher: str | None = None) -> Article:
    return Article(name, None, f"Velmora, {name}", "en", source=Source(publisher), story=story, duplicates=duplicates)


def put(workspace: Workspace, *articles: Article) -> None:
    with Store(workspace.store_path) as store:
        store.put_articles(articles)


def kept(workspace: Workspace) -> SplitLock:
    with Store(workspace.store_path) as store:
        lock = store.split_lock()
    assert lock is not None
    return lock
