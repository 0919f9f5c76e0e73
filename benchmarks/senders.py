"""How well the sender of a formal request is weighed: honest and deceitful mails around the same signed form, on both registers.

    python benchmarks/senders.py [--data ../shared/data/duo] [--schools 6]

Each kind is made for schools of DUO's register and of the demo's. The form and its signature are right, except that some kinds
name another address of the administrator or another location. Printed: verdicts by kind, and what matters most: deceitful mails that
come out 'compleet' and honest ones that come out 'verdacht' or not 'compleet'.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from request_parts import INCOMPLETE, INTENT, OK, OUR_SERVER, SUSPECT, Subject, acro, mail, subjects, swap_letters

from kb.settings import SHIPPED_DATA, Settings, read_settings
from tests.forms import identity, pem, signed
from triage.documents.opened_mail import open_mail
from triage.mail import parse_message
from triage.register.importing import read_boards, read_schools
from triage.register.register import Register
from triage.verify.verdict import verify_message

AR = f"Authentication-Results: {OUR_SERVER};"
PASS = f"{AR} dmarc=pass header.from={{d}}"
NOT_OK = f"{INCOMPLETE} of {SUSPECT}"


@dataclass(frozen=True)
class Kind:
    """A mail; {d} is the school's domain, {n} its name without the ending, {x} that with two letters swapped."""

    name: str
    expected: str
    # Header lines on top, our server's word included.
    head: str = PASS
    # The From header as it is sent.
    sender: str = "Directie <directie@{d}>"
    # The administrator's address, and other values of the form.
    email: str = ""
    form: dict[str, str] = field(default_factory=dict)


