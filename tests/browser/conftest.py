"""A running site with the demo register and a few mails, a mail server that receives the answers, and Chromium."""

from __future__ import annotations

import email
import email.policy
import functools
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, Page, expect, sync_playwright

from kb.settings import read_settings
from tests.conftest import ROOT, free_port, need
from triage.cli.demo import PASSWORD, USER, fill_inbox, prepare
from triage.database.opening import open_database
from triage.installation.installation import Installation
from triage.intake.intake import ingest
from triage.sources.files import RawBytes

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
ARTIFACTS = ROOT / "artifacts"
expect.set_options(timeout=60_000)  # a busy machine is slow, not wrong

LOGIN_MAIL = b"""From: Ellen Bosma <e.bosma@pcbdevuurtoren.example>\r
To: help@basispoort.nl\r
Subject: inloggen gaat niet sinds maandag\r
Date: Mon, 23 Nov 2026 08:41:00 +0100\r
Message-ID: <login-1@pcbdevuurtoren.example>\r
Content-Type: text/plain; charset=utf-8\r
\r
Hoi,\r
\r
Sinds de vakantie kan ik niet meer inloggen als leerkracht. Ik ben mijn wachtwoord vergeten en krijg steeds een\r
foutmelding. Wat moet ik doen?\r
\r
Groetjes Ellen (groep 5)\r
"""


MOVED_MAIL = (
    b"From: Ina Vis <i.vis@obsdehoek.example>\r\nTo: help@basispoort.nl\r\nSubject: groep klopt niet meer\r\n"
    b"Message-ID: <moved-1@obsdehoek.example>\r\n\r\nOnze leerlingen van groep 6 staan nog in groep 5. Hoe verander ik dat?\r\n"
)


def outage_mail(number: int, name: str) -> bytes:
    """One of the mails about an outage."""
    return (
        f"From: {name} <post@school{number}.example>\r\nTo: help@basispoort.nl\r\nSubject: Zonnewijzer {number} ligt eruit\r\n"
        f"Message-ID: <storing-{number}@school{number}.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "Bij ons ligt alles eruit, de hele school kan niet inloggen. Is er een storing?\r\n"
    ).encode()


def html_mail() -> bytes:
    """A mail with a tracking pixel and a script."""
    mail = EmailMessage()
    mail["From"] = "Nieuwsbrief <post@reclame.example>"
    mail["To"], mail["Subject"], mail["Message-ID"] = "help@basispoort.nl", "Aanbieding digiborden", "<html-1@reclame.example>"
    mail.set_content("Alleen deze week: digiborden met korting.")
    mail.add_alternative(
        "<p>Alleen deze week: <b>digiborden</b> met korting.</p><img src='http://volger.example/pixel.gif'>"
        "<script>document.title='gekaapt'</script><p onclick='alert(1)'>Klik hier</p>",
        subtype="html",
    )
    return mail.as_bytes()


@dataclass
class Mailbox:
    """What the mail server received."""

    mails: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.mails.append(envelope.content)  # type: ignore[attr-defined]
        return "250 OK"

    def mail_to(self, address: str, words: str, within: float = 60.0) -> EmailMessage:
        """The mail to an address that holds some words, as soon as it comes; answers wait in the outbox for a while."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            for raw in list(self.mails):
                mail = email.message_from_bytes(raw, policy=email.policy.default)
                assert isinstance(mail, EmailMessage)
                if mail["To"] == address and words in mail.get_content():
                    return mail
            time.sleep(0.2)
        raise AssertionError(f"no mail to {address} with these words came in {within:.0f} seconds")


@dataclass(frozen=True)
class Site:
    """A running site."""

    url: str
    mailbox: Mailbox
    guest: str  # another web site, which embeds the search box
    stranger: str  # a site that may not
    database_url: str


def start(environment: dict[str, str], port: int, *options: str) -> subprocess.Popen[bytes]:
    """Start `wegwijzer serve` and wait until it answers."""
    server = subprocess.Popen(
        [sys.executable, "-m", "triage.cli", "serve", "--port", str(port), *options],
        env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(480):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
            return server
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.25)
    server.kill()
    raise RuntimeError("the server did not start")


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory, first_model: Path) -> Iterator[Site]:
    """The whole site, agents' side included, with the demo mailbox and two more mails."""
    mailbox = Mailbox()
    smtp = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    smtp.start()
    port = free_port()
    pages = tmp_path_factory.mktemp("other-sites")
    widget = f'<script src="http://127.0.0.1:{port}/widget.js" defer></script>'
    (pages / "index.html").write_text(
        f"<!doctype html><html lang='nl'><title>OBS De Hoek</title><main><h1>OBS De Hoek</h1>{widget}</main>"
    )
    with served(pages) as guest, served(pages) as stranger:
        var = tmp_path_factory.mktemp("site")
        shutil.copy(first_model, var)
        yield from running(var, port, mailbox, smtp, guest, stranger)
    smtp.stop()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A plain web site with the files of a folder."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """A file server that doesn't chat."""

    def log_message(self, format: str, *arguments: object) -> None:
        return


def running(var: Path, port: int, mailbox: Mailbox, smtp: Controller, guest: str, stranger: str) -> Iterator[Site]:
    environment = {
        "WEGWIJZER_CORS_ORIGINS": guest,
        "WEGWIJZER_VAR_DIR": str(var),
        "WEGWIJZER_ENCODER": "none",
        "WEGWIJZER_TRUST_ROOTS": str(ROOT / "data" / "demo" / "trust"),
        "WEGWIJZER_SMTP_URL": f"smtp://127.0.0.1:{smtp.port}",
        "WEGWIJZER_BASE_URL": f"http://127.0.0.1:{port}",
    }
    configured = read_settings(environment)
    prepare(configured)
    fill_inbox(configured)
    engine = open_database(configured.database_url)
    extra = [
        RawBytes("file", LOGIN_MAIL),
        RawBytes("file", MOVED_MAIL),
        RawBytes("file", html_mail()),
        RawBytes("file", b"\x00\xff nonsense"),
    ]
    extra += [RawBytes("file", outage_mail(number, name)) for number, name in ((1, "Petra Proef"), (2, "Theo Test"))]
    ingest(engine, extra, Installation(configured, engine))
    server = start(environment, port)
    yield Site(f"http://127.0.0.1:{port}", mailbox, guest, stranger, configured.database_url)
    server.terminate()
    server.wait(timeout=15)


@pytest.fixture(scope="package")  # Playwright holds an event loop as long as it lives: other tests need it gone
def browser() -> Iterator[Browser]:
    need(bool(CHROMIUM), "Chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="nl-NL")
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    yield tab
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="nl-NL", has_touch=True)
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    yield tab
    context.close()


def settled(page: Page) -> None:
    """Wait until Streamlit has run the script."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)


def keep(page: Page, name: str) -> None:
    """Keep a screenshot as a CI artefact."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=str(Path(ARTIFACTS) / f"{name}.png"))


def sign_in(page: Page, site: Site, name: str = USER, password: str = PASSWORD) -> None:
    page.goto(f"{site.url}/inloggen")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("button[type=submit]")
    page.wait_for_url("**/inbox")
    settled(page)
