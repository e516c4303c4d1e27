"""What each line of an article is: title, byline, caption, boilerplate or body. Lines are marked, never moved or deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from annotate.records import Zone

# Whole-line patterns, Arabic and English, made from what five scraped articles hold. The first that matches decides.
RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (label, re.compile(pattern, re.IGNORECASE))
    for label, pattern in (
        ("boilerplate", r".*(enable|تفعيل|تشغيل)\s.*(javascript|جافا ?سكر?ي?بت).*"),
        ("boilerplate", r"(site icon|exit mobile|أيقونة الموقع|الخروج من (نسخة|النسخة)).*"),
        (
            "boilerplate",
            r"(اقرأ|إقرأ|اقرأي?وا?) (المزيد|أيضًا|أيضا|على الموقع).*|(read more|continue reading|share this|more from|related)\b.{0,80}",
        ),
        ("boilerplate", r"(تابع القراءة|شارك (القصة|المقال|الخبر)|المصادر:?|المزيد من .*|ملخص|الأكثر قراءة.*|انشر|طباعة)"),
        ("boilerplate", r".{0,60}\b(related nodes|node field|template)\b.{0,40}"),
        ("boilerplate", r".{0,80}منذ (ساعة|ساعتين|يوم|يومين|دقائق|\d+ (ساعات|ساعة|دقيقة|دقائق|أيام)).{0,80}"),
        ("boilerplate", r".{0,80}\b\d+ (minutes?|hours?|days?) ago\b.{0,80}|.{0,60}\ban? hour ago\b.{0,80}"),
        ("boilerplate", r"(هذا )?المحتوى مقدم من .*|(syndicated|provided) (by|from) .*"),
        ("byline", r"\([^()]{2,30}\)|(المصدر|source)\s*:.*"),
        ("byline", r"(كتب|بقلم|تحرير|by)\s*:?\s+\S+(\s\S+){0,5}"),
        ("byline", r"[^.،؛]{2,40}\s[-–—]\s(وكالة\s)?[^.،؛]{2,30}"),
        ("byline", r"(السبت|الأحد|الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة)[،,]?\s.{0,6}[\d٠-٩]{1,2}\s.{3,40}"),
        ("byline", r"((mon|tues|wednes|thurs|fri|satur|sun)day,?\s)?.{0,12}\b(19|20)\d\d"),
        ("caption", r".{10,200}\((الصورة|صورة|photo|image|وكالة|أ ف ب|رويترز|مرصد|نهرين)[^()]*\)"),
    )
)


def zones(text: str, title: str | None) -> tuple[Zone, ...]:
    """One zone a non-empty line, in order; offsets leave out the line's outer white space.

    The title is the line that equals ``title``, else the first line no rule matches.
    """
    lines = list(_lines(text))
    labels = [_label(text[start:end]) for start, end in lines]
    heading = next((n for n, (start, end) in enumerate(lines) if text[start:end] == title), None)
    if heading is None:
        heading = next((n for n, label in enumerate(labels) if label == "body"), None)
    if heading is not None:
        labels[heading] = "title"
    return tuple(Zone(start, end, label) for (start, end), label in zip(lines, labels, strict=True))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"[^\n]+", text):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip())
        if start < (end := match.start() + len(line.rstrip())):
            yield start, end


def _label(line: str) -> str:
    return next((label for label, pattern in RULES if pattern.fullmatch(line)), "body")
