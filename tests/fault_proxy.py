"""A TCP proxy before a real server that loses, cuts, delays, repeats and invents answers, as a seed says.

It knows of HTTP only where a request and an answer end. What it does to a request is one of ``FAULTS``.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple
from urllib.parse import urlsplit

FAULTS = (
    "refused",  # closed before the server hears of it
    "cut request",  # half of it reaches the server
    "cut at once",  # the server has it and goes on, the client is cut off 0-100 ms later
    "cut answer",  # half of the answer comes
    "late",  # the client is cut off, and the server gets the request a moment later
    "twice",  # a gateway did not see the first answer, and asks the server again
    "504",  # the server did it, and a gateway says that it gave up
    "502",  # a gateway says so without asking the server
    "429",  # too many requests, try again in a second
    "page",  # the server did it, and a proxy answers with a page of its own
)
# Answered without asking the server. The last two are no faults of a network: a gateway's limit, and a token that was revoked.
STATUSES = {"502": "502 Bad Gateway", "429": "429 Too Many Requests", "413": "413 Content Too Large", "401": "401 Unauthorized"}
LATE_SECONDS = (0.1, 1.2)
PAGE = b"<html><title>Velmora Telecom</title>Please wait</html>"


class Request(NamedTuple):
    method: str
    path: str
    raw: bytes


Choose = Callable[[Request], str | None]


class FaultProxy:
    """Listens on loopback; ``choose`` says of each request which fault it meets, or None. ``server`` may be moved while it runs."""

    def __init__(self, server: str, choose: Choose, seed: int) -> None:
        self.server = server
        self.choose = choose
        self.met: list[str] = []
        self._left = 0
        self._then: Callable[[], None] | None = None
        self._random = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[threading.Thread] = set()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def at_request(self, number: int, then: Callable[[], None]) -> None:
        """Do something as the request of this number, counted from now, is about to be handed on."""
        self._left, self._then = number, then

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._open = {each for each in self._open if each.is_alive()} | {thread}
        thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(60)
            while (request := _read_request(connection)) is not None:
                self._left -= 1
                if self._left == 0 and self._then is not None:
                    self._then()
                fault = self.choose(request)
                if fault is not None:
                    self.met.append(fault)
                if not self._answer(connection, request, fault):
                    return

    def _answer(self, connection: socket.socket, request: Request, fault: str | None) -> bool:
        """Answer one request; False when the connection is to be closed."""
        if fault in STATUSES:
            connection.sendall(_page(fault, b"Retry-After: 1\r\n" if fault == "429" else b""))
            return True
        if fault in ("refused", "cut request", "cut at once", "late"):
            if fault != "refused":
                self._start(self._forward_alone, request, fault, self._random.uniform(*LATE_SECONDS))
            time.sleep(self._random.uniform(0, 0.1) if fault == "cut at once" else 0)
            _reset(connection)
            return False
        if fault == "twice":
            self._forward(request.raw)
        answer = self._forward(request.raw)
        if fault in ("504", "page"):
            answer = _page("504 Gateway Time-out" if fault == "504" else "200 OK")
        if answer is None or fault == "cut answer":
            connection.sendall((answer or b"")[: len(answer or b"") // 2])
            _reset(connection)
            return False
        connection.sendall(answer)
        return True

    def _forward_alone(self, request: Request, fault: str, late: float) -> None:
        """Give the server a request whose client does not wait for the answer."""
        time.sleep(late if fault == "late" else 0)
        self._forward(request.raw[: len(request.raw) // 2] if fault == "cut request" else request.raw, close=fault == "cut request")

    def _forward(self, raw: bytes, *, close: bool = False) -> bytes | None:
        """The server's answer; None when it broke off."""
        place = urlsplit(self.server)
        try:
            with socket.create_connection((place.hostname or "", place.port or 80), timeout=120) as server:
                server.sendall(raw)
                return None if close else _read_answer(server)
        except OSError:
            return None

    def drain(self) -> None:
        """Until every request that was let through has been answered by the server."""
        for thread in [each for each in self._open if each is not threading.current_thread()]:
            thread.join(0.0 if not thread.is_alive() else 150)

    def close(self) -> None:
        # Waking the thread that waits in accept, which closing alone does not.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        self.drain()


@contextmanager
def fault_proxy(server: str, choose: Choose, seed: int) -> Iterator[FaultProxy]:
    proxy = FaultProxy(server, choose, seed)
    try:
        yield proxy
    finally:
        proxy.close()


def _reset(connection: socket.socket) -> None:
    """Close with a reset, as a server that died or a firewall does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _page(status: str, more: bytes = b"") -> bytes:
    words = STATUSES.get(status, status)
    head = f"HTTP/1.1 {words}\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}\r\n".encode()
    return head + more + b"\r\n" + PAGE


def _read_request(connection: socket.socket) -> Request | None:
    raw = _read_message(connection)
    if raw is None:
        return None
    method, path, _ = raw.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
    return Request(method, path, raw)


def _read_answer(server: socket.socket) -> bytes | None:
    return _read_message(server)


def _read_message(source: socket.socket) -> bytes | None:
    """One message, by its Content-Length; None when the connection closes before its end."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        more = source.recv(65536)
        if not more:
            return None
        raw += more
    head, _, body = raw.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    parts, left = [raw], length - len(body)
    while left > 0:
        more = source.recv(min(left, 1 << 20))
        if not more:
            return None
        parts.append(more)
        left -= len(more)
    return b"".join(parts)
