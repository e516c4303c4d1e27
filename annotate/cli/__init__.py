"""The `annotate` command: registers the steps, prints, sets the exit code. Nothing else prints or exits.

Steps are imported inside their commands, so that `--help` and completion cost no more than Typer itself.
"""

from __future__ import annotations

import sys

from annotate.cli import answers, articles, labelling, releases
from annotate.cli.app import PIPELINE, app
from annotate.errors import AnnotateError

__all__ = ["PIPELINE", "answers", "app", "articles", "labelling", "main", "releases"]

# What the base install does not have.
EXTRAS = {
    "studio": {"httpx", "label_studio_sdk", "psutil", "tenacity"},
    "corpus": {"daft", "pyarrow", "trafilatura", "htmldate"},
    "cluster": {"ray"},
    "formats": {"spacy"},
    "baseline": {"sklearn"},
}


def main() -> None:
    """The entry point: errors become their message and exit code."""
    try:
        app()
    except AnnotateError as error:
        if "--debug" in sys.argv:
            raise
        print(f"annotate: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        extra = next((name for name, modules in EXTRAS.items() if error.name in modules), None)
        if extra is None or "--debug" in sys.argv:
            raise
        print(f"annotate: this needs {error.name}, of the extra {extra}; install it: pip install 'annotate[{extra}]'", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
