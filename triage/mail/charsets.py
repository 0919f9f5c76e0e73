"""From bytes to letters: what a sender's charset is called, what it really is, and what to do when the bytes do not fit it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache

import charset_normalizer

from triage.mail.limits import MAX_TEXT, decode_text

_LOOKED_AT = 20_000  # bytes that a guess is made of
_ALIASES = {
    **dict.fromkeys(("ansi", "default", "x-ansi", "windows", "iso-8859-1-windows-1252", "x-cp1252", "westerneuropean"), "cp1252"),
    **dict.fromkeys(("x-mac-roman", "macintosh", "mac", "x-macintosh", "mac-roman", "x-mac", "apple-roman"), "mac_roman"),
    **dict.fromkeys(("unicode-1-1-utf-7", "unicode-2-0-utf-7", "x-unicode-2-0-utf-7", "csunicode11utf7"), "utf-7"),
    **dict.fromkeys(("utf", "utf-8-mac", "utf8mb4", "unicode-1-1-utf-8", "unicode-2-0-utf-8", "x-unicode-2-0-utf-8"), "utf-8"),
    **dict.fromkeys(("unicode", "ucs-2", "iso-10646-ucs-2", "csunicode", "unicodefffe", "ucs2"), "utf-16"),
    **dict.fromkeys(("ansi_x3.4-1968", "ascii", "us", "7bit", "us-ascii-7bit", "ansi_x3.110-1983", "iso646-us"), "us-ascii"),
    **dict.fromkeys(("unknown-8bit", "x-unknown", "unknown", "8bit", "binary", "none", "_autodetect", "x-user-defined"), ""),
    **dict.fromkeys(("latin", "latin-1", "iso-latin-1", "iso8859", "iso-8859", "iso-ir-100", "iso-8859-1-unicode"), "cp1252"),
    "x-sjis": "cp932",
    "shift-jis": "cp932",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "x-gbk": "gb18030",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "koi8": "koi8-r",
    "dos": "cp850",
    "iso-8859-1": "cp1252",
    "iso-8859-9": "cp1254",
}
_NUMBERED = re.compile(r"(?:x-)?(?:windows|win|cp|ansi|dos|ibm|oem|ms|codepage)[-_ ]*0*(\d{3,5})$")
_WESTERN = frozenset({"cp1252", "us-ascii", "iso-8859-15", ""})
# Letters and signs that Dutch schools write; a guess at a charset that gives others is worse.
_COMMON = frozenset("éëèêïîìíöóòôõøüúùûáàâäãåæçñÿœÉËÈÊÏÎÖÓÔÜÁÀÄÅÆÇÑŒß€£§°²³½¼±×·•–—‘’‚“”„…«»©®™´¨¿¡\xa0")
_USUAL = frozenset("éëèïöüàóáÉË")
_LETTERS = re.compile(r"[^\W\d_]")
_META = re.compile(rb"<meta[^>]{0,300}?charset\s{0,20}=\s{0,20}[\"']?\s{0,20}([\w.:-]{2,40})", re.IGNORECASE)
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNDEFINED = {number: chr(0xFFFD) for number in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


@lru_cache(maxsize=256)
def codec_of(label: str) -> str:
    """The name Python has for a charset, "" when the sender says nothing that helps. Raises LookupError for one that is none."""
    name = re.sub(r"\*.*$", "", label).strip(" \t\r\n\"';,=").lower()
    plain = name.replace("_", "-").replace(" ", "-")
    for one in (name, plain, plain.replace("iso8859", "iso-8859").replace("iso-8859-1-1", "iso-8859-1")):
        if one in _ALIASES:
            return _ALIASES[one]
    if match := _NUMBERED.fullmatch(name):
        return {"65001": "utf-8", "28591": "cp1252", "28605": "iso-8859-15", "10000": "mac_roman", "20127": "us-ascii"}.get(
            match[1], f"cp{match[1]}"
        )
    if match := re.fullmatch(r"utf[- ]*(\d+)([bl]e)?.*", plain):
        return f"utf-{match[1]}{'-' + match[2] if match[2] else ''}"
    if match := re.fullmatch(r"(?:iso[- ]*)?8859[- ]*(\d+)", plain):
        return {"1": "cp1252", "9": "cp1254"}.get(match[1], f"iso-8859-{match[1]}")
    found = codecs.lookup(name or "us-ascii").name
    return {"iso8859-1": "cp1252", "ascii": "us-ascii"}.get(found, name)


def read_text(data: bytes, label: str | None, problems: list[str], *, html: bool = False, guess: bool = True) -> str:
    """The letters of a text part: at most MAX_TEXT and one more that shows that there were more. What was odd is named."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _lossy(data, codec).removeprefix("\ufeff")
    charset = _declared(data, label, problems, html)
    if text := _wide(data, charset):
        return text
    if charset in _WESTERN or charset == "utf-8":
        return _western(data, charset, problems, html, guess)
    try:
        return decode_text(data, charset)
    except (LookupError, ValueError):
        problems.append(f"charset {charset} did not fit")
    if _is_utf8(data):
        return _lossy(data, "utf-8")
    return _mostly(data, charset) or _western(data, "", problems, html, guess)


