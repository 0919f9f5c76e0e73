"""What one mail may cost to read: every cap on structure and size, in one place, and the parser that keeps to them.

The standard library's parser takes time with the square of a header's length, and more for nested parts, so what is too large is
cut before it is parsed. A cut never goes unseen: `left_unread` says in Dutch what a person must look at.
"""

from __future__ import annotations

import codecs
import email.errors
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.feedparser import BytesFeedParser
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import lru_cache
from itertools import islice
from typing import Any

MAX_RAW = 35 * 2**20  # bytes of a mail that are read: 25 MB of files in base64
MAX_LINES = 480_000  # base64 of MAX_RAW has fewer
MAX_HEADER_BLOCK = 300_000  # bytes of the headers of the mail itself
MAX_HEADER_LINES = 5_000
MAX_PARTS = 100  # parts of a mail, those of attached mails included
MAX_DEPTH = 20  # parts nested deeper than this are left unopened
MAX_HEADERS = 500  # headers of the mail itself
MAX_HEADER = 10_000  # characters of one header: its beginning and its end are kept, half each
MAX_ALL_HEADERS = 200_000  # characters of all headers of the mail itself
MAX_RESULTS = 4_000  # characters of an Authentication-Results; what parses it takes time with the square, and nests
MAX_PART_HEADER = 1_000  # characters of a header that says what a part is
MAX_SIGNS = 60  # of ; ( " \ and spaces in such a header: the parser takes time with their square
MAX_PARAMETERS = 40  # kept of a header that has more
MAX_TEXT = 200_000  # characters of text or HTML kept for reading; the raw mail is kept whole
MAX_TAGS = 15_000  # of an HTML part
MAX_OPEN_TAGS = 400  # of an HTML part at one place: cleaning takes time with the square of the depth
MAX_GUESSES = 5  # text parts of a mail whose charset is guessed: each takes a fifth of a second
MAX_ATTACHMENTS = 30
MAX_NAMED = 5  # files named in a sentence
_CHUNK = 2**16
_TOLD = frozenset({"from", "sender", "reply-to", "return-path", "subject"})
_PART = frozenset({"content-type", "content-disposition", "content-transfer-encoding", "mime-version"})
_TYPE = re.compile(r"\s*([\w.+-]{1,80}(?:/[\w.+-]{1,120})?)")
_PARAMETER = re.compile(
    r";\s{0,80}((?:charset|boundary|name|filename|smime-type|format|delsp)(?:\*\d{1,3})?\*?)\s{0,80}=\s{0,80}"
    r'("(?:[^"\\]|\\.){0,1000}+"|[^\s;"(),]{1,1000}+)',
    re.IGNORECASE,
)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LINE = re.compile(rb"[^\r\n]+")
_BLANK_LINE = re.compile(rb"(?>\r\n|\r|\n)(?=[\r\n])")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})?")
_CLOSED_BY_THE_NEXT = frozenset(
    ["p", "br", "li", "td", "th", "tr", "tbody", "dt", "dd", "img", "hr", "meta", "link", "input", "option", "col", "o:p"]
)
TOO_MANY_HEADERS = "De mail heeft te veel kopregels. Kijk zelf van wie hij komt."
# Codecs of Python that are no charsets of mail; the first two take time with the square of the length.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})


class TooLargeError(email.errors.MessageError):
    """A mail has more parts, or deeper ones, than are read; what came before stays readable."""


@dataclass(slots=True)
class Taken:
    """What was taken of a mail so far, and what was not."""

    left: list[str] = field(default_factory=list)  # Dutch sentences: what was left unread
    headers: int = 0  # of the mail itself
    characters: int = 0  # of those
    messages: list[EmailMessage] = field(default_factory=list)  # the mail and its parts, in the order they begin

    def leave(self, what: str) -> None:
        """Note once what was left unread."""
        if what not in self.left:
            self.left.append(what)


class BoundedPolicy(EmailPolicy):
    """The standard policy, with headers that are never longer than the parser can take; a parsed header is kept."""

    taken: Taken | None = None

    def header_source_parse(self, sourcelines: Any) -> Any:
        """A header as it came, cut where it is too long."""
        name, value = super().header_source_parse(sourcelines)
        return name, self._cut(name, str(value))

    def _cut(self, name: str, value: str) -> str:
        taken, key = self.taken, name.lower()
        if key in _PART:
            if len(value) <= MAX_PART_HEADER and sum(map(value.count, ';("\\ \t')) <= MAX_SIGNS:
                return value
            if taken:
                taken.leave("Een onderdeel van de mail is vreemd beschreven. Kijk zelf of alle bijlagen gelezen zijn.")
            return _essentials(value)
        if taken is None or len(taken.messages) > 1:
            return value[:MAX_PART_HEADER]  # of a part or an attached mail
        taken.headers += 1
        taken.characters += min(len(value), MAX_HEADER)
        if taken.headers > MAX_HEADERS or taken.characters > MAX_ALL_HEADERS:
            taken.leave(TOO_MANY_HEADERS)
            return ""
        if key == "authentication-results" and (len(value) > MAX_RESULTS or value.count("(") > MAX_SIGNS):
            taken.leave(
                "Een verslag over de echtheid van de afzender is te lang en niet gelezen. Kijk zelf van wie de mail komt."
            )
            return ""  # half a verdict of a mail server may say the opposite of the whole
        if len(value) <= MAX_HEADER:
            return value
        if key in _TOLD:
            taken.leave(
                f"De regel {name.title()} van de mail is te lang en niet helemaal gelezen. Kijk zelf van wie de mail komt."
            )
        return f"{value[: MAX_HEADER // 2]} {value[-MAX_HEADER // 2 :]}"

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """A header, parsed once; one that its parser breaks on, with nothing but what is read of it."""
        if name.lower() not in _PART:
            return super().header_fetch_parse(name, value)
        try:
            return _parsed(name, value)
        except (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError):
            return _parsed(name, (_TYPE.match(value) or _TYPE.match("text/plain"))[1])  # type: ignore[index]


