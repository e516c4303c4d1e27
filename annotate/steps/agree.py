"""`annotate agree`: agreement between the annotators, layer by layer."""

from __future__ import annotations

from msgspec import Struct

from annotate.agreement.intervals import REPLICATES, SEED
from annotate.agreement.labellings import measure_labellings
from annotate.agreement.results import FEW_DOCUMENTS, Result
from annotate.schema import load_schema
from annotate.steps.stored import stored_labellings
from annotate.store import Store
from annotate.workspace import Workspace


class Agreement(Struct, frozen=True):
    """``documents`` and ``annotators``: how many the results rest on."""

    documents: int
    annotators: int
    results: list[Result]


def run(workspace: Workspace, *, replicates: int = REPLICATES, seed: int = SEED) -> Agreement:
    schema = load_schema(workspace.schema_path)
    with Store(workspace.store_path) as store:
        labellings = stored_labellings(store, schema).labellings
    results = measure_labellings(schema, labellings, replicates=replicates, seed=seed)
    return Agreement(len({each.article for each in labellings}), len({each.annotator for each in labellings}), results)


def show(done: Agreement) -> str:
    lines = [f"{done.documents} documents, {done.annotators} annotators", ""]
    lines.append(f"{'layer':<36} {'measure':<20} {'pairable':>8}  {'value':>6}  95% interval")
    lines += [_row(each) for each in done.results]
    if done.documents < FEW_DOCUMENTS:
        lines += ["", f"fewer than {FEW_DOCUMENTS} documents: intervals are too narrow (about 87–90% instead of 95% at 10 documents)"]
    return "\n".join(lines)


def _row(result: Result) -> str:
    value = f"{result.value:6.3f}" if result.value is not None else "     –"
    interval = f"{result.interval.low:.3f} to {result.interval.high:.3f}" if result.interval else result.reason or ""
    return f"{result.layer:<36} {result.measure:<20} {result.pairable:>8}  {value}  {interval}".rstrip()
