"""The text of a PDF page letter by letter, the runs those letters form, and the lines of cells made of runs. Runs in the sandbox.

Text is read by character and not by rectangle: in kerned pairs the rectangles of neighbours overlap, and what stands in an overlap
would be read twice. Places are points on the page as a reader sees it: turned as the page says (/Rotate), else as in the file.
"""

from __future__ import annotations

import ctypes
import math
import statistics
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from triage.documents.pdf_box import shown_box

MAX_LETTERS = 12_000  # of one page
DEEPEST = 8  # form XObjects inside each other
SPACE = 0.17  # of the letter size: a wider gap between letters is a space; kerning is less, the spaces of pdfTeX more
NEW_CELL = 0.8  # of the letter size: a wider gap is no space in a phrase
OTHER_FONT = 0.55  # the same between a label and a value that are set in different fonts
SAME_LINE = 0.4  # of the letter size: how far baselines on one line may lie apart
LEADER = 5  # dots or underscores: more of them are a line to write on
SLANT = 0.06  # radians that a line of text may be askew and still stand straight
SYMBOLS = ("wingding", "webding", "dingbat", "symbol", "marlett", "mt extra", "awesome", "icons", "mdl2")  # in names of fonts
Box = tuple[float, float, float, float]
PlacedCell = tuple[str, Box, str]  # text, place, why it is not seen ("" when it is)


@dataclass(slots=True)
class Letter:
    """One character of the text, or the several that one glyph stands for."""

    text: str  # normalised (ligatures taken apart)
    box: Box  # around the ink, as the font says
    room: Box  # the room it takes on the line, as the font says
    base: float  # height of the baseline, along the letter's own upright
    size: float  # of the type as drawn, in points
    turn: int | None  # quarters counter-clockwise that the line is turned; None when it is askew
    item: int  # the text object it belongs to
    font: int  # the font of that object


@dataclass(slots=True)
class Run:
    """Letters that follow each other on a line without a gap."""

    letters: list[Letter]
    hidden: str = ""  # why a reader does not see it as it says; filled in by the comparison with the page

    @property
    def text(self) -> str:
        """With the spaces that stand in it or that its gaps make."""
        return _spaced(self.letters)

    @property
    def box(self) -> Box:
        """Around its letters."""
        return around([letter.box for letter in self.letters if letter.text.strip()] or [self.letters[0].box])


@dataclass(slots=True)
class PageText:
    """What the text of a page consists of."""

    letters: list[Letter | None] = field(default_factory=list)  # None where a line ends
    items: dict[int, Any] = field(default_factory=dict)  # text objects by their address, also those without letters
    tops: dict[int, int] = field(default_factory=dict)  # of each: the number of the object of the page that holds it
    cut_off: bool = False  # the page has more letters than are read
    own: int = 0  # how many objects the page itself has; those after them were annotations
    stamps: list[Box] = field(default_factory=list)  # where other annotations stand


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box around boxes."""
    return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)


def placing(page: Any) -> Callable[[float, float], tuple[float, float]]:
    """From the coordinates of the file to the page as it is seen (ISO 32000-2, 7.7.3.3: /Rotate turns clockwise)."""
    left, bottom, right, top = shown_box(page)
    return {
        90: lambda x, y: (y - bottom, right - x),
        180: lambda x, y: (right - x, top - y),
        270: lambda x, y: (top - y, x - left),
    }.get(page.get_rotation() % 360, lambda x, y: (x, y))


def page_text(page: Any) -> PageText:
    """Read the letters of a page. What a file claims to be the 'actual text' of something drawn is not believed."""
    found = PageText()
    for number, item in text_items(page):
        address = _address(item)
        found.items[address], found.tops[address] = item, number
        _drop_actual_text(item)
    found.letters, found.cut_off = _letters(page, found)
    return found


def text_items(page: Any) -> Iterator[tuple[int, Any]]:
    """All text objects of a page, with the number of the object of the page that holds each."""
    import pypdfium2.raw as raw

    for number in range(raw.FPDFPage_CountObjects(page)):
        for item in _texts_in(raw.FPDFPage_GetObject(page, number), 0):
            yield number, item


def _texts_in(item: Any, depth: int) -> Iterator[Any]:
    import pypdfium2.raw as raw

    kind = raw.FPDFPageObj_GetType(item)
    if kind == raw.FPDF_PAGEOBJ_TEXT:
        yield item
    elif kind == raw.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
        for index in range(raw.FPDFFormObj_CountObjects(item)):
            yield from _texts_in(raw.FPDFFormObj_GetObject(item, index), depth + 1)


def _address(handle: Any) -> int:
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


def _drop_actual_text(item: Any) -> None:
    """ISO 32000-2, 14.9.4: /ActualText replaces what is drawn, so it can say anything; the font's own map is compared."""
    import pypdfium2.raw as raw

    for index in reversed(range(min(raw.FPDFPageObj_CountMarks(item), 50))):
        mark = raw.FPDFPageObj_GetMark(item, index)
        if raw.FPDFPageObjMark_GetParamValueType(mark, b"ActualText") != raw.FPDF_OBJECT_UNKNOWN:
            raw.FPDFPageObj_RemoveMark(item, mark)


