"""Read schema.yaml, with every fault named by file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from annotate.errors import BadInput, Problem, raise_bad_input
from annotate.schema.labelling_page import attribute_controls, entity_control, question_control
from annotate.schema.load_migrations import load_migrations
from annotate.schema.model import Attribute, ByLanguage, ChoiceLayer, FrameLayer, LinkLayer, MentionLayer, Question, Schema, Type

# libyaml's parser where PyYAML was built with it: ten times as fast.
ENDLESS = "nested without end, or a YAML alias that contains itself; write it out"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

PathKey = tuple[str | int, ...]

NAME = re.compile(r"[a-z][a-z0-9_]*")
LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
LANGUAGES = ("ar", "en")  # those the page and the guidelines have words of their own in
VERSION = re.compile(r"\d+\.\d+\.\d+")
COLOR = re.compile(r"#[0-9a-fA-F]{6}")
HOTKEY = re.compile(r"(?:shift\+)?[a-z0-9]")

# Keys of a release record that are not layers, those of a frame (a link layer is one), and controls that the labelling and the
# adjudication page always have.
RECORD_KEYS = "id original_id schema lang title text text_sha256 zones sentences source date group split weight provenance"
FRAME_KEYS = "type start end attributes arguments"
PAGE_CONTROLS = "unusable note unsure candidate verdict reason comment contested_links"
RESERVED = frozenset([*RECORD_KEYS.split(), *FRAME_KEYS.split(), "article", "annotator", *PAGE_CONTROLS.split()])
# Label Studio 1.23's own key for "unselect region".
STUDIO_HOTKEYS = frozenset({"u"})


def load_schema(path: Path) -> Schema:
    """The schema in a YAML file, with the migrations that lie beside it.

    Raises BadInput listing every fault as ``file:line: message``.
    """
    plain, lines = _read(path)
    if isinstance(plain, dict) and "migrations" in plain:
        raise BadInput(f"{path}:{_line(lines, ('migrations',))}: migrations are files of their own; see docs/sync.md")
    try:
        schema = msgspec.convert(plain, Schema)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        unknown = re.findall("unknown field `(.*)`", message)
        line = _line(lines, (*_path_of(where.rstrip("`")), *unknown))
        raise BadInput(f"{path}:{line}: {message}; docs/schema.md lists what may stand here") from None
    raise_bad_input([Problem(f"{path}:{_line(lines, where)}", message) for where, message in _faults(schema)])
    return msgspec.structs.replace(schema, migrations=load_migrations(path.parent, schema))


def _read(path: Path) -> tuple[Any, dict[PathKey, int]]:
    try:
        text = path.read_text("utf-8")
        node = yaml.compose(text, Loader=LOADER)
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; name a schema.yaml, or run `annotate init` to get one") from None
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; name a schema.yaml that can be read") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadInput(f"{path}:{line}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else text.encode()[: getattr(error, "position", 0)].count(b"\n") + 1
        raise BadInput(f"{path}:{line}: not YAML: {getattr(error, 'problem', None) or str(error).splitlines()[0]}") from None
    except RecursionError:
        raise BadInput(f"{path}:1: {ENDLESS}") from None
    lines: dict[PathKey, int] = {}
    try:
        return _plain(node, (), lines, path), lines
    except RecursionError:
        raise BadInput(f"{path}:1: {ENDLESS}") from None


def _plain(node: yaml.Node | None, where: PathKey, lines: dict[PathKey, int], path: Path) -> Any:
    """A YAML node as plain data, noting the line of every path into it."""
    if node is None:
        raise BadInput(f"{path}:1: empty; a schema has name, version, title, language and layers")
    lines[where] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        plain: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in plain:
                raise BadInput(f"{path}:{key_node.start_mark.line + 1}: the key {key!r} stands twice; remove one")
            plain[key] = _plain(value_node, (*where, key), lines, path)
            lines[(*where, key)] = key_node.start_mark.line + 1
        return plain
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each, (*where, index), lines, path) for index, each in enumerate(node.value)]
    try:
        return yaml.SafeLoader("").construct_object(node)
    except Exception:  # 2024-13-45 is a ValueError, an unknown tag a YAMLError, and there are others
        raise BadInput(f"{path}:{lines[where]}: {node.value!r} is no {node.tag}; put it in quotes") from None


def _path_of(text: str) -> PathKey:
    """msgspec's ``$.layers[0].types[1]`` as a path key."""
    return tuple(int(index) if index else name for index, name in re.findall(r"\[(\d+)\]|\.(\w+)", text))


