"""The words of an HTML part as a reader sees them: no code, nothing hidden, one line a block."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import nh3

from triage.mail.limits import MAX_TEXT

_CONTROLS = re.compile(r"[\x80-\x9f]")  # mean nothing in HTML, and the cleaner takes time with the square of their number
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "tr",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "table",
        "pre",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "hr",
        "address",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "center",
        "fieldset",
        "form",
        "figure",
        "caption",
        "thead",
        "tbody",
        "tfoot",
    ]
)
_CELLS = frozenset({"td", "th"})
_INLINE = frozenset(
    {"span", "font", "b", "i", "u", "a", "strong", "em", "small", "big", "label", "code", "tt", "s", "sup", "sub", "br"}
)
_KEPT = set(_BLOCKS | _CELLS | _INLINE)
_DROPPED = {"script", "style", "title", "template", "xml", "noframes", "select", "svg", "math", "object"}
_LOOKED_AT = {"style", "hidden", "class", "id", "bgcolor", "color", "background", "type", "size", "height"}
_TOKEN = re.compile(r'<(/?)([a-z0-9]+)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*/?>|([^<]+)|<')
_ATTRIBUTE = re.compile(r'([\w:-]+)(?:="([^"]*)")?')
_STYLE_BLOCK = re.compile(r"<style\b[^>]{0,300}>(.{0,60000}?)</style", re.IGNORECASE | re.DOTALL)
_RULE = re.compile(r"([^{}]{1,400})\{([^{}]{0,2000})\}")
_SELECTOR = re.compile(r"(?:[a-z0-9]+)?([.#][\w-]+)$", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f\xa0\u2000-\u200a\u202f\u3000]+")
_NOTHING = re.compile("[\u00ad\u034f\u200b\u2060-\u2064\ufeff\u061c\u115f\u1160\u17b4\u17b5\u180e]")
_JOINERS = re.compile("(?<![^\\s\\w\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?=[\\s\\w]|$)", re.ASCII)
_SMALL = re.compile(r"(?:0*(?:\.\d+)?|0*1(?:\.0+)?)(?:px|pt|%|em|rem)?$")
_ZERO = re.compile(r"0*(?:\.0+)?(?:px|pt|%|em|rem|vh)?$")
_FAR = re.compile(r"-\d{3,}(?:px|pt|em)?$")
_COLOURS = {"white": "ffffff", "black": "000000", "transparent": ""}


@dataclass(frozen=True, slots=True)
class _Frame:
    """How the words inside an open tag look."""

    tag: str = ""
    # Nothing inside is shown, whatever it says itself.
    gone: bool = False
    # Not shown, unless something inside says otherwise.
    small: bool = False
    invisible: bool = False
    colour: str = ""
    ground: str = ""
    keeps_spaces: bool = False
    quoted: int = 0

    @property
    def hidden(self) -> bool:
        same = bool(self.colour) and self.colour == (self.ground or "ffffff") and self.ground != "?"
        return self.gone or self.small or self.invisible or same


@dataclass(slots=True)
class _Page:
    """The lines written so far."""

    lines: list[list[str]] = field(default_factory=lambda: [[]])
    quotes: list[int] = field(default_factory=lambda: [0])

    def write(self, text: str, frame: _Frame) -> None:
        """Words as the reader sees them in this place."""
        if not frame.keeps_spaces:
            empty = "\xa0" in text and not text.strip()
            text = _SPACES.sub(" ", text)
            if empty and not self.lines[-1]:
                text = "\xa0"  # an empty paragraph takes a line
            if text == " " and (not self.lines[-1] or self.lines[-1][-1].endswith((" ", "\t"))):
                return
            self._add(text, frame)
            return
        first, *rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._add(first, frame)
        for line in rest:
            self.break_line()
            self._add(line, frame)

    def _add(self, text: str, frame: _Frame) -> None:
        if text:
            self.lines[-1].append(text)
            self.quotes[-1] = frame.quoted if text.strip() else self.quotes[-1]

    def break_line(self) -> None:
        """Begin a new line."""
        self.lines.append([])
        self.quotes.append(0)

    def block(self) -> None:
        """Begin a new line, unless this one is empty still."""
        if any(part.strip(" ") for part in self.lines[-1]):
            self.break_line()

    def text(self) -> str:
        """All lines, without the spaces around them."""
        written = []
        for parts, depth in zip(self.lines, self.quotes, strict=True):
            line = re.sub(r"[ \xa0]+", " ", _visible("".join(parts))).strip(" ").rstrip("\t ")
            written.append(("> " * depth + line).rstrip(" ") if depth else line)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(written)).strip()


def html_to_text(markup: str) -> str:
    """The words of an HTML part: one line a block, table cells separated by a tab, quoted mail behind '>'.

    What the sender hid (a preheader) is left out, unless that leaves nothing.
    """
    markup = _CONTROLS.sub(" ", markup[:MAX_TEXT])
    hiding = _hiding_rules(markup)
    clean = nh3.clean(
        markup.encode("utf-8", "replace").decode(),
        tags=_KEPT,
        clean_content_tags=_DROPPED,
        attributes={"*": set(_LOOKED_AT)},
        link_rel=None,
    )
    return _read(clean, hiding, look=True) or _read(clean, {}, look=False)


def _read(clean: str, hiding: Mapping[str, str], look: bool) -> str:
    page = _Page()
    frames = [_Frame()]
    for match in _TOKEN.finditer(clean):
        closes, tag, attributes, words = match.groups()
        if words is not None:
            if not frames[-1].hidden or not look:
                page.write(html.unescape(words), frames[-1])
        elif tag == "br":
            if not frames[-1].gone or not look:
                page.break_line()
        elif tag and closes:
            _close(tag, frames, page, look)
        elif tag:
            frame = _opened(frames[-1], tag, dict(_attributes(attributes)), hiding)
            if tag in _BLOCKS and not (frame.gone and look):
                page.block()
            if tag != "hr":
                frames.append(frame)
    return page.text()


def _close(tag: str, frames: list[_Frame], page: _Page, look: bool) -> None:
    if len(frames) > 1 and frames[-1].tag == tag:
        frame = frames.pop()
        if frame.gone and look:
            return
        if tag in _CELLS and page.lines[-1]:
            page.lines[-1].append("\t")
        elif tag == "p" or tag in _BLOCKS:
            page.block()


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    for match in _ATTRIBUTE.finditer(text):
        yield match[1].lower(), html.unescape(match[2] or "").strip()


def _opened(outer: _Frame, tag: str, attributes: Mapping[str, str], hiding: Mapping[str, str]) -> _Frame:
    """How the words inside a tag look, given how those around it look."""
    names = [f".{name}" for name in attributes.get("class", "").lower().split()] + [f"#{attributes.get('id', '').lower()}"]
    rules = ";".join(hiding[name] for name in names if name in hiding)
    style = _style(f"{rules};{attributes.get('style', '')}")
    quoting = tag == "blockquote" and (
        attributes.get("type", "") == "cite" or re.search(r"quote|cite", attributes.get("class", "") + attributes.get("id", ""))
    )
    colour = _colour(style.get("color", attributes.get("color", ""))) or outer.colour
    image = "background" in attributes or "url(" in style.get("background", "") + style.get("background-image", "")
    ground = "?" if image or "gradient" in str(style) else _ground(style, attributes) or outer.ground
    spaces = style.get("white-space", "")
    return replace(
        outer,
        tag=tag,
        gone=outer.gone or "hidden" in attributes or _is_gone(style),
        small=bool(_SMALL.match(style["font-size"])) if style.get("font-size") else outer.small,
        invisible=style["visibility"] in ("hidden", "collapse") if "visibility" in style else outer.invisible,
        colour=colour,
        ground=ground,
        keeps_spaces=spaces.startswith(("pre", "break-spaces")) if spaces else tag == "pre" or outer.keeps_spaces,
        quoted=min(outer.quoted + bool(quoting), 20),
    )


def _style(text: str) -> dict[str, str]:
    """A style attribute as its last word on each property."""
    found: dict[str, str] = {}
    for rule in text.lower().split(";")[:60]:
        name, _, value = rule.partition(":")
        if value:
            found[name.strip()] = value.replace("!important", "").strip()
    return found


def _is_gone(style: Mapping[str, str]) -> bool:
    zero = [name for name in ("max-height", "opacity", "max-width") if name in style and _ZERO.match(style[name])]
    shut = style.get("overflow", "") == "hidden" and any(
        name in style and _ZERO.match(style[name]) for name in ("height", "width")
    )
    far = any(_FAR.match(style.get(name, "")) for name in ("text-indent", "left", "top", "right"))
    return style.get("display", "") == "none" or style.get("mso-hide", "") == "all" or bool(zero) or shut or far


def _ground(style: Mapping[str, str], attributes: Mapping[str, str]) -> str:
    value = style.get("background-color") or style.get("background") or attributes.get("bgcolor", "")
    if not value:
        return ""
    return _colour(value.split(" ")[0]) or ("" if value in ("transparent", "none", "inherit") else "?")


def _colour(value: str) -> str:
    """A colour as six hexadecimal digits; "" when it is not one we know."""
    value = value.strip().lower()
    value = _COLOURS.get(value, value)
    if match := re.fullmatch(r"#?([0-9a-f]{6}|[0-9a-f]{3})", value):
        return match[1] if len(match[1]) == 6 else "".join(sign * 2 for sign in match[1])
    if match := re.fullmatch(r"rgba?\((\d{1,3})[, ]+(\d{1,3})[, ]+(\d{1,3}).*", value):
        return "".join(f"{min(int(number), 255):02x}" for number in match.groups())
    return ""


def _hiding_rules(markup: str) -> dict[str, str]:
    """The style sheet's rules for a class or id that hide it; rules for some screens only (@media) are not read."""
    rules: dict[str, str] = {}
    for sheet in (match[1] for match in _STYLE_BLOCK.finditer(markup)):
        plain = re.sub(
            r"@media[^{}]{0,300}\{(?:[^{}]{0,400}\{[^{}]{0,2000}\}){0,200}",
            "",
            re.sub(r"/\*.{0,5000}?\*/", "", sheet, flags=re.DOTALL),
        )
        for match in list(_RULE.finditer(plain))[:300]:
            style = _style(match[2])
            if _is_gone(style) or style.get("visibility") == "hidden":
                for selector in match[1].split(","):
                    if found := _SELECTOR.search(selector.strip()):
                        rules[found[1].lower()] = match[2]
    return rules


def _visible(text: str) -> str:
    """Text without the letters that take no room: soft hyphens, and the padding behind a preheader."""
    return _JOINERS.sub("", _NOTHING.sub("", text)) if not text.isascii() else text
