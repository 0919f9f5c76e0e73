"""The part of looking at a whole PDF that opens the file. Runs in the sandbox; the answer is for JSON.

Every page is looked at, also those past the pages that are read as a form: for words and for what hides words. Text is taken as the
file holds it, with annotations and form fields printed on the page, since a refusal may stand in any of them.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import io
import math
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from triage.documents.put_together_wrong import PUT_TOGETHER_WRONG
from triage.documents.shown_otherwise import shown_otherwise

SECONDS = 3.0  # of processor time for all pages; the sandbox allows five for the whole task
MAX_SHEETS = 400
MAX_CHARACTERS = 30_000  # of a page; a dense page of small print holds 8,000
MAX_ENTRIES = 500  # annotations of a page, names in a tree
MAX_FILES, MAX_FILE_BYTES = 10, 15 * 2**20  # of a portfolio: how many are taken out, and how large together
MAX_SCRIPT = 50_000  # characters of scripts
_CHANGING = frozenset({"/Hide", "/SetOCGState", "/ResetForm", "/ImportData"})  # actions that are no script
_PASSED = frozenset({"/PO", "/PV", "/PI", "/E", "/X", "/Fo", "/Bl"})  # triggers of an annotation that nobody needs to click
LITTLE_TEXT = 150  # letters: a page with fewer, and a picture, is a picture of a page with a line of text
PICTURE, STROKES = 0.25, 200  # share of the page, or number of drawn shapes, that can hold words
_FORM_PARTS = ("/Widget", "/Link", "/Popup")  # read elsewhere, without words, or the window of another annotation


def look_here(data: bytes) -> dict[str, Any]:
    """Pages, notes, files, forms of other kinds and scripts of a PDF; `readable` is False when it can't be opened."""
    import pypdfium2

    end = time.process_time() + SECONDS
    answer: dict[str, Any] = {"readable": True, "pages": 0, "sheets": [], **_structure(data, end)}
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return {**answer, "readable": False}
    document.init_forms()
    answer["pages"] = len(document)
    for number in range(min(len(document), MAX_SHEETS)):
        if time.process_time() > end:
            break
        with contextlib.suppress(pypdfium2.PdfiumError):
            answer["sheets"].append(_sheet(document, number))
    return answer


def _sheet(document: Any, number: int) -> dict[str, Any]:
    import pypdfium2.raw as raw

    page = document[number]
    text = page.get_textpage()
    letters = sum(1 for character in text.get_text_range() if not character.isspace())
    hides = letters < LITTLE_TEXT and _may_hold_words(page)
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)  # annotations and form fields become part of the page
    shown = document[number].get_textpage()
    whole = shown.count_chars() <= MAX_CHARACTERS
    return {"page": number + 1, "lines": _lines(shown), "unread": hides or not whole}


def _may_hold_words(page: Any) -> bool:
    import pypdfium2.raw as raw

    area, strokes = max(page.get_width() * page.get_height(), 1.0), 0
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH], max_depth=4):
        left, bottom, right, top = item.get_bounds()
        strokes += item.type == raw.FPDF_PAGEOBJ_PATH
        if strokes > STROKES or (item.type == raw.FPDF_PAGEOBJ_IMAGE and (right - left) * (top - bottom) / area > PICTURE):
            return True
    return False


def _lines(text: Any) -> list[tuple[str, float, bool]]:
    """Lines in the order of the file: words, height of the letters in points, and whether they stand aslant."""
    lines: list[tuple[list[str], float, bool]] = []
    for character, height, aslant in _characters(text):
        if character in "\r\n":
            lines.append(([], 0.0, False))
        elif not character.isspace() and (not lines or not lines[-1][0] or _apart(lines[-1][1:], (height, aslant))):
            lines.append(([character], height, aslant))
        elif lines:
            lines[-1][0].append(character)
    return [(" ".join("".join(words).split()), height, aslant) for words, height, aslant in lines if words]


def _apart(one: tuple[float, bool], other: tuple[float, bool]) -> bool:
    """A stamp runs on in the file after the line before it; letters of another size or slope give it away."""
    return one[1] != other[1] or max(one[0], other[0]) > 1.4 * min(one[0], other[0])


