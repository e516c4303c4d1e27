"""verify: what a release says in words, and what else can be made again from its other files, is made again and compared."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from annotate.release.about import TOOL
from annotate.release.documents import Wanted
from annotate.release.verify.folder import verify
from annotate.steps import export
from annotate.steps import verify as step
from annotate.workspace import Workspace
from tests.planting import Fault, about, added, assert_just, both, crlf, document, refit, replaced, result, resum, void, whole
from tests.releases import annotate, label_all, new_workspace, write_articles

CHANGES, CARD, CROISSANT, AGREEMENT = "CHANGES.md", "README.md", "croissant.json", "agreement.json"
ARABIC, PAGE = "schema/guidelines.ar.md", "schema/label-studio.xml"
VOUCHED_FOR = "is not the file whose sum release.json holds"


def empty(name: str) -> Fault:
    return Fault(f"{name} emptied", whole(name, lambda _: b""), f"{name}(:1)?", "is empty|made from")


FAULTS = [
    *(empty(name) for name in (ARABIC, PAGE, CHANGES)),
    Fault("guidelines altered", added(ARABIC, b"x\n"), f"{ARABIC}:[0-9]+", 'says "x"; made from schema.yaml, it says ""'),
    Fault("guidelines in CR LF", crlf(ARABIC), f"{ARABIC}:1", "made from schema.yaml"),
    Fault(
        "a label of the page", replaced(PAGE, b'value="TRANSFER"', b'value="TRANSFUR"'), f"{PAGE}:[0-9]+", "TRANSFUR.*made from schema.yaml"
    ),
    Fault("a JSON Schema in CR LF", crlf("schema/record.schema.json"), "schema/record.schema.json:1", "made from schema.yaml"),
    Fault("a comment in the schema", added("schema/schema.yaml", b"# x\n"), "schema/schema.yaml", VOUCHED_FOR),
    Fault("another level", replaced("schema/schema.yaml", b"ordinal", b"nominal"), "schema/schema.yaml", VOUCHED_FOR),
    Fault("CHANGES.md of another version", replaced(CHANGES, b"1.0.0", b"1.0.1"), f"{CHANGES}:1", '"# sample 1.0.0"'),
    Fault("CHANGES.md with a line more", added(CHANGES, b"All is fine.\n"), f"{CHANGES}:[0-9]+", "All is fine"),
    Fault(
        "a card's sentence", replaced(CARD, b"Names of people", b"No names"), f"{CARD}:[0-9]+", "No names .*made from release.json and the"
    ),
    Fault(
        "a card with a line more", added(CARD, b"\nTrust us.\n"), f"{CARD}:[0-9]+", "made from release.json and the files, it says nothing"
    ),
    Fault("a card in CR LF", crlf(CARD), f"{CARD}:1", "made from release.json"),
    Fault("a card's tasks", replaced(CARD, b"- text-classification", b"- summarization"), f"{CARD}:[0-9]+", "summarization"),
    Fault("a key more in the front matter", replaced(CARD, b"pretty_name:", b"gated: true\npretty_name:"), f"{CARD}:2", "gated: true"),
    Fault("half a character in a card", replaced(CARD, b"pretty_name: sample", b'pretty_name: "\\ud83d"'), CARD, "its pretty_name is not"),
    Fault("a sentence of Croissant", replaced(CROISSANT, b"never changes", b"often changes"), f"{CROISSANT}:[0-9]+", "often changes"),
    Fault("a type of Croissant", replaced(CROISSANT, b'"sc:Integer"', b'"sc:Text"'), f"{CROISSANT}:[0-9]+", "sc:Text"),
    Fault("Croissant in CR LF", both(crlf(CROISSANT), resum), f"{CROISSANT}:1", "made from release.json", False),
    Fault(
        "a key twice in Croissant", both(replaced(CROISSANT, b'"name":', b'"name": "x", "name":'), resum), CROISSANT, "a key stands", False
    ),
    Fault("no results", whole(AGREEMENT, lambda _: b'{\n  "results": []\n}\n'), AGREEMENT, VOUCHED_FOR),
    Fault(
        "a layer's results left out",
        document(AGREEMENT, lambda all_: all_.update(results=[each for each in all_["results"] if each["layer"] != "events"])),
        AGREEMENT,
        VOUCHED_FOR,
    ),
    Fault("agreement emptied", whole(AGREEMENT, lambda _: b""), AGREEMENT, "cannot be read"),
    Fault("a better value", result(lambda each: each.update(value=0.999)), AGREEMENT, VOUCHED_FOR),
    Fault("a value above 1", result(lambda each: each.update(value=1.5)), AGREEMENT, "above 1"),
    Fault("of a layer that is not", result(lambda each: each.update(layer="moods")), AGREEMENT, "there is no layer moods"),
    Fault("of another measure", result(lambda each: each.update(measure="gamma")), AGREEMENT, "its signature is that of another|"),
    Fault("more pairable than units", result(lambda each: each.update(pairable=10**6)), AGREEMENT, "1000000 pairable units of"),
    Fault("a name in pairs", result(lambda each: each["pairs"][0].update(annotators=["Nadira", "Omran"])), AGREEMENT, "no pseudonym"),
    Fault("a result twice", document(AGREEMENT, lambda all_: all_["results"].append(all_["results"][0])), AGREEMENT, "stands twice"),
    Fault("no gates", about(lambda a: a.update(gates=[])), "release.json", "gates: none for test"),
    Fault("no key of gates", about(lambda a: a.pop("gates")), "release.json", "cannot be read: .*gates"),
    Fault("a gate twice", about(lambda a: a["gates"].append(a["gates"][0])), "release.json", "gates: test stands 2 times"),
    Fault("a lower gate", about(lambda a: a["gates"][0].update(annotators=1)), "release.json", "does not say what README.md and croissant"),
    Fault("an unknown split withheld", about(lambda a: a.update(withheld=["tset"])), "release.json", "withheld: tset is no split"),
    Fault("sums of a stand-off release", about(lambda a: a.update(with_text=[{"file": "x", "sha256": ""}])), "release.json", "with_text: "),
    Fault("a key of its own", about(lambda a: a.update(secret=1)), "release.json:1", "made from what it says"),
    Fault(
        "another version", about(lambda a: a.update(version="9.0.0")), "release.json", "says version 9.0.0, README.md and croissant.json 1"
    ),
    Fault("another name", about(lambda a: a.update(name="x")), "release.json", "says name x, README.md and croissant.json sample"),
    Fault("another licence", about(lambda a: a.update(license="mit")), "release.json", "says license mit, README.md and croissant.json"),
    Fault(
        "another toolkit", about(lambda a: a.update(tool="annotate 0.0.1")), "release.json", "says tool annotate 0.0.1, the documents annot"
    ),
    Fault("another strategy", about(lambda a: a.update(resolved="mace")), "release.json", "says resolved mace, the documents majority"),
    Fault(
        "other left out", about(lambda a: a["left_out"].append({"name": "bad", "count": 1})), "release.json", "does not say what README.md"
    ),
    Fault(
        "another draw", about(lambda a: a["splits"].update(strategy="hash")), "release.json", "says strategy hash, splits.lock.json strat"
    ),
    Fault("no sums", about(lambda a: a.update(sums=[])), "release.json", "holds no sums"),
    Fault("the first format", about(lambda a: a.update(format=1)), "release.json", "of format 1, in which there was none"),
    Fault("a split counted twice", about(lambda a: a["counts"]["splits"].append(a["counts"]["splits"][0])), "release.json", "stands twice"),
    Fault("release.json in CR LF", crlf("release.json"), "release.json:1", "made from what it says"),
    Fault("a lock of another seed", document("splits.lock.json", lambda lock: lock.update(seed=7)), "splits.lock.json", "its seed is 7"),
    Fault("a lock out of order", document("splits.lock.json", lambda lock: lock["articles"].reverse()), "splits.lock.json", VOUCHED_FOR),
    Fault("a folder of nothing", lambda folder: (folder / "notes").mkdir(), "notes", "is a folder with nothing in it"),
    Fault("a link to a folder", lambda folder: (folder / "samples").symlink_to(folder.parent), "samples", "is a link"),
    Fault("a link to nothing", lambda folder: (folder / "x").symlink_to("/nowhere"), "x", "is a link"),
    Fault("a pipe", lambda folder: os.mkfifo(folder / "pipe"), "pipe", "is neither a file nor a folder"),
    Fault("sums in CR LF", crlf("SHA256SUMS"), "SHA256SUMS", "has carriage returns", False),
    Fault("empty sums", whole("SHA256SUMS", lambda _: b""), "SHA256SUMS", "is empty", False),
    Fault(
        "a name in no encoding",
        lambda folder: void((folder / "x\udcff").write_text("x")),
        r"x\\udcff",
        "is no file of a release|is not in SHA",
        False,
    ),
    Fault(
        "a split of another name",
        lambda folder: void(shutil.copy(folder / "dev.jsonl", folder / "validation.jsonl")),
        "validation.jsonl",
        "is no",
    ),
]


@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in FAULTS])
def test_verify_reports_just_the_planted_fault_of_what_is_made(small: Path, tmp_path: Path, fault: Fault) -> None:
    assert_just(Path(shutil.copytree(small, tmp_path / "release")), fault)


# Of a second release, without texts, with labels withheld, with the researcher's own words


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("worked")
    workspace = new_workspace(folder / "work", write_articles(folder / "articles.jsonl"))
    annotate(workspace, label_all)
    (workspace.folder / "card.md").write_text("## Why\n\nTo see whether fleets are news.\n")
    export.run(workspace, "1.0.0")
    return workspace


@pytest.fixture(scope="module", params=["second", "no text", "withheld"])
def kind(request: pytest.FixtureRequest, worked: Workspace) -> Path:
    wanted = {"no text": Wanted(text=False), "withheld": Wanted(withhold=("test",))}.get(request.param, Wanted())
    versions = {"second": "1.1.0", "no text": "1.2.0", "withheld": "1.3.0"}
    return Path(export.run(worked, versions[request.param], wanted).folder)


KIND_FAULTS = [
    Fault("since a later one", replaced(CHANGES, b"# Changes since 1", b"# Changes since 7"), CHANGES, "no version before 1"),
    Fault("another step", replaced(CHANGES, b"A patch change", b"A major change"), CHANGES, "calls it a major change, by its list"),
    Fault("invented", replaced(CHANGES, b"added: none", b"added: 1 (v-99)"), CHANGES, "v-99 was added, which is not there|a minor one"),
    Fault(
        "removed and there", replaced(CHANGES, b"removed: none", b"removed: 1 (v-1)"), CHANGES, "v-1 was removed, which is there|a major"
    ),
    Fault("another schema", replaced(CHANGES, b"event-stance@1.0.0", b"event-stance@0.9.0"), CHANGES, "says schema event-stance@0.9.0"),
    Fault("a line of its own", added(CHANGES, b"All is fine.\n"), f"{CHANGES}:[0-9]+", "is no line of what changed"),
    Fault("nothing of documents", replaced(CHANGES, b"- Documents added: none\n", b""), CHANGES, "does not say once each what changed"),
    Fault("the researcher's words", replaced(CARD, b"fleets are news", b"boats are news"), f"{CARD}:[0-9]+", "boats are news"),
    Fault("the card's prose", replaced(CARD, b"A release never changes", b"It may change"), f"{CARD}:[0-9]+", "It may change"),
    Fault("Croissant's prose", replaced(CROISSANT, b"A release never changes", b"It may change"), f"{CROISSANT}:[0-9]+", "It may change"),
    Fault("guidelines", added("schema/guidelines.en.md", b"x\n"), "schema/guidelines.en.md:[0-9]+", "made from schema.yaml"),
]


def test_each_kind_of_release_is_sound(kind: Path) -> None:
    assert step.run(kind).problems == []


@pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in KIND_FAULTS])
def test_verify_reports_just_the_planted_fault_of_each_kind(kind: Path, tmp_path: Path, fault: Fault) -> None:
    if fault.name in ("another step", "invented", "removed and there") and b"A patch change" not in (kind / CHANGES).read_bytes():
        fault = fault._replace(plant=replaced(CHANGES, b" change. ", b" shift. "), place=f"{CHANGES}:3", says="is no line of what changed")
    assert_just(Path(shutil.copytree(kind, tmp_path / "release")), fault)


def test_a_release_of_another_version_may_word_it_otherwise(small: Path, tmp_path: Path) -> None:
    """Of what another version of the toolkit made, prose is not compared; what files hold still is."""
    folder = Path(shutil.copytree(small, tmp_path / "release"))
    for name in (*(f"{split}.jsonl" for split in ("train", "dev", "test")), "release.json", CARD, CROISSANT):
        (folder / name).write_bytes((folder / name).read_bytes().replace(TOOL.encode(), b"annotate 0.0.9"))
    replaced(CARD, b"Names of people", b"People's names")(folder)
    replaced(CROISSANT, b"Names of people", b"People's names")(folder)
    added(ARABIC, b"x\n")(folder)
    refit(folder)
    assert verify(folder) == []
    whole(ARABIC, lambda _: b"")(folder)
    whole(CHANGES, lambda _: b"\n")(folder)
    resum(folder)
    assert {str(each) for each in verify(folder)} == {f"{ARABIC}: is empty", f"{CHANGES}: is empty"}
