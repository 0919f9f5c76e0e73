"""Commands about mails: what they are about, what they ask, and taking them in."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kb.errors import ExplainedError
from triage.cli.console import (
    Files,
    Json,
    complain,
    database,
    debugging,
    example,
    for_each,
    installation,
    print_json,
    read_bytes,
    say,
    told,
)
from triage.errors import SourceUnavailableError, TriageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from triage.cli.taking_in import Intake
    from triage.intake.intake import Counts

TRY_LATER = 75  # EX_TEMPFAIL of sysexits.h: a mail server keeps the mail and tries again

app = typer.Typer()


@app.command(epilog=example("wegwijzer classify mail.eml --json"))
def classify(
    files: Files,
    text: Annotated[bool, typer.Option("--text", help="The files hold plain text, not mails.")] = False,
    as_json: Json = False,
) -> None:
    """Say what mails are about, how sure that is and why."""
    from triage.classify.explain import classify as classify_text
    from triage.classify.mail_text import mail_text
    from triage.documents.opened_mail import open_mail
    from triage.intake.pipeline import classification_json, classify_message
    from triage.mail import parse_message

    model = installation().model  # got when it is needed: a file that can't be read needs none, and a first one takes minutes

    def work(name: str) -> Any:
        data = read_bytes(name)
        if text:
            return classification_json(classify_text(mail_text("", data.decode("utf-8", "replace")), model()))
        return classification_json(classify_message(open_mail(parse_message(data)), model()))

    def show(answer: Any) -> None:
        say(f"{answer['intent']}  {answer['confidence']:.0%}  ({answer['decision']}, {answer['language']})", bold=True)
        for reason in answer["reasons"]:
            say(f"  {reason}")

    for_each(files, as_json, work, show)


@app.command(epilog=example("wegwijzer verify aanvraag.pdf --json"))
def verify(files: Files, as_json: Json = False) -> None:
    """Check the formal request in a mail or PDF, field by field, against the register."""
    from triage.documents.opened_mail import open_mail
    from triage.intake.pipeline import classify_message
    from triage.mail import parse_message
    from triage.verify.record import to_json
    from triage.verify.verdict import verify_message, verify_pdf

    here = installation()
    register = here.register()

    def work(name: str) -> Any:
        data = read_bytes(name)
        if data[:1024].lstrip().startswith(b"%PDF-"):
            return to_json(verify_pdf(Path(name).name, data, register, here.settings))
        message = parse_message(data)
        if not message.readable:
            raise TriageError("this is neither a mail nor a PDF that can be read.")
        mail = open_mail(message)
        found = verify_message(mail, classify_message(mail, here.model()).intent, register, here.settings)
        empty: dict[str, Any] = {
            "request": None,
            "verdict": None,
            "fields": [],
            "signature": None,
            "sender": None,
            "missing": [],
            "reasons": [],
        }
        return to_json(found) if found else empty

    for_each(files, as_json, work, _show_verification)


def _show_verification(answer: Any) -> None:
    if answer["request"] is None:
        say("Geen formeel verzoek.")
        return
    say(f"{answer['request']}: {answer['verdict']}", bold=True)
    from rich.console import Console
    from rich.table import Table

    table = Table("veld", "status", "waarde", "toelichting")
    for field in answer["fields"]:
        table.add_row(field["field"], field["status"], field["value"] or "", field["reason"])
    Console(highlight=False, soft_wrap=True, markup=False).print(table)
    if answer["code"]:
        say(answer["code"]["reason"])


@app.command(epilog=example("wegwijzer triage mail.eml"))
def triage(files: Files, as_json: Json = False) -> None:
    """Classify, route, verify and draft an answer, without storing anything."""
    from triage.documents.opened_mail import open_mail
    from triage.intake.pipeline import triage_message, triaged_json
    from triage.mail import parse_message

    tools = installation().current

    def work(name: str) -> Any:
        mail = open_mail(parse_message(read_bytes(name)))
        return triaged_json(triage_message(mail, datetime.now(UTC), tools()))

    def show(answer: Any) -> None:
        found, route = answer["classification"], answer["route"]
        say(f"{found['intent']}  {found['confidence']:.0%} ({found['decision']})", bold=True)
        say(f"{route['queue']}, {route['priority']}, uiterlijk {route['due']} ({route['rule']})")
        if answer["verification"]:
            _show_verification(answer["verification"])
        say(f"\n{answer['draft']['subject']}\n\n{answer['draft']['body']}")

    for_each(files, as_json, work, show)


@app.command(epilog=example("wegwijzer ingest --watch imaps://help@mail.example.nl/INBOX ~/Maildir archive.mbox mail.eml"))
def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Files, folders of .eml, Maildirs, mboxes; imaps://user@host/folder for a mailbox, whose password stands in "
            "WEGWIJZER_IMAP_PASSWORD; - for standard input.",
        ),
    ],
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep looking for new mail: at once in mailboxes, every ten seconds in files.")
    ] = False,
    receive_only: Annotated[
        bool, typer.Option("--receive-only", help="Only store the mails; another process, or a later run, triages them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take mails in: store, triage and ticket each one, once. Safe to repeat, and to stop between two mails.

    A mail on standard input that could not be stored exits with 75 (EX_TEMPFAIL), so that the mail server tries again later; once it
    is stored, it is never asked for again. A mailbox that can't be reached now exits with 75 too; nothing of it is lost.
    """
    from triage.cli.taking_in import Intake, log_what_happens, until_stopped

    log_what_happens(watch)

    def report(name: str, counts: Counts) -> None:
        if as_json:
            print_json({"source": name, **asdict(counts)})
        elif counts.received - counts.duplicate or not watch:
            say(_summary(name, counts))

    taking = Intake(receive_only, until_stopped())
    watched = [name for name in sources if name != "-"] if watch else []
    codes = {_take_once(taking, name, report) for name in sources if name not in watched}
    if watched:
        _watch(taking, watched, report)
    elif failed := codes - {0}:
        raise typer.Exit(TRY_LATER if failed == {TRY_LATER} else 1)


