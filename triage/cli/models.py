"""Commands about the trained models: training, measuring, and which one runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kb.errors import named_file
from triage.cli.console import Json, example, installation, print_json, say
from triage.errors import TriageError

app = typer.Typer()
model_app = typer.Typer(help="The trained models: what runs, what ran before.", no_args_is_help=True)


@app.command(epilog=example("wegwijzer train"))
def train(
    even_if_worse: Annotated[
        bool, typer.Option("--even-if-worse", help="Let the new model run although it does worse on held-back mails.")
    ] = False,
) -> None:
    """Train the intent classifier on data/intents and colleagues' corrections; a worse model is refused."""
    from sqlalchemy.orm import Session

    from triage.classify.running import retrain
    from triage.installation.installation import load_corrections

    here = installation()
    with Session(here.engine) as session:
        corrections = load_corrections(session)
    done = retrain(here.settings, corrections, even_if_worse)
    model = done.model
    say(
        f"Trained on {len(model.examples)} mails of {len(model.classifier.classes_)} intents, {done.learned} of them corrections, "
        f"version {model.version}."
    )
    say(f"Sentence vectors: {model.encoder or 'none'}.")
    if compared := done.comparison:
        say(
            f"Right on {compared.mails} mails it was not trained on ({compared.corrections} of them corrections): "
            f"{compared.candidate}; the running model: {compared.running}."
        )
    else:
        say(f"Not compared with a running model: {done.uncompared.split(';')[0]}.")
    if not done.promoted:
        raise TriageError("the new model does worse than the running one, which stays; --even-if-worse lets it run all the same.")
    say(f"It runs from now on. Stored at {here.settings.model_path}.")


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
    from kb.settings import settings
    from triage.classify.evaluation import evaluate as judge_mails
    from triage.classify.running import ready_model
    from triage.classify.training import load_labelled

    with named_file(labelled[0]):
        mails = load_labelled(labelled[0])
    report = judge_mails(ready_model(settings()).classifier, mails)
    if as_json:
        print_json(asdict(report))
        return
    say(
        f"mails {report.mails}   accuracy {report.accuracy:.1%}   macro-F1 {report.macro_f1:.3f}   ECE {report.calibration_error:.3f}"
    )
    say(
        f"coverage at 99 % precision {report.coverage_at_99:.1%}   decided alone {report.auto_share:.1%} (right: {report.auto_precision})"
    )
    for row, label in zip(report.confusion, report.labels, strict=True):
        wrong = [f"{other} {n}" for other, n in zip(report.labels, row, strict=True) if n and other != label]
        if wrong:
            say(f"  {label}: {', '.join(wrong)}")


def _evaluate_search(files: list[Path], as_json: bool) -> None:
    from kb.insight.evaluation import judge, read_judged

    here = installation()
    shipped = here.settings.data_dir / "evaluation"
    wanted = files or [shipped / "queries-test.tsv", shipped / "offtopic-test.tsv"]
    report = judge(here.knowledge(), [one for path in wanted for one in read_judged(path)])
    if as_json:
        print_json(asdict(report))
        return
    say(
        f"queries {report.queries}   first {report.first:.1%}   in the first three {report.first_three:.1%}   "
        f"MRR {report.reciprocal_rank:.3f}   lost {report.lost:.1%}"
    )
    say(f"off topic {report.off_topic}   false answers {report.false_answers:.1%}   median {report.median_ms:.1f} ms")


@model_app.command("list", epilog=example("wegwijzer model list"))
def model_list(as_json: Json = False) -> None:
    """Show the models that can run, newest first."""

    from kb.settings import settings
    from triage.classify.running import kept_models

    models = kept_models(settings())
    if as_json:
        print_json(
            [{"version": one.version, "promoted_at": one.promoted_at.isoformat(), "running": one.running} for one in models]
        )
        return
    for one in models:
        say(f"{one.version}  {one.promoted_at:%Y-%m-%d %H:%M} UTC{'  running' if one.running else ''}")
    if not models:
        say("No model was trained yet; run: wegwijzer train")


@model_app.command("rollback", epilog=example("wegwijzer model rollback"))
def model_rollback(
    version: Annotated[
        str | None, typer.Argument(help="Version to go back to; without it, the one before the running model.")
    ] = None,
) -> None:
    """Let an earlier model run again."""
    from kb.settings import settings
    from triage.classify.running import roll_back

    back = roll_back(settings(), version)
    say(f"Model {back.version} of {back.promoted_at:%Y-%m-%d %H:%M} UTC runs again.")
