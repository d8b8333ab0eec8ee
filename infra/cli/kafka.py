"""`consume`: the feed from Kafka into the ledger. `broker`: a broker to try it with."""

import os
import signal
import socket
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from infra.cli.console import say
from infra.cli.options import Data, services_of

BROKER_FOLDER = "kafka"
WATCH_SECONDS = 0.5


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("consume", epilog="Exemple :  DECOMPTE_KAFKA_SERVEURS=kafka:9092 decompte consume")(consume)
    app.command("broker", epilog="Exemple :  decompte broker --data ./data")(broker)


def consume(data: Data = None) -> None:
    """Lit le flux de Kafka dans le grand livre, chaque message exactement une fois, jusqu'à Ctrl-C.

    Autant de processus qu'on veut : ils se partagent les partitions et reprennent celles d'un processus mort.
    """
    # Known here only: the other commands do not need the client of Kafka to start.
    from kafka import KafkaConsumer

    from infra.kafka.client import connected, options, quieten
    from infra.kafka.worker import FETCHING, ConsumeWorker
    from infra.logging import configure

    with services_of(data) as services:
        configure(services.settings.log_level)
        quieten()
        name = f"{socket.gethostname()}:{os.getpid()}"
        given = options(services.settings, client=f"consume-{name.replace(':', '-')}")
        worker, stopped = ConsumeWorker(services, given, name=name), Event()

        def stop(*_: object) -> None:
            stopped.set()
            worker.stop()

        for kind in (signal.SIGINT, signal.SIGTERM):
            signal.signal(kind, stop)
        consumer = connected(
            lambda: KafkaConsumer(**given, **FETCHING),
            servers=services.settings.kafka_serveurs,
            stopped=stopped,
            announce=say,
        )
        if consumer is not None:
            say(f"Lecture de {services.settings.kafka_flux} (Ctrl-C pour arrêter).")
            try:
                worker.run(consumer)
            finally:
                consumer.close()
    say("Lecture arrêtée.")


def broker(
    data: Annotated[
        Path, typer.Option("--data", metavar="DOSSIER", help="Dossier du courtier : il y garde ses topics.")
    ] = Path("data"),
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port d'écoute, sur 127.0.0.1.")] = None,
) -> None:
    """Un courtier Kafka pour essayer, sur cette machine seulement, jusqu'à Ctrl-C. Demande Java 17 et Maven."""
    from infra.kafka.broker import Broker
    from infra.kafka.topics import ensure_topics

    stopped = Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: stopped.set())
    with Broker(data / BROKER_FOLDER, port=port, announce=say) as running:
        ensure_topics(running.address)
        say(f"Courtier Kafka prêt : DECOMPTE_KAFKA_SERVEURS={running.address} (Ctrl-C pour arrêter).")
        while not stopped.wait(WATCH_SECONDS) and running.is_running:
            pass
        if not stopped.is_set():
            say(f"Le courtier s'est arrêté de lui-même : voir {running.folder / 'broker.log'}.")
            raise typer.Exit(1)
    say("Courtier arrêté.")
