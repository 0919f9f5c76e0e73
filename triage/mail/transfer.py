"""Transfer encodings as they come: named oddly, not named at all, in pieces, or with other lines between them."""

from __future__ import annotations

import binascii
import quopri
import re

from triage.mail.limits import MAX_LINES

_COMMENT = re.compile(r"\([^()]{0,200}\)")
_NAMES = {
    **dict.fromkeys(("base64", "b64", "b", "basis64", "xbase64", "bas64", "base46", "mimebase64"), "base64"),
    **dict.fromkeys(("quotedprintable", "quotedprintible", "quotedprint", "qp", "q", "printable", "quotedprinteable"), "qp"),
    **dict.fromkeys(("uuencode", "xuuencode", "uue", "xuue", "xuu", "uu"), "uu"),
    **dict.fromkeys(("7bit", "8bit", "binary", "8bits", "7bits", "bit", "none", "identity", "plain", "text", ""), ""),
}
_CHUNK = re.compile(rb"[A-Za-z0-9+/]+=*|=+")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_BASE64_LINE = re.compile(rb"[ \t]*[A-Za-z0-9+/\-_!*.>=]{1,2000}[^\w\r\n]{0,5}[ \t]*$")
_WORDS = re.compile(rb"[A-Za-z0-9]{1,40}[,;:.!?]? [A-Za-z0-9]")
_WHOLE = re.compile(rb"(?:[A-Za-z0-9+/]{4,1000}={0,2}(?:\r\n|\r|\n|\Z))+\s*")
_SOFT = re.compile(rb"=[ \t]*\r?\n")
_HEX = re.compile(rb"=[0-9A-Fa-f]{2}")
_HIGH_HEX = re.compile(rb"=(?:[C-F][0-9A-F]=[89AB][0-9A-F]|[89A-F][0-9A-F]|20\r?\n|3D)")
_UU_BEGIN = re.compile(rb"^begin(?:-?base64)? [0-7]{3,4} ([^\r\n]{1,200})\r?\n", re.MULTILINE)
_FILES = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"GIF8",
    b"\xd0\xcf\x11\xe0",
    b"From: ",
    b"Received: ",
    b"Return-Path: ",
)
_PRINTABLE = re.compile(r"[^\W_][\w\s.,:;!?'\"()<>/@&=+%€*-]*")


def encoding_of(header: str) -> str:
    """What a Content-Transfer-Encoding means: "base64", "qp", "uu", or "" for none."""
    plain = re.sub(r"[^a-z0-9]", "", _COMMENT.sub("", header[:300]).lower().split(";")[0])
    return _NAMES.get(plain, "base64" if plain.startswith("base64") else "qp" if plain.startswith("quoted") else "")


def decode_content(data: bytes, header: str, problems: list[str], *, text: bool) -> bytes:
    """The content of a part without its transfer encoding: the one it says it has, or the one it clearly has."""
    kind = encoding_of(header)
    if kind == "base64":
        if text and not _has_base64(data):
            problems.append("text is not base64")
            return data
        return from_base64(data, problems)
    if kind == "qp":
        return quopri.decodestring(_mended_qp(data))
    if kind == "uu":
        found = uu_files(data)
        return found[0][1] if found else data
    if _is_undeclared_base64(data, text):
        problems.append("base64 that is not declared")
        return from_base64(data, problems)
    if text and _is_undeclared_qp(data, declared=bool(header.strip())):
        problems.append("quoted-printable that is not declared")
        return quopri.decodestring(data)
    return data


def _mended_qp(data: bytes) -> bytes:
    """Quoted-printable whose soft line breaks have spaces behind them."""
    return re.sub(rb"=[ \t]{1,80}(\r?\n)", rb"=\1", data)


def _has_base64(data: bytes) -> bool:
    """Whether a text that says it is base64 has a line of it, and is not words that were never encoded."""
    lines = data.split(b"\n", 50)[:50]
    return not data.strip() or any(
        _BASE64_LINE.match(line.rstrip(b"\r")) and not _is_words(line) for line in lines if line.strip()
    )


