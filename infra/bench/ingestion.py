"""Figures of taking feeds: bytes to durable events beside raw COPY, HTTP beside a file, memory by size."""

import http.client
import statistics
import time
from pathlib import Path

import msgspec

from infra.auth.roles import Role
from infra.bench.children import Address, Imported, import_file, server
from infra.bench.measures import Better, Figure, Limit, Measured, compared, interleaved
from infra.bench.raw import copy_seconds, packed_transactions
from infra.bench.stand import Stand

ANSWER_SECONDS_MAX = 900.0
MEMORY_BYTES_MAX = 400 * 1000 * 1000


def _measure_ingest(stand: Stand) -> Measured:
    file = stand.feed
    packed = packed_transactions(stand.recorded)
    rows = stand.events
    imports: list[Imported] = []

    def ours() -> float:
        with stand.database() as url:
            imports.append(import_file(stand.environment(url), file))
        return imports[-1].events / imports[-1].cpu_seconds

    def reference() -> float:
        with stand.database() as url:
            return rows / copy_seconds(url, packed)

    mine, theirs = interleaved(stand, ours, reference)
    wall = statistics.median(done.events / done.seconds for done in imports)
    return compared(
        "événements/s (processeur)",
        mine,
        theirs,
        extras={
            "evenements": rows,
            "octets": file.stat().st_size,
            "mur_evenements_par_s": round(wall),
            "mur_messages_par_s": round(statistics.median(done.messages / done.seconds for done in imports)),
            "mur_ratio": round(wall / statistics.median(theirs), 4),
        },
    )


def _measure_http_flux(stand: Stand) -> Measured:
    file = stand.feed

    def ours() -> float:
        with stand.database() as url:
            with stand.services(url) as services:
                token = services.tokens.create(Role.SOURCE)
            # Without its projection worker: the file import that it is compared with has none either.
            with server(stand.environment(url), "api-seule") as address:
                return _posted_per_second(address, token, file)

    def reference() -> float:
        with stand.database() as url:
            done = import_file(stand.environment(url), file)
        return done.messages / done.seconds

    return compared("messages/s", *interleaved(stand, ours, reference))


def _posted_per_second(address: Address, token: str, file: Path) -> float:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=ANSWER_SECONDS_MAX)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/x-ndjson",
        "Content-Length": str(file.stat().st_size),
    }
    connection.connect()
    begun = time.perf_counter()
    with file.open("rb") as body:
        connection.request("POST", "/v1/flux", body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
    seconds = time.perf_counter() - begun
    connection.close()
    taken = msgspec.json.decode(content)
    assert answer.status == 200, content
    assert taken["enregistres"] + taken["en_attente"] + taken["deja_enregistres"] == taken["recus"], content
    messages: int = taken["recus"]
    return messages / seconds


def _measure_memory(stand: Stand) -> Measured:
    peaks = [stand.scaled(size)[1].peak_bytes for size in (stand.sizes.large_decomptes, stand.sizes.small_decomptes)]
    large, small = (peak / 1e6 for peak in peaks)
    limit = Limit(name="pic_mo", value=large, below=MEMORY_BYTES_MAX / 1e6)
    return Measured(
        ratio=large / small,
        unit="Mo au plus haut",
        ours=large,
        reference=small,
        extras={"messages": stand.sizes.large_decomptes, "messages_reference": stand.sizes.small_decomptes},
        limits=(limit,),
    )


FIGURES = (
    Figure(
        id="ingest", title="octets → événements, par s de processeur / COPY brut", floor=0.30, measure=_measure_ingest
    ),
    Figure(id="http_flux", title="POST /v1/flux / import de fichier", floor=0.7, measure=_measure_http_flux),
    Figure(
        id="memory",
        title="mémoire : grand flux / petit flux",
        floor=1.3,
        measure=_measure_memory,
        better=Better.LOWER,
        is_long=True,
    ),
)
