"""Commands about the articles: searching them, and `wegwijzer kb`."""

from __future__ import annotations

import time
from dataclasses import asdict
from datetime import date
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.errors import named_file
from triage.cli.console import Json, database, example, installation, print_json, say

if TYPE_CHECKING:
    from kb.search.search import Hit

SHOWN = 80  # characters of a query that are repeated
IMPORTER = "import"  # who publishes what comes from files

app = typer.Typer()
kb_app = typer.Typer(help="The articles of the knowledge base.", no_args_is_help=True)


@app.command(epilog=example('wegwijzer search "ww vergeten" --limit 3'))
def search(
    query: Annotated[str | None, typer.Argument(help="What somebody types.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many articles at most.")] = 5,
    queries: Annotated[Path | None, typer.Option(help="File with one query a line; prints one answer for each.")] = None,
    as_json: Json = False,
) -> None:
    """Search the knowledge base."""
    from kb.search.search import clean_query, search_json

    if (query is None) == (queries is None):
        raise typer.BadParameter("Give either a QUERY or --queries FILE.")
    if query is not None and not clean_query(query):
        raise typer.BadParameter('Give the words to search for, for example "wachtwoord vergeten".')
    asked = [query or ""]
    if queries is not None:
        with named_file(queries):
            asked = queries.read_text(encoding="utf-8").splitlines()
    knowledge = installation().knowledge()
    for text in asked:
        if not text.strip() and queries:
            continue
        start = time.perf_counter()
        hits = knowledge.search(text, limit)
        took = round((time.perf_counter() - start) * 1000, 2)
        if as_json:
            print_json(search_json(text, hits, took))
        else:
            _show_hits(text, hits)


def _show_hits(query: str, hits: list[Hit]) -> None:
    from kb.search.search import clean_query

    if not hits:
        say(f"Niets gevonden voor ‘{clean_query(query)[:SHOWN]}’. Probeer een ander woord.")
    for number, hit in enumerate(hits, start=1):
        say(f"{number}. {hit.article.title}  ({hit.score:.0%}, {hit.article.slug})", bold=True)
        say(f"   {unescape(hit.snippet.replace('<mark>', '').replace('</mark>', ''))}")
        say(f"   {'; '.join(hit.why)}", dim=True)


@kb_app.command("import", epilog=example("wegwijzer kb import data/faq"))
def kb_import(folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Load Markdown articles into the database; articles with the same slug are replaced."""
    from kb.articles.editor import Editor

    read, changed = Editor(database()).import_folder(folder, IMPORTER)
    say(f"{read} articles read, {changed} new or changed.")


@kb_app.command("export", epilog=example("wegwijzer kb export backup/faq"))
def kb_export(folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Write the published articles of the database as Markdown, byte for byte as they were saved."""
    from kb.articles.editor import Editor

    with named_file(folder):
        say(f"{Editor(installation().engine).export_folder(folder)} articles written to {folder}.")


@kb_app.command("lint", epilog=example("wegwijzer kb lint data/faq"))
def kb_lint(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder to check; without it, the articles of the database.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check articles: broken links, missing keywords, tone; notes unverified and unreviewed ones."""
    from sqlalchemy.orm import Session

    from kb.article import load_articles
    from kb.articles.linter import lint
    from kb.store import get_articles

    if folder:
        articles = load_articles(folder)
    else:
        with Session(installation().engine) as session:
            articles = get_articles(session)
    findings = lint(articles, date.today())
    errors = [finding for finding in findings if finding.level == "error"]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            say(f"{finding.level:5}  {finding.slug}: {finding.message}")
        say(f"{len(articles)} articles, {len(errors)} errors, {len(findings) - len(errors)} notes.")
    if errors:
        raise typer.Exit(1)
