"""Simulated annotators: the gold plus seeded noise of declared rates, so that what agreement should come out is known beforehand."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec import Struct, structs

from annotate.records import Answer, Argument, Article, Frame, Labelling, Mention
from annotate.schema import FrameLayer, MentionLayer, Schema

T = TypeVar("T")
WORD = re.compile(r"\w[\w\u064b-\u0652\u0670\u0640]*")
PROCLITICS = "وفبلك"
OPPOSITE = {"favor": "against", "against": "favor"}


class Noise(Struct, frozen=True):
    """How often an annotator errs, as probabilities.

    miss:      a gold span is not marked                    extra: a word that is none is marked, a gold span of the layer
    clitic:    the proclitic before a span is taken in      word:  the next word is taken in
    type:      another type of the layer                    flip:  a stance for is marked against, or the reverse
    attribute: any legal value                              argument: an argument is left out
    answer:    another answer about the document
    """

    miss: float = 0.08
    extra: float = 0.04
    clitic: float = 0.05
    word: float = 0.04
    type: float = 0.04
    attribute: float = 0.04
    flip: float = 0.04
    argument: float = 0.06
    answer: float = 0.08

    def times(self, factor: float) -> Noise:
        return Noise(*(rate * factor for rate in structs.astuple(self)))


class Annotator(Struct, frozen=True):
    name: str
    noise: Noise


ANNOTATORS = (
    Annotator("careful", Noise().times(0.6)),
    Annotator("average", Noise()),
    Annotator("hasty", Noise().times(1.5)),
)


def simulate(schema: Schema, article: Article, gold: Labelling, annotator: Annotator, seed: int) -> Labelling:
    """What the annotator would submit for the article: always something the labelling page allows."""
    return _Simulation(schema, article, annotator, random.Random(f"{seed}:{annotator.name}:{article.id}")).labelling(gold)


class _Simulation:
    def __init__(self, schema: Schema, article: Article, annotator: Annotator, draw: random.Random) -> None:
        self.schema = schema
        self.text = article.text
        self.annotator = annotator
        self.noise = annotator.noise
        self.random = draw
        self.words = [match.span() for match in WORD.finditer(article.text)]

    def labelling(self, gold: Labelling) -> Labelling:
        mentions = [self._mention(each) for each in gold.mentions if not self._chance(self.noise.miss)]
        frames = [self._frame(each) for each in gold.frames if not self._chance(self.noise.miss)]
        for layer in self.schema.span_layers.values():
            if isinstance(layer, MentionLayer):
                mentions += self._extra_mentions(layer, gold.mentions)
            else:
                frames += self._extra_frames(layer, gold.frames)
        fillers: dict[str, Mention | Frame] = {each.id: each for each in mentions}
        fillers |= {each.id: each for each in frames}
        frames = [structs.replace(each, arguments=tuple(self._arguments(each, fillers))) for each in frames]
        return Labelling(
            article=gold.article,
            annotator=self.annotator.name,
            mentions=tuple(mentions),
            frames=tuple(frames),
            links=tuple(each for each in gold.links if each.first in fillers and each.second in fillers),
            answers=tuple(self._answer(each) for each in gold.answers),
        )

    def _chance(self, rate: float) -> bool:
        return self.random.random() < rate

    def _pick(self, values: Sequence[T]) -> T:
        # random() is the same sequence on every Python; choice() is not promised to be.
        return values[int(self.random.random() * len(values))]

    def _mention(self, mention: Mention) -> Mention:
        layer = self.schema.span_layers[mention.layer]
        start, end = self._boundary(mention.start, mention.end)
        return structs.replace(mention, type=self._type(layer, mention.type), start=start, end=end)

    def _frame(self, frame: Frame) -> Frame:
        layer = self.schema.span_layers[frame.layer]
        assert isinstance(layer, FrameLayer)
        kind = self._type(layer, frame.type)
        start, end = self._boundary(frame.start, frame.end)
        attributes: dict[str, str | None] = {}
        for asked in layer.attributes:
            values = asked.values_for(kind)
            value = frame.attributes.get(asked.name)
            if values and (value not in values or self._chance(self.noise.attribute)):
                value = self._pick(values)
            attributes[asked.name] = value if values else None
        return structs.replace(frame, type=kind, start=start, end=end, attributes=attributes)

    def _type(self, layer: MentionLayer | FrameLayer, kind: str) -> str:
        if kind in OPPOSITE:
            return OPPOSITE[kind] if self._chance(self.noise.flip) else kind
        return self._pick([each.name for each in layer.types if each.name != kind]) if self._chance(self.noise.type) else kind

    def _boundary(self, start: int, end: int) -> tuple[int, int]:
        """Sometimes with the proclitic that was left out, sometimes with the next word."""
        if self._chance(self.noise.clitic) and start > 0 and self.text[start - 1] in PROCLITICS:
            start -= 1
        if self._chance(self.noise.word):
            following = next((word for word in self.words if word[0] >= end), None)
            if following is not None and "\n" not in self.text[end : following[0]]:
                end = following[1]
        return start, end

    def _extra(self, layer: MentionLayer | FrameLayer, own: Iterable[Mention | Frame]) -> list[tuple[str, str, int, int]]:
        """(id, type, start, end) of words marked though the gold has nothing there."""
        marked = [each for each in own if each.layer == layer.name]
        free = [word for word in self.words if not any(each.start < word[1] and word[0] < each.end for each in marked)]
        count = sum(self._chance(self.noise.extra) for _ in marked)
        chosen = {self._pick(free) for _ in range(count)} if free else set()
        return [(f"{layer.name}-x{n}", self._pick(layer.types).name, *span) for n, span in enumerate(sorted(chosen))]

    def _extra_mentions(self, layer: MentionLayer, own: Iterable[Mention]) -> list[Mention]:
        return [Mention(name, layer.name, kind, start, end) for name, kind, start, end in self._extra(layer, own)]

    def _extra_frames(self, layer: FrameLayer, own: Iterable[Frame]) -> list[Frame]:
        return [Frame(name, layer.name, kind, start, end, layer.defaults(kind)) for name, kind, start, end in self._extra(layer, own)]

    def _arguments(self, frame: Frame, fillers: dict[str, Mention | Frame]) -> Iterable[Argument]:
        """The gold's arguments less those missed, those whose filler was missed, and those its new type does not allow."""
        layer = self.schema.span_layers[frame.layer]
        assert isinstance(layer, FrameLayer)
        for argument in frame.arguments:
            filler, role = fillers.get(argument.ref), layer.role(argument.role)
            missed = self._chance(self.noise.argument)
            if filler is not None and role is not None and role.takes(filler.layer, filler.type) and not missed:
                yield argument

    def _answer(self, answer: Answer) -> Answer:
        layer = next(each for each in self.schema.choice_layers if each.name == answer.layer)
        question = layer.question(answer.question)
        if question is None or not self._chance(self.noise.answer):
            return answer
        return structs.replace(answer, value=self._pick([each.name for each in question.values if each.name != answer.value]))
