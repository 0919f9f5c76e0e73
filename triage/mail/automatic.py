"""Mail that no person wrote to us: bounces, auto-replies, receipts, and our own mail coming back.

Headers count before words, and words never alone: a school that quotes a bounce, or writes that a colleague is away, is a school with a
question. A list's headers, a null return path or X-Auto-Response-Suppress alone say nothing: school groups send so.
"""

from __future__ import annotations

import email
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from triage.mail.headers import READ_ERRORS, Address

# "notice": about a delivery that is late or done; "receipt": read, or thrown away unread; "acknowledgement": of another help desk.
Kind = Literal["", "bounce", "notice", "auto-reply", "receipt", "acknowledgement", "own", "generated"]

_LOOKED_AT = 4_000  # characters of the words
_SCANNED = 20_000  # bytes that the library of bounces reads: it goes over them some sixty times
_LONG_LINE = re.compile(rb"([^\r\n]{400})[^\r\n]+")
_DAEMON = re.compile(
    r"(?:mailer[-_]?daemon|mail[-_]?daemon|maildaemon|mail-?delivery(?:-?(?:system|subsystem|service))?|microsoftexchange[0-9a-f]{10,}"
    r"|bounces?|mdaemon|mailadmin-bounce)$",
    re.IGNORECASE,
)
_POSTMASTER = re.compile(
    r"(?:postmaster|administrator|systeembeheer(?:der)?|system|mail|mailserver|no-?reply|exchange)$", re.IGNORECASE
)
_BOUNCE_SUBJECT = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*|\*{2,}\s*)?(?:onbestelbaar|niet[- ]?(?:bezorgd|afgeleverd|bestelbaar)|bezorging (?:is )?mislukt|aflever(?:en|ing) mislukt"
    r"|uw bericht (?:kon|kan) niet|bericht (?:is )?niet (?:bezorgd|afgeleverd)|undeliver(?:able|ed)|undelivrable|unzustellbar|non remis"
    r"|delivery (?:status notification|has failed|failure|failed|report|notification|delayed)|mail (?:delivery|system error|could not)"
    r"|mail undeliver|message (?:delivery|undeliver|could not)|returned (?:mail|to sender)|failure notice|failed (?:mail|delivery)|non[- ]?delivery"
    r"|retour afzender|warning: (?:could not send|message)|vertraagd|delayed mail|afleverings?status|bezorgingsfout|kennisgeving (?:van|over) (?:de )?(?:bezorg|aflever)"
    r"|e-?mail (?:kon|kan) niet worden (?:bezorgd|afgeleverd)|automatisch bericht: niet bezorgd|ndr\b)",
    re.IGNORECASE,
)
_BOUNCE_WORDS = re.compile(
    r"(?:(?:is|kon|kan|konden|werd|wordt) (?:niet (?:worden )?(?:bezorgd|afgeleverd|besteld|verzonden)|niet aan)|bezorging .{0,60}mislukt|niet bereikt"
    r"|postvak (?:is|zit) vol|mailbox .{0,20}(?:is )?(?:full|vol)|over quota|quota exceeded|adres .{0,40}(?:niet gevonden|bestaat niet|onbekend)"
    r"|(?:user|recipient|address|mailbox) (?:unknown|not found|rejected|unavailable|does not exist)|(?:unknown|no such) (?:user|mailbox|recipient)"
    r"|could ?n[o']t be delivered|(?:was|were) not delivered|delivery .{0,40}failed|failed to deliver|did not reach|unable to deliver"
    r"|permanent (?:fatal )?error|will be retried|\b[45]\.\d\.\d{1,3}\b|\b55[0-4][ -]|host or domain name not found|returned to sender|wasn't delivered)",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"(?:delayed|vertraagd|vertraging|will be retried|nog niet (?:bezorgd|afgeleverd)|warning|blijft het proberen)", re.IGNORECASE
)
_ACTION = re.compile(rb"^action[ \t]*:[ \t]*(\w+)", re.IGNORECASE | re.MULTILINE)
_REPLY_SUBJECT = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:automati(?:sch|c|sche)[- ]?(?:antwoord|reply|reactie|beantwoord\w*|response|antwort)\b\s*(?::|-|–|$|\(|op\b|van\b)"
    r"|auto[- ]?(?:reply|response|antwoord|responder|matic reply)\b\s*(?::|-|–|$|\(|re\b|van\b|from\b)|(?:re ?: ?)?out[- ]of[- ](?:the[- ])?office\b\s*(?::|$|-|–|re\b|auto)"
    r"|afwezigheids?(?:bericht|assistent|melding|notificatie|berichtje)|afwezigheid ?:|afwezig ?:|niet (?:aanwezig|op kantoor) ?:|abwesen(?:d|heit)\w* ?:|abwesenheitsnotiz"
    r"|r[ée]ponse automatique|vakantie(?:bericht|melding|antwoord)|vacation (?:reply|response|message)|ooo ?:|away ?:)",
    re.IGNORECASE,
)
_AWAY_SUBJECT = re.compile(
    r"(?:\bafwezig|out of (?:the )?office|\bvakantie|vacation|on leave|verlof|niet aanwezig|automati|auto-?re|\bvrij\b|absent|annual leave)",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"(?:\bben ik\b.{0,60}(?:afwezig|niet aanwezig|niet bereikbaar|met (?:vakantie|verlof))|\bik ben\b.{0,60}(?:afwezig|niet aanwezig|niet bereikbaar|met (?:\w+ )?(?:vakantie|verlof)"
    r"|weer (?:aanwezig|bereikbaar))|(?:school|kantoor|wij|we|organisatie)\b.{0,40}\b(?:gesloten|met vakantie)|i(?:'m| am)\b.{0,40}(?:out of (?:the )?office|away|on (?:\w+ )?leave|on vacation|on holiday)"
    r"|automati(?:sch|c)\w* (?:gegenereerde? )?(?:antwoord|reply|reactie|bericht|response|ontvangst)|mails? wordt? niet (?:gelezen|doorgestuurd|beantwoord)"
    r"|(?:bij|in) (?:dringende|spoed|urgente)|limited access to (?:my )?e-?mail|no longer work|niet (?:meer|langer) werkzaam|werk(?:zaam)? (?:hier )?niet meer)",
    re.IGNORECASE | re.DOTALL,
)
_READ_SUBJECT = re.compile(
    r"\s*(?:gelezen|niet gelezen|read|not read|leesbevestiging|lees ?bericht|leesmelding|ontvangen en gelezen|read receipt|return receipt|geopend|lu)\b\s*(?::|$|\(|-|van\b|for\b|voor\b)",
    re.IGNORECASE,
)
_READ = re.compile(
    r"(?:(?:is|werd|was) (?:gelezen|geopend|weergegeven|read|displayed|opened|verwijderd|deleted)|leesbevestiging|read receipt|return receipt|zonder (?:dat het is |te zijn )?gelezen"
    r"|(?:verwijderd|deleted) (?:zonder|without)|bevestigt alleen dat|no guarantee that the (?:message|content)|geeft geen garantie)",
    re.IGNORECASE,
)
_RECEIVED = re.compile(
    r"(?:(?:hebben|heb|is|zijn|werd|wordt) (?:(?:wij |we )?(?:uw|je|jouw|jullie) [\w -]{2,40}|in goede orde|succesvol|correct|goed|door ons|hierbij)?\s*(?:in goede orde |goed |succesvol )?(?:ontvangen|geregistreerd|aangemaakt|binnengekomen)"
    r"|(?:uw|je|jouw) (?:melding|vraag|bericht|e-?mail|aanvraag|verzoek|ticket|mail|incident)\b.{0,80}(?:ontvangen|geregistreerd|aangemaakt|in behandeling|opgenomen|bevestigd)"
    r"|ontvangstbevestiging|bevestiging van ontvangst|(?:we|have) (?:have )?received your|your (?:request|ticket|message|e-?mail|case|question|enquiry)\b.{0,80}(?:been (?:received|created|registered|logged|opened)|is received)"
    r"|thank you for (?:contacting|your (?:message|e-?mail|request))|(?:bedankt|dank u wel|dankjewel|dank) voor (?:uw|je|het) (?:bericht|mail|e-?mail|melding|vraag|aanvraag|contact|insturen)"
    r"|a (?:new )?(?:ticket|case|request) (?:has been|was) (?:created|opened))",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = re.compile(
    r"(?:\[?#\s?\d{3,}|\b(?:ticket|melding|incident|case|zaak|request|aanvraag|dossier|referentie|kenmerk|reference|call|meldings?|ticket|zaak)\s?-?(?:nummer|number|id|nr|no|code)?\.?\s?(?:is|:|#|=)?\s?[\[(#]?(?:[A-Z]{1,6}[- ]?)?\d[\d-]{2,}"
    r"|\[[A-Z]{2,10}[- ]\d{2,}\]|\b[A-Z]{2,5}-\d{3,}\b|\bM ?\d{4} ?\d{3,}\b)",
    re.IGNORECASE,
)
_BY_MACHINE = re.compile(
    r"(?:automatisch (?:gegenereerd|verzonden|aangemaakt|verstuurd|bericht|antwoord)|automatische (?:ontvangst|e-?mail|mail|bevestiging|reactie)|automatically (?:generated|sent)|automated (?:message|response|reply|e-?mail)"
    r"|(?:do not|don't|niet) (?:reply|op (?:dit|deze) (?:bericht|e-?mail|mail) (?:te )?(?:antwoorden|reageren)|beantwoorden)|kunt (?:u )?niet (?:op )?(?:deze|dit)?.{0,30}(?:antwoorden|reageren|beantwoorden)"
    r"|type your reply above|antwoord boven deze (?:lijn|regel)|reply above this line|ontvangstbevestiging)",
    re.IGNORECASE,
)
_SOON = re.compile(
    r"(?:zo (?:spoedig|snel) mogelijk|binnen (?:\w+ ){1,4}(?:werkdag|uur|dag)|streven (?:we )?(?:ernaar|naar)|nemen (?:\w+ ){0,5}(?:contact|in behandeling)|in behandeling (?:genomen|nemen)|as soon as possible|get back to you"
    r"|within (?:\w+ ){1,4}(?:hours|days|business)|will (?:respond|reply|be in touch|review)|volgen via|track (?:the )?(?:status|progress))",
    re.IGNORECASE,
)
_DESK_SENDER = re.compile(
    r"(?:no-?reply|do-?not-?reply|niet-?beantwoorden|support|helpdesk|service-?desk|servicedesk|help|ticket|tickets|klantenservice|servicepunt|topdesk|jira|zendesk|freshdesk|automail|ict-?(?:support|helpdesk|servicedesk))",
    re.IGNORECASE,
)
_RECEIPT_SUBJECT = re.compile(
    r"(?:ontvangst ?bevestiging|bevestiging (?:van )?(?:ontvangst|uw|melding)|(?:is |goed )?ontvangen\b|received|geregistreerd|aangemaakt|ticket|melding|incident|\bcase\b|request|aanvraag|confirmation|bevestiging)",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\?|\b(?:kunt u|kunnen jullie|kun je|graag (?:hulp|uw|jullie|weten|horen)|lukt (?:het )?niet|werkt (?:het )?niet|nog niet opgelost)\b",
    re.IGNORECASE,
)
# Of an absent person, who may say 'kunt u bellen' and 'Dringend? Bel dan …'.
_ASKS = re.compile(
    r"\?(?!\s*(?:bel|mail|neem|stuur|dan|u kunt|you can|please|call|contact|ga)\b)|\b(?:lukt (?:het )?niet|werkt (?:het )?niet|graag (?:hulp|uw hulp|jullie|weten|horen)|nog niet opgelost)\b",
    re.IGNORECASE,
)
_LOUD = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-vacation",
    "x-auto-reply",
)


