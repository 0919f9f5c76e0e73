"""Headers as a person reads them: unfolded, with their encoded words decoded (RFC 2047 and 2231), whatever their makers left out."""

from __future__ import annotations

import binascii
import email.errors
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message as AnyMessage
from email.utils import getaddresses, parsedate_to_datetime
from itertools import islice
from urllib.parse import unquote_to_bytes

from triage.mail.charsets import codec_of
from triage.mail.limits import MAX_HEADERS, decode_text

READ_ERRORS = (
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
    IndexError,
    email.errors.MessageError,
)
_WORD = re.compile(r"=\?([^?\s]{0,80})\?([bBqQ])\?((?:[^?]|\?(?!=)){0,8000})(?:\?=|\Z)")
_FOLD = re.compile(r"\r?\n|\r")
_FOLDED_WORD = re.compile(r"(=\?[^?\s]{1,80}\?[bB]\?)([^?]{0,8000})")
_ANGLED = re.compile(r"<([^<>\s]{1,1000}@[^<>\s]{1,1000})>")
_SPACED_ANGLED = re.compile(r"<\s*(?:mailto:)?([^<>\s@]{1,320})\s*@\s*([^<>\s@]{1,320})\s*>", re.IGNORECASE)
_LOOSE = re.compile(r"(?:mailto:)?([^\s@<>()\[\],;:\"'=?]{1,200}@[\w.-]{1,255}\.\w{2,60})", re.IGNORECASE)
_PARAMETER = re.compile(
    r";\s{0,200}([\w!#$%&+.^`|~-]{1,60})(?:\*(\d{1,3}))?(\*)?\s{0,80}=\s{0,200}"
    r'("(?:[^"\\]|\\.){0,2000}+"?|[^;\s]{0,2000}+(?:[ \t]+(?![\w*-]{1,30}[ \t]*=)[^;\s"]{1,1000}+){0,30}+)',
    re.DOTALL,
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


def read_headers(parsed: AnyMessage, problems: list[str]) -> Iterator[tuple[str, str]]:
    """The headers of a mail in order, decoded; one that can't be decoded is named and comes as it is."""
    for name, raw_value in islice(parsed.raw_items(), MAX_HEADERS):
        found: list[str] = []
        yield name, decode_words(unfold(raw_value), found)
        problems += [f"header {name} not decodable: {problem}" for problem in dict.fromkeys(found)]


def unfold(value: object) -> str:
    """A header on one line. A line that was cut inside an encoded word grows together."""
    text = str(value).replace("\0", "")
    if "\n" in text and "=?" in text:
        lines = _FOLD.split(text)
        joined = lines[0]
        for line in lines[1:]:
            inside = joined.rfind("=?") > joined.rfind("?=") and len(joined.rsplit("\n", 1)[-1]) >= 60
            joined += "\n" + (line[1:] if inside and line[:1] in " \t" else line)
            if inside:
                joined = joined[: -len(line[1:]) - 1] + line[1:] if line[:1] in " \t" else joined
        text = joined
    return _FOLD.sub(lambda match: "" if match.group() == "\r" else " ", text).replace("\r", "")


def decode_words(text: str, problems: list[str] | None = None) -> str:
    """A header with its encoded words decoded; bytes beside them are read as UTF-8 or Windows-1252."""
    if "=?" not in text:
        return without_surrogates(text)
    written: list[str] = []
    held: tuple[str, bytes] | None = None  # the encoded word before, whose last letter may go on in the next
    place = 0
    for match in _WORD.finditer(text):
        between = text[place : match.start()]
        charset, data = match[1].partition("*")[0], _word_bytes(match[2], match[3])
        if held and not between.strip() and held[0].lower() == charset.lower():
            held = (charset, held[1] + data)
        else:
            written += [_letters(*held, problems)] if held else []
            written += [without_surrogates(between)] if between.strip() or not held else []
            held = (charset, data)
        place = match.end()
    written += [_letters(*held, problems)] if held else []
    return "".join(written) + without_surrogates(text[place:])


def _word_bytes(kind: str, encoded: str) -> bytes:
    data = encoded.encode("utf-8", "surrogateescape" if only_escaped(encoded) else "replace")
    if kind in "qQ":
        data = re.sub(rb"=(?:\r?\n)?[ \t]*\Z", b"", data.replace(b"_", b" "))
        return re.sub(rb"=([0-9A-Fa-f]{2})", lambda match: bytes([int(match[1], 16)]), data)
    letters = [part for part in re.split(rb"=+", re.sub(rb"[^A-Za-z0-9+/=]", b"", data)) if part]
    read = b""
    for part in letters:
        part = part[: len(part) - 1] if len(part) % 4 == 1 else part
        try:
            read += binascii.a2b_base64(part + b"=" * (-len(part) % 4))
        except binascii.Error:
            continue
    return read


def _letters(charset: str, data: bytes, problems: list[str] | None) -> str:
    try:
        codec = codec_of(charset)
    except LookupError as error:
        if problems is not None:
            problems.append(type(error).__name__)
        codec = ""
    for candidate in (codec, "utf-8") if codec != "cp1252" or not _multibyte(data) else ("utf-8", codec):
        try:
            if candidate:
                return decode_text(data, candidate)
        except (LookupError, ValueError):
            continue
    lossy = data.decode("utf-8", "replace")
    return (
        lossy
        if codec == "utf-8" and lossy.count("\ufffd") * 4 < len(lossy) and _multibyte(data)
        else data.decode("cp1252", "replace")
    )


def _multibyte(data: bytes) -> bool:
    return bool(re.search(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", data))


def storable(text: str) -> str:
    """Text a database takes: no NUL and no lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def without_surrogates(text: str) -> str:
    """Bytes that were not ASCII come out of the parser as lone surrogates; read them as UTF-8 or Windows-1252."""
    if text.isascii():
        return text
    data = text.encode("utf-8", "surrogateescape") if only_escaped(text) else text.encode("utf-8", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def only_escaped(text: str) -> bool:
    """Whether the lone surrogates of a text all stand for bytes."""
    return all(not 0xD800 <= ord(char) <= 0xDFFF or 0xDC80 <= ord(char) <= 0xDCFF for char in text)


def addresses(value: str) -> Iterator[Address]:
    """Addresses of a header as it was sent: structure first, then the encoded names (RFC 2047, 5: no encoded address)."""
    value = _SPACED_ANGLED.sub(r"<\1@\2>", value)
    try:
        found = [(name, address) for name, address in getaddresses([value]) if "@" in address]
    except READ_ERRORS:
        found = []
    bare = re.sub(r'"[^"]*"', "", value)
    angled = _ANGLED.findall(bare)
    if angled and (not found or (len(angled) == 1 and "," not in bare and found[0][1] not in angled)):
        # 'alice@a <bob@b>' and 'Bakker, Joke (obs) <joke@b>': one person, whose address stands between the brackets.
        found = [(value.partition("<")[0], angled[0])]
    elif len(angled) == 1 and len(found) == 1 and "," in value.partition("<")[0] and '"' not in value:
        found = [(value.partition("<")[0], found[0][1])]
    if (not found or " " in found[0][1].strip()) and (loose := _LOOSE.search(value) or _LOOSE.search(decode_words(value))):
        found = [(decode_words(value).partition(loose.group())[0].strip("<[('\" "), loose[1])]
    for name, address in found:
        if "@" in address:
            shown = " ".join(storable(decode_words(name)).split()).strip()
            shown = shown[1:-1] if shown[:1] == shown[-1:] == "'" else shown
            yield Address(shown.strip('"').strip(), _plain_address(address))


def _plain_address(address: str) -> str:
    address = storable(without_surrogates(address)).strip().strip("<>").strip("'")
    return address[7:] if address.lower().startswith("mailto:") else address


def ids(value: str) -> list[str]:
    """The Message-IDs of a header, without their brackets."""
    return re.findall(r"<([^<>\s]+)>", value) or [word for word in value.split() if "@" in word][:1]


def read_date(value: str, problems: list[str]) -> datetime | None:
    """A Date header in UTC; None when absent or unreadable."""
    if not value.strip():
        return None
    try:
        date = parsedate_to_datetime(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (*READ_ERRORS, OverflowError):
        problems.append("Date header not readable")
        return None


def parameters(header: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition, by name in lower case: continued, encoded or both (RFC 2231)."""
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(f";{unfold(header).partition(';')[2]}"[:40_000]):
        name, number, encoded, value = match[1].lower(), int(match[2] or -1), bool(match[3]), match[4].strip()
        if value.startswith('"'):
            value = re.sub(r"\\([\"\\])", r"\1", value[1:].removesuffix('"'))
        pieces.setdefault(name, {}).setdefault(number if not (encoded and number < 0) else -2, (value, encoded))
    return {name: _joined(parts) for name, parts in pieces.items()}


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    """One value of its pieces; the encoded form goes before a plain one that is there for old programs."""
    numbers = [-2] if -2 in parts else sorted(number for number in parts if number >= 0) or [-1]
    first, is_encoded = parts[numbers[0]]
    charset = ""
    if is_encoded and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
    data = b""
    plain = ""
    for number in numbers:
        value, encoded = parts[number]
        value = first if number == numbers[0] else value
        raw = value.encode("utf-8", "surrogateescape" if only_escaped(value) else "replace")
        data += unquote_to_bytes(raw) if encoded or (is_encoded and "%" in value) else raw
        plain += value
    if not is_encoded and not any(encoded for _, encoded in parts.values()):
        return decode_words(plain)
    return _letters(charset or "utf-8", data, None)
