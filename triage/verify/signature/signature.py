"""Digital signatures in a PDF: intact, trusted, covering the whole file, changed afterwards - four separate answers.

Text added after signing leaves a signature intact, valid and trusted; only coverage and the difference analysis betray it, so
those two are answers of their own. Beside them stands what an agent asks next: when, by whose clock, and whether the certificate
was expired or revoked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from kb.settings import organisation
from kb.store import utc_now
from triage.documents import sandbox
from triage.errors import TrustError, UnsafeFileError
from triage.verify.model import Doubt, SignatureReport
from triage.verify.signature.trust import Trust, for_sandbox, read_trusted_list

CERTIFIED = "De maker van het formulier ({signer}) had het gewaarmerkt, en daarna is er meer veranderd dan lege velden invullen. Vergelijk het met het formulier dat u uitgeeft."


def check_signature(data: bytes, trust: Trust, now: datetime | None = None) -> SignatureReport:
    """Check the digital signatures of a PDF in the sandbox, as of a moment (this one by default).

    With several signatures the report is of the weakest, and `signatures` holds them all; a publisher's certification of the empty
    form is not a signer's. When the check itself broke down, `intact` is None.
    """
    now = now or utc_now()
    if b"/ByteRange" not in data and b"/Sig" not in data and b"/ObjStm" not in data:
        return SignatureReport("geen", reason="De PDF heeft geen digitale handtekening.")
    try:
        answers = sandbox.run("signature", data, for_sandbox(trust, now), now.isoformat())
    except TrustError as error:
        return SignatureReport("digitaal", reason=f"De handtekening kon niet worden gecontroleerd. {error}")
    except UnsafeFileError as error:
        if b"/ByteRange" not in data:
            return SignatureReport("geen", reason="De PDF heeft geen digitale handtekening die gelezen kan worden.")
        return SignatureReport("digitaal", reason=f"De handtekening kon niet worden gecontroleerd: {error}.")
    reports = tuple(_report(answer, trust, now) for answer in answers)
    if not reports:
        return SignatureReport("geen", reason="De PDF heeft geen digitale handtekening.")
    return _summary(reports)


def _summary(reports: tuple[SignatureReport, ...]) -> SignatureReport:
    """What is known about the file: the weakest signature of those that are a signer's."""
    first, *rest = reports
    doubts: tuple[Doubt, ...] = ()
    if first.certifies and first.only_filled_after and first.intact and not rest:
        reason = f"Alleen de maker van het formulier ({first.signer or 'zonder naam'}) heeft getekend, toen het nog leeg was."
        return SignatureReport("geen", reason=f"{reason} Daarna heeft niemand digitaal ondertekend.", signatures=reports)
    if first.certifies and not first.only_signed_after and rest and (first.changed_after_signing or not first.intact):
        if not (first.intact and first.only_filled_after):
            doubts = (Doubt("certification", CERTIFIED.format(signer=first.signer or "iemand zonder naam")),)
        judged = rest
    else:
        judged = list(reports)
    weakest = min(
        judged, key=lambda r: (bool(r.intact), not r.changed_after_signing, bool(r.covers_whole_document), bool(r.trusted))
    )
    if len(judged) > 1:
        weakest = replace(weakest, reason=f"De PDF heeft {len(reports)} handtekeningen. {weakest.reason}")
    return replace(weakest, doubts=doubts, signatures=reports)


def _report(answer: Mapping[str, Any], trust: Trust, now: datetime) -> SignatureReport:
    """What the sandbox found, weighed against the trusted list, with its sentence.

    A root of our own folder counts for every certificate below it; one of the trusted list only for qualified certificates.
    """
    known = {field.name for field in fields(SignatureReport)}
    told = {name: value for name, value in answer.items() if name in known}
    report = SignatureReport(**{**told, "commitments": tuple(answer.get("commitments", ()))})
    if trust.trusted_list and answer.get("chain"):
        qualified = read_trusted_list(trust.trusted_list, now).qualified(answer["chain"], now)
        report = replace(report, qualified=qualified, trusted=bool(report.trusted and (answer["own_root"] or qualified)))
    return replace(report, reason=explain(report))


def explain(report: SignatureReport) -> str:
    """Dutch sentences about a digital signature: what is the matter with it, and when it was set."""
    if report.reason:
        return report.reason
    return " ".join(filter(None, (_finding(report), _when(report), _revocation(report))))


def _finding(report: SignatureReport) -> str:
    who = f"van {report.signer}" if report.signer else "zonder naam"
    if not report.intact:
        return f"De digitale handtekening {who} klopt niet met de inhoud: de ondertekende tekst is veranderd."
    if report.only_signed_after:
        return f"Na de digitale handtekening {who} is nog een handtekening gezet. Kijk zelf of beide van een bestuurder zijn."
    if report.changed_after_signing:
        return f"Na de digitale handtekening {who} is er iets in de PDF veranderd of toegevoegd."
    if not report.covers_whole_document:
        return f"De digitale handtekening {who} dekt niet de hele PDF."
    if report.revoked:
        day = f" op {_day(report.revoked_at)}" if report.revoked_at else ""
        return f"De uitgever heeft het certificaat {who}{day} ingetrokken. Vraag een nieuwe handtekening."
    if report.expired_at_signing:
        return (
            f"Het certificaat {who} was op het moment van tekenen niet geldig "
            f"(wel van {_day(report.certificate_from)} tot {_day(report.certificate_until)}). Vraag een nieuwe handtekening."
        )
    if report.expired_now and not report.trusted:
        return f"Het certificaat {who} is verlopen op {_day(report.certificate_until)}. Vraag een nieuwe handtekening."
    if not report.trusted and report.usage_ok is False:
        return f"De digitale handtekening {who} is heel, maar het certificaat is niet gemaakt om documenten mee te ondertekenen."
    if not report.trusted and report.qualified is False:
        return (
            f"De digitale handtekening {who} is heel, maar het certificaat is volgens de vertrouwenslijst niet gekwalificeerd. "
            "Controleer de ondertekenaar op een andere manier."
        )
    if not report.trusted:
        return f"De digitale handtekening {who} is heel, maar het certificaat staat niet op de lijst van vertrouwde uitgevers."
    return f"De digitale handtekening {who} is heel, dekt de hele PDF en komt van een vertrouwde uitgever."


def _when(report: SignatureReport) -> str:
    if not report.signed_at:
        return ""
    if report.time_proven:
        return f"Getekend op {_day(report.signed_at)}, volgens een vertrouwd tijdstempel."
    return f"Getekend op {_day(report.signed_at)}, volgens de ondertekenaar zelf."


def _revocation(report: SignatureReport) -> str:
    if not report.trusted or report.revocation_checked is not False:
        return ""
    return "Of het certificaat is ingetrokken, is niet gecontroleerd: daarvan is geen geldige lijst."


def _day(moment: str | None) -> str:
    return organisation().local(datetime.fromisoformat(moment)).strftime("%d-%m-%Y") if moment else "?"
