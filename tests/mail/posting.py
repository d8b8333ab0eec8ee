"""Putting mails, and looking at what became of them."""

from collections import Counter
from typing import Any

import psycopg

from infra.bootstrap import Services
from infra.mail.sender import MailSender
from infra.mail.smtp_url import parse_smtp_url

MAIL_FROM = "Mutuelle Été <ne-pas-repondre@mutuelle.example>"


def put(services: Services, cle: str = "essai:1", **changes: Any) -> bool:
    """Put a plain mail."""
    with services.datastore.transaction(commit=True) as cursor:
        return services.outbox.put(
            cursor, **{"cle": cle, "destinataire": "ada@exemple.fr", "objet": cle, "texte": "Bonjour.\n"} | changes
        )


def sender_to(services: Services, url: str) -> MailSender:
    """A sender that hands over to the server of this address."""
    return MailSender(services.url, services.outbox, server=parse_smtp_url(url), mail_from=MAIL_FROM)


def states(services: Services) -> Counter[str]:
    """How many mails there are in each state."""
    return Counter(services.outbox.counts())


def rows(services: Services) -> list[dict[str, Any]]:
    """Every mail as it stands in the table, oldest first."""
    with services.datastore.get_connection() as connection:
        return list(connection.execute("SELECT * FROM courriel ORDER BY cree_at, id").fetchall())


def let_time_pass(services: Services) -> None:
    """What waits for its next attempt has waited long enough."""
    with psycopg.connect(services.url) as connection:
        connection.execute("UPDATE courriel SET prochain_at = clock_timestamp()")