@dataclass(frozen=True, slots=True)
class Ours:
    """The addresses that are ours, as far as reading mail needs them."""

    # The address schools write to.
    help_address: str = ""
    # Addresses that web forms send from: who filled one in stands in Reply-To.
    web_forms: tuple[str, ...] = ()

    def is_web_form(self, address: Address) -> bool:
        """Whether a mail from this address was made by a web form."""
        return address.address.lower() in self.web_forms

    def is_ours(self, address: Address) -> bool:
        """Whether this is the help desk's address, with or without a tag."""
        local, _, domain = self.help_address.lower().partition("@")
        own, _, place = address.address.lower().partition("@")
        return bool(local) and domain == place and (own == local or own.startswith(f"{local}+"))


@dataclass(frozen=True, slots=True)
class _Mail:
    """What the rules look at."""

    header: Callable[[str], list[str]]
    sender: Address  # as From says it
    subject: str
    words: str
    raw: bytes
    headers: frozenset[str]

    def said(self, name: str) -> str:
        return " ".join(self.header(name)).strip().lower()

    @property
    def null_path(self) -> bool:
        return self.said("return-path") in ("<>", "< >", "<<>>") or self.said("x-ms-exchange-message-is-ndr") != ""

    @property
    def local(self) -> str:
        return self.sender.address.partition("@")[0].lower()

    @property
    def daemon(self) -> bool:
        named = re.match(
            r"mail delivery (?:sub)?system|mailer[- ]daemon|mail delivery service|mailsysteem", self.sender.name, re.IGNORECASE
        )
        return bool(_DAEMON.match(self.local) or named)


