"""What stands before Streamlit: requests that no page of ours makes are refused here, and none of them makes Streamlit ask the network.

Streamlit itself compares a foreign Origin with the machine's outside address, which it asks of checkip.amazonaws.com while the whole
server waits; takes files that no page asks for; and empties the caches of all visitors for anybody who sends `clear_cache`.
"""

from __future__ import annotations

import ipaddress
import posixpath
import re
from contextlib import suppress
from urllib.parse import SplitResult, unquote, urlsplit

from google.protobuf.message import DecodeError
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

UPLOADS = "/_stcore/upload_file"
MAX_ENCODED = 5  # times that a path may be percent-encoded and still be seen through
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WANTED = frozenset({"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"})  # messages of our pages
WANTED_OPERATIONS = frozenset({"deferred_file", "dataframe_chunk"})
NOT_BINARY, NOT_READABLE, NOT_ALLOWED = 1003, 1002, 1008  # why a web socket is closed (RFC 6455, 7.4.1)
# Headers that browsers and simple programs send themselves (Fetch, HTTP, client hints). A server in between adds others of its own
# choice, of which no list is complete: whatever is not here looks like one of those.
BROWSERS = re.compile(
    rb"host|connection|keep-alive|proxy-connection|upgrade|upgrade-insecure-requests|user-agent|accept(-(charset|encoding|language))?"
    rb"|sec-[a-z-]+|origin|referer|cookie|authorization|dnt|te|priority|save-data|rtt|ect|downlink|dpr|device-memory|viewport-width|width"
    rb"|cache-control|pragma|if-(match|none-match|modified-since|unmodified-since|range)|range|expect|date|transfer-encoding"
    rb"|content-(type|length|encoding|language)|x-requested-with|x-(csrf|xsrf)-?token|alt-used|purpose|x-purpose|x-moz|service-worker"
    rb"|service-worker-navigation-preload|access-control-request-[a-z-]+|last-event-id|ping-from|ping-to"
)
MODERN = frozenset({"1.1", "2", "2.0", "3", "3.0"})  # no browser speaks HTTP/1.0, as nginx does to the server behind it


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine as it calls itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with suppress(ValueError):
        address = ipaddress.ip_address(host.strip("[]"))
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return (mapped or address).is_loopback
    return False


def came_from_here(scope: Scope) -> bool:
    """Whether a request was made on this machine, and to it, with nothing in between."""
    client = scope.get("client")
    pages = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() in (b"origin", b"referer")]
    return (
        client is not None
        and is_loopback(client[0])
        and is_loopback(_host_name(_header(scope, b"host") or ""))
        and scope.get("http_version") in MODERN
        and all(BROWSERS.fullmatch(name.lower()) for name, _ in scope["headers"])
        and all(is_loopback(_host_name(_parts(page).netloc)) for page in pages)
    )


def _parts(address: str) -> SplitResult:
    """The parts of an address, all empty when it is none ('http://[evil')."""
    try:
        return urlsplit(address.lower())
    except ValueError:
        return urlsplit("")


def is_upload(path: str) -> bool:
    """Whether a path leads to Streamlit's taker of files, in any way a server may read it: '/x/..//_stcore/%2e/Upload_file'."""
    ways = [path]
    while len(ways) < MAX_ENCODED and (plain := unquote(ways[-1])) != ways[-1]:
        ways.append(plain)
    texts = [way.replace("\\", "/").lower() for way in ways]
    parts = [re.sub(r";[^/]*", "", one) for text in texts for one in (text, posixpath.normpath(f"/{text}"))]
    return any(UPLOADS in re.sub(r"/(?:\./|/)*", "/", part) for part in parts)


