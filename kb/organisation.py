"""Whose help desk this is: its name and address, its country, clock and languages, from data/organisation.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from typing_extensions import TypedDict

from kb.data_file import DataFileError, closed, line_of, read_data

ENGLISH = "en"  # what is answered to a language that the organisation does not write


@dataclass(frozen=True, slots=True)
class Organisation:
    """The organisation whose help desk this is."""

    name: str
    tagline: Mapping[str, str]  # what the site is for, by language
    help_address: str  # the address people mail to, when the settings name no other
    country: str  # ISO 3166, "NL" or "GB-ENG": whose public holidays are days off
    zone: ZoneInfo  # its clock
    postcode: re.Pattern[str]  # of an address in the country; it is masked in what is kept of searches
    web_endings: tuple[str, ...]  # of web addresses that can be clicked when an article names them without https://
    languages: tuple[str, ...]  # ISO 639-1, of pages and answers; articles and titles are in the first
    categories: tuple[str, ...]  # of articles
    audiences: tuple[str, ...]  # whom an article can be for, besides everybody
    steps_heading: str  # the heading above the steps of an article
    informal: tuple[str, ...]  # words with which articles do not address the reader

    @property
    def language(self) -> str:
        """The language of its articles and titles."""
        return self.languages[0]

    @property
    def also_english(self) -> bool:
        """Whether English stands beside the language of its articles."""
        return ENGLISH in self.languages[1:]

    def answers_in(self, language: str) -> str:
        """The language in which a mail in some language is answered."""
        return next((one for one in (language, ENGLISH) if one in self.languages), self.language)

    def answers_as_written(self, language: str) -> bool:
        """Whether a mail in some language is answered in the language of the articles."""
        return self.answers_in(language) == self.language

    def local(self, moment: datetime) -> datetime:
        """A moment by its clock."""
        return moment.astimezone(self.zone)


@closed
class _Organisation(TypedDict):
    name: str
    tagline: dict[str, str]
    help_address: str
    country: str
    timezone: str
    postcode: str
    web_endings: list[str]
    languages: list[str]
    categories: list[str]
    audiences: list[str]
    steps_heading: str
    informal: list[str]


@cache
def read_organisation(folder: Path) -> Organisation:
    """Read data/organisation.yaml. Raises DataFileError."""
    path = folder / "organisation.yaml"
    content = read_data(path, _Organisation)

    def wrong(key: str, said: str) -> DataFileError:
        return DataFileError([f"{path.name}, line {line_of(path, (key,))}: {key}: {said}."])

    if not all(content["help_address"].partition("@")):
        raise wrong("help_address", f"{content['help_address']!r} is not a mail address")
    for key in ("languages", "categories"):
        if not content[key]:
            raise wrong(key, "is empty; name at least one")
    if set(content["tagline"]) != set(content["languages"]):
        raise wrong("tagline", f"say it in each of {', '.join(content['languages'])}, and in no other")
    try:
        zone = ZoneInfo(content["timezone"])
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise wrong("timezone", f"there is no time zone {content['timezone']!r}") from error
    try:
        postcode = re.compile(rf"\b(?:{content['postcode']})\b", re.IGNORECASE)
    except re.error as error:
        raise wrong("postcode", f"is no regular expression: {error}") from error
    return Organisation(
        content["name"],
        content["tagline"],
        content["help_address"],
        content["country"],
        zone,
        postcode,
        tuple(content["web_endings"]),
        tuple(content["languages"]),
        tuple(content["categories"]),
        tuple(content["audiences"]),
        content["steps_heading"],
        tuple(content["informal"]),
    )
