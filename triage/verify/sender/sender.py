"""Who sent the mail: what our own server recorded, what the mail's signatures prove, and whether the addresses tell one story.

Our server's word comes first (authentication.py); DKIM and ARC are checked again from the raw bytes when DNS may be asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from triage.mail.raw_headers import mailboxes
from triage.mail.read_mail import ReadMail
from triage.register.addresses import (
    AddressRules,
    has_odd_letters,
    is_group_account,
    is_not_for_staff,
    is_staff_number,
    load_address_rules,
)
from triage.register.domains import Resemblance, is_disposable, is_free_mail, lookalike_of, readable, resemblance, web_domain
from triage.register.letters import has_invisible, latin, mixed_scripts, turns_text_around
from triage.verify.model import Obstacle, Past, Recorded, SenderReport, Weight
from triage.verify.sender.authentication import recorded
from triage.verify.sender.dns_text import TextLookup
from triage.verify.sender.mail_signature import DkimOutcome, check_arc, check_dkim

MAX_NAME = 300  # letters of a display name that are looked at; a longer one is a doubt
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_NOT_PROVEN = {
    Recorded.SILENT: "Onze mailserver heeft niet vastgelegd of de afzender echt is.",
    Recorded.UNKNOWN: "Onze mailserver heeft niet vastgelegd of de afzender echt is.",
    Recorded.UNREADABLE: "Wat onze mailserver over de afzender vastlegde, is niet goed te lezen. Kijk zelf of de afzender echt is.",
    Recorded.UNPROVEN: "Niets bewijst dat de mail echt van {domain} komt: onze mailserver vond geen SPF, DKIM of DMARC die klopt.",
    Recorded.FAILED: "De afzender is niet echt bevestigd: de controle van onze mailserver (DMARC) mislukte.",
}


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
    open_host: bool = False  # anybody gets an address at the sender's domain
    registered: bool = False  # the register has schools at the sender's domain: nobody made it up
    rules: AddressRules = field(default_factory=load_address_rules)


@dataclass(frozen=True, slots=True)
class _Proof:
    """What proves the sender."""

    own: Recorded
    dkim: DkimOutcome
    arc: bool
    authenticated: bool | None


def check_sender(mail: ReadMail, known: Known) -> SenderReport:
    """Weigh the sender of a mail."""
    domain = mail.sender.domain
    proof = _proof_of(mail, known)
    like = None if known.registered else resemblance(domain, known.domains)
    matches = None if not known.domains else web_domain(domain) in known.domains
    obstacles = [*_signs(mail, known, proof, like), *_doubts(mail, known, proof, matches, like)]
    said = [one.reason for one in obstacles]
    past = _past(mail, known)
    said += [sentence for sentence in (*_words_of(mail, proof), past) if sentence and sentence not in said]
    return SenderReport(
        address=mail.sender.address or None,
        authenticated=proof.authenticated,
        domain_matches=matches,
        lookalike=any(one.kind == "lookalike" for one in obstacles),
        conflicting=any(one.kind == "conflict" for one in obstacles),
        reason=" ".join(said),
        obstacles=tuple(obstacles),
        dkim=None if proof.dkim is DkimOutcome.UNKNOWN else proof.dkim is DkimOutcome.PASSED,
        arc=proof.arc,
        past=past,
        recorded=proof.own,
        holds_name_of=like.known if like and not like.altered else "",
    )


def _proof_of(mail: ReadMail, known: Known) -> _Proof:
    """Our server decides; DKIM speaks where it proved nothing, ARC also where forwarding made it refuse."""
    own = recorded(mail, known.authserv_id)
    if own is Recorded.PASSED and not _one_plain_sender(mail):
        own = Recorded.UNPROVEN  # it vouched for one of several addresses, or for one that programs read differently
    if known.lookup is None:
        return _Proof(own, DkimOutcome.UNKNOWN, False, _answer(own))
    dkim = check_dkim(mail.message, known.lookup)
    arc = own is not Recorded.PASSED and check_arc(mail.message, known.lookup, known.arc_sealers)
    proven = own is not Recorded.FAILED and dkim is DkimOutcome.PASSED and _one_plain_sender(mail)
    return _Proof(own, dkim, arc, True if arc or proven else _answer(own))


def _answer(own: Recorded) -> bool | None:
    return {Recorded.PASSED: True, Recorded.FAILED: False}.get(own)


def _one_plain_sender(mail: ReadMail) -> bool:
    """Whether From holds one address that every program reads as we do."""
    found = mailboxes(mail.fields, "From")
    return found.plain and found.headers == 1 and [one.casefold() for one in found.addresses] == [mail.sender.address.casefold()]


def _words_of(mail: ReadMail, proof: _Proof) -> Iterator[str]:
    """What is told besides, and stands in nobody's way."""
    if proof.arc:
        yield "De mail is doorgestuurd; een server die wij vertrouwen bevestigt de afzender (ARC)."
    elif proof.authenticated is None:
        yield _NOT_PROVEN[proof.own].format(domain=mail.sender.domain)
    if proof.dkim is DkimOutcome.PASSED:
        yield f"De handtekening van de mailserver van {mail.sender.domain} klopt (DKIM)."
    elif proof.dkim is DkimOutcome.FAILED and not proof.authenticated:
        yield "De handtekening van de mailserver van de afzender past niet bij de mail; onderweg kan er iets zijn veranderd (DKIM)."


