"""Accounts on a Label Studio server: the invite link, signing up through it, and one's own token."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import httpx
from msgspec import Struct

from annotate.errors import StudioProblem
from annotate.studio.client import Client

# `POST /api/users` makes accounts that cannot log in; the invite link is the way that works.


class _Invite(Struct, frozen=True):
    invite_url: str


class Account(Struct, frozen=True):
    """An account on the server; the time is as the server writes it."""

    id: int
    email: str
    date_joined: str = ""


def invite_link(client: Client) -> str:
    """The link where a person chooses a password and joins."""
    return urljoin(f"{client.url}/", client.get_as("/api/invite", _Invite).invite_url)


def emails(client: Client) -> dict[int, str]:
    """User number → e-mail address, of everybody on the server."""
    return {account.id: account.email for account in accounts(client)}


def accounts(client: Client) -> list[Account]:
    """Everybody on the server, whoever was there first before the others."""
    return sorted(client.get_as("/api/users/", list[Account]), key=lambda account: account.id)


def sign_up(link: str, email: str, password: str) -> None:
    """Make an account through an invite link, as a person's browser does; an account that is there is left alone."""
    url = link.split("/user/signup")[0]
    with httpx.Client(base_url=url, timeout=60, follow_redirects=False) as browser:
        _submit(browser, link, {"email": email, "password": password, "allow_newsletters": "false"})


def own_token(url: str, email: str, password: str) -> str:
    """The legacy token of an account, as its owner sees it in the account's settings.

    Raises StudioProblem when the log-in is refused.
    """
    with httpx.Client(base_url=url, timeout=60, follow_redirects=False) as browser:
        answer = _submit(browser, "/user/login/", {"email": email, "password": password})
        if answer.status_code != 302:
            raise StudioProblem(f"{url}: the log-in of {email} was refused; check the password")
        token: str = browser.get("/api/current-user/token").json()["token"]
        return token


def _submit(browser: httpx.Client, path: str, fields: dict[str, str]) -> httpx.Response:
    page = browser.get(path)
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    if found is None:
        raise StudioProblem(f"{browser.base_url}: no form at {path.split('?')[0]}; is this Label Studio 1.23?")
    return browser.post(path, data=fields | {"csrfmiddlewaretoken": found.group(1)}, headers={"Referer": str(page.url)})
