"""The part of the check of a form's code that opens the file. Runs in the sandbox; imports little, since each file starts anew."""

from __future__ import annotations

import io
import re

MAX_PAGES = 3
SCALE = 2.5  # 180 dots an inch: four dots for a module of the code
MAX_PIXELS = 6_000_000  # of a rendered page
_OURS = re.compile(r"WW[0-9]+:")


def read_here(data: bytes) -> list[str]:
    """The QR codes of ours on the first pages, for JSON. Runs in the sandbox."""
    import pypdfium2
    import zxingcpp

    document = pypdfium2.PdfDocument(io.BytesIO(data))
    document.init_forms()
    texts: list[str] = []
    for number in range(min(len(document), MAX_PAGES)):
        page = document[number]
        scale = min(SCALE, (MAX_PIXELS / max(page.get_width() * page.get_height(), 1.0)) ** 0.5)
        image = page.render(scale=scale, may_draw_forms=True).to_pil().convert("L")
        codes = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
        texts += [code.text for code in codes if code.valid and _OURS.match(code.text)]
    return list(dict.fromkeys(texts))
