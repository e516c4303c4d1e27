"""Each way in which a server fails: what is said of it, and what is tried again. The server here is a small one that fails as told."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from annotate.errors import StudioProblem
from annotate.steps import pull, push
from annotate.studio.client import Client
from annotate.studio.refusals import Refused, Unsure
from annotate.workspace import Workspace
from tests.answering import Answer, Asked, Reply, answering, in_turn
from tests.conftest import not_run
from tests.on_server import MakeWorkspace

TOKEN = "0123456789abcdef0123456789abcdef01234567"
PERSONAL = "head.body.signature"
VERSION = Reply(body=b'{"release": "1.23.2"}')
HTML = b"<!doctype html><title>Velmora Telecom</title>Log in to the network"
STEPS = pytest.mark.parametrize("step", [push.run, pull.run])
Call = Callable[[Client], Any]


def get(client: Client) -> Any:
    return client.get_json("/api/tasks")


def post(client: Client) -> Any:
    return client.post("/api/projects/1/import", [{}])


def patch(client: Client) -> Any:
    return client.patch("/api/tasks/1/", {})


def delete(client: Client) -> None:
    client.delete("/api/tasks/1/")


CHANGES = pytest.mark.parametrize("call", [post, patch, delete])


@STEPS
@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(401, b'{"detail": "Invalid token."}'), r"the token is not accepted \(401\); copy it again from Account & Settings"),
        (
            Reply(403, b'{"detail": "You do not have permission."}'),
            r"this account may not do that \(403\); use the token of an admin",
        ),
        (Reply(404, b"<html>Not here</html>"), r"nothing there \(404\); check the address"),
        (Reply(429, headers=[("Retry-After", "3600")]), r"too many requests \(429\); wait a while.* \(it asks to wait 3600 s\)"),
        (Reply(500, b'{"detail": "division by zero"}'), r"a fault of its own \(500\); its log says which.*: division by zero"),
        (Reply(200, HTML), "answers with a web page, not as Label Studio does; check the address, and what a proxy"),
        (Reply(200, b'{"release": "1.23.2", "label-stu'), "its answer was cut off; run the command again"),
        (Reply(200, b'{"release": "1.2', length=900), "broke off its answer .*; run the command again"),
        (Reply(200, b'{"status": "ok"}'), "does not answer as Label Studio 1.23 does .*; check the address"),
        (Reply(200, b"[]"), "does not answer as Label Studio 1.23 does .*; check the address"),
        (Reply(200, b'{"release": "1.9.2"}'), r"is Label Studio 1\.9\.2; this toolkit needs 1\.20 or later .*: upgrade the server"),
        (
            Reply(301, headers=[("Location", "https://labels.velmora.example/")]),
            r"sends us on to https://labels.* \(301\)",
        ),
    ],
)
def test_what_each_refusal_says_and_what_to_do(
    make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch, step: Callable[[Workspace], Any], reply: Reply, message: str
) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
    with answering(in_turn(reply)) as server, pytest.raises(StudioProblem, match=message) as caught:
        step(make_workspace(LABEL_STUDIO_URL=server.url))
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("passing", [Reply(502, HTML), Reply(503), Reply(504, HTML), Reply(429, headers=[("Retry-After", "1")])])
def test_reading_is_tried_again(passing: Reply) -> None:
    with answering(in_turn(passing, Reply(body=b"[1]"))) as server, Client(server.url, TOKEN) as client:
        assert get(client) == [1]
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("lasting", "message"),
    [
        (Reply(502, HTML), r"a proxy answers, but not the server behind it \(502\); is Label Studio running"),
        (Reply(503), r"not ready or overloaded \(503\); wait a while"),
        (Reply(504, HTML), r"a proxy gave up waiting for the server \(504\).*nothing is done twice. Lower `batch`"),
    ],
)
def test_what_does_not_pass_is_said_after_five_tries(lasting: Reply, message: str) -> None:
    with answering(in_turn(lasting)) as server, Client(server.url, TOKEN) as client:
        with pytest.raises(StudioProblem, match=message):
            get(client)
        assert len(server.asked) == 5


@CHANGES
@pytest.mark.parametrize(
    "reply", [Reply(500), Reply(502, HTML), Reply(503), Reply(504, HTML), Reply(200, HTML), Reply(200, b'{"ta', length=99)]
)
def test_what_changes_something_is_never_sent_again_when_it_may_have_been_done(call: Call, reply: Reply) -> None:
    with answering(in_turn(reply)) as server, Client(server.url, TOKEN) as client:
        with pytest.raises(Unsure):
            call(client)
        assert len(server.asked) == 1


@CHANGES
def test_what_changes_something_is_sent_again_when_the_server_was_too_busy_to_begin(call: Call) -> None:
    with answering(in_turn(Reply(429, headers=[("Retry-After", "1")]), Reply())) as server, Client(server.url, TOKEN) as client:
        call(client)
        assert len(server.asked) == 2


@CHANGES
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_a_no_is_not_asked_again(call: Call, status: int) -> None:
    with answering(in_turn(Reply(status))) as server, Client(server.url, TOKEN) as client:
        with pytest.raises(Refused) as caught:
            call(client)
        assert (caught.value.status, len(server.asked)) == (status, 1)


@pytest.mark.parametrize(("call", "kind"), [(get, StudioProblem), (post, Unsure)])
def test_a_server_that_says_nothing(call: Call, kind: type[StudioProblem]) -> None:
    said = threading.Event()
    with answering(in_turn(Reply(hold=said))) as server, Client(server.url, TOKEN, httpx.Timeout(0.2)) as client:
        with pytest.raises(kind, match="did not answer in time; it may still be at work: run the command again, nothing is done twice"):
            call(client)
        said.set()


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=velmora.example"]
    try:
        subprocess.run(made, check=True, capture_output=True)
    except FileNotFoundError:
        not_run("no openssl on this machine; .ci/packages installs it")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with answering(in_turn(VERSION), tls) as server, Client(server.url, TOKEN) as client:
        with pytest.raises(StudioProblem, match=r"its certificate is not trusted .*; name the issuer's certificate in SSL_CERT_FILE"):
            get(client)
        assert server.asked == []


def test_https_where_http_is_spoken() -> None:
    said = pytest.raises(StudioProblem, match=r"does not speak HTTPS .*; write http:// in the address, or correct the port")
    with answering(in_turn(VERSION)) as server, Client(server.url.replace("http:", "https:"), TOKEN) as client, said:
        get(client)


@pytest.mark.parametrize("address", ["label.studio:8080", "ftp://velmora.example", "http://[::1", ""])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(StudioProblem, match=r"is no address of a server.*write it as http://127"):
        Client(address, TOKEN)


@pytest.mark.parametrize("token", ["مفتاح", "two\nlines"])
def test_a_token_that_cannot_be_one(token: str) -> None:
    with pytest.raises(StudioProblem, match="holds characters that no token has; copy it again") as caught:
        Client("http://127.0.0.1:1", token)
    assert token not in str(caught.value)


def expiring(after: int) -> Answer:
    """A server whose access tokens are good for so many requests."""
    issued, used = 0, 0

    def answer(asked: Asked) -> Reply:
        nonlocal issued, used
        if asked.path == "/api/token/refresh":
            issued, used = issued + 1, 0
            return Reply(body=b'{"access": "access-%d"}' % issued)
        used += 1
        good = asked.authorization == f"Bearer access-{issued}" and used <= after
        return Reply(body=b"[]") if good else Reply(401, b'{"detail": "Token is expired"}')

    return answer


def test_a_personal_access_token_is_exchanged_anew_in_the_middle_of_a_long_pull() -> None:
    with answering(expiring(after=3)) as server, Client(server.url, PERSONAL) as client:
        for call in [get, get, post, get, post, post, patch, get, delete, get] * 2:
            call(client)
    exchanged = [each for each in server.asked if each.path == "/api/token/refresh"]
    assert len(exchanged) == 7
    assert {each.authorization for each in exchanged} == {""}


def test_a_personal_access_token_that_was_revoked() -> None:
    with answering(in_turn(Reply(401, b'{"detail": "Token is blacklisted"}'))) as server, Client(server.url, PERSONAL) as client:
        with pytest.raises(Refused, match=r"the token is not accepted \(401\).*may have been revoked") as caught:
            get(client)
        assert PERSONAL not in str(caught.value)


def test_a_proxys_page_where_a_token_was_to_be_exchanged() -> None:
    said = pytest.raises(StudioProblem, match="answers with a web page")
    with answering(in_turn(Reply(200, HTML))) as server, Client(server.url, PERSONAL) as client, said:
        get(client)
