"""parse_message: from the raw bytes of a mail to a Message, whatever the bytes are.

Reading follows RFC 5322 and RFC 2045-2049 with the standard library's parser. Each header and part is read on its own:
what can't be read is named in `problems` and the rest goes on.
"""

from __future__ import annotations

import email.errors
import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.message import Message as AnyMessage
from email.utils import getaddresses, parsedate_to_datetime
from itertools import islice
from typing import TypeVar, cast

import charset_normalizer
import filetype
import nh3

from triage.mail.limits import (
    MAX_ATTACHMENTS,
    MAX_GUESSES,
    MAX_HEADERS,
    MAX_NAMED,
    MAX_TEXT,
    bounded_markup,
    decode_text,
    parse_bounded,
)

T = TypeVar("T")
_READ_ERRORS = (
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    IndexError,
    email.errors.MessageError,
)


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address with the name shown beside it."""

    name: str  # display name, "" when there is none
    address: str  # local@domain as written, "" when the header holds none

    @property
    def domain(self) -> str:
        """The part after the last @, in lower case; "" when there is none."""
        return self.address.rpartition("@")[2].strip().lower() if "@" in self.address else ""

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the mail."""

    filename: str  # as given by the sender, decoded, without a path
    content_type: str  # what the bytes are, e.g. application/pdf; the sender's word only when the bytes don't tell
    data: bytes  # the decoded content


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as we could read it."""

    message_id: str  # Message-ID without angle brackets, "" when absent
    subject: str  # decoded, on one line
    sender: Address  # the first From address
    reply_to: Address | None  # the first Reply-To address
    return_path: Address | None  # the envelope sender that the receiving server noted
    to: tuple[Address, ...]  # To and Cc
    date: datetime | None  # Date header in UTC; None when absent or unreadable
    in_reply_to: tuple[str, ...]  # Message-IDs this answers (In-Reply-To, References)
    text: str  # the words: the plain text part, or the HTML part as text
    html: str | None  # the HTML part as sent, not sanitised; None when there is none
    attachments: tuple[Attachment, ...]  # files, also those inside forwarded mails
    headers: tuple[tuple[str, str], ...]  # all headers in order, decoded
    problems: tuple[str, ...]  # what was odd, in English, without personal data
    sha256: str  # hex digest of the raw bytes
    raw: bytes = field(default=b"", repr=False)  # as the mail came in
    left_unread: tuple[str, ...] = ()  # Dutch sentences: what was left unread, being more than one mail may hold

    def header(self, name: str) -> list[str]:
        """All values of a header, first one first."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def readable(self) -> bool:
        """Whether there is anything a person could act on: a sender, and words or files."""
        return bool(self.sender.address and (self.text.strip() or self.subject or self.attachments))

    @property
    def automatic(self) -> bool:
        """Whether a machine sent it (RFC 3834): auto-replies, bounces and bulk mail."""
        submitted = " ".join(self.header("Auto-Submitted")).lower()
        return (bool(submitted) and not submitted.startswith("no")) or self.sender.address.lower().startswith("mailer-daemon@")


def parse_message(raw: bytes) -> Message:
    """Read a mail. Never raises, whatever the bytes; `problems` says what was odd. A database takes every value in it."""
    try:
        return _storable(_parse(raw))
    except _READ_ERRORS as error:
        return _unreadable(raw, f"not readable as mail: {type(error).__name__}")


def _unreadable(raw: bytes, problem: str) -> Message:
    """A mail that broke the parser: nothing is known of it but its bytes, which are kept."""
    nobody = Address("", "")
    digest = hashlib.sha256(raw).hexdigest()
    return Message("", "", nobody, None, None, (), None, (), "", None, (), (), (problem,), digest, raw)