def kind_of(headers: Sequence[tuple[str, str]], sender: Address, subject: str, words: str, raw: bytes, ours: Ours) -> Kind:
    """What kind of machine sent a mail, "" for a person. `sender` is who stands in From."""

    def header(name: str) -> list[str]:
        return [value for key, value in headers if key.lower() == name]

    mail = _Mail(header, sender, subject, words[:_LOOKED_AT], raw, frozenset(key.lower() for key, _ in headers))
    form = ours.is_web_form(sender)
    if ours.is_ours(sender) and not form:
        return "own"
    return _report(mail) or _bounce(mail) or _receipt(mail) or _reply(mail, form) or _acknowledgement(mail)


def _report(mail: _Mail) -> Kind:
    """A report as the standards want it (RFC 6522): of delivery, or of reading."""
    kind = mail.said("content-type")
    if not kind.startswith("multipart/report") and "x-failed-recipients" not in mail.headers:
        return ""
    if "disposition-notification" in kind:
        return "receipt"
    if "feedback-report" in kind:
        return "generated"
    actions = {match.lower() for match in _ACTION.findall(mail.raw[:500_000])}
    return "notice" if actions and not actions & {b"failed", b"fail"} else "bounce"


def _bounce(mail: _Mail) -> Kind:
    subject = bool(_BOUNCE_SUBJECT.match(mail.subject))
    told = bool(_BOUNCE_WORDS.search(mail.words))
    postmaster = bool(_POSTMASTER.match(mail.local))
    submitted = mail.said("auto-submitted").startswith("auto")
    machine = mail.null_path or submitted or postmaster
    if not (
        mail.daemon
        or (subject and (machine or told))
        or (told and mail.null_path and postmaster)
        or (mail.null_path and _found_by_library(mail))
    ):
        return ""
    if not mail.daemon and not machine and re.search(r"\?", mail.words[:600]):
        return ""
    late = bool(_DELAYED.search(mail.subject)) or (
        bool(_DELAYED.search(mail.words)) and not re.search(r"\b5\.\d\.\d|\b55\d\b", mail.words)
    )
    return "notice" if late and not re.search(r"fail|mislukt|onbestelbaar|undeliver", mail.subject, re.IGNORECASE) else "bounce"


