"""Plain models learnt from a release: proof that it can be learnt from, and a first line for a paper's table.

- Every layer of spans: tagging. The tokens of a sentence get B-, I- or O from the word, its parts and its neighbours, and the spans are
  the runs of one type. Frames get the attribute values that are commonest for their type in train, and no arguments.
- Types of spans that are given (gold's own), from the span's words and those around it. So "stances.type" is the stance of a given
  statement.
- Every question about the document, from its words, pairs of them, and runs of characters.

Each is a linear support vector machine, one value against the rest (scikit-learn, which calls LIBLINEAR: Fan et al. 2008). Nothing is
tuned, and of a very large train the first documents are read; the same release gives the same predictions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from annotate.records import Answer, Frame, Labelling, Mention
from annotate.release.predictions import Gold
from annotate.schema import FrameLayer, MentionLayer, Schema
from annotate.tokens import tokens

MOST_TOKENS = 300_000  # of train that a tagger learns from
OUTSIDE = "O"
AROUND = 5  # words on each side of a given span
STRENGTH = 0.3  # C, the inverse of the regularisation, for all models alike
SpanLayer = MentionLayer | FrameLayer


class Baseline(NamedTuple):
    """predicted: from the text alone; typed: gold's own spans with predicted types"""

    predicted: dict[str, Labelling]
    typed: dict[str, Labelling]


class _Words(NamedTuple):
    """A sentence's tokens: (start, end) in the text, and what they say."""

    spans: list[tuple[int, int]]
    words: list[str]


def learn_and_predict(schema: Schema, train: Gold, test: Gold, sentences: Mapping[str, Sequence[tuple[int, int]]]) -> Baseline:
    """Predictions for ``test`` of models learnt from ``train``; ``sentences``: document → sentences, of both."""
    read = _first_documents(train)
    predicted = {name: Labelling(name, "system") for name in test.texts}
    typed = {name: Labelling(name, "system") for name in test.texts}
    for layer in schema.span_layers.values():
        spans = _tagged(layer, train, test, read, sentences)
        for name, found in spans.items():
            predicted[name] = _with_spans(predicted[name], layer, found, _common_values(layer, train))
        for name, found in _typed(layer, train, test).items():
            typed[name] = _with_spans(typed[name], layer, found, {})
    for name, answers in _answers(schema, train, test).items():
        predicted[name] = Labelling(name, "system", predicted[name].mentions, predicted[name].frames, (), tuple(answers))
    return Baseline(predicted, typed)


def as_record(schema: Schema, labelling: Labelling) -> dict[str, Any]:
    """A line as `annotate score` reads it."""
    record: dict[str, Any] = {"id": labelling.article}
    for name in schema.span_layers:
        record[name] = [_item(each) for each in labelling.of_layer(name)]
    for choices in schema.choice_layers:
        record[choices.name] = [{"name": each.question, "value": each.value} for each in labelling.answers if each.layer == choices.name]
    return record


def _item(item: Mention | Frame) -> dict[str, Any]:
    placed = {"id": item.id, "type": item.type, "start": item.start, "end": item.end}
    return placed | ({"attributes": item.attributes, "arguments": []} if isinstance(item, Frame) else {})


def _first_documents(train: Gold) -> list[str]:
    """As many documents, by their ids' order, as a tagger learns from."""
    read: list[str] = []
    length = 0
    for name in sorted(train.texts):
        length += len(train.texts[name].split())
        if read and length > MOST_TOKENS:
            break
        read.append(name)
    return read


# ── Tagging ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _tagged(
    layer: SpanLayer, train: Gold, test: Gold, read: Sequence[str], sentences: Mapping[str, Sequence[tuple[int, int]]]
) -> dict[str, list[tuple[int, int, str]]]:
    features: list[dict[str, Any]] = []
    tags: list[str] = []
    for name in read:
        own = train.labellings[name].of_layer(layer.name)
        for words in _sentences(train.texts[name], sentences[name]):
            features += _token_features(words)
            tags += _tags(words, own)
    model = _Model(features, tags)
    found: dict[str, list[tuple[int, int, str]]] = {}
    for name, text in test.texts.items():
        found[name] = []
        for words in _sentences(text, sentences[name]):
            found[name] += _runs(words, model.predict(_token_features(words)))
    return found


