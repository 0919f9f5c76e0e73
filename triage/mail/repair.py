"""The bytes of a mail, mended where a broken sender or a server on the way spoiled its structure, so that a parser finds all of it.

A person's mail program shows a mail whose header line is torn or whose boundary is misspelt; the standard library's parser gives up
there. Every step takes time in proportion to the length. Bytes of contents are never changed, only what says where they begin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_LISTED = 200  # boundaries of one mail, and parts whose heads are mended
MAX_DASHED = 5_000  # lines that begin with a dash and are looked at
MAX_HEAD_LINES = 6_000  # of one head that are mended
MAX_NESTED = 10  # mails that are a mail's only part, one in the other
_NEWLINE = re.compile(rb"\r\n|\r|\n")
_BLANK = re.compile(rb"(?>\r\n|\r|\n)(?=[\r\n]|\Z)")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_MBOX = re.compile(rb">?From [^\r\n:]*(?:\d\d:\d\d[^\r\n]*)?(?:\r\n|\r|\n)")
_BARE_CR = re.compile(rb"\r(?![\r\n])")
_DASHES = re.compile(rb"^[ \t]*-[^\r\n]{1,200}", re.MULTILINE)
_BOUNDARY = re.compile(rb';\s{0,80}boundary(?:\*0?\*?)?\s{0,80}=\s{0,80}("[^"\r\n]{0,200}"?|[^\s;"]{0,200})', re.IGNORECASE)
_MULTIPART = re.compile(rb"content-type[ \t]*:[ \t\r\n]*multipart/", re.IGNORECASE)
_ATTACHED_MAIL = re.compile(rb"content-type[ \t]*:[ \t\r\n]*message/(?:rfc822|global|news)", re.IGNORECASE)
_ENCODED = re.compile(rb"content-transfer-encoding[ \t]*:[ \t\r\n]*[\"']?(?:base|b64|quoted|x-?uu|uu)", re.IGNORECASE)
_TYPE = re.compile(rb"^content-type[ \t]*:.*(?:(?:\r\n|\r|\n)[ \t].*)*", re.IGNORECASE | re.MULTILINE)
_PART_BEGINS = re.compile(
    rb"(?:\A|[\r\n])[ \t]*--([^\r\n]{1,200})(?:\r\n|\r|\n)(?:[!-9;-~]{1,60}:[^\r\n]*(?:\r\n|\r|\n))?content-[a-z-]{1,40}[ \t]*:",
    re.IGNORECASE,
)
_PREAMBLE = 3_000  # bytes before the first part of a mail that does not say that it has parts
# Headers that end a mail's head when a line without a colon follows: nobody goes on with them on a line that is not indented.
_CLOSED = frozenset(
    b"subject from to cc bcc date message-id mime-version in-reply-to references reply-to sender return-path "
    b"content-transfer-encoding importance priority x-priority x-mailer user-agent".split()
)
_OF_A_MAIL = _CLOSED | {b"content-type", b"content-disposition", b"received", b"content-language", b"thread-topic"}
_PARAMETER = re.compile(rb"[a-z*0-9-]{1,30}[ \t]*=", re.IGNORECASE)


@dataclass(slots=True)
class _Seen:
    """What the walk over a mail knows so far."""

    # Key of each boundary (see `_key`) with the boundary as its parser will look for it; None when two share a key.
    boundaries: dict[bytes, bytes | None] = field(default_factory=dict)
    # The keys of all lines that begin with a dash: where a boundary may stand.
    dashed: frozenset[bytes] = frozenset()
    problems: list[str] = field(default_factory=list)

    def note(self, problem: str) -> None:
        """Name once what was odd."""
        if problem not in self.problems:
            self.problems.append(problem)


def repaired(raw: bytes) -> tuple[bytes, list[str]]:
    """A mail with its structure mended, and what was odd (in English)."""
    seen = _Seen()
    data = _begun(raw, seen)
    head, gap, body = _torn_apart(data)
    if not gap and head is data and b":" not in head[:300]:
        return data, seen.problems
    seen.dashed = frozenset(_key(line) for line in _DASHES.findall(body))
    written: list[bytes] = []
    rest = _head(head, gap, body, written, seen)
    _parts(rest, written, seen)
    return b"".join(written), seen.problems


def _begun(raw: bytes, seen: _Seen) -> bytes:
    """The mail from its first header on, with line ends that are line ends."""
    data = raw
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", "replace").encode()
        seen.note("the whole mail is in UTF-16")
    for mark in (b"\xef\xbb\xbf", b"\xc3\xaf\xc2\xbb\xc2\xbf"):  # the second is a mark that was encoded once more
        if data.startswith(mark):
            data = data.removeprefix(mark)
            seen.note("byte order mark before the first header")
    data = data.lstrip(b"\r\n\t ") if data[:1] in (b"\r", b"\n", b"\t", b" ") and _FIELD.match(data.lstrip(b"\r\n\t ")) else data
    if match := _MBOX.match(data):
        data = data[match.end() :]
    head = data[:300_000]
    if b"\r" in head and b"\n" not in head:
        data = data.replace(b"\r", b"\n")
    if head.count(b"\r\r\n") > 1:
        data = data.replace(b"\r\r\n", b"\r\n")
        seen.note("line ends with a carriage return too many")
    return data


def _torn_apart(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Head, the empty line below it and body. A head with an empty line in it, between two blocks of headers, is one head."""
    match = _BLANK.search(data)
    if not match:
        return data, b"", b""
    head, rest = data[: match.end()], data[match.end() :]
    newline = _NEWLINE.match(rest)
    gap = newline.group() if newline else b""
    body = rest[len(gap) :]
    lower = _names(head)
    again = _BLANK.search(body[:20_000])
    if again and not {b"from", b"subject", b"content-type"} <= lower:
        block = body[: again.end()]
        lines = [line for line in _NEWLINE.split(block) if line]
        names = _names(block)
        headers = all(_FIELD.match(line) or line[:1] in b" \t" for line in lines) and names and lines[0][:1] not in b" \t"
        if (
            headers
            and names <= _OF_A_MAIL | {name for name in names if name[:2] == b"x-"}
            and not names & lower
            and names & _OF_A_MAIL
        ):
            return _torn_apart(head + body)
    return head, gap, body


