"""The writer's own words: a mail without quoted replies, signature and disclaimer."""

from __future__ import annotations

import re

from mailparser_reply import EmailReplyParser

MAX_LENGTH = 5_000  # characters; the reply parser's time grows with the square of the length

_PARSER = EmailReplyParser(languages=["nl", "en", "de", "fr"])
_FORWARDED = re.compile(
    r"^-{2,}\s*(?:doorgestuurd bericht|forwarded message|oorspronkelijk bericht|original message)\s*-*\s*$|^begin doorgestuurd bericht:|^begin forwarded message:",
    re.IGNORECASE | re.MULTILINE,
)
_FORWARDED_HEADER = re.compile(
    r"^[ \t>*]*(?:van|from|von|datum|date|verzonden|sent|aan|to|cc|onderwerp|subject|betreff)\s*\*?\s*:.*$\n?",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_FROM = re.compile(
    r"^[ \t]*(?:op|on|am|le)\b[^\n]{4,160}(?:\n[^\n]{0,120})?\b(?:schreef|wrote|schrieb|a écrit)\b[^\n]{0,160}(?:\n[^\n]{0,120})?:[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$\n?", re.MULTILINE)
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
    r"|disclaimer\b|denk aan het milieu|verzonden vanaf mijn|sent from my|verstuurd vanaf mijn)",
    re.IGNORECASE | re.MULTILINE,
)


def own_words(text: str) -> str:
    """The part the sender wrote. A mail that is only a quote or forward gives what was quoted or forwarded: that is the message."""
    text = re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n"))[:MAX_LENGTH].strip()
    forwarded = _FORWARDED.match(text)
    if forwarded:
        return _FORWARDED_HEADER.sub("", text[forwarded.end() :]).strip() or text
    reply = (_PARSER.parse_reply(text) or "").strip()
    reply = _without_quotes(reply)
    for pattern in (_FORWARDED, _DISCLAIMER, _SIGN_OFF):
        match = pattern.search(reply)
        if match and reply[: match.start()].strip():
            reply = reply[: match.start()].strip()
    return reply or text


def _without_quotes(reply: str) -> str:
    """Cut a quote that the parser left: the lines with '>' when there are any, otherwise all that follows 'Op … schreef …:'."""
    match = _QUOTED_FROM.search(reply)
    if match is None:
        return reply
    before, after = reply[: match.start()], reply[match.end() :]
    kept = _QUOTED_LINE.sub("", after.lstrip("\n")) if _QUOTED_LINE.match(after.lstrip("\n")) else ""
    return f"{before.strip()}\n\n{kept.strip()}".strip() or reply