def _parse(raw: bytes) -> Message:
    problems: list[str] = []
    left: list[str] = []
    try:
        parsed, unread = parse_bounded(raw)
        left += unread
    except _READ_ERRORS as error:
        problems.append(f"not readable as mail: {type(error).__name__}")
        parsed = EmailMessage()
    headers = tuple(_headers(parsed, problems))
    first = {name.lower(): value for name, value in reversed(headers)}
    coded = {name.lower(): _unfold(value) for name, value in reversed(list(islice(parsed.raw_items(), MAX_HEADERS)))}
    texts, attachments = _contents(parsed, problems, left)
    plain, rich = texts["text/plain"], texts["text/html"]
    if not first.get("from"):
        problems.append("no From header")
    used = plain if plain.words.strip() else rich
    text = used.words if used is plain else "\n\n".join(html_to_text(part) for part in rich.parts)
    if used.cut:
        left.append("De tekst van de mail is te lang en niet helemaal gelezen. Kijk zelf wat er nog staat.")
    return Message(
        message_id=_ids(first.get("message-id", ""))[0] if _ids(first.get("message-id", "")) else "",
        subject=" ".join(first.get("subject", "").split())[:500],
        sender=next(iter(_addresses(coded.get("from", ""))), Address("", "")),
        reply_to=next(iter(_addresses(coded.get("reply-to", ""))), None),
        return_path=next(iter(_addresses(coded.get("return-path", ""))), None),
        to=tuple(_addresses(coded.get("to", ""))) + tuple(_addresses(coded.get("cc", ""))),
        date=_date(first.get("date", ""), problems),
        in_reply_to=tuple(_ids(first.get("in-reply-to", "") + " " + first.get("references", ""))),
        text=text[:MAX_TEXT],
        html="\n".join(rich.parts)[:MAX_TEXT] or None,
        attachments=tuple(attachments),
        headers=headers,
        problems=tuple(dict.fromkeys(problems)),
        sha256=hashlib.sha256(raw).hexdigest(),
        raw=raw,
        left_unread=tuple(dict.fromkeys(left)),
    )


def _headers(parsed: AnyMessage, problems: list[str]) -> Iterator[tuple[str, str]]:
    for name, raw_value in islice(parsed.raw_items(), MAX_HEADERS):
        text = _unfold(raw_value)
        try:
            value = str(make_header(decode_header(text)))
        except _READ_ERRORS as error:
            problems.append(f"header {name} not decodable: {type(error).__name__}")
            value = text
        yield name, _without_surrogates(value).replace("\0", "")


def _unfold(value: object) -> str:
    return str(value).replace("\r", "").replace("\n", " ").replace("\0", "")


def _storable(value: T) -> T:
    """A value, or a value with others in it, as a database takes it: no NUL and no lone surrogates in any text."""
    if isinstance(value, str):
        text = value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
        return cast(T, text)
    if isinstance(value, tuple):
        return cast(T, tuple(map(_storable, value)))
    if is_dataclass(value) and not isinstance(value, type):
        return cast(T, replace(value, **{one.name: _storable(getattr(value, one.name)) for one in fields(value)}))
    return value


def _decoded(text: str) -> str:
    try:
        return _without_surrogates(str(make_header(decode_header(text)))).replace("\0", "")
    except _READ_ERRORS:
        return _without_surrogates(text)