def _found_by_library(mail: _Mail) -> bool:
    from flufl.bounce import scan_message

    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)  # it logs each exception it meets
    try:
        return bool(scan_message(email.message_from_bytes(_LONG_LINE.sub(rb"\1", mail.raw[:_SCANNED]))))
    except (*READ_ERRORS, KeyError):
        return False


def _receipt(mail: _Mail) -> Kind:
    told = bool(_READ_SUBJECT.match(mail.subject)) and bool(_READ.search(mail.words[:1_500]))
    return "receipt" if told and not _QUESTION.search(mail.words[:600]) else ""


def _reply(mail: _Mail, form: bool) -> Kind:
    submitted = mail.said("auto-submitted")
    if submitted.startswith("auto-replied") or any(
        name in mail.headers and mail.said(name) not in ("no", "false", "0") for name in _LOUD
    ):
        return "auto-reply"
    if re.search(r"\bauto[_-]?reply", mail.said("precedence")) or "autoresponder" in mail.said("delivered-to"):
        return "auto-reply"
    away = bool(_AWAY.search(mail.words[:1_500]))
    asks = bool(_ASKS.search(mail.words[:1_500]))
    machine = mail.null_path or mail.said("precedence") in ("bulk", "junk") or "x-auto-response-suppress" in mail.headers
    if _REPLY_SUBJECT.match(mail.subject) and (away or not asks):
        return "auto-reply"
    if away and not asks and (_AWAY_SUBJECT.search(mail.subject) or machine):
        return "auto-reply"
    if submitted and not submitted.startswith("no") and not form:
        return "acknowledgement" if _RECEIVED.search(mail.words) else "generated"
    return ""


def _acknowledgement(mail: _Mail) -> Kind:
    """A receipt of another help desk. Its words are those of people too, so several signs must agree."""
    received = bool(_RECEIVED.search(mail.words[:1_500]) or re.search(r"ontvangst ?bevestiging", mail.subject, re.IGNORECASE))
    if not received:
        return ""
    by_machine = bool(_BY_MACHINE.search(mail.words) or re.search(r"no-?reply|do-?not-?reply", mail.local))
    signs = [
        bool(_NUMBER.search(f"{mail.subject}\n{mail.words[:1_500]}")),
        bool(_RECEIPT_SUBJECT.search(mail.subject)),
        bool(_SOON.search(mail.words)),
        bool(_DESK_SENDER.search(mail.local) or _DESK_SENDER.search(mail.sender.name)),
        bool(
            {
                "x-auto-response-suppress",
                "x-zendesk-from-account-id",
                "x-freshdesk",
                "x-topdesk-message",
                "x-otrs-loop",
                "x-jira-fingerprint",
            }
            & mail.headers
        ),
    ]
    if by_machine:
        return "acknowledgement" if sum(signs) >= 1 else ""
    return "acknowledgement" if sum(signs) >= 3 and not _QUESTION.search(mail.words[:1_500]) else ""
