"""Pages come from autoescaping templates: no HTML in code, nothing taken for safe, and whatever the words are, they stay text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import nodes

from kb.pages import templates
from kb.pages.templates import FOLDER, SHARED, Components
from tests.conftest import ROOT
from triage.web.templates import DESK
from triage.web.templates import FOLDER as OF_TRIAGE

CODE = sorted([*(ROOT / "kb" / "pages").glob("*.py"), *(ROOT / "triage" / "web").rglob("*.py")])
TEMPLATES = sorted([*FOLDER.glob("*.html"), *OF_TRIAGE.glob("*.html")])
ENGINE = Path(templates.__file__)
MARKUP_MADE = {  # the only pages that say of a text that it is HTML
    "kb/pages/markdown.py": 2,  # an article's Markdown, in which raw HTML became text; and a link in it
    "kb/pages/markup.py": 1,  # nothing at all
    "kb/pages/templates.py": 1,  # a script of ours
    "triage/web/pages/ticket.py": 1,  # the HTML of a mail, as nh3 left it
    "triage/web/signin.py": 1,  # our style
}

Macros = dict[tuple[str, str], nodes.Macro]


def own(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def template_of(path: Path) -> nodes.Template:
    return jinja2.Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))


def macros() -> Macros:
    """Every component, by the name of its template and its own."""
    return {(path.name, macro.name): macro for path in TEMPLATES for macro in template_of(path).find_all(nodes.Macro)}


def wanted(macro: nodes.Macro) -> tuple[set[str], set[str]]:
    """The names of its values: all, and those it can't do without."""
    names = [argument.name for argument in macro.args]
    return set(names), set(names[: len(names) - len(macro.defaults)])


