"""Ways around the judgement of a request that were tried: each must leave a doubt, a second person or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from email.message import EmailMessage

import pytest
from sqlalchemy import Engine

from kb.settings import read_settings
from tests.forms import Identity, blank_form, filled_form, identity, signed
from tests.make_demo import MEERPAAL
from triage.accounts.accounts import Person
from triage.desk.desk import Desk
from triage.desk.request_desk import RequestDesk, Standing
from triage.errors import DeskError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes
from triage.verify.model import Weight

S = "obsdemeerpaal.example"
TICK = "geen_actieve_beheerder"
NOTE = "Gebeld met het bestuur: dit klopt."
REQUEST = "eerste-beheerder-aanvraag"
PIET = {
    "beheerder_voornaam": "Piet", "beheerder_tussenvoegsel": "", "beheerder_achternaam": "Post", "beheerder_email": f"p.post@{S}",
}  # fmt: skip
JORIS = {**MEERPAAL, **PIET, "bestuurder_naam": "Joris Fraude"}
PASSED = f"dmarc=pass header.from={S}"
UNPROVEN = f"spf=none smtp.mailfrom=evil.example; dmarc=none header.from={S}"
FAILED = f"dmarc=fail header.from={S}"


class World:
    """A desk whose mail server is known, with mails that come in as tickets 1, 2, …"""

    def __init__(self, engine: Engine, tools: Tools, agent: Person, senior: Person, authority: Identity) -> None:
        settings = read_settings(
            {
                "WEGWIJZER_VAR_DIR": str(tools.settings.var_dir), "WEGWIJZER_ENCODER": "none",
                "WEGWIJZER_TRUST_ROOTS": str(tools.settings.trust_roots), "WEGWIJZER_AUTHSERV_ID": "mx.basispoort.nl",
            }
        )  # fmt: skip
        self.engine, self.tools, self.agent, self.senior = engine, replace(tools, settings=settings), agent, senior
        self.desk, self.judge, self.authority = Desk(engine, None, "help@basispoort.nl"), RequestDesk(engine), authority
        self.director, self.count = identity("Marijke van den Berg", authority), 0

    def sign(self, values: Mapping[str, str], who: Identity | None = None) -> bytes:
        return signed(filled_form(values, blank_form()), who or self.director)

    def mail(
        self,
        pdf: bytes | None = None,
        recorded: str = PASSED,
        text: str = "",
        sender: str = f"m.vdberg@{S}",
        answers: int = 0,
        more: bytes | None = None,
        subject: str = "Aanvraag eerste beheerder",
    ) -> int:
        self.count += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"Bestuur <{sender}>", "help@basispoort.nl", subject
        mail["Message-ID"] = f"<deel-{self.count}@{S}>"
        if answers:
            mail["References"] = f"<deel-{answers}@{S}>"
        mail.set_content(text)
        for name, data in (("aanvraag.pdf", pdf), ("tweede.pdf", more)):
            if data:
                mail.add_attachment(data, maintype="application", subtype="pdf", filename=name)
        raw = f"Authentication-Results: mx.basispoort.nl; {recorded}\n".encode() + mail.as_bytes()
        ingest(self.engine, [RawBytes("file", raw)], self.tools)
        return self.count

    def standing(self, number: int) -> Standing:
        return self.judge.standing(number)

    def kinds(self, number: int, weight: Weight = Weight.DOUBT) -> set[str]:
        return {one.kind for one in self.standing(number).obstacles if one.weight is weight}

    def ready(self, number: int) -> None:
        self.desk.tick(number, TICK, True, self.agent)
        if self.standing(number).needs_authority:
            self.judge.record_authority(number, "Uittreksel van de KvK", None, self.agent)
        for answer in self.standing(number).unread:
            self.judge.mark_read(number, answer, self.agent)

    def alone(self, number: int) -> bool:
        """Whether one person gets it granted."""
        try:
            return self.judge.approve(number, self.agent)
        except DeskError:
            return False

    def becomes(self, number: int, *intents: str) -> None:
        for intent in intents:
            self.desk.correct_intent(number, intent, self.agent, self.tools)


@pytest.fixture
def world(engine: Engine, trusting: Tools, agent: Person, hire: Callable[[str, str], Person], authority: Identity) -> World:
    return World(engine, trusting, agent, hire("wim", "senior"), authority)


# --- a value that nobody signed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["text", "second file"])
def test_a_chosen_value_that_was_not_signed_takes_two_people(world: World, where: str) -> None:
    evil = f"evil@{S}"
    pdf = world.sign(MEERPAAL)
    if where == "text":
        world.mail(pdf, text=f"E-mailadres beheerder: {evil}")
    else:
        world.mail(pdf, more=filled_form({**MEERPAAL, "beheerder_email": evil}, blank_form()))
    world.judge.choose(1, "email_beheerder", evil, NOTE, world.agent)
    world.ready(1)
    assert "chosen" in world.kinds(1)
    assert not world.alone(1)


def test_a_chosen_value_of_the_signed_form_stays_one_persons(world: World) -> None:
    world.mail(world.sign(MEERPAAL), text=f"E-mailadres beheerder: evil@{S}")
    world.judge.choose(1, "email_beheerder", MEERPAAL["beheerder_email"], NOTE, world.agent)
    world.ready(1)
    assert world.alone(1)


def test_a_value_chosen_from_another_mail_than_the_signed_form_is_a_doubt(world: World) -> None:
    world.mail(world.sign({**MEERPAAL, "beheerder_email": ""}))
    two = f"E-mailadres beheerder: a.evil@{S}\nE-mailadres beheerder: b.evil@{S}"
    number = world.mail(text=two, answers=1)
    value = world.standing(number).to_choose["email_beheerder"][0]
    world.judge.choose(number, "email_beheerder", value, NOTE, world.agent)
    assert "chosen" in world.kinds(number)
