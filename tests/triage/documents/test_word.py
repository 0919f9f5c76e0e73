"""What a reader sees of a Word document."""

from __future__ import annotations

import io

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from triage.documents.files import word_here

MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
BOX = "<w:txbxContent><w:p><w:r><w:t>Naam: Sanne de Wit</w:t></w:r></w:p><w:p><w:r><w:t>E-mail: s.dewit@kei.example</w:t></w:r></w:p></w:txbxContent>"


def lines_of(run: str) -> list[str]:
    """The lines of a document whose one paragraph holds a run of this XML."""
    document, buffer = Document(), io.BytesIO()
    document.add_paragraph("Aanvraag")._p.append(parse_xml(f"<w:r {nsdecls('w')} {MC}>{run}</w:r>"))
    document.save(buffer)
    return [" ".join(text for text, _ in cells) for cells in word_here(buffer.getvalue())]


def test_a_text_box_is_read_once_and_line_by_line() -> None:
    twice = (
        f"<mc:AlternateContent><mc:Choice Requires='wps'>{BOX}</mc:Choice><mc:Fallback>{BOX}</mc:Fallback></mc:AlternateContent>"
    )
    assert lines_of(twice) == ["Aanvraag", "Naam: Sanne de Wit", "E-mail: s.dewit@kei.example"]


def test_hidden_text_is_not_read() -> None:
    assert lines_of("<w:rPr><w:vanish/></w:rPr><w:t> oud@adres.example</w:t>") == ["Aanvraag"]
    assert lines_of("<w:t> s.dewit@kei.example</w:t>") == ["Aanvraag s.dewit@kei.example"]
