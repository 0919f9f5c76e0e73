"""The nouns of verification: what was found, what it says, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Status(StrEnum):
    """What is known about one field."""

    OK = "ok"  # present, well-formed and as the register has it
    MISSING = "ontbreekt"  # not found
    INVALID = "ongeldig"  # found, but it can't be right
    DIFFERS = "wijkt-af"  # well-formed, but the register says otherwise
    DOUBT = "twijfel"  # a person must look


class Verdict(StrEnum):
    """What is known about a whole request."""

    COMPLETE = "compleet"  # every required field ok and no doubt left
    INCOMPLETE = "onvolledig"  # something is missing, differs or is in doubt
    SUSPECT = "verdacht"  # signs of forgery


class Weight(StrEnum):
    """How heavy something is that stands in the way of 'compleet', heaviest first."""

    FORGERY = "vervalsing"  # a sign of forgery
    SHORTFALL = "tekort"  # missing or wrong: the school must send it
    DOUBT = "twijfel"  # a person must look


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that stands in the way of 'compleet'."""

    weight: Weight
    reason: str  # Dutch sentences an agent can act on; no two obstacles of a request have the same
    field: str = ""  # what it is about, when that is one field
    kind: str = ""  # what sort of obstacle it is, where the program asks for that later, e.g. "signer_name"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value stands."""

    source: str  # "mail" or the name of the attachment
    page: int | None  # 1-based page of a PDF; None in a mail or form field
    text: str  # the words around it
    box: tuple[float, float, float, float] | None = None  # left, bottom, right, top in PDF points
    shown: bool = True  # False in older checks: the file stores this value in a form field, but the page shows something else
    parts: Mapping[str, str] = field(default_factory=dict)  # voornaam, tussenvoegsel, achternaam, functie when they stood apart
    by_hand: bool = False  # a person read it where the program could not
    hidden: str = ""  # Dutch: why a reader of the page does not see this value (triage.documents.unseen), "" when he does
    file: str = ""  # SHA-256 of the attachment it stands in, in hexadecimal; "" in a mail's own text