def _names(head: bytes) -> set[bytes]:
    matches = (_FIELD.match(line) for line in _NEWLINE.split(head[:100_000]))
    return {match[1].lower() for match in matches if match}


def _head(head: bytes, gap: bytes, body: bytes, written: list[bytes], seen: _Seen) -> bytes:
    """Write a head and the empty line below it; returns the body that is left to walk."""
    fields, early = _fields(head, seen)
    if early:  # words began without an empty line
        body, gap = early + gap + body, gap or b"\n"
    block = b"".join(fields)
    written += [_with_boundary(_named_apart(block), body, seen), gap]
    if _ATTACHED_MAIL.search(block) and not _ENCODED.search(block):
        inner, gap, below = _torn_apart(body)
        first = _NEWLINE.split(inner, maxsplit=1)[0]
        if gap and _FIELD.match(first):
            return _head(inner, gap, below, written, seen) if len(written) < 2 * MAX_NESTED else body
    return body


def _fields(head: bytes, seen: _Seen) -> tuple[list[bytes], bytes]:
    """The lines of a head as a parser takes them, and what is the beginning of the body after all."""
    lines = re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", _BARE_CR.sub(_bare_cr, head))
    lines, rest = lines[:MAX_HEAD_LINES], lines[MAX_HEAD_LINES:]
    last_field = max((number for number, line in enumerate(lines) if _FIELD.match(line)), default=-1)
    fields: list[bytes] = []
    name = b""
    for number, line in enumerate(lines):
        match = _FIELD.match(line)
        if match:
            name = match[1].lower()
            fields.append(match[1] + b":" + line[match.end() :])
            if match.end() > match.end(1) + 1:
                seen.note("space before the colon of a header")
        elif line[:1] in b" \t" or not line.strip():
            if number > last_field and not line.strip():  # an empty line that is not quite empty
                return fields, b"".join(lines[number + 1 :])
            fields.append(line if line.strip() else b" " + line.lstrip(b" \t"))
        elif number > last_field and _is_said(name, fields) and not _PARAMETER.match(line):
            seen.note("no empty line below the headers")
            return fields, b"".join(lines[number:])
        else:
            seen.note("header line without a name, read with the line above it")
            fields.append(b"X-Broken" + line if line[:1] == b":" else (b" " if name else b"X-Broken: ") + line)
    return fields + rest, b""


def _is_said(name: bytes, fields: list[bytes]) -> bool:
    """Whether a header has said all it has to say: it is of a kind that never goes on, or asks for no more parameters."""
    if name.startswith(b"content-"):
        return not fields[-1].rstrip().endswith((b";", b"=", b":"))
    return name in _CLOSED or not name


def _bare_cr(match: re.Match[bytes]) -> bytes:
    """A carriage return alone ends a line where a header follows; elsewhere it is a space."""
    return b"\n" if _FIELD.match(match.string, match.end()) or match.string[match.end() : match.end() + 1] in b" \t" else b" "


