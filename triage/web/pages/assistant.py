"""The assistant for schools: from which request and which school to a form that is ready to sign. Nothing is stored or logged.

What is typed lives in the visit (Streamlit's session) and goes with it; the address of the page holds at most the kind of request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import streamlit as st

from kb.pages.templates import SHARED, lay_out, say, show_top
from kb.pages.words import group, number_of, plain, t
from kb.settings import settings
from triage.register.domains import web_domain
from triage.register.find_school import FoundSchools, SchoolFinder, looks_like_brin, place_name, was_school
from triage.register.register import Register
from triage.register.school import School
from triage.verify.forms import RequestType, load_requests
from triage.web.pages.assistant_form import ask_fields, explain_mail, offer_form, step
from triage.web.pages.room import installation
from triage.web.templates import show

SHOWN = 8  # schools in the list
DOMAINS = 3  # of a school and its board, to mail from


@lru_cache(maxsize=1)
def _finder(register: Register) -> SchoolFinder:
    return SchoolFinder(register)


def assistant_page(extra_links: Sequence[tuple[str, str]] = ()) -> None:
    """Lay out the page; ?soort=… chooses the request beforehand."""
    lay_out()
    types = load_requests().types
    show_top(extra_links, soort=st.query_params.get("soort", ""))
    show("assistant.html", "title")
    register = installation().register()
    finder = _finder(register)
    if register.empty:
        say(t("assistant_no_register", address=settings().help_address), "ww-doubt")
        return
    request = _request(types)
    if request is None:
        return
    school = _school(register, finder)
    if school is None:
        return
    answers, answered = ask_fields(request, school, register)
    reference = offer_form(request, answers, answered)
    if reference:
        own = web_domain(school.website)
        others = sorted(register.domains(school.brin, school.board_number) - {own})
        explain_mail(request, answers, reference, list(filter(None, [own, *others]))[:DOMAINS])


def _request(types: Mapping[str, RequestType]) -> RequestType | None:
    step("assistant_step_request")
    names, wanted = list(types), st.query_params.get("soort", "")
    chosen = st.radio(
        t("assistant_request"),
        names,
        index=names.index(wanted) if wanted in names else None,
        format_func=lambda name: plain(types[name].title),
        captions=[group("assistant_requests")[name] for name in names],
        key="aanvraag-soort",
    )
    request = types.get(chosen or "")
    if request:
        show("assistant.html", "more", form=request.form)
    return request


def _school(register: Register, finder: SchoolFinder) -> School | None:
    """The school that was chosen, or the search for it."""
    step("assistant_step_school")
    if register.edition.fictional:
        show(SHARED, "note", words=t("stale_register"))
    code = st.session_state.get("aanvraag-school", "")
    if school := register.school(code[:4], code[4:]):
        show("assistant.html", "school", title=_title(school), codes=_codes(school, register))
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
    found = finder.find(query, SHOWN)
    if found.total:
        _choose(found, register)
    else:
        _not_found(query.strip())
    return None


def _choose(found: FoundSchools, register: Register) -> None:
    shown = {school.brin + school.location: school for school in found.schools}
    show(SHARED, "meta", words=number_of("assistant_found", found.total), told=True)

    def choose() -> None:
        st.session_state["aanvraag-school"] = st.session_state["aanvraag-keuze"]

    st.radio(
        t("assistant_choose"),
        list(shown),
        index=None,
        format_func=lambda code: plain(_title(shown[code])),
        captions=[plain(_codes(school, register)) for school in shown.values()],
        key="aanvraag-keuze",
        on_change=choose,
    )
    if found.total > SHOWN:
        show(SHARED, "meta", words=t("assistant_too_many", count=found.total - SHOWN))


def _title(school: School) -> str:
    return f"{school.name}, {place_name(school.place)}" if school.place else school.name


def _codes(school: School, register: Register) -> str:
    board = register.board(school.board_number)
    name = board.name if board else t("assistant_board_unknown", number=school.board_number)
    return t("assistant_codes", brin=school.brin, location=school.location, board=name)


def _not_found(query: str) -> None:
    brin = looks_like_brin(query)
    if brin is None:
        say(t("assistant_no_school", query=query[:80]), "ww-doubt")
        return
    name = was_school(installation().engine, brin)
    first = t("assistant_brin_closed", brin=brin, name=name) if name else t("assistant_brin_unknown", brin=brin)
    say(f"{first} {t('assistant_brin_mail', address=settings().help_address)}", "ww-doubt")
