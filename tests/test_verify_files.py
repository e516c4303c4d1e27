"""verify: files of a release that are missing, strange, altered, or not of each other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.planting import (
    ADDRESS,
    NOTES,
    TEST,
    TRAIN,
    Fault,
    assert_just,
    both,
    card,
    document,
    line_of,
    link,
    listed,
    lock,
    new_file,
    put,
    remove,
    result,
    resum,
    swap,
    whole,
)

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


@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in FILE_FAULTS])
def test_verify_reports_just_the_planted_fault_of_a_file(small: Path, tmp_path: Path, fault: Fault) -> None:
    assert_just(Path(shutil.copytree(small, tmp_path / "release")), fault)


@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in SUM_FAULTS])
def test_verify_reports_just_the_planted_fault_of_the_sums(small: Path, tmp_path: Path, fault: Fault) -> None:
    assert_just(Path(shutil.copytree(small, tmp_path / "release")), fault)
