"""What is written to the feed's topic ends in the ledger: once, or in quarantine, and nothing stands in the way."""

from dataclasses import replace

import pytest

from infra.kafka.taking import Fenced, Taking
from tests.kafka.feeding import Feed, consuming, progress, wait_until
from tests.support.ledger import annulation, decompte


def test_every_message_ends_in_one_of_the_four_ways_and_is_counted_once(feed: Feed, database_url: str) -> None:
    plain = decompte("R-1")
    feed.send(
        plain,
        decompte("R-1"),
        decompte("R-1", date_paiement="2026-03-15"),
        annulation("R-9"),
        b"{",
        b"\xff",
        None,
        b"x" * 300_000,
        decompte("R-2"),
        partition=1,
    )
    with consuming(feed, database_url) as (_, services):
        wait_until(lambda: progress(services).get(1) == 9)
        assert services.journal.position() == 4
        kept = list(services.quarantine.page(limit=20))
        assert {(each.ligne, each.code) for each in kept} == {
            (2, "decompte_en_conflit"),
            (4, "json_invalide"),
            (5, "encodage_invalide"),
            (6, "json_invalide"),
            (7, "message_trop_grand"),
        }
        assert {(each.origine, each.nombre) for each in kept} == {(f"kafka:{feed.flux}/1", 1)}
        wait_until(lambda: len(feed.announced()) == 5)
    said = {each["origine"]["offset"]: each for each in feed.announced()}
    assert said[2] | {"refuse_at": ""} == {
        "code": "decompte_en_conflit",
        "raison": "Cette référence est déjà enregistrée avec un autre contenu.",
        "origine": {"topic": feed.flux, "partition": 1, "offset": 2},
        "quarantaine": str(next(each.id for each in kept if each.ligne == 2)),
        "refuse_at": "",
    }


def test_workers_share_the_partitions_and_take_over_those_of_one_that_ends(feed: Feed, database_url: str) -> None:
    feed.send(*[decompte(f"R-{index}", numero_adherent=f"{index:08d}") for index in range(20)])
    with consuming(feed, database_url, name="un") as (first, services):
        wait_until(lambda: sorted(first.owned) == [0, 1])
        with consuming(feed, database_url, name="deux") as (second, _):
            wait_until(lambda: len(first.owned) == len(second.owned) == 1)
            feed.send(*[decompte(f"S-{index}", numero_adherent=f"{index:08d}") for index in range(20)])
            wait_until(lambda: services.journal.position() == 40)
        wait_until(lambda: sorted(first.owned) == [0, 1])
        feed.send(*[decompte(f"T-{index}", numero_adherent=f"{index:08d}") for index in range(20)])
        wait_until(lambda: services.journal.position() == 60)
        assert sum(progress(services).values()) == 60


def test_a_worker_that_was_overtaken_records_nothing(feed: Feed, database_url: str) -> None:
    feed.send(decompte("R-1"), partition=0)
    with consuming(feed, database_url) as (worker, services):
        wait_until(lambda: progress(services).get(0) == 1)
        zombie = replace(worker.owned[0])
        with services.datastore.transaction(commit=True) as cursor:
            cursor.execute("UPDATE kafka_partition SET epoch = epoch + 1 WHERE topic = %s", (feed.flux,))
        feed.send(decompte("R-2"), b"{", partition=0)
        wait_until(lambda: progress(services).get(0) == 3)  # the partition was read anew, under a new epoch
        [*records] = [record for record in feed.read(feed.flux) if record.offset > 0]
        taking = Taking(services)
        with pytest.raises(Fenced):
            taking.commit(taking.prepare(zombie, records, end=3))
        assert services.journal.position() == 2
        assert [each.nombre for each in services.quarantine.page(limit=9)] == [1]