@dataclass(frozen=True, slots=True)
class Found:
    """One value read for one field."""

    field: str  # name in data/requests.yaml
    value: str  # as written
    evidence: Evidence  # where


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a request gives for the same field."""

    value: str  # as normalised
    evidence: Evidence  # where it stands
    status: Status = Status.DOUBT  # what the check says of this value alone
    reason: str = ""  # Dutch: why


@dataclass(frozen=True, slots=True)
class Doubt:
    """One of several things that make a field doubtful; each is an obstacle of its own."""

    kind: str  # stable English key, e.g. "signer_name"
    reason: str  # one Dutch sentence an agent can act on


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """What we found for one field of a formal request, and what the register says."""

    field: str  # name in data/requests.yaml, e.g. "brin"
    value: str | None  # as normalised; None when nothing was found
    status: Status  # ok, ontbreekt, ongeldig, wijkt-af, twijfel
    evidence: Evidence | None = None  # where it stands
    expected: str | None = None  # what the register has, when it differs
    reason: str = ""  # one Dutch sentence an agent can act on
    choices: tuple[Choice, ...] = ()  # the different values, when there are several
    doubts: tuple[Doubt, ...] = ()  # what makes it doubtful, one by one, where people settle each apart; else the reason is all


@dataclass(frozen=True, slots=True)
class Authority:
    """Where a person looked up that somebody may sign for a board."""

    board: str  # five digits
    holder: str  # SignatureReport.holder of the certificate; "" for a signature in ink
    signer: str  # name in the certificate or on the form
    where: str  # as the person wrote it: "KvK-uittreksel 12345678"
    source_date: date | None  # of the extract, when it has one
    by: str  # user name
    at: datetime  # when it was recorded


@dataclass(frozen=True, slots=True)
class SignatureArea:
    """Where a form asks for a signature in ink."""

    source: str  # name of the attachment
    page: int  # 1-based
    box: tuple[float, float, float, float] | None  # left, bottom, right, top in PDF points; None: the form does not say where
    file: str = ""  # SHA-256 of the attachment, in hexadecimal


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """Four separate answers about a signature, and who signed."""

    kind: str  # "digitaal", "nat" (ink or picture) or "geen"
    intact: bool | None = (
        None  # the signed bytes are as they were signed; None without a digital signature, or when that could not be checked
    )
    trusted: bool | None = None  # the certificate leads to a root of this installation
    covers_whole_document: bool | None = None  # nothing in the file lies outside the signature
    changed_after_signing: bool | None = None  # something was added to the file afterwards
    signer: str | None = None  # common name in the certificate
    reason: str = ""  # Dutch sentences an agent can act on
    field: str = ""  # name of the signature field
    only_signed_after: bool = False  # changed_after_signing, but by nothing else than another signature
    qualified: bool | None = (
        None  # qualified for signing by the EU trusted list; None without a list, or when no service of it fits
    )
    certificate_from: str | None = None  # ISO 8601: the certificate is valid from
    certificate_until: str | None = None  # ISO 8601: and until
    expired_at_signing: bool | None = None  # not valid (yet or any more) at signed_at; None when that is not known
    expired_now: bool | None = None  # not valid (yet or any more) at the check
    revoked: bool | None = None  # by a revocation list or status answer at hand; None when there is none that tells
    revoked_at: str | None = None  # ISO 8601
    signed_at: str | None = None  # ISO 8601
    time_proven: bool | None = None  # signed_at is of a trusted timestamp; False: only the signer says so
    signer_fits: bool | None = None  # the name in the certificate can be the board member's on the form
    area: SignatureArea | None = None  # without a digital signature: where the form asks for one in ink
    ink: bool | None = None  # something is drawn there; None when that could not be seen
    certificate: str = ""  # SHA-256 of the certificate (DER), in hexadecimal
    holder: str = ""  # SHA-256 of issuer and subject (DER), in hexadecimal: stays the same when a certificate is renewed
    issuer: str | None = None  # who issued the certificate: its common name and organisation
    organisation: str | None = None  # that the certificate names
    pseudonym: bool = False  # the certificate says that its name is a pseudonym
    personal: bool = True  # the certificate names a person; False: a seal of an organisation or the certificate of a service
    usage_ok: bool | None = None  # made for signing documents (key usage non-repudiation); False for a server's certificate too
    revocation_checked: bool | None = None  # a fresh list or answer told about the whole chain; None when nothing was asked
    revocation_outdated: str | None = (
        None  # ISO 8601: the list of the issuer in our folder was good until then, and none is fresh
    )
    stated_reason: str = ""  # why the signer says to sign (Reason, ISO 32000-2, table 255)
    stated_name: str = ""  # who the signature says it is of (Name), besides the certificate
    commitments: tuple[str, ...] = ()  # what it stands for, as ETSI EN 319 122-1, 5.2.3 names it: "proof_of_approval"
    signed_bytes: str = ""  # SHA-256 of the bytes that were signed, in hexadecimal
    certifies: bool = False  # a certification signature: says what may change afterwards (DocMDP, ISO 32000-2, 12.8.2.2)
    only_filled_after: bool = False  # certifies, and afterwards empty fields were filled in and no page or filled field changed
    doubts: tuple[Doubt, ...] = ()  # what else a person must look at in the file's signatures
    signatures: tuple[SignatureReport, ...] = ()  # all signatures of the file, in the order they were set


class Recorded(StrEnum):
    """What our own server recorded about the domain of From."""

    UNKNOWN = "unknown"  # the settings don't name our server
    SILENT = "silent"  # it recorded nothing
    UNREADABLE = "unreadable"  # not in the form in which a server writes it, or it contradicts itself
    UNPROVEN = "unproven"  # nothing that vouches for the domain of From
    PASSED = "passed"
    FAILED = "failed"  # DMARC failed


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What is known about who sent the mail."""

    address: str | None  # the From address
    authenticated: bool | None = None  # it is really of From's domain; False: DMARC failed at our own server; None: not known
    domain_matches: bool | None = None  # the domain is one of the school or board; None when the register knows none
    lookalike: bool = False  # letters or ending of a domain of the school or board were altered
    conflicting: bool = False  # Reply-To or display name point elsewhere, or name or domain deceive the eye
    reason: str = ""  # Dutch sentences
    obstacles: tuple[Obstacle, ...] = ()  # those of the sentences that stand in the way of 'compleet'
    dkim: bool | None = None  # a DKIM signature of From's domain fits the mail as it is; None without one, its key, or DNS
    arc: bool = False  # a trusted server that forwarded the mail vouches for From
    past: str = ""  # Dutch: what mail came before from this address and domain; not known for a mail on its own
    recorded: Recorded = Recorded.UNKNOWN  # what our own server recorded
    holds_name_of: str = ""  # the domain of the school or board whose whole name stands in the sender's; "" when it holds none

    @property
    def doubts(self) -> tuple[str, ...]:
        """Sentences about what a person must look at."""
        return tuple(one.reason for one in self.obstacles if one.weight is Weight.DOUBT)


