"""`annotate init`: a workspace, with its own copy of a schema."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from msgspec import Struct

from annotate.errors import UsageProblem
from annotate.schema import load_schema
from annotate.schema.build import build
from annotate.store import Store
from annotate.workspace import CONFIG, STORE

TOML = """\
# The workspace's settings; docs/workspace.md lists them all. Flags beat environment (ANNOTATE_STUDIO_OVERLAP=3) beats this file.
schema = "schema/schema.yaml"

[studio]
url = ""            # empty: the server that `annotate studio up` runs here
token_file = ""     # empty: LABEL_STUDIO_API_KEY
project = "{name}"
overlap = 2         # annotators an article

[split]
train = 0.7
dev = 0.1
test = 0.2
seed = 0

[gold]
strategy = "majority"

[export]
name = "{name}"
folder = "exports"
license = ""
rights = ""         # what holds for articles that say nothing of their rights; while it is empty, they are not exported
"""


class Made(Struct, frozen=True):
    folder: str
    schema: str
    new: bool


def bundled_schemas() -> dict[str, Path]:
    """Name → folder of every schema that comes with the toolkit."""
    installed = Path(str(files("annotate"))) / "schemas"
    folder = installed if installed.is_dir() else Path(str(files("annotate"))).parent / "schemas"
    return {path.parent.name: path.parent for path in sorted(folder.glob("*/schema.yaml"))}


def run(folder: Path, schema: str, settings: str | None = None) -> Made:
    """Make a workspace; one that is there is left as it is.

    ``schema`` is a bundled schema's name or a schema.yaml; ``settings`` the text of annotate.toml, by default one that shows every setting.
    """
    known = bundled_schemas()
    source = known[schema] / "schema.yaml" if schema in known else Path(schema)
    if schema not in known and not source.is_file():
        raise UsageProblem(f"no schema {schema!r}; one of {', '.join(known)}, or the path of a schema.yaml")
    loaded = load_schema(source)
    new = not (folder / CONFIG).exists()
    if new:
        (folder / "schema").mkdir(parents=True, exist_ok=True)
        (folder / "schema" / "schema.yaml").write_bytes(source.read_bytes())
        build(loaded, folder / "schema")
        # Written last: a folder with annotate.toml is a whole workspace.
        (folder / CONFIG).write_text(settings or TOML.format(name=_name(folder)), encoding="utf-8")
    with Store(folder / STORE):
        pass
    return Made(str(folder), loaded.id, new)


def _name(folder: Path) -> str:
    """The folder's name as one that releases and Label Studio (three characters at least) can have."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return name if len(name) >= 3 else f"{name}-project".strip("-")


def show(made: Made) -> str:
    if not made.new:
        return f"{made.folder} is a workspace already; nothing changed"
    return f"{made.folder} is a workspace for {made.schema}; next: `annotate ingest PATH`, `annotate split`"
