"""The routes for whoever watches the server: /readyz for a load balancer, /metrics for Prometheus."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from functools import cached_property
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from kb.search.search import KnowledgeBase
from kb.settings import settings
from triage.installation.readiness import BUSY, Readiness, ReadinessProbe
from triage.web.guard import came_from_here, is_loopback
from triage.web.metrics import Checks, DeskNumbers, registry_of

PATIENCE = 5.0  # seconds that a probe waits for the checks; the first ones make the index
OF_PROMETHEUS = b"x-prometheus-scrape-timeout-seconds"  # a header of its own, which no server in between adds
NOT_STORED = {"Cache-Control": "no-store"}


class Watch:
    """Tells how the server does. The checks are made once for all who ask at the same time."""

    def __init__(self, engine: Callable[[], Engine], books: Callable[[], KnowledgeBase], *, agents: bool) -> None:
        """`books` gives the articles as this server searches them. `agents` says whether it has the agents' side: without it nothing of
        mails and tickets is told."""
        self._engine, self._books, self._agents = engine, books, agents
        self._looking: asyncio.Task[Readiness] | None = None

    def routes(self) -> list[BaseRoute]:
        """The routes of whoever watches."""
        return [Route("/readyz", self.readyz), Route("/metrics", self.metrics)]

    @cached_property
    def _probe(self) -> ReadinessProbe:
        return ReadinessProbe(settings(), self._engine(), self._books)

    @cached_property
    def _registry(self) -> CollectorRegistry:
        checks = Checks(self._look)
        return registry_of(checks, DeskNumbers(self._engine)) if self._agents else registry_of(checks)

    def _look(self) -> Readiness:
        return self._probe.look(self._agents)

    async def readyz(self, request: Request) -> Response:
        """Each check, with 200 when nothing that is needed is missing, otherwise 503."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(run_in_threadpool(self._look))
        try:
            found = await asyncio.wait_for(asyncio.shield(self._looking), PATIENCE)
        except TimeoutError:
            found = BUSY
        return JSONResponse(found.to_json(), 200 if found.ready else 503, NOT_STORED)

    async def metrics(self, request: Request) -> Response:
        """The metrics, for whoever may read them."""
        if refused := _refusal(request):
            return refused
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(await run_in_threadpool(encode, self._registry), headers={**NOT_STORED, "Content-Type": kind})


def _refusal(request: Request) -> Response | None:
    """What is answered to who may not read the metrics: with a token, whoever does not show it; without one, whoever is not on this
    machine, and everybody when the server has a public name: a server before it may pass on what comes from anywhere."""
    token = settings().metrics_token
    if token is None:
        private = is_loopback(urlsplit(settings().base_url).hostname or "")
        if private and came_from_here(_without_own_header(request.scope)):
            return None
        return PlainTextResponse("Set WEGWIJZER_METRICS_TOKEN and send it as a bearer token.", 403, NOT_STORED)
    kind, _, shown = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and secrets.compare_digest(shown.strip().encode(), token.encode()):
        return None
    return PlainTextResponse("Send the token of these metrics.", 401, {**NOT_STORED, "WWW-Authenticate": "Bearer"})


def _without_own_header(scope: Scope) -> Scope:
    return {**scope, "headers": [header for header in scope["headers"] if header[0].lower() != OF_PROMETHEUS]}
