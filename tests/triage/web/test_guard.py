"""What stands before Streamlit: who may speak to the server, and what may be said."""

from __future__ import annotations

import asyncio
import socket
import tomllib
from collections.abc import Callable, Sequence

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.conftest import ROOT
from triage.web.guard import Guard, came_from_here, is_loopback, is_upload

BASE = "https://help.school.example"


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def echo(socket: WebSocket) -> None:
    """Sends back what reaches it, after the Origin that it sees."""
    await socket.accept()
    await socket.send_text(socket.headers.get("origin", "none"))
    while True:
        try:
            await socket.send_bytes(await socket.receive_bytes())
        except WebSocketDisconnect:
            return


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A guarded app, on a machine that may ask nobody anything."""

    def nobody(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    routes = [Route("/{path:path}", hello, methods=["GET", "POST", "PUT", "DELETE"]), WebSocketRoute("/_stcore/stream", echo)]
    client = TestClient(Starlette(routes=routes, middleware=[Middleware(Guard, base_url=BASE)]), base_url="http://localhost:8501")
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    return client


@pytest.mark.parametrize(
    "host", ["localhost:8501", "127.0.0.1:8501", "127.8.8.8", "[::1]:8501", "help.school.example", "HELP.school.example:443"]
)
def test_the_server_answers_to_its_own_names(site: TestClient, host: str) -> None:
    assert site.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "help.school.example.evil.example", "localhost.evil.example", "10.0.0.9", "", "help.school.example:x",
     "me@help.school.example", "help.school.example/x", "127.0.0.1.nip.io"],
)  # fmt: skip
def test_a_name_that_others_can_point_here_is_refused(site: TestClient, host: str) -> None:
    assert site.get("/", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("origin", ["http://localhost:8501", BASE])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_our_own_pages_may_send(site: TestClient, origin: str, method: str) -> None:
    assert site.request(method, "/inloggen", headers={"Origin": origin}).status_code == 200


FOREIGN = ["https://evil.example", "null", "http://localhost:8502", "http://help.school.example", "https://help.school.example:444",
           "https://help.school.example.evil.example", "file://", "", "https://evil.example http://localhost:8501", "http://[evil", "http://[::1",
           "http://localhost:8501]", "//[", "http://[v1.x]:8501", "http://localhost:8501\\\\@evil.example"]  # fmt: skip


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_another_site_may_not(site: TestClient, origin: str, method: str) -> None:
    assert site.request(method, "/inloggen", headers={"Origin": origin}).status_code == 403


def test_a_program_that_names_no_origin_may_send(site: TestClient) -> None:
    assert site.post("/inloggen").status_code == 200


def test_a_browser_that_names_no_origin_but_comes_from_another_site_may_not(site: TestClient) -> None:
    assert site.post("/inloggen", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_another_site_may_ask_for_what_is_public(site: TestClient) -> None:
    assert site.get("/widget.js", headers={"Origin": "https://evil.example"}).status_code == 200


@pytest.mark.parametrize("origin", [one for one in FOREIGN if one])
def test_another_site_opens_no_conversation_and_the_network_is_not_asked(site: TestClient, origin: str) -> None:
    with pytest.raises(WebSocketDisconnect) as refused, site.websocket_connect("/_stcore/stream", headers={"Origin": origin}):
        pass
    assert refused.value.code == 1008


@pytest.mark.parametrize("origin", ["http://localhost:8501", BASE])
def test_streamlit_sees_an_origin_that_it_need_not_look_up(site: TestClient, origin: str) -> None:
    headers = {"Origin": origin, "Host": "localhost:8501"}
    with site.websocket_connect("/_stcore/stream", headers=headers) as conversation:
        assert conversation.receive_text() == "http://localhost:8501"


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_files_are_not_taken(site: TestClient, method: str) -> None:
    assert site.request(method, "/_stcore/upload_file/a/b").status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/_stcore//upload_file/a", "/x/../_stcore/upload_file", "//_stcore/upload_file", "/_stcore/./upload_file/a", "/_STCORE/Upload_file",
     "/_stcore/%75pload_file", "/_stcore%2Fupload_file", "/%2e%2e/_stcore/upload_file", "/_stcore/x/..%2fupload_file/a",
     "/_stcore/%2575pload_file", "/_stcore\\\\upload_file", "/sub/_stcore/upload_file", "/_stcore;x/upload_file", "/_stcore/upload_file/../.."],
)  # fmt: skip
def test_no_way_of_writing_the_path_lets_a_file_in(site: TestClient, path: str) -> None:
    assert is_upload(path)
    asked = {"type": "http", "method": "PUT", "path": path, "headers": [(b"host", b"localhost:8501")], "client": ("127.0.0.1", 1)}
    reached: list[Scope] = []
    answers: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)

    async def send(message: Message) -> None:
        answers.append(message)

    asyncio.run(Guard(app, BASE)(asked, nothing_more, send))
    assert not reached
    assert answers[0]["status"] == 403


async def nothing_more() -> Message:
    return {"type": "http.request", "body": b""}


@pytest.mark.parametrize(
    "path", ["/", "/_stcore/health", "/_stcore/stream", "/artikel/upload_file", "/_stcore/upload", "/a/../b"]
)
def test_other_paths_are_no_uploads(path: str) -> None:
    assert not is_upload(path)


def clear_cache() -> BackMsg:
    return BackMsg(clear_cache=True)


def install() -> BackMsg:
    said = BackMsg()
    said.backend_operation_request.install_skills.SetInParent()
    return said


def git() -> BackMsg:
    return BackMsg(load_git_info=True)


def save_again() -> BackMsg:
    return BackMsg(set_run_on_save=True)


def upload() -> BackMsg:
    said = BackMsg()
    said.file_urls_request.file_names.append("a.pdf")
    return said


def nothing() -> BackMsg:
    return BackMsg()


def run() -> BackMsg:
    said = BackMsg()
    said.rerun_script.query_string = "nr=1"
    return said


def download() -> BackMsg:
    said = BackMsg()
    said.backend_operation_request.deferred_file.file_id = "f"
    return said


@pytest.mark.parametrize("message", [clear_cache, install, git, save_again, upload, nothing])
def test_what_no_page_of_ours_says_is_left_out_and_the_conversation_goes_on(
    site: TestClient, message: Callable[[], BackMsg]
) -> None:
    with site.websocket_connect("/_stcore/stream") as conversation:
        conversation.receive_text()
        conversation.send_bytes(message().SerializeToString())
        conversation.send_bytes(run().SerializeToString())
        assert conversation.receive_bytes() == run().SerializeToString()


@pytest.mark.parametrize("message", [run, download])
def test_what_our_pages_say_passes_untouched(site: TestClient, message: Callable[[], BackMsg]) -> None:
    with site.websocket_connect("/_stcore/stream") as conversation:
        conversation.receive_text()
        conversation.send_bytes(message().SerializeToString())
        assert conversation.receive_bytes() == message().SerializeToString()


def test_a_cleared_cache_cannot_be_hidden_behind_another_message(site: TestClient) -> None:
    """Of several kinds in one message the last counts, here as in Streamlit."""
    with site.websocket_connect("/_stcore/stream") as conversation:
        conversation.receive_text()
        conversation.send_bytes(run().SerializeToString() + clear_cache().SerializeToString())
        conversation.send_bytes(run().SerializeToString())
        assert conversation.receive_bytes() == run().SerializeToString()


def test_what_cannot_be_read_ends_the_conversation(site: TestClient) -> None:
    with site.websocket_connect("/_stcore/stream") as conversation:
        conversation.receive_text()
        conversation.send_bytes(b"\xff\xff\xff")
        with pytest.raises(WebSocketDisconnect) as closed:
            conversation.receive_bytes()
    assert closed.value.code == 1002


def request(client: str | None, *headers: tuple[str, str], host: str = "localhost:8501") -> Scope:
    return {
        "type": "http",
        "http_version": "1.1",
        "client": (client, 4711) if client else None,
        "headers": [(name.lower().encode(), value.encode()) for name, value in (("Host", host), *headers)],
    }


@pytest.mark.parametrize("client", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"])
def test_a_request_of_this_machine_came_from_here(client: str) -> None:
    assert came_from_here(request(client))


@pytest.mark.parametrize("client", ["10.0.0.4", "192.168.1.2", "::ffff:10.0.0.4", "2001:db8::1", "0.0.0.0", "testclient", None])
def test_a_request_of_another_machine_did_not(client: str | None) -> None:
    assert not came_from_here(request(client))


@pytest.mark.parametrize(
    "name",
    ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server", "X-Real-IP", "X-Client-IP", "Via",
     "CF-Connecting-IP", "CF-Ray", "True-Client-IP", "Fastly-Client-IP", "Fly-Client-IP", "X-Envoy-External-Address", "X-Original-Host",
     "X-Cluster-Client-IP", "CDN-Loop", "X-Forwarded", "Proxy-Client-IP", "WL-Proxy-Client-IP", "X-Originating-IP", "Client-IP",
     "X-Original-Forwarded-For", "CF-IPCountry", "CF-Visitor", "X-Amzn-Trace-Id", "DO-Connecting-IP", "Fly-Request-Id", "X-Azure-SocketIP",
     "X-Appengine-User-IP", "X-Sucuri-ClientIP", "Incap-Client-IP", "X-Varnish", "Ngrok-Trace-Id", "Tailscale-User-Login", "X-Scheme",
     "Front-End-Https", "X_Forwarded_For", "X-Request-Id", "Traceparent", "X-Whatever-The-Next-One-Is-Called"],
)  # fmt: skip
def test_a_request_that_a_server_passed_on_did_not(name: str) -> None:
    assert not came_from_here(request("127.0.0.1", (name, "anything")))


@pytest.mark.parametrize("version", ["1.0", "0.9", "", None])
def test_a_request_in_the_http_that_only_servers_speak_did_not(version: str | None) -> None:
    """nginx's own proxy_pass: HTTP/1.0, the name of the server behind it as Host, and no header that tells of it."""
    asked = request("127.0.0.1", ("Connection", "close"))
    assert came_from_here(asked)
    assert not came_from_here({**asked, "http_version": version})


