"""Signing in and out: plain HTML forms, because a Streamlit script can't set a cookie.

The cookie is HttpOnly and SameSite=Lax; the form carries a token that must match a second cookie (double submit). How soon a next
try is looked at, `triage.accounts.sign_in_tries` says. Argon2 costs 64 MB and much time, so few passwords are looked at together, few wait,
and one address can't take all those places.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from html import escape
from urllib.parse import parse_qsl

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kb.pages.templates import STYLE
from kb.pages.words import load_words
from kb.settings import settings
from triage.accounts import accounts
from triage.accounts.sign_in_tries import TooSoonError, try_to_sign_in
from triage.database.opening import open_database
from triage.web.guard import came_from_here

AT_ONCE, WAITING, OF_ONE_ADDRESS = 2, 20, 4  # tries whose password is looked at, that wait for it, and both of one address
MOST_BYTES = 8_192  # of a form
COOKIE, CSRF_COOKIE = "wegwijzer_sessie", "wegwijzer_formulier"

_PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #16242b; background: #f2f6f7; }}
main {{ max-width: 24rem; margin: 12vh auto; background: #fff; border: 1px solid #c9d5d9; border-radius: 12px; padding: 2rem; }}
h1 {{ font-size: 1.3rem; line-height: 1.3; margin: .6rem 0 1.2rem; }} label {{ display: block; font-weight: 600; margin: .9rem 0 .25rem; }}
input {{ width: 100%; box-sizing: border-box; font: inherit; padding: .6rem .7rem; border: 1px solid #7b8d95; border-radius: 8px; }}
button {{ font: inherit; border: 0; cursor: pointer; margin-top: 1.4rem; width: 100%; }}
@media (max-width: 480px) {{ main {{ margin: 1rem; padding: 1.25rem; }} }}
</style></head><body><main><a class="ww-brand" href="/">{site}</a><h1>{title}</h1>{note}
<form method="post" action="/inloggen"><input type="hidden" name="token" value="{token}"><input type="hidden" name="lang" value="{lang}">
<label for="name">{user_name}</label><input id="name" name="name" autocomplete="username" required autofocus>
<label for="password">{password}</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<button class="ww-button" type="submit">{button}</button></form></main></body></html>"""


class BusyError(Exception):
    """There is no place left to look at another password."""


class Gate:
    """Lets few in at once, a few more wait, and sends the rest away."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING, of_one_address: int = OF_ONE_ADDRESS) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._most, self._of_one_address = at_once + waiting, of_one_address
        self._inside: Counter[str] = Counter()

    @asynccontextmanager
    async def place(self, address: str) -> AsyncIterator[None]:
        """A place for a caller from this address. Raises BusyError when there is none."""
        if self._inside.total() >= self._most or self._inside[address] >= self._of_one_address:
            raise BusyError
        self._inside[address] += 1
        try:
            async with self._places:
                yield
        finally:
            self._inside[address] -= 1
            if not self._inside[address]:
                del self._inside[address]


class Door:
    """The agents' door: who knocks gets a form, and with the right name and password a session."""

    def __init__(self) -> None:
        self._gate = Gate()

    @cached_property
    def _engine(self) -> Engine:
        return open_database(settings().database_url)

    def routes(self) -> list[BaseRoute]:
        """The routes of the door."""
        return [
            Route("/inloggen", show_form, methods=["GET"]),
            Route("/inloggen", self.take_form, methods=["POST"]),
            Route("/uitloggen", self.sign_out, methods=["POST"]),
        ]

    async def take_form(self, request: Request) -> Response:
        """Check name and password; on success start a session."""
        fields = await _fields(request)
        lang = _language(fields.get("lang"))
        if not _same_form(request, fields.get("token", "")):
            return _form(lang, "sign_in_expired", 403)
        name, password = fields.get("name", ""), fields.get("password", "")
        if password == accounts.DEMO_PASSWORD and not came_from_here(request.scope):
            return _form(lang, "sign_in_demo", 403)
        address = request.client.host if request.client else ""
        try:
            async with self._gate.place(address):
                token = await run_in_threadpool(try_to_sign_in, self._engine, name, password, address)
        except BusyError:
            return _form(lang, "sign_in_busy", 503, wait=2)
        except TooSoonError as error:
            return _form(lang, "sign_in_wait", 429, wait=error.seconds)
        return _form(lang, "sign_in_wrong", 401) if token is None else _welcome(lang, token)

    async def sign_out(self, request: Request) -> Response:
        """End the session. SameSite=Lax keeps other sites from sending the cookie with this POST."""

        def end() -> None:
            with Session(self._engine) as session, session.begin():
                accounts.sign_out(session, request.cookies.get(COOKIE))

        await run_in_threadpool(end)
        response = RedirectResponse("/", status_code=303)
        response.delete_cookie(COOKIE, path="/")
        return response


async def _fields(request: Request) -> Mapping[str, str]:
    """The fields of the form; none when it is longer than ours can be."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _form(lang: str, problem: str = "", status: int = 200, wait: int = 0) -> Response:
    words = load_words(lang)
    token = secrets.token_urlsafe(24)
    page = _PAGE.format(
        lang=lang,
        title=escape(words["sign_in_title"]),
        style=STYLE.read_text(encoding="utf-8"),
        site=escape(words["site"]),
        note=f'<p class="ww-note" role="alert">{escape(words[problem].format(seconds=wait))}</p>' if problem else "",
        token=token,
        user_name=escape(words["user_name"]),
        password=escape(words["password"]),
        button=escape(words["sign_in_button"]),
    )
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(wait)} if wait else {})
    response = HTMLResponse(page, status_code=status, headers=headers)
    response.set_cookie(CSRF_COOKIE, token, httponly=True, samesite="strict", secure=_secure(), path="/")
    return response


def _secure() -> bool:
    return settings().base_url.startswith("https://")


def _language(value: str | None) -> str:
    return "en" if value == "en" else "nl"


async def show_form(request: Request) -> Response:
    """The sign-in form."""
    return _form(_language(request.query_params.get("lang")))


def _welcome(lang: str, token: str) -> Response:
    response = RedirectResponse("/inbox" + ("?lang=en" if lang == "en" else ""), status_code=303)
    response.set_cookie(
        COOKIE, token, max_age=accounts.SESSION_HOURS * 3600, httponly=True, samesite="lax", secure=_secure(), path="/"
    )
    response.delete_cookie(CSRF_COOKIE, path="/")
    return response


def _same_form(request: Request, token: str) -> bool:
    return bool(token) and secrets.compare_digest(token.encode(), request.cookies.get(CSRF_COOKIE, "").encode())
