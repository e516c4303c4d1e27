"""The page on which an adjudicator decides: the schema's labelling page, with what is contested, and a verdict on it.

A contested region carries two labels: first the schema's own, so that the questions of its type are asked of it, answered as its
annotators did, and can be changed like any other (Label Studio goes by a region's first label); then its candidate letters: A, or A+B
where two annotators marked the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from annotate.schema.labelling_page import TEXT, UNUSABLE, choices, labelling_view, page_text, question_control, row, words
from annotate.schema.load import STUDIO_HOTKEYS
from annotate.schema.model import Schema, Value

CANDIDATE = "candidate"
VERDICT = "verdict"
TAKE, REJECT = "take", "reject"
REASON = "reason"
REASONS = ("guideline unclear", "annotator slip", "truly ambiguous", "text error")
COMMENT = "comment"
LINKS = "contested_links"
NO_LINK = "none"

# Okabe and Ito's colours, told apart by the colour-blind (https://jfly.uni-koeln.de/color/); what several marked alike is grey.
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#F0E442")
SEVERAL = "#777777"

TITLES = {
    CANDIDATE: {"ar": "المرشَّح", "en": "Candidate"},
    VERDICT: {"ar": "القرار", "en": "Verdict"},
    TAKE: {"ar": "يُعتمد", "en": "take"},
    REJECT: {"ar": "يُرفض", "en": "reject"},
    REASON: {"ar": "سبب الخلاف", "en": "Why they differ"},
    "guideline unclear": {"ar": "الدليل غير واضح", "en": "guideline unclear"},
    "annotator slip": {"ar": "سهو موسِّم", "en": "annotator slip"},
    "truly ambiguous": {"ar": "يحتمل الوجهين", "en": "truly ambiguous"},
    "text error": {"ar": "خطأ في النص", "en": "text error"},
    COMMENT: {"ar": "تعليق", "en": "Comment"},
}

# Label Studio writes a region's id into a class, so that ids can say which candidate it is: in its colour, with its letter; what is
# agreed is only underlined. Of candidates on one stretch of text the inner covers the outer, but for the outer's letter, where it can
# be clicked (a region in several pieces has it on the last, the one with data-label). What a region says is written under "Info", in
# the direction of its words.
STYLE = """
.annotate-votes { margin-inline-start: 12px; padding: 0 8px; border-inline-start: 3px solid #D55E00; }
.annotate-hidden { display: none; }
.lsf-detailed-region__meta-text { white-space: pre-line; unicode-bidi: plaintext; text-align: start; }
.lsf-detailed-region__meta-text { word-break: normal !important; line-break: auto !important; overflow-wrap: break-word; }
.htx-highlight[class*="htx-highlight-agreed_"]:not(:hover, .__active) {
  background-color: transparent !important; border-bottom: 1px dotted var(--color-neutral-border-bolder);
}
"""
OF_LETTERS = """.htx-highlight[class*="htx-highlight-{id}"]:not(.__active) { background-color: {colour}55 !important; }
.htx-highlight[data-label][class*="htx-highlight-{id}"]::after {
  content: "{letters}"; display: inline; margin-inline: 2px; font-size: 10px; vertical-align: super; unicode-bidi: isolate;
}
"""


def region_prefix(letters: str) -> str:
    """What the ids of a candidate's region begin with, those of agreed ones where there are no letters. Nothing that CSS would read."""
    return f"{letters.replace('+', '-') or 'agreed'}_"


def votes_key(control: str) -> str:
    """The task's data key that says what the annotators answered, where they differ; empty where they do not."""
    return f"votes_{control}"


def vote_controls(schema: Schema) -> list[str]:
    """The controls of the questions about the whole article, and whether it can be annotated."""
    return [*(question_control(layer, question) for layer in schema.choice_layers for question in layer.questions), UNUSABLE]


def adjudication_page(schema: Schema, letters: Sequence[str]) -> str:
    """The page as XML; ``letters`` are the candidates' labels: A, B, A+B …"""
    view = labelling_view(schema)
    style = view.find("Style")
    assert style is not None
    style.text = f"{style.text or ''}{_style(letters)}"
    _candidates(view, letters)
    _verdict(view, schema)
    _votes(view, schema)
    if schema.link_layers:
        _links(view, schema)
    return page_text(view)


def _box(view: Element, name: str) -> Element:
    return next(each for each in view.findall("View") if each.get("className") == name)


def _style(letters: Sequence[str]) -> str:
    filled = {each: OF_LETTERS.replace("{id}", region_prefix(each)).replace("{colour}", _colour(each)) for each in letters}
    return STYLE + "".join(rules.replace("{letters}", each) for each, rules in filled.items())


def _colour(letters: str) -> str:
    return SEVERAL if "+" in letters else COLOURS[(ord(letters[0]) - ord("A")) % len(COLOURS)]


def _candidates(view: Element, letters: Sequence[str]) -> None:
    """Not to be drawn with, so not shown: they only say of a region whose it is."""
    hidden = SubElement(_box(view, "annotate-labels"), "View", {"className": "annotate-hidden"})
    control = SubElement(hidden, "Labels", {"name": CANDIDATE, "toName": TEXT})
    for number, each in enumerate(letters or ("A",)):
        # A label without a key is given some free digit or letter; this one is on no keyboard.
        SubElement(control, "Label", {"value": each, "background": _colour(each), "hotkey": f"–{number}"})


def _verdict(view: Element, schema: Schema) -> None:
    """Above the questions of the region's type. Asked of every region, for an added one has a reason too."""
    box, language = _box(view, "annotate-region"), schema.language
    keys = _free_keys(schema)
    asked: list[Element] = []
    more = {"perRegion": "true"}
    for name, values in ((VERDICT, (TAKE, REJECT)), (REASON, REASONS)):
        line = row(Element("View"), TITLES[name][language])
        offered = [Value(name=each, title=TITLES[each], hotkey=keys.pop(0) if keys and name == VERDICT else None) for each in values]
        choices(line, name, offered, language, more)
        asked.append(line)
    line = row(Element("View"), None)
    words(line, COMMENT, TITLES[COMMENT][language], more)
    for place, each in enumerate([*asked, line]):
        box.insert(place, each)


def _free_keys(schema: Schema) -> list[str]:
    """Letters that the schema leaves free, those under the left hand first."""
    used = {each.hotkey for layer in schema.span_layers.values() for each in layer.types} | STUDIO_HOTKEYS
    used |= {value.hotkey or "" for layer in schema.frame_layers for each in layer.attributes for value in each.values}
    used |= {value.hotkey or "" for layer in schema.choice_layers for each in layer.questions for value in each.values}
    return [each for each in "vxqszdjrh" if each not in used]


def _votes(view: Element, schema: Schema) -> None:
    """Beside each question about the article, what the annotators answered where they differ."""
    box = _box(view, "annotate-document")
    asked = {choice.get("name"): line for line in box.findall("View") for choice in line.findall("Choices")}
    for control in vote_controls(schema):
        shown = SubElement(asked[control], "View", {"className": "annotate-votes"})
        SubElement(shown, "Header", {"value": f"${votes_key(control)}", "size": "5", "style": "margin: 0; font-size: 13px;"})


def _links(view: Element, schema: Schema) -> None:
    """Links that only some drew, to be ticked where they hold; the task brings them as choices of its own."""
    title = " · ".join(layer.title[schema.language] for layer in schema.link_layers)
    line = row(Element("View"), title)
    SubElement(line, "Choices", {"name": LINKS, "toName": TEXT, "choice": "multiple", "value": f"${LINKS}", "layout": "vertical"})
    _box(view, "annotate-document").insert(0, line)
