"""Mails in a wrapping of another program: TNEF (winmail.dat), S/MIME and Outlook's .msg, opened to the mail inside.

Each gives the bytes of a mail (RFC 5322), so that what is inside is read as any other. What can't be opened raises.
"""

from __future__ import annotations

import logging
import struct
import zlib
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO

from asn1crypto import cms
from oxmsg import Message as OutlookMessage
from oxmsg.attachment import Attachment as OutlookFile
from tnefparse import TNEF

MAX_OBJECTS = 2_000  # of a TNEF file: its reader copies the rest of the file for each
MAX_OPENED = 35 * 2**20  # bytes of what was compressed
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TNEF_SIGNATURE = b"\x78\x9f\x3e\x22"
_OBJECT = struct.Struct("<BHHI")
# What is read of a TNEF file; the library's readers of dates, recipients and senders fail on files that are fine for the rest.
_READ = frozenset({0x8004, 0x800C, 0x800F, 0x8010, 0x9002, 0x9003, 0x9005, 0x9007})
_SUBJECT, _CODEPAGE = 0x8004, 0x9007
_POLICY = SMTP.clone(max_line_length=998, cte_type="8bit")
logging.getLogger("tnefparse").setLevel(logging.CRITICAL)
logging.getLogger("olefile").setLevel(logging.CRITICAL)


class NotOpenedError(ValueError):
    """A wrapping that can't be opened: broken, too large, or of another kind."""


class EncryptedError(NotOpenedError):
    """A mail that only its addressee's key opens."""


def open_smime(data: bytes) -> bytes:
    """The mail inside an S/MIME file that is signed or compressed. Whether the signature is good is another question.

    Raises EncryptedError for an encrypted one, NotOpenedError for what is none.
    """
    if b"-----BEGIN" in data[:200]:
        from triage.mail.transfer import from_base64

        data = from_base64(b"\n".join(line for line in data.splitlines() if not line.startswith(b"-----")), [])
    info = cms.ContentInfo.load(data)
    kind = info["content_type"].native
    if kind in ("enveloped_data", "authenticated_enveloped_data", "encrypted_data"):
        raise EncryptedError(kind)
    if kind == "signed_data":
        content = info["content"]["encap_content_info"]["content"]
        inner = content.native if content else None
        inner = content.parsed.dump() if inner is not None and not isinstance(inner, bytes) else inner
    elif kind == "compressed_data":
        inner = _inflated(info["content"]["encap_content_info"]["content"].native)
    else:
        inner = None
    if not isinstance(inner, bytes) or not inner.strip():
        raise NotOpenedError(str(kind))
    return inner


def _inflated(data: bytes) -> bytes:
    opener = zlib.decompressobj()
    opened = opener.decompress(data, MAX_OPENED)
    if opener.unconsumed_tail:
        raise NotOpenedError("too large")
    return opened


def open_tnef(data: bytes) -> bytes:
    """The words and files of a winmail.dat as a mail. Raises NotOpenedError and what its reader raises."""
    tnef = TNEF(_known_objects(data), do_checksum=False)
    mail = EmailMessage(_POLICY)
    codec = tnef.codepage or "cp1252"
    _set_words(mail, _text(tnef.body, codec), _text(tnef.htmlbody, "utf-8"))
    for number, file in enumerate(tnef.attachments, 1):
        content = file.data if isinstance(file.data, bytes) else b""
        if hasattr(file, "embed"):
            _add(mail, open_tnef(content), "message.eml", "message/rfc822")
        elif content.strip(b"\0"):
            _add(mail, content, _tnef_name(file, codec) or f"bijlage-{number}", "application/octet-stream")
    return mail.as_bytes()


def _tnef_name(file: object, codec: str) -> str:
    try:
        name = file.long_filename()  # type: ignore[attr-defined]
    except (UnicodeDecodeError, TypeError):
        name = file._name  # type: ignore[attr-defined]
    return _text(name, codec).strip("\0 ")


def _known_objects(data: bytes) -> bytes:
    """A TNEF file with nothing but what is read of it: the words, the files and their names."""
    if not data.startswith(TNEF_SIGNATURE):
        raise NotOpenedError("no TNEF")
    kept, place, number = [data[:6]], 6, 0
    while place + 11 < len(data):
        _level, name, _type, length = _OBJECT.unpack_from(data, place)
        end = min(place + 9 + length + 2, len(data))
        if name in _READ and name != _SUBJECT:
            kept.append(data[place:end])
            number += 1
        if number > MAX_OBJECTS:
            raise NotOpenedError("too many objects")
        place = end
    return b"".join(kept) + b"\0"  # its reader passes over a last object that has no byte behind it


