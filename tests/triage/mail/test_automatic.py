"""Mail that no person wrote: each kind is known, and a person who writes about such mail is a person."""

from __future__ import annotations

import pytest

from tests.conftest import SHARED, need
from tests.triage.mail.raw_mail import as_bytes, part, several
from triage.mail import Message, Ours, parse_message

JOKE = "From: Joke Bakker <joke@school.example>"


def mail(head: str, body: str = "hoi") -> Message:
    return parse_message(as_bytes(f"{head}\nTo: help@basispoort.nl\n\n{body}"))


def report(
    kind: str, action: str = "failed", head: str = "From: Postmaster <postmaster@school.example>", subject: str = "Rapport"
) -> Message:
    status = (
        f"Reporting-MTA: dns; mx.school.example\n\nFinal-Recipient: rfc822; joke@school.example\nAction: {action}\nStatus: 5.2.2"
    )
    content = several("report", part("Content-Type: text/plain", "Een rapport."), part(f"Content-Type: message/{kind}", status))
    content = content.replace(b"multipart/report;", f"multipart/report; report-type={kind};".encode())
    return parse_message(as_bytes(f"{head}\nSubject: {subject}\n") + content)


@pytest.mark.parametrize(
    ("kind", "action", "found"),
    [
        ("delivery-status", "failed", "bounce"),
        ("delivery-status", "Failed", "bounce"),
        ("delivery-status", "delayed", "notice"),
        ("delivery-status", "relayed", "notice"),
        ("delivery-status", "delivered", "notice"),
        ("disposition-notification", "", "receipt"),
        ("feedback-report", "", "generated"),
    ],
)
def test_a_report_says_what_it_is(kind: str, action: str, found: str) -> None:
    message = report(kind, action)
    assert (message.automatic_kind, message.automatic) == (found, True)
    assert message.text.strip() == "Een rapport."
    assert not message.attachments


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (
            "From: MAILER-DAEMON@b.example\nSubject: Undelivered Mail Returned to Sender",
            "I'm sorry to have to inform you that your message could not be delivered.",
        ),
        ("From: Mail Delivery System <MAILER-DAEMON@mx.example>\nSubject: failure notice", "Hi. This is the qmail-send program."),
        (
            "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nSubject: Delivery Status Notification (Failure)",
            "Adres niet gevonden",
        ),
        (
            "Return-Path: <>\nFrom: Microsoft Outlook <postmaster@school.example>\nSubject: Onbestelbaar: Re: Inloggen",
            "Uw bericht is niet bezorgd aan joke@school.example.",
        ),
        (
            "From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@school.example>\nSubject: Undeliverable: Re: x",
            "Your message couldn't be delivered.",
        ),
        ("From: Systeembeheerder <postmaster@school.example>\nSubject: Niet bezorgd: Re: Inloggen", "Het postvak is vol."),
        (
            "From: postmaster@school.example\nSubject: Delivery Status Notification (Failure)",
            "This is an automatically generated Delivery Status Notification.\n\nDelivery to the following recipients failed.",
        ),
        (
            "From: System Administrator <admin@school.example>\nSubject: Undeliverable: Re: Inloggen",
            "Your message did not reach some or all of the intended recipients.",
        ),
        (
            "Return-Path: <>\nFrom: Mail Administrator <postmaster@x.example>\nSubject: Mail System Error - Returned Mail",
            "This Message was undeliverable due to the following reason:\n\nUser unknown",
        ),
        (
            "X-Failed-Recipients: joke@school.example\nFrom: noreply@x.example\nSubject: Mail delivery failed: returning message to sender",
            "This message was created automatically by mail delivery software.",
        ),
        (
            "Return-Path: <>\nFrom: Mailserver <mail@school.example>\nSubject: Bezorging mislukt",
            "De bezorging van uw bericht is mislukt. 550 5.1.1 User unknown",
        ),
    ],
)
def test_a_bounce_is_known_also_without_auto_submitted(head: str, body: str) -> None:
    assert mail(head, body).automatic_kind == "bounce"


