"""The knowledge base of this server process, shared by all visits."""

from __future__ import annotations

import streamlit as st
from sqlalchemy import Engine

from kb.articles.library import Library
from kb.insight.gaps import Insight
from kb.search.search import KnowledgeBase
from kb.settings import settings
from kb.store import make_engine


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The database of this process."""
    return make_engine(settings().database_url)


@st.cache_resource(show_spinner=False)
def library() -> Library:
    """The library over the configured database."""
    return Library(engine())


@st.cache_resource(show_spinner=False)
def insight() -> Insight:
    """Where visits leave their (anonymous) traces."""
    return Insight(engine())


def knowledge() -> KnowledgeBase:
    """The knowledge base as it is now."""
    return library().current()
