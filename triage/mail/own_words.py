"""The writer's own words: a mail without quoted replies, signature and disclaimer.

Every step takes time in proportion to the length of the mail, so a long quote is read to its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from kb.insight.privacy import load_names
from kb.search.language import fold
from kb.settings import from_data
from triage.mail.footers import is_footer
from triage.mail.signature import belongs_to_a_signature, without_signature

MAX_LENGTH = 10_000  # characters of own words; of a longer mail the beginning and the end are kept, half each
MAX_FORWARDS = 10  # a forward of a forward of a forward: deeper ones are not opened
MAX_NOTE = 40  # words of a note that points at the mail below it; who writes more says it himself
_MAX_BLOCK = 15  # lines of a signature at most

_MARKED = re.compile(
    r"-{2,}\s*(?:doorgestuurd(?: bericht)?|forwarded message|weitergeleitete nachricht)\s*-*$|(?:begin )?(?:doorgestuurd bericht|forwarded message):$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"-{2,}\s*(?:oorspronkelijk bericht|original message|ursprüngliche nachricht|message d'origine)\s*-*$", re.IGNORECASE
)
_DASHED_TITLE = re.compile(r"-{5,}\s*\w[^-]{2,50}-{3,}$")
_KEYS = {  # what mail programs in Dutch, English, German, French, Spanish, Italian, Polish and Turkish write above a quoted mail
    "from": "van|from|von|de|od|da|kimden|gönderen",
    "date": "verzonden|datum|sent|date|gesendet|envoyé|fecha|enviado|inviato|wysłano|data|tarih|gönderildi",
    "subject": "onderwerp|subject|betreff|objet|asunto|oggetto|temat|konu",
    "to": "aan|to|an|à|para|do|kime|cc|bcc|beantwoorden aan|reply-to",
}
_HEADER = re.compile(
    r"[\s>*_]*(?:" + "|".join(f"(?P<{role}>{keys})" for role, keys in _KEYS.items()) + r")[\s*_]*:(?P<value>.*)$", re.IGNORECASE
)
_ADDRESS = re.compile(r"[^\s@<>]@[^\s@<>]+")
_CLOCK = re.compile(r"\b\d{1,2}:\d{2}\b")
_WROTE = re.compile(
    r"\b(?:schreef|geschreven|wrote|schrieb|a écrit|escribió|escreveu|ha scritto|skrev|yazdı|napisał|написал)", re.IGNORECASE
)
_OPENS_INTRO = re.compile(r"(?:op|on|am|le|el|il|em|den|dnia|w dniu)\b.*\d", re.IGNORECASE)
_SIGN_OFF = re.compile(
    r"^(?:met (?:vriendelijke|hartelijke|collegiale) groet\w*|(?:vriendelijke|hartelijke) groet\w*|m\.?v\.?g\.?|mvrgr|groet(?:en|jes)?"
    r"|gr\.?(?!\s*\d)|hoogachtend|kind regards|best regards|regards|with kind regards|alvast bedankt en groet\w*)\b.{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_DISCLAIMER = re.compile(
    r"^.{0,40}(?:(?:dit bericht|deze e-?mail)(?:,? (?:en|inclusief|met) (?:de |alle |haar |eventuele )*bijlage|"
    r" is (?:uitsluitend|vertrouwelijk|alleen|slechts|enkel|persoonlijk)| kan vertrouwelijke)"
    r"|de informatie (?:verzonden )?in dit (?:e-?mail)?bericht|aan dit bericht kunnen geen"
    r"|this (?:e-?mail|message) (?:and any|is (?:intended|confidential)|may contain)"
    r"|disclaimer\b|denk aan het milieu)",
    re.IGNORECASE | re.MULTILINE,
)
_TELEPHONE = re.compile(
    r"^.{0,40}(?:(?:verzonden|verstuurd) (?:vanaf|met|via) (?:mijn|outlook voor)|sent (?:from|via) (?:my|outlook for)|get outlook for|outlook voor (?:ios|android)"
    r"|verstuurd vanuit mail voor|sent from mail for|van mijn (?:iphone|ipad|telefoon))\b.{0,60}$",
    re.IGNORECASE | re.MULTILINE,
)
_FOOTER_LINE = re.compile(r"^_{20,}$", re.MULTILINE)  # above the footer of a mailing list
MAX_ENDS = 5  # lines that look like the end of a mail and are tried
MAX_BELOW = 20  # paragraphs below a closing line that are read
_POSTSCRIPT = re.compile(
    r"^(?:p\.? ?s\.?|n\.?b\.?|naschrift|post ?scriptum|nog iets|o ja|oh ja)\b[.:,; -]*\S", re.IGNORECASE | re.MULTILINE
)
_LISTED = re.compile(
    r"^(?:[-*•–]\s*\S|\d{1,2}[.)]\s+\S|(?:[^\n:]{2,60}):$)|^(?:brin|naam|leerling|groep|school|klas|gebruikersnaam|vestiging)\w*\s*:",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = re.compile(
    r"\?|\b(?:ik|wij|we|graag|kunt u|kunnen jullie|kun je|wilt u|het gaat om|het betreft|lukt niet|werkt niet|leerlingen|alvast)\b(?=.{5,}[.!]\s*$)",
    re.IGNORECASE | re.DOTALL,
)
_SIGNATURE_LINE = re.compile(r"^--$", re.MULTILINE)
_GREETING_LINE = re.compile(
    r"^(?:hoi|hallo|hi|hello|hey|beste|dag|geachte|dear|goede(?:morgen|middag|navond|dag)|l\.?s\.?)\b[^.?!\n]{0,40}[,!.]?$",
    re.IGNORECASE | re.MULTILINE,
)


_POINTS_AT_MAIL = re.compile(
    r"\b(?:zie|stuur|stuurde|kreeg|kregen|ontving(?:en)?|bijgaand|bijgevoegd\w*|hierbij|doorgestuurd\w*|see|attached|forward\w*)\b.{0,60}"
    r"\b(?:mail|e-mail|mailtje|bericht|berichten|bijlage|bijgevoegd\w*|mailwisseling|correspondentie|message|attachment)\b",
    re.IGNORECASE,
)
Way = Literal["forwarded", "header", "signs"]  # the sender's program calls it a forward; a header shows it; only '>' shows it


@dataclass(frozen=True, slots=True)
class _Parts:
    """A mail in two."""

    own: str  # what stands above the quoted or forwarded mail, and between and below quoted lines
    below: str  # the quoted or forwarded mail without its header, "" when there is none
    way: Way  # how we know the other mail
    first: bool  # whether the writer begins, and the other mail comes below that


@dataclass(frozen=True, slots=True)
class CoverNotes:
    """The words of a note above a mail that is passed on, folded."""

    points: tuple[str, ...]  # phrases that make the mail below part of the message
    leaves: frozenset[str]  # words that do so in a note that says nothing else
    all: frozenset[str]  # all words that say nothing about a subject


def own_words(text: str) -> str:
    """The part the sender wrote; of more than MAX_LENGTH characters the beginning and the end.

    A mail that is only a forward, or a forward under a note that asks nothing ('FYI', 'kunnen jullie dit oppakken?'), gives
    the words of the forwarded mail: that is the message. A short note that points at the mail below ('zie onder, …') gives
    both. A mail that is only a quote comes back as it is.
    """
    rest = _tidy(text)
    said: list[str] = []
    for _ in range(MAX_FORWARDS):
        parts = _split(rest)
        words = _without_end(parts.own)
        note = _read_note(words, parts)
        if note != "empty":
            said.append(words or rest)
        if note == "message":
            return _shortened("\n\n".join(said))
        rest = parts.below
    return _shortened("\n\n".join([*said, rest]))


def points_below(text: str) -> bool:
    """Whether a mail's words only hand over the mail that comes with it: a note that asks nothing, or a short one that points at it."""
    words = _without_end(_split(_tidy(text)).own)
    told = [fold(word) for word in re.findall(r"[^\W_]+", _GREETING_LINE.sub("", words))]
    notes = load_cover_notes()
    if set(told) <= notes.all | load_names():
        return True
    pointing = any(f" {phrase} " in f" {' '.join(told)} " for phrase in notes.points)
    return len(told) <= MAX_NOTE and (pointing or bool(_POINTS_AT_MAIL.search(words)))