def _declared(data: bytes, label: str | None, problems: list[str], html: bool) -> str:
    """The charset the sender names, in the header or else in the HTML itself; "" when there is none, or none that exists."""
    metas = [match[1].decode("ascii", "replace") for match in [_META.search(data[:5_000])] if match] if html else []
    for name in (label or "", *metas):
        try:
            charset = codec_of(name) if name else ""
        except (LookupError, ValueError):
            problems.append(f"charset {name[:40]} did not fit")
            continue
        if charset and not (charset == "us-ascii" and metas and _HIGH.search(data)):
            return charset
    return ""


def _wide(data: bytes, charset: str) -> str:
    """Text in UTF-16, said or not; what is said to be UTF-16 and is not gives ""."""
    sample = data[:2_000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    said = charset.startswith(("utf-16", "utf-32"))
    if said and not even and not odd and _is_utf8(data):
        return _lossy(data, "utf-8")
    if charset in ("utf-16", "utf-8", "us-ascii", "cp1252", "") and len(sample) >= 4 and max(even, odd) > len(sample) // 4:
        return _lossy(data, "utf-16-be" if even > odd else "utf-16-le")
    return ""


def _western(data: bytes, charset: str, problems: list[str], html: bool, guess: bool) -> str:
    """Text that is UTF-8, or Windows-1252 under any of its names: what nearly all mail here is."""
    if charset in ("us-ascii", "") and b"\x1b$" in data[:_LOOKED_AT]:
        return _lossy(data, "iso2022_jp")
    if _is_utf8(data):
        return _lossy(data, "utf-8")
    declared_utf8 = charset in ("utf-8", "us-ascii", "")
    if declared_utf8:
        problems.append("text is not utf-8")
    good = len(_MULTIBYTE.findall(data[: 4 * MAX_TEXT]))
    bad = len(_HIGH.findall(_MULTIBYTE.sub(b"", data[: 4 * MAX_TEXT])))
    if good and (good >= bad if declared_utf8 else good > 4 * bad):  # one bad byte spoils one letter
        return _lossy(data, "utf-8")
    if html and declared_utf8 and (meta := _META.search(data[:5_000])):
        try:
            charset = codec_of(meta[1].decode("ascii", "replace"))
        except (LookupError, ValueError):
            charset = ""
        if charset not in ("utf-8", "us-ascii", ""):
            return _lossy(data, charset)
    if charset in ("cp1252", "iso-8859-15"):
        return _lossy(data, charset)
    return _lossy(data, _guessed(data[:_LOOKED_AT], guess))


def _guessed(data: bytes, guess: bool) -> str:
    """The charset of bytes that are not UTF-8: Windows-1252 unless another is clearly better."""
    high = len(_HIGH.findall(data))
    if guess and high > max(len(data) // 4, 8):  # more signs than letters: not a language of Latin letters
        best = charset_normalizer.from_bytes(data).best()
        if best is not None and _is_letters(data.decode(best.encoding, "replace")):
            return best.encoding
    if _score(data, "cp1252") >= 0:
        return "cp1252"
    return max(("cp1252", "mac_roman", "cp850"), key=lambda codec: _score(data, codec))


def _is_letters(text: str) -> bool:
    return len(_LETTERS.findall(text)) > len(text) // 2


def _score(data: bytes, codec: str) -> int:
    """How much a text reads like one of a Dutch school: known letters count for a charset, signs inside words against it."""
    text = data.decode(codec, "replace")
    return sum(_points(text, match.start()) for match in re.finditer(r"[^\x00-\x7f]", text))


def _points(text: str, place: int) -> int:
    sign = text[place]
    if sign not in _COMMON:
        return -2
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if _LETTERS.match(sign):
        if sign.isupper() and (before.islower() or (after.islower() and before.isalpha())):
            return -1
        return 3 if sign in _USUAL else 1
    return -2 if before.isalpha() and after.isalpha() and sign not in "’‘´·\xa0–—" else 1


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:  # a letter cut off at the end is no other charset
        return error.reason == "unexpected end of data" and len(data) > 200
    return True


def _mostly(data: bytes, charset: str) -> str:
    """Text in a charset that only some of the bytes do not fit; "" when many do not."""
    try:
        text = _lossy(data, charset)
    except LookupError:
        return ""
    lost = text.count("\ufffd")
    return text if lost * 20 < len(text) or (lost == 1 and len(text) > 5) else ""


def _lossy(data: bytes, codec: str) -> str:
    """Text with a sign for each letter that is spoiled, cut at MAX_TEXT and one."""
    some = data[: 4 * MAX_TEXT]
    if codec == "cp1252":
        return some.decode("latin-1").translate(_CP1252)[: MAX_TEXT + 1]
    decoder = codecs.lookup(codec)
    if decoder.name.replace("-", "_") in ("idna", "punycode") or not getattr(decoder, "_is_text_encoding", True):
        raise LookupError(codec)
    return some.decode(codec, "replace")[: MAX_TEXT + 1]


def _windows() -> Iterator[tuple[int, str]]:
    for number in range(0x80, 0xA0):
        yield number, _UNDEFINED.get(number) or bytes([number]).decode("cp1252")


_CP1252 = dict(_windows())
