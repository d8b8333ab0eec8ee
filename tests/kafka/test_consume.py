"""What is written to the feed's topic ends in the ledger: once, or in quarantine, and nothing stands in the way."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from kafka import KafkaConsumer
from kafka.errors import UnsupportedCodecError

from infra.bootstrap import Services
from infra.kafka.client import connected, options
from infra.kafka.errors import CannotResume
from infra.kafka.resume import resume_at
from infra.kafka.taking import Fenced, Taking
from infra.observation.etat import read_etat
from tests.kafka.feeding import Feed, consuming, progress, wait_until
from tests.support.broker import ACCOUNT, SharedBroker
from tests.support.command import ROOT, environment
from tests.support.ledger import annulation, decompte, encode, services_on


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
            taking.take(zombie, records, end=3)
        assert services.journal.position() == 2
        assert [each.nombre for each in services.quarantine.page(limit=9)] == [1]


def test_a_message_that_the_ledger_cannot_record_is_set_aside_and_the_others_go_on(
    feed: Feed, database_url: str
) -> None:
    with consuming(feed, database_url) as (_, services):
        with services.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                "ALTER TABLE stored_events ADD CHECK (convert_from(state, 'UTF8') NOT LIKE '%R-3%')"
            )  # a fault of ours: the message itself is right
        feed.send(*[decompte(f"R-{index}") for index in range(6)], partition=0)
        wait_until(lambda: progress(services).get(0) == 6)
        assert services.journal.position() == 5
        [kept] = services.quarantine.page(limit=9)
        assert (kept.ligne, kept.code) == (3, "message_invalide")
        assert kept.message == encode(decompte("R-3"))


def test_what_retention_removed_stops_the_partition_until_a_person_says_where_to_go_on(
    feed: Feed, database_url: str
) -> None:
    feed.send(*[decompte(f"R-{index}") for index in range(4)], partition=0)
    feed.send(decompte("S-1"), partition=1)
    with consuming(feed, database_url) as (_, services):
        wait_until(lambda: progress(services) == {0: 4, 1: 1})
        with services.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                "UPDATE kafka_partition SET next_offset = 1 WHERE topic = %s AND partition = 0", (feed.flux,)
            )
        feed.forget(0, before=3)
    with consuming(feed, database_url) as (_, services):
        wait_until(lambda: stopped(services) == {0: "retention_perdue"})
        feed.send(decompte("S-2"), partition=1)
        wait_until(lambda: progress(services) == {0: 1, 1: 2})
        given = options(services.settings, client="reprise")
        with pytest.raises(CannotResume):
            resume_at(services, given, partition=0, offset=2)
        assert resume_at(services, given, partition=0, offset=3) == 2
        wait_until(lambda: progress(services) == {0: 4, 1: 2})
        assert stopped(services) == {}


def test_a_topic_made_anew_is_not_taken_for_the_old_one(feed: Feed, database_url: str) -> None:
    feed.send(decompte("R-1"), partition=0)
    with consuming(feed, database_url) as (_, services):
        wait_until(lambda: progress(services) == {0: 1, 1: 0})
    feed.make_anew()
    feed.send(decompte("R-2"), decompte("R-3"), partition=0)
    with consuming(feed, database_url) as (_, services):
        wait_until(lambda: stopped(services) == {0: "topic_recree", 1: "topic_recree"})
        assert services.journal.position() == 1


def stopped(services: Services) -> dict[int, str]:
    return {each.partition: each.arret for each in read_etat(services.url).kafka.partitions if each.arret is not None}


def test_a_trace_and_the_emetteurs_allowed_hold_for_kafka_too(feed: Feed, database_url: str) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with consuming(feed, database_url, kafka_emetteurs=("cpam-751",)) as (_, services):
        feed.send(
            decompte("R-1"),
            decompte("R-2", emetteur="smi"),
            partition=0,
            headers=[("traceparent", f"00-{trace}-00f067aa0ba902b7-01".encode()), ("autre", b"")],
        )
        wait_until(lambda: progress(services).get(0) == 2)
        with services.datastore.get_connection() as connection:
            [row] = connection.execute(
                "SELECT convert_from(state, 'UTF8')::jsonb AS state FROM stored_events"
            ).fetchall()
        assert (row["state"]["trace"], row["state"]["acteur"]) == (trace, "kafka:consume")
        assert [each.code for each in services.quarantine.page(limit=9)] == ["emetteur_interdit"]


def test_tls_and_an_account_are_used_and_a_wrong_password_is_said(
    feed: Feed, shared_broker: SharedBroker, database_url: str
) -> None:
    secured = {
        "kafka_serveurs": (shared_broker.address.secured,),
        "kafka_protocole": "SASL_SSL",
        "kafka_ca": shared_broker.address.ca,
        "kafka_mecanisme": "PLAIN",
        "kafka_utilisateur": ACCOUNT[0],
        "kafka_mot_de_passe": ACCOUNT[1],
    }
    feed.send(decompte("R-1"), b"{", partition=0)
    with consuming(feed, database_url, **secured) as (_, services):
        wait_until(lambda: progress(services).get(0) == 2)
        wait_until(lambda: len(feed.announced()) == 1)
    said: list[str] = []
    stop = threading.Event()

    def announce(text: str) -> None:
        said.append(text)
        stop.set()

    with services_on(database_url, **{**feed.settings, **secured, "kafka_mot_de_passe": "non"}) as services:
        given = options(services.settings, client="essai")
        settings = services.settings
        assert connected(lambda: KafkaConsumer(**given), settings, stopped=stop, announce=announce) is None
    assert "refuse notre compte" in said[0]


def test_a_record_that_our_client_cannot_read_stops_its_partition_alone(
    feed: Feed, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a client that lacks a codec, or meets a broken record, raises: ours is made to lack one that it has."""

    def absent(_: object) -> bytes:
        raise UnsupportedCodecError("gzip")

    with consuming(feed, database_url) as (_, services):
        feed.send(decompte("R-1"), partition=0)
        wait_until(lambda: progress(services) == {0: 1, 1: 0})
        monkeypatch.setattr("kafka.record.default_records.gzip_decode", absent)
        feed.send_compressed(decompte("R-2"), partition=0)
        wait_until(lambda: stopped(services) == {0: "codec_absent"})
        feed.send(decompte("S-1"), partition=1)
        wait_until(lambda: progress(services) == {0: 1, 1: 1})
        monkeypatch.undo()
        resume_at(services, options(services.settings, client="reprise"), partition=0, offset=1)
        wait_until(lambda: progress(services) == {0: 2, 1: 1})
        assert services.journal.position() == 3


