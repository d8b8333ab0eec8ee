"""The rate of taking a topic beside that of importing the same messages from a file."""

from pathlib import Path

import msgspec
from kafka import KafkaProducer

from infra.bench.children import consume_topic, import_file
from infra.bench.measures import Figure, Measured, compared, interleaved
from infra.bench.stand import Stand
from infra.kafka.broker import Broker
from infra.kafka.topics import PARTITIONS, ensure_topics

FLUX = "decompte.flux"
WRITE_SECONDS_MAX = 600.0


class _Key(msgspec.Struct):
    numero_adherent: str


def _measure(stand: Stand) -> Measured:
    file = stand.feed
    consumed: list[float] = []
    with Broker(stand.folder / "kafka") as broker:
        ensure_topics(broker.address)
        stand.prepare("portefeuille sur le topic")
        messages = _write(broker.address, file)

        def ours() -> float:
            with stand.database() as url:
                told = stand.environment(url) | {"DECOMPTE_KAFKA_SERVEURS": broker.address}
                done = consume_topic(told, messages)
            consumed.append(done.messages / done.cpu_seconds)
            return done.messages / done.seconds

        def reference() -> float:
            with stand.database() as url:
                done = import_file(stand.environment(url), file)
            return done.messages / done.seconds

        mine, theirs = interleaved(stand, ours, reference)
    return compared(
        "messages/s",
        mine,
        theirs,
        extras={
            "messages": messages,
            "partitions": PARTITIONS,
            "messages_par_s_de_processeur": round(sorted(consumed)[len(consumed) // 2]),
        },
    )


def _write(address: str, file: Path) -> int:
    producer = KafkaProducer(bootstrap_servers=address, acks="all", linger_ms=50, batch_size=256 * 1024)
    decode = msgspec.json.Decoder(_Key).decode
    sent = []
    with file.open("rb") as lines:
        for line in lines:
            sent.append(producer.send(FLUX, key=decode(line).numero_adherent.encode(), value=line.rstrip(b"\n")))
    producer.flush(timeout=WRITE_SECONDS_MAX)
    for each in sent:
        each.get(timeout=1)
    producer.close()
    return len(sent)


FIGURES = (Figure(id="kafka", title="consume / import de fichier", floor=0.6, measure=_measure),)
