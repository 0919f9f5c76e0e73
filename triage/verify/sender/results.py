"""Reading one Authentication-Results header (RFC 8601, 2.2): tokens first, then what a sender could have put in it.

A sender chooses much of what a server writes down there: the envelope address, the name in HELO, the domain and selector of a DKIM
signature. Quoted strings, comments and comments in comments are read as the RFC says; only what could hide or add a result is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.register.domains import readable, web_domain

MAX_VALUE = 8_000  # characters of one header; servers write a few hundred
MAX_DEPTH = 4  # comments in comments
_TOKEN = re.compile(r'(?P<space>[ \t]+)|(?P<end>;)|(?P<word>[^\s;()"\\]+)(?:"(?P<quoted>[^"\\]*)")?(?=[\s;(]|$)')
_PARENTHESIS = re.compile(r"[()\\]")
_NAME = re.compile(r"[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)?", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.:@\[\]<>-]*")
_METHOD = re.compile(r"([A-Za-z][\w-]*)(?:/[0-9]+)?=([A-Za-z]+)", re.ASCII)
_DOMAIN = r"(?:[\w-]+\.)+[\w-]+"
_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]"
ENVELOPE = ("smtp.mailfrom", "smtp.mail")
# The form of values that senders choose.
_CHOSEN = {
    **dict.fromkeys(ENVELOPE, re.compile(rf"(?:{_LOCAL}*@)?{_DOMAIN}|<{_LOCAL}+@{_DOMAIN}>|<>|none|", re.ASCII)),
    "header.i": re.compile(rf"{_LOCAL}*@{_DOMAIN}|{_DOMAIN}|none", re.ASCII),
    "header.d": re.compile(rf"{_DOMAIN}|none", re.ASCII),
    "header.from": re.compile(rf"{_DOMAIN}|none", re.ASCII),
    "d": re.compile(rf"{_DOMAIN}|none", re.ASCII),
    "smtp.helo": re.compile(r"(?:postmaster@)?[\w.:\[\]-]*", re.ASCII | re.IGNORECASE),
    "reason": re.compile(r'[^"\\@]*'),
}
# A comment that repeats what the sender chose ('domain of a@b designates…'), or swallowed a result. Two phrases that hold nothing of it.
_REPEATS = re.compile(r"@|envelope-from|helo=|domain of|sender", re.IGNORECASE)
_FIXED = re.compile(r"sender SPF (?:not )?authorized|sender IP is [0-9A-Fa-f.:]+", re.IGNORECASE)
_SWALLOWED = re.compile(r";\s*(?:dmarc|spf|dkim|arc|auth|iprev|sender-id)\s*[=/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Result:
    """What one method came to."""

    # In lower case: "dmarc", "spf", "dkim".
    method: str
    # In lower case: "pass", "fail", "none", "bestguesspass".
    outcome: str
    # By "type.property", in lower case.
    properties: Mapping[str, str]

    def domain(self, *names: str) -> str:
        """The registered domain in the first of these properties that is there; "" when none is."""
        value = next((self.properties[name] for name in names if name in self.properties), "")
        return readable(web_domain(value.strip("<>").rpartition("@")[2]))

    @property
    def envelope(self) -> str:
        """The envelope address in it, "" when there is none."""
        return next((self.properties[name] for name in ENVELOPE if name in self.properties), "")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word with the quoted string that stands right behind it; None when there is none."""

    text: str
    quoted: str | None


def read_results(value: str) -> tuple[Result, ...] | None:
    """The results in a header, behind the name of the server; None when it is not in the form in which a server writes it."""
    scanned = _scan(value)
    if scanned is None:
        return None
    (first, *rest), comments = scanned
    if not all(map(_holds_no_result, comments)) or sum(map(_repeats_the_sender, comments)) > 1:
        return None
    named = len(first) == 1 or (len(first) == 2 and first[1].text.isdigit())
    if not named or any(word.quoted is not None for word in first):
        return None
    if [[word.text.lower() for word in part] for part in rest] in ([["none"]], [["none"], []]):
        return ()
    read = [_result(part) for part in rest if part]
    found = tuple(one for one in read if one is not None)
    return found if len(found) == len(read) and not _sender_could_have_added(found) else None