class Guard:
    """Refuses foreign hosts and origins, uploads, and messages that no page of ours sends; hands on everything else."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        """Guard an app that schools reach at `base_url`."""
        self._app = app
        self._base = urlsplit(base_url.lower())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at a request or a connection before anything else does."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif problem := self._problem(scope):
            await _refuse(problem, scope, receive, send)
        elif scope["type"] == "websocket":
            conversation = _Conversation(receive, send)
            await self._app(_same_origin(scope), conversation.receive, conversation.send)
        else:
            await self._app(scope, receive, send)

    def _problem(self, scope: Scope) -> str:
        """Why a request is refused, for its maker; "" when it is not."""
        host = _header(scope, b"host")
        if host is None or not self._is_ours(_host_name(host), scope):
            return "This address is not that of this server (see WEGWIJZER_BASE_URL)."
        if is_upload(scope["path"]):
            return "No page takes files."
        if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
            return ""
        origins = [value for name, value in scope["headers"] if name == b"origin"]
        if origins and not (len(origins) == 1 and self._is_same(origins[0].decode("latin-1").lower(), host.lower())):
            return "Another site may not do this."
        if not origins and _header(scope, b"sec-fetch-site") not in (None, "same-origin", "none"):
            return "Another site may not do this."
        return ""

    def _is_ours(self, name: str, scope: Scope) -> bool:
        """This machine's own name for itself, the configured one, or the very address the connection was made to: no name that others can point here."""
        server = scope.get("server")
        return is_loopback(name) or name == self._base.hostname or (server is not None and name == str(server[0]).lower())

    def _is_same(self, origin: str, host: str) -> bool:
        parts = _parts(origin)
        return parts.scheme in ("http", "https") and (
            parts.netloc == host or (parts.scheme, parts.netloc) == (self._base.scheme, self._base.netloc)
        )


class _Conversation:
    """A web socket of which only the messages pass that our pages send."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._closed = False

    async def receive(self) -> Message:
        """The next message that may pass, or the end."""
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            code = _objection(message)
            if code is None:
                return message
            if code != NOT_ALLOWED:
                self._closed = True
                await self._send({"type": "websocket.close", "code": code})
                return {"type": "websocket.disconnect", "code": code}

    async def send(self, message: Message) -> None:
        """Pass an answer on, unless the connection was closed here."""
        if not self._closed:
            await self._send(message)


def _objection(message: Message) -> int | None:
    """What is wrong with a message: the code to close with; NOT_ALLOWED for one that is left out; None when it may pass."""
    data = message.get("bytes")
    if data is None:
        return NOT_BINARY
    try:
        said = BackMsg.FromString(data)
    except DecodeError:
        return NOT_READABLE
    kind = said.WhichOneof("type")
    if kind == "backend_operation_request":
        return None if said.backend_operation_request.WhichOneof("payload") in WANTED_OPERATIONS else NOT_ALLOWED
    return None if kind in WANTED else NOT_ALLOWED


def _same_origin(scope: Scope) -> Scope:
    """The request with the Origin that Streamlit knows as its own, so that it compares no further."""
    host = _header(scope, b"host") or ""
    kept = [(name, value) for name, value in scope["headers"] if name != b"origin"]
    if len(kept) == len(scope["headers"]):
        return scope
    return {**scope, "headers": [*kept, (b"origin", f"http://{host}".encode("latin-1"))]}


async def _refuse(problem: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": NOT_ALLOWED, "reason": problem})
        return
    await PlainTextResponse(problem, status_code=403)(scope, receive, send)


def _header(scope: Scope, name: bytes) -> str | None:
    """A header that stands there once; None when it does not."""
    values = [value for key, value in scope["headers"] if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else None


def _host_name(host: str) -> str:
    """'help.example' of 'Help.example:8501'; "" when it is no host."""
    try:
        parts = urlsplit(f"//{host.lower()}")
        parts.port  # noqa: B018 - raises ValueError when it is no number
    except ValueError:
        return ""
    return "" if parts.netloc != host.lower() or "@" in host else (parts.hostname or "").rstrip(".")
