"""Whether an installation can serve: what a load balancer or an operator asks, answered without paths, names or secrets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.search.search import KnowledgeBase, installed_encoder
from kb.settings import Settings
from kb.store import utc_now
from triage.classify.stored_model import load_model
from triage.database.opening import current_layout, newest_layout
from triage.errors import LayoutError, ModelError
from triage.installation.installation import Current
from triage.register.register import OLD_AFTER
from triage.register.stored import newest_edition
from triage.verify.forms import load_requests


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    ok: bool
    # A few words, in English, for an operator.
    says: str
    # Whether the server is of no use without it.
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found at one moment."""

    checks: Mapping[str, Check]

    @property
    def ready(self) -> bool:
        """Whether nothing that is needed is missing."""
        return all(check.ok for check in self.checks.values() if check.needed)

    def to_json(self) -> dict[str, object]:
        """As /readyz tells it."""
        checks = {name: {"ok": check.ok, "needed": check.needed, "says": check.says} for name, check in self.checks.items()}
        return {"ready": self.ready, "checks": checks}


BUSY = Readiness({"checks": Check(False, "they take long: the server is starting or very busy")})


class ReadinessProbe:
    """Looks whether database, articles, model and register are there; many may ask, one at a time looks."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        books: Callable[[], KnowledgeBase],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`books` gives the articles as this process searches them."""
        self._settings, self._engine, self._books = settings, engine, books
        self._model = Current(self._model_stamp, partial(_model, settings), clock)
        self._lock = threading.Lock()

    def look(self, agents: bool = True) -> Readiness:
        """What is there now; without the agents' side there is no model and no register to look at."""
        with self._lock:
            checks = {"database": self._database()}
            if checks["database"].ok:
                checks["index"] = self._index()
                checks["register"] = self._register()
            checks["model"] = self._model.get()
        return Readiness(checks if agents else {name: checks[name] for name in ("database", "index") if name in checks})

    def _database(self) -> Check:
        try:
            layout = current_layout(self._engine)
        except SQLAlchemyError:
            return Check(False, "does not answer")
        except LayoutError:
            return Check(False, "holds something else")
        if layout != newest_layout():
            return Check(False, "has another layout than this version works with")
        return Check(True, "answers, newest layout")

    def _index(self) -> Check:
        try:
            found = len(self._books())
        except SQLAlchemyError:
            return Check(False, "articles could not be read")
        return Check(found > 0, f"{found} articles")

    def _register(self) -> Check:
        try:
            with Session(self._engine) as session:
                edition = newest_edition(session)
        except SQLAlchemyError:
            return Check(False, "could not be read", needed=False)
        if edition is None:
            return Check(not load_requests().types, "none", needed=False)
        age = (utc_now() - edition.imported_at).days
        return Check(age <= OLD_AFTER, f"imported {age} days ago", needed=False)

    def _model_stamp(self) -> object:
        try:
            found = self._settings.model_path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns


def _model(settings: Settings) -> Check:
    try:
        load_model(settings.model_path, installed_encoder(settings))
    except ModelError:
        return Check(False, "none that fits; run: wegwijzer train")
    return Check(True, "fits")
