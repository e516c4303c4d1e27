"""The labelling schema as data, and what is generated from it: the labelling page, the record's JSON Schema, the guidelines."""

from annotate.schema.load import load_schema
from annotate.schema.model import (
    Attribute,
    ChoiceLayer,
    FrameLayer,
    Layer,
    LinkLayer,
    MentionLayer,
    Question,
    Role,
    Schema,
    Type,
    Value,
)

__all__ = [
    "Attribute",
    "ChoiceLayer",
    "FrameLayer",
    "Layer",
    "LinkLayer",
    "MentionLayer",
    "Question",
    "Role",
    "Schema",
    "Type",
    "Value",
    "load_schema",
]