def _with_boundary(block: bytes, body: bytes, seen: _Seen, whole: bool = True) -> bytes:
    """A head, of a whole mail or of a part, that names the boundary of its parts as it stands in the body."""
    found = _TYPE.search(block)
    kind = found.group() if found else b""
    multipart = bool(_MULTIPART.match(kind))
    declared = _BOUNDARY.search(kind)
    name = declared[1].strip(b'"').rstrip() if declared else b""
    if multipart and declared and name and _key(b"--" + name) in seen.dashed:
        _list(name, seen)
        start = found.start() if found else 0
        quoted = b';boundary="' + name + b'"'  # also where its signs ask for quotes and have none
        return block if declared[1][:1] == b'"' else block[: start + declared.start()] + quoted + block[start + declared.end() :]
    if not multipart and (not whole or (kind and b"text/" not in kind.lower())):
        return block
    begins = _PART_BEGINS.search(body, 0, len(body) if multipart else _PREAMBLE)
    guess = begins[1].rstrip() if begins else b""
    if (
        not guess
        or _key(guess) in seen.boundaries
        or (not multipart and not _closes(guess, body))
        or len(seen.boundaries) >= MAX_LISTED
    ):
        if name:
            _list(name, seen)
        return block
    seen.note("boundary of the parts not named, or misspelt" if multipart else "parts in a mail that says it has none")
    _list(guess, seen)
    said = kind.split(b";")[0].strip() if multipart else b"Content-Type: multipart/mixed"
    line = said + b'; boundary="' + guess.replace(b'"', b"") + b'"'
    line += b"".join(re.findall(rb";\s*(?:report-type|protocol|type|start)=[^;\r\n]{1,200}", kind)) if multipart else b""
    end = found.end() if found else 0
    return block[: found.start()] + line + block[end:] if found else line + b"\n" + block


def _named_apart(block: bytes) -> bytes:
    """The head of an attached mail in a transfer encoding, which the standard does not allow, as that of a file that we open."""
    if _ATTACHED_MAIL.search(block) and _ENCODED.search(block):
        return re.sub(
            rb"(content-type[ \t]*:[ \t\r\n]*)message/(?:rfc822|global|news)",
            rb"\1application/x-rfc822",
            block,
            flags=re.IGNORECASE,
        )
    return block


def _closes(boundary: bytes, body: bytes) -> bool:
    """Whether a line that looks like a boundary stands there more than once, or closes."""
    return body.count(b"--" + boundary) > 1


def _list(name: bytes, seen: _Seen) -> None:
    key = _key(b"--" + name)
    if len(seen.boundaries) < MAX_LISTED:
        seen.boundaries[key] = name if seen.boundaries.get(key, name) == name else None


def _key(line: bytes) -> bytes:
    """What two spellings of a boundary line have in common: no case, no dashes at the ends, no spaces, no quotes."""
    return line.strip().strip(b'-"').strip().lower()


def _parts(body: bytes, written: list[bytes], seen: _Seen) -> None:
    """Write a body with its boundary lines as they were declared and the heads of its parts mended."""
    place = heads = looked = 0
    while (match := _DASHES.search(body, place)) and looked < MAX_DASHED:
        looked += 1
        line = match.group()
        name = seen.boundaries.get(_key(line)) if _key(line) else None
        end = match.end()
        written.append(body[place : match.start()])
        if name is None:
            written.append(line)
            place = end
            continue
        closing = _is_closing(line.strip(), name)
        exact = b"--" + name + (b"--" if closing else b"")
        if line.rstrip() != exact:
            seen.note("misspelt boundary")
        written.append(exact)
        place = end
        newline = _NEWLINE.match(body, place)
        if newline and not closing and heads < MAX_LISTED:
            heads += 1
            written.append(newline.group())
            place = _part_head(body, newline.end(), written, seen)
    written.append(body[place:])


def _is_closing(line: bytes, name: bytes) -> bool:
    if line == b"--" + name:
        return False
    return line.endswith(b"--") and not (
        name.endswith(b"-") and len(line) - len(line.rstrip(b"-")) <= len(name) - len(name.rstrip(b"-"))
    )


def _part_head(body: bytes, place: int, written: list[bytes], seen: _Seen) -> int:
    """Write the head of the part that begins here; returns where the walk goes on."""
    for _ in range(2):  # a part, and the mail that is attached as that part
        blank = _BLANK.search(body, place, place + 100_000)
        newline = _NEWLINE.match(body, place)
        if newline or not blank or not _FIELD.match(body, place):
            return place
        block = body[place : blank.end()]
        dash = _DASHES.search(block)
        if dash and seen.boundaries.get(_key(dash.group())):  # the next part begins: this one has nothing
            return place
        gap = _NEWLINE.match(body, blank.end())
        fields, early = _fields(block, seen)
        head = _with_boundary(_named_apart(b"".join(fields)), _window(body, blank.end()), seen, whole=False)
        written.append(head)
        if early:
            written += [b"\n", early]
            return blank.end()
        place = blank.end()
        if not (gap and _ATTACHED_MAIL.search(head) and not _ENCODED.search(head)):
            return place
        written.append(gap.group())
        place = gap.end()
    return place


def _window(body: bytes, place: int) -> bytes:
    """The beginning of what a part holds: enough to find an undeclared boundary in."""
    return body[place : place + 20_000]
