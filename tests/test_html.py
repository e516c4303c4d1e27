"""Web pages in: the article and nothing else, what the page says of itself, and the encodings pages are written in."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from annotate.corpus.html import Page, decode_page, read_page
from annotate.corpus.read import read_articles
from annotate.errors import Problem
from annotate.records import Article, Date
from annotate.steps import ingest
from annotate.workspace import Workspace
from tests.articles import only, write
from tests.conftest import not_run

ARABIC_TITLE = "فيلمورا توقع اتفاقًا مع قادريا"
ARABIC_BODY = (
    "تسرين – وقّعت فيلمورا اليوم اتفاقًا مع قادريا بعد محادثات استمرت ثلاثة أيام، بحسب «وكالة تسرين».",
    'وقال الوزير سامر الحبيب إن الاتفاق "خطوة أولى" & إن اللجنة ستجتمع من جديد في الشهر المقبل.',
    "وأضاف أن السفن ستصل قبل نهاية العام <إن سمح الطقس>.",
)
ARABIC = """<!DOCTYPE html><html lang="ar" dir="rtl"><head>{meta}<title>فيلمورا توقع اتفاقًا مع قادريا - تسرين بوست</title>
<meta property="og:title" content="فيلمورا توقع اتفاقًا مع قادريا"><meta property="og:site_name" content="تسرين بوست">
<meta property="article:published_time" content="2024-11-05T10:30:00+03:00">
<link rel="canonical" href="https://tasrin-post.example/ar/1">
<style>.hidden {{ content: "نص في التنسيق"; }}</style><script>var hidden = "نص في البرنامج";</script></head>
<body><nav><ul><li><a href="/">الرئيسية</a></li><li><a href="/p">سياسة</a></li></ul></nav>
<header><h1>فيلمورا توقع اتفاقًا مع قادريا</h1></header>
<article><p>تسرين &ndash; وقّعت فيلمورا&nbsp;اليوم اتفاقًا مع قادريا بعد محادثات استمرت ثلاثة أيام&rlm;، بحسب &laquo;وكالة تسرين&raquo;.</p>
<script>document.write("نص آخر في البرنامج")</script>
<p>وقال الوزير &#1587;&#1575;&#1605;&#1585; الحبيب إن الاتفاق &quot;خطوة أولى&quot; &amp; إن اللجنة
ستجتمع من &#x62c;&#x62f;&#x64a;&#x62f; في الشهر المقبل.</p>
<p>وأضاف أن السفن ستصل قبل نهاية العام &lt;إن سمح الطقس&gt;.</p></article>
<aside><h3>الأكثر قراءة</h3></aside><footer>جميع الحقوق محفوظة 2019</footer></body></html>"""

ENGLISH = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Velmora signs | Tasrin Post</title>
<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Velmora signs treaty",
"datePublished": "2025-03-04T08:00:00Z", "publisher": {"@type": "Organization", "name": "Tasrin Post"},
"articleBody": "Body in a script."}</script>
</head><body><div id="menu"><a href="/a">Home</a> <a href="/b">Politics</a></div>
<h1>Velmora signs treaty</h1>
<article><p>Velmora signed a treaty with Qadria on Tuesday, after talks that lasted three days in the port of Tasrin.</p>
<blockquote><p>“We waited long enough,” Minister Nour Sadiri said.</p></blockquote>
<table><tr><th>State</th><th>Ships</th></tr><tr><td>Velmora</td><td>12</td></tr><tr><td>Qadria</td><td>7</td></tr></table>
<ul><li>The treaty lasts ten years.</li><li>It can be ended by either side.</li></ul>
<noscript>Please enable JavaScript.</noscript><template>A template left over</template>
<p>Qadria&#8217;s parliament votes in May&hellip; &copy; &#x1F600;</p></article>
<footer>Copyright 2019 Tasrin Post. Updated 7 December 2020.</footer></body></html>"""


@pytest.fixture(autouse=True, scope="module")
def _trafilatura() -> None:
    if importlib.util.find_spec("trafilatura") is None:
        not_run("trafilatura is not installed; make setup brings it")


def page(**meta: str) -> str:
    return ARABIC.format(meta="".join(f'<meta {name}="{value}">' for name, value in meta.items()))


def read(*paths: str) -> list[Article | Problem]:
    return [found for _, found in read_articles(list(paths))]


# What is in a page


def test_an_arabic_page() -> None:
    text = "\n".join([ARABIC_TITLE, *ARABIC_BODY])
    assert read_page(page()) == Page(text, ARABIC_TITLE, "2024-11-05", "تسرين بوست", "https://tasrin-post.example/ar/1")


