"""A schema with one of everything, a key a line, so that a fault's line is its own."""

from __future__ import annotations

TINY = """\
name: tiny
version: 1.0.0
title: {ar: صغير, en: Tiny}
language: en
layers:
  - name: actors
    kind: mentions
    title: {ar: أطراف, en: Actors}
    rules:
      - {ar: ظلّل أقصر عبارة, en: Mark the shortest phrase}
    types:
      - name: PER
        hotkey: p
        color: "#1f77b4"
        title: {ar: شخص, en: Person}
        definition: {ar: شخص مسمّى, en: Somebody by name}
      - name: GOV
        hotkey: g
        color: "#0b5394"
        title: {ar: حكومة, en: Government}
        definition: {ar: دولة, en: A state}
  - name: events
    kind: frames
    title: {ar: أحداث, en: Events}
    types:
      - name: VISIT
        hotkey: shift+v
        color: "#2b9348"
        title: {ar: زيارة, en: Visit}
        definition: {ar: زيارة, en: A visit}
    attributes:
      - name: polarity
        level: nominal
        title: {ar: القطبية, en: Polarity}
        default: positive
        types: [VISIT]
        values:
          - name: positive
            hotkey: "1"
            title: {ar: موجب, en: positive}
          - name: negative
            types: [VISIT]
            title: {ar: منفي, en: negative}
    roles:
      - name: actor
        fills:
          - actors.PER
          - events
        title: {ar: الفاعل, en: actor}
        definition: {ar: من فعل, en: Who did it}
  - name: same_as
    kind: links
    between: events
    title: {ar: الحدث نفسه, en: Same event}
  - name: document
    kind: choices
    title: {ar: المقال, en: Document}
    questions:
      - name: genre
        level: nominal
        title: {ar: النوع, en: Genre}
        values:
          - name: news
            title: {ar: خبر, en: news}
"""
