"""Doubts about who signed and when, each apart: what a person must look at although the signature itself is in order.

Whether the signer may bind the board is another question (authority.py); where that was looked up for this certificate, the doubts
about name and organisation are answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from kb.search.language import fold
from kb.settings import organisation
from triage.register.names import compare_boards, compare_schools, words_of
from triage.verify.case import Case
from triage.verify.checks.authority import ANSWERED, remembered
from triage.verify.form.against import Text, speaks_against
from triage.verify.form.against_words import load_against
from triage.verify.form.functions import boards_of
from triage.verify.form.people import difference, same_person
from triage.verify.form.understood import load_ordinary, not_understood
from triage.verify.model import Doubt, SignatureReport

STALE = relativedelta(years=1)  # a request is acted on soon after it was signed
APPROVING = frozenset({"proof_of_approval", "proof_of_origin"})  # who signs approves (ETSI EN 319 122-1, 5.2.3)
CLOCKS_DIFFER = timedelta(days=1)  # a signer's own clock, and a time zone that was left out
_GENERIC = frozenset(  # words in names of boards that do not tell one from another
    [
        "stichting",
        "vereniging",
        "onderwijs",
        "primair",
        "basisonderwijs",
        "openbaar",
        "christelijk",
        "katholiek",
        "protestants",
        "rooms",
        "bijzonder",
        "speciaal",
        "interconfessioneel",
        "gereformeerd",
        "hervormd",
        "basisscholen",
        "scholen",
        "school",
        "basisschool",
        "schoolbestuur",
        "bestuur",
        "groep",
        "gemeente",
        "regio",
        "omstreken",
        "algemeen",
        "nederland",
        "samenwerking",
        "samen",
        "kindcentra",
        "kinderopvang",
        "opvang",
        "bv",
        "nv",
        "centrum",
        "noord",
        "oost",
        "zuid",
        "west",
    ]
)


def signer_doubts(case: Case) -> tuple[Doubt, ...]:
    """What a person must look at in who signed and when; without what a look-up of who may sign answers."""
    known = remembered(case) is not None
    return tuple(doubt for doubt in _all(case) if not (known and doubt.kind in ANSWERED))


def _all(case: Case) -> Iterator[Doubt]:
    report = case.signature
    who = report.signer or "iemand zonder naam"
    yield from report.doubts
    if case.names_director and (why := difference(report.signer or "", case.first("bestuurder"))):
        director = case.first("bestuurder") or "niemand"
        yield Doubt("signer_name", f"Ondertekend door {who}, maar als bestuurder staat {director} in het verzoek: {why}.")
    if report.pseudonym:
        yield Doubt("signer_pseudonym", f"Het certificaat noemt een schuilnaam ({who}). Vraag wie er heeft getekend.")
    elif not report.personal and not case.names_director:
        yield Doubt("signer_name", f"Het certificaat ({who}) is niet van een persoon. Vraag wie er heeft getekend.")
    if report.organisation and not _is_of_board(report.organisation, case):
        yield Doubt(
            "signer_organisation",
            f"Het certificaat is van een andere organisatie: {report.organisation}. Vraag wat die met het bestuur heeft.",
        )
    if report.usage_ok is False:
        yield Doubt(
            "signer_usage",
            "Het certificaat is niet gemaakt om documenten mee te ondertekenen (geen onweerlegbaarheid, of van een server).",
        )
    yield from _about_statement(report)
    yield from _about_time(report, case.now)
    if report.revocation_outdated:
        until = _day(report.revocation_outdated)
        yield Doubt(
            "revocation_outdated",
            f"De intrekkingslijst van de uitgever is verlopen op {until}. Haal een nieuwe op en controleer opnieuw.",
        )


def _about_statement(report: SignatureReport) -> Iterator[Doubt]:
    """What the signature itself says: why it was set, of whom it is and what it stands for."""
    reason = " ".join(report.stated_reason.split())
    words = load_against()
    strange = [*not_understood([(reason, None)], (), load_ordinary(), words), *speaks_against([Text(None, reason)], (), words)]
    if strange:
        yield Doubt(
            "signer_reason", f"Als reden van ondertekening staat in de handtekening: ‘{reason}’. Kijk zelf of dat een akkoord is."
        )
    if report.stated_name and report.signer and not same_person(report.stated_name, report.signer):
        yield Doubt(
            "signer_stated",
            f"De handtekening noemt ‘{report.stated_name}’, het certificaat {report.signer}. Vraag wie er heeft getekend.",
        )
    if report.commitments and not APPROVING & set(report.commitments):
        yield Doubt(
            "signer_commitment", "De handtekening is gezet voor ontvangst of verzending, en niet als akkoord. Vraag een nieuwe."
        )


def _about_time(report: SignatureReport, now: datetime) -> Iterator[Doubt]:
    if not report.signed_at:
        yield Doubt("signed_when", "In de handtekening staat niet wanneer er is getekend. Vraag het na.")
        return
    moment = datetime.fromisoformat(report.signed_at)
    if moment > now + CLOCKS_DIFFER:
        yield Doubt(
            "signed_in_future", f"De handtekening is van {_day(report.signed_at)}, en dat moet nog komen. Vraag een nieuwe."
        )
    elif moment < now - STALE:
        yield Doubt(
            "signed_long_ago", f"Getekend op {_day(report.signed_at)}, meer dan een jaar geleden. Vraag of het verzoek nog geldt."
        )


def _is_of_board(organisation: str, case: Case) -> bool:
    """Whether an organisation is the board or the school: its name, a telling part of it, its initials, or its web domain."""
    school = case.school
    boards = boards_of(case)
    schools = [school.name] if school else []
    if any(compare_boards(organisation, name).same for name in boards) or any(
        compare_schools(organisation, s).same for s in schools
    ):
        return True
    place = set(words_of(school.place)) if school else set()
    said = [word for word in words_of(organisation) if word not in _GENERIC | place]
    if said and any(set(said) <= set(words_of(name)) for name in (*boards, *schools)):
        return True
    letters = re.sub(r"[^a-z]", "", fold(organisation))
    bare = [re.sub(r"\(.*?\)", " ", name) for name in boards]
    initials = {"".join(word[0] for word in re.findall(r"[a-z]+", fold(name))) for name in bare}
    initials |= {"".join(word[0] for word in words_of(name)) for name in bare}
    stems = {re.sub(r"[^a-z]", "", domain.rsplit(".", 1)[0]) for domain in case.domains}
    whole = {letters, "".join(said)}
    return bool({one for one in whole if len(one) >= 3} & (initials | stems))


def _day(moment: str) -> str:
    return organisation().local(datetime.fromisoformat(moment)).strftime("%d-%m-%Y")
