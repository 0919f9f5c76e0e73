"""What a PDF holds besides the form on its first pages: further pages, notes, other files, and forms of another kind."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import lru_cache

from triage.documents import sandbox
from triage.errors import UnsafeFileError

# What a script does that fills in, shows or hides something, or that hides what it does.
_CHANGES = re.compile(
    r"(?:\.|\b)(?:value|rawValue|display|hidden|presence|defaultValue|richValue)\s*=[^=]"
    r"|\b(?:getField|addField|addAnnot|removeField|setOCGOrder|getOCGs|importDataObject|importTextData|importXFAData|spawn"
    r"|eval|unescape|fromCharCode|resolveNode)\b"
    r"|^/(?:Hide|SetOCGState|ResetForm|ImportData)$"
)


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of a page, in the order of the file, with annotations and form fields printed on the page."""

    page: int  # 1-based
    text: str
    height: float  # of its letters, in points
    aslant: bool  # not level, as a stamp or watermark


@dataclass(frozen=True, slots=True)
class Note:
    """Words of an annotation."""

    page: int  # 1-based
    text: str


@dataclass(frozen=True, slots=True)
class EnclosedFile:
    """A file inside the PDF."""

    name: str
    data: bytes  # only of a portfolio, and only of its first files; b"" otherwise


@dataclass(frozen=True, slots=True)
class Inside:
    """All of a PDF, looked through."""

    pages: int = 0
    lines: tuple[PageLine, ...] = ()
    unread: tuple[int, ...] = ()  # pages that hold words which could not be read, or that could not be looked at; 1-based
    notes: tuple[Note, ...] = ()
    files: tuple[EnclosedFile, ...] = ()
    portfolio: bool = False  # a folder of files in the form of a PDF (ISO 32000-2, 12.3.5)
    xfa: str = ""  # "dynamic": only Adobe shows it; "static": its fields stand in the PDF as well; "" without XFA
    xfa_values: tuple[str, ...] = ()  # what was filled in there
    script: bool = False  # scripts change the form by themselves when it is opened
    otherwise: tuple[str, ...] = ()  # why its pages may look different elsewhere (triage.documents.shown_otherwise)
    whole: bool = True  # False: parts of the file could not be looked at


@lru_cache(maxsize=8)  # a mail is read more than once: to see what it is, and to check it
def look_inside(data: bytes) -> Inside:
    """Look through a PDF in the sandbox. What can't be looked at is told by `whole` and `unread`."""
    try:
        answer = sandbox.run("inside", data)
    except UnsafeFileError:
        return Inside(whole=False)
    seen = {sheet["page"]: sheet for sheet in answer["sheets"]}
    return Inside(
        pages=answer["pages"],
        lines=tuple(PageLine(page, *line) for page, sheet in seen.items() for line in sheet["lines"]),
        unread=tuple(page for page in range(1, answer["pages"] + 1) if page not in seen or seen[page]["unread"]),
        notes=tuple(Note(page, text) for page, text in answer["notes"]),
        files=tuple(EnclosedFile(name, base64.b64decode(content)) for name, content in answer["files"]),
        portfolio=answer["portfolio"],
        xfa=answer["xfa"],
        xfa_values=tuple(answer["xfa_values"]),
        script=any(_CHANGES.search(script) for script in answer["scripts"]),
        otherwise=tuple(answer["otherwise"]),
        whole=answer["readable"] and answer["whole"],
    )
