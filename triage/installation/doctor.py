"""Checks of the installation."""

from __future__ import annotations

import importlib.util
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.article import ArticleError
from kb.articles.seasons import load_seasons
from kb.data_file import DataFileError
from kb.insight.privacy import load_word_lists
from kb.organisation import read_organisation
from kb.own_files import open_to_others
from kb.pages.words import load_words
from kb.search.e5 import encoder as e5
from kb.search.language import load_language
from kb.search.out_of_scope import load_elsewhere
from kb.search.ranking import load_weights
from kb.search.search import installed_encoder
from kb.settings import Settings
from kb.store import articles_stamp, utc_now
from triage.accounts.accounts import alike, people
from triage.answer.answer import load_openings, load_wording
from triage.answer.details import load_details
from triage.answer.granted import load_granted
from triage.answer.rephrase import load_fixed_words
from triage.classify.intents import load_taxonomy
from triage.classify.second import load_second_weights
from triage.classify.sentences import load_sentences
from triage.classify.stored_model import load_model
from triage.classify.training import load_examples
from triage.database.opening import newest_layout
from triage.errors import TriageError
from triage.incidents.surge import load_surge_rules
from triage.installation.references import wrong_references
from triage.mail.own_words import load_cover_notes
from triage.register.addresses import load_address_rules
from triage.register.register import OLD_AFTER
from triage.register.stored import newest_edition
from triage.routing.routing import load_routing
from triage.tickets.search_index import count_waiting
from triage.verify.form.against import load_against
from triage.verify.form.understood import load_ordinary
from triage.verify.forms import load_requests
from triage.verify.signature.trust import read_trusted_list

