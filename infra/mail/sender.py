"""The sender: hands the mails of the outbox over to the mail server, one sender at a time.

Elected by an advisory lock on the very connection that it writes with: a sender that loses its election can no longer
settle anything. Each mail is marked before it leaves and settled after the server's answer; what is found marked
without an answer — a sender was killed, a connection was lost after the content — is repeated, and that only.
"""

import random
from collections.abc import Mapping
from threading import Event
from typing import Any

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from infra import metrics
from infra.journal.mapper import SealBroken
from infra.mail.delivery import Issue, MailServerAway, Remise, SmtpSession
from infra.mail.message import message_bytes, message_id_of, sender_address
from infra.mail.outbox import CHANNEL, Courriel, Outbox
from infra.mail.smtp_url import SmtpServer
from infra.postgres.notices import wait_for_notice
from infra.postgres.sql import statements

ELECTION_LOCK = 7_311_042_004
BATCH_MAILS_MAX = 100
"""How many mails go over one connection."""

RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 30.0, 3_600.0
"""How long a mail that was put off waits: twice as long each time, give or take a half."""

ATTEMPTS_MAX = 80
"""After so many attempts, about three days, a mail is given up. A server that is away costs none."""

AWAY_SECONDS_MIN, AWAY_SECONDS_MAX = 1.0, 60.0
"""How long a server that is away is let be: twice as long each time, give or take a half."""

REPEAT_AFTER_SECONDS = 300.0
"""How long an attempt without an answer is left alone: longer than a hand-over can take, so that two never cross."""

WAIT_SECONDS_MAX = 5.0
_SQL = statements("infra.mail", "sender.sql")
log = structlog.get_logger(__name__)


class SenderElsewhere(Exception):
    """Another sender is at work on this database."""


