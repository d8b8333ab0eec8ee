"""What stands before the application, behind a real uvicorn, on a real socket: what it is offered, and who answers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import pytest
import uvicorn

from infra.http.front import FrontedHttpProtocol, Request

KEEP_ALIVE_SECONDS = 1


class Application:
    """Takes what is asked of `/direct`, for the test to answer, and says « application » itself."""

    def __init__(self) -> None:
        self.taken: list[Request] = []
        self._came = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b"application " + (await receive())["body"]
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def take(self, request: Request) -> bool:
        if not request.url.startswith(b"/direct"):
            return False
        self.taken.append(request)
        self._came.set()
        return True

    async def next(self) -> Request:
        """The next one that is taken."""
        async with asyncio.timeout(10):
            await self._came.wait()
        self._came.clear()
        return self.taken[-1]


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connected(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def send(self, *requests: bytes) -> None:
        self._writer.write(b"".join(requests))

    async def body(self) -> bytes:
        """Of the next answer."""
        async with asyncio.timeout(10):
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length: "))
            return await self._reader.readexactly(int(length.split()[1]))

    async def interim(self) -> bytes:
        """An answer that has no body, before the one that counts."""
        async with asyncio.timeout(10):
            return await self._reader.readuntil(b"\r\n\r\n")

    async def rest(self) -> bytes:
        """What comes until the server ends the connection."""
        async with asyncio.timeout(10):
            return await self._reader.read()

    def leave(self) -> None:
        self._writer.close()


@asynccontextmanager
async def served(application: Application) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    bound = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application,
        http=FrontedHttpProtocol,
        lifespan="off",
        proxy_headers=False,
        log_config=None,
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve(sockets=[bound]))  # without the signals, that are pytest's
    try:
        yield server, bound.getsockname()[1]
    finally:
        server.should_exit = True
        async with asyncio.timeout(10):
            await serving
        bound.close()


def run(scenario: Callable[[Application, uvicorn.Server, Client], Awaitable[None]]) -> None:
    """With one client, on the loop that the service runs on."""

    async def all_of_it() -> None:
        application = Application()
        async with served(application) as (server, port):
            client = await Client.connected(port)
            await scenario(application, server, client)
            client.leave()

    loop = uvicorn.Config(None, loop="auto").get_loop_factory()
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(all_of_it())


def get(path: str, *lines: str, method: str = "GET", version: str = "1.1", body: str = "") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: essai", *lines, "", body]).encode()


def answer(request: Request, body: bytes) -> None:
    request.answer(request.whole(200, [(b"content-length", b"%d" % len(body))], b"", body))


def test_what_it_answers_is_all_that_is_sent() -> None:
    async def scenario(application: Application, server: uvicorn.Server, client: Client) -> None:
        for number in (b"un", b"deux"):
            client.send(get("/direct/" + number.decode(), "X-Named: Value"))
            request = await application.next()
            assert (request.url, request.headers) == (
                b"/direct/" + number,
                [(b"host", b"essai"), (b"x-named", b"Value")],
            )
            answer(request, number)
            assert not request.is_waiting
            assert await client.body() == number
            answer(request, b"twice")
            request.pass_on()
        client.send(get("/autre"))
        assert await client.body() == b"application "
        assert server.server_state.total_requests == 3

    run(scenario)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (get("/autre"), b"application "),
        (get("/direct", "Content-Length: 3", body="abc"), b"application abc"),
        (get("/direct", "Transfer-Encoding: chunked", body="3\r\nabc\r\n0\r\n\r\n"), b"application abc"),
        (get("/direct", "Upgrade: tout-autre", "Connection: upgrade"), b"application "),
        (get("/direct", "Content-Length: 3", method="POST", body="abc"), b"application abc"),
        (get("/direct", method="OPTIONS"), b"application "),
    ],
)
def test_whatever_is_not_plain_goes_to_the_application(request_: bytes, expected: bytes) -> None:
    async def scenario(application: Application, _server: uvicorn.Server, client: Client) -> None:
        client.send(request_)
        assert await client.body() == expected
        assert not application.taken

    run(scenario)


def test_so_does_a_request_that_waits_for_a_word_before_its_body() -> None:
    async def scenario(application: Application, _server: uvicorn.Server, client: Client) -> None:
        client.send(get("/direct", "Content-Length: 3", "Expect: 100-continue"))
        assert await client.interim() == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"abc")
        assert await client.body() == b"application abc"
        assert not application.taken

    run(scenario)


def test_what_is_passed_on_is_answered_by_the_application_once() -> None:
    async def scenario(application: Application, _server: uvicorn.Server, client: Client) -> None:
        client.send(get("/direct"))
        request = await application.next()
        request.pass_on()
        answer(request, b"too late")
        request.pass_on()
        assert await client.body() == b"application "
        client.send(get("/direct"))
        answer(await application.next(), b"direct")
        assert await client.body() == b"direct"

    run(scenario)


def test_one_that_waits_when_the_next_comes_behind_it_keeps_its_place() -> None:
    async def scenario(application: Application, _server: uvicorn.Server, client: Client) -> None:
        client.send(get("/direct/1"))
        first = await application.next()
        client.send(get("/direct/2"), get("/autre"), get("/direct/3", "Connection: close"))
        received = await client.rest()
        assert received.count(b"application ") == 3 + 1
        assert not first.is_waiting
        assert application.taken == [first]

    run(scenario)


@pytest.mark.parametrize(
    ("version", "lines"), [("1.0", []), ("1.0", ["Connection: keep-alive"]), ("1.1", ["Connection: close"])]
)
@pytest.mark.parametrize("is_passed_on", [False, True])
def test_a_connection_that_is_not_to_be_kept_ends_with_the_answer(
    version: str, lines: list[str], is_passed_on: bool
) -> None:
    async def scenario(application: Application, _server: uvicorn.Server, client: Client) -> None:
        client.send(get("/direct", *lines, version=version))
        request = await application.next()
        if is_passed_on:
            request.pass_on()
        else:
            answer(request, b"direct")
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")
        assert b"connection: close" in head.split(b"\r\n")
        assert body == (b"application " if is_passed_on else b"direct")

    run(scenario)


def test_nobody_waits_once_the_client_is_gone() -> None:
    async def scenario(application: Application, server: uvicorn.Server, client: Client) -> None:
        client.send(get("/direct"))
        request = await application.next()
        client.leave()
        async with asyncio.timeout(10):
            while request.is_waiting:
                await asyncio.sleep(0.01)
        answer(request, b"nobody")
        request.pass_on()
        assert not server.server_state.connections

    run(scenario)


def test_who_waits_when_the_server_stops_is_answered_first() -> None:
    async def scenario(application: Application, server: uvicorn.Server, client: Client) -> None:
        client.send(get("/direct"))
        await application.next()
        server.should_exit = True
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")
        assert (head[:15], body) == (b"HTTP/1.1 200 OK", b"application ")

    run(scenario)


def test_an_idle_connection_ends_its_time_after_the_last_answer() -> None:
    async def scenario(application: Application, _server: uvicorn.Server, client: Client) -> None:
        now = asyncio.get_running_loop().time
        for _ in range(3):
            client.send(get("/direct"))
            answer(await application.next(), b"direct")
            assert await client.body() == b"direct"
            last = now()
            await asyncio.sleep(0.6 * KEEP_ALIVE_SECONDS)
        assert await client.rest() == b""
        assert now() - last >= 0.9 * KEEP_ALIVE_SECONDS

    run(scenario)


def test_one_that_waits_for_its_answer_is_not_idle() -> None:
    async def scenario(application: Application, _server: uvicorn.Server, client: Client) -> None:
        client.send(get("/direct"))
        answer(await application.next(), b"direct")
        assert await client.body() == b"direct"
        client.send(get("/direct"))
        slow = await application.next()
        await asyncio.sleep(1.5 * KEEP_ALIVE_SECONDS)
        answer(slow, b"slow")
        assert await client.body() == b"slow"
        assert await client.rest() == b""  # it waits anew, and ends

    run(scenario)
