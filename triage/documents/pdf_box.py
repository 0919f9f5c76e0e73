"""Where a page begins. Runs in the sandbox."""

from __future__ import annotations

from typing import Any


def shown_box(page: Any) -> tuple[float, float, float, float]:
    """What is shown of a page: left, bottom, right, top in the coordinates of the file.

    Its crop box within its media box, each of the page itself or of the /Pages above it (ISO 32000-2, 7.7.3.4). What asks the
    page alone for a box, as `get_cropbox`, gets that of US Letter for every file that says it once for all pages.
    """
    left, bottom, right, top = page.get_bbox()
    return left, bottom, right, top


def keep_box(page: Any) -> None:
    """Let a page say itself what is shown of it: flattening makes it US Letter when only the /Pages above it say so."""
    box = page.get_bbox()
    page.set_mediabox(*box)
    page.set_cropbox(*box)


def upper_left(page: Any) -> tuple[float, float]:
    """The left and top side of a page in points of the page as it is seen (`pdf_text.placing`)."""
    if page.get_rotation() % 360:
        return 0.0, float(page.get_height())
    left, _, _, top = shown_box(page)
    return left, top