def _line(lines: dict[PathKey, int], where: PathKey) -> int:
    while where and where not in lines:
        where = where[:-1]
    return lines.get(where, 1)


Fault = tuple[PathKey, str]


def _faults(schema: Schema) -> Iterator[Fault]:
    if not NAME.fullmatch(schema.name.replace("-", "_")):
        yield ("name",), f"unsafe name {schema.name!r}; use lower-case letters, digits and -"
    if not VERSION.fullmatch(schema.version):
        yield ("version",), f"version {schema.version!r} is not of the form 1.2.3"
    for language in schema.title:
        if language not in LANGUAGES:
            yield ("title", language), f"unknown language {language!r}; the toolkit has words in {', '.join(LANGUAGES)}"
    if schema.language not in schema.title:
        yield ("language",), f"the title has no {schema.language!r}; give one, or name another language"
    if not schema.layers:
        yield ("layers",), "no layers; a schema has at least one"
    yield from _repeated([("layers", i) for i in range(len(schema.layers))], [each.name for each in schema.layers], "layer")
    yield from _hotkey_faults(schema)
    yield from _control_faults(schema)
    for place, titles in _titles(schema):
        yield from _title_faults(place, titles, [each for each in schema.languages if each in LANGUAGES])
    for index, layer in enumerate(schema.layers):
        where: PathKey = ("layers", index)
        if not NAME.fullmatch(layer.name) or layer.name in RESERVED:
            yield (*where, "name"), f"unsafe layer name {layer.name!r}; use lower-case letters, digits and _, none of the record's own keys"
        if isinstance(layer, MentionLayer | FrameLayer):
            yield from _type_faults(where, layer)
        if isinstance(layer, FrameLayer):
            yield from _role_faults(where, layer, schema)
            for number, attribute in enumerate(layer.attributes):
                yield from _attribute_faults((*where, "attributes", number), attribute, layer)
            yield from _named((*where, "attributes"), [each.name for each in layer.attributes], "attribute", NAME)
        if isinstance(layer, LinkLayer):
            if layer.between not in {each.name for each in schema.frame_layers}:
                yield (*where, "between"), f"{layer.between!r} is no layer of frames in this schema"
            if any(layer.name == role.name for frames in schema.frame_layers for role in frames.roles):
                yield (*where, "name"), f"the link layer {layer.name!r} has the name of a role; an arrow could mean either"
        if isinstance(layer, ChoiceLayer):
            yield from _named((*where, "questions"), [each.name for each in layer.questions], "question", NAME)
            for number, question in enumerate(layer.questions):
                yield from _named((*where, "questions", number, "values"), [each.name for each in question.values], "value", LABEL)
                yield from _level_faults((*where, "questions", number), question)


def _type_faults(where: PathKey, layer: MentionLayer | FrameLayer) -> Iterator[Fault]:
    if not layer.types:
        yield (*where, "types"), f"the layer {layer.name!r} has no types"
    yield from _named((*where, "types"), [each.name for each in layer.types], "type", LABEL)
    for index, each in enumerate(layer.types):
        if not COLOR.fullmatch(each.color):
            yield (*where, "types", index, "color"), f"{each.color!r} is no colour of the form #1f77b4"


def _role_faults(where: PathKey, layer: FrameLayer, schema: Schema) -> Iterator[Fault]:
    yield from _named((*where, "roles"), [each.name for each in layer.roles], "role", NAME)
    known = set(schema.span_layers) | {f"{name}.{each.name}" for name, spans in schema.span_layers.items() for each in spans.types}
    for index, role in enumerate(layer.roles):
        for number, filler in enumerate(role.fills):
            if filler not in known:
                yield (
                    (*where, "roles", index, "fills", number),
                    f"the role {role.name!r} is filled by the unknown {filler!r}; name a layer, or layer.TYPE",
                )


def _attribute_faults(where: PathKey, attribute: Attribute, layer: FrameLayer) -> Iterator[Fault]:
    yield from _named((*where, "values"), [each.name for each in attribute.values], "value", LABEL)
    yield from _level_faults(where, attribute)
    types = {each.name for each in layer.types}
    if attribute.default is not None and attribute.default not in {each.name for each in attribute.values}:
        yield (*where, "default"), f"the default {attribute.default!r} is none of the values of {attribute.name!r}"
    for name in attribute.types or ():
        if name not in types:
            yield (*where, "types"), f"{attribute.name!r} is asked of the unknown type {name!r}"
    for index, value in enumerate(attribute.values):
        for name in value.types or ():
            if name not in types:
                yield (*where, "values", index, "types"), f"the value {value.name!r} is for the unknown type {name!r}"


