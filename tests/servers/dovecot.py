"""A Dovecot of our own: a real IMAP server with TLS, on a free port, that runs without rights."""

from __future__ import annotations

import base64
import ipaddress
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

BINARY = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
HOST = "127.0.0.1"
NOBODY = 65534  # the user without rights
PASSWORDS = {"help": "een geheim: wachtwoord", "info": "iets anders"}  # by user
PATIENCE = 30.0  # seconds that starting may take
CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = {host}
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
{more}
"""


@dataclass
class Dovecot:
    """A server with the mailboxes `help` and `info`."""

    folder: Path  # its own; not a folder of pytest, which others may not enter
    ca: Path  # PEM file with the authority that its certificate is of
    port: int
    more: str = ""  # lines of configuration
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        import grp
        import pwd

        own = os.geteuid() != 0
        user, group = (os.geteuid(), os.getegid()) if own else (NOBODY, NOBODY)
        names = {"user": pwd.getpwuid(user).pw_name, "group": grp.getgrgid(group).gr_name}
        text = CONFIGURATION.format(folder=self.folder, host=HOST, port=self.port, more=self.more, **names)
        (self.folder / "dovecot.conf").write_text(text)
        words = {name: base64.b64encode(word.encode()).decode() for name, word in PASSWORDS.items()}
        (self.folder / "users").write_text("".join(f"{name}:{{PLAIN.b64}}{word}::::::\n" for name, word in words.items()))
        if not own:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, user, group, follow_symlinks=False)
        assert BINARY
        self._process = subprocess.Popen(
            [BINARY, "-F", "-c", str(self.folder / "dovecot.conf")],
            user=None if own else user,
            group=None if own else group,
            extra_groups=None if own else [],
            start_new_session=True,
            stderr=subprocess.PIPE,
        )
        self._await_listening()

    def _await_listening(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection((HOST, self.port), timeout=1).close()
                return
            except OSError as error:
                assert self._process is not None
                ended = self._process.poll() is not None
                if ended or time.monotonic() > end:
                    said = self._process.stderr.read() if ended and self._process.stderr else b""
                    raise RuntimeError(f"Dovecot does not start: {said.decode()}") from error
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop it, with every connection that is open."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._process = None

    def url(self, folder: str = "INBOX", user: str = "help") -> str:
        """What names a folder to `wegwijzer ingest`."""
        return f"imaps://{user}@{HOST}:{self.port}/{folder}"

    @contextmanager
    def client(self, folder: str = "INBOX", user: str = "help") -> Iterator[IMAPClient]:
        """Somebody else who looks at a mailbox, with a folder selected."""
        context = ssl.create_default_context(cafile=str(self.ca))
        with IMAPClient(HOST, self.port, ssl_context=context) as client:
            client.plain_login(user, PASSWORDS[user])
            client.select_folder(folder)
            yield client

    def deliver(self, *mails: bytes, folder: str = "INBOX", user: str = "help") -> None:
        """Put mails in a folder."""
        with self.client(user=user) as client:
            for raw in mails:
                client.append(folder, raw)

    def mails(self, folder: str = "INBOX", user: str = "help") -> list[bytes]:
        """The mails in a folder, in order; none when there is no such folder."""
        with self.client(user=user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search("UNDELETED"), ["BODY.PEEK[]"])
        return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def log(self) -> str:
        """What the server wrote about itself."""
        return (self.folder / "log").read_text()


def write_certificate(folder: Path) -> Path:
    """A certificate for this machine that vouches for itself, and its key, as Dovecot wants them; returns the file of the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mailserver (fictief)")])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "server.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    return folder / "server.pem"
