"""The words that dates are made of, in Arabic and English, as data.

They are written as they are spelled; ``annotate.corpus.dates.find`` compares them without vowel marks, with أ إ as ا, ة as ه and ى as ي, so
one spelling stands for those.
"""

from __future__ import annotations

# By month: Egypt and the Gulf; the Levant and Iraq; Tunisia, Algeria and Morocco; English.
MONTHS: tuple[tuple[str, ...], ...] = (
    ("يناير", "كانون الثاني", "كانون ثاني", "جانفي", "January", "Jan"),
    ("فبراير", "شباط", "فيفري", "February", "Feb"),
    ("مارس", "آذار", "أذار", "March", "Mar"),
    ("أبريل", "نيسان", "أفريل", "April", "Apr"),
    ("مايو", "أيار", "مايس", "ماي", "May"),
    ("يونيو", "يونيه", "حزيران", "جوان", "June", "Jun"),
    ("يوليو", "يوليه", "تموز", "جويلية", "يوليوز", "July", "Jul"),
    ("أغسطس", "آب", "أوت", "غشت", "August", "Aug"),
    ("سبتمبر", "أيلول", "شتنبر", "September", "Sept", "Sep"),
    ("أكتوبر", "تشرين الأول", "تشرين أول", "October", "Oct"),
    ("نوفمبر", "تشرين الثاني", "تشرين ثاني", "نونبر", "November", "Nov"),
    ("ديسمبر", "كانون الأول", "كانون أول", "دجنبر", "December", "Dec"),
)

# Months that are something else too (مارس "practised", نيسان a car, June a name, may a verb): alone, they need a word beside them.
DOUBTFUL_MONTHS = (
    "مارس",
    "نيسان",
    "ماي",
    "جوان",
    "أوت",
    "آب",
    "March",
    "May",
    "April",
    "June",
    "August",
    "Mar",
    "Jan",
    "Jun",
    "Sep",
    "Dec",
)

# Monday first, as ISO 8601 counts them.
WEEKDAYS: tuple[tuple[str, ...], ...] = (
    ("الاثنين", "الإثنين", "Monday", "Mon"),
    ("الثلاثاء", "الثلاثا", "الثلثاء", "Tuesday", "Tues", "Tue"),
    ("الأربعاء", "الأربعا", "Wednesday", "Wed"),
    ("الخميس", "Thursday", "Thurs", "Thur", "Thu"),
    ("الجمعة", "Friday", "Fri"),
    ("السبت", "Saturday", "Sat"),
    ("الأحد", "Sunday", "Sun"),
)

# What counts from the day of writing, in days.
DAYS_FROM_TODAY: dict[str, int] = {
    "أول أمس": -2,
    "أول من أمس": -2,
    "أمس الأول": -2,
    "أمس": -1,
    "الأمس": -1,
    "البارحة": -1,
    "اليوم": 0,
    "غدا": 1,
    "غد": 1,
    "الغد": 1,
    "بعد غد": 2,
    "day before yesterday": -2,
    "yesterday": -1,
    "today": 0,
    "tonight": 0,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
    "tomorrow": 1,
    "day after tomorrow": 2,
}
# «اليوم» is "the day" before these ("that same day", "the next day", "the seventh day") and part of an outlet's name behind those.
NOT_TODAY_BEFORE = (
    "التالي",
    "نفسه",
    "ذاته",
    "عينه",
    "الأول",
    "الثاني",
    "الثالث",
    "الرابع",
    "الخامس",
    "السادس",
    "السابع",
    "الواحد",
    "العالمي",
    "الوطني",
)
NOT_TODAY_BEHIND = (
    "روسيا",
    "مصر",
    "سوريا",
    "العراق",
    "المغرب",
    "لبنان",
    "الأردن",
    "ليبيا",
    "السودان",
    "تونس",
    "الجزائر",
    "فلسطين",
    "السعودية",
    "في هذا",
    "ذلك",
    "هذا",
)

