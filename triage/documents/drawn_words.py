"""The words that pages show and that are no text: read by OCR, when it is installed, from what remains without the text."""

from __future__ import annotations

from dataclasses import dataclass

from triage.documents import ocr
from triage.documents.pdf import Document, Row

MOST = 4  # different pictures of one file; a letterhead is the same on every page


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was read of the drawings of a file."""

    rows: tuple[Row, ...] = ()
    unread: tuple[int, ...] = ()  # pages of which it could not be read; 1-based


NOTHING_DRAWN = Drawn()


def drawn_words(document: Document) -> Drawn:
    """Read the drawings of a document. Pages of which nothing is read for lack of time are named."""
    rows: list[Row] = []
    unread: list[int] = []
    read: set[bytes] = set()
    for drawing in document.drawn:
        if drawing.picture in read:
            continue
        found = ocr.read_picture(document.name, drawing.page, drawing.picture) if len(read) < MOST else None
        if found is None:
            unread.append(drawing.page)
        else:
            read.add(drawing.picture)
            rows += found
    return Drawn(tuple(rows), tuple(unread))