@lru_cache(maxsize=256)  # the parser asks several times what a part is
def _parsed(name: str, value: str) -> Any:
    return EmailPolicy().header_fetch_parse(name, value)


def _essentials(value: str) -> str:
    """A header of a part with nothing but what it is and the parameters that are read."""
    head = value[: MAX_PART_HEADER * 8]
    kind = _TYPE.match(head)
    parameters = [f"{match[1]}={match[2]}" for match in _PARAMETER.finditer(head)][:MAX_PARAMETERS]
    return "; ".join([kind[1] if kind else "application/octet-stream", *parameters])


def parse_bounded(raw: bytes) -> tuple[EmailMessage, Sequence[str]]:
    """The structure of a mail as far as the limits go, and in Dutch what was left unread. Raises what the parser raises."""
    taken = Taken()
    data = _within(raw, taken)

    def new_message(policy: Any) -> EmailMessage:
        if len(taken.messages) >= MAX_PARTS or len(parser._msgstack) > MAX_DEPTH:  # type: ignore[attr-defined]  # parts that are open
            raise TooLargeError
        taken.messages.append(EmailMessage(policy))
        return taken.messages[-1]

    policy = BoundedPolicy(taken=taken, message_factory=new_message)  # type: ignore[call-overload]  # a policy takes its own attributes too
    parser = BytesFeedParser(policy=policy)
    try:
        for start in range(0, len(data), _CHUNK):
            parser.feed(data[start : start + _CHUNK])
        parser.close()
    except TooLargeError:
        taken.leave(
            f"De mail heeft meer dan {MAX_PARTS} onderdelen, of te diep in elkaar; niet alles is gelezen. Kijk zelf wat er nog in zit."
        )
    return taken.messages[0], taken.left


def _within(raw: bytes, taken: Taken) -> bytes:
    """The mail with as many bytes, lines and headers as are read."""
    data = raw[:MAX_RAW]
    if data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n") > MAX_LINES:
        data = data[: _end_of_line(data, MAX_LINES)]
    if len(data) < len(raw):
        taken.leave("De mail is te groot; alleen het begin is gelezen. Kijk zelf wat er nog in zit.")
    blank = _BLANK_LINE.search(data)
    end = blank.end() if blank else len(data)
    if end > MAX_HEADER_BLOCK:  # one long header must not take the others with it; what is left of it is still too long, and told
        head = _LINE.sub(_shortened, data[:end])
        data, end = head + data[end:], len(head)
    most = min(MAX_HEADER_BLOCK, _end_of_line(data[: min(end, MAX_HEADER_BLOCK)], MAX_HEADER_LINES))
    if end > most:
        taken.leave(TOO_MANY_HEADERS)
        last = max(data.rfind(sign, 0, most) for sign in (b"\n", b"\r"))
        data = data[: last + 1] + data[end:]
    return data


def _shortened(match: re.Match[bytes]) -> bytes:
    """The beginning and the end of a line that is too long."""
    line = match.group()
    return line if len(line) <= 2 * MAX_HEADER else line[:MAX_HEADER] + line[-MAX_HEADER:]


def _end_of_line(data: bytes, number: int) -> int:
    """Where a line ends, counted from 1; the end of the data when it has fewer."""
    match = next(islice(_LINE_END.finditer(data), number - 1, None), None)
    return match.end() if match else len(data)


def bounded_markup(markup: str) -> str:
    """The beginning of an HTML part, up to where it has more tags, or more open ones, than are read."""
    opened: Counter[str] = Counter()
    for number, match in enumerate(_TAG.finditer(markup)):
        closes, name = bool(match[1]), (match[2] or "").lower()
        if closes and opened[name]:
            opened[name] -= 1
        elif not closes and name and name not in _CLOSED_BY_THE_NEXT:
            opened[name] += 1
        if number >= MAX_TAGS or (not closes and opened[name] > MAX_OPEN_TAGS):
            return markup[: match.start()]
    return markup


def decode_text(data: bytes, charset: str) -> str:
    """The beginning of a text, not more than MAX_TEXT characters and one that shows that there were more.

    Raises LookupError for a charset that is none, and UnicodeError for text that is not in it.
    """
    decoder = codecs.lookup(charset)
    if decoder.name.replace("-", "_") in _NO_CHARSETS or not getattr(decoder, "_is_text_encoding", True):
        raise LookupError(f"no charset of mail: {charset[:40]}")
    some = data[: 4 * MAX_TEXT]
    return codecs.getincrementaldecoder(charset)().decode(some, len(some) == len(data))[: MAX_TEXT + 1]
