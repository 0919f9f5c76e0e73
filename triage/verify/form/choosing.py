"""Which of several files counts: the signed form comes first, and the order in which files were attached changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.verify.form.reading import Form
from triage.verify.model import Found, SignatureReport
from triage.verify.signature.form_signature import is_tampered

NO_PDF = SignatureReport("geen", reason="Er zit geen ondertekende PDF bij de mail.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The forms of a request, the one that counts first."""

    forms: tuple[Form, ...]
    signature: SignatureReport  # of the first form, or of one that was tampered with
    signed: str  # SHA-256 of the first form when it is signed, digitally or perhaps in ink; "" otherwise

    def counts(self, form: Form) -> bool:
        """Whether this is the signed form that counts."""
        return bool(self.signed) and form.file == self.signed


def choose(forms: Sequence[Form]) -> Chosen:
    """Put the forms in order: of several files with values the signed one with most of them counts, but none may be tampered with."""
    ordered = tuple(sorted(forms, key=_weight, reverse=True))
    tampered = [form.signature for form in ordered if form.signature.kind == "digitaal" and is_tampered(form.signature)]
    if tampered:
        return Chosen(ordered, tampered[0], "")
    if not ordered:
        return Chosen((), NO_PDF, "")
    first = ordered[0]
    return Chosen(ordered, first.signature, first.file if first.signature.kind != "geen" else "")


def values(chosen: Chosen, in_mail: Sequence[Found]) -> Mapping[str, list[Found]]:
    """Everything that was read, by field. A value that stands equally in the signed form counts from there alone."""
    found: dict[str, list[Found]] = defaultdict(list)
    for entry in [*(entry for form in chosen.forms for entry in (*form.found, *form.unseen)), *in_mail]:
        signed = {_same(other.value) for other in found[entry.field] if chosen.signed and other.evidence.file == chosen.signed}
        if entry.evidence.file == chosen.signed or _same(entry.value) not in signed:
            found[entry.field].append(entry)
    return found


def _weight(form: Form) -> tuple[int, bool, int, int, bool, str]:
    """How much a file is the signed form: one without values may be a screenshot or a letter. The bytes decide between equals."""
    rank = {"digitaal": 2, "nat": 1}.get(form.signature.kind, 0)
    trusted = bool(form.signature.intact and form.signature.trusted and form.signature.covers_whole_document)
    return (rank if form.found else 0, trusted and bool(form.found), len(form.found), rank, trusted, form.file)


def _same(value: str) -> str:
    return " ".join(value.split()).casefold()
