"""What a school fills in for a formal request: the questions, what the register answers itself, and the checks of each answer.

Questions and answers are named by field ('brin') or by field and part ('bestuurder.naam'). The checks and their reasons are those
that the help desk's own verification uses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.register.register import Register
from triage.register.school import School
from triage.verify.case import Case
from triage.verify.checks.checks import run_check
from triage.verify.forms import FieldSpec, Requests, RequestType
from triage.verify.model import Evidence, FieldCheck, Found, SignatureReport, Status

NOT_ASKED = frozenset(
    {"signed_pdf", "by_agent", "authority", "country"}
)  # the ink, the agent's tick, and what the register implies
REST, BOARD, SCHOOL = "De wijziging", "Gegevens van het bestuur", "Gegevens van de school"
DIRECTOR, ADMINISTRATOR, PERSON = "Wettig bestuurder", "Beoogde beheerder", "Contact bij vragen"
ORDER = (REST, BOARD, SCHOOL, DIRECTOR, ADMINISTRATOR, PERSON)
SECTIONS = {  # field -> heading on the form; the rest is about the request itself
    "naam_bestuur": BOARD, "bestuursnummer": BOARD, "bestuursnummer_oud": BOARD, "bestuursnummer_nieuw": BOARD,
    "naam_school": SCHOOL, "brin": SCHOOL, "vestigingscode": SCHOOL, "brin_oud": SCHOOL, "brin_nieuw": SCHOOL, "naam_scholen": SCHOOL, "startdatum": SCHOOL,
    "bestuurder": DIRECTOR, "beoogde_beheerder": ADMINISTRATOR, "email_beheerder": ADMINISTRATOR, "contactpersoon": PERSON,
}  # fmt: skip
KINDS = {  # kind of change -> as it stands on the form
    "fusie": "fusie", "opheffing": "opheffing", "splitsing": "splitsing", "andere-brin": "andere BRIN",
    "ander-bestuur": "ander bestuur", "naam-bestuur": "naam van het bestuur", "naam-school": "naam van de school",
}  # fmt: skip
PARTS: Mapping[str, tuple[tuple[str, str, bool], ...]] = {  # field -> part, its label on the form, required
    "bestuurder": (("naam", "Voor- en achternaam", True), ("functie", "Functie", True)),
    "beoogde_beheerder": (("voornaam", "Voornaam", True), ("tussenvoegsel", "Tussenvoegsel", False), ("achternaam", "Achternaam", True)),
}  # fmt: skip
CONTACT = "contactpersoon"
CONTACT_PARTS = (("naam", "Voor- en achternaam", True), ("rol", "Rol", True), ("email", "E-mailadres", True))
_NO_SIGNATURE = SignatureReport("geen")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to fill in."""

    name: str  # "brin" or "bestuurder.naam"
    field: str  # name in data/requests.yaml
    label: str  # on the form, without colon
    section: str  # heading it stands under
    required: bool
    choices: tuple[str, ...] = ()  # when only these are answers


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known about the answers so far."""

    checks: Mapping[str, FieldCheck]  # by field, for what was filled in
    missing: tuple[Question, ...]  # required and still empty
    blocked: tuple[str, ...]  # fields that must be put right first

    @property
    def ready(self) -> bool:
        """Whether the form may be made."""
        return not self.missing and not self.blocked


def questions(request: RequestType) -> list[Question]:
    """Everything a form of this request holds, in the order it stands there."""
    found = []
    for spec in request.fields:
        if spec.check in NOT_ASKED:
            continue
        section = SECTIONS.get(spec.name, REST)
        parts = CONTACT_PARTS if spec.name == CONTACT else PARTS.get(spec.name, ())
        for part, label, required in parts:
            found.append(Question(f"{spec.name}.{part}", spec.name, label, section, required and spec.required))
        if not parts:
            title = "E-mailadres" if spec.name == "email_beheerder" else spec.title
            found.append(Question(spec.name, spec.name, title, section, spec.required, tuple(spec.kinds)))
    return sorted(found, key=lambda question: ORDER.index(question.section))


def known(request: RequestType, school: School, register: Register, kind: str = "") -> dict[str, str]:
    """What the register answers itself about this school; `kind` is the kind of change, which decides whose old name it is."""
    board = register.board(school.board_number)
    board_name = board.name if board else ""
    one_location = len(register.locations(school.brin)) == 1
    answers = {
        "naam_bestuur": board_name,
        "bestuursnummer": school.board_number,
        "bestuursnummer_oud": school.board_number,
        "naam_school": school.name,
        "brin": school.brin,
        "vestigingscode": school.location,
        "brin_oud": school.brin if one_location else school.brin + school.location,
        "naam_oud": {"naam-school": school.name, "naam-bestuur": board_name, "ander-bestuur": board_name}.get(kind, ""),
    }
    return {name: value for name, value in answers.items() if value and request.field(name)}


def form_values(answers: Mapping[str, str]) -> dict[str, str]:
    """The answers as they stand on the form: spaces in order, empty ones left out, the contact in one line."""
    clean = {name: " ".join(KINDS.get(value, value).split()) for name, value in answers.items()}
    contact = [clean.pop(f"{CONTACT}.{part}", "") for part, _, _ in CONTACT_PARTS]
    if any(contact):
        clean[CONTACT] = ", ".join(filter(None, contact))
    return {name: value for name, value in clean.items() if value}


def form_lines(request: RequestType, values: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The filled lines of the form: heading, label and value."""
    lines = []
    for question in questions(request):
        if question.field != CONTACT and question.name in values:
            lines.append((question.section, question.label, values[question.name]))
    contact = request.field(CONTACT)
    return [*lines, (PERSON, contact.title, values[CONTACT])] if contact and CONTACT in values else lines


def check_answers(request: RequestType, answers: Mapping[str, str], register: Register, requests: Requests) -> Answered:
    """Check the answers so far. An answer blocks when it can't be right; what only the help desk can judge does not."""
    values = form_values(answers)
    kind = request.kind(values.get("soort", ""))
    request = request.of_kind(kind)
    case = Case(_found(values), register, requests, _NO_SIGNATURE, sender_domain="", check_dns=False, kind=kind)
    asked = questions(request)
    filled = {name.partition(".")[0] for name in values}
    checks = {spec.name: run_check(spec, case) for spec in request.fields if spec.name in filled}
    missing = tuple(question for question in asked if question.required and not answers.get(question.name, "").strip())
    blocked = tuple(spec.name for spec in request.fields if spec.name in checks and _blocks(spec, checks[spec.name]))
    return Answered(checks, missing, blocked)


def _blocks(spec: FieldSpec, check: FieldCheck) -> bool:
    """A doubt about a person (the administrator is the signer, say) is for the school to end; other doubts may have good reasons."""
    return check.status not in (Status.OK, Status.DOUBT) or (check.status is Status.DOUBT and spec.role is not None)


def _found(values: Mapping[str, str]) -> dict[str, Sequence[Found]]:
    """The values as if they were read from a form."""
    people: dict[str, dict[str, str]] = defaultdict(dict)
    found: dict[str, Sequence[Found]] = {}
    for name, value in values.items():
        field, _, part = name.partition(".")
        if part:
            people[field][part] = value
        else:
            found[field] = [Found(field, value, Evidence("formulier", None, value))]
    for field, parts in people.items():
        full = parts.get("naam") or " ".join(parts[part] for part, _, _ in PARTS[field] if part in parts and part != "functie")
        found[field] = [Found(field, full, Evidence("formulier", None, full, parts=parts))]
    return found