def shown(path: Path) -> Iterator[tuple[int, tuple[str, str], set[str]]]:
    """The components that a module asks for: line, template and name, and the names of the values."""
    for call in ast.walk(tree_of(path)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("show", "render"):
            template, component = call.args
            assert isinstance(component, ast.Constant)
            name = {"SHARED": SHARED, "DESK": DESK}[template.id] if isinstance(template, ast.Name) else ast.literal_eval(template)
            yield call.lineno, (name, component.value), {str(one.arg) for one in call.keywords} - {"width"}


@pytest.mark.parametrize("path", CODE, ids=own)
def test_no_module_of_the_pages_holds_html(path: Path) -> None:
    strings = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not [f"{node.lineno}: {node.value}" for node in strings if re.search(r"</?[a-z]", str(node.value))]


@pytest.mark.parametrize("path", CODE, ids=own)
def test_html_gets_on_a_page_in_one_module_only(path: Path) -> None:
    if path != ENGINE:
        called = [node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
        names = [
            func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else "" for func in called
        ]
        assert not {"html", "escape"} & set(names)


@pytest.mark.parametrize("path", CODE, ids=own)
def test_only_where_it_was_made_harmless_a_text_is_said_to_be_html(path: Path) -> None:
    made = [call for call in ast.walk(tree_of(path)) if isinstance(call, ast.Call) and ast.unparse(call.func) == "Markup"]
    assert len(made) == MARKUP_MADE.get(own(path), 0)


@pytest.mark.parametrize("path", TEMPLATES, ids=own)
def test_no_template_takes_a_value_for_safe_or_leaves_an_attribute_unquoted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*(safe|striptags|xmlattr|tojson)\b|autoescape|Markup", text)
    assert not re.search(r"=\s*\{\{", re.sub(r"\{%.*?%\}", "", text))
    assert re.findall(r'style="([^"{]*)', text) in ([], ["width:"])


@pytest.mark.parametrize("path", TEMPLATES, ids=own)
def test_words_are_asked_for_within_components_only(path: Path) -> None:
    """The top of a template is read once, in the language of whoever came first."""
    asked = [node for top in template_of(path).body if not isinstance(top, nodes.Macro) for node in top.find_all(nodes.Call)]
    assert not asked


@pytest.mark.parametrize("path", CODE, ids=own)
def test_every_component_that_is_asked_for_exists_and_gets_its_values(path: Path) -> None:
    known = macros()
    for line, place, given in shown(path):
        assert place in known, f"{path.name}:{line}"
        every, needed = wanted(known[place])
        assert needed <= given <= every, f"{path.name}:{line} {place}"


def test_no_component_is_left_over() -> None:
    asked = {place for path in CODE for _, place, _ in shown(path)}
    within = {name for path in TEMPLATES for name in re.findall(r"\b(\w+)\(", re.sub(r"macro \w+", "", path.read_text("utf-8")))}
    assert not {place for place in macros() if place not in asked and place[1] not in within}


HOSTILE = "<script>alert(1)</script> \"><img src=x onerror=alert(1)> ' :green-badge[Compleet] ![x](https://volger.example/p.png)"
HARMLESS = "woorden"
CLOSED = {
    "priority": "hoog",
    "verdict": "compleet",
    "weight": "twijfel",
    "state": "concept",
    "kind": "digitaal",
}  # never of others
WITHOUT_VALUES = {  # they show words of ours only
    (DESK, "priority"), (DESK, "verdict"), ("judgement.html", "verdict"), ("signatures.html", "word"), (SHARED, "script"),
}  # fmt: skip


class Anything(str):
    """Words that pass for any value: each of its attributes and parts holds the same words."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return CLOSED.get(name, self)

    def __getitem__(self, key: Any) -> Any:
        return self

    def __iter__(self) -> Iterator[str]:
        return iter([self])

    def get(self, *_: object) -> Anything:
        return self


class Names(dict[str, str]):
    """A group of words in which every name has words of others."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __missing__(self, key: str) -> str:
        return self.words + " {detail}"

    def __contains__(self, key: object) -> bool:
        return True


def drawn(place: tuple[str, str], macro: nodes.Macro, words: str) -> str:
    """A component with these words for every value."""
    one = Anything(words)
    parts = Components(OF_TRIAGE)
    parts._templates.globals |= {
        "t": lambda name, /, **values: f"{name} {' '.join(map(str, values.values()))}",
        "group": lambda name: Names(words),
        "items": lambda name: [words],
        "number_of": lambda name, count: f"{name} {count}",
        "link": lambda path, **query: f"{path}?{query}",
        "article_link": lambda slug, search=None: f"/artikel?slug={slug}",
    }
    parts._templates.filters |= dict.fromkeys(
        ("when", "age", "local_time", "reasons", "intent_title", "queue_title"), lambda *_: one
    )
    pair = [(one, one)]
    rows = {"gaps.html": [(one, one, one)], "drift.html": [(one, 3)], "ticket.html": [(1, one, Field(words), one)]}
    known = {
        "links": pair,
        "shares": pair,
        "figures": pair,
        "phones": pair,
        "cited": pair,
        "counts": {one: 3},
        "values": {one: one},
    }
    known["found"] = CLOSED["verdict"]
    known["rows"] = rows.get(place[0], [])
    if place in WITHOUT_VALUES:
        known |= {"name": CLOSED["priority" if macro.name == "priority" else "verdict"]}
    return parts.render(*place, **{argument.name: known.get(argument.name, one) for argument in macro.args})


class Field(Anything):
    """A field that was checked."""

    status = "ok"


class Reader(HTMLParser):
    """Tells the elements of a page and its texts apart."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[str]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, [name for name, _ in attrs]))
        self.texts += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.mark.parametrize(("place", "macro"), macros().items(), ids=lambda one: ":".join(one) if isinstance(one, tuple) else "")
def test_whatever_the_words_a_component_shows_them_as_text(place: tuple[str, str], macro: nodes.Macro) -> None:
    hostile, harmless = read(drawn(place, macro, HOSTILE)), read(drawn(place, macro, HARMLESS))
    assert hostile.elements == harmless.elements
    if macro.args and place not in WITHOUT_VALUES:
        assert any(HOSTILE in text for text in hostile.texts)


def test_a_text_that_is_put_on_a_page_as_it_is_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    put: list[str] = []
    monkeypatch.setattr(templates.st, "html", lambda body, **_: put.append(body))
    templates.put(HOSTILE)  # type: ignore[arg-type]
    assert read(put[0]).texts == [HOSTILE]


def test_a_value_that_is_missing_is_an_error_and_no_gap() -> None:
    with pytest.raises(jinja2.UndefinedError):
        templates.render(SHARED, "note")
