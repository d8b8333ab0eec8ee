"""A real mail server for tests: it keeps what it accepts, and can refuse, stall or break off where it is told to."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from ssl import SSLContext
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

Answer = Callable[[Envelope], str | None]


@dataclass
class Received:
    """One mail that the server took."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, read."""
        return cast(EmailMessage, message_from_bytes(self.content, policy=SMTP_POLICY))


@dataclass
class MailServer:
    """What a test sees of it. `on_data` may answer something; an empty answer breaks off without one."""

    port: int
    received: list[Received] = field(default_factory=list)
    recipient_answers: dict[str, list[str]] = field(default_factory=dict)
    on_data: Callable[[Received], str | None] = lambda _: None
    sender_answer: str | None = None
    sessions: int = 0

    @property
    def url(self) -> str:
        """The address for a setting."""
        return f"smtp://127.0.0.1:{self.port}"

    def subjects(self) -> list[str]:
        """The subjects of the mails, in the order of their coming."""
        return [str(received.message["Subject"]) for received in self.received]

    def message_ids(self) -> list[str]:
        """Their Message-IDs."""
        return [str(received.message["Message-ID"]) for received in self.received]


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self._server.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._server.sender_answer is not None:
            return self._server.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answers = self._server.recipient_answers.get(address)
        if answers:
            return answers.pop(0) if len(answers) > 1 else answers[0]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        received = Received(str(envelope.mail_from), list(envelope.rcpt_tos), envelope.content)
        self._server.received.append(received)
        answer = self._server.on_data(received)
        if answer == "":  # break off without an answer
            assert server.transport is not None
            server.transport.abort()
            return ""
        return answer or "250 OK"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(
    *, port: int | None = None, tls: SSLContext | None = None, starttls: SSLContext | None = None, password: str = ""
) -> Iterator[MailServer]:
    """A mail server, running. With a password it demands that one signs in as `decompte`."""
    server = MailServer(port=port or free_port())

    def authenticate(_: Any, __: Any, ___: Any, mechanism: str, given: Any) -> AuthResult:
        is_right = (given.login, given.password) == (b"decompte", password.encode())
        return AuthResult(success=is_right, handled=False)

    options: dict[str, Any] = {"ssl_context": tls} if tls is not None else {}
    if starttls is not None:
        options |= {"tls_context": starttls, "require_starttls": True}
    if password:
        options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": starttls is not None}
    controller = Controller(_Handler(server), hostname="127.0.0.1", port=server.port, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


class SilentMailServer:
    """Takes a mail to its last dot, then never answers: what a sender sees that is killed at the worst moment."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.has_content = threading.Event()
        self.content = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address for a setting."""
        return f"smtp://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
        self._thread.join(10)

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection, connection.makefile("rwb") as stream:

            def say(line: bytes) -> None:
                stream.write(line + b"\r\n")
                stream.flush()

            say(b"220 silence")
            for command in iter(stream.readline, b""):
                if command.upper().startswith(b"DATA"):
                    say(b"354 go ahead")
                    break
                say(b"250 OK")
            for line in iter(stream.readline, b""):
                if line == b".\r\n":
                    self.has_content.set()
                    stream.read(1)  # until the other side is gone
                    return
                self.content += line
