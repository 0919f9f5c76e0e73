"""The knowledge base: articles and the search over them. Knows nothing of tickets."""

from kb.article import Article, ArticleError, load_articles
from kb.articles.linter import lint
from kb.search.search import Hit, KnowledgeBase

__all__ = ["Article", "ArticleError", "Hit", "KnowledgeBase", "lint", "load_articles"]
