"""The assistant for schools: from which request and which school to a form that is ready to sign. Nothing is stored or logged.

What is typed lives in the visit (Streamlit's session) and goes with it; the address of the page holds at most the kind of request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote, urlencode

import streamlit as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.pages.markup import article_link, link, top_bar
from kb.pages.words import group, language, lay_out, number_of, t
from kb.settings import settings
from kb.store import utc_now
from triage.errors import UnsafeFileError
from triage.store import open_database
from triage.verify.filling import Answered, Question, check_answers, form_values, known, questions
from triage.verify.find_school import SchoolFinder, looks_like_brin, place_name, was_school
from triage.verify.forms import RequestType, load_requests
from triage.verify.model import FieldCheck, Status
from triage.verify.reference import new_reference, show_reference
from triage.verify.register import Register, School, load_register, newest_edition
from triage.verify.request_form import file_name, make_form, misread

SHOWN = 8  # schools in the list
PAUSE = "700ms"  # without typing before an answer is checked
LENGTHS = {
    "naam_scholen": 95,
    "email_beheerder": 90,
    "contactpersoon.naam": 40,
    "contactpersoon.rol": 30,
    "contactpersoon.email": 60,
}
NAME_LENGTH = 70
TELLING = frozenset({"personal_email", "date", "old_brin", "new_brin", "number_five"})  # checks whose 'ok' says something


@st.cache_resource(show_spinner=False)
def _engine() -> Engine:
    return open_database(settings().database_url)


@st.cache_resource(show_spinner=False, max_entries=2)
def _schools(edition: int | None) -> tuple[Register, SchoolFinder]:
    """The register of an edition, ready to be searched."""
    with Session(_engine()) as session:
        register = load_register(session)
    return register, SchoolFinder(register)


def assistant_page(extra_links: Sequence[tuple[str, str]] = ()) -> None:
    """Lay out the page; ?soort=… chooses the request beforehand."""
    lay_out()
    types = load_requests().types
    st.html(top_bar(extra_links, soort=st.query_params.get("soort", "")))
    st.html(
        f'<p><a href="{escape(link("/"))}" target="_self">← {escape(t("back"))}</a></p><h1 class="ww-lead">{escape(t("assistant_title"))}</h1>'
        f'<p>{escape(t("assistant_intro"))}</p><p class="ww-meta">{escape(t("assistant_privacy"))}</p>'
    )
    with Session(_engine()) as session:
        edition = newest_edition(session)
        number = edition.id if edition else None
    register, finder = _schools(number)
    if register.empty:
        _say(t("assistant_no_register", address=settings().help_address), "ww-doubt")
        return
    request = _request(types)
    if request is None:
        return
    school = _school(register, finder)
    if school is None:
        return
    answers, answered = _fields(request, school, register)
    reference = _form(request, answers, answered)
    if reference:
        _mail(request, answers, reference, register.domains(school.brin, school.board_number))


def _say(words: str, style: str) -> None:
    st.html(f'<p class="ww-say {style}" role="status">{escape(words)}</p>')


def _step(name: str) -> None:
    st.html(f'<h2 class="ww-step">{escape(t(name))}</h2>')


def _request(types: Mapping[str, RequestType]) -> RequestType | None:
    _step("assistant_step_request")
    names, wanted = list(types), st.query_params.get("soort", "")
    chosen = st.radio(
        t("assistant_request"),
        names,
        index=names.index(wanted) if wanted in names else None,
        format_func=lambda name: types[name].title,
        captions=[group("assistant_requests")[name] for name in names],
        key="aanvraag-soort",
    )
    request = types.get(chosen or "")
    if request:
        st.html(f'<p><a href="{escape(article_link(request.form))}" target="_blank">{escape(t("assistant_more"))}</a></p>')
    return request


def _school(register: Register, finder: SchoolFinder) -> School | None:
    """The school that was chosen, or the search for it."""
    _step("assistant_step_school")
    if register.fictional:
        st.html(f'<p class="ww-note">{escape(t("stale_register"))}</p>')
    code = st.session_state.get("aanvraag-school", "")
    if school := register.school(code[:4], code[4:]):
        st.html(f'<div class="ww-hit"><h3>{escape(_title(school))}</h3><p>{escape(_codes(school, register))}</p></div>')
        if st.button(t("assistant_other_school")):
            del st.session_state["aanvraag-school"]
            st.rerun()
        return school
    query = st.text_input(
        t("assistant_find"),
        type="search",
        live=True,
        key="aanvraag-zoek",
        placeholder=t("assistant_find_placeholder"),
        max_chars=120,
    )
    if not query or not query.strip():
        return None
    found = finder.find(query)
    if found:
        _choose(found, register)
    else:
        _not_found(query.strip())
    return None


def _choose(found: Sequence[School], register: Register) -> None:
    shown = {school.brin + school.location: school for school in found[:SHOWN]}
    st.html(f'<p class="ww-meta" role="status">{escape(number_of("assistant_found", len(found)))}</p>')

    def choose() -> None:
        st.session_state["aanvraag-school"] = st.session_state["aanvraag-keuze"]

    st.radio(
        t("assistant_choose"),
        list(shown),
        index=None,
        format_func=lambda code: _title(shown[code]),
        captions=[_codes(school, register) for school in shown.values()],
        key="aanvraag-keuze",
        on_change=choose,
    )
    if len(found) > SHOWN:
        st.html(f'<p class="ww-meta">{escape(t("assistant_too_many", count=len(found) - SHOWN))}</p>')


def _title(school: School) -> str:
    return f"{school.name}, {place_name(school.place)}" if school.place else school.name


def _codes(school: School, register: Register) -> str:
    board = register.board(school.board_number)
    name = board.name if board else t("assistant_board_unknown", number=school.board_number)
    return t("assistant_codes", brin=school.brin, location=school.location, board=name)


def _not_found(query: str) -> None:
    brin = looks_like_brin(query)
    if brin is None:
        _say(t("assistant_no_school", query=query[:80]), "ww-doubt")
        return
    with Session(_engine()) as session:
        name = was_school(session, brin)
    first = t("assistant_brin_closed", brin=brin, name=name) if name else t("assistant_brin_unknown", brin=brin)
    _say(f"{first} {t('assistant_brin_mail', address=settings().help_address)}", "ww-doubt")


def _fields(request: RequestType, school: School, register: Register) -> tuple[dict[str, str], Answered]:
    """Ask what the register doesn't know; returns all answers and what is known about them."""
    _step("assistant_step_fields")
    asked = questions(request)
    kind = st.session_state.get("aanvraag-soort-wijziging") or ""
    given = known(request, school, register, kind)
    _known({group("assistant_labels")[question.name]: given[question.name] for question in asked if question.name in given})
    typed: dict[str, str] = {
        question.name: st.session_state.get(_key(question), "") or "" for question in asked if question.name not in given
    }
    answers = {**typed, **given}
    answered = check_answers(request, answers, register, load_requests())
    waiting = {question.field for question in answered.missing}
    open_questions = [q for q in asked if q.name not in given and not (q.name == "naam_oud" and not kind)]
    section = ""
    for position, question in enumerate(open_questions):
        if question.section != section:
            section = question.section
            st.html(f"<h3>{escape(group('assistant_sections')[section])}</h3>")
        _ask(question)
        last = all(later.field != question.field for later in open_questions[position + 1 :])
        check = answered.checks.get(question.field)
        if last and check and question.field not in waiting:
            _remark(check, question.field in answered.blocked, request)
    return answers, answered


