"""HTTP to one Label Studio server. Answers come back as the bytes the server sent, for the store keeps them so.

The SDK's client is not used for requests: it retries a POST that the server may have committed (a task twice), and its
models drop what they do not know. The SDK's LabelInterface checks configurations and results (project.py, push.py).
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
import msgspec
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from annotate.errors import StudioProblem

Answer = TypeVar("Answer")

TIMEOUT = httpx.Timeout(120, connect=10)
ACCESS_TOKEN_SECONDS = 240  # a personal access token's access token lives for 300


class Token(httpx.Auth):
    """Either kind of token: a legacy one is sent as it is, a personal access token (a JWT) is exchanged when it has aged."""

    requires_response_body = True

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._access = ""
        self._until = 0.0

    @property
    def personal(self) -> bool:
        return self._token.count(".") == 2

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self.personal:
            request.headers["Authorization"] = f"Token {self._token}"
            yield request
            return
        if time.monotonic() > self._until:
            answer = yield httpx.Request("POST", f"{self._url}/api/token/refresh", json={"refresh": self._token})
            if answer.status_code != 200:
                raise StudioProblem(_refusal(self._url, answer.status_code, ""))
            self._access = answer.json()["access"]
            self._until = time.monotonic() + ACCESS_TOKEN_SECONDS
        request.headers["Authorization"] = f"Bearer {self._access}"
        yield request


class Client:
    """A connection to a server, as one user. ``url`` has no slash at its end."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise StudioProblem(f"{url!r} is no address of a server; write it as http://127.0.0.1:8080")
        self._http = httpx.Client(base_url=self.url, auth=Token(self.url, token), timeout=TIMEOUT)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._http.close()

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> bytes:
        """The bytes of an answer. Reading is safe to repeat, so a lost connection is tried again."""
        again = Retrying(
            retry=retry_if_exception_type(httpx.TransportError), stop=stop_after_attempt(4), wait=wait_exponential(0.2, max=5), reraise=True
        )
        try:
            return self._checked(again(self._http.get, path, params=dict(query or {})))
        except httpx.TransportError as error:
            raise StudioProblem(_unreachable(self.url, error)) from None

    def get_as(self, path: str, kind: type[Answer], query: Mapping[str, Any] | None = None) -> Answer:
        """The answer as a record of the kind; raises StudioProblem when it is anything else."""
        return self._decoded(self.get(path, query), kind)

    def get_json(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        return self._decoded(self.get(path, query), object)

    def post(self, path: str, body: Any, query: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer. Never tried again here: the server may have done it."""
        return self._send("POST", path, body, query)

    def patch(self, path: str, body: Any) -> Any:
        return self._send("PATCH", path, body, None)

    def delete(self, path: str) -> None:
        self._send("DELETE", path, None, None)

    def _send(self, method: str, path: str, body: Any, query: Mapping[str, Any] | None) -> Any:
        content = msgspec.json.encode(body) if body is not None else None
        headers = {"Content-Type": "application/json"} if content is not None else {}
        try:
            answer = self._http.request(method, path, content=content, params=dict(query or {}), headers=headers)
        except httpx.TransportError as error:
            raise StudioProblem(_unreachable(self.url, error)) from None
        checked = self._checked(answer)
        return self._decoded(checked, object) if checked else None

    def _checked(self, answer: httpx.Response) -> bytes:
        if answer.is_success:
            return answer.content
        raise StudioProblem(_refusal(self.url, answer.status_code, _detail(answer)))

    def _decoded(self, body: bytes, kind: type[Answer]) -> Answer:
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StudioProblem(
                f"{self.url} does not answer as Label Studio 1.23 does ({error}); check the address, and that no proxy's page is before it"
            ) from None


def read_token(token_file: Path | None, environment: Mapping[str, str]) -> str:
    """The token from LABEL_STUDIO_API_KEY, else from the file that the configuration names.

    Raises StudioProblem when there is neither.
    """
    if token := environment.get("LABEL_STUDIO_API_KEY", "").strip():
        return token
    if token_file is not None:
        try:
            return token_file.read_text("utf-8").strip()
        except OSError as error:
            raise StudioProblem(f"{token_file}: {error.strerror}; put the token of your account there") from None
    raise StudioProblem(
        "no token: set LABEL_STUDIO_API_KEY, name a token_file in annotate.toml, or run `annotate studio up` for a server of your own"
    )


def _unreachable(url: str, error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"{url} did not answer in time; it may still be at work: run the command again, nothing is done twice"
    if "certificate" in str(error).lower():
        return f"{url}: its certificate is not trusted ({error}); install the issuer's certificate, or correct the address"
    return f"{url} cannot be reached ({error}); is it running? `annotate studio up` starts one of your own"


def _refusal(url: str, status: int, detail: str) -> str:
    known = {
        401: "the token is not accepted (401); copy it again from Account & Settings; a legacy token must be allowed for the organisation",
        403: "this account may not do that (403); use the token of an administrator",
        404: "nothing there (404); check the address and that the project still exists",
    }
    said = f": {detail}" if detail else ""
    return f"{url}: {known.get(status, f'the server refused ({status})')}{said}"


def _detail(answer: httpx.Response) -> str:
    """What the server said is wrong, shortened."""
    try:
        body = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return ""
    if isinstance(body, dict) and (errors := body.get("validation_errors")):
        return json.dumps(errors, ensure_ascii=False)[:400]
    detail = body.get("detail") if isinstance(body, dict) else None
    return str(detail or body)[:400]
