"""Groups of articles that never cross splits: joined by duplicates or by a story, however long the chain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from annotate.records import Article, Date

Key = tuple[str, str]  # duplicates or story, and its name


class Labels(NamedTuple):
    """How often a label was given in an article that came labelled: ``variable`` is ``events.type`` or ``document.genre``."""

    variable: str
    value: str
    times: float


class Drawable(NamedTuple):
    """What decides the split of an article; ``length`` in characters; ``copies`` and ``stories``: groups that it is of beside the first.

    labelled: whether somebody annotated it, were it with nothing
    """

    id: str
    duplicates: str | None = None
    story: str | None = None
    publisher: str | None = None
    lang: str = ""
    date: Date = Date()
    length: int = 0
    labels: tuple[Labels, ...] = ()
    copies: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    labelled: bool = False

    @property
    def keys(self) -> list[Key]:
        copies, stories = (self.duplicates, *self.copies), (self.story, *self.stories)
        groups = [*(("duplicates", name) for name in copies), *(("story", name) for name in stories)]
        return [(kind, name) for kind, name in groups if name is not None]


class Group(NamedTuple):
    """Articles that go to one split together; named by the first of them."""

    name: str
    members: list[Drawable]


def drawable(article: Article, labels: Sequence[Labels] | None = None) -> Drawable:
    """``labels``: None where nobody annotated it."""
    return Drawable(
        article.id,
        article.duplicates,
        article.story,
        article.source.publisher,
        article.lang,
        article.date,
        len(article.text),
        tuple(labels or ()),
        labelled=labels is not None,
    )


def groups_of(articles: Iterable[Drawable]) -> list[Group]:
    """The groups, by name, each with its articles in the order of their ids. Time is linear but for the sorting (Tarjan 1975)."""
    ordered = sorted(articles)
    parent = list(range(len(ordered)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[Key, int] = {}
    for number, article in enumerate(ordered):
        for key in article.keys:
            a, b = sorted((root(first.setdefault(key, number)), root(number)))
            parent[b] = a
    members: dict[int, list[Drawable]] = defaultdict(list)
    for number, article in enumerate(ordered):
        members[root(number)].append(article)
    return [Group(own[0].id, own) for own in members.values()]