def _letters(page: Any, found: PageText) -> tuple[list[Letter | None], bool]:
    import pypdfium2.raw as raw

    text = page.get_textpage()
    place, letters = placing(page), list[Letter | None]()
    fonts: dict[int, int] = {}
    count = text.count_chars()
    for index in range(min(count, MAX_LETTERS)):
        if raw.FPDFText_IsGenerated(text, index) == 1:
            letters.append(None)  # an end of line, or a space that pdfium guessed: the gaps tell
            continue
        handle = raw.FPDFText_GetTextObject(text, index)
        item = _address(handle)
        if item not in fonts:
            fonts[item] = _address(raw.FPDFTextObj_GetFont(handle)) if handle else 0
        letter = _letter(text, index, item, fonts[item], place)
        last = letters[-1] if letters else None
        if last is not None and letter.box == last.box and letter.room == last.room and last.item == item:
            last.text += letter.text  # one glyph that stands for several characters
        elif letter.text:
            letters.append(letter)
    return letters, count > MAX_LETTERS


def _letter(text: Any, index: int, item: int, font: int, place: Callable[[float, float], tuple[float, float]]) -> Letter:
    import pypdfium2.raw as raw

    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    raw.FPDFText_GetCharBox(text, index, left, right, bottom, top)
    raw.FPDFText_GetCharOrigin(text, index, x, y)
    loose, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    raw.FPDFText_GetLooseCharBox(text, index, loose)
    raw.FPDFText_GetMatrix(text, index, matrix)
    origin, ahead = place(0.0, 0.0), place(matrix.a, matrix.b)
    turn = _quarters(math.atan2(ahead[1] - origin[1], ahead[0] - origin[0]))
    base = place(x.value, y.value)
    return Letter(
        readable(raw.FPDFText_GetUnicode(text, index)),
        _placed(place, left.value, bottom.value, right.value, top.value),
        _placed(place, loose.left, loose.bottom, loose.right, loose.top),
        upright((*base, *base), turn)[1],
        raw.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d),
        turn,
        item,
        font,
    )


def _quarters(angle: float) -> int | None:
    quarters = round(angle / (math.pi / 2))
    return quarters % 4 if abs(angle - quarters * math.pi / 2) <= SLANT else None


def _placed(place: Callable[[float, float], tuple[float, float]], left: float, bottom: float, right: float, top: float) -> Box:
    (x0, y0), (x1, y1) = place(left, bottom), place(right, top)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def readable(code: int) -> str:
    """The character as it is read: ligatures taken apart, hyphens at the end of a line kept, without what nobody sees.

    pdfium says 2 for a hyphen at which a word was broken.
    """
    if code in (0x02, 0xAD):
        return "-"
    if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF or code in (0xFFFE, 0xFFFF):
        return "\ufffd"
    if chr(code).isspace():
        return " "
    if 0xFB00 <= code <= 0xFB06:
        return unicodedata.normalize("NFKC", chr(code))
    return "" if unicodedata.category(chr(code)) in ("Cc", "Cf") else chr(code)


