"""TXT records of the domain name system, for the keys of mail signatures: asked once, remembered for a while, with a short wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import dns.exception
import dns.resolver

TextLookup = Callable[[str], bytes | None]  # name -> record; None when there is none or no answer came
WAIT = 3.0  # seconds for one question
KEEP = 3600.0  # seconds an answer is used again
KEEP_SILENCE = 120.0  # seconds before a question without an answer is asked again
MAX_KEPT = 2_000


class RememberedLookup:
    """A lookup that asks each question once an hour; safe to use from several threads."""

    def __init__(self, ask: TextLookup, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._known: dict[str, tuple[float, bytes | None]] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str) -> bytes | None:
        """The record of a name."""
        name, now = name.rstrip(".").lower(), self._clock()
        with self._lock:
            kept = self._known.get(name)
        if kept and now < kept[0]:
            return kept[1]
        answer = self._ask(name)
        with self._lock:
            if len(self._known) >= MAX_KEPT:
                self._known.clear()
            self._known[name] = (now + (KEEP_SILENCE if answer is None else KEEP), answer)
        return answer


def ask_dns(name: str) -> bytes | None:
    """The first TXT record of a name; None when there is none, or no answer came within the wait."""
    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=WAIT, search=False)
    except (dns.exception.DNSException, ValueError, UnicodeError):
        return None
    return b"".join(next(iter(answer)).strings)


dns_text = RememberedLookup(ask_dns)
