"""Small things drawn at the letters of a value, that make another value of it; and the lines, boxes and fills of honest forms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from tests.triage.documents import drawings, pages
from tests.triage.documents.drawings import END
from tests.triage.documents.pages import SIZE, VALUE, X, Y, page
from tests.triage.documents.test_drawn_words import reasons
from triage.documents.unseen import DECEITFUL, DOUBTFUL

Mark = Callable[[Canvas, float], None]
GAP = 1.8  # points: less than a space


def after(text: str) -> float:
    """Where the letter behind this beginning of the value stands."""
    return X + float(stringWidth(text, "Helvetica", SIZE))


def at(begin: str, mark: Mark) -> bytes:
    """The value with a mark drawn where the letter behind `begin` stands."""

    def draw(canvas: Canvas) -> None:
        pages.write(canvas)
        mark(canvas, after(begin))

    return page(draw)


def in_two(mark: Mark, one_object: bool = False) -> bytes:
    """The value in two pieces with a gap that makes no space, and a mark in that gap."""

    def draw(canvas: Canvas) -> None:
        gap = after(VALUE[:4])
        if one_object:
            kern = -GAP / SIZE * 1000
            pages.operators(canvas, f"BT /F1 {SIZE} Tf {X} {Y} Td [({VALUE[:4]}) {kern:.0f} ({VALUE[4:]})] TJ ET")
        else:
            canvas.drawString(X, Y, VALUE[:4])
            canvas.drawString(gap + GAP, Y, VALUE[4:])
        mark(canvas, gap)

    return page(draw)


def bar(left: float, low: float, wide: float, high: float) -> Mark:
    """A filled bar, so far from a place on the line."""
    return lambda canvas, x: canvas.rect(x + left, Y + low, wide, high, stroke=0, fill=1)


def coloured(mark: Mark) -> Mark:
    def draw(canvas: Canvas, x: float) -> None:
        canvas.setFillColorRGB(0.8, 0, 0)
        mark(canvas, x)

    return draw


def on_an_underline(canvas: Canvas, x: float) -> None:
    bar(0.8, -1.4, 1, 9)(canvas, x)
    canvas.rect(X - 40, Y - 1.8, 300, 0.7, stroke=0, fill=1)


def in_a_cell(canvas: Canvas, x: float) -> None:
    bar(0.8, 0, 1, 8)(canvas, x)
    canvas.grid([X - 5, X + 180], [Y - 5, Y + 12])


def mute(mark: str, said: str = " ") -> bytes:
    """A sign of a font that says a space, in the gap between two pieces of the value."""

    def write_mark(canvas: Canvas, x: float) -> None:
        canvas.setFont("Courier", SIZE)
        canvas.drawString(x - 2.4, Y, mark)
        canvas.setFont("Helvetica", SIZE)

    return pages.with_map(in_two(write_mark), {mark: said}, "Courier")


DOT, HYPHEN, UNDERSCORE = bar(0.3, 0, 1.2, 1.2), bar(-0.2, 3, 2.2, 0.9), bar(-1.5, -1.6, 5, 0.6)
ALTERED = {
    "a dot in a gap": in_two(DOT),
    "a hyphen in a gap": in_two(HYPHEN),
    "an underscore in a gap": in_two(UNDERSCORE),
    "a dot in a gap of one text": in_two(DOT, one_object=True),
    "an underscore in a gap of one text": in_two(UNDERSCORE, one_object=True),
    "a red dot in a gap": in_two(coloured(DOT)),
    "a stroke that is an l more": in_two(bar(0.4, 0, 0.9, 8)),
    "a dot before the value": at("", bar(-1.4, 0, 1.2, 1.2)),
    "an underscore behind the value": at(VALUE, bar(0.2, -1.6, 5, 0.6)),
    "a stem that makes an n an h": at("p.ja", bar(0.7, 0, 1, 8)),
    "a stem that makes an a a d": at("p.ja", bar(-1.4, 0, 1, 8)),
    "a tail that makes an a a q": at("p.ja", bar(-1.3, -2.4, 0.95, 8)),
    "a tail below an n": at("p.jan", bar(-1.3, -2.4, 0.95, 2.4)),
    "an accent above an e": at("p.jans", bar(1.6, 6.8, 3, 0.8)),
    "a stem on an underline": at("p.ja", on_an_underline),
    "a stem in a cell": at("p.ja", in_a_cell),
    "a stem on a page that is turned": pages.turned(at("p.ja", bar(0.7, 0, 1, 8)), 90),
    **{f"{sign} that says a space": mute(sign) for sign in ".-_"},
    "a dot that says nothing": mute(".", "\u200b"),
}


@pytest.mark.parametrize("kind", ALTERED)
def test_a_mark_that_makes_another_value_is_a_doubt(kind: str) -> None:
    found = reasons(ALTERED[kind])
    assert found
    assert found <= DOUBTFUL | DECEITFUL


def with_(*draws: pages.Draw) -> bytes:
    def draw(canvas: Canvas) -> None:
        for one in draws:
            one(canvas)

    return page(draw)


def boxed(high: float, line: float, corner: float = 0.0) -> pages.Draw:
    """The value in a box, three points from its side, as programs that fill in web pages make them."""

    def draw(canvas: Canvas) -> None:
        canvas.setLineWidth(line)
        canvas.roundRect(X - 3, Y - (high - 7) / 2, 250, high, corner)
        pages.write(canvas)

    return draw


def inset(canvas: Canvas) -> None:
    """A box with two dark and two light sides, as browsers draw a field."""
    pages.write(canvas)
    canvas.setLineWidth(1.5)
    for grey, lines in ((0.2, ((0, 15, 250, 15), (0, 0, 0, 15))), (0.75, ((0, 0, 250, 0), (250, 0, 250, 15)))):
        canvas.setStrokeGray(grey)
        for x0, y0, x1, y1 in lines:
            canvas.line(X - 3 + x0, Y - 4 + y0, X - 3 + x1, Y - 4 + y1)


def a_box_for_each_letter(canvas: Canvas) -> None:
    for place, letter in enumerate("32073"):
        canvas.rect(X + 14 * place, Y - 4, 14, 15)
        canvas.drawString(X + 14 * place + 4, Y, letter)


def dashed_to_the_margin(canvas: Canvas) -> None:
    pages.write(canvas)
    canvas.setDash(1, 2)
    canvas.line(60 + stringWidth(pages.LABEL, "Helvetica", SIZE) + 1, Y - 0.5, 540, Y - 0.5)


def underlined_in_part(canvas: Canvas) -> None:
    canvas.drawString(X, Y, f"mail: {VALUE}")
    begin = after("mail: ")
    canvas.line(begin, Y - 1.3, begin + END - X, Y - 1.3)


def highlighted_in_part(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 0.9, 0.2)
    canvas.rect(X, Y - 2, 60, 11, stroke=0, fill=1)
    canvas.setFillGray(0)
    pages.write(canvas)


def in_a_dark_band(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.3, 0.5)
    canvas.rect(X - 4, Y - 3, 250, 13, stroke=0, fill=1)
    canvas.setFillGray(1)
    pages.write(canvas)


def between_double_rules(canvas: Canvas) -> None:
    pages.write(canvas)
    for height in (-2.2, -3.6, 9.5, 10.9):
        canvas.line(50, Y + height, 545, Y + height)


HONEST = {
    **{f"a box of {high} points": with_(boxed(high, 0.8)) for high in (13, 15, 18, 22)},
    **{f"a box of {high} points, 1.6 thick": with_(boxed(high, 1.6)) for high in (14, 18)},
    **{f"a rounded box of {high} points": with_(boxed(high, 0.8, 4)) for high in (16, 22)},
    "a field of a browser": with_(inset),
    "a box for each digit": with_(a_box_for_each_letter),
    "a dashed line to the margin": with_(dashed_to_the_margin),
    "underlined in part": with_(underlined_in_part),
    "highlighted in part": with_(highlighted_in_part),
    "a dark band": with_(in_a_dark_band),
    "double rules": with_(between_double_rules),
    "a table": page(drawings.ruled),
    "a table on a turned page": pages.turned(page(drawings.ruled), 270),
    "a ticked box before the label": page(drawings.ticked),
    "in two pieces with nothing between": in_two(lambda canvas, x: None),
}


@pytest.mark.parametrize("kind", HONEST)
def test_lines_boxes_and_fills_of_a_form_are_no_marks(kind: str) -> None:
    assert reasons(HONEST[kind]) == set()


RED, GREEN = (1, 0.25, 0.25), (0.06, 0.65, 0.3)  # of equal brightness
BLUE, ORANGE = (0.78, 0.87, 1), (1, 0.85, 0.37)


def on_a_band(paper: tuple[float, float, float], ink: tuple[float, float, float], draw: pages.Draw) -> bytes:
    """The value in black on a coloured band, and something in another hue that is as bright."""

    def both(canvas: Canvas) -> None:
        canvas.setFillColorRGB(*paper)
        canvas.rect(40, Y - 60, 500, 90, stroke=0, fill=1)
        canvas.setFillGray(0)
        canvas.drawString(60, Y, pages.LABEL)
        pages.write(canvas)
        canvas.setFillColorRGB(*ink)
        canvas.setStrokeColorRGB(*ink)
        draw(canvas)

    return page(both, label=False)


def suffix(canvas: Canvas) -> None:
    pages.operators(canvas, drawings.outline(END + 0.3, Y, ".elders.nl"))


def strike(canvas: Canvas) -> None:
    canvas.setLineWidth(1.5)
    canvas.line(X - 2, Y + 3.5, END + 2, Y + 3.5)


def stem(canvas: Canvas) -> None:
    bar(0.7, 0, 1, 8)(canvas, after("p.ja"))


def mute_words(canvas: Canvas) -> None:
    canvas.setFont("Courier-Bold", 30)
    canvas.drawString(60, Y - 40, "NIET AKKOORD")


def words(canvas: Canvas) -> None:
    pages.operators(canvas, drawings.outline(60, Y - 40, "NIET AKKOORD", 40))


@pytest.mark.parametrize(("paper", "ink"), [(RED, GREEN), (BLUE, ORANGE), (GREEN, RED)])
@pytest.mark.parametrize("draw", [suffix, strike, stem])
def test_another_hue_as_bright_as_the_paper_is_seen(
    paper: tuple[float, float, float], ink: tuple[float, float, float], draw: pages.Draw
) -> None:
    assert reasons(on_a_band(paper, ink, draw)) & DOUBTFUL


@pytest.mark.parametrize(("paper", "ink"), [(RED, GREEN), (BLUE, ORANGE)])
def test_words_in_such_a_hue_are_kept_as_a_picture_that_can_be_read(
    paper: tuple[float, float, float], ink: tuple[float, float, float]
) -> None:
    from triage.documents.pdf import read_here

    [image] = drawings.jpeg_of(read_here(on_a_band(paper, ink, words)))
    dark, light = image.convert("L").getextrema()
    assert light - dark > 100  # type: ignore[operator]


def test_letters_in_such_a_hue_that_say_spaces_are_known() -> None:
    from triage.documents.pdf import read_here

    pdf = pages.with_map(on_a_band(RED, GREEN, mute_words), dict.fromkeys("NIETAKORD", " "), "Courier-Bold")
    assert read_here(pdf)["mute"] == [1]


def test_a_coloured_form_is_read_as_any_other() -> None:
    assert reasons(on_a_band((0.85, 0.9, 1), (0, 0, 0), lambda canvas: None)) == set()
    assert reasons(on_a_band((1, 1, 0.8), (0, 0, 0), lambda canvas: None)) == set()
