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
_SIGN_OFF = re.compile(
    r"^(?:met (?:vriendelijke|hartelijke|collegiale) groet\w*|(?:vriendelijke|hartelijke) groet\w*|m\.?v\.?g\.?|mvrgr|groet(?:en|jes)?"
    r"|gr\.?|hoogachtend|kind regards|best regards|regards|with kind regards|alvast bedankt en groet\w*)\b.{0,40}$",
    re.IGNORECASE | re.MULTILINE,
)
_DISCLAIMER = re.compile(
    r"^.{0,40}(?:dit bericht (?:en|is|kan)|de informatie (?:verzonden )?in dit|aan dit bericht kunnen geen|this (?:e-?mail|message) (?:and|is|may)"
    r"|deze e-?mail (?:en|is|kan)|disclaimer\b|denk aan het milieu|verzonden vanaf mijn|sent from my|verstuurd vanaf mijn)",
    re.IGNORECASE | re.MULTILINE,
)


def own_words(text: str) -> str:
    """The part the sender wrote. A mail that is only a quote or forward comes back whole: then that is the message."""
    text = re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n"))[:MAX_LENGTH]
    reply = (_PARSER.parse_reply(text) or "").strip()
    for pattern in (_FORWARDED, _DISCLAIMER, _SIGN_OFF):
        match = pattern.search(reply)
        if match and reply[: match.start()].strip():
            reply = reply[: match.start()].strip()
    return reply or text.strip()
