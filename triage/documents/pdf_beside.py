"""Whether something drawn stands beside a text on its line, where a reader takes it for a part of it. Runs in the sandbox."""

from __future__ import annotations

from collections.abc import Sequence

from triage.documents.pdf_drawn import Remains, says_something
from triage.documents.pdf_text import Box, Run, around, upright
from triage.documents.unseen import Unseen

TOUCHING, NEAR = 0.35, 1.5  # of the letter size: how close a mark stands that belongs to the text, and words that do
WORD = 1.4  # of the letter size: wider than a tick, a bullet or an icon
LETTERS = 3
SIDE = 1.05  # of the letter size: the side of a cell is taller
LOW, HIGH = 0.3, 2.0  # of the letter size: smaller marks are dots, larger ones logos and signatures
GAP = 0.5  # of the letter size: between letters of one word


def mark_beside(runs: Sequence[Run], remains: Remains) -> None:
    """Say of runs that have drawn letters beside them that this is so."""
    if not (remains.boxes or remains.sides or remains.mute):
        return
    for run in runs:
        if (
            not run.hidden
            and any(says_something(letter) for letter in run.letters)
            and _has_beside(run, (*remains.boxes, *remains.mute, *_low(remains.sides, run)))
        ):
            run.hidden = Unseen.NEXT


def _low(sides: Sequence[Box], run: Run) -> list[Box]:
    """The sides of boxes that are no taller than a letter of a text: they may be one."""
    turn, size = run.letters[0].turn, run.letters[0].size
    return [side for side in sides if upright(side, turn)[3] - upright(side, turn)[1] < SIDE * size]


def stand_in(field: Box, remains: Remains) -> bool:
    """Whether a form field shows marks that may be letters."""
    left, bottom, right, top = field
    inside = [
        box
        for box in remains.boxes
        if left + 1 <= (box[0] + box[2]) / 2 <= right - 1
        and bottom + 1 <= (box[1] + box[3]) / 2 <= top - 1
        and box[3] - box[1] >= 3.5
    ]
    return len(inside) >= LETTERS or any(box[2] - box[0] > 12 for box in inside)


def _has_beside(run: Run, boxes: Sequence[Box]) -> bool:
    first = run.letters[0]
    if first.turn is None:
        return False
    size = max(first.size, 4.0)
    left, _, right, _ = upright(run.box, first.turn)
    line = [
        placed
        for placed in (upright(box, first.turn) for box in boxes)
        if _on_line(placed, first.base, size) and placed[2] > left - 6 * size and placed[0] < right + 6 * size
    ]
    before = sorted((box for box in line if box[2] <= left + 0.3 * size), key=lambda box: -box[2])
    after = sorted((box for box in line if box[0] >= right - 0.3 * size), key=lambda box: box[0])
    return _is_part(before, left, size, before=True) or _is_part(after, right, size, before=False)


def _on_line(box: Box, base: float, size: float) -> bool:
    height, middle = box[3] - box[1], (box[1] + box[3]) / 2
    if box[2] - box[0] <= 0.3 * size and height >= SIDE * size:
        return False  # the side of a cell
    return LOW * size <= height <= HIGH * size and base - 0.25 * size <= middle <= base + 0.95 * size


def _is_part(boxes: Sequence[Box], edge: float, size: float, before: bool) -> bool:
    """Whether marks, the nearest first, belong to the text that ends at an edge: one that touches it, or a word close by."""
    chain: list[Box] = []
    for box in boxes:
        gap = edge - box[2] if before else box[0] - edge
        if gap > (GAP if chain else NEAR) * size:
            break
        chain.append(box)
        edge = min(edge, box[0]) if before else max(edge, box[2])
        if len(chain) == 1 and gap < TOUCHING * size:
            return True
    if not chain:
        return False
    whole = around(chain)
    return len(chain) >= LETTERS or whole[2] - whole[0] > WORD * size