@closed
class _CoverNotes(TypedDict):
    points: list[str]
    leaves: list[str]
    rest: str


@from_data
def load_cover_notes(folder: Path) -> CoverNotes:
    """Read data/language/cover-notes.yaml. Raises DataFileError."""
    content = read_data(folder / "language" / "cover-notes.yaml", _CoverNotes)
    points, leaves = tuple(map(fold, content["points"])), frozenset(map(fold, content["leaves"]))
    words = {word for phrase in points for word in phrase.split()} | set(map(fold, content["rest"].split()))
    return CoverNotes(points, leaves, leaves | words)


def _tidy(text: str) -> str:
    lines = "\n".join(line.strip() for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _split(text: str) -> _Parts:
    """Part a mail at the header of a quoted or forwarded mail. Where that mail has '>' before its lines, the rest is the writer's."""
    lines = text.split("\n")
    own: list[str] = []
    quoted: list[str] = []
    way: Way = "signs"
    first, number = False, 0
    while number < len(lines):
        line, number = lines[number], number + 1
        if line.startswith(">"):
            first = first or (not quoted and any(own))
            quoted.append(line)
        elif other := _begins_mail(lines, number - 1):
            way = other
            number = _after_header(lines, number if not _HEADER.match(line) else number - 1)
            if not _is_quoted(lines, number):
                return _Parts(_tidy("\n".join(own)), _tidy("\n".join(lines[number:])), way, any(own))
        elif intro := _intro_lines(lines, number - 1):
            del own[len(own) - (intro - 1) :]
            if not _is_quoted(lines, number):
                return _Parts(_tidy("\n".join(own)), _tidy("\n".join(lines[number:])), "header", any(own))
        else:
            own.append(line)
    return _Parts(_tidy("\n".join(own)), _unquoted(quoted), way, first)


def _begins_mail(lines: Sequence[str], number: int) -> Way | None:
    """How a line shows that another mail begins at it."""
    line = lines[number]
    if _MARKED.match(line) or (_DASHED_TITLE.match(line) and _is_header_block(lines, _next_filled(lines, number + 1))):
        return "forwarded"
    if _ORIGINAL.match(line) or _is_header_block(lines, number):
        return "header"
    return None


def _after_header(lines: Sequence[str], number: int) -> int:
    """The number of the first line below the header that begins here or after empty lines; `number` when there is no header."""
    first = _next_filled(lines, number)
    if first >= len(lines) or not _HEADER.match(lines[first]):
        return number
    return first + len(list(_header_lines(lines[first:])))


def _next_filled(lines: Sequence[str], number: int) -> int:
    """The number of the first line from here that is not empty; past the end when there is none."""
    return next((later for later in range(number, len(lines)) if lines[later]), len(lines))


def _is_quoted(lines: Sequence[str], number: int) -> bool:
    """Whether the first line from here that is not empty is a quoted one."""
    filled = _next_filled(lines, number)
    return filled < len(lines) and lines[filled].startswith(">")


def _is_header_block(lines: Sequence[str], number: int) -> bool:
    """Whether the header of a mail begins here: who it is from and another line, with an address, a date or a subject.

    'Van: groep 5 / Aan: groep 6' is no header, unless quoted lines follow.
    """
    if number >= len(lines) or not _HEADER.match(lines[number]) or (number and _HEADER.match(lines[number - 1])):
        return False
    block = list(_header_lines(lines[number : number + _MAX_BLOCK]))
    if _is_quoted(lines, number + len(block)):
        return True
    found = [match for line in block if (match := _HEADER.match(line))]
    dated = any(match["date"] and re.search(r"\d", match["value"]) for match in found)
    telling = dated or any(match["subject"] for match in found) or any(_ADDRESS.search(line) for line in block)
    return len(found) >= 2 and any(match["from"] for match in found) and telling


def _header_lines(lines: Sequence[str]) -> Iterator[str]:
    """The lines at the beginning that are a mail's header: fields, and addresses that ran on to a next line."""
    for line in lines:
        if not (_HEADER.match(line) or _ADDRESS.search(line)):
            return
        yield line


def _intro_lines(lines: Sequence[str], number: int) -> int:
    """How many lines, up to this one, say who wrote what is quoted next ('Op ma 3 feb om 10:12 schreef Jan <jan@x.nl>:'); 0 for none.

    In any language: a line that ends in a colon, with an address or a time, above quoted lines. Without quoted lines it
    must have a word for writing and an address, or begin as mail programs begin it.
    """
    if not lines[number].endswith(":") or len(lines[number]) > 300:
        return 0
    quoted = _is_quoted(lines, number + 1)
    for first in range(number, max(number - 3, -1), -1):
        if not lines[first] or lines[first].startswith(">") or len(lines[first]) > 300:
            return 0
        intro = " ".join(lines[first : number + 1])
        opens = bool(_OPENS_INTRO.match(intro))
        who, when, wrote = _ADDRESS.search(intro), _CLOCK.search(intro), _WROTE.search(intro)
        begun_earlier = not opens and first > 0 and bool(_OPENS_INTRO.match(lines[first - 1]))
        if not begun_earlier and ((quoted and (who or when or (opens and wrote))) or (wrote and (who or (opens and when)))):
            return number - first + 1
    return 0


def _unquoted(lines: Sequence[str]) -> str:
    """Quoted lines as the mail they are: without one quote sign and without header."""
    lines = _tidy("\n".join(re.sub(r"^>\s?", "", line) for line in lines)).split("\n")
    return "\n".join(lines[_after_header(lines, 0) :]).strip()


def _read_note(words: str, parts: _Parts) -> Literal["empty", "points", "message"]:
    """What the sender's words are to the mail below them: a note that asks nothing, one that points at it, or the message itself."""
    if not parts.below or (not parts.own and parts.way == "signs"):
        return "message"
    for pattern in (_DISCLAIMER, _TELEPHONE, _SIGN_OFF):
        if match := pattern.search(words):
            words = words[: match.start()]
    told = [fold(word) for word in re.findall(r"[^\W_]+", _GREETING_LINE.sub("", words))]
    notes = load_cover_notes()
    pointing = any(f" {phrase} " in f" {' '.join(told)} " for phrase in notes.points)
    if set(told) <= notes.all | load_names():
        leaving = pointing or not told or parts.way == "forwarded" or bool(notes.leaves & set(told))
        return "empty" if leaving else "message"
    pointing = pointing or (parts.way == "forwarded" and bool(_POINTS_AT_MAIL.search(words)))
    points = pointing and (parts.first or parts.way != "signs")
    return "points" if points and len(told) <= MAX_NOTE else "message"


def _without_end(words: str) -> str:
    """Words without the footer of a list, disclaimer, sign-off and signature below them; what has only those stays.

    What the writer says below one of those (a P.S., a list, a question) is kept, and a notice above the words is no end.
    """
    for pattern in (_FOOTER_LINE, _DISCLAIMER, _TELEPHONE, _SIGNATURE_LINE, _SIGN_OFF):
        for match in islice(pattern.finditer(words), MAX_ENDS):
            above, below = words[: match.start()].strip(), words[match.end() :]
            if not above:
                continue
            if pattern is _FOOTER_LINE and not is_footer(below):
                continue
            if pattern is _DISCLAIMER and _said_below(below.partition("\n\n")[2], after_notice=True):
                continue
            said = (
                "" if pattern in (_FOOTER_LINE, _DISCLAIMER) else _said_below(below if pattern is _SIGN_OFF else f"\n\n{below}")
            )
            words = f"{without_signature(above)}\n\n{said}" if said else above
            break
    return without_signature(words)


def _said_below(text: str, after_notice: bool = False) -> str:
    """The paragraphs below a closing line that the writer wrote: a P.S. with all that follows it, a list, a question or a statement."""
    paragraphs = [part.strip() for part in text.split("\n\n")][:MAX_BELOW]
    kept: list[str] = []
    for number, part in enumerate(paragraphs):
        if not part or _DISCLAIMER.search(part) or (number and is_footer(part)):
            if part and kept:
                break
            continue
        if match := _POSTSCRIPT.search(part):
            kept.append(part[match.start() :])
        elif (
            (after_notice and _GREETING_LINE.match(part))
            or (number and (_LISTED.search(part) or _ASKED.search(part)))
            or (kept and not belongs_to_a_signature(part.split("\n")[0]) and not _SIGN_OFF.match(part))
        ):
            kept.append(part)
    return "\n\n".join(kept)


def _shortened(words: str) -> str:
    """The beginning and the end of words that are too long, cut between words where that is possible.

    A question stands in the first or in the last sentences of a long mail.
    """
    if len(words) <= MAX_LENGTH:
        return words
    half = MAX_LENGTH // 2 - 1
    head = re.sub(r"(?<=\s)\S{1,60}$", "", words[:half])
    tail = re.sub(r"^\S{1,60}(?=\s)", "", words[-half:])
    return f"{head.strip()}\n\n{tail.strip()}"
