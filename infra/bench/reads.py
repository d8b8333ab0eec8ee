"""Figures of reading over HTTP: a statement beside a plain greeting, in a large ledger beside a small one."""

import random
import statistics
from collections.abc import Iterator, Sequence
from itertools import islice

from infra.bench import synthetic
from infra.bench.asking import Portail, portail, releve_path
from infra.bench.children import load, server
from infra.bench.measures import Better, Figure, Limit, Measured, compared, interleaved
from infra.bench.programs.loading import Loaded
from infra.bench.sizes import SEED
from infra.bench.stand import Stand

CONNECTIONS = 16
HOT_MEMBERS_MAX = 32
P99_MS_MAX = 5.0
HELLO = b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n"


def _measure_releve(stand: Stand) -> Measured:
    answered: list[Loaded] = []
    seconds = stand.sizes.load_seconds
    with portail(stand, stand.projected) as client, server({}, "bonjour") as floor:
        paths = list(islice(_paths_of_statements(stand, client), HOT_MEMBERS_MAX))
        requests = [client.raw_request(path) for path in paths]

        def ours() -> float:
            answered.append(_successful(load(client.address, requests, connections=CONNECTIONS, seconds=seconds)))
            return answered[-1].answers / answered[-1].seconds

        def reference() -> float:
            greeted = _successful(load(floor, [HELLO], connections=CONNECTIONS, seconds=seconds))
            return greeted.answers / greeted.seconds

        ours()  # once for nothing: every document is made, every connection open
        answered.clear()
        mine, theirs = interleaved(stand, ours, reference)
    p99 = statistics.median(loaded.p99_ms for loaded in answered)
    return compared(
        "réponses/s",
        mine,
        theirs,
        extras={
            "p50_ms": round(statistics.median(loaded.p50_ms for loaded in answered), 3),
            "octets_par_reponse": round(answered[-1].octets / answered[-1].answers),
            "connexions": CONNECTIONS,
            "adherents": len(requests),
        },
        limits=(Limit(name="p99_ms", value=p99, below=P99_MS_MAX),),
    )


def _paths_of_statements(stand: Stand, client: Portail) -> Iterator[str]:
    """The statements of the sample that say something, read once; each carries its ETag."""
    for numero in stand.numeros:
        path = releve_path(numero)
        answer = client.get(path)
        if answer.status == 200:
            assert answer.etag, "a statement has no ETag"
            yield path


def _successful(loaded: Loaded) -> Loaded:
    assert set(loaded.statuses) == {"200"}, loaded.statuses
    return loaded


def _measure_flat(stand: Stand) -> Measured:
    """The worse of two ratios: of statements read for the first time, and of the same read again."""
    sizes = stand.sizes.large_decomptes, stand.sizes.small_decomptes
    (large, _), (small, _) = (stand.scaled(size) for size in sizes)
    draws = [_draw(size, stand.sizes.reads_per_pass) for size in sizes]
    passes: dict[str, list[tuple[float, float]]] = {"premiere": [], "suivante": []}
    with portail(stand, large) as of_large, portail(stand, small) as of_small:
        clients = (of_large, of_small)
        for client, draw in zip(clients, draws, strict=True):
            for numero in next(draw):  # connections and caches of the process, once for nothing
                client.latency_ms(releve_path(numero))
        for _ in stand.rounds():
            numeros = [next(draw) for draw in draws]
            for pairs in passes.values():
                pairs.append(_medians_ms(clients, numeros))
    medians = {name: tuple(map(statistics.median, zip(*pairs, strict=True))) for name, pairs in passes.items()}
    worse = max(medians, key=lambda name: medians[name][0] / medians[name][1])
    mine_all, theirs_all = zip(*passes[worse], strict=True)
    extras: dict[str, float | int | str] = {"decomptes": sizes[0], "decomptes_reference": sizes[1]}
    for name, (mine, theirs) in medians.items():
        extras |= {f"{name}_lecture_ms": round(mine, 3), f"{name}_lecture_reference_ms": round(theirs, 3)}
    return compared("ms, un relevé", mine_all, theirs_all, extras=extras)


def _draw(decomptes: int, reads: int) -> Iterator[Sequence[str]]:
    """Members of a ledger of plain décomptes, drawn over the whole of it, never the same twice."""
    members = list(range(max(1, decomptes // synthetic.DECOMPTES_PER_MEMBER)))
    random.Random(SEED).shuffle(members)  # noqa: S311 - nothing secret
    return (
        [synthetic.numero(member) for member in members[first : first + reads]]
        for first in range(0, len(members) - reads + 1, reads)
    )


def _medians_ms(clients: Sequence[Portail], numeros: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Of statements of two ledgers, asked for in turn: what the machine does meanwhile it does to both."""
    paths = ([releve_path(numero) for numero in asked] for asked in numeros)
    latencies = [
        [client.latency_ms(path) for client, path in zip(clients, pair, strict=True)]
        for pair in zip(*paths, strict=True)
    ]
    mine, theirs = map(statistics.median, zip(*latencies, strict=True))
    return mine, theirs


FIGURES = (
    Figure(id="releve", title="relevé, 16 connexions / simple bonjour ASGI", floor=0.25, measure=_measure_releve),
    Figure(
        id="flat",
        title="relevé : grand livre immense / petit",
        floor=1.2,
        measure=_measure_flat,
        better=Better.LOWER,
        is_long=True,
    ),
)
