"""Coreference measures: the reference scorer's published cases, definitions written out, and properties."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.agreement.frames.coreference import MEASURES, Scores, chains, coreference, coreference_counts, coreference_scores, entities

few = settings(max_examples=150, deadline=None)

Sets = list[frozenset[str]]


def sets(words: str) -> Sets:
    """``"a bc"`` is the cluster of a alone and that of b and c."""
    return [frozenset(word) for word in words.split()]


def exactly(expected: list[float]) -> object:
    return pytest.approx(tuple(expected), abs=1e-4)


# conll/reference-coreference-scorers, test/TestCases.README and CorefMetricTestConfig.pm: recall, precision, F1 against the key "a bc def".
REFERENCE: dict[str, dict[str, list[float]]] = {
    "a bc def": {name: [1, 1, 1] for name in MEASURES},
    "a de": {
        "muc": [1 / 3, 1, 0.5],
        "b_cubed": [0.3888888889, 1, 0.56],
        "ceaf_m": [0.5, 1, 0.66667],
        "ceaf_e": [0.6, 0.9, 0.72],
        "blanc": [0.21591, 1, 0.35385],
    },
    "a bcx defy z": {
        "muc": [1, 0.6, 0.75],
        "b_cubed": [1, 0.5092592593, 0.6748466258],
        "ceaf_m": [1, 0.66667, 0.8],
        "ceaf_e": [0.88571, 0.66429, 0.75918],
        "blanc": [1, 0.42593, 0.59717],
    },
    "a bcx dy z": {
        "muc": [1 / 3, 1 / 3, 1 / 3],
        "b_cubed": [0.5555555556, 0.4047619048, 0.468323],
        "ceaf_m": [0.66667, 0.57143, 0.61538],
        "ceaf_e": [0.73333, 0.55, 0.62857],
        "blanc": [0.35227, 0.27206, 0.30357],
    },
    "a b c d e f": {"muc": [0, 0, 0], "b_cubed": [0.5, 1, 2 / 3], "blanc": [0.5, 0.36667, 0.42308]},
    "abcdef": {"muc": [1, 0.6, 0.75], "b_cubed": [1, 0.3888888889, 0.56], "blanc": [0.5, 0.13333, 0.21053]},
}


@pytest.mark.parametrize(("response", "expected"), REFERENCE.items(), ids=["A1", "A2", "A3", "A4", "A10", "A11"])
def test_reference_scorer(response: str, expected: dict[str, list[float]]) -> None:
    measured = coreference([(sets("a bc def"), sets(response))])
    assert {name: tuple(measured[name]) for name in expected} == {name: exactly(values) for name, values in expected.items()}


def test_nothing_on_either_side_is_undefined() -> None:
    assert coreference([]) == coreference([([], [])]) == dict.fromkeys(MEASURES, Scores(None, None, None))


def test_nothing_on_one_side() -> None:
    """No mention marked: nothing is found again, and how right the nothing was is undefined, but for the link-based measures."""
    measured = coreference([(sets("a bc"), [])])
    assert measured["b_cubed"] == measured["ceaf_m"] == measured["ceaf_e"] == Scores(0, None, 0)
    assert measured["muc"] == measured["blanc"] == Scores(0, 0, 0)


def test_one_mention_alone_has_no_link() -> None:
    measured = coreference([(sets("a"), sets("a"))])
    assert measured["muc"] == measured["blanc"] == Scores(None, None, None)
    assert measured["b_cubed"] == measured["ceaf_m"] == measured["ceaf_e"] == Scores(1, 1, 1)


def test_blanc_of_the_one_kind_of_link_there_is() -> None:
    assert coreference([(sets("a b c"), sets("a b"))])["blanc"] == Scores(1 / 3, 1, 0.5)
    assert coreference([(sets("abc"), sets("ab"))])["blanc"] == Scores(1 / 3, 1, 0.5)


def test_documents_are_summed() -> None:
    """MUC finds 0 of 1 link of the first document and 3 of 3 of the second: 3 of 4, where a mean over documents would be a half."""
    assert coreference([(sets("ab"), sets("a b")), (sets("abcd"), sets("abcd"))])["muc"] == pytest.approx((0.75, 1, 6 / 7))


def test_no_links_between_documents() -> None:
    """The same letters in two documents are different mentions; BLANC sees no link from one document to another."""
    once = coreference([(sets("a bc"), sets("ab c"))])
    twice = coreference([(sets("a bc"), sets("ab c"))] * 2)
    assert once == twice


@pytest.mark.parametrize("clusters", [[["a"], []], [["a", "b"], ["b"]], [["a", "a"]]])
def test_what_is_no_partition_is_refused(clusters: list[list[str]]) -> None:
    for documents in ([(clusters, [["a"]])], [([["a"]], clusters)]):
        with pytest.raises(ValueError, match="cluster"):
            coreference(documents)


def test_entities_and_chains() -> None:
    assert entities({"m1": "UN", "m2": None, "m3": "UN", "m4": None}) == [{"m1", "m3"}, {"m2"}, {"m4"}]
    assert chains("abcdef", [("a", "c"), ("e", "c"), ("f", "d")]) == [set("ace"), {"b"}, set("df")]
    assert chains("ab", []) == [{"a"}, {"b"}]
    assert chains([], []) == []
    with pytest.raises(KeyError):
        chains("ab", [("a", "z")])


def test_an_entity_named_like_nothing_is_not_a_mention_without_one() -> None:
    assert entities({"m1": "", "m2": None, "m3": ""}) == [{"m1", "m3"}, {"m2"}]


@st.composite
def partitions(draw: st.DrawFn) -> Sets:
    cluster_of = draw(st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 3)))
    return [frozenset(m for m in cluster_of if cluster_of[m] == number) for number in sorted(set(cluster_of.values()))]


def links(clusters: Sets) -> tuple[set[frozenset[str]], set[frozenset[str]]]:
    """All links within clusters, all links between them."""
    every = {frozenset(pair) for pair in combinations(sorted(frozenset().union(*clusters)), 2)}
    within = {link for link in every if any(link <= each for each in clusters)}
    return within, every - within


def parts(cluster: frozenset[str], others: Sets) -> int:
    """Into how many parts the others divide the cluster; who is in none of them is alone."""
    return sum(bool(cluster & other) for other in others) + len(cluster - frozenset().union(*others))


def best_sum(key: Sets, response: Sets, relative: bool) -> float:
    short, long = sorted((key, response), key=len)
    return max(
        sum(2 * len(a & b) / (len(a) + len(b)) if relative else len(a & b) for a, b in zip(short, order, strict=True))
        for order in permutations(long, len(short))
    )


def recalls(key: Sets, response: Sets) -> list[list[float]]:
    """The six recalls, numerator and denominator, straight from the definitions."""
    mentions = sum(map(len, key))
    (c_k, n_k), (c_r, n_r) = links(key), links(response)
    return [
        [sum(len(each) - parts(each, response) for each in key), sum(len(each) - 1 for each in key)],
        [sum(len(k & r) / len(k) for k in key for r in response for _ in k & r), mentions],
        [best_sum(key, response, relative=False), mentions],
        [best_sum(key, response, relative=True), len(key)],
        [len(c_k & c_r), len(c_k)],
        [len(n_k & n_r), len(n_k)],
    ]


@few
@given(partitions(), partitions())
def test_counts_are_the_definitions(key: Sets, response: Sets) -> None:
    counts = coreference_counts(key, response)
    assert counts[:, 0] == pytest.approx(np.array(recalls(key, response)))
    assert counts[:, 1] == pytest.approx(np.array(recalls(response, key)))


@few
@given(partitions())
def test_the_same_clusters_agree_fully(key: Sets) -> None:
    for scores in coreference([(key, key)]).values():
        assert scores in (Scores(1, 1, 1), Scores(None, None, None))


@few
@given(partitions(), partitions())
def test_exchange_exchanges_recall_and_precision(key: Sets, response: Sets) -> None:
    forth, back = coreference([(key, response)]), coreference([(response, key)])
    for name in MEASURES:
        assert forth[name] == pytest.approx(Scores(back[name].precision, back[name].recall, back[name].f1))


@few
@given(partitions(), partitions(), st.permutations("abcdefg"))
def test_names_and_order_do_not_matter(key: Sets, response: Sets, names: list[str]) -> None:
    renamed = dict(zip("abcdefg", names, strict=True))
    other = [[frozenset(renamed[each] for each in cluster) for cluster in reversed(side)] for side in (key, response)]
    before, after = coreference([(key, response)]), coreference([(other[0], other[1])])
    for name in MEASURES:
        assert before[name] == pytest.approx(after[name])


@few
@given(partitions(), partitions())
def test_scores_are_shares(key: Sets, response: Sets) -> None:
    for recall, precision, f1 in coreference([(key, response)]).values():
        known = [each for each in (recall, precision, f1) if each is not None]
        assert all(0 <= each <= 1 + 1e-12 for each in known)
        assert (f1 is None) == (recall is None and precision is None)


def test_scores_of_many_sums_at_once() -> None:
    """A bootstrap hands over many summed tables; each is scored as if alone."""
    counts = np.stack([coreference_counts(sets("a bc def"), sets(response)) for response in REFERENCE])
    together = coreference_scores(counts)
    assert together.shape == (len(REFERENCE), len(MEASURES), 3)
    assert together == pytest.approx(np.stack([coreference_scores(each) for each in counts]))
