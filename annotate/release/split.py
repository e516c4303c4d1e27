"""Train, dev and test by group, drawn before labelling and never moved."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from hashlib import sha256

from annotate.errors import BadInput, Problem
from annotate.records import Article

Drawn = dict[str, tuple[str, str]]  # article → (split, group)


def groups(articles: list[Article]) -> dict[str, str]:
    """Article id → its group: articles joined by a duplicates or a story id, however long the chain; named by its first article."""
    parent = {article.id: article.id for article in articles}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    first: dict[tuple[str, str], str] = {}
    for article in articles:
        for key in (("duplicates", article.duplicates), ("story", article.story)):
            if key[1] is not None:
                a, b = sorted((root(first.setdefault((key[0], key[1]), article.id)), root(article.id)))
                parent[b] = a
    return {article.id: root(article.id) for article in articles}


def draw(articles: list[Article], locked: Drawn, shares: dict[str, float], seed: int) -> tuple[Drawn, list[Problem]]:
    """Splits for the articles that have none: (drawn now, what could not be drawn).

    Whole groups go, in an order that only the seed and their names decide, to the split that is furthest below its share. A group with
    locked articles goes where they are, under the name it is locked by; one whose locked articles are in different splits is quarantined.
    """
    if not all(0 <= share < math.inf for share in shares.values()) or sum(shares.values()) <= 0:
        raise BadInput(f"split shares {shares}: give shares of 0 or more, at least one above 0")
    members: dict[str, list[str]] = defaultdict(list)
    for article, group in groups(articles).items():
        members[group].append(article)
    sizes = Counter(split for split, _ in locked.values())
    total = len(articles)
    drawn: Drawn = {}
    problems = []
    for group in sorted(members, key=lambda name: sha256(f"{seed}:{name}".encode()).hexdigest()):
        waiting = [article for article in members[group] if article not in locked]
        places = sorted({locked[article] for article in members[group] if article in locked})
        homes = list(dict.fromkeys(split for split, _ in places))
        if len(homes) > 1 and waiting:
            problems += [
                Problem(article, f"joins articles locked in {' and '.join(homes)}; it is quarantined, in no split") for article in waiting
            ]
            continue
        place = places[0] if places else (_furthest_below(sizes, shares, total), group)
        drawn |= dict.fromkeys(waiting, place)
        sizes[place[0]] += len(waiting)
    return drawn, problems


def _furthest_below(sizes: Counter[str], shares: dict[str, float], total: int) -> str:
    """The split that lacks the most of its share; an empty test comes first, for a release without one is no benchmark."""
    if shares.get("test", 0) > 0 and sizes["test"] == 0:
        return "test"
    whole = sum(shares.values())
    return max((split for split, share in shares.items() if share > 0), key=lambda split: shares[split] / whole - sizes[split] / total)
