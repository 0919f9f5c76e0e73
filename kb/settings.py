"""Settings, read from the environment once.

Every setting is a variable ``WEGWIJZER_<NAME>`` in the environment or in a ``.env`` file in the working folder
(the environment wins).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from dotenv import dotenv_values
from limits import parse

from kb.errors import ExplainedError

if TYPE_CHECKING:
    from kb.organisation import Organisation

_IN_WHEEL = Path(__file__).resolve().parent / "shipped"  # where a wheel holds what stands at the top of the source tree
SHIPPED = _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_WHEEL.parents[1]  # holds data/, app.py and .streamlit/
SHIPPED_DATA = SHIPPED / "data"

SHORTEST_TOKEN = 16  # characters

P = ParamSpec("P")
R = TypeVar("R")


class SettingsError(ExplainedError):
    """A setting has a value that can't be used; the message names the variable and what it should be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an installation can set."""

    var_dir: Path  # WEGWIJZER_VAR_DIR: folder for the database, the model and caches
    database_url: str  # WEGWIJZER_DATABASE_URL: SQLAlchemy URL; a SQLite file in var_dir by default
    data_dir: Path  # WEGWIJZER_DATA_DIR: the words and rules (FAQ, intents, replies, forms)
    trust_roots: Path | None  # WEGWIJZER_TRUST_ROOTS: folder of PEM certificates whose signatures count as trusted
    revocation_lists: Path | None  # WEGWIJZER_REVOCATION_LISTS: folder of .crl files that say which certificates were revoked
    trusted_list: (
        Path | None
    )  # WEGWIJZER_TRUSTED_LIST: XML file of an EU trusted list; its qualified certificates count as trusted
    own_help_address: str | None  # WEGWIJZER_HELP_ADDRESS: the address people mail to; otherwise that of data/organisation.yaml
    web_forms: tuple[str, ...]  # WEGWIJZER_WEB_FORMS: addresses that web forms mail from; who filled one in stands in Reply-To
    base_url: str  # WEGWIJZER_BASE_URL: where schools reach the pages; links in answers start with it
    authserv_id: str | None  # WEGWIJZER_AUTHSERV_ID: name our own mail server writes in Authentication-Results
    smtp_url: str | None  # WEGWIJZER_SMTP_URL: smtp://user:password@host:port or smtps://…; answers are not sent without it
    arc_sealers: tuple[
        str, ...
    ]  # WEGWIJZER_ARC_SEALERS: domains whose ARC seal on a forwarded mail is believed, a.example,b.example
    check_deliverability: bool  # WEGWIJZER_CHECK_DNS: 1 = ask DNS whether mail can be delivered to an address, and for DKIM keys
    encoder: str  # WEGWIJZER_ENCODER: auto (use the semantic extra when installed), none
    cors_origins: tuple[
        str, ...
    ]  # WEGWIJZER_CORS_ORIGINS: sites that may use the search API, https://a.example,https://b.example
    api_rate: str  # WEGWIJZER_API_RATE: searches a caller may do, such as 60/minute
    keep_days: int  # WEGWIJZER_KEEP_DAYS: days that searches and votes are kept
    rephrase_url: (
        str | None
    )  # WEGWIJZER_REPHRASE_URL: an OpenAI-compatible server, https://…/v1; answers are not rephrased without it
    rephrase_model: str  # WEGWIJZER_REPHRASE_MODEL: name of its model
    rephrase_key: str | None  # WEGWIJZER_REPHRASE_KEY: key for it, when it wants one
    authority_months: int  # WEGWIJZER_AUTHORITY_MONTHS: months that a look-up of who may sign is remembered; 0: never
    ocr: str  # WEGWIJZER_OCR: auto (use the ocr extra when installed), none
    metrics_token: str | None  # WEGWIJZER_METRICS_TOKEN: who shows it may read /metrics; without one only this machine may
    log: str  # WEGWIJZER_LOG: text (lines for a person), json (a JSON document a line)

    @property
    def help_address(self) -> str:
        """The address people mail to. Raises DataFileError."""
        return self.own_help_address or _organisation_of(self.data_dir).help_address

    @property
    def model_path(self) -> Path:
        """Where the trained intent classifier is kept."""
        return self.var_dir / "model.npz"

    @property
    def vector_cache(self) -> Path:
        """Folder with sentence vectors that were computed before."""
        return self.var_dir / "vectors"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Turn environment variables into settings.

    Raises SettingsError when a value can't be used.
    """

    get = partial(_get, environment)
    var_dir = Path(get("VAR_DIR", "var")).absolute()
    return Settings(
        var_dir=var_dir,
        database_url=get("DATABASE_URL", f"sqlite:///{var_dir / 'wegwijzer.db'}"),
        data_dir=Path(get("DATA_DIR", str(SHIPPED_DATA))).absolute(),
        trust_roots=_folder("TRUST_ROOTS", get("TRUST_ROOTS")),
        revocation_lists=_folder("REVOCATION_LISTS", get("REVOCATION_LISTS")),
        trusted_list=_file("TRUSTED_LIST", get("TRUSTED_LIST")),
        own_help_address=get("HELP_ADDRESS") or None,
        web_forms=_list(get("WEB_FORMS").lower()),
        base_url=get("BASE_URL", "http://localhost:8501").rstrip("/"),
        authserv_id=get("AUTHSERV_ID") or None,
        smtp_url=get("SMTP_URL") or None,
        arc_sealers=_list(get("ARC_SEALERS").lower()),
        check_deliverability=_choice("CHECK_DNS", get("CHECK_DNS"), ("0", "1")) == "1",
        encoder=_choice("ENCODER", get("ENCODER"), ("auto", "none")),
        cors_origins=tuple(origin.rstrip("/") for origin in _list(get("CORS_ORIGINS"))),
        api_rate=_rate(get("API_RATE", "60/minute")),
        keep_days=_days(get("KEEP_DAYS", "180")),
        rephrase_url=_web_address("REPHRASE_URL", get("REPHRASE_URL")),
        rephrase_model=get("REPHRASE_MODEL", "default"),
        rephrase_key=get("REPHRASE_KEY") or None,
        authority_months=_months(get("AUTHORITY_MONTHS", "12")),
        ocr=_choice("OCR", get("OCR"), ("auto", "none")),
        metrics_token=_token("METRICS_TOKEN", get("METRICS_TOKEN")),
        log=_choice("LOG", get("LOG"), ("text", "json")),
    )


def _get(environment: Mapping[str, str], name: str, default: str = "") -> str:
    return environment.get(f"WEGWIJZER_{name}", "") or default


def _choice(name: str, text: str, allowed: tuple[str, ...]) -> str:
    """One of some words, the first when nothing is said."""
    if text and text not in allowed:
        raise SettingsError(f"WEGWIJZER_{name} is {text!r}; use one of: {', '.join(allowed)}.")
    return text or allowed[0]


def _folder(name: str, text: str) -> Path | None:
    if text and not Path(text).is_dir():
        raise SettingsError(f"WEGWIJZER_{name} is {text!r}, which is not a folder; make it or leave it empty.")
    return Path(text).absolute() if text else None


def _file(name: str, text: str) -> Path | None:
    if text and not Path(text).is_file():
        raise SettingsError(f"WEGWIJZER_{name} is {text!r}, which is not a file; put it there or leave it empty.")
    return Path(text).absolute() if text else None


def _list(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _web_address(name: str, text: str) -> str | None:
    if text and not text.startswith(("https://", "http://")):
        raise SettingsError(f"WEGWIJZER_{name} is {text!r}; give an address that starts with https:// or http://.")
    return text.rstrip("/") or None


def _rate(text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        raise SettingsError(f"WEGWIJZER_API_RATE is {text!r}; write it as 60/minute or 5/second.") from error
    return text


def _token(name: str, text: str) -> str | None:
    if text and (len(text) < SHORTEST_TOKEN or not text.isascii() or not text.isprintable() or " " in text):
        raise SettingsError(
            f"WEGWIJZER_{name} can't be used; give {SHORTEST_TOKEN} or more letters and digits, such as: openssl rand -hex 24"
        )
    return text or None


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise SettingsError(f"WEGWIJZER_KEEP_DAYS is {text!r}; give a whole number of days, 1 or more.")
    return int(text)


def _months(text: str) -> int:
    if not text.isdecimal() or int(text) > 120:
        raise SettingsError(f"WEGWIJZER_AUTHORITY_MONTHS is {text!r}; give a whole number of months, 0 to 120.")
    return int(text)


@cache
def settings() -> Settings:
    """The settings of this process."""
    from_file = {name: value or "" for name, value in dotenv_values(".env").items()}
    return read_settings({**from_file, **os.environ})


def own_or_shipped(folder: Path, name: str) -> Path:
    """A file that not every data folder has, such as what the product learned for itself: the folder's own, otherwise the shipped one."""
    own = folder / name
    return own if own.is_file() else SHIPPED_DATA / name


def organisation() -> Organisation:
    """Whose help desk this is. Raises DataFileError."""
    return _organisation_of(settings().data_dir)


def _organisation_of(data_dir: Path) -> Organisation:
    from kb.organisation import read_organisation  # not every command reads files of rules, and their reader is slow to load

    return read_organisation(data_dir)


def from_data(read: Callable[Concatenate[Path, P], R]) -> Callable[P, R]:
    """Makes a reader of words or rules read those of this installation: its data folder comes first, and is read once."""
    kept = cast("Callable[Concatenate[Path, P], R]", cache(read))

    @wraps(read)
    def load(*args: P.args, **kwargs: P.kwargs) -> R:
        return kept(settings().data_dir, *args, **kwargs)

    return load
