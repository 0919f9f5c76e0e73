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
from urllib.parse import parse_qsl

from markupsafe import Markup
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kb.pages.templates import STYLE
from kb.pages.words import known_language, load_words
from kb.settings import organisation, settings
from triage.accounts import accounts
from triage.accounts.sign_in_tries import TooSoonError, try_to_sign_in
from triage.database.opening import open_database
from triage.web.guard import came_from_here
from triage.web.last_searches import last_searches
from triage.web.templates import render

AT_ONCE, WAITING, OF_ONE_ADDRESS = 2, 20, 4  # tries whose password is looked at, that wait for it, and both of one address
MOST_BYTES = 8_192  # of a form
COOKIE, CSRF_COOKIE = "wegwijzer_sessie", "wegwijzer_formulier"


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
        fields = await form_fields(request)
        lang = known_language(fields.get("lang"))
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
        last_searches.forget(request.cookies.get(COOKIE))
        response = RedirectResponse("/", status_code=303)
        response.delete_cookie(COOKIE, path="/")
        return response


async def form_fields(request: Request) -> Mapping[str, str]:
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
    told = words[problem].format(seconds=wait) if problem else ""
    style = Markup(STYLE.read_text(encoding="utf-8"))  # noqa: S704 - a file of ours
    page = render("signin.html", "page", lang=lang, words=words, problem=told, token=token, style=style)
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(wait)} if wait else {})
    response = HTMLResponse(page, status_code=status, headers=headers)
    response.set_cookie(CSRF_COOKIE, token, httponly=True, samesite="strict", secure=_secure(), path="/")
    return response


def _secure() -> bool:
    return settings().base_url.startswith("https://")


async def show_form(request: Request) -> Response:
    """The sign-in form."""
    return _form(known_language(request.query_params.get("lang")))


def _welcome(lang: str, token: str) -> Response:
    response = RedirectResponse("/inbox" + (f"?lang={lang}" if lang != organisation().language else ""), status_code=303)
    response.set_cookie(
        COOKIE, token, max_age=accounts.SESSION_HOURS * 3600, httponly=True, samesite="lax", secure=_secure(), path="/"
    )
    response.delete_cookie(CSRF_COOKIE, path="/")
    return response


def _same_form(request: Request, token: str) -> bool:
    return bool(token) and secrets.compare_digest(token.encode(), request.cookies.get(CSRF_COOKIE, "").encode())
