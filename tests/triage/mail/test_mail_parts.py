"""Which parts of a mail are its words and which are files, however its sender or a server on the way put it together."""

from __future__ import annotations

import base64
import quopri
import struct

import pytest
from asn1crypto import cms

from tests.conftest import SHARED, need
from tests.triage.mail.raw_mail import FROM, PDF, QUESTION, mail_of, names, part, plain, read, rich, several
from triage.mail import parse_message
from triage.mail.own_words import own_words

FOOTERS = [
    pytest.param("-- \nDit bericht is gescand op virussen.", id="scanned"),
    pytest.param("This email has been checked for viruses by Avast antivirus software.\nwww.avast.com", id="avast"),
    pytest.param(
        "________________________________________\nict mailing list\nict@lijst.example\nhttps://lijst.example/listinfo/ict",
        id="list",
    ),
    pytest.param(
        "Deze e-mail is uitsluitend bestemd voor de geadresseerde(n). Aan dit bericht kunnen geen rechten worden ontleend.",
        id="disclaimer",
    ),
    pytest.param("Scanned by MailScanner, and is believed to be clean.", id="mailscanner"),
    pytest.param(
        "U ontvangt dit bericht omdat u lid bent van de groep ICT. Afmelden: stuur een mail naar ict+unsubscribe@lijst.example",
        id="group",
    ),
]
FILE = part('Content-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64', base64.b64encode(PDF))


@pytest.mark.parametrize("footer", FOOTERS)
@pytest.mark.parametrize("question", [plain(), rich()], ids=["plain", "html"])
def test_the_question_is_the_text_and_the_footer_below_or_above_it_is_not(question: bytes, footer: str) -> None:
    for parts in (
        [question, plain(footer)],
        [plain(footer), question],
        [question, rich(f"<p>{footer}</p>")],
        [question, FILE, plain(footer)],
    ):
        assert mail_of(several("mixed", *parts)).text.strip() == QUESTION


@pytest.mark.parametrize("footer", FOOTERS[:3])
def test_a_scanner_that_writes_in_the_part_itself_is_left_out_too(footer: str) -> None:
    assert mail_of(plain(f"{QUESTION}\n\n{footer}\n")).text.strip() == QUESTION


def test_a_mail_of_nothing_but_a_footer_keeps_it() -> None:
    assert mail_of(plain("Dit bericht is gescand op virussen.")).text == "Dit bericht is gescand op virussen."


def test_a_question_about_a_scanner_is_a_question() -> None:
    words = "Onze virusscanner (Avast) blokkeert de mail van Basispoort. Kunt u helpen?"
    assert mail_of(several("mixed", plain("Hallo,"), plain(words))).text == f"Hallo,\n\n{words}"


def test_text_parts_come_in_order() -> None:
    parts = [plain("een"), FILE, rich("<p>twee</p>"), plain("drie")]
    assert mail_of(several("mixed", *parts)).text == "een\n\ntwee\n\ndrie"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(several("alternative", plain(), rich("<p>Anders</p>")), id="plain-before-html"),
        pytest.param(several("alternative", rich("<p>Anders</p>"), plain()), id="html-before-plain"),
        pytest.param(several("alternative", plain(""), rich()), id="empty-plain"),
        pytest.param(several("alternative", plain(" \n\n"), several("related", rich(), FILE, boundary="r")), id="related-inside"),
        pytest.param(
            several("alternative", plain("Deze mail is opgemaakt in HTML. Uw e-mailprogramma ondersteunt dat niet."), rich()),
            id="needs-html",
        ),
        pytest.param(
            several(
                "alternative", plain("This message requires an HTML viewer. View it in your browser: https://x.example/1"), rich()
            ),
            id="viewer",
        ),
        pytest.param(several("alternative", plain("[cid:image001.png]"), rich()), id="only-a-picture"),
        pytest.param(several("alternative", plain("-- \nGescand op virussen door de mailserver"), rich()), id="only-a-footer"),
        pytest.param(
            several("related", several("alternative", plain(), rich(), boundary="a"), FILE), id="alternative-inside-related"
        ),
        pytest.param(
            several(
                "mixed", several("alternative", plain(), rich(), boundary="a"), plain("Gescand op virussen door Avast, mail")
            ),
            id="in-mixed",
        ),
        pytest.param(several("mixed", plain(), rich()), id="the-same-twice-in-mixed"),
        pytest.param(several("mixed", rich(), plain()), id="the-same-twice-html-first"),
        pytest.param(
            several("alternative", rich(), several("mixed", rich("<p>Anders</p>"), boundary="m"), plain(QUESTION)),
            id="three-forms",
        ),
    ],
)
def test_of_several_forms_of_the_words_one_is_the_text(content: bytes) -> None:
    assert mail_of(content).text.strip() == QUESTION


