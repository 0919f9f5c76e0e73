"""The token in the subject of our answers, by which a reply is placed though a mail program left out what it answers.

It is an HMAC (RFC 2104) of the ticket and whom the answer is for, so that nobody can make one for another conversation, and somebody
else's is known as such.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from triage.database.tables import ServerSecret
from triage.mail import Message
from triage.mail.tags import LENGTH, TAG, without_tag

NAME = "thread-token"  # of the key
MOST = 5  # tokens of one mail that are looked at
_PLUS = re.compile(rf"\+ww-([0-9]{{1,9}})-([a-z2-7]{{{LENGTH}}})@", re.IGNORECASE)


def with_tag(session: Session, subject: str, ticket: int, address: str) -> str:
    """A subject with the token for this ticket and address, in place of any that stood there."""
    return f"{without_tag(subject)} [WW-{ticket}-{_token(session, ticket, address)}]"


def named_tickets(message: Message) -> Iterator[tuple[int, str]]:
    """The tickets that the subject of a mail, or an address it went to, names, each with the token beside it."""
    found = [*TAG.findall(message.subject), *(match for to in message.to for match in _PLUS.findall(to.address))]
    yield from ((int(number), token) for number, token in found[:MOST])


def tokens_in(text: str) -> Iterator[tuple[int, str]]:
    """The tickets that a text names, such as the headers that a bounce returns, each with the token beside it."""
    yield from ((int(number), token) for number, token in TAG.findall(text)[:MOST])


def token_fits(session: Session, ticket: int, address: str, token: str) -> bool:
    """Whether a token is the one of this ticket and address."""
    return hmac.compare_digest(_token(session, ticket, address), token.upper())


def _token(session: Session, ticket: int, address: str) -> str:
    said = hmac.new(_key(session), f"{ticket}:{address.lower()}".encode(), hashlib.sha256).digest()
    return base64.b32encode(said).decode()[:LENGTH]


def _key(session: Session) -> bytes:
    """The key of this installation, made at its first use."""
    row = session.get(ServerSecret, NAME)
    if row is None:
        try:
            with session.begin_nested():
                row = ServerSecret(name=NAME, value=secrets.token_bytes(32))
                session.add(row)
        except IntegrityError:  # another process made it meanwhile
            row = session.get_one(ServerSecret, NAME)
    return row.value
