"""brat stand-off and spaCy's DocBin, as brat's own parser, bratiaa and spaCy read them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from annotate.records import Article, Labelling, Mention
from annotate.release.formats import write_formats
from annotate.release.formats.brat import FOLDER
from annotate.release.formats.spacy_docbin import ATTRIBUTES
from annotate.schema import Schema
from tests.format_releases import Record, gold, layers, losses, lost, record_of, release_of

# brat


def brat_documents(release: Path) -> Iterator[tuple[Record, Path]]:
    for split, records in gold(release).items():
        paths = sorted((release / "formats" / "brat" / split).glob("*.txt"))
        assert len(paths) == len(records)
        by_text = {path.read_bytes().decode("utf-8"): path.with_suffix("") for path in paths}
        for record in records:
            yield record, by_text[record["text"]]


def test_brats_own_parser_reads_all_of_it(converted: Path) -> None:
    from bratsubset.annotation import TextAnnotations  # type: ignore[import-untyped]

    for record, path in brat_documents(converted):
        with TextAnnotations(str(path), read_only=True) as read:
            assert read.failed_lines == []
            items = {item["id"]: item for layer in layers(converted, "spans") for item in record[layer]}
            spans = sorted((each.spans[0][0], each.spans[-1][1], each.type) for each in read.get_textbounds())
            assert spans == sorted((item["start"], item["end"], item["type"]) for item in items.values())
            frames = {name: item for name, item in items.items() if "arguments" in item}
            events = list(read.get_events())
            assert len(events) == len(frames)
            assert sum(len(event.args) for event in events) == sum(len(item["arguments"]) for item in frames.values())
            answered = [value for item in frames.values() for value in item["attributes"].values() if value is not None]
            assert sorted(each.value for each in read.get_attributes()) == sorted(answered)
            joined = {name for name, item in frames.items() if item.get("same_as")}
            assert sum(len(each.entities) for each in read.get_equivs()) == len(joined)
            named = [item["entity"] for item in items.values() if item.get("entity", item["text"]) != item["text"]]
            assert sorted(each.reftext for each in read.get_normalizations()) == sorted(named)


def test_brats_own_configuration_reader_takes_the_schema(converted: Path) -> None:
    from bratsubset.projectconfig import ProjectConfiguration  # type: ignore[import-untyped]

    config = ProjectConfiguration(str(converted / "formats" / "brat"))
    types = {
        kind: {
            item["type"]
            for records in gold(converted).values()
            for record in records
            for name in layers(converted, kind)
            for item in record[name]
        }
        for kind in ("mentions", "frames")
    }
    assert types["mentions"] <= set(config.get_entity_types())
    assert types["frames"] <= set(config.get_event_types())


def test_bratiaa_measures_what_was_written(demo_formats: Path, tmp_path: Path) -> None:
    """Two annotators of whom the second lacks one span; bratiaa's F1 over all spans is as reckoned by hand."""
    from functools import partial

    from bratiaa.agree import F1Agreement, input_generator  # type: ignore[import-untyped]
    from bratsubset.projectconfig import ProjectConfiguration

    brat = demo_formats / "formats" / "brat"
    for name in ("first", "second"):
        shutil.copytree(brat / "test", tmp_path / name)
    spoilt = min((tmp_path / "second").glob("*.ann"))
    spoilt.write_text("".join(spoilt.read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")
    config = ProjectConfiguration(str(brat))
    labels = sorted({*config.get_entity_types(), *config.get_event_types()})  # by itself it takes those of entities alone
    f1, _ = F1Agreement(partial(input_generator, tmp_path), labels).mean_sd_total()
    spans = sum(
        len({(each["start"], each["end"], each["type"]) for each in record[layer]})
        for record in gold(demo_formats)["test"]
        for layer in layers(demo_formats, "spans")
    )
    assert f1 == pytest.approx(2 * (spans - 1) / (2 * spans - 1))


HOSTILE = ["../x", "con", "COM1.a", "a" * 300, "مقال", "Twin", "twin", "é", "e\u0301", "-rf", ".hidden", "x\u202ey", "a/b", "a%2Fb", "a\nb"]


def test_hostile_ids_are_files_of_their_own_everywhere(schema: Schema, tmp_path: Path) -> None:
    """No file is written over, on a system that takes capitals or compositions for the same either."""
    records = [
        record_of(schema, Article(name, None, f"Velmora {n}", "en"), Labelling(name, "gold", (Mention("m1", "mentions", "GOV", 0, 7),)))
        for n, name in enumerate(HOSTILE)
    ]
    folder = release_of(tmp_path / "release", "event-stance", records)
    write_formats(folder, ["brat"])
    paths = sorted((folder / "formats" / "brat" / "train").iterdir())
    assert all(re.fullmatch(r"[^-.][\w\u0301 %.-]*\.(txt|ann)", path.name) for path in paths)
    assert len({normalize("NFC", path.name).casefold() for path in paths}) == 2 * len(HOSTILE)
    named = {each["document"]: each["what"] for each in losses(folder, "brat")}
    assert set(HOSTILE) - named.keys() == {"مقال", "Twin", "é"}
    for record in records:
        path = folder / "formats" / "brat" / "train" / f"{named.get(record['id'], record['id'])}.txt"
        assert path.read_text("utf-8") == record["text"]


@pytest.mark.parametrize(("articles", "folders"), [(FOLDER, []), (FOLDER + 1, ["0001", "0002"])])
def test_a_large_split_lies_in_several_folders(schema: Schema, tmp_path: Path, articles: int, folders: list[str]) -> None:
    record = record_of(schema, Article("a", None, "Velmora", "en"), Labelling("a", "gold"))
    folder = release_of(tmp_path / "release", "event-stance", [record | {"id": f"a-{n:04}"} for n in range(articles)])
    write_formats(folder, ["brat"])
    train = folder / "formats" / "brat" / "train"
    assert sorted(path.name for path in train.iterdir() if path.is_dir()) == folders
    assert sorted(path.stem for path in train.rglob("*.ann")) == [f"a-{n:04}" for n in range(articles)]
    assert max(len(list(each.glob("*.txt"))) for each in [train, *train.iterdir()]) == FOLDER


# spaCy


def test_spacy_loads_docs_whose_spans_are_the_releases(converted: Path) -> None:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    widened = lost(converted, "spacy", "clitic", "token", "edge")
    for split, records in gold(converted).items():
        paths = sorted((converted / "formats" / "spacy" / split).glob("*.spacy"))
        docs = [doc for path in paths for doc in DocBin().from_disk(path).get_docs(Vocab())]
        assert [doc.text for doc in docs] == [record["text"] for record in records]
        for doc, record in zip(docs, records, strict=True):
            for layer in layers(converted, "spans"):
                for span, item in zip(doc.spans[layer], record[layer], strict=True):
                    assert (span.id_, span.label_) == (item["id"], item["type"])
                    same = (span.start_char, span.end_char) == (item["start"], item["end"])
                    assert same is ((record["id"], item["id"]) not in widened)
                    assert span.kb_id_ == item.get("entity", "")
            assert doc.cats == {
                f"{each['name']}={value}": float(value == each["value"])
                for each in record["document"]
                if each["value"]
                for value in values(doc, each["name"])
            }
            assert json.loads(json.dumps(doc.user_data["record"])) == {key: value for key, value in record.items() if key != "text"}
            assert {(ent.start_char, ent.end_char) for ent in doc.ents} <= {
                (s.start_char, s.end_char) for name in layers(converted, "mentions") for s in doc.spans[name]
            }


def values(doc: Any, question: str) -> list[str]:
    return [name.partition("=")[2] for name in doc.cats if name.startswith(f"{question}=")]


def test_spacy_train_reads_the_folder(demo_formats: Path) -> None:
    import spacy
    from spacy.training import Corpus

    examples = list(Corpus(demo_formats / "formats" / "spacy" / "train")(spacy.blank("ar")))
    assert len(examples) == len(gold(demo_formats)["train"])
    assert all(example.reference.ents for example in examples)


def test_a_shard_has_the_bytes_that_spacys_own_way_of_adding_gives(demo_formats: Path) -> None:
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    for path in (demo_formats / "formats" / "spacy").rglob("*.spacy"):
        found = DocBin(store_user_data=True).from_disk(path)
        again = DocBin(attrs=ATTRIBUTES, store_user_data=True, docs=found.get_docs(Vocab()))
        assert again.strings == found.strings
        assert [each.tobytes() for each in (*again.tokens, *again.spaces)] == [each.tobytes() for each in (*found.tokens, *found.spaces)]
        assert (again.flags, again.cats, again.span_groups, again.user_data) == (
            found.flags,
            found.cats,
            found.span_groups,
            found.user_data,
        )
