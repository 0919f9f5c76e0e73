"""Plain text as its reader sees it: soft line breaks joined (RFC 3676), files and signatures in the text taken out."""

from __future__ import annotations

import re

from triage.mail.transfer import uu_files

_ARMOUR = re.compile(r"^-----BEGIN PGP MESSAGE-----.*?(?:^-----END PGP MESSAGE-----[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_SIGNED = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n(?:(?:Hash|Charset|NotDashEscaped):[^\n]*\r?\n)*\r?\n?", re.MULTILINE
)
_SIGNATURE = re.compile(r"^-----BEGIN PGP SIGNATURE-----.*?(?:^-----END PGP SIGNATURE-----[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)


def flowed(text: str, delsp: bool = False) -> str:
    """Text of format=flowed: a line that ends in a space goes on in the next, at the same depth of quoting."""
    written: list[str] = []
    open_depth: int | None = None  # depth of the line that goes on, None when none does
    for line in text.replace("\r\n", "\n").split("\n"):
        words = line.lstrip(">")
        depth = len(line) - len(words)
        words = words.removeprefix(" ")  # space-stuffing
        signature = words == "-- "
        if open_depth == depth and not signature and written:
            written[-1] += words
        else:
            written.append(f"{'>' * depth} {words}" if depth else words)
        soft = words.endswith(" ") and not signature
        if soft and delsp:
            written[-1] = written[-1][:-1]
        open_depth = depth if soft else None
    return "\n".join(written)


def without_files(data: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A text without the files that stand in it as uuencode, and those files."""
    if b"begin" not in data:
        return data, []
    files = uu_files(data)
    kept, place = [], 0
    for _, _, begin, end in files:
        kept.append(data[place:begin])
        place = end
    return b"".join([*kept, data[place:]]), [(name, content) for name, content, _, _ in files]


def without_armour(text: str) -> tuple[str, bool]:
    """A text without the frame of an inline PGP signature, and whether it holds words that PGP encrypted (those are left out)."""
    if "-----BEGIN PGP" not in text:
        return text, False
    plain = _ARMOUR.sub("", text)
    encrypted = plain != text
    if _SIGNED.search(plain):
        plain = re.sub(r"^- -", "-", _SIGNATURE.sub("", _SIGNED.sub("", plain)), flags=re.MULTILINE)
    return plain, encrypted
