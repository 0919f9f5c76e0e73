"""What was searched last, by session, in the memory of this process alone: a search holds names and mail addresses, which belong in no
address bar, log or table."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

MOST = 1_000  # sessions that are remembered


class LastSearches:
    """The last search of each session; safe to share between threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._words: OrderedDict[str, str] = OrderedDict()

    def keep(self, token: str, words: str) -> None:
        """Remember what was searched in the session of a token; the session that searched longest ago is forgotten for it."""
        with self._lock:
            self._words[_digest(token)] = words
            self._words.move_to_end(_digest(token))
            if len(self._words) > self._most:
                self._words.popitem(last=False)

    def of(self, token: str | None) -> str:
        """What was searched last in a session, "" when nothing was."""
        with self._lock:
            return self._words.get(_digest(token or ""), "")

    def forget(self, token: str | None) -> None:
        """The session of a token ended."""
        with self._lock:
            self._words.pop(_digest(token or ""), None)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


last_searches = LastSearches()