class MailSender:
    """Sends what is in the outbox."""

    def __init__(self, url: str, outbox: Outbox, *, server: SmtpServer, mail_from: str) -> None:
        self._url = url
        self._outbox = outbox
        self._server = server
        self._mail_from = mail_from
        self._stopped = Event()
        self._times_away = 0

    def stop(self) -> None:
        """Ask it to stop after the mail in hand."""
        self._stopped.set()

    def run(self) -> None:
        """Send until stopped; survives a mail server and a database that go away."""
        while not self._stopped.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, row_factory=dict_row) as connection:
                    if not _elected(connection):
                        self._stopped.wait(WAIT_SECONDS_MAX)
                        continue
                    connection.execute(f"LISTEN {CHANNEL}")
                    while not self._stopped.is_set():
                        self._send_due(connection)
                        wait_for_notice(connection, self._stopped, seconds_max=WAIT_SECONDS_MAX)
            except Exception as error:
                if self._stopped.is_set():
                    return
                seconds = backoff(self._times_away, AWAY_SECONDS_MIN, AWAY_SECONDS_MAX)
                self._times_away += 1
                why = error.why if isinstance(error, MailServerAway) else type(error).__name__
                log.warning("envoi_interrompu", erreur=why, reprise_secondes=round(seconds, 1))
                self._stopped.wait(seconds)

    def send_due(self) -> int:
        """Send what can be sent now; returns how many were accepted. Raises SenderElsewhere, MailServerAway."""
        with psycopg.connect(self._url, autocommit=True, row_factory=dict_row) as connection:
            if not _elected(connection):
                raise SenderElsewhere("Un autre processus envoie déjà les courriels de cette base.")
            return self._send_due(connection)

    def _send_due(self, connection: Connection[DictRow]) -> int:
        accepted = 0
        while not self._stopped.is_set():
            expired = connection.execute(_SQL["abandon_expired"]).rowcount
            if expired:
                metrics.MAILS.labels("expire").inc(expired)
            rows = connection.execute(_SQL["due"], {"limit": BATCH_MAILS_MAX}).fetchall()
            if not rows:
                break
            accepted += self._send_batch(connection, rows)
        return accepted

    def _send_batch(self, connection: Connection[DictRow], rows: list[DictRow]) -> int:
        """Send these over one connection, or until it breaks; returns how many were accepted."""
        sender, accepted = sender_address(self._mail_from), 0
        with SmtpSession(self._server, helo=sender.rpartition("@")[2]) as session:
            self._times_away = 0
            for row in rows:
                if self._stopped.is_set():
                    break
                issue = self._send(connection, session, row, sender)
                accepted += issue is Issue.ACCEPTE
                if issue is Issue.INCONNUE:
                    break
        return accepted

    def _send(self, connection: Connection[DictRow], session: SmtpSession, row: DictRow, sender: str) -> Issue | None:
        """Send one mail and settle it; None when there is nothing to send. Raises MailServerAway."""
        courriel = self._opened(connection, row)
        if courriel is None or courriel.contenu is None:
            return None
        begun = connection.execute(
            _SQL["begin"],
            {
                "id": row["id"],
                "message_id": message_id_of(bytes(row["cle"]), self._mail_from),
                "repeat_after_seconds": REPEAT_AFTER_SECONDS,
            },
        ).fetchone()
        if begun is None:
            return None
        content = message_bytes(
            courriel.contenu, mail_from=self._mail_from, message_id=begun["message_id"], cree_at=courriel.cree_at
        )
        try:
            remise = session.deliver(sender=sender, recipient=courriel.contenu.destinataire, content=content)
        except MailServerAway:
            connection.execute(_SQL["take_back"], {"id": row["id"], "etat": row["etat"]})
            raise
        self._settle(connection, row, remise)
        return remise.issue

    def _opened(self, connection: Connection[DictRow], row: DictRow) -> Courriel | None:
        """The mail, opened; None once it was given up because it cannot be."""
        try:
            courriel = self._outbox.open_row(row)
        except SealBroken:
            log.error("courriel_altere", id=str(row["id"]))
            self._close(connection, row, etat="abandonne", motif="altere")
            return None
        if courriel.contenu is None:
            self._close(connection, row, etat="abandonne", motif="cle_detruite")
        return courriel

    def _settle(self, connection: Connection[DictRow], row: DictRow, remise: Remise) -> None:
        """Write down what became of a mail."""
        match remise.issue:
            case Issue.ACCEPTE:
                self._close(connection, row, etat="envoye", motif=None)
            case Issue.REFUSE:
                self._close(connection, row, etat="abandonne", motif=remise.motif, reponse=remise.reponse)
            case Issue.REPORTE | Issue.INCONNUE if row["essais"] + 1 >= ATTEMPTS_MAX:
                self._close(connection, row, etat="abandonne", motif="essais_epuises", reponse=remise.reponse)
            case Issue.REPORTE | Issue.INCONNUE:
                # What may have arrived once stays so, whatever a repetition is answered.
                etat = "incertain" if remise.issue is Issue.INCONNUE else row["etat"]
                seconds = backoff(row["essais"], RETRY_SECONDS_MIN, RETRY_SECONDS_MAX)
                parameters = {"id": row["id"], "etat": etat, "motif": remise.motif, "seconds": seconds}
                connection.execute(_SQL["put_off"], parameters | {"reponse": self._sealed(row, remise.reponse)})
        metrics.MAILS.labels(_LABEL[remise.issue]).inc()
        if remise.issue is not Issue.ACCEPTE:
            log.warning("courriel_non_remis", id=str(row["id"]), issue=_LABEL[remise.issue], motif=remise.motif)

    def _close(
        self,
        connection: Connection[DictRow],
        row: DictRow,
        *,
        etat: str,
        motif: str | None,
        reponse: str | None = None,
    ) -> None:
        parameters = {"id": row["id"], "etat": etat, "motif": motif, "reponse": self._sealed(row, reponse)}
        connection.execute(_SQL["close"], parameters)

    def _sealed(self, row: Mapping[str, Any], reponse: str | None) -> bytes | None:
        return None if reponse is None else self._outbox.seal_reponse(row, reponse)


_LABEL = {
    Issue.ACCEPTE: "envoye",
    Issue.REPORTE: "reporte",
    Issue.REFUSE: "refuse",
    Issue.INCONNUE: "incertain",
}


def backoff(times: int, minimum: float, maximum: float) -> float:
    """How many seconds to wait after so many failures: doubled each time, bounded, give or take a half."""
    return min(minimum * 2.0 ** min(times, 30), maximum) * random.uniform(0.5, 1.5)  # noqa: S311 (no secret)


def _elected(connection: Connection[DictRow]) -> bool:
    row = connection.execute(_SQL["elect"], {"lock": ELECTION_LOCK}).fetchone()
    return row is not None and bool(row["elected"])