@dataclass(frozen=True, slots=True)
class HandReading:
    """What a person read on a form where the program could not."""

    field: str
    value: str
    by: str  # user name
    at: datetime | None = None  # when they typed it; None when that is not known


@dataclass(frozen=True, slots=True)
class MadeOn:
    """What a check was made on; a check on another edition of the register is out of date."""

    edition: int | None = None  # of the register; None when that is not known
    edition_sha256: str = ""
    model: str = ""  # version of the classifier, corrections included
    articles: str = ""  # changes with any article

    def is_of_register(self, other: MadeOn) -> bool:
        """Whether both are of the same, known edition of the register: what a check finds does not follow from model or articles."""
        return self.edition is not None and (self.edition, self.edition_sha256) == (other.edition, other.edition_sha256)


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves that a mail of a request is of the school, by itself: without the other mails it was joined with."""

    sender: bool = False  # our server vouches for the sender, at a domain of the school or board
    signature: bool | None = None  # a trusted signature of a person, in order; None when the mail brings no form of its own
    authority: bool = False  # who signed is known to be allowed to

    def reaches(self, other: Proof) -> bool:
        """Whether this mail is proven at least as well as another; one without a form can only be so by its sender."""
        if self.sender < other.sender:
            return False
        return self.signature is None or (self.signature >= bool(other.signature) and self.authority >= other.authority)


@dataclass(frozen=True, slots=True)
class Past:
    """Earlier mail, as the desk knows it; From is what the mails say of themselves."""

    from_address: int  # mails from this address
    first: date | None  # when the first of them came in
    from_domain: int  # mails from other addresses at this domain
    answered: int = 0  # answers that the desk sent to this address or domain


@dataclass(frozen=True, slots=True)
class CodeReport:
    """What the code says on a form that was filled in on our own page; no proof of who filled it in."""

    reference: str  # eight characters; "" when it is not clear which
    matches: bool | None  # the form says what was filled in; None when nothing could be read to compare
    reason: str  # one Dutch sentence


@dataclass(frozen=True, slots=True)
class Verification:
    """The result for one formal request."""

    request: str  # the intent it belongs to, e.g. "eerste-beheerder-aanvraag"
    fields: tuple[FieldCheck, ...]  # in the order of data/requests.yaml
    signature: SignatureReport
    sender: SenderReport
    missing: tuple[str, ...]  # names of required fields that are not ok
    obstacles: tuple[Obstacle, ...]  # heaviest first
    code: CodeReport | None = None  # of a form with a reference of ours
    turns: Mapping[str, tuple[float, ...]] = field(
        default_factory=dict
    )  # by SHA-256 of the file: degrees its pages were turned to be read
    notes: tuple[str, ...] = ()  # Dutch: what is good to know and stands in the way of nothing
    made_on: MadeOn = MadeOn()
    proof: Proof | None = None  # of the newest mail alone; None in checks of before it was kept

    def check(self, name: str) -> FieldCheck | None:
        """What was found for a field; None when the request has no such field."""
        return next((one for one in self.fields if one.field == name), None)

    def value(self, name: str) -> str:
        """The value of a field as normalised, "" when there is none."""
        found = self.check(name)
        return (found.value or "") if found else ""

    @property
    def brin(self) -> str:
        """The BRIN the request is about, "" when none was read; of a merger the first that goes."""
        return (self.value("brin") or self.value("brin_oud"))[:4].upper()

    @property
    def board_number(self) -> str:
        """The number of the board in whose name is asked, "" when it is not clear; of a change of board the new one."""
        number = self.value("bestuursnummer_nieuw") or self.value("bestuursnummer")
        return number if len(number) == 5 and number.isdecimal() else ""

    @property
    def administrator(self) -> str:
        """The mail address of the administrator that is asked for, in lower case; "" when there is none."""
        return self.value("email_beheerder").lower()

    @property
    def verdict(self) -> Verdict:
        """Complete only without any obstacle."""
        return verdict_of(obstacle.weight for obstacle in self.obstacles)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Dutch sentences, heaviest first."""
        return tuple(obstacle.reason for obstacle in self.obstacles)


def verdict_of(weights: Iterable[Weight]) -> Verdict:
    """What follows from the weights of all that stands in the way."""
    found = set(weights)
    if Weight.FORGERY in found:
        return Verdict.SUSPECT
    return Verdict.INCOMPLETE if found else Verdict.COMPLETE
