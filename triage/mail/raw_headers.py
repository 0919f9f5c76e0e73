"""Headers of a mail as they came in: neither decoded nor repaired, so that what is read here is what was sent.

A mail program repairs what is odd, each in its own way. Where the question is who a mail is from, an odd header is a reason to look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_HEAD = 512 * 2**10  # bytes of the headers that are read
MAX_VALUE = 4_000  # characters of an address header that are read; more is odd
MAX_HEADERS = 3  # headers of one name that are read; more than one is odd
_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(r"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)|<[^<>]*>|[^",;:()<>]+|.', re.DOTALL)
# As all programs read it: no comments, quotes, routes, literals or encoded words (RFC 5322, 3.4.1, without its curiosities).
_PLAIN = re.compile(r'[^\s"(),:;<>@\[\]\\\x00-\x1f]+@[\w-]+(?:\.[\w-]+)+')
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class HeaderField:
    """One header."""

    # In lower case.
    name: str
    # Unfolded; bytes that are not UTF-8 are lone surrogates.
    value: str
    # No line above it is something else than a header: some programs take such a line for the start of the body.
    in_head: bool = True


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """Whom an address header names (From, Sender, Reply-To), over all headers of that name."""

    # Addresses, as written; [] when there are none.
    addresses: tuple[str, ...]
    # How many headers of that name there are.
    headers: int
    # Every program reads the same addresses in it.
    plain: bool


def header_fields(raw: bytes) -> tuple[HeaderField, ...]:
    """The headers of a mail, first one first; a line that is no header is passed over.

    What stands below such a line vouches for no sender. (A mailbox file puts one line in front: 'From a@b Mon …'.)
    """
    head = _END.split(raw[:MAX_HEAD].removeprefix(b"\xef\xbb\xbf"), maxsplit=1)[0].decode("utf-8", "surrogateescape")
    lines = re.split(r"\r?\n", re.sub(r"\r?\n(?=[ \t])", "", head))
    if lines[0].startswith(("From ", ">From ")):
        lines = lines[1:]
    matches = [_FIELD.fullmatch(line) for line in lines]
    head_ends = matches.index(None) if None in matches else len(matches)
    return tuple(
        HeaderField(match[1].lower(), match[2].strip(" \t"), number < head_ends) for number, match in enumerate(matches) if match
    )


def mailboxes(fields: Sequence[HeaderField], name: str) -> Mailboxes:
    """Read an address header among those of a mail. An empty one is none, except From: a mail has one."""
    values = [field.value for field in fields if field.name == name.lower()]
    if name.lower() != "from":
        values = [value for value in values if value.strip()]
    if not values:
        return Mailboxes((), 0, plain=True)
    read = [one for value in values[:MAX_HEADERS] for one in _parts(value[:MAX_VALUE])]
    odd = any(len(value) > MAX_VALUE or _CONTROL.search(value) for value in values)
    addresses = tuple(dict.fromkeys(address for address, _ in read if address))
    return Mailboxes(addresses, len(values), plain=not odd and len(values) <= MAX_HEADERS and all(plain for _, plain in read))


def _parts(value: str) -> Iterator[tuple[str, bool]]:
    """Each address of a header with whether it is plain; names in front of a comma ('Vos, Yvonne <…>') hold none."""
    part: list[str] = []
    for token in [*_TOKEN.findall(value), ","]:
        if token in (",", ";"):
            yield _mailbox(part)
            part = []
        else:
            part.append(token)


def _mailbox(tokens: list[str]) -> tuple[str, bool]:
    """The address among the tokens between two commas, "" when there is none, and whether it is plain."""
    odd = any(len(one) == 1 and one in ':"()<>' for one in tokens)
    angled = [place for place, token in enumerate(tokens) if len(token) > 1 and token[0] == "<"]
    if angled:
        address = tokens[angled[0]][1:-1].strip()
        before, behind = tokens[: angled[0]], "".join(tokens[angled[0] + 1 :]).strip()
        named = [token.strip() for token in before if "@" in token and not token.startswith('"')]
        return address, not odd and not behind and _is_plain(address) and all(name == address for name in named)
    text = "".join(tokens).strip()
    if "@" not in text:
        return "", not odd
    return text, not odd and _is_plain(text)


def _is_plain(address: str) -> bool:
    return _PLAIN.fullmatch(address) is not None and "=?" not in address