HONEST = [
    Kind("DMARC passed", OK),
    Kind("no DMARC record, SPF aligned", OK, AR + " spf=pass smtp.mailfrom={d}; dkim=none; dmarc=none header.from={d}"),
    Kind("no DMARC record, DKIM aligned", OK, AR + " spf=none smtp.mailfrom=bounce@dienst.example; dkim=pass header.d={d}"),
    Kind("our DNS down", OK, AR + " dkim=pass header.d={d}; spf=temperror smtp.mailfrom={d}; dmarc=temperror header.from={d}"),
    Kind("bestguesspass", OK, AR + " spf=pass (sender IP is 203.0.113.9) smtp.mailfrom={d}; dkim=pass (signature was verified) header.d={d}; dmarc=bestguesspass action=none header.from={d};compauth=pass reason=109"),
    Kind("headers of three milters", OK, AR + " dmarc=pass (p=none dis=none) header.from={d}\r\n" + AR + " dkim=pass (2048-bit key; unprotected) header.d={d} header.i=@{d} header.b=Ab+/c=\r\n" + AR + " spf=pass (mailfrom) smtp.mailfrom={d} (client-ip=203.0.113.9; helo=mail.{d}; envelope-from=a@{d}; receiver=<UNKNOWN>)"),
    Kind("below our Received", OK, "Received: from mail.{d} (mail.{d} [203.0.113.9]) by mx.help.example with ESMTPS id 1\r\n" + PASS + "\r\nReceived: from pc by mail.{d} with ESMTP id 2"),
    Kind("a mailbox of the office", OK, sender="Secretariaat <secretariaat@{d}>"),
    Kind("name with a comma", OK, sender='"Berg, Marijke van den" <m.vandenberg@{d}>'),
    Kind("name with brackets", OK, sender="Marijke van den Berg (directie) <m.vandenberg@{d}>"),
    Kind("bare address", OK, sender="m.vandenberg@{d}"),
    Kind("address as name", OK, sender="m.vandenberg@{d} <m.vandenberg@{d}>"),
    Kind("sent from a subdomain", OK, "Sender: post@mail.{d}\r\n" + PASS, "Directie <directie@mail.{d}>"),
    Kind("answers to a colleague", OK, "Reply-To: Administratie <administratie@{d}>\r\n" + PASS),
    *(Kind(f"administrator {local}@", OK, email=local + "@{d}") for local in ("j.groep", "g.klaas", "m.team", "anne.groep", "sanne", "s.dewit2", "p.post", "juf.sanne")),
]  # fmt: skip
UNKNOWN_DOMAIN = [  # honest too, and for a person: never suspect
    Kind("office: bestuur in front", INCOMPLETE, PASS.replace("{d}", "bestuur{d}"), "Secretariaat <secretariaat@bestuur{d}>"),
    Kind("office: -scholen behind", INCOMPLETE, PASS.replace("{d}", "{n}-scholen.nl"), "Secretariaat <secretariaat@{n}-scholen.nl>"),
    Kind("office: a name of its own", INCOMPLETE, PASS.replace("{d}", "onderwijsgroep-x.nl"), "Secretariaat <info@onderwijsgroep-x.nl>"),
    Kind("office, administrator there too", INCOMPLETE, PASS.replace("{d}", "onderwijsgroep-x.nl"), "A <a@onderwijsgroep-x.nl>", "s.dewit@onderwijsgroep-x.nl"),
    Kind("new kind of school in the domain", INCOMPLETE, PASS.replace("{d}", "ikc{d}"), "Directie <directie@ikc{d}>"),
    Kind("a private address", INCOMPLETE, PASS.replace("{d}", "gmail.com"), "Marijke <m.vandenberg@gmail.com>"),
    Kind("our server silent", INCOMPLETE, "X-Spam: no"),
]  # fmt: skip
DECEIT = [
    Kind("DMARC failed", SUSPECT, AR + " spf=pass smtp.mailfrom={d}; dkim=pass header.d={d}; dmarc=fail header.from={d}"),
    Kind("fail before pass", SUSPECT, PASS + "\r\n" + AR + " dmarc=fail header.from={d}"),
    Kind("header of another server", INCOMPLETE, "Authentication-Results: mx.evil.example; dmarc=pass header.from={d}"),
    Kind("header without a server", INCOMPLETE, "Authentication-Results: spf=pass smtp.mailfrom={d};dmarc=pass action=none header.from={d}"),
    Kind("brought along below Received", INCOMPLETE, "Received: from mail.evil.example (mail.evil.example [203.0.113.9]) by mx.help.example with ESMTP id 1\r\nReceived: from a by mail.evil.example with ESMTP id 2\r\n" + PASS),
    Kind("vouched for another domain", INCOMPLETE, AR + " spf=pass smtp.mailfrom=evil.example; dkim=pass header.d=evil.example; dmarc=pass header.from=evil.example"),
    Kind("vouched for a HELO", INCOMPLETE, AR + " spf=pass smtp.helo={d}"),
    *(Kind(f"MAIL FROM {local!r}", INCOMPLETE, AR + f" spf=fail smtp.mailfrom={local}@evil.example; dkim=none") for local in ("a;b", "a,b", '"a b"', "a(b", "x; dmarc=pass header.from={d}; x=none smtp.mail=y", "a\r\n b")),
    Kind("MAIL FROM closes a comment", INCOMPLETE, AR + " spf=fail (domain of a) ; dmarc=pass header.from={d}; x=none (b@evil.example designates 203.0.113.9)"),
    Kind("MAIL FROM hides the failure", NOT_OK, AR + " spf=fail smtp.mailfrom=a;b@evil.example; dmarc=fail header.from={d}"),
    Kind("two addresses in From", INCOMPLETE, sender="Directie <directie@{d}>, x <x@evil.example>"),
    Kind("two From headers", INCOMPLETE, "From: x@evil.example\r\n" + PASS.replace("{d}", "evil.example")),
    Kind("comment in the address", NOT_OK, sender="directie@{d} (x@evil.example)"),
    Kind("NUL in the address", INCOMPLETE, sender="directie@{d}\0.evil.example"),
    Kind("source route", INCOMPLETE, sender="<@evil.example:directie@{d}>"),
    Kind("quoted local part", INCOMPLETE, sender='"directie"@{d}'),
    Kind("school's address in a quoted local part", NOT_OK, PASS.replace("{d}", "evil.example"), '"directie@{d}"@evil.example'),
    Kind("address as the name", SUSPECT, PASS.replace("{d}", "evil.example"), '"directie@{d}" <x@evil.example>'),
    Kind("address as an encoded name", SUSPECT, PASS.replace("{d}", "evil.example"), "=?utf-8?q?directie=40{d}?= <x@evil.example>"),
    Kind("Sender elsewhere", INCOMPLETE, "Sender: x@evil.example\r\n" + PASS),
    Kind("answers go elsewhere too", INCOMPLETE, "Reply-To: directie@{d}, x@evil.example\r\n" + PASS),
    Kind("a second Reply-To", INCOMPLETE, "Reply-To: directie@{d}\r\nReply-To: x@evil.example\r\n" + PASS),
    Kind("answers go elsewhere", INCOMPLETE, "Reply-To: x@evil.example\r\n" + PASS),
    Kind("answers go elsewhere, unproven", SUSPECT, "Reply-To: x@evil.example\r\n"),
    Kind("answers go to an imitation", SUSPECT, "Reply-To: directie@{x}\r\n" + PASS),
    Kind("odd letter in the local part", INCOMPLETE, sender="direсtie@{d}"),
    Kind("sent by a pupil", INCOMPLETE, sender="Jan <jan@leerling.{d}>"),
    Kind("sent by a class", INCOMPLETE, sender="Groep 7 <groep7@{d}>"),
    Kind("two letters swapped", SUSPECT, PASS.replace("{d}", "{x}"), "Directie <directie@{x}>"),
    Kind("another ending", SUSPECT, PASS.replace("{d}", "{n}.com"), "Directie <directie@{n}.com>"),
    Kind("name whole, administrator there too", SUSPECT, PASS.replace("{d}", "{n}-ict.nl"), "Directie <directie@{n}-ict.nl>", "s.dewit@{n}-ict.nl"),
    *(Kind(f"administrator {local}", INCOMPLETE, email=local) for local in ("p.jansen@leerling.{d}", "p.jansen@students.{d}", "leerling12@{d}", "groep7b@{d}", "team-ict@{d}", "info2@{d}", "kamer4@{d}", "pc12@{d}", "s.dеwit@{d}", "p.jansen@dse.nl", "s123456@{d}", "s.dewit@{n}-ict.nl")),
    Kind("administrator at a look-alike", SUSPECT, email="s.dewit@{x}"),
    Kind("location of another BRIN", INCOMPLETE, form={"vestigingscode": "00AA00"}),
    Kind("location against the BRIN", INCOMPLETE, form={"vestigingscode": "98"}),
]  # fmt: skip


