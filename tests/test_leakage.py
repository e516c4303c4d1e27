"""The leakage certificate: what is planted across splits is found, named and measured; what is not there is not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.corpus import duplicates
from annotate.corpus.duplicates import find_duplicates
from annotate.corpus.normalise import normalised
from annotate.corpus.sentences import sentences
from annotate.corpus.stories.features import WORD
from annotate.release.certificate import STANDARD, Certificate, Check, Closest, check, leaks
from annotate.release.leakage import LeakText, certificate
from annotate.release.spooled import Spooled
from annotate.steps.leakage import CERTIFICATE, Document, article_document, certify, check_leakage, leak_texts
from tests.releases import small_release

WORDS = [
    f"{head}{tail}"
    for head in ("vel", "sad", "kar", "tor", "min", "lun", "بحر", "سفن", "ميناء")
    for tail in ("mora", "ra", "sen", "ia", "ون", "ات")
]


def text(seed: int, length: int = 120) -> str:
    """Sentences of some ten words each, of the seed's own."""
    own = random.Random(seed)
    words = [f"{own.choice(WORDS)}{own.randrange(50)}" for _ in range(length)]
    return " ".join(f"{word}." if n % 10 == 9 else word.capitalize() if n % 10 == 0 else word for n, word in enumerate(words))


def reworded(body: str, every: int) -> str:
    return " ".join(f"other{n}" if n % every == every - 1 else word for n, word in enumerate(body.split()))


def found(certified: Certificate) -> dict[str, int]:
    return {each.name: each.found for each in certified.checks}


def named(certified: Certificate, name: str) -> Check:
    return next(each for each in certified.checks if each.name == name)


def documents(*planted: tuple[str, str, str], **groups: str) -> list[Document]:
    """Planted (id, split, body) among others that share nothing; ``groups``: id → story."""
    others = [Document(f"z{n}", ("train", "train", "dev", "test")[n % 4], text(1000 + n), None, None) for n in range(20)]
    return [*(Document(name, split, body, None, groups.get(name)) for name, split, body in planted), *others]


def test_nothing_shared_is_a_sound_certificate() -> None:
    certified = certify(documents())
    assert (certified.sound, leaks(certified)) == (True, [])
    assert not any(found(certified).values())
    assert (certified.documents.train, certified.documents.dev, certified.documents.test) == (10, 5, 5)


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        (text(1), text(1), {"exact", "near", "contained", "sentence"}),
        (text(1), text(1).upper(), {"exact", "near", "contained", "sentence"}),
        (text(1), reworded(text(1), 10), {"near", "contained"}),
        (text(1, 60), f"{text(2)} {text(1, 60)}", {"contained", "sentence"}),
        (text(1), f"{text(2)} {text(1, 20)}", {"sentence"}),
        (f"{text(1)} «سنبحر مع الفجر نحو ميناء سدرة البعيد»", f"{text(2)} “سنبحر مع الفجر نحو ميناء سدرة البعيد” قال", {"quotation"}),
        (f"{text(1)} «not a word»", f"{text(2)} «not a word»", set()),
        (text(1), text(2), set()),
    ],
    ids=["exact", "capitals", "reworded", "within", "a sentence", "a quotation", "a short quotation", "nothing"],
)
@pytest.mark.parametrize("splits", [("train", "test"), ("dev", "train"), ("test", "dev")], ids="-".join)
def test_what_is_planted_is_found(first: str, second: str, what: set[str], splits: tuple[str, str]) -> None:
    certified = certify(documents(("a", splits[0], first), ("b", splits[1], second)))
    assert {name for name, count in found(certified).items() if count} == what
    assert certified.sound == (not what & {"exact", "near", "contained", "story", "duplicates"})
    for name in what:
        pair = named(certified, name).closest[0]
        assert (pair.first, pair.first_split, pair.second, pair.second_split) == ("a", splits[0], "b", splits[1])


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_copies_in_one_split_are_no_leak(split: str) -> None:
    assert certify(documents(("a", split, text(1)), ("b", split, text(1)), a="s", b="s")).sound


def test_a_group_across_splits_is_a_leak_though_no_word_is_shared() -> None:
    certified = certify(documents(("a", "train", text(1)), ("b", "test", text(2)), a="s", b="s"))
    (problem,) = leaks(certified)
    assert (found(certified)["story"], problem.place) == (1, CERTIFICATE)
    assert "1 story across splits, such as a (train) and b (test)" in problem.message


def test_thresholds_are_those_of_ingest() -> None:
    assert (STANDARD.near, STANDARD.contained, STANDARD.least) == (duplicates.NEAR, duplicates.CONTAINED, duplicates.LEAST)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([7, 12, 100])), min_size=2, max_size=8))
def test_the_certificate_finds_what_ingest_links(drawn: list[tuple[int, int, int]]) -> None:
    """Bodies made of two of a few parts, reworded: where ``find_duplicates`` links two of different splits, so does the certificate."""
    bodies = {f"a{n}": reworded(f"{text(first, 60)} {text(10 + second, 60)}", every) for n, (first, second, every) in enumerate(drawn)}
    splits = {name: ("train", "dev", "test")[n % 3] for n, name in enumerate(bodies)}
    certified = certify(Document(name, splits[name], body, None, None) for name, body in bodies.items())
    links = [each for each in find_duplicates(bodies.items()).links if splits[each.first] != splits[each.second]]
    assert not (links and certified.sound)
    copies = {frozenset((each.first, each.second)) for each in links if each.kind != "exact"}
    assert not copies or found(certified)["near"] + found(certified)["contained"] > 0


