"""A mail is put once per key, in its caller's transaction, sealed, and cannot carry what does not belong in it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from infra.bootstrap import Services
from infra.journal.mapper import SealBroken
from infra.mail.contents import CourrielInvalide
from tests.support.ledger import decompte, take_one

TEXTE = "Votre code est 123456.\n"


def put(services: Services, cle: str = "code:1", **changes: Any) -> bool:
    with services.datastore.transaction(commit=True) as cursor:
        return services.outbox.put(
            cursor, **{"cle": cle, "destinataire": "ada@exemple.fr", "objet": "Été à Noël", "texte": TEXTE} | changes
        )


def ids(services: Services) -> list[UUID]:
    return [row["id"] for row in services.outbox.listing()]


def test_a_mail_is_put_once_per_key(services: Services) -> None:
    assert put(services)
    assert not put(services, texte="autre")
    [identifier] = ids(services)
    courriel = services.outbox.get(identifier)
    assert courriel is not None
    assert courriel.contenu is not None
    assert (courriel.etat, courriel.nature, courriel.contenu.texte) == ("en_attente", "code", TEXTE)


def test_a_mail_goes_with_its_transaction(services: Services) -> None:
    with services.datastore.transaction(commit=False) as cursor:
        assert services.outbox.put(cursor, cle="code:1", destinataire="a@b.fr", objet="x", texte="y")
    assert ids(services) == []


def test_what_it_says_is_sealed_and_bound_to_its_key(services: Services, database_url: str) -> None:
    take_one(services, decompte())
    sujet = services.members.find("00412345")
    assert put(services, "code:00412345")
    assert put(services, "code:2", sujet=sujet)
    with psycopg.connect(database_url, autocommit=True) as connection:
        dump = str(connection.execute("SELECT t::text FROM courriel t").fetchall())
        for secret in ("ada@", "123456", "00412345", "Noël"):
            assert secret not in dump
            assert secret.encode().hex() not in dump
        connection.execute("UPDATE courriel SET cle = 'x' WHERE sujet IS NULL")
    _, moved = ids(services)
    with pytest.raises(SealBroken):
        services.outbox.get(moved)


def test_nobody_is_written_to_once_her_key_is_destroyed(services: Services, database_url: str) -> None:
    assert not put(services, sujet=UUID(int=7))
    assert ids(services) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"objet": "Bonjour\r\nBcc: mallory@exemple.org"},
        {"objet": "Bonjour\nX: y"},
        {"objet": "Bonjour\u2028X: y"},
        {"objet": "Bonjour\x85X: y"},
        {"objet": "\ud800"},
        {"objet": ""},
        {"destinataire": "ada@exemple.fr\r\nBcc: mallory@exemple.org"},
        {"destinataire": "ada@exemple.fr, mallory@exemple.org"},
        {"destinataire": "Ada <ada@exemple.fr>"},
        {"destinataire": "ada@exemple.fr> SIZE=1"},
        {"destinataire": '"a\r\nb"@exemple.fr'},
        {"destinataire": "ada"},
        {"destinataire": "@exemple.fr"},
        {"destinataire": "ada@exemple..fr"},
        {"destinataire": "ada@-exemple.fr"},
        {"destinataire": "é@exemple.fr"},
        {"texte": "Bonjour\r\n.\r\nMAIL FROM:<x@y.z>"},
        {"texte": "Bonjour\0"},
        {"list_unsubscribe": "https://exemple.fr/>\r\nBcc: x"},
        {"list_unsubscribe": "javascript:alert(1)"},
        {"list_unsubscribe": "https://exemple.fr/" + "x" * 900},
    ],
)
def test_what_would_forge_a_header_or_a_command_is_refused(services: Services, changes: dict[str, str]) -> None:
    with pytest.raises(CourrielInvalide):
        put(services, **changes)
    assert ids(services) == []


def test_a_domain_outside_ascii_is_written_as_dns_knows_it(services: Services) -> None:
    assert put(services, destinataire="ada@bücher.example")
    courriel = services.outbox.get(ids(services)[0])
    assert courriel is not None
    assert courriel.contenu is not None
    assert courriel.contenu.destinataire == "ada@xn--bcher-kva.example"


def test_a_key_without_a_plain_word_in_front_names_nothing(services: Services) -> None:
    put(services, "00412345")
    put(services, "Ada Lovelace:2", expire_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert {row["nature"] for row in services.outbox.listing()} == {"autre"}


def test_the_content_is_forgotten_and_the_mail_is_not(services: Services, database_url: str) -> None:
    put(services)
    put(services, "code:2")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "UPDATE courriel SET etat = 'envoye', clos_at = clock_timestamp() - interval '31 days'"
            " WHERE id = (SELECT id FROM courriel ORDER BY cree_at LIMIT 1)"
        )
    assert services.outbox.purge(days=30) == 1
    assert services.outbox.purge(days=30) == 0
    assert not put(services), "its key was used"
    newest, oldest = ids(services)
    forgotten, kept = services.outbox.get(oldest), services.outbox.get(newest)
    assert forgotten is not None
    assert forgotten.contenu is None
    assert kept is not None
    assert kept.contenu is not None