FEW_FILES = 5  # that a finding names
FEW_DAYS = 60  # before the list of school holidays ends
# What reads the files in data/ that every organisation has one of; each keeps what it read.
READERS: Sequence[Callable[[], object]] = (
    load_language,
    load_elsewhere,
    load_word_lists,
    load_granted,
    load_weights,
    load_seasons,
    load_openings,
    load_details,
    load_fixed_words,
    load_cover_notes,
    load_taxonomy,
    load_sentences,
    load_routing,
    load_surge_rules,
    partial(load_second_weights, True),
    load_requests,
    load_against,
    load_ordinary,
    load_address_rules,
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The outcome of one check."""

    subject: str
    ok: bool
    message: str


def examine(settings: Settings, open_engine: Callable[[], Engine]) -> list[Diagnosis]:
    """Run every check; a check that fails does not stop the others."""
    try:
        engine = open_engine()
    except (TriageError, SQLAlchemyError, OSError, ArticleError) as error:
        return [
            Diagnosis("database", False, " ".join(str(error).split())[:300]),
            _model(settings),
            *rule_files(settings.data_dir),
        ]
    with Session(engine) as session:
        articles, *_ = articles_stamp(session)
        users = people(session)
        alike_names = alike(session)
        findings = [
            Diagnosis("database", True, f"{engine.dialect.name}, layout {newest_layout()}"),
            Diagnosis("articles", articles > 0, f"{articles} articles"),
            _model(settings),
            _register(session),
            _search_index(session),
            *rule_files(settings.data_dir),
            *(Diagnosis("references", False, problem) for problem in wrong_references(settings.data_dir, session)),
            Diagnosis(
                "users",
                True,
                f"{len(users)} users" if users else "no users yet; add one with: wegwijzer user add NAME --role admin",
            ),
        ]
    findings += _extras()
    findings += [_own_files(settings), _account_names(alike_names)]
    roots = len(list(settings.trust_roots.glob("*.pem"))) if settings.trust_roots else 0
    findings.append(
        Diagnosis("trust roots", True, f"{roots} certificates" if roots else "none: no digital signature will count as trusted")
    )
    if settings.trusted_list:
        findings.append(_trusted_list(settings.trusted_list))
    findings.append(
        Diagnosis("outgoing mail", True, "SMTP configured" if settings.smtp_url else "not configured: answers are copied by hand")
    )
    return findings


def _extras() -> list[Diagnosis]:
    extras = {
        "semantic": e5.installed(),
        "ocr": importlib.util.find_spec("rapidocr_onnxruntime") is not None,
        "postgres": importlib.util.find_spec("psycopg") is not None,
    }
    return [
        Diagnosis(f"extra {extra}", True, "installed" if there else "not installed (optional)") for extra, there in extras.items()
    ]


def _own_files(settings: Settings) -> Diagnosis:
    """The database and the models hold mails: nobody else on this machine reads them."""
    url = make_url(settings.database_url)
    database = Path(url.database).absolute() if url.get_backend_name() == "sqlite" and url.database else None
    found = open_to_others(settings.var_dir, database)
    if not found:
        return Diagnosis("own files", True, "only their owner reads the database and the models")
    names = " ".join(shlex.quote(str(one)) for one in found[:FEW_FILES])
    more = "" if len(found) <= FEW_FILES else f" (and {len(found) - FEW_FILES} more)"
    return Diagnosis("own files", False, f"others on this machine can read them; run: chmod -R go-rwx {names}{more}")


def _account_names(alike_names: Sequence[tuple[str, ...]]) -> Diagnosis:
    """Two accounts of one person would count as two people where a request needs the consent of two."""
    if not alike_names:
        return Diagnosis("account names", True, "people can tell them apart")
    told = "; ".join(" and ".join(repr(name) for name in names) for names in alike_names)
    return Diagnosis(
        "account names",
        False,
        f"people can't tell apart {told}; ask who uses them, and look again at what they consented to together",
    )


def readers(folder: Path) -> list[Callable[[], object]]:
    """What reads the files of words and rules in a folder."""
    try:
        languages = read_organisation(folder).languages
    except DataFileError:
        languages = ()  # what is wrong with it, its own reader says
    by_language = [partial(read, language) for language in languages for read in (load_words, load_wording)]
    return [partial(read_organisation, folder), *READERS, *by_language, partial(load_examples, folder / "intents")]


def rule_files(folder: Path) -> list[Diagnosis]:
    """Whether each file of words and rules can be read; each that can't is a finding of its own."""
    wrong: list[str] = []
    for read in readers(folder):
        try:
            read()
        except DataFileError as error:
            wrong += error.problems
        except TriageError as error:
            wrong.append(str(error))
    if wrong:
        return [Diagnosis("rule files", False, problem) for problem in dict.fromkeys(wrong)]
    found = [Diagnosis("rule files", True, f"words and rules in {folder} can be read")]
    return [*found, school_holidays()] if load_routing().asks_for_holidays else found


def _trusted_list(path: Path) -> Diagnosis:
    try:
        services = len(list(read_trusted_list(path).registry.known_certificate_authorities))
    except TriageError as error:
        return Diagnosis("trusted list", False, str(error))
    return Diagnosis("trusted list", True, f"{services} certificates of issuers")


def _model(settings: Settings) -> Diagnosis:
    try:
        model = load_model(settings.model_path, installed_encoder(settings))
    except TriageError as error:
        return Diagnosis("model", False, str(error))
    return Diagnosis("model", True, f"version {model.version}, {len(model.examples)} training mails")


def school_holidays() -> Diagnosis:
    """Whether the school holidays are known for some time to come."""
    until = load_routing().holidays_known_until()
    left = (until - utc_now().date()).days
    return Diagnosis(
        "school holidays", left >= FEW_DAYS, f"known until {until}; add the next school year to data/school_holidays.yaml in time"
    )


def _search_index(session: Session) -> Diagnosis:
    waiting = count_waiting(session)
    told = f"{waiting} tickets are not in the search index; stop the server and run: wegwijzer upgrade"
    return Diagnosis("search index", not waiting, told if waiting else "every ticket is in it")


def _register(session: Session) -> Diagnosis:
    edition = newest_edition(session)
    if edition is None and not load_requests().types:
        return Diagnosis("register", True, "no school register; it is not needed, for there are no formal requests")
    if edition is None:
        return Diagnosis("register", False, "no school register; run: wegwijzer register import SCHOOLS.csv --boards BOARDS.csv")
    age = (utc_now() - edition.imported_at).days
    kind = "fictional demo register" if edition.fictional else edition.source
    return Diagnosis("register", age <= OLD_AFTER, f"{kind}, imported {age} days ago")
