"""The knowledge base a running process answers from: always the articles of the database, rebuilt when they change.

Words are indexed at once; sentence vectors, which take longer, follow in the background.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.articles.editor import publish_due
from kb.search.search import KnowledgeBase, installed_encoder
from kb.settings import settings
from kb.store import articles_stamp, get_articles, utc_now

CHECK_EVERY = 1.0  # seconds between looks at the database
_log = logging.getLogger(__name__)


class Library:
    """Hands out the current KnowledgeBase; safe to share between threads."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._stamp: tuple[int, datetime | None, int] | None = None
        self._checked = float("-inf")
        self._knowledge: KnowledgeBase | None = None

    def current(self) -> KnowledgeBase:
        """The knowledge base over the articles as they are now (at most CHECK_EVERY seconds old)."""
        with self._lock:
            if self._knowledge is None or self._clock() - self._checked >= CHECK_EVERY:
                self._refresh()
            assert self._knowledge is not None
            return self._knowledge

    def _refresh(self) -> None:
        with Session(self._engine) as session, session.begin():
            publish_due(session, utc_now())
            stamp = articles_stamp(session)
            if stamp != self._stamp:
                self._knowledge = KnowledgeBase.from_articles(get_articles(session), None, settings().fitted)
                self._stamp = stamp
                threading.Thread(target=self._add_vectors, args=(self._knowledge, stamp), daemon=True).start()
        self._checked = self._clock()

    def _add_vectors(self, knowledge: KnowledgeBase, stamp: tuple[int, datetime | None, int]) -> None:
        encoder = installed_encoder(settings())
        if encoder is None or not len(knowledge):
            return
        with self._lock:
            if self._stamp != stamp:  # articles changed again: the thread of that change makes the vectors
                return
        complete = KnowledgeBase.from_articles(knowledge.articles, encoder, settings().fitted)
        with self._lock:
            if self._stamp == stamp:
                self._knowledge = complete
        _log.info("sentence vectors ready for %d articles", len(complete))
