"""The print view of an article: a plain page without the site around it, ready to print, readable without scripts."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from kb.article import Article
from kb.pages.markdown import to_html
from kb.search.search import KnowledgeBase

_STYLE = (
    "body{font:12pt/1.55 Georgia,serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#000}h1{font-size:18pt;line-height:1.25}"
    "h2{font-size:14pt}footer{margin-top:2rem;border-top:1px solid #000;font-size:10pt}a{color:#000}"
    "button{font:inherit;padding:.4rem 1rem}@media print{button{display:none}}"
)


def print_routes(books: Callable[[], KnowledgeBase], base_url: str) -> list[BaseRoute]:
    """The route; `books` gives the knowledge base of the moment, `base_url` is where schools reach the site."""

    async def print_view(request: Request) -> Response:
        """One article on paper."""
        article = (await run_in_threadpool(books)).get(request.path_params["slug"])
        if article is None:
            return PlainTextResponse("Dit artikel bestaat niet (meer).", status_code=404)
        return HTMLResponse(_page(article, f"{base_url}/artikel?slug={article.slug}"))

    return [Route("/afdrukken/{slug}", print_view)]


def _page(article: Article, address: str) -> str:
    body = to_html(article.body, lambda slug: f"/artikel?slug={slug}")
    return (
        f'<!doctype html><html lang="nl"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(article.title)}</title><style>{_STYLE}</style></head><body><main><h1>{escape(article.title)}</h1>{body}</main>"
        f'<footer><p>{escape(address)}</p></footer><button type="button" onclick="print()">Afdrukken</button></body></html>'
    )
