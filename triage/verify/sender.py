"""Who sent the mail: what our own server established, and whether the addresses tell one story.

Authentication-Results (RFC 8601) count only when our own server wrote them: the authserv-id must be the configured one, and
only headers above the first foreign one are trusted, since a sender can add such headers too.
"""

from __future__ import annotations

import re

from authres import AuthenticationResultsHeader
from authres.core import AuthResError

from triage.mail import Message
from triage.verify.domains import lookalike_of, web_domain
from triage.verify.model import SenderReport

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def check_sender(
    message: Message, known_domains: frozenset[str], free_mail: frozenset[str], authserv_id: str | None
) -> SenderReport:
    """Weigh the sender of a mail against the domains the register knows for the school and its board."""
    address = message.sender.address
    domain = message.sender.domain
    reasons = []
    authenticated = authentication(message, authserv_id)
    resembled = lookalike_of(domain, known_domains)
    matches = None if not known_domains else web_domain(domain) in known_domains
    if resembled:
        reasons.append(f"Het domein {domain} lijkt op {resembled} van de school of het bestuur, maar is het niet.")
    elif matches is False:
        kind = "een privéadres" if domain in free_mail else "een ander domein dan dat van de school of het bestuur"
        reasons.append(f"De mail komt van {kind} ({domain}).")
    conflict = _conflict(message)
    if conflict:
        reasons.append(conflict)
    if authenticated is False:
        reasons.append("De afzender is niet echt bevestigd: de controle van onze mailserver (SPF, DKIM, DMARC) mislukte.")
    elif authenticated is None:
        reasons.append("Onze mailserver heeft niet vastgelegd of de afzender echt is.")
    return SenderReport(address or None, authenticated, matches, bool(resembled), bool(conflict), " ".join(reasons))


def _conflict(message: Message) -> str:
    domain = web_domain(message.sender.domain)
    if message.reply_to and web_domain(message.reply_to.domain) != domain:
        return f"Antwoorden gaan naar een ander domein ({message.reply_to.domain}) dan dat van de afzender."
    shown = _ADDRESS.search(message.sender.name)
    if shown and web_domain(shown.group()) != domain:
        return f"De naam van de afzender toont een ander adres ({shown.group()}) dan het echte."
    return ""


def authentication(message: Message, authserv_id: str | None) -> bool | None:
    """Whether the domain of From was authenticated by our own server; None when that was not recorded."""
    if not authserv_id:
        return None
    verdicts: dict[str, set[str]] = {}
    for value in message.header("Authentication-Results"):
        try:
            header = AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
        except AuthResError:
            break
        if header.authserv_id.lower() != authserv_id.lower():
            break
        for result in header.results:
            if _aligned(result, message.sender.domain):
                verdicts.setdefault(result.method, set()).add(str(result.result).lower())
    if "dmarc" in verdicts:
        return "pass" in verdicts["dmarc"]
    if "pass" in verdicts.get("dkim", set()) | verdicts.get("spf", set()):
        return True
    return False if verdicts else None


def _aligned(result: object, domain: str) -> bool:
    """Relaxed alignment (RFC 7489, 3.1): the authenticated domain and that of From share their registrable part."""
    for prop in getattr(result, "properties", ()):
        if (prop.type, prop.name) in (("header", "from"), ("header", "d"), ("header", "i"), ("smtp", "mailfrom")):
            return web_domain(prop.value) == web_domain(domain)
    return False
