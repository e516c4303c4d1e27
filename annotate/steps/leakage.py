"""What `export` and `verify` compare across splits: each document's body, sentences and quotations, hashed. No command of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, tee
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from annotate.corpus.minhash import shingled
from annotate.corpus.normalise import normalised
from annotate.corpus.sentences import sentences
from annotate.corpus.stories.features import QUOTED, WORD
from annotate.errors import Problem
from annotate.records import Article
from annotate.release.certificate import STANDARD, Certificate, Sizes, Thresholds, check, itself, leaks
from annotate.release.leakage import Leakage, LeakText, certificate
from annotate.release.lines import read_json, read_lines
from annotate.release.spooled import Hashes
from annotate.schema.record_schema import SPLITS

CERTIFICATE = "leakage.json"
BLOCK = 256  # articles that are read ahead, to be compared at once


class Document(NamedTuple):
    """What of a document can leak; ``body`` is what of its text is the article."""

    id: str
    split: str
    body: str
    duplicates: str | None
    story: str | None


def certify(documents: Iterable[Document], thresholds: Thresholds = STANDARD) -> Certificate:
    """The certificate of a release that holds these documents, whose texts are read once and not held."""
    return certificate(leak_texts(documents, thresholds), thresholds)


def leak_texts(documents: Iterable[Document], thresholds: Thresholds = STANDARD) -> Iterator[tuple[str, LeakText]]:
    """(split, what is compared) of each document, in order."""
    read, ahead = tee(documents)
    for each, (digest, shingles) in zip(read, shingled(document.body for document in ahead), strict=True):
        told = _hashes((each.body[start:end] for start, end in sentences_of(each.body)), thresholds.sentence_words)
        quoted = _hashes((found[found.lastindex or 0] for found in QUOTED.finditer(each.body)), thresholds.quotation_words)
        yield each.split, LeakText(each.id, digest, shingles, told, quoted, each.duplicates, each.story)


@lru_cache(2 * BLOCK)
def sentences_of(text: str) -> tuple[tuple[int, int], ...]:
    """``sentences``, found once where an article is all body: its record asks for them too, up to a block later."""
    return tuple(sentences(text))


def passing(articles: Iterator[Article], splits: Mapping[str, str], leakage: Leakage) -> Iterator[Article]:
    """Articles as they come, those that have a split added to what is compared."""
    while block := list(islice(articles, BLOCK)):
        _add([article_document(each, splits[each.id]) for each in block if each.id in splits], leakage)
        yield from block


def _add(documents: Iterable[Document], leakage: Leakage) -> None:
    for split, text in leak_texts(documents, leakage.thresholds):
        leakage.add(split, text)


def article_document(article: Article, split: str) -> Document:
    return Document(
        article.id, split, _body(article.text, [(z.start, z.end, z.label) for z in article.zones]), article.duplicates, article.story
    )


def check_leakage(folder: Path) -> list[Problem]:
    """The certificate of a release made again from its documents, and held against the one that it brings.

    Of a release without texts little can be told before it is turned back (`annotate rehydrate`); lines that cannot be read are for
    `verify` to name.
    """
    try:
        stated = msgspec.convert(read_json((folder / CERTIFICATE).read_bytes()), Certificate)
    except OSError:
        return [Problem(CERTIFICATE, "missing")]
    except (ValueError, msgspec.ValidationError) as error:
        return [Problem(CERTIFICATE, f"no certificate ({error})")]
    if any(each is None for each in _released(folder)):
        sizes = Counter(split for split in SPLITS for _ in _lines(folder, split))
        return leaks(stated) + itself(stated, Sizes(*(sizes[split] for split in SPLITS)))
    return check(stated, certify((each for each in _released(folder) if each is not None), stated.thresholds))


def _released(folder: Path) -> Iterator[Document | None]:
    """The documents of a release; None for one without its text."""
    for split in SPLITS:
        for record in _lines(folder, split):
            yield _document(record, split)


def _lines(folder: Path, split: str) -> Iterator[Mapping[str, Any]]:
    path = folder / f"{split}.jsonl"
    for _, record in read_lines(path) if path.is_file() else ():
        if not isinstance(record, Problem):
            yield record


def _document(record: Mapping[str, Any], split: str) -> Document | None:
    text, group = record.get("text"), record.get("group") or {}
    if not isinstance(text, str):
        return None
    zones = [(zone["start"], zone["end"], zone["label"]) for zone in record.get("zones") or ()]
    return Document(str(record.get("id")), split, _body(text, zones), group.get("duplicates"), group.get("story"))


def _body(text: str, zones: list[tuple[int, int, str]]) -> str:
    """The article's own lines, as `ingest` compares them; the whole text where nothing says what is what."""
    return "\n".join(text[start:end] for start, end, label in zones if label == "body") if zones else text


def _hashes(parts: Iterable[str], least_words: int) -> Hashes:
    """Of each part of so many words, its words without what an editor changes. No part has a line feed, which parts them here."""
    lines = map(_words, normalised("\n".join(parts)).text.split("\n"))
    told = {" ".join(words) for words in lines if len(words) >= least_words}
    return np.array(sorted(map(_hash, told)), dtype=np.uint64)


def _words(line: str) -> list[str]:
    """``WORD.findall(line)``, in half the time: what lies between white space is mostly a word."""
    words = []
    for piece in line.split():
        if piece.isalpha():
            words.append(piece)
        else:
            words += WORD.findall(piece)
    return words


def _hash(words: str) -> int:
    return int.from_bytes(blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