# --- signs of forgery -----------------------------------------------------------------------------------------------


def _signs(mail: ReadMail, known: Known, proof: _Proof, like: Resemblance | None) -> Iterator[Obstacle]:
    """Signs that somebody pretends to be of the school."""
    if like and like.altered:
        domain = readable(mail.sender.domain)
        said = f"Het domein {domain} lijkt op {like.known} van de school of het bestuur, maar is het niet."
        yield Obstacle(Weight.FORGERY, said, kind="lookalike")
    if conflict := _conflict(mail, known, proof):
        yield Obstacle(Weight.FORGERY, conflict, kind="conflict")
    if proof.authenticated is False:
        yield Obstacle(Weight.FORGERY, _NOT_PROVEN[Recorded.FAILED], kind="dmarc_failed")


def _conflict(mail: ReadMail, known: Known, proof: _Proof) -> str:
    """A sign that somebody pretends: addresses that disagree, or a name or domain that deceives the eye.

    A mailbox of the school or board that is proven to be its own pretends nothing: what disagrees there is a doubt (_mismatch).
    """
    name, full = mail.sender.name[:MAX_NAME], mail.sender.domain
    if turns_text_around(name + full) or has_invisible(full):
        return "In de naam of het adres van de afzender staan onzichtbare tekens die de tekst anders tonen dan hij is."
    if mixed := mixed_scripts(name) or mixed_scripts(readable(full)):
        return f"In ‘{mixed}’ van de afzender staan letters uit een ander alfabet die op gewone letters lijken."
    if _is_proven_own(mail, known, proof):
        bad = [one for one in mailboxes(mail.fields, "Reply-To").addresses if _is_bad(_domain(one), known)]
        return _answers_elsewhere(bad) if bad else ""
    return _mismatch(mail, known)


def _mismatch(mail: ReadMail, known: Known) -> str:
    """How the sender's name and the addresses for answers disagree with his address; "" when they don't."""
    name = mail.sender.name[:MAX_NAME]
    if _bears_our_name(name, known) and web_domain(mail.sender.domain) != web_domain(known.own_domain):
        return f"De afzender noemt zich ‘{name[:60]}’, maar mailt niet van ons eigen domein."
    answers = mailboxes(mail.fields, "Reply-To").addresses
    if answers and all(_elsewhere(one, mail, known) and not _is_known(one, known) for one in answers):
        return _answers_elsewhere(answers)
    if deceiving := next((one for one in _shown(mail) if _elsewhere(one, mail, known)), ""):
        return f"De naam van de afzender toont een ander adres ({deceiving}) dan het echte."
    return ""


def _answers_elsewhere(answers: Sequence[str]) -> str:
    return f"Antwoorden gaan naar een ander domein ({_domain(answers[0])}) dan dat van de afzender."


