"""The language of each paragraph and of an article: Arabic, English, Persian, Urdu, or "und" for every other and for none.

By script, then by letters that only one of the languages has, and by its commonest words. No model: what has to be told apart is few,
paragraphs are short, and names in another script must not tip them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from annotate.corpus.code_page import article_in_code_page, holds, in_code_page, those
from annotate.corpus.zones.lines import stretches
from annotate.records import Paragraph

UNKNOWN = "und"  # BCP 47's word for undetermined

# Letters by script; Arabic letters without marks and presentation forms with them, since they too spell words.
_SCRIPTS = {
    "arabic": re.compile("[\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c7\ufb50-\ufdfb\ufe70-\ufefc]+"),
    "latin": re.compile("[A-Za-z\u00c0-\u024f]+"),
    "other": re.compile("[\u0370-\u05ff\u0700-\u074f\u0780-\u07bf\u0900-\u1fff\u2c00-\ua4cf\ua500-\uabff\uac00-\ud7a3]+"),
}

# Letters that the language writes and the others do not; ک ی and ہ are letters of their own, not styles of ك ي ه.
_LETTERS = {
    "ar": re.compile("[ةىكيأإ]"),
    "fa": re.compile("[پچژگکی]"),
    "ur": re.compile("[ٹڈڑںھہے]"),
}
_ELSEWHERE = re.compile("[ټډړږښڼۍېځڅۆڵڕێەۇۈۋڭ]")  # Pashto, Kurdish, Uyghur
_NOT_ARABIC = re.compile("[پچژگکیٹڈڑںھہےټډړږښڼۍېځڅۆڵڕێەۇۈۋڭ]")
_NOT_ARABIC_IN_BYTES = those(_NOT_ARABIC.match)
_PLAIN_IN_BYTES = those(lambda each: _SCRIPTS["arabic"].match(each) and not _NOT_ARABIC.match(each))
_LETTERS_OF_URDU_TOO = re.compile("[پچگکی]")

# The commonest words of each language; under "other" those of French, Spanish, German, Italian, Turkish, Dutch and Portuguese together.
_COMMON = {
    "ar": "في من على إلى عن أن إن التي الذي هذا هذه ما لا لم لن قد كان كانت بعد قبل بين مع حتى كما وقال قال أو ثم كل ذلك خلال وفق",
    "fa": "در از که به را این است با برای آن هم خود تا بر یک شد کرد می ها های اند بود شده گفت نیز اما اگر باید",
    "ur": "کے کی کا میں ہے ہیں سے نے کو پر اور یہ کہ تھا تھی گیا اس ایک بھی نہیں ہو کر",
    "en": "the of and to in a is that for on with was as by at from it be are this has have had were will its said not but they he she",
    "other": "le la les des du une dans pour par qui est sur avec pas sont aux cette ont el los las del una por para con que se es su "
    "der die das und den von mit ist im auf für nicht ein eine dem sich zu il di che della per non sono nel gli bir ve bu ile için da de "
    "olarak çok het een van niet zijn voor met aan op dat os um uma não em ao mais dos como",
}
_WORDS = {lang: frozenset(several.split()) for lang, several in _COMMON.items()}

_WORD = re.compile(r"[^\W\d_]+")
_IN_SMALL_LETTERS = bytes(ord(chr(code).lower() if code < 128 and chr(code).isalpha() else " ") for code in range(256))
_OTHER_IN_BYTES = {word.encode() for word in _WORDS["other"]}
WEIGHT_OF_WORD = 3  # a common word says as much as three letters
SHARE_ELSEWHERE = 20  # one letter in twenty is enough to know another language by


def paragraph_languages(text: str) -> list[Paragraph]:
    """The language of every paragraph, in order."""
    written, found = article_in_code_page(text), []
    for start, line, *_ in stretches(text):
        end = start + len(line)
        found.append(Paragraph(start, end, language_of(line, written and written[start:end])))
    return found


def article_language(paragraphs: Sequence[Paragraph]) -> str:
    """The language of most of the article, by characters; "und" only where no paragraph has another. The first wins a tie."""
    sizes: dict[str, int] = {}
    for each in paragraphs:
        if each.lang != UNKNOWN:
            sizes[each.lang] = sizes.get(each.lang, 0) + each.end - each.start
    return max(sizes, key=lambda lang: sizes[lang], default=UNKNOWN)


def language_of(paragraph: str, written: bytes | None = None) -> str:
    """The language of one paragraph: that of the script most of its letters are in. ``written``: itself in the code page, where known."""
    if paragraph.isascii():
        parted = (written or paragraph.encode()).translate(_IN_SMALL_LETTERS).split()
        if parted and _OTHER_IN_BYTES.isdisjoint(parted):
            return "en"
        words = [word.decode() for word in parted]
        return _in_latin_script(words, *_common_words(words)) if words else UNKNOWN
    if _is_plainly_arabic(paragraph, written or in_code_page(paragraph)):
        return "ar"  # nearly every Arabic paragraph
    arabic, latin, other = (_count(script, paragraph) for script in _SCRIPTS)
    if arabic == latin == 0 or other > max(arabic, latin):
        return UNKNOWN
    words = _WORD.findall(paragraph)
    english, foreign = _common_words([word.lower() for word in words])
    names_alone = english == foreign == 0 and 3 * arabic > latin  # Arabic text is full of names in Latin letters
    if latin > arabic and not names_alone:
        return _in_latin_script(words, english, foreign)
    return _in_arabic_script(paragraph, words, arabic)


def _is_plainly_arabic(paragraph: str, written: bytes | None) -> bool:
    """Whether more than half of it are letters of Arabic, and none are another language's."""
    if written is None:
        return 2 * _count("arabic", paragraph) > len(paragraph) and not _NOT_ARABIC.search(paragraph)
    rest = written.translate(None, _PLAIN_IN_BYTES)
    return 2 * len(rest) < len(written) and not holds(rest, _NOT_ARABIC_IN_BYTES)


def _count(script: str, text: str) -> int:
    """How many letters of the script the text holds."""
    return sum(map(len, _SCRIPTS[script].findall(text)))


def _in_arabic_script(paragraph: str, words: Sequence[str], letters: int) -> str:
    """Arabic unless another language's letters and words outweigh its own: Arabic spells foreign names with پ and گ too."""
    if len(_ELSEWHERE.findall(paragraph)) * SHARE_ELSEWHERE > letters:
        return UNKNOWN
    weights = {
        lang: len(pattern.findall(paragraph)) + WEIGHT_OF_WORD * sum(word in _WORDS[lang] for word in words)
        for lang, pattern in _LETTERS.items()
    }
    if _LETTERS["ur"].search(paragraph):
        weights["ur"] += len(_LETTERS_OF_URDU_TOO.findall(paragraph))
    return max(weights, key=lambda lang: weights[lang])  # the first of equals is Arabic


def _common_words(lowered: Sequence[str]) -> tuple[int, int]:
    """How many of the words are among the commonest of English, and of other languages."""
    return sum(map(_WORDS["en"].__contains__, lowered)), sum(map(_WORDS["other"].__contains__, lowered))


def _in_latin_script(words: Sequence[str], english: int, foreign: int) -> str:
    """English unless the commonest words of others outnumber its own, or a third of the words have accents and none is English."""
    accented = len(words) - sum(map(str.isascii, words))
    return "en" if english >= foreign and not (english == 0 and 3 * accented > len(words)) else UNKNOWN
