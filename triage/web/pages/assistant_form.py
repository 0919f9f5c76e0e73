"""The form of the assistant: the questions that the register leaves open, the download, and how to send it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import streamlit as st

from kb.pages.addresses import mail_link
from kb.pages.templates import SHARED, say
from kb.pages.words import group, now_here, t
from kb.settings import settings
from triage.errors import UnsafeFileError
from triage.register.register import Register
from triage.register.school import School
from triage.verify.form.reference import new_reference, show_reference
from triage.verify.forms import RequestType, load_requests
from triage.verify.model import FieldCheck, Status
from triage.verify.online.filling import Answered, Question, check_answers, form_values, known, questions
from triage.verify.online.request_form import file_name, make_form, misread
from triage.web.templates import show

PAUSE = "700ms"  # without typing before an answer is checked
LENGTHS = {
    "naam_scholen": 95,
    "email_beheerder": 90,
    "contactpersoon.naam": 40,
    "contactpersoon.rol": 30,
    "contactpersoon.email": 60,
}
NAME_LENGTH = 70
TELLING = frozenset(
    {"personal_email", "date", "old_brin", "new_brin", "old_board", "new_board"}
)  # checks whose 'ok' says something


def step(name: str) -> None:
    """The heading of a step."""
    show("assistant_form.html", "step", name=name)


def ask_fields(request: RequestType, school: School, register: Register) -> tuple[dict[str, str], Answered]:
    """Ask what the register doesn't know; returns all answers and what is known about them."""
    step("assistant_step_fields")
    kind = st.session_state.get("aanvraag-soort-wijziging") or ""
    asked = questions(request.of_kind(kind))
    given = known(request, school, register, kind)
    values = {group("assistant_labels")[question.name]: given[question.name] for question in asked if question.name in given}
    show("assistant_form.html", "known", values=values, address=settings().help_address)
    typed: dict[str, str] = {
        question.name: st.session_state.get(_key(question), "") or "" for question in asked if question.name not in given
    }
    answers = {**typed, **given}
    answered = check_answers(request, answers, register, load_requests())
    waiting = {question.field for question in answered.missing}
    open_questions = [q for q in asked if q.name not in given and not (q.name == "naam_oud" and not kind)]
    section = ""
    for field, group_of in groupby(open_questions, key=lambda question: question.field):
        together = list(group_of)
        if together[0].section != section:
            section = together[0].section
            show("assistant_form.html", "part", section=section)
        for column, question in zip(st.columns(len(together)), together, strict=True):
            with column:
                _ask(question)
        check = answered.checks.get(field)
        if check and field not in waiting:
            _remark(check, field in answered.blocked, request)
    return answers, answered


def _key(question: Question) -> str:
    return "aanvraag-soort-wijziging" if question.choices else f"aanvraag-{question.name}"


def _ask(question: Question) -> None:
    name = group("assistant_labels")[question.name]
    label = name if question.required else t("assistant_optional", label=name)
    example = group("assistant_examples").get(question.name)
    if question.choices:
        st.selectbox(
            label,
            question.choices,
            index=None,
            format_func=group("assistant_kinds").__getitem__,
            key=_key(question),
            placeholder=t("assistant_pick"),
        )
        return
    st.text_input(
        label,
        live=PAUSE,
        key=_key(question),
        max_chars=LENGTHS.get(question.name, NAME_LENGTH),
        autocomplete="off",
    )
    if example:
        show("assistant_form.html", "hint", words=example)


def _remark(check: FieldCheck, blocked: bool, request: RequestType) -> None:
    """What the help desk's own check says about an answer."""
    spec = request.field(check.field)
    if check.status is Status.OK:
        if spec and spec.check in TELLING and check.reason:
            say(check.reason, "ww-good")
        return
    say(check.reason if blocked else t("assistant_doubt", reason=check.reason), "ww-bad" if blocked else "ww-doubt")


def offer_form(request: RequestType, answers: Mapping[str, str], answered: Answered) -> str | None:
    """The download, once everything required is right; returns the reference of the form."""
    step("assistant_step_form")
    if not answered.ready:
        missing = [group("assistant_labels")[question.name] for question in answered.missing]
        wrong = [spec.title for spec in request.fields if spec.name in answered.blocked and not _waits(spec.name, answered)]
        show("assistant_form.html", "not_ready", missing=missing, wrong=wrong)
        return None
    made = _made(request, form_values(answers))
    if made is None:
        return None
    reference, pdf = made
    say(t("assistant_ready", reference=show_reference(reference)), "ww-good")
    st.download_button(
        t("assistant_download"),
        pdf,
        file_name(request, reference),
        "application/pdf",
        type="primary",
        on_click="ignore",
        key="aanvraag-download",
    )
    show(SHARED, "meta", words=t("assistant_change"))
    return reference


def _waits(field: str, answered: Answered) -> bool:
    return any(question.field == field for question in answered.missing)


def _made(request: RequestType, values: Mapping[str, str]) -> tuple[str, bytes] | None:
    """A form that was read back without fault; made once for the same answers, anew (with a new reference) for others."""
    told = (request.intent, tuple(sorted(values.items())))
    kept = st.session_state.get("aanvraag-formulier")
    if kept and kept[0] == told:
        return str(kept[1]), bytes(kept[2])
    reference = new_reference()
    pdf = make_form(request, values, reference, settings().help_address, now_here().date())
    try:
        wrong = misread(pdf, request, values)
    except UnsafeFileError:
        say(t("assistant_busy"), "ww-bad")
        st.button(t("assistant_again"), key="aanvraag-opnieuw")  # a click runs the page, and this, again
        return None
    if wrong:
        say(t("assistant_misread", fields=", ".join(wrong)), "ww-bad")
        return None
    st.session_state["aanvraag-formulier"] = (told, reference, pdf)
    return reference, pdf


def explain_mail(request: RequestType, answers: Mapping[str, str], reference: str, domains: Sequence[str]) -> None:
    """How the form gets to the help desk: who signs, which address it goes to and from which."""
    step("assistant_step_mail")
    address, shown = settings().help_address, show_reference(reference)
    signer = " ".join(answers.get("bestuurder.naam", "").split())
    some = ", ".join(f"@{domain}" for domain in domains)
    steps = [
        t("assistant_sign_who", name=signer) if signer else t("assistant_sign"),
        t("assistant_send", address=address, reference=shown),
        t("assistant_from_domains", domains=some) if some else t("assistant_from"),
        t("assistant_never"),
    ]
    subject = t("assistant_mail_subject", title=request.title, reference=shown)
    mail = mail_link(address, subject, t("assistant_mail_body", reference=shown))
    show("assistant_form.html", "how_to_send", steps=steps, mail=mail)
