"""The knowledge base: articles and the search over them. Knows nothing of tickets."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kb.article import Article, ArticleError, load_articles
    from kb.articles.linter import lint
    from kb.search.search import Hit, KnowledgeBase

__all__ = ["Article", "ArticleError", "Hit", "KnowledgeBase", "lint", "load_articles"]

_HOMES = {
    "Article": "kb.article",
    "ArticleError": "kb.article",
    "Hit": "kb.search.search",
    "KnowledgeBase": "kb.search.search",
    "lint": "kb.articles.linter",
    "load_articles": "kb.article",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for (PEP 562): a command that only reads articles need not load the search."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