def test_a_mail_that_is_late_is_no_bounce() -> None:
    head = "From: MAILER-DAEMON@b.example\nSubject: Warning: message delayed 24 hours"
    assert mail(head, "Your message will be retried for 3 more days.").automatic_kind == "notice"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"{JOKE}\nAuto-Submitted: auto-replied\nSubject: Re: Inloggen", "Ik ben er even niet."),
        (f"{JOKE}\nAuto-Submitted: auto-replied (vacation)\nSubject: x", "x"),
        (f"{JOKE}\nX-Autoreply: yes\nSubject: Re: Inloggen", "Ik ben er even niet."),
        (f"{JOKE}\nX-Autorespond: Re: Inloggen\nSubject: Re: Inloggen", "x"),
        (f"{JOKE}\nPrecedence: auto_reply\nSubject: Re: Inloggen", "x"),
        (f"{JOKE}\nSubject: Automatisch antwoord: Re: Inloggen", "Ik ben tot en met vrijdag afwezig."),
        (f"{JOKE}\nSubject: Automatic reply: Re: Inloggen", "I am out of the office until Friday."),
        (f"{JOKE}\nSubject: Out of Office: Re: Inloggen", "Back on Monday."),
        (f"{JOKE}\nSubject: Out of the office", "I'm currently out of the office with limited access to e-mail."),
        (f"{JOKE}\nSubject: Afwezigheidsbericht", "Vandaag ben ik niet aanwezig. Bij dringende vragen belt u de school."),
        (f"{JOKE}\nSubject: Afwezig: Re: Inloggen leerkracht", "Ik ben met vakantie. Mijn mail wordt niet gelezen."),
        (f"{JOKE}\nSubject: Afwezig", "Ik ben momenteel niet aanwezig op school. In dringende gevallen kunt u bellen."),
        (f"{JOKE}\nSubject: Automatische reactie: vraag", "Bedankt voor uw mail. Ik ben woensdag weer bereikbaar."),
        (f"Return-Path: <>\n{JOKE}\nSubject: Re: Inloggen", "Ik ben tot 3 december afwezig."),
        (f"{JOKE}\nPrecedence: bulk\nSubject: Re: Inloggen", "Wegens vakantie is de school gesloten tot 4 januari."),
        (f"{JOKE}\nX-Auto-Response-Suppress: All\nSubject: Automatisch antwoord: x", "Ik werk niet op woensdag."),
        (f"{JOKE}\nSubject: Abwesend: Re: x", "Ich bin nicht da."),
    ],
)
def test_an_auto_reply_is_known_by_its_headers_or_its_subject(head: str, body: str) -> None:
    assert mail(head, body).automatic_kind == "auto-reply"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (
            f"{JOKE}\nSubject: Gelezen: Re: Inloggen",
            "Uw bericht\n\nAan: Joke\nOnderwerp: Re: Inloggen\nVerzonden: 23-11-2026\n\nis gelezen op 23-11-2026 10:12.",
        ),
        (f"{JOKE}\nSubject: Read: Re: Inloggen", "Your message\n  To: Joke\nwas read on Monday."),
        (f"{JOKE}\nSubject: Niet gelezen: Re: Inloggen", "Uw bericht is verwijderd zonder te zijn gelezen op maandag."),
        (f"{JOKE}\nSubject: Leesbevestiging: Re: Inloggen", "Dit is een leesbevestiging voor uw bericht."),
        (f"{JOKE}\nSubject: Return Receipt (displayed) - Re: x", "This is a Return Receipt for the mail that you sent."),
    ],
)
def test_a_read_receipt_is_known(head: str, body: str) -> None:
    assert mail(head, body).automatic_kind == "receipt"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (
            "From: Servicedesk <servicedesk@ict.example>\nSubject: Uw melding M2611 0042 is geregistreerd",
            "Wij hebben uw melding ontvangen en nemen deze zo spoedig mogelijk in behandeling.",
        ),
        (
            "From: Support <support@leverancier.example>\nSubject: [#48213] Ticket ontvangen",
            "Bedankt voor uw bericht. Uw ticketnummer is 48213. Wij reageren binnen twee werkdagen.",
        ),
        (
            "From: no-reply@helpdesk.example\nSubject: Ontvangstbevestiging",
            "Wij hebben uw vraag in goede orde ontvangen. U kunt niet op deze e-mail reageren.",
        ),
        (
            "From: Acme Support <support@acme.example>\nSubject: Your request (#10422) has been received",
            "##- Please type your reply above this line -##\n\nYour request has been received and is being reviewed.",
        ),
        (
            "From: Helpdesk <helpdesk@bestuur.example>\nSubject: Ticket 2026-1187 aangemaakt",
            "Dit is een automatisch gegenereerd bericht. Uw aanvraag is geregistreerd onder nummer 2026-1187. Heeft u nog vragen?",
        ),
        (
            "From: Klantenservice <klantenservice@uitgever.example>\nAuto-Submitted: auto-generated\nSubject: Bevestiging van uw vraag",
            "Wij hebben uw vraag ontvangen.",
        ),
    ],
)
def test_a_receipt_of_another_help_desk_is_known(head: str, body: str) -> None:
    assert mail(head, body).automatic_kind == "acknowledgement"


