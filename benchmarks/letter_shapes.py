"""Makes `triage/verify/letter_shapes.npz` from typefaces, and measures how well drawn letters are told apart.

    python -m benchmarks.letter_shapes FONT.ttf … [--without NAME]

Each face given, the standard faces of pdfium and those that come with Source Sans and ReportLab are drawn and made small. Then the
letters of every face are compared with those of all *other* families: how many honest letters are taken for another or for unknown,
and how many lies (any letter said to be any other) go unseen. Made with Liberation, Carlito, Caladea, DejaVu, Open Sans, Roboto, Lato,
Noto, Comic Neue, Latin Modern and Linux Libertine, from the packages of Debian 12.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as raw

from triage.documents import letter_shapes
from triage.documents.letter_shapes import FILE, LETTERS, TOGETHER, Shape, ShapeLikeness, shape_of

SIZE, COLUMNS = 40, 20
STANDARD = [
    *(f"Helvetica{style}" for style in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"Times-{style}" for style in ("Roman", "Bold", "Italic", "BoldItalic")),
    *(f"Courier{style}" for style in ("", "-Bold", "-Oblique")),
]
SANS = ("Regular", "Semibold", "It", "Light", "Black")
VERA = ("Vera", "VeraBd", "VeraIt")


def drawn(load: Callable[[Any], Any]) -> dict[str, Shape]:
    """The letters of a face, by name."""
    names = [*LETTERS, *TOGETHER]
    document = pypdfium2.PdfDocument.new()
    rows = -(-len(names) // COLUMNS)
    page = document.new_page(COLUMNS * SIZE * 2, rows * SIZE * 2)
    font = load(document)
    for number, name in enumerate(names):
        item = raw.FPDFPageObj_CreateTextObj(document, font, SIZE)
        words = ctypes.create_string_buffer((name + "\0").encode("utf-16-le"))
        raw.FPDFText_SetText(item, ctypes.cast(words, ctypes.POINTER(raw.FPDF_WCHAR)))
        x, y = number % COLUMNS * SIZE * 2 + SIZE * 0.4, (rows - 1 - number // COLUMNS) * SIZE * 2 + SIZE * 0.6
        raw.FPDFPageObj_Transform(item, 1, 0, 0, 1, x, y)
        raw.FPDFPage_InsertObject(page, item)
    raw.FPDFPage_GenerateContent(page)
    ink = 1 - page.render(scale=1, grayscale=True).to_numpy().astype(np.float32) / 255
    found = {}
    for number, name in enumerate(names):
        x, y = number % COLUMNS * SIZE * 2, number // COLUMNS * SIZE * 2
        if shape := shape_of(ink[y : y + SIZE * 2, x : x + SIZE * 2], SIZE * 1.4, SIZE):
            found[name] = shape
    boxes = {shape.picture.tobytes() for shape in found.values()}
    return found if len(boxes) > len(found) / 2 else {}  # a face without these letters draws the same box for all


def from_file(path: Path) -> Callable[[Any], Any]:
    """Loads a face from its file."""
    data = path.read_bytes()
    held = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
    return lambda document: raw.FPDFText_LoadFont(document, held, len(data), raw.FPDF_FONT_TRUETYPE, 1)


def standard(name: str) -> Callable[[Any], Any]:
    """Loads one of the standard faces (ISO 32000-2, 9.6.2.2) as pdfium draws it."""
    return lambda document: raw.FPDFText_LoadStandardFont(document, name.encode())


def faces(paths: list[Path]) -> dict[str, dict[str, Shape]]:
    """The letters of all faces, by the name of the face."""
    source = Path(str(files("font_source_sans_pro") / "files"))
    vera = Path(str(files("reportlab") / "fonts"))
    every = {name: standard(name) for name in STANDARD}
    every |= {f"SourceSansPro-{style}": from_file(source / f"SourceSansPro-{style}.ttf") for style in SANS}
    every |= {name: from_file(vera / f"{name}.ttf") for name in VERA}
    every |= {path.stem: from_file(path) for path in paths}
    return {name: letters for name, load in every.items() if (letters := drawn(load))}


def store(all_faces: dict[str, dict[str, Shape]]) -> None:
    """Write the file."""
    entries = sorted(
        ((name, face, shape) for face, letters in all_faces.items() for name, shape in letters.items()),
        key=lambda entry: entry[:2],
    )
    np.savez_compressed(
        FILE,
        names=np.array([name for name, _, _ in entries]),
        pictures=np.stack([np.round(shape.picture * 15).astype(np.uint8) for _, _, shape in entries]),
        places=np.array([(shape.top, shape.bottom, shape.width) for _, _, shape in entries], dtype=np.float16),
    )


def measure(all_faces: dict[str, dict[str, Shape]]) -> None:
    """Compare each family with all others."""
    plain = [letter for letter in LETTERS if letter.isascii() and (letter.isalnum() or letter in "@.-_")]
    total = {"honest": [0, 0, 0], "lies": [0, 0]}
    for family in sorted({_family(name) for name in all_faces}):
        store({name: letters for name, letters in all_faces.items() if _family(name) != family})
        letter_shapes._known.cache_clear()
        for face, letters in all_faces.items():
            if _family(face) != family:
                continue
            said = [letter for letter in plain if letter in letters]
            shapes = [letters[letter] for letter in said]
            honest = letter_shapes.compare(said, shapes)
            wrong = [f"{letter}{'?' if kind is ShapeLikeness.UNKNOWN else ''}" for letter, kind in zip(said, honest, strict=True) if kind is not ShapeLikeness.SAME]  # fmt: skip
            unseen = [
                f"{letter}={other}"
                for letter in said
                if letter != letter.upper() or not letter.isalpha()
                for other, kind in zip(said, letter_shapes.compare([letter] * len(said), shapes), strict=True)
                if kind is ShapeLikeness.SAME and not _same(letter, other)
            ]
            total["honest"][0] += len(said)
            total["honest"][1] += sum(not name.endswith("?") for name in wrong)
            total["honest"][2] += sum(name.endswith("?") for name in wrong)
            total["lies"][0] += len(said) ** 2
            total["lies"][1] += len(unseen)
            print(f"{face:34} taken for another or unknown: {' '.join(wrong):30} unseen: {' '.join(unseen)}")
    print(total)


def _family(face: str) -> str:
    return face.partition("-")[0].removesuffix("Condensed").rstrip("BdIt")[:9]


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold() or any({one, other} <= group for group in letter_shapes.LOOK_ALIKE)


def main(arguments: list[str]) -> None:
    """Make the file and measure."""
    all_faces = faces([Path(argument) for argument in arguments])
    measure(all_faces)
    store(all_faces)
    print(f"{len(all_faces)} faces, {FILE.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