def _is_bad(domain: str, known: Known) -> bool:
    """Whether no school has its answers sent to a domain: one that imitates its own, or hands out addresses for a moment."""
    return lookalike_of(domain, known.domains) is not None or is_disposable(domain, known.disposable)


def _is_proven_own(mail: ReadMail, known: Known, proof: _Proof) -> bool:
    """Whether the sender is proven, and at a domain of the school or its board."""
    return proof.authenticated is True and web_domain(mail.sender.domain) in known.domains and not known.open_host


def _bears_our_name(name: str, known: Known) -> bool:
    return " ".join(re.findall(r"\w+", latin(name))) in known.own_names


def _shown(mail: ReadMail) -> list[str]:
    """Addresses that stand in the sender's name or local part, as a reader sees them: invisible signs gone, a wide '＠' as '@'."""
    text = f"{mail.sender.name[:MAX_NAME]} {mail.sender.address.rpartition('@')[0]}"
    seen = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return [one for one in _ADDRESS.findall(seen) if web_domain(one)]


def _is_known(address: str, known: Known) -> bool:
    """Whether an address is at the registered domain of the school or its board: answers that go there reach no stranger."""
    return web_domain(_domain(address)) in known.domains


def _elsewhere(address: str, mail: ReadMail, known: Known) -> bool:
    """Whether an address is at another domain than the sender's, and the two are not both of the school and its board."""
    here, there = web_domain(mail.sender.domain), web_domain(_domain(address))
    return here != there and not {here, there} <= known.domains


def _domain(address: str) -> str:
    """The domain of an address as it came in, without what can be neither seen nor stored (NUL, bytes that are no text)."""
    return "".join(char for char in address.rpartition("@")[2].strip(" <>").lower() if char.isprintable())


# --- doubts ---------------------------------------------------------------------------------------------------------


def _doubts(mail: ReadMail, known: Known, proof: _Proof, matches: bool | None, like: Resemblance | None) -> Iterator[Obstacle]:
    """What a person must look at before the request can be complete."""
    found = [
        *_domain_doubts(mail, known, matches, like),
        *_account_doubts(mail, known),
        *_name_doubts(mail, known, proof),
        *_header_doubts(mail, known),
        *_proof_doubts(mail, known, proof),
    ]
    for kind, reason in found:
        yield Obstacle(Weight.DOUBT, reason, kind=kind)


def _domain_doubts(mail: ReadMail, known: Known, matches: bool | None, like: Resemblance | None) -> Iterator[tuple[str, str]]:
    domain = mail.sender.domain
    if not domain:
        yield "from", "In ‘From’ staat geen adres. Kijk zelf van wie de mail is."
    elif like and not like.altered:
        yield (
            "sender_domain",
            f"Het domein {readable(domain)} bevat de naam van {like.known}, maar staat niet in het register. Kijk of het van de school of het bestuur is.",
        )
    elif is_free_mail(domain, known.free_mail) and not (like and like.altered):
        yield "sender_domain", f"De mail komt van een privéadres ({domain})."
    elif known.open_host:
        yield "sender_domain", f"Bij {domain} kan iedereen een adres krijgen: dat bewijst niet dat de mail van de school komt."
    elif matches is False and not (like and like.altered):
        yield "sender_domain", f"De mail komt van een ander domein dan dat van de school of het bestuur ({domain})."
    if domain and matches is None:
        yield (
            "sender_domain",
            "Het register kent geen website van de school of het bestuur. Kijk zelf of de afzender erbij hoort.",
        )
    if is_disposable(domain, known.disposable):
        yield "sender_domain", f"De mail komt van een wegwerpadres ({domain}). Vraag een adres van de school of het bestuur."


def _account_doubts(mail: ReadMail, known: Known) -> Iterator[tuple[str, str]]:
    address = mail.sender.address
    if not address:
        return
    local = address.rpartition("@")[0]
    group = is_group_account(local, known.rules) and not is_staff_number(local)
    if is_not_for_staff(mail.sender.domain, known.rules) or group:
        yield "sender_account", f"Het adres van de afzender ({address[:80]}) lijkt van leerlingen of van een groep te zijn."
    if has_odd_letters(address):
        yield "sender_account", "In het adres van de afzender staan ongewone tekens. Kijk zelf of het adres klopt."


