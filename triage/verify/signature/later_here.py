"""What was done to a PDF after it was signed, as far as the difference analysis does not tell. Runs in the sandbox.

The analysis reads a file with one program's eyes; what it calls harmless must look the same to another program too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

MAX_PAGES = 12  # of a longer file is not said that it looks the same
MAX_DEPTH = 12  # of a tree of form fields
SCALE = 1.5
_BLANK = "–—-_. \u00a0"  # what stands in a field that is still to be filled in


def looks_the_same(before: bytes, after: bytes) -> bool:
    """Whether two versions of a PDF show the same on every page, with their form fields and annotations (pdfium)."""
    return _same(before, after, _shown)


def same_pages(before: bytes, after: bytes) -> bool:
    """Whether the pages of two versions of a PDF are the same but for what stands in form fields and annotations."""
    return _same(before, after, _printed)


def _same(before: bytes, after: bytes, picture: Callable[[Any], Any]) -> bool:
    import pypdfium2

    try:
        first, second = pypdfium2.PdfDocument(before), pypdfium2.PdfDocument(after)
        if len(first) != len(second) or not 0 < len(first) <= MAX_PAGES:
            return False
        first.init_forms()
        second.init_forms()
        return all(picture(first[number]) == picture(second[number]) for number in range(len(first)))
    except pypdfium2.PdfiumError:
        return False


def _shown(page: Any) -> tuple[Any, ...]:
    return _pixels(page.render(scale=SCALE, may_draw_forms=True)), page.get_textpage().get_text_bounded()


def _printed(page: Any) -> tuple[Any, ...]:
    return _pixels(page.render(scale=SCALE, may_draw_forms=False, draw_annots=False)), page.get_textpage().get_text_bounded()


def _pixels(bitmap: Any) -> tuple[int, int, str]:
    return bitmap.width, bitmap.height, hashlib.sha256(bytes(bitmap.buffer)).hexdigest()


def filled_in(before: Any, after: Any) -> tuple[bool, bool]:
    """Of the text fields of a form (AcroForm of two revisions): whether one was filled in, and whether one that had words changed."""
    old, new = dict(_texts(before)), dict(_texts(after))
    return any(old.get(name, "") != value for name, value in new.items()), any(
        value.strip(_BLANK) and new.get(name) != value for name, value in old.items()
    )


def _texts(root: Any) -> Iterator[tuple[str, str]]:
    if "/AcroForm" in root and "/Fields" in root["/AcroForm"]:
        for field in root["/AcroForm"]["/Fields"]:
            yield from _texts_under(field.get_object(), "", "", depth=0)


def _texts_under(field: Any, prefix: str, kind: str, depth: int) -> Iterator[tuple[str, str]]:
    name = f"{prefix}.{field['/T']}" if "/T" in field else prefix
    kind = str(field["/FT"]) if "/FT" in field else kind
    if "/Kids" in field and depth < MAX_DEPTH:
        for kid in field["/Kids"]:
            yield from _texts_under(kid.get_object(), name, kind, depth + 1)
    if kind == "/Tx" and "/V" in field:
        yield name, str(field["/V"])
