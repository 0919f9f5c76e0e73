"""Sending answers: in the thread of the mail, to its sender, through a real SMTP server on this machine."""

from __future__ import annotations

import datetime
import email
import email.policy
import ipaddress
import socket
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.triage.conftest import LocalServer, Postbox, StartServer
from tests.triage.letters import letter
from triage.errors import OutboxError
from triage.mail import Address, parse_message
from triage.outbox.smtp import compose, new_message_id, send

# The server of these tests asks for a password without encryption, as it is on this machine.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")

HELP = "help@basispoort.nl"
ANSWER = "Beste Sanne,\n\nÉén tip: vraag een nieuw wachtwoord aan.\n\nHelpdesk\n"


def answer_to(raw: bytes, subject: str = "Re: Inloggen lukt niet", body: str = ANSWER) -> EmailMessage:
    return compose(parse_message(raw), Address("", HELP), subject, body, new_message_id(HELP))


def delivered(postbox: Postbox) -> EmailMessage:
    """The one mail that the server took in."""
    (envelope,) = postbox.received
    assert isinstance(envelope.content, bytes)
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


# --- the answer -----------------------------------------------------------------------------------------------------


def test_an_answer_goes_to_the_sender_from_the_help_desk() -> None:
    answer = answer_to(letter(sender="Sanne de Wit <s.dewit@kei.example>"))

    assert (answer["To"], answer["From"]) == ("s.dewit@kei.example", HELP)


def test_an_answer_never_goes_to_reply_to() -> None:
    answer = answer_to(letter(sender="s.dewit@kei.example", Reply_To="iemand@anders.example"))

    assert "anders.example" not in answer.as_string()


def test_an_answer_stands_in_the_thread_of_the_mail() -> None:
    answer = answer_to(letter(message_id="3@kei.example", References="<1@kei.example> <2@basispoort.nl>"))

    assert answer["In-Reply-To"] == "<3@kei.example>"
    assert answer["References"] == "<1@kei.example> <2@basispoort.nl> <3@kei.example>"


def test_a_long_thread_is_named_by_its_last_mails() -> None:
    earlier = " ".join(f"<{number}@kei.example>" for number in range(50))
    answer = answer_to(letter(message_id="50@kei.example", References=earlier))

    assert answer["References"].split() == [f"<{number}@kei.example>" for number in range(40, 51)]


def test_an_answer_to_a_mail_without_message_id_starts_a_thread() -> None:
    answer = answer_to(letter(message_id=None))

    assert (answer["In-Reply-To"], answer["References"]) == (None, None)


def test_every_answer_has_its_own_message_id_of_our_domain() -> None:
    first, second = answer_to(letter()), answer_to(letter())

    assert first["Message-ID"] != second["Message-ID"]
    assert first["Message-ID"].endswith("@basispoort.nl>")


def test_the_subject_stands_on_one_line_so_that_it_cannot_add_headers() -> None:
    answer = answer_to(letter(), subject="Re: hoi\r\nBcc: allen@school.example")

    assert (answer["Subject"], answer["Bcc"]) == ("Re: hoi Bcc: allen@school.example", None)


# --- sending --------------------------------------------------------------------------------------------------------


def test_an_answer_arrives_as_it_was_written(smtp_url: str, postbox: Postbox) -> None:
    send(smtp_url, answer_to(letter()))
    mail = delivered(postbox)

    assert mail["Subject"] == "Re: Inloggen lukt niet"
    assert mail.get_content().replace("\r\n", "\n").startswith(ANSWER)


def test_an_answer_is_handed_over_for_its_one_recipient(smtp_url: str, postbox: Postbox) -> None:
    send(smtp_url, answer_to(letter(sender="s.dewit@kei.example", Cc="directie@kei.example")))
    (envelope,) = postbox.received

    assert (envelope.mail_from, envelope.rcpt_tos) == (HELP, ["s.dewit@kei.example"])


