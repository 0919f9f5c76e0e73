"""What was done to a PDF after it was signed, as far as the difference analysis does not tell. Runs in the sandbox.

The analysis reads a file with one program's eyes; what it calls harmless must look the same to another program too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

MAX_PAGES = 12  # of a longer file is not said that it looks the same
SCALE = 1.5
_BLANK = "–—-_. \u00a0"  # what stands in a field that is still to be filled in


def looks_the_same(before: bytes, after: bytes) -> bool:
    """Whether two versions of a PDF show the same on every page, with their form fields and annotations (pdfium)."""
    import pypdfium2

    try:
        first, second = pypdfium2.PdfDocument(before), pypdfium2.PdfDocument(after)
        if len(first) != len(second) or not 0 < len(first) <= MAX_PAGES:
            return False
        first.init_forms()
        second.init_forms()
        return all(_picture(first, number) == _picture(second, number) for number in range(len(first)))
    except pypdfium2.PdfiumError:
        return False


def _picture(document: Any, number: int) -> tuple[tuple[int, ...], str, str]:
    page = document[number]
    bitmap = page.render(scale=SCALE, may_draw_forms=True)
    pixels = hashlib.sha256(bytes(bitmap.buffer)).hexdigest()
    return (bitmap.width, bitmap.height), pixels, page.get_textpage().get_text_bounded()


def filled_in(before: Any, after: Any) -> tuple[bool, bool]:
    """Of the text fields of a form (AcroForm of two revisions): whether one was filled in, and whether one that had words changed."""
    old, new = dict(_texts(before)), dict(_texts(after))
    return any(old.get(name, "") != value for name, value in new.items()), any(
        value.strip(_BLANK) and new.get(name) != value for name, value in old.items()
    )


def _texts(root: Any) -> Iterator[tuple[str, str]]:
    form = root.get("/AcroForm")
    if form is None:
        return
    for field in form.get("/Fields", ()):
        yield from _texts_under(field.get_object(), "", None, depth=0)


def _texts_under(field: Mapping[str, Any], prefix: str, kind: str | None, depth: int) -> Iterator[tuple[str, str]]:
    name = f"{prefix}.{field['/T']}" if "/T" in field else prefix
    kind = str(field.get("/FT", kind or ""))
    if depth < 12:
        for kid in field.get("/Kids", ()):
            yield from _texts_under(kid.get_object(), name, kind, depth + 1)
    if kind == "/Tx" and "/V" in field:
        yield name, str(field["/V"])
