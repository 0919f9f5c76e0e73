"""The words that columns hold: states of a ticket, kinds of message, and outcomes of a formal request."""

from __future__ import annotations

OPEN, WAITING, CLOSED = "open", "waiting", "closed"  # states of a ticket: we must act, the school must, nobody must
INCOMING, OUTGOING, NOTE = "incoming", "outgoing", "note"  # what came from outside, what we sent, what colleagues told each other
GRANTED, REFUSED = "toegekend", "afgewezen"  # outcomes of a formal request