# --- named text parts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        'Content-Type: text/plain; name="ATT00001.txt"\nContent-Disposition: inline; filename="ATT00001.txt"',
        'Content-Type: text/plain; name="bericht.txt"',
        "Content-Type: text/plain\nContent-Disposition: inline; filename=vraag.txt",
        'Content-Type: text/plain; charset=utf-8\nContent-Disposition: attachment; filename="vraag over inloggen.txt"',
        'Content-Type: text/plain; name="Part 1.2"\nContent-Disposition: attachment',
        "Content-Type: text/plain\nContent-Disposition: attachment",
    ],
)
def test_the_only_words_are_the_text_also_when_their_part_has_a_name(head: str) -> None:
    message = mail_of(several("mixed", part(head, QUESTION), FILE))
    assert message.text == QUESTION
    assert "a.pdf" in names(message)


@pytest.mark.parametrize("name", ["lijst.txt", "log-2026.txt", "uitleg.html", "groep 5.txt", "leerlingen.csv"])
def test_a_text_file_beside_the_words_is_a_file(name: str) -> None:
    kind = {"html": "text/html", "csv": "text/csv"}.get(name[-4:].strip("."), "text/plain")
    file = part(f'Content-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"', "inhoud")
    message = mail_of(several("mixed", plain(), file))
    assert (message.text, names(message)) == (QUESTION, [name])


# --- attached and wrapped mails ---------------------------------------------------------------------------------------

OLD = b"From: Ouder <ouder@thuis.example>\r\nSubject: oud bericht\r\n" + several(
    "mixed", plain("Ik wil graag een factuur."), FILE, boundary="old"
)


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("7bit", OLD),
        ("base64", base64.encodebytes(OLD)),
        ("BASE64", base64.b64encode(OLD)),
        ("quoted-printable", quopri.encodestring(OLD)),
        ("8bit", OLD),
    ],
)
@pytest.mark.parametrize("kind", ["message/rfc822", 'application/octet-stream; name="oud.eml"'])
def test_an_attached_mail_in_any_encoding_is_opened_and_is_not_the_text(kind: str, encoding: str, data: bytes) -> None:
    attached = part(
        f'Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\nContent-Disposition: attachment; filename="oud.eml"', b"@@"
    ).replace(b"@@", data)
    message = mail_of(several("mixed", rich(), attached))
    assert (message.text, names(message)) == (QUESTION, ["a.pdf"])
    assert [(mail.subject, mail.text) for mail in message.enclosed] == [("oud bericht", "Ik wil graag een factuur.")]


@pytest.mark.parametrize(
    "note", ["FYI", "Zie de bijgevoegde mail.", "Zie de mail van ons bestuur.", "zie onder", "Hierbij de mail van een ouder."]
)
def test_below_a_note_that_points_at_it_an_attached_mail_is_read_as_a_forward(note: str) -> None:
    message = mail_of(several("mixed", plain(note), part("Content-Type: message/rfc822", b"") + OLD))
    assert "Ik wil graag een factuur." in message.text
    assert "Ik wil graag een factuur." in own_words(message.text)


def test_an_attached_mail_without_words_above_it_is_the_text() -> None:
    assert mail_of(several("mixed", part("Content-Type: message/rfc822", b"") + OLD)).text == "Ik wil graag een factuur."


def signed(content: bytes) -> bytes:
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [],
            "encap_content_info": {"content_type": "data", "content": content},
            "signer_infos": [],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()


