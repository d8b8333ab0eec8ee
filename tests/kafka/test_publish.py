"""`decompte.journal` tells every event once, in order for each member, and of a person what was asked for."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.consumer.fetcher import ConsumerRecord

from infra.bootstrap import Services
from infra.kafka.client import options
from infra.kafka.publisher import Publisher
from tests.kafka.feeding import WAIT_SECONDS_MAX, Feed, wait_until
from tests.support.ledger import decompte, portfolio, services_on, take, take_one


@contextmanager
def publishing(feed: Feed, url: str, *, name: str = "essai", **settings: Any) -> Iterator[Services]:
    """A publisher in a thread of this process."""
    with services_on(url, **{**feed.settings, **settings}) as services:
        publisher = Publisher(services, options(services.settings, client=name), name=name)
        thread = threading.Thread(target=publisher.run)
        thread.start()
        try:
            yield services
        finally:
            publisher.stop()
            thread.join(WAIT_SECONDS_MAX)
            assert not thread.is_alive()


def published(services: Services) -> int:
    with services.datastore.get_connection() as connection:
        row = connection.execute(
            "SELECT position FROM kafka_publication WHERE topic = %s", (services.settings.kafka_journal,)
        ).fetchone()
    return row["position"] if row else 0


def position_of(record: ConsumerRecord) -> int:
    return int(dict(record.headers)["position"])


def test_every_event_is_told_once_and_in_the_order_of_its_member(feed: Feed, database_url: str) -> None:
    with publishing(feed, database_url) as services:
        take(services, *portfolio(400, members=40))
        end = services.journal.position()
        wait_until(lambda: published(services) == end)
        records = feed.read(feed.journal)
        assert sorted(map(position_of, records)) == list(range(1, end + 1))
        by_member: dict[bytes, list[int]] = {}
        for record in records:
            by_member.setdefault(record.key, []).append(position_of(record))
        assert len(by_member) == 40
        assert all(positions == sorted(positions) for positions in by_member.values())
        assert len({record.partition for record in records}) == 2
        value = json.loads(records[0].value)
        assert value["sujet"].encode() == records[0].key
        assert dict(records[0].headers)["topic"].decode() == value["topic"]
        assert dict(records[0].headers)["traceparent"].startswith(b"00-" + b"0" * 32 + b"-")
        assert b"Consultation" not in b"".join(record.value for record in records)
        assert "personnel" not in value


def test_a_publisher_that_died_before_it_wrote_down_what_it_told_is_not_repeated(feed: Feed, database_url: str) -> None:
    with publishing(feed, database_url) as services:
        take(services, *portfolio(20))
        wait_until(lambda: published(services) == services.journal.position())
        told = published(services)
    with services_on(database_url) as services, services.datastore.transaction(commit=True) as cursor:
        cursor.execute("UPDATE kafka_publication SET position = 0")
    with publishing(feed, database_url, name="suivant") as services:
        wait_until(lambda: published(services) == told)
        take(services, *portfolio(30))
        wait_until(lambda: published(services) == services.journal.position())
        assert sorted(map(position_of, feed.read(feed.journal))) == list(range(1, services.journal.position() + 1))


def test_what_is_personal_is_told_only_when_asked_for_and_never_once_the_key_is_gone(
    feed: Feed, database_url: str
) -> None:
    numero = "00412345"
    with publishing(feed, database_url, kafka_personnel=True) as services:
        take_one(services, decompte("R-1", numero_adherent=numero))
        wait_until(lambda: published(services) == 1)
    with services_on(database_url, **feed.settings) as services:
        take_one(services, decompte("R-2", numero_adherent=numero))
        destroy_key(services, numero)
    with publishing(feed, database_url, kafka_personnel=True) as services:
        wait_until(lambda: published(services) == 2)
    before, after = sorted((json.loads(each.value) for each in feed.read(feed.journal)), key=lambda v: v["position"])
    assert before["personnel"]["numero_adherent"] == numero
    assert after["personnel"] is None
    assert after["faits"]["reference"] == "R-2"


def destroy_key(services: Services, numero: str) -> None:
    sujet = services.members.find(numero)
    assert sujet is not None
    with services.datastore.transaction(commit=True) as cursor:
        assert services.members.destroy(cursor, sujet)