def _key(question: Question) -> str:
    return "aanvraag-soort-wijziging" if question.choices else f"aanvraag-{question.name}"


def _known(values: Mapping[str, str]) -> None:
    rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in values.items())
    st.html(
        f'<p><strong>{escape(t("assistant_known"))}</strong></p><dl class="ww-known">{rows}</dl>'
        f'<p class="ww-meta">{escape(t("assistant_known_wrong", address=settings().help_address))}</p>'
    )


def _ask(question: Question) -> None:
    label = group("assistant_labels")[question.name]
    label = label if question.required else t("assistant_optional", label=label)
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
        type="email" if "email" in question.name else "default",
        live=PAUSE,
        key=_key(question),
        placeholder=example,
        max_chars=LENGTHS.get(question.name, NAME_LENGTH),
        autocomplete="off",
    )


def _remark(check: FieldCheck, blocked: bool, request: RequestType) -> None:
    """What the help desk's own check says about an answer."""
    spec = request.field(check.field)
    if check.status is Status.OK:
        if spec and spec.check in TELLING and check.reason:
            _say(check.reason, "ww-good")
        return
    _say(check.reason if blocked else t("assistant_doubt", reason=check.reason), "ww-bad" if blocked else "ww-doubt")


def _form(request: RequestType, answers: Mapping[str, str], answered: Answered) -> str | None:
    """The download, once everything required is right; returns the reference of the form."""
    _step("assistant_step_form")
    if not answered.ready:
        lists = []
        for title, labels in (
            ("assistant_missing", [group("assistant_labels")[question.name] for question in answered.missing]),
            (
                "assistant_wrong",
                [spec.title for spec in request.fields if spec.name in answered.blocked and not _waits(spec.name, answered)],
            ),
        ):
            if labels:
                lists.append(f"<p>{escape(t(title))} {escape(', '.join(labels))}</p>")
        st.html(f'<div class="ww-panel" role="status" style="margin-top:.5rem">{"".join(lists)}</div>')
        return None
    made = _made(request, form_values(answers))
    if made is None:
        return None
    reference, pdf = made
    _say(t("assistant_ready", reference=show_reference(reference)), "ww-good")
    st.download_button(
        t("assistant_download"),
        pdf,
        file_name(request, reference),
        "application/pdf",
        type="primary",
        on_click="ignore",
        key="aanvraag-download",
    )
    st.html(f'<p class="ww-meta">{escape(t("assistant_change"))}</p>')
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
    pdf = make_form(request, values, reference, settings().help_address, utc_now().date())
    try:
        wrong = misread(pdf, request, values)
    except UnsafeFileError:
        _say(t("assistant_busy"), "ww-bad")
        return None
    if wrong:
        _say(t("assistant_misread", fields=", ".join(wrong)), "ww-bad")
        return None
    st.session_state["aanvraag-formulier"] = (told, reference, pdf)
    return reference, pdf


def _mail(request: RequestType, answers: Mapping[str, str], reference: str, domains: frozenset[str]) -> None:
    _step("assistant_step_mail")
    address, shown = settings().help_address, show_reference(reference)
    signer = " ".join(answers.get("bestuurder.naam", "").split())
    some = ", ".join(f"…@{domain}" for domain in sorted(domains)[:4])
    steps = [
        t("assistant_sign_who", name=signer) if signer else t("assistant_sign"),
        t("assistant_send", address=address, reference=shown),
        t("assistant_from_domains", domains=some) if some else t("assistant_from"),
        t("assistant_never"),
    ]
    subject = t("assistant_mail_subject", title=request.title, reference=shown)
    mail = (
        f"mailto:{address}?{urlencode({'subject': subject, 'body': t('assistant_mail_body', reference=shown)}, quote_via=quote)}"
    )
    st.html(
        f'<ol lang="{language()}">{"".join(f"<li>{escape(step)}</li>" for step in steps)}</ol>'
        f'<p><a class="ww-button" href="{escape(mail)}">{escape(t("assistant_mail_button"))}</a></p>'
        f'<p class="ww-meta">{escape(t("assistant_mail_hint"))}</p>'
    )
