"""Duplicates: what is linked and what is not, whatever the order, the batch, the engine and the files."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import combinations, pairwise
from math import sqrt
from typing import NamedTuple

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.corpus.duplicates import CONTAINED, LEAST, NEAR, Duplicates, Link, find_duplicates
from annotate.corpus.minhash import SAMPLING, WITHIN, enough, pairs_by_key, recall, shingled, sketches
from annotate.corpus.normalise import normalised
from annotate.demo.corpus import ARTICLES

WORDS = [
    word
    for rows in ("فيلمورا قادريا تسرين وقّعت أعلنت المعاهدة الوزير", "Velmora Qadria Tasrin signed the accord minister")
    for word in rows.split()
]


class Demo(NamedTuple):
    id: str
    body: str
    duplicates: str | None


def demo() -> list[Demo]:
    """The bundled articles; their bodies are the paragraphs, long lines."""
    rows = [msgspec.json.decode(line) for line in ARTICLES.read_bytes().splitlines()]
    return [Demo(row["id"], "\n\n".join(line for line in row["text"].split("\n") if len(line) > 90), row["duplicates"]) for row in rows]


def words_of(number: int, length: int) -> list[str]:
    """Random words, other ones for each number."""
    draw = random.Random(number)
    return ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(length)]


def triples(body: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[^\W_]+", normalised(body).text)
    return set(zip(words, words[1:], words[2:], strict=False))


def links(*bodies: str) -> list[tuple[str, str, str]]:
    """(first, second, kind) among bodies whose ids are a, b, c …"""
    found = find_duplicates(zip("abcdefgh", bodies, strict=False))
    return [(link.first, link.second, link.kind) for link in found.links]


# What is linked


STORY = "وقّعت فيلمورا وقادريا، الخميس، «معاهدة الضفتين» في تسرين ٢٠٢٤."


@pytest.mark.parametrize(
    "other",
    [
        "وقعت فيلمورا وقادريا الخميس معاهدة الضفتين في تسرين 2024",
        'وقّعت فيلمـورا\nوقادريا -  الخميس - "معاهده الضفتين" فى تسرين ۲۰۲۴',
        "\u200fوَقَّعَتْ\u200f فيلمورا و\u200cقادريا الخميس معاهدة الضفتين في تسرين 2024!",
    ],
)
def test_copies_that_differ_in_marks_and_punctuation_are_exact(other: str) -> None:
    assert find_duplicates([("b", STORY), ("a", other)]) == Duplicates([["a", "b"]], [Link("a", "b", "exact", 1.0, 1.0)])


@pytest.mark.parametrize("other", ["وقعت فيلمورا وقادريا", STORY + " أمس", " ".join(reversed(STORY.split()))])
def test_other_words_or_another_order_are_not_exact(other: str) -> None:
    assert [kind for _, _, kind in links(STORY, other)] in ([], ["near"])


def test_a_short_article_within_a_longer_one() -> None:
    inner, outer = words_of(1, 60), words_of(2, 800)
    found = find_duplicates(
        [("long", " ".join(outer[:400] + inner + outer[400:])), ("short", " ".join(inner)), ("other", " ".join(words_of(3, 60)))]
    )
    assert found.links == [Link("long", "short", "contained", 58 / 858, 1.0)]
    assert found.clusters == [["long", "short"]]


@pytest.mark.parametrize(("common", "linked"), [(LEAST + 1, False), (LEAST + 2, True)])
def test_a_stock_phrase_makes_no_copy(common: int, linked: bool) -> None:
    phrase = words_of(1, common)
    assert bool(links(" ".join(phrase + words_of(2, 10)), " ".join(phrase + words_of(3, 500)))) is linked


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        (("أ", "ا", "ب"), [("a", "b", "exact")]),
        (("Velmora signs", "velmora SIGNS", "Velmora"), [("a", "b", "exact")]),
        (("", " \n", "«…»", "😀"), []),
        (("", "a b c d", "a b c d e"), [("b", "c", "near")]),
        (("نص " * 100_000, "نص " * 99_999, "نص " * 3), [("a", "b", "near"), ("a", "c", "near"), ("b", "c", "near")]),
        (("½ x ﷺ", "1 2 x صلى الله عليه وسلم"), [("a", "b", "exact")]),
        (("a\ud800b", "a\0b"), [("a", "b", "exact")]),
    ],
)
def test_articles_of_few_words_and_of_strange_ones(bodies: tuple[str, ...], expected: list[tuple[str, str, str]]) -> None:
    assert links(*bodies) == expected


def test_a_line_of_ten_megabytes() -> None:
    long = "نص فيلمورا وقادريا في تسرين " * 400_000
    assert links(long, long + "x y z", " ".join(words_of(1, 300))) == [("a", "b", "near")]


def test_clusters_join_what_is_linked_by_others_and_the_largest_is_told() -> None:
    text = words_of(1, 300)
    chain = [(f"c{step}", " ".join(text[step * 60 : step * 60 + 120])) for step in range(4)]  # each holds half of the next
    pair = [(name, " ".join(words_of(2, 50))) for name in ("b2", "b1")]
    found = find_duplicates([*pair, ("a", " ".join(words_of(3, 99))), *chain])
    assert found.clusters == [["b1", "b2"], ["c0", "c1", "c2", "c3"]]
    assert found.largest == ["c0", "c1", "c2", "c3"]
    assert [(link.first, link.second) for link in found.links] == [("b1", "b2"), ("c0", "c1"), ("c1", "c2"), ("c2", "c3")]


def test_nothing_has_no_duplicates() -> None:
    assert find_duplicates([]) == Duplicates([], [])
    assert find_duplicates([]).largest == []


def test_an_id_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="the id 'a' comes twice"):
        find_duplicates([("a", "x"), ("b", "y"), ("a", "x")])


# Reworded copies of the bundled articles

RATES = {"0": 0.0, "1/20": 1 / 20, "1/10": 1 / 10, "1/7": 1 / 7, "1/5": 1 / 5}
MENU = ["الرئيسية", "السياسة منذ 3 أيام", "Read more", "شارك الخبر على المنصات", "المزيد من الأخبار"]
NAMES = {"دالمات": "سوران", "قصوان": "مرهون", "إيغور": "يانيك", "نادر": "فادي", "ليلى": "هالة", "Dalmat": "Soran", "Qaswan": "Marhun"}
QUOTES = str.maketrans({"«": '"', "»": '"', "“": "«", "”": "»", '"': "'"})


def reworded(body: str, rate: float, draw: random.Random) -> str:
    """Each word replaced at the rate by one that the article does not have."""
    return re.sub(r"\S+", lambda word: f"بديل{draw.randrange(10**6)}" if draw.random() < rate else word[0], body)


def edited(body: str, rate: float, draw: random.Random) -> str:
    """Reworded, with people renamed, a quarter of the paragraphs dropped, menu lines put in, quotation marks swapped."""
    for name, other in NAMES.items():
        body = body.replace(name, other)
    paragraphs = body.translate(QUOTES).split("\n\n")
    for _ in range(max(1, len(paragraphs) // 4)):
        del paragraphs[draw.randrange(len(paragraphs))]
    for line in draw.sample(MENU, 3):
        paragraphs.insert(draw.randrange(len(paragraphs) + 1), line)
    return reworded("\n\n".join(paragraphs), rate, draw)


def share_linked(edit: Callable[[str, float, random.Random], str], rate: float) -> float:
    """Of copies of each article, one at a time, those that are in its cluster; checks that no cluster joins what is no copy."""
    articles, seeds, linked = demo(), range(4), 0
    group = {each.id: each.duplicates or each.id for each in articles}
    for seed in seeds:
        draw = random.Random(seed)
        copies = [(f"{each.id}-copy", edit(each.body, rate, draw)) for each in articles]
        clusters = find_duplicates([*((each.id, each.body) for each in articles), *copies]).clusters
        assert all(len({group[member.removesuffix("-copy")] for member in cluster}) == 1 for cluster in clusters)
        linked += sum(any({each.id, f"{each.id}-copy"} <= set(cluster) for cluster in clusters) for each in articles)
    return linked / (len(articles) * len(seeds))


@pytest.mark.parametrize(("rate", "least"), [("0", 1.0), ("1/20", 1.0), ("1/10", 1.0), ("1/7", 1.0), ("1/5", 0.95)])
def test_reworded_copies_are_linked(rate: str, least: float) -> None:
    share = share_linked(reworded, RATES[rate])
    print(f"| {rate} | words alone | {share:.3f} |")
    assert share >= least


@pytest.mark.parametrize(("rate", "least"), [("0", 1.0), ("1/20", 1.0), ("1/10", 1.0), ("1/7", 0.99), ("1/5", 0.8)])
def test_copies_edited_in_every_way_are_linked(rate: str, least: float) -> None:
    share = share_linked(edited, RATES[rate])
    print(f"| {rate} | edited too | {share:.3f} |")
    assert share >= least


def test_of_the_bundled_articles_those_are_linked_that_are_declared_copies() -> None:
    groups: dict[str, list[str]] = {}
    for each in demo():
        if each.duplicates:
            groups.setdefault(each.duplicates, []).append(each.id)
    assert find_duplicates((each.id, each.body) for each in demo()).clusters == sorted(groups.values())


# Candidates


def pair_with(jaccard: float, words: int, number: int) -> tuple[str, str]:
    """Two bodies of so many words whose 3-grams have about this Jaccard coefficient."""
    common = round((words - 2) * 2 * jaccard / (1 + jaccard)) + 2
    both = words_of(number, 2 * words - common)
    return " ".join(both[:words]), " ".join(both[words - common :])


@pytest.mark.parametrize(("jaccard", "expected"), [(0.4, 0.9976), (0.3, 0.94), (0.1, 0.083), (0.02, 0.00018), (1.0, 1.0), (0.0, 0.0)])
def test_the_recall_of_candidates_follows_from_bands_and_rows(jaccard: float, expected: float) -> None:
    assert recall(jaccard) == pytest.approx(expected, rel=0.1, abs=1e-5)


def test_candidates_are_found_reliably_at_a_jaccard_coefficient_of_two_fifths() -> None:
    assert recall(NEAR) >= 0.99


@pytest.mark.parametrize(("jaccard", "words"), [(0.4, 40), (0.4, 400), (0.25, 150), (0.1, 150)])
def test_the_bands_find_as_many_as_the_formula_says(jaccard: float, words: int) -> None:
    pairs, found = 800, 0
    for number in range(pairs):
        bodies = pair_with(jaccard, words, number)
        one, other = sketches(bodies)
        found += len(np.intersect1d(one.keys, other.keys)) >= 2
    first, second = map(triples, bodies)
    expected = recall(len(first & second) / len(first | second))
    assert found / pairs == pytest.approx(expected, abs=3 * sqrt(expected * (1 - expected) / pairs) + 0.002)
    assert jaccard < NEAR or found / pairs >= 0.99


@pytest.mark.parametrize(("length", "contained", "least"), [(50, 1.0, 1.0), (60, 0.8, 0.995), (80, 0.5, 0.99)])
def test_what_is_contained_is_found(length: int, contained: float, least: float) -> None:
    """Articles of so many words, of which a part is in one of 600 words."""
    pairs, found = 300, 0
    for number in range(pairs):
        part, rest, outer = words_of(3 * number, round(length * contained)), words_of(3 * number + 1, 40), words_of(3 * number + 2, 600)
        found += len(links(" ".join(part + rest[: length - len(part)]), " ".join(outer[:300] + part + outer[300:])))
    assert found / pairs >= least


@pytest.mark.parametrize("articles", [2, 3, 4, 5000])
def test_pairs_of_a_key_that_many_share_grow_with_their_number(articles: int) -> None:
    numbers, sizes = np.arange(articles, dtype=np.uint64), np.arange(articles, 0, -1)
    found = pairs_by_key(np.full(articles, 7, dtype=np.uint64), numbers, sizes)
    assert len(found.first) == (2 * articles - 3 if articles > 2 else 1)
    assert set(zip(map(int, found.first), map(int, found.second), strict=True)) == {(0, each) for each in range(1, articles)} | set(
        pairwise(range(articles))
    )
    assert np.all(found.shared == 1)
    assert np.array_equal(found.size, sizes[found.second.astype(np.int64)])


def test_pairs_that_share_too_few_keys_are_left_out() -> None:
    keys, numbers = np.array([1, 1, 2, 2, 3, 3, 4, 5], dtype=np.uint64), np.array([8, 9, 9, 8, 7, 8, 7, 7], dtype=np.uint64)
    found = pairs_by_key(keys, numbers, np.full(8, 100))
    assert [tuple(map(int, pair)) for pair in zip(*found, strict=True)] == [(7, 8, 1, 100), (8, 9, 2, 100)]
    assert [list(map(int, enough(found, share).first)) for share in (0, 0.02, 0.03)] == [[8], [8], []]
    assert 1 / WITHIN == 8 * SAMPLING


# Whatever the order


BODY = st.lists(st.sampled_from(WORDS[:6]), max_size=12).map(" ".join)


@given(st.lists(BODY, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_links_are_true_and_order_makes_no_difference(bodies: list[str], draw: random.Random) -> None:
    named = {f"a{number}": body for number, body in enumerate(bodies)}
    found = find_duplicates(named.items())
    for link in found.links:
        one, other = triples(named[link.first]), triples(named[link.second])
        assert link.first < link.second
        if link.kind == "exact":
            assert normalised(named[link.first]).text.split() == normalised(named[link.second]).text.split()
        else:
            assert link.jaccard == pytest.approx(len(one & other) / len(one | other))
            assert link.containment == pytest.approx(len(one & other) / min(len(one), len(other)))
            assert link.jaccard >= NEAR or (link.containment >= CONTAINED and len(one & other) >= LEAST)
    together = {name: number for number, cluster in enumerate(found.clusters) for name in cluster}
    for first, second in combinations(named, 2):
        if named[first] and named[first] == named[second]:
            assert together[first] == together[second]
    assert find_duplicates(draw.sample(list(named.items()), len(named))) == found


@given(st.lists(st.text(st.sampled_from("ابaB \nﻻ½ـ\u064e\u200f…-'")), max_size=8))
@settings(max_examples=200, deadline=None)
def test_a_sketch_does_not_depend_on_the_batch(bodies: list[str]) -> None:
    for body, together, keyless in zip(bodies, sketches(bodies), shingled(bodies), strict=True):
        (alone,) = sketches([body])
        assert (keyless.digest, keyless.shingles.tolist()) == (alone.digest, alone.shingles.tolist())
        assert alone.digest == together.digest
        assert np.array_equal(alone.shingles, together.shingles)
        assert np.array_equal(alone.keys, together.keys)
        assert len(alone.shingles) == len(triples(body))
