"""verify: finds every planted fault, in its place, and nothing else; and the command that ML teams run."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate.release.lines import as_json
from annotate.release.sums import sha256_of, sums
from annotate.release.verify.folder import verify
from annotate.steps import export
from tests.releases import TEXT, Record, annotate, label_all, new_workspace, small_release


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_release(tmp_path_factory.mktemp("small"))


Plant = Callable[[Path], None]


class Fault(NamedTuple):
    """How a sound release is spoilt, and the place and words by which verify must report it, and nothing else."""

    name: str
    plant: Plant
    place: str
    says: str
    sums: bool = True  # whether SHA256SUMS is made to fit the spoilt files


def edit(name: str, change: Callable[[Record], object]) -> Plant:
    """Change the first record of a JSONL file."""

    def first(line: bytes) -> bytes:
        record = json.loads(line)
        change(record)
        return json.dumps(record, ensure_ascii=False).encode()

    return line_of(name, first)


def put(name: str, path: str, value: object) -> Plant:
    """Put a value at a path (``mentions.0.start``) in the first record of a JSONL file; into a list's end at ``-``."""
    *way, last = path.split(".")

    def change(record: Any) -> None:
        for step in way:
            record = record[int(step) if isinstance(record, list) else step]
        if last == "-":
            record.append(copy.deepcopy(record[0]) if value is SAME else value)
        else:
            record[int(last) if isinstance(record, list) else last] = value

    return edit(name, change)


def line_of(name: str, change: Callable[[bytes], bytes]) -> Plant:
    """Change the first line of a file, its line end left out."""

    def plant(folder: Path) -> None:
        first, rest = (folder / name).read_bytes().split(b"\n", 1)
        (folder / name).write_bytes(change(first) + b"\n" + rest)

    return plant


def whole(name: str, change: Callable[[bytes], bytes]) -> Plant:
    """Change a file as a whole."""
    return lambda folder: void((folder / name).write_bytes(change((folder / name).read_bytes())))


def lock(change: Callable[[list[Record]], object]) -> Plant:
    """Change the entries of splits.lock.json."""
    return document("splits.lock.json", lambda whole: change(whole["articles"]))


def document(name: str, change: Callable[[Any], object]) -> Plant:
    """Change a JSON file."""

    def changed(body: bytes) -> bytes:
        read = json.loads(body)
        change(read)
        return json.dumps(read).encode()

    return whole(name, changed)


def card(change: Callable[[Any], object]) -> Plant:
    """Change the front matter of README.md."""

    def changed(body: bytes) -> bytes:
        _, front, rest = body.decode().split("---\n", 2)
        declared = yaml.safe_load(front)
        change(declared)
        return f"---\n{yaml.safe_dump(declared, sort_keys=False)}---\n{rest}".encode()

    return whole("README.md", changed)


def result(change: Callable[[Any], object]) -> Plant:
    """Change the first result of agreement.json."""
    return document("agreement.json", lambda whole: change(whole["results"][0]))


def exchange(name: str) -> Plant:
    """Put the first line of a file behind the second."""

    def changed(body: bytes) -> bytes:
        first, second, *rest = body.split(b"\n")
        return b"\n".join([second, first, *rest])

    return whole(name, changed)


def link(name: str) -> Plant:
    """Put a link in a file's place."""

    def plant(folder: Path) -> None:
        shutil.copy(folder / name, folder.parent / "elsewhere")
        (folder / name).unlink()
        (folder / name).symlink_to(folder.parent / "elsewhere")

    return plant


def both(*plants: Plant) -> Plant:
    return lambda folder: void([plant(folder) for plant in plants])


def remove(name: str) -> Plant:
    return lambda folder: (folder / name).unlink()