def _sentences(text: str, sentences: Sequence[tuple[int, int]]) -> Iterator[_Words]:
    for start, end in sentences:
        spans = [(start + first, start + last) for first, last in tokens(text[start:end])]
        if spans:
            yield _Words(spans, [text[first:last] for first, last in spans])


def _tags(words: _Words, items: Sequence[Mention | Frame]) -> list[str]:
    """The tag of each token; where items overlap, that of the first and longest."""
    tags = [OUTSIDE] * len(words.spans)
    for item in sorted(items, key=lambda each: (each.start, -each.end, each.type)):
        inside = [n for n, (start, end) in enumerate(words.spans) if start < item.end and end > item.start]
        if inside and all(tags[n] == OUTSIDE for n in inside):
            tags[inside[0]] = f"B-{item.type}"
            for n in inside[1:]:
                tags[n] = f"I-{item.type}"
    return tags


def _token_features(words: _Words) -> list[dict[str, Any]]:
    padded = ["", "", *(word.casefold() for word in words.words), "", ""]
    found = []
    for n, word in enumerate(words.words):
        own = padded[n + 2]
        features: dict[str, Any] = {"w": own, "-1": padded[n + 1], "+1": padded[n + 3], "-2": padded[n], "+2": padded[n + 4]}
        features |= {f"p{size}": own[:size] for size in (2, 3, 4)} | {f"s{size}": own[-size:] for size in (2, 3, 4)}
        features |= {"-1w": f"{padded[n + 1]} {own}", "+1w": f"{own} {padded[n + 3]}"}
        features |= {"capital": word[:1].isupper(), "digit": any(map(str.isdigit, word)), "first": n == 0}
        found.append(features)
    return found


