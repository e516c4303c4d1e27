"""What can go wrong between here and a server, each in plain words with its remedy."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx

from annotate.errors import StudioProblem

REMEDIES = {
    400: "the server does not take what was sent (400)",
    401: "the token is not accepted (401); copy it again from Account & Settings; a legacy token must be allowed for the organisation, "
    "a personal access token may have been revoked",
    403: "this account may not do that (403); use the token of an administrator",
    404: "nothing there (404); check the address and that the project still exists",
    413: "what was sent is too large for a proxy before the server (413); lower `batch` under [studio], or raise the proxy's limit",
    429: "too many requests (429); wait a while, then run the command again: it goes on where it stopped",
    500: "the server has a fault of its own (500); its log says which; run the command again: nothing is done twice",
    502: "a proxy answers, but not the server behind it (502); is Label Studio running? Run the command again: nothing is done twice",
    503: "the server is not ready or overloaded (503); wait a while, then run the command again: nothing is done twice",
    504: "a proxy gave up waiting for the server (504); run the command again: nothing is done twice. Lower `batch` if it stays so",
}


class Refused(StudioProblem):
    """The server said no, and did nothing. ``status`` is the answer's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unsure(StudioProblem):
    """No answer to a request that changes something: it was done, or not, or is still being done."""


def no_answer(url: str, error: httpx.HTTPError) -> str:
    """A connection that was not made, was lost, or stayed silent."""
    if isinstance(error, httpx.TimeoutException):
        return f"{url} did not answer in time; it may still be at work: run the command again, nothing is done twice"
    if "certificate" in str(error).lower():
        return f"{url}: its certificate is not trusted ({error}); name the issuer's certificate in SSL_CERT_FILE, or correct the address"
    if "ssl" in str(error).lower():
        return f"{url} does not speak HTTPS ({error}); write http:// in the address, or correct the port"
    if isinstance(error, httpx.ConnectError):
        return f"{url} cannot be reached ({error}); is it running? `annotate studio up` starts one of your own"
    if isinstance(error, (httpx.RemoteProtocolError, httpx.DecodingError)):
        return f"{url} broke off its answer ({error}); run the command again: nothing is done twice"
    return f"{url}: the connection was lost ({error or type(error).__name__}); run the command again: nothing is done twice"


def refusal(url: str, status: int, said: str, headers: Mapping[str, str] | None = None) -> str:
    """An answer that is none of success, with what the server said of it."""
    if 300 <= status < 400:
        where = (headers or {}).get("location", "elsewhere")
        return f"{url}: the server sends us on to {where} ({status}); put the address that it sends to into `url` under [studio]"
    after = (headers or {}).get("retry-after", "")
    asked = f" (it asks to wait {after} s)" if after.isdecimal() else ""
    return f"{url}: {REMEDIES.get(status, f'the server refused ({status})')}{asked}" + (f": {said}" if said else "")


def not_label_studio(url: str, answer: httpx.Response | bytes | None, error: object) -> str:
    """An answer that is none of Label Studio's: a proxy's page, another server, JSON that was cut off."""
    body = answer if isinstance(answer, bytes) else answer.content if answer is not None else b""
    if body.lstrip()[:1] == b"<":
        return f"{url} answers with a web page, not as Label Studio does; check the address, and what a proxy before it wants (a log-in?)"
    if body.lstrip()[:1] in (b"{", b"[") and "truncated" in str(error).lower():
        return f"{url}: its answer was cut off; run the command again, and look at the proxy before it if it stays so"
    return f"{url} does not answer as Label Studio 1.23 does ({error}); check the address, and that no proxy's page is before it"


def too_old(url: str, release: str, oldest: tuple[int, int]) -> str:
    return f"{url} is Label Studio {release}; this toolkit needs {oldest[0]}.{oldest[1]} or later (1.23 is tested): upgrade the server"


def detail(answer: httpx.Response) -> str:
    """What the server said is wrong, shortened."""
    try:
        body = answer.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return ""
    if isinstance(body, dict) and (errors := body.get("validation_errors")):
        return json.dumps(errors, ensure_ascii=False)[:400]
    said = body.get("detail") if isinstance(body, dict) else None
    return str(said or body)[:400]
