"""The schema as a Label Studio labelling page (the project's XML configuration).

Every label's and choice's ``value`` is the schema's own name, so that results need no translation; people see the title.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from annotate.schema.model import Attribute, ChoiceLayer, FrameLayer, MentionLayer, Question, Schema, Type, Value

TEXT = "text"
UNSURE = "unsure"
NOTE = "note"
UNUSABLE = "unusable"
ZONES = "zones"
MARKED_ZONES = ("boilerplate", "headline")  # what stands in the text and is not the article
UNUSABLE_REASONS = ("not_an_article", "wrong_language", "garbled", "duplicate", "other")

# Paragraphs take their own direction, so that English in an Arabic project reads left to right. What is asked of a region sticks to
# the bottom, for the text is long (8 px lower: that much of Label Studio's padding shows text). A region chosen in the list is scrolled
# to between the two bars. ``area`` are the handles that move a region's edges, which browsers do not show by themselves. Label Studio's
# signs of hotkeys are hidden: the page writes shorter ones.
STYLE = """
.lsf-htx-richtext { max-width: 60em; margin: 0 auto; font-size: 19px; line-height: 2.5; }
.lsf-richtext__line { display: block; min-height: 0.5em; padding: 0; unicode-bidi: plaintext; text-align: start; }
.lsf-richtext__line + br { display: none; }
.lsf-htx-richtext .htx-highlight { scroll-margin: 45vh 0 25vh; }
.lsf-htx-richtext .htx-highlight area { display: inline; }
.relations-overlay text { font-size: 10px !important; }
.annotate-labels, .annotate-region { position: sticky; z-index: 101; padding: 4px 8px; background: var(--color-neutral-background); }
.annotate-labels { top: 0; max-height: 40vh; overflow-y: auto; margin-bottom: 8px; box-shadow: 0 1px var(--color-neutral-border); }
.annotate-labels .lsf-labels { margin: 2px 0; gap: 4px; }
.annotate-labels .lsf-label { margin: 0; padding: 0 4px; border-width: 0; border-inline-start: 4px solid var(--color); font-size: 12.5px; }
.annotate-region { bottom: -8px; display: flex; flex-wrap: wrap; column-gap: 32px; box-shadow: 0 -1px var(--color-neutral-border); }
.annotate-zones { display: none; }
.annotate-document { max-width: 75em; margin: 24px auto; padding: 0 8px; }
.annotate-row { display: flex; align-items: baseline; column-gap: 8px; }
.annotate-row .lsf-choices { margin: 0; }
.annotate-row .lsf-choice { line-height: 28px; }
.annotate-row .lsf-text-area { flex: 1; min-width: 280px; }
.annotate-row .ant-form-item { margin: 0 0 4px; }
.lsf-label__hotkey, .lsf-hint { display: none; }
.lsf-main-view small { font-size: 10px; }
.lsf-main-view kbd { direction: ltr; unicode-bidi: isolate; margin: 0 3px; font: inherit; font-size: 11px; opacity: 0.7; }
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
    "boilerplate": {"ar": "ليس من المقال", "en": "not the article"},
    "headline": {"ar": "عنوان خبر آخر", "en": "another story's headline"},
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
    return page_text(labelling_view(schema))


def page_text(view: Element) -> str:
    """A page's tree as XML, when all its controls are in it."""
    _no_more_hotkeys(view)
    indent(view)
    return tostring(view, encoding="unicode") + "\n"


def labelling_view(schema: Schema) -> Element:
    """The page's tree, to which a page made from it may add: boxes of the classes annotate-labels, -text, -region and -document."""
    view = Element("View")
    SubElement(view, "Style").text = STYLE
    _labels(_box(view, "annotate-labels", schema), schema)
    _zones(_box(view, "annotate-zones", schema), schema.language)
    _relations(view, schema)
    text = _box(view, "annotate-text", schema)
    SubElement(text, "Text", {"name": TEXT, "value": f"${TEXT}", "granularity": "symbol"})
    _region_questions(_box(view, "annotate-region", schema, visibleWhen="region-selected"), schema)
    _document_questions(_box(view, "annotate-document", schema), schema)
    return view


def _box(view: Element, name: str, schema: Schema, **more: str) -> Element:
    direction = "direction: rtl; text-align: right;" if schema.language == "ar" else "direction: ltr; text-align: left;"
    return SubElement(view, "View", {"className": name, "style": direction, **more})


def row(box: Element, title: str | None, **more: str) -> Element:
    """A line of the page: a title, and beside it what the caller adds."""
    line = SubElement(box, "View", {"className": "annotate-row", **more})
    if title is not None:
        SubElement(line, "Header", {"value": title, "size": "5", "style": "margin: 0; font-size: 14px; white-space: nowrap;"})
    return line