def test_an_english_page() -> None:
    found = read_page(ENGLISH)
    lines = [line.strip(" -") for line in found.text.splitlines()]
    assert lines == [
        "Velmora signs treaty",
        "Velmora signed a treaty with Qadria on Tuesday, after talks that lasted three days in the port of Tasrin.",
        "“We waited long enough,” Minister Nour Sadiri said.",
        "| State | Ships |",
        "| Velmora | 12 |",
        "| Qadria | 7 |",
        "The treaty lasts ten years.",
        "It can be ended by either side.",
        "Qadria’s parliament votes in May… © 😀",
    ]
    assert (found.title, found.date, found.publisher, found.url) == ("Velmora signs treaty", "2025-03-04", "Tasrin Post", None)


@pytest.mark.parametrize("source", [page(), ENGLISH])
@pytest.mark.parametrize(
    "hidden", ["نص في", "نص آخر", "Body in a script", "JavaScript", "template", "content:", "{", "الرئيسية", "محفوظة", "Copyright"]
)
def test_what_is_not_the_article_stays_out(source: str, hidden: str) -> None:
    assert hidden not in read_page(source).text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Velmora signed.</p>", "Velmora signed."),
        ("<p>Velmora signed.</p><p>Qadria did not.</p>", "Velmora signed.\nQadria did not."),
        ("<div><p>وقّعت فيلمورا<br>في تسرين.</p></div>", "وقّعت فيلمورا\nفي تسرين."),
        ('<?xml version="1.0" encoding="windows-1256"?><html><body><p>وقّعت فيلمورا.</p></body></html>', "وقّعت فيلمورا."),
        ("<html><body><p>Velmora signed.", "Velmora signed."),
        ("<body><p>a &#0; b &#xD800; Velmora</p></body>", "a \ufffd b \ufffd Velmora"),
    ],
)
def test_pieces_and_strange_pages(source: str, text: str) -> None:
    assert read_page(source) == Page(text)


def test_a_title_that_is_in_the_text_is_not_there_twice() -> None:
    found = read_page(
        "<html><head><title>Velmora signs</title></head><body><h1>Velmora signs</h1><p>In Tasrin, with Qadria.</p></body></html>"
    )
    assert found.text == "Velmora signs\nIn Tasrin, with Qadria."


