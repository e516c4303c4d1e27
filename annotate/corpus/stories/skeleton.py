"""The consonants of a word, by which spellings of one name meet: جونج and جونغ, بوتين and بوتن, سالدك and Saldek.

Vowels go, long ones too, and so do the weak and the breathed consonants (ء ع و ي ه ح, w y h), which transliterations drop or add. Letters
that stand for each other in transliteration are one: ج غ ق ك خ with g, j, k, q and hard c; ب with p; ف with v; emphatic with plain letters.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CLASSES = {
    "b": "بپbp",
    "t": "تطثt",
    "d": "دذضظd",
    "k": "جغقكخگkgqjc",
    "s": "سصs",
    "z": "زژz",
    "x": "شچx",
    "f": "فڤfv",
    "r": "رr",
    "l": "لl",
    "m": "مm",
    "n": "نn",
}
_SOUNDS = str.maketrans({letter: sound for sound, letters in _CLASSES.items() for letter in letters})
_OF_TWO = re.compile(r"تش|tch|ch|sh|ph|c(?=[eiy])")
_WRITTEN = {"تش": "ش", "tch": "ش", "ch": "ش", "sh": "ش", "ph": "f", "c": "s"}
_NOT_CONSONANTS = re.compile(f"[^{''.join(_CLASSES)}]")
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=1 << 20)
def skeleton(word: str) -> str:
    """The consonants of a normalised word, in Latin letters; nothing where it has none."""
    sounds = _OF_TWO.sub(lambda found: _WRITTEN[found[0]], word.replace("x", "ks")).translate(_SOUNDS)
    return _TWICE.sub(r"\1", _NOT_CONSONANTS.sub("", sounds))
