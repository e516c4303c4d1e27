"""HTTP to one Label Studio server. Answers come back as the bytes the server sent, for the store keeps them so.

The SDK's client is not used for requests: it retries a POST that the server may have committed (a task twice), and its
models drop what they do not know. The SDK's LabelInterface checks configurations and results (predictions.py).

What is tried again, and what never: reading is safe, so a lost connection, a full server (429) and a gateway's 502–504 are tried again. A
request that changes something is tried again only where the server cannot have begun it: no connection was made, or it answered 429.
"""

from __future__ import annotations

import base64
import ssl
import time
from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

import httpx
import msgspec
from tenacity import (
    RetryCallState,
    Retrying,
    retry_any,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    stop_any,
    wait_exponential,
)

from annotate.errors import StudioProblem
from annotate.studio.refusals import Refused, Unsure, detail, no_answer, not_label_studio, refusal, too_old

Answer = TypeVar("Answer")

TIMEOUT = httpx.Timeout(120, connect=10)
ACCESS_TOKEN_SECONDS = 240  # a personal access token's access token lives for 300
LONGEST_WAIT = 60  # seconds; a server that asks for more is reported instead
FULL = 429
GATEWAY = frozenset({502, 503, 504})


class Token(httpx.Auth):
    """Either kind of token: a legacy one is sent as it is, a personal access token (a JWT) is exchanged when it has aged or is refused."""

    requires_response_body = True

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._access = ""
        self._until = 0.0

    @property
    def personal(self) -> bool:
        return self._token.count(".") == 2

    @property
    def expires(self) -> datetime | None:
        if not self.personal:
            return None
        body = self._token.split(".")[1]
        try:
            return datetime.fromtimestamp(
                msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=_Claims).exp, UTC
            )
        except (ValueError, msgspec.DecodeError, OverflowError, OSError):
            return None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self.personal:
            request.headers["Authorization"] = f"Token {self._token}"
            yield request
            return
        fresh = time.monotonic() > self._until
        if fresh:
            yield from self._exchange()
        request.headers["Authorization"] = f"Bearer {self._access}"
        answer = yield request
        # Refused before it was looked at, so asking once more is safe, whatever the request does.
        if answer.status_code == 401 and not fresh:
            yield from self._exchange()
            request.headers["Authorization"] = f"Bearer {self._access}"
            yield request

    def _exchange(self) -> Generator[httpx.Request, httpx.Response, None]:
        answer = yield httpx.Request("POST", f"{self._url}/api/token/refresh", json={"refresh": self._token})
        if answer.status_code != 200:
            raise Refused(refusal(self._url, answer.status_code, "" if answer.status_code == 401 else detail(answer)), answer.status_code)
        try:
            self._access = msgspec.json.decode(answer.content, type=_Access).access
        except msgspec.DecodeError as error:
            raise StudioProblem(not_label_studio(self._url, answer, error)) from None
        self._until = time.monotonic() + ACCESS_TOKEN_SECONDS


class _Claims(msgspec.Struct):
    exp: float


class _Access(msgspec.Struct):
    access: str


