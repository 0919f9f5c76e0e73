"""Letters and transfer encodings: what the sender says, what is meant, and what was spoiled on the way."""

from __future__ import annotations

import base64
import binascii
import quopri

import pytest

from tests.triage.mail.raw_mail import PDF, mail_of, names, part, plain, read, several
from triage.mail.limits import MAX_TEXT

WORDS = "Beste collega, de coördinator heeft één account niet gekregen. Dat kost € 5 – of meer."


@pytest.mark.parametrize(
    "declared",
    [
        "",
        "; charset=utf-8",
        "; charset=us-ascii",
        "; charset=iso-8859-1",
        '; charset="windows-1252"',
        "; charset=ansi",
        "; charset=unknown-8bit",
    ],
)
def test_windows_1252_under_any_name_or_none_is_read(declared: str) -> None:
    assert read(f"Content-Type: text/plain{declared}", WORDS.encode("cp1252")).text == WORDS


@pytest.mark.parametrize(
    "words",
    [
        "Eén leerling ontbreekt in groep 5.",
        "Graag één account.",
        "Financiën",
        "Zoë",
        "’s Middags lukt het niet",
        "Groep 5–6",
        "€ 12",
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_few_letters_that_are_not_ascii_are_enough(codec: str, words: str) -> None:
    for declared in ("", "; charset=utf-8"):
        assert read(f"Content-Type: text/plain{declared}", words.encode(codec)).text == words


@pytest.mark.parametrize(
    "declared",
    [
        "",
        "; charset=iso-8859-1",
        "; charset=windows-1252",
        "; charset=us-ascii",
        "; charset=iso-8859-15",
        "; charset=bestaat-niet",
    ],
)
def test_utf8_under_a_wrong_name_is_read(declared: str) -> None:
    assert read(f"Content-Type: text/plain{declared}", WORDS).text == WORDS


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xe9", b"\xf0\x9f", b"\x80"])
@pytest.mark.parametrize("place", [0, 10, 40])
def test_one_bad_byte_spoils_one_letter(place: int, bad: bytes) -> None:
    spoiled = WORDS[:place].encode() + bad + WORDS[place:].encode()
    text = read("Content-Type: text/plain; charset=utf-8", spoiled).text
    assert text.replace("\ufffd", "") == WORDS


def test_a_letter_cut_off_at_the_end_spoils_nothing() -> None:
    assert read("Content-Type: text/plain; charset=utf-8", (WORDS * 5 + "é").encode()[:-1]).text.startswith(WORDS * 5)


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        *[
            (label, "utf-8")
            for label in (
                "utf8",
                "UTF8",
                "utf_8",
                "'utf-8'",
                '"utf-8"',
                "utf-8;",
                "unicode-1-1-utf-8",
                "x-unicode-2-0-utf-8",
                "cp65001",
            )
        ],
        *[
            (label, "cp1252")
            for label in (
                "cp-1252",
                "windows1252",
                "win-1252",
                "cp1252",
                "x-cp1252",
                "ansi",
                "iso8859-1",
                "latin1",
                "iso_8859-1",
                "ISO-8859-1",
            )
        ],
        *[(label, "mac_roman") for label in ("x-mac-roman", "macintosh", "mac")],
        ("unicode-1-1-utf-7", "utf-7"),
        ("utf-7", "utf-7"),
        ("cp-850", "cp850"),
        ("ibm850", "cp850"),
        ("iso-8859-15", "iso-8859-15"),
        ("iso8859-15", "iso-8859-15"),
        ("utf-16", "utf-16"),
        ("utf-16le", "utf-16-le"),
        ("utf-16be", "utf-16-be"),
        ("unicode", "utf-16-le"),
        ("utf-16", "utf-16-be"),
    ],
)
def test_a_charset_is_known_by_all_its_names(label: str, codec: str) -> None:
    words = WORDS.replace("€", "E").replace("–", "-") if codec in ("cp850", "iso-8859-15") else WORDS
    data = base64.encodebytes(words.encode(codec))
    message = read(f"Content-Type: text/plain; charset={label}\nContent-Transfer-Encoding: base64", data)
    assert message.text == words


@pytest.mark.parametrize("codec", ["mac_roman", "cp850"])
def test_another_western_charset_that_is_not_named_is_read_where_it_is_clearly_better(codec: str) -> None:
    words = "De coördinator heeft één account, geïnstalleerd op een financiële computer."
    assert read("Content-Type: text/plain", words.encode(codec)).text == words


