"""One request in several mails: what was in order need not be sent again, and nothing that was not signed slips in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.message import EmailMessage

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from tests.forms import Identity, altered_after_signing, blank_form, filled_form, identity, signed
from tests.make_demo import MEERPAAL
from triage.accounts import Person
from triage.desk import Desk
from triage.errors import DeskError
from triage.intake import ingest
from triage.mail.sources import RawBytes
from triage.pipeline import Tools
from triage.request_desk import RequestDesk, Standing
from triage.store import Ticket
from triage.verify.model import Verdict, Weight

SCHOOL = "m.vdberg@obsdemeerpaal.example"
TICK = "geen_actieve_beheerder"


@pytest.fixture(scope="module")
def director(authority: Identity) -> Identity:
    return identity("Marijke van den Berg", authority)


@pytest.fixture(scope="module")
def sign(director: Identity) -> Callable[[Mapping[str, str]], bytes]:
    return lambda values: signed(filled_form(values, blank_form()), director)


class Correspondence:
    """Mails that come in one after another, as tickets 1, 2, …"""

    def __init__(self, engine: Engine, tools: Tools) -> None:
        self.engine, self.tools, self.count = engine, tools, 0

    def mail(self, text: str = "Zie de bijlage.", pdf: bytes | None = None, sender: str = SCHOOL, answers: int = 0) -> int:
        self.count += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = (
            f"Marijke van den Berg <{sender}>",
            "help@basispoort.nl",
            "Aanvraag eerste beheerder",
        )
        mail["Message-ID"] = f"<deel-{self.count}@obsdemeerpaal.example>"
        if answers:
            mail["In-Reply-To"] = "<antwoord@basispoort.nl>"
            mail["References"] = f"<deel-{answers}@obsdemeerpaal.example> <antwoord@basispoort.nl>"
        mail.set_content(text)
        if pdf:
            mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"aanvraag-{self.count}.pdf")
        ingest(self.engine, [RawBytes("file", mail.as_bytes())], self.tools)
        return self.count

    def standing(self, number: int) -> Standing:
        return RequestDesk(self.engine).standing(number)

    def status(self, number: int, field: str) -> str:
        content = Desk(self.engine, None, "help@basispoort.nl").ticket(number).verification
        assert content is not None
        fields: list[dict[str, str]] = content["fields"]  # type: ignore[assignment]
        return next(one["status"] for one in fields if one["field"] == field)

    def follows(self, number: int) -> int | None:
        with Session(self.engine) as session:
            return session.scalars(select(Ticket.follows_id).where(Ticket.id == number)).one()


@pytest.fixture
def post(engine: Engine, trusting: Tools) -> Correspondence:
    return Correspondence(engine, trusting)


def test_a_request_that_is_completed_later_is_one_request(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], agent: Person
) -> None:
    first = post.mail(pdf=filled_form(MEERPAAL, blank_form()))
    assert post.standing(first).verdict is Verdict.INCOMPLETE
    second = post.mail(pdf=sign(MEERPAAL))
    assert (post.follows(second), post.standing(second).verdict) == (first, Verdict.COMPLETE)
    assert post.standing(first).later == second
    with pytest.raises(DeskError, match="gaat verder in vraag 2"):
        RequestDesk(post.engine).approve(first, agent)


def test_of_two_mails_that_go_on_with_the_same_one_the_last_counts(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    for pdf in (filled_form(MEERPAAL, blank_form()), sign(MEERPAAL), sign({**MEERPAAL, "beheerder_voornaam": "Lotte"})):
        post.mail(pdf=pdf)
    with Session(post.engine) as session, session.begin():  # as when both came in at the same moment
        session.execute(update(Ticket).where(Ticket.id == 3).values(follows_id=1))
    assert (post.standing(2).later, post.standing(3).later) == (3, None)


def test_what_was_signed_in_two_forms_is_complete_together(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "beheerder_email": ""}))
    only = {name: MEERPAAL[name] for name in ("brin", "bestuurder_naam", "bestuurder_functie", "beheerder_email")}
    second = post.mail("Hierbij het e-mailadres.", sign(only), answers=1)
    assert post.standing(second).obstacles == ()
    assert post.standing(second).verdict is Verdict.COMPLETE


def test_what_is_added_in_an_unsigned_mail_is_never_ok(post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]) -> None:
    post.mail(pdf=sign({**MEERPAAL, "beheerder_email": ""}))
    second = post.mail("E-mailadres beheerder: s.dewit@obsdemeerpaal.example", answers=1)
    assert post.follows(second) == 1
    assert post.status(second, "email_beheerder") == "twijfel"
    assert post.status(second, "naam_school") == "ok"
    assert [one.weight for one in post.standing(second).obstacles] == [Weight.DOUBT]


def test_a_reply_that_puts_another_administrator_in_a_signed_request_is_not_complete(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    second = post.mail("Toch een ander adres.\n\nE-mailadres beheerder: p.post@obsdemeerpaal.example", answers=1)
    assert post.standing(second).verdict is not Verdict.COMPLETE
    assert post.status(second, "email_beheerder") == "twijfel"


def test_values_that_do_not_belong_together_are_not_complete_though_each_was_signed(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "bestuursnummer": "", "naam_bestuur": ""}))
    only = {name: MEERPAAL[name] for name in ("bestuurder_naam", "bestuurder_functie")}
    other = {"bestuursnummer": "99002", "naam_bestuur": "Vereniging voor Protestants-Christelijk Onderwijs Fictiehaven (fictief)"}
    second = post.mail("Hierbij de rest.", sign({**only, **other}), answers=1)
    assert post.follows(second) == 1
    assert post.standing(second).verdict is not Verdict.COMPLETE


def test_an_administrator_who_turns_out_to_be_the_signer_is_not_ok(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    names = ("beheerder_voornaam", "beheerder_tussenvoegsel", "beheerder_achternaam")
    post.mail(pdf=sign({**MEERPAAL, **dict.fromkeys(names, "")}))
    same = dict(zip(names, ("Marijke", "van den", "Berg"), strict=True))
    rest = {"bestuurder_naam": MEERPAAL["bestuurder_naam"], "bestuurder_functie": "voorzitter"}
    second = post.mail("Hierbij de rest.", sign({**rest, **same}), answers=1)
    assert post.status(second, "bestuurder") == "twijfel"
    assert post.standing(second).verdict is not Verdict.COMPLETE


def test_what_somebody_else_signed_does_not_add_up(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], authority: Identity
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "beheerder_email": ""}))
    own = {"brin": "99AC", "bestuurder_naam": "Joris Voorbeeld", "bestuurder_functie": "voorzitter"}
    form = filled_form({**own, "beheerder_email": "x.voorbeeld@obsdemeerpaal.example"}, blank_form())
    second = post.mail("Hierbij het adres.", signed(form, identity("Joris Voorbeeld", authority)), answers=1)
    assert post.standing(second).verdict is not Verdict.COMPLETE


def test_a_forged_reply_with_one_typed_value_is_still_known_when_a_third_mail_comes(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "beheerder_email": ""}))
    post.mail("E-mailadres beheerder: p.post@obsdemeerpaal.example", sender="m@obsdemeerpaai.example", answers=1)
    third = post.mail(pdf=sign(MEERPAAL), answers=2)
    assert post.follows(third) == 2
    assert post.standing(third).verdict is Verdict.SUSPECT


def test_a_value_typed_in_a_reply_is_not_asked_for_again_after_the_next_one(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "beheerder_email": "", "vestigingscode": ""}))
    post.mail("E-mailadres beheerder: s.dewit@obsdemeerpaal.example", answers=1)
    third = post.mail("Vestigingscode: 00", answers=2)
    assert post.status(third, "email_beheerder") == "twijfel"


def test_a_look_alike_that_answers_in_the_thread_makes_the_request_suspect(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    second = post.mail(
        pdf=sign({**MEERPAAL, "beheerder_email": "x@obsdemeerpaal.example"}), sender="m@obsdemeerpaai.example", answers=1
    )
    assert post.standing(second).verdict is Verdict.SUSPECT


def test_a_look_alike_that_only_types_something_is_compared_with_the_school_of_the_thread(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    second = post.mail("E-mailadres beheerder: p.post@obsdemeerpaal.example", sender="m@obsdemeerpaai.example", answers=1)
    assert post.standing(second).verdict is Verdict.SUSPECT


def test_a_suspect_mail_stays_a_reason_when_a_better_one_follows(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL), sender="m@obsdemeerpaai.example")
    second = post.mail(pdf=sign(MEERPAAL), answers=1)
    assert post.standing(second).verdict is Verdict.SUSPECT


def test_a_forged_mail_that_follows_does_not_take_a_right_request_away_but_a_person_looks(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], agent: Person, hire: Callable[[str, str], Person]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    forged = post.mail(pdf=altered_after_signing(sign(MEERPAAL), "beheerder_email", "x@anders.example"))
    assert post.standing(forged).verdict is Verdict.SUSPECT
    standing = post.standing(1)
    assert (standing.later, standing.suspect_later, standing.grantable) == (None, forged, False)
    Desk(post.engine, None, "help@basispoort.nl").tick(1, TICK, True, agent)
    desk = RequestDesk(post.engine)
    desk.lift(1, standing.obstacles[0].reason, "Gebeld met het bestuur: de eerste aanvraag is van hen.", agent)
    assert not desk.approve(1, agent)
    assert desk.approve(1, hire("wim", "senior"))


def test_the_same_administrator_at_another_board_is_for_a_person(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    other = {
        "naam_bestuur": "Vereniging voor Protestants-Christelijk Onderwijs Fictiehaven (fictief)", "bestuursnummer": "99002",
        "naam_school": "PCB De Vuurtoren", "brin": "99BC", "vestigingscode": "00",
    }  # fmt: skip
    post.mail(pdf=sign({**MEERPAAL, **other}), sender="directie@pcbdevuurtoren.example")
    second = post.mail(pdf=sign(MEERPAAL))
    (obstacle,) = post.standing(second).obstacles
    assert "een ander bestuur binnen (99002)" in obstacle.reason


def test_a_private_address_is_forgiven_when_the_school_sends_all_of_it_again(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL), sender="marijke@gmail.com")
    second = post.mail(pdf=sign(MEERPAAL), answers=1)
    assert post.standing(second).verdict is Verdict.COMPLETE


def test_a_request_that_is_taken_back_waits_for_a_person(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    second = post.mail("Goedemorgen, wij trekken de aanvraag in. Groet, Marijke", answers=1)
    (obstacle,) = post.standing(second).obstacles
    assert "trekken de aanvraag in" in obstacle.reason
    assert post.standing(1).later == second


def test_a_word_of_thanks_in_the_thread_is_no_part_of_the_request(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    post.mail("Dank u wel voor de snelle reactie!", answers=1)
    assert post.standing(1).later is None
    assert post.standing(1).verdict is Verdict.COMPLETE


def test_a_form_for_another_school_in_the_same_thread_is_a_request_of_its_own(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    second = post.mail(pdf=sign({**MEERPAAL, "brin": "99AD", "naam_school": "Kindcentrum Het Kompas"}), answers=1)
    assert post.follows(second) is None
    assert post.standing(1).later is None


def test_the_same_address_at_a_free_mail_service_is_joined_and_another_is_not(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL), sender="marijke@gmail.com")
    assert post.follows(post.mail(pdf=sign(MEERPAAL), sender="iemand@gmail.com")) is None
    assert post.follows(post.mail("Nog een keer.", sign(MEERPAAL), sender="marijke@gmail.com")) == 1


def test_after_a_ruling_a_new_mail_starts_a_new_request(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], agent: Person
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    Desk(post.engine, None, "help@basispoort.nl").tick(1, TICK, True, agent)
    assert RequestDesk(post.engine).approve(1, agent)
    assert post.follows(post.mail("Nog een keer.", sign(MEERPAAL))) is None


def test_a_new_check_of_a_later_mail_still_counts_the_earlier_ones(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], agent: Person
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "beheerder_email": ""}))
    second = post.mail("E-mailadres beheerder: s.dewit@obsdemeerpaal.example", answers=1)
    Desk(post.engine, None, "help@basispoort.nl").check_again(second, agent, post.tools)
    assert post.follows(second) == 1
    assert post.status(second, "naam_school") == "ok"
