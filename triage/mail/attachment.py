"""A file that came with a mail: its name, what it is, and its content."""

from __future__ import annotations

from dataclasses import dataclass

import filetype


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the mail."""

    filename: str  # as given by the sender, decoded, without a path
    content_type: str  # what the bytes are, e.g. application/pdf; the sender's word only when the bytes don't tell
    data: bytes  # the decoded content


def plain_name(name: str) -> str:
    """The name of a file without a path and without letters that nobody sees."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char for char in name if char.isprintable()).strip()[:200]


def content_type_of(data: bytes, declared: str) -> str:
    """What the bytes of a file are; the sender's word when they don't tell."""
    kind = filetype.guess(data[:8192])
    if kind is not None:
        return str(kind.mime)
    # Real PDFs may have some bytes before the header (ISO 32000-1, annex H, note 13).
    return "application/pdf" if b"%PDF-" in data[:1024] else declared
