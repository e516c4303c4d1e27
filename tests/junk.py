"""Junk, and items of result lists that are nearly right, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from annotate.studio.results import Item
from tests.result_items import arrow

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 90), st.floats(allow_nan=False), st.text(max_size=5))
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6
)
REGIONS = st.sampled_from(["a", "b", "c", "d"])
ROLES = st.sampled_from(["actor", "recipient", "place", "content", "cause", "holder", "target", "same_as"])
LABELS = st.sampled_from([("mentions", "GOV"), ("mentions", "LOC"), ("events", "ASSAULT"), ("events", "STATE"), ("stances", "against")])


@st.composite
def regions(draw: st.DrawFn) -> Item:
    layer, label = draw(LABELS)
    start = draw(st.integers(0, 79))
    value = {"start": start, "end": start + draw(st.integers(1, 6)), "labels": [label]}
    return {"id": draw(REGIONS), "from_name": layer, "to_name": "text", "type": "labels", "value": value}


@st.composite
def nearly(draw: st.DrawFn, wholes: st.SearchStrategy[Item]) -> Item:
    """A dictionary of the strategy; one in five with something in it gone, or junk in its place."""
    whole = draw(wholes)
    if draw(st.integers(1, 5)) == 5:
        inner = whole.get("value")
        part = draw(st.sampled_from([whole, inner] if isinstance(inner, dict) and inner else [whole]))
        key = draw(st.sampled_from(sorted(part)))
        part.pop(key)
        if draw(st.booleans()):
            part[key] = draw(JUNK | st.lists(JUNK, min_size=1, max_size=1))
    return whole


ARROWS = st.builds(arrow, REGIONS, REGIONS, ROLES, direction=st.sampled_from(["left", "right", "bi"]))
