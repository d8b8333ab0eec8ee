"""The demonstrations again, by each way of appending alone: COPY, plain statements, commits shared by many threads.

What is usual mixes the three by the size of a batch; each must keep every promise by itself.
"""

import csv
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from commands.intake.take import Incoming, Outcome, Statut
from infra.auth.roles import Role
from infra.bootstrap import Services
from infra.journal import recorder
from infra.verify.verify import verify
from tests.journeys.broken import BROKEN
from tests.support.ledger import PROVENANCE, SOURCE, decompte, encode
from tests.support.postgres import DatabaseFactory
from tests.support.serving import Served, decoded, serving

DATA = Path(__file__).parents[1] / "data"
CASES: list[dict[str, Any]] = json.loads((DATA / "reference_cases.json").read_bytes())["cas"]
SYNTHEA = (DATA / "synthea_feed.ndjson").read_bytes().splitlines()
THREADS = 16
NEVER = 2**31

Take = Callable[[Services, Sequence[bytes]], list[Outcome]]


def in_batches(services: Services, raws: Sequence[bytes]) -> list[Outcome]:
    return [outcome for batch in _batches(raws) for outcome in _take(services, batch)]


def by_many_threads(services: Services, raws: Sequence[bytes]) -> list[Outcome]:
    with ThreadPoolExecutor(THREADS) as threads:
        return [outcome for [outcome] in threads.map(lambda raw: _take(services, [raw]), raws)]


def _batches(raws: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [raws[first : first + 1_000] for first in range(0, len(raws), 1_000)]


def _take(services: Services, raws: Sequence[bytes]) -> list[Outcome]:
    return services.intake.take([Incoming(raw) for raw in raws], source=SOURCE, provenance=PROVENANCE)


WAYS: dict[str, tuple[int, Take]] = {
    "copy": (1, in_batches),
    "statements": (NEVER, in_batches),
    "shared commits": (recorder.COPY_FROM_EVENTS, by_many_threads),
}


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest, databases_18: DatabaseFactory) -> Iterator[tuple[Served, Take]]:
    """A server whose journal is written in one way alone."""
    copy_from, take = WAYS[request.param]
    url = databases_18.create()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "COPY_FROM_EVENTS", copy_from)
        with serving(url) as served:
            yield served, take
            check_journal(served.services, url)
    databases_18.drop(url)


def check_journal(services: Services, url: str) -> None:
    """Positions have no gap, and nothing was altered on the way."""
    services.projection_worker().catch_up()
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*), min(notification_id), max(notification_id) FROM stored_events")
        count, first, last = row.fetchone() or (0, 0, 0)
    assert (first, last) == (1, count)
    assert verify(services).faults == []


def statuts(outcomes: Sequence[Outcome]) -> Counter[Statut]:
    return Counter(outcome.statut for outcome in outcomes)


def test_every_worked_case_shuffled_and_thrice(way: tuple[Served, Take]) -> None:
    served, take = way
    messages = [message for case in CASES for message in case["flux"]] * 3
    random.Random(3).shuffle(messages)
    done = statuts(take(served.services, [encode(message) for message in messages]))
    assert done[Statut.EN_QUARANTAINE] == 0
    assert done[Statut.DEJA_ENREGISTRE] == 2 * len(messages) // 3
    position = served.services.journal.position()
    for case in CASES:
        [annee] = {int(m["date_paiement"][:4]) for m in case["flux"] if "date_paiement" in m}
        path = f"/v1/adherents/{case['numero_adherent']}/releves/{annee}"
        releve = decoded(served.get(path, role=Role.AUDITEUR, after=position))
        assert releve["totaux"] == case["attendu"]["totaux"], case["id"]
        for line in (line for shown in releve["decomptes"] for line in shown["lignes"]):
            expected = case["attendu"]["soins"][line["soin"]]
            assert {name: line[name] for name in expected} == expected, case["id"]


def test_the_synthea_feed_twice(way: tuple[Served, Take]) -> None:
    served, take = way
    assert statuts(take(served.services, SYNTHEA)) == {Statut.ENREGISTRE: len(SYNTHEA)}
    position = served.services.journal.position()
    assert statuts(take(served.services, SYNTHEA)) == {Statut.DEJA_ENREGISTRE: len(SYNTHEA)}
    assert served.services.journal.position() == position
    served.get("/v1/adherents/X/accueil", after=position)
    with (DATA / "synthea_expected.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            path = f"/v1/adherents/{row['numero_adherent']}/reste-a-charge"
            total = decoded(served.get(path, role=Role.AUDITEUR, params={"annee": row["annee"]}))["total"]
            for name in ("depense", "regime_obligatoire", "smi", "autre_mutuelle", "reste_a_charge"):
                assert total[name] == int(row[name]), row


def test_what_is_broken_does_not_fail_its_neighbours(way: tuple[Served, Take]) -> None:
    served, take = way
    [original] = take(served.services, [encode(decompte("C-0"))])
    assert original.statut is Statut.ENREGISTRE
    right = [encode(decompte(f"V-{n}", numero_adherent=f"V{n % 30}")) for n in range(2_000)]
    broken = [make(0) for _, make in BROKEN.values()]
    mixed = right + broken
    random.Random(4).shuffle(mixed)
    done = take(served.services, mixed)
    assert statuts(done) == {Statut.ENREGISTRE: len(right), Statut.EN_QUARANTAINE: len(broken)}
    refused = sorted(outcome.refusal.code for outcome in done if outcome.refusal is not None)
    assert refused == sorted(code for code, _ in BROKEN.values())


def test_sixteen_threads_with_one_identity_leave_one_event(way: tuple[Served, Take]) -> None:
    served, _ = way
    for reference, contents, repeats in (("W-1", 1, 15), ("W-2", 16, 0)):
        raws = [encode(decompte(reference, rang=1, virement=f"VIR-{n % contents}")) for n in range(THREADS)]
        done = statuts(by_many_threads(served.services, raws))
        assert (done[Statut.ENREGISTRE], done[Statut.DEJA_ENREGISTRE]) == (1, repeats)
        assert done[Statut.EN_QUARANTAINE] == THREADS - 1 - repeats