@pytest.mark.parametrize(("codec", "words"), [("cp1251", "Здравствуйте, мы не можем войти в систему.")])
def test_text_of_other_letters_that_is_not_named_is_guessed(codec: str, words: str) -> None:
    text = read("Content-Type: text/plain", words.encode(codec)).text
    assert sum("\u0400" < letter < "\u0500" for letter in text) > len(words) // 2


@pytest.mark.parametrize(
    "markup",
    [
        '<meta charset="windows-1252"><p>Eén café</p>',
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252"><p>Eén café</p>',
        "<META CHARSET=windows-1252><p>Eén café</p>",
        "<p>Eén café</p>",
    ],
)
def test_the_charset_of_an_html_part_may_stand_in_it(markup: str) -> None:
    assert read("Content-Type: text/html", markup.encode("cp1252")).text == "Eén café"
    assert read("Content-Type: text/html", markup.encode()).text == "Eén café"


def test_mac_roman_named_in_the_html_only_is_read() -> None:
    assert read("Content-Type: text/html", '<meta charset="macintosh"><p>één</p>'.encode("mac_roman")).text == "één"


# --- transfer encodings -----------------------------------------------------------------------------------------------

B64 = base64.encodebytes(WORDS.encode())
QP = quopri.encodestring(WORDS.encode())


