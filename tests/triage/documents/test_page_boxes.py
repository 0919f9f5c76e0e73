"""Where a page begins: its boxes may stand in the page or once for all pages, with any corner as origin."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from typing import Any

import pytest
from PIL import Image, ImageStat
from pypdf.generic import ArrayObject, NameObject, NumberObject, RectangleObject

from tests.triage.documents import pages
from tests.triage.documents.pages import LABEL, VALUE, X, Y, edited, page
from triage.documents.pdf import read_here, render_here
from triage.verify.signature.wet_signature_here import crop_here, ink_here


def noted(pdf: bytes) -> bytes:
    """The PDF with a green square as annotation, away from the value."""

    def change(writer: Any, sheet: Any) -> None:
        box = ArrayObject([NumberObject(side) for side in (0, 0, 30, 30)])
        look = pages.stream(b"0 1 0 rg 0 0 30 30 re f", Subtype=NameObject("/Form"), BBox=box)
        note = pages.names(Subtype=NameObject("/Square"), Rect=RectangleObject((60, 500, 90, 530)), F=NumberObject(4))
        note[NameObject("/AP")] = pages.names(N=writer._add_object(look))
        sheet[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])

    return edited(pdf, change)


A4 = (0, 0, 595, 842)
PLAIN = page(pages.write)


def darkest(image: Image.Image) -> float:
    return float(ImageStat.Stat(image.convert("L")).extrema[0][0])


def for_all_pages(pdf: bytes, moved: Iterable[str] = (), **entries: tuple[float, ...] | int) -> bytes:
    """The PDF with boxes or /Rotate in /Pages and not in the page: those of it that are `moved`, and these entries."""

    def change(writer: Any, sheet: Any) -> None:
        above = sheet["/Parent"].get_object()
        for key in moved:
            above[NameObject(key)] = sheet.pop(key)
        for key, value in entries.items():
            sheet.pop(f"/{key}", None)
            above[NameObject(f"/{key}")] = NumberObject(value) if isinstance(value, int) else RectangleObject(value)

    return edited(pdf, change)


def in_the_page(**boxes: tuple[float, ...]) -> bytes:
    def change(writer: Any, sheet: Any) -> None:
        for key, box in boxes.items():
            sheet[NameObject(f"/{key}")] = RectangleObject(box)

    return edited(PLAIN, change)


BOXES = {
    "a media box for all pages": for_all_pages(PLAIN, ["/MediaBox"]),
    "a media box for all pages, with another corner": for_all_pages(PLAIN, MediaBox=(-100, -50, 595, 842)),
    "a crop box for all pages": for_all_pages(PLAIN, CropBox=(30, 300, 590, 830)),
    "both for all pages": for_all_pages(PLAIN, ["/MediaBox"], CropBox=(30, 300, 590, 830)),
    "a page larger than A4": for_all_pages(PLAIN, MediaBox=(0, 0, 700, 900)),
    "a page turned for all pages": for_all_pages(PLAIN, ["/MediaBox"], Rotate=90),
    "a page turned for all pages, with another corner": for_all_pages(PLAIN, MediaBox=(-100, -50, 595, 842), Rotate=270),
    "a media box of the page, with another corner": in_the_page(MediaBox=(-100, -50, 595, 842)),
    "a crop box larger than the media box": in_the_page(MediaBox=A4, CropBox=(-200, -200, 900, 1200)),
}


@pytest.mark.parametrize("kind", BOXES)
def test_a_value_is_read_without_a_doubt_wherever_the_page_says_it_begins(kind: str) -> None:
    cells = [(text, hidden) for _, cells in read_here(BOXES[kind])["rows"] for text, _, hidden in cells]
    assert cells == [(LABEL, ""), (VALUE, "")]


@pytest.mark.parametrize("kind", BOXES)
def test_so_it_is_on_a_page_with_an_annotation_elsewhere(kind: str) -> None:
    cells = [(text, hidden) for _, cells in read_here(noted(BOXES[kind]))["rows"] for text, _, hidden in cells]
    assert cells == [(LABEL, ""), (VALUE, "")]


def test_fonts_that_stand_once_for_all_pages_are_found_on_a_page_with_an_annotation() -> None:
    pdf = noted(for_all_pages(PLAIN, ["/MediaBox", "/Resources"]))
    assert [text for _, cells in read_here(pdf)["rows"] for text, _, hidden in cells if not hidden] == [LABEL, VALUE]


@pytest.mark.parametrize("kind", [kind for kind in BOXES if "turned" not in kind])
def test_a_place_is_found_back_on_the_page(kind: str) -> None:
    place = next(box for _, cells in read_here(BOXES[kind])["rows"] for text, box, _ in cells if text == VALUE)
    area = [X - 10, Y - 10, X + 150, Y + 20]
    asked = {"area": area, "text": []}
    assert ink_here(BOXES[kind], "1", str(asked).replace("'", '"')) is True
    assert ink_here(BOXES[kind], "1", str({**asked, "text": [list(place)]}).replace("'", '"')) is False
    cut = Image.open(io.BytesIO(base64.b64decode(crop_here(BOXES[kind], "1", str(area)))))
    assert darkest(cut) < 100


@pytest.mark.parametrize("kind", BOXES)
def test_a_mark_is_put_round_the_value(kind: str) -> None:
    pdf = BOXES[kind]
    place = next(box for _, cells in read_here(pdf)["rows"] for text, box, _ in cells if text == VALUE)
    marked = [[list(place), "1", "#ff0000"]]
    shown = Image.open(io.BytesIO(base64.b64decode(render_here(pdf, "1", "1000", "0", str(marked).replace("'", '"')))))
    red = Image.eval(shown.convert("RGB").getchannel("G"), lambda green: 255 if green < 10 else 0)
    left, top, right, bottom = red.getbbox() or (0, 0, 0, 0)
    inside = shown.convert("L").crop((left + 4, top + 4, right - 4, bottom - 4))
    assert darkest(inside) < 100
