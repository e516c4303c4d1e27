"""Stories that a new article made of locked articles of two splits, told apart again: the new article stays out, the locked ones stay in.

A story has one name for all its articles, so the name does not say what joined them. Where new articles bear it, it is they who did; where
locked ones alone do, somebody put these into one story, and `split` withdraws training's. No command of its own: `split` asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from annotate.records import SplitLock
from annotate.release.splits.groups import Drawable


class StoryParts(NamedTuple):
    """The articles with their stories told apart.

    names:   locked article → its story's name from now on
    stories: new article → the stories that it would make one
    """

    articles: list[Drawable]
    names: dict[str, str]
    stories: dict[str, tuple[str, ...]]


def story_parts(articles: Sequence[Drawable], lock: SplitLock) -> StoryParts:
    """Every story of locked articles of two splits and of new ones, as one story a split. One of which an article was withdrawn stays
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
        if new and len({splits[article] for article in old}) > 1 and withdrawn.isdisjoint(own):
            called = _names(story, old, splits)
            names |= called
            stories |= {article: tuple(sorted(set(called.values()))) for article in new}
    told = [_told(each, names, stories) for each in articles]
    return StoryParts(told, names, stories)


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
