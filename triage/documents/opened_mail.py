"""Opening the attached files of a mail once, so that classification and the check of a request go by the same reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triage.documents.budget import Budget, budget_of, reading
from triage.documents.files import FormFile, form_files
from triage.documents.pdf import Document
from triage.mail import Attachment, Message
from triage.mail.read_mail import ReadMail, read_mail


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file that may hold a form, opened."""

    # As it was sent.
    file: FormFile
    # What stands in it, without what only OCR can read.
    document: Document


@dataclass(frozen=True, slots=True)
class OpenedMail(ReadMail):
    """A mail, read and with its files opened: made once, and taken by classification, routing, check and answer."""

    # Its files that may hold a form, in the order they came.
    files: tuple[OpenedFile, ...]
    # What may still be spent on those files (OCR, signatures), and which were left unread.
    budget: Budget


def open_mail(message: Message) -> OpenedMail:
    """Read a mail and open its files, within the budget of a mail."""
    with budget_of(message.sha256) as budget:
        files = tuple(open_files(message.attachments))
    read = read_mail(message)
    return OpenedMail(read.message, read.own_words, read.below, read.said, read.language, read.fields, files, budget)


def open_files(attachments: Sequence[Attachment]) -> list[OpenedFile]:
    """Those of some attachments that may hold a form, opened."""
    return [_opened(file) for file in form_files(attachments)]


def _opened(file: FormFile) -> OpenedFile:
    with reading(file.name):
        return OpenedFile(file, file.read())
