"""The part of the ticket page where people judge a formal request: what stands open, lifting doubts, approving and refusing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import streamlit as st

from kb.pages.templates import SHARED
from kb.pages.words import number_of, plain, t
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.database.states import OPEN
from triage.desk.dossier import form_pages, make_dossier
from triage.desk.dossier_pdf import dossier_pdf
from triage.desk.inbox import Inbox
from triage.desk.request_desk import JUDGES_OF_FORGERY, RequestDesk
from triage.register.codes import split_brin
from triage.tickets.standing import Standing, Unread
from triage.tickets.view import TicketView
from triage.verify.forms import load_requests
from triage.verify.model import Obstacle, Verification, Weight
from triage.web.names import local_time
from triage.web.pages.room import engine, tools
from triage.web.templates import DESK, show

MOST_PHONES = 5
Act = Callable[[Callable[[], object]], None]  # does something, then shows the page anew


def requests() -> RequestDesk:
    """The judgements in the database of this process."""
    return RequestDesk(engine())


def verdict_lines(view: TicketView, checked: Verification, standing: Standing) -> None:
    """What the bot says of the request, what people made of it, and which other mails belong to it."""
    ruling = standing.ruling
    told = t(f"ruling_{ruling.about}", by=ruling.by, at=local_time(ruling.at)) if ruling else ""
    show("judgement.html", "verdicts", found=checked.verdict, standing=standing, ruling=told)
    for name, number in (
        ("request_earlier", standing.earlier),
        ("request_later", standing.later),
        ("request_suspect_later", standing.suspect_later),
    ):
        if number:
            show("judgement.html", "pointer", name=name, number=number)


def same_schools(view: TicketView, checked: Verification) -> None:
    """Other open questions of the schools that merge, close or get another board or name."""
    request = load_requests().types.get(view.line.intent)
    if request is None or not request.tells_change:
        return
    if lines := Inbox(engine()).same_schools(checked, tools().register, view.line.id):
        with st.expander(number_of("same_schools", len(lines))):
            show(DESK, "tickets", lines=lines, now=utc_now())


def judge(view: TicketView, checked: Verification, standing: Standing, who: Person, act: Act) -> None:
    """Lay out what stands open and what can be done about it."""
    number = view.line.id
    open_here = view.line.status == OPEN and not standing.ruling and not standing.later
    may_act = open_here and not standing.outdated
    if standing.outdated and open_here:
        show(SHARED, "note", words=standing.outdated)
    if open_here and st.button(t("check_again"), key="check-again"):
        act(lambda: requests().check_again(number, who, tools()))
    if any(obstacle.weight is Weight.FORGERY for obstacle in standing.obstacles):
        _call_back(checked)
    for answer in standing.unread:
        _unread(answer, number, who, act, may_act=may_act)
    _open_points(standing, number, who, act, may_act=may_act)
    if may_act:
        _choose(standing, checked, number, who, act)
        _read(standing, view, who, act)
    _authority(standing, checked, number, who, act, may_act=may_act)
    if standing.lifted:
        show("judgement.html", "lifted", judgements=standing.lifted)
    _chosen(standing, checked)
    _dossier(number, who)
    if may_act:
        _decide(standing, number, who, act)


def _call_back(checked: Verification) -> None:
    """How to ask the board itself: by a number of the register, never by one of the mail."""
    register = tools().register
    school = register.school(*split_brin(checked.value("brin") or checked.value("brin_oud")))
    number = school.board_number if school else checked.value("bestuursnummer")
    board = register.board(number)
    phones = register.phones(number)[:MOST_PHONES]
    show("judgement.html", "call_back", board=board.name if board else number, phones=phones)


def _unread(answer: Unread, number: int, who: Person, act: Act, *, may_act: bool) -> None:
    """A mail that belongs to the request: granting waits until somebody has read it."""
    show("judgement.html", "unread", mail=answer, elsewhere=answer.ticket != number)
    if may_act and st.button(t("answer_read"), key=f"read-answer-{answer.message}"):
        act(lambda: requests().mark_read(number, answer.message, who))


def _choose(standing: Standing, checked: Verification, number: int, who: Person, act: Act) -> None:
    """Fields with different values: a person says which counts."""
    titles = {spec.name: spec.title for spec in load_requests().types[checked.request].fields}
    for field, values in standing.to_choose.items():
        _choose_one(field, titles[field], values, number, who, act)


def _choose_one(field: str, title: str, values: Sequence[str], number: int, who: Person, act: Act) -> None:
    with st.form(f"choose-{number}-{field}"):
        show(SHARED, "strong", words=t("choose_title", field=title))
        chosen = st.radio(t("choose_which"), values, format_func=lambda value: plain(value))
        note = st.text_area(t("choose_note"), max_chars=1000, height=80)
        if st.form_submit_button(t("choose_button")):
            act(lambda: requests().choose(number, field, chosen or "", note or "", who))


def _authority(standing: Standing, checked: Verification, number: int, who: Person, act: Act, *, may_act: bool) -> None:
    """Who may sign is never known from a form: a person looks it up, and says where."""
    if not standing.asks_authority:
        return
    if known := standing.authority:
        date = t("authority_date", date=known.value) if known.value else ""
        words = t("authority_known", by=known.by, at=local_time(known.at), where=known.note)
        show("judgement.html", "settled", words=f"{words} {date}", style="ww-good")
    if not may_act or not (standing.needs_authority or standing.authority):
        return
    signer = checked.signature.signer or checked.value("bestuurder") or "–"
    with st.expander(t("authority_title"), expanded=standing.needs_authority), st.form(f"authority-{number}"):
        board = checked.value("naam_bestuur") or checked.board_number or "–"
        show(SHARED, "text", words=t("authority_who", signer=signer, board=board))
        show("judgement.html", "hint", words=t("authority_hint"))
        where = st.text_input(t("authority_where"), max_chars=1000)
        day = st.date_input(t("authority_source_date"), value=None, format="DD-MM-YYYY", max_value="today")
        if st.form_submit_button(t("authority_button")):
            act(lambda: requests().record_authority(number, where or "", day, who))


def _chosen(standing: Standing, checked: Verification) -> None:
    if not standing.chosen:
        return
    titles = {spec.name: spec.title for spec in load_requests().types[checked.request].fields}
    show("judgement.html", "chosen", judgements=standing.chosen, titles=titles)


def _open_points(standing: Standing, number: int, who: Person, act: Act, *, may_act: bool) -> None:
    if not standing.obstacles:
        return
    show("judgement.html", "part", name="open_points")
    for place, obstacle in enumerate(standing.obstacles):
        show("judgement.html", "open_point", obstacle=obstacle)
        if may_act and obstacle.field not in standing.to_read | standing.to_choose.keys() and _may_lift(obstacle, who):
            _lift(obstacle, place, number, who, act)


def _may_lift(obstacle: Obstacle, who: Person) -> bool:
    return obstacle.weight is Weight.DOUBT or (obstacle.weight is Weight.FORGERY and who.role in JUDGES_OF_FORGERY)


def _lift(obstacle: Obstacle, place: int, number: int, who: Person, act: Act) -> None:
    with st.expander(t("lift")):
        note = st.text_area(t("lift_note"), key=f"lift-note-{number}-{place}", max_chars=1000, height=80)
        show("judgement.html", "hint", words=t("lift_hint"))
        if st.button(t("lift_button"), key=f"lift-{number}-{place}"):
            act(lambda: requests().lift(number, obstacle.reason, note or "", who))


def _read(standing: Standing, view: TicketView, who: Person, act: Act) -> None:
    """The fields that the program could not read, for a person to fill in."""
    request = load_requests().types[view.line.intent]
    fields = [spec for spec in request.fields if spec.name in standing.readable]
    if not fields:
        return
    with st.form(f"read-{view.line.id}"):
        show("judgement.html", "read_title")
        values = {
            spec.name: st.text_input(
                plain(spec.title), standing.readable[spec.name], key=f"read-{view.line.id}-{spec.name}", max_chars=300
            )
            or ""
            for spec in fields
        }
        if st.form_submit_button(t("read_button")):
            new = {name: value for name, value in values.items() if value != standing.readable[name]}
            act(lambda: requests().read(view.line.id, new, who, tools()))


def _decide(standing: Standing, number: int, who: Person, act: Act) -> None:
    if standing.needed > 1:
        show(SHARED, "meta", words=t("four_eyes"))
    for approval in standing.approvals:
        words = t("approved_by", by=approval.by, at=local_time(approval.at))
        show("judgement.html", "settled", words=words, style="ww-good")
    for approval in standing.withdrawn:
        words = t("approval_withdrawn", by=approval.by, at=local_time(approval.at))
        show("judgement.html", "settled", words=words, style="ww-doubt")
    mine = who.name in {approval.by for approval in standing.approvals}
    last = len(standing.approvals) + 1 >= standing.needed
    if mine:
        show(SHARED, "meta", words=t("waits_for_colleague"))
    elif st.button(t("grant") if last else t("grant_first"), type="primary", key="grant", disabled=not standing.grantable):
        act(lambda: requests().approve(number, who, standing.seen))
    with st.expander(t("refuse")):
        note = st.text_area(t("refuse_note"), key=f"refuse-note-{number}", max_chars=1000, height=80)
        if st.button(t("refuse_button"), key="refuse"):
            act(lambda: requests().refuse(number, note or "", who))


def _dossier(number: int, who: Person) -> None:
    """Two downloads, made when they are asked for."""

    def as_pdf() -> bytes:
        return dossier_pdf(make_dossier(engine(), number, who.name), form_pages(engine(), number))

    def as_json() -> bytes:
        return json.dumps(make_dossier(engine(), number, who.name), ensure_ascii=False, indent=2).encode()

    with st.container(horizontal=True):
        for label, make, kind, media in (
            ("dossier_pdf", as_pdf, "pdf", "application/pdf"),
            ("dossier_json", as_json, "json", "application/json"),
        ):
            st.download_button(t(label), make, f"dossier-{number}.{kind}", media, key=f"dossier-{kind}", on_click="ignore")
