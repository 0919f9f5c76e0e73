"""The knowledge base of this server process, shared by all visits."""

from __future__ import annotations

import streamlit as st

from kb.library import Library
from kb.search import KnowledgeBase
from kb.settings import settings
from kb.store import make_engine


@st.cache_resource(show_spinner=False)
def library() -> Library:
    """The library over the configured database."""
    return Library(make_engine(settings().database_url))


def knowledge() -> KnowledgeBase:
    """The knowledge base as it is now."""
    return library().current()
