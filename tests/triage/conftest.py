"""Real parts for the tests of triage: a SQLite file, a small trained model, the demo register, an SMTP server."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb import KnowledgeBase, load_articles
from kb.settings import SHIPPED_DATA, Settings, read_settings
from kb.store import utc_now
from tests.forms import Identity, identity, pem
from triage.accounts.accounts import Person, add_user
from triage.classify.training import Example, Model, load_examples, train
from triage.database.opening import open_database
from triage.database.tables import User
from triage.desk.sending import UNDO
from triage.intake.pipeline import Tools
from triage.outbox.sender import Tried, send_due
from triage.register.importing import import_register, read_boards, read_schools
from triage.register.register import Edition, Register
from triage.verify.model import MadeOn

MAILS_A_LABEL = 15
EDITION = 1  # number of the demo register's edition in a new database


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    """The first training mails of every intent."""
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in load_examples(SHIPPED_DATA / "intents"):
        by_intent[example.intent].append(example)
    return [example for found in by_intent.values() for example in found[:MAILS_A_LABEL]]


@pytest.fixture(scope="session")
def model(examples: list[Example]) -> Model:
    """A classifier for all intents, trained on few mails and without sentence vectors."""
    return train(examples, None)


@pytest.fixture(scope="session")
def knowledge() -> KnowledgeBase:
    return KnowledgeBase.from_articles(load_articles(SHIPPED_DATA / "faq"), None)


@pytest.fixture(scope="session")
def register() -> Register:
    demo = SHIPPED_DATA / "demo"
    return Register(read_schools(demo / "schools.csv"), read_boards(demo / "boards.csv"), Edition(fictional=True))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"WEGWIJZER_VAR_DIR": str(tmp_path), "WEGWIJZER_ENCODER": "none"})


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest layout with the demo register and no mail; every test gets a copy, as making one takes a while."""
    path = tmp_path_factory.mktemp("database") / "new.db"
    database, demo = open_database(f"sqlite:///{path}"), SHIPPED_DATA / "demo"
    with Session(database) as session, session.begin():
        import_register(session, demo / "schools.csv", demo / "boards.csv", fictional=True)
    database.dispose()
    return path


@pytest.fixture
def engine(settings: Settings, new_database: Path) -> Iterator[Engine]:
    shutil.copy(new_database, settings.var_dir / "wegwijzer.db")
    database = open_database(settings.database_url)
    yield database
    database.dispose()


@pytest.fixture
def tools(knowledge: KnowledgeBase, model: Model, register: Register, settings: Settings) -> Tools:
    return Tools(knowledge, model, register, settings, MadeOn(edition=EDITION))


@pytest.fixture(scope="session")
def password_hash(new_database: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The stored form of a password; making one is slow on purpose, so it is made once."""
    path = shutil.copy(new_database, tmp_path_factory.mktemp("password") / "one.db")
    database = open_database(f"sqlite:///{path}")
    with Session(database) as session:
        person = add_user(session, "noor", "een-lang-wachtwoord", "agent")
        made = session.get_one(User, person.id).password_hash
    database.dispose()
    return made


@pytest.fixture
def hire(engine: Engine, password_hash: str) -> Callable[[str, str], Person]:
    """Makes colleagues who may act on tickets."""

    def make(name: str, role: str) -> Person:
        with Session(engine) as session, session.begin():
            user = User(name=name, password_hash=password_hash, role=role)
            session.add(user)
            session.flush()
            return Person(user.id, user.name, user.role)

    return make


@pytest.fixture
def agent(hire: Callable[[str, str], Person]) -> Person:
    return hire("noor", "agent")


@dataclass
class Postbox:
    """What an SMTP server took in; it refuses everything while `refusal` is set."""

    refusal: str = ""
    received: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)  # of each mail, whether it came over TLS

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.refusal:
            return self.refusal
        self.received.append(envelope)
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"


class LocalServer(Controller):
    """An SMTP server on a port that the system chooses."""

    def __init__(self, handler: Any, **options: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=0, **options)

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


StartServer = Callable[..., LocalServer]


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Starts SMTP servers on 127.0.0.1; they stop when the test is over."""
    running: list[LocalServer] = []

    def start(handler: Any, **options: Any) -> LocalServer:
        server = LocalServer(handler, **options)
        server.start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def smtp_url(start_server: StartServer, postbox: Postbox) -> str:
    """A mail server that delivers to `postbox`."""
    return f"smtp://127.0.0.1:{start_server(postbox).port}"


@pytest.fixture(scope="session")
def authority() -> Identity:
    """Who vouches for signatures in these tests."""
    return identity("Vertrouwensdienst (fictief)")


@pytest.fixture
def trusting(tools: Tools, settings: Settings, authority: Identity, tmp_path: Path) -> Tools:
    """The tools of an installation that trusts the authority, and reads no pictures."""
    roots = tmp_path / "roots"
    roots.mkdir()
    (roots / "ca.pem").write_bytes(pem(authority))
    return replace(tools, settings=replace(settings, trust_roots=roots, ocr="none"))


@pytest.fixture
def send_mail(engine: Engine, smtp_url: str) -> Callable[[], Tried]:
    """Sends what is in the outbox to `postbox`, as if the time to take it back were over."""
    return lambda: send_due(engine, smtp_url, "help@basispoort.nl", lambda: utc_now() + UNDO)
