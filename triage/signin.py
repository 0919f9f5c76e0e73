"""Signing in and out: plain HTML forms, because a Streamlit script can't set a cookie.

The cookie is HttpOnly and SameSite=Lax; the form carries a token that must match a second cookie (double submit).
"""

from __future__ import annotations

import secrets
from html import escape

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kb.pages.words import STYLE, load_words
from kb.settings import settings
from triage import accounts
from triage.opening import open_database

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


def signin_routes() -> list[BaseRoute]:
    """The routes of the agents' door."""
    return [
        Route("/inloggen", show_form, methods=["GET"]),
        Route("/inloggen", take_form, methods=["POST"]),
        Route("/uitloggen", sign_out, methods=["POST"]),
    ]


def _form(lang: str, problem: str = "", status: int = 200) -> Response:
    words = load_words(lang)
    token = secrets.token_urlsafe(24)
    page = _PAGE.format(
        lang=lang,
        title=escape(words["sign_in_title"]),
        style=STYLE.read_text(encoding="utf-8"),
        site=escape(words["site"]),
        note=f'<p class="ww-note" role="alert">{escape(words[problem])}</p>' if problem else "",
        token=token,
        user_name=escape(words["user_name"]),
        password=escape(words["password"]),
        button=escape(words["sign_in_button"]),
    )
    response = HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
    response.set_cookie(CSRF_COOKIE, token, httponly=True, samesite="strict", secure=_secure(), path="/")
    return response


def _secure() -> bool:
    return settings().base_url.startswith("https://")


def _language(value: str | None) -> str:
    return "en" if value == "en" else "nl"


async def show_form(request: Request) -> Response:
    """The sign-in form."""
    return _form(_language(request.query_params.get("lang")))


async def take_form(request: Request) -> Response:
    """Check name and password; on success start a session."""
    fields = await request.form()
    lang = _language(str(fields.get("lang", "")))
    if not _same_form(request, str(fields.get("token", ""))):
        return _form(lang, "sign_in_expired", 403)
    token = await run_in_threadpool(_check, str(fields.get("name", "")), str(fields.get("password", "")))
    if token is None:
        return _form(lang, "sign_in_wrong", 401)
    response = RedirectResponse("/inbox" + ("?lang=en" if lang == "en" else ""), status_code=303)
    response.set_cookie(
        COOKIE, token, max_age=accounts.SESSION_HOURS * 3600, httponly=True, samesite="lax", secure=_secure(), path="/"
    )
    response.delete_cookie(CSRF_COOKIE, path="/")
    return response


def _same_form(request: Request, token: str) -> bool:
    return bool(token) and secrets.compare_digest(token.encode(), request.cookies.get(CSRF_COOKIE, "").encode())


def _check(name: str, password: str) -> str | None:
    with Session(open_database(settings().database_url)) as session, session.begin():
        return accounts.sign_in(session, name, password)


async def sign_out(request: Request) -> Response:
    """End the session. SameSite=Lax keeps other sites from sending the cookie with this POST."""

    def end() -> None:
        with Session(open_database(settings().database_url)) as session, session.begin():
            accounts.sign_out(session, request.cookies.get(COOKIE))

    await run_in_threadpool(end)
    response = RedirectResponse("/", status_code=303)
    response.delete_cookie(COOKIE, path="/")
    return response
