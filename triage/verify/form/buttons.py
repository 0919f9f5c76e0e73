"""The boxes of a signed form: one that is ticked and says no, and a declaration that is not ticked."""

from __future__ import annotations

from collections.abc import Iterator

from triage.documents.pdf import Button, Document
from triage.verify.form.against import Text, load_against, speaks_against
from triage.verify.form.against_words import contains, plain_words
from triage.verify.model import Obstacle, Weight

REACH = 320.0  # points to the right of a box in which its words stand
LEVEL = 6.0  # points that they may stand higher or lower
QUOTE = 90  # characters shown
NO = ("nee", "neen", "niet", "no", "not", "geen", "weiger", "geweigerd", "afgewezen", "oneens", "onjuist")
DECLARES = ("verklaar", "verklaart", "verklaren", "bevoegd", "gemachtigd", "naar waarheid", "declare", "authorised", "authorized")


def ticked_against(document: Document) -> Iterator[Obstacle]:
    """Doubts about what is ticked on a form and speaks against the request, and about a declaration that is not."""
    for button in document.buttons:
        said = _words_of(button, document) or button.label
        if button.state and (contains(plain_words(button.state), NO) or _refuses(said)):
            yield _doubt(
                f"In {document.name} is aangekruist: ‘{(said or button.state)[:QUOTE]}’. Kijk zelf of de ondertekenaar dit wel wil."
            )
        elif not button.state and not button.one_of_several and contains(plain_words(said), DECLARES):
            yield _doubt(
                f"In {document.name} is niet aangekruist: ‘{said[:QUOTE]}’. Kijk zelf of de ondertekenaar dit verklaart."
            )


def _doubt(reason: str) -> Obstacle:
    return Obstacle(Weight.DOUBT, reason, kind="against")


def _refuses(said: str) -> bool:
    plain = plain_words(said)
    return plain in NO or bool(speaks_against([Text(None, said)], (), load_against()))


def _words_of(button: Button, document: Document) -> str:
    """What stands behind a box, up to the next one."""
    _, bottom, right, top = button.box
    middle = (bottom + top) / 2
    after = [one.box[0] for one in document.buttons if one.page == button.page and one.box[0] > right and _level(one.box, middle)]
    end = min([*after, right + REACH])
    cells = [
        (cell.box[0], cell.text)
        for row in document.rows
        if row.page == button.page
        for cell in row.cells
        if right - 3 <= cell.box[0] < end and _level(cell.box, middle)
    ]
    return " ".join(text for _, text in sorted(cells))


def _level(box: tuple[float, float, float, float], middle: float) -> bool:
    return abs((box[1] + box[3]) / 2 - middle) <= LEVEL
