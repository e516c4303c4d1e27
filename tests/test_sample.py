"""Sampling: who is drawn out of a pool, and with what weight."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import fmean, stdev

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.corpus.sampling.design import Design
from annotate.corpus.sampling.draw import fetch
from annotate.corpus.sampling.keywords import finder
from annotate.corpus.sampling.manifest import explain
from annotate.corpus.sampling.spread import spread
from annotate.errors import BadInput
from annotate.steps import sample as step
from tests.articles import write
from tests.sampling import POOLED, SOME, Row, article, by_publisher, draw, drawn, of_publishers, parquet, pool

# How many of each stratum


@pytest.mark.parametrize(
    ("allocation", "size", "expected"),
    [
        ("proportional", 3, {"a": 1, "b": 1, "c": 1}),
        ("proportional", 5, {"a": 3, "b": 1, "c": 1}),
        ("proportional", 6, {"a": 3, "b": 2, "c": 1}),  # the second of b and the fourth of a: 1/1 against 6/7
        ("proportional", 20, {"a": 6, "b": 3, "c": 1}),
        ("equal", 5, {"a": 2, "b": 2, "c": 1}),
        ("equal", 8, {"a": 4, "b": 3, "c": 1}),
    ],
)
def test_shares_of_strata(tmp_path: Path, allocation: str, size: int, expected: dict[str, int]) -> None:
    sizes = {"a": 6, "b": 3, "c": 1}
    sample = draw([pool(tmp_path, of_publishers(**sizes))], Design(size, ("publisher",), allocation=allocation))
    # Sainte-Laguë: after one each, articles go where N / (2n + 1) is largest.
    assert by_publisher(sample) == expected
    assert drawn(sample) == {name: sizes[name[0]] / expected[name[0]] for name in drawn(sample)}
    assert sample.manifest.threshold == 0


def test_strata_of_every_kind_and_what_is_not_known(tmp_path: Path) -> None:
    rows = [
        article("1", publisher="Tasrin Post", date="2024-11-07", lang="en"),
        article("2", publisher="Tasrin Post", date={"year": 2024, "month": 11}, lang="en"),
        article("3", publisher="Tasrin Post", date="2024", lang="ar"),
        article("4", date="soon"),
    ]
    manifest = draw([pool(tmp_path, rows)], Design(9, ("publisher", "month", "year", "lang"))).manifest
    assert [(each.stratum, each.articles) for each in manifest.strata] == [
        ({"publisher": None, "month": None, "year": None, "lang": None}, 1),
        ({"publisher": "Tasrin Post", "month": "2024", "year": "2024", "lang": "ar"}, 1),
        ({"publisher": "Tasrin Post", "month": "2024-11", "year": "2024", "lang": "en"}, 2),
    ]


@pytest.mark.parametrize("write_pool", [pool, parquet])
def test_lengths_by_quartiles_in_code_points(tmp_path: Path, write_pool: Callable[[Path, list[Row]], str]) -> None:
    rows = [article(f"{number}", text="é😀"[number % 2] * length) for number, length in enumerate([*range(1, 9), 8])]
    manifest = draw([write_pool(tmp_path, rows)], Design(9, ("length",))).manifest
    # The third, fifth and seventh of nine end a quartile.
    assert [(each.stratum["length"], each.articles) for each in manifest.strata] == [("0–3", 3), ("4–5", 2), ("6–7", 2), ("8–", 2)]


def test_texts_of_one_length_are_one_stratum(tmp_path: Path) -> None:
    manifest = draw([pool(tmp_path, [article(str(number), text="abc") for number in range(9)])], Design(2, ("length",))).manifest
    assert [(each.stratum["length"], each.articles) for each in manifest.strata] == [("0–3", 9)]


# The same whatever the order and the files

DESIGNS = {
    "plain": Design(20, ("publisher",), seed=3),
    "more strata than articles": Design(6, ("publisher", "month"), seed=3),
    "diverse": Design(20, ("publisher",), seed=3, diverse=True),
    "lengths and keywords": Design(8, ("length", "year"), seed=3, keywords=("tasrin", "nardis")),
    "two of a story, equal shares": Design(25, ("month",), seed=3, allocation="equal", per_story=2),
}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
@given(data=st.data())
@SOME
def test_the_order_and_the_files_of_a_pool_change_nothing(tmp_path: Path, design: Design, data: st.DataObject) -> None:
    expected = draw([pool(tmp_path, POOLED)], design)
    rows = data.draw(st.permutations(POOLED))
    cuts = sorted({0, 60, *data.draw(st.lists(st.integers(0, 60), max_size=3))})
    writers = data.draw(st.lists(st.sampled_from([pool, parquet]), min_size=5, max_size=5))
    files = [
        write(tmp_path, rows[a:b], f"{n}.{write.__name__}") for n, (write, (a, b)) in enumerate(zip(writers, pairwise(cuts), strict=False))
    ]
    sample = draw([str(_renamed(Path(file))) for file in files], design)
    assert drawn(sample) == drawn(expected)
    assert sample.manifest.strata == expected.manifest.strata
    assert [row for _, row in fetch(sample)] == [row for _, row in fetch(expected)]


def _renamed(file: Path) -> Path:
    return file.rename(file.with_suffix(".jsonl" if file.suffix == ".pool" else ".parquet"))


def test_another_seed_draws_others(tmp_path: Path) -> None:
    path = pool(tmp_path, of_publishers(a=100))
    assert {*drawn(draw([path], Design(50, seed=1)))} != {*drawn(draw([path], Design(50, seed=2)))}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
@given(data=st.data())
@SOME
def test_drawing_in_steps_is_drawing_at_once(tmp_path: Path, design: Design, data: st.DataObject) -> None:
    path = pool(tmp_path, POOLED)
    sizes = data.draw(st.lists(st.integers(1, 20), min_size=2, max_size=4))
    known: frozenset[str] = frozenset()
    for size in sizes:
        sample = draw([path], msgspec.structs.replace(design, size=size), known)
        assert not known & {each.id for each in sample.new}
        assert known == {each.id for each in sample.before}
        assert sample.manifest.known_probabilities
        known = frozenset(drawn(sample))
    assert drawn(sample) == drawn(draw([path], msgspec.structs.replace(design, size=sum(sizes))))


@pytest.mark.parametrize("known", ["last of its order", "another of its story", "one stratum only"])
def test_what_was_chosen_otherwise_counts_and_makes_weights_approximate(tmp_path: Path, known: str) -> None:
    rows = of_publishers(a=8, b=8) + [article(f"c-{number}", publisher="c", story="signing") for number in range(4)]
    path, design = pool(tmp_path, rows), Design(4, ("publisher",))
    everything = draw([path], Design(20, ("publisher",)))
    chosen = {
        "last of its order": {name for name in drawn(everything) if name not in drawn(draw([path], Design(16, ("publisher",))))},
        "another of its story": {f"c-{number}" for number in range(4)} - set(drawn(everything)),
        "one stratum only": set(drawn(draw([pool(tmp_path, of_publishers(a=8), "a.jsonl")], Design(4)))),
    }[known]
    chosen = set(sorted(chosen)[:3])
    sample = draw([path], design, frozenset(chosen))
    assert not sample.manifest.known_probabilities
    assert "approximate" in explain(sample.manifest)
    assert not chosen & {each.id for each in sample.new}


@pytest.mark.parametrize("group", ["story", "duplicates"])
def test_who_stands_for_a_group_was_chosen_otherwise(tmp_path: Path, group: str) -> None:
    path = pool(tmp_path, [article(str(number), **{group: "x"}) for number in range(4)])
    (own,) = drawn(draw([path], Design(1)))
    for chosen in "0123":
        sample = draw([path], Design(1), frozenset(chosen))
        assert (list(drawn(sample)), sample.new) == ([chosen], [])
        assert sample.manifest.known_probabilities is (chosen == own)


# Weights


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "x", "y", "z"])), min_size=1, max_size=60),
    st.integers(4, 40),
    st.sampled_from(["proportional", "equal"]),
    st.booleans(),
)
@SOME
def test_weights_add_up_to_the_articles_of_a_stratum(
    tmp_path: Path, kinds: list[tuple[str, str]], size: int, allocation: str, diverse: bool
) -> None:
    rows = [article(f"{p}-{n}", publisher=p, duplicates=group or None) for n, (p, group) in enumerate(kinds)]
    sample = draw([pool(tmp_path, rows)], Design(size, ("publisher",), allocation=allocation, diverse=diverse))
    for each in sample.manifest.strata:
        weights = [one.weight for one in sample.new if one.id.startswith(f"{each.stratum['publisher']}-")]
        assert len(weights) == each.drawn
        assert sum(weights) == pytest.approx(each.can_be_drawn)
        assert each.articles == each.can_be_drawn + each.duplicates
    assert sum(each.drawn for each in sample.manifest.strata) == min(size, sum(each.can_be_drawn for each in sample.manifest.strata))


# Values that go with the strata, the stories and the words, so that a weight that is off shows.
VALUED = [
    article(
        f"{number:03}",
        publisher="abcdefgh"[min(7, number // 9)],
        title=("Port strike", "Accord signed", "Talks held")[number % 3] + f" {number % 2}",
        story=f"story {number % 11}" if number % 11 < 3 else None,
    )
    for number in range(90)
]
VALUES = {row["id"]: 1.0 + number // 9 + 5 * (number % 11 == 0) + 3 * (number % 3) for number, row in enumerate(VALUED)}


@pytest.mark.parametrize(
    "design",
    [
        Design(20, ("publisher",), per_story=0),
        Design(20, ("publisher",), allocation="equal", per_story=0),
        Design(20, ("publisher",), per_story=1),
        Design(30, ("publisher",), per_story=2, diverse=True),
        Design(12, per_story=0, diverse=True),
        Design(4, ("publisher",), per_story=1),
        Design(5, ("publisher",), allocation="equal", per_story=0),
    ],
    ids=["strata", "equal", "stories", "stories, diverse", "diverse", "few, stories", "few, equal"],
)
def test_weighted_sums_are_without_bias(tmp_path: Path, design: Design) -> None:
    path = pool(tmp_path, VALUED)
    samples = [draw([path], msgspec.structs.replace(design, seed=seed)) for seed in range(250)]
    for truth, value in ((sum(VALUES.values()), VALUES.__getitem__), (90.0, lambda _: 1.0)):
        found = [sum(weight * value(name) for name, weight in drawn(sample).items()) for sample in samples]
        assert abs(fmean(found) - truth) <= 4 * stdev(found) / len(found) ** 0.5 + 1e-9


def test_unweighted_means_of_these_pools_are_not(tmp_path: Path) -> None:
    """So the simulation above would notice weights that do nothing."""
    path = pool(tmp_path, VALUED)
    found = [
        fmean(VALUES[name] for name in drawn(draw([path], Design(20, ("publisher",), allocation="equal", seed=s)))) for s in range(400)
    ]
    assert abs(fmean(found) - fmean(VALUES.values())) > 4 * stdev(found) / len(found) ** 0.5


# Duplicates, stories, keywords


def test_one_of_its_duplicates_whatever_the_seed(tmp_path: Path) -> None:
    rows = [article(f"{group}-{n}", publisher=f"p{n}", duplicates=group) for group in "abc" for n in range(4)] + of_publishers(d=2)
    samples = [draw([pool(tmp_path, rows)], Design(20, seed=seed)) for seed in range(3)]
    assert by_publisher(samples[0]) == {"a": 1, "b": 1, "c": 1, "d": 2}
    assert all(drawn(sample) == drawn(samples[0]) for sample in samples)
    assert [(each.articles, each.duplicates, each.can_be_drawn) for each in samples[0].manifest.strata] == [(14, 9, 5)]


@pytest.mark.parametrize(("limit", "kept", "weight"), [(1, 1, 5.0), (2, 2, 2.5), (5, 5, 1.0), (0, 5, 1.0)])
def test_at_most_so_many_of_a_story(tmp_path: Path, limit: int, kept: int, weight: float) -> None:
    rows = [article(f"s-{number}", story="signing") for number in range(5)] + of_publishers(d=2)
    sample = draw([pool(tmp_path, rows)], Design(20, per_story=limit))
    assert by_publisher(sample) == {"s": kept, "d": 2}
    assert {each.weight for each in sample.new if each.id[0] == "s"} == {weight}
    assert sample.manifest.strata[0].beyond_story == 5 - kept


def test_articles_go_out_for_keywords_then_duplicates_then_stories(tmp_path: Path) -> None:
    rows = [
        article("1", text="Qadria", duplicates="x", story="s"),
        article("2", text="Velmora", duplicates="x", story="s"),
        article("3", text="Velmora", duplicates="x", story="s"),
        article("4", title="VELMORA", text="signs", story="s"),
        article("5", text="Velmorans", story="t"),
    ]
    sample = draw([pool(tmp_path, rows)], Design(9, keywords=("velmora",)))
    (stratum,) = sample.manifest.strata
    assert (stratum.articles, stratum.without_keyword, stratum.duplicates, stratum.beyond_story, stratum.drawn) == (5, 2, 1, 1, 1)
    assert [each.weight for each in sample.new] == [2.0]


@pytest.mark.parametrize(
    ("keyword", "text", "expected"),
    [
        ("فيلمورا", "قالت فيلمورا اليوم", True),
        ("فيلمورا", "وبفيلمورا", True),
        ("فيلمورا", "فِيلْمُورَا", True),
        ("فيلمورا", "فيلمـــورا.", True),
        ("فيلمورا", "فيلموراوي", False),
        ("فِيلمورا", "فيلمورا", True),
        ("اتفاق", "والاتّفاق", True),
        ("اتفاق", "للاتفاق", True),
        ("اتفاق", "اتفاقهما", True),
        ("اتفاق", "اتفاقيات", False),
        ("أُسطول", "الاسطول", True),
        ("سياسة", "وبسياستها", True),
        ("سياسة", "سياسه", True),
        ("سياسة", "سياستين", False),
        ("لقاء الوزير", "بلقاء\nالوزير", True),
        ("لقاء الوزير", "لقاء مع الوزير", False),
        ("حرب", "محراب", False),
        ("war", "The War.", True),
        ("war", "awards", False),
        ("Élan", "elan", True),
        ("c++", "in C++, not C", True),
        ("2024", "عام ٢٠٢٤", True),
    ],
)
def test_keywords(keyword: str, text: str, expected: bool) -> None:
    assert finder([keyword])(text) is expected
    assert finder(["ليس هنا", keyword])(text) is expected


def test_keywords_of_a_file_or_of_the_command(tmp_path: Path) -> None:
    assert step.keywords_of(" فيلمورا، اتفاق , war,,war") == ("فيلمورا", "اتفاق", "war")
    assert step.keywords_of(write(tmp_path, "words", "\ufeffفيلمورا\n\nport strike, Tasrin\n")) == ("فيلمورا", "port strike, Tasrin")
    with pytest.raises(BadInput, match=r"words: cannot be read .* UTF-8"):
        step.keywords_of(write(tmp_path, "words", b"\xff"))


# Diversity


def test_diverse_draws_are_of_more_topics(tmp_path: Path) -> None:
    """Twenty topics of very different sizes, each of three words that only its titles share."""
    topics = [topic for topic in range(20) for _ in range(2 + 2 * topic)]
    rows = [article(f"{topic:02}-{n}", title=f"{_word(topic)} {_word(topic + 100)} {_word(n + 1000)}") for n, topic in enumerate(topics)]
    path = pool(tmp_path, rows)

    def covered(diverse: bool) -> float:
        return fmean(len(by_publisher(draw([path], Design(20, seed=seed, diverse=diverse)))) for seed in range(40))

    # At random 11.5 are expected: Σ 1 − C(420 − m, 20) / C(420, 20) over the topics' sizes m.
    assert 10.5 < covered(False) < 12.5
    assert covered(True) > 14


def _word(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04}")


@given(st.integers(1, 300))
@SOME
def test_spread_gives_every_place_every_turn_once(count: int) -> None:
    turns = [spread(count, start).tolist() for start in range(count)]
    assert all(sorted(each) == list(range(count)) for each in (*turns, *zip(*turns, strict=True)))


@pytest.mark.parametrize("size", [2, 4, 8, 16, 32])
def test_the_first_turns_lie_evenly(size: int) -> None:
    first = np.flatnonzero(spread(100, 0) < size).tolist()
    steps = {after - before for before, after in pairwise([*first, first[0] + 100])}
    assert steps <= {100 // size, 100 // size + 1}
