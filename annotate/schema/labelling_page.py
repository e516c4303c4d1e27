"""The schema as a Label Studio labelling page (the project's XML configuration).

Every label's and choice's ``value`` is the schema's own name, so that results need no translation; people see the title.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from annotate.schema.model import Attribute, ChoiceLayer, FrameLayer, Question, Schema, Type, Value

TEXT = "text"
UNSURE = "unsure"
NOTE = "note"
UNUSABLE = "unusable"
UNUSABLE_REASONS = ("not_an_article", "wrong_language", "garbled", "duplicate", "other")

# Options of a drop-down need no key, but Label Studio gives every control without one a digit or letter of its own.
# This combination is on no keyboard, so it takes nothing from the labels.
NO_KEY = "ctrl+alt+shift+f19"

# The text takes each paragraph's own direction, so that English in an Arabic project reads left to right.
STYLE = """
.lsf-htx-richtext { font-size: 19px; line-height: 2.1; }
.lsf-richtext__line { unicode-bidi: plaintext; text-align: start; display: block; }
.annotate-labels { position: sticky; top: 0; z-index: 5; padding: 4px 0; background: var(--color-neutral-background, Canvas); }
.annotate-text { margin: 8px 0; padding: 0 8px; }
"""

WORDS = {
    "unsure": {"ar": "لست متأكدًا", "en": "Not sure"},
    "note": {"ar": "ملاحظة", "en": "Note"},
    "unusable": {"ar": "لا يصلح المقال للتوسيم، لأنه", "en": "The article cannot be annotated, because it is"},
    "entity": {"ar": "أي كيان هذا؟", "en": "Which entity is this?"},
    "not_an_article": {"ar": "ليس مقالًا", "en": "not an article"},
    "wrong_language": {"ar": "بلغة أخرى", "en": "in another language"},
    "garbled": {"ar": "نصه معطوب", "en": "garbled"},
    "duplicate": {"ar": "مكرر", "en": "a duplicate"},
    "other": {"ar": "سبب آخر", "en": "something else"},
}


class Control(NamedTuple):
    """A choices control of the page and what it answers: an attribute of a layer, or a question (then ``question``)."""

    name: str
    layer: str
    attribute: str
    types: tuple[str, ...] | None


def entity_control(layer: str) -> str:
    return f"{layer}_entity"


def attribute_controls(layer: FrameLayer) -> Iterator[Control]:
    """The controls of a layer's attributes: one each, or one a type where the values depend on the type."""
    for attribute in layer.attributes:
        name = f"{layer.name}_{attribute.name}"
        if all(value.types is None for value in attribute.values):
            yield Control(name, layer.name, attribute.name, attribute.types)
        else:
            for each in layer.types:
                if attribute.values_for(each.name):
                    yield Control(f"{name}_{each.name}", layer.name, attribute.name, (each.name,))


def question_control(layer: ChoiceLayer, question: Question) -> str:
    return f"{layer.name}_{question.name}"


def labelling_page(schema: Schema) -> str:
    """The page as XML."""
    view = Element("View")
    SubElement(view, "Style").text = STYLE
    labels = SubElement(view, "View", {"className": "annotate-labels"})
    for layer in schema.span_layers.values():
        control = SubElement(labels, "Labels", {"name": layer.name, "toName": TEXT, "showInline": "true"})
        for each in layer.types:
            control.append(_label(each, schema.language))
    _relations(view, schema)
    text = SubElement(view, "View", {"className": "annotate-text", "style": _direction(schema)})
    SubElement(text, "Text", {"name": TEXT, "value": f"${TEXT}", "granularity": "symbol"})
    _region_questions(view, schema)
    _document_questions(view, schema)
    indent(view)
    return tostring(view, encoding="unicode") + "\n"


def _direction(schema: Schema) -> str:
    return "direction: rtl; text-align: right;" if schema.language == "ar" else "direction: ltr; text-align: left;"


def _label(each: Type, language: str) -> Element:
    shown = each.title[language] if each.title[language] == each.name else f"{each.title[language]} · {each.name}"
    return Element(
        "Label",
        {"value": each.name, "html": shown, "hint": each.definition[language], "hotkey": each.hotkey, "background": each.color},
    )


def _relations(view: Element, schema: Schema) -> None:
    names = [role.name for layer in schema.frame_layers for role in layer.roles] + [layer.name for layer in schema.link_layers]
    if names:
        relations = SubElement(view, "Relations")
        for name in dict.fromkeys(names):
            SubElement(relations, "Relation", {"value": name})


def _region_questions(view: Element, schema: Schema) -> None:
    box = SubElement(view, "View", {"visibleWhen": "region-selected", "style": _direction(schema)})
    for layer in schema.frame_layers:
        asked = {each.name: each for each in layer.attributes}
        for control in attribute_controls(layer):
            _attribute(box, control, asked[control.attribute], schema.language)
    for mentions in schema.mention_layers:
        entity = {"perRegion": "true", "whenTagName": mentions.name, "maxSubmissions": "1", "editable": "true", "rows": "1"}
        SubElement(
            box,
            "TextArea",
            {"name": entity_control(mentions.name), "toName": TEXT, "placeholder": WORDS["entity"][schema.language], **entity},
        )
    unsure = SubElement(box, "Choices", {"name": UNSURE, "toName": TEXT, "perRegion": "true", "choice": "multiple", "showInline": "true"})
    SubElement(unsure, "Choice", {"value": UNSURE, "html": WORDS["unsure"][schema.language], "hotkey": NO_KEY})


def _attribute(box: Element, control: Control, attribute: Attribute, language: str) -> None:
    shown = {"visibleWhen": "region-selected", "whenTagName": control.layer}
    if control.types is not None:
        shown["whenLabelValue"] = ",".join(control.types)
    row = SubElement(box, "View", shown)
    SubElement(row, "Header", {"value": attribute.title[language], "size": "6"})
    values = [value for value in attribute.values if control.types is None or value.types is None or set(control.types) <= set(value.types)]
    _choices(row, control.name, values, language, {"perRegion": "true", **{k: v for k, v in shown.items() if k != "visibleWhen"}})


def _document_questions(view: Element, schema: Schema) -> None:
    box = SubElement(view, "View", {"style": _direction(schema)})
    for layer in schema.choice_layers:
        for question in layer.questions:
            SubElement(box, "Header", {"value": question.title[schema.language], "size": "6"})
            _choices(box, question_control(layer, question), list(question.values), schema.language, {})
    SubElement(box, "Header", {"value": WORDS["unusable"][schema.language], "size": "6"})
    reasons = [Value(name=reason, title=WORDS[reason]) for reason in UNUSABLE_REASONS]
    _choices(box, UNUSABLE, reasons, schema.language, {})
    SubElement(
        box,
        "TextArea",
        {
            "name": NOTE,
            "toName": TEXT,
            "placeholder": WORDS["note"][schema.language],
            "maxSubmissions": "1",
            "editable": "true",
            "rows": "1",
        },
    )


def _choices(box: Element, name: str, values: list[Value], language: str, more: dict[str, str]) -> None:
    control = SubElement(box, "Choices", {"name": name, "toName": TEXT, "choice": "single", "showInline": "true", **more})
    for value in values:
        SubElement(control, "Choice", {"value": value.name, "html": value.title[language], "hotkey": value.hotkey or NO_KEY})
