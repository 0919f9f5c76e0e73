"""Makes the files in data/demo/mail, data/demo/trust and data/forms anew.

    python -m tests.make_demo

The requests are signed with keys that exist only while this runs. The plain mails (01-… to 39-….eml) were written by hand
and are left alone.
"""

from __future__ import annotations

from email.message import EmailMessage

from kb.settings import SHIPPED_DATA
from tests.forms import altered_after_signing, blank_form, filled_form, identity, own_form, pem, scanned, signed

DEMO = SHIPPED_DATA / "demo"
BOARD = "Stichting Openbaar Primair Onderwijs Voorbeeldstad (fictief)"
MEERPAAL = {
    "naam_bestuur": BOARD, "bestuursnummer": "99001", "naam_school": "OBS De Meerpaal", "brin": "99AC", "vestigingscode": "00",
    "bestuurder_naam": "Marijke van den Berg", "bestuurder_functie": "voorzitter college van bestuur",
    "beheerder_voornaam": "Sanne", "beheerder_tussenvoegsel": "de", "beheerder_achternaam": "Wit",
    "beheerder_email": "s.dewit@obsdemeerpaal.example",
}  # fmt: skip
VUURTOREN = {
    "naam_bestuur": "Vereniging voor Protestants-Christelijk Onderwijs Fictiehaven (fictief)", "bestuursnummer": "99002",
    "naam_school": "PCB De Vuurtoren", "brin": "99BC", "vestigingscode": "00",
    "bestuurder_naam": "Hendrik Postma", "bestuurder_functie": "directeur-bestuurder",
    "beheerder_voornaam": "Fatima", "beheerder_tussenvoegsel": "", "beheerder_achternaam": "Amrani",
    "beheerder_email": "f.amrani@pcbdevuurtoren.example",
}  # fmt: skip


MERGER = [
    ("Soort wijziging", "fusie"), ("Oude BRIN", "99AD"), ("Nieuwe BRIN", "99AC"), ("Ingangsdatum", "1 augustus 2027"),
    ("Namen van de scholen", "Kindcentrum Het Kompas en OBS De Meerpaal"), ("Bestuursnummer", "99001"), ("LAS", "beide ParnasSys"),
    ("Contactpersoon", "Sanne de Wit, ICT-coördinator, s.dewit@obsdemeerpaal.example"),
]  # fmt: skip


def request(
    sender: str, name: str, subject: str, body: str, pdf: bytes, filename: str = "aanvraag-eerste-beheerder.pdf"
) -> bytes:
    """A mail with a form attached."""
    mail = EmailMessage()
    mail["From"] = f"{name} <{sender}>"
    mail["To"] = "help@basispoort.nl"
    mail["Subject"] = subject
    mail["Date"] = "Mon, 23 Nov 2026 09:12:00 +0100"
    mail["Message-ID"] = f"<{filename.removesuffix('.pdf')}.{len(body)}.{len(subject)}@{sender.rpartition('@')[2]}>"
    mail.set_content(body)
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=filename)
    return mail.as_bytes()