def test_a_date_in_the_text_or_the_copyright_line_is_not_the_pages() -> None:
    assert read_page("<p>Velmora signed on 5 November 2024.</p><footer>© 2024. Updated 7 December 2024</footer>").date is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "no HTML"),
        ("Velmora signed, 3 < 5.", "no HTML; plain text belongs in"),
        ("<html><body></body></html>", "no article in this page"),
        (
            "<html><head><title>Velmora</title></head><body><script>var a = 'Velmora signed';</script></body></html>",
            "no article in this page",
        ),
        ("<style>p { color: red }</style>", "no article in this page"),
        ("<div>" * 100_000 + "Velmora signed.", "no article in this page"),
    ],
)
def test_a_page_with_nothing_to_read(source: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_page(source)


# Encodings


META = '<meta charset="{}">'
WRITTEN = {
    "UTF-8": ("utf-8", ""),
    "UTF-8 with its mark": ("utf-8-sig", ""),
    "UTF-8 with its mark that says another": ("utf-8-sig", META.format("windows-1256")),
    "UTF-8 that says another": ("utf-8", META.format("windows-1256")),
    "UTF-16 with its mark": ("utf-16", ""),
    "UTF-16 with its mark, big end first": ("utf-16-be", "\ufeff"),
    "UTF-16 without a mark": ("utf-16-le", ""),
    "UTF-16 without a mark, big end first": ("utf-16-be", ""),
    "windows-1256": ("cp1256", META.format("windows-1256")),
    "windows-1256 in old words": ("cp1256", '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=Windows-1256">'),
    "cp1256 unquoted": ("cp1256", "<meta charset=cp1256>"),
    "an XML declaration": ("cp1256", '<?xml version="1.0" encoding="windows-1256"?>'),
    "iso-8859-6": ("iso8859-6", META.format("ISO-8859-6")),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRITTEN)
def test_encodings(kind: str) -> None:
    encoding, declared = WRITTEN[kind]
    mark, declared = ("\ufeff", "") if declared == "\ufeff" else ("", declared)
    source = f"{mark}<html><head>{declared}</head><body><p>وقعت فيلمورا اتفاقا مع قادريا؛ أليس كذلك؟</p></body></html>"
    assert read_page(decode_page(source.encode(encoding))).text == "وقعت فيلمورا اتفاقا مع قادريا؛ أليس كذلك؟"


def test_western_pages() -> None:
    source = '<meta charset="iso-8859-1"><p>“Café” – Velmora’s naïve façade</p>'
    assert decode_page(source.encode("cp1252")) == source


REFUSED = {
    "windows-1256 that says nothing": ("cp1256", "", "not UTF-8 at byte .*, and it names no other encoding"),
    "windows-1256 that says UTF-8": ("cp1256", META.format("utf-8"), "not utf-8 at byte"),
    "windows-1256 that says Latin": ("cp1256", META.format("iso-8859-1"), "says it is written in iso-8859-1, but its letters are not"),
    "windows-1256 that says iso-8859-6": ("cp1256", META.format("iso-8859-6"), "not iso-8859-6 at byte"),
    "what is not known": ("cp1256", META.format("klingon"), "written in klingon"),
    "no encoding but a codec": ("cp1256", META.format("rot13"), "written in rot13"),
    "no encoding of that number": ("cp1256", META.format("iso-8859-99"), "iso-8859-99, which is not known"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_wrong_encodings_are_refused_not_guessed(tmp_path: Path, kind: str) -> None:
    encoding, declared, words = REFUSED[kind]
    raw = f"<html><head>{declared}</head><body><p>وقعت فيلمورا اتفاقا مع قادريا بعد محادثات طويلة</p></body></html>".encode(encoding)
    with pytest.raises(ValueError, match=words):
        decode_page(raw)
    refused, good = read(write(tmp_path, "a.html", raw), write(tmp_path, "b.html", "<p>Velmora</p>"))
    assert isinstance(refused, Problem)
    assert "save it as UTF-8" in refused.message
    assert isinstance(good, Article)


def test_a_page_cut_inside_a_character() -> None:
    with pytest.raises(ValueError, match="not utf-16 at byte"):
        decode_page("<p>Velmora".encode("utf-16")[:-1])


# Files and rows


def test_files_and_folders(workspace: Workspace, tmp_path: Path) -> None:
    write(tmp_path, "in/a.html", page())
    write(tmp_path, "in/deep/b.HTM", ENGLISH)
    write(tmp_path, "in/c.html", "<html></html>")
    done = ingest.run(workspace, [str(tmp_path / "in")])
    assert done.new == ["a", "b"]
    assert [str(each) for each in done.problems] == [
        f"{tmp_path}/in/c.html: no article in this page; save its text as .txt, or leave it out"
    ]


def test_a_page_is_an_article_like_any_other(workspace: Workspace, tmp_path: Path) -> None:
    ingest.run(workspace, [write(tmp_path, "a.html", page())])
    article = only(workspace)
    assert (article.id, article.lang, article.title) == ("a", "ar", ARABIC_TITLE)
    assert (article.source.publisher, article.source.url) == ("تسرين بوست", "https://tasrin-post.example/ar/1")
    assert article.date == Date(2024, 11, 5, "day", "metadata")
    assert article.text[article.zones[0].start : article.zones[0].end] == ARABIC_TITLE


def test_a_page_longer_than_any(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    with path.open("wb") as file:
        file.truncate(10_000_001)
    (found,) = read(str(path))
    assert isinstance(found, Problem)
    assert "longer than 10,000,000 bytes" in found.message


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_rows_with_pages(tmp_path: Path, suffix: str) -> None:
    """What the row says goes before what its page says; a row's own text goes before its page."""
    rows: list[dict[str, str]] = [
        {"id": "a", "html": page(), "title": "", "date": "", "publisher": "", "url": "", "text": ""},
        {"id": "b", "html": page(), "title": "Own", "date": "2023", "publisher": "Sadra News", "url": "https://sadra.example", "text": ""},
        {"id": "c", "html": "<p>Qadria", "title": "", "date": "", "publisher": "", "url": "", "text": "Velmora"},
        {"id": "d", "html": "<p></p>", "title": "", "date": "", "publisher": "", "url": "", "text": ""},
    ]
    if suffix == "jsonl":
        content = "".join(json.dumps({key: value for key, value in row.items() if value}) + "\n" for row in rows)
    else:
        content = "\n".join([",".join(rows[0]), *(",".join(map(cell, row.values())) for row in rows)]) + "\n"
    first, second, third, refused = read(write(tmp_path, f"a.{suffix}", content))
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert isinstance(third, Article)
    assert isinstance(refused, Problem)
    assert first.text == second.text == "\n".join([ARABIC_TITLE, *ARABIC_BODY])
    assert (first.title, first.source.publisher, first.date.year) == (ARABIC_TITLE, "تسرين بوست", 2024)
    assert (second.title, second.source.publisher, second.source.url) == ("Own", "Sadra News", "https://sadra.example")
    assert second.date == Date(2023, None, None, "year", "metadata")
    assert third.text == "Velmora"
    assert "no article in this page" in refused.message


def test_without_trafilatura_each_page_says_how_to_install_it(tmp_path: Path) -> None:
    """In a Python of its own, which finds none."""
    paths = [write(tmp_path, "a.html", page()), write(tmp_path, "b.txt", "Velmora")]
    code = (
        "import sys; sys.modules['trafilatura'] = None; from annotate.corpus.read import read_articles; print(*read_articles(sys.argv[1:]))"
    )
    said = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True).stdout
    assert "pip install 'annotate[corpus]'" in said
    assert "text='Velmora'" in said


def test_a_csv_of_pages_alone(tmp_path: Path) -> None:
    (found,) = read(write(tmp_path, "a.csv", "html\n<p>Velmora signed.</p>\n"))
    assert isinstance(found, Article)
    assert found.text == "Velmora signed."
