"""The command line. Thin: parse arguments, call, print. Exit codes: 0 done, 1 a failure that is explained, 2 wrong usage."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy.orm import Session

from kb.insight.evaluation import judge, read_judged
from kb.search.search import Hit, clean_query, search_json
from kb.settings import settings
from triage.cli.command_groups import dossier_app, kb_app, model_app, register_app, user_app
from triage.cli.console import (
    FAILURES,
    LOOPBACK,
    Files,
    Host,
    Json,
    err,
    example,
    for_each,
    installation,
    out,
    print_json,
    read_bytes,
)
from triage.errors import TriageError
from triage.mail import Message, parse_message

SHOWN = 80  # characters of a query that are repeated

app = typer.Typer(
    name="wegwijzer",
    help="Help desk for Dutch primary schools: FAQ search, triage of help@ mail, verification of formal requests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(dossier_app, name="dossier")
app.add_typer(kb_app, name="kb")
app.add_typer(model_app, name="model")
app.add_typer(register_app, name="register")
app.add_typer(user_app, name="user")


@app.command(epilog=example('wegwijzer search "ww vergeten" --limit 3'))
def search(
    query: Annotated[str | None, typer.Argument(help="What somebody types.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many articles at most.")] = 5,
    queries: Annotated[Path | None, typer.Option(help="File with one query a line; prints one answer for each.")] = None,
    as_json: Json = False,
) -> None:
    """Search the knowledge base."""
    if (query is None) == (queries is None):
        raise typer.BadParameter("Give either a QUERY or --queries FILE.")
    if query is not None and not clean_query(query):
        raise typer.BadParameter('Give the words to search for, for example "wachtwoord vergeten".')
    asked = [query] if query is not None else (queries or Path()).read_text(encoding="utf-8").splitlines()
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
    if not hits:
        out.print(f"Niets gevonden voor ‘{clean_query(query)[:SHOWN]}’. Probeer een ander woord.", markup=False)
    for number, hit in enumerate(hits, start=1):
        out.print(f"{number}. {hit.article.title}  ({hit.score:.0%}, {hit.article.slug})", style="bold", markup=False)
        out.print(f"   {unescape(hit.snippet.replace('<mark>', '').replace('</mark>', ''))}", markup=False)
        out.print(f"   {'; '.join(hit.why)}", style="dim", markup=False)


@app.command(epilog=example("wegwijzer classify mail.eml --json"))
def classify(
    files: Files,
    text: Annotated[bool, typer.Option("--text", help="The files hold plain text, not mails.")] = False,
    as_json: Json = False,
) -> None:
    """Say what mails are about, how sure that is and why."""
    from triage.classify.explain import classify as classify_text
    from triage.classify.mail_text import mail_text
    from triage.intake.pipeline import classification_json, classify_message

    model = installation().model  # got when it is needed: a file that can't be read needs none, and a first one takes minutes

    def work(name: str) -> Any:
        data = read_bytes(name)
        if text:
            return classification_json(classify_text(mail_text("", data.decode("utf-8", "replace")), model()))
        return classification_json(classify_message(parse_message(data), model()))

    def show(answer: Any) -> None:
        out.print(f"{answer['intent']}  {answer['confidence']:.0%}  ({answer['decision']}, {answer['language']})", style="bold")
        for reason in answer["reasons"]:
            out.print(f"  {reason}", markup=False)

    for_each(files, as_json, work, show)


@app.command(epilog=example("wegwijzer verify aanvraag.pdf --json"))
def verify(files: Files, as_json: Json = False) -> None:
    """Check the formal request in a mail or PDF, field by field, against the register."""
    from triage.intake.pipeline import classify_message
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
        intent = classify_message(message, here.model()).intent
        found = verify_message(message, intent, register, here.settings)
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
        out.print("Geen formeel verzoek.")
        return
    out.print(f"{answer['request']}: {answer['verdict']}", style="bold")
    table = Table("veld", "status", "waarde", "toelichting")
    for field in answer["fields"]:
        table.add_row(field["field"], field["status"], field["value"] or "", field["reason"])
    out.print(table)
    if answer["code"]:
        out.print(answer["code"]["reason"], markup=False)


@app.command(epilog=example("wegwijzer triage mail.eml"))
def triage(files: Files, as_json: Json = False) -> None:
    """Classify, route, verify and draft an answer, without storing anything."""
    from triage.intake.pipeline import triage_message, triaged_json

    tools = installation().current

    def work(name: str) -> Any:
        message: Message = parse_message(read_bytes(name))
        return triaged_json(triage_message(message, datetime.now(UTC), tools()))

    def show(answer: Any) -> None:
        found, route = answer["classification"], answer["route"]
        out.print(f"{found['intent']}  {found['confidence']:.0%} ({found['decision']})", style="bold")
        out.print(f"{route['queue']}, {route['priority']}, uiterlijk {route['due']} ({route['rule']})", markup=False)
        if answer["verification"]:
            _show_verification(answer["verification"])
        out.print(f"\n{answer['draft']['subject']}\n\n{answer['draft']['body']}", markup=False)

    for_each(files, as_json, work, show)


@app.command(epilog=example("wegwijzer ingest ~/Maildir archive.mbox mail.eml"))
def ingest(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="Files, folders of .eml, Maildirs, mboxes; - for standard input.")
    ],
    watch: Annotated[bool, typer.Option("--watch", help="Keep looking for new mail, every ten seconds.")] = False,
    as_json: Json = False,
) -> None:
    """Take mails in: store, triage and ticket each one, once. Safe to repeat."""
    from triage.intake.intake import ingest as take_in
    from triage.sources.files import read_source

    here = installation()
    here.current()  # on a new installation a model is trained first
    failed = False
    while True:
        for source in sources:
            try:
                counts = take_in(here.engine, read_source(source), here)
            except FAILURES as error:
                failed = True
                err.print(f"{source}: {error}", style="red", markup=False)
                continue
            if as_json:
                print_json({"source": source, **asdict(counts)})
            elif counts.received - counts.duplicate or not watch:
                out.print(
                    f"{source}: {counts.received} received, {counts.new} new, {counts.duplicate} duplicate, "
                    f"{counts.quarantined} quarantined",
                    markup=False,
                )
        if not watch:
            break
        time.sleep(10)
    if failed:
        raise typer.Exit(1)


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
        out.print(f"{one.ticket:6}  {', '.join(changes)} ({one.rule})  {one.subject[:60]}", markup=False)
    out.print(f"{len(found.changed)} of {found.tickets} tickets would go otherwise.")


@app.command(epilog=example("wegwijzer train"))
def train(
    even_if_worse: Annotated[
        bool, typer.Option("--even-if-worse", help="Let the new model run although it does worse on held-back mails.")
    ] = False,
) -> None:
    """Train the intent classifier on data/intents and colleagues' corrections; a worse model is refused."""
    from triage.classify.running import retrain
    from triage.installation.installation import load_corrections

    here = installation()
    with Session(here.engine) as session:
        corrections = load_corrections(session)
    done = retrain(here.settings, corrections, even_if_worse)
    model = done.model
    out.print(
        f"Trained on {len(model.examples)} mails of {len(model.classifier.classes_)} intents, {done.learned} of them corrections, "
        f"version {model.version}."
    )
    out.print(f"Sentence vectors: {model.encoder or 'none'}.")
    if compared := done.comparison:
        out.print(
            f"Right on {compared.mails} mails it was not trained on ({compared.corrections} of them corrections): "
            f"{compared.candidate}; the running model: {compared.running}."
        )
    else:
        out.print(f"Not compared with a running model: {done.uncompared.split(';')[0]}.", markup=False)
    if not done.promoted:
        raise TriageError("the new model does worse than the running one, which stays; --even-if-worse lets it run all the same.")
    out.print(f"It runs from now on. Stored at {here.settings.model_path}.", markup=False)


