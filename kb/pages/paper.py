"""The print view of an article: a plain page without the site around it, ready to print, readable without scripts."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from kb.pages.markdown import to_html
from kb.pages.templates import render
from kb.pages.words import load_words
from kb.search.search import KnowledgeBase
from kb.settings import organisation


def print_routes(books: Callable[[], KnowledgeBase], base_url: str) -> list[BaseRoute]:
    """The route; `books` gives the knowledge base of the moment, `base_url` is where schools reach the site."""

    async def print_view(request: Request) -> Response:
        """One article on paper."""
        article = (await run_in_threadpool(books)).get(request.path_params["slug"])
        if article is None:
            return PlainTextResponse(load_words(organisation().language)["article_missing"], status_code=404)
        body = to_html(article.body, lambda slug: f"/artikel?slug={slug}")
        address, language = f"{base_url}/artikel?slug={article.slug}", organisation().language
        words = load_words(language)
        page = render("paper.html", "page", article=article, body=body, address=address, lang=language, words=words)
        return HTMLResponse(page)

    return [Route("/afdrukken/{slug}", print_view)]
