"""Several files in a mail: their order changes nothing, and what stands in one is never taken for what stands in another."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Sequence
from email.message import EmailMessage

import docx
from hypothesis import given
from hypothesis import strategies as st

from kb.settings import Settings
from tests.forms import Identity, filled_form, own_form, signed
from tests.make_demo import MEERPAAL
from tests.triage.verify.form.test_reading import ROWS
from tests.triage.verify.test_verdict import INTENT
from triage.documents.inside import Inside
from triage.documents.opened_mail import open_mail
from triage.documents.pdf import Document
from triage.mail import parse_message
from triage.register.register import Register
from triage.verify.form.choosing import choose, values
from triage.verify.form.reading import Form
from triage.verify.model import Evidence, Found, SignatureReport, Status, Verdict, Verification
from triage.verify.verdict import verify_message

File = tuple[str, bytes]


def word(**other: str) -> bytes:
    document = docx.Document()
    document.add_paragraph("Aanvraag eerste beheerder")
    for label, value in ROWS:
        document.add_paragraph(f"{label}: {other.get(label.split()[0].lower(), value)}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def mail(files: Sequence[File]) -> bytes:
    message = EmailMessage()
    message["From"] = "Marijke van den Berg <m.vdberg@obsdemeerpaal.example>"
    message["To"], message["Subject"] = "help@basispoort.nl", "Aanvraag"
    message.set_content("Zie bijlagen.")
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def verify(files: Sequence[File], register: Register, trusting: Settings) -> Verification:
    found = verify_message(open_mail(parse_message(mail(files))), INTENT, register, trusting)
    assert found is not None
    return found


def test_an_unsigned_word_file_with_the_same_values_changes_nothing(
    signed_form: bytes, register: Register, trusting: Settings
) -> None:
    files = [("aanvraag.docx", word()), ("aanvraag.pdf", signed_form)]
    first, second = (verify(order, register, trusting) for order in itertools.permutations(files))
    assert first == second
    assert (first.verdict, first.reasons) == (Verdict.COMPLETE, ())


def test_an_unsigned_draft_with_another_value_is_a_doubt_in_either_order(
    signed_form: bytes, register: Register, trusting: Settings
) -> None:
    files = [("concept.docx", word(beoogde="Pim Jansen")), ("aanvraag.pdf", signed_form)]
    first, second = (verify(order, register, trusting) for order in itertools.permutations(files))
    assert first == second
    assert [one.field for one in first.obstacles] == ["beoogde_beheerder"]


def test_two_signed_forms_with_different_values_are_a_conflict_in_either_order(
    signed_form: bytes, form: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    other = signed(filled_form({**MEERPAAL, "beheerder_email": "p.jansen@obsdemeerpaal.example"}, form), director)
    found = [verify(order, register, trusting) for order in itertools.permutations([("a.pdf", signed_form), ("b.pdf", other)])]
    assert found[0] == found[1]
    assert {one.field: one.status for one in found[0].fields}["email_beheerder"] is Status.DOUBT


def test_a_signed_refusal_beside_a_signed_form_is_heard(
    signed_form: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    letter = signed(own_form([("Beste helpdesk, dit is niet door mij gevraagd.", "")], "Brief"), director)
    found = verify([("aanvraag.pdf", signed_form), ("brief.pdf", letter)], register, trusting)
    assert [one.kind for one in found.obstacles] == ["against"]


def test_evidence_belongs_to_the_bytes_of_a_file_and_not_to_its_name(
    full: bytes, signed_form: bytes, register: Register, trusting: Settings
) -> None:
    found = verify([("aanvraag.pdf", full), ("aanvraag.pdf", signed_form)], register, trusting)
    read = [one.evidence.file for one in found.fields if one.evidence and one.value]
    assert set(read) == {hashlib.sha256(signed_form).hexdigest()}


def test_the_area_of_a_signature_belongs_to_its_file(full: bytes, register: Register, trusting: Settings) -> None:
    found = verify([("aanvraag.pdf", own_form(ROWS, "Aanvraag eerste beheerder", ink=True))], register, trusting)
    assert found.signature.area
    assert found.signature.area.file == next(one.evidence.file for one in found.fields if one.evidence)


# --- the rules, without files ----------------------------------------------------------------------------------------------


def form_with(number: int, kind: str, entries: Sequence[tuple[str, str]]) -> Form:
    file = hashlib.sha256(str(number).encode()).hexdigest()
    found = tuple(Found(field, value, Evidence(f"{number}.pdf", 1, value, file=file)) for field, value in entries)
    signature = SignatureReport(kind, intact=True, trusted=kind == "digitaal", covers_whole_document=True)
    return Form(Document(f"{number}.pdf", (), (), (), 1), signature, found, None, file, Inside())


ENTRIES = st.lists(
    st.tuples(st.sampled_from(["brin", "email_beheerder"]), st.sampled_from(["99AC", "99ac", "99AB", "x@y.nl"])), max_size=4
)
FORMS = st.lists(st.tuples(st.sampled_from(["digitaal", "nat", "geen"]), ENTRIES), max_size=5).map(
    lambda drawn: [form_with(number, kind, entries) for number, (kind, entries) in enumerate(drawn)]
)


@given(FORMS, st.randoms(use_true_random=False))
def test_the_order_of_files_changes_neither_the_choice_nor_the_values(forms: list[Form], random: object) -> None:
    shuffled = list(forms)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = choose(forms), choose(shuffled)
    assert one == other
    assert values(one, ()) == values(other, ())


@given(FORMS)
def test_no_value_that_differs_from_the_signed_one_is_dropped(forms: list[Form]) -> None:
    chosen = choose(forms)
    kept = {(field, entry.value.casefold()) for field, entries in values(chosen, ()).items() for entry in entries}
    assert kept == {(entry.field, entry.value.casefold()) for form in forms for entry in form.found}


@given(FORMS)
def test_a_value_of_the_signed_form_stands_before_the_others(forms: list[Form]) -> None:
    chosen = choose(forms)
    for entries in values(chosen, ()).values():
        files = [entry.evidence.file == chosen.signed for entry in entries]
        assert files == sorted(files, reverse=True)
