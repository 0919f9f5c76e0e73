"""Who sent the mail: what our own server established, what the mail's signatures prove, and whether the addresses tell one story.

Authentication-Results (RFC 8601) count only when our own server wrote them: the authserv-id must be the configured one, and
only headers above the first foreign one are trusted, since a sender can add such headers too. DKIM and ARC are checked again from
the raw bytes when DNS may be asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from authres import AuthenticationResultsHeader
from authres.core import AuthResError

from triage.mail import Message
from triage.verify.dns_text import TextLookup
from triage.verify.domains import is_disposable, lookalike_of, readable, web_domain
from triage.verify.letters import has_invisible, latin, mixed_scripts, turns_text_around
from triage.verify.mail_signature import Outcome, check_arc, check_dkim, vouched
from triage.verify.model import Past, SenderReport

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Known:
    """What the sender is weighed against."""

    domains: frozenset[str]  # of the school and its board, by the register
    free_mail: frozenset[str]
    disposable: frozenset[str]
    own_names: frozenset[str]  # names of the help desk itself, in lower case
    own_domain: str  # the help desk's mail domain
    authserv_id: str | None  # what our mail server calls itself
    arc_sealers: frozenset[str]
    lookup: TextLookup | None  # asks DNS; None: DNS may not be used
    past: Past | None  # earlier mail; None when that is not known


def check_sender(message: Message, known: Known) -> SenderReport:
    """Weigh the sender of a mail."""
    address, domain = message.sender.address, message.sender.domain
    dkim, arc, authenticated = _authenticated(message, known)
    resembled = lookalike_of(domain, known.domains)
    matches = None if not known.domains else web_domain(domain) in known.domains
    reasons = []
    if resembled:
        reasons.append(f"Het domein {readable(domain)} lijkt op {resembled} van de school of het bestuur, maar is het niet.")
    elif matches is False:
        kind = "een privéadres" if domain in known.free_mail else "een ander domein dan dat van de school of het bestuur"
        reasons.append(f"De mail komt van {kind} ({domain}).")
    conflict = _conflict(message, known)
    if conflict:
        reasons.append(conflict)
    doubts = _doubts(message, known, authenticated)
    reasons += doubts
    reasons += _proof(message, authenticated, dkim, arc)
    past = _past(message, known)
    if past:
        reasons.append(past)
    return SenderReport(
        address or None, authenticated, matches, bool(resembled), bool(conflict), " ".join(reasons), tuple(doubts),
        None if dkim is Outcome.UNKNOWN else dkim is Outcome.PASSED, arc, past,
    )  # fmt: skip


def _authenticated(message: Message, known: Known) -> tuple[Outcome, bool, bool | None]:
    """DKIM, ARC, and what follows: our server decides; DKIM speaks where it is silent, ARC also where forwarding made it refuse."""
    own = authentication(message, known.authserv_id)
    if known.lookup is None:
        return Outcome.UNKNOWN, False, own
    dkim = check_dkim(message, known.lookup)
    arc = own is not True and check_arc(message, known.lookup, known.arc_sealers)
    proven = own is None and dkim is Outcome.PASSED
    return dkim, arc, True if arc or proven else own


def _proof(message: Message, authenticated: bool | None, dkim: Outcome, arc: bool) -> list[str]:
    said = []
    if arc:
        said.append("De mail is doorgestuurd; een server die wij vertrouwen bevestigt de afzender (ARC).")
    elif authenticated is False:
        said.append("De afzender is niet echt bevestigd: de controle van onze mailserver (SPF, DKIM, DMARC) mislukte.")
    elif authenticated is None:
        said.append("Onze mailserver heeft niet vastgelegd of de afzender echt is.")
    if dkim is Outcome.PASSED:
        said.append(f"De handtekening van de mailserver van {message.sender.domain} klopt (DKIM).")
    elif dkim is Outcome.FAILED and not authenticated:
        said.append(
            "De handtekening van de mailserver van de afzender past niet bij de mail; onderweg kan er iets zijn veranderd (DKIM)."
        )
    return said


def _conflict(message: Message, known: Known) -> str:
    """A sign that somebody pretends: addresses that disagree, or a name or domain that deceives the eye."""
    name, full = message.sender.name, message.sender.domain
    domain = web_domain(full)
    if turns_text_around(name + full) or has_invisible(full):
        return "In de naam of het adres van de afzender staan onzichtbare tekens die de tekst anders tonen dan hij is."
    if mixed := mixed_scripts(name) or mixed_scripts(readable(full)):
        return f"In ‘{mixed}’ van de afzender staan letters uit een ander alfabet die op gewone letters lijken."
    if " ".join(re.findall(r"\w+", latin(name))) in known.own_names and domain != web_domain(known.own_domain):
        return f"De afzender noemt zich ‘{name[:60]}’, maar mailt niet van ons eigen domein."
    if message.reply_to and web_domain(message.reply_to.domain) != domain:
        return f"Antwoorden gaan naar een ander domein ({message.reply_to.domain}) dan dat van de afzender."
    shown = _ADDRESS.search(name)
    if shown and web_domain(shown.group()) != domain:
        return f"De naam van de afzender toont een ander adres ({shown.group()}) dan het echte."
    return ""


def _doubts(message: Message, known: Known, authenticated: bool | None) -> list[str]:
    """What a person must look at before the request can be complete."""
    domain, doubts = message.sender.domain, []
    if is_disposable(domain, known.disposable):
        doubts.append(f"De mail komt van een wegwerpadres ({domain}). Vraag een adres van de school of het bestuur.")
    if len(message.header("From")) > 1:
        doubts.append("De mail noemt meer dan één afzender. Kijk zelf van wie hij is.")
    if has_invisible(message.sender.name):
        doubts.append("In de naam van de afzender staan onzichtbare tekens. Kijk zelf of de naam klopt.")
    path = message.return_path
    if path and web_domain(path.domain) != web_domain(domain) and authenticated is not True:
        doubts.append(
            f"De mail is verstuurd door een ander domein ({path.domain}) dan dat van de afzender, en niemand bevestigt de afzender."
        )
    return doubts


def _past(message: Message, known: Known) -> str:
    past, domain = known.past, web_domain(message.sender.domain)
    if past is None or not message.sender.address:
        return ""
    ours = f" Wij schreven daar {past.answered} keer naar." if past.answered else ""
    if past.from_address and past.first:
        return f"Van dit adres kwam eerder mail ({past.from_address} keer, voor het eerst op {past.first:%d-%m-%Y}).{ours}"
    if past.from_domain and domain not in known.free_mail:
        return f"Eerste mail van dit adres; van andere adressen van {domain} kwam al eerder mail ({past.from_domain} keer).{ours}"
    return "Eerste mail van dit adres."


def authentication(message: Message, authserv_id: str | None) -> bool | None:
    """Whether the domain of From was authenticated by our own server; None when that was not recorded."""
    if not authserv_id:
        return None
    results = []
    for value in message.header("Authentication-Results"):
        try:
            header = AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
        except AuthResError:
            break
        if header.authserv_id.lower() != authserv_id.lower():
            break
        results += header.results
    return vouched(results, message.sender.domain)
