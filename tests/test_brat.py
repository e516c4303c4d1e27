"""brat's stand-off annotations: out and in again, and what cannot go in, named by file and line."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from annotate.errors import BadInput, Problem, Unmet
from annotate.records import Article, Labelling
from annotate.release.formats import write_formats
from annotate.release.formats.brat import ann_lines, file_name
from annotate.release.formats.loss import LossReport
from annotate.schema import Schema, load_schema
from annotate.schema.flat_names import flat_names
from annotate.steps import agree, export, gold, import_brat, split
from annotate.steps.stored import stored_labellings
from annotate.store import Store
from annotate.studio.brat.lines import read_lines
from annotate.studio.brat.results import results_of
from annotate.studio.results import page_of, read_results
from annotate.workspace import GoldSettings, SplitGate, Workspace
from annotate.workspace_lock import one_at_a_time
from tests.articles import stored
from tests.conftest import SCHEMAS
from tests.format_releases import Record, demo_records, record_of, release_of
from tests.on_server import MakeWorkspace, put
from tests.releases import ANNOTATORS, adjudicate
from tests.test_results import written

SCHEMAS_BY_NAME = {name: load_schema(SCHEMAS / name / "schema.yaml") for name in ("event-stance", "stance-only")}
some = settings(max_examples=150, deadline=None)

# Out and in again


def said(schema: Schema, record: Record) -> dict[str, Any]:
    """What a record says of its spans, without ids and order."""
    place = {item["id"]: (name, item["start"], item["end"], item["type"]) for name in schema.span_layers for item in record[name]}
    frames = [item | {"layer": layer.name} for layer in schema.frame_layers for item in record[layer.name]]
    return {
        "spans": Counter((place[item["id"]], item.get("entity")) for name in schema.span_layers for item in record[name]),
        "attributes": Counter((place[item["id"]], tuple(sorted(item["attributes"].items(), key=str))) for item in frames),
        "arguments": Counter((place[item["id"]], each["role"], place[each["ref"]]) for item in frames for each in item["arguments"]),
        "links": Counter(
            (place[item["id"]], link.name, place[other])
            for link in schema.link_layers
            for item in record[link.between]
            for other in item[link.name]
        ),
    }


def read_back(schema: Schema, article: Article, ann: str) -> tuple[Labelling, list[Problem]]:
    found = list(read_lines("a.ann", ann.encode("utf-8")))
    lines = [each for each in found if not isinstance(each, Problem)]
    imported = results_of(schema, lines, article.text, range(len(article.text) + 1))
    labelling, misfits = read_results(page_of(schema), article, "gold", imported.items)
    unread = [each for each in found if isinstance(each, Problem)]
    return labelling, [*unread, *imported.problems, *imported.changed, *(Problem("misfit", each.message) for each in misfits)]


@pytest.mark.parametrize("name", SCHEMAS_BY_NAME)
@some
@given(data=st.data())
def test_what_brat_carries_comes_back(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    schema = SCHEMAS_BY_NAME[name]
    article, labelling = data.draw(written(schema))
    record = record_of(schema, article, labelling)
    with LossReport(tmp_path_factory.getbasetemp(), "brat") as report:
        ann = "".join(f"{line}\n" for line in ann_lines(schema, flat_names(schema), record, report))
        loss = report.close([])
    again, problems = read_back(schema, article, ann)
    assert problems == []
    lost = {each.kind for each in loss.kinds} - {"answers"}
    assert lost <= {"line break", "no token", "filler", "links"}
    if not lost:
        assert said(schema, record_of(schema, article, again)) == said(schema, record)


@some
@given(data=st.data())
def test_brats_own_parser_takes_any_labelling(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    from bratsubset.annotation import TextAnnotations  # type: ignore[import-untyped]

    schema = SCHEMAS_BY_NAME["event-stance"]
    article, labelling = data.draw(written(schema))
    folder = tmp_path_factory.mktemp("parsed")
    with LossReport(folder, "brat") as report:
        lines = list(ann_lines(schema, flat_names(schema), record_of(schema, article, labelling), report))
    (folder / "a.txt").write_bytes(article.text.encode("utf-8"))
    (folder / "a.ann").write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))
    with TextAnnotations(str(folder / "a"), read_only=True) as read:
        assert read.failed_lines == []
        assert len(read) == len(lines)
    shutil.rmtree(folder)


def import_in(workspace: Workspace, folder: Path, annotator: str = "old@velmora.example") -> import_brat.ImportedBrat:
    return import_brat.run(workspace, folder, annotator)


def labelled(workspace: Workspace) -> dict[str, Labelling]:
    with Store(workspace.store_path) as store:
        return {each.article: each for each in stored_labellings(store, load_schema(workspace.schema_path)).labellings}


def test_a_release_goes_out_and_comes_in_again(schema: Schema, make_workspace: MakeWorkspace, tmp_path: Path) -> None:
    """The bundled corpus, as files, through the store and out into a release that is the same."""
    records = demo_records(schema)
    release = release_of(tmp_path / "demo-1.0.0", "event-stance", records)
    write_formats(release, ["brat"])
    workspace = make_workspace(ANNOTATE_EXPORT_RIGHTS="CC0-1.0")
    done = import_in(workspace, release / "formats" / "brat")
    assert (len(done.articles), done.new, done.problems, done.altered) == (28, 28, [], [])
    articles = stored(workspace)
    again = {name: record_of(schema, articles[name], each) for name, each in labelled(workspace).items()}
    assert {name: said(schema, record) for name, record in again.items()} == {each["id"]: said(schema, each) for each in records}
    done = import_in(workspace, release / "formats" / "brat")
    assert (done.articles, done.known, done.new, done.changed, done.deleted, done.unchanged) == ([], 28, 0, 0, 0, 28)


def test_articles_are_known_by_the_names_that_a_release_gives_their_files(
    schema: Schema, make_workspace: MakeWorkspace, tmp_path: Path
) -> None:
    """An id such as `a/b` is percent-encoded in the name of its file."""
    ids = {"velmora": "a/b", "sadra": "-lead", "karsenia": "con"}
    workspace = make_workspace()
    put(workspace, {name: f"{text} sailed." for text, name in ids.items()})
    articles = stored(workspace)
    records = [record_of(schema, articles[name], Labelling(name, "gold")) for name in ids.values()]
    release = release_of(tmp_path / "old-1.0.0", "event-stance", records)
    write_formats(release, ["brat"])
    done = import_in(workspace, release / "formats" / "brat")
    assert (done.articles, done.known, done.new, done.problems) == ([], 3, 3, [])
    assert labelled(workspace).keys() == set(ids.values())


def test_two_annotators_are_measured_and_released(schema: Schema, make_workspace: MakeWorkspace, tmp_path: Path) -> None:
    release = release_of(tmp_path / "demo-1.0.0", "event-stance", demo_records(schema)[:8])
    write_formats(release, ["brat"])
    first = release / "formats" / "brat"
    second = shutil.copytree(first, tmp_path / "second")
    for path in second.rglob("*.ann"):
        lines = path.read_text("utf-8").splitlines()
        gone = {line.split("\t")[0] for line in lines if line.startswith("T")} & {"T1"}
        path.write_text(
            "".join(f"{line}\n" for line in lines if not any(name in line.split() or f":{name} " in f"{line} " for name in gone)), "utf-8"
        )
    workspace = make_workspace(ANNOTATE_EXPORT_RIGHTS="CC0-1.0")
    gates = {"test": SplitGate(annotators=2, adjudicated=True)}  # labelled before they were drawn, as all imported data are
    workspace = structs.replace(workspace, settings=structs.replace(workspace.settings, gold=GoldSettings(gates=gates)))
    import_in(workspace, first, ANNOTATORS["first"])
    import_in(workspace, second, ANNOTATORS["second"])
    results = {(each.layer, each.measure): each.value for each in agree.run(workspace).results}
    assert 0.9 < (results["mentions", "span_f1_exact"] or 0) < 1
    split.run(workspace)
    assert gold.run(workspace).articles == 8
    with pytest.raises(Unmet, match="disputes are not adjudicated"):
        export.run(workspace, "1.0.0")
    adjudicate(workspace)
    gold.run(workspace)
    assert export.run(workspace, "1.0.0").documents == 8


# Line by line

TEXT = "Velmora shelled the bridge on Monday; Karesh denies that and condemns the attack.\nIt fell."
ANN = """\
T1\tGOV 0 7\tVelmora
T2\tFAC 16 26\tthe bridge
T3\tASSAULT 8 15\tshelled
T4\tGOV 38 44\tKaresh
T5\tSTATE 45 51\tdenies
T6\tASSAULT 74 80\tattack
T7\tagainst 61 69\tcondemns
E1\tASSAULT:T3 actor:T1 recipient:T2
E2\tSTATE:T5 actor:T4 content:E1
E3\tASSAULT:T6
A1\tmode E2 deny
A2\tmodality E1 alleged
R1\tholder Arg1:T7 Arg2:T4
R2\ttarget Arg1:T7 Arg2:E3
*\tsame_as E1 E3
N1\tReference T1 Gazetteer:GZ-17\tVelmora, the state
#1\tAnnotatorNotes T1\tthe government?
#2\tAnnotatorNotes E2\ta denial
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A brat project of one article."""
    (tmp_path / "brat").mkdir()
    (tmp_path / "brat" / "bridge.txt").write_text(TEXT, "utf-8")
    (tmp_path / "brat" / "bridge.ann").write_text(ANN, "utf-8")
    return tmp_path / "brat"


def test_every_kind_of_annotation_is_read(workspace: Workspace, folder: Path) -> None:
    done = import_in(workspace, folder)
    assert (done.problems, done.altered) == ([], [])
    labelling = labelled(workspace)["bridge"]
    assert labelling.annotator == "old@velmora.example"
    mentions = {each.id: each for each in labelling.mentions}
    assert {name: (each.type, each.entity) for name, each in mentions.items()} == {
        "T1": ("GOV", "Gazetteer:GZ-17"),
        "T2": ("FAC", None),
        "T4": ("GOV", None),
    }
    frames = {each.id: each for each in labelling.frames}
    assert frames["E2"].attributes["mode"] == "deny"
    assert frames["E1"].attributes["modality"] == "alleged"
    assert frames["E3"].attributes["modality"] == "asserted"  # nobody said otherwise
    assert {(name, each.role, each.ref) for name, frame in frames.items() for each in frame.arguments} == {
        ("E1", "actor", "T1"),
        ("E1", "recipient", "T2"),
        ("E2", "actor", "T4"),
        ("E2", "content", "E1"),
        ("T7", "holder", "T4"),
        ("T7", "target", "E3"),
    }
    assert [(each.layer, {each.first, each.second}) for each in labelling.links] == [("same_as", {"E1", "E3"})]
    assert labelling.note == "GOV Velmora: the government?\nSTATE denies: a denial"


BAD = [
    ("T9\tGOV 0 7", None),  # without its words, as brat takes it too
    ("T9\tPLANET 0 7\tVelmora", "unknown label 'PLANET'"),
    ("T9\tGOV 0 700\tVelmora", "are not in the text of 90 characters"),
    ("T9\tGOV 7 7\t", "are not in the text"),
    (f"T9\tGOV 0 {'7' * 5000}\tVelmora", "no annotation as brat writes them"),
    ("T9\tGOV 0 7\tKaresh", "quotes 'Karesh', but its offsets are those of 'Velmora'"),
    ("T9 GOV 0 7 Velmora", "no annotation as brat writes them"),
    ("T9\tGOV zero 7\tVelmora", "no annotation as brat writes them"),
    ("T1\tGOV 0 7\tVelmora", "the id T1 stands twice"),
    ("E9\tASSAULT:T99 actor:T1", "its trigger T99 is not there"),
    ("E9\tASSAULT:T2", "is of the type FAC, not ASSAULT"),
    ("E9\tACCUSE", "no annotation as brat writes them"),
    ("E9\tASSAULT:T6 owner:T1", "'owner' cannot join"),
    ("E9\tASSAULT:T6 place:T1", "'place' cannot join"),
    ("E9\tASSAULT:T6 actor:T98", "actor refers to T98, which is not there"),
    ("A9\tmode E1 deny", "mode deny is not legal for ASSAULT; legal: drone"),
    ("A9\tNegation E1", "Negation is no attribute of ASSAULT in the schema; it has polarity, modality"),
    ("A9\tmode T99 deny", "mode refers to T99"),
    ("R9\tnear Arg1:T1 Arg2:T2", "'near' cannot join"),
    ("R9\tsame_as Arg1:E1", "no annotation as brat writes them"),
    ("*\tEquiv E1 T1", "joins events and mentions"),
    ("*\tEquiv T1 T99", "refers to what is not there"),
    ("N9\tReference E1 Gazetteer:GZ-1\tshelled", "normalises E1, which is no mention"),
    ("N9\tReference T1 Gazetteer:GZ-1\tVelmora", "T1 has an entity already"),
    ("X1\tsomething", "no annotation as brat writes them"),
    ("\ud800", "not UTF-8"),
]


@pytest.mark.parametrize(("line", "message"), BAD)
def test_a_bad_line_is_named_and_the_good_ones_go_in(workspace: Workspace, folder: Path, line: str, message: str | None) -> None:
    raw = line.encode("utf-8", "surrogatepass")
    (folder / "bridge.ann").write_bytes(ANN.encode("utf-8") + raw + b"\n")
    problems = import_in(workspace, folder).problems
    if message is None:
        assert problems == []
    else:
        assert [each.place for each in problems] == [f"{folder}/bridge.ann:{ANN.count(chr(10)) + 1}"]
        assert message in problems[0].message
    labelling = labelled(workspace)["bridge"]
    assert {each.id for each in labelling.items} >= {"T1", "T2", "T4", "E1", "E2", "E3", "T7"}
    assert len(labelling.links) == 1


def test_what_depends_on_a_bad_line_is_named_too(workspace: Workspace, folder: Path) -> None:
    (folder / "bridge.ann").write_text(ANN.replace("GOV 38 44", "GOV 38 440").replace("ASSAULT 8 15", "ASSAULT 9 15"), "utf-8")
    said = {str(each).removeprefix(f"{folder}/bridge.ann:") for each in import_in(workspace, folder).problems}
    assert said == {
        "3: quotes 'shelled', but its offsets are those of 'helled'; it is left out",
        "4: its offsets are not in the text of 90 characters; it is left out",
        "8: its trigger T3 was left out, so the event is left out",
        "9: actor refers to T4, which is not there, or was left out",
        "9: content refers to E1, which is not there, or was left out",
        "12: modality refers to E1, which is not there, or was left out",
        "13: holder refers to T4, which is not there, or was left out",
        "15: same_as refers to what is not there, or was left out",
    }
    assert {each.id for each in labelled(workspace)["bridge"].items} == {"T1", "T2", "E2", "E3", "T7"}


@pytest.mark.parametrize(
    ("line", "span", "altered"),
    [
        ("T9\tGROUP 8 15;57 60\tshelled and", (8, 60), True),
        ("T9\tGROUP 57 60;8 15\tand shelled", (8, 60), True),
        ("T9\tGROUP 8 15;57 60\tshelledand", (8, 60), True),  # as brat wrote it before 1.3
        ("T9\tGROUP 74 81;82 84\tattack. It", (74, 84), False),  # brat writes a span over a line break like this
    ],
)
def test_discontinuous_spans(workspace: Workspace, folder: Path, line: str, span: tuple[int, int], altered: bool) -> None:
    (folder / "bridge.ann").write_text(f"{line}\n", "utf-8")
    done = import_in(workspace, folder)
    assert done.problems == []
    assert bool(done.altered) is altered
    assert not altered or str(done.altered[0]).startswith(f"{folder}/bridge.ann:1: discontinuous; taken from its first part to its last")
    assert [(each.start, each.end) for each in labelled(workspace)["bridge"].mentions] == [span]


def test_equivalent_mentions_are_one_entity(workspace: Workspace, folder: Path) -> None:
    lines = ("T1\tGOV 0 7\tVelmora", "T2\tGOV 38 44\tKaresh", "T3\tGOV 82 84\tIt", "*\tEquiv T1 T3")
    (folder / "bridge.ann").write_text("\n".join(lines), "utf-8")
    assert import_in(workspace, folder).problems == []
    assert [each.entity for each in labelled(workspace)["bridge"].mentions] == ["Velmora", None, "Velmora"]


def test_numbered_roles_are_the_role(workspace: Workspace, folder: Path) -> None:
    (folder / "bridge.ann").write_text(ANN.replace("recipient:T2", "recipient:T2 actor2:T4"), "utf-8")
    assert import_in(workspace, folder).problems == []
    (frame,) = (each for each in labelled(workspace)["bridge"].frames if each.id == "E1")
    assert sorted((each.role, each.ref) for each in frame.arguments) == [("actor", "T1"), ("actor", "T4"), ("recipient", "T2")]


# Offsets that count what the stored text has not


@pytest.mark.parametrize("counted", ["as brat counts", "with CR", "without the mark", "with CR, without the mark"])
def test_offsets_over_line_ends_and_a_byte_order_mark(workspace: Workspace, tmp_path: Path, counted: str) -> None:
    text = "فيلمورا وقعت.\nThen 🚀 Karesh left.\nAnd Othrania."
    raw = "\ufeff" + text.replace("\n", "\r\n")
    counts = raw if "with CR" in counted else "\ufeff" + text
    counts = counts.removeprefix("\ufeff") if "without" in counted else counts
    lines = [
        f"T{n}\tGOV {counts.index(word)} {counts.index(word) + len(word)}\t{word}\n"
        for n, word in enumerate(("فيلمورا", "Karesh", "Othrania"), 1)
    ]
    (tmp_path / "brat").mkdir()
    (tmp_path / "brat" / "a-1.txt").write_bytes(raw.encode("utf-8"))
    (tmp_path / "brat" / "a-1.ann").write_bytes("".join(lines).replace("\n", "\r\n").encode("utf-8"))
    assert import_in(workspace, tmp_path / "brat").problems == []
    assert stored(workspace)["a-1"].text == text
    assert [text[each.start : each.end] for each in labelled(workspace)["a-1"].mentions] == ["فيلمورا", "Karesh", "Othrania"]


# Folders


def test_an_article_without_annotations_and_annotations_without_an_article(workspace: Workspace, folder: Path) -> None:
    (folder / "unread.txt").write_text("Othrania waits.", "utf-8")
    (folder / "alone.ann").write_text("T1\tGOV 0 7\tVelmora\n", "utf-8")
    (folder / "empty.txt").write_text("", "utf-8")
    (folder / "empty.ann").write_text("", "utf-8")
    (folder / "nothing.txt").write_text("Nobody is here.", "utf-8")
    (folder / "nothing.ann").write_text("", "utf-8")
    done = import_in(workspace, folder)
    assert done.unannotated == 1
    assert sorted(str(each).removeprefix(f"{folder}/").partition(";")[0] for each in done.problems) == [
        "alone.ann: has no .txt beside it",
        "empty.ann: its text did not go in as it is, so its annotations are left out",
        "empty.txt: empty text",
    ]
    assert labelled(workspace).keys() == {"bridge", "nothing"}
    assert labelled(workspace)["nothing"].items == []


def test_the_several_files_of_the_shared_tasks(workspace: Workspace, folder: Path) -> None:
    lines = ANN.splitlines(keepends=True)
    (folder / "bridge.ann").unlink()
    (folder / "bridge.a1").write_text("".join(lines[:2]), "utf-8")
    (folder / "bridge.a2").write_text("".join([*lines[2:], "T99 broken\n"]), "utf-8")
    done = import_in(workspace, folder)
    assert [each.place for each in done.problems] == [f"{folder}/bridge.a2:{len(lines) - 1}"]
    assert len(labelled(workspace)["bridge"].items) == 7


def test_suffixes_in_capitals(workspace: Workspace, folder: Path) -> None:
    for path in list(folder.iterdir()):
        path.rename(path.with_suffix(path.suffix.upper()))
    done = import_in(workspace, folder)
    assert (done.problems, done.unannotated, done.new) == ([], 0, 1)
    assert len(labelled(workspace)["bridge"].items) == 7


def test_an_id_that_looks_like_a_number(workspace: Workspace, folder: Path) -> None:
    for path in list(folder.iterdir()):
        path.rename(path.with_stem("2031"))
    assert import_in(workspace, folder).problems == []
    assert labelled(workspace).keys() == {"article-2031"}


def test_a_changed_file_is_a_new_version_and_one_taken_away_is_deleted(workspace: Workspace, folder: Path) -> None:
    (folder / "other.txt").write_text("Othrania waits.", "utf-8")
    (folder / "other.ann").write_text("T1\tGOV 0 8\tOthrania\n", "utf-8")
    assert import_in(workspace, folder).new == 2
    (folder / "bridge.ann").write_text(ANN.replace("GOV 0 7", "ARMED 0 7"), "utf-8")
    (folder / "other.ann").unlink()
    done = import_in(workspace, folder)
    assert (done.new, done.changed, done.deleted, done.unchanged) == (0, 1, 1, 0)
    assert labelled(workspace).keys() == {"bridge"}
    with Store(workspace.store_path) as store:
        assert len(list(store.versions())) == 3


def test_nothing_is_imported_while_another_command_is_at_work(workspace: Workspace, folder: Path) -> None:
    with one_at_a_time(workspace.folder, "pull"), pytest.raises(Unmet, match="`annotate pull`"):
        import_in(workspace, folder)
    assert labelled(workspace) == {}
    assert import_in(workspace, folder).new == 1


def test_another_text_of_the_same_id_is_refused_with_its_annotations(workspace: Workspace, folder: Path) -> None:
    import_in(workspace, folder)
    other = shutil.copytree(folder, folder.with_name("other"))
    (other / "bridge.txt").write_text(TEXT.replace("Monday", "Sunday"), "utf-8")
    done = import_in(workspace, other, "second@velmora.example")
    assert [each.place for each in done.problems] == [f"{other}/bridge.txt", f"{other}/bridge.ann"]
    assert labelled(workspace)["bridge"].annotator == "old@velmora.example"


@pytest.mark.parametrize(("make", "message"), [(False, "no such folder"), (True, "no .txt files in it")])
def test_a_folder_with_nothing_in_it(workspace: Workspace, tmp_path: Path, make: bool, message: str) -> None:
    if make:
        (tmp_path / "brat").mkdir()
    with pytest.raises(BadInput, match=message):
        import_in(workspace, tmp_path / "brat")


# Names of files


@given(st.text(min_size=1, max_size=300))
@some
def test_any_id_is_a_files_name(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    assume(name.encode("utf-8", "replace") == name.encode("utf-8"))
    path = tmp_path_factory.getbasetemp() / f"{file_name(name)}.txt"
    path.write_text("x", "utf-8")
    assert path.parent == tmp_path_factory.getbasetemp()
    path.unlink()


def test_different_ids_have_different_files() -> None:
    names = ["a/b", "a%2Fb", "..", ".", "%2E.", "a" * 300, "a" * 301, "ع" * 300, "ع" * 299 + "غ", "أ-1"]
    assert len({file_name(name) for name in names}) == len(names)
    assert file_name("أ-1") == "أ-1"