def test_a_line_with_one_dot_does_not_end_the_mail(smtp_url: str, postbox: Postbox) -> None:
    send(smtp_url, answer_to(letter(), body="een\n.\ntwee\n"))

    assert delivered(postbox).get_content().split()[:3] == ["een", ".", "twee"]


def test_an_address_outside_ascii_arrives(smtp_url: str, postbox: Postbox) -> None:
    send(smtp_url, answer_to("From: jörg@schoöl.example\nSubject: hoi\n\nhoi".encode()))

    assert postbox.received[0].rcpt_tos == ["jörg@schoöl.example"]


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_is_not_there_is_explained() -> None:
    with pytest.raises(OutboxError, match="ConnectionRefusedError"):
        send(f"smtp://127.0.0.1:{free_port()}", answer_to(letter()))


@pytest.mark.parametrize("refusal", ["550 no such user", "451 try later", "552 too large"])
def test_a_server_that_refuses_the_mail_is_explained(smtp_url: str, postbox: Postbox, refusal: str) -> None:
    postbox.refusal = refusal

    with pytest.raises(OutboxError, match="De mailserver nam de mail niet aan"):
        send(smtp_url, answer_to(letter()))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:25",
        "http://127.0.0.1",
        "smtp://",
        "smtps://",
        "mailto:jan@school.example",
        "smtp://host:abc",
        "smtp://[::1",
    ],
)
def test_an_address_that_is_no_mail_server_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(OutboxError, match="WEGWIJZER_SMTP_URL must look like smtp://user:password@host:587"):
        send(url, answer_to(letter()))


# --- signing in and encryption --------------------------------------------------------------------------------------


def only(login: str, password: str) -> Callable[..., AuthResult]:
    """A check that lets one account in."""

    def check(server: object, session: object, envelope: object, mechanism: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=(given.login, given.password) == (login.encode(), password.encode()), handled=False)

    return check


@pytest.fixture
def guarded(start_server: StartServer, postbox: Postbox) -> LocalServer:
    """A server that takes mail of one account only."""
    check = only("help@basispoort.nl", "g:h/e@im")
    return start_server(postbox, authenticator=check, auth_required=True, auth_require_tls=False)


def test_name_and_password_in_the_url_may_hold_any_sign(guarded: LocalServer, postbox: Postbox) -> None:
    send(f"smtp://help%40basispoort.nl:g%3Ah%2Fe%40im@127.0.0.1:{guarded.port}", answer_to(letter()))

    assert len(postbox.received) == 1


@pytest.mark.parametrize(
    "account", ["help%40basispoort.nl:fout@", "help%40basispoort.nl@", ""], ids=["wrong", "no-password", "none"]
)
def test_a_server_that_does_not_let_us_in_is_explained_without_the_password(guarded: LocalServer, account: str) -> None:
    with pytest.raises(OutboxError, match="De mailserver nam de mail niet aan") as caught:
        send(f"smtp://{account}127.0.0.1:{guarded.port}", answer_to(letter()))

    assert "fout" not in str(caught.value)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "server.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(params=["smtp", "smtps"])
def secure_url(request: pytest.FixtureRequest, start_server: StartServer, postbox: Postbox, certificate: Path) -> str:
    """A server that speaks TLS: after STARTTLS (smtp) or from the start (smtps)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    options = {"tls_context": context, "require_starttls": True} if request.param == "smtp" else {"ssl_context": context}
    return f"{request.param}://127.0.0.1:{start_server(postbox, **options).port}"


def test_an_answer_travels_encrypted_to_a_server_that_is_trusted(
    secure_url: str, postbox: Postbox, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    send(secure_url, answer_to(letter()))

    assert postbox.encrypted == [True]


def test_a_server_with_a_certificate_that_nobody_trusts_gets_no_mail(secure_url: str, postbox: Postbox) -> None:
    with pytest.raises(OutboxError, match="SSLCertVerificationError"):
        send(secure_url, answer_to(letter()))

    assert postbox.received == []
