"""The files that may hold a form: PDFs, photos and scans (made into a PDF of one page), and Word documents."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, count
from typing import Any

import filetype

from triage.documents import sandbox
from triage.documents.budget import MAX_FILES, current, reading
from triage.documents.inside import look_inside
from triage.documents.pdf import Box, Cell, Document, Row, read_document
from triage.errors import UnsafeFileError
from triage.mail import Attachment

PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PICTURES = frozenset({"image/jpeg", "image/png", "image/tiff", "image/heic", "image/webp", "image/bmp"})
NO_FORM = (
    "text/",
    "image/",
    "message/",
    "multipart/",
    "audio/",
    "video/",
    "application/pkcs7",
    "application/x-pkcs7",
    "application/pgp",
)
TAKEN = frozenset({"mail", "medewerker"})  # sources of values that are no files
SMALLEST = 500  # pixels of the shorter side: a smaller picture is a logo under a mail
MAX_PIXELS = 60_000_000  # of a photo: more than a phone makes, less than a decompression bomb
LONGEST = 2_400  # pixels kept of the longer side
A4_LONG = 842.0  # points
MAX_PARTS, MAX_UNPACKED = 2_000, 100 * 2**20  # of a Word document
TOO_HEAVY = "Dit bestand is niet gelezen, omdat de mail te zwaar is."
UNREADABLE = "Dit soort bestand kunnen wij niet lezen. Vraag een PDF."
WORD_SIGNATURE = "Een Word-bestand is niet ondertekend. Vraag een PDF met handtekening."


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file that may hold a form."""

    name: str  # as sent; one that is taken gets a number, so that nothing can pass for another source
    kind: str  # media type by its content
    pdf: bytes  # the file, or the PDF made of a photo; b"" for what has no pages
    word: bytes = b""  # a Word document
    problem: str = ""  # Dutch: why it can't be read
    sha256: str = ""  # of the attachment as it was sent, in hexadecimal; of a file in a portfolio its own

    def read(self) -> Document:
        """What stands in it."""
        if self.word:
            return read_word(self.name, self.word)
        if self.problem:
            return Document(self.name, (), (), (), 0, self.problem)
        return read_document(self.name, self.pdf)


def form_files(attachments: Sequence[Attachment]) -> list[FormFile]:
    """The attachments that may hold a form, in the order they came."""
    found: list[FormFile] = []
    taken = set(TAKEN)
    budget = current()
    for attachment in attachments:
        with reading(attachment.filename):
            files = _form_files(attachment) if len(found) < MAX_FILES else [_too_heavy(attachment)]
            if budget and any(file.problem == TOO_HEAVY for file in files):
                budget.refuse()
        for file in files:
            names = chain([file.name], (f"{file.name} ({number})" for number in count(2)))
            name = next(name for name in names if name not in taken)
            taken.add(name)
            found.append(replace(file, name=name))
    return found


def _too_heavy(attachment: Attachment) -> FormFile:
    sha256 = hashlib.sha256(attachment.data).hexdigest()
    return FormFile(attachment.filename, "", b"", problem=TOO_HEAVY, sha256=sha256)


def _form_files(attachment: Attachment) -> list[FormFile]:
    """A file, and what is inside when it is a portfolio; no deeper."""
    file = _form_file(attachment)
    if file is None:
        return []
    inner = [
        Attachment(f"{file.name} › {one.name}", kind_of(one.data), one.data)
        for one in (look_inside(file.pdf).files if _may_be_portfolio(file) else ())
        if one.data
    ]
    return [
        replace(one, sha256=hashlib.sha256(sent.data).hexdigest())
        for sent, one in [(attachment, file), *((sent, _form_file(sent)) for sent in inner)]
        if one is not None
    ]


def _may_be_portfolio(file: FormFile) -> bool:
    """Whether it is worth looking: the word may stand in the open, or in a compressed part of the file."""
    return file.kind == PDF and (b"/Collection" in file.pdf or b"/ObjStm" in file.pdf)


def _form_file(attachment: Attachment) -> FormFile | None:
    name, data = attachment.filename, attachment.data
    if attachment.content_type == PDF:
        return FormFile(name, PDF, data)
    kind = kind_of(data)
    if kind in PICTURES:
        return _photo(name, kind, data)
    if kind == WORD:
        return FormFile(name, WORD, b"", word=data)
    if (kind or attachment.content_type).startswith(NO_FORM):
        return None  # a logo, a signature of the mail itself, an appointment
    return FormFile(name, kind, b"", problem=UNREADABLE)


def kind_of(data: bytes) -> str:
    """The media type of a file by its content, "" when it is none we know; a name proves nothing."""
    return str(filetype.guess_mime(data) or "")


def _photo(name: str, kind: str, data: bytes) -> FormFile | None:
    try:
        made = _photo_as_pdf(data)
    except UnsafeFileError:
        return FormFile(name, kind, b"", problem="De foto is beschadigd of te groot.")
    return None if made is None else FormFile(name, kind, made)


def _photo_as_pdf(data: bytes) -> bytes | None:
    """A PDF of one page; None when the picture is too small to hold a form. Raises UnsafeFileError."""
    pixels, answer = _opened_photo(data)
    budget = current()
    if budget and not budget.take(hash(data), pixels=pixels):
        raise UnsafeFileError("the pictures of this mail have too many pixels")
    return None if answer is None else base64.b64decode(answer)


