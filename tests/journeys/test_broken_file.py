"""A file of 10,000 messages of which 100 are broken in 25 ways: 9,900 taken, 100 kept, each with its code and line."""

import json
import random
from collections import Counter
from pathlib import Path

import psycopg

from infra.verify.verify import verify
from tests.journeys.broken import BROKEN
from tests.support.command import run
from tests.support.ledger import decompte, encode, services_on, soin_line, take_one

MESSAGES = 10_000
OF_EACH = 4


def test_ten_thousand_messages_of_which_a_hundred_are_broken(tmp_path: Path, database_url: str) -> None:
    assert len(BROKEN) == 25
    originals = [encode(decompte(f"C-{n}")) for n in range(OF_EACH)]
    broken = [(code, make(n)) for n in range(OF_EACH) for code, make in BROKEN.values()]
    right = [
        encode(decompte(f"R-{n}", numero_adherent=f"{n % 300:08d}", lignes=[soin_line(soin=f"S-{n}")]))
        for n in range(MESSAGES - len(broken) - len(originals))
    ]
    mixed = [*((None, line) for line in right), *broken]
    random.Random(20260101).shuffle(mixed)
    lines = [*((None, line) for line in originals), *mixed]
    expected = {number: code for number, (code, _) in enumerate(lines, 1) if code is not None}
    assert (len(lines), len(expected)) == (MESSAGES, 100)
    file = tmp_path / "flux.ndjson"
    file.write_bytes(b"\n".join(line for _, line in lines))

    done = run("import", str(file), url=database_url)
    said = done.stderr.decode().replace("\u202f", "").replace("\u00a0", "")
    assert done.returncode == 3, said
    assert "10000 messages reçus = 9900 enregistrés + 0 déjà enregistrés + 0 en attente + 100 en quarantaine" in said
    for number, code in expected.items():
        assert f"ligne {number} : {code} " in said

    with psycopg.connect(database_url) as connection:
        kept = connection.execute("SELECT ligne, code FROM quarantaine").fetchall()
        assert connection.execute("SELECT count(*) FROM stored_events").fetchone() == (9900,)
    assert dict(kept) == expected
    assert len(Counter(expected.values())) == 9, "every code of the contract, but for the emetteur that no file forbids"

    with services_on(database_url) as services:
        whole = {line for _, line in broken}
        page = services.quarantine.page(deposant="fichier", before=None, limit=200)
        assert {quarantined.message for quarantined in page} == whole, "exactly as received"
        [total] = [q for q in page if q.code == "total_incoherent" and b'"X-0"' in q.message]
        mended = json.loads(total.message) | {"total": 2100}
        assert take_one(services, mended).position == 9901
        services.projection_worker().catch_up()
        assert verify(services).faults == []