@pytest.mark.parametrize(
    "name", ["base64", "base-64", "BASE64", '"base64"', "base64 (niet echt)", " base64 ", "b64", "base64;", "x-base64", "Base_64"]
)
def test_base64_by_any_name_is_decoded(name: str) -> None:
    assert read(f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {name}", B64).text == WORDS


@pytest.mark.parametrize(
    "name",
    [
        "quoted-printable",
        "quoted_printable",
        "QUOTED-PRINTABLE",
        "quoted printable",
        "quotedprintable",
        "qp",
        "quoted-printable; x",
        "Quoted-Printable (ja)",
    ],
)
def test_quoted_printable_by_any_name_is_decoded(name: str) -> None:
    assert read(f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {name}", QP).text.strip() == WORDS


@pytest.mark.parametrize("name", ["8bit", "8 bit", "8-bit", "8BIT", "7bit", "binary", "none", "utf-8", "plain", "spam", ""])
def test_what_is_not_encoded_stays_as_it_is(name: str) -> None:
    assert read(f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {name}", WORDS).text == WORDS


@pytest.mark.parametrize(
    "head", ["", "Content-Transfer-Encoding: 7bit", "Content-Transfer-Encoding: 8bit", "Content-Transfer-Encoding: onbekend"]
)
def test_what_is_clearly_encoded_is_decoded_without_being_named(head: str) -> None:
    kind = f"Content-Type: text/plain; charset=utf-8\n{head}"
    assert read(kind, B64).text == WORDS
    assert read(kind, QP).text.strip() == WORDS
    file = part('Content-Type: application/pdf; name="a.pdf"', base64.encodebytes(PDF * 3))
    assert mail_of(several("mixed", plain("hoi"), file)).attachments[0].data == PDF * 3


@pytest.mark.parametrize(
    "words",
    [
        "De formule is a=b en c=d.",
        "Zie https://x.example/?q=1&r=20",
        "Inloggen",
        "wachtwoordvergeten",
        "1 + 1 = 2",
        "x=y",
        "ABCDEFGHIJKLMNOPQRSTUVWX",
        "=",
    ],
)
def test_words_that_only_look_encoded_stay_as_they_are(words: str) -> None:
    assert read("Content-Type: text/plain; charset=utf-8", words).text == words


@pytest.mark.parametrize(
    "words", ["Wij kunnen niet inloggen.", "Hallo,\nWij kunnen niet inloggen.\nGroet, Joke", "Het lukt niet"]
)
def test_words_that_say_they_are_base64_and_are_not_stay_words(words: str) -> None:
    assert read("Content-Type: text/plain\nContent-Transfer-Encoding: base64", words).text.replace("\r\n", "\n") == words


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(base64.b64encode(b"Wij kunnen ") + b"\n" + base64.b64encode(b"niet inloggen."), id="padding-in-the-middle"),
        pytest.param(base64.b64encode(b"Wij kunnen ") + base64.b64encode(b"niet inloggen."), id="padding-in-a-line"),
        pytest.param(base64.b64encode(b"Wij kunnen niet inloggen.").rstrip(b"="), id="no-padding"),
        pytest.param(base64.b64encode(b"Wij kunnen niet inloggen.") + b"====", id="too-much-padding"),
        pytest.param(
            b"!".join([base64.b64encode(b"Wij kunnen niet inloggen.")[:8], base64.b64encode(b"Wij kunnen niet inloggen.")[8:]]),
            id="junk-sign",
        ),
        pytest.param(
            base64.b64encode(b"Wij kunnen niet inloggen.") + b"\n-- \nDit bericht is gescand op virussen\n", id="footer-below"
        ),
        pytest.param(b"Dit is een regel van een server\n" + base64.b64encode(b"Wij kunnen niet inloggen."), id="line-above"),
        pytest.param(b"  " + base64.b64encode(b"Wij kunnen niet inloggen."), id="indented"),
    ],
)
def test_broken_base64_is_decoded(data: bytes) -> None:
    assert read("Content-Type: text/plain\nContent-Transfer-Encoding: base64", data).text == "Wij kunnen niet inloggen."


@pytest.mark.parametrize(
    "data",
    [
        b"caf=C3=A9 =\r\ndicht",
        b"caf=c3=a9 =  \r\ndicht",
        "café =\r\ndicht".encode(),
        b"caf=C3=A9_dicht".replace(b"_", b"=20"),
        b"caf=C3=A9 dicht=",
    ],
)
def test_broken_quoted_printable_is_decoded(data: bytes) -> None:
    assert read("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable", data).text == "café dicht"


def uuencoded(data: bytes, name: str = "a.pdf") -> str:
    lines = [binascii.b2a_uu(data[at : at + 45]).decode() for at in range(0, len(data), 45)]
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


@pytest.mark.parametrize("name", ["a.pdf", "mijn formulier.pdf", "A.PDF"])
def test_a_file_in_the_text_is_a_file_and_the_words_around_it_stay(name: str) -> None:
    message = read("Content-Type: text/plain", f"Hierbij het formulier.\n\n{uuencoded(PDF * 9, name)}\nGroet, Joke")
    assert (names(message), message.attachments[0].data) == ([name], PDF * 9)
    assert message.text.split() == ["Hierbij", "het", "formulier.", "Groet,", "Joke"]


@pytest.mark.parametrize("name", ["uuencode", "x-uuencode", "x-uue"])
def test_a_part_in_uuencode_is_decoded(name: str) -> None:
    file = part(f"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: {name}", uuencoded(PDF))
    assert mail_of(several("mixed", plain("hoi"), file)).attachments[0].data == PDF


@pytest.mark.parametrize("words", ["begin 644 uur", "We begin 644 keer\nend", "begin 644 x\nend", "begin nu"])
def test_words_about_beginning_are_no_file(words: str) -> None:
    message = read("Content-Type: text/plain", words)
    assert (message.text.replace("\r\n", "\n"), names(message)) == (words, [])


# --- format=flowed ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("format=flowed", "wij kunnen niet \ninloggen.\n From mij.", "wij kunnen niet inloggen.\nFrom mij."),
        ("format=flowed", "een \ntwee \ndrie\n\nvier", "een twee drie\n\nvier"),
        ('format="flowed"; delsp=yes', "wacht \nwoord is weg", "wachtwoord is weg"),
        ("format=flowed; delsp=no", "wacht \nwoord", "wacht woord"),
        ("Format=Flowed; DelSp=Yes", "school \nbord", "schoolbord"),
        ("format=flowed", "> oud \n> bericht\nnieuw", "> oud bericht\nnieuw"),
        ("format=flowed", "> oud \nnieuw", "> oud \nnieuw"),
        ("format=flowed", "groet \n-- \nJoke", "groet \n-- \nJoke"),
        ("format=flowed", " > geen citaat", "> geen citaat"),
        ("format=fixed", "een \ntwee", "een \ntwee"),
    ],
)
def test_soft_line_breaks_are_joined(kind: str, body: str, text: str) -> None:
    assert read(f"Content-Type: text/plain; charset=utf-8; {kind}", body).text.replace("\r\n", "\n") == text


def test_a_long_text_in_a_guessed_charset_is_cut() -> None:
    assert len(read("Content-Type: text/plain", "é".encode("cp1252") * (MAX_TEXT + 5)).text) == MAX_TEXT
