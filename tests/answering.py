"""A small web server that gives the answers it is told to, one after the other, and remembers what it was asked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    method: str
    path: str
    authorization: str


class Reply(NamedTuple):
    """``length`` is what Content-Length says, where that is not the body's."""

    status: int = 200
    body: bytes = b"{}"
    headers: Sequence[tuple[str, str]] = ()
    length: int | None = None
    hold: threading.Event | None = None  # answered when this is set


Answer = Callable[[Asked], Reply]


class Answering:
    """``asked`` is every request so far, on so many ``connections``. Its address is ``url``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.connections = 0


@contextmanager
def answering(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Answering]:
    """Answer every request on loopback as ``answer`` says; the last reply of a sequence is repeated."""
    seen = Answering("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            seen.connections += 1
            super().setup()

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, self.headers.get("Authorization") or "")
            seen.asked.append(asked)
            reply = answer(asked)
            if reply.hold is not None:
                reply.hold.wait(30)
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = reply.length is not None

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hung up is what some tests are about."""

    with Quiet(("127.0.0.1", 0), Handler) as web:
        if tls is not None:
            web.socket = tls.wrap_socket(web.socket, server_side=True)
        seen.url = f"http{'s' if tls else ''}://127.0.0.1:{web.server_port}"
        thread = threading.Thread(target=web.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield seen
        finally:
            web.shutdown()
            thread.join()


def in_turn(*replies: Reply) -> Answer:
    """The replies one after the other, the last one for ever."""
    left = list(replies)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]
