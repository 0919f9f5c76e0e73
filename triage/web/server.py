"""The server: Streamlit's pages, our own routes and the middleware around them, in one ASGI app.

`--public-only` leaves the agents' side out: no page, no route, no sign-in.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import streamlit as st
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.api import api_routes
from kb.database_errors import where_it_failed
from kb.pages.paper import print_routes
from kb.pages.shelf import engine, insight, knowledge
from kb.pages.templates import say
from kb.pages.words import known_language, load_words, t
from kb.settings import SHIPPED, settings
from triage.database.opening import settle_layout
from triage.desk.quarantine import Quarantine
from triage.desk.snooze import wake_due
from triage.logs import log_for_the_server_too, start_logging
from triage.outbox.sender import send_due
from triage.web.guard import Guard
from triage.web.searching import SearchBox
from triage.web.signin import Door
from triage.web.templates import render
from triage.web.watching import Watch

_log = logging.getLogger(__name__)
SITE = Path(__file__).resolve().parent / "pages" / "site.py"
WAKE_EVERY = 10  # seconds; nobody chooses a moment more precisely than that
PUBLIC_ONLY = "WEGWIJZER_PUBLIC_ONLY"  # set by `serve --public-only`, and by whoever starts app.py otherwise


def public_only() -> bool:
    """Whether this process serves the public pages only."""
    return os.environ.get(PUBLIC_ONLY) == "1"


class OwnPage:
    """Streamlit's start page says lang="en" and bears its own title; ours has the language of the visit and our title from the start."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite HTML responses; everything else passes untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = b""
        language = known_language(next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("lang", [])), None))

        async def rewrite(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                if not _is_html(message):
                    await send(message)
                return
            if start is None or not _is_html(start):
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                page = body.replace(b'<html lang="en"', render("start.html", "opening", lang=language).encode(), 1)
                title = render("start.html", "title", words=load_words(language)["site"])
                page = page.replace(b"<title>Streamlit</title>", title.encode(), 1)
                headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
                await send({**start, "headers": [*headers, (b"content-length", str(len(page)).encode())]})
                await send({"type": "http.response.body", "body": page})

        await self._app(_unpacked(scope), receive, rewrite)


def _unpacked(scope: Scope) -> Scope:
    """The request of a browser for a page, asking for it unpacked: what comes packed can't be rewritten."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if not any(name == b"accept" and b"text/html" in value for name, value in headers):
        return scope
    return {**scope, "headers": [header for header in headers if header[0] != b"accept-encoding"]}


def _is_html(start: Message) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    return headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers


async def healthz(request: Request) -> Response:
    """Whether the process lives."""
    return PlainTextResponse("ok")


async def form(request: Request) -> Response:
    """A blank form to download."""
    path = settings().data_dir / "forms" / Path(request.path_params["name"]).name
    if path.suffix != ".pdf" or not path.is_file():
        return PlainTextResponse("Dit formulier bestaat niet.", status_code=404)
    return FileResponse(path, media_type="application/pdf", filename=path.name)


@asynccontextmanager
async def _lifespan(app: Any) -> AsyncIterator[None]:
    start_logging(settings().log, logging.INFO)
    log_for_the_server_too()
    settle_layout(engine())
    tasks = [asyncio.create_task(_forget())]
    if not public_only():
        tasks.append(asyncio.create_task(_wake()))
    if settings().smtp_url and not public_only():
        tasks.append(asyncio.create_task(_send_mail()))
    yield
    for task in tasks:
        task.cancel()


async def _forget() -> None:
    """Delete old searches and votes, and mails that were thrown away, now and every day."""
    while True:
        try:
            gone = await run_in_threadpool(insight().forget, settings().keep_days)
            mails = 0 if public_only() else await run_in_threadpool(Quarantine(engine()).forget, settings().keep_days)
            _log.info("%d old searches and votes and %d mails that were thrown away deleted", gone, mails)
        except DBAPIError as error:  # the database is busy: tomorrow is early enough
            _log.error("nothing was deleted: %s", where_it_failed(error))
        await asyncio.sleep(24 * 3600)


async def _send_mail() -> None:
    """Hand approved answers to the mail server, each second those that may go."""
    while True:
        try:
            await run_in_threadpool(send_due, engine(), settings().smtp_url or "", settings().help_address)
        except Exception as error:  # noqa: BLE001 - whatever fails, the next second asks again: answers must not wait for a restart
            _log.error("the outbox waits: %s", where_it_failed(error))
        await asyncio.sleep(1)


async def _wake() -> None:
    """Open tickets whose moment has come, at once and every WAKE_EVERY seconds."""
    while True:
        try:
            await run_in_threadpool(wake_due, engine())
        except Exception as error:  # noqa: BLE001 - whatever fails, the next round asks again: tickets must not wait for a restart
            _log.error("waiting tickets wait on: %s", where_it_failed(error))
        await asyncio.sleep(WAKE_EVERY)


def say_sorry(error: Exception) -> bool:
    """Log where a page failed and tell the visitor in plain words; neither gets the words of a mail."""
    _log.error("a page failed: %s", where_it_failed(error))
    say(t("page_failed"), "ww-bad")
    return True


def parts() -> dict[str, Any]:
    """What the ASGI app is made of: the arguments of `streamlit.App` after the script."""
    routes: list[BaseRoute] = [
        Route("/healthz", healthz),
        *Watch(engine, knowledge, agents=not public_only()).routes(),
        Route("/formulieren/{name}", form),
        *api_routes(knowledge, settings()),
        *print_routes(knowledge, settings().base_url),
    ]
    if not public_only():
        routes += [*Door().routes(), *SearchBox().routes()]
    guard = Middleware(Guard, base_url=settings().base_url)
    middleware = [guard, Middleware(OwnPage)]
    return {"lifespan": _lifespan, "middleware": middleware, "routes": routes, "on_script_error": say_sorry}


def make_app() -> Any:
    """The ASGI app."""
    return st.App(str(SITE), **parts())


def _flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= _flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


def run(port: int, only_public: bool, host: str) -> None:
    """Serve at an address of this machine until stopped."""
    os.environ[PUBLIC_ONLY] = "1" if only_public else "0"
    config = _flatten(tomllib.loads((SHIPPED / ".streamlit" / "config.toml").read_text(encoding="utf-8")))
    make_app().run(config={**config, "server.address": host, "server.port": port})  # STREAMLIT_SERVER_ADDRESS is not read here
