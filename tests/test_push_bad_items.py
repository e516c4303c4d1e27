"""One article that cannot go does not keep the others from going, and is named."""

from __future__ import annotations

import pytest
from msgspec import structs

from annotate.errors import StudioProblem
from annotate.records import Zone
from annotate.steps import push
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.server import Server
from tests.fault_proxy import Request, fault_proxy
from tests.on_server import MakeWorkspace, put, tasks_of

TEXTS = {f"velmora-{number}": f"Velmora shelled the bridge on day {number}." for number in range(9)}


def test_an_article_too_large_for_a_gateway_is_named_and_the_others_go(
    make_workspace: MakeWorkspace, server: Server, client: Client
) -> None:
    def too_large(request: Request) -> str | None:
        return "413" if len(request.raw) > 40_000 else None

    with fault_proxy(server.url, too_large, 0) as proxy:
        workspace = make_workspace(server=server, LABEL_STUDIO_URL=proxy.url)
        put(workspace, TEXTS | {"velmora-4": "قصفت فيلمورا الجسر. " * 2000})
        done = push.run(workspace)
    (problem,) = done.problems
    assert (problem.place, done.sent) == ("velmora-4", 8)
    assert "not taken: " in problem.message
    assert "too large for a proxy before the server (413)" in problem.message
    assert tasks_of(client, workspace).keys() == TEXTS.keys() - {"velmora-4"}


def test_an_article_at_which_a_gateway_always_fails_is_named_and_the_others_go(
    make_workspace: MakeWorkspace, server: Server, client: Client
) -> None:
    def breaks(request: Request) -> str | None:
        return "502" if request.method == "POST" and b"Karesh" in request.raw else None

    with fault_proxy(server.url, breaks, 0) as proxy:
        workspace = make_workspace(server=server, LABEL_STUDIO_URL=proxy.url)
        put(workspace, TEXTS | {"velmora-4": "Karesh condemns the attack."})
        done = push.run(workspace)
    (problem,) = done.problems
    assert (problem.place, done.sent) == ("velmora-4", 8)
    assert "no answer came when it was sent; push again, and look at the server's log" in problem.message
    assert tasks_of(client, workspace).keys() == TEXTS.keys() - {"velmora-4"}
    with fault_proxy(server.url, lambda request: None, 0) as proxy:
        again = push.run(make_workspace(server=server, LABEL_STUDIO_URL=proxy.url))
    assert (again.sent, again.there, again.problems) == (1, 8, [])


def test_a_token_that_is_taken_away_in_the_middle_is_no_articles_fault(
    make_workspace: MakeWorkspace, server: Server, client: Client
) -> None:
    imports = 0

    def revoked(request: Request) -> str | None:
        nonlocal imports
        imports += "/import" in request.path
        return "401" if imports > 2 else None

    with fault_proxy(server.url, revoked, 0) as proxy:
        workspace = make_workspace(server=server, LABEL_STUDIO_URL=proxy.url, ANNOTATE_STUDIO_BATCH="3")
        put(workspace, TEXTS)
        with pytest.raises(StudioProblem, match=r"the token is not accepted \(401\)"):
            push.run(workspace)
    assert len(tasks_of(client, workspace)) == 6
    with fault_proxy(server.url, lambda request: None, 0) as proxy:
        assert push.run(make_workspace(server=server, LABEL_STUDIO_URL=proxy.url)).sent == 3


def test_an_article_whose_zones_cannot_be_shown_is_named_and_the_others_go(
    make_workspace: MakeWorkspace, server: Server, client: Client
) -> None:
    workspace = make_workspace(server=server)
    put(workspace, TEXTS)
    with Store(workspace.store_path) as store:
        article = store.article("velmora-4")
        assert article is not None
        store.put_articles([structs.replace(article, zones=(Zone(5, 5, "boilerplate"),))])
    done = push.run(workspace)
    (problem,) = done.problems
    assert str(problem) == "velmora-4: its zones cannot be shown on the labelling page: item 0: the span 5–5 holds nothing"
    assert done.sent == 8
    assert tasks_of(client, workspace).keys() == TEXTS.keys() - {"velmora-4"}
