"""From Kafka each message once, to Kafka each event, whatever is killed: workers, broker, PostgreSQL, publisher."""

import random
import time
from collections import defaultdict
from itertools import pairwise

from infra.bench.kafka_feeder import Feeder, check
from infra.bench.kafka_site import JOURNAL, Site
from infra.bench.stand import Stand

WORKERS = 3
KILL_SECONDS = 2.0
FULL_FROM = 50_000
CATCH_UP_SECONDS_MAX = 600.0
POLL_SECONDS = 0.1


def show(stand: Stand, messages: int) -> dict[str, float | int | str]:
    """Feed that many messages through the storm, then publish what was recorded. Raises AssertionError."""
    chance = random.Random(20_260_630)  # noqa: S311 - the same storm each time
    is_full = messages >= FULL_FROM
    with Site(stand) as site:
        found = _consume(stand, site, messages, chance, kills_max=messages if is_full else 4)
        return found | _publish(stand, site, chance, kills=20 if is_full else 2)


def _consume(
    stand: Stand, site: Site, messages: int, chance: random.Random, *, kills_max: int
) -> dict[str, float | int | str]:
    stand.prepare(f"{messages} messages, {WORKERS} ouvriers, un tué toutes les {KILL_SECONDS:g} s")
    workers = [site.start("consume") for _ in range(WORKERS)]
    feeder = Feeder(site, messages, seconds=messages / 4_000)
    # What comes after each storm is written once it has passed: the storms are in the middle at any size.
    storms = [
        (messages // 3, feeder.gate(messages * 2 // 3), site.crash_database),
        (messages // 6, feeder.gate(messages // 2), site.restart_broker),
    ]
    feeder.start()
    begun, kills, taken = time.monotonic(), 0, 0
    killed_at = begun
    while taken < messages:
        assert time.monotonic() < begun + CATCH_UP_SECONDS_MAX, f"{taken} messages pris sur {messages} seulement"
        if storms and taken >= storms[-1][0]:
            _, gate, strike = storms.pop()
            strike()
            gate.set()
        if time.monotonic() - killed_at >= KILL_SECONDS and kills < kills_max:
            killed_at = time.monotonic()
            site.kill(workers.pop(chance.randrange(WORKERS)))
            workers.append(site.start("consume"))
            kills += 1
        time.sleep(POLL_SECONDS)
        taken = site.taken()
    seconds = time.monotonic() - begun
    feeder.finish()
    site.wait_until(lambda: not site.rows("SELECT 1 FROM kafka_rejet LIMIT 1"), "des refus restent", seconds=60)
    for worker in workers:
        site.stop(worker)
    counted = check(site, feeder)
    return {**counted, "ouvriers_tues": kills, "redemarrages": 2, "secondes": round(seconds, 1)}


def _publish(stand: Stand, site: Site, chance: random.Random, *, kills: int) -> dict[str, float | int | str]:
    stand.prepare(f"publication, tuée {kills} fois")
    [row] = site.rows("SELECT position FROM journal_head")
    end, killed = int(row["position"]), 0

    def published() -> int:
        rows = site.rows("SELECT position FROM kafka_publication")
        return int(rows[0]["position"]) if rows else 0

    while killed < kills and (before := published()) < end:
        worker = site.start("publish")
        site.wait_until(lambda before=before: published() > before, "rien n'est publié", seconds=60)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.3))
        site.kill(worker)
        killed += 1
    told = len(site.read(JOURNAL, isolation="read_uncommitted"))
    worker = site.start("publish")
    site.wait_until(lambda: published() == end, "tout n'est pas publié", seconds=CATCH_UP_SECONDS_MAX)
    site.stop(worker)

    records = site.read(JOURNAL)
    positions = defaultdict[bytes, list[int]](list)
    for record in records:
        positions[record.key].append(int(dict(record.headers)["position"]))
    every = sorted(position for hers in positions.values() for position in hers)
    assert set(every) == set(range(1, end + 1)), "decompte.journal n'a pas chaque position"
    for sujet, hers in positions.items():
        assert all(a < b for a, b in pairwise(hers)), f"ordre perdu dans decompte.journal pour {sujet.decode()}"
    return {
        "publies": len(records),
        "publications_tuees": killed,
        "publies_avant_la_derniere": told,
        "publies_deux_fois": len(every) - len(set(every)),
    }
