"""What the classifier reads of a mail: what the writer says, and what comes along with it.

What comes along (the sender's domain, the kinds of attachments) follows a separator as words that nobody types, such as
``afzender_malmberg_nl`` or ``bijlage_pdf``. They are features of their own: only the classifier's words see them. Letters, sentence
vectors, and whoever looks for sentences or shared words in a mail, read what is `said`.
"""

from __future__ import annotations

import mimetypes
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from triage.classify.sentences import load_sentences
from triage.mail.own_words import own_words
from triage.mail.read_mail import KEPT_APART, ReadMail, said_in
from triage.verify.forms import load_requests

SEPARATOR = f"\n{KEPT_APART} "
LEAST_MAILS = 20
SENDER, FILE, PRIVATE = "afzender", "bijlage", "prive"
_KINDS = {  # beginning of a content type -> what people call such a file
    "image/": "foto",
    "application/msword": "word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml": "word",
    "application/vnd.openxmlformats-officedocument.spreadsheetml": "excel",
    "application/vnd.ms-excel": "excel",
    "text/csv": "excel",
    "message/": "mail",
}


def mail_text(subject: str, body: str, files: Sequence[tuple[str, str]] = (), sender_domain: str = "") -> str:
    """The subject, the writer's own words and the names of attachments; then what comes along.

    `files` are (name, content type) of each attachment; `sender_domain` is the part after the @ of the sender's address.
    """
    text = said_in(subject, own_words(body), (name for name, _ in files))
    return _with_along(text, sender_domain, (content_type for _, content_type in files))


def classified_text(mail: ReadMail) -> str:
    """What the classifier reads of a mail."""
    kinds = (attachment.content_type for attachment in mail.message.attachments)
    return _with_along(mail.said, mail.sender.domain, kinds)


def _with_along(text: str, sender_domain: str, content_types: Iterable[str]) -> str:
    along = dict.fromkeys([*_about_sender(sender_domain), *(_word(FILE, _kind(content_type)) for content_type in content_types)])
    return f"{text}{SEPARATOR}{' '.join(along)}" if along else text


def said(text: str) -> str:
    """What the writer says, of a text made by mail_text."""
    return text.partition(SEPARATOR)[0]


def without_rare(texts: Sequence[str]) -> list[str]:
    """Texts to learn from without what comes along in fewer than LEAST_MAILS of them: what so few have in common may be chance."""
    along = [text.partition(SEPARATOR)[2].split() for text in texts]
    counted = Counter(word for words in along for word in words)
    usual = [" ".join(word for word in words if counted[word] >= LEAST_MAILS) for words in along]
    return [f"{said(text)}{SEPARATOR}{words}" if words else said(text) for text, words in zip(texts, usual, strict=True)]


def comes_along(word: str) -> str:
    """A word of mail_text that was not said as agents read it ('afzender malmberg.nl', 'bijlage pdf'); "" for any other word."""
    what, _, rest = word.partition("_")
    if not rest or what not in (SENDER, FILE) or " " in word:
        return ""
    sentences, about = load_sentences(), rest.replace("__", "-").replace("_", ".")
    if what == FILE:
        return sentences["file"].format(about=about)
    return sentences["private_sender"] if rest == PRIVATE else sentences["sender"].format(about=about)


def kind_by_name(name: str) -> str:
    """The content type that the name of a file promises."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _about_sender(domain: str) -> list[str]:
    if not domain:
        return []
    return [_word(SENDER, domain), *([_word(SENDER, PRIVATE)] if domain in load_requests().free_mail else [])]


def _kind(content_type: str) -> str:
    return next((kind for start, kind in _KINDS.items() if content_type.startswith(start)), content_type.rpartition("/")[2])


def _word(what: str, about: str) -> str:
    """One word of letters, digits and underscores."""
    return f"{what}_{re.sub(r'[^a-z0-9_]', '_', about.lower().replace('-', '__'))}"