@pytest.mark.parametrize("name", ["Origin", "Referer"])
def test_a_request_from_a_page_with_another_name_did_not(name: str) -> None:
    assert came_from_here(request("127.0.0.1", (name, "http://localhost:8501/inloggen")))
    for page in ("https://demo.tunnel.example", "http://localhost.evil.example/", "null", "http://[evil"):
        assert not came_from_here(request("127.0.0.1", (name, page)))


BROWSER = [
    ("Connection", "keep-alive"), ("Cache-Control", "max-age=0"), ("sec-ch-ua", '"Chromium"'), ("sec-ch-ua-mobile", "?0"), ("DNT", "1"),
    ("Upgrade-Insecure-Requests", "1"), ("User-Agent", "Mozilla/5.0"), ("Accept", "text/html"), ("Sec-Fetch-Site", "same-origin"),
    ("Sec-Fetch-Mode", "navigate"), ("Sec-GPC", "1"), ("Accept-Encoding", "gzip"), ("Accept-Language", "nl"), ("Cookie", "a=b"), ("Priority", "u=0"),
    ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "3"), ("Origin", "http://localhost:8501"),
]  # fmt: skip


def test_a_browser_on_this_machine_came_from_here() -> None:
    assert came_from_here(request("127.0.0.1", *BROWSER))