def _scan(value: str) -> tuple[list[list[_Word]], list[str]] | None:
    """The words between semicolons, and the comments; None when it is too long, or holds what servers don't write."""
    if len(value) > MAX_VALUE or not re.fullmatch(r"[\t\x20-\x7e]*", value):
        return None
    parts: list[list[_Word]] = [[]]
    comments: list[str] = []
    at = 0
    while at < len(value):
        if value[at] == "(":
            end = _comment_end(value, at)
            comments.append(value[at + 1 : end - 1])
        elif token := _TOKEN.match(value, at):
            end = token.end()
            if token["end"]:
                parts.append([])
            elif token["word"]:
                parts[-1].append(_Word(token["word"], token["quoted"]))
        else:
            return None
        if not end:
            return None
        at = end
    return parts, comments


def _comment_end(value: str, start: int) -> int:
    """Where a comment ends, behind its bracket; 0 when it has no end, is nested too deep, or holds a backslash."""
    depth = 0
    for match in _PARENTHESIS.finditer(value, start):
        depth += {"(": 1, ")": -1}.get(match.group(), MAX_DEPTH + 1)
        if depth > MAX_DEPTH:
            return 0
        if not depth:
            return match.end()
    return 0


def _holds_no_result(comment: str) -> bool:
    return not _SWALLOWED.search(comment) and comment.count('"') % 2 == 0


def _repeats_the_sender(comment: str) -> bool:
    return bool(_REPEATS.search(comment)) and not _FIXED.fullmatch(comment.strip())


def _result(words: Sequence[_Word]) -> Result | None:
    """One result: 'spf=pass smtp.mailfrom=a.example'; None when it has another form."""
    first, *rest = words
    method = _METHOD.fullmatch(first.text)
    if method is None or first.quoted is not None:
        return None
    properties: dict[str, str] = {}
    for word in rest:
        name, equals, value = word.text.partition("=")
        name = name.lower()
        if not equals or not _NAME.fullmatch(name) or name in properties or (value and word.quoted is not None):
            return None
        value = value if word.quoted is None else word.quoted
        if not _is_usual(name, value, quoted=word.quoted is not None):
            return None
        properties[name] = value
    return Result(method[1].lower(), method[2].lower(), properties)


def _is_usual(name: str, value: str, *, quoted: bool) -> bool:
    """Whether a value has the form in which a server writes it when the sender chose nothing odd."""
    if name == "reason":
        return (quoted or bool(_PLAIN.fullmatch(value))) and bool(_CHOSEN[name].fullmatch(value)) and _holds_no_result(value)
    form = _CHOSEN.get(name)
    return bool(_PLAIN.fullmatch(value)) and (form.fullmatch(value) is not None if form else "@" not in value)


def _sender_could_have_added(results: Sequence[Result]) -> bool:
    """Whether a sender could have written some of these results into his own address.

    Such an address must end with '@' and a domain: so a second place that holds one shows it, unless what stands between the two
    proves nothing.
    """
    envelopes = [place for place, one in enumerate(results) for name in one.properties if name in ENVELOPE]
    signers = [one for one in results if one.properties.get("header.i", "").rpartition("@")[0]]
    greetings = [place for place, one in enumerate(results) if "@" in one.properties.get("smtp.helo", "")]
    if len(envelopes) > 1 or len(signers) > (0 if envelopes else 1) or len(greetings) > 1:
        return True
    if any(not _is_own_identity(one) for one in results):
        return True
    if not envelopes:
        return False
    place = envelopes[0]
    if any(one > place and (one != place + 1 or set(results[one].properties) != {"smtp.helo"}) for one in greetings):
        return True
    return "@" in results[place].envelope and any(not _shares_domain(one, results[place]) for one in results[place + 1 :])


def _is_own_identity(one: Result) -> bool:
    """Whether 'header.i' is at or below the domain that signed (RFC 6376, 3.5), and stands with a method that has it."""
    identity, signer = (one.properties.get(name, "").rpartition("@")[2].lower() for name in ("header.i", "header.d"))
    if identity and one.method not in ("dkim", "dara", "arc", "x-dkim-adsp", "dkim-adsp", "dkim-atps"):
        return False
    return "none" in (identity, signer) or not identity or not signer or f".{identity}".endswith(f".{signer}")


def _shares_domain(one: Result, spf: Result) -> bool:
    """Whether a DKIM result behind an envelope address could not have been written in it: that address is proven itself."""
    if one.method != "dkim" or "@" not in one.properties.get("header.i", ""):
        return True
    return (spf.outcome, spf.domain(*ENVELOPE)) == ("pass", one.domain("header.d", "header.i"))