def _without_surrogates(text: str) -> str:
    """Bytes that were not ASCII come out of the parser as lone surrogates; read them as UTF-8 or Windows-1252."""
    if text.isascii():
        return text
    data = text.encode("utf-8", "surrogateescape") if _only_escaped(text) else text.encode("utf-8", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _only_escaped(text: str) -> bool:
    return all(not 0xD800 <= ord(char) <= 0xDFFF or 0xDC80 <= ord(char) <= 0xDCFF for char in text)


_ANGLED = re.compile(r"<([^<>\s]+@[^<>\s]+)>")


def _addresses(value: str) -> Iterator[Address]:
    """Addresses of a header as it was sent: structure first, then the encoded names (RFC 2047, 5: no encoded address)."""
    try:
        found = getaddresses([value])
    except _READ_ERRORS:
        found = []
    bare = re.sub(r'"[^"]*"', "", value)
    angled = _ANGLED.findall(bare)
    if (
        angled and "," not in bare and found and found[0][1] not in angled
    ):  # 'alice@a <bob@b>': the name holds an address, the mail is bob's
        found = [(value.partition("<")[0], angled[0])]
    for name, address in found:
        if "@" in address:
            yield Address(" ".join(_decoded(name).split()), _without_surrogates(address).strip())


def _ids(value: str) -> list[str]:
    return re.findall(r"<([^<>\s]+)>", value) or [word for word in value.split() if "@" in word][:1]


def _date(value: str, problems: list[str]) -> datetime | None:
    if not value.strip():
        return None
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (*_READ_ERRORS, OverflowError):
        problems.append("Date header not readable")
        return None


@dataclass(slots=True)
class _Text:
    """The text parts of one kind, as far as they are read."""

    parts: list[str] = field(default_factory=list)
    cut: bool = False

    def add(self, text: str) -> None:
        room = MAX_TEXT - sum(map(len, self.parts))
        self.cut = self.cut or len(text) > room
        self.parts.append(text[:room])

    @property
    def words(self) -> str:
        return "\n\n".join(self.parts)


def _contents(parsed: AnyMessage, problems: list[str], left: list[str]) -> tuple[Mapping[str, _Text], list[Attachment]]:
    texts = {"text/plain": _Text(), "text/html": _Text()}
    attachments: list[Attachment] = []
    names: list[str] = []  # of what comes after as many attachments as are read
    for part in _leaves(parsed):
        kind = part.get_content_type()
        data = _payload(part, problems)
        filename = _filename(part, problems)
        if part.get_content_maintype() == "multipart":
            problems.append(f"{kind} without parts, read as text")
            kind, data = "text/plain", data.strip()
        if kind in texts and not filename and not _is_attachment(part):
            text = _decode(data, part, problems)
            kept = bounded_markup(text) if kind == "text/html" else text
            texts[kind].add(kept)
            texts[kind].cut |= len(kept) < len(text)
        elif data or filename:
            name = filename or f"bijlage-{len(attachments) + 1}"
            if len(attachments) == MAX_ATTACHMENTS:
                names.append(name)
            else:
                attachments.append(Attachment(name, _content_type(data, kind), data))
    if names:
        shown = ", ".join(f"‘{name[:60]}’" for name in names[:MAX_NAMED]) + (" en meer" if len(names) > MAX_NAMED else "")
        left.append(f"De mail heeft meer dan {MAX_ATTACHMENTS} bijlagen. Niet gelezen: {shown}. Bekijk die zelf.")
    return texts, attachments


def _payload(part: AnyMessage, problems: list[str]) -> bytes:
    """The content of a part, without its transfer encoding."""
    try:
        data = part.get_payload(decode=True)
    except _READ_ERRORS as error:
        problems.append(f"part {part.get_content_type()} not decodable: {type(error).__name__}")
        data = None
    if isinstance(data, bytes):
        return data
    payload = part.get_payload()
    return payload.encode("utf-8", "replace") if isinstance(payload, str) else b""


def _leaves(part: AnyMessage) -> Iterator[AnyMessage]:
    payload = part.get_payload()
    if isinstance(payload, list):
        for inner in payload:
            if isinstance(inner, AnyMessage):
                yield from _leaves(inner)
        return
    yield part


def _is_attachment(part: AnyMessage) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _filename(part: AnyMessage, problems: list[str]) -> str:
    try:
        name = part.get_filename() or ""
        name = str(make_header(decode_header(name)))
    except _READ_ERRORS as error:
        problems.append(f"attachment name not decodable: {type(error).__name__}")
        name = "bijlage"
    name = _without_surrogates(name).replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable()).strip()[:200]


def _content_type(data: bytes, declared: str) -> str:
    kind = filetype.guess(data[:8192])
    if kind is not None:
        return str(kind.mime)
    # Real PDFs may have some bytes before the header (ISO 32000-1, annex H, note 13).
    return "application/pdf" if b"%PDF-" in data[:1024] else declared


# Senders often name a charset and use its superset, as browsers assume too (WHATWG Encoding, 4.2 'Names and labels').
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "utf-8", "ks_c_5601-1987": "cp949"}


def _decode(data: bytes, part: AnyMessage, problems: list[str]) -> str:
    try:
        charset = part.get_content_charset()
    except _READ_ERRORS:
        charset = None
    for candidate in (charset, "utf-8"):
        if candidate:
            try:
                return decode_text(data, _SUPERSETS.get(candidate, candidate))
            except _READ_ERRORS:
                problems.append(f"text is not {candidate}" if candidate == "utf-8" else f"charset {candidate} did not fit")
    guessing = problems.count("text is not utf-8") <= MAX_GUESSES
    guess = charset_normalizer.from_bytes(data[:20_000]).best() if guessing else None
    return data[: 4 * MAX_TEXT].decode(guess.encoding if guess else "cp1252", "replace")[: MAX_TEXT + 1]


_CONTROLS = re.compile(r"[\x80-\x9f]")  # mean nothing in HTML, and the cleaner takes time with the square of their number
_BREAKS = re.compile(r"<br>|</(?:p|div|tr|li|h[1-6]|blockquote|table)>")


def html_to_text(markup: str) -> str:
    """The words of an HTML part: one line a block, table cells separated by a tab."""
    kept = {"br", "p", "div", "tr", "td", "th", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table"}
    markup = _CONTROLS.sub(" ", markup[:MAX_TEXT])
    clean = nh3.clean(markup.encode("utf-8", "replace").decode(), tags=kept, attributes={})
    clean = re.sub(r"\s+", " ", clean)
    clean = re.sub(r"</t[dh]>", "\t", _BREAKS.sub("\n", clean))
    text = html.unescape(re.sub(r"<[^>]*>", "", clean))
    lines = [re.sub(r"[ \xa0]+", " ", line).strip(" ") for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