def new_file(name: str) -> Plant:
    def plant(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("notes\n")

    return plant


def void(_: object) -> None:
    """Nothing: for what is done for its effect."""


SAME = object()
TRAIN, TEST, NOTES = "train.jsonl", "test.jsonl", "annotations.jsonl"
SLICE = "its text is not what its offsets slice"
ADDRESS = "nadira@annotator.example"
QUOTED = ADDRESS.replace("@", "%40")
NAMES = ["Nadira Tawil"]


def line_faults(name: str) -> list[Fault]:
    """What can be wrong with a line of any JSONL file."""
    place = f"{name}:1"
    return [
        Fault("byte order mark", line_of(name, lambda line: b"\xef\xbb\xbf" + line), place, "starts with a byte order mark"),
        Fault("CR LF", line_of(name, lambda line: line + b"\r"), place, "ends in CR LF"),
        Fault("cut last line", whole(name, lambda body: body.split(b"\n")[0]), place, "has no line end: the file was cut"),
        Fault("not UTF-8", line_of(name, lambda line: line.replace(b"Velmora", b"Velm\xffra", 1)), place, "not UTF-8 at byte"),
        Fault("not JSON", line_of(name, lambda line: line[:-1]), place, "not JSON"),
        Fault("empty line", line_of(name, lambda line: b"\n" + line), place, "not JSON"),
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
        Fault("an id that is a number", put(name, "mentions.0.id", "12"), place, 'mentions/0/id: "12" does not match'),
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


GOLD_FAULTS = [
    Fault("wrong split", put(TRAIN, "split", "test"), f"{TRAIN}:1", "says split test, is in train.jsonl"),
    Fault("unknown split", put(TRAIN, "split", "holdout"), f"{TRAIN}:1", '"holdout" is not one of'),
    Fault(
        "another text", edit(TRAIN, lambda record: record.update(text=record["text"] + " ")), f"{TRAIN}:1", "text_sha256 is not the digest"
    ),
    Fault("another digest", put(TRAIN, "text_sha256", "0" * 64), f"{TRAIN}:1", "text_sha256 is not the digest"),
    Fault("zone out of range", put(TRAIN, "zones.0.end", 9999), f"{TRAIN}:1", "zones 0–9999 is not in the text"),
    Fault("fractional zone", put(TRAIN, "zones.0.start", 0.0), f"{TRAIN}:1", "zones/0/start: 0.0 is no whole number"),
    Fault("sentence out of range", put(TRAIN, "sentences.4.end", 9999), f"{TRAIN}:1", "sentences 126–9999 is not in the text"),
    Fault("sentences that overlap", put(TRAIN, "sentences.1.start", 5), f"{TRAIN}:1", "sentences 5–53 begins before the one before it"),
    Fault("documents out of order", exchange(TRAIN), f"{TRAIN}:2", "stands behind .*; documents stand in the order of their ids"),
    Fault("a weight of nothing", put(TRAIN, "weight", 0.0), f"{TRAIN}:1", "its weight is 0.0, not above 0"),
    Fault("no day of the calendar", put(TRAIN, "date.day", 42), f"{TRAIN}:1", "its date 2025-3-42 is no day of the calendar"),
    Fault("a date of another precision", put(TRAIN, "date.day", None), f"{TRAIN}:1", "its date 2025-3-None is not of the precision day"),
    Fault("a date that is a string", put(TRAIN, "date.year", "2025"), f"{TRAIN}:1", "date/year: "),
    Fault("an unknown basis", put(TRAIN, "date.basis", "hearsay"), f"{TRAIN}:1", "date/basis: "),
    Fault("shares of more than one", put(TRAIN, "document.0.distribution.0.p", 0.75), f"{TRAIN}:1", "genre: its shares do not add up to 1"),
    Fault("a share twice", put(TRAIN, "document.0.distribution.-", SAME), f"{TRAIN}:1", "genre: a value's share stands twice"),
    Fault("a share above one", put(TRAIN, "document.0.distribution.0.p", 1.5), f"{TRAIN}:1", "document/0/distribution/0/p: "),
    Fault("made from nobody", put(TRAIN, "provenance.annotators", []), f"{TRAIN}:1", "nobody annotated it"),
    Fault(
        "made from somebody unheard",
        edit(TRAIN, lambda record: record["provenance"]["annotators"].append("annotator-00000000")),
        TRAIN,
        "made from annotator-00000000, who has no line of it in annotations.jsonl",
    ),
    Fault(
        "test by one",
        edit(TEST, lambda record: record["provenance"]["annotators"].pop()),
        f"{TEST}:1",
        "of 1 annotators, not of 2 as test|a vote by|a vote by",
    ),
    Fault(
        "test not adjudicated",
        put(TEST, "provenance.decisions.0.how", "tie"),
        f"{TEST}:1",
        "stances-1: attribute strength is disputed and not adjudicated",
    ),
    Fault("called withheld", put(TRAIN, "provenance.resolution", "withheld"), f"{TRAIN}:1", "says that its labels are withheld; those of"),
    Fault("text of no rights", put(TRAIN, "source.rights", None), f"{TRAIN}:1", "its text goes out, and `source.rights` does not say"),
    Fault(
        "shares of an item", put(TRAIN, "mentions.0.distributions.type.0.p", 0.3), f"{TRAIN}:1", "mentions-1: type: its shares do not add"
    ),
    Fault(
        "a share of an item twice", put(TRAIN, "stances.0.distributions.attributes.strength.-", SAME), f"{TRAIN}:1", "strength: a value's"
    ),
    Fault("a posterior", put(TRAIN, "document.0.distribution.0.posterior", 0.4), f"{TRAIN}:1", "genre: its posterior does not add up"),
    Fault("decision on nothing", put(TRAIN, "provenance.decisions.0.item", "stances-9"), f"{TRAIN}:1", "stances has no stances-9"),
    Fault("decision in no layer", put(TRAIN, "provenance.decisions.0.layer", "moods"), f"{TRAIN}:1", "there is no layer moods"),
    Fault("too many votes", put(TRAIN, "provenance.decisions.0.votes", 3), f"{TRAIN}:1", "attribute strength: 3 votes of 2"),
    Fault("decided by dice", put(TRAIN, "provenance.decisions.0.how", "dice"), f"{TRAIN}:1", "decided by dice, which is no way to decide"),
    Fault(
        "a vote of nobody's",
        put(TRAIN, "provenance.decisions.0.ballots.0.annotators", ["annotator-00000000"]),
        f"{TRAIN}:1",
        "a vote by annotator-00000000, who is not among its annotators",
    ),
    Fault("two votes", put(TRAIN, "provenance.decisions.0.ballots.0.annotators.-", SAME), f"{TRAIN}:1", "attribute strength: 2 votes by"),
    Fault("annotator twice", put(TEST, "provenance.annotators.-", SAME), f"{TEST}:1", "stands 2 times among its annotators"),
    Fault("adjudicator by name", put(TEST, "provenance.adjudicator", "salma"), f"{TEST}:1", "its adjudicator stands under no pseudonym"),
    Fault("address in another script", put(TRAIN, "source.agency", "نادرة@مثال.إختبار"), f"{TRAIN}:1", "an e-mail address in source"),
    Fault("address in a link", put(TRAIN, "source.url", f"https://v.example/?to={QUOTED}"), f"{TRAIN}:1", "an e-mail address in source"),
    Fault("document twice", line_of(TRAIN, lambda line: line + b"\n" + line), f"{TRAIN}:2", "its id stands twice"),
    Fault("question missing", edit(TRAIN, lambda record: record["document"].pop()), f"{TRAIN}:1", "author_on_diplomacy is missing"),
    Fault("share of another question", put(TRAIN, "document.1.distribution.0.value", "news"), f"{TRAIN}:1", "news is no answer to it"),
    Fault("address in provenance", put(TRAIN, "provenance.tool", ADDRESS), f"{TRAIN}:1", "an e-mail address in provenance"),
    Fault(
        "address after an odd line end",
        both(put(TRAIN, "title", "one\u2028two\x85three"), put(TRAIN, "provenance.tool", ADDRESS)),
        f"{TRAIN}:1",
        "an e-mail address in provenance",
    ),
    Fault(
        "story in two splits",
        both(put(TRAIN, "group.story", "storm"), put("test.jsonl", "group.story", "storm")),
        "splits.lock.json",
        "the story group storm crosses test and train",
    ),
    Fault(
        "copies in two splits",
        both(put("dev.jsonl", "group.duplicates", "d"), put("test.jsonl", "group.duplicates", "d")),
        "splits.lock.json",
        "the duplicates group d crosses dev and test",
    ),
]

ANNOTATION_FAULTS = [
    Fault("unknown article", put(NOTES, "article", "an-unknown"), f"{NOTES}:1", "an-unknown: no such document"),
    Fault("lines out of order", exchange(NOTES), f"{NOTES}:2", "stands behind .* by annotator-"),
    Fault("second line", line_of(NOTES, lambda line: line + b"\n" + line), f"{NOTES}:2", "a second line by annotator-"),
    Fault("address of the annotator", put(NOTES, "unusable", ADDRESS), f"{NOTES}:1", "an e-mail address in unusable"),
    Fault("annotator by name", put(NOTES, "annotator", "layla"), f"{NOTES}:1", "annotator: "),
    Fault("no answer", put(NOTES, "document.0.value", None), f"{NOTES}:1", "document/0/value"),
]

FILE_FAULTS = [
    *(
        Fault(f"no {name}", remove(name), name, "^missing$")
        for name in (
            *("dev.jsonl", NOTES, "agreement.json", "splits.lock.json", "README.md", "SHA256SUMS", "schema/schema.yaml"),
            *("release.json", "croissant.json", "leakage.json", "CHANGES.md"),
        )
    ),
    *(
        Fault(f"no {name}", remove(f"schema/{name}"), f"schema/{name}", "^missing$")
        for name in ("record.schema.json", "annotation.schema.json", "label-studio.xml", "guidelines.ar.md")
    ),
    Fault("edited schema", whole("schema/record.schema.json", lambda _: b"{}"), "schema/record.schema.json", "is not what schema.yaml"),
    Fault("broken schema", whole("schema/record.schema.json", lambda _: b"{"), "schema/record.schema.json", "is not what schema.yaml"),
    Fault("schema.yaml not UTF-8", whole("schema/schema.yaml", lambda _: b"\xff"), "schema/schema.yaml", "not UTF-8"),
    Fault("schema.yaml no schema", whole("schema/schema.yaml", lambda _: b"name: x\n"), "schema/schema.yaml", "."),
    Fault("agreement no JSON", whole("agreement.json", lambda body: body[:-9]), "agreement.json", "cannot be read"),
    Fault("agreement not a number", whole("agreement.json", lambda _: b'{"results": [NaN]}'), "agreement.json", "NaN is no JSON number"),
    Fault("agreement of nothing", whole("agreement.json", lambda _: b"{}"), "agreement.json", "cannot be read: .*results"),
    Fault("neither value nor reason", result(lambda each: each.update(value=None)), "agreement.json", "neither a value nor a reason"),
    Fault("a number without a signature", result(lambda each: each.update(signature="")), "agreement.json", "no signature"),
    Fault("limits the wrong way round", result(lambda each: each["interval"].update(low=0.9, high=0.1)), "agreement.json", "the wrong way"),
    Fault("seven digits", result(lambda each: each.update(value=0.1234567)), "agreement.json", "more than six digits"),
    Fault(
        "a word for a number",
        result(lambda each: each.update(value="high")),
        "agreement.json",
        "Expected `float . null`, got `str`",
    ),
    Fault("address in agreement", result(lambda each: each.update(reason=ADDRESS)), "agreement.json:1", "an e-mail"),
    Fault("address in the card", whole("README.md", lambda b: b + ADDRESS.encode()), "README.md:[0-9]+", "an e-mail address"),
    Fault(
        "address in the schema", whole("schema/schema.yaml", lambda b: b + b"# " + ADDRESS.encode()), "schema/schema.yaml:[0-9]+", "an e-"
    ),
    Fault(
        "a name in a comment",
        whole("schema/schema.yaml", lambda b: b + b"# by Nadira Tawil"),
        "schema/schema.yaml:[0-9]+",
        "annotator's name",
    ),
    Fault("a name in a file's name", new_file("formats/nadira tawil.txt"), "formats/nadira tawil.txt", "an annotator's name"),
    Fault("a name in a record", put(TRAIN, "source.agency", "NADIRA TAWIL"), f"{TRAIN}:1", "an annotator's name in source"),
    Fault("no release.json", remove("release.json"), "release.json", "^missing$"),
    Fault("no certificate", remove("leakage.json"), "leakage.json", "^missing$"),
    Fault("no Croissant", remove("croissant.json"), "croissant.json", "^missing$"),
    Fault("release.json no JSON", whole("release.json", lambda body: body[:-9]), "release.json", "cannot be read"),
    Fault(
        "release.json of no counts", document("release.json", lambda about: about.pop("counts")), "release.json", "cannot be read: .*counts"
    ),
    Fault("a newer format", document("release.json", lambda about: about.update(format=99)), "release.json", "newer than this toolkit's"),
    Fault(
        "of another schema", document("release.json", lambda about: about.update(schema="x@1.0.0")), "release.json", "says schema x@1.0.0"
    ),
    Fault(
        "count of a layer",
        document("release.json", lambda about: about["counts"]["splits"][1]["items"][1].update(count=7)),
        "release.json",
        r"counts.splits.dev.items.events.count is 7, the files hold 3",
    ),
    Fault(
        "count of annotators",
        document("release.json", lambda about: about["counts"].update(annotators=9)),
        "release.json",
        "annotators is 9",
    ),
    Fault(
        "count by resolution",
        document("release.json", lambda about: about["counts"]["splits"][2]["resolutions"][0].update(name="single")),
        "release.json",
        "resolutions.majority.count is not there, the files hold 2|resolutions.single.count is 2, the files hold none",
    ),
    Fault("card without front matter", whole("README.md", lambda _: b"# Nothing\n"), "README.md", "front matter cannot be read"),
    Fault("card of no YAML", whole("README.md", lambda b: b.replace(b"pretty_name: ", b"pretty_name: [", 1)), "README.md", "front matter"),
    Fault(
        "card nested without end",
        whole("README.md", lambda b: b.replace(b"pretty_name: ", b"pretty_name: " + b"[" * 2000, 1)),
        "README.md",
        "front matter",
    ),
    Fault("card of another licence", card(lambda d: d.update(license="mit")), "README.md", "says licence mit"),
    Fault(
        "card of another count",
        card(lambda d: d["dataset_info"][0]["splits"][0].update(num_examples=6)),
        "README.md",
        "train has 6 examples",
    ),
    Fault("card of another size", card(lambda d: d["dataset_info"][0]["splits"][0].update(num_bytes=6)), "README.md", "has 6 bytes"),
    Fault(
        "card of another sum", card(lambda d: d["dataset_info"][1].update(download_size=6)), "README.md", "download_size 6 of annotations"
    ),
    Fault("card without sizes", card(lambda d: d["dataset_info"][0]["splits"][0].pop("num_bytes")), "README.md", "cannot be read"),
    Fault("card of other features", card(lambda d: d["dataset_info"][0]["features"].pop()), "README.md", "features of gold are not those"),
    Fault("card without a config", card(lambda d: d["dataset_info"].pop()), "README.md", "declares no annotations"),
    Fault("card of a missing file", card(lambda d: d["configs"][0]["data_files"][0].update(path="x.jsonl")), "README.md", "names x.jsonl"),
    Fault("card's table", whole("README.md", lambda b: b.replace(b"| train | 5 |", b"| train | 50 |")), "README.md", "has no line"),
    Fault(
        "card of another version",
        whole("README.md", lambda b: b.replace(b"# sample 1", b"# sample 2")),
        "README.md",
        "no line # sample 1.0.0",
    ),
    Fault(
        "card of another agreement",
        whole("README.md", lambda b: b.replace(b"| mentions | span_f1_exact | 1.000", b"| mentions | span_f1_exact | 0.999")),
        "README.md",
        r"has no line \| mentions . span_f1_exact",
    ),
    *(
        Fault(f"card of another {key}", card(lambda d, key=key: d.update({key: ["fr"]})), "README.md", f"its {key} is not")  # type: ignore[misc]
        for key in ("language", "size_categories")
    ),
    Fault("card of another name", card(lambda d: d.update(pretty_name="x")), "README.md", "its pretty_name is not"),
    Fault("card of swapped files", card(lambda d: d["configs"][0]["data_files"][0].update(path=TEST)), "README.md", "its configs is not"),
    Fault(
        "card without a split",
        card(lambda d: d["dataset_info"][0]["splits"].pop()),
        "README.md",
        "declares no split test of gold|says download_size|says dataset_size",
    ),
    Fault(
        "Croissant of another licence", document("croissant.json", lambda c: c.update(license="mit")), "croissant.json", "says licence mit"
    ),
    Fault("Croissant of another language", document("croissant.json", lambda c: c.update(inLanguage=["fr"])), "croissant.json", "fr"),
    Fault(
        "Croissant lacks records", document("croissant.json", lambda c: c["recordSet"].pop()), "croissant.json", "no record set annotations"
    ),
    Fault(
        "Croissant lacks a key",
        document("croissant.json", lambda c: c["recordSet"][0]["field"].pop()),
        "croissant.json",
        "has no field train/provenance",
    ),
    *(
        Fault(f"a forgotten {name}", new_file(name), name, "is no file of a release")
        for name in ("notes.txt", "samples/1.json", "old/train.jsonl.bak")
    ),
    Fault("Croissant no JSON", whole("croissant.json", lambda body: body[:-9]), "croissant.json", "cannot be read"),
    Fault("another Croissant", document("croissant.json", lambda c: c.update(conformsTo=[])), "croissant.json", "is no Croissant 1.1"),
    Fault("Croissant of another version", document("croissant.json", lambda c: c.update(version="9")), "croissant.json", "says version 9"),
    Fault("Croissant of another name", document("croissant.json", lambda c: c.update(name="x")), "croissant.json", "says name x"),
    Fault(
        "Croissant's list",
        document("croissant.json", lambda c: listed(c, 3).update(contentUrl="x")),
        "croissant.json",
        "does not list|lists x",
    ),
    Fault(
        "Croissant's field",
        document("croissant.json", lambda c: c["recordSet"][0]["field"][0]["source"]["fileObject"].update({"@id": "x"})),
        "croissant.json",
        "train/id is of x, which is not listed",
    ),
    Fault("address in the lock", lock(lambda entries: entries[0].update(group=ADDRESS)), "splits.lock.json:1", "an e-mail address"),
    Fault("lock no JSON", whole("splits.lock.json", lambda body: body[:-9]), "splits.lock.json", "not a list of articles"),
    Fault("lock a list", whole("splits.lock.json", lambda _: b"[]"), "splits.lock.json", "not a list of articles"),
    Fault("lock lacks an article", lock(lambda entries: entries.pop()), "splits.lock.json", "is in [a-z]+, but not locked there"),
    Fault("lock of a wrong split", lock(lambda e: swap(e[-1])), "splits.lock.json", "is in [a-z]+, but not locked there"),
    Fault("lock of no split", lock(lambda e: e[0].update(split="holdout")), "splits.lock.json", "Invalid enum value 'holdout'"),
    Fault("lock of no group", lock(lambda e: e[0].update(group=None)), "splits.lock.json", "Expected `str`, got `null`"),
    Fault("lock names one twice", lock(lambda e: e.append(e[0])), "splits.lock.json", "stands 2 times"),
    Fault(
        "lock crosses", lock(lambda e: [x.update(group="g") for x in e]), "splits.lock.json", "the group g crosses dev and test and train"
    ),
]

SUM_FAULTS = [
    Fault("changed byte", whole("schema/schema.yaml", lambda body: body + b"#"), "schema/schema.yaml", "does not match its sum", False),
    Fault("unlisted file", new_file("notes.txt"), "notes.txt", "is not in SHA256SUMS", False),
    Fault("listed, not there", both(new_file("x"), lambda f: resum(f), remove("x")), "x", "is in SHA256SUMS but not in the folder", False),
    Fault("listed twice", whole("SHA256SUMS", lambda body: body + body.split(b"\n")[0] + b"\n"), "SHA256SUMS", "stands twice", False),
    Fault(
        "Croissant's size",
        both(document("croissant.json", lambda c: listed(c, 0).update(contentSize="1 B")), lambda f: resum(f)),
        "croissant.json",
        "says train.jsonl has 1 B",
        False,
    ),
    Fault(
        "Croissant's sum",
        both(document("croissant.json", lambda c: listed(c, 0).update(sha256="0" * 64)), lambda f: resum(f)),
        "croissant.json",
        "the sum of train.jsonl is not that of the file",
        False,
    ),
    Fault("a link", link("schema/schema.yaml"), "schema/schema.yaml", "is a link"),
    Fault("another sum", line_of("SHA256SUMS", lambda line: b"0" * 64 + line[64:]), "CHANGES.md", "does not match its sum", False),
]


def swap(entry: Record) -> None:
    entry.update(split="dev" if entry["split"] != "dev" else "train", group="g")


def listed(croissant: Any, number: int) -> Any:
    return croissant["distribution"][number]


def refit(folder: Path) -> None:
    """Make the card, Croissant's list of files and SHA256SUMS fit the spoilt files."""
    try:
        croissant = json.loads((folder / "croissant.json").read_bytes())
    except (OSError, ValueError):
        croissant = {"distribution": []}
    for each in croissant["distribution"]:
        path = folder / each["contentUrl"]
        if path.is_file():
            resize(folder, path.stem, int(each["contentSize"].split()[0]), path.stat().st_size)
            each |= {"contentSize": f"{path.stat().st_size} B", "sha256": sha256_of(path)}
    if croissant["distribution"]:
        (folder / "croissant.json").write_text(as_json(croissant), encoding="utf-8")
    resum(folder)


def resize(folder: Path, split: str, old: int, new: int) -> None:
    """Have the card say the new size where it says the old one."""

    def change(front: Any) -> None:
        for declared in front["dataset_info"]:
            for each in declared["splits"]:
                if (each["name"], each["num_bytes"]) == (split, old):
                    each["num_bytes"] = new
                    declared["download_size"] += new - old
                    declared["dataset_size"] += new - old

    if new != old and (folder / "README.md").is_file():
        card(change)(folder)


def resum(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text(sums(folder), encoding="utf-8")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=f"{where}: {fault.name}")
        for where, faults in (
            ("gold", [*line_faults(TRAIN), *GOLD_FAULTS]),
            ("annotations", [*line_faults(NOTES), *ANNOTATION_FAULTS]),
            ("files", FILE_FAULTS),
            ("sums", SUM_FAULTS),
        )
        for fault in faults
    ],
)
def test_verify_reports_just_the_planted_fault(small: Path, tmp_path: Path, fault: Fault) -> None:
    folder = tmp_path / "release"
    shutil.copytree(small, folder)
    fault.plant(folder)
    if fault.sums and (folder / "SHA256SUMS").exists():
        refit(folder)
    problems = verify(folder, NAMES)
    assert {each.place for each in problems} == {each.place for each in problems if re.fullmatch(fault.place, each.place)}
    assert problems
    assert all(re.search(fault.says, each.message) for each in problems)
    assert len(problems) <= fault.says.count("|") + 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_spoilt_byte_stops_verify(small: Path, tmp_path: Path, data: st.DataObject) -> None:
    """Whatever stands there, it answers; and a byte that is another is never overlooked."""
    folder = tmp_path / "release"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(small, folder)
    name = data.draw(st.sampled_from(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())))
    body = (folder / name).read_bytes()
    start = data.draw(st.integers(0, max(len(body) - 1, 0)))
    put_there = data.draw(st.sampled_from([b"", b"5", b"null", b"[]", b"{}", b'"x"', b"\xff", b"\n", b"\x00", b"[" * 2000]))
    spoilt = body[:start] + put_there + body[start + data.draw(st.integers(0, 40)) :]
    (folder / name).write_bytes(spoilt)
    assert (verify(folder) != []) == (spoilt != body)
    if name != "SHA256SUMS":
        resum(folder)
    verify(folder)


