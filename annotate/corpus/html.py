"""The article of a web page. Trafilatura, of the extra `corpus`, finds it; what it gives is text like any other.

Only HTML goes this way: an extractor damages text that is plain already. Trafilatura leaves invisible format characters out, makes blanks
of no-break spaces, and writes a table's row as ``| a | b |``.
"""

from __future__ import annotations

import codecs
import logging
import re
from functools import cache
from typing import Any

from msgspec import Struct

MAX_BYTES = 10_000_000  # of a page, which Trafilatura takes up to half a minute for
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
HEAD = 4096  # bytes in which a page says what it is written in
DECLARED = re.compile(rb"<(?:meta\b[^>]{0,500}?\bcharset|\?xml\b[^>]{0,100}?\bencoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
ENCODING = re.compile(r"(?:(?:windows-|x-cp|cp)(?P<windows>125\d)|iso-?8859-(?P<iso>\d{1,2}))")
LATIN = ("iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii")  # browsers read all of them as windows-1252
MISREAD = re.compile("[À-ÖØ-öø-ÿ]{4,}")  # what Arabic letters become when they are read as Latin ones; no Latin word looks like that
MISREAD_WORDS = 3
TAG = re.compile("<[a-zA-Z!/]")
XML_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*>")
TABLE_RULE = re.compile(r"^\|[-|]+\|$\n?", re.MULTILINE)
# What lies in a page unseen. JSON-LD is read for what the page says of itself first.
UNSEEN = ["//script", "//style", "//template", "//noscript"]
# A date is what a page's head or its JSON-LD says: in its text and its copyright line, one is only guessed.
DATES = {"extensive_search": False, "original_date": True}


class Page(Struct, frozen=True):
    """A page's article and what the page says of it. ``date`` is YYYY-MM-DD."""

    text: str
    title: str | None = None
    date: str | None = None
    publisher: str | None = None
    url: str | None = None


def read_page(source: str) -> Page:
    """The article of a page's source. A title that is no line of the text becomes its first.

    Raises ValueError, whose message says what to do, when the page has none, or is no page.
    """
    if TAG.search(source) is None:
        raise ValueError("no HTML; plain text belongs in a .txt file or a column `text`")
    trafilatura, htmldate = _extractors()
    try:
        tree = trafilatura.load_html(_whole(source))
        found = trafilatura.bare_extraction(
            tree, fast=True, with_metadata=True, include_comments=False, prune_xpath=UNSEEN, date_extraction_params=DATES
        )
        date = htmldate.find_date(_without_text(tree), **DATES) if found else None
    except Exception as error:  # one page that the extractor stumbles over keeps no other out
        raise ValueError(f"cannot be read as HTML ({type(error).__name__}); save its article as .txt") from error
    text = TABLE_RULE.sub("", found.text or "").strip() if found else ""
    if not text:
        raise ValueError("no article in this page; save its text as .txt, or leave it out")
    if found.title and found.title not in text.splitlines():
        text = f"{found.title}\n{text}"
    return Page(text, found.title or None, date, found.sitename or None, found.url or None)


def decode_page(raw: bytes) -> str:
    """A page's bytes as text: by its byte order mark, as UTF-8 where it is that, or as what it says it is written in.

    Raises ValueError, whose message says what to do; nothing is guessed.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return _decoded(raw, encoding)
    if raw[:2] in (b"<\0", b"\0<"):
        return _decoded(raw, "utf-16-le" if raw[:1] == b"<" else "utf-16-be")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        declared = DECLARED.search(raw[:HEAD])
        if declared is None:
            raise ValueError(f"not UTF-8 at byte {error.start}, and it names no other encoding; save it as UTF-8") from error
    return _decoded(raw, declared[1].decode("ascii", "replace").lower())


def _decoded(raw: bytes, name: str) -> str:
    """As the encoding that is named; raises ValueError where it is not written in it."""
    known = ENCODING.fullmatch(name)
    if name in LATIN or (known and known["iso"] == "1"):
        encoding = "cp1252"
    elif known:
        encoding = f"cp{known['windows']}" if known["windows"] else f"iso8859-{known['iso']}"
    elif name.startswith("utf"):
        encoding = name
    else:
        raise ValueError(f"written in {name}, which is not read here; save it as UTF-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"not {name} at byte {error.start}, which it says it is; save it as UTF-8") from error
    except LookupError as error:
        raise ValueError(f"written in {name}, which is not known; save it as UTF-8") from error
    if encoding == "cp1252" and len(MISREAD.findall(text)) >= MISREAD_WORDS:
        raise ValueError(f"says it is written in {name}, but its letters are not; save it as UTF-8")
    return text


def _whole(source: str) -> str:
    """The page as Trafilatura takes it: no XML declaration, since the text is decoded already, and a piece of a page as a whole one."""
    source = XML_DECLARATION.sub("", source, count=1) if XML_DECLARATION.match(source) else source
    return source if re.search("<html", source, re.IGNORECASE) else f"<html>{source}</html>"


def _without_text(tree: Any) -> Any:
    """The tree with nothing in its body but JSON-LD."""
    for body in tree.xpath("//body"):
        told = body.xpath(".//script[@type='application/ld+json']")
        body.clear()
        body.extend(told)
    return tree


@cache
def _extractors() -> tuple[Any, Any]:
    """The modules, imported where the first page is read; raises ValueError where they are not installed."""
    try:
        import htmldate
        import trafilatura
    except ImportError as error:
        raise ValueError("HTML is read with trafilatura; install it: pip install 'annotate[corpus]'") from error
    for module in (trafilatura, htmldate):  # what they log of bad pages is told as problems
        log = logging.getLogger(module.__name__)
        log.addHandler(logging.NullHandler())
        log.propagate = False
    return trafilatura, htmldate
