"""The article: what it holds, and how it is read, written and checked as Markdown with front matter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from kb.errors import ExplainedError

EVERYBODY = "iedereen"  # who an article is for when it is for nobody in particular

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST = {"slug": 120, "title": 300, "category": 60}  # characters that fit in the table; the slug is a file's name too
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


class ArticleError(ExplainedError):
    """An article file can't be read; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Article:
    """One answer in the knowledge base."""

    slug: str  # its name in URLs and links: lower case, digits and hyphens
    title: str  # the question as a visitor would ask it
    body: str  # Markdown; the first paragraph is the short answer
    keywords: tuple[str, ...] = ()  # words people use for this subject, misspellings included
    category: str = "algemeen"  # one of those in data/organisation.yaml
    audience: tuple[str, ...] = (EVERYBODY,)  # who it is for, of those in data/organisation.yaml
    questions: tuple[str, ...] = ()  # the question as people really put it
    see_also: tuple[str, ...] = ()  # slugs of related articles
    ask: tuple[str, ...] = ()  # details the help desk needs when somebody mails about this
    sources: tuple[str, ...] = ()  # where the facts come from
    summary_en: str = ""  # the short answer in English, for answers to English mail
    verified: bool = True  # False: the heart of the answer has no source yet; agents see a mark
    reviewed: date | None = None  # when a person last checked it

    @property
    def short_answer(self) -> str:
        """The first paragraph of the body, as plain Markdown."""
        return self.body.strip().split("\n\n", 1)[0].strip()

    @property
    def links(self) -> tuple[str, ...]:
        """Slugs of other articles that the body links to."""
        return tuple(target for _, target in LINK.findall(self.body) if SLUG.fullmatch(target))


_LISTS = ("audience", "keywords", "questions", "see_also", "ask", "sources")
_FIELDS = ("slug", "title", "category", *_LISTS, "summary_en", "verified", "reviewed")


def parse_article(text: str, where: str = "article") -> Article:
    """Read an article from Markdown with YAML front matter.

    Raises ArticleError, which names `where` and what is wrong.
    """
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    parts = re.split(r"^---[ \t]*$\n?", plain, maxsplit=2, flags=re.MULTILINE)
    if len(parts) != 3 or parts[0].strip():
        raise ArticleError(f"{where}: start the file with front matter between two lines of three hyphens (---).")
    try:
        front = yaml.load(parts[1], yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that does not exist, such as 2026-02-30
        raise ArticleError(f"{where}: the front matter is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(front, dict):
        raise ArticleError(f"{where}: the front matter must be a list of 'name: value' lines.")
    unknown = sorted(map(str, set(front) - set(_FIELDS)))
    if unknown:
        raise ArticleError(f"{where}: unknown front matter {', '.join(unknown)}; known: {', '.join(_FIELDS)}.")
    for name in ("slug", "title"):
        if not isinstance(front.get(name), str) or not front[name].strip():
            raise ArticleError(f"{where}: front matter lacks '{name}'.")
    if not SLUG.fullmatch(front["slug"]):
        raise ArticleError(f"{where}: slug {front['slug']!r} may hold lower-case letters, digits and hyphens only.")
    _check_values(front, where)
    for name in _LISTS:
        front[name] = tuple(str(item) for item in front.get(name) or [])
    values: dict[str, Any] = {name: front[name] for name in _FIELDS if name in front}
    return Article(body=parts[2].strip("\n") + "\n", **values)


def _check_values(front: dict[str, Any], where: str) -> None:
    """Refuse values that their field can't hold; YAML turns 5, yes and 2026-11-23 into other things than text."""
    for name in _LISTS:
        value = front.get(name) or []
        if not isinstance(value, list):
            raise ArticleError(f"{where}: '{name}' must be a list.")
        for item in value:
            if isinstance(item, bool) or not isinstance(item, (str, int, float, date)):
                raise ArticleError(f"{where}: '{name}' holds {item!r}, which is no text; put quotes around it.")
    for name in ("category", "summary_en"):
        if name in front and not isinstance(front[name], str):
            raise ArticleError(f"{where}: '{name}' must be text, not {front[name]!r}.")
    for name, longest in LONGEST.items():
        if len(front.get(name, "")) > longest:
            raise ArticleError(f"{where}: '{name}' has {len(front[name])} characters; at most {longest} fit.")
    if not isinstance(front.get("verified", True), bool):
        raise ArticleError(f"{where}: 'verified' must be true or false, not {front['verified']!r}.")
    reviewed = front.get("reviewed")
    if reviewed is not None and (not isinstance(reviewed, date) or isinstance(reviewed, datetime)):
        raise ArticleError(f"{where}: 'reviewed' must be a date such as 2026-11-23, not {reviewed!r}.")


def format_article(article: Article) -> str:
    """Write an article as Markdown with front matter; parse_article reads it back unchanged."""
    front: dict[str, Any] = {}
    for name in _FIELDS:
        value = getattr(article, name)
        if name in _LISTS:
            if value:
                front[name] = list(value)
        elif name == "verified":
            if not value:
                front[name] = False
        elif value not in ("", None):
            front[name] = value
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{head}---\n\n{article.body.strip(chr(10))}\n"


def load_articles(folder: Path) -> list[Article]:
    """Read every ``*.md`` below a folder, in order of slug.

    Raises ArticleError when the folder is missing, a file can't be read, or two files share a slug.
    """
    return [article for article, _ in read_sources(folder)]


def read_sources(folder: Path) -> list[tuple[Article, str]]:
    """The same, each with the text of its file, line ends and all."""
    if not folder.is_dir():
        raise ArticleError(f"{folder} is not a folder with articles.")
    found: dict[str, tuple[Article, str]] = {}
    for path in sorted(folder.rglob("*.md"), key=lambda path: path.stem):
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ArticleError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8.") from error
        article = parse_article(text, str(path))
        if article.slug in found:
            raise ArticleError(f"{path}: slug {article.slug!r} is used by another file too.")
        found[article.slug] = article, text
    return list(found.values())


def write_sources(sources: Iterable[tuple[str, str]], folder: Path) -> int:
    """Write (slug, text) to ``<slug>.md`` in a folder (made when missing), byte for byte; returns how many were written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for slug, text in sources:
        (folder / f"{slug}.md").write_bytes(text.encode("utf-8"))
        written += 1
    return written