def _level_faults(where: PathKey, asked: Attribute | Question) -> Iterator[Fault]:
    """A scale of the level interval or ratio has a number for every value, one of the level ratio none below zero."""
    if asked.level not in ("interval", "ratio"):
        return
    for index, value in enumerate(asked.values):
        place = (*where, "values", index)
        if value.number is None:
            yield place, f"the value {value.name!r} has no number, which the level {asked.level} needs; give it one, such as number: 2"
        elif asked.level == "ratio" and value.number < 0:
            yield (*place, "number"), f"{value.number:g} is below the true zero of the level ratio; use the level interval"


def _hotkey_faults(schema: Schema) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for where, owner, hotkey in _hotkeys(schema):
        if not HOTKEY.fullmatch(hotkey):
            yield where, f"hotkey {hotkey!r} of {owner}: use one letter or digit, with shift+ or without"
        elif hotkey in STUDIO_HOTKEYS:
            yield where, f"hotkey {hotkey!r} of {owner} is one of Label Studio's own; choose another"
        elif hotkey in seen:
            yield where, f"duplicate hotkey {hotkey!r}: {owner} and {seen[hotkey]}; choose another for one of them"
        seen.setdefault(hotkey, owner)


def _control_faults(schema: Schema) -> Iterator[Fault]:
    """Layers whose name is that of a control that another layer's attributes or questions have on the labelling page."""
    controls = {control.name for layer in schema.frame_layers for control in attribute_controls(layer)}
    controls |= {question_control(layer, question) for layer in schema.choice_layers for question in layer.questions}
    controls |= {entity_control(layer.name) for layer in schema.mention_layers}
    for index, layer in enumerate(schema.layers):
        if layer.name in controls:
            yield ("layers", index, "name"), f"the layer {layer.name!r} has the name of a control of another layer; rename it"


def _hotkeys(schema: Schema) -> Iterator[tuple[PathKey, str, str]]:
    for index, layer in enumerate(schema.layers):
        for number, each in enumerate(getattr(layer, "types", ())):
            yield ("layers", index, "types", number, "hotkey"), each.name, each.hotkey
        for key in ("attributes", "questions"):
            for number, asked in enumerate(getattr(layer, key, ())):
                for place, value in enumerate(asked.values):
                    if value.hotkey is not None:
                        yield ("layers", index, key, number, "values", place, "hotkey"), f"{asked.name} {value.name}", value.hotkey


def _titles(schema: Schema) -> Iterator[tuple[PathKey, ByLanguage]]:
    """Every text a person is shown, with its place."""
    yield ("title",), schema.title
    for index, layer in enumerate(schema.layers):
        where: PathKey = ("layers", index)
        yield (*where, "title"), layer.title
        for number, rule in enumerate(layer.rules):
            yield (*where, "rules", number), rule
        for key in ("types", "roles", "attributes", "questions"):
            for number, each in enumerate(getattr(layer, key, ())):
                yield (*where, key, number, "title"), each.title
                if isinstance(each, Type) or key == "roles":
                    yield (*where, key, number, "definition"), each.definition
                for place, value in enumerate(getattr(each, "values", ())):
                    yield (*where, key, number, "values", place, "title"), value.title


def _title_faults(where: PathKey, titles: ByLanguage, languages: list[str]) -> Iterator[Fault]:
    for language in languages:
        if not titles.get(language, "").strip():
            yield where, f"no {language!r} text; the schema's title is in {', '.join(languages)}"
    for language, text in titles.items():
        if where[-1] == "title" and (bad := set(text) & set("<>&\"'")):
            yield (*where, language), f"the label {text!r} holds {' '.join(sorted(bad))}, special in XML; write it without"


def _named(where: PathKey, names: list[str], what: str, safe: re.Pattern[str]) -> Iterator[Fault]:
    for index, name in enumerate(names):
        if not safe.fullmatch(name):
            yield (*where, index, "name"), f"unsafe {what} name {name!r}; use Latin letters, digits and _"
    yield from _repeated([(*where, index) for index in range(len(names))], names, what)


def _repeated(places: list[PathKey], names: list[str], what: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for where, name in zip(places, names, strict=True):
        if name in seen:
            yield (*where, "name"), f"the {what} {name!r} stands twice; remove or rename one"
        seen.add(name)
