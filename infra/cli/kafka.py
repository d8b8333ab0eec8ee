"""`consume`: the feed from Kafka into the ledger. `broker`: a broker to try it with."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import psycopg
import typer

from infra.bootstrap import Services
from infra.cli.console import number, say
from infra.cli.options import Data, Metrics, MetricsHost, exposing, services_of

BROKER_FOLDER = "kafka"
WATCH_SECONDS = 0.5
DATABASE_RETRY_SECONDS = 1.0


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("consume", epilog="Exemple :  DECOMPTE_KAFKA_SERVEURS=kafka:9092 decompte consume")(consume)
    app.command("publish", epilog="Exemple :  DECOMPTE_KAFKA_SERVEURS=kafka:9092 decompte publish")(publish)
    app.command("broker", epilog="Exemple :  decompte broker --data ./data")(broker)


def consume(
    data: Data = None,
    metrics: Metrics = None,
    metrics_host: MetricsHost = "127.0.0.1",
    resume: Annotated[
        str | None,
        typer.Option(
            "--reprendre",
            metavar="PARTITION:OFFSET",
            help="Remettre en marche, à cet offset, une partition arrêtée ; les ouvriers la reprennent d'eux-mêmes.",
        ),
    ] = None,
) -> None:
    """Lit le flux de Kafka dans le grand livre, chaque message exactement une fois, jusqu'à Ctrl-C.

    Autant de processus qu'on veut : ils se partagent les partitions et reprennent celles d'un processus mort.
    """
    # Known here only: the other commands do not need the client of Kafka to start.
    from kafka import KafkaConsumer

    from infra.kafka.client import connected, options, quieten
    from infra.kafka.worker import FETCHING, ConsumeWorker
    from infra.logging import configure

    stopped = _stopped_by_signals()
    with _services_at_last(data, stopped) as services:
        if services is None:
            return
        configure(services.settings.log_level)
        quieten()
        name = f"{socket.gethostname()}:{os.getpid()}"
        given = options(services.settings, client=f"consume-{os.getpid()}")
        if resume is not None:
            _resume(services, given, resume)
            return
        worker = ConsumeWorker(services, given, name=name, stopped=stopped)
        consumer = connected(
            lambda: KafkaConsumer(**given, **FETCHING),
            services.settings,
            stopped=stopped,
            announce=say,
        )
        if consumer is not None:
            say(f"Lecture de {services.settings.kafka_flux} (Ctrl-C pour arrêter).")
            try:
                with exposing(services, metrics, metrics_host):
                    worker.run(consumer)
            finally:
                consumer.close()
    say("Lecture arrêtée.")


def _stopped_by_signals() -> Event:
    """What Ctrl-C and SIGTERM set: a worker ends after its batch."""
    stopped = Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: stopped.set())
    return stopped


@contextmanager
def _services_at_last(data: Path | None, stopped: Event) -> Iterator[Services | None]:
    """Everything wired, as soon as the database answers; None when asked to stop first."""
    with ExitStack() as stack:
        services = None
        while services is None and not stopped.is_set():
            try:
                services = stack.enter_context(services_of(data))
            except psycopg.OperationalError as error:
                say(f"La base ne répond pas ({type(error).__name__}) : nouvel essai dans {DATABASE_RETRY_SECONDS:g} s.")
                stopped.wait(DATABASE_RETRY_SECONDS)
        yield services


def _resume(services: Services, given: dict[str, Any], where: str) -> None:
    from kafka.errors import KafkaError

    from infra.kafka.errors import KafkaFailure
    from infra.kafka.resume import resume_at

    found = re.fullmatch(r"([0-9]+):([0-9]+)", where)
    if found is None:
        raise typer.BadParameter(f"{where} : PARTITION:OFFSET attendu.")
    try:
        left_out = resume_at(services, given, partition=int(found[1]), offset=int(found[2]))
    except KafkaError as error:
        raise KafkaFailure(f"Kafka ne répond pas ({type(error).__name__}).") from error
    what = f"{number(left_out)} messages laissés de côté" if left_out > 0 else f"{number(-left_out)} messages relus"
    say(f"Partition {found[1]} : la lecture reprend à l'offset {number(int(found[2]))} ({what}).")


def publish(data: Data = None, metrics: Metrics = None, metrics_host: MetricsHost = "127.0.0.1") -> None:
    """Publie le journal sur Kafka, chaque événement une fois et dans l'ordre de son adhérent, jusqu'à Ctrl-C.

    Un seul processus est élu ; les autres attendent pour prendre le relais.
    """
    from infra.kafka.client import options, quieten
    from infra.kafka.publisher import Publisher
    from infra.logging import configure

    stopped = _stopped_by_signals()
    with _services_at_last(data, stopped) as services:
        if services is None:
            return
        configure(services.settings.log_level)
        quieten()
        name = f"{socket.gethostname()}:{os.getpid()}"
        given = options(services.settings, client=f"publish-{os.getpid()}")
        publisher = Publisher(services, given, name=name, stopped=stopped)
        say(f"Publication sur {services.settings.kafka_journal} (Ctrl-C pour arrêter).")
        with exposing(services, metrics, metrics_host):
            publisher.run()
    say("Publication arrêtée.")


def broker(
    data: Annotated[
        Path, typer.Option("--data", metavar="DOSSIER", help="Dossier du courtier : il y garde ses topics.")
    ] = Path("data"),
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port d'écoute, sur 127.0.0.1.")] = None,
    fetch: Annotated[bool, typer.Option("--obtenir", help="Obtenir Apache Kafka par Maven, et rien d'autre.")] = False,
) -> None:
    """Un courtier Kafka pour essayer, sur cette machine seulement, jusqu'à Ctrl-C. Demande Java 17 et Maven."""
    from infra.kafka.broker import Broker
    from infra.kafka.jars import jars, java
    from infra.kafka.topics import ensure_topics

    if fetch:
        say(f"Apache Kafka est là : {jars(announce=say)} ; Java : {java()}.")
        return
    stopped = _stopped_by_signals()
    with Broker(data / BROKER_FOLDER, port=port, announce=say) as running:
        ensure_topics(running.address)
        say(f"Courtier Kafka prêt : DECOMPTE_KAFKA_SERVEURS={running.address} (Ctrl-C pour arrêter).")
        while not stopped.wait(WATCH_SECONDS) and running.is_running:
            pass
        if not stopped.is_set():
            say(f"Le courtier s'est arrêté de lui-même : voir {running.folder / 'broker.log'}.")
            raise typer.Exit(1)
    say("Courtier arrêté.")
