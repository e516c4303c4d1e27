"""Pairs of articles that may tell the same events, side by side in a project of their own: what people say of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import msgspec
from msgspec import Struct

from annotate.errors import Problem
from annotate.records import Article
from annotate.studio.client import Client
from annotate.studio.predictions import check_page
from annotate.studio.project import Project, find_marked
from annotate.studio.tasks import ANNOTATION_FIELDS, RawTask, spans

VERDICT = "verdict"
TITLES = {"ar": {"same": "الخبر نفسه", "apart": "خبران مختلفان"}, "en": {"same": "the same story", "apart": "two stories"}}
STYLE = """
.annotate-pair { display: flex; gap: 24px; }
.annotate-pair > * { flex: 1; }
.lsf-richtext__line { display: block; min-height: 0.5em; unicode-bidi: plaintext; text-align: start; }
.lsf-richtext__line + br { display: none; }
"""

Pair = tuple[str, str]


class Offer(NamedTuple):
    """Two articles and why they may tell the same events."""

    first: Article
    second: Article
    evidence: str


class Said(NamedTuple):
    """What the people who looked at a pair agree on."""

    first: str
    second: str
    verdict: Literal["same", "apart"]
    task: int


def mark(workspace: str) -> str:
    """Must not hold the labelling project's mark."""
    return f"annotate stories {workspace}"


def find_pairs(client: Client, workspace: str) -> Project | None:
    return find_marked(client, mark(workspace))


def make_pairs(client: Client, workspace: str, title: str, language: str) -> Project:
    page = pairs_page(language)
    check_page(page)
    settings = {"title": f"{title} – stories", "description": mark(workspace), "label_config": page.strip()}
    made = client.post("/api/projects/", settings | {"maximum_annotations": 1, "sampling": "Sequential sampling"})
    return Project(made["id"], made["title"])


def pairs_page(language: str) -> str:
    view = Element("View")
    SubElement(view, "Style").text = STYLE
    SubElement(view, "Header", {"value": "$evidence", "size": "5"})
    choices = SubElement(
        view, "Choices", {"name": VERDICT, "toName": "first", "choice": "single", "showInline": "true", "required": "true"}
    )
    for number, verdict in enumerate(("same", "apart"), 1):
        SubElement(choices, "Choice", {"value": verdict, "html": TITLES[language][verdict], "hotkey": str(number)})
    both = SubElement(view, "View", {"className": "annotate-pair", "style": "direction: rtl;" if language == "ar" else "direction: ltr;"})
    for name in ("first", "second"):
        SubElement(SubElement(both, "View"), "Text", {"name": name, "value": f"${name}"})
    indent(view)
    return tostring(view, encoding="unicode") + "\n"


def send_pairs(client: Client, project: Project, offers: Iterable[Offer], batch: int) -> int:
    """Send the pairs that have no task yet, the best first; how many these were."""
    there = {pair for pair, _ in _tasks(client, project)}
    waiting = [_payload(each) for each in offers if (each.first.id, each.second.id) not in there]
    for at in range(0, len(waiting), batch):
        client.post(f"/api/projects/{project.number}/import", waiting[at : at + batch], {"return_task_ids": "true"})
    return len(waiting)


def said_of_pairs(client: Client, project: Project) -> tuple[list[Said], list[Problem]]:
    """What was said of each pair; and the pairs of which people said both."""
    verdicts: dict[Pair, set[str]] = defaultdict(set)
    numbers: dict[Pair, int] = {}
    for pair, task in _tasks(client, project):
        verdicts[pair] |= set(_verdicts(task.annotations))
        numbers[pair] = task.id
    said = [Said(*pair, "same" if found == {"same"} else "apart", numbers[pair]) for pair, found in verdicts.items() if len(found) == 1]
    split = [pair for pair, found in verdicts.items() if len(found) > 1]
    message = "called the same and apart; decide in your file"
    return sorted(said), [Problem(f"project {project.number}, task {numbers[pair]}: {', '.join(pair)}", message) for pair in sorted(split)]


def _payload(offer: Offer) -> dict[str, Any]:
    pair = {"first": offer.first.id, "second": offer.second.id}
    return {"data": {"first": offer.first.text, "second": offer.second.text, "evidence": offer.evidence}, "meta": pair}


def _tasks(client: Client, project: Project) -> Iterator[tuple[Pair, RawTask]]:
    for span in spans(client, project, ANNOTATION_FIELDS):
        for task in span.tasks:
            first, second = (task.meta.get(key) if isinstance(task.meta, dict) else None for key in ("first", "second"))
            if isinstance(first, str) and isinstance(second, str):
                yield (first, second), task


class _Value(Struct, frozen=True):
    choices: list[str] = []


class _Item(Struct):
    from_name: str | None = None
    value: _Value = _Value()


class _Annotation(Struct):
    was_cancelled: bool = False
    result: list[_Item] = []


def _verdicts(annotations: Sequence[msgspec.Raw]) -> Iterator[str]:
    for raw in annotations:
        annotation = msgspec.json.decode(raw, type=_Annotation)
        if not annotation.was_cancelled:
            yield from (choice for item in annotation.result if item.from_name == VERDICT for choice in item.value.choices)
