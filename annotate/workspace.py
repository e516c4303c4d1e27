"""A workspace: a folder with ``annotate.toml``, its copy of the schema, and ``annotate.sqlite``.

Flags beat environment beats file. Every setting can be given as ``ANNOTATE_<SECTION>_<KEY>``; Label Studio's own
``LABEL_STUDIO_URL`` and ``LABEL_STUDIO_API_KEY`` are read too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from annotate.errors import BadInput

CONFIG = "annotate.toml"
STORE = "annotate.sqlite"


class StudioSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """``url`` empty: the local server that `annotate studio up` runs. ``token_file`` empty: LABEL_STUDIO_API_KEY."""

    url: str = ""
    token_file: str = ""
    project: str = ""
    overlap: int = 2
    batch: int = 500  # a task costs the server a third less so than in batches of 250


class CorpusSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """``rules``: files of one's own rules for zones, relative to the workspace; annotate/corpus/rules/en.toml shows their form."""

    rules: list[str] = []


class SplitSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of the articles, by group; ``seed`` names the draw. ``holdout``: publisher=…, type=…, separated by semicolons."""

    train: float = 0.7
    dev: float = 0.1
    test: float = 0.2
    seed: int = 0
    strategy: Literal["stratified", "temporal", "hash"] = "stratified"
    holdout: str = ""


class SplitGate(Struct, frozen=True, forbid_unknown_fields=True):
    """What a split's articles must have before they may go out: so many annotators each, every dispute adjudicated.

    drawn_first: they were drawn into the split before anybody's annotations of them were here
    """

    annotators: int = 1
    adjudicated: bool = False
    drawn_first: bool = False


class GoldSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How several annotations become one answer.

    strategy:  unanimous, majority, dawid-skene, mace, adjudicated or single (annotate.gold.resolve)
    layers:    layer → another strategy for it
    posterior: dawid-skene or mace: a model whose probabilities stand beside the votes, whatever the strategy
    gates:     split → what its articles must have
    """

    strategy: str = "majority"
    layers: dict[str, str] = {}
    posterior: str = ""
    gates: dict[str, SplitGate] = {}

    def strategy_of(self, layer: str) -> str:
        return self.layers.get(layer, self.strategy)


class AdjudicationSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """``overlap``: adjudicators an article. ``own``: whether somebody may adjudicate an article that they labelled. ``weights``: layer →
    how much its disputes count when articles are put in order (1 where none is given; "article": whether it can be annotated)."""

    overlap: int = 1
    own: bool = False
    weights: dict[str, float] = {}


class AgreementSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """``phases``: name → the first day (UTC) after it, such as pilot = "2026-03-01"; what is submitted after the last is production."""

    phases: dict[str, date] = {}


class ExportSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where releases go, and what their card says. ``folder`` is relative to the workspace.

    annotators, training, gaps: who labelled, how they were trained, what is known to be missing; card.md in the workspace holds the rest
    """

    name: str = ""
    folder: str = "exports"
    license: str = ""
    rights: str = ""
    annotators: str = ""
    training: str = ""
    gaps: str = ""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    schema: str = "schema/schema.yaml"
    corpus: CorpusSettings = CorpusSettings()
    studio: StudioSettings = StudioSettings()
    split: SplitSettings = SplitSettings()
    gold: GoldSettings = GoldSettings()
    adjudication: AdjudicationSettings = AdjudicationSettings()
    agreement: AgreementSettings = AgreementSettings()
    export: ExportSettings = ExportSettings()


# Those whose settings the environment may give.
SECTIONS = {
    "studio": StudioSettings,
    "split": SplitSettings,
    "gold": GoldSettings,
    "adjudication": AdjudicationSettings,
    "export": ExportSettings,
}


class Workspace(Struct, frozen=True):
    """Where a workspace lies, and its settings."""

    folder: Path
    settings: Settings

    @property
    def name(self) -> str:
        return self.settings.export.name or self.folder.resolve().name

    @property
    def schema_path(self) -> Path:
        return self.folder / self.settings.schema

    @property
    def store_path(self) -> Path:
        return self.folder / STORE

    @property
    def rules(self) -> list[Path]:
        return [self.folder / name for name in self.settings.corpus.rules]

    @property
    def studio_folder(self) -> Path:
        return self.folder / "studio"

    @property
    def exports(self) -> Path:
        return self.folder / self.settings.export.folder


def find_workspace(folder: Path | None, environment: Mapping[str, str]) -> Workspace:
    """The workspace in the folder given, else in ANNOTATE_WORKSPACE, else here or above.

    Raises BadInput when there is none, or its annotate.toml is broken.
    """
    named = folder or (Path(environment["ANNOTATE_WORKSPACE"]) if environment.get("ANNOTATE_WORKSPACE") else None)
    if named is not None:
        return _open(named, environment)
    here = Path.cwd()
    found = next((each for each in (here, *here.parents) if (each / CONFIG).is_file()), None)
    if found is None:
        raise BadInput(f"no {CONFIG} here or above; run `annotate init`, or name a workspace with --workspace")
    return _open(found, environment)


def _open(folder: Path, environment: Mapping[str, str]) -> Workspace:
    path = folder / CONFIG
    try:
        plain = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; run `annotate init {folder}` first") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: {error}") from None
    try:
        msgspec.convert(plain, Settings)
    except msgspec.ValidationError as error:
        raise BadInput(f"{path}: {error}; docs/workspace.md lists every setting") from None
    try:
        return Workspace(folder, msgspec.convert(_overlaid(plain, environment), Settings, strict=False))
    except msgspec.ValidationError as error:
        raise BadInput(f"environment: {error}; see the ANNOTATE_… variables") from None


def _overlaid(plain: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The file's settings with the environment's over them."""
    settings = {key: dict(value) if isinstance(value, dict) else value for key, value in plain.items()}
    for section, kind in SECTIONS.items():
        for key in kind.__struct_fields__:
            names = [f"ANNOTATE_{section}_{key}".upper()] + (["LABEL_STUDIO_URL"] if (section, key) == ("studio", "url") else [])
            value = next((environment[name] for name in names if environment.get(name)), None)
            if value is not None:
                settings.setdefault(section, {})[key] = value
    return settings