def _is_words(line: bytes) -> bool:
    """Whether a line is a word or words and no piece of base64."""
    line = line.strip()
    return bool(_WORDS.search(line)) or (len(line) % 4 != 0 and len(line) < 16) or line in (b"--", b"-- ")


def from_base64(data: bytes, problems: list[str]) -> bytes:
    """Base64 with padding wherever a piece ended, without the lines and signs between that are none of it."""
    if b"-" in data or b" " in data.strip():
        kept = [line for line in data.splitlines() if not (_WORDS.search(line) or line.lstrip().startswith(b"--"))]
        if sum(map(len, kept)) + len(kept) * 2 < len(data) - 8:
            problems.append("lines between base64 that are not base64")
        data = b"\n".join(kept)
    data = (
        data.replace(b"-", b"+").replace(b"_", b"/")
        if b"+" not in data and b"/" not in data and re.search(rb"\w[-_]\w", data)
        else data
    )
    plain = _NOT_BASE64.sub(b"", data)
    if b"=" not in plain.rstrip(b"="):
        return _piece(plain.rstrip(b"="))
    problems.append("base64 in more than one piece")
    return b"".join(_piece(match.group().rstrip(b"=")) for match in _CHUNK.finditer(plain))


def _piece(letters: bytes) -> bytes:
    letters = letters[: len(letters) - 1] if len(letters) % 4 == 1 else letters
    try:
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
    except binascii.Error:
        return b""


def _is_undeclared_base64(data: bytes, text: bool) -> bool:
    """Whether content that does not say so is base64 from its first to its last line, and gives words or a file."""
    body = data.strip()
    if len(body) < 20 or not _WHOLE.fullmatch(body[:2_000].rsplit(b"\n", 1)[0] if len(body) > 2_000 else body):
        return False
    begin = _piece(re.sub(rb"[^A-Za-z0-9+/]", b"", body[:2_000])[:400])
    if begin.startswith(_FILES):
        return True
    try:
        words = begin.decode("utf-8", "strict" if len(body) < 400 else "ignore")
    except UnicodeDecodeError:
        return False
    return (
        text
        and " " in words
        and words.isprintable() | ("\n" in words and words.replace("\n", "").replace("\r", "").isprintable())
    )


def _is_undeclared_qp(data: bytes, declared: bool) -> bool:
    """Whether text that does not say so is quoted-printable: every = begins a letter or ends a line, and one is no accident."""
    if b"=" not in data or (declared and not _SOFT.search(data)):
        return False
    letters = len(_HEX.findall(data))
    marks = data.count(b"=")
    return marks == letters + len(_SOFT.findall(data)) and bool(_SOFT.search(data) or _HIGH_HEX.search(data))


def uu_files(data: bytes) -> list[tuple[str, bytes, int, int]]:
    """Files in a text as uuencode: name, content, and where they begin and end in it."""
    found: list[tuple[str, bytes, int, int]] = []
    place = 0
    while (match := _UU_BEGIN.search(data, place)) and len(found) < 20:
        lines: list[bytes] = []
        place = match.end()
        ended = False
        while place < len(data) and len(lines) < MAX_LINES:
            stop = data.find(b"\n", place)
            stop = len(data) if stop < 0 else stop
            line, place = data[place:stop].rstrip(b"\r"), stop + 1
            if line.strip().lower() == b"end" or line == b"====":
                ended = True
                break
            lines.append(line)
        content = (
            from_base64(b"\n".join(lines), []) if match.group().startswith(b"begin-base64") else b"".join(map(_uu_line, lines))
        )
        if ended and content:
            found.append((match[1].decode("utf-8", "replace").strip(), content, match.start(), min(place, len(data))))
        else:
            place = match.end()
            if len(lines) > 1_000:
                break
    return found


def _uu_line(line: bytes) -> bytes:
    if not line or line[0] in b"` ":
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        length = (((line[0] - 32) & 63) * 4 + 5) // 3
        try:
            return binascii.a2b_uu(line[:length])
        except binascii.Error:
            return b""
