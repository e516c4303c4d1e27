"""News agencies and the ways their names are written, as data: the name that is stored, then the others, Arabic and English.

Names written in capitals alone (AP, PA) are compared with their capitals; ``annotate.corpus.credits`` takes any blanks and dots between
single letters (أ ف ب, أ.ف.ب, أ. ف. ب) and any spelling of أ إ ا, ة ه, ى ي.
"""

from __future__ import annotations

AGENCIES: tuple[tuple[str, ...], ...] = (
    ("Reuters", "رويترز", "وكالة رويترز"),
    ("AFP", "أ ف ب", "فرانس برس", "وكالة فرانس برس", "الصحافة الفرنسية", "وكالة الصحافة الفرنسية", "Agence France-Presse"),
    ("AP", "أ ب", "أسوشيتد برس", "أسوشييتد برس", "الأسوشيتد برس", "وكالة أسوشيتد برس", "Associated Press"),
    ("dpa", "د ب أ", "الوكالة الألمانية", "وكالة الأنباء الألمانية", "الألمانية", "Deutsche Presse-Agentur"),
    ("EFE", "إفي", "وكالة إفي", "الوكالة الإسبانية"),
    ("ANSA", "أنسا", "آنسا", "وكالة أنسا"),
    ("AKI", "آكي", "وكالة آكي", "Adnkronos"),
    ("UPI", "ي ب أ", "يونايتد برس", "United Press International"),
    ("PA Media", "بي إيه ميديا", "PA", "Press Association"),
    ("Bloomberg", "بلومبرغ", "بلومبرج", "Bloomberg News"),
    ("TASS", "تاس", "وكالة تاس", "ITAR-TASS"),
    ("RIA Novosti", "ريا نوفوستي", "نوفوستي", "وكالة نوفوستي", "RIA"),
    ("Interfax", "إنترفاكس", "وكالة إنترفاكس"),
    ("Sputnik", "سبوتنيك", "وكالة سبوتنيك"),
    ("Ukrinform", "يوكرينفورم", "أوكرينفورم"),
    ("Anadolu", "الأناضول", "وكالة الأناضول", "Anadolu Agency", "AA"),
    ("IRNA", "إرنا", "وكالة إرنا"),
    ("ISNA", "إسنا", "وكالة إسنا"),
    ("Fars", "وكالة فارس", "Fars News", "Fars News Agency"),
    ("Tasnim", "تسنيم", "وكالة تسنيم", "Tasnim News Agency"),
    ("Mehr", "وكالة مهر", "Mehr News", "Mehr News Agency"),
    ("Xinhua", "شينخوا", "وكالة شينخوا", "Xinhua News Agency"),
    ("Kyodo", "كيودو", "Kyodo News"),
    ("Yonhap", "يونهاب", "Yonhap News Agency"),
    ("KCNA", "وكالة الأنباء المركزية الكورية"),
    ("PTI", "Press Trust of India"),
    ("SPA", "واس", "و ا س", "وكالة الأنباء السعودية", "Saudi Press Agency"),
    ("WAM", "وام", "و ا م", "وكالة أنباء الإمارات"),
    ("KUNA", "كونا", "وكالة الأنباء الكويتية"),
    ("QNA", "قنا", "وكالة الأنباء القطرية"),
    ("BNA", "بنا", "وكالة أنباء البحرين"),
    ("ONA", "وكالة الأنباء العمانية", "العمانية"),
    ("Petra", "بترا", "وكالة بترا", "وكالة الأنباء الأردنية"),
    ("MENA", "أ ش أ", "وكالة أنباء الشرق الأوسط"),
    ("SANA", "سانا", "وكالة سانا"),
    ("INA", "واع", "وكالة الأنباء العراقية"),
    ("NNA", "الوكالة الوطنية للإعلام", "الوطنية للإعلام"),
    ("WAFA", "وفا", "وكالة وفا"),
    ("Saba", "سبأ", "وكالة سبأ", "سبأ نت"),
    ("LANA", "وال", "وكالة الأنباء الليبية"),
    ("SUNA", "سونا", "وكالة السودان للأنباء"),
    ("TAP", "وات", "وكالة تونس أفريقيا للأنباء"),
    ("APS", "واج", "وأج", "وكالة الأنباء الجزائرية"),
    ("MAP", "و م ع", "وكالة المغرب العربي للأنباء"),
)

# Names that are words or places too: they are agencies only in brackets or behind a colon.
WORDS_TOO = (
    "AA", "Fars", "INA", "MAP", "MENA", "Mehr", "PA", "Petra", "RIA", "SANA", "SPA", "Saba", "TAP",
    "الألمانية", "العمانية", "بترا",
    "بنا", "تسنيم", "سانا", "سبأ", "سونا", "قنا", "كونا", "وات", "واج", "وأج", "واس", "واع", "وال", "وام", "وفا",
)  # fmt: skip