@app.command(epilog=example("wegwijzer evaluate data/evaluation/mails-dev.csv"))
def evaluate(
    labelled: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="LABELLED.csv", help="Columns text,intent or subject,body,intent; with --search: query and slugs."
        ),
    ] = None,
    search_too: Annotated[
        bool, typer.Option("--search", help="Measure the search instead; without files on the shipped test queries.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure the stored classifier on labelled mails, or the search on judged queries."""
    if search_too:
        _evaluate_search(labelled or [], as_json)
        return
    if not labelled or len(labelled) > 1:
        raise typer.BadParameter("give one LABELLED.csv, or --search", param_hint="LABELLED.csv")
    from triage.classify.evaluation import evaluate as judge_mails
    from triage.classify.running import ready_model
    from triage.classify.training import load_labelled

    mails = load_labelled(labelled[0])
    report = judge_mails(ready_model(settings()).classifier, mails)
    if as_json:
        print_json(asdict(report))
        return
    out.print(
        f"mails {report.mails}   accuracy {report.accuracy:.1%}   macro-F1 {report.macro_f1:.3f}   ECE {report.calibration_error:.3f}"
    )
    out.print(
        f"coverage at 99 % precision {report.coverage_at_99:.1%}   decided alone {report.auto_share:.1%} (right: {report.auto_precision})"
    )
    for row, label in zip(report.confusion, report.labels, strict=True):
        wrong = [f"{other} {n}" for other, n in zip(report.labels, row, strict=True) if n and other != label]
        if wrong:
            out.print(f"  {label}: {', '.join(wrong)}")


def _evaluate_search(files: list[Path], as_json: bool) -> None:
    here = installation()
    shipped = here.settings.data_dir / "evaluation"
    wanted = files or [shipped / "queries-test.tsv", shipped / "offtopic-test.tsv"]
    report = judge(here.knowledge(), [one for path in wanted for one in read_judged(path)])
    if as_json:
        print_json(asdict(report))
        return
    out.print(
        f"queries {report.queries}   first {report.first:.1%}   in the first three {report.first_three:.1%}   "
        f"MRR {report.reciprocal_rank:.3f}   lost {report.lost:.1%}"
    )
    out.print(f"off topic {report.off_topic}   false answers {report.false_answers:.1%}   median {report.median_ms:.1f} ms")


@app.command(epilog=example("wegwijzer serve --port 8501"))
def serve(
    host: Host = LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    public_only: Annotated[
        bool, typer.Option("--public-only", help="Serve the public pages only; no agent page or route exists.")
    ] = False,
) -> None:
    """Serve the web pages."""
    from triage.web.server import run

    installation()
    run(port, public_only, host)


@app.command(epilog=example("wegwijzer upgrade"))
def upgrade() -> None:
    """Bring the database to the layout of this version. Stop the server first; safe to repeat and to interrupt."""
    from triage.database.opening import upgrade_database

    done = upgrade_database(settings().database_url)
    if done.before == done.after:
        out.print(f"The database has layout {done.after} already, which is the newest.")
    else:
        out.print(f"The database now has layout {done.after}; before: {done.before or 'none, it was empty'}.")


@app.command(epilog=example("wegwijzer demo"))
def demo(host: Host = LOOPBACK, port: Annotated[int, typer.Option(min=1, max=65535)] = 8501) -> None:
    """Fill an empty database with the demo corpus, register and mailbox, then serve."""
    from triage.cli.demo import run_demo

    run_demo(port, host)


@app.command(epilog=example("wegwijzer doctor"))
def doctor(as_json: Json = False) -> None:
    """Check the installation: database, articles, model, register, extras, settings."""
    from triage.installation.doctor import examine

    findings = examine(settings(), lambda: installation().engine)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            out.print(f"{'ok  ' if finding.ok else 'FOUT'}  {finding.subject}: {finding.message}", markup=False)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _without(arguments: Iterable[str], flag: str) -> Iterator[str]:
    return (argument for argument in arguments if argument != flag)


def main() -> None:
    """Entry point: explains failures in one line; --debug shows the traceback."""
    debug = "--debug" in sys.argv
    sys.argv = list(_without(sys.argv, "--debug"))
    try:
        app()
    except FAILURES as error:
        if debug:
            raise
        err.print(f"wegwijzer: {_one_line(error)}", style="red", markup=False)
        sys.exit(1)
