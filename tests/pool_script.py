"""A pool made in a process of its own, which can be killed, and can have an engine of its own. Words: OUT, engine, most bytes, most rows,
inputs."""

from __future__ import annotations

import sys
from typing import Any

from annotate.corpus.at_scale.build import make_pool
from annotate.corpus.at_scale.engine import use_engine
from annotate.corpus.at_scale.inputs import inputs_of


def two_workers() -> Any:
    """A Ray cluster on this machine."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    return cluster


def main(out: str, engine: str, most_bytes: str, most_rows: str, *paths: str) -> None:
    cluster = two_workers() if engine == "ray" else None
    use_engine(engine, cluster.address if cluster else None)
    make_pool(inputs_of(paths), out, most_bytes=int(most_bytes), most_rows=int(most_rows))
    if cluster:
        import ray

        print(sum(node["Alive"] for node in ray.nodes()))  # type: ignore[no-untyped-call]
        ray.shutdown()
        cluster.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
