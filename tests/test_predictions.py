"""What the server would take without a word is found before it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from annotate.demo.corpus import labellings
from annotate.demo.expect import demo_articles
from annotate.errors import StudioProblem
from annotate.schema.labelling_page import labelling_page
from annotate.studio.predictions import check, check_page
from annotate.studio.results import write_results
from tests.result_items import ATTACK, BRIDGE, EVENTS, GOV, PAGE, SHELLED, arrow, choice, span

XML = labelling_page(EVENTS)


def test_every_bundled_labelling_is_a_sound_prediction() -> None:
    articles = demo_articles()
    faults = {each.article: check(XML, write_results(PAGE, articles[each.article], each)) for each in labellings("gold")}
    assert len(faults) > 10
    assert {article: found for article, found in faults.items() if found} == {}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (span("m9", "mentions", "PERSON", "Karesh"), "Region 3: Invalid value for control 'mentions'"),
        (span("m9", "people", "GOV", "Karesh"), "'from_name' 'people' not found"),
        (choice("e1", "events_polarity", "perhaps"), "Invalid value for control 'events_polarity'"),
        (arrow("e1", "m8", "actor"), "'to_id' 'm8' not found"),
        (arrow("e1", "m1", "aktor"), "item 3: the relation 'aktor' is not on the page"),
        (GOV, "item 3: a second answer of 'mentions' to the region 'm1'"),
        (GOV | {"id": "m9", "value": {"start": 9, "end": 9, "labels": ["GOV"]}}, "item 3: the span 9–9 holds nothing"),
        ("words", "item 3: 'words' is no object"),
    ],
)
def test_an_item_that_does_not_fit_the_page_is_named(item: Any, message: str) -> None:
    sound = [GOV, BRIDGE, SHELLED]
    assert check(XML, [*sound, ATTACK, arrow("e1", "m1", "actor")]) == []
    assert any(message in fault for fault in check(XML, [*sound, item]))


@pytest.mark.parametrize("page", ["", "<View>", "<View><Labels name='l' toName='nowhere'/></View>"])
def test_a_page_that_cannot_be_shown(page: str) -> None:
    with pytest.raises(StudioProblem, match="not one Label Studio can show"):
        check_page(page)
