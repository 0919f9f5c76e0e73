"""The parts of a mail: which of them are its words, in what order, and which are files."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import Message as AnyMessage

from triage.mail.attachment import Attachment, content_type_of, plain_name
from triage.mail.charsets import read_text
from triage.mail.footers import is_footer, is_placeholder, without_scanner
from triage.mail.headers import READ_ERRORS, addresses, decode_words, parameters, storable, unfold, without_surrogates
from triage.mail.limits import MAX_ATTACHMENTS, MAX_GUESSES, MAX_NAMED, MAX_TEXT, bounded_markup, parse_bounded
from triage.mail.markup import html_to_text
from triage.mail.plain import flowed, without_armour, without_files
from triage.mail.repair import repaired
from triage.mail.transfer import decode_content

MAX_OPENED = 12  # wrappings and attached mails that are opened, one in the other or side by side
MAX_OPENED_DEPTH = 4
ENCRYPTED = "De mail is versleuteld (encrypted, {kind}). Wij kunnen hem niet openen."
NOT_OPENED = "Een bijlage is een verpakte mail ({kind}) die wij niet kunnen openen. Kijk er zelf in."
_STRUCTURE = frozenset(
    [
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/global-delivery-status",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "application/pgp-encrypted",
        "application/applefile",
    ]
)
_PLAIN = frozenset(
    [
        "text/plain",
        "text/markdown",
        "text/x-markdown",
        "text/enriched",
        "text/richtext",
        "text/x-plain",
        "text/unknown",
        "text/ascii",
        "text/utf-8",
        "text/text",
    ]
)
_HTML = frozenset({"text/html", "text/htm", "text/xhtml", "application/xhtml+xml", "text/x-html"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef", "application/x-tnef"})
_WORDS_BY_NAME = re.compile(
    r"(?:att\d{3,}|part[ _-]?\d{0,3}|body|message|bericht|mail|text|noname|untitled)(?:\.(?:txt|html?|plain))?$", re.IGNORECASE
)
_LOOKS_LIKE_HTML = re.compile(rb"\s*(?:<!doctype html|<html[\s>]|<head>|<body[\s>])", re.IGNORECASE)
_ENRICHED = re.compile(r"</?[a-zA-Z,-]{1,40}>")
_MAIL_BEGINS = re.compile(
    rb"\s*(?:>?From [^\r\n]*\r?\n)?(?:[!-9;-~]{2,60}:[^\r\n]*(?:\r?\n|\r)(?:[ \t][^\r\n]*(?:\r?\n|\r))*){2}"
)


@dataclass(frozen=True, slots=True)
class EnclosedMail:
    """A mail that came attached to another."""

    sender: str  # as its From shows it
    subject: str
    date: str  # as its header says it
    text: str


@dataclass(slots=True)
class _Piece:
    """A text part."""

    text: str
    html: bool = False
    # It has a name or was sent as a file, and stands among the files too.
    file: bool = False
    _read: str | None = None

    @property
    def words(self) -> str:
        if self._read is None:
            self._read = html_to_text(self.text) if self.html else self.text
        return self._read


@dataclass(slots=True)
class _Budget:
    """What all parts of a mail, and of the mails in it, may cost together."""

    problems: list[str]
    left: list[str]
    files: list[Attachment] = field(default_factory=list)
    unread_files: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    enclosed: list[EnclosedMail] = field(default_factory=list)
    guesses: int = 0
    opened: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """What the parts of a mail hold."""

    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    enclosed: tuple[EnclosedMail, ...]


def read_contents(parsed: AnyMessage, problems: list[str], left: list[str]) -> Contents:
    """The words and files of a mail and of the mails in it."""
    budget = _Budget(problems, left)
    text, only_words = _words(_pieces(parsed, budget, 0), budget)
    if budget.cut and (text == "" or only_words):
        left.append("De tekst van de mail is te lang en niet helemaal gelezen. Kijk zelf wat er nog staat.")
    if budget.unread_files:
        names = budget.unread_files
        shown = ", ".join(f"‘{name[:60]}’" for name in names[:MAX_NAMED]) + (" en meer" if len(names) > MAX_NAMED else "")
        left.append(f"De mail heeft meer dan {MAX_ATTACHMENTS} bijlagen. Niet gelezen: {shown}. Bekijk die zelf.")
    return Contents(text, "\n".join(budget.html)[:MAX_TEXT] or None, tuple(budget.files), tuple(budget.enclosed))


def _pieces(part: AnyMessage, budget: _Budget, depth: int) -> list[_Piece]:
    """The text parts in and below a part, in order; files and attached mails are noted on the way."""
    kind = part.get_content_type()
    payload = part.get_payload()
    if not isinstance(payload, list):
        return _leaf(part, kind, budget, depth)
    inner = [one for one in payload if isinstance(one, AnyMessage)]
    if kind in _STRUCTURE:
        return []
    if part.get_content_maintype() == "message":
        for one in inner:
            _enclose(one, budget, depth)
        return []
    if kind == "multipart/encrypted":
        budget.problems.append(ENCRYPTED.format(kind="PGP/MIME"))
    if kind == "multipart/alternative":
        return _best([_pieces(one, budget, depth) for one in inner])
    return [piece for one in inner for piece in _pieces(one, budget, depth)]


def _best(alternatives: Sequence[list[_Piece]]) -> list[_Piece]:
    """Of several forms of the same words the plain one, unless it holds none."""
    spoken = [pieces for pieces in alternatives if any(piece.text.strip() for piece in pieces)]
    for pieces in spoken:
        plain = "\n".join(piece.text for piece in pieces if not piece.html)
        others = len(spoken) > 1
        if (
            plain.strip()
            and not any(piece.html for piece in pieces)
            and not (others and (is_placeholder(plain) or is_footer(plain)))
        ):
            return pieces
    for pieces in reversed(spoken):
        if any(piece.words.strip() and not is_footer(piece.words) for piece in pieces):
            return pieces
    return next(iter(spoken), [])


def _leaf(part: AnyMessage, kind: str, budget: _Budget, depth: int) -> list[_Piece]:
    """A part without parts: words, a file, or a wrapping with a mail in it."""
    said = {name.lower(): str(value) for name, value in reversed(list(part.raw_items())[:60])}
    content_type, encoding = said.get("content-type", ""), said.get("content-transfer-encoding", "")
    text = kind.startswith(("text/", "multipart/"))
    kind = "text/html" if content_type.strip().lower().startswith("html") else kind
    data = _payload(part, encoding, budget.problems, text=text)
    if kind.startswith("multipart/"):
        if depth < MAX_OPENED_DEPTH and encoding and b"--" in data[:2_000] and data != _raw_payload(part):
            return _opened(f"Content-Type: {unfold(content_type)}\n\n".encode("utf-8", "replace") + data, budget, depth)
        budget.problems.append(f"{kind} without parts, read as text")
        kind, data = "text/plain", data.strip()
    filename = _filename(said, budget.problems)
    disposition = unfold(said.get("content-disposition", "")).strip().strip('"').lower()
    if kind in _STRUCTURE:
        return []
    if (opened := _wrapped(kind, filename, data, budget, depth)) is not None:
        return opened
    attached = disposition.startswith("attach")
    if kind in _PLAIN | _HTML or (
        text
        and not filename
        and not attached
        and kind not in ("text/calendar", "text/csv", "text/css", "text/vcard", "text/x-vcard", "text/directory", "text/xml")
    ):
        return _text_part(part, kind, data, parameters(content_type), filename, attached, budget)
    if data or filename:
        _add_file(filename, kind, data, budget)
    return []


def _text_part(
    part: AnyMessage, kind: str, data: bytes, said: dict[str, str], filename: str, attached: bool, budget: _Budget
) -> list[_Piece]:
    html = kind in _HTML or bool(kind == "text/plain" and _LOOKS_LIKE_HTML.match(data[:500]))
    file = bool(filename or attached) and not (filename and _WORDS_BY_NAME.match(filename))
    if file and (data or filename):
        _add_file(filename, kind, data, budget)
    if not html and not filename:
        data, inside = without_files(data)
        for name, content in inside:
            _add_file(plain_name(name), "application/octet-stream", content, budget)
    before = len(budget.problems)
    words = read_text(data, said.get("charset"), budget.problems, html=html, guess=budget.guesses < MAX_GUESSES)
    budget.guesses += "text is not utf-8" in budget.problems[before:]
    if html:
        kept = bounded_markup(words[:MAX_TEXT])
        if not file:
            budget.html.append(kept)
    else:
        kept = _plain_words(words[:MAX_TEXT], kind, said, budget)
    if not file:
        budget.cut |= len(words) > MAX_TEXT or (html and len(kept) < len(words))
    return [_Piece(storable(kept), html, file)]


def _plain_words(words: str, kind: str, said: dict[str, str], budget: _Budget) -> str:
    if said.get("format", "").strip().lower() == "flowed":
        words = flowed(words, said.get("delsp", "").strip().lower() == "yes")
    if kind in ("text/enriched", "text/richtext"):
        words = _ENRICHED.sub("", re.sub(r"<param>[^<]{0,200}</param>", "", words)).replace("<<", "<")
    words, encrypted = without_armour(words)
    if encrypted:
        budget.problems.append(ENCRYPTED.format(kind="PGP"))
    return words


def _wrapped(kind: str, filename: str, data: bytes, budget: _Budget, depth: int) -> list[_Piece] | None:
    """The text parts of a wrapping, None when the part is none."""
    name = filename.lower()
    if kind in ("application/x-rfc822", "message/rfc822", "message/global", "message/news") or (
        name.endswith(".eml") and _MAIL_BEGINS.match(data[:4_000])
    ):
        return _enclosed_bytes(data, budget, depth)
    if name.endswith(".msg") or kind == "application/vnd.ms-outlook":
        return _unwrap("Outlook", filename, kind, data, budget, depth)
    if kind in _TNEF or name == "winmail.dat":
        return _unwrap("winmail.dat", filename, kind, data, budget, depth)
    if kind in _SMIME or name.endswith((".p7m", ".p7z")):
        return _unwrap("S/MIME", filename, kind, data, budget, depth)
    return None


def _unwrap(what: str, filename: str, kind: str, data: bytes, budget: _Budget, depth: int) -> list[_Piece] | None:
    from triage.mail import containers

    opener = {"Outlook": containers.open_outlook, "winmail.dat": containers.open_tnef, "S/MIME": containers.open_smime}[what]
    if depth >= MAX_OPENED_DEPTH or budget.opened >= MAX_OPENED:
        budget.problems.append(NOT_OPENED.format(kind=what))
        return None
    try:
        mail = opener(data)
    except containers.EncryptedError:
        budget.problems.append(ENCRYPTED.format(kind=what))
        return None
    except (*READ_ERRORS, OSError, EOFError, MemoryError, struct.error) as error:
        budget.problems.append(f"{what} not opened: {type(error).__name__}")
        return None
    if what == "Outlook":
        return _enclosed_bytes(mail, budget, depth)
    pieces = _opened(mail, budget, depth)
    for piece in pieces:
        piece.file = piece.file or what == "winmail.dat"  # most such mails say the same in a part of their own
    return pieces


def _opened(mail: bytes, budget: _Budget, depth: int) -> list[_Piece]:
    """The text parts of the mail in a wrapping, which are those of the mail itself."""
    parsed = _parsed(mail, budget)
    return _pieces(parsed, budget, depth + 1) if parsed is not None else []


def _enclosed_bytes(mail: bytes, budget: _Budget, depth: int) -> list[_Piece]:
    if depth < MAX_OPENED_DEPTH and budget.opened < MAX_OPENED and (parsed := _parsed(mail, budget)) is not None:
        _enclose(parsed, budget, depth)
    else:
        _add_file("bericht.eml", "message/rfc822", mail, budget)
    return []


def _parsed(mail: bytes, budget: _Budget) -> AnyMessage | None:
    budget.opened += 1
    try:
        mended, problems = repaired(mail)
        parsed, left = parse_bounded(mended)
    except READ_ERRORS as error:
        budget.problems.append(f"not readable as mail: {type(error).__name__}")
        return None
    budget.problems += problems
    budget.left += left
    return parsed


def _enclose(parsed: AnyMessage, budget: _Budget, depth: int) -> None:
    """Note an attached mail: its words apart, its files with those of the mail."""
    said = {name.lower(): unfold(value) for name, value in reversed(list(parsed.raw_items())[:100])}
    html, budget.html = budget.html, []  # the HTML of the mail itself is shown, not that of one in it
    pieces = _pieces(parsed, budget, depth)
    text, _ = _words(pieces, budget)
    budget.html = html or (budget.html if not html else [])
    sender = next(iter(addresses(said.get("from", ""))), None)
    subject = " ".join(decode_words(said.get("subject", "")).split())
    budget.enclosed.append(EnclosedMail(str(sender or ""), storable(subject)[:500], storable(said.get("date", ""))[:100], text))


def _words(pieces: Sequence[_Piece], budget: _Budget) -> tuple[str, bool]:
    """The words of a mail: all its text parts in order, without footers, and of two with the same words one.

    Only when there are none, those of a named text part. Also whether a part that was too long is among them.
    """
    inline = [piece for piece in pieces if not piece.file and piece.text.strip()]
    if not any(piece.words.strip() for piece in inline):
        inline = [piece for piece in pieces if piece.file and piece.text.strip()]
    if len(inline) > 1:
        inline = [piece for piece in inline if piece.words.strip()]
        said = [piece for piece in inline if not is_footer(piece.words)] or inline[:1]
        said = [piece for piece in said if piece.html or not is_placeholder(piece.words)] or said
        inline = _once(said)
    long = any(len(piece.text) >= MAX_TEXT * 3 // 4 or piece.html for piece in inline)
    if len(inline) == 1:
        return without_scanner(inline[0].words)[:MAX_TEXT], long
    return "\n\n".join(without_scanner(piece.words).strip("\r\n") for piece in inline)[:MAX_TEXT], long


def _once(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Text parts without those that say what another says: a plain and an HTML form that are not sent as alternatives."""
    bare = [re.sub(r"[\W_]+", "", piece.words).lower()[:MAX_TEXT] for piece in pieces[:20]]
    kept = []
    for number, piece in enumerate(pieces[:20]):
        others = [
            other
            for at, other in enumerate(bare)
            if at != number and piece.html != pieces[at].html and bare[number] in other and (bare[number] != other or piece.html)
        ]
        if not others:
            kept.append(piece)
    return [*kept, *pieces[20:]]


