"""Reading a table of DUO as it really comes: which encoding, where a field ends, and whether the file is whole.

A record never crosses a line, and a quote counts only where it opens and closes a field: DUO writes names with a single ``"`` in
them, and a reader of RFC 4180 takes all schools up to the next one for part of that name. What can't be read for certain is
refused in one sentence; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from triage.errors import RegisterError

MOST_BYTES = 50 * 2**20  # DUO's file is about 2 MB
MAX_LINE = 20_000  # characters; DUO's longest line has about 700
_LINE_END = re.compile(r"\r\n|\n|\r")
_UTF8_LETTERS = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"
_SIGNS = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\u0080-\u00bf"  # what bytes above 0x7f become that are no letter of Latin-1
_GARBLED = re.compile(
    rf"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd\u2500-\u259f\ue000-\uf8ff]|[ÃÂ][{_SIGNS}]|â[€‚„ˆ][{_SIGNS}]|[ƒ†‡ˆ‰‹›¤¦¬¯¶¸¿¢¥]"
    r"|(?<=[^\W\d_])[‚„‘“”•–—™£§©®±ŠŽŒ¡ª«»º³²¹×÷](?=[^\W\d_])"
)
_FIELDS = {sign: re.compile(rf'(?:"(?P<quoted>(?:[^"]|"")*+)"|(?P<plain>[^{sign}]*+)){sign}') for sign in ";,"}


def read_table(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a file as (line number, {column in capitals: value without spaces around it}); blank lines are left out.

    Raises RegisterError for a file that can't be read, can't be decoded, is cut off, or has a line of another number of fields.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise RegisterError(f"{path}: can't be read ({error.strerror}).") from error
    if len(data) > MOST_BYTES:
        raise RegisterError(f"{path.name}: larger than {MOST_BYTES // 2**20} MB; is this DUO's file?")
    lines = _LINE_END.split(_decoded(path.name, data))
    sign = ";" if lines[0].count(";") > lines[0].count(",") else ","
    columns = [name.strip().upper() for name in _fields(path.name, 1, lines[0], sign, 0)]
    if twice := next((name for name in columns if name and columns.count(name) > 1), ""):
        raise RegisterError(f"{path.name}, line 1: column {twice} stands there twice; is this DUO's file?")
    if len(lines) > 1:
        _check_end(path.name, lines, sign)
    for number, line in enumerate(lines[1:], start=2):
        if line.strip():
            values = _fields(path.name, number, line, sign, len(columns))
            yield number, dict(zip(columns, (value.strip() for value in values), strict=False))


def chosen(path: Path, columns: Mapping[str, Sequence[str]], optional: frozenset[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a file under our own names; `columns` has, for each, DUO's names of all vintages. Raises RegisterError."""
    theirs: dict[str, str] = {}
    for line, row in read_table(path):
        theirs = theirs or _chosen_columns(path.name, columns, optional, row)
        if garbled := next((one for one in row.values() if not one.isascii() and is_garbled(one)), ""):
            raise RegisterError(
                f"{path.name}, line {line}: {garbled[:60]!r} was saved in another encoding; save the file as UTF-8."
            )
        yield line, {ours: row[theirs[ours]] if ours in theirs else "" for ours in columns}


def is_garbled(text: str) -> bool:
    """Whether a value shows that its bytes were read in another encoding than they were written in: 'FRYSLƒN', 'FryslÃ¢n'.

    UTF-8 read as Windows-1252 and written as UTF-8 again, the code pages of DOS and the Mac, and what a program put where it could
    not read a letter itself.
    """
    return _GARBLED.search(text) is not None


def _chosen_columns(
    name: str, columns: Mapping[str, Sequence[str]], optional: frozenset[str], row: Mapping[str, str]
) -> dict[str, str]:
    found = {ours: next((one for one in theirs if one in row), None) for ours, theirs in columns.items()}
    for ours, there in found.items():
        if there is None and ours not in optional:
            raise RegisterError(f"{name}: no column {' or '.join(columns[ours])}; is this DUO's file?")
    return {ours: there for ours, there in found.items() if there is not None}


def _decoded(name: str, data: bytes) -> str:
    """The text of a file: Unicode when it says so or can be nothing else, otherwise Windows-1252, as DUO writes it."""
    try:
        text = _unicode(data)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RegisterError(
            f"{name}, line {line}: not readable as {error.encoding}; save the file as UTF-8 and try again."
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise RegisterError(f"{name}, line {line}: holds NUL characters, so it is damaged or no CSV; get the file again.")
    return text


def _unicode(data: bytes) -> str:
    if data.startswith(_UTF16_MARKS):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        letters = _UTF8_LETTERS.findall(data)
        others = sum(byte >= 0x80 for byte in data) - sum(map(len, letters))
        if data.startswith(_UTF8_MARK) or len(letters) >= others:
            raise  # UTF-8 with a broken byte: read as Windows-1252 every accent would become two wrong letters
        return data.decode("cp1252")


def _fields(name: str, number: int, line: str, sign: str, count: int) -> list[str]:
    """The fields of a line; `count` is how many there must be, 0 when that is not known yet. Raises RegisterError."""
    if len(line) > MAX_LINE:
        raise RegisterError(f"{name}, line {number}: longer than {MAX_LINE} characters; is this DUO's file?")
    fields = _split(line, sign)
    if count and len(fields) != count and '"' in line:  # quotes of two names on one line can look like a pair
        fields = plain if len(plain := line.split(sign)) == count else fields
    while count and len(fields) > count and not fields[-1].strip():
        fields.pop()
    if count and len(fields) != count:
        raise RegisterError(f"{name}, line {number}: {len(fields)} fields where the header has {count}; is the file whole?")
    return fields


def _split(line: str, sign: str) -> list[str]:
    found = _FIELDS[sign].finditer(line + sign)
    return [match["plain"] if match["quoted"] is None else match["quoted"].replace('""', '"') for match in found]


def _check_end(name: str, lines: Sequence[str], sign: str) -> None:
    """Refuse a file whose last line has no end, unless its last field looks like one of the others in its column."""
    last = lines[-1]
    if not last:
        return
    ends = [line.rpartition(sign)[2].strip() for line in lines[1:-1] if line.strip()]
    end = last.rpartition(sign)[2].strip()
    if len(lines) > 2 and end not in ends and _shape(end) not in {_shape(other) for other in ends if other.isdigit()}:
        raise RegisterError(f"{name}, line {len(lines)}: the file seems to be cut off here; get it again.")


def _shape(text: str) -> str:
    return re.sub(r"\d", "9", text)