def test_a_request_to_another_name_did_not() -> None:
    assert not came_from_here(request("127.0.0.1", host="demo.tunnel.example"))


@pytest.mark.parametrize(
    ("host", "here"), [("localhost", True), ("127.0.0.1", True), ("::1", True), ("128.0.0.1", False), ("", False)]
)
def test_loopback(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def listening(options: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """Where `wegwijzer serve` with these options would listen."""
    from typer.testing import CliRunner

    from triage.cli.commands import app
    from triage.web import server

    configured: dict[str, object] = {}

    class Nothing:
        def run(self, *, config: dict[str, object]) -> None:
            configured.update(config)

    monkeypatch.setattr(server, "make_app", Nothing)
    outcome = CliRunner().invoke(app, ["serve", *options])
    assert outcome.exit_code == 0, outcome.output
    return str(configured["server.address"]), int(str(configured["server.port"]))


def test_serve_listens_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    assert listening([], monkeypatch) == ("127.0.0.1", 8501)


def test_serve_listens_elsewhere_when_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert listening(["--host", "0.0.0.0", "--port", "8600"], monkeypatch) == ("0.0.0.0", 8600)


def test_streamlit_run_starts_the_same_app_on_this_machine_alone() -> None:
    """It looks for the app in the text of the file; without finding one it would serve an empty page, unguarded."""
    from streamlit.web.server.app_discovery import discover_asgi_app

    assert discover_asgi_app(ROOT / "app.py").import_string == "app:app"
    configured = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert configured["server"]["address"] == "127.0.0.1"
