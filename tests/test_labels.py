"""Labels of Streamlit are Markdown: no word of a mail, a file name, a query or a user's name may reach one as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from kb.pages.words import JOINER, plain
from tests.conftest import ROOT

PAGES = sorted(
    [
        *(ROOT / "kb" / "pages").glob("*.py"),
        *(ROOT / "triage" / "web" / "pages").glob("*.py"),
        ROOT / "triage" / "web" / "server.py",
    ]
)
MARKUP = frozenset(
    ("markdown", "write", "write_stream", "caption", "title", "header", "subheader", "error", "warning", "info", "success",
     "toast", "exception", "badge", "latex")
)  # they show Markdown and nothing else: ours are `st.html` and `say`  # fmt: skip
LABELLED = frozenset(
    ("button", "download_button", "link_button", "page_link", "form_submit_button", "checkbox", "toggle", "radio", "selectbox",
     "multiselect", "text_input", "text_area", "number_input", "date_input", "datetime_input", "time_input", "slider",
     "select_slider", "pills", "segmented_control", "expander", "tabs", "popover", "spinner", "dialog", "metric", "chat_input",
     "color_picker", "file_uploader", "camera_input", "audio_input", "menu_button")
)  # fmt: skip
OPTIONS_ARE_MARKDOWN = frozenset(("radio", "pills", "segmented_control"))
OURS = frozenset(("t", "number_of", "plain"))  # words of data/ui, and words of others made harmless
COUNTED = frozenset(("count", "number", "hours", "last"))  # numbers and dates in a sentence of data/ui


def calls(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef | None, ast.Call, str]]:
    """Calls of a method, with the function they stand in."""

    def walk(node: ast.AST, inside: ast.FunctionDef | None) -> Iterator[tuple[ast.FunctionDef | None, ast.Call, str]]:
        inside = node if isinstance(node, ast.FunctionDef) else inside
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield inside, node, node.func.attr
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    yield from walk(tree, None)


def is_ours(node: ast.expr, inside: ast.FunctionDef | None) -> bool:
    """Whether what is shown can only be words of our own, or harmless."""
    match node:
        case ast.Constant():
            return True
        case ast.Call(func=ast.Name(id="t"), keywords=filled):
            return all(one.arg in COUNTED or is_ours(one.value, inside) for one in filled)
        case ast.Call(func=ast.Name(id=name)):
            return name in OURS
        case ast.Subscript(value=ast.Call(func=ast.Name(id="group"))):
            return True
        case ast.IfExp():
            return is_ours(node.body, inside) and is_ours(node.orelse, inside)
        case ast.List() | ast.Tuple():
            return all(is_ours(one, inside) for one in node.elts)
        case ast.ListComp():
            return is_ours(node.elt, inside)
        case ast.Lambda():
            return is_ours(node.body, inside)
        case ast.Name(id=name) if inside is not None:
            assigned = [one.value for one in ast.walk(inside) if isinstance(one, ast.Assign) and any(names(one, name))]
            return bool(assigned) and all(is_ours(one, inside) for one in assigned)
    return False


def names(assignment: ast.Assign, name: str) -> Iterator[bool]:
    return (isinstance(target, ast.Name) and target.id == name for target in assignment.targets)


def shown(call: ast.Call, name: str) -> Iterator[ast.expr]:
    """What of a call is read as Markdown."""
    if call.args:
        yield call.args[0]
    for one in call.keywords:
        if one.arg in ("label", "help", "text", "body") or (
            name in OPTIONS_ARE_MARKDOWN and one.arg in ("format_func", "captions")
        ):
            yield one.value


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_shows_alerts_or_markdown_of_streamlit(path: Path) -> None:
    found = [
        f"{path.name}:{call.lineno} {name}" for _, call, name in calls(parsed(path)) if name in MARKUP and not on_module(call)
    ]
    assert not found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_labels_hold_our_own_words_or_those_of_others_made_harmless(path: Path) -> None:
    wrong = [
        f"{path.name}:{call.lineno} {name}({ast.unparse(one)})"
        for inside, call, name in calls(parsed(path))
        if name in LABELLED
        for one in shown(call, name)
        if not is_ours(one, inside)
    ]
    assert not wrong


@pytest.mark.parametrize(
    "line",
    ["st.button(name)", "left.checkbox(f'{name}')", "st.radio(t('a'), xs, format_func=lambda x: x.title)",
     "st.expander(t('by', who=view.name))", "st.tabs([t('a'), mail.subject])", "st.text_input(t('a'), help=mail.subject)"],
)  # fmt: skip
def test_the_rule_sees_a_label_with_words_of_others(line: str) -> None:
    ((inside, call, name),) = calls(ast.parse(line))
    assert not all(is_ours(one, inside) for one in shown(call, name))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def on_module(call: ast.Call) -> bool:
    """A logger's `error`, a `sys.stdout.write`."""
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "_log"


def read_as(markdown: str) -> str:
    """The text that Markdown is read as; fails on anything but text."""
    (paragraph,) = [token for token in MarkdownIt("commonmark").parse(markdown) if token.type == "inline"] or [None]
    if paragraph is None:
        return ""
    assert {child.type for child in paragraph.children or ()} <= {"text", "text_special"}
    return "".join(child.content for child in paragraph.children or ())


@pytest.mark.parametrize(
    "hostile",
    ["a:green-badge[Compleet]b", "![x](https://volger.example/p.png)", "**Compleet**", "`code`", "$x^2$", "<b>x</b>", "[l](http://a.b)",
     "# kop", "1. een", "- punt", "> citaat", "a_b_c", "~~weg~~", "&lt;b&gt;", "regel een\nregel twee", "\\*a\\*", "| a | b |"],
)  # fmt: skip
def test_words_of_others_are_shown_letter_by_letter(hostile: str) -> None:
    assert read_as(plain(hostile)).replace(JOINER, "") == " ".join(hostile.split())


@pytest.mark.parametrize(
    "sign", [":smile:", ":material/home:", ":red[x]", "www.volger.example", "https://volger.example", "a@b.nl", "->", "--"]
)
def test_signs_that_streamlit_looks_for_in_plain_text_are_parted(sign: str) -> None:
    assert sign not in read_as(plain(sign))


def test_characters_that_turn_the_direction_of_what_follows_are_left_out() -> None:
    assert read_as(plain("factuur\u202efdp.exe")) == "factuurfdp.exe"


@given(st.text())
def test_whatever_the_words_they_are_text(words: str) -> None:
    read_as(plain(words))
