"""One object holds an installation: its settings and database, and the articles, register and model as they are now.

It is made once, at the edge (a command, the server, a test), and handed down. Articles, register and model are read at their
first use, and again when they changed, also when another process changed them: what they were read from has a cheap stamp, which
is looked at again every CHECK_EVERY seconds. What hangs together is handed out as one value that never changes, `Tools`.

So is the code: what reads mails takes longer to load than a search takes, and whoever only searches does without.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, joinedload

from kb.article import Article
from kb.search.search import KnowledgeBase, installed_encoder
from kb.settings import Settings
from kb.store import articles_stamp, get_articles
from triage.database.opening import open_database
from triage.database.tables import Correction, CountedSchool, RegisterEdition

if TYPE_CHECKING:
    from triage.classify.memory import CorrectedMail
    from triage.classify.training import Model
    from triage.intake.pipeline import Tools
    from triage.register.register import Register
    from triage.verify.model import MadeOn

CHECK_EVERY = 2.0  # seconds between looks; a change counts within five, reading it included
DIGITS = 12  # of a digest that names a version

T = TypeVar("T")


class Current(Generic[T]):
    """A value that is made again when its stamp changes; asked for by many threads, made by one at a time."""

    def __init__(self, stamp: Callable[[], object], make: Callable[[], T], clock: Callable[[], float]) -> None:
        """`stamp` is cheap, and None as long as there is nothing to look at; it is taken before the value is made, so that
        what changes meanwhile is found at the next look."""
        self._stamp, self._make, self._clock = stamp, make, clock
        self._lock = threading.Lock()
        self._kept: tuple[T] | None = None
        self._made_of: object = None
        self._looked = float("-inf")

    def get(self) -> T:
        """The value as it is now, at most CHECK_EVERY seconds old."""
        with self._lock:
            if self._kept is None or self._clock() - self._looked >= CHECK_EVERY:
                looked, stamp = self._clock(), self._stamp()
                if self._kept is None or stamp != self._made_of:
                    self._kept = (self._make(),)
                    self._made_of = self._stamp() if stamp is None else stamp
                self._looked = looked
            return self._kept[0]


class Installation:
    """Settings, database, articles, register and model of one installation; safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        books: Callable[[], KnowledgeBase] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`books` gives the articles of the moment where something else keeps them; without it they are read here."""
        self.settings, self.engine = settings, engine
        self._books = books or Current(self._article_stamp, self._read_articles, clock).get
        self._register = Current(self._register_stamp, self._read_register, clock)
        self._trained = Current(self._file_stamp, self._read_model, clock)
        self._corrections = Current(self._correction_stamp, self._read_corrections, clock)
        self._lock = threading.Lock()
        self._running: tuple[Model, tuple[CorrectedMail, ...], Model] | None = None
        self._tools: Tools | None = None

    @classmethod
    def at(cls, settings: Settings) -> Installation:
        """The installation these settings speak of. Raises LayoutError."""
        return cls(settings, open_database(settings.database_url))

    def knowledge(self) -> KnowledgeBase:
        """The articles as they are now."""
        return self._books()

    def register(self) -> Register:
        """The newest edition of the register."""
        return self._register.get()

    def model(self) -> Model:
        """The model that runs now, with what colleagues corrected since; on a new installation it is trained first."""
        from triage.classify.running import remember

        trained, corrections = self._trained.get(), self._corrections.get()
        with self._lock:
            if self._running is None or self._running[0] is not trained or self._running[1] is not corrections:
                self._running = (trained, corrections, remember(trained, corrections))
            return self._running[2]

    def current(self) -> Tools:
        """All that triage needs, as it is now; the same value as long as nothing changes."""
        from triage.intake.pipeline import Tools

        knowledge, register, model = self.knowledge(), self.register(), self.model()
        with self._lock:
            known = self._tools
            if known is None or known.knowledge is not knowledge or known.register is not register or known.model is not model:
                self._tools = known = Tools(knowledge, model, register, self.settings, _versions(knowledge, register, model))
            return known

    def _article_stamp(self) -> object:
        with Session(self.engine) as session:
            return articles_stamp(session)

    def _read_articles(self) -> KnowledgeBase:
        with Session(self.engine) as session:
            return KnowledgeBase.from_articles(get_articles(session), installed_encoder(self.settings), self.settings.fitted)

    def _register_stamp(self) -> object:
        counted = CountedSchool
        with Session(self.engine) as session:
            lengths = func.sum(func.length(counted.name)), func.sum(func.length(counted.board_number))
            counts = select(func.count(), func.sum(counted.last_year), func.sum(counted.newest_year), *lengths)
            edition = session.execute(
                select(RegisterEdition.id, RegisterEdition.sha256).order_by(RegisterEdition.id.desc())
            ).first()
            return tuple(edition or ()), tuple(session.execute(counts.select_from(counted)).one())

    def _read_register(self) -> Register:
        from triage.register.stored import load_register

        with Session(self.engine) as session:
            return load_register(session)

    def _file_stamp(self) -> object:
        path = self.settings.model_path
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _read_model(self) -> Model:
        from triage.classify.running import ready_model

        return ready_model(self.settings)

    def _correction_stamp(self) -> object:
        with Session(self.engine) as session:
            return tuple(session.execute(select(func.count(), func.max(Correction.id)).select_from(Correction)).one())

    def _read_corrections(self) -> tuple[CorrectedMail, ...]:
        with Session(self.engine) as session:
            return tuple(load_corrections(session))


def load_corrections(session: Session) -> list[CorrectedMail]:
    """What colleagues decided about mails, oldest first; of each ticket the last decision."""
    from triage.classify.memory import CorrectedMail

    rows = session.scalars(select(Correction).options(joinedload(Correction.ticket)).order_by(Correction.id))
    last = {row.ticket_id: row for row in rows}
    return [CorrectedMail(row.ticket_id, row.text, row.ticket.subject, row.intent, row.by, row.at) for row in last.values()]


def _versions(knowledge: KnowledgeBase, register: Register, model: Model) -> MadeOn:
    from triage.verify.model import MadeOn

    remembered = [repr((one.ticket, one.text, one.intent)) for one in model.memory.corrections]
    return MadeOn(
        edition=register.edition.number,
        edition_sha256=register.edition.sha256,
        model=f"{model.version}+{_digest(remembered)}" if remembered else model.version,
        articles=articles_version(knowledge.articles),
    )


def articles_version(articles: Iterable[Article]) -> str:
    """A digest of articles: another one after any that is added, changed or removed, the same again when that is undone."""
    return _digest(repr(article) for article in sorted(articles, key=lambda article: article.slug))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