@pytest.mark.parametrize(
    "head",
    [
        'application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"',
        "application/x-pkcs7-mime; name=smime.p7m",
        'application/octet-stream; name="smime.p7m"',
        "application/pkcs7-mime",
        'application/pkcs7-mime; smime-type="signed-data"',
    ],
)
def test_a_signed_mail_is_opened(head: str) -> None:
    inner = several("mixed", plain(), FILE)
    message = read(f"Content-Type: {head}\nContent-Transfer-Encoding: base64", base64.encodebytes(signed(inner)))
    assert (message.text.strip(), names(message)) == (QUESTION, ["a.pdf"])


ENVELOPE = cms.ContentInfo(
    {
        "content_type": "enveloped_data",
        "content": cms.EnvelopedData(
            {
                "version": "v0",
                "recipient_infos": [],
                "encrypted_content_info": {
                    "content_type": "data",
                    "content_encryption_algorithm": {"algorithm": "1.2.840.113549.3.7", "parameters": b"12345678"},
                    "encrypted_content": b"x" * 40,
                },
            }
        ),
    }
).dump()
ARMOUR = "-----BEGIN PGP MESSAGE-----\n\nhQEMA0x\n=abcd\n-----END PGP MESSAGE-----"


@pytest.mark.parametrize(
    "content",
    [
        part(
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: base64",
            base64.encodebytes(ENVELOPE),
        ),
        part(
            "Content-Type: application/octet-stream; name=smime.p7m\nContent-Transfer-Encoding: base64",
            base64.encodebytes(ENVELOPE),
        ),
        several(
            "encrypted",
            part("Content-Type: application/pgp-encrypted", "Version: 1"),
            part("Content-Type: application/octet-stream; name=encrypted.asc", ARMOUR),
        ),
        plain(ARMOUR),
        plain(f"Hallo,\n\n{ARMOUR}\n"),
    ],
)
def test_an_encrypted_mail_is_named_as_such_in_dutch(content: bytes) -> None:
    message = mail_of(content)
    assert any("versleuteld" in problem for problem in message.problems)
    assert "BEGIN PGP" not in message.text


def test_the_frame_of_an_inline_signature_is_left_out() -> None:
    body = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{QUESTION}\n- -- \nJoke\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    assert mail_of(plain(body)).text.split() == f"{QUESTION}\n-- \nJoke".split()


