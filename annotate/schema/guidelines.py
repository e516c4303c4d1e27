"""The guidelines, generated from the schema: one Markdown page a language, and the same as HTML for Label Studio's instructions."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from annotate.schema.model import Attribute, ChoiceLayer, FrameLayer, MentionLayer, Question, Schema, Type

WORDS = {
    "ar": {
        "version": "الإصدار",
        "types": "الأنواع",
        "type": "النوع",
        "name": "الاسم",
        "definition": "التعريف",
        "key": "المفتاح",
        "attributes": "الصفات",
        "values": "القيم",
        "default": "المفترض",
        "roles": "الأدوار",
        "fills": "يملؤه",
        "questions": "الأسئلة",
        "rules": "القواعد",
        "general": "في كل مقال",
        "unsure": "إن لم تكن متأكدًا فعلّم «لست متأكدًا» ولا تحذف ما رأيت.",
        "skip": "إن كان المقال لا يصلح للتوسيم فاختر السبب وسلّمه؛ لا تتخطّه.",
        "alone": "اعمل وحدك: لا تفتح عمل غيرك ولا تناقش المقال قبل تسليمه.",
    },
    "en": {
        "version": "Version",
        "types": "Types",
        "type": "Type",
        "name": "Name",
        "definition": "Definition",
        "key": "Key",
        "attributes": "Attributes",
        "values": "Values",
        "default": "default",
        "roles": "Roles",
        "fills": "Filled by",
        "questions": "Questions",
        "rules": "Rules",
        "general": "In every article",
        "unsure": "When in doubt, tick “Not sure”; do not delete what you saw.",
        "skip": "When an article cannot be annotated, choose the reason and submit; do not skip it.",
        "alone": "Work alone: do not open others' work, nor discuss an article before you have submitted it.",
    },
}


def guidelines(schema: Schema, language: str) -> str:
    """The guidelines in Markdown."""
    words = WORDS[language]
    lines = [f"# {schema.title[language]}", "", f"{words['version']}: {schema.id}", "", f"## {words['general']}", ""]
    lines += [f"- {words[key]}" for key in ("alone", "unsure", "skip")]
    for layer in schema.layers:
        lines += ["", f"## {layer.title[language]} (`{layer.name}`)"]
        if layer.rules:
            lines += ["", *(f"{number}. {rule[language]}" for number, rule in enumerate(layer.rules, 1))]
        if isinstance(layer, MentionLayer | FrameLayer):
            lines += _types(layer.types, language)
        if isinstance(layer, FrameLayer):
            lines += _attributes(layer, language)
            lines += _roles(layer, language)
        if isinstance(layer, ChoiceLayer):
            lines += _questions(layer, language)
    text = "\n".join(lines) + "\n"
    return f'<div dir="rtl">\n\n{text}\n</div>\n' if language == "ar" else text


def instructions(schema: Schema) -> str:
    """The guidelines' rules as HTML, short enough for Label Studio's instruction window."""
    language = schema.language
    words = WORDS[language]
    parts = [f"<h3>{escape(schema.title[language])}</h3>", _items(words[key] for key in ("alone", "unsure", "skip"))]
    for layer in schema.layers:
        parts.append(f"<h4>{escape(layer.title[language])}</h4>")
        parts.append(_items(rule[language] for rule in layer.rules))
        if isinstance(layer, MentionLayer | FrameLayer):
            parts.append(_items(f"{each.title[language]} · {each.name}: {each.definition[language]}" for each in layer.types))
        if isinstance(layer, FrameLayer):
            parts.append(_items(f"{role.title[language]} · {role.name}: {role.definition[language]}" for role in layer.roles))
    direction = "rtl" if language == "ar" else "ltr"
    return f'<div dir="{direction}">{"".join(parts)}</div>'


def _items(lines: Iterator[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _table(title: str, head: list[str], rows: list[list[str]]) -> list[str]:
    if not rows:
        return []
    return [
        "",
        f"### {title}",
        "",
        f"| {' | '.join(head)} |",
        f"|{' --- |' * len(head)}",
        *(f"| {' | '.join(map(_cell, row))} |" for row in rows),
    ]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _types(types: tuple[Type, ...], language: str) -> list[str]:
    words = WORDS[language]
    rows = [[f"`{each.name}`", each.title[language], each.definition[language], f"`{each.hotkey}`"] for each in types]
    return _table(words["types"], [words["type"], words["name"], words["definition"], words["key"]], rows)


def _attributes(layer: FrameLayer, language: str) -> list[str]:
    words = WORDS[language]
    rows = [[f"`{each.name}`", each.title[language], _values(each, language)] for each in layer.attributes]
    return _table(words["attributes"], [words["attributes"], words["name"], words["values"]], rows)


def _values(asked: Attribute | Question, language: str) -> str:
    shown = []
    for value in asked.values:
        mark = f" ({WORDS[language]['default']})" if isinstance(asked, Attribute) and value.name == asked.default else ""
        types = f" [{', '.join(value.types)}]" if value.types else ""
        shown.append(f"`{value.name}` {value.title[language]}{types}{mark}")
    return "; ".join(shown)


def _roles(layer: FrameLayer, language: str) -> list[str]:
    words = WORDS[language]
    rows = [[f"`{each.name}`", each.title[language], each.definition[language], ", ".join(each.fills)] for each in layer.roles]
    return _table(words["roles"], [words["roles"], words["name"], words["definition"], words["fills"]], rows)


def _questions(layer: ChoiceLayer, language: str) -> list[str]:
    words = WORDS[language]
    rows = [[f"`{each.name}`", each.title[language], _values(each, language)] for each in layer.questions]
    return _table(words["questions"], [words["questions"], words["name"], words["values"]], rows)
