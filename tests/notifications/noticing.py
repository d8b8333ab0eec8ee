"""A ledger whose members want to be told, and what the outbox then holds."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from infra.bootstrap import Services
from infra.mail.outbox import Courriel
from infra.notifications.frequences import Frequence
from infra.notifications.notifier import Notifier
from tests.support.ledger import adherent, take

NUMERO = "00412345"
TODAY = date(2026, 7, 1)


def register(services: Services, numero: str = NUMERO, **changes: Any) -> UUID:
    """A member with an address; her token."""
    message = adherent(numero_adherent=numero, reference=f"AD-{numero}", email=f"a{numero}@exemple.fr") | changes
    take(services, message)
    services.projection_worker().catch_up()
    sujet = services.members.find(numero)
    assert sujet is not None
    return sujet


def choose(services: Services, frequence: Frequence, numero: str = NUMERO, **changes: Any) -> UUID:
    """A member who asks to be told."""
    sujet = register(services, numero, **changes)
    services.preferences.choose(sujet, None, frequence)
    return sujet


def notifier_at(services: Services, now: datetime | None = None) -> Notifier:
    """A notifier, for which it is that time."""
    return Notifier(
        services.url,
        services.datastore,
        services.outbox,
        services.preferences,
        services.desabonnement,
        public_url="https://mutuelle.example",
        today=lambda: TODAY,
        clock=lambda: now or datetime.now(UTC),
    )


def project_and_announce(services: Services, now: datetime | None = None) -> int:
    """Make what was recorded readable, then announce it; how many mails were put."""
    services.projection_worker().catch_up()
    return notifier_at(services, now).announce_due()


def mails(services: Services) -> list[Courriel]:
    """Every mail of the outbox, oldest first."""
    found = [services.outbox.get(row["id"]) for row in services.outbox.listing()]
    return [courriel for courriel in reversed(found) if courriel is not None]


def recipients(services: Services) -> list[str]:
    """To whom the mails go, oldest first."""
    return [courriel.contenu.destinataire for courriel in mails(services) if courriel.contenu is not None]