def _runs(words: _Words, tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """The spans that tags make; an I- without its B- begins one. No tag at all is O."""
    tags = [tag or OUTSIDE for tag in tags]
    start: int | None = None
    for n, tag in enumerate([*tags, OUTSIDE]):
        before = tags[n - 1] if n else OUTSIDE
        if start is not None and (tag[:2] != "I-" or tag[2:] != before[2:]):
            yield words.spans[start][0], words.spans[n - 1][1], before[2:]
            start = None
        if start is None and tag != OUTSIDE:
            start = n


# ── Types of given spans, and questions ─────────────────────────────────────────────────────────────────────────────────────────────


def _typed(layer: SpanLayer, train: Gold, test: Gold) -> dict[str, list[tuple[int, int, str]]]:
    learnt = [(_span_features(train.texts[name], item), item.type) for name, item in _items(layer, train)]
    model = _Model([features for features, _ in learnt], [kind for _, kind in learnt])
    asked = list(_items(layer, test))
    types = model.predict([_span_features(test.texts[name], item) for name, item in asked])
    found: dict[str, list[tuple[int, int, str]]] = {}
    for (name, item), kind in zip(asked, types, strict=True):
        found.setdefault(name, []).extend([(item.start, item.end, kind)] if kind else [])
    return found


def _items(layer: SpanLayer, gold: Gold) -> Iterator[tuple[str, Mention | Frame]]:
    for name in sorted(gold.texts):
        yield from ((name, item) for item in gold.labellings[name].of_layer(layer.name))


def _span_features(text: str, item: Mention | Frame) -> dict[str, Any]:
    inside = [word.casefold() for word in text[item.start : item.end].split()]
    before = text[max(0, item.start - 200) : item.start].casefold().split()[-AROUND:]
    after = text[item.end : item.end + 200].casefold().split()[:AROUND]
    features: dict[str, Any] = dict.fromkeys((f"in {word}" for word in inside), 1)
    features |= dict.fromkeys((f"stem {word[:4]}" for word in inside), 1) | dict.fromkeys((f"end {word[-3:]}" for word in inside), 1)
    return features | dict.fromkeys((f"before {word}" for word in before), 1) | dict.fromkeys((f"after {word}" for word in after), 1)


def _answers(schema: Schema, train: Gold, test: Gold) -> dict[str, list[Answer]]:
    learnt, asked = sorted(train.texts), sorted(test.texts)
    found: dict[str, list[Answer]] = {name: [] for name in asked}
    if not learnt or not asked:
        return found
    rows, new = _text_features([train.texts[name] for name in learnt], [test.texts[name] for name in asked])
    for layer in schema.choice_layers:
        for question in layer.questions:
            said = [_said(train.labellings[name], layer.name, question.name) for name in learnt]
            numbers = [number for number, value in enumerate(said) if value is not None]
            values = _classified(rows[numbers], [value for value in said if value is not None], new)
            for name, value in zip(asked, values, strict=False):
                found[name].append(Answer(layer.name, question.name, value))
    return found


def _said(labelling: Labelling, layer: str, question: str) -> str | None:
    return next((each.value for each in labelling.answers if (each.layer, each.question) == (layer, question)), None)


def _text_features(train: Sequence[str], test: Sequence[str]) -> tuple[Any, Any]:
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
    from sklearn.pipeline import FeatureUnion  # type: ignore[import-untyped]

    def cut(text: str) -> list[str]:
        return [text[start:end].casefold() for start, end in tokens(text)]

    words = TfidfVectorizer(tokenizer=cut, token_pattern=None, lowercase=False, ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, max_features=200_000)
    both = FeatureUnion([("words", words), ("letters", letters)])
    return both.fit_transform(train).tocsr(), both.transform(test).tocsr()


def _classified(rows: Any, values: Sequence[str], new: Any) -> list[str]:
    """The value of each new row; the only one where there is one, and nothing where there is none."""
    from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

    if len(set(values)) < 2:
        return [*set(values)] * new.shape[0]
    model = LinearSVC(C=STRENGTH, random_state=0).fit(_narrow(rows), values)
    return [str(each) for each in model.predict(_narrow(new))]


def _narrow(rows: Any) -> Any:
    """Sparse rows with the 32-bit places that LIBLINEAR takes."""
    rows.indices, rows.indptr = rows.indices.astype(np.int32), rows.indptr.astype(np.int32)
    return rows


class _Model:
    """A support vector machine on named features; says the only value there is, or nothing, where there are not two."""

    def __init__(self, features: Sequence[Mapping[str, Any]], values: Sequence[str]) -> None:
        from sklearn.feature_extraction import DictVectorizer  # type: ignore[import-untyped]
        from sklearn.svm import LinearSVC

        self._only = values[0] if len(set(values)) == 1 else ""
        self._learnt = len(set(values)) > 1
        self._names, self._model = DictVectorizer(dtype=np.float64), LinearSVC(C=STRENGTH, random_state=0)
        if self._learnt:
            self._model.fit(_narrow(self._names.fit_transform(features)), values)

    def predict(self, features: Sequence[Mapping[str, Any]]) -> list[str]:
        if not self._learnt or not features:
            return [self._only] * len(features)
        return [str(each) for each in self._model.predict(_narrow(self._names.transform(features)))]


def _common_values(layer: SpanLayer, train: Gold) -> dict[str, dict[str, str | None]]:
    """Type → attribute → its commonest value in train."""
    if not isinstance(layer, FrameLayer):
        return {}
    counts: dict[tuple[str, str], Counter[str | None]] = {}
    for labelling in train.labellings.values():
        for frame in labelling.frames:
            for name, value in frame.attributes.items() if frame.layer == layer.name else ():
                counts.setdefault((frame.type, name), Counter())[value] += 1
    common: dict[str, dict[str, str | None]] = {}
    for (kind, name), values in counts.items():
        common.setdefault(kind, {})[name] = min(values, key=lambda value: (-values[value], value or ""))
    return common


def _with_spans(
    labelling: Labelling, layer: SpanLayer, spans: Iterable[tuple[int, int, str]], values: Mapping[str, Mapping[str, str | None]]
) -> Labelling:
    made = [(f"{layer.name}-{n}", *span) for n, span in enumerate(spans, 1)]
    mentions, frames = labelling.mentions, labelling.frames
    if isinstance(layer, MentionLayer):
        mentions += tuple(Mention(name, layer.name, kind, start, end) for name, start, end, kind in made)
    else:
        frames += tuple(Frame(name, layer.name, kind, start, end, dict(values.get(kind, {}))) for name, start, end, kind in made)
    return Labelling(labelling.article, labelling.annotator, mentions, frames)
