"""The details that articles ask for: which of them a mail gave already, and their English names (data/replies/details.yaml)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired

from typing_extensions import TypedDict

from kb.data_file import DataFileError, closed, line_of, read_data
from kb.settings import from_data, organisation
from triage.mail.read_mail import ReadMail
from triage.register.school import School

_TWO_THINGS = re.compile(r"\b(?:oude? en nieuwe?|beide|begin- en)(?:\W|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Detail:
    """A kind of detail that articles ask for."""

    asks: re.Pattern[str]  # how articles call it
    given: re.Pattern[str]  # what shows that a mail gives it
    school: bool = False  # whether it is known when the school is


@closed
class _Asked(TypedDict):
    asks: str
    sign: str
    school: NotRequired[bool]


@closed
class _Details(TypedDict):
    signs: dict[str, str]  # regular expressions; {name} stands for an earlier one
    asks: list[_Asked]
    english: dict[str, str]


@from_data
def load_details(folder: Path) -> tuple[Detail, ...]:
    """Read what data/replies/details.yaml says of the signs of details. Raises DataFileError."""
    path = folder / "replies" / "details.yaml"
    content = read_data(path, _Details)
    signs: dict[str, str] = {}
    for name, pattern in content["signs"].items():
        signs[name] = re.sub(r"\{([a-z_]+)\}", lambda match: signs.get(match[1], match[0]), pattern)
    return tuple(_detail(number, row, signs, path) for number, row in enumerate(content["asks"]))


def _detail(number: int, row: _Asked, signs: Mapping[str, str], path: Path) -> Detail:
    """A kind of detail as written. Raises DataFileError for a sign that is not there, or a pattern that is none."""
    try:
        return Detail(_compiled(row["asks"]), _compiled(signs[row["sign"]]), row.get("school", False))
    except KeyError as error:
        said = f"there is no sign {error}"
    except re.error as error:
        said = f"is no regular expression: {error}"
    line = line_of(path, ("asks", number))
    raise DataFileError([f"replies/{path.name}, line {line}: asks › number {number + 1}: {said}."])


@from_data
def load_english_details(folder: Path) -> Mapping[str, str]:
    """How details are called in English, by their Dutch name."""
    return read_data(folder / "replies" / "details.yaml", _Details)["english"]


def in_language(item: str, language: str) -> str:
    """How a detail is called in a draft; one that an editor added and nobody translated stays as it is."""
    return item if organisation().answers_as_written(language) else load_english_details().get(item, item)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def still_to_ask(items: Sequence[str], mail: ReadMail, school: School | None) -> list[str]:
    """The details that a mail from a school, when it is known, does not hold yet."""
    kinds = " ".join(attachment.content_type for attachment in mail.message.attachments)
    text = f"{mail.question}\n{kinds}"
    return [item for item in items if not _is_given(item, text, school)]


def _is_given(item: str, text: str, school: School | None) -> bool:
    detail = next((one for one in load_details() if one.asks.search(item)), None)
    if detail is None:
        return False
    needed = 2 if _TWO_THINGS.search(item) else 1
    if detail.school and school is not None and needed == 1:
        return True
    return len({match.group().lower() for match in detail.given.finditer(text)}) >= needed
