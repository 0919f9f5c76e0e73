"""The words on the pages, in the languages of the organisation, from data/ui."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from kb.data_file import DataFileError, line_of, read_data
from kb.organisation import read_organisation
from kb.search.search import Hit
from kb.settings import SHIPPED_DATA, from_data, organisation

Words = dict[str, str | list[str] | dict[str, str]]
JOINER = "\u2060"  # takes no room, and keeps apart what Streamlit would read as one sign
UNSEEN = ("Cc", "Cf", "Zl", "Zp")  # characters without a shape: also those that turn the direction of what follows


@from_data
def load_words(folder: Path, language: str) -> Mapping[str, Any]:
    """All words of a language; those that another organisation's file does not name are the product's. Raises DataFileError."""
    path = folder / "ui" / f"{language}.yaml"
    shipped = SHIPPED_DATA / "ui" / path.name
    words = read_data(shipped if shipped.is_file() else shipped.with_name("en.yaml"), Words) | read_data(path, Words)
    own = read_organisation(folder)
    for name, wanted in (("categories", own.categories), ("audiences", own.audiences)):
        if missing := [one for one in wanted if one not in words[name]]:
            said = f"has no name for {', '.join(missing)}, which organisation.yaml has"
            raise DataFileError([f"ui/{path.name}, line {line_of(path, (name,))}: {name}: {said}."])
    return words


def language() -> str:
    """The language of this visit: ?lang=en, otherwise that of the organisation."""
    st.session_state["language"] = known_language(st.query_params.get("lang") or st.session_state.get("language"))
    return str(st.session_state["language"])


def known_language(asked: str | None) -> str:
    """The language that was asked for when the pages have it, otherwise that of the organisation."""
    return asked if asked in organisation().languages else organisation().language


def now_here() -> datetime:
    """This moment, by the clock of the organisation."""
    return datetime.now(organisation().zone)


def moment_here(shown: datetime) -> datetime:
    """The moment (UTC) of a time that somebody chose, by the clock of the organisation."""
    return shown.replace(tzinfo=organisation().zone).astimezone(UTC)


def t(name: str, /, **values: object) -> str:
    """The words with this name in the visitor's language, filled in."""
    text = str(load_words(language())[name])
    return text.format(**values) if values else text


def group(name: str) -> Mapping[str, str]:
    """A mapping of words, such as the names of the categories."""
    content: Mapping[str, str] = load_words(language())[name]
    return content


def items(name: str) -> list[str]:
    """A list of words."""
    return [str(item) for item in load_words(language())[name]]


def number_of(name: str, count: int) -> str:
    """'1 antwoord' or '3 antwoorden'."""
    return t(f"{name}_one") if count == 1 else t(f"{name}_many", count=count)


def plain(text: str) -> str:
    """Words of others for a label, which Streamlit reads as Markdown: shown letter by letter, without markup, pictures or links.

    A backslash settles what Markdown itself reads. Streamlit looks for `:name[…]`, `:name:`, web addresses and arrows once more in the
    text that is left: a joiner parts those. Options of a select box are no Markdown and need none of this; alerts don't exist here
    but as `kb.pages.templates.say`.
    """
    seen = "".join(" " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char) not in UNSEEN)
    parted = re.sub(r"(?<=[:@])|(?<=[-<])(?=[->])|(?<=www)(?=\.)", JOINER, " ".join(seen.split()), flags=re.IGNORECASE)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", parted)


def when(moment: datetime) -> str:
    """A moment as people here write it."""
    return organisation().local(moment).strftime("%d-%m-%Y %H:%M")


def reasons(hit: Hit) -> str:
    """Why an article was found, in the visitor's language."""
    return "; ".join(group("reasons")[reason.name].format(*reason.words) for reason in hit.reasons)


def name_tab(title: str) -> None:
    """Give the browser's tab the title of what is shown."""
    st.set_page_config(page_title=f"{title} – {t('site')}")
