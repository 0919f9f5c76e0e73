"""Connecting with an IMAP server over TLS, and what can go wrong there, in words that say what to do."""

from __future__ import annotations

import contextlib
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from kb.settings import SettingsError
from triage.errors import SourceError, SourceUnavailableError
from triage.sources.imap_address import MailboxAddress

CONNECT_SECONDS, READ_SECONDS = 20.0, 60.0
SAID = 300  # characters of what a server says
_FOR_A_WHILE = ("[UNAVAILABLE]", "[INUSE]", "[SERVERBUG]", "[LIMIT]")  # RFC 5530


@dataclass(frozen=True, slots=True)
class MailboxLogin:
    """How to get into a mailbox: here with a password. A token (XOAUTH2) would be another way."""

    address: MailboxAddress
    password: str = field(repr=False)
    ca: Path | None = None  # PEM file of authorities besides the usual ones

    def connect(self) -> IMAPClient:
        """A connection that is signed in. Raises SourceError, and SettingsError for a file of authorities that holds none."""
        host, port = self.address.host, self.address.port
        timeout = SocketTimeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        try:
            client = IMAPClient(host, port, use_uid=True, ssl=True, ssl_context=self._context(), timeout=timeout)
        except (IMAPClientError, OSError) as error:
            raise self.explained(error) from error
        with contextlib.ExitStack() as unless_it_serves:
            unless_it_serves.callback(leave, client)
            try:
                if client.has_capability("AUTH=PLAIN"):  # unlike LOGIN it takes any password
                    client.plain_login(self.address.user, self.password)
                else:
                    client.login(self.address.user, self.password)
            except (IMAPClientError, OSError) as error:
                raise self.explained(error) from error
            except UnicodeEncodeError:
                raise SourceError(f"{host} takes no user names and passwords with other letters than a to z.") from None
            unless_it_serves.pop_all()
        return client

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.ca is not None:
            try:
                context.load_verify_locations(cafile=self.ca)
            except OSError as error:
                raise SettingsError(f"WEGWIJZER_IMAP_CA is '{self.ca}', which holds no certificate in PEM.") from error
        return context

    def explained(self, error: IMAPClientError | OSError) -> SourceError:
        """What went wrong, with what to do; never with the password."""
        host, port, said = self.address.host, self.address.port, self.words(error)
        if isinstance(error, ssl.SSLCertVerificationError):
            return SourceError(
                f"the certificate of {host} is not trusted ({error.verify_message.rstrip('.')}); "
                "name the file of your own certificate authority in WEGWIJZER_IMAP_CA, or ask who runs the server."
            )
        if isinstance(error, ssl.SSLError):
            return SourceUnavailableError(f"no encrypted connection with {host}:{port} ({said}); imaps has port 993 as a rule.")
        if isinstance(error, socket.gaierror):
            return SourceUnavailableError(f"there is no {host} as far as this machine knows ({said}); check the name.")
        if isinstance(error, OSError):
            return SourceUnavailableError(f"no connection with {host}:{port} ({said}); try again later, or check host and port.")
        if isinstance(error, LoginError) and isinstance(error.__context__, IMAPClientAbortError):
            error = error.__context__  # the connection broke while we signed in
        if isinstance(error, IMAPClientAbortError) or any(code in said for code in _FOR_A_WHILE):
            return SourceUnavailableError(f"{host} broke off ({said}); try again later.")
        if isinstance(error, LoginError):
            return SourceError(
                f"{host} does not let {self.address.user} in ({said}); check {self.address.variable} or WEGWIJZER_IMAP_PASSWORD."
            )
        return SourceError(f"{host} does not do what was asked ({said}).")

    def words(self, error: IMAPClientError | OSError) -> str:
        """What a server or the system said, on one line."""
        told = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        return " ".join(told.replace(self.password, "…").split())[:SAID].rstrip(".")


def leave(client: IMAPClient) -> None:
    """Say goodbye to a server, if it still listens, and close the connection."""
    with contextlib.suppress(IMAPClientError, OSError):
        client.logout()
    with contextlib.suppress(IMAPClientError, OSError):
        client.shutdown()