def _text(value: object, codec: str) -> str:
    if not isinstance(value, bytes):
        return str(value or "").strip("\0")
    try:
        return value.decode("utf-8").strip("\0")
    except UnicodeDecodeError:
        return value.decode(codec, "replace").strip("\0")


def is_outlook_message(data: bytes) -> bool:
    """Whether a file is a mail as Outlook saves it (.msg)."""
    return data.startswith(OLE) and "__properties_version1.0".encode("utf-16-le") in data


def open_outlook(data: bytes) -> bytes:
    """A .msg file as a mail. Raises what its reader raises."""
    if not is_outlook_message(data):
        raise NotOpenedError("no .msg file")
    return _outlook_mail(OutlookMessage.load(BytesIO(data)), 0).as_bytes()


def _outlook_mail(message: OutlookMessage, depth: int) -> EmailMessage:
    mail = EmailMessage(_POLICY)
    for name, value in _outlook_headers(message):
        value = " ".join(value.replace("\0", "").split())[:5_000]
        try:
            mail[name] = value
        except (ValueError, IndexError, AttributeError):
            mail.set_raw(name, value.encode("ascii", "replace").decode())
    try:
        rich = message.html_body or ""
    except (UnicodeDecodeError, LookupError):
        rich = ""
    _set_words(mail, message.body or "", rich)
    for file in message.attachments:
        _outlook_file(mail, file, depth)
    return mail


def _outlook_headers(message: OutlookMessage) -> Iterator[tuple[str, str]]:
    """The headers the mail came with; of one that was never sent, those that its fields tell."""
    came = message._message_headers
    for name in ("From", "To", "Cc", "Reply-To", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Subject"):
        value = came[name]
        if not value and name == "From":
            value = _outlook_sender(message)
        elif not value and name == "Subject":
            value = message.subject
        elif not value and name == "To":
            value = ", ".join(one.email_address for one in message.recipients if one.email_address)
        elif not value and name == "Date" and message.sent_date:
            value = message.sent_date.strftime("%a, %d %b %Y %H:%M:%S %z")
        if value:
            yield name, str(value)


def _outlook_sender(message: OutlookMessage) -> str:
    """Name and address of who wrote it; an address of Exchange's own kind is passed over for the mail address."""
    read = message.properties.str_prop_value
    found = [read(number) or "" for number in (0x5D01, 0x5D02, 0x0C1F, 0x0065)]
    address = next((one for one in found if "@" in one), "")
    name = (read(0x0C1A) or read(0x0042) or "").replace('"', "")
    return f'"{name}" <{address}>' if address and name else address or name


def _outlook_file(mail: EmailMessage, file: OutlookFile, depth: int) -> None:
    content = file.file_bytes
    inner = [one for one in getattr(file._storage, "storages", ()) if one.name.endswith("3701000D")]
    if inner and depth < 5:
        _add(mail, _outlook_mail(_embedded(inner[0]), depth + 1).as_bytes(), "message.eml", "message/rfc822")
    elif content:
        name = file.file_name or file.properties.str_prop_value(0x3704) or "bijlage"
        _add(mail, content, name.strip("\0"), (file.mime_type or "application/octet-stream"))


def _embedded(storage: object) -> OutlookMessage:
    """A mail inside a .msg: its list of properties begins 8 bytes earlier than that of a mail of its own."""
    properties = next(one for one in storage.streams if one.name == "__properties_version1.0")  # type: ignore[attr-defined]
    properties.bytes_ = properties.bytes_[:24] + b"\0" * 8 + properties.bytes_[24:]
    return OutlookMessage(storage)  # type: ignore[arg-type]


def _set_words(mail: EmailMessage, plain: str, rich: str) -> None:
    plain, rich = (text.encode("utf-8", "replace").decode() for text in (plain, rich))
    if plain.strip() or not rich.strip():
        mail.set_content(plain, charset="utf-8", cte="base64")
        if rich.strip():
            mail.add_alternative(rich, subtype="html", charset="utf-8", cte="base64")
    else:
        mail.set_content(rich, subtype="html", charset="utf-8", cte="base64")


def _add(mail: EmailMessage, content: bytes, name: str, kind: str) -> None:
    main, _, sub = kind.partition("/")
    plain = (
        main.isalnum() and sub and all(sign.isalnum() or sign in "+.-" for sign in sub) and main not in ("multipart", "message")
    )
    types = (main, sub) if plain or kind == "message/rfc822" else ("application", "octet-stream")
    name = "".join(sign for sign in name if sign.isprintable())[:200]
    mail.add_attachment(content, "application", "octet-stream", filename=name)
    part = list(mail.iter_attachments())[-1]
    part.replace_header("Content-Type", f"{types[0]}/{types[1]}")