def _take_once(taking: Intake, name: str, report: Callable[[str, Counts], None]) -> int:
    """Take the mails of a source in; returns the exit code that it asks for."""
    try:
        counts = taking.take(name)
    except Exception as error:
        if debugging():
            raise
        complain(told(error, shown(name)))
        if name == "-" and not taking.stored:
            raise typer.Exit(TRY_LATER) from error
        return TRY_LATER if isinstance(error, SourceUnavailableError) else 1
    report(name, counts)
    return int(bool(counts.unreadable or counts.waiting))


def _watch(taking: Intake, names: list[str], report: Callable[[str, Counts], None]) -> None:
    """Watch sources until asked to stop; one whose name or settings are wrong is told, and the others are watched."""
    from kb.settings import settings
    from triage.cli.watching import SourceWatch
    from triage.sources.opening import open_source

    opened = {}
    for name in names:
        try:
            source = open_source(name, settings())
            opened[source.key] = source
        except ExplainedError as error:
            complain(told(error, shown(name)))
    if not opened:
        raise typer.Exit(1)
    SourceWatch(taking, list(opened.values()), report).run()


def shown(name: str) -> str:
    """The name of a source as it may be printed: without the password that somebody wrote in the address of a mailbox."""
    return re.sub(r"^(\w+://[^:/]*):.*@", r"\1@", name)


def _summary(source: str, counts: Counts) -> str:
    said = (
        f"{source}: {counts.received} received, {counts.new} new, {counts.duplicate} duplicate, {counts.quarantined} quarantined"
    )
    more = [f"{counts.waiting} waiting"] if counts.waiting else []
    more += [f"{counts.unreadable} unreadable"] if counts.unreadable else []
    return ", ".join([said, *more])


@app.command(epilog=example("wegwijzer ticket 12 --json"))
def ticket(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the ticket.")],
    as_json: Json = False,
) -> None:
    """Show a conversation: what came in, what was answered, and what colleagues noted."""
    from triage.desk.inbox import Inbox
    from triage.tickets.conversation import conversation_json

    view = Inbox(installation().engine).ticket(number)
    if as_json:
        print_json(conversation_json(view.line.id, view.line.subject, view.line.status, view.line.queue, view.messages))
        return
    say(f"{view.line.id}  {view.line.subject}  ({view.line.status}, {view.line.queue})", bold=True)
    for entry in view.messages:
        say(f"\n{entry.at:%d-%m-%Y %H:%M}  {entry.direction}  {entry.author}", dim=True)
        say(entry.text)


@app.command("search-tickets", epilog=example('wegwijzer search-tickets "inlogprobleem van:bosma na:1-9-2026" --json'))
def search_tickets(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help="Words of a ticket, and filters: see docs/triage.md.")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many tickets at most.")] = 20,
    as_json: Json = False,
) -> None:
    """Find conversations by number, words, sender, school or file name: those that hold all words, the best first."""
    from triage.desk.searching import SearchDesk

    query = " ".join(words)
    found = SearchDesk(database()).conversations(query, limit)
    if as_json:
        print_json({"query": query, "results": found})
        return
    for one in found:
        say(f"{one['number']:6}  {one['subject']}  ({one['state']}, {one['queue']}, {len(one['messages'])} messages)")
    if not found:
        say("No ticket holds all these words.")


@app.command(epilog=example("wegwijzer routing new-routing.yaml --days 30"))
def routing(
    rules: Annotated[Path, typer.Argument(metavar="FILE", help="Other rules, written as data/routing.yaml.")],
    days: Annotated[int, typer.Option(min=1, help="How many days of tickets to look at.")] = 30,
    as_json: Json = False,
) -> None:
    """Dry run: show what other routing rules would have done with the tickets of the last month. Changes nothing."""
    from triage.intake.rehearsal import rehearse
    from triage.routing.routing import read_routing

    here = installation()
    other = read_routing(rules, here.settings.data_dir / "school_holidays.yaml")
    found = rehearse(here.engine, datetime.now(UTC) - timedelta(days=days), other)
    if as_json:
        print_json(asdict(found))
        return
    for one in found.changed:
        due = tuple(f"{moment:%d-%m-%Y %H:%M}" for moment in one.due)
        changes = [f"{old} -> {new}" if old != new else old for old, new in (one.queue, one.priority, due)]
        say(f"{one.ticket:6}  {', '.join(changes)} ({one.rule})  {one.subject[:60]}")
    say(f"{len(found.changed)} of {found.tickets} tickets would go otherwise.")
