"""The release as Croissant 1.1 (MLCommons), with the fields of its Responsible AI extension, as ``mlcroissant`` loads it.

Croissant's records are two deep: a column, and what its objects or lists of objects hold. What is deeper (the arguments of a frame, the
shares of an answer, decisions) is in the files, described by the JSON Schemas, and not in the record sets.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from annotate.agreement.results import Result
from annotate.agreement.text import HEADLINE
from annotate.release.about import About
from annotate.release.compare import in_words
from annotate.release.datasheet import sheet
from annotate.release.features import kind_of
from annotate.schema import Schema

Json = dict[str, Any]

CONTEXT: Json = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
CONFORMS = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
TYPES = {"string": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "boolean": "sc:Boolean"}
JSON_LINES = "application/jsonlines"


class File(NamedTuple):
    """A file of the release, as Croissant lists it."""

    name: str
    bytes: int
    sha256: str


def croissant(about: About, schema: Schema, described: dict[str, Json], files: list[File], results: list[Result]) -> Json:
    """croissant.json. ``described``: the JSON Schemas of ``gold`` and ``annotations``; an empty file has no record set."""
    said = sheet(about, schema)
    full = {each.name for each in files if each.bytes}
    record_sets = [
        _record_set(name.removesuffix(".jsonl"), name, described[kind])
        for name, kind in (("train.jsonl", "gold"), ("dev.jsonl", "gold"), ("test.jsonl", "gold"), ("annotations.jsonl", "annotations"))
        if name in full
    ]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": about.name,
        "description": f"{about.counts.documents} news articles labelled with the schema {schema.id}, "
        f"{about.counts.annotations} annotations by {about.counts.annotators} annotators.",
        "conformsTo": CONFORMS,
        "version": about.version,
        **({"license": about.license} if about.license else {}),
        "inLanguage": [each.name for each in about.counts.languages],
        "isLiveDataset": False,
        "rai:dataCollection": said.collection,
        "rai:dataCollectionTimeFrame": [each.name for each in about.counts.years if each.name != "unknown"],
        "rai:dataCollectionMissingData": said.left_out,
        "rai:dataPreprocessingProtocol": [said.preprocessing],
        "rai:dataAnnotationProtocol": f"{said.protocol} Training: {said.training}",
        "rai:dataAnnotationPlatform": [said.platform],
        "rai:dataAnnotationAnalysis": [_measured(each) for each in results if each.measure in HEADLINE and each.value is not None],
        "rai:annotationsPerItem": f"{about.counts.annotations} annotations of {about.counts.documents} documents",
        "rai:annotatorDemographics": [said.annotators],
        "rai:dataLimitations": [said.gaps],
        "rai:personalSensitiveInformation": [said.personal],
        "rai:dataReleaseMaintenancePlan": said.maintenance,
        "distribution": [_file(each) for each in files],
        "recordSet": record_sets,
    }


def _measured(result: Result) -> str:
    between = f" ({in_words(result.interval.low)}–{in_words(result.interval.high)})" if result.interval else ""
    return f"{result.layer} {result.measure} {in_words(result.value)}{between}"


def _file(file: File) -> Json:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": JSON_LINES,
        "sha256": file.sha256,
    }


def _record_set(name: str, file: str, described: Json) -> Json:
    fields = [_field(name, file, key, part) for key, part in described["properties"].items()]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"The lines of {file}; the JSON Schemas in schema/ describe what is nested deeper than here.",
        "field": [each for each in fields if each is not None],
    }


def _field(record_set: str, file: str, key: str, part: Json) -> Json | None:
    kind = kind_of(part)
    own: Json = {"@type": "cr:Field", "@id": f"{record_set}/{key}", "name": key}
    if kind in TYPES:
        return own | {"dataType": TYPES[kind], "source": _source(file, key)}
    inner = part if kind == "object" else part["items"]
    if kind_of(inner) in TYPES:
        return own | {"dataType": TYPES[kind_of(inner)], "repeated": True, "source": _source(file, key)}
    leaves = list(_leaves(inner))
    subfields = [
        {
            "@type": "cr:Field",
            "@id": f"{record_set}/{key}/{path}",
            "name": path,
            "dataType": TYPES[leaf],
            "source": _source(file, key) | {"transform": {"jsonPath": path}},
        }
        for path, leaf in leaves
    ]
    return own | ({"repeated": True} if kind == "array" else {}) | {"subField": subfields} if subfields else None


def _leaves(part: Json, above: str = "") -> Any:
    """(path, type) of the plain values of an object, and of the objects in it."""
    for key, each in part["properties"].items():
        kind = kind_of(each)
        if kind in TYPES:
            yield f"{above}{key}", kind
        elif kind == "object":
            yield from _leaves(each, f"{above}{key}.")


def _source(file: str, column: str) -> Json:
    return {"fileObject": {"@id": file}, "extract": {"column": column}}