def test_an_empty_folder_lacks_every_file(tmp_path: Path) -> None:
    assert {each.message for each in verify(tmp_path)} == {"missing"}
    assert {each.place for each in verify(tmp_path)} >= {"train.jsonl", "SHA256SUMS", "schema/schema.yaml"}


def test_addresses_in_an_articles_own_text_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "articles.jsonl").write_text(
        json.dumps({"id": "v-1", "title": f"Write to {ADDRESS}", "text": TEXT.format(ADDRESS), "rights": "CC0-1.0"})
    )
    workspace = new_workspace(tmp_path / "work", tmp_path / "articles.jsonl")
    annotate(workspace, label_all)
    assert verify(Path(export.run(workspace, "1.0.0").folder)) == []


# The command


def run_verify(cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`annotate verify` as a user runs it, in a folder that is no workspace."""
    program = Path(sys.executable).with_name("annotate")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ANNOTATE_", "LABEL_STUDIO_"))}
    return subprocess.run([program, "verify", *words], cwd=cwd, env=environment, check=False, capture_output=True, text=True)


def test_the_command_calls_a_sound_release_sound(small: Path, tmp_path: Path) -> None:
    done = run_verify(tmp_path, str(small))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{small}: sound\n", "")
    assert list(tmp_path.iterdir()) == []


def test_the_command_names_the_fault_and_exits_1(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small, tmp_path / "release")
    put(TRAIN, "mentions.0.start", 10)(tmp_path / "release")
    refit(tmp_path / "release")
    done = run_verify(tmp_path, "release")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("release: 1 faults\n  train.jsonl:1: ")
    assert f"mentions-1: {SLICE}" in done.stdout
    as_json = run_verify(tmp_path, "release", "--json")
    assert (as_json.returncode, [each["place"] for each in json.loads(as_json.stdout)["problems"]]) == (1, ["train.jsonl:1"])


def test_the_command_wants_a_folder_that_is_there(tmp_path: Path) -> None:
    done = run_verify(tmp_path, "nothing")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "annotate: nothing: no such folder; name the folder of a release\n"
