"""Who may sign for a board: never known from a form or a certificate, so a person looks it up, and that is remembered.

It is remembered for a board and the holder of a certificate (issuer and subject), for `Settings.authority_months`. A signature in
ink, or the seal of an organisation with which many people sign, is looked up every time.
"""

from __future__ import annotations

from datetime import datetime

from dateutil.relativedelta import relativedelta

from kb.settings import organisation
from triage.verify.case import Case
from triage.verify.form.people import same_person
from triage.verify.forms import FieldSpec
from triage.verify.model import Authority, FieldCheck, SignatureReport, Status

# Kinds of doubt that a look-up of who may sign answers besides
ANSWERED = frozenset({"signer_name", "signer_function", "signer_organisation"})


def answered_by_authority(obstacle_kind: str) -> bool:
    """Whether a look-up of who may sign answers a doubt of this kind, so that it needs no waiver."""
    return obstacle_kind in ANSWERED


def can_be_remembered(signature: SignatureReport) -> bool:
    """Whether a signature proves its holder well enough to know the holder again: one in order, of a person, by a trusted issuer."""
    in_order = signature.intact and signature.trusted and signature.covers_whole_document
    broken = signature.changed_after_signing or signature.revoked or signature.expired_at_signing or signature.pseudonym
    return bool(signature.kind == "digitaal" and in_order and not broken and signature.personal and signature.holder)


def remembered(case: Case) -> Authority | None:
    """The newest look-up for this board and the holder of this certificate that still counts."""
    return next((one for one in _looked_up(case) if _is_of_holder(one, case) and _still_counts(one, case)), None)


def check_authority(spec: FieldSpec, case: Case) -> FieldCheck:
    """Whether the signer may bind the board: ok only when a person looked it up for this certificate, not too long ago."""
    signer = case.signature.signer or case.first("bestuurder") or None
    if known := remembered(case):
        reason = f"{known.by} heeft op {_day(known.at)} opgezocht dat {known.signer} voor bestuur {known.board} mag tekenen: {_source(known)}."
        return FieldCheck(spec.name, signer, Status.OK, reason=reason)
    if case.signature.kind == "geen":
        reason = "Er is nog geen handtekening. Zoek daarna op of wie tekent het bestuur mag vertegenwoordigen."
        return FieldCheck(spec.name, None, Status.DOUBT, reason=reason)
    board = f"bestuur {case.signing_board}" if case.signing_board else "dit bestuur"
    ask = (
        f"Zoek op of {signer or 'wie tekende'} voor {board} mag tekenen: in een uittreksel van de KvK (noteer de datum) of op de "
        "lijst van het bestuur zelf. Leg vast waar u het vond."
    )
    return FieldCheck(spec.name, signer, Status.DOUBT, reason=" ".join(filter(None, (ask, _why_again(case), _earlier(case)))))


def _why_again(case: Case) -> str:
    if case.signature.kind == "nat":
        return "Een handtekening met pen onthouden wij niet."
    return "" if case.signature.personal else "Het certificaat is niet van één persoon; zoek het daarom elke keer op."


def _earlier(case: Case) -> str:
    """What was looked up before and does not count: too long ago, or for another certificate of the same name."""
    names = [name for name in (case.signature.signer, case.first("bestuurder")) if name]
    for one in _looked_up(case):
        if _is_of_holder(one, case):
            said = f"dat is {case.authority_months} maanden of langer geleden"
        elif any(same_person(one.signer, name) for name in names):
            said = "niet voor dit certificaat" if case.signature.kind == "digitaal" else "voor een eerdere aanvraag"
        else:
            continue
        return f"Eerder zocht {one.by} op {_day(one.at)} op dat {one.signer} mag tekenen ({_source(one)}), maar {said}."
    return ""


def _looked_up(case: Case) -> list[Authority]:
    """The look-ups for this board, newest first."""
    return sorted((one for one in case.authority if one.board == case.signing_board), key=lambda one: one.at, reverse=True)


def _is_of_holder(one: Authority, case: Case) -> bool:
    return bool(one.holder) and one.holder == case.signature.holder and can_be_remembered(case.signature)


def _still_counts(one: Authority, case: Case) -> bool:
    return one.at <= case.now < one.at + relativedelta(months=case.authority_months)


def _source(one: Authority) -> str:
    return f"{one.where}, van {one.source_date:%d-%m-%Y}" if one.source_date else one.where


def _day(moment: datetime) -> str:
    return organisation().local(moment).strftime("%d-%m-%Y")
