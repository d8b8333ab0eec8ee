"""One connection to the mail server, and what becomes of each mail handed over to it.

The dialogue is led step by step, because what matters is where it breaks off: before the content leaves, nothing was
sent; after, nobody knows until the server has answered.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType

from infra.mail.smtp_url import Chiffrement, SmtpServer

STEP_SECONDS_MAX = 30.0
"""How long one step of the dialogue may take."""

ANSWER_SECONDS_MAX = 120.0
"""How long the answer to a content may take: a server scans it first."""

REPONSE_CHARACTERS_MAX = 500
_SERVICE_ENDS = 421
_GO_AHEAD = 354
_ENHANCED = re.compile(rb"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])")
_LINE_END = re.compile(rb"\r?\n")


class MailServerAway(Exception):
    """The server cannot be worked with now, and nothing of the mail in hand was sent; the message says why."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Le serveur de courriels ne prend rien pour l'instant ({why}).")
        self.why = why


class Issue(Enum):
    """What became of a mail."""

    ACCEPTE = auto()
    REPORTE = auto()
    REFUSE = auto()
    INCONNUE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remise:
    """The outcome of one hand-over. `motif` is codes alone; `reponse` is the server's text, which may be personal."""

    issue: Issue
    motif: str | None = None
    reponse: str | None = None


class SmtpSession:
    """A connection, ready for mails: encrypted and signed in as the setting says. Raises MailServerAway."""

    def __init__(self, server: SmtpServer, *, helo: str) -> None:
        try:
            self._smtp = _connect(server, helo)
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerAway(_said(error)) from None

    def __enter__(self) -> "SmtpSession":
        """Use it for a while."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Take leave; a server that is gone is not waited for."""
        if error is None:
            try:
                self._smtp.quit()
                return
            except (OSError, smtplib.SMTPException):
                pass
        self._smtp.close()

    def deliver(self, *, sender: str, recipient: str, content: bytes) -> Remise:
        """Hand one mail over. Raises MailServerAway when nothing of it was sent."""
        try:
            refused = self._announce(sender, recipient)
            if refused is not None:
                self._smtp.rset()
                return refused
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerAway(_said(error)) from None
        try:
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(ANSWER_SECONDS_MAX)
            self._smtp.send(_dotted(content))
            code, reply = self._smtp.getreply()
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(STEP_SECONDS_MAX)
        except (OSError, smtplib.SMTPException):
            return Remise(issue=Issue.INCONNUE)
        return _remise(code, reply)

    def _announce(self, sender: str, recipient: str) -> Remise | None:
        """Everything up to the content; what it was refused with, or None when the server waits for the content."""
        code, reply = self._smtp.mail(sender)
        if code // 100 != 2:
            raise MailServerAway(f"MAIL FROM {code}")  # ours to mend, and no fault of this mail: it waits
        code, reply = self._smtp.rcpt(recipient)
        if code // 100 != 2:
            return _remise(_open(code), reply)
        code, reply = self._smtp.docmd("DATA")
        return None if code == _GO_AHEAD else _remise(_open(code), reply)


def _connect(server: SmtpServer, helo: str) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=server.ca)
    if server.chiffrement is Chiffrement.TLS:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=helo, timeout=STEP_SECONDS_MAX, context=context
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, local_hostname=helo, timeout=STEP_SECONDS_MAX)
    try:
        if server.chiffrement is Chiffrement.STARTTLS:
            smtp.starttls(context=context)  # a server that does not offer it is refused: never in clear instead
        smtp.ehlo_or_helo_if_needed()
        if server.user is not None:
            smtp.login(server.user, server.password or "")
    except BaseException:
        smtp.close()
        raise
    return smtp


def _open(code: int) -> int:
    """The code, unless it says that the server closes. Raises MailServerAway."""
    if code == _SERVICE_ENDS:
        raise MailServerAway("421")
    return code


def _remise(code: int, reply: bytes) -> Remise:
    """What an answer means."""
    by_class = {2: Issue.ACCEPTE, 4: Issue.REPORTE, 5: Issue.REFUSE}
    enhanced = _ENHANCED.match(reply)
    return Remise(
        issue=by_class.get(code // 100, Issue.INCONNUE),
        motif=f"{code} {enhanced[0].decode()}" if enhanced else str(code),
        reponse=reply.decode("utf-8", "replace")[:REPONSE_CHARACTERS_MAX],
    )


def _said(error: Exception) -> str:
    """Why a server is away: a code or a kind, never its text."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code is not None else type(error).__name__


def _dotted(content: bytes) -> bytes:
    """The content as DATA takes it: a dot in front of a leading dot, and the dot that ends it (RFC 5321, 4.5.2)."""
    lines = _LINE_END.split(content.removesuffix(b"\n").removesuffix(b"\r"))
    return b"".join(b"." + line + b"\r\n" if line.startswith(b".") else line + b"\r\n" for line in lines) + b".\r\n"
