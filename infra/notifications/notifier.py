"""The notifier: follows the journal with a position of its own, and puts a mail in the outbox for what is news.

Its position and the mails of a page are one transaction, so a crash neither skips nor repeats; it is no read model's
tracking, so a rebuild or a replay sends nothing. It never goes beyond what is projected: who follows the link finds
what the mail speaks of. Each mail has a key, of the décompte or of the period: even a position that went back, in a
restored backup, repeats no mail that the outbox knows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from threading import Event
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import structlog
from eventsourcing.postgres import PostgresDatastore
from psycopg import Cursor
from psycopg.rows import DictRow

from infra.journal.mapper import read_state
from infra.journal.pages import JournalRow, read_page
from infra.mail.outbox import Outbox
from infra.notifications.frequences import PAR_PERIODE, Frequence, last_end, period_name, start_of
from infra.notifications.lettres import Lettre, nouveau_remboursement, resume
from infra.notifications.nouveautes import Nouveaute
from infra.notifications.preferences import Preferences
from infra.notifications.unsubscribe import Desabonnement
from infra.postgres.notices import wait_for_notice
from infra.postgres.sql import statements
from infra.projections.runner import CHANNEL_PROJECTED, is_poison
from ledger.dates import Fenetre
from ledger.decompte.events import DECOMPTE_BY_PAYEUR, DecompteFaits, LigneFaits
from ledger.payeurs import Payeur
from ledger.registry import REGISTRY

PAGE_EVENTS_MAX = 500
DIGESTS_AT_ONCE = 200
WAIT_SECONDS_MAX = 5.0
_SQL = statements("infra.notifications", "notifier.sql")
_PAYEUR_BY_TOPIC = {event.topic: payeur for payeur, event in DECOMPTE_BY_PAYEUR.items()}
_decode_lines = msgspec.json.Decoder(tuple[LigneFaits, ...]).decode
log = structlog.get_logger(__name__)


class Notifier:
    """Announces new payments to those who asked for it. Any number may run."""

    def __init__(
        self,
        url: str,
        datastore: PostgresDatastore,
        outbox: Outbox,
        preferences: Preferences,
        desabonnement: Desabonnement,
        *,
        public_url: str,
        today: Callable[[], date],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url = url
        self._datastore = datastore
        self._outbox = outbox
        self._preferences = preferences
        self._desabonnement = desabonnement
        self._public_url = public_url
        self._today = today
        self._clock = clock
        self._stopped = Event()

    def stop(self) -> None:
        """Ask it to stop after its page."""
        self._stopped.set()

    def run(self) -> None:
        """Announce until stopped; survives a database that goes away."""
        while not self._stopped.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANNEL_PROJECTED}")
                    while not self._stopped.is_set():
                        self.announce_due()
                        wait_for_notice(connection, self._stopped, seconds_max=WAIT_SECONDS_MAX)
            except Exception as error:
                if self._stopped.is_set():
                    return
                log.warning("notifications_interrompues", exc_info=error)
                self._stopped.wait(WAIT_SECONDS_MAX)

    def announce_due(self) -> int:
        """Announce what can be now; returns how many mails were put."""
        put = 0
        while not self._stopped.is_set():
            done = self._announce_page()
            if done is None:
                break
            put += done
        for frequence in PAR_PERIODE:
            while not self._stopped.is_set():
                done = self._sum_up(frequence)
                if done is None:
                    break
                put += done
        return put

    def _announce_page(self) -> int | None:
        """Announce the décomptes of the next page of the journal; None when there is none to read."""
        with self._datastore.transaction(commit=True) as cursor:
            taken = cursor.execute(_SQL["take_position"]).fetchone()
            projected = _one(cursor, "projected")["position"]
            if taken is None or taken["position"] >= projected:
                return None
            after = taken["position"]
            if not _one(cursor, "is_awaited")["is_awaited"]:
                # A choice made from here on begins at the journal's end, which is not before what is projected.
                cursor.execute(_SQL["move_position"], {"position": projected})
                return 0
            page = read_page(cursor.connection, after=after, upto=projected, limit=PAGE_EVENTS_MAX)
            put = self._announce(cursor, page)
            position = page[-1][0] if page else projected
            cursor.execute(_SQL["move_position"], {"position": position})
        return put

    def _announce(self, cursor: Cursor[DictRow], page: Sequence[JournalRow]) -> int:
        news = _news(page)
        sujets = list({nouveaute.sujet for nouveaute, _ in news})
        wanted = cursor.execute(_SQL["awaiting"], {"sujets": sujets}).fetchall() if sujets else []
        if not wanted:
            return 0
        sujets = [row["sujet"] for row in wanted]
        cancelled = _cancelled(cursor, sujets)
        addresses = self._preferences.addresses(cursor, sujets)
        fenetre, put = Fenetre.at(self._today()), 0
        for nouveaute, stream in news:
            for row in wanted:
                to, beneficiaire = _recipient(addresses, row), row["beneficiaire"] or None
                if (
                    to is None
                    or row["sujet"] != nouveaute.sujet
                    or nouveaute.position <= row["depuis"]
                    or (nouveaute.sujet, nouveaute.emetteur, nouveaute.reference) in cancelled
                    or not nouveaute.concerns(beneficiaire, fenetre)
                ):
                    continue
                link = self._desabonnement.url(nouveaute.sujet, beneficiaire)
                lettre = nouveau_remboursement(self._public_url, link)
                cle = f"remboursement:{nouveaute.sujet}:{row['beneficiaire']}:{stream}"
                put += self._put(cursor, cle, to, lettre, nouveaute.sujet, link)
        return put

    def _sum_up(self, frequence: Frequence) -> int | None:
        """Put the digests of some accesses whose period has ended; None when there is none, or not yet."""
        fin = last_end(frequence, self._clock())
        with self._datastore.transaction(commit=True) as cursor:
            parameters = {"frequence": frequence.value, "fin": fin, "limit": DIGESTS_AT_ONCE}
            due = cursor.execute(_SQL["due_digests"], parameters).fetchall()
            if not due:
                return None
            upto = cursor.execute(_SQL["end_of_period"], {"fin_at": start_of(fin)}).fetchone()
            assert upto is not None
            if _one(cursor, "projected")["position"] < upto["position"]:
                return None  # What the period holds is not all there to be read.
            put = self._put_digests(cursor, frequence, fin, due, upto["position"])
            cursor.execute(
                _SQL["finish_digests"],
                {
                    "fin": fin,
                    "upto": upto["position"],
                    "sujets": [row["sujet"] for row in due],
                    "beneficiaires": [row["beneficiaire"] for row in due],
                },
            )
        return put

    def _put_digests(
        self, cursor: Cursor[DictRow], frequence: Frequence, fin: date, due: Sequence[DictRow], upto: int
    ) -> int:
        sujets = list({row["sujet"] for row in due})
        after = min(row["depuis"] for row in due)
        # Tables in the order in which a rebuild swaps them: the two never wait for each other.
        rows = cursor.execute(_SQL["decomptes"], {"sujets": sujets, "after": after, "upto": upto}).fetchall()
        cancelled = _cancelled(cursor, sujets)
        addresses = self._preferences.addresses(cursor, sujets)
        by_sujet: dict[UUID, list[Nouveaute]] = {}
        for nouveaute in map(_nouveaute, rows):
            if (nouveaute.sujet, nouveaute.emetteur, nouveaute.reference) not in cancelled:
                by_sujet.setdefault(nouveaute.sujet, []).append(nouveaute)
        fenetre, put = Fenetre.at(self._today()), 0
        for row in due:
            to, sujet, beneficiaire = _recipient(addresses, row), row["sujet"], row["beneficiaire"] or None
            own = [n for n in by_sujet.get(sujet, ()) if n.position > row["depuis"]]
            count = sum(n.concerns(beneficiaire, fenetre) for n in own)
            if to is None or not count:
                continue
            link = self._desabonnement.url(sujet, beneficiaire)
            lettre = resume(frequence, count, self._public_url, link)
            cle = f"resume:{sujet}:{row['beneficiaire']}:{period_name(frequence, fin)}"
            put += self._put(cursor, cle, to, lettre, sujet, link)
        return put

    def _put(
        self, cursor: Cursor[DictRow], cle: str, to: str, lettre: Lettre, sujet: UUID, list_unsubscribe: str
    ) -> bool:
        return self._outbox.put(
            cursor,
            cle=cle,
            destinataire=to,
            objet=lettre.objet,
            texte=lettre.texte,
            sujet=sujet,
            list_unsubscribe=list_unsubscribe,
        )


def _news(page: Iterable[JournalRow]) -> list[tuple[Nouveaute, UUID]]:
    """The décomptes of a page with their streams. What cannot be read, the projection has set aside with an alert."""
    news = []
    for position, _, stream, topic, stored in page:
        payeur = _PAYEUR_BY_TOPIC.get(topic)
        if payeur is None:
            continue
        try:
            state = read_state(stored)
            faits = REGISTRY.read_facts(topic, state.v, state.faits)
        except Exception as error:
            if not is_poison(error):
                raise
            continue
        assert isinstance(faits, DecompteFaits)
        nouveaute = Nouveaute(
            sujet=state.sujet,
            position=position,
            emetteur=faits.emetteur,
            reference=faits.reference,
            payeur=payeur,
            date_paiement=faits.date_paiement,
            lignes=faits.lignes,
        )
        news.append((nouveaute, UUID(bytes=stream)))
    return news


def _nouveaute(row: Mapping[str, Any]) -> Nouveaute:
    return Nouveaute(
        sujet=row["sujet"],
        position=row["position"],
        emetteur=row["emetteur"],
        reference=row["reference"],
        payeur=Payeur(row["payeur"]),
        date_paiement=row["date_paiement"],
        lignes=_decode_lines(row["lignes"]),
    )


def _cancelled(cursor: Cursor[DictRow], sujets: Sequence[UUID]) -> set[tuple[UUID, str, str]]:
    rows = cursor.execute(_SQL["cancelled"], {"sujets": sujets}).fetchall()
    return {(row["sujet"], row["emetteur"], row["annule"]) for row in rows}


def _recipient(addresses: Mapping[UUID, str], row: Mapping[str, Any]) -> str | None:
    """Where an access is written to: only the holder's has an address on file."""
    return None if row["beneficiaire"] else addresses.get(row["sujet"])


def _one(cursor: Cursor[DictRow], name: str) -> DictRow:
    row = cursor.execute(_SQL[name]).fetchone()
    assert row is not None
    return row