def made(kind: Kind, subject: Subject, pdfs: dict[str, bytes]) -> bytes:
    """The mail of a kind for a school; a form with the same values is signed once."""
    words = {"d": subject.domain, "n": subject.domain.rpartition(".")[0], "x": swap_letters(subject.domain)}

    def filled(text: str) -> str:
        for name, word in words.items():
            text = text.replace(f"{{{name}}}", word)
        return text

    changes = {**kind.form, **({"beheerder_email": filled(kind.email)} if kind.email else {})}
    if (key := str(changes)) not in pdfs:
        pdfs[key] = signed(acro(subject, **changes), subject.signer)
    raw = mail(subject, pdfs[key], headers=filled(kind.head) + "\r\n")
    at = raw[: raw.index(b"\nTo: ")].rindex(b"From: ")  # the one that `mail` wrote
    return raw[:at] + b"From: " + filled(kind.sender).encode() + raw[raw.index(b"\nTo: ") :]


def report(title: str, kinds: list[Kind], register: Register, chosen: list[Subject], settings: Settings) -> None:
    """Print the verdicts of kinds that came out otherwise, and how many did not."""
    forms: dict[str, dict[str, bytes]] = defaultdict(dict)
    mails = [(kind, made(kind, subject, forms[subject.school.brin])) for subject in chosen for kind in kinds]

    def verdict(raw: bytes) -> tuple[str, tuple[str, ...]]:
        found = verify_message(open_mail(parse_message(raw)), INTENT, register, settings)
        return (found.verdict.value, found.reasons) if found else ("geen verzoek", ())

    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(verdict, [raw for _, raw in mails]))
    total = Counter(came_out for came_out, _ in verdicts)
    print(f"{title}: {len(mails)} mails of {len(kinds)} kinds; {dict(total)}; came out otherwise:", flush=True)
    for (kind, _), (came_out, reasons) in zip(mails, verdicts, strict=True):
        if came_out not in kind.expected.split(" of "):
            print(f"  {kind.name} (should be {kind.expected}): {came_out}. {' '.join(reasons)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data" / "duo")
    parser.add_argument("--schools", type=int, default=6)
    parser.add_argument("--register", choices=["demo", "DUO"], help="only this one")
    options = parser.parse_args()
    demo = SHIPPED_DATA / "demo"
    files = {
        "demo": (demo / "schools.csv", demo / "boards.csv"),
        "DUO": (
            options.data / "schoolvestigingen-basisonderwijs-2026-08.csv",
            options.data / "besturen-basisonderwijs-extract.csv",
        ),
    }
    if options.register:
        files = {options.register: files[options.register]}
    authority = identity("Vertrouwensdienst")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "ca.pem").write_bytes(pem(authority))
        given = {"WEGWIJZER_TRUST_ROOTS": folder, "WEGWIJZER_OCR": "none", "WEGWIJZER_AUTHSERV_ID": OUR_SERVER}
        for name, (schools, boards) in files.items():
            known = read_boards(boards)
            register = Register(read_schools(schools), known)
            chosen = subjects(register, known, options.schools, authority)
            for title, kinds in (("honest", HONEST), ("unknown domain", UNKNOWN_DOMAIN), ("deceitful", DECEIT)):
                report(f"{name}, {title}", kinds, register, chosen, read_settings(given))


if __name__ == "__main__":
    main()