# Each word with its unit and how many it says by itself: the singular 1, the Arabic dual 2, a plural 0, since it needs a number.
UNITS: dict[str, tuple[str, int]] = {
    word: (unit, number)
    for unit, forms in (
        ("minute", (("دقائق", "minutes", "mins"), ("دقيقة", "minute", "min"), ("دقيقتين",))),
        ("hour", (("ساعات", "hours", "hrs"), ("ساعة", "hour", "hr"), ("ساعتين",))),
        ("day", (("أيام", "days"), ("يوم", "يوما", "day"), ("يومين",))),
        ("week", (("أسابيع", "weeks"), ("أسبوع", "أسبوعا", "week"), ("أسبوعين",))),
        ("month", (("أشهر", "شهور", "months"), ("شهر", "شهرا", "month"), ("شهرين",))),
        ("year", (("أعوام", "سنوات", "سنين", "years"), ("عام", "عاما", "سنة", "year"), ("عامين", "سنتين"))),
    )
    for number, words in enumerate(forms)
    for word in words
}
AGO = ("منذ", "قبل")

NUMBERS: dict[str, int] = {
    word: number
    for number, words in enumerate(
        (
            ("واحد", "واحدة", "one", "a", "an"),
            ("two",),
            ("ثلاثة", "ثلاث", "three"),
            ("أربعة", "أربع", "four"),
            ("خمسة", "خمس", "five"),
            ("ستة", "ست", "six"),
            ("سبعة", "سبع", "seven"),
            ("ثمانية", "ثماني", "ثمان", "eight"),
            ("تسعة", "تسع", "nine"),
            ("عشرة", "عشر", "ten"),
        ),
        1,
    )
    for word in words
}

# A day of the month in words, as it stands before «من» and the month: الرابع من آذار.
_TO_TEN = ("الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع", "العاشر")
_UNITS = ("الحادي", *_TO_TEN[1:9])
ORDINALS: dict[str, int] = {
    **{word: day for day, word in enumerate(_TO_TEN, 1)},
    **{f"{unit} عشر": 10 + number for number, unit in enumerate(_UNITS, 1)},
    **{f"{unit} والعشر{end}": 20 + number for number, unit in enumerate(_UNITS, 1) for end in ("ين", "ون")},
    **{f"{word}{end}": day for word, day in (("العشر", 20), ("الثلاث", 30), ("الحادي والثلاث", 31)) for end in ("ين", "ون")},
}

# Before (English) or behind (Arabic) a weekday, month, week or year: -1 the last, 0 the present, 1 the next.
WHICH: dict[str, int] = {
    word: which
    for which, words in (
        (-1, ("الماضي", "الماضية", "الفائت", "الفائتة", "المنصرم", "المنصرمة", "المنقضي", "last", "past")),
        (0, ("الجاري", "الجارية", "الحالي", "الحالية", "this")),
        (1, ("المقبل", "المقبلة", "القادم", "القادمة", "next")),
    )
    for word in words
}
PERIODS: dict[str, str] = {
    "الأسبوع": "week",
    "الشهر": "month",
    "العام": "year",
    "السنة": "year",
    "week": "week",
    "month": "month",
    "year": "year",
}

# What makes four digits a year, and a doubtful month a month.
YEAR_CUES = (
    "عام", "العام", "سنة", "السنة", "لعام", "بعام", "ربيع", "صيف", "خريف", "شتاء", "مطلع", "نهاية", "منتصف", "أوائل", "أواخر", "منذ",
    "in", "since", "until", "by", "from", "during", "before", "after", "early", "late", "mid", "spring", "summer", "autumn", "winter",
)  # fmt: skip
MONTH_CUES = (
    "في", "منذ", "حتى", "شهر", "لشهر", "بشهر", "خلال", "مطلع", "نهاية", "منتصف", "أوائل", "أواخر", "بداية",
    "in", "since", "until", "by", "during", "early", "late", "mid", "last", "next", "this", "of", "from",
)  # fmt: skip

# In a line with a date: what says that it is when the article came out, and what says that it is when it was changed.
PUBLISHED = ("نشر", "نشرت", "تاريخ النشر", "published", "posted", "issued", "first published")
UPDATED = ("آخر تحديث", "حدث", "تم التحديث", "تحديث", "updated", "last updated", "modified", "last modified")
