"""HTML as its reader sees it: what is hidden, what breaks lines, what is no text."""

from __future__ import annotations

import pytest

from tests.conftest import SHARED, need
from triage.mail.markup import html_to_text

WORDS = "Wij kunnen niet inloggen."


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">weg</div>',
        '<div style="DISPLAY: NONE !important;">weg</div>',
        "<span style='display:none;max-height:0;font-size:1px'>weg</span>",
        '<div style="visibility:hidden">weg</div>',
        '<div style="max-height:0;overflow:hidden">weg</div>',
        '<div style="max-height:0px">weg</div>',
        '<span style="font-size:0">weg</span>',
        '<span style="font-size:1px;line-height:1px">weg</span>',
        '<span style="opacity:0">weg</span>',
        '<span style="opacity: 0.0">weg</span>',
        '<span style="mso-hide:all">weg</span>',
        '<span style="color:#ffffff;background-color:#ffffff">weg</span>',
        '<span style="color:white">weg</span>',
        '<div style="background:#eee"><span style="color:#eeeeee">weg</span></div>',
        '<table bgcolor="#F0F0F0"><tr><td><font color="#f0f0f0">weg</font></td></tr></table>',
        '<span style="color: rgb(255, 255, 255)">weg</span>',
        "<div hidden>weg</div>",
        '<div style="height:0;overflow:hidden">weg</div>',
        '<div style="text-indent:-9999px">weg</div>',
        '<div style="position:absolute;left:-10000px">weg</div>',
        '<style>.pre{display:none}</style><div class="pre">weg</div>',
        '<style>.a, .preheader { display: none !important; }</style><span class="x preheader">weg</span>',
        '<style>#pre{font-size:0;max-height:0}</style><div id="pre">weg</div>',
        '<div style="display:none"><p>weg <b>ook</b></p></div>',
        '<div style="display:none">weg&zwnj;&nbsp;&zwnj;&nbsp;&#8199;&#65279;&#847;</div>',
        "&zwnj;&nbsp;&zwnj;&nbsp;&#8203;&#65279;&#847;&shy;",
        "<title>weg</title>",
        "<style>p{color:red}</style>",
        "<script>weg()</script>",
        "<!-- weg -->",
        "<!--[if mso]><p>weg</p><![endif]-->",
        "<template>weg</template>",
    ],
)
def test_what_is_hidden_is_not_read(hidden: str) -> None:
    assert html_to_text(f"<html><body>{hidden}<p>{WORDS}</p></body></html>") == WORDS


@pytest.mark.parametrize(
    "shown",
    [
        f'<table><tr><td style="font-size:0"><span style="font-size:14px">{WORDS}</span></td></tr></table>',
        f'<div style="color:#fff;background:#000">{WORDS}</div>',
        f'<div style="background-image:url(x)"><span style="color:white">{WORDS}</span></div>',
        f'<div style="visibility:hidden"><span style="visibility:visible">{WORDS}</span></div>',
        f'<div style="font-size:11px;opacity:0.9">{WORDS}</div>',
        f'<div style="display:block;max-height:none">{WORDS}</div>',
        f"<style>@media screen {{ .m {{ display:none }} }}</style><div class='m'>{WORDS}</div>",
        f'<div style="display:none">{WORDS}</div>',
        f'<td bgcolor="#003366"><font color="#ffffff">{WORDS}</font></td>',
        f"<p style='color:#000000'>{WORDS}</p>",
        f"<p style='font-size:1em'>{WORDS}</p>",
        f"<p style='font-size:100%'>{WORDS}</p>",
        f"<p style='font-size:1.2rem'>{WORDS}</p>",
    ],
)
def test_what_is_shown_is_read(shown: str) -> None:
    assert html_to_text(shown) == WORDS


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<pre>Naam: Joke\nBRIN: 99AB\nSchool: De Linde</pre>", "Naam: Joke\nBRIN: 99AB\nSchool: De Linde"),
        ("<pre>Naam: Joke\r\nBRIN: 99AB</pre>", "Naam: Joke\nBRIN: 99AB"),
        ("<div style='white-space:pre-wrap'>een\ntwee</div>", "een\ntwee"),
        ("<div style='white-space: pre-line'>een\ntwee</div>", "een\ntwee"),
        ("<pre><b>Naam:</b> Joke\n\nBRIN: 99AB</pre>daarna", "Naam: Joke\n\nBRIN: 99AB\ndaarna"),
        ("een<br>twee<br/>drie<br />vier", "een\ntwee\ndrie\nvier"),
        ("een<br><br>twee", "een\n\ntwee"),
        ("<div>een</div><div><br></div><div>twee</div>", "een\n\ntwee"),
        ("<p>een</p><p>&nbsp;</p><p>twee</p>", "een\n\ntwee"),
        ("<ul><li>een</li><li>twee</li></ul>", "een\ntwee"),
        ("<ol><li>een<li>twee</ol>", "een\ntwee"),
        ("<table><tr><td>Naam</td><td>Joke</td></tr><tr><td>BRIN</td><td>99AB</td></tr></table>", "Naam\tJoke\nBRIN\t99AB"),
        ("<table><tr><th>Naam</th></tr><tr><td><p>Joke</p></td></tr></table>", "Naam\nJoke"),
        ("nieuw<blockquote>ingesprongen</blockquote>ook", "nieuw\ningesprongen\nook"),
        ("nieuw<blockquote type='cite'>oud<br>ouder</blockquote>ook", "nieuw\n> oud\n> ouder\nook"),
        ("<p>Op ma schreef x:</p><blockquote class='gmail_quote'><p>oud</p></blockquote>", "Op ma schreef x:\n> oud"),
        ("Zie <a href='https://x.example'>deze pagina</a>.", "Zie deze pagina."),
        ("<h1>Kop</h1>tekst", "Kop\ntekst"),
        ("wacht&shy;woord", "wachtwoord"),
        ("wacht&#8203;woord", "wachtwoord"),
        ("<dl><dt>Naam</dt><dd>Joke</dd></dl>", "Naam\nJoke"),
        ("<span>in</span><span>loggen</span>", "inloggen"),
        ("<b>Naam:</b> Joke <i>Bakker</i>", "Naam: Joke Bakker"),
        ("a<hr>b", "a\nb"),
        ("2 < 3 en 5 > 4", "2 < 3 en 5 > 4"),
        ("<p>Tom &amp; Jerry &lt;tom@x.example&gt;</p>", "Tom & Jerry <tom@x.example>"),
    ],
)
def test_lines_break_where_the_reader_sees_them_break(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [("4-53", "Wij kunnen sinds gisteren niet inloggen met MFA."), ("4-62", "Naam: Joke\nBRIN: 99AB\nSchool: De Linde")],
)
def test_reported_pages_are_read(name: str, text: str) -> None:
    path = SHARED / "reports" / f"{name}.html"
    need(path.is_file(), f"{path} is not here")
    assert html_to_text(path.read_text(encoding="utf-8")) == text
