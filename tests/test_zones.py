"""Zones: each line marked for what it is, the spans inside lines, rules of one's own, and scores on articles the rules were not made on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import msgspec
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.corpus.zones.lines import short_lines, unknown_lines
from annotate.corpus.zones.mark import zones
from annotate.corpus.zones.recurring import recurring_lines
from annotate.corpus.zones.rules import bundled_rules, fold, fold_lines, is_plain, load_rules
from annotate.errors import BadInput
from annotate.records import Article, Source, Zone
from annotate.steps import ingest, init, pool
from annotate.store import Store
from annotate.workspace import Workspace, find_workspace
from tests.articles import stored
from tests.conftest import ROOT, not_run

HELD_OUT = ROOT / "tests" / "data" / "zones.jsonl"
REAL = ROOT.parent / "shared" / "articles"

# What a line says

LINES = {
    "boilerplate": (
        "يرجى تفعيل جافا سكريبت في متصفحك لمشاهدة الموقع",
        "يرجى تشغيل الجافاسكربت",
        "Please enable JavaScript to read the Velmora Post.",
        "Site icon تسرين اليوم",
        "أيقونة الموقع",
        "اقرأ المزيد: فيلمورا توقع",
        "إقــرأُ أيضًا",
        "Read more: Velmora signs",
        "📲 شارك الخبر",
        "المزيد من الأخبار",
        "طباعة",
        "منذ ساعتين",
        "منذ ٩ ساعات",
        "السياسة منذ 3 أيام",
        "World 2 hours ago",
        "2 hours ago - Tasrin Post: Bread prices steady",
        "الرئيسية > دوليات > قادريا",
        "HOME NEWS SPORT CULTURE OPINION",
        "Facebook Twitter WhatsApp",
        "12 comments",
        "3 min read",
        "نستخدم ملفات تعريف الارتباط لتحسين تجربتك، وباستمرارك في التصفح توافق على سياستنا.",
        "Your email address will not be published. Required fields are marked *",
        "© 2025 The Velmora Post. All rights reserved.",
        "{{ related_block }}",
        '<div class="ad">',
        "https://tasrin.example/a/17",
        "#تسرين #فيلمورا",
        "* * *",
    ),
    "byline": (
        "كتب نادر قصوان",
        "بقلم: ليلى مرداس",
        "By Leila Mardas",
        "تسرين - وكالة فيلمورا",
        "الخميس، 7 نوفمبر 2024",
        "الخميس 14 نوفمبر / تشرين الثاني ٢٠٢٤",
        "Thursday, 7 November 2024",
        "Published 22.03.2025, 17:40 | Updated 18:25",
    ),
    "agency": ("(وكالات)", "(أ ف ب)", "المصدر: وكالة تسرين", "Source: Tasrin Post"),
    "syndication": ("المحتوى مقدم من وكالة تسرين", "This story was supplied by Northline Wire and edited by our desk."),
    "dateline": ("تسرين (مرصد)", "Tasrin, 9 May 2025"),
    "caption": (
        "جنود من فيلمورا عند الجسر (أ ف ب)",
        "مبنى البرلمان في تسرين (صورة: تسرين اليوم)",
        "Ships in the harbour of Tasrin (photo: Tasrin Post)",
    ),
    "body": (
        "أعلنت فيلمورا، الخميس، توقيع اتفاق مع قادريا في تسرين بحضور وزيري الخارجية.",
        "Velmora signed an accord with Qadria on Thursday, its foreign ministry said.",
        "وقال المتحدث: «لن نوقع».",
        "وصل الوفد منذ ساعتين إلى القصر.",
        "Two hours ago, the lights came back.",
        "انضم الرئيس السابق إلى المحتجين أمام القصر.",
        "Follow the money, the opposition leader told reporters.",
        "Share prices fell.",
        "😀",
    ),
}


@pytest.mark.parametrize(("label", "line"), [(label, line) for label, lines in LINES.items() for line in lines])
def test_a_line_is_marked_for_what_it_is(label: str, line: str) -> None:
    assert zones(f"Velmora signs\n{line}", "Velmora signs") == (
        Zone(0, 13, "title"),
        Zone(14, 14 + len(line), label),
    )


# Where a line stands

PARAGRAPHS = (
    "وقّعت فيلمورا وقادريا، الخميس، اتفاقًا لتقاسم مياه النهر في قصر الضفة بتسرين، بعد محادثات استمرت ثلاثة أيام.",
    "وقال الرئيس نادر قصوان إن الاتفاق «ينهي خلافًا دام عشرين عامًا»، وشكر الوسطاء من سهيميا على صبرهم.",
    "ورفضت المعارضة الاتفاق، ودعت إلى التظاهر أمام البرلمان صباح السبت المقبل حتى يسقط.",
)
TITLE = "فيلمورا وقادريا تتقاسمان مياه النهر"


def labels(*lines: str, title: str | None = TITLE, publisher: str | None = None) -> list[str]:
    """The labels of the lines, spans left out."""
    text = "\n".join(lines)
    starts = {zone.start: zone.label for zone in reversed(zones(text, title, publisher=publisher))}
    return [starts[start] for start in sorted(starts) if start == 0 or text[start - 1] == "\n"]


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("سباق القوارب الخشبية يعود إلى الضفة الشرقية بعد غياب عشر سنوات", "headline"),
        ("خمس وصفات سريعة لعشاء الصيف", "headline"),
        ("الشمال غاضب", "body"),
        ("خلاف على مياه النهر في البرلمان", "body"),  # a subhead: its words are the story's
        ("ماذا قالت المعارضة؟", "body"),
        ("- سحب القوات من الضفة الشرقية خلال شهر واحد فقط", "body"),
        ("«لن نوقع على بيع نهرنا لأحد مهما كان الثمن»", "body"),
        ("اقتصاد", "body"),  # between paragraphs a section's name may be a subhead
        ("رئيس الوفدين بعد الجلسة الأخيرة (نهرين)", "caption"),
    ],
)
def test_between_paragraphs(line: str, label: str) -> None:
    assert labels(TITLE, PARAGRAPHS[0], line, PARAGRAPHS[1], PARAGRAPHS[2]) == ["title", "body", label, "body", "body"]


def test_what_follows_the_head_of_a_list_of_stories_is_headlines() -> None:
    lines = ("مواضيع ذات صلة", "أسعار القمح تتراجع في الأسواق", "افتتاح معرض الكتاب في مرقاد")
    assert labels(TITLE, *PARAGRAPHS[:2], *lines, PARAGRAPHS[2])[3:] == ["boilerplate", "headline", "headline", "body"]


def test_without_full_stops_nothing_is_a_headline() -> None:
    bare = [paragraph.rstrip(".") + " " + PARAGRAPHS[0].rstrip(".") for paragraph in PARAGRAPHS]
    assert labels(TITLE, bare[0], "وصفات سريعة لعشاء صيف حار جدًا", *bare[1:]) == ["title", *["body"] * 4]


def test_above_the_title_and_below_the_story_stand_the_pages_lines() -> None:
    above, below = ("نافذة على الضفاف", "سياسة"), ("شارك الخبر", "نفاد تذاكر المباراة", "وصفة الكعك بالسمسم")
    expected = ["boilerplate"] * 2 + ["title", "byline", "body", "body", "boilerplate", "boilerplate", "boilerplate"]
    assert labels(*above, TITLE, "سليم الهدار", *PARAGRAPHS[:2], *below) == expected


def test_a_line_among_menus_is_one() -> None:
    assert labels(TITLE, *PARAGRAPHS[:2], "منذ ساعتين", "القوارب تعود", "منذ 3 ساعات", PARAGRAPHS[2])[3:6] == ["boilerplate"] * 3


def test_the_outlets_name_is_boilerplate_where_it_is_known() -> None:
    lines = (TITLE, *PARAGRAPHS[:2], "تسرين اليوم", PARAGRAPHS[2])
    assert labels(*lines)[3] == "body"
    assert labels(*lines, publisher="تسرين اليوم")[3] == "boilerplate"


# The title


def labelled(text: str, title: str | None) -> list[tuple[str, str]]:
    return [(text[zone.start : zone.end], zone.label) for zone in zones(text, title)]


def test_the_title_is_the_line_that_equals_it() -> None:
    text = "Velmora news\n\n  Velmora signs \nBody."
    assert labelled(text, "Velmora signs") == [("Velmora news", "boilerplate"), ("Velmora signs", "title"), ("Body.", "body")]


def test_the_outlets_name_may_stand_behind_the_title() -> None:
    assert labelled("Velmora signs | Tasrin Post\nBody.", "Velmora signs")[0][1] == "title"


def test_a_title_that_is_printed_again_is_boilerplate() -> None:
    assert labels(TITLE, TITLE, PARAGRAPHS[0]) == ["title", "boilerplate", "body"]
    assert labels("نافذة على الضفاف", TITLE, TITLE, PARAGRAPHS[0], title=None) == ["boilerplate", "title", "boilerplate", "body"]


@pytest.mark.parametrize("title", [None, "Qadria signs"])
def test_else_it_is_the_first_line_that_no_rule_knows(title: str | None) -> None:
    text = "Site icon\nBy Leila Mardas\nVelmora signs\nBody."
    assert labelled(text, title) == [
        ("Site icon", "boilerplate"),
        ("By Leila Mardas", "byline"),
        ("Velmora signs", "title"),
        ("Body.", "body"),
    ]


def test_else_it_is_the_line_whose_words_the_story_takes_up() -> None:
    assert labels("كل ما يجري على ضفتي العالم", TITLE, "سليم الهدار", *PARAGRAPHS, title=None)[:2] == ["boilerplate", "title"]


def test_a_single_word_above_the_first_paragraph_is_its_place() -> None:
    assert labels("تسرين", *PARAGRAPHS, title=None) == ["dateline", "body", "body", "body"]


def test_where_rules_know_every_line_there_is_no_title() -> None:
    assert labelled("Site icon\nRead more", None) == [("Site icon", "boilerplate"), ("Read more", "boilerplate")]


# Spans


@pytest.mark.parametrize(
    ("dateline", "rest"),
    [
        ("تسرين (مرصد) -", " وقّعت فيلمورا اتفاقًا لتقاسم مياه النهر مع جارتها قادريا بعد طول انتظار."),
        ("مرقاد/ مرصد/", " وقّعت فيلمورا اتفاقًا لتقاسم مياه النهر مع جارتها قادريا بعد طول انتظار."),
        ("TASRIN, Velmora —", " Velmora and Qadria agreed on Thursday to share the water of the river."),
        ("MERQAD, Feb 3 (Northline) -", " Velmora and Qadria agreed on Thursday to share the water of the river."),
        ("Merqad (Northline) –", " Velmora and Qadria agreed on Thursday to share the water of the river."),
    ],
)
def test_the_dateline_at_the_start_of_a_paragraph(dateline: str, rest: str) -> None:
    text = f"{TITLE}\n{dateline}{rest}"
    start = len(TITLE) + 1
    assert zones(text, TITLE)[1:] == (Zone(start, len(text), "body"), Zone(start, start + len(dateline), "dateline"))


@pytest.mark.parametrize(
    "paragraph",
    [
        "أعلنت تسرين - وهي عاصمة فيلمورا - أن المحادثات التي بدأت أمس ستتواصل حتى نهاية الأسبوع.",
        "NATO members met in Tasrin on Thursday and agreed to share the water of the river at last.",
        "He said (and he meant it) that Velmora and Qadria would share the water of the river.",
    ],
)
def test_a_paragraph_without_a_dateline_has_none(paragraph: str) -> None:
    assert len(zones(f"{TITLE}\n{paragraph}", TITLE)) == 2


@pytest.mark.parametrize(
    ("paragraph", "credit"),
    [
        (PARAGRAPHS[0], "(رويترز)"),
        (PARAGRAPHS[1], "(مرصد)"),
        ("Velmora and Qadria agreed on Thursday to share the water of the river, the ministry said.", "(Marsad agency)"),
        ("Velmora and Qadria agreed on Thursday to share the water of the river, the ministry said.", "— AFP"),
    ],
)
def test_the_agency_at_the_end_of_the_last_paragraph(paragraph: str, credit: str) -> None:
    text = f"{TITLE}\n{paragraph} {credit}"
    assert zones(text, TITLE)[-1] == Zone(len(text) - len(credit), len(text), "agency")


LAID_OUT = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(' \n\t\r\u00a0\u2028\u200f.!؟…»"()-|أبa')))
STORY = st.lists(st.one_of(LAID_OUT, st.sampled_from([*PARAGRAPHS, TITLE, "(رويترز)", "شارك", "TASRIN (AFP) —"]))).map("\n".join)


@given(STORY, st.one_of(st.none(), LAID_OUT, st.just(TITLE)), st.one_of(st.none(), LAID_OUT))
@settings(max_examples=300, deadline=None)
def test_zones_are_exactly_the_lines_and_spans_inside_them(text: str, title: str | None, publisher: str | None) -> None:
    found = zones(text, title, publisher=publisher)
    lines = [next(longest) for _, longest in groupby(found, key=lambda zone: text.count("\n", 0, zone.start))]
    spans = [zone for zone in found if zone not in lines]
    assert [text[zone.start : zone.end] for zone in lines] == [line.strip() for line in text.split("\n") if line.strip()]
    assert all(span.label in ("dateline", "agency") for span in spans)
    assert all(any(line.label == "body" and line.start <= span.start < span.end <= line.end for line in lines) for span in spans)
    assert list(found) == sorted(found, key=lambda zone: (zone.start, -zone.end))
    assert [zone.label for zone in found].count("title") <= 1


@pytest.mark.parametrize("line", ["a" * 10_000_000, "a " * 5_000_000, "(" * 10_000_000, "\u064b" * 10_000_000, "ال " * 3_000_000])
def test_a_line_of_ten_megabytes_is_a_line(line: str) -> None:
    assert zones(f"{TITLE}\n{line}", TITLE)[1] == Zone(len(TITLE) + 1, len(TITLE) + 1 + len(line.strip()), "body")


# Lines that recur


def article(number: int, *lines: str, title: str | None = None) -> Article:
    title = title or f"Velmora signs accord {number}"
    return Article(f"v{number}", None, "\n".join([title, *lines]), "en", title, Source("Tasrin Post"))


def test_an_outlets_recurring_lines_are_boilerplate_but_its_paragraphs_are_not() -> None:
    background = "Velmora and Qadria have quarrelled over the river for twenty years and fought two short wars for it."
    several = [
        article(n, f"Day {n} of the talks ended late, and nobody said a word.", "Our river, our voice", background) for n in range(3)
    ]
    recurring = recurring_lines(several)
    assert recurring == {"Tasrin Post": frozenset({"our river, our voice"})}
    text = several[0].text
    assert [zone.label for zone in zones(text, several[0].title)] == ["title", "body", "body", "body"]
    assert [zone.label for zone in zones(text, several[0].title, recurring=recurring["Tasrin Post"])] == [
        "title",
        "body",
        "boilerplate",
        "body",
    ]


def test_copies_of_one_article_make_no_line_recur() -> None:
    assert recurring_lines(article(n, "Our river, our voice", title="Velmora signs") for n in range(5)) == {"Tasrin Post": frozenset()}


# Rules of one's own


CONSENT = "By continuing to use this site you accept that it keeps cookies on the device with which you read it."
SEVERAL = st.lists(
    st.sampled_from([*PARAGRAPHS, CONSENT, TITLE, "(رويترز)", "شارك", "TASRIN (AFP) —", "Our river, our voice", "Tasrin Post"]),
    min_size=1,
    max_size=12,
)


@given(SEVERAL, st.data(), st.sampled_from([TITLE, None]))
@settings(max_examples=150, deadline=None)
def test_what_is_known_of_an_article_from_before_changes_no_zone(lines: list[str], data: st.DataObject, title: str | None) -> None:
    text = "\n".join(lines)
    recurring = frozenset(map(fold, data.draw(st.lists(st.sampled_from(lines)))))
    short = dict(short_lines(text))
    unknown = {zone.start for zone in zones(text, title) if zone.label == "body" and zone.start not in short}
    unknown |= data.draw(st.sets(st.sampled_from([*dict(unknown_lines(text, bundled_rules(), fold("Tasrin Post"))), -1])))
    again = zones(text, title, publisher="Tasrin Post", recurring=recurring)
    assert zones(text, title, publisher="Tasrin Post", recurring=recurring, unknown=unknown) == again


@given(st.lists(st.text(alphabet="aBأةْـ \t\u00a0\u200f\u2003'`İΣ٣-•.|", max_size=30), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_lines_are_folded_together_as_one_by_one(lines: list[str]) -> None:
    folded = [fold(line) for line in lines]
    assert list(fold_lines(lines)) == folded
    assert list(fold_lines(lines, is_plain("\n".join(lines)))) == folded


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_ones_own_adds_rules_and_goes_before_the_bundled_ones(tmp_path: Path) -> None:
    own = "[line]\nbyline = ['شارك الخبر']\nboilerplate = ['إبحارٌ سعيد']\n[words]\nbuttons = ['Ahoy']\n"
    rules = load_rules([written(tmp_path / "own.toml", own)])
    text = "Velmora signs\nشارك الخبر\nأبحار سعيد\nAHOY"
    assert [zone.label for zone in zones(text, "Velmora signs", rules=rules)] == ["title", "byline", "boilerplate", "boilerplate"]
    assert [zone.label for zone in zones(text, "Velmora signs")] == ["title", "boilerplate", "body", "body"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[line", "own.toml"),
        ("[lines]\nbyline = []", "lines"),
        ("[line]\nmenu = ['a']", "menu"),
        ("[line]\nbyline = 'a'", "line.byline"),
        ("[line]\nbyline = ['(a']", "no regular expression"),
        ("[line]\nbyline = ['(?P<who>a)']", "names a group"),
    ],
)
def test_what_is_wrong_in_a_file_of_rules_is_said(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=r"own\.toml") as caught:
        load_rules([written(tmp_path / "own.toml", text)])
    assert complaint in str(caught.value)


def test_a_file_of_rules_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.toml"):
        load_rules([tmp_path / "none.toml"])


# Scores. The rules were made on the five real articles, the demo's and others; never on the held-out ones.


class Span(msgspec.Struct, frozen=True):
    label: str
    line: int
    text: str


class Ambiguous(msgspec.Struct, frozen=True):
    line: int
    also: list[str]


class HeldOut(msgspec.Struct, frozen=True):
    """An invented article: each line with its label by hand, lines with a second label that would be right too, spans."""

    id: str
    lang: str
    publisher: str
    title: str | None
    lines: list[tuple[str, str]]
    spans: list[Span]
    ambiguous: list[Ambiguous]

    @property
    def article(self) -> Article:
        return Article(self.id, None, "\n".join(line for _, line in self.lines), self.lang, self.title, Source(self.publisher))

    def starts(self) -> Iterator[tuple[int, int]]:
        """(line, start) of those that are not blank."""
        start = 0
        for n, (_, line) in enumerate(self.lines):
            if line.strip():
                yield n, start + len(line) - len(line.lstrip())
            start += len(line) + 1


Pairs = Counter[tuple[str, str]]  # (label by hand, label found) → lines


def recall(pairs: Pairs, label: str) -> float:
    return pairs[label, label] / sum(count for (by_hand, _), count in pairs.items() if by_hand == label)


def precision(pairs: Pairs, label: str) -> float:
    return pairs[label, label] / sum(count for (_, found), count in pairs.items() if found == label)


@pytest.fixture(scope="module")
def held_out() -> list[HeldOut]:
    return [msgspec.json.decode(line, type=HeldOut) for line in HELD_OUT.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def found(held_out: list[HeldOut]) -> dict[str, tuple[Zone, ...]]:
    recurring = recurring_lines(each.article for each in held_out)
    return {
        each.id: zones(each.article.text, each.title, publisher=each.publisher, recurring=recurring[each.publisher]) for each in held_out
    }


def compare(held_out: list[HeldOut], found: dict[str, tuple[Zone, ...]], lenient: bool) -> Pairs:
    """``lenient`` takes a second label of an ambiguous line for right; else its first alone is."""
    pairs: Pairs = Counter()
    for each in held_out:
        by_start = {zone.start: zone.label for zone in reversed(found[each.id])}
        also = {ambiguous.line: ambiguous.also for ambiguous in each.ambiguous}
        for n, start in each.starts():
            by_hand, label = each.lines[n][0], by_start[start]
            pairs[label if lenient and label in also.get(n, ()) else by_hand, label] += 1
    return pairs


@pytest.mark.parametrize("lenient", [False, True])
def test_boilerplate_on_articles_the_rules_were_not_made_on(
    held_out: list[HeldOut], found: dict[str, tuple[Zone, ...]], lenient: bool
) -> None:
    pairs = compare(held_out, found, lenient)
    assert len(held_out) >= 40
    assert recall(pairs, "boilerplate") >= 0.9
    assert precision(pairs, "boilerplate") >= 0.95


def test_boilerplate_of_the_same_articles_as_ingest_stores_them(held_out: list[HeldOut], workspace: Workspace, tmp_path: Path) -> None:
    """With the lines that recur. Measured: recall 0.906, precision 0.973, and no paragraph among them."""
    rows = [{"id": each.id, "title": each.title, "publisher": each.publisher, "text": each.article.text} for each in held_out]
    articles = written(tmp_path / "articles.jsonl", "\n".join(map(json.dumps, rows)))
    assert not ingest.run(workspace, [str(articles)]).problems
    pairs = compare(held_out, {article.id: article.zones for article in stored(workspace).values()}, lenient=False)
    assert recall(pairs, "boilerplate") >= 0.9
    assert precision(pairs, "boilerplate") >= 0.95
    assert pairs["body", "boilerplate"] == 0


# label: recall, precision; a little below what was measured
FLOORS = {
    "title": (0.95, 0.97),
    "body": (0.98, 0.85),
    "byline": (0.85, 0.85),
    "caption": (0.55, 0.62),
    "headline": (0.55, 0.6),
    "syndication": (0.6, 0.95),
    "agency": (0.4, 0.75),
    "dateline": (0.1, 0.95),
}


@pytest.mark.parametrize("label", FLOORS)
def test_other_labels_do_not_get_worse(held_out: list[HeldOut], found: dict[str, tuple[Zone, ...]], label: str) -> None:
    pairs = compare(held_out, found, lenient=False)
    assert recall(pairs, label) >= FLOORS[label][0]
    assert precision(pairs, label) >= FLOORS[label][1]


@pytest.mark.parametrize(("label", "floor"), [("dateline", 0.65), ("agency", 0.7)])
def test_spans_do_not_get_worse(held_out: list[HeldOut], found: dict[str, tuple[Zone, ...]], label: str, floor: float) -> None:
    by_hand = {
        (each.id, start + each.lines[n][1].strip().index(span.text), span.text)
        for each in held_out
        for n, start in each.starts()
        for span in each.spans
        if span.line == n and span.label == label
    }
    right = sum(
        (each.id, zone.start, each.article.text[zone.start : zone.end]) in by_hand
        for each in held_out
        for zone in found[each.id]
        if zone.label == label
    )
    assert right / len(by_hand) >= floor


# Article → line → label, by hand; every other line is body. The articles' text is not ours to keep here.
BY_HAND: dict[str, dict[int, str]] = {
    "000_5dc7ba50f3641af5": {1: "dateline"},
    "001_1db846cdeb2b71b3": {1: "boilerplate", 3: "title", 15: "headline", 25: "headline", 33: "headline", 39: "boilerplate"},
    "002_62e10460548d29ad": {1: "boilerplate", 3: "title", 7: "caption"} | dict.fromkeys((9, 23, 25, 39, 41), "boilerplate"),
    "003_543f2c3d62828e27": {1: "byline", 3: "title", 9: "caption", 44: "agency"} | dict.fromkeys((5, 7, 42, 43), "boilerplate"),
    "004_8d15ed088120de80": {1: "title", 27: "agency", 30: "syndication"} | dict.fromkeys((32, 35, *range(37, 51)), "boilerplate"),
}


def test_the_five_real_articles(workspace: Workspace) -> None:
    if not REAL.is_dir():
        not_run(f"the real articles are not at {REAL.parent.name}/{REAL.name} beside this checkout")
    assert not ingest.run(workspace, [str(REAL / f"{name}.txt") for name in BY_HAND]).problems
    articles, pairs = stored(workspace), Pairs()
    for name, by_hand in BY_HAND.items():
        article = articles[name]
        lines = {article.text.count("\n", 0, zone.start) + 1: zone.label for zone in reversed(article.zones)}
        pairs.update((by_hand.get(n, "body"), label) for n, label in lines.items())
    assert recall(pairs, "boilerplate") >= 0.9
    assert precision(pairs, "boilerplate") >= 0.95
    assert pairs["body", "boilerplate"] == pairs["body", "headline"] == 0


@pytest.mark.parametrize("step", ["ingest", "pool"])
def test_rules_of_ones_own_hold_where_articles_come_in(tmp_path: Path, step: str) -> None:
    own = written(tmp_path / "own.toml", "[line]\nboilerplate = ['the harbour clock']\n")
    body = "Velmora signed the paper in Sadra on Monday, and its delegates went home before the evening, said a spokesman of the port."
    row = {"id": "v-1", "title": "Velmora signs", "text": f"Velmora signs\nThe harbour clock\n{body}"}
    articles = written(tmp_path / "articles.jsonl", json.dumps(row))
    if step == "ingest":
        init.run(tmp_path / "work", "event-stance")
        workspace = find_workspace(tmp_path / "work", {})
        with (tmp_path / "work" / "annotate.toml").open("a", encoding="utf-8") as file:
            file.write('\n[corpus]\nrules = ["../own.toml"]\n')
        workspace = find_workspace(tmp_path / "work", {})
        ingest.run(workspace, [str(articles)])
        with Store(workspace.store_path) as store:
            labels = [zone.label for article in store.articles() for zone in article.zones]
    else:
        pool.run([str(articles)], str(tmp_path / "pool"), rules=[own])
        (found,) = pyarrow.parquet.read_table(next((tmp_path / "pool").glob("*.parquet"))).column("zones").to_pylist()
        labels = [zone["label"] for zone in found]
    assert labels == ["title", "boilerplate", "body"]