@lru_cache(maxsize=4)  # a mail is read more than once: to see what it is, and to check it
def _opened_photo(data: bytes) -> tuple[int, str | None]:
    pixels, answer = sandbox.run("photo", data)
    return pixels, answer


def photo_here(data: bytes) -> tuple[int, str | None]:
    """The pixels of a picture, and the PDF of it in base64, upright as the camera says (EXIF); None when it is small. Runs in the sandbox."""
    from PIL import Image, ImageOps

    if importlib.util.find_spec("pillow_heif"):  # of the `ocr` extra; without it such a photo is refused as unreadable
        from pillow_heif import register_heif_opener

        register_heif_opener()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow raises at twice this
    with Image.open(io.BytesIO(data)) as opened:
        pixels = opened.width * opened.height
        if min(opened.size) < SMALLEST:
            return pixels, None
        opened.draft("RGB", (LONGEST, LONGEST))
        image = ImageOps.exif_transpose(opened).convert("RGB")
    image.thumbnail((LONGEST, LONGEST))
    buffer = io.BytesIO()
    image.save(buffer, format="PDF", resolution=72 * max(image.size) / A4_LONG, quality=85)
    return pixels, base64.b64encode(buffer.getvalue()).decode()


def read_word(name: str, data: bytes) -> Document:
    """Read a Word document in the sandbox; one that can't be read comes back empty with the reason."""
    try:
        lines = sandbox.run("word", data)
    except UnsafeFileError:
        return Document(name, (), (), (), 0, "Het Word-bestand is beschadigd of beveiligd. Vraag een PDF.")
    rows = tuple(Row(name, None, tuple(Cell(text, tuple(box)) for text, box in cells)) for cells in lines)
    return Document(name, rows, (), (), 0)


def word_here(data: bytes) -> list[list[tuple[str, Box]]]:
    """The lines of a Word document (OOXML, ISO/IEC 29500), for JSON: paragraphs and table rows in order. Runs in the sandbox."""
    import zipfile

    from docx import Document as Word
    from docx.table import Table

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        sizes = [part.file_size for part in parts.infolist()]
    if len(sizes) > MAX_PARTS or sum(sizes) > MAX_UNPACKED:
        raise ValueError("the document unpacks to too much")
    placed: list[list[tuple[str, Box]]] = []
    line = 0
    for block in Word(io.BytesIO(data)).iter_inner_content():
        found = _table(block) if isinstance(block, Table) else [_beside(words.split("\t")) for words in _text(block).splitlines()]
        for cells in found:
            line += 1
            if cells:
                placed.append([(text, (left, -float(line), left + len(text), 1.0 - line)) for left, text in cells])
    return placed


def _beside(cells: list[str]) -> list[tuple[float, str]]:
    """The parts of a line between tabs, each with the place where it begins, in characters."""
    found, left = [], 0.0
    for cell in cells:
        text = " ".join(cell.split())
        if text:
            found.append((left, text))
        left += len(cell) + 4.0
    return found


def _table(table: Any) -> list[list[tuple[float, str]]]:
    """The lines of a table: each paragraph of a cell is a line of its own, and a column begins in one place."""
    grid = [_cells(row) for row in table.rows]
    widths = [max((len(line) for row in grid for line in row.get(column, ())), default=0) for column in range(len(table.columns))]
    starts = [float(sum(widths[:column]) + 4 * column) for column in range(len(widths))]
    lines: list[list[tuple[float, str]]] = []
    for row in grid:
        for number in range(max((len(cell) for cell in row.values()), default=0)):
            lines.append([(starts[column], cell[number]) for column, cell in sorted(row.items()) if number < len(cell)])
        lines.append([])  # the border
    return lines


def _cells(row: Any) -> dict[int, list[str]]:
    """The lines of each cell of a row by its column; a merged cell stands in its first one."""
    cells: dict[int, list[str]] = {}
    seen: set[Any] = set()
    for column, cell in enumerate(row.cells):
        if cell._tc not in seen:  # merged cells come back more than once
            seen.add(cell._tc)
            texts = (" ".join(line.split()) for paragraph in cell.paragraphs for line in _text(paragraph).splitlines())
            cells[column] = [text for text in texts if text]
    return cells


_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # says again what newer programs show
_SAYS = {f"{_WORD}t": None, f"{_WORD}tab": "\t", f"{_WORD}br": "\n", f"{_WORD}cr": "\n"}
_HIDDEN = frozenset({f"{_WORD}vanish", f"{_WORD}webHidden"})


def _text(paragraph: Any) -> str:
    """What a reader sees of a paragraph: also content controls, which the library leaves out, and text boxes, line by line."""
    return "".join(_words(paragraph._p)).strip("\n")


def _words(node: Any) -> Iterator[str]:
    if node.tag == _FALLBACK or (node.tag == f"{_WORD}r" and any(one.tag in _HIDDEN for one in node.iterfind(f"{_WORD}rPr/*"))):
        return
    if node.tag in _SAYS:
        yield _SAYS[node.tag] or node.text or ""
    for child in node:
        inside = child.tag == f"{_WORD}p"  # of a text box
        yield from ("\n",) * inside
        yield from _words(child)
        yield from ("\n",) * inside
