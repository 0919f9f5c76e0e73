"""The pictures and drawings of a PDF page, other than the lines and boxes of a form. Runs in the sandbox."""

from __future__ import annotations

from typing import Any

from triage.documents.pdf_text import Box

MAX_PICTURES = 500  # of one page


def pictures_of(page: Any) -> list[tuple[Box, float]]:
    """Where each stands, in the coordinates of the file, and its share of the page."""
    import pypdfium2.raw as raw

    area = max(page.get_width() * page.get_height(), 1.0)
    found = []
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH], max_depth=4):
        left, bottom, right, top = item.get_bounds()
        if item.type == raw.FPDF_PAGEOBJ_PATH and (top - bottom < 6 or right - left < 12 or _is_rectangle(item)):
            continue  # lines and boxes of the form itself
        found.append(((left, bottom, right, top), max(0.0, (right - left) * (top - bottom) / area)))
        if len(found) >= MAX_PICTURES:
            break
    return found


def images_of(page: Any) -> list[Box]:
    """Where the images stand that together may be the scan of a page; scanners cut one into strips."""
    import pypdfium2.raw as raw

    return [item.get_bounds() for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)][:MAX_PICTURES]


def _is_rectangle(item: Any) -> bool:
    import pypdfium2.raw as raw

    return int(raw.FPDFPath_CountSegments(item)) <= 6
