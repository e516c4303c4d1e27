"""Predictions, checked before they go: the server takes an unknown control or label without a word, or drops it in silence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from annotate.errors import StudioProblem


def check(page: str, result: list[Any]) -> list[str]:
    """What is wrong with a prediction's ``result`` on a labelling page (its XML), by the SDK's own LabelInterface; empty when it is sound.

    Relations' labels, second answers of one control to one region, and spans that hold nothing are checked besides: LabelInterface lets
    them pass. Raises StudioProblem when the page itself is not one Label Studio can show.
    """
    if strange := [f"item {number}: {str(item)[:80]!r} is no object" for number, item in enumerate(result) if not isinstance(item, dict)]:
        return strange
    faults = [
        fault
        for each in _interface(page).validate_prediction({"result": result}, return_errors=True)
        for fault in (each if isinstance(each, list) else [each])
    ]
    return faults + [f"item {number}: {fault}" for number, fault in _let_pass(_relations(page), result)]


def _let_pass(relations: frozenset[str], result: list[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    """(position, fault) of what LabelInterface does not look at."""
    answered: set[tuple[str, str]] = set()
    for number, item in enumerate(result):
        if item.get("type") == "relation":
            yield from (
                (number, f"the relation {label!r} is not on the page") for label in item.get("labels") or () if label not in relations
            )
            continue
        region, control = item.get("id"), str(item.get("from_name"))
        if region is not None and (str(region), control) in answered:
            yield number, f"a second answer of {control!r} to the region {region!r}"
        answered.add((str(region), control))
        value = item.get("value")
        start, end = (value.get("start"), value.get("end")) if isinstance(value, dict) else (None, None)
        if isinstance(start, int) and isinstance(end, int) and not 0 <= start < end:
            yield number, f"the span {start}–{end} holds nothing"


@lru_cache(maxsize=8)
def _interface(page: str) -> Any:
    from label_studio_sdk.label_interface.interface import LabelInterface  # costs a second, and is needed only when something is checked

    try:
        interface = LabelInterface(page)
        interface.validate()  # type: ignore[no-untyped-call]
    except Exception as error:  # it raises whatever its parts raise
        raise StudioProblem(f"the labelling page is not one Label Studio can show: {error}") from None
    return interface


@lru_cache(maxsize=8)
def _relations(page: str) -> frozenset[str]:
    return frozenset(each.get("value", "") for each in ElementTree.fromstring(page).iter("Relation"))


def check_page(page: str) -> None:
    """Let the SDK's LabelInterface read a page before a server is touched. Raises StudioProblem when it cannot be shown."""
    _interface(page)