def upright(box: Box, turn: int | None) -> Box:
    """A box as it is when the paper is turned so that the line runs to the right."""
    if not turn:  # nearly always, and asked ten thousand times a page
        return box
    left, bottom, right, top = box
    return {1: (bottom, -right, top, -left), 2: (-right, -top, -left, -bottom), 3: (-top, left, -bottom, right)}.get(turn, box)


def laid(box: Box, turn: int | None) -> Box:
    """The reverse of `upright`."""
    return upright(box, (4 - (turn or 0)) % 4)


def across(box: Box, other: Box) -> bool:
    """Whether boxes overlap."""
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def how_drawn(item: Any) -> tuple[int, tuple[int, int, int, int]]:
    """The rendering mode of a text object (ISO 32000-2, 9.3.6) and its colour: red, green, blue, opacity (0..255)."""
    import pypdfium2.raw as raw

    colour = [ctypes.c_uint(value) for value in (0, 0, 0, 255)]
    if item is None:
        return 0, (0, 0, 0, 255)
    raw.FPDFPageObj_GetFillColor(item, *colour)
    return int(raw.FPDFTextObj_GetTextRenderMode(item)), (colour[0].value, colour[1].value, colour[2].value, colour[3].value)


def is_of_symbols(item: Any) -> bool:
    """Whether a text object is in a font of symbols that is not in the file: what it shows depends on who opens it."""
    import pypdfium2.raw as raw

    font = raw.FPDFTextObj_GetFont(item) if item else None
    if not font or raw.FPDFFont_GetIsEmbedded(font) == 1:
        return False
    name = ctypes.create_string_buffer(200)
    raw.FPDFFont_GetBaseFontName(font, name, 200)
    told = name.value.decode("latin-1").casefold()
    return any(word in told for word in SYMBOLS)


def runs_of(letters: Iterable[Letter | None]) -> list[Run]:
    """Put letters together that follow each other; spaces at the ends are left out."""
    runs: list[list[Letter]] = []
    open_run = False
    for letter in letters:
        if letter is None:
            continue
        if open_run and _follows(runs[-1], letter):
            runs[-1].append(letter)
        else:
            runs.append([letter])
        open_run = True
    return [Run(kept) for run in runs if (kept := _stripped(run))]


def _stripped(letters: list[Letter]) -> list[Letter]:
    words = [index for index, letter in enumerate(letters) if letter.text.strip()]
    return letters[words[0] : words[-1] + 1] if words else []


def _follows(run: list[Letter], letter: Letter) -> bool:
    last = run[-1]
    if letter.item != last.item or letter.turn != last.turn or letter.turn is None:
        return letter.item == last.item and letter.turn == last.turn  # askew: as the file has it
    if abs(letter.base - last.base) > 0.35 * max(last.size, letter.size, 1.0):
        return False
    black = next((one for one in reversed(run) if one.text.strip()), last)
    ahead = upright(letter.room, letter.turn)[0] - upright(black.room, black.turn)[2]
    back = upright(black.room, black.turn)[0] - upright(letter.room, letter.turn)[2]  # from right to left
    height = max(last.size, 6.0)
    return -0.6 * height < ahead < height or -0.3 * height < back < 0.3 * height


def _spaced(letters: Sequence[Letter]) -> str:
    gaps = [_gap(one, other) for one, other in pairwise(letters)]
    usual = (statistics.median(gaps) if len(gaps) > 3 else min(gaps)) if len(gaps) > 1 else 0.0  # letters that are spaced out
    words = [letters[0].text]
    for gap, (one, letter) in zip(gaps, pairwise(letters), strict=True):
        wide = gap - max(usual, 0.0) > SPACE * max(letter.size, 1.0) or (one.text == ":" and one.item != letter.item)
        words.append(f" {letter.text}" if wide and one.text != " " != letter.text else letter.text)
    return " ".join("".join(words).split())


