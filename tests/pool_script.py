"""A pool made in a process of its own, which can have an engine of its own, and can be killed. Words: OUT, engine, the end of the name of a
file (or nothing) at whose appearance the process is killed, input. On Ray it also draws a sample of the pool."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import msgspec

from annotate.corpus.at_scale.build import make_pool
from annotate.corpus.at_scale.engine import run_each, use_engine
from annotate.corpus.inputs import inputs_of
from annotate.corpus.sampling.design import Design
from annotate.corpus.sampling.draw import draw, fetch
from annotate.corpus.sampling.pool import RunEach, in_turn

DESIGN = Design(size=12, by=("publisher", "length"), seed=7, keywords=("Ships",))


def two_workers() -> Any:
    """A Ray cluster on this machine."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    return cluster


def die_at(name: str) -> None:
    """SIGKILL to this process in the moment in which a file of this name would take its place."""

    def look(event: str, words: tuple[Any, ...]) -> None:
        if event == "os.rename" and str(words[1]).endswith(name):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)


def sampled(out: str, run: RunEach = in_turn) -> list[Any]:
    """What is drawn of the pool, and the rows of it."""
    sample = draw(inputs_of([out]), DESIGN, run_each=run)
    rows = [row for _, row in fetch(sample, run)]
    return [[[each.id, each.weight] for each in sample.new], msgspec.to_builtins(sample.manifest.strata), msgspec.to_builtins(rows)]


def main(out: str, engine: str, last: str, path: str) -> None:
    if last:
        die_at(last)
    cluster = two_workers() if engine == "ray" else None
    use_engine(engine, cluster.address if cluster else None)
    make_pool(inputs_of([path]), out, most_bytes=4000)
    if cluster:
        import ray

        print(sum(node["Alive"] for node in ray.nodes()))  # type: ignore[no-untyped-call]
        print(msgspec.json.encode(sampled(out, run_each)).decode())
        ray.shutdown()
        cluster.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