def _characters(text: Any) -> Iterator[tuple[str, float, bool]]:
    import pypdfium2.raw as raw

    matrix, height, aslant = raw.FS_MATRIX(), 0.0, False
    for index in range(min(text.count_chars(), MAX_CHARACTERS)):
        character = chr(raw.FPDFText_GetUnicode(text, index))
        if not character.isspace() and raw.FPDFText_GetMatrix(text, index, ctypes.byref(matrix)):
            height = round(raw.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d), 1)
            aslant = abs(matrix.b) > 0.05 * max(abs(matrix.a), 0.001)
        yield character, height, aslant


def _structure(data: bytes, end: float) -> dict[str, Any]:
    """What stands in the file besides its pages (ISO 32000-2: 7.11.4, 12.3.5, 12.5, 12.6.4.17 and 12.7.8).

    `whole` is False when a part of it could not be read.
    """
    import pypdf
    from pypdf.errors import PyPdfError

    answer: dict[str, Any] = {
        "portfolio": False,
        "files": [],
        "notes": [],
        "xfa": "",
        "xfa_values": [],
        "scripts": [],
        "otherwise": [],
        "whole": False,
    }
    broken = (PyPdfError, *PUT_TOGETHER_WRONG)
    with contextlib.suppress(*broken):
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        root: Any = reader.trailer["/Root"]
        answer["portfolio"] = "/Collection" in root
        parts: dict[str, Callable[[], Any]] = {
            "files": lambda: _files(reader, root, end, answer["portfolio"]),
            "notes": lambda: [note for number, page in _pages(reader, end) for note in _notes(page, number)],
            "xfa": lambda: _xfa_kind(root),
            "xfa_values": lambda: _filled_in(root),
            "scripts": lambda: _scripts(reader, root, end),
            "otherwise": lambda: shown_otherwise(root, _pages(reader, end)),
        }
        for name, part in parts.items():
            try:
                answer[name] = part()
            except broken:
                return answer
        answer["whole"] = True
    return answer


def _pages(reader: Any, end: float) -> Iterator[tuple[int, Any]]:
    for number in range(min(len(reader.pages), MAX_SHEETS)):
        if time.process_time() > end:
            return
        yield number + 1, reader.pages[number]


def _notes(page: Any, number: int) -> Iterator[tuple[int, str]]:
    """Words of annotations: notes, comments, typed text, and the name of a stamp ('#Draft', 'SBNotApproved')."""
    for note in _annotations(page):
        if note.get("/Subtype") in _FORM_PARTS:
            continue
        words = [str(note[key]) for key in ("/Contents", "/Subj") if isinstance(note.get(key), str)]
        if note.get("/Subtype") == "/Stamp":
            words.append(re.sub(r"(?<=[a-z])(?=[A-Z])|[#/_]|\bD?SB(?=[A-Z])", " ", str(note.get("/Name", ""))))
        yield from ((number, " ".join(word.split())[:2_000]) for word in words if word.strip())


def _annotations(page: Any) -> list[Any]:
    return [entry.get_object() for entry in (page.get("/Annots") or [])[:MAX_ENTRIES]]


def _files(reader: Any, root: Any, end: float, portfolio: bool) -> list[tuple[str, str]]:
    """Names of the files inside, and of a portfolio their bytes in base64."""
    specs = [spec for _, spec in _tree((root.get("/Names") or {}).get("/EmbeddedFiles"))]
    specs += _associated(root)
    for _, page in _pages(reader, end):
        objects = list(((page.get("/Resources") or {}).get("/XObject") or {}).values())[:MAX_ENTRIES]
        for owner in (page, *_annotations(page), *(entry.get_object() for entry in objects)):
            specs += _associated(owner)
        specs += [
            note["/FS"].get_object() for note in _annotations(page) if note.get("/Subtype") == "/FileAttachment" and "/FS" in note
        ]
    found: dict[tuple[str, str], None] = {}
    left = MAX_FILE_BYTES
    for spec in specs[:MAX_ENTRIES]:
        name = " ".join(str(spec.get("/UF") or spec.get("/F") or "zonder naam").split())[:120]
        content = spec["/EF"]["/F"].get_object().get_data() if portfolio and "/EF" in spec and len(found) < MAX_FILES else b""
        left -= len(content)
        found[(name, base64.b64encode(content).decode() if left > 0 else "")] = None
    return list(found)