def _add_file(filename: str, kind: str, data: bytes, budget: _Budget) -> None:
    """Note a file, or only its name when there are more than are read."""
    name = filename or f"bijlage-{len(budget.files) + 1}"
    if len(budget.files) >= MAX_ATTACHMENTS:
        budget.unread_files.append(name)
    else:
        budget.files.append(Attachment(name, content_type_of(data, kind), data))


def _raw_payload(part: AnyMessage) -> bytes:
    payload = part._payload  # type: ignore[attr-defined]  # get_payload() reads it in the charset the part claims
    if not isinstance(payload, str):
        return b""
    try:
        return payload.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return payload.encode("utf-8", "replace")


def _payload(part: AnyMessage, encoding: str, problems: list[str], *, text: bool) -> bytes:
    """The content of a part, without its transfer encoding."""
    try:
        return decode_content(_raw_payload(part), encoding, problems, text=text)
    except READ_ERRORS as error:
        problems.append(f"part {part.get_content_type()} not decodable: {type(error).__name__}")
        return _raw_payload(part)


def _filename(said: dict[str, str], problems: list[str]) -> str:
    try:
        name = parameters(said.get("content-disposition", "")).get("filename", "")
        name = name or parameters(said.get("content-type", "")).get("name", "")
    except READ_ERRORS as error:
        problems.append(f"attachment name not decodable: {type(error).__name__}")
        name = "bijlage"
    return plain_name(without_surrogates(name))