def _gap(one: Letter, other: Letter) -> float:
    first, second = upright(one.room, one.turn), upright(other.room, other.turn)
    return max(second[0] - first[2], first[0] - second[2])


def lines_of(runs: Sequence[Run]) -> list[list[PlacedCell]]:
    """The lines that runs form, from top to bottom; text that stands on its side comes after what stands upright."""
    lines: list[list[PlacedCell]] = []
    for turn in (0, 2, 1, 3, None):
        lines += _lines([run for run in runs if run.letters[0].turn == turn], turn)
    return lines


def _lines(runs: list[Run], turn: int | None) -> list[list[PlacedCell]]:
    lines: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (-run.letters[0].base, upright(run.box, turn)[0])):
        if lines and _same_line(lines[-1][-1].letters[0], run.letters[0]):
            lines[-1].append(run)
        else:
            lines.append([run])
    return [_cells(sorted(_without_leaders(line), key=lambda run: upright(run.box, turn)[0])) for line in lines]


def _without_leaders(line: list[Run]) -> list[Run]:
    """The runs of a line without the dots that words are written over: 'S..a..n..n..e' where a form has a dotted line."""
    dots = [letter for run in line for letter in run.letters if letter.text in (".", "_", "…", "·")]
    if len(dots) <= LEADER:
        return line
    words = [_left(letter) for run in line for letter in run.letters if letter.text.strip(" ._…·")]
    drop: set[int] = set()
    for chain in _chains(dots):
        if any(_left(chain[0]) <= left <= _left(chain[-1]) for left in words):
            drop |= {id(letter) for letter in chain}
    kept = (Run(_stripped([letter for letter in run.letters if id(letter) not in drop]), run.hidden) for run in line)
    return [run for run in kept if run.letters] if drop else line


def _chains(dots: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Dots of one type on one baseline, evenly spaced; a dot between two of them is not of their line."""
    for _, group in groupby(sorted(dots, key=lambda one: (round(one.base, 1), one.text, one.size, _left(one))), key=_line_of):
        row = list(group)
        apart = [_left(other) - _left(one) for one, other in pairwise(row)]
        step = statistics.median(apart) if apart else 0.0
        chain = row[:1]
        for dot in row[1:]:
            gap = _left(dot) - _left(chain[-1])
            if abs(gap - step) <= 0.3 * step:
                chain.append(dot)
            elif gap > step:
                if len(chain) > LEADER:
                    yield chain
                chain = [dot]
        if len(chain) > LEADER:
            yield chain


def _line_of(dot: Letter) -> tuple[float, str, float]:
    return round(dot.base, 1), dot.text, dot.size


def _left(letter: Letter) -> float:
    return upright(letter.box, letter.turn)[0]


def _same_line(one: Letter, other: Letter) -> bool:
    return abs(one.base - other.base) < SAME_LINE * max(one.size, 1.0)


def _cells(runs: list[Run]) -> list[PlacedCell]:
    """Put runs together that stand closer than about two letters: they are one phrase."""
    phrases: list[list[Run]] = []
    for run in runs:
        if phrases and _one_phrase(phrases[-1][-1], run):
            phrases[-1].append(run)
        else:
            phrases.append([run])
    return [
        (
            _spaced([letter for run in phrase for letter in run.letters]),
            around([run.box for run in phrase]),
            next((run.hidden for run in phrase if run.hidden), ""),
        )
        for phrase in phrases
    ]


def _one_phrase(one: Run, other: Run) -> bool:
    last, first = one.letters[-1], other.letters[0]
    gap = upright(other.box, first.turn)[0] - upright(one.box, last.turn)[2]
    return gap < (NEW_CELL if last.font == first.font else OTHER_FONT) * max(last.size, 8.0)