def test_a_worker_killed_is_replaced_in_under_a_second(feed: Feed, database_url: str) -> None:
    """The best of three: a machine that is busy with other things may hold up any of them."""
    with consuming(feed, database_url) as (worker, services):
        wait_until(lambda: sorted(worker.owned) == [0, 1])
        seconds: list[float] = []
        while len(seconds) < 3 and (not seconds or min(seconds) >= 1):
            with holding(services.url, feed.flux) as holder:
                wait_until(lambda: len(worker.owned) == 1)
                assert holder.stdout.readline() == b"1\n"
                holder.kill()
                killed = time.monotonic()
                wait_until(lambda: len(worker.owned) == 2)
                seconds.append(time.monotonic() - killed)
        assert min(seconds) < 1


@contextmanager
def holding(url: str, topic: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another worker that takes its share and reads nothing; says how many partitions it has."""
    program = (
        "import sys, time, uuid\n"
        "from infra.kafka.ownership import Extent, Ownership\n"
        "extents = {0: Extent(begin=0, end=0), 1: Extent(begin=0, end=0)}\n"
        "with Ownership(sys.argv[1], sys.argv[2], 'autre') as ownership:\n"
        "    while not (free := ownership.look(extents).free): time.sleep(0.05)\n"
        "    [ownership.take(each, extents[each], uuid.UUID(sys.argv[3])) for each in free]\n"
        "    print(len(free), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with psycopg.connect(url) as connection:
        [identity] = connection.execute("SELECT DISTINCT topic_id FROM kafka_partition").fetchone() or (None,)
    with subprocess.Popen(
        [sys.executable, "-c", program, url, topic, str(identity)], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_broker_that_is_away_is_waited_for_and_the_command_ends_in_order(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    told = environment(database_url, DECOMPTE_KAFKA_SERVEURS=f"127.0.0.1:{port}")
    with subprocess.Popen(
        [sys.executable, "-m", "infra.cli.main", "consume"], env=told, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        lines = iter(process.stderr.readline, b"")
        assert any("ne répond pas" in line.decode() and str(port) in line.decode() for line in lines)
        process.terminate()
        assert b"arr\xc3\xaat\xc3\xa9e" in process.stderr.read()
    assert process.returncode == 0
