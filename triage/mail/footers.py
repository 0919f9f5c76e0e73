"""What others put below a mail: scanners, mailing lists, disclaimers. Which text part of a mail is nothing but that, and which lines are."""

from __future__ import annotations

import re

MAX_FOOTER = 6_000  # characters of a part that is taken for a footer
_SCANNED = re.compile(
    r"\b(?:gescan[dn]|scanned|gescreend|gecontroleerd|checked|virusvrij|virus-?free|virus(?:sen|es)?|malware|mailscanner|avast|avg\b|antivirus"
    r"|kaspersky|eset|mcafee|bitdefender|norton|sophos|trend micro|f-secure|g data|spamfilter|spam ?filter|mimecast|barracuda|messagelabs"
    r"|symantec|mailfilter|gefilterd door|filtered by)\b",
    re.IGNORECASE,
)
_ABOUT_MAIL = re.compile(r"\b(?:bericht|e-?mail|mail|message|bijlagen?|attachments?|verzonden|sent)\b", re.IGNORECASE)
_SCAN_LINE = re.compile(
    r"(?:(?:dit|deze|het|this|the|no|geen|virusvrij|virus-free|scanned|gescand|checked|gecontroleerd|inkomend|uitgaand|incoming|outgoing)\b"
    r".{0,160}\b(?:gescand|scanned|gescreend|gecontroleerd|gecheckt|checked|virusvrij|virus-free|gefilterd|screened|filtered|found|gevonden|aangetroffen)\b"
    r"|(?:virusvrij|virus-free)\b|scanned by\b|gescand (?:door|op|met)\b|gecontroleerd (?:door|op) .{0,40}(?:virus|spam|malware)"
    r"|(?:checked|protected|beschermd|beveiligd) (?:by|door) .{0,60}(?:virus|avg|avast|scan|filter|security|mail)).{0,200}",
    re.IGNORECASE,
)
_SCAN_MORE = re.compile(
    r"(?:(?:https?://|www\.|<https?://)\S+|.{0,60}\b(?:avast|avg|eset|mailscanner|kaspersky|virus)\b.{0,80}|version:.{0,120}|versie:.{0,120}"
    r"|and is believed to be clean.{0,40}|en is (?:schoon|veilig).{0,60}|[-_=*#~ ]{2,}|\[?(?:image|cid:).{0,80})",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"(?:mailing ?lists?|mailinglijst|maillijst|afmelden|uitschrijven|unsubscribe|listinfo|mailman|u ontvangt (?:dit bericht|deze mail)"
    r"|you(?: are receiving| received) this (?:message|e?-?mail)|google ?groups|groups\.io|lijst-?beheer|to post to this (?:list|group)"
    r"|visit this group|dit bericht is verstuurd (?:via|naar) de)",
    re.IGNORECASE,
)
_DISCLAIMED = re.compile(
    r"(?:disclaimer|vertrouwelijk|uitsluitend (?:bestemd|bedoeld)|(?:alleen|slechts|enkel) (?:bestemd|bedoeld) voor|geadresseerden?"
    r"|geen rechten (?:worden )?(?:ontleend|ontlenen)|intended (?:solely|only|recipient|for)|confidential|niet aansprakelijk|not liable"
    r"|denk aan het milieu|consider the environment|kvk[ -]?(?:nummer|nr)?|openbaarmaking|vermenigvuldiging|externe? (?:mail|afzender|e-mail)"
    r"|external (?:e-?mail|sender)|van buiten (?:de|onze) organisatie|outside (?:of )?(?:the|your) organi[sz]ation)",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-_=*#~\u2500-\u2502\s]{2,}")
_ASKS = re.compile(
    r"\?|\b(?:graag|kunt u|kunnen jullie|kun je|wij kunnen|we kunnen|ik kan|ik heb|wij hebben|lukt niet|werkt niet|inloggen|wachtwoord|hierbij|groep \d)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"(?:html|opgemaakt|opmaak|rich text|web ?version|webversie|online versie|(?:in|via) (?:je|uw|de|een|your|the|a) browser"
    r"|mime|multi-?part|e-?mail ?(?:client|programma)|mailprogramma|mailreader|mail reader|niet (?:goed )?(?:weer|lezen|leesbaar|zichtbaar)"
    r"|ondersteunt|does not support|doesn't support|cannot (?:display|view)|trouble viewing|unable to (?:display|view))",
    re.IGNORECASE,
)
_LINKS = re.compile(r"(?:<?https?://\S+>?|www\.\S+|\[cid:[^\]]{0,200}\]|\[image[^\]]{0,200}\])", re.IGNORECASE)


def is_footer(text: str) -> bool:
    """Whether a text is only what a scanner, a mailing list or an organisation puts below its mails."""
    words = _without_rule(text)
    if not words:
        return True
    if len(words) > MAX_FOOTER:
        return False
    begun_as_footer = bool(_RULE.match(text.strip())) and len(words) < 600
    if _ASKS.search(words) and not begun_as_footer:
        return False
    short = len(words) < 500
    scanned = bool(_SCANNED.search(words) and _ABOUT_MAIL.search(words)) or bool(_SCAN_LINE.match(words))
    return (short and (scanned or bool(_LIST.search(words)))) or bool(_DISCLAIMED.search(words))


def is_placeholder(text: str) -> bool:
    """Whether a plain part only says that the words stand in the HTML, or holds nothing but links to pictures."""
    words = _LINKS.sub("", text).strip(" \t\r\n\xa0*-_|[]<>()")
    if not re.search(r"[^\W\d_]", words):
        return True
    return len(words) < 400 and bool(_PLACEHOLDER.search(words)) and not _ASKS.search(words.replace("?", ""))


def without_scanner(text: str) -> str:
    """Text without the lines that a virus scanner or a mailing list put at its end."""
    cut = len(text)
    lines = text.split("\n")
    for first in range(len(lines) - 1, max(len(lines) - 12, 0), -1):
        paragraph = [line.strip() for line in lines[first:] if line.strip()]
        if lines[first].strip() and lines[first - 1].strip() and not _is_rule(lines[first - 1]) and not _is_rule(lines[first]):
            continue
        if (paragraph and _all_scanner(paragraph)) or (
            len(paragraph) > 1
            and _is_rule(paragraph[0], 4)
            and len("".join(paragraph)) < 600
            and _LIST.search(" ".join(paragraph))
        ):
            cut = sum(len(line) + 1 for line in lines[:first])
    if cut == len(text) or not text[:cut].strip():
        return text
    kept = text[:cut].rstrip()
    last = kept.rsplit("\n", 1)
    while len(last) == 2 and (_is_rule(last[1]) or last[1].strip() == "--"):
        kept = last[0].rstrip()
        last = kept.rsplit("\n", 1)
    return kept + "\n"


def _is_rule(line: str, least: int = 2) -> bool:
    return len(line.strip()) >= least and bool(_RULE.fullmatch(line.strip()))


def _all_scanner(paragraph: list[str]) -> bool:
    lines = [line for line in paragraph if not _is_rule(line)]
    return (
        bool(lines)
        and bool(_SCAN_LINE.fullmatch(lines[0]))
        and all(_SCAN_LINE.fullmatch(line) or _SCAN_MORE.fullmatch(line) for line in lines[1:])
    )


def _without_rule(text: str) -> str:
    words = text.strip()
    while match := _RULE.match(words):
        words = words[match.end() :].strip()
    return words