def _associated(owner: Any) -> list[Any]:
    """The files that belong to an object (ISO 32000-2, 14.13)."""
    files = owner.get("/AF")
    files = files.get_object() if files is not None else []
    return [entry.get_object() for entry in (files if isinstance(files, list) else [files])[:MAX_ENTRIES]]


def _tree(node: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of a name tree (ISO 32000-2, 7.9.6)."""
    waiting, seen = [node], 0
    while waiting and seen < MAX_ENTRIES:
        seen += 1
        here = waiting.pop(0)
        if here is None:
            continue
        here = here.get_object()
        names = here.get("/Names") or []
        yield from ((str(names[at]), names[at + 1].get_object()) for at in range(0, len(names) - 1, 2))
        waiting += list(here.get("/Kids") or [])


def _packets(root: Any) -> list[bytes]:
    """The parts of an XFA form: one whole, or a list of names and streams."""
    form = root.get("/AcroForm") or {}
    packets = form["/XFA"].get_object() if "/XFA" in form else []
    streams = [part.get_object() for part in packets] if isinstance(packets, list) else [packets]
    return [stream.get_data() for stream in streams if hasattr(stream, "get_data")]


def _xfa_kind(root: Any) -> str:
    """'dynamic' when only an XFA reader shows the form, 'static' when its fields stand in the PDF as well, "" without XFA."""
    form = root.get("/AcroForm") or {}
    if "/XFA" not in form:
        return ""
    required = any(b"<dynamicRender>required" in packet for packet in _packets(root))
    return "dynamic" if required or root.get("/NeedsRendering") or not form.get("/Fields") else "static"


def _filled_in(root: Any) -> list[str]:
    """What an XFA form holds as filled in (XFA 3.3, 'datasets')."""
    from lxml import etree

    values: list[str] = []
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for packet in _packets(root):
        if b"datasets" not in packet:
            continue
        with contextlib.suppress(etree.XMLSyntaxError):
            for node in etree.fromstring(packet, parser).iter("{*}data"):
                leaves = (leaf.text for leaf in node.iter() if not len(leaf) and isinstance(leaf.tag, str))
                values += [" ".join(text.split()) for text in leaves if text and text.strip()]
    return values[:MAX_ENTRIES]


def _scripts(reader: Any, root: Any, end: float) -> list[str]:
    """Scripts and other actions that change a form by themselves: when the file or a page opens, an annotation comes into sight, or
    the pointer or the cursor passes it (ISO 32000-2, 12.6.3). What formats a value that is typed is no such thing.
    """
    actions = [
        root.get("/OpenAction"),
        *_triggers(root),
        *(action for _, action in _tree((root.get("/Names") or {}).get("/JavaScript"))),
    ]
    for _, page in _pages(reader, end):
        actions += _triggers(page)
        for note in _annotations(page):
            actions += [action for key, action in (note.get("/AA") or {}).items() if key in _PASSED]
    found, left, steps = [], MAX_SCRIPT, 0
    while actions and left > 0 and steps < MAX_ENTRIES:
        steps += 1
        action = actions.pop(0)
        action = action.get_object() if action is not None else None
        if not isinstance(action, dict):
            continue
        following = action.get("/Next")
        actions += following if isinstance(following, list) else [following]
        if action.get("/S") in _CHANGING:
            found.append(str(action["/S"]))
        script = action.get("/JS")
        if script is not None:
            script = script.get_object()
            words = script.get_data().decode("latin-1") if hasattr(script, "get_data") else str(script)
            found.append(words[:left])
            left -= len(words)
    return found


def _triggers(owner: Any) -> list[Any]:
    return list((owner.get("/AA") or {}).values())