def requests() -> dict[str, bytes]:
    """The requests of the demo, by file name."""
    authority = identity("Demo Vertrouwensdienst (fictief)")
    director = identity("Marijke van den Berg", authority)
    (DEMO / "trust").mkdir(exist_ok=True)
    (DEMO / "trust" / "demo-ca.pem").write_bytes(pem(authority))
    blank = (SHIPPED_DATA / "forms" / "aanvraag-eerste-beheerder.pdf").read_bytes()
    full = filled_form(MEERPAAL, blank)
    other = filled_form(VUURTOREN, blank)
    own_rows = [
        ("Naam schoolbestuur", "Stg. Katholiek Onderw. Proefmeer (fictief)"), ("Bestuursnummer", "99003"), ("Naam school", "R.K.B.S. Sint Jozef"),
        ("BRIN-nummer", "99 ca"), ("Locatiecode", "00"), ("Naam wettig bestuurder", "Johanna Maessen, bestuurder"),
        ("Naam beoogde beheerder", "Pim Janssen"), ("E-mailadres beheerder", "p.janssen@sintjozefproefmeer.example"),
    ]  # fmt: skip
    school, vuurtoren = "directie@obsdemeerpaal.example", "directie@pcbdevuurtoren.example"
    body = "Goedemorgen,\n\nIn de bijlage vindt u ons verzoek voor een eerste beheerder.\n\nMet vriendelijke groet,\n{}"
    return {
        "80-aanvraag-compleet.eml": request(school, "Marijke van den Berg", "Aanvraag eerste beheerder OBS De Meerpaal", body.format("Marijke van den Berg"), signed(full, director)),
        "81-aanvraag-veld-ontbreekt.eml": request(
            "directie@cbsdezonnewijzer.example", "Hendrik Postma", "verzoek beheerder", body.format("Hendrik Postma"),
            own_form([("Naam bestuur", VUURTOREN["naam_bestuur"]), ("Naam school", "CBS De Zonnewijzer"), ("BRIN", "99BA"), ("Naam bestuurder", "Hendrik Postma"),
                      ("Functie bestuurder", "directeur-bestuurder"), ("Naam beheerder", "Fatima Amrani"), ("E-mail beheerder", "groep8@cbsdezonnewijzer.example")], ink=True),
        ),
        "82-aanvraag-brin-van-ander-bestuur.eml": request(
            school, "Secretariaat OPO Voorbeeldstad", "Eerste beheerder aanvragen", body.format("Het secretariaat"),
            filled_form({**MEERPAAL, "brin": "99BA"}, blank),
        ),
        "83-aanvraag-niet-ondertekend.eml": request(vuurtoren, "Hendrik Postma", "Formulier eerste beheerder De Vuurtoren", body.format("Hendrik Postma"), other),
        "84-aanvraag-ondertekend-eigen-certificaat.eml": request(
            "j.maessen@sintjozefproefmeer.example", "Johanna Maessen", "Aanvraag ICT-coördinator Sint Jozef", body.format("Johanna Maessen"),
            signed(own_form(own_rows), identity("Johanna Maessen"), "Signature1"), "verzoek-basispoort.pdf",
        ),
        "85-aanvraag-gewijzigd-na-tekenen.eml": request(
            school, "OBS De Meerpaal", "Spoed: beheerder", body.format("OBS De Meerpaal"),
            altered_after_signing(signed(full, director), "beheerder_email", "sdewit.obsdemeerpaal@gmail.com"),
        ),
        "86-aanvraag-scan.eml": request(vuurtoren, "Fatima Amrani", "scan aanvraag", body.format("Fatima"), scanned(other), "scan0042.pdf"),
        "87-aanvraag-lijkt-op-school.eml": request(
            "directie@obsdemeerpaaI.example".lower().replace("paai", "paa1"), "Marijke van den Berg", "Aanvraag eerste beheerder OBS De Meerpaal (herinnering)",
            body.format("Marijke van den Berg"), filled_form({**MEERPAAL, "beheerder_email": "s.dewit@obsdemeerpaa1.example"}, blank),
        ),
        "88-melding-fusie.eml": request(
            school, "Marijke van den Berg", "Melding fusie Het Kompas en De Meerpaal",
            "Goedemiddag,\n\nOnze scholen Het Kompas en De Meerpaal gaan samen. In de bijlage vindt u de ondertekende melding.\n\nMet vriendelijke groet,\nMarijke van den Berg",
            own_form(MERGER, "Melding fusie of opheffing", ink=True), "melding-fusie.pdf",
        ),
    }  # fmt: skip


def main() -> None:
    """Write all files."""
    forms = SHIPPED_DATA / "forms"
    forms.mkdir(exist_ok=True)
    (forms / "aanvraag-eerste-beheerder.pdf").write_bytes(blank_form("Aanvraag eerste beheerder"))
    (forms / "aanvraag-schoolaccount.pdf").write_bytes(blank_form("Aanvraag schoolaccount"))
    (DEMO / "mail").mkdir(exist_ok=True)
    for name, raw in requests().items():
        (DEMO / "mail" / name).write_bytes(raw)


if __name__ == "__main__":
    main()
