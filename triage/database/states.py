"""The words that columns hold: states of a ticket, and outcomes of a formal request."""

from __future__ import annotations

OPEN, ANSWERED, CLOSED = "open", "beantwoord", "gesloten"  # states of a ticket
GRANTED, REFUSED = "toegekend", "afgewezen"  # outcomes of a formal request