class Client:
    """A connection to a server, as one user. ``url`` has no slash at its end."""

    def __init__(self, url: str, token: str, timeout: httpx.Timeout = TIMEOUT) -> None:
        self.url = url.rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise StudioProblem(f"{url!r} is no address of a server; write it as http://127.0.0.1:8080")
        if not token.isascii() or not token.isprintable():
            raise StudioProblem("the token holds characters that no token has; copy it again from Account & Settings")
        try:
            self._auth = Token(self.url, token)
            how = _plain() if self.url.startswith("http://") else _Connecting()
            self._http = httpx.Client(base_url=self.url, auth=self._auth, timeout=timeout, verify=how.trusted, limits=how.limits)
        except (httpx.InvalidURL, ValueError) as error:
            raise StudioProblem(f"{url!r} is no address of a server ({error}); write it as http://127.0.0.1:8080") from None

    @property
    def personal(self) -> bool:
        """Is the token a personal access token, rather than a legacy one?"""
        return self._auth.personal

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> bytes:
        """The bytes of an answer; tried again where that may help, for reading is safe to repeat."""
        return self._checked(self._get(path, query))

    def get_as(self, path: str, kind: type[Answer], query: Mapping[str, Any] | None = None) -> Answer:
        """The answer as a record of the kind; raises StudioProblem when it is anything else."""
        return self._decoded(self.get(path, query), kind)

    def get_json(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        return self._decoded(self.get(path, query), object)

    def post(self, path: str, body: Any, query: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer. Raises Unsure when the server may or may not have done it, Refused when it said no."""
        return self._send("POST", path, body, query)

    def patch(self, path: str, body: Any) -> Any:
        return self._send("PATCH", path, body, None)

    def delete(self, path: str) -> None:
        self._send("DELETE", path, None, None)

    @property
    def expires(self) -> datetime | None:
        """When the personal access token runs out; None where that is not known."""
        return self._auth.expires

    def clock(self) -> datetime:
        """What time it is on the server, to the second."""
        said = self._get("/health", None).headers.get("Date")
        return parsedate_to_datetime(said) if said else datetime.now(UTC)

    def require_version(self, oldest: tuple[int, int] = (1, 20)) -> str:
        """The server's version. Raises StudioProblem when what answers is no Label Studio, or one older than the toolkit knows."""
        said = self.get_json("/api/version")
        release = said.get("release") if isinstance(said, dict) else None
        if not isinstance(release, str):
            raise StudioProblem(not_label_studio(self.url, None, f"/api/version says {str(said)[:80]!r}"))
        numbers = [int(part) if part.isdecimal() else 0 for part in release.split(".")[:2]]
        if tuple(numbers) < oldest:
            raise StudioProblem(too_old(self.url, release, oldest))
        return release

    def _get(self, path: str, query: Mapping[str, Any] | None) -> httpx.Response:
        answer: httpx.Response
        try:
            answer = _again(lambda error: True, GATEWAY | {FULL})(self._http.get, path, params=dict(query or {}))
        except httpx.HTTPError as error:
            raise StudioProblem(no_answer(self.url, error)) from None
        return answer

    def _send(self, method: str, path: str, body: Any, query: Mapping[str, Any] | None) -> Any:
        content = msgspec.json.encode(body) if body is not None else None
        headers = {"Content-Type": "application/json"} if content is not None else {}
        again = _again(lambda error: isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)), {FULL})
        try:
            answer = again(self._http.request, method, path, content=content, params=dict(query or {}), headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise StudioProblem(no_answer(self.url, error)) from None
        except httpx.HTTPError as error:
            raise Unsure(no_answer(self.url, error)) from None
        if answer.status_code >= 500:
            raise Unsure(refusal(self.url, answer.status_code, detail(answer)))
        checked = self._checked(answer)
        try:
            return msgspec.json.decode(checked) if checked else None
        except msgspec.DecodeError as error:
            raise Unsure(not_label_studio(self.url, answer, error)) from None

    def _checked(self, answer: httpx.Response) -> bytes:
        if answer.is_success:
            return answer.content
        raise Refused(refusal(self.url, answer.status_code, detail(answer), answer.headers), answer.status_code)

    def _decoded(self, body: bytes, kind: type[Answer]) -> Answer:
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StudioProblem(not_label_studio(self.url, body, error)) from None


class _Connecting(NamedTuple):
    """The certificates that are trusted (True: the usual ones), and how many connections are kept."""

    trusted: ssl.SSLContext | bool = True
    limits: httpx.Limits = httpx.Limits()


def _plain() -> _Connecting:
    """How to connect without TLS: no certificate is trusted (to read the usual ones takes 25 ms), no connection kept.

    Label Studio's own server answers in two packets. On a connection that is kept the second waits 40 ms for the first to be acknowledged;
    on a new one that is done at once. Behind TLS there is a proxy that does not wait, and a new connection costs more.
    """
    return _Connecting(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), httpx.Limits(max_keepalive_connections=0))


def _again(worth: Callable[[BaseException], bool], statuses: set[int] | frozenset[int]) -> Retrying:
    """Try again after a lost connection that is ``worth`` it and after answers of these statuses; the last answer or error is given out."""
    lost = retry_if_exception(lambda error: _passing(error) and worth(error))
    full = retry_if_result(lambda answer: answer.status_code in statuses and _asked_for(answer) <= LONGEST_WAIT)
    return Retrying(
        retry=retry_any(lost, full),
        stop=stop_any(stop_after_attempt(5), stop_after_delay(2 * LONGEST_WAIT)),
        wait=_wait,
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )


def _passing(error: BaseException) -> bool:
    """May it be otherwise a moment later? Not what a certificate or an address is the cause of."""
    if not isinstance(error, httpx.TransportError) or isinstance(error, httpx.UnsupportedProtocol):
        return False
    return "certificate" not in str(error).lower()


def _wait(state: RetryCallState) -> float:
    answer = state.outcome.result() if state.outcome and not state.outcome.failed else None
    asked = _asked_for(answer) if answer is not None else 0.0
    return asked or wait_exponential(0.2, max=5)(state)


def _asked_for(answer: httpx.Response) -> float:
    """The seconds that a Retry-After asks for; 0 when it asks for none."""
    said = answer.headers.get("Retry-After", "")
    return float(said) if said.isdecimal() else 0.0
