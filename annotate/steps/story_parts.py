"""Stories that a new article made of locked articles of two splits, told apart again: the new article stays out, the locked ones stay in.

A story has one name for all its articles, so the name does not say what joined them. `stories FILE` keeps that (``Joins``): where locked
articles are of one story only through new ones, it is these that joined them. Where they are of one story on their own account, or came
with one name, `split` withdraws training's. No command of its own: `split` asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from annotate.records import SplitLock
from annotate.release.splits.groups import Drawable, groups_of
from annotate.store import Store

JOINS = "story_joins"


class Joins(Struct, frozen=True):
    """The store's note of what made stories, under JOINS.

    pairs: which a person called the same
    given: the members of each story that articles came with
    into:  article → the story of that kind which pairs brought it into
    """

    pairs: list[tuple[str, str]] = []
    given: list[list[str]] = []
    into: dict[str, str] = {}


class StoryParts(NamedTuple):
    """The articles with their stories told apart.

    names:   locked article → its story's name from now on
    stories: new article → the stories that it would make one
    """

    articles: list[Drawable]
    names: dict[str, str]
    stories: dict[str, tuple[str, ...]]


def joins_of(store: Store) -> Joins:
    return msgspec.json.decode(store.meta(JOINS) or "{}", type=Joins)


def story_parts(articles: Sequence[Drawable], lock: SplitLock, joins: Joins) -> StoryParts:
    """Every story that new articles made of locked ones of two splits, as one story a split. One of which an article was withdrawn stays
    one: it was proved without them.
    """
    splits = {each.article: each.split for each in lock.articles}
    withdrawn = {each.article for each in lock.withdrawn}
    by_story: dict[str, list[str]] = defaultdict(list)
    for each in articles:
        if each.story is not None:
            by_story[each.story].append(each.id)
    names: dict[str, str] = {}
    stories = _known(articles, lock, by_story, splits)
    for story, own in by_story.items():
        old, new = ([article for article in own if (article in splits) == wanted] for wanted in (True, False))
        if len({splits[article] for article in old}) > 1 and withdrawn.isdisjoint(own) and _joined_by(new, own, joins, splits):
            called = _names(story, old, splits)
            names |= called
            stories |= {article: tuple(sorted(set(called.values()))) for article in new}
    told = [_told(each, names, stories) for each in articles]
    return StoryParts(told, names, stories)


def _joined_by(new: Sequence[str], own: Sequence[str], joins: Joins, splits: Mapping[str, str]) -> bool:
    """Whether a story's locked articles of two splits are joined through its new ones alone."""
    inside = [members for each in (*joins.pairs, *joins.given) if len(members := set(own).intersection(each)) > 1]
    old = (Drawable(each, stories=tuple(str(n) for n, members in enumerate(inside) if each in members)) for each in own if each not in new)
    alone = [{splits[each.id] for each in group.members} for group in groups_of(old)]
    return bool(new and inside) and all(len(each) == 1 for each in alone)


def _known(
    articles: Sequence[Drawable], lock: SplitLock, by_story: Mapping[str, Sequence[str]], splits: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """What quarantined articles would make one, as long as their own story is one of these and the others are there."""
    now = {each.id: each.story for each in articles}
    found: dict[str, tuple[str, ...]] = {}
    for each in lock.quarantined:
        if each.article in now and each.article not in splits and now[each.article] in each.stories:
            found[each.article] = tuple(story for story in each.stories if any(member in splits for member in by_story.get(story, ())))
    return found


def _names(story: str, old: Sequence[str], splits: Mapping[str, str]) -> dict[str, str]:
    """Locked article → the name of its part: the first part keeps the story's, others get that of their first article."""
    first: dict[str, str] = {}
    for article in sorted(old):
        first.setdefault(splits[article], article if first else story)
    return {article: first[splits[article]] for article in old}


def _told(article: Drawable, names: Mapping[str, str], stories: Mapping[str, tuple[str, ...]]) -> Drawable:
    if article.id in stories:
        return article._replace(story=None, stories=stories[article.id])
    return article._replace(story=names.get(article.id, article.story))
