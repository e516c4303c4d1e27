"""Agreement on links between frames (the same event): F1 of linked pairs, after transitive closure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from annotate.agreement.alignment import AlignedPair, aligned_pairs
from annotate.agreement.frames.decomposition import Judged, JudgedRows, Key, Meaning, Number, results_of, with_pairs
from annotate.agreement.intervals import Intervals
from annotate.agreement.results import Result
from annotate.records import Labelling
from annotate.schema import LinkLayer, Schema

LINK: Key = ("link_f1", None)
MEANING = Meaning("linked-frames-closed", "both-ends", "none", "nobody linked two frames")


def measure_links(
    schema: Schema,
    layer: LinkLayer,
    labellings: list[Labelling],
    *,
    how: Intervals = Intervals(),
    aligned: Iterable[AlignedPair] | None = None,
) -> list[Result]:
    """``link_f1``: 2·links of both / (n₁ + n₂), a link being of both when its two ends are aligned and linked by the other one.

    Links are closed first (A–B and B–C imply A–C), so only who is together counts, not how it was drawn. ``aligned`` is
    ``aligned_pairs(schema, labellings)`` where it is at hand.
    """
    counts = LinkCounts(layer)
    for own, pairs in with_pairs(labellings, aligned_pairs(schema, labellings) if aligned is None else aligned):
        counts.add(own, pairs)
    return counts.results({each.annotator for each in labellings}, how)


class LinkCounts:
    """What articles add to the number of a layer of links; no labelling is held."""

    def __init__(self, layer: LinkLayer) -> None:
        self.layer = layer
        self.rows = JudgedRows()
        self.units = self.pairable = 0

    def add(self, own: Sequence[Labelling], aligned: Iterable[AlignedPair]) -> None:
        """One article's labellings, and every two of them aligned."""
        links = sum(links_in(each, self.layer.name) for each in own)
        self.units += links
        self.pairable += links if len(own) > 1 else 0
        for pair in aligned:
            self.rows.add(_judged(pair, self.layer))

    def results(self, annotators: Iterable[str], how: Intervals) -> list[Result]:
        return results_of(self.layer.name, [Number(LINK, MEANING, self.units, self.pairable)], self.rows, annotators, how)


def links_in(labelling: Labelling, layer: str) -> int:
    """How many pairs of frames are linked, directly or through others."""
    return _links(Counter(linked(labelling, layer).values()))


def linked(labelling: Labelling, layer: str) -> dict[str, str]:
    """Each linked frame's id → one frame's id that stands for all it is linked with, over however many links."""
    stands: dict[str, str] = {}

    def find(frame: str) -> str:
        while stands.setdefault(frame, frame) != frame:
            stands[frame] = stands[stands[frame]]
            frame = stands[frame]
        return frame

    for link in labelling.links:
        if link.layer == layer:
            first, second = sorted((find(link.first), find(link.second)))
            stands[second] = first
    return {frame: find(frame) for frame in list(stands)}


def _judged(pair: AlignedPair, layer: LinkLayer) -> Judged:
    """Frames of one set that the other annotator has in one set too are linked by both, each with each."""
    first, second = linked(pair.first, layer.name), linked(pair.second, layer.name)
    counterparts = ((own, pair.counterparts.get(frame)) for frame, own in first.items())
    shared = Counter((own, second[other]) for own, other in counterparts if other in second)
    judged = _links(Counter(first.values())) + _links(Counter(second.values()))
    return Judged(pair.document, pair.annotators, {LINK: 2 * _links(shared)}, {LINK: judged})


def _links(sets: Counter[str] | Counter[tuple[str, str]]) -> int:
    """How many pairs there are within sets of these sizes."""
    return sum(size * (size - 1) // 2 for size in sets.values())