def _name_doubts(mail: ReadMail, known: Known, proof: _Proof) -> Iterator[tuple[str, str]]:
    name = mail.sender.name[:MAX_NAME]
    if has_invisible(name) and mail.sender.address and not _one_plain_sender(mail):
        yield "sender_name", "In de naam van de afzender staan onzichtbare tekens. Kijk zelf of de naam klopt."
    if len(mail.sender.name) > MAX_NAME:
        yield "sender_name", "De naam van de afzender is ongewoon lang. Kijk zelf van wie de mail is."
    if _is_proven_own(mail, known, proof) and (said := _mismatch(mail, known)):
        yield "reply_to" if said.startswith("Antwoorden") else "sender_name", said


def _header_doubts(mail: ReadMail, known: Known) -> Iterator[tuple[str, str]]:
    """From, Sender and Reply-To as they came in."""
    sender, answers = mailboxes(mail.fields, "Sender"), mailboxes(mail.fields, "Reply-To")
    came = mailboxes(mail.fields, "From")
    if came.headers > 1 or len(came.addresses) > 1:
        yield "from", "De mail noemt meer dan één afzender. Kijk zelf van wie hij is."
    elif mail.sender.address and not _one_plain_sender(mail):
        yield (
            "from",
            "Het adres in ‘From’ is ongewoon geschreven: niet elk mailprogramma leest het hetzelfde. Kijk zelf van wie de mail is.",
        )
    if not sender.plain or len(sender.addresses) > 1:
        yield "sender_header", "In ‘Sender’ staat iets ongewoons. Kijk zelf wie de mail verstuurde."
    elif other := next((one for one in sender.addresses if _elsewhere(one, mail, known)), ""):
        yield "sender_header", f"De mail is namens de afzender verstuurd door een ander ({_domain(other)}, in ‘Sender’)."
    elsewhere = [one for one in answers.addresses if _elsewhere(one, mail, known)]
    if not answers.plain or answers.headers > 1 or (answers.headers and not answers.addresses):
        yield "reply_to", "Het adres voor antwoorden (‘Reply-To’) is ongewoon geschreven. Kijk zelf waar een antwoord heen gaat."
    elif elsewhere and len(elsewhere) < len(answers.addresses):
        yield "reply_to", f"Antwoorden gaan ook naar een ander domein ({_domain(elsewhere[0])}) dan dat van de afzender."
    elif any(_is_known(one, known) for one in elsewhere):
        yield "reply_to", f"Antwoorden gaan niet naar de afzender, maar naar {' en '.join(map(_domain, elsewhere[:3]))}."


def _proof_doubts(mail: ReadMail, known: Known, proof: _Proof) -> Iterator[tuple[str, str]]:
    unproven = proof.own in (Recorded.SILENT, Recorded.UNPROVEN) and proof.authenticated is not True
    if unproven or proof.own is Recorded.UNREADABLE:
        yield "sender_unproven", _NOT_PROVEN[proof.own].format(domain=mail.sender.domain)
    path = mail.message.return_path
    if path and web_domain(path.domain) != web_domain(mail.sender.domain) and proof.authenticated is not True:
        yield (
            "return_path",
            f"De mail is verstuurd door een ander domein ({path.domain}) dan dat van de afzender, en niemand bevestigt de afzender.",
        )


def _past(mail: ReadMail, known: Known) -> str:
    past, domain = known.past, web_domain(mail.sender.domain)
    if past is None or not mail.sender.address:
        return ""
    ours = f" Wij schreven daar {past.answered} keer naar." if past.answered else ""
    if past.from_address and past.first:
        return f"Van dit adres kwam eerder mail ({past.from_address} keer, voor het eerst op {past.first:%d-%m-%Y}).{ours}"
    if past.from_domain and not known.open_host and not is_free_mail(domain, known.free_mail):
        return f"Eerste mail van dit adres; van andere adressen van {domain} kwam al eerder mail ({past.from_domain} keer).{ours}"
    return "Eerste mail van dit adres."