def _with_key(html: str, hotkey: str | None) -> str:
    """A label or choice with its key as it stands on the keyboard."""
    return f"{html}<kbd>{hotkey.upper().replace('SHIFT+', '⇧')}</kbd>" if hotkey else html


def _labels(box: Element, schema: Schema) -> None:
    for layer in schema.span_layers.values():
        line = row(box, layer.title[schema.language])
        control = SubElement(line, "Labels", {"name": layer.name, "toName": TEXT, "showInline": "true"})
        for each in layer.types:
            control.append(_label(each, schema.language))


def _zones(box: Element, language: str) -> None:
    """The labels of what push marks as not the article. Hidden: nobody gives them, and pull does not read them."""
    control = SubElement(box, "Labels", {"name": ZONES, "toName": TEXT})
    for zone in MARKED_ZONES:
        SubElement(control, "Label", {"value": zone, "html": WORDS[zone][language], "background": "#9e9e9e", "hotkey": f"—{zone}"})


def _label(each: Type, language: str) -> Element:
    title = each.title[language]
    html = _with_key(title if title == each.name else f"{title} <small>{each.name}</small>", each.hotkey)
    return Element(
        "Label",
        {"value": each.name, "html": html, "hint": each.definition[language], "hotkey": each.hotkey, "background": each.color},
    )


def _relations(view: Element, schema: Schema) -> None:
    names = [role.name for layer in schema.frame_layers for role in layer.roles] + [layer.name for layer in schema.link_layers]
    if names:
        relations = SubElement(view, "Relations")
        for name in dict.fromkeys(names):
            SubElement(relations, "Relation", {"value": name})


def _region_questions(box: Element, schema: Schema) -> None:
    for layer in schema.frame_layers:
        asked = {each.name: each for each in layer.attributes}
        for control in attribute_controls(layer):
            _attribute(box, control, asked[control.attribute], layer, schema.language)
    for mentions in schema.mention_layers:
        when = _when(mentions, None)
        line = row(box, None, visibleWhen="region-selected", **when)
        words(line, entity_control(mentions.name), WORDS["entity"][schema.language], {"perRegion": "true", **when})
    several = {"name": UNSURE, "toName": TEXT, "perRegion": "true", "choice": "multiple", "showInline": "true"}
    unsure = SubElement(row(box, None), "Choices", several)
    SubElement(unsure, "Choice", {"value": UNSURE, "html": WORDS["unsure"][schema.language]})


def _when(layer: MentionLayer | FrameLayer, types: tuple[str, ...] | None) -> dict[str, str]:
    """Which regions a question is for. The types are named even where all are meant: a hotkey answers a hidden question too, and
    only by this list does Label Studio leave such an answer out."""
    return {"whenTagName": layer.name, "whenLabelValue": ",".join(types or [each.name for each in layer.types])}


def _attribute(box: Element, control: Control, attribute: Attribute, layer: FrameLayer, language: str) -> None:
    when = _when(layer, control.types)
    line = row(box, attribute.title[language], visibleWhen="region-selected", **when)
    values = [value for value in attribute.values if control.types is None or value.types is None or set(control.types) <= set(value.types)]
    choices(line, control.name, values, language, {"perRegion": "true", **when})


def _document_questions(box: Element, schema: Schema) -> None:
    for layer in schema.choice_layers:
        for question in layer.questions:
            line = row(box, question.title[schema.language])
            choices(line, question_control(layer, question), list(question.values), schema.language, {})
    line = row(box, WORDS["unusable"][schema.language])
    reasons = [Value(name=reason, title=WORDS[reason]) for reason in UNUSABLE_REASONS]
    choices(line, UNUSABLE, reasons, schema.language, {})
    words(row(box, None), NOTE, WORDS["note"][schema.language], {})


def choices(box: Element, name: str, values: list[Value], language: str, more: dict[str, str]) -> None:
    control = SubElement(box, "Choices", {"name": name, "toName": TEXT, "choice": "single", "showInline": "true", **more})
    for value in values:
        choice = SubElement(control, "Choice", {"value": value.name, "html": _with_key(value.title[language], value.hotkey)})
        if value.hotkey is not None:
            choice.set("hotkey", value.hotkey)


def words(box: Element, name: str, placeholder: str, more: dict[str, str]) -> None:
    free = {"name": name, "toName": TEXT, "placeholder": placeholder, "maxSubmissions": "1", "editable": "true", "rows": "1"}
    SubElement(box, "TextArea", free | more)


def _no_more_hotkeys(view: Element) -> None:
    """Label Studio gives a choice without a key some free digit or letter; one that is on no keyboard keeps it from doing so."""
    for number, choice in enumerate(each for each in view.iter("Choice") if "hotkey" not in each.attrib):
        choice.set("hotkey", f"—{number}")