@pytest.mark.parametrize(
    "sender",
    [
        "help@basispoort.nl",
        "Basispoort Helpdesk <HELP@basispoort.nl>",
        "help+ww-12@basispoort.nl",
        '"Anna (Basispoort)" <help@basispoort.nl>',
    ],
)
def test_our_own_mail_coming_back_is_known(sender: str) -> None:
    assert mail(f"From: {sender}\nSubject: Re: Inloggen", "Vraag een nieuw wachtwoord aan.").automatic_kind == "own"


def test_which_address_is_ours_is_a_setting() -> None:
    raw = b"From: hulp@school.example\n\nhoi"
    assert parse_message(raw).automatic is False
    assert parse_message(raw, Ours("hulp@school.example")).automatic_kind == "own"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"Return-Path: <>\n{JOKE}\nSubject: Inloggen", "Wij kunnen niet inloggen."),
        (f"{JOKE}\nList-Id: <ict.lijst.example>\nSubject: Inloggen", "Wij kunnen niet inloggen."),
        (f"{JOKE}\nPrecedence: bulk\nSubject: Inloggen", "Wij kunnen niet inloggen."),
        (f"{JOKE}\nPrecedence: list\nList-Unsubscribe: <mailto:x@y.example>\nSubject: Inloggen", "Wij kunnen niet inloggen."),
        (f"{JOKE}\nX-Auto-Response-Suppress: DR, OOF, AutoReply\nSubject: Inloggen", "Wij kunnen niet inloggen."),
        (f"{JOKE}\nAuto-Submitted: no\nSubject: Inloggen", "Wij kunnen niet inloggen."),
        (f"{JOKE}\nSubject: Mail komt onbestelbaar terug", "Als wij mailen komt er 'niet bezorgd' terug. Kunt u helpen?"),
        (f"{JOKE}\nSubject: Fwd: Undeliverable: activatie", "De activatiemail komt niet aan, zie onder."),
        (f"{JOKE}\nSubject: Onbestelbaar: activatiemail", "Wij krijgen deze melding bij het activeren. Wat moeten wij doen?"),
        (f"{JOKE}\nSubject: Re: Automatisch antwoord: Re: Inloggen", "Dank, maar het lukt nog steeds niet."),
        (f"{JOKE}\nSubject: Automatisch antwoord instellen", "Hoe stel ik een automatisch antwoord in?"),
        (f"{JOKE}\nSubject: Afwezige leerkracht", "Onze leerkracht is afwezig. Kunt u de invaller toegang geven?"),
        (f"{JOKE}\nSubject: Vakantie", "In de vakantie wisselen wij van systeem. Wat moeten wij doen?"),
        (f"{JOKE}\nSubject: Ticket 48213", "Wij hebben uw antwoord ontvangen, maar het werkt nog niet. Kunt u nog eens kijken?"),
        (f"{JOKE}\nSubject: Aanvraag", "Hebben jullie onze aanvraag ontvangen? Graag een bevestiging."),
        (f"{JOKE}\nSubject: Dank", "Bedankt voor uw bericht, het werkt weer!"),
        (f"{JOKE}\nSubject: Gelezen: jullie handleiding", "Ik heb de handleiding gelezen, maar kom er niet uit."),
        ("From: Postmaster <postmaster@school.example>\nSubject: SPF", "Welke servers mogen namens Basispoort mailen?"),
        (
            "From: Administrator <administrator@school.example>\nSubject: Wachtwoord",
            "Graag een nieuw wachtwoord voor onze leerkracht.",
        ),
        (
            "From: Helpdesk Bestuur <helpdesk@bestuur.example>\nSubject: [Ticket 1187] Inloggen",
            "Een school van ons kan niet inloggen. Kunt u meekijken?",
        ),
        ("From: Joke <joke@help-basispoort.nl>\nSubject: x", "Wij kunnen niet inloggen."),
    ],
)
def test_a_person_is_a_person(head: str, body: str) -> None:
    message = mail(head, body)
    assert (message.automatic_kind, message.automatic) == ("", False)


@pytest.mark.parametrize(("name", "kind"), [("5-08", "bounce"), ("5-13", "own")])
def test_reported_mails_of_machines_are_known(name: str, kind: str) -> None:
    path = SHARED / "reports" / f"{name}.eml"
    need(path.is_file(), f"{path} is not here")
    assert parse_message(path.read_bytes()).automatic_kind == kind


@pytest.mark.parametrize("name", ["multi_address_bounce1", "multipart_report_multiple_status", "report_530"])
def test_real_bounces_are_known(name: str) -> None:
    path = SHARED / "mail" / "torture" / f"multipart_report_emails__{name}.eml"
    need(path.is_file(), f"{path} is not here: real mails are not part of the project")
    assert parse_message(path.read_bytes()).automatic
