"""The typeface of the PDFs that Wegwijzer makes (Source Sans, SIL Open Font License)."""

from __future__ import annotations

from importlib.resources import files

from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "Wegwijzer", "Wegwijzer-Bold"


def load_fonts() -> None:
    """Make PLAIN and BOLD known to ReportLab."""
    folder = files("font_source_sans_pro") / "files"
    for name, file in ((PLAIN, "SourceSansPro-Regular.ttf"), (BOLD, "SourceSansPro-Semibold.ttf")):
        registerFont(TTFont(name, str(folder / file)))