def tnef(*objects: tuple[int, int, bytes]) -> bytes:
    lines = b"".join(
        struct.pack("<BHHI", level, name, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
        for level, name, data in objects
    )
    return b"\x78\x9f\x3e\x22\x01\x00" + lines


WINMAIL = tnef(
    (1, 0x800C, QUESTION.encode() + b"\0"), (2, 0x9002, b"\1\0" + b"\0" * 12), (2, 0x8010, b"a.pdf\0"), (2, 0x800F, PDF)
)


@pytest.mark.parametrize(
    "kind",
    [
        'application/ms-tnef; name="winmail.dat"',
        'application/octet-stream; name="winmail.dat"',
        "application/vnd.ms-tnef",
        "application/ms-tnef",
    ],
)
def test_the_files_in_a_winmail_dat_are_found_and_its_words_when_there_are_no_others(kind: str) -> None:
    wrapped = part(f"Content-Type: {kind}\nContent-Transfer-Encoding: base64", base64.encodebytes(WINMAIL))
    beside = mail_of(several("mixed", plain("Hallo."), wrapped))
    assert names(beside) == ["a.pdf"]
    assert beside.attachments[0].data == PDF
    assert mail_of(several("mixed", wrapped)).text.strip() == QUESTION


@pytest.mark.parametrize(
    "data", [b"", b"x", b"\x78\x9f\x3e\x22", WINMAIL[:60], b"\x78\x9f\x3e\x22" + b"\0" * 90_000, WINMAIL[:-30]]
)
def test_a_broken_wrapping_stays_a_file(data: bytes) -> None:
    for name in ("winmail.dat", "smime.p7m", "mail.msg"):
        wrapped = part(
            f"Content-Type: application/octet-stream; name={name}\nContent-Transfer-Encoding: base64", base64.encodebytes(data)
        )
        assert mail_of(several("mixed", plain(), wrapped)).text == QUESTION


# --- structure --------------------------------------------------------------------------------------------------------


def broken(opening: str, first: str, second: str, last: str) -> bytes:
    file = (
        "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(PDF).decode()
    )
    return f"{opening}\r\n\r\n{first}\r\nContent-Type: text/plain\r\n\r\n{QUESTION}\r\n{second}\r\n{file}\r\n{last}\r\n".encode()


@pytest.mark.parametrize(
    ("opening", "first", "second", "last"),
    [
        pytest.param('Content-Type: multipart/mixed; boundary="Bound1"', "--bound1", "--BOUND1", "--bound1--", id="other-case"),
        pytest.param('Content-Type: multipart/mixed; boundary="b1"', "--b1  ", "--b1\t", "--b1--  ", id="spaces-behind"),
        pytest.param('Content-Type: multipart/mixed; boundary="b1 "', "--b1 ", "--b1 ", "--b1 --", id="space-in-it"),
        pytest.param('Content-Type: multipart/mixed; boundary="b1"', "----b1", "----b1", "----b1--", id="dashes-too-many"),
        pytest.param('Content-Type: multipart/mixed; boundary="--b1"', "--b1", "--b1", "--b1--", id="dashes-too-few"),
        pytest.param("Content-Type: multipart/mixed", "--xyz", "--xyz", "--xyz--", id="no-boundary"),
        pytest.param('Content-Type: multipart/mixed; boundary=""', "--xyz", "--xyz", "--xyz--", id="empty-boundary"),
        pytest.param('Content-Type: multipart/mixed; boundary="abc"', "--xyz", "--xyz", "--xyz--", id="another-boundary"),
        pytest.param('Content-Type: multipart/mixed; boundary="b1"', "--b1", "--b1", "", id="never-closed"),
        pytest.param("Content-Type: text/plain; charset=utf-8", "--xyz", "--xyz", "--xyz--", id="declared-as-text"),
        pytest.param("MIME-Version: 1.0", "--xyz", "--xyz", "--xyz--", id="not-declared"),
        pytest.param(
            "Content-Type: multipart/mixed; boundary=----=_Part:1?2",
            "------=_Part:1?2",
            "------=_Part:1?2",
            "------=_Part:1?2--",
            id="unquoted-signs",
        ),
        pytest.param("Content-Type: multipart/mixed;\r\nboundary=b1", "--b1", "--b1", "--b1--", id="wrapped-without-indent"),
        pytest.param(
            "Content-Type: multipart/mixed;\r\n boundary=\r\n b1", "--b1", "--b1", "--b1--", id="wrapped-behind-the-sign"
        ),
        pytest.param('content-type : MULTIPART/MIXED ; BOUNDARY = "b1"', "--b1", "--b1", "--b1--", id="spaced-out"),
        pytest.param('Content-Type: multipart/mixed; boundary="b1"', " --b1", " --b1", " --b1--", id="indented"),
    ],
)
def test_parts_are_found_whatever_their_boundary_looks_like(opening: str, first: str, second: str, last: str) -> None:
    message = mail_of(broken(opening, first, second, last))
    assert (message.text.strip(), names(message)) == (QUESTION, ["a.pdf"])


def test_two_boundaries_that_differ_in_case_only_stay_two() -> None:
    inner = several("alternative", plain(), rich("<p>Anders</p>"), boundary="B1")
    assert mail_of(several("mixed", inner, FILE, boundary="b1")).text == QUESTION


@pytest.mark.parametrize(
    "name",
    [
        "impact-broken-header-line",
        "impact-part-header-wrapped",
        "impact-rfc822-base64",
        "impact-smime-opaque",
        "impact-winmail.dat",
    ],
)
def test_the_form_is_found_in_whatever_it_came_in(name: str) -> None:
    folder = SHARED / "reports"
    need(folder.is_dir(), "the mails of ../shared/data/reports")
    plainly = parse_message((folder / "impact-baseline.eml").read_bytes())
    found = parse_message((folder / f"{name}.eml").read_bytes())
    assert [file.data for file in found.attachments] == [file.data for file in plainly.attachments]


def test_a_mail_in_utf16_is_read() -> None:
    assert parse_message((FROM.decode() + "\r\n" + QUESTION).encode("utf-16")).text == QUESTION
