"""Search for other programs and pages: `GET /api/v1/search` and the embeddable `/widget.js`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from kb.search.search import KnowledgeBase, clean_query, search_json
from kb.settings import Settings

MOST_RESULTS = 20
WIDGET = Path(__file__).parent / "pages" / "widget.js"


def api_routes(books: Callable[[], KnowledgeBase], settings: Settings) -> list[BaseRoute]:
    """The routes; `books` gives the knowledge base of the moment."""
    limiter = MovingWindowRateLimiter(MemoryStorage())
    rate = parse(settings.api_rate)

    async def search(request: Request) -> Response:
        """Answer a search, unless this caller asked too often or asked nothing."""
        caller = request.client.host if request.client else "?"
        if not limiter.hit(rate, caller):
            return _refuse(
                429, f"Too many searches; at most {settings.api_rate}. Wait a little.", retry=_wait(limiter, rate, caller)
            )
        query = request.query_params.get("q", "")
        if not clean_query(query):
            return _refuse(400, "Give the words to search for in 'q', for example ?q=wachtwoord+vergeten.")
        limit = request.query_params.get("limit", "5")
        if not limit.isdecimal() or not 1 <= int(limit) <= MOST_RESULTS:
            return _refuse(400, f"'limit' is a whole number from 1 to {MOST_RESULTS}.")
        start = time.perf_counter()
        hits = await run_in_threadpool(lambda: books().search(query, int(limit), unfinished=True))
        return JSONResponse(search_json(query, hits, 1000 * (time.perf_counter() - start)))

    async def widget(request: Request) -> Response:
        """The script that other sites embed."""
        return Response(
            WIDGET.read_text(encoding="utf-8"), media_type="text/javascript", headers={"Cache-Control": "public, max-age=3600"}
        )

    origins = Middleware(CORSMiddleware, allow_origins=list(settings.cors_origins), allow_methods=["GET"])
    return [Route("/api/v1/search", search, middleware=[origins]), Route("/widget.js", widget)]


def _refuse(status: int, reason: str, retry: int | None = None) -> JSONResponse:
    return JSONResponse({"error": reason}, status_code=status, headers={"Retry-After": str(retry)} if retry else None)


def _wait(limiter: MovingWindowRateLimiter, rate: RateLimitItem, caller: str) -> int:
    return max(1, round(limiter.get_window_stats(rate, caller).reset_time - time.time()))
