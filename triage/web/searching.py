"""Takes what is typed in the search box above the agents' pages.

The box is a plain HTML form, so that it is there as soon as the page is, and its words stand in no address.
"""

from __future__ import annotations

from functools import cached_property
from urllib.parse import urlencode

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kb.pages.words import known_language
from kb.settings import organisation, settings
from triage.accounts.accounts import signed_in
from triage.database.opening import open_database
from triage.tickets.search_query import LONGEST
from triage.web.last_searches import last_searches
from triage.web.signin import COOKIE, form_fields


class SearchBox:
    """The search box of whoever is signed in."""

    @cached_property
    def _engine(self) -> Engine:
        return open_database(settings().database_url)

    def routes(self) -> list[BaseRoute]:
        """The route of the box."""
        return [Route("/zoekopdracht", self.take, methods=["POST"])]

    async def take(self, request: Request) -> Response:
        """Remember the search for this session and show the page with what it finds; who is not signed in is shown the door."""
        lang = known_language(request.query_params.get("lang"))
        token = request.cookies.get(COOKIE)
        fields = await form_fields(request)
        if token is None or await run_in_threadpool(signed_in, self._engine, token) is None:
            return _to("/inloggen", lang)
        last_searches.keep(token, fields.get("q", "").strip()[: LONGEST + 1])
        return _to("/zoeken", lang)


def _to(path: str, lang: str) -> Response:
    query = f"?{urlencode({'lang': lang})}" if lang != organisation().language else ""
    return RedirectResponse(path + query, status_code=303)
