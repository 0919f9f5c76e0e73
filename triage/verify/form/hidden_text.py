"""What a file says and its pages do not show: it never counts as a value, and words of a request that nobody sees are suspect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from triage.documents.pdf import Document
from triage.documents.unseen import DECEITFUL, DOUBTFUL, Unseen
from triage.verify.form.extract import extract_rows
from triage.verify.form.labels import LabelReader
from triage.verify.forms import Requests, RequestType
from triage.verify.model import Found, Obstacle, Weight

LYING = frozenset({Unseen.OTHER, Unseen.MORE})
FEWEST = 3  # letters and digits: fewer may be marks of an odd typeface
MAX_SHOWN = 4  # values named in one reason
LONGEST = 60  # letters of each


def is_seen(entry: Found) -> bool:
    """Whether a reader sees this value, or something there that may be it."""
    return not entry.evidence.hidden or entry.evidence.hidden in DOUBTFUL


def hidden_values(document: Document, found: Sequence[Found], request: RequestType, requests: Requests) -> list[Found]:
    """The values that stand only in text that a reader of the pages does not see."""
    if not document.told:
        return []
    known = {(entry.field, _plain(entry.value)) for entry in found}
    read = extract_rows(document.told, request, requests)
    return [entry for entry in read if not is_seen(entry) and (entry.field, _plain(entry.value)) not in known]


def hidden_labels(document: Document, request: RequestType, requests: Requests) -> str:
    """Dutch: which labels of the form nobody sees while the values beside them may be seen, "" when there are none."""
    cells = [cell for row in document.told for cell in row.cells]
    reader = LabelReader(requests, request)
    names = {cell.text: reader.read(cell.text.partition(":")[0]) for cell in cells}
    shown = {names[cell.text] for row in document.rows for cell in row.cells if cell.text in names}
    hidden = [
        cell
        for cell in cells
        if cell.hidden and cell.hidden not in DOUBTFUL and names[cell.text] and names[cell.text] not in shown
    ]
    if not hidden:
        return ""
    said = ", ".join(f"‘{cell.text[:LONGEST]}’" for cell in hidden[:MAX_SHOWN])
    return f"In {document.name} staan woorden van het formulier die een lezer niet ziet ({hidden[0].hidden}): {said}."


def letters_that_lie(document: Document) -> list[str]:
    """Dutch: pages on which letters show something else than the file says, also where they are no value."""
    doubts = []
    lies = [
        (row.page, cell.text)
        for row in document.told
        for cell in row.cells
        if cell.hidden in LYING and sum(one.isalnum() for one in cell.text) >= FEWEST
    ]
    if lies:
        said = ", ".join(f"‘{text[:LONGEST]}’ (bladzijde {page})" for page, text in lies[:MAX_SHOWN])
        doubts.append(f"In {document.name} laten letters iets anders zien dan in het bestand staat: {said}. Lees die plek zelf.")
    if document.mute:
        pages = ", ".join(map(str, document.mute))
        doubts.append(
            f"In {document.name} staan letters die het bestand spaties of niets noemt (bladzijde {pages}). Lees zelf wat daar staat."
        )
    return doubts


def seen_first(entries: Sequence[Found]) -> list[Found]:
    """Of all that was read for one field what a reader sees; only when that is nothing, what is hidden."""
    return [entry for entry in entries if is_seen(entry)] or list(entries)


def hidden_obstacles(found: Mapping[str, Sequence[Found]], titles: Mapping[str, str]) -> list[Obstacle]:
    """What hidden values of a mail stand in the way of: one may be a leftover, more of them in one file are a hidden request."""
    by_file: dict[str, list[Found]] = {}
    for entries in found.values():
        seen = {_plain(entry.value) for entry in entries if is_seen(entry)}
        for entry in entries:
            if not is_seen(entry) and _plain(entry.value) not in seen:
                by_file.setdefault(entry.evidence.file, []).append(entry)
    return [_obstacle(entries[0].evidence.source, entries, titles) for entries in by_file.values()]


def _obstacle(source: str, entries: Sequence[Found], titles: Mapping[str, str]) -> Obstacle:
    deceitful = {entry.field for entry in entries if entry.evidence.hidden in DECEITFUL}
    values = ", ".join(f"{titles.get(entry.field, entry.field)} ‘{entry.value[:LONGEST]}’" for entry in entries[:MAX_SHOWN])
    why = "; ".join(dict.fromkeys(entry.evidence.hidden for entry in entries))
    if len(deceitful) > 1:
        reason = f"In {source} staat een verzoek dat een lezer van de bladzijde niet ziet ({why}): {values}."
        return Obstacle(Weight.FORGERY, reason, kind="hidden_text")
    reason = f"In {source} staat iets dat een lezer van de bladzijde niet ziet ({why}): {values}. Vergelijk het met de PDF."
    return Obstacle(Weight.DOUBT, reason, kind="hidden_text")


def _plain(value: str) -> str:
    return "".join(value.split()).casefold()