def plain(sets: Sequence[Sequence[int]], splits: Sequence[str]) -> list[tuple[str, LeakText]]:
    """Documents that have these numbers as their 3-grams."""
    none = np.zeros(0, np.uint64)
    texts = [LeakText(f"d{n:02}", b"", np.array(sorted(set(own)), np.uint64), none, none, None, None) for n, own in enumerate(sets)]
    return list(zip(splits, texts, strict=True))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sets(st.integers(0, 60), max_size=40), st.sampled_from(["train", "dev", "test"])), max_size=12))
def test_the_counts_are_those_of_comparing_every_pair(drawn: list[tuple[set[int], str]]) -> None:
    sets, splits = [sorted(own) for own, _ in drawn], [split for _, split in drawn]
    near = closest = 0.0
    for n, (one, split) in enumerate(drawn):
        for other, home in drawn[:n]:
            if split != home and one | other:
                jaccard = len(one & other) / len(one | other)
                near += jaccard >= STANDARD.near
                closest = max(closest, jaccard)
    certified = named(certificate(plain(sets, splits)), "near")
    assert certified.found == near
    if certified.closest:
        assert certified.closest[0].value == pytest.approx(closest, abs=1e-6)


def test_a_copy_of_very_many_is_found() -> None:
    """Of 400 copies not every pair is counted, but no split of them goes unseen."""
    sets = [[*range(30), 100 + n] for n in range(401)]
    certified = named(certificate(plain(sets, ["train"] * 400 + ["test"])), "near")
    assert certified.found == 150
    assert certified.closest[0] == Closest("d00", "train", "d400", "test", round(30 / 32, 6))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sets(st.integers(0, 2**64 - 1), max_size=9), max_size=12), st.integers(1, 30))
def test_spooled_hashes_come_back_and_every_hash_in_one_part(sets: list[set[int]], at_a_time: int) -> None:
    with closing(Spooled()) as spool:
        for own in sets:
            spool.append(np.array(sorted(own), np.uint64))
        parts = [list(zip(hashes.tolist(), owners.tolist(), strict=True)) for hashes, owners in spool.by_range(at_a_time)]
        assert [each.tolist() for each in spool.of(np.arange(len(sets)))] == [sorted(own) for own in sets]
    assert sorted(row for part in parts for row in part) == sorted((key, n) for n, own in enumerate(sets) for key in own)
    assert sum(len({key for key, _ in part}) for part in parts) == len(set().union(*sets))


PIECES = [
    "سفن",
    "ميناء",
    "F-16",
    "F16",
    "3.5",
    "1,234",
    "don't",
    "«",
    "»",
    '"',
    "، ",
    ". ",
    "? ",
    "\n",
    "\r",
    "\u2028",
    "ﷺ",
    "½",
    "_x",
    "a_b",
    "ـ",
    "é",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60), st.sampled_from([" ", ""]))
def test_a_sentence_is_compared_by_its_words(pieces: list[str], between: str) -> None:
    """Whatever they are parted by: their hashes are those of the words as ``WORD`` finds them in each normalised sentence by itself."""
    body = between.join(pieces)
    [(_, leak_text)] = leak_texts([Document("a", "train", body, None, None)])
    told = (WORD.findall(normalised(body[start:end]).text) for start, end in sentences(body))
    words = {" ".join(each).encode() for each in told if len(each) >= STANDARD.sentence_words}
    assert leak_text.sentences.tolist() == sorted(int.from_bytes(blake2b(each, digest_size=8).digest(), "little") for each in words)


def test_the_order_of_documents_is_irrelevant() -> None:
    given_ = documents(("a", "train", text(1)), ("b", "test", reworded(text(1), 9)), ("c", "dev", text(1)))
    assert certify(given_) == certify(given_[::-1])


def test_a_certificate_that_says_otherwise_is_caught() -> None:
    now = certify(documents(("a", "train", text(1)), ("b", "test", f"{text(2)} {text(1, 20)}")))
    assert check(now, now) == []
    other = certify(documents())
    assert [each.message.split(":")[0] for each in check(other, now)][1:] == ["near", "contained", "sentence"]
    stricter = msgspec.structs.replace(now, thresholds=msgspec.structs.replace(STANDARD, near=0.9))
    assert "other thresholds" in check(stricter, now)[0].message


def test_a_releases_certificate_is_redone_from_its_lines(tmp_path: Path) -> None:
    """With nothing but the folder; a changed text and a changed certificate are caught, and a release without texts says nothing."""
    release = small_release(tmp_path / "small")
    read = [
        msgspec.json.decode(line) for name in ("train", "dev", "test") for line in (release / f"{name}.jsonl").read_bytes().splitlines()
    ]
    bodies = [(each, "\n".join(each["text"][z["start"] : z["end"]] for z in each["zones"] if z["label"] == "body")) for each in read]
    made = certify(Document(each["id"], each["split"], body, each["group"]["duplicates"], each["group"]["story"]) for each, body in bodies)
    assert not made.sound or made.checks
    path = release / CERTIFICATE
    path.write_bytes(msgspec.json.encode(made))
    assert check_leakage(release) == leaks(made)
    path.write_bytes(msgspec.json.encode(made).replace(b'"found":0', b'"found":7', 1))
    assert check_leakage(release) != leaks(made)
    path.write_text("{")
    assert [each.place for each in check_leakage(release)] == [CERTIFICATE]
    path.unlink()
    assert check_leakage(release)[0].message == "missing"


def test_an_articles_body_is_what_ingest_compares() -> None:
    from annotate.records import Article, Zone

    article = Article(
        "a", None, "Velmora\nShips sailed.\nRead more", "en", zones=(Zone(0, 7, "title"), Zone(8, 21, "body"), Zone(22, 31, "boilerplate"))
    )
    assert article_document(article, "dev") == Document("a", "dev", "Ships sailed.", None, None)
