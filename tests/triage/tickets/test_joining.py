"""One request in several mails: what was in order need not be sent again, and nothing that was not signed slips in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from kb.store import utc_now
from tests.forms import Identity, altered_after_signing, blank_form, filled_form, identity, signed
from tests.make_demo import MEERPAAL
from tests.signed_once import Signatures
from tests.triage.conftest import Postbox
from tests.triage.desks import HELP, desks
from tests.triage.letters import bounce
from triage.accounts.accounts import Person
from triage.database.states import INCOMING
from triage.database.tables import MessageRow, Ruling
from triage.desk.inbox import Inbox
from triage.desk.request_desk import RequestDesk, Standing
from triage.desk.sending import UNDO
from triage.desk.ticket_desk import TicketDesk
from triage.errors import DeskError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.outbox.sender import send_due
from triage.sources.files import RawBytes
from triage.verify.model import FieldCheck, Verdict, Weight

SCHOOL = "m.vdberg@obsdemeerpaal.example"
TICK = "geen_actieve_beheerder"


@pytest.fixture(scope="module")
def director(authority: Identity) -> Identity:
    return identity("Marijke van den Berg", authority)


@pytest.fixture(scope="module")
def signatures(director: Identity) -> Signatures:
    return Signatures(director)


@pytest.fixture
def sign(signatures: Signatures) -> Callable[[Mapping[str, str]], bytes]:
    return signatures.of_one_test()


class Correspondence:
    """Mails that come in one after another, each known by the number of its message."""

    def __init__(self, engine: Engine, tools: Tools) -> None:
        self.engine, self.tools, self.count = engine, tools, 0

    def mail(
        self,
        text: str = "Zie de bijlage.",
        pdf: bytes | None = None,
        sender: str = SCHOOL,
        answers: int = 0,
        thread: str = "",
        automatic: bool = False,
    ) -> int:
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
        if thread:
            mail["In-Reply-To"] = thread
        if automatic:
            mail["Auto-Submitted"] = "auto-replied"
        mail.set_content(text)
        if pdf:
            mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"aanvraag-{self.count}.pdf")
        ingest(self.engine, [RawBytes("file", mail.as_bytes())], self.tools)
        with Session(self.engine) as session:
            return session.scalars(select(MessageRow.id).where(MessageRow.direction == INCOMING)).all()[-1]

    def ticket(self, mail: int) -> int:
        with Session(self.engine) as session:
            return session.get_one(MessageRow, mail).ticket_id

    def standing(self, mail: int) -> Standing:
        return RequestDesk(self.engine).standing(self.ticket(mail))

    def unread(self, mail: int) -> tuple[int, ...]:
        return tuple(one.message for one in self.standing(mail).unread)

    def status(self, mail: int, field: str) -> str:
        return str(self.found(mail, field).status)

    def found(self, mail: int, field: str) -> FieldCheck:
        checked = Inbox(self.engine).ticket(self.ticket(mail)).verification
        assert checked is not None
        check = checked.check(field)
        assert check is not None
        return check

    def follows(self, mail: int) -> int | None:
        with Session(self.engine) as session:
            return session.get_one(MessageRow, mail).follows_id


def ready(post: Correspondence, number: int, agent: Person) -> None:
    """What only a person can see was looked up."""
    RequestDesk(post.engine).tick(number, TICK, True, agent)
    RequestDesk(post.engine).record_authority(number, "Uittreksel van de KvK", None, agent)


@pytest.fixture
def post(engine: Engine, trusting: Tools) -> Correspondence:
    return Correspondence(engine, trusting)


def test_a_request_that_is_completed_later_is_one_conversation(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    first = post.mail(pdf=filled_form(MEERPAAL, blank_form()))
    assert post.standing(first).verdict is Verdict.INCOMPLETE
    second = post.mail(pdf=sign(MEERPAAL))
    assert (post.follows(second), post.standing(second).verdict) == (first, Verdict.COMPLETE)
    assert post.ticket(second) == post.ticket(first)


def test_of_two_mails_that_go_on_with_the_same_one_the_last_counts(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    for pdf in (filled_form(MEERPAAL, blank_form()), sign(MEERPAAL), sign({**MEERPAAL, "beheerder_voornaam": "Lotte"})):
        post.mail(pdf=pdf)
    with Session(post.engine) as session, session.begin():  # as when both came in at the same moment
        session.execute(update(MessageRow).where(MessageRow.id == 3).values(follows_id=1))
    assert post.found(1, "beoogde_beheerder").value == "Lotte de Wit"


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


def test_a_forged_reply_with_one_typed_value_takes_nothing_over_and_is_still_known_when_a_third_mail_comes(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "beheerder_email": ""}))
    post.mail("E-mailadres beheerder: p.post@obsdemeerpaal.example", sender="m@obsdemeerpaai.example", answers=1)
    third = post.mail(pdf=sign(MEERPAAL), answers=2)
    assert post.follows(third) == 1
    assert post.found(third, "email_beheerder").value == MEERPAAL["beheerder_email"]
    (obstacle,) = post.standing(third).obstacles
    assert (obstacle.weight, "verdachte mail binnen (vraag 2)" in obstacle.reason) == (Weight.DOUBT, True)


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


def test_a_suspect_mail_is_a_doubt_and_no_more_when_an_honest_one_follows(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "beheerder_voornaam": "Bert"}), sender="m@obsdemeerpaai.example")
    second = post.mail(pdf=sign(MEERPAAL), answers=1)
    assert [(one.weight, one.kind) for one in post.standing(second).obstacles] == [(Weight.DOUBT, "suspect_mail")]
    assert post.status(second, "beoogde_beheerder") == "ok"


def test_what_completes_a_suspect_request_is_suspect_as_well(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "beheerder_email": ""}), sender="m@obsdemeerpaai.example")
    second = post.mail("E-mailadres beheerder: s.dewit@obsdemeerpaal.example", answers=1)
    assert post.standing(second).verdict is Verdict.SUSPECT


def test_another_administrator_in_a_later_form_is_for_a_person(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    other = {"beheerder_voornaam": "Bert", "beheerder_tussenvoegsel": "", "beheerder_achternaam": "Post"}
    second = post.mail(pdf=sign({**MEERPAAL, **other, "beheerder_email": "b.post@obsdemeerpaal.example"}), answers=1)
    standing = post.standing(second)
    assert {one.kind for one in standing.obstacles} == {"changed_administrator", "changed_address"}
    assert "eerst ‘Sanne de Wit’, nu ‘Bert Post’" in " ".join(one.reason for one in standing.obstacles)


@pytest.mark.parametrize("subject", [{NameOID.SERIAL_NUMBER: "98765"}, {}])
def test_another_certificate_of_the_same_name_is_for_a_person(
    subject: dict[x509.ObjectIdentifier, str],
    post: Correspondence,
    sign: Callable[[Mapping[str, str]], bytes],
    authority: Identity,
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    renamed = identity("Marijke van den Berg", authority, subject=subject)
    second = post.mail(pdf=signed(filled_form(MEERPAAL, blank_form()), renamed), answers=1)
    assert "changed_certificate" in {one.kind for one in post.standing(second).obstacles}


def test_another_signer_and_another_administrator_together_are_a_sign_of_forgery_and_the_first_request_stays(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], authority: Identity
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    other = {
        "bestuurder_naam": "Joris Voorbeeld", "beheerder_voornaam": "Bert", "beheerder_tussenvoegsel": "",
        "beheerder_achternaam": "Post", "beheerder_email": "b.post@obsdemeerpaal.example",
    }  # fmt: skip
    form = filled_form({**MEERPAAL, **other}, blank_form())
    second = post.mail(pdf=signed(form, identity("Joris Voorbeeld", authority)), answers=1)
    assert post.standing(second).verdict is Verdict.SUSPECT
    first = post.standing(1)
    assert (first.later, [one.kind for one in first.obstacles]) == (None, ["suspect_mail"])


def test_the_same_address_written_in_other_capitals_has_not_changed(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    second = post.mail(pdf=sign({**MEERPAAL, "beheerder_email": MEERPAAL["beheerder_email"].upper()}), answers=1)
    assert post.standing(second).obstacles == ()


def test_a_forged_mail_that_follows_does_not_take_a_right_request_away_but_a_person_looks(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], agent: Person, hire: Callable[[str, str], Person]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    forged = post.mail(pdf=altered_after_signing(sign(MEERPAAL), "beheerder_email", "x@anders.example"))
    assert post.standing(forged).verdict is Verdict.SUSPECT
    standing = post.standing(1)
    assert (standing.later, standing.suspect_later, standing.grantable) == (None, forged, False)
    ready(post, 1, agent)
    desk = RequestDesk(post.engine)
    desk.mark_read(1, forged, agent)
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
    assert "een ander bestuur binnen (99002, vraag 1)" in obstacle.reason


def test_the_same_administrator_at_another_school_of_the_board_is_only_shown(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "brin": "99AD", "naam_school": "Kindcentrum Het Kompas", "vestigingscode": "00"}))
    second = post.mail(pdf=sign(MEERPAAL))
    assert post.standing(second).obstacles == ()
    checked = Inbox(post.engine).ticket(post.ticket(second)).verification
    assert checked is not None
    assert checked.notes == ("Deze beheerder is ook aangevraagd voor 99AD van hetzelfde bestuur (vraag 1).",)


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
    assert post.ticket(second) == 1


def test_a_request_that_somebody_else_takes_back_stands_and_waits_until_a_person_has_read_that(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    second = post.mail("Goedemorgen, wij trekken de aanvraag in.", sender="iemand@elders.example", answers=1)
    standing = post.standing(1)
    assert (standing.later, standing.obstacles, post.unread(1)) == (None, (), (second,))


def test_an_answer_in_the_thread_is_no_part_of_the_request_and_pauses_it_until_a_person_has_read_it(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], agent: Person
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    second = post.mail("Wij hebben dit nooit aangevraagd. Wie heeft dit gestuurd?", answers=1)
    ready(post, 1, agent)
    standing = post.standing(1)
    assert (standing.later, standing.verdict, post.unread(1), standing.grantable) == (None, Verdict.COMPLETE, (second,), False)
    desk = RequestDesk(post.engine)
    with pytest.raises(DeskError, match="Lees die eerst"):
        desk.approve(1, agent)
    desk.mark_read(1, second, agent)
    assert (post.unread(1), post.standing(1).needed) == ((), 1)
    assert desk.approve(1, agent)


@pytest.fixture
def answered(post: Correspondence, agent: Person, smtp_url: str, postbox: Postbox) -> Callable[[int, str], Message]:
    """Answers a ticket; gives the mail that the sender gets."""

    def answer(number: int, words: str) -> Message:
        desks(post.engine, smtp_url).answers.approve(number, "Re: aanvraag", words, agent)
        send_due(post.engine, smtp_url, HELP, lambda: utc_now() + UNDO)
        return message_from_bytes(postbox.received[-1].original_content or b"")

    return answer


@pytest.fixture
def asked_for_more(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], answered: Callable[[int, str], Message]
) -> Message:
    """The answer to a request without an address, as it went out."""
    post.mail(pdf=sign({**MEERPAAL, "beheerder_email": ""}))
    return answered(1, "Wij missen nog het adres.")


def test_an_answer_to_our_answer_is_known_by_the_number_we_gave_it(
    post: Correspondence, agent: Person, asked_for_more: Message
) -> None:
    second = post.mail(
        "Dat is een vergissing, wij vroegen niets aan.", sender="iemand@elders.example", thread=asked_for_more["Message-ID"]
    )
    TicketDesk(post.engine).reopen(1, agent)
    assert post.unread(1) == (second,)


def test_an_answer_to_a_request_that_did_not_arrive_opens_its_ticket_and_pauses_nothing(
    post: Correspondence, asked_for_more: Message
) -> None:
    ingest(post.engine, [RawBytes("file", bounce(asked_for_more, str(asked_for_more["To"])))], post.tools)

    view = Inbox(post.engine).ticket(1)
    assert (view.line.status, view.messages[-1].automatic, post.unread(1)) == ("open", "bounce", ())


def test_a_warning_in_the_thread_of_an_answer_to_a_request_is_unread_as_well(
    post: Correspondence, agent: Person, asked_for_more: Message, answered: Callable[[int, str], Message]
) -> None:
    second = post.mail("Wie heeft dit gevraagd?", sender="iemand@elders.example", thread=asked_for_more["Message-ID"])
    answer = answered(post.ticket(second), "Dat zoeken wij uit.")
    third = post.mail("Dit klopt echt niet, kijk het na.", sender="iemand@elders.example", thread=answer["Message-ID"])
    TicketDesk(post.engine).reopen(1, agent)

    assert third != second
    assert set(post.unread(1)) == {second, third}


def test_a_machine_that_answers_pauses_nothing(post: Correspondence, sign: Callable[[Mapping[str, str]], bytes]) -> None:
    post.mail(pdf=sign(MEERPAAL))
    post.mail("Ik ben er niet.", answers=1, automatic=True)
    assert post.unread(1) == ()


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


def test_after_a_ruling_a_new_mail_starts_a_new_request_with_the_doubts_that_gives(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], agent: Person
) -> None:
    pdf = sign(MEERPAAL)
    post.mail(pdf=pdf)
    ready(post, 1, agent)
    assert RequestDesk(post.engine).approve(1, agent)
    second = post.mail("Nog een keer.", pdf)
    assert post.follows(second) is None
    reasons = [one.reason for one in post.standing(second).obstacles]
    assert any("al een aanvraag toegekend (vraag 1)" in reason for reason in reasons)
    assert any("Ditzelfde ondertekende document" in reason for reason in reasons)


def test_a_grant_of_more_than_a_year_ago_is_only_shown(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], agent: Person
) -> None:
    post.mail(pdf=sign(MEERPAAL))
    ready(post, 1, agent)
    assert RequestDesk(post.engine).approve(1, agent)
    with Session(post.engine) as session, session.begin():
        session.execute(update(Ruling).values(at=utc_now() - timedelta(days=366)))
    second = post.mail("Een nieuwe.", sign(MEERPAAL))
    assert post.standing(second).obstacles == ()
    checked = Inbox(post.engine).ticket(post.ticket(second)).verification
    assert checked is not None
    assert "al een aanvraag toegekend (vraag 1)" in checked.notes[0]


def test_a_new_check_of_a_later_mail_still_counts_the_earlier_ones(
    post: Correspondence, sign: Callable[[Mapping[str, str]], bytes], agent: Person
) -> None:
    post.mail(pdf=sign({**MEERPAAL, "beheerder_email": ""}))
    second = post.mail("E-mailadres beheerder: s.dewit@obsdemeerpaal.example", answers=1)
    RequestDesk(post.engine).check_again(post.ticket(second), agent, post.tools)
    assert post.follows(second) == 1
    assert post.status(second, "naam_school") == "ok"
