"""Dates in Arabic and English: every one that a text names, and when the article came out."""
