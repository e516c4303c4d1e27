"""Articles that are copies of each other: exact, reworded, or one within the other.

Candidates share keys of their sketches (``annotate.corpus.minhash``); then their word 3-grams decide, by the true Jaccard coefficient J
and the true containment C, the share of the smaller set that is in the other.

What is linked says how far a copy may be reworded: with each word replaced at the rate p, (1 - p)³ of the 3-grams stay, which is C where
nothing is added, and J is C / (2 - C): 0.57 at one word in ten, 0.46 at one in seven, 0.34 (C 0.51) at one in five. Of two outlets' own
words for the same event C is about a twentieth: they may be one story, and are no duplicates.

Results depend on the ids and bodies alone, not on their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import tee
from typing import Literal

import numpy as np
from msgspec import Struct

from annotate.corpus.minhash import WITHIN, Hashes, Pairs, Sketch, enough, merged, pairs_by_key, sampled, sketches
from annotate.records import Article

NEAR = 0.4  # Jaccard
CONTAINED = 0.4  # containment, of at least so many shingles, some five lines, since a stock phrase makes no copy:
LEAST = 30


class Link(Struct, frozen=True, order=True):
    """Two articles of which one is a copy of the other; ``first`` is the smaller id."""

    first: str
    second: str
    kind: Literal["exact", "near", "contained"]
    jaccard: float
    containment: float


class Duplicates(Struct, frozen=True):
    """Clusters of two articles and more, which are the connected components of the links.

    A cluster's name is its smallest id, which stands first; clusters, members and links are in the order of ids. The links are those that
    were looked for to hold clusters together, not every pair of a cluster.
    """

    clusters: list[list[str]]
    links: list[Link]

    @property
    def largest(self) -> list[str]:
        """The cluster of most members, nothing where there is none."""
        return max(self.clusters, key=len, default=[])


def find_duplicates(bodies: Iterable[tuple[str, str]]) -> Duplicates:
    """The duplicates among (id, body), with some 5 kB held in memory for each.

    Raises ValueError where an id comes twice.
    """
    known = _known(bodies)
    pairs = _candidates(known)
    return clustered(filter(None, (linked(*known[first], *known[second]) for first, second in pairs)))


def body_of(article: Article) -> str:
    """What is compared: the lines of the story itself."""
    return "\n".join(article.text[zone.start : zone.end] for zone in article.zones if zone.label == "body")


def number_of(article: str) -> int:
    """64 bits that stand for an id where candidates are sought. That two of 10⁸ ids get the same has the probability 0.0003."""
    return int.from_bytes(blake2b(article.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def linked(first: str, one: Sketch, second: str, other: Sketch) -> Link | None:
    """The link of two articles, None where neither is a copy of the other."""
    if first > second:
        first, one, second, other = second, other, first, one
    if one.digest == other.digest and one.digest:
        return Link(first, second, "exact", 1.0, 1.0)
    shared, smaller = _shared(one.shingles, other.shingles), min(len(one.shingles), len(other.shingles))
    if not shared:
        return None
    jaccard, containment = shared / (len(one.shingles) + len(other.shingles) - shared), shared / smaller
    if jaccard >= NEAR:
        return Link(first, second, "near", jaccard, containment)
    return Link(first, second, "contained", jaccard, containment) if containment >= CONTAINED and shared >= LEAST else None


def clustered(links: Iterable[Link]) -> Duplicates:
    """The connected components of the links."""
    from scipy.sparse import coo_array  # a fifth of a second, which no task of a pool has to pay
    from scipy.sparse.csgraph import connected_components

    ordered = sorted(links)
    ids = sorted({end for link in ordered for end in (link.first, link.second)})
    place = {article: number for number, article in enumerate(ids)}
    rows, columns = [place[link.first] for link in ordered], [place[link.second] for link in ordered]
    graph = coo_array((np.ones(len(ordered)), (rows, columns)), shape=(len(ids), len(ids)))
    clusters: dict[int, list[str]] = {}
    for article, label in zip(ids, connected_components(graph, directed=False)[1].tolist() if ids else [], strict=True):
        clusters.setdefault(label, []).append(article)
    return Duplicates(sorted(clusters.values()), ordered)


def group_names(clusters: Iterable[list[str]], given: Mapping[str, str], is_article: Callable[[str], bool]) -> dict[str, str]:
    """Article → the name of its group, for all in a cluster: a name that somebody gave it stays, else it is that of another in the cluster,
    the smallest id where nobody named any.

    given: article → what names its group so far; a name that is an article's id was given by nobody
    """
    names: dict[str, str] = {}
    for cluster in clusters:
        own = {each: name for each in cluster if (name := given.get(each)) and not is_article(name)}
        name = min(own.values(), default=cluster[0])
        names |= {each: own.get(each, name) for each in cluster}
    return names


def _known(bodies: Iterable[tuple[str, str]]) -> dict[int, tuple[str, Sketch]]:
    """Id and sketch of each article by its number."""
    known: dict[int, tuple[str, Sketch]] = {}
    named, read = tee(bodies)
    for (article, _), sketch in zip(named, sketches(body for _, body in read), strict=True):
        if known.setdefault(number_of(article), (article, sketch))[1] is not sketch:
            raise ValueError(f"the id {article!r} comes twice")
    return known


def _candidates(known: dict[int, tuple[str, Sketch]]) -> Iterator[tuple[int, int]]:
    """The numbers of each pair of articles that may be linked, once."""
    numbers = np.fromiter(known, dtype=np.uint64, count=len(known))
    found = [sketch for _, sketch in known.values()]
    alike = _sharing(numbers, found, [sketch.keys for sketch in found])
    pairs = together(alike, _sharing(numbers, found, sampled([sketch.shingles for sketch in found])))
    return zip(map(int, pairs.first), map(int, pairs.second), strict=True)


def together(alike: Pairs, within: Pairs) -> Pairs:
    """The candidates, by keys of bands and digest and by sampled shingles."""
    return merged(enough(alike, 0), enough(within, WITHIN))


def _sharing(numbers: Hashes, found: list[Sketch], keys: list[Hashes]) -> Pairs:
    """The pairs that share any of the keys, which are given for each article."""
    times = [len(each) for each in keys]
    sizes = np.array([len(each.shingles) for each in found], dtype=np.int64)
    return pairs_by_key(np.concatenate([*keys, numbers[:0]]), np.repeat(numbers, times), np.repeat(sizes, times))


def _shared(one: Hashes, other: Hashes) -> int:
    """How many shingles two sets have in common; both ascending."""
    small, large = sorted((one, other), key=len)
    places = np.searchsorted(large, small)
    return int(np.count_nonzero(large[np.minimum(places, len(large) - 1)] == small)) if len(small) else 0
