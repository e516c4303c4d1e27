"""verify: whatever is wrong with a line of any of a release's JSONL files is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.planting import NOTES, SAME, SLICE, TRAIN, Fault, assert_just, edit, line_of, put, whole


def line_faults(name: str) -> list[Fault]:
    """What can be wrong with a line of any JSONL file."""
    place = f"{name}:1"
    return [
        Fault("byte order mark", line_of(name, lambda line: b"\xef\xbb\xbf" + line), place, "starts with a byte order mark"),
        Fault("CR LF", line_of(name, lambda line: line + b"\r"), place, "ends in CR LF"),
        Fault("cut last line", whole(name, lambda body: body.split(b"\n")[0]), place, "has no line end: the file was cut"),
        Fault("not UTF-8", line_of(name, lambda line: line.replace(b"Velmora", b"Velm\xffra", 1)), place, "not UTF-8 at byte"),
        Fault("not JSON", line_of(name, lambda line: line[:-1]), place, "not JSON"),
        Fault("empty line", line_of(name, lambda line: b"\n" + line), place, "is an empty line"),
        Fault("a list", line_of(name, lambda line: b"[%s]" % line), place, "not a JSON object"),
        Fault("nested too deeply", line_of(name, lambda line: b"[" * 100_000), place, "nested too deeply"),
        Fault("keys in another order", edit(name, lambda record: record.update(mentions=record.pop("mentions"))), place, "in the order of"),
        Fault("key twice", line_of(name, lambda line: b'{"schema":"event-stance@1.0.0",' + line[1:]), place, "a key stands twice"),
        Fault("NaN", line_of(name, lambda line: b'{"n":NaN,' + line[1:]), place, "NaN is no JSON number"),
        Fault("too large a number", line_of(name, lambda line: b'{"n":1e999,' + line[1:]), place, "1e999 is no JSON number"),
        Fault("half a surrogate pair", line_of(name, lambda line: b'{"n":"\\ud83d",' + line[1:]), place, "half of a surrogate pair"),
        Fault("missing key", edit(name, lambda record: record.pop("stances")), place, '"stances" is a required property'),
        Fault("unknown key", put(name, "extra", 1), place, "'extra' was unexpected"),
        Fault("null list", put(name, "mentions", None), place, 'mentions: null is not of type "array"'),
        Fault("unknown label", put(name, "mentions.0.type", "PLANET"), place, 'mentions/0/type: "PLANET" is not one of'),
        Fault("unknown attribute", put(name, "events.0.attributes.mood", "x"), place, "'mood' was unexpected"),
        Fault("unknown role", put(name, "events.0.arguments.0.role", "holder"), place, '"holder" is not one of'),
        Fault("an id that is a number", put(name, "mentions.0.id", "12"), place, 'mentions/0/id: "12" reads like a number'),
        Fault("another schema", put(name, "schema", "event-stance@9.0.0"), place, "schema: .*event-stance@1.0.0"),
        Fault("offsets beyond the text", put(name, "mentions.0.end", 9999), place, "mentions-1: 11–9999 is not in the text"),
        Fault("offsets the wrong way round", put(name, "mentions.0.end", 5), place, "mentions-1: 11–5 is not in the text"),
        Fault("offsets that are no whole numbers", put(name, "mentions.0.start", 11.0), place, "mentions/0/start: 11.0 is no whole number"),
        Fault("offsets that are off by one", put(name, "mentions.0.start", 10), place, f"mentions-1: {SLICE}"),
        Fault("another span text", put(name, "events.0.text", "Sent"), place, f"events-1: {SLICE}"),
        Fault("items out of order", edit(name, lambda record: record["mentions"].reverse()), place, "stands behind an item that begins"),
        Fault("item id twice", put(name, "mentions.-", SAME), place, "an item's id stands twice"),
        Fault("missing filler", put(name, "events.0.arguments.0.ref", "mentions-99"), place, "actor refers to mentions-99"),
        Fault("wrong kind", put(name, "events.0.arguments.0.kind", "events"), place, "is of events, it is of mentions"),
        Fault("illegal filler", put(name, "events.0.arguments.1.ref", "mentions-1"), place, "place may not be filled by mentions.GOV"),
        Fault("its own filler", put(name, "events.2.arguments.1.ref", "events-3"), place, "events-3: cause refers to its own frame"),
        Fault("illegal attribute", put(name, "events.0.attributes.mode", "visit"), place, "mode visit is not legal for TRANSFER"),
        Fault("missing event", put(name, "events.2.same_as", ["events-9"]), place, "same_as refers to events-9, which is no other"),
        Fault("not an event", put(name, "events.2.same_as", ["stances-1"]), place, "same_as refers to stances-1, which is no other"),
        Fault(
            "one way", put(name, "events.2.same_as", ["events-1"]), place, "events-3: same_as refers to events-1, which does not refer back"
        ),
        Fault("answer to another question", put(name, "document.1.value", "news"), place, "author_on_sanctions: news is no answer to it"),
        Fault(
            "an argument twice", put(name, "events.0.arguments.-", SAME), place, "events-1: an argument stands twice, or they are out of"
        ),
        Fault("question twice", put(name, "document.-", SAME), place, "genre is answered 2 times"),
    ]


@pytest.mark.parametrize(
    "fault", [pytest.param(each, id=f"{place}: {each.name}") for place in (TRAIN, NOTES) for each in line_faults(place)]
)
def test_verify_reports_just_the_planted_fault_of_a_line(small: Path, tmp_path: Path, fault: Fault) -> None:
    assert_just(Path(shutil.copytree(small, tmp_path / "release")), fault)
